//! Files that are private, and either old or new but never half.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::HomeError;
use crate::secret::random_bytes;

/// Names only, at least one: no root, no `..`.
pub(super) fn is_plain(path: &Path) -> bool {
    let mut components = path.components().peekable();
    components.peek().is_some() && components.all(|component| matches!(component, Component::Normal(_)))
}

pub(super) fn create_dir(path: &Path) -> Result<(), HomeError> {
    DirBuilder::new().mode(0o700).create(path).map_err(HomeError::io("create", path))
}

pub(super) fn create_dir_all(path: &Path) -> Result<(), HomeError> {
    DirBuilder::new().mode(0o700).recursive(true).create(path).map_err(HomeError::io("create", path))
}

/// A new private file, on disk when this returns; an existing one is never touched.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    create_with(path, |file| file.write_all(bytes))
}

fn create_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), HomeError> {
    let create = || {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    };
    create().map_err(HomeError::io("write", path))
}

/// A private file in place of an older one: whoever looks, or pulls the plug, finds one of the two whole.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    write_with(path, |file| file.write_all(bytes))
}

/// As [`write`], with contents that are written piece by piece.
pub(super) fn write_with(
    path: &Path,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), HomeError> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(HomeError::OutsideHome(path.to_owned()));
    };
    let beside = dir.join(format!(".{}.new-{}", name.to_string_lossy(), HEXLOWER.encode(&random_bytes::<8>())));
    let written =
        create_with(&beside, contents).and_then(|()| fs::rename(&beside, path).map_err(HomeError::io("write", path)));
    if written.is_err() {
        // Best effort: the error to report is the one that came first.
        let _ = fs::remove_file(&beside);
    }
    written.and_then(|()| sync_dir(dir))
}

pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, HomeError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(HomeError::io("read", path)(error)),
    }
}

pub(super) fn remove(path: &Path) -> Result<(), HomeError> {
    match fs::remove_file(path) {
        Ok(()) => path.parent().map_or(Ok(()), sync_dir),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(HomeError::io("remove", path)(error)),
    }
}

/// Makes renames and removals in a directory survive a power cut.
pub(super) fn sync_dir(path: &Path) -> Result<(), HomeError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(HomeError::io("sync", path))
}

/// Refuses what group or others may read or write, as ssh does with its keys.
pub(super) fn refuse_exposed(path: &Path) -> Result<(), HomeError> {
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(HomeError::DamagedKey(path.to_owned())),
        Err(error) => return Err(HomeError::io("look at", path)(error)),
    };
    if mode & 0o077 == 0 { Ok(()) } else { Err(HomeError::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for path in ["a", "a/b", "a/./b", "rounds/1.tags"] {
            assert!(is_plain(Path::new(path)), "{path}");
        }
        for path in ["", "/", "/a", "..", "a/../b", "../a", ".", "./a"] {
            assert!(!is_plain(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_stays_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(**read(&path).unwrap().unwrap(), *b"new");
        refuse_exposed(&path).unwrap();
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "nothing is left beside it");
        assert!(create(&path, b"again").is_err());

        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(read(&path).unwrap().is_none());
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("occupied");
        fs::create_dir_all(path.join("by a directory")).unwrap();
        assert!(write(&path, b"x").is_err());
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
    }
}

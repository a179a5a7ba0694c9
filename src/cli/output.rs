//! Files that commands write for people.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;

use crate::secret::random_bytes;

/// Writes a file (0600) in place of an older one: whoever looks finds one of the two whole. Devices and pipes are written to
/// as they are.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    // A link stays a link: what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let special = fs::metadata(&path).is_ok_and(|found| !found.is_file());
    let written = if special { write_into(&path, text) } else { replace(&path, text) };
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn write_into(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let beside = format!(".{}.new-{}", name.to_string_lossy(), HEXLOWER.encode(&random_bytes::<8>()));
    let beside = path.with_file_name(beside);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let placed = fill(file, text).and_then(|()| fs::rename(&beside, path));
    if placed.is_err() {
        // Best effort: the error to report is the one that came first.
        let _ = fs::remove_file(&beside);
    }
    placed
}

fn fill(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_report_is_whole_private_and_follows_links() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("report"), dir.path().join("link"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        write(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 2, "nothing is left beside it");
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        write(Path::new("/dev/null"), "gone").unwrap();
        let error = write(Path::new("/nowhere/report"), "x").unwrap_err();
        assert_eq!(error.to_string(), "cannot write /nowhere/report");
    }
}

//! Files that commands write for people.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use data_encoding::HEXLOWER;

use super::print;
use crate::carried::FileKind;
use crate::secret::random_bytes;

/// Writes a file (0600) in place of an older one: whoever looks finds one of the two whole. Devices and pipes are written to
/// as they are.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    if is_stdout(path) {
        return print::raw(text);
    }
    write_with(path, |out| Ok(out.write_all(text.as_bytes())?))
}

/// As [`write()`], for what is made while it is written; what `fill` gets is buffered.
pub(super) fn write_with<T>(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    // A link stays a link: what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let special = fs::metadata(&path).is_ok_and(|found| !found.is_file());
    let describe = || format!("cannot write {}", path.display());
    if special {
        return buffered(OpenOptions::new().write(true).open(&path).with_context(describe)?, fill)
            .map(|(_, made)| made);
    }
    replace(&path, describe, fill)
}

/// An output that would take the place of what it is made from, or of another output.
pub(super) fn refuse_overwriting(outputs: &[Option<&Path>], inputs: &[&Path]) -> Result<()> {
    let outputs: Vec<&Path> = outputs.iter().copied().flatten().collect();
    for (place, output) in outputs.iter().enumerate() {
        if inputs.iter().chain(&outputs[..place]).any(|other| is_same(output, other)) {
            bail!("{} would be overwritten, and it is needed itself: give another name", output.display());
        }
    }
    Ok(())
}

/// Whether two paths lead to one file, by whatever names. Devices and pipes may be written to as often as one likes.
fn is_same(a: &Path, b: &Path) -> bool {
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => a == b,
    }
}

/// As where files are read, `-` is the standard stream.
pub(super) fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A file of ours: its bytes into a file, or as armoured text to standard output.
pub(super) fn carried(kind: FileKind, path: Option<&Path>, bytes: &[u8]) -> Result<()> {
    match path.filter(|path| !is_stdout(path)) {
        Some(path) => write_with(path, |out| Ok(out.write_all(bytes)?)),
        None => print::raw(&kind.to_text(bytes)),
    }
}

/// As [`carried`], for what is made while it is written.
pub(super) fn carried_with<T>(
    kind: FileKind,
    path: Option<&Path>,
    fill: impl FnOnce(&mut dyn Write) -> Result<T>,
) -> Result<T> {
    let Some(path) = path.filter(|path| !is_stdout(path)) else {
        let mut bytes = Vec::new();
        let made = fill(&mut bytes)?;
        print::raw(&kind.to_text(&bytes))?;
        return Ok(made);
    };
    write_with(path, fill)
}

fn buffered<T>(file: File, fill: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<(File, T)> {
    let mut out = BufWriter::new(file);
    let made = fill(&mut out)?;
    Ok((out.into_inner().map_err(io::IntoInnerError::into_error)?, made))
}

fn replace<T>(path: &Path, describe: impl Fn() -> String, fill: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    let name = path.file_name().context("a file needs a name").with_context(&describe)?;
    let beside = format!(".{}.new-{}", name.to_string_lossy(), HEXLOWER.encode(&random_bytes::<8>()));
    let beside = path.with_file_name(beside);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).with_context(&describe)?;
    let place = |(file, made): (File, T)| {
        file.sync_all().and_then(|()| fs::rename(&beside, path)).with_context(&describe)?;
        Ok(made)
    };
    let placed = buffered(file, fill).and_then(place);
    if placed.is_err() {
        // Best effort: the error to report is the one that came first.
        let _ = fs::remove_file(&beside);
    }
    placed
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

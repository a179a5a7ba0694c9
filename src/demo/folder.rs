//! Where the demo writes. It replaces what an earlier demo wrote, and touches nothing else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Says that the directory is a demo's.
const MARKER: &str = ".made-by-mandorla-demo";
const DIRS: [&str; 5] = ["cards", "charters", "homes", "lists", "reports"];
const FILES: [&str; 2] = [super::rules::FILE, super::matrix::FILE];

/// The demo's own directory, empty at first.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn prepare(path: &Path) -> Result<Self> {
        let occupied = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error).with_context(|| format!("looking into {}", path.display())),
        };
        if occupied && !path.join(MARKER).is_file() {
            bail!(
                "{} is not empty and was not made by a demo, so nothing in it was touched: name another directory with --out",
                path.display()
            );
        }
        let folder = Self(path.to_owned());
        folder.clear().with_context(|| format!("replacing the demo in {}", path.display()))?;
        Ok(folder)
    }

    fn clear(&self) -> std::io::Result<()> {
        let gone = |result: std::io::Result<()>| match result {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other,
        };
        fs::create_dir_all(&self.0)?;
        fs::write(self.0.join(MARKER), "`mandorla demo` replaces what it wrote here.\n")?;
        FILES.iter().try_for_each(|file| gone(fs::remove_file(self.0.join(file))))?;
        for dir in DIRS.map(|dir| self.0.join(dir)) {
            gone(fs::remove_dir_all(&dir))?;
            fs::create_dir(&dir)?;
        }
        Ok(())
    }

    /// A path below it.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    pub(super) fn write(&self, file: &str, text: &str) -> Result<()> {
        fs::write(self.path(file), text).with_context(|| format!("writing {}", self.path(file).display()))
    }

    pub(super) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.path(file)).with_context(|| format!("reading {}", self.path(file).display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_demo_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("demo");
        let folder = Folder::prepare(&path).unwrap();
        folder.write("reports/old.json", "{}").unwrap();
        folder.write("notes.txt", "mine").unwrap();
        let folder = Folder::prepare(&path).unwrap();
        assert!(folder.read("reports/old.json").is_err());
        assert_eq!(folder.read("notes.txt").unwrap(), "mine");

        fs::remove_file(path.join(MARKER)).unwrap();
        folder.write("reports/mine.json", "{}").unwrap();
        let refused = Folder::prepare(&path).err().unwrap();
        assert!(refused.to_string().contains("--out"), "{refused}");
        assert_eq!(folder.read("reports/mine.json").unwrap(), "{}");
    }
}

//! From what stands on the command line to files that can be read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// A file to read, or standard input.
pub(super) struct Source {
    /// As messages name it; it may be hostile to a terminal.
    pub(super) name: String,
    access: Access,
}

enum Access {
    StandardInput,
    /// A pipe or device, which may not bear being opened twice.
    Opened(File),
    /// Opened when its turn comes: a directory may hold more files than a process may open.
    Path(PathBuf),
}

impl Source {
    pub(super) fn open(self) -> io::Result<Box<dyn Read>> {
        Ok(match self.access {
            Access::StandardInput => Box::new(io::stdin().lock()),
            Access::Opened(file) => Box::new(file),
            Access::Path(path) => Box::new(File::open(path)?),
        })
    }
}

/// All files: those that are named, and those in directories that are named, in the order of their paths. Each can be
/// opened, so that a misspelt name is known before anything is read or sent. `-` is standard input.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Source>> {
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        bail!("standard input (-) can be read only once");
    }
    let mut sources = Vec::new();
    for path in paths {
        if is_stdin(path) {
            sources.push(Source { name: "standard input".to_owned(), access: Access::StandardInput });
        } else if path.is_dir() {
            sources.append(&mut within(path)?);
        } else {
            sources.push(named(path)?);
        }
    }
    Ok(sources)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn named(path: &Path) -> Result<Source> {
    let name = path.display().to_string();
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.is_file(), file)));
    let (regular, file) = opened.with_context(|| format!("cannot open {name}"))?;
    let access = if regular { Access::Path(path.to_owned()) } else { Access::Opened(file) };
    Ok(Source { name, access })
}

/// The files in a directory and those below it. What is hidden is left out, links to directories are not followed, and
/// pipes, which could wait for ever, are refused.
fn within(directory: &Path) -> Result<Vec<Source>> {
    let (mut open, mut files) = (vec![directory.to_owned()], Vec::new());
    while let Some(directory) = open.pop() {
        let describe = || format!("cannot read the directory {}", directory.display());
        for entry in fs::read_dir(&directory).with_context(describe)? {
            let entry = entry.with_context(describe)?;
            let (path, kind) = (entry.path(), entry.file_type().with_context(describe)?);
            if entry.file_name().as_encoded_bytes().starts_with(b".") || kind.is_symlink() && path.is_dir() {
                continue;
            }
            if kind.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    if files.is_empty() {
        bail!("there is no file in {}", directory.display());
    }
    files.sort();
    files.iter().map(|path| regular(path)).collect()
}

fn regular(path: &Path) -> Result<Source> {
    let name = path.display().to_string();
    let is_file = fs::metadata(path).with_context(|| format!("cannot open {name}"))?.is_file();
    if !is_file {
        bail!("{name} is neither a file nor a directory: name it by itself if it is meant");
    }
    named(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(paths: &[PathBuf]) -> Vec<String> {
        find(paths).unwrap().into_iter().map(|source| source.name).collect()
    }

    #[test]
    fn directories_are_read_in_order_without_what_is_hidden_or_loops() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir_all(path("b/c")).unwrap();
        fs::create_dir(path(".git")).unwrap();
        for name in ["z.txt", "b/y.txt", "b/c/x.txt", "a.txt", ".hidden", ".git/config"] {
            fs::write(path(name), "").unwrap();
        }
        symlink(dir.path(), path("b/loop")).unwrap();
        symlink(path("z.txt"), path("link.txt")).unwrap();
        let expected =
            ["a.txt", "b/c/x.txt", "b/y.txt", "link.txt", "z.txt"].map(|name| path(name).display().to_string());
        assert_eq!(names(&[dir.path().to_owned()]), expected);
        assert_eq!(names(&["-".into(), path(".hidden")])[0], "standard input");
    }

    #[test]
    fn what_cannot_be_read_is_said_first() {
        let dir = tempfile::tempdir().unwrap();
        let refusal = |paths: &[PathBuf]| find(paths).err().unwrap().to_string();
        assert_eq!(refusal(&["/nowhere/list".into()]), "cannot open /nowhere/list");
        assert_eq!(refusal(&["-".into(), "-".into()]), "standard input (-) can be read only once");
        assert_eq!(refusal(&[dir.path().into()]), format!("there is no file in {}", dir.path().display()));
        symlink("/nowhere/list", dir.path().join("gone")).unwrap();
        assert!(refusal(&[dir.path().into()]).starts_with("cannot open "));
        fs::remove_file(dir.path().join("gone")).unwrap();
        symlink("/dev/null", dir.path().join("device")).unwrap();
        assert!(refusal(&[dir.path().into()]).contains("neither a file nor a directory"));
    }
}

//! Files of indicators, and what to say of their lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::print;
use crate::indicator::Indicator;
use crate::ingest::{self, Counts, Event, Options};

const BUFFER: usize = 256 * 1024;
/// Rejected lines that are shown one by one.
const SHOWN: u64 = 20;

/// An open file, or standard input.
pub(super) struct Input {
    name: String,
    reader: Box<dyn BufRead>,
}

/// Opens all of them, so that a misspelt name is known before anything is read or sent. `-` is standard input.
pub(super) fn open(paths: &[PathBuf]) -> Result<Vec<Input>> {
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        bail!("standard input (-) can be read only once");
    }
    paths.iter().map(|path| Input::open(path)).collect()
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl Input {
    fn open(path: &Path) -> Result<Self> {
        if is_stdin(path) {
            return Ok(Self { name: "standard input".to_owned(), reader: Box::new(io::stdin().lock()) });
        }
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        Ok(Self { reader: Box::new(BufReader::with_capacity(BUFFER, file)), name })
    }
}

/// Reads every input to its end. Rejected lines go to standard error by number: their text is nobody's business.
pub(super) fn read(inputs: Vec<Input>, mut each: impl FnMut(Indicator)) -> Result<Counts> {
    let mut all = Counts::default();
    for Input { name, reader } in inputs {
        let outcome = ingest::read(reader, &Options::default(), |place, event| {
            all.add(&event);
            match event {
                Event::Found(reading) => each(reading.indicator),
                Event::Rejected(reason) if all.rejected <= SHOWN => print::note(&format!("{name}: {place}: {reason}")),
                Event::Rejected(_) | Event::Skipped(_) => {}
            }
        });
        all.lines += outcome.with_context(|| format!("cannot read {name}"))?.lines;
    }
    if all.rejected > SHOWN {
        print::note(&format!("and {} rejected", print::count(all.rejected - SHOWN, "more line")));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_are_read_as_one() {
        let dir = tempfile::tempdir().unwrap();
        let files = ["a", "b"].map(|name| dir.path().join(name));
        fs::write(&files[0], "evil.example\nno such thing\n").unwrap();
        fs::write(&files[1], "\u{feff}203.0.113.7\r\n# end\r\n").unwrap();
        let mut found = Vec::new();
        let counts = read(open(&files).unwrap(), |indicator| found.push(indicator.value().to_owned())).unwrap();
        assert_eq!(found, ["evil.example", "203.0.113.7"]);
        assert_eq!(counts, Counts { lines: 4, indicators: 2, rejected: 1, ..Counts::default() });
    }

    #[test]
    fn what_cannot_be_read_is_said_first() {
        let missing = open(&["/nowhere/list".into()]).err().unwrap();
        assert_eq!(missing.to_string(), "cannot open /nowhere/list");
        let twice = open(&["-".into(), "-".into()]).err().unwrap();
        assert_eq!(twice.to_string(), "standard input (-) can be read only once");
        let directory = open(&["/".into()]).and_then(|inputs| read(inputs, |_| {})).unwrap_err();
        assert_eq!(directory.to_string(), "cannot read /");
    }
}

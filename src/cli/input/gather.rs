//! Files to distinct indicators, with all that is to be said of the rest.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Result, bail};

use super::files::Source;
use crate::cli::print;
use crate::indicator::{Indicator, Rejection, Warning};
use crate::ingest::{self, Counts, Event, Format, Options, Place};

/// Places that are remembered for each sort of warning.
const PLACES: usize = 5;

/// So many lines with blanks in them, and more than there are indicators, are prose.
const PROSE: u64 = 5;

/// What was read.
#[derive(Default)]
pub(in crate::cli) struct Gathered {
    /// The files, in the order in which they were read.
    pub(in crate::cli) files: Vec<FileReport>,
    /// All files together.
    pub(in crate::cli) counts: Counts,
    /// Where each sort of warning came up first.
    pub(in crate::cli) places: BTreeMap<Warning, Vec<String>>,
    /// Distinct indicators.
    pub(in crate::cli) distinct: u64,
    indicators: Distinct,
}

/// Indicators, each once in the end. Sorting now and then is cheaper than a hash of each, and the order is wanted anyway.
#[derive(Default)]
struct Distinct {
    list: Vec<Indicator>,
    /// How many there were when they were sorted last.
    sorted: usize,
}

impl Distinct {
    fn push(&mut self, indicator: Indicator) {
        self.list.push(indicator);
        // Files that repeat themselves take no more memory than twice what they hold.
        if self.list.len() >= MANY.max(2 * self.sorted) {
            self.sort();
        }
    }

    fn sort(&mut self) {
        self.list.sort_unstable();
        self.list.dedup();
        self.sorted = self.list.len();
    }
}

/// So many are held unsorted in any case.
const MANY: usize = 1 << 20;

/// One file.
pub(in crate::cli) struct FileReport {
    pub(in crate::cli) name: String,
    /// Nothing, if it could not be read at all.
    pub(in crate::cli) format: Option<Format>,
    pub(in crate::cli) counts: Counts,
    pub(in crate::cli) unread_columns: Vec<String>,
    /// Where it broke off, if that is known, and why.
    pub(in crate::cli) broken: Option<(Option<Place>, String)>,
}

/// What a person should be told while files are read. Displays as a line; the name may be hostile to a terminal.
pub(in crate::cli) enum Remark<'a> {
    /// An entry that is no indicator.
    Rejected { file: &'a str, place: Place, reason: &'a Rejection },
    /// So many more of this file that were not named.
    More { file: &'a str, number: u64 },
    /// Most lines have blanks where values have none.
    Prose { file: &'a str },
    /// The file cannot be read on.
    Broken { file: &'a str, place: Option<Place>, reason: &'a str },
}

impl fmt::Display for Remark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected { file, place, reason } => write!(f, "{file}: {place}: {reason}"),
            Self::More { file, number } => {
                let more = print::count(*number, "more line");
                write!(f, "{file}: and {more} rejected (`mandorla check --all` shows them)")
            }
            Self::Prose { file } => {
                write!(f, "{file}: most of it seems to be running text; --extract finds the indicators in such")
            }
            Self::Broken { file, place: Some(place), reason } => write!(f, "{file}: broken at {place}: {reason}"),
            Self::Broken { file, place: None, reason } => write!(f, "{file}: cannot be read: {reason}"),
        }
    }
}

/// Reads every source to its end or to where it is broken.
pub(super) fn read(
    sources: Vec<Source>,
    options: &Options,
    shown: Option<u64>,
    each: &mut dyn FnMut(Remark<'_>),
) -> Gathered {
    let mut gathered = Gathered::default();
    for source in sources {
        let file = gathered.read(source, options, shown, each);
        gathered.counts.include(&file.counts);
        gathered.files.push(file);
    }
    gathered.indicators.sort();
    gathered.distinct = gathered.indicators.list.len() as u64;
    gathered
}

impl Gathered {
    fn read(
        &mut self,
        source: Source,
        options: &Options,
        shown: Option<u64>,
        each: &mut dyn FnMut(Remark<'_>),
    ) -> FileReport {
        let (name, mut counts) = (source.name.clone(), Counts::default());
        let mut blanks = 0;
        let outcome = source.open().and_then(|reader| {
            ingest::read(reader, options, |place, event| {
                counts.add(&event);
                blanks += u64::from(event == Event::Rejected(Rejection::Whitespace));
                match event {
                    Event::Found(reading) => {
                        reading.warnings.iter().for_each(|warning| self.remember(warning, &name, place));
                        self.indicators.push(reading.indicator);
                    }
                    Event::Rejected(reason) if shown.is_none_or(|shown| counts.rejected <= shown) => {
                        each(Remark::Rejected { file: &name, place, reason: &reason });
                    }
                    Event::Rejected(_) | Event::Skipped(_) => {}
                }
            })
        });
        let more = shown.map_or(0, |shown| counts.rejected.saturating_sub(shown));
        if more > 0 {
            each(Remark::More { file: &name, number: more });
        }
        if blanks >= PROSE && blanks > counts.indicators {
            each(Remark::Prose { file: &name });
        }
        let mut file = FileReport { name, format: None, counts, unread_columns: Vec::new(), broken: None };
        match outcome {
            Ok(outcome) => {
                file.format = Some(outcome.format);
                file.counts.lines = outcome.lines;
                file.unread_columns = outcome.unread_columns;
                file.broken = outcome.broken.map(|(place, reason)| (Some(place), reason.to_string()));
            }
            Err(error) => file.broken = Some((None, error.to_string())),
        }
        if let Some(broken) = file.breakage() {
            each(broken);
        }
        file
    }

    fn remember(&mut self, warning: Warning, file: &str, place: Place) {
        let places = self.places.entry(warning).or_default();
        if places.len() < PLACES {
            places.push(format!("{file}, {place}"));
        }
    }

    /// Hands the indicators over, distinct and in order.
    pub(super) fn take_indicators(&mut self) -> Vec<Indicator> {
        std::mem::take(&mut self.indicators).list
    }

    /// Indicators that were there already.
    pub(in crate::cli) fn duplicates(&self) -> u64 {
        self.counts.indicators - self.distinct
    }

    /// A list that breaks off must not go out as if it were whole.
    pub(in crate::cli) fn refuse_broken(&self) -> Result<()> {
        match self.files.iter().find_map(FileReport::breakage) {
            Some(broken) => bail!("{broken}: nothing was sent; repair the file, or leave it out"),
            None => Ok(()),
        }
    }
}

impl FileReport {
    fn breakage(&self) -> Option<Remark<'_>> {
        let (place, reason) = self.broken.as_ref()?;
        Some(Remark::Broken { file: &self.name, place: *place, reason })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::input::tests::plan;

    #[test]
    fn a_file_that_breaks_off_refuses_all() {
        let file = |broken| FileReport {
            name: "feed.json".to_owned(),
            format: None,
            counts: Counts::default(),
            unread_columns: Vec::new(),
            broken,
        };
        for (broken, expected) in [
            (Some((Some(Place::line(9)), "it ends too early".to_owned())), "broken at line 9: it ends too early"),
            (Some((None, "corrupt gzip".to_owned())), "cannot be read: corrupt gzip"),
        ] {
            let gathered = Gathered { files: vec![file(None), file(broken)], ..Gathered::default() };
            let error = gathered.refuse_broken().unwrap_err().to_string();
            assert_eq!(error, format!("feed.json: {expected}: nothing was sent; repair the file, or leave it out"));
        }
    }

    #[test]
    fn files_are_read_as_one() {
        let dir = tempfile::tempdir().unwrap();
        let rejected = "no such thing\n".repeat(3);
        fs::write(dir.path().join("a"), format!("evil.example\n{rejected}EVIL.example\n")).unwrap();
        fs::write(dir.path().join("b"), "\u{feff}203.0.113.7\r\n# end\r\n").unwrap();
        let mut remarks = Vec::new();
        let mut plan = plan(&[dir.path().to_str().unwrap()]).unwrap();
        let gathered = plan.gather(Some(2), &mut |remark| remarks.push(remark.to_string()));
        let counts = &gathered.counts;
        assert_eq!((counts.lines, counts.indicators, counts.rejected), (7, 3, 3));
        assert_eq!((gathered.distinct, gathered.duplicates(), gathered.files.len()), (2, 1, 2));
        assert_eq!(remarks.len(), 3, "{remarks:?}");
        assert!(
            remarks[0].contains("/a: line 2: ")
                && remarks[2].ends_with("/a: and 1 more line rejected (`mandorla check --all` shows them)")
        );
        gathered.refuse_broken().unwrap();
    }
}

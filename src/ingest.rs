//! Files to indicators: every format that security teams have their lists in, with the line of each entry.
//!
//! [`read`] undoes compression and encoding, finds out the format unless it is named, and streams: it hands over what it
//! finds as it comes, and holds no more than an entry. Nothing is dropped silently: what is no indicator is an [`Event`] too.

mod columns;
pub mod csv;
mod encoding;
mod entry;
pub mod extract;
mod format;
pub mod json;
mod lines;
pub mod misp;
pub mod stix;
pub mod text;
mod typed;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};

pub use self::format::Format;
use crate::indicator::{Country, Field, Reading, Rejection, Warning};

/// How a file is to be read, where the file itself does not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format; found out if it is not named.
    pub format: Option<Format>,
    /// What bare values are.
    pub bare: Field,
    /// Whose national phone numbers are taken.
    pub country: Option<Country>,
    /// Take MISP attributes also where `to_ids` is false.
    pub all_attributes: bool,
}

/// Where an entry stands. Displays as `line 12`, or `line 1, entry 34` where lines do not tell entries apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: u64,
    /// The entry in the file, from 1, for formats whose entries are not lines.
    pub entry: Option<u64>,
}

impl Place {
    /// A line that is an entry.
    pub fn line(line: u64) -> Self {
        Self { line, entry: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        self.entry.map_or(Ok(()), |entry| write!(f, ", entry {entry}"))
    }
}

/// What a reader met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An indicator.
    Found(Reading),
    /// Something that should have been one, and why it is none.
    Rejected(Rejection),
    /// Something that the file itself sets aside, or that no kind is meant for.
    Skipped(Skip),
}

/// Why a well-formed entry gives no indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skip {
    /// A MISP attribute with `to_ids` false.
    NotForDetection,
    /// Deleted or revoked by its author.
    Withdrawn,
    /// Of a type that no kind is meant for: comments, links, ports, descriptions.
    OtherType,
    /// An allow rule of a block list.
    Allowed,
    /// A MISP proposal that the author of the event has not taken up.
    Proposed,
}

impl Skip {
    /// A short name for machines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotForDetection => "not-for-detection",
            Self::Withdrawn => "withdrawn",
            Self::OtherType => "other-type",
            Self::Allowed => "allowed",
            Self::Proposed => "proposed",
        }
    }
}

/// In words, for people, after a number.
impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotForDetection => {
                "not meant for detection by their author (to_ids is false); --all-attributes takes them"
            }
            Self::Withdrawn => "deleted or revoked by their author",
            Self::OtherType => "of types that are no indicators, such as comments, links and ports",
            Self::Allowed => "rules that allow, not block",
            Self::Proposed => "proposed by others, and not taken up by their author",
        })
    }
}

/// How much of what was met, over one file or many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines of all sorts, comments and blank ones too.
    pub lines: u64,
    /// Indicators, duplicates included.
    pub indicators: u64,
    /// Entries refused.
    pub rejected: u64,
    /// Entries set aside.
    pub skipped: BTreeMap<Skip, u64>,
    /// Indicators with a warning.
    pub warned: BTreeMap<Warning, u64>,
}

impl Counts {
    /// Counts what was met; lines are counted by the [`Outcome`].
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::Found(reading) => {
                self.indicators += 1;
                for warning in reading.warnings.iter() {
                    *self.warned.entry(warning).or_default() += 1;
                }
            }
            Event::Rejected(_) => self.rejected += 1,
            Event::Skipped(skip) => *self.skipped.entry(*skip).or_default() += 1,
        }
    }

    /// Adds the counts of another file.
    pub fn include(&mut self, other: &Self) {
        self.lines += other.lines;
        self.indicators += other.indicators;
        self.rejected += other.rejected;
        other.skipped.iter().for_each(|(skip, number)| *self.skipped.entry(*skip).or_default() += number);
        other.warned.iter().for_each(|(warning, number)| *self.warned.entry(*warning).or_default() += number);
    }
}

/// How a file ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The format that it was read as.
    pub format: Format,
    /// Lines of all sorts, comments and blank ones too.
    pub lines: u64,
    /// Columns that were not read, by name, as the file has them.
    pub unread_columns: Vec<String>,
    /// Where the file broke off being readable, and why: nothing after it was read.
    pub broken: Option<(Place, Rejection)>,
}

impl Outcome {
    fn new(format: Format) -> Self {
        Self { format, lines: 0, unread_columns: Vec::new(), broken: None }
    }

    fn broken_at(mut self, place: Place, reason: Rejection) -> Self {
        self.broken = Some((place, reason));
        self
    }
}

impl Outcome {
    /// Names of columns may be values, as the keys of JSON are at times: those are not repeated.
    fn discreet(mut self) -> Self {
        for name in &mut self.unread_columns {
            if Field::Any.read(name, None).is_ok() {
                *name = "(a name that is an indicator)".to_owned();
            } else if let Some((end, _)) = name.char_indices().nth(LONGEST_COLUMN) {
                name.replace_range(end.., "…");
            }
        }
        self.unread_columns.dedup();
        self
    }
}

/// Characters of a column's name that are repeated.
const LONGEST_COLUMN: usize = 64;

/// Reads to the end, or to where the file is broken. `each` gets everything that is met, in order.
///
/// # Errors
/// Those of `reader`.
pub fn read(reader: impl Read, options: &Options, mut each: impl FnMut(Place, Event)) -> io::Result<Outcome> {
    let mut text = match encoding::decode(reader, options.format)? {
        Ok(text) => text,
        Err(reason) => {
            let format = options.format.unwrap_or(Format::Text);
            return Ok(Outcome::new(format).broken_at(Place::line(1), reason));
        }
    };
    let format = options.format.unwrap_or_else(|| Format::detect(&text.head));
    let read = match format {
        Format::Text => text::read,
        Format::Csv => csv::read,
        Format::Stix | Format::Misp | Format::Json => json::read,
        Format::Extract => extract::read,
    };
    let outcome = read(&mut text.reader, options, &mut each).map(Outcome::discreet);
    match (outcome, text.damage.get()) {
        (outcome, None) => outcome,
        (Ok(outcome), Some(line)) => {
            let place = outcome.broken.as_ref().map_or(Place::line(line), |(place, _)| *place);
            Ok(outcome.broken_at(place, Rejection::Damaged))
        }
        (Err(_), Some(line)) => {
            let outcome = Outcome { lines: line, ..Outcome::new(format) };
            Ok(outcome.broken_at(Place::line(line), Rejection::Damaged))
        }
    }
}

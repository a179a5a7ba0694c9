//! Lines of several cells without a header: the one cell that is an indicator.
//!
//! Nothing says what the columns mean, so a line is read only if exactly one cell has the form of an indicator and the others
//! plainly have none: prose, numbers, dates. A known type right behind the value counts as its type.

use super::super::columns::type_name;
use super::super::csv::record::{self, Cell};
use super::super::entry::Entry;
use super::{SEPARATORS, is_verbatim_field};
use crate::indicator::{Field, Reading, Rejection, trim};

/// Reads a line, without its comment.
pub(super) fn read(line: &str, entry: &mut Entry<'_>) {
    let line = line.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    let bare = &entry.options.bare;
    let reading = match record::split(line, first_separator(line).unwrap_or(',')) {
        Ok(cells) if cells.len() == 1 => entry.reading(bare, &cells[0].text),
        Ok(cells) => match entry.reading(bare, line) {
            Ok(whole) => whole_or_columns(whole, &cells),
            Err(reason) => only(&cells, reason, entry),
        },
        Err(reason) => Err(reason),
    };
    match reading {
        Ok(reading) => entry.found(reading),
        Err(reason) => entry.reject(reason),
    }
}

/// The first separator that stands outside of double quotes.
fn first_separator(line: &str) -> Option<char> {
    let mut is_quoted = false;
    line.chars().find(|c| {
        is_quoted ^= *c == '"';
        !is_quoted && SEPARATORS.contains(c)
    })
}

/// A line that is a value as it stands: a URL may have commas, but not what is surely a column of its own.
fn whole_or_columns(whole: Reading, cells: &[Cell<'_>]) -> Result<Reading, Rejection> {
    let is_column = |cell: &Cell<'_>| {
        cell.is_quoted || is_date(trim(&cell.text)) || Field::of_type(type_name(&cell.text)).is_some()
    };
    if cells[1..].iter().any(is_column) { Err(Rejection::UnquotedSeparator) } else { Ok(whole) }
}

/// The only indicator among the cells; `reason`, if there is none.
fn only(cells: &[Cell<'_>], reason: Rejection, entry: &Entry<'_>) -> Result<Reading, Rejection> {
    let read: Vec<_> = cells.iter().map(|cell| entry.reading(&entry.options.bare, &cell.text)).collect();
    let first = trim(&cells[0].text);
    let mut found = (0..cells.len()).filter(|place| read[*place].is_ok());
    match (found.next(), found.next()) {
        (None, _) if is_word(first) => Err(Rejection::UnknownKind),
        (None, _) => Err(reason),
        (Some(place), None) => {
            let is_plain = |other: usize| {
                other == place
                    || read[other].as_ref().is_err_and(|reason| is_no_indicator(trim(&cells[other].text), reason))
            };
            if place > 0 && is_word(first) {
                Err(Rejection::UnknownKind)
            } else if !(0..cells.len()).all(is_plain) {
                Err(Rejection::SeveralValues)
            } else {
                by_type_behind(&cells[place..], entry).unwrap_or_else(|| read[place].clone())
            }
        }
        (Some(_), Some(_)) => Err(Rejection::SeveralValues),
    }
}

/// The value read as the type in the cell behind it. Types of text as it stands are words of prose here.
fn by_type_behind(cells: &[Cell<'_>], entry: &Entry<'_>) -> Option<Result<Reading, Rejection>> {
    let fields = Field::of_type(type_name(&cells.get(1)?.text))?;
    match &fields[..] {
        [Some(field)] if !is_verbatim_field(field) => Some(entry.reading(field, &cells[0].text)),
        _ => None,
    }
}

/// Whether a cell is plainly none, rather than one with a fault.
fn is_no_indicator(cell: &str, reason: &Rejection) -> bool {
    let is_of_number =
        |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b':' | b'.' | b'T' | b'Z' | b'+' | b'%' | b' ');
    matches!(reason, Rejection::Empty | Rejection::Unrecognised | Rejection::Whitespace)
        || cell.contains(char::is_whitespace)
        || cell.bytes().all(is_of_number) && cell.matches('.').count() < 3
        || is_word(cell)
}

/// Whether `text` may be meant as a kind: a bare word, and no value of any kind.
fn is_word(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// `2026-11-02`, and whatever follows.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10 && (0..10).all(|i| if matches!(i, 4 | 7) { bytes[i] == b'-' } else { bytes[i].is_ascii_digit() })
}

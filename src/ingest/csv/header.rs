//! The header of a table: which line it is, and what separates the columns.

use super::super::columns::{Columns, type_name};
use super::super::text::is_comment;
use super::record;
use crate::indicator::{Field, trim};

/// A header: what the columns mean, and what stands between them.
pub(super) struct Header {
    pub(super) columns: Columns,
    pub(super) separator: char,
}

/// Whether a file that begins like this has a header of several columns.
///
/// `domain,evil.example` may be a kind and a value, or two columns after a kind. It is a header only if a
/// line follows that does not begin with a kind as well, and none of its cells is an indicator.
pub(in crate::ingest) fn has_header(head: &[u8]) -> bool {
    let mut lines = head.split(|b| matches!(b, b'\n' | b'\r')).map(String::from_utf8_lossy);
    let mut search = Search::default();
    let header = loop {
        match lines.next().map(|line| search.take(&line)) {
            Some(Line::Before) => {}
            Some(Line::Header(header)) => break header,
            Some(Line::FirstRow(_)) => return true,
            Some(Line::NoHeader) | None => return false,
        }
    };
    let next = lines.find(|line| !trim(line).is_empty() && !is_comment(trim(line)));
    let is_typed = next.is_none_or(|line| begins_with_type(&line, header.separator));
    header.columns.len() > 1 && (header.columns.has_values() || !is_typed)
}

/// The search for the header, line by line from the top of the file.
#[derive(Default)]
pub(super) struct Search {
    comment: Option<String>,
}

/// What a line at the top of a table is.
pub(super) enum Line {
    /// A blank line, a comment, or the `sep=;` of spreadsheets.
    Before,
    /// The header.
    Header(Header),
    /// The first row; its header stood in the last comment.
    FirstRow(Header),
    /// Something else: the table has none.
    NoHeader,
}

impl Search {
    pub(super) fn take(&mut self, line: &str) -> Line {
        let line = trim(line);
        if let Some(comment) = line.strip_prefix('#') {
            self.comment = Some(comment.to_owned());
            return Line::Before;
        }
        if line.is_empty() || is_comment(line) || line.len() <= 6 && line.starts_with("sep=") {
            return Line::Before;
        }
        match (header(line), self.comment.as_deref().and_then(header)) {
            (Some(header), _) => Line::Header(header),
            (None, Some(header)) if is_row_under(&header, line) => Line::FirstRow(header),
            _ => Line::NoHeader,
        }
    }
}

/// The header that a line is, with the separator that gives the most columns.
fn header(line: &str) -> Option<Header> {
    let read = |separator| {
        let cells = record::split(line, separator).ok()?;
        let columns = Columns::of(cells.iter().map(|cell| &*cell.text))?;
        let is_header = columns.has_values() || !cells.iter().any(|cell| Field::Any.read(&cell.text, None).is_ok());
        is_header.then_some(Header { columns, separator })
    };
    SEPARATORS.into_iter().filter_map(read).max_by_key(|header| header.columns.len())
}

/// Some publishers write the header as a comment. Prose has no three columns, of which one is known, as the row after it has.
fn is_row_under(header: &Header, line: &str) -> bool {
    let columns = header.columns.len();
    columns >= 3 && record::split(line, header.separator).is_ok_and(|cells| cells.len() == columns)
}

fn begins_with_type(line: &str, separator: char) -> bool {
    let first = line.split(separator).next().unwrap_or_default();
    !trim(first).is_empty() && Field::of_type(type_name(first)).is_some()
}

const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

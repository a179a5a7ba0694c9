//! Tables under a header: CSV, TSV, and with `;` or `|` between the columns.
//!
//! The header is the first line that is neither blank nor a comment, or the comment right before the first row; it says what
//! the columns mean, by their names, and the separator is the one that gives it the most columns. It may come
//! again. Lines that begin with `#` are comments.
//!
//! Quoted cells may hold separators, line ends and doubled quotes. A quote that is not closed within 200 lines or 64 KiB,
//! or that text follows, is stray: its line is refused, and reading goes on at the next line, so that no row disappears in
//! the cell of another.
//!
//! A row with more cells than the header has a separator in a cell that is not quoted. It is refused where the
//! indicator may be cut by it or may have been moved out of its column, and read where it surely is not.

mod header;
pub(super) mod record;

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::ops::ControlFlow;

pub(super) use self::header::has_header;
use self::header::{Header, Line, Search};
use self::record::{Cell, Quoting};
use super::entry::may_hold_separators;
use super::{Event, Format, Options, Outcome, Place, lines};
use crate::indicator::{Rejection, trim};

/// Reads to the end.
pub(super) fn read(
    reader: &mut dyn BufRead,
    options: &Options,
    each: &mut dyn FnMut(Place, Event),
) -> io::Result<Outcome> {
    let mut outcome = Outcome::new(Format::Csv);
    let mut search = Search::default();
    let mut table: Option<Table> = None;
    let ended = lines::for_each(reader, |number, line| {
        outcome.lines = number;
        if let Some(table) = &mut table {
            table.line(number, line, options, each);
            return ControlFlow::Continue(());
        }
        let Some(text) = line.map(String::from_utf8_lossy) else {
            each(Place::line(number), Event::Rejected(Rejection::LineTooLong));
            return ControlFlow::Continue(());
        };
        match search.take(&text) {
            Line::Before => {}
            Line::Header(header) => table = Some(Table::under(header)),
            Line::FirstRow(header) => {
                table.insert(Table::under(header)).line(number, line, options, each);
            }
            Line::NoHeader => {
                outcome.broken = Some((Place::line(number), Rejection::NoHeader));
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    if let Some(table) = &mut table {
        table.finish(options, each);
        outcome.unread_columns = table.header.columns.unread();
    }
    ended.map(|()| outcome)
}

/// The rows of a table, and the lines of the one that is not complete.
struct Table {
    header: Header,
    open: VecDeque<Row>,
    /// How many of the open lines the quotes were followed through, and how many bytes they have.
    followed: usize,
    bytes: usize,
    quoting: Quoting,
}

/// A line that waits; nothing, if it is too long to.
struct Row {
    number: u64,
    text: Option<String>,
}

impl Table {
    fn under(header: Header) -> Self {
        Self { header, open: VecDeque::new(), followed: 0, bytes: 0, quoting: Quoting::Closed }
    }

    fn line(&mut self, number: u64, line: Option<&[u8]>, options: &Options, each: &mut dyn FnMut(Place, Event)) {
        let text = line.map(String::from_utf8_lossy);
        match text {
            Some(text) if self.open.is_empty() && !text.contains('"') => self.record(number, &text, options, each),
            text => {
                self.open.push_back(Row { number, text: text.map(String::from) });
                self.follow(false, options, each);
            }
        }
    }

    fn finish(&mut self, options: &Options, each: &mut dyn FnMut(Place, Event)) {
        self.follow(true, options, each);
    }

    /// Follows the quotes through the open lines, and reads the records that end.
    fn follow(&mut self, is_end: bool, options: &Options, each: &mut dyn FnMut(Place, Event)) {
        loop {
            if let Some(row) = self.open.get(self.followed) {
                self.quoting = row.quoting(self.followed, self.quoting == Quoting::Open, self.header.separator);
                self.bytes += row.text.as_ref().map_or(0, String::len);
                self.followed += 1;
            } else if !(is_end && self.followed > 0) {
                return;
            } else {
                self.quoting = Quoting::Broken; // the file ends in an open quote
            }
            let is_large = self.followed >= MAX_LINES || self.bytes > lines::MAX_LINE;
            match self.quoting {
                Quoting::Open if is_large => self.refuse_first(each),
                Quoting::Open => {}
                Quoting::Broken => self.refuse_first(each),
                Quoting::Closed => {
                    let rows: Vec<Row> = self.open.drain(..self.followed).collect();
                    let text = rows.iter().filter_map(|row| row.text.as_deref()).collect::<Vec<_>>().join("\n");
                    self.record(rows[0].number, &text, options, each);
                    self.restart();
                }
            }
        }
    }

    /// The first open line is refused by itself; what comes after it is followed anew.
    fn refuse_first(&mut self, each: &mut dyn FnMut(Place, Event)) {
        if let Some(row) = self.open.pop_front() {
            let reason = if row.text.is_some() { Rejection::Quotes } else { Rejection::LineTooLong };
            each(Place::line(row.number), Event::Rejected(reason));
        }
        self.restart();
    }

    fn restart(&mut self) {
        (self.followed, self.bytes, self.quoting) = (0, 0, Quoting::Closed);
    }

    fn record(&self, number: u64, text: &str, options: &Options, each: &mut dyn FnMut(Place, Event)) {
        if trim(text).is_empty() || is_note(text) {
            return;
        }
        let Header { columns, separator } = &self.header;
        let place = Place::line(number);
        let cells = match record::split(text, *separator) {
            Ok(cells) => cells,
            Err(reason) => return each(place, Event::Rejected(reason)),
        };
        if columns.are_names(cells.iter().map(|cell| &*cell.text)) {
            return;
        }
        let texts: Vec<&str> = cells.iter().map(|cell| &*cell.text).collect();
        if texts.iter().skip(columns.len()).all(|text| trim(text).is_empty()) {
            columns.read(&texts, options, place, each);
        } else if self.may_be_moved(&cells) {
            each(place, Event::Rejected(Rejection::UnquotedSeparator));
        } else {
            let is_whole = columns.read_places().all(|place| cells.get(place).is_none_or(|cell| cell.is_quoted));
            columns.read(&texts, options, place, &mut |place, event| match event {
                Event::Found(reading) if !is_whole && may_hold_separators(reading.indicator.kind()) => {
                    each(place, Event::Rejected(Rejection::UnquotedSeparator));
                }
                event => each(place, event),
            });
        }
    }

    /// Whether a separator in a cell that is not read may have moved those that are, and no type beside them would tell. Cells
    /// of prose may have been one; dates, numbers and single words were not.
    fn may_be_moved(&self, cells: &[Cell<'_>]) -> bool {
        let columns = &self.header.columns;
        let last = columns.read_places().max().unwrap_or_default();
        let is_loose = |place: usize| {
            let cell = &cells[place];
            let is_prose = cell.text.contains(char::is_alphabetic) && cell.text.contains([' ', '.']);
            !cell.is_quoted && is_prose && columns.read_places().all(|read| read != place)
        };
        !columns.has_types() && (0..last.min(cells.len())).any(is_loose)
    }
}

impl Row {
    fn quoting(&self, place: usize, is_open: bool, separator: char) -> Quoting {
        match &self.text {
            None => Quoting::Broken,
            Some(text) if place == 0 && is_note(text) => Quoting::Closed, // its quotes are prose
            Some(text) => record::quoting(text, separator, is_open),
        }
    }
}

/// Whether a line is a comment among rows: only `#`, since other marks begin cells.
fn is_note(text: &str) -> bool {
    trim(text).starts_with('#')
}

/// How many lines the cells of one record may have. The bytes are limited as those of a line are.
const MAX_LINES: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file gives, a text each, with the line.
    fn events(file: &str) -> Vec<String> {
        let mut events = Vec::new();
        let mut bytes = file.as_bytes();
        let outcome = read(&mut bytes, &Options::default(), &mut |place, event| {
            events.push(match event {
                Event::Found(reading) => format!("{}: {}", place.line, reading.indicator.value()),
                Event::Rejected(reason) => format!("{}: {reason:?}", place.line),
                Event::Skipped(skip) => format!("{}: {}", place.line, skip.name()),
            });
        });
        let broken = outcome.unwrap().broken.map(|(place, reason)| format!("{}: broken, {reason:?}", place.line));
        events.extend(broken);
        events
    }

    #[test]
    fn a_cell_over_several_lines_is_one_row() {
        let file = "value,note,type\nevil.example,\"a\r\n# b\n\n\"\"c\"\"\",domain\nother.example,,domain\n";
        assert_eq!(events(file), ["2: evil.example", "6: other.example"]);
    }

    #[test]
    fn a_stray_quote_costs_its_own_line_only() {
        for stray in ["\"evil.example,domain", "evil.example,domain,\"", "\"evil\".example,domain"] {
            let file = format!("value,type,note\n{stray}\na.example,domain\nb.example,domain,\"c\"\nd.example,domain");
            assert_eq!(events(&file), ["2: Quotes", "3: a.example", "4: b.example", "5: d.example"], "{stray}");
        }
        let rows = "a.example,domain\n".repeat(1000);
        let read = events(&format!("value,type,note\nevil.example,domain,\"\n{rows}"));
        assert_eq!((read.len(), &*read[0], &*read[1000]), (1001, "2: Quotes", "1002: a.example"));
    }

    #[test]
    fn long_lines_and_long_cells_are_bounded() {
        let long = "a".repeat(lines::MAX_LINE + 1);
        let file =
            format!("value,note\na.example,\"\n{long}\nb.example,\n{long}\nc.example,\"\n{0}\n{0}\n", &long[..40_000]);
        let read = events(&file);
        assert_eq!(read[..5], ["2: Quotes", "3: LineTooLong", "4: b.example", "5: LineTooLong", "6: Quotes"]);
        assert_eq!(read[5..].iter().map(|event| event.split(' ').next().unwrap()).collect::<Vec<_>>(), ["7:", "8:"]);
    }

    #[test]
    fn headers() {
        for (file, expected) in [
            ("# list\n\nsep=;\nvalue;type\nevil.example;domain\nVALUE;Type\n# end", &["5: evil.example"][..]),
            ("# \"id\",\"url\",\"tags\"\n\"1\",\"https://evil.example/a,b\",\"\"", &["2: https://evil.example/a,b"]),
            ("\"value\"\t\"type\"\n\"evil.example\"\t\"domain\"", &["2: evil.example"]),
            ("value|type\nevil.example|domain", &["2: evil.example"]),
            ("a,b\nevil.example,domain", &["1: broken, NoHeader"]),
            ("domain\nevil.example", &["2: evil.example"]),
        ] {
            assert_eq!(events(file), expected, "{file}");
        }
    }

    #[test]
    fn rows_of_another_length() {
        for (file, expected) in [
            ("value,type\nevil.example,domain,,", &["2: evil.example"][..]),
            ("value,type\nevil.example,domain,a note, and more", &["2: evil.example"]),
            ("type,value\nurl,https://evil.example/a,b", &["2: UnquotedSeparator"]),
            ("type,value\nurl,\"https://evil.example/a\",b,c", &["2: https://evil.example/a"]),
            ("date,url,note\n2026-11-02,\"https://evil.example/a,b\",c,d", &["2: https://evil.example/a,b"]),
            ("note,domain\nas a.example, b.example,evil.example", &["2: UnquotedSeparator"]),
            ("type,value\ndomain", &["2: MissingColumn"]),
        ] {
            assert_eq!(events(file), expected, "{file}");
        }
    }
}

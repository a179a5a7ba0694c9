//! Objects as rows: their keys are what a CSV has as the names of its columns.

use super::held::{Cell, Record, text};
use super::output::Output;
use crate::indicator::{Field, Kind};
use crate::ingest::columns::Columns;

/// The columns of the last row: most have the same.
#[derive(Default)]
pub(super) struct Rows {
    names: Vec<String>,
    columns: Option<Columns>,
}

impl Rows {
    fn of(&mut self, row: &[(&str, &str)]) -> Option<&Columns> {
        let is_same =
            self.names.len() == row.len() && self.names.iter().zip(row).all(|(known, (name, _))| known == name);
        if !is_same {
            self.names = row.iter().map(|(name, _)| (*name).to_owned()).collect();
            self.columns = Columns::of(row.iter().map(|(name, _)| *name));
        }
        self.columns.as_ref()
    }
}

/// Reads an object. What `holds_entries` may be no entry itself, and the names in it that mean nothing are not reported.
pub(super) fn read(record: &Record, output: &mut Output<'_>, holds_entries: bool) {
    if is_hashlookup(record) {
        return hashlookup(record, output);
    }
    let before = output.entries();
    // What stands beside every item of a list, looked up once for them all.
    let mut beside = texts(&record.cells);
    if record.cells.iter().any(|(_, cell)| matches!(cell, Cell::List(_))) {
        beside.retain(|(name, _)| column(name).is_none());
    }
    for (name, cell) in &record.cells {
        match cell {
            Cell::List(items) => list(&mut beside, record.line, name, items, output),
            Cell::Map(cells) => {
                if !one(&texts(cells), record.line, output) {
                    output.unread(name);
                }
            }
            Cell::Text(_) => {}
        }
    }
    let row = texts(&record.cells);
    if !one(&row, record.line, output) && !holds_entries && output.entries() == before {
        row.iter().for_each(|(name, _)| output.unread(name));
    }
}

/// The column that this name stands for by itself, in the singular or the plural.
pub(super) fn column(name: &str) -> Option<Columns> {
    let of = |name: &str| Columns::of(std::iter::once(name));
    of(name).or_else(|| of(name.strip_suffix('s')?))
}

/// Whether this name says the kind, and needs no type beside it.
pub(super) fn is_kind(name: &str) -> bool {
    let is = |name: &str| Field::of_type(name).is_some_and(|fields| fields.iter().all(Option::is_some));
    is(name) || name.strip_suffix('s').is_some_and(is)
}

/// Whether this is an entry of hashlookup, whose other columns are no indicators.
pub(super) fn is_hashlookup(record: &Record) -> bool {
    record.text("SHA-1").is_some()
        && record.cells.iter().any(|(name, _)| name == "FileName" || name.starts_with("hashlookup:"))
}

fn hashlookup(record: &Record, output: &mut Output<'_>) {
    let place = output.entry(record.line);
    for (name, kind) in HASHES {
        if let Some(value) = text(&record.cells, name) {
            output.read(&Field::Kind(kind), value, place);
        }
    }
    let others = record.cells.iter().filter(|(name, _)| HASHES.iter().all(|(hash, _)| hash != name));
    others.for_each(|(name, _)| output.unread(name));
}

const HASHES: [(&str, Kind); 4] =
    [("MD5", Kind::Md5), ("SHA-1", Kind::Sha1), ("SHA-256", Kind::Sha256), ("SHA-512", Kind::Sha512)];

fn texts(cells: &[(String, Cell)]) -> Vec<(&str, &str)> {
    let texts = cells.iter().filter_map(|(name, cell)| match cell {
        Cell::Text(text) => Some((&**name, &**text)),
        Cell::List(_) | Cell::Map(_) => None,
    });
    texts.collect()
}

/// Reads a row, if its names are known.
fn one(row: &[(&str, &str)], line: u64, output: &mut Output<'_>) -> bool {
    let mut rows = std::mem::take(&mut output.rows);
    if let Some(columns) = rows.of(row) {
        let cells: Vec<_> = row.iter().map(|(_, text)| *text).collect();
        let place = output.entry(line);
        columns.read(&cells, output.options, place, output.each());
        columns.unread().iter().for_each(|name| output.unread(name));
    }
    let is_known = rows.columns.is_some();
    output.rows = rows;
    is_known
}

/// Reads a list of values as a row each, beside the texts that say something about them: those that are no value
/// themselves, as a type.
fn list<'a>(row: &mut Vec<(&'a str, &'a str)>, line: u64, name: &'a str, items: &'a [String], output: &mut Output<'_>) {
    let name = if Columns::of(std::iter::once(name)).is_some() { name } else { name.trim_end_matches('s') };
    for item in items {
        row.push((name, item));
        one(row, line, output);
        row.pop();
    }
}

//! What reading has come to so far, and where it goes.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::row::Rows;
use crate::indicator::{Field, Rejection};
use crate::ingest::misp::Types;
use crate::ingest::{Event, Format, Options, Outcome, Place};

/// Where the events go, with what all entries of a file share.
pub(in crate::ingest) struct Output<'a> {
    pub(in crate::ingest) options: &'a Options,
    pub(in crate::ingest) types: Types,
    pub(super) rows: Rows,
    each: &'a mut dyn FnMut(Place, Event),
    line: &'a Cell<u64>,
    entries: u64,
    format: Option<Format>,
    has_index: bool,
    unread: Vec<String>,
    ignored: BTreeSet<&'static str>,
}

impl<'a> Output<'a> {
    pub(super) fn new(options: &'a Options, each: &'a mut dyn FnMut(Place, Event), line: &'a Cell<u64>) -> Self {
        let (types, rows, unread) = (Types::default(), Rows::default(), Vec::new());
        Self {
            options,
            types,
            rows,
            each,
            line,
            entries: 0,
            format: None,
            has_index: false,
            unread,
            ignored: BTreeSet::new(),
        }
    }

    /// The line that is being read.
    pub(in crate::ingest) fn line(&self) -> u64 {
        self.line.get()
    }

    /// How many entries there were.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// The place of an entry that begins on this line, which is the next.
    pub(in crate::ingest) fn entry(&mut self, line: u64) -> Place {
        self.entries += 1;
        Place { line, entry: Some(self.entries) }
    }

    pub(in crate::ingest) fn emit(&mut self, place: Place, event: Event) {
        (self.each)(place, event);
    }

    /// For readers that take the receiver of events.
    pub(in crate::ingest) fn each(&mut self) -> &mut dyn FnMut(Place, Event) {
        self.each
    }

    /// Reads a value as this field.
    pub(in crate::ingest) fn read(&mut self, field: &Field, value: &str, place: Place) {
        self.emit(
            place,
            match field.or(&self.options.bare).read(value, self.options.country) {
                Ok(reading) => Event::Found(reading),
                Err(reason) => Event::Rejected(reason),
            },
        );
    }

    /// Something of this format was met; the first tells what the file is.
    pub(in crate::ingest) fn met(&mut self, format: Format) {
        self.format.get_or_insert(format);
    }

    /// A MISP event was met without what belongs to it.
    pub(super) fn met_index(&mut self) {
        self.has_index = true;
    }

    /// Nothing was read for this name.
    pub(super) fn unread(&mut self, name: &str) {
        if self.unread.len() < MAX_NAMES && name.len() <= MAX_NAME && !self.unread.iter().any(|known| known == name) {
            self.unread.push(name.to_owned());
        }
    }

    /// A name under which MISP and STIX have no indicators was passed over. In other JSON that is to be told.
    pub(super) fn ignored(&mut self, name: &'static str) {
        self.ignored.insert(name);
    }

    pub(super) fn finish(mut self, broken: Option<Rejection>, lines: u64) -> Outcome {
        let is_index = self.has_index && self.entries == 0;
        let broken = broken
            .map(|reason| (Place { line: self.line.get(), entry: None }, reason))
            .or_else(|| is_index.then_some((Place::line(1), Rejection::MispIndex)));
        let format = self.format.or(self.options.format.filter(|_| self.entries == 0)).unwrap_or(Format::Json);
        if format == Format::Json {
            self.unread.extend(self.ignored.iter().map(|name| (*name).to_owned()));
        }
        Outcome { format, lines, unread_columns: self.unread, broken }
    }
}

/// Names in the report, where hostile files could have any number.
const MAX_NAMES: usize = 100;
const MAX_NAME: usize = 256;

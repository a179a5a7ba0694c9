//! An entry that is being read: where it stands, how it is read, and who is told.

use super::{Event, Options, Place, Skip, typed};
use crate::indicator::{Field, Kind, Reading, Rejection};

/// An entry that is being read.
pub(super) struct Entry<'a> {
    pub(super) options: &'a Options,
    pub(super) place: Place,
    pub(super) each: &'a mut dyn FnMut(Place, Event),
}

impl Entry<'_> {
    /// The reading of a value of this field. What a conversion of encodings could not read is no part of any value.
    pub(super) fn reading(&self, field: &Field, raw: &str) -> Result<Reading, Rejection> {
        if raw.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Rejection::NotUtf8);
        }
        field.read(raw, self.options.country)
    }

    /// Reads a value of this field, which is one event.
    pub(super) fn read(&mut self, field: &Field, raw: &str) {
        match self.reading(field, raw) {
            Ok(reading) => self.found(reading),
            Err(reason) => self.reject(reason),
        }
    }

    /// Reads a value of the type that the file names, which may be a composite of several.
    pub(super) fn read_typed(&mut self, name: &str, raw: &str) {
        if raw.contains(char::REPLACEMENT_CHARACTER) {
            return self.reject(Rejection::NotUtf8);
        }
        typed::read(name, raw, self.options, self.place, self.each);
    }

    pub(super) fn found(&mut self, reading: Reading) {
        (self.each)(self.place, Event::Found(reading));
    }

    pub(super) fn reject(&mut self, reason: Rejection) {
        (self.each)(self.place, Event::Rejected(reason));
    }

    pub(super) fn skip(&mut self, skip: Skip) {
        (self.each)(self.place, Event::Skipped(skip));
    }
}

/// Whether values of this kind may hold separators and comment marks, so that one in an unquoted value says nothing sure.
pub(super) fn may_hold_separators(kind: Kind) -> bool {
    kind == Kind::Url || is_verbatim(kind)
}

/// Whether any text may be a value of this kind: those that are compared as they stand, but for names of applications,
/// and logins.
pub(super) fn is_verbatim(kind: Kind) -> bool {
    kind == Kind::Credential || kind.is_verbatim() && kind != Kind::AppId
}

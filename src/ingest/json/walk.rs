//! The way through JSON of any shape to the entries in it.

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::held::Record;
use super::output::Output;
use super::row;
use super::visit::{Key, Seed, Value, pass_list, pass_map};
use crate::indicator::{Field, Rejection};
use crate::ingest::columns::Columns;
use crate::ingest::{Event, Format, misp, stix};

/// A value in which entries may be, and what its texts and objects are.
pub(super) struct Walk<'o, 'a> {
    output: &'o mut Output<'a>,
    texts: Texts<'o>,
    place: Place,
}

/// What a text outside of objects is.
enum Texts<'o> {
    /// A bare value.
    Bare,
    /// A value of this column.
    Of(&'o Columns),
    /// A value of the column of this name in the row that is held.
    In(&'o mut Record, &'o str),
    /// Nothing that is known.
    Unread,
}

/// Where an object stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the top, in an array, or under a name that is a column's: it may be a row.
    Row,
    /// In the `objects` of STIX.
    Member,
    /// Under another name: it may hold rows.
    Container,
}

impl<'o, 'a> Walk<'o, 'a> {
    /// A value at the top.
    pub(super) fn top(output: &'o mut Output<'a>) -> Self {
        Self { output, texts: Texts::Bare, place: Place::Row }
    }

    fn nested(&mut self) -> Walk<'_, 'a> {
        let texts = match &mut self.texts {
            Texts::Bare => Texts::Bare,
            Texts::Of(columns) => Texts::Of(columns),
            Texts::In(record, key) => Texts::In(record, key),
            Texts::Unread => Texts::Unread,
        };
        Walk { output: self.output, texts, place: self.place }
    }
}

impl<'de> Value<'de> for Walk<'_, '_> {
    fn text(self, text: &str) {
        let line = self.output.line();
        match self.texts {
            Texts::Bare => {
                let place = self.output.entry(line);
                self.output.read(&Field::Any, text, place);
            }
            Texts::Of(columns) => {
                let place = self.output.entry(line);
                columns.read(&[text], self.output.options, place, self.output.each());
            }
            Texts::In(record, key) => record.hold_item(key, text),
            Texts::Unread => {}
        }
    }

    fn list<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Seed(self.nested()))?.is_some() {}
        Ok(())
    }

    fn map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        object(self.output, self.place, map)
    }
}

/// Reads an object by its keys: what streams is read at once, the rest is held until its end tells what it is.
fn object<'de, A: MapAccess<'de>>(output: &mut Output<'_>, place: Place, mut map: A) -> Result<(), A::Error> {
    let mut record = Record::at(output.line());
    let mut key = String::new();
    let before = output.entries();
    while map.next_key_seed(Key(&mut key))?.is_some() {
        match &*key {
            "Event" => map.next_value_seed(Seed(misp::Events { output }))?,
            "Attribute" => map.next_value_seed(Seed(misp::Attributes::of(output)))?,
            "Object" => map.next_value_seed(Seed(misp::Objects { output }))?,
            "ShadowAttribute" => map.next_value_seed(Seed(misp::Proposals { output }))?,
            "objects" => map.next_value_seed(Seed(Members { output, record: &mut record, key: &key }))?,
            "hashes" => map.next_value_seed(Seed(Hold { record: &mut record, key: &key }))?,
            name if let Some(name) = IGNORED.iter().find(|ignored| **ignored == name) => {
                if *name == "Orgc" {
                    output.met_index();
                }
                output.ignored(name);
                map.next_value::<IgnoredAny>().map(drop)?;
            }
            _ => map.next_value_seed(Seed(Property { output, record: &mut record, key: &key }))?,
        }
    }
    end(output, place, &record, output.entries() > before);
    Ok(())
}

/// An object is whole: whatever it is by itself is read.
fn end(output: &mut Output<'_>, place: Place, record: &Record, holds_entries: bool) {
    if stix::is_object(record, place == Place::Member) {
        output.met(Format::Stix);
        if record.is_too_large() { refuse(output, record) } else { stix::read(record, output) }
    } else if place != Place::Container {
        if record.is_too_large() { refuse(output, record) } else { row::read(record, output, holds_entries) }
    }
}

fn refuse(output: &mut Output<'_>, record: &Record) {
    let place = output.entry(record.line);
    output.emit(place, Event::Rejected(Rejection::EntryTooLarge));
}

/// Keys of MISP and STIX under which names and addresses stand that are no indicators: of people, tags, reports.
const IGNORED: [&str; 16] = [
    "CryptographicKey",
    "EventReport",
    "Galaxy",
    "GalaxyCluster",
    "ObjectReference",
    "Org",
    "Orgc",
    "RelatedEvent",
    "Sighting",
    "Tag",
    "additional_header_fields", // of a message: whom to reply to, who was written to
    "extensions",
    "external_references",
    "granular_markings",
    "kill_chain_phases",
    "object_marking_refs",
];

/// What stands under `objects`: those of a bundle, or of observed data in STIX 2.0.
struct Members<'o, 'a> {
    output: &'o mut Output<'a>,
    record: &'o mut Record,
    key: &'o str,
}

impl<'de> Value<'de> for Members<'_, '_> {
    fn text(self, text: &str) {
        self.record.hold_text(self.key, text);
    }

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        Walk { output: self.output, texts: Texts::Unread, place: Place::Member }.list(list)
    }

    fn map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.record.hold_map(self.key, map)
    }
}

/// What is held as it stands, unless it is a list.
struct Hold<'o> {
    record: &'o mut Record,
    key: &'o str,
}

impl<'de> Value<'de> for Hold<'_> {
    fn text(self, text: &str) {
        self.record.hold_text(self.key, text);
    }

    fn map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.record.hold_map(self.key, map)
    }
}

/// What stands under a name of no meaning to this module.
struct Property<'o, 'a> {
    output: &'o mut Output<'a>,
    record: &'o mut Record,
    key: &'o str,
}

impl<'o, 'a> Property<'o, 'a> {
    /// What hangs on an entry of these is no entry: descriptions, parents, references.
    fn hangs_on_entry(&self) -> bool {
        stix::is_object(self.record, false) || row::is_hashlookup(self.record)
    }
}

impl<'de> Value<'de> for Property<'_, '_> {
    fn text(self, text: &str) {
        self.record.hold_text(self.key, text);
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if self.hangs_on_entry() {
            return pass_list(list);
        }
        let column = row::column(self.key);
        let texts = match &column {
            Some(columns) if row::is_kind(self.key) => Texts::Of(columns),
            Some(_) => Texts::In(self.record, self.key),
            None => Texts::Unread,
        };
        let mut walk = Walk { output: self.output, texts, place: Place::Row };
        let before = walk.output.entries();
        let mut is_empty = true;
        while list.next_element_seed(Seed(walk.nested()))?.is_some() {
            is_empty = false;
        }
        if column.is_none() && !is_empty && self.output.entries() == before {
            self.output.unread(self.key);
        }
        Ok(())
    }

    fn map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        if self.hangs_on_entry() {
            return pass_map(map);
        }
        let is_row = self.key.bytes().all(|b| b.is_ascii_digit()) || row::column(self.key).is_some();
        let before = self.output.entries();
        object(self.output, if is_row { Place::Row } else { Place::Container }, map)?;
        if self.output.entries() == before {
            self.output.unread(self.key);
        }
        Ok(())
    }
}

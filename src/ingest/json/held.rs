//! An object while it is read: its texts, and the nested values that may be needed at its end.

use serde::de::{MapAccess, SeqAccess};

use super::visit::{Key, Seed, Value};

/// A value that is held until the object around it is whole.
pub(in crate::ingest) enum Cell {
    /// A string, number or boolean.
    Text(String),
    /// The texts of an array.
    List(Vec<String>),
    /// A nested object.
    Map(Vec<(String, Cell)>),
}

/// The held values of an object by their keys, in their order.
pub(in crate::ingest) struct Record {
    /// The line that it begins on.
    pub(in crate::ingest) line: u64,
    /// What is held.
    pub(in crate::ingest) cells: Vec<(String, Cell)>,
    room: Room,
}

impl Record {
    pub(super) fn at(line: u64) -> Self {
        Self { line, cells: Vec::new(), room: Room(MAX_HELD) }
    }

    /// Whether something was left out because the object is too large.
    pub(super) fn is_too_large(&self) -> bool {
        self.room.0 == 0
    }

    /// The text under a key.
    pub(in crate::ingest) fn text(&self, key: &str) -> Option<&str> {
        text(&self.cells, key)
    }

    /// The nested object under a key.
    pub(in crate::ingest) fn map(&self, key: &str) -> Option<&[(String, Cell)]> {
        self.cells.iter().find_map(|(name, cell)| match cell {
            Cell::Map(cells) if name == key => Some(&**cells),
            _ => None,
        })
    }

    pub(super) fn hold_text(&mut self, key: &str, text: &str) {
        if self.room.take(key.len() + text.len()) {
            self.cells.push((key.to_owned(), Cell::Text(text.to_owned())));
        }
    }

    /// Adds to the list under this key, which is the last one.
    pub(super) fn hold_item(&mut self, key: &str, text: &str) {
        if !self.room.take(key.len() + text.len()) {
            return;
        }
        match self.cells.last_mut() {
            Some((name, Cell::List(list))) if name == key => list.push(text.to_owned()),
            _ => self.cells.push((key.to_owned(), Cell::List(vec![text.to_owned()]))),
        }
    }

    pub(super) fn hold_map<'de, A: MapAccess<'de>>(&mut self, key: &str, map: A) -> Result<(), A::Error> {
        let mut cells = Vec::new();
        Hold { cells: &mut cells, key, room: &mut self.room }.map(map)?;
        self.cells.append(&mut cells);
        Ok(())
    }
}

/// The text under a key of held values.
pub(in crate::ingest) fn text<'c>(cells: &'c [(String, Cell)], key: &str) -> Option<&'c str> {
    cells.iter().find_map(|(name, cell)| match cell {
        Cell::Text(text) if name == key => Some(&**text),
        _ => None,
    })
}

/// Bytes that may still be held.
struct Room(usize);

impl Room {
    fn take(&mut self, bytes: usize) -> bool {
        self.0 = self.0.saturating_sub(bytes + OVERHEAD);
        self.0 > 0
    }
}

/// Holds a value with all that is nested in it, in so far as there is room.
struct Hold<'a> {
    cells: &'a mut Vec<(String, Cell)>,
    key: &'a str,
    room: &'a mut Room,
}

impl Hold<'_> {
    fn push(self, cell: Cell, bytes: usize) {
        if self.room.take(self.key.len() + bytes) {
            self.cells.push((self.key.to_owned(), cell));
        }
    }
}

impl<'de> Value<'de> for Hold<'_> {
    fn text(self, text: &str) {
        self.push(Cell::Text(text.to_owned()), text.len());
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut items = Vec::new();
        while list.next_element_seed(Seed(Hold { cells: &mut items, key: "", room: self.room }))?.is_some() {}
        let texts = items.into_iter().filter_map(|(_, cell)| match cell {
            Cell::Text(text) => Some(text),
            Cell::List(_) | Cell::Map(_) => None,
        });
        let texts = texts.collect();
        self.push(Cell::List(texts), 0);
        Ok(())
    }

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut cells, mut key) = (Vec::new(), String::new());
        while map.next_key_seed(Key(&mut key))?.is_some() {
            map.next_value_seed(Seed(Hold { cells: &mut cells, key: &key, room: self.room }))?;
        }
        self.push(Cell::Map(cells), 0);
        Ok(())
    }
}

/// The most that an object may hold in bytes.
const MAX_HELD: usize = 4 * 1024 * 1024;

/// What a held value takes beside its bytes, so that a million empty ones do not fit either.
const OVERHEAD: usize = 64;

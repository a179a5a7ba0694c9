//! What the columns of a table mean, by their names: a type beside a value, or a column a kind.

use super::{Event, Options, Place};

/// The columns of a table whose names say where the indicators are.
pub(super) struct Columns {}

impl Columns {
    /// The meaning of these names; nothing, if none of them is known.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let _ = names;
        None
    }

    /// The names that mean nothing here, as the file has them.
    pub(super) fn unread(&self) -> Vec<String> {
        Vec::new()
    }

    /// Reads a row: its cells in the order of the names.
    pub(super) fn read(&self, cells: &[&str], options: &Options, place: Place, each: &mut dyn FnMut(Place, Event)) {
        let _ = (cells, options, place, each);
    }
}

//! To be written.

use std::io::{self, BufRead};

use super::{Event, Options, Outcome, Place};

/// Reads to the end.
pub(super) fn read(
    reader: &mut dyn BufRead,
    options: &Options,
    each: &mut dyn FnMut(Place, Event),
) -> io::Result<Outcome> {
    super::text::read(reader, options, each)
}

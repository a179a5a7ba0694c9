//! JSON of every sort, streamed: STIX, MISP, and objects with the fields that a CSV would have as columns.
//!
//! What a value is, its keys say as they come, in any order:
//!
//! | keys | read as |
//! |---|---|
//! | `Event`, `Attribute`, `Object`, `ShadowAttribute` | [MISP](super::misp): events, feeds, what a search answers |
//! | `type` and an `id` that begins with it | a [STIX](super::stix) object; bundles and TAXII envelopes hold them in `objects` |
//! | `SHA-1` with `FileName` or `hashlookup:…` | hashlookup: its hashes |
//! | names that a CSV's columns would have | a row |
//!
//! Rows stand at the top, in arrays at any depth, and under keys that number them. A string in an array at the top is a bare
//! value; one in an array under a name that is a column's (`domains` is as good as `domain`) is a value of that column. Other
//! objects are containers, and their own texts are not read: names that nothing was read for are in the
//! [`Outcome`]. Numbers count as texts.
//!
//! Values may follow one another (JSON Lines, concatenation). Where the first takes one line, a line that is no JSON is a
//! rejection, and the next is read; elsewhere the file is read up to where it is broken. What files often get
//! wrong is mended on the way: commas before closing brackets, bytes that are not UTF-8, control characters.
//! An entry is held while it is read, and nothing else.

mod held;
mod lenient;
mod output;
mod row;
mod visit;
mod walk;

use std::cell::Cell;
use std::io::{self, BufRead};

use serde::de::DeserializeSeed;

pub(super) use self::held::{Cell as Held, Record, text as held_text};
use self::lenient::Lenient;
pub(super) use self::output::Output;
pub(super) use self::visit::{Key, Seed, Text, Value, pass_map};
use self::walk::Walk;
use super::{Event, Options, Outcome, Place};
use crate::indicator::Rejection;

/// Reads to the end, or to where the JSON is broken.
///
/// # Errors
/// Those of `reader`.
pub(super) fn read(
    reader: &mut dyn BufRead,
    options: &Options,
    each: &mut dyn FnMut(Place, Event),
) -> io::Result<Outcome> {
    let line = Cell::new(1);
    let mut input = Lenient::new(reader, &line);
    let mut output = Output::new(options, each, &line);
    let mut broken = None;
    while input.seek()? {
        let start = line.get();
        let read = Seed(Walk::top(&mut output)).deserialize(&mut serde_json::Deserializer::from_reader(&mut input));
        match read {
            Ok(()) if line.get() == start => input.read_by_line(),
            Ok(()) => {}
            Err(error) if error.is_io() => return Err(error.into()),
            Err(_) if input.is_too_deep() => {
                broken = Some(Rejection::DeepJson);
                break;
            }
            Err(error) if input.is_by_line() => {
                input.skip_line()?;
                if error.is_eof() && input.is_over()? {
                    broken = Some(Rejection::CutJson);
                    break;
                }
                output.emit(Place::line(start), Event::Rejected(Rejection::BrokenJsonLine));
            }
            Err(error) => {
                broken = Some(if error.is_eof() { Rejection::CutJson } else { Rejection::BrokenJson });
                break;
            }
        }
    }
    Ok(output.finish(broken, input.lines()))
}

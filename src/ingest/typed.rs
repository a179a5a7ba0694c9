//! Values beside which a file names the type: MISP attributes, and the type and value columns of a table.

use super::{Event, Options, Place};
use crate::indicator::{Field, Rejection};

/// Reads a value of the type that the file names. A composite as `domain|ip` is split at `|`, and each part is an event.
pub(super) fn read(name: &str, value: &str, options: &Options, place: Place, each: &mut dyn FnMut(Place, Event)) {
    let event = match Field::of_type(name).as_deref() {
        Some([Some(field)]) => match field.or(&options.bare).read(value, options.country) {
            Ok(reading) => Event::Found(reading),
            Err(reason) => Event::Rejected(reason),
        },
        _ => Event::Rejected(Rejection::UnknownKind),
    };
    each(place, event);
}

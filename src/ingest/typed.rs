//! Values beside which a file names the type: MISP attributes, and the type and value columns of a table.
//!
//! A composite type as `domain|ip` names several values with `|` between them, and each is an event. A part that is no
//! indicator, as a port, may be missing; the last one may hold `|` itself, as the data of a registry key do. Otherwise there
//! are as many parts as the type names, or the whole is refused: which part is which would be a guess.

use super::{Event, Options, Place, Skip};
use crate::indicator::{Field, Rejection};

/// Reads a value of the type that the file names.
pub(super) fn read(name: &str, value: &str, options: &Options, place: Place, each: &mut dyn FnMut(Place, Event)) {
    match Field::of_type(name) {
        Some(fields) => read_as(&fields, value, options, place, each),
        None => each(place, Event::Rejected(Rejection::UnknownKind)),
    }
}

/// Reads a value of a type that stands for these fields.
pub(super) fn read_as(
    fields: &[Option<Field>],
    value: &str,
    options: &Options,
    place: Place,
    each: &mut dyn FnMut(Place, Event),
) {
    let parts = value.splitn(most_parts(fields), '|');
    if !fits(fields, parts.clone().count()) {
        return each(place, Event::Rejected(Rejection::Parts));
    }
    for (field, part) in fields.iter().zip(parts) {
        each(place, part_of(field.as_ref(), part, options));
    }
}

/// Whether no part of a value of these fields is an indicator.
pub(super) fn is_other(fields: &[Option<Field>]) -> bool {
    fields.iter().all(Option::is_none)
}

/// How many parts there may be; the last one holds any `|` beyond that. A single value's bars are its own.
fn most_parts(fields: &[Option<Field>]) -> usize {
    match fields {
        [_] | [.., None] => fields.len(),
        _ => usize::MAX,
    }
}

fn fits(fields: &[Option<Field>], parts: usize) -> bool {
    parts == fields.len() || fields.get(parts..).is_some_and(is_other)
}

fn part_of(field: Option<&Field>, part: &str, options: &Options) -> Event {
    let Some(field) = field else { return Event::Skipped(Skip::OtherType) };
    match field.or(&options.bare).read(part, options.country) {
        Ok(reading) => Event::Found(reading),
        Err(reason) => Event::Rejected(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::Kind;

    fn events(fields: &[Option<Field>], value: &str) -> Vec<String> {
        let mut events = Vec::new();
        read_as(fields, value, &Options::default(), Place::line(1), &mut |_, event| {
            events.push(match event {
                Event::Found(reading) => reading.indicator.value().to_owned(),
                Event::Rejected(Rejection::Parts) => "parts".to_owned(),
                Event::Rejected(_) => "refused".to_owned(),
                Event::Skipped(_) => "skipped".to_owned(),
            });
        });
        events
    }

    #[test]
    fn composites_are_split_and_their_parts_counted() {
        let domain = || Some(Field::Kind(Kind::Domain));
        let (pair, port, one) = ([domain(), domain()], [domain(), None], [domain()]);
        assert_eq!(events(&pair, "a.example|b.example"), ["a.example", "b.example"]);
        assert_eq!(events(&pair, "a.example| "), ["a.example", "refused"]);
        assert_eq!(events(&pair, "a.example"), ["parts"]);
        assert_eq!(events(&pair, "a.example|b.example|c.example"), ["parts"]);
        assert_eq!(events(&port, "a.example|80"), ["a.example", "skipped"]);
        assert_eq!(events(&port, "a.example|80|tcp"), ["a.example", "skipped"]);
        assert_eq!(events(&port, "a.example"), ["a.example"]);
        assert_eq!(events(&one, "a.example|b.example"), ["refused"]);
        assert_eq!(events(&[None], "a|b|c"), ["skipped"]);
        assert_eq!(events(&[None, None], "a"), ["skipped"]);
    }
}

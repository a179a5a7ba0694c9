//! Observables: what was seen, as objects with properties.

use super::path::{Meaning, meaning};
use super::pattern::Term;
use crate::indicator::{Field, Kind};
use crate::ingest::json::{Held, Output, held_text};
use crate::ingest::{Event, Place, Skip};

/// Whether a type is one of the standard's observables.
pub(super) fn is_type(name: &str) -> bool {
    TYPES.contains(&name)
}

/// Reads the objects of STIX 2.0's observed data: a map of them by number.
pub(super) fn read_all(objects: &[(String, Held)], place: Place, output: &mut Output<'_>) {
    for (_, object) in objects {
        if let Held::Map(cells) = object {
            read(held_text(cells, "type").unwrap_or_default(), cells, place, output);
        }
    }
}

/// Reads an observable of this type by its properties.
pub(super) fn read(object: &str, cells: &[(String, Held)], place: Place, output: &mut Output<'_>) {
    let mut named = Vec::new();
    for (name, cell) in cells {
        match cell {
            Held::Text(text) => named.push((meaning(object, &[name]), &**text)),
            Held::Map(cells) if name == "hashes" => named.extend(hashes(object, cells)),
            Held::Map(_) | Held::List(_) => {}
        }
    }
    let is_identified = object == "file" && named.iter().any(|(meaning, _)| matches!(meaning, Meaning::Identity(_)));
    let mut is_read = false;
    for (meaning, text) in named {
        let field = match meaning {
            Meaning::Identity(field) => field,
            Meaning::Value(field) if !is_identified => field,
            _ => continue,
        };
        output.read(&on_platform(field, held_text(cells, "account_type")), text, place);
        is_read = true;
    }
    if !is_read {
        output.emit(place, Event::Skipped(Skip::OtherType));
    }
}

/// Hands over what a pattern names.
pub(super) fn emit(term: Term, place: Place, output: &mut Output<'_>) {
    match term {
        Term::Value(value) => output.read(&value.field, &value.text, place),
        Term::Beside => output.emit(place, Event::Skipped(Skip::OtherType)),
        Term::Refused(reason) => output.emit(place, Event::Rejected(reason)),
    }
}

/// An account's field with the platform that stands beside it.
pub(super) fn on_platform(field: Field, platform: Option<&str>) -> Field {
    match platform {
        Some(platform) if field == Field::Kind(Kind::Account) => Field::AccountOn(platform.to_owned()),
        _ => field,
    }
}

fn hashes<'c>(object: &str, cells: &'c [(String, Held)]) -> impl Iterator<Item = (Meaning, &'c str)> {
    cells.iter().filter_map(move |(algorithm, cell)| match cell {
        Held::Text(text) => Some((meaning(object, &["hashes", algorithm]), &**text)),
        Held::Map(_) | Held::List(_) => None,
    })
}

const TYPES: [&str; 18] = [
    "artifact",
    "autonomous-system",
    "directory",
    "domain-name",
    "email-addr",
    "email-message",
    "file",
    "ipv4-addr",
    "ipv6-addr",
    "mac-addr",
    "mutex",
    "network-traffic",
    "process",
    "software",
    "url",
    "user-account",
    "windows-registry-key",
    "x509-certificate",
];

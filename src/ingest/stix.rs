//! STIX 2.0 and 2.1: bundles, TAXII envelopes, and objects one a line.
//!
//! - An `indicator` is read by its pattern, if that is in STIX's own language; those of other languages (`yara`,
//!   `sigma`, `snort`) are set aside.
//! - Observables, on their own (2.1) or in `observed-data` (2.0), are read by their properties; what no kind is meant for is
//!   set aside. Of a file that has hashes, the name is not read: it names any number of other files.
//! - What is `revoked` is set aside. `valid_until` decides nothing: whether an old indicator counts is for its list to say.
//! - Other objects (malware, reports, relationships, …) are no entries.
//!
//! **Source.** OASIS STIX 2.1, sections 4, 6 and 9.

mod observable;
mod path;
mod pattern;

use super::json::{Output, Record};
use super::{Event, Place, Skip};
use crate::indicator::Rejection;

/// Whether an object is one of STIX: its `id` begins with its `type`. A `member` of a bundle's objects needs no id.
pub(super) fn is_object(record: &Record, is_member: bool) -> bool {
    let (Some(name), id) = (record.text("type"), record.text("id")) else { return false };
    match id {
        Some(id) => id.strip_prefix(name).is_some_and(|id| id.starts_with("--")),
        None => is_member && (name == INDICATOR || observable::is_type(name)),
    }
}

/// Reads an object of STIX.
pub(super) fn read(record: &Record, output: &mut Output<'_>) {
    let name = record.text("type").unwrap_or_default();
    if name == "bundle" || (NO_ENTRIES.contains(&name) && record.map("objects").is_none()) {
        return;
    }
    let place = output.entry(record.line);
    if record.text("revoked") == Some("true") {
        output.emit(place, Event::Skipped(Skip::Withdrawn));
    } else if name == INDICATOR {
        indicator(record, place, output);
    } else if let Some(objects) = record.map("objects") {
        observable::read_all(objects, place, output);
    } else {
        observable::read(name, &record.cells, place, output);
    }
}

fn indicator(record: &Record, place: Place, output: &mut Output<'_>) {
    let language = record.text("pattern_type").unwrap_or("stix");
    if !language.eq_ignore_ascii_case("stix") {
        return output.emit(place, Event::Skipped(Skip::OtherType));
    }
    let Some(pattern) = record.text("pattern") else {
        return output.emit(place, Event::Rejected(Rejection::Pattern("is missing: the indicator names nothing")));
    };
    match pattern::read(pattern) {
        Ok(terms) => terms.into_iter().for_each(|term| observable::emit(term, place, output)),
        Err(reason) => output.emit(place, Event::Rejected(reason)),
    }
}

const INDICATOR: &str = "indicator";

/// Objects that describe, and name nothing that could be compared.
const NO_ENTRIES: [&str; 23] = [
    "attack-pattern",
    "campaign",
    "course-of-action",
    "extension-definition",
    "grouping",
    "identity",
    "incident",
    "infrastructure",
    "intrusion-set",
    "language-content",
    "location",
    "malware",
    "malware-analysis",
    "marking-definition",
    "note",
    "observed-data",
    "opinion",
    "relationship",
    "report",
    "sighting",
    "threat-actor",
    "tool",
    "vulnerability",
];

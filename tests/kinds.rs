//! The vectors of every kind, `tests/vectors/kinds/*.json`: what is read as what, what is refused and why. Each case is named
//! after what it shows.
//!
//! A case has `raw`, or `repeat` with a text and how often it stands; `field`, what the place says (the file's kind, if nothing;
//! `any` for a bare value); `country`, if numbers of one are read. It ends in `refused`, a piece of the message, or in `value`,
//! with `kind` if it is not the file's and `warnings` if there are any.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::fs;
use std::path::Path;

use mandorla::indicator::{Country, Field, Indicator, Kind, Reading, Rejection};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    kind: String,
    source: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    raw: Option<String>,
    repeat: Option<(String, usize)>,
    field: Option<String>,
    country: Option<String>,
    kind: Option<String>,
    value: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
    refused: Option<String>,
}

impl Case {
    fn raw(&self) -> String {
        match (&self.raw, &self.repeat) {
            (Some(raw), None) => raw.clone(),
            (None, Some((text, times))) => text.repeat(*times),
            _ => panic!("{}: either raw or repeat", self.name),
        }
    }

    /// What is wrong, if something is.
    fn fault(&self, file_kind: Kind) -> Option<String> {
        let raw = self.raw();
        let field: Field = self.field.as_deref().unwrap_or(file_kind.name()).parse().unwrap();
        let country: Option<Country> = self.country.as_ref().map(|code| code.parse().unwrap());
        match (field.read(&raw, country), &self.value, &self.refused) {
            (Ok(reading), Some(value), None) => self.reading_fault(&reading, value, file_kind),
            (Err(reason), None, Some(piece)) => refusal_fault(&reason, &raw, piece),
            (Ok(reading), None, Some(_)) => {
                Some(format!("read as {} {}", reading.indicator.kind(), reading.indicator.value()))
            }
            (Err(reason), Some(_), None) => Some(format!("refused: {reason}")),
            _ => Some("either value or refused".into()),
        }
    }

    fn reading_fault(&self, reading: &Reading, value: &str, file_kind: Kind) -> Option<String> {
        let kind = self.kind.as_ref().map_or(file_kind, |kind| kind.parse().unwrap());
        let found = &reading.indicator;
        let warnings: Vec<&str> = reading.warnings.iter().map(|warning| warning.name()).collect();
        if (found.kind(), found.value()) != (kind, value) {
            return Some(format!("read as {} {}", found.kind(), found.value()));
        }
        if warnings != self.warnings {
            return Some(format!("warnings {warnings:?}"));
        }
        let again = Field::Kind(kind).read(value, None);
        if again != Ok(found.clone().into()) || Indicator::from_canonical(kind, value).as_ref() != Ok(found) {
            return Some("no fixed point".into());
        }
        None
    }
}

fn refusal_fault(reason: &Rejection, raw: &str, piece: &str) -> Option<String> {
    let message = reason.to_string();
    if !message.to_lowercase().contains(&piece.to_lowercase()) {
        return Some(format!("refused otherwise: {message}"));
    }
    // Shorter ones may be words of the message itself.
    let holds = raw.trim().len() > 12 && (message.contains(raw.trim()) || format!("{reason:?}").contains(raw.trim()));
    holds.then(|| "the message holds the value".into())
}

fn vectors(kind: Kind) -> Option<Vectors> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/kinds/{kind}.json"));
    let text = fs::read_to_string(&path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{kind}: {fault}")))
}

#[test]
fn every_kind_is_read_as_its_vectors_say() {
    let mut faults = Vec::new();
    for kind in Kind::ALL {
        let Some(vectors) = vectors(kind) else { continue };
        assert_eq!(vectors.kind, kind.name());
        assert!(!vectors.source.is_empty(), "{kind}");
        for case in &vectors.cases {
            faults.extend(case.fault(kind).map(|fault| format!("{kind}, {}: {fault}", case.name)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn most_vectors_show_what_is_refused() {
    for vectors in Kind::ALL.into_iter().filter_map(vectors) {
        let refusals = vectors.cases.iter().filter(|case| case.refused.is_some()).count();
        assert!(vectors.cases.len() >= 12, "{}: {} cases", vectors.kind, vectors.cases.len());
        assert!(refusals * 2 >= vectors.cases.len(), "{}: {refusals} of {}", vectors.kind, vectors.cases.len());
    }
}

//! What `check` says to machines, schema `mandorla.check/1`. No field holds an indicator; fields may be added, and none is
//! renamed or given another meaning under the same number.
//!
//! ```text
//! schema      "mandorla.check/1"
//! usable      whether there is anything to publish
//! files       name, format (null if it could not be opened), lines, indicators, rejected, skipped by reason, unread_columns,
//!             broken (absent, or line, entry and reason of where it broke off)
//! kinds       distinct indicators of each kind, derived ones too
//! distinct    of all kinds
//! duplicates  indicators that were there already
//! rejected    file, line, entry (null where lines are entries), reason
//! skipped     entries set aside, by reason
//! warnings    indicators that were changed on the way, by sort
//! left_out    indicators of kinds that were not asked for, by kind
//! derived     of the distinct ones, those that were derived, by derivation
//! benign      indicators that lists of the plainly benign have, by list
//! guessable   kind, count, bits (null where not all values can be tried), words, seconds (on one core, or null)
//! ```

use std::collections::BTreeMap;

use serde::Serialize;

use super::Findings;
use crate::cli::input::{FileReport, Remark};
use crate::indicator::Warning;
use crate::ingest::{Place, Skip};
use crate::report::harmless_json;

const SCHEMA: &str = "mandorla.check/1";

#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    usable: bool,
    files: Vec<File<'a>>,
    kinds: BTreeMap<&'static str, u64>,
    distinct: u64,
    duplicates: u64,
    rejected: Vec<Rejected>,
    skipped: BTreeMap<&'static str, u64>,
    warnings: BTreeMap<&'static str, u64>,
    left_out: BTreeMap<&'static str, u64>,
    derived: BTreeMap<&'static str, u64>,
    benign: BTreeMap<&'a str, u64>,
    guessable: Vec<Guess>,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    format: Option<&'static str>,
    lines: u64,
    indicators: u64,
    rejected: u64,
    skipped: BTreeMap<&'static str, u64>,
    unread_columns: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<Broken<'a>>,
}

#[derive(Serialize)]
struct Broken<'a> {
    line: Option<u64>,
    entry: Option<u64>,
    reason: &'a str,
}

/// An entry that is no indicator.
#[derive(Serialize)]
pub(super) struct Rejected {
    file: String,
    line: u64,
    entry: Option<u64>,
    reason: String,
}

#[derive(Serialize)]
struct Guess {
    kind: &'static str,
    count: u64,
    bits: Option<u8>,
    words: &'static str,
    seconds: Option<f64>,
}

/// Of what comes up while files are read, what belongs in the list of the rejected.
pub(super) fn rejected(remark: &Remark<'_>) -> Option<Rejected> {
    match remark {
        Remark::Rejected { file, place: Place { line, entry }, reason } => {
            Some(Rejected { file: (*file).to_owned(), line: *line, entry: *entry, reason: reason.to_string() })
        }
        Remark::More { .. } | Remark::Prose { .. } | Remark::Broken { .. } => None,
    }
}

pub(super) fn render(findings: &Findings, rejected: Vec<Rejected>) -> String {
    let (gathered, selection) = (&findings.gathered, &findings.selection);
    harmless_json(&Check {
        schema: SCHEMA,
        usable: findings.usable(),
        files: gathered.files.iter().map(File::of).collect(),
        kinds: named(&findings.kinds, |kind| kind.name()),
        distinct: selection.taken.len() as u64,
        duplicates: gathered.duplicates(),
        rejected,
        skipped: named(&gathered.counts.skipped, Skip::name),
        warnings: named(&gathered.counts.warned, Warning::name),
        left_out: named(&selection.left_out, |kind| kind.name()),
        derived: named(&selection.derived, |derivation| derivation.name()),
        benign: selection.benign.iter().map(|(list, benign)| (list.as_str(), benign.count)).collect(),
        guessable: guessable(findings),
    })
}

impl<'a> File<'a> {
    fn of(file: &'a FileReport) -> Self {
        let broken = file.broken.as_ref().map(|(place, reason)| Broken {
            line: place.map(|place| place.line),
            entry: place.and_then(|place| place.entry),
            reason,
        });
        Self {
            name: &file.name,
            format: file.format.map(|format| format.name()),
            lines: file.counts.lines,
            indicators: file.counts.indicators,
            rejected: file.counts.rejected,
            skipped: named(&file.counts.skipped, Skip::name),
            unread_columns: &file.unread_columns,
            broken,
        }
    }
}

fn guessable(findings: &Findings) -> Vec<Guess> {
    let guess = |guessable: super::Guessable| Guess {
        kind: guessable.kind.name(),
        count: guessable.count,
        bits: guessable.bits,
        words: guessable.words,
        seconds: guessable.seconds(),
    };
    findings.guessable().map(guess).collect()
}

fn named<K: Copy>(counts: &BTreeMap<K, u64>, name: impl Fn(K) -> &'static str) -> BTreeMap<&'static str, u64> {
    counts.iter().map(|(key, count)| (name(*key), *count)).collect()
}

//! What each report should say, by a model so slow and plain that it can be believed, and how a report differs from it.

use std::collections::{BTreeMap, BTreeSet};

use super::values::Plain;
use crate::charter::{Level, Terms};
use crate::report::{Certain, Overlap, Report, SCHEMA};

/// What one member should learn.
#[derive(Debug)]
pub(super) struct Expected {
    exchange: String,
    reader: String,
    published: u64,
    /// Name and role of every other member; all have published.
    members: BTreeSet<(String, String)>,
    /// Kind and value, and the names of those who hold it too.
    overlaps: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Expected {
    /// From the lists as they were planted: look every indicator of the reader up in every list that it may learn of.
    pub(super) fn new(terms: &Terms, lists: &[BTreeSet<Plain>], reader: usize) -> Self {
        let others = || (0..terms.members.len()).filter(|place| *place != reader);
        let mut overlaps = BTreeMap::new();
        for plain in &lists[reader] {
            let holders: BTreeSet<String> = others()
                .filter(|holder| terms.disclosure.level(*holder, reader) == Level::Named)
                .filter(|holder| lists[*holder].contains(plain))
                .map(|holder| terms.members[holder].name().to_owned())
                .collect();
            if !holders.is_empty() && 1 + holders.len() >= terms.min_holders as usize {
                overlaps.insert((plain.kind.to_string(), plain.value.clone()), holders);
            }
        }
        Self {
            exchange: terms.name.clone(),
            reader: terms.members[reader].name().to_owned(),
            published: lists[reader].len() as u64,
            members: others()
                .map(|at| (terms.members[at].name().to_owned(), terms.members[at].role().to_string()))
                .collect(),
            overlaps,
        }
    }

    /// Overlaps that should be there.
    pub(super) fn len(&self) -> usize {
        self.overlaps.len()
    }

    /// What the report says too much, too little or otherwise; nothing if it is as it should be.
    pub(super) fn differences(&self, report: &Report) -> Vec<String> {
        let mut found = self.differences_of_head(report);
        let mut missing = self.overlaps.clone();
        for overlap in &report.overlaps {
            let Overlap { kind, value, holders } = overlap;
            let names: BTreeSet<String> = holders.iter().map(|holder| holder.name.clone()).collect();
            match missing.remove(&(kind.clone(), value.clone())) {
                None => found.push(format!("{kind} {value} is too many")),
                Some(expected) if expected != names || holders.len() != names.len() => {
                    found.push(format!("{kind} {value} is held by {expected:?}, the report says {names:?}"));
                }
                Some(_) => {}
            }
            // Everyone has asked before the last reports are made, so nothing rests on filters.
            if holders.iter().any(|holder| holder.certainty != Certain::Exact) {
                found.push(format!("{kind} {value} is not exact"));
            }
        }
        found.extend(missing.keys().map(|(kind, value)| format!("{kind} {value} is missing")));
        found
    }

    fn differences_of_head(&self, report: &Report) -> Vec<String> {
        let members: BTreeSet<_> =
            report.members.iter().map(|member| (member.name.clone(), member.role.clone())).collect();
        let sorted = report.overlaps.is_sorted_by(|a, b| (&a.kind, &a.value) < (&b.kind, &b.value));
        [
            (report.schema == SCHEMA, "the schema is another"),
            (report.exchange == self.exchange && report.round == 1, "it is of another exchange or round"),
            (report.member == self.reader, "it is another member's"),
            (report.published == self.published, "the number of published indicators is another"),
            (members == self.members && report.members.len() == self.members.len(), "the members are others"),
            (report.members.iter().all(|member| member.published), "somebody is said not to have published"),
            (sorted, "the overlaps are not in order"),
        ]
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, fault)| fault.to_owned())
        .collect()
    }
}

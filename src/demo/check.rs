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
                .filter(|holder| terms.level(*holder, reader) == Level::Named)
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
            let Overlap { kind, value, holders, .. } = overlap;
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
            (report.counts.is_empty() && report.withheld.is_empty(), "it has counts, or something is withheld"),
            (report.overlaps.iter().all(|overlap| overlap.anonymous_holders == 0), "it counts anonymous holders"),
            (
                report.canaries.iter().all(|canaries| canaries.returned == canaries.expected),
                "canaries did not come back",
            ),
            (report.canaries_misplaced.is_empty(), "canaries are held by others than theirs"),
        ]
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, fault)| fault.to_owned())
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::terms;
    use super::*;
    use crate::indicator::Kind;
    use crate::report::{Canaries, Contact, Holder, Member};

    fn plain(name: &str) -> Plain {
        Plain { kind: Kind::Domain, value: format!("{name}.example") }
    }

    /// Three companies, an agency that the first has agreed to be named to, and a broker.
    fn lists() -> [BTreeSet<Plain>; 5] {
        [&["a", "b", "c"][..], &["a", "x"], &["x", "b"], &["c", "x"], &["own"]]
            .map(|names| names.iter().map(|name| plain(name)).collect())
    }

    fn holder(name: &str) -> Holder {
        let contact = Contact { name: String::new(), email: String::new(), phone: String::new(), hours: String::new() };
        let (role, fingerprint) = (String::new(), String::new());
        Holder { name: name.to_owned(), role, fingerprint, contact, certainty: Certain::Exact }
    }

    fn overlap(name: &str, holders: &[&str]) -> Overlap {
        let holders = holders.iter().map(|name| holder(name)).collect();
        Overlap { kind: "domain".to_owned(), value: plain(name).value, derived: None, holders, anonymous_holders: 0 }
    }

    fn report(terms: &Terms, reader: usize, overlaps: Vec<Overlap>) -> Report {
        let others = terms.members.iter().enumerate().filter(|(place, _)| *place != reader);
        let member = |(_, card): (usize, &crate::identity::CardCore)| Member {
            name: card.name().to_owned(),
            role: card.role().to_string(),
            published: true,
        };
        Report {
            schema: SCHEMA.to_owned(),
            exchange: terms.name.clone(),
            charter: String::new(),
            round: 1,
            member: terms.members[reader].name().to_owned(),
            generated: String::new(),
            published: lists()[reader].len() as u64,
            members: others.map(member).collect(),
            chance_overlaps_expected: 0.0,
            overlaps,
            counts: Vec::new(),
            counts_epsilon: None,
            withheld: Vec::new(),
            canaries: vec![Canaries { name: String::new(), role: String::new(), expected: 16, returned: 16 }],
            canaries_not_testable: Vec::new(),
            canaries_misplaced: Vec::new(),
        }
    }

    #[test]
    fn what_should_be_there() {
        let terms = terms(5);
        for (reader, overlaps) in [
            (
                0,
                vec![
                    overlap("a", &["Harbour Mail"]),
                    overlap("b", &["Lantern Video"]),
                    overlap("c", &["Coastal Agency"]),
                ],
            ),
            (1, vec![overlap("a", &["Northwind Social"]), overlap("x", &["Lantern Video", "Coastal Agency"])]),
            (3, vec![overlap("c", &["Northwind Social"])]),
            (4, vec![]),
        ] {
            let expected = Expected::new(&terms, &lists(), reader);
            assert_eq!(expected.len(), overlaps.len());
            assert_eq!(expected.differences(&report(&terms, reader, overlaps)), Vec::<String>::new(), "{reader}");
        }
    }

    #[test]
    fn every_change_is_found() {
        let terms = terms(5);
        let right = report(
            &terms,
            1,
            vec![overlap("a", &["Northwind Social"]), overlap("x", &["Lantern Video", "Coastal Agency"])],
        );
        let expected = Expected::new(&terms, &lists(), 1);
        assert!(expected.differences(&right).is_empty());
        let finds = |words: &str, change: fn(&mut Report)| {
            let mut tampered = right.clone();
            change(&mut tampered);
            let found = expected.differences(&tampered).join("; ");
            assert!(found.contains(words), "{words}: {found}");
        };
        finds("missing", |report| drop(report.overlaps.remove(0)));
        finds("too many", |report| report.overlaps.push(overlap("y", &["Lantern Video"])));
        finds("too many", |report| report.overlaps.push(report.overlaps[1].clone()));
        finds("too many", |report| report.overlaps[0].kind = "url".to_owned());
        finds("is held by", |report| report.overlaps[0].holders.push(holder("Commons Broker")));
        finds("is held by", |report| drop(report.overlaps[1].holders.remove(0)));
        finds("is held by", |report| report.overlaps[1].holders.push(holder("Lantern Video")));
        finds("is held by", |report| report.overlaps[0].holders[0].name = "Lantern Video".to_owned());
        finds("not exact", |report| report.overlaps[0].holders[0].certainty = Certain::Probable);
        finds("order", |report| report.overlaps.reverse());
        finds("published", |report| report.published += 1);
        finds("canaries", |report| report.canaries[0].returned -= 1);
        finds("members", |report| drop(report.members.pop()));
        finds("not to have published", |report| report.members[0].published = false);
        finds("another member's", |report| report.member = "Northwind Social".to_owned());
    }

    #[test]
    fn what_the_charter_hides_is_too_many() {
        let terms = terms(5);
        let leak = report(&terms, 3, vec![overlap("c", &["Northwind Social"]), overlap("x", &["Harbour Mail"])]);
        let found = Expected::new(&terms, &lists(), 3).differences(&leak);
        assert_eq!(found, ["domain x.example is too many"]);
    }
}

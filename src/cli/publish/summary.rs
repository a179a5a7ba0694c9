//! What became of the lines that were to be published.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::charter::Terms;
use crate::charter::words::thousands;
use crate::cli::input::{self, Input};
use crate::cli::print;
use crate::indicator::{Indicator, Kind};
use crate::ingest::Counts;
use crate::list::DraftFault;
use crate::list::filter::ENTRIES;
use crate::list::shard::Class;

/// Figures for people. `kinds` is known in a dry run only.
pub(super) struct Summary {
    counts: Counts,
    left_out: BTreeMap<Kind, u64>,
    distinct: u64,
    kinds: BTreeMap<Kind, u64>,
}

impl Summary {
    pub(super) fn new(counts: Counts, left_out: BTreeMap<Kind, u64>, distinct: u64) -> Self {
        Self { counts, left_out, distinct, kinds: BTreeMap::new() }
    }

    /// Reads inputs as a charter would have them, and keeps none of it.
    pub(super) fn survey(terms: &Terms, inputs: Vec<Input>) -> Result<Self> {
        let (mut kept, mut left_out): (Vec<Indicator>, BTreeMap<Kind, u64>) = Default::default();
        let counts = input::read(inputs, |indicator| match terms.kinds.contains(&indicator.kind()) {
            true => kept.push(indicator),
            false => *left_out.entry(indicator.kind()).or_default() += 1,
        })?;
        kept.sort_unstable();
        kept.dedup();
        let mut summary = Self::new(counts, left_out, kept.len() as u64);
        for indicator in kept {
            *summary.kinds.entry(indicator.kind()).or_default() += 1;
        }
        summary.refuse_unusable()?;
        Ok(summary)
    }

    /// The size class of the list; its salt would have to be very unlucky to take another.
    pub(super) fn class(&self, terms: &Terms) -> Result<Class, DraftFault> {
        let too_many = DraftFault::TooMany { found: self.distinct, max: terms.max_indicators };
        Class::for_indicators(self.distinct).filter(|_| self.distinct <= terms.max_indicators).ok_or(too_many)
    }

    /// A list without indicators is meant only if the input has none either: it would replace the one before.
    pub(super) fn refuse_unusable(&self) -> Result<()> {
        let (rejected, left_out) = (self.counts.rejected, self.left_out());
        match (self.distinct, rejected, left_out) {
            (1.., _, _) | (0, 0, 0) => Ok(()),
            (0, _, 0) => bail!("nothing to publish: none of {} holds an indicator", print::count(rejected, "line")),
            (0, _, _) => bail!("nothing to publish: the exchange does not compare {}", by_kind(&self.left_out)),
        }
    }

    /// What a person should know before the list goes out, on standard error.
    pub(super) fn remark(&self) {
        if self.distinct == 0 {
            print::note("the list is empty: it shows others nothing, and nothing will overlap");
        }
        for [figure, what] in self.remarks() {
            print::note(&format!("{figure} {what}"));
        }
    }

    /// All figures, a row each.
    pub(super) fn rows(&self) -> String {
        let sealed = [thousands(self.distinct), format!("to be sealed{}", detail(&self.kinds))];
        print::columns([sealed].into_iter().chain(self.remarks()))
    }

    fn remarks(&self) -> Vec<[String; 2]> {
        let duplicates = self.counts.indicators - self.left_out() - self.distinct;
        let rows = [
            (duplicates, "repeated, and counted once".to_owned()),
            (
                self.left_out(),
                format!("left out, of kinds that the exchange does not compare{}", detail(&self.left_out)),
            ),
            (self.counts.rejected, format!("of {} rejected", print::count(self.counts.lines, "line"))),
        ];
        rows.into_iter().filter(|(figure, _)| *figure > 0).map(|(figure, what)| [thousands(figure), what]).collect()
    }

    fn left_out(&self) -> u64 {
        self.left_out.values().sum()
    }
}

/// How large the list looks to the matcher.
pub(super) fn size(class: Class) -> String {
    let shards = u64::from(class.shards());
    let entries = thousands(shards * ENTRIES as u64);
    format!("  The matcher would see {}: {entries} entries, dummies included.\n", print::count(shards, "shard"))
}

fn detail(kinds: &BTreeMap<Kind, u64>) -> String {
    if kinds.is_empty() { String::new() } else { format!(": {}", by_kind(kinds)) }
}

fn by_kind(kinds: &BTreeMap<Kind, u64>) -> String {
    kinds.iter().map(|(kind, figure)| format!("{} {kind}", thousands(*figure))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::cli::fixture::Fixture;

    fn survey(text: &str) -> Result<(Summary, Class)> {
        let dir = tempfile::tempdir().unwrap();
        let file: PathBuf = dir.path().join("list.txt");
        fs::write(&file, text).unwrap();
        let charter = Fixture::new().charter();
        let summary = Summary::survey(charter.terms(), input::open(&[file])?)?;
        let class = summary.class(charter.terms())?;
        Ok((summary, class))
    }

    #[test]
    fn every_line_is_accounted_for() {
        let lines = "evil.example\nEVIL.example # again\n203.0.113.7\nno such thing\n\
                     d41d8cd98f00b204e9800998ecf8427e\na@evil.example\n";
        let (summary, class) = survey(lines).unwrap();
        assert_eq!(
            summary.rows() + &size(class),
            "  2  to be sealed: 1 domain, 1 ipv4\n\
             \x20 1  repeated, and counted once\n\
             \x20 2  left out, of kinds that the exchange does not compare: 1 email, 1 md5\n\
             \x20 1  of 6 lines rejected\n\
             \x20 The matcher would see 1 shard: 4,096 entries, dummies included.\n"
        );
    }

    #[test]
    fn an_empty_list_is_meant_only_if_the_input_is_empty() {
        for (text, refused) in [
            ("", None),
            ("# nothing yet\n\n", None),
            ("no such thing\n", Some("none of 1 line holds an indicator")),
            ("d41d8cd98f00b204e9800998ecf8427e\n", Some("does not compare 1 md5")),
        ] {
            let error = survey(text).err().map(|error| error.to_string());
            assert_eq!(error.is_some(), refused.is_some(), "{text}: {error:?}");
            assert!(error.unwrap_or_default().contains(refused.unwrap_or_default()), "{text}");
        }
    }

    #[test]
    fn a_list_beyond_the_charter_is_refused_before_it_is_sealed() {
        let many: String = (0..10_001).map(|number| format!("d{number}.example\n")).collect();
        let error = survey(&many).err().unwrap().to_string();
        assert!(error.contains("10001 indicators, the charter allows 10000"), "{error}");
    }
}

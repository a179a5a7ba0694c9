//! What became of the lines that were to be published.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::canary;
use crate::charter::Terms;
use crate::charter::words::thousands;
use crate::cli::input::{Plan, Remark, Selection};
use crate::cli::print;
use crate::indicator::Kind;
use crate::indicator::derive::Derivation;
use crate::ingest::Counts;
use crate::list::DraftFault;
use crate::list::filter::ENTRIES;
use crate::list::shard::Class;

/// Figures for people.
pub(in crate::cli) struct Summary {
    counts: Counts,
    duplicates: u64,
    left_out: BTreeMap<Kind, u64>,
    /// Whether kinds are left out that the exchange would compare.
    narrowed: bool,
    /// What is to be sealed.
    distinct: u64,
    kinds: BTreeMap<Kind, u64>,
    derived: BTreeMap<Derivation, u64>,
    replaced: u64,
    benign: u64,
    dropped: u64,
    unread_columns: u64,
}

impl Summary {
    /// Reads what is planned as a charter would have it. Nothing goes on that was read in part.
    pub(super) fn survey(
        terms: &Terms,
        mut plan: Plan,
        shown: Option<u64>,
        each: &mut dyn FnMut(Remark<'_>),
    ) -> Result<(Self, Selection)> {
        let mut gathered = plan.gather(shown, each);
        gathered.refuse_broken()?;
        let rejected = gathered.counts.rejected;
        if plan.strict && rejected > 0 {
            bail!("--strict: {} rejected, so nothing was sent", print::count(rejected, "line"));
        }
        let selection = plan.select(&mut gathered, Some(&terms.kinds))?;
        let summary = Self {
            duplicates: gathered.duplicates(),
            left_out: selection.left_out.clone(),
            narrowed: plan.is_narrowed(),
            distinct: selection.taken.len() as u64,
            kinds: selection.kinds(),
            derived: selection.derived.clone(),
            replaced: selection.replaced,
            benign: selection.all_benign(),
            dropped: selection.dropped,
            unread_columns: gathered.files.iter().map(|file| file.unread_columns.len() as u64).sum(),
            counts: gathered.counts,
        };
        summary.refuse_unusable()?;
        Ok((summary, selection))
    }

    /// The size class of the list; its salt would have to be very unlucky to take another.
    pub(super) fn class(&self, terms: &Terms) -> Result<Class, DraftFault> {
        let too_many = DraftFault::TooMany { found: self.distinct, max: terms.max_indicators };
        terms.class_for(self.distinct).ok_or(too_many)
    }

    /// A list without indicators is meant only if the input has none either: it would replace the one before.
    fn refuse_unusable(&self) -> Result<()> {
        let set_aside: u64 = self.counts.skipped.values().sum();
        if self.distinct > 0 {
            return Ok(());
        }
        if self.left_out() > 0 {
            bail!("nothing to publish: {} {}", self.who_does_not_compare(), by_kind(&self.left_out));
        }
        if self.dropped > 0 {
            bail!("nothing to publish: all there is is plainly benign, and --drop-warned leaves it out");
        }
        if self.counts.rejected > 0 {
            bail!("nothing to publish: none of {} holds an indicator", print::count(self.counts.lines, "line"));
        }
        if set_aside > 0 {
            bail!("nothing to publish: {} set aside (`mandorla check` says why)", print::count(set_aside, "item"));
        }
        Ok(())
    }

    /// Whether nothing is to be sealed.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.distinct == 0
    }

    /// What the list takes of the custodians, where there are some.
    pub(super) fn evaluations(&self, terms: &Terms) -> String {
        if terms.custody.custodians().is_empty() {
            return String::new();
        }
        let most = self.distinct + canary::in_a_list(terms.members.len());
        format!(
            "  The custodians would evaluate {}, canaries included, or fewer where this home has had some evaluated in the round; a member has {} in a round.\n",
            thousands(most),
            thousands(terms.evaluations())
        )
    }

    /// What a person should know before the list goes out, on standard error.
    pub(in crate::cli) fn remark(&self) {
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
        let derived = by(&self.derived, |derivation| derivation.name());
        let benign = if self.dropped > 0 { "left out as plainly benign" } else { BENIGN };
        let rows = [
            (self.duplicates, "repeated, and counted once".to_owned()),
            (self.derived.values().sum(), format!("of them derived: {derived}")),
            (self.replaced, "networks replaced by their addresses".to_owned()),
            (
                self.left_out(),
                format!("left out, of kinds that {}{}", self.who_does_not_compare(), detail(&self.left_out)),
            ),
            (self.benign, benign.to_owned()),
        ];
        let skipped = self.counts.skipped.iter().map(|(skip, figure)| (*figure, skip.to_string()));
        let warned = self.counts.warned.iter().map(|(warning, figure)| (*figure, format!("changed: {warning}")));
        let unread = [
            (self.unread_columns, "of the columns were not read (`mandorla check` names them)".to_owned()),
            (self.counts.rejected, format!("of {} rejected", print::count(self.counts.lines, "line"))),
        ];
        let rows = rows.into_iter().chain(skipped).chain(warned).chain(unread);
        rows.filter(|(figure, _)| *figure > 0).map(|(figure, what)| [thousands(figure), what]).collect()
    }

    fn who_does_not_compare(&self) -> &'static str {
        if self.narrowed {
            "--kinds does not name, or the exchange does not compare"
        } else {
            "the exchange does not compare"
        }
    }

    fn left_out(&self) -> u64 {
        self.left_out.values().sum()
    }
}

const BENIGN: &str = "plainly benign (`mandorla check` names them; --drop-warned leaves them out)";

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
    by(kinds, Kind::name)
}

fn by<K: Copy>(figures: &BTreeMap<K, u64>, name: impl Fn(K) -> &'static str) -> String {
    figures.iter().map(|(key, figure)| format!("{} {}", thousands(*figure), name(*key))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::fixture::Fixture;
    use crate::cli::input::tests::plan;

    fn survey(text: &str) -> Result<(Summary, Class)> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("list.txt");
        fs::write(&file, text).unwrap();
        let charter = Fixture::new().charter();
        let plan = plan(&[file.to_str().unwrap()])?;
        let (summary, _) = Summary::survey(charter.terms(), plan, None, &mut |_| {})?;
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
             \x20 1  plainly benign (`mandorla check` names them; --drop-warned leaves them out)\n\
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

//! Random exchanges over the whole stack: every planted overlap is found, by everybody who may learn of it and as far as it
//! may, and no other.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{World, domains};
use mandorla::charter::{Disclosure, Level, Party, Rule, Terms, Thousandths};
use mandorla::client::ClientError;
use mandorla::identity::Role;
use mandorla::report::{Certain, Report, Untestable};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const ROLES: [Role; 3] = [Role::Company, Role::Agency, Role::Broker];
const NAMES: [&str; 5] = ["Ash", "Birch", "Cedar", "Douglas", "Elm"];

/// What is drawn for one exchange.
#[derive(Clone, Debug)]
struct Drawn {
    /// A member's role, and the numbers of its indicators; without a list it does not publish.
    members: Vec<(usize, Option<BTreeSet<u32>>)>,
    default: Level,
    /// Between roles, and between members: holder, reader, level.
    role_rule: Option<(usize, usize, Level)>,
    member_rules: BTreeMap<(usize, usize), Level>,
    /// Who publishes only.
    silent: Option<usize>,
    /// Who takes its list back after the close, before anybody asks.
    withdrawn: Option<usize>,
    min_holders: usize,
    /// By whose questions the order begins.
    first: usize,
    /// None for shared custody.
    custodians: usize,
}

/// The noise of ε = 100 is another than zero less than once in 10^43: counts are what they are.
const NEARLY_NONE: Thousandths = Thousandths(100_000);

/// What a reader must learn of an indicator: the places of named holders, and how many are anonymous.
type Holders = (Vec<usize>, u32);

/// Nothing, one, some that others have too, or several shards.
fn list() -> impl Strategy<Value = Option<BTreeSet<u32>>> {
    let run = |start: u32, length: u32| (start..start + length).collect::<BTreeSet<u32>>();
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(BTreeSet::new())),
        1 => (0..5u32).prop_map(move |only| Some(run(only, 1))),
        4 => (0..400u32, 100..600u32).prop_map(move |(start, length)| Some(run(start, length))),
        2 => (0..400u32, 3500..9000u32).prop_map(move |(start, length)| Some(run(start, length))),
    ]
}

fn drawn(custodians: usize) -> impl Strategy<Value = Drawn> {
    (2..=5usize).prop_flat_map(move |count| {
        let pair = (0..count, 0..count);
        (
            prop::collection::vec((0..3usize, list()), count),
            level(),
            prop::option::of((0..3usize, 0..3usize, level())),
            prop::collection::btree_map(pair, level(), 0..4),
            prop::option::weighted(0.2, 0..count),
            prop::option::weighted(0.2, 0..count),
            prop_oneof![3 => Just(2), 1 => 2..=count],
            0..count,
        )
            .prop_map(
                move |(members, default, role_rule, member_rules, silent, withdrawn, min_holders, first)| Drawn {
                    members,
                    default,
                    role_rule,
                    member_rules,
                    silent,
                    withdrawn,
                    min_holders,
                    first,
                    custodians,
                },
            )
    })
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::ALL.to_vec())
}

impl Drawn {
    fn terms(&self, mut terms: Terms) -> Terms {
        let role = self.role_rule.map(|(holder, reader, level)| Rule {
            holder: Party::Role(ROLES[holder]),
            reader: Party::Role(ROLES[reader]),
            level,
        });
        let member = self.member_rules.iter().map(|((holder, reader), level)| Rule {
            holder: Party::Member(*holder),
            reader: Party::Member(*reader),
            level: *level,
        });
        let rules = role.into_iter().chain(member).collect();
        terms.disclosure = Disclosure::new(self.default, rules, &terms.members);
        terms.publish_only = self.silent.into_iter().collect();
        terms.min_holders = self.min_holders as u32;
        (terms.epsilon, terms.epsilon_budget) = (NEARLY_NONE, NEARLY_NONE);
        terms
    }

    /// The rule between two members, else the one between their roles, else the default.
    fn level(&self, holder: usize, reader: usize) -> Level {
        if holder == reader || self.silent == Some(reader) {
            return Level::None;
        }
        let roles = self.role_rule.filter(|(of, to, _)| self.members[holder].0 == *of && self.members[reader].0 == *to);
        let between_roles = roles.map_or(self.default, |(_, _, level)| level);
        self.member_rules.get(&(holder, reader)).copied().unwrap_or(between_roles)
    }

    /// The list of a member, if it is still there.
    fn list(&self, member: usize) -> Option<&BTreeSet<u32>> {
        self.members[member].1.as_ref().filter(|_| self.withdrawn != Some(member))
    }

    /// Those with a list that are at a level towards a reader.
    fn at(&self, level: Level, reader: usize) -> Vec<usize> {
        let holders = (0..self.members.len()).filter(|holder| self.level(*holder, reader) == level);
        holders.filter(|holder| self.list(*holder).is_some()).collect()
    }

    /// Those that are only counted: none, if it is one alone or if one has withdrawn.
    fn anonymous(&self, reader: usize) -> Vec<usize> {
        let withdrawn = self.withdrawn.filter(|member| self.members[*member].1.is_some());
        let gone = withdrawn.is_some_and(|member| self.level(member, reader) == Level::Anonymous);
        Some(self.at(Level::Anonymous, reader)).filter(|lists| !gone && lists.len() > 1).unwrap_or_default()
    }

    /// Value to the holders that the reader must learn.
    fn expected(&self, reader: usize) -> BTreeMap<String, Holders> {
        let (named, anonymous) = (self.at(Level::Named, reader), self.anonymous(reader));
        let has = |member: &usize, number: &u32| self.list(*member).is_some_and(|list| list.contains(number));
        let holders = |number: &u32| -> Holders {
            let named = named.iter().copied().filter(|holder| has(holder, number)).collect();
            (named, anonymous.iter().filter(|holder| has(holder, number)).count() as u32)
        };
        let own = self.members[reader].1.iter().flatten();
        let revealed = |(named, anonymous): &Holders| {
            let others = named.len() + *anonymous as usize;
            others > 0 && 1 + others >= self.min_holders
        };
        own.map(|number| (format!("host-{number}.example"), holders(number)))
            .filter(|(_, holders)| revealed(holders))
            .collect()
    }

    /// Whether all counts are exact. One takes in the reader's dummies, and a look-up is wrong once in 2^30: it may be one too
    /// high by chance.
    fn check_counts(&self, reader: usize, report: &Report) -> bool {
        let mut exact = true;
        let counted = self.at(Level::Count, reader);
        assert_eq!(report.counts.len(), counted.len());
        for (count, holder) in report.counts.iter().zip(counted) {
            assert_eq!(count.name, NAMES[holder]);
            let own = self.list(reader).unwrap();
            let shared = own.intersection(self.list(holder).unwrap()).count() as i64;
            assert!([0, 1].contains(&(count.count - shared)), "{} of {shared}: canaries do not count", count.count);
            exact &= count.count == shared;
        }
        exact
    }

    /// All canaries of those that are named and have a list, if two holders are enough; and of the others the reason.
    fn check_canaries(&self, reader: usize, report: &Report) {
        assert!(report.canaries_misplaced.is_empty());
        let reason = |other: usize| match self.level(other, reader) {
            _ if self.silent == Some(reader) => Some(Untestable::PublishOnly),
            Level::Named if self.min_holders > 2 => Some(Untestable::MinHolders),
            Level::Named if self.list(other).is_none() => Some(Untestable::NotPublished),
            Level::Named => None,
            _ => Some(Untestable::Level),
        };
        let others = || (0..self.members.len()).filter(|other| *other != reader);
        let back = report.canaries.iter().map(|one| (one.name.as_str(), one.returned, one.expected));
        let expected = others().filter(|other| reason(*other).is_none()).map(|other| (NAMES[other], 16, 16));
        assert_eq!(back.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        let untested = report.canaries_not_testable.iter().map(|one| (one.name.as_str(), one.reason));
        let expected = others().filter_map(|other| Some((NAMES[other], reason(other)?)));
        assert_eq!(untested.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    /// What chance did does not happen again in a world of other keys.
    async fn run(&self) {
        assert!(self.is_exact().await || self.is_exact().await, "a count is one too high, and it is not chance");
    }

    /// Plays it and holds everything against the model but counts that are one too high: whether there are none.
    async fn is_exact(&self) -> bool {
        let members: Vec<_> = self.members.iter().zip(NAMES).map(|((role, _), name)| (name, ROLES[*role])).collect();
        let world = World::new(&members).await.with_custodians(self.custodians).await;
        let charter = world.agree(self.terms(world.terms())).await;
        world.org(0).await.open_round(&charter).await.unwrap();
        for (place, (_, list)) in self.members.iter().enumerate() {
            if let Some(list) = list {
                world.publish(place, &charter, &domains(list.iter().copied())).await.unwrap();
            }
        }
        world.close(&charter).await;
        if let Some(member) = self.withdrawn.filter(|member| self.members[*member].1.is_some()) {
            world.withdraw(member, &charter).await.unwrap();
        }
        let (mut asked, mut exact) = (BTreeSet::new(), true);
        for place in (0..self.members.len()).map(|place| (place + self.first) % self.members.len()) {
            let answer = world.ask(place, &charter).await;
            let Some(list) = self.list(place) else {
                assert!(matches!(answer, Err(ClientError::NoList)));
                continue;
            };
            asked.insert(place);
            let report: Report = serde_json::from_str(&answer.unwrap().to_json()).unwrap();
            assert_eq!(report.published, list.len() as u64);
            exact &= self.check_counts(place, &report);
            self.check_canaries(place, &report);
            let found: BTreeMap<String, Holders> = report
                .overlaps
                .iter()
                .map(|overlap| {
                    let place = |name: &str| NAMES.iter().position(|known| *known == name).unwrap();
                    for holder in &overlap.holders {
                        let exact = asked.contains(&place(&holder.name));
                        assert_eq!(holder.certainty, if exact { Certain::Exact } else { Certain::Probable });
                    }
                    let named = overlap.holders.iter().map(|holder| place(&holder.name)).collect();
                    (overlap.value.clone(), (named, overlap.anonymous_holders))
                })
                .collect();
            assert_eq!(found.len(), report.overlaps.len(), "no value twice");
            assert_eq!(found, self.expected(place), "what member {place} learned");
            let sorted = report.overlaps.is_sorted_by(|a, b| (&a.kind, &a.value) < (&b.kind, &b.value));
            assert!(sorted, "by kind and value");
            let seen = self.at(Level::Named, place).into_iter().chain(self.anonymous(place));
            let unasked = seen.filter(|other| !asked.contains(other)).count();
            let chance = list.len() as f64 * unasked as f64 * 1.17 / 2f64.powi(30);
            assert!((report.chance_overlaps_expected - chance).abs() < 1e-12);
        }
        exact
    }
}

fn every_overlap_is_found_and_no_other(custodians: usize, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The numbers that a case draws are printed when it fails; to shrink it would take minutes.
    let config = Config { cases, max_shrink_iters: 0, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&drawn(custodians), |drawn| {
            runtime.block_on(drawn.run());
            Ok(())
        })
        .unwrap();
}

#[test]
fn in_shared_custody() {
    every_overlap_is_found_and_no_other(0, 32);
}

#[test]
fn with_one_custodian() {
    every_overlap_is_found_and_no_other(1, 8);
}

#[test]
fn with_two_custodians() {
    every_overlap_is_found_and_no_other(2, 8);
}

#[test]
fn with_three_custodians() {
    every_overlap_is_found_and_no_other(3, 8);
}

#[test]
fn all_equal_and_everyone_equal() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let all: BTreeSet<u32> = (0..4000).collect();
    let drawn = Drawn {
        members: vec![(0, Some(all)); 4],
        default: Level::Named,
        role_rule: None,
        member_rules: BTreeMap::new(),
        silent: None,
        withdrawn: None,
        min_holders: 4,
        first: 3,
        custodians: 0,
    };
    for default in Level::ALL {
        runtime.block_on(Drawn { default, ..drawn.clone() }.run());
    }
    runtime.block_on(Drawn { custodians: 2, ..drawn }.run());
}

//! Random exchanges over the whole stack: every planted overlap is found, by everybody who may learn of it, and no other.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{World, domains};
use mandorla::charter::{Disclosure, Level, Party, Rule, Terms};
use mandorla::client::ClientError;
use mandorla::identity::Role;
use mandorla::report::{Certain, Report};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const ROLES: [Role; 3] = [Role::Company, Role::Agency, Role::Broker];
const NAMES: [&str; 5] = ["Ash", "Birch", "Cedar", "Douglas", "Elm"];

/// What is drawn for one exchange.
#[derive(Clone, Debug)]
struct Drawn {
    /// A member's role, and the numbers of its indicators; without a list it does not publish.
    members: Vec<(usize, Option<BTreeSet<u32>>)>,
    default_named: bool,
    /// Between roles, and between members: holder, reader, whether `named`.
    role_rule: Option<(usize, usize, bool)>,
    member_rules: BTreeMap<(usize, usize), bool>,
    min_holders: usize,
    /// By whose questions the order begins.
    first: usize,
}

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

fn drawn() -> impl Strategy<Value = Drawn> {
    (2..=5usize).prop_flat_map(|count| {
        let pair = (0..count, 0..count);
        (
            prop::collection::vec((0..3usize, list()), count),
            any::<bool>(),
            prop::option::of((0..3usize, 0..3usize, any::<bool>())),
            prop::collection::btree_map(pair, any::<bool>(), 0..4),
            prop_oneof![3 => Just(2), 1 => 2..=count],
            0..count,
        )
            .prop_map(|(members, default_named, role_rule, member_rules, min_holders, first)| Drawn {
                members,
                default_named,
                role_rule,
                member_rules,
                min_holders,
                first,
            })
    })
}

impl Drawn {
    fn level(named: bool) -> Level {
        if named { Level::Named } else { Level::None }
    }

    fn terms(&self, mut terms: Terms) -> Terms {
        let role = self.role_rule.map(|(holder, reader, named)| Rule {
            holder: Party::Role(ROLES[holder]),
            reader: Party::Role(ROLES[reader]),
            level: Self::level(named),
        });
        let member = self.member_rules.iter().map(|((holder, reader), named)| Rule {
            holder: Party::Member(*holder),
            reader: Party::Member(*reader),
            level: Self::level(*named),
        });
        let rules = role.into_iter().chain(member).collect();
        terms.disclosure = Disclosure::new(Self::level(self.default_named), rules, &terms.members);
        terms.min_holders = self.min_holders as u32;
        terms
    }

    /// Whether a holder is named to a reader: the rule between them, else the one between their roles, else the default.
    fn named(&self, holder: usize, reader: usize) -> bool {
        let roles = self.role_rule.filter(|(of, to, _)| self.members[holder].0 == *of && self.members[reader].0 == *to);
        let between_roles = roles.map_or(self.default_named, |(_, _, named)| named);
        self.member_rules.get(&(holder, reader)).copied().unwrap_or(between_roles)
    }

    /// Value to the holders that the reader must learn.
    fn expected(&self, reader: usize) -> BTreeMap<String, Vec<usize>> {
        let has =
            |member: usize, number: &u32| self.members[member].1.as_ref().is_some_and(|list| list.contains(number));
        let holders = |number: &u32| -> Vec<usize> {
            let others = (0..self.members.len()).filter(|holder| *holder != reader);
            others.filter(|holder| self.named(*holder, reader) && has(*holder, number)).collect()
        };
        let own = self.members[reader].1.iter().flatten();
        own.map(|number| (format!("host-{number}.example"), holders(number)))
            .filter(|(_, holders)| !holders.is_empty() && 1 + holders.len() >= self.min_holders)
            .collect()
    }

    async fn run(&self) {
        let members: Vec<_> = self.members.iter().zip(NAMES).map(|((role, _), name)| (name, ROLES[*role])).collect();
        let world = World::new(&members).await;
        let charter = world.agree(self.terms(world.terms())).await;
        world.org(0).await.open_round(&charter).await.unwrap();
        for (place, (_, list)) in self.members.iter().enumerate() {
            if let Some(list) = list {
                world.publish(place, &charter, &domains(list.iter().copied())).await.unwrap();
            }
        }
        world.close(&charter).await;
        let mut asked = BTreeSet::new();
        for place in (0..self.members.len()).map(|place| (place + self.first) % self.members.len()) {
            let answer = world.ask(place, &charter).await;
            let Some(list) = &self.members[place].1 else {
                assert!(matches!(answer, Err(ClientError::NoList)));
                continue;
            };
            asked.insert(place);
            let report: Report = serde_json::from_str(&answer.unwrap().to_json()).unwrap();
            assert_eq!(report.published, list.len() as u64);
            let found: BTreeMap<String, Vec<usize>> = report
                .overlaps
                .iter()
                .map(|overlap| {
                    let place = |name: &str| NAMES.iter().position(|known| *known == name).unwrap();
                    for holder in &overlap.holders {
                        let exact = asked.contains(&place(&holder.name));
                        assert_eq!(holder.certainty, if exact { Certain::Exact } else { Certain::Probable });
                    }
                    (overlap.value.clone(), overlap.holders.iter().map(|holder| place(&holder.name)).collect())
                })
                .collect();
            assert_eq!(found.len(), report.overlaps.len(), "no value twice");
            assert_eq!(found, self.expected(place), "what member {place} learned");
            let sorted = report.overlaps.is_sorted_by(|a, b| (&a.kind, &a.value) < (&b.kind, &b.value));
            assert!(sorted, "by kind and value");
            let unasked = (0..self.members.len()).filter(|other| {
                *other != place
                    && self.named(*other, place)
                    && self.members[*other].1.is_some()
                    && !asked.contains(other)
            });
            let chance = list.len() as f64 * unasked.count() as f64 * 1.17 / 2f64.powi(30);
            assert!((report.chance_overlaps_expected - chance).abs() < 1e-12);
        }
    }
}

#[test]
fn every_overlap_is_found_and_no_other() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The numbers that a case draws are printed when it fails; to shrink it would take minutes.
    let config = Config { cases: 10, max_shrink_iters: 0, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&drawn(), |drawn| {
            runtime.block_on(drawn.run());
            Ok(())
        })
        .unwrap();
}

#[test]
fn all_equal_and_everyone_equal() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let all: BTreeSet<u32> = (0..4000).collect();
    let drawn = Drawn {
        members: vec![(0, Some(all)); 4],
        default_named: true,
        role_rule: None,
        member_rules: BTreeMap::new(),
        min_holders: 4,
        first: 3,
    };
    runtime.block_on(drawn.run());
}

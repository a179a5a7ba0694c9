//! Attacks of those who are let in: on lists of others, on the matcher's time and disk, and on what a home believes.

use std::time::{Duration, Instant};

use mandorla::charter::{Charter, Disclosure, Level, Party, Proposal, Rule};
use mandorla::home::Home;
use mandorla::identity::{Card, CardCore, OpeningKey, Role, SigningKey};
use mandorla::list::shard::Class;
use mandorla::matcher::Matcher;
use mandorla::round::Phase;
use mandorla::secret::Secret;
use mandorla::store::Store;

use crate::common::{Container, HOUR, THREE, World, domains, dummies, home};
use crate::liars::{Liar, Lie};
use crate::refused;

/// Charters are read before it is known whether anybody in them is admitted.
#[test]
fn a_large_charter_takes_little_time() {
    let core = |seed: u8, place: u8, role| {
        let bytes =
            [seed, place, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
        let key = SigningKey::from_seed(Secret::new(bytes));
        let sealing = OpeningKey::from_seed(Secret::new(bytes)).public();
        CardCore::new(&format!("Member {seed} {place}"), role, key.public(), sealing, bytes).unwrap()
    };
    let members: Vec<CardCore> = (0..=255).map(|place| core(8, place, Role::Company)).collect();
    let all = Party::Role(Role::Company);
    let rules = vec![Rule { holder: all, reader: all, level: Level::Named }; 1024];
    let started = Instant::now();
    let disclosure = Disclosure::new(Level::None, rules, &members);
    let terms = mandorla::charter::Terms {
        name: "large".to_owned(),
        created: 0,
        matcher: core(16, 0, Role::Matcher),
        members,
        convener: 0,
        custody: mandorla::custody::Custody::Shared,
        accept_guessable: true,
        profile: 1,
        kinds: mandorla::indicator::Kind::ALL.into_iter().collect(),
        max_indicators: 1000,
        min_holders: 2,
        round_hours: 1,
        answer_hours: 1,
        disclosure,
    };
    let charter = Charter::new(terms).unwrap();
    let took = started.elapsed();
    println!("{took:?} to make it");
    assert!(took < Duration::from_millis(100), "{took:?}");
    let started = Instant::now();
    Charter::decode(&charter.encode()).unwrap();
    println!("{:?} to read it", started.elapsed());
}

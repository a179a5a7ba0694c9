//! An exchange in memory, for the tests of the pure core: real keys, a real charter, a real round, and the matcher's part
//! played by a few lines.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::collections::BTreeSet;

use mandorla::charter::{Agreed, Charter, Disclosure, Level, Proposal, Rule, Terms, Thousandths};
use mandorla::custody::{Custody, shared::Salt};
use mandorla::identity::{CardCore, OpeningKey, Role, SigningKey};
use mandorla::indicator::{Indicator, Kind, PROFILE};
use mandorla::list::header::{ListFault, SignedHeader, VerifiedHeader, shard_hash};
use mandorla::list::{Draft, Dummies, Entry, SealedList};
use mandorla::round::{Order, Round, SeedSource, SignedOrder};
use mandorla::secret::Secret;

/// When the rounds of these tests open.
pub(crate) const OPENED: u64 = 1_750_000_000;

/// An identity whose keys follow from its name, so that every run of a test is the same.
pub(crate) struct Identity {
    pub(crate) signing: SigningKey,
    pub(crate) opening: OpeningKey,
    pub(crate) core: CardCore,
}

impl Identity {
    pub(crate) fn new(name: &str, role: Role) -> Self {
        let bytes = |purpose| blake3::derive_key(purpose, name.as_bytes());
        let signing = SigningKey::from_seed(Secret::new(bytes("mandorla tests sign")));
        let opening = OpeningKey::from_seed(Secret::new(bytes("mandorla tests open")));
        let core = CardCore::new(name, role, signing.public(), opening.public(), bytes("mandorla tests tls")).unwrap();
        Self { signing, opening, core }
    }
}

/// Members `Member 0`, `Member 1`, … with these roles.
pub(crate) fn members(roles: &[Role]) -> Vec<Identity> {
    roles.iter().enumerate().map(|(place, role)| Identity::new(&format!("Member {place}"), *role)).collect()
}

pub(crate) fn cores(members: &[Identity]) -> Vec<CardCore> {
    members.iter().map(|member| member.core.clone()).collect()
}

pub(crate) fn matcher() -> Identity {
    Identity::new("Clearing House", Role::Matcher)
}

/// Terms that stand; tests change what they test.
pub(crate) fn terms(members: &[Identity], default: Level, rules: Vec<Rule>) -> Terms {
    let cores = cores(members);
    Terms {
        name: "election-2026".to_owned(),
        created: OPENED,
        amends: None,
        matcher: matcher().core,
        conveners: BTreeSet::from([0]),
        publish_only: BTreeSet::new(),
        carriers: Vec::new(),
        custody: Custody::Shared,
        accept_guessable: true,
        profile: PROFILE,
        kinds: BTreeSet::from(Kind::ALL),
        max_indicators: 1_000_000,
        same_size: false,
        min_holders: 2,
        round_hours: 24,
        answer_hours: 72,
        rounds_per_day: 24,
        list_expiry_hours: 720,
        epsilon: Thousandths(1000),
        epsilon_budget: Thousandths(30_000),
        talk: true,
        disclosure: Disclosure::new(default, rules, &cores),
        members: cores,
    }
}

/// The charter, signed by all.
pub(crate) fn agree(terms: Terms, members: &[Identity]) -> Agreed {
    let charter = Charter::new(terms).unwrap();
    let mut proposal = Proposal::new(charter.clone());
    for (place, member) in members.iter().enumerate() {
        proposal.add(place, charter.sign(&member.signing)).unwrap();
    }
    proposal.agreed().unwrap()
}

/// A charter in force and a round that is open.
pub(crate) struct Exchange {
    pub(crate) members: Vec<Identity>,
    pub(crate) charter: Agreed,
    pub(crate) round: Round,
    pub(crate) salt: Salt,
}

impl Exchange {
    pub(crate) fn new(members: Vec<Identity>, terms: Terms) -> Self {
        Self::opened_with([0x33; 32], members, terms)
    }

    /// The same with another nonce: a round of its own, with seeds and filters of its own.
    pub(crate) fn opened_with(nonce: [u8; 32], members: Vec<Identity>, terms: Terms) -> Self {
        let charter = agree(terms, &members);
        let salt = Salt::new(Secret::new([0x22; 32]));
        let order = Order::new(&charter, 1, nonce, OPENED, SeedSource::Salt(salt.commitment(&nonce)));
        let sealed = members.iter().map(|member| salt.seal(&order.hash(), member.core.sealing())).collect();
        let round = SignedOrder::sign(order, sealed, &members[0].signing).verify(&charter).unwrap();
        Self { members, charter, round, salt }
    }

    /// As many companies, all named to each other.
    pub(crate) fn of_companies(count: usize) -> Self {
        let members = members(&vec![Role::Company; count]);
        let terms = terms(&members, Level::Named, Vec::new());
        Self::new(members, terms)
    }

    /// A list of these indicators, without canaries.
    pub(crate) fn draft(&self, indicators: impl IntoIterator<Item = Indicator>) -> Draft {
        Draft::under(self.charter.terms(), self.entries(indicators)).unwrap()
    }

    /// The list of a member that holds these indicators, with its canaries.
    pub(crate) fn draft_of(&self, member: usize, indicators: impl IntoIterator<Item = Indicator>) -> Draft {
        Draft::under(self.charter.terms(), self.entries_of(member, indicators)).unwrap()
    }

    /// What [`Exchange::draft_of`] is made of.
    pub(crate) fn entries_of(&self, member: usize, indicators: impl IntoIterator<Item = Indicator>) -> Vec<Entry> {
        let (round, key, members) = (self.round.hash(), &self.members[member].opening, &self.charter.terms().members);
        let canaries = Entry::canaries(&round, key, members, member, &self.salt.seed_key(&round));
        self.entries(indicators).into_iter().chain(canaries).collect()
    }

    fn entries(&self, indicators: impl IntoIterator<Item = Indicator>) -> Vec<Entry> {
        let key = self.salt.seed_key(&self.round.hash());
        let mut scratch = Vec::new();
        let entries = indicators.into_iter().map(|indicator| {
            let seed = key.seed(&indicator, &mut scratch);
            Entry { tag: seed.tag(), seed, content: indicator.into(), origin: None }
        });
        entries.collect()
    }

    pub(crate) fn seal(&self, member: usize, draft: &Draft) -> SealedList {
        draft.seal(&self.round, 1, OPENED + 60, &self.members[member].signing, &dummies(member), || {})
    }

    /// What the matcher does with a list that comes in: every check, in its order.
    pub(crate) fn receive(
        &self,
        member: usize,
        header: &[u8],
        shards: &[Vec<u8>],
    ) -> Result<VerifiedHeader, ListFault> {
        let header = SignedHeader::decode(header)?.verify(&self.round, &self.charter, member)?;
        for (shard, bytes) in (0..).zip(shards) {
            header.shard(shard, bytes)?;
        }
        header.check_root((0..).zip(shards).map(|(shard, bytes)| shard_hash(shard, bytes)))?;
        Ok(header)
    }
}

/// The dummies of a member's home.
pub(crate) fn dummies(member: usize) -> Dummies {
    Dummies::new(Secret::new([member as u8 + 1; 32]))
}

/// The indicator number `n`: an address.
pub(crate) fn indicator(n: u32) -> Indicator {
    Indicator::from_canonical(Kind::Ipv4, &std::net::Ipv4Addr::from(0x0A00_0000 | n).to_string()).unwrap()
}

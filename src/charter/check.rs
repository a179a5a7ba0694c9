//! What makes terms a charter, and what is wrong with those that make none.

use std::collections::BTreeSet;

use thiserror::Error;

use super::disclosure::DisclosureFault;
use super::{Custody, MAX_CARRIERS, MAX_CUSTODIANS, MAX_MEMBERS, MAX_NAME, MAX_RULES, Terms, Thousandths};
use crate::identity::{CardCore, CardError, Role, folded_name};
use crate::indicator::PROFILE;
use crate::list::shard::{Class, REAL_TAGS};
use crate::transcript::Malformed;

/// A year: the longest round, the longest time for answers, and the longest that a list stands.
const MAX_HOURS: u32 = 8784;
/// One a minute.
const MAX_ROUNDS_PER_DAY: u32 = 1440;
/// Beyond it there is hardly any noise.
const MAX_EPSILON: Thousandths = Thousandths(100_000);
/// A thousand rounds of the most.
const MAX_BUDGET: Thousandths = Thousandths(100_000_000);

/// Why terms make no charter. Each says what to change.
#[derive(Debug, Error)]
pub enum CharterFault {
    /// Bytes that are no charter.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A card in it that is no card.
    #[error("a card in the charter is not valid: {0}")]
    Card(#[from] CardError),
    /// A name that file systems or terminals would stumble over.
    #[error("the name of an exchange is 1 to 64 of a-z, 0-9, `-`, `_` and `.`, and starts with a letter or digit")]
    Name,
    /// Somebody in the wrong place.
    #[error("{name} has the role {role} and cannot be {place} of an exchange")]
    Role {
        /// Whose card.
        name: String,
        /// The role on it.
        role: &'static str,
        /// Where the charter puts it.
        place: &'static str,
    },
    /// Nobody to compare with, or too many.
    #[error("an exchange has 2 to {MAX_MEMBERS} members, this one {0}")]
    Members(usize),
    /// One card twice, or two cards that share a key or a name.
    #[error("{0} is in the charter twice, or two cards share a key or a name")]
    Twice(String),
    /// Nobody to open a round.
    #[error("`conveners` is empty: name at least one of `members`, or leave it out and the proposer is it")]
    NoConvener,
    /// A place where no member is.
    #[error("`{0}` names somebody who is not one of `members`")]
    NotAMember(&'static str),
    /// Nobody to learn anything.
    #[error("`publish_only` names every member, so that nobody would learn anything: leave out those who shall")]
    NoReader,
    /// More carriers than the charter's bytes may hold.
    #[error("a charter has at most {MAX_CARRIERS} carriers, this one {0}")]
    Carriers(usize),
    /// The same carrier for the same member again.
    #[error("`carriers` names {courier} for {member} twice: leave one out")]
    CarrierTwice {
        /// The courier.
        courier: String,
        /// The member.
        member: String,
    },
    /// Shared custody without the word that everybody must sign.
    #[error(
        "in shared custody a matcher that works with one member can test guesses against every list: \
         write `accept_guessable = true` if all members accept that"
    )]
    Guessable,
    /// Custody by nobody, or by more than seeds can count.
    #[error("custody by custodians takes 1 to {MAX_CUSTODIANS} `custodians`, this charter names {0}")]
    Custodians(usize),
    /// An address that is none.
    #[error("the address of custodian {name} is `{}`: write it as https://host:port", url.escape_debug())]
    CustodianUrl {
        /// Whose.
        name: String,
        /// As the charter has it.
        url: String,
    },
    /// Written under other canonical forms.
    #[error("the charter's canonical forms are profile {0}; this version writes profile {PROFILE}")]
    Profile(u32),
    /// Nothing to compare.
    #[error("`kinds` is empty: name at least one kind of indicator")]
    Kinds,
    /// No list or one beyond all classes.
    #[error("`max_indicators` must be 1 to {}", Class::MAX.shards() as u64 * REAL_TAGS as u64)]
    MaxIndicators,
    /// A threshold that reveals to one alone, or that nobody can reach.
    #[error("`min_holders` must be 2 to the number of members ({members}), it is {found}")]
    MinHolders {
        /// What was asked for.
        found: u32,
        /// Members in the charter.
        members: usize,
    },
    /// A number out of bounds.
    #[error("`{name}` must be 1 to {most}")]
    Range {
        /// The key.
        name: &'static str,
        /// The most.
        most: u32,
    },
    /// Noise that is none, or that drowns everything.
    #[error("`epsilon` must be 0.001 to {MAX_EPSILON}: smaller is noisier")]
    Epsilon,
    /// A budget for no round at all, or without end.
    #[error("`epsilon_budget` must be at least `epsilon`, which one round spends, and at most {MAX_BUDGET}")]
    EpsilonBudget,
    /// More rules than the charter's bytes may hold.
    #[error("a charter has at most {MAX_RULES} disclosure rules, this one {0}: name roles instead of members")]
    Rules(usize),
    /// Rules that cannot be kept.
    #[error(transparent)]
    Disclosure(#[from] DisclosureFault),
}

impl Terms {
    /// All that is wrong with them, the plainest first.
    pub fn faults(&self) -> impl Iterator<Item = CharterFault> {
        let disagreements = self.disclosure.disagreements(&self.members).map(CharterFault::Disclosure);
        self.party_faults().chain(self.number_faults()).chain(disagreements)
    }

    pub(super) fn check(&self) -> Result<(), CharterFault> {
        self.faults().next().map_or(Ok(()), Err)
    }

    /// Everyone in a place that fits the role, each once.
    fn party_faults(&self) -> impl Iterator<Item = CharterFault> {
        let count = self.members.len();
        let misplaced = |card: &CardCore, place| {
            let name = card.name().to_owned();
            CharterFault::Role { name, role: card.role().name(), place }
        };
        let matcher = (self.matcher.role() != Role::Matcher).then(|| misplaced(&self.matcher, "the matcher"));
        let members = self.members.iter().filter(|card| !card.role().is_member());
        let carriers = self.carriers.iter().filter(|carrier| carrier.card.role() != Role::Courier);
        let custodians = self.custody.custodians().iter().filter(|custodian| custodian.card.role() != Role::Custodian);
        let no_name = (!valid_name(&self.name)).then_some(CharterFault::Name);
        let number = (!(2..=MAX_MEMBERS).contains(&count)).then_some(CharterFault::Members(count));
        no_name
            .into_iter()
            .chain(matcher)
            .chain(members.map(move |card| misplaced(card, "a member")))
            .chain(carriers.map(move |carrier| misplaced(&carrier.card, "a carrier")))
            .chain(custodians.map(move |custodian| misplaced(&custodian.card, "a custodian")))
            .chain(self.custodian_faults())
            .chain(number)
            .chain(self.repeated())
            .chain(self.place_faults())
    }

    fn custodian_faults(&self) -> impl Iterator<Item = CharterFault> {
        let number = match &self.custody {
            Custody::Custodians(custodians) if !(1..=MAX_CUSTODIANS).contains(&custodians.len()) => {
                Some(CharterFault::Custodians(custodians.len()))
            }
            Custody::Shared | Custody::Custodians(_) => None,
        };
        let mut urls = BTreeSet::new();
        let twice = self.custody.custodians().iter().find(|custodian| !urls.insert(&custodian.url));
        let twice = twice.map(|custodian| CharterFault::Twice(format!("the address {}", custodian.url.escape_debug())));
        let lost = self.custody.custodians().iter().filter(|custodian| !custodian.has_valid_url());
        number.into_iter().chain(twice).chain(lost.map(|custodian| CharterFault::CustodianUrl {
            name: custodian.card.name().to_owned(),
            url: custodian.url.clone(),
        }))
    }

    /// Each organisation once, under keys and a name of its own: reports tell members apart by name. A courier may carry
    /// for several members.
    fn repeated(&self) -> Option<CharterFault> {
        let (mut keys, mut names) = (BTreeSet::new(), BTreeSet::new());
        let mut fresh = |card: &CardCore| {
            names.insert(folded_name(card.name()))
                && keys.insert(*card.verifying().as_bytes())
                && keys.insert(*card.sealing().as_bytes())
                && keys.insert(*card.tls())
        };
        self.cards().find(|card| !fresh(card)).map(|card| CharterFault::Twice(card.name().to_owned()))
    }

    /// Conveners, publish-only members and carriers.
    fn place_faults(&self) -> impl Iterator<Item = CharterFault> {
        let count = self.members.len();
        let outside = move |name, place: Option<usize>| {
            place.is_some_and(|place| place >= count).then_some(CharterFault::NotAMember(name))
        };
        let all_silent = count > 0 && self.publish_only.len() >= count;
        let carriers = self.carriers.iter();
        [
            self.conveners.is_empty().then_some(CharterFault::NoConvener),
            outside("conveners", self.conveners.last().copied()),
            outside("publish_only", self.publish_only.last().copied()),
            all_silent.then_some(CharterFault::NoReader),
            outside("carriers", carriers.map(|carrier| carrier.member).max()),
            (self.carriers.len() > MAX_CARRIERS).then_some(CharterFault::Carriers(self.carriers.len())),
            self.carrier_twice(),
        ]
        .into_iter()
        .flatten()
    }

    fn carrier_twice(&self) -> Option<CharterFault> {
        let mut known = BTreeSet::new();
        let twice = self.carriers.iter().find(|carrier| !known.insert((carrier.member, carrier.card.id())))?;
        let member = self.members.get(twice.member)?.name().to_owned();
        Some(CharterFault::CarrierTwice { courier: twice.card.name().to_owned(), member })
    }

    /// All that is said in numbers, and custody.
    fn number_faults(&self) -> impl Iterator<Item = CharterFault> {
        let guessable = match &self.custody {
            Custody::Shared => (!self.accept_guessable).then_some(CharterFault::Guessable),
            Custody::Custodians(_) => None,
        };
        let class = Class::for_indicators(self.max_indicators);
        let members = self.members.len();
        let reachable = self.min_holders >= 2 && self.min_holders as usize <= members;
        let range =
            |name, found: u32, most| (!(1..=most).contains(&found)).then_some(CharterFault::Range { name, most });
        let epsilon = (Thousandths(1)..=MAX_EPSILON).contains(&self.epsilon);
        let budget = (self.epsilon..=MAX_BUDGET).contains(&self.epsilon_budget);
        let rules = self.disclosure.rules().len();
        [
            guessable,
            (self.profile != PROFILE).then_some(CharterFault::Profile(self.profile)),
            self.kinds.is_empty().then_some(CharterFault::Kinds),
            (self.max_indicators == 0 || class.is_none()).then_some(CharterFault::MaxIndicators),
            (!reachable).then_some(CharterFault::MinHolders { found: self.min_holders, members }),
            range("round_hours", self.round_hours, MAX_HOURS),
            range("answer_hours", self.answer_hours, MAX_HOURS),
            range("rounds_per_day", self.rounds_per_day, MAX_ROUNDS_PER_DAY),
            range("list_expiry_hours", self.list_expiry_hours, MAX_HOURS),
            (!epsilon).then_some(CharterFault::Epsilon),
            (!budget).then_some(CharterFault::EpsilonBudget),
            (rules > MAX_RULES).then_some(CharterFault::Rules(rules)),
        ]
        .into_iter()
        .flatten()
    }
}

fn valid_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    (1..=MAX_NAME).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

//! The charter: the rules of an exchange, in force once every member has signed the same bytes.

mod bytes;
mod carrier;
mod check;
mod custody;
pub mod disclosure;
pub mod document;
pub mod draft;
mod proposal;
pub mod template;
mod thousandths;
pub mod words;

use std::collections::BTreeSet;
use std::fmt;

pub use self::carrier::Carrier;
pub use self::check::CharterFault;
pub use self::custody::{Custodian, Custody, MAX_CUSTODIANS};
pub use self::disclosure::{Disclosure, Level, Party, Rule};
pub use self::proposal::{Agreed, NotInForce, Proposal, ProposalFault, SignatureFault};
pub use self::thousandths::Thousandths;
use crate::canary;
use crate::identity::{CardCore, CardId, Signature, SigningKey};
use crate::indicator::Kind;
use crate::list::shard::Class;
use crate::transcript::{self, Label};

const CHARTER: Label = Label::new("mandorla/1 charter");
const CHARTER_SIGNATURE: Label = Label::new("mandorla/1 charter signature");
const RESIGNATION: Label = Label::new("mandorla/1 charter resignation");

/// Members of an exchange at most.
pub const MAX_MEMBERS: usize = 256;
/// Bytes of a charter at most: with all signatures it fits into a message.
const MAX_CHARTER: usize = 192 * 1024;
const MAX_CARRIERS: usize = 256;
const MAX_CORE: usize = 1024;
const MAX_NAME: usize = 64;
const MAX_RULES: usize = 1024;

/// `CH = H("charter"; charter transcript)`. Names an exchange everywhere; its name is local.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CharterHash([u8; 32]);

impl CharterHash {
    /// A charter hash that was received or kept; it means something only once a charter hashes to it.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its beginning, by which people name a charter.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for CharterHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for CharterHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a charter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The exchange's name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// When it was drafted, seconds since 1970; makes two charters differ that agree in all else.
    pub created: u64,
    /// The charter of the same exchange that it replaces once it is in force.
    pub amends: Option<CharterHash>,
    /// The server that finds overlaps.
    pub matcher: CardCore,
    /// Those who compare notes. Their places here are their numbers everywhere else.
    pub members: Vec<CardCore>,
    /// Who opens and closes rounds, by their places: each of them may.
    pub conveners: BTreeSet<usize>,
    /// Members that publish and learn nothing, by their places: they show their tags and get no answer.
    pub publish_only: BTreeSet<usize>,
    /// Who may carry files for members without a network.
    pub carriers: Vec<Carrier>,
    /// Where a round's salt lives.
    pub custody: Custody,
    /// Every member accepts that a matcher working with one of them can test guesses: required in shared custody.
    pub accept_guessable: bool,
    /// The canonical forms of indicators.
    pub profile: u32,
    /// What is compared.
    pub kinds: BTreeSet<Kind>,
    /// Indicators that a list may have.
    pub max_indicators: u64,
    /// Every list is in the class of `max_indicators`, so that the matcher learns no list's size.
    pub same_size: bool,
    /// Organisations that must hold an indicator for it to be revealed, the reader included.
    pub min_holders: u32,
    /// From the opening of a round to its close.
    pub round_hours: u32,
    /// From the close to the last answer and the purge.
    pub answer_hours: u32,
    /// Rounds that may open within 24 hours.
    pub rounds_per_day: u32,
    /// How long a list stands after it was sealed, if the round's purge does not come first.
    pub list_expiry_hours: u32,
    /// The noise of level `count`, for each round and pair: smaller is noisier.
    pub epsilon: Thousandths,
    /// What the rounds of a pair may spend of it in all; then its level is `none`.
    pub epsilon_budget: Thousandths,
    /// Whether those who share an indicator may write to each other through the matcher.
    pub talk: bool,
    /// Who learns what of whom.
    pub disclosure: Disclosure,
}

/// Terms that were checked, and their bytes: a charter, signed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charter {
    terms: Terms,
    hash: CharterHash,
}

impl Charter {
    /// Checks the terms.
    pub fn new(terms: Terms) -> Result<Self, CharterFault> {
        terms.check()?;
        let hash = CharterHash(transcript::hash(CHARTER, &[&terms.encode()]));
        Ok(Self { terms, hash })
    }

    /// Reads [`Charter::encode`] and checks the terms.
    pub fn decode(bytes: &[u8]) -> Result<Self, CharterFault> {
        Self::new(Terms::decode(bytes)?)
    }

    /// The transcript that `CH` hashes.
    pub fn encode(&self) -> Vec<u8> {
        self.terms.encode()
    }

    /// What it says.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// `CH`.
    pub fn hash(&self) -> CharterHash {
        self.hash
    }

    /// A member's word for exactly these bytes.
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign(CHARTER_SIGNATURE, &[self.hash.as_bytes()])
    }

    /// A member's word that it opens no more rounds with the others under this charter.
    pub fn resign(&self, key: &SigningKey) -> Signature {
        key.sign(RESIGNATION, &[self.hash.as_bytes()])
    }
}

impl Terms {
    /// The place of a member.
    pub fn place_of(&self, card: CardId) -> Option<usize> {
        self.members.iter().position(|member| member.id() == card)
    }

    /// Whether the courier with this TLS key may carry files for the member at this place.
    pub fn carries(&self, tls: &[u8; 32], member: usize) -> bool {
        self.carriers.iter().any(|carrier| carrier.member == member && carrier.card.tls() == tls)
    }

    /// The place of the member with this signing key.
    pub fn place_of_key(&self, verifying: &[u8; 32]) -> Option<usize> {
        self.members.iter().position(|member| member.verifying().as_bytes() == verifying)
    }

    /// Every card in the charter, each once: the members', the matcher's, the custodians', the couriers'.
    pub fn cards(&self) -> impl Iterator<Item = &CardCore> {
        let courier = |place: usize| {
            let card = &self.carriers[place].card;
            let before = &self.carriers[..place];
            (!before.iter().any(|carrier| carrier.card == *card)).then_some(card)
        };
        let couriers = (0..self.carriers.len()).filter_map(courier);
        let custodians = self.custody.custodians().iter().map(|custodian| &custodian.card);
        self.members.iter().chain([&self.matcher]).chain(custodians).chain(couriers)
    }

    /// What `reader` learns about `holder`'s list; both are places. A member that only publishes learns nothing, whatever
    /// the rules say.
    pub fn level(&self, holder: usize, reader: usize) -> Level {
        if self.publish_only.contains(&reader) { Level::None } else { self.disclosure.level(holder, reader) }
    }

    /// Rounds in which a pair at level `count` gets one, before its budget is spent.
    pub fn counted_rounds(&self) -> u32 {
        self.epsilon_budget.0.checked_div(self.epsilon.0).unwrap_or(0)
    }

    /// The conveners in a sentence: `the convener, Northwind Social`, or `a convener (Northwind Social, Harbour Mail)`.
    pub fn conveners_in_words(&self) -> String {
        let names: Vec<&str> = self.conveners.iter().map(|place| self.members[*place].name()).collect();
        match names.as_slice() {
            [one] => format!("the convener, {one}"),
            several => format!("a convener ({})", several.join(", ")),
        }
    }

    /// Evaluations that custodians do for a member in a round: those of the largest list and its canaries.
    pub fn evaluations(&self) -> u64 {
        self.max_indicators.saturating_add(canary::in_a_list(self.members.len()))
    }

    /// The largest class that a list may have: that of `max_indicators` and its canaries.
    pub fn max_class(&self) -> Class {
        self.class_with_canaries(self.max_indicators)
    }

    /// The class of a list of so many indicators, barring ill luck with its salt; `None` if that is more than allowed.
    pub fn class_for(&self, indicators: u64) -> Option<Class> {
        let counted = if self.same_size { self.max_indicators } else { indicators };
        (indicators <= self.max_indicators).then(|| self.class_with_canaries(counted))
    }

    /// The largest class there is has room for the canaries of the largest list there is, beyond its real tags on average.
    fn class_with_canaries(&self, indicators: u64) -> Class {
        let entries = indicators.saturating_add(canary::in_a_list(self.members.len()));
        Class::for_indicators(entries).unwrap_or(Class::MAX)
    }
}

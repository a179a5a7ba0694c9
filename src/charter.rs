//! The charter: the rules of an exchange, in force once every member has signed the same bytes.

mod custody;
pub mod disclosure;
pub mod draft;
mod proposal;
pub mod words;

use std::collections::BTreeSet;
use std::fmt;

use thiserror::Error;

pub use self::custody::Custody;
pub use self::disclosure::{Disclosure, Level, Party, Rule};
pub use self::proposal::{Agreed, NotInForce, Proposal, SignatureFault};
use crate::identity::{CardCore, CardError, CardId, Role, Signature, SigningKey, folded_name};
use crate::indicator::{Kind, PROFILE};
use crate::list::shard::Class;
use crate::transcript::{self, Label, Malformed, Reader, Writer};

const CHARTER: Label = Label::new("mandorla/1 charter");
const CHARTER_SIGNATURE: Label = Label::new("mandorla/1 charter signature");

const VERSION: u32 = 1;
/// Members of an exchange at most.
pub const MAX_MEMBERS: usize = 256;
const MAX_NAME: usize = 64;
const MAX_RULES: usize = 1024;
const MAX_CORE: usize = 1024;
/// A year: the longest round, and the longest time for answers.
const MAX_HOURS: u32 = 8784;

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
    /// The server that finds overlaps.
    pub matcher: CardCore,
    /// Those who compare notes. Their places here are their numbers everywhere else.
    pub members: Vec<CardCore>,
    /// Who opens and closes rounds: a place among the members.
    pub convener: usize,
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
    /// Organisations that must hold an indicator for it to be revealed, the reader included.
    pub min_holders: u32,
    /// From the opening of a round to its close.
    pub round_hours: u32,
    /// From the close to the last answer and the purge.
    pub answer_hours: u32,
    /// Who learns what of whom.
    pub disclosure: Disclosure,
}

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
    /// No member at the convener's place.
    #[error("the convener is not a member")]
    Convener,
    /// Shared custody without the word that everybody must sign.
    #[error(
        "in shared custody a matcher that works with one member can test guesses against every list: \
         write `accept_guessable = true` if all members accept that"
    )]
    Guessable,
    /// Written under other canonical forms.
    #[error("the charter's canonical forms are profile {0}; this version writes profile {PROFILE}")]
    Profile(u32),
    /// Nothing to compare.
    #[error("`kinds` is empty: name at least one kind of indicator")]
    Kinds,
    /// No list or one beyond all classes.
    #[error("`max_indicators` must be 1 to {}", Class::MAX.shards() as u64 * crate::list::shard::REAL_TAGS as u64)]
    MaxIndicators,
    /// A threshold that reveals to one alone, or that nobody can reach.
    #[error("`min_holders` must be 2 to the number of members ({members}), it is {found}")]
    MinHolders {
        /// What was asked for.
        found: u32,
        /// Members in the charter.
        members: usize,
    },
    /// A duration out of bounds.
    #[error("`{0}` must be 1 to {MAX_HOURS}")]
    Hours(&'static str),
    /// More rules than the charter's bytes may hold.
    #[error("a charter has at most {MAX_RULES} disclosure rules, this one {0}: name roles instead of members")]
    Rules(usize),
    /// Rules that cannot be kept.
    #[error(transparent)]
    Disclosure(#[from] disclosure::DisclosureFault),
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
}

impl Terms {
    /// The place of a member.
    pub fn place_of(&self, card: CardId) -> Option<usize> {
        self.members.iter().position(|member| member.id() == card)
    }

    /// The largest class that a list may have.
    pub fn max_class(&self) -> Class {
        Class::for_indicators(self.max_indicators).expect("checked with the terms")
    }

    fn check(&self) -> Result<(), CharterFault> {
        if !valid_name(&self.name) {
            return Err(CharterFault::Name);
        }
        self.check_parties()?;
        match self.custody {
            Custody::Shared if !self.accept_guessable => return Err(CharterFault::Guessable),
            Custody::Shared => {}
        }
        if self.profile != PROFILE {
            return Err(CharterFault::Profile(self.profile));
        }
        if self.kinds.is_empty() {
            return Err(CharterFault::Kinds);
        }
        if self.max_indicators == 0 || Class::for_indicators(self.max_indicators).is_none() {
            return Err(CharterFault::MaxIndicators);
        }
        let members = self.members.len();
        if self.min_holders < 2 || self.min_holders as usize > members {
            return Err(CharterFault::MinHolders { found: self.min_holders, members });
        }
        for (name, hours) in [("round_hours", self.round_hours), ("answer_hours", self.answer_hours)] {
            if !(1..=MAX_HOURS).contains(&hours) {
                return Err(CharterFault::Hours(name));
            }
        }
        if self.disclosure.rules().len() > MAX_RULES {
            return Err(CharterFault::Rules(self.disclosure.rules().len()));
        }
        Ok(self.disclosure.check(&self.members)?)
    }

    /// Everyone in a place that fits the role, each once.
    fn check_parties(&self) -> Result<(), CharterFault> {
        let misplaced =
            |card: &CardCore, place| CharterFault::Role { name: card.name().into(), role: card.role().name(), place };
        if self.matcher.role() != Role::Matcher {
            return Err(misplaced(&self.matcher, "the matcher"));
        }
        if let Some(card) = self.members.iter().find(|card| !card.role().is_member()) {
            return Err(misplaced(card, "a member"));
        }
        if !(2..=MAX_MEMBERS).contains(&self.members.len()) {
            return Err(CharterFault::Members(self.members.len()));
        }
        self.check_distinct()?;
        if self.convener >= self.members.len() {
            return Err(CharterFault::Convener);
        }
        Ok(())
    }

    /// Each organisation once, under keys and a name of its own: reports tell members apart by name.
    fn check_distinct(&self) -> Result<(), CharterFault> {
        let (mut keys, mut names) = (BTreeSet::new(), BTreeSet::new());
        for card in self.members.iter().chain([&self.matcher]) {
            let fresh = names.insert(folded_name(card.name()))
                && keys.insert(*card.verifying().as_bytes())
                && keys.insert(*card.sealing().as_bytes())
                && keys.insert(*card.tls());
            if !fresh {
                return Err(CharterFault::Twice(card.name().to_owned()));
            }
        }
        Ok(())
    }

    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).text(&self.name).u64(self.created).bytes(&self.matcher.encode());
        writer.count(self.members.len());
        for member in &self.members {
            writer.bytes(&member.encode());
        }
        writer.count(self.convener).u8(self.custody.code()).u8(self.accept_guessable.into()).u32(self.profile);
        writer.count(self.kinds.len());
        for kind in &self.kinds {
            writer.text(kind.name());
        }
        writer.u64(self.max_indicators).u32(self.min_holders).u32(self.round_hours).u32(self.answer_hours);
        self.disclosure.write(&mut writer);
        writer.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, CharterFault> {
        let mut reader = Reader::new("charter", bytes);
        if reader.u32()? != VERSION {
            return Err(reader.fault("its version is not known to this program: update it").into());
        }
        let name = reader.text(MAX_NAME)?.to_owned();
        let created = reader.u64()?;
        let matcher = CardCore::decode(reader.bytes(MAX_CORE)?)?;
        let members = (0..reader.count(MAX_MEMBERS)?)
            .map(|_| Ok(CardCore::decode(reader.bytes(MAX_CORE)?)?))
            .collect::<Result<Vec<_>, CharterFault>>()?;
        let convener = reader.count(MAX_MEMBERS)?;
        let custody = Custody::read(&mut reader)?;
        let accept_guessable = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(reader.fault("a yes or no is neither").into()),
        };
        let profile = reader.u32()?;
        let kinds = read_kinds(&mut reader)?;
        let max_indicators = reader.u64()?;
        let (min_holders, round_hours, answer_hours) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let disclosure = Disclosure::read(&mut reader, &members, MAX_RULES)?;
        reader.end()?;
        Ok(Self {
            name,
            created,
            matcher,
            members,
            convener,
            custody,
            accept_guessable,
            profile,
            kinds,
            max_indicators,
            min_holders,
            round_hours,
            answer_hours,
            disclosure,
        })
    }
}

/// In the order of their names, each once.
fn read_kinds(reader: &mut Reader<'_>) -> Result<BTreeSet<Kind>, Malformed> {
    let mut kinds = BTreeSet::new();
    for _ in 0..reader.count(Kind::ALL.len())? {
        let name = reader.text(MAX_NAME)?;
        // Drafts may write `e-mail` or `URL`; what is signed has one spelling.
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| reader.fault("a kind is not known to this version"))?;
        if kinds.last().is_some_and(|last| *last >= kind) {
            return Err(reader.fault("its kinds are not in order"));
        }
        kinds.insert(kind);
    }
    Ok(kinds)
}

fn valid_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    (1..=MAX_NAME).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

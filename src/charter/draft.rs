//! Charter drafts: the TOML file that a convener writes.

use std::collections::BTreeSet;

use serde::Deserialize;
use thiserror::Error;

use super::{Carrier, Charter, CharterFault, Custodian, Custody, Disclosure, Level, Party, Rule, Terms, Thousandths};
use crate::identity::{CardCore, CardId, Role};
use crate::indicator::{Kind, PROFILE};

const ROUND_HOURS: u32 = 24;
const ANSWER_HOURS: u32 = 72;
const ROUNDS_PER_DAY: u32 = 24;
const LIST_EXPIRY_HOURS: u32 = 720;
const EPSILON: f64 = 1.0;
const EPSILON_BUDGET: f64 = 30.0;

/// A draft as it stands in its file. Unknown keys are an error: a misspelt rule must not be a rule that is missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    name: String,
    matcher: String,
    members: Vec<String>,
    conveners: Option<Vec<String>>,
    #[serde(default)]
    publish_only: Vec<String>,
    #[serde(default)]
    carriers: Vec<DraftCarrier>,
    custody: String,
    custodians: Option<Vec<DraftCustodian>>,
    #[serde(default)]
    accept_guessable: bool,
    profile: Option<u32>,
    kinds: Vec<String>,
    max_indicators: u64,
    #[serde(default)]
    same_size: bool,
    min_holders: u32,
    round_hours: Option<u32>,
    answer_hours: Option<u32>,
    rounds_per_day: Option<u32>,
    list_expiry_hours: Option<u32>,
    epsilon: Option<f64>,
    epsilon_budget: Option<f64>,
    talk: Option<bool>,
    disclosure: DraftDisclosure,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftCarrier {
    member: String,
    card: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftCustodian {
    card: String,
    url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftDisclosure {
    default: String,
    #[serde(default)]
    rules: Vec<DraftRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftRule {
    holder: String,
    reader: String,
    level: String,
}

/// Why a draft makes no charter.
#[derive(Debug, Error)]
pub enum DraftFault {
    /// Not TOML, a key that is missing, or one that is not known.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A card file that cannot be read.
    #[error("the card {path}: {reason}")]
    Card {
        /// As written in the draft.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A word that is none of the known ones.
    #[error("`{found}` is no {what}; known: {known}")]
    Word {
        /// What stands there.
        found: String,
        /// What should.
        what: &'static str,
        /// What may.
        known: String,
    },
    /// Custody by custodians, and none is named.
    #[error(
        "`custody = \"custodian\"` needs `custodians = [ {{ card = \"FILE\", url = \"https://host:port\" }} ]`: name at least one"
    )]
    NoCustodians,
    /// Custodians that would hold nothing.
    #[error("`custodians` are named and `custody` is \"shared\": write `custody = \"custodian\"`, or leave them out")]
    IdleCustodians,
    /// Somebody who is not a member, where only members may stand.
    #[error("{place} names {card}, which is not one of `members`")]
    NotAMember {
        /// Where.
        place: &'static str,
        /// As written there.
        card: String,
    },
    /// The one who proposes must be in it.
    #[error("the proposer is not one of `members`: add this home's own card")]
    Proposer,
    /// A number that the charter's bytes cannot hold.
    #[error("`{key}` is {found}: write a number with at most three decimals, as `1.5`")]
    Decimals {
        /// Which.
        key: &'static str,
        /// As written.
        found: f64,
    },
    /// Terms that make no charter.
    #[error(transparent)]
    Charter(#[from] CharterFault),
}

impl Draft {
    /// Reads the file's text.
    pub fn parse(toml: &str) -> Result<Self, DraftFault> {
        Ok(toml::from_str(toml)?)
    }

    /// Makes the terms of a first charter ([`Terms::amends`] is for who proposes it), which may still be wrong
    /// ([`Terms::faults`]). `card` reads a card by the path that the draft gives. The proposer is the convener if the draft
    /// names none; without a proposer that is the first member.
    pub fn terms(
        &self,
        proposer: Option<CardId>,
        created: u64,
        mut card: impl FnMut(&str) -> Result<CardCore, String>,
    ) -> Result<Terms, DraftFault> {
        let mut load = |path: &str| card(path).map_err(|reason| DraftFault::Card { path: path.to_owned(), reason });
        let matcher = load(&self.matcher)?;
        let members = self.members.iter().map(|path| load(path)).collect::<Result<Vec<_>, _>>()?;
        let carrier = |carrier: &DraftCarrier| {
            Ok(Carrier { member: self.place("`carriers`", &carrier.member)?, card: load(&carrier.card)? })
        };
        let carriers = self.carriers.iter().map(carrier).collect::<Result<_, DraftFault>>()?;
        let custody = self.custody(&mut load)?;
        let proposing = match proposer {
            Some(proposer) => members.iter().position(|member| member.id() == proposer).ok_or(DraftFault::Proposer)?,
            None => 0,
        };
        let conveners = match &self.conveners {
            Some(conveners) => self.places("`conveners`", conveners)?,
            None => BTreeSet::from([proposing]),
        };
        let rules = self.disclosure.rules.iter().map(|rule| self.rule(rule)).collect::<Result<_, _>>()?;
        Ok(Terms {
            name: self.name.clone(),
            created,
            amends: None,
            matcher,
            conveners,
            publish_only: self.places("`publish_only`", &self.publish_only)?,
            carriers,
            custody,
            accept_guessable: self.accept_guessable,
            profile: self.profile.unwrap_or(PROFILE),
            kinds: self.kinds.iter().map(|kind| parse_kind(kind)).collect::<Result<_, _>>()?,
            max_indicators: self.max_indicators,
            same_size: self.same_size,
            min_holders: self.min_holders,
            round_hours: self.round_hours.unwrap_or(ROUND_HOURS),
            answer_hours: self.answer_hours.unwrap_or(ANSWER_HOURS),
            rounds_per_day: self.rounds_per_day.unwrap_or(ROUNDS_PER_DAY),
            list_expiry_hours: self.list_expiry_hours.unwrap_or(LIST_EXPIRY_HOURS),
            epsilon: thousandths("epsilon", self.epsilon.unwrap_or(EPSILON))?,
            epsilon_budget: thousandths("epsilon_budget", self.epsilon_budget.unwrap_or(EPSILON_BUDGET))?,
            talk: self.talk.unwrap_or(true),
            disclosure: Disclosure::new(parse_level(&self.disclosure.default)?, rules, &members),
            members,
        })
    }

    /// Makes the charter, as its proposer.
    pub fn charter(
        &self,
        proposer: CardId,
        created: u64,
        card: impl FnMut(&str) -> Result<CardCore, String>,
    ) -> Result<Charter, DraftFault> {
        Ok(Charter::new(self.terms(Some(proposer), created, card)?)?)
    }

    fn rule(&self, rule: &DraftRule) -> Result<Rule, DraftFault> {
        let party = |text: &str| match text.strip_prefix("role:") {
            Some(role) => parse_role(role).map(Party::Role),
            None => self.place("a disclosure rule", text).map(Party::Member),
        };
        Ok(Rule { holder: party(&rule.holder)?, reader: party(&rule.reader)?, level: parse_level(&rule.level)? })
    }

    fn custody(&self, mut load: impl FnMut(&str) -> Result<CardCore, DraftFault>) -> Result<Custody, DraftFault> {
        match (self.custody.as_str(), &self.custodians) {
            ("shared", None) => Ok(Custody::Shared),
            ("shared", Some(_)) => Err(DraftFault::IdleCustodians),
            ("custodian", None) => Err(DraftFault::NoCustodians),
            ("custodian", Some(custodians)) => {
                let custodian = |custodian: &DraftCustodian| {
                    Ok(Custodian { card: load(&custodian.card)?, url: custodian.url.clone() })
                };
                Ok(Custody::Custodians(custodians.iter().map(custodian).collect::<Result<_, DraftFault>>()?))
            }
            (word, _) => Err(unknown(word, "custody", "custodian, shared")),
        }
    }

    fn places(&self, place: &'static str, cards: &[String]) -> Result<BTreeSet<usize>, DraftFault> {
        cards.iter().map(|card| self.place(place, card)).collect()
    }

    /// The place of a member, by the path of its card.
    fn place(&self, place: &'static str, card: &str) -> Result<usize, DraftFault> {
        let found = self.members.iter().position(|path| path == card);
        found.ok_or_else(|| DraftFault::NotAMember { place, card: card.to_owned() })
    }
}

fn thousandths(key: &'static str, found: f64) -> Result<Thousandths, DraftFault> {
    Thousandths::from_f64(found).ok_or(DraftFault::Decimals { key, found })
}

fn parse_level(word: &str) -> Result<Level, DraftFault> {
    let known = Level::ALL.into_iter().find(|level| level.name() == word);
    known.ok_or_else(|| unknown(word, "disclosure level", &Level::ALL.map(Level::name).join(", ")))
}

fn parse_kind(word: &str) -> Result<Kind, DraftFault> {
    word.parse().map_err(|_| unknown(word, "kind of indicator", &Kind::names()))
}

fn parse_role(word: &str) -> Result<Role, DraftFault> {
    let role: Option<Role> = word.parse().ok();
    role.filter(|role| role.is_member()).ok_or_else(|| unknown(word, "role of a member", "company, agency, broker"))
}

fn unknown(found: &str, what: &'static str, known: &str) -> DraftFault {
    DraftFault::Word { found: found.to_owned(), what, known: known.to_owned() }
}

//! Charter drafts: the TOML file that a convener writes.

use serde::Deserialize;
use thiserror::Error;

use super::{Charter, CharterFault, Custody, Disclosure, Level, Party, Rule, Terms};
use crate::identity::{CardCore, CardId, Role};
use crate::indicator::{Kind, PROFILE};

const ROUND_HOURS: u32 = 24;
const ANSWER_HOURS: u32 = 72;

/// A draft as it stands in its file. Unknown keys are an error: a misspelt rule must not be a rule that is missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    name: String,
    matcher: String,
    members: Vec<String>,
    custody: String,
    #[serde(default)]
    accept_guessable: bool,
    kinds: Vec<String>,
    max_indicators: u64,
    min_holders: u32,
    round_hours: Option<u32>,
    answer_hours: Option<u32>,
    disclosure: DraftDisclosure,
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
    /// A level or custody of the design that this version does not have yet.
    #[error("{0} is not in this version yet; use {1}")]
    Later(&'static str, &'static str),
    /// A rule about somebody who is not a member.
    #[error("a disclosure rule names {0}, which is not one of `members`")]
    NotAMember(String),
    /// The one who proposes must be in it.
    #[error("the proposer is not one of `members`: add this home's own card")]
    Proposer,
    /// Terms that make no charter.
    #[error(transparent)]
    Charter(#[from] CharterFault),
}

impl Draft {
    /// Reads the file's text.
    pub fn parse(toml: &str) -> Result<Self, DraftFault> {
        Ok(toml::from_str(toml)?)
    }

    /// Makes the charter. `card` reads a card by the path that the draft gives; `proposer` becomes the convener.
    pub fn charter(
        self,
        proposer: CardId,
        created: u64,
        mut card: impl FnMut(&str) -> Result<CardCore, String>,
    ) -> Result<Charter, DraftFault> {
        let mut load = |path: &str| card(path).map_err(|reason| DraftFault::Card { path: path.to_owned(), reason });
        let matcher = load(&self.matcher)?;
        let members = self.members.iter().map(|path| load(path)).collect::<Result<Vec<_>, _>>()?;
        let party = |text: &str| match text.strip_prefix("role:") {
            Some(role) => parse_role(role).map(Party::Role),
            None => {
                let place = self.members.iter().position(|path| path == text);
                place.map(Party::Member).ok_or_else(|| DraftFault::NotAMember(text.to_owned()))
            }
        };
        let rule = |rule: &DraftRule| {
            Ok(Rule { holder: party(&rule.holder)?, reader: party(&rule.reader)?, level: parse_level(&rule.level)? })
        };
        let rules = self.disclosure.rules.iter().map(rule).collect::<Result<Vec<_>, DraftFault>>()?;
        let disclosure = Disclosure::new(parse_level(&self.disclosure.default)?, rules, &members);
        let convener = members.iter().position(|member| member.id() == proposer).ok_or(DraftFault::Proposer)?;
        Ok(Charter::new(Terms {
            name: self.name,
            created,
            matcher,
            members,
            convener,
            custody: parse_custody(&self.custody)?,
            accept_guessable: self.accept_guessable,
            profile: PROFILE,
            kinds: self.kinds.iter().map(|kind| parse_kind(kind)).collect::<Result<_, _>>()?,
            max_indicators: self.max_indicators,
            min_holders: self.min_holders,
            round_hours: self.round_hours.unwrap_or(ROUND_HOURS),
            answer_hours: self.answer_hours.unwrap_or(ANSWER_HOURS),
            disclosure,
        })?)
    }
}

fn parse_level(word: &str) -> Result<Level, DraftFault> {
    match word {
        "none" => Ok(Level::None),
        "named" => Ok(Level::Named),
        "count" => Err(DraftFault::Later("the level `count`", "`named` or `none`")),
        "anonymous" => Err(DraftFault::Later("the level `anonymous`", "`named` or `none`")),
        _ => Err(unknown(word, "disclosure level", "named, none")),
    }
}

fn parse_custody(word: &str) -> Result<Custody, DraftFault> {
    match word {
        "shared" => Ok(Custody::Shared),
        "custodian" => Err(DraftFault::Later("the custody `custodian`", "`shared`")),
        _ => Err(unknown(word, "custody", "shared")),
    }
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

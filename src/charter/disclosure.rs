//! Disclosure rules: for every pair (holder, reader) a level. The most specific rule wins; what no rule names is the default.

use thiserror::Error;

use crate::identity::{CardCore, Role};
use crate::transcript::{Malformed, Reader, Writer};

/// What a reader learns about a holder's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    None,
    /// Which of the reader's indicators the holder has.
    Named,
}

impl Level {
    /// The word in charters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Named => "named",
        }
    }

    /// 2 and 3 are kept for `count` and `anonymous`.
    const fn code(self) -> u8 {
        match self {
            Self::None => 1,
            Self::Named => 4,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Ok(Self::None),
            4 => Ok(Self::Named),
            _ => Err(reader.fault("a disclosure level is not known to this version")),
        }
    }
}

/// One side of a rule: a member by its place, or all members of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The member at this place.
    Member(usize),
    /// Every member with this role.
    Role(Role),
}

impl Party {
    fn is(self, place: usize, card: &CardCore) -> bool {
        match self {
            Self::Member(member) => member == place,
            Self::Role(role) => card.role() == role,
        }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Member(_) => 1,
            Self::Role(_) => 0,
        }
    }

    fn write(self, writer: &mut Writer) {
        match self {
            Self::Member(place) => writer.u8(1).count(place),
            Self::Role(role) => writer.u8(2).u32(role.code().into()),
        };
    }

    fn read(reader: &mut Reader<'_>, members: usize) -> Result<Self, Malformed> {
        let (kind, value) = (reader.u8()?, reader.u32()?);
        match (kind, u8::try_from(value).ok().and_then(|code| Role::try_from(code).ok())) {
            (1, _) if (value as usize) < members => Ok(Self::Member(value as usize)),
            (2, Some(role)) if role.is_member() => Ok(Self::Role(role)),
            _ => Err(reader.fault("a disclosure rule names nobody")),
        }
    }

    /// The party in words: a member's name, or the role's.
    pub fn words(self, members: &[CardCore]) -> String {
        match self {
            Self::Member(place) => members[place].name().to_owned(),
            Self::Role(role) => format!("role:{}", role.name()),
        }
    }
}

/// What `reader` learns about `holder`'s list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whose list.
    pub holder: Party,
    /// Who learns.
    pub reader: Party,
    /// What.
    pub level: Level,
}

impl Rule {
    /// Rules that name members on both sides outweigh those that name one, and these outweigh rules between roles.
    fn weight(self) -> u8 {
        self.holder.weight() + self.reader.weight()
    }

    fn words(self, members: &[CardCore]) -> String {
        let (holder, reader) = (self.holder.words(members), self.reader.words(members));
        format!("{{ holder = \"{holder}\", reader = \"{reader}\", level = \"{}\" }}", self.level.name())
    }
}

/// Why rules cannot be kept.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DisclosureFault {
    /// Two rules of the same weight say different things of one pair.
    #[error("for {reader} reading {holder} two rules disagree: {one} and {other}; add a rule that names both members")]
    Disagree {
        /// The reader of the pair.
        reader: String,
        /// The holder of the pair.
        holder: String,
        /// The first rule.
        one: String,
        /// The second.
        other: String,
    },
}

/// The default and the rules, resolved for every pair of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    default: Level,
    rules: Vec<Rule>,
    /// `levels[holder][reader]`.
    levels: Vec<Vec<Level>>,
}

impl Disclosure {
    /// Resolves the rules for these members. Rules of the same weight that disagree are found by the charter's check.
    pub fn new(default: Level, rules: Vec<Rule>, members: &[CardCore]) -> Self {
        let level = |holder, reader| match strongest(&rules, members, holder, reader).as_slice() {
            [] => default,
            [first, ..] => first.level,
        };
        let levels = (0..members.len()).map(|holder| (0..members.len()).map(|reader| level(holder, reader)).collect());
        Self { default, levels: levels.collect(), rules }
    }

    /// What `reader` learns about `holder`'s list; both are places in the charter.
    pub fn level(&self, holder: usize, reader: usize) -> Level {
        self.levels[holder][reader]
    }

    /// The rules as they were written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(super) fn check(&self, members: &[CardCore]) -> Result<(), DisclosureFault> {
        for (holder, reader) in pairs(members.len()) {
            let strongest = strongest(&self.rules, members, holder, reader);
            if let Some(pair) = strongest.windows(2).find(|pair| pair[0].level != pair[1].level) {
                return Err(DisclosureFault::Disagree {
                    reader: members[reader].name().to_owned(),
                    holder: members[holder].name().to_owned(),
                    one: pair[0].words(members),
                    other: pair[1].words(members),
                });
            }
        }
        Ok(())
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.u8(self.default.code()).count(self.rules.len());
        for rule in &self.rules {
            rule.holder.write(writer);
            rule.reader.write(writer);
            writer.u8(rule.level.code());
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>, members: &[CardCore], max_rules: usize) -> Result<Self, Malformed> {
        let default = Level::read(reader)?;
        let count = reader.count(max_rules)?;
        let rules = (0..count)
            .map(|_| {
                let (holder, by) = (Party::read(reader, members.len())?, Party::read(reader, members.len())?);
                Ok(Rule { holder, reader: by, level: Level::read(reader)? })
            })
            .collect::<Result<_, Malformed>>()?;
        Ok(Self::new(default, rules, members))
    }
}

/// The rules for a pair that weigh most.
fn strongest(rules: &[Rule], members: &[CardCore], holder: usize, reader: usize) -> Vec<Rule> {
    let applies = |rule: &Rule| rule.holder.is(holder, &members[holder]) && rule.reader.is(reader, &members[reader]);
    let applying: Vec<Rule> = rules.iter().copied().filter(applies).collect();
    let most = applying.iter().map(|rule| rule.weight()).max();
    applying.into_iter().filter(|rule| Some(rule.weight()) == most).collect()
}

fn pairs(members: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..members).flat_map(move |holder| (0..members).map(move |reader| (holder, reader))).filter(|(h, r)| h != r)
}

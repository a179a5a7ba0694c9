//! Disclosure rules: for every pair (holder, reader) a level. The most specific rule wins; what no rule names is the default.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use crate::identity::{CardCore, Role};
use crate::transcript::{Malformed, Reader, Writer};

/// What a reader learns about a holder's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    None,
    /// How many of the reader's indicators the holder has, in a whole round and with noise.
    Count,
    /// Which of the reader's indicators are held by others at this level, and by how many of them; never by whom.
    Anonymous,
    /// Which of the reader's indicators the holder has.
    Named,
}

impl Level {
    /// All levels, from the least to the most; the place in this list, from 1, is the level's code.
    pub const ALL: [Self; 4] = [Self::None, Self::Count, Self::Anonymous, Self::Named];

    /// The word in charters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Count => "count",
            Self::Anonymous => "anonymous",
            Self::Named => "named",
        }
    }

    const fn code(self) -> u8 {
        self as u8 + 1
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let code = reader.u8()?;
        let known = Self::ALL.into_iter().find(|level| level.code() == code);
        known.ok_or_else(|| reader.fault("a disclosure level is not known to this version"))
    }
}

/// One side of a rule: a member by its place, or all members of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The member at this place.
    Member(usize),
    /// Every member with this role.
    Role(Role),
}

impl Party {
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
    /// The rule as a draft has it, with names for cards.
    pub fn words(self, members: &[CardCore]) -> String {
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
        let said = Said::new(&rules, members);
        let level =
            |holder, reader| said.strongest(holder, reader).first().map_or(default, |first| rules[*first].level);
        let levels = (0..members.len()).map(|holder| (0..members.len()).map(|reader| level(holder, reader)).collect());
        Self { default, levels: levels.collect(), rules }
    }

    /// What `reader` learns about `holder`'s list; both are places in the charter.
    pub fn level(&self, holder: usize, reader: usize) -> Level {
        self.levels[holder][reader]
    }

    /// The level of pairs that no rule is about.
    pub fn default(&self) -> Level {
        self.default
    }

    /// The rules as they were written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The level of a pair; `None` where rules of one weight say different things of it.
    pub fn decided(&self, members: &[CardCore]) -> Vec<Vec<Option<Level>>> {
        let said = Said::new(&self.rules, members);
        let level = |holder, reader| {
            let agree = said.strongest(holder, reader).len() < 2;
            agree.then(|| self.levels[holder][reader])
        };
        let places = || 0..members.len();
        places().map(|holder| places().map(|reader| level(holder, reader)).collect()).collect()
    }

    /// The rules of one weight that say different things of a pair, each two once.
    pub(super) fn disagreements<'a>(&'a self, members: &'a [CardCore]) -> impl Iterator<Item = DisclosureFault> + 'a {
        let said = Said::new(&self.rules, members);
        let mut told = HashSet::new();
        pairs(members.len()).filter_map(move |(holder, reader)| match *said.strongest(holder, reader).as_slice() {
            [one, other, ..] if told.insert((one, other)) => Some(DisclosureFault::Disagree {
                reader: members[reader].name().to_owned(),
                holder: members[holder].name().to_owned(),
                one: self.rules[one].words(members),
                other: self.rules[other].words(members),
            }),
            _ => None,
        })
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

/// The rules by whom they name, so that those for a pair are looked up and not searched for: a charter may have 256 members
/// and 1,024 rules, and is read before anybody has signed it.
struct Said<'a> {
    rules: &'a [Rule],
    members: &'a [CardCore],
    /// Places of rules, rising: the first for these parties, and the first that says something else.
    of: HashMap<(Party, Party), (usize, Option<usize>)>,
}

impl<'a> Said<'a> {
    fn new(rules: &'a [Rule], members: &'a [CardCore]) -> Self {
        let mut of = HashMap::new();
        for (place, rule) in rules.iter().enumerate() {
            let (first, other) = of.entry((rule.holder, rule.reader)).or_insert((place, None));
            if rules[*first].level != rule.level {
                other.get_or_insert(place);
            }
        }
        Self { rules, members, of }
    }

    /// The first of the rules for a pair that weigh most, and after it the first that disagrees, if one does. Rules that name
    /// members on both sides outweigh those that name one, and these outweigh rules between roles.
    fn strongest(&self, holder: usize, reader: usize) -> Vec<usize> {
        let role = |place: usize| Party::Role(self.members[place].role());
        let member = Party::Member;
        let both = [(member(holder), member(reader))];
        let one = [(member(holder), role(reader)), (role(holder), member(reader))];
        let none = [(role(holder), role(reader))];
        let said = |parties: &[(Party, Party)]| {
            let found = parties.iter().filter_map(|pair| self.of.get(pair));
            let mut places: Vec<usize> = found.flat_map(|(first, other)| [Some(*first), *other]).flatten().collect();
            places.sort_unstable();
            places
        };
        let places =
            [&both[..], &one, &none].into_iter().map(said).find(|places| !places.is_empty()).unwrap_or_default();
        let Some(first) = places.first().copied() else { return places };
        let other = places.into_iter().find(|place| self.rules[*place].level != self.rules[first].level);
        [first].into_iter().chain(other).collect()
    }
}

fn pairs(members: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..members).flat_map(move |holder| (0..members).map(move |reader| (holder, reader))).filter(|(h, r)| h != r)
}

//! What a report says of canaries: whether the matcher gives all answers, as far as that can be tested.

use serde::{Deserialize, Serialize};

use super::Report;

/// The canaries that one other member shares with the member whose report this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canaries {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// How many there are.
    pub expected: u32,
    /// How many came back.
    pub returned: u32,
}

/// A member whose canaries nobody can look for in this answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotTestable {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// Why not.
    pub reason: Untestable,
}

/// Why an honest matcher does not tell of a member's canaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Untestable {
    /// The member whose report this is publishes only.
    #[serde(rename = "publish-only")]
    PublishOnly,
    /// The other's level is not `named`.
    #[serde(rename = "level")]
    Level,
    /// The charter's `min_holders` is above two, and two hold a canary.
    #[serde(rename = "min_holders")]
    MinHolders,
    /// The other has no list in this round.
    #[serde(rename = "not-published")]
    NotPublished,
}

/// A member that is said to hold canaries of others, surely and not by chance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misplaced {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// How many.
    pub canaries: u32,
}

impl Report {
    /// What stands above all else in a table: answers that an honest matcher does not give.
    pub(super) fn alarms(&self) -> impl Iterator<Item = String> {
        let missing = self.canaries.iter().filter(|canaries| canaries.returned < canaries.expected);
        missing.map(|canaries| self.missing(canaries)).chain(self.canaries_misplaced.iter().map(Misplaced::line))
    }

    fn missing(&self, canaries: &Canaries) -> String {
        let Canaries { name, role, expected, returned } = canaries;
        format!(
            "WARNING: overlaps with {name} ({role}) may be missing. Of the {expected} canaries that it shares with {} only {returned} \
             came back: the matcher drops answers, or the program of {name} leaves canaries out. Ask again, for its list may just have \
             been withdrawn; if that changes nothing, show this to {name} and the other members, and find another way to compare.",
            self.member
        )
    }

    /// Of whom canaries came back and of whom they cannot, in a line; nothing where there is nobody.
    pub(super) fn canaries_line(&self) -> Option<String> {
        let tested = |canaries: &Canaries| format!("{} {} of {}", canaries.name, canaries.returned, canaries.expected);
        let tested =
            joined(self.canaries.iter().map(tested)).map(|tested| format!("Canaries that came back: {tested}."));
        let untested = |one: &NotTestable| format!("{} ({})", one.name, one.reason.words());
        let untested = joined(self.canaries_not_testable.iter().map(untested))
            .map(|untested| format!("Whether answers are dropped cannot be tested for {untested}."));
        let parts: Vec<String> = tested.into_iter().chain(untested).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}

impl Misplaced {
    fn line(&self) -> String {
        let canaries = if self.canaries == 1 { "a canary".to_owned() } else { format!("{} canaries", self.canaries) };
        format!(
            "WARNING: {} ({}) is said to hold {canaries} that only one other member has. The matcher makes up holders, or that \
             member has given its canaries away: show this to the other members, and trust no overlap of this round unconfirmed.",
            self.name, self.role
        )
    }
}

impl Untestable {
    fn words(self) -> &'static str {
        match self {
            Self::PublishOnly => "nothing is told to who publishes only",
            Self::Level => "its level is not `named`",
            Self::MinHolders => "`min_holders` is above 2",
            Self::NotPublished => "without a list",
        }
    }
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

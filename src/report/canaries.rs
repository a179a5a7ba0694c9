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
    /// What stands above all else in a table: signs that answers are missing or made up. Hostile text until printed safely.
    pub fn alarms(&self) -> impl Iterator<Item = String> {
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

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    fn canaries(name: &str, returned: u32) -> Canaries {
        Canaries { name: name.to_owned(), role: "company".to_owned(), expected: 16, returned }
    }

    fn untested(name: &str, reason: Untestable) -> NotTestable {
        NotTestable { name: name.to_owned(), role: "agency".to_owned(), reason }
    }

    #[test]
    fn missing_canaries_are_said_first_and_what_to_do() {
        let mut report = report();
        report.canaries = vec![canaries("Tern", 16), canaries("Harbour\u{1b} Mail", 9)];
        report.canaries_misplaced =
            vec![Misplaced { name: "Tern".to_owned(), role: "company".to_owned(), canaries: 2 }];
        let table = report.to_table(80);
        let lines: Vec<&str> = table.lines().collect();
        let warning = "WARNING: overlaps with Harbour\\u{1b} Mail (company) may be missing. Of the 16 canaries that it shares \
                       with Northwind only 9 came back: ";
        assert!(lines[0].starts_with(warning) && lines[0].contains("Ask again"), "{table}");
        assert!(
            lines[1].starts_with("WARNING: Tern (company) is said to hold 2 canaries that only one other"),
            "{table}"
        );
        assert!(lines[2].starts_with("e, round 1: 2 of the 2 indicators"), "{table}");
        assert!(table.contains("\nCanaries that came back: Tern 16 of 16, Harbour\\u{1b} Mail 9 of 16.\n"), "{table}");
        assert_eq!(report.alarms().count(), 2);
    }

    #[test]
    fn where_all_came_back_there_is_no_alarm() {
        let mut report = report();
        assert_eq!((report.alarms().count(), report.canaries_line()), (0, None));
        report.canaries = vec![canaries("Tern", 16)];
        report.canaries_not_testable = vec![
            untested("A", Untestable::Level),
            untested("B", Untestable::MinHolders),
            untested("C", Untestable::NotPublished),
            untested("D", Untestable::PublishOnly),
        ];
        assert_eq!(report.alarms().count(), 0);
        assert_eq!(
            report.canaries_line().unwrap(),
            "Canaries that came back: Tern 16 of 16. Whether answers are dropped cannot be tested for A (its level is not \
             `named`), B (`min_holders` is above 2), C (without a list), D (nothing is told to who publishes only)."
        );
    }

    #[test]
    fn json_that_machines_know() {
        let mut report = report();
        report.canaries = vec![canaries("Tern", 15)];
        report.canaries_not_testable =
            vec![untested("A", Untestable::MinHolders), untested("B", Untestable::NotPublished)];
        let json = report.to_json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let tern = serde_json::json!([{ "name": "Tern", "role": "company", "expected": 16, "returned": 15 }]);
        assert_eq!(value["canaries"], tern);
        let reasons = [0, 1].map(|i| value["canaries_not_testable"][i]["reason"].clone());
        assert_eq!(reasons, ["min_holders", "not-published"]);
        assert_eq!(value["canaries_misplaced"], serde_json::json!([]));
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }
}

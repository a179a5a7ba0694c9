//! Overlaps as table, JSON and CSV. The JSON is a stable interface: [`SCHEMA`] names its form, and machines read it every
//! morning.

mod canaries;
mod csv;
mod derived;
mod harmless;
mod table;

use serde::{Deserialize, Serialize};

pub use self::canaries::{Canaries, Misplaced, NotTestable, Untestable};
pub use self::derived::{Derived, Source};
pub use self::harmless::{harmless_json, sanitize};
use crate::matching::{Certainty, disclose};

/// The form of the JSON. A field is never renamed or given another meaning under the same number; fields may be added.
pub const SCHEMA: &str = "mandorla.overlaps/1";

/// What one member learned in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The exchange's name.
    pub exchange: String,
    /// The charter's hash, hexadecimal.
    pub charter: String,
    /// The round's number.
    pub round: u32,
    /// The name of the member whose report this is.
    pub member: String,
    /// When it was made, RFC 3339.
    pub generated: String,
    /// Distinct indicators in the member's own list.
    pub published: u64,
    /// The other members.
    pub members: Vec<Member>,
    /// How many of the overlaps chance alone is expected to have made.
    pub chance_overlaps_expected: f64,
    /// Indicators of one's own that others hold too, sorted by kind and value.
    pub overlaps: Vec<Overlap>,
    /// Members of which only a number is told: how many of one's own indicators they hold.
    #[serde(default)]
    pub counts: Vec<Count>,
    /// The ε of the noise in these numbers; absent if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts_epsilon: Option<f64>,
    /// What the charter would tell and this round does not.
    #[serde(default)]
    pub withheld: Vec<Withheld>,
    /// Of each member whose canaries must come back, how many did: fewer than expected, and answers are missing.
    #[serde(default)]
    pub canaries: Vec<Canaries>,
    /// The other members, and why nothing can be said of their canaries.
    #[serde(default)]
    pub canaries_not_testable: Vec<NotTestable>,
    /// Members that are said to hold canaries that they cannot have: none from an honest matcher among honest members.
    #[serde(default)]
    pub canaries_misplaced: Vec<Misplaced>,
}

/// Another member of the exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// `company`, `agency` or `broker`.
    pub role: String,
    /// Whether it had a list in this round.
    pub published: bool,
}

/// One indicator that others hold too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// The indicator's kind.
    pub kind: String,
    /// Its canonical value.
    pub value: String,
    /// What it followed from, if no file of the member's holds it; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derived>,
    /// Who else holds it, as far as that may be told.
    pub holders: Vec<Holder>,
    /// How many others hold it, of which no more is told.
    #[serde(default)]
    pub anonymous_holders: u32,
}

/// How many of one's own indicators a member holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// With noise, so that it may be below zero; the same whenever it is asked for.
    pub count: i64,
}

/// Something that is not told, and why. Name and role are empty texts where it is not about one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Why.
    pub reason: Reason,
    /// The member's name.
    pub name: String,
    /// Its role.
    pub role: String,
}

/// Why something is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The member whose report this is publishes only.
    PublishOnly,
    /// Only one list is at level `anonymous`: everybody would know whose it is.
    TooFew,
    /// A list at level `anonymous` was withdrawn after the close, or its time was over: the difference would name its owner.
    Withdrawn,
    /// The noise budget of the pair is spent, so that there are no more counts under this charter.
    BudgetSpent,
}

impl From<disclose::Withheld> for Reason {
    fn from(withheld: disclose::Withheld) -> Self {
        match withheld {
            disclose::Withheld::TooFew => Self::TooFew,
            disclose::Withheld::Withdrawn => Self::Withdrawn,
        }
    }
}

/// A member that holds an indicator, and how to reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// The fingerprint of its card.
    pub fingerprint: String,
    /// Its point of contact.
    pub contact: Contact,
    /// How sure the match is.
    pub certainty: Certain,
}

/// A point of contact as reports show it. What a card leaves out is an empty text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Whom to ask for.
    pub name: String,
    /// An e-mail address.
    pub email: String,
    /// A telephone number.
    pub phone: String,
    /// When somebody is there.
    pub hours: String,
}

/// [`Certainty`] as reports show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certain {
    /// The holder showed the same tag itself.
    Exact,
    /// Found in the holder's filters: wrong once in 2^30.
    Probable,
}

impl From<Certainty> for Certain {
    fn from(certainty: Certainty) -> Self {
        match certainty {
            Certainty::Exact => Self::Exact,
            Certainty::Probable => Self::Probable,
        }
    }
}

impl Certain {
    fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Probable => "probable",
        }
    }
}

impl Report {
    /// The JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        harmless_json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The host of a URL.
    pub(super) fn derived() -> Derived {
        let source = Source { kind: "url".to_owned(), value: "https://evil.example/x".to_owned() };
        Derived { how: "host".to_owned(), from: vec![source], sources: 1 }
    }

    /// Two overlaps, the first of which nobody may be named for, and a count.
    pub(super) fn report() -> Report {
        let holder = |name: &str, email: &str| Holder {
            name: name.to_owned(),
            role: "company".to_owned(),
            fingerprint: String::new(),
            contact: Contact {
                name: String::new(),
                email: email.to_owned(),
                phone: String::new(),
                hours: String::new(),
            },
            certainty: Certain::Exact,
        };
        let overlap = |value: &str, holders, anonymous_holders| Overlap {
            kind: "domain".to_owned(),
            value: value.to_owned(),
            derived: None,
            holders,
            anonymous_holders,
        };
        let named = vec![holder("Harbour Mail", "desk@harbour.example"), holder("Tern", "")];
        Report {
            schema: SCHEMA.to_owned(),
            exchange: "e".to_owned(),
            charter: String::new(),
            round: 1,
            member: "Northwind".to_owned(),
            generated: String::new(),
            published: 2,
            members: Vec::new(),
            chance_overlaps_expected: 0.0,
            overlaps: vec![overlap("evil.example", Vec::new(), 2), overlap("\u{1b}[2Jworse.example", named, 1)],
            counts: vec![Count { name: "Agency A".to_owned(), role: "agency".to_owned(), count: -3 }],
            counts_epsilon: Some(0.5),
            withheld: Vec::new(),
            canaries: Vec::new(),
            canaries_not_testable: Vec::new(),
            canaries_misplaced: Vec::new(),
        }
    }

    #[test]
    fn json_that_machines_know() {
        let mut report = report();
        report.withheld =
            vec![Withheld { reason: Reason::BudgetSpent, name: "Tern".to_owned(), role: "company".to_owned() }];
        let json = report.to_json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["counts"], serde_json::json!([{ "name": "Agency A", "role": "agency", "count": -3 }]));
        assert_eq!(value["overlaps"][0]["holders"], serde_json::json!([]));
        assert_eq!(value["overlaps"][0]["anonymous_holders"], 2);
        assert_eq!(value["counts_epsilon"], 0.5);
        assert_eq!(value["withheld"][0]["reason"], "budget-spent");
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }

    #[test]
    fn an_overlap_on_a_derived_indicator_is_told_as_one() {
        let mut report = report();
        report.overlaps[1].derived = Some(derived());
        let json = report.to_json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(value["overlaps"][0].get("derived").is_none(), "absent for what was in a file");
        assert_eq!(value["overlaps"][1]["derived"]["from"][0]["value"], "https://evil.example/x");
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }

    #[test]
    fn reports_of_earlier_programs_can_be_read() {
        let earlier = r#"{"schema": "mandorla.overlaps/1", "exchange": "e", "charter": "", "round": 1, "member": "m",
            "generated": "", "published": 1, "members": [], "chance_overlaps_expected": 0.0,
            "overlaps": [{"kind": "domain", "value": "evil.example", "holders": []}]}"#;
        let report: Report = serde_json::from_str(earlier).unwrap();
        assert!(report.counts.is_empty() && report.counts_epsilon.is_none() && report.withheld.is_empty());
        assert!(report.canaries.is_empty() && report.canaries_not_testable.is_empty());
        assert!(report.overlaps[0].anonymous_holders == 0 && report.overlaps[0].derived.is_none());
    }
}

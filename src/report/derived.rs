//! Overlaps on indicators that no file of the member's holds: what they followed from.

use serde::{Deserialize, Serialize};

use super::sanitize;
use crate::indicator::derive::Derivation;
use crate::list::origin::Origin;

/// The longest value that a table quotes, in characters.
const QUOTED: usize = 60;

/// How an indicator was derived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Derived {
    /// `host`, `registrable`, `folded`, `account` or `network`: [`Derivation::name`].
    pub how: String,
    /// The first few of those that it followed from.
    pub from: Vec<Source>,
    /// How many there are in all.
    pub sources: u64,
}

/// An indicator of the member's own files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Its kind.
    pub kind: String,
    /// Its canonical value.
    pub value: String,
}

impl From<&Origin> for Derived {
    fn from(origin: &Origin) -> Self {
        let source = |indicator: &crate::Indicator| Source {
            kind: indicator.kind().name().to_owned(),
            value: indicator.value().to_owned(),
        };
        Self {
            how: origin.derivation().name().to_owned(),
            from: origin.kept().iter().map(source).collect(),
            sources: origin.sources().into(),
        }
    }
}

impl Derived {
    /// `(host of 3: https://evil.example/x, …)`; harmless to a terminal.
    pub(super) fn remark(&self) -> String {
        let relation = self.relation();
        match (self.sources, self.from.first()) {
            (1, Some(only)) => sanitize(&format!("({relation} {})", shortened(&only.value))),
            (number, Some(first)) => sanitize(&format!("({relation} {number}: {}, …)", shortened(&first.value))),
            (number, None) => sanitize(&format!("({relation} {number})")),
        }
    }

    /// The values that it followed from, separated by blanks.
    pub(super) fn values(&self) -> String {
        self.from.iter().map(|source| source.value.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn relation(&self) -> &'static str {
        match Derivation::ALL.into_iter().find(|derivation| derivation.name() == self.how) {
            Some(Derivation::Host) => "host of",
            Some(Derivation::Registrable) => "registrable domain of",
            Some(Derivation::Folded) => "folded form of",
            Some(Derivation::Account) => "account of",
            Some(Derivation::Network) => "address of",
            None => "derived from",
        }
    }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(how: &str, values: &[&str], sources: u64) -> Derived {
        let source = |value: &&str| Source { kind: "url".to_owned(), value: (*value).to_owned() };
        Derived { how: how.to_owned(), from: values.iter().map(source).collect(), sources }
    }

    #[test]
    fn a_table_says_what_it_followed_from() {
        let long = format!("https://evil.example/{}", "é".repeat(100));
        for (derived, remark) in [
            (derived("host", &["https://evil.example/x"], 1), "(host of https://evil.example/x)".to_owned()),
            (
                derived("registrable", &["https://a.evil.example/", "https://b.evil.example/"], 7),
                "(registrable domain of 7: https://a.evil.example/, …)".to_owned(),
            ),
            (derived("later", &[], 2), "(derived from 2)".to_owned()),
            (derived("host", &["a\u{1b}[2J"], 1), "(host of a\\u{1b}[2J)".to_owned()),
            (derived("host", &[&long], 1), format!("(host of https://evil.example/{}…)", "é".repeat(39))),
        ] {
            assert_eq!(derived.remark(), remark);
        }
    }
}

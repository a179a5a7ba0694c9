//! A draft to begin with, for [`super::draft`] to read once its cards are there.

use super::Custody;

const TEMPLATE: &str = include_str!("template.toml");

/// Recommended: no member and no matcher holds what guesses are tested with.
const CUSTODIANS: &str = r#"custody = "custodian"                         # servers of other parties hold a key for each round; one that stays apart is enough
custodians = [
  { card = "c1.card", url = "https://c1.example:7451" },
  { card = "c2.card", url = "https://c2.example:7451" },
]"#;

const SHARED: &str = r#"custody = "shared"                            # every member holds the round's salt
accept_guessable = true                       # a matcher that works with one member can test guesses against every list: all members accept it"#;

/// The text of a draft with every key, in custody by custodians or in shared custody.
pub fn template(shared: bool) -> String {
    TEMPLATE.replace("{custody}", if shared { SHARED } else { CUSTODIANS })
}

/// What is said to those who draft a charter in shared custody.
pub fn advice(custody: &Custody) -> Option<&'static str> {
    match custody {
        Custody::Shared => Some(
            "Custody is shared: a matcher that works with one member can test guesses against every list. Custodians end that \
             (`mandorla charter template`).",
        ),
        Custody::Custodians(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charter::draft::Draft;
    use crate::identity::{CardCore, OpeningKey, Role, SigningKey};
    use crate::secret::Secret;

    #[test]
    fn a_template_makes_a_charter() {
        let card = |path: &str| {
            let (role, n) = match path {
                "m.card" => (Role::Matcher, 1),
                "a.card" => (Role::Agency, 4),
                "c1.card" => (Role::Custodian, 7),
                "c2.card" => (Role::Custodian, 10),
                "courier.card" => (Role::Courier, 13),
                other => (Role::Company, 16 + 3 * (other.as_bytes()[0] - b'a')),
            };
            let sign = SigningKey::from_seed(Secret::new([n; 32]));
            let open = OpeningKey::from_seed(Secret::new([n + 1; 32]));
            CardCore::new(path, role, sign.public(), open.public(), [n + 2; 32]).map_err(|error| error.to_string())
        };
        for shared in [false, true] {
            let as_it_stands = template(shared);
            // What is commented out says what is assumed.
            let told: String = as_it_stands
                .lines()
                .map(|line| match line.strip_prefix("# ") {
                    Some(key) if key.contains(" = ") && !key.starts_with("The ") => format!("{key}\n"),
                    _ => format!("{line}\n"),
                })
                .collect();
            let terms = |text: &str| Draft::parse(text).unwrap().terms(None, 7, card).unwrap();
            let (mut assumed, told) = (terms(&as_it_stands), terms(&told));
            assert_eq!(assumed.faults().map(|fault| fault.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
            assert_eq!((assumed.custody.custodians().len(), told.carriers.len()), (if shared { 0 } else { 2 }, 1));
            assumed.carriers.clone_from(&told.carriers);
            assert_eq!(assumed, told);
            assert_eq!(advice(&assumed.custody).is_some(), shared);
        }
    }
}

//! Who plays: organisations that do not exist.

use crate::identity::Role;

/// The name of the matcher.
pub(super) const MATCHER: &str = "Clearing House";
/// The names of the custodians.
pub(super) const CUSTODIANS: [&str; 2] = ["Vault One", "Vault Two"];

/// The usual nine. Fewer members are the first of them, so that all roles play from four on.
const NINE: [(&str, Role); 9] = [
    ("Northwind Social", Role::Company),
    ("Harbour Mail", Role::Company),
    ("Coastal Agency", Role::Agency),
    ("Commons Broker", Role::Broker),
    ("Lantern Video", Role::Company),
    ("Pebble Chat", Role::Company),
    ("Inland Agency", Role::Agency),
    ("Quill Hosting", Role::Company),
    ("Tern Forums", Role::Company),
];
const PLACES: [&str; 11] =
    ["Alder", "Birch", "Cedar", "Dune", "Estuary", "Fjord", "Glacier", "Heath", "Island", "Juniper", "Kelp"];
const TRADES: [(&str, Role); 6] = [
    ("Social", Role::Company),
    ("Mail", Role::Company),
    ("Video", Role::Company),
    ("Hosting", Role::Company),
    ("Agency", Role::Agency),
    ("Payments", Role::Company),
];

/// The first `members` of them, companies before agencies before brokers.
pub(super) fn cast(members: usize) -> Vec<(String, Role)> {
    let usual = NINE.iter().map(|(name, role)| ((*name).to_owned(), *role));
    // Eleven and six have no common factor: 66 pairs before one comes again.
    let more = (0..).map(|n| {
        let (trade, role) = TRADES[n % TRADES.len()];
        (format!("{} {trade}", PLACES[n % PLACES.len()]), role)
    });
    let mut cast: Vec<(String, Role)> = usual.chain(more).take(members).collect();
    cast.sort_by_key(|(_, role)| *role);
    cast
}

/// The name in paths.
pub(super) fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_plays_twice() {
        for members in 2..=64 {
            let mut cast = cast(members);
            assert_eq!(cast.len(), members);
            assert!(cast[1].1 == Role::Company, "two companies at least");
            cast.sort_by(|a, b| a.0.cmp(&b.0));
            cast.dedup_by(|a, b| a.0 == b.0);
            assert_eq!(cast.len(), members);
        }
    }
}

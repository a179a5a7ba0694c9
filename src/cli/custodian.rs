//! `mandorla custodian`: what the operator of a custodian looks at.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Subcommand;

use super::{Config, block_on, now, print};
use crate::charter::words::thousands;
use crate::charter::{CharterHash, Proposal, Terms};
use crate::client::is_called;
use crate::custodian::DATABASE;
use crate::home::Home;
use crate::identity::Role;
use crate::store::custodian::{KeyStanding, Standings};

#[derive(Subcommand)]
pub(super) enum Action {
    /// Show the rounds' keys, and what each member was charged for; also while the custodian serves
    Meter {
        /// The exchange, or the beginning of its charter's hash [default: all]
        #[arg(value_name = "EXCHANGE")]
        name: Option<String>,
    },
}

impl Action {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Meter { name } => meter(&config.home()?, name.as_deref()),
        }
    }
}

fn meter(home: &Home, name: Option<&str>) -> Result<()> {
    let core = home.card().core();
    ensure!(core.role() == Role::Custodian, "{} is a {}: only custodians have a meter", core.name(), core.role());
    let path = home.path().join(DATABASE);
    ensure!(path.exists(), "this custodian has not served yet: start it with `mandorla serve-custodian`");
    let standings = block_on(async { Standings::read(&path).await.context("cannot read what the custodian keeps") })?;
    print::out(&render(&standings, name, now())?)
}

/// Exchange by exchange, key by key.
fn render(standings: &Standings, name: Option<&str>, now: u64) -> Result<String> {
    let wanted = |hash, terms: &Terms| name.is_none_or(|name| is_called(hash, &terms.name, name));
    let mut keys: BTreeMap<CharterHash, Vec<&KeyStanding>> = BTreeMap::new();
    for standing in &standings.keys {
        keys.entry(standing.key.request.charter).or_default().push(standing);
    }
    let mut sections: Vec<(&Proposal, Vec<&KeyStanding>)> = Vec::new();
    for (hash, keys) in keys {
        let proposal = standings.charters.get(&hash).context("the custodian keeps a key without its charter")?;
        if wanted(hash, proposal.charter().terms()) {
            sections.push((proposal, keys));
        }
    }
    match (sections.is_empty(), name) {
        (true, Some(name)) => bail!("this custodian has made no key for an exchange {name}"),
        (true, None) => return Ok("This custodian has made no key yet.\n".to_owned()),
        (false, _) => {}
    }
    // By name, an exchange's versions in the order in which they were drafted.
    sections.sort_by_key(|(proposal, _)| (&proposal.charter().terms().name, proposal.charter().terms().created));
    let exchanges = sections.into_iter().map(|(proposal, keys)| exchange(proposal, keys, now));
    Ok(exchanges.collect::<Vec<_>>().join("\n"))
}

fn exchange(proposal: &Proposal, mut keys: Vec<&KeyStanding>, now: u64) -> String {
    keys.sort_by_key(|standing| (standing.key.request.number, standing.key.id));
    let (terms, hash) = (proposal.charter().terms(), proposal.charter().hash());
    let rounds: String = keys.iter().map(|standing| round(terms, standing, now)).collect();
    format!("{} (charter {})\n{rounds}", terms.name, hash.short())
}

fn round(terms: &Terms, standing: &KeyStanding, now: u64) -> String {
    let key = &standing.key;
    let when = |then| format!("{} ({})", print::time(then), print::from_now(now, then));
    let state = match (&key.destruction, key.round) {
        (Some(gone), Some(_)) => format!("key destroyed {}", when(gone.destroyed)),
        (Some(gone), None) => format!("key destroyed {}; no order was shown for it", when(gone.destroyed)),
        (None, _) if key.close <= now => format!("key held, and due to be destroyed since {}", when(key.close)),
        (None, Some(_)) => format!("key held until {}", when(key.close)),
        (None, None) => format!("key held until {}; its order was not shown yet", when(key.close)),
    };
    let title = format!("\nround {}: {state}\n", key.request.number);
    if key.round.is_none() { title } else { title + &members(terms, &standing.spent) }
}

fn members(terms: &Terms, spent: &BTreeMap<usize, u64>) -> String {
    let budget = terms.evaluations();
    let rows = terms.members.iter().enumerate().map(|(place, card)| {
        let spent = spent.get(&place).copied().unwrap_or(0);
        [
            format!("{} ({})", card.name(), card.role()),
            format!("{} of {} evaluations", thousands(spent), thousands(budget)),
        ]
    });
    print::columns(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fixture::Fixture;
    use crate::identity::SigningKey;
    use crate::oprf::PrivateKey;
    use crate::round::{Destruction, KeyRequest, RoundHash};
    use crate::secret::Secret;
    use crate::store::custodian::KeptKey;

    const NOW: u64 = 1_795_356_180;
    const HOUR: u64 = 3600;

    fn key(proposal: &Proposal, id: i64, number: u32, shown: bool, destroyed: Option<u64>) -> KeptKey {
        let charter = proposal.charter().hash();
        let public = PrivateKey::random().public();
        let signing = SigningKey::from_seed(Secret::new([1; 32]));
        KeptKey {
            id,
            request: KeyRequest { charter, number, nonce: [7; 32], opened: NOW - 2 * HOUR },
            close: NOW + 22 * HOUR,
            public,
            round: shown.then(|| RoundHash::new([id as u8; 32])),
            destruction: destroyed.map(|when| Destruction::sign(charter, number, public, when, &signing)),
        }
    }

    fn standings(proposal: Proposal) -> Standings {
        let spent = BTreeMap::from([(0, 4112), (2, 10_032)]);
        let standing = |key, spent: &BTreeMap<usize, u64>| KeyStanding { key, spent: spent.clone() };
        let none = BTreeMap::new();
        let keys = vec![
            standing(key(&proposal, 1, 1, true, Some(NOW - 5 * HOUR)), &spent),
            standing(key(&proposal, 2, 2, false, Some(NOW - 2 * HOUR)), &none),
            standing(key(&proposal, 4, 3, false, None), &none),
            standing(key(&proposal, 3, 2, true, None), &BTreeMap::from([(1, 1)])),
        ];
        Standings { charters: BTreeMap::from([(proposal.charter().hash(), proposal)]), keys }
    }

    #[test]
    fn a_table_by_exchange_and_round() {
        let proposal = Fixture::new().proposal(&[0, 1, 2]);
        let hash = proposal.charter().hash();
        let standings = standings(proposal);
        let expected = format!(
            "election-2026 (charter {})\n\
             \n\
             round 1: key destroyed 2026-11-22 09:03 UTC (5 h ago)\n\
             \x20 Northwind Social (company)  4,112 of 10,032 evaluations\n\
             \x20 Harbour Mail (company)      0 of 10,032 evaluations\n\
             \x20 Agency A (agency)           10,032 of 10,032 evaluations\n\
             \n\
             round 2: key destroyed 2026-11-22 12:03 UTC (2 h ago); no order was shown for it\n\
             \n\
             round 2: key held until 2026-11-23 12:03 UTC (in 22 h)\n\
             \x20 Northwind Social (company)  0 of 10,032 evaluations\n\
             \x20 Harbour Mail (company)      1 of 10,032 evaluations\n\
             \x20 Agency A (agency)           0 of 10,032 evaluations\n\
             \n\
             round 3: key held until 2026-11-23 12:03 UTC (in 22 h); its order was not shown yet\n",
            hash.short()
        );
        for name in [None, Some("election-2026"), Some(&hash.to_string()[..12])] {
            assert_eq!(render(&standings, name, NOW).unwrap(), expected, "{name:?}");
        }
        let error = render(&standings, Some("other"), NOW).unwrap_err();
        assert_eq!(error.to_string(), "this custodian has made no key for an exchange other");
    }

    #[test]
    fn a_key_that_waits_for_its_server() {
        let proposal = Fixture::new().proposal(&[0, 1, 2]);
        let text = render(&standings(proposal), None, NOW + 23 * HOUR).unwrap();
        assert!(
            text.contains("round 2: key held, and due to be destroyed since 2026-11-23 12:03 UTC (60 min ago)"),
            "{text}"
        );
    }

    #[test]
    fn a_custodian_without_keys() {
        let nothing = Standings { charters: BTreeMap::new(), keys: Vec::new() };
        assert_eq!(render(&nothing, None, NOW).unwrap(), "This custodian has made no key yet.\n");
    }
}

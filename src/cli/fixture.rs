//! An exchange of three members for tests, with a round.

use tempfile::TempDir;

use super::now;
use crate::charter::draft::Draft;
use crate::charter::{Agreed, Charter, Proposal};
use crate::client::RoundView;
use crate::custody::shared::Salt;
use crate::home::Home;
use crate::identity::Role;
use crate::round::{Order, Phase, Published, SeedSource, SignedOrder};

const DRAFT: &str = r#"
name = "election-2026"
matcher = "3"
members = ["0", "1", "2"]
custody = "shared"
accept_guessable = true
kinds = ["domain", "ipv4"]
max_indicators = 10_000
min_holders = 2
[disclosure]
default = "named"
rules = [ { holder = "role:company", reader = "role:agency", level = "none" } ]
"#;

/// The homes of two companies, an agency and a matcher, in that order; the first is the convener.
pub(super) struct Fixture {
    pub(super) homes: Vec<Home>,
    _dir: TempDir,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let parties = [
            ("Northwind Social", Role::Company),
            ("Harbour Mail", Role::Company),
            ("Agency A", Role::Agency),
            ("Clearing House", Role::Matcher),
        ];
        let home = |(name, role): (&str, Role)| {
            Home::create(&dir.path().join(name), name, role, "desk@n.example".parse().unwrap()).unwrap()
        };
        Self { homes: parties.map(home).into(), _dir: dir }
    }

    pub(super) fn charter(&self) -> Charter {
        let card = |place: &str| Ok(self.homes[place.parse::<usize>().unwrap()].card().core().clone());
        Draft::parse(DRAFT).unwrap().charter(self.homes[0].card().id(), now(), card).unwrap()
    }

    /// The charter, signed by the members at these places.
    pub(super) fn proposal(&self, signers: &[usize]) -> Proposal {
        let charter = self.charter();
        let mut proposal = Proposal::new(charter.clone());
        for place in signers {
            proposal.add(*place, charter.sign(self.homes[*place].signing_key())).unwrap();
        }
        proposal
    }

    pub(super) fn agreed(&self) -> Agreed {
        self.proposal(&[0, 1, 2]).agreed().unwrap()
    }

    /// The first member's view of round 1, opened at `opened`.
    pub(super) fn view(&self, opened: u64, phase: Phase, lists: Vec<Published>) -> RoundView {
        let charter = self.agreed();
        let nonce = [7; 32];
        let order = Order::new(&charter, 1, nonce, opened, SeedSource::Salt(Salt::random().commitment(&nonce)));
        let sealed_salts = vec![vec![0; 80]; 3];
        let round = SignedOrder::sign(order, sealed_salts, self.homes[0].signing_key()).verify(&charter).unwrap();
        RoundView { charter, round, phase, lists, withdrawn: Vec::new(), destroyed: Vec::new(), own: 0 }
    }
}

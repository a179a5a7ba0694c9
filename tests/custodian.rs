//! A custodian over its whole stack, called by clients that may do anything: what it refuses, with its message, and that nothing
//! is charged then; what it charges for, once; and what is left of a key when it is gone.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

#[path = "custodian/batches.rs"]
mod batches;
mod common;
#[path = "custodian/destruction.rs"]
mod destruction;
#[path = "custodian/keys.rs"]
mod keys;
#[path = "custodian/orders.rs"]
mod orders;
#[path = "custodian/restarts.rs"]
mod restarts;

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

use mandorla::charter::{Agreed, Charter, Proposal, Terms};
use mandorla::custody::custodian::{self as custody, BatchId};
use mandorla::identity::Role;
use mandorla::oprf::{Blinding, Evaluated};
use mandorla::round::{KeyRequest, Order, Round, RoundKey, SeedSource, SignedOrder};
use mandorla::secret::{Secret, random_bytes};
use mandorla::store::custodian::Standings;
use mandorla::wire::custodian::{Batch, CustodianCalls, Metered};
use tonic::Status;

use common::World;

/// The members of the charter, and others that are admitted too.
const CAST: [(&str, Role); 7] = [
    ("Northwind Social", Role::Company),
    ("Harbour Mail", Role::Company),
    ("Agency A", Role::Agency),
    ("Courier", Role::Courier),
    ("Harbour's Courier", Role::Courier),
    ("Outsider", Role::Company),
    ("Passer-by", Role::Courier),
];
const MEMBERS: usize = 3;
const CONVENER: usize = 0;
const HARBOUR: usize = 1;
const AGENCY: usize = 2;
const COURIER: usize = 3;
const HARBOURS: usize = 4;
const OUTSIDER: usize = 5;
const PASSER_BY: usize = 6;

/// `max_indicators`, and 16 canaries with each of two others.
const BUDGET: u64 = 100 + 32;

/// Three members under two custodians.
struct Vaults {
    world: World,
    proposal: Proposal,
    charter: Agreed,
}

/// A round whose order the first custodian was shown.
struct Opened {
    order: SignedOrder,
    round: Round,
    keys: Vec<RoundKey>,
}

impl Vaults {
    async fn new() -> Self {
        let world = World::new(&CAST).await.with_custodians(2).await;
        let proposal = signed(&world, terms(&world));
        let charter = proposal.agreed().unwrap();
        Self { world, proposal, charter }
    }

    /// Calls to the first custodian, with the card of one of the cast.
    async fn calls(&self, org: usize) -> CustodianCalls {
        self.calls_to(0, org).await
    }

    async fn calls_to(&self, custodian: usize, org: usize) -> CustodianCalls {
        self.world.custodian_calls(custodian, &self.world.orgs[org].home).await
    }

    fn request(&self, number: u32) -> KeyRequest {
        KeyRequest { charter: self.charter.hash(), number, nonce: random_bytes(), opened: self.world.clock.now() }
    }

    /// The first custodian's key, as the convener asks for it.
    async fn key(&self, request: &KeyRequest) -> Result<RoundKey, Status> {
        self.key_of(0, request).await
    }

    async fn key_of(&self, custodian: usize, request: &KeyRequest) -> Result<RoundKey, Status> {
        let signature = request.sign(self.world.orgs[CONVENER].home.signing_key());
        self.calls_to(custodian, CONVENER).await.open_key(&self.proposal, request, &signature).await
    }

    async fn keys(&self, request: &KeyRequest) -> Vec<RoundKey> {
        vec![self.key_of(0, request).await.unwrap(), self.key_of(1, request).await.unwrap()]
    }

    fn order(&self, request: &KeyRequest, keys: Vec<RoundKey>) -> SignedOrder {
        let source = SeedSource::Keys(keys);
        let order = Order::new(&self.charter, request.number, request.nonce, request.opened, source);
        SignedOrder::sign(order, Vec::new(), self.world.orgs[CONVENER].home.signing_key())
    }

    /// A round of which the first custodian was not shown the order.
    async fn unshown(&self, number: u32) -> Opened {
        let request = self.request(number);
        let keys = self.keys(&request).await;
        let order = self.order(&request, keys.clone());
        let round = order.clone().verify(&self.charter).unwrap();
        Opened { order, round, keys }
    }

    async fn open(&self, number: u32) -> Opened {
        let opened = self.unshown(number).await;
        let budget = self.calls(CONVENER).await.present(&opened.order, None).await.unwrap();
        assert_eq!(budget, Metered { spent: 0, budget: BUDGET });
        opened
    }

    /// Has a batch evaluated for its member, and holds the answer against the key.
    async fn evaluate(&self, org: usize, opened: &Opened, blinding: &Blinding, batch: &Batch) -> Evaluated {
        let evaluated = self.calls(org).await.evaluate(opened.round.hash(), batch).await.unwrap();
        blinding.finalize(&opened.keys[0].key, &evaluated.elements, &evaluated.proof).unwrap();
        evaluated
    }

    /// What the first custodian has charged, by key and member, read from beside it.
    async fn meter(&self) -> BTreeMap<(i64, usize), u64> {
        let standings = Standings::read(&self.world.custodian_home(0).join("custodian.db")).await.unwrap();
        let spent = |standing: mandorla::store::custodian::KeyStanding| {
            let key = standing.key.id;
            standing.spent.into_iter().map(move |(place, spent)| ((key, place), spent))
        };
        standings.keys.into_iter().flat_map(spent).collect()
    }

    /// Asserts that a call is refused, with its message, and that nothing was charged.
    async fn refused<T>(&self, case: &str, call: impl Future<Output = Result<T, Status>>, message: &str) {
        let before = self.meter().await;
        refused(case, call.await, message);
        assert_eq!(self.meter().await, before, "{case}: the meter stays");
    }
}

/// The rules that all tests begin with.
fn terms(world: &World) -> Terms {
    let mut terms = world.terms_of(MEMBERS);
    terms.max_indicators = 100;
    terms.accept_guessable = false;
    terms.carriers = world.carriers(&[(AGENCY, COURIER), (HARBOUR, HARBOURS)]);
    terms
}

/// A charter that all its members have signed.
fn signed(world: &World, terms: Terms) -> Proposal {
    let charter = Charter::new(terms).unwrap();
    let mut proposal = Proposal::new(charter.clone());
    for (place, org) in world.orgs[..charter.terms().members.len()].iter().enumerate() {
        proposal.add(place, charter.sign(org.home.signing_key())).unwrap();
    }
    proposal
}

/// An honest batch of so many elements.
fn batch(count: usize) -> (Blinding, Batch) {
    let inputs: Vec<Vec<u8>> = (0..count).map(|n| format!("host-{n}.example").into_bytes()).collect();
    let blinding = custody::blind(&Secret::random(), inputs.iter().map(Vec::as_slice)).unwrap();
    let batch = of(blinding.elements());
    (blinding, batch)
}

/// Any bytes as a batch.
fn of(elements: &[u8]) -> Batch {
    Batch { id: BatchId::random(), elements: elements.to_vec().into(), carried: None }
}

fn refused<T, E: Display + Debug>(case: &str, result: Result<T, E>, message: &str) {
    let Err(error) = result else { panic!("{case}: not refused") };
    assert!(error.to_string().contains(message), "{case}: `{error}` does not say `{message}`");
}

//! Custodians that are away: no round is half open, and nothing that was paid for is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mandorla::charter::{Agreed, CharterHash, Proposal};
use mandorla::client::{Client, KeyState};
use mandorla::custodian::Custodian;
use mandorla::identity::Signature;
use mandorla::oprf::{Evaluated, PublicKey};
use mandorla::round::{Destruction, KeyRequest, RoundHash, RoundKey, SignedOrder};
use mandorla::store::custodian::Standings;
use mandorla::transport::Pin;
use mandorla::wire::custodian::{Batch, Denial, Evaluating, Metered};
use tokio::sync::Barrier;
use tokio::time::timeout;

use super::common::{HOUR, World, domains};
use super::{CANARIES, agreed, opened, refusal};

/// A client of the first member that reaches the first custodian alone; the other's address leads nowhere.
async fn half(world: &World) -> Client<'_> {
    let home = &world.orgs[0].home;
    let mut client = world.client_without_custodians(home).await;
    let connection = world.custodian_connection(0, home).await;
    client.custodians().over(world.custodians[0].card().core().id(), connection);
    client.custodians().retry_after(Duration::from_millis(5));
    client
}

async fn two_of_which_one_is_away() -> (World, Agreed) {
    let world = World::new(&super::THREE).await.with_custodians(2).await;
    let mut terms = world.terms();
    let mandorla::custody::Custody::Custodians(custodians) = &mut terms.custody else { unreachable!() };
    // Nobody listens there.
    custodians[1].url = "https://127.0.0.1:1".to_owned();
    let charter = world.agree(terms).await;
    (world, charter)
}

async fn keys_of(world: &World, custodian: usize) -> Vec<bool> {
    let standings = Standings::read(&world.custodian_home(custodian).join("custodian.db")).await.unwrap();
    standings.keys.iter().map(|standing| standing.key.destruction.is_none()).collect()
}

#[tokio::test]
async fn no_round_is_half_open() {
    let (world, charter) = two_of_which_one_is_away().await;
    let away = refusal(half(&world).await.open_round(&charter).await);
    assert!(away.contains("custodian Vault 2: no server answers at 127.0.0.1:1"), "{away}");
    assert!(keys_of(&world, 0).await.is_empty(), "nobody was asked for a key");
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 0);
    // It is back, and the round opens.
    world.org(0).await.open_round(&charter).await.unwrap();
    assert_eq!(keys_of(&world, 0).await, [true]);
}

#[tokio::test]
async fn a_key_that_no_round_needs_is_given_back() {
    let world = World::new(&super::THREE).await.with_custodians(2).await;
    let mut terms = world.terms();
    terms.rounds_per_day = 1;
    let charter = world.agree(terms).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    // That a round is open is seen before a key is made.
    let refused = refusal(world.org(0).await.open_round(&charter).await);
    assert!(refused.contains("round 1 is still open"), "{refused}");
    assert_eq!(keys_of(&world, 0).await, [true]);
    // How many there may be in a day the matcher says after the keys were made.
    world.close(&charter).await;
    let refused = refusal(world.org(0).await.open_round(&charter).await);
    assert!(refused.contains("1 round within 24 hours"), "{refused}");
    for custodian in 0..2 {
        assert_eq!(keys_of(&world, custodian).await, [false, false], "the second is destroyed too");
    }
}

#[tokio::test]
async fn a_custodian_that_gives_no_key_is_named_and_the_other_gives_its_back() {
    let world = World::new(&super::THREE).await.with_custodians(2).await;
    let charter = agreed(&world).await;
    let home = &world.orgs[0].home;
    let mut client = world.org(0).await;
    // A custodian of the same card that has never heard of a member: it was set up anew.
    let broken = Arc::new(Failing::new(world.custodians[1].clone(), u32::MAX, true));
    let connection = world.connect_to_custodian(broken, home).await;
    client.custodians().over(world.custodians[1].card().core().id(), connection);
    let refused = refusal(client.open_round(&charter).await);
    assert!(refused.contains("custodian Vault 2: it refused: "), "{refused}");
    assert_eq!(keys_of(&world, 0).await, [false], "destroyed at once");
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 0);
}

#[tokio::test]
async fn who_was_away_at_the_close_destroys_by_its_own_clock() {
    let (world, charter) = two_of_which_one_is_away().await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let view = world.view(0, &charter).await;
    let states = half(&world).await.close_round(&view).await.unwrap();
    let [KeyState::Destroyed(_), KeyState::Unknown(error)] = states.as_slice() else { panic!("{states:?}") };
    assert!(error.to_string().contains("Vault 2"), "{error}");
    assert_eq!(world.view(1, &charter).await.destroyed.len(), 1);
    // Closing again asks who was away; here time does it first.
    world.clock.advance(24 * HOUR);
    let view = world.view(2, &charter).await;
    let states = world.org(2).await.key_states(&view).await;
    assert!(matches!(states.as_slice(), [KeyState::Destroyed(_), KeyState::Destroyed(_)]), "{states:?}");
    assert_eq!(world.view(1, &charter).await.destroyed.len(), 2);
}

#[tokio::test]
async fn closing_again_reaches_who_was_away() {
    let (world, charter) = two_of_which_one_is_away().await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let view = world.view(0, &charter).await;
    half(&world).await.close_round(&view).await.unwrap();
    let view = world.view(0, &charter).await;
    let states = world.org(0).await.close_round(&view).await.unwrap();
    assert!(matches!(states.as_slice(), [KeyState::Destroyed(_), KeyState::Destroyed(_)]), "{states:?}");
}

/// A custodian that answers so many batches, and then no more.
struct Failing {
    inner: Arc<Custodian>,
    left: AtomicU32,
    no_keys: bool,
    says: fn() -> Denial,
    /// It answers none before so many are asked for, of it and whoever shares this.
    together: Option<Arc<Barrier>>,
}

impl Failing {
    fn new(inner: Arc<Custodian>, left: u32, no_keys: bool) -> Self {
        Self { inner, left: AtomicU32::new(left), no_keys, says: || Denial::Busy, together: None }
    }
}

impl Evaluating for Failing {
    async fn open_key(
        &self,
        peer: Pin,
        proposal: Proposal,
        request: KeyRequest,
        signature: Signature,
    ) -> Result<RoundKey, Denial> {
        if self.no_keys {
            return Err(Denial::NotAdmittedYet("Harbour Mail".to_owned()));
        }
        self.inner.open_key(peer, proposal, request, signature).await
    }

    async fn present(&self, peer: Pin, order: SignedOrder, member: Option<usize>) -> Result<Metered, Denial> {
        self.inner.present(peer, order, member).await
    }

    async fn evaluate(&self, peer: Pin, round: RoundHash, batch: Batch) -> Result<Evaluated, Denial> {
        if let Some(together) = &self.together {
            timeout(Duration::from_secs(10), together.wait()).await.map_err(|_| Denial::NotPresented)?;
        }
        let evaluated = self.inner.evaluate(peer, round, batch).await?;
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        // It has spent and evaluated, and its answer is lost.
        left.map(|_| evaluated).map_err(|_| (self.says)())
    }

    async fn destroy(&self, peer: Pin, charter: CharterHash, key: PublicKey) -> Result<Destruction, Denial> {
        self.inner.destroy(peer, charter, key).await
    }

    async fn key(&self, peer: Pin, charter: CharterHash, key: PublicKey) -> Result<Option<Destruction>, Denial> {
        self.inner.key(peer, charter, key).await
    }
}

/// A no that has a remedy costs nothing that the other custodian was paid for.
#[tokio::test]
async fn a_refusal_that_has_a_remedy_loses_nothing() {
    let (world, charter) = opened().await;
    let (home, view) = (&world.orgs[0].home, world.view(0, &charter).await);
    let mut client = world.org(0).await;
    client.custodians().retry_after(Duration::from_millis(5));
    let forgetful = Failing { says: || Denial::NotPresented, ..Failing::new(world.custodians[1].clone(), 0, false) };
    let connection = world.connect_to_custodian(Arc::new(forgetful), home).await;
    client.custodians().over(world.custodians[1].card().core().id(), connection);
    let mut drafting = mandorla::client::Drafting::new(home, &view).unwrap();
    domains(0..10).into_iter().for_each(|indicator| drafting.add(indicator));
    let lock = home.lock().unwrap();
    let refused = refusal(client.evaluate(&view, &mut drafting, &lock, &mandorla::client::Silent).await);
    assert!(refused.contains("was not shown the order of this round yet"), "{refused}");
    assert_eq!(world.spent(0).await[0], 10 + CANARIES);
    drop(lock);
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    for custodian in 0..2 {
        assert_eq!(world.spent(custodian).await[0], 10 + CANARIES, "the same batch again");
    }
}

/// Of four batches one is answered, and the answers of the second custodian are lost: the next try pays for nothing again.
#[tokio::test]
async fn what_was_paid_for_is_not_lost() {
    let world = World::new(&super::THREE).await.with_custodians(2).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let list = domains(0..9000);
    let (home, view) = (&world.orgs[0].home, world.view(0, &charter).await);
    let mut client = world.org(0).await;
    client.custodians().retry_after(Duration::from_millis(5));
    let failing = Arc::new(Failing::new(world.custodians[1].clone(), 1, false));
    client.custodians().over(world.custodians[1].card().core().id(), world.connect_to_custodian(failing, home).await);

    let mut drafting = mandorla::client::Drafting::new(home, &view).unwrap();
    list.iter().for_each(|indicator| drafting.add(indicator.clone()));
    let missing = drafting.missing();
    assert_eq!(missing as u64, 9000 + CANARIES);
    let lock = home.lock().unwrap();
    let broken = refusal(client.evaluate(&view, &mut drafting, &lock, &mandorla::client::Silent).await);
    assert!(broken.contains("custodian Vault 2: it did not finish: this custodian is busy"), "{broken}");
    assert!(drafting.missing() < missing, "the batch that was answered is kept");
    let dir = format!("rounds/{}/seeds", view.round.hash());
    let mut waiting = home.names_in(&dir).unwrap();
    waiting.retain(|name| name.ends_with(".blinded"));
    assert_eq!(waiting.len(), 3, "of four, one of which has the canaries: {waiting:?}");
    let files: Vec<u8> =
        waiting.iter().flat_map(|name| home.read(format!("{dir}/{name}")).unwrap().unwrap().to_vec()).collect();
    assert!(files.len() > 50_000 && !files.windows(8).any(|bytes| bytes == b".example"), "they hold them encrypted");
    drop(lock);

    world.publish(0, &charter, &list).await.unwrap();
    for custodian in 0..2 {
        assert_eq!(world.spent(custodian).await, [9000 + CANARIES, 0, 0]);
    }
}

/// Two batches, one of them the canaries, and two custodians, of which neither answers before all four are under way.
#[tokio::test]
async fn batches_are_in_flight_to_all_custodians_at_once() {
    let (world, charter) = opened().await;
    let (home, view) = (&world.orgs[0].home, world.view(0, &charter).await);
    let together = Arc::new(Barrier::new(4));
    let mut client = world.org(0).await;
    client.custodians().retry_after(Duration::from_millis(5));
    for custodian in &world.custodians {
        let together = Some(together.clone());
        let waiting = Failing { together, ..Failing::new(custodian.clone(), u32::MAX, false) };
        let connection = world.connect_to_custodian(Arc::new(waiting), home).await;
        client.custodians().over(custodian.card().core().id(), connection);
    }
    let mut drafting = mandorla::client::Drafting::new(home, &view).unwrap();
    domains(0..10).into_iter().for_each(|indicator| drafting.add(indicator));
    let lock = home.lock().unwrap();
    client.evaluate(&view, &mut drafting, &lock, &mandorla::client::Silent).await.unwrap();
    assert_eq!(drafting.missing(), 0);
}

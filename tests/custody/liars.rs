//! Custodians that do not keep to the protocol: what each lie is told to be, and that nothing of it is used.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use mandorla::charter::{CharterHash, Proposal};
use mandorla::client::{Drafting, KeyState, Silent};
use mandorla::custodian::Custodian;
use mandorla::identity::{Signature, SigningKey};
use mandorla::oprf::{Elements, Evaluated, PrivateKey, PublicKey};
use mandorla::round::{Destruction, KeyRequest, Order, RoundHash, RoundKey, SeedSource, SignedOrder};
use mandorla::secret::Secret;
use mandorla::transport::Pin;
use mandorla::wire::custodian::{Batch, Denial, Evaluating, Metered};

use super::common::{THREE, World, domains, values};
use super::{agreed, opened, refusal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    /// Evaluates and proves under a key of its own.
    AnotherKey,
    /// Evaluates one element under another key, and proves the rest.
    OneElement,
    Swapped,
    /// The answer to the batch before.
    Replayed,
    Fewer,
    /// The identity in place of an element.
    Identity,
    /// A key for the round that somebody else signed for.
    UnsignedKey,
    /// Its word for the destruction of another round's key.
    OtherDestruction,
}

struct Liar {
    inner: Arc<Custodian>,
    lie: Lie,
    before: Mutex<Option<Evaluated>>,
}

fn own_key() -> PrivateKey {
    PrivateKey::from_bytes(&Secret::new([1; 32])).unwrap()
}

impl Evaluating for Liar {
    async fn open_key(
        &self,
        peer: Pin,
        proposal: Proposal,
        request: KeyRequest,
        signature: Signature,
    ) -> Result<RoundKey, Denial> {
        let key = self.inner.open_key(peer, proposal, request.clone(), signature).await?;
        let stranger = SigningKey::from_seed(Secret::new([9; 32]));
        Ok(if self.lie == Lie::UnsignedKey { RoundKey::sign(&request, key.key, &stranger) } else { key })
    }

    async fn present(&self, peer: Pin, order: SignedOrder, member: Option<usize>) -> Result<Metered, Denial> {
        self.inner.present(peer, order, member).await
    }

    async fn evaluate(&self, peer: Pin, round: RoundHash, batch: Batch) -> Result<Evaluated, Denial> {
        let elements = Elements::try_from(&batch.elements[..])?;
        let mut honest = self.inner.evaluate(peer, round, batch).await?;
        let answer = &mut honest.elements;
        match self.lie {
            Lie::AnotherKey => return Ok(own_key().evaluate(&elements)),
            Lie::OneElement => answer[..32].copy_from_slice(&own_key().evaluate(&elements).elements[..32]),
            Lie::Swapped => {
                let (first, rest) = answer.split_at_mut(32);
                first.swap_with_slice(&mut rest[..32]);
            }
            Lie::Replayed => {
                let now = Evaluated { elements: honest.elements.clone(), proof: honest.proof };
                return Ok(self.before.lock().unwrap().replace(now).unwrap_or(honest));
            }
            Lie::Fewer => answer.truncate(answer.len() - 32),
            Lie::Identity => answer[..32].fill(0),
            Lie::UnsignedKey | Lie::OtherDestruction => {}
        }
        Ok(honest)
    }

    async fn destroy(&self, peer: Pin, charter: CharterHash, key: PublicKey) -> Result<Destruction, Denial> {
        let mut destruction = self.inner.destroy(peer, charter, key).await?;
        if self.lie == Lie::OtherDestruction {
            destruction.destroyed -= 1;
        }
        Ok(destruction)
    }

    async fn key(&self, peer: Pin, charter: CharterHash, key: PublicKey) -> Result<Option<Destruction>, Denial> {
        self.inner.key(peer, charter, key).await
    }
}

async fn liar(world: &World, lie: Lie) -> mandorla::transport::Connection {
    let liar = Liar { inner: world.custodians[1].clone(), lie, before: Mutex::default() };
    world.connect_to_custodian(Arc::new(liar), &world.orgs[0].home).await
}

/// What a list of so many indicators comes to when the second custodian lies.
async fn evaluated_by(lie: Lie, indicators: u32) -> (String, usize, usize) {
    let (world, charter) = opened().await;
    let (home, view) = (&world.orgs[0].home, world.view(0, &charter).await);
    // The canaries are evaluated before it lies: what follows is one batch.
    drop(world.drafted(0, &view, &[]).await.unwrap());
    let mut client = world.org(0).await;
    client.custodians().over(world.custodians[1].card().core().id(), liar(&world, lie).await);
    let mut drafting = Drafting::new(home, &view).unwrap();
    domains(0..indicators).into_iter().for_each(|indicator| drafting.add(indicator));
    let lock = home.lock().unwrap();
    let mut said = client.evaluate(&view, &mut drafting, &lock, &Silent).await;
    if lie == Lie::Replayed && said.is_ok() {
        // The first answer was right; the next is the same again.
        // As many as the first batch had.
        domains(indicators..2 * indicators).into_iter().for_each(|indicator| drafting.add(indicator));
        said = client.evaluate(&view, &mut drafting, &lock, &Silent).await;
    }
    let (missing, said) = (drafting.missing(), refusal(said));
    assert!(drafting.finish().is_err(), "{lie:?}: no list comes of it");
    let seeds = home.names_in(format!("rounds/{}/seeds", view.round.hash())).unwrap();
    (said, missing, seeds.iter().filter(|name| name.ends_with(".seeds")).count())
}

#[tokio::test]
async fn evaluations_that_are_not_proven_are_not_used() {
    let proof = "custodian Vault 2: its answer is not to be trusted: the proof does not hold";
    for (lie, told) in [
        (Lie::AnotherKey, proof),
        (Lie::OneElement, proof),
        (Lie::Swapped, proof),
        (Lie::Fewer, "the answer has 9 elements, and 10 were asked for"),
        (Lie::Identity, "element 0 (from 0) is the identity"),
    ] {
        let (said, missing, kept) = evaluated_by(lie, 10).await;
        assert!(said.contains(told), "{lie:?}: {said}");
        assert_eq!((missing, kept), (10, 1), "{lie:?}: nothing is kept but the canaries");
    }
}

#[tokio::test]
async fn an_answer_that_comes_again_proves_nothing() {
    let (said, _, kept) = evaluated_by(Lie::Replayed, 42).await;
    assert!(said.contains("custodian Vault 2: its answer is not to be trusted: the proof does not hold"), "{said}");
    assert_eq!(kept, 2, "the honest answers stay");
}

#[tokio::test]
async fn a_key_is_its_custodians_or_no_round_opens() {
    let world = World::new(&THREE).await.with_custodians(2).await;
    let charter = agreed(&world).await;
    let mut client = world.org(0).await;
    client.custodians().over(world.custodians[1].card().core().id(), liar(&world, Lie::UnsignedKey).await);
    let said = refusal(client.open_round(&charter).await);
    assert!(said.contains("the key of custodian Vault 2 in the round order is not signed by it"), "{said}");
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 0);
}

#[tokio::test]
async fn a_destruction_is_its_custodians_word_or_none() {
    let (world, charter) = opened().await;
    let mut client = world.org(0).await;
    client.custodians().over(world.custodians[1].card().core().id(), liar(&world, Lie::OtherDestruction).await);
    let view = world.view(0, &charter).await;
    let states = client.close_round(&view).await.unwrap();
    let [KeyState::Destroyed(first), KeyState::Unknown(error)] = states.as_slice() else { panic!("{states:?}") };
    assert!(error.to_string().contains("it did not sign for the destruction"), "{error}");
    assert_eq!(world.view(1, &charter).await.destroyed.len(), 1, "nothing of it is on record");

    // Nor does the matcher take one statement for another custodian's, or for another round.
    let view = world.view(0, &charter).await;
    let mut calls = world.calls(0).await;
    for (place, statement) in [(1, first.clone()), (7, first.clone())] {
        let refused = calls.record_destruction(view.round.hash(), place, &statement).await.unwrap_err();
        assert_eq!(
            refused.message(),
            "the statement of destruction is not signed by that custodian for its key of this round"
        );
    }
    let forged =
        Destruction::sign(charter.hash(), 1, view.round.order().keys()[1].key, 5, world.orgs[0].home.signing_key());
    calls.record_destruction(view.round.hash(), 1, &forged).await.unwrap_err();
    // One that is on record comes again without harm.
    calls.record_destruction(view.round.hash(), 0, first).await.unwrap();
}

/// One of several conveners shows the custodians an order that the matcher never gets: it has the number until that round's
/// close, and no longer.
#[tokio::test]
async fn a_round_behind_the_matchers_back_ends_at_its_close() {
    let world = World::new(&THREE).await.with_custodians(2).await;
    let mut terms = world.terms();
    terms.conveners = BTreeSet::from([0, 1]);
    let charter = world.agree(terms).await;
    let rogue = &world.orgs[1].home;
    let request = KeyRequest { charter: charter.hash(), number: 1, nonce: [7; 32], opened: world.clock.now() };
    let proposal = world.calls(1).await.charter(charter.hash()).await.unwrap().proposal;
    let signature = request.sign(rogue.signing_key());
    let mut keys = Vec::new();
    for custodian in 0..2 {
        let mut calls = world.custodian_calls(custodian, rogue).await;
        keys.push(calls.open_key(&proposal, &request, &signature).await.unwrap());
    }
    let order = Order::new(&charter, 1, request.nonce, request.opened, SeedSource::Keys(keys));
    let order = SignedOrder::sign(order, Vec::new(), rogue.signing_key());
    for custodian in 0..2 {
        world.custodian_calls(custodian, rogue).await.present(&order, None).await.unwrap();
    }

    let said = refusal(world.org(0).await.open_round(&charter).await);
    assert!(said.contains("custodian Vault 1: it refused: an order for round 1 was shown with another key"), "{said}");
    assert!(said.contains("a convener has signed an order behind its back: tell the other members"), "{said}");
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 0);
    world.clock.advance(order.order.close - request.opened);
    world.org(0).await.open_round(&charter).await.unwrap();
    for place in 0..2 {
        world.publish(place, &charter, &domains(0..3)).await.unwrap();
    }
    world.close(&charter).await;
    assert_eq!(values(&world.ask(0, &charter).await.unwrap()).len(), 3);
}

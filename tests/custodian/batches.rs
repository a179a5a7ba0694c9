//! Batches: what is evaluated, what is not, and what is charged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mandorla::custody::custodian::{self as custody, BatchId};
use mandorla::identity::Signature;
use mandorla::oprf::Blinding;
use mandorla::secret::Secret;
use mandorla::wire::custodian::{Batch, Metered};

use super::{AGENCY, BUDGET, CONVENER, COURIER, HARBOUR, HARBOURS, Opened, PASSER_BY, Vaults, batch, of};
use crate::common::HOUR;

/// 2^255 - 18, which is 1 modulo the field's order: no canonical encoding.
const NOT_CANONICAL: [u8; 32] = {
    let mut bytes = [0xFF; 32];
    (bytes[0], bytes[31]) = (0xEE, 0x7F);
    bytes
};

#[tokio::test]
async fn elements_that_are_none_are_refused_and_not_charged() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let honest = batch(3).1.elements.to_vec();
    let with = |place: usize, element: [u8; 32]| {
        let mut elements = honest.clone();
        elements[32 * place..][..32].copy_from_slice(&element);
        elements
    };
    let mut calls = vaults.calls(HARBOUR).await;
    let identity = "is the identity, which no honest side sends";
    let not_canonical = "element 1 (from 0) is not the canonical encoding of a group element";
    for (case, elements, message) in [
        ("nothing", Vec::new(), "the batch is refused: the batch is empty"),
        ("31 bytes", honest[..31].to_vec(), "31 bytes are no batch"),
        ("33 bytes", honest[..33].to_vec(), "33 bytes are no batch"),
        ("the identity", with(0, [0; 32]), identity),
        ("the identity at the end", with(2, [0; 32]), identity),
        ("not canonical", with(1, NOT_CANONICAL), not_canonical),
        ("beyond the field", with(1, [0xFF; 32]), not_canonical),
        ("negative", with(1, std::array::from_fn(|i| u8::from(i == 0))), not_canonical),
        ("4,097 elements", honest[..32].repeat(4097), "the batch is too long: 4097 elements, and 4096 are allowed"),
        ("4,096 elements and a byte", [honest[..32].repeat(4096), vec![0]].concat(), "131073 bytes are no batch"),
    ] {
        let batch = of(&elements);
        vaults.refused(case, calls.evaluate(opened.round.hash(), &batch), message).await;
    }
    let many = of(&honest[..32].repeat(4096));
    let call = calls.evaluate(opened.round.hash(), &many);
    vaults
        .refused("4,096 are a batch", call, "the batch has 4096 elements, and 132 of the 132 evaluations are left")
        .await;
}

#[tokio::test]
async fn the_budget_is_used_up_to_its_last_unit() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let mut calls = vaults.calls(HARBOUR).await;
    let refuse = async |asked: usize, left: u64| {
        let message = format!(
            "the batch has {asked} elements, and {left} of the {BUDGET} evaluations are left that a member may"
        );
        let mut calls = vaults.calls(HARBOUR).await;
        vaults.refused("over budget", calls.evaluate(opened.round.hash(), &batch(asked).1), &message).await;
    };
    refuse(133, 132).await;
    let (blinding, first) = batch(100);
    vaults.evaluate(HARBOUR, &opened, &blinding, &first).await;
    refuse(33, 32).await;
    let (blinding, rest) = batch(32);
    vaults.evaluate(HARBOUR, &opened, &blinding, &rest).await;
    refuse(1, 0).await;
    assert_eq!(calls.present(&opened.order, None).await.unwrap(), Metered { spent: BUDGET, budget: BUDGET });
    // What was charged for is answered still; and nobody pays for another.
    vaults.evaluate(HARBOUR, &opened, &blinding, &rest).await;
    let (blinding, all) = batch(132);
    vaults.evaluate(AGENCY, &opened, &blinding, &all).await;
    assert_eq!(vaults.meter().await.into_values().collect::<Vec<_>>(), [BUDGET, BUDGET]);
    // A round later all have theirs again.
    vaults.open(2).await;
}

#[tokio::test]
async fn the_same_batch_again_is_free_and_equal() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (blinding, own) = batch(5);
    let first = vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
    for _ in 0..3 {
        let again = vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
        assert_eq!((again.elements, again.proof.as_bytes()), (first.elements.clone(), first.proof.as_bytes()));
    }
    assert_eq!(vaults.meter().await.into_values().collect::<Vec<_>>(), [5]);

    let other = Batch { id: own.id, ..batch(5).1 };
    let longer = Batch { id: own.id, ..batch(6).1 };
    let shorter = Batch { elements: own.elements.slice(..32), ..own.clone() };
    let broken = Batch { elements: vec![0; 32].into(), ..own.clone() };
    let mut calls = vaults.calls(HARBOUR).await;
    for other in [other, longer, shorter, broken] {
        let call = calls.evaluate(opened.round.hash(), &other);
        vaults.refused("another batch", call, "another batch came under the same id before").await;
    }
    // Ids are a member's own, and a round's.
    let (blinding, same_id) = batch(2);
    let same_id = Batch { id: own.id, ..same_id };
    vaults.evaluate(AGENCY, &opened, &blinding, &same_id).await;
    let next = vaults.open(2).await;
    vaults.evaluate(HARBOUR, &next, &blinding, &same_id).await;
    assert_eq!(vaults.meter().await.into_values().collect::<Vec<_>>(), [5, 2, 2]);
}

#[tokio::test]
async fn a_batch_is_evaluated_between_the_order_and_the_close() {
    let vaults = Vaults::new().await;
    let opened = vaults.unshown(1).await;
    let mut calls = vaults.calls(HARBOUR).await;
    let early = batch(1).1;
    let evaluation = calls.evaluate(opened.round.hash(), &early);
    vaults.refused("before", evaluation, "this custodian was not shown the order of this round yet").await;
    calls.present(&opened.order, None).await.unwrap();
    let (blinding, own) = batch(1);
    vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;

    vaults.world.clock.advance(24 * HOUR - 1);
    let (blinding, last) = batch(2);
    vaults.evaluate(HARBOUR, &opened, &blinding, &last).await;
    vaults.world.clock.advance(1);
    let gone = "nothing is evaluated under it any more";
    vaults.refused("after", calls.evaluate(opened.round.hash(), &batch(1).1), gone).await;
    vaults.refused("what was answered, too", calls.evaluate(opened.round.hash(), &last), gone).await;
    vaults.refused("present", calls.present(&opened.order, None), gone).await;
}

/// A courier's batch, with the member's signature.
fn carried(vaults: &Vaults, opened: &Opened, signer: usize, member: usize, own: &Batch) -> Batch {
    let key = vaults.world.orgs[signer].home.signing_key();
    let signature = custody::sign(&opened.round.hash(), own.id, &own.elements, key);
    Batch { carried: Some((member, signature)), ..own.clone() }
}

#[tokio::test]
async fn couriers_bring_what_their_member_has_signed() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let other_round = vaults.open(2).await;
    let (blinding, own) = batch(4);
    let unsigned = Batch { carried: Some((AGENCY, Signature::from([0; 64]))), ..own.clone() };
    let good = carried(&vaults, &opened, AGENCY, AGENCY, &own);
    let not_signed = "the batch is not signed by the member that it is said to be of";
    let not_named = "this custodian has no such key of an exchange that names you";
    for (case, org, batch, message) in [
        ("as its own", COURIER, own.clone(), not_named),
        ("without a signature", COURIER, unsigned, not_signed),
        ("with its own signature", COURIER, carried(&vaults, &opened, COURIER, AGENCY, &own), not_signed),
        ("with another member's", COURIER, carried(&vaults, &opened, HARBOUR, AGENCY, &own), not_signed),
        ("of another round", COURIER, carried(&vaults, &other_round, AGENCY, AGENCY, &own), not_signed),
        ("under another id", COURIER, Batch { id: BatchId::random(), ..good.clone() }, not_signed),
        ("with other elements", COURIER, Batch { elements: batch(4).1.elements, ..good.clone() }, not_signed),
        (
            "for another member",
            COURIER,
            carried(&vaults, &opened, HARBOUR, HARBOUR, &own),
            "does not name your card as a carrier for Harbour Mail",
        ),
        ("by another's courier", HARBOURS, good.clone(), "as a carrier for Agency A"),
        ("by another member", CONVENER, good.clone(), "as a carrier for Agency A"),
        ("by a passer-by", PASSER_BY, good.clone(), "was not shown the order of this round yet"),
        ("for nobody", COURIER, carried(&vaults, &opened, AGENCY, 3, &own), "there is no such member"),
        ("by the member, badly signed", AGENCY, carried(&vaults, &opened, HARBOUR, AGENCY, &own), not_signed),
    ] {
        let mut calls = vaults.calls(org).await;
        vaults.refused(case, calls.evaluate(opened.round.hash(), &batch), message).await;
    }
    let first = vaults.evaluate(COURIER, &opened, &blinding, &good).await;
    assert_eq!(
        vaults.meter().await.into_iter().map(|((_, place), spent)| (place, spent)).collect::<Vec<_>>(),
        [(AGENCY, 4)]
    );
    // The member may bring it too, signed or not: it is the same batch.
    for again in [good, own] {
        let evaluated = vaults.evaluate(AGENCY, &opened, &blinding, &again).await;
        assert_eq!(evaluated.elements, first.elements);
    }
    let metered = vaults.calls(COURIER).await.present(&opened.order, Some(AGENCY)).await.unwrap();
    assert_eq!(metered, Metered { spent: 4, budget: BUDGET });
}

/// Two clients of one member, many batches, the last units of the budget.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_race_for_the_last_units_is_won_to_the_unit() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (round, key) = (opened.round.hash(), opened.keys[0].key);
    let answered = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for client in 0..2 {
        let calls = vaults.calls(HARBOUR).await;
        for n in 0..20 {
            let (mut calls, answered) = (calls.clone(), answered.clone());
            tasks.push(tokio::spawn(async move {
                let count = 1 + (7 * n + client) % 13;
                let inputs: Vec<Vec<u8>> = (0..count).map(|i| format!("{client} {n} {i}").into_bytes()).collect();
                let blinding = Blinding::new(&Secret::random(), inputs).unwrap();
                match calls.evaluate(round, &of(blinding.elements())).await {
                    Ok(evaluated) => {
                        blinding.finalize(&key, &evaluated.elements, &evaluated.proof).unwrap();
                        answered.fetch_add(count as u64, Ordering::SeqCst);
                    }
                    Err(status) => assert!(status.message().contains("evaluations are left"), "{status}"),
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    let spent: u64 = vaults.meter().await.into_values().sum();
    assert_eq!(spent, answered.load(Ordering::SeqCst), "what was charged was answered, and the other way round");
    assert!(spent <= BUDGET && BUDGET - spent < 13, "{spent}");
}

/// The same batch over several connections at once is charged once, and all get one answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_batch_in_flight_many_times_is_charged_once() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (blinding, own) = batch(60);
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let (mut calls, own, round) = (vaults.calls(HARBOUR).await, own.clone(), opened.round.hash());
        tasks.push(tokio::spawn(async move { calls.evaluate(round, &own).await.unwrap() }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        blinding.finalize(&opened.keys[0].key, &answer.elements, &answer.proof).unwrap();
        answers.push((answer.elements, *answer.proof.as_bytes()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "one answer");
    assert_eq!(vaults.meter().await.into_values().collect::<Vec<_>>(), [60]);
}

//! Evaluations: checked, charged for on the disk, made, kept, answered; in this order.

use tokio::sync::OwnedRwLockReadGuard;
use tokio::task::spawn_blocking;

use super::Custodian;
use super::turns::Turn;
use crate::charter::{Agreed, Terms};
use crate::custody::custodian;
use crate::oprf::{Elements, Evaluated, PrivateKey};
use crate::round::RoundHash;
use crate::store::custodian::{Asked, KeptBatch, KeptKey, Spending};
use crate::transport::Pin;
use crate::wire::custodian::{Batch, Denial};

pub(super) async fn evaluate(
    custodian: &Custodian,
    peer: Pin,
    round: RoundHash,
    batch: Batch,
) -> Result<Evaluated, Denial> {
    let (charter, key) = shown(custodian, peer, round).await?;
    let member = whose(peer, charter.terms(), &round, &batch)?;
    Custodian::held(&key)?;
    let asked = Asked { key: key.id, member, id: batch.id, digest: custodian::digest(&batch.elements) };
    // What was answered before takes no turn.
    let known = custodian.store.batch(&asked).await?;
    let is_known = known.is_some();
    match known {
        Some(KeptBatch { digest: Some(known), .. }) if known != asked.digest => return Err(Denial::OtherBatch),
        Some(KeptBatch { answer: Some(answer), .. }) => return Ok(answer),
        _ => {}
    }
    // What has no batch's length, or cannot be paid for, is not even looked at.
    let (count, budget) = (Elements::count(&batch.elements)? as u64, charter.terms().evaluations());
    let left = budget.saturating_sub(custodian.store.spent(key.id, member).await?);
    if !is_known && count > left {
        return Err(Denial::OverBudget { asked: count, left, budget });
    }
    let turn = custodian.turns.take(peer).await.ok_or(Denial::Busy)?;
    let (turn, elements) = compute(turn, move || Elements::try_from(&batch.elements[..])).await;
    charge(custodian, charter.terms(), &key, &asked, elements?, turn).await
}

/// The key of a round whose order was shown. To those whom its charter does not name it is one that was not shown.
async fn shown(custodian: &Custodian, peer: Pin, round: RoundHash) -> Result<(Agreed, KeptKey), Denial> {
    custodian.card_of(peer)?;
    let key = custodian.store.key_of_round(round).await?.ok_or(Denial::NotPresented)?;
    let charter = custodian.charter(peer, key.request.charter).await.map_err(|denial| match denial {
        Denial::NoKey => Denial::NotPresented,
        other => other,
    })?;
    Ok((charter, custodian.settle(key).await?))
}

/// The place of the member whose batch it is. One that is carried says so itself, by the member's signature.
fn whose(peer: Pin, terms: &Terms, round: &RoundHash, batch: &Batch) -> Result<usize, Denial> {
    let Some((member, signature)) = &batch.carried else {
        return Custodian::place_for(peer, terms, None);
    };
    let member = Custodian::place_for(peer, terms, Some(*member))?;
    custodian::verify(round, batch.id, &batch.elements, terms.members[member].verifying(), signature)
        .map_err(|_| Denial::Unsigned)?;
    Ok(member)
}

async fn charge(
    custodian: &Custodian,
    terms: &Terms,
    key: &KeptKey,
    asked: &Asked,
    elements: Elements,
    turn: Turn,
) -> Result<Evaluated, Denial> {
    let (count, budget) = (elements.len() as u64, terms.evaluations());
    let evaluating = custodian.evaluating.clone().read_owned().await;
    match custodian.store.spend(asked, count, budget, custodian.clock.now()).await? {
        Spending::Charged { key: secret, spent } => {
            let answer = answer(custodian, asked, secret, elements, (turn, evaluating)).await?;
            let (charter, number, member) = (key.request.charter, key.request.number, asked.member);
            tracing::info!(%charter, number, member, count, spent, "batch evaluated");
            Ok(answer)
        }
        Spending::Answered(answer) => Ok(answer),
        Spending::OtherBatch => Err(Denial::OtherBatch),
        Spending::OverBudget(left) => Err(Denial::OverBudget { asked: count, left, budget }),
        Spending::Overdue => {
            // It would wait for itself.
            drop(evaluating);
            Err(Denial::Destroyed(custodian.destroy_key(key).await?.destroyed))
        }
        Spending::Destroyed(when) => Err(Denial::Destroyed(when)),
    }
}

async fn answer(
    custodian: &Custodian,
    asked: &Asked,
    secret: PrivateKey,
    elements: Elements,
    held: (Turn, OwnedRwLockReadGuard<()>),
) -> Result<Evaluated, Denial> {
    let (held, answer) = compute(held, move || secret.evaluate(&elements)).await;
    let kept = custodian.store.keep_answer(asked, answer).await?;
    drop(held);
    kept.map_err(Denial::Destroyed)
}

/// Computes beside the threads that serve. What it holds meanwhile goes along, for a caller that goes away does not end the
/// computation.
async fn compute<H: Send + 'static, T: Send + 'static>(held: H, work: impl FnOnce() -> T + Send + 'static) -> (H, T) {
    spawn_blocking(move || (held, work())).await.expect("no computation here panics")
}

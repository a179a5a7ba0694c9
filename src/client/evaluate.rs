//! Having indicators evaluated by the custodians: blinded here, in batches that are under way to all custodians at once;
//! proofs are checked before an output is used; seeds are kept in the home as each batch comes back.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::custodians::{Asking, in_flight};
use super::drafting::{Drafting, Source};
use super::seeds::KeptBatch;
use super::{Client, ClientError, Progress, RoundView};
use crate::custody::custodian;
use crate::home::HomeLock;
use crate::round::RoundKey;
use crate::tag::Seed;
use crate::wire::custodian::Batch;

impl Client<'_> {
    /// Gets the seeds that a draft lacks, from the custodians; does nothing in shared custody. After a break it goes on
    /// with the batches that are not answered yet, and what was paid for is not paid again.
    pub async fn evaluate(
        &mut self,
        view: &RoundView,
        drafting: &mut Drafting<'_>,
        _: &HomeLock,
        progress: &dyn Progress,
    ) -> Result<(), ClientError> {
        drafting.refuse_too_many()?;
        let Source::Custodians { seeds, wanted } = &mut drafting.source else { return Ok(()) };
        seeds.reload()?;
        let missing = seeds.missing(wanted.iter().map(|wanted| wanted.canon.as_slice()));
        if missing.is_empty() {
            return Ok(());
        }
        let links = self.custodians.links(view.charter.terms()).await?;
        let meters = self.custodians.present(&links, view.round.signed(), None).await?;
        let batches = seeds.batches(&missing)?;
        // What waits for an answer may be charged already: the custodians count that, here only what is asked anew.
        let fresh: usize = batches.iter().filter(|batch| batch.is_fresh).map(KeptBatch::len).sum();
        let short = meters.iter().find(|meter| meter.budget.saturating_sub(meter.spent) < fresh as u64);
        if let Some(meter) = short {
            batches.iter().filter(|batch| batch.is_fresh).try_for_each(|batch| seeds.forget(batch))?;
            let left = meter.budget.saturating_sub(meter.spent);
            return Err(ClientError::OverBudget { asked: fresh as u64, left, budget: meter.budget });
        }
        progress.begin("evaluating", batches.len() as u64, "batches");
        let asking = Arc::new(Asking { round: view.round.hash(), links });
        let errand = Arc::new(Errand { asking, keys: view.round.order().keys().to_vec() });
        let (mut waiting, mut under_way) = (batches.into_iter(), JoinSet::new());
        let mut failed = None;
        loop {
            while failed.is_none()
                && under_way.len() < in_flight()
                && let Some(batch) = waiting.next()
            {
                let errand = errand.clone();
                under_way.spawn(async move { errand.run(batch).await });
            }
            let Some(joined) = under_way.join_next().await else { break };
            match joined {
                Ok((batch, Ok(found))) => {
                    seeds.finish(&batch, found)?;
                    progress.step(1);
                }
                Ok((batch, Err(error))) => {
                    // What is refused once is refused again, and would stand in the way of other lists.
                    if error.is_refusal() {
                        seeds.forget(&batch)?;
                    }
                    failed.get_or_insert(error);
                }
                Err(_) => drop(failed.get_or_insert(ClientError::Stopped)),
            }
        }
        progress.end();
        failed.map_or(Ok(()), Err)
    }
}

/// What batches are sent out with, and what their answers are held against.
struct Errand {
    asking: Arc<Asking>,
    keys: Vec<RoundKey>,
}

impl Errand {
    /// One batch, from its blinding to its seeds.
    async fn run(self: Arc<Self>, batch: KeptBatch) -> (KeptBatch, Result<Vec<Seed>, ClientError>) {
        let batch = Arc::new(batch);
        let seeds = self.seeds(batch.clone()).await;
        // Whatever computed with it is done.
        let batch = Arc::into_inner(batch).expect("no step of the batch is left");
        (batch, seeds)
    }

    async fn seeds(self: Arc<Self>, batch: Arc<KeptBatch>) -> Result<Vec<Seed>, ClientError> {
        let id = batch.id;
        let blinding = computed(move || batch.blind()).await?.map_err(ClientError::Blinding)?;
        let sent = Batch { id, elements: blinding.elements().to_vec().into(), carried: None };
        let answers = self.asking.answers(sent).await?;
        let errand = self.clone();
        computed(move || {
            let outputs = errand.asking.links.iter().zip(&errand.keys).zip(&answers).map(|((link, key), answer)| {
                let outputs = blinding.finalize(&key.key, &answer.elements, &answer.proof);
                outputs.map_err(|fault| link.fault(fault))
            });
            Ok(custodian::seeds(&errand.asking.round, &outputs.collect::<Result<Vec<_>, ClientError>>()?))
        })
        .await?
    }
}

/// On a thread of its own: it computes for tenths of a second.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ClientError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ClientError::Stopped)
}

//! Having indicators evaluated by the custodians: blinded here, in batches that are under way to all custodians at once;
//! proofs are checked before an output is used; seeds are kept in the home as each batch comes back.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::drafting::{Drafting, Source};
use super::link::{Link, named};
use super::seeds::{KeptBatch, Seeds};
use super::{Client, ClientError, Progress, RoundView};
use crate::charter::Custodian;
use crate::custody::custodian;
use crate::home::HomeLock;
use crate::oprf::{Blinding, Evaluated};
use crate::round::{RoundHash, RoundKey};
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
        let (waiting, fresh) = seeds.waiting(&missing)?;
        // What waits for an answer may be charged already: the custodians count that, here only what is asked anew.
        let unsent: usize = waiting.iter().filter(|batch| !batch.was_sent()).map(KeptBatch::len).sum();
        let asked = (fresh.len() + unsent) as u64;
        for meter in meters {
            let left = meter.budget.saturating_sub(meter.spent);
            if asked > left {
                return Err(ClientError::OverBudget { asked, left, budget: meter.budget });
            }
        }
        let batches = waiting.into_iter().chain(seeds.begin(&fresh)?).collect();
        let asking = Arc::new(Asking { round: view.round.hash(), links });
        let errand = Arc::new(Errand {
            asking,
            keys: view.round.order().keys().to_vec(),
            custodians: view.charter.terms().custody.custodians().to_vec(),
        });
        errand.all(batches, seeds, progress).await
    }
}

/// What batches are sent out with, and what their answers are held against.
struct Errand {
    asking: Arc<Asking>,
    keys: Vec<RoundKey>,
    custodians: Vec<Custodian>,
}

impl Errand {
    /// All batches, some of them at once; seeds are kept as they come. After a failure no more are sent out, and those that
    /// are under way come to their end.
    async fn all(
        self: Arc<Self>,
        batches: Vec<KeptBatch>,
        seeds: &mut Seeds<'_>,
        progress: &dyn Progress,
    ) -> Result<(), ClientError> {
        progress.begin("evaluating", batches.len() as u64, "batches");
        let (mut waiting, mut under_way) = (batches.into_iter(), JoinSet::new());
        let mut failed = None;
        loop {
            while failed.is_none()
                && under_way.len() < in_flight()
                && let Some(batch) = waiting.next()
            {
                seeds.sent(&batch)?;
                under_way.spawn(self.clone().run(batch));
            }
            let Some(joined) = under_way.join_next().await else { break };
            match joined {
                Ok((batch, Ok(found))) => {
                    seeds.finish(&batch, found)?;
                    progress.step(1);
                }
                Ok((batch, Err(error))) => {
                    if error.is_final() {
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
        computed(move || open(&self.asking.round, &self.keys, &self.custodians, &blinding, &answers)).await?
    }
}

/// The seeds of a batch that all custodians have answered: each proof is held against its key before an output is used.
pub(super) fn open(
    round: &RoundHash,
    keys: &[RoundKey],
    custodians: &[Custodian],
    blinding: &Blinding,
    answers: &[Evaluated],
) -> Result<Vec<Seed>, ClientError> {
    let outputs = answers.iter().zip(keys).zip(custodians).map(|((answer, key), custodian)| {
        let outputs = blinding.finalize(&key.key, &answer.elements, &answer.proof);
        outputs.map_err(|fault| named(custodian, fault))
    });
    Ok(custodian::seeds(round, &outputs.collect::<Result<Vec<_>, ClientError>>()?))
}

/// What batches of a round are sent out with.
pub(super) struct Asking {
    pub(super) round: RoundHash,
    pub(super) links: Vec<Link>,
}

impl Asking {
    /// What each custodian says to a batch, in the charter's order; all are asked at once.
    pub(super) async fn answers(self: &Arc<Self>, batch: Batch) -> Result<Vec<Evaluated>, ClientError> {
        let mut asking = JoinSet::new();
        for place in 0..self.links.len() {
            let (asked, batch) = (self.clone(), batch.clone());
            asking.spawn(async move {
                let (link, round, batch) = (&asked.links[place], asked.round, &batch);
                let answer = link.call(|mut calls| async move { calls.evaluate(round, batch).await }).await;
                (place, answer.map_err(|fault| link.fault(fault)))
            });
        }
        let mut answers: Vec<Option<Result<Evaluated, ClientError>>> = self.links.iter().map(|_| None).collect();
        while let Some(joined) = asking.join_next().await {
            let (place, answer) = joined.map_err(|_| ClientError::Stopped)?;
            answers[place] = Some(answer);
        }
        let (mut all, mut failed) = (Vec::new(), Vec::new());
        for answer in answers.into_iter().map(|answer| answer.unwrap_or(Err(ClientError::Stopped))) {
            answer.map_or_else(|error| failed.push(error), |answer| all.push(answer));
        }
        if failed.is_empty() {
            return Ok(all);
        }
        // A batch that one of them may have charged is kept, whatever another says to it.
        let nobodys = all.is_empty() && failed.iter().all(ClientError::is_final);
        let error = failed.swap_remove(0);
        Err(if nobodys { error } else { error.not_final() })
    }
}

/// Batches under way: enough for every core to compute while others travel.
pub(super) fn in_flight() -> usize {
    2 * cores()
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// On a thread of its own: it computes for tenths of a second.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ClientError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ClientError::Stopped)
}

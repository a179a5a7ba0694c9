//! Asking: the own tags go out, shard by shard; what comes back is held against them and the charter, and made a report.

mod canaries;
mod finder;
mod tags;

use tokio::sync::mpsc;

pub(super) use self::finder::Finder;
pub(super) use self::tags::{Asked, Tags};
use super::kept::Kept;
use super::{Client, ClientError, Progress, RoundView};
use crate::matching::disclose::Summary;
use crate::report::Report;
use crate::round::Phase;
use crate::wire::{Answer, AskCall, TagsSender};

/// Shards that may be asked about before their answers are here.
const AHEAD: usize = 8;

impl Client<'_> {
    /// Asks which of the published indicators others hold, as far as the charter lets this home learn it.
    pub async fn overlaps(&mut self, view: &RoundView, progress: &dyn Progress) -> Result<Report, ClientError> {
        if view.phase != Phase::Closed {
            return Err(ClientError::NotAnswering(view.phase));
        }
        let number = view.list_of(view.own).ok_or(ClientError::NoList)?.number;
        let kept = Kept::new(self.home, view.round.hash());
        let mut tags = kept.tags(number)?;
        let indicators = tags.indicators();
        progress.begin("asking", tags.class().shards().into(), "shards");

        let first = tags.next()?.ok_or(ClientError::NoTags(number))?;
        let (queue, asked) = mpsc::channel(AHEAD);
        let mut calls = self.calls.clone();
        let (sender, answers) = self.said(calls.ask(view.round.hash(), first.to_bytes()).await)?;
        let sending = send(tags, first, queue, sender);
        let mut finder = Finder::new(self.home, &view.charter, view.own, &view.lists)?;
        let receiving = self.receive(&mut finder, asked, answers, progress);
        let (sent, received) = tokio::join!(sending, receiving);
        let summary = received?;
        sent?;
        progress.end();
        finder.finish(&summary, view.round.order(), indicators, self.clock.now())
    }

    /// Reads answers in the order of the shards that were asked about.
    async fn receive(
        &self,
        finder: &mut Finder<'_>,
        mut asked: mpsc::Receiver<Asked>,
        mut answers: AskCall,
        progress: &dyn Progress,
    ) -> Result<Summary, ClientError> {
        while let Some(answer) = self.said(answers.next().await)? {
            match answer {
                Answer::Matches { shard, matches, last } => {
                    if finder.is_between() {
                        finder.begin(asked.recv().await);
                    }
                    finder.shard(shard, matches, last)?;
                    progress.step(last.into());
                }
                Answer::Summary(summary) => {
                    finder.end(finder.is_between() && asked.recv().await.is_some())?;
                    return Ok(summary);
                }
            }
        }
        Err(ClientError::Misbehaved("its answer ends too early"))
    }
}

/// Sends one shard after the other; the first has gone already. Each is queued for its answer before it is sent.
async fn send(mut tags: Tags, first: Asked, queue: mpsc::Sender<Asked>, sender: TagsSender) -> Result<(), ClientError> {
    let mut listening = queue.send(first).await.is_ok();
    while listening && let Some(next) = tags.next()? {
        let bytes = next.to_bytes();
        // When the answers end early, they say why.
        listening = queue.send(next).await.is_ok() && sender.send(bytes).await;
    }
    Ok(())
}

//! Asking: the own tags go out, shard by shard; what comes back is held against them and the charter, and made a report.

mod finder;

use std::fs::File;
use std::io::BufReader;

use jiff::Timestamp;
use tokio::sync::mpsc;

use self::finder::{Finder, Found};
use super::kept::Kept;
use super::{Client, ClientError, Progress, RoundView};
use crate::identity::CardCore;
use crate::list::Dummies;
use crate::list::file::{FileFault, TagsFile, TagsShard};
use crate::list::shard::ShardTags;
use crate::matching::disclose;
use crate::report::{self, Report};
use crate::round::Phase;
use crate::wire::{Answer, AskCall, TagsSender};

/// Shards that may be asked about before their answers are here.
const AHEAD: usize = 8;

/// A shard that was asked about, while its answers are still to come.
struct Asked {
    tags: ShardTags,
    kept: TagsShard,
}

impl Client<'_> {
    /// Asks which of the published indicators others hold, as far as the charter lets this home learn it.
    pub async fn overlaps(&mut self, view: &RoundView, progress: &dyn Progress) -> Result<Report, ClientError> {
        if view.phase != Phase::Closed {
            return Err(ClientError::NotAnswering(view.phase));
        }
        let number = view.list_of(view.own).ok_or(ClientError::NoList)?.number;
        let kept = Kept::new(self.home, view.round.hash());
        let file = kept.tags(number)?;
        let published = file.indicators;
        progress.begin("asking", file.class.shards().into());

        let mut source = Source { file, dummies: kept.dummies() };
        let fault = |fault| kept.tags_fault(number, fault);
        let Some(first) = source.next().map_err(fault)? else { return Err(ClientError::NoTags(number)) };
        let (queue, asked) = mpsc::channel(AHEAD);
        let mut calls = self.calls.clone();
        let (sender, answers) = self.said(calls.ask(view.round.hash(), first.tags.to_bytes()).await)?;
        let sending = async { send(source, first, queue, sender).await.map_err(fault) };
        let receiving = self.receive(Finder::new(self, view, number)?, asked, answers, progress);
        let (sent, received) = tokio::join!(sending, receiving);
        let found = received?;
        sent?;
        progress.end();
        Ok(self.report(view, published, found))
    }

    /// Reads answers in the order of the shards that were asked about.
    async fn receive(
        &self,
        mut finder: Finder<'_>,
        mut asked: mpsc::Receiver<Asked>,
        mut answers: AskCall,
        progress: &dyn Progress,
    ) -> Result<Found, ClientError> {
        let mut current: Option<Asked> = None;
        while let Some(answer) = self.said(answers.next().await)? {
            match answer {
                Answer::Matches { shard, matches, last } => {
                    if current.is_none() {
                        current = asked.recv().await;
                    }
                    let of = current.as_ref().filter(|asked| asked.kept.shard == shard);
                    let of = of.ok_or(ClientError::Misbehaved("it answers what was not asked"))?;
                    finder.take(of, matches)?;
                    if last {
                        current = None;
                        progress.step(1);
                    }
                }
                Answer::Summary(summary) => {
                    if current.is_some() || asked.recv().await.is_some() {
                        return Err(ClientError::Misbehaved("it left a part of the question unanswered"));
                    }
                    return finder.finish(&summary);
                }
            }
        }
        Err(ClientError::Misbehaved("its answer ends too early"))
    }

    fn report(&self, view: &RoundView, published: u64, found: Found) -> Report {
        let terms = view.charter.terms();
        let others = terms.members.iter().enumerate().filter(|(place, _)| *place != view.own);
        let member = |(place, card): (usize, &CardCore)| report::Member {
            name: card.name().to_owned(),
            role: card.role().name().to_owned(),
            published: view.list_of(place).is_some(),
        };
        let now = i64::try_from(self.clock.now()).ok().and_then(|now| Timestamp::from_second(now).ok());
        Report {
            schema: report::SCHEMA.to_owned(),
            exchange: terms.name.clone(),
            charter: view.charter.hash().to_string(),
            round: view.round.order().number,
            member: terms.members[view.own].name().to_owned(),
            generated: now.unwrap_or_default().to_string(),
            published,
            members: others.map(member).collect(),
            chance_overlaps_expected: disclose::chance_overlaps(published, found.by_filters),
            overlaps: found.overlaps,
            counts_epsilon: (!found.counts.is_empty()).then(|| terms.epsilon.as_f64()),
            counts: found.counts,
            withheld: found.withheld,
        }
    }
}

/// The shards of the tags file, with their dummies.
struct Source {
    file: TagsFile<BufReader<File>>,
    dummies: Dummies,
}

impl Source {
    fn next(&mut self) -> Result<Option<Asked>, FileFault> {
        let class = self.file.class;
        let shard = self.file.next_shard()?;
        Ok(shard.map(|kept| Asked { tags: self.dummies.fill(class, kept.shard, kept.tags()), kept }))
    }
}

/// Sends one shard after the other; the first has gone already. Each is queued for its answer before it is sent.
async fn send(
    mut source: Source,
    first: Asked,
    queue: mpsc::Sender<Asked>,
    sender: TagsSender,
) -> Result<(), FileFault> {
    let mut listening = queue.send(first).await.is_ok();
    while listening && let Some(next) = source.next()? {
        let bytes = next.tags.to_bytes();
        // When the answers end early, they say why.
        listening = queue.send(next).await.is_ok() && sender.send(bytes).await;
    }
    Ok(())
}

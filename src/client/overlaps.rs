//! Asking: the own tags go out, shard by shard; what comes back is held against them and the charter, and made a report.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::kept::Kept;
use super::{Client, ClientError, Progress, RoundView};
use crate::identity::{CardCore, Contact};
use crate::list::Dummies;
use crate::list::file::{FileFault, TagsFile, TagsShard};
use crate::list::shard::ShardTags;
use crate::matching::{Match, disclose};
use crate::report::{self, Report};
use crate::round::Phase;
use crate::tag::Tag;
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
        let (overlaps, by_filters) = received?;
        sent?;
        progress.end();
        Ok(self.report(view, published, overlaps, by_filters))
    }

    /// Reads answers in the order of the shards that were asked about.
    async fn receive(
        &self,
        mut finder: Finder<'_>,
        mut asked: mpsc::Receiver<Asked>,
        mut answers: AskCall,
        progress: &dyn Progress,
    ) -> Result<(Vec<report::Overlap>, usize), ClientError> {
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
                Answer::Summary { lists_by_filters } => {
                    if current.is_some() || asked.recv().await.is_some() {
                        return Err(ClientError::Misbehaved("it left a part of the question unanswered"));
                    }
                    return Ok((finder.finish(), lists_by_filters as usize));
                }
            }
        }
        Err(ClientError::Misbehaved("its answer ends too early"))
    }

    fn report(&self, view: &RoundView, published: u64, overlaps: Vec<report::Overlap>, by_filters: usize) -> Report {
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
            chance_overlaps_expected: disclose::chance_overlaps(published, by_filters),
            overlaps,
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

/// Turns matches into overlaps, and believes none that the question or the charter rules out.
struct Finder<'h> {
    kept: Kept<'h>,
    /// The list's number.
    number: u32,
    /// Members that may be named to this home, and how to reach them.
    holders: BTreeMap<usize, report::Holder>,
    min_holders: usize,
    /// The tag of the last match: they rise, so that none comes twice.
    last: Option<Tag>,
    overlaps: Vec<report::Overlap>,
}

impl<'h> Finder<'h> {
    fn new(client: &Client<'h>, view: &RoundView, number: u32) -> Result<Self, ClientError> {
        let terms = view.charter.terms();
        let published: Vec<usize> = view.lists.iter().map(|list| list.member).collect();
        let holders = disclose::visible(terms, view.own, &published)
            .into_iter()
            .map(|place| Ok((place, client.holder(&terms.members[place])?)))
            .collect::<Result<_, ClientError>>()?;
        let kept = Kept::new(client.home, view.round.hash());
        let min_holders = terms.min_holders as usize;
        Ok(Self { kept, number, holders, min_holders, last: None, overlaps: Vec::new() })
    }

    fn take(&mut self, asked: &Asked, matches: Vec<Match>) -> Result<(), ClientError> {
        let ours = |tag: &Tag| asked.tags.as_slice().binary_search(tag).is_ok();
        for found in matches {
            if !ours(&found.tag) {
                return Err(ClientError::Misbehaved("it names a tag that was not asked about"));
            }
            let rising = self.last.replace(found.tag) < Some(found.tag);
            if !rising || found.holders.windows(2).any(|pair| pair[0].member == pair[1].member) {
                return Err(ClientError::Misbehaved("it names a tag or a holder twice"));
            }
            if found.holders.is_empty() || 1 + found.holders.len() < self.min_holders {
                return Err(ClientError::Misbehaved("it reveals what too few hold"));
            }
            let holders = found.holders.iter().map(|hit| {
                let holder = self.holders.get(&hit.member);
                let mut holder =
                    holder.ok_or(ClientError::Misbehaved("it names a holder that the charter hides"))?.clone();
                holder.certainty = hit.certainty.into();
                Ok(holder)
            });
            let holders: Vec<report::Holder> = holders.collect::<Result<_, ClientError>>()?;
            // None for a dummy: chance matched it, and it is nobody's indicator.
            let indicators = asked.kept.origins(found.tag);
            for (indicator, origin) in indicators.map_err(|fault| self.kept.tags_fault(self.number, fault))? {
                self.overlaps.push(report::Overlap {
                    kind: indicator.kind().name().to_owned(),
                    value: indicator.value().to_owned(),
                    derived: origin.as_ref().map(report::Derived::from),
                    holders: holders.clone(),
                });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<report::Overlap> {
        self.overlaps.sort_unstable_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
        self.overlaps
    }
}

impl Client<'_> {
    /// A member as reports show it. Its point of contact is the book's, which its owner signed.
    fn holder(&self, core: &CardCore) -> Result<report::Holder, ClientError> {
        let card = self.home.book().find(&core.id())?;
        let contact = card.as_ref().map(|card| card.contact());
        let text = |of: fn(&Contact) -> &str| contact.map(of).unwrap_or_default().to_owned();
        Ok(report::Holder {
            name: core.name().to_owned(),
            role: core.role().name().to_owned(),
            fingerprint: core.id().fingerprint().to_string(),
            contact: report::Contact {
                name: text(|contact| contact.name()),
                email: text(|contact| contact.email()),
                phone: text(|contact| contact.phone()),
                hours: text(|contact| contact.hours()),
            },
            certainty: report::Certain::Probable,
        })
    }
}

//! Questions: a member's own tags come in, shard by shard; what the charter lets it learn goes out.

use super::{Matcher, Standing};
use crate::list::filter::FilterSeeds;
use crate::list::header::SignedHeader;
use crate::list::shard::{Class, Shard, ShardTags};
use crate::matching::{Held, Match, Question, disclose};
use crate::round::{Phase, RoundHash};
use crate::store::{KeptList, Outcome, StoreFault};
use crate::transport::Pin;
use crate::wire::{Incoming, Outgoing, Refusal, TagsPart};

/// Shards of tags that become durable together: 512 KiB.
const BATCH: usize = 16;

pub(super) async fn ask(
    matcher: &Matcher,
    peer: Pin,
    round: RoundHash,
    mut parts: Incoming<TagsPart>,
    answers: Outgoing,
) -> Result<(), Refusal> {
    let standing = matcher.standing(peer, round).await?;
    let answering = standing.phase == Phase::Closed && matcher.clock.now() < standing.round.order().last_answer;
    if !answering {
        return Err(Refusal::NotAnswering(standing.phase));
    }
    let mut asking = Asking::begin(matcher, &standing, round).await?;
    while let Some(part) = parts.next().await? {
        let matches = asking.answer(part).await?;
        answers.matches(asking.next - 1, matches).await?;
    }
    let lists_by_filters = asking.finish().await?;
    tracing::info!(%round, member = standing.place, "overlaps answered");
    answers.summary(lists_by_filters).await
}

/// A question under way.
struct Asking<'m> {
    matcher: &'m Matcher,
    seeds: FilterSeeds,
    own: List,
    others: Vec<Holder>,
    min_holders: usize,
    /// The shard that comes next.
    next: u32,
    /// Tags that are proven but not yet durable.
    shown: Vec<(u32, Vec<u8>)>,
}

#[derive(Clone, Copy)]
struct List {
    id: i64,
    class: Class,
}

impl List {
    fn of(kept: &KeptList) -> Result<Self, Refusal> {
        Ok(Self { id: kept.id, class: SignedHeader::decode(&kept.header)?.header().class })
    }
}

/// A list that the asker may learn of. The shard that was probed last stays: the next question often touches it again.
struct Holder {
    member: usize,
    list: List,
    current: Option<(u32, Held)>,
    by_filters: bool,
}

impl<'m> Asking<'m> {
    async fn begin(matcher: &'m Matcher, standing: &Standing, round: RoundHash) -> Result<Self, Refusal> {
        let terms = standing.charter.terms();
        let lists = matcher.store.lists(round, matcher.clock.now()).await?;
        let own = lists.iter().find(|list| list.published.member == standing.place).ok_or(Refusal::NoList)?;
        let published: Vec<usize> = lists.iter().map(|list| list.published.member).collect();
        let visible = disclose::visible(terms, standing.place, &published);
        let others = lists
            .iter()
            .filter(|list| visible.contains(&list.published.member))
            .map(Holder::of)
            .collect::<Result<_, Refusal>>()?;
        Ok(Self {
            matcher,
            seeds: FilterSeeds::derive(&round),
            own: List::of(own)?,
            others,
            min_holders: terms.min_holders as usize,
            next: 0,
            shown: Vec::with_capacity(BATCH),
        })
    }

    /// Takes the tags of the next shard, holds them against what was published, and probes the lists of others.
    async fn answer(&mut self, part: TagsPart) -> Result<Vec<Match>, Refusal> {
        let (shard, class) = (self.next, self.own.class);
        if shard == class.shards() {
            return Err(Refusal::Request("more shards came than were published"));
        }
        let tags = ShardTags::from_bytes(class, shard, &part.0)?;
        let published = self.matcher.store.shard(self.own.id, shard).await?.ok_or(PURGED)?;
        let published = stored(&self.seeds, &published)?;
        let mut question = Question::check(class, shard, &self.seeds, &published, tags)?;
        self.next += 1;
        self.shown.push((shard, part.0.into()));
        if self.shown.len() == BATCH {
            self.keep().await?;
        }
        for holder in &mut self.others {
            holder.probe(self.matcher, &self.seeds, &mut question).await?;
        }
        Ok(question.answer(self.min_holders))
    }

    /// Makes the shown tags durable: from here on, others' matches with them are exact.
    async fn keep(&mut self) -> Result<(), Refusal> {
        match self.matcher.store.add_tags(self.own.id, &self.shown).await? {
            Outcome::Done => {
                self.shown.clear();
                Ok(())
            }
            Outcome::Overtaken => Err(PURGED),
        }
    }

    /// Only who has asked to the end has asked.
    async fn finish(mut self) -> Result<u32, Refusal> {
        if self.next < self.own.class.shards() {
            return Err(Refusal::TagsMissing { expected: self.own.class.shards(), found: self.next });
        }
        self.keep().await?;
        self.matcher.store.set_asked(self.own.id, self.matcher.clock.now()).await?;
        Ok(self.others.iter().filter(|holder| holder.by_filters).count() as u32)
    }
}

impl Holder {
    fn of(kept: &KeptList) -> Result<Self, Refusal> {
        Ok(Self { member: kept.published.member, list: List::of(kept)?, current: None, by_filters: false })
    }

    async fn probe(&mut self, matcher: &Matcher, seeds: &FilterSeeds, question: &mut Question) -> Result<(), Refusal> {
        for (shard, run) in question.runs(self.list.class) {
            let held = match &mut self.current {
                Some((current, held)) if *current == shard => held,
                current => {
                    let held = load(matcher, seeds, self.list, shard).await?;
                    self.by_filters |= matches!(held, Held::Filters(_));
                    &mut current.insert((shard, held)).1
                }
            };
            question.probe(self.member, held, run);
        }
        Ok(())
    }
}

/// The tags of a shard if its holder has shown them, else its filters.
async fn load(matcher: &Matcher, seeds: &FilterSeeds, list: List, shard: u32) -> Result<Held, Refusal> {
    if let Some(tags) = matcher.store.tags(list.id, list.class, shard).await? {
        return Ok(Held::Tags(tags));
    }
    let bytes = matcher.store.shard(list.id, shard).await?.ok_or(PURGED)?;
    Ok(Held::Filters(Box::new(stored(seeds, &bytes)?)))
}

/// A list that was there a moment ago and is not: the round was purged meanwhile.
const PURGED: Refusal = Refusal::NotAnswering(Phase::Purged);

fn stored(seeds: &FilterSeeds, bytes: &[u8]) -> Result<Shard, StoreFault> {
    Shard::from_bytes(seeds, bytes).map_err(|_| StoreFault::Damaged("shard"))
}

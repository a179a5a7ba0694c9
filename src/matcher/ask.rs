//! Questions: a member's own tags come in, shard by shard; what the charter lets it learn goes out.

mod count;
mod lookup;
pub(super) mod sealed;

use std::collections::BTreeSet;

use self::lookup::{List, Lookup, stored};
use super::{Matcher, Standing};
use crate::charter::Agreed;
use crate::list::filter::FilterSeeds;
use crate::list::shard::ShardTags;
use crate::matching::disclose::{Sight, Summary};
use crate::matching::{Mask, Match, Question};
use crate::round::{Phase, Published, RoundHash};
use crate::store::{KeptList, Outcome};
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
    let standing = matcher.standing(peer, round, None).await?;
    let member = standing.place;
    let mut asking = Asking::begin(matcher, standing).await?;
    while let Some(part) = parts.next().await? {
        let matches = asking.answer(part).await?;
        answers.matches(asking.next - 1, matches).await?;
    }
    let summary = asking.finish().await?;
    tracing::info!(%round, member, "overlaps answered");
    answers.summary(summary).await
}

/// A question under way.
struct Asking<'m> {
    matcher: &'m Matcher,
    charter: Agreed,
    round: RoundHash,
    seeds: FilterSeeds,
    /// The asker's place.
    reader: usize,
    own: List,
    /// The number of the asker's list.
    number: u32,
    /// The lists that are there, by rising place.
    lists: Vec<Published>,
    /// Lists of which single indicators may be told.
    others: Vec<(Mask, Lookup)>,
    /// Lists of which a number may be told, and whose.
    counted: Vec<(usize, List)>,
    sight: Sight,
    /// The shard that comes next.
    next: u32,
    /// Tags that are proven but not yet durable.
    shown: Vec<(u32, Vec<u8>)>,
}

impl<'m> Asking<'m> {
    async fn begin(matcher: &'m Matcher, standing: Standing) -> Result<Self, Refusal> {
        let (charter, reader, now) = (standing.charter, standing.place, matcher.clock.now());
        let answering = standing.phase == Phase::Closed && now < standing.round.order().last_answer;
        if !answering {
            return Err(Refusal::NotAnswering(standing.phase));
        }
        let round = standing.round.hash();
        let lists = matcher.store.lists(round, now).await?;
        // After the lists: one that goes in between is in both, and withholds what it must.
        let vanished = matcher.store.vanished(round, now).await?;
        let own = lists.iter().find(|list| list.published.member == reader).ok_or(Refusal::NoList)?;
        let published: Vec<usize> = lists.iter().map(|list| list.published.member).collect();
        let sight = Sight::new(charter.terms(), reader, &published, &vanished);
        Ok(Self {
            matcher,
            round,
            seeds: FilterSeeds::derive(&round),
            reader,
            number: own.published.number,
            lists: lists.iter().map(|list| list.published).collect(),
            own: List::of(own)?,
            others: others(&sight, &lists)?,
            counted: of_members(&sight.counted, &lists)?,
            sight,
            charter,
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
        let published = self.matcher.store.shard(self.own.id, shard).await?.ok_or(Refusal::ListGone)?;
        let published = stored(&self.seeds, &published)?;
        let mut question = Question::check(class, shard, &self.seeds, &published, tags)?;
        // Durable before a match goes out: nobody learns, breaks off, withdraws, and passes for one that never asked.
        if shard == 0 && self.matcher.store.set_began(self.own.id).await? == Outcome::Overtaken {
            return Err(Refusal::ListGone);
        }
        self.next += 1;
        self.shown.push((shard, part.0.into()));
        if self.shown.len() == BATCH {
            self.keep().await?;
        }
        for (mask, lookup) in &mut self.others {
            for (shard, run) in question.runs(lookup.class()) {
                question.probe(*mask, lookup.held(self.matcher, &self.seeds, shard).await?, run);
            }
        }
        Ok(question.answer(self.charter.terms().min_holders as usize))
    }

    /// Makes the shown tags durable: from here on, others' matches with them are exact.
    async fn keep(&mut self) -> Result<(), Refusal> {
        match self.matcher.store.add_tags(self.own.id, &self.shown).await? {
            Outcome::Done => {
                self.shown.clear();
                Ok(())
            }
            Outcome::Overtaken => Err(Refusal::ListGone),
        }
    }

    /// Only who has asked to the end has asked.
    async fn finish(mut self) -> Result<Summary, Refusal> {
        if self.next < self.own.class.shards() {
            return Err(Refusal::TagsMissing { expected: self.own.class.shards(), found: self.next });
        }
        self.keep().await?;
        let (counts, spent) = count::answer(&self).await?;
        self.matcher.store.set_asked(self.own.id, self.matcher.clock.now()).await?;
        let lists_by_filters = self.others.iter().filter(|(_, lookup)| lookup.by_filters()).count() as u32;
        Ok(Summary { lists_by_filters, counts, spent, withheld: self.sight.withheld })
    }
}

/// The lists of which single indicators may be told, each under its mask.
fn others(sight: &Sight, lists: &[KeptList]) -> Result<Vec<(Mask, Lookup)>, Refusal> {
    let named = of_members(&sight.named, lists)?.into_iter().map(|(member, list)| (Mask::Named(member), list));
    let anonymous = of_members(&sight.anonymous, lists)?.into_iter().map(|(_, list)| (Mask::Anonymous, list));
    Ok(named.chain(anonymous).map(|(mask, list)| (mask, Lookup::new(list))).collect())
}

fn of_members(members: &[usize], lists: &[KeptList]) -> Result<Vec<(usize, List)>, Refusal> {
    let members: BTreeSet<usize> = members.iter().copied().collect();
    let lists = lists.iter().filter(|list| members.contains(&list.published.member));
    lists.map(|list| Ok((list.published.member, List::of(list)?))).collect()
}

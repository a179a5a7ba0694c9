//! The numbers of level `count`: made after the last shard was answered, so that neither the size nor the time of any answer
//! before it depends on them; made once a round and pair, so that nothing is measured by asking again.

use super::Asking;
use super::lookup::{List, Lookup};
use crate::matching;
use crate::matching::disclose::{self, Count};
use crate::matching::noise::Bits;
use crate::secret::Secret;
use crate::store::{KeptCount, Pair};
use crate::wire::Refusal;

/// The counts, and the members of which there is none any more: by rising place.
pub(super) async fn answer(asking: &Asking<'_>) -> Result<(Vec<Count>, Vec<usize>), Refusal> {
    let (mut counts, mut spent) = (Vec::new(), Vec::new());
    for (member, list) in &asking.counted {
        match kept(asking, *member, *list).await? {
            KeptCount::Answer(count) => counts.push(Count { member: *member, count }),
            KeptCount::Spent => spent.push(*member),
            KeptCount::Open | KeptCount::Gone => return Err(Refusal::ListGone),
        }
    }
    Ok((counts, spent))
}

/// What was answered before, or a new count: with its noise it is durable, and paid for, before anybody is told.
async fn kept(asking: &Asking<'_>, member: usize, list: List) -> Result<KeptCount, Refusal> {
    let (store, charter) = (&asking.matcher.store, &asking.charter);
    let pair = Pair { holder: member, reader: asking.reader };
    let standing = store.count(charter, asking.round, pair).await?;
    if standing != KeptCount::Open {
        return Ok(standing);
    }
    let count = tally(asking, list).await?;
    let count = disclose::noisy(charter.terms(), count, &mut Bits::new(&Secret::random()));
    Ok(store.keep_count(charter, asking.round, pair, [asking.own.id, list.id], count).await?)
}

/// How many of the asker's tags, which are durable by now, the list has.
async fn tally(asking: &Asking<'_>, list: List) -> Result<u64, Refusal> {
    let (own, mut lookup) = (asking.own, Lookup::new(list));
    let mut total = 0;
    for shard in 0..own.class.shards() {
        let tags = asking.matcher.store.tags(own.id, own.class, shard).await?.ok_or(Refusal::ListGone)?;
        for (shard, run) in list.class.runs(tags.as_slice()) {
            let held = lookup.held(asking.matcher, &asking.seeds, shard).await?;
            total += matching::count(&tags.as_slice()[run], held);
        }
    }
    Ok(total)
}

//! One list that is looked into, shard by shard.

use crate::list::filter::FilterSeeds;
use crate::list::header::SignedHeader;
use crate::list::shard::{Class, Shard};
use crate::matcher::Matcher;
use crate::matching::Held;
use crate::store::{KeptList, StoreFault};
use crate::wire::Refusal;

/// A list in the database.
#[derive(Clone, Copy)]
pub(super) struct List {
    pub(super) id: i64,
    pub(super) class: Class,
}

impl List {
    pub(super) fn of(kept: &KeptList) -> Result<Self, Refusal> {
        Ok(Self { id: kept.id, class: SignedHeader::decode(&kept.header)?.header().class })
    }
}

/// The shard that was looked into last stays: the next question often touches it again.
pub(super) struct Lookup {
    list: List,
    current: Option<(u32, Held)>,
    by_filters: bool,
}

impl Lookup {
    pub(super) fn new(list: List) -> Self {
        Self { list, current: None, by_filters: false }
    }

    pub(super) fn class(&self) -> Class {
        self.list.class
    }

    /// Whether a shard was known by its filters alone.
    pub(super) fn by_filters(&self) -> bool {
        self.by_filters
    }

    pub(super) async fn held(&mut self, matcher: &Matcher, seeds: &FilterSeeds, shard: u32) -> Result<&Held, Refusal> {
        let held = match self.current.take() {
            Some((current, held)) if current == shard => held,
            _ => load(matcher, seeds, self.list, shard).await?,
        };
        self.by_filters |= matches!(held, Held::Filters(_));
        Ok(&self.current.insert((shard, held)).1)
    }
}

/// The tags of a shard if its holder has shown them, else its filters.
async fn load(matcher: &Matcher, seeds: &FilterSeeds, list: List, shard: u32) -> Result<Held, Refusal> {
    if let Some(tags) = matcher.store.tags(list.id, list.class, shard).await? {
        return Ok(Held::Tags(tags));
    }
    let bytes = matcher.store.shard(list.id, shard).await?.ok_or(Refusal::ListGone)?;
    Ok(Held::Filters(Box::new(stored(seeds, &bytes)?)))
}

pub(super) fn stored(seeds: &FilterSeeds, bytes: &[u8]) -> Result<Shard, StoreFault> {
    Shard::from_bytes(seeds, bytes).map_err(|_| StoreFault::Damaged("shard"))
}

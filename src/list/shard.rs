//! Shards: the size class of a list, the tags of one shard, and the two filters that are published for them.

use std::ops::{Range, RangeInclusive};

use thiserror::Error;

use super::filter::{self, Filter, FilterFault, FilterSeeds};
use crate::tag::Tag;

/// Real tags a shard may have on average; the rest up to [`filter::ENTRIES`] are dummies, and room for chance.
pub const REAL_TAGS: usize = 3584;
/// Bytes of a shard: two filters.
pub const BYTES: usize = 2 * filter::BYTES;

/// The number of shards `S` of a list: at most three significant bits, 1 to 8, 10, 12, 14, 16, 20, … All lists of a
/// class look alike, so the matcher learns a list's size within a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class(u32);

impl Class {
    /// The smallest class: one shard.
    pub const MIN: Self = Self(1);

    /// The largest class: 2^20 shards, 3.7 thousand million indicators.
    pub const MAX: Self = Self(1 << 20);

    /// The class with exactly this many shards, if there is one.
    pub fn new(shards: u32) -> Option<Self> {
        let significant = |shards: u32| u32::BITS - shards.leading_zeros() - shards.trailing_zeros();
        ((1..=Self::MAX.0).contains(&shards) && significant(shards) <= 3).then_some(Self(shards))
    }

    /// The smallest class for a number of indicators; `None` beyond [`Class::MAX`].
    pub fn for_indicators(count: u64) -> Option<Self> {
        let least = count.div_ceil(REAL_TAGS as u64).max(1);
        let shift = (u64::BITS - least.leading_zeros()).saturating_sub(3);
        let rounded = least.div_ceil(1 << shift) << shift;
        u32::try_from(rounded).ok().and_then(Self::new)
    }

    /// The class after this one, for a list with an overfull shard.
    pub fn next(self) -> Option<Self> {
        let shift = (u32::BITS - self.0.leading_zeros()).saturating_sub(3);
        Self::new(self.0 + (1 << shift))
    }

    /// `S`.
    pub const fn shards(self) -> u32 {
        self.0
    }

    /// `floor(tag · S / 2^64)`: the shard that a tag belongs to.
    pub const fn shard_of(self, tag: Tag) -> u32 {
        ((tag.number() as u128 * self.0 as u128) >> 64) as u32
    }

    /// The tags that belong to a shard, as numbers.
    pub fn range_of(self, shard: u32) -> RangeInclusive<u64> {
        let first = |shard: u32| ((u128::from(shard) << 64).div_ceil(u128::from(self.0))) as u64;
        let last = if shard + 1 == self.0 { u64::MAX } else { first(shard + 1) - 1 };
        first(shard)..=last
    }

    /// Splits sorted tags, of whatever class, into runs that belong to one shard of this class each: the shard, and where
    /// in `tags` its run lies.
    pub fn runs(self, tags: &[Tag]) -> impl Iterator<Item = (u32, Range<usize>)> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let shard = self.shard_of(*tags.get(start)?);
            let last = *self.range_of(shard).end();
            let end = start + tags[start..].partition_point(|tag| tag.number() <= last);
            Some((shard, std::mem::replace(&mut start, end)..end))
        })
    }
}

/// What is wrong with the tags that were given as one shard's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TagsFault {
    /// Too few or too many.
    #[error("shard {shard} has {found} tags instead of {}", filter::ENTRIES)]
    Count {
        /// The shard.
        shard: u32,
        /// Tags that came.
        found: usize,
    },
    /// The same tag twice.
    #[error("a tag of shard {shard} is repeated")]
    Repeated {
        /// The shard.
        shard: u32,
    },
    /// Not in rising order.
    #[error("the tags of shard {shard} are not sorted")]
    Unsorted {
        /// The shard.
        shard: u32,
    },
    /// A tag of another shard.
    #[error("a tag does not belong to shard {shard}")]
    Foreign {
        /// The shard.
        shard: u32,
    },
    /// The tags are well-formed, but the published filters were made of others.
    #[error("the tags of shard {shard} are not the ones that were published")]
    NotPublished {
        /// The shard.
        shard: u32,
    },
}

/// The 4,096 tags of one shard, dummies included: distinct, rising, in the shard's range.
pub struct ShardTags(Vec<Tag>);

impl ShardTags {
    /// Bytes of a shard's tags in a message or a database.
    pub const BYTES: usize = filter::ENTRIES * Tag::LEN;

    /// Checks number, order and range.
    pub fn new(class: Class, shard: u32, tags: Vec<Tag>) -> Result<Self, TagsFault> {
        if tags.len() != filter::ENTRIES {
            return Err(TagsFault::Count { shard, found: tags.len() });
        }
        for pair in tags.windows(2) {
            match pair[0].cmp(&pair[1]) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Err(TagsFault::Repeated { shard }),
                std::cmp::Ordering::Greater => return Err(TagsFault::Unsorted { shard }),
            }
        }
        let range = class.range_of(shard);
        if tags.iter().any(|tag| !range.contains(&tag.number())) {
            return Err(TagsFault::Foreign { shard });
        }
        Ok(Self(tags))
    }

    /// Reads concatenated tags.
    pub fn from_bytes(class: Class, shard: u32, bytes: &[u8]) -> Result<Self, TagsFault> {
        let (tags, rest) = bytes.as_chunks::<{ Tag::LEN }>();
        if tags.len() != filter::ENTRIES || !rest.is_empty() {
            return Err(TagsFault::Count { shard, found: bytes.len() / Tag::LEN });
        }
        Self::new(class, shard, tags.iter().copied().map(Tag::new).collect())
    }

    /// The tags, concatenated.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|tag| *tag.as_bytes()).collect()
    }

    /// The tags, rising.
    pub fn as_slice(&self) -> &[Tag] {
        &self.0
    }
}

/// The two filters of one shard: what is published.
pub struct Shard([Filter; 2]);

impl Shard {
    /// The filters over the tags of a shard.
    pub fn build(seeds: &FilterSeeds, tags: &ShardTags) -> Self {
        Self(seeds.both().each_ref().map(|seed| {
            let mut filter = Filter::new(seed);
            tags.as_slice().iter().for_each(|tag| filter.insert(*tag));
            filter
        }))
    }

    /// Checks lengths and fill, then takes the bits of both filters.
    pub fn from_bytes(seeds: &FilterSeeds, bytes: &[u8]) -> Result<Self, FilterFault> {
        if bytes.len() != BYTES {
            return Err(FilterFault::Length { found: bytes.len().saturating_sub(filter::BYTES) });
        }
        let (first, second) = bytes.split_at(filter::BYTES);
        let [one, two] = seeds.both();
        Ok(Self([Filter::from_bits(one, first)?, Filter::from_bits(two, second)?]))
    }

    /// The bits of both filters.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.each_ref().map(Filter::bits).concat()
    }

    /// Whether both filters have the tag: wrong once in 2^30.
    pub fn contains(&self, tag: Tag) -> bool {
        self.0.iter().all(|filter| filter.contains(tag))
    }

    /// Rebuilds the filters from the tags and compares them bit for bit, so that nobody asks about what it did not publish,
    /// and a filter tuned to answer more than its entries is caught.
    pub fn is_of(&self, seeds: &FilterSeeds, tags: &ShardTags) -> bool {
        let rebuilt = Self::build(seeds, tags);
        self.0.iter().zip(&rebuilt.0).all(|(published, rebuilt)| published.bits() == rebuilt.bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_three_significant_bits() {
        let classes: Vec<u32> = (1..=70).filter(|s| Class::new(*s).is_some()).collect();
        assert_eq!(classes, [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64]);
        assert!(Class::new(0).is_none());
        assert!(Class::new(Class::MAX.shards() * 2).is_none());
        for pair in classes.windows(2) {
            assert_eq!(Class::new(pair[0]).unwrap().next(), Class::new(pair[1]));
        }
    }

    #[test]
    fn the_smallest_class_that_fits() {
        for (count, shards) in [(0, 1), (1, 1), (3584, 1), (3585, 2), (28_672, 8), (28_673, 10), (1_000_000, 320)] {
            assert_eq!(Class::for_indicators(count).unwrap().shards(), shards, "{count} indicators");
        }
        assert!(Class::for_indicators(u64::MAX).is_none());
    }

    #[test]
    fn ranges_and_shards_agree() {
        for shards in [1, 2, 3, 5, 7, 10, 320] {
            let class = Class::new(shards).unwrap();
            let mut next = Some(0);
            for shard in 0..shards {
                let range = class.range_of(shard);
                assert_eq!(Some(*range.start()), next, "no gap before shard {shard} of {shards}");
                assert_eq!(class.shard_of(Tag::from(*range.start())), shard);
                assert_eq!(class.shard_of(Tag::from(*range.end())), shard);
                next = range.end().checked_add(1);
            }
            assert_eq!(next, None);
        }
    }

    #[test]
    fn runs_cover_all_tags_in_order() {
        let tags: Vec<Tag> = (0..1000u64).map(|n| Tag::from(n << 54)).collect();
        for shards in [1, 3, 40] {
            let class = Class::new(shards).unwrap();
            let runs: Vec<_> = class.runs(&tags).collect();
            assert_eq!(runs.iter().flat_map(|(_, run)| run.clone()).collect::<Vec<_>>(), (0..1000).collect::<Vec<_>>());
            assert!(runs.iter().all(|(shard, run)| tags[run.clone()].iter().all(|tag| class.shard_of(*tag) == *shard)));
        }
    }

    #[test]
    fn runs_end_where_shards_do() {
        for shards in [1, 3, 5, 320] {
            let class = Class::new(shards).unwrap();
            let edges = (0..shards).flat_map(|shard| [*class.range_of(shard).start(), *class.range_of(shard).end()]);
            let tags: Vec<Tag> = edges.map(Tag::from).collect();
            let expected = (0..shards).map(|shard| (shard, shard as usize * 2..shard as usize * 2 + 2));
            assert!(class.runs(&tags).eq(expected), "{shards} shards");
        }
    }
}

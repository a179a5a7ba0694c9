//! Lists: draft → sealed → verified. A [`Draft`] has a home's indicators with their seeds; sealing turns it into shards
//! and a signed header; the matcher takes nothing but a header and shards that it has verified.

pub mod file;
pub mod filter;
pub mod header;
pub mod origin;
pub mod receipt;
pub mod shard;

use std::ops::RangeInclusive;

use thiserror::Error;

use self::filter::FilterSeeds;
use self::header::{Header, SignedHeader};
use self::origin::Origin;
use self::shard::{Class, Shard, ShardTags};
use crate::canary;
use crate::charter::Terms;
use crate::custody::shared::SeedKey;
use crate::identity::{CardCore, OpeningKey, SigningKey};
use crate::indicator::{Indicator, PROFILE};
use crate::round::{Round, RoundHash};
use crate::secret::{self, Secret};
use crate::tag::{Seed, Tag};

/// One indicator or canary of a draft, with what was derived for this round.
pub struct Entry {
    /// The tag: what the matcher is shown.
    pub tag: Tag,
    /// The seed: what it is derived from.
    pub seed: Seed,
    /// What it is the entry of.
    pub content: Content,
    /// Where it came from, if no file holds it.
    pub origin: Option<Box<Origin>>,
}

/// What stands behind an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// An indicator of the list's owner.
    Indicator(Indicator),
    /// One of the canaries that the owner shares with another member.
    Canary {
        /// The other's place in the charter.
        with: usize,
    },
}

impl From<Indicator> for Content {
    fn from(indicator: Indicator) -> Self {
        Self::Indicator(indicator)
    }
}

impl Entry {
    /// The canaries of the member at the place `own`, whose key is given: some for each other member, whoever learns what.
    pub fn canaries(
        round: &RoundHash,
        key: &OpeningKey,
        members: &[CardCore],
        own: usize,
        seeds: &SeedKey,
    ) -> Vec<Self> {
        let canaries = canary::of_list(round, key, members, own);
        let entries = canaries
            .into_iter()
            .map(|(with, canary)| Self::new(Content::Canary { with }, None, seeds.canary_seed(&canary)));
        entries.collect()
    }

    /// The entry of something with this seed.
    pub fn new(content: Content, origin: Option<Box<Origin>>, seed: Seed) -> Self {
        Self { tag: seed.tag(), seed, content, origin }
    }

    /// The indicator, if it is the entry of one.
    pub fn indicator(&self) -> Option<&Indicator> {
        match &self.content {
            Content::Indicator(indicator) => Some(indicator),
            Content::Canary { .. } => None,
        }
    }

    /// Takes in what is known of another entry with the same indicator: what a file holds is not derived.
    fn merge(&mut self, other: &mut Self) {
        match (&mut self.origin, other.origin.take()) {
            (Some(origin), Some(other)) => origin.merge(*other),
            (origin, None) => *origin = None,
            (None, Some(_)) => {}
        }
    }
}

/// Why indicators make no list.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DraftFault {
    /// More than the charter allows.
    #[error("the list has {found} indicators, the charter allows {max}: choose the ones that matter for this exchange")]
    TooMany {
        /// Distinct indicators in the draft.
        found: u64,
        /// `max_indicators`.
        max: u64,
    },
    /// By ill luck, more than eight sigma of it, one shard has no room.
    #[error(
        "this round's salt crowds more indicators into one shard than it holds: publish a shorter list, or wait for the next round"
    )]
    Overfull,
}

/// The indicators and canaries of a list, sorted by tag, without repetitions.
pub struct Draft {
    class: Class,
    indicators: u64,
    entries: Vec<Entry>,
}

impl Draft {
    /// Sorts, makes one of what is there twice, and finds the class. At most `max_indicators` make a list, and canaries come
    /// on top of them.
    pub fn new(entries: Vec<Entry>, max_indicators: u64) -> Result<Self, DraftFault> {
        let too_many = DraftFault::TooMany { found: entries.len() as u64, max: max_indicators };
        let largest = Class::for_indicators(max_indicators).ok_or(too_many)?;
        Self::within(Class::MIN..=largest, entries, max_indicators)
    }

    /// As [`Draft::new`], as the charter has it: in its largest class whatever the list's length, if all are of one size.
    pub fn under(terms: &Terms, entries: Vec<Entry>) -> Result<Self, DraftFault> {
        let least = if terms.same_size { terms.max_class() } else { Class::MIN };
        Self::within(least..=terms.max_class(), entries, terms.max_indicators)
    }

    fn within(
        classes: RangeInclusive<Class>,
        mut entries: Vec<Entry>,
        max_indicators: u64,
    ) -> Result<Self, DraftFault> {
        entries.sort_unstable_by(|a, b| a.tag.cmp(&b.tag).then_with(|| a.content.cmp(&b.content)));
        entries.dedup_by(|again, kept| {
            let same = again.tag == kept.tag && again.content == kept.content;
            if same {
                kept.merge(again);
            }
            same
        });
        let found = entries.iter().filter_map(Entry::indicator).count() as u64;
        if found > max_indicators {
            return Err(DraftFault::TooMany { found, max: max_indicators });
        }
        let (least, largest) = classes.into_inner();
        let mut class =
            Class::for_indicators(entries.len() as u64).map_or(largest, |class| class.clamp(least, largest));
        while !fits(class, &entries) {
            class = class.next().filter(|class| *class <= largest).ok_or(DraftFault::Overfull)?;
        }
        Ok(Self { class, indicators: found, entries })
    }

    /// Distinct indicators; canaries do not count.
    pub fn len(&self) -> u64 {
        self.indicators
    }

    /// Whether there are none. An empty list can be published: it is all canaries and dummies.
    pub fn is_empty(&self) -> bool {
        self.indicators == 0
    }

    /// The size class, which the matcher learns.
    pub fn class(&self) -> Class {
        self.class
    }

    /// The entries, rising by tag.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of one shard after the other.
    pub fn shards(&self) -> impl Iterator<Item = &[Entry]> {
        let mut rest = self.entries.as_slice();
        (0..self.class.shards()).map(move |shard| {
            let end = rest.partition_point(|entry| self.class.shard_of(entry.tag) <= shard);
            let (run, after) = rest.split_at(end);
            rest = after;
            run
        })
    }

    /// Builds the shards, and signs for them. `number` is greater than that of any list published in this round before;
    /// `each` is called after every shard, for progress.
    pub fn seal(
        &self,
        round: &Round,
        number: u32,
        now: u64,
        key: &SigningKey,
        dummies: &Dummies,
        mut each: impl FnMut(),
    ) -> SealedList {
        let seeds = FilterSeeds::derive(&round.hash());
        let shards: Vec<Vec<u8>> = (0..)
            .zip(self.shards())
            .map(|(shard, entries)| {
                let tags = dummies.fill(self.class, shard, entries.iter().map(|entry| entry.tag));
                let bytes = Shard::build(&seeds, &tags).to_bytes();
                each();
                bytes
            })
            .collect();
        let header = Header {
            round: round.hash(),
            member: *key.public().as_bytes(),
            class: self.class,
            number,
            profile: PROFILE,
            nonce: secret::random_bytes(),
            bits: filter::BITS as u32,
            positions: filter::POSITIONS,
            seeds: *seeds.both(),
            shards_root: header::shards_root(
                shards.iter().zip(0..).map(|(bytes, shard)| header::shard_hash(shard, bytes)),
            ),
            cells: 0,
            cells_root: header::cells_root(),
            created: now,
            expires: round.list_end(now),
        };
        SealedList { header: header.sign(key), shards }
    }
}

/// Whether no shard of this class has more than its room. Distinct indicators that share a tag, which happens once in
/// 2^64 pairs, take one entry.
fn fits(class: Class, entries: &[Entry]) -> bool {
    let mut tags: Vec<Tag> = entries.iter().map(|entry| entry.tag).collect();
    tags.dedup();
    class.runs(&tags).all(|(_, run)| run.len() <= filter::ENTRIES)
}

/// A list as it is published, before it is encrypted to the matcher.
pub struct SealedList {
    /// The signed header.
    pub header: SignedHeader,
    /// The filters, one shard after the other.
    pub shards: Vec<Vec<u8>>,
}

/// The entries that fill shards up to 4,096. They come from a secret of the home, the round, the shard and a counter: a
/// list published again with changes repeats them, for fresh ones would tell real from dummy.
pub struct Dummies(Secret<32>);

impl Dummies {
    /// `secret` is the home's, for this round and purpose alone.
    pub fn new(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// The 4,096 tags of a shard, given its real ones (rising; repetitions count once).
    ///
    /// # Panics
    /// If a real tag belongs elsewhere or there are more than 4,096: a draft has neither.
    pub fn fill(&self, class: Class, shard: u32, real: impl Iterator<Item = Tag>) -> ShardTags {
        let range = class.range_of(shard);
        let width = u128::from(*range.end() - *range.start()) + 1;
        let mut tags: Vec<Tag> = Vec::with_capacity(filter::ENTRIES);
        tags.extend(real);
        tags.dedup();
        let mut counter = 0u64;
        while tags.len() < filter::ENTRIES {
            let missing = filter::ENTRIES - tags.len();
            tags.extend((counter..).take(missing).map(|counter| self.tag(*range.start(), width, shard, counter)));
            counter += missing as u64;
            tags.sort_unstable();
            tags.dedup();
        }
        ShardTags::new(class, shard, tags).expect("filled up to the number, sorted, in range")
    }

    /// Even over the shard's range, as real tags are.
    fn tag(&self, start: u64, width: u128, shard: u32, counter: u64) -> Tag {
        let mut input = [0; 12];
        input[..4].copy_from_slice(&shard.to_le_bytes());
        input[4..].copy_from_slice(&counter.to_le_bytes());
        let hash = blake3::keyed_hash(self.0.expose(), &input);
        let number = u64::from_be_bytes(*hash.as_bytes().first_chunk().expect("32 bytes have 8"));
        Tag::from(start + ((u128::from(number) * width) >> 64) as u64)
    }
}

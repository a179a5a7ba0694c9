//! Lists × tags → overlaps. Pure: no I/O, no clock, no async.
//!
//! An asker's tags arrive sorted, shard by shard. [`Question::check`] holds them against what it published; then every
//! list of which the charter lets it learn single indicators ([`disclose`]) is probed, and [`Question::answer`] applies the
//! threshold. Lists that it may only be told a number of are counted apart ([`count`]), after the last shard was answered.
//! ANDed filters, fill counts and raw filters never leave this module: one of them is a dictionary oracle on a whole list.

pub mod disclose;
pub mod noise;

use std::ops::Range;

use crate::list::filter::FilterSeeds;
use crate::list::shard::{Class, Shard, ShardTags, TagsFault};
use crate::tag::Tag;

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Found in filters: wrong once in 2^30 look-ups. The holder has not asked yet.
    Probable,
    /// The holder showed the same tag itself.
    Exact,
}

/// One shard of a list that is probed.
pub enum Held {
    /// Its published filters; the holder has not streamed this shard yet.
    Filters(Box<Shard>),
    /// The tags that its holder streamed, proven to be the published ones.
    Tags(ShardTags),
}

/// As whose a list is probed: all that is remembered of a hit in it, so that no more can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// As that of the member at this place.
    Named(usize),
    /// As one of those that are only counted. How sure such a hit is would tell whose list it is in.
    Anonymous,
}

/// A holder of one tag, by its place in the charter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The holder's place among the charter's members.
    pub member: usize,
    /// How sure it is.
    pub certainty: Certainty,
}

/// One tag of the asker that others hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The tag.
    pub tag: Tag,
    /// Who holds it, in the charter's order, as far as the reader may know.
    pub holders: Vec<Hit>,
    /// How many others hold it, of which the reader learns no more.
    pub anonymous: u32,
}

/// One shard of tags that were proven to be the asker's own, and what was found for them so far.
pub struct Question {
    tags: ShardTags,
    /// `None` is an anonymous hit.
    hits: Vec<(Tag, Option<Hit>)>,
}

impl Question {
    /// Proof that the asker published exactly these tags: the only way to ask.
    pub fn check(
        class: Class,
        shard: u32,
        seeds: &FilterSeeds,
        published: &Shard,
        tags: ShardTags,
    ) -> Result<Self, TagsFault> {
        debug_assert!(tags.as_slice().iter().all(|tag| class.shard_of(*tag) == shard));
        if published.is_of(seeds, &tags) {
            Ok(Self { tags, hits: Vec::new() })
        } else {
            Err(TagsFault::NotPublished { shard })
        }
    }

    /// The tags.
    pub fn tags(&self) -> &ShardTags {
        &self.tags
    }

    /// The shards of a list of class `class` that this question touches, rising, each with the run of tags to probe it with.
    pub fn runs(&self, class: Class) -> Vec<(u32, Range<usize>)> {
        class.runs(self.tags.as_slice()).collect()
    }

    /// Probes one shard of a list with the run of tags that belongs to it.
    pub fn probe(&mut self, mask: Mask, held: &Held, run: Range<usize>) {
        let certainty = held.certainty();
        let hit = match mask {
            Mask::Named(member) => Some(Hit { member, certainty }),
            Mask::Anonymous => None,
        };
        held.each(&self.tags.as_slice()[run], |tag| self.hits.push((tag, hit)));
    }

    /// The matches, by rising tag. An indicator is revealed when at least `min_holders` organisations that the reader may
    /// see hold it, the reader itself and the anonymous ones included.
    pub fn answer(mut self, min_holders: usize) -> Vec<Match> {
        self.hits.sort_unstable_by_key(|(tag, hit)| (*tag, hit.map_or(usize::MAX, |hit| hit.member)));
        let hits = self.hits.chunk_by(|a, b| a.0 == b.0).filter(|hits| 1 + hits.len() >= min_holders);
        hits.map(|hits| {
            let holders: Vec<Hit> = hits.iter().filter_map(|(_, hit)| *hit).collect();
            Match { tag: hits[0].0, anonymous: (hits.len() - holders.len()) as u32, holders }
        })
        .collect()
    }
}

/// How many of a reader's tags one shard of a list has. The reader's dummies are among them: they are secret and random, so
/// they are nobody else's, and add what chance adds, which is far below the noise.
pub fn count(own: &[Tag], held: &Held) -> u64 {
    let mut found = 0;
    held.each(own, |_| found += 1);
    found
}

impl Held {
    fn certainty(&self) -> Certainty {
        match self {
            Self::Filters(_) => Certainty::Probable,
            Self::Tags(_) => Certainty::Exact,
        }
    }

    /// The tags of a rising run that are in it.
    fn each(&self, run: &[Tag], found: impl FnMut(Tag)) {
        match self {
            Self::Filters(shard) => run.iter().copied().filter(|tag| shard.contains(*tag)).for_each(found),
            Self::Tags(tags) => common(run, tags.as_slice()).for_each(found),
        }
    }
}

/// The tags that two rising sequences have in common.
fn common<'a>(ours: &'a [Tag], mut theirs: &'a [Tag]) -> impl Iterator<Item = Tag> + 'a {
    ours.iter().copied().filter(move |tag| {
        let ahead = theirs.iter().position(|other| other >= tag).unwrap_or(theirs.len());
        theirs = &theirs[ahead..];
        theirs.first() == Some(tag)
    })
}

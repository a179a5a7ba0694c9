//! Lists × tags → overlaps. Pure: no I/O, no clock, no async.
//!
//! An asker's tags arrive sorted, shard by shard. [`Question::check`] holds them against what it published; then every
//! list that the charter lets it see ([`disclose`]) is probed, and [`Question::answer`] applies the threshold. ANDed
//! filters, fill counts and raw filters never leave this module: one of them is a dictionary oracle on a whole list.

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
    /// Who holds it, in the charter's order.
    pub holders: Vec<Hit>,
}

/// One shard of tags that were proven to be the asker's own, and what was found for them so far.
pub struct Question {
    tags: ShardTags,
    hits: Vec<(Tag, Hit)>,
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

    /// Probes one shard of `member`'s list, which the reader may see, with the run of tags that belongs to it.
    pub fn probe(&mut self, member: usize, held: &Held, run: Range<usize>) {
        let run = &self.tags.as_slice()[run];
        match held {
            Held::Filters(shard) => {
                let hit = Hit { member, certainty: Certainty::Probable };
                self.hits.extend(run.iter().filter(|tag| shard.contains(**tag)).map(|tag| (*tag, hit)));
            }
            Held::Tags(tags) => {
                let hit = Hit { member, certainty: Certainty::Exact };
                self.hits.extend(common(run, tags.as_slice()).map(|tag| (tag, hit)));
            }
        }
    }

    /// The matches, by rising tag. An indicator is revealed when at least `min_holders` organisations that the reader may
    /// see hold it, the reader itself included.
    pub fn answer(mut self, min_holders: usize) -> Vec<Match> {
        self.hits.sort_unstable_by_key(|(tag, hit)| (*tag, hit.member));
        self.hits
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|chunk| 1 + chunk.len() >= min_holders)
            .map(|chunk| Match { tag: chunk[0].0, holders: chunk.iter().map(|(_, hit)| *hit).collect() })
            .collect()
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

//! The tags of a list that this home has sealed, as the matcher has them: with their dummies, shard by shard.

use std::io::Read;

use crate::client::ClientError;
use crate::list::file::{FileFault, TagsFile, TagsShard};
use crate::list::origin::Origin;
use crate::list::shard::{Class, ShardTags};
use crate::list::{Content, Dummies};
use crate::round::RoundHash;
use crate::tag::Tag;

/// A tags file, read to be asked about.
pub(in crate::client) struct Tags {
    file: TagsFile<Box<dyn Read + Send>>,
    dummies: Dummies,
    /// As errors name it.
    name: String,
}

impl Tags {
    pub(in crate::client) fn new(file: TagsFile<Box<dyn Read + Send>>, dummies: Dummies, name: String) -> Self {
        Self { file, dummies, name }
    }

    /// The round that the list was sealed for.
    pub(in crate::client) fn round(&self) -> RoundHash {
        self.file.round
    }

    /// The list's number.
    pub(in crate::client) fn number(&self) -> u32 {
        self.file.number
    }

    /// Distinct indicators of the list.
    pub(in crate::client) fn indicators(&self) -> u64 {
        self.file.indicators
    }

    pub(in crate::client) fn class(&self) -> Class {
        self.file.class
    }

    /// The next shard, `None` after the last.
    pub(in crate::client) fn next(&mut self) -> Result<Option<Asked>, ClientError> {
        let class = self.file.class;
        let shard = self.file.next_shard().map_err(|fault| named(&self.name, fault))?;
        Ok(shard.map(|kept| Asked {
            tags: self.dummies.fill(class, kept.shard, kept.tags()),
            kept,
            name: self.name.clone(),
        }))
    }
}

/// A shard that is asked about, while its answers are still to come.
pub(in crate::client) struct Asked {
    tags: ShardTags,
    kept: TagsShard,
    name: String,
}

impl Asked {
    /// Which.
    pub(in crate::client) fn shard(&self) -> u32 {
        self.kept.shard
    }

    /// The tags as the question carries them.
    pub(in crate::client) fn to_bytes(&self) -> Vec<u8> {
        self.tags.to_bytes()
    }

    /// Whether a tag is in it: one of an indicator, of a canary, or a dummy.
    pub(in crate::client) fn has(&self, tag: Tag) -> bool {
        self.tags.as_slice().binary_search(&tag).is_ok()
    }

    /// The indicators and canaries under a tag, none for a dummy, each with its origin if it was derived.
    pub(in crate::client) fn contents(&self, tag: Tag) -> Result<Vec<(Content, Option<Origin>)>, ClientError> {
        self.kept.contents(tag).map_err(|fault| named(&self.name, fault))
    }
}

fn named(file: &str, fault: FileFault) -> ClientError {
    ClientError::File { file: file.to_owned(), fault }
}

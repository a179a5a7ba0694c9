//! The two files of a list: `*.sealed`, encrypted to the matcher, and `*.tags`, which never leaves the home.
//!
//! ```text
//! sealed  "mandorla/1 sealed list\n" || RH 32 || HPKE encapsulated key 32 || chunk 0 || chunk 1 || … || chunk S
//!         chunk 0 is the signed header, chunk i + 1 is shard i
//! tags    "mandorla/1 tags file 3\n" || RH 32 || nonce 32 || chunk 0 || … || chunk S
//!         chunk 0 is number u32 || class u32 || indicators u64, chunk i + 1 holds shard i: entry || entry || …
//!         entry = tag 8 || seed 32 || an indicator: kind u8 || lp(value) || origin, one byte 0 if a file of indicators held it;
//!                 or a canary: 0 u8 || the other member's place u32
//! chunk   length u32 little-endian || ChaCha20-Poly1305 under the file's key, with RH as additional data
//! ```
//!
//! The key of a sealed list is an HPKE export to the matcher's card (`info` = label, RH; exporter context
//! `mandorla/1 stream key`, 32 bytes), the nonces are those of [`crate::stream`]; a raw filter in a courier's hand
//! would be a dictionary oracle for whoever has the salt. The key of a tags file comes from a secret of the home. The
//! origin of a derived indicator ([`super::origin`]) came with the second form of the tags file, canaries with the third; the
//! others are refused.

use std::io::{self, Read, Write};

use thiserror::Error;
use zeroize::Zeroizing;

use super::origin::{self, Origin, WrittenOrigin};
use super::shard::{self, Class};
use super::{Content, Draft, Entry, SealedList};
use crate::identity::{CannotOpen, OpeningKey, SealingKey};
use crate::indicator::{Indicator, Kind, Rejection};
use crate::round::RoundHash;
use crate::secret::Secret;
use crate::stream::{self, BadChunk};
use crate::tag::{Seed, Tag};
use crate::transcript::{Label, Malformed, Reader, Writer};

const SEALED_LIST: Label = Label::new("mandorla/1 sealed list");
pub(crate) const SEALED_MAGIC: &[u8; 23] = b"mandorla/1 sealed list\n";
pub(crate) const TAGS_MAGIC: &[u8; 23] = b"mandorla/1 tags file 3\n";
/// The words that errors use.
const SEALED: &str = "sealed list";
const TAGS: &str = "tags file";
/// In place of an origin: the indicator was not derived.
const OWN: u8 = 0;
/// In place of a kind, of which none has this code: a canary follows.
const CANARY: u8 = 0;

/// Bytes of a signed header at most; it is 332 in this version, encrypted.
pub const MAX_HEADER_CHUNK: usize = 4096;
/// Bytes of an encrypted shard.
pub const SHARD_CHUNK: usize = shard::BYTES + stream::CHUNK_OVERHEAD;
/// A shard of a tags file: 4,096 entries of the longest values, each derived from the longest, take half of it.
const MAX_TAGS_CHUNK: usize = 1 << 27;

/// Why a file of ours cannot be used.
#[derive(Debug, Error)]
pub enum FileFault {
    /// The disk's word.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Something else, cut short, or of another version.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Changed, or encrypted under another key.
    #[error(transparent)]
    CannotOpen(#[from] BadChunk),
    /// A value that is not in canonical form.
    #[error("it holds an indicator that this version would write differently ({0}): publish the list again")]
    Canonical(#[from] Rejection),
}

/// What stands before the chunks of a sealed list, in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preamble {
    /// The round that it was sealed for.
    pub round: RoundHash,
    /// HPKE's encapsulated key.
    pub encapsulated: [u8; 32],
}

impl Preamble {
    /// Bytes of a preamble.
    pub const LEN: usize = SEALED_MAGIC.len() + 64;

    /// The preamble as it stands in the file.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.fixed(SEALED_MAGIC).fixed(self.round.as_bytes()).fixed(&self.encapsulated);
        writer.finish()
    }

    /// Reads [`Preamble::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(SEALED, bytes);
        if reader.fixed()? != *SEALED_MAGIC {
            return Err(reader.fault("it does not begin like one of this version"));
        }
        let preamble = Self { round: RoundHash::new(reader.fixed()?), encapsulated: reader.fixed()? };
        reader.end()?;
        Ok(preamble)
    }

    /// The key to the chunks, for the matcher.
    pub fn open(&self, key: &OpeningKey) -> Result<ListKey, CannotOpen> {
        let key = key.export(SEALED_LIST, &[self.round.as_bytes()], &self.encapsulated)?;
        Ok(ListKey { key, round: self.round })
    }
}

/// Opens the chunks of one sealed list.
pub struct ListKey {
    key: Secret<32>,
    round: RoundHash,
}

impl ListKey {
    /// Chunk 0: the signed header.
    pub fn header(&self, chunk: Vec<u8>) -> Result<Vec<u8>, BadChunk> {
        stream::open_chunk(&self.key, 0, false, self.round.as_bytes(), chunk)
    }

    /// Chunk `shard + 1` of a list of this class.
    pub fn shard(&self, class: Class, shard: u32, chunk: Vec<u8>) -> Result<Vec<u8>, BadChunk> {
        stream::open_chunk(&self.key, u64::from(shard) + 1, shard + 1 == class.shards(), self.round.as_bytes(), chunk)
    }
}

/// Writes a sealed list, encrypted to the matcher.
pub fn write_sealed(mut out: impl Write, list: SealedList, matcher: &SealingKey) -> io::Result<()> {
    let round = list.header.header().round;
    let (encapsulated, key) = matcher.export(SEALED_LIST, &[round.as_bytes()]);
    out.write_all(&Preamble { round, encapsulated }.encode())?;
    let last = list.shards.len() as u64;
    for (index, plain) in (0..).zip([list.header.encode()].into_iter().chain(list.shards)) {
        write_chunk(&mut out, &stream::seal_chunk(&key, index, index == last, round.as_bytes(), plain))?;
    }
    Ok(())
}

/// A sealed list on its way to the matcher: the chunks are not opened, for only the matcher can.
pub struct SealedFile<R> {
    /// The preamble.
    pub preamble: Preamble,
    /// Chunk 0, encrypted.
    pub header: Vec<u8>,
    rest: R,
}

impl<R: Read> SealedFile<R> {
    /// Reads up to the header.
    pub fn open(mut file: R) -> Result<Self, FileFault> {
        let mut preamble = [0; Preamble::LEN];
        fill(&mut file, &mut preamble, SEALED)?;
        let preamble = Preamble::decode(&preamble)?;
        let header = read_chunk(&mut file, MAX_HEADER_CHUNK, SEALED)?.ok_or(ends_early(SEALED))?;
        Ok(Self { preamble, header, rest: file })
    }

    /// The next encrypted shard, `None` at the end.
    pub fn next_shard(&mut self) -> Result<Option<Vec<u8>>, FileFault> {
        read_chunk(&mut self.rest, SHARD_CHUNK, SEALED)
    }
}

/// Writes a tags file: what confirmations, notes and the question after the close need. `key` is the home's, for this file
/// alone.
pub fn write_tags(
    mut out: impl Write,
    draft: &Draft,
    round: RoundHash,
    number: u32,
    nonce: [u8; 32],
    key: &Secret<32>,
) -> io::Result<()> {
    out.write_all(TAGS_MAGIC)?;
    out.write_all(round.as_bytes())?;
    out.write_all(&nonce)?;
    let mut head = Writer::default();
    head.u32(number).u32(draft.class().shards()).u64(draft.len());
    write_chunk(&mut out, &stream::seal_chunk(key, 0, false, round.as_bytes(), head.finish()))?;
    for (index, entries) in (1..).zip(draft.shards()) {
        let mut plain = Writer::default();
        for entry in entries {
            plain.fixed(entry.tag.as_bytes()).fixed(entry.seed.expose());
            write_content(&mut plain, entry);
        }
        let last = index == u64::from(draft.class().shards());
        write_chunk(&mut out, &stream::seal_chunk(key, index, last, round.as_bytes(), plain.finish()))?;
    }
    Ok(())
}

fn write_content(plain: &mut Writer, entry: &Entry) {
    match (&entry.content, &entry.origin) {
        (Content::Canary { with }, _) => drop(plain.u8(CANARY).count(*with)),
        (Content::Indicator(indicator), origin) => {
            plain.u8(indicator.kind().code()).text(indicator.value());
            match origin {
                Some(origin) => origin.write(plain),
                None => drop(plain.u8(OWN)),
            }
        }
    }
}

/// A tags file, read shard by shard.
pub struct TagsFile<R> {
    /// `RH`.
    pub round: RoundHash,
    /// The list's number.
    pub number: u32,
    /// The list's class.
    pub class: Class,
    /// Distinct indicators in it; canaries do not count.
    pub indicators: u64,
    key: Secret<32>,
    next: u32,
    rest: R,
}

impl<R: Read> TagsFile<R> {
    /// Reads what is in the clear.
    pub fn start(mut file: R) -> Result<TagsStart<R>, FileFault> {
        let mut start = [0; TAGS_MAGIC.len() + 64];
        fill(&mut file, &mut start, TAGS)?;
        let mut reader = Reader::new(TAGS, &start);
        if reader.fixed()? != *TAGS_MAGIC {
            return Err(reader.fault("it does not begin like one of this version").into());
        }
        Ok(TagsStart { round: RoundHash::new(reader.fixed()?), nonce: reader.fixed()?, rest: file })
    }

    /// The next shard, `None` after the last.
    pub fn next_shard(&mut self) -> Result<Option<TagsShard>, FileFault> {
        if self.next == self.class.shards() {
            let follows = self.rest.by_ref().take(1).read_to_end(&mut Vec::new())?;
            let trailing = Malformed { format: TAGS, fault: "bytes follow its end" };
            return if follows == 0 { Ok(None) } else { Err(trailing.into()) };
        }
        let chunk = read_chunk(&mut self.rest, MAX_TAGS_CHUNK, TAGS)?.ok_or(ends_early(TAGS))?;
        self.next += 1;
        let (index, last) = (u64::from(self.next), self.next == self.class.shards());
        let plain = Zeroizing::new(stream::open_chunk(&self.key, index, last, self.round.as_bytes(), chunk)?);
        Ok(Some(TagsShard::read(self.next - 1, plain)?))
    }
}

/// A tags file of which only the beginning was read: from it the home knows its key.
pub struct TagsStart<R> {
    /// `RH`.
    pub round: RoundHash,
    /// Makes the key the file's own.
    pub nonce: [u8; 32],
    rest: R,
}

impl<R: Read> TagsStart<R> {
    /// Opens the file; `key` is the home's for this round and nonce.
    pub fn open(self, key: Secret<32>) -> Result<TagsFile<R>, FileFault> {
        let Self { round, mut rest, .. } = self;
        let head = read_chunk(&mut rest, MAX_HEADER_CHUNK, TAGS)?.ok_or(ends_early(TAGS))?;
        let head = stream::open_chunk(&key, 0, false, round.as_bytes(), head)?;
        let mut reader = Reader::new(TAGS, &head);
        let number = reader.u32()?;
        let class = Class::new(reader.u32()?).ok_or_else(|| reader.fault("its size class does not exist"))?;
        let indicators = reader.u64()?;
        reader.end()?;
        Ok(TagsFile { round, number, class, indicators, key, next: 0, rest })
    }
}

/// One shard of a tags file, decrypted: the entries stay bytes until one is asked for.
pub struct TagsShard {
    /// Which.
    pub shard: u32,
    plain: Zeroizing<Vec<u8>>,
    /// Rising by tag; where each entry's seed begins.
    entries: Vec<(Tag, usize)>,
}

impl TagsShard {
    fn read(shard: u32, plain: Zeroizing<Vec<u8>>) -> Result<Self, Malformed> {
        let mut reader = Reader::new(TAGS, &plain);
        let mut entries = Vec::new();
        while !reader.is_empty() {
            let tag = Tag::new(reader.fixed()?);
            entries.push((tag, plain.len() - reader.remaining()));
            WrittenEntry::read(&mut reader)?;
        }
        Ok(Self { shard, plain, entries })
    }

    /// The tags, rising; indicators that share one repeat it.
    pub fn tags(&self) -> impl Iterator<Item = Tag> {
        self.entries.iter().map(|(tag, _)| *tag)
    }

    /// The indicators under a tag: none for a dummy, else one, but for once in 2^64 pairs.
    pub fn indicators(&self, tag: Tag) -> Result<Vec<Indicator>, FileFault> {
        let indicator = |content| match content {
            Content::Indicator(indicator) => Some(indicator),
            Content::Canary { .. } => None,
        };
        Ok(self.contents(tag)?.into_iter().filter_map(|(content, _)| indicator(content)).collect())
    }

    /// As [`TagsShard::indicators`], with the canaries; each with its origin if it was derived.
    pub fn contents(&self, tag: Tag) -> Result<Vec<(Content, Option<Origin>)>, FileFault> {
        let start = self.entries.partition_point(|(other, _)| *other < tag);
        self.entries[start..]
            .iter()
            .take_while(|(other, _)| *other == tag)
            .map(|(_, offset)| WrittenEntry::read(&mut Reader::new(TAGS, &self.plain[*offset..]))?.check())
            .collect()
    }
}

/// What follows the tag.
enum WrittenEntry<'a> {
    Canary { with: u32 },
    Indicator { kind: Kind, value: &'a str, origin: Option<WrittenOrigin<'a>> },
}

impl<'a> WrittenEntry<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        drop(Seed::new(reader.fixed()?)); // confirmations and notes need it, nothing else does
        let code = reader.u8()?;
        if code == CANARY {
            return Ok(Self::Canary { with: reader.u32()? });
        }
        let (kind, value) = origin::read_indicator(code, reader)?;
        let origin = match reader.u8()? {
            OWN => None,
            derivation => Some(Origin::read(derivation, reader)?),
        };
        Ok(Self::Indicator { kind, value, origin })
    }

    fn check(self) -> Result<(Content, Option<Origin>), FileFault> {
        match self {
            Self::Canary { with } => Ok((Content::Canary { with: with as usize }, None)),
            Self::Indicator { kind, value, origin } => {
                let indicator = Indicator::from_canonical(kind, value)?;
                Ok((indicator.into(), origin.map(WrittenOrigin::check).transpose()?))
            }
        }
    }
}

pub(crate) fn write_chunk(out: &mut impl Write, chunk: &[u8]) -> io::Result<()> {
    let length = u32::try_from(chunk.len()).map_err(|_| io::Error::other("a shard's values take more than 4 GiB"))?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(chunk)
}

/// `None` at the end of the file; the length is bounded before memory is taken.
pub(crate) fn read_chunk(file: &mut impl Read, max: usize, format: &'static str) -> Result<Option<Vec<u8>>, FileFault> {
    let mut length = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut length)?;
    if length.is_empty() {
        return Ok(None);
    }
    let length = u32::from_le_bytes(length.try_into().map_err(|_| ends_early(format))?) as usize;
    if length > max {
        return Err(Malformed { format, fault: "a part is longer than the format allows" }.into());
    }
    let mut chunk = vec![0; length];
    fill(file, &mut chunk, format)?;
    Ok(Some(chunk))
}

/// As `read_exact`, but a file that was cut is called that.
pub(crate) fn fill(file: &mut impl Read, bytes: &mut [u8], format: &'static str) -> Result<(), FileFault> {
    file.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ends_early(format).into(),
        _ => error.into(),
    })
}

fn ends_early(format: &'static str) -> Malformed {
    Malformed { format, fault: "it ends too early" }
}

//! A list on its way to the custodians: what a home without a network has them evaluate.
//!
//! ```text
//! file  = "mandorla/1 blinded list\n" || chunk: head || chunk: batch 1 || chunk: batch 2 || …
//! head  = lp(round order, as in its file behind the first line) || member's place u32 || batches u32
//! batch = id 16 || signature 64, see custody::custodian || blinded element 32, 1 to 4,096 of them
//! chunk = length u32 || bytes
//! ```
//!
//! Its carrier sees how many indicators are new since the list was blinded before, and nothing of them: blinded elements are
//! random to whoever lacks the blinds, which stay in the home. The member signs each batch, so that nobody spends its
//! evaluations for it. The order says which custodians to ask.

use std::io::{self, Read, Write};

use super::order::OrderFile;
use super::{CarriedFault, FileKind, MAX_WHOLE};
use crate::charter::MAX_MEMBERS;
use crate::custody::custodian::{self, BatchId, MAX_BATCH};
use crate::identity::{Signature, SigningKey};
use crate::list::file::{fill, read_chunk, write_chunk};
use crate::round::RoundHash;
use crate::transcript::{Malformed, Reader, Writer};

pub(super) const MAGIC: &[u8] = b"mandorla/1 blinded list\n";
const FORMAT: &str = FileKind::Blinded.name();
const ELEMENT: usize = 32;
const MAX_HEAD: usize = MAX_WHOLE as usize + 64;
const MAX_BATCH_CHUNK: usize = 16 + 64 + MAX_BATCH * ELEMENT;

/// One batch of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindedBatch {
    /// By which custodians know it when it comes again.
    pub id: BatchId,
    /// By the member. Custodians check it.
    pub signature: Signature,
    /// Blinded elements, 32 bytes each.
    pub elements: Vec<u8>,
}

impl BlindedBatch {
    /// Signs for a batch, as the member.
    pub fn sign(round: &RoundHash, id: BatchId, elements: &[u8], key: &SigningKey) -> Self {
        Self { id, signature: custodian::sign(round, id, elements, key), elements: elements.to_vec() }
    }
}

/// Begins a file of so many batches.
pub fn write_head(mut out: impl Write, order: &[u8], member: usize, batches: usize) -> io::Result<()> {
    let mut head = Writer::default();
    head.bytes(order.strip_prefix(super::order::MAGIC).unwrap_or(order)).count(member).count(batches);
    out.write_all(MAGIC)?;
    write_chunk(&mut out, &head.finish())
}

/// Writes the next batch.
pub fn write_batch(mut out: impl Write, batch: &BlindedBatch) -> io::Result<()> {
    let mut plain = Writer::default();
    plain.fixed(batch.id.as_bytes()).fixed(batch.signature.as_bytes());
    write_chunk(&mut out, &[plain.finish().as_slice(), &batch.elements].concat())
}

/// A blinded list, read batch by batch.
pub struct BlindedFile<R> {
    /// The order, with its charter. Not verified yet.
    pub order: OrderFile,
    /// Whose list it is: a place in the charter.
    pub member: usize,
    /// Batches in the file.
    pub batches: usize,
    left: usize,
    rest: R,
}

impl<R: Read> BlindedFile<R> {
    /// Reads up to the first batch.
    pub fn open(mut file: R) -> Result<Self, CarriedFault> {
        let head = read_head(&mut file, FileKind::Blinded, MAGIC, MAX_HEAD)?;
        let mut reader = Reader::new(FORMAT, &head);
        let order = OrderFile::decode([super::order::MAGIC, reader.bytes(MAX_WHOLE as usize)?].concat().as_slice())?;
        let (member, batches) = (reader.count(MAX_MEMBERS)?, reader.u32()? as usize);
        reader.end()?;
        Ok(Self { order, member, batches, left: batches, rest: file })
    }

    /// The next batch, `None` after the last.
    pub fn next_batch(&mut self) -> Result<Option<BlindedBatch>, CarriedFault> {
        let chunk = next_chunk(&mut self.rest, &mut self.left, MAX_BATCH_CHUNK, FORMAT)?;
        let Some(chunk) = chunk else { return Ok(None) };
        let mut reader = Reader::new(FORMAT, &chunk);
        let (id, signature) = (BatchId::new(reader.fixed()?), Signature::from(reader.fixed()?));
        let elements = chunk[chunk.len() - reader.remaining()..].to_vec();
        if elements.is_empty() || elements.len() % ELEMENT != 0 {
            return Err(reader.fault("a batch does not hold whole elements").into());
        }
        Ok(Some(BlindedBatch { id, signature, elements }))
    }
}

/// Reads the first line and the chunk behind it.
pub(super) fn read_head(
    mut file: impl Read,
    kind: FileKind,
    magic: &[u8],
    max: usize,
) -> Result<Vec<u8>, CarriedFault> {
    let mut start = vec![0; magic.len()];
    fill(&mut file, &mut start, kind.name())?;
    if start != magic {
        return Err(CarriedFault::Unknown);
    }
    Ok(read_chunk(&mut file, max, kind.name())?.ok_or(ends_early(kind.name()))?)
}

/// Reads the next of the chunks that are left; behind the last one nothing may follow.
pub(super) fn next_chunk(
    mut file: impl Read,
    left: &mut usize,
    max: usize,
    format: &'static str,
) -> Result<Option<Vec<u8>>, CarriedFault> {
    let chunk = read_chunk(&mut file, max, format)?;
    match (&chunk, left.checked_sub(1)) {
        (Some(_), Some(rest)) => *left = rest,
        (Some(_), None) => return Err(Malformed { format, fault: "bytes follow its end" }.into()),
        (None, Some(_)) => return Err(ends_early(format).into()),
        (None, None) => {}
    }
    Ok(chunk)
}

fn ends_early(format: &'static str) -> Malformed {
    Malformed { format, fault: "it ends too early" }
}

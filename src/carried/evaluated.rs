//! What the custodians say to a blinded list, for the home that blinded it.
//!
//! ```text
//! file  = "mandorla/1 evaluated list\n" || chunk: head || chunk: batch 1 || chunk: batch 2 || …
//! head  = RH 32 || custodians u32 || batches u32
//! batch = id 16 || for each custodian, in the charter's order: proof 64 || evaluated element 32, as many as were blinded
//! chunk = length u32 || bytes
//! ```
//!
//! Nothing is signed: the proofs are held against the keys in the order, and what was changed on the way proves nothing.

use std::io::{self, Read, Write};

use super::blinded::{next_chunk, read_head};
use super::{CarriedFault, FileKind};
use crate::charter::MAX_CUSTODIANS;
use crate::custody::custodian::{BatchId, MAX_BATCH};
use crate::list::file::write_chunk;
use crate::oprf::{Evaluated, Proof};
use crate::round::RoundHash;
use crate::transcript::{Reader, Writer};

pub(super) const MAGIC: &[u8] = b"mandorla/1 evaluated list\n";
const FORMAT: &str = FileKind::Evaluated.name();
const PROOF: usize = 64;
const MAX_BATCH_CHUNK: usize = 16 + MAX_CUSTODIANS * (PROOF + MAX_BATCH * 32);

/// The custodians' answers to one batch, in the charter's order.
pub struct EvaluatedBatch {
    /// The batch's id.
    pub id: BatchId,
    /// One a custodian.
    pub answers: Vec<Evaluated>,
}

/// Begins a file.
pub fn write_head(mut out: impl Write, round: &RoundHash, custodians: usize, batches: usize) -> io::Result<()> {
    let mut head = Writer::default();
    head.fixed(round.as_bytes()).count(custodians).count(batches);
    out.write_all(MAGIC)?;
    write_chunk(&mut out, &head.finish())
}

/// Writes the answers to the next batch.
pub fn write_batch(mut out: impl Write, batch: &EvaluatedBatch) -> io::Result<()> {
    let answers = batch.answers.iter().flat_map(|answer| [answer.proof.as_bytes().as_slice(), &answer.elements]);
    let parts: Vec<&[u8]> = [batch.id.as_bytes().as_slice()].into_iter().chain(answers).collect();
    write_chunk(&mut out, &parts.concat())
}

/// An evaluated list, read batch by batch.
pub struct EvaluatedFile<R> {
    /// `RH`.
    pub round: RoundHash,
    /// Custodians that answered.
    pub custodians: usize,
    /// Batches in the file.
    pub batches: usize,
    left: usize,
    rest: R,
}

impl<R: Read> EvaluatedFile<R> {
    /// Reads up to the first batch.
    pub fn open(mut file: R) -> Result<Self, CarriedFault> {
        let head = read_head(&mut file, FileKind::Evaluated, MAGIC, 64)?;
        let mut reader = Reader::new(FORMAT, &head);
        let (round, custodians) = (RoundHash::new(reader.fixed()?), reader.count(MAX_CUSTODIANS)?);
        let batches = reader.u32()? as usize;
        if custodians == 0 {
            return Err(reader.fault("no custodian has answered").into());
        }
        reader.end()?;
        Ok(Self { round, custodians, batches, left: batches, rest: file })
    }

    /// The answers to the next batch, `None` after the last. Whether they answer it is for their proofs to say.
    pub fn next_batch(&mut self) -> Result<Option<EvaluatedBatch>, CarriedFault> {
        let chunk = next_chunk(&mut self.rest, &mut self.left, MAX_BATCH_CHUNK, FORMAT)?;
        let Some(chunk) = chunk else { return Ok(None) };
        let mut reader = Reader::new(FORMAT, &chunk);
        let id = BatchId::new(reader.fixed()?);
        let uneven = reader.fault("its custodians have not answered alike");
        let each = reader.remaining() / self.custodians;
        if each <= PROOF || each * self.custodians != reader.remaining() {
            return Err(uneven.into());
        }
        let answer = |answer: &[u8]| -> Result<Evaluated, CarriedFault> {
            let (proof, elements) = answer.split_first_chunk::<PROOF>().ok_or_else(|| uneven.clone())?;
            let proof = Proof::try_from(*proof).map_err(|_| reader.fault("a proof in it is none"))?;
            Ok(Evaluated { elements: elements.to_vec(), proof })
        };
        let answers = chunk[16..].chunks_exact(each).map(answer).collect::<Result<_, _>>()?;
        Ok(Some(EvaluatedBatch { id, answers }))
    }
}

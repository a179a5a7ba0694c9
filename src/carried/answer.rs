//! The answer to a question that was carried, encrypted to the member that asked.
//!
//! ```text
//! file    = "mandorla/1 answer\n" || RH 32 || HPKE encapsulated key 32 || chunk 0 || chunk 1 || … || chunk F
//! chunk 0 = header || signature("answer signature"; header)
//! header  = u32 1 || RH 32 || member's Ed25519 32 || list number u32 || nonce 16 || answered u64 || encapsulated key 32
//! chunk f = 65,536 bytes of: lp(record) || lp(record) || … || lp() || zeros; F is a power of two
//! record  = 1 || u32 lists || (member u32 || number u32 || asked u8)…                   the lists that are there
//!         | 2 || shard u32 || last u8 || u32 matches || match…
//!         | 3 || lists by filters u32 || u32 counts || (member u32 || count i64)… || u32 spent || member u32… || withheld u8
//! match   = tag 8 || anonymous u32 || u32 holders || (member u32 || exact u8)…
//! ```
//!
//! `number` and `nonce` are the question's. The empty record is the end. The frames have one size and their number is a
//! power of two, so that a carrier learns little of how much overlaps, and of a list at level `count` or `none` nothing.
//! The signature covers the encapsulated key, as in a [question]: no carrier can write an answer of its own.

use std::io::{self, Read};

use super::{CarriedFault, Envelope, FileKind, not_for_us, question};
use crate::charter::MAX_MEMBERS;
use crate::identity::{BadSignature, OpeningKey, SealingKey, Signature, SigningKey, VerifyingKey};
use crate::list::file::{MAX_HEADER_CHUNK, read_chunk, write_chunk};
use crate::list::filter::ENTRIES;
use crate::matching::disclose::{Count, Summary, Withheld};
use crate::matching::{Certainty, Hit, Match};
use crate::round::{Published, RoundHash};
use crate::secret::Secret;
use crate::stream;
use crate::tag::Tag;
use crate::transcript::{Label, Malformed, Reader, Writer};

pub(super) const MAGIC: &[u8] = b"mandorla/1 answer\n";
const KEY: Label = Label::new("mandorla/1 answer");
const SIGNATURE: Label = Label::new("mandorla/1 answer signature");
const VERSION: u32 = 1;
const FORMAT: &str = FileKind::Answer.name();

const FRAME: usize = 1 << 16;
/// A record of no bytes: nothing but zeros follows.
const END: [u8; 4] = [0; 4];
/// A record of matches is cut when it has grown beyond this; one match more is at most 1.3 KiB.
const RECORD: usize = 128 << 10;
const MAX_RECORD: usize = 256 << 10;

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The lists that were there when the question began, by rising place: first.
    Lists(Vec<Published>),
    /// Matches of the asker's shard; `last` says that no more follow for it.
    Matches {
        /// The asker's shard.
        shard: u32,
        /// By rising tag.
        matches: Vec<Match>,
        /// Whether these are the last of this shard.
        last: bool,
    },
    /// After the last shard.
    Summary(Summary),
}

/// To whom, and to which question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The round.
    pub round: RoundHash,
    /// The Ed25519 public key of the member that asked.
    pub member: [u8; 32],
    /// The number of the list that it asked about.
    pub number: u32,
    /// The question's.
    pub nonce: [u8; 16],
    /// When it was answered by the matcher's clock, seconds since 1970.
    pub answered: u64,
}

impl Header {
    /// The answer's header to a question.
    pub fn to(question: &question::Header, answered: u64) -> Self {
        let question::Header { round, member, number, nonce, .. } = question.clone();
        Self { round, member, number, nonce, answered }
    }

    fn encode(&self, encapsulated: &[u8; 32]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).fixed(self.round.as_bytes()).fixed(&self.member).u32(self.number);
        writer.fixed(&self.nonce).u64(self.answered).fixed(encapsulated);
        writer.finish()
    }

    fn read(reader: &mut Reader<'_>, envelope: &Envelope) -> Result<Self, Malformed> {
        if reader.u32()? != VERSION {
            return Err(reader.fault("its version is not known to this program: update it"));
        }
        let header = Self {
            round: RoundHash::new(reader.fixed()?),
            member: reader.fixed()?,
            number: reader.u32()?,
            nonce: reader.fixed()?,
            answered: reader.u64()?,
        };
        if header.round != envelope.round || reader.fixed()? != envelope.encapsulated {
            return Err(reader.fault("its envelope is another's"));
        }
        Ok(header)
    }
}

/// Seals an answer while it is made. What the calls give is the file, piece by piece.
pub struct AnswerSealer {
    key: Secret<32>,
    round: RoundHash,
    /// What is not yet a frame.
    pending: Vec<u8>,
    /// Frames so far.
    frames: u64,
}

impl AnswerSealer {
    /// Begins it: signed by the matcher, sealed to the member. Gives the first piece.
    pub fn new(header: &Header, matcher: &SigningKey, member: &SealingKey) -> (Self, Vec<u8>) {
        let round = header.round;
        let (encapsulated, key) = member.export(KEY, &[round.as_bytes()]);
        let mut piece = Envelope { kind: FileKind::Answer, round, encapsulated }.encode();
        let mut plain = header.encode(&encapsulated);
        let signature = matcher.sign(SIGNATURE, &[&plain]);
        plain.extend_from_slice(signature.as_bytes());
        append(&mut piece, &stream::seal_chunk(&key, 0, false, round.as_bytes(), plain));
        (Self { key, round, pending: Vec::new(), frames: 0 }, piece)
    }

    /// Adds a part; gives the frames that are full, each a piece.
    pub fn add(&mut self, part: &Part) -> Vec<Vec<u8>> {
        records(part, |record| {
            self.pending.extend_from_slice(&(record.len() as u32).to_le_bytes());
            self.pending.extend_from_slice(&record);
        });
        self.full_frames()
    }

    fn full_frames(&mut self) -> Vec<Vec<u8>> {
        let mut pieces = Vec::new();
        // The last frame has a mark, so one is always left for the end.
        while self.pending.len() > FRAME {
            let rest = self.pending.split_off(FRAME);
            let frame = std::mem::replace(&mut self.pending, rest);
            pieces.push(self.frame(frame, false));
        }
        pieces
    }

    /// The last pieces: what is left with the end behind it, and frames of nothing up to the next power of two.
    pub fn finish(mut self) -> impl Iterator<Item = Vec<u8>> {
        self.pending.extend_from_slice(&END);
        let full = self.full_frames();
        let total = (self.frames + 1).next_power_of_two();
        let rest = (self.frames + 1..=total).map(move |number| {
            let mut frame = std::mem::take(&mut self.pending);
            frame.resize(FRAME, 0);
            self.frame(frame, number == total)
        });
        full.into_iter().chain(rest)
    }

    fn frame(&mut self, plain: Vec<u8>, last: bool) -> Vec<u8> {
        self.frames += 1;
        let mut piece = Vec::with_capacity(FRAME + stream::CHUNK_OVERHEAD + 4);
        append(&mut piece, &stream::seal_chunk(&self.key, self.frames, last, self.round.as_bytes(), plain));
        piece
    }
}

fn append(piece: &mut Vec<u8>, chunk: &[u8]) {
    write_chunk(piece, chunk).expect("a Vec takes every write");
}

fn records(part: &Part, mut each: impl FnMut(Vec<u8>)) {
    let mut writer = Writer::default();
    match part {
        Part::Lists(lists) => {
            writer.u8(1).count(lists.len());
            for list in lists {
                writer.count(list.member).u32(list.number).u8(list.asked.into());
            }
        }
        Part::Matches { shard, matches, last } => return matches_records(*shard, matches, *last, each),
        Part::Summary(summary) => write_summary(writer.u8(3), summary),
    }
    each(writer.finish());
}

/// At least one record, so that a shard without matches is answered too.
fn matches_records(shard: u32, matches: &[Match], last: bool, mut each: impl FnMut(Vec<u8>)) {
    let mut rest = matches;
    loop {
        let (mut body, mut count) = (Writer::default(), 0);
        while let Some((found, after)) = rest.split_first()
            && body.written() < RECORD
        {
            write_match(&mut body, found);
            (rest, count) = (after, count + 1);
        }
        let mut writer = Writer::default();
        writer.u8(2).u32(shard).u8((last && rest.is_empty()).into()).count(count);
        let mut record = writer.finish();
        record.extend(body.finish());
        each(record);
        if rest.is_empty() {
            return;
        }
    }
}

fn write_match(writer: &mut Writer, found: &Match) {
    writer.fixed(found.tag.as_bytes()).u32(found.anonymous).count(found.holders.len());
    for hit in &found.holders {
        writer.count(hit.member).u8((hit.certainty == Certainty::Exact).into());
    }
}

fn write_summary(writer: &mut Writer, summary: &Summary) {
    writer.u32(summary.lists_by_filters).count(summary.counts.len());
    for count in &summary.counts {
        writer.count(count.member).u64(count.count.cast_unsigned());
    }
    writer.count(summary.spent.len());
    for member in &summary.spent {
        writer.count(*member);
    }
    writer.u8(match summary.withheld {
        None => 0,
        Some(Withheld::TooFew) => 1,
        Some(Withheld::Withdrawn) => 2,
    });
}

/// An answer that was opened by the member that it is for.
pub struct AnswerFile<R> {
    /// The header; its signature is not checked yet.
    pub header: Header,
    signed: Vec<u8>,
    signature: Signature,
    frames: Frames<R>,
    ended: bool,
}

impl<R: Read> AnswerFile<R> {
    /// Opens the header.
    pub fn open(mut file: R, key: &OpeningKey) -> Result<Self, CarriedFault> {
        let envelope = Envelope::read(FileKind::Answer, &mut file)?;
        let round = envelope.round;
        let export = key.export(KEY, &[round.as_bytes()], &envelope.encapsulated);
        let key = export.map_err(not_for_us(FileKind::Answer))?;
        let chunk = read_chunk(&mut file, MAX_HEADER_CHUNK, FORMAT)?.ok_or(ends_early())?;
        let plain = stream::open_chunk(&key, 0, false, round.as_bytes(), chunk)
            .map_err(|_| CarriedFault::NotForUs(FileKind::Answer))?;
        let mut reader = Reader::new(FORMAT, &plain);
        let header = Header::read(&mut reader, &envelope)?;
        let signature = Signature::from(reader.fixed()?);
        reader.end()?;
        let signed = header.encode(&envelope.encapsulated);
        Ok(Self { header, signed, signature, frames: Frames::new(file, key, round)?, ended: false })
    }

    /// Whether this matcher has signed it.
    pub fn verify(&self, matcher: &VerifyingKey) -> Result<(), CarriedFault> {
        let unsigned = CarriedFault::Unsigned { kind: FileKind::Answer, signer: "the matcher" };
        matcher.verify(SIGNATURE, &[&self.signed], &self.signature).map_err(|BadSignature| unsigned)
    }

    /// The next part, `None` after the last, behind which there is nothing but zeros.
    pub fn next_part(&mut self) -> Result<Option<Part>, CarriedFault> {
        if self.ended {
            return Ok(None);
        }
        let mut length = END;
        self.frames.fill(&mut length)?;
        if length == END {
            self.frames.drain()?;
            self.ended = true;
            return Ok(None);
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_RECORD {
            return Err(Malformed { format: FORMAT, fault: "a part is longer than the format allows" }.into());
        }
        let mut record = vec![0; length];
        self.frames.fill(&mut record)?;
        let mut reader = Reader::new(FORMAT, &record);
        let part = read_part(&mut reader)?;
        reader.end()?;
        Ok(Some(part))
    }
}

/// The plaintext of the frames, one after the other.
struct Frames<R> {
    file: R,
    key: Secret<32>,
    round: RoundHash,
    /// Frames opened so far.
    opened: u64,
    /// The one behind the current: whether there is one says which is the last.
    ahead: Option<Vec<u8>>,
    current: io::Cursor<Vec<u8>>,
}

impl<R: Read> Frames<R> {
    fn new(mut file: R, key: Secret<32>, round: RoundHash) -> Result<Self, CarriedFault> {
        let ahead = Some(next_frame(&mut file)?.ok_or(ends_early())?);
        Ok(Self { file, key, round, opened: 0, ahead, current: io::Cursor::default() })
    }

    /// Opens the next frame if the current one is used up; whether there is nothing more.
    fn at_end(&mut self) -> Result<bool, CarriedFault> {
        if (self.current.position() as usize) < self.current.get_ref().len() {
            return Ok(false);
        }
        let Some(frame) = self.ahead.take() else { return Ok(true) };
        self.ahead = next_frame(&mut self.file)?;
        self.opened += 1;
        let last = self.ahead.is_none();
        self.current = io::Cursor::new(stream::open_chunk(&self.key, self.opened, last, self.round.as_bytes(), frame)?);
        Ok(false)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CarriedFault> {
        let mut filled = 0;
        while filled < bytes.len() {
            if self.at_end()? {
                return Err(ends_early().into());
            }
            filled += self.current.read(&mut bytes[filled..])?;
        }
        Ok(())
    }

    /// Opens all that is left, which must be zeros: a cut answer is not a complete one.
    fn drain(&mut self) -> Result<(), CarriedFault> {
        while !self.at_end()? {
            let at = self.current.position() as usize;
            if self.current.get_ref()[at..].iter().any(|byte| *byte != 0) {
                return Err(Malformed { format: FORMAT, fault: "bytes follow its end" }.into());
            }
            self.current.set_position(self.current.get_ref().len() as u64);
        }
        Ok(())
    }
}

/// How many frames follow the envelope of an answer that is for somebody else: as much as its carrier can check.
pub fn count_frames(mut file: impl Read) -> Result<u64, CarriedFault> {
    read_chunk(&mut file, MAX_HEADER_CHUNK, FORMAT)?.ok_or(ends_early())?;
    let mut frames = 0u64;
    while next_frame(&mut file)?.is_some() {
        frames += 1;
    }
    let fault = Malformed { format: FORMAT, fault: "no answer has so many frames: it was cut, or something was added" };
    if frames.is_power_of_two() { Ok(frames) } else { Err(fault.into()) }
}

fn next_frame(file: &mut impl Read) -> Result<Option<Vec<u8>>, CarriedFault> {
    let frame = read_chunk(file, FRAME + stream::CHUNK_OVERHEAD, FORMAT)?;
    match frame {
        Some(frame) if frame.len() != FRAME + stream::CHUNK_OVERHEAD => {
            Err(Malformed { format: FORMAT, fault: "a frame has not the one size that all have" }.into())
        }
        frame => Ok(frame),
    }
}

fn ends_early() -> Malformed {
    Malformed { format: FORMAT, fault: "it ends too early" }
}

fn read_part(reader: &mut Reader<'_>) -> Result<Part, Malformed> {
    match reader.u8()? {
        1 => {
            let count = reader.count(MAX_MEMBERS)?;
            Ok(Part::Lists((0..count).map(|_| read_list(reader)).collect::<Result<_, _>>()?))
        }
        2 => {
            let (shard, last) = (reader.u32()?, read_bool(reader)?);
            let count = reader.count(ENTRIES)?;
            let matches = (0..count).map(|_| read_match(reader)).collect::<Result<_, _>>()?;
            Ok(Part::Matches { shard, matches, last })
        }
        3 => Ok(Part::Summary(read_summary(reader)?)),
        _ => Err(reader.fault("a part is not known to this version")),
    }
}

fn read_list(reader: &mut Reader<'_>) -> Result<Published, Malformed> {
    Ok(Published { member: reader.count(MAX_MEMBERS)?, number: reader.u32()?, asked: read_bool(reader)? })
}

fn read_match(reader: &mut Reader<'_>) -> Result<Match, Malformed> {
    let (tag, anonymous, count) = (Tag::new(reader.fixed()?), reader.u32()?, reader.count(MAX_MEMBERS)?);
    let hit = |reader: &mut Reader<'_>| {
        let member = reader.count(MAX_MEMBERS)?;
        let certainty = if read_bool(reader)? { Certainty::Exact } else { Certainty::Probable };
        Ok(Hit { member, certainty })
    };
    Ok(Match { tag, holders: (0..count).map(|_| hit(reader)).collect::<Result<_, Malformed>>()?, anonymous })
}

fn read_summary(reader: &mut Reader<'_>) -> Result<Summary, Malformed> {
    let lists_by_filters = reader.u32()?;
    let counts = reader.count(MAX_MEMBERS)?;
    let count =
        |reader: &mut Reader<'_>| Ok(Count { member: reader.count(MAX_MEMBERS)?, count: reader.u64()?.cast_signed() });
    let counts = (0..counts).map(|_| count(reader)).collect::<Result<_, Malformed>>()?;
    let spent = reader.count(MAX_MEMBERS)?;
    let spent = (0..spent).map(|_| reader.count(MAX_MEMBERS)).collect::<Result<_, Malformed>>()?;
    let withheld = match reader.u8()? {
        0 => None,
        1 => Some(Withheld::TooFew),
        2 => Some(Withheld::Withdrawn),
        _ => return Err(reader.fault("why something is withheld is not known to this version")),
    };
    Ok(Summary { lists_by_filters, counts, spent, withheld })
}

fn read_bool(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(reader.fault("a yes or no is neither")),
    }
}

#[cfg(test)]
mod tests;

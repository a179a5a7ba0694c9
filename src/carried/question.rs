//! A question that is carried: the tags of a list, dummies included, encrypted to the matcher.
//!
//! ```text
//! file      = "mandorla/1 question\n" || RH 32 || HPKE encapsulated key 32 || chunk 0 || chunk 1 || … || chunk S
//! chunk 0   = header || signature("question signature"; header)
//! header    = u32 1 || RH 32 || member's Ed25519 32 || list number u32 || shards u32 || nonce 16 || encapsulated key 32
//! chunk i+1 = the 4,096 tags of shard i, rising, 8 bytes each
//! ```
//!
//! Chunks are as in a [sealed list](crate::list::file), under a key of their own (`info` = `mandorla/1 question`, RH). Base
//! mode does not say who sealed; the signature covers the encapsulated key, so that the key of all chunks is the signer's
//! and no courier can put its own in their place.

use std::io::{self, Read, Write};

use super::{CarriedFault, Envelope, FileKind, not_for_us};
use crate::identity::{BadSignature, OpeningKey, SealingKey, Signature, SigningKey, VerifyingKey};
use crate::list::file::{MAX_HEADER_CHUNK, read_chunk, write_chunk};
use crate::list::shard::{Class, ShardTags};
use crate::round::RoundHash;
use crate::secret::Secret;
use crate::stream;
use crate::transcript::{Label, Malformed, Reader, Writer};

pub(super) const MAGIC: &[u8] = b"mandorla/1 question\n";
const KEY: Label = Label::new("mandorla/1 question");
const SIGNATURE: Label = Label::new("mandorla/1 question signature");
const VERSION: u32 = 1;
const FORMAT: &str = FileKind::Question.name();

/// Bytes of the tags of one shard, encrypted.
pub const TAGS_CHUNK: usize = ShardTags::BYTES + stream::CHUNK_OVERHEAD;

/// Who asks about which list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The round.
    pub round: RoundHash,
    /// The member's Ed25519 public key.
    pub member: [u8; 32],
    /// The number of the list that is asked about.
    pub number: u32,
    /// Its class.
    pub class: Class,
    /// Tells two questions about one list apart, and their answers. Nothing rests on it: each of the answers is true.
    pub nonce: [u8; 16],
}

impl Header {
    fn encode(&self, encapsulated: &[u8; 32]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).fixed(self.round.as_bytes()).fixed(&self.member).u32(self.number);
        writer.u32(self.class.shards()).fixed(&self.nonce).fixed(encapsulated);
        writer.finish()
    }

    /// Reads the header, and whether its key is the one that the envelope brought.
    fn read(reader: &mut Reader<'_>, envelope: &Envelope) -> Result<Self, Malformed> {
        if reader.u32()? != VERSION {
            return Err(reader.fault("its version is not known to this program: update it"));
        }
        let header = Self {
            round: RoundHash::new(reader.fixed()?),
            member: reader.fixed()?,
            number: reader.u32()?,
            class: Class::new(reader.u32()?).ok_or_else(|| reader.fault("its size class does not exist"))?,
            nonce: reader.fixed()?,
        };
        if header.round != envelope.round || reader.fixed()? != envelope.encapsulated {
            return Err(reader.fault("its envelope is another's"));
        }
        Ok(header)
    }
}

/// Writes a question, shard by shard.
pub struct QuestionWriter<W> {
    out: W,
    key: Secret<32>,
    round: RoundHash,
    class: Class,
    next: u32,
}

impl<W: Write> QuestionWriter<W> {
    /// Begins it: signed by the member, sealed to the matcher.
    pub fn new(mut out: W, header: &Header, member: &SigningKey, matcher: &SealingKey) -> io::Result<Self> {
        let round = header.round;
        let (encapsulated, key) = matcher.export(KEY, &[round.as_bytes()]);
        out.write_all(&Envelope { kind: FileKind::Question, round, encapsulated }.encode())?;
        let mut plain = header.encode(&encapsulated);
        let signature = member.sign(SIGNATURE, &[&plain]);
        plain.extend_from_slice(signature.as_bytes());
        write_chunk(&mut out, &stream::seal_chunk(&key, 0, false, round.as_bytes(), plain))?;
        Ok(Self { out, key, round, class: header.class, next: 0 })
    }

    /// The tags of the next shard.
    pub fn shard(&mut self, tags: Vec<u8>) -> io::Result<()> {
        self.next += 1;
        let last = self.next == self.class.shards();
        let chunk = stream::seal_chunk(&self.key, self.next.into(), last, self.round.as_bytes(), tags);
        write_chunk(&mut self.out, &chunk)
    }
}

/// A question on its way: the chunks are not opened, for only the matcher can.
pub struct QuestionFile<R> {
    /// The envelope.
    pub envelope: Envelope,
    /// Chunk 0, encrypted.
    pub header: Vec<u8>,
    rest: R,
}

impl<R: Read> QuestionFile<R> {
    /// Reads up to the header.
    pub fn open(mut file: R) -> Result<Self, CarriedFault> {
        let envelope = Envelope::read(FileKind::Question, &mut file)?;
        let header = read_chunk(&mut file, MAX_HEADER_CHUNK, FORMAT)?;
        let header = header.ok_or(Malformed { format: FORMAT, fault: "it ends too early" })?;
        Ok(Self { envelope, header, rest: file })
    }

    /// The next encrypted shard, `None` at the end.
    pub fn next_shard(&mut self) -> Result<Option<Vec<u8>>, CarriedFault> {
        let chunk = read_chunk(&mut self.rest, TAGS_CHUNK, FORMAT)?;
        if chunk.as_ref().is_some_and(|chunk| chunk.len() != TAGS_CHUNK) {
            return Err(Malformed { format: FORMAT, fault: "a shard has not the one size that all have" }.into());
        }
        Ok(chunk)
    }
}

/// A question that the matcher has opened.
pub struct OpenedQuestion {
    /// The header; its signature is not checked yet.
    pub header: Header,
    signed: Vec<u8>,
    signature: Signature,
    key: Secret<32>,
}

impl OpenedQuestion {
    /// Opens the header.
    pub fn open(envelope: &Envelope, header: Vec<u8>, key: &OpeningKey) -> Result<Self, CarriedFault> {
        let round = envelope.round;
        let export = key.export(KEY, &[round.as_bytes()], &envelope.encapsulated);
        let key = export.map_err(not_for_us(FileKind::Question))?;
        let plain = stream::open_chunk(&key, 0, false, round.as_bytes(), header)
            .map_err(|_| CarriedFault::NotForUs(FileKind::Question))?;
        let mut reader = Reader::new(FORMAT, &plain);
        let header = Header::read(&mut reader, envelope)?;
        let signature = Signature::from(reader.fixed()?);
        reader.end()?;
        Ok(Self { signed: header.encode(&envelope.encapsulated), header, signature, key })
    }

    /// Whether this member has signed it.
    pub fn verify(&self, member: &VerifyingKey) -> Result<(), CarriedFault> {
        let unsigned = CarriedFault::Unsigned { kind: FileKind::Question, signer: "the member" };
        member.verify(SIGNATURE, &[&self.signed], &self.signature).map_err(|BadSignature| unsigned)
    }

    /// The tags of a shard, for [`ShardTags`] to check.
    pub fn shard(&self, shard: u32, chunk: Vec<u8>) -> Result<Vec<u8>, CarriedFault> {
        let last = shard + 1 == self.header.class.shards();
        let round = self.header.round;
        Ok(stream::open_chunk(&self.key, u64::from(shard) + 1, last, round.as_bytes(), chunk)?)
    }
}

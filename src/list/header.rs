//! The header of a sealed list: signed by the member, checked before a byte of the shards is taken.

use thiserror::Error;

use super::filter::{self, FilterFault, FilterSeeds};
use super::shard::{Class, Shard};
use crate::charter::Agreed;
use crate::identity::{BadSignature, Signature, SigningKey};
use crate::round::{Round, RoundHash};
use crate::transcript::{self, Label, Malformed, Reader, Writer};

const HEADER_SIGNATURE: Label = Label::new("mandorla/1 list header signature");
const SHARD: Label = Label::new("mandorla/1 list shard");
const SHARDS_ROOT: Label = Label::new("mandorla/1 list shards root");
const CELLS_ROOT: Label = Label::new("mandorla/1 list cells root");

const VERSION: u32 = 1;

/// What a member says of its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `RH`.
    pub round: RoundHash,
    /// The member's Ed25519 public key.
    pub member: [u8; 32],
    /// The number of shards.
    pub class: Class,
    /// Grows with every list that the member publishes in this round, so that an old file cannot replace a newer.
    pub number: u32,
    /// The canonical forms.
    pub profile: u32,
    /// Makes two lists differ that agree in all else.
    pub nonce: [u8; 16],
    /// Bits of each filter.
    pub bits: u32,
    /// Positions an entry, `k`.
    pub positions: u32,
    /// The seeds of the two filters.
    pub seeds: [[u8; 32]; 2],
    /// Over the shards, see [`shards_root`].
    pub shards_root: [u8; 32],
    /// Note cells that follow the shards. None in this version.
    pub cells: u32,
    /// Over the note cells.
    pub cells_root: [u8; 32],
    /// When it was sealed by the member's clock, seconds since 1970. Nothing rests on it.
    pub created: u64,
    /// Until when it stands, seconds since 1970: the round's purge, or when the charter's `list_expiry_hours` are over.
    pub expires: u64,
}

/// `H("list shard"; shard u32 little-endian, bytes)`.
pub fn shard_hash(shard: u32, bytes: &[u8]) -> [u8; 32] {
    transcript::hash(SHARD, &[&shard.to_le_bytes(), bytes])
}

/// `H("list shards root"; hash of shard 0, hash of shard 1, …)`.
pub fn shards_root(hashes: impl Iterator<Item = [u8; 32]>) -> [u8; 32] {
    let hashes: Vec<[u8; 32]> = hashes.collect();
    let parts: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
    transcript::hash(SHARDS_ROOT, &parts)
}

/// `H("list cells root")`, over no cells.
pub fn cells_root() -> [u8; 32] {
    transcript::hash(CELLS_ROOT, &[])
}

impl Header {
    /// The transcript that the signature covers.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).fixed(self.round.as_bytes()).fixed(&self.member).u32(self.class.shards());
        writer.u32(self.number).u32(self.profile).fixed(&self.nonce).u32(self.bits).u32(self.positions);
        writer.fixed(&self.seeds[0]).fixed(&self.seeds[1]).fixed(&self.shards_root);
        writer.u32(self.cells).fixed(&self.cells_root).u64(self.created).u64(self.expires);
        writer.finish()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        if reader.u32()? != VERSION {
            return Err(reader.fault("its version is not known to this program: update it"));
        }
        Ok(Self {
            round: RoundHash::new(reader.fixed()?),
            member: reader.fixed()?,
            class: Class::new(reader.u32()?)
                .ok_or_else(|| reader.fault("there is no size class of that many shards"))?,
            number: reader.u32()?,
            profile: reader.u32()?,
            nonce: reader.fixed()?,
            bits: reader.u32()?,
            positions: reader.u32()?,
            seeds: [reader.fixed()?, reader.fixed()?],
            shards_root: reader.fixed()?,
            cells: reader.u32()?,
            cells_root: reader.fixed()?,
            created: reader.u64()?,
            expires: reader.u64()?,
        })
    }

    /// Signs it.
    pub fn sign(self, key: &SigningKey) -> SignedHeader {
        let signature = key.sign(HEADER_SIGNATURE, &[&self.encode()]);
        SignedHeader { header: self, signature }
    }
}

/// A header and its signature, not held against a round yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeader {
    header: Header,
    signature: Signature,
}

/// Why a list is refused. Every check runs before memory is taken for what it guards.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ListFault {
    /// Bytes that are no header.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Sealed for another round.
    #[error("the list was sealed for another round: seal it again for this one")]
    Round,
    /// By nobody in the charter, or by another member than the one that sends it.
    #[error("the list is not from a member of this exchange")]
    Member,
    /// By another key, or changed afterwards.
    #[error("the list's signature does not fit: it was changed after it was sealed")]
    Signature,
    /// Larger than `max_indicators` allows.
    #[error("the list has {found} shards, the charter allows {max}")]
    Class {
        /// Shards of the list.
        found: u32,
        /// Shards that `max_indicators` needs.
        max: u32,
    },
    /// Another size where all are of one.
    #[error(
        "the list has {found} shards, and this charter has all lists of one size, {expected}: seal it again with a program that keeps to it"
    )]
    SameSize {
        /// Shards of the list.
        found: u32,
        /// Shards that `max_indicators` needs.
        expected: u32,
    },
    /// Other canonical forms.
    #[error(
        "the list's canonical forms are profile {found}, the charter's are {expected}: seal it again with the version that all members use"
    )]
    Profile {
        /// The list's.
        found: u32,
        /// The charter's.
        expected: u32,
    },
    /// Filters of another size.
    #[error("the list's filters have {found} bits instead of {}", filter::BITS)]
    Bits {
        /// As the header says.
        found: u32,
    },
    /// Another `k`.
    #[error("the list's filters have k = {found} instead of {}", filter::POSITIONS)]
    Positions {
        /// As the header says.
        found: u32,
    },
    /// Seeds that were chosen instead of derived.
    #[error("the list's filter seeds are not the ones that the round gives")]
    Seeds,
    /// Cells, which this version does not take.
    #[error("the list carries note cells, which this version does not take")]
    Cells,
    /// An end that is later than the round's purge, or than the charter lets a list stand.
    #[error(
        "the list stands longer than the round or the charter's `list_expiry_hours` allow: seal it again for this round"
    )]
    Times,
    /// An end that is past.
    #[error("the list expired before it came: check the clock of the home that sealed it, and seal it again")]
    Expired,
    /// A shard that is none.
    #[error("shard {shard}: {fault}")]
    Filter {
        /// Which.
        shard: u32,
        /// Why.
        fault: FilterFault,
    },
    /// The shards are not the ones that were signed.
    #[error("the shards are not the ones that the list's header was signed for: their root differs")]
    Root,
}

impl SignedHeader {
    /// The header, unchecked: for the member that made it.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Transcript and signature.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.header.encode();
        bytes.extend_from_slice(self.signature.as_bytes());
        bytes
    }

    /// Reads [`SignedHeader::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ListFault> {
        let mut reader = Reader::new("list header", bytes);
        let header = Header::read(&mut reader)?;
        let signature = Signature::from(reader.fixed()?);
        reader.end()?;
        Ok(Self { header, signature })
    }

    /// Holds the header against the round and the member that sends it.
    pub fn verify(self, round: &Round, charter: &Agreed, member: usize) -> Result<VerifiedHeader, ListFault> {
        let (header, terms) = (&self.header, charter.terms());
        if header.round != round.hash() {
            return Err(ListFault::Round);
        }
        let card = terms.members.get(member).ok_or(ListFault::Member)?;
        if header.member != *card.verifying().as_bytes() {
            return Err(ListFault::Member);
        }
        card.verifying()
            .verify(HEADER_SIGNATURE, &[&header.encode()], &self.signature)
            .map_err(|BadSignature| ListFault::Signature)?;
        let seeds = FilterSeeds::derive(&header.round);
        let max = terms.max_class();
        match header {
            _ if header.class > max => Err(ListFault::Class { found: header.class.shards(), max: max.shards() }),
            _ if terms.same_size && header.class != max => {
                Err(ListFault::SameSize { found: header.class.shards(), expected: max.shards() })
            }
            _ if header.profile != terms.profile => {
                Err(ListFault::Profile { found: header.profile, expected: terms.profile })
            }
            _ if header.bits as usize != filter::BITS => Err(ListFault::Bits { found: header.bits }),
            _ if header.positions != filter::POSITIONS => Err(ListFault::Positions { found: header.positions }),
            _ if header.seeds != *seeds.both() => Err(ListFault::Seeds),
            _ if header.cells != 0 || header.cells_root != cells_root() => Err(ListFault::Cells),
            _ if header.expires > round.list_end(header.created) => Err(ListFault::Times),
            _ => Ok(VerifiedHeader { signed: self, seeds }),
        }
    }
}

/// A header that was held against its round: what shards are taken under.
pub struct VerifiedHeader {
    signed: SignedHeader,
    seeds: FilterSeeds,
}

impl VerifiedHeader {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.signed.header
    }

    /// The header with its signature, for keeping.
    pub fn signed(&self) -> &SignedHeader {
        &self.signed
    }

    /// The seeds of the filters.
    pub fn seeds(&self) -> &FilterSeeds {
        &self.seeds
    }

    /// Checks one shard: lengths and fill.
    pub fn shard(&self, shard: u32, bytes: &[u8]) -> Result<Shard, ListFault> {
        Shard::from_bytes(&self.seeds, bytes).map_err(|fault| ListFault::Filter { shard, fault })
    }

    /// Checks that these are the hashes of the shards that were signed for.
    pub fn check_root(&self, hashes: impl Iterator<Item = [u8; 32]>) -> Result<(), ListFault> {
        if shards_root(hashes) == self.header().shards_root { Ok(()) } else { Err(ListFault::Root) }
    }
}

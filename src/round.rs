//! Rounds: a convener's signed order, and the phases that only go forward.

mod keys;

use std::fmt;

use thiserror::Error;

pub use self::keys::{Destruction, KeyRequest, RoundKey};
use crate::charter::{Agreed, CharterHash, Custody, MAX_CUSTODIANS};
use crate::identity::{BadSignature, CardCore, Signature, SigningKey};
use crate::transcript::{self, Label, Malformed, Reader, Writer};

const ORDER: Label = Label::new("mandorla/1 round order");
const SEALED_SALTS: Label = Label::new("mandorla/1 sealed salts");
const EXTENSION_SIGNATURE: Label = Label::new("mandorla/1 round extension signature");
const ORDER_SIGNATURE: Label = Label::new("mandorla/1 round order signature");

/// With a salt; the version of an order says which custody it is for.
const WITH_SALT: u32 = 1;
/// With custodians' keys.
const WITH_KEYS: u32 = 2;
const HOUR: u64 = 3600;
/// The year 9000: no honest clock is there, and sums of times stay far from the end of their types.
const LATEST: u64 = 221_845_392_000;
/// HPKE: 32 bytes of encapsulated key, 32 of salt, 16 of tag.
const SEALED_SALT: usize = 80;

/// `RH = H("round order"; order transcript)`, without the sealed salts. Names a round everywhere; binds the charter's hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoundHash([u8; 32]);

impl RoundHash {
    /// A round hash that was received or kept; it means something only once an order hashes to it.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for RoundHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for RoundHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a round stands. Phases never go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Lists come in.
    Open,
    /// Lists are frozen; overlaps are answered.
    Closed,
    /// Lists are gone.
    Purged,
}

impl Phase {
    /// The word for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Purged => "purged",
        }
    }

    /// The number in the matcher's database. Messages have an enumeration of their own.
    pub const fn code(self) -> u8 {
        match self {
            Self::Open => 1,
            Self::Closed => 2,
            Self::Purged => 3,
        }
    }

    /// The phase with this number.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Open),
            2 => Some(Self::Closed),
            3 => Some(Self::Purged),
            _ => None,
        }
    }
}

/// What a round's seeds come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeedSource {
    /// A salt that members hold: `H("salt commitment"; nonce, K)`.
    Salt([u8; 32]),
    /// Keys that custodians hold, in the charter's order.
    Keys(Vec<RoundKey>),
}

/// The opening of a round: what is compared under, and until when. Times are seconds since 1970, UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The charter in force.
    pub charter: CharterHash,
    /// 1, 2, 3, … within the charter.
    pub number: u32,
    /// Makes two rounds differ that agree in all else.
    pub nonce: [u8; 32],
    /// When the convener signed it.
    pub opened: u64,
    /// Lists come in before.
    pub close: u64,
    /// Overlaps are answered before.
    pub last_answer: u64,
    /// Lists are gone from.
    pub purge: u64,
    /// What seeds come from.
    pub source: SeedSource,
}

impl Order {
    /// An order that keeps to the charter's hours.
    pub fn new(charter: &Agreed, number: u32, nonce: [u8; 32], opened: u64, source: SeedSource) -> Self {
        // Saturating, for `opened` may be anybody's.
        let close = opened.saturating_add(u64::from(charter.terms().round_hours) * HOUR);
        let purge = close.saturating_add(u64::from(charter.terms().answer_hours) * HOUR);
        Self { charter: charter.hash(), number, nonce, opened, close, last_answer: purge, purge, source }
    }

    /// The transcript that `RH` hashes.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(match &self.source {
            SeedSource::Salt(_) => WITH_SALT,
            SeedSource::Keys(_) => WITH_KEYS,
        });
        writer.fixed(self.charter.as_bytes()).u32(self.number).fixed(&self.nonce);
        writer.u64(self.opened).u64(self.close).u64(self.last_answer).u64(self.purge);
        match &self.source {
            SeedSource::Salt(commitment) => drop(writer.fixed(commitment)),
            SeedSource::Keys(keys) => {
                writer.count(keys.len());
                keys.iter().for_each(|key| key.write(&mut writer));
            }
        }
        writer.finish()
    }

    /// Reads [`Order::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("round order", bytes);
        let version = reader.u32()?;
        if ![WITH_SALT, WITH_KEYS].contains(&version) {
            return Err(reader.fault("its version is not known to this program: update it"));
        }
        let order = Self {
            charter: CharterHash::new(reader.fixed()?),
            number: reader.u32()?,
            nonce: reader.fixed()?,
            opened: reader.u64()?,
            close: reader.u64()?,
            last_answer: reader.u64()?,
            purge: reader.u64()?,
            source: match version {
                WITH_SALT => SeedSource::Salt(reader.fixed()?),
                _ => {
                    let keys = (0..reader.count(MAX_CUSTODIANS)?).map(|_| RoundKey::read(&mut reader));
                    SeedSource::Keys(keys.collect::<Result<_, _>>()?)
                }
            },
        };
        reader.end()?;
        Ok(order)
    }

    /// `RH`.
    pub fn hash(&self) -> RoundHash {
        RoundHash(transcript::hash(ORDER, &[&self.encode()]))
    }

    /// The request that its custodians were asked for their keys with.
    pub fn key_request(&self) -> KeyRequest {
        KeyRequest { charter: self.charter, number: self.number, nonce: self.nonce, opened: self.opened }
    }

    /// The custodians' keys, in the charter's order; none in shared custody.
    pub fn keys(&self) -> &[RoundKey] {
        match &self.source {
            SeedSource::Salt(_) => &[],
            SeedSource::Keys(keys) => keys,
        }
    }

    /// Bytes of an order at most.
    pub const MAX_LEN: usize = 256 + MAX_CUSTODIANS * RoundKey::LEN;

    fn verify_source(&self, charter: &Agreed) -> Result<(), OrderFault> {
        match (&charter.terms().custody, &self.source) {
            (Custody::Shared, SeedSource::Salt(_)) => Ok(()),
            (Custody::Custodians(custodians), SeedSource::Keys(keys)) if custodians.len() == keys.len() => {
                let request = self.key_request();
                let mut pairs = keys.iter().zip(custodians);
                pairs.try_for_each(|(key, custodian)| key.verify(&request, &custodian.card))
            }
            (Custody::Shared | Custody::Custodians(_), _) => Err(OrderFault::Custody),
        }
    }
}

/// A convener's signed word that a round closes later than its order says. The last answer and the purge stay where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Lists come in before.
    pub close: u64,
    /// By the convener, over `RH` and the time.
    pub signature: Signature,
}

impl Extension {
    /// Signs it, as the convener.
    pub fn sign(round: RoundHash, close: u64, key: &SigningKey) -> Self {
        Self { close, signature: key.sign(EXTENSION_SIGNATURE, &[round.as_bytes(), &close.to_le_bytes()]) }
    }

    fn verify(&self, order: &Order, charter: &Agreed) -> Result<(), OrderFault> {
        let (round, close) = (order.hash(), self.close.to_le_bytes());
        signed_by_a_convener(charter, EXTENSION_SIGNATURE, &[round.as_bytes(), &close], &self.signature)?;
        if order.close < self.close && self.close < order.last_answer { Ok(()) } else { Err(OrderFault::Extension) }
    }
}

/// An order with the salt sealed to each member and the convener's signature, as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    /// The order.
    pub order: Order,
    /// One a member, in the charter's order; empty once the round is purged, and in custody by custodians.
    pub sealed_salts: Vec<Vec<u8>>,
    /// Stands for the sealed salts in the signature, so that it can be checked after they are gone.
    pub salts_digest: [u8; 32],
    /// By the convener, over `RH` and the digest.
    pub signature: Signature,
    /// If the convener has moved the close.
    pub extension: Option<Extension>,
}

/// Why an order opens no round.
#[derive(Debug, Error)]
pub enum OrderFault {
    /// Bytes that are no order.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Made under another charter.
    #[error("the round order is for another charter")]
    Charter,
    /// Signed by someone else than the convener, or changed afterwards.
    #[error("the round order is not signed by {convener}")]
    Signature {
        /// Whose signature it must carry.
        convener: String,
    },
    /// Times that the charter does not give.
    #[error("the round order's times are not those of the charter")]
    Times,
    /// A close that moves to where it may not.
    #[error("the close can be moved later only, and stays before the last answer")]
    Extension,
    /// A salt where custodians hold keys, or keys where members hold a salt.
    #[error("the round order is not for the custody that the charter names")]
    Custody,
    /// A key that its custodian has not signed for, or not for this round.
    #[error("the key of custodian {0} in the round order is not signed by it for this round")]
    RoundKey(String),
    /// A salt is missing or too many.
    #[error("the round order does not carry one sealed salt for each member")]
    Salts,
}

impl SignedOrder {
    /// Signs an order as its convener.
    pub fn sign(order: Order, sealed_salts: Vec<Vec<u8>>, key: &SigningKey) -> Self {
        let salts_digest = digest(&sealed_salts);
        let signature = key.sign(ORDER_SIGNATURE, &[order.hash().as_bytes(), &salts_digest]);
        Self { order, sealed_salts, salts_digest, signature, extension: None }
    }

    /// Holds the order against the charter: the proof that a round is asked for by someone who may.
    pub fn verify(self, charter: &Agreed) -> Result<Round, OrderFault> {
        let terms = charter.terms();
        if self.order.charter != charter.hash() {
            return Err(OrderFault::Charter);
        }
        let hash = self.order.hash();
        signed_by_a_convener(charter, ORDER_SIGNATURE, &[hash.as_bytes(), &self.salts_digest], &self.signature)?;
        if self.order.opened > LATEST {
            return Err(OrderFault::Times);
        }
        let order = &self.order;
        if *order != Order::new(charter, order.number, order.nonce, order.opened, order.source.clone()) {
            return Err(OrderFault::Times);
        }
        order.verify_source(charter)?;
        let salts = &self.sealed_salts;
        if !salts.is_empty() && !self.order.keys().is_empty() {
            return Err(OrderFault::Custody);
        }
        let complete = salts.len() == terms.members.len() && salts.iter().all(|salt| salt.len() == SEALED_SALT);
        if !salts.is_empty() && (!complete || digest(salts) != self.salts_digest) {
            return Err(OrderFault::Salts);
        }
        if let Some(extension) = &self.extension {
            extension.verify(&self.order, charter)?;
        }
        Ok(Round { hash, signed: self, list_expiry_hours: terms.list_expiry_hours })
    }
}

/// Whichever it is: the signature does not say, and each of them may.
fn signed_by_a_convener(
    charter: &Agreed,
    label: Label,
    parts: &[&[u8]],
    signature: &Signature,
) -> Result<(), OrderFault> {
    let holds = |convener: &CardCore| convener.verifying().verify(label, parts, signature).is_ok();
    if charter.conveners().any(holds) {
        return Ok(());
    }
    Err(OrderFault::Signature { convener: charter.terms().conveners_in_words() })
}

fn digest(sealed_salts: &[Vec<u8>]) -> [u8; 32] {
    let parts: Vec<&[u8]> = sealed_salts.iter().map(Vec::as_slice).collect();
    transcript::hash(SEALED_SALTS, &parts)
}

/// An order that was held against its charter.
#[derive(Clone, Debug)]
pub struct Round {
    hash: RoundHash,
    signed: SignedOrder,
    list_expiry_hours: u32,
}

impl Round {
    /// `RH`.
    pub fn hash(&self) -> RoundHash {
        self.hash
    }

    /// The order.
    pub fn order(&self) -> &Order {
        &self.signed.order
    }

    /// Lists come in before: the order's time, or the later one that the convener moved it to.
    pub fn close(&self) -> u64 {
        self.signed.extension.as_ref().map_or(self.order().close, |extension| extension.close)
    }

    /// Until when a list that was sealed at `created` stands: the purge, or before it when the charter's time for lists is
    /// over.
    pub fn list_end(&self, created: u64) -> u64 {
        created.saturating_add(u64::from(self.list_expiry_hours) * HOUR).min(self.order().purge)
    }

    /// The phase at `now` of a round of which `reached` is known. A clock that goes back changes nothing.
    pub fn phase_at(&self, now: u64, reached: Phase) -> Phase {
        let due = match now {
            now if now >= self.order().purge => Phase::Purged,
            now if now >= self.close() => Phase::Closed,
            _ => Phase::Open,
        };
        due.max(reached)
    }

    /// Holds a statement of destruction against the key of the custodian at this place.
    pub fn destroyed(&self, charter: &Agreed, custodian: usize, destruction: &Destruction) -> Result<(), BadSignature> {
        let order = self.order();
        let key = order.keys().get(custodian).ok_or(BadSignature)?;
        let card = &charter.terms().custody.custodians().get(custodian).ok_or(BadSignature)?.card;
        destruction.verify(order.charter, order.number, card)?;
        if key.key == destruction.key { Ok(()) } else { Err(BadSignature) }
    }

    /// The order as it travels.
    pub fn signed(&self) -> &SignedOrder {
        &self.signed
    }

    /// Whether the order has all that it takes to seal a list: the purge takes the salts away.
    pub fn is_complete(&self) -> bool {
        !self.order().keys().is_empty() || !self.signed.sealed_salts.is_empty()
    }

    /// The salt sealed to the member at this place in the charter; `None` once the round is purged, and in custody by
    /// custodians.
    pub fn sealed_salt(&self, member: usize) -> Option<&[u8]> {
        self.signed.sealed_salts.get(member).map(Vec::as_slice)
    }
}

/// That a member has published a list in a round: all that other members see of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The member's place in the charter.
    pub member: usize,
    /// The list's number, from 1.
    pub number: u32,
    /// Whether the member has asked for its overlaps, to the end.
    pub asked: bool,
}

/// That a member had a list in a round, and took it back or its time was over: so that nobody can ask, vanish, and pass for one
/// that was never there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// The member's place in the charter.
    pub member: usize,
    /// The highest number of its lists.
    pub number: u32,
    /// Whether the member had been told any of its overlaps.
    pub asked: bool,
}

//! What custodians sign about their keys: that one is there for a round, and that it is gone.
//!
//! ```text
//! request     = signature("round key request"; CH, number u32, nonce, opened u64), by a convener
//! round key   = key 32 || signature("round key"; CH, number u32, nonce, opened u64, key), by the custodian
//! destruction = key 32 || destroyed u64 || signature("round key destruction"; CH, number u32, key, destroyed u64)
//! ```
//!
//! The request has what the order will have too, so that the custodian knows beforehand when the key dies: with the round
//! that it is for. The order carries the round keys, and its hash binds them.

use super::{OrderFault, signed_by_a_convener};
use crate::charter::{Agreed, CharterHash};
use crate::identity::{BadSignature, CardCore, Signature, SigningKey};
use crate::oprf::PublicKey;
use crate::transcript::{Label, Malformed, Reader, Writer};

const REQUEST: Label = Label::new("mandorla/1 round key request");
const ROUND_KEY: Label = Label::new("mandorla/1 round key");
const DESTRUCTION: Label = Label::new("mandorla/1 round key destruction");

/// Which round a key is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    /// The charter in force.
    pub charter: CharterHash,
    /// The round's number.
    pub number: u32,
    /// The order's nonce.
    pub nonce: [u8; 32],
    /// When the round opens, seconds since 1970.
    pub opened: u64,
}

impl KeyRequest {
    fn signed<T>(&self, then: impl FnOnce(&[&[u8]; 4]) -> T) -> T {
        let (number, opened) = (self.number.to_le_bytes(), self.opened.to_le_bytes());
        then(&[self.charter.as_bytes(), &number, &self.nonce, &opened])
    }

    /// Signs it, as a convener.
    pub fn sign(&self, key: &SigningKey) -> Signature {
        self.signed(|parts| key.sign(REQUEST, parts))
    }

    /// Whether it is for a round of this charter, and signed by one of its conveners.
    pub fn verify(&self, charter: &Agreed, signature: &Signature) -> Result<(), OrderFault> {
        if self.charter != charter.hash() {
            return Err(OrderFault::Charter);
        }
        self.signed(|parts| signed_by_a_convener(charter, REQUEST, parts, signature))
    }
}

/// A custodian's key for a round, with its word that it holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundKey {
    /// The key.
    pub key: PublicKey,
    /// By the custodian, over the request and the key.
    pub signature: Signature,
}

impl RoundKey {
    /// Bytes in an order.
    pub const LEN: usize = 96;

    /// Signs for a fresh key, as the custodian.
    pub fn sign(request: &KeyRequest, key: PublicKey, custodian: &SigningKey) -> Self {
        let sign = |parts: &[&[u8]; 4]| custodian.sign(ROUND_KEY, &[parts.as_slice(), &[key.as_bytes()]].concat());
        Self { key, signature: request.signed(sign) }
    }

    /// Whether the custodian signed for this key.
    pub fn verify(&self, request: &KeyRequest, custodian: &CardCore) -> Result<(), OrderFault> {
        let verify = |parts: &[&[u8]; 4]| {
            let parts = [parts.as_slice(), &[self.key.as_bytes()]].concat();
            custodian.verifying().verify(ROUND_KEY, &parts, &self.signature)
        };
        request.signed(verify).map_err(|BadSignature| OrderFault::RoundKey(custodian.name().to_owned()))
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.fixed(self.key.as_bytes()).fixed(self.signature.as_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let key = PublicKey::try_from(reader.fixed::<32>()?).map_err(|_| reader.fault("a custodian's key is none"))?;
        Ok(Self { key, signature: Signature::from(reader.fixed()?) })
    }
}

/// A custodian's word that it has destroyed its key for a round. Nobody can check that it kept no copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destruction {
    /// The key that is gone.
    pub key: PublicKey,
    /// When, by the custodian's clock, seconds since 1970.
    pub destroyed: u64,
    /// By the custodian.
    pub signature: Signature,
}

impl Destruction {
    /// Signs for it, as the custodian.
    pub fn sign(charter: CharterHash, number: u32, key: PublicKey, destroyed: u64, custodian: &SigningKey) -> Self {
        let signature =
            signed_destruction(charter, number, &key, destroyed, |parts| custodian.sign(DESTRUCTION, parts));
        Self { key, destroyed, signature }
    }

    /// Whether this custodian signed it for a round of the charter.
    pub fn verify(&self, charter: CharterHash, number: u32, custodian: &CardCore) -> Result<(), BadSignature> {
        signed_destruction(charter, number, &self.key, self.destroyed, |parts| {
            custodian.verifying().verify(DESTRUCTION, parts, &self.signature)
        })
    }

    /// The bytes of it that travel and are kept: key, time, signature.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.fixed(self.key.as_bytes()).u64(self.destroyed).fixed(self.signature.as_bytes());
        writer.finish()
    }

    /// Reads [`Destruction::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("statement of destruction", bytes);
        let key = PublicKey::try_from(reader.fixed::<32>()?).map_err(|_| reader.fault("its key is none"))?;
        let destruction = Self { key, destroyed: reader.u64()?, signature: Signature::from(reader.fixed()?) };
        reader.end()?;
        Ok(destruction)
    }
}

fn signed_destruction<T>(
    charter: CharterHash,
    number: u32,
    key: &PublicKey,
    destroyed: u64,
    then: impl FnOnce(&[&[u8]]) -> T,
) -> T {
    then(&[charter.as_bytes(), &number.to_le_bytes(), key.as_bytes(), &destroyed.to_le_bytes()])
}

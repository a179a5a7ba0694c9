//! Receipts: the matcher's signature for a list that is durable. A ledger will carry them later.

use thiserror::Error;

use crate::identity::{BadSignature, Signature, SigningKey, VerifyingKey};
use crate::round::RoundHash;
use crate::transcript::{Label, Malformed, Reader, Writer};

const RECEIPT_SIGNATURE: Label = Label::new("mandorla/1 list receipt signature");
const VERSION: u32 = 1;

/// What the matcher signs once a list is safe on its disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// `RH`.
    pub round: RoundHash,
    /// The member's Ed25519 public key.
    pub member: [u8; 32],
    /// The list's number: 2 or more says that it replaced another.
    pub number: u32,
    /// The root over the shards.
    pub shards_root: [u8; 32],
    /// When it was durable, seconds since 1970.
    pub received: u64,
}

/// Why a receipt is worth nothing.
#[derive(Debug, Error)]
pub enum ReceiptFault {
    /// Bytes that are no receipt.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Not the matcher's.
    #[error("the receipt is not signed by the matcher of the charter")]
    Signature,
    /// For something else than what was sent.
    #[error("the receipt is for another list than the one that was sent")]
    OtherList,
}

impl Receipt {
    /// The transcript that the signature covers.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).fixed(self.round.as_bytes()).fixed(&self.member).u32(self.number);
        writer.fixed(&self.shards_root).u64(self.received);
        writer.finish()
    }

    /// Signs it, as the matcher: transcript and signature.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let mut bytes = self.encode();
        let signature = key.sign(RECEIPT_SIGNATURE, &[&bytes]);
        bytes.extend_from_slice(signature.as_bytes());
        bytes
    }

    /// Reads what [`Receipt::sign`] wrote and checks the signature.
    pub fn verify(bytes: &[u8], matcher: &VerifyingKey) -> Result<Self, ReceiptFault> {
        let (receipt, signature) = Self::decode(bytes)?;
        matcher
            .verify(RECEIPT_SIGNATURE, &[&receipt.encode()], &signature)
            .map_err(|BadSignature| ReceiptFault::Signature)?;
        Ok(receipt)
    }

    /// Reads what [`Receipt::sign`] wrote, without a word on the signature.
    pub fn decode(bytes: &[u8]) -> Result<(Self, Signature), ReceiptFault> {
        let mut reader = Reader::new("receipt", bytes);
        if reader.u32()? != VERSION {
            return Err(reader.fault("its version is not known to this program: update it").into());
        }
        let receipt = Self {
            round: RoundHash::new(reader.fixed()?),
            member: reader.fixed()?,
            number: reader.u32()?,
            shards_root: reader.fixed()?,
            received: reader.u64()?,
        };
        let signature = Signature::from(reader.fixed()?);
        reader.end()?;
        Ok((receipt, signature))
    }
}

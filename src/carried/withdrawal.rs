//! A member's signed word that it takes its list back.
//!
//! ```text
//! file      = "mandorla/1 withdrawal\n" || RH 32 || member's Ed25519 32 || number u32 || signature 64
//! signature = signature("withdrawal signature"; RH, number)
//! ```
//!
//! It takes back every list up to its number, and none that comes later: whoever keeps the file can do no more with it.

use std::io::Read;

use super::{CarriedFault, FileKind, after_magic, read_whole};
use crate::identity::{BadSignature, Signature, SigningKey, VerifyingKey};
use crate::round::RoundHash;
use crate::transcript::{Label, Reader, Writer};

pub(super) const MAGIC: &[u8] = b"mandorla/1 withdrawal\n";
const SIGNATURE: Label = Label::new("mandorla/1 withdrawal signature");

/// Which lists are taken back, and by whom. The signature is checked where the member's card is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The round.
    pub round: RoundHash,
    /// The member's Ed25519 public key.
    pub member: [u8; 32],
    /// The highest number of the lists that are taken back.
    pub number: u32,
    signature: Signature,
}

impl Withdrawal {
    /// Signs it, as the member.
    pub fn sign(round: RoundHash, number: u32, key: &SigningKey) -> Self {
        let signature = key.sign(SIGNATURE, &[round.as_bytes(), &number.to_le_bytes()]);
        Self { round, member: *key.public().as_bytes(), number, signature }
    }

    /// Whether this member has signed it.
    pub fn verify(&self, member: &VerifyingKey) -> Result<(), CarriedFault> {
        let unsigned = CarriedFault::Unsigned { kind: FileKind::Withdrawal, signer: "the member" };
        let signed = member.verify(SIGNATURE, &[self.round.as_bytes(), &self.number.to_le_bytes()], &self.signature);
        signed.map_err(|BadSignature| unsigned)
    }

    /// The file.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.fixed(self.round.as_bytes()).fixed(&self.member).u32(self.number).fixed(self.signature.as_bytes());
        [MAGIC, &writer.finish()].concat()
    }

    /// Reads [`Withdrawal::encode`].
    pub fn decode(content: impl Read) -> Result<Self, CarriedFault> {
        let bytes = read_whole(FileKind::Withdrawal, content)?;
        let mut reader = Reader::new(FileKind::Withdrawal.name(), after_magic(FileKind::Withdrawal, &bytes)?);
        let withdrawal = Self {
            round: RoundHash::new(reader.fixed()?),
            member: reader.fixed()?,
            number: reader.u32()?,
            signature: Signature::from(reader.fixed()?),
        };
        reader.end()?;
        Ok(withdrawal)
    }
}

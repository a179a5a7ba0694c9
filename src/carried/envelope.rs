//! The beginning of a file that is encrypted to one card, in the clear.

use std::io::Read;

use super::{CarriedFault, FileKind};
use crate::list::file::fill;
use crate::round::RoundHash;

/// What stands before the chunks of a question or an answer: first line, `RH`, HPKE's encapsulated key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Which of the two.
    pub kind: FileKind,
    /// The round that it is about.
    pub round: RoundHash,
    /// HPKE's encapsulated key.
    pub encapsulated: [u8; 32],
}

impl Envelope {
    /// The envelope as it stands in the file.
    pub fn encode(&self) -> Vec<u8> {
        let magic = self.kind.magic().unwrap_or_default();
        [magic, self.round.as_bytes(), &self.encapsulated].concat()
    }

    /// Reads [`Envelope::encode`], and no byte more.
    pub fn read(kind: FileKind, mut file: impl Read) -> Result<Self, CarriedFault> {
        let magic = kind.magic().unwrap_or_default();
        let mut bytes = vec![0; magic.len() + 64];
        fill(&mut file, &mut bytes, kind.name())?;
        let rest = bytes.strip_prefix(magic).ok_or(CarriedFault::Unknown)?;
        let (round, encapsulated) = rest.split_first_chunk().ok_or(CarriedFault::Unknown)?;
        let encapsulated = encapsulated.try_into().map_err(|_| CarriedFault::Unknown)?;
        Ok(Self { kind, round: RoundHash::new(*round), encapsulated })
    }
}

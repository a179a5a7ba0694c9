//! A round order with the charter that it was opened under: all that a member without a network needs to seal a list.
//!
//! ```text
//! file = "mandorla/1 round order\n" || lp(signed charter) || lp(order) || u32 salts || lp(sealed salt)… || digest 32 || signature 64
//!        || 0   or   1 || close u64 || signature 64, where the convener has moved the close
//! ```

use std::io::Read;

use super::{CarriedFault, FileKind, after_magic, read_whole};
use crate::charter::{Agreed, MAX_MEMBERS, Proposal};
use crate::identity::Signature;
use crate::round::{Extension, Order, OrderFault, Round, SignedOrder};
use crate::transcript::{Malformed, Reader, Writer};

pub(super) const MAGIC: &[u8] = b"mandorla/1 round order\n";
/// A charter, and for each of 256 members a signature and a resignation.
const MAX_SIGNED: usize = 256 << 10;
const MAX_SALT: usize = 256;

/// A round order as it is carried. The charter's signatures are checked; the order is not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFile {
    /// The charter, with its signatures.
    pub proposal: Proposal,
    /// The order.
    pub order: SignedOrder,
}

impl OrderFile {
    /// The file.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.bytes(&self.proposal.encode());
        let order = &self.order;
        writer.bytes(&order.order.encode()).count(order.sealed_salts.len());
        for salt in &order.sealed_salts {
            writer.bytes(salt);
        }
        writer.fixed(&order.salts_digest).fixed(order.signature.as_bytes());
        match &order.extension {
            None => writer.u8(0),
            Some(extension) => writer.u8(1).u64(extension.close).fixed(extension.signature.as_bytes()),
        };
        [MAGIC, &writer.finish()].concat()
    }

    /// Reads [`OrderFile::encode`].
    pub fn decode(content: impl Read) -> Result<Self, CarriedFault> {
        let bytes = read_whole(FileKind::RoundOrder, content)?;
        let mut reader = Reader::new(FileKind::RoundOrder.name(), after_magic(FileKind::RoundOrder, &bytes)?);
        let proposal = Proposal::decode(reader.bytes(MAX_SIGNED)?)?;
        let order = Order::decode(reader.bytes(Order::MAX_LEN)?)?;
        let salts = reader.count(MAX_MEMBERS)?;
        let file = Self {
            proposal,
            order: SignedOrder {
                order,
                sealed_salts: (0..salts)
                    .map(|_| Ok(reader.bytes(MAX_SALT)?.to_vec()))
                    .collect::<Result<_, Malformed>>()?,
                salts_digest: reader.fixed()?,
                signature: Signature::from(reader.fixed()?),
                extension: read_extension(&mut reader)?,
            },
        };
        reader.end()?;
        Ok(file)
    }

    /// Holds the order against its charter, which all members must have signed.
    pub fn verify(self) -> Result<(Agreed, Round), CarriedFault> {
        let charter = self.proposal.agreed()?;
        let round = self.order.verify(&charter)?;
        // A matcher that has purged the round gives its order without them; nobody could seal a list under it.
        if round.is_complete() { Ok((charter, round)) } else { Err(OrderFault::Salts.into()) }
    }
}

fn read_extension(reader: &mut Reader<'_>) -> Result<Option<Extension>, Malformed> {
    match reader.u8()? {
        0 => Ok(None),
        1 => Ok(Some(Extension { close: reader.u64()?, signature: Signature::from(reader.fixed()?) })),
        _ => Err(reader.fault("whether its close was moved is not clear")),
    }
}

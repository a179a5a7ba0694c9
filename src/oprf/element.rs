//! Group elements that came from somebody else, checked once and for all.

use std::fmt;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use data_encoding::HEXLOWER;

use super::{ELEMENT, MAX_BATCH, OprfFault};

/// The encoding of the identity, and no other point has it.
const IDENTITY: [u8; ELEMENT] = [0; ELEMENT];

/// A batch of 1 to [`MAX_BATCH`] group elements, none of them the identity, as the bytes that they came in.
pub struct Elements {
    bytes: Vec<u8>,
    points: Vec<RistrettoPoint>,
}

impl Elements {
    /// How many elements these bytes have room for, if a batch may have so many. What is in them is not looked at.
    pub fn count(bytes: &[u8]) -> Result<usize, OprfFault> {
        let (encodings, rest) = bytes.as_chunks::<ELEMENT>();
        if !rest.is_empty() {
            return Err(OprfFault::Length { bytes: bytes.len() });
        }
        check_count(encodings.len())?;
        Ok(encodings.len())
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty)] // there is always one
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Their encodings one after the other, 32 bytes each.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn points(&self) -> &[RistrettoPoint] {
        &self.points
    }
}

impl TryFrom<&[u8]> for Elements {
    type Error = OprfFault;

    /// Reads encodings of 32 bytes each. What is too long is refused before anything is allocated for it.
    fn try_from(bytes: &[u8]) -> Result<Self, OprfFault> {
        Self::count(bytes)?;
        let (encodings, _) = bytes.as_chunks::<ELEMENT>();
        let point = |(index, encoding): (usize, &[u8; ELEMENT])| match CompressedRistretto(*encoding).decompress() {
            _ if *encoding == IDENTITY => Err(OprfFault::Identity { index }),
            Some(point) => Ok(point),
            None => Err(OprfFault::NotCanonical { index }),
        };
        let points = encodings.iter().enumerate().map(point).collect::<Result<_, _>>()?;
        Ok(Self { bytes: bytes.to_vec(), points })
    }
}

/// Whether a batch may have so many elements or inputs.
pub(super) fn check_count(count: usize) -> Result<(), OprfFault> {
    match count {
        0 => Err(OprfFault::Empty),
        1..=MAX_BATCH => Ok(()),
        _ => Err(OprfFault::TooMany { count }),
    }
}

/// The encodings of `2·P` for every `P`, one after the other.
pub(super) fn encode_doubled(halves: &[RistrettoPoint]) -> Vec<u8> {
    RistrettoPoint::double_and_compress_batch(halves).iter().flat_map(CompressedRistretto::to_bytes).collect()
}

/// A custodian's public key, never the identity.
#[derive(Clone, Copy)]
pub struct PublicKey {
    bytes: [u8; ELEMENT],
    point: RistrettoPoint,
}

impl PublicKey {
    pub(super) fn new(point: RistrettoPoint) -> Self {
        Self { bytes: point.compress().to_bytes(), point }
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; ELEMENT] {
        &self.bytes
    }

    pub(super) fn point(&self) -> &RistrettoPoint {
        &self.point
    }
}

impl TryFrom<[u8; ELEMENT]> for PublicKey {
    type Error = OprfFault;

    fn try_from(bytes: [u8; ELEMENT]) -> Result<Self, OprfFault> {
        match CompressedRistretto(bytes).decompress() {
            Some(point) if bytes != IDENTITY => Ok(Self { bytes, point }),
            _ => Err(OprfFault::PublicKey),
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", HEXLOWER.encode(&self.bytes))
    }
}

//! A charter and the signatures and resignations that it has so far: what a member without a network reads, signs and sends
//! back. `"mandorla/1 charter\n" || signed charter`, see [`Proposal::encode`].

use std::io::Read;

use super::{CarriedFault, FileKind, after_magic, read_whole};
use crate::charter::Proposal;

pub(super) const MAGIC: &[u8] = b"mandorla/1 charter\n";

/// The file.
pub fn encode(proposal: &Proposal) -> Vec<u8> {
    [MAGIC, &proposal.encode()].concat()
}

/// Reads [`encode`]; every signature is checked.
pub fn decode(content: impl Read) -> Result<Proposal, CarriedFault> {
    let bytes = read_whole(FileKind::Charter, content)?;
    Ok(Proposal::decode(after_magic(FileKind::Charter, &bytes)?)?)
}

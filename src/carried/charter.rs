//! A charter and the signatures that it has so far: what a member without a network reads, signs and sends back.
//!
//! ```text
//! file   = "mandorla/1 charter\n" || signed
//! signed = lp(charter) || u32 signatures || (place u32 || signature 64)…, rising
//! ```

use std::io::Read;

use super::{CarriedFault, FileKind, after_magic, read_whole};
use crate::charter::{Charter, MAX_MEMBERS, Proposal};
use crate::identity::Signature;
use crate::transcript::{Reader, Writer};

pub(super) const MAGIC: &[u8] = b"mandorla/1 charter\n";
const MAX_CHARTER: usize = 192 << 10;

/// The file.
pub fn encode(proposal: &Proposal) -> Vec<u8> {
    let mut writer = Writer::default();
    write(&mut writer, proposal);
    [MAGIC, &writer.finish()].concat()
}

/// Reads [`encode`]; every signature is checked.
pub fn decode(content: impl Read) -> Result<Proposal, CarriedFault> {
    let bytes = read_whole(FileKind::Charter, content)?;
    let mut reader = Reader::new(FileKind::Charter.name(), after_magic(FileKind::Charter, &bytes)?);
    let proposal = read(&mut reader)?;
    reader.end()?;
    Ok(proposal)
}

pub(super) fn write(writer: &mut Writer, proposal: &Proposal) {
    writer.bytes(&proposal.charter().encode()).count(proposal.signatures().len());
    for (place, signature) in proposal.signatures() {
        writer.count(*place).fixed(signature.as_bytes());
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Proposal, CarriedFault> {
    let mut proposal = Proposal::new(Charter::decode(reader.bytes(MAX_CHARTER)?)?);
    for _ in 0..reader.count(MAX_MEMBERS)? {
        let place = reader.count(MAX_MEMBERS)?;
        // One spelling: rising, each once.
        if proposal.signatures().last_key_value().is_some_and(|(last, _)| *last >= place) {
            return Err(reader.fault("its signatures are not in order").into());
        }
        proposal.add(place, Signature::from(reader.fixed()?))?;
    }
    Ok(proposal)
}

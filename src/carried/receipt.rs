//! A receipt as a file: `"mandorla/1 receipt\n" || receipt`, see [`crate::list::receipt`].

use std::io::Read;

use super::{CarriedFault, FileKind, after_magic, read_whole};

pub(super) const MAGIC: &[u8] = b"mandorla/1 receipt\n";

/// The file.
pub fn encode(receipt: &[u8]) -> Vec<u8> {
    [MAGIC, receipt].concat()
}

/// The receipt in a file, for [`crate::list::receipt::Receipt`] to check.
pub fn decode(content: impl Read) -> Result<Vec<u8>, CarriedFault> {
    let bytes = read_whole(FileKind::Receipt, content)?;
    Ok(after_magic(FileKind::Receipt, &bytes)?.to_vec())
}

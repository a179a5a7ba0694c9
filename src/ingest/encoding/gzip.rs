//! gzip, RFC 1952.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use super::Damage;

/// Unpacks, and notes the line at which the packed data is damaged. It fails there again and again.
pub(super) struct Gunzip<R> {
    decoder: MultiGzDecoder<R>,
    line: u64,
    is_damaged: bool,
    damage: Damage,
}

impl<R: BufRead> Gunzip<R> {
    pub(super) fn new(packed: R, damage: Damage) -> Self {
        Self { decoder: MultiGzDecoder::new(packed), line: 1, is_damaged: false, damage }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_damaged {
            return Err(ErrorKind::InvalidData.into());
        }
        let read = self.decoder.read(buffer);
        match &read {
            Ok(length) => self.line += memchr::memchr_iter(b'\n', &buffer[..*length]).count() as u64,
            Err(error) if is_damage(error.kind()) => {
                self.is_damaged = true;
                self.damage.set(Some(self.line));
            }
            Err(_) => {}
        }
        read
    }
}

/// Whether the format's first bytes stand here: deflate is the only method that there is.
pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(b"\x1f\x8b\x08")
}

/// What the decoder says of packed data; readers of files fail in other ways.
fn is_damage(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::InvalidInput | ErrorKind::InvalidData)
}

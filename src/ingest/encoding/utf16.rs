//! UTF-16 to UTF-8, as it comes.

use std::io::{self, BufRead, Read};

/// The order of the two bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endian {
    Little,
    Big,
}

/// The order of bytes, if the file begins as UTF-16 does: with a byte order mark, or with NUL in two of five units in one
/// place, the first unit among them, and never in the other, as Latin letters, digits and line ends give.
pub(super) fn encoding(head: &[u8]) -> Option<Endian> {
    match head {
        [0xFF, 0xFE, 0, 0, ..] => None, // UTF-32
        [0xFF, 0xFE, ..] => Some(Endian::Little),
        [0xFE, 0xFF, ..] => Some(Endian::Big),
        _ => by_nul(head),
    }
}

fn by_nul(head: &[u8]) -> Option<Endian> {
    let units = head.as_chunks::<2>().0;
    let first = units.iter().filter(|unit| unit[0] == 0).count();
    let second = units.iter().filter(|unit| unit[1] == 0).count();
    let are_many = |nuls: usize| nuls > 0 && nuls * 5 >= units.len() * 2;
    // Where the first two bytes are letters, a file of bytes begins, whatever was appended to it.
    match (first, second, units.first()) {
        (0, second, Some([_, 0])) if are_many(second) => Some(Endian::Little),
        (first, 0, Some([0, _])) if are_many(first) => Some(Endian::Big),
        _ => None,
    }
}

/// Gives UTF-8, with the byte order mark if there is one, and U+FFFD for what is no character.
pub(super) struct Utf16<R> {
    inner: R,
    endian: Endian,
    /// The first byte of a unit whose second has not come.
    half: Option<u8>,
    /// The first unit of a pair whose second has not come.
    high: Option<u16>,
    ready: Vec<u8>,
    taken: usize,
}

impl<R: BufRead> Utf16<R> {
    pub(super) fn new(inner: R, endian: Endian) -> Self {
        Self { inner, endian, half: None, high: None, ready: Vec::new(), taken: 0 }
    }

    /// Transcodes a chunk; at the end, what is left.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        while self.ready.is_empty() {
            let chunk = self.inner.fill_buf()?;
            let length = chunk.len().min(MAX_CHUNK);
            if length == 0 {
                if self.half.take().is_some() | self.high.take().is_some() {
                    push(&mut self.ready, char::REPLACEMENT_CHARACTER);
                }
                return Ok(());
            }
            for &byte in &chunk[..length] {
                match self.half.take() {
                    None => self.half = Some(byte),
                    Some(first) => unit(&mut self.ready, &mut self.high, self.endian.join(first, byte)),
                }
            }
            self.inner.consume(length);
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.ready.len() {
            self.refill()?;
        }
        let length = (&self.ready[self.taken..]).read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

impl Endian {
    fn join(self, first: u8, second: u8) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes([first, second]),
            Self::Big => u16::from_be_bytes([first, second]),
        }
    }
}

/// Takes one unit. A high surrogate waits for its partner; a surrogate without one becomes U+FFFD.
fn unit(ready: &mut Vec<u8>, high: &mut Option<u16>, unit: u16) {
    let is_high = (0xD800..0xDC00).contains(&unit);
    let waiting = high.take();
    let units: &[u16] = match (&waiting, is_high) {
        (Some(high), false) => &[*high, unit],
        (Some(high), true) => &[*high],
        (None, false) => &[unit],
        (None, true) => &[],
    };
    if is_high {
        *high = Some(unit);
    }
    for read in char::decode_utf16(units.iter().copied()) {
        push(ready, read.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

fn push(ready: &mut Vec<u8>, c: char) {
    ready.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// How much is transcoded at once, so that what is ready stays small.
const MAX_CHUNK: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufReader;

    fn transcoded(bytes: &[u8], endian: Endian, buffer: usize) -> String {
        let mut text = String::new();
        Utf16::new(BufReader::with_capacity(buffer, bytes), endian).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn tells_the_order_of_bytes() {
        for (head, expected) in [
            (&b"\xFF\xFEa\0"[..], Some(Endian::Little)),
            (b"\xFE\xFF\0a", Some(Endian::Big)),
            (b"a\0\n\0b\0", Some(Endian::Little)),
            (b"\0a\0\n\0b", Some(Endian::Big)),
            (b"\xFF\xFE\0\0a\0\0\0", None),
            (b"evil.example\n", None),
            (b"a\0\0b", None),
            (b"a\r\n\0", None),
            (b"evil\0.example", None),
            (b"\0", None),
            (b"", None),
        ] {
            assert_eq!(encoding(head), expected, "{head:?}");
        }
    }

    #[test]
    fn half_a_unit_and_half_a_pair_are_replaced() {
        for (bytes, expected) in [
            (&b"a\0\x34\xD8\x1E\xDDb\0"[..], "a\u{1D11E}b"),
            (b"\x34\xD8a\0", "\u{FFFD}a"),
            (b"\x34\xD8\x34\xD8\x1E\xDD", "\u{FFFD}\u{1D11E}"),
            (b"\x1E\xDDa\0", "\u{FFFD}a"),
            (b"a\0\x34\xD8", "a\u{FFFD}"),
            (b"a\0b", "a\u{FFFD}"),
        ] {
            for buffer in 1..8 {
                assert_eq!(transcoded(bytes, Endian::Little, buffer), expected, "{bytes:?} {buffer}");
            }
        }
    }

    proptest! {
        #[test]
        fn is_what_the_standard_library_reads(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xD700u16..0xE100], 0..40), buffer in 1..9usize) {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            prop_assert_eq!(transcoded(&bytes, Endian::Big, buffer), String::from_utf16_lossy(&units));
        }
    }
}

//! Length-prefixed binding: what is hashed, signed or stored has exactly one spelling.
//!
//! `H(label; a, b, …)` is BLAKE3 `derive_key` with a constant context `mandorla/1 …` over `lp(a) || lp(b) || …`, where
//! `lp(x)` is the u32 little-endian length of `x` and then `x`. Protobuf bytes are never hashed or signed: they are not
//! canonical.

use thiserror::Error;

/// A domain-separation label: the full BLAKE3 context, `mandorla/1 ` and the purpose. Each is a constant beside its use.
#[derive(Clone, Copy, Debug)]
pub struct Label(&'static str);

impl Label {
    /// A label; the convention `mandorla/1 purpose` is checked at compile time.
    pub const fn new(context: &'static str) -> Self {
        let (prefix, bytes) = (b"mandorla/1 ", context.as_bytes());
        let mut i = 0;
        while i < prefix.len() {
            assert!(bytes[i] == prefix[i], "a label starts with `mandorla/1 `");
            i += 1;
        }
        Self(context)
    }

    /// The context as bytes, for AEAD additional data, HPKE `info` and signatures.
    pub const fn as_bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

/// `H(label; parts…)`, 32 bytes.
pub fn hash(label: Label, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(label.0);
    for part in parts {
        hasher.update(&len(part).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// `lp(label) || lp(a) || …`: the bytes that a signature or an HPKE `info` covers.
pub fn bind(label: Label, parts: &[&[u8]]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes(label.as_bytes());
    for part in parts {
        writer.bytes(part);
    }
    writer.finish()
}

fn len(part: &[u8]) -> u32 {
    u32::try_from(part.len()).expect("no part reaches 4 GiB")
}

/// Writes an encoding that [`Reader`] reads: integers little-endian, byte strings with a u32 length before them.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// `lp(bytes)`.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(&len(bytes).to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    /// `lp` of the UTF-8 bytes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Bytes of a length that the format fixes, without a prefix.
    pub fn fixed<const N: usize>(&mut self, bytes: &[u8; N]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.fixed(&[value])
    }

    /// Four bytes, little-endian.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.fixed(&value.to_le_bytes())
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.fixed(&value.to_le_bytes())
    }

    /// A u32 count; the items follow.
    pub fn count(&mut self, count: usize) -> &mut Self {
        self.u32(u32::try_from(count).expect("no count reaches 2^32"))
    }

    /// Bytes written so far.
    pub fn written(&self) -> usize {
        self.0.len()
    }

    /// The encoding.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Bytes that are not what their format says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a well-formed {format}: {fault}")]
pub struct Malformed {
    /// What the bytes were taken for: `card`, `charter`, …
    pub format: &'static str,
    /// What is wrong with them.
    pub fault: &'static str,
}

/// Reads what [`Writer`] wrote, from bytes that anyone may have sent. Nothing is allocated before its length is known to
/// be there, and [`Reader::end`] refuses trailing bytes, so that an encoding has one spelling.
pub struct Reader<'a> {
    format: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over `bytes`, which are taken for `format` (the word that errors use).
    pub fn new(format: &'static str, bytes: &'a [u8]) -> Self {
        Self { format, rest: bytes }
    }

    /// An error in the words of this reader, for checks of the caller's own.
    pub fn fault(&self, fault: &'static str) -> Malformed {
        Malformed { format: self.format, fault }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.fault("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Bytes of a fixed length.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        Ok(self.take(N)?.try_into().expect("take gives N bytes"))
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.fixed::<1>()?[0])
    }

    /// Four bytes, little-endian.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.fixed()?))
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.fixed()?))
    }

    /// A byte string of at most `max` bytes.
    pub fn bytes(&mut self, max: usize) -> Result<&'a [u8], Malformed> {
        let length = self.u32()? as usize;
        if length > max {
            return Err(self.fault("a part is longer than the format allows"));
        }
        self.take(length)
    }

    /// UTF-8 text of at most `max` bytes.
    pub fn text(&mut self, max: usize) -> Result<&'a str, Malformed> {
        let bytes = self.bytes(max)?;
        str::from_utf8(bytes).map_err(|_| self.fault("a text is not UTF-8"))
    }

    /// A count of at most `max` items.
    pub fn count(&mut self, max: usize) -> Result<usize, Malformed> {
        let count = self.u32()? as usize;
        if count > max {
            return Err(self.fault("it lists more than the format allows"));
        }
        Ok(count)
    }

    /// Bytes that are left.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Refuses trailing bytes.
    pub fn end(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.fault("bytes follow its end")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        const LABEL: Label = Label::new("mandorla/1 test");
        assert_ne!(hash(LABEL, &[b"ab", b"c"]), hash(LABEL, &[b"a", b"bc"]));
        assert_ne!(hash(LABEL, &[b"ab"]), hash(LABEL, &[b"ab", b""]));
    }

    #[test]
    fn reads_back_and_refuses_the_rest() {
        let mut writer = Writer::default();
        writer.u8(1).u32(2).u64(3).text("four").fixed(&[5, 5]);
        let bytes = writer.finish();
        let mut reader = Reader::new("test", &bytes);
        assert_eq!((reader.u8(), reader.u32(), reader.u64(), reader.text(4)), (Ok(1), Ok(2), Ok(3), Ok("four")));
        assert_eq!(reader.fixed(), Ok([5, 5]));
        reader.end().unwrap();

        for cut in 0..bytes.len() {
            let mut reader = Reader::new("test", &bytes[..cut]);
            let read = (|| {
                reader.u8()?;
                reader.u32()?;
                reader.u64()?;
                reader.text(4)?;
                reader.fixed::<2>()
            })();
            assert!(read.is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_length_is_checked_before_it_is_believed() {
        let mut reader = Reader::new("test", &[0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(reader.bytes(8).unwrap_err().fault, "a part is longer than the format allows");
    }
}

//! Card ids, and the short form that people read aloud.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use data_encoding::{Encoding, HEXLOWER, HEXLOWER_PERMISSIVE, Specification};
use thiserror::Error;

/// The 32-byte name of a card's keys: whoever has the same id has the same three keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId([u8; 32]);

impl CardId {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What people read to each other: the first 120 bits.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(*self.0.first_chunk().expect("15 is less than 32"))
    }
}

/// Any 32 bytes are an id; whether there is a card of it is for a book or a charter to say.
impl From<[u8; 32]> for CardId {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// All of it, in lower-case hex.
impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardId({})", self.fingerprint())
    }
}

/// Neither a fingerprint nor an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a fingerprint: six groups of four letters and digits, such as 0f3k-9a2b-7mzq-c4d1-xw58-t6en")]
pub struct NotAFingerprint;

impl FromStr for CardId {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| NotAFingerprint)?;
        Ok(Self(bytes.try_into().map_err(|_| NotAFingerprint)?))
    }
}

/// The first 15 bytes of a card id in six groups of four, without letters that sound or look alike (i, l, o, u). 120 bits
/// cannot be hit by trying keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 15]);

/// Crockford's base32 in lower case. Read back, capitals are fine, `o` is 0, `i` and `l` are 1.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.translate.from.push_str("ABCDEFGHJKMNPQRSTVWXYZOoIiLl");
    specification.translate.to.push_str("abcdefghjkmnpqrstvwxyz001111");
    specification.ignore.push_str("- ");
    specification.encoding().expect("the alphabet has 32 symbols")
});

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = BASE32.encode(&self.0);
        let groups: Vec<_> = text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        f.pad(&groups.join("-"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let bytes = BASE32.decode(text.as_bytes()).map_err(|_| NotAFingerprint)?;
        Ok(Self(bytes.try_into().map_err(|_| NotAFingerprint)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_people_write_it() {
        let mut bytes = [0; 32];
        bytes[..15]
            .copy_from_slice(&[0x00, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCF, 0, 0xFF, 0, 0xFF, 0x10]);
        let fingerprint = CardId::from(bytes).fingerprint();
        let text = fingerprint.to_string();
        assert_eq!(text, "0123-4567-89ab-cdef-03zg-1zrg");
        for written in [
            text.clone(),
            text.to_uppercase(),
            text.replace('-', ""),
            text.replace('-', " "),
            format!(" {} ", text.replace('-', " - ")),
            text.replace('0', "O").replace('1', "l"),
        ] {
            assert_eq!(written.parse(), Ok(fingerprint), "{written}");
        }
        for wrong in ["", "0123", &text[1..], &format!("{text}0"), &text.replace('z', "u"), &text.replace('-', "_")] {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(NotAFingerprint), "{wrong}");
        }
    }

    #[test]
    fn an_id_is_all_of_its_hex() {
        let id = CardId::from([0xAB; 32]);
        assert_eq!(id.to_string(), "ab".repeat(32));
        assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
        assert_eq!("ab".repeat(31).parse::<CardId>(), Err(NotAFingerprint));
        assert_eq!("zz".repeat(32).parse::<CardId>(), Err(NotAFingerprint));
    }
}

//! Hashes: `md5`, `sha1`, `sha256` and `sha512` of files, `imphash` of import tables, `x509-sha1` and `x509-sha256` of
//! certificates, `ja3`, `ja3s` and `jarm` of how programs speak TLS.
//!
//! **Canonical form.** Hex digits, lower case:
//!
//! | digits | kind by length alone | by name only |
//! |---|---|---|
//! | 32 | `md5` | `imphash`, `ja3`, `ja3s` |
//! | 40 | `sha1` | `x509-sha1` |
//! | 62 | | `jarm` |
//! | 64 | `sha256` | `x509-sha256` |
//! | 128 | `sha512` | |
//!
//! A name in front is read (`SHA-256: …`, `IMPHASH=…`). Fingerprints of certificates may have colons or blanks between
//! bytes. Where a hash of a file is named and another has the value's length, it is the other, with a warning.
//!
//! **Source.** RFC 1321, FIPS 180-4; the makers of imphash (Mandiant), JA3 and JARM (Salesforce).
//!
//! **To guess.** Not by trying: 2^128 and more. But the hashes of known files, good and bad, are in public lists of 10^9
//! entries, so that a hash of known malware can be looked up; so are those of certificates in Certificate Transparency. Clients
//! and servers share some 10^5 values of `ja3`, `ja3s` and `jarm`.

use std::borrow::Cow;

use super::{Indicator, Kind, Reading, Rejection, Warning};

/// The kind whose form `value` has.
pub(super) fn kind_of(value: &str) -> Option<Kind> {
    let kind = match value.len() {
        32 => Kind::Md5,
        40 => Kind::Sha1,
        64 => Kind::Sha256,
        128 => Kind::Sha512,
        _ => return None,
    };
    is_hex(value).then_some(kind)
}

/// A hash with its name in front, and what its name says.
pub(super) fn named(value: &str) -> Option<(Kind, &str)> {
    let (name, hash) =
        value.split_once([':', '=']).filter(|(name, hash)| name.len() <= MAX_NAME && !hash.starts_with('/'))?;
    let kind: Kind = name.trim_end().parse().ok()?;
    digits(kind).map(|_| (kind, hash.trim_start()))
}

/// A hash where `kind` is named.
pub(super) fn read(kind: Kind, value: &str) -> Result<Reading, Rejection> {
    if let Some((own, hash)) = named(value) {
        let reading = exact(own, hash)?;
        return Ok(if reading.indicator.kind == kind { reading } else { reading.warn(Warning::OtherKind) });
    }
    exact(kind, value)
}

fn exact(kind: Kind, value: &str) -> Result<Reading, Rejection> {
    let hash = without_separators(kind, value);
    let reading = |kind| Reading::from(Indicator::new(kind, hash.to_ascii_lowercase()));
    match kind_of(&hash) {
        _ if is_hex(&hash) && Some(hash.len()) == digits(kind) => Ok(reading(kind)),
        Some(other) if is_of_files(kind) => Ok(reading(other).warn(Warning::OtherKind)),
        _ => Err(Rejection::Unfit { kind, fault: fault(kind) }),
    }
}

/// How many hex digits hashes of `kind` have, if it is a kind of hash.
pub(super) fn digits(kind: Kind) -> Option<usize> {
    Some(match kind {
        Kind::Md5 | Kind::Imphash | Kind::Ja3 | Kind::Ja3s => 32,
        Kind::Sha1 | Kind::X509Sha1 => 40,
        Kind::Jarm => 62,
        Kind::Sha256 | Kind::X509Sha256 => 64,
        Kind::Sha512 => 128,
        _ => return None,
    })
}

/// Programs that print certificates put colons or blanks between the bytes.
fn without_separators(kind: Kind, value: &str) -> Cow<'_, str> {
    let are_bytes = |separator| value.contains(separator) && value.split(separator).all(|byte| byte.len() == 2);
    if matches!(kind, Kind::X509Sha1 | Kind::X509Sha256) && (are_bytes(':') || are_bytes(' ')) {
        value.replace([':', ' '], "").into()
    } else {
        value.into()
    }
}

fn is_hex(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether one length is one kind: what the name says otherwise is a slip.
fn is_of_files(kind: Kind) -> bool {
    matches!(kind, Kind::Md5 | Kind::Sha1 | Kind::Sha256 | Kind::Sha512)
}

fn fault(kind: Kind) -> &'static str {
    match kind {
        Kind::Imphash | Kind::Ja3 | Kind::Ja3s => "it has 32 hex digits",
        Kind::Jarm => "it has 62 hex digits",
        Kind::X509Sha1 => "the SHA-1 of a certificate has 40 hex digits, with or without colons between bytes",
        Kind::X509Sha256 => "the SHA-256 of a certificate has 64 hex digits, with or without colons between bytes",
        _ => "an md5 has 32 hex digits, a sha1 40, a sha256 64 and a sha512 128",
    }
}

/// As long as `x509-fingerprint-sha256`. Looking names up costs more than the rest of most values.
const MAX_NAME: usize = 23;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_tells_the_kind_and_case_is_folded() {
        for kind in Kind::ALL {
            let Some(length) = digits(kind) else { continue };
            let raw = "aB".repeat(length / 2);
            let reading = read(kind, &raw).unwrap();
            assert_eq!((reading.indicator.kind, reading.indicator.value()), (kind, &*raw.to_lowercase()));
            assert!(reading.warnings.is_empty());
            assert_eq!(read(kind, &format!("{kind}: {raw}")).unwrap(), reading);
            assert!(read(kind, &raw[1..]).is_err() && read(kind, &format!("{}g", &raw[1..])).is_err());
        }
    }
}

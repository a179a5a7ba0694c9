//! `md5`, `sha1` and `sha256`: hashes of files.
//!
//! **Canonical form.** 32, 40 or 64 hex digits, lower case. The length tells the kind.
//!
//! **Source.** RFC 1321, FIPS 180-4.
//!
//! **To guess.** Not by trying: 2^128 and more. But the hashes of known files, good and bad, are in public lists of 10^9
//! entries, so that a hash of known malware can be looked up.

use super::{Indicator, Kind, Rejection};

/// The kind whose form `value` has.
pub(super) fn kind_of(value: &str) -> Option<Kind> {
    let kind = match value.len() {
        32 => Kind::Md5,
        40 => Kind::Sha1,
        64 => Kind::Sha256,
        _ => return None,
    };
    value.bytes().all(|b| b.is_ascii_hexdigit()).then_some(kind)
}

/// A hash where `kind` is named.
pub(super) fn read(kind: Kind, value: &str) -> Result<Indicator, Rejection> {
    match kind_of(value) {
        Some(found) if found == kind => Ok(Indicator::new(kind, value.to_ascii_lowercase())),
        Some(Kind::Md5) => Err(Rejection::Unfit { kind, fault: "it has the length of an md5; name that kind" }),
        Some(Kind::Sha1) => Err(Rejection::Unfit { kind, fault: "it has the length of a sha1; name that kind" }),
        Some(_) => Err(Rejection::Unfit { kind, fault: "it has the length of a sha256; name that kind" }),
        None => Err(Rejection::Unfit { kind, fault: "an md5 has 32 hex digits, a sha1 40 and a sha256 64" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_tells_the_kind_and_case_is_folded() {
        for (kind, length) in [(Kind::Md5, 32), (Kind::Sha1, 40), (Kind::Sha256, 64)] {
            let raw = "aB".repeat(length / 2);
            assert_eq!(kind_of(&raw), Some(kind));
            assert_eq!(read(kind, &raw).unwrap().value(), raw.to_lowercase());
            for other in [Kind::Md5, Kind::Sha1, Kind::Sha256].into_iter().filter(|other| *other != kind) {
                assert!(read(other, &raw).unwrap_err().to_string().contains(kind.name()), "{other}");
            }
        }
        for raw in ["", "abc", &"g".repeat(32), &"a".repeat(31), &"é".repeat(16)] {
            assert!(read(Kind::Md5, raw).unwrap_err().to_string().contains("hex digits"), "{raw}");
        }
    }
}

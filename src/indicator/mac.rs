//! `mac`: hardware addresses.
//!
//! **Canonical form.** Six bytes (EUI-48) or eight (EUI-64), each two lower-case hex digits, with colons between. Where the
//! kind is named, hyphens (`00-00-5E-00-53-01`), Cisco's dots (`0000.5e00.5301`) and no separators at all are read as well.
//!
//! Eight pairs with colons are an IPv6 address as well, by its letter. Bare, they are a hardware address: nobody writes all
//! the leading zeros but one pair of an IPv6 address, and those whose groups have two digits lie in `::/8`, which is reserved.
//!
//! **Source.** IEEE 802, "Guidelines for use of EUI"; RFC 9542 section 2.1 on the form.
//!
//! **To guess.** 2^48, but half of it is the maker, of which some 40,000 are registered: 2^24 for each, in seconds.

use super::{Indicator, Kind, Reading, Rejection};

/// An address where the kind is named.
pub(super) fn read(value: &str) -> Result<Reading, Rejection> {
    let digits = digits(value).filter(|digits| matches!(digits.len(), 12 | 16)).ok_or(Rejection::Unfit {
        kind: Kind::Mac,
        fault: "a hardware address is six or eight pairs of hex digits with colons, hyphens or nothing between them",
    })?;
    let pairs: Vec<&str> = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]).collect();
    Ok(Indicator::new(Kind::Mac, pairs.join(":")).into())
}

/// Whether `value` is six or eight pairs of hex digits with colons between.
pub(super) fn has_form(value: &str) -> bool {
    matches!(value.len(), 17 | 23) && are_groups(value, ':', 2)
}

/// The hex digits of `value`, lower case, if it has one of the forms in use.
fn digits(value: &str) -> Option<String> {
    let has_form = are_groups(value, ':', 2)
        || are_groups(value, '-', 2)
        || are_groups(value, '.', 4)
        || value.bytes().all(|b| b.is_ascii_hexdigit());
    has_form.then(|| value.replace([':', '-', '.'], "").to_ascii_lowercase())
}

fn are_groups(value: &str, separator: char, length: usize) -> bool {
    value.split(separator).all(|group| group.len() == length && group.bytes().all(|b| b.is_ascii_hexdigit()))
}

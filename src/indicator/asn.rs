//! `asn`: autonomous systems, the networks that announce addresses to each other.
//!
//! **Canonical form.** `AS` and the number in decimal (asplain): `AS64496`. The dotted form is read (`AS1.10` is `AS65546`), as
//! are `ASN64496`, `AS 64496` and, where the kind is named, the number alone. Refused: leading zeros, more than 32 bits, and 0,
//! which no system has.
//!
//! **Source.** RFC 5396 on the forms, RFC 6793 on 32 bits, RFC 7607 on 0.
//!
//! **To guess.** 2^32 numbers, of which some 10^5 are in use, all public.

use super::{Indicator, Kind, Reading, Rejection};

/// A number where the kind is named.
pub(super) fn read(value: &str) -> Result<Reading, Rejection> {
    let number = ["asn", "as"].iter().find_map(|prefix| without_prefix(value, prefix)).unwrap_or(value);
    match parse(number.trim_start()) {
        Ok(number) => Ok(Indicator::new(Kind::Asn, format!("AS{number}")).into()),
        Err(fault) => Err(Rejection::Unfit { kind: Kind::Asn, fault }),
    }
}

/// Whether `value` is `AS` and digits.
pub(super) fn has_form(value: &str) -> bool {
    without_prefix(value, "as").is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn without_prefix<'a>(value: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = value.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn parse(number: &str) -> Result<u32, &'static str> {
    let number = match number.split_once('.') {
        None => decimal(number)?,
        Some((high, low)) => match (u16::try_from(decimal(high)?), u16::try_from(decimal(low)?)) {
            (Ok(high), Ok(low)) => u32::from(high) << 16 | u32::from(low),
            _ => return Err("both numbers round the dot are below 65536"),
        },
    };
    if number == 0 { Err("no autonomous system has the number 0") } else { Ok(number) }
}

fn decimal(digits: &str) -> Result<u32, &'static str> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("an autonomous system is written AS and its number, as in AS64496");
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("the number begins with 0; write it without");
    }
    digits.parse().map_err(|_| "the number has more than 32 bits")
}

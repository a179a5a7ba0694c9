//! `phone`: phone numbers.
//!
//! **Canonical form.** E.164: `+` and 7 to 15 digits, the first not 0. A leading `tel:` goes, as do blanks, hyphens, dots,
//! slashes and parentheses; `(0)`, the trunk prefix that callers from abroad leave out, goes with its 0. A number without `+`
//! is refused, as it means a different phone in every country.
//!
//! **Source.** ITU-T E.164, RFC 3966 for `tel:`.
//!
//! **To guess.** About 10^11 numbers are assignable, fewer in use: minutes to hours.

use std::str::FromStr;

use super::{Indicator, Kind, Rejection};

/// A country, by its two letters in ISO 3166-1, for numbers without a country code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country([u8; 2]);

impl FromStr for Country {
    type Err = Rejection;

    fn from_str(code: &str) -> Result<Self, Rejection> {
        match code.as_bytes() {
            [a, b] if code.bytes().all(|b| b.is_ascii_alphabetic()) => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(Rejection::Unrecognised),
        }
    }
}

/// Whether `value` says itself that it is a phone number.
pub(super) fn is_marked(value: &str) -> bool {
    value.starts_with('+') || without_scheme(value).is_some()
}

/// A number where the kind is named.
pub(super) fn read(value: &str) -> Result<Indicator, Rejection> {
    let number = without_scheme(value).unwrap_or(value);
    canonical(number).map_err(|fault| Rejection::Unfit { kind: Kind::Phone, fault })
}

fn without_scheme(value: &str) -> Option<&str> {
    let (scheme, number) = value.split_at_checked(4)?;
    scheme.eq_ignore_ascii_case("tel:").then(|| number.trim_start())
}

fn canonical(number: &str) -> Result<Indicator, &'static str> {
    let national = number.strip_prefix('+').ok_or("a national number; write it with + and the country code")?;
    let mut canonical = String::from("+");
    for c in national.replace("(0)", "").chars() {
        match c {
            '0'..='9' => canonical.push(c),
            '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2013}' => {}
            _ if c.is_whitespace() => {}
            _ => return Err("it has a character that no phone number has; write + and digits, without an extension"),
        }
    }
    match canonical.as_bytes() {
        [_, b'0', ..] => Err("no country code begins with 0"),
        digits if (8..=16).contains(&digits.len()) => Ok(Indicator::new(Kind::Phone, canonical)),
        _ => Err("a phone number has 7 to 15 digits, with the country code"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (raw, value) in [
            ("+12025550123", "+12025550123"),
            ("+1 (202) 555-0123", "+12025550123"),
            ("tel:+1-202-555-0123", "+12025550123"),
            ("TEL: +1.202.555.0123", "+12025550123"),
            ("+49 (0)30/901\u{A0}820", "+4930901820"),
            ("+39 06 1234567", "+39061234567"),
            ("+1 202\u{2011}555\u{2013}0123", "+12025550123"),
        ] {
            assert_eq!(read(raw), Ok(Indicator::new(Kind::Phone, value)), "{raw}");
        }
    }

    #[test]
    fn refuses_with_the_reason() {
        for (raw, reason) in [
            ("030 901820", "write it with + and the country code"),
            ("0049 30 901820", "write it with + and the country code"),
            ("2025550123", "write it with + and the country code"),
            ("+049 30 901820", "begins with 0"),
            ("+49 30", "7 to 15"),
            ("+1234567890123456", "7 to 15"),
            ("+1 202 555 0123 ext. 4", "extension"),
            ("+1 202 555 CALL", "extension"),
            ("+١٢٣٤٥٦٧٨", "extension"),
            ("++12025550123", "extension"),
        ] {
            let message = read(raw).unwrap_err().to_string();
            assert!(message.contains(reason), "{raw}: {message}");
        }
    }
}

//! `phone`: phone numbers.
//!
//! **Canonical form.** E.164: `+` and 7 to 15 digits, the first not 0. A leading `tel:` goes, as do blanks, hyphens, dots,
//! slashes and parentheses; `(0)`, the trunk prefix that callers from abroad leave out, goes with its 0, except in Italian
//! numbers, where the 0 is dialled. Digits and plus of full width are the plain ones. An extension is refused: it is a phone
//! of its own. Whether a number with `+` is assigned is not asked.
//!
//! A number without `+` means a different phone in every country, and is refused unless the country is named. Then it is read
//! by that country's numbering plan, and says so by a warning: with its trunk prefix or without, after its prefix for calls
//! abroad, or as the country code without its `+`. What the plan has no place for is refused.
//!
//! **Source.** ITU-T E.164, RFC 3966 for `tel:`; the numbering plans are those of libphonenumber, by the `phonenumber` crate.
//!
//! **To guess.** About 10^11 numbers are assignable, fewer in use: minutes to hours.

use std::borrow::Cow;
use std::str::FromStr;

use phonenumber::country::Id;
use phonenumber::{Metadata, metadata::DATABASE};

use super::{Indicator, Kind, Reading, Rejection, Warning};

/// A country, by its two letters in ISO 3166-1, for numbers without a country code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(Id);

impl FromStr for Country {
    type Err = Rejection;

    fn from_str(code: &str) -> Result<Self, Rejection> {
        let id: Id = code.to_ascii_uppercase().parse().map_err(|_| Rejection::UnknownCountry)?;
        DATABASE.by_id(id.as_ref()).map(|_| Self(id)).ok_or(Rejection::UnknownCountry)
    }
}

/// Whether `value` says itself that it is a phone number.
pub(super) fn is_marked(value: &str) -> bool {
    value.starts_with(PLUS) || without_scheme(value).is_some()
}

/// A number where the kind is named. One without `+` is a number of `country`.
pub(super) fn read(value: &str, country: Option<Country>) -> Result<Reading, Rejection> {
    let number = without_scheme(value).unwrap_or(value);
    let reading = match (number.strip_prefix(PLUS), country) {
        (Some(number), _) => international(&without_trunk_zero(number)).map(Reading::from),
        (None, Some(country)) => {
            national(number, country).map(|indicator| Reading::from(indicator).warn(Warning::Country))
        }
        (None, None) => {
            Err("a national number; write it with + and the country code, or name the country with --country")
        }
    };
    reading.map_err(|fault| Rejection::Unfit { kind: Kind::Phone, fault })
}

fn without_scheme(value: &str) -> Option<&str> {
    let (scheme, number) = value.split_at_checked(4)?;
    scheme.eq_ignore_ascii_case("tel:").then(|| number.trim_start())
}

/// `number` is without its `+`.
fn international(number: &str) -> Result<Indicator, &'static str> {
    let digits = digits(number)?;
    match digits.as_bytes() {
        [b'0', ..] => Err("no country code begins with 0"),
        digits if !(7..=15).contains(&digits.len()) => Err("a phone number has 7 to 15 digits, with the country code"),
        _ => Ok(Indicator::new(Kind::Phone, format!("+{digits}"))),
    }
}

fn without_trunk_zero(number: &str) -> Cow<'_, str> {
    if number.starts_with(ITALY) || !number.contains("(0)") { number.into() } else { number.replace("(0)", "").into() }
}

fn digits(number: &str) -> Result<String, &'static str> {
    let mut digits = String::new();
    for c in number.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '\u{FF10}'..='\u{FF19}' => digits.extend(char::from_digit(u32::from(c) - 0xFF10, 10)),
            '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2013}' => {}
            _ if c.is_whitespace() => {}
            _ => return Err("it has a character that no phone number has; write + and digits, without an extension"),
        }
        if digits.len() > MAX_DIALLED {
            return Err("a phone number has 7 to 15 digits, with the country code");
        }
    }
    Ok(digits)
}

/// The crate's own parser is not asked: it takes a trunk prefix off twice, so that Russian `8 800 …` is lost, and reads
/// letters.
fn national(number: &str, country: Country) -> Result<Indicator, &'static str> {
    let plan = DATABASE.by_id(country.0.as_ref()).ok_or("the country has no numbering plan")?;
    let dialled = digits(number)?;
    if let Some(abroad) = after_international_prefix(plan, &dialled) {
        return international(abroad);
    }
    let code = plan.country_code().to_string();
    let assignable = |number: Option<String>| number.filter(|number| is_assignable(plan, number));
    let trunk = assignable(without_national_prefix(plan, &dialled));
    let bare = assignable(Some(dialled.clone()));
    let coded = assignable(dialled.strip_prefix(&code).map(str::to_owned));
    let significant = match (trunk, bare, coded) {
        (Some(number), _, _) | (None, Some(number), None) | (None, None, Some(number)) => number,
        (None, Some(_), Some(_)) => {
            return Err("it may begin with the country code or with an area code; write it with +");
        }
        (None, None, None) => return Err("no number of the country named; write it with + and the country code"),
    };
    international(&(code + &significant))
}

fn after_international_prefix<'a>(plan: &Metadata, dialled: &'a str) -> Option<&'a str> {
    let prefix = plan.international_prefix()?.find(dialled).filter(|found| found.start() == 0)?;
    let abroad = &dialled[prefix.end()..];
    // What follows the prefix must be able to be a number, or the prefix is one of a national number.
    let is_number = !abroad.starts_with('0') && abroad.len() >= 7 && !is_assignable(plan, dialled);
    is_number.then_some(abroad)
}

/// Without the trunk prefix, and rewritten where the plan says so, as for Argentina's mobile phones.
fn without_national_prefix(plan: &Metadata, dialled: &str) -> Option<String> {
    let Some(prefix) = plan.national_prefix_for_parsing() else {
        return dialled.strip_prefix(plan.national_prefix()?).map(str::to_owned);
    };
    let captures = prefix.captures(dialled)?;
    let whole = captures.get(0).filter(|found| found.start() == 0)?;
    let last = captures.get(captures.len() - 1);
    match (plan.national_prefix_transform_rule(), last) {
        (Some(rule), Some(_)) => Some(prefix.replace(dialled, rule).into_owned()),
        _ => Some(dialled[whole.end()..].to_owned()),
    }
}

/// Whether the plan has a place for the number: the general form, in one of the lengths of the kinds of lines.
fn is_assignable(plan: &Metadata, number: &str) -> bool {
    let lines = plan.descriptors();
    let kinds = [
        lines.fixed_line(),
        lines.mobile(),
        lines.toll_free(),
        lines.premium_rate(),
        lines.shared_cost(),
        lines.personal_number(),
        lines.voip(),
        lines.pager(),
        lines.uan(),
        lines.voicemail(),
    ];
    lines.general().is_match(number) && kinds.into_iter().flatten().any(|line| line.is_match(number))
}

const PLUS: [char; 2] = ['+', '\u{FF0B}'];

/// The country code of Italy and the Vatican.
const ITALY: &str = "39";

/// More digits than any number has with the prefixes before it.
const MAX_DIALLED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn national_numbers_are_those_of_their_country() {
        for (country, raw, value) in [
            ("US", "(202) 555-0123", "+12025550123"),
            ("US", "1-202-555-0123", "+12025550123"),
            ("us", "011 44 20 7946 0958", "+442079460958"),
            ("GB", "020 7946 0958", "+442079460958"),
            ("GB", "00 1 202 555 0123", "+12025550123"),
            ("DE", "030 23125 000", "+493023125000"),
            ("FR", "33 1 99 00 12 34", "+33199001234"),
            ("DE", "tel:030-23125000", "+493023125000"),
            ("IT", "06 1234 5678", "+390612345678"),
            ("FR", "01 99 00 12 34", "+33199001234"),
            ("RU", "8 (800) 555-00-00", "+78005550000"),
            ("RU", "8005550000", "+78005550000"),
            ("AR", "011 15-2345-6789", "+5491123456789"),
            ("BR", "0 31 21 2345-6789", "+552123456789"),
            ("MX", "55 1234 5678", "+525512345678"),
            ("AU", "(02) 5550 1234", "+61255501234"),
        ] {
            let reading = read(raw, Some(country.parse().unwrap())).unwrap_or_else(|e| panic!("{country} {raw} {e}"));
            assert_eq!(reading.indicator.value(), value, "{country} {raw}");
            assert!(reading.warnings.contains(Warning::Country), "{raw}");
            assert_eq!(read(value, None), Ok(reading.indicator.into()), "{raw}");
        }
        for (country, raw) in [
            ("DE", "4930 23125000"),
            ("US", "555-0123"),
            ("DE", "110"),
            ("GB", "12025550123"),
            ("DE", ""),
            ("US", "202-555-0123 x4"),
        ] {
            assert!(read(raw, Some(country.parse().unwrap())).is_err(), "{country} {raw}");
        }
    }

    #[test]
    fn countries_are_two_known_letters() {
        for code in ["UK", "D", "DEU", "ZZ", "49", "", "é1", "001"] {
            assert_eq!(code.parse::<Country>(), Err(Rejection::UnknownCountry), "{code}");
        }
    }

    proptest! {
        #[test]
        fn no_number_of_any_country_panics(
            region in prop::sample::select(DATABASE.iter().map(|plan| plan.id().to_owned()).collect::<Vec<_>>()),
            raw in "\\PC{0,20}|(tel:|\\+|00|011|0|8)?[0-9]{0,17}|[0-9 ()./+-]{0,40}",
        ) {
            if let Ok(country) = region.parse() && let Ok(reading) = read(&raw, Some(country)) {
                prop_assert_eq!(read(reading.indicator.value(), Some(country)), Ok(reading.indicator.into()));
            }
        }
    }
}

//! `ad-account`: advertising accounts.
//!
//! **Canonical form.** `platform:number`. The platform is written as in [`account`], with `meta` for Facebook's
//! and `google` for Google's advertising. What the platforms put before their numbers goes, and so do hyphens between digits:
//!
//! | platform | also called | form |
//! |---|---|---|
//! | `meta` | `facebook`, `fb`, `instagram` | digits; `act_` goes |
//! | `google` | `adwords`, `google-ads` | 10 digits, without the hyphens of `123-456-7890` |
//! | `adsense` | `google-adsense` | `pub-` and 16 digits; `ca-` goes |
//! | `microsoft` | `bing` | letters and digits, lower case |
//! | `twitter` | `x` | letters and digits, lower case |
//! | `linkedin` | | digits; `urn:li:sponsoredAccount:` goes |
//! | `snapchat` | | a UUID, lower case |
//! | `tiktok`, `pinterest`, `vk` | | digits |
//!
//! Other platforms are taken where they are named: letters, digits, `.`, `_` and `-`, in the case that they are written in.
//!
//! **Source.** The platforms' manuals for advertisers; the form is this program's.
//!
//! **To guess.** Numbers of 9 to 16 digits, mostly in sequence: 10^9 to 10^11 are in use.

use super::{Indicator, Kind, Reading, Rejection, account};

/// An account where the kind is named: `platform:number`, or Meta's `act_` and number.
pub(super) fn read(value: &str) -> Result<Reading, Rejection> {
    reading(if value.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("act_")) {
        on("meta", value)
    } else {
        let split = value.split_once(':').ok_or("an advertising account is written `platform:number`");
        split.and_then(|(platform, number)| on(platform, number))
    })
}

/// An account where the platform is named too: a number alone will do.
pub(super) fn read_on(platform: &str, value: &str) -> Result<Reading, Rejection> {
    let named = value.split_once(':').filter(|(name, _)| platform_name(name) == platform_name(platform));
    reading(on(platform, named.map_or(value, |(_, number)| number)))
}

/// The name of an advertising platform, of the names that are in use for it.
pub(super) fn platform_name(name: &str) -> Result<String, &'static str> {
    let name = account::platform_name(name)?;
    Ok(match name.as_str() {
        "facebook" | "instagram" => "meta".into(),
        "adwords" | "google-ads" | "googleads" | "google_ads" | "gads" => "google".into(),
        "google-adsense" => "adsense".into(),
        "bing" | "bing-ads" | "bingads" => "microsoft".into(),
        _ => name,
    })
}

fn reading(account: Result<String, &'static str>) -> Result<Reading, Rejection> {
    match account {
        Ok(account) => Ok(Indicator::new(Kind::AdAccount, account).into()),
        Err(fault) => Err(Rejection::Unfit { kind: Kind::AdAccount, fault }),
    }
}

fn on(platform: &str, number: &str) -> Result<String, &'static str> {
    let platform = platform_name(platform)?;
    let number = match platform.as_str() {
        "meta" => digits(without(number, "act_"), 5..=20),
        "google" => digits(&number.replace('-', ""), 10..=10),
        "adsense" => digits(without(without(number, "ca-"), "pub-"), 16..=16).map(|number| format!("pub-{number}")),
        "linkedin" => digits(without(number, "urn:li:sponsoredAccount:"), 5..=20),
        "tiktok" | "pinterest" | "vk" => digits(number, 5..=20),
        "twitter" | "microsoft" => plain(number, "").map(|number| number.to_ascii_lowercase()),
        "snapchat" => uuid(number),
        _ => plain(number, "._-"),
    }?;
    Ok(format!("{platform}:{number}"))
}

/// `number` without what a platform puts before it, in any case.
fn without<'a>(number: &'a str, prefix: &str) -> &'a str {
    let (start, rest) = number.split_at_checked(prefix.len()).unwrap_or(("", number));
    if start.eq_ignore_ascii_case(prefix) { rest } else { number }
}

fn digits(number: &str, length: std::ops::RangeInclusive<usize>) -> Result<String, &'static str> {
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err("an advertising account of this platform is a number");
    }
    length
        .contains(&number.len())
        .then(|| number.to_owned())
        .ok_or("the number has too few digits or too many for this platform")
}

fn plain(id: &str, marks: &str) -> Result<String, &'static str> {
    if !(1..=64).contains(&id.len()) {
        return Err("the account after the platform is empty, or longer than 64 bytes");
    }
    let is_plain = id.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c));
    is_plain.then(|| id.to_owned()).ok_or("the account has a character that no account of this platform has")
}

fn uuid(id: &str) -> Result<String, &'static str> {
    let is_uuid =
        id.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    is_uuid.then(|| id.to_ascii_lowercase()).ok_or("an advertising account of this platform is a UUID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_platform_needs_the_number_only() {
        for (platform, raw, value) in [
            ("facebook", "act_1234567890", "meta:1234567890"),
            ("meta", "fb:1234567890", "meta:1234567890"),
            ("google", "123-456-7890", "google:1234567890"),
            ("linkedin", "urn:li:sponsoredAccount:123456789", "linkedin:123456789"),
        ] {
            assert_eq!(read_on(platform, raw).unwrap().indicator.value(), value, "{raw}");
            assert_eq!(read(value).unwrap().indicator.value(), value, "{raw}");
        }
        assert!(read_on("meta", "google:1234567890").is_err());
    }
}

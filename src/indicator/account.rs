//! `account`: accounts and personas on platforms.
//!
//! **Canonical form.** `platform:handle`. The platform is lower case, `a-z 0-9 . _ -`, and one of several names in use is
//! the platform's own here (`x` is `twitter`, `fb` is `facebook`, `ig` is `instagram`, `yt` is `youtube`, `tg` is `telegram`). The
//! handle has no leading `@`, and is lower-cased on the platforms below that take upper and lower case for the same; elsewhere
//! it keeps its case. Numeric ids are handles. An unknown platform is taken where the kind is named, and not guessed from
//! the form otherwise. A profile's URL is a `url`.
//!
//! **Source.** The platforms' own rules; the form is this program's.
//!
//! **To guess.** Handles: lists of the large platforms' users circulate, some 10^9 each. Numeric ids: 10^8 to 10^15, in sequence.

use super::{Indicator, Kind, Rejection};

/// An account where the kind is named.
pub(super) fn read(value: &str) -> Result<Indicator, Rejection> {
    canonical(value).map_err(|fault| Rejection::Unfit { kind: Kind::Account, fault })
}

/// Whether `value` begins with a known platform and a colon.
pub(super) fn has_known_platform(value: &str) -> bool {
    value.split_once(':').is_some_and(|(platform, _)| {
        let platform = canonical_platform(platform);
        folds(&platform) || keeps(&platform)
    })
}

/// The account whose profile a canonical URL is.
pub(crate) fn of_profile_url(_url: &str) -> Option<Indicator> {
    None
}

fn canonical(value: &str) -> Result<Indicator, &'static str> {
    let (platform, handle) = value.split_once(':').ok_or("an account is written `platform:handle`")?;
    let platform = canonical_platform(platform);
    let handle = handle.trim_start_matches('@');
    if platform.is_empty() || !platform.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
        return Err(
            "the platform before the colon is empty or has characters other than letters, digits, `.`, `_` and `-`",
        );
    }
    if handle.is_empty() {
        return Err("no handle follows the colon");
    }
    if handle.contains('/') {
        return Err("the handle has a slash; if it is a profile's URL, name the kind url");
    }
    if handle.len() > MAX_HANDLE {
        return Err("the handle is longer than 256 bytes");
    }
    let handle = if folds(&platform) { &*handle.to_lowercase() } else { handle };
    Ok(Indicator::new(Kind::Account, format!("{platform}:{handle}")))
}

fn canonical_platform(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "x" => "twitter".into(),
        "fb" => "facebook".into(),
        "ig" => "instagram".into(),
        "yt" => "youtube".into(),
        "tg" => "telegram".into(),
        _ => name,
    }
}

/// Platforms that take `Name` and `name` for the same account.
fn folds(platform: &str) -> bool {
    "bluesky discord facebook flickr gab gettr github gitlab instagram linkedin mastodon medium odnoklassniki parler patreon \
     pinterest reddit skype snapchat soundcloud telegram threads tiktok truthsocial twitch twitter vk"
        .split(' ')
        .any(|folding| folding == platform)
}

/// Platforms with identifiers in which case tells accounts apart, or that do not say.
fn keeps(platform: &str) -> bool {
    "line quora rumble signal steam wechat weibo whatsapp youtube".split(' ').any(|keeping| keeping == platform)
}

/// The longest handle in bytes; those of known platforms are shorter than a third of it.
const MAX_HANDLE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (raw, value) in [
            ("twitter:@Jane_Doe", "twitter:jane_doe"),
            ("X:Jane_Doe", "twitter:jane_doe"),
            ("fb:100001234567890", "facebook:100001234567890"),
            ("ig:Jane.Doe", "instagram:jane.doe"),
            ("tg:JaneDoe", "telegram:janedoe"),
            ("yt:UCaBcD", "youtube:UCaBcD"),
            ("mastodon:@Jane@social.example", "mastodon:jane@social.example"),
            ("Forum.example:@@Jane", "forum.example:Jane"),
            ("discord:Jane#1234", "discord:jane#1234"),
        ] {
            assert_eq!(read(raw), Ok(Indicator::new(Kind::Account, value)), "{raw}");
        }
    }

    #[test]
    fn refuses_with_the_reason() {
        let long = format!("twitter:{}", "a".repeat(257));
        for (raw, reason) in [
            ("@jane", "platform:handle"),
            (":jane", "platform before"),
            ("twit ter:jane", "platform before"),
            ("twitter:", "no handle"),
            ("twitter:@", "no handle"),
            ("twitter:https://x.example/jane", "kind url"),
            (&long, "256"),
        ] {
            let message = read(raw).unwrap_err().to_string();
            assert!(message.contains(reason), "{raw}: {message}");
        }
    }

    #[test]
    fn only_known_platforms_are_guessed() {
        assert!(has_known_platform("TG:jane") && has_known_platform("youtube:x"));
        assert!(!has_known_platform("forum.example:jane") && !has_known_platform("twitter"));
    }
}

//! `account`: accounts and personas on platforms.
//!
//! **Canonical form.** `platform:handle`. The platform is lower case, `a-z 0-9 . _ -`, and one of several names in use is
//! the platform's own here: `x` and `twitter.com` are `twitter`, `fb` is `facebook`, `ig` is `instagram`, `yt` is `youtube`,
//! `tg` is `telegram`. The handle has no leading `@`; its case is folded where the platform takes upper and lower case for the
//! same, and stands as written elsewhere. Numeric ids are handles.
//!
//! Where the kind is named, a profile's URL is read as the account: mobile and regional hosts, query, fragment, a trailing
//! slash and tabs such as `/photos` go; posts, groups, invitations and searches are refused. Bare, a URL is a `url`. An unknown
//! platform is taken where the kind is named, by general rules, and never guessed from the form.
//!
//! | platform | case | handles |
//! |---|---|---|
//! | `bluesky` | folded | a domain (`jane.bsky.social`) or a `did:` |
//! | `facebook` | folded | letters and digits; dots do not tell names apart there and go; the id ends page names such as `Some-Page-100000000000001` |
//! | `instagram`, `threads` | folded | 1 to 30 of `a-z 0-9 . _` |
//! | `linkedin` | folded | people; `company/`, `school/` and `showcase/` stay before the names of those |
//! | `mastodon` | folded | `user@host`, also from `https://host/@user` of any host; without a host the name alone |
//! | `medium`, `tumblr`, `livejournal` | folded | also from `name.medium.com` and the like |
//! | `odnoklassniki` | folded | names and ids (`ok.ru/profile/…`) |
//! | `reddit` | folded | `u/` and `user/` go; `r/` is a forum, no account |
//! | `rumble` | kept | users; `c/` stays before channels, which have names of their own |
//! | `steam` | folded | custom names and ids of 17 digits |
//! | `telegram` | folded | 4 to 32 of `a-z 0-9 _` |
//! | `tiktok` | folded | 2 to 24 of `a-z 0-9 . _` |
//! | `twitter` | folded | 1 to 15 of `a-z 0-9 _` |
//! | `vk` | folded | names; ids as `id1`, communities as `club1` (`public1` is the same) |
//! | `weibo`, `quora`, `line`, `wechat` | kept | |
//! | `whatsapp` | - | E.164 with `+`; always international, as in `wa.me/…` |
//! | `signal` | folded | E.164 with `+`, or a name |
//! | `xmpp` | folded | `user@host` |
//! | `youtube` | folded, `UC…` kept | handles; the names of `c/` and `user/` became handles and are taken for them; ids of channels |
//! | `discord`, `flickr`, `gab`, `gettr`, `github`, `gitlab`, `parler`, `patreon`, `pinterest`, `skype`, `snapchat`, `soundcloud`, `truthsocial`, `twitch` | folded | |
//!
//! **Source.** The platforms' own rules, as far as they are certain; RFC 7565 for `user@host`. The form is this program's.
//!
//! **To guess.** Handles: lists of the large platforms' users circulate, some 10^9 each. Numeric ids: 10^8 to 10^15, in
//! sequence.

mod platform;
mod profile;
mod special;

use self::platform::Platform;
use super::{Indicator, Kind, Reading, Rejection};

/// An account where the kind is named: `platform:handle`, `@user@host`, or the URL of a profile.
pub(super) fn read(value: &str) -> Result<Reading, Rejection> {
    reading(canonical(value))
}

/// An account where the platform is named too: a handle alone will do, and a value that names a platform itself is believed.
pub(super) fn read_on(platform: &str, value: &str) -> Result<Reading, Rejection> {
    let names_platform =
        |(name, _): &(&str, &str)| Platform::named(name).is_some() || name.eq_ignore_ascii_case(platform);
    reading(match value.split_once(':').filter(names_platform) {
        Some(_) => canonical(value),
        None if profile::is_url(value) => profile::read(value),
        None => canonical_on(platform, value),
    })
}

/// The account whose profile this URL is, if its form alone says so.
pub(crate) fn of_profile_url(url: &str) -> Option<Indicator> {
    Indicator::from_canonical(Kind::Account, &profile::read(url).ok()?).ok()
}

/// Names of platforms that are words or letters in other texts too.
const WORDS: [&str; 7] = ["line", "medium", "signal", "steam", "threads", "x", "ok"];

/// Whether a platform has this name.
pub(super) fn is_known(platform: &str) -> bool {
    Platform::named(platform).is_some()
}

/// Whether `value` begins with a known platform and a colon. Hosts do not count here: `t.me:443` is no account.
pub(super) fn has_known_platform(value: &str) -> bool {
    let (name, handle) = value.split_once(':').unwrap_or_default();
    // `line:42` and `x:10` are no accounts, and `tg://…` is a link.
    let is_word = WORDS.iter().any(|word| name.eq_ignore_ascii_case(word)) && !handle.starts_with('@');
    !is_word && !handle.starts_with("//") && Platform::called(name).is_some()
}

/// The platform's own name, of the names that are in use for it; as written, but lower case, where it is not known.
pub(super) fn platform_name(name: &str) -> Result<String, &'static str> {
    match Platform::named(name) {
        Some(platform) => Ok(platform.name.to_owned()),
        None if is_platform(name) => Ok(name.to_ascii_lowercase()),
        None => Err("a platform is written with letters, digits, `.`, `_` and `-`"),
    }
}

/// The platform that a column of accounts is named after: `Twitter`, `twitter_handle`, `Facebook ID`. `key` is in lower case
/// and without separators.
pub(super) fn platform_of_column(key: &str) -> Option<&'static str> {
    let exact = || Platform::called(key).filter(|platform| platform.is_clear && key.len() > 1);
    let said = || COLUMN_ENDINGS.iter().find_map(|ending| Platform::called(key.strip_suffix(ending)?));
    exact().or_else(said).map(|platform| platform.name)
}

fn reading(account: Result<String, &'static str>) -> Result<Reading, Rejection> {
    match account {
        Ok(account) => Ok(Indicator::new(Kind::Account, account).into()),
        Err(fault) => Err(Rejection::Unfit { kind: Kind::Account, fault }),
    }
}

fn canonical(value: &str) -> Result<String, &'static str> {
    if profile::is_url(value) {
        return profile::read(value);
    }
    if value.strip_prefix('@').is_some_and(|rest| rest.contains('@') && !rest.contains(':')) {
        return canonical_on("mastodon", value);
    }
    let (platform, handle) = value.split_once(':').ok_or(
        "an account is written `platform:handle`; a bare handle needs its platform named, as account:twitter does",
    )?;
    if let Some(link) = handle.strip_prefix("//") {
        return app_link(platform, link);
    }
    // `skype:jane.t.me` is a handle: with the platform named, only a path makes a URL.
    match handle.contains('/') && profile::is_url(handle) {
        true => profile::read(handle),
        false => canonical_on(platform, handle),
    }
}

/// Links that open an app. Of Telegram's, one names an account.
fn app_link(scheme: &str, link: &str) -> Result<String, &'static str> {
    let name = link.strip_prefix("resolve?domain=").filter(|_| scheme.eq_ignore_ascii_case("tg"));
    let name = name.map(|name| name.split('&').next().unwrap_or_default());
    canonical_on(
        "telegram",
        name.ok_or("it is a link that opens an app and names no account; write `platform:handle`")?,
    )
}

fn canonical_on(platform: &str, handle: &str) -> Result<String, &'static str> {
    let handle = handle.trim_start_matches('@');
    if handle.is_empty() {
        return Err("no handle follows the platform");
    }
    if handle.len() > MAX_HANDLE {
        return Err("the handle is longer than 256 bytes");
    }
    let Some(platform) = Platform::named(platform) else { return unknown(platform, handle) };
    if handle.contains('/') { profile::of_path(platform, handle) } else { platform.account("", handle) }
}

fn unknown(platform: &str, handle: &str) -> Result<String, &'static str> {
    let platform = platform_name(platform)?;
    if handle.contains('/') {
        return Err("the handle has a slash; if it is a profile's URL, name the kind url");
    }
    Ok(format!("{platform}:{handle}"))
}

fn is_platform(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// The longest handle in bytes; no platform that is known has longer ones.
const MAX_HANDLE: usize = 256;

/// What follows the platform in the names of columns.
const COLUMN_ENDINGS: [&str; 14] = [
    "handle",
    "handles",
    "username",
    "usernames",
    "user",
    "userid",
    "accounts",
    "account",
    "id",
    "profile",
    "url",
    "channel",
    "page",
    "number",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_profiles_as_their_handles() {
        for (url, account) in [
            ("https://twitter.com/Jane_Doe", "twitter:jane_doe"),
            ("https://mobile.x.com/jane/with_replies?lang=en", "twitter:jane"),
            ("https://twitter.com/#!/jane", "twitter:jane"),
            ("https://twitter.com/intent/user?screen_name=jane", "twitter:jane"),
            ("https://de-de.facebook.com/profile.php?id=100000000000001&sk=about", "facebook:100000000000001"),
            ("facebook.com/Some-Page-100000000000001/", "facebook:100000000000001"),
            ("https://www.facebook.com/people/Jane-Doe/100000000000001/", "facebook:100000000000001"),
            ("https://www.youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaA", "youtube:UCaaaaaaaaaaaaaaaaaaaaaA"),
            ("https://www.youtube.com/@Jane/videos", "youtube:jane"),
            ("https://www.youtube.com/user/Jane", "youtube:jane"),
            ("https://www.tiktok.com/@jane?lang=en", "tiktok:jane"),
            ("https://www.tiktok.com/%40jane", "tiktok:jane"),
            ("https://t.me/s/Jane_Doe", "telegram:jane_doe"),
            ("https://janedoe.t.me", "telegram:janedoe"),
            ("https://de.linkedin.com/in/j%C3%BCrgen-doe/en", "linkedin:jürgen-doe"),
            ("https://www.linkedin.com/company/Acme/about/", "linkedin:company/acme"),
            ("https://old.reddit.com/u/Jane", "reddit:jane"),
            ("https://github.com/Jane", "github:jane"),
            ("https://m.vk.com/id1", "vk:id1"),
            ("https://vk.com/public1", "vk:club1"),
            ("https://www.threads.net/@jane", "threads:jane"),
            ("https://bsky.app/profile/Jane.bsky.social", "bluesky:jane.bsky.social"),
            ("https://social.example/@Jane", "mastodon:jane@social.example"),
            ("https://social.example/@jane@other.example", "mastodon:jane@other.example"),
            ("https://truthsocial.com/@jane", "truthsocial:jane"),
            ("https://gettr.com/user/jane", "gettr:jane"),
            ("https://gab.com/jane", "gab:jane"),
            ("https://rumble.com/c/Jane", "rumble:c/Jane"),
            ("https://jane.medium.com/", "medium:jane"),
            ("https://www.pinterest.co.uk/jane/", "pinterest:jane"),
            ("https://www.snapchat.com/add/jane", "snapchat:jane"),
            ("https://m.twitch.tv/jane/about", "twitch:jane"),
            ("https://discord.com/users/100000000000000001", "discord:100000000000000001"),
            ("https://ok.ru/profile/100000000001", "odnoklassniki:100000000001"),
            ("https://m.weibo.cn/u/1000000001", "weibo:1000000001"),
            ("https://wa.me/12025550123?text=hi", "whatsapp:+12025550123"),
            ("https://api.whatsapp.com/send?phone=12025550123", "whatsapp:+12025550123"),
            ("https://steamcommunity.com/id/Jane/", "steam:jane"),
        ] {
            let found = of_profile_url(url);
            assert_eq!(found.as_ref().map(Indicator::value), Some(account), "{url}");
        }
    }

    #[test]
    fn other_pages_are_no_profiles() {
        for url in [
            "https://twitter.com/",
            "https://twitter.com/jane/status/1",
            "https://twitter.com/i/web/status/1",
            "https://twitter.com/hashtag/vote",
            "https://twitter.com/share?url=a",
            "https://www.facebook.com/groups/100000000000001",
            "https://www.facebook.com/sharer.php?u=a",
            "https://l.facebook.com/l.php?u=a",
            "https://www.instagram.com/p/Aaaaaaaaaaa/",
            "https://www.youtube.com/watch?v=aaaaaaaaaaa",
            "https://youtu.be/aaaaaaaaaaa",
            "https://vm.tiktok.com/aaaaaaaaa/",
            "https://t.me/joinchat/aaaa",
            "https://t.me/+aaaaaaaa",
            "https://t.me/jane_doe/12",
            "https://www.linkedin.com/jobs/view/1",
            "https://www.reddit.com/r/news/",
            "https://github.com/jane/project",
            "https://developer.twitter.com/en",
            "https://vk.com/wall-1_2",
            "https://wa.me/message/AAAAAAAAAAAAA1",
            "https://social.example/jane",
            "https://odysee.com/@jane:1",
            "https://evil.example@twitter.com/jane",
            "ftp://twitter.com/jane",
        ] {
            assert_eq!(of_profile_url(url), None, "{url}");
        }
    }

    #[test]
    fn a_named_platform_needs_the_handle_only() {
        for (platform, raw, value) in [
            ("twitter", "@Jane", "twitter:jane"),
            ("x.com", "x.com/jane", "twitter:jane"),
            ("telegram", "twitter:jane", "twitter:jane"),
            ("forum.example", "Jane", "forum.example:Jane"),
            ("forum.example", "forum.example:Jane", "forum.example:Jane"),
            ("mastodon", "jane@social.example", "mastodon:jane@social.example"),
            ("skype", "live:.cid.1a", "skype:live:.cid.1a"),
        ] {
            assert_eq!(read_on(platform, raw).unwrap().indicator.value(), value, "{platform} {raw}");
        }
    }

    #[test]
    fn only_known_platforms_are_guessed() {
        assert!(has_known_platform("TG:jane") && has_known_platform("youtube:x"));
        for value in ["forum.example:jane", "twitter", "t.me:443", "https://t.me"] {
            assert!(!has_known_platform(value), "{value}");
        }
        assert_eq!(platform_of_column("twitterhandle"), Some("twitter"));
        assert_eq!(platform_of_column("line"), None);
    }

    proptest! {
        #[test]
        fn canonical_forms_are_fixed_points(
            platform in "twitter|facebook|youtube|vk|whatsapp|mastodon|bluesky|linkedin|reddit|rumble|signal|discord|a.b|é",
            handle in "(@|id|club|public|UC|u/|c/|company/|did:|[+]1202555)?[a-zA-Z0-9._@/:%#?ßİ-]{0,24}",
            url in "(https://)?([a-z]{1,3}[.])?(t.me|facebook.com|x.com|a.b)/[a-zA-Z0-9._@/:%#?=-]{0,24}",
        ) {
            for reading in [read(&format!("{platform}:{handle}")), read_on(&platform, &handle), read(&url)].into_iter().flatten() {
                let value = reading.indicator.value().to_owned();
                prop_assert_eq!(read(&value), Ok(reading.clone()), "{}", value);
                prop_assert_eq!(read_on("twitter", &value).is_ok(), value.split_once(':').is_some_and(|(p, _)| Platform::named(p).is_some()));
            }
        }
    }
}

//! Profiles by their URLs.
//!
//! A route is a path in which `{}` is the handle and `*` any one part; `page?key` takes the handle from the query. What comes
//! after the handle may be a tab of the profile, and nothing else: a post names its author, but is no profile.

use std::borrow::Cow;

use data_encoding::HEXUPPER_PERMISSIVE;

use super::platform::Platform;

/// Whether `value` is meant as a URL: a scheme says so, or a known host with a path.
pub(super) fn is_url(value: &str) -> bool {
    without_scheme(value).is_some() || {
        let (host, page) = split(value);
        Platform::of_host(&host).is_some_and(|(platform, before)| {
            page.starts_with('/') || platform.has_subdomains && !before.is_empty() && !value.contains(':')
        })
    }
}

/// The account whose profile this URL is.
pub(super) fn read(url: &str) -> Result<String, &'static str> {
    let (host, page) = split(without_scheme(url).unwrap_or(url));
    let page = Page::new(page)?;
    match Platform::of_host(&host) {
        Some((platform, before)) if is_same_site(before) => page.account(platform),
        Some((platform, name)) if platform.has_subdomains && page.parts.is_empty() && !is_page_of(platform, name) => {
            platform.account("", name)
        }
        Some(_) => Err(NO_PROFILE),
        None => page.fediverse_account(&host),
    }
}

/// The account of a handle that is written with a part of its path: `company/acme`, `u/jane`.
pub(super) fn of_path(platform: &Platform, path: &str) -> Result<String, &'static str> {
    Page::new(path)?.account(platform)
}

fn without_scheme(url: &str) -> Option<&str> {
    ["https://", "http://"].iter().find_map(|scheme| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// The host in lower case, without port and trailing dot, and what follows it.
fn split(url: &str) -> (String, &str) {
    let (host, page) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
    let is_port = |(_, port): &(&str, &str)| port.bytes().all(|b| b.is_ascii_digit());
    let host = host.rsplit_once(':').filter(is_port).map_or(host, |(host, _)| host);
    (host.trim_end_matches('.').to_ascii_lowercase(), page)
}

/// Whether what comes before a host is a mobile or regional form of the same site: `m`, `de-de`.
fn is_same_site(before: &str) -> bool {
    let is_region = |label: &str| label.len() == 2 && label.bytes().all(|b| b.is_ascii_lowercase());
    matches!(
        before,
        "" | "www" | "m" | "mobile" | "web" | "touch" | "old" | "new" | "np" | "i" | "mbasic" | "free" | "d" | "lite"
    ) || before.split(['-', '_']).all(is_region)
}

/// What follows the host.
struct Page<'a> {
    parts: Vec<Cow<'a, str>>,
    query: &'a str,
}

impl<'a> Page<'a> {
    /// Without the fragment, unless that is where the page is, as in `/#!/jane`.
    fn new(page: &'a str) -> Result<Self, &'static str> {
        let (page, fragment) = page.split_once('#').unwrap_or((page, ""));
        let (path, query) = page.split_once('?').unwrap_or((page, ""));
        let path =
            if path.trim_matches('/').is_empty() { fragment.strip_prefix('!').unwrap_or_default() } else { path };
        let parts = path.split('/').filter(|part| !part.is_empty()).map(decoded);
        Ok(Self { parts: parts.collect::<Option<_>>().ok_or("the URL's percent-encoding is broken")?, query })
    }

    fn account(&self, platform: &Platform) -> Result<String, &'static str> {
        for (route, namespace) in platform.routes {
            if let Some((handle, rest)) = self.matched(platform, route) {
                let is_tab = platform.has_tabs && rest.first().is_some_and(|part| is_tab(part));
                if !rest.is_empty() && !is_tab {
                    return Err("the URL goes on behind the profile, to a post perhaps; write the profile's own");
                }
                return platform.account(namespace, handle.trim_start_matches('@'));
            }
        }
        Err(NO_PROFILE)
    }

    /// The handle, and the parts after it.
    fn matched(&self, platform: &Platform, route: &str) -> Option<(Cow<'_, str>, &[Cow<'a, str>])> {
        if let Some((path, key)) = route.split_once('?') {
            let is_page = path.split('/').eq(self.parts.iter().map(AsRef::as_ref));
            let value = self.query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            return Some((value.filter(|_| is_page).and_then(decoded)?, &[]));
        }
        let mut handle = None;
        let mut parts = self.parts.iter();
        for wanted in route.split('/') {
            let part = parts.next()?;
            match wanted {
                "*" => {}
                "{}" if route == "{}" && is_page_of(platform, part) => return None,
                "{}" => handle = Some(&**part),
                "@{}" => handle = Some(part.strip_prefix('@')?),
                _ if part.eq_ignore_ascii_case(wanted) => {}
                _ => return None,
            }
        }
        Some((handle?.into(), parts.as_slice()))
    }

    /// Mastodon and its kin have profiles at `/@user`, and at `/@user@host` those of other hosts.
    fn fediverse_account(&self, host: &str) -> Result<String, &'static str> {
        let platform = Platform::called("mastodon").ok_or(NO_PROFILE)?;
        let handle = match &self.parts[..] {
            [handle] if !NOT_FEDIVERSE.contains(&host.trim_start_matches("www.")) => handle.strip_prefix('@'),
            _ => None,
        };
        match handle.ok_or("no platform is known at this host; write `platform:handle`")? {
            remote if remote.contains('@') => platform.account("", remote),
            local => platform.account("", &format!("{local}@{host}")),
        }
    }
}

/// Without percent-encoding.
fn decoded(part: &str) -> Option<Cow<'_, str>> {
    if !part.contains('%') {
        return Some(part.into());
    }
    let (start, rest) = part.split_once('%')?;
    let mut bytes = start.as_bytes().to_vec();
    for piece in rest.split('%') {
        let (digits, plain) = piece.split_at_checked(2)?;
        bytes.extend(HEXUPPER_PERMISSIVE.decode(digits.as_bytes()).ok()?);
        bytes.extend_from_slice(plain.as_bytes());
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(|c: char| c.is_control() || c.is_whitespace() || matches!(c, '/' | '%'))).then_some(text.into())
}

/// A page that a platform has for itself, where its profiles stand directly under the host.
fn is_page_of(platform: &Platform, part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    let is_item = |name: &&str| {
        let id = part.strip_prefix(*name).and_then(|rest| rest.bytes().next());
        id.is_some_and(|first| first == b'-' || first.is_ascii_digit())
    };
    is_among(PAGES, &part)
        || part.contains(".php")
        || (platform.name == "telegram" && part.starts_with('+'))
        || (platform.name == "vk" && VK_ITEMS.iter().any(is_item))
}

fn is_among(words: &str, word: &str) -> bool {
    words.split(' ').any(|other| other == word)
}

/// A tab of a profile, or its language.
fn is_tab(part: &str) -> bool {
    is_among(TABS, &part.to_ascii_lowercase()) || part.len() == 2 && part.bytes().all(|b| b.is_ascii_lowercase())
}

const NO_PROFILE: &str = "the URL is of no profile; write the profile's URL, or `platform:handle`";

/// Sites with `/@name` that are not of the fediverse.
const NOT_FEDIVERSE: [&str; 12] = [
    "buymeacoffee.com",
    "codepen.io",
    "flipboard.com",
    "hackmd.io",
    "kick.com",
    "lbry.tv",
    "linktr.ee",
    "odysee.com",
    "replit.com",
    "substack.com",
    "unsplash.com",
    "vero.co",
];

/// The beginnings of items on VK: `wall-1_2`.
const VK_ITEMS: [&str; 7] = ["album", "app", "audio", "photo", "topic", "video", "wall"];

/// Pages of the platforms themselves.
const PAGES: &str = "\
    about account accounts addemoji addlist addstickers ads amp api app apps away.php bg blog boost business c \
    careers collections contact creators d dashboard developer developers directory discover download downloads \
    enterprise events explore features feed following friends games giftcode groups hashtag help home i ideas im \
    intent invite invites jobs join joinchat l legal library live login logout marketplace me media message \
    messages mobile music n news notifications oauth orgs p pages photo photo.php photos pin plans playlist \
    policies policy popular posts press pricing privacy profile proxy public qr r reel reels register search \
    security send setlanguage settings share sharer sharing shop shorts signin signup socks solutions status \
    stories story subscriptions support tag tagged terms topic topics tos trending tv upload users v video \
    videos watch web who_to_follow wiki wp";

/// Tabs of profiles.
const TABS: &str = "\
    about boards channels comments community details featured followers following friends highlights home jobs \
    life likes lists live media overview people photos photos_albums photos_all pins playlists posts \
    recent-activity reels replies shorts streams submitted tagged updates videos with_replies";

//! What is certain about each platform: its names, its hosts, where its profiles are, and what its handles look like.

use super::special;

/// A platform that is known.
pub(super) struct Platform {
    pub(super) name: &'static str,
    /// Other names in use; one of a single letter counts before a colon, but is no column's name.
    aliases: &'static [&'static str],
    /// Hosts of its profiles, without the mobile and regional ones below them.
    pub(super) hosts: &'static [&'static str],
    /// The paths of profiles, see [`super::profile`]. With each, what stays before the handle, since names are told apart
    /// by it.
    pub(super) routes: &'static [(&'static str, &'static str)],
    /// Whether what follows a profile's path may be one of its tabs.
    pub(super) has_tabs: bool,
    /// Whether a label before the host is a handle: `jane.tumblr.com`.
    pub(super) has_subdomains: bool,
    /// Whether the name means the platform alone, so that a column may be named after it.
    pub(super) is_clear: bool,
    /// Whether `Name` and `name` are the same account.
    folds: bool,
    handles: Handles,
}

/// What handles look like, or a numeric id of up to 20 digits.
enum Handles {
    /// This many ASCII letters, digits and marks.
    Ascii(usize, usize, &'static str),
    /// At most this many letters, digits and marks of any script.
    Letters(usize, &'static str),
    /// Anything but a slash.
    Any,
    /// A rule of the platform's own, which folds too.
    Special(fn(&str) -> Result<String, &'static str>),
}

use Handles::{Any, Ascii, Letters, Special};

impl Platform {
    /// The platform of this name, alias or host, in any case.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        let is_host = |platform: &&Self| platform.hosts.iter().any(|host| host.eq_ignore_ascii_case(name));
        Self::called(name).or_else(|| PLATFORMS.iter().find(is_host))
    }

    /// The platform of this name or alias, in any case.
    pub(super) fn called(name: &str) -> Option<&'static Self> {
        PLATFORMS.iter().find(|platform| {
            platform.name.eq_ignore_ascii_case(name)
                || platform.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        })
    }

    /// The platform of this host, and what comes before the platform's own host name. `host` is in lower case.
    pub(super) fn of_host(host: &str) -> Option<(&'static Self, &str)> {
        PLATFORMS.iter().find_map(|platform| {
            let before = platform.hosts.iter().find_map(|own| host.strip_suffix(own))?;
            (before.is_empty() || before.ends_with('.')).then(|| (platform, before.trim_end_matches('.')))
        })
    }

    /// The canonical form of a handle, which has no leading `@`.
    pub(super) fn account(&self, namespace: &str, handle: &str) -> Result<String, &'static str> {
        let handle = match self.handles {
            Special(rule) => rule(handle)?,
            _ => {
                self.check(handle)?;
                let handle = if self.folds { handle.to_lowercase() } else { handle.to_owned() };
                // Folding may add a mark, as to the Turkish capital I.
                self.check(&handle).map(|()| handle)?
            }
        };
        Ok(format!("{}:{namespace}{handle}", self.name))
    }

    fn check(&self, handle: &str) -> Result<(), &'static str> {
        match self.handles {
            _ if is_id(handle) => Ok(()),
            Ascii(min, max, marks) => check_ascii(handle, min, max, marks),
            Letters(max, marks) => {
                let is_allowed = |c: char| c.is_alphanumeric() || marks.contains(c);
                check(handle.chars().all(is_allowed), (1..=max).contains(&handle.chars().count()))
            }
            Any | Special(_) => check(!handle.contains('/'), !handle.is_empty()),
        }
    }
}

/// Whether `handle` can be a numeric id.
pub(super) fn is_id(handle: &str) -> bool {
    (1..=20).contains(&handle.len()) && handle.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `handle` is `min` to `max` ASCII letters, digits and marks.
pub(super) fn check_ascii(handle: &str, min: usize, max: usize, marks: &str) -> Result<(), &'static str> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    check(handle.chars().all(is_allowed), (min..=max).contains(&handle.len()))
}

fn check(characters: bool, length: bool) -> Result<(), &'static str> {
    match (characters, length) {
        (false, _) => Err("the handle has a character that no handle of this platform has"),
        (_, false) => Err("the handle is shorter or longer than every handle of this platform"),
        _ => Ok(()),
    }
}

/// What most platforms have in common.
const PLAIN: Platform = Platform {
    name: "",
    aliases: &[],
    hosts: &[],
    routes: &[("{}", "")],
    has_tabs: true,
    has_subdomains: false,
    is_clear: true,
    folds: true,
    handles: Any,
};

static PLATFORMS: &[Platform] = &[
    Platform {
        name: "twitter",
        aliases: &["x"],
        hosts: &["twitter.com", "x.com"],
        routes: &[("intent/user?screen_name", ""), ("intent/follow?screen_name", ""), ("{}", "")],
        handles: Ascii(1, 15, "_"),
        ..PLAIN
    },
    Platform {
        name: "facebook",
        aliases: &["fb"],
        hosts: &["facebook.com", "fb.com", "m.me", "messenger.com"],
        routes: &[
            ("profile.php?id", ""),
            ("people/*/{}", ""),
            ("pages/*/{}", ""),
            ("p/{}", ""),
            ("pg/{}", ""),
            ("t/{}", ""),
            ("{}", ""),
        ],
        handles: Special(special::facebook),
        ..PLAIN
    },
    Platform {
        name: "instagram",
        aliases: &["ig", "insta"],
        hosts: &["instagram.com", "instagr.am"],
        routes: &[("_u/{}", ""), ("{}", "")],
        handles: Ascii(1, 30, "._"),
        ..PLAIN
    },
    Platform {
        name: "threads",
        hosts: &["threads.net", "threads.com"],
        routes: &[("@{}", "")],
        is_clear: false,
        handles: Ascii(1, 30, "._"),
        ..PLAIN
    },
    Platform {
        name: "youtube",
        aliases: &["yt"],
        hosts: &["youtube.com"],
        routes: &[("@{}", ""), ("channel/{}", ""), ("c/{}", ""), ("user/{}", "")],
        handles: Special(special::youtube),
        ..PLAIN
    },
    Platform { name: "tiktok", hosts: &["tiktok.com"], routes: &[("@{}", "")], handles: Ascii(2, 24, "._"), ..PLAIN },
    Platform {
        name: "telegram",
        aliases: &["tg"],
        hosts: &["t.me", "telegram.me", "telegram.dog"],
        routes: &[("s/{}", ""), ("{}", "")],
        has_tabs: false,
        has_subdomains: true,
        handles: Ascii(4, 32, "_"),
        ..PLAIN
    },
    Platform {
        name: "linkedin",
        hosts: &["linkedin.com"],
        routes: &[("in/{}", ""), ("company/{}", "company/"), ("school/{}", "school/"), ("showcase/{}", "showcase/")],
        handles: Letters(100, "-_.&'"),
        ..PLAIN
    },
    Platform {
        name: "reddit",
        hosts: &["reddit.com"],
        routes: &[("u/{}", ""), ("user/{}", "")],
        handles: Ascii(3, 20, "_-"),
        ..PLAIN
    },
    Platform {
        name: "github",
        hosts: &["gist.github.com", "github.com"],
        routes: &[("orgs/{}", ""), ("sponsors/{}", ""), ("{}", "")],
        has_tabs: false,
        handles: Ascii(1, 39, "-_"),
        ..PLAIN
    },
    Platform {
        name: "gitlab",
        hosts: &["gitlab.com"],
        routes: &[("users/{}", ""), ("groups/{}", ""), ("{}", "")],
        has_tabs: false,
        handles: Ascii(2, 255, "-_."),
        ..PLAIN
    },
    Platform {
        name: "vk",
        aliases: &["vkontakte"],
        hosts: &["vk.com", "vk.ru", "vkontakte.ru"],
        handles: Special(special::vk),
        ..PLAIN
    },
    Platform {
        name: "bluesky",
        aliases: &["bsky"],
        hosts: &["bsky.app"],
        routes: &[("profile/{}", "")],
        handles: Special(special::bluesky),
        ..PLAIN
    },
    Platform {
        name: "mastodon",
        aliases: &["fediverse"],
        routes: &[("@{}", "")],
        handles: Special(special::mastodon),
        ..PLAIN
    },
    Platform { name: "xmpp", aliases: &["jabber"], handles: Special(special::xmpp), ..PLAIN },
    Platform {
        name: "truthsocial",
        aliases: &["truth"],
        hosts: &["truthsocial.com"],
        routes: &[("@{}", "")],
        handles: Ascii(1, 64, "_-."),
        ..PLAIN
    },
    Platform {
        name: "gettr",
        hosts: &["gettr.com"],
        routes: &[("user/{}", "")],
        handles: Ascii(1, 64, "_-."),
        ..PLAIN
    },
    Platform { name: "gab", hosts: &["gab.com"], handles: Ascii(1, 64, "_-."), ..PLAIN },
    Platform { name: "parler", handles: Ascii(1, 64, "_-."), ..PLAIN },
    Platform {
        name: "rumble",
        hosts: &["rumble.com"],
        routes: &[("user/{}", ""), ("c/{}", "c/")],
        folds: false,
        handles: Letters(64, "_-."),
        ..PLAIN
    },
    Platform {
        name: "medium",
        hosts: &["medium.com"],
        routes: &[("@{}", "")],
        has_subdomains: true,
        is_clear: false,
        handles: Ascii(1, 64, "_-."),
        ..PLAIN
    },
    Platform {
        name: "pinterest",
        hosts: &[
            "pinterest.com",
            "pinterest.at",
            "pinterest.ca",
            "pinterest.ch",
            "pinterest.cl",
            "pinterest.co.kr",
            "pinterest.co.uk",
            "pinterest.com.au",
            "pinterest.com.mx",
            "pinterest.de",
            "pinterest.dk",
            "pinterest.es",
            "pinterest.fr",
            "pinterest.ie",
            "pinterest.it",
            "pinterest.jp",
            "pinterest.nz",
            "pinterest.ph",
            "pinterest.pt",
            "pinterest.ru",
            "pinterest.se",
        ],
        has_tabs: false,
        handles: Ascii(1, 30, "_"),
        ..PLAIN
    },
    Platform {
        name: "snapchat",
        hosts: &["snapchat.com"],
        routes: &[("add/{}", ""), ("@{}", "")],
        handles: Ascii(1, 32, "_-."),
        ..PLAIN
    },
    Platform { name: "twitch", hosts: &["twitch.tv"], handles: Ascii(1, 25, "_"), ..PLAIN },
    Platform { name: "discord", hosts: &["discord.com", "discordapp.com"], routes: &[("users/{}", "")], ..PLAIN },
    Platform {
        name: "odnoklassniki",
        hosts: &["ok.ru", "odnoklassniki.ru"],
        routes: &[("profile/{}", ""), ("{}", "")],
        handles: Ascii(1, 64, "_-."),
        ..PLAIN
    },
    Platform {
        name: "weibo",
        hosts: &["weibo.com", "weibo.cn"],
        routes: &[("u/{}", ""), ("profile/{}", ""), ("{}", "")],
        folds: false,
        handles: Letters(64, "_-"),
        ..PLAIN
    },
    Platform {
        name: "whatsapp",
        aliases: &["wa"],
        hosts: &["wa.me", "api.whatsapp.com", "web.whatsapp.com"],
        routes: &[("send?phone", ""), ("{}", "")],
        has_tabs: false,
        handles: Special(special::whatsapp),
        ..PLAIN
    },
    Platform { name: "signal", is_clear: false, handles: Special(special::signal), ..PLAIN },
    Platform {
        name: "steam",
        hosts: &["steamcommunity.com"],
        routes: &[("id/{}", ""), ("profiles/{}", "")],
        is_clear: false,
        handles: Ascii(2, 32, "_-"),
        ..PLAIN
    },
    Platform { name: "tumblr", hosts: &["tumblr.com"], has_subdomains: true, handles: Ascii(1, 32, "-"), ..PLAIN },
    Platform {
        name: "livejournal",
        hosts: &["livejournal.com"],
        routes: &[("users/{}", "")],
        has_subdomains: true,
        handles: Ascii(1, 15, "_-"),
        ..PLAIN
    },
    Platform { name: "flickr", hosts: &["flickr.com"], routes: &[("people/{}", ""), ("photos/{}", "")], ..PLAIN },
    Platform { name: "patreon", hosts: &["patreon.com"], handles: Ascii(1, 64, "_-"), ..PLAIN },
    Platform { name: "soundcloud", hosts: &["soundcloud.com"], has_tabs: false, handles: Ascii(1, 64, "_-"), ..PLAIN },
    Platform { name: "skype", ..PLAIN },
    Platform { name: "quora", hosts: &["quora.com"], routes: &[("profile/{}", "")], folds: false, ..PLAIN },
    Platform { name: "line", is_clear: false, folds: false, ..PLAIN },
    Platform { name: "wechat", aliases: &["weixin"], folds: false, ..PLAIN },
];

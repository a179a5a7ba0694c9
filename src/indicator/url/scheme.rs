//! Schemes of URLs: those that are taken, those that were defanged, and those that were mistyped.

/// Schemes that have a host and that lists of threats hold; lower case.
pub(in crate::indicator) fn is_allowed(scheme: &str) -> bool {
    ALLOWED.iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed))
}

/// The scheme that was made harmless so: `https` for `hXXps`.
pub(in crate::indicator) fn fanged(word: &str) -> Option<&'static str> {
    if word.eq_ignore_ascii_case("fxp") {
        return Some("ftp");
    }
    web(word, &DEFANGED)
}

/// `value` with the scheme and separator that its author meant, if they were mistyped: `https://…` for `htps://…`,
/// `https//…`, `https:\\…`, `https ://…` and `http://https://…`.
pub(super) fn mended(value: &str) -> Option<String> {
    let end = value.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (word, after) = value.split_at(end);
    let (scheme, is_whole) = match web(word, &["http"]) {
        Some(scheme) => (scheme, true),
        None => (fanged(word).or_else(|| web(word, &MISTYPED))?, false),
    };
    let separator = SEPARATORS.iter().find(|separator| after.trim_start().starts_with(**separator))?;
    let rest = after.trim_start()[separator.len()..].trim_start();
    if let Some(second) = second_scheme(rest).filter(|_| *separator == "://") {
        return Some(format!("{second}://{}", &rest[second.len() + 3..]));
    }
    let nothing_to_mend = is_whole && after.strip_prefix("://") == Some(rest);
    (!nothing_to_mend && !rest.starts_with(['/', '\\', ':'])).then(|| format!("{scheme}://{rest}"))
}

/// The scheme in front of what was pasted behind another.
fn second_scheme(rest: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| {
        rest.split_once("://").is_some_and(|(word, after)| word.eq_ignore_ascii_case(scheme) && !after.is_empty())
    })
}

/// `http` for a word of `list`, `https` for one with an `s` after it.
fn web(word: &str, list: &[&str]) -> Option<&'static str> {
    let is_listed = |word: &str| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is_listed(word) {
        return Some("http");
    }
    let without_s = word.strip_suffix(['s', 'S'])?;
    is_listed(without_s).then_some("https")
}

const DEFANGED: [&str; 17] = [
    "hxxp", "hxtp", "htxp", "hxp", "httx", "hxxxp", "hzzp", "hyyp", "h**p", "h*tp", "ht*p", "h__p", "h--p", "h..p",
    "meow", "xxxp", "nxxp",
];

const MISTYPED: [&str; 10] = ["htp", "ttp", "hhttp", "htttp", "httpp", "htpp", "hhtp", "hthp", "hptt", "https"];

/// The longer come first.
const SEPARATORS: [&str; 9] = [":://", ":///", "://", ";//", ":\\\\", ":/", ":\\", "//", "\\\\"];

const ALLOWED: [&str; 38] = [
    "http",
    "https",
    "ftp",
    "ws",
    "wss", // those that WHATWG calls special
    "amqp",
    "dns",
    "ftps",
    "git",
    "iiop",
    "irc",
    "ircs",
    "ldap",
    "ldaps",
    "mongodb",
    "mqtt",
    "mqtts",
    "mysql",
    "nntp",
    "postgresql",
    "rdp",
    "redis",
    "rmi",
    "rsync",
    "rtmp",
    "rtsp",
    "scp",
    "sftp",
    "smb",
    "socks4",
    "socks5",
    "ssh",
    "ssl",
    "stratum+tcp",
    "tcp",
    "telnet",
    "tftp",
    "udp",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mends_what_was_mistyped() {
        for (written, read) in [
            ("htps://evil.example/", "https://evil.example/"),
            ("ttps://evil.example/", "https://evil.example/"),
            ("HTP://evil.example/", "http://evil.example/"),
            ("hhttps://evil.example/", "https://evil.example/"),
            ("httpss://evil.example/", "https://evil.example/"),
            ("http:/evil.example/", "http://evil.example/"),
            ("https//evil.example/", "https://evil.example/"),
            ("http:\\\\evil.example/", "http://evil.example/"),
            ("hxxp//evil.example/", "http://evil.example/"),
            ("http:///evil.example/", "http://evil.example/"),
            ("https ://evil.example/", "https://evil.example/"),
            ("http://https://evil.example/", "https://evil.example/"),
        ] {
            assert_eq!(mended(written).as_deref(), Some(read), "{written}");
        }
    }

    #[test]
    fn leaves_what_is_whole_or_no_scheme() {
        for written in [
            "http://evil.example/",
            "https://evil.example/",
            "gopher://evil.example/",
            "http:8080/x",
            "htp.example/x",
            "http",
            "",
        ] {
            assert_eq!(mended(written), None, "{written}");
        }
    }

    #[test]
    fn fangs_grow_back() {
        assert_eq!((fanged("hXXpS"), fanged("meow"), fanged("fxp")), (Some("https"), Some("http"), Some("ftp")));
        assert_eq!((fanged("http"), fanged("hop"), fanged("")), (None, None, None));
    }
}

//! Indicators spelt out with blanks: `jane AT evil DOT example`, `evil [.] example`.
//!
//! Prose must not become an indicator. So words without brackets are in capitals, and they are read only if no blank is
//! left after them, and only if what comes out is an address or ends in a public suffix or a reserved name: `polka dot
//! dress` is none.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex::Regex;

use super::pass;

/// `value` without the blanks round its dots and ats, if that makes one of several words a name.
pub(super) fn joined(value: &str) -> Option<String> {
    if !value.contains(char::is_whitespace) {
        return None;
    }
    let joined = AT.replace_all(&DOT.replace_all(value, "."), "@").into_owned();
    let joined = pass(&joined).into_owned();
    (!joined.contains(char::is_whitespace) && has_real_host(&joined)).then_some(joined)
}

fn has_real_host(value: &str) -> bool {
    let authority = value.split_once("://").map_or(value, |(_, rest)| rest).split(['/', '?', '#']).next();
    let Some(host) = authority.and_then(|authority| authority.rsplit('@').next()) else { return false };
    let host = host.split(':').next().unwrap_or(host).to_lowercase();
    host.parse::<Ipv4Addr>().is_ok()
        || RESERVED.iter().any(|name| host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
        || psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() != host.as_bytes())
}

/// RFC 2606 and RFC 7686: names that are no public suffixes, and that lists and their documentation have.
const RESERVED: [&str; 4] = ["example", "invalid", "onion", "test"];

static DOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\s*(?i:\[\s*(?:\.|dot)\s*\]|\(\s*(?:\.|dot)\s*\)|\{\s*(?:\.|dot)\s*\})\s*|\s+(?:\.|DOT)\s+")
});

static AT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\s*(?i:\[\s*(?:@|at)\s*\]|\(\s*(?:@|at)\s*\)|\{\s*(?:@|at)\s*\})\s*|\s+(?:@|AT)\s+"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_names_and_leaves_prose() {
        for (written, read) in [
            ("evil DOT example", "evil.example"),
            ("www DOT evil DOT com", "www.evil.com"),
            ("evil [.] example", "evil.example"),
            ("evil[ . ]example", "evil.example"),
            ("jane AT evil DOT example", "jane@evil.example"),
            ("jane (at) evil ( dot ) example", "jane@evil.example"),
            ("hxxp://evil DOT example/x", "http://evil.example/x"),
            ("203 DOT 0 DOT 113 DOT 7", "203.0.113.7"),
        ] {
            assert_eq!(joined(written).as_deref(), Some(read), "{written}");
        }
        for prose in [
            "polka dot dress",
            "bob at home dot com",
            "look at evil.example now",
            "meet at noon",
            "see evil . example",
            "evil.example",
            "dot com",
            "+1 202 555 0123",
        ] {
            assert_eq!(joined(prose), None, "{prose}");
        }
    }
}

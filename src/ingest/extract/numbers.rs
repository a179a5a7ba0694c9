//! Which dotted quads and IPv6 addresses in prose are addresses.

use std::net::Ipv4Addr;

/// Whether a dotted quad is an address where it stands: after `version` and the like it is none, nor where it opens a line as
/// the number of a heading does, small numbers and then a capital, with or without the `#` of Markdown.
pub(super) fn is_address(quad: Ipv4Addr, before: Option<&str>, after: Option<&str>) -> bool {
    if let Some(before) = before.filter(|before| before.contains(|c| c != '#')) {
        let word = before.trim_matches(|c: char| !c.is_alphanumeric() && c != '§').to_lowercase();
        return !NUMBERED.contains(&&*word);
    }
    let is_small = quad.octets().iter().all(|octet| *octet <= MAX_HEADING);
    !(is_small && after.is_some_and(|after| after.starts_with(char::is_uppercase)))
}

/// Whether what parses as IPv6 is meant so: `a::b` and `::` are code.
pub(super) fn is_ipv6(written: &str) -> bool {
    let groups = written.split([':', '.']).filter(|group| !group.is_empty());
    let is_long = written.find(':').is_some_and(|first| first >= 3) || groups.count() >= 4;
    is_long && written.contains(|c: char| c.is_ascii_digit())
}

/// Longer chapters than this are not numbered four deep.
const MAX_HEADING: u8 = 20;

const NUMBERED: [&str; 28] = [
    "version",
    "versions",
    "ver",
    "v",
    "release",
    "releases",
    "build",
    "builds",
    "firmware",
    "update",
    "patch",
    "revision",
    "rev",
    "fileversion",
    "productversion",
    "section",
    "sections",
    "sec",
    "§",
    "chapter",
    "clause",
    "paragraph",
    "figure",
    "fig",
    "table",
    "appendix",
    "annex",
    "oid",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_headings_are_no_addresses() {
        let is = |quad: &str, before, after| is_address(quad.parse().unwrap(), before, after);
        assert!(is("203.0.113.7", Some("address"), None) && is("203.0.113.7", None, Some("Russia")));
        assert!(is("10.2.1.3", None, Some("contacted")) && is("10.2.1.3", Some("host"), Some("The")));
        assert!(
            !is("1.2.3.4", Some("Version"), None)
                && !is("1.2.3.4", Some("(ver."), None)
                && !is("1.2.3.4", Some("§"), None)
        );
        assert!(!is("10.2.1.3", None, Some("Configuration")));
    }

    #[test]
    fn code_is_no_address() {
        for address in ["2001:db8::1", "fe80::1", "2001:db8:0:1:2:3:4:5", "::ffff:1.2.3.4"] {
            assert!(is_ipv6(address), "{address}");
        }
        for code in ["::", "::1", "a::b", "dead::beef", "12::3"] {
            assert!(!is_ipv6(code), "{code}");
        }
    }
}

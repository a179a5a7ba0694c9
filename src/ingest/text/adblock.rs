//! Rules of ad blockers that block a whole domain or one URL.
//!
//! ```text
//! ||evil.example^$third-party     a domain
//! ||evil.example/x^               a URL without a scheme
//! |https://evil.example/x|        a URL
//! @@||good.example^               allows: skipped
//! good.example##.banner           hides parts of pages: skipped
//! ! comment, [Adblock Plus 2.0]   nothing
//! ```
//!
//! A rule with `*` or `^` inside matches many values, and is refused. What is listed after `$` narrows where a rule applies,
//! not what it names, and goes; but `badfilter` takes a rule back.

use std::net::IpAddr;

use super::super::Skip;
use super::super::entry::Entry;
use crate::indicator::{Field, Kind, Rejection};

/// Whether a line is the title or a comment of such a list.
pub(super) fn is_comment(line: &str) -> bool {
    const TITLES: [&str; 4] = ["[adblock", "[ublock", "[adguard", "[ghostery"];
    let is_title = |title: &&str| line.get(..title.len()).is_some_and(|start| start.eq_ignore_ascii_case(title));
    line.starts_with('!') || line.ends_with(']') && TITLES.iter().any(is_title)
}

/// Reads a line, if it is a rule.
pub(super) fn read(line: &str, entry: &mut Entry<'_>) -> bool {
    if line.starts_with("@@") {
        entry.skip(Skip::Allowed);
    } else if is_cosmetic(line) {
        entry.skip(Skip::OtherType);
    } else if let Some(rule) = line.strip_prefix("||") {
        let (pattern, options) = rule.split_once('$').unwrap_or((rule, ""));
        let kind = if pattern.contains('/') { Kind::Url } else { Kind::Domain };
        block(kind, pattern, options, entry);
    } else if let Some(rule) = line.strip_prefix('|') {
        let (pattern, options) =
            rule.rsplit_once('$').filter(|(_, options)| are_options(options)).unwrap_or((rule, ""));
        block(Kind::Url, pattern, options, entry);
    } else {
        return false;
    }
    true
}

fn block(kind: Kind, pattern: &str, options: &str, entry: &mut Entry<'_>) {
    let value = pattern.strip_suffix('|').unwrap_or(pattern);
    let value = value.strip_suffix('^').unwrap_or(value);
    if options.split(',').any(|option| option == "badfilter") {
        entry.skip(Skip::Allowed);
    } else if value.contains(['^', '|']) || kind == Kind::Url && value.contains('*') {
        entry.reject(Rejection::Unfit {
            kind,
            fault: "the rule matches many values; write those that you mean, one a line",
        });
    } else {
        let is_address = kind == Kind::Domain && value.parse::<IpAddr>().is_ok();
        entry.read(&if is_address { Field::Address } else { Field::Kind(kind) }, value);
    }
}

fn are_options(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'~' | b'=' | b'|' | b'.' | b',');
    text.starts_with(|c: char| c.is_ascii_lowercase() || c == '~') && text.bytes().all(is_part)
}

/// Whether names of sites stand before a mark, and something right after it.
fn is_cosmetic(line: &str) -> bool {
    MARKS.iter().any(|mark| {
        line.split_once(mark).is_some_and(|(sites, rest)| {
            let is_site = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'*' | b'~' | b',');
            sites.bytes().all(is_site) && !rest.is_empty() && !rest.starts_with(char::is_whitespace)
        })
    })
}

const MARKS: [&str; 6] = ["##", "#@#", "#?#", "#$#", "#%#", "$$"];

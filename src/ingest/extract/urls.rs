//! URLs with a scheme, and where they end.

use super::candidate::trimmed_end;
use super::marks::units;
use super::{Event, read_candidate};
use crate::indicator::{Kind, Rejection};

/// The length of the scheme and separator that `text` begins with, however defanged: `https://`, `hxxp[:]//`, `h**p[://]`.
pub(super) fn scheme_len(text: &str) -> Option<usize> {
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || *b == b'*';
    let scheme = text.bytes().take(MAX_SCHEME).take_while(is_letter).count();
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut expected = b"://".iter();
    for (at, byte) in text.bytes().enumerate().skip(scheme).take(MAX_SEPARATOR) {
        if b"[](){}\\".contains(&byte) {
            continue;
        }
        if expected.next() != Some(&byte) {
            return None;
        }
        if expected.len() == 0 {
            let closes = text[at + 1..].starts_with([']', ')', '}']);
            return Some(at + 1 + usize::from(closes));
        }
    }
    None
}

/// Hands over the URL that `text` begins with, whose scheme takes so many bytes, and gives its length. `before` is the
/// character before it.
pub(super) fn scan(text: &str, scheme_len: usize, before: Option<char>, each: &mut dyn FnMut(Event)) -> usize {
    let end = end(text, scheme_len, before);
    let (url, is_cut) = trimmed_end(&text[..end]);
    let url = if before.is_some_and(|c| matches!(c, '_' | '~')) { url.trim_end_matches(['_', '~']) } else { url };
    if url.len() <= scheme_len {
        return end;
    }
    let is_defanged = is_defanged(url, scheme_len);
    match read_candidate(url) {
        _ if is_cut => each(Event::Rejected(Rejection::CutShort)),
        Ok(reading) => each(Event::Found(reading)),
        Err(reason) => host_of_another_scheme(url, scheme_len, is_defanged, reason, each),
    }
    end
}

/// The end of the word, or a comma with another URL after it, or the quote that closes the one before.
fn end(text: &str, scheme_len: usize, before: Option<char>) -> usize {
    let ends = |(at, c): &(usize, char)| match c {
        ',' | ';' => self::scheme_len(&text[at + 1..]).is_some(),
        '\'' => before == Some('\''),
        _ => false,
    };
    text[scheme_len..].char_indices().map(|(at, c)| (scheme_len + at, c)).find(ends).map_or(text.len(), |(at, _)| at)
}

/// `tcp://203.0.113.7:4444` and the like: no URL of the web, but its host is an indicator.
fn host_of_another_scheme(
    url: &str,
    scheme_len: usize,
    is_defanged: bool,
    reason: Rejection,
    each: &mut dyn FnMut(Event),
) {
    let is_web = is_web_scheme(url);
    let authority = url[scheme_len..].split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match read_candidate(host) {
        Ok(reading) if !is_web && matches!(reading.indicator.kind(), Kind::Domain | Kind::Ipv4 | Kind::Ipv6) => {
            each(Event::Found(reading));
        }
        _ if is_defanged => each(Event::Rejected(reason)),
        _ => {}
    }
}

fn is_web_scheme(url: &str) -> bool {
    let starts = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    ["http", "hxxp", "htxp", "hxtp", "h**p", "ftp", "fxp"].into_iter().any(starts)
}

/// Whether the scheme, the separator or the host is written so that nobody clicks on it.
fn is_defanged(url: &str, scheme_len: usize) -> bool {
    let (scheme, rest) = url.split_at(scheme_len);
    let host = rest.split('/').next().unwrap_or_default();
    !scheme.ends_with("://") || scheme.contains(['x', 'X', '*']) || units(host).any(|(_, unit)| unit.is_mark)
}

const MAX_SCHEME: usize = 16;
/// `[:][/][/]` and a bracket round it.
const MAX_SEPARATOR: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_however_defanged() {
        for (text, scheme) in [
            ("https://a", "https://"),
            ("hXXp[:]//a", "hXXp[:]//"),
            ("http[://]a", "http[://]"),
            ("hxxps:[//]a", "hxxps:[//]"),
            ("h**p://a", "h**p://"),
            ("http:\\/\\/a", "http:\\/\\/"),
            ("http[:][/][/]a", "http[:][/][/]"),
            ("http://[2001:db8::1]/", "http://"),
            ("tcp://a", "tcp://"),
        ] {
            assert_eq!(scheme_len(text).map(|len| &text[..len]), Some(scheme), "{text}");
        }
        for text in ["", "http", "http:", "http:/a", "://a", "a/b", "1://a", "http: //a", "éhttp://"] {
            assert_eq!(scheme_len(text), None, "{text}");
        }
    }
}

//! The indicators of a word: what stands between blanks, quotes and angle brackets.
//!
//! From every place where one may begin, the sorts are tried in the order that tells them apart: a URL before its host, an
//! e-mail address before its domain. What was found is passed over, so that no part of it is found again.

use super::candidate::{is_name_char, run};
use super::host::Host;
use super::marks::{first, units};
use super::names::Standing;
use super::{Event, numbers, read_candidate, urls};
use crate::indicator::{Field, Kind};

/// A word, and those beside it.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) before: Option<&'a str>,
    pub(super) after: Option<&'a str>,
}

/// A place in a word.
pub(super) struct Place<'a> {
    pub(super) word: Word<'a>,
    /// What follows.
    pub(super) rest: &'a str,
    /// What stands right before.
    last: Option<char>,
    at: usize,
}

impl Word<'_> {
    /// Hands over what stands in it.
    pub(super) fn scan(self, each: &mut dyn FnMut(Event)) {
        if !self.may_hold_any() {
            return;
        }
        let mut at = 0;
        let mut last = None;
        while let Some(c) = self.text[at..].chars().next() {
            let place = Place { word: self, rest: &self.text[at..], last, at };
            let len = place.found(each).filter(|len| *len > 0).unwrap_or_else(|| place.pass_over(c));
            last = self.text[at..at + len].chars().next_back();
            at += len;
        }
    }

    /// No indicator is without a dot, colon, bracket or digit, and only one sort is short.
    fn may_hold_any(self) -> bool {
        self.text.bytes().any(|b| matches!(b, b'.' | b':' | b'[' | b'(' | b'{' | b'0'..=b'9'))
    }

    /// Whether a part of it from `at` on follows a path's separators, or begins the word with two, as `\\host\share` does.
    fn is_in_path(self, at: usize) -> bool {
        let before = &self.text[..at];
        before.ends_with(['/', '\\']) && !matches!(before, "//" | "\\\\")
    }
}

impl<'a> Place<'a> {
    /// The length of the indicator that begins here, or of what is none but has been looked at.
    fn found(&self, each: &mut dyn FnMut(Event)) -> Option<usize> {
        let is_inside = self.last.is_some_and(|c| c.is_ascii_alphanumeric());
        if is_inside {
            return None;
        }
        if let Some(scheme) = urls::scheme_len(self.rest) {
            return Some(urls::scan(self.rest, scheme, self.last, each));
        }
        let begins_name = !self.last.is_some_and(is_name_char);
        begins_name
            .then(|| self.colons(each).or_else(|| self.email(each)).or_else(|| self.host(each)))
            .flatten()
            .or_else(|| self.token(each))
    }

    /// How much to pass over where nothing begins: the letters and digits of one piece.
    fn pass_over(&self, first: char) -> usize {
        let piece = self.rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        piece.max(first.len_utf8())
    }

    /// An IPv6 address, its network, or a hardware address.
    fn colons(&self, each: &mut dyn FnMut(Event)) -> Option<usize> {
        let (len, plain) = hex_and_colons(self.rest);
        if plain.matches(':').count() < 2 || self.last == Some(':') {
            return None;
        }
        let prefix =
            self.rest[len..].strip_prefix('/').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        let len = if prefix > 0 { len + 1 + prefix } else { len };
        if self.rest[len..].starts_with(|c: char| is_name_char(c) && c != '.') {
            return None;
        }
        let reading = read_candidate(&self.rest[..len]).ok()?;
        let is_meant = match reading.indicator.kind() {
            Kind::Mac => true,
            Kind::Ipv4 | Kind::Ipv6 | Kind::Cidr => numbers::is_ipv6(&plain),
            _ => false,
        };
        is_meant.then(|| each(Event::Found(reading)))?;
        Some(len)
    }

    fn email(&self, each: &mut dyn FnMut(Event)) -> Option<usize> {
        if self.last == Some('@') {
            return None;
        }
        let at = local_len(self.rest)?;
        let sign = first(&self.rest[at..]).filter(|unit| unit.char == '@')?;
        let host = run(&self.rest[at + sign.len..])?;
        let len = at + sign.len + host.len;
        let is_login = match first(&self.rest[len..]).map(|unit| unit.char) {
            Some('@' | '/' | '\\') => true,
            Some(':') => self.rest[len + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '/'),
            _ => false, // `git@host:path` and `user:password@host/path` are no mailboxes
        };
        if is_login || !host.plain.contains('.') {
            return None;
        }
        let is_marked = host.is_marked || sign.is_mark;
        match read_candidate(&self.rest[..len]) {
            Ok(reading) if reading.indicator.kind() == Kind::Email => {
                let canonical = reading.indicator.value().rsplit('@').next().unwrap_or_default();
                if !is_marked && !(Standing { written: &host.plain, canonical, has_path: true }).is_domain() {
                    return None;
                }
                each(Event::Found(reading));
                Some(len)
            }
            Err(reason) if is_marked => {
                each(Event::Rejected(reason));
                Some(len)
            }
            _ => None,
        }
    }

    /// A domain or IPv4 address, its network, and a URL of either without a scheme.
    fn host(&self, each: &mut dyn FnMut(Event)) -> Option<usize> {
        let wildcard = ["*.", "."].iter().find(|mark| self.rest.starts_with(**mark)).map_or(0, |mark| mark.len());
        let run = run(&self.rest[wildcard..])?;
        let is_begun = !run.plain.starts_with(['.', '-']) && run.plain.contains('.');
        if !is_begun || !run.is_marked && self.is_no_place_for_a_name() {
            return None;
        }
        let host = Host { len: wildcard + run.len, run, place: self };
        host.scan(each)
    }

    /// After these, what looks like a name is a part of something else: a path, a handle, a variable, a number.
    fn is_no_place_for_a_name(&self) -> bool {
        self.word.is_in_path(self.at) || self.last.is_some_and(|c| matches!(c, '@' | '$' | '%' | '#' | '+' | '~' | '^'))
    }

    /// A hash, an AS number, a wallet, a hardware address with hyphens.
    fn token(&self, each: &mut dyn FnMut(Event)) -> Option<usize> {
        let len = self.rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let token = &self.rest[..len];
        let (len, field, kinds): (_, _, &[Kind]) = if is_hash(token) {
            (len, Field::Hash, &[Kind::Md5, Kind::Sha1, Kind::Sha256, Kind::Sha512])
        } else if self.stands_alone(len) && is_asn(token) {
            (len, Field::Any, &[Kind::Asn])
        } else if self.stands_alone(len) && (MIN_WALLET..=MAX_WALLET).contains(&len) {
            (len, Field::Wallet, &[Kind::Btc, Kind::Eth, Kind::Tron])
        } else if is_hyphenated_mac(self.rest) && self.stands_alone(MAC) {
            (MAC, Field::Kind(Kind::Mac), &[Kind::Mac])
        } else {
            return None;
        };
        let reading = field.read(&self.rest[..len], None).ok()?;
        kinds.contains(&reading.indicator.kind()).then(|| each(Event::Found(reading)))?;
        Some(len)
    }

    /// Whether no name goes on before or after what has so many bytes.
    fn stands_alone(&self, len: usize) -> bool {
        let goes_on = |c: char| is_name_char(c) && c != '.';
        !self.last.is_some_and(is_name_char) && !self.rest[len..].starts_with(goes_on)
    }
}

/// The hex digits, colons and dots that `text` begins with: how many bytes, and what is meant.
fn hex_and_colons(text: &str) -> (usize, String) {
    let mut plain = String::new();
    let mut len = 0;
    for (at, unit) in units(text).take(MAX_IPV6) {
        if !(unit.char.is_ascii_hexdigit() || matches!(unit.char, ':' | '.')) {
            break;
        }
        plain.push(unit.char);
        len = at + unit.len;
    }
    let is_stray = |plain: &str| plain.ends_with('.') || plain.ends_with(':') && !plain.ends_with("::");
    while is_stray(&plain) && text[..len].ends_with(['.', ':']) {
        plain.pop();
        len -= 1;
    }
    (len, plain)
}

/// The length of what may be the local part of an e-mail address at the beginning of `text`.
fn local_len(text: &str) -> Option<usize> {
    if !text.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let ends = |(_, unit): &(usize, super::marks::Unit)| {
        unit.is_mark && unit.char != '.' || !(is_name_char(unit.char) || matches!(unit.char, '+' | '%' | '\'' | '&'))
    };
    units(text).take(MAX_LOCAL + 1).find(ends).map(|(at, _)| at)
}

/// Hex digits of a hash's length, which with letters or digits alone would be a word or number.
fn is_hash(token: &str) -> bool {
    matches!(token.len(), 32 | 40 | 64 | 128)
        && token.bytes().all(|b| b.is_ascii_hexdigit())
        && token.bytes().any(|b| b.is_ascii_digit())
        && token.bytes().any(|b| b.is_ascii_alphabetic())
}

/// `AS64496`, but not the names of computers and standards.
fn is_asn(token: &str) -> bool {
    let number = token.strip_prefix("ASN").or_else(|| token.strip_prefix("AS")).unwrap_or_default();
    let is_number = number.len() >= 3 && number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
    is_number && !["AS400", "AS9100", "AS9110", "AS9120"].contains(&token)
}

fn is_hyphenated_mac(text: &str) -> bool {
    let pairs = |mac: &str| mac.split('-').all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()));
    let has_letter = |mac: &str| mac.contains(|c: char| c.is_ascii_alphabetic()); // else it may be any number
    text.get(..MAC).is_some_and(|mac| pairs(mac) && has_letter(mac))
}

/// The longest IPv6 address with a port and every colon in brackets.
const MAX_IPV6: usize = 64;
/// RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;
const MIN_WALLET: usize = 26;
/// BIP 173: 90, of which those in use have 62.
const MAX_WALLET: usize = 90;
/// Six pairs.
const MAC: usize = 17;

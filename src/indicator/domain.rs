//! `domain`: names in the DNS.
//!
//! **Canonical form.** Lower case, Unicode as punycode (UTS 46, non-transitional), no trailing dot: labels of 1 to 63 of
//! `a-z 0-9 - _`, 253 bytes in all, of which the last label is no number. Underscores are allowed (`_dmarc.example`), and
//! hyphens anywhere, as names in use have both. A leading `*.` or `.` and a port are dropped. Two labels at least, unless the
//! kind is named. An address in a domain field becomes an address.
//!
//! **Source.** RFC 1035 section 2.3.4, RFC 5890 and UTS 46 by the `idna` crate, as the WHATWG URL standard applies it.
//!
//! **To guess.** Some 4 * 10^8 registered names; lists of them are sold, and Certificate Transparency publishes most hosts.

use std::borrow::Cow;

use super::{Indicator, Kind, Rejection, address};

/// A domain where the kind is named.
pub(super) fn read(value: &str) -> Result<Indicator, Rejection> {
    let name = value.strip_prefix("*.").or_else(|| value.strip_prefix('.')).unwrap_or(value);
    match canonical(port_split(name)) {
        Ok(name) => Ok(Indicator::new(Kind::Domain, name)),
        Err(fault) => Err(Rejection::Unfit { kind: Kind::Domain, fault }),
    }
}

/// A domain where its form alone says so: two labels at least.
pub(super) fn detect(value: &str) -> Result<Indicator, Rejection> {
    if port_split(value).contains(':') || !value.contains(DOTS) {
        return Err(Rejection::Unrecognised);
    }
    let domain = read(value)?;
    if labels(&domain.value) > 1 { Ok(domain) } else { Err(Rejection::Unrecognised) }
}

/// `value` without its port, if it has one.
fn port_split(value: &str) -> &str {
    value.rsplit_once(':').filter(|(_, port)| address::is_port(port)).map_or(value, |(host, _)| host)
}

/// The canonical form of a name without wildcard and port.
pub(super) fn canonical(name: &str) -> Result<Cow<'_, str>, &'static str> {
    if shape(name).is_ok_and(|shape| !shape.punycode) {
        return Ok(Cow::Borrowed(name));
    }
    let mut ascii = to_ascii(name)?;
    if ascii.ends_with('.') {
        ascii.to_mut().pop();
    }
    shape(&ascii).map(|_| ascii)
}

/// Whether `name` is a domain of two labels or more in canonical form as it stands. Says no to punycode, which needs checking.
pub(super) fn is_plain(name: &str) -> bool {
    shape(name).is_ok_and(|shape| shape.labels > 1 && !shape.punycode)
}

/// How many labels a canonical name has.
pub(super) fn labels(name: &str) -> usize {
    name.bytes().filter(|b| *b == b'.').count() + 1
}

/// UTS 46. No list of denied characters: [`shape`] checks what comes out.
pub(super) fn to_ascii(name: &str) -> Result<Cow<'_, str>, &'static str> {
    idna::domain_to_ascii_cow(name.as_bytes(), idna::AsciiDenyList::EMPTY)
        .map_err(|_| "it is no valid international name (UTS 46); check its letters and its punycode")
}

/// What UTS 46 takes for a dot.
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{FF0E}', '\u{FF61}'];

struct Shape {
    labels: usize,
    punycode: bool,
}

fn shape(name: &str) -> Result<Shape, &'static str> {
    if name.len() > 253 {
        return Err("it is longer than 253 bytes");
    }
    let mut shape = Shape { labels: 0, punycode: false };
    let mut last: &[u8] = b"";
    for label in name.as_bytes().split(|b| *b == b'.') {
        if label.len() > 63 {
            return Err("a label is longer than 63 bytes");
        }
        if let Some(stray) = label.iter().find(|b| !matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')) {
            return Err(stray_fault(*stray));
        }
        if label.is_empty() {
            return Err("a label is empty; remove the dot that is too many");
        }
        shape.labels += 1;
        shape.punycode |= label.starts_with(b"xn--");
        last = label;
    }
    if is_number(last) { Err("its last label is a number, as in an address, but it is none") } else { Ok(shape) }
}

/// What the WHATWG URL standard takes for the end of an IPv4 address.
fn is_number(label: &[u8]) -> bool {
    label.strip_prefix(b"0x").is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        || label.iter().all(u8::is_ascii_digit)
}

fn stray_fault(byte: u8) -> &'static str {
    match byte {
        b'/' | b'?' => "it has a path; name the kind url",
        b'@' => "it has an @; name the kind email",
        b',' | b';' => "it has a comma or semicolon; columns are `kind,value`",
        b'*' => "it has an asterisk inside; a wildcard stands in front, as in `*.example.org`",
        _ => "it has a character that no domain has",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (raw, value) in [
            ("evil.example", "evil.example"),
            ("EVIL.Example.", "evil.example"),
            ("*.evil.example", "evil.example"),
            (".evil.example", "evil.example"),
            ("evil.example:8443", "evil.example"),
            ("_dmarc.evil.example", "_dmarc.evil.example"),
            ("-a.b--c.example", "-a.b--c.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("faß.example", "xn--fa-hia.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("hxxp.ddspadus.com", "hxxp.ddspadus.com"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(read(raw).as_ref().map(Indicator::value), Ok(value), "{raw}");
        }
    }

    #[test]
    fn refuses_with_the_reason() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = format!("{}example", "abcdefg.".repeat(31));
        for (raw, reason) in [
            ("evil..example", "label is empty"),
            ("evil.example..", "label is empty"),
            ("..evil.example", "label is empty"),
            (&long_label, "63"),
            (&long_name, "253"),
            ("evil.example/x", "url"),
            ("a@evil.example", "email"),
            ("*.*.evil.example", "asterisk"),
            ("||evil.example^", "character"),
            ("evil.example:http", "character"),
            ("xn--zzzzzzzz-.example", "UTS 46"),
            ("evil.123", "number"),
            ("1.2.3.0x4", "number"),
            ("4915112345678", "number"),
            ("", "label is empty"),
        ] {
            let message = read(raw).unwrap_err().to_string();
            assert!(message.contains(reason), "{raw}: {message}");
        }
    }
}

//! `domain`: names in the DNS.
//!
//! **Canonical form.** Lower case, Unicode as punycode (UTS 46, non-transitional), no trailing dot: labels of 1 to 63 of
//! `a-z 0-9 - _`, 253 bytes in all, of which the last label is no number. Underscores are allowed (`_dmarc.example`), and
//! hyphens anywhere, as names in use have both. Leading `*.` and `.` and a port are dropped, with a warning. Two labels at
//! least: a word alone is prose more often than a name. In a domain field, an address or network becomes one, and what has
//! a scheme or path becomes a URL, of which the host is only a part.
//!
//! **Source.** RFC 1035 section 2.3.4, RFC 5890 and UTS 46 by the `idna` crate, as the WHATWG URL standard applies it.
//!
//! **To guess.** Some 4 * 10^8 registered names; lists of them are sold, and Certificate Transparency publishes most hosts.

use std::borrow::Cow;

use super::{Indicator, Kind, Reading, Rejection, Warning, address, prepare, url};

/// A domain where the kind is named.
pub(super) fn read(value: &str) -> Result<Reading, Rejection> {
    if let Some(other) = address::read(value).or_else(|| url::detect(value)) {
        return other.map(|reading| reading.warn(Warning::OtherKind));
    }
    prepare::refuse_blanks(value)?;
    name(value)
}

/// A domain where its form alone says so: two labels at least.
pub(super) fn detect(value: &str) -> Result<Reading, Rejection> {
    if port_split(value).contains(':') || !value.contains('.') || is_file(value) {
        return Err(Rejection::Unrecognised);
    }
    name(value)
}

/// Whether the form is that of a file's name: no name in the DNS ends so.
pub(super) fn is_file(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ending.len() <= 5 && FILE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

fn name(value: &str) -> Result<Reading, Rejection> {
    let named = without_wildcards(value);
    let host = port_split(named);
    let canonical = canonical(host).map_err(|fault| Rejection::Unfit { kind: Kind::Domain, fault })?;
    // Full-width digits may have hidden a range of addresses.
    if let Some(Err(rejection)) = address::read(&canonical) {
        return Err(rejection);
    }
    if labels(&canonical) < 2 {
        let fault = "it has one label only, as a word has; a domain has two at least";
        return Err(Rejection::Unfit { kind: Kind::Domain, fault });
    }
    let mut reading = Reading::from(Indicator::new(Kind::Domain, canonical));
    if named.len() < value.len() {
        reading = reading.warn(Warning::Wildcard);
    }
    Ok(if host.len() < named.len() { reading.warn(Warning::Port) } else { reading })
}

fn without_wildcards(value: &str) -> &str {
    let name = value.trim_start_matches("*.");
    name.strip_prefix('.').unwrap_or(name)
}

/// `value` without its port, if it has one.
fn port_split(value: &str) -> &str {
    value.rsplit_once([':', '|']).filter(|(_, port)| address::is_port(port)).map_or(value, |(host, _)| host)
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

/// Of files, and no top-level domains.
#[rustfmt::skip]
const FILE_ENDINGS: [&str; 44] = [
    "apk", "asp", "aspx", "bak", "bat", "bin", "bmp", "cfg", "conf", "css", "csv", "dat", "dll", "dmg", "doc", "docm", "docx", "exe", "gif",
    "htm", "html", "ini", "iso", "jar", "jpeg", "jpg", "js", "json", "jsp", "lnk", "log", "msi", "pdf", "php", "png", "ppt", "pptx", "rtf",
    "svg", "sys", "tmp", "txt", "vbs", "xlsx",
];

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

/// What the WHATWG URL standard takes for the end of an IPv4 address, and what else has no letter.
fn is_number(label: &[u8]) -> bool {
    label.strip_prefix(b"0x").is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        || !label.iter().any(u8::is_ascii_alphabetic)
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
    fn unicode_and_punycode_meet() {
        for (raw, value) in [
            ("EVIL.Example.", "evil.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("faß.example", "xn--fa-hia.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ] {
            assert_eq!(canonical(raw).as_deref(), Ok(value), "{raw}");
        }
    }

    #[test]
    fn limits_hold() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = format!("{}example", "abcdefg.".repeat(31));
        for (raw, reason) in [
            (&*long_label, "63"),
            (&long_name, "253"),
            ("", "label is empty"),
            ("xn--zzzzzzzz-.example", "UTS 46"),
            ("4915112345678", "number"),
        ] {
            assert!(canonical(raw).unwrap_err().contains(reason), "{raw}");
        }
    }
}

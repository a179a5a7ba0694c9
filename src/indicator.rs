//! Kinds of indicators, canonical by construction.
//!
//! Two lists overlap only where both write an indicator the same way, so text becomes an [`Indicator`] through one door,
//! and every indicator has one spelling: canonicalisation profile 1. A file per kind says what its spelling is.
//!
//! What all kinds share, in this order:
//! 1. Blanks, no-break spaces, byte order marks and U+200B to U+200F are trimmed off; U+200B, U+200E, U+200F and U+FEFF,
//!    which published lists carry inside values, are dropped. Control and bidirectional characters are refused, and so is
//!    U+FFFD, which stands for what decoding lost. Quotes and brackets round the whole value go.
//! 2. What was defanged is [refanged](refang): `hxxps[:]//evil[.]example` is `https://evil.example`.
//! 3. The kind's own file takes over. Blanks inside are refused, but where it says otherwise.
//!
//! Kinds that are compared as they stand ([`verbatim`]) go through the first step only, and keep quotes and brackets. A
//! [`credential`] goes through none.
//!
//! Where nothing names the kind, the form tells it, in this order; the first that fits decides, even if it then refuses:
//!
//! | form | kind |
//! |---|---|
//! | `+` or `tel:` in front | `phone` |
//! | hex digits, 32, 40, 64 or 128; or the name of a hash in front, as in `sha256:` | `md5`, `sha1`, `sha256`, `sha512`; the one named |
//! | `AS` and digits | `asn` |
//! | six or eight pairs of hex digits with colons between | `mac` |
//! | `1…`, `3…`, `bc1…`, `0x` and 40 more, `T…` of the right length; a payment link | `btc`, `eth`, `tron` |
//! | an address or network, perhaps with a port | `ipv4`, `ipv6`, `cidr` |
//! | a known platform and a colon | `account` |
//! | a scheme and `://`, or one mistyped; a host and a path | `url` |
//! | an `@` inside | `email` |
//! | a dot inside | `domain` |
//!
//! Canonical forms are fixed points: [`Indicator::parse`] of a value that it gave gives the same again, and nothing to warn of.

pub mod account;
pub mod ad_account;
pub mod address;
pub mod asn;
pub mod credential;
pub mod derive;
pub mod domain;
pub mod email;
mod field;
pub mod hash;
mod kind;
pub mod mac;
pub mod phone;
mod prepare;
mod reading;
pub mod refang;
mod rejection;
mod steps;
pub mod url;
pub mod verbatim;
pub mod wallet;

use std::fmt;
use std::net::Ipv4Addr;

pub use field::Field;
pub use kind::{Guess, Kind};
pub use phone::Country;
pub(crate) use prepare::trim;
pub use reading::{Reading, Warning, Warnings};
pub use rejection::Rejection;
pub use steps::steps;

/// The canonicalisation profile that this version writes: a change in any canonical form is a new number.
pub const PROFILE: u32 = 1;

/// A kind and a canonical value. Ordered by the kind's name, then by value, as reports are.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Indicator {
    kind: Kind,
    value: Box<str>,
}

impl Indicator {
    /// The longest value in bytes, as written and in canonical form. Phishing URLs reach 2 KiB and more; longer is no
    /// indicator.
    pub const MAX_LEN: usize = 8192;

    /// An indicator from a place that says its kind. The form may say otherwise where it is certain: an address or URL in a
    /// domain field becomes one, a network in an address field becomes `cidr`, a sha256 in an md5 field becomes a `sha256`, a
    /// bare host in a URL field becomes a domain or an address, and an IPv4-mapped IPv6 address becomes `ipv4`.
    pub fn parse(kind: Kind, raw: &str) -> Result<Self, Rejection> {
        Self::read_as(kind, raw, None).map(|reading| reading.indicator)
    }

    /// An indicator whose kind its form tells. A bare number or word is none.
    pub fn detect(raw: &str) -> Result<Self, Rejection> {
        Self::read(raw, None).map(|reading| reading.indicator)
    }

    /// As [`Indicator::parse`], with warnings.
    fn read_as(kind: Kind, raw: &str, country: Option<Country>) -> Result<Reading, Rejection> {
        Self::read_once(kind, raw, country).and_then(Reading::settled)
    }

    fn read_once(kind: Kind, raw: &str, country: Option<Country>) -> Result<Reading, Rejection> {
        if kind == Kind::Credential {
            return credential::read(prepare::undamaged(raw)?); // a blank may belong to the secret
        }
        let value = prepare::trim(raw);
        if let Some(plain) = Self::plain_as(kind, value) {
            return Ok(plain);
        }
        let reading = if kind.is_verbatim() {
            verbatim::read(kind, &prepare::visible(value)?)
        } else {
            Self::parse_prepared(kind, &prepare::prepare(value)?, country)
        };
        reading.and_then(Reading::bounded)
    }

    /// As [`Indicator::detect`], with warnings.
    fn read(raw: &str, country: Option<Country>) -> Result<Reading, Rejection> {
        let value = prepare::trim(raw);
        match Self::plain_bare(value) {
            Some(plain) => Ok(plain.into()),
            None => {
                let prepared = prepare::prepare(value)?;
                // Most of what is defanged is plain then.
                match Self::plain_bare(&prepared) {
                    Some(plain) => Ok(plain.into()),
                    None => {
                        Self::detect_prepared(&prepared, country).and_then(Reading::bounded).and_then(Reading::settled)
                    }
                }
            }
        }
    }

    /// An indicator from a file of ours, which holds canonical forms only: anything else is refused.
    pub fn from_canonical(kind: Kind, value: &str) -> Result<Self, Rejection> {
        let indicator = Self::parse(kind, value)?;
        if indicator.kind == kind && *indicator.value == *value { Ok(indicator) } else { Err(Rejection::NotCanonical) }
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The canonical value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// `canon(x) = lp(kind name) || lp(value)`, where `lp` puts a u32 little-endian length before the bytes.
    pub fn canon(&self) -> Vec<u8> {
        let mut canon = Vec::with_capacity(8 + self.kind.name().len() + self.value.len());
        self.write_canon(&mut canon);
        canon
    }

    /// Appends [`Indicator::canon`] to `out`, so that a million of them share one buffer.
    pub fn write_canon(&self, out: &mut Vec<u8>) {
        for part in [self.kind.name(), &*self.value] {
            let length = u32::try_from(part.len()).expect("a value is at most MAX_LEN bytes");
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(part.as_bytes());
        }
    }

    fn new(kind: Kind, value: impl Into<Box<str>>) -> Self {
        Self { kind, value: value.into() }
    }

    /// The fast path of lists with a million lines: dotted quads and lower-case ASCII domains that are canonical as they
    /// stand. `None` says nothing; the slow path decides then.
    fn plain(value: &str) -> Option<Self> {
        let last = value.as_bytes().last()?;
        if last.is_ascii_digit() {
            value.parse::<Ipv4Addr>().ok().map(|_| Self::new(Kind::Ipv4, value))
        } else {
            domain::is_plain(value).then(|| Self::new(Kind::Domain, value))
        }
    }

    /// The fast path where nothing names the kind: `evil.exe` is no domain then.
    fn plain_bare(value: &str) -> Option<Self> {
        Self::plain(value).filter(|plain| plain.kind != Kind::Domain || !domain::is_file(value))
    }

    /// The fast path where a kind is named.
    fn plain_as(kind: Kind, value: &str) -> Option<Reading> {
        let plain = match kind {
            Kind::Domain => Self::plain(value)?,
            Kind::Url => Self::plain_bare(value)?, // a host that nothing names
            Kind::Ipv4 | Kind::Cidr => Self::plain(value).filter(|plain| plain.kind == Kind::Ipv4)?,
            _ => return None,
        };
        let is_other = plain.kind != kind && kind != Kind::Cidr;
        let reading = Reading::from(plain);
        Some(if is_other { reading.warn(Warning::OtherKind) } else { reading })
    }

    fn parse_prepared(kind: Kind, value: &str, country: Option<Country>) -> Result<Reading, Rejection> {
        match kind {
            Kind::Phone => return phone::read(value, country),
            Kind::Email => return email::read(value),
            Kind::Url => return url::read(value),
            Kind::Domain => return domain::read(value),
            Kind::Asn => return asn::read(value),
            _ if hash::digits(kind).is_some() => return hash::read(kind, value),
            _ => prepare::refuse_blanks(value)?,
        }
        match kind {
            Kind::Ipv4 | Kind::Ipv6 | Kind::Cidr => address::read_as(kind, value),
            Kind::Account => account::read(value),
            Kind::AdAccount => ad_account::read(value),
            Kind::Mac => mac::read(value),
            Kind::Btc | Kind::Eth | Kind::Tron => wallet::read(kind, value),
            _ => Err(Rejection::Unrecognised),
        }
    }

    /// The order is the one of the module's table.
    fn detect_prepared(value: &str, country: Option<Country>) -> Result<Reading, Rejection> {
        if phone::is_marked(value) {
            return phone::read(value, country);
        }
        if let Some((kind, _)) = hash::named(value) {
            return hash::read(kind, value);
        }
        if let Some(address) = email::in_angles(value) {
            return email::read(address);
        }
        if let Some(kind) = hash::kind_of(value) {
            return hash::read(kind, value);
        }
        if asn::has_form(value) {
            return asn::read(value);
        }
        if mac::has_form(value) {
            return mac::read(value);
        }
        if let Some(found) = wallet::detect(value).or_else(|| address::read(value)) {
            return found;
        }
        if account::has_known_platform(value) {
            prepare::refuse_blanks(value)?;
            return account::read(value);
        }
        if let Some(url) = url::detect(value) {
            return url;
        }
        prepare::refuse_blanks(value)?;
        if value.starts_with('@') {
            Err(Rejection::Unrecognised) // a handle, of which platform?
        } else if value.contains('@') {
            email::read(value)
        } else {
            domain::detect(value)
        }
    }
}

/// The kind only: indicators never go to logs.
impl fmt::Debug for Indicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Indicator").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn debug_prints_the_kind_only() {
        let indicator = Indicator::detect("evil.example").unwrap();
        assert_eq!(format!("{indicator:?}"), "Indicator { kind: Domain, .. }");
    }

    #[test]
    fn canon_is_two_length_prefixed_parts() {
        let canon = Indicator::detect("203.0.113.7").unwrap().canon();
        assert_eq!(canon, [&b"\x04\0\0\0ipv4"[..], b"\x0b\0\0\0", b"203.0.113.7"].concat());
    }

    #[test]
    fn orders_by_kind_name_then_value() {
        let sorted = ["account:x:b", "domain:b.example", "ipv4:1.2.3.4", "ipv6:::1", "url:http://a.example/"];
        let read = |text: &&str| {
            let (kind, value) = text.split_once(':').unwrap();
            Indicator::parse(kind.parse().unwrap(), value).unwrap()
        };
        assert!(sorted.iter().map(read).is_sorted());
    }

    #[test]
    fn refuses_what_is_not_its_own_canonical_form() {
        assert!(Indicator::from_canonical(Kind::Domain, "evil.example").is_ok());
        for (kind, value) in [
            (Kind::Domain, "Evil.example"),
            (Kind::Domain, "1.2.3.4"),
            (Kind::Url, "evil.example"),
            (Kind::Url, "http://evil.example"),
            (Kind::Email, "a@evil[.]example"),
            (Kind::Phone, "+49 30 1234567"),
            (Kind::Ipv6, "::ffff:1.2.3.4"),
        ] {
            assert_eq!(Indicator::from_canonical(kind, value), Err(Rejection::NotCanonical), "{kind} {value}");
        }
    }

    #[test]
    fn trims_and_drops_the_invisible_and_refuses_control_characters() {
        for raw in
            ["\u{FEFF}evil.example", "evil.example\u{A0} ", "\u{200E}evil\u{200B}.exam\u{FEFF}ple", "\tevil.example"]
        {
            assert_eq!(Indicator::detect(raw).unwrap().value(), "evil.example", "{raw:?}");
        }
        for raw in ["evil\0.example", "evil\u{1b}[2J.example", "evil\u{202E}.example", "evil\t.example"] {
            assert_eq!(Indicator::detect(raw), Err(Rejection::ControlCharacter), "{raw:?}");
        }
        assert_eq!(Indicator::detect(" \u{200B}"), Err(Rejection::Empty));
        assert_eq!(Indicator::detect("evil.example 1"), Err(Rejection::Whitespace));
        assert_eq!(Indicator::detect(&format!("http://a.example/{}", "a".repeat(9000))), Err(Rejection::TooLong));
        assert_eq!(Indicator::detect(&format!("http://a.example/{}", "é".repeat(3000))), Err(Rejection::TooLong));
    }

    #[test]
    fn detects_the_kind_by_form() {
        for (raw, kind) in [
            ("hxxp.ddspadus.com", Kind::Domain),
            ("evil.example:8080", Kind::Domain),
            ("evil.example/", Kind::Url),
            ("evil.example?a@b.example", Kind::Url),
            ("95.81.0.26/30/gate.php", Kind::Url),
            ("1.2.3.4:80", Kind::Ipv4),
            ("fb::1", Kind::Ipv6),
            ("fb:1", Kind::Account),
            ("a@b.example", Kind::Email),
            ("+1 (202) 555-0123", Kind::Phone),
            ("d41d8cd98f00b204e9800998ecf8427e", Kind::Md5),
        ] {
            assert_eq!(Indicator::detect(raw).unwrap().kind(), kind, "{raw}");
        }
        for raw in [
            "localhost",
            "4915112345678",
            "foo:bar",
            "javascript:alert(1)",
            "N/A",
            "and/or",
            "||evil.example^",
            "*.a",
            "/a.b:)",
            "?a.b/",
        ] {
            assert!(Indicator::detect(raw).is_err(), "{raw}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn fast_path_agrees_with_slow_path(
            raw in r"([0-9]{1,3}\.){3}[0-9]{1,3}|[a-f0-9:.]{1,40}|([a-z0-9_-]{1,9}\.){0,3}[a-z0-9-]{1,6}|(xn--|hxxp)?[a-z0-9.-]{1,70}|[a-z0-9-]{1,9}\.(js|exe|dll)"
        ) {
            if let Some(plain) = Indicator::plain(&raw) {
                prop_assert_eq!(prepare::prepare(&raw), Ok(Cow::from(&raw)));
                // The name of a file is plain where a kind is named, and nothing where none is.
                let bare = Indicator::plain_bare(&raw).map(Reading::from).ok_or(Rejection::Unrecognised);
                prop_assert_eq!(Indicator::detect_prepared(&raw, None), bare);
                prop_assert!(plain.kind == Kind::Ipv4 || domain::to_ascii(&raw) == Ok(Cow::from(&raw)));
                for kind in [Kind::Domain, Kind::Url, Kind::Ipv4, Kind::Cidr] {
                    let fast = Indicator::plain_as(kind, &raw);
                    prop_assert!(fast.is_none() || Indicator::parse_prepared(kind, &raw, None).ok() == fast);
                }
            }
        }
    }
}

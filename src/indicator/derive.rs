//! Indicators that follow from others.
//!
//! | derivation | of | gives |
//! |---|---|---|
//! | `host` | `url`, `email` | the host: a `domain`, `ipv4` or `ipv6` |
//! | `registrable` | `domain`, and the host of a `url` or `email` | the domain under a public suffix that someone registered |
//! | `folded` | `email` | the mailbox: no plus tag, and on Gmail no dots |
//! | `account` | `url` | the account whose profile it is |
//! | `network` | `cidr` | every address of the network, in its place |
//!
//! **Registrable.** The public suffix list, both of its sections: names under a suffix of the private section belong to
//! customers of its owner, so of `login.evil.web.app` it is `evil.web.app` and not `web.app`, which is Google's. A
//! top-level domain that is not on the list is a suffix (the list's rule `*`). A suffix itself gives nothing.
//!
//! **Folded.** What follows the first `+` of the local part goes, at every provider: where plus tags mean nothing, `+` in a
//! mailbox is rare. Dots go at `gmail.com` only, and `googlemail.com` is `gmail.com`. Left alone, because the same signs tell
//! mailboxes apart elsewhere: hyphens (Yahoo's tags), dots and underscores (Proton), the subdomains of Fastmail.
//!
//! **Source.** publicsuffix.org by the `psl` crate; RFC 5233 for plus tags; Gmail's help pages for its dots.

mod network;

use self::network::{addresses, is_expandable};
use super::{Indicator, Kind, Rejection, account};

/// How an indicator followed from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Derivation {
    /// The host of a URL or of an e-mail address.
    Host,
    /// The registrable domain of a host, by the public suffix list.
    Registrable,
    /// An e-mail address without its plus tag, and without dots where its provider ignores them.
    Folded,
    /// The account of a profile's URL.
    Account,
    /// An address of a network.
    Network,
}

impl Derivation {
    /// Every derivation, in order.
    pub const ALL: [Self; 5] = [Self::Host, Self::Registrable, Self::Folded, Self::Account, Self::Network];

    /// The name on the command line, in files and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Registrable => "registrable",
            Self::Folded => "folded",
            Self::Account => "account",
            Self::Network => "network",
        }
    }

    /// The number in binary files.
    pub const fn code(self) -> u8 {
        self as u8 + 1
    }

    /// The derivation of a [`Derivation::code`].
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|derivation| derivation.code() == code)
    }
}

/// Reads the names that may be asked for one by one. [`Derivation::Network`] is none: it needs a length, see
/// [`Derive::expand_to`].
/// What is to be derived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derive {
    /// Which derivations; [`Derivation::Network`] is asked for by `expand`.
    pub derivations: Vec<Derivation>,
    /// Networks with at least so long an IPv4 prefix (as many addresses, for IPv6) are written as their addresses. See
    /// [`Derive::expand_to`] for the lengths that are taken; others expand nothing.
    pub expand: Option<u8>,
}

impl Derive {
    /// With networks of this IPv4 prefix length and longer expanded: 16, which is 65,536 addresses, to 32.
    pub fn expand_to(mut self, prefix: u8) -> Result<Self, Rejection> {
        if !is_expandable(prefix) {
            return Err(Rejection::ExpandPrefix);
        }
        self.expand = Some(prefix);
        Ok(self)
    }

    /// Calls `each` with all that follows from `indicator`, the indicator itself not included, each once. Gives whether the
    /// indicator is replaced by what followed from it, as an expanded network is.
    pub fn from(&self, indicator: &Indicator, each: &mut dyn FnMut(Indicator, Derivation)) -> bool {
        match indicator.kind {
            Kind::Cidr => return self.expanded(&indicator.value, each),
            Kind::Domain => {
                if let Some(registrable) = self.registrable(indicator) {
                    each(registrable, Derivation::Registrable);
                }
            }
            Kind::Url | Kind::Email => {
                self.hosts(indicator, each);
                self.owner(indicator, each);
            }
            _ => {}
        }
        false
    }

    fn asks(&self, derivation: Derivation) -> bool {
        self.derivations.contains(&derivation)
    }

    /// The host and its registrable domain; once, as the host, where the two are one.
    fn hosts(&self, indicator: &Indicator, each: &mut dyn FnMut(Indicator, Derivation)) {
        if !self.asks(Derivation::Host) && !self.asks(Derivation::Registrable) {
            return;
        }
        let Some(host) = indicator.host() else { return };
        let is_registrable = registrable_name(&host.value) == Some(&*host.value);
        if let Some(registrable) = self.registrable(&host) {
            each(registrable, Derivation::Registrable);
        }
        if self.asks(Derivation::Host) {
            each(host, Derivation::Host);
        } else if host.kind == Kind::Domain && is_registrable {
            each(host, Derivation::Registrable);
        }
    }

    /// The mailbox of an e-mail address, the account of a profile's URL.
    fn owner(&self, indicator: &Indicator, each: &mut dyn FnMut(Indicator, Derivation)) {
        let (derivation, derive) = match indicator.kind {
            Kind::Email => (Derivation::Folded, folded as fn(&str) -> Option<Indicator>),
            _ => (Derivation::Account, account::of_profile_url as _),
        };
        if self.asks(derivation)
            && let Some(derived) = derive(&indicator.value)
        {
            each(derived, derivation);
        }
    }

    /// The registrable domain of a domain that is not itself one.
    fn registrable(&self, domain: &Indicator) -> Option<Indicator> {
        if domain.kind != Kind::Domain || !self.asks(Derivation::Registrable) {
            return None;
        }
        let name = registrable_name(&domain.value).filter(|name| *name != &*domain.value)?;
        Indicator::from_canonical(Kind::Domain, name).ok()
    }

    fn expanded(&self, network: &str, each: &mut dyn FnMut(Indicator, Derivation)) -> bool {
        let host_bits = self.expand.filter(|prefix| is_expandable(*prefix)).map(|prefix| 32 - u32::from(prefix));
        let addresses = host_bits.and_then(|bits| addresses(network, bits));
        let is_expanded = addresses.is_some();
        for address in addresses.into_iter().flatten() {
            each(address, Derivation::Network);
        }
        is_expanded
    }
}

impl Indicator {
    /// The host of a URL or of an e-mail address, as an indicator.
    pub(crate) fn host(&self) -> Option<Self> {
        let host = match self.kind {
            Kind::Url => url_host(&self.value)?,
            Kind::Email => self.value.rsplit_once('@')?.1,
            _ => return None,
        };
        Self::parse(Kind::Domain, host).ok()
    }
}

/// The part of a canonical name that someone registered; nothing for a public suffix.
pub(crate) fn registrable_name(name: &str) -> Option<&str> {
    psl::domain_str(name)
}

/// The host of a canonical URL, without brackets.
fn url_host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').map(|(host, _)| host),
        None => host.split(':').next(),
    }
}

/// Nothing if it is folded as it stands, or if folding leaves no mailbox.
fn folded(email: &str) -> Option<Indicator> {
    let (local, host) = email.rsplit_once('@')?;
    let local = local.split('+').next()?;
    let folded = match host {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
        _ => format!("{local}@{host}"),
    };
    Indicator::from_canonical(Kind::Email, &folded).ok().filter(|_| folded != email)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(derivations: &[Derivation], indicator: &Indicator) -> Vec<String> {
        let mut derived = Vec::new();
        let derive = Derive { derivations: derivations.to_vec(), expand: None };
        let mut each = |indicator: Indicator, derivation: Derivation| {
            derived.push(format!("{} {} {}", derivation.name(), indicator.kind(), indicator.value()));
        };
        assert!(!derive.from(indicator, &mut each));
        derived.sort();
        derived
    }

    fn of(derivations: &[Derivation], kind: Kind, value: &str) -> Vec<String> {
        all(derivations, &Indicator::parse(kind, value).unwrap())
    }

    #[test]
    fn hosts() {
        for (kind, value, host) in [
            (Kind::Url, "https://a.evil.example:8443/x?y", "host domain a.evil.example"),
            (Kind::Url, "http://user:p@ss@evil.example/", "host domain evil.example"),
            (Kind::Url, "http://evil.example/a@b", "host domain evil.example"),
            (Kind::Url, "http://0x7f.1/", "host ipv4 127.0.0.1"),
            (Kind::Url, "http://[2001:db8::1]:80/", "host ipv6 2001:db8::1"),
            (Kind::Url, "http://[::ffff:1.2.3.4]/", "host ipv4 1.2.3.4"),
            (Kind::Email, "a@mail.evil.example", "host domain mail.evil.example"),
        ] {
            assert_eq!(of(&[Derivation::Host], kind, value), [host], "{value}");
        }
        assert!(of(&[Derivation::Host], Kind::Domain, "evil.example").is_empty());
        assert!(of(&[Derivation::Host], Kind::Url, "http://localhost/").is_empty(), "no domain");
    }

    #[test]
    fn registrable_domains() {
        for (kind, value, registrable) in [
            (Kind::Domain, "a.b.example.com", Some("example.com")),
            (Kind::Domain, "a.evil.co.uk", Some("evil.co.uk")),
            (Kind::Domain, "login.evil.web.app", Some("evil.web.app")),
            (Kind::Domain, "a.evil.example", Some("evil.example")),
            (Kind::Domain, "a.www.食狮.公司.cn", Some("xn--85x722f.xn--55qx5d.cn")),
            (Kind::Domain, "example.com", None),
            (Kind::Domain, "evil.web.app", None),
            (Kind::Domain, "web.app", None),
            (Kind::Domain, "co.uk", None),
            (Kind::Url, "https://www.example.com/x", Some("example.com")),
            (Kind::Url, "https://example.com/x", Some("example.com")),
            (Kind::Url, "https://web.app/x", None),
            (Kind::Url, "https://192.0.2.1/x", None),
            (Kind::Url, "https://[2001:db8::1]/x", None),
            (Kind::Email, "a@mail.example.com", Some("example.com")),
            (Kind::Ipv4, "192.0.2.1", None),
        ] {
            let expected: Vec<_> = registrable.map(|name| format!("registrable domain {name}")).into_iter().collect();
            assert_eq!(of(&[Derivation::Registrable], kind, value), expected, "{value}");
        }
    }

    #[test]
    fn each_result_once() {
        let both = [Derivation::Host, Derivation::Registrable, Derivation::Host];
        assert_eq!(of(&both, Kind::Url, "https://example.com/x"), ["host domain example.com"]);
        let chain = ["host domain a.example.com", "registrable domain example.com"];
        assert_eq!(of(&both, Kind::Url, "https://a.example.com/x"), chain);
        assert_eq!(of(&both, Kind::Email, "x@a.example.com"), chain);
    }

    #[test]
    fn folded_mailboxes() {
        for (value, folded) in [
            ("jane+news@evil.example", Some("jane@evil.example")),
            ("jane+a+b@evil.example", Some("jane@evil.example")),
            ("j.a.n.e+x@gmail.com", Some("jane@gmail.com")),
            ("jane@googlemail.com", Some("jane@gmail.com")),
            ("jane.doe@evil.example", None),
            ("jane-tag@yahoo.com", None),
            ("jane@gmail.com", None),
            ("+x@evil.example", None),
            ("...+x@gmail.com", None),
            ("{a.t}x@gmail.com", None),
        ] {
            let expected: Vec<_> = folded.map(|name| format!("folded email {name}")).into_iter().collect();
            assert_eq!(of(&[Derivation::Folded], Kind::Email, value), expected, "{value}");
        }
    }

    #[test]
    fn networks_are_replaced_by_their_addresses() {
        let expand = |prefix: u8, network: &str| {
            let mut derived: Vec<String> = Vec::new();
            let derive = Derive::default().expand_to(prefix).unwrap();
            let replaced = derive.from(&Indicator::new(Kind::Cidr, network), &mut |address, derivation| {
                assert_eq!(derivation, Derivation::Network);
                derived.push(address.value().to_owned());
            });
            assert_eq!(replaced, !derived.is_empty(), "{network}");
            derived
        };
        assert_eq!(expand(24, "203.0.113.4/30"), ["203.0.113.4", "203.0.113.5", "203.0.113.6", "203.0.113.7"]);
        assert_eq!(expand(24, "203.0.113.0/24").len(), 256);
        assert_eq!(expand(16, "203.0.0.0/16").len(), 65_536);
        assert_eq!(expand(24, "255.255.255.254/31"), ["255.255.255.254", "255.255.255.255"]);
        assert_eq!(expand(24, "2001:db8::/127"), ["2001:db8::", "2001:db8::1"]);
        assert_eq!(expand(24, "2001:db8::/120").len(), 256);
        for too_large in ["203.0.112.0/23", "0.0.0.0/0", "2001:db8::/119", "::/0"] {
            assert!(expand(24, too_large).is_empty(), "{too_large}");
        }
    }

    #[test]
    fn only_lengths_that_stay_small() {
        for prefix in 0..=255 {
            let derive = Derive::default().expand_to(prefix);
            assert_eq!(derive.is_ok(), (16..=32).contains(&prefix), "{prefix}");
        }
        let unchecked = Derive { derivations: Vec::new(), expand: Some(0) };
        assert!(!unchecked.from(&Indicator::new(Kind::Cidr, "0.0.0.0/0"), &mut |_, _| panic!("expanded")));
    }

    #[test]
    fn codes_read_back() {
        for derivation in Derivation::ALL {
            assert_eq!(Derivation::from_code(derivation.code()), Some(derivation));
        }
        assert_eq!(Derivation::from_code(0), None);
    }
}

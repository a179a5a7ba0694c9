//! `url`: web addresses, and others of the form `scheme://host`.
//!
//! **Canonical form.** What the WHATWG URL standard serialises, less the fragment: scheme and host lower case, host as
//! a [`domain`] or address, default port and dot segments dropped, an empty path as `/`, Unicode
//! percent-encoded. Path, query and user information keep their case and spelling. Addresses in hosts are read as browsers
//! do, octal and short forms included: `http://0x7f.1/` is `http://127.0.0.1/`.
//!
//! The standard leaves hosts under schemes that it does not know as they are, in any case. Here those that threat lists
//! hold (`tcp`, `ldap`, `ssh` and so on, a closed list) are read like `http`, but for the port, which they keep.
//!
//! Without a scheme, a value with a path or query gets `http://`, if its host is an address or has two labels; a bare host
//! is a domain or an address, not a URL. A mistyped `htps://` or `https//` is mended where such a host follows.
//!
//! **Source.** url.spec.whatwg.org, by the `url` crate.
//!
//! **To guess.** Unbounded, but lists exist: crawls, feeds of phishing pages, archives. The bare page of a host is as easy
//! to guess as the host.

pub(super) mod scheme;

use std::net::Ipv4Addr;

use ::url::{Host, Url};

use super::{Indicator, Kind, Reading, Rejection, Warning, address, domain, prepare};

/// A URL where the kind is named.
pub(super) fn read(value: &str) -> Result<Reading, Rejection> {
    if let Some(reading) = detect(value) {
        return reading;
    }
    if value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        return unfit("a link to write an e-mail; name the kind email");
    }
    prepare::refuse_blanks(value)?;
    let host = match address::read(value) {
        Some(address) => address,
        None if value.contains(['/', '@']) => Err(Rejection::Unrecognised),
        None => domain::detect(value),
    };
    match host {
        Err(Rejection::Unrecognised) => {
            unfit("it has neither a scheme nor a path; write it in full, as in `https://host/path`")
        }
        host => host.map(|reading| reading.warn(Warning::OtherKind)),
    }
}

/// A URL where its form says that it is one, nothing otherwise. An address and its prefix look like a host and its path.
pub(super) fn detect(value: &str) -> Option<Result<Reading, Rejection>> {
    if let Some(fault) = hostless_fault(value) {
        return Some(unfit(fault));
    }
    if let Some(mended) = scheme::mended(value) {
        return Some(whole(&mended, Trust::Host).map(|reading| reading.warn(Warning::SchemeMended)));
    }
    if has_scheme(value) {
        return Some(whole(value, Trust::Scheme));
    }
    let is_short = has_path(value) && address::read(value).is_none();
    is_short.then(|| whole(&format!("http://{value}"), Trust::Host).map(|reading| reading.warn(Warning::SchemeAdded)))
}

/// Whether `value` begins with a scheme and `://`.
pub(super) fn has_scheme(value: &str) -> bool {
    let is_scheme = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    value.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
}

/// Whether a value without a scheme has a host with a path or query after it. `a@b.example/c` has none: that is a broken
/// e-mail address. Nor has `/a.b`: the URL standard overlooks slashes too many, and would take the path for the host.
fn has_path(value: &str) -> bool {
    value.find(['/', '?', '@']).is_some_and(|at| at > 0 && value.as_bytes()[at] != b'@')
}

fn unfit(fault: &'static str) -> Result<Reading, Rejection> {
    Err(Rejection::Unfit { kind: Kind::Url, fault })
}

/// What is wrong with URLs that lead to no host.
fn hostless_fault(value: &str) -> Option<&'static str> {
    let (scheme, _) = value.split_once(':')?;
    Some(match scheme.to_ascii_lowercase().as_str() {
        "data" => "a data URL is content, not a place; list the hash of the content",
        "javascript" | "vbscript" => "it is a script, not a place; list the URL that it is loaded from",
        "file" => "a file on a machine is no place that others see; list its name or hash",
        _ => return None,
    })
}

/// What shows that a value is meant as a URL.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Its scheme: the host may be a single label, or an address in any form.
    Scheme,
    /// Its host, the scheme being ours: a name of two labels, or an address in full. `5/28/2021` has neither.
    Host,
}

/// A URL with a scheme.
fn whole(value: &str, trust: Trust) -> Result<Reading, Rejection> {
    prepare::refuse_blanks(value)?;
    match canonical(value, trust) {
        Ok(canonical) => Ok(Indicator::new(Kind::Url, canonical).into()),
        Err(fault) => unfit(fault),
    }
}

fn canonical(value: &str, trust: Trust) -> Result<String, &'static str> {
    let (scheme, rest) = value.split_once("://").ok_or("it has no scheme")?;
    if !scheme::is_allowed(scheme) {
        return Err("its scheme is not one of those that are compared, such as http, https, ftp, tcp, ldap and ssh");
    }
    let (stand_in, mut url) = parse(scheme, rest).map_err(fault)?;
    let is_doubtful = match url.host() {
        Some(Host::Domain(host)) => {
            let name = domain::canonical(host)?.into_owned();
            url.set_host(Some(&name)).map_err(fault)?;
            domain::labels(&name) < 2
        }
        Some(Host::Ipv4(_)) => !has_address_in_full(rest),
        _ => false,
    };
    if is_doubtful && trust == Trust::Host {
        return Err("it has no scheme that is known, and what stands before the path is no domain or address");
    }
    url.set_fragment(None);
    let serialised = String::from(url);
    Ok(format!("{}{}", scheme.to_ascii_lowercase(), &serialised[stand_in.len()..]))
}

fn has_address_in_full(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().and_then(|host| host.split(':').next()).unwrap_or(authority);
    host.strip_suffix('.').unwrap_or(host).parse::<Ipv4Addr>().is_ok()
}

/// The URL under a scheme that the standard knows. Another scheme is stood in for by `http`, or by `ftp` where that would
/// drop the port as its own.
fn parse<'a>(scheme: &'a str, rest: &str) -> Result<(&'a str, Url), ::url::ParseError> {
    let under = |scheme: &'a str| Url::parse(&format!("{scheme}://{rest}")).map(|url| (scheme, url));
    if SPECIAL.iter().any(|special| scheme.eq_ignore_ascii_case(special)) {
        return under(scheme);
    }
    match under("http")? {
        (_, url) if url.port().is_none() => under("ftp"),
        parsed => Ok(parsed),
    }
}

fn fault(error: ::url::ParseError) -> &'static str {
    use ::url::ParseError::{EmptyHost, IdnaError, InvalidIpv4Address, InvalidIpv6Address, InvalidPort};
    match error {
        EmptyHost => "it has no host",
        InvalidPort => "its port is not a number up to 65535",
        InvalidIpv4Address | InvalidIpv6Address => "the address in it is not valid",
        IdnaError => "its host is no valid international name (UTS 46)",
        _ => "it is no valid URL",
    }
}

/// The schemes whose hosts and default ports the standard knows.
const SPECIAL: [&str; 5] = ["http", "https", "ftp", "ws", "wss"];

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &str) -> String {
        read(raw).unwrap().indicator.value().to_owned()
    }

    #[test]
    fn the_standard_serialises() {
        for (raw, canonical) in [
            ("ftp://User:Pass@evil.example:21/a", "ftp://User:Pass@evil.example/a"),
            ("http://evil.example./a/../b/%2f", "http://evil.example/b/%2f"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
            ("http://localhost/", "http://localhost/"),
            ("evil.example?u=http://a@b/", "http://evil.example/?u=http://a@b/"),
        ] {
            assert_eq!(value(raw), canonical, "{raw}");
        }
    }

    #[test]
    fn other_schemes_have_their_hosts_read_and_keep_their_ports() {
        for (raw, canonical) in [
            ("TCP://EVIL.example:80", "tcp://evil.example:80/"),
            ("tcp://203.0.113.7:21", "tcp://203.0.113.7:21/"),
            ("ssh://bücher.example:22/", "ssh://xn--bcher-kva.example:22/"),
            ("ldap://evil.example", "ldap://evil.example/"),
            ("stratum+tcp://pool.example:3333", "stratum+tcp://pool.example:3333/"),
        ] {
            assert_eq!(value(raw), canonical, "{raw}");
            assert_eq!(value(canonical), canonical);
        }
    }

    #[test]
    fn a_bare_host_is_none_and_a_network_is_no_path() {
        for (raw, kind) in
            [("Evil.example", Kind::Domain), ("203.0.113.7:80", Kind::Ipv4), ("203.0.113.0/24", Kind::Cidr)]
        {
            let reading = read(raw).unwrap();
            assert_eq!(reading.indicator.kind, kind);
            assert!(reading.warnings.contains(Warning::OtherKind));
        }
    }
}

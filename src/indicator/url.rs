//! `url`: web addresses.
//!
//! **Canonical form.** What the WHATWG URL standard serialises, less the fragment: scheme `http`, `https` or `ftp`, host as
//! a [`domain`] or address, default port and dot segments dropped, an empty path as `/`, Unicode
//! percent-encoded. Path, query and user information keep their case and spelling. Without a scheme, a value with a path or
//! query gets `http://`, if its host is an address or has two labels; a bare host is a domain or an address, not a URL.
//! Addresses in hosts are read as browsers do, octal and short forms included: `http://0x7f.1/` is `http://127.0.0.1/`.
//!
//! **Source.** url.spec.whatwg.org, by the `url` crate.
//!
//! **To guess.** Unbounded, but lists exist: crawls, feeds of phishing pages, archives. The bare page of a host is as easy
//! to guess as the host.

use ::url::{Host, Url};

use super::{Indicator, Kind, Rejection, address, domain};

/// A URL where the kind is named.
pub(super) fn read(value: &str) -> Result<Indicator, Rejection> {
    let unfit = |fault| Rejection::Unfit { kind: Kind::Url, fault };
    if has_scheme(value) {
        return canonical(value, 1).map_err(unfit);
    }
    if let Some(address) = address::read(value) {
        return address;
    }
    if has_path(value) {
        return canonical(&format!("http://{value}"), 2).map_err(unfit);
    }
    domain::detect(value)
        .map_err(|_| unfit("it has neither a scheme nor a path; write it in full, as in `https://host/path`"))
}

/// Whether `value` begins with a scheme and `://`.
pub(super) fn has_scheme(value: &str) -> bool {
    let is_scheme = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    value.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
}

/// Whether a value without a scheme has a host with a path or query after it. `a@b.example/c` has none: that is a broken
/// e-mail address. Nor has `/a.b`: the URL standard overlooks slashes too many, and would take the path for the host.
pub(super) fn has_path(value: &str) -> bool {
    value.find(['/', '?', '@']).is_some_and(|at| at > 0 && value.as_bytes()[at] != b'@')
}

/// The canonical form of a URL with a scheme, whose host has at least so many labels if it is a name.
fn canonical(value: &str, least_labels: usize) -> Result<Indicator, &'static str> {
    let mut url = Url::parse(value).map_err(fault)?;
    if !matches!(url.scheme(), "http" | "https" | "ftp") {
        return Err("its scheme is not http, https or ftp");
    }
    if let Some(Host::Domain(host)) = url.host() {
        let name = domain::canonical(host)?.into_owned();
        if domain::labels(&name) < least_labels {
            return Err("it has no scheme, and what stands before the path is no domain");
        }
        url.set_host(Some(&name)).map_err(fault)?;
    }
    url.set_fragment(None);
    Ok(Indicator::new(Kind::Url, String::from(url)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (raw, value) in [
            ("HTTP://EVIL.example", "http://evil.example/"),
            ("https://evil.example:443/Path?Q=A#frag", "https://evil.example/Path?Q=A"),
            ("http://evil.example:443/", "http://evil.example:443/"),
            ("ftp://User:Pass@evil.example:21/a", "ftp://User:Pass@evil.example/a"),
            ("http://evil.example./a/../b/%2f", "http://evil.example/b/%2f"),
            ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
            ("http://localhost/", "http://localhost/"),
            ("evil.example/Gate.php", "http://evil.example/Gate.php"),
            ("evil.example:8080/x", "http://evil.example:8080/x"),
            ("evil.example?u=http://a@b/", "http://evil.example/?u=http://a@b/"),
            ("95.81.0.26/30/gate.php", "http://95.81.0.26/30/gate.php"),
            ("[2001:db8::1]/x", "http://[2001:db8::1]/x"),
        ] {
            assert_eq!(read(raw), Ok(Indicator::new(Kind::Url, value)), "{raw}");
        }
        assert_eq!(read("Evil.example").unwrap().kind, Kind::Domain);
        assert_eq!(read("203.0.113.7:80").unwrap().kind, Kind::Ipv4);
    }

    #[test]
    fn refuses_with_the_reason() {
        for (raw, reason) in [
            ("gopher://evil.example/", "scheme"),
            ("htps://evil.example/", "scheme"),
            ("http://", "no host"),
            ("http://evil.example:99999/", "port"),
            ("http://[::1/", "not valid"),
            ("http://evil!.example/", "character"),
            ("http://evil..example/", "label is empty"),
            ("http:evil.example", "neither"),
            ("and/or", "no domain"),
            ("a@evil.example/x", "neither"),
            ("localhost", "neither"),
            ("203.0.113.0/24", "network"),
        ] {
            let message = read(raw).unwrap_err().to_string();
            assert!(message.contains(reason), "{raw}: {message}");
        }
    }
}

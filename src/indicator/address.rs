//! `ipv4` and `ipv6`: addresses.
//!
//! **Canonical form.** `ipv4` is a dotted quad: four decimal numbers of 0 to 255. `ipv6` is RFC 5952: lower case, no leading
//! zeros, `::` for the longest run of zeros. An IPv4-mapped IPv6 address (`::ffff:0:0/96`) is the `ipv4` that it maps.
//! `/32` on IPv4 and `/128` on IPv6 are dropped, a port after `:` too, as are the brackets of `[2001:db8::1]:443`.
//! Refused: numbers with leading zeros (some programs read them as octal), short forms (`10.1`), zone ids (`%eth0`), which
//! mean something on one machine only, and networks.
//!
//! **Source.** RFC 6943 section 3.1.1 on why loose IPv4 is dangerous, RFC 4291, RFC 5952.
//!
//! **To guess.** `ipv4`: 2^32, all of it in minutes. `ipv6`: 2^128 on paper; the addresses in use sit in known networks and
//! follow patterns, and hit lists of them are published.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Indicator, Kind, Rejection};

/// The address that `value` is, or why it is none; nothing if it has not the form of one.
pub(super) fn read(value: &str) -> Option<Result<Indicator, Rejection>> {
    let (address, prefix) = match value.split_once('/') {
        Some((address, prefix)) if is_number(prefix) => (address, Some(prefix)),
        Some(_) => return None, // a path: 95.81.0.26/30/gate.php
        None => (value, None),
    };
    let (kind, host, port) = form(address)?;
    let canonical = || {
        let indicator = if kind == Kind::Ipv4 { ipv4(host)? } else { ipv6(host)? };
        match (prefix, kind) {
            (None, _) | (Some("32"), Kind::Ipv4) | (Some("128"), Kind::Ipv6) => {}
            _ => return Err("a network (CIDR), not an address; list the addresses in it"),
        }
        if port.is_some_and(|port| !is_port(port)) {
            return Err("what follows the colon is no port; write the address alone");
        }
        Ok(indicator)
    };
    Some(canonical().map_err(|fault| Rejection::Unfit { kind, fault }))
}

/// An address where `kind` is named.
pub(super) fn read_as(kind: Kind, value: &str) -> Result<Indicator, Rejection> {
    let refused = |fault| Err(Rejection::Unfit { kind, fault });
    let Some(read) = read(value) else {
        return refused("it has not the form of an IP address");
    };
    let indicator = read?;
    let is_mapped = value.matches(':').count() > 1; // one colon is a port's
    match (kind, indicator.kind) {
        (Kind::Ipv4, Kind::Ipv6) => refused("it is an IPv6 address; name the kind ipv6"),
        (Kind::Ipv6, Kind::Ipv4) if !is_mapped => refused("it is an IPv4 address; name the kind ipv4"),
        _ => Ok(indicator),
    }
}

/// Digits, and nothing else: the standard parsers take a sign too.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `text` can follow the colon behind a host.
pub(super) fn is_port(text: &str) -> bool {
    is_number(text) && text.parse::<u16>().is_ok()
}

/// The kind that the form suggests, the host without its brackets, and the port.
fn form(address: &str) -> Option<(Kind, &str, Option<&str>)> {
    if let Some(bracketed) = address.strip_prefix('[') {
        let (host, after) = bracketed.split_once(']')?;
        let port = if after.is_empty() { None } else { Some(after.strip_prefix(':')?) };
        return is_like_ipv6(host).then_some((Kind::Ipv6, host, port));
    }
    if is_like_ipv6(address) {
        return Some((Kind::Ipv6, address, None));
    }
    let (host, port) = address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port)));
    let is_like_ipv4 = host.contains('.') && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_like_ipv4.then_some((Kind::Ipv4, host, port))
}

fn is_like_ipv6(host: &str) -> bool {
    let groups = host.split_once('%').map_or(host, |(groups, _zone)| groups);
    groups.matches(':').count() > 1 && groups.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
}

fn ipv4(host: &str) -> Result<Indicator, &'static str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.parse::<Ipv4Addr>().is_ok() {
        return Ok(Indicator::new(Kind::Ipv4, host));
    }
    Err(if host.split('.').count() != 4 {
        "an IPv4 address is four numbers with dots between; a phone number begins with +"
    } else if host.split('.').any(|number| number.len() > 1 && number.starts_with('0')) {
        "a number begins with 0, which some programs read as octal; write it without"
    } else {
        "each of the four numbers is between 0 and 255"
    })
}

fn ipv6(host: &str) -> Result<Indicator, &'static str> {
    if host.contains('%') {
        return Err("a zone id (%) means something on one machine only; write the address without");
    }
    let address: Ipv6Addr =
        host.parse().map_err(|_| "an IPv6 address is eight groups of hex digits, or fewer with one `::`")?;
    Ok(match address.to_ipv4_mapped() {
        Some(mapped) => Indicator::new(Kind::Ipv4, mapped.to_string()),
        None => Indicator::new(Kind::Ipv6, address.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (raw, kind, value) in [
            ("203.0.113.7", Kind::Ipv4, "203.0.113.7"),
            ("203.0.113.7/32", Kind::Ipv4, "203.0.113.7"),
            ("203.0.113.7:8080", Kind::Ipv4, "203.0.113.7"),
            ("203.0.113.7.", Kind::Ipv4, "203.0.113.7"),
            ("2001:DB8:0:0:0:0:0:1", Kind::Ipv6, "2001:db8::1"),
            ("2001:db8:0:1:0:0:0:1", Kind::Ipv6, "2001:db8:0:1::1"),
            ("2001:db8:0:1:1:1:1:1", Kind::Ipv6, "2001:db8:0:1:1:1:1:1"),
            ("2001:db8::1/128", Kind::Ipv6, "2001:db8::1"),
            ("[2001:db8::1]", Kind::Ipv6, "2001:db8::1"),
            ("[2001:db8::1]:443", Kind::Ipv6, "2001:db8::1"),
            ("::ffff:1.2.3.4", Kind::Ipv4, "1.2.3.4"),
            ("::FFFF:102:304", Kind::Ipv4, "1.2.3.4"),
            ("::1.2.3.4", Kind::Ipv6, "::102:304"),
        ] {
            assert_eq!(read(raw), Some(Ok(Indicator::new(kind, value))), "{raw}");
        }
    }

    #[test]
    fn refuses_with_the_reason() {
        for (raw, reason) in [
            ("010.1.2.3", "octal"),
            ("1.2.3.04", "octal"),
            ("10.1", "four numbers"),
            ("1.2.3.4.5", "four numbers"),
            ("1.2.3.256", "255"),
            ("203.0.113.0/24", "network"),
            ("203.0.113.7/032", "network"),
            ("2001:db8::/32", "network"),
            ("1.2.3.4:99999", "port"),
            ("1.2.3.4:+80", "port"),
            ("fe80::1%eth0", "zone"),
            ("00:11:22:33:44:55", "eight groups"),
            ("1::2::3", "eight groups"),
        ] {
            let message = read(raw).unwrap().unwrap_err().to_string();
            assert!(message.contains(reason) && !message.contains(raw), "{raw}: {message}");
        }
        for raw in ["evil.example", "1.2.3.4/x", "[::1]x", "12345", "a:b"] {
            assert_eq!(read(raw), None, "{raw}");
        }
    }

    #[test]
    fn a_named_kind_holds() {
        assert_eq!(read_as(Kind::Ipv6, "::ffff:1.2.3.4").unwrap().kind, Kind::Ipv4);
        for (kind, raw) in
            [(Kind::Ipv6, "1.2.3.4"), (Kind::Ipv6, "1.2.3.4:80"), (Kind::Ipv4, "::1"), (Kind::Ipv4, "a.b")]
        {
            assert!(matches!(read_as(kind, raw), Err(Rejection::Unfit { kind: k, .. }) if k == kind), "{kind} {raw}");
        }
    }
}

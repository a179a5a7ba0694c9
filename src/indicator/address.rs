//! `ipv4`, `ipv6` and `cidr`: addresses and networks of them.
//!
//! **Canonical form.** `ipv4` is a dotted quad: four decimal numbers of 0 to 255. `ipv6` is RFC 5952: lower case, no leading
//! zeros, `::` for the longest run of zeros. An IPv4-mapped IPv6 address (`::ffff:0:0/96`) is the `ipv4` that it maps. A port
//! after `:` or `|` is dropped with a warning, as are, without one, the brackets of `[2001:db8::1]` and a trailing dot.
//! Refused: numbers with leading zeros (some programs read them as octal), hexadecimal and short forms (`10.1`), ranges, and
//! zone ids (`%eth0`), which mean something on one machine only.
//!
//! `cidr` is the first address of the network, `/`, and the length of its prefix: `203.0.113.0/24`, `2001:db8::/32`. A
//! network of one address, `/32` or `/128`, is that address. Host bits are set to zero with a warning; a netmask
//! (`203.0.113.0/255.255.255.0`) becomes the length; a network of IPv4-mapped addresses becomes that of the IPv4 ones.
//!
//! **Source.** RFC 6943 section 3.1.1 on why loose IPv4 is dangerous, RFC 4291, RFC 5952, RFC 4632 section 3.1.
//!
//! **To guess.** `ipv4`: 2^32, all of it in minutes. `ipv6`: 2^128 on paper; the addresses in use sit in known networks and
//! follow patterns, and hit lists of them are published. `cidr`: fewer than 2^33 IPv4 networks, and the announced ones are
//! public.

mod network;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Indicator, Kind, Reading, Rejection, Warning};

/// The address or network that `value` is, or why it is none; nothing if it has not the form of one.
pub(super) fn read(value: &str) -> Option<Result<Reading, Rejection>> {
    match value.split_once('/') {
        Some((host, length)) => network::read(host, length),
        None if is_range(value) => {
            Some(unfit(Kind::Cidr, "a range; list its addresses, or networks as in 203.0.113.0/24"))
        }
        None => single(value),
    }
}

/// An address or network where `kind` is named.
pub(super) fn read_as(kind: Kind, value: &str) -> Result<Reading, Rejection> {
    let Some(read) = read(value) else {
        return unfit(kind, fault_of_no_address(value));
    };
    let reading = read?;
    let is_mapped = value.matches(':').count() > 1; // one colon is a port's
    match (kind, reading.indicator.kind) {
        (Kind::Cidr, _) => Ok(reading),
        (Kind::Ipv6, Kind::Ipv4) if is_mapped => Ok(reading),
        (named, found) if named == found => Ok(reading),
        _ => Ok(reading.warn(Warning::OtherKind)),
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

fn unfit(kind: Kind, fault: &'static str) -> Result<Reading, Rejection> {
    Err(Rejection::Unfit { kind, fault })
}

/// An address, perhaps with a port.
fn single(value: &str) -> Option<Result<Reading, Rejection>> {
    let Form { kind, host, port } = form(value)?;
    Some(match parse(kind, host) {
        Err(fault) => unfit(kind, fault),
        Ok(_) if port.is_some_and(|port| !is_port(port)) => {
            unfit(kind, "what follows the address is no port; write the address alone")
        }
        Ok(address) if port.is_some() => Ok(reading(address).warn(Warning::Port)),
        Ok(address) => Ok(reading(address)),
    })
}

fn reading(address: IpAddr) -> Reading {
    match address.to_canonical() {
        IpAddr::V4(address) => Indicator::new(Kind::Ipv4, address.to_string()).into(),
        IpAddr::V6(address) => Indicator::new(Kind::Ipv6, address.to_string()).into(),
    }
}

/// What a value that looks like an address is made of.
struct Form<'a> {
    /// `Ipv4` or `Ipv6`.
    kind: Kind,
    /// Without brackets.
    host: &'a str,
    port: Option<&'a str>,
}

fn form(value: &str) -> Option<Form<'_>> {
    if let Some(bracketed) = value.strip_prefix('[') {
        let (host, after) = bracketed.split_once(']')?;
        let port = if after.is_empty() { None } else { Some(after.strip_prefix([':', '|'])?) };
        return is_like_ipv6(host).then_some(Form { kind: Kind::Ipv6, host, port });
    }
    let (host, port) = value.split_once('|').map_or((value, None), |(host, port)| (host, Some(port)));
    if is_like_ipv6(host) {
        return Some(Form { kind: Kind::Ipv6, host, port });
    }
    let (host, port) = value.split_once([':', '|']).map_or((value, None), |(host, port)| (host, Some(port)));
    is_like_ipv4(host).then_some(Form { kind: Kind::Ipv4, host, port })
}

fn is_like_ipv6(host: &str) -> bool {
    let groups = host.split_once('%').map_or(host, |(groups, _zone)| groups);
    groups.matches(':').count() > 1 && groups.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
}

/// Numbers with dots between, decimal or hexadecimal; asterisks for numbers, but for the first. No name is so written: the last
/// label of one is no number.
fn is_like_ipv4(host: &str) -> bool {
    let is_hex = |label: &str| {
        label
            .strip_prefix("0x")
            .or(label.strip_prefix("0X"))
            .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let is_digits = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    host.contains('.')
        && host.starts_with(|c: char| c.is_ascii_digit())
        && host.split('.').all(|label| is_digits(label) || label == "*" || is_hex(label))
}

/// Two addresses, or an address and the last number of another, with a hyphen between.
fn is_range(value: &str) -> bool {
    value
        .split_once('-')
        .is_some_and(|(from, to)| from.parse::<IpAddr>().is_ok() && (is_number(to) || to.parse::<IpAddr>().is_ok()))
}

fn parse(kind: Kind, host: &str) -> Result<IpAddr, &'static str> {
    if kind == Kind::Ipv4 { ipv4(host).map(IpAddr::V4) } else { ipv6(host).map(IpAddr::V6) }
}

fn ipv4(host: &str) -> Result<Ipv4Addr, &'static str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.parse().map_err(|_| {
        if host.contains('*') {
            "a wildcard; write the network, as in 203.0.113.0/24"
        } else if host.contains(['x', 'X']) {
            "a number is hexadecimal, which only some programs read; write it in decimal"
        } else if host.split('.').count() != 4 {
            "an IPv4 address is four numbers with dots between; a phone number begins with +"
        } else if host.split('.').any(|number| number.len() > 1 && number.starts_with('0')) {
            "a number begins with 0, which some programs read as octal; write it without"
        } else {
            "each of the four numbers is between 0 and 255"
        }
    })
}

fn ipv6(host: &str) -> Result<Ipv6Addr, &'static str> {
    if host.contains('%') {
        return Err("a zone id (%) means something on one machine only; write the address without");
    }
    host.parse().map_err(|_| "an IPv6 address is eight groups of hex digits, or fewer with one `::`")
}

fn fault_of_no_address(value: &str) -> &'static str {
    if is_number(value) || value.starts_with("0x") {
        "a number alone, which only some programs read as an address; write four numbers with dots between"
    } else {
        "it has not the form of an IP address"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_is_written_as_rfc_5952_says() {
        for (raw, value) in [
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::1.2.3.4", "::102:304"),
        ] {
            let reading = read(raw).unwrap().unwrap();
            assert_eq!((reading.indicator.kind, reading.indicator.value()), (Kind::Ipv6, value), "{raw}");
        }
    }

    #[test]
    fn what_is_no_address_is_left_to_others() {
        for raw in [
            "evil.example",
            "1.2.3.4/x",
            "1.2.3.4:80/24",
            "[::1]x",
            "12345",
            "a:b",
            "1.2.example",
            "*.1.2",
            "1.2.3.4-x",
        ] {
            assert_eq!(read(raw), None, "{raw}");
        }
    }
}

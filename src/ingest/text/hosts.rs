//! Names behind addresses and in directives, as resolvers have them.
//!
//! ```text
//! 0.0.0.0 evil.example other.example # c     hosts(5): the address leads nowhere, so the names are blocked
//! address=/evil.example/0.0.0.0              dnsmasq; also local=/evil.example/ and server=/evil.example/
//! local-zone: "evil.example" always_nxdomain unbound
//! ```
//!
//! A name under an address that leads somewhere is two things, and refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::Skip;
use super::super::entry::Entry;
use crate::indicator::{Field, Kind, Rejection};

/// Reads a line, if it has one of these forms. Comments behind a blank are gone.
pub(super) fn read(line: &str, entry: &mut Entry<'_>) -> bool {
    if let Some((key, value)) = line.split_once("=/") {
        return dnsmasq(key, value, entry);
    }
    let Some((first, rest)) = line.split_once(char::is_whitespace) else { return false };
    let rest = rest.split('#').next().unwrap_or_default();
    match first {
        "local-zone:" | "local-data:" => {
            unbound(rest, entry);
            true
        }
        _ => match first.split('%').next().unwrap_or_default().parse() {
            Ok(address) => hosts(address, rest, entry),
            Err(_) => false,
        },
    }
}

fn hosts(address: IpAddr, names: &str, entry: &mut Entry<'_>) -> bool {
    let mut names = names.split_whitespace().peekable();
    if !is_sink(address) {
        let is_pair = names.next().is_some_and(|name| name.contains('.') && DOMAIN.read(name, None).is_ok());
        if is_pair {
            entry.reject(Rejection::SeveralValues);
        }
        return is_pair;
    }
    if names.peek().is_none() {
        return false;
    }
    for name in names {
        if is_local(name) {
            entry.skip(Skip::OtherType);
        } else if name.contains('.') {
            entry.read(&DOMAIN, name);
        } else {
            entry.reject(Rejection::Unrecognised);
        }
    }
    true
}

/// Whether nothing of another machine answers there.
fn is_sink(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_unspecified() || v4.is_loopback() || v4 == Ipv4Addr::BROADCAST,
        IpAddr::V6(v6) => {
            let is_loopback = v6 == Ipv6Addr::LOCALHOST || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback());
            v6.is_unspecified() || is_loopback || v6.is_unicast_link_local() || v6.is_multicast()
        }
    }
}

/// What every hosts file begins with.
fn is_local(name: &str) -> bool {
    const LOCAL: [&str; 5] = ["localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"];
    LOCAL.contains(&name) || name.starts_with("ip6-") || name.ends_with(".localhost")
}

/// Names up to the last `/`; what follows is the answer. A server that answers makes it a route, which blocks nothing.
fn dnsmasq(key: &str, value: &str, entry: &mut Entry<'_>) -> bool {
    let Some((names, answer)) = value.rsplit_once('/') else { return false };
    match key {
        "server" | "local" if !answer.is_empty() => entry.skip(Skip::OtherType),
        "address" if answer.parse().is_ok_and(|answer| !is_sink(answer)) => entry.reject(Rejection::SeveralValues),
        "address" | "server" | "local" => names.split('/').for_each(|name| entry.read(&DOMAIN, name)),
        _ => return false,
    }
    true
}

/// The zone, if its queries are refused or answered with nothing; the owner of a record.
fn unbound(rest: &str, entry: &mut Entry<'_>) {
    let mut words = rest.split_whitespace().map(|word| word.trim_matches('"'));
    let name = words.next().unwrap_or_default();
    if words.next().is_some_and(|kind| matches!(kind, "transparent" | "typetransparent" | "nodefault")) {
        entry.skip(Skip::Allowed);
    } else {
        entry.read(&DOMAIN, name);
    }
}

const DOMAIN: Field = Field::Kind(Kind::Domain);

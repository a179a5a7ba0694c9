//! The addresses of networks.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::indicator::{Indicator, Kind};

/// Whether networks from this length on may be expanded: shorter, one line of a list would give more than 65,536.
pub(super) fn is_expandable(prefix: u8) -> bool {
    (16..=32).contains(&prefix)
}

/// The addresses of a canonical network with at most so many host bits.
pub(super) fn addresses(network: &str, most_host_bits: u32) -> Option<Box<dyn Iterator<Item = Indicator>>> {
    let (first, prefix) = network.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    let count = |width: u32| width.checked_sub(prefix).filter(|bits| *bits <= most_host_bits).map(|bits| 1_u32 << bits);
    if let Ok(first) = first.parse::<Ipv4Addr>() {
        let last = first.to_bits().checked_add(count(32)? - 1)?;
        return Some(Box::new((first.to_bits()..=last).map(|bits| ipv4(Ipv4Addr::from_bits(bits)))));
    }
    let first = first.parse::<Ipv6Addr>().ok()?.to_bits();
    let last = first.checked_add(u128::from(count(128)?) - 1)?;
    Some(Box::new((first..=last).map(|bits| ipv6(Ipv6Addr::from_bits(bits)))))
}

fn ipv4(address: Ipv4Addr) -> Indicator {
    Indicator::new(Kind::Ipv4, address.to_string())
}

fn ipv6(address: Ipv6Addr) -> Indicator {
    match address.to_ipv4_mapped() {
        Some(mapped) => ipv4(mapped),
        None => Indicator::new(Kind::Ipv6, address.to_string()),
    }
}

//! Networks: an address, `/`, and how many of its first bits all addresses of the network have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Form, Indicator, Kind, Reading, Rejection, Warning, form, is_number, parse, reading, unfit};

/// The network of what stands before and behind the slash; nothing if that is a host and its path, as in
/// `95.81.0.26/30/gate.php` and `203.0.113.7:80/24`.
pub(super) fn read(host: &str, length: &str) -> Option<Result<Reading, Rejection>> {
    if !is_number(length) && length.parse::<Ipv4Addr>().is_err() {
        return None;
    }
    let Form { kind, host, port: None } = form(host)? else { return None };
    Some(match parse(kind, host) {
        Err(fault) => unfit(kind, fault),
        Ok(address) => network(address, length).or_else(|fault| unfit(Kind::Cidr, fault)),
    })
}

fn network(address: IpAddr, length: &str) -> Result<Reading, &'static str> {
    match address {
        IpAddr::V4(address) => Ok(ipv4(address, ipv4_length(length)?)),
        IpAddr::V6(address) => {
            let length = prefix(length, 128).ok_or("the prefix of an IPv6 network is a number from 0 to 128")?;
            Ok(match address.to_ipv4_mapped() {
                Some(mapped) if length >= MAPPED => ipv4(mapped, length - MAPPED),
                _ => ipv6(address, length),
            })
        }
    }
}

fn ipv4_length(text: &str) -> Result<u32, &'static str> {
    let Ok(mask) = text.parse::<Ipv4Addr>() else {
        return prefix(text, 32).ok_or(
            "the prefix of an IPv4 network is a number from 0 to 32; if it is a path, write http:// before the address",
        );
    };
    let length = mask.to_bits().leading_ones();
    let is_contiguous = length + mask.to_bits().trailing_zeros() == 32 || length == 32;
    is_contiguous.then_some(length).ok_or("the netmask has ones behind zeros; write the prefix, as in 203.0.113.0/24")
}

fn prefix(text: &str, longest: u32) -> Option<u32> {
    let is_plain = text == "0" || is_number(text) && !text.starts_with('0');
    text.parse().ok().filter(|length| is_plain && *length <= longest)
}

fn ipv4(address: Ipv4Addr, length: u32) -> Reading {
    let first = Ipv4Addr::from_bits(address.to_bits() & u32::MAX.checked_shl(32 - length).unwrap_or(0));
    of(address.into(), first.into(), length, 32)
}

fn ipv6(address: Ipv6Addr, length: u32) -> Reading {
    let first = Ipv6Addr::from_bits(address.to_bits() & u128::MAX.checked_shl(128 - length).unwrap_or(0));
    of(address.into(), first.into(), length, 128)
}

fn of(address: IpAddr, first: IpAddr, length: u32, bits: u32) -> Reading {
    if length == bits {
        return reading(address);
    }
    let network = Reading::from(Indicator::new(Kind::Cidr, format!("{first}/{length}")));
    if first == address { network } else { network.warn(Warning::HostBits) }
}

/// The prefix of IPv4-mapped addresses.
const MAPPED: u32 = 96;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_its_netmask_and_a_fixed_point() {
        for length in 0..32 {
            let mask = Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - length).unwrap_or(0));
            let by_length = read("203.0.113.7", &length.to_string()).unwrap().unwrap();
            assert_eq!(read("203.0.113.7", &mask.to_string()).unwrap().unwrap(), by_length);
            let (first, length) = by_length.indicator.value().split_once('/').unwrap();
            assert_eq!(read(first, length).unwrap().unwrap(), Reading::from(by_length.indicator.clone()));
        }
    }

    #[test]
    fn ipv6_networks_never_read_as_mapped_ones_by_chance() {
        for (host, length, value) in
            [("::ffff:1.2.3.4", "95", "::fffe:0:0/95"), ("::ffff:1.2.3.4", "96", "0.0.0.0/0"), ("::", "0", "::/0")]
        {
            assert_eq!(read(host, length).unwrap().unwrap().indicator.value(), value);
        }
    }
}

//! `btc`, `eth` and `tron`: addresses on chains.
//!
//! **Canonical form.** `btc`: as it stands in base58check (`1…`, `3…`), lower case in bech32 (`bc1…`). `eth`: `0x` and 40
//! hex digits, lower case; the `0x` may be missing where the kind is named. `tron`: as it stands (`T…`). The scheme of a
//! payment link goes with what it asks for (`bitcoin:1…?amount=1`). Every checksum is verified: a mistyped address is
//! refused, not compared. Test networks are refused: they hold nothing of value, and their addresses are anybody's.
//!
//! **Source.** Bitcoin: base58check, BIP 13, BIP 173 and BIP 350, BIP 21 for links. Ethereum: EIP-55 for the checksum that
//! mixed case is; all lower or all upper case has none. Tron: base58check with the version 0x41.
//!
//! **To guess.** Not by trying, 2^160; but chains are public, with all of some 10^9 addresses that were ever used.

use std::borrow::Cow;

use bech32::primitives::decode::SegwitHrpstring;
use sha3::{Digest, Keccak256};

use super::{Indicator, Kind, Reading, Rejection, Warning};

/// An address where its form alone says so, nothing if it has none of the forms.
pub(super) fn detect(value: &str) -> Option<Result<Reading, Rejection>> {
    let address = LINKS.iter().find_map(|(kind, link)| Some((*kind, without_link(value, link)?)));
    let (kind, address) = address.or_else(|| Some((kind_of(value)?, value)))?;
    Some(checked(kind, address))
}

/// An address where `kind` is named. One of another chain, which lists by currency have, is of that chain.
pub(super) fn read(kind: Kind, value: &str) -> Result<Reading, Rejection> {
    let link = LINKS.iter().find(|(of, _)| *of == kind).and_then(|(_, link)| without_link(value, link));
    let address = link.unwrap_or(value);
    match kind_of(address) {
        Some(other) if other != kind => checked(other, address).map(|reading| reading.warn(Warning::OtherKind)),
        _ => checked(kind, address),
    }
}

fn checked(kind: Kind, address: &str) -> Result<Reading, Rejection> {
    let canonical = match kind {
        Kind::Eth => ethereum(address).map(Cow::Owned),
        Kind::Tron => base58(address, &[TRON]).map(Cow::Borrowed),
        _ => bitcoin(address),
    };
    match canonical {
        Ok(canonical) => Ok(Indicator::new(kind, canonical).into()),
        Err(fault) => Err(Rejection::Unfit { kind, fault }),
    }
}

/// The address in a payment link.
fn without_link<'a>(value: &'a str, link: &str) -> Option<&'a str> {
    let (scheme, rest) = value.split_at_checked(link.len())?;
    if !scheme.eq_ignore_ascii_case(link) {
        return None;
    }
    rest.split(['?', '@']).next()
}

fn kind_of(value: &str) -> Option<Kind> {
    let is_base58 = || value.bytes().all(|b| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b));
    let is_alphanumeric = || value.bytes().all(|b| b.is_ascii_alphanumeric());
    match (value.as_bytes(), value.len()) {
        ([b'0', b'x' | b'X', ..], 42) if is_alphanumeric() => Some(Kind::Eth),
        ([b'1' | b'3', ..], 26..=35) if is_base58() => Some(Kind::Btc),
        ([b'T', ..], 34) if is_base58() => Some(Kind::Tron),
        (_, 14..=90) if network_of(value).is_some() && is_alphanumeric() => Some(Kind::Btc),
        _ => None,
    }
}

/// The prefix of a witness address.
fn network_of(value: &str) -> Option<&'static str> {
    ["bc1", "tb1", "bcrt1"]
        .into_iter()
        .find(|prefix| value.get(..prefix.len()).is_some_and(|p| p.eq_ignore_ascii_case(prefix)))
}

fn bitcoin(address: &str) -> Result<Cow<'_, str>, &'static str> {
    match network_of(address) {
        None => base58(address, &BITCOIN).map(Cow::Borrowed),
        Some("bc1") => witness(address).map(Cow::Owned),
        Some(_) => Err("an address of a test network, which holds nothing"),
    }
}

fn witness(address: &str) -> Result<String, &'static str> {
    let is_mixed =
        address.contains(|c: char| c.is_ascii_lowercase()) && address.contains(|c: char| c.is_ascii_uppercase());
    if is_mixed {
        return Err("a bc1 address is lower or upper case throughout");
    }
    // Checks the witness version, the length that it allows, and that the checksum is the one of the version.
    SegwitHrpstring::new(address)
        .map_err(|_| "its checksum does not hold, or its length is of no address; copy it again")?;
    Ok(address.to_ascii_lowercase())
}

/// An address of 20 bytes in base58check under one of these versions.
fn base58<'a>(address: &'a str, versions: &[u8]) -> Result<&'a str, &'static str> {
    if address.len() > MAX_BASE58 {
        return Err("it is longer than addresses are");
    }
    let bytes = bs58::decode(address).with_check(None).into_vec().map_err(|error| match error {
        bs58::decode::Error::InvalidChecksum { .. } => "its checksum does not hold; a character is wrong or missing",
        _ => "it has not the form of an address on this chain",
    })?;
    match bytes.split_first() {
        Some((version, rest)) if rest.len() == 20 && versions.contains(version) => Ok(address),
        Some((version, rest)) if rest.len() == 20 && BITCOIN_TEST.contains(version) => {
            Err("an address of a test network, which holds nothing")
        }
        _ => Err("it is an address or a key of another chain or purpose"),
    }
}

fn ethereum(address: &str) -> Result<String, &'static str> {
    let digits = address.strip_prefix("0x").or_else(|| address.strip_prefix("0X")).unwrap_or(address);
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("an Ethereum address is 0x and 40 hex digits");
    }
    match digits.len() {
        40 => {}
        64 => return Err("it has the length of a transaction or a key, not of an address"),
        _ => return Err("an Ethereum address is 0x and 40 hex digits"),
    }
    let lower = digits.to_ascii_lowercase();
    if digits != lower && digits != digits.to_ascii_uppercase() && digits != with_checksum(&lower) {
        return Err(
            "its checksum (EIP-55, by upper and lower case) does not hold; copy it again, or write it in lower case",
        );
    }
    Ok(format!("0x{lower}"))
}

/// EIP-55: a letter is upper case where the hash of the digits has a nibble of 8 or more.
fn with_checksum(lower: &str) -> String {
    let hash = Keccak256::digest(lower.as_bytes());
    let nibble = |at: usize| if at.is_multiple_of(2) { hash[at / 2] >> 4 } else { hash[at / 2] & 15 };
    lower.char_indices().map(|(at, c)| if nibble(at) > 7 { c.to_ascii_uppercase() } else { c }).collect()
}

/// Payment links.
const LINKS: [(Kind, &str); 3] = [(Kind::Btc, "bitcoin:"), (Kind::Eth, "ethereum:"), (Kind::Tron, "tron:")];

/// Pay to a key's hash, and to a script's.
const BITCOIN: [u8; 2] = [0x00, 0x05];

/// The same on test networks.
const BITCOIN_TEST: [u8; 2] = [0x6F, 0xC4];

const TRON: u8 = 0x41;

/// Base58 is decoded in quadratic time; 25 bytes are at most 35 characters.
const MAX_BASE58: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ethereum_checksums_of_the_specification() {
        for address in [
            "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "fB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "dbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "D1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            assert_eq!(with_checksum(&address.to_lowercase()), address);
        }
    }
}

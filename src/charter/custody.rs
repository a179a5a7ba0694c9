//! Custody as charters have it; the steps are in [`crate::custody`].

use std::net::Ipv6Addr;

use super::{CharterFault, MAX_CORE};
use crate::identity::CardCore;
use crate::transcript::{Reader, Writer};

/// Custodians of an exchange at most: their number is one byte in seeds, and each takes a member's time.
pub const MAX_CUSTODIANS: usize = 8;
/// Bytes of an address at most.
const MAX_URL: usize = 256;

/// Where the salt lives. Every charter names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Custody {
    /// Every member holds the salt. A matcher that works together with one member can test guesses against every list.
    Shared,
    /// These hold it, each a key of its own for every round, and meter what members have them compute. All of them must
    /// work together with the matcher before it can test guesses at will.
    Custodians(Vec<Custodian>),
}

/// A server that holds a key for every round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custodian {
    /// Its card.
    pub card: CardCore,
    /// Where members find it, `https://host:port`.
    pub url: String,
}

impl Custody {
    /// The word in charters.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Custodians(_) => "custodian",
        }
    }

    /// The custodians; none in shared custody.
    pub fn custodians(&self) -> &[Custodian] {
        match self {
            Self::Shared => &[],
            Self::Custodians(custodians) => custodians,
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Shared => drop(writer.u8(1)),
            Self::Custodians(custodians) => {
                writer.u8(2).count(custodians.len());
                for custodian in custodians {
                    writer.bytes(&custodian.card.encode()).text(&custodian.url);
                }
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CharterFault> {
        match reader.u8()? {
            1 => Ok(Self::Shared),
            2 => {
                let custodians = (0..reader.count(MAX_CUSTODIANS)?).map(|_| Custodian::read(reader));
                Ok(Self::Custodians(custodians.collect::<Result<_, _>>()?))
            }
            _ => Err(reader.fault("its custody is not known to this version").into()),
        }
    }
}

impl Custodian {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CharterFault> {
        let card = CardCore::decode(reader.bytes(MAX_CORE)?)?;
        Ok(Self { card, url: reader.text(MAX_URL)?.to_owned() })
    }

    /// Whether the address is one: it goes to terminals and into connections.
    pub(super) fn has_valid_url(&self) -> bool {
        let Some((host, port)) = self.url.strip_prefix("https://").and_then(|rest| rest.rsplit_once(':')) else {
            return false;
        };
        let named =
            |host: &str| !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        self.url.len() <= MAX_URL
            && bracketed.map_or_else(|| named(host), |host| host.parse::<Ipv6Addr>().is_ok())
            && port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{OpeningKey, Role, SigningKey};
    use crate::secret::Secret;

    #[test]
    fn an_address_has_one_form() {
        let (sign, open) = (SigningKey::from_seed(Secret::new([1; 32])), OpeningKey::from_seed(Secret::new([2; 32])));
        let card = CardCore::new("Vault", Role::Custodian, sign.public(), open.public(), [3; 32]).unwrap();
        let valid = |url: &str| Custodian { card: card.clone(), url: url.to_owned() }.has_valid_url();
        for url in ["https://127.0.0.1:7451", "https://c1.vault.example:443", "https://[::1]:7451"] {
            assert!(valid(url), "{url}");
        }
        for url in [
            "",
            "c1.example:7451",
            "http://c1.example:7451",
            "https://c1.example",
            "https://:7451",
            "https://a:b:443",
            "https://[:443",
            "https://[::1]x:443",
            "https://[a.example]:443",
            "https://c1.example:0",
            "https://c1.example:07451",
            "https://c1.example:65536",
            "https://c1.example:7451/",
            "https://user@c1.example:7451",
            "https://c1\u{1b}[2J.example:7451",
        ] {
            assert!(!valid(url), "{url}");
        }
        assert!(!valid(&format!("https://{}:1", "a".repeat(300))));
    }
}

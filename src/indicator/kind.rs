//! The closed set of kinds.

use std::fmt;
use std::str::FromStr;

use super::Rejection;

/// What an indicator is. Declared in the order of the names, so that the derived order is the one that reports sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An account or persona on a platform: `twitter:handle`. See [`account`](super::account).
    Account,
    /// An advertising account on a platform: `meta:1234567890`. See [`ad_account`](super::ad_account).
    AdAccount,
    /// The identifier of a mobile application or package. See [`verbatim`](super::verbatim).
    AppId,
    /// An autonomous system: `AS64496`. See [`asn`](super::asn).
    Asn,
    /// A Bitcoin address. See [`wallet`](super::wallet).
    Btc,
    /// A network of addresses: `203.0.113.0/24`. See [`address`](super::address).
    Cidr,
    /// A login with a digest of its secret. See [`credential`](super::credential).
    Credential,
    /// A domain name. See [`domain`](super::domain).
    Domain,
    /// An e-mail address. See [`email`](super::email).
    Email,
    /// An Ethereum address. See [`wallet`](super::wallet).
    Eth,
    /// The name or path of a file. See [`verbatim`](super::verbatim).
    Filename,
    /// The MD5 of an executable's import table. See [`hash`](super::hash).
    Imphash,
    /// An IPv4 address. See [`address`](super::address).
    Ipv4,
    /// An IPv6 address. See [`address`](super::address).
    Ipv6,
    /// The MD5 of a TLS client's greeting. See [`hash`](super::hash).
    Ja3,
    /// The MD5 of a TLS server's greeting. See [`hash`](super::hash).
    Ja3s,
    /// The fingerprint of a TLS server. See [`hash`](super::hash).
    Jarm,
    /// A hardware address. See [`mac`](super::mac).
    Mac,
    /// The MD5 of a file. See [`hash`](super::hash).
    Md5,
    /// The name of a mutex. See [`verbatim`](super::verbatim).
    Mutex,
    /// The path of a program database. See [`verbatim`](super::verbatim).
    Pdb,
    /// A phone number. See [`phone`](super::phone).
    Phone,
    /// A key of the Windows registry. See [`verbatim`](super::verbatim).
    Regkey,
    /// The SHA-1 of a file. See [`hash`](super::hash).
    Sha1,
    /// The SHA-256 of a file. See [`hash`](super::hash).
    Sha256,
    /// The SHA-512 of a file. See [`hash`](super::hash).
    Sha512,
    /// Text as it stands, where a file or person names it so. See [`verbatim`](super::verbatim).
    Text,
    /// A Tron address. See [`wallet`](super::wallet).
    Tron,
    /// A URL. See [`url`](super::url).
    Url,
    /// The User-Agent header of a program. See [`verbatim`](super::verbatim).
    UserAgent,
    /// The SHA-1 of a certificate. See [`hash`](super::hash).
    X509Sha1,
    /// The SHA-256 of a certificate. See [`hash`](super::hash).
    X509Sha256,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 32] = [
        Self::Account,
        Self::AdAccount,
        Self::AppId,
        Self::Asn,
        Self::Btc,
        Self::Cidr,
        Self::Credential,
        Self::Domain,
        Self::Email,
        Self::Eth,
        Self::Filename,
        Self::Imphash,
        Self::Ipv4,
        Self::Ipv6,
        Self::Ja3,
        Self::Ja3s,
        Self::Jarm,
        Self::Mac,
        Self::Md5,
        Self::Mutex,
        Self::Pdb,
        Self::Phone,
        Self::Regkey,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::Text,
        Self::Tron,
        Self::Url,
        Self::UserAgent,
        Self::X509Sha1,
        Self::X509Sha256,
    ];

    /// The name, lower case: in files, in reports and in what is hashed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::AdAccount => "ad-account",
            Self::AppId => "app-id",
            Self::Asn => "asn",
            Self::Btc => "btc",
            Self::Cidr => "cidr",
            Self::Credential => "credential",
            Self::Domain => "domain",
            Self::Email => "email",
            Self::Eth => "eth",
            Self::Filename => "filename",
            Self::Imphash => "imphash",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Ja3 => "ja3",
            Self::Ja3s => "ja3s",
            Self::Jarm => "jarm",
            Self::Mac => "mac",
            Self::Md5 => "md5",
            Self::Mutex => "mutex",
            Self::Pdb => "pdb",
            Self::Phone => "phone",
            Self::Regkey => "regkey",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
            Self::Text => "text",
            Self::Tron => "tron",
            Self::Url => "url",
            Self::UserAgent => "user-agent",
            Self::X509Sha1 => "x509-sha1",
            Self::X509Sha256 => "x509-sha256",
        }
    }

    /// The number in binary files, which stays when kinds are added.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ipv4 => 1,
            Self::Ipv6 => 2,
            Self::Domain => 3,
            Self::Url => 4,
            Self::Email => 5,
            Self::Account => 6,
            Self::Phone => 7,
            Self::Md5 => 8,
            Self::Sha1 => 9,
            Self::Sha256 => 10,
            Self::Cidr => 11,
            Self::Asn => 12,
            Self::AdAccount => 13,
            Self::Credential => 14,
            Self::Sha512 => 15,
            Self::Imphash => 16,
            Self::Ja3 => 17,
            Self::X509Sha256 => 18,
            Self::Mac => 19,
            Self::Btc => 20,
            Self::Eth => 21,
            Self::Text => 22,
            Self::Filename => 23,
            Self::Mutex => 24,
            Self::Regkey => 25,
            Self::UserAgent => 26,
            Self::Pdb => 27,
            Self::AppId => 28,
            Self::Ja3s => 29,
            Self::Jarm => 30,
            Self::Tron => 31,
            Self::X509Sha1 => 32,
        }
    }

    /// The kind of a [`Kind::code`].
    pub const fn from_code(code: u8) -> Option<Self> {
        let mut i = 0;
        while i < Self::ALL.len() {
            if Self::ALL[i].code() == code {
                return Some(Self::ALL[i]);
            }
            i += 1;
        }
        None
    }

    /// How a value of this kind can be guessed.
    pub const fn guess(self) -> Guess {
        Guess { bits: None, words: "lists exist" }
    }

    /// All names, for messages.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// What it takes to guess a value of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Two to this many values, where all of them can be tried; nothing where they cannot, though lists may exist.
    pub bits: Option<u8>,
    /// In words, as in `2^32 addresses`.
    pub words: &'static str,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Reads names in any case, and the spellings in common use that mean one kind. `ip` and `hash` mean several.
impl FromStr for Kind {
    type Err = Rejection;

    fn from_str(name: &str) -> Result<Self, Rejection> {
        let name = name.to_ascii_lowercase();
        let alias = match name.as_str() {
            "domain-name" | "hostname" | "fqdn" => "domain",
            "e-mail" | "email-addr" | "email-address" => "email",
            "ipv4-addr" => "ipv4",
            "ipv6-addr" => "ipv6",
            "phone-number" => "phone",
            "sha-1" => "sha1",
            "sha-256" => "sha256",
            "uri" => "url",
            other => other,
        };
        Self::ALL.into_iter().find(|kind| kind.name() == alias).ok_or(Rejection::UnknownKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_are_unique_ordered_and_read_back() {
        assert!(Kind::ALL.is_sorted_by(|a, b| a < b && a.name() < b.name()));
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
            assert_eq!(kind.name().to_uppercase().parse(), Ok(kind));
        }
        assert_eq!((Kind::from_code(0), Kind::from_code(33)), (None, None));
        for unknown in ["", "ip", "hash", "domain "] {
            assert_eq!(unknown.parse::<Kind>(), Err(Rejection::UnknownKind), "{unknown:?}");
        }
        assert_eq!("E-Mail".parse(), Ok(Kind::Email));
    }
}

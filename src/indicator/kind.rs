//! The closed set of kinds.

use std::fmt;
use std::str::FromStr;

use super::{Field, Rejection};

/// What an indicator is. Declared in the order of the names, so that the derived order is the one that reports sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An account or persona on a platform: `twitter:handle`. See [`account`](super::account).
    ///
    /// MISP: `github-username`, `github-organisation`, `jabber-id`, `twitter-id`.
    Account,
    /// An advertising account on a platform: `meta:1234567890`. See [`ad_account`](super::ad_account).
    AdAccount,
    /// The identifier of a mobile application or package. See [`verbatim`](super::verbatim).
    ///
    /// MISP: `mobile-application-id`.
    AppId,
    /// An autonomous system: `AS64496`. See [`asn`](super::asn).
    ///
    /// MISP: `AS`.
    Asn,
    /// A Bitcoin address. See [`wallet`](super::wallet).
    ///
    /// MISP: `btc`.
    Btc,
    /// A network of addresses: `203.0.113.0/24`. See [`address`](super::address).
    Cidr,
    /// A login with a digest of its secret. See [`credential`](super::credential).
    Credential,
    /// A domain name. See [`domain`](super::domain).
    ///
    /// MISP: `domain`, `hostname`, `onion-address`.
    Domain,
    /// An e-mail address. See [`email`](super::email).
    ///
    /// MISP: `email`, `email-src`, `email-dst`, `email-reply-to`, `target-email`, `whois-registrant-email`,
    /// `dns-soa-email`, `eppn`.
    Email,
    /// An Ethereum address. See [`wallet`](super::wallet).
    Eth,
    /// The name or path of a file. See [`verbatim`](super::verbatim).
    ///
    /// MISP: `filename`, `email-attachment`.
    Filename,
    /// The MD5 of an executable's import table. See [`hash`](super::hash).
    ///
    /// MISP: `imphash`.
    Imphash,
    /// An IPv4 address. See [`address`](super::address).
    ///
    /// MISP: `ip-src`, `ip-dst`, which mean [`Ipv6`](Self::Ipv6) and [`Cidr`](Self::Cidr) too.
    Ipv4,
    /// An IPv6 address. See [`address`](super::address).
    Ipv6,
    /// The MD5 of a TLS client's greeting. See [`hash`](super::hash).
    ///
    /// MISP: `ja3-fingerprint-md5`.
    Ja3,
    /// The MD5 of a TLS server's greeting. See [`hash`](super::hash).
    Ja3s,
    /// The fingerprint of a TLS server. See [`hash`](super::hash).
    ///
    /// MISP: `jarm-fingerprint`.
    Jarm,
    /// A hardware address. See [`mac`](super::mac).
    ///
    /// MISP: `mac-address`, `mac-eui-64`.
    Mac,
    /// The MD5 of a file. See [`hash`](super::hash).
    ///
    /// MISP: `md5`, and the second part of `malware-sample`.
    Md5,
    /// The name of a mutex. See [`verbatim`](super::verbatim).
    ///
    /// MISP: `mutex`.
    Mutex,
    /// The path of a program database. See [`verbatim`](super::verbatim).
    ///
    /// MISP: `pdb`.
    Pdb,
    /// A phone number. See [`phone`](super::phone).
    ///
    /// MISP: `phone-number`, `whois-registrant-phone`, `prtn`.
    Phone,
    /// A key of the Windows registry. See [`verbatim`](super::verbatim).
    ///
    /// MISP: `regkey`, and the first part of `regkey|value`.
    Regkey,
    /// The SHA-1 of a file. See [`hash`](super::hash).
    ///
    /// MISP: `sha1`.
    Sha1,
    /// The SHA-256 of a file. See [`hash`](super::hash).
    ///
    /// MISP: `sha256`.
    Sha256,
    /// The SHA-512 of a file. See [`hash`](super::hash).
    ///
    /// MISP: `sha512`.
    Sha512,
    /// Text as it stands, where a file or person names it so. See [`verbatim`](super::verbatim).
    ///
    /// MISP's `text` is prose, and is none.
    Text,
    /// A Tron address. See [`wallet`](super::wallet).
    Tron,
    /// A URL. See [`url`](super::url).
    ///
    /// MISP: `url`, `uri`.
    Url,
    /// The User-Agent header of a program. See [`verbatim`](super::verbatim).
    ///
    /// MISP: `user-agent`.
    UserAgent,
    /// The SHA-1 of a certificate. See [`hash`](super::hash).
    ///
    /// MISP: `x509-fingerprint-sha1`.
    X509Sha1,
    /// The SHA-256 of a certificate. See [`hash`](super::hash).
    ///
    /// MISP: `x509-fingerprint-sha256`.
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
        let (bits, words) = match self {
            Self::Account => {
                (None, "lists of the platforms' users circulate, some 10^9 each; numeric ids run in sequence")
            }
            Self::AdAccount => (Some(37), "numbers mostly in sequence, 10^9 to 10^11 in use"),
            Self::AppId => (None, "the app stores list some 10^7"),
            Self::Asn => (Some(32), "2^32 numbers, of which 10^5 are in use and listed"),
            Self::Btc | Self::Eth | Self::Tron => {
                (None, "the chain itself lists every address that was used, some 10^8 to 10^9")
            }
            Self::Cidr => (Some(33), "2^33 IPv4 networks; 10^6 networks of both families are announced and listed"),
            Self::Credential => (None, "lists of users and of secrets are public, and the digest is fast to compute"),
            Self::Domain => {
                (None, "lists of registered names are sold, some 4 * 10^8; certificate logs publish most hosts")
            }
            Self::Email => (None, "leaked lists hold most of some 10^10 mailboxes"),
            Self::Filename | Self::Mutex | Self::Pdb | Self::Regkey => (None, "those of known malware are published"),
            Self::Imphash | Self::Md5 | Self::Sha1 | Self::Sha256 | Self::Sha512 => {
                (None, "public lists hold the hashes of 10^9 known files")
            }
            Self::Ipv4 => (Some(32), "2^32 addresses"),
            Self::Ipv6 => (None, "2^128 addresses, but lists of the 10^7 to 10^8 that answer exist"),
            Self::Ja3 | Self::Ja3s | Self::Jarm => {
                (None, "public lists hold the fingerprints of known programs, 10^5 to 10^6")
            }
            Self::Mac => (Some(48), "2^48 addresses, 2^24 for each prefix of a vendor"),
            Self::Phone => (Some(37), "about 10^11 numbers"),
            Self::Text => (None, "text is as guessable as what it says"),
            Self::Url => (None, "crawls and feeds list some 10^11; the host alone is a domain"),
            Self::UserAgent => (None, "lists hold those in use, some 10^6"),
            Self::X509Sha1 | Self::X509Sha256 => (None, "certificate logs publish some 10^10 certificates"),
        };
        Guess { bits, words }
    }

    /// Whether values are compared as they stand: they may hold blanks, and are never refanged.
    pub(crate) const fn is_verbatim(self) -> bool {
        matches!(
            self,
            Self::AppId | Self::Filename | Self::Mutex | Self::Pdb | Self::Regkey | Self::Text | Self::UserAgent
        )
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
        if let Some(kind) = Self::ALL.into_iter().find(|kind| kind.name() == name) {
            return Ok(kind);
        }
        match Field::of_type(name).as_deref() {
            Some([Some(Field::Kind(kind))]) => Ok(*kind),
            _ => Err(Rejection::UnknownKind),
        }
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
        for unknown in ["", "ip", "hash", "domain|ip", "comment", "account:twitter"] {
            assert_eq!(unknown.parse::<Kind>(), Err(Rejection::UnknownKind), "{unknown:?}");
        }
        assert_eq!("E-Mail".parse(), Ok(Kind::Email));
    }
}

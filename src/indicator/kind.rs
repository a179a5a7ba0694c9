//! The closed set of kinds.

use std::fmt;
use std::str::FromStr;

use super::Rejection;

/// What an indicator is. Declared in the order of the names, so that the derived order is the one that reports sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An account or persona on a platform: `twitter:handle`.
    Account,
    /// A domain name.
    Domain,
    /// An e-mail address.
    Email,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// The MD5 of a file.
    Md5,
    /// A phone number.
    Phone,
    /// The SHA-1 of a file.
    Sha1,
    /// The SHA-256 of a file.
    Sha256,
    /// A URL.
    Url,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 10] = [
        Self::Account,
        Self::Domain,
        Self::Email,
        Self::Ipv4,
        Self::Ipv6,
        Self::Md5,
        Self::Phone,
        Self::Sha1,
        Self::Sha256,
        Self::Url,
    ];

    /// The name, lower case: in files, in reports and in what is hashed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Domain => "domain",
            Self::Email => "email",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Md5 => "md5",
            Self::Phone => "phone",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Url => "url",
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

    /// All names, for messages.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
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
        assert_eq!((Kind::from_code(0), Kind::from_code(11)), (None, None));
        for unknown in ["", "ip", "hash", "domain "] {
            assert_eq!(unknown.parse::<Kind>(), Err(Rejection::UnknownKind), "{unknown:?}");
        }
        assert_eq!("E-Mail".parse(), Ok(Kind::Email));
    }
}

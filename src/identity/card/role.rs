//! What an organisation or a server is in an exchange.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The role on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A member that is a company.
    Company,
    /// A member that is a public authority: what it may ask is limited by law, so rules name it apart.
    Agency,
    /// A member that shares on behalf of others.
    Broker,
    /// The server that keeps sealed lists and reveals overlaps.
    Matcher,
    /// A server that holds a round's key.
    Custodian,
    /// Whoever carries files for a home without a network.
    Courier,
}

/// A role that this program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a role: use company, agency, broker, matcher, custodian or courier (or update this program)")]
pub struct UnknownRole;

impl Role {
    /// All roles; the place in this list is the role's code.
    pub const ALL: [Self; 6] =
        [Self::Company, Self::Agency, Self::Broker, Self::Matcher, Self::Custodian, Self::Courier];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Agency => "agency",
            Self::Broker => "broker",
            Self::Matcher => "matcher",
            Self::Custodian => "custodian",
            Self::Courier => "courier",
        }
    }

    /// Its byte in encodings, from 0.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Whether it may be a member of an exchange, that is compare lists.
    pub fn is_member(self) -> bool {
        matches!(self, Self::Company | Self::Agency | Self::Broker)
    }
}

impl TryFrom<u8> for Role {
    type Error = UnknownRole;

    fn try_from(code: u8) -> Result<Self, UnknownRole> {
        Self::ALL.get(usize::from(code)).copied().ok_or(UnknownRole)
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_lead_back() {
        for (code, role) in (0..).zip(Role::ALL) {
            assert_eq!((role.code(), Role::try_from(code), role.name().parse()), (code, Ok(role), Ok(role)));
        }
        assert_eq!(Role::try_from(6), Err(UnknownRole));
        for name in ["", "Company", "member", "company "] {
            assert_eq!(name.parse::<Role>(), Err(UnknownRole), "{name}");
        }
    }

    #[test]
    fn servers_and_couriers_are_no_members() {
        let members: Vec<_> = Role::ALL.into_iter().filter(|role| role.is_member()).map(Role::name).collect();
        assert_eq!(members, ["company", "agency", "broker"]);
    }
}

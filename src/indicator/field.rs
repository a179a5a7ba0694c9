//! What the place of a value says about it: a column's name, a type beside it, the command line.

use std::str::FromStr;

use super::{Country, Indicator, Kind, Reading, Rejection};

/// What the place of a value says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// Nothing: the form tells the kind.
    #[default]
    Any,
    /// One kind; the form may say otherwise, see [`Indicator::parse`].
    Kind(Kind),
    /// An address or network of either family: `ip`, `ip-src`.
    Address,
    /// A hash of a file, by its length: `hash`.
    Hash,
    /// A wallet of any chain, by its form.
    Wallet,
    /// A handle on this platform: `account:twitter`.
    AccountOn(String),
    /// A number on this platform: `ad-account:meta`.
    AdAccountOn(String),
}

impl Field {
    /// Reads a value of this field. `country` is whose national phone numbers are read, if any.
    pub fn read(&self, raw: &str, country: Option<Country>) -> Result<Reading, Rejection> {
        match self {
            Self::Any => Indicator::read(raw, country),
            Self::Kind(kind) => Indicator::read_as(*kind, raw, country),
            _ => Err(Rejection::Unrecognised),
        }
    }

    /// The fields that a type's name in a file stands for: one, or the parts of a composite in order, as `domain|ip` has
    /// them. `None` stands for a part that is no indicator, as a port is. Nothing, if the name is not known.
    pub fn of_type(name: &str) -> Option<Vec<Option<Self>>> {
        name.parse().ok().map(|field| vec![Some(field)])
    }

    /// This field, made more exact by what is assumed of bare values: `Any` becomes it, and an account without a platform
    /// gets its platform.
    #[must_use]
    pub fn or(&self, bare: &Self) -> Self {
        match (self, bare) {
            (Self::Any, _)
            | (Self::Kind(Kind::Account), Self::AccountOn(_))
            | (Self::Kind(Kind::AdAccount), Self::AdAccountOn(_)) => bare.clone(),
            _ => self.clone(),
        }
    }
}

/// Reads `account:twitter`, `ad-account:meta`, kinds and their aliases in any case, and the names that mean several kinds.
impl FromStr for Field {
    type Err = Rejection;

    fn from_str(name: &str) -> Result<Self, Rejection> {
        name.parse().map(Self::Kind)
    }
}

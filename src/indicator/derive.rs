//! Indicators that follow from others.

use super::Indicator;

/// How an indicator followed from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Derivation {
    /// The host of a URL or of an e-mail address.
    Host,
    /// The registrable domain of a host, by the public suffix list.
    Registrable,
    /// An e-mail address without its plus tag, and without dots where its provider ignores them.
    Folded,
    /// The account of a profile's URL.
    Account,
    /// An address of a network.
    Network,
}

impl Derivation {
    /// Every derivation, in order.
    pub const ALL: [Self; 5] = [Self::Host, Self::Registrable, Self::Folded, Self::Account, Self::Network];

    /// The name on the command line, in files and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Registrable => "registrable",
            Self::Folded => "folded",
            Self::Account => "account",
            Self::Network => "network",
        }
    }

    /// The number in binary files.
    pub const fn code(self) -> u8 {
        self as u8 + 1
    }

    /// The derivation of a [`Derivation::code`].
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|derivation| derivation.code() == code)
    }
}

/// What is to be derived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derive {
    /// Which derivations; [`Derivation::Network`] is asked for by `expand`.
    pub derivations: Vec<Derivation>,
    /// Networks with at least so long an IPv4 prefix (as many addresses, for IPv6) are written as their addresses.
    pub expand: Option<u8>,
}

impl Derive {
    /// Calls `each` with all that follows from `indicator`, the indicator itself not included. Gives whether the indicator
    /// is replaced by what followed from it, as an expanded network is.
    pub fn from(&self, indicator: &Indicator, each: &mut dyn FnMut(Indicator, Derivation)) -> bool {
        let _ = (indicator, each);
        false
    }
}

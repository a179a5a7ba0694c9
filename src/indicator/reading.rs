//! What reading a value gives: the indicator, and what a person should know was changed on the way.

use std::fmt;

use super::{Indicator, Kind, Rejection};

/// An indicator, and what was changed on the way to it beyond spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The indicator.
    pub indicator: Indicator,
    /// What a person should know about it.
    pub warnings: Warnings,
}

impl Reading {
    /// With one warning more.
    #[must_use]
    pub(super) fn warn(mut self, warning: Warning) -> Self {
        self.warnings.insert(warning);
        self
    }

    /// Punycode and percent-encoding make values longer.
    pub(super) fn bounded(self) -> Result<Self, Rejection> {
        if self.indicator.value.len() <= Indicator::MAX_LEN { Ok(self) } else { Err(Rejection::TooLong) }
    }

    /// Refuses what would read as another if it were written in its canonical form: a percent-encoded mark, a path that falls
    /// together into one. Where no character can make the difference, nothing is read twice.
    pub(super) fn settled(self) -> Result<Self, Rejection> {
        let Indicator { kind, value } = &self.indicator;
        let may_differ = |b: u8| !b.is_ascii() || b"[](){}<>\\".contains(&b);
        let is_sure = !matches!(kind, Kind::Account | Kind::AdAccount) && !value.bytes().any(may_differ);
        if is_sure || Indicator::read_once(*kind, value, None) == Ok(self.indicator.clone().into()) {
            Ok(self)
        } else {
            Err(Rejection::Defanged)
        }
    }
}

impl From<Indicator> for Reading {
    fn from(indicator: Indicator) -> Self {
        Self { indicator, warnings: Warnings::default() }
    }
}

/// Something that was changed or assumed: no loss of form, but of meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Warning {
    /// `*.` or a leading dot went.
    Wildcard,
    /// A port went.
    Port,
    /// `http://` came before a URL without a scheme.
    SchemeAdded,
    /// A mistyped scheme was mended.
    SchemeMended,
    /// Host bits of a network were masked.
    HostBits,
    /// The value has another kind than the one that its place names.
    OtherKind,
    /// A national phone number was read as of the country that was named.
    Country,
}

impl Warning {
    /// Every warning, in order.
    pub const ALL: [Self; 7] = [
        Self::Wildcard,
        Self::Port,
        Self::SchemeAdded,
        Self::SchemeMended,
        Self::HostBits,
        Self::OtherKind,
        Self::Country,
    ];

    /// A short name for machines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wildcard => "wildcard",
            Self::Port => "port",
            Self::SchemeAdded => "scheme-added",
            Self::SchemeMended => "scheme-mended",
            Self::HostBits => "host-bits",
            Self::OtherKind => "other-kind",
            Self::Country => "country",
        }
    }
}

/// In words, for people.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wildcard => {
                "a wildcard or leading dot was dropped: the name itself is compared, not the names under it"
            }
            Self::Port => "a port was dropped",
            Self::SchemeAdded => "it has no scheme, and http:// was put before it",
            Self::SchemeMended => "its mistyped scheme was mended",
            Self::HostBits => "the host bits of the network were set to zero",
            Self::OtherKind => "its form is of another kind than its place names, and decides",
            Self::Country => "a national number was read as one of the country named",
        })
    }
}

/// A set of warnings, as small as a number: a million readings carry one each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings(u8);

impl Warnings {
    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `warning` is among them.
    pub fn contains(self, warning: Warning) -> bool {
        self.0 & 1 << warning as u8 != 0
    }

    /// The warnings, in order.
    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.into_iter().filter(move |warning| self.contains(*warning))
    }

    pub(super) fn insert(&mut self, warning: Warning) {
        self.0 |= 1 << warning as u8;
    }
}

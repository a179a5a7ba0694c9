//! The word for custody in charters; the steps are in [`crate::custody`].

use crate::transcript::{Malformed, Reader};

/// Where the salt lives. Every charter names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Custody {
    /// Every member holds the salt. A matcher that works together with one member can test guesses against every list.
    Shared,
}

impl Custody {
    /// The word in charters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
        }
    }

    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Shared => 1,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Ok(Self::Shared),
            _ => Err(reader.fault("its custody is not known to this version")),
        }
    }
}

//! Custody: where a round's salt lives, and the joint at which indicators become seeds. Pure steps; no I/O.

pub mod shared;

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

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Shared => 1,
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Ok(Self::Shared),
            _ => Err(reader.fault("its custody is not known to this version")),
        }
    }
}

//! The formats, and how one is told from another.

use std::fmt;
use std::str::FromStr;

use crate::indicator::Rejection;

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lines: see [`super::text`]. Hosts files and block lists are read by it too.
    Text,
    /// Columns under a header, separated by commas, semicolons or tabs: see [`super::csv`].
    Csv,
    /// STIX 2.0 and 2.1: see [`super::stix`].
    Stix,
    /// MISP events and feeds: see [`super::misp`].
    Misp,
    /// Other JSON: objects with the fields that a CSV would have as columns; see [`super::json`].
    Json,
    /// Free text with indicators in it: see [`super::extract`].
    Extract,
}

impl Format {
    /// Every format, in order.
    pub const ALL: [Self; 6] = [Self::Text, Self::Csv, Self::Stix, Self::Misp, Self::Json, Self::Extract];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Stix => "stix",
            Self::Misp => "misp",
            Self::Json => "json",
            Self::Extract => "extract",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = Rejection;

    fn from_str(name: &str) -> Result<Self, Rejection> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(Rejection::UnknownKind)
    }
}

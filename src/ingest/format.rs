//! The formats, and how one is told from another.

use std::fmt;
use std::str::FromStr;

use super::csv;
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

    /// The format of a file that begins like this: JSON by its brackets, a table by its header, else lines. The reader of
    /// JSON tells the kinds of JSON apart.
    pub(super) fn detect(head: &[u8]) -> Self {
        if is_json(head) {
            Self::Json
        } else if csv::has_header(head) {
            Self::Csv
        } else {
            Self::Text
        }
    }

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

/// An object, or an array of objects or texts: `[2001:db8::1]` and `[Adblock Plus 2.0]` are lines.
fn is_json(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let second = |first: &u8| head.strip_prefix(&[*first]).and_then(|rest| rest.trim_ascii_start().first().copied());
    second(&b'{').is_some_and(|b| matches!(b, b'"' | b'}'))
        || second(&b'[').is_some_and(|b| matches!(b, b'{' | b'[' | b'"' | b']'))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_by_the_beginning() {
        for (head, expected) in [
            ("\n {\n \"type\": \"bundle\"", Format::Json),
            ("{}", Format::Json),
            ("[ {", Format::Json),
            ("[\"evil.example\"]", Format::Json),
            ("[2001:db8::1]:443\n", Format::Text),
            ("[Adblock Plus 2.0]\n", Format::Text),
            ("[.]evil\n", Format::Text),
            ("{evil.example}", Format::Text),
            ("", Format::Text),
            ("evil.example\n", Format::Text),
            ("# c\n\n; c\nkind,value\ndomain,evil.example\n", Format::Csv),
            ("domain,evil.example\ndomain,other.example\n", Format::Text),
            ("type\tvalue", Format::Csv),
            ("value\nevil.example\n", Format::Text),
        ] {
            assert_eq!(Format::detect(head.as_bytes()), expected, "{head}");
        }
    }
}

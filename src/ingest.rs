//! Files to indicators, with line numbers.
//!
//! A reader streams: it hands over each indicator as it comes, each rejection with its line, and holds no more than a line.
//! Only failures to read end it.

mod lines;
pub mod text;

use std::fmt;

use crate::indicator::Rejection;

/// A line that gave no indicator, and why. Displays as `line 12: …`, without the line's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: Rejection,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// What a reader met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines of all sorts, comments and blank ones too.
    pub lines: u64,
    /// Indicators, duplicates included.
    pub indicators: u64,
    /// Lines refused.
    pub rejected: u64,
}

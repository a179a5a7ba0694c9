//! Lists of the plainly benign, to warn of what hardly belongs on a list of the hostile.

use std::io::Read;

use thiserror::Error;

use crate::indicator::Indicator;

/// Lists to warn by: those built in, and MISP warninglists.
#[derive(Default)]
pub struct WarnLists {}

/// Why a file is no MISP warninglist.
#[derive(Debug, Error)]
pub enum WarnListFault {
    /// The disk's word.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl WarnLists {
    /// The lists that are built in.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// Adds a MISP warninglist (JSON).
    pub fn add(&mut self, list: impl Read) -> Result<(), WarnListFault> {
        let _ = list;
        Ok(())
    }

    /// The name of a list that has the indicator.
    pub fn hit(&self, indicator: &Indicator) -> Option<&str> {
        let _ = indicator;
        None
    }
}

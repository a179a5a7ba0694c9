//! `mac`: hardware addresses.

use super::{Kind, Reading, Rejection};

/// A value where `kind` is named.
pub(super) fn read(kind: Kind, value: &str) -> Result<Reading, Rejection> {
    let _ = value;
    Err(Rejection::Unfit { kind, fault: "not read yet" })
}

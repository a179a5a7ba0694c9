//! Who may carry files for a member whose home has no network.

use crate::identity::CardCore;

/// A courier that may bring a member's files to the matcher, and the answers back. It learns sizes and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// For whom: a place among the members.
    pub member: usize,
    /// The courier's card.
    pub card: CardCore,
}

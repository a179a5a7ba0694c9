//! Custody: where a round's salt lives, and the joint at which indicators become seeds. Pure steps; no I/O. Which custody
//! an exchange has stands in its charter: [`Custody`].

pub mod custodian;
pub mod shared;

pub use crate::charter::Custody;

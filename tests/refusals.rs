//! What the matcher and its clients refuse, over the whole stack: each with the message that the caller sees, nothing
//! stored and nothing answered, and the honest flow as good as before.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

#[path = "refusals/attacks.rs"]
mod attacks;
#[path = "refusals/carried.rs"]
mod carried;
#[path = "refusals/charters.rs"]
mod charters;
mod common;
#[path = "refusals/levels.rs"]
mod levels;
#[path = "refusals/liars.rs"]
mod liars;
#[path = "refusals/lists.rs"]
mod lists;
#[path = "refusals/rounds.rs"]
mod rounds;
#[path = "refusals/strangers.rs"]
mod strangers;
#[path = "refusals/tags.rs"]
mod tags;
#[path = "refusals/uploads.rs"]
mod uploads;
#[path = "refusals/versions.rs"]
mod versions;
#[path = "refusals/withdrawals.rs"]
mod withdrawals;

use std::fmt::{Debug, Display};

use common::World;

/// Asserts a refusal and its message.
fn refused<T, E: Display + Debug>(case: &str, result: Result<T, E>, message: &str) {
    let Err(error) = result else { panic!("{case}: not refused") };
    assert!(error.to_string().contains(message), "{case}: `{error}` does not say `{message}`");
}

/// Asserts that the matcher holds no part of any list.
async fn no_lists(case: &str, world: &World) {
    for sql in ["SELECT COUNT(*) FROM lists", "SELECT COUNT(*) FROM shards", "SELECT COUNT(*) FROM tags"] {
        assert_eq!(world.number(sql).await, 0, "{case}: {sql}");
    }
}

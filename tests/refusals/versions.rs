//! A matcher that keeps back a newer version of a charter, or a resignation.

use mandorla::client::ClientError;

use crate::common::{THREE, World};
use crate::liars::{Liar, Lie};
use crate::refused;

/// A home that has seen the newer version in force is not led back under the old rules.
#[tokio::test]
async fn no_matcher_keeps_back_rules_that_a_home_has_seen() {
    let world = World::new(&THREE).await;
    let old = world.agree(world.terms()).await;
    let mut terms = world.terms();
    terms.amends = Some(old.hash());
    let new = world.agree(terms).await;
    world.org(1).await.find("election-2026").await.unwrap();
    let mut client = Liar::client(&world, 1, Lie::Hidden(new.hash())).await;
    for found in [client.find("election-2026").await, client.find_in_force("election-2026").await] {
        assert!(matches!(found, Err(ClientError::Misbehaved(_))));
        refused("kept back", found, "it keeps back a newer version of the charter, which this home has seen in force");
    }
    let by_hash = client.find(&old.hash().to_string()).await.unwrap().unwrap();
    assert_eq!(by_hash.charter().hash(), old.hash(), "by its hash the old can be read");
    refused("opened", client.open_round(&old).await.map(|_| ()), "election-2026 has a newer version");

    // Whoever has not seen all signatures cannot know.
    let mut client = Liar::client(&world, 0, Lie::Hidden(new.hash())).await;
    assert_eq!(client.find("election-2026").await.unwrap().unwrap().charter().hash(), old.hash());
    assert_eq!(world.org(0).await.find("election-2026").await.unwrap().unwrap().charter().hash(), new.hash());
}

#[tokio::test]
async fn a_resignation_is_shown_or_the_matcher_lies() {
    let world = World::new(&THREE).await;
    world.agree(world.terms()).await;
    let mut client = Liar::client(&world, 1, Lie::NoResignation).await;
    let proposal = client.find("election-2026").await.unwrap().unwrap();
    refused("kept back", client.resign(&proposal).await, "it keeps back the resignation that it has just taken");
    assert!(world.org(1).await.find("election-2026").await.unwrap().unwrap().resignations().is_empty());
}

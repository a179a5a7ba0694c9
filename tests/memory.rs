//! The whole path in memory: charter, round, lists, overlaps, purge.

#![cfg(feature = "net")]

mod common;

use common::{HOUR, THREE, World, domains, values};
use mandorla::client::ClientError;
use mandorla::round::Phase;

#[tokio::test]
async fn from_charter_to_purge() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.guarded()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    assert_eq!((view.round.order().number, view.phase, view.lists.len()), (1, Phase::Open, 0));

    let receipt = world.publish(0, &charter, &domains(0..5000)).await.unwrap();
    assert_eq!(receipt.number, 1);
    world.publish(1, &charter, &domains(4990..5010)).await.unwrap();
    world.publish(2, &charter, &domains(4995..6000)).await.unwrap();

    world.close(&charter).await;

    let company = world.ask(0, &charter).await.unwrap();
    assert_eq!(company.published, 5000);
    assert_eq!(company.overlaps.len(), 10);
    let holders = |value: &str| {
        let overlap = company.overlaps.iter().find(|overlap| overlap.value == value).unwrap();
        overlap.holders.iter().map(|holder| holder.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(holders("host-4990.example"), ["Harbour Mail"]);
    assert_eq!(holders("host-4999.example"), ["Harbour Mail", "Agency A"]);

    let other = world.ask(1, &charter).await.unwrap();
    assert_eq!(other.overlaps.len(), 20, "ten shared with Northwind, fifteen with the agency, five of them with both");
    let agency = world.ask(2, &charter).await.unwrap();
    assert_eq!(values(&agency), Vec::<&str>::new(), "companies show nothing to agencies");

    let view = world.view(0, &charter).await;
    assert!(view.lists.iter().all(|list| list.asked));
    world.org(0).await.purge_round(&view).await.unwrap();
    assert_eq!(world.view(0, &charter).await.phase, Phase::Purged);
    let refused = world.ask(1, &charter).await.unwrap_err();
    assert!(matches!(refused, ClientError::NotAnswering(Phase::Purged)), "{refused}");
}

#[tokio::test]
async fn the_clock_closes_and_purges_whatever_the_convener_does() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    world.clock.advance(24 * HOUR);
    assert_eq!(world.view(0, &charter).await.phase, Phase::Closed);
    world.clock.advance(72 * HOUR);
    assert_eq!(world.view(0, &charter).await.phase, Phase::Purged);
}

#[tokio::test]
async fn the_convener_moves_the_close_later_and_nobody_else() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let close = view.round.close();
    let refused = world.org(1).await.extend_round(&view, close + HOUR).await.err().unwrap().to_string();
    assert!(refused.contains("only the convener, Northwind Social, can move the close"), "{refused}");
    for wrong in [close, close - 1, view.round.order().last_answer] {
        let refused = world.org(0).await.extend_round(&view, wrong).await.err().unwrap().to_string();
        assert!(refused.contains("the close can be moved later only"), "{refused}");
    }
    let view = world.org(0).await.extend_round(&view, close + 2 * HOUR).await.unwrap();
    assert_eq!(view.round.close(), close + 2 * HOUR);
    assert!(world.org(0).await.extend_round(&view, close + HOUR).await.is_err(), "not back again");

    world.clock.advance(25 * HOUR);
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    world.clock.advance(HOUR);
    assert_eq!(world.view(0, &charter).await.phase, Phase::Closed);
}

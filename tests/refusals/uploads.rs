//! Uploads that break, and lists that replace others.

use mandorla::client::Silent;
use mandorla::report::Certain;
use mandorla::store::{Outcome, Store};

use crate::common::{Container, NOON, THREE, World, domains, dummies, values};
use crate::liars::{Liar, Lie};
use crate::refused;

#[tokio::test]
async fn a_newer_list_replaces_the_older() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    assert_eq!(world.publish(0, &charter, &domains(0..5000)).await.unwrap().number, 1);
    assert_eq!(world.kept(0), ["1.receipt", "1.tags", "purge-at", "tags.key"]);
    assert_eq!(world.number("SELECT COUNT(*) FROM shards").await, 2);
    assert_eq!(world.publish(0, &charter, &domains(4990..5010)).await.unwrap().number, 2);
    assert_eq!(world.kept(0), ["2.receipt", "2.tags", "purge-at", "tags.key"]);
    assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM shards").await, 1, "the old shards are gone");

    world.publish(1, &charter, &domains((0..10).chain(5000..5002))).await.unwrap();
    assert_eq!(world.view(1, &charter).await.list_of(0).unwrap().number, 2);
    world.close(&charter).await;
    assert_eq!(values(&world.ask(1, &charter).await.unwrap()), ["host-5000.example", "host-5001.example"]);
    assert_eq!(values(&world.ask(0, &charter).await.unwrap()), ["host-5000.example", "host-5001.example"]);
}

#[tokio::test]
async fn an_upload_goes_on_from_the_last_durable_shard() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let seal = |count: u32| {
        let draft = world.draft(0, &view, &domains(0..count)).unwrap();
        let list = draft.seal(&view.round, 1, NOON, world.orgs[0].home.signing_key(), &dummies(), || ());
        Container::seal(view.round.hash(), &list, world.matcher.card().core().sealing())
    };
    let list = seal(10_000);
    let mut calls = world.calls(0).await;
    assert_eq!(list.begin(&mut calls).await.unwrap(), 0);
    let mut call = calls.upload(view.round.hash(), None);
    call.send(0, list.chunks[1..=2].to_vec()).await;
    world.until("SELECT COUNT(*) FROM shards", 2).await;
    drop((call, calls));

    let mut calls = world.calls(0).await;
    assert_eq!(list.begin(&mut calls).await.unwrap(), 2, "it goes on");
    assert!(world.view(1, &charter).await.lists.is_empty());
    let other = seal(7_000);
    assert_eq!(other.begin(&mut calls).await.unwrap(), 0, "a different list starts anew");
    assert_eq!(world.number("SELECT COUNT(*) FROM shards").await, 0);
    assert_eq!(list.begin(&mut calls).await.unwrap(), 0);
    let mut call = calls.upload(view.round.hash(), None);
    call.send(0, list.chunks[1..].to_vec()).await;
    world.until("SELECT COUNT(*) FROM shards", 3).await;

    // All shards are durable, but nobody has said that they are all: the receipt is all that is missing.
    let mut calls = world.calls(0).await;
    assert_eq!(list.begin(&mut calls).await.unwrap(), 3);
    calls.upload(view.round.hash(), None).finish().await.unwrap();
    assert_eq!(world.view(1, &charter).await.list_of(0).unwrap().number, 1);
}

/// In whatever order they come in: the highest number stays.
#[tokio::test]
async fn an_older_list_does_not_overtake_a_newer_one() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let round = view.round.hash();
    let draft = world.draft(0, &view, &domains(0..10)).unwrap();
    let lists = [1, 2, 3, 4].map(|number| {
        let key = world.orgs[0].home.signing_key();
        draft.seal(&view.round, number, NOON, key, &dummies(), || ())
    });
    let files = lists.each_ref().map(|list| Container::seal(round, list, world.matcher.card().core().sealing()));
    let (mut older, mut newer) = (world.calls(0).await, world.calls(0).await);

    assert_eq!(files[0].begin(&mut older).await.unwrap(), 0);
    let mut under_way = older.upload(round, None);
    under_way.send(0, vec![files[0].chunks[1].clone()]).await;
    world.until("SELECT COUNT(*) FROM shards", 1).await;
    files[1].upload(&mut newer).await.unwrap();
    let overtaken = "a newer list came, while this one was on its way: it is not published";
    refused("whole before the newer one", under_way.finish().await, overtaken);
    let message = "list number 1 is not newer than number 2, which is published";
    refused("begun after it", files[0].begin(&mut older).await, message);

    assert_eq!(files[3].begin(&mut newer).await.unwrap(), 0);
    refused("while a newer one comes in", files[2].begin(&mut older).await, overtaken);
    let published = async || world.view(1, &charter).await.list_of(0).unwrap().number;
    assert_eq!(published().await, 2);
    files[3].upload(&mut newer).await.unwrap();

    // Between the matcher's look at what is published and its write.
    let [file, _] = world.database_files();
    let store = Store::open(&file).await.unwrap();
    let begun = store.begin_upload(round, 0, &files[2].preamble.encode(), &lists[2].header).await.unwrap();
    assert_eq!(begun, Outcome::Overtaken);
    store.close().await;
    assert_eq!((published().await, world.number("SELECT COUNT(*) FROM lists").await), (4, 1));
}

#[tokio::test]
async fn a_program_that_was_killed_goes_on_where_it_was() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let list = domains(0..80_000);
    {
        let mut client = world.org(0).await;
        let view = client.round(&charter, None).await.unwrap();
        let draft = world.draft(0, &view, &list).unwrap();
        let lock = world.orgs[0].home.lock().unwrap();
        world.tap.hold(Some(300_000));
        tokio::select! {
            _ = client.publish(&view, &draft, &lock, &Silent) => panic!("it is held"),
            () = world.until("SELECT COUNT(*) FROM shards", 8) => {}
        }
    }
    world.tap.hold(None);
    assert_eq!(world.kept(0), ["1.root", "1.sealed", "1.tags", "purge-at", "tags.key"]);
    let ids = "SELECT MAX(id) FROM lists";
    let before = world.number(ids).await;

    // The same indicators, drafted again: the sealed list that is on its way goes on.
    assert_eq!(world.publish(0, &charter, &list).await.unwrap().number, 1);
    assert_eq!(world.number(ids).await, before, "not begun anew");
    assert_eq!(world.kept(0), ["1.receipt", "1.tags", "purge-at", "tags.key"]);
    world.publish(1, &charter, &domains(79_999..80_001)).await.unwrap();
    world.close(&charter).await;
    assert_eq!(values(&world.ask(0, &charter).await.unwrap()), ["host-79999.example"]);
}

#[tokio::test]
async fn a_receipt_that_was_lost_comes_again() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let list = domains(0..10);
    {
        let mut client = Liar::client(&world, 0, Lie::NoReceipt).await;
        let view = client.round(&charter, None).await.unwrap();
        let draft = world.draft(0, &view, &list).unwrap();
        let lock = world.orgs[0].home.lock().unwrap();
        tokio::select! {
            _ = client.publish(&view, &draft, &lock, &Silent) => panic!("the receipt is held"),
            () = world.until("SELECT COUNT(*) FROM lists WHERE receipt IS NOT NULL", 1) => {}
        }
    }
    assert_eq!(world.view(0, &charter).await.list_of(0).unwrap().number, 1);
    assert_eq!(world.kept(0), ["1.root", "1.sealed", "1.tags", "purge-at", "tags.key"], "no receipt");
    world.clock.advance(60);
    let receipt = world.publish(0, &charter, &list).await.unwrap();
    assert_eq!((receipt.number, receipt.received), (1, world.clock.now() - 60), "the first one");
    assert_eq!(world.kept(0), ["1.receipt", "1.tags", "purge-at", "tags.key"]);
}

#[tokio::test]
async fn a_match_is_exact_once_its_holder_has_asked() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(0, &charter, &domains(0..4000)).await.unwrap();
    world.publish(1, &charter, &domains(3950..4050)).await.unwrap();
    world.close(&charter).await;

    let first = world.ask(0, &charter).await.unwrap();
    let second = world.ask(1, &charter).await.unwrap();
    let again = world.ask(0, &charter).await.unwrap();
    let all = |report: &mandorla::report::Report, certainty| {
        report.overlaps.iter().flat_map(|overlap| &overlap.holders).all(|holder| holder.certainty == certainty)
    };
    assert!(all(&first, Certain::Probable) && first.chance_overlaps_expected > 0.0);
    assert!(all(&second, Certain::Exact) && all(&again, Certain::Exact));
    assert_eq!((second.chance_overlaps_expected, again.chance_overlaps_expected), (0.0, 0.0));
    assert_eq!([&first, &second, &again].map(|report| report.overlaps.len()), [50; 3]);
    assert_eq!(values(&first), values(&again));
}

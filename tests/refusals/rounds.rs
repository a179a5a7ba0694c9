//! Orders that open no round, and rounds that are closed and purged by the wrong hands or at the wrong time.

use mandorla::charter::{Agreed, Charter};
use mandorla::client::{ClientError, Silent};
use mandorla::custody::shared::Salt;
use mandorla::round::{Order, Phase, SeedSource, SignedOrder};

use crate::common::{HOUR, NOON, THREE, World, domains, values};
use crate::refused;

/// An order by a modified convener: changed before it is signed, and its salts before they are, too.
fn order(
    world: &World,
    charter: &Agreed,
    signer: usize,
    change: fn(&mut Order),
    salts: fn(&mut Vec<Vec<u8>>),
) -> SignedOrder {
    let (salt, nonce) = (Salt::random(), [5; 32]);
    let mut order = Order::new(charter, 1, nonce, world.clock.now(), SeedSource::Salt(salt.commitment(&nonce)));
    change(&mut order);
    let hash = order.hash();
    let mut sealed = charter.terms().members.iter().map(|member| salt.seal(&hash, member.sealing())).collect();
    salts(&mut sealed);
    SignedOrder::sign(order, sealed, world.orgs[signer].home.signing_key())
}

/// Moves all times of an order.
fn moved(order: &mut Order, by: i64) {
    for time in [&mut order.opened, &mut order.close, &mut order.last_answer, &mut order.purge] {
        *time = time.checked_add_signed(by).unwrap();
    }
}

#[tokio::test]
async fn an_order_that_is_not_the_conveners_or_not_the_charters_opens_nothing() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let as_is = |_: &mut Order| ();
    let all = |_: &mut Vec<Vec<u8>>| ();
    let make = |change, salts| order(&world, &charter, 0, change, salts);
    let mut swapped = make(as_is, all);
    swapped.sealed_salts.swap(1, 2);
    let mut renumbered = make(as_is, all);
    renumbered.order.number = 2;
    for (case, from, order, message) in [
        ("sent by another", 1, make(as_is, all), "only the convener, Northwind Social, can open a round"),
        (
            "signed by another",
            0,
            order(&world, &charter, 1, as_is, all),
            "not signed by the convener, Northwind Social",
        ),
        ("changed afterwards", 0, renumbered, "not signed by the convener, Northwind Social"),
        ("number 0", 0, make(|order| order.number = 0, all), "the next round of this exchange is number 1, not 0"),
        ("number 2", 0, make(|order| order.number = 2, all), "the next round of this exchange is number 1, not 2"),
        ("behind", 0, make(|order| moved(order, -600), all), "made 600 seconds from this matcher's time"),
        ("ahead", 0, make(|order| moved(order, 600), all), "made 600 seconds from this matcher's time"),
        ("closes later", 0, make(|order| order.close += 1, all), "times are not those of the charter"),
        ("answers longer", 0, make(|order| order.last_answer += 1, all), "times are not those of the charter"),
        ("kept longer", 0, make(|order| order.purge += HOUR, all), "times are not those of the charter"),
        ("the end of time", 0, make(|order| order.opened = u64::MAX, all), "times are not those of the charter"),
        ("a salt missing", 0, make(as_is, |salts| drop(salts.pop())), "one sealed salt for each member"),
        ("a salt short", 0, make(as_is, |salts| salts[1].truncate(79)), "one sealed salt for each member"),
        ("a salt too many", 0, make(as_is, |salts| salts.push(salts[0].clone())), "one sealed salt for each member"),
        ("no salts", 0, make(as_is, |salts| salts.clear()), "one sealed salt for each member"),
        ("salts swapped", 0, swapped, "one sealed salt for each member"),
    ] {
        refused(case, world.calls(from).await.open_round(&order).await, message);
        assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 0, "{case}");
        let shown = world.org(1).await.round(&charter, None).await;
        refused(case, shown.map(|_| ()), "this exchange has no such round: the convener opens one");
    }
    refused("by another", world.org(1).await.open_round(&charter).await.map(|_| ()), "only the convener");
    assert_eq!(world.org(0).await.open_round(&charter).await.unwrap().round.order().number, 1);
    let again = world.view(0, &charter).await.round.signed().clone();
    world.calls(0).await.open_round(&again).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 1, "the same order opens one round");
}

#[tokio::test]
async fn no_round_opens_before_all_have_signed() {
    let world = World::new(&THREE).await;
    let charter = Charter::new(world.terms()).unwrap();
    let proposal = world.org(0).await.propose(charter.clone()).await.unwrap();
    let proposal = world.org(1).await.sign(&proposal, &[]).await.unwrap();
    refused("client", proposal.agreed(), "not in force: Agency A must still sign it");

    // A modified convener takes the charter for agreed: in another world, everybody has signed it.
    let mut agreed = proposal.clone();
    agreed.add(2, charter.sign(world.orgs[2].home.signing_key())).unwrap();
    let agreed = agreed.agreed().unwrap();
    let early = order(&world, &agreed, 0, |_| (), |_| ());
    refused("matcher", world.calls(0).await.open_round(&early).await, "not in force: Agency A must still sign it");
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 0);
    world.org(2).await.sign(&proposal, &[]).await.unwrap();
    world.org(0).await.open_round(&agreed).await.unwrap();
}

#[tokio::test]
async fn nobody_publishes_under_a_salt_that_is_not_the_rounds() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let commitment = order(&world, &charter, 0, |order| order.source = SeedSource::Salt([9; 32]), |_| ());
    let elsewhere = order(&world, &charter, 0, |order| order.number = 2, |salts| salts.swap(1, 2));
    for (order, message) in [
        (commitment, "the round's salt does not match the commitment in the round order: do not publish"),
        (elsewhere, "the round's salt is not sealed to this home's card"),
    ] {
        world.calls(0).await.open_round(&order).await.unwrap();
        let published = world.publish(1, &charter, &domains(0..5)).await;
        assert!(matches!(published, Err(ClientError::Salt(_))));
        refused("salt", published, message);
        assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 0);
        assert!(world.kept(1).is_empty());
        world.close(&charter).await;
    }
    assert_eq!(world.org(0).await.open_round(&charter).await.unwrap().round.order().number, 3);
    world.publish(1, &charter, &domains(0..5)).await.unwrap();
}

#[tokio::test]
async fn one_round_at_a_time_takes_lists() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(0, &charter, &domains(0..5)).await.unwrap();
    let again = world.org(0).await.open_round(&charter).await;
    refused("open twice", again, "round 1 is still open: close it first");
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 1);
    world.close(&charter).await;
    let second = world.org(0).await.open_round(&charter).await.unwrap();
    assert_eq!(second.round.order().number, 2, "while the first still answers");
    world.clock.advance(24 * HOUR);
    assert_eq!(world.org(0).await.open_round(&charter).await.unwrap().round.order().number, 3, "the clock closes too");
}

/// A day is 24 hours back from now: no more rounds open in it than the charter says.
#[tokio::test]
async fn so_many_rounds_a_day() {
    let world = World::new(&THREE).await;
    let mut terms = world.terms();
    terms.rounds_per_day = 2;
    let charter = world.agree(terms).await;
    let open = async || world.org(0).await.open_round(&charter).await.map(|view| view.round.order().number);
    let too_often = |time: &str| format!("the charter allows 2 rounds within 24 hours: the next may open from {time}");
    for number in [1, 2] {
        assert_eq!(open().await.unwrap(), number);
        world.close(&charter).await;
        world.clock.advance(HOUR);
    }
    refused("a third", open().await, &too_often("2027-01-16 08:00 UTC"));
    world.clock.advance(22 * HOUR - 1);
    refused("a second before", open().await, &too_often("2027-01-16 08:00 UTC"));
    world.clock.advance(1);
    assert_eq!(open().await.unwrap(), 3);
    world.close(&charter).await;
    refused("a fourth", open().await, &too_often("2027-01-16 09:00 UTC"));
    world.clock.advance(HOUR);
    assert_eq!(open().await.unwrap(), 4);
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 4);
}

/// A list whose time is over is gone for everybody, as if it had never come, also from the disk.
#[tokio::test]
async fn lists_expire() {
    let world = World::new(&THREE).await;
    let mut terms = world.terms();
    terms.list_expiry_hours = 30;
    let charter = world.agree(terms).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(0, &charter, &domains(0..5)).await.unwrap();
    world.clock.advance(10 * HOUR);
    world.publish(1, &charter, &domains(3..9)).await.unwrap();
    world.clock.advance(14 * HOUR);
    assert_eq!(values(&world.ask(1, &charter).await.unwrap()), ["host-3.example", "host-4.example"]);
    world.clock.advance(6 * HOUR - 1);
    assert!(world.view(1, &charter).await.list_of(0).is_some(), "a second before");
    world.clock.advance(1);
    assert!(world.view(1, &charter).await.list_of(0).is_none());
    assert!(world.ask(1, &charter).await.unwrap().overlaps.is_empty());
    refused("its holder", world.ask(0, &charter).await, "has published no list in this round");
    assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 2);
    world.matcher.tick().await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM shards").await, 1);
}

/// Each of several, and whatever another of them began.
#[tokio::test]
async fn any_convener_opens_moves_closes_and_purges() {
    let world = World::new(&THREE).await;
    let mut terms = world.terms();
    terms.conveners = [0, 2].into();
    let charter = world.agree(terms).await;
    let who = "only a convener (Northwind Social, Agency A) can";
    refused("open", world.org(1).await.open_round(&charter).await.map(|_| ()), &format!("{who} open a round"));
    let view = world.org(2).await.open_round(&charter).await.unwrap();
    let close = view.round.order().close + HOUR;
    refused("move", world.org(1).await.extend_round(&view, close).await.map(|_| ()), &format!("{who} move the close"));
    assert_eq!(world.org(0).await.extend_round(&view, close).await.unwrap().round.close(), close);
    refused("close", world.org(1).await.close_round(&view).await, &format!("{who} close the round"));
    world.org(2).await.close_round(&view).await.unwrap();
    refused("purge", world.org(1).await.purge_round(&view).await, &format!("{who} purge the round"));
    world.org(0).await.purge_round(&view).await.unwrap();

    let mut theirs = world.terms();
    (theirs.created, theirs.conveners) = (NOON + 1, [1, 2].into());
    let theirs = Charter::new(theirs).unwrap();
    let proposed = world.org(0).await.propose(theirs.clone()).await;
    refused("propose", proposed.map(|_| ()), "only a convener (Harbour Mail, Agency A) can propose this charter");
    for place in [1, 2] {
        world.org(place).await.propose(theirs.clone()).await.unwrap();
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM charters").await, 2, "the same from both");
    assert_eq!(world.number("SELECT COUNT(*) FROM charter_signatures").await, 5);
}

#[tokio::test]
async fn the_convener_closes_and_purges_when_it_is_time() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.guarded()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    for place in 0..3 {
        world.publish(place, &charter, &domains(0..5)).await.unwrap();
    }
    let stands = async |phase: Phase| {
        let view = world.view(1, &charter).await;
        assert_eq!((view.phase, view.lists.len()), (phase, 3));
    };

    refused(
        "close",
        world.org(1).await.close_round(&view).await,
        "only the convener, Northwind Social, can close the round",
    );
    stands(Phase::Open).await;
    refused("purge open", world.org(0).await.purge_round(&view).await, "the round is open: close it first");
    refused("purge", world.org(2).await.purge_round(&view).await, "only the convener, Northwind Social, can purge");
    stands(Phase::Open).await;
    assert_eq!(world.kept(0).len(), 4, "a refused purge wipes nothing at home");
    world.close(&charter).await;
    world.close(&charter).await;
    refused("purge", world.org(1).await.purge_round(&view).await, "only the convener");
    world.ask(0, &charter).await.unwrap();
    let waits = "Harbour Mail, Agency A published but did not ask yet: purging now would take their answers";
    refused("early", world.org(0).await.purge_round(&view).await, waits);
    world.ask(1, &charter).await.unwrap();
    refused("early", world.org(0).await.purge_round(&view).await, "Agency A published but did not ask yet");
    stands(Phase::Closed).await;
    assert!(world.ask(2, &charter).await.unwrap().overlaps.is_empty(), "an agency that is shown nothing asks, too");
    world.org(0).await.purge_round(&view).await.unwrap();
    assert_eq!(world.view(1, &charter).await.phase, Phase::Purged);
    assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 0);
}

#[tokio::test]
async fn a_round_opens_while_an_older_one_still_answers() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    world.publish(1, &charter, &domains(5..15)).await.unwrap();
    world.close(&charter).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    world.publish(1, &charter, &domains(9..19)).await.unwrap();

    let mut client = world.org(0).await;
    let first = client.round(&charter, Some(1)).await.unwrap();
    let latest = client.round(&charter, None).await.unwrap();
    assert_eq!((first.phase, latest.phase, latest.round.order().number), (Phase::Closed, Phase::Open, 2));
    let report = client.overlaps(&first, &Silent).await.unwrap();
    assert_eq!((report.round, values(&report).len()), (1, 5));
    assert!(matches!(client.overlaps(&latest, &Silent).await, Err(ClientError::NotAnswering(Phase::Open))));
    world.close(&charter).await;
    let latest = client.round(&charter, Some(2)).await.unwrap();
    assert_eq!(values(&client.overlaps(&latest, &Silent).await.unwrap()), ["host-9.example"]);
    assert_eq!(client.overlaps(&first, &Silent).await.unwrap().overlaps.len(), 5, "the first still answers");
    refused("a round that is none", client.round(&charter, Some(3)).await.map(|_| ()), "no such round");
    assert_eq!(world.clock.now(), NOON);
}

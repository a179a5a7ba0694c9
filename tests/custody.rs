//! Custody by custodians as members have it: what is paid for once, what a break leaves, what a custodian that is away or lies is
//! told to be, and how far a matcher and a member get that share everything.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

#[path = "custody/away.rs"]
mod away;
#[path = "custody/carried.rs"]
mod carried;
#[path = "custody/coalition.rs"]
mod coalition;
mod common;
#[path = "custody/liars.rs"]
mod liars;

use common::{HOUR, THREE, World, domains, values};
use mandorla::charter::{Agreed, Charter};
use mandorla::client::{ClientError, KeyState};

/// Of a list among three.
const CANARIES: u64 = 32;

/// Three members under two custodians, a charter and an open round.
async fn opened() -> (World, Agreed) {
    let world = World::new(&THREE).await.with_custodians(2).await;
    let charter = agreed(&world).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    (world, charter)
}

async fn agreed(world: &World) -> Agreed {
    let mut terms = world.terms();
    terms.max_indicators = 1000;
    terms.accept_guessable = false;
    world.agree(terms).await
}

fn refusal<T>(result: Result<T, ClientError>) -> String {
    let Err(error) = result else { panic!("not refused") };
    error.to_string()
}

#[tokio::test]
async fn a_list_that_changes_pays_for_new_indicators_only() {
    let (world, charter) = opened().await;
    world.publish(0, &charter, &domains(0..100)).await.unwrap();
    assert_eq!(world.spent(0).await[0], 100 + CANARIES);
    world.publish(0, &charter, &domains(0..100)).await.unwrap();
    world.publish(0, &charter, &domains(5..60)).await.unwrap();
    assert_eq!(world.spent(0).await[0], 100 + CANARIES, "nothing in them is new");
    world.publish(0, &charter, &domains(90..107)).await.unwrap();
    world.withdraw(0, &charter).await.unwrap();
    world.publish(0, &charter, &domains(0..107)).await.unwrap();
    for custodian in 0..2 {
        assert_eq!(world.spent(custodian).await, [107 + CANARIES, 0, 0], "seven were new, also after a withdrawal");
    }
    // Another round is another key.
    world.publish(1, &charter, &domains(106..107)).await.unwrap();
    world.close(&charter).await;
    assert_eq!(values(&world.ask(0, &charter).await.unwrap()), ["host-106.example"]);
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(0, &charter, &domains(0..3)).await.unwrap();
    assert_eq!(world.spent(0).await, [3 + CANARIES, 0, 0]);
}

#[tokio::test]
async fn seeds_stay_until_the_purge_and_are_not_readable() {
    let (world, charter) = opened().await;
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    world.publish(1, &charter, &domains(0..10)).await.unwrap();
    let home = &world.orgs[0].home;
    let dir = format!("rounds/{}/seeds", home.names_in("rounds").unwrap()[0]);
    let kept = |name: String| (home.read(format!("{dir}/{name}")).unwrap().unwrap(), name);
    let files: Vec<_> = home.names_in(&dir).unwrap().into_iter().map(kept).collect();
    let named = |end: &str| files.iter().filter(|(_, name)| name.ends_with(end)).count();
    assert_eq!(
        (files.len(), named(".seeds"), named("seeds.key")),
        (3, 2, 1),
        "two batches, answered, and nothing blinded"
    );
    let view = world.view(0, &charter).await;
    let draft = world.drafted(0, &view, &domains(0..10)).await.unwrap();
    for entry in draft.entries() {
        let readable = files.iter().any(|(file, _)| file.windows(32).any(|bytes| bytes == entry.seed.expose()));
        assert!(!readable, "seeds are encrypted there");
    }
    world.close(&charter).await;
    for place in [0, 1] {
        world.ask(place, &charter).await.unwrap();
    }
    let view = world.view(0, &charter).await;
    world.org(0).await.purge_round(&view).await.unwrap();
    assert!(world.orgs[0].home.names_in("rounds").unwrap().is_empty());
}

#[tokio::test]
async fn more_than_the_meter_allows_is_refused_before_it_is_paid_for() {
    let (world, charter) = opened().await;
    let beyond = refusal(world.publish(0, &charter, &domains(0..1001)).await);
    assert!(beyond.contains("1001 indicators, the charter allows 1000"), "{beyond}");
    world.publish(0, &charter, &domains(0..1000)).await.unwrap();
    let changed = refusal(world.publish(0, &charter, &domains(500..1001)).await);
    assert!(changed.contains("takes 1 evaluations by the custodians, and 0 of the 1032"), "{changed}");
    for custodian in 0..2 {
        assert_eq!(world.spent(custodian).await, [1000 + CANARIES, 0, 0]);
    }
    // What was refused stands in the way of nothing.
    world.publish(0, &charter, &domains(0..900)).await.unwrap();
}

/// Who signs has the custodians' cards from people, as all others.
#[tokio::test]
async fn custodians_are_in_the_book_of_whoever_signs() {
    let world = World::new(&THREE).await.with_custodians(2).await;
    let charter = Charter::new(world.terms()).unwrap();
    let proposal = world.org(0).await.propose(charter).await.unwrap();
    let vault = world.custodians[1].card();
    let home = &world.orgs[1].home;
    std::fs::remove_file(home.path().join("book").join(format!("{}.card", vault.id()))).unwrap();
    let unknown = refusal(world.org(1).await.sign(&proposal, &[]).await);
    assert!(unknown.contains("not in this home's book: Vault 2 (custodian, "), "{unknown}");
    world.org(1).await.sign(&proposal, &[vault.fingerprint()]).await.unwrap();
}

#[tokio::test]
async fn keys_die_with_the_round() {
    let (world, charter) = opened().await;
    let view = world.view(0, &charter).await;
    let held = world.org(1).await.key_states(&view).await;
    assert!(held.iter().all(|key| matches!(key, KeyState::Held)) && held.len() == 2, "{held:?}");
    let mut drafting = mandorla::client::Drafting::new(&world.orgs[1].home, &world.view(1, &charter).await).unwrap();
    domains(0..3).into_iter().for_each(|indicator| drafting.add(indicator));
    world.close(&charter).await;

    // Everybody sees the statements on record, and needs no custodian for that.
    let closed = world.view(2, &charter).await;
    assert_eq!(closed.destroyed.len(), 2);
    let states = world.client_without_custodians(&world.orgs[2].home).await.key_states(&closed).await;
    assert!(states.iter().all(|key| matches!(key, KeyState::Destroyed(gone) if gone.destroyed == world.clock.now())));
    let lock = world.orgs[1].home.lock().unwrap();
    let late = world.org(1).await.evaluate(&view, &mut drafting, &lock, &mandorla::client::Silent).await;
    let late = refusal(late);
    assert!(late.contains("custodian Vault 1: it refused: the round's key was destroyed"), "{late}");
}

#[tokio::test]
async fn a_close_that_is_moved_moves_the_keys_end() {
    let (world, charter) = opened().await;
    let view = world.view(0, &charter).await;
    let later = view.round.close() + 2 * HOUR;
    world.org(0).await.extend_round(&view, later).await.unwrap();
    world.clock.advance(25 * HOUR);
    world.publish(0, &charter, &domains(0..3)).await.unwrap();
    world.clock.advance(HOUR);
    for custodian in &world.custodians {
        custodian.tick().await.unwrap();
    }
    let view = world.view(1, &charter).await;
    let states = world.org(1).await.key_states(&view).await;
    assert!(states.iter().all(|key| matches!(key, KeyState::Destroyed(_))), "by their own clocks: {states:?}");
    assert_eq!(world.view(2, &charter).await.destroyed.len(), 2, "whoever looked has put it on record");
    // Not earlier, and by a convener alone.
    assert!(world.org(1).await.extend_round(&view, later + HOUR).await.is_err());
}

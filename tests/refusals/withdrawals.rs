//! Lists that are taken back: gone for all who come later, for the matcher and for the home; and what stays.

use mandorla::charter::Level;
use mandorla::client::ClientError;
use mandorla::report::Reason;
use mandorla::round::{Phase, Withdrawn};
use mandorla::store::{Outcome, Store};
use mandorla::wire::Answer;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::common::{Container, HOUR, THREE, World, ask_raw, domains, dummies, values};
use crate::{no_lists, refused};

#[tokio::test]
async fn while_the_round_is_open_another_list_may_follow() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    refused("nothing yet", world.withdraw(0, &charter).await, "you have published no list in this round");
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    let again = world.publish(0, &charter, &domains(0..5000)).await.unwrap();
    assert_eq!((again.number, world.withdraw(0, &charter).await.unwrap()), (2, 2));
    no_lists("withdrawn", &world).await;
    assert!(world.view(1, &charter).await.lists.is_empty());
    assert_eq!(world.kept(0), ["2.withdrawn", "purge-at"], "nothing of it is in the home");
    assert_eq!(world.withdraw(0, &charter).await.unwrap(), 2, "an answer that was lost comes again");
    assert_eq!(world.view(1, &charter).await.withdrawn, [Withdrawn { member: 0, number: 2, asked: false }]);
    let rounds = world.orgs[0].home.path().join("rounds");
    std::fs::remove_dir_all(rounds).unwrap();
    assert_eq!(world.publish(0, &charter, &domains(0..7)).await.unwrap().number, 3, "of whatever the home knows");
    assert!(world.view(1, &charter).await.withdrawn.is_empty(), "it has a list");

    // A file of a withdrawn list is worth nothing, whoever has it.
    let (_, file) = world.publish_raw(1, &view, &domains(0..7)).await;
    world.withdraw(1, &charter).await.unwrap();
    let message = "list number 1 is not newer than number 1, which was withdrawn: seal it again";
    refused("the same file", file.begin(&mut world.calls(1).await).await, message);

    world.publish(2, &charter, &domains(0..7)).await.unwrap();
    world.close(&charter).await;
    assert_eq!(values(&world.ask(0, &charter).await.unwrap()).len(), 7, "as if nothing had been before");
}

#[tokio::test]
async fn an_upload_under_way_goes_with_the_list() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let draft = world.draft(0, &view, &domains(0..5000)).unwrap();
    let key = world.orgs[0].home.signing_key();
    let list = draft.seal(&view.round, 1, world.clock.now(), key, &dummies(), || ());
    let file = Container::seal(view.round.hash(), &list, world.matcher.card().core().sealing());
    let mut calls = world.calls(0).await;
    assert_eq!(file.begin(&mut calls).await.unwrap(), 0);
    let mut under_way = calls.upload(view.round.hash(), None);
    under_way.send(0, vec![file.chunks[1].clone()]).await;
    world.until("SELECT COUNT(*) FROM shards", 1).await;

    world.withdraw(0, &charter).await.unwrap();
    no_lists("half a list", &world).await;
    under_way.send(1, vec![file.chunks[2].clone()]).await;
    refused("the other half", under_way.finish().await, "it is not published");
    refused("its header", file.begin(&mut calls).await, "which was withdrawn");
    no_lists("nothing is begun", &world).await;
}

#[tokio::test]
async fn after_the_close_later_questions_do_not_find_it() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let (question, _) = world.publish_raw(1, &view, &domains(0..5000)).await;
    for place in [0, 2] {
        world.publish(place, &charter, &domains(0..10)).await.unwrap();
    }
    world.close(&charter).await;
    let holders = |report: &mandorla::report::Report| report.overlaps[0].holders.len();
    let before = world.ask(0, &charter).await.unwrap();
    assert_eq!((values(&before).len(), holders(&before)), (10, 2));
    let (_, summary) = ask_raw(&mut world.calls(1).await, view.round.hash(), &question).await;
    summary.unwrap();
    let tags: &[u8] = &question[0][..4096];
    let stored = |world: &World| world.database().windows(64).any(|window| window == &tags[..64]);
    assert!(stored(&world), "the search finds what is there");

    assert_eq!(world.withdraw(1, &charter).await.unwrap(), 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 2);
    assert_eq!(world.number("SELECT COUNT(*) FROM shards").await, 2);
    assert!(!stored(&world), "overwritten, in the write-ahead log too");
    assert!(matches!(world.ask(1, &charter).await, Err(ClientError::NoList)), "it has nothing to ask about");
    let gone = Withdrawn { member: 1, number: 1, asked: true };
    assert_eq!(world.view(0, &charter).await.withdrawn, [gone], "all see that it was there, and has asked");
    let after = world.ask(2, &charter).await.unwrap();
    assert_eq!((values(&after).len(), holders(&after)), (10, 1));
    assert_eq!(holders(&world.ask(0, &charter).await.unwrap()), 1);
    let draft = world.publish(1, &charter, &domains(0..10)).await;
    refused("too late for another", draft.map(|_| ()), "the round is closed");

    // Nobody waits for it.
    let view = world.view(0, &charter).await;
    world.org(0).await.purge_round(&view).await.unwrap();
    assert_eq!(world.view(1, &charter).await.phase, Phase::Purged);
    assert_eq!(world.number("SELECT COUNT(*) FROM withdrawals").await, 0);
    refused("purged", world.withdraw(0, &charter).await, "the round is purged");
    let round = view.round.hash();
    refused("a modified client", world.calls(0).await.withdraw(round, None).await, "the round is purged");
}

/// Somebody reads the matcher's database beside it, as a backup does: the withdrawal is done all the same, and what was deleted
/// leaves the write-ahead log at the next tick.
#[tokio::test]
async fn what_a_reader_holds_back_goes_with_a_later_tick() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let (question, _) = world.publish_raw(1, &view, &domains(0..10)).await;
    world.close(&charter).await;
    let (_, summary) = ask_raw(&mut world.calls(1).await, view.round.hash(), &question).await;
    summary.unwrap();
    let stored = || world.database().windows(64).any(|window| window == &question[0][..64]);
    let [file, _] = world.database_files();
    let mut reader = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
    sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
    sqlx::query("SELECT COUNT(*) FROM lists").fetch_one(&mut reader).await.unwrap();

    assert_eq!(world.withdraw(1, &charter).await.unwrap(), 1);
    world.matcher.tick().await.unwrap();
    assert!(stored(), "the reader may still look at it");
    no_lists("it is gone for all others", &world).await;
    sqlx::query("COMMIT").execute(&mut reader).await.unwrap();
    world.matcher.tick().await.unwrap();
    assert!(!stored());
}

/// A round of which the clock takes care, with a list that was withdrawn.
#[tokio::test]
async fn a_round_without_a_list_closes_and_is_purged() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    world.withdraw(0, &charter).await.unwrap();
    world.clock.advance(24 * HOUR);
    assert_eq!(world.view(0, &charter).await.phase, Phase::Closed);
    assert_eq!(world.kept(0), ["1.withdrawn", "purge-at"]);
    world.clock.advance(72 * HOUR);
    assert_eq!(world.view(0, &charter).await.phase, Phase::Purged);
    assert!(world.kept(0).is_empty());
}

#[tokio::test]
async fn a_question_under_way_ends() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let (question, _) = world.publish_raw(0, &view, &domains(0..10_000)).await;
    world.publish(1, &charter, &domains(0..10_000)).await.unwrap();
    world.close(&charter).await;
    for withdrawing in [1, 0] {
        let mut calls = world.calls(0).await;
        let (sender, mut answers) = calls.ask(view.round.hash(), question[0].clone()).await.unwrap();
        let first = answers.next().await.unwrap().unwrap();
        assert!(matches!(first, Answer::Matches { shard: 0, .. }));
        world.withdraw(withdrawing, &charter).await.unwrap();
        sender.send(question[1].clone()).await;
        let ended = loop {
            match answers.next().await {
                Ok(Some(Answer::Matches { shard: 0, .. })) => {}
                Ok(other) => break Ok(other.is_some()),
                Err(status) => break Err(status),
            }
        };
        refused("under way", ended, "a list was withdrawn, or the round purged, while you asked: ask again");
    }
}

/// Who was told something has asked, whether it asked to the end or not.
#[tokio::test]
async fn who_breaks_off_and_withdraws_has_asked() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let round = view.round.hash();
    let (question, _) = world.publish_raw(0, &view, &domains(0..10_000)).await;
    world.publish_raw(1, &view, &domains(0..10_000)).await;
    world.close(&charter).await;

    let mut calls = world.calls(0).await;
    let (sender, mut answers) = calls.ask(round, question[0].clone()).await.unwrap();
    let first = answers.next().await.unwrap();
    assert!(matches!(first, Some(Answer::Matches { shard: 0, matches, .. }) if !matches.is_empty()));
    drop((sender, answers, calls));
    assert!(!world.view(2, &charter).await.list_of(0).unwrap().asked, "not to the end");
    let (answered, ended) = ask_raw(&mut world.calls(1).await, round, &question).await;
    refused("another's tags", ended, "are not the ones that were published");
    assert!(answered.is_empty());

    let [file, _] = world.database_files();
    let store = Store::open(&file).await.unwrap();
    let lists = store.lists(round, world.clock.now()).await.unwrap();
    for (member, asked) in [(0, true), (1, false)] {
        world.calls(member).await.withdraw(round, None).await.unwrap();
        let view = world.view(2, &charter).await;
        assert_eq!(view.withdrawn_of(member), Some(&Withdrawn { member, number: 1, asked }));
        let began = store.set_began(lists[member].id).await.unwrap();
        assert_eq!(began, Outcome::Overtaken, "of a list that is gone nothing is told");
    }
    store.close().await;
}

/// The counts that were made of it go too, and what they cost does not come back.
#[tokio::test]
async fn its_counts_go_and_the_budget_stays_spent() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.all_at(Level::Count)).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    for place in 0..3 {
        world.publish(place, &charter, &domains(0..10)).await.unwrap();
    }
    world.close(&charter).await;
    for place in 0..3 {
        assert_eq!(world.ask(place, &charter).await.unwrap().counts.len(), 2);
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM counts").await, 6);
    world.withdraw(1, &charter).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM counts").await, 2);
    assert_eq!(world.number("SELECT SUM(thousandths) FROM spent").await, 6000);
    let report = world.ask(0, &charter).await.unwrap();
    assert_eq!(report.counts.iter().map(|count| count.name.as_str()).collect::<Vec<_>>(), [THREE[2].0]);
}

#[tokio::test]
async fn counts_go_with_a_list_whose_time_is_over() {
    let world = World::new(&THREE).await;
    let mut terms = world.all_at(Level::Count);
    terms.list_expiry_hours = 30;
    let charter = world.agree(terms).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.publish(1, &charter, &domains(0..10)).await.unwrap();
    world.clock.advance(HOUR);
    for place in [0, 2] {
        world.publish(place, &charter, &domains(0..10)).await.unwrap();
    }
    world.clock.advance(23 * HOUR);
    for place in 0..3 {
        world.ask(place, &charter).await.unwrap();
    }
    for (hours, counts) in [(0, 6), (6, 2), (1, 0)] {
        world.clock.advance(hours * HOUR);
        world.matcher.tick().await.unwrap();
        assert_eq!(world.number("SELECT COUNT(*) FROM counts").await, counts, "after {hours} more hours");
    }
    assert_eq!(world.number("SELECT SUM(thousandths) FROM spent").await, 6000);
}

#[tokio::test]
async fn anonymous_answers_end_with_an_anonymous_list() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.all_at(Level::Anonymous)).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    for place in 0..3 {
        world.publish(place, &charter, &domains(0..10)).await.unwrap();
    }
    world.close(&charter).await;
    let before = world.ask(0, &charter).await.unwrap();
    assert!(before.overlaps.len() == 10 && before.withheld.is_empty());
    assert!(before.overlaps.iter().all(|overlap| overlap.holders.is_empty() && overlap.anonymous_holders == 2));
    world.withdraw(1, &charter).await.unwrap();
    for reader in [0, 2] {
        let after = world.ask(reader, &charter).await.unwrap();
        assert!(after.overlaps.is_empty());
        assert_eq!(after.withheld.iter().map(|withheld| withheld.reason).collect::<Vec<_>>(), [Reason::Withdrawn]);
    }
}

/// Nobody takes it back, and the difference would name its owner all the same: before the matcher has deleted it and after.
#[tokio::test]
async fn a_list_whose_time_is_over_is_like_one_that_was_withdrawn() {
    let world = World::new(&THREE).await;
    let mut terms = world.all_at(Level::Anonymous);
    terms.list_expiry_hours = 30;
    let charter = world.agree(terms).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let (_, file) = world.publish_raw(1, &view, &domains(0..10)).await;
    world.clock.advance(HOUR);
    for place in [0, 2] {
        world.publish(place, &charter, &domains(0..10)).await.unwrap();
    }
    world.clock.advance(23 * HOUR);
    assert_eq!(world.ask(0, &charter).await.unwrap().overlaps[0].anonymous_holders, 2);
    world.clock.advance(6 * HOUR);
    for _ in 0..2 {
        let after = world.ask(0, &charter).await.unwrap();
        assert!(after.overlaps.is_empty());
        assert_eq!(after.withheld.iter().map(|withheld| withheld.reason).collect::<Vec<_>>(), [Reason::Withdrawn]);
        world.matcher.tick().await.unwrap();
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 2);
    refused("its file", file.begin(&mut world.calls(1).await).await, "the round is closed");
}

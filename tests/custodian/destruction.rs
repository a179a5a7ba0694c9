//! Keys that are destroyed: by the convener, by the clock, in the middle of evaluations.

use std::path::PathBuf;
use std::time::Duration;

use mandorla::clock::Clock;
use mandorla::custodian::Custodian;
use mandorla::home::Home;
use mandorla::store::custodian::Standings;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};
use tokio::time::timeout;

use super::{CONVENER, COURIER, HARBOUR, OUTSIDER, Opened, Vaults, batch};
use crate::common::{HOUR, NOON};

const GONE: &str = "the round's key was destroyed";

#[tokio::test]
async fn a_convener_destroys_a_key_and_gets_the_same_statement_again() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (hash, key) = (vaults.charter.hash(), &opened.keys[0].key);
    let (blinding, own) = batch(3);
    vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
    let only = "only the convener, Northwind Social, can have a round's key destroyed";
    for org in [HARBOUR, COURIER] {
        let mut calls = vaults.calls(org).await;
        vaults.refused("not a convener", calls.destroy(hash, key), only).await;
    }
    let mut calls = vaults.calls(CONVENER).await;
    let no_key = "this custodian has no such key of an exchange that names you";
    vaults.refused("another's key", calls.destroy(hash, &opened.keys[1].key), no_key).await;
    let elsewhere = mandorla::charter::CharterHash::new([7; 32]);
    vaults.refused("another charter", calls.destroy(elsewhere, key), no_key).await;
    vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;

    vaults.world.clock.advance(HOUR);
    let destruction = calls.destroy(hash, key).await.unwrap();
    assert_eq!((destruction.key, destruction.destroyed), (*key, NOON + HOUR));
    opened.round.destroyed(&vaults.charter, 0, &destruction).unwrap();
    vaults.world.clock.advance(HOUR);
    assert_eq!(calls.destroy(hash, key).await.unwrap(), destruction);
    for org in [CONVENER, HARBOUR, COURIER] {
        assert_eq!(vaults.calls(org).await.key(hash, key).await.unwrap().as_ref(), Some(&destruction));
    }
    vaults.refused("an outsider", vaults.calls(OUTSIDER).await.key(hash, key), no_key).await;
    let mut calls = vaults.calls(HARBOUR).await;
    vaults.refused("evaluate", calls.evaluate(opened.round.hash(), &batch(1).1), GONE).await;
    vaults.refused("answers are gone", calls.evaluate(opened.round.hash(), &own), GONE).await;
    vaults.refused("present", calls.present(&opened.order, None), GONE).await;
    assert_eq!(vaults.meter().await.into_values().collect::<Vec<_>>(), [3], "the meter stays");
}

#[tokio::test]
async fn every_call_destroys_first_what_is_overdue() {
    let vaults = Vaults::new().await;
    let (shown, unshown) = (vaults.open(1).await, vaults.unshown(2).await);
    let hash = vaults.charter.hash();
    vaults.world.clock.advance(24 * HOUR);
    let closed = vaults.world.clock.now();
    let statement = vaults.calls(HARBOUR).await.key(hash, &shown.keys[0].key).await.unwrap().unwrap();
    assert_eq!(statement.destroyed, closed);
    vaults.world.clock.advance(HOUR);
    // The other is found by the clock, with nobody calling.
    vaults.world.custodians[0].tick().await.unwrap();
    let statement = vaults.calls(HARBOUR).await.key(hash, &unshown.keys[0].key).await.unwrap().unwrap();
    assert_eq!(statement.destroyed, closed + HOUR);
    vaults.refused("present", vaults.calls(HARBOUR).await.present(&unshown.order, None), GONE).await;
}

#[tokio::test]
async fn a_clock_that_goes_back_brings_no_key_back() {
    let mut vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    vaults.world.clock.advance(25 * HOUR);
    vaults.world.custodians[0].tick().await.unwrap();
    let home = Home::open(&vaults.world.custodian_home(0)).unwrap();
    vaults.world.custodians[0] = Custodian::open(home, &[], Clock::set(NOON)).await.unwrap().into();
    let mut calls = vaults.calls(HARBOUR).await;
    vaults.refused("evaluate", calls.evaluate(opened.round.hash(), &batch(1).1), GONE).await;
    vaults.refused("present", calls.present(&opened.order, None), GONE).await;
    let statement = calls.key(vaults.charter.hash(), &opened.keys[0].key).await.unwrap().unwrap();
    assert_eq!(statement.destroyed, NOON + 25 * HOUR);
}

/// While batches are in flight: what is charged is answered or refused as a whole, and nothing comes after the statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_goes_during_evaluations_leaves_none_half_done() {
    let vaults = Vaults::new().await;
    // Until the destruction has come between two of them.
    for number in 1..=20 {
        let opened = vaults.open(number).await;
        let before: u64 = vaults.meter().await.into_values().sum();
        let (sent, answered) = destroyed_meanwhile(&vaults, &opened).await;
        assert_eq!(vaults.meter().await.into_values().sum::<u64>() - before, answered);
        if 0 < answered && answered < sent {
            return;
        }
    }
    panic!("no destruction came between two batches");
}

/// Has a key destroyed while batches are in flight; how many elements were sent, and how many evaluated.
async fn destroyed_meanwhile(vaults: &Vaults, opened: &Opened) -> (u64, u64) {
    let round = opened.round.hash();
    let mut tasks = Vec::new();
    for _ in 0..30 {
        let (mut calls, own) = (vaults.calls(HARBOUR).await, batch(4).1);
        tasks.push(tokio::spawn(async move { calls.evaluate(round, &own).await }));
    }
    let (sent, mut calls) = (4 * tasks.len() as u64, vaults.calls(CONVENER).await);
    // What evaluates may keep the log from being emptied at the first attempt.
    while let Err(status) = calls.destroy(vaults.charter.hash(), &opened.keys[0].key).await {
        assert!(status.message().contains(UNWIPED), "{status}");
        vaults.world.custodians[0].tick().await.unwrap();
    }
    let mut answered = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(evaluated) => answered += evaluated.elements.len() as u64 / 32,
            Err(status) => assert!(status.message().contains(GONE), "{status}"),
        }
    }
    (sent, answered)
}

/// Somebody who reads a custodian's database beside it, as a backup does, from here to [`Reader::end`].
struct Reader {
    connection: SqliteConnection,
    path: PathBuf,
    secret: Vec<u8>,
}

impl Reader {
    async fn begin(vaults: &Vaults) -> Self {
        let path = vaults.world.custodian_home(0).join("custodian.db");
        let options = SqliteConnectOptions::new().filename(&path);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("BEGIN").execute(&mut connection).await.unwrap();
        let row = sqlx::query("SELECT secret FROM secrets ORDER BY key DESC").fetch_one(&mut connection).await.unwrap();
        let reader = Self { connection, path, secret: row.get(0) };
        assert!(reader.finds_the_key());
        reader
    }

    fn finds_the_key(&self) -> bool {
        let files = [self.path.clone(), self.path.with_extension("db-wal")];
        let mut files = files.into_iter().map(|file| std::fs::read(file).unwrap_or_default());
        files.any(|file| file.windows(32).any(|bytes| bytes == self.secret))
    }

    async fn end(&mut self) {
        sqlx::query("COMMIT").execute(&mut self.connection).await.unwrap();
    }
}

const UNWIPED: &str = "the key is overwritten and no longer used, but SQLite's log still has it";

/// The key's page cannot leave the write-ahead log while somebody reads.
#[tokio::test]
async fn a_statement_waits_until_nothing_of_the_key_is_left() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (hash, key) = (vaults.charter.hash(), &opened.keys[0].key);
    let mut reader = Reader::begin(&vaults).await;
    let mut calls = vaults.calls(CONVENER).await;
    vaults.refused("destroy", calls.destroy(hash, key), UNWIPED).await;
    let destroyed = vaults.world.clock.now();
    vaults.world.clock.advance(HOUR);
    vaults.refused("look", vaults.calls(HARBOUR).await.key(hash, key), UNWIPED).await;
    vaults.refused("evaluate", calls.evaluate(opened.round.hash(), &batch(1).1), GONE).await;
    assert!(reader.finds_the_key());

    reader.end().await;
    vaults.world.custodians[0].tick().await.unwrap();
    let statement = vaults.calls(HARBOUR).await.key(hash, key).await.unwrap().unwrap();
    assert!(!reader.finds_the_key());
    assert_eq!(statement.destroyed, destroyed);
    assert_eq!(calls.destroy(hash, key).await.unwrap(), statement);
}

/// A caller that goes away while its key is being wiped leaves that to others, and nobody takes it for done.
#[tokio::test]
async fn a_destruction_whose_caller_has_gone_is_not_stated_before_it_is_done() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (hash, key) = (vaults.charter.hash(), &opened.keys[0].key);
    let mut reader = Reader::begin(&vaults).await;
    let mut calls = vaults.calls(CONVENER).await;
    let own = *key;
    let closing = tokio::spawn(async move { calls.destroy(hash, &own).await });
    // The key is overwritten, and the attempts to clean go on.
    let destroyed = async || {
        let standings = Standings::read(&reader.path).await.unwrap();
        standings.keys.iter().any(|standing| standing.key.destruction.is_some())
    };
    let overwritten = async {
        while !destroyed().await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(60), overwritten).await.expect("it is overwritten");
    closing.abort();
    assert!(closing.await.unwrap_err().is_cancelled());
    vaults.refused("look", vaults.calls(HARBOUR).await.key(hash, key), UNWIPED).await;
    assert!(reader.finds_the_key());
    reader.end().await;
    // The attempt that was left alone comes to its end first.
    let mut ticks = 0;
    while reader.finds_the_key() {
        assert!(ticks < 600, "it is cleaned when nobody reads any more");
        tokio::time::sleep(Duration::from_millis(50)).await;
        vaults.world.custodians[0].tick().await.unwrap();
        ticks += 1;
    }
    vaults.calls(HARBOUR).await.key(hash, key).await.unwrap().unwrap();
}

/// However many ask for a statement that cannot be given, the writes of others wait for one attempt to clean.
#[tokio::test]
async fn whoever_asks_for_a_statement_that_waits_holds_up_nobody() {
    let vaults = Vaults::new().await;
    let (first, second) = (vaults.open(1).await, vaults.open(2).await);
    let (hash, key) = (vaults.charter.hash(), &first.keys[0].key);
    let mut reader = Reader::begin(&vaults).await;
    vaults.refused("destroy", vaults.calls(CONVENER).await.destroy(hash, key), UNWIPED).await;
    let looks = async {
        for _ in 0..200 {
            vaults.refused("look", vaults.calls(HARBOUR).await.key(hash, key), UNWIPED).await;
        }
    };
    timeout(Duration::from_secs(100), looks).await.expect("none of them tries again, a second each");
    let (blinding, own) = batch(3);
    vaults.evaluate(HARBOUR, &second, &blinding, &own).await;
    reader.end().await;
}

/// Once nothing was left of a key its statement stands, whatever is in the log later.
#[tokio::test]
async fn a_statement_that_was_given_is_given_again() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (hash, key) = (vaults.charter.hash(), &opened.keys[0].key);
    let statement = vaults.calls(CONVENER).await.destroy(hash, key).await.unwrap();
    let second = vaults.open(2).await;
    let mut reader = Reader::begin(&vaults).await;
    let (blinding, own) = batch(1);
    vaults.evaluate(HARBOUR, &second, &blinding, &own).await;
    assert_eq!(vaults.calls(HARBOUR).await.key(hash, key).await.unwrap(), Some(statement));
    reader.end().await;
}

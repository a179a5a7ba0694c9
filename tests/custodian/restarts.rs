//! What a custodian knows after it was killed, and what is left on its disk of keys that are gone.

use std::path::PathBuf;

use mandorla::custody::custodian::{self as custody, BatchId};
use mandorla::oprf::{Evaluated, PrivateKey, Proof};
use mandorla::round::Destruction;
use mandorla::store::custodian::{Asked, KeyStore, Spending};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};

use super::{BUDGET, CONVENER, HARBOUR, OUTSIDER, Vaults, batch};
use crate::common::{HOUR, home};

fn files(vaults: &Vaults) -> [PathBuf; 2] {
    ["custodian.db", "custodian.db-wal"].map(|file| vaults.world.custodian_home(0).join(file))
}

/// Where these bytes lie in the custodian's database, the write-ahead log too.
fn found(vaults: &Vaults, bytes: &[u8]) -> usize {
    let count = |file: &PathBuf| {
        std::fs::read(file).unwrap_or_default().windows(bytes.len()).filter(|window| *window == bytes).count()
    };
    files(vaults).iter().map(count).sum()
}

/// The secrets that the custodian holds, in the order in which it made them.
async fn secrets(vaults: &Vaults) -> Vec<Vec<u8>> {
    let options = SqliteConnectOptions::new().filename(&files(vaults)[0]).read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let rows = sqlx::query("SELECT secret FROM secrets ORDER BY key").fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get("secret")).collect()
}

#[tokio::test]
async fn a_batch_that_was_charged_for_and_not_answered_is_answered_after_the_restart() {
    let mut vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (blinding, own) = batch(7);
    let store = KeyStore::open(&files(&vaults)[0]).await.unwrap();
    let key = store.key_of_round(opened.round.hash()).await.unwrap().unwrap();
    let asked = Asked { key: key.id, member: HARBOUR, id: own.id, digest: custody::digest(&own.elements) };
    let now = vaults.world.clock.now();
    let spent = store.spend(&asked, 7, BUDGET, now).await.unwrap();
    assert!(matches!(spent, Spending::Charged { spent: 7, .. }));
    // Killed here.
    store.database().close().await;
    vaults.world.restart_custodian(0, &[]).await;
    let first = vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
    assert_eq!(vaults.meter().await.into_values().collect::<Vec<_>>(), [7]);
    vaults.world.restart_custodian(0, &[]).await;
    let again = vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
    assert_eq!((again.elements, again.proof.as_bytes()), (first.elements, first.proof.as_bytes()));
    assert_eq!(vaults.meter().await.into_values().collect::<Vec<_>>(), [7]);
}

#[tokio::test]
async fn what_was_agreed_survives_a_restart() {
    let mut vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let waiting = vaults.request(2);
    let key = vaults.key(&waiting).await.unwrap();
    let newcomer = home(&vaults.world.dir, "Newcomer", mandorla::identity::Role::Courier);
    vaults.world.restart_custodian(0, &[newcomer.card().clone()]).await;
    assert_eq!(vaults.world.custodians[0].admitted(), vaults.world.orgs.len() + 1);
    assert_eq!(vaults.key(&waiting).await.unwrap(), key);
    let (blinding, own) = batch(1);
    vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
    let outsider = vaults.calls(OUTSIDER).await.key(vaults.charter.hash(), &key.key).await;
    assert!(outsider.is_err());
    vaults.refused("taken", vaults.key(&vaults.request(1)), "an order for round 1 was shown with another key").await;
}

#[tokio::test]
async fn of_a_key_that_is_gone_no_byte_is_left() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let other = vaults.key(&vaults.request(2)).await.unwrap();
    let (blinding, own) = batch(40);
    let answer = vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
    let held = secrets(&vaults).await;
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|secret| found(&vaults, secret) > 0), "the test finds what is there");
    assert!(found(&vaults, &answer.elements[..32]) > 0);

    vaults.calls(CONVENER).await.destroy(vaults.charter.hash(), &opened.keys[0].key).await.unwrap();
    assert_eq!(found(&vaults, &held[0]), 0);
    let elements = answer.elements.chunks(32).filter(|element| found(&vaults, element) > 0).count();
    assert_eq!(elements, 0, "answers go with the key");
    assert!(found(&vaults, &held[1]) > 0, "another key is held");
    assert_eq!(vaults.calls(HARBOUR).await.key(vaults.charter.hash(), &other.key).await.unwrap(), None);
}

#[tokio::test]
async fn a_restart_after_the_close_destroys_before_it_serves() {
    let mut vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let waiting = vaults.key(&vaults.request(2)).await.unwrap();
    let held = secrets(&vaults).await;
    vaults.world.clock.advance(30 * HOUR);
    // Nobody calls.
    vaults.world.restart_custodian(0, &[]).await;
    for secret in &held {
        assert_eq!(found(&vaults, secret), 0);
    }
    let mut calls = vaults.calls(HARBOUR).await;
    for key in [&opened.keys[0].key, &waiting.key] {
        let gone = calls.key(vaults.charter.hash(), key).await.unwrap().unwrap();
        assert_eq!(gone.destroyed, vaults.world.clock.now());
    }
}

/// Hundreds of keys, with batches around them, gone in an order of their own: whatever the database did with its pages meanwhile,
/// nothing is left.
#[tokio::test]
async fn of_many_keys_none_leaves_a_trace() {
    let vaults = Vaults::new().await;
    let store = KeyStore::open(&files(&vaults)[0]).await.unwrap();
    let now = vaults.world.clock.now();
    let mut keys = Vec::new();
    for number in 1..=200 {
        let (request, fresh) = (vaults.request(number), PrivateKey::random());
        store.make(&vaults.proposal, &request, now + HOUR, &fresh, u32::MAX).await.unwrap();
        let key = store.made(&request).await.unwrap().unwrap();
        if number % 10 == 0 {
            let asked = Asked { key: key.id, member: HARBOUR, id: BatchId::random(), digest: [number as u8; 32] };
            store.spend(&asked, 1, BUDGET, now).await.unwrap();
            let elements = vec![number as u8; 5000];
            let proof = Proof::try_from([0; 64]).unwrap();
            store.keep_answer(&asked, Evaluated { elements, proof }).await.unwrap().unwrap();
        }
        keys.push((key, fresh.to_bytes()));
    }
    let (most, rest): (Vec<_>, Vec<_>) = keys.into_iter().enumerate().partition(|(index, _)| index % 40 != 7);
    let gone = most.iter().rev().step_by(2).chain(most.iter().step_by(2));
    for (_, (key, _)) in gone.chain(most.iter()) {
        let signing = vaults.world.orgs[CONVENER].home.signing_key();
        let statement = Destruction::sign(key.request.charter, key.request.number, key.public, now, signing);
        store.destroy(key.id, statement).await.unwrap();
    }
    assert!(store.database().truncate_log().await.unwrap());
    let left = most.iter().filter(|(_, (_, secret))| found(&vaults, secret.expose()) > 0).count();
    let held = rest.iter().filter(|(_, (_, secret))| found(&vaults, secret.expose()) == 1).count();
    assert_eq!((most.len(), left, rest.len(), held), (195, 0, 5, 5));
}

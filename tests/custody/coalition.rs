//! A matcher and a member that share everything, with a full /16 of guesses: in shared custody they read a list, in custody by
//! custodians no more of it than the meter allowed, and nothing after the close.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use mandorla::charter::Agreed;
use mandorla::custody::custodian::{self, BatchId, MAX_BATCH};
use mandorla::custody::shared::Salt;
use mandorla::indicator::{Indicator, Kind};
use mandorla::list::filter::FilterSeeds;
use mandorla::list::shard::{Class, Shard};
use mandorla::round::SeedSource;
use mandorla::secret::Secret;
use mandorla::tag::{Seed, Tag};
use mandorla::wire::custodian::Batch;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};

use super::common::{THREE, World};

const VICTIM: usize = 1;
const TRAITOR: usize = 2;

/// Address number `n` of the network that is guessed.
fn address(n: u32) -> Indicator {
    let address = Ipv4Addr::from(0xCB00_0000 | n).to_string();
    Indicator::from_canonical(Kind::Ipv4, &address).unwrap()
}

/// The victim's list: addresses spread over the network.
fn planted() -> BTreeSet<u32> {
    (0..300).map(|n| n * 211 % 65_536).collect()
}

/// The victim's filters, as the matcher has them in its database.
struct Filters {
    class: Class,
    shards: Vec<Shard>,
}

impl Filters {
    async fn stolen(world: &World, charter: &Agreed) -> Self {
        let seeds = FilterSeeds::derive(&world.view(TRAITOR, charter).await.round.hash());
        let [file, _] = world.database_files();
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let mut database = SqliteConnection::connect_with(&options).await.unwrap();
        let sql = "SELECT filters FROM shards JOIN lists ON lists.id = list WHERE place = ? ORDER BY shard";
        let rows = sqlx::query(sql).bind(VICTIM as i64).fetch_all(&mut database).await.unwrap();
        let shards: Vec<Shard> =
            rows.iter().map(|row| Shard::from_bytes(&seeds, row.get("filters")).unwrap()).collect();
        database.close().await.unwrap();
        Self { class: Class::new(shards.len() as u32).unwrap(), shards }
    }

    fn hold(&self, tag: Tag) -> bool {
        self.shards[self.class.shard_of(tag) as usize].contains(tag)
    }
}

/// A world in which the victim has published, and what the matcher has of it.
async fn published(custodians: usize, max_indicators: u64) -> (World, Agreed, Filters) {
    let world = World::new(&THREE).await.with_custodians(custodians).await;
    let mut terms = world.terms();
    terms.max_indicators = max_indicators;
    let charter = world.agree(terms).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let list: Vec<Indicator> = planted().into_iter().map(address).collect();
    world.publish(VICTIM, &charter, &list).await.unwrap();
    let filters = Filters::stolen(&world, &charter).await;
    (world, charter, filters)
}

#[tokio::test]
async fn in_shared_custody_they_read_the_list() {
    let (world, charter, filters) = published(0, 5000).await;
    let view = world.view(TRAITOR, &charter).await;
    let (round, order) = (view.round.hash(), view.round.order());
    let SeedSource::Salt(commitment) = &order.source else { panic!("a salt") };
    let sealed = view.round.sealed_salt(TRAITOR).unwrap();
    let key = world.orgs[TRAITOR].home.opening_key();
    let key = Salt::open(sealed, &round, &order.nonce, commitment, key).unwrap().seed_key(&round);
    let mut scratch = Vec::new();
    let read: BTreeSet<u32> =
        (0..65_536).filter(|n| filters.hold(key.seed(&address(*n), &mut scratch).tag())).collect();
    assert_eq!(read, planted(), "all of it");
}

/// Has the custodians evaluate what the traitor's meter allows of these guesses; gives those that were evaluated, with their seeds.
async fn guessed(world: &World, charter: &Agreed, guesses: impl Iterator<Item = u32>) -> Vec<(u32, Seed)> {
    let view = world.view(TRAITOR, charter).await;
    let home = &world.orgs[TRAITOR].home;
    let mut all = Vec::new();
    for custodian in 0..world.custodians.len() {
        let mut calls = world.custodian_calls(custodian, home).await;
        // After the destruction it is refused; what follows is tried all the same.
        let _ = calls.present(view.round.signed(), None).await;
        all.push(calls);
    }
    let guesses: Vec<u32> = guesses.collect();
    let mut found = Vec::new();
    // Down to single guesses, so that the last unit of the meter is used.
    let mut next = 0;
    let mut size = MAX_BATCH;
    while next < guesses.len() && size > 0 {
        let batch = &guesses[next..guesses.len().min(next + size)];
        let canons: Vec<Vec<u8>> = batch.iter().map(|n| address(*n).canon()).collect();
        let blinding = custodian::blind(&Secret::random(), canons.iter().map(Vec::as_slice)).unwrap();
        let asked = Batch { id: BatchId::random(), elements: blinding.elements().to_vec().into(), carried: None };
        let mut outputs = Vec::new();
        for (calls, key) in all.iter_mut().zip(view.round.order().keys()) {
            let Ok(answer) = calls.evaluate(view.round.hash(), &asked).await else { break };
            outputs.push(blinding.finalize(&key.key, &answer.elements, &answer.proof).unwrap());
        }
        if outputs.len() < all.len() {
            size /= 2;
            continue;
        }
        found.extend(batch.iter().copied().zip(custodian::seeds(&view.round.hash(), &outputs)));
        next += batch.len();
    }
    found
}

#[tokio::test]
async fn with_custodians_they_read_what_the_meter_allows() {
    let (world, charter, filters) = published(2, 5000).await;
    let budget = 5000 + 32;
    let tested = guessed(&world, &charter, 0..65_536).await;
    assert_eq!(tested.len(), budget, "the whole meter is used");
    let read: BTreeSet<u32> = tested.iter().filter(|(_, seed)| filters.hold(seed.tag())).map(|(n, _)| *n).collect();
    let among: BTreeSet<u32> = planted().into_iter().filter(|n| *n < budget as u32).collect();
    assert_eq!(read, among, "what was guessed within the meter, and no more");
    assert!(read.len() < planted().len() / 5, "most of the list stays hidden: {}", read.len());
    for custodian in 0..2 {
        let spent = world.spent(custodian).await;
        assert_eq!((spent[VICTIM], spent[TRAITOR]), (300 + 32, budget as u64), "and it shows on the meters");
    }
}

/// They keep the filters, and most of the meter is left, but the keys are gone.
#[tokio::test]
async fn with_custodians_they_read_nothing_after_the_close() {
    let (world, charter, filters) = published(2, 5000).await;
    let before = guessed(&world, &charter, 0..1000).await;
    assert_eq!(before.len(), 1000);
    let read = before.iter().filter(|(_, seed)| filters.hold(seed.tag())).count();
    assert_eq!(read, planted().into_iter().filter(|n| *n < 1000).count());
    world.close(&charter).await;
    let hash = world.view(TRAITOR, &charter).await.round.hash();
    let blinding = custodian::blind(&Secret::random(), [address(1000).canon().as_slice()].into_iter()).unwrap();
    for custodian in 0..2 {
        let spent = world.spent(custodian).await[TRAITOR];
        assert_eq!(spent, 1000, "4032 are left");
        let guess = Batch { id: BatchId::random(), elements: blinding.elements().to_vec().into(), carried: None };
        let mut calls = world.custodian_calls(custodian, &world.orgs[TRAITOR].home).await;
        let refused = calls.evaluate(hash, &guess).await.err().unwrap();
        assert!(refused.message().contains("the round's key was destroyed"), "{refused}");
    }
    assert!(guessed(&world, &charter, 1000..65_536).await.is_empty());
}

/// The seeds of one custodian alone lead nowhere.
#[tokio::test]
async fn without_one_of_the_custodians_there_is_nothing() {
    let (world, charter, filters) = published(2, 5000).await;
    let view = world.view(TRAITOR, &charter).await;
    let mut calls = world.custodian_calls(0, &world.orgs[TRAITOR].home).await;
    calls.present(view.round.signed(), None).await.unwrap();
    let guesses: Vec<u32> = planted().into_iter().collect();
    let canons: Vec<Vec<u8>> = guesses.iter().map(|n| address(*n).canon()).collect();
    let blinding = custodian::blind(&Secret::random(), canons.iter().map(Vec::as_slice)).unwrap();
    let asked = Batch { id: BatchId::random(), elements: blinding.elements().to_vec().into(), carried: None };
    let answer = calls.evaluate(view.round.hash(), &asked).await.unwrap();
    let key = &view.round.order().keys()[0].key;
    let alone = blinding.finalize(key, &answer.elements, &answer.proof).unwrap();
    let twice = blinding.finalize(key, &answer.elements, &answer.proof).unwrap();
    for outputs in [vec![alone], vec![twice, blinding.finalize(key, &answer.elements, &answer.proof).unwrap()]] {
        let seeds = custodian::seeds(&view.round.hash(), &outputs);
        assert!(!seeds.iter().any(|seed| filters.hold(seed.tag())));
    }
}

//! Lists that are none.

use mandorla::client::{ClientError, RoundView};
use mandorla::list::header::{Header, SignedHeader, shard_hash, shards_root};
use mandorla::list::shard::Class;
use mandorla::list::{Draft, SealedList};
use mandorla::round::{Phase, RoundHash};

use crate::common::{Container, HOUR, NOON, THREE, World, domains, dummies, values};
use crate::{no_lists, refused};

type Shards = Vec<Vec<u8>>;

fn seal(world: &World, place: usize, view: &RoundView, draft: &Draft, number: u32) -> SealedList {
    let key = world.orgs[place].home.signing_key();
    draft.seal(&view.round, number, world.clock.now(), key, &dummies(), || ())
}

fn container(world: &World, view: &RoundView, list: &SealedList) -> Container {
    Container::seal(view.round.hash(), list, world.matcher.card().core().sealing())
}

/// A list of two shards, which is all that the charter allows with the canaries of three members, in an open round.
async fn two_shards(world: &World) -> (mandorla::charter::Agreed, RoundView, Draft) {
    let mut terms = world.terms();
    terms.max_indicators = 7168 - 2 * 16;
    let charter = world.agree(terms).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let draft = world.draft(0, &view, &domains(0..4000)).unwrap();
    assert_eq!(draft.class().shards(), 2);
    (charter, view, draft)
}

/// How a list is spoilt: its shards first, over which the root is taken anew, and then its header, which is signed anew.
struct Case(&'static str, fn(&mut Shards), fn(&mut Header), &'static str);

const SPOILT: [Case; 21] = [
    Case("short shard", |s| s[1].truncate(22_159), |_| (), "shard 1: a filter has 11079 bytes instead of 11080"),
    Case("long shard", |s| s[1].push(0), |_| (), "shard 1: a filter has 11081 bytes instead of 11080"),
    Case("empty shard", |s| s[0].clear(), |_| (), "shard 0: a filter has 0 bytes"),
    Case("too full", |s| s[0][..200].fill(0xFF), |_| (), "shard 0: a filter is fuller than 4,096 entries"),
    Case("second filter too full", |s| s[1][11_080..11_280].fill(0xFF), |_| (), "shard 1: a filter is fuller"),
    Case("all ones", |s| s[0].fill(0xFF), |_| (), "88640 ones, expected 44320 ± 495"),
    Case("too empty", |s| s[1][..200].fill(0), |_| (), "shard 1: a filter is emptier than 4,096 entries"),
    Case("all zeros", |s| s[0].fill(0), |_| (), "shard 0: a filter is emptier"),
    Case("another root", |_| (), |h| h.shards_root[0] ^= 1, "their root differs"),
    Case("k", |_| (), |h| h.positions = 14, "k = 14 instead of 15"),
    Case("enormous k", |_| (), |h| h.positions = 200_000_000, "k = 200000000 instead of 15"),
    Case("bits", |_| (), |h| h.bits = 88_648, "88648 bits instead of 88640"),
    Case("chosen seed", |_| (), |h| h.seeds[1] = [7; 32], "seeds are not the ones that the round gives"),
    Case("equal seeds", |_| (), |h| h.seeds[1] = h.seeds[0], "seeds are not the ones that the round gives"),
    Case("class", |_| (), |h| h.class = Class::new(3).unwrap(), "the list has 3 shards, the charter allows 2"),
    Case("smaller class", |_| (), |h| h.class = Class::new(1).unwrap(), "chunk 1 cannot be opened"),
    Case("profile", |_| (), |h| h.profile = 2, "canonical forms are profile 2, the charter's are 1"),
    Case("note cells", |_| (), |h| h.cells = 1, "note cells"),
    Case("expires", |_| (), |h| h.expires += 1, "the list stands longer than the round"),
    Case("expired", |_| (), |h| h.expires = NOON, "the list expired before it came: check the clock of the home"),
    Case("round", |_| (), |h| h.round = RoundHash::new([9; 32]), "sealed for another round"),
];

#[tokio::test]
async fn a_spoilt_list_is_refused_and_leaves_nothing() {
    let world = World::new(&THREE).await;
    let (charter, view, draft) = two_shards(&world).await;
    let key = world.orgs[0].home.signing_key();
    let mut calls = world.calls(0).await;
    let honest = seal(&world, 0, &view, &draft, 1);
    for Case(case, spoil_shards, spoil_header, message) in SPOILT {
        let mut shards = honest.shards.clone();
        spoil_shards(&mut shards);
        let mut header = honest.header.header().clone();
        header.shards_root = shards_root((0..).zip(&shards).map(|(shard, bytes)| shard_hash(shard, bytes)));
        spoil_header(&mut header);
        let list = SealedList { header: header.sign(key), shards };
        refused(case, container(&world, &view, &list).upload(&mut calls).await, message);
        no_lists(case, &world).await;
        assert!(world.view(1, &charter).await.lists.is_empty(), "{case}");
    }
    container(&world, &view, &honest).upload(&mut calls).await.unwrap();
    assert_eq!(world.view(1, &charter).await.list_of(0).unwrap().number, 1, "the honest list is taken");
}

#[tokio::test]
async fn only_a_members_own_list_is_taken() {
    let world = World::new(&THREE).await;
    let (charter, view, draft) = two_shards(&world).await;
    let others = [1, 2].map(|place| world.orgs[place].home.signing_key());
    let honest = seal(&world, 0, &view, &draft, 1);
    let with = |header: SignedHeader| SealedList { header, shards: honest.shards.clone() };
    let named = |member: [u8; 32]| Header { member, ..honest.header.header().clone() };
    let mut changed = honest.header.encode();
    changed[4 + 32 + 32 + 4] ^= 2;

    let lists = [
        ("signed by another", with(honest.header.header().clone().sign(others[0])), "signature does not fit"),
        ("number changed afterwards", with(SignedHeader::decode(&changed).unwrap()), "signature does not fit"),
        (
            "another member's",
            with(named(*others[0].public().as_bytes()).sign(others[0])),
            "does not name your card as a carrier for",
        ),
        ("of nobody", with(named([9; 32]).sign(others[1])), "not from a member"),
    ];
    let mut calls = world.calls(0).await;
    for (case, list, message) in lists {
        refused(case, container(&world, &view, &list).upload(&mut calls).await, message);
        no_lists(case, &world).await;
    }
    assert_eq!(world.publish(0, &charter, &domains(0..5)).await.unwrap().number, 1);
}

#[tokio::test]
async fn a_container_opens_whole_and_in_order_or_not_at_all() {
    let world = World::new(&THREE).await;
    let (charter, view, draft) = two_shards(&world).await;
    let honest = seal(&world, 0, &view, &draft, 1);
    let sealed = || container(&world, &view, &honest);
    let other_card = world.orgs[1].home.card().core().sealing();

    let mut swapped = sealed();
    swapped.chunks.swap(1, 2);
    let mut flipped = sealed();
    flipped.chunks[2][100] ^= 1;
    let mut cut = sealed();
    cut.chunks[1].truncate(20_000);
    let mut repeated = sealed();
    repeated.chunks[2] = repeated.chunks[1].clone();
    let mut header = sealed();
    header.chunks[0][9] ^= 1;
    let mut no_key = sealed();
    no_key.preamble.encapsulated = [0; 32];
    let mut no_round = sealed();
    no_round.preamble.round = RoundHash::new([9; 32]);
    let mut calls = world.calls(0).await;
    for (case, container, message) in [
        ("to another card", Container::seal(view.round.hash(), &honest, other_card), "chunk 0 cannot be opened"),
        ("shards swapped", swapped, "chunk 1 cannot be opened"),
        ("a bit flipped", flipped, "chunk 2 cannot be opened"),
        ("cut", cut, "chunk 1 cannot be opened"),
        ("a shard repeated", repeated, "chunk 2 cannot be opened"),
        ("header changed", header, "chunk 0 cannot be opened"),
        ("a key of all zeros", no_key, "not encrypted to this matcher's card"),
        ("for a round that is none", no_round, "no such exchange"),
    ] {
        refused(case, container.upload(&mut calls).await, message);
        no_lists(case, &world).await;
    }

    let honest = sealed();
    let round = view.round.hash();
    refused("shards of nothing", calls.upload(round, None).finish().await, "no list was begun");
    for (case, shards, message) in [
        ("the second first", vec![(1, vec![2])], "shard 0 is next, not 1"),
        ("more than there are", vec![(0, vec![1, 2, 2])], "shard 0 is next, not 2"),
        ("one again", vec![(0, vec![1]), (0, vec![1])], "shard 1 is next, not 0"),
        ("no more", vec![], "the upload ended after 1 of 2 shards"),
    ] {
        honest.begin(&mut calls).await.unwrap();
        let mut call = calls.upload(round, None);
        for (first, chunks) in shards {
            call.send(first, chunks.into_iter().map(|chunk: usize| honest.chunks[chunk].clone()).collect()).await;
        }
        refused(case, call.finish().await, message);
        assert!(world.view(1, &charter).await.lists.is_empty(), "{case}");
    }
    let receipt = honest.upload(&mut calls).await.unwrap();
    assert_eq!(honest.upload(&mut calls).await.unwrap(), receipt, "the same list gives the same receipt");
}

#[tokio::test]
async fn an_older_list_replaces_no_newer() {
    let world = World::new(&THREE).await;
    let (charter, view, draft) = two_shards(&world).await;
    let mut calls = world.calls(0).await;
    container(&world, &view, &seal(&world, 0, &view, &draft, 5)).upload(&mut calls).await.unwrap();
    for number in [4, 5] {
        let list = container(&world, &view, &seal(&world, 0, &view, &draft, number));
        let message = format!("list number {number} is not newer than number 5, which is published");
        refused("older", list.upload(&mut calls).await, &message);
        assert_eq!(world.view(1, &charter).await.list_of(0).unwrap().number, 5);
        assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 1);
    }
    // Another home of the same member has published: this one counts on from there.
    assert_eq!(world.publish(0, &charter, &domains(0..5)).await.unwrap().number, 6);
}

#[tokio::test]
async fn lists_come_in_only_while_the_round_is_open() {
    for by_clock in [false, true] {
        let world = World::new(&THREE).await;
        let (charter, view, draft) = two_shards(&world).await;
        world.publish(1, &charter, &domains(0..10)).await.unwrap();
        let late = container(&world, &view, &seal(&world, 0, &view, &draft, 1));
        let mut calls = world.calls(0).await;
        late.begin(&mut calls).await.unwrap();
        let mut under_way = calls.upload(view.round.hash(), None);
        under_way.send(0, vec![late.chunks[1].clone()]).await;
        world.until("SELECT COUNT(*) FROM shards", 2).await;
        if by_clock {
            world.clock.advance(24 * HOUR);
            assert_eq!(world.view(1, &charter).await.phase, Phase::Closed);
        } else {
            world.close(&charter).await;
        }
        under_way.send(1, vec![late.chunks[2].clone()]).await;
        refused("closed meanwhile", under_way.finish().await, "the round closed");
        refused("closed", late.upload(&mut calls).await, "the round is closed: lists come in only while it is open");
        let honest = world.publish(0, &charter, &domains(0..5)).await;
        assert!(matches!(honest, Err(ClientError::NotOpen(Phase::Closed))));
        let lists = world.view(1, &charter).await.lists;
        assert_eq!(lists.iter().map(|list| list.member).collect::<Vec<_>>(), [1]);
        assert_eq!(world.number("SELECT COUNT(*) FROM shards").await, 1, "the part of a list is gone");
        assert!(values(&world.ask(1, &charter).await.unwrap()).is_empty());
    }
}

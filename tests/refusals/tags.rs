//! Questions that are none: nobody asks about what it did not publish.

use mandorla::charter::Agreed;
use mandorla::client::{ClientError, RoundView};
use mandorla::list::SealedList;
use mandorla::list::header::{shard_hash, shards_root};
use mandorla::round::Phase;
use mandorla::tag::Tag;
use mandorla::wire::MatcherCalls;

use crate::common::{Container, HOUR, THREE, World, ask_raw, domains, dummies, tags, values, wire_tags};
use crate::refused;

/// A closed round: the first member has a list of two shards by a modified client, whose tags are given, and the second
/// shares ten indicators with it.
async fn closed(world: &World, tune: fn(&mut [u8])) -> (Agreed, RoundView, Vec<Vec<Tag>>) {
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let draft = world.draft(0, &view, &domains(0..4000)).unwrap();
    let key = world.orgs[0].home.signing_key();
    let mut list = draft.seal(&view.round, 1, world.clock.now(), key, &dummies(), || ());
    tune(&mut list.shards[1]);
    let mut header = list.header.header().clone();
    header.shards_root = shards_root((0..).zip(&list.shards).map(|(shard, bytes)| shard_hash(shard, bytes)));
    let list = SealedList { header: header.sign(key), shards: list.shards };
    let container = Container::seal(view.round.hash(), &list, world.matcher.card().core().sealing());
    container.upload(&mut world.calls(0).await).await.unwrap();
    world.publish(1, &charter, &domains(3990..4100)).await.unwrap();
    world.close(&charter).await;
    (charter, view, tags(&draft))
}

/// Asks, and asserts that it ended with this message after so many shards, and that nobody has asked.
async fn ends(
    case: &str,
    world: &World,
    charter: &Agreed,
    calls: &mut MatcherCalls,
    shards: &[Vec<u8>],
    after: usize,
    message: &str,
) {
    let round = world.view(0, charter).await.round.hash();
    let (answered, ended) = ask_raw(calls, round, shards).await;
    refused(case, ended, message);
    assert_eq!(answered.len(), after, "{case}: shards answered");
    assert!(world.view(1, charter).await.lists.iter().all(|list| !list.asked), "{case}");
}

/// What is done to the tags of one shard, given the other shard's.
type Spoil = fn(&mut Vec<Tag>, &[Tag]);

#[tokio::test]
async fn one_wrong_tag_ends_the_question_before_its_shard_is_answered() {
    let world = World::new(&THREE).await;
    let (charter, view, tags) = closed(&world, |_| ()).await;
    let cases: [(&str, Spoil, &str); 8] = [
        ("missing", |tags, _| tags.truncate(4095), "has 4095 tags instead of 4096"),
        ("one too many", |tags, _| tags.push(Tag::from(u64::MAX)), "has 4097 tags instead of 4096"),
        ("none", |tags, _| tags.clear(), "has 0 tags instead of 4096"),
        ("repeated", |tags, _| tags[1] = tags[0], "is repeated"),
        ("unsorted", |tags, _| tags.swap(0, 1), "are not sorted"),
        (
            "foreign",
            |tags, other| if other[0] < tags[0] { tags[0] = other[0] } else { tags[4095] = other[0] },
            "does not belong to shard",
        ),
        ("not published", |tags, _| tags[7] = Tag::from(tags[7].number() + 1), "are not the ones that were published"),
        ("all made up", |tags, _| tags.iter_mut().for_each(|tag| *tag = Tag::from(tag.number() ^ 1)), "published"),
    ];
    let mut calls = world.calls(0).await;
    for (case, spoil, message) in cases {
        for spoilt in 0..2 {
            let mut question = tags.clone();
            spoil(&mut question[spoilt], &tags[1 - spoilt]);
            let question: Vec<Vec<u8>> = question.iter().map(|tags| wire_tags(tags)).collect();
            ends(case, &world, &charter, &mut calls, &question, spoilt, message).await;
        }
    }
    let honest: Vec<Vec<u8>> = tags.iter().map(|tags| wire_tags(tags)).collect();
    let half = vec![honest[0][..honest[0].len() - 3].to_vec()];
    ends("half a tag", &world, &charter, &mut calls, &half, 0, "tags instead of 4096: the question ends here").await;
    let few = &honest[..1];
    ends("too few shards", &world, &charter, &mut calls, few, 1, "the question ended after 1 of 2 shards").await;
    let many = [&honest[..], &honest[..1]].concat();
    ends("too many shards", &world, &charter, &mut calls, &many, 2, "more shards came than were published").await;
    let wrong_way: Vec<Vec<u8>> = honest.iter().rev().cloned().collect();
    ends("shards swapped", &world, &charter, &mut calls, &wrong_way, 0, "does not belong to shard 0").await;

    let (answered, ended) = ask_raw(&mut calls, view.round.hash(), &honest).await;
    assert_eq!(ended.unwrap().lists_by_filters, 1, "one list is known by its filters");
    let matches: usize = answered.iter().map(|(_, matches)| matches.len()).sum();
    assert_eq!(matches, 10 + 16, "to the matcher canaries are indicators");
    assert!(world.view(1, &charter).await.list_of(0).unwrap().asked);
    assert_eq!(values(&world.ask(1, &charter).await.unwrap()).len(), 10);
}

#[tokio::test]
async fn a_filter_tuned_to_hold_more_than_its_tags_answers_nothing() {
    let world = World::new(&THREE).await;
    let tune = |shard: &mut [u8]| shard[..8].fill(0xFF);
    let (charter, _, tags) = closed(&world, tune).await;
    let question: Vec<Vec<u8>> = tags.iter().map(|tags| wire_tags(tags)).collect();
    let message = "the tags of shard 1 are not the ones that were published";
    ends("tuned", &world, &charter, &mut world.calls(0).await, &question, 1, message).await;
}

#[tokio::test]
async fn overlaps_have_their_time_and_their_price() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    for place in [0, 1] {
        world.publish(place, &charter, &domains(0..10)).await.unwrap();
    }
    let round = world.view(0, &charter).await.round.hash();
    let anything = [vec![0; 8 * 4096]];
    let mut calls = world.calls(0).await;
    let refuses = async |calls: &mut MatcherCalls, message: &str| {
        let (answered, ended) = ask_raw(calls, round, &anything).await;
        refused(message, ended, message);
        assert!(answered.is_empty());
        assert!(world.view(0, &charter).await.lists.iter().all(|list| !list.asked));
    };

    refuses(&mut calls, "the round is open: overlaps are answered after its close").await;
    refused("open", world.ask(0, &charter).await, "the round is open");
    world.close(&charter).await;
    refuses(&mut world.calls(2).await, "you have published no list in this round").await;
    assert!(matches!(world.ask(2, &charter).await, Err(ClientError::NoList)));
    world.clock.advance((24 + 72) * HOUR - 1);
    assert_eq!(world.ask(1, &charter).await.unwrap().overlaps.len(), 10, "the last second");
    world.clock.advance(1);
    let (answered, ended) = ask_raw(&mut calls, round, &anything).await;
    refused("too late", ended, "the round is purged: its lists and answers are gone");
    assert!(answered.is_empty());
    assert!(matches!(world.ask(0, &charter).await, Err(ClientError::NotAnswering(Phase::Purged))));
}

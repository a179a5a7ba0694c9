//! Levels of disclosure: whoever asks, however it asks, is told what its level gives and no byte more.

use std::sync::Arc;

use bytes::{Buf as _, BufMut as _};
use mandorla::charter::{Agreed, Disclosure, Level, Party, Rule, Thousandths};
use mandorla::client::RoundView;
use mandorla::home::Home;
use mandorla::identity::Role;
use mandorla::matcher::Matcher;
use mandorla::matching::disclose::{Count, Summary};
use mandorla::report::{Certain, Reason};
use mandorla::round::RoundHash;
use tokio_stream::StreamExt;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::common::{THREE, World, ask_raw, domains, values};

/// Beyond it the noise of ε = 1 is less than once in 10^19.
const FAR: i64 = 45;

/// Messages as the bytes that they are.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; from.remaining()];
        from.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}

/// A bytes field of protobuf.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7F {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

/// The messages of an answer, byte for byte.
async fn answer(channel: Channel, round: RoundHash, shards: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = shards.iter().map(|tags| field(2, tags)).collect();
    messages[0].splice(0..0, field(1, round.as_bytes()));
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/mandorla.v1.OverlapService/Ask");
    let asked = grpc.streaming(Request::new(tokio_stream::iter(messages)), path, Raw).await.unwrap();
    asked.into_inner().map(Result::unwrap).collect().await
}

/// A count's eight bytes, which are the noise's, in a summary; the rest of it is left.
fn without_count(summary: &[u8], member: u8) -> Vec<u8> {
    let head = [0x12, 0x0B, 0x08, member, 0x11];
    let at = summary.windows(head.len()).position(|window| window == head).unwrap() + head.len();
    [&summary[..at], &summary[at + 8..]].concat()
}

/// Two matchers that know the same, but for the lists that the reader may not see single indicators of: in the one they have
/// all that the reader has, in the other nothing of it. What they answer is the same, but for the number that is told.
#[tokio::test]
async fn what_the_reader_may_not_see_changes_no_byte_of_its_answer() {
    let names = ["Reader", "Hidden", "Counted", "Alone", "Named"].map(|name| (name, Role::Company));
    let mut world = World::new(&names).await;
    let mut terms = world.terms();
    let levels = (1..).zip([Level::None, Level::Count, Level::Anonymous]);
    let rules =
        levels.map(|(holder, level)| Rule { holder: Party::Member(holder), reader: Party::Member(0), level }).collect();
    terms.disclosure = Disclosure::new(Level::Named, rules, &terms.members);
    let charter = world.agree(terms).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let own = domains(0..5000);
    let (question, _) = world.publish_raw(0, &view, &own).await;
    world.publish_raw(4, &view, &domains(4990..5010)).await;

    let mut answers = Vec::new();
    let twin = world.twin().await;
    for (matcher, hidden) in [(world.matcher.clone(), own), (twin, domains(10_000..15_000))] {
        world.matcher = matcher;
        for place in 1..=3 {
            world.publish_raw(place, &view, &hidden).await;
        }
        world.close(&charter).await;
        let mut asked = Vec::new();
        for _ in 0..2 {
            let channel = world.connection(&world.orgs[0].home).await.channel();
            asked.push(answer(channel, view.round.hash(), &question).await);
        }
        assert_eq!(asked[0], asked[1], "asked again, the count too is the same");
        answers.push(asked.remove(0));
    }
    let [all, nothing] = answers.try_into().unwrap();
    assert_eq!(
        (all.len(), nothing.len()),
        (question.len() + 1, question.len() + 1),
        "a message a shard, and the summary"
    );
    assert_eq!(all[..question.len()], nothing[..question.len()]);
    let summaries = [all, nothing].map(|answer| answer.last().unwrap().clone());
    assert_ne!(summaries[0], summaries[1], "5,000 and none are told apart, noise or not");
    assert_eq!(without_count(&summaries[0], 2), without_count(&summaries[1], 2));
}

/// Readers to whom all are at `count` or `none` get answers of one size for every shard, whatever is held.
#[tokio::test]
async fn a_reader_of_numbers_gets_frames_of_one_size() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.all_at(Level::Count)).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let (question, _) = world.publish_raw(0, &view, &domains(0..10_000)).await;
    world.publish_raw(1, &view, &domains(0..3000)).await;
    world.close(&charter).await;
    let channel = world.connection(&world.orgs[0].home).await.channel();
    let answer = answer(channel, view.round.hash(), &question).await;
    // `matches`, in it `shard` unless it is zero, and `last`.
    assert_eq!(answer[0], [0x0A, 2, 0x18, 1]);
    for (shard, frame) in (1..).zip(&answer[1..question.len()]) {
        assert_eq!(*frame, [0x0A, 4, 0x08, shard, 0x18, 1]);
    }
}

/// A round of the first two, who have the same 500 indicators; gives the question of the first.
async fn next_round(world: &World, charter: &Agreed) -> (RoundView, Vec<Vec<u8>>) {
    let view = world.org(0).await.open_round(charter).await.unwrap();
    let (question, _) = world.publish_raw(0, &view, &domains(0..500)).await;
    world.publish(1, charter, &domains(0..500)).await.unwrap();
    world.close(charter).await;
    (view, question)
}

/// Asks as the first member, and gives the summary.
async fn asks(world: &World, (view, question): &(RoundView, Vec<Vec<u8>>)) -> Summary {
    let (answered, summary) = ask_raw(&mut world.calls(0).await, view.round.hash(), question).await;
    assert!(answered.iter().all(|(_, matches)| matches.is_empty()));
    summary.unwrap()
}

fn only_count(summary: &Summary) -> i64 {
    let [Count { member: 1, count }] = summary.counts[..] else { panic!("{summary:?}") };
    assert!((count - 500).abs() < FAR, "{count}");
    count
}

#[tokio::test]
async fn a_count_is_drawn_once_and_its_budget_ends() {
    let mut world = World::new(&THREE).await;
    let mut terms = world.all_at(Level::Count);
    (terms.epsilon, terms.epsilon_budget) = (Thousandths(1000), Thousandths(2999));
    let charter = world.agree(terms).await;

    let round = next_round(&world, &charter).await;
    let drawn = only_count(&asks(&world, &round).await);
    world.ask(1, &charter).await.unwrap();
    assert_eq!(only_count(&asks(&world, &round).await), drawn, "exact by now");
    let home = Home::open(&world.matcher_home()).unwrap();
    world.matcher = Arc::new(Matcher::open(home, &[], world.clock.clone()).await.unwrap());
    assert_eq!(only_count(&asks(&world, &round).await), drawn, "by a matcher that was started again");
    assert_eq!(world.number("SELECT thousandths FROM spent WHERE reader = 0").await, 1000, "paid for once");

    // The asker goes away before it reads its answer.
    let (view, question) = next_round(&world, &charter).await;
    let mut calls = world.calls(0).await;
    let (sender, answers) = calls.ask(view.round.hash(), question[0].clone()).await.unwrap();
    drop(sender);
    world.until("SELECT COUNT(*) FROM counts WHERE reader = 0", 2).await;
    drop(answers);
    assert_eq!(world.number("SELECT thousandths FROM spent WHERE reader = 0").await, 2000, "paid for all the same");
    let kept = only_count(&asks(&world, &(view, question)).await);
    assert_eq!(world.number("SELECT count FROM counts WHERE reader = 0 ORDER BY rowid DESC").await, kept);

    for _ in 0..2 {
        let round = next_round(&world, &charter).await;
        let expected = Summary { spent: vec![1], ..Summary::default() };
        assert_eq!([asks(&world, &round).await, asks(&world, &round).await], [expected.clone(), expected]);
    }
    assert_eq!(world.number("SELECT thousandths FROM spent WHERE reader = 0").await, 2000, "the budget is kept");
    let other = world.ask(1, &charter).await.unwrap();
    assert_eq!(other.counts.len(), 1, "the other direction is another pair");
    assert_eq!((other.overlaps.len(), other.counts_epsilon, other.chance_overlaps_expected), (0, Some(1.0), 0.0));
    assert!((other.counts[0].count - 500).abs() < FAR);
}

#[tokio::test]
async fn reports_say_what_is_not_told() {
    let world = World::new(&THREE).await;
    let mut terms = world.all_at(Level::Count);
    (terms.epsilon, terms.epsilon_budget) = (Thousandths(1000), Thousandths(1000));
    let alone = Rule { holder: Party::Member(2), reader: Party::Member(0), level: Level::Anonymous };
    terms.disclosure = Disclosure::new(Level::Count, vec![alone], &terms.members);
    let charter = world.agree(terms).await;
    let mut told = Vec::new();
    for _ in 0..2 {
        world.org(0).await.open_round(&charter).await.unwrap();
        for place in 0..3 {
            world.publish(place, &charter, &domains(0..10)).await.unwrap();
        }
        world.close(&charter).await;
        let report = world.ask(0, &charter).await.unwrap();
        assert!(report.overlaps.is_empty());
        let withheld = report.withheld.iter().map(|withheld| (withheld.reason, withheld.name.clone())).collect();
        told.push((report.counts.len(), withheld));
    }
    let too_few = (Reason::TooFew, String::new());
    let spent = (Reason::BudgetSpent, THREE[1].0.to_owned());
    assert_eq!(told, [(1, vec![too_few.clone()]), (0, vec![too_few, spent])]);
}

#[tokio::test]
async fn a_member_that_only_publishes_shows_its_tags_and_learns_nothing() {
    let world = World::new(&THREE).await;
    let mut terms = world.terms();
    terms.publish_only = [1].into();
    let charter = world.agree(terms).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let (question, _) = world.publish_raw(1, &view, &domains(0..10)).await;
    world.publish(0, &charter, &domains(0..10)).await.unwrap();
    world.close(&charter).await;
    let (answered, summary) = ask_raw(&mut world.calls(1).await, view.round.hash(), &question).await;
    assert!(answered.iter().all(|(_, matches)| matches.is_empty()));
    assert_eq!(summary.unwrap(), Summary::default());
    assert!(world.view(0, &charter).await.list_of(1).unwrap().asked);
    let report = world.ask(0, &charter).await.unwrap();
    assert_eq!((values(&report).len(), report.chance_overlaps_expected), (10, 0.0));
    assert!(report.overlaps.iter().all(|overlap| overlap.holders[0].certainty == Certain::Exact));
}

/// Its own program says why there is nothing.
#[tokio::test]
async fn a_member_that_only_publishes_is_told_so() {
    let world = World::new(&THREE).await;
    let mut terms = world.terms();
    terms.publish_only = [1].into();
    let charter = world.agree(terms).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    for place in 0..2 {
        world.publish(place, &charter, &domains(0..10)).await.unwrap();
    }
    world.close(&charter).await;
    let report = world.ask(1, &charter).await.unwrap();
    assert!(report.overlaps.is_empty() && report.counts.is_empty());
    assert_eq!(report.withheld.iter().map(|withheld| withheld.reason).collect::<Vec<_>>(), [Reason::PublishOnly]);
}

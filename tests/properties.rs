//! The pure core as a whole, in memory: members seal their lists, a matcher made of a few lines takes and holds them, all
//! ask, and what they learn is what a slow and obvious model of sets says.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

#[path = "common/core.rs"]
mod core;

use std::collections::{BTreeMap, BTreeSet};

use self::core::{Exchange, dummies, indicator, members, terms};
use mandorla::charter::{Charter, Level, Party, Rule};
use mandorla::identity::Role;
use mandorla::list::Draft;
use mandorla::list::header::VerifiedHeader;
use mandorla::list::shard::{Class, ShardTags};
use mandorla::matching::{Certainty, Held, Hit, Question, disclose};
use mandorla::tag::Tag;
use proptest::prelude::*;

/// Who holds what, by numbers of indicators.
type Numbers = BTreeSet<u32>;
/// What one member learns: the holders of each of its indicators, with how sure it is.
type Overlaps = BTreeMap<u32, Vec<(usize, Certainty)>>;

/// A round to be played.
#[derive(Clone, Debug)]
struct Play {
    roles: Vec<Role>,
    default: Level,
    rules: Vec<Rule>,
    min_holders: u32,
    /// `None` for a member that does not publish.
    lists: Vec<Option<Numbers>>,
    /// In which order members ask; those that come earlier are known by their tags to those that come later.
    asking: Vec<usize>,
}

impl Play {
    /// All companies, all named to each other, asking in turn.
    fn plain(lists: Vec<Numbers>) -> Self {
        Self {
            roles: vec![Role::Company; lists.len()],
            default: Level::Named,
            rules: Vec::new(),
            min_holders: 2,
            asking: (0..lists.len()).collect(),
            lists: lists.into_iter().map(Some).collect(),
        }
    }

    fn published(&self) -> Vec<usize> {
        (0..self.lists.len()).filter(|member| self.lists[*member].is_some()).collect()
    }

    /// Whether the reader is told of the holder: the rule that names more members wins, and the default is for the rest.
    fn sees(&self, holder: usize, reader: usize) -> bool {
        let fits = |party, member: usize| match party {
            Party::Member(place) => place == member,
            Party::Role(role) => self.roles[member] == role,
        };
        let names = |rule: &Rule| [rule.holder, rule.reader].iter().filter(|p| matches!(p, Party::Member(_))).count();
        let applying = self.rules.iter().filter(|rule| fits(rule.holder, holder) && fits(rule.reader, reader));
        holder != reader
            && applying.max_by_key(|rule| names(rule)).map_or(self.default, |rule| rule.level) == Level::Named
    }

    /// The model: look into every other list, and count those that may be seen.
    fn expected(&self, reader: usize, asked: &[usize]) -> Overlaps {
        let own = self.lists[reader].iter().flatten();
        let certainty = |holder| if asked.contains(&holder) { Certainty::Exact } else { Certainty::Probable };
        let holders = |number: &u32| -> Vec<(usize, Certainty)> {
            let holds = |holder: &usize| self.lists[*holder].as_ref().is_some_and(|list| list.contains(number));
            let seen = (0..self.lists.len()).filter(|holder| self.sees(*holder, reader));
            seen.filter(holds).map(|holder| (holder, certainty(holder))).collect()
        };
        let revealed = |holders: &Vec<_>| !holders.is_empty() && 1 + holders.len() >= self.min_holders as usize;
        own.map(|number| (*number, holders(number))).filter(|(_, holders)| revealed(holders)).collect()
    }
}

/// A list as the matcher has it.
struct Received {
    header: VerifiedHeader,
    shards: Vec<Vec<u8>>,
    held: Vec<Held>,
}

impl Received {
    fn class(&self) -> Class {
        self.header.header().class
    }
}

/// A round that is being played.
struct Stage {
    exchange: Exchange,
    drafts: Vec<Option<Draft>>,
    lists: Vec<Option<Received>>,
}

impl Stage {
    /// Everybody seals and publishes, and the matcher checks what comes in.
    fn set(play: &Play) -> Self {
        let members = members(&play.roles);
        let mut terms = terms(&members, play.default, play.rules.clone());
        terms.min_holders = play.min_holders;
        let exchange = Exchange::new(members, terms);
        let draft = |numbers: &Numbers| exchange.draft(numbers.iter().map(|number| indicator(*number)));
        let drafts: Vec<_> = play.lists.iter().map(|list| list.as_ref().map(draft)).collect();
        let receive = |(member, draft): (usize, &Option<Draft>)| {
            draft.as_ref().map(|draft| {
                let list = exchange.seal(member, draft);
                let header = exchange.receive(member, &list.header.encode(), &list.shards).unwrap();
                let parse = |(shard, bytes): (u32, &Vec<u8>)| Held::Filters(header.shard(shard, bytes).unwrap().into());
                let held = (0..).zip(&list.shards).map(parse).collect();
                Received { header, shards: list.shards, held }
            })
        };
        let lists = drafts.iter().enumerate().map(receive).collect();
        Self { exchange, drafts, lists }
    }

    /// A member streams its tags, dummies included, and the matcher answers; afterwards it is known by its tags.
    fn ask(&mut self, reader: usize) -> Overlaps {
        let (draft, own) = (self.drafts[reader].as_ref().unwrap(), self.lists[reader].as_ref().unwrap());
        let class = own.class();
        let terms = self.exchange.charter.terms();
        let published: Vec<usize> = (0..self.lists.len()).filter(|member| self.lists[*member].is_some()).collect();
        let visible = disclose::visible(terms, reader, &published);
        let mut streamed = Vec::new();
        let mut matches = Vec::new();
        for (shard, entries) in (0..).zip(draft.shards()) {
            let tags = dummies(reader).fill(class, shard, entries.iter().map(|entry| entry.tag)).to_bytes();
            let tags = ShardTags::from_bytes(class, shard, &tags).unwrap();
            let published = own.header.shard(shard, &own.shards[shard as usize]).unwrap();
            let mut question = Question::check(class, shard, own.header.seeds(), &published, tags).unwrap();
            for holder in &visible {
                let list = self.lists[*holder].as_ref().unwrap();
                for (shard, run) in question.runs(list.class()) {
                    question.probe(*holder, &list.held[shard as usize], run);
                }
            }
            let bytes = question.tags().to_bytes();
            streamed.push(Held::Tags(ShardTags::from_bytes(class, shard, &bytes).unwrap()));
            matches.extend(question.answer(terms.min_holders as usize));
        }
        assert!(matches.is_sorted_by(|a, b| a.tag < b.tag), "by rising tag, each once");
        let numbers: BTreeMap<Tag, u32> = draft.entries().iter().map(|entry| (entry.tag, number(entry))).collect();
        self.lists[reader].as_mut().unwrap().held = streamed;
        let holders = |hits: Vec<Hit>| hits.into_iter().map(|hit| (hit.member, hit.certainty)).collect();
        let real = |tag: Tag| *numbers.get(&tag).expect("no dummy is held by another");
        matches.into_iter().map(|found| (real(found.tag), holders(found.holders))).collect()
    }
}

/// Back from the indicator to its number.
fn number(entry: &mandorla::list::Entry) -> u32 {
    let address: std::net::Ipv4Addr = entry.indicator.value().parse().unwrap();
    u32::from(address) & 0x00FF_FFFF
}

/// Plays a round and holds what everybody learns against the model; then everybody asks again, and all is exact.
fn play(play: &Play) {
    let mut stage = Stage::set(play);
    let mut asked = Vec::new();
    for reader in &play.asking {
        assert!(
            stage.ask(*reader) == play.expected(*reader, &asked),
            "member {reader} after {asked:?} in {}",
            play.words()
        );
        asked.push(*reader);
    }
    for reader in &play.asking {
        assert!(stage.ask(*reader) == play.expected(*reader, &asked), "member {reader} again in {}", play.words());
    }
}

impl Play {
    /// The play without its long lists.
    fn words(&self) -> String {
        let sizes: Vec<_> = self.lists.iter().map(|list| list.as_ref().map(BTreeSet::len)).collect();
        let short = Self { lists: Vec::new(), ..self.clone() };
        format!("{short:?}, lists of {sizes:?}")
    }
}

fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::Company, Role::Agency, Role::Broker])
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![Level::None, Level::Named])
}

fn party(members: usize) -> impl Strategy<Value = Party> {
    prop_oneof![(0..members).prop_map(Party::Member), role().prop_map(Party::Role)]
}

fn rule(members: usize) -> impl Strategy<Value = Rule> {
    (party(members), party(members), level()).prop_map(|(holder, reader, level)| Rule { holder, reader, level })
}

/// Scattered numbers out of few, so that lists meet; and for `large` lists a run of many that overlaps those of others.
fn numbers(large: bool) -> BoxedStrategy<Numbers> {
    let scattered = prop_oneof![
        1 => Just(Numbers::new()),
        1 => (0u32..8).prop_map(|one| Numbers::from([one])),
        4 => prop::collection::btree_set(0u32..600, 0..300),
    ];
    if !large {
        return scattered.boxed();
    }
    // Up to 1, 2, 3 and 5 shards of 3,584.
    let length = prop::sample::select(vec![0, 900, 3584, 3585, 7000, 10_000, 17_000]);
    let run = (0u32..20_000, length).prop_map(|(start, length)| start..start + length);
    (scattered, run).prop_map(|(scattered, run)| scattered.into_iter().chain(run).collect()).boxed()
}

fn a_play(large: bool) -> impl Strategy<Value = Play> {
    let sized = (2usize..=if large { 4 } else { 6 }).prop_flat_map(move |count| {
        let list = prop::option::weighted(0.85, numbers(large));
        (
            prop::collection::vec(role(), count),
            level(),
            prop::collection::vec(rule(count), 0..6),
            2..=count as u32,
            prop::collection::vec(list, count),
            Just((0..count).collect::<Vec<usize>>()).prop_shuffle(),
        )
    });
    sized.prop_map(|(roles, default, rules, min_holders, lists, asking)| {
        let mut play = Play { roles, default, rules, min_holders, lists, asking };
        let published = play.published();
        play.asking.retain(|member| published.contains(member));
        // Rules that disagree make no charter, which is a test of its own: the last ones go until those left agree.
        let members = members(&play.roles);
        while Charter::new(terms(&members, play.default, play.rules.clone())).is_err() {
            play.rules.pop();
        }
        play
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_planted_overlap_and_no_other(round in a_play(false)) {
        play(&round);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn lists_of_different_classes(round in a_play(true)) {
        play(&round);
    }

    /// The dummies that both need are the same, so that a matcher that sees both lists learns what changed and not what
    /// is real.
    #[test]
    fn publishing_again_repeats_dummies(
        first in numbers(true),
        removed in prop::collection::btree_set(0u32..600, 0..40),
        added in prop::collection::btree_set(50_000u32..60_000, 0..40),
    ) {
        let exchange = Exchange::of_companies(2);
        let second: Numbers = first.difference(&removed).chain(&added).copied().collect();
        let [before, after] = [&first, &second].map(|list| exchange.draft(list.iter().map(|n| indicator(*n))));
        prop_assume!(before.class() == after.class());
        let tags = |draft: &Draft| -> Vec<[BTreeSet<Tag>; 2]> {
            let filled = |(shard, entries): (u32, &[mandorla::list::Entry])| {
                let real: BTreeSet<Tag> = entries.iter().map(|entry| entry.tag).collect();
                let all = dummies(0).fill(draft.class(), shard, real.iter().copied());
                let dummies = all.as_slice().iter().copied().filter(|tag| !real.contains(tag)).collect();
                [real, dummies]
            };
            (0..).zip(draft.shards()).map(filled).collect()
        };
        for ([real, ours], [other_real, theirs]) in tags(&before).into_iter().zip(tags(&after)) {
            prop_assert_eq!(ours.len() + real.len(), 4096);
            let (more, fewer) = if real.len() < other_real.len() { (ours, theirs) } else { (theirs, ours) };
            prop_assert!(fewer.is_subset(&more));
        }
    }
}

#[test]
fn the_edges() {
    let all: Numbers = (0..200).collect();
    let many: Numbers = (0..4000).collect();
    for (name, lists) in [
        ("nobody has anything", vec![Numbers::new(), Numbers::new()]),
        ("one list is empty", vec![Numbers::new(), all.clone()]),
        ("one item, and it is the same", vec![Numbers::from([7]), Numbers::from([7])]),
        ("one item, and it is another", vec![Numbers::from([7]), Numbers::from([8])]),
        ("everyone is equal", vec![all.clone(); 5]),
        ("everyone is equal, in a larger class", vec![many.clone(); 3]),
        ("a small list inside a large one", vec![all.clone(), many.clone()]),
        ("nothing in common", vec![all, (200..400).collect()]),
        ("a shard that is full but for the room for chance", vec![(0..3584).collect(), (3583..3590).collect()]),
    ] {
        println!("{name}");
        play(&Play::plain(lists));
    }
}

/// Masks come first, then counting: a holder that the reader may not see does not help an indicator over the threshold.
#[test]
fn a_hidden_holder_does_not_count() {
    let hidden = Rule { holder: Party::Member(2), reader: Party::Member(0), level: Level::None };
    let round = Play { min_holders: 3, rules: vec![hidden], ..Play::plain(vec![Numbers::from([1]); 3]) };
    let mut stage = Stage::set(&round);
    assert_eq!(stage.ask(0), Overlaps::new());
    assert_eq!(stage.ask(1), Overlaps::from([(1, vec![(0, Certainty::Exact), (2, Certainty::Probable)])]));
}

/// A list of another class, probed with every tag of the asker: the runs leave none out.
#[test]
fn each_pair_of_classes() {
    let sizes = [3000u32, 6000, 10_000, 17_000];
    let lists: Vec<Numbers> = sizes.iter().map(|size| (0..*size).collect()).collect();
    let stage = Stage::set(&Play::plain(lists.clone()));
    let classes: Vec<u32> = stage.lists.iter().flatten().map(|list| list.class().shards()).collect();
    assert_eq!(classes, [1, 2, 3, 5]);
    play(&Play::plain(lists));
}

/// What the report calls expected by chance: a look-up is wrong once in 2^30.
#[test]
fn expected_chance_overlaps() {
    for (indicators, lists, expected) in
        [(0, 5, 0.0), (1 << 20, 0, 0.0), (1 << 20, 1, 1.17 / 1024.0), (1 << 30, 3, 3.0 * 1.17)]
    {
        assert!((disclose::chance_overlaps(indicators, lists) - expected).abs() < 1e-9);
    }
}

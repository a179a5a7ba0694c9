//! The pure core as a whole, in memory: members seal their lists, a matcher made of a few lines takes and holds them, all
//! ask, some take their lists back, and what each learns is what a slow and obvious model of sets says.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

#[path = "common/core.rs"]
mod core;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use self::core::{Exchange, dummies, indicator, members, terms};
use mandorla::canary::PER_PAIR;
use mandorla::charter::{Charter, Level, Party, Rule, Thousandths};
use mandorla::identity::Role;
use mandorla::indicator::Indicator;
use mandorla::list::header::VerifiedHeader;
use mandorla::list::shard::{Class, ShardTags};
use mandorla::list::{Content, Draft};
use mandorla::matching::disclose::{Sight, Withheld};
use mandorla::matching::noise::{self, Bits};
use mandorla::matching::{self, Certainty, Held, Mask, Question, disclose};
use mandorla::secret::Secret;
use mandorla::tag::Tag;
use proptest::prelude::*;

/// Small, so that the noise shows.
const EPSILON: Thousandths = Thousandths(200);

/// Who holds what, by numbers of indicators.
type Numbers = BTreeSet<u32>;
/// The named holders of an indicator, with how sure it is, and the number of anonymous ones.
type Holders = (Vec<(usize, Certainty)>, u32);

/// What one member learns.
#[derive(Debug, Default, PartialEq)]
struct Learned {
    /// Of each of its indicators that others hold.
    overlaps: BTreeMap<u32, Holders>,
    /// How many of its indicators a member holds, with noise.
    counts: BTreeMap<usize, i64>,
    withheld: Option<Withheld>,
    /// How many canaries came back for each member that has them too, and with which holders.
    canaries: BTreeMap<usize, (usize, Holders)>,
}

/// What happens after the close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A member asks; those that come earlier are known by their tags to those that come later.
    Ask(usize),
    /// A member takes its list back.
    Withdraw(usize),
}

/// A round to be played.
#[derive(Clone, Debug)]
struct Play {
    roles: Vec<Role>,
    default: Level,
    rules: Vec<Rule>,
    publish_only: BTreeSet<usize>,
    min_holders: u32,
    /// `None` for a member that does not publish.
    lists: Vec<Option<Numbers>>,
    steps: Vec<Step>,
}

/// How things stand between two steps.
#[derive(Clone, Default)]
struct Standing {
    asked: Vec<usize>,
    withdrawn: Vec<usize>,
}

impl Play {
    /// All companies, all named to each other, asking in turn.
    fn plain(lists: Vec<Numbers>) -> Self {
        Self {
            roles: vec![Role::Company; lists.len()],
            default: Level::Named,
            rules: Vec::new(),
            publish_only: BTreeSet::new(),
            min_holders: 2,
            steps: (0..lists.len()).map(Step::Ask).collect(),
            lists: lists.into_iter().map(Some).collect(),
        }
    }

    /// All companies at one level to each other, asking in turn.
    fn all(level: Level, lists: Vec<Numbers>) -> Self {
        Self { default: level, ..Self::plain(lists) }
    }

    /// What the reader learns of the holder: the rule that names more members wins, and the default is for the rest.
    fn level(&self, holder: usize, reader: usize) -> Level {
        let fits = |party, member: usize| match party {
            Party::Member(place) => place == member,
            Party::Role(role) => self.roles[member] == role,
        };
        let names = |rule: &Rule| [rule.holder, rule.reader].iter().filter(|p| matches!(p, Party::Member(_))).count();
        let applying = self.rules.iter().filter(|rule| fits(rule.holder, holder) && fits(rule.reader, reader));
        let said = applying.max_by_key(|rule| names(rule)).map_or(self.default, |rule| rule.level);
        if holder == reader || self.publish_only.contains(&reader) { Level::None } else { said }
    }

    /// The model: look into every other list, and count those that may be seen.
    fn expected(&self, reader: usize, standing: &Standing) -> Learned {
        let at = |level| (0..self.lists.len()).filter(move |holder| self.level(*holder, reader) == level);
        let list = |holder: usize| self.lists[holder].as_ref().filter(|_| !standing.withdrawn.contains(&holder));
        let holds = |holder: usize, number: &u32| list(holder).is_some_and(|list| list.contains(number));
        let certainty = |holder| if standing.asked.contains(&holder) { Certainty::Exact } else { Certainty::Probable };

        let gone = at(Level::Anonymous).any(|holder| standing.withdrawn.contains(&holder));
        let hidden = at(Level::Anonymous).filter(|holder| list(*holder).is_some()).count();
        let withheld = match (gone, hidden) {
            (true, _) => Some(Withheld::Withdrawn),
            (false, 1) => Some(Withheld::TooFew),
            _ => None,
        };
        let holders = |number: &u32| -> Holders {
            let named = at(Level::Named).filter(|holder| holds(*holder, number));
            let anonymous = at(Level::Anonymous).filter(|holder| withheld.is_none() && holds(*holder, number));
            (named.map(|holder| (holder, certainty(holder))).collect(), anonymous.count() as u32)
        };
        let revealed = |(named, anonymous): &Holders| {
            let others = named.len() as u32 + anonymous;
            others > 0 && 1 + others >= self.min_holders
        };
        let own = || self.lists[reader].iter().flatten();
        let overlaps = own().map(|number| (*number, holders(number))).filter(|(_, holders)| revealed(holders));
        let counted = at(Level::Count).filter(|holder| list(*holder).is_some());
        let count = |holder: usize| own().filter(|number| holds(holder, number)).count() as i64;
        // A canary is told of like an indicator that one other holds, and counts nowhere.
        let shared = |holder: usize| {
            list(holder).filter(|_| holder != reader && self.min_holders == 2)?;
            match self.level(holder, reader) {
                Level::Named => Some((holder, (PER_PAIR, (vec![(holder, certainty(holder))], 0)))),
                Level::Anonymous if withheld.is_none() => Some((holder, (PER_PAIR, (vec![], 1)))),
                _ => None,
            }
        };
        Learned {
            canaries: (0..self.lists.len()).filter_map(shared).collect(),
            overlaps: overlaps.collect(),
            counts: counted.map(|holder| (holder, count(holder) + noise(holder, reader))).collect(),
            withheld,
        }
    }
}

/// The key of the noise of a pair: kept, so that asking again gives the same.
fn noise_key(holder: usize, reader: usize) -> Secret<32> {
    let mut key = [0; 32];
    (key[0], key[1]) = (holder as u8, reader as u8);
    Secret::new(key)
}

fn noise(holder: usize, reader: usize) -> i64 {
    noise::laplace(EPSILON.0, &mut Bits::new(&noise_key(holder, reader)))
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
    withdrawn: Vec<usize>,
}

impl Stage {
    /// Everybody seals and publishes, and the matcher checks what comes in.
    ///
    /// The model knows sets, and filters are sets but for chance: a look-up in 2^30 finds what was never published, and the
    /// plays of one run make millions of look-ups. A round in which that happens, at most three in 10,000, is set again
    /// under another nonce. More than two in a run are filters that are wrong.
    fn set(play: &Play) -> Self {
        static MET_BY_CHANCE: AtomicU32 = AtomicU32::new(0);
        let mut stages = (0x33..).map(|nonce| Self::opened_with([nonce; 32], play));
        let met = |stage: &Self| {
            let met = stage.met_by_chance();
            assert!(!met || MET_BY_CHANCE.fetch_add(1, Ordering::Relaxed) < 2, "filters hold what was not published");
            met
        };
        stages.find(|stage| !met(stage)).expect("there are more nonces than that")
    }

    fn opened_with(nonce: [u8; 32], play: &Play) -> Self {
        let members = members(&play.roles);
        let mut terms = terms(&members, play.default, play.rules.clone());
        terms.min_holders = play.min_holders;
        terms.publish_only = play.publish_only.clone();
        terms.epsilon = EPSILON;
        let exchange = Exchange::opened_with(nonce, members, terms);
        let draft = |(member, list): (usize, &Option<Numbers>)| {
            list.as_ref().map(|list| exchange.draft_of(member, list.iter().map(|number| indicator(*number))))
        };
        let drafts: Vec<_> = play.lists.iter().enumerate().map(draft).collect();
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
        Self { exchange, drafts, lists, withdrawn: Vec::new() }
    }

    /// Whether a list's filters hold a tag of another's, dummies included, that was not published in it.
    fn met_by_chance(&self) -> bool {
        let tags: Vec<Vec<ShardTags>> = (0..self.lists.len()).map(|member| self.tags(member)).collect();
        let published: Vec<BTreeSet<Tag>> =
            tags.iter().map(|shards| shards.iter().flat_map(|shard| shard.as_slice()).copied().collect()).collect();
        let found = |reader: &ShardTags, holder: usize| {
            let list = self.lists[holder].as_ref().unwrap();
            let runs = list.class().runs(reader.as_slice());
            runs.map(|(shard, run)| matching::count(&reader.as_slice()[run], &list.held[shard as usize])).sum::<u64>()
        };
        let pairs = (0..tags.len()).flat_map(|reader| (0..tags.len()).map(move |holder| (reader, holder)));
        let mut pairs = pairs.filter(|(reader, holder)| reader != holder && self.lists[*holder].is_some());
        pairs.any(|(reader, holder)| {
            let both = published[reader].intersection(&published[holder]).count() as u64;
            let found: u64 = tags[reader].iter().map(|shard| found(shard, holder)).sum();
            assert!(found >= both, "a filter holds all that was published");
            found > both
        })
    }

    /// What a member streams, shard by shard, dummies included; nothing of one that does not publish.
    fn tags(&self, member: usize) -> Vec<ShardTags> {
        let draft = self.drafts[member].iter();
        let shards =
            draft.flat_map(|draft| (0..).zip(draft.shards()).map(|(shard, entries)| (draft.class(), shard, entries)));
        let filled = shards.map(|(class, shard, entries)| {
            let tags = dummies(member).fill(class, shard, entries.iter().map(|entry| entry.tag)).to_bytes();
            ShardTags::from_bytes(class, shard, &tags).unwrap()
        });
        filled.collect()
    }

    /// A member takes its list back, after the close.
    fn withdraw(&mut self, member: usize) {
        (self.drafts[member], self.lists[member]) = (None, None);
        self.withdrawn.push(member);
    }

    /// A member streams its tags, dummies included, and the matcher answers; afterwards it is known by its tags.
    fn ask(&mut self, reader: usize) -> Learned {
        let (draft, own) = (self.drafts[reader].as_ref().unwrap(), self.lists[reader].as_ref().unwrap());
        let class = own.class();
        let terms = self.exchange.charter.terms();
        let published: Vec<usize> = (0..self.lists.len()).filter(|member| self.lists[*member].is_some()).collect();
        let sight = Sight::new(terms, reader, &published, &self.withdrawn);
        let named = sight.named.iter().map(|holder| (*holder, Mask::Named(*holder)));
        let masks: Vec<_> = named.chain(sight.anonymous.iter().map(|holder| (*holder, Mask::Anonymous))).collect();
        let (mut streamed, mut matches) = (Vec::new(), Vec::new());
        let mut counts: BTreeMap<usize, u64> = sight.counted.iter().map(|holder| (*holder, 0)).collect();
        for (shard, tags) in (0..).zip(self.tags(reader)) {
            let published = own.header.shard(shard, &own.shards[shard as usize]).unwrap();
            let mut question = Question::check(class, shard, own.header.seeds(), &published, tags).unwrap();
            for (holder, mask) in &masks {
                let list = self.lists[*holder].as_ref().unwrap();
                for (shard, run) in question.runs(list.class()) {
                    question.probe(*mask, &list.held[shard as usize], run);
                }
            }
            for (holder, count) in &mut counts {
                let list = self.lists[*holder].as_ref().unwrap();
                for (shard, run) in question.runs(list.class()) {
                    let run = &question.tags().as_slice()[run];
                    *count += matching::count(run, &list.held[shard as usize]);
                }
            }
            let bytes = question.tags().to_bytes();
            streamed.push(Held::Tags(ShardTags::from_bytes(class, shard, &bytes).unwrap()));
            matches.extend(question.answer(terms.min_holders as usize));
        }
        assert!(matches.is_sorted_by(|a, b| a.tag < b.tag), "by rising tag, each once");
        let contents: BTreeMap<Tag, &Content> =
            draft.entries().iter().map(|entry| (entry.tag, &entry.content)).collect();
        let told = |(holder, count)| {
            let noisy = disclose::noisy(terms, count, &mut Bits::new(&noise_key(holder, reader)));
            (holder, noisy - PER_PAIR as i64)
        };
        self.lists[reader].as_mut().unwrap().held = streamed;
        let mut learned = Learned { withheld: sight.withheld, ..Learned::default() };
        learned.counts = counts.into_iter().map(told).collect();
        for found in matches {
            let holders = (found.holders.iter().map(|hit| (hit.member, hit.certainty)).collect(), found.anonymous);
            match contents.get(&found.tag).expect("no dummy is held by another") {
                Content::Indicator(indicator) => drop(learned.overlaps.insert(number(indicator), holders)),
                Content::Canary { with } => {
                    let (times, before) = learned.canaries.entry(*with).or_insert((0, holders.clone()));
                    *times += 1;
                    assert_eq!(*before, holders, "canaries of a pair are all answered alike");
                }
            }
        }
        learned
    }
}

/// Back from the indicator to its number.
fn number(indicator: &Indicator) -> u32 {
    let address: std::net::Ipv4Addr = indicator.value().parse().unwrap();
    u32::from(address) & 0x00FF_FFFF
}

/// Plays a round and holds what everybody learns against the model; then everybody asks again, and all is exact.
fn play(play: &Play) {
    let mut stage = Stage::set(play);
    let mut standing = Standing::default();
    let present =
        |member: usize, standing: &Standing| play.lists[member].is_some() && !standing.withdrawn.contains(&member);
    let again = (0..play.lists.len()).map(Step::Ask);
    for step in play.steps.iter().copied().chain(again) {
        match step {
            Step::Ask(reader) if present(reader, &standing) => {
                let learned = stage.ask(reader);
                let after = (&standing.asked, &standing.withdrawn);
                assert!(
                    learned == play.expected(reader, &standing),
                    "member {reader} after {after:?} in {}",
                    play.words()
                );
                standing.asked.push(reader);
            }
            Step::Withdraw(member) if present(member, &standing) => {
                stage.withdraw(member);
                standing.withdrawn.push(member);
            }
            Step::Ask(_) | Step::Withdraw(_) => {}
        }
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
    prop::sample::select(Level::ALL.to_vec())
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

/// Everybody asks, in any order; now and then somebody takes its list back.
fn steps(members: usize) -> impl Strategy<Value = Vec<Step>> {
    let asking = (0..members).map(Step::Ask).collect::<Vec<_>>();
    let withdrawing = prop_oneof![2 => Just(None), 1 => (0..members).prop_map(Some)];
    let steps = withdrawing.prop_map(move |member| asking.iter().copied().chain(member.map(Step::Withdraw)).collect());
    Strategy::prop_shuffle(steps.prop_map(|steps: Vec<Step>| steps))
}

fn a_play(large: bool) -> impl Strategy<Value = Play> {
    let sized = (2usize..=if large { 4 } else { 6 }).prop_flat_map(move |count| {
        let list = prop::option::weighted(0.85, numbers(large));
        let silent = prop_oneof![3 => Just(BTreeSet::new()), 1 => (0..count).prop_map(|one| BTreeSet::from([one]))];
        (
            prop::collection::vec(role(), count),
            level(),
            prop::collection::vec(rule(count), 0..6),
            silent,
            prop_oneof![2 => Just(2), 1 => 2..=count as u32],
            prop::collection::vec(list, count),
            steps(count),
        )
    });
    sized.prop_map(|(roles, default, rules, publish_only, min_holders, lists, steps)| {
        let mut play = Play { roles, default, rules, publish_only, min_holders, lists, steps };
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
        let [before, after] = [&first, &second].map(|list| exchange.draft_of(0, list.iter().map(|n| indicator(*n))));
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

/// Masks come first, then counting: a holder that the reader may not see does not help an indicator over the threshold, nor
/// does one of which it may only have a number.
#[test]
fn a_hidden_holder_does_not_count() {
    for level in [Level::None, Level::Count] {
        let hidden = Rule { holder: Party::Member(2), reader: Party::Member(0), level };
        let round = Play { min_holders: 3, rules: vec![hidden], ..Play::plain(vec![Numbers::from([1]); 3]) };
        let mut stage = Stage::set(&round);
        assert_eq!(stage.ask(0).overlaps, BTreeMap::new());
        let seen = (vec![(0, Certainty::Exact), (2, Certainty::Probable)], 0);
        assert_eq!(stage.ask(1).overlaps, BTreeMap::from([(1, seen)]));
        play(&round);
    }
}

/// One list alone would be told by its owner's name, whoever counts. Two are, though the number says "both" if both hold it.
#[test]
fn anonymous_lists_are_answered_from_two_on() {
    let lists = vec![Numbers::from([1, 2]), Numbers::from([1]), Numbers::from([1, 2])];
    let round = Play::all(Level::Anonymous, lists.clone());
    let mut stage = Stage::set(&round);
    assert_eq!(stage.ask(0).overlaps, BTreeMap::from([(1, (vec![], 2)), (2, (vec![], 1))]));
    let alone = Play::all(Level::Anonymous, lists[..2].to_vec());
    let learned = Stage::set(&alone).ask(0);
    assert_eq!((learned.overlaps, learned.withheld), (BTreeMap::new(), Some(Withheld::TooFew)));
    for round in [round, alone] {
        play(&round);
        play(&Play { min_holders: round.lists.len() as u32, ..round.clone() });
        // A named one beside a single anonymous one: it is not helped over the threshold.
        let named = Rule { holder: Party::Member(1), reader: Party::Member(0), level: Level::Named };
        play(&Play { rules: vec![named], ..round });
    }
}

/// Asked before and after, the two answers would differ by the list that was withdrawn.
#[test]
fn a_withdrawn_list_takes_the_anonymous_answers_with_it() {
    let round = Play::all(Level::Anonymous, vec![Numbers::from([1]); 5]);
    let mut stage = Stage::set(&round);
    assert_eq!(stage.ask(0).overlaps, BTreeMap::from([(1, (vec![], 4))]));
    stage.withdraw(3);
    for reader in [0, 1] {
        let learned = stage.ask(reader);
        assert_eq!((learned.overlaps, learned.withheld), (BTreeMap::new(), Some(Withheld::Withdrawn)));
    }
}

/// Until the pair's budget is spent. A round that would exceed it is not begun.
#[test]
fn a_budget_lasts_for_so_many_rounds() {
    let members = members(&[Role::Company; 2]);
    let mut terms = terms(&members, Level::Count, vec![]);
    for (epsilon, budget, rounds) in [(1000, 30_000, 30), (1000, 1000, 1), (300, 1000, 3), (1500, 2999, 1)] {
        (terms.epsilon, terms.epsilon_budget) = (Thousandths(epsilon), Thousandths(budget));
        let affordable = (0..).take_while(|round| disclose::affordable(&terms, round * u64::from(epsilon)));
        assert_eq!(affordable.count(), rounds, "{epsilon} of {budget}");
    }
    assert!(!disclose::affordable(&terms, u64::MAX));
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

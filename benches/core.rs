//! The core, per indicator: reading and canonical forms, seeds and tags, sealing, the rebuild check, matching.
//!
//! `cargo bench --bench core`. Criterion prints the throughput in elements a second: indicators when publishing, tags
//! (dummies included) when matching.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mandorla::custody::shared::Salt;
use mandorla::indicator::Indicator;
use mandorla::ingest::{self, Event, Options};
use mandorla::list::filter::{ENTRIES, FilterSeeds};
use mandorla::list::shard::{Class, Shard, ShardTags};
use mandorla::list::{Draft, Dummies, Entry};
use mandorla::matching::{Held, Mask, Question};
use mandorla::round::RoundHash;
use mandorla::secret::Secret;
use mandorla::tag::Tag;

const LINES: u64 = 100_000;
const ROUND: RoundHash = RoundHash::new([0x11; 32]);

fn list() -> String {
    let line = |n: u64| match n % 2 {
        0 => format!("host-{n}.some-longer-name.example\n"),
        _ => format!("198.{}.{}.{}\n", 18 + (n >> 16 & 1), n >> 8 & 255, n & 255),
    };
    (0..LINES).map(line).collect()
}

fn indicators(list: &str) -> Vec<Indicator> {
    let mut indicators = Vec::new();
    let read = ingest::read(list.as_bytes(), &Options::default(), |place, event| match event {
        Event::Found(reading) => indicators.push(reading.indicator),
        other => panic!("{place}: {other:?}"),
    });
    read.expect("memory reads");
    indicators
}

fn entries(indicators: &[Indicator]) -> Vec<Entry> {
    let key = Salt::new(Secret::new([0x22; 32])).seed_key(&ROUND);
    let mut scratch = Vec::new();
    let entry = |indicator: &Indicator| {
        let seed = key.seed(indicator, &mut scratch);
        Entry { tag: seed.tag(), seed, content: indicator.clone().into(), origin: None }
    };
    indicators.iter().map(entry).collect()
}

/// One shard of dummies, which are as random as tags.
fn shard_tags(which: u8) -> ShardTags {
    let class = Class::for_indicators(0).expect("the smallest");
    Dummies::new(Secret::new([which; 32])).fill(class, 0, std::iter::empty::<Tag>())
}

fn publishing(c: &mut Criterion) {
    let list = list();
    let indicators = indicators(&list);
    let mut group = c.benchmark_group("publish");
    group.throughput(Throughput::Elements(LINES)).sample_size(20);
    group.bench_function("read and make canonical", |b| b.iter(|| self::indicators(black_box(&list))));
    group.bench_function("seeds and tags", |b| b.iter(|| entries(black_box(&indicators))));
    let draft = || Draft::new(entries(&indicators), LINES).expect("it fits");
    group.bench_function("sort into a draft", |b| {
        let draft = |entries| Draft::new(entries, LINES).expect("it fits");
        b.iter_batched(|| entries(&indicators), draft, BatchSize::LargeInput)
    });
    let draft = draft();
    let (seeds, dummies) = (FilterSeeds::derive(&ROUND), Dummies::new(Secret::new([0x33; 32])));
    group.bench_function("dummies and filters", |b| {
        b.iter(|| {
            let shards = (0..).zip(draft.shards()).map(|(shard, entries)| {
                let tags = dummies.fill(draft.class(), shard, entries.iter().map(|entry| entry.tag));
                Shard::build(&seeds, &tags).to_bytes().len()
            });
            shards.sum::<usize>()
        })
    });
    group.finish();
}

fn matching(c: &mut Criterion) {
    let class = Class::for_indicators(0).expect("the smallest");
    let seeds = FilterSeeds::derive(&ROUND);
    let (own, other) = (shard_tags(1), shard_tags(2));
    let published = Shard::build(&seeds, &own);
    let held = [Held::Filters(Box::new(Shard::build(&seeds, &other))), Held::Tags(other)];
    let question = || {
        let tags = ShardTags::new(class, 0, own.as_slice().to_vec()).expect("they were");
        Question::check(class, 0, &seeds, &published, tags).expect("they were published")
    };
    let mut group = c.benchmark_group("match");
    group.throughput(Throughput::Elements(ENTRIES as u64));
    group.bench_function("hold tags against the published filters", |b| b.iter(question));
    for (name, held) in ["probe a list's filters", "compare with a list's tags"].into_iter().zip(&held) {
        group.bench_function(name, |b| {
            let probe = |mut question: Question| {
                for (_, run) in question.runs(class) {
                    question.probe(Mask::Named(1), black_box(held), run);
                }
                question.answer(2)
            };
            b.iter_batched(question, probe, BatchSize::SmallInput)
        });
    }
    group.finish();
}

criterion_group!(benches, publishing, matching);
criterion_main!(benches);

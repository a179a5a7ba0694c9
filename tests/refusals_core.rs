//! What the pure core refuses, and the words that it finds for it: lists, tags, orders, salts, receipts, files.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

#[path = "common/core.rs"]
mod core;

use std::ops::RangeInclusive;

use self::core::{Exchange, Identity, OPENED, agree, dummies, indicator, matcher, members, terms};
use mandorla::charter::Level;
use mandorla::custody::shared::Salt;
use mandorla::identity::{OpeningKey, Role, SigningKey};
use mandorla::indicator::Indicator;
use mandorla::list::file::{self, FileFault, SealedFile, TagsFile};
use mandorla::list::filter::{self, Filter};
use mandorla::list::header::{Header, SignedHeader, shard_hash};
use mandorla::list::receipt::Receipt;
use mandorla::list::shard::{self, Class, ShardTags, TagsFault};
use mandorla::list::{Content, Draft, DraftFault, Entry, SealedList};
use mandorla::matching::Question;
use mandorla::round::{Extension, Order, Phase, Round, RoundHash, SeedSource, SignedOrder};
use mandorla::secret::Secret;
use mandorla::tag::{Seed, Tag};
use mandorla::transcript::{Label, Malformed, Reader, hash};

/// A round of two companies, and the first one's list of two shards.
struct Setting {
    exchange: Exchange,
    draft: Draft,
    list: SealedList,
}

impl Setting {
    fn new() -> Self {
        let exchange = Exchange::of_companies(2);
        let draft = exchange.draft((0..3600).map(indicator));
        let list = exchange.seal(0, &draft);
        Self { exchange, draft, list }
    }

    /// What the matcher says to a list, signed by the first member after `change`.
    fn refusal(&self, change: impl FnOnce(&mut Header)) -> String {
        let mut header = self.list.header.header().clone();
        change(&mut header);
        let signed = header.sign(&self.exchange.members[0].signing);
        self.verdict(&signed.encode(), &self.list.shards).unwrap_err()
    }

    fn verdict(&self, header: &[u8], shards: &[Vec<u8>]) -> Result<(), String> {
        self.exchange.receive(0, header, shards).map(|_| ()).map_err(|fault| fault.to_string())
    }

    /// The tags of a shard, as the member streams them.
    fn tags(&self, shard: u32) -> Vec<Tag> {
        let real = self.draft.shards().nth(shard as usize).unwrap().iter().map(|entry| entry.tag);
        dummies(0).fill(self.draft.class(), shard, real).as_slice().to_vec()
    }

    /// What the matcher does with tags that are streamed.
    fn ask(&self, shard: u32, tags: &[Tag]) -> Result<Question, TagsFault> {
        let bytes: Vec<u8> = tags.iter().flat_map(|tag| *tag.as_bytes()).collect();
        self.ask_bytes(shard, &bytes, &self.list)
    }

    fn ask_bytes(&self, shard: u32, bytes: &[u8], list: &SealedList) -> Result<Question, TagsFault> {
        let header = self.exchange.receive(0, &list.header.encode(), &list.shards).unwrap();
        let class = header.header().class;
        let tags = ShardTags::from_bytes(class, shard, bytes)?;
        let published = header.shard(shard, &list.shards[shard as usize]).unwrap();
        Question::check(class, shard, header.seeds(), &published, tags)
    }
}

#[test]
fn the_setting_is_accepted() {
    let setting = Setting::new();
    setting.verdict(&setting.list.header.encode(), &setting.list.shards).unwrap();
    for shard in 0..2 {
        assert!(setting.ask(shard, &setting.tags(shard)).is_ok());
    }
}

#[test]
fn headers_that_do_not_fit() {
    let setting = Setting::new();
    let chosen = "the list's filter seeds are not the ones that the round gives";
    type Case = (fn(&mut Header), &'static str);
    let cases: [Case; 12] = [
        (|h| h.round = RoundHash::new([9; 32]), "the list was sealed for another round: seal it again for this one"),
        (|h| h.member[0] ^= 1, "the list is not from a member of this exchange"),
        (|h| h.class = Class::new(384).unwrap(), "the list has 384 shards, the charter allows 320"),
        (
            |h| h.profile = 2,
            "the list's canonical forms are profile 2, the charter's are 1: seal it again with the version that all members use",
        ),
        (|h| h.bits = 88_648, "the list's filters have 88648 bits instead of 88640"),
        (|h| h.positions = 200_000_000, "the list's filters have k = 200000000 instead of 15"),
        (|h| h.seeds[0] = [7; 32], "the list's filter seeds are not the ones that the round gives"),
        (|h| h.seeds.swap(0, 1), "the list's filter seeds are not the ones that the round gives"),
        (|h| h.cells = 1, "the list carries note cells, which this version does not take"),
        (|h| h.cells_root[0] ^= 1, "the list carries note cells, which this version does not take"),
        (
            |h| h.expires += 1,
            "the list stands longer than the round or the charter's `list_expiry_hours` allow: seal it again for this round",
        ),
        (
            |h| h.shards_root[0] ^= 1,
            "the shards are not the ones that the list's header was signed for: their root differs",
        ),
    ];
    for (change, message) in cases {
        assert_eq!(setting.refusal(change), message);
    }
    assert_eq!(setting.refusal(|header| header.seeds[1] = header.seeds[0]), chosen);
}

#[test]
fn headers_that_are_none_or_of_others() {
    let setting = Setting::new();
    let (exchange, header) = (&setting.exchange, &setting.list.header);
    let bytes = header.encode();
    let shards = &setting.list.shards;
    let with = |at: usize, value: u32| {
        let mut changed = bytes.clone();
        changed[at..at + 4].copy_from_slice(&value.to_le_bytes());
        setting.verdict(&changed, shards).unwrap_err()
    };
    let class = 4 + 32 + 32;
    for (found, message) in [
        (with(0, 2), "not a well-formed list header: its version is not known to this program: update it"),
        (with(class, 0), "not a well-formed list header: there is no size class of that many shards"),
        (with(class, 9), "not a well-formed list header: there is no size class of that many shards"),
        (with(class, u32::MAX), "not a well-formed list header: there is no size class of that many shards"),
        (with(class, 1), "the list's signature does not fit: it was changed after it was sealed"),
    ] {
        assert_eq!(found, message);
    }
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        assert!(setting.verdict(&flipped, shards).is_err(), "byte {place}");
        assert!(setting.verdict(&bytes[..place], shards).unwrap_err().ends_with("it ends too early"), "cut at {place}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(setting.verdict(&longer, shards).unwrap_err().ends_with("bytes follow its end"));

    let stranger = SigningKey::generate();
    let not_a_member = "the list is not from a member of this exchange";
    let verdict = |signed: SignedHeader, member| match signed.verify(&exchange.round, &exchange.charter, member) {
        Ok(_) => panic!("verified"),
        Err(fault) => fault.to_string(),
    };
    assert_eq!(
        verdict(header.header().clone().sign(&stranger), 0),
        "the list's signature does not fit: it was changed after it was sealed"
    );
    assert_eq!(verdict(header.clone(), 1), not_a_member, "a list that another member sends");
    assert_eq!(verdict(header.clone(), 2), not_a_member, "a place that nobody has");
}

/// Bits that are set or cleared, lowest first, until as many are ones as asked for.
fn with_ones(bits: &[u8], wanted: u32) -> Vec<u8> {
    let mut bits = bits.to_vec();
    let mut ones: u32 = bits.iter().map(|byte| byte.count_ones()).sum();
    for place in 0..filter::BITS {
        let (byte, mask) = (place / 8, 1 << (place % 8));
        let set = bits[byte] & mask != 0;
        if (ones < wanted && !set) || (ones > wanted && set) {
            bits[byte] ^= mask;
            ones = if set { ones - 1 } else { ones + 1 };
        }
    }
    assert_eq!(ones, wanted);
    bits
}

#[test]
fn shards_that_are_none() {
    let setting = Setting::new();
    let (header, shards) = (setting.list.header.encode(), &setting.list.shards);
    let refusal = |shard: usize, bytes: Vec<u8>| {
        let mut changed = shards.clone();
        changed[shard] = bytes;
        setting.verdict(&header, &changed).unwrap_err()
    };
    let (first, second) = shards[1].split_at(filter::BYTES);
    let filled = |ones| [first, &with_ones(second, ones)].concat();
    let expected = "expected 44320 ± 495";
    for (found, message) in [
        (refusal(0, vec![]), "shard 0: a filter has 0 bytes instead of 11080".to_owned()),
        (refusal(1, shards[1][1..].to_vec()), "shard 1: a filter has 11079 bytes instead of 11080".to_owned()),
        (refusal(1, [&shards[1][..], &[0]].concat()), "shard 1: a filter has 11081 bytes instead of 11080".to_owned()),
        (
            refusal(0, vec![0; shard::BYTES]),
            format!("shard 0: a filter is emptier than 4,096 entries leave it: 0 ones, {expected}"),
        ),
        (
            refusal(0, vec![0xFF; shard::BYTES]),
            format!("shard 0: a filter is fuller than 4,096 entries leave it: 88640 ones, {expected}"),
        ),
        (
            refusal(1, filled(43_824)),
            format!("shard 1: a filter is emptier than 4,096 entries leave it: 43824 ones, {expected}"),
        ),
        (
            refusal(1, filled(44_816)),
            format!("shard 1: a filter is fuller than 4,096 entries leave it: 44816 ones, {expected}"),
        ),
    ] {
        assert_eq!(found, message);
    }
    // Within the bounds the fill says nothing, and the root does.
    let root = "the shards are not the ones that the list's header was signed for: their root differs";
    for ones in [43_825, 44_815] {
        assert_eq!(refusal(1, filled(ones)), root);
    }
    let one_bit = {
        let mut bytes = shards[0].clone();
        bytes[100] ^= 1;
        bytes
    };
    assert_eq!(refusal(0, one_bit), root);
    let swapped = [shards[1].clone(), shards[0].clone()];
    for wrong in [&swapped[..], &shards[..1], &[&shards[..], &shards[..1]].concat(), &[]] {
        assert_eq!(setting.verdict(&header, wrong).unwrap_err(), root);
    }
}

#[test]
fn tags_that_were_not_published() {
    let setting = Setting::new();
    let tags = setting.tags(0);
    let refusal = |shard, tags: &[Tag]| setting.ask(shard, tags).err().unwrap().to_string();
    let with = |change: fn(&mut Vec<Tag>)| {
        let mut tags = tags.clone();
        change(&mut tags);
        refusal(0, &tags)
    };
    let unpublished = "the tags of shard 0 are not the ones that were published";
    for (found, message) in [
        (with(|tags| tags.truncate(4095)), "shard 0 has 4095 tags instead of 4096"),
        (with(|tags| tags.clear()), "shard 0 has 0 tags instead of 4096"),
        (with(|tags| tags.push(Tag::from(u64::MAX))), "shard 0 has 4097 tags instead of 4096"),
        (with(|tags| tags[7] = tags[8]), "a tag of shard 0 is repeated"),
        (with(|tags| tags.swap(7, 8)), "the tags of shard 0 are not sorted"),
        (with(|tags| tags.reverse()), "the tags of shard 0 are not sorted"),
        (with(|tags| tags[4095] = Tag::from(1 << 63)), "a tag does not belong to shard 0"),
        (with(|tags| tags[4095] = Tag::from(u64::MAX)), "a tag does not belong to shard 0"),
        (refusal(1, &tags), "a tag does not belong to shard 1"),
        (with(|tags| tags[7] = Tag::from(tags[7].number() + 1)), unpublished),
        (with(|tags| tags[0] = Tag::from(0)), unpublished),
    ] {
        assert_eq!(found, message);
    }
    let bytes: Vec<u8> = tags.iter().flat_map(|tag| *tag.as_bytes()).collect();
    for odd in [&bytes[1..], &[&bytes[..], &[0]].concat()] {
        assert!(matches!(setting.ask_bytes(0, odd, &setting.list), Err(TagsFault::Count { shard: 0, .. })));
    }
}

/// A filter with a few entries more than are streamed stays within the fill that is allowed, and its signature and root
/// are right. Whoever made it still cannot ask: neither with the 4,096 nor with others.
#[test]
fn a_filter_tuned_to_answer_more_than_its_entries() {
    let setting = Setting::new();
    let header = setting.exchange.receive(0, &setting.list.header.encode(), &setting.list.shards).unwrap();
    let tags = setting.tags(0);
    let guess = Tag::from(tags[7].number() + 1);
    let tuned = header.seeds().both().map(|seed| {
        let mut filter = Filter::new(&seed);
        tags.iter().chain([&guess]).for_each(|tag| filter.insert(*tag));
        filter.bits().to_vec()
    });
    let shards = vec![tuned.concat(), setting.list.shards[1].clone()];
    let mut changed = header.header().clone();
    let hashes = (0..).zip(&shards).map(|(shard, bytes)| shard_hash(shard, bytes));
    changed.shards_root = mandorla::list::header::shards_root(hashes);
    let list = SealedList { header: changed.sign(&setting.exchange.members[0].signing), shards };
    setting.verdict(&list.header.encode(), &list.shards).unwrap();

    let with_guess: Vec<Tag> = tags.iter().map(|tag| if *tag == tags[7] { guess } else { *tag }).collect();
    for streamed in [tags, with_guess] {
        let bytes: Vec<u8> = streamed.iter().flat_map(|tag| *tag.as_bytes()).collect();
        assert_eq!(setting.ask_bytes(0, &bytes, &list).err(), Some(TagsFault::NotPublished { shard: 0 }));
    }
}

#[test]
fn drafts_that_make_no_list() {
    let exchange = Exchange::of_companies(2);
    let key = exchange.salt.seed_key(&exchange.round.hash());
    let entry = |indicator: Indicator, tag: Option<Tag>| {
        let seed = key.seed(&indicator, &mut Vec::new());
        Entry { tag: tag.unwrap_or(seed.tag()), seed, content: indicator.into(), origin: None }
    };
    let twice = |count: u32| (0..count).chain(0..count).map(|n| entry(indicator(n), None)).collect();
    assert_eq!(Draft::new(twice(10), 10).map(|draft| draft.len()), Ok(10), "what is there twice counts once");
    assert_eq!(
        Draft::new(twice(11), 10).err().unwrap().to_string(),
        "the list has 11 indicators, the charter allows 10: choose the ones that matter for this exchange"
    );
    // All tags in one corner, as no salt does it: a larger class would help, if the charter allowed one.
    let crowded =
        |count: u32| -> Vec<Entry> { (0..count).map(|n| entry(indicator(n), Some(Tag::from(u64::from(n))))).collect() };
    assert_eq!(Draft::new(crowded(4097), 1_000_000).err(), Some(DraftFault::Overfull));
    assert_eq!(Draft::new(crowded(4096), 1_000_000).unwrap().class().shards(), 2);
    // 5,000 tags in the lower half: the first of two shards does not hold them, the first two of three do.
    let skewed: Vec<Entry> =
        (0..5000u64).map(|n| entry(indicator(n as u32), Some(Tag::from(n * ((1 << 63) / 5000))))).collect();
    let class = Draft::new(skewed, 1_000_000).unwrap().class();
    assert_eq!(class.shards(), 3, "an overfull shard takes the next class");
}

fn order_refusal(signed: SignedOrder, exchange: &Exchange) -> String {
    signed.verify(&exchange.charter).unwrap_err().to_string()
}

#[test]
fn orders_that_open_no_round() {
    let exchange = Exchange::of_companies(3);
    let (convener, other) = (&exchange.members[0].signing, &exchange.members[1].signing);
    let good = exchange.round.signed();
    let resigned = |change: &dyn Fn(&mut Order), key: &SigningKey| {
        let mut order = good.order.clone();
        change(&mut order);
        order_refusal(SignedOrder::sign(order, good.sealed_salts.clone(), key), &exchange)
    };
    let changed = |change: &dyn Fn(&mut SignedOrder)| {
        let mut signed = good.clone();
        change(&mut signed);
        order_refusal(signed, &exchange)
    };
    let with_salts = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut salts = good.sealed_salts.clone();
        change(&mut salts);
        order_refusal(SignedOrder::sign(good.order.clone(), salts, convener), &exchange)
    };
    let signature = "the round order is not signed by the convener, Member 0";
    let times = "the round order's times are not those of the charter";
    let salts = "the round order does not carry one sealed salt for each member";
    for (case, found, message) in [
        ("another member", resigned(&|_| (), other), signature),
        ("the matcher", resigned(&|_| (), &matcher().signing), signature),
        ("its number changed", changed(&|signed| signed.order.number += 1), signature),
        ("its nonce changed", changed(&|signed| signed.order.nonce[0] ^= 1), signature),
        ("its time changed", changed(&|signed| signed.order.close += 1), signature),
        ("its commitment changed", changed(&|signed| signed.order.source = SeedSource::Salt([9; 32])), signature),
        ("its digest changed", changed(&|signed| signed.salts_digest[0] ^= 1), signature),
        ("closes later", resigned(&|order| order.close += 1, convener), times),
        ("answers shorter", resigned(&|order| order.last_answer -= 1, convener), times),
        ("is never purged", resigned(&|order| order.purge = u64::MAX, convener), times),
        ("opened earlier than it says", resigned(&|order| order.opened -= 1, convener), times),
        ("opened at the end of time", resigned(&|order| order.opened = u64::MAX, convener), times),
        ("a salt changed", changed(&|signed| signed.sealed_salts[1][40] ^= 1), salts),
        ("two salts swapped", changed(&|signed| signed.sealed_salts.swap(1, 2)), salts),
        ("a salt taken away", changed(&|signed| drop(signed.sealed_salts.pop())), salts),
        ("a salt missing from the start", with_salts(&|salts| drop(salts.pop())), salts),
        ("a salt too many", with_salts(&|salts| salts.push(salts[0].clone())), salts),
        ("a salt too long", with_salts(&|salts| salts[1].push(0)), salts),
    ] {
        assert_eq!(found, message, "{case}");
    }
    let mut renamed = terms(&exchange.members, Level::Named, vec![]);
    renamed.name = "another".to_owned();
    let elsewhere = good.clone().verify(&agree(renamed, &exchange.members)).unwrap_err();
    assert_eq!(elsewhere.to_string(), "the round order is for another charter");

    // Once the round is purged the salts are gone, and the order can still be checked.
    let purged = SignedOrder { sealed_salts: vec![], ..good.clone() }.verify(&exchange.charter).unwrap();
    assert_eq!((purged.hash(), purged.sealed_salt(0)), (exchange.round.hash(), None));
}

#[test]
fn an_order_has_one_spelling() {
    let order = Exchange::of_companies(2).round.order().clone();
    let bytes = order.encode();
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        let other = Order::decode(&flipped);
        assert!(other.is_err() || other.is_ok_and(|other| other.hash() != order.hash()), "byte {place}");
        assert!(Order::decode(&bytes[..place]).is_err(), "cut at {place}");
    }
    assert!(Order::decode(&[&bytes[..], &[0]].concat()).is_err());
}

/// The order's times rule, whatever was reached before, and nothing goes back.
#[test]
fn phases_never_go_back() {
    use Phase::{Closed, Open, Purged};
    let exchange = Exchange::of_companies(2);
    let order = exchange.round.order();
    for (now, reached, phase) in [
        (OPENED, Open, Open),
        (0, Open, Open),
        (order.close - 1, Open, Open),
        (order.close, Open, Closed),
        (OPENED, Closed, Closed),
        (order.purge - 1, Open, Closed),
        (order.purge, Open, Purged),
        (u64::MAX, Closed, Purged),
        (0, Purged, Purged),
    ] {
        assert_eq!(exchange.round.phase_at(now, reached), phase, "{now} after {reached:?}");
    }
}

#[test]
fn salts_that_are_not_the_round_s() {
    let exchange = Exchange::of_companies(2);
    let order = exchange.round.order();
    let own = &exchange.members[0].opening;
    let open = |sealed: &[u8], round: &Round, commitment: &[u8; 32], key: &OpeningKey| {
        Salt::open(sealed, &round.hash(), &round.order().nonce, commitment, key).map_err(|fault| fault.to_string())
    };
    let refusal = |sealed: &[u8], commitment: &[u8; 32], key: &OpeningKey| {
        open(sealed, &exchange.round, commitment, key).err().unwrap()
    };
    let (ours, theirs) = (exchange.round.sealed_salt(0).unwrap(), exchange.round.sealed_salt(1).unwrap());
    let SeedSource::Salt(committed) = &order.source else { panic!("in shared custody an order has a salt") };
    let opened = open(ours, &exchange.round, committed, own).ok().unwrap();
    assert_eq!(opened.commitment(&order.nonce), *committed);

    let not_for_us = "the round's salt is not sealed to this home's card: ask the convener to open the round again";
    let sealed = |plain: &[u8]| {
        let label = Label::new("mandorla/1 sealed salt");
        exchange.members[0].core.sealing().seal(label, &[exchange.round.hash().as_bytes()], &[], plain)
    };
    let other_salt = Salt::random().seal(&exchange.round.hash(), exchange.members[0].core.sealing());
    let other_round = exchange.salt.seal(&RoundHash::new([9; 32]), exchange.members[0].core.sealing());
    let mismatch =
        "the round's salt does not match the commitment in the round order: do not publish, and tell the convener";
    let length = "the round's salt has a wrong length: do not publish, and tell the convener";
    for (case, found, message) in [
        ("for another card", refusal(theirs, committed, own), not_for_us),
        ("opened by another card", refusal(ours, committed, &exchange.members[1].opening), not_for_us),
        ("for another round", refusal(&other_round, committed, own), not_for_us),
        ("nothing", refusal(&[], committed, own), not_for_us),
        ("another salt", refusal(&other_salt, committed, own), mismatch),
        ("another commitment", refusal(ours, &[0; 32], own), mismatch),
        ("too short", refusal(&sealed(&[0x22; 31]), committed, own), length),
        ("too long", refusal(&sealed(&[0x22; 33]), committed, own), length),
    ] {
        assert_eq!(found, message, "{case}");
    }
}

#[test]
fn receipts_that_are_worth_nothing() {
    let receipt =
        Receipt { round: RoundHash::new([1; 32]), member: [2; 32], number: 1, shards_root: [3; 32], received: OPENED };
    let matcher = matcher();
    let bytes = receipt.sign(&matcher.signing);
    let verify = |bytes: &[u8]| Receipt::verify(bytes, matcher.core.verifying()).map_err(|fault| fault.to_string());
    assert_eq!(verify(&bytes), Ok(receipt.clone()));
    let unsigned = "the receipt is not signed by the matcher of the charter";
    assert_eq!(verify(&receipt.sign(&Identity::new("Member 0", Role::Company).signing)).unwrap_err(), unsigned);
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        assert!(verify(&flipped).is_err(), "byte {place}");
        assert_eq!(verify(&bytes[..place]).unwrap_err(), "not a well-formed receipt: it ends too early");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(verify(&longer).unwrap_err(), "not a well-formed receipt: bytes follow its end");
}

/// Every kind of place in a file of chunks: all of the beginning, the edges of each chunk, and samples between.
fn places(bytes: &[u8], first_chunk: usize, step: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..first_chunk + 80).chain((0..bytes.len()).step_by(step)).collect();
    for chunk in chunks(bytes, first_chunk) {
        places.extend([*chunk.start(), chunk.start() + 3, chunk.start() + 4, chunk.end() - 16, *chunk.end()]);
    }
    places.retain(|place| *place < bytes.len());
    places
}

/// Where the chunks of a file lie, with the lengths before them.
fn chunks(bytes: &[u8], first: usize) -> Vec<RangeInclusive<usize>> {
    let mut chunks = Vec::new();
    let mut start = first;
    while let Some(length) = bytes[start..].first_chunk() {
        let end = start + 4 + u32::from_le_bytes(*length) as usize;
        chunks.push(start..=end - 1);
        start = end;
    }
    chunks
}

/// The file with its chunks in this order.
fn rearranged(bytes: &[u8], first: usize, order: &[usize]) -> Vec<u8> {
    let chunks = chunks(bytes, first);
    let parts = order.iter().flat_map(|chunk| &bytes[chunks[*chunk].clone()]);
    bytes[..first].iter().chain(parts).copied().collect()
}

impl Setting {
    /// What the matcher makes of a sealed file: courier's reading, opening, and every check of a list.
    fn open_sealed(&self, file: &[u8], key: &OpeningKey) -> Result<(), String> {
        fn words(fault: impl ToString) -> String {
            fault.to_string()
        }
        let mut file = SealedFile::open(file).map_err(words)?;
        let key = file.preamble.open(key).map_err(words)?;
        let header = key.header(std::mem::take(&mut file.header)).map_err(words)?;
        let signed = SignedHeader::decode(&header).map_err(words)?;
        let class = signed.header().class;
        let mut shards = Vec::new();
        for shard in 0..class.shards() {
            let chunk = file.next_shard().map_err(words)?.ok_or("the list ends too early")?;
            shards.push(key.shard(class, shard, chunk).map_err(words)?);
        }
        if file.next_shard().map_err(words)?.is_some() {
            return Err("the list goes on".to_owned());
        }
        self.verdict(&header, &shards)
    }
}

#[test]
fn sealed_files_that_were_tampered_with() {
    let setting = Setting::new();
    let key = matcher().opening;
    let seal = |list: SealedList| {
        let mut bytes = Vec::new();
        file::write_sealed(&mut bytes, list, matcher().core.sealing()).unwrap();
        bytes
    };
    let bytes = seal(setting.exchange.seal(0, &setting.draft));
    let other = seal(setting.exchange.seal(0, &setting.draft));
    let open = |bytes: &[u8]| setting.open_sealed(bytes, &key);
    open(&bytes).unwrap();
    open(&other).unwrap();

    let start = file::Preamble::LEN;
    let places = places(&bytes, start, 211);
    for place in &places {
        let mut flipped = bytes.clone();
        flipped[*place] ^= 0x40;
        assert!(open(&flipped).is_err(), "byte {place}");
        assert!(open(&bytes[..*place]).is_err(), "cut at {place}");
    }
    for order in [&[0, 2, 1][..], &[1, 0, 2], &[0, 1], &[0, 2], &[0, 1, 1], &[0, 1, 2, 2], &[0], &[]] {
        assert!(open(&rearranged(&bytes, start, order)).is_err(), "{order:?}");
    }
    let chunk = chunks(&bytes, start)[1].clone();
    let mixed = [&bytes[..*chunk.start()], &other[chunk.clone()], &bytes[chunk.end() + 1..]].concat();
    assert!(open(&mixed).unwrap_err().starts_with("chunk 1 cannot be opened"), "a shard of the same list, sealed anew");

    for (case, found, message) in [
        ("another matcher", setting.open_sealed(&bytes, &OpeningKey::generate()), "chunk 0 cannot be opened"),
        (
            "no file of ours",
            open(&[b'x'; 200]),
            "not a well-formed sealed list: it does not begin like one of this version",
        ),
        ("cut in the preamble", open(&bytes[..start - 1]), "not a well-formed sealed list: it ends too early"),
        ("cut in a chunk", open(&bytes[..bytes.len() - 1]), "not a well-formed sealed list: it ends too early"),
        ("cut in a length", open(&bytes[..start + 2]), "not a well-formed sealed list: it ends too early"),
        (
            "a length beyond all shards",
            open(&[&bytes[..start], &[0xFF; 4], &bytes[start + 4..]].concat()),
            "not a well-formed sealed list: a part is longer than the format allows",
        ),
    ] {
        let found = found.unwrap_err();
        assert!(found.starts_with(message), "{case}: {found}");
    }
}

/// The tags of a file, each with what is under it.
fn read_tags(bytes: &[u8], secret: &[u8]) -> Result<Vec<(Tag, Vec<Indicator>)>, FileFault> {
    let mut file = {
        let start = TagsFile::start(bytes)?;
        let key = tags_key(secret, start.round, &start.nonce);
        start.open(key)?
    };
    let mut found = Vec::new();
    while let Some(shard) = file.next_shard()? {
        for tag in shard.tags() {
            found.push((tag, shard.indicators(tag)?));
        }
    }
    Ok(found)
}

/// As a home derives it: from a secret, for the round and nonce that the file names.
fn tags_key(secret: &[u8], round: RoundHash, nonce: &[u8; 32]) -> Secret<32> {
    Secret::new(hash(Label::new("mandorla/1 test tags key"), &[secret, round.as_bytes(), nonce]))
}

#[test]
fn tags_files_that_were_tampered_with() {
    let setting = Setting::new();
    let (round, nonce) = (setting.exchange.round.hash(), [5; 32]);
    let mut bytes = Vec::new();
    let key = tags_key(b"home", round, &nonce);
    file::write_tags(&mut bytes, &setting.draft, round, 1, nonce, &key).unwrap();
    let expected: Vec<_> = setting
        .draft
        .entries()
        .iter()
        .map(|entry| (entry.tag, entry.indicator().cloned().into_iter().collect::<Vec<_>>()))
        .collect();
    assert!(read_tags(&bytes, b"home").unwrap() == expected);

    let start = 23 + 64;
    for place in places(&bytes, start, 997) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 0x40;
        assert!(read_tags(&flipped, b"home").is_err(), "byte {place}");
        assert!(read_tags(&bytes[..place], b"home").is_err(), "cut at {place}");
    }
    for order in [&[0, 2, 1][..], &[1, 0, 2], &[0, 1], &[0, 2], &[0, 1, 1], &[0, 1, 2, 2], &[0], &[]] {
        assert!(read_tags(&rearranged(&bytes, start, order), b"home").is_err(), "{order:?}");
    }
    let refusal = |bytes: &[u8], secret: &[u8]| read_tags(bytes, secret).unwrap_err().to_string();
    assert!(refusal(&bytes, b"another home").starts_with("chunk 0 cannot be opened"));
    assert_eq!(refusal(&bytes[..bytes.len() - 1], b"home"), "not a well-formed tags file: it ends too early");
    assert_eq!(refusal(&[&bytes[..], &[0]].concat(), b"home"), "not a well-formed tags file: bytes follow its end");
    assert_eq!(
        refusal(&[b'x'; 100], b"home"),
        "not a well-formed tags file: it does not begin like one of this version"
    );
}

/// A tag that no entry has is a dummy's: nothing is under it, in a list of any size.
#[test]
fn nothing_is_under_a_dummy() {
    let exchange = Exchange::of_companies(2);
    for count in [0, 1, 300] {
        let draft = exchange.draft((0..count).map(indicator));
        let mut bytes = Vec::new();
        file::write_tags(&mut bytes, &draft, exchange.round.hash(), 1, [0; 32], &Secret::new([1; 32])).unwrap();
        let mut file = TagsFile::start(&bytes[..]).unwrap().open(Secret::new([1; 32])).unwrap();
        assert_eq!((file.number, file.class, file.indicators), (1, draft.class(), count.into()));
        let shard = file.next_shard().unwrap().unwrap();
        assert_eq!(shard.tags().count(), count as usize);
        let real = |tag: &Tag| draft.entries().iter().any(|entry| entry.tag == *tag);
        for tag in dummies(0).fill(draft.class(), 0, shard.tags()).as_slice() {
            assert_eq!(shard.indicators(*tag).unwrap().len(), usize::from(real(tag)));
        }
        assert!(file.next_shard().unwrap().is_none() && file.next_shard().unwrap().is_none());
    }
}

/// Two indicators under one tag, which chance makes once in 2^64 pairs, both come back.
#[test]
fn two_indicators_may_share_a_tag() {
    let entry = |n: u32| Entry {
        tag: Tag::from(7),
        seed: Seed::new([n as u8; 32]),
        content: indicator(n).into(),
        origin: None,
    };
    let draft = Draft::new(vec![entry(2), entry(1), entry(2)], 10).unwrap();
    assert_eq!(draft.len(), 2);
    let mut bytes = Vec::new();
    let key = || Secret::new([1; 32]);
    file::write_tags(&mut bytes, &draft, RoundHash::new([1; 32]), 1, [0; 32], &key()).unwrap();
    let shard = TagsFile::start(&bytes[..]).unwrap().open(key()).unwrap().next_shard().unwrap().unwrap();
    assert_eq!(shard.indicators(Tag::from(7)).unwrap(), [indicator(1), indicator(2)]);
    let tags = dummies(0).fill(draft.class(), 0, shard.tags());
    assert_eq!(tags.as_slice()[0], Tag::from(7), "and take one entry of the shard");
}

/// Whatever lengths and counts say, the reader takes no more than is there, and no more than the format allows.
#[test]
fn the_reader_keeps_within_its_bounds() {
    type Read = fn(&mut Reader<'_>) -> Result<(), Malformed>;
    let early = "not a well-formed test: it ends too early";
    let long = "not a well-formed test: a part is longer than the format allows";
    let cases: [(&[u8], Read, &str); 12] = [
        (&[], |r| r.u8().map(drop), early),
        (&[0; 3], |r| r.u32().map(drop), early),
        (&[0; 7], |r| r.u64().map(drop), early),
        (&[0; 31], |r| r.fixed::<32>().map(drop), early),
        (&[0; 3], |r| r.bytes(8).map(drop), early),
        (&[4, 0, 0, 0, 1, 2, 3], |r| r.bytes(8).map(drop), early),
        (&[9, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], |r| r.bytes(8).map(drop), long),
        (&[0xFF; 16], |r| r.bytes(usize::MAX).map(drop), early),
        (&[2, 0, 0, 0, 0xC3, 0x28], |r| r.text(8).map(drop), "not a well-formed test: a text is not UTF-8"),
        (&[0xFF; 4], |r| r.count(7).map(drop), "not a well-formed test: it lists more than the format allows"),
        (&[8, 0, 0, 0], |r| r.count(7).map(drop), "not a well-formed test: it lists more than the format allows"),
        (
            &[0],
            |r| std::mem::replace(r, Reader::new("test", &[])).end(),
            "not a well-formed test: bytes follow its end",
        ),
    ];
    for (bytes, read, message) in cases {
        assert_eq!(read(&mut Reader::new("test", bytes)).unwrap_err().to_string(), message, "{bytes:?}");
    }
    let mut reader = Reader::new("test", &[3, 0, 0, 0, b'a', b'b', b'c', 7, 0, 0, 0]);
    assert_eq!((reader.text(3), reader.remaining(), reader.count(7)), (Ok("abc"), 4, Ok(7)));
    assert!(reader.is_empty() && reader.u8().is_err() && reader.end().is_ok());
}

/// Until when a list stands: the purge, or its own end where the charter has one before; never longer.
#[test]
fn a_list_says_until_when_it_stands() {
    const HOUR: u64 = 3600;
    let refusal = |hours: u32, created: u64, expires: u64| {
        let members = members(&[Role::Company, Role::Company]);
        let mut terms = terms(&members, Level::Named, vec![]);
        terms.list_expiry_hours = hours;
        let exchange = Exchange::new(members, terms);
        let list = exchange.seal(0, &exchange.draft([]));
        let sealed = list.header.header().clone();
        let honest = (OPENED + 60 + u64::from(hours) * HOUR).min(exchange.round.order().purge);
        assert_eq!(sealed.expires, honest, "{hours}");
        let header = Header { created, expires, ..sealed }.sign(&exchange.members[0].signing);
        header.verify(&exchange.round, &exchange.charter, 0).err().map(|fault| fault.to_string())
    };
    let purge = OPENED + 96 * HOUR;
    for (hours, created, expires, stands) in [
        (720, OPENED, purge, true),
        (720, OPENED, purge + 1, false),
        (720, 0, 720 * HOUR, true),
        (720, 0, 720 * HOUR + 1, false),
        (48, OPENED, OPENED + 48 * HOUR, true),
        (48, OPENED, OPENED + 48 * HOUR + 1, false),
        (48, OPENED + 60 * HOUR, purge, true),
        (48, u64::MAX, purge, true),
        (48, u64::MAX, u64::MAX, false),
    ] {
        let expected = (!stands).then(|| "the list stands longer than the round or the charter's `list_expiry_hours` allow: seal it again for this round".to_owned());
        assert_eq!(refusal(hours, created, expires), expected, "{hours} {created} {expires}");
    }
}

/// With lists of one size, the class says nothing: neither an empty list nor a full one has another.
#[test]
fn lists_of_one_size() {
    let members = members(&[Role::Company, Role::Company]);
    let mut terms = terms(&members, Level::Named, vec![]);
    (terms.max_indicators, terms.same_size) = (7152, true);
    let exchange = Exchange::new(members, terms);
    let terms = exchange.charter.terms();
    for count in [0, 1, 4000, 7152] {
        let draft = exchange.draft_of(0, (0..count).map(indicator));
        assert_eq!((draft.class().shards(), terms.class_for(count.into()).unwrap().shards()), (2, 2), "{count}");
    }
    assert_eq!(terms.class_for(7153), None);
    let smaller = Draft::new(Vec::new(), 7168).unwrap();
    let list = exchange.seal(0, &smaller);
    assert_eq!(
        exchange.receive(0, &list.header.encode(), &list.shards).err().unwrap().to_string(),
        "the list has 1 shards, and this charter has all lists of one size, 2: seal it again with a program that keeps to it"
    );
}

/// 3,584 real tags a shard, of which 16 for each other member are canaries: what the charter allows are indicators.
#[test]
fn canaries_come_on_top_of_what_is_allowed() {
    for (others, last) in [(1, 3568), (3, 3536)] {
        let exchange = Exchange::of_companies(1 + others);
        let terms = exchange.charter.terms();
        for (count, shards) in [(0, 1), (last, 1), (last + 1, 2), (last + 3584, 2), (last + 3585, 3)] {
            let draft = exchange.draft_of(0, (0..count).map(indicator));
            assert_eq!((draft.len(), draft.entries().len()), (count.into(), count as usize + 16 * others), "{count}");
            assert_eq!((draft.class().shards(), terms.class_for(count.into()).unwrap().shards()), (shards, shards));
            let mut least = terms.clone();
            least.max_indicators = count.into();
            assert_eq!(least.max_class().shards(), shards, "{count}");
        }
    }
    let exchange = Exchange::of_companies(2);
    let mut terms = exchange.charter.terms().clone();
    terms.max_indicators = 10;
    let entries = |count: u32| exchange.entries_of(0, (0..count).map(indicator));
    assert_eq!(Draft::under(&terms, entries(10)).map(|draft| draft.len()), Ok(10));
    assert_eq!(Draft::under(&terms, entries(11)).err(), Some(DraftFault::TooMany { found: 11, max: 10 }));
    assert!(Draft::under(&terms, entries(0)).unwrap().is_empty());
    terms.max_indicators = u64::from(Class::MAX.shards()) * 3584;
    assert_eq!(terms.max_class(), Class::MAX, "it has room for the canaries of the largest list");
}

/// They are told from indicators and from dummies, and count as neither.
#[test]
fn canaries_come_back_from_a_tags_file() {
    let exchange = Exchange::of_companies(3);
    let draft = exchange.draft_of(1, (0..5).map(indicator));
    let mut bytes = Vec::new();
    file::write_tags(&mut bytes, &draft, exchange.round.hash(), 1, [0; 32], &Secret::new([1; 32])).unwrap();
    let open = |bytes: &[u8]| {
        let mut file = TagsFile::start(bytes)?.open(Secret::new([1; 32]))?;
        Ok::<_, FileFault>((file.indicators, file.next_shard()?.unwrap()))
    };
    let (indicators, shard) = open(&bytes).unwrap();
    assert_eq!((indicators, shard.tags().count()), (5, 5 + 2 * 16));
    for entry in draft.entries() {
        assert_eq!(shard.contents(entry.tag).unwrap(), [(entry.content.clone(), None)]);
        assert_eq!(shard.indicators(entry.tag).unwrap().first(), entry.indicator());
    }
    for other in [0, 2] {
        let with = draft.entries().iter().filter(|entry| entry.content == Content::Canary { with: other });
        assert_eq!(with.count(), 16);
    }
    let earlier = [b"mandorla/1 tags file 2\n", &bytes[23..]].concat();
    let refusal = open(&earlier).err().unwrap().to_string();
    assert_eq!(refusal, "not a well-formed tags file: it does not begin like one of this version");
}

/// Each of them, and nobody else; another than the one who opened it may move the close.
#[test]
fn any_convener_opens_rounds_and_moves_their_close() {
    let members = members(&[Role::Agency, Role::Broker, Role::Company]);
    let mut terms = terms(&members, Level::Named, vec![]);
    terms.conveners = [1, 2].into();
    let charter = agree(terms, &members);
    let order = Order::new(&charter, 1, [0; 32], OPENED, SeedSource::Salt([0; 32]));
    let salts = vec![vec![0; 80]; 3];
    let by = |place: usize| SignedOrder::sign(order.clone(), salts.clone(), &members[place].signing);
    let refused = "the round order is not signed by a convener (Member 1, Member 2)";
    assert_eq!(by(0).verify(&charter).unwrap_err().to_string(), refused);
    for opener in [1, 2] {
        by(opener).verify(&charter).unwrap();
        for mover in [0, 1, 2] {
            let mut signed = by(opener);
            signed.extension = Some(Extension::sign(order.hash(), order.close + 1, &members[mover].signing));
            let moved = signed.verify(&charter).map(|round| round.close()).map_err(|fault| fault.to_string());
            assert_eq!(moved, if mover == 0 { Err(refused.to_owned()) } else { Ok(order.close + 1) });
        }
    }
}

/// Also where it is not the charter's first member, as it is in the other tests.
#[test]
fn the_convener_alone_opens_rounds() {
    let members = members(&[Role::Agency, Role::Broker]);
    let mut terms = terms(&members, Level::Named, vec![]);
    terms.conveners = [1].into();
    let charter = agree(terms, &members);
    let order = Order::new(&charter, 1, [0; 32], OPENED, SeedSource::Salt([0; 32]));
    let salts = vec![vec![0; 80]; 2];
    let by = |place: usize| SignedOrder::sign(order.clone(), salts.clone(), &members[place].signing).verify(&charter);
    assert_eq!(by(0).unwrap_err().to_string(), "the round order is not signed by the convener, Member 1");
    by(1).unwrap();
}

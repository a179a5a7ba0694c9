//! Files that people carry: whatever is done to one on its way, it is refused, and nothing panics or takes memory that is not there.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

#[path = "common/core.rs"]
mod core;

use std::io::{Cursor, Read};

use self::core::{Exchange, Identity, OPENED, dummies, indicator, matcher, terms};
use mandorla::carried::answer::{self, AnswerFile, AnswerSealer, Part};
use mandorla::carried::blinded::{self, BlindedBatch, BlindedFile};
use mandorla::carried::evaluated::{self, EvaluatedBatch, EvaluatedFile};
use mandorla::carried::order::OrderFile;
use mandorla::carried::question::{self, OpenedQuestion, QuestionFile, QuestionWriter};
use mandorla::carried::withdrawal::Withdrawal;
use mandorla::carried::{self, Carried, CarriedFault, FileKind};
use mandorla::charter::{Charter, Custodian, Custody, Level, Proposal};
use mandorla::custody::custodian::{self, BatchId};
use mandorla::identity::Role;
use mandorla::list::Draft;
use mandorla::list::file::{self, SealedFile, TagsFile};
use mandorla::list::receipt::Receipt;
use mandorla::list::shard::ShardTags;
use mandorla::matching::disclose::{Count, Summary};
use mandorla::matching::{Certainty, Hit, Match};
use mandorla::oprf::{Blinding, Elements, PrivateKey};
use mandorla::round::{KeyRequest, Order, Published, RoundKey, SeedSource, SignedOrder};
use mandorla::secret::Secret;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// What carries, and stays: every kind of file but cards and keys.
const KINDS: [FileKind; 10] = [
    FileKind::Charter,
    FileKind::RoundOrder,
    FileKind::Blinded,
    FileKind::Evaluated,
    FileKind::SealedList,
    FileKind::Question,
    FileKind::Answer,
    FileKind::Withdrawal,
    FileKind::Receipt,
    FileKind::Tags,
];
const NONCE: [u8; 32] = [0x77; 32];

/// A round of three companies, and the second one's list of two shards.
struct Setting {
    exchange: Exchange,
    proposal: Proposal,
    draft: Draft,
    vaults: Vaults,
}

/// The same members under two custodians: the second one's list, blinded.
struct Vaults {
    order: OrderFile,
    keys: Vec<PrivateKey>,
    batches: Vec<(BatchId, Blinding)>,
}

impl Vaults {
    fn new(members: &[Identity]) -> Self {
        let vaults: Vec<Identity> =
            (0..2).map(|place| Identity::new(&format!("Vault {place}"), Role::Custodian)).collect();
        let url = |port: u16| format!("https://vault.example:{port}");
        let custodians = vaults.iter().zip(7451..);
        let custodians =
            custodians.map(|(vault, port)| Custodian { card: vault.core.clone(), url: url(port) }).collect();
        let mut terms = terms(members, Level::Named, Vec::new());
        terms.custody = Custody::Custodians(custodians);
        let mut proposal = Proposal::new(Charter::new(terms).unwrap());
        for (place, member) in members.iter().enumerate() {
            proposal.add(place, proposal.charter().sign(&member.signing)).unwrap();
        }
        let charter = proposal.agreed().unwrap();
        let keys: Vec<PrivateKey> = (0..2).map(|n| PrivateKey::derive(&[n; 32], b"").unwrap()).collect();
        let request = KeyRequest { charter: charter.hash(), number: 1, nonce: [3; 32], opened: OPENED };
        let round_keys = keys.iter().zip(&vaults).map(|(key, by)| RoundKey::sign(&request, key.public(), &by.signing));
        let order = Order::new(&charter, 1, request.nonce, OPENED, SeedSource::Keys(round_keys.collect()));
        let order = OrderFile { proposal, order: SignedOrder::sign(order, Vec::new(), &members[0].signing) };
        let batch = |n: u8| {
            let canons: Vec<Vec<u8>> = (0..5).map(|i| indicator(u32::from(n) * 5 + i).canon()).collect();
            (BatchId::new([n; 16]), custodian::blind(&Secret::new([n; 32]), canons.iter().map(Vec::as_slice)).unwrap())
        };
        Self { order, keys, batches: vec![batch(0), batch(1)] }
    }

    fn blinded(&self, member: &Identity) -> Vec<u8> {
        let mut out = Vec::new();
        blinded::write_head(&mut out, &self.order.encode(), 1, self.batches.len()).unwrap();
        for (id, blinding) in &self.batches {
            let round = self.order.order.order.hash();
            let batch = BlindedBatch::sign(&round, *id, blinding.elements(), &member.signing);
            blinded::write_batch(&mut out, &batch).unwrap();
        }
        out
    }

    fn evaluated(&self) -> Vec<u8> {
        let mut out = Vec::new();
        evaluated::write_head(&mut out, &self.order.order.order.hash(), 2, self.batches.len()).unwrap();
        for (id, blinding) in &self.batches {
            let elements = Elements::try_from(blinding.elements()).unwrap();
            let answers = self.keys.iter().map(|key| key.evaluate(&elements)).collect();
            evaluated::write_batch(&mut out, &EvaluatedBatch { id: *id, answers }).unwrap();
        }
        out
    }

    /// What a custodian does with what a courier brings, but for evaluating it.
    fn take_blinded(&self, content: Box<dyn Read>) -> Result<(), Box<dyn std::error::Error>> {
        let mut file = BlindedFile::open(content)?;
        let (charter, round) = file.order.clone().verify()?;
        let member = charter.terms().members.get(file.member).ok_or("no member's")?;
        while let Some(batch) = file.next_batch()? {
            custodian::verify(&round.hash(), batch.id, &batch.elements, member.verifying(), &batch.signature)?;
        }
        Ok(())
    }

    /// What the home does with what comes back.
    fn take_evaluated(&self, content: Box<dyn Read>) -> Result<(), Box<dyn std::error::Error>> {
        let mut file = EvaluatedFile::open(content)?;
        if (file.round, file.custodians) != (self.order.order.order.hash(), 2) {
            return Err("another round".into());
        }
        let mut expected = self.batches.iter();
        while let Some(batch) = file.next_batch()? {
            let (id, blinding) = expected.next().ok_or("more than was blinded")?;
            if batch.id != *id {
                return Err("another batch".into());
            }
            for (answer, key) in batch.answers.iter().zip(&self.keys) {
                blinding.finalize(&key.public(), &answer.elements, &answer.proof)?;
            }
        }
        if expected.next().is_none() { Ok(()) } else { Err("less than was blinded".into()) }
    }
}

impl Setting {
    fn new() -> Self {
        let exchange = Exchange::of_companies(3);
        let mut proposal = Proposal::new(Charter::new(exchange.charter.terms().clone()).unwrap());
        for (place, member) in exchange.members.iter().enumerate() {
            proposal.add(place, proposal.charter().sign(&member.signing)).unwrap();
        }
        let draft = exchange.draft((0..3600).map(indicator));
        let vaults = Vaults::new(&exchange.members);
        Self { exchange, proposal, draft, vaults }
    }

    fn question(&self) -> question::Header {
        question::Header {
            round: self.exchange.round.hash(),
            member: *self.exchange.members[1].core.verifying().as_bytes(),
            number: 1,
            class: self.draft.class(),
            nonce: [5; 16],
        }
    }

    fn answer(&self) -> answer::Header {
        answer::Header::to(&self.question(), OPENED + 90_000)
    }

    fn tags(&self) -> Vec<ShardTags> {
        let real = self.draft.shards();
        let fill = |(shard, real): (u32, &[mandorla::list::Entry])| {
            dummies(1).fill(self.draft.class(), shard, real.iter().map(|entry| entry.tag))
        };
        (0..).zip(real).map(fill).collect()
    }

    /// A file of a kind, as its maker writes it.
    fn file(&self, kind: FileKind) -> Vec<u8> {
        let (member, round) = (&self.exchange.members[1], self.exchange.round.hash());
        let mut out = Vec::new();
        match kind {
            FileKind::Charter => out = carried::charter::encode(&self.proposal),
            FileKind::RoundOrder => out = self.order().encode(),
            FileKind::Blinded => out = self.vaults.blinded(member),
            FileKind::Evaluated => out = self.vaults.evaluated(),
            FileKind::SealedList => {
                let list = self.exchange.seal(1, &self.draft);
                file::write_sealed(&mut out, list, matcher().core.sealing()).unwrap();
            }
            FileKind::Question => {
                let matcher = matcher();
                let sealing = matcher.core.sealing();
                let mut writer = QuestionWriter::new(&mut out, &self.question(), &member.signing, sealing).unwrap();
                self.tags().iter().for_each(|shard| writer.shard(shard.to_bytes()).unwrap());
            }
            FileKind::Answer => {
                out = seal_answer(&self.answer(), &matcher().signing, member.core.sealing(), &parts()).concat();
            }
            FileKind::Withdrawal => out = Withdrawal::sign(round, 1, &member.signing).encode(),
            FileKind::Receipt => {
                let header = self.exchange.seal(1, &self.draft).header.header().clone();
                let receipt = Receipt {
                    round,
                    member: header.member,
                    number: header.number,
                    shards_root: header.shards_root,
                    received: OPENED + 90,
                };
                out = carried::receipt::encode(&receipt.sign(&matcher().signing));
            }
            FileKind::Tags => {
                file::write_tags(&mut out, &self.draft, round, 1, NONCE, &tags_key(NONCE)).unwrap();
            }
            FileKind::Card | FileKind::Key => unreachable!("armour alone"),
        }
        out
    }

    fn order(&self) -> OrderFile {
        OrderFile { proposal: self.proposal.clone(), order: self.exchange.round.signed().clone() }
    }

    /// Reads a file as the one that it is for, to its end.
    fn accept(&self, kind: FileKind, bytes: &[u8]) -> Result<(), String> {
        let content = Carried::open(Cursor::new(bytes.to_vec())).and_then(|carried| carried.expect(kind));
        let content = content.map_err(|fault| fault.to_string())?;
        self.accept_content(kind, content).map_err(|error| error.to_string())
    }

    fn accept_content(&self, kind: FileKind, content: Box<dyn Read>) -> Result<(), Box<dyn std::error::Error>> {
        let (member, terms) = (&self.exchange.members[1], self.exchange.charter.terms());
        match kind {
            FileKind::Charter => drop(carried::charter::decode(content)?.agreed()?),
            FileKind::RoundOrder => drop(OrderFile::decode(content)?.verify()?),
            FileKind::Blinded => self.vaults.take_blinded(content)?,
            FileKind::Evaluated => self.vaults.take_evaluated(content)?,
            FileKind::SealedList => self.receive(SealedFile::open(content)?)?,
            FileKind::Question => self.ask(QuestionFile::open(content)?)?,
            FileKind::Answer => {
                let mut answer = AnswerFile::open(content, &member.opening)?;
                answer.verify(terms.matcher.verifying())?;
                while answer.next_part()?.is_some() {}
            }
            FileKind::Withdrawal => {
                let withdrawal = Withdrawal::decode(content)?;
                let member = terms.place_of_key(&withdrawal.member).ok_or("no member's")?;
                withdrawal.verify(terms.members[member].verifying())?;
            }
            FileKind::Receipt => {
                let receipt = carried::receipt::decode(content)?;
                _ = Receipt::verify(&receipt, terms.matcher.verifying())?;
            }
            FileKind::Tags => {
                let tags = TagsFile::start(content)?;
                let key = tags_key(tags.nonce);
                let mut tags = tags.open(key)?;
                if tags.round != self.exchange.round.hash() {
                    return Err("another round".into());
                }
                while tags.next_shard()?.is_some() {}
            }
            FileKind::Card | FileKind::Key => unreachable!("armour alone"),
        }
        Ok(())
    }

    /// What the matcher does with a sealed list.
    fn receive(&self, mut list: SealedFile<Box<dyn Read>>) -> Result<(), Box<dyn std::error::Error>> {
        let key = list.preamble.open(&matcher().opening)?;
        let header = key.header(list.header.clone())?;
        let class = mandorla::list::header::SignedHeader::decode(&header)?.header().class;
        let mut shards = Vec::new();
        while let Some(chunk) = list.next_shard()? {
            shards.push(key.shard(class, shards.len() as u32, chunk)?);
        }
        self.exchange.receive(1, &header, &shards)?;
        Ok(())
    }

    /// What the matcher does with a question, but for answering it.
    fn ask(&self, mut question: QuestionFile<Box<dyn Read>>) -> Result<(), Box<dyn std::error::Error>> {
        let opened = OpenedQuestion::open(&question.envelope, question.header.clone(), &matcher().opening)?;
        opened.verify(self.exchange.members[1].core.verifying())?;
        let class = opened.header.class;
        let mut shard = 0;
        while let Some(chunk) = question.next_shard()? {
            ShardTags::from_bytes(class, shard, &opened.shard(shard, chunk)?)?;
            shard += 1;
        }
        if shard == class.shards() { Ok(()) } else { Err("shards are missing".into()) }
    }
}

/// A key that depends on the file's nonce, as that of a home does.
fn tags_key(nonce: [u8; 32]) -> Secret<32> {
    Secret::new(nonce)
}

fn seal_answer(
    header: &answer::Header,
    matcher: &mandorla::identity::SigningKey,
    member: &mandorla::identity::SealingKey,
    parts: &[Part],
) -> Vec<Vec<u8>> {
    let (mut sealer, first) = AnswerSealer::new(header, matcher, member);
    let mut pieces = vec![first];
    for part in parts {
        pieces.extend(sealer.add(part));
    }
    pieces.extend(sealer.finish());
    pieces
}

/// One of each, in two frames or more.
fn parts() -> Vec<Part> {
    let tag = |n: u32| mandorla::tag::Tag::new(u64::from(n).to_be_bytes());
    let hit = |member, certainty| Hit { member, certainty };
    let both = [hit(0, Certainty::Exact), hit(2, Certainty::Probable)].to_vec();
    let matches = |numbers: std::ops::Range<u32>| -> Vec<Match> {
        numbers.map(|n| Match { tag: tag(n), holders: both.clone(), anonymous: n % 3 }).collect()
    };
    vec![
        Part::Lists(vec![Published { member: 0, number: 3, asked: true }]),
        Part::Matches { shard: 0, matches: matches(0..3000), last: false },
        Part::Matches { shard: 0, matches: Vec::new(), last: true },
        Part::Matches { shard: 1, matches: matches(3000..3002), last: true },
        Part::Summary(Summary { counts: vec![Count { member: 2, count: -7 }], ..Summary::default() }),
    ]
}

/// A change to a file on its way.
#[derive(Clone, Debug)]
enum Change {
    Flip(usize, u8),
    Truncate(usize),
    Extend(Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        match self {
            Self::Flip(at, mask) => bytes[at % length] ^= mask,
            Self::Truncate(at) => bytes.truncate(at % length),
            Self::Extend(more) => bytes.extend_from_slice(more),
            Self::Remove(at, count) => drop(bytes.drain(at % length..(at % length + count).min(length))),
            Self::Repeat(at, count) => {
                let part = bytes[at % length..(at % length + count).min(length)].to_vec();
                bytes.splice(at % length..at % length, part);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    // Half of the places are in the first part, where headers are.
    let place = || prop_oneof![0..512usize, any::<usize>()];
    prop_oneof![
        4 => (place(), 1..=255u8).prop_map(|(at, mask)| Change::Flip(at, mask)),
        1 => place().prop_map(Change::Truncate),
        1 => prop::collection::vec(any::<u8>(), 1..40).prop_map(Change::Extend),
        1 => (place(), 1..200usize).prop_map(|(at, count)| Change::Remove(at, count)),
        1 => (place(), 1..200usize).prop_map(|(at, count)| Change::Repeat(at, count)),
    ]
}

#[test]
fn what_is_changed_on_the_way_is_refused() {
    let setting = Setting::new();
    for kind in KINDS {
        let file = setting.file(kind);
        setting.accept(kind, &file).unwrap();
        let test = |change: Change| {
            let mut bytes = file.clone();
            change.apply(&mut bytes);
            let accepted = bytes != file && setting.accept(kind, &bytes).is_ok();
            prop_assert!(!accepted, "a changed {}", kind.name());
            Ok(())
        };
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) };
        TestRunner::new(config).run(&change(), test).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Where a file is cut, and what is put behind it: the ends of chunks are the places where only the mark of the last one tells.
#[test]
fn a_file_that_is_cut_at_a_chunk_or_goes_on_behind_its_end_is_refused() {
    let setting = Setting::new();
    for (kind, between) in [
        (FileKind::SealedList, 64),
        (FileKind::Question, 64),
        (FileKind::Answer, 64),
        (FileKind::Tags, 64),
        (FileKind::Blinded, 0),
        (FileKind::Evaluated, 0),
    ] {
        let file = setting.file(kind);
        let magic = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let (mut at, mut ends) = (magic + between, Vec::new());
        while at < file.len() {
            ends.push(at);
            at += 4 + u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        }
        assert!(at == file.len() && ends.len() >= 3, "{}: chunks at {ends:?}", kind.name());
        for end in &ends {
            assert!(setting.accept(kind, &file[..*end]).is_err(), "{} cut at {end}", kind.name());
        }
        for more in [file[*ends.last().unwrap()..].to_vec(), vec![0], vec![0; 4], b"\x01\0\0\0x".to_vec()] {
            assert!(setting.accept(kind, &[&file[..], &more].concat()).is_err(), "{} goes on", kind.name());
        }
        let (last, before) = (ends[ends.len() - 1], ends[ends.len() - 2]);
        let moved = [&file[..before], &file[last..], &file[before..last]].concat();
        // The batches of a blinded list are each by itself.
        let moves = kind == FileKind::Blinded;
        assert_eq!(setting.accept(kind, &moved).is_ok(), moves, "{} with its last two chunks swapped", kind.name());
    }
    for kind in [FileKind::Charter, FileKind::RoundOrder, FileKind::Withdrawal, FileKind::Receipt] {
        let file = setting.file(kind);
        assert!((0..file.len()).all(|end| setting.accept(kind, &file[..end]).is_err()), "{} cut", kind.name());
        let fault = setting.accept(kind, &[&file[..], &[0]].concat()).unwrap_err();
        assert!(fault.contains("bytes follow its end"), "{}: {fault}", kind.name());
    }
}

/// Text that was changed gives the same bytes, as mail programs wrap lines, or none that are accepted.
#[test]
fn armour_gives_the_file_or_nothing() {
    let setting = Setting::new();
    for kind in KINDS.into_iter().filter(|kind| *kind != FileKind::Tags) {
        let file = setting.file(kind);
        let text = kind.to_text(&file);
        setting.accept(kind, text.as_bytes()).unwrap();
        setting.accept(kind, format!("Dear all,\r\n> {}\n-- \n", text.replace('\n', "\r\n> ")).as_bytes()).unwrap();
        let test = |change: Change| {
            let mut changed = text.clone().into_bytes();
            change.apply(&mut changed);
            let Ok(found) = Carried::open(Cursor::new(changed)) else { return Ok(()) };
            let (found_kind, mut bytes) = (found.kind, Vec::new());
            let mut content = found.content;
            content.read_to_end(&mut bytes).unwrap();
            let accepted = found_kind == kind && bytes != file && setting.accept(kind, &bytes).is_ok();
            prop_assert!(!accepted, "a changed {}", kind.name());
            Ok(())
        };
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) };
        TestRunner::new(config).run(&change(), test).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Bytes that nobody of ours made, plain and behind each first line.
#[test]
fn random_bytes_are_no_file() {
    let setting = Setting::new();
    let magic: Vec<Vec<u8>> = KINDS
        .iter()
        .map(|kind| setting.file(*kind).split_inclusive(|byte| *byte == b'\n').next().unwrap().to_vec())
        .collect();
    let input = (prop::option::of(0..KINDS.len()), prop::collection::vec(any::<u8>(), 0..600));
    let test = |(kind, random): (Option<usize>, Vec<u8>)| {
        let bytes = kind.map_or_else(|| random.clone(), |kind| [&magic[kind][..], &random].concat());
        for wanted in KINDS {
            prop_assert!(setting.accept(wanted, &bytes).is_err());
        }
        let armoured = kind.filter(|kind| KINDS[*kind] != FileKind::Tags).map(|kind| KINDS[kind].to_text(&bytes));
        prop_assert!(
            armoured.is_none_or(|text| KINDS.iter().all(|kind| setting.accept(*kind, text.as_bytes()).is_err()))
        );
        Ok(())
    };
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) };
    TestRunner::new(config).run(&input, test).unwrap_or_else(|error| panic!("{error}"));
}

fn a(kind: FileKind) -> String {
    format!("{} {}", if matches!(kind, FileKind::Answer | FileKind::Evaluated) { "an" } else { "a" }, kind.name())
}

#[test]
fn other_versions_and_kinds_are_named() {
    let setting = Setting::new();
    let open = |bytes: &[u8]| Carried::open(Cursor::new(bytes.to_vec()));
    for kind in KINDS {
        let file = setting.file(kind);
        assert_eq!(open(&file).map(|carried| carried.kind).ok(), Some(kind));
        let later = [b"mandorla/2", &file[10..]].concat();
        let fault = setting.accept(kind, &later).unwrap_err();
        let unknown =
            "this file is of a kind or version that this program does not know: update it, or have the file made again";
        assert_eq!(fault, unknown, "{}", kind.name());
        for other in KINDS.into_iter().filter(|other| *other != kind) {
            let fault = open(&file).and_then(|carried| carried.expect(other).map(drop)).unwrap_err();
            assert_eq!(fault.to_string(), format!("this is {}, not {}", a(kind), a(other)));

            if other == FileKind::Tags {
                continue;
            }
            // Armour says one thing, and the bytes in it are another.
            assert_eq!(setting.accept(kind, other.to_text(&file).as_bytes()).unwrap_err(), unknown);
        }
        if kind != FileKind::Tags {
            assert_eq!(setting.accept(kind, kind.to_text(&later).as_bytes()).unwrap_err(), unknown);
        }
    }
    assert!(matches!(open(b"evil.example\n"), Err(CarriedFault::NotOurs)));
    assert!(matches!(open(b""), Err(CarriedFault::NotOurs)));
    assert!(matches!(open(b"-----BEGIN MANDORLA HOROSCOPE-----\n"), Err(CarriedFault::Unknown)));
    let two = FileKind::Receipt.to_text(b"mandorla/1 receipt\n").repeat(2);
    assert!(open(two.as_bytes()).err().unwrap().to_string().contains("more than one block"));
}

/// A version within a file that this program does not know.
#[test]
fn headers_of_a_later_version_are_refused() {
    let setting = Setting::new();
    let receipt = setting.file(FileKind::Receipt);
    let at = receipt.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut later = receipt;
    later[at] = 2;
    assert!(setting.accept(FileKind::Receipt, &later).unwrap_err().contains("its version is not known"));
}

/// What a file says of its lengths is held against what may be and what is there, before memory is taken.
#[test]
fn lengths_that_are_announced_are_bounded() {
    let setting = Setting::new();
    for (kind, between) in [
        (FileKind::SealedList, 64),
        (FileKind::Question, 64),
        (FileKind::Answer, 64),
        (FileKind::Tags, 64),
        (FileKind::Blinded, 0),
        (FileKind::Evaluated, 0),
    ] {
        let file = setting.file(kind);
        let at = file.iter().position(|byte| *byte == b'\n').unwrap() + 1 + between;
        let second = at + 4 + u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        for at in [at, second] {
            let mut huge = file.clone();
            huge[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
            let fault = setting.accept(kind, &huge).unwrap_err();
            assert!(fault.contains("a part is longer than the format allows"), "{}: {fault}", kind.name());
        }
    }
    for kind in [FileKind::Charter, FileKind::RoundOrder] {
        let mut huge = setting.file(kind);
        let at = huge.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        huge[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(setting.accept(kind, &huge).is_err(), "{}", kind.name());
    }
    // Files without an end.
    for kind in [FileKind::Charter, FileKind::RoundOrder, FileKind::Withdrawal, FileKind::Receipt] {
        let endless = Cursor::new(setting.file(kind)).chain(std::io::repeat(0));
        let content = Carried::open(endless).unwrap().expect(kind).unwrap();
        let fault = setting.accept_content(kind, content).unwrap_err().to_string();
        assert_eq!(fault, format!("this is longer than any {} can be", kind.name()));
    }
    assert!(matches!(Carried::open(std::io::repeat(b'a')), Err(CarriedFault::NotOurs)));
}

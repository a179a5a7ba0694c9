//! The figures of the formats in the manual, each made by a second reading in Python, reproduced by the crate.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::collections::BTreeSet;
use std::io::Cursor;

use data_encoding::HEXLOWER;
use mandorla::canary::Pair;
use mandorla::carried;
use mandorla::carried::answer::{self, AnswerFile, Part};
use mandorla::carried::blinded::{self, BlindedBatch, BlindedFile};
use mandorla::carried::evaluated::{self, EvaluatedBatch, EvaluatedFile};
use mandorla::carried::order::OrderFile;
use mandorla::carried::question::{self, OpenedQuestion, QuestionFile};
use mandorla::carried::withdrawal::Withdrawal;
use mandorla::charter::{
    Carrier, Charter, CharterHash, Custodian, Disclosure, Level, Party, Proposal, Rule, Terms, Thousandths,
};
use mandorla::custody::custodian::{self, BatchId};
use mandorla::custody::{Custody, shared::Salt};
use mandorla::identity::{Card, CardCore, Contact, OpeningKey, Role, SUCCESSOR_CARD, SigningKey, dearmour};
use mandorla::indicator::{Indicator, Kind};
use mandorla::list::filter::{Filter, FilterSeeds};
use mandorla::list::header::{Header, SignedHeader, cells_root, shard_hash, shards_root};
use mandorla::list::receipt::Receipt;
use mandorla::list::shard::Class;
use mandorla::matching::disclose::{Count, Summary, Withheld};
use mandorla::matching::noise::{self, Bits};
use mandorla::matching::{Certainty, Hit, Match};
use mandorla::oprf::{Blinding, Evaluated, Proof, PublicKey};
use mandorla::round::{Destruction, KeyRequest, Order, Published, RoundHash, RoundKey, SeedSource, SignedOrder};
use mandorla::secret::Secret;
use mandorla::stream;
use mandorla::tag::Tag;
use mandorla::transcript::{self, Label};
use serde_json::Value;

fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap().try_into().unwrap()
}

fn hex(bytes: impl AsRef<[u8]>) -> Value {
    HEXLOWER.encode(bytes.as_ref()).into()
}

fn ones(bits: &[u8]) -> u32 {
    bits.iter().map(|byte| byte.count_ones()).sum()
}

/// From an indicator to its bits in the filters, as the manual has it.
#[test]
fn from_indicator_to_positions() {
    let vectors = read(include_str!("vectors/design.json"));
    let round = RoundHash::new(bytes(&vectors["round_hash"]));
    let salt = Salt::new(Secret::new(bytes(&vectors["salt"])));
    let owner: [u8; 32] = bytes(&vectors["owner"]);
    assert_eq!(hex(salt.commitment(&bytes(&vectors["nonce"]))), vectors["salt_commitment"]);

    // The key of the seeds does not leave its type: the seeds prove it.
    let key = salt.seed_key(&round);
    let filter_seeds = FilterSeeds::derive(&round);
    let mut scratch = Vec::new();
    for vector in vectors["indicators"].as_array().unwrap() {
        let value = vector["value"].as_str().unwrap();
        let kind: Kind = vector["kind"].as_str().unwrap().parse().unwrap();
        let indicator = Indicator::from_canonical(kind, value).unwrap();
        assert_eq!(hex(indicator.canon()), vector["canon"], "{value}");

        let seed = key.seed(&indicator, &mut scratch);
        let item: [u8; 64] = bytes(&vector["item"]);
        assert_eq!(hex(seed.expose()), vector["shared_seed"], "{value}");
        assert_eq!(hex(seed.tag().as_bytes()), vector["tag"], "{value}");
        assert_eq!(hex(seed.note_root().expose()), vector["note_root"], "{value}");
        assert_eq!((&seed.tag().as_bytes()[..], &seed.note_root().expose()[..]), (&item[..8], &item[32..]), "{value}");
        assert_eq!(hex(seed.confirmation(&round, &owner).expose()), vector["confirmation"], "{value}");

        for shards in [1, 5, 320] {
            let shard = Class::new(shards).unwrap().shard_of(seed.tag());
            assert_eq!(vector[format!("shard_of_{shards}")], shard, "{value}");
        }
        for (seed_of_filter, positions) in filter_seeds.both().iter().zip(vector["positions"].as_array().unwrap()) {
            let expected: BTreeSet<u64> = positions.as_array().unwrap().iter().map(|p| p.as_u64().unwrap()).collect();
            let mut filter = Filter::new(seed_of_filter);
            filter.insert(seed.tag());
            let bit = |n: &u64| filter.bits()[*n as usize / 8] >> (n % 8) & 1 == 1;
            let found: BTreeSet<u64> = (0..88_640).filter(bit).collect();
            assert_eq!(found, expected, "{value}");
        }
    }
}

#[test]
fn whole_filters() {
    let vectors = read(include_str!("vectors/design.json"));
    let seeds = FilterSeeds::derive(&RoundHash::new(bytes(&vectors["round_hash"])));
    for (seed, vector) in seeds.both().iter().zip(vectors["shard"]["filters"].as_array().unwrap()) {
        let mut filter = Filter::new(seed);
        for n in 0..4096u32 {
            filter.insert(Tag::new(*blake3::hash(&n.to_le_bytes()).as_bytes().first_chunk().unwrap()));
        }
        assert_eq!(hex(seed), vector["seed"]);
        assert_eq!(vector["ones"], ones(filter.bits()));
        assert_eq!(hex(blake3::hash(filter.bits()).as_bytes()), vector["blake3"]);
        Filter::from_bits(seed, filter.bits()).unwrap();
    }
}

fn core(name: &str, role: Role, n: u8) -> CardCore {
    let sealing = OpeningKey::from_seed(Secret::new([n + 1; 32])).public();
    CardCore::new(name, role, key(n).public(), sealing, [n + 2; 32]).unwrap()
}

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(Secret::new([n; 32]))
}

/// A line of three cards: what the two old keys signed, and the newest card.
#[test]
fn successor_card() {
    let own = read(include_str!("vectors/own.json"));
    let card = |n| {
        let contact = Contact::new("Trust desk", "desk@northwind.example", "", "weekdays").unwrap();
        Card::sign(core("Northwind Social", Role::Company, n), contact, 1_750_000_000, &key(n)).unwrap()
    };
    let second = card(0x50).succeeding(&card(0x20), &key(0x20)).unwrap();
    let third = card(0x60).succeeding(&second, &key(0x50)).unwrap();
    assert_eq!(hex(dearmour(SUCCESSOR_CARD, &third.to_armour()).unwrap()), own["successor_card"]);
}

/// The transcripts of charter, order, list header and receipt, with their hashes and signatures. The formulas stand in
/// the file.
#[test]
fn what_is_signed() {
    let own = read(include_str!("vectors/own.json"));
    let members = vec![core("Northwind Social", Role::Company, 0x20), core("Agency A", Role::Agency, 0x30)];
    let (company, agency) = (Party::Role(Role::Company), Party::Role(Role::Agency));
    let rules = vec![
        Rule { holder: company, reader: agency, level: Level::Count },
        Rule { holder: agency, reader: company, level: Level::None },
        Rule { holder: Party::Member(0), reader: Party::Member(1), level: Level::Named },
    ];
    let charter = Charter::new(Terms {
        name: "election-2026".to_owned(),
        created: 1_750_000_000,
        amends: Some(CharterHash::new([0x77; 32])),
        matcher: core("Clearing House", Role::Matcher, 0x10),
        conveners: BTreeSet::from([0, 1]),
        publish_only: BTreeSet::from([1]),
        carriers: vec![Carrier { member: 1, card: core("Courier", Role::Courier, 0x40) }],
        custody: Custody::Shared,
        accept_guessable: true,
        profile: 1,
        kinds: BTreeSet::from([Kind::Url, Kind::Ipv4, Kind::Domain]),
        max_indicators: 1_000_000,
        same_size: true,
        min_holders: 2,
        round_hours: 24,
        answer_hours: 72,
        rounds_per_day: 4,
        list_expiry_hours: 48,
        epsilon: Thousandths(500),
        epsilon_budget: Thousandths(12_250),
        talk: false,
        disclosure: Disclosure::new(Level::Anonymous, rules, &members),
        members,
    })
    .unwrap();
    assert_eq!(hex(charter.encode()), own["charter"]);
    assert_eq!(hex(charter.hash().as_bytes()), own["charter_hash"]);
    assert_eq!(Charter::decode(&charter.encode()).unwrap(), charter);
    let mut proposal = Proposal::new(charter.clone());
    for (place, signer) in [0x20, 0x30].into_iter().enumerate() {
        let signature = charter.sign(&key(signer));
        assert_eq!(hex(signature.as_bytes()), own["charter_signatures"][place]);
        proposal.add(place, signature).unwrap();
    }
    let resignation = charter.resign(&key(0x30));
    assert_eq!(hex(resignation.as_bytes()), own["charter_resignation"]);
    proposal.resign(1, resignation).unwrap();
    assert_eq!(hex(proposal.encode()), own["signed_charter"]);
    assert_eq!(Proposal::decode(&proposal.encode()).unwrap(), proposal);

    let (nonce, salt) = ([0x33; 32], Salt::new(Secret::new([0x22; 32])));
    let agreed = proposal.agreed().unwrap();
    let order = Order::new(&agreed, 7, nonce, 1_750_003_600, SeedSource::Salt(salt.commitment(&nonce)));
    assert_eq!(hex(order.encode()), own["order"]);
    assert_eq!(hex(order.hash().as_bytes()), own["round_hash"]);
    assert_eq!(Order::decode(&order.encode()).unwrap(), order);
    let signed = SignedOrder::sign(order, vec![vec![0xA0; 80], vec![0xA1; 80]], &key(0x20));
    assert_eq!(hex(signed.salts_digest), own["salts_digest"]);
    assert_eq!(hex(signed.signature.as_bytes()), own["order_signature"]);
    let round = signed.verify(&agreed).unwrap();

    let seeds = FilterSeeds::derive(&round.hash());
    assert_eq!(Value::from(seeds.both().map(hex).to_vec()), own["filter_seeds"]);
    let shards = own["shards"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().as_bytes());
    let hashes: Vec<[u8; 32]> = (0..).zip(shards).map(|(shard, bytes)| shard_hash(shard, bytes)).collect();
    assert_eq!(Value::from(hashes.iter().map(hex).collect::<Vec<_>>()), own["shard_hashes"]);
    let root = shards_root(hashes.into_iter());
    assert_eq!((hex(root), hex(cells_root())), (own["shards_root"].clone(), own["cells_root"].clone()));
    let header = Header {
        round: round.hash(),
        member: *key(0x20).public().as_bytes(),
        class: Class::new(320).unwrap(),
        number: 3,
        profile: 1,
        nonce: [0x55; 16],
        bits: 88_640,
        positions: 15,
        seeds: *seeds.both(),
        shards_root: root,
        cells: 0,
        cells_root: cells_root(),
        created: 1_750_003_605,
        expires: 1_750_003_605 + 48 * 3600,
    };
    let signed = header.sign(&key(0x20));
    assert_eq!(hex(signed.encode()), own["header"]);
    assert_eq!(SignedHeader::decode(&signed.encode()).unwrap(), signed);
    signed.verify(&round, &agreed, 0).unwrap();

    let receipt = Receipt {
        round: round.hash(),
        member: *key(0x20).public().as_bytes(),
        number: 3,
        shards_root: root,
        received: 1_750_003_606,
    };
    let bytes = receipt.sign(&key(0x10));
    assert_eq!(hex(&bytes), own["receipt"]);
    assert_eq!(Receipt::verify(&bytes, agreed.terms().matcher.verifying()).unwrap(), receipt);
}

/// What custodians sign and get, and an indicator under two of them. The formulas stand in the file.
#[test]
fn custodians() {
    let own = read(include_str!("vectors/custodians.json"));
    let members = vec![core("Northwind Social", Role::Company, 0x20), core("Agency A", Role::Agency, 0x30)];
    let vault = |name, n, url: &str| Custodian { card: core(name, Role::Custodian, n), url: url.to_owned() };
    let vaults =
        vec![vault("Vault One", 0x70, "https://c1.vault.example:7451"), vault("Vault Two", 0x80, "https://[::1]:7452")];
    let charter = Charter::new(Terms {
        name: "election-2026".to_owned(),
        created: 1_750_000_000,
        amends: None,
        matcher: core("Clearing House", Role::Matcher, 0x10),
        conveners: BTreeSet::from([0]),
        publish_only: BTreeSet::new(),
        carriers: Vec::new(),
        custody: Custody::Custodians(vaults),
        accept_guessable: false,
        profile: 1,
        kinds: BTreeSet::from([Kind::Ipv4]),
        max_indicators: 1000,
        same_size: false,
        min_holders: 2,
        round_hours: 24,
        answer_hours: 72,
        rounds_per_day: 4,
        list_expiry_hours: 720,
        epsilon: Thousandths(1000),
        epsilon_budget: Thousandths(30_000),
        talk: true,
        disclosure: Disclosure::new(Level::Named, Vec::new(), &members),
        members,
    })
    .unwrap();
    assert_eq!(hex(charter.encode()), own["charter"]);
    assert_eq!(hex(charter.hash().as_bytes()), own["charter_hash"]);
    assert_eq!(Charter::decode(&charter.encode()).unwrap(), charter);
    let mut proposal = Proposal::new(charter.clone());
    for (place, signer) in [0x20, 0x30].into_iter().enumerate() {
        proposal.add(place, charter.sign(&key(signer))).unwrap();
    }
    let agreed = proposal.agreed().unwrap();

    let request = KeyRequest { charter: charter.hash(), number: 7, nonce: [0x33; 32], opened: 1_750_003_600 };
    let asked = request.sign(&key(0x20));
    assert_eq!(hex(asked.as_bytes()), own["key_request"]);
    request.verify(&agreed, &asked).unwrap();
    let basepoint = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";
    let doubled = "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919";
    let public = |text: &str| PublicKey::try_from(bytes::<32>(&text.into())).unwrap();
    let keys = [(basepoint, 0x70), (doubled, 0x80)].map(|(text, n)| RoundKey::sign(&request, public(text), &key(n)));
    let signatures = keys.iter().map(|key| hex(key.signature.as_bytes())).collect::<Vec<_>>();
    assert_eq!(Value::from(signatures), own["round_key_signatures"]);
    let source = SeedSource::Keys(keys.to_vec());
    let order = Order::new(&agreed, request.number, request.nonce, request.opened, source);
    assert_eq!(hex(order.encode()), own["order"]);
    assert_eq!(hex(order.hash().as_bytes()), own["round_hash"]);
    assert_eq!(Order::decode(&order.encode()).unwrap(), order);
    let signed = SignedOrder::sign(order, Vec::new(), &key(0x20));
    assert_eq!(hex(signed.signature.as_bytes()), own["order_signature"]);
    let round = signed.clone().verify(&agreed).unwrap();
    let gone = Destruction::sign(charter.hash(), 7, keys[1].key, 1_750_003_600 + 3600, &key(0x80));
    assert_eq!(hex(gone.encode()), own["destruction"]);
    assert_eq!(Destruction::decode(&gone.encode()).unwrap(), gone);
    round.destroyed(&agreed, 1, &gone).unwrap();

    // What is blinded is seen in the output alone: an evaluation under a key that is known.
    let canon = Indicator::from_canonical(Kind::Ipv4, "192.0.2.7").unwrap().canon();
    let input: Vec<u8> = HEXLOWER.decode(own["oprf_input"].as_str().unwrap().as_bytes()).unwrap();
    let secret = Secret::new([5; 32]);
    let blinded = custodian::blind(&secret, [canon.as_slice()]).unwrap();
    assert_eq!(blinded.elements(), Blinding::new(&secret, vec![input]).unwrap().elements());
    let outputs = [Secret::new([0xA1; 64]), Secret::new([0xB2; 64])];
    let seed = custodian::seed(&round.hash(), outputs.iter());
    assert_eq!((hex(seed.expose()), hex(seed.tag().as_bytes())), (own["seed"].clone(), own["tag"].clone()));

    let (id, elements) =
        (BatchId::new([0x66; 16]), [keys[0].key.as_bytes().as_slice(), keys[1].key.as_bytes()].concat());
    assert_eq!(hex(custodian::digest(&elements)), own["batch_digest"]);
    let batch = BlindedBatch::sign(&round.hash(), id, &elements, &key(0x20));
    assert_eq!(hex(batch.signature.as_bytes()), own["batch_signature"]);
    let (mut file, carried) = (Vec::new(), OrderFile { proposal, order: signed });
    blinded::write_head(&mut file, &carried.encode(), 0, 1).unwrap();
    blinded::write_batch(&mut file, &batch).unwrap();
    assert_eq!(hex(&file), own["blinded_file"]);
    let mut read = BlindedFile::open(Cursor::new(file)).unwrap();
    assert_eq!((&read.order, read.member), (&carried, 0));
    assert_eq!(read.next_batch().unwrap(), Some(batch));
    assert_eq!(read.next_batch().unwrap(), None);

    let one = [[1].as_slice(), &[0; 31]].concat();
    let proof = Proof::try_from(<[u8; 64]>::try_from([one.as_slice(), &one].concat()).unwrap()).unwrap();
    let answer = || Evaluated { elements: elements.clone(), proof };
    let (mut file, batch) = (Vec::new(), EvaluatedBatch { id, answers: vec![answer(), answer()] });
    evaluated::write_head(&mut file, &round.hash(), 2, 1).unwrap();
    evaluated::write_batch(&mut file, &batch).unwrap();
    assert_eq!(hex(&file), own["evaluated_file"]);
    let mut read = EvaluatedFile::open(Cursor::new(file)).unwrap();
    let again = read.next_batch().unwrap().unwrap();
    assert_eq!((read.round, again.id, again.answers.len()), (round.hash(), id, 2));
    assert_eq!((&again.answers[1].elements, again.answers[1].proof.as_bytes()), (&elements, proof.as_bytes()));
    assert!(read.next_batch().unwrap().is_none());
}

/// The design's figure for an indicator under two custodians.
#[test]
fn a_seed_of_custodians() {
    let vectors = read(include_str!("vectors/design.json"));
    let round = RoundHash::new(bytes(&vectors["round_hash"]));
    let outputs = [Secret::new([0xA1; 64]), Secret::new([0xB2; 64])];
    assert_eq!(hex(custodian::seed(&round, outputs.iter()).expose()), vectors["custodian_seed_of_a1_b2"]);
}

/// The files that are carried: those without encryption from byte to byte, the others opened from a second sealer's bytes.
#[test]
fn what_is_carried() {
    let own = read(include_str!("vectors/own.json"));
    let file = |name: &str| HEXLOWER.decode(own[name].as_str().unwrap().as_bytes()).unwrap();
    let content = |name: &str| Cursor::new(file(name));
    let round = RoundHash::new(bytes(&own["round_hash"]));
    let proposal = carried::charter::decode(content("charter_file")).unwrap();
    assert_eq!(hex(carried::charter::encode(&proposal)), own["charter_file"]);
    let order = OrderFile::decode(content("order_file")).unwrap();
    assert_eq!((hex(order.encode()), &order.proposal), (own["order_file"].clone(), &proposal));
    let (agreed, opened) = order.verify().unwrap();
    assert_eq!(opened.hash(), round);
    let withdrawal = Withdrawal::sign(round, 3, &key(0x20));
    assert_eq!(hex(withdrawal.encode()), own["withdrawal_file"]);
    assert_eq!(Withdrawal::decode(content("withdrawal_file")).unwrap(), withdrawal);
    let receipt = carried::receipt::decode(content("receipt_file")).unwrap();
    assert_eq!(
        (hex(&receipt), hex(carried::receipt::encode(&receipt))),
        (own["receipt"].clone(), own["receipt_file"].clone())
    );

    let [member, matcher] = [&agreed.terms().members[0], &agreed.terms().matcher];
    let header = question::Header {
        round,
        member: *member.verifying().as_bytes(),
        number: 3,
        class: Class::new(320).unwrap(),
        nonce: [0x66; 16],
    };
    let asked = QuestionFile::open(content("question_start")).unwrap();
    let matchers = OpeningKey::from_seed(Secret::new([0x11; 32]));
    let question = OpenedQuestion::open(&asked.envelope, asked.header, &matchers).unwrap();
    question.verify(member.verifying()).unwrap();
    assert_eq!(question.header, header);

    let mut frame = file("answer_parts");
    frame.resize(1 << 16, 0);
    let chunk = stream::seal_chunk(&Secret::new(bytes(&own["answer_key"])), 1, true, round.as_bytes(), frame);
    let answer = [file("answer_start"), (chunk.len() as u32).to_le_bytes().to_vec(), chunk].concat();
    assert_eq!(hex(blake3::hash(&answer).as_bytes()), own["answer_blake3"]);
    let mut answer = AnswerFile::open(&answer[..], &OpeningKey::from_seed(Secret::new([0x21; 32]))).unwrap();
    answer.verify(matcher.verifying()).unwrap();
    assert_eq!(answer.header, answer::Header::to(&header, 1_750_090_000));
    let published = |member, number, asked| Published { member, number, asked };
    let hit = Hit { member: 1, certainty: Certainty::Exact };
    let found = Match { tag: Tag::new([0, 1, 2, 3, 4, 5, 6, 7]), anonymous: 2, holders: vec![hit] };
    let summary = Summary {
        lists_by_filters: 1,
        counts: vec![Count { member: 1, count: -7 }],
        spent: vec![1],
        withheld: Some(Withheld::Withdrawn),
    };
    for part in [
        Part::Lists(vec![published(0, 3, true), published(1, 1, false)]),
        Part::Matches { shard: 319, matches: vec![found], last: true },
        Part::Summary(summary),
    ] {
        assert_eq!(answer.next_part().unwrap(), Some(part));
    }
    assert_eq!(answer.next_part().unwrap(), None);
}

/// What two members share, from either side.
#[test]
fn canaries_of_a_pair() {
    let own = read(include_str!("vectors/own.json"));
    let vectors = &own["canaries"];
    let round = RoundHash::new(bytes(&own["round_hash"]));
    let seeds = Salt::new(Secret::new([0x22; 32])).seed_key(&round);
    let key = |n: u8| OpeningKey::from_seed(Secret::new([n + 1; 32]));
    let (company, agency) = (core("Northwind Social", Role::Company, 0x20), core("Agency A", Role::Agency, 0x30));
    for (key, own, other) in [(key(0x20), &company, &agency), (key(0x30), &agency, &company)] {
        assert_eq!(hex(key.shared_with(other.sealing()).expose()), vectors["shared"]);
        let canaries = Pair::derive(&round, &key, own, other).canaries();
        for (i, canary) in canaries.iter().enumerate() {
            let mut canon = Vec::new();
            canary.write_canon(&mut canon);
            let value = vectors["values"][i].as_str().unwrap();
            assert_eq!(canon, [b"\x06\0\0\0canary\x20\0\0\0", value.as_bytes()].concat());
            assert_eq!(hex(seeds.canary_seed(canary).tag().as_bytes()), vectors["tags"][i]);
        }
        assert_eq!((vectors["values"].as_array().unwrap().len(), canaries.len()), (16, 16));
    }
    // The secret does not leave its type: the values prove it, and this says what it is.
    const LABEL: Label = Label::new("mandorla/1 canary");
    let value = transcript::hash(LABEL, &[&bytes::<32>(&vectors["pair_secret"]), &[15]]);
    assert_eq!(hex(&value[..16]), vectors["values"][15]);
}

/// The noise of counts, word by word from its key.
#[test]
fn noise_of_counts() {
    let own = read(include_str!("vectors/own.json"));
    for (epsilon, samples) in own["noise"].as_object().unwrap() {
        let mut bits = Bits::new(&Secret::new(bytes(&own["noise_key"])));
        let drawn: Vec<i64> = (0..16).map(|_| noise::laplace(epsilon.parse().unwrap(), &mut bits)).collect();
        assert_eq!(Value::from(drawn), *samples, "{epsilon}");
    }
}

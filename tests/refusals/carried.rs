//! Files that couriers bring, and answers that they take back: each refusal with its message, at the matcher and in the home
//! without a network.

use std::collections::BTreeSet;

use mandorla::carried::answer::{self, AnswerFile, AnswerSealer, Part};
use mandorla::carried::order::OrderFile;
use mandorla::carried::question::{OpenedQuestion, QuestionFile};
use mandorla::carried::withdrawal::Withdrawal;
use mandorla::charter::{Agreed, Charter, Disclosure, Level, Party, Proposal, Rule, Terms};
use mandorla::client::offline;
use mandorla::client::{ClientError, sweep};
use mandorla::custody::shared::Salt;
use mandorla::identity::{OpeningKey, Role, SigningKey};
use mandorla::list::file::Preamble;
use mandorla::matching::disclose::Summary;
use mandorla::round::{Phase, SignedOrder};
use mandorla::secret::Secret;

use crate::common::{Container, HOUR, World, ask_raw, domains, values};
use crate::{no_lists, refused};

const CAST: [(&str, Role); 6] = [
    ("Northwind Social", Role::Company),
    ("Harbour Mail", Role::Company),
    ("Agency A", Role::Agency),
    ("Courier", Role::Courier),
    ("Harbour's Courier", Role::Courier),
    ("Passer-by", Role::Courier),
];
const COMPANY: usize = 0;
const HARBOUR: usize = 1;
const AGENCY: usize = 2;
const COURIER: usize = 3;
const HARBOURS: usize = 4;
const PASSER_BY: usize = 5;

/// Three members, of whom the agency has no network.
struct Gap {
    world: World,
    charter: Agreed,
}

impl Gap {
    async fn new() -> Self {
        Self::under(|_| {}).await
    }

    async fn under(change: impl FnOnce(&mut Terms)) -> Self {
        let world = World::new(&CAST).await;
        let mut terms = world.terms_of(3);
        terms.carriers = world.carriers(&[(AGENCY, COURIER), (HARBOUR, HARBOURS)]);
        change(&mut terms);
        let charter = world.agree(terms).await;
        Self { world, charter }
    }

    /// A round that the convener opens, as the courier takes it to the agency.
    async fn order(&self) -> OrderFile {
        self.world.carried_order(&self.charter, COURIER).await
    }

    fn withdraw(&self, order: &OrderFile) -> Result<Withdrawal, ClientError> {
        let lock = self.world.orgs[AGENCY].home.lock().unwrap();
        self.world.offline(AGENCY, order)?.withdraw(&lock)
    }

    async fn bring_back(&self, by: usize, withdrawal: &Withdrawal) -> Result<u32, ClientError> {
        self.world.org(by).await.submit_withdrawal(withdrawal).await
    }

    fn opening(&self, member: usize) -> &OpeningKey {
        self.world.orgs[member].home.opening_key()
    }

    /// The charter with the signatures of these members.
    fn signed_by(&self, charter: &Charter, places: &[usize]) -> Proposal {
        let mut proposal = Proposal::new(charter.clone());
        for place in places {
            proposal.add(*place, charter.sign(self.world.orgs[*place].home.signing_key())).unwrap();
        }
        proposal
    }
}

fn nothing<T>(result: Result<T, ClientError>) -> Result<(), ClientError> {
    result.map(drop)
}

#[tokio::test]
async fn orders_that_no_home_seals_under() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let list = domains(0..10);
    let charter = order.proposal.charter();
    let refuse = |case: &str, file: &OrderFile, message: &str| {
        refused(case, nothing(gap.world.seal(AGENCY, file, &list)), message);
        assert!(gap.world.kept(AGENCY).is_empty(), "{case}: nothing of it is kept");
    };
    let with = |proposal: Proposal| OrderFile { proposal, ..order.clone() };
    refuse("not signed by all", &with(gap.signed_by(charter, &[0, 2])), "Harbour Mail");
    refuse("not signed by this home", &with(gap.signed_by(charter, &[0, 1])), "Agency A");
    refused(
        "a home that it does not name",
        nothing(gap.world.seal(PASSER_BY, &order, &list)),
        "the charter does not name this home's card: ask its convener for one that does",
    );

    let mut terms = charter.terms().clone();
    terms.created += 1;
    let other = Charter::new(terms).unwrap();
    refuse("another charter", &with(gap.signed_by(&other, &[0, 1, 2])), "the round order is for another charter");

    let changed = |change: fn(&mut SignedOrder)| {
        let mut file = order.clone();
        change(&mut file.order);
        file
    };
    let salts = "the round order does not carry one sealed salt for each member";
    refuse("a salt changed", &changed(|order| order.sealed_salts[2][40] ^= 1), salts);
    refuse("another's salt", &changed(|order| order.sealed_salts.swap(0, 2)), salts);
    refuse("a salt left out", &changed(|order| drop(order.sealed_salts.pop())), salts);
    refuse("no salts", &changed(|order| order.sealed_salts.clear()), salts);
    refuse(
        "another number",
        &changed(|order| order.order.number += 1),
        "is not signed by the convener, Northwind Social",
    );
    refuse("other times", &changed(|order| order.order.close += 1), "the round order");

    let key = gap.world.orgs[COMPANY].home.signing_key();
    let signed = |salts: Vec<Vec<u8>>| {
        let signed = SignedOrder::sign(order.order.order.clone(), salts, key);
        OrderFile { proposal: order.proposal.clone(), order: signed }
    };
    let mut salts = order.order.sealed_salts.clone();
    salts.swap(0, 2);
    refuse("sealed for others, and signed", &signed(salts), "the round's salt is not sealed to this home's card");
    let round = order.order.order.hash();
    let wrong = Salt::new(Secret::new([9; 32]));
    let members = &charter.terms().members;
    let salts = members.iter().map(|member| wrong.seal(&round, member.sealing())).collect();
    refuse("another salt", &signed(salts), "does not match the commitment in the round order");

    gap.world.clock.advance(24 * HOUR);
    refuse("after its close", &order, "the round is closed: lists come in only while it is open; wait for the next");
    gap.world.clock.advance(72 * HOUR);
    refuse("after its purge", &order, "the round is purged");
}

#[tokio::test]
async fn a_list_goes_into_its_own_round() {
    let gap = Gap::new().await;
    let first = gap.order().await;
    let old = gap.world.seal(AGENCY, &first, &domains(0..10)).unwrap();
    gap.world.close(&gap.charter).await;
    let second = gap.order().await;
    let late = "the round is closed: lists come in only while it is open; wait for the next";
    refused("of the round before", gap.world.bring(COURIER, &old.file).await, late);

    let round = second.order.order.hash();
    let magic = b"mandorla/1 sealed list\n".len();
    let mut moved = old.file.clone();
    moved[magic..magic + 32].copy_from_slice(round.as_bytes());
    refused("in another's envelope", gap.world.bring(COURIER, &moved).await, "cannot be opened");

    let offline = gap.world.offline(AGENCY, &first).unwrap();
    let mut of_second = gap.world.view(COMPANY, &gap.charter).await;
    of_second.own = AGENCY;
    let draft = gap.world.draft(AGENCY, &of_second, &domains(0..10)).unwrap();
    let key = gap.world.orgs[AGENCY].home.signing_key();
    let list = draft.seal(&offline.view().round, 1, gap.world.clock.now(), key, &crate::common::dummies(), || ());
    let container = Container::seal(round, &list, gap.charter.terms().matcher.sealing());
    let message = "the list was sealed for another round: seal it again for this one";
    refused("its header", container.begin(&mut gap.world.calls(COURIER).await).await, message);
    no_lists("another round's", &gap.world).await;
    let tags = "the tags are of a list that was sealed for another round than the order's";
    refused("its tags", gap.world.question(AGENCY, &second, &old.tags), tags);
}

#[tokio::test]
async fn a_courier_carries_for_whom_the_charter_names_it() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let sealed = gap.world.seal(AGENCY, &order, &domains(0..10)).unwrap();
    let named = "the charter does not name your card as a carrier for Agency A";
    let stranger = "this matcher has no such exchange that names you";
    let others = [(PASSER_BY, stranger), (HARBOURS, named), (COMPANY, named), (HARBOUR, named)];
    let taken_back = Withdrawal::sign(order.order.order.hash(), 1, gap.world.orgs[AGENCY].home.signing_key());
    for (by, message) in others {
        refused("a list", gap.world.bring(by, &sealed.file).await, message);
    }
    no_lists("nobody may bring it", &gap.world).await;
    assert_eq!(gap.world.bring(COURIER, &sealed.file).await.unwrap().number, 1);
    for (by, message) in others {
        refused("a withdrawal", gap.bring_back(by, &taken_back).await, message);
    }
    assert_eq!(gap.world.number("SELECT COUNT(*) FROM lists").await, 1);
    gap.world.close(&gap.charter).await;
    let question = gap.world.question(AGENCY, &order, &sealed.tags).unwrap();
    for (by, message) in others {
        refused("a question", gap.world.carry(by, &question).await, message);
    }
    let answer = gap.world.carry(COURIER, &question).await.unwrap();
    assert_eq!(gap.world.read_answer(AGENCY, &answer, &sealed.tags).unwrap().published, 10);
    // It carries files, and is no member.
    let mut courier = gap.world.org(COURIER).await;
    refused("a round", nothing(courier.round(&gap.charter, None).await.map(drop)), "is no member of it");
    let mut calls = gap.world.calls(COURIER).await;
    let (_, asked) = ask_raw(&mut calls, order.order.order.hash(), &[vec![0; 32_768]]).await;
    refused("its own question", asked, stranger);
    refused("its own withdrawal", calls.withdraw(order.order.order.hash(), None).await, stranger);
}

/// Signatures under a charter are the signers', whoever brings them; and only of those for whom one carries.
#[tokio::test]
async fn a_courier_brings_the_signature_of_its_member_alone() {
    let world = World::new(&CAST).await;
    let mut terms = world.terms_of(3);
    terms.carriers = world.carriers(&[(AGENCY, COURIER)]);
    let charter = Charter::new(terms).unwrap();
    let proposal = world.org(COMPANY).await.propose(charter.clone()).await.unwrap();
    let mut signed = proposal;
    for place in [HARBOUR, AGENCY] {
        signed = offline::sign(&world.orgs[place].home, signed, &[]).unwrap();
    }
    let mut calls = world.calls(COURIER).await;
    let named = "the charter does not name your card as a carrier for Harbour Mail";
    let of = |place: usize| charter.sign(world.orgs[place].home.signing_key());
    refused("Harbour's", calls.sign(charter.hash(), Some(HARBOUR), &of(HARBOUR)).await, named);
    refused("a wrong one", calls.sign(charter.hash(), Some(AGENCY), &of(HARBOUR)).await, "Agency A");
    let (standing, brought) = world.org(COURIER).await.submit_charter(&signed).await.unwrap();
    assert_eq!((brought, standing.signatures().len()), (vec!["the signature of Agency A".to_owned()], 2));
    refused("in force", standing.agreed().map(drop), "Harbour Mail");
    let stranger = "this matcher has no such exchange that names you";
    refused("a stranger", world.org(PASSER_BY).await.submit_charter(&signed).await, stranger);

    // A card that the agency has from nobody.
    let lone = crate::common::home(&world.dir, "Agency B", Role::Agency);
    let mut terms = charter.terms().clone();
    terms.members[AGENCY] = lone.card().core().clone();
    let proposal = Proposal::new(Charter::new(terms).unwrap());
    refused(
        "an empty book",
        offline::sign(&lone, proposal.clone(), &[]),
        "names cards that are not in this home's book",
    );
    let message = "the charter does not name this home's card";
    refused("another's", offline::sign(&world.orgs[AGENCY].home, proposal, &[]), message);
}

#[tokio::test]
async fn older_files_replace_nothing() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let first = gap.world.seal(AGENCY, &order, &domains(0..10)).unwrap();
    let second = gap.world.seal(AGENCY, &order, &domains(0..20)).unwrap();
    assert_eq!(gap.world.bring(COURIER, &first.file).await.unwrap().number, 1);
    let receipt = gap.world.bring(COURIER, &second.file).await.unwrap();
    assert_eq!(gap.world.bring(COURIER, &second.file).await.unwrap(), receipt, "the same file: the receipt again");
    let old = "list number 1 is not newer than number 2, which is published: seal it again";
    refused("the first again", gap.world.bring(COURIER, &first.file).await, old);
    assert_eq!(gap.world.number("SELECT COUNT(*) FROM lists").await, 1);

    let key = gap.world.orgs[AGENCY].home.signing_key();
    let withdrawal = Withdrawal::sign(order.order.order.hash(), 1, key);
    let newer = "the withdrawal is for lists up to number 1, and list 2 is published: sign a new one to take that back";
    refused("an old withdrawal", gap.bring_back(COURIER, &withdrawal).await, newer);
    let forged = Withdrawal::sign(order.order.order.hash(), 2, gap.world.orgs[COURIER].home.signing_key());
    refused(
        "the courier's own",
        gap.bring_back(COURIER, &forged).await,
        "the withdrawal is not from a member of this exchange",
    );
    let magic = b"mandorla/1 withdrawal\n".len();
    let mut bytes = withdrawal.encode();
    bytes[magic + 64] = 2;
    let raised = Withdrawal::decode(&bytes[..]).unwrap();
    assert_eq!(raised.number, 2);
    let message = "the signature of the withdrawal does not fit: it was changed on the way, or is not from the member";
    refused("one that was raised", gap.bring_back(COURIER, &raised).await, message);

    let early = gap.world.question(AGENCY, &order, &second.tags).unwrap();
    let open = "the round is open: overlaps are answered after its close";
    refused("before the close", gap.world.carry(COURIER, &early).await, open);
    gap.world.close(&gap.charter).await;
    let about_first = gap.world.question(AGENCY, &order, &first.tags).unwrap();
    let message =
        "the question is about list 1, and list 2 is the one that is published: ask with the tags of that one";
    refused("an older list", gap.world.carry(COURIER, &about_first).await, message);
    assert_eq!(gap.world.number("SELECT COUNT(*) FROM tags").await, 0, "nothing is shown");
    gap.world.carry(COURIER, &early).await.unwrap();
    gap.world.clock.advance(95 * HOUR);
    let view = gap.world.view(COMPANY, &gap.charter).await;
    assert_eq!(view.phase, Phase::Closed);
    gap.world.clock.advance(HOUR);
    refused(
        "after the last answer",
        gap.world.carry(COURIER, &early).await,
        "the round is purged: its lists and answers are gone",
    );
    let gone = gap.world.question(AGENCY, &order, &second.tags);
    refused("after the purge", gone, "the round is purged: its lists and answers are gone");
}

/// Between the last answer and the purge nothing is said any more.
#[tokio::test]
async fn after_the_last_answer() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let sealed = gap.world.seal(AGENCY, &order, &domains(0..10)).unwrap();
    gap.world.bring(COURIER, &sealed.file).await.unwrap();
    gap.world.close(&gap.charter).await;
    let question = gap.world.question(AGENCY, &order, &sealed.tags).unwrap();
    let times = order.order.order;
    assert_eq!(times.last_answer, times.purge, "there is no time between them: the purge is what says it");
    gap.world.clock.advance(times.last_answer - gap.world.clock.now() - 1);
    gap.world.carry(COURIER, &question).await.unwrap();
    gap.world.clock.advance(1);
    refused("a second later", gap.world.carry(COURIER, &question).await, "the round is purged");
}

#[tokio::test]
async fn answers_are_for_their_home_and_list() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let first = gap.world.seal(AGENCY, &order, &domains(0..10)).unwrap();
    let second = gap.world.seal(AGENCY, &order, &domains(0..20)).unwrap();
    let harbours = gap.world.seal(HARBOUR, &order, &domains(5..15)).unwrap();
    gap.world.bring(COURIER, &second.file).await.unwrap();
    gap.world.bring(HARBOURS, &harbours.file).await.unwrap();
    gap.world.close(&gap.charter).await;
    let question = gap.world.question(AGENCY, &order, &second.tags).unwrap();
    let answer = gap.world.carry(COURIER, &question).await.unwrap();
    let again = gap.world.carry(COURIER, &question).await.unwrap();
    assert_ne!(answer, again, "sealed anew");
    let report = gap.world.read_answer(AGENCY, &answer, &second.tags).unwrap();
    assert_eq!((values(&report).len(), report.overlaps[0].holders[0].name.as_str()), (10, "Harbour Mail"));

    let not_ours = "answer: it is for another home, or was changed on the way";
    refused("another home", gap.world.read_answer(HARBOUR, &answer, &harbours.tags), not_ours);
    let other_list = "the answer is about list 2, and these are the tags of list 1: give the tags of list 2";
    refused("another list", gap.world.read_answer(AGENCY, &answer, &first.tags), other_list);
    refused(
        "another home's tags",
        gap.world.read_answer(AGENCY, &answer, &harbours.tags),
        "a.tags: these tags cannot be read here",
    );
    refused(
        "a home without tags",
        gap.world.read_answer(PASSER_BY, &answer, &second.tags),
        "these tags cannot be read here",
    );

    // What a courier can do with two answers that it carries.
    let envelope = b"mandorla/1 answer\n".len() + 64;
    let swapped = [&again[..envelope], &answer[envelope..]].concat();
    refused("another envelope", gap.world.read_answer(AGENCY, &swapped, &second.tags), not_ours);
    let header = envelope + 4 + u32::from_le_bytes(answer[envelope..envelope + 4].try_into().unwrap()) as usize;
    let swapped = [&again[..header], &answer[header..]].concat();
    refused("other frames", gap.world.read_answer(AGENCY, &swapped, &second.tags), "cannot be opened");
    refused(
        "a frame more",
        gap.world.read_answer(AGENCY, &[&answer[..], &answer[header..]].concat(), &second.tags),
        "cannot be opened",
    );
    refused("cut", gap.world.read_answer(AGENCY, &answer[..header], &second.tags), "it ends too early");

    // Anybody can seal to a card; only the matcher can sign.
    let header = AnswerFile::open(&answer[..], gap.opening(AGENCY)).unwrap().header;
    let sealing = *gap.world.orgs[AGENCY].home.card().core().sealing();
    let forge = |header: &answer::Header, key: &SigningKey| {
        let (mut sealer, mut file) = AnswerSealer::new(header, key, &sealing);
        for part in [Part::Lists(Vec::new()), Part::Summary(Summary::default())] {
            file.extend(sealer.add(&part).concat());
        }
        file.extend(sealer.finish().flatten());
        file
    };
    let unsigned = "the signature of the answer does not fit: it was changed on the way, or is not from the matcher";
    for signer in [COURIER, HARBOUR, AGENCY] {
        let forged = forge(&header, gap.world.orgs[signer].home.signing_key());
        refused("forged", gap.world.read_answer(AGENCY, &forged, &second.tags), unsigned);
    }

    // Another round.
    let next = gap.order().await;
    let third = gap.world.seal(AGENCY, &next, &domains(0..10)).unwrap();
    let other_round = "the answer is about another round than the tags: give the tags of the list that was asked about";
    refused("another round", gap.world.read_answer(AGENCY, &answer, &third.tags), other_round);

    // At the purge the home wipes what opens the tags.
    gap.world.clock.advance(97 * HOUR);
    sweep(&gap.world.orgs[AGENCY].home, gap.world.clock.now()).unwrap();
    refused("after the purge", gap.world.read_answer(AGENCY, &answer, &second.tags), "or the round is purged");
}

/// A matcher's answer that no honest one gives: held against the question and the charter as in a stream.
#[tokio::test]
async fn answers_of_a_matcher_that_lies() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let sealed = gap.world.seal(AGENCY, &order, &domains(0..10)).unwrap();
    gap.world.bring(COURIER, &sealed.file).await.unwrap();
    gap.world.close(&gap.charter).await;
    let question = gap.world.question(AGENCY, &order, &sealed.tags).unwrap();
    let answer = gap.world.carry(COURIER, &question).await.unwrap();
    let header = AnswerFile::open(&answer[..], gap.opening(AGENCY)).unwrap().header;
    let matcher = mandorla::home::Home::open(&gap.world.matcher_home()).unwrap();
    let sealing = *gap.world.orgs[AGENCY].home.card().core().sealing();
    let read = |parts: &[Part]| {
        let (mut sealer, mut file) = AnswerSealer::new(&header, matcher.signing_key(), &sealing);
        parts.iter().for_each(|part| file.extend(sealer.add(part).concat()));
        file.extend(sealer.finish().flatten());
        gap.world.read_answer(AGENCY, &file, &sealed.tags)
    };
    let list = |member| mandorla::round::Published { member, number: 1, asked: true };
    let lists = Part::Lists(vec![list(AGENCY)]);
    let none = |shard, last| Part::Matches { shard, matches: Vec::new(), last };
    let end = Part::Summary(Summary::default());
    assert!(read(&[lists.clone(), none(0, true), end.clone()]).unwrap().overlaps.is_empty(), "an honest one");
    for (parts, message) in [
        (vec![none(0, true)], "it does not say which lists were there"),
        (vec![lists.clone(), lists.clone()], "it says twice which lists were there"),
        (vec![Part::Lists(vec![list(AGENCY), list(HARBOUR)])], "it names lists of nobody"),
        (vec![Part::Lists(vec![list(PASSER_BY)])], "it names lists of nobody"),
        (vec![lists.clone(), none(1, true)], "it answers what was not asked"),
        (vec![lists.clone(), none(0, true), none(0, true)], "it answers what was not asked"),
        (vec![lists.clone(), none(0, false), end.clone()], "it left a part of the question unanswered"),
        (vec![lists.clone(), end.clone()], "it left a part of the question unanswered"),
        (vec![lists.clone(), none(0, true)], "its answer ends too early"),
        (vec![lists, none(0, true), end.clone(), end], "its answer goes on behind its end"),
    ] {
        let message = format!("the matcher's answer is not to be trusted: {message}; tell the other members");
        refused("a lie", read(&parts), &message);
    }
}

#[tokio::test]
async fn questions_that_the_matcher_does_not_take() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let sealed = gap.world.seal(AGENCY, &order, &domains(0..5000)).unwrap();
    gap.world.bring(COURIER, &sealed.file).await.unwrap();
    gap.world.close(&gap.charter).await;
    let question = gap.world.question(AGENCY, &order, &sealed.tags).unwrap();
    let other = gap.world.question(AGENCY, &order, &sealed.tags).unwrap();
    let chunk = (question.len() - question.len() % 32_788) / 2;
    assert_eq!(chunk, 32_788, "two shards");
    let (head, first, second) = {
        let at = question.len() - 2 * chunk;
        (&question[..at], &question[at..at + chunk], &question[at + chunk..])
    };
    let not_ours = "question: it is for another home, or was changed on the way";
    let envelope = b"mandorla/1 question\n".len() + 64;
    let cannot = "cannot be opened: it was changed, moved or cut off";
    for (case, file, message) in [
        ("another envelope", [&other[..envelope], &question[envelope..]].concat(), not_ours),
        ("another header", [&other[..head.len()], &question[head.len()..]].concat(), cannot),
        ("a shard missing", [head, first].concat(), "the question ended after 1 of 2 shards: ask again"),
        ("shards swapped", [head, second, first].concat(), cannot),
        ("a shard more", [&question[..], second].concat(), "cannot be opened"),
        ("a shard of another", [&question[..head.len() + chunk], &other[head.len() + chunk..]].concat(), cannot),
    ] {
        refused(case, gap.world.carry(COURIER, &file).await, message);
    }
    // To another matcher: nobody but that one can open it.
    let stranger = OpeningKey::generate();
    let file = QuestionFile::open(&question[..]).unwrap();
    let opened = OpenedQuestion::open(&file.envelope, file.header, &stranger);
    refused("another matcher", opened.map(drop), not_ours);

    // A courier that asks in the member's name.
    let header = mandorla::carried::question::Header {
        round: order.order.order.hash(),
        member: *gap.world.orgs[AGENCY].home.card().core().verifying().as_bytes(),
        number: 1,
        class: mandorla::list::shard::Class::new(2).unwrap(),
        nonce: [1; 16],
    };
    let ask = |header: &mandorla::carried::question::Header, signer: usize| {
        let (key, matcher) = (gap.world.orgs[signer].home.signing_key(), gap.charter.terms().matcher.sealing());
        let mut out = Vec::new();
        let mut writer = mandorla::carried::question::QuestionWriter::new(&mut out, header, key, matcher).unwrap();
        for _ in 0..header.class.shards() {
            writer.shard(vec![0; 32_768]).unwrap();
        }
        out
    };
    let unsigned = "the signature of the question does not fit: it was changed on the way, or is not from the member";
    refused("the courier's signature", gap.world.carry(COURIER, &ask(&header, COURIER)).await, unsigned);
    refused("tags of its own", gap.world.carry(COURIER, &ask(&header, AGENCY)).await, "a tag of shard 0 is repeated");
    let small = mandorla::carried::question::Header { class: mandorla::list::shard::Class::MIN, ..header.clone() };
    refused("another class", gap.world.carry(COURIER, &ask(&small, AGENCY)).await, "a tag of shard 0 is repeated");
    assert_eq!(gap.world.number("SELECT COUNT(*) FROM tags").await, 0, "nothing is shown");
    gap.world.carry(COURIER, &question).await.unwrap();
}

/// Nothing of a withdrawn list is left, at the matcher or in the home.
#[tokio::test]
async fn a_carried_withdrawal_leaves_nothing() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    refused(
        "nothing yet",
        gap.withdraw(&order),
        "this home has sealed no list in this round, so there is nothing to withdraw",
    );
    let sealed = gap.world.seal(AGENCY, &order, &domains(0..10)).unwrap();
    gap.world.bring(COURIER, &sealed.file).await.unwrap();
    let harbours = gap.world.seal(HARBOUR, &order, &domains(0..10)).unwrap();
    gap.world.bring(HARBOURS, &harbours.file).await.unwrap();
    gap.world.close(&gap.charter).await;
    let question = gap.world.question(AGENCY, &order, &sealed.tags).unwrap();
    gap.world.carry(COURIER, &question).await.unwrap();
    let shown = gap.tags_of(&question);
    let stored = || gap.world.database().windows(64).any(|window| window == &shown[..64]);
    assert!(stored(), "the search finds what is there");

    let withdrawal = gap.withdraw(&order).unwrap();
    assert_eq!(gap.world.kept(AGENCY), ["1.withdrawn", "purge-at"], "nothing of it is in the home");
    refused("its tags", gap.world.question(AGENCY, &order, &sealed.tags), "their list was withdrawn");
    assert!(stored(), "the courier is still on its way");
    assert_eq!(gap.bring_back(COURIER, &withdrawal).await.unwrap(), 1);
    assert!(!stored(), "overwritten, in the write-ahead log too");
    let left = gap.world.number("SELECT COUNT(*) FROM lists").await;
    assert_eq!((left, gap.world.number("SELECT COUNT(*) FROM tags").await), (1, 0));
    refused("asking about it", gap.world.carry(COURIER, &question).await, "you have published no list in this round");
    assert_eq!(gap.bring_back(COURIER, &withdrawal).await.unwrap(), 1, "an answer that was lost comes again");
    assert_eq!(gap.withdraw(&order).unwrap().number, 1, "and the word can be given again");
    let about = gap.world.question(HARBOUR, &order, &harbours.tags).unwrap();
    let answer = gap.world.carry(HARBOURS, &about).await.unwrap();
    assert!(gap.world.read_answer(HARBOUR, &answer, &harbours.tags).unwrap().overlaps.is_empty());
    refused(
        "nobody's",
        gap.bring_back(
            COURIER,
            &Withdrawal::sign(gap.order().await.order.order.hash(), 1, gap.world.orgs[AGENCY].home.signing_key()),
        )
        .await,
        "you have published no list in this round, so there is nothing to withdraw",
    );
}

impl Gap {
    /// The tags in the first shard of a question, as the matcher reads them.
    fn tags_of(&self, question: &[u8]) -> Vec<u8> {
        let matcher = mandorla::home::Home::open(&self.world.matcher_home()).unwrap();
        let mut file = QuestionFile::open(question).unwrap();
        let chunk = file.next_shard().unwrap().unwrap();
        OpenedQuestion::open(&file.envelope, file.header, matcher.opening_key()).unwrap().shard(0, chunk).unwrap()
    }
}

/// What the parts of an answer are, but for the number that is told.
fn parts(gap: &Gap, answer: &[u8]) -> Vec<Part> {
    let mut file = AnswerFile::open(answer, gap.opening(AGENCY)).unwrap();
    let mut parts = Vec::new();
    while let Some(part) = file.next_part().unwrap() {
        parts.push(part);
    }
    parts
}

/// Two matchers that know the same, but for the lists that the agency may not see single indicators of: in the one they have all
/// that it has, in the other nothing of it. Its answers, by a courier, have the same size and the same parts.
#[tokio::test]
async fn what_the_reader_may_not_see_changes_nothing_in_its_file() {
    let mut gap = Gap::under(|terms| {
        let rule = |holder, level| Rule { holder: Party::Member(holder), reader: Party::Member(AGENCY), level };
        let rules = vec![rule(COMPANY, Level::None), rule(HARBOUR, Level::Count)];
        terms.disclosure = Disclosure::new(Level::Named, rules, &terms.members);
        terms.publish_only = BTreeSet::new();
    })
    .await;
    let order = gap.order().await;
    let own = domains(0..5000);
    let sealed = gap.world.seal(AGENCY, &order, &own).unwrap();
    gap.world.bring(COURIER, &sealed.file).await.unwrap();
    let view = gap.world.view(COMPANY, &gap.charter).await;
    let question = gap.world.question(AGENCY, &order, &sealed.tags).unwrap();

    let twin = gap.world.twin().await;
    let mut answers = Vec::new();
    for (matcher, hidden) in [(gap.world.matcher.clone(), own), (twin, domains(10_000..15_000))] {
        gap.world.matcher = matcher;
        for place in [COMPANY, HARBOUR] {
            gap.world.publish_raw(place, &view, &hidden).await;
        }
        gap.world.close(&gap.charter).await;
        let asked =
            [gap.world.carry(COURIER, &question).await.unwrap(), gap.world.carry(COURIER, &question).await.unwrap()];
        let [before, after] = asked.each_ref().map(|answer| parts(&gap, answer));
        assert_eq!(before[1..], after[1..], "asked again, the count too is the same");
        answers.push((asked[0].len(), before));
    }
    let [(all_size, mut all), (nothing_size, mut nothing)] = answers.try_into().unwrap();
    assert_eq!(all_size, nothing_size);
    let count = |parts: &mut Vec<Part>| {
        let Some(Part::Summary(summary)) = parts.last_mut() else { panic!("a summary") };
        assert_eq!(summary.counts.iter().map(|count| count.member).collect::<Vec<_>>(), [HARBOUR]);
        std::mem::take(&mut summary.counts[0].count)
    };
    let counts = [count(&mut all), count(&mut nothing)];
    assert!((counts[0] - 5000).abs() < 100 && counts[1].abs() < 100, "{counts:?}");
    assert_eq!(all, nothing);
    let held = all.iter().any(|part| matches!(part, Part::Matches { matches, .. } if !matches.is_empty()));
    assert!(!held, "no match of a list that it may not see");
}

/// A sealed list that another carrier changed on its way leaves nothing behind.
#[tokio::test]
async fn a_list_that_was_changed_on_the_way_is_refused() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let sealed = gap.world.seal(AGENCY, &order, &domains(0..5000)).unwrap();
    let header = Preamble::LEN + 4;
    for (case, at) in [("its key", Preamble::LEN - 1), ("its header", header), ("a shard", sealed.file.len() - 40)] {
        let mut changed = sealed.file.clone();
        changed[at] ^= 1;
        refused(case, gap.world.bring(COURIER, &changed).await, "cannot be opened");
        no_lists(case, &gap.world).await;
    }
    let cut = &sealed.file[..sealed.file.len() - 22_180];
    refused("cut", gap.world.bring(COURIER, cut).await, "the upload ended after 1 of 2 shards: publish again");
    assert_eq!(gap.world.bring(COURIER, &sealed.file).await.unwrap().number, 1, "it goes on where it broke");
}

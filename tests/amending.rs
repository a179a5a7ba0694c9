//! The life of a charter: amended by its convener, signed by its own members, in force from the next round on; resigned from.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::{Debug, Display};
use std::fs;

use common::{THREE, World, domains, values};
use mandorla::carried::order::OrderFile;
use mandorla::charter::{Agreed, Charter, CharterHash, Disclosure, Level, Proposal, Terms};
use mandorla::client::{ClientError, Known, Silent, offline};
use mandorla::custody::shared::Salt;
use mandorla::home::Added;
use mandorla::identity::Role;
use mandorla::round::{Order, Phase, SeedSource, SignedOrder};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// Asserts a refusal and its message.
fn refused<T, E: Display + Debug>(case: &str, result: Result<T, E>, message: &str) {
    let Err(error) = result else { panic!("{case}: not refused") };
    assert!(error.to_string().contains(message), "{case}: `{error}` does not say `{message}`");
}

/// Terms of these members, all named to each other, that amend a charter.
fn amendment(world: &World, places: &[usize], old: CharterHash) -> Terms {
    let mut terms = world.terms();
    terms.members = places.iter().map(|place| world.orgs[*place].home.card().core().clone()).collect();
    terms.disclosure = Disclosure::new(Level::Named, Vec::new(), &terms.members);
    terms.amends = Some(old);
    terms
}

/// Proposed by the first, signed by the others.
async fn agree(world: &World, places: &[usize], terms: Terms) -> Agreed {
    let mut proposal = world.org(places[0]).await.propose(Charter::new(terms).unwrap()).await.unwrap();
    for place in &places[1..] {
        proposal = world.org(*place).await.sign(&proposal, &[]).await.unwrap();
    }
    proposal.agreed().unwrap()
}

async fn open(world: &World, place: usize, charter: &Agreed) -> Result<u32, ClientError> {
    world.org(place).await.open_round(charter).await.map(|view| view.round.order().number)
}

/// A home as it would be if it had seen none of it.
fn forget(world: &World, place: usize) {
    fs::remove_dir_all(world.orgs[place].home.path().join("charters")).unwrap();
}

#[tokio::test]
async fn an_amendment_is_in_force_from_the_next_round_on() {
    let world = World::new(&THREE).await;
    let old = world.agree(world.terms()).await;
    assert_eq!(open(&world, 0, &old).await.unwrap(), 1);
    world.publish(0, &old, &domains(0..10)).await.unwrap();

    let mut terms = amendment(&world, &[0, 1, 2], old.hash());
    terms.min_holders = 3;
    let mut proposal = world.org(0).await.propose(Charter::new(terms).unwrap()).await.unwrap();
    for place in [1, 2] {
        let mut client = world.org(place).await;
        let in_force = client.find_in_force("election-2026").await.unwrap().unwrap();
        assert_eq!(in_force.charter().hash(), old.hash(), "until all have signed");
        let found = client.find("election-2026").await.unwrap().unwrap();
        assert_eq!(found.charter().hash(), proposal.charter().hash(), "the one to read");
        proposal = client.sign(&found, &[]).await.unwrap();
    }
    let new = proposal.agreed().unwrap();

    // The round that is open goes on under the old rules.
    world.publish(1, &old, &domains(5..15)).await.unwrap();
    refused("two open rounds", open(&world, 0, &new).await, "round 1 is still open: close it first");
    world.close(&old).await;
    assert_eq!(open(&world, 0, &new).await.unwrap(), 2, "numbers go on");
    for place in 0..3 {
        world.publish(place, &new, &domains(place as u32..place as u32 + 3)).await.unwrap();
    }
    assert_eq!(values(&world.ask(0, &old).await.unwrap()).len(), 5, "two hold it");
    world.close(&new).await;
    assert_eq!(values(&world.ask(0, &new).await.unwrap()), ["host-2.example"], "three hold it");

    let versions = world.org(1).await.versions("election-2026").await.unwrap();
    assert_eq!(versions.all().iter().map(|version| version.replaced_by).collect::<Vec<_>>(), [Some(new.hash()), None]);
    let chain = versions.chain().unwrap();
    let chain: Vec<_> = chain.iter().map(|version| version.proposal.charter().hash()).collect();
    assert_eq!(chain, [new.hash(), old.hash()], "newest first");
    let by_hash = world.org(1).await.find_in_force(&old.hash().to_string()).await.unwrap().unwrap();
    assert_eq!(by_hash.charter().hash(), old.hash(), "the old stays readable");

    let newer = "election-2026 has a newer version: open the round under that";
    let known = open(&world, 0, &old).await;
    assert!(matches!(known, Err(ClientError::Replaced(_))));
    refused("known at home", known, newer);
    forget(&world, 0);
    let refusal = open(&world, 0, &old).await;
    assert!(matches!(refusal, Err(ClientError::Refused(_))));
    refused("by the matcher", refusal, newer);
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 2);
}

/// Its signature is not needed, and it loses nothing of the round that it takes part in.
#[tokio::test]
async fn a_silent_member_has_no_veto() {
    let world = World::new(&THREE).await;
    let old = world.agree(world.terms()).await;
    open(&world, 0, &old).await.unwrap();
    world.publish(2, &old, &domains(0..5)).await.unwrap();
    let new = agree(&world, &[0, 1], amendment(&world, &[0, 1], old.hash())).await;

    let mut removed = world.org(2).await;
    let versions = removed.versions("election-2026").await.unwrap();
    let found = versions.in_force().unwrap().unwrap();
    assert_eq!((found.proposal.charter().hash(), found.said_replaced, found.replaced_by), (old.hash(), true, None));
    refused("the new", removed.round(&new, None).await.map(|_| ()), "the charter does not name this home's card");
    world.publish(0, &old, &domains(3..8)).await.unwrap();
    world.close(&old).await;
    assert_eq!(values(&world.ask(2, &old).await.unwrap()).len(), 2, "it is still answered");
    world.withdraw(2, &old).await.unwrap();
    assert_eq!(open(&world, 0, &new).await.unwrap(), 2);
    world.clock.advance(96 * common::HOUR);
    world.matcher.tick().await.unwrap();
    assert_eq!(world.view(2, &old).await.phase, Phase::Purged);
}

/// However often the rules change, no more rounds open in a day than they say.
#[tokio::test]
async fn rounds_are_counted_over_all_versions() {
    let world = World::new(&THREE).await;
    let mut terms = world.terms();
    terms.rounds_per_day = 2;
    let mut charter = world.agree(terms.clone()).await;
    for number in [1, 2] {
        assert_eq!(open(&world, 0, &charter).await.unwrap(), number);
        world.close(&charter).await;
        terms.amends = Some(charter.hash());
        charter = world.agree(terms.clone()).await;
    }
    refused("a third", open(&world, 0, &charter).await, "the charter allows 2 rounds within 24 hours");
    world.clock.advance(24 * common::HOUR);
    assert_eq!(open(&world, 0, &charter).await.unwrap(), 3);
    assert_eq!(world.org(1).await.versions("election-2026").await.unwrap().chain().unwrap().len(), 3);
}

#[tokio::test]
async fn of_two_amendments_the_first_that_all_signed_wins() {
    let world = World::new(&THREE).await;
    let old = world.agree(world.terms()).await;
    let rival = |min_holders| {
        let mut terms = amendment(&world, &[0, 1, 2], old.hash());
        terms.min_holders = min_holders;
        Charter::new(terms).unwrap()
    };
    let mut client = world.org(0).await;
    let [first, second] = [rival(2), rival(3)];
    for charter in [&first, &second] {
        client.propose(charter.clone()).await.unwrap();
    }
    let own = world.orgs[1].home.card().id();
    let both = world.org(1).await.versions("election-2026").await.unwrap();
    assert!(matches!(both.to_sign(own), Err(ClientError::Ambiguous(hashes)) if hashes.len() == 2));
    assert!(matches!(both.newest(), Err(ClientError::Ambiguous(_))));
    assert_eq!(both.in_force().unwrap().unwrap().proposal.charter().hash(), old.hash());
    for place in [1, 2] {
        let mut client = world.org(place).await;
        let proposal = client.find(&second.hash().to_string()).await.unwrap().unwrap();
        client.sign(&proposal, &[]).await.unwrap();
    }

    let late =
        "election-2026 has a newer version than the one that this charter amends: propose it again, amending that";
    let lost = world.org(1).await.find(&first.hash().to_string()).await.unwrap().unwrap();
    refused("to sign the other", world.org(1).await.sign(&lost, &[]).await, late);
    let mut third = amendment(&world, &[0, 1, 2], old.hash());
    third.talk = false;
    refused("a third", client.propose(Charter::new(third).unwrap()).await, late);
    client.propose(second.clone()).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM charters").await, 3);
    assert_eq!(world.number("SELECT COUNT(*) FROM charter_signatures").await, 7);
    let versions = world.org(1).await.versions("election-2026").await.unwrap();
    assert_eq!(versions.newest().unwrap().unwrap().proposal.charter(), &second, "the one that lost is in nobody's way");
    assert_eq!(versions.to_sign(own).unwrap().unwrap().proposal.charter(), &second);
}

#[tokio::test]
async fn a_charter_is_amended_by_its_conveners() {
    let four = [THREE[0], THREE[1], THREE[2], ("Stranger", Role::Company)];
    let world = World::new(&four).await;
    let old = world.agree(world.terms_of(3)).await;
    let mut waiting = world.terms_of(3);
    waiting.created += 1;
    let waiting = world.org(0).await.propose(Charter::new(waiting).unwrap()).await.unwrap();
    let of = |places: &[usize], old: CharterHash| amendment(&world, places, old);
    let renamed = Terms { name: "election-2027".to_owned(), ..of(&[0, 1], old.hash()) };
    let nothing = "the charter amends one that this matcher does not have with you as a member";
    for (case, place, terms, message) in [
        ("a member", 1, of(&[1, 0], old.hash()), "only the convener, Northwind Social, can amend this charter"),
        ("a stranger", 3, of(&[3, 0], old.hash()), nothing),
        ("nothing", 0, of(&[0, 1], CharterHash::new([9; 32])), nothing),
        (
            "not in force",
            0,
            of(&[0, 1], waiting.charter().hash()),
            "the charter is not in force: Harbour Mail, Agency A must still",
        ),
        ("another name", 0, renamed, "an amendment keeps the exchange's name, election-2026"),
    ] {
        refused(case, world.org(place).await.propose(Charter::new(terms).unwrap()).await, message);
        assert_eq!(world.number("SELECT COUNT(*) FROM charters").await, 2, "{case}");
    }

    // Who convenes it may hand that over.
    let mut handed = of(&[0, 1], old.hash());
    handed.conveners = [1].into();
    let handed = agree(&world, &[0, 1], handed).await;
    refused("no longer", open(&world, 0, &handed).await, "only the convener, Harbour Mail, can open a round");
    assert_eq!(open(&world, 1, &handed).await.unwrap(), 1);
}

/// By name a home signs what amends the exchange that it is in; another charter under that name takes its hash.
#[tokio::test]
async fn the_one_that_waits_for_a_signature() {
    let world = World::new(&THREE).await;
    let old = world.agree(world.terms()).await;
    let mut squat = world.terms();
    (squat.conveners, squat.min_holders) = ([2].into(), 3);
    world.org(2).await.propose(Charter::new(squat).unwrap()).await.unwrap();
    let card = |place: usize| world.orgs[place].home.card().id();
    let to_sign = async |place: usize| {
        let versions = world.org(place).await.versions("election-2026").await.unwrap();
        versions.to_sign(card(place)).map(|found| found.unwrap().proposal.charter().hash())
    };
    refused("only the other", to_sign(1).await, "more than one exchange has that name; name it by the beginning");
    let new = Charter::new(amendment(&world, &[0, 1], old.hash())).unwrap();
    world.org(0).await.propose(new.clone()).await.unwrap();
    assert_eq!(to_sign(1).await.unwrap(), new.hash());
}

#[tokio::test]
async fn resigning_pauses_an_exchange_until_it_goes_on_without() {
    let world = World::new(&THREE).await;
    let proposal = world.org(0).await.propose(Charter::new(world.terms()).unwrap()).await.unwrap();
    refused(
        "not signed",
        world.org(1).await.resign(&proposal).await,
        "Harbour Mail has not signed this charter, so there is nothing to resign from",
    );
    let old = world.agree(world.terms()).await;
    open(&world, 0, &old).await.unwrap();
    for place in 0..3 {
        world.publish(place, &old, &domains(0..5)).await.unwrap();
    }
    let signed = world.org(1).await.find("election-2026").await.unwrap().unwrap();
    let by_another = signed.charter().resign(world.orgs[2].home.signing_key());
    let forged = world.calls(1).await.resign(old.hash(), None, &by_another).await;
    refused("another's key", forged, "the signature of Harbour Mail does not fit this charter");
    assert_eq!(world.number("SELECT COUNT(*) FROM charter_resignations").await, 0);
    for _ in 0..2 {
        let resigned = world.org(1).await.resign(&signed).await.unwrap();
        assert_eq!(resigned.resigned().map(|card| card.name()).collect::<Vec<_>>(), ["Harbour Mail"]);
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM charter_resignations").await, 1);
    let shown = world.org(2).await.find_in_force("election-2026").await.unwrap().unwrap();
    assert!(shown.resignations().contains_key(&1) && shown.agreed().is_ok(), "all see it");

    // The round that is there goes on, with or without its list.
    world.close(&old).await;
    assert_eq!(values(&world.ask(0, &old).await.unwrap()).len(), 5);
    world.withdraw(1, &old).await.unwrap();
    refused(
        "the next",
        open(&world, 0, &old).await,
        "Harbour Mail resigned: no round is opened under this charter any more; propose an amendment without them",
    );
    let new = agree(&world, &[0, 2], amendment(&world, &[0, 2], old.hash())).await;
    assert_eq!(open(&world, 0, &new).await.unwrap(), 2);
    world.publish(2, &new, &domains(0..5)).await.unwrap();

    // Whoever signs again is in again.
    world.close(&new).await;
    let back = agree(&world, &[0, 1, 2], amendment(&world, &[0, 1, 2], new.hash())).await;
    assert_eq!(open(&world, 0, &back).await.unwrap(), 3);
}

/// The next round of a charter, as it is carried.
async fn order(world: &World, charter: &Agreed) -> OrderFile {
    let mut convener = world.org(0).await;
    convener.open_round(charter).await.unwrap();
    let proposal = convener.find(&charter.hash().to_string()).await.unwrap().unwrap();
    convener.order(&proposal, None).await.unwrap()
}

#[tokio::test]
async fn a_convener_remembers_a_resignation_that_the_matcher_forgets() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let signed = world.org(1).await.find("election-2026").await.unwrap().unwrap();
    world.org(1).await.resign(&signed).await.unwrap();
    world.org(0).await.find("election-2026").await.unwrap();
    let [file, _] = world.database_files();
    let mut database = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
    sqlx::query("DELETE FROM charter_resignations").execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let shown = world.org(0).await.find("election-2026").await.unwrap().unwrap();
    assert!(shown.resignations().is_empty(), "the matcher has forgotten it");

    let opened = open(&world, 0, &charter).await;
    assert!(matches!(opened, Err(ClientError::Resigned(_))));
    refused("opened", opened, "Harbour Mail resigned: no round is opened under this charter any more");
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 0);
    forget(&world, 0);
    assert_eq!(open(&world, 0, &charter).await.unwrap(), 1, "the home alone knew");
}

/// Nobody need have brought the resignation to the matcher. The round in which it has a list goes on.
#[tokio::test]
async fn who_resigned_by_file_takes_no_new_order() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let first = order(&world, &charter).await;
    let sealed = world.seal(1, &first, &domains(0..5)).unwrap();
    offline::resign(&world.orgs[1].home, first.proposal.clone()).unwrap();
    world.question(1, &first, &sealed.tags).unwrap();
    world.close(&charter).await;
    let second = order(&world, &charter).await;
    assert!(second.proposal.resignations().is_empty());
    let message = "Harbour Mail resigned: no round is opened under this charter any more";
    refused("the next", world.offline(1, &second).map(drop), message);
    assert!(world.offline(2, &second).is_ok(), "others cannot know");
}

/// Members who signed both can put the one that lost in force on paper. A home that knows the other is not led under it.
#[tokio::test]
async fn of_two_amendments_in_force_a_home_keeps_to_the_one_that_it_has_seen() {
    let world = World::new(&THREE).await;
    let old = world.agree(world.terms()).await;
    let rival = |min_holders| {
        let mut terms = amendment(&world, &[0, 1, 2], old.hash());
        terms.min_holders = min_holders;
        terms
    };
    let winner = agree(&world, &[0, 1, 2], rival(3)).await;
    world.org(1).await.find("election-2026").await.unwrap();
    let mut proposal = Proposal::new(Charter::new(rival(2)).unwrap());
    for (place, org) in world.orgs.iter().enumerate() {
        let signature = proposal.charter().sign(org.home.signing_key());
        proposal.add(place, signature).unwrap();
    }
    let loser = proposal.agreed().unwrap();
    world.clock.advance(common::HOUR);
    let (salt, nonce) = (Salt::random(), [9; 32]);
    let opened = Order::new(&loser, 1, nonce, world.clock.now(), SeedSource::Salt(salt.commitment(&nonce)));
    let salts = loser.terms().members.iter().map(|member| salt.seal(&opened.hash(), member.sealing())).collect();
    let signed = SignedOrder::sign(opened, salts, world.orgs[0].home.signing_key());
    let file = OrderFile { proposal, order: signed };

    let message = "the order is under an old charter of election-2026: a newer version is in force";
    refused("the rival's", world.offline(1, &file).map(drop), message);
    assert!(Known::new(&world.orgs[1].home).charter(loser.hash()).unwrap().is_none(), "nothing of it is remembered");
    assert!(world.offline(1, &order(&world, &winner).await).is_ok());
    forget(&world, 2);
    assert!(world.offline(2, &file).is_ok(), "nothing else is wrong with it");
}

/// What a home remembers it knows without the matcher.
#[tokio::test]
async fn a_home_remembers_what_it_signed_and_saw_in_force() {
    let world = World::new(&THREE).await;
    let old = world.agree(world.terms()).await;
    let mut client = world.org(1).await;
    let new = Charter::new(amendment(&world, &[0, 1, 2], old.hash())).unwrap();
    let proposal = world.org(0).await.propose(new.clone()).await.unwrap();
    client.sign(&proposal, &[]).await.unwrap();
    let home = &world.orgs[1].home;
    let known = || Known::new(home);
    assert_eq!(known().charter(new.hash()).unwrap().unwrap().signatures().len(), 2);
    assert!(known().replacements(old.hash()).unwrap().is_empty(), "it is not in force yet");
    world.org(2).await.sign(&proposal, &[]).await.unwrap();
    client.find("election-2026").await.unwrap();
    assert_eq!(known().replacements(old.hash()).unwrap()[0].charter(), &new);
    assert!(known().replacements(new.hash()).unwrap().is_empty());

    let file = home.path().join(format!("charters/{}", new.hash()));
    let whole = fs::read(&file).unwrap();
    for damaged in
        [whole[..whole.len() - 1].to_vec(), [&whole[..], &[0]].concat(), fs::read(other(&file, &old)).unwrap()]
    {
        fs::write(&file, damaged).unwrap();
        refused("damaged", known().replacements(old.hash()), "is damaged: remove it");
    }
    fs::write(&file, whole).unwrap();
    assert!(!known().replacements(old.hash()).unwrap().is_empty());
}

fn other(file: &std::path::Path, charter: &Agreed) -> std::path::PathBuf {
    file.with_file_name(charter.hash().to_string())
}

/// The point of contact is its owner's, who signs it alone: no charter changes with it.
#[tokio::test]
async fn a_changed_point_of_contact_needs_no_charter() {
    let mut world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    open(&world, 0, &charter).await.unwrap();
    for place in 0..2 {
        world.publish(place, &charter, &domains(0..2)).await.unwrap();
    }
    world.close(&charter).await;
    let lock = world.orgs[1].home.lock().unwrap();
    world.orgs[1].home.set_contact("Night desk <night@harbour.example>".parse().unwrap(), &lock).unwrap();
    let email = async |world: &World| {
        let report = world.ask(0, &charter).await.unwrap();
        report.overlaps[0].holders[0].contact.email.clone()
    };
    assert_eq!(email(&world).await, "desk@example.org", "as the book has it");
    let home = &world.orgs[0].home;
    let card = world.orgs[1].home.card();
    assert_eq!(home.book().add(card, &home.lock().unwrap()).unwrap(), Added::NewContact);
    assert_eq!(email(&world).await, "night@harbour.example");
    world.ask(1, &charter).await.unwrap();
    let view = world.view(1, &charter).await;
    assert!(world.org(1).await.overlaps(&view, &Silent).await.is_ok(), "who changed it goes on as before");
}

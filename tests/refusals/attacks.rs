//! Attacks of those who are let in: on lists of others, on the matcher's time and disk, and on what a home believes.

use std::collections::BTreeSet;

use mandorla::charter::{Carrier, Charter, Disclosure, Level, Party, Proposal, Rule, Thousandths};
use mandorla::home::Home;
use mandorla::identity::{Card, CardCore, OpeningKey, Role, SigningKey};
use mandorla::list::shard::Class;
use mandorla::matcher::{Matcher, ServeError};
use mandorla::round::Phase;
use mandorla::secret::Secret;
use mandorla::store::Store;
use mandorla::wire::MAX_MESSAGE;

use crate::common::{Container, HOUR, NOON, THREE, World, domains, dummies, home};
use crate::liars::{Liar, Lie};
use crate::refused;

/// A stream that outlives its upload must not go on in the upload that comes next, whose name in the database was once
/// the other's.
#[tokio::test]
async fn a_stale_upload_reaches_no_other_list() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let round = world.org(0).await.open_round(&charter).await.unwrap().round.hash();
    let mut lists = Vec::new();
    for place in 0..2 {
        let view = world.view(place, &charter).await;
        let draft = world.draft(place, &view, &domains(0..10_000)).unwrap();
        assert_eq!(draft.class(), Class::new(3).unwrap());
        let list = draft.seal(&view.round, 1, NOON, world.orgs[place].home.signing_key(), &dummies(), || ());
        lists.push(Container::seal(round, &list, world.matcher.card().core().sealing()));
    }

    let mut calls = world.calls(0).await;
    lists[0].begin(&mut calls).await.unwrap();
    let mut stale = calls.upload(round, None);
    stale.send(0, vec![lists[0].chunks[1].clone()]).await;
    world.until("SELECT COUNT(*) FROM shards", 1).await;
    let mut spoiler = calls.upload(round, None);
    spoiler.send(1, vec![vec![0; 100]]).await;
    refused("no shard", spoiler.finish().await, "cannot be opened");
    assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 0, "the upload is dropped");

    let mut calls = world.calls(1).await;
    lists[1].begin(&mut calls).await.unwrap();
    let mut upload = calls.upload(round, None);
    upload.send(0, vec![lists[1].chunks[1].clone()]).await;
    world.until("SELECT COUNT(*) FROM shards", 1).await;
    stale.send(1, vec![lists[0].chunks[2].clone()]).await;
    refused("a shard in another's upload", stale.finish().await, "it is not published");
    assert_eq!(world.number("SELECT COUNT(*) FROM shards").await, 1);
    upload.send(1, lists[1].chunks[2..].to_vec()).await;
    upload.finish().await.unwrap();
}

/// Between the look at the phase and the write a round may close, or be purged: then nothing is written.
#[tokio::test]
async fn nothing_is_begun_in_a_round_that_is_over() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let round = view.round.hash();
    let key = world.orgs[0].home.signing_key();
    let header = world.draft(0, &view, &[]).unwrap().seal(&view.round, 1, NOON, key, &dummies(), || {}).header;
    let [file, _] = world.database_files();
    let store = Store::open(&file).await.unwrap();
    for phase in [Phase::Closed, Phase::Purged] {
        store.advance(round, phase).await.unwrap();
        store.begin_upload(round, 0, b"preamble", &header).await.unwrap();
        assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 0, "{}", phase.name());
    }
    store.close().await;
}

#[tokio::test]
async fn charters_that_nobody_signs_do_not_pile_up() {
    let world = World::new(&THREE).await;
    let agreed = world.agree(world.terms()).await;
    let mut client = world.org(0).await;
    for created in 1..=40 {
        let mut terms = world.terms();
        terms.created += created;
        client.propose(Charter::new(terms).unwrap()).await.unwrap();
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM charters").await, 17);
    assert_eq!(world.number("SELECT COUNT(*) FROM charter_members").await, 17 * 3);
    assert_eq!(world.number("SELECT COUNT(*) FROM charter_signatures").await, 16 + 3);
    let known = world.org(1).await.exchanges().await.unwrap();
    assert!(known.iter().any(|(hash, _)| *hash == agreed.hash()), "one in force stays");

    // Another convener's stay, too.
    let mut terms = world.terms();
    terms.conveners = BTreeSet::from([1]);
    let theirs = Charter::new(terms).unwrap();
    world.org(1).await.propose(theirs.clone()).await.unwrap();
    let mut terms = world.terms();
    terms.created += 41;
    client.propose(Charter::new(terms).unwrap()).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM charters").await, 18);
}

/// Any card that is admitted may propose a charter that names others. It must not hide theirs.
#[tokio::test]
async fn a_name_that_somebody_else_takes_hides_no_exchange() {
    let world = World::new(&THREE).await;
    let agreed = world.agree(world.terms()).await;
    let mut terms = world.terms();
    (terms.conveners, terms.min_holders) = (BTreeSet::from([2]), 3);
    let squat = Charter::new(terms).unwrap();
    world.org(2).await.propose(squat.clone()).await.unwrap();

    let mut client = world.org(1).await;
    refused("which to sign", client.find("election-2026").await, "more than one exchange has that name");
    let found = client.find_in_force("election-2026").await.unwrap().unwrap();
    assert_eq!(found.charter().hash(), agreed.hash());
    let by_hash = client.find(&squat.hash().to_string()).await.unwrap().unwrap();
    assert_eq!(by_hash.charter(), &squat);
}

#[tokio::test]
async fn rounds_do_not_pile_up() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let mut client = world.org(0).await;
    for _ in 0..100 {
        let view = client.open_round(&charter).await.unwrap();
        client.close_round(&view).await.unwrap();
    }
    refused(
        "one more",
        client.open_round(&charter).await.map(|_| ()),
        "100 rounds of this exchange are not purged yet",
    );
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 100);
    world.clock.advance(97 * HOUR);
    world.matcher.tick().await.unwrap();
    client.open_round(&charter).await.unwrap();
}

/// A matcher that gives out an old round as an open one would get today's list under that round's salt, and could
/// hold the tags of the two lists against each other.
#[tokio::test]
async fn a_round_whose_time_is_over_is_not_open() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let open = || Lie::Round(|state| state.phase = Phase::Open);
    let view = Liar::client(&world, 1, open()).await.round(&charter, None).await.unwrap();
    assert_eq!(view.phase, Phase::Open);
    for (hours, message) in [(24, "the round is closed"), (72, "the round is purged")] {
        world.clock.advance(hours * HOUR);
        let view = Liar::client(&world, 1, open()).await.round(&charter, None).await.unwrap();
        refused("an old round", world.draft(1, &view, &[]).map(|_| ()), message);
    }
}

/// A fingerprint is of the keys alone. Whoever has it read aloud has not been told the role.
#[tokio::test]
async fn a_fingerprint_vouches_for_no_other_role_than_the_book_has() {
    let world = World::new(&THREE).await;
    let agency = world.orgs[2].home.card().core();
    let mut terms = world.terms();
    terms.members[2] =
        CardCore::new(agency.name(), Role::Company, *agency.verifying(), *agency.sealing(), *agency.tls()).unwrap();
    let charter = Charter::new(terms).unwrap();
    let mut proposal = Proposal::new(charter.clone());
    proposal.add(0, charter.sign(world.orgs[0].home.signing_key())).unwrap();
    let vouched = [agency.id().fingerprint()];
    let signed = world.org(1).await.sign(&proposal, &vouched).await;
    refused("another role", signed.map(|_| ()), "Agency A (company, ");
    let proposed = world.org(0).await.propose(charter).await;
    refused("as the matcher knows it", proposed.map(|_| ()), "Agency A is in the charter but not admitted here");
}

/// A card proves its signing key alone. One with somebody else's TLS key would take its place at the door.
#[tokio::test]
async fn a_card_with_the_key_of_another_is_not_admitted() {
    let world = World::new(&THREE).await;
    let victim = world.orgs[0].home.card();
    let key = SigningKey::generate();
    let core =
        CardCore::new("Impostor", Role::Company, key.public(), OpeningKey::generate().public(), *victim.core().tls());
    let impostor = Card::sign(core.unwrap(), victim.contact().clone(), 0, &key).unwrap();
    let message = "Impostor and Northwind Social have the same TLS key";

    let clock = world.clock.clone();
    let both = [victim.clone(), impostor.clone()];
    let opened = Matcher::open(home(&world.dir, "Other", Role::Matcher), &both, clock.clone()).await;
    refused("at once", opened.map(|_| ()), message);
    let again = || Home::open(&world.matcher_home()).unwrap();
    refused("later", Matcher::open(again(), &[impostor], clock.clone()).await.map(|_| ()), message);
    assert_eq!(Matcher::open(again(), &[], clock).await.unwrap().admitted(), 3, "nothing was kept");
}

/// Whoever has the old key can make a successor: of two, people must say whose is whose.
#[tokio::test]
async fn of_two_successors_of_one_card_neither_is_admitted() {
    let world = World::new(&THREE).await;
    let successor = |old: &Card, old_key: &SigningKey, seed: u8| {
        let key = SigningKey::from_seed(Secret::new([seed; 32]));
        let opening = OpeningKey::from_seed(Secret::new([seed; 32]));
        let core = CardCore::new(old.core().name(), old.core().role(), key.public(), opening.public(), [seed; 32]);
        let card = Card::sign(core.unwrap(), old.contact().clone(), 0, &key).unwrap();
        (card.succeeding(old, old_key).unwrap(), key)
    };
    let old = &world.orgs[0].home;
    let (owners, key) = successor(old.card(), old.signing_key(), 1);
    let (thiefs, _) = successor(old.card(), old.signing_key(), 2);
    let (next, _) = successor(&owners, &key, 3);
    let message = |one: &Card, other: &Card| format!("{one} and {other} both succeed one card");
    let refused_both = |case, opened: Result<Matcher, ServeError>, [one, other]: [&Card; 2]| {
        let error = opened.map(drop).unwrap_err();
        let said = error.to_string();
        assert!([message(one, other), message(other, one)].iter().any(|words| said.contains(words)), "{case}: {said}");
    };

    let clock = || world.clock.clone();
    let again = || Home::open(&world.matcher_home()).unwrap();
    let both = [owners.clone(), thiefs.clone()];
    let elsewhere = Matcher::open(home(&world.dir, "Other", Role::Matcher), &both, clock()).await;
    refused_both("without the old card", elsewhere, [&owners, &thiefs]);
    refused_both("at once", Matcher::open(again(), &both, clock()).await, [&owners, &thiefs]);
    assert_eq!(Matcher::open(again(), &[], clock()).await.unwrap().admitted(), 3, "nothing was kept");
    assert_eq!(Matcher::open(again(), std::slice::from_ref(&owners), clock()).await.unwrap().admitted(), 4);
    refused_both("later", Matcher::open(again(), std::slice::from_ref(&thiefs), clock()).await, [&owners, &thiefs]);
    assert_eq!(
        Matcher::open(again(), std::slice::from_ref(&next), clock()).await.unwrap().admitted(),
        5,
        "one after the other"
    );
    let late = Matcher::open(again(), std::slice::from_ref(&thiefs), clock()).await.map(drop).unwrap_err().to_string();
    assert!(late.contains("both succeed one card") && late.contains(&thiefs.to_string()), "{late}");
}

/// Charters are read before it is known whether anybody in them is admitted.
#[test]
fn the_largest_charter_fits_into_a_message() {
    let core = |seed: u8, place: u8, role| {
        let bytes =
            [seed, place, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
        let key = SigningKey::from_seed(Secret::new(bytes));
        let sealing = OpeningKey::from_seed(Secret::new(bytes)).public();
        CardCore::new(&format!("Member {seed} {place} {:x<80}", ""), role, key.public(), sealing, bytes).unwrap()
    };
    let members: Vec<CardCore> = (0..=255).map(|place| core(8, place, Role::Company)).collect();
    let carriers = (0..=255).map(|place| Carrier { member: 0, card: core(24, place, Role::Courier) }).collect();
    let all = Party::Role(Role::Company);
    let rules = vec![Rule { holder: all, reader: all, level: Level::Named }; 1024];
    let disclosure = Disclosure::new(Level::None, rules, &members);
    let terms = mandorla::charter::Terms {
        name: "large".to_owned(),
        created: 0,
        amends: None,
        matcher: core(16, 0, Role::Matcher),
        members,
        conveners: (0..256).collect(),
        publish_only: (1..256).collect(),
        carriers,
        custody: mandorla::custody::Custody::Shared,
        accept_guessable: true,
        profile: 1,
        kinds: mandorla::indicator::Kind::ALL.into_iter().collect(),
        max_indicators: 1000,
        same_size: false,
        min_holders: 2,
        round_hours: 1,
        answer_hours: 1,
        rounds_per_day: 24,
        list_expiry_hours: 720,
        epsilon: Thousandths(1000),
        epsilon_budget: Thousandths(30_000),
        talk: true,
        disclosure,
    };
    let charter = Charter::new(terms).unwrap();
    let bytes = charter.encode();
    assert_eq!(Charter::decode(&bytes).unwrap(), charter);
    assert!(
        bytes.len() + 2 * 256 * 80 < MAX_MESSAGE,
        "with its signatures and resignations it fits into a message: {}",
        bytes.len()
    );
}

//! Asking for keys.

use std::collections::BTreeSet;

use mandorla::charter::{Charter, Custody, Proposal, Terms};
use mandorla::round::KeyRequest;

use super::{AGENCY, CAST, CONVENER, COURIER, HARBOUR, MEMBERS, OUTSIDER, PASSER_BY, Vaults, refused, signed, terms};
use crate::common::{HOUR, World, home};

const NOT_THE_CONVENER: &str = "only the convener, Northwind Social, can open a round";

#[tokio::test]
async fn the_same_request_gives_the_same_key_and_another_request_another() {
    let vaults = Vaults::new().await;
    let request = vaults.request(1);
    let key = vaults.key(&request).await.unwrap();
    key.verify(&request, vaults.world.custodians[0].card().core()).unwrap();
    assert_eq!(vaults.key(&request).await.unwrap(), key);
    vaults.world.clock.advance(300);
    assert_eq!(vaults.key(&request).await.unwrap(), key);

    let others = [
        KeyRequest { number: 2, ..request.clone() },
        KeyRequest { nonce: [1; 32], ..request.clone() },
        KeyRequest { opened: request.opened + 1, ..request.clone() },
    ];
    for other in &others {
        assert_ne!(vaults.key(other).await.unwrap().key, key.key, "{other:?}");
    }
    assert_ne!(vaults.key_of(1, &request).await.unwrap().key, key.key, "another custodian has another key");
}

#[tokio::test]
async fn a_key_is_for_a_convener_of_a_charter_that_all_have_signed() {
    let vaults = Vaults::new().await;
    let (world, request) = (&vaults.world, vaults.request(1));
    let by = |org: usize| request.sign(world.orgs[org].home.signing_key());
    for (case, caller, signer, message) in [
        ("a member asks", HARBOUR, HARBOUR, NOT_THE_CONVENER),
        ("a member asks with the convener's request", HARBOUR, CONVENER, NOT_THE_CONVENER),
        ("a courier asks", COURIER, CONVENER, NOT_THE_CONVENER),
        ("an outsider asks", OUTSIDER, CONVENER, NOT_THE_CONVENER),
        ("the request is a member's", CONVENER, HARBOUR, "is not signed by the convener, Northwind Social"),
        ("the request is an outsider's", CONVENER, OUTSIDER, "is not signed by the convener, Northwind Social"),
    ] {
        let mut calls = vaults.calls(caller).await;
        vaults.refused(case, calls.open_key(&vaults.proposal, &request, &by(signer)), message).await;
    }
    let mut calls = vaults.calls(CONVENER).await;
    for (case, other) in [
        ("another number", KeyRequest { number: 2, ..request.clone() }),
        ("another nonce", KeyRequest { nonce: [9; 32], ..request.clone() }),
        ("another time", KeyRequest { opened: request.opened + 1, ..request.clone() }),
    ] {
        let signature = by(CONVENER);
        let call = calls.open_key(&vaults.proposal, &other, &signature);
        vaults.refused(case, call, "is not signed by the convener").await;
    }
    let unsigned = Proposal::new(vaults.proposal.charter().clone());
    vaults
        .refused("nobody signed", calls.open_key(&unsigned, &request, &by(CONVENER)), "the charter is not in force")
        .await;
    let mut partly = unsigned;
    for place in [CONVENER, AGENCY] {
        partly.add(place, vaults.proposal.signatures()[&place]).unwrap();
    }
    vaults
        .refused(
            "one has not signed",
            calls.open_key(&partly, &request, &by(CONVENER)),
            "the charter is not in force: Harbour Mail must still sign it",
        )
        .await;
    let zero = KeyRequest { number: 0, ..request.clone() };
    vaults.refused("round 0", vaults.key(&zero), "rounds are counted from 1").await;
    vaults.key(&request).await.unwrap();
}

#[tokio::test]
async fn a_charter_must_name_this_very_custodian_and_nobody_who_is_not_admitted() {
    let vaults = Vaults::new().await;
    let world = &vaults.world;
    let stranger = home(&world.dir, "Stranger", mandorla::identity::Role::Company);
    let other = World::new(&CAST[..1]).await.with_custodians(1).await;
    let ask = async |terms: Terms, more: Option<&mandorla::home::Home>| {
        let charter = Charter::new(terms).unwrap();
        let mut proposal = Proposal::new(charter.clone());
        let signers = world.orgs[..MEMBERS].iter().map(|org| &org.home).chain(more);
        for (place, home) in signers.enumerate().take(charter.terms().members.len()) {
            proposal.add(place, charter.sign(home.signing_key())).unwrap();
        }
        let request = KeyRequest { charter: charter.hash(), ..vaults.request(1) };
        let signature = request.sign(world.orgs[CONVENER].home.signing_key());
        vaults.calls(CONVENER).await.open_key(&proposal, &request, &signature).await
    };
    let with = |change: &dyn Fn(&mut Terms)| {
        let mut terms = terms(world);
        change(&mut terms);
        terms
    };
    let Custody::Custodians(named) = terms(world).custody else { panic!("custodians") };
    let elsewhere = "the charter does not name this custodian: ask those that it names";
    let shared = with(&|terms| (terms.custody, terms.accept_guessable) = (Custody::Shared, true));
    refused("shared custody", ask(shared, None).await, elsewhere);
    let without = with(&|terms| terms.custody = Custody::Custodians(named[1..].to_vec()));
    refused("other custodians", ask(without, None).await, elsewhere);
    let namesake = with(&|terms| {
        let mut named = named[..1].to_vec();
        named[0].card = other.custodians[0].card().core().clone();
        terms.custody = Custody::Custodians(named);
    });
    refused("a custodian of the same name", ask(namesake, None).await, elsewhere);

    let unknown = with(&|terms| terms.members.push(stranger.card().core().clone()));
    let message = "in the charter and not admitted here: Stranger";
    refused("a member that is not admitted", ask(unknown, Some(&stranger)).await, message);
    // Admitted under the same keys, but with another name on the card.
    let renamed = with(&|terms| {
        let card = terms.members[HARBOUR].clone();
        terms.members[HARBOUR] = mandorla::identity::CardCore::new(
            "Harbor Mail",
            card.role(),
            *card.verifying(),
            *card.sealing(),
            *card.tls(),
        )
        .unwrap();
    });
    refused(
        "a member under another name",
        ask(renamed, None).await,
        "in the charter and not admitted here: Harbor Mail",
    );
    ask(terms(world), None).await.unwrap();
}

#[tokio::test]
async fn whoever_is_not_admitted_or_not_named_learns_nothing() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let (charter, key) = (vaults.charter.hash(), &opened.keys[0].key);
    let stranger = home(&vaults.world.dir, "Stranger", mandorla::identity::Role::Company);
    // Past the door, as if its card had been taken from the list a moment ago.
    let mut calls = vaults.world.custodian_calls(0, &stranger).await;
    let unknown = "this custodian does not admit your card";
    let signature = vaults.request(1).sign(stranger.signing_key());
    refused("open", calls.open_key(&vaults.proposal, &vaults.request(1), &signature).await, unknown);
    refused("present", calls.present(&opened.order, None).await, unknown);
    refused("evaluate", calls.evaluate(opened.round.hash(), &super::batch(1).1).await, unknown);
    refused("destroy", calls.destroy(charter, key).await, unknown);
    refused("key", calls.key(charter, key).await, unknown);

    let no_key = "this custodian has no such key of an exchange that names you";
    for org in [OUTSIDER, PASSER_BY] {
        let mut calls = vaults.calls(org).await;
        vaults.refused("present", calls.present(&opened.order, None), no_key).await;
        vaults.refused("present for a member", calls.present(&opened.order, Some(AGENCY)), no_key).await;
        vaults.refused("destroy", calls.destroy(charter, key), no_key).await;
        vaults.refused("key", calls.key(charter, key), no_key).await;
        // As for a round that there is not.
        let not_shown = "this custodian was not shown the order of this round yet";
        vaults.refused("evaluate", calls.evaluate(opened.round.hash(), &super::batch(1).1), not_shown).await;
        let nowhere = mandorla::round::RoundHash::new([9; 32]);
        vaults.refused("evaluate", calls.evaluate(nowhere, &super::batch(1).1), not_shown).await;
    }
    // Whom the charter names may look, and not more.
    for org in [CONVENER, HARBOUR, COURIER] {
        assert_eq!(vaults.calls(org).await.key(charter, key).await.unwrap(), None);
    }
    let mut calls = vaults.calls(HARBOUR).await;
    vaults.refused("another custodian's key", calls.key(charter, &opened.keys[1].key), no_key).await;
}

#[tokio::test]
async fn a_request_is_of_this_time_and_for_a_number_that_is_free() {
    let vaults = Vaults::new().await;
    let now = vaults.world.clock.now();
    for (opened, off) in [(now - 301, 301), (now + 301, 301), (0, now), (u64::MAX, u64::MAX - now)] {
        let request = KeyRequest { opened, ..vaults.request(1) };
        let message = format!("the round was to be opened {off} seconds from this custodian's time");
        vaults.refused("the clock", vaults.key(&request), &message).await;
    }
    for opened in [now - 300, now + 300] {
        vaults.key(&KeyRequest { opened, ..vaults.request(9) }).await.unwrap();
    }
    let opened = vaults.open(1).await;
    let taken = "an order for round 1 was shown with another key";
    vaults.refused("taken", vaults.key(&vaults.request(1)), taken).await;
    let own = opened.order.order.key_request();
    assert_eq!(vaults.key(&own).await.unwrap(), opened.keys[0], "the round's own request");

    let mut calls = vaults.calls(CONVENER).await;
    calls.destroy(vaults.charter.hash(), &opened.keys[0].key).await.unwrap();
    vaults.refused("the same, which is gone", vaults.key(&own), "the round's key was destroyed").await;
    // The number is free again: who took it may be unknown to the matcher.
    let again = vaults.open(1).await;
    assert_ne!(again.keys[0].key, opened.keys[0].key);
    vaults.refused("taken", vaults.key(&vaults.request(1)), taken).await;
    vaults.refused("the first order", calls.present(&opened.order, None), "the round's key was destroyed").await;
    let (blinding, own_batch) = super::batch(2);
    vaults.evaluate(CONVENER, &again, &blinding, &own_batch).await;
    // Replayed when its round is over.
    vaults.world.clock.advance(24 * HOUR);
    vaults.refused("replayed", vaults.key(&own), "seconds from this custodian's time").await;
}

#[tokio::test]
async fn sixteen_keys_are_held_for_a_charter() {
    let vaults = Vaults::new().await;
    let mut keys = Vec::new();
    for number in 1..=16 {
        keys.push(vaults.key(&vaults.request(number)).await.unwrap());
    }
    let most = "this custodian holds 16 keys for rounds of this exchange, which is the most";
    vaults.refused("too many", vaults.key(&vaults.request(17)), most).await;

    // Another exchange is not the worse for it.
    let mut other = terms(&vaults.world);
    (other.name, other.conveners) = ("other".to_owned(), BTreeSet::from([HARBOUR]));
    let other = signed(&vaults.world, other);
    let request = KeyRequest { charter: other.charter().hash(), ..vaults.request(1) };
    let signature = request.sign(vaults.world.orgs[HARBOUR].home.signing_key());
    vaults.calls(HARBOUR).await.open_key(&other, &request, &signature).await.unwrap();

    vaults.calls(CONVENER).await.destroy(vaults.charter.hash(), &keys[3].key).await.unwrap();
    vaults.key(&vaults.request(17)).await.unwrap();
    vaults.refused("too many", vaults.key(&vaults.request(18)), most).await;
    vaults.world.clock.advance(24 * HOUR);
    vaults.key(&vaults.request(18)).await.unwrap();
}

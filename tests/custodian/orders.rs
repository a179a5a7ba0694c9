//! Orders that are shown.

use mandorla::home::Home;
use mandorla::round::{Extension, KeyRequest, RoundKey, SignedOrder};
use mandorla::wire::custodian::Metered;

use super::{AGENCY, BUDGET, CONVENER, COURIER, HARBOUR, HARBOURS, Vaults, batch};
use crate::common::HOUR;

#[tokio::test]
async fn an_order_is_shown_by_members_and_by_couriers_for_theirs() {
    let vaults = Vaults::new().await;
    let opened = vaults.unshown(1).await;
    let fresh = Metered { spent: 0, budget: BUDGET };
    for (org, member) in
        [(HARBOUR, None), (CONVENER, Some(CONVENER)), (COURIER, Some(AGENCY)), (HARBOURS, Some(HARBOUR))]
    {
        assert_eq!(vaults.calls(org).await.present(&opened.order, member).await.unwrap(), fresh);
    }
    let carrier = "the charter does not name your card as a carrier for ";
    for (org, member, message) in [
        (COURIER, Some(HARBOUR), format!("{carrier}Harbour Mail")),
        (COURIER, Some(CONVENER), format!("{carrier}Northwind Social")),
        (CONVENER, Some(AGENCY), format!("{carrier}Agency A")),
        (CONVENER, Some(3), "there is no such member".to_owned()),
        (COURIER, None, "this custodian has no such key of an exchange that names you".to_owned()),
    ] {
        let mut calls = vaults.calls(org).await;
        vaults.refused("present", calls.present(&opened.order, member), &message).await;
    }
}

#[tokio::test]
async fn orders_that_bind_no_key() {
    let vaults = Vaults::new().await;
    let opened = vaults.unshown(1).await;
    let (request, own) = (opened.order.order.key_request(), opened.keys[0].clone());
    let mut calls = vaults.calls(HARBOUR).await;
    let changed = |change: &dyn Fn(&mut SignedOrder)| {
        let mut order = opened.order.clone();
        change(&mut order);
        order
    };
    let signed_by = |org: usize| {
        SignedOrder::sign(opened.order.order.clone(), Vec::new(), vaults.world.orgs[org].home.signing_key())
    };
    let elsewhere = vaults.keys(&vaults.request(2)).await;
    // Signed by the custodian's own key, as in a copy of its home, and not made here.
    let copied = Home::open(&vaults.world.custodian_home(0)).unwrap();
    let forged = RoundKey::sign(&request, elsewhere[0].key, copied.signing_key());
    let swapped = vec![opened.keys[1].clone(), own.clone()];
    let with = |keys: Vec<RoundKey>| vaults.order(&request, keys);
    let other_key = "the round order carries another key than this custodian made for it";
    for (case, order, message) in [
        ("signed by a member", signed_by(HARBOUR), "is not signed by the convener"),
        ("a later close", changed(&|order| order.order.close += 1), "is not signed by the convener"),
        ("another round's key", with(elsewhere.clone()), "the key of custodian Vault 1"),
        ("swapped keys", with(swapped), "the key of custodian Vault 1"),
        ("one key", with(vec![own.clone()]), "is not for the custody that the charter names"),
        ("no key", with(Vec::new()), "is not for the custody that the charter names"),
        ("a key that was not made here", with(vec![forged, opened.keys[1].clone()]), other_key),
    ] {
        vaults.refused(case, calls.present(&order, None), message).await;
    }
    let early = batch(1).1;
    let evaluation = calls.evaluate(opened.round.hash(), &early);
    vaults.refused("nothing was shown", evaluation, "was not shown the order of this round yet").await;
    calls.present(&opened.order, None).await.unwrap();
}

#[tokio::test]
async fn the_first_order_has_the_key_and_a_second_one_is_refused() {
    let vaults = Vaults::new().await;
    let opened = vaults.unshown(1).await;
    let request = opened.order.order.key_request();
    // All the same but for the other custodian's key.
    let copied = Home::open(&vaults.world.custodian_home(1)).unwrap();
    let other_key = vaults.key_of(1, &vaults.request(7)).await.unwrap().key;
    let other = RoundKey::sign(&request, other_key, copied.signing_key());
    let second = vaults.order(&request, vec![opened.keys[0].clone(), other]);
    let second_hash = second.clone().verify(&vaults.charter).unwrap().hash();

    let mut calls = vaults.calls(HARBOUR).await;
    calls.present(&opened.order, None).await.unwrap();
    let message = "this custodian was shown another order for the same key: do not publish, and tell the other members";
    vaults.refused("a second order", vaults.calls(CONVENER).await.present(&second, None), message).await;
    vaults
        .refused("its round", calls.evaluate(second_hash, &batch(1).1), "was not shown the order of this round yet")
        .await;
    let (blinding, own) = batch(1);
    vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
}

#[tokio::test]
async fn what_was_made_for_a_number_and_not_used_is_destroyed_when_an_order_is_shown() {
    let vaults = Vaults::new().await;
    let unused = [vaults.key(&vaults.request(1)).await.unwrap(), vaults.key(&vaults.request(1)).await.unwrap()];
    let next = vaults.request(2);
    let kept = vaults.key(&next).await.unwrap();
    let opened = vaults.unshown(1).await;
    let (hash, mut calls) = (vaults.charter.hash(), vaults.calls(HARBOUR).await);
    assert_eq!(calls.key(hash, &unused[0].key).await.unwrap(), None);
    calls.present(&opened.order, None).await.unwrap();
    for key in unused {
        let gone = calls.key(hash, &key.key).await.unwrap().expect("it is destroyed");
        gone.verify(hash, 1, vaults.world.custodians[0].card().core()).unwrap();
        assert_eq!((gone.key, gone.destroyed), (key.key, vaults.world.clock.now()));
    }
    assert_eq!(calls.key(hash, &opened.keys[0].key).await.unwrap(), None);
    assert_eq!(calls.key(hash, &kept.key).await.unwrap(), None, "another number's");
    assert_eq!(vaults.key(&next).await.unwrap(), kept);
}

#[tokio::test]
async fn a_close_that_was_moved_keeps_the_key_longer_and_never_brings_it_back() {
    let vaults = Vaults::new().await;
    let opened = vaults.open(1).await;
    let convener = vaults.world.orgs[CONVENER].home.signing_key();
    let close = opened.round.close();
    let until = |close: u64, key| {
        let mut order = opened.order.clone();
        order.extension = Some(Extension::sign(opened.round.hash(), close, key));
        order
    };
    let mut calls = vaults.calls(HARBOUR).await;
    let forged = until(close + HOUR, vaults.world.orgs[HARBOUR].home.signing_key());
    vaults.refused("a member's", calls.present(&forged, None), "is not signed by the convener").await;
    let last = opened.order.order.last_answer;
    let too_late = "the close can be moved later only, and stays before the last answer";
    vaults.refused("too late", calls.present(&until(last, convener), None), too_late).await;
    vaults.refused("earlier", calls.present(&until(close - 1, convener), None), too_late).await;

    calls.present(&until(close + 2 * HOUR, convener), None).await.unwrap();
    // Never earlier: neither by an older word of the convener nor by the order without any.
    calls.present(&until(close + HOUR, convener), None).await.unwrap();
    calls.present(&opened.order, None).await.unwrap();
    vaults.world.clock.advance(26 * HOUR - 1);
    let (blinding, own) = batch(3);
    vaults.evaluate(HARBOUR, &opened, &blinding, &own).await;
    vaults.world.clock.advance(1);
    vaults.refused("evaluate", calls.evaluate(opened.round.hash(), &batch(1).1), "the round's key was destroyed").await;
    let later = until(close + 3 * HOUR, convener);
    vaults.refused("after that", calls.present(&later, None), "the round's key was destroyed").await;
    let gone = calls.key(vaults.charter.hash(), &opened.keys[0].key).await.unwrap().unwrap();
    assert_eq!(gone.destroyed, vaults.world.clock.now());
}

#[tokio::test]
async fn an_order_of_another_charter_finds_no_key() {
    let vaults = Vaults::new().await;
    let mut other = super::terms(&vaults.world);
    other.name = "other".to_owned();
    let other = super::signed(&vaults.world, other).agreed().unwrap();
    let request = KeyRequest { charter: other.hash(), ..vaults.request(1) };
    let keys = vaults.keys(&vaults.request(1)).await;
    let source = mandorla::round::SeedSource::Keys(keys);
    let order = mandorla::round::Order::new(&other, 1, request.nonce, request.opened, source);
    let order = SignedOrder::sign(order, Vec::new(), vaults.world.orgs[CONVENER].home.signing_key());
    let mut calls = vaults.calls(CONVENER).await;
    let message = "this custodian has no such key of an exchange that names you";
    vaults.refused("another charter", calls.present(&order, None), message).await;
}

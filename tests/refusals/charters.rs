//! Charters that are not taken, and charters that are not signed.

use mandorla::charter::{Carrier, Charter, Proposal};
use mandorla::client::ClientError;
use mandorla::identity::{Card, Role};

use crate::common::{THREE, World, domains, home};
use crate::refused;

/// A proposal with the signatures of these members.
fn proposal(world: &World, charter: Charter, signers: &[usize]) -> Proposal {
    let mut proposal = Proposal::new(charter);
    for place in signers {
        proposal.add(*place, proposal.charter().sign(world.orgs[*place].home.signing_key())).unwrap();
    }
    proposal
}

#[tokio::test]
async fn a_charter_is_proposed_by_its_convener_for_this_matcher_and_its_members() {
    let world = World::new(&THREE).await;
    let stranger = home(&world.dir, "Stranger", Role::Company);
    let other_matcher = home(&world.dir, "Other House", Role::Matcher);
    let charter = || Charter::new(world.terms()).unwrap();
    let mut elsewhere = world.terms();
    elsewhere.matcher = other_matcher.card().core().clone();
    let elsewhere = Charter::new(elsewhere).unwrap();
    let mut with_stranger = world.terms();
    with_stranger.members[2] = stranger.card().core().clone();
    let with_stranger = Charter::new(with_stranger).unwrap();

    refused(
        "not our matcher",
        world.org(0).await.propose(elsewhere.clone()).await,
        "the charter names another matcher",
    );
    for (case, from, proposal, message) in [
        ("by another", 1, proposal(&world, charter(), &[0, 1]), "only the convener, Northwind Social, can propose"),
        ("unsigned", 0, proposal(&world, charter(), &[]), "the convener's signature is missing"),
        ("signed by another", 0, proposal(&world, charter(), &[1]), "the convener's signature is missing"),
        ("another matcher", 0, proposal(&world, elsewhere, &[0]), "names another matcher than this one"),
        ("not admitted", 0, proposal(&world, with_stranger, &[0]), "Stranger is in the charter but not admitted here"),
    ] {
        refused(case, world.calls(from).await.propose(&proposal).await, message);
        assert_eq!(world.number("SELECT COUNT(*) FROM charters").await, 0, "{case}");
        assert_eq!(world.org(0).await.exchanges().await.unwrap(), [], "{case}");
    }

    world.tap.swap(Some((b"election-2026", b"election-2027")));
    let changed = world.org(0).await.propose(charter()).await;
    world.tap.swap(None);
    refused("a byte changed", changed, "the signature of Northwind Social does not fit this charter: it was changed");
    assert_eq!(world.number("SELECT COUNT(*) FROM charters").await, 0);

    let proposed = world.org(0).await.propose(charter()).await.unwrap();
    let wrong = proposed.charter().sign(world.orgs[2].home.signing_key());
    let signed = world.calls(1).await.sign(proposed.charter().hash(), None, &wrong).await;
    refused("by another's key", signed, "the signature of Harbour Mail does not fit this charter");
    assert_eq!(world.number("SELECT COUNT(*) FROM charter_signatures").await, 1);
    let found = world.org(1).await.find("election-2026").await.unwrap().unwrap();
    assert_eq!(found.missing().map(|card| card.name()).collect::<Vec<_>>(), ["Harbour Mail", "Agency A"]);
    world.agree(world.terms()).await;
}

/// A courier is somebody too: admitted by the matcher before the charter is proposed, known to each who signs it.
#[tokio::test]
async fn couriers_are_admitted_and_in_the_book() {
    let world = World::new(&[THREE[0], THREE[1], ("Post", Role::Courier)]).await;
    let stranger = home(&world.dir, "Pigeon", Role::Courier);
    let with = |card: &Card| {
        let mut terms = world.terms_of(2);
        let carrier = |member| Carrier { member, card: card.core().clone() };
        terms.carriers = vec![carrier(0), carrier(1)];
        Charter::new(terms).unwrap()
    };
    let refusal = world.org(0).await.propose(with(stranger.card())).await;
    refused("a stranger", refusal, "Pigeon is in the charter but not admitted here");
    let post = world.orgs[2].home.card();
    let proposal = world.org(0).await.propose(with(post)).await.unwrap();
    std::fs::remove_file(world.orgs[1].home.path().join("book").join(format!("{}.card", post.id()))).unwrap();
    let mut client = world.org(1).await;
    let refusal = client.sign(&proposal, &[]).await;
    let Err(ClientError::NotInBook(names)) = &refusal else { panic!("not refused") };
    assert_eq!(names, &[format!("Post (courier, {})", post.fingerprint())]);
    client.sign(&proposal, &[post.fingerprint()]).await.unwrap().agreed().unwrap();
    let mut courier = world.org(2).await;
    let found = courier.find("election-2026").await.unwrap().unwrap();
    let charter = found.agreed().unwrap();
    world.org(0).await.open_round(&charter).await.unwrap();
    assert_eq!(courier.order(&found, None).await.unwrap().proposal, found);
    refused(
        "a courier is no member",
        courier.round(&charter, None).await,
        "carries files in the exchange and is no member",
    );
}

#[tokio::test]
async fn nobody_signs_a_charter_with_a_card_that_is_not_in_the_book() {
    let world = World::new(&THREE).await;
    let proposal = world.org(0).await.propose(Charter::new(world.terms()).unwrap()).await.unwrap();
    let book = world.orgs[1].home.path().join("book");
    let agency = world.orgs[2].home.card().id();
    for card in [agency, world.matcher.card().id()] {
        std::fs::remove_file(book.join(format!("{card}.card"))).unwrap();
    }
    let mut client = world.org(1).await;
    let own = world.orgs[1].home.card().id().fingerprint();
    for vouched in [vec![], vec![own]] {
        let refusal = client.sign(&proposal, &vouched).await;
        let Err(ClientError::NotInBook(names)) = &refusal else { panic!("not refused") };
        assert_eq!(names.len(), 2);
        let message = format!("Agency A (agency, {})", agency.fingerprint());
        refused("agency", refusal, &message);
    }
    let (matcher, agency) = (world.matcher.card().id().fingerprint(), agency.fingerprint());
    refused("matcher", client.sign(&proposal, &[agency]).await, "Clearing House (matcher, ");
    assert_eq!(world.number("SELECT COUNT(*) FROM charter_signatures").await, 1, "only the convener's");
    let signed = client.sign(&proposal, &[agency, matcher]).await.unwrap();
    assert_eq!(signed.missing().map(|card| card.name()).collect::<Vec<_>>(), ["Agency A"]);

    let agreed = world.org(2).await.sign(&signed, &[]).await.unwrap().agreed().unwrap();
    world.org(0).await.open_round(&agreed).await.unwrap();
    world.publish(1, &agreed, &domains(0..3)).await.unwrap();
}

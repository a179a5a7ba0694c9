//! Those who are not admitted, and those who are but have no part in an exchange: they cannot even tell that it exists.

use mandorla::charter::CharterHash;
use mandorla::identity::Role;
use mandorla::list::file::Preamble;
use mandorla::round::{RoundHash, SignedOrder};
use mandorla::wire::MatcherCalls;

use crate::common::{THREE, World, ask_raw, domains, home, values};

/// What each call says that names an exchange or a round.
async fn words(calls: &mut MatcherCalls, charter: CharterHash, round: RoundHash, order: &SignedOrder) -> Vec<String> {
    let signature = order.signature;
    let mut order = order.clone();
    order.order.charter = charter;
    let preamble = Preamble { round, encapsulated: [9; 32] };
    let answers = [
        calls.charter(charter).await.map(|_| ()),
        calls.sign(charter, None, &signature).await,
        calls.open_round(&order).await,
        calls.round(charter, None).await.map(|_| ()),
        calls.round(charter, Some(1)).await.map(|_| ()),
        calls.close_round(round).await,
        calls.purge_round(round).await,
        calls.begin_upload(&preamble, vec![1; 400]).await.map(|_| ()),
        calls.upload(round, None).finish().await.map(|_| ()),
        ask_raw(calls, round, &[vec![0; 8 * 4096]]).await.1.map(|_| ()),
    ];
    answers.into_iter().map(|answer| answer.unwrap_err().message().to_owned()).collect()
}

#[tokio::test]
async fn strangers_learn_nothing() {
    let world = World::new(&[THREE[0], THREE[1], THREE[2], ("Outsider", Role::Company)]).await;
    let charter = world.agree(world.terms_of(3)).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    for place in 0..3 {
        world.publish(place, &charter, &domains(0..5)).await.unwrap();
    }
    let (round, order) = (view.round.hash(), view.round.signed());
    let (no_charter, no_round) = (CharterHash::new([9; 32]), RoundHash::new([9; 32]));
    let not_admitted = home(&world.dir, "Nobody", Role::Company);

    let mut outsider = world.calls(3).await;
    assert_eq!(outsider.charters().await.unwrap(), []);
    let real = words(&mut outsider, charter.hash(), round, order).await;
    assert_eq!(real, ["this matcher has no such exchange that names you"; 10]);
    assert_eq!(words(&mut outsider, no_charter, no_round, order).await, real, "as if there were none");

    let mut nobody = MatcherCalls::new(world.connection(&not_admitted).await.channel());
    let mut proposal = mandorla::charter::Proposal::new(mandorla::charter::Charter::new(world.terms_of(3)).unwrap());
    proposal.add(0, proposal.charter().sign(world.orgs[0].home.signing_key())).unwrap();
    let mut said = words(&mut nobody, charter.hash(), round, order).await;
    assert_eq!(words(&mut nobody, no_charter, no_round, order).await, said);
    said.push(nobody.charters().await.unwrap_err().message().to_owned());
    said.push(nobody.propose(&proposal).await.unwrap_err().message().to_owned());
    for message in said {
        assert_eq!(message, "this matcher does not admit your card: its operator must admit it (`serve --admit`)");
    }

    let view = world.view(0, &charter).await;
    assert_eq!(view.phase, mandorla::round::Phase::Open);
    assert_eq!(world.number("SELECT COUNT(*) FROM lists").await, 3);
    assert_eq!(world.number("SELECT COUNT(*) FROM rounds").await, 1);
    world.close(&charter).await;
    assert_eq!(values(&world.ask(1, &charter).await.unwrap()).len(), 5);
}

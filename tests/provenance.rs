//! A derived indicator is told as one, from the list to the report, and what a file held itself is not.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

mod common;

use common::{THREE, World, domains};
use mandorla::client::{Drafting, Silent};
use mandorla::indicator::derive::Derivation;
use mandorla::indicator::{Indicator, Kind};
use mandorla::list::origin::Origin;

fn url(text: &str) -> Indicator {
    Indicator::parse(Kind::Url, text).unwrap()
}

#[tokio::test]
async fn a_report_says_what_a_derived_overlap_followed_from() {
    let world = World::new(&THREE[..2]).await;
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let shared = domains(0..3);

    // Host 0 follows from six URLs, host 1 is in a file and follows from one too, host 2 is in a file.
    let mut drafting = Drafting::new(&world.orgs[0].home, &view).unwrap();
    for path in 0..6 {
        let source = url(&format!("https://host-0.example/{path}"));
        drafting.add(source.clone());
        drafting.add_from(shared[0].clone(), Some(Box::new(Origin::new(Derivation::Host, source))));
    }
    let source = url("https://host-1.example/");
    drafting.add_from(shared[1].clone(), Some(Box::new(Origin::new(Derivation::Host, source))));
    drafting.add(shared[1].clone());
    drafting.add(shared[2].clone());
    let draft = drafting.finish().unwrap();
    assert_eq!(draft.len(), 9);
    let lock = world.orgs[0].home.lock().unwrap();
    world.org(0).await.publish(&view, &draft, &lock, &Silent).await.unwrap();
    world.publish(1, &charter, &shared).await.unwrap();
    world.close(&charter).await;

    let report = world.ask(0, &charter).await.unwrap();
    assert_eq!(common::values(&report), ["host-0.example", "host-1.example", "host-2.example"]);
    let derived = report.overlaps[0].derived.as_ref().unwrap();
    assert_eq!((derived.how.as_str(), derived.sources, derived.from.len()), ("host", 6, 4));
    assert!(derived.from.iter().all(|source| source.kind == "url"));
    assert!(report.overlaps[1..].iter().all(|overlap| overlap.derived.is_none()), "what a file holds is not derived");
    assert!(report.to_table(100).contains("(host of 6: https://host-0.example/"));
    assert!(world.ask(1, &charter).await.unwrap().overlaps.iter().all(|overlap| overlap.derived.is_none()));
}

//! Overlaps of published lists, which other means found (`sort` and `comm`). `MANDORLA_REAL_DATA` names their folder.

#[cfg(feature = "net")]
mod common;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use mandorla::indicator::Indicator;
use mandorla::ingest::{self, Event, Options};

fn indicators(path: &Path) -> (BTreeSet<Indicator>, Vec<u64>) {
    let (mut set, mut refused) = (BTreeSet::new(), Vec::new());
    let file = File::open(path).expect("the folder has the list");
    let read = ingest::read(file, &Options::default(), |place, event| match event {
        Event::Found(reading) => _ = set.insert(reading.indicator),
        _ => refused.push(place.line),
    });
    read.expect("the list can be read");
    (set, refused)
}

#[test]
fn canonical_sets_have_the_true_overlaps() {
    let Some(folder) = std::env::var_os("MANDORLA_REAL_DATA") else {
        println!("skipped: MANDORLA_REAL_DATA names no folder");
        return;
    };
    let read = |name| indicators(&Path::new(&folder).join(name));
    let (ipsum, _) = read("ips/ipsum-3.txt");
    let (maltrail, refused) = read("ips/maltrail-mass-scanner.txt");
    assert_eq!((ipsum.len(), maltrail.len(), ipsum.intersection(&maltrail).count()), (14_217, 18_835, 1_185));
    assert_eq!(
        refused,
        [16_343, 16_347, 17_474, 17_484, 18_235],
        "paths of requests, and addresses with a C before them"
    );

    let [(martenson, a), (wesbos, b)] = ["mail-domains/martenson.txt", "mail-domains/wesbos.txt"].map(read);
    assert_eq!((martenson.len(), wesbos.len(), martenson.intersection(&wesbos).count()), (8_335, 27_277, 3_981));
    assert!(a.is_empty() && b.is_empty());
}

/// The same, end to end: two members publish the files as they are, and each is told the true overlaps.
#[cfg(feature = "net")]
#[tokio::test]
async fn a_matcher_finds_the_true_overlaps() {
    use common::{THREE, World};

    let Some(folder) = std::env::var_os("MANDORLA_REAL_DATA") else {
        println!("skipped: MANDORLA_REAL_DATA names no folder");
        return;
    };
    let world = World::new(&THREE[..2]).await;
    let charter = world.agree(world.terms()).await;
    for (one, other, truth) in [
        ("ips/ipsum-3.txt", "ips/maltrail-mass-scanner.txt", 1_185),
        ("mail-domains/martenson.txt", "mail-domains/wesbos.txt", 3_981),
    ] {
        world.org(0).await.open_round(&charter).await.unwrap();
        let lists = [one, other].map(|name| indicators(&Path::new(&folder).join(name)).0);
        for (place, list) in lists.iter().enumerate() {
            let list: Vec<Indicator> = list.iter().cloned().collect();
            world.publish(place, &charter, &list).await.unwrap();
        }
        world.close(&charter).await;
        for place in [0, 1] {
            let report = world.ask(place, &charter).await.unwrap();
            assert_eq!(report.overlaps.len(), truth, "{one} and {other}");
            let found: BTreeSet<(&str, &str)> =
                report.overlaps.iter().map(|overlap| (overlap.kind.as_str(), overlap.value.as_str())).collect();
            let shared = lists[0].intersection(&lists[1]);
            assert_eq!(found, shared.map(|indicator| (indicator.kind().name(), indicator.value())).collect());
        }
    }
}

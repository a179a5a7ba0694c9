//! Overlaps of published lists, which other means found (`sort` and `comm`). `MANDORLA_REAL_DATA` names their folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mandorla::indicator::Indicator;
use mandorla::ingest::text;

fn indicators(path: &Path) -> (BTreeSet<Indicator>, Vec<u64>) {
    let (mut set, mut refused) = (BTreeSet::new(), Vec::new());
    let file = BufReader::new(File::open(path).expect("the folder has the list"));
    let each = |_, indicator| {
        set.insert(indicator);
    };
    text::read(file, each, |rejected| refused.push(rejected.line)).expect("the list can be read");
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

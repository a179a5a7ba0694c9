//! Lists that others published, read from their files as they are: the overlaps that other means found (`sort` and `comm`),
//! as sets and end to end through a matcher. `MANDORLA_REAL_DATA` names their folder.

#[cfg(feature = "net")]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use mandorla::indicator::{Indicator, Kind};
use mandorla::ingest::{self, Event, Format, Options, Outcome, Skip};

const AMNESTY: &str = "predator/amnesty-domains.txt";
const AMNESTY_STIX: &str = "predator/amnesty-cytrox.stix2";
const META: &str = "predator/meta-2021-12.csv";
const MVT: &str = "predator/mvt-predator.stix2";
const MICROSOFT: &str = "nobelium/microsoft.csv";
const VOLEXITY: &str = "nobelium/volexity.csv";
const UNIT42: &str = "nobelium/unit42.json";
const IPSUM: &str = "ips/ipsum-3.txt";
const MALTRAIL: &str = "ips/maltrail-mass-scanner.txt";
const MARTENSON: &str = "mail-domains/martenson.txt";
const WESBOS: &str = "mail-domains/wesbos.txt";

/// The folder's table: two files, and how many indicators of each of these kinds they share.
const TRUTH: [(&str, &str, Shared); 9] = [
    (AMNESTY, META, &[(&[Kind::Domain], 311)]),
    (AMNESTY, AMNESTY_STIX, &[(&[Kind::Domain], 336)]),
    (AMNESTY, MVT, &[(&[Kind::Domain], 336)]),
    (META, MVT, &[(&[Kind::Domain], 311)]),
    (MICROSOFT, VOLEXITY, &[(&[Kind::Sha256], 4), (&[Kind::Sha1], 4), (&[Kind::Domain], 2), (ADDRESSES, 0)]),
    (MICROSOFT, UNIT42, &[(&[Kind::Sha256], 5), (&[Kind::Domain], 6)]),
    (VOLEXITY, UNIT42, &[(&[Kind::Sha256], 5), (&[Kind::Domain], 2), (ADDRESSES, 2)]),
    (IPSUM, MALTRAIL, &[(ADDRESSES, 1_185)]),
    (MARTENSON, WESBOS, &[(&[Kind::Domain], 3_981)]),
];
/// How many indicators of these kinds.
type Shared = &'static [(&'static [Kind], usize)];
const ADDRESSES: &[Kind] = &[Kind::Ipv4, Kind::Ipv6];

/// The sizes that the folder's table gives.
const SIZES: [(&str, &[Kind], usize); 16] = [
    (AMNESTY, &[Kind::Domain], 336),
    (META, &[Kind::Domain], 312), // of 313: one name is broken over two rows, and its first half is refused
    (AMNESTY_STIX, &[Kind::Domain], 336),
    (MVT, &[Kind::Domain], 568),
    (MICROSOFT, &[Kind::Sha256], 70),
    (MICROSOFT, &[Kind::Sha1], 61),
    (MICROSOFT, ADDRESSES, 7),
    (VOLEXITY, &[Kind::Sha256], 5),
    (VOLEXITY, &[Kind::Domain], 2),
    (VOLEXITY, ADDRESSES, 2),
    (UNIT42, &[Kind::Sha256], 8),
    (UNIT42, &[Kind::Domain], 7),
    (IPSUM, ADDRESSES, 14_217),
    (MALTRAIL, ADDRESSES, 18_835),
    (MARTENSON, &[Kind::Domain], 8_335),
    (WESBOS, &[Kind::Domain], 27_277),
];

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("MANDORLA_REAL_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: MANDORLA_REAL_DATA names no folder");
    }
    folder
}

/// What a file holds.
struct List {
    indicators: BTreeSet<Indicator>,
    refused: Vec<(u64, String)>,
    skipped: BTreeMap<Skip, u64>,
    outcome: Outcome,
}

impl List {
    fn read(path: &Path) -> Self {
        let (mut indicators, mut refused, mut skipped) = (BTreeSet::new(), Vec::new(), BTreeMap::new());
        let file = File::open(path).expect("the folder has the list");
        let outcome = ingest::read(file, &Options::default(), |place, event| match event {
            Event::Found(reading) => _ = indicators.insert(reading.indicator),
            Event::Rejected(reason) => refused.push((place.line, reason.to_string())),
            Event::Skipped(skip) => *skipped.entry(skip).or_default() += 1,
        });
        Self { indicators, refused, skipped, outcome: outcome.expect("the list can be read") }
    }

    fn of(&self, kinds: &[Kind]) -> BTreeSet<&Indicator> {
        self.indicators.iter().filter(|indicator| kinds.contains(&indicator.kind())).collect()
    }
}

#[test]
fn sizes_and_overlaps_are_the_true_ones() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| List::read(&folder.join(name));
    for (name, kinds, size) in SIZES {
        assert_eq!(read(name).of(kinds).len(), size, "{name} {kinds:?}");
    }
    for (one, other, truth) in TRUTH {
        let (a, b) = (read(one), read(other));
        for (kinds, overlap) in truth {
            assert_eq!(a.of(kinds).intersection(&b.of(kinds)).count(), *overlap, "{one} and {other}, {kinds:?}");
        }
    }
}

/// End to end: two members publish the files as they are, and each is told the true overlaps.
#[cfg(feature = "net")]
#[tokio::test]
async fn a_matcher_finds_the_true_overlaps() {
    true_overlaps(0).await;
}

/// The same lists, each indicator evaluated by two custodians.
#[cfg(feature = "net")]
#[tokio::test]
async fn a_matcher_finds_the_true_overlaps_with_custodians() {
    true_overlaps(2).await;
}

#[cfg(feature = "net")]
#[allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests
async fn true_overlaps(custodians: usize) {
    use common::{THREE, World};

    let Some(folder) = folder() else { return };
    let world = World::new(&THREE[..2]).await.with_custodians(custodians).await;
    let charter = world.agree(world.terms()).await;
    for (one, other, truth) in TRUTH {
        world.org(0).await.open_round(&charter).await.unwrap();
        let lists = [one, other].map(|name| List::read(&folder.join(name)).indicators);
        for (place, list) in lists.iter().enumerate() {
            let list: Vec<Indicator> = list.iter().cloned().collect();
            world.publish(place, &charter, &list).await.unwrap();
        }
        world.close(&charter).await;
        for place in [0, 1] {
            let report = world.ask(place, &charter).await.unwrap();
            for (kinds, overlap) in truth {
                let of = |kind: &str| kinds.iter().any(|wanted| wanted.name() == kind);
                let found = report.overlaps.iter().filter(|found| of(&found.kind)).count();
                assert_eq!(found, *overlap, "{one} and {other}, {kinds:?}");
            }
            let found: BTreeSet<(&str, &str)> =
                report.overlaps.iter().map(|overlap| (overlap.kind.as_str(), overlap.value.as_str())).collect();
            let shared = lists[0].intersection(&lists[1]);
            assert_eq!(found, shared.map(|indicator| (indicator.kind().name(), indicator.value())).collect());
        }
    }
}

/// Every file: its format, how many distinct indicators it holds, how many entries are refused, and how many set aside.
const FILES: [(&str, Format, usize, usize, u64); 23] = [
    (IPSUM, Format::Text, 14_217, 0, 0),
    (MALTRAIL, Format::Text, 18_835, 5, 0), // paths of requests, and addresses with a letter before them
    (MARTENSON, Format::Text, 8_335, 0, 0),
    (WESBOS, Format::Text, 27_277, 0, 0),
    ("misp/misp-dukes-operation-ghost-event.json", Format::Misp, 0, 0, 101), // `to_ids` is false throughout
    ("misp/oceanlotus-wateringhole-2018.misp.event.json", Format::Misp, 0, 0, 75),
    ("misp/stantinko.misp-event.json", Format::Misp, 275, 0, 33),
    (MICROSOFT, Format::Csv, 196, 0, 0),
    (UNIT42, Format::Stix, 17, 0, 0),
    (VOLEXITY, Format::Csv, 19, 1, 0),       // `..` in a name
    (AMNESTY_STIX, Format::Stix, 342, 1, 0), // a pattern on a configuration profile
    (AMNESTY, Format::Text, 336, 0, 0),
    (META, Format::Csv, 312, 1, 0),
    (MVT, Format::Stix, 583, 2, 0), // the same, and a name without its suffix
    ("refang/sample_text_defanged.txt", Format::Text, 527, 0, 0),
    ("refang/sample_text_fanged.txt", Format::Text, 527, 0, 0),
    ("stix/apt1.json", Format::Stix, 10, 2, 0), // patterns on a certificate's issuer
    ("stix/indicator-for-c2-ip-address.json", Format::Stix, 1, 0, 0),
    ("stix/malicious-email-indicator-with-attachment.json", Format::Stix, 0, 2, 0), // MATCHES
    ("stix/poisonivy.json", Format::Stix, 44, 1, 0),                                // a domain with a blank in it
    ("wallets/ofac-ETH.txt", Format::Text, 152, 0, 0),
    ("wallets/ofac-USDT.txt", Format::Text, 26, 0, 0), // on three chains
    ("wallets/ofac-XBT.txt", Format::Text, 435, 0, 0),
];

#[test]
fn every_file_is_accounted_for() {
    let Some(folder) = folder() else { return };
    for (name, format, indicators, refused, skipped) in FILES {
        let list = List::read(&folder.join(name));
        assert_eq!((list.outcome.format, &list.outcome.broken), (format, &None), "{name}");
        let set_aside: u64 = list.skipped.values().sum();
        let found = (list.indicators.len(), list.refused.len(), set_aside);
        assert_eq!(found, (indicators, refused, skipped), "{name}: {:?}", list.refused);
    }
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder").map(|entry| entry.expect("a file").path()) {
            let name = entry.strip_prefix(&folder).expect("inside").to_string_lossy().into_owned();
            let is_list = !name.starts_with("LICENSES") && name != "README.md";
            match entry.is_dir() {
                true => folders.push(entry),
                false => {
                    assert!(!is_list || FILES.iter().any(|(known, ..)| *known == name), "{name} is not in the table")
                }
            }
        }
    }
}

/// One company, one broker and one agency without a network, at three levels: what each reads is what the rules say, no more.
#[cfg(feature = "net")]
#[tokio::test]
async fn three_levels_say_what_the_rules_say() {
    use common::World;
    use mandorla::charter::{Disclosure, Level, Party, Rule, Thousandths};
    use mandorla::identity::Role;

    const COMPANY: usize = 0;
    const BROKER: usize = 1;
    const AGENCY: usize = 2;
    const COURIER: usize = 3;
    let Some(folder) = folder() else { return };
    let cast = [
        ("Northwind Social", Role::Company),
        ("Broker", Role::Broker),
        ("Agency A", Role::Agency),
        ("Courier", Role::Courier),
    ];
    let world = World::new(&cast).await;
    let mut terms = world.terms_of(3);
    terms.carriers = world.carriers(&[(AGENCY, COURIER)]);
    let rule = |holder, reader, level| Rule { holder: Party::Role(holder), reader: Party::Role(reader), level };
    let rules = vec![
        rule(Role::Company, Role::Agency, Level::Count),
        rule(Role::Agency, Role::Company, Level::Named),
        rule(Role::Broker, Role::Agency, Level::None),
    ];
    terms.disclosure = Disclosure::new(Level::Anonymous, rules, &terms.members);
    // The noise is 0 but once in 10^43.
    (terms.epsilon, terms.epsilon_budget) = (Thousandths(100_000), Thousandths(1_000_000));
    let charter = world.agree(terms).await;
    for (names, shared, all) in [
        // The company's, the broker's, the agency's; what company and agency share, and what the broker has of the company's.
        ([IPSUM, MALTRAIL, MALTRAIL], 1_185, 1_185),
        ([META, MVT, AMNESTY], 311, 311),
    ] {
        let lists = names.map(|name| List::read(&folder.join(name)).indicators);
        let sorted = |list: &BTreeSet<Indicator>| list.iter().cloned().collect::<Vec<_>>();
        assert_eq!(lists[COMPANY].intersection(&lists[AGENCY]).count(), shared, "{names:?}");
        assert_eq!(lists[COMPANY].intersection(&lists[BROKER]).count(), all, "{names:?}");
        let order = world.carried_order(&charter, COURIER).await;
        world.publish(COMPANY, &charter, &sorted(&lists[COMPANY])).await.unwrap();
        world.publish(BROKER, &charter, &sorted(&lists[BROKER])).await.unwrap();
        let sealed = world.seal(AGENCY, &order, &sorted(&lists[AGENCY])).unwrap();
        world.bring(COURIER, &sealed.file).await.unwrap();
        world.close(&charter).await;

        let question = world.question(AGENCY, &order, &sealed.tags).unwrap();
        let answer = world.carry(COURIER, &question).await.unwrap();
        let agency = world.read_answer(AGENCY, &answer, &sealed.tags).unwrap();
        assert!(agency.overlaps.is_empty() && agency.withheld.is_empty(), "{names:?}: numbers alone");
        let counts: Vec<(&str, i64)> = agency.counts.iter().map(|count| (count.name.as_str(), count.count)).collect();
        assert_eq!(counts, [("Northwind Social", shared as i64)]);

        // The agency is named to the company; of the broker alone, at `anonymous`, nobody is told anything.
        let company = world.ask(COMPANY, &charter).await.unwrap();
        let found: BTreeSet<(&str, &str)> =
            company.overlaps.iter().map(|overlap| (overlap.kind.as_str(), overlap.value.as_str())).collect();
        let truth = lists[COMPANY].intersection(&lists[AGENCY]);
        assert_eq!(found, truth.map(|indicator| (indicator.kind().name(), indicator.value())).collect());
        let agencys = company.overlaps.iter().all(|overlap| {
            overlap.anonymous_holders == 0 && overlap.holders.iter().map(|holder| &holder.name).eq(["Agency A"])
        });
        assert!(agencys && company.counts.is_empty() && company.withheld.len() == 1);

        // Two at `anonymous` towards the broker: how many, never who.
        let broker = world.ask(BROKER, &charter).await.unwrap();
        let of = |indicator: &Indicator| {
            u32::from(lists[COMPANY].contains(indicator)) + u32::from(lists[AGENCY].contains(indicator))
        };
        let expected: BTreeMap<(&str, &str), u32> = lists[BROKER]
            .iter()
            .map(|indicator| ((indicator.kind().name(), indicator.value()), of(indicator)))
            .filter(|(_, holders)| *holders > 0)
            .collect();
        let told = broker.overlaps.iter().map(|overlap| {
            assert!(overlap.holders.is_empty());
            ((overlap.kind.as_str(), overlap.value.as_str()), overlap.anonymous_holders)
        });
        assert_eq!(told.collect::<BTreeMap<_, _>>(), expected);
        assert!(broker.counts.is_empty() && broker.withheld.is_empty());
    }
}

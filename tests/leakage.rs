//! What the matcher gets to see and to keep: no indicator, no plain hash of one, no salt, no seed, no private key, neither
//! on the wire, nor in its database, nor in its log. And after the purge nothing of any list.
//!
//! The wire here is what gRPC carries, recorded under TLS's place. Everything is looked for by eight bytes, so that neither
//! HTTP/2's frames nor SQLite's pages can hide it by cutting it in two; and each search is shown to find what is planted.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::{HashMap, HashSet};
use std::fmt::{Debug, Display};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use common::{THREE, World, ask_raw, domains, values, wire_tags};
use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use mandorla::charter::Agreed;
use mandorla::client::{self, RoundView};
use mandorla::home::Home;
use mandorla::identity::dearmour;
use mandorla::indicator::{Indicator, Kind};
use mandorla::list::filter::FilterSeeds;
use mandorla::list::shard::Shard;
use mandorla::list::{Draft, Dummies, Entry};
use mandorla::matcher::Matcher;
use mandorla::round::{Phase, RoundHash};
use mandorla::store::Store;
use mandorla::tag::Tag;
use mandorla::transcript::{self, Label};
use md5::{Digest, Md5};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};

/// Bytes to look for: eight of them are enough to be found by.
#[derive(Default)]
struct Needles(HashMap<[u8; 8], String>);

impl Needles {
    fn add(&mut self, what: &str, bytes: &[u8]) {
        self.0.insert(*bytes.first_chunk().unwrap(), what.to_owned());
    }

    /// Any eight bytes of it.
    fn add_all(&mut self, what: &str, bytes: &[u8]) {
        bytes.windows(8).for_each(|window| self.add(what, window));
    }

    /// Raw and as the usual texts.
    fn add_forms(&mut self, what: &str, bytes: &[u8]) {
        self.add(what, bytes);
        for text in [HEXLOWER.encode(bytes), HEXUPPER.encode(bytes), BASE64.encode(bytes)] {
            self.add(what, text.as_bytes());
        }
    }

    fn find(&self, hay: &[u8]) -> Option<&str> {
        hay.windows(8).find_map(|window| self.0.get(window)).map(String::as_str)
    }

    fn count(&self, hay: &[u8]) -> usize {
        hay.windows(8).filter(|window| self.0.contains_key(*window)).count()
    }

    /// Asserts that nothing is there, and that it would be found if it were: some needles are planted and looked for.
    fn absent(&self, place: &str, hay: &[u8]) {
        assert!(hay.len() > 100, "{place} is empty");
        assert_eq!(self.find(hay), None, "in {place}");
        let tail = &hay[hay.len() - 100..];
        for (needle, what) in self.0.iter().step_by(self.0.len() / 100 + 1) {
            // Apart from what is there: together with it it could be another needle.
            let planted = [tail, &[0; 8], needle, &[0; 8], tail].concat();
            assert_eq!(self.find(&planted), Some(what.as_str()), "planted in {place}");
        }
    }
}

/// Some of every kind; each has eight characters or more.
fn indicators() -> Vec<Indicator> {
    let mut all = domains(0..20);
    for n in 10..20 {
        let hex = HEXLOWER.encode(&[n as u8; 32]);
        all.extend(
            [
                (Kind::Ipv4, format!("203.0.113.{n}")),
                (Kind::Ipv6, format!("2001:db8::{n}:1")),
                (Kind::Url, format!("https://login-{n}.example/verify?id={n}")),
                (Kind::Email, format!("persona-{n}@mail.example")),
                (Kind::Account, format!("twitter:sockpuppet{n}")),
                (Kind::Phone, format!("+155501001{n}")),
                (Kind::Md5, hex[..32].to_owned()),
                (Kind::Sha1, hex[..40].to_owned()),
                (Kind::Sha256, hex.clone()),
            ]
            .map(|(kind, value)| Indicator::parse(kind, &value).unwrap()),
        );
    }
    all
}

fn hashes(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let ring = |algorithm| digest(algorithm, bytes).as_ref().to_vec();
    vec![
        ("MD5", Md5::digest(bytes).to_vec()),
        ("SHA-1", ring(&SHA1_FOR_LEGACY_USE_ONLY)),
        ("SHA-256", ring(&SHA256)),
        ("SHA-256 twice", digest(&SHA256, &ring(&SHA256)).as_ref().to_vec()),
        ("SHA-384", ring(&SHA384)),
        ("SHA-512", ring(&SHA512)),
        ("BLAKE3", blake3::hash(bytes).as_bytes().to_vec()),
    ]
}

/// An indicator in every spelling, and its plain hashes.
fn add_indicator(needles: &mut Needles, indicator: &Indicator) {
    let (kind, value) = (indicator.kind().name(), indicator.value());
    let reversed: String = value.chars().rev().collect();
    for text in [value, &value.to_uppercase(), &reversed] {
        needles.add_all(&format!("{value} as text"), text.as_bytes());
    }
    needles.add_forms(&format!("{value}, encoded"), value.as_bytes());
    if let Ok(bytes) = HEXLOWER.decode(value.as_bytes()) {
        needles.add(&format!("{value} as bytes"), &bytes);
    }
    let inputs = [
        value.as_bytes().to_vec(),
        value.to_uppercase().into_bytes(),
        format!("{value}\n").into_bytes(),
        format!("{kind}:{value}").into_bytes(),
        format!("{kind},{value}").into_bytes(),
        indicator.canon(),
    ];
    for (name, hash) in inputs.iter().flat_map(|input| hashes(input)) {
        needles.add_forms(&format!("{name} of {value}"), &hash);
    }
}

/// The salt of a round, as a member opens it.
fn salt(world: &World, view: &RoundView) -> Vec<u8> {
    let key = world.orgs[0].home.opening_key();
    let label = Label::new("mandorla/1 sealed salt");
    key.open(label, &[view.round.hash().as_bytes()], &[], view.round.sealed_salt(0).unwrap()).unwrap().to_vec()
}

/// What is derived from the salt, worked out once more from the formulas, for all but the tags is secret.
fn add_derived(needles: &mut Needles, world: &World, view: &RoundView, drafts: &[Draft]) {
    let (round, salt) = (view.round.hash(), &salt(world, view));
    let seed_key = transcript::hash(Label::new("mandorla/1 shared seed key"), &[round.as_bytes(), salt]);
    needles.add_forms("the salt", salt);
    needles.add_all("the salt", salt);
    needles.add_all("the seed key", &seed_key);
    let canaries = canaries(needles, world, round);
    let canaries = canaries.iter().map(|canon| *blake3::keyed_hash(&seed_key, canon).as_bytes());
    let canaries: HashSet<[u8; 32]> = canaries.collect();
    for entry in drafts.iter().flat_map(Draft::entries) {
        let seed = match entry.indicator() {
            Some(indicator) => *blake3::keyed_hash(&seed_key, &indicator.canon()).as_bytes(),
            None => *canaries.get(entry.seed.expose()).expect("a canary of a pair of members"),
        };
        assert_eq!(seed, *entry.seed.expose(), "these are the seeds that the program uses");
        let mut item = [0; 64];
        blake3::Hasher::new_keyed(&seed).update(b"mandorla/1 item").finalize_xof().fill(&mut item);
        assert_eq!(item[..8], *entry.tag.as_bytes());
        let value = entry.indicator().map_or("a canary", Indicator::value);
        needles.add_forms(&format!("the seed of {value}"), &seed);
        for part in item[8..].as_chunks::<8>().0 {
            needles.add(&format!("the item of {value} beyond its tag"), part);
        }
        needles.add(&format!("a confirmation of {value}"), entry.seed.confirmation(&round, &[0; 32]).expose());
    }
}

/// What is derived for each pair of members, worked out once more; gives the canons of their canaries.
fn canaries(needles: &mut Needles, world: &World, round: RoundHash) -> Vec<Vec<u8>> {
    let homes: Vec<&Home> = world.orgs.iter().map(|org| &org.home).collect();
    let pairs = (0..homes.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    let mut canons = Vec::new();
    for (one, other) in pairs {
        let shared = homes[one].opening_key().shared_with(homes[other].card().core().sealing());
        let mut ids = [one, other].map(|place| *homes[place].card().core().id().as_bytes());
        ids.sort_unstable();
        let parts: [&[u8]; 4] = [round.as_bytes(), shared.expose(), &ids[0], &ids[1]];
        let secret = transcript::hash(Label::new("mandorla/1 canary pair"), &parts);
        needles.add_forms("what two keys agree on", shared.expose());
        needles.add_forms("the secret of a pair", &secret);
        for i in 0..16 {
            let hash = transcript::hash(Label::new("mandorla/1 canary"), &[&secret, &[i]]);
            needles.add_forms("a canary", &hash[..16]);
            canons.push([b"\x06\0\0\0canary\x20\0\0\0", HEXLOWER.encode(&hash[..16]).as_bytes()].concat());
        }
    }
    canons
}

/// The private keys of a home, from its files.
fn add_keys(needles: &mut Needles, home: &Home) {
    for (file, kind) in [
        ("sign.key", "MANDORLA SIGNING KEY"),
        ("open.key", "MANDORLA OPENING KEY"),
        ("home.key", "MANDORLA HOME KEY"),
        ("tls.key", "PRIVATE KEY"),
    ] {
        let name = home.card().core().name();
        let bytes = dearmour(kind, &fs::read_to_string(home.path().join("keys").join(file)).unwrap()).unwrap();
        // PKCS #8: the first 36 bytes are the same for all, and behind the key comes its public half.
        let secret = if file == "tls.key" { &bytes[36..68] } else { &bytes[..] };
        assert_eq!(secret.len(), 32);
        needles.add_all(&format!("{file} of {name}"), secret);
        needles.add_forms(&format!("{file} of {name}"), secret);
    }
}

/// A closed round of three lists; the first has two shards.
async fn closed_round(world: &World) -> (Agreed, RoundView, Vec<Draft>) {
    let charter = world.agree(world.terms()).await;
    let view = world.org(0).await.open_round(&charter).await.unwrap();
    let lists = [[indicators(), domains(100..3800)].concat(), indicators(), domains(10..30)];
    let mut drafts = Vec::new();
    for (place, list) in lists.iter().enumerate() {
        let view = world.view(place, &charter).await;
        drafts.push(world.draft(place, &view, list).unwrap());
        world.publish(place, &charter, list).await.unwrap();
    }
    (charter, view, drafts)
}

/// The tags of a member's list as its own program makes them, dummies included, and the filters over them.
fn published(world: &World, place: usize, round: RoundHash, draft: &Draft) -> (Vec<Tag>, Vec<Vec<u8>>) {
    let secret = world.orgs[place].home.secret(Label::new("mandorla/1 home dummies"), &[round.as_bytes()]);
    let (dummies, seeds) = (Dummies::new(secret), FilterSeeds::derive(&round));
    let shards = (0..).zip(draft.shards());
    let shards = shards.map(|(n, real)| dummies.fill(draft.class(), n, real.iter().map(|entry| entry.tag)));
    let shards: Vec<_> = shards.collect();
    let filters = shards.iter().map(|tags| Shard::build(&seeds, tags).to_bytes()).collect();
    (shards.iter().flat_map(|tags| tags.as_slice().to_vec()).collect(), filters)
}

/// Takes down all that is logged, from every part of the program.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An error in all the ways in which it is ever shown.
fn shown<T>(result: Result<T, impl Display + Debug>) -> String {
    let error = result.err().expect("refused");
    format!("{error}\n{error:?}\n{error:#?}\n")
}

/// Errors that are made where indicators, tags and seeds are at hand.
async fn errors(world: &World, charter: &Agreed, view: &RoundView, draft: &Draft) -> String {
    let mut errors = String::new();
    let (tags, _) = published(world, 0, view.round.hash(), draft);
    let first = tags[..4096].to_vec();
    let mut calls = world.calls(0).await;
    let mut spoilt = [first.clone(), first.clone(), first.clone(), first];
    spoilt[0].pop();
    spoilt[1].swap(0, 1);
    spoilt[2][1] = spoilt[2][0];
    spoilt[3][1] = Tag::from(spoilt[3][1].number() + 1);
    for tags in spoilt {
        errors += &shown(ask_raw(&mut calls, view.round.hash(), &[wire_tags(&tags)]).await.1);
    }
    let mut entries = draft.entries().iter();
    let entry = entries.next().unwrap();
    errors += &format!("{:?} {:?}\n", entry.tag, shown(Draft::new(Vec::new(), u64::MAX)));
    for indicator in indicators() {
        let wrong = if indicator.kind() == Kind::Phone { Kind::Sha256 } else { Kind::Phone };
        errors += &shown(Indicator::parse(wrong, indicator.value()));
        errors += &shown(Indicator::from_canonical(indicator.kind(), &format!(" {}", indicator.value())));
    }
    let home = &world.orgs[2].home;
    let file = format!("rounds/{}/1.tags", view.round.hash());
    let whole = home.read(&file).unwrap().unwrap();
    let mut changed = whole.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    for bytes in [&changed[..], &whole[..200], b"nothing of the kind"] {
        home.write_private(&file, bytes).unwrap();
        errors += &shown(world.ask(2, charter).await);
    }
    home.write_private(&file, &whole).unwrap();
    errors
}

#[tokio::test]
async fn the_matcher_sees_and_keeps_no_secret() {
    let log = Log::default();
    let writer = log.clone();
    let filter = tracing_subscriber::EnvFilter::new("mandorla=trace,sqlx=trace,tonic=trace");
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || writer.clone()).finish();
    // For all threads: with one for this thread alone, events that another test meets first are off for good. What that
    // test logs is searched as well.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let world = World::new(&THREE).await;
    let (charter, view, drafts) = closed_round(&world).await;
    let database_open = world.database();
    world.close(&charter).await;
    let errors = errors(&world, &charter, &view, &drafts[0]).await;
    for (place, overlaps) in [(0, 110), (1, 110), (2, 10)] {
        assert_eq!(values(&world.ask(place, &charter).await.unwrap()).len(), overlaps);
    }
    let database_closed = world.database();

    let mut needles = Needles::default();
    // The 3,700 others of the first list are there for its size.
    let searched = drafts[1..].iter().flat_map(Draft::entries).filter_map(Entry::indicator);
    searched.for_each(|indicator| add_indicator(&mut needles, indicator));
    add_derived(&mut needles, &world, &view, &drafts);
    let matcher = Home::open(&world.matcher_home()).unwrap();
    world.orgs.iter().map(|org| &org.home).chain([&matcher]).for_each(|home| add_keys(&mut needles, home));
    let heard = world.tap.heard();
    let log = log.0.lock().unwrap().clone();
    needles.absent("what went over the wire", &heard);
    needles.absent("the database of an open round", &database_open);
    needles.absent("the database of a closed round", &database_closed);
    needles.absent("the log", &log);
    needles.absent("errors", errors.as_bytes());
    let files: Vec<u8> = world.orgs.iter().flat_map(|org| files_below(&org.home.path().join("rounds"))).collect();
    needles.absent("what homes keep of a round", &files);

    // The recordings hold what they should: the tags and filters that the matcher may see, and the words of its log.
    let (tags, filters) = published(&world, 0, view.round.hash(), &drafts[0]);
    let (mut tag, mut filter) = (Needles::default(), Needles::default());
    tags.iter().for_each(|one| tag.add("tag", one.as_bytes()));
    filters.iter().flat_map(|shard| shard.chunks_exact(32)).for_each(|window| filter.add("filter", window));
    assert!(tag.count(&heard) >= tags.len() * 9 / 10 && tag.count(&database_closed) >= tags.len() * 9 / 10);
    assert_eq!(tag.find(&database_open), None, "no tag is shown before the close");
    assert!(filter.find(&database_open).is_some());
    assert_eq!(filter.find(&heard), None, "filters travel encrypted to the matcher, under TLS, too");
    tag.absent("the log", &log);
    tag.absent("errors", errors.as_bytes());
    let log = String::from_utf8(log).unwrap();
    assert!(["list published", "overlaps answered", "refused"].iter().all(|words| log.contains(words)));
}

/// Custodians see and keep blinded elements: no indicator, no hash of one, no tag, no seed, nothing that two members share.
#[tokio::test]
async fn custodians_see_and_keep_no_indicator() {
    let world = World::new(&THREE).await.with_custodians(2).await;
    let mut terms = world.terms();
    terms.accept_guessable = false;
    let charter = world.agree(terms).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let mut drafts = Vec::new();
    for place in 0..2 {
        let own = world.view(place, &charter).await;
        drafts.push(world.drafted(place, &own, &indicators()).await.unwrap());
    }
    // Up to here only custodians were asked for anything that follows from the lists.
    let heard = world.tap.heard();
    let databases = [0, 1].map(|place| {
        let file = |name: &str| fs::read(world.custodian_home(place).join(name)).unwrap_or_default();
        [file("custodian.db"), file("custodian.db-wal")].concat()
    });
    let kept: Vec<u8> = world.orgs[..2].iter().flat_map(|org| files_below(&org.home.path().join("rounds"))).collect();

    let mut needles = Needles::default();
    indicators().iter().for_each(|indicator| add_indicator(&mut needles, indicator));
    for entry in drafts.iter().flat_map(Draft::entries) {
        needles.add_all("a seed", entry.seed.expose());
        needles.add("a tag", entry.tag.as_bytes());
    }
    world.orgs.iter().for_each(|org| add_keys(&mut needles, &org.home));
    // The charter has the custodians' addresses.
    needles.0.remove(b"https://");
    needles.absent("what went over the wire", &heard);
    needles.absent("what members keep of a round", &kept);
    for database in &databases {
        needles.absent("a custodian's database", database);
    }

    // The same indicators, and not one element in common: what custodians answered is in their databases, by member.
    let mut answers = [HashSet::new(), HashSet::new()];
    let options = SqliteConnectOptions::new().filename(world.custodian_home(0).join("custodian.db")).read_only(true);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    for row in sqlx::query("SELECT place, elements FROM batches").fetch_all(&mut database).await.unwrap() {
        let elements: Vec<u8> = row.get("elements");
        answers[row.get::<i64, _>("place") as usize].extend(elements.chunks(32).map(<[u8]>::to_vec));
    }
    database.close().await.unwrap();
    assert!(
        answers.iter().all(|answered| answered.len() == indicators().len() + 32) && answers[0].is_disjoint(&answers[1])
    );
    // And the search would find them: they are what went over the wire.
    let mut elements = Needles::default();
    answers.iter().flatten().for_each(|element| elements.add("an element", element));
    assert!(elements.count(&heard) >= answers[0].len() * 18 / 10 && elements.find(&databases[0]).is_some());
}

/// The bytes of all files below a directory.
fn files_below(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() { files_below(&path) } else { fs::read(path).unwrap() });
    }
    bytes
}

/// Copies a home as it stands: what a machine has on its disk when it loses power, less the luck.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

fn database(home: &Path) -> Vec<u8> {
    ["matcher.db", "matcher.db-wal"].iter().flat_map(|file| fs::read(home.join(file)).unwrap_or_default()).collect()
}

#[tokio::test]
async fn nothing_of_a_list_outlives_the_purge() {
    let world = World::new(&THREE).await;
    let (charter, view, drafts) = closed_round(&world).await;
    world.close(&charter).await;
    for place in 0..3 {
        world.ask(place, &charter).await.unwrap();
    }
    let round = view.round.hash();
    let mut needles: [Needles; 3] = Default::default();
    for (place, draft) in drafts.iter().enumerate() {
        let (tags, filters) = published(&world, place, round, draft);
        tags.iter().for_each(|tag| needles[0].add("a tag", tag.as_bytes()));
        filters.iter().flat_map(|shard| shard.chunks_exact(32)).for_each(|w| needles[1].add("a filter", w));
        needles[2].add_all("a sealed salt", view.round.sealed_salt(place).unwrap());
    }
    let gone = |place: &str, bytes: &[u8]| needles.iter().for_each(|needles| needles.absent(place, bytes));
    assert!(needles.iter().all(|needles| needles.find(&world.database()).is_some()), "before the purge they are there");

    // A matcher that is killed when its purge is durable, but its write-ahead log is not truncated yet.
    let purging = world.dir.path().join("purging");
    copy(&world.matcher_home(), &purging);
    let store = Store::open(&purging.join("matcher.db")).await.unwrap();
    store.advance(round, Phase::Purged).await.unwrap();
    let killed = world.dir.path().join("killed");
    copy(&purging, &killed);
    assert!(needles[0].find(&database(&killed)).is_some(), "the kill came in time");
    let again = Matcher::open(Home::open(&killed).unwrap(), &[], world.clock.clone()).await.unwrap();
    again.tick().await.unwrap();
    gone("the database of a matcher that was killed", &database(&killed));

    // One that is down when the time comes.
    let down = world.dir.path().join("down");
    copy(&world.matcher_home(), &down);
    let clock = mandorla::clock::Clock::set(view.round.order().purge);
    let late = Matcher::open(Home::open(&down).unwrap(), &[], clock).await.unwrap();
    late.tick().await.unwrap();
    gone("the database of a matcher that was down", &database(&down));

    // And the usual way. A reader may hold the log back for a moment; the next tick sees to it.
    let latest = world.view(0, &charter).await;
    world.org(0).await.purge_round(&latest).await.unwrap();
    world.matcher.tick().await.unwrap();
    gone("the database", &world.database());

    assert!(world.kept(0).is_empty(), "the convener's own home");
    assert!(!world.kept(1).is_empty(), "it has not heard of it");
    assert!(world.view(1, &charter).await.round.sealed_salt(1).is_none());
    assert!(world.kept(1).is_empty(), "now it has");
    let agency = &world.orgs[2].home;
    client::sweep(agency, view.round.order().purge - 1).unwrap();
    assert!(!world.kept(2).is_empty());
    client::sweep(agency, view.round.order().purge).unwrap();
    assert!(agency.names_in("rounds").unwrap().is_empty(), "without a network the clock does it");
}

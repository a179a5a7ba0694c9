//! A whole exchange in memory: homes in a temporary directory, the matcher over duplex pipes, a clock that tests turn.

#![allow(dead_code, unreachable_pub, unused_imports, clippy::unwrap_used, missing_docs)]

mod gap;
mod tap;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mandorla::charter::Custodian as NamedCustodian;
use mandorla::charter::{Agreed, Charter, Disclosure, Level, Party, Proposal, Rule, Terms, Thousandths};
use mandorla::client::{Client, ClientError, Drafting, RoundView, Silent};
use mandorla::clock::Clock;
use mandorla::custodian::Custodian;
use mandorla::custody::Custody;
use mandorla::home::Home;
use mandorla::identity::{Card, Contact, Role, SealingKey};
use mandorla::indicator::{Indicator, Kind};
use mandorla::list::file::Preamble;
use mandorla::list::receipt::Receipt;
use mandorla::list::{Draft, Dummies, Entry, SealedList};
use mandorla::matcher::Matcher;
use mandorla::matching::Match;
use mandorla::matching::disclose::Summary;
use mandorla::report::Report;
use mandorla::round::RoundHash;
use mandorla::secret::Secret;
use mandorla::store::custodian::Standings;
use mandorla::stream::seal_chunk;
use mandorla::tag::Tag;
use mandorla::transcript::Label;
use mandorla::transport::{self, Limits, Peer, Pin, ServerStream};
use mandorla::wire::custodian::{CustodianCalls, Evaluating};
use mandorla::wire::{self, Answer, MatcherCalls, Matching};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};
use tempfile::TempDir;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Service, http};

pub use self::gap::reader;
use self::tap::{Tap, Tapped};

pub const NOON: u64 = 1_800_000_000;
pub const HOUR: u64 = 3600;

/// One organisation.
pub struct Org {
    pub home: Home,
}

pub struct World {
    pub dir: TempDir,
    pub clock: Clock,
    pub matcher: Arc<Matcher>,
    pub orgs: Vec<Org>,
    /// None, unless [`World::with_custodians`] made some.
    pub custodians: Vec<Arc<Custodian>>,
    pub tap: Arc<Tap>,
}

/// Names and roles of the usual three.
pub const THREE: [(&str, Role); 3] =
    [("Northwind Social", Role::Company), ("Harbour Mail", Role::Company), ("Agency A", Role::Agency)];

pub fn home(dir: &TempDir, name: &str, role: Role) -> Home {
    let contact: Contact = "Duty desk <desk@example.org>".parse().unwrap();
    Home::create(&dir.path().join(name.replace(' ', "-")), name, role, contact).unwrap()
}

impl World {
    /// Homes with each other's cards in their books, all admitted by a matcher of their own.
    pub async fn new(members: &[(&str, Role)]) -> Self {
        let dir = TempDir::new().unwrap();
        let clock = Clock::set(NOON);
        let matcher = home(&dir, "Clearing House", Role::Matcher);
        let orgs: Vec<Org> = members.iter().map(|(name, role)| Org { home: home(&dir, name, *role) }).collect();
        let cards: Vec<_> = orgs.iter().map(|org| org.home.card().clone()).collect();
        for org in &orgs {
            let lock = org.home.lock().unwrap();
            for card in cards.iter().chain([matcher.card()]) {
                org.home.book().add(card, &lock).unwrap();
            }
        }
        let matcher = Arc::new(Matcher::open(matcher, &cards, clock.clone()).await.unwrap());
        Self { dir, clock, matcher, orgs, custodians: Vec::new(), tap: Arc::default() }
    }

    /// Custodians `Vault 1`, `Vault 2`, … that admit all members and are in their books: custody is theirs from here on.
    pub async fn with_custodians(mut self, count: usize) -> Self {
        for place in 0..count {
            let home = home(&self.dir, &format!("Vault {}", place + 1), Role::Custodian);
            for org in &self.orgs {
                org.home.book().add(home.card(), &org.home.lock().unwrap()).unwrap();
            }
            let members: Vec<_> = self.orgs.iter().map(|org| org.home.card().clone()).collect();
            self.custodians.push(Arc::new(Custodian::open(home, &members, self.clock.clone()).await.unwrap()));
        }
        self
    }

    pub fn custodian_home(&self, place: usize) -> PathBuf {
        self.dir.path().join(format!("Vault-{}", place + 1))
    }

    /// Another start of a custodian, as after a crash; it admits these cards too.
    pub async fn restart_custodian(&mut self, place: usize, admit: &[Card]) {
        let home = Home::open(&self.custodian_home(place)).unwrap();
        self.custodians[place] = Arc::new(Custodian::open(home, admit, self.clock.clone()).await.unwrap());
    }

    pub async fn custodian_connection(&self, place: usize, home: &Home) -> transport::Connection {
        self.connect_to_custodian(self.custodians[place].clone(), home).await
    }

    /// A connection to any custodian, a lying one too.
    pub async fn connect_to_custodian<E: Evaluating>(&self, custodian: Arc<E>, home: &Home) -> transport::Connection {
        self.over_a_pipe(wire::custodian::serve(custodian), home).await
    }

    /// What a custodian has charged the members of a charter in its newest round, read from beside it.
    pub async fn spent(&self, custodian: usize) -> Vec<u64> {
        let standings = Standings::read(&self.custodian_home(custodian).join("custodian.db")).await.unwrap();
        let newest = standings.keys.iter().max_by_key(|standing| standing.key.id).unwrap();
        (0..self.orgs.len()).map(|place| newest.spent.get(&place).copied().unwrap_or(0)).collect()
    }

    /// Calls of a modified client to a custodian, with a member's or a courier's card.
    pub async fn custodian_calls(&self, place: usize, home: &Home) -> CustodianCalls {
        CustodianCalls::new(self.custodian_connection(place, home).await.channel())
    }

    pub async fn connection(&self, home: &Home) -> transport::Connection {
        self.connect_to(self.matcher.clone(), home).await
    }

    /// A connection to any matcher, a lying one too, over a pipe with the tap in it.
    pub async fn connect_to<M: Matching>(&self, matching: Arc<M>, home: &Home) -> transport::Connection {
        self.over_a_pipe(wire::serve(matching), home).await
    }

    async fn over_a_pipe<S>(&self, services: S, home: &Home) -> transport::Connection
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let (near, far) = tokio::io::duplex(1 << 18);
        let far = Tapped::new(far, self.tap.clone());
        let peer = Peer { pin: Pin(*home.card().core().tls()), address: None };
        tokio::spawn(async move {
            let stream = ServerStream::in_memory(far, peer);
            let (sender, incoming) = tokio::sync::mpsc::channel::<Result<ServerStream, std::io::Error>>(1);
            sender.send(Ok(stream)).await.unwrap();
            let incoming = tokio_stream::wrappers::ReceiverStream::new(incoming);
            // The sender lives as long as the server: its end would start the shutdown.
            transport::server_builder(&Limits::default()).serve_with_incoming(services, incoming).await.unwrap();
            drop(sender);
        });
        transport::connect_in_memory(near).await.unwrap()
    }

    /// Calls of a modified client, with a member's card.
    pub async fn calls(&self, place: usize) -> MatcherCalls {
        MatcherCalls::new(self.connection(&self.orgs[place].home).await.channel())
    }

    pub async fn client<'h>(&self, home: &'h Home) -> Client<'h> {
        let mut client = self.client_without_custodians(home).await;
        for (place, custodian) in self.custodians.iter().enumerate() {
            let connection = self.custodian_connection(place, home).await;
            client.custodians().over(custodian.card().core().id(), connection);
        }
        client
    }

    pub async fn client_without_custodians<'h>(&self, home: &'h Home) -> Client<'h> {
        Client::over(home, self.matcher.card().clone(), self.connection(home).await, self.clock.clone())
    }

    pub async fn org(&self, place: usize) -> Client<'_> {
        self.client(&self.orgs[place].home).await
    }

    /// Terms with the first member as convener and everybody named to everybody.
    pub fn terms(&self) -> Terms {
        self.terms_of(self.orgs.len())
    }

    /// As [`World::terms`], for the first few.
    pub fn terms_of(&self, members: usize) -> Terms {
        let members: Vec<_> = self.orgs[..members].iter().map(|org| org.home.card().core().clone()).collect();
        Terms {
            name: "election-2026".to_owned(),
            created: NOON,
            amends: None,
            matcher: self.matcher.card().core().clone(),
            disclosure: Disclosure::new(Level::Named, Vec::new(), &members),
            members,
            conveners: BTreeSet::from([0]),
            publish_only: BTreeSet::new(),
            carriers: Vec::new(),
            custody: self.custody(),
            accept_guessable: true,
            profile: 1,
            kinds: Kind::ALL.into_iter().collect(),
            max_indicators: 1_000_000,
            same_size: false,
            min_holders: 2,
            round_hours: 24,
            answer_hours: 72,
            rounds_per_day: 1440,
            list_expiry_hours: 720,
            epsilon: Thousandths(1000),
            epsilon_budget: Thousandths(30_000),
            talk: true,
        }
    }

    /// By the custodians, if there are any.
    fn custody(&self) -> Custody {
        if self.custodians.is_empty() {
            return Custody::Shared;
        }
        let named = (1..).zip(&self.custodians).map(|(number, custodian)| NamedCustodian {
            card: custodian.card().core().clone(),
            url: format!("https://vault-{number}.invalid:7451"),
        });
        Custody::Custodians(named.collect())
    }

    /// As [`World::terms`], but companies show nothing to agencies.
    pub fn guarded(&self) -> Terms {
        let rule = Rule { holder: Party::Role(Role::Company), reader: Party::Role(Role::Agency), level: Level::None };
        let mut terms = self.terms();
        terms.disclosure = Disclosure::new(Level::Named, vec![rule], &terms.members);
        terms
    }

    /// Proposed by the convener, signed by all.
    pub async fn agree(&self, terms: Terms) -> Agreed {
        let charter = Charter::new(terms).unwrap();
        let mut proposal: Proposal = self.org(0).await.propose(charter).await.unwrap();
        for place in 1..proposal.charter().terms().members.len() {
            proposal = self.org(place).await.sign(&proposal, &[]).await.unwrap();
        }
        proposal.agreed().unwrap()
    }

    pub async fn view(&self, place: usize, charter: &Agreed) -> RoundView {
        self.org(place).await.round(charter, None).await.unwrap()
    }

    /// A draft as the member's own program makes it, under whatever custody.
    pub async fn drafted(&self, place: usize, view: &RoundView, list: &[Indicator]) -> Result<Draft, ClientError> {
        let home = &self.orgs[place].home;
        let mut drafting = Drafting::new(home, view)?;
        list.iter().for_each(|indicator| drafting.add(indicator.clone()));
        let lock = home.lock().unwrap();
        self.org(place).await.evaluate(view, &mut drafting, &lock, &Silent).await?;
        drafting.finish()
    }

    /// As [`World::drafted`], where it takes no custodian.
    pub fn draft(&self, place: usize, view: &RoundView, list: &[Indicator]) -> Result<Draft, ClientError> {
        let mut drafting = Drafting::new(&self.orgs[place].home, view)?;
        list.iter().for_each(|indicator| drafting.add(indicator.clone()));
        drafting.finish()
    }

    pub async fn publish(&self, place: usize, charter: &Agreed, list: &[Indicator]) -> Result<Receipt, ClientError> {
        let mut client = self.org(place).await;
        let view = client.round(charter, None).await?;
        let draft = self.drafted(place, &view, list).await?;
        let lock = self.orgs[place].home.lock().unwrap();
        client.publish(&view, &draft, &lock, &Silent).await
    }

    pub async fn ask(&self, place: usize, charter: &Agreed) -> Result<Report, ClientError> {
        let mut client = self.org(place).await;
        let view = client.round(charter, None).await?;
        client.overlaps(&view, &Silent).await
    }

    /// Takes a member's list back.
    pub async fn withdraw(&self, place: usize, charter: &Agreed) -> Result<u32, ClientError> {
        let mut client = self.org(place).await;
        let view = client.round(charter, None).await?;
        let lock = self.orgs[place].home.lock().unwrap();
        client.withdraw(&view, &lock).await
    }

    /// As [`World::terms`], all at one level to each other.
    pub fn all_at(&self, level: Level) -> Terms {
        let mut terms = self.terms();
        terms.disclosure = Disclosure::new(level, Vec::new(), &terms.members);
        terms
    }

    /// Publishes list number 1 of a member by a modified client; gives its tags, shard by shard as a question carries them,
    /// and the file.
    pub async fn publish_raw(&self, place: usize, view: &RoundView, list: &[Indicator]) -> (Vec<Vec<u8>>, Container) {
        let draft = self.drafted(place, &self.view(place, &view.charter).await, list).await.unwrap();
        let (key, dummies) = (self.orgs[place].home.signing_key(), Dummies::new(Secret::new([place as u8; 32])));
        let sealed = draft.seal(&view.round, 1, self.clock.now(), key, &dummies, || ());
        let container = Container::seal(view.round.hash(), &sealed, self.matcher.card().core().sealing());
        container.upload(&mut self.calls(place).await).await.unwrap();
        let tags = |(shard, real): (u32, &[Entry])| {
            dummies.fill(draft.class(), shard, real.iter().map(|entry| entry.tag)).to_bytes()
        };
        ((0..).zip(draft.shards()).map(tags).collect(), container)
    }

    /// Another matcher that knows what this one knows, and is told different things from here on.
    pub async fn twin(&self) -> Arc<Matcher> {
        let copy = self.dir.path().join("Twin");
        copy_dir(&self.matcher_home(), &copy);
        // Not the files as they lie there: the write-ahead log may be on its way into the database.
        for file in ["matcher.db", "matcher.db-wal", "matcher.db-shm"] {
            let _ = std::fs::remove_file(copy.join(file));
        }
        let [file, _] = self.database_files();
        let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
        let into = copy.join("matcher.db").to_str().unwrap().to_owned();
        sqlx::query("VACUUM INTO ?").bind(into).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Arc::new(Matcher::open(Home::open(&copy).unwrap(), &[], self.clock.clone()).await.unwrap())
    }

    pub async fn close(&self, charter: &Agreed) {
        let view = self.view(0, charter).await;
        self.org(0).await.close_round(&view).await.unwrap();
    }

    pub fn matcher_home(&self) -> PathBuf {
        self.dir.path().join("Clearing-House")
    }

    pub fn database_files(&self) -> [PathBuf; 2] {
        ["matcher.db", "matcher.db-wal"].map(|file| self.matcher_home().join(file))
    }

    /// Bytes of the matcher's database, the write-ahead log too.
    pub fn database(&self) -> Vec<u8> {
        self.database_files().iter().flat_map(|file| std::fs::read(file).unwrap_or_default()).collect()
    }

    /// A number from the matcher's database, read from beside it.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let [file, _] = self.database_files();
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
        let number = row.get(0);
        connection.close().await.unwrap();
        number
    }

    /// Waits until the matcher's database says so: what a broken connection left under way has no other end.
    pub async fn until(&self, sql: &'static str, number: i64) {
        while self.number(sql).await < number {
            tokio::task::yield_now().await;
        }
    }

    /// What the home of a member keeps of rounds.
    pub fn kept(&self, place: usize) -> Vec<String> {
        let home = &self.orgs[place].home;
        let rounds = home.names_in("rounds").unwrap();
        let mut files: Vec<_> =
            rounds.iter().flat_map(|round| home.names_in(format!("rounds/{round}")).unwrap()).collect();
        files.sort();
        files
    }
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::DirBuilder::new().mode(0o700).create(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.is_dir() { copy_dir(&entry, &to) } else { std::fs::copy(&entry, &to).map(drop).unwrap() }
    }
}

/// A sealed list, taken apart as the format says and not as the program does: so that any part of it can be wrong.
pub struct Container {
    pub preamble: Preamble,
    /// The header and then the shards, encrypted.
    pub chunks: Vec<Vec<u8>>,
}

impl Container {
    pub fn seal(round: RoundHash, list: &SealedList, matcher: &SealingKey) -> Self {
        let (encapsulated, key) = matcher.export(Label::new("mandorla/1 sealed list"), &[round.as_bytes()]);
        let plain = [list.header.encode()].into_iter().chain(list.shards.iter().cloned());
        let last = list.shards.len() as u64;
        let chunks =
            (0..).zip(plain).map(|(i, plain)| seal_chunk(&key, i, i == last, round.as_bytes(), plain)).collect();
        Self { preamble: Preamble { round, encapsulated }, chunks }
    }

    pub async fn begin(&self, calls: &mut MatcherCalls) -> Result<u32, Status> {
        Ok(calls.begin_upload(&self.preamble, self.chunks[0].clone()).await?.next_shard)
    }

    /// Sends what the matcher does not have; gives the receipt.
    pub async fn upload(&self, calls: &mut MatcherCalls) -> Result<Vec<u8>, Status> {
        let next = self.begin(calls).await?;
        let mut call = calls.upload(self.preamble.round, None);
        for (shard, chunk) in (0..).zip(&self.chunks[1..]).skip(next as usize) {
            // What went wrong is said at the end.
            call.send(shard, vec![chunk.clone()]).await;
        }
        call.finish().await
    }
}

/// Asks as a modified client does, with any bytes for tags: what was answered, shard by shard, and how it ended.
pub async fn ask_raw(
    calls: &mut MatcherCalls,
    round: RoundHash,
    shards: &[Vec<u8>],
) -> (Vec<(u32, Vec<Match>)>, Result<Summary, Status>) {
    let mut answered = Vec::new();
    let (sender, mut answers) = match calls.ask(round, shards[0].clone()).await {
        Ok(halves) => halves,
        Err(status) => return (answered, Err(status)),
    };
    let sending = async move {
        for tags in &shards[1..] {
            if !sender.send(tags.clone()).await {
                return;
            }
        }
    };
    let receiving = async {
        let mut summary = None;
        loop {
            match answers.next().await {
                Ok(Some(Answer::Matches { shard, matches, .. })) => answered.push((shard, matches)),
                Ok(Some(Answer::Summary(last))) => summary = Some(last),
                Ok(None) => return Ok(summary.expect("a summary before the end")),
                Err(status) => return Err(status),
            }
        }
    };
    let ((), ended) = tokio::join!(sending, receiving);
    (answered, ended)
}

/// Tags as a question carries them.
pub fn wire_tags(tags: &[Tag]) -> Vec<u8> {
    tags.iter().flat_map(|tag| *tag.as_bytes()).collect()
}

/// The dummies of modified clients.
pub fn dummies() -> Dummies {
    Dummies::new(Secret::new([7; 32]))
}

/// All tags of a list, shard by shard, dummies included.
pub fn tags(draft: &Draft) -> Vec<Vec<Tag>> {
    let shards = (0..).zip(draft.shards());
    shards
        .map(|(shard, real)| {
            dummies().fill(draft.class(), shard, real.iter().map(|entry| entry.tag)).as_slice().to_vec()
        })
        .collect()
}

pub fn domains(numbers: impl IntoIterator<Item = u32>) -> Vec<Indicator> {
    numbers.into_iter().map(|n| Indicator::parse(Kind::Domain, &format!("host-{n}.example")).unwrap()).collect()
}

pub fn values(report: &Report) -> Vec<&str> {
    report.overlaps.iter().map(|overlap| overlap.value.as_str()).collect()
}

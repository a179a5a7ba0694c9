//! A whole exchange in memory: homes in a temporary directory, the matcher over duplex pipes, a clock that tests turn.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use mandorla::charter::{Agreed, Charter, CharterHash, Disclosure, Level, Party, Proposal, Rule, Terms};
use mandorla::client::{self, Client, ClientError, Drafting, RoundView, Silent};
use mandorla::clock::Clock;
use mandorla::custody::Custody;
use mandorla::home::Home;
use mandorla::identity::{Contact, Role};
use mandorla::indicator::{Indicator, Kind};
use mandorla::list::receipt::Receipt;
use mandorla::matcher::Matcher;
use mandorla::report::Report;
use mandorla::transport::{self, Limits, Peer, Pin, ServerStream};
use mandorla::wire;
use tempfile::TempDir;

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
        Self { dir, clock, matcher, orgs }
    }

    /// A pipe to the matcher from whoever holds the pin.
    pub fn pipe(&self, pin: Pin) -> tokio::io::DuplexStream {
        let (near, far) = tokio::io::duplex(1 << 18);
        let services = wire::serve(self.matcher.clone());
        tokio::spawn(async move {
            let stream = ServerStream::in_memory(far, Peer { pin, address: None });
            let (sender, incoming) = tokio::sync::mpsc::channel::<Result<ServerStream, std::io::Error>>(1);
            sender.send(Ok(stream)).await.unwrap();
            let incoming = tokio_stream::wrappers::ReceiverStream::new(incoming);
            // The sender lives as long as the server: its end would start the shutdown.
            transport::server_builder(&Limits::default()).serve_with_incoming(services, incoming).await.unwrap();
            drop(sender);
        });
        near
    }

    pub async fn connection(&self, home: &Home) -> transport::Connection {
        transport::connect_in_memory(self.pipe(Pin(*home.card().core().tls()))).await.unwrap()
    }

    pub async fn client<'h>(&self, home: &'h Home) -> Client<'h> {
        Client::over(home, self.matcher.card().clone(), self.connection(home).await, self.clock.clone())
    }

    pub async fn org(&self, place: usize) -> Client<'_> {
        self.client(&self.orgs[place].home).await
    }

    /// Terms with the first member as convener and everybody named to everybody.
    pub fn terms(&self) -> Terms {
        let members: Vec<_> = self.orgs.iter().map(|org| org.home.card().core().clone()).collect();
        Terms {
            name: "election-2026".to_owned(),
            created: NOON,
            matcher: self.matcher.card().core().clone(),
            disclosure: Disclosure::new(Level::Named, Vec::new(), &members),
            members,
            convener: 0,
            custody: Custody::Shared,
            accept_guessable: true,
            profile: 1,
            kinds: Kind::ALL.into_iter().collect(),
            max_indicators: 1_000_000,
            min_holders: 2,
            round_hours: 24,
            answer_hours: 72,
        }
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
        for place in 1..self.orgs.len() {
            proposal = self.org(place).await.sign(&proposal, &[]).await.unwrap();
        }
        client::in_force(&proposal).unwrap()
    }

    pub async fn view(&self, place: usize, charter: &Agreed) -> RoundView {
        self.org(place).await.round(charter, None).await.unwrap()
    }

    pub async fn publish(&self, place: usize, charter: &Agreed, list: &[Indicator]) -> Result<Receipt, ClientError> {
        let mut client = self.org(place).await;
        let view = client.round(charter, None).await?;
        let home = &self.orgs[place].home;
        let mut drafting = Drafting::new(home, &view)?;
        list.iter().for_each(|indicator| drafting.add(indicator.clone()));
        let lock = home.lock().unwrap();
        client.publish(&view, &drafting.finish()?, &lock, &Silent).await
    }

    pub async fn ask(&self, place: usize, charter: &Agreed) -> Result<Report, ClientError> {
        let mut client = self.org(place).await;
        let view = client.round(charter, None).await?;
        client.overlaps(&view, &Silent).await
    }

    pub async fn close(&self, charter: &Agreed) {
        let view = self.view(0, charter).await;
        self.org(0).await.close_round(&view).await.unwrap();
    }

    /// Bytes of the matcher's database, the write-ahead log too.
    pub fn database(&self) -> Vec<u8> {
        let home = self.dir.path().join("Clearing-House");
        ["matcher.db", "matcher.db-wal"]
            .iter()
            .flat_map(|file| std::fs::read(home.join(file)).unwrap_or_default())
            .collect()
    }
}

pub fn domains(numbers: impl IntoIterator<Item = u32>) -> Vec<Indicator> {
    numbers.into_iter().map(|n| Indicator::parse(Kind::Domain, &format!("host-{n}.example")).unwrap()).collect()
}

pub fn values(report: &Report) -> Vec<&str> {
    report.overlaps.iter().map(|overlap| overlap.value.as_str()).collect()
}

pub fn hash_of(charter: &Agreed) -> CharterHash {
    charter.hash()
}

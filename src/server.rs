//! What the servers have in common: whom they admit, what they do about their disk, and how they keep time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify};
use tonic::codegen::{Service, http};

use crate::charter::Terms;
use crate::home::Home;
use crate::identity::{Card, CardCore, Role};
use crate::store::{Database, StoreFault};
use crate::transport::{self, Limits, Pin, Pins, TlsIdentity, TlsIdentityError};

/// How often a server does what is due by the clock when nobody calls. Each call does so for what it is about.
const TICK: Duration = Duration::from_secs(10);

/// Why a server does not start, or stopped.
#[derive(Debug, Error)]
pub enum ServeError {
    /// A home of another role.
    #[error("this home's card has the role {found}, not {wanted}: make one with `id new --role {wanted}`")]
    Role {
        /// The home's.
        found: &'static str,
        /// The server's.
        wanted: &'static str,
    },
    /// The database.
    #[error("{path}: {fault}")]
    Store {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        fault: StoreFault,
    },
    /// Two cards that a connection could not tell apart. A card proves its signing key alone: the other keys may be anybody's.
    #[error(
        "{0} and {1} have the same TLS key on their cards, and one of them is not theirs: admit neither before you know whose"
    )]
    SameKey(String, String),
    /// Two cards that succeed the same one.
    #[error(
        "{0} and {1} both succeed one card, and one of them is not its owner's: admit neither before you have called the owner"
    )]
    Forked(String, String),
    /// The home's own TLS key.
    #[error(transparent)]
    Tls(#[from] TlsIdentityError),
    /// The listening socket.
    #[error("serving: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The disk can no longer be trusted.
    #[error("the disk failed, so nothing more can be promised: check it, then start again; the log says more")]
    Disk,
}

/// That the home is one for this server.
pub(crate) fn refuse_other_roles(home: &Home, wanted: Role) -> Result<(), ServeError> {
    let found = home.card().core().role();
    if found == wanted { Ok(()) } else { Err(ServeError::Role { found: found.name(), wanted: wanted.name() }) }
}

/// Everyone who may connect, and with which card.
pub(crate) struct Admitted {
    pins: Pins,
    cards: HashMap<Pin, Card>,
}

impl Admitted {
    /// Those whom the database knows, and these, who are kept.
    pub(crate) async fn open(
        database: &Database,
        admit: &[Card],
        fault: impl Fn(StoreFault) -> ServeError,
    ) -> Result<Self, ServeError> {
        let mut cards: HashMap<Pin, Card> = HashMap::new();
        // All are looked at before one is kept.
        for card in database.admitted().await.map_err(&fault)?.iter().chain(admit) {
            let core = card.core();
            match cards.insert(Pin(*core.tls()), card.clone()) {
                Some(other) if other.id() != core.id() => {
                    return Err(ServeError::SameKey(core.name().to_owned(), other.core().name().to_owned()));
                }
                _ => {}
            }
        }
        if let Some([one, other]) = forked(cards.values()) {
            return Err(ServeError::Forked(one.to_string(), other.to_string()));
        }
        for card in admit {
            database.admit(card).await.map_err(&fault)?;
        }
        Ok(Self { pins: cards.keys().copied().collect(), cards })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.cards.len()
    }

    /// The pins of their connections.
    pub(crate) fn pins(&self) -> impl Iterator<Item = Pin> {
        self.cards.keys().copied()
    }

    /// The card behind a connection.
    pub(crate) fn card(&self, peer: Pin) -> Option<&Card> {
        self.cards.get(&peer)
    }

    /// Whether exactly this card is among them: name and role too, for rules go by roles.
    pub(crate) fn has(&self, card: &CardCore) -> bool {
        self.cards.values().any(|known| known.core() == card)
    }
}

/// Whether a charter names the owner of a card, a courier's too, or one whom the card succeeds.
pub(crate) fn names(terms: &Terms, peer: &Card) -> bool {
    terms.cards().any(|card| card.tls() == peer.core().tls() || peer.succeeds(card))
}

/// Two cards that succeed the same one, neither of them the other: whoever has the old key can make a successor.
fn forked<'c>(cards: impl Iterator<Item = &'c Card> + Clone) -> Option<[&'c Card; 2]> {
    let rivals = |one: &Card, other: &Card| {
        one.id() != other.id()
            && one.predecessors().any(|core| other.succeeds(core))
            && !one.succeeds(other.core())
            && !other.succeeds(one.core())
    };
    let others = cards.clone();
    let successors = cards.filter(|card| card.predecessors().next().is_some());
    successors.flat_map(|one| others.clone().map(move |other| [one, other])).find(|[one, other]| rivals(one, other))
}

/// A server's no.
pub(crate) trait Refusing: Display {
    /// The server's own trouble, if that is why.
    fn fault(&self) -> Option<&StoreFault>;
}

/// The disk under a server.
pub(crate) struct Disk {
    /// Rung when it failed.
    broken: Notify,
    /// Whether the last cleaning did not come off. Locked while one goes on: whoever comes meanwhile waits for its result.
    held_back: Mutex<bool>,
}

impl Disk {
    pub(crate) fn new() -> Self {
        Self { broken: Notify::new(), held_back: Mutex::new(false) }
    }

    /// Takes all that was deleted before out of the write-ahead log; `false` if readers hold it back. Then nobody tries again
    /// before [`Disk::clean_again`]: all writes wait for each attempt.
    pub(crate) async fn clean(&self, database: &Database) -> Result<bool, StoreFault> {
        let mut held_back = self.held_back.lock().await;
        if *held_back { Ok(false) } else { clean(&mut held_back, database).await }
    }

    /// Tries whatever came of it before: for the clock alone.
    pub(crate) async fn clean_again(&self, database: &Database) -> Result<(), StoreFault> {
        clean(&mut *self.held_back.lock().await, database).await.map(drop)
    }

    /// Logs what is the operator's to know, and stops the server when the disk has failed.
    pub(crate) fn watch<T, E: Refusing>(&self, call: &'static str, result: Result<T, E>) -> Result<T, E> {
        if let Err(refusal) = &result {
            match refusal.fault() {
                Some(fault) => {
                    tracing::error!(call, %fault, "refused");
                    if fault.is_fatal() {
                        self.broken.notify_one();
                    }
                }
                None => tracing::info!(call, %refusal, "refused"),
            }
        }
        result
    }
}

/// One attempt. One that fails, or whose caller goes away, did not come off.
async fn clean(held_back: &mut bool, database: &Database) -> Result<bool, StoreFault> {
    let before = std::mem::replace(held_back, true);
    let cleaned = database.truncate_log().await?;
    *held_back = !cleaned;
    if !cleaned && !before {
        tracing::warn!(
            "SQLite's log of the database cannot be emptied, so that what was deleted stays in it: does another program read it?"
        );
    }
    Ok(cleaned)
}

/// What [`serve`] needs of a server.
pub(crate) trait Serving {
    /// Its no.
    type Refusal: Refusing;
    /// Its keys and card.
    fn home(&self) -> &Home;
    /// Its database.
    fn database(&self) -> &Database;
    /// Who may connect.
    fn admitted(&self) -> &Admitted;
    /// Its disk.
    fn disk(&self) -> &Disk;
    /// Does what is due by the clock.
    async fn tick(&self) -> Result<(), Self::Refusal>;
}

/// Serves until `shutdown` ends or the disk fails.
pub(crate) async fn serve<S, W>(
    server: &S,
    service: W,
    listener: TcpListener,
    limits: &Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError>
where
    S: Serving,
    W: Service<http::Request<tonic::body::Body>, Response = http::Response<tonic::body::Body>, Error = Infallible>,
    W: Clone + Send + 'static,
    W::Future: Send,
{
    let identity = TlsIdentity::of(server.home())?;
    let pins = &server.admitted().pins;
    let served = tokio::select! {
        served = transport::serve(service, listener, &identity, pins, limits, shutdown) => Ok(served?),
        () = server.disk().broken.notified() => Err(ServeError::Disk),
        never = keep_time(server) => match never {},
    };
    server.database().close().await;
    served
}

async fn keep_time(server: &impl Serving) -> Infallible {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        // Logged there; the next tick tries again.
        let _ = server.disk().watch("tick", server.tick().await);
    }
}

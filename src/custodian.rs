//! The custodian: a server with one key for each round, which it applies to what members have blinded, counts, and destroys.
//!
//! ```text
//! asked for → held, no round's → the round's, its order shown → destroyed
//! ```
//!
//! A key never goes back. It is asked for by a convener, for a charter that names this server and that all have signed; it is
//! the round's whose order is shown first; and it is destroyed when a convener says so, when another key becomes its round's,
//! or at the close by this server's own clock, whichever comes first, with a signed statement. Evaluations are charged to their
//! member, on the disk, before they are made; what is refused is not charged.
//!
//! Each RPC is a function in a file below, in the design's words; [`crate::wire::custodian`] decodes and encodes around it. A
//! caller is known by the key of its TLS connection, and what it may do follows from the charter that names its card.

mod evaluate;
mod key;
mod turns;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::RwLock;

use self::turns::Turns;
use crate::charter::{Agreed, CharterHash, Proposal, Terms};
use crate::clock::Clock;
use crate::home::Home;
use crate::identity::{Card, CardCore, Role, Signature};
use crate::oprf::{Evaluated, PublicKey};
use crate::round::{Destruction, KeyRequest, RoundHash, RoundKey, SignedOrder};
pub use crate::server::ServeError;
use crate::server::{self, Admitted, Disk, Refusing, Serving};
use crate::store::custodian::{KeptKey, KeyStore};
use crate::store::{Database, StoreFault};
use crate::transport::{Limits, Pin};
use crate::wire::custodian::{Batch, Denial, Evaluating, Metered};
use crate::wire::{self, Refusal};

/// The database's name in the home.
pub const DATABASE: &str = "custodian.db";

/// A custodian, not yet on a socket.
pub struct Custodian {
    home: Home,
    store: KeyStore,
    clock: Clock,
    admitted: Admitted,
    disk: Disk,
    turns: Turns,
    /// Read by whoever evaluates, written by whoever destroys: nothing is answered under a key that is stated to be gone.
    evaluating: Arc<RwLock<()>>,
    /// Destroyed keys of which nothing is left, as far as that was seen since the start.
    wiped: Mutex<HashSet<i64>>,
}

impl Custodian {
    /// Opens the database in the home, admits the cards, in addition to those that were admitted before, and destroys the keys
    /// whose time has come meanwhile.
    pub async fn open(home: Home, admit: &[Card], clock: Clock) -> Result<Self, ServeError> {
        server::refuse_other_roles(&home, Role::Custodian)?;
        let path = home.path().join(DATABASE);
        let fault = |fault| ServeError::Store { path: path.clone(), fault };
        let store = KeyStore::open(&path).await.map_err(fault)?;
        let admitted = Admitted::open(store.database(), admit, fault).await?;
        let turns = Turns::new(admitted.pins());
        let (disk, evaluating, wiped) = (Disk::new(), Arc::default(), Mutex::default());
        let custodian = Self { home, store, clock, admitted, disk, turns, evaluating, wiped };
        // What was due while nobody served, or was killed half-way.
        custodian.destroy_and_wipe().await.map_err(fault)?;
        Ok(custodian)
    }

    /// The card that charters name.
    pub fn card(&self) -> &Card {
        self.home.card()
    }

    /// How many cards are admitted.
    pub fn admitted(&self) -> usize {
        self.admitted.len()
    }

    /// Destroys every key that the clock has overtaken, and wipes what destroyed keys left.
    pub async fn tick(&self) -> Result<(), Denial> {
        Ok(self.destroy_and_wipe().await?)
    }

    /// Whatever goes wrong with one of the steps; the first fault is told.
    async fn destroy_and_wipe(&self) -> Result<(), StoreFault> {
        let destroyed = self.destroy_overdue().await;
        let forgotten = self.store.forget_answers().await;
        let cleaned = self.disk.clean_again(self.store.database()).await;
        destroyed.and(forgotten).and(cleaned)
    }

    /// All of them, whatever goes wrong with one; the first fault is told.
    async fn destroy_overdue(&self) -> Result<(), StoreFault> {
        let mut destroyed = Ok(());
        for key in self.store.overdue(self.clock.now()).await? {
            destroyed = destroyed.and(self.destroy_key(&key).await.map(drop));
        }
        destroyed
    }

    /// Destroys a key when no evaluation is under way; gives the statement, the earlier one if it was gone already. It is not
    /// for others yet: see [`Custodian::stated`].
    async fn destroy_key(&self, key: &KeptKey) -> Result<Destruction, StoreFault> {
        let destruction = {
            let _idle = self.evaluating.write().await;
            self.store.destroy(key.id, self.destruction(key)).await?
        };
        log_destroyed(key);
        self.wipe(key).await?;
        Ok(destruction)
    }

    /// Wipes what a destroyed key leaves, and takes it out of the write-ahead log; `false` while that is held back.
    async fn wipe(&self, key: &KeptKey) -> Result<bool, StoreFault> {
        if self.wiped().contains(&key.id) {
            return Ok(true);
        }
        self.store.forget_answers().await?;
        let clean = self.disk.clean(self.store.database()).await?;
        if clean {
            self.wiped().insert(key.id);
        }
        Ok(clean)
    }

    fn wiped(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.wiped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key's statement, for others: when nothing is left of the key, in the log neither.
    async fn stated(&self, key: &KeptKey, destruction: Destruction) -> Result<Destruction, Denial> {
        if self.wipe(key).await? { Ok(destruction) } else { Err(Denial::Unwiped) }
    }

    fn destruction(&self, key: &KeptKey) -> Destruction {
        let (charter, number) = (key.request.charter, key.request.number);
        Destruction::sign(charter, number, key.public, self.clock.now(), self.home.signing_key())
    }

    /// The key as it stands now: destroyed first, if its time has come.
    async fn settle(&self, mut key: KeptKey) -> Result<KeptKey, StoreFault> {
        if key.destruction.is_none() && key.close <= self.clock.now() {
            key.destruction = Some(self.destroy_key(&key).await?);
        }
        Ok(key)
    }

    /// That a key is still there.
    fn held(key: &KeptKey) -> Result<(), Denial> {
        key.destruction.as_ref().map_or(Ok(()), |gone| Err(Denial::Destroyed(gone.destroyed)))
    }

    fn card_of(&self, peer: Pin) -> Result<&Card, Denial> {
        self.admitted.card(peer).ok_or(Denial::NotAdmitted)
    }

    /// A charter under which a key was made, for those whom it names. For others it is one that is not there.
    async fn charter(&self, peer: Pin, hash: CharterHash) -> Result<Agreed, Denial> {
        let peer = self.card_of(peer)?;
        let charter = self.agreed(hash).await?.ok_or(Denial::NoKey)?;
        if server::names(charter.terms(), peer) { Ok(charter) } else { Err(Denial::NoKey) }
    }

    async fn agreed(&self, hash: CharterHash) -> Result<Option<Agreed>, Denial> {
        let Some(proposal) = self.store.charter(hash).await? else { return Ok(None) };
        Ok(Some(proposal.agreed().map_err(|_| StoreFault::Damaged("charter"))?))
    }

    /// The peer's place in a charter.
    fn place(peer: Pin, terms: &Terms) -> Option<usize> {
        terms.members.iter().position(|member| *member.tls() == peer.0)
    }

    /// The place of the member for whom a peer acts: the one that it names, for whom it must be a carrier, or itself.
    fn place_for(peer: Pin, terms: &Terms, member: Option<usize>) -> Result<usize, Denial> {
        let own = Self::place(peer, terms);
        let Some(member) = member else { return own.ok_or(Denial::NoKey) };
        if own == Some(member) || terms.carries(&peer.0, member) {
            return Ok(member);
        }
        let name = terms.members.get(member).map(CardCore::name).ok_or(Refusal::Request("there is no such member"))?;
        Err(Denial::NotACarrier(name.to_owned()))
    }

    /// `what` is for conveners alone.
    fn only_convener(peer: Pin, terms: &Terms, what: &'static str) -> Result<(), Denial> {
        if Self::place(peer, terms).is_some_and(|place| terms.conveners.contains(&place)) {
            return Ok(());
        }
        Err(Denial::NotTheConvener { convener: terms.conveners_in_words(), what })
    }

    fn watch<T>(&self, call: &'static str, result: Result<T, Denial>) -> Result<T, Denial> {
        self.disk.watch(call, result)
    }
}

fn log_destroyed(key: &KeptKey) {
    tracing::info!(charter = %key.request.charter, number = key.request.number, key = %shown(&key.public), "key destroyed");
}

/// The beginning of a key, which is enough to tell it from others.
fn shown(key: &PublicKey) -> String {
    data_encoding::HEXLOWER.encode(&key.as_bytes()[..6])
}

/// Serves until `shutdown` ends or the disk fails.
pub async fn serve(
    custodian: Arc<Custodian>,
    listener: TcpListener,
    limits: &Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let service = wire::custodian::serve(custodian.clone());
    server::serve(&*custodian, service, listener, limits, shutdown).await
}

impl Serving for Custodian {
    type Refusal = Denial;

    fn home(&self) -> &Home {
        &self.home
    }

    fn database(&self) -> &Database {
        self.store.database()
    }

    fn admitted(&self) -> &Admitted {
        &self.admitted
    }

    fn disk(&self) -> &Disk {
        &self.disk
    }

    async fn tick(&self) -> Result<(), Denial> {
        Self::tick(self).await
    }
}

impl Refusing for Denial {
    fn fault(&self) -> Option<&StoreFault> {
        match self {
            Self::Store(fault) => Some(fault),
            Self::Request(refusal) => refusal.fault(),
            _ => None,
        }
    }
}

impl Evaluating for Custodian {
    async fn open_key(
        &self,
        peer: Pin,
        proposal: Proposal,
        request: KeyRequest,
        signature: Signature,
    ) -> Result<RoundKey, Denial> {
        self.watch("open key", key::open(self, peer, proposal, request, signature).await)
    }

    async fn present(&self, peer: Pin, order: SignedOrder, member: Option<usize>) -> Result<Metered, Denial> {
        self.watch("present order", key::present(self, peer, order, member).await)
    }

    async fn evaluate(&self, peer: Pin, round: RoundHash, batch: Batch) -> Result<Evaluated, Denial> {
        self.watch("evaluate", evaluate::evaluate(self, peer, round, batch).await)
    }

    async fn destroy(&self, peer: Pin, charter: CharterHash, key: PublicKey) -> Result<Destruction, Denial> {
        self.watch("destroy key", key::destroy(self, peer, charter, key).await)
    }

    async fn key(&self, peer: Pin, charter: CharterHash, key: PublicKey) -> Result<Option<Destruction>, Denial> {
        self.watch("key", key::show(self, peer, charter, key).await)
    }
}

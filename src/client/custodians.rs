//! The custodians of an exchange, as its members and couriers talk to them: keys are asked for, orders shown, keys
//! destroyed. What evaluations are asked for is in [`super::evaluate`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::task::JoinSet;
use tonic::Status;

use super::said::Failed;
use super::{Client, ClientError, RoundView};
use crate::charter::{Custodian, Proposal, Terms};
use crate::home::Home;
use crate::identity::CardId;
use crate::oprf::{Evaluated, OprfFault};
use crate::round::{Destruction, KeyRequest, OrderFault, RoundHash, RoundKey, SignedOrder};
use crate::transport::{self, ConnectError, Connection, Pin, TlsIdentity};
use crate::wire::custodian::{Batch, CustodianCalls, Metered};

/// How often a custodian that is away is called again, and after what wait.
pub(super) const RETRIES: u32 = 3;
pub(super) const RETRY_WAIT: Duration = Duration::from_secs(1);

/// Why a custodian did not do its part.
#[derive(Debug, Error)]
pub enum CustodianFault {
    /// No connection, or no longer.
    #[error(transparent)]
    Away(#[from] ConnectError),
    /// Its no, in its words: hostile until printed safely.
    #[error("it refused: {0}")]
    Refused(String),
    /// It could not do it this time, in its words; what was on its way is kept.
    #[error("it did not finish: {0}; try again")]
    Unfinished(String),
    /// A key that it has not signed for.
    #[error("its answer is not to be trusted: {0}; tell the other members")]
    Order(#[from] OrderFault),
    /// An evaluation that it did not prove.
    #[error("its answer is not to be trusted: {0}; do not publish, and tell the other members")]
    Unproven(#[from] OprfFault),
    /// An answer that is not even well-formed.
    #[error("its answer is not to be trusted: {0}; tell the other members")]
    Unreadable(String),
    /// A statement of destruction that it has not signed.
    #[error(
        "its answer is not to be trusted: it did not sign for the destruction of the round's key; tell the other members"
    )]
    Undestroyed,
}

impl From<Failed> for CustodianFault {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Connection(fault) => Self::Away(fault),
            Failed::Unreadable(words) => Self::Unreadable(words),
            Failed::Unfinished(words) => Self::Unfinished(words),
            Failed::NotThere(words) | Failed::Refused(words) => Self::Refused(words),
        }
    }
}

/// Where a custodian's key of a round stands.
#[derive(Debug)]
pub enum KeyState {
    /// It says that it holds it.
    Held,
    /// It has signed that it destroyed it.
    Destroyed(Destruction),
    /// It does not say.
    Unknown(ClientError),
}

/// A connection to one custodian.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) custodian: Custodian,
    connection: Connection,
    calls: CustodianCalls,
}

impl Link {
    fn new(custodian: &Custodian, connection: Connection) -> Self {
        let calls = CustodianCalls::new(connection.channel());
        Self { custodian: custodian.clone(), connection, calls }
    }

    /// What it answers; while it is away, after some tries.
    pub(super) async fn call<T, F: Future<Output = Result<T, Status>>>(
        &self,
        call: impl Fn(CustodianCalls) -> F,
    ) -> Result<T, CustodianFault> {
        let mut tries = 0;
        loop {
            let failed = match call(self.calls.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(status) => Failed::new(&self.connection, &status),
            };
            if tries == RETRIES || !matches!(failed, Failed::Connection(_) | Failed::Unfinished(_)) {
                return Err(failed.into());
            }
            tries += 1;
            tokio::time::sleep(RETRY_WAIT).await;
        }
    }

    /// The fault, with whose it is.
    pub(super) fn fault(&self, fault: impl Into<CustodianFault>) -> ClientError {
        named(&self.custodian, fault)
    }
}

pub(super) fn named(custodian: &Custodian, fault: impl Into<CustodianFault>) -> ClientError {
    ClientError::Custodian { name: custodian.card.name().to_owned(), fault: Box::new(fault.into()) }
}

/// The custodians that a home has talked to, and talks to again over the same connections.
pub struct Custodians<'h> {
    pub(super) home: &'h Home,
    connections: HashMap<CardId, Connection>,
}

impl<'h> Custodians<'h> {
    /// For the identity of this home. Connections are made when they are needed.
    pub fn new(home: &'h Home) -> Self {
        Self { home, connections: HashMap::new() }
    }

    /// A custodian that is reached over a connection which is there already. For tests.
    pub fn over(&mut self, custodian: CardId, connection: Connection) {
        self.connections.insert(custodian, connection);
    }

    /// Bytes sent and received so far.
    pub fn traffic(&self) -> (u64, u64) {
        self.connections
            .values()
            .fold((0, 0), |(sent, received), connection| (sent + connection.sent(), received + connection.received()))
    }

    /// Connections to all custodians of a charter; or why there is none to one of them.
    pub(super) async fn links(&mut self, terms: &Terms) -> Result<Vec<Link>, ClientError> {
        self.reach(terms).await.into_iter().collect()
    }

    /// As [`Client::links`], for what each of them is to do by itself.
    async fn reach(&mut self, terms: &Terms) -> Vec<Result<Link, ClientError>> {
        let custodians = terms.custody.custodians();
        let mut connecting = JoinSet::new();
        for (place, custodian) in custodians.iter().enumerate() {
            if !self.connections.contains_key(&custodian.card.id()) {
                let (url, pin, tls) = (custodian.url.clone(), Pin(*custodian.card.tls()), self.home.tls());
                let identity = TlsIdentity::new(tls.certificate_der().to_vec(), tls.private_key_der());
                connecting.spawn(async move {
                    match identity {
                        Ok(identity) => (place, connect(&url, &identity, pin).await.map_err(Ok)),
                        Err(error) => (place, Err(Err(error))),
                    }
                });
            }
        }
        let mut failed: Vec<Option<ClientError>> = custodians.iter().map(|_| None).collect();
        while let Some(joined) = connecting.join_next().await {
            let Ok((place, connected)) = joined else { continue };
            let custodian = &custodians[place];
            match connected {
                Ok(connection) => drop(self.connections.insert(custodian.card.id(), connection)),
                Err(Ok(fault)) => failed[place] = Some(named(custodian, fault)),
                Err(Err(error)) => failed[place] = Some(error.into()),
            }
        }
        let link = |(custodian, failed): (&Custodian, Option<ClientError>)| {
            let connection = self.connections.get(&custodian.card.id());
            let connection = connection.ok_or_else(|| failed.unwrap_or_else(|| stopped(custodian)))?;
            Ok(Link::new(custodian, connection.clone()))
        };
        custodians.iter().zip(failed).map(link).collect()
    }

    /// Keys for a round that is about to be opened, one from each custodian. If one gives none, the others' are destroyed:
    /// there is no round with half of its keys.
    pub(super) async fn ask_for_keys(
        &mut self,
        proposal: &Proposal,
        request: &KeyRequest,
    ) -> Result<Vec<RoundKey>, ClientError> {
        let links = self.links(proposal.charter().terms()).await?;
        let signature = &request.sign(self.home.signing_key());
        let mut keys = Vec::new();
        for link in &links {
            let asked = link.call(|mut calls| async move { calls.open_key(proposal, request, signature).await }).await;
            let given = asked.and_then(|key| Ok(key.verify(request, &link.custodian.card).map(|()| key)?));
            match given {
                Ok(key) => keys.push(key),
                Err(fault) => {
                    self.give_back(&links, request, &keys).await;
                    return Err(link.fault(fault));
                }
            }
        }
        Ok(keys)
    }

    /// Has keys destroyed that no round will be opened with. One that cannot be told destroys its key at the time when the
    /// round would have closed.
    pub(super) async fn give_back(&self, links: &[Link], request: &KeyRequest, keys: &[RoundKey]) {
        for (link, key) in links.iter().zip(keys) {
            let _ = link.calls.clone().destroy(request.charter, &key.key).await;
        }
    }

    /// Shows an order to the custodians, whose keys it carries; gives each one's meter of this home, or of the member at this
    /// place, for whom it carries.
    pub(super) async fn present(
        &self,
        links: &[Link],
        order: &SignedOrder,
        member: Option<usize>,
    ) -> Result<Vec<Metered>, ClientError> {
        let mut meters = Vec::new();
        for link in links {
            let presented = link.call(|mut calls| async move { calls.present(order, member).await }).await;
            meters.push(presented.map_err(|fault| link.fault(fault))?);
        }
        Ok(meters)
    }
}

impl Client<'_> {
    /// Where the custodians' keys stand, in the charter's order: as the round's record has it, else as they say. What they
    /// have destroyed goes on record.
    pub async fn key_states(&mut self, view: &RoundView) -> Vec<KeyState> {
        self.each_key(view, false).await
    }

    /// Has the custodians destroy their keys before their time, as a convener. Repeating it asks those again that were away.
    pub(super) async fn destroy_keys(&mut self, view: &RoundView) -> Vec<KeyState> {
        self.each_key(view, true).await
    }

    async fn each_key(&mut self, view: &RoundView, destroy: bool) -> Vec<KeyState> {
        let mut states = Vec::new();
        let links = match view.destroyed.len() == view.round.order().keys().len() {
            // Nobody has to be asked.
            true => Vec::new(),
            false => self.custodians.reach(view.charter.terms()).await,
        };
        let mut links = links.into_iter();
        for place in 0..view.round.order().keys().len() {
            let (link, recorded) = (links.next(), view.destroyed_by(place));
            states.push(match (recorded, link) {
                (Some(destruction), _) => KeyState::Destroyed(destruction.clone()),
                (None, Some(Ok(link))) => self.key_of(view, place, &link, destroy).await,
                (None, Some(Err(error))) => KeyState::Unknown(error),
                (None, None) => KeyState::Unknown(stopped(&view.charter.terms().custody.custodians()[place])),
            });
        }
        states
    }

    async fn key_of(&mut self, view: &RoundView, place: usize, link: &Link, destroy: bool) -> KeyState {
        let (order, key) = (view.round.order(), &view.round.order().keys()[place].key);
        let asked = link
            .call(|mut calls| async move {
                match destroy {
                    true => calls.destroy(order.charter, key).await.map(Some),
                    false => calls.key(order.charter, key).await,
                }
            })
            .await;
        match asked {
            Ok(None) => KeyState::Held,
            Ok(Some(destruction)) if view.round.destroyed(&view.charter, place, &destruction).is_ok() => {
                // What is not on record now comes with the next look.
                let _ = self.calls.clone().record_destruction(view.round.hash(), place, &destruction).await;
                KeyState::Destroyed(destruction)
            }
            Ok(Some(_)) => KeyState::Unknown(link.fault(CustodianFault::Undestroyed)),
            Err(fault) => KeyState::Unknown(link.fault(fault)),
        }
    }
}

/// What batches of a round are sent out with.
pub(super) struct Asking {
    pub(super) round: RoundHash,
    pub(super) links: Vec<Link>,
}

impl Asking {
    /// What each custodian says to a batch, in the charter's order; all are asked at once.
    pub(super) async fn answers(self: &Arc<Self>, batch: Batch) -> Result<Vec<Evaluated>, ClientError> {
        let mut asking = JoinSet::new();
        for place in 0..self.links.len() {
            let (asked, batch) = (self.clone(), batch.clone());
            asking.spawn(async move {
                let (link, round, batch) = (&asked.links[place], asked.round, &batch);
                let answer = link.call(|mut calls| async move { calls.evaluate(round, batch).await }).await;
                (place, answer.map_err(|fault| link.fault(fault)))
            });
        }
        let mut answers: Vec<Option<Evaluated>> = self.links.iter().map(|_| None).collect();
        while let Some(joined) = asking.join_next().await {
            let (place, answer) = joined.map_err(|_| ClientError::Stopped)?;
            answers[place] = Some(answer?);
        }
        answers.into_iter().collect::<Option<_>>().ok_or(ClientError::Stopped)
    }
}

/// Batches under way: enough for every core to compute while others travel.
pub(super) fn in_flight() -> usize {
    2 * cores()
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

async fn connect(url: &str, identity: &TlsIdentity, pin: Pin) -> Result<Connection, ConnectError> {
    let mut tries = 0;
    loop {
        match transport::connect(url, identity, pin).await {
            Err(ConnectError::Unreachable { .. }) if tries < RETRIES => tries += 1,
            connected => return connected,
        }
        tokio::time::sleep(RETRY_WAIT).await;
    }
}

/// A task that was given up with the program.
fn stopped(custodian: &Custodian) -> ClientError {
    named(custodian, CustodianFault::Unfinished("the connection was given up".to_owned()))
}

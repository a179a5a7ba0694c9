//! The custodians of an exchange, as its members and couriers talk to them: keys are asked for, orders shown, keys
//! destroyed. What evaluations are asked for is in [`super::evaluate`].

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::link::{CustodianFault, Link, RETRY_WAIT, named};
use super::{Client, ClientError, RoundView};
use crate::charter::{Custodian, Proposal, Terms};
use crate::home::Home;
use crate::identity::CardId;
use crate::round::{Destruction, KeyRequest, RoundKey, SignedOrder};
use crate::transport::{Connection, TlsIdentity};
use crate::wire::custodian::Metered;

/// How long the matcher may take to put a statement on record.
const RECORDING: Duration = Duration::from_secs(10);

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

/// The custodians that a home has talked to, and talks to again over the same connections.
pub struct Custodians<'h> {
    home: &'h Home,
    connections: HashMap<CardId, Connection>,
    wait: Duration,
}

impl<'h> Custodians<'h> {
    /// For the identity of this home. Connections are made when they are needed.
    pub fn new(home: &'h Home) -> Self {
        Self { home, connections: HashMap::new(), wait: RETRY_WAIT }
    }

    /// A custodian that is reached over a connection which is there already. For tests.
    pub fn over(&mut self, custodian: CardId, connection: Connection) {
        self.connections.insert(custodian, connection);
    }

    /// Calls custodians that are away again after this time, in place of a second. For tests.
    pub fn retry_after(&mut self, wait: Duration) {
        self.wait = wait;
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

    /// As [`Custodians::links`], for what each of them is to do by itself.
    async fn reach(&mut self, terms: &Terms) -> Vec<Result<Link, ClientError>> {
        let custodians = terms.custody.custodians();
        let away: Vec<&Custodian> =
            custodians.iter().filter(|custodian| !self.connections.contains_key(&custodian.card.id())).collect();
        let mut failed = self.connect(&away).await;
        let link = |custodian: &Custodian| match self.connections.get(&custodian.card.id()) {
            Some(connection) => Ok(Link::new(custodian, connection.clone(), self.wait)),
            None => Err(failed.remove(&custodian.card.id()).unwrap_or(ClientError::Stopped)),
        };
        custodians.iter().map(link).collect()
    }

    /// Connects to all of these at once, and keeps the connections; why there is none to some of them.
    async fn connect(&mut self, custodians: &[&Custodian]) -> HashMap<CardId, ClientError> {
        let mut connecting = JoinSet::new();
        let mut failed = HashMap::new();
        for custodian in custodians {
            match TlsIdentity::of(self.home) {
                Ok(identity) => {
                    let (custodian, wait) = ((*custodian).clone(), self.wait);
                    connecting.spawn(async move {
                        let connected = Link::connect(&custodian, &identity, wait).await;
                        (custodian, connected)
                    });
                }
                Err(error) => drop(failed.insert(custodian.card.id(), error.into())),
            }
        }
        while let Some(joined) = connecting.join_next().await {
            match joined {
                Ok((custodian, Ok(connection))) => drop(self.connections.insert(custodian.card.id(), connection)),
                Ok((custodian, Err(fault))) => drop(failed.insert(custodian.card.id(), named(&custodian, fault))),
                // Whose it was is told by what is missing.
                Err(_) => {}
            }
        }
        failed
    }

    /// Keys for a round that is about to be opened, one from each custodian. If one gives none, the others' are destroyed:
    /// there is no round with half of its keys.
    pub(super) async fn ask_for_keys(
        &self,
        links: &[Link],
        proposal: &Proposal,
        request: &KeyRequest,
    ) -> Result<Vec<RoundKey>, ClientError> {
        let signature = &request.sign(self.home.signing_key());
        let mut keys = Vec::new();
        for link in links {
            let asked = link.call(|mut calls| async move { calls.open_key(proposal, request, signature).await }).await;
            let given = asked.and_then(|key| Ok(key.verify(request, &link.custodian.card).map(|()| key)?));
            match given {
                Ok(key) => keys.push(key),
                Err(fault) => {
                    self.give_back(links, request, &keys).await;
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
            let _ = link.call(|mut calls| async move { calls.destroy(request.charter, &key.key).await }).await;
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
        let keys = view.round.order().keys().len();
        if view.destroyed.len() == keys {
            // Nobody has to be asked.
            return view.destroyed.iter().map(|(_, gone)| KeyState::Destroyed(gone.clone())).collect();
        }
        // All at once: none waits for another, and none for the matcher.
        let mut asking = JoinSet::new();
        let mut states = Vec::new();
        for (place, link) in self.custodians.reach(view.charter.terms()).await.into_iter().enumerate() {
            states.push(match (view.destroyed_by(place), link) {
                (Some(gone), _) => KeyState::Destroyed(gone.clone()),
                (None, Ok(link)) => {
                    let (charter, key) = (view.charter.hash(), view.round.order().keys()[place].key);
                    asking.spawn(async move { (place, link.key_state(charter, key, destroy).await, link) });
                    KeyState::Unknown(ClientError::Stopped)
                }
                (None, Err(error)) => KeyState::Unknown(error),
            });
        }
        let mut fresh = Vec::new();
        while let Some(joined) = asking.join_next().await {
            let Ok((place, said, link)) = joined else { continue };
            states[place] = match said {
                Ok(None) => KeyState::Held,
                Ok(Some(gone)) if view.round.destroyed(&view.charter, place, &gone).is_ok() => {
                    fresh.push((place, gone.clone()));
                    KeyState::Destroyed(gone)
                }
                Ok(Some(_)) => KeyState::Unknown(link.fault(CustodianFault::Undestroyed)),
                Err(fault) => KeyState::Unknown(link.fault(fault)),
            };
        }
        for (place, gone) in fresh {
            // What is not on record now comes with the next look.
            let mut calls = self.calls.clone();
            let _ = timeout(RECORDING, calls.record_destruction(view.round.hash(), place, &gone)).await;
        }
        states
    }
}

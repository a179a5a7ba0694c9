//! A member's calls to a matcher and to custodians. What they say is verified before it is returned: charters by their hash and
//! signatures, orders by the charter, receipts by the matcher's key, answers by the question.

mod book;
mod courier;
mod custodians;
mod drafting;
mod error;
mod evaluate;
mod kept;
mod known;
mod link;
pub mod offline;
mod overlaps;
mod publish;
mod said;
mod seeds;
mod server;
mod versions;
mod withdraw;

use tonic::Status;

pub use self::courier::Sealed;
pub use self::custodians::{Custodians, KeyState};
pub use self::drafting::Drafting;
pub use self::error::ClientError;
pub use self::kept::sweep;
pub use self::known::Known;
pub use self::link::CustodianFault;
use self::said::Failed;
pub use self::server::Server;
pub(crate) use self::versions::is_called;
pub use self::versions::{Version, Versions};
use crate::charter::{Agreed, Charter, CharterHash, Custody, Proposal, Terms};
use crate::clock::Clock;
use crate::custody::shared::Salt;
use crate::home::Home;
use crate::identity::{Card, CardCore, Fingerprint};
use crate::round::{
    Destruction, Extension, KeyRequest, Order, Phase, Published, Round, SeedSource, SignedOrder, Withdrawn,
};
use crate::secret;
use crate::transport::{self, Connection, Pin, TlsIdentity};
use crate::wire::{CharterState, MatcherCalls};

/// How far a long step is.
pub trait Progress {
    /// A step begins: its name, and how much it takes, of which unit.
    fn begin(&self, what: &'static str, count: u64, unit: &'static str);
    /// So many more are done.
    fn step(&self, count: u64);
    /// The step is done.
    fn end(&self);
}

/// Progress for nobody.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: u64, _: &'static str) {}
    fn step(&self, _: u64) {}
    fn end(&self) {}
}

/// A connection to a matcher from a home.
pub struct Client<'h> {
    home: &'h Home,
    matcher: Card,
    connection: Connection,
    calls: MatcherCalls,
    custodians: Custodians<'h>,
    clock: Clock,
}

/// A round as a member sees it: the order held against the charter, and where the matcher says that the round stands.
pub struct RoundView {
    /// The charter in force.
    pub charter: Agreed,
    /// The round.
    pub round: Round,
    /// Its phase.
    pub phase: Phase,
    /// Who has published, by rising place.
    pub lists: Vec<Published>,
    /// Who had a list and has none now, by rising place.
    pub withdrawn: Vec<Withdrawn>,
    /// What custodians have stated of their keys, by their places in the charter: that they are destroyed.
    pub destroyed: Vec<(usize, Destruction)>,
    /// The home's own place.
    pub own: usize,
}

impl RoundView {
    /// A member's published list.
    pub fn list_of(&self, member: usize) -> Option<&Published> {
        self.lists.iter().find(|list| list.member == member)
    }

    /// The statement of the custodian at this place, if it has destroyed its key.
    pub fn destroyed_by(&self, custodian: usize) -> Option<&Destruction> {
        self.destroyed.iter().find(|(place, _)| *place == custodian).map(|(_, destruction)| destruction)
    }

    /// What a member withdrew, if it has no other list now.
    pub fn withdrawn_of(&self, member: usize) -> Option<&Withdrawn> {
        self.withdrawn.iter().find(|list| list.member == member)
    }
}

impl<'h> Client<'h> {
    /// Connects with the home's card; the server must hold the card that the home remembers for it.
    pub async fn connect(home: &'h Home, server: &Server) -> Result<Self, ClientError> {
        let identity = TlsIdentity::of(home)?;
        let connection = transport::connect(&server.url, &identity, Pin(*server.card.core().tls())).await?;
        Ok(Self::over(home, server.card.clone(), connection, Clock::system()))
    }

    /// Over a connection that is there already.
    pub fn over(home: &'h Home, matcher: Card, connection: Connection, clock: Clock) -> Self {
        let calls = MatcherCalls::new(connection.channel());
        Self { home, matcher, connection, calls, custodians: Custodians::new(home), clock }
    }

    /// The matcher's card.
    pub fn matcher(&self) -> &Card {
        &self.matcher
    }

    /// The custodians that this home talks to.
    pub fn custodians(&mut self) -> &mut Custodians<'h> {
        &mut self.custodians
    }

    /// Bytes sent to and received from custodians so far.
    pub fn custodian_traffic(&self) -> (u64, u64) {
        self.custodians.traffic()
    }

    /// Bytes sent so far.
    pub fn sent(&self) -> u64 {
        self.connection.sent()
    }

    /// Bytes received so far.
    pub fn received(&self) -> u64 {
        self.connection.received()
    }

    /// Signs a charter as its convener and uploads it.
    pub async fn propose(&mut self, charter: Charter) -> Result<Proposal, ClientError> {
        let own = self.own_place(charter.terms())?;
        let signature = charter.sign(self.home.signing_key());
        let mut proposal = Proposal::new(charter);
        proposal.add(own, signature)?;
        self.said(self.calls.clone().propose(&proposal).await)?;
        Known::new(self.home).remember(&proposal)?;
        Ok(proposal)
    }

    /// Hash and name of the exchanges that name this home.
    pub async fn exchanges(&mut self) -> Result<Vec<(CharterHash, String)>, ClientError> {
        self.said(self.calls.clone().charters().await)
    }

    /// A charter that names this home, and where the matcher says that it stands. One in force is remembered.
    async fn charter(&mut self, hash: CharterHash) -> Result<CharterState, ClientError> {
        let state = self.said(self.calls.clone().charter(hash).await)?;
        if state.proposal.charter().hash() != hash {
            return Err(ClientError::Misbehaved("it gave another charter than the one that was asked for"));
        }
        self.refuse_stranger(state.proposal.charter().terms())?;
        // Its own signature is under what a member remembers, so that nobody can fill a home with charters.
        let member = self.own_place(state.proposal.charter().terms()).is_ok();
        if member && state.proposal.agreed().is_ok() {
            Known::new(self.home).remember(&state.proposal)?;
        }
        Ok(state)
    }

    /// Signs a charter, if every card in it, the matcher's too, is in the home's book or its fingerprint was read to
    /// somebody and given here: so the matcher can invent nobody.
    pub async fn sign(&mut self, proposal: &Proposal, vouched: &[Fingerprint]) -> Result<Proposal, ClientError> {
        let terms = proposal.charter().terms();
        let own = self.own_place(terms)?;
        book::refuse_unknown(self.home, terms, vouched)?;
        let signature = proposal.charter().sign(self.home.signing_key());
        self.said(self.calls.clone().sign(proposal.charter().hash(), None, &signature).await)?;
        let mut signed = self.charter(proposal.charter().hash()).await?.proposal;
        signed.add(own, signature)?;
        Known::new(self.home).remember(&signed)?;
        Ok(signed)
    }

    /// Resigns from a charter that this home has signed: no round is opened under it any more. Repeating it changes nothing.
    pub async fn resign(&mut self, proposal: &Proposal) -> Result<Proposal, ClientError> {
        let charter = proposal.charter();
        let own = self.own_place(charter.terms())?;
        let signature = charter.resign(self.home.signing_key());
        self.said(self.calls.clone().resign(charter.hash(), None, &signature).await)?;
        let resigned = self.charter(charter.hash()).await?.proposal;
        if !resigned.resignations().contains_key(&own) {
            return Err(ClientError::Misbehaved("it keeps back the resignation that it has just taken"));
        }
        Ok(resigned)
    }

    /// Opens the next round: draws the salt and seals it to each member, or gets the custodians' keys; signs the order.
    pub async fn open_round(&mut self, charter: &Agreed) -> Result<RoundView, ClientError> {
        let known = Known::new(self.home);
        if let Some(newer) = known.replacements(charter.hash())?.first() {
            return Err(ClientError::Replaced(newer.charter().terms().name.clone()));
        }
        let resigned = known.resigned(charter.hash())?;
        if !resigned.is_empty() {
            return Err(ClientError::Resigned(resigned.join(", ")));
        }
        let state = self.charter(charter.hash()).await?;
        let number = state.next_round;
        let request =
            KeyRequest { charter: charter.hash(), number, nonce: secret::random_bytes(), opened: self.clock.now() };
        match charter.terms().custody {
            Custody::Shared => self.open_with_salt(charter, &request).await?,
            Custody::Custodians(_) => self.open_with_keys(charter, &state.proposal, &request).await?,
        }
        let view = self.round(charter, Some(number)).await?;
        if view.round.order().nonce == request.nonce {
            Ok(view)
        } else {
            Err(ClientError::Misbehaved("it shows another round than the one that was just opened"))
        }
    }

    async fn open_with_salt(&mut self, charter: &Agreed, request: &KeyRequest) -> Result<(), ClientError> {
        let salt = Salt::random();
        let source = SeedSource::Salt(salt.commitment(&request.nonce));
        let order = Order::new(charter, request.number, request.nonce, request.opened, source);
        let hash = order.hash();
        let seal = |member: &CardCore| salt.seal(&hash, member.sealing());
        let sealed = charter.terms().members.iter().map(seal).collect();
        let signed = SignedOrder::sign(order, sealed, self.home.signing_key());
        self.said(self.calls.clone().open_round(&signed).await)
    }

    /// The custodians' keys come first: where one is missing, nothing is opened.
    async fn open_with_keys(
        &mut self,
        charter: &Agreed,
        proposal: &Proposal,
        request: &KeyRequest,
    ) -> Result<(), ClientError> {
        let links = self.custodians.links(charter.terms()).await?;
        self.refuse_while_open(charter).await?;
        let keys = self.custodians.ask_for_keys(&links, proposal, request).await?;
        let source = SeedSource::Keys(keys);
        let order = Order::new(charter, request.number, request.nonce, request.opened, source);
        let signed = SignedOrder::sign(order, Vec::new(), self.home.signing_key());
        let opened = self.said(self.calls.clone().open_round(&signed).await);
        // After any other failure the round may be open all the same.
        if let Err(ClientError::Refused(_) | ClientError::NotThere(_)) = opened {
            self.custodians.give_back(&links, request, signed.order.keys()).await;
        }
        opened?;
        // Members show it too: this only makes the keys the round's own before that.
        let _ = self.custodians.present(&links, &signed, None).await;
        Ok(())
    }

    /// What the matcher would refuse is not asked of custodians: each key that they make is theirs to account for.
    async fn refuse_while_open(&mut self, charter: &Agreed) -> Result<(), ClientError> {
        match self.round(charter, None).await {
            Ok(view) if view.phase == Phase::Open => Err(ClientError::StillOpen(view.round.order().number)),
            Ok(_) | Err(ClientError::NotThere(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The round with this number, or the latest. What a purged round left in the home is wiped.
    pub async fn round(&mut self, charter: &Agreed, number: Option<u32>) -> Result<RoundView, ClientError> {
        let own = self.own_place(charter.terms())?;
        let state = self.said(self.calls.clone().round(charter.hash(), number).await)?;
        let round = state.order.verify(charter)?;
        if number.is_some_and(|number| number != round.order().number) {
            return Err(ClientError::Misbehaved("it gave another round than the one that was asked for"));
        }
        if !lists_of_members(&state.lists, &state.withdrawn, charter.terms().members.len()) {
            return Err(ClientError::Misbehaved("it names lists of nobody"));
        }
        // By this home's clock too: an old round that is given out as open would take today's list under an old salt.
        let phase = round.phase_at(self.clock.now(), state.phase);
        if phase == Phase::Purged {
            kept::wipe(self.home, round.hash())?;
        }
        let destroyed = state.destructions;
        if !destroyed.is_sorted_by(|(a, _), (b, _)| a < b)
            || destroyed.iter().any(|(place, destruction)| round.destroyed(charter, *place, destruction).is_err())
        {
            return Err(ClientError::Misbehaved("it says that a custodian destroyed a key, and the custodian did not"));
        }
        let (lists, withdrawn) = (state.lists, state.withdrawn);
        Ok(RoundView { charter: charter.clone(), round, phase, lists, withdrawn, destroyed, own })
    }

    /// Moves the close of an open round later. The custodians hear of it first, or one of them could destroy its key before.
    pub async fn extend_round(&mut self, view: &RoundView, close: u64) -> Result<RoundView, ClientError> {
        if view.phase != Phase::Open {
            return Err(ClientError::TooLateToMove(view.phase));
        }
        let extension = Extension::sign(view.round.hash(), close, self.home.signing_key());
        let mut moved = view.round.signed().clone();
        moved.extension = Some(extension.clone());
        let links = self.custodians.links(view.charter.terms()).await?;
        self.custodians.present(&links, &moved, None).await?;
        self.said(self.calls.clone().extend_round(view.round.hash(), &extension).await)?;
        self.round(&view.charter, Some(view.round.order().number)).await
    }

    /// Closes a round before its time, and has the custodians destroy their keys. Gives where each key stands then: closing
    /// again asks those that were away; one that hears nothing destroys its key at the time that the order has for the close.
    pub async fn close_round(&mut self, view: &RoundView) -> Result<Vec<KeyState>, ClientError> {
        // Whatever the matcher says to it, the custodians are told.
        let closed = self.said(self.calls.clone().close_round(view.round.hash()).await);
        let closed = match closed {
            // Not this home's to close.
            Err(error @ ClientError::Refused(_)) => return Err(error),
            closed => closed,
        };
        let keys = self.destroy_keys(view).await;
        closed.map(|()| keys)
    }

    /// Purges a round before its time, at the matcher and in this home.
    pub async fn purge_round(&mut self, view: &RoundView) -> Result<(), ClientError> {
        self.said(self.calls.clone().purge_round(view.round.hash()).await)?;
        Ok(kept::wipe(self.home, view.round.hash())?)
    }

    /// The home's place in a charter of the connected matcher.
    fn own_place(&self, terms: &Terms) -> Result<usize, ClientError> {
        if terms.matcher != *self.matcher.core() {
            return Err(ClientError::OtherMatcher);
        }
        book::place(self.home, terms)
    }

    /// A charter is for those whom it names, its members and its couriers, and for those who succeed them.
    fn refuse_stranger(&self, terms: &Terms) -> Result<(), ClientError> {
        match self.own_place(terms) {
            Ok(_) | Err(ClientError::OnlyCarries | ClientError::OnlySucceeds) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The matcher's word, or why there is none.
    fn said<T>(&self, result: Result<T, Status>) -> Result<T, ClientError> {
        result.map_err(|status| match Failed::new(&self.connection, &status) {
            Failed::Connection(fault) => ClientError::Connect(fault),
            Failed::Unreadable(words) => ClientError::Unreadable(words),
            Failed::NotThere(words) => ClientError::NotThere(words),
            Failed::Unfinished(words) => ClientError::Unfinished(words),
            Failed::Final(words) | Failed::Refused(words) => ClientError::Refused(words),
        })
    }
}

/// Whether lists, there or withdrawn, are of members, each once, and in order.
fn lists_of_members(lists: &[Published], withdrawn: &[Withdrawn], members: usize) -> bool {
    let there: Vec<usize> = lists.iter().map(|list| list.member).collect();
    let gone: Vec<usize> = withdrawn.iter().map(|list| list.member).collect();
    let in_order =
        |places: &[usize]| places.is_sorted_by(|a, b| a < b) && places.last().is_none_or(|last| *last < members);
    in_order(&there) && in_order(&gone) && !there.iter().any(|member| gone.contains(member))
}

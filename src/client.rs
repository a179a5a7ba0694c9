//! A member's calls to a matcher. What the matcher says is verified before it is returned: charters by their hash and
//! signatures, orders by the charter, receipts by the matcher's key, answers by the question.

mod book;
mod courier;
mod kept;
mod known;
pub mod offline;
mod overlaps;
mod publish;
mod server;
mod versions;
mod withdraw;

use std::io;

use thiserror::Error;
use tonic::{Code, Status};

pub use self::courier::Sealed;
pub use self::kept::sweep;
pub use self::known::Known;
pub use self::publish::Drafting;
pub use self::server::Server;
pub use self::versions::{Version, Versions};
use crate::carried::CarriedFault;
use crate::charter::{Agreed, Charter, CharterHash, NotInForce, Proposal, SignatureFault, Terms};
use crate::clock::Clock;
use crate::custody::shared::{Salt, SaltFault};
use crate::home::{Home, HomeError};
use crate::identity::{Card, CardCore, CardError, Fingerprint};
use crate::list::DraftFault;
use crate::list::file::FileFault;
use crate::list::receipt::ReceiptFault;
use crate::round::{Extension, Order, OrderFault, Phase, Published, Round, SignedOrder, Withdrawn};
use crate::secret;
use crate::transport::{self, ConnectError, Connection, Pin, TlsIdentity, TlsIdentityError};
use crate::wire::{CharterState, MatcherCalls};

/// Why something could not be done. Each says what to do.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No connection, or no longer.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The matcher's no, in its words: hostile until printed safely.
    #[error("the matcher refused: {0}")]
    Refused(String),
    /// The matcher could not do it this time, in its words; what was on its way is kept.
    #[error("the matcher did not finish: {0}")]
    Unfinished(String),
    /// The matcher does not have it, in its words.
    #[error("the matcher refused: {0}")]
    NotThere(String),
    /// The home's own files.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The home's own TLS key.
    #[error(transparent)]
    Tls(#[from] TlsIdentityError),
    /// A card in the home that is none.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A file of a list.
    #[error("{file}: {fault}")]
    File {
        /// Which.
        file: String,
        /// What is wrong.
        fault: FileFault,
    },
    /// Writing or reading such a file.
    #[error("a file of this home: {0}")]
    Io(#[from] io::Error),
    /// This home is not named by the charter.
    #[error("the charter does not name this home's card: ask its convener for one that does")]
    NotAMember,
    /// A courier asks for what is a member's.
    #[error("this home carries files in the exchange and is no member of it: it can `round order` and `submit`")]
    OnlyCarries,
    /// A charter of before the keys changed.
    #[error(
        "the charter names the card that this home succeeds: go on with the old home until a charter that names the new card is in force"
    )]
    OnlySucceeds,
    /// An order under rules that are over.
    #[error("the order is under an old charter of {0}: a newer version is in force, so ask for an order under that")]
    OldCharter(String),
    /// What a courier brought.
    #[error(transparent)]
    Carried(#[from] CarriedFault),
    /// Tags that this home cannot read, or no longer.
    #[error(
        "{0}: these tags cannot be read here: they were changed or sealed in another home, their list was withdrawn, or the round is purged"
    )]
    TagsKey(String),
    /// Tags of one round with the order of another.
    #[error(
        "the tags are of a list that was sealed for another round than the order's: give the tags that were sealed with it"
    )]
    TagsOfAnotherRound,
    /// The order is not where it should be.
    #[error(
        "this home does not have the order that the list was sealed under: read the answer in the home that sealed it"
    )]
    NoOrder,
    /// An answer about something else.
    #[error("the answer is about another round than the tags: give the tags of the list that was asked about")]
    AnswerOfAnotherRound,
    /// An answer about an older or newer list.
    #[error("the answer is about list {answer}, and these are the tags of list {tags}: give the tags of list {answer}")]
    AnswerOfAnotherList {
        /// The answer's.
        answer: u32,
        /// The tags'.
        tags: u32,
    },
    /// The charter is for another server.
    #[error("the charter names another matcher than the one that this home is connected to: `connect` to that one")]
    OtherMatcher,
    /// More than one exchange of that name.
    #[error("more than one exchange has that name; name it by the beginning of its hash: {}", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// Cards that nobody has vouched for: the matcher may have invented them.
    #[error(
        "the charter names cards that are not in this home's book: {}. Get each card from its owner and `card add` it, \
         or have the fingerprint read to you and give it with --fingerprint",
        .0.join("; ")
    )]
    NotInBook(Vec<String>),
    /// A charter that somebody has not signed yet.
    #[error(transparent)]
    NotInForce(#[from] NotInForce),
    /// Rules that are over.
    #[error("{0} has a newer version: open the round under that")]
    Replaced(String),
    /// An exchange that goes on only without some of its members.
    #[error(
        "{0} resigned: no round is opened under this charter any more; propose an amendment without them \
         (`charter propose FILE --amends NAME`)"
    )]
    Resigned(String),
    /// A charter that the home remembers.
    #[error(
        "the file {0} of this home is damaged: remove it, and this home forgets that charter until it sees it again"
    )]
    DamagedCharter(String),
    /// A signature that does not fit.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
    /// An order that the convener did not sign.
    #[error("do not publish in this round: {0}")]
    Order(#[from] OrderFault),
    /// A salt that is not the round's.
    #[error(transparent)]
    Salt(#[from] SaltFault),
    /// Too late to publish.
    #[error("the round is {}: lists come in only while it is open; wait for the next", .0.name())]
    NotOpen(Phase),
    /// Too early or too late to ask.
    #[error("{}", match .0 {
        Phase::Open => "the round is open: overlaps are answered after its close",
        Phase::Closed | Phase::Purged => "the round is purged: its lists and answers are gone",
    })]
    NotAnswering(Phase),
    /// Nothing to take back.
    #[error("this home has sealed no list in this round, so there is nothing to withdraw")]
    NothingSealed,
    /// Nothing to ask about.
    #[error("this home has published no list in this round, so there is nothing to compare")]
    NoList,
    /// The file that the question needs is elsewhere or gone.
    #[error(
        "the tags of list {0} are not in this home: ask from the home that published it; a list that was sealed into a file is asked about with its tags (`question --order FILE --tags FILE`)"
    )]
    NoTags(u32),
    /// Indicators that make no list.
    #[error(transparent)]
    Draft(#[from] DraftFault),
    /// A receipt that is worth nothing.
    #[error("the list may not be published: {0}")]
    Receipt(#[from] ReceiptFault),
    /// An answer that no honest matcher gives.
    #[error("the matcher's answer is not to be trusted: {0}; tell the other members")]
    Misbehaved(&'static str),
    /// An answer that is not even well-formed, or with a signature that does not fit.
    #[error("the matcher's answer is not to be trusted: {0}; tell the other members")]
    Unreadable(String),
}

/// How far a long step is. Called with whole shards.
pub trait Progress {
    /// A step begins: its name, and how many shards it takes.
    fn begin(&self, what: &'static str, shards: u64);
    /// So many more shards are done.
    fn step(&self, shards: u64);
    /// The step is done.
    fn end(&self);
}

/// Progress for nobody.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: u64) {}
    fn step(&self, _: u64) {}
    fn end(&self) {}
}

/// A connection to a matcher from a home.
pub struct Client<'h> {
    home: &'h Home,
    matcher: Card,
    connection: Connection,
    calls: MatcherCalls,
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
    /// The home's own place.
    pub own: usize,
}

impl RoundView {
    /// A member's published list.
    pub fn list_of(&self, member: usize) -> Option<&Published> {
        self.lists.iter().find(|list| list.member == member)
    }

    /// What a member withdrew, if it has no other list now.
    pub fn withdrawn_of(&self, member: usize) -> Option<&Withdrawn> {
        self.withdrawn.iter().find(|list| list.member == member)
    }
}

impl<'h> Client<'h> {
    /// Connects with the home's card; the server must hold the card that the home remembers for it.
    pub async fn connect(home: &'h Home, server: &Server) -> Result<Self, ClientError> {
        let identity = TlsIdentity::new(home.tls().certificate_der().to_vec(), home.tls().private_key_der())?;
        let connection = transport::connect(&server.url, &identity, Pin(*server.card.core().tls())).await?;
        Ok(Self::over(home, server.card.clone(), connection, Clock::system()))
    }

    /// Over a connection that is there already.
    pub fn over(home: &'h Home, matcher: Card, connection: Connection, clock: Clock) -> Self {
        let calls = MatcherCalls::new(connection.channel());
        Self { home, matcher, connection, calls, clock }
    }

    /// The matcher's card.
    pub fn matcher(&self) -> &Card {
        &self.matcher
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

    /// Opens the next round: draws the salt, seals it to each member, signs the order.
    pub async fn open_round(&mut self, charter: &Agreed) -> Result<RoundView, ClientError> {
        let known = Known::new(self.home);
        if let Some(newer) = known.replacements(charter.hash())?.first() {
            return Err(ClientError::Replaced(newer.charter().terms().name.clone()));
        }
        let resigned = known.resigned(charter.hash())?;
        if !resigned.is_empty() {
            return Err(ClientError::Resigned(resigned.join(", ")));
        }
        let number = self.charter(charter.hash()).await?.next_round;
        let (salt, nonce) = (Salt::random(), secret::random_bytes());
        let order = Order::new(charter, number, nonce, self.clock.now(), salt.commitment(&nonce));
        let hash = order.hash();
        let seal = |member: &CardCore| salt.seal(&hash, member.sealing());
        let sealed = charter.terms().members.iter().map(seal).collect();
        let signed = SignedOrder::sign(order, sealed, self.home.signing_key());
        self.said(self.calls.clone().open_round(&signed).await)?;
        let view = self.round(charter, Some(number)).await?;
        if view.round.hash() == hash {
            Ok(view)
        } else {
            Err(ClientError::Misbehaved("it shows another round than the one that was just opened"))
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
        Ok(RoundView { charter: charter.clone(), round, phase, lists: state.lists, withdrawn: state.withdrawn, own })
    }

    /// Moves the close of an open round later.
    pub async fn extend_round(&mut self, view: &RoundView, close: u64) -> Result<RoundView, ClientError> {
        let extension = Extension::sign(view.round.hash(), close, self.home.signing_key());
        self.said(self.calls.clone().extend_round(view.round.hash(), &extension).await)?;
        self.round(&view.charter, Some(view.round.order().number)).await
    }

    /// Closes a round before its time.
    pub async fn close_round(&mut self, view: &RoundView) -> Result<(), ClientError> {
        self.said(self.calls.clone().close_round(view.round.hash()).await)
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
        result.map_err(|status| match self.connection.explain(&status) {
            Some(fault) => ClientError::Connect(fault),
            None if status.code() == Code::DataLoss => ClientError::Unreadable(status.message().to_owned()),
            None if status.code() == Code::NotFound => ClientError::NotThere(status.message().to_owned()),
            None => match status.code() {
                Code::Aborted
                | Code::Cancelled
                | Code::DeadlineExceeded
                | Code::Internal
                | Code::ResourceExhausted
                | Code::Unavailable
                | Code::Unknown => ClientError::Unfinished(status.message().to_owned()),
                _ => ClientError::Refused(status.message().to_owned()),
            },
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

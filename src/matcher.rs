//! The matching server: it keeps charters, orders and lists, and reveals overlaps; nothing else.
//!
//! Each RPC is a function in a file below, in the design's words; [`crate::wire`] decodes and encodes around it. A caller is
//! known by the key of its TLS connection, and what it may do follows from the charter that names its card.

mod ask;
mod exchange;
mod round;
mod upload;
mod withdraw;

use std::sync::Arc;

use tokio::net::TcpListener;

use crate::carried::Envelope;
use crate::carried::withdrawal::Withdrawal;
use crate::charter::{Agreed, CharterHash, Proposal, Terms};
use crate::clock::Clock;
use crate::home::Home;
use crate::identity::{Card, CardCore, Role, Signature};
use crate::list::file::Preamble;
use crate::round::{Destruction, Extension, Phase, Round, RoundHash, SignedOrder};
pub use crate::server::ServeError;
use crate::server::{self, Admitted, Disk, Refusing, Serving};
use crate::store::{Database, KeptRound, Store, StoreFault};
use crate::transport::{Limits, Pin};
use crate::wire::{
    self, Begun, CharterState, Incoming, Matching, Outgoing, Pieces, Refusal, RoundState, TagsPart, UploadPart,
};

/// The database's name in the home.
const DATABASE: &str = "matcher.db";
/// A matching server, not yet on a socket.
pub struct Matcher {
    home: Home,
    store: Store,
    clock: Clock,
    admitted: Admitted,
    disk: Disk,
}

impl Matcher {
    /// Opens the database in the home and admits the cards, in addition to those that were admitted before.
    pub async fn open(home: Home, admit: &[Card], clock: Clock) -> Result<Self, ServeError> {
        server::refuse_other_roles(&home, Role::Matcher)?;
        let path = home.path().join(DATABASE);
        let fault = |fault| ServeError::Store { path: path.clone(), fault };
        let store = Store::open(&path).await.map_err(fault)?;
        let admitted = Admitted::open(store.database(), admit, fault).await?;
        Ok(Self { home, store, clock, admitted, disk: Disk::new() })
    }

    /// The card that members pin.
    pub fn card(&self) -> &Card {
        self.home.card()
    }

    /// How many cards are admitted.
    pub fn admitted(&self) -> usize {
        self.admitted.len()
    }

    /// Moves every round on that the clock has overtaken: closes and purges what is due, and deletes lists that expired.
    pub async fn tick(&self) -> Result<(), Refusal> {
        let mut settled = Ok(());
        for kept in self.store.unpurged_rounds().await? {
            // One round that cannot be moved on does not hold up the purge of others.
            settled = self.settle(kept).await.map(drop).and(settled);
        }
        if self.store.drop_expired(self.clock.now()).await? {
            tracing::info!("expired lists deleted");
        }
        self.disk.clean_again(self.store.database()).await?;
        settled
    }

    /// The peer's place in a charter. Only members get further; others learn nothing, not even that it exists.
    fn place(peer: Pin, terms: &Terms) -> Result<usize, Refusal> {
        terms.members.iter().position(|member| *member.tls() == peer.0).ok_or(Refusal::NoExchange)
    }

    /// The place of the member for whom a peer acts: the one that it names, for whom it must be a carrier, or itself.
    fn place_for(peer: Pin, terms: &Terms, member: Option<usize>) -> Result<usize, Refusal> {
        let Some(member) = member else { return Self::place(peer, terms) };
        let itself = Self::place(peer, terms).is_ok_and(|own| own == member);
        if itself || terms.carries(&peer.0, member) {
            return Ok(member);
        }
        let name = terms.members.get(member).map(CardCore::name).ok_or(Refusal::Request("there is no such member"))?;
        Err(Refusal::NotACarrier(name.to_owned()))
    }

    /// Only those whom a charter names, its couriers too, learn that there is one; and those who succeed them.
    fn named(&self, peer: Pin, terms: &Terms) -> Result<(), Refusal> {
        if server::names(terms, self.card_of(peer)?) { Ok(()) } else { Err(Refusal::NoExchange) }
    }

    /// `what` is for conveners alone.
    fn only_convener(terms: &Terms, place: usize, what: &'static str) -> Result<(), Refusal> {
        if terms.conveners.contains(&place) {
            return Ok(());
        }
        Err(Refusal::NotTheConvener { convener: terms.conveners_in_words(), what })
    }

    fn card_of(&self, peer: Pin) -> Result<&Card, Refusal> {
        self.admitted.card(peer).ok_or(Refusal::NotAdmitted)
    }

    /// A charter, and the place of the member for whom the peer acts under it, as [`Matcher::place_for`] finds it.
    async fn proposal(
        &self,
        peer: Pin,
        hash: CharterHash,
        member: Option<usize>,
    ) -> Result<(Proposal, usize), Refusal> {
        let proposal = self.readable(peer, hash).await?;
        let place = Self::place_for(peer, proposal.charter().terms(), member)?;
        Ok((proposal, place))
    }

    /// A charter for those whom it names, its couriers too.
    async fn readable(&self, peer: Pin, hash: CharterHash) -> Result<Proposal, Refusal> {
        self.card_of(peer)?;
        let proposal = self.store.charter(hash).await?.ok_or(Refusal::NoExchange)?;
        self.named(peer, proposal.charter().terms())?;
        Ok(proposal)
    }

    /// A round as it stands now, for one of its members, or for a courier that carries for the member at the place `member`.
    /// To others it is a round that does not exist.
    async fn standing(&self, peer: Pin, round: RoundHash, member: Option<usize>) -> Result<Standing, Refusal> {
        Ok(self.standing_when(peer, round, |_, _| Ok((member, ()))).await?.0)
    }

    /// As [`Matcher::standing`], where a file that the peer brings says whose it is: `open` tells, and gives what it holds.
    async fn standing_when<T>(
        &self,
        peer: Pin,
        round: RoundHash,
        open: impl FnOnce(&Terms, Phase) -> Result<(Option<usize>, T), Refusal>,
    ) -> Result<(Standing, T), Refusal> {
        self.card_of(peer)?;
        let kept = self.store.round(round).await?.ok_or(Refusal::NoExchange)?;
        let (charter, round, phase) = self.settle(kept).await?;
        self.named(peer, charter.terms())?;
        let (member, opened) = open(charter.terms(), phase)?;
        let place = Self::place_for(peer, charter.terms(), member)?;
        Ok((Standing { charter, round, phase, place }, opened))
    }

    /// Checks a kept round as if it had just come, and moves it on to where the clock says that it is.
    async fn settle(&self, kept: KeptRound) -> Result<(Agreed, Round, Phase), Refusal> {
        let proposal = self.store.charter(kept.signed.order.charter).await?;
        let charter = proposal.and_then(|proposal| proposal.agreed().ok()).ok_or(StoreFault::Damaged("charter"))?;
        let round = kept.signed.verify(&charter)?;
        let phase = round.phase_at(self.clock.now(), kept.phase);
        if phase > kept.phase {
            self.advance(&round, phase).await?;
        }
        Ok((charter, round, phase))
    }

    async fn advance(&self, round: &Round, phase: Phase) -> Result<(), Refusal> {
        self.store.advance(round.hash(), phase).await?;
        if phase == Phase::Purged {
            self.forget().await?;
        }
        tracing::info!(round = %round.hash(), number = round.order().number, phase = phase.name(), "round moved on");
        Ok(())
    }

    /// Takes what was just deleted out of the write-ahead log, now or, if readers hold it back, with a later tick.
    async fn forget(&self) -> Result<(), Refusal> {
        self.disk.clean(self.store.database()).await?;
        Ok(())
    }

    /// Logs what is the operator's to know, and stops the server when the disk has failed.
    fn watch<T>(&self, call: &'static str, result: Result<T, Refusal>) -> Result<T, Refusal> {
        self.disk.watch(call, result)
    }
}

/// A round that a member asked about.
struct Standing {
    charter: Agreed,
    round: Round,
    phase: Phase,
    /// The member's place.
    place: usize,
}

impl Standing {
    fn only_convener(&self, what: &'static str) -> Result<(), Refusal> {
        Matcher::only_convener(self.charter.terms(), self.place, what)
    }
}

/// Serves until `shutdown` ends or the disk fails.
pub async fn serve(
    matcher: Arc<Matcher>,
    listener: TcpListener,
    limits: &Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    server::serve(&*matcher, wire::serve(matcher.clone()), listener, limits, shutdown).await
}

impl Serving for Matcher {
    type Refusal = Refusal;

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

    async fn tick(&self) -> Result<(), Refusal> {
        Self::tick(self).await
    }
}

impl Refusing for Refusal {
    fn fault(&self) -> Option<&StoreFault> {
        match self {
            Self::Store(fault) => Some(fault),
            _ => None,
        }
    }
}

impl Matching for Matcher {
    async fn propose(&self, peer: Pin, proposal: Proposal) -> Result<(), Refusal> {
        self.watch("propose", exchange::propose(self, peer, proposal).await)
    }

    async fn sign(
        &self,
        peer: Pin,
        charter: CharterHash,
        signer: Option<usize>,
        signature: Signature,
    ) -> Result<(), Refusal> {
        self.watch("sign", exchange::sign(self, peer, charter, signer, signature).await)
    }

    async fn resign(
        &self,
        peer: Pin,
        charter: CharterHash,
        signer: Option<usize>,
        signature: Signature,
    ) -> Result<(), Refusal> {
        self.watch("resign", exchange::resign(self, peer, charter, signer, signature).await)
    }

    async fn charters(&self, peer: Pin) -> Result<Vec<(CharterHash, String)>, Refusal> {
        self.watch("charters", exchange::charters(self, peer).await)
    }

    async fn charter(&self, peer: Pin, hash: CharterHash) -> Result<CharterState, Refusal> {
        self.watch("charter", exchange::show(self, peer, hash).await)
    }

    async fn open_round(&self, peer: Pin, order: SignedOrder) -> Result<(), Refusal> {
        self.watch("open round", round::open(self, peer, order).await)
    }

    async fn round(&self, peer: Pin, charter: CharterHash, number: Option<u32>) -> Result<RoundState, Refusal> {
        self.watch("round", round::show(self, peer, charter, number).await)
    }

    async fn extend_round(&self, peer: Pin, round: RoundHash, extension: Extension) -> Result<(), Refusal> {
        self.watch("extend round", round::extend(self, peer, round, extension).await)
    }

    async fn close_round(&self, peer: Pin, round: RoundHash) -> Result<(), Refusal> {
        self.watch("close round", round::close(self, peer, round).await)
    }

    async fn record_destruction(
        &self,
        peer: Pin,
        round: RoundHash,
        custodian: usize,
        destruction: Destruction,
    ) -> Result<(), Refusal> {
        let recorded = round::record_destruction(self, peer, round, custodian, destruction).await;
        self.watch("record destruction", recorded)
    }

    async fn purge_round(&self, peer: Pin, round: RoundHash) -> Result<(), Refusal> {
        self.watch("purge round", round::purge(self, peer, round).await)
    }

    async fn begin_upload(&self, peer: Pin, preamble: Preamble, header: Vec<u8>) -> Result<Begun, Refusal> {
        self.watch("begin upload", upload::begin(self, peer, preamble, header).await)
    }

    async fn upload(
        &self,
        peer: Pin,
        round: RoundHash,
        member: Option<usize>,
        shards: Incoming<UploadPart>,
    ) -> Result<Vec<u8>, Refusal> {
        self.watch("upload", upload::shards(self, peer, round, member, shards).await)
    }

    async fn withdraw(&self, peer: Pin, round: RoundHash, withdrawal: Option<Withdrawal>) -> Result<u32, Refusal> {
        self.watch("withdraw", withdraw::withdraw(self, peer, round, withdrawal).await)
    }

    async fn ask_sealed(
        &self,
        peer: Pin,
        envelope: Envelope,
        header: Vec<u8>,
        tags: Incoming<TagsPart>,
        answer: Pieces,
    ) -> Result<(), Refusal> {
        self.watch("ask sealed", ask::sealed::ask(self, peer, envelope, header, tags, answer).await)
    }

    async fn ask(
        &self,
        peer: Pin,
        round: RoundHash,
        tags: Incoming<TagsPart>,
        answers: Outgoing,
    ) -> Result<(), Refusal> {
        self.watch("ask", ask::ask(self, peer, round, tags, answers).await)
    }
}

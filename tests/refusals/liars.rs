//! A matcher that lies, and the clients that notice.

use std::sync::Arc;

use mandorla::carried::Envelope;
use mandorla::carried::withdrawal::Withdrawal;
use mandorla::charter::{Charter, CharterHash, Disclosure, Level, Party, Proposal, Rule};
use mandorla::client::{Client, ClientError, RoundView, Silent};
use mandorla::home::Home;
use mandorla::identity::{Role, Signature};
use mandorla::list::file::Preamble;
use mandorla::list::receipt::Receipt;
use mandorla::list::{Content, Draft};
use mandorla::matcher::Matcher;
use mandorla::matching::disclose::{Count, Summary};
use mandorla::matching::{Certainty, Hit, Match};
use mandorla::round::{Destruction, Extension, Published, RoundHash, SeedSource, SignedOrder, Withdrawn};
use mandorla::tag::Tag;
use mandorla::transport::Pin;
use mandorla::wire::{
    Begun, CharterState, Incoming, Matching, Outgoing, Pieces, Refusal, RoundState, TagsPart, UploadPart,
};

use crate::common::{THREE, World, domains, values};
use crate::refused;

/// What is not as the honest matcher says it.
pub(crate) enum Lie {
    /// This charter, whichever is asked for.
    Charter(Box<Proposal>),
    /// Of this charter it says nothing, and nothing that follows from it.
    Hidden(CharterHash),
    /// The next round has this number.
    NextRound(u32),
    /// A resignation is taken and not kept.
    NoResignation,
    /// The latest round, whichever is asked for.
    Latest,
    /// A round, changed.
    Round(Change),
    /// A receipt, changed.
    Receipt(Box<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>),
    /// The list is published, but its receipt never comes.
    NoReceipt,
    /// These answers to a question, given the tags of its first shard; `None` is a summary of nothing.
    Answers(Answers),
    /// No match, and this summary.
    Summary(Said),
    /// These matches, and a summary of nothing.
    Matches(Vec<Match>),
}

pub(crate) struct Liar {
    honest: Arc<Matcher>,
    lie: Lie,
}

impl Liar {
    /// A member's client, connected to a matcher that lies.
    pub(crate) async fn client(world: &World, place: usize, lie: Lie) -> Client<'_> {
        let home = &world.orgs[place].home;
        let liar = Arc::new(Self { honest: world.matcher.clone(), lie });
        Client::over(home, world.matcher.card().clone(), world.connect_to(liar, home).await, world.clock.clone())
    }
}

impl Matching for Liar {
    async fn propose(&self, peer: Pin, proposal: Proposal) -> Result<(), Refusal> {
        self.honest.propose(peer, proposal).await
    }

    async fn sign(
        &self,
        peer: Pin,
        charter: CharterHash,
        signer: Option<usize>,
        signature: Signature,
    ) -> Result<(), Refusal> {
        self.honest.sign(peer, charter, signer, signature).await
    }

    async fn resign(
        &self,
        peer: Pin,
        charter: CharterHash,
        signer: Option<usize>,
        signature: Signature,
    ) -> Result<(), Refusal> {
        match self.lie {
            Lie::NoResignation => Ok(()),
            _ => self.honest.resign(peer, charter, signer, signature).await,
        }
    }

    async fn charters(&self, peer: Pin) -> Result<Vec<(CharterHash, String)>, Refusal> {
        let mut charters = self.honest.charters(peer).await?;
        if let Lie::Hidden(hidden) = self.lie {
            charters.retain(|(hash, _)| *hash != hidden);
        }
        Ok(charters)
    }

    async fn charter(&self, peer: Pin, hash: CharterHash) -> Result<CharterState, Refusal> {
        let mut state = match &self.lie {
            Lie::Hidden(hidden) if hash == *hidden => return Err(Refusal::NoExchange),
            _ => self.honest.charter(peer, hash).await?,
        };
        match &self.lie {
            Lie::Charter(other) => state.proposal = (**other).clone(),
            Lie::Hidden(_) => state.replaced = false,
            Lie::NextRound(next) => state.next_round = *next,
            _ => {}
        }
        Ok(state)
    }

    async fn open_round(&self, peer: Pin, order: SignedOrder) -> Result<(), Refusal> {
        self.honest.open_round(peer, order).await
    }

    async fn round(&self, peer: Pin, charter: CharterHash, number: Option<u32>) -> Result<RoundState, Refusal> {
        let number = number.filter(|_| !matches!(self.lie, Lie::Latest));
        let mut state = self.honest.round(peer, charter, number).await?;
        if let Lie::Round(change) = self.lie {
            change(&mut state);
        }
        Ok(state)
    }

    async fn extend_round(&self, peer: Pin, round: RoundHash, extension: Extension) -> Result<(), Refusal> {
        self.honest.extend_round(peer, round, extension).await
    }

    async fn close_round(&self, peer: Pin, round: RoundHash) -> Result<(), Refusal> {
        self.honest.close_round(peer, round).await
    }

    async fn record_destruction(
        &self,
        peer: Pin,
        round: RoundHash,
        custodian: usize,
        destruction: Destruction,
    ) -> Result<(), Refusal> {
        self.honest.record_destruction(peer, round, custodian, destruction).await
    }

    async fn purge_round(&self, peer: Pin, round: RoundHash) -> Result<(), Refusal> {
        self.honest.purge_round(peer, round).await
    }

    async fn begin_upload(&self, peer: Pin, preamble: Preamble, header: Vec<u8>) -> Result<Begun, Refusal> {
        self.honest.begin_upload(peer, preamble, header).await
    }

    async fn upload(
        &self,
        peer: Pin,
        round: RoundHash,
        member: Option<usize>,
        shards: Incoming<UploadPart>,
    ) -> Result<Vec<u8>, Refusal> {
        let receipt = self.honest.upload(peer, round, member, shards).await?;
        match &self.lie {
            Lie::Receipt(change) => Ok(change(receipt)),
            Lie::NoReceipt => std::future::pending().await,
            _ => Ok(receipt),
        }
    }

    async fn withdraw(&self, peer: Pin, round: RoundHash, withdrawal: Option<Withdrawal>) -> Result<u32, Refusal> {
        self.honest.withdraw(peer, round, withdrawal).await
    }

    async fn ask_sealed(
        &self,
        peer: Pin,
        envelope: Envelope,
        header: Vec<u8>,
        tags: Incoming<TagsPart>,
        answer: Pieces,
    ) -> Result<(), Refusal> {
        self.honest.ask_sealed(peer, envelope, header, tags, answer).await
    }

    async fn ask(
        &self,
        peer: Pin,
        round: RoundHash,
        mut tags: Incoming<TagsPart>,
        answers: Outgoing,
    ) -> Result<(), Refusal> {
        let lies = match &self.lie {
            Lie::Answers(lies) => lies,
            Lie::Matches(matches) => {
                answers.matches(0, matches.clone()).await?;
                return answers.summary(Summary::default()).await;
            }
            Lie::Summary(summary) => {
                answers.matches(0, Vec::new()).await?;
                return answers.summary(summary()).await;
            }
            _ => return self.honest.ask(peer, round, tags, answers).await,
        };
        let first = tags.next().await?.unwrap().0;
        let first: Vec<Tag> = first.as_chunks().0.iter().copied().map(Tag::new).collect();
        for lie in lies(&first) {
            match lie {
                Some((shard, matches)) => answers.matches(shard, matches).await?,
                None => answers.summary(Summary::default()).await?,
            }
        }
        Ok(())
    }
}

/// What a liar does to a round.
type Change = fn(&mut RoundState);
/// The numbers of a liar.
type Said = fn() -> Summary;
/// The answers of a liar, given the tags of the first shard.
type Answers = fn(&[Tag]) -> Vec<Option<(u32, Vec<Match>)>>;

fn held(tag: Tag, by: &[usize]) -> Match {
    let holders = by.iter().map(|member| Hit { member: *member, certainty: Certainty::Exact }).collect();
    Match { tag, holders, anonymous: 0 }
}

fn anonymous(tag: Tag, number: u32) -> Match {
    Match { tag, holders: Vec::new(), anonymous: number }
}

#[tokio::test]
async fn answers_that_no_honest_matcher_gives() {
    let world = World::new(&THREE).await;
    let mut terms = world.terms();
    // The reader may learn of the second member, not of the third.
    let rule = Rule { holder: Party::Member(2), reader: Party::Member(0), level: Level::None };
    terms.disclosure = Disclosure::new(Level::Named, vec![rule], &terms.members);
    let charter = world.agree(terms).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    for place in 0..3 {
        world.publish(place, &charter, &domains(0..3)).await.unwrap();
    }
    world.close(&charter).await;

    let cases: [(&str, Answers, &str); 10] = [
        ("hidden", |tags| vec![Some((0, vec![held(tags[0], &[2])])), None], "a holder that the charter hides"),
        ("hidden too", |tags| vec![Some((0, vec![held(tags[0], &[1, 2])])), None], "a holder that the charter hides"),
        ("itself", |tags| vec![Some((0, vec![held(tags[0], &[0])])), None], "a holder that the charter hides"),
        ("nobody", |tags| vec![Some((0, vec![held(tags[0], &[9])])), None], "a holder that the charter hides"),
        ("no holder", |tags| vec![Some((0, vec![held(tags[0], &[])])), None], "what too few hold"),
        (
            "not asked",
            |tags| vec![Some((0, vec![held(Tag::from(tags[0].number() + 1), &[1])])), None],
            "a tag that was not asked about",
        ),
        ("a tag twice", |tags| vec![Some((0, vec![held(tags[0], &[1]), held(tags[0], &[1])])), None], "twice"),
        ("a holder twice", |tags| vec![Some((0, vec![held(tags[0], &[1, 1])])), None], "a tag or a holder twice"),
        ("another shard", |_| vec![Some((1, vec![])), None], "it answers what was not asked"),
        ("too much", |_| vec![Some((0, vec![])), Some((0, vec![])), None], "it answers what was not asked"),
    ];
    let short: [(&str, Answers, &str); 3] = [
        ("nothing", |_| vec![], "its answer ends too early"),
        ("no summary", |_| vec![Some((0, vec![]))], "its answer ends too early"),
        ("summary alone", |_| vec![None], "it left a part of the question unanswered"),
    ];
    for (case, answers, message) in cases.into_iter().chain(short) {
        let mut client = Liar::client(&world, 0, Lie::Answers(answers)).await;
        let view = client.round(&charter, None).await.unwrap();
        let report = client.overlaps(&view, &Silent).await;
        assert!(matches!(report, Err(ClientError::Misbehaved(_))), "{case}");
        refused(case, report, message);
    }
    let honest = world.ask(0, &charter).await.unwrap();
    assert_eq!(values(&honest).len(), 3);
    assert!(honest.overlaps.iter().all(|overlap| overlap.holders.len() == 1));
}

/// What an honest matcher tells the first of three members that hold the same, all of whom have asked.
fn honest_matches(world: &World, view: &RoundView, drafts: &[Draft]) -> Vec<Match> {
    assert!(view.own == 0 && drafts.len() == world.orgs.len());
    let has = |place: usize, tag: Tag| drafts[place].entries().iter().any(|entry| entry.tag == tag);
    let found = drafts[0]
        .entries()
        .iter()
        .map(|entry| held(entry.tag, &(1..drafts.len()).filter(|place| has(*place, entry.tag)).collect::<Vec<_>>()));
    found.filter(|found| !found.holders.is_empty()).collect()
}

/// The matcher cannot tell canaries from indicators, so they go where those go, and the reader is told.
#[tokio::test]
async fn answers_that_are_dropped() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let mut drafts = Vec::new();
    for place in 0..3 {
        drafts.push(world.draft(place, &world.view(place, &charter).await, &domains(0..40)).unwrap());
        world.publish(place, &charter, &domains(0..40)).await.unwrap();
    }
    world.close(&charter).await;
    let view = world.view(0, &charter).await;
    let all = honest_matches(&world, &view, &drafts);
    assert_eq!(all.len(), 40 + 2 * 16);
    let canary = |tag: Tag, other: usize| {
        drafts[0].entries().iter().any(|entry| entry.tag == tag && entry.content == Content::Canary { with: other })
    };
    let without = |place: usize| -> Vec<Match> {
        let mut matches = all.clone();
        matches.iter_mut().for_each(|found| found.holders.retain(|hit| hit.member != place));
        matches.retain(|found| !found.holders.is_empty());
        matches
    };
    let every_other: Vec<Match> = all.iter().step_by(2).cloned().collect();
    let kept = |other| every_other.iter().filter(|found| canary(found.tag, other)).count() as u32;
    let cases = [
        ("nothing is dropped", all.clone(), [16, 16], 40),
        ("all with the second", without(1), [0, 16], 40),
        ("all with the third", without(2), [16, 0], 40),
        ("all", Vec::new(), [0, 0], 0),
        ("every other one", every_other.clone(), [kept(1), kept(2)], 36 - (kept(1) + kept(2)) as usize),
    ];
    for (case, matches, returned, overlaps) in cases {
        let mut client = Liar::client(&world, 0, Lie::Matches(matches)).await;
        let report = client.overlaps(&view, &Silent).await.unwrap();
        let came: Vec<_> = report.canaries.iter().map(|one| (one.name.as_str(), one.expected, one.returned)).collect();
        assert_eq!(came, [("Harbour Mail", 16, returned[0]), ("Agency A", 16, returned[1])], "{case}");
        assert_eq!((report.overlaps.len(), report.published), (overlaps, 40), "{case}");
        let table = report.to_table(100);
        for (name, returned) in [("Harbour Mail (company)", returned[0]), ("Agency A (agency)", returned[1])] {
            let warning = format!("WARNING: overlaps with {name} may be missing.");
            assert_eq!(table.contains(&warning), returned < 16, "{case}: {table}");
        }
        assert_eq!(table.starts_with("WARNING"), returned != [16, 16], "{case}");
    }
}

/// A canary cannot be with a third member, but for chance, or if one of the two has given it away: which a hostile member can
/// do to an honest matcher, so the answer is not thrown away, and the reader is told.
#[tokio::test]
async fn holders_that_a_canary_cannot_have() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let mut drafts = Vec::new();
    for place in 0..3 {
        drafts.push(world.draft(place, &world.view(place, &charter).await, &domains(0..3)).unwrap());
        world.publish(place, &charter, &domains(0..3)).await.unwrap();
    }
    world.close(&charter).await;
    let view = world.view(0, &charter).await;
    for (certainty, misplaced) in [(Certainty::Probable, vec![]), (Certainty::Exact, vec![("Agency A".to_owned(), 1)])]
    {
        let mut matches = honest_matches(&world, &view, &drafts);
        let of_second = matches.iter_mut().find(|found| found.holders.iter().all(|hit| hit.member == 1)).unwrap();
        of_second.holders.push(Hit { member: 2, certainty });
        let report = Liar::client(&world, 0, Lie::Matches(matches)).await.overlaps(&view, &Silent).await.unwrap();
        let found: Vec<_> = report.canaries_misplaced.iter().map(|one| (one.name.clone(), one.canaries)).collect();
        assert_eq!(found, misplaced, "{certainty:?}");
        assert_eq!((values(&report).len(), report.canaries.iter().all(|one| one.returned == 16)), (3, true));
        let warning = "WARNING: Agency A (agency) is said to hold a canary";
        assert_eq!(report.to_table(100).starts_with(warning), certainty == Certainty::Exact);
    }
}

/// Each of four others is at a level of its own towards the reader.
#[tokio::test]
async fn more_than_the_level_of_a_holder_allows() {
    let names = ["Reader", "Hidden", "Counted", "Alone", "Named"].map(|name| (name, Role::Company));
    let world = World::new(&names).await;
    let mut terms = world.terms();
    let levels = (1..).zip([Level::None, Level::Count, Level::Anonymous]);
    let rules =
        levels.map(|(holder, level)| Rule { holder: Party::Member(holder), reader: Party::Member(0), level }).collect();
    terms.disclosure = Disclosure::new(Level::Named, rules, &terms.members);
    let charter = world.agree(terms).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    for place in 0..5 {
        world.publish(place, &charter, &domains(0..3)).await.unwrap();
    }
    world.close(&charter).await;

    let answers: [(&str, Answers, &str); 4] = [
        ("a counted one by name", |tags| vec![Some((0, vec![held(tags[0], &[2])])), None], "that the charter hides"),
        ("an anonymous one by name", |tags| vec![Some((0, vec![held(tags[0], &[3])])), None], "that the charter hides"),
        (
            "one anonymous list alone",
            |tags| vec![Some((0, vec![anonymous(tags[0], 1)])), None],
            "it counts anonymous holders that the charter hides",
        ),
        (
            "beside a named one",
            |tags| vec![Some((0, vec![Match { anonymous: 1, ..held(tags[0], &[4]) }])), None],
            "it counts anonymous holders",
        ),
    ];
    let summaries: [(&str, Said, &str); 7] = [
        ("a count of a named one", || counts(&[4]), "for a list that the charter does not let it count"),
        ("of an anonymous one", || counts(&[3]), "for a list that the charter does not let it count"),
        ("of a hidden one", || counts(&[1]), "for a list that the charter does not let it count"),
        ("of nobody", || counts(&[9]), "for a list that the charter does not let it count"),
        ("twice", || counts(&[2, 2]), "for a list that the charter does not let it count"),
        ("a spent budget", || Summary { spent: vec![2], ..counts(&[2]) }, "whose noise budget it calls spent"),
        (
            "too many lists",
            || Summary { lists_by_filters: 2, ..Summary::default() },
            "it tells of lists that nobody has published",
        ),
    ];
    let answers = answers.into_iter().map(|(case, lie, message)| (case, Lie::Answers(lie), message));
    let summaries = summaries.into_iter().map(|(case, lie, message)| (case, Lie::Summary(lie), message));
    for (case, lie, message) in answers.chain(summaries) {
        let mut client = Liar::client(&world, 0, lie).await;
        let view = client.round(&charter, None).await.unwrap();
        let report = client.overlaps(&view, &Silent).await;
        assert!(matches!(report, Err(ClientError::Misbehaved(_))), "{case}");
        refused(case, report, message);
    }
    let honest = world.ask(0, &charter).await.unwrap();
    assert_eq!((values(&honest).len(), honest.counts.len()), (3, 1));
    assert!(honest.overlaps.iter().all(|overlap| overlap.holders.len() == 1 && overlap.anonymous_holders == 0));
}

fn counts(of: &[usize]) -> Summary {
    Summary { counts: of.iter().map(|member| Count { member: *member, count: 7 }).collect(), ..Summary::default() }
}

#[tokio::test]
async fn rounds_that_are_not_what_the_convener_signed() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let cases: [(&str, Change, &str); 10] = [
        ("number", |state| state.order.order.number += 1, "not signed by the convener, Northwind Social"),
        ("close", |state| state.order.order.close += 1, "not signed by the convener, Northwind Social"),
        ("commitment", |state| state.order.order.source = SeedSource::Salt([9; 32]), "not signed by the convener"),
        ("charter", |state| state.order.order.charter = CharterHash::new([9; 32]), "for another charter"),
        (
            "salts swapped",
            |state| state.order.sealed_salts.swap(0, 1),
            "does not carry one sealed salt for each member",
        ),
        ("a salt kept back", |state| drop(state.order.sealed_salts.pop()), "one sealed salt for each member"),
        (
            "a list of nobody",
            |state| state.lists.push(Published { member: 3, number: 1, asked: false }),
            "it names lists of nobody",
        ),
        (
            "a list twice",
            |state| state.lists.extend([Published { member: 1, number: 1, asked: false }; 2]),
            "it names lists of nobody",
        ),
        (
            "a withdrawal of nobody",
            |state| state.withdrawn.push(Withdrawn { member: 3, number: 1, asked: false }),
            "it names lists of nobody",
        ),
        (
            "a withdrawn list that is there",
            |state| {
                state.lists.push(Published { member: 1, number: 1, asked: false });
                state.withdrawn.push(Withdrawn { member: 1, number: 1, asked: false });
            },
            "it names lists of nobody",
        ),
    ];
    for (case, change, message) in cases {
        refused(
            case,
            Liar::client(&world, 1, Lie::Round(change)).await.round(&charter, None).await.map(|_| ()),
            message,
        );
    }
    let no_salts = Lie::Round(|state| state.order.sealed_salts.clear());
    let view = Liar::client(&world, 1, no_salts).await.round(&charter, None).await.unwrap();
    refused("all salts kept back", world.draft(1, &view, &[]).map(|_| ()), "it keeps the round's salt back");

    let last = Lie::Round(|state| state.lists.push(Published { member: 1, number: u32::MAX, asked: false }));
    let mut client = Liar::client(&world, 1, last).await;
    let view = client.round(&charter, None).await.unwrap();
    let draft = world.draft(1, &view, &domains(0..5)).unwrap();
    let lock = world.orgs[1].home.lock().unwrap();
    assert_eq!(client.publish(&view, &draft, &lock, &Silent).await.unwrap().number, u32::MAX, "numbers end there");
    world.close(&charter).await;
    let opened = Liar::client(&world, 0, Lie::NextRound(u32::MAX)).await.open_round(&charter).await;
    refused("no number is left", opened.map(|_| ()), "the next round of this exchange is number 2, not 4294967295");

    world.org(0).await.open_round(&charter).await.unwrap();
    let other = Liar::client(&world, 1, Lie::Latest).await.round(&charter, Some(1)).await;
    refused("another round", other.map(|_| ()), "it gave another round than the one that was asked for");
    assert_eq!(world.org(1).await.round(&charter, Some(1)).await.unwrap().round.order().number, 1);
}

#[tokio::test]
async fn charters_that_are_not_what_members_signed() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    let mut terms = world.terms();
    terms.name = "other".to_owned();
    let other = world.org(0).await.propose(Charter::new(terms).unwrap()).await.unwrap();
    let found = Liar::client(&world, 1, Lie::Charter(Box::new(other))).await.find("election-2026").await;
    refused("another charter", found.map(|_| ()), "it gave another charter than the one that was asked for");

    world.tap.swap(Some((b"election-2026", b"election-2027")));
    let found = world.org(1).await.find("election-2027").await;
    world.tap.swap(None);
    assert!(matches!(found, Err(ClientError::Unreadable(_))));
    refused(
        "a byte changed",
        found,
        "the signature of Northwind Social does not fit this charter: it was changed after",
    );
    assert_eq!(world.org(1).await.find("election-2026").await.unwrap().unwrap().charter().hash(), charter.hash());
}

#[tokio::test]
async fn receipts_that_are_worth_nothing() {
    let world = World::new(&THREE).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    let matcher = Home::open(&world.matcher_home()).unwrap();
    let own = Arc::new(Home::open(world.orgs[0].home.path()).unwrap());
    let key = *matcher.card().core().verifying();
    let read = move |receipt: &[u8]| Receipt::verify(receipt, &key).unwrap();
    let changed = move |change: fn(&mut Receipt)| {
        let matcher = Home::open(matcher.path()).unwrap();
        Lie::Receipt(Box::new(move |receipt| {
            let mut receipt = read(&receipt);
            change(&mut receipt);
            receipt.sign(matcher.signing_key())
        }))
    };
    let lies = [
        (
            "another key",
            Lie::Receipt(Box::new(move |receipt| read(&receipt).sign(own.signing_key()))),
            "not signed by the matcher",
        ),
        (
            "a bit",
            Lie::Receipt(Box::new(|mut receipt| {
                receipt[40] ^= 1;
                receipt
            })),
            "not signed by the matcher",
        ),
        ("cut", Lie::Receipt(Box::new(|receipt| receipt[..50].to_vec())), "it ends too early"),
        ("another list", changed(|receipt| receipt.shards_root[0] ^= 1), "for another list than the one that was sent"),
        ("another number", changed(|receipt| receipt.number += 1), "for another list"),
        ("another member's", changed(|receipt| receipt.member[0] ^= 1), "for another list"),
        ("another round", changed(|receipt| receipt.round = RoundHash::new([9; 32])), "for another list"),
    ];
    for (case, lie, message) in lies {
        let mut client = Liar::client(&world, 0, lie).await;
        let view = client.round(&charter, None).await.unwrap();
        let draft = world.draft(0, &view, &domains(0..5)).unwrap();
        let lock = world.orgs[0].home.lock().unwrap();
        refused(case, client.publish(&view, &draft, &lock, &Silent).await.map(|_| ()), message);
        assert!(!world.kept(0).contains(&"1.receipt".to_owned()), "{case}: not kept");
    }
    assert_eq!(world.publish(0, &charter, &domains(0..5)).await.unwrap().number, 1);
}

/// Custodians' statements are theirs, whatever the matcher says that they stated.
#[tokio::test]
async fn a_matcher_states_nothing_for_custodians() {
    let world = World::new(&THREE).await.with_custodians(2).await;
    let charter = world.agree(world.terms()).await;
    world.org(0).await.open_round(&charter).await.unwrap();
    world.close(&charter).await;
    const FALSE: &str = "it says that a custodian destroyed a key, and the custodian did not";
    let lies: [(&str, Change, &str); 6] = [
        ("another time", |state| state.destructions[0].1.destroyed += 1, FALSE),
        ("the other's", |state| state.destructions[0].1 = state.destructions[1].1.clone(), FALSE),
        ("nobody's", |state| state.destructions[1].0 = 2, FALSE),
        ("out of order", |state| state.destructions.swap(0, 1), FALSE),
        ("twice", |state| state.destructions[1] = state.destructions[0].clone(), FALSE),
        (
            "too many",
            |state| (0..9).for_each(|_| state.destructions.push(state.destructions[0].clone())),
            "there are more statements of destruction than custodians",
        ),
    ];
    for (case, change, message) in lies {
        let mut client = Liar::client(&world, 1, Lie::Round(change)).await;
        refused(case, client.round(&charter, None).await.map(|_| ()), message);
    }
}

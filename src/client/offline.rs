//! What a home without a network does with the files that a courier brings: no connection is needed or made.

use std::io::{self, Read, Write};

use super::drafting::{Drafting, Source};
use super::evaluate::{self, cores};
use super::kept::{Kept, open_tags};
use super::known::Known;
use super::overlaps::{Finder, Tags};
use super::seeds::KeptBatch;
use super::{ClientError, Progress, RoundView, book, lists_of_members};
use crate::carried::answer::{AnswerFile, Part};
use crate::carried::blinded::{self, BlindedBatch};
use crate::carried::evaluated::EvaluatedFile;
use crate::carried::order::OrderFile;
use crate::carried::question::{self, QuestionWriter};
use crate::carried::withdrawal::Withdrawal;
use crate::charter::{Agreed, Proposal};
use crate::home::{Home, HomeLock};
use crate::identity::Fingerprint;
use crate::list::{Draft, SealedList, file};
use crate::matching::disclose::Summary;
use crate::report::Report;
use crate::round::{Phase, Round};
use crate::secret;

/// Signs a charter that was carried here, if the home knows all cards in it; gives it with the signature.
pub fn sign(home: &Home, mut proposal: Proposal, vouched: &[Fingerprint]) -> Result<Proposal, ClientError> {
    let terms = proposal.charter().terms();
    let own = own_place(home, &proposal)?;
    book::refuse_unknown(home, terms, vouched)?;
    let signature = proposal.charter().sign(home.signing_key());
    proposal.add(own, signature)?;
    Known::new(home).remember(&proposal)?;
    Ok(proposal)
}

/// Nobody can go on opening rounds under rules that this home knows to be over. A round that was opened before the newer
/// rules were drafted, or in which this home has sealed a list, goes on under the rules that it began under.
fn refuse_old(home: &Home, charter: &Agreed, round: &Round) -> Result<(), ClientError> {
    if Kept::new(home, round.hash()).order()?.is_some() {
        return Ok(());
    }
    let known = Known::new(home);
    let newer = known.rivals(charter)?.into_iter().find(|newer| round.order().opened > newer.charter().terms().created);
    if let Some(newer) = newer {
        return Err(ClientError::OldCharter(newer.charter().terms().name.clone()));
    }
    let resigned = known.resigned(charter.hash())?;
    let own = home.card().core().name();
    if resigned.iter().any(|name| name == own) {
        return Err(ClientError::Resigned(own.to_owned()));
    }
    Ok(())
}

/// Resigns from a charter that was carried here and that this home has signed; gives it with the resignation.
pub fn resign(home: &Home, mut proposal: Proposal) -> Result<Proposal, ClientError> {
    let own = own_place(home, &proposal)?;
    let resignation = proposal.charter().resign(home.signing_key());
    proposal.resign(own, resignation)?;
    Known::new(home).remember(&proposal)?;
    Ok(proposal)
}

fn own_place(home: &Home, proposal: &Proposal) -> Result<usize, ClientError> {
    book::place(home, proposal.charter().terms())
}

/// A round order that was carried here, held against its charter, which this home must have signed.
pub struct Offline<'h> {
    home: &'h Home,
    /// As it came, to be kept with the list.
    bytes: Vec<u8>,
    view: RoundView,
    now: u64,
}

impl<'h> Offline<'h> {
    /// Checks the order. `now` in seconds since 1970: this home's clock decides whether the round is still open.
    pub fn new(home: &'h Home, file: OrderFile, now: u64) -> Result<Self, ClientError> {
        let bytes = file.encode();
        let own = own_place(home, &file.proposal)?;
        // Its own signature stands for all that the home has checked when it signed: nobody could have invented the others.
        let proposal = file.proposal.clone();
        let (charter, round) = file.verify()?;
        refuse_old(home, &charter, &round)?;
        Known::new(home).remember(&proposal)?;
        let phase = round.phase_at(now, Phase::Open);
        let view =
            RoundView { charter, round, phase, lists: Vec::new(), withdrawn: Vec::new(), destroyed: Vec::new(), own };
        Ok(Self { home, bytes, view, now })
    }

    /// The order that a list was sealed under, as this home has kept it.
    fn kept(home: &'h Home, tags: &Tags, now: u64) -> Result<Self, ClientError> {
        let order = Kept::new(home, tags.round()).order()?.ok_or(ClientError::NoOrder)?;
        Self::new(home, OrderFile::decode(order.as_slice())?, now)
    }

    /// The round, without knowledge of who has published.
    pub fn view(&self) -> &RoundView {
        &self.view
    }

    /// Whether this home has sealed or published a list in the round before.
    pub fn has_sealed(&self) -> Result<bool, ClientError> {
        Ok(Kept::new(self.home, self.view.round.hash()).last_number()? > 0)
    }

    /// Seals a draft. The list's number is used up even if no file of it is ever sent.
    pub fn seal(&self, draft: &Draft, _: &HomeLock, progress: &dyn Progress) -> Result<SealedList, ClientError> {
        let (kept, round) = (Kept::new(self.home, self.view.round.hash()), &self.view.round);
        let number = kept.begin_carried(round, &self.bytes)?;
        progress.begin("sealing", draft.class().shards().into(), "shards");
        let list = draft.seal(round, number, self.now, self.home.signing_key(), &kept.dummies(), || progress.step(1));
        progress.end();
        Ok(list)
    }

    /// Writes what the custodians have still to evaluate of a list, blinded; gives how many values that is. The blinds stay here.
    pub fn blind(
        &self,
        drafting: &mut Drafting<'_>,
        mut out: impl Write,
        _: &HomeLock,
        progress: &dyn Progress,
    ) -> Result<usize, ClientError> {
        drafting.refuse_too_many()?;
        let Source::Custodians { seeds, wanted } = &mut drafting.source else {
            return Err(ClientError::NothingToEvaluate);
        };
        let missing = seeds.missing(wanted.iter().map(|wanted| wanted.canon.as_slice()));
        if missing.is_empty() {
            return Err(ClientError::NothingToEvaluate);
        }
        let (waiting, fresh) = seeds.waiting(&missing)?;
        let batches: Vec<KeptBatch> = waiting.into_iter().chain(seeds.begin(&fresh)?).collect();
        progress.begin("blinding", batches.len() as u64, "batches");
        blinded::write_head(&mut out, &self.bytes, self.view.own, batches.len())?;
        for group in batches.chunks(cores()) {
            for batch in self.blinded(group)? {
                blinded::write_batch(&mut out, &batch)?;
                progress.step(1);
            }
        }
        progress.end();
        Ok(batches.iter().map(KeptBatch::len).sum())
    }

    /// Batches blinded at once, each on a core.
    fn blinded(&self, batches: &[KeptBatch]) -> Result<Vec<BlindedBatch>, ClientError> {
        let (round, key) = (self.view.round.hash(), self.home.signing_key());
        std::thread::scope(|scope| {
            let blind = |batch: &KeptBatch| {
                let blinding = batch.blind().map_err(ClientError::Blinding)?;
                Ok(BlindedBatch::sign(&round, batch.id, blinding.elements(), key))
            };
            let blinding: Vec<_> = batches.iter().map(|batch| scope.spawn(move || blind(batch))).collect();
            blinding.into_iter().map(|thread| thread.join().map_err(|_| ClientError::Stopped)?).collect()
        })
    }

    /// Takes in what the custodians said to a blinded list of this home: proofs are checked before an output is used.
    pub fn take_evaluated(
        &self,
        drafting: &mut Drafting<'_>,
        mut file: EvaluatedFile<impl Read>,
        _: &HomeLock,
        progress: &dyn Progress,
    ) -> Result<(), ClientError> {
        let round = self.view.round.hash();
        if file.round != round {
            return Err(ClientError::EvaluatedForAnotherRound);
        }
        let (keys, custodians) = (self.view.round.order().keys(), self.view.charter.terms().custody.custodians());
        let Source::Custodians { seeds, .. } = &mut drafting.source else { return Err(ClientError::NothingToEvaluate) };
        let (found, expected) = (file.custodians, keys.len());
        if found != expected {
            return Err(ClientError::EvaluatedByTooFew { found, expected });
        }
        progress.begin("checking", file.batches as u64, "batches");
        while let Some(answered) = file.next_batch()? {
            progress.step(1);
            // What is not waited for was taken in before, or is of a list that was blinded elsewhere.
            let Some(batch) = seeds.batch(answered.id)? else { continue };
            let blinding = batch.blind().map_err(ClientError::Blinding)?;
            let found = evaluate::open(&round, keys, custodians, &blinding, &answered.answers)?;
            seeds.finish(&batch, found)?;
        }
        progress.end();
        Ok(())
    }

    /// Writes the tags of a list that was just sealed.
    pub fn tags_writer<'d>(
        &self,
        draft: &'d Draft,
        list: &SealedList,
    ) -> Result<impl FnOnce(&mut dyn Write) -> io::Result<()> + use<'d>, ClientError> {
        let kept = Kept::new(self.home, self.view.round.hash());
        Ok(kept.tags_writer(draft, list.header.header().number)?)
    }

    /// Writes a list that was just sealed, encrypted to the matcher.
    pub fn write_sealed(&self, out: impl Write, list: SealedList) -> io::Result<()> {
        file::write_sealed(out, list, self.view.charter.terms().matcher.sealing())
    }

    /// Writes the question about the list of these tags, encrypted to the matcher; `name` is the tags file's, for errors.
    pub fn ask(
        &self,
        tags: impl Read + Send + 'static,
        name: &str,
        out: impl Write,
        progress: &dyn Progress,
    ) -> Result<(), ClientError> {
        let mut tags = open_tags(self.home, tags, name)?;
        if tags.round() != self.view.round.hash() {
            return Err(ClientError::TagsOfAnotherRound);
        }
        if self.view.phase == Phase::Purged {
            return Err(ClientError::NotAnswering(Phase::Purged));
        }
        let header = question::Header {
            round: self.view.round.hash(),
            member: *self.home.card().core().verifying().as_bytes(),
            number: tags.number(),
            class: tags.class(),
            nonce: secret::random_bytes(),
        };
        let matcher = self.view.charter.terms().matcher.sealing();
        progress.begin("writing", tags.class().shards().into(), "shards");
        let mut writer = QuestionWriter::new(out, &header, self.home.signing_key(), matcher)?;
        while let Some(shard) = tags.next()? {
            writer.shard(shard.to_bytes())?;
            progress.step(1);
        }
        progress.end();
        Ok(())
    }

    /// Takes back every list of this home in the round: the word for the matcher. What the home keeps of them goes, the tags
    /// files that lie elsewhere can no longer be read.
    pub fn withdraw(&self, _: &HomeLock) -> Result<Withdrawal, ClientError> {
        let kept = Kept::new(self.home, self.view.round.hash());
        let number = kept.last_number()?;
        if number == 0 {
            return Err(ClientError::NothingSealed);
        }
        kept.withdrawn(number, &self.view.round)?;
        Ok(Withdrawal::sign(self.view.round.hash(), number, self.home.signing_key()))
    }
}

/// Opens the answer to a question about a list of this home, and makes it a report.
pub fn read_answer(
    home: &Home,
    answer: impl Read,
    tags: impl Read + Send + 'static,
    name: &str,
    now: u64,
) -> Result<Report, ClientError> {
    let tags = open_tags(home, tags, name)?;
    let offline = Offline::kept(home, &tags, now)?;
    let charter = &offline.view.charter;
    let mut answer = AnswerFile::open(answer, home.opening_key())?;
    answer.verify(charter.terms().matcher.verifying())?;
    let header = &answer.header;
    if header.round != tags.round() || header.member != *home.card().core().verifying().as_bytes() {
        return Err(ClientError::AnswerOfAnotherRound);
    }
    if header.number != tags.number() {
        return Err(ClientError::AnswerOfAnotherList { answer: header.number, tags: tags.number() });
    }
    let (answered, indicators) = (header.answered, tags.indicators());
    let Some(Part::Lists(lists)) = answer.next_part()? else {
        return Err(ClientError::Misbehaved("it does not say which lists were there"));
    };
    if !lists_of_members(&lists, &[], charter.terms().members.len()) {
        return Err(ClientError::Misbehaved("it names lists of nobody"));
    }
    let mut finder = Finder::new(home, charter, offline.view.own, &lists)?;
    let summary = follow(&mut finder, tags, &mut answer)?;
    finder.finish(&summary, offline.view.round.order(), indicators, answered)
}

/// Holds the matches against the tags, shard by shard, to the summary and the end behind it.
fn follow<R: Read>(
    finder: &mut Finder<'_>,
    mut tags: Tags,
    answer: &mut AnswerFile<R>,
) -> Result<Summary, ClientError> {
    while let Some(part) = answer.next_part()? {
        match part {
            Part::Lists(_) => return Err(ClientError::Misbehaved("it says twice which lists were there")),
            Part::Matches { shard, matches, last } => {
                if finder.is_between() {
                    finder.begin(tags.next()?);
                }
                finder.shard(shard, matches, last)?;
            }
            Part::Summary(summary) => {
                finder.end(finder.is_between() && tags.next()?.is_some())?;
                return match answer.next_part()? {
                    None => Ok(summary),
                    Some(_) => Err(ClientError::Misbehaved("its answer goes on behind its end")),
                };
            }
        }
    }
    Err(ClientError::Misbehaved("its answer ends too early"))
}

/// What a tags file of this home is about: round, list number, indicators.
pub fn tags_in_words(
    home: &Home,
    file: impl Read + Send + 'static,
    name: &str,
) -> Result<Vec<(&'static str, String)>, ClientError> {
    let tags = open_tags(home, file, name)?;
    Ok(vec![
        ("for round", tags.round().to_string()),
        ("list", tags.number().to_string()),
        ("indicators", tags.indicators().to_string()),
    ])
}

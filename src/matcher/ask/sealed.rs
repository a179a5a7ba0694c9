//! Questions that a courier brings. What is asked and what is answered are as in a stream; here both are files, encrypted
//! past the courier, and the answer is sent while it is made.

use super::Asking;
use crate::carried::answer::{self, AnswerSealer, Part};
use crate::carried::question::OpenedQuestion;
use crate::carried::{Envelope, FileKind};
use crate::matcher::Matcher;
use crate::transport::Pin;
use crate::wire::{Incoming, Pieces, Refusal, TagsPart};

pub(in crate::matcher) async fn ask(
    matcher: &Matcher,
    peer: Pin,
    envelope: Envelope,
    header: Vec<u8>,
    mut parts: Incoming<TagsPart>,
    pieces: Pieces,
) -> Result<(), Refusal> {
    let round = envelope.round;
    let (standing, question) = matcher
        .standing_when(peer, round, |terms, _| {
            let question = OpenedQuestion::open(&envelope, header, matcher.home.opening_key())?;
            let member = terms.place_of_key(&question.header.member).ok_or(Refusal::FromNobody(FileKind::Question))?;
            question.verify(terms.members[member].verifying())?;
            Ok((Some(member), question))
        })
        .await?;
    let member = standing.place;
    let sealing = *standing.charter.terms().members[member].sealing();
    let mut asking = Asking::begin(matcher, standing).await?;
    if question.header.number != asking.number {
        return Err(Refusal::OtherList { found: question.header.number, published: asking.number });
    }

    let header = answer::Header::to(&question.header, matcher.clock.now());
    let (mut sealer, first) = AnswerSealer::new(&header, matcher.home.signing_key(), &sealing);
    pieces.send(first).await?;
    send(&pieces, sealer.add(&Part::Lists(asking.lists.clone()))).await?;
    while let Some(part) = parts.next().await? {
        let shard = asking.next;
        let tags = question.shard(shard, part.0.into())?;
        let matches = asking.answer(TagsPart(tags.into())).await?;
        send(&pieces, sealer.add(&Part::Matches { shard, matches, last: true })).await?;
    }
    let summary = asking.finish().await?;
    tracing::info!(%round, member, "overlaps answered to a courier");
    send(&pieces, sealer.add(&Part::Summary(summary))).await?;
    send(&pieces, sealer.finish()).await
}

async fn send(pieces: &Pieces, ready: impl IntoIterator<Item = Vec<u8>>) -> Result<(), Refusal> {
    for piece in ready {
        pieces.send(piece).await?;
    }
    Ok(())
}

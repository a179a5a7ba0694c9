//! Each generated message and the domain value that it stands for.

use bytes::Bytes;

use super::{Answer, CharterState, Refusal, RoundState, SHARDS_A_MESSAGE, TagsPart, UploadPart, proto};
use crate::carried::withdrawal::Withdrawal;
use crate::carried::{Envelope, FileKind};
use crate::charter::{Charter, CharterHash, MAX_CUSTODIANS, MAX_MEMBERS, Proposal};
use crate::identity::Signature;
use crate::list::file::Preamble;
use crate::matching::disclose::{Count, Summary, Withheld};
use crate::matching::{Certainty, Hit, Match};
use crate::round::{Destruction, Extension, Order, Phase, Published, RoundHash, SignedOrder, Withdrawn};
use crate::tag::Tag;

pub(super) fn array<const N: usize>(bytes: &[u8], what: &'static str) -> Result<[u8; N], Refusal> {
    bytes.try_into().map_err(|_| Refusal::Request(what))
}

pub(super) fn charter_hash(bytes: &[u8]) -> Result<CharterHash, Refusal> {
    Ok(CharterHash::new(array(bytes, "a charter hash has 32 bytes")?))
}

pub(super) fn round_hash(bytes: &[u8]) -> Result<RoundHash, Refusal> {
    Ok(RoundHash::new(array(bytes, "a round hash has 32 bytes")?))
}

pub(super) fn signature(bytes: &[u8]) -> Result<Signature, Refusal> {
    Ok(Signature::from(array(bytes, "a signature has 64 bytes")?))
}

fn copied(bytes: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(bytes.as_ref())
}

pub(super) fn proposal_to_proto(proposal: &Proposal) -> proto::SignedCharter {
    let signature = |(place, signature): (&usize, &Signature)| proto::CharterSignature {
        signer: *place as u32,
        signature: copied(signature.as_bytes()),
    };
    proto::SignedCharter {
        charter: proposal.charter().encode().into(),
        signatures: proposal.signatures().iter().map(signature).collect(),
        resignations: proposal.resignations().iter().map(signature).collect(),
    }
}

pub(super) fn proposal(message: Option<proto::SignedCharter>) -> Result<Proposal, Refusal> {
    let message = message.ok_or(Refusal::Request("the charter is missing"))?;
    let mut proposal = Proposal::new(Charter::decode(&message.charter)?);
    if message.signatures.len().max(message.resignations.len()) > MAX_MEMBERS {
        return Err(Refusal::Request("there are more signatures than members"));
    }
    for signed in message.signatures {
        proposal.add(signed.signer as usize, signature(&signed.signature)?)?;
    }
    for resigned in message.resignations {
        proposal.resign(resigned.signer as usize, signature(&resigned.signature)?)?;
    }
    Ok(proposal)
}

pub(super) fn charter_state_to_proto(state: &CharterState) -> proto::GetCharterResponse {
    let charter = Some(proposal_to_proto(&state.proposal));
    proto::GetCharterResponse { charter, replaced: state.replaced, next_round: state.next_round }
}

pub(super) fn charter_state(message: proto::GetCharterResponse) -> Result<CharterState, Refusal> {
    let proposal = proposal(message.charter)?;
    Ok(CharterState { proposal, replaced: message.replaced, next_round: message.next_round })
}

pub(super) fn order_to_proto(order: &SignedOrder) -> proto::SignedOrder {
    proto::SignedOrder {
        order: order.order.encode().into(),
        sealed_salts: order.sealed_salts.iter().map(copied).collect(),
        salts_digest: copied(order.salts_digest),
        signature: copied(order.signature.as_bytes()),
        extension: order.extension.as_ref().map(extension_to_proto),
    }
}

pub(super) fn extension_to_proto(extension: &Extension) -> proto::Extension {
    proto::Extension { close: extension.close, signature: copied(extension.signature.as_bytes()) }
}

pub(super) fn extension(message: proto::Extension) -> Result<Extension, Refusal> {
    Ok(Extension { close: message.close, signature: signature(&message.signature)? })
}

pub(super) fn order(message: Option<proto::SignedOrder>) -> Result<SignedOrder, Refusal> {
    let message = message.ok_or(Refusal::Request("the round order is missing"))?;
    if message.sealed_salts.len() > MAX_MEMBERS {
        return Err(Refusal::Request("there are more sealed salts than members"));
    }
    Ok(SignedOrder {
        order: Order::decode(&message.order)?,
        sealed_salts: message.sealed_salts.iter().map(|salt| salt.to_vec()).collect(),
        salts_digest: array(&message.salts_digest, "a digest has 32 bytes")?,
        signature: signature(&message.signature)?,
        extension: message.extension.map(extension).transpose()?,
    })
}

pub(super) fn state_to_proto(state: &RoundState) -> proto::GetRoundResponse {
    let phase = match state.phase {
        Phase::Open => proto::Phase::Open,
        Phase::Closed => proto::Phase::Closed,
        Phase::Purged => proto::Phase::Purged,
    };
    let list =
        |list: &Published| proto::PublishedList { member: list.member as u32, number: list.number, asked: list.asked };
    let withdrawn =
        |list: &Withdrawn| proto::WithdrawnList { member: list.member as u32, number: list.number, asked: list.asked };
    let destruction = |(place, statement): &(usize, Destruction)| destruction_to_proto(*place, statement);
    proto::GetRoundResponse {
        order: Some(order_to_proto(&state.order)),
        phase: phase.into(),
        lists: state.lists.iter().map(list).collect(),
        withdrawn: state.withdrawn.iter().map(withdrawn).collect(),
        destructions: state.destructions.iter().map(destruction).collect(),
    }
}

pub(super) fn destruction_to_proto(custodian: usize, destruction: &Destruction) -> proto::RecordedDestruction {
    proto::RecordedDestruction { custodian: custodian as u32, destruction: destruction.encode().into() }
}

pub(super) fn destruction(message: &proto::RecordedDestruction) -> Result<(usize, Destruction), Refusal> {
    Ok((message.custodian as usize, Destruction::decode(&message.destruction)?))
}

pub(super) fn state(message: proto::GetRoundResponse) -> Result<RoundState, Refusal> {
    let phase = match message.phase() {
        proto::Phase::Open => Phase::Open,
        proto::Phase::Closed => Phase::Closed,
        proto::Phase::Purged => Phase::Purged,
        proto::Phase::Unspecified => return Err(Refusal::Request("the round has no phase")),
    };
    let list = |list: &proto::PublishedList| Published {
        member: list.member as usize,
        number: list.number,
        asked: list.asked,
    };
    let withdrawn = |list: &proto::WithdrawnList| Withdrawn {
        member: list.member as usize,
        number: list.number,
        asked: list.asked,
    };
    if message.destructions.len() > MAX_CUSTODIANS {
        return Err(Refusal::Request("there are more statements of destruction than custodians"));
    }
    Ok(RoundState {
        phase,
        lists: message.lists.iter().map(list).collect(),
        withdrawn: message.withdrawn.iter().map(withdrawn).collect(),
        destructions: message.destructions.iter().map(destruction).collect::<Result<_, _>>()?,
        order: order(message.order)?,
    })
}

pub(super) fn preamble(bytes: &[u8]) -> Result<Preamble, Refusal> {
    Ok(Preamble::decode(bytes)?)
}

pub(super) fn upload_part(message: proto::UploadShardsRequest) -> Result<UploadPart, Refusal> {
    if message.shards.len() > SHARDS_A_MESSAGE {
        return Err(Refusal::Request("a message has at most 8 shards"));
    }
    // Copies, for the shards of a message share its buffer, and each is decrypted in place.
    Ok(UploadPart { first: message.first_shard, shards: message.shards.into_iter().map(Vec::from).collect() })
}

pub(super) fn tags_part(message: proto::AskRequest) -> Result<TagsPart, Refusal> {
    Ok(TagsPart(message.tags))
}

pub(super) fn sealed_tags_part(message: proto::AskSealedRequest) -> Result<TagsPart, Refusal> {
    Ok(TagsPart(message.tags))
}

pub(super) fn envelope(bytes: &[u8]) -> Result<Envelope, Refusal> {
    Ok(Envelope::read(FileKind::Question, bytes)?)
}

pub(super) fn withdrawal(bytes: &[u8]) -> Result<Option<Withdrawal>, Refusal> {
    if bytes.is_empty() { Ok(None) } else { Ok(Some(Withdrawal::decode(bytes)?)) }
}

pub(super) fn answer_to_proto(answer: Answer) -> proto::AskResponse {
    let places = |found: &Match, certainty| {
        found.holders.iter().filter(|hit| hit.certainty == certainty).map(|hit| hit.member as u32).collect()
    };
    let part = match answer {
        Answer::Matches { shard, matches, last } => {
            let matches = matches.iter().map(|found| proto::Match {
                tag: copied(found.tag.as_bytes()),
                exact: places(found, Certainty::Exact),
                probable: places(found, Certainty::Probable),
                anonymous: found.anonymous,
            });
            proto::ask_response::Part::Matches(proto::ShardMatches { shard, matches: matches.collect(), last })
        }
        Answer::Summary(summary) => proto::ask_response::Part::Summary(summary_to_proto(&summary)),
    };
    proto::AskResponse { part: Some(part) }
}

pub(super) fn answer(message: proto::AskResponse) -> Result<Answer, Refusal> {
    match message.part.ok_or(Refusal::Request("an answer is empty"))? {
        proto::ask_response::Part::Matches(part) => {
            let matches = part.matches.iter().map(found).collect::<Result<_, _>>()?;
            Ok(Answer::Matches { shard: part.shard, matches, last: part.last })
        }
        proto::ask_response::Part::Summary(message) => Ok(Answer::Summary(summary(&message)?)),
    }
}

fn found(message: &proto::Match) -> Result<Match, Refusal> {
    let hits = |places: &[u32], certainty| {
        places.iter().map(|place| Hit { member: *place as usize, certainty }).collect::<Vec<_>>()
    };
    let mut holders = hits(&message.exact, Certainty::Exact);
    holders.extend(hits(&message.probable, Certainty::Probable));
    holders.sort_unstable_by_key(|hit| hit.member);
    Ok(Match { tag: Tag::new(array(&message.tag, "a tag has 8 bytes")?), holders, anonymous: message.anonymous })
}

fn summary_to_proto(summary: &Summary) -> proto::Summary {
    let withheld = match summary.withheld {
        None => proto::Withheld::Unspecified,
        Some(Withheld::TooFew) => proto::Withheld::TooFew,
        Some(Withheld::Withdrawn) => proto::Withheld::Withdrawn,
    };
    let count = |count: &Count| proto::Count { member: count.member as u32, count: Some(count.count) };
    proto::Summary {
        lists_by_filters: summary.lists_by_filters,
        counts: summary.counts.iter().map(count).collect(),
        spent: summary.spent.iter().map(|member| *member as u32).collect(),
        withheld: withheld.into(),
    }
}

fn summary(message: &proto::Summary) -> Result<Summary, Refusal> {
    let withheld = match proto::Withheld::try_from(message.withheld) {
        Ok(proto::Withheld::Unspecified) => None,
        Ok(proto::Withheld::TooFew) => Some(Withheld::TooFew),
        Ok(proto::Withheld::Withdrawn) => Some(Withheld::Withdrawn),
        Err(_) => return Err(Refusal::Request("why something is withheld is not known to this version")),
    };
    let count = |message: &proto::Count| {
        let count = message.count.ok_or(Refusal::Request("a count has no number"))?;
        Ok(Count { member: message.member as usize, count })
    };
    Ok(Summary {
        lists_by_filters: message.lists_by_filters,
        counts: message.counts.iter().map(count).collect::<Result<_, Refusal>>()?,
        spent: message.spent.iter().map(|member| *member as usize).collect(),
        withheld,
    })
}

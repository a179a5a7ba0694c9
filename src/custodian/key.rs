//! Keys: made for a convener, bound to the order that carries them, destroyed.

use std::collections::BTreeSet;

use super::{Custodian, log_destroyed, shown};
use crate::charter::{Agreed, CharterHash, Proposal};
use crate::identity::Signature;
use crate::oprf::{PrivateKey, PublicKey};
use crate::round::{Destruction, KeyRequest, Order, Round, RoundKey, SeedSource, SignedOrder};
use crate::store::custodian::{Binding, KeptKey, Making};
use crate::transport::Pin;
use crate::wire::Refusal;
use crate::wire::custodian::{Denial, Metered};

/// How far the convener's clock may be from ours. A key's time is counted from its clock.
const CLOCK_TOLERANCE: u64 = 300;
/// Keys of a charter that are held at once at most: those of an open round, of the next ones, and of some that came to nothing.
const MAX_HELD: u32 = 16;

pub(super) async fn open(
    custodian: &Custodian,
    peer: Pin,
    proposal: Proposal,
    request: KeyRequest,
    signature: Signature,
) -> Result<RoundKey, Denial> {
    custodian.card_of(peer)?;
    let terms = proposal.charter().terms();
    if !terms.custody.custodians().iter().any(|named| named.card == *custodian.card().core()) {
        return Err(Denial::OtherCustodian);
    }
    let charter = proposal.agreed()?;
    Custodian::only_convener(peer, terms, "open a round")?;
    request.verify(&charter, &signature)?;
    if request.number == 0 {
        return Err(Refusal::Request("rounds are counted from 1").into());
    }
    // Name and role too, as the matcher has it: whoever is no peer here could not be metered.
    let carriers = terms.carriers.iter().map(|carrier| &carrier.card);
    let strangers = terms.members.iter().chain(carriers).filter(|card| !custodian.admitted.has(card));
    let strangers: BTreeSet<&str> = strangers.map(|card| card.name()).collect();
    if !strangers.is_empty() {
        return Err(Denial::NotAdmittedYet(strangers.into_iter().collect::<Vec<_>>().join(", ")));
    }
    let off = request.opened.abs_diff(custodian.clock.now());
    if off > CLOCK_TOLERANCE {
        return Err(Denial::Clock(off));
    }
    let key = make(custodian, &proposal, &charter, &request).await?;
    Ok(RoundKey::sign(&request, key, custodian.home.signing_key()))
}

async fn make(
    custodian: &Custodian,
    proposal: &Proposal,
    charter: &Agreed,
    request: &KeyRequest,
) -> Result<PublicKey, Denial> {
    // Else they would count, or one of them would be given.
    custodian.destroy_overdue().await?;
    let close = Order::new(charter, request.number, request.nonce, request.opened, SeedSource::Keys(Vec::new())).close;
    let fresh = PrivateKey::random();
    let key = match custodian.store.make(proposal, request, close, &fresh, MAX_HELD).await? {
        Making::Made(key) => key,
        Making::Destroyed(gone) => return Err(Denial::Destroyed(gone.destroyed)),
        Making::Taken(until) => return Err(Denial::Taken { number: request.number, until }),
        Making::TooMany(most) => return Err(Denial::TooManyKeys(most)),
    };
    if key == fresh.public() {
        tracing::info!(charter = %request.charter, number = request.number, key = %shown(&key), close, "key made");
    }
    Ok(key)
}

pub(super) async fn present(
    custodian: &Custodian,
    peer: Pin,
    order: SignedOrder,
    member: Option<usize>,
) -> Result<Metered, Denial> {
    let charter = custodian.charter(peer, order.order.charter).await?;
    let place = Custodian::place_for(peer, charter.terms(), member)?;
    let round = order.verify(&charter)?;
    let key = custodian.settle(carried(custodian, &charter, &round).await?).await?;
    match custodian.store.bind(&key, &round, |other| custodian.destruction(other)).await? {
        Binding::Bound { replaced } => {
            for other in &replaced {
                log_destroyed(other);
                custodian.wipe(other).await?;
            }
            if key.round.is_none() {
                tracing::info!(round = %round.hash(), number = round.order().number, key = %shown(&key.public), "order shown");
            }
        }
        Binding::Destroyed(gone) => return Err(Denial::Destroyed(gone.destroyed)),
        Binding::OtherOrder => return Err(Denial::OtherOrder),
    }
    let spent = custodian.store.spent(key.id, place).await?;
    Ok(Metered { spent, budget: charter.terms().evaluations() })
}

/// The key of this custodian that an order carries. Its signature was checked with the order's; that there is such a key is for
/// the store to say, which may be an old copy.
async fn carried(custodian: &Custodian, charter: &Agreed, round: &Round) -> Result<KeptKey, Denial> {
    let mut named = charter.terms().custody.custodians().iter();
    let place = named.position(|named| named.card == *custodian.card().core()).ok_or(Denial::OtherCustodian)?;
    let key = round.order().keys().get(place).ok_or(Denial::OtherKey)?;
    let made = custodian.store.made(&round.order().key_request()).await?;
    made.filter(|made| made.public == key.key).ok_or(Denial::OtherKey)
}

pub(super) async fn destroy(
    custodian: &Custodian,
    peer: Pin,
    charter: CharterHash,
    key: PublicKey,
) -> Result<Destruction, Denial> {
    let charter = custodian.charter(peer, charter).await?;
    Custodian::only_convener(peer, charter.terms(), "have a round's key destroyed")?;
    let key = custodian.store.key(charter.hash(), &key).await?.ok_or(Denial::NoKey)?;
    let destruction = match &key.destruction {
        Some(destruction) => destruction.clone(),
        None => custodian.destroy_key(&key).await?,
    };
    custodian.stated(&key, destruction).await
}

pub(super) async fn show(
    custodian: &Custodian,
    peer: Pin,
    charter: CharterHash,
    key: PublicKey,
) -> Result<Option<Destruction>, Denial> {
    let charter = custodian.charter(peer, charter).await?;
    let key = custodian.store.key(charter.hash(), &key).await?.ok_or(Denial::NoKey)?;
    let key = custodian.settle(key).await?;
    match &key.destruction {
        Some(destruction) => Ok(Some(custodian.stated(&key, destruction.clone()).await?)),
        None => Ok(None),
    }
}

//! This home's card in a charter, and whether the others are known: so that a matcher can invent nobody.

use super::ClientError;
use crate::charter::Terms;
use crate::home::Home;
use crate::identity::Fingerprint;

/// The cards of a charter that the home does not know, as people would look for them. A card is known if it is in the book, or
/// if somebody has read its fingerprint aloud.
pub(super) fn unknown(home: &Home, terms: &Terms, vouched: &[Fingerprint]) -> Result<Vec<String>, ClientError> {
    let book = home.book();
    let mut unknown = Vec::new();
    for core in terms.cards() {
        let fingerprint = core.id().fingerprint();
        let vouched = match book.find(&core.id())? {
            // A fingerprint is of the keys; name and role are as the book has them.
            Some(card) => card.core() == core,
            None => vouched.contains(&fingerprint),
        };
        if !vouched {
            unknown.push(format!("{} ({}, {fingerprint})", core.name(), core.role().name()));
        }
    }
    Ok(unknown)
}

pub(super) fn refuse_unknown(home: &Home, terms: &Terms, vouched: &[Fingerprint]) -> Result<(), ClientError> {
    let unknown = unknown(home, terms, vouched)?;
    if unknown.is_empty() { Ok(()) } else { Err(ClientError::NotInBook(unknown)) }
}

/// The home's place among the members; else what else it is.
pub(super) fn place(home: &Home, terms: &Terms) -> Result<usize, ClientError> {
    let own = home.card();
    let stranger = if terms.carriers.iter().any(|carrier| carrier.card == *own.core()) {
        ClientError::OnlyCarries
    } else if terms.cards().any(|card| own.succeeds(card)) {
        ClientError::OnlySucceeds
    } else {
        ClientError::NotAMember
    };
    terms.members.iter().position(|member| member == own.core()).ok_or(stranger)
}

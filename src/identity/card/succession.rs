//! Successor cards: new keys that the old key vouches for.
//!
//! ```text
//! successor card = u32 1 || u32 n || (core || signature("mandorla/1 card succession"; id of core, next core))… || card
//! ```
//!
//! Oldest first, 1 to 16 predecessors; the next core of the last is that of the card. All have one name and one role, so
//! that the signatures, which cover the id of the old core, cover its name and role too. The new key need not agree: who
//! hands over to a card that is not theirs gives away and gains nothing.

use std::collections::BTreeSet;

use super::{Card, CardCore, CardError, VERSION};
use crate::identity::{Signature, SigningKey};
use crate::transcript::{Label, Malformed, Reader, Writer};

const FORMAT: &str = "successor card";
const SUCCESSION: Label = Label::new("mandorla/1 card succession");
/// Of a line that is longer the oldest are left out.
const MAX: usize = 16;

/// A card's predecessors, oldest first. Beside the card's core each signature holds, or the card would not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line(Vec<Predecessor>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Predecessor {
    core: CardCore,
    /// Over its own id and the next core.
    signature: Signature,
}

impl Line {
    /// The line of `new` after the holder of the old card's signing key handed over to it.
    pub(super) fn hand_over(old: &Card, new: &CardCore, key: &SigningKey) -> Result<Self, CardError> {
        if key.public() != *old.core.verifying() {
            return Err(CardError::NotTheOwner);
        }
        let signature = key.sign(SUCCESSION, &[old.id().as_bytes(), &new.encode()]);
        let last = Predecessor { core: old.core.clone(), signature };
        let surplus = (old.line.0.len() + 1).saturating_sub(MAX);
        let line = Self(old.line.0.iter().skip(surplus).cloned().chain([last]).collect());
        line.check(new)?;
        Ok(line)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn cores(&self) -> impl DoubleEndedIterator<Item = &CardCore> {
        self.0.iter().map(|old| &old.core)
    }

    /// The successor card whose card is `card`.
    pub(super) fn encode(&self, card: &[u8]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).count(self.0.len());
        let mut bytes = writer.finish();
        for old in &self.0 {
            bytes.extend(old.core.encode());
            bytes.extend(old.signature.as_bytes());
        }
        bytes.extend(card);
        bytes
    }

    /// Reads a successor card and checks every signature in it.
    pub(super) fn decode(bytes: &[u8]) -> Result<Card, CardError> {
        let mut reader = Reader::new(FORMAT, bytes);
        super::check_version(reader.u32()?)?;
        let count = reader.count(MAX)?;
        if count == 0 {
            return Err(reader.fault("it names no card that it succeeds").into());
        }
        let mut line = Vec::new();
        for _ in 0..count {
            line.push(Predecessor { core: CardCore::read(&mut reader)?, signature: reader.fixed()?.into() });
        }
        let line = Self(line);
        let card = Card::read(&mut reader)?;
        reader.end()?;
        line.check(&card.core)?;
        Ok(Card { line, ..card })
    }

    fn check(&self, newest: &CardCore) -> Result<(), CardError> {
        let ids: BTreeSet<_> = self.cores().chain([newest]).map(CardCore::id).collect();
        if ids.len() <= self.0.len() {
            return Err(Malformed { format: FORMAT, fault: "a card succeeds itself" }.into());
        }
        for (old, next) in self.0.iter().zip(self.cores().skip(1).chain([newest])) {
            if (old.core.name(), old.core.role()) != (next.name(), next.role()) {
                return Err(CardError::OtherOwner);
            }
            let (id, next) = (old.core.id(), next.encode());
            let checked = old.core.verifying().verify(SUCCESSION, &[id.as_bytes(), &next], &old.signature);
            checked.map_err(|_| CardError::Succession)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

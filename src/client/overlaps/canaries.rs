//! What came back of the canaries: the part of an answer that is known beforehand.

use std::collections::BTreeMap;

use super::finder::name_and_role;
use crate::canary;
use crate::charter::{Level, Terms};
use crate::matching::{Certainty, Hit};
use crate::report::{Canaries, Misplaced, NotTestable, Untestable};

/// Canaries that the matcher answered.
#[derive(Default)]
pub(super) struct Returned {
    /// How many came back with the member that has them too, by its place.
    rightly: BTreeMap<usize, u32>,
    /// How many came back with a member that cannot have them, by its place.
    wrongly: BTreeMap<usize, u32>,
}

impl Returned {
    /// Takes a canary that is shared with the member at the place `with`. A holder that is only probable may be chance's, as
    /// any overlap may. Anonymous holders cannot be told apart, so they prove nothing.
    pub(super) fn take(&mut self, with: usize, holders: &[Hit]) {
        for hit in holders {
            match hit.certainty {
                _ if hit.member == with => *self.rightly.entry(with).or_default() += 1,
                Certainty::Exact => *self.wrongly.entry(hit.member).or_default() += 1,
                Certainty::Probable => {}
            }
        }
    }

    /// Of each other member whose canaries the reader `own` is to be told of.
    pub(super) fn tested(&self, terms: &Terms, own: usize, published: &[usize]) -> Vec<Canaries> {
        let testable = others(terms, own).filter(|place| untestable(terms, own, published, *place).is_none());
        let tested = testable.map(|place| {
            let (name, role) = name_and_role(terms, place);
            let returned = self.rightly.get(&place).copied().unwrap_or_default();
            Canaries { name, role, expected: canary::PER_PAIR as u32, returned }
        });
        tested.collect()
    }

    /// Those that cannot have what they are said to have.
    pub(super) fn misplaced(&self, terms: &Terms) -> Vec<Misplaced> {
        let misplaced = self.wrongly.iter().map(|(place, canaries)| {
            let (name, role) = name_and_role(terms, *place);
            Misplaced { name, role, canaries: *canaries }
        });
        misplaced.collect()
    }
}

/// The other members.
pub(super) fn not_testable(terms: &Terms, own: usize, published: &[usize]) -> Vec<NotTestable> {
    let reasons = others(terms, own).filter_map(|place| Some((place, untestable(terms, own, published, place)?)));
    let untested = reasons.map(|(place, reason)| {
        let (name, role) = name_and_role(terms, place);
        NotTestable { name, role, reason }
    });
    untested.collect()
}

fn others(terms: &Terms, own: usize) -> impl Iterator<Item = usize> {
    (0..terms.members.len()).filter(move |place| *place != own)
}

/// Why an honest matcher does not tell of canaries. Two hold each, so that a threshold above two hides all.
fn untestable(terms: &Terms, own: usize, published: &[usize], other: usize) -> Option<Untestable> {
    match terms.level(other, own) {
        _ if terms.publish_only.contains(&own) => Some(Untestable::PublishOnly),
        Level::None | Level::Count | Level::Anonymous => Some(Untestable::Level),
        Level::Named if terms.min_holders > 2 => Some(Untestable::MinHolders),
        Level::Named if !published.contains(&other) => Some(Untestable::NotPublished),
        Level::Named => None,
    }
}

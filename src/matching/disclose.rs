//! Disclosure: who may learn of whom. Masks come first, then counting, so a list that the reader may not see changes nothing.

use crate::charter::{Level, Terms};

use super::noise::{self, Bits};

/// The least number of lists at level `anonymous`: of one alone everybody would know whose it is.
pub const LEAST_ANONYMOUS: usize = 2;

/// The lists that a reader's question is held against, by what it learns of them. Members by their places, rising.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Which of the reader's indicators they hold, and that it is they.
    pub named: Vec<usize>,
    /// How many of these hold an indicator of the reader.
    pub anonymous: Vec<usize>,
    /// How many of the reader's indicators each of these holds, with noise.
    pub counted: Vec<usize>,
    /// Why lists at level `anonymous` are not among those above.
    pub withheld: Option<Withheld>,
}

/// Why lists at level `anonymous` are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// Only one was published.
    TooFew,
    /// One was withdrawn after the close, or its time was over: what is answered now and what was answered before would
    /// differ by that list, and so say what its owner holds.
    Withdrawn,
}

impl Sight {
    /// What the reader sees of the lists that are there, `published`, when those of the members `vanished` went after the
    /// close. A member that only publishes sees nothing.
    pub fn new(terms: &Terms, reader: usize, published: &[usize], vanished: &[usize]) -> Self {
        let at = |level: Level, lists: &[usize]| -> Vec<usize> {
            let others = lists.iter().copied().filter(|holder| *holder != reader);
            others.filter(|holder| terms.level(*holder, reader) == level).collect()
        };
        let mut anonymous = at(Level::Anonymous, published);
        let withheld = match anonymous.len() {
            _ if !at(Level::Anonymous, vanished).is_empty() => Some(Withheld::Withdrawn),
            1..LEAST_ANONYMOUS => Some(Withheld::TooFew),
            _ => None,
        };
        if withheld.is_some() {
            anonymous.clear();
        }
        Self { named: at(Level::Named, published), anonymous, counted: at(Level::Count, published), withheld }
    }
}

/// What is said of a whole question, after its last shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lists, named or anonymous, that were known by their filters, not yet by their own tags.
    pub lists_by_filters: u32,
    /// One for each list at level `count`, by rising place.
    pub counts: Vec<Count>,
    /// Members at level `count` of which there is no number any more: the budget of the pair is spent. Rising.
    pub spent: Vec<usize>,
    /// Why lists at level `anonymous` were left out.
    pub withheld: Option<Withheld>,
}

/// How many of the reader's indicators a member holds, with noise: below zero, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Whose list: a place in the charter.
    pub member: usize,
    /// The number.
    pub count: i64,
}

/// What a reader is told of a count. It is drawn once for a round and pair, and kept: the mean of many would be the truth.
pub fn noisy(terms: &Terms, count: u64, bits: &mut Bits) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX).saturating_add(noise::laplace(terms.epsilon.0, bits))
}

/// Whether a pair that has spent so many thousandths under this charter may be answered once more.
pub fn affordable(terms: &Terms, spent: u64) -> bool {
    spent.saturating_add(terms.epsilon.0.into()) <= u64::from(terms.epsilon_budget.0)
}

/// A look-up of a tag in a list known by its filters is nominally wrong once in 2^30; the crate's way of deriving
/// positions makes each filter wrong 1.08 times as often as nominal (measured, `tests/false_positives.rs`).
const FALSE_MATCH: f64 = 1.17 / (1 << 30) as f64;

/// How many overlaps chance alone is expected to show. `indicators` is the number of the reader's own, `by_filters` the
/// number of lists, named or anonymous, that are not yet known exactly.
pub fn chance_overlaps(indicators: u64, by_filters: usize) -> f64 {
    indicators as f64 * by_filters as f64 * FALSE_MATCH
}

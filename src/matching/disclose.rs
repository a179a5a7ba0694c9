//! Disclosure: who may learn of whom. Masks come first, then counting, so a list that the reader may not see changes nothing.

use crate::charter::{Level, Terms};

/// The members whose lists the reader's question is held against, in the charter's order: those that have published and
/// are `named` to it.
pub fn visible(terms: &Terms, reader: usize, published: &[usize]) -> Vec<usize> {
    published
        .iter()
        .copied()
        .filter(|holder| *holder != reader && terms.level(*holder, reader) == Level::Named)
        .collect()
}

/// A look-up of a tag in a list known by its filters is nominally wrong once in 2^30; the crate's way of deriving
/// positions makes each filter wrong 1.08 times as often as nominal (measured, `tests/false_positives.rs`).
const FALSE_MATCH: f64 = 1.17 / (1 << 30) as f64;

/// How many overlaps chance alone is expected to show. `indicators` is the number of the reader's own, `by_filters` the
/// number of visible lists that are not yet known exactly.
pub fn chance_overlaps(indicators: u64, by_filters: usize) -> f64 {
    indicators as f64 * by_filters as f64 * FALSE_MATCH
}

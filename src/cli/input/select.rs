//! Of all that was read, what is taken, and what follows from it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use anyhow::{Result, bail};

use crate::benign::WarnLists;
use crate::charter::words::thousands;
use crate::indicator::derive::{Derivation, Derive};
use crate::indicator::{Indicator, Kind};
use crate::list::origin::Origin;

/// The most indicators that are derived: a few networks that were meant to be small could fill the memory.
const MAX_DERIVED: usize = 10_000_000;
/// Benign indicators that are shown of each list.
const SHOWN: usize = 5;

/// What is taken.
pub(super) struct Rules<'a> {
    /// Which kinds.
    pub(super) takes: &'a dyn Fn(Kind) -> bool,
    /// What is added.
    pub(super) derive: &'a Derive,
    /// The plainly benign.
    pub(super) lists: &'a WarnLists,
    /// Whether it is dropped.
    pub(super) drop: bool,
}

/// What was taken, and figures of the rest.
#[derive(Default)]
pub(in crate::cli) struct Selection {
    /// Distinct and sorted; with its origin where it was derived.
    pub(in crate::cli) taken: Vec<(Indicator, Option<Box<Origin>>)>,
    /// Read, but of other kinds.
    pub(in crate::cli) left_out: BTreeMap<Kind, u64>,
    /// Of what was taken, what was derived.
    pub(in crate::cli) derived: BTreeMap<Derivation, u64>,
    /// Networks in whose place their addresses were taken.
    pub(in crate::cli) replaced: u64,
    /// By list, what is plainly benign. It is among what was taken, unless it was to be dropped.
    pub(in crate::cli) benign: BTreeMap<String, Benign>,
    /// How much was dropped as plainly benign.
    pub(in crate::cli) dropped: u64,
}

/// What one list of the plainly benign has.
#[derive(Default)]
pub(in crate::cli) struct Benign {
    pub(in crate::cli) count: u64,
    pub(in crate::cli) first: Vec<Indicator>,
}

impl Rules<'_> {
    /// Takes from `own`, which are distinct and in order.
    pub(super) fn apply(&self, own: Vec<Indicator>) -> Result<Selection> {
        let mut selection = Selection::default();
        let mut derived = HashMap::new();
        let mut keeps = Vec::with_capacity(own.len());
        for indicator in &own {
            keeps.push(self.consider(indicator, &own, &mut selection, &mut derived));
            if derived.len() > MAX_DERIVED {
                bail!(
                    "more than {} indicators would be derived: expand smaller networks only (--expand-cidr)",
                    thousands(MAX_DERIVED as u64)
                );
            }
        }
        let kept = own.into_iter().zip(keeps).filter_map(|(indicator, keep)| keep.then_some((indicator, None)));
        selection.taken = kept.collect();
        self.add(derived, &mut selection);
        Ok(selection)
    }

    /// Whether an indicator that was read is taken. What follows from it is put into `derived`, with its sources in
    /// order; what was read itself is not derived.
    fn consider(
        &self,
        indicator: &Indicator,
        own: &[Indicator],
        selection: &mut Selection,
        derived: &mut HashMap<Indicator, Origin>,
    ) -> bool {
        let wanted = (self.takes)(indicator.kind());
        if wanted && self.is_dropped(indicator, selection) {
            return false;
        }
        let replaced = self.expansion_for(indicator).from(indicator, &mut |found, derivation| {
            if (self.takes)(found.kind()) && own.binary_search(&found).is_err() {
                let origin = Origin::new(derivation, indicator.clone());
                match derived.get_mut(&found) {
                    Some(known) => known.merge(origin),
                    None => drop(derived.insert(found, origin)),
                }
            }
        });
        if replaced {
            selection.replaced += 1;
        } else if !wanted {
            *selection.left_out.entry(indicator.kind()).or_default() += 1;
        }
        wanted && !replaced
    }

    /// A network stays where its addresses are not taken.
    fn expansion_for(&self, indicator: &Indicator) -> Cow<'_, Derive> {
        let family = if indicator.value().contains(':') { Kind::Ipv6 } else { Kind::Ipv4 };
        match indicator.kind() == Kind::Cidr && !(self.takes)(family) {
            true => Cow::Owned(Derive { expand: None, ..self.derive.clone() }),
            false => Cow::Borrowed(self.derive),
        }
    }

    fn add(&self, derived: HashMap<Indicator, Origin>, selection: &mut Selection) {
        if derived.is_empty() {
            return; // what was taken is in order
        }
        let mut derived: Vec<(Indicator, Origin)> = derived.into_iter().collect();
        derived.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (indicator, origin) in derived {
            if !self.is_dropped(&indicator, selection) {
                *selection.derived.entry(origin.derivation()).or_default() += 1;
                selection.taken.push((indicator, Some(Box::new(origin))));
            }
        }
        selection.taken.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    }

    /// Counts what a list of the plainly benign has.
    fn is_dropped(&self, indicator: &Indicator, selection: &mut Selection) -> bool {
        let Some(list) = self.lists.hit(indicator) else { return false };
        if !selection.benign.contains_key(list) {
            selection.benign.insert(list.to_owned(), Benign::default());
        }
        let benign = selection.benign.get_mut(list).expect("it is there by now");
        benign.count += 1;
        if benign.first.len() < SHOWN {
            benign.first.push(indicator.clone());
        }
        selection.dropped += u64::from(self.drop);
        self.drop
    }
}

impl Selection {
    /// How many of each kind were taken.
    pub(in crate::cli) fn kinds(&self) -> BTreeMap<Kind, u64> {
        let mut kinds = BTreeMap::new();
        for (indicator, _) in &self.taken {
            *kinds.entry(indicator.kind()).or_default() += 1;
        }
        kinds
    }

    /// How many are of other kinds than those that are taken.
    pub(in crate::cli) fn all_left_out(&self) -> u64 {
        self.left_out.values().sum()
    }

    /// How many a list of the plainly benign has.
    pub(in crate::cli) fn all_benign(&self) -> u64 {
        self.benign.values().map(|benign| benign.count).sum()
    }
}

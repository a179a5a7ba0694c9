//! Indicators on their way to a draft: each takes a seed, which the round's salt gives or the custodians do.

use std::collections::HashSet;

use super::seeds::Seeds;
use super::{ClientError, RoundView};
use crate::canary;
use crate::charter::Terms;
use crate::custody::shared::{Salt, SeedKey};
use crate::home::Home;
use crate::indicator::Indicator;
use crate::list::origin::Origin;
use crate::list::{Content, Draft, DraftFault, Entry};
use crate::round::{Phase, SeedSource};

/// Indicators on their way to a draft.
pub struct Drafting<'h> {
    terms: Terms,
    pub(super) source: Source<'h>,
}

/// Where seeds come from.
pub(super) enum Source<'h> {
    /// At once, under the round's salt.
    Salt { key: SeedKey, scratch: Vec<u8>, entries: Vec<Entry> },
    /// From custodians, of whose evaluations the home may have some.
    Custodians { seeds: Box<Seeds<'h>>, wanted: Vec<Wanted> },
}

/// What is to have a seed.
pub(super) struct Wanted {
    content: Content,
    origin: Option<Box<Origin>>,
    pub(super) canon: Vec<u8>,
}

impl<'h> Drafting<'h> {
    /// Opens the round's salt, which must match its commitment, or what the home has of the custodians' evaluations.
    pub fn new(home: &'h Home, view: &RoundView) -> Result<Self, ClientError> {
        if view.phase != Phase::Open {
            return Err(ClientError::NotOpen(view.phase));
        }
        let (terms, round, order) = (view.charter.terms().clone(), view.round.hash(), view.round.order());
        let source = match &order.source {
            SeedSource::Salt(commitment) => {
                let sealed = view
                    .round
                    .sealed_salt(view.own)
                    .ok_or(ClientError::Misbehaved("it keeps the round's salt back"))?;
                let salt = Salt::open(sealed, &round, &order.nonce, commitment, home.opening_key())?;
                let key = salt.seed_key(&round);
                let entries = Entry::canaries(&round, home.opening_key(), &terms.members, view.own, &key);
                Source::Salt { key, scratch: Vec::new(), entries }
            }
            SeedSource::Keys(_) => {
                let canaries = canary::of_list(&round, home.opening_key(), &terms.members, view.own);
                let wanted = canaries.into_iter().map(|(with, canary)| {
                    let mut canon = Vec::new();
                    canary.write_canon(&mut canon);
                    Wanted { content: Content::Canary { with }, origin: None, canon }
                });
                Source::Custodians { seeds: Box::new(Seeds::open(home, &view.round)?), wanted: wanted.collect() }
            }
        };
        Ok(Self { terms, source })
    }

    /// Adds an indicator. Kinds that the charter does not compare are left out.
    pub fn add(&mut self, indicator: Indicator) {
        self.add_from(indicator, None);
    }

    /// As [`Drafting::add`], with its origin if it was derived.
    pub fn add_from(&mut self, indicator: Indicator, origin: Option<Box<Origin>>) {
        if !self.terms.kinds.contains(&indicator.kind()) {
            return;
        }
        match &mut self.source {
            Source::Salt { key, scratch, entries } => {
                let seed = key.seed(&indicator, scratch);
                entries.push(Entry::new(indicator.into(), origin, seed));
            }
            Source::Custodians { wanted, .. } => {
                let canon = indicator.canon();
                wanted.push(Wanted { content: indicator.into(), origin, canon });
            }
        }
    }

    /// How many indicators and canaries the custodians have still to evaluate; none in shared custody.
    pub fn missing(&self) -> usize {
        match &self.source {
            Source::Salt { .. } => 0,
            Source::Custodians { seeds, wanted } => {
                seeds.missing(wanted.iter().map(|wanted| wanted.canon.as_slice())).len()
            }
        }
    }

    /// That there are more than a list may have is said before anything is paid for.
    pub(super) fn refuse_too_many(&self) -> Result<(), ClientError> {
        let Source::Custodians { wanted, .. } = &self.source else { return Ok(()) };
        let indicators = wanted.iter().filter(|wanted| matches!(wanted.content, Content::Indicator(_)));
        let mut canons: Vec<&[u8]> = indicators.map(|wanted| wanted.canon.as_slice()).collect();
        canons.sort_unstable();
        canons.dedup();
        let (found, max) = (canons.len() as u64, self.terms.max_indicators);
        if found > max { Err(DraftFault::TooMany { found, max }.into()) } else { Ok(()) }
    }

    /// The draft, with the canaries. In custody by custodians all must be evaluated.
    pub fn finish(self) -> Result<Draft, ClientError> {
        let entries = match self.source {
            Source::Salt { entries, .. } => entries,
            Source::Custodians { seeds, wanted } => {
                let (mut entries, mut without) = (Vec::with_capacity(wanted.len()), HashSet::new());
                for wanted in wanted {
                    match seeds.seed(&wanted.canon) {
                        Some(seed) => entries.push(Entry::new(wanted.content, wanted.origin, seed)),
                        None => drop(without.insert(wanted.canon)),
                    }
                }
                if !without.is_empty() {
                    return Err(ClientError::NotEvaluated(without.len()));
                }
                entries
            }
        };
        Ok(Draft::under(&self.terms, entries)?)
    }
}

//! What the matcher says, held against the question and the charter.

use std::collections::BTreeMap;

use super::Asked;
use crate::charter::Terms;
use crate::client::kept::Kept;
use crate::client::{Client, ClientError, RoundView};
use crate::identity::{CardCore, Contact};
use crate::matching::disclose::{Sight, Summary};
use crate::matching::{Hit, Match};
use crate::report::{self, Reason};
use crate::tag::Tag;

/// Turns matches into overlaps, and believes none that the question or the charter rules out.
pub(super) struct Finder<'a> {
    kept: Kept<'a>,
    terms: &'a Terms,
    own: usize,
    /// The list's number.
    number: u32,
    /// What the charter lets this home see of the lists that were there when the question began. Lists may be withdrawn
    /// since, so less may come, and never more.
    sight: Sight,
    /// Members that may be named to this home, and how to reach them.
    holders: BTreeMap<usize, report::Holder>,
    /// The tag of the last match: they rise, so that none comes twice.
    last: Option<Tag>,
    overlaps: Vec<report::Overlap>,
}

/// All that was learned.
pub(super) struct Found {
    pub(super) overlaps: Vec<report::Overlap>,
    pub(super) counts: Vec<report::Count>,
    pub(super) withheld: Vec<report::Withheld>,
    /// Lists, named or anonymous, that were known by their filters.
    pub(super) by_filters: usize,
}

impl<'a> Finder<'a> {
    pub(super) fn new(client: &Client<'a>, view: &'a RoundView, number: u32) -> Result<Self, ClientError> {
        let terms = view.charter.terms();
        let published: Vec<usize> = view.lists.iter().map(|list| list.member).collect();
        let sight = Sight::new(terms, view.own, &published, &[]);
        let holder = |place: &usize| Ok((*place, client.holder(&terms.members[*place])?));
        let holders = sight.named.iter().map(holder).collect::<Result<_, ClientError>>()?;
        let kept = Kept::new(client.home, view.round.hash());
        Ok(Self { kept, terms, own: view.own, number, sight, holders, last: None, overlaps: Vec::new() })
    }

    pub(super) fn take(&mut self, asked: &Asked, matches: Vec<Match>) -> Result<(), ClientError> {
        for found in matches {
            self.check(asked, &found)?;
            let holders = found.holders.iter().map(|hit| self.holder(hit));
            let holders: Vec<report::Holder> = holders.collect::<Result<_, ClientError>>()?;
            // None for a dummy: chance matched it, and it is nobody's indicator.
            let indicators = asked.kept.origins(found.tag);
            for (indicator, origin) in indicators.map_err(|fault| self.kept.tags_fault(self.number, fault))? {
                self.overlaps.push(report::Overlap {
                    kind: indicator.kind().name().to_owned(),
                    value: indicator.value().to_owned(),
                    derived: origin.as_ref().map(report::Derived::from),
                    holders: holders.clone(),
                    anonymous_holders: found.anonymous,
                });
            }
        }
        Ok(())
    }

    fn check(&mut self, asked: &Asked, found: &Match) -> Result<(), ClientError> {
        if asked.tags.as_slice().binary_search(&found.tag).is_err() {
            return Err(ClientError::Misbehaved("it names a tag that was not asked about"));
        }
        let rising = self.last.replace(found.tag) < Some(found.tag);
        if !rising || found.holders.windows(2).any(|pair| pair[0].member == pair[1].member) {
            return Err(ClientError::Misbehaved("it names a tag or a holder twice"));
        }
        let anonymous = found.anonymous as usize;
        if anonymous > self.sight.anonymous.len() {
            return Err(ClientError::Misbehaved("it counts anonymous holders that the charter hides"));
        }
        let others = found.holders.len() + anonymous;
        if others == 0 || 1 + others < self.terms.min_holders as usize {
            return Err(ClientError::Misbehaved("it reveals what too few hold"));
        }
        Ok(())
    }

    fn holder(&self, hit: &Hit) -> Result<report::Holder, ClientError> {
        let holder = self.holders.get(&hit.member);
        let mut holder = holder.ok_or(ClientError::Misbehaved("it names a holder that the charter hides"))?.clone();
        holder.certainty = hit.certainty.into();
        Ok(holder)
    }

    pub(super) fn finish(mut self, summary: &Summary) -> Result<Found, ClientError> {
        self.overlaps.sort_unstable_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
        let by_filters = summary.lists_by_filters as usize;
        if by_filters > self.sight.named.len() + self.sight.anonymous.len() {
            return Err(ClientError::Misbehaved("it tells of lists that nobody has published"));
        }
        let (counts, withheld) = (self.counts(summary)?, self.withheld(summary)?);
        Ok(Found { overlaps: self.overlaps, counts, withheld, by_filters })
    }

    fn counts(&self, summary: &Summary) -> Result<Vec<report::Count>, ClientError> {
        let members: Vec<usize> = summary.counts.iter().map(|count| count.member).collect();
        self.check_counted(&members)?;
        let named = summary.counts.iter().map(|count| {
            let (name, role) = self.words(count.member);
            report::Count { name, role, count: count.count }
        });
        Ok(named.collect())
    }

    /// Members whose lists are there, are at level `count`, and come once.
    fn check_counted(&self, members: &[usize]) -> Result<(), ClientError> {
        if !members.is_sorted_by(|a, b| a < b) || members.iter().any(|member| !self.sight.counted.contains(member)) {
            return Err(ClientError::Misbehaved("it counts for a list that the charter does not let it count"));
        }
        Ok(())
    }

    fn withheld(&self, summary: &Summary) -> Result<Vec<report::Withheld>, ClientError> {
        self.check_counted(&summary.spent)?;
        if summary.counts.iter().any(|count| summary.spent.contains(&count.member)) {
            return Err(ClientError::Misbehaved("it counts for a list whose noise budget it calls spent"));
        }
        let plain = |reason| report::Withheld { reason, name: String::new(), role: String::new() };
        let silent = self.terms.publish_only.contains(&self.own).then(|| plain(Reason::PublishOnly));
        let anonymous = summary.withheld.map(|withheld| plain(withheld.into()));
        let spent = summary.spent.iter().map(|member| {
            let (name, role) = self.words(*member);
            report::Withheld { reason: Reason::BudgetSpent, name, role }
        });
        Ok(silent.into_iter().chain(anonymous).chain(spent).collect())
    }

    fn words(&self, place: usize) -> (String, String) {
        let card = &self.terms.members[place];
        (card.name().to_owned(), card.role().name().to_owned())
    }
}

impl Client<'_> {
    /// A member as reports show it. Its point of contact is the book's, which its owner signed.
    fn holder(&self, core: &CardCore) -> Result<report::Holder, ClientError> {
        let card = self.home.book().find(&core.id())?;
        let contact = card.as_ref().map(|card| card.contact());
        let text = |of: fn(&Contact) -> &str| contact.map(of).unwrap_or_default().to_owned();
        Ok(report::Holder {
            name: core.name().to_owned(),
            role: core.role().name().to_owned(),
            fingerprint: core.id().fingerprint().to_string(),
            contact: report::Contact {
                name: text(|contact| contact.name()),
                email: text(|contact| contact.email()),
                phone: text(|contact| contact.phone()),
                hours: text(|contact| contact.hours()),
            },
            certainty: report::Certain::Probable,
        })
    }
}

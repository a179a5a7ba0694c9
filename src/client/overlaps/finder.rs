//! What the matcher says, held against the question and the charter.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::canaries::{self, Returned};
use super::tags::Asked;
use crate::canary;
use crate::charter::{Agreed, Terms};
use crate::client::ClientError;
use crate::home::Home;
use crate::identity::{CardCore, Contact};
use crate::list::Content;
use crate::matching::disclose::{self, Sight, Summary};
use crate::matching::{Hit, Match};
use crate::report::{self, Reason, Report};
use crate::round::{Order, Published};
use crate::tag::Tag;

/// Turns matches into overlaps, and believes none that the question or the charter rules out.
pub(in crate::client) struct Finder<'a> {
    charter: &'a Agreed,
    own: usize,
    /// The lists that were there when the question began.
    lists: &'a [Published],
    /// What the charter lets this home see of the lists that were there when the question began. Lists may be withdrawn
    /// since, so less may come, and never more.
    sight: Sight,
    /// Members that may be named to this home, and how to reach them.
    holders: BTreeMap<usize, report::Holder>,
    /// The tag of the last match: they rise, so that none comes twice.
    last: Option<Tag>,
    /// The shard of which matches come, if they are not all here.
    current: Option<Asked>,
    overlaps: Vec<report::Overlap>,
    /// Canaries are no overlaps.
    returned: Returned,
}

/// What the matcher said, once all of it was believed.
struct Found {
    counts: Vec<report::Count>,
    withheld: Vec<report::Withheld>,
    /// Lists, named or anonymous, that were known by their filters.
    by_filters: usize,
}

impl<'a> Finder<'a> {
    /// For the member at the place `own`, when these lists are there.
    pub(in crate::client) fn new(
        home: &Home,
        charter: &'a Agreed,
        own: usize,
        lists: &'a [Published],
    ) -> Result<Self, ClientError> {
        let terms = charter.terms();
        let published: Vec<usize> = lists.iter().map(|list| list.member).collect();
        let sight = Sight::new(terms, own, &published, &[]);
        let holder = |place: &usize| Ok((*place, holder(home, &terms.members[*place])?));
        let holders = sight.named.iter().map(holder).collect::<Result<_, ClientError>>()?;
        Ok(Self {
            charter,
            own,
            lists,
            sight,
            holders,
            last: None,
            current: None,
            overlaps: Vec::new(),
            returned: Returned::default(),
        })
    }

    fn terms(&self) -> &'a Terms {
        self.charter.terms()
    }

    /// Whether the answers go on with another shard, of which [`Finder::begin`] is to tell.
    pub(in crate::client) fn is_between(&self) -> bool {
        self.current.is_none()
    }

    /// The next shard that was asked about, if there is one.
    pub(in crate::client) fn begin(&mut self, asked: Option<Asked>) {
        self.current = asked;
    }

    /// Takes the matches of the shard that was begun, or some of them; `last` says that no more follow.
    pub(in crate::client) fn shard(&mut self, shard: u32, matches: Vec<Match>, last: bool) -> Result<(), ClientError> {
        let asked = self.current.take().filter(|asked| asked.shard() == shard);
        let asked = asked.ok_or(ClientError::Misbehaved("it answers what was not asked"))?;
        self.take(&asked, matches)?;
        if !last {
            self.current = Some(asked);
        }
        Ok(())
    }

    /// That the answers are at their end; `more` if another shard was asked about.
    pub(in crate::client) fn end(&self, more: bool) -> Result<(), ClientError> {
        if self.current.is_some() || more {
            return Err(ClientError::Misbehaved("it left a part of the question unanswered"));
        }
        Ok(())
    }

    fn take(&mut self, asked: &Asked, matches: Vec<Match>) -> Result<(), ClientError> {
        for found in matches {
            self.check(asked, &found)?;
            let holders = found.holders.iter().map(|hit| self.holder(hit));
            let holders: Vec<report::Holder> = holders.collect::<Result<_, ClientError>>()?;
            // None for a dummy: chance matched it, and it is nobody's indicator.
            for (content, origin) in asked.contents(found.tag)? {
                match content {
                    Content::Indicator(indicator) => self.overlaps.push(report::Overlap {
                        kind: indicator.kind().name().to_owned(),
                        value: indicator.value().to_owned(),
                        derived: origin.as_ref().map(report::Derived::from),
                        holders: holders.clone(),
                        anonymous_holders: found.anonymous,
                    }),
                    Content::Canary { with } => self.returned.take(with, &found.holders),
                }
            }
        }
        Ok(())
    }

    fn check(&mut self, asked: &Asked, found: &Match) -> Result<(), ClientError> {
        if !asked.has(found.tag) {
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
        if others == 0 || 1 + others < self.terms().min_holders as usize {
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

    /// The report of round `order`, of which `indicators` were published; `now` in seconds since 1970.
    pub(in crate::client) fn finish(
        mut self,
        summary: &Summary,
        order: &Order,
        indicators: u64,
        now: u64,
    ) -> Result<Report, ClientError> {
        self.overlaps.sort_unstable_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
        let found = self.found(summary)?;
        let (terms, now) = (self.terms(), i64::try_from(now).ok());
        let published: Vec<usize> = self.lists.iter().map(|list| list.member).collect();
        let others = terms.members.iter().enumerate().filter(|(place, _)| *place != self.own);
        let member = |(place, card): (usize, &CardCore)| report::Member {
            name: card.name().to_owned(),
            role: card.role().name().to_owned(),
            published: published.contains(&place),
        };
        Ok(Report {
            schema: report::SCHEMA.to_owned(),
            exchange: terms.name.clone(),
            charter: self.charter.hash().to_string(),
            round: order.number,
            member: terms.members[self.own].name().to_owned(),
            generated: now.and_then(|now| Timestamp::from_second(now).ok()).unwrap_or_default().to_string(),
            published: indicators,
            members: others.map(member).collect(),
            chance_overlaps_expected: disclose::chance_overlaps(indicators, found.by_filters),
            overlaps: self.overlaps,
            counts_epsilon: (!found.counts.is_empty()).then(|| terms.epsilon.as_f64()),
            counts: found.counts,
            withheld: found.withheld,
            canaries: self.returned.tested(terms, self.own, &published),
            canaries_not_testable: canaries::not_testable(terms, self.own, &published),
            canaries_misplaced: self.returned.misplaced(terms),
        })
    }

    fn found(&self, summary: &Summary) -> Result<Found, ClientError> {
        let by_filters = summary.lists_by_filters as usize;
        if by_filters > self.sight.named.len() + self.sight.anonymous.len() {
            return Err(ClientError::Misbehaved("it tells of lists that nobody has published"));
        }
        Ok(Found { counts: self.counts(summary)?, withheld: self.withheld(summary)?, by_filters })
    }

    fn counts(&self, summary: &Summary) -> Result<Vec<report::Count>, ClientError> {
        let members: Vec<usize> = summary.counts.iter().map(|count| count.member).collect();
        self.check_counted(&members)?;
        let named = summary.counts.iter().map(|count| {
            let (name, role) = name_and_role(self.terms(), count.member);
            // Both lists have the canaries of the pair, and the matcher cannot tell them from indicators.
            report::Count { name, role, count: count.count.saturating_sub(canary::PER_PAIR as i64) }
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
        let silent = self.terms().publish_only.contains(&self.own).then(|| plain(Reason::PublishOnly));
        let anonymous = summary.withheld.map(|withheld| plain(withheld.into()));
        let spent = summary.spent.iter().map(|member| {
            let (name, role) = name_and_role(self.terms(), *member);
            report::Withheld { reason: Reason::BudgetSpent, name, role }
        });
        Ok(silent.into_iter().chain(anonymous).chain(spent).collect())
    }
}

/// Of the member at a place, as reports have them.
pub(super) fn name_and_role(terms: &Terms, place: usize) -> (String, String) {
    let card = &terms.members[place];
    (card.name().to_owned(), card.role().name().to_owned())
}

/// A member as reports show it. Its point of contact is the book's, which its owner signed: of its newest card, when the
/// charter still binds an older one.
fn holder(home: &Home, core: &CardCore) -> Result<report::Holder, ClientError> {
    let card = home.book().newest(core)?;
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

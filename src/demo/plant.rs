//! What the made-up organisations hold: campaigns that several of them have seen, and much that only one has.

use std::collections::{BTreeSet, HashSet};

use super::values::{Dice, Hand, KINDS, Plain};
use crate::identity::Role;
use crate::indicator::Kind;

/// Indicators that several members hold for the same reason.
pub(super) struct Campaign {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    /// Places of the members that have seen it.
    pub(super) holders: Vec<usize>,
    pub(super) indicators: Vec<Plain>,
}

/// A list as its member wrote it.
pub(super) struct ListFile {
    pub(super) text: String,
    /// Lines that are no indicator, and must be refused.
    pub(super) bad_lines: Vec<u64>,
}

/// All that was planted.
pub(super) struct Plant {
    pub(super) campaigns: Vec<Campaign>,
    /// What each member holds, by place.
    pub(super) lists: Vec<BTreeSet<Plain>>,
    pub(super) files: Vec<ListFile>,
}

impl Plant {
    /// Lists of `size` indicators for members with these roles.
    pub(super) fn new(roles: &[Role], size: usize, seed: u64) -> Self {
        let mut garden = Garden { dice: Dice::new(seed), grown: HashSet::new() };
        let campaigns: Vec<Campaign> =
            sketches(roles).into_iter().map(|sketch| garden.campaign(sketch, size)).collect();
        let mut lists = vec![BTreeSet::new(); roles.len()];
        for campaign in &campaigns {
            for holder in &campaign.holders {
                lists[*holder].extend(campaign.indicators.iter().cloned());
            }
        }
        garden.meetings(&mut lists, size);
        for list in &mut lists {
            while list.len() < size {
                list.insert(garden.grow(&KINDS));
            }
        }
        let files = lists.iter().enumerate().map(|(place, list)| garden.file(place, list)).collect();
        Self { campaigns, lists, files }
    }

    /// An indicator that all members hold, a short one.
    pub(super) fn common(&self, kind: Kind) -> Option<&Plain> {
        let everyone = self.campaigns.iter().find(|campaign| campaign.holders.len() == self.lists.len())?;
        let of_kind = everyone.indicators.iter().filter(|indicator| indicator.kind == kind);
        of_kind.min_by_key(|indicator| indicator.value.len())
    }
}

/// A campaign before it has indicators: one in `part` of a list.
struct Sketch {
    name: &'static str,
    what: &'static str,
    kinds: &'static [Kind],
    holders: Vec<usize>,
    part: usize,
}

/// Campaigns that the cast allows: each crosses a line that the charter draws, or does not.
fn sketches(roles: &[Role]) -> Vec<Sketch> {
    let with = |role| (0..roles.len()).filter(|place| roles[*place] == role).collect::<Vec<usize>>();
    let (companies, agencies, brokers) = (with(Role::Company), with(Role::Agency), with(Role::Broker));
    let some = |places: &[&[usize]]| places.concat();
    let (first_agency, last_agency) = (&agencies[..agencies.len().min(1)], &agencies[agencies.len().max(1) - 1..]);
    let mut sketches = vec![
        Sketch {
            name: "Loud Parade",
            what: "of every kind",
            kinds: &KINDS,
            holders: some(&[&companies, &agencies, &brokers]),
            part: 200,
        },
        Sketch { name: "Paper Lanterns", what: "sock puppets", kinds: &PUPPETS, holders: companies.clone(), part: 50 },
        Sketch {
            name: "Golden Ballot",
            what: "a phishing kit",
            kinds: &PHISHING,
            holders: some(&[&companies[..companies.len().min(2)], &brokers]),
            part: 75,
        },
    ];
    if !agencies.is_empty() {
        sketches.push(Sketch {
            name: "Night Ferry",
            what: "malware",
            kinds: &MALWARE,
            holders: some(&[&companies[..1], first_agency]),
            part: 100,
        });
        sketches.push(Sketch {
            name: "Glass Harbour",
            what: "malware",
            kinds: &MALWARE,
            holders: some(&[&companies[1..2], last_agency]),
            part: 100,
        });
    }
    if !agencies.is_empty() && !brokers.is_empty() {
        sketches.push(Sketch {
            name: "Grey Heron",
            what: "phishing",
            kinds: &PHISHING,
            holders: some(&[&agencies, &brokers]),
            part: 100,
        });
    }
    sketches
}

/// Grows indicators, none of them twice.
struct Garden {
    dice: Dice,
    grown: HashSet<Plain>,
}

impl Garden {
    fn grow(&mut self, kinds: &[Kind]) -> Plain {
        loop {
            // A kind whose range is used up gives way to the others: 198.18.0.0/15 has 131,072 addresses.
            let plain = Plain::make(kinds[self.dice.below(kinds.len())], &mut self.dice);
            if self.grown.insert(plain.clone()) {
                return plain;
            }
        }
    }

    fn campaign(&mut self, sketch: Sketch, size: usize) -> Campaign {
        let Sketch { name, what, kinds, holders, part } = sketch;
        // In turn, so that each kind of the campaign is there.
        let indicators = (0..(size / part).max(10)).map(|n| self.grow(&kinds[n % kinds.len()..][..1])).collect();
        Campaign { name, what, holders, indicators }
    }

    /// Every two members have a few in common that are no campaign.
    fn meetings(&mut self, lists: &mut [BTreeSet<Plain>], size: usize) {
        let most = size / (4 * lists.len());
        for second in 1..lists.len() {
            for first in 0..second {
                for _ in 0..self.dice.below(most + 1) {
                    let plain = self.grow(&KINDS);
                    lists[first].insert(plain.clone());
                    lists[second].insert(plain);
                }
            }
        }
    }

    /// The list in its member's hand, out of order, with a few lines twice and, in every other list, a few that are none.
    fn file(&mut self, place: usize, list: &BTreeSet<Plain>) -> ListFile {
        let hand = Hand::of(place);
        let mut lines: Vec<(String, bool)> = list.iter().map(|plain| (hand.write(plain), true)).collect();
        lines.extend(list.iter().take(3).map(|plain| (Hand::Plain.write(plain), true)));
        let bad = if place % 2 == 1 { BAD.len() } else { 0 };
        lines.extend(BAD[..bad].iter().map(|line| ((*line).to_owned(), false)));
        self.dice.shuffle(&mut lines);

        let head = ["# Made up by `mandorla demo`. One indicator a line.".to_owned(), String::new()];
        let first = head.len() as u64 + 1;
        let bad_lines = (first..).zip(&lines).filter(|(_, (_, good))| !good).map(|(number, _)| number).collect();
        let lines: Vec<String> = head.into_iter().chain(lines.into_iter().map(|(line, _)| line)).collect();
        ListFile { text: lines.join("\n") + "\n", bad_lines }
    }
}

const PUPPETS: [Kind; 3] = [Kind::Account, Kind::Email, Kind::Phone];
const PHISHING: [Kind; 3] = [Kind::Url, Kind::Domain, Kind::Email];
const MALWARE: [Kind; 5] = [Kind::Sha256, Kind::Ipv4, Kind::Sha1, Kind::Ipv6, Kind::Md5];
const BAD: [&str; 3] = ["10.0.0.0/33", "jo@@civic-mail.example", "+1 555"];

#[cfg(test)]
mod tests {
    use super::super::cast::cast;
    use super::*;
    use crate::indicator::Reading;
    use crate::ingest::{self, Counts, Event, Options};

    fn roles(members: usize) -> Vec<Role> {
        cast(members).into_iter().map(|(_, role)| role).collect()
    }

    #[test]
    fn lists_have_their_size_and_files_say_the_same() {
        for (members, size) in [(2, 100), (9, 300), (64, 100)] {
            let plant = Plant::new(&roles(members), size, 7);
            for (list, file) in plant.lists.iter().zip(&plant.files) {
                assert_eq!(list.len(), size);
                let (mut read, mut refused, mut counts) = (BTreeSet::new(), Vec::new(), Counts::default());
                let each = |place: ingest::Place, event| {
                    counts.add(&event);
                    match event {
                        Event::Found(Reading { indicator, .. }) => {
                            read.insert(Plain { kind: indicator.kind(), value: indicator.value().to_owned() });
                        }
                        _ => refused.push(place.line),
                    }
                };
                ingest::read(file.text.as_bytes(), &Options::default(), each).unwrap();
                assert_eq!(read, *list);
                assert_eq!(refused, file.bad_lines);
                assert_eq!(counts.indicators, size as u64 + 3, "three are written twice");
            }
        }
    }

    #[test]
    fn campaigns_are_where_they_belong_and_nowhere_else() {
        let plant = Plant::new(&roles(9), 1000, 7);
        assert_eq!(plant.campaigns.len(), 6);
        for campaign in &plant.campaigns {
            for (place, list) in plant.lists.iter().enumerate() {
                let held = campaign.indicators.iter().filter(|plain| list.contains(plain)).count();
                let expected = if campaign.holders.contains(&place) { campaign.indicators.len() } else { 0 };
                assert_eq!(held, expected, "{} at {place}", campaign.name);
            }
        }
        for kind in KINDS {
            assert!(plant.common(kind).is_some(), "{kind}");
        }
    }

    #[test]
    fn a_seed_repeats() {
        let text = |seed| Plant::new(&roles(5), 200, seed).files.remove(1).text;
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }
}

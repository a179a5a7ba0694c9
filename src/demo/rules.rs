//! The charter of the demo: the file that a convener would write, and what it means in a few words.

use std::path::Path;

use anyhow::Result;

use super::cast::{MATCHER, slug};
use super::folder::Folder;
use super::servers::Site;
use super::story::listed;
use super::values::KINDS;
use crate::charter::draft::Draft;
use crate::charter::{Charter, Level, Terms, words};
use crate::identity::{Card, CardCore, Role};

/// The exchange.
pub(super) const NAME: &str = "election-demo";
/// Its charter's draft.
pub(super) const FILE: &str = "election-demo.toml";

/// Where the card of a name lies, as the draft writes it.
pub(super) fn card_file(name: &str) -> String {
    format!("cards/{}.card", slug(name))
}

/// The draft, as its convener would write it; custody is shared if there are no custodians.
pub(super) fn toml(cast: &[(String, Role)], custodians: &[Site]) -> String {
    let members: String = cast.iter().map(|(name, _)| format!("    \"{}\",\n", card_file(name))).collect();
    let kinds = KINDS.map(|kind| format!("\"{kind}\"")).join(", ");
    format!(
        "# `mandorla charter propose` makes a charter of this file. Paths are beside it; the proposer is the convener.\n\
         name = \"{NAME}\"\n\
         matcher = \"{}\"\n\
         members = [\n{members}]\n\
         {}\
         kinds = [{kinds}]\n\
         max_indicators = 100_000\n\
         min_holders = 2\n\
         round_hours = 24\n\
         answer_hours = 72\n\n\
         [disclosure]\n\
         default = \"named\"\n\
         rules = [\n{}]\n",
        card_file(MATCHER),
        custody(custodians),
        rules(cast)
    )
}

fn custody(custodians: &[Site]) -> String {
    if custodians.is_empty() {
        return "custody = \"shared\"\n\
                accept_guessable = true # the matcher and one member together can test guesses: all members sign that\n"
            .to_owned();
    }
    let row = |site: &Site| format!("    {{ card = \"{}\", url = \"{}\" }},\n", card_file(&site.name), site.url());
    let rows: String = custodians.iter().map(row).collect();
    format!(
        "custody = \"custodian\"\ncustodians = [ # all of them and the matcher together can test guesses\n{rows}]\n"
    )
}

fn rules(cast: &[(String, Role)]) -> String {
    let first = |of: Role| cast.iter().find(|(_, role)| *role == of).map(|(name, _)| name);
    let mut lines = vec![
        "# Companies show agencies nothing,".to_owned(),
        "{ holder = \"role:company\", reader = \"role:agency\", level = \"none\" },".to_owned(),
    ];
    if let Some((company, agency)) = first(Role::Company).zip(first(Role::Agency)) {
        lines.push("# but for one that has agreed to it.".to_owned());
        let (holder, reader) = (card_file(company), card_file(agency));
        lines.push(format!("{{ holder = \"{holder}\", reader = \"{reader}\", level = \"named\" }},"));
    }
    lines.push("# Agencies show brokers nothing.".to_owned());
    lines.push("{ holder = \"role:agency\", reader = \"role:broker\", level = \"none\" },".to_owned());
    lines.iter().map(|line| format!("    {line}\n")).collect()
}

/// Makes the charter of the draft in the folder, as `charter propose` does.
pub(super) fn charter(folder: &Folder, proposer: &str, now: u64) -> Result<Charter> {
    let card = |path: &str| read_card(&folder.path(path)).map_err(|error| format!("{error:#}"));
    let proposer = read_card(&folder.path(&card_file(proposer)))?.id();
    Ok(Draft::parse(&folder.read(FILE)?)?.charter(proposer, now, card)?)
}

fn read_card(path: &Path) -> Result<CardCore> {
    Ok(Card::from_armour(&std::fs::read_to_string(path)?)?.core().clone())
}

/// Every sentence for the member at this place: what it signs.
pub(super) fn in_full(terms: &Terms, own: usize) -> String {
    let parts = words::sections(terms, own);
    let head = format!("The charter {} in plain words, for {}.\n", terms.name, terms.members[own].name());
    parts.iter().fold(head, |text, (_, sentences)| text + "\n" + &sentences.join("\n") + "\n")
}

/// What each role learns: a sentence each, and one for each pair of members that a rule singles out.
pub(super) fn in_short(terms: &Terms) -> Vec<String> {
    let mut exceptions = Vec::new();
    let roles = [Role::Company, Role::Agency, Role::Broker].map(|role| Group::new(terms, role));
    let present = || roles.iter().filter(|group| !group.places.is_empty());
    let mut sentences: Vec<String> =
        present().map(|reader| sentence(terms, reader, present(), &mut exceptions)).collect();
    sentences.append(&mut exceptions);
    sentences
}

/// What custody means, and where that ends.
pub(super) fn custody_in_short(terms: &Terms) -> String {
    let names: Vec<String> =
        terms.custody.custodians().iter().map(|custodian| custodian.card.name().to_owned()).collect();
    if names.is_empty() {
        return "Custody is shared: every member holds the round's salt. The matcher learns no indicator by itself, but \
                together with any one member it could test guesses against every list. All sign that they accept this."
            .to_owned();
    }
    format!(
        "Custody is with {}: no indicator, and no guess, is compared unless both have evaluated it for a member, and both \
         meter that. A matcher that works together with both could test guesses against every list until the keys are \
         destroyed; and that a key was destroyed is the custodian's word, which nobody can check. All sign that.",
        listed(&names)
    )
}

/// The members of a role.
struct Group {
    role: Role,
    places: Vec<usize>,
}

impl Group {
    fn new(terms: &Terms, role: Role) -> Self {
        Self { role, places: (0..terms.members.len()).filter(|place| terms.members[*place].role() == role).collect() }
    }

    fn one(&self) -> String {
        match (self.role, self.places.len()) {
            (role, 1) => format!("The {role}"),
            (Role::Agency, _) => "An agency".to_owned(),
            (role, _) => format!("A {role}"),
        }
    }

    fn all(&self) -> String {
        match (self.role, self.places.len()) {
            (role, 1) => format!("the {role}"),
            (Role::Company, _) => "companies".to_owned(),
            (Role::Agency, _) => "agencies".to_owned(),
            (role, _) => format!("{role}s"),
        }
    }
}

fn sentence<'a>(
    terms: &Terms,
    reader: &Group,
    holders: impl Iterator<Item = &'a Group>,
    exceptions: &mut Vec<String>,
) -> String {
    let (mut named, mut hidden) = (Vec::new(), Vec::new());
    for holder in holders {
        let own = holder.role == reader.role;
        let pairs = holder.places.iter().flat_map(|h| reader.places.iter().map(move |r| (*h, *r)));
        let pairs = pairs.filter(|(h, r)| h != r);
        let (shown, kept): (Vec<_>, Vec<_>) = pairs.partition(|(h, r)| terms.level(*h, *r) == Level::Named);
        let name = |place: usize| terms.members[place].name();
        let who = if own { format!("other {}", holder.all()) } else { holder.all() };
        if shown.len() + kept.len() == 0 {
            continue;
        } else if shown.len() > kept.len() {
            named.push(who);
            exceptions.extend(kept.iter().map(|(h, r)| format!("But {} shows {} nothing.", name(*h), name(*r))));
        } else {
            hidden.push(who);
            exceptions
                .extend(shown.iter().map(|(h, r)| format!("But {} has agreed to be named to {}.", name(*h), name(*r))));
        }
    }
    let one = reader.one();
    match (named.is_empty(), hidden.is_empty()) {
        (true, _) => format!("{one} learns nothing of {}.", listed(&hidden)),
        (_, true) => format!("{one} learns which of its own indicators are held by {}.", listed(&named)),
        _ => format!("{one} learns which of its own are held by {}; nothing of {}.", listed(&named), listed(&hidden)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::cast::{CUSTODIANS, cast};
    use super::*;
    use crate::identity::{OpeningKey, SigningKey};
    use crate::secret::Secret;

    /// The terms of a demo with so many members and with custodians, without homes.
    pub(in super::super) fn terms(members: usize) -> Terms {
        let site = |(name, port): (&str, u16)| Site { name: name.to_owned(), address: ([127, 0, 0, 1], port).into() };
        terms_with(members, &CUSTODIANS.into_iter().zip(7451..).map(site).collect::<Vec<_>>())
    }

    fn terms_with(members: usize, custodians: &[Site]) -> Terms {
        let cast = cast(members);
        let core = |seed: usize, name: &str, role| {
            let seed = [seed as u8; 32];
            let sealing = OpeningKey::from_seed(Secret::new(seed)).public();
            CardCore::new(name, role, SigningKey::from_seed(Secret::new(seed)).public(), sealing, seed).unwrap()
        };
        let servers = CUSTODIANS.map(|name| (name.to_owned(), Role::Custodian));
        let all: Vec<_> = cast.iter().cloned().chain([(MATCHER.to_owned(), Role::Matcher)]).chain(servers).collect();
        let card = |path: &str| {
            let place = all.iter().position(|(name, _)| card_file(name) == path).unwrap();
            Ok(core(place, &all[place].0, all[place].1))
        };
        let convener = card(&card_file(&cast[0].0)).unwrap().id();
        Draft::parse(&toml(&cast, custodians)).unwrap().charter(convener, 1, card).unwrap().terms().clone()
    }

    #[test]
    fn the_short_words_say_what_the_rules_do() {
        assert_eq!(
            in_short(&terms(9)),
            [
                "A company learns which of its own indicators are held by other companies, agencies and the broker.",
                "An agency learns which of its own are held by other agencies and the broker; nothing of companies.",
                "The broker learns which of its own are held by companies; nothing of agencies.",
                "But Northwind Social has agreed to be named to Coastal Agency.",
            ]
        );
        assert_eq!(in_short(&terms(2)), ["A company learns which of its own indicators are held by other companies."]);
    }

    #[test]
    fn a_draft_for_every_number_of_members() {
        for members in [2, 3, 4, 10, 64] {
            let terms = terms(members);
            assert_eq!((terms.members.len(), terms.conveners.first()), (members, Some(&0)));
            let (full, short) = (in_full(&terms, 1), custody_in_short(&terms));
            assert!(full.contains("30 to 50 core-hours"), "the limit of custody by custodians is said: {full}");
            assert!(short.contains("Vault One and Vault Two") && short.contains("custodian's word"), "{short}");
        }
        let shared = terms_with(5, &[]);
        let (full, short) = (in_full(&shared, 1), custody_in_short(&shared));
        assert!(full.contains("13 minutes"), "the limit of shared custody is said: {full}");
        assert!(short.starts_with("Custody is shared"), "{short}");
    }
}

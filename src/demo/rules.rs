//! The charter of the demo: the file that a convener would write, and what it means in a few words.

use std::path::Path;

use anyhow::Result;

use super::cast::{MATCHER, slug};
use super::folder::Folder;
use super::story::listed;
use super::values::KINDS;
use crate::charter::draft::Draft;
use crate::charter::{Charter, Level, Terms, words};
use crate::identity::{Card, CardCore, CardId, Role};

/// The exchange.
pub(super) const NAME: &str = "election-demo";
/// Its charter's draft.
pub(super) const FILE: &str = "election-demo.toml";

/// Where the card of a name lies, as the draft writes it.
pub(super) fn card_file(name: &str) -> String {
    format!("cards/{}.card", slug(name))
}

/// The draft, as its convener would write it.
pub(super) fn toml(cast: &[(String, Role)]) -> String {
    let members: String = cast.iter().map(|(name, _)| format!("    \"{}\",\n", card_file(name))).collect();
    let kinds = KINDS.map(|kind| format!("\"{kind}\"")).join(", ");
    format!(
        "# `mandorla charter propose` makes a charter of this file. Paths are beside it; the proposer is the convener.\n\
         name = \"{NAME}\"\n\
         matcher = \"{}\"\n\
         members = [\n{members}]\n\
         custody = \"shared\"\n\
         accept_guessable = true # the matcher and one member together can test guesses: all members sign that\n\
         kinds = [{kinds}]\n\
         max_indicators = 100_000\n\
         min_holders = 2\n\
         round_hours = 24\n\
         answer_hours = 72\n\n\
         [disclosure]\n\
         default = \"named\"\n\
         rules = [\n{}]\n",
        card_file(MATCHER),
        rules(cast)
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
pub(super) fn charter(folder: &Folder, proposer: CardId, now: u64) -> Result<Charter> {
    let card = |path: &str| read_card(&folder.path(path)).map_err(|error| format!("{error:#}"));
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
    use super::super::cast::cast;
    use super::*;
    use crate::identity::{OpeningKey, SigningKey};
    use crate::secret::Secret;

    /// The terms of a demo with so many members, without homes.
    pub(in super::super) fn terms(members: usize) -> Terms {
        let cast = cast(members);
        let core = |seed: usize, name: &str, role| {
            let seed = [seed as u8; 32];
            let sealing = OpeningKey::from_seed(Secret::new(seed)).public();
            CardCore::new(name, role, SigningKey::from_seed(Secret::new(seed)).public(), sealing, seed).unwrap()
        };
        let card = |path: &str| match cast.iter().position(|(name, _)| card_file(name) == path) {
            Some(place) => Ok(core(place, &cast[place].0, cast[place].1)),
            None => Ok(core(members, MATCHER, Role::Matcher)),
        };
        let convener = card(&card_file(&cast[0].0)).unwrap().id();
        Draft::parse(&toml(&cast)).unwrap().charter(convener, 1, card).unwrap().terms().clone()
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
            let full = in_full(&terms, 1);
            assert!(full.contains("13 minutes"), "the limit of shared custody is said: {full}");
        }
    }
}

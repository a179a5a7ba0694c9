//! A charter in plain words, for those who sign it: who learns what, and what happens when somebody does not keep to it.

use super::{Custody, Level, Terms};
use crate::identity::CardCore;

/// What the matcher learns, whatever the rules say.
const MATCHER_LEARNS: &str = "The matcher learns who overlaps with whom and on how many indicators, when each member asked, and the size of \
    each list within a quarter. It does not learn the indicators, as long as it does not work together with a member.";

/// The limit of shared custody. It is said wherever shared custody is offered.
const SHARED_LIMIT: &str = "The limit of this charter: custody is shared, so every member holds the round's salt. If the matcher works \
    together with any one member, the two can test guesses against every list, without end and without a trace, for as long as they keep copies: \
    all IPv4 addresses in about 13 minutes on one core. What can be guessed or looked up somewhere (addresses, phone numbers, most domains, \
    e-mail addresses and accounts, hashes of known malware) is then readable to them. By signing, each member accepts this.";

/// What can be guessed, said where a list is checked: before it belongs to an exchange.
pub const GUESSING: &str = "Under shared custody every member holds the round's salt. If the matcher works together with any one member, the two \
    can test guesses against your list, 182 ns each on one core, without a trace: all IPv4 addresses in about 13 minutes, and every list of \
    domains, accounts or known hashes that somebody has. Custodians, who would meter each guess, are not in this version.";

/// Nanoseconds that one guess takes on one core, as measured.
pub const NANOSECONDS_A_GUESS: f64 = 182.0;

/// A member alone can try guesses too, within the size limit.
const FISHING: &str = "A member may put guesses into its own list; they are answered like real indicators, up to the size limit in each round.";

/// Sentences on who learns what, for the member at this place.
pub fn disclosure(terms: &Terms, own: usize) -> Vec<String> {
    let others = || terms.members.iter().enumerate().filter(|(place, _)| *place != own);
    let theirs = others().map(|(place, card)| match terms.disclosure.level(own, place) {
        Level::None => format!("{} will learn nothing about your list.", who(card)),
        Level::Named => format!("{} will learn which of their indicators you hold, and that it is you.", who(card)),
    });
    let ours = others().map(|(place, card)| match terms.disclosure.level(place, own) {
        Level::None => format!("You will learn nothing about the list of {}.", who(card)),
        Level::Named => format!("You will learn which of your indicators {} holds, by name.", who(card)),
    });
    theirs.chain(ours).collect()
}

/// Sentences on the rules that hold for all.
pub fn rules(terms: &Terms) -> Vec<String> {
    let kinds: Vec<&str> = terms.kinds.iter().map(|kind| kind.name()).collect();
    let convener = &terms.members[terms.convener];
    vec![
        format!("Compared are: {} (canonical forms: profile {}).", kinds.join(", "), terms.profile),
        format!("A list has at most {} indicators.", thousands(terms.max_indicators)),
        threshold(terms.min_holders),
        format!(
            "{} opens and closes rounds. Lists come in for {}; after the close, answers are given for {}; then all lists are purged.",
            convener.name(),
            hours(terms.round_hours),
            hours(terms.answer_hours)
        ),
        "Everyone sees who has published and who has not.".to_owned(),
    ]
}

/// Sentences on what the matcher learns and what happens if it works together with somebody.
pub fn trust(terms: &Terms) -> Vec<String> {
    let mut sentences = vec![MATCHER_LEARNS.to_owned(), FISHING.to_owned()];
    match terms.custody {
        Custody::Shared => sentences.push(SHARED_LIMIT.to_owned()),
    }
    sentences
}

/// `1,000,000`
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}

fn threshold(min_holders: u32) -> String {
    match min_holders {
        2 => "An indicator is shown as soon as one other organisation that you may see holds it too.".to_owned(),
        more => format!(
            "An indicator is shown only if at least {more} organisations hold it, yours and those that you may see. \
             This limits honest curiosity, not someone who publishes under several names."
        ),
    }
}

fn hours(hours: u32) -> String {
    if hours == 1 { "1 hour".to_owned() } else { format!("{hours} hours") }
}

fn who(card: &CardCore) -> String {
    format!("{} ({})", card.name(), card.role().name())
}

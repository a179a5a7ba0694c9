//! What the matcher and the custodians learn, and what happens if they work together with somebody.

use super::{listed, thousands};
use crate::charter::{Custodian, Custody, Terms};

/// The limit of shared custody. It is said wherever shared custody is offered.
const SHARED_LIMIT: &str = "The limit of this charter: custody is shared, so every member holds the round's salt. If the matcher works \
    together with any one member, the two can test guesses against every list, without end and without a trace, for as long as they keep copies: \
    all IPv4 addresses in about 13 minutes on one core. What can be guessed or looked up somewhere (addresses, phone numbers, most domains, \
    e-mail addresses and accounts, hashes of known malware) is then readable to them, whatever the levels above say. \
    By signing, each member accepts this.";

/// What can be guessed, said where a list is checked: before it belongs to an exchange.
pub const GUESSING: &str = "Under shared custody every member holds the round's salt. If the matcher works together with any one member, the two \
     can test guesses against your list, 182 ns each on one core, without a trace: all IPv4 addresses in about 13 minutes, and every list of \
     domains, accounts or known hashes that somebody has. Under custody by custodians they can test no more guesses than the custodians \
     evaluate, which are metered and logged, and no new ones once the round's keys are destroyed.";

/// Nanoseconds that one guess takes on one core, as measured.
pub const NANOSECONDS_A_GUESS: f64 = 182.0;

/// Sentences on what the matcher learns and what happens if it works together with somebody.
pub fn trust(terms: &Terms) -> Vec<String> {
    let mut sentences = vec![matcher(terms), fishing(terms)];
    match &terms.custody {
        Custody::Shared => sentences.push(SHARED_LIMIT.to_owned()),
        Custody::Custodians(custodians) => sentences.extend(held(terms, custodians)),
    }
    sentences
}

/// Whatever the rules say.
fn matcher(terms: &Terms) -> String {
    let size = if terms.same_size { "" } else { ", and the size of each list within a quarter" };
    let and = if terms.same_size { " and" } else { "," };
    let alone = match &terms.custody {
        Custody::Shared => "as long as it does not work together with a member",
        Custody::Custodians(custodians) if custodians.len() == 1 => {
            "as long as it does not work together with the custodian"
        }
        Custody::Custodians(_) => "as long as it does not work together with every custodian",
    };
    format!(
        "The matcher, {}, learns who overlaps with whom and on how many indicators, also where the rules show members less or nothing{and} \
         when each member asked{size}. It does not learn the indicators, {alone}.",
        terms.matcher.name()
    )
}

/// A member alone can try guesses too, within the size limit.
fn fishing(terms: &Terms) -> String {
    format!(
        "A member may put guesses into its own list; they are answered like real indicators, up to {} in each round.",
        thousands(terms.max_indicators)
    )
}

/// What custodians learn, what they keep others from, and where that ends.
fn held(terms: &Terms, custodians: &[Custodian]) -> [String; 4] {
    let names: Vec<&str> = custodians.iter().map(|custodian| custodian.card.name()).collect();
    let (who, without, all, learns) = match names.as_slice() {
        [one] => (format!("The custodian, {one}, holds"), "it", "the custodian", "It learns"),
        [one, other] => {
            (format!("The custodians, {one} and {other}, each hold"), "both of them", "both of them", "Each learns")
        }
        names => (
            format!("The custodians, {}, each hold", listed(names, "and")),
            "all of them",
            "all of them",
            "Each learns",
        ),
    };
    [
        format!(
            "{who} a key for each round, and nobody compares an indicator without {without}. {learns} how many evaluations each member asked \
             for and when, which is the length of its list, and never of what."
        ),
        format!(
            "If the matcher works together with members, they can test no more guesses than are evaluated for these members: at most {} each \
             in a round, metered and logged, and no new ones after the close, when the keys are destroyed. A convener who works with them can put that \
             off until the last answer.",
            thousands(terms.evaluations())
        ),
        format!(
            "The limit of this charter: a matcher that works together with {all} can test guesses against every list of a round until the keys \
             are destroyed, all IPv4 addresses in 30 to 50 core-hours for each key. That a key was destroyed is the custodian's signed word; nobody \
             can check that no copy was kept."
        ),
        format!(
            "If {} away, members cannot seal new indicators until it is back; lists that are published and answers to them do not need it.",
            if names.len() == 1 { "the custodian is" } else { "one of the custodians is" }
        ),
    ]
}

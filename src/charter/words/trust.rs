//! What the matcher learns, and what happens if it works together with somebody.

use super::thousands;
use crate::charter::{Custody, Terms};

/// The limit of shared custody. It is said wherever shared custody is offered.
const SHARED_LIMIT: &str = "The limit of this charter: custody is shared, so every member holds the round's salt. If the matcher works \
    together with any one member, the two can test guesses against every list, without end and without a trace, for as long as they keep copies: \
    all IPv4 addresses in about 13 minutes on one core. What can be guessed or looked up somewhere (addresses, phone numbers, most domains, \
    e-mail addresses and accounts, hashes of known malware) is then readable to them, whatever the levels above say. \
    By signing, each member accepts this.";

/// What can be guessed, said where a list is checked: before it belongs to an exchange.
pub const GUESSING: &str = "Under shared custody every member holds the round's salt. If the matcher works together with any one member, the two \
     can test guesses against your list, 182 ns each on one core, without a trace: all IPv4 addresses in about 13 minutes, and every list of \
     domains, accounts or known hashes that somebody has. Custodians, who would meter each guess, are not in this version.";

/// Nanoseconds that one guess takes on one core, as measured.
pub const NANOSECONDS_A_GUESS: f64 = 182.0;

/// Sentences on what the matcher learns and what happens if it works together with somebody.
pub fn trust(terms: &Terms) -> Vec<String> {
    let mut sentences = vec![matcher(terms), fishing(terms)];
    match terms.custody {
        Custody::Shared => sentences.push(SHARED_LIMIT.to_owned()),
    }
    sentences
}

/// Whatever the rules say.
fn matcher(terms: &Terms) -> String {
    let size = if terms.same_size { "" } else { ", and the size of each list within a quarter" };
    let and = if terms.same_size { " and" } else { "," };
    format!(
        "The matcher, {}, learns who overlaps with whom and on how many indicators, also where the rules show members less or nothing{and} \
         when each member asked{size}. It does not learn the indicators, as long as it does not work together with a member.",
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

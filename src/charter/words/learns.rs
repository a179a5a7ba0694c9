//! Who learns what: one sentence for each other member and direction.

use crate::charter::{Level, Terms};
use crate::identity::CardCore;

/// What comes of a level for one pair, with all other rules of the charter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing, as the level says.
    Nothing,
    /// Nothing, for the reader publishes only.
    PublishesOnly,
    /// Nothing, for too few others are shown to the reader without their names to hide among.
    TooFewToHide,
    /// Nothing, for the reader may see too few members to reach `min_holders`.
    TooFewToSee,
    /// How many, with noise.
    Count,
    /// Which, and by how many, but not by whom.
    Anonymous,
    /// Which, and by whom.
    Named,
}

/// What the reader can learn of the holder's list at best: in rounds in which everybody publishes.
pub fn effect(terms: &Terms, holder: usize, reader: usize) -> Effect {
    if terms.publish_only.contains(&reader) {
        return Effect::PublishesOnly;
    }
    let at = |level| {
        let others = (0..terms.members.len()).filter(|place| *place != reader);
        others.filter(|place| terms.level(*place, reader) == level).count()
    };
    // Of one alone, everybody would know who it is.
    let hidden = if at(Level::Anonymous) < 2 { 0 } else { at(Level::Anonymous) };
    let reachable = 1 + at(Level::Named) + hidden >= terms.min_holders as usize;
    match terms.level(holder, reader) {
        Level::None => Effect::Nothing,
        Level::Count => Effect::Count,
        Level::Anonymous if hidden == 0 => Effect::TooFewToHide,
        Level::Anonymous | Level::Named if !reachable => Effect::TooFewToSee,
        Level::Anonymous => Effect::Anonymous,
        Level::Named => Effect::Named,
    }
}

/// Sentences on who learns what, for the member at this place: what each other member learns of its list, then what it
/// learns of theirs.
pub fn disclosure(terms: &Terms, own: usize) -> Vec<String> {
    let others = || terms.members.iter().enumerate().filter(|(place, _)| *place != own);
    let theirs = others().map(|(place, card)| learned_of_us(terms, effect(terms, own, place), &who(card)));
    let ours: Vec<String> = if terms.publish_only.contains(&own) {
        vec!["You will learn nothing about the list of anybody: you publish only.".to_owned()]
    } else {
        others().map(|(place, card)| learned_of_them(terms, effect(terms, place, own), &who(card))).collect()
    };
    theirs.chain(ours).collect()
}

fn learned_of_us(terms: &Terms, effect: Effect, who: &str) -> String {
    match effect {
        Effect::Nothing => format!("{who} will learn nothing about your list."),
        Effect::PublishesOnly => format!("{who} will learn nothing about your list: it publishes only."),
        Effect::TooFewToHide => {
            format!("{who} will learn nothing about your list: you are the only one that is anonymous to it.")
        }
        Effect::TooFewToSee => format!("{who} will learn nothing about your list: {}.", unreachable(terms, "it")),
        Effect::Count => {
            format!("{who} will learn about how many of their indicators you hold, not which; {}.", budget(terms))
        }
        Effect::Anonymous => format!(
            "{who} will learn which of their indicators you or others that are anonymous to it hold, and how many of you, but not who; \
             only in rounds in which at least two of you have published."
        ),
        Effect::Named => format!("{who} will learn which of their indicators you hold, and that it is you."),
    }
}

fn learned_of_them(terms: &Terms, effect: Effect, who: &str) -> String {
    match effect {
        Effect::Nothing | Effect::PublishesOnly => format!("You will learn nothing about the list of {who}."),
        Effect::TooFewToHide => {
            format!("You will learn nothing about the list of {who}: it is the only one that is anonymous to you.")
        }
        Effect::TooFewToSee => {
            format!("You will learn nothing about the list of {who}: {}.", unreachable(terms, "you"))
        }
        Effect::Count => {
            format!("You will learn about how many of your indicators {who} holds, not which; {}.", budget(terms))
        }
        Effect::Anonymous => format!(
            "You will learn which of your indicators {who} or others that are anonymous to you hold, and how many of them, but not who; \
             only in rounds in which at least two of them have published."
        ),
        Effect::Named => format!("You will learn which of your indicators {who} holds, by name."),
    }
}

fn unreachable(terms: &Terms, reader: &str) -> String {
    let sees = if reader == "you" { "see" } else { "sees" };
    format!("an indicator is shown if {} organisations hold it, and {reader} {sees} fewer", terms.min_holders)
}

fn budget(terms: &Terms) -> String {
    match terms.counted_rounds() {
        1 => "in one round, then nothing".to_owned(),
        more => format!("in at most {more} rounds, then nothing"),
    }
}

fn who(card: &CardCore) -> String {
    format!("{} ({})", card.name(), card.role().name())
}

//! A charter in plain words, for those who sign it: who learns what, and what happens when somebody does not keep to it.

mod learns;
mod noise;
mod trust;

pub use self::learns::{Effect, disclosure, effect};
pub use self::noise::noise;
pub(crate) use self::noise::usually_off;
pub use self::trust::{GUESSING, NANOSECONDS_A_GUESS, trust};
use super::{CharterHash, Custody, Terms};

/// Everything that the member at this place reads, under its titles.
pub fn sections(terms: &Terms, own: usize) -> Vec<(&'static str, Vec<String>)> {
    let mut sections = common(terms);
    sections.insert(1, ("Who learns what", disclosure(terms, own)));
    sections
}

/// What all members read alike, under its titles; the first is the rules.
pub(super) fn common(terms: &Terms) -> Vec<(&'static str, Vec<String>)> {
    let sections = [
        ("Rules", rules(terms)),
        ("Noise in counts", noise(terms)),
        ("Who may carry files", carriers(terms)),
        ("Whom you trust with what", trust(terms)),
    ];
    sections.into_iter().filter(|(_, sentences)| !sentences.is_empty()).collect()
}

/// Sentences on the rules that hold for all.
pub fn rules(terms: &Terms) -> Vec<String> {
    let kinds: Vec<&str> = terms.kinds.iter().map(|kind| kind.name()).collect();
    let mut sentences: Vec<String> = terms.amends.map(amends).into_iter().collect();
    sentences.extend([
        format!("Compared are: {} (canonical forms: profile {}).", kinds.join(", "), terms.profile),
        size(terms),
        threshold(terms.min_holders),
        rounds(terms),
    ]);
    // Within the round it would change nothing.
    if terms.list_expiry_hours < terms.round_hours + terms.answer_hours {
        let hours = hours(terms.list_expiry_hours);
        sentences
            .push(format!("A list stands for {hours} after it was sealed, and is gone then, also before the purge."));
    }
    let silent: Vec<&str> = names(terms, terms.publish_only.iter());
    if !silent.is_empty() {
        let publish = if silent.len() == 1 { "publishes only and learns" } else { "publish only and learn" };
        sentences.push(format!("{} {publish} nothing of anybody's list.", listed(&silent, "and")));
    }
    sentences.push("Everyone sees who has published and who has not.".to_owned());
    sentences.push(talk(terms.talk).to_owned());
    sentences
}

fn amends(amended: CharterHash) -> String {
    format!(
        "It amends charter {}…: it takes that one's place when all its own members have signed, whatever members say that are not in it \
         any more. A round that is under way then ends under the old rules; the next is opened under these.",
        amended.short()
    )
}

/// Sentences on the couriers, one for each member that has some.
pub fn carriers(terms: &Terms) -> Vec<String> {
    if terms.carriers.is_empty() {
        return vec!["Nobody may carry files for a member: each connects to the matcher itself.".to_owned()];
    }
    let of = |place: usize| {
        let carriers = terms.carriers.iter().filter(move |carrier| carrier.member == place);
        carriers.map(|carrier| carrier.card.name()).collect::<Vec<_>>()
    };
    let length = match terms.custody {
        Custody::Shared => "",
        Custody::Custodians(_) => ", with the length of the list that goes to the custodians",
    };
    let carried = (0..terms.members.len()).map(|place| (place, of(place))).filter(|(_, couriers)| !couriers.is_empty());
    carried
        .map(|(place, couriers)| {
            format!(
                "{} may carry files for {}: it reads this charter and when rounds open and close, and learns when and how large \
                 those files are{length}, nothing of what is in them.",
                listed(&couriers, "or"),
                terms.members[place].name()
            )
        })
        .collect()
}

/// `1,000,000`
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}

fn size(terms: &Terms) -> String {
    let most = format!("A list has at most {} indicators", thousands(terms.max_indicators));
    if terms.same_size { most + "; all lists are filled up to that one size." } else { most + "." }
}

fn threshold(min_holders: u32) -> String {
    match min_holders {
        2 => "An indicator is shown as soon as one other organisation that you may see holds it too.".to_owned(),
        more => format!(
            "An indicator is shown only if at least {more} organisations hold it, yours and those that you may see, by name or not. \
             This limits honest curiosity, not someone who publishes under several names."
        ),
    }
}

fn rounds(terms: &Terms) -> String {
    let conveners = names(terms, terms.conveners.iter());
    let often = match terms.rounds_per_day {
        1 => "one within 24 hours".to_owned(),
        more => format!("at most {more} within 24 hours"),
    };
    format!(
        "{} opens and closes rounds, {often}. Lists come in for {}; after the close, answers are given for {}; then all lists are purged.",
        listed(&conveners, "or"),
        hours(terms.round_hours),
        hours(terms.answer_hours)
    )
}

fn talk(talk: bool) -> &'static str {
    if talk {
        "Members that are named to each other may write to each other through the matcher, about what they share."
    } else {
        "Nobody writes to others through the matcher: the cards say whom to call."
    }
}

fn names<'a>(terms: &'a Terms, places: impl Iterator<Item = &'a usize>) -> Vec<&'a str> {
    places.map(|place| terms.members[*place].name()).collect()
}

/// `A`, `A or B`, `A, B or C`
fn listed(names: &[&str], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

fn hours(hours: u32) -> String {
    if hours == 1 { "1 hour".to_owned() } else { format!("{hours} hours") }
}

//! `mandorla charter show`: what a person reads before signing.

use anyhow::{Context as _, Result};

use super::state;
use crate::charter::{Proposal, words};
use crate::cli::print;
use crate::client::Version;
use crate::home::{Book, Home};
use crate::identity::CardCore;

/// The rules in plain words for the member that this home is.
pub(super) fn render(home: &Home, version: &Version) -> Result<String> {
    let proposal = &version.proposal;
    let charter = proposal.charter();
    let terms = charter.terms();
    let own = terms.place_of(home.card().id()).context(
        "this home is not a member of the exchange: `mandorla charter export` writes its charter as a document",
    )?;
    let head = format!("{}, drafted on {}", terms.name, print::time(terms.created));
    let parties = parties(&home.book(), proposal, own)?;
    let sections = words::sections(terms, own);
    let sections: String =
        sections.iter().map(|(title, text)| format!("\n{title}\n{}", print::bullets(text))).collect();
    Ok(format!("{head}\ncharter {}\n\nParties\n{parties}{sections}\n{}\n", charter.hash(), state(version)))
}

fn parties(book: &Book, proposal: &Proposal, own: usize) -> Result<String> {
    let terms = proposal.charter().terms();
    let mut rows = Vec::new();
    for (place, card) in terms.members.iter().enumerate() {
        let signed = match (proposal.signatures().contains_key(&place), proposal.resignations().contains_key(&place)) {
            (_, true) => "has resigned",
            (true, false) => "signed",
            (false, false) => "has not signed",
        };
        let convener = terms.conveners.contains(&place).then_some("convener");
        let silent = terms.publish_only.contains(&place).then_some("publishes only");
        let own = (place == own).then_some("this home");
        rows.push(row(card, signed, &[convener, silent, own, stranger(book, card)?]));
    }
    rows.push(row(&terms.matcher, "", &[stranger(book, &terms.matcher)?]));
    for custodian in terms.custody.custodians() {
        let address = format!("holds a key for each round, at {}", custodian.url);
        rows.push(row(&custodian.card, "", &[Some(&address), stranger(book, &custodian.card)?]));
    }
    for carrier in &terms.carriers {
        let member = format!("carries for {}", terms.members[carrier.member].name());
        rows.push(row(&carrier.card, "", &[Some(&member), stranger(book, &carrier.card)?]));
    }
    Ok(print::columns(rows))
}

fn row(card: &CardCore, signed: &str, remarks: &[Option<&str>]) -> [String; 5] {
    let remarks: Vec<&str> = remarks.iter().copied().flatten().collect();
    let fingerprint = card.id().fingerprint().to_string();
    [card.name().to_owned(), card.role().to_string(), fingerprint, signed.to_owned(), remarks.join(", ")]
}

/// The book decides: names are the matcher's and the convener's word.
fn stranger(book: &Book, card: &CardCore) -> Result<Option<&'static str>> {
    Ok((!book.knows(card)?).then_some("NOT IN YOUR BOOK"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charter::{Charter, CharterHash};
    use crate::cli::fixture::Fixture;

    #[test]
    fn who_signs_reads_all_of_it() {
        let fixture = Fixture::new();
        let (home, lock) = (&fixture.homes[1], fixture.homes[1].lock().unwrap());
        home.book().add(fixture.homes[0].card(), &lock).unwrap();
        let proposal = fixture.proposal(&[0]);
        let text = render(home, &proposal.clone().into()).unwrap();
        let line = |name: &str| text.lines().find(|line| line.starts_with(&format!("  {name}"))).unwrap().to_owned();
        assert!(line("Northwind Social").contains("company") && line("Northwind Social").ends_with("convener"));
        assert!(line("Harbour Mail").contains(&home.card().fingerprint().to_string()));
        assert!(line("Harbour Mail").ends_with("has not signed  this home"));
        assert!(line("Agency A").ends_with("NOT IN YOUR BOOK") && line("Clearing House").ends_with("NOT IN YOUR BOOK"));
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let terms = proposal.charter().terms();
        for sentence in words::sections(terms, 1).into_iter().flat_map(|(_, sentences)| sentences) {
            assert!(joined.contains(&sentence), "{sentence}");
        }
        assert!(joined.contains("Agency A (agency) will learn nothing about your list."));
        assert!(joined.ends_with(
            "Not in force: Harbour Mail, Agency A must still sign (`mandorla charter sign election-2026`)."
        ));
        assert!(text.contains(&proposal.charter().hash().to_string()));
    }

    #[test]
    fn a_stranger_has_no_place_in_it() {
        let fixture = Fixture::new();
        let error = render(&fixture.homes[3], &fixture.proposal(&[0, 1, 2]).into()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this home is not a member of the exchange: `mandorla charter export` writes its charter as a document"
        );
    }

    /// Every way that a charter can stand.
    #[test]
    fn what_became_of_it() {
        let fixture = Fixture::new();
        let newer = CharterHash::new([0xAB; 32]);
        let mut amendment = fixture.charter().terms().clone();
        amendment.amends = Some(newer);
        let amendment = Version::from(Proposal::new(Charter::new(amendment).unwrap()));
        let agreed = Version::from(fixture.proposal(&[0, 1, 2]));
        let mut resigned = agreed.clone();
        let by = resigned.proposal.charter().resign(fixture.homes[1].signing_key());
        resigned.proposal.resign(1, by).unwrap();
        let text = render(&fixture.homes[0], &resigned).unwrap();
        assert!(text.lines().any(|line| line.starts_with("  Harbour Mail") && line.contains("has resigned")), "{text}");
        for (version, said) in [
            (agreed.clone(), "In force: all members have signed."),
            (
                resigned.clone(),
                "In force, and paused: Harbour Mail resigned. No round opens before an amendment without them is in force \
                 (`mandorla charter propose FILE --amends election-2026`).",
            ),
            (
                Version { replaced_by: Some(newer), said_replaced: true, ..resigned },
                "Replaced by a newer version, charter abababababab…: rounds open under that.",
            ),
            (
                Version { said_replaced: true, ..agreed },
                "Replaced by a newer version that does not name this home, the matcher says: no round opens under this one any more.",
            ),
            (
                amendment.clone(),
                "Not in force: Northwind Social, Harbour Mail, Agency A must still sign (`mandorla charter sign election-2026`). \
                 Until then rounds open under charter abababababab….",
            ),
            (
                Version { said_replaced: true, ..amendment },
                "Not in force: another version came first, and signatures under this one are of no use any more.",
            ),
        ] {
            assert_eq!(state(&version), said);
        }
    }
}

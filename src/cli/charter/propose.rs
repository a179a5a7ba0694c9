//! `mandorla charter propose`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::state;
use crate::charter::draft::Draft;
use crate::charter::{Charter, Proposal, Terms};
use crate::cli::{block_on, card, exchange, now, print};
use crate::client::{Client, Server};
use crate::home::Home;
use crate::identity::{CardCore, CardId};

pub(super) fn run(home: &Home, file: &Path) -> Result<()> {
    let charter = read(home, file).with_context(|| format!("cannot propose {}", file.display()))?;
    let server = server_of(home, charter.terms().matcher.id(), charter.terms().matcher.name())?;
    let (proposal, again) = block_on(async {
        let mut client = Client::connect(home, &server).await?;
        match standing(&mut client, &charter).await? {
            Some(proposal) => Ok((proposal, true)),
            None => Ok((client.propose(charter).await?, false)),
        }
    })?;
    let charter = proposal.charter();
    let (name, hash) = (&charter.terms().name, charter.hash());
    let said = if again { format!("{name} is proposed already") } else { format!("Proposed {name}") };
    print::out(&format!("{said}, charter {hash}.\n{}\n", state(&proposal)))
}

/// A proposal that says the same and differs only in when it was made: a second one would only make its name ambiguous.
async fn standing(client: &mut Client<'_>, charter: &Charter) -> Result<Option<Proposal>> {
    let terms = charter.terms();
    for (hash, name) in client.exchanges().await? {
        if name != terms.name {
            continue;
        }
        let Some(proposal) = client.find(&hash.to_string()).await? else { continue };
        let known = proposal.charter().terms();
        if *known == (Terms { created: known.created, ..terms.clone() }) {
            return Ok(Some(proposal));
        }
    }
    Ok(None)
}

/// Makes the charter of a draft whose cards are all in the book.
fn read(home: &Home, file: &Path) -> Result<Charter> {
    let draft = Draft::parse(&fs::read_to_string(file)?)?;
    let beside = file.parent().unwrap_or(Path::new(""));
    let mut strangers: Vec<PathBuf> = Vec::new();
    let mut load = |path: &str| -> Result<CardCore> {
        let path = beside.join(path);
        let card = card::read(&path)?;
        if !home.book().knows(card.core())? {
            strangers.push(path);
        }
        Ok(card.core().clone())
    };
    let charter = draft.charter(home.card().id(), now(), |path| load(path).map_err(|error| reason(&error)))?;
    refuse(&strangers)?;
    Ok(charter)
}

fn refuse(strangers: &[PathBuf]) -> Result<()> {
    if strangers.is_empty() {
        return Ok(());
    }
    let files: Vec<String> = strangers.iter().map(|path| path.display().to_string()).collect();
    bail!("not in the book: check the fingerprints with the owners, then run `mandorla card add {}`", files.join(" "))
}

pub(super) fn reason(error: &anyhow::Error) -> String {
    error.root_cause().to_string()
}

fn server_of(home: &Home, matcher: CardId, name: &str) -> Result<Server> {
    let server = exchange::servers(home)?.into_iter().find(|server| server.card.id() == matcher);
    server.with_context(|| {
        format!("this home is not connected to {name}, the charter's matcher: run `mandorla connect https://host:port --card FILE`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fixture::Fixture;

    const DRAFT: &str = r#"
name = "election-2026"
matcher = "m.card"
members = ["n.card", "h.card"]
custody = "shared"
accept_guessable = true
kinds = ["domain"]
max_indicators = 1000
min_holders = 2
disclosure.default = "named"
"#;

    /// The cards of the first two members and of the matcher beside a draft.
    fn drafted(fixture: &Fixture, draft: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        for (place, name) in [(0, "n.card"), (1, "h.card"), (3, "m.card")] {
            fs::write(dir.path().join(name), fixture.homes[place].card().to_armour()).unwrap();
        }
        let file = dir.path().join("draft.toml");
        fs::write(&file, draft).unwrap();
        (dir, file)
    }

    #[test]
    fn only_the_book_gets_into_a_charter() {
        let fixture = Fixture::new();
        let home = &fixture.homes[0];
        let (dir, file) = drafted(&fixture, DRAFT);
        let path = |name: &str| dir.path().join(name).display().to_string();
        let expected = format!("run `mandorla card add {} {}`", path("m.card"), path("h.card"));
        let error = read(home, &file).unwrap_err().to_string();
        assert!(error.ends_with(&expected), "{error}");

        let lock = home.lock().unwrap();
        for place in [1, 3] {
            home.book().add(fixture.homes[place].card(), &lock).unwrap();
        }
        let charter = read(home, &file).unwrap();
        assert_eq!((charter.terms().conveners.first(), charter.terms().members.len()), (Some(&0), 2));
        let error = server_of(home, charter.terms().matcher.id(), "Clearing House").err().unwrap().to_string();
        assert!(error.contains("mandorla connect"), "{error}");
    }

    #[test]
    fn a_draft_that_is_none_says_why() {
        let fixture = Fixture::new();
        for (draft, reason) in [
            (DRAFT.replace("kinds", "kidns"), "unknown field `kidns`"),
            (DRAFT.replace("h.card", "gone.card"), "the card gone.card: No such file"),
            (DRAFT.replace("h.card", "draft.toml"), "the card draft.toml: no line `-----BEGIN MANDORLA CARD-----`"),
        ] {
            let (_dir, file) = drafted(&fixture, &draft);
            let error = read(&fixture.homes[0], &file).unwrap_err();
            let text = print::error(&error);
            assert!(text.contains(reason), "{text}");
        }
    }
}

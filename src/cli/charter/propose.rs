//! `mandorla charter propose`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::state;
use crate::charter::draft::Draft;
use crate::charter::{Charter, Terms};
use crate::cli::{block_on, card, exchange, now, print};
use crate::client::{Client, Server, Version};
use crate::home::Home;
use crate::identity::{CardCore, CardId};

pub(super) fn run(home: &Home, file: &Path, amends: Option<&str>) -> Result<()> {
    let charter = read(home, file).with_context(|| format!("cannot propose {}", file.display()))?;
    let server = server_of(home, charter.terms().matcher.id(), charter.terms().matcher.name())?;
    let (version, again) = block_on(async {
        let mut client = Client::connect(home, &server).await?;
        let charter = match amends {
            Some(name) => amending(&mut client, &charter, name).await?,
            None => charter,
        };
        let known = client.versions(&charter.terms().name).await?;
        if let Some(version) = known.all().iter().find(|version| says_the_same(version, &charter)) {
            return Ok((version.clone(), true));
        }
        if amends.is_none() {
            refuse_second(home, known.all(), file)?;
        }
        Ok((client.propose(charter).await?.into(), false))
    })?;
    let charter = version.proposal.charter();
    let (name, hash) = (&charter.terms().name, charter.hash());
    let said = if again { format!("{name} is proposed already") } else { format!("Proposed {name}") };
    print::out(&format!("{said}, charter {hash}.\n{}\n", state(&version)))
}

/// The charter, as an amendment of the newest version in force of an exchange.
async fn amending(client: &mut Client<'_>, charter: &Charter, name: &str) -> Result<Charter> {
    let found = client.find_in_force(name).await?;
    let old = found.with_context(|| {
        format!("no exchange {name} that could be amended: `mandorla charter list` shows those that name this home")
    })?;
    Ok(Charter::new(Terms { amends: Some(old.agreed()?.hash()), ..charter.terms().clone() })?)
}

/// Whether a version that is in force or may be says what this charter says, and differs only in when it was made: a second
/// one would only make its name ambiguous.
fn says_the_same(version: &Version, charter: &Charter) -> bool {
    let (known, terms) = (version.proposal.charter().terms(), charter.terms());
    let alike = *known == Terms { created: known.created, amends: known.amends, ..terms.clone() };
    // Of a charter in force the amendment that changes nothing is one, too.
    let takes_its_place = known.amends == terms.amends || version.proposal.agreed().is_ok();
    alike && takes_its_place && version.replaced_by.is_none() && !version.said_replaced
}

/// Two exchanges in force under one name could not be told apart by it.
fn refuse_second(home: &Home, known: &[Version], file: &Path) -> Result<()> {
    let own = home.card();
    let convened = |version: &&Version| {
        let in_force = version.proposal.agreed().is_ok() && version.replaced_by.is_none() && !version.said_replaced;
        let terms = version.proposal.charter().terms();
        let convenes = |place: &usize| terms.members[*place] == *own.core() || own.succeeds(&terms.members[*place]);
        in_force && terms.conveners.iter().any(convenes)
    };
    let Some(version) = known.iter().find(convened) else { return Ok(()) };
    let name = &version.proposal.charter().terms().name;
    bail!(
        "{name} is in force: to change its rules run `mandorla charter propose {} --amends {name}`; for another exchange write \
         another name",
        file.display()
    )
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
    use crate::charter::CharterHash;
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
    fn a_name_in_force_is_amended_or_left() {
        let fixture = Fixture::new();
        let (convener, other) = (&fixture.homes[0], &fixture.homes[1]);
        let version = |signers: &[usize]| Version::from(fixture.proposal(signers));
        let in_force = version(&[0, 1, 2]);
        let error =
            refuse_second(convener, std::slice::from_ref(&in_force), Path::new("new.toml")).unwrap_err().to_string();
        assert!(error.contains("`mandorla charter propose new.toml --amends election-2026`"), "{error}");
        refuse_second(other, std::slice::from_ref(&in_force), Path::new("x")).unwrap();
        refuse_second(convener, &[version(&[0, 1])], Path::new("x")).unwrap();
        refuse_second(convener, &[Version { said_replaced: true, ..in_force }], Path::new("x")).unwrap();
    }

    /// Proposed again, nothing is proposed; but rules that were replaced can come back.
    #[test]
    fn what_is_there_is_not_proposed_twice() {
        let fixture = Fixture::new();
        let again = |change: fn(&mut Terms)| {
            let mut terms = fixture.charter().terms().clone();
            terms.created += 60;
            change(&mut terms);
            Charter::new(terms).unwrap()
        };
        let amends: fn(&mut Terms) = |terms| terms.amends = Some(CharterHash::new([7; 32]));
        let (waiting, in_force) = (Version::from(fixture.proposal(&[0])), Version::from(fixture.proposal(&[0, 1, 2])));
        assert!(says_the_same(&waiting, &again(|_| ())) && says_the_same(&in_force, &again(|_| ())));
        assert!(!says_the_same(&waiting, &again(amends)) && says_the_same(&in_force, &again(amends)));
        assert!(!says_the_same(&in_force, &again(|terms| terms.min_holders = 3)));
        assert!(!says_the_same(&Version { said_replaced: true, ..in_force }, &again(amends)));
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

//! The organisations at work: what each would do with a command of its own.

use std::fs::File;

use anyhow::{Context, Result, bail, ensure};

use super::cast::{CUSTODIANS, MATCHER, slug};
use super::folder::Folder;
use super::rules;
use super::servers::Site;
use crate::charter::{Agreed, Charter};
use crate::client::{Client, Drafting, KeyState, Server, Silent};
use crate::home::Home;
use crate::identity::{Card, Contact, Role};
use crate::indicator::Rejection;
use crate::ingest::{self, Counts, Event, Options, Place};
use crate::report::Report;

/// `mandorla id new`, for every member.
pub(super) fn homes(folder: &Folder, cast: &[(String, Role)]) -> Result<Vec<Home>> {
    cast.iter().enumerate().map(|(place, (name, role))| home(folder, name, *role, place)).collect()
}

/// `mandorla id new` for the matcher.
pub(super) fn matcher_home(folder: &Folder, members: usize) -> Result<Home> {
    home(folder, MATCHER, Role::Matcher, members)
}

/// `mandorla id new` for the custodians.
pub(super) fn custodian_homes(folder: &Folder, members: usize) -> Result<Vec<Home>> {
    (members + 1..).zip(CUSTODIANS).map(|(place, name)| home(folder, name, Role::Custodian, place)).collect()
}

fn home(folder: &Folder, name: &str, role: Role, place: usize) -> Result<Home> {
    let desk = match role {
        Role::Agency => "Duty officer",
        Role::Broker => "Exchange desk",
        Role::Matcher | Role::Custodian => "Operations",
        _ => "Trust desk",
    };
    // +1 555 0100 to 0199 are nobody's.
    let (email, phone) = (format!("desk@{}.example", slug(name)), format!("+1 555 01{place:02}"));
    let contact = Contact::new(desk, &email, &phone, "weekdays 9 to 17 UTC")?;
    Ok(Home::create(&folder.path(&format!("homes/{}", slug(name))), name, role, contact)?)
}

/// `mandorla id card` and `mandorla card add`: members get everyone's card. Servers are given those whom they admit.
pub(super) fn swap_cards(folder: &Folder, homes: &[Home], servers: &[&Card]) -> Result<()> {
    let cards = || homes.iter().map(Home::card).chain(servers.iter().copied());
    for card in cards() {
        folder.write(&rules::card_file(card.core().name()), &card.to_armour())?;
    }
    for home in homes {
        let lock = home.lock()?;
        for card in cards() {
            home.book().add(card, &lock)?;
        }
    }
    Ok(())
}

/// `mandorla connect`.
pub(super) async fn connect<'h>(homes: &'h [Home], matcher: &Site, card: &Card) -> Result<Vec<Client<'h>>> {
    let server = Server { url: matcher.url(), card: card.clone() };
    let mut clients = Vec::new();
    for home in homes {
        server.remember(home, &home.lock()?)?;
        clients.push(Client::connect(home, &server).await?);
    }
    Ok(clients)
}

/// `mandorla charter propose`, and `charter sign` by everyone else.
pub(super) async fn agree(clients: &mut [Client<'_>], charter: Charter) -> Result<Agreed> {
    let mut proposal = clients[0].propose(charter).await?;
    for client in &mut clients[1..] {
        proposal = client.find(rules::NAME).await?.context("the matcher does not know the charter")?;
        proposal = client.sign(&proposal, &[]).await?;
    }
    Ok(proposal.agreed()?)
}

/// A list that was published.
pub(super) struct Published {
    pub(super) counts: Counts,
    pub(super) rejected: Vec<(Place, Rejection)>,
    /// Its size class: what the matcher learns of its size.
    pub(super) shards: u32,
}

/// `mandorla publish`.
pub(super) async fn publish(
    folder: &Folder,
    home: &Home,
    client: &mut Client<'_>,
    charter: &Agreed,
) -> Result<Published> {
    let view = client.round(charter, None).await?;
    let mut drafting = Drafting::new(home, &view)?;
    let (mut counts, mut rejected) = (Counts::default(), Vec::new());
    let list = folder.path(&list_file(home.card().core().name()));
    let list = File::open(&list).with_context(|| format!("opening {}", list.display()))?;
    let outcome = ingest::read(list, &Options::default(), |place, event| {
        counts.add(&event);
        match event {
            Event::Found(reading) => drafting.add(reading.indicator),
            Event::Rejected(reason) => rejected.push((place, reason)),
            Event::Skipped(_) => {}
        }
    })?;
    counts.lines = outcome.lines;
    let lock = home.lock()?;
    client.evaluate(&view, &mut drafting, &lock, &Silent).await?;
    let draft = drafting.finish()?;
    client.publish(&view, &draft, &lock, &Silent).await?;
    Ok(Published { counts, rejected, shards: draft.class().shards() })
}

/// `mandorla round close`. Every custodian must have signed that it destroyed its key.
pub(super) async fn close(convener: &mut Client<'_>, charter: &Agreed) -> Result<()> {
    let view = convener.round(charter, None).await?;
    let keys = convener.close_round(&view).await?;
    let custodians = charter.terms().custody.custodians();
    ensure!(keys.len() == custodians.len(), "{} custodians have {} keys", custodians.len(), keys.len());
    for (custodian, key) in custodians.iter().zip(keys) {
        let name = custodian.card.name();
        match key {
            KeyState::Destroyed(_) => {}
            KeyState::Held => bail!("{name} still holds its key of the closed round"),
            KeyState::Unknown(error) => {
                return Err(error).with_context(|| format!("{name} does not say whether it destroyed its key"));
            }
        }
    }
    Ok(())
}

/// `mandorla overlaps`.
pub(super) async fn ask(client: &mut Client<'_>, charter: &Agreed) -> Result<Report> {
    let view = client.round(charter, None).await?;
    Ok(client.overlaps(&view, &Silent).await?)
}

/// Where the list of a name lies.
pub(super) fn list_file(name: &str) -> String {
    format!("lists/{}.txt", slug(name))
}

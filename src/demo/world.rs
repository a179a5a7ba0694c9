//! The organisations at work: what each would do with a command of its own, on a matcher server with real TLS.

use std::fs::File;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::cast::{MATCHER, slug};
use super::folder::Folder;
use super::rules;
use crate::charter::{Agreed, Charter};
use crate::client::{Client, Drafting, Server, Silent};
use crate::clock::Clock;
use crate::home::Home;
use crate::identity::{Card, Contact, Role};
use crate::indicator::Rejection;
use crate::ingest::{self, Counts, Event, Options, Place};
use crate::matcher::{self, Matcher, ServeError};
use crate::report::Report;
use crate::transport::Limits;

/// `mandorla id new`, for every member.
pub(super) fn homes(folder: &Folder, cast: &[(String, Role)]) -> Result<Vec<Home>> {
    cast.iter().enumerate().map(|(place, (name, role))| home(folder, name, *role, place)).collect()
}

/// `mandorla id new` for the matcher.
pub(super) fn matcher_home(folder: &Folder, members: usize) -> Result<Home> {
    home(folder, MATCHER, Role::Matcher, members)
}

fn home(folder: &Folder, name: &str, role: Role, place: usize) -> Result<Home> {
    let desk = match role {
        Role::Agency => "Duty officer",
        Role::Broker => "Exchange desk",
        Role::Matcher => "Operations",
        _ => "Trust desk",
    };
    // +1 555 0100 to 0199 are nobody's.
    let (email, phone) = (format!("desk@{}.example", slug(name)), format!("+1 555 01{place:02}"));
    let contact = Contact::new(desk, &email, &phone, "weekdays 9 to 17 UTC")?;
    Ok(Home::create(&folder.path(&format!("homes/{}", slug(name))), name, role, contact)?)
}

/// `mandorla id card` and `mandorla card add`: everyone gets everyone's card.
pub(super) fn swap_cards(folder: &Folder, homes: &[Home], matcher: &Card) -> Result<()> {
    let cards = || homes.iter().map(Home::card).chain([matcher]);
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

/// The matcher, while it serves.
pub(super) struct Running {
    /// Where it listens.
    pub(super) address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

/// `mandorla serve`, on a port of loopback that is free.
pub(super) async fn serve(home: Home, members: &[Home]) -> Result<Running> {
    let cards: Vec<Card> = members.iter().map(|member| member.card().clone()).collect();
    let matcher = Arc::new(Matcher::open(home, &cards, Clock::system()).await?);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listening on 127.0.0.1")?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let limits = Limits::default();
        // The sender's end is a stop too.
        matcher::serve(matcher, listener, &limits, async { drop(stopped.await) }).await
    });
    Ok(Running { address, stop, task })
}

impl Running {
    /// Stops it as Ctrl-C does. Clients should be gone by now: open connections get 30 seconds.
    pub(super) async fn stop(self) -> Result<()> {
        // It may have stopped by itself; the task says why.
        let _ = self.stop.send(());
        Ok(self.task.await??)
    }
}

/// `mandorla connect`.
pub(super) async fn connect<'h>(homes: &'h [Home], running: &Running, matcher: &Card) -> Result<Vec<Client<'h>>> {
    let server = Server { url: format!("https://{}", running.address), card: matcher.clone() };
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
    let draft = drafting.finish()?;
    client.publish(&view, &draft, &home.lock()?, &Silent).await?;
    Ok(Published { counts, rejected, shards: draft.class().shards() })
}

/// `mandorla round close`.
pub(super) async fn close(convener: &mut Client<'_>, charter: &Agreed) -> Result<()> {
    let view = convener.round(charter, None).await?;
    convener.close_round(&view).await?;
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

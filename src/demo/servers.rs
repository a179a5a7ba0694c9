//! The servers of the exchange: the matcher and the custodians, each with real TLS on a port of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::cast::slug;
use super::folder::Folder;
use crate::clock::Clock;
use crate::custodian::{self, Custodian, DATABASE, ServeError};
use crate::home::Home;
use crate::identity::Card;
use crate::matcher::{self, Matcher};
use crate::store::custodian::Standings;
use crate::transport::Limits;

/// Where a server listens.
pub(super) struct Site {
    pub(super) name: String,
    pub(super) address: SocketAddr,
}

impl Site {
    pub(super) fn url(&self) -> String {
        format!("https://{}", self.address)
    }
}

/// Where they all listen.
pub(super) struct Sites {
    pub(super) matcher: Site,
    /// None in shared custody.
    pub(super) custodians: Vec<Site>,
}

/// The servers, while they serve.
pub(super) struct Servers {
    pub(super) sites: Sites,
    /// In the order of the sites.
    running: Vec<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Servers {
    /// `mandorla serve` and `mandorla serve-custodian`, for these members.
    pub(super) async fn start(matcher: Home, custodians: Vec<Home>, members: &[Home]) -> Result<Self> {
        let cards: Vec<Card> = members.iter().map(|member| member.card().clone()).collect();
        let (matcher, running) = start_matcher(matcher, &cards).await?;
        let mut servers = Self { sites: Sites { matcher, custodians: Vec::new() }, running: vec![running] };
        for home in custodians {
            let (site, running) = start_custodian(home, &cards).await?;
            servers.sites.custodians.push(site);
            servers.running.push(running);
        }
        Ok(servers)
    }

    /// Stops them as Ctrl-C does, and says where they were. Clients should be gone by now: open connections get 30 seconds.
    pub(super) async fn stop(self) -> Result<Sites> {
        let names = [&self.sites.matcher].into_iter().chain(&self.sites.custodians).map(|site| site.name.as_str());
        for (name, running) in names.zip(self.running) {
            // It may have stopped by itself; the task says why.
            let _ = running.stop.send(());
            running.task.await?.with_context(|| format!("the server of {name} failed"))?;
        }
        Ok(self.sites)
    }
}

async fn start_matcher(home: Home, members: &[Card]) -> Result<(Site, Running)> {
    let matcher = Arc::new(Matcher::open(home, members, Clock::system()).await?);
    let (site, listener) = listen(matcher.card()).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        // The sender's end is a stop too.
        matcher::serve(matcher, listener, &Limits::default(), async { drop(stopped.await) }).await
    });
    Ok((site, Running { stop, task }))
}

async fn start_custodian(home: Home, members: &[Card]) -> Result<(Site, Running)> {
    let custodian = Arc::new(Custodian::open(home, members, Clock::system()).await?);
    let (site, listener) = listen(custodian.card()).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        custodian::serve(custodian, listener, &Limits::default(), async { drop(stopped.await) }).await
    });
    Ok((site, Running { stop, task }))
}

/// On a port of loopback that is free.
async fn listen(card: &Card) -> Result<(Site, TcpListener)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listening on 127.0.0.1")?;
    let site = Site { name: card.core().name().to_owned(), address: listener.local_addr()? };
    Ok((site, listener))
}

/// `mandorla custodian meter`: what a custodian has charged the members for, by their places.
pub(super) async fn meter(folder: &Folder, custodian: &Site) -> Result<BTreeMap<usize, u64>> {
    let path = folder.path(&format!("homes/{}/{DATABASE}", slug(&custodian.name)));
    let standings = Standings::read(&path).await.with_context(|| format!("reading {}", path.display()))?;
    match <[_; 1]>::try_from(standings.keys) {
        Ok([key]) => Ok(key.spent),
        Err(keys) => anyhow::bail!("{} has made {} keys for the round", custodian.name, keys.len()),
    }
}

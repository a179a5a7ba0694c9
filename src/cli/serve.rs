//! `mandorla serve`: the matcher.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{Config, card, print};
use crate::clock::Clock;
use crate::home::Home;
use crate::identity::{Card, Role};
use crate::matcher::{self, Matcher};
use crate::transport::Limits;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Where to listen, such as 127.0.0.1:7443; with port 0 the system chooses
    #[arg(long, value_name = "ADDR")]
    listen: String,
    /// The card of a member or courier to let in, once for each; kept, so that a restart needs none
    #[arg(long, value_name = "FILE")]
    admit: Vec<PathBuf>,
    /// What to log on standard error: error, warn, info, debug, trace, or a filter
    #[arg(long, env = "RUST_LOG", default_value = "info", value_name = "LEVEL")]
    log: String,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        self.start(config, Role::Matcher, serve)
    }

    /// Starts a server of this role: opens the home, reads the cards, and leaves the rest to `serve`.
    pub(super) fn start<F: Future<Output = Result<()>>>(
        self,
        config: &Config,
        role: Role,
        serve: impl FnOnce(Home, Site) -> F,
    ) -> Result<()> {
        let home = config.home()?;
        refuse_other_roles(&home, role)?;
        let admit = self.admit.iter().map(|path| read_client(path)).collect::<Result<Vec<_>>>()?;
        log(&self.log)?;
        let site = Site { listen: self.listen, admit };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.context("cannot start the server")?.block_on(async {
            let _only = home.lock_serving()?;
            serve(home, site).await?;
            tracing::info!("stopped");
            Ok(())
        })
    }
}

async fn serve(home: Home, site: Site) -> Result<()> {
    // Before anything else, so that a signal during the start is not lost.
    let stop = stop_signal()?;
    let matcher = Arc::new(Matcher::open(home, &site.admit, Clock::system()).await?);
    let listener = site.listener(matcher.card(), matcher.admitted()).await?;
    Ok(matcher::serve(matcher, listener, &Limits::default(), stop).await?)
}

/// Where a server listens, and whom else it admits.
pub(super) struct Site {
    listen: String,
    pub(super) admit: Vec<Card>,
}

impl Site {
    /// Listens, and says so to people and to programs that wait for it.
    pub(super) async fn listener(&self, card: &Card, admitted: usize) -> Result<TcpListener> {
        let cannot = || format!("cannot listen on {}: choose an address of this machine and a free port", self.listen);
        let listener = TcpListener::bind(&self.listen).await.with_context(cannot)?;
        let address = listener.local_addr().with_context(cannot)?;
        print::note(&format!("listening on https://{address} as {} ({})", card.core().name(), card.fingerprint()));
        tracing::info!(admitted, "serving");
        Ok(listener)
    }
}

fn refuse_other_roles(home: &Home, wanted: Role) -> Result<()> {
    let core = home.card().core();
    let other = match core.role() {
        found if found == wanted => return Ok(()),
        Role::Matcher => "start it with `mandorla serve`",
        Role::Custodian => "start it with `mandorla serve-custodian`",
        Role::Company | Role::Agency | Role::Broker | Role::Courier => bail!(
            "{} is a {} and cannot serve: make a home for the server with `mandorla id new --role {wanted}`",
            core.name(),
            core.role()
        ),
    };
    bail!("{} is a {}: {other}", core.name(), core.role())
}

fn read_client(path: &Path) -> Result<Card> {
    let card = card::read(path)?;
    let core = card.core();
    if !core.role().is_member() && core.role() != Role::Courier {
        bail!(
            "{} is the card of {}, a {}: only members and couriers are admitted",
            path.display(),
            core.name(),
            core.role()
        );
    }
    Ok(card)
}

fn log(filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter).context("not a log level: use error, warn, info, debug or trace")?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    subscriber.with_ansi(io::stderr().is_terminal()).init();
    Ok(())
}

/// Ctrl-C, or what service managers send.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>> {
    const CANNOT: &str = "cannot watch for signals";
    let mut interrupt: Signal = signal(SignalKind::interrupt()).context(CANNOT)?;
    let mut terminate = signal(SignalKind::terminate()).context(CANNOT)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

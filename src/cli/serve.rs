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
    /// The card of a member to let in, once for each; kept, so that a restart needs none
    #[arg(long, value_name = "FILE")]
    admit: Vec<PathBuf>,
    /// What to log on standard error: error, warn, info, debug, trace, or a filter
    #[arg(long, env = "RUST_LOG", default_value = "info", value_name = "LEVEL")]
    log: String,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        let home = config.home()?;
        refuse_other_roles(&home)?;
        let admit = self.admit.iter().map(|path| read_client(path)).collect::<Result<Vec<_>>>()?;
        log(&self.log)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.context("cannot start the server")?.block_on(serve(home, &self.listen, &admit))
    }
}

async fn serve(home: Home, listen: &str, admit: &[Card]) -> Result<()> {
    // Before anything else, so that a signal during the start is not lost.
    let stop = stop_signal().context("cannot watch for signals")?;
    let _only = home.lock_serving()?;
    let matcher = Arc::new(Matcher::open(home, admit, Clock::system()).await?);
    let cannot = || format!("cannot listen on {listen}: choose an address of this machine and a free port");
    let listener = TcpListener::bind(listen).await.with_context(cannot)?;
    let address = listener.local_addr().with_context(cannot)?;
    let card = matcher.card();
    print::note(&format!("listening on https://{address} as {} ({})", card.core().name(), card.fingerprint()));
    tracing::info!(admitted = matcher.admitted(), "serving");
    matcher::serve(matcher, listener, &Limits::default(), stop).await?;
    tracing::info!("stopped");
    Ok(())
}

fn refuse_other_roles(home: &Home) -> Result<()> {
    let core = home.card().core();
    if core.role() != Role::Matcher {
        bail!(
            "{} is a {} and cannot serve: make a home for the server with `mandorla id new --role matcher`",
            core.name(),
            core.role()
        );
    }
    Ok(())
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
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt: Signal = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

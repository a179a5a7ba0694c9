//! `mandorla serve-custodian`: a custodian.

use std::sync::Arc;

use anyhow::Result;

use super::{Config, serve};
use crate::clock::Clock;
use crate::custodian::{self, Custodian};
use crate::home::Home;
use crate::identity::Role;
use crate::transport::Limits;

#[derive(clap::Args)]
// clap names groups of arguments by their type, and the other is called so too.
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    server: serve::Args,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        self.server.start(config, Role::Custodian, serve)
    }
}

async fn serve(home: Home, site: serve::Site) -> Result<()> {
    // Before anything else, so that a signal during the start is not lost.
    let stop = serve::stop_signal()?;
    let custodian = Arc::new(Custodian::open(home, &site.admit, Clock::system()).await?);
    let listener = site.listener(custodian.card(), custodian.admitted()).await?;
    Ok(custodian::serve(custodian, listener, &Limits::default(), stop).await?)
}

//! `mandorla connect`: the way to a matcher.

use std::path::PathBuf;

use anyhow::Result;

use super::{Config, block_on, card, print};
use crate::client::{Client, Server};
use crate::home::Added;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Where the matcher listens, as https://host:port
    url: String,
    /// The matcher's card, as its operator gave it to you
    #[arg(long, value_name = "FILE")]
    card: PathBuf,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        let home = config.home()?;
        let server = Server { url: self.url, card: card::read_matcher(&self.card)? };
        // A server is remembered once it has let this home in.
        block_on(async { Ok(Client::connect(&home, &server).await.map(drop)?) })?;
        let lock = home.lock()?;
        let added = home.book().add(&server.card, &lock)?;
        server.remember(&home, &lock)?;
        let book = match added {
            Added::New => "The card is in the book now: read its fingerprint to the operator by telephone.",
            Added::Successor => {
                "The card is in the book now, as the successor of an older one there: read its fingerprint to the operator by telephone."
            }
            Added::NewContact => "The book has the new point of contact.",
            Added::Known => "The book has the card already.",
        };
        print::out(&format!("Connected to {}\n{}{book}\n", server.url, card::describe(&server.card)))
    }
}

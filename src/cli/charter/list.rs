//! `mandorla charter list`.

use std::collections::BTreeSet;

use anyhow::Result;

use super::state;
use crate::charter::CharterHash;
use crate::cli::{exchange, print};
use crate::client::{Client, Server};
use crate::home::Home;
use crate::report::sanitize;

/// Asks every server; one that does not answer hides only its own exchanges.
pub(super) async fn run(home: &Home) -> Result<()> {
    let mut outcome = Ok(());
    for server in &exchange::servers(home)? {
        match of(home, server).await {
            Ok(text) => print::out(&text)?,
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    outcome
}

async fn of(home: &Home, server: &Server) -> Result<String> {
    let mut client = Client::connect(home, server).await?;
    let mut text = format!("{} ({})\n", server.card.core().name(), server.url);
    let exchanges = client.exchanges().await?;
    if exchanges.is_empty() {
        text.push_str("  no exchange names this home\n");
    }
    let names: BTreeSet<String> = exchanges.into_iter().map(|(_, name)| name).collect();
    for name in &names {
        for version in client.versions(name).await?.all() {
            text.push_str(&line(name, version.proposal.charter().hash(), &state(version)));
        }
    }
    Ok(text)
}

/// The name is the server's word.
fn line(name: &str, hash: CharterHash, state: &str) -> String {
    format!("  {}  {}  {state}\n", sanitize(name), hash.short())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_paint_with_names() {
        let hash = CharterHash::new([0xAB; 32]);
        assert_eq!(line("a\u{1b}[2J\nb", hash, "In force."), "  a\\u{1b}[2J\\u{a}b  abababababab  In force.\n");
    }
}

//! `mandorla charter list`.

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
    for (hash, name) in exchanges {
        let state = client.find(&hash.to_string()).await?.map(|proposal| state(&proposal));
        text.push_str(&line(&name, hash, state.as_deref().unwrap_or("no longer there")));
    }
    Ok(text)
}

/// The name is the server's word.
fn line(name: &str, hash: CharterHash, state: &str) -> String {
    let hash = hash.to_string();
    format!("  {}  {}  {state}\n", sanitize(name), &hash[..12])
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

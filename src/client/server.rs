//! The servers that a home knows: address and card, remembered by `connect`.

use super::ClientError;
use crate::home::{Home, HomeLock};
use crate::identity::Card;

const DIR: &str = "servers";
const SUFFIX: &str = ".server";

/// A matcher that the home connects to.
pub struct Server {
    /// `https://host:port`.
    pub url: String,
    /// The card that it must hold.
    pub card: Card,
}

impl Server {
    /// Keeps it in the home; another address of the same card replaces the older.
    pub fn remember(&self, home: &Home, _: &HomeLock) -> Result<(), ClientError> {
        let text = format!("{}\n{}", self.url, self.card.to_armour());
        Ok(home.write_private(format!("{DIR}/{}{SUFFIX}", self.card.id()), text.as_bytes())?)
    }

    /// All that the home knows, by name.
    pub fn all(home: &Home) -> Result<Vec<Self>, ClientError> {
        let mut servers = Vec::new();
        for name in home.names_in(DIR)?.iter().filter(|name| name.ends_with(SUFFIX)) {
            let Some(bytes) = home.read(format!("{DIR}/{name}"))? else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let (url, armour) = text.split_once('\n').unwrap_or((&text, ""));
            servers.push(Self { url: url.to_owned(), card: Card::from_armour(armour)? });
        }
        servers.sort_by(|a, b| a.card.core().name().cmp(b.card.core().name()));
        Ok(servers)
    }
}

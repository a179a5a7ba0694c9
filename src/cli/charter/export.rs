//! `mandorla charter export`: the charter as a document.

use std::path::Path;

use anyhow::Result;

use super::{carried, state};
use crate::charter::document::document;
use crate::cli::exchange::Exchange;
use crate::cli::{output, print};
use crate::home::Home;

pub(super) async fn run(home: &Home, name: &str, for_signing: bool, out: Option<&Path>) -> Result<()> {
    let exchange = Exchange::find(home, name).await?;
    let proposal = &exchange.version.proposal;
    if for_signing {
        return carried::export(proposal, out);
    }
    let over = exchange.version.is_over().then(|| state(&exchange.version));
    let text = document(proposal, &print::time(exchange.terms().created), over.as_deref());
    match out {
        Some(path) => output::write(path, &text),
        None => print::out(&text),
    }
}

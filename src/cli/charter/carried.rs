//! Charters as files: exported for a home without a network, read and signed there.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::show::render;
use super::state;
use crate::carried::{self, FileKind};
use crate::charter::Proposal;
use crate::cli::{offline, output, print};
use crate::client::{self, Known, Version};
use crate::home::Home;
use crate::identity::Fingerprint;

/// Writes a charter with the signatures that it has, to be signed elsewhere.
pub(super) fn export(proposal: &Proposal, out: Option<&Path>) -> Result<()> {
    output::carried(FileKind::Charter, out, &carried::charter::encode(proposal))
}

/// The charter in a file, its signatures checked.
pub(super) fn read(path: &Path) -> Result<Proposal> {
    let describe = || format!("cannot use {}", path.display());
    let content = offline::open(path)?.expect(FileKind::Charter).with_context(describe)?;
    carried::charter::decode(content).with_context(describe)
}

/// What this home knows of it without asking anybody.
fn known(home: &Home, proposal: Proposal) -> Result<Version> {
    let newer = Known::new(home).replacements(proposal.charter().hash())?.into_iter().next();
    Ok(Version { replaced_by: newer.map(|newer| newer.charter().hash()), ..proposal.into() })
}

pub(super) fn show(home: &Home, path: &Path) -> Result<()> {
    print::out(&render(home, &known(home, read(path)?)?)?)
}

pub(super) fn resign(home: &Home, path: &Path, out: Option<&Path>) -> Result<()> {
    output::refuse_overwriting(&[out], &[path])?;
    let resigned = client::offline::resign(home, read(path)?)?;
    export(&resigned, out)?;
    let terms = resigned.charter().terms();
    print::note(&format!(
        "{} resigns from {} as soon as the courier has brought this to {} (`mandorla submit`)",
        home.card().core().name(),
        terms.name,
        terms.matcher.name()
    ));
    Ok(())
}

pub(super) fn sign(home: &Home, path: &Path, out: Option<&Path>, vouched: &[Fingerprint]) -> Result<()> {
    output::refuse_overwriting(&[out], &[path])?;
    let proposal = read(path)?;
    // What is signed is what is shown here. Standard output may be for the file.
    let text = render(home, &known(home, proposal.clone())?)?;
    let signed = client::offline::sign(home, proposal, vouched)?;
    if out.is_some() {
        print::out(&text)?
    } else {
        print::note(&text)
    }
    export(&signed, out)?;
    let state = match signed.agreed() {
        Ok(_) => "All members have signed: it is in force once the matcher has the signature.".to_owned(),
        Err(_) => state(&signed.clone().into()),
    };
    print::note(&format!(
        "\n{} has signed {}, charter {}; the courier takes the signature to {} (`mandorla submit`)\n{}",
        home.card().core().name(),
        signed.charter().terms().name,
        signed.charter().hash(),
        signed.charter().terms().matcher.name(),
        state
    ));
    Ok(())
}

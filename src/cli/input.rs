//! What people give to be read: files, and how to read them. All of it is checked before anything is read or sent.

mod files;
mod gather;
mod select;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};

pub(super) use self::gather::{FileReport, Gathered, Remark};
pub(super) use self::select::Selection;
use super::print;
use crate::benign::{Unread, WarnLists};
use crate::indicator::derive::{Derivation, Derive};
use crate::indicator::{Country, Field, Kind, Rejection};
use crate::ingest::{Format, Options};

/// Rejected lines of a file that are shown one by one.
pub(super) const SHOWN: u64 = 20;
/// Entries of warninglists that cannot be used, in all.
const SHOWN_UNUSED: usize = 5;

/// Files, and how they are to be read.
#[derive(clap::Args)]
pub(super) struct InputArgs {
    /// Lists of indicators, or directories of them; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The format of the files [default: found out]
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    from: Option<Format>,
    /// Find indicators in free text, such as reports and mails
    #[arg(long, conflicts_with = "from")]
    extract: bool,
    #[command(flatten)]
    value: ValueArgs,
    /// Take MISP attributes also where to_ids is false
    #[arg(long)]
    all_attributes: bool,
    /// Take these kinds only, as in domain,url
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    kinds: Vec<Kind>,
    #[command(flatten)]
    derive: DeriveArgs,
    /// Warn by a MISP warninglist too; once for each
    #[arg(long, value_name = "FILE")]
    warn_list: Vec<PathBuf>,
    /// Leave out what a list of the plainly benign has
    #[arg(long)]
    drop_warned: bool,
    /// Fail if anything is rejected
    #[arg(long)]
    strict: bool,
}

/// What holds for single values too.
#[derive(clap::Args)]
pub(super) struct ValueArgs {
    /// What bare values are: a kind, or account:PLATFORM
    #[arg(long = "as", value_name = "KIND", long_help = bare_help())]
    bare: Option<Field>,
    /// The country of national numbers, where the file or --as says phone
    #[arg(long, value_name = "CC")]
    country: Option<Country>,
}

/// What is to follow from indicators.
#[derive(clap::Args)]
pub(super) struct DeriveArgs {
    /// Add what follows: host,registrable,folded,account
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = derivation())]
    derive: Vec<Derivation>,
    /// Write networks no larger than /N (16 to 32) as their addresses
    #[arg(long, value_name = "N", value_parser = prefix)]
    expand_cidr: Option<u8>,
}

fn bare_help() -> String {
    format!(
        "What bare values are: one of {}; or ip, hash or wallet; or account:PLATFORM and ad-account:PLATFORM, as in account:twitter",
        Kind::ALL.map(Kind::name).join(", ")
    )
}

fn prefix(text: &str) -> Result<u8, Rejection> {
    let length = text.strip_prefix('/').unwrap_or(text).parse().map_err(|_| Rejection::ExpandPrefix)?;
    Derive::default().expand_to(length).map(|_| length)
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .map(|name| name.parse::<Format>().expect("clap lets only the names through"))
}

/// Networks are expanded under an option of their own, which says how large ones.
fn derivation() -> impl TypedValueParser<Value = Derivation> {
    let asked_for = || Derivation::ALL.into_iter().filter(|derivation| *derivation != Derivation::Network);
    PossibleValuesParser::new(asked_for().map(Derivation::name)).map(move |name| {
        asked_for().find(|derivation| derivation.name() == name).expect("clap lets only the names through")
    })
}

impl ValueArgs {
    /// How single values are read.
    pub(super) fn options(&self, format: Option<Format>) -> Options {
        let bare = self.bare.clone().unwrap_or_default();
        if let Some(platform) = bare.unknown_platform() {
            print::note(&format!("{platform} is no platform that is known here; its handles are taken as they stand"));
        }
        Options { format, bare, country: self.country, ..Options::default() }
    }
}

impl DeriveArgs {
    pub(super) fn plan(&self) -> Derive {
        Derive { derivations: self.derive.clone(), expand: self.expand_cidr }
    }
}

impl InputArgs {
    /// What stands on the command line.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// Finds the files and reads the warninglists, so that what is misspelt is known before anything else happens.
    pub(super) fn plan(&self) -> Result<Plan> {
        let mut lists = WarnLists::built_in();
        for path in &self.warn_list {
            add(&mut lists, path).with_context(|| format!("cannot use the warninglist {}", path.display()))?;
        }
        print::some(lists.unread().map(unused), SHOWN_UNUSED);
        let format = if self.extract { Some(Format::Extract) } else { self.from };
        if format == Some(Format::Extract) && (self.value.bare.is_some() || self.value.country.is_some()) {
            bail!("in free text the form alone tells what a value is: leave --as and --country out, or --extract");
        }
        Ok(Plan {
            sources: files::find(&self.files)?,
            options: Options { all_attributes: self.all_attributes, ..self.value.options(format) },
            kinds: self.kinds.iter().copied().collect(),
            derive: self.derive.plan(),
            lists,
            drop_warned: self.drop_warned,
            strict: self.strict,
        })
    }
}

fn unused(part: Unread<'_>) -> String {
    let entry = part.entry.map(|entry| format!(", entry {entry}")).unwrap_or_default();
    format!("warninglist {}{entry} is not used: {}", part.list, part.fault)
}

fn add(lists: &mut WarnLists, path: &Path) -> Result<()> {
    Ok(lists.add(File::open(path)?)?)
}

/// What is to be read, and what is to become of it: nothing of it can be misspelt any more.
pub(super) struct Plan {
    sources: Vec<files::Source>,
    options: Options,
    /// The kinds that are wanted; all, if it is empty.
    kinds: BTreeSet<Kind>,
    derive: Derive,
    lists: WarnLists,
    /// Whether the plainly benign is left out.
    pub(super) drop_warned: bool,
    /// Whether a rejected line is a failure.
    pub(super) strict: bool,
}

impl Plan {
    /// Reads every file to its end or to where it is broken. `each` gets what a person should be told at once; of
    /// rejected lines `shown` a file, all if it is nothing.
    pub(super) fn gather(&mut self, shown: Option<u64>, each: &mut dyn FnMut(Remark<'_>)) -> Gathered {
        let sources = std::mem::take(&mut self.sources);
        gather::read(sources, &self.options, shown, each)
    }

    /// Whether only some kinds are wanted.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// Takes what is wanted from what was read, and adds what follows from it. `allowed` are the kinds of the charter.
    pub(super) fn select(&self, gathered: &mut Gathered, allowed: Option<&BTreeSet<Kind>>) -> Result<Selection> {
        let wanted = |kind| self.kinds.is_empty() || self.kinds.contains(&kind);
        let takes = |kind| wanted(kind) && allowed.is_none_or(|allowed| allowed.contains(&kind));
        let rules = select::Rules { takes: &takes, derive: &self.derive, lists: &self.lists, drop: self.drop_warned };
        rules.apply(gathered.take_indicators())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        input: InputArgs,
    }

    /// The plan of a command line.
    pub(in crate::cli) fn plan(args: &[&str]) -> Result<Plan> {
        Line::try_parse_from(["test"].iter().chain(args))?.input.plan()
    }

    #[test]
    fn what_makes_no_sense_is_known_before_anything_is_read() {
        for args in [
            &["--from", "xml", "-"][..],
            &["--from", "csv", "--extract", "-"],
            &["--as", "nonsense", "-"],
            &["--country", "Germany", "-"],
            &["--kinds", "domain,nonsense", "-"],
            &["--derive", "network", "-"],
            &["--expand-cidr", "8", "-"],
            &["--warn-list", "/nowhere/list.json", "-"],
            &["-", "-"],
            &["/nowhere/list"],
            &[],
        ] {
            assert!(plan(args).is_err(), "{args:?}");
        }
        let plan = plan(&["--extract", "--derive", "host,folded", "--expand-cidr", "24", "-"]).unwrap();
        assert_eq!(plan.options.format, Some(Format::Extract));
        assert_eq!(plan.derive, Derive { derivations: vec![Derivation::Host, Derivation::Folded], expand: Some(24) });
    }
}

//! `mandorla demo`: a whole exchange on one machine, told as it goes and checked against what was planted.
//!
//! Everything that a member does here goes through the calls that its command makes; only the lists are made up. The
//! expectation for each report comes from sets of planted indicators and the charter's levels, not from the code that
//! matches.

mod cast;
mod check;
mod folder;
mod matrix;
mod plant;
mod rules;
mod servers;
mod story;
mod values;
mod world;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use self::check::Expected;
use self::folder::Folder;
use self::matrix::Matrix;
use self::plant::Plant;
use self::servers::{Servers, Site};
use self::story::{Story, listed, number_word};
use self::world::Published;
use crate::canary;
use crate::charter::words::thousands;
use crate::charter::{Agreed, Custody};
use crate::client::Client;
use crate::clock::Clock;
use crate::home::Home;
use crate::identity::{Card, Role};
use crate::report::{Report, sanitize};

/// What the demo is to be like.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Organisations
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u8).range(2..=64))]
    pub members: u8,
    /// Indicators in each list
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub size: u32,
    /// What the made-up lists are drawn from: the same number, the same lists
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Shared custody: every member holds the round's salt, and there are no custodians
    #[arg(long)]
    pub shared: bool,
    /// Where homes, lists and reports go; an earlier demo there is replaced
    #[arg(long, default_value = "./mandorla-demo")]
    pub out: PathBuf,
}

/// Runs the demo. Says whether every report was as planted. Headings are bold if standard output is a terminal.
pub async fn run(args: Args, out: &mut dyn Write) -> Result<bool> {
    let folder = Folder::prepare(&args.out)?;
    let cast = cast::cast(args.members.into());
    let roles: Vec<Role> = cast.iter().map(|(_, role)| *role).collect();
    let plant = Plant::new(&roles, args.size as usize, args.seed);
    let mut story = Story::new(out);
    story.opening(&cast, args.size)?;

    let Cards { homes, matcher, custodians } = cards(&mut story, &folder, &cast, args.shared)?;
    let card = matcher.card().clone();
    let servers = Servers::start(matcher, custodians, &homes).await?;
    let (matcher, custodians) = (&servers.sites.matcher, servers.sites.custodians.as_slice());
    let mut clients = world::connect(&homes, matcher, &card).await?;
    let charter = charter(&mut story, &folder, &cast, custodians, &mut clients).await?;
    lists(&mut story, &folder, &plant, &mut clients, &homes, &charter).await?;
    meters(&mut story, &folder, &plant, custodians).await?;
    let reports = overlaps(&mut story, &folder, &plant, &mut clients, &charter).await?;
    drop(clients);
    let sites = servers.stop().await?;
    let right = check(&mut story, &plant, &charter, &reports)?;
    story.closing(&folder, &homes, &sites)?;
    Ok(right)
}

/// The homes of all who have a card.
struct Cards {
    homes: Vec<Home>,
    matcher: Home,
    /// None in shared custody.
    custodians: Vec<Home>,
}

fn cards(story: &mut Story<'_>, folder: &Folder, cast: &[(String, Role)], shared: bool) -> Result<Cards> {
    story.step(
        "Cards",
        "Each makes a home with its keys, and a card with their public halves. People swap cards and read each other the \
         fingerprints: there is no certificate authority, and nobody can slip in a member.",
    )?;
    let homes = world::homes(folder, cast)?;
    let matcher = world::matcher_home(folder, cast.len())?;
    let custodians = if shared { Vec::new() } else { world::custodian_homes(folder, cast.len())? };
    let servers: Vec<&Card> = [&matcher].into_iter().chain(&custodians).map(Home::card).collect();
    world::swap_cards(folder, &homes, &servers)?;
    story.cards(&homes, &servers)?;
    Ok(Cards { homes, matcher, custodians })
}

async fn charter(
    story: &mut Story<'_>,
    folder: &Folder,
    cast: &[(String, Role)],
    custodians: &[Site],
    clients: &mut [Client<'_>],
) -> Result<Agreed> {
    story.step(
        "Charter",
        &format!("{} drafts the rules, and all sign the same bytes. They say who learns what:", cast[0].0),
    )?;
    folder.write(rules::FILE, &rules::toml(cast, custodians))?;
    let charter = rules::charter(folder, &cast[0].0, Clock::system().now())?;
    let agreed = world::agree(clients, charter).await?;
    for (place, (name, _)) in cast.iter().enumerate() {
        folder.write(&format!("charters/{}.txt", cast::slug(name)), &rules::in_full(agreed.terms(), place))?;
    }
    for sentence in rules::in_short(agreed.terms()) {
        story.point(&sentence)?;
    }
    story.say(&rules::custody_in_short(agreed.terms()))?;
    Ok(agreed)
}

async fn lists(
    story: &mut Story<'_>,
    folder: &Folder,
    plant: &Plant,
    clients: &mut [Client<'_>],
    homes: &[Home],
    charter: &Agreed,
) -> Result<()> {
    story.step("Lists", &what_lists_go_through(charter))?;
    clients[0].open_round(charter).await?;
    let mut all = Vec::new();
    for ((home, client), file) in homes.iter().zip(clients).zip(&plant.files) {
        let name = home.card().core().name();
        folder.write(&world::list_file(name), &file.text)?;
        let published = world::publish(folder, home, client, charter).await?;
        let refused: Vec<u64> = published.rejected.iter().map(|(place, _)| place.line).collect();
        ensure!(refused == file.bad_lines, "{}: lines {refused:?} were refused", world::list_file(name));
        all.push(published);
    }
    story.hands(plant, homes)?;
    tell_lists(story, homes, &all)
}

fn what_lists_go_through(charter: &Agreed) -> String {
    let (opens, seals) = match charter.terms().custody {
        Custody::Shared => ("A round opens with a fresh salt that the matcher never has.", "and uploads"),
        Custody::Custodians(_) => (
            "A round opens, and each custodian makes a key for it that it never gives away.",
            "has it evaluated by both custodians, blinded so that they cannot read it, and uploads",
        ),
    };
    format!(
        "{opens} Each home reads its list, brings every indicator into one canonical form however it was written, {seals} \
         sealed Bloom filters, filled up with dummies:"
    )
}

fn tell_lists(story: &mut Story<'_>, homes: &[Home], all: &[Published]) -> Result<()> {
    let refused: u64 = all.iter().map(|published| published.counts.rejected).sum();
    if let Some((home, published)) = homes.iter().zip(all).find(|(_, published)| !published.rejected.is_empty()) {
        let list = world::list_file(home.card().core().name());
        story.say(&format!(
            "{} lines are no indicator. They are left out and named, such as these of {list}:",
            number_word(refused as usize)
        ))?;
        for (place, reason) in published.rejected.iter().take(2) {
            story.point(&format!("{place}: {reason}"))?;
        }
    }
    let shards = all.iter().map(|published| published.shards).max().unwrap_or_default();
    story.say(&format!(
        "The matcher sees {} lists of {shards} x 4,096 entries and whose they are; no indicator, and no exact size.",
        number_word(all.len()).to_lowercase(),
    ))?;
    Ok(())
}

/// What the custodians know of it, which must be what was planted.
async fn meters(story: &mut Story<'_>, folder: &Folder, plant: &Plant, custodians: &[Site]) -> Result<()> {
    if custodians.is_empty() {
        return Ok(());
    }
    story.say(
        "The custodians see how much each member has evaluated, so the length of its list. They learn no indicator:",
    )?;
    let members = plant.lists.len();
    for custodian in custodians {
        let spent = servers::meter(folder, custodian).await?;
        let lengths = plant.lists.iter().map(|list| list.len() as u64 + canary::in_a_list(members));
        ensure!(spent.clone().into_iter().eq(lengths.enumerate()), "{} metered {spent:?}", custodian.name);
        let (all, members) = (thousands(spent.values().sum()), number_word(members).to_lowercase());
        story.point(&format!("{} was asked by {members} members for {all} evaluations.", custodian.name))?;
    }
    Ok(())
}

async fn overlaps(
    story: &mut Story<'_>,
    folder: &Folder,
    plant: &Plant,
    clients: &mut [Client<'_>],
    charter: &Agreed,
) -> Result<Vec<Report>> {
    story.step(
        "Overlaps",
        "The round closes. Each asks about what it has published, nothing else can be asked, and gets what the charter \
         lets it learn. The matcher learns who overlaps with whom and on how many indicators, not on which.",
    )?;
    world::close(&mut clients[0], charter).await?;
    tell_destruction(story, charter)?;
    // Who asks first is answered from filters, wrong once in 2^30; when all have asked, every answer is exact.
    for client in &mut *clients {
        world::ask(client, charter).await?;
    }
    let mut reports = Vec::new();
    for (client, member) in clients.iter_mut().zip(&charter.terms().members) {
        let report = world::ask(client, charter).await?;
        reports.push(write(folder, &cast::slug(member.name()), &report)?);
    }
    let matrix = Matrix::new(charter.terms(), &reports);
    folder.write(matrix::FILE, &matrix.to_csv())?;
    story.campaigns(&plant.campaigns, &reports)?;
    story.blank()?;
    story.matrix(&matrix, &reports)?;
    Ok(reports)
}

/// Said when it is known.
fn tell_destruction(story: &mut Story<'_>, charter: &Agreed) -> Result<()> {
    let custodians = charter.terms().custody.custodians();
    let names: Vec<String> = custodians.iter().map(|custodian| custodian.card.name().to_owned()).collect();
    if !names.is_empty() {
        story.say(&format!(
            "{} have destroyed their keys of the round and signed for it: they evaluate nothing for it any more.",
            listed(&names)
        ))?;
        story.blank()?;
    }
    Ok(())
}

/// Writes a report in all forms, and reads back what a program would read.
fn write(folder: &Folder, slug: &str, report: &Report) -> Result<Report> {
    let json = format!("reports/{slug}.json");
    folder.write(&json, &report.to_json())?;
    folder.write(&format!("reports/{slug}.csv"), &report.to_csv())?;
    folder.write(&format!("reports/{slug}.txt"), &report.to_table(100))?;
    serde_json::from_str(&folder.read(&json)?).with_context(|| format!("reading {json}"))
}

fn check(story: &mut Story<'_>, plant: &Plant, charter: &Agreed, reports: &[Report]) -> Result<bool> {
    story.step("Check", "Each report is read back and held against what was planted.")?;
    let terms = charter.terms();
    let (mut right, mut overlaps) = (0, 0);
    for (reader, report) in reports.iter().enumerate() {
        let expected = Expected::new(terms, &plant.lists, reader);
        let differences = expected.differences(report);
        for difference in differences.iter().take(5) {
            story.point(&sanitize(&format!("{}: {difference}", terms.members[reader].name())))?;
        }
        overlaps += expected.len();
        right += usize::from(differences.is_empty());
    }
    let all = reports.len();
    let result = match right == all {
        true => format!(
            "All {all} are exactly right: {} overlaps, none missing, none too many.",
            thousands(overlaps as u64)
        ),
        false => format!("{} of {all} are wrong.", all - right),
    };
    story.title(&format!("   {result}"))?;
    Ok(right == all)
}

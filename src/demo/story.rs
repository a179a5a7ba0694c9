//! Telling: headings, sentences and rows in 80 columns.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::cast::slug;
use super::folder::Folder;
use super::matrix::{FITS, Matrix};
use super::plant::{Campaign, Plant};
use super::servers::{Site, Sites};
use super::values::Hand;
use super::{matrix, rules, world};
use crate::charter::words::thousands;
use crate::home::Home;
use crate::identity::{Card, Role};
use crate::indicator::Kind;
use crate::report::Report;

const WIDTH: usize = 80;
const INDENT: &str = "   ";
/// Rows of one table of members that are shown; more are in files.
const ROWS: usize = 12;

/// Writes the story, and stops the time that each step takes.
pub(super) struct Story<'o> {
    out: &'o mut dyn Write,
    bold: bool,
    begun: Instant,
    steps: Vec<(&'static str, Instant)>,
}

impl<'o> Story<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        let bold = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { out, bold, begun: Instant::now(), steps: Vec::new() }
    }

    pub(super) fn title(&mut self, text: &str) -> io::Result<()> {
        if self.bold { writeln!(self.out, "\x1b[1m{text}\x1b[0m") } else { writeln!(self.out, "{text}") }
    }

    /// The next step: what it is called, and what happens in it. Shown before the work is done.
    pub(super) fn step(&mut self, title: &'static str, text: &str) -> io::Result<()> {
        self.steps.push((title, Instant::now()));
        writeln!(self.out)?;
        self.title(&format!("{}  {title}", self.steps.len()))?;
        self.say(text)?;
        self.out.flush()
    }

    /// Sentences, wrapped.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(INDENT, INDENT, text)
    }

    /// A point of a list, wrapped.
    pub(super) fn point(&mut self, text: &str) -> io::Result<()> {
        self.wrapped("   - ", "     ", text)
    }

    /// A line as it is.
    pub(super) fn row(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{INDENT}{text}")
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    fn wrapped(&mut self, first: &str, next: &str, text: &str) -> io::Result<()> {
        let mut line = first.to_owned();
        let mut empty = true;
        for word in text.split_whitespace() {
            if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                writeln!(self.out, "{line}")?;
                line = next.to_owned();
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        writeln!(self.out, "{line}")
    }

    /// Who plays, and what for.
    pub(super) fn opening(&mut self, cast: &[(String, Role)], size: u32) -> io::Result<()> {
        let organisations = number_word(cast.len());
        self.title(&format!("{organisations} made-up organisations compare notes before an election"))?;
        let group = |of: Role, one: &str, many: &str| match cast.iter().filter(|(_, role)| *role == of).count() {
            0 => None,
            1 => Some(one.to_owned()),
            count => Some(format!("{} {many}", number_word(count).to_lowercase())),
        };
        let groups = [
            group(Role::Company, "a company", "companies"),
            group(Role::Agency, "an agency", "agencies"),
            group(Role::Broker, "a broker", "brokers"),
        ];
        let groups: Vec<String> = groups.into_iter().flatten().collect();
        self.say(&format!(
            "They are {}, and each holds a list of {} indicators: sock puppets, phishing sites, malware. Each wants to \
             know which of its own others hold too, and to show nobody the rest. Names and indicators are made up. Keys, \
             TLS connections, sealed lists and the servers' databases are real.",
            listed(&groups),
            thousands(size.into())
        ))
    }

    /// Who is who.
    pub(super) fn cards(&mut self, homes: &[Home], servers: &[&Card]) -> io::Result<()> {
        for (number, home) in (1..).zip(homes).take(ROWS) {
            self.card(&format!("{number:>2}"), home.card())?;
        }
        self.more(homes.len(), "cards/")?;
        servers.iter().try_for_each(|card| self.card(" -", card))
    }

    fn card(&mut self, number: &str, card: &Card) -> io::Result<()> {
        let core = card.core();
        self.row(&format!("{number} {:<20}{:<11}{}", core.name(), core.role(), card.fingerprint()))
    }

    fn more(&mut self, all: usize, place: &str) -> io::Result<()> {
        if all > ROWS { self.row(&format!("   and {} more: see {place}", all - ROWS)) } else { Ok(()) }
    }

    /// One indicator as some members wrote it, and as it is compared.
    pub(super) fn hands(&mut self, plant: &Plant, homes: &[Home]) -> io::Result<()> {
        let Some(plain) = plant.common(Kind::Url) else { return Ok(()) };
        for (place, home) in homes.iter().enumerate().take(4).skip(1) {
            self.row(&format!("{:<16} {}", home.card().core().name(), Hand::of(place).write(plain)))?;
        }
        self.row(&format!("{:<16} {}", "compared is", plain.value))
    }

    /// The campaigns: who holds them, and whose reports show all of them.
    pub(super) fn campaigns(&mut self, campaigns: &[Campaign], reports: &[Report]) -> io::Result<()> {
        self.row(&format!("{:<16}{:<24}{:<20}{}", "campaign", "indicators", "held by", "learned by"))?;
        for campaign in campaigns {
            let learned: Vec<usize> =
                campaign.holders.iter().copied().filter(|holder| shows(&reports[*holder], campaign)).collect();
            let planted = format!("{:>3} {}", campaign.indicators.len(), campaign.what);
            let (held, learned) = (places(&campaign.holders), places(&learned));
            self.row(&format!("{:<16}{planted:<24}{held:<20}{learned}", campaign.name))?;
        }
        self.say("Where fewer learn of it than hold it, the charter hides it; so it does where a dot stands.")
    }

    /// Who shares how much with whom.
    pub(super) fn matrix(&mut self, matrix: &Matrix<'_>, reports: &[Report]) -> io::Result<()> {
        if reports.len() <= FITS {
            self.say("How many of each reader's indicators (columns) each holder has (rows):")?;
            return matrix.rows().iter().try_for_each(|row| self.row(row));
        }
        self.say(&format!(
            "How many of its own indicators each learned to be held by others ({} has all pairs):",
            matrix::FILE
        ))?;
        for report in reports.iter().take(ROWS) {
            self.row(&format!("   {:<20}{:>6}", report.member, thousands(report.overlaps.len() as u64)))?;
        }
        self.more(reports.len(), matrix::FILE)
    }

    /// Where everything lies, and what to try next.
    pub(super) fn closing(&mut self, folder: &Folder, homes: &[Home], sites: &Sites) -> io::Result<()> {
        writeln!(self.out)?;
        self.title(&format!("To look at, in {}", folder.path("").display()))?;
        for (file, what) in [
            ("reports/", "what each learned, as .txt, .json and .csv"),
            ("lists/", "what each brought"),
            (rules::FILE, "the charter as its convener wrote it"),
            ("charters/", "the charter in plain words, as each signed it"),
            (matrix::FILE, "who shares how much with whom"),
        ] {
            self.row(&format!("{file:<19}{what}"))?;
        }
        writeln!(self.out)?;
        self.by_hand(folder, homes, sites)?;
        writeln!(self.out)?;
        self.times()
    }

    /// Lines to copy, which work in this order.
    fn by_hand(&mut self, folder: &Folder, homes: &[Home], sites: &Sites) -> io::Result<()> {
        let stopped = if sites.custodians.is_empty() { "the matcher has" } else { "the servers have" };
        self.title(&format!("To go on by hand: {stopped} stopped, the round is still there"))?;
        let home = |name: &str| folder.path(&format!("homes/{}", slug(name))).display().to_string();
        let [convener, reader] = [0, 1].map(|place| home(homes[place].card().core().name()));
        self.command(&home(&sites.matcher.name), &format!("serve --listen {}", sites.matcher.address))?;
        self.say("and in another terminal:")?;
        self.command(&reader, &format!("charter show {}", rules::NAME))?;
        self.command(&reader, &format!("overlaps {}", rules::NAME))?;
        if let Some(first) = sites.custodians.first() {
            self.say(&format!("What {} knows of it:", first.name))?;
            self.command(&home(&first.name), "custodian meter")?;
            self.say("Another round needs the custodians too, each in a terminal of its own:")?;
            for Site { name, address } in &sites.custodians {
                self.command(&home(name), &format!("serve-custodian --listen {address}"))?;
            }
        }
        self.say("Another round, and a list in it:")?;
        self.command(&convener, &format!("round open {}", rules::NAME))?;
        let list = folder.path(&world::list_file(homes[0].card().core().name()));
        self.command(&convener, &format!("publish {} {}", rules::NAME, list.display()))
    }

    /// A line to copy, broken if it is long.
    fn command(&mut self, home: &str, verb: &str) -> io::Result<()> {
        let program = format!("{} --home {home}", program());
        if INDENT.len() + program.chars().count() + 1 + verb.len() <= WIDTH {
            return self.row(&format!("{program} {verb}"));
        }
        self.row(&format!("{program} \\"))?;
        self.row(&format!("    {verb}"))
    }

    fn times(&mut self) -> io::Result<()> {
        let ends = self.steps.iter().skip(1).map(|(_, begun)| *begun).chain([Instant::now()]);
        let steps: Vec<String> = self
            .steps
            .iter()
            .zip(ends)
            .map(|((title, begun), end)| format!("{} {}", title.to_lowercase(), seconds(end - *begun)))
            .collect();
        let text = format!("It took {}: {}.", seconds(self.begun.elapsed()), steps.join(", "));
        self.say(&text)
    }
}

/// Whether the report has every indicator of a campaign.
fn shows(report: &Report, campaign: &Campaign) -> bool {
    campaign.indicators.iter().all(|plain| {
        report.overlaps.iter().any(|overlap| overlap.kind == plain.kind.name() && overlap.value == plain.value)
    })
}

/// Members by their numbers, or how many there are.
fn places(places: &[usize]) -> String {
    match places.len() {
        0 => "nobody".to_owned(),
        1..=9 => places.iter().map(|place| (place + 1).to_string()).collect::<Vec<_>>().join(" "),
        many => format!("{many} members"),
    }
}

/// `a, b and c`
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Numbers up to twelve as words.
pub(super) fn number_word(number: usize) -> String {
    const WORDS: [&str; 13] =
        ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"];
    WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// How this program was called, so that the lines can be copied.
fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    let is_ours = std::path::Path::new(&called).file_name().is_some_and(|name| name == "mandorla");
    if is_ours { called } else { "mandorla".to_owned() }
}

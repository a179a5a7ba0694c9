//! `mandorla id`: the identity of a home.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use super::{Config, card, print};
use crate::client::Server;
use crate::home::Home;
use crate::identity::{CardError, Contact, Role};

/// The roles that this version has work for.
const ROLES: [Role; 6] = [Role::Company, Role::Agency, Role::Broker, Role::Matcher, Role::Custodian, Role::Courier];

const BACKUP: &str = "Keep a backup of the home as it is now: its keys cannot be made again.";
const NO_BACKUP: &str =
    " Never back up custodian.db, which it gets when it serves: keys of rounds would outlive their destruction.";

#[derive(Subcommand)]
pub(super) enum Action {
    /// Make an identity: fresh keys and a card, in a directory that does not exist yet or is empty
    New(New),
    /// Sign a new point of contact; name and keys stay, and no charter changes
    Contact(Whom),
    /// Print this home's card, as text that survives e-mail
    Card,
    /// Show who this home is
    Show,
}

#[derive(Args)]
pub(super) struct New {
    /// The organisation or server, as others will see it
    #[arg(long, required_unless_present = "succeeds", conflicts_with = "succeeds")]
    name: Option<String>,
    /// What it is in an exchange
    #[arg(long, required_unless_present = "succeeds", conflicts_with = "succeeds")]
    #[arg(value_parser = PossibleValuesParser::new(ROLES.map(Role::name)).try_map(|name| name.parse::<Role>()))]
    role: Option<Role>,
    /// Whom to contact, such as "Trust desk <desk@northwind.example>"
    #[arg(long, value_name = "WHO", required_unless_present = "succeeds")]
    contact: Option<Contact>,
    #[command(flatten)]
    reach: Reach,
    /// Change keys: the home whose identity this one goes on with. That home signs the new card, and serves until the next
    /// charter; name, role, book, servers and (unless given) the contact come from it
    #[arg(long, value_name = "OLDHOME")]
    succeeds: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Whom {
    /// Whom to contact, such as "Night desk <night@northwind.example>"
    #[arg(value_name = "WHO")]
    contact: Contact,
    #[command(flatten)]
    reach: Reach,
}

/// How else to reach a contact.
#[derive(Args)]
struct Reach {
    /// The contact's telephone
    #[arg(long, default_value = "", hide_default_value = true, requires = "contact")]
    phone: String,
    /// When somebody answers, in words
    #[arg(long, default_value = "", hide_default_value = true, requires = "contact")]
    hours: String,
}

impl Action {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::New(args) => args.run(config),
            Self::Contact(whom) => whom.run(config),
            Self::Card => print::raw(&config.home()?.card().to_armour()),
            Self::Show => print::out(&describe(&config.home()?)),
        }
    }
}

impl New {
    fn run(self, config: &Config) -> Result<()> {
        const REQUIRED: &str = "clap requires it where no home is succeeded";
        let path = config.path()?;
        let contact = self.contact.map(|contact| self.reach.full(&contact)).transpose();
        let contact = contact.context("cannot make a card")?;
        if let Some(old) = self.succeeds {
            return succeed(&Home::open(&old)?, &path, contact);
        }
        let (name, role, contact) = (self.name.expect(REQUIRED), self.role.expect(REQUIRED), contact.expect(REQUIRED));
        let home = Home::create(&path, &name, role, contact)?;
        print::out(&format!("{}\n`mandorla id card` prints the card for others. {}\n", describe(&home), backup(role)))
    }
}

fn backup(role: Role) -> String {
    let never = if role == Role::Custodian { NO_BACKUP } else { "" };
    format!("{BACKUP}{never}")
}

/// Hands over from one home to a new one.
fn succeed(old: &Home, path: &Path, contact: Option<Contact>) -> Result<()> {
    let lock = old.lock()?;
    let servers = Server::all(old)?;
    let home = old.hand_over(path, contact, &lock)?;
    let lock = home.lock()?;
    servers.iter().try_for_each(|server| server.remember(&home, &lock))?;
    print::out(&format!(
        "{}\n`mandorla id card` prints the successor card: others add it, the matcher admits it, and the next charter names it. Until that is in\n\
         force and the last round under the old one is purged, go on with {}. {}\n",
        describe(&home),
        old.path().display(),
        backup(home.card().core().role()),
    ))
}

impl Whom {
    fn run(self, config: &Config) -> Result<()> {
        let mut home = config.home()?;
        let contact = self.reach.full(&self.contact).context("cannot change the contact")?;
        let lock = home.lock()?;
        home.set_contact(contact, &lock)?;
        print::out(&format!(
            "{}\n`mandorla id card` prints the card for others: they see the new contact when they have added it again.\n",
            describe(&home)
        ))
    }
}

impl Reach {
    fn full(&self, contact: &Contact) -> Result<Contact, CardError> {
        Contact::new(contact.name(), contact.email(), &self.phone, &self.hours)
    }
}

fn describe(home: &Home) -> String {
    format!("{}home         {}\n", card::describe(home.card()), home.path().display())
}

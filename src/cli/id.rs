//! `mandorla id`: the identity of a home.

use anyhow::{Context as _, Result};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use super::{Config, card, print};
use crate::home::Home;
use crate::identity::{CardError, Contact, Role};

/// The roles that this version has work for.
const ROLES: [Role; 5] = [Role::Company, Role::Agency, Role::Broker, Role::Matcher, Role::Courier];

#[derive(Subcommand)]
pub(super) enum Action {
    /// Make an identity: fresh keys and a card, in a directory that does not exist yet or is empty
    New(New),
    /// Print this home's card, as text that survives e-mail
    Card,
    /// Show who this home is
    Show,
}

#[derive(Args)]
pub(super) struct New {
    /// The organisation or server, as others will see it
    #[arg(long)]
    name: String,
    /// What it is in an exchange
    #[arg(long, value_parser = PossibleValuesParser::new(ROLES.map(Role::name)).try_map(|name| name.parse::<Role>()))]
    role: Role,
    /// Whom to contact, such as "Trust desk <desk@northwind.example>"
    #[arg(long, value_name = "WHO")]
    contact: Contact,
    /// The contact's telephone
    #[arg(long, default_value = "", hide_default_value = true)]
    phone: String,
    /// When somebody answers, in words
    #[arg(long, default_value = "", hide_default_value = true)]
    hours: String,
}

impl Action {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::New(args) => args.run(config),
            Self::Card => print::raw(&config.home()?.card().to_armour()),
            Self::Show => {
                let home = config.home()?;
                print::out(&format!("{}home         {}\n", card::describe(home.card()), home.path().display()))
            }
        }
    }
}

impl New {
    fn run(self, config: &Config) -> Result<()> {
        let contact = self.full_contact().context("cannot make a card")?;
        let home = Home::create(&config.path()?, &self.name, self.role, contact)?;
        let text = format!(
            "{}home         {}\n\n`mandorla id card` prints the card for others. Keep a backup of the home: its keys cannot be made again.\n",
            card::describe(home.card()),
            home.path().display(),
        );
        print::out(&text)
    }

    fn full_contact(&self) -> Result<Contact, CardError> {
        Contact::new(self.contact.name(), self.contact.email(), &self.phone, &self.hours)
    }
}

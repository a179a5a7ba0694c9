//! The command line: flags, from them a configuration, from it one command. Part of the library so that tests reach it; no
//! interface for others.

mod canon;
mod card;
mod charter;
mod check;
mod connect;
mod custodian;
mod exchange;
#[cfg(test)]
mod fixture;
mod id;
mod input;
mod inspect;
mod offline;
mod output;
mod overlaps;
mod print;
mod progress;
mod publish;
mod round;
mod serve;
mod serve_custodian;
mod submit;
mod withdraw;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::client;
use crate::clock::Clock;
use crate::demo;
use crate::home::{Home, HomeError};

/// Compare notes on sensitive indicators and see only what overlaps.
#[derive(Parser)]
#[command(name = "mandorla", version, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    /// The directory of the identity [default: $MANDORLA_HOME, else mandorla in the user's data directory]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an identity, or show this home's
    #[command(subcommand)]
    Id(id::Action),
    /// Show cards, and keep the book of those that this home knows
    #[command(subcommand)]
    Card(card::Action),
    /// Run the matcher: the server that keeps sealed lists and reveals overlaps
    Serve(serve::Args),
    /// Run a custodian: a server that holds a key for each round
    ServeCustodian(serve_custodian::Args),
    /// Show what members have had evaluated (custodian)
    #[command(subcommand)]
    Custodian(custodian::Action),
    /// Connect to a matcher and remember it
    Connect(connect::Args),
    /// Propose, read and sign the rules of an exchange
    #[command(subcommand)]
    Charter(charter::Action),
    /// Open, look at, close and purge a round
    #[command(subcommand)]
    Round(round::Action),
    /// Read lists and say what they would give; needs no home
    Check(Box<check::Args>),
    /// Show what values read as, in canonical form; needs no home
    Canon(canon::Args),
    /// Seal a list of indicators and publish it in a round
    Publish(Box<publish::Args>),
    /// Seal a list into a file, for a courier: needs no network
    Seal(Box<offline::SealArgs>),
    /// Write the question about a sealed list into a file, for a courier
    Question(offline::QuestionArgs),
    /// Bring a file where it belongs, and take away what comes back (courier)
    Submit(submit::Args),
    /// Say what a file is, whether it is whole, and what is public in it
    Inspect(inspect::Args),
    /// Take your list back from a round
    Withdraw(withdraw::Args),
    /// Learn which of your indicators others hold too
    Overlaps(overlaps::Args),
    /// Play a whole round on this machine, and check what each learns
    Demo(demo::Args),
}

/// What a command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// It did what it was asked to.
    Done = 0,
    /// Something failed or was refused; standard error says what to do.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Parses the process's arguments, runs the command, and gives the exit code.
pub fn run() -> ExitCode {
    let exit = match Cli::try_parse() {
        Ok(cli) => conclude(cli.command.run(&Config { home: cli.home })),
        Err(usage) => {
            if usage.use_stderr() {
                // It quotes the command line, and a file's name on it may be hostile to a terminal.
                print::note(usage.render().to_string().trim_end());
                Exit::Usage
            } else {
                // Whoever closed the terminal does not miss the help.
                let _ = usage.print();
                Exit::Done
            }
        }
    };
    exit.into()
}

fn conclude(outcome: Result<()>) -> Exit {
    match outcome {
        Ok(()) => Exit::Done,
        // `mandorla overlaps | head` is no failure.
        Err(error) if error.is::<print::Closed>() => Exit::Done,
        Err(error) => {
            print::note(&print::error(&error));
            Exit::Failed
        }
    }
}

impl Command {
    fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Id(action) => action.run(config),
            Self::Card(action) => action.run(config),
            Self::Serve(args) => args.run(config),
            Self::ServeCustodian(args) => args.run(config),
            Self::Custodian(action) => action.run(config),
            Self::Connect(args) => args.run(config),
            Self::Charter(action) => action.run(config),
            Self::Round(action) => action.run(config),
            Self::Check(args) => args.run(),
            Self::Canon(args) => args.run(),
            Self::Publish(args) => args.run(config),
            Self::Seal(args) => args.run(config),
            Self::Question(args) => args.run(config),
            Self::Submit(args) => args.run(config),
            Self::Inspect(args) => args.run(config),
            Self::Withdraw(args) => args.run(config),
            Self::Overlaps(args) => args.run(config),
            Self::Demo(args) => demo(args),
        }
    }
}

fn demo(args: demo::Args) -> Result<()> {
    let as_planted = block_on(demo::run(args, &mut std::io::stdout())).map_err(print::unless_closed)?;
    anyhow::ensure!(as_planted, "a report is not what was planted: see above");
    Ok(())
}

/// What holds for every command.
struct Config {
    home: Option<PathBuf>,
}

impl Config {
    fn path(&self) -> Result<PathBuf, HomeError> {
        self.home.clone().map_or_else(Home::default_path, Ok)
    }

    /// Opens the home, and wipes what rounds left in it whose time has come.
    fn home(&self) -> Result<Home> {
        let home = Home::open(&self.path()?)?;
        client::sweep(&home, now()).context("cannot wipe what a past round left in this home")?;
        Ok(home)
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    Clock::system().now()
}

/// Runs a client's command, on this thread alone: it waits more than it computes.
fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the network")?.block_on(command)
}

#[cfg(test)]
mod tests;

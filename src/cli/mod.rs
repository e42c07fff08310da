//! The command line: one file a subcommand, each parses, calls the road and prints.

pub mod explain;
mod input;
pub mod policy;
mod score;
mod windows;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The documented exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nothing blocks.
    Passed = 0,
    /// The policy blocks.
    Blocked = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Something that had to be scanned could not be.
    Unscannable = 3,
}

/// Why a command could not do its work, with the exit code that says so.
#[derive(Debug)]
pub struct Failure {
    /// What happened and what to do next.
    pub message: String,
    /// The exit code.
    pub exit: Exit,
}

impl Failure {
    /// Wrong usage or configuration: exit code 2.
    pub fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Usage }
    }

    /// Something could not be scanned: exit code 3.
    pub fn unscannable(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Unscannable }
    }
}

/// A gate for Python changes: finds the weaknesses (CWEs) that a change introduces, and blocks by policy.
#[derive(Debug, Parser)]
#[command(name = "cwegate", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Score(score::Score),
    Windows(windows::Windows),
}

/// Runs the command line and returns the documented exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Score(command) => command.run(),
        Command::Windows(command) => command.run(),
    };
    let exit = result.unwrap_or_else(|failure| {
        eprintln!("error: {}", failure.message);
        failure.exit
    });
    ExitCode::from(exit as u8)
}

/// Turns a failed write into an exit code. A reader that went away (`| head`) wants no more, which is no failure.
fn written(result: std::io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::unscannable(format!("the output cannot be written: {error}"))),
        Ok(()) => Ok(()),
    }
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=256) => Ok(threads),
        _ => Err("give a number from 1 to 256".to_owned()),
    }
}

//! The command line: one file a subcommand, each parses, calls the road and prints.

pub mod explain;
pub mod policy;

use std::process::ExitCode;

/// Runs the command line and returns the documented exit code.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}

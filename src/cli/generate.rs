//! `cwegate completions` and `cwegate man`: what packages carry beside the program, made from the command line itself.

use std::{io::Write, path::PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, Failure, written};

/// Print a shell's completions for this program
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub fn run(self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cwegate", &mut script);
        let mut out = std::io::stdout().lock();
        written(out.write_all(&script).and_then(|()| out.flush()))?;
        Ok(Exit::Passed)
    }
}

/// Write the manual's pages into a folder
#[derive(Debug, Args)]
pub struct Man {
    /// The folder, which must be there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    /// Writes one page a command.
    pub fn run(self) -> Result<Exit, Failure> {
        clap_mangen::generate_to(Cli::command(), &self.folder).map_err(|error| {
            Failure::usage(format!(
                "the pages cannot be written into `{}`: {error}; name a folder that exists",
                self.folder.display()
            ))
        })?;
        Ok(Exit::Passed)
    }
}

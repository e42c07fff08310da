//! `cwegate policy show` and `cwegate policy check`.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};

use super::{Exit, Failure, written};
use crate::{
    git::{LibGit, Reader},
    path::RepoPath,
    policy::{Policy, PolicyError},
};

/// Show or check the policy
#[derive(Debug, Args)]
pub struct PolicyCommand {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the policy that holds here, with where each value comes from
    Show(Which),
    /// Check the policy: errors with file, line and key; globs and entries without effect
    Check(Which),
}

#[derive(Debug, Args)]
struct Which {
    /// Use this policy instead of the repository's
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl PolicyCommand {
    /// Prints what was asked.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let here = std::env::current_dir()
            .map_err(|error| Failure::usage(format!("the current folder cannot be read: {error}")))?;
        let git = LibGit::open().ok();
        let root = git.as_ref().and_then(Reader::root).unwrap_or_else(|| here.clone());
        let mut out = std::io::stdout();
        match self.command {
            Action::Show(which) => {
                let text = show(which.policy.as_deref(), &here, &root).map_err(Failure::usage)?;
                written(out.write_all(text.as_bytes()))?;
                Ok(Exit::Passed)
            }
            Action::Check(which) => {
                let paths = git.map(|git| git.tracked()).unwrap_or_default();
                let checked = check(which.policy.as_deref(), &here, &root, &paths);
                written(out.write_all(checked.text.as_bytes()))?;
                Ok(if checked.exit_code == 0 { Exit::Passed } else { Exit::Usage })
            }
        }
    }
}

/// What `cwegate policy check` prints, and how it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Text that ends with a newline.
    pub text: String,
    /// 0, or 2 if the policy cannot be used.
    pub exit_code: u8,
}

/// The effective policy as TOML with the origin of each value; see [`Policy::load`] for the arguments.
///
/// # Errors
/// If the policy cannot be used.
pub fn show(explicit: Option<&Path>, start: &Path, root: &Path) -> Result<String, PolicyError> {
    Policy::load(explicit, start, root).map(|policy| policy.show())
}

/// Checks the policy; see [`Policy::load`] for the first arguments.
///
/// Errors end with exit code 2. Globs that match none of `paths` (all files of the repository) and entries that
/// reach no class are told as warnings.
pub fn check(explicit: Option<&Path>, start: &Path, root: &Path, paths: &[RepoPath]) -> Checked {
    let policy = match Policy::load(explicit, start, root) {
        Ok(policy) => policy,
        Err(error) => return Checked { text: format!("{error}\n"), exit_code: PolicyError::EXIT_CODE },
    };
    let mut text = String::new();
    let remarks = policy.without_effect(paths);
    for problem in &remarks {
        text.push_str(&problem.render("warning"));
        text.push('\n');
    }
    let name = crate::terminal::escape(policy.name());
    text.push_str(&match remarks.len() {
        0 => format!("{name}: the policy is in order\n"),
        1 => format!("{name}: the policy can be used, with 1 remark\n"),
        count => format!("{name}: the policy can be used, with {count} remarks\n"),
    });
    Checked { text, exit_code: 0 }
}

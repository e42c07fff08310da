//! `cwegate policy`: show, check, init, schema.

use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};

use super::{
    Exit, Failure,
    gate::{Gate, What},
    write_whole, written,
};
use crate::{
    git::{Version, os_path},
    path::RepoPath,
    policy::{self, Baseline, Date, Policy, PolicyError, Problem, SuppressionKind},
};

/// Show, check or begin the policy
#[derive(Debug, Args)]
pub struct PolicyCommand {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the policy that holds here, or for a file, as a whole
    Show {
        /// The file or folder that it is asked for
        path: Option<PathBuf>,
        /// Say which file and line set each value
        #[arg(long)]
        origin: bool,
        /// Use this policy instead of the repository's
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Check all policies of the repository: errors with file, line and column; globs, entries and exemptions without effect
    Check {
        /// Check this policy instead of the repository's
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Write a commented `cwegate.toml` that suits the repository
    Init {
        /// Print it instead
        #[arg(long)]
        stdout: bool,
    },
    /// Print the JSON Schema of `cwegate.toml`, for editors
    Schema,
}

impl PolicyCommand {
    /// Does what was asked.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let here = std::env::current_dir()
            .map_err(|error| Failure::usage(format!("the current folder cannot be read: {error}")))?;
        match self.command {
            Action::Show { path, origin, policy } => {
                let gate = Gate::open(None, None, false)?;
                let asked = path.map_or_else(|| here.clone(), |path| here.join(path));
                let start = if asked.is_dir() { asked.as_path() } else { asked.parent().unwrap_or(&here) };
                let text = show(policy.as_deref(), start, gate.root(), origin)?;
                print(&text)
            }
            Action::Check { policy } => {
                let gate = Gate::open(policy.clone(), None, false)?;
                let used = |about: Vec<&RepoPath>| used(&gate, &about);
                let checked = check(policy.as_deref(), &here, gate.root(), &gate.tracked(), &used);
                print(&checked.text)?;
                Ok(if checked.exit_code == 0 { Exit::Passed } else { Exit::Usage })
            }
            Action::Init { stdout } => init(&Gate::open(None, None, false)?, stdout),
            Action::Schema => print(&policy::schema::json()),
        }
    }
}

fn print(text: &str) -> Result<Exit, Failure> {
    written(std::io::stdout().write_all(text.as_bytes()))?;
    Ok(Exit::Passed)
}

fn init(gate: &Gate, stdout: bool) -> Result<Exit, Failure> {
    let kinds = gate.kinds(Version::Index);
    let read = |path: &RepoPath| os_path(path).ok().and_then(|path| std::fs::read(gate.root().join(path)).ok());
    let text = policy::init(&gate.tracked(), &kinds, &read);
    if stdout {
        return print(&text);
    }
    let file = gate.root().join("cwegate.toml");
    if file.symlink_metadata().is_ok() {
        return Err(Failure::usage("there is a cwegate.toml already; compare with `cwegate policy init --stdout`"));
    }
    if let Some(place) = policy::in_pyproject(gate.root(), gate.root()) {
        let message = format!(
            "there is a policy already, {place}, and a cwegate.toml would go before it; compare with `cwegate policy init --stdout`"
        );
        return Err(Failure::usage(message));
    }
    write_whole(&file, &text)?;
    print("cwegate.toml was written; `cwegate policy show` prints all that holds now\n")
}

/// The exemptions that suppress something in whole scans of some files, as places; `None` where that cannot be told.
fn used(gate: &Gate, about: &[&RepoPath]) -> Option<BTreeSet<String>> {
    let files: Option<Vec<PathBuf>> =
        about.iter().filter(|path| path.is_python()).map(|path| Some(gate.root().join(os_path(path).ok()?))).collect();
    let files = files?.into_iter().filter(|file| file.is_file()).collect();
    let judged = gate.judge(&What::Files(files), false, None, None, &Baseline::default()).ok()?;
    let exemptions = judged.verdict.findings.iter().filter_map(|judged| judged.suppressed.as_ref());
    let of_policy = exemptions.filter(|exemption| exemption.kind == SuppressionKind::Policy);
    Some(of_policy.map(|exemption| exemption.place.clone()).collect())
}

/// What `cwegate policy check` prints, and how it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Text that ends with a newline.
    pub text: String,
    /// 0, or 2 if a policy cannot be used or holds an exemption that is over.
    pub exit_code: u8,
}

/// The effective policy as TOML, with the origin of each value where asked; see [`Policy::load`] for the other arguments.
///
/// # Errors
/// If the policy cannot be used.
pub fn show(explicit: Option<&Path>, start: &Path, root: &Path, origin: bool) -> Result<String, PolicyError> {
    Policy::load(explicit, start, root).map(|policy| policy.show(origin))
}

/// Checks the policy; see [`Policy::load`] for the first arguments. Without an explicit one, all policies among `paths` (all
/// files of the repository) are checked.
///
/// Errors end with exit code 2, and so do exemptions that are over. Told as warnings: globs that match none of `paths`, entries
/// that reach no class, exemptions that end soon, and such that are not among those that `used` finds in the files that it is
/// given.
pub fn check(
    explicit: Option<&Path>,
    start: &Path,
    root: &Path,
    paths: &[RepoPath],
    used: &dyn Fn(Vec<&RepoPath>) -> Option<BTreeSet<String>>,
) -> Checked {
    let today = Date::today();
    let mut folders = vec![start.to_owned()];
    if explicit.is_none() {
        folders.extend(paths.iter().filter_map(|path| policy_folder(path, root)));
    }
    let (mut errors, mut remarks): (Vec<String>, Vec<Problem>) = (Vec::new(), Vec::new());
    let mut policies = Vec::new();
    for folder in folders {
        remarks.extend(policy::shadowed(&folder, root).filter(|_| explicit.is_none()));
        match Policy::load(explicit, &folder, root) {
            Ok(policy) => policies.push(policy),
            Err(error) => errors.push(format!("{error}\n")),
        }
    }
    for policy in &policies {
        errors.extend(policy.expired(today).iter().map(|problem| problem.render("error")));
        remarks.extend(policy.without_effect(paths));
        remarks.extend(policy.expiring(today));
    }
    let about: BTreeSet<&RepoPath> = policies.iter().flat_map(|policy| policy.files_with_exemptions(paths)).collect();
    if errors.is_empty()
        && !about.is_empty()
        && let Some(used) = used(about.into_iter().collect())
    {
        remarks.extend(policies.iter().flat_map(|policy| policy.unused_exemptions(&used, today)));
    }
    // Policies share what they build on.
    let mut told: Vec<String> = Vec::new();
    for text in errors.iter().cloned().chain(remarks.iter().map(|problem| problem.render("warning"))) {
        if !told.contains(&text) {
            told.push(text);
        }
    }
    let name = crate::terminal::escape(policies.first().map_or("", Policy::name));
    if !errors.is_empty() {
        return Checked { text: told.join("\n"), exit_code: PolicyError::EXIT_CODE };
    }
    let last = match told.len() {
        0 => format!("{name}: the policy is in order\n"),
        1 => format!("{name}: the policy can be used, with 1 remark\n"),
        count => format!("{name}: the policy can be used, with {count} remarks\n"),
    };
    told.push(last);
    Checked { text: told.join("\n"), exit_code: 0 }
}

/// The folder of a file that may hold a policy.
fn policy_folder(path: &RepoPath, root: &Path) -> Option<PathBuf> {
    let path = root.join(os_path(path).ok()?);
    let name = path.file_name()?;
    (name == "cwegate.toml" || name == "pyproject.toml").then(|| path.parent().map(Path::to_owned))?
}

//! `cwegate policy show` and `cwegate policy check`.

use std::path::Path;

use crate::{
    path::RepoPath,
    policy::{Policy, PolicyError},
};

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

//! `cwegate baseline`: what was there when the gate was adopted.

use std::io::Write;

use clap::{Args, Subcommand};

use super::{
    Exit, Failure,
    gate::{Gate, How, What},
    write_whole, written,
};
use crate::{
    attribute::Status,
    path::RepoPath,
    policy::{BASELINE, Baseline, Judged, SuppressionKind},
    terminal::{escape, plural},
};

/// Keep a list of the findings that are accepted: `cwegate-baseline.json` at the top of the repository
#[derive(Debug, Args)]
pub struct BaselineCommand {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the baseline of all that the policy would report now; there must be none yet
    Create(How),
    /// Write it anew: add what is new, take out what is gone
    Update(How),
    /// Take out what is gone, and add nothing
    Prune(How),
    /// Print what is in it
    Show,
}

/// Which of the findings of a whole scan belong into the baseline.
type Keep = fn(&Judged) -> bool;

impl BaselineCommand {
    /// Does what was asked.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let in_baseline: Keep =
            |judged| judged.suppressed.as_ref().is_some_and(|exemption| exemption.kind == SuppressionKind::Baseline);
        let reported: Keep = |judged| {
            judged.suppressed.as_ref().is_none_or(|exemption| exemption.kind == SuppressionKind::Baseline)
                && judged.finding.status != Status::Fixed
        };
        match self.command {
            Action::Create(how) => {
                let gate = Gate::open(how.policy.clone(), None, false)?;
                if gate.root().join(BASELINE).symlink_metadata().is_ok() {
                    let message =
                        format!("there is a {BASELINE} already; write it anew with `cwegate baseline update`");
                    return Err(Failure::usage(message));
                }
                write(&gate, &how, reported, gate.baseline()?)
            }
            Action::Update(how) => {
                let gate = Gate::open(how.policy.clone(), None, false)?;
                let old = gate.baseline_if_any()?;
                write(&gate, &how, reported, old)
            }
            Action::Prune(how) => {
                let gate = Gate::open(how.policy.clone(), None, false)?;
                let old = gate.baseline()?;
                write(&gate, &how, in_baseline, old)
            }
            Action::Show => show(),
        }
    }
}

fn write(gate: &Gate, how: &How, keep: Keep, old: Baseline) -> Result<Exit, Failure> {
    let judged = gate.judge(&What::Files(gate.all_files()?), false, how.model.as_deref(), how.threads, &old)?;
    let kept = judged.verdict.findings.iter().filter(|judged| keep(judged)).map(|judged| &judged.finding);
    let mut new = Baseline::of(kept);
    // Of what could not be read nobody knows whether it is gone.
    let unread = judged.verdict.unscanned.iter().filter(|item| !item.degraded);
    let unread: Vec<&RepoPath> = unread.map(|item| &item.path).collect();
    for path in &unread {
        new = new.merge(&old.of_file(path));
    }
    let file = gate.root().join(BASELINE);
    // A link would be written through, to wherever it leads.
    if file.is_symlink() {
        return Err(Failure::usage(format!("{BASELINE} is a link; put the file itself into the repository")));
    }
    write_whole(&file, &new.to_text())?;
    let (added, removed) = (new.missing_in(&old), old.missing_in(&new));
    let findings = plural(new.entries().len(), "finding", "findings");
    let mut text = format!("{BASELINE}: {findings}, {added} added, {removed} removed\n");
    for path in unread {
        text.push_str(&format!("{path} could not be scanned; its entries stay\n"));
    }
    written(std::io::stdout().write_all(text.as_bytes()))?;
    Ok(Exit::Passed)
}

fn show() -> Result<Exit, Failure> {
    let baseline = Gate::open(None, None, false)?.baseline()?;
    let mut text = String::new();
    for entry in baseline.entries() {
        let copy = if entry.copy > 1 { format!(", copy {}", entry.copy) } else { String::new() };
        let line = format!("{} {} in {}{copy}", entry.cwe, entry.path, entry.scope);
        text.push_str(&format!("{}\n", escape(&line)));
    }
    text.push_str(&format!("{}\n", plural(baseline.entries().len(), "finding", "findings")));
    written(std::io::stdout().write_all(text.as_bytes()))?;
    Ok(Exit::Passed)
}

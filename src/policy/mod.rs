//! Finding → block, warn or allow, with the reason.

use serde::{Deserialize, Serialize};

use crate::{attribute::Finding, path::RepoPath};

/// What the policy does with a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Not reported.
    Off,
    /// Reported; does not fail the gate.
    Warn,
    /// Fails the gate.
    Block,
}

/// A finding with the policy's decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// What follows from it.
    pub action: Action,
    /// Why, for a person: the policy's entry that decided, and where it stands.
    pub reason: String,
}

/// Something that had to be scanned and could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unscanned {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub path: RepoPath,
    /// First and last line, 1-based, where only a part of the file is concerned.
    pub lines: Option<(u32, u32)>,
    /// One sentence on what happened.
    pub why: String,
    /// Whether the policy lets it fail the gate.
    pub blocks: bool,
}

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// What was compared, for a person: `staged changes`, `main..HEAD`, `files`.
    pub source: String,
    /// Python files scanned.
    pub files: usize,
    /// Changed lines in them (all lines, where whole files were scanned).
    pub changed_lines: usize,
    /// Statements scored.
    pub statements: usize,
    /// Entries passed over, by kind: `deleted`, `binary`, `submodule`, `symlink`, `lfs pointer`, `not python`, …
    pub skipped: std::collections::BTreeMap<String, usize>,
    /// Python files scanned, each with its role: `added`, `modified`, `renamed`, `file`.
    pub scanned: Vec<(String, String)>,
}

/// How a run ended; the exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Exit code 0.
    Passed,
    /// Exit code 1.
    Blocked,
    /// Exit code 3: something that had to be scanned could not be, and the policy says that this blocks.
    Unscannable,
}

/// The decision on one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// Findings with action block or warn, blocking first, then by path and line; fixed and existing ones included.
    pub findings: Vec<Judged>,
    /// What could not be scanned.
    pub unscanned: Vec<Unscanned>,
    /// What was looked at.
    pub summary: Summary,
}

fn as_text<S: serde::Serializer>(path: &RepoPath, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_text())
}

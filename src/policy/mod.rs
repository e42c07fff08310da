//! Finding → block, warn or allow, with the reason.
//!
//! ```toml
//! extends = "top25"                 # a preset, or a path relative to this file; without it: top25
//!
//! [gate]
//! budget = 1.0                      # false alarms accepted per 1,000 changed lines
//! fail-on = "worsened"              # new | worsened | any
//! unscannable = "block"             # block | warn
//! max-file-size = 1_000_000         # bytes
//!
//! [cwe]
//! "*" = "warn"                      # what no other entry reaches
//! "CWE-89" = "block"                # block | warn | off; descendants included, unless a nearer entry names them
//! "CWE-74" = { action = "warn", budget = 0.2 }
//!
//! [[paths]]
//! match = ["tests/**"]              # globs from the repository's root; `*` stops at `/`
//! action = "warn"                   # nothing above it here
//! budget = 0.5
//! cwe = { "CWE-798" = "off" }
//! ```
//!
//! A policy is a chain of layers: a preset, the files that extend it, and last the file that was named or found.
//! Which entry decides is written down in `resolve.rs`.

mod diagnostic;
mod judge;
mod load;
mod parse;
mod resolve;
mod show;
mod unused;

use serde::{Deserialize, Serialize};

pub use self::{
    diagnostic::{Place, PolicyError, Problem, Source},
    load::{DEFAULT_PRESET, PRESETS},
};
use self::{parse::Layer, resolve::Resolver};
use crate::{attribute::Finding, cwe::CweId, diff::FileDiff, path::RepoPath};

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

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Block => "block",
        })
    }
}

/// Which findings may block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Only those in statements that were added or changed.
    New,
    /// Those, and statements that rose over the threshold because something near them changed.
    Worsened,
    /// Those, and what was there before.
    Any,
}

impl std::fmt::Display for FailOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Worsened => "worsened",
            Self::Any => "any",
        })
    }
}

/// What follows from something that had to be scanned and could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unscannable {
    /// It is reported.
    Warn,
    /// It fails the gate with exit code 3.
    Block,
}

impl std::fmt::Display for Unscannable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Warn => "warn",
            Self::Block => "block",
        })
    }
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

/// Something that had to be scanned and could not be, or not quite.
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
    /// It was scanned all the same, as well as it could be read: by its tokens, or with bytes replaced.
    pub degraded: bool,
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
    /// Where findings are reported, what is worth reading of the file's diff; empty where nobody asked.
    #[serde(skip)]
    pub diffs: Vec<FileDiff>,
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

impl Outcome {
    /// The exit code that follows: 0, 1 or 3.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Blocked => 1,
            Self::Unscannable => 3,
        }
    }
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

/// A class of the model with its operating points, as `model.toml` lists them.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassThresholds {
    /// The class that is reported.
    pub id: CweId,
    /// The weaknesses that are merged into it; may be empty, and may contain `id`.
    pub members: Vec<CweId>,
    /// Alarm budgets, false alarms per 1,000 changed lines, ascending.
    pub budgets: Vec<f32>,
    /// The probability threshold for each budget.
    pub thresholds: Vec<f32>,
}

impl ClassThresholds {
    /// The threshold of the largest listed budget that is not above the asked one.
    ///
    /// Below the smallest listed budget it is that of the smallest: the model was not measured at fewer alarms.
    /// Without any operating point it is infinite, since there is no threshold that could be justified.
    pub fn threshold(&self, budget: f32) -> f32 {
        let points = self.budgets.iter().zip(&self.thresholds);
        let within = points.clone().rfind(|&(&listed, _)| listed <= budget);
        within.or(points.clone().next()).map_or(f32::INFINITY, |(_, &threshold)| threshold)
    }
}

/// What the policy says about one class in one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What follows from a finding.
    pub action: Action,
    /// The probability from which on there is a finding; infinite when the class is off.
    pub threshold: f32,
    /// The entry that decided and where it stands: `` `"CWE-74" = "block"` in cwegate.toml:7 covers CWE-89 ``.
    pub reason: String,
}

/// A policy that is checked and ready.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The preset first, the file that was named or found last.
    layers: Vec<Layer>,
}

impl Policy {
    fn from_layers(layers: Vec<Layer>) -> Self {
        Self { layers }
    }

    /// What messages call the policy: its file, or `preset top25`.
    pub fn name(&self) -> &str {
        self.layers.last().map_or("", |layer| &layer.source.name)
    }

    /// The rule for each class in one file, in the order of `classes`.
    pub fn rules_for(&self, path: &RepoPath, classes: &[ClassThresholds]) -> Vec<Rule> {
        let resolver = Resolver::new(self, path);
        classes.iter().map(|class| resolver.rule(class)).collect()
    }

    /// The alarm budget for what no entry gives one: false alarms per 1,000 changed lines. Default 1.0.
    pub fn budget(&self) -> f32 {
        self.last(|gate| &gate.budget).map_or(1.0, |set| set.value)
    }

    /// Which findings may block. Default [`FailOn::Worsened`].
    pub fn fail_on(&self) -> FailOn {
        self.last(|gate| &gate.fail_on).map_or(FailOn::Worsened, |set| set.value)
    }

    /// What follows from something that could not be scanned. Default [`Unscannable::Block`].
    pub fn unscannable(&self) -> Unscannable {
        self.last(|gate| &gate.unscannable).map_or(Unscannable::Block, |set| set.value)
    }

    /// The largest file that is scanned, in bytes. Default 1,000,000.
    pub fn max_file_size(&self) -> u64 {
        self.last(|gate| &gate.max_file_size).map_or(1_000_000, |set| set.value)
    }
}

fn as_text<S: serde::Serializer>(path: &RepoPath, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_text())
}

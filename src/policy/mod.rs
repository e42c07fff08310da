//! Finding → block, warn or allow, with the reason.
//!
//! A policy is a chain of layers: a preset, the files that extend it, and last the file that was named or found.
//! All keys are described in `docs/policy.md`; [`schema`] says the same to editors. Which entry decides is written down in
//! `resolve.rs`, which exemptions hold in `judge.rs`.

mod baseline;
mod compare;
mod date;
mod diagnostic;
mod init;
mod inline;
mod judge;
mod kind;
mod load;
mod parse;
mod resolve;
pub mod schema;
mod show;
mod unused;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    baseline::{BASELINE, Baseline, BaselineEntry, BaselineError},
    date::Date,
    diagnostic::{Place, PolicyError, Problem, Source},
    init::init,
    judge::{Own, Rules, Scanned, SeenStatement},
    kind::{FileKinds, Kind, Kinds, attribute_files, is_attribute_file, same_kinds},
    load::{DEFAULT_PRESET, PRESETS, Policies, Store, in_pyproject, shadowed},
};
use self::{parse::Layer, resolve::Resolver};
use crate::{attribute::Finding, cwe::CweId, diff::FileDiff, path::RepoPath};

/// What the policy does with a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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

/// From which probability on something follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bar {
    /// The probability that the model was measured to need for so many false alarms per 1,000 changed lines.
    Budget(f32),
    /// This probability.
    Probability(f32),
}

impl Bar {
    /// The number as it was written.
    pub fn value(self) -> f32 {
        match self {
            Self::Budget(number) | Self::Probability(number) => number,
        }
    }

    /// The probability for a class.
    fn threshold(self, class: &ClassThresholds) -> f32 {
        match self {
            Self::Budget(budget) => class.threshold(budget),
            Self::Probability(probability) => probability,
        }
    }
}

/// Which findings may block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// What follows from it; [`Action::Off`] where it is suppressed.
    pub action: Action,
    /// Why, for a person: the policy's entry that decided, and where it stands.
    pub reason: String,
    /// The exemption that holds for it. A finding without one never has [`Action::Off`].
    pub suppressed: Option<Suppression>,
}

/// Why a finding that the policy would report does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// What kind of an exemption it is.
    pub kind: SuppressionKind,
    /// The reason that its author gave. Untrusted.
    pub reason: Option<String>,
    /// Who answers for it. Untrusted.
    pub owner: Option<String>,
    /// The last day on which it holds, `2027-03-31`.
    pub expires: Option<String>,
    /// Where it stands, for a person: `app.py:12`, `cwegate.toml:30`, `cwegate-baseline.json:7`.
    pub place: String,
}

/// What kind of an exemption it is. SARIF calls the first `inSource`, the others `external`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SuppressionKind {
    /// A comment in the code.
    Inline,
    /// An `[[allow]]` of the policy.
    Policy,
    /// An entry of the baseline.
    Baseline,
}

impl std::fmt::Display for SuppressionKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Inline => "inline",
            Self::Policy => "policy",
            Self::Baseline => "baseline",
        })
    }
}

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing for whoever asks.
    Note,
    /// Worth a look.
    Warning,
    /// Fails the gate.
    Error,
}

/// Something about policy, exemptions or baseline that a reader of the report should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// The file and its 1-based line, where it is about one. The name is untrusted.
    pub place: Option<(String, u32)>,
    /// One sentence on what is so and, where something is to be done, one on what. Untrusted.
    pub text: String,
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
    pub scanned: Vec<(RepoPath, String)>,
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
    /// Findings that block, that warn, and that are suppressed, in this order, then by path and line; fixed and existing
    /// ones included.
    pub findings: Vec<Judged>,
    /// What is to be said about policy, exemptions and baseline.
    pub notices: Vec<Notice>,
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
    /// The probability from which on a finding may block, at least `threshold`; under it, it warns.
    pub block_threshold: f32,
    /// The entry that decided and where it stands: `` `"CWE-74" = "block"` in cwegate.toml:7 covers CWE-89 ``.
    pub reason: String,
}

/// A policy that is checked and ready.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The preset first, the file that was named or found last.
    layers: Vec<Layer>,
    /// Goes before what the layers say of `fail-on`.
    fail_on: Option<FailOn>,
}

impl Policy {
    fn from_layers(layers: Vec<Layer>) -> Self {
        Self { layers, fail_on: None }
    }

    /// The policy with another `fail-on`, whatever it says itself.
    fn failing_on(self, fail_on: Option<FailOn>) -> Self {
        Self { fail_on, ..self }
    }

    /// What messages call the policy: its file, or `preset top25`.
    pub fn name(&self) -> &str {
        self.layers.last().map_or("", |layer| &layer.source.name)
    }

    /// The rule for each class in one file of these kinds, in the order of `classes`.
    pub fn rules_for(&self, path: &RepoPath, kinds: &Kinds, classes: &[ClassThresholds]) -> Vec<Rule> {
        let resolver = Resolver::new(self, path, kinds);
        classes.iter().map(|class| resolver.rule(class)).collect()
    }

    /// From which probability on there is a finding, where no entry says it. Default: a budget of 1.0.
    pub fn bar(&self) -> Bar {
        self.last(|gate| &gate.bars.warn).map_or(Bar::Budget(1.0), |set| set.value)
    }

    /// From which probability on a finding may block, where no entry says it. Default: wherever there is a finding.
    pub fn block_bar(&self) -> Option<Bar> {
        self.last(|gate| &gate.bars.block).map(|set| set.value)
    }

    /// Whether a comment that allows something has to give a reason. Default false.
    pub fn require_reason(&self) -> bool {
        self.last(|gate| &gate.require_reason).is_some_and(|set| set.value)
    }

    /// Whether a comment may allow everything, without a CWE. Default false.
    pub fn allow_blanket(&self) -> bool {
        self.last(|gate| &gate.allow_blanket).is_some_and(|set| set.value)
    }

    /// Whether comments that the scanned change itself adds count. By default they do unless the policy is taken from another
    /// commit: what is gated must not exempt itself.
    pub fn accept_new_comments(&self) -> Option<bool> {
        self.last(|gate| &gate.accept_new_comments).map(|set| set.value)
    }

    /// The hash of the model that has to be used, and its folder relative to the repository's root, where the policy says so.
    pub fn model(&self) -> Option<(&str, Option<String>)> {
        let layer = self.layers.iter().rev().find(|layer| layer.model.is_some())?;
        let pin = layer.model.as_ref()?;
        Some((&pin.hash.value, pin.path.as_ref().map(|path| format!("{}{}", layer.source.base, path.value))))
    }

    /// Which findings may block. Default [`FailOn::Worsened`].
    pub fn fail_on(&self) -> FailOn {
        self.fail_on.or_else(|| self.last(|gate| &gate.fail_on).map(|set| set.value)).unwrap_or(FailOn::Worsened)
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

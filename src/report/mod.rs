//! Verdict → text: one file a format, one trait.

mod human;
mod json;
mod sarif;
mod secret;

use serde::Serialize;

use self::secret::Secrets;
pub use self::{human::Human, json::Json, sarif::Sarif};
use crate::{
    attribute::Status,
    cwe::CweId,
    policy::{Action, FailOn, Judged, Verdict},
};

/// One format.
pub trait Report {
    /// The whole report; it ends with a newline unless it is empty.
    fn render(&self, verdict: &Verdict, context: &Context) -> String;
}

/// The formats by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// For people at a terminal.
    Human,
    /// `cwegate/1`, see [`Json`].
    Json,
    /// SARIF 2.1.0, see [`Sarif`].
    Sarif,
}

impl Format {
    /// What writes the format.
    pub fn report(self) -> &'static dyn Report {
        match self {
            Self::Human => &Human,
            Self::Json => &Json,
            Self::Sarif => &Sarif,
        }
    }
}

/// The model that scored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 over its bundle, hexadecimal.
    pub hash: String,
}

/// What a report says beside the verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// The tool's version.
    pub version: String,
    /// The model that scored.
    pub model: Model,
    /// All classes of the model, in any order: SARIF lists a rule for each, so that rules are stable between runs.
    pub classes: Vec<CweId>,
    /// Whether the human report may use colours.
    pub color: bool,
    /// Show what was there before and what was repaired as well, and say so when all is well.
    pub verbose: bool,
    /// Human report: only what blocks, and the summary.
    pub quiet: bool,
    /// How the run was started, for a hint on how to see more: `cwegate scan`.
    pub command: String,
    /// Whether a change was scanned; else whole files were, and there is no old debt to tell apart.
    pub diff: bool,
    /// Which findings may block: under [`FailOn::Any`] what was there before is reported like the rest.
    pub fail_on: FailOn,
    /// What the policy is called: a file, or `preset top25`.
    pub policy: String,
    /// SARIF's `automationDetails.id`, GitHub's category; a missing final `/` is added.
    pub automation_id: String,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: Model::default(),
            classes: crate::cwe::all_advice().keys().copied().collect(),
            color: false,
            verbose: false,
            quiet: false,
            command: "cwegate scan".to_owned(),
            diff: true,
            fail_on: FailOn::Worsened,
            policy: format!("preset {}", crate::policy::DEFAULT_PRESET),
            automation_id: "cwegate/".to_owned(),
        }
    }
}

impl Context {
    /// Whether a finding is reported in full: old debt is shown, never blamed.
    fn in_full(&self, judged: &Judged) -> bool {
        match judged.finding.status {
            _ if judged.suppressed.is_some() => false,
            Status::New | Status::Worsened => true,
            Status::Existing => !self.diff || self.fail_on == FailOn::Any,
            Status::Fixed => false,
        }
    }
}

/// How many findings of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    /// Those that block.
    blocked: usize,
    /// Others that are reported in full.
    warned: usize,
    /// Those that an exemption or the baseline covers.
    suppressed: usize,
    /// Others that were there before.
    existing: usize,
    fixed: usize,
}

impl Counts {
    fn of(verdict: &Verdict, context: &Context) -> Self {
        let mut counts = Self::default();
        for judged in &verdict.findings {
            *match judged.finding.status {
                _ if judged.suppressed.is_some() => &mut counts.suppressed,
                _ if judged.action == Action::Block => &mut counts.blocked,
                _ if context.in_full(judged) => &mut counts.warned,
                Status::Fixed => &mut counts.fixed,
                _ => &mut counts.existing,
            } += 1;
        }
        counts
    }
}

/// A probability with four decimals, as a number that is written so.
fn rounded(probability: f32) -> f64 {
    (f64::from(probability) * 10_000.0).round() / 10_000.0
}

/// Writes characters that could deceive a reader as `\u` escapes: the same JSON, safe to print.
pub(crate) fn printable_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Line ends inside strings are escaped already, so these are the layout's.
        if c != '\n' && crate::terminal::is_deceptive(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

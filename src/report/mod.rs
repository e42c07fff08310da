//! Verdict → text: one file a format, one trait.

mod code_quality;
mod github;
mod gitlab_sast;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;
mod secret;

use std::{sync::Arc, time::SystemTime};

use serde::Serialize;

pub use self::{
    code_quality::CodeQuality,
    github::Github,
    gitlab_sast::GitlabSast,
    html::Html,
    human::Human,
    json::Json,
    junit::Junit,
    markdown::Markdown,
    sarif::{Profile, Sarif},
};
pub(crate) use self::{markdown::fenced, secret::Secrets};
use crate::{
    attribute::{Finding, Region, Status},
    cwe::{self, CweId},
    notebook::Cells,
    policy::{Action, FailOn, Judged, Level, Notice, Unscanned, Verdict},
    terminal::{escape, plural},
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
    /// JSON of the schema `cwegate/1`.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// GitLab's SAST report 15.1.4.
    GitlabSast,
    /// GitLab's Code Quality report.
    CodeQuality,
    /// Annotations of a GitHub workflow.
    Github,
    /// A job summary or the body of a comment.
    Markdown,
    /// JUnit's XML.
    Junit,
    /// One page with the diff.
    Html,
}

impl Format {
    /// What writes the format.
    pub fn report(self) -> &'static dyn Report {
        match self {
            Self::Human => &Human,
            Self::Json => &Json,
            Self::Sarif => &Sarif,
            Self::GitlabSast => &GitlabSast,
            Self::CodeQuality => &CodeQuality,
            Self::Github => &Github,
            Self::Markdown => &Markdown,
            Self::Junit => &Junit,
            Self::Html => &Html,
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
    /// Whom the SARIF is for.
    pub sarif_profile: Profile,
    /// SARIF: the absolute URI of the top of the repository, for viewers that open files; code hosts need none.
    pub root_uri: Option<String>,
    /// When the run began.
    pub started: SystemTime,
    /// When it ended.
    pub ended: SystemTime,
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
            sarif_profile: Profile::default(),
            root_uri: None,
            started: SystemTime::UNIX_EPOCH,
            ended: SystemTime::UNIX_EPOCH,
        }
    }
}

impl Context {
    /// Whether a finding is reported in full: old debt is shown, never blamed.
    pub(crate) fn in_full(&self, judged: &Judged) -> bool {
        match judged.finding.status {
            _ if judged.suppressed.is_some() => false,
            Status::New | Status::Worsened => true,
            Status::Existing => !self.diff || self.fail_on == FailOn::Any,
            Status::Fixed => false,
        }
    }

    /// The findings that are reported in full, the most severe first.
    fn reported<'v>(&self, verdict: &'v Verdict) -> Vec<&'v Judged> {
        most_severe_first(verdict.findings.iter().filter(|judged| self.in_full(judged)))
    }

    /// What people are told of policy, exemptions and baseline: notes only if they asked for more.
    fn notices<'v>(&self, verdict: &'v Verdict) -> impl Iterator<Item = &'v Notice> {
        let from = match (self.quiet, self.verbose) {
            (true, _) => Level::Error,
            (_, true) => Level::Note,
            _ => Level::Warning,
        };
        verdict.notices.iter().filter(move |notice| notice.level >= from)
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

/// Findings by weight, the most severe first: code hosts take the first so many of a long list.
fn most_severe_first<'v>(findings: impl Iterator<Item = &'v Judged>) -> Vec<&'v Judged> {
    let mut findings: Vec<_> = findings.collect();
    // The sort is stable, and the verdict comes by place.
    findings.sort_by(|a, b| {
        let ((sa, pa), (sb, pb)) = (weight(a), weight(b));
        b.action.cmp(&a.action).then(sb.total_cmp(&sa)).then(pb.total_cmp(&pa))
    });
    findings
}

fn weight(judged: &Judged) -> (f32, f32) {
    (severity(judged.finding.cwe), judged.finding.probability)
}

/// GitHub's `security-severity`, 0.1 to 10.0; medium for what has no advice.
fn severity(id: CweId) -> f32 {
    cwe::advice(id).and_then(|advice| advice.severity.parse().ok()).unwrap_or(5.0)
}

/// What a finding says where there is no place for an excerpt. The first sentence can stand alone; scope and reason are escaped.
pub(crate) fn sentences(judged: &Judged) -> Vec<String> {
    let finding = &judged.finding;
    let name: String = escape(&finding.scope).chars().take(200).collect();
    let mut scope = if finding.scope == "<module>" { String::new() } else { format!(" in {name}") };
    if finding.cells.is_some() {
        let joint = if scope.is_empty() { " in" } else { "," };
        scope.push_str(&format!("{joint} {}", lines_of(finding, finding.region)));
    }
    let mut sentences = vec![format!("Possible {} ({}){scope}.", lower_first(&cwe::title(finding.cwe)), finding.cwe)];
    match finding.status {
        Status::Worsened => sentences
            .push("The statement is unchanged; what this change removed or altered near it made it worse.".to_owned()),
        Status::Fixed => sentences.push("This change repaired it.".to_owned()),
        Status::New | Status::Existing => {}
    }
    sentences.push(format!(
        "Probability {:.2} at a threshold of {:.2}; the policy {} it.",
        finding.probability,
        finding.threshold,
        if judged.action == Action::Block { "blocks" } else { "warns of" }
    ));
    sentences.extend(cwe::advice(finding.cwe).map(|advice| advice.advice.clone()));
    sentences
}

/// `Cross-site scripting` → `cross-site scripting`; `SQL injection` stays.
fn lower_first(title: &str) -> String {
    let mut chars = title.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain([second]).chain(chars).collect()
        }
        _ => title.to_owned(),
    }
}

/// A region beside a finding in words: `line 3`, `lines 3–5`, in a notebook `cell 2, line 3`.
fn lines_of(finding: &Finding, region: Region) -> String {
    match finding.in_cell(region) {
        Some((cell, region)) => format!("cell {cell}, {}", lines_from(region.start_line, region.end_line)),
        None => lines_from(region.start_line, region.end_line),
    }
}

/// A finding's line behind the name of its file: `3`, in a notebook `cell 2:3`.
pub(crate) fn line_position(finding: &Finding) -> String {
    match finding.in_cell(finding.region) {
        Some((cell, region)) => format!("cell {cell}:{}", region.start_line),
        None => finding.region.start_line.to_string(),
    }
}

/// A finding's line and column behind the name of its file: `3:9`, in a notebook `cell 2:3:9`.
fn position(finding: &Finding) -> String {
    let region = finding.in_cell(finding.region).map_or(finding.region, |(_, region)| region);
    format!("{}:{}", line_position(finding), region.start_column)
}

/// What stands beside a line of code: its number, in a notebook behind that of its cell.
fn number(cells: Option<&Arc<Cells>>, line: u32) -> String {
    cells.map_or_else(|| line.to_string(), |cells| cells.label(line))
}

/// `line 3` or `lines 3–5`.
pub(crate) fn lines_from(first: u32, last: u32) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}–{last}") }
}

/// What the change did to a finding.
pub(crate) fn status(finding: &Finding) -> String {
    match (finding.status, finding.before) {
        (Status::New, _) => "new in this change".to_owned(),
        (Status::Worsened, Some(before)) => format!("worsened by this change, {before:.2} before"),
        (Status::Worsened, None) => "worsened by this change".to_owned(),
        (Status::Existing, _) => "was there before".to_owned(),
        (Status::Fixed, _) => "repaired".to_owned(),
    }
}

/// What could not be scanned, in one escaped sentence.
pub(crate) fn not_scanned(item: &Unscanned) -> String {
    let what = if item.degraded { "Not read cleanly" } else { "Not scanned" };
    format!("{what}: {}.", escape(&item.why).trim_end_matches('.'))
}

/// A notice in one escaped line, its place first.
fn told(notice: &Notice) -> String {
    let place = notice.place.as_ref().map(|(path, line)| format!("{}:{line}: ", escape(path))).unwrap_or_default();
    format!("{place}{}", escape(&notice.text))
}

/// The outcome in a few words.
fn headline(verdict: &Verdict, context: &Context) -> String {
    let counts = Counts::of(verdict, context);
    let mut parts = Vec::new();
    if counts.blocked > 0 {
        parts.push(plural(counts.blocked, "finding blocks", "findings block"));
    }
    if counts.warned > 0 {
        parts.push(plural(counts.warned, "warning", "warnings"));
    }
    let errors = verdict.notices.iter().filter(|notice| notice.level == Level::Error).count();
    if errors > 0 {
        parts.push(plural(errors, "error in the policy", "errors in the policy"));
    }
    let missing = verdict.unscanned.iter().filter(|item| !item.degraded).count();
    if missing > 0 {
        parts.push(plural(missing, "place was not scanned", "places were not scanned"));
    }
    if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") }
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

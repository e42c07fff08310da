//! SARIF 2.1.0 for code hosts.
//!
//! What GitHub and GitLab read, and where they differ, is why the file looks as it does:
//! - GitHub takes CWE tags as `external/cwe/cwe-089`, GitLab as `cwe:89`; both are written.
//! - GitLab ranks by `rank` before all else, so the model's probability never stands there.
//! - The message's first sentence stands alone where space is short (GitHub), and 1,024 characters are enough (GitLab).
//! - Both take the first so many results, so the most severe come first.
//! - A result list is authoritative for its category: what a diff scan does not list counts as gone. The run says with
//!   `incrementalMode` that it is partial, as CodeQL's does; `artifacts` say what was looked at.
//! - GitHub reads no `suppressions` and no `baselineState`: what is suppressed or was there before would be an alert there. So the
//!   profiles for code hosts leave it out, and only the full one has it.
//! - GitHub shows links in messages (`[line 3](1)`), GitLab shows them as they are written.
//! - No source text is in the file, so no secret can be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    self, Artifact, ArtifactLocation, CodeFlow, Invocation, Location, LogicalLocation, Message,
    MultiformatMessageString, Notification, PhysicalLocation, PropertyBag, ReportingConfiguration, ReportingDescriptor,
    ResultLevel, Run, RunAutomationDetails, ThreadFlow, ThreadFlowLocation, Tool, ToolComponent,
};

use super::{
    Context, Report, lines_of, most_severe_first, not_scanned, printable_json, rounded, sentences, severity, told,
};
use crate::{
    attribute::{Finding, Region, Status},
    cwe::{self, CweId},
    evidence::Evidence,
    path::RepoPath,
    policy::{Action, Judged, Level, Notice, Suppression, SuppressionKind, Unscanned, Verdict},
    terminal::{escape, plural},
};

/// Whom a SARIF file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Profile {
    /// GitHub's code scanning: nothing that is suppressed, links in messages
    #[default]
    Github,
    /// GitLab's SARIF reports: the same without links
    Gitlab,
    /// Other readers: also what is suppressed, was there before or was repaired, and says so
    Full,
}

/// SARIF 2.1.0 with one run.
///
/// New and worsened findings are results; what was there before is one only if it may block or if whole files were
/// scanned, and what was repaired never is. Profile `full` has them all, with their `baselineState`. At most 5,000 results
/// are written, the most severe, and a notification says how many are missing.
#[derive(Debug, Clone, Copy)]
pub struct Sarif;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const ROOT: &str = "%SRCROOT%";
/// GitHub shows, and GitLab takes, so many results of a run.
const MOST_RESULTS: usize = 5_000;
/// Characters that both hosts accept in each text.
const LONGEST_TEXT: usize = 1_024;

impl Report for Sarif {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let log = sarif::Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run(verdict, context)]).build();
        match serde_json::to_string_pretty(&log) {
            Ok(text) => format!("{}\n", printable_json(&text)),
            Err(error) => unreachable!("SARIF's maps have text keys and its numbers are finite: {error}"),
        }
    }
}

fn run(verdict: &Verdict, context: &Context) -> Run {
    let rules: Vec<_> = rule_ids(verdict, context).into_iter().collect();
    let artifacts = artifacts(verdict);
    let uris = artifacts.iter().map(|artifact| artifact.location.as_ref().and_then(|location| location.uri.clone()));
    let indices: HashMap<_, _> = uris.zip(0..).filter_map(|(uri, index)| Some((uri?, index))).collect();
    let mut reported = match context.sarif_profile {
        Profile::Full => most_severe_first(verdict.findings.iter()),
        Profile::Github | Profile::Gitlab => context.reported(verdict),
    };
    let left_out = reported.len().saturating_sub(MOST_RESULTS);
    reported.truncate(MOST_RESULTS);
    let results: Vec<_> =
        reported.into_iter().map(|judged| result(judged, &rules, &indices, context.sarif_profile)).collect();

    let mut properties = BTreeMap::from([
        ("model".to_owned(), json!(context.model)),
        ("policy".to_owned(), json!(context.policy)),
        ("outcome".to_owned(), json!(verdict.outcome)),
    ]);
    if context.diff {
        properties.insert("incrementalMode".to_owned(), json!("diff-informed"));
    }
    let mut run = Run::builder()
        .tool(Tool::builder().driver(driver(&rules, context)).build())
        .automation_details(RunAutomationDetails::builder().id(automation_id(context)).build())
        .column_kind("unicodeCodePoints")
        .invocations(vec![invocation(verdict, left_out)])
        .artifacts(artifacts)
        .results(results)
        .properties(bag(properties))
        .build();
    run.original_uri_base_ids = context.root_uri.as_ref().map(|uri| {
        // Without the slash the last segment would be replaced instead of followed.
        let uri = format!("{}/", uri.trim_end_matches('/'));
        let root = ArtifactLocation::builder().uri(uri).build();
        BTreeMap::from([(ROOT.to_owned(), root)])
    });
    run
}

fn automation_id(context: &Context) -> String {
    format!("{}/", context.automation_id.trim_end_matches('/'))
}

fn bag(properties: BTreeMap<String, Value>) -> PropertyBag {
    PropertyBag::builder().additional_properties(properties).build()
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(shortened(text)).build()
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_TEXT {
        return text.to_owned();
    }
    text.chars().take(LONGEST_TEXT - 1).chain(['…']).collect()
}

/// All classes of the model, and what was found beside them (a model may have been changed since).
fn rule_ids(verdict: &Verdict, context: &Context) -> BTreeSet<CweId> {
    context.classes.iter().copied().chain(verdict.findings.iter().map(|judged| judged.finding.cwe)).collect()
}

fn driver(rules: &[CweId], context: &Context) -> ToolComponent {
    ToolComponent::builder()
        .name("cwegate")
        .version(&context.version)
        .semantic_version(&context.version)
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(rules.iter().map(|&id| rule(id)).collect::<Vec<_>>())
        .build()
}

fn rule(id: CweId) -> ReportingDescriptor {
    let title = cwe::title(id);
    let severity = severity(id);
    let level = if severity >= 7.0 { "error" } else { "warning" };
    let tags = vec!["security".to_owned(), format!("external/cwe/cwe-{:03}", id.0), format!("cwe:{}", id.0)];
    let properties = BTreeMap::from([
        ("precision".to_owned(), json!("medium")),
        ("problem.severity".to_owned(), json!(level)),
        ("security-severity".to_owned(), json!(format!("{severity:.1}"))),
    ]);
    ReportingDescriptor::builder()
        .id(id.to_string())
        .name(pascal_case(&title))
        .short_description(text(&title))
        .full_description(text(&description(id)))
        .help(help(id))
        .help_uri(cwe::url(id))
        .default_configuration(ReportingConfiguration::builder().level(level).build())
        .properties(PropertyBag::builder().tags(tags).additional_properties(properties).build())
        .build()
}

fn description(id: CweId) -> String {
    match (cwe::advice(id), cwe::catalogue().get(id)) {
        (Some(advice), _) => advice.summary.clone(),
        (None, Some(weakness)) => weakness.description.clone(),
        (None, None) => id.to_string(),
    }
}

fn help(id: CweId) -> MultiformatMessageString {
    let Some(advice) = cwe::advice(id) else { return text(&description(id)) };
    let plain = format!("{} {} {}", advice.summary, advice.advice, advice.how);
    let markdown = format!(
        "{}\n\n**{}**\n\n{}\n\nBad:\n\n```python\n{}```\n\nGood:\n\n```python\n{}```\n\n[{id} at MITRE]({})\n",
        advice.summary,
        advice.advice,
        advice.how,
        advice.bad,
        advice.good,
        cwe::url(id)
    );
    MultiformatMessageString::builder().text(plain).markdown(markdown).build()
}

/// `SQL injection` → `SqlInjection`.
fn pascal_case(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| format!("{}{}", word[..1].to_ascii_uppercase(), word[1..].to_ascii_lowercase())).collect()
}

fn result(judged: &Judged, rules: &[CweId], artifacts: &HashMap<String, i64>, profile: Profile) -> sarif::Result {
    let finding = &judged.finding;
    let level = match (judged.action, finding.status) {
        (Action::Block, _) => ResultLevel::Error,
        (Action::Off, _) | (_, Status::Existing | Status::Fixed) => ResultLevel::Note,
        _ => ResultLevel::Warning,
    };
    let mut properties = BTreeMap::from([
        ("probability".to_owned(), json!(rounded(finding.probability))),
        ("threshold".to_owned(), json!(rounded(finding.threshold))),
        ("status".to_owned(), json!(finding.status)),
        ("action".to_owned(), json!(judged.action)),
        ("reason".to_owned(), json!(judged.reason)),
    ]);
    if let Some(before) = finding.before {
        properties.insert("probabilityBefore".to_owned(), json!(rounded(before)));
    }
    if let Some((cell, region)) = finding.in_cell(finding.region) {
        properties.insert("cell".to_owned(), json!({"number": cell, "line": region.start_line}));
    }
    let mut fingerprints = BTreeMap::from([("cwegate/v1".to_owned(), finding.fingerprint.clone())]);
    // What is gone has no line to hash.
    if !finding.line_hash.is_empty() {
        fingerprints.insert("primaryLocationLineHash".to_owned(), finding.line_hash.clone());
    }
    let rule_index = rules.iter().position(|&id| id == finding.cwe).unwrap_or_default();
    let mut result = sarif::Result::builder()
        .rule_id(finding.cwe.to_string())
        .rule_index(rule_index as i64)
        .level(level)
        .message(Message::builder().text(message(judged, profile)).build())
        .locations(vec![location(finding, artifacts)])
        .partial_fingerprints(fingerprints)
        .properties(bag(properties))
        .build();
    if !finding.evidence.is_empty() {
        let related = finding.evidence.iter().zip(1..).map(|(evidence, id)| because(finding, evidence, id));
        result.related_locations = Some(related.collect());
        result.code_flows = Some(vec![flow(finding)]);
    }
    if profile == Profile::Full {
        let state = match finding.status {
            Status::New => "new",
            Status::Worsened => "updated",
            Status::Existing => "unchanged",
            Status::Fixed => "absent",
        };
        result.baseline_state = Some(json!(state));
        result.suppressions = Some(judged.suppressed.iter().map(suppression).collect());
    }
    result
}

fn suppression(suppression: &Suppression) -> sarif::Suppression {
    let kind = if suppression.kind == SuppressionKind::Inline { "inSource" } else { "external" };
    let mut properties = BTreeMap::from([("place".to_owned(), json!(suppression.place))]);
    properties.extend(suppression.owner.iter().map(|owner| ("owner".to_owned(), json!(owner))));
    properties.extend(suppression.expires.iter().map(|day| ("expires".to_owned(), json!(day))));
    let mut out = sarif::Suppression::builder().kind(json!(kind)).properties(bag(properties)).build();
    out.justification = suppression.reason.as_deref().map(|reason| shortened(&escape(reason)));
    out
}

/// What is said of a finding; brackets would read as links.
fn message(judged: &Judged, profile: Profile) -> String {
    let mut text = shortened(&sentences(judged).join(" ")).replace('[', "(").replace(']', ")");
    let evidence = &judged.finding.evidence;
    if !evidence.is_empty() {
        let place = |(evidence, id): (&Evidence, usize)| {
            let lines = lines_of(&judged.finding, evidence.region);
            if profile == Profile::Gitlab { lines } else { format!("[{lines}]({id})") }
        };
        let places: Vec<_> = evidence.iter().zip(1..).map(place).collect();
        let hangs = format!(" It hangs on {}.", places.join(" and "));
        if text.chars().count() + hangs.chars().count() <= LONGEST_TEXT {
            text.push_str(&hangs);
        }
    }
    text
}

fn because(finding: &Finding, evidence: &Evidence, id: i64) -> Location {
    let text = format!("Without this the probability would be {:.2}.", evidence.without);
    let physical = PhysicalLocation::builder()
        .artifact_location(at(&finding.path))
        .region(region(finding, evidence.region))
        .build();
    Location::builder().id(id).message(text.as_str()).physical_location(physical).build()
}

/// The evidence in the order of the source, and what it leads to.
fn flow(finding: &Finding) -> CodeFlow {
    let step = |location: Location| ThreadFlowLocation::builder().location(location).build();
    let physical = PhysicalLocation::builder()
        .artifact_location(at(&finding.path))
        .region(region(finding, finding.region))
        .build();
    let end = Location::builder().message(cwe::title(finding.cwe).as_str()).physical_location(physical).build();
    let mut locations: Vec<_> = finding
        .evidence
        .iter()
        .map(|evidence| {
            let mut location = because(finding, evidence, 0);
            location.id = None;
            step(location)
        })
        .collect();
    locations.push(step(end));
    CodeFlow::builder().thread_flows(vec![ThreadFlow::builder().locations(locations).build()]).build()
}

fn location(finding: &Finding, artifacts: &HashMap<String, i64>) -> Location {
    let mut at = at(&finding.path);
    at.index = at.uri.as_ref().and_then(|uri| artifacts.get(uri).copied());
    let physical = PhysicalLocation::builder().artifact_location(at).region(region(finding, finding.region)).build();
    let logical = LogicalLocation::builder().fully_qualified_name(&finding.scope).build();
    Location::builder().physical_location(physical).logical_locations(vec![logical]).build()
}

fn at(path: &RepoPath) -> ArtifactLocation {
    ArtifactLocation::builder().uri(path.to_uri()).uri_base_id(ROOT).build()
}

/// Both count lines and columns from 1 and end before `endColumn`.
fn region(finding: &Finding, region: Region) -> sarif::Region {
    let region = finding.in_file(region);
    sarif::Region::builder()
        .start_line(region.start_line)
        .start_column(region.start_column)
        .end_line(region.end_line)
        .end_column(region.end_column)
        .build()
}

fn artifacts(verdict: &Verdict) -> Vec<Artifact> {
    let mut known = BTreeSet::new();
    // A push of two branches may have a file twice, in two states.
    let scanned = verdict.summary.scanned.iter().filter(|(path, _)| known.insert(path));
    scanned
        .map(|(path, role)| {
            let change = ["added", "modified", "renamed"].into_iter().find(|known| known == role);
            let roles: Vec<Value> = ["analysisTarget"].into_iter().chain(change).map(Value::from).collect();
            Artifact::builder().location(at(path)).roles(roles).source_language("python").build()
        })
        .collect()
}

/// The run as such succeeded even where files could not be scanned: GitHub rejects a file that says otherwise.
fn invocation(verdict: &Verdict, left_out: usize) -> Invocation {
    let mut notifications: Vec<_> = verdict.unscanned.iter().map(notification).collect();
    if left_out > 0 {
        let results = plural(left_out, "result was", "results were");
        let text = format!("{results} left out: a run holds {MOST_RESULTS}, the most severe are here.");
        notifications.push(Notification::builder().message(text.as_str()).level("warning").build());
    }
    let mut invocation = Invocation::builder()
        .execution_successful(true)
        .exit_code(verdict.outcome.exit_code())
        .tool_execution_notifications(notifications)
        .build();
    let configuration: Vec<_> = verdict.notices.iter().map(configuration).collect();
    invocation.tool_configuration_notifications = Some(configuration).filter(|list| !list.is_empty());
    invocation
}

/// What is to be said of policy, exemptions and baseline. Only files below the root have a URI there.
fn configuration(notice: &Notice) -> Notification {
    let text = shortened(&told(notice)).replace('[', "(").replace(']', ")");
    let level = match notice.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let mut notification = Notification::builder().message(text.as_str()).level(level).build();
    let below = |path: &&(String, u32)| !path.0.split('/').any(|part| part.is_empty() || part == "..");
    notification.locations = notice.place.as_ref().filter(below).map(|(path, line)| {
        let region = sarif::Region::builder().start_line(*line).build();
        let file = at(&RepoPath::from(path.as_str()));
        let physical = PhysicalLocation::builder().artifact_location(file).region(region).build();
        vec![Location::builder().physical_location(physical).build()]
    });
    notification
}

fn notification(item: &Unscanned) -> Notification {
    let mut physical = PhysicalLocation::builder().artifact_location(at(&item.path)).build();
    physical.region = item.lines.map(|(first, last)| sarif::Region::builder().start_line(first).end_line(last).build());
    let text = shortened(&not_scanned(item));
    Notification::builder()
        .message(text.as_str())
        .level(match item {
            Unscanned { degraded: true, .. } => "note",
            Unscanned { blocks: true, .. } => "error",
            _ => "warning",
        })
        .locations(vec![Location::builder().physical_location(physical).build()])
        .build()
}

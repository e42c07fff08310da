//! SARIF 2.1.0 for code hosts.
//!
//! What GitHub and GitLab read, and where they differ, is why the file looks as it does:
//! - GitHub takes CWE tags as `external/cwe/cwe-089`, GitLab as `cwe:89`; both are written.
//! - GitLab ranks by `rank` before all else, so the model's probability never stands there.
//! - The message's first sentence stands alone where space is short (GitHub), and 1,024 characters are enough (GitLab).
//! - A result list is authoritative for its category: what a diff scan does not list counts as gone. The run says with
//!   `incrementalMode` that it is partial, as CodeQL's does; `artifacts` say what was looked at.
//! - No source text is in the file, so no secret can be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    self, Artifact, ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString,
    Notification, PhysicalLocation, PropertyBag, ReportingConfiguration, ReportingDescriptor, ResultLevel, Run,
    RunAutomationDetails, Tool, ToolComponent,
};

use super::{Context, Report, printable_json, rounded};
use crate::{
    attribute::{Finding, Region, Status},
    cwe::{self, CweId},
    path::RepoPath,
    policy::{Action, Judged, Unscanned, Verdict},
    terminal::escape,
};

/// SARIF 2.1.0 with one run.
///
/// New and worsened findings are results; what was there before is one only if it may block or if whole files were
/// scanned, and what was repaired never is. At most 5,000 results are written, the most severe.
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
    let (reported, left_out) = reported(verdict, context);
    let results: Vec<_> = reported.into_iter().map(|judged| result(judged, &rules, &indices)).collect();
    let root = ArtifactLocation::builder().description("The top of the repository.").build();

    let mut properties = BTreeMap::from([
        ("model".to_owned(), json!(context.model)),
        ("policy".to_owned(), json!(context.policy)),
        ("outcome".to_owned(), json!(verdict.outcome)),
    ]);
    if context.diff {
        properties.insert("incrementalMode".to_owned(), json!("diff-informed"));
    }
    Run::builder()
        .tool(Tool::builder().driver(driver(&rules, context)).build())
        .automation_details(RunAutomationDetails::builder().id(automation_id(context)).build())
        .column_kind("unicodeCodePoints")
        .original_uri_base_ids(BTreeMap::from([(ROOT.to_owned(), root)]))
        .invocations(vec![invocation(verdict, left_out)])
        .artifacts(artifacts)
        .results(results)
        .properties(bag(properties))
        .build()
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

/// GitHub's `security-severity`; medium for what has no advice.
fn severity(id: CweId) -> f32 {
    cwe::advice(id).and_then(|advice| advice.severity.parse().ok()).unwrap_or(5.0)
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

/// The findings that become results, in the verdict's order, and how many were left out for their number.
fn reported<'v>(verdict: &'v Verdict, context: &Context) -> (Vec<&'v Judged>, usize) {
    let mut reported: Vec<_> =
        verdict.findings.iter().enumerate().filter(|(_, judged)| context.in_full(judged)).collect();
    let left_out = reported.len().saturating_sub(MOST_RESULTS);
    if left_out > 0 {
        reported.sort_by(|(_, a), (_, b)| {
            let weight = |judged: &Judged| (severity(judged.finding.cwe), judged.finding.probability);
            let ((sa, pa), (sb, pb)) = (weight(a), weight(b));
            b.action.cmp(&a.action).then(sb.total_cmp(&sa)).then(pb.total_cmp(&pa))
        });
        reported.truncate(MOST_RESULTS);
        reported.sort_by_key(|&(index, _)| index);
    }
    (reported.into_iter().map(|(_, judged)| judged).collect(), left_out)
}

fn result(judged: &Judged, rules: &[CweId], artifacts: &HashMap<String, i64>) -> sarif::Result {
    let finding = &judged.finding;
    let level = match (judged.action, finding.status) {
        (Action::Block, _) => ResultLevel::Error,
        (_, Status::Existing) => ResultLevel::Note,
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
    let fingerprints = BTreeMap::from([
        ("primaryLocationLineHash".to_owned(), finding.line_hash.clone()),
        ("cwegate/v1".to_owned(), finding.fingerprint.clone()),
    ]);
    let rule_index = rules.iter().position(|&id| id == finding.cwe).unwrap_or_default();
    sarif::Result::builder()
        .rule_id(finding.cwe.to_string())
        .rule_index(rule_index as i64)
        .level(level)
        .message(Message::builder().text(message(judged)).build())
        .locations(vec![location(finding, artifacts)])
        .partial_fingerprints(fingerprints)
        .properties(bag(properties))
        .build()
}

fn message(judged: &Judged) -> String {
    let finding = &judged.finding;
    let name: String = escape(&finding.scope).chars().take(200).collect();
    let scope = if finding.scope == "<module>" { String::new() } else { format!(" in {name}") };
    let mut sentences = vec![format!("Possible {} ({}){scope}.", lower_first(&cwe::title(finding.cwe)), finding.cwe)];
    if finding.status == Status::Worsened {
        sentences
            .push("The statement is unchanged; what this change removed or altered near it made it worse.".to_owned());
    }
    sentences.push(format!(
        "Probability {:.2} at a threshold of {:.2}; the policy {} it.",
        finding.probability,
        finding.threshold,
        if judged.action == Action::Block { "blocks" } else { "warns of" }
    ));
    sentences.extend(cwe::advice(finding.cwe).map(|advice| advice.advice.clone()));
    shortened(&sentences.join(" "))
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

fn location(finding: &Finding, artifacts: &HashMap<String, i64>) -> Location {
    let mut at = at(&finding.path);
    at.index = at.uri.as_ref().and_then(|uri| artifacts.get(uri).copied());
    let physical = PhysicalLocation::builder().artifact_location(at).region(region(finding.region)).build();
    let logical = LogicalLocation::builder().fully_qualified_name(&finding.scope).build();
    Location::builder().physical_location(physical).logical_locations(vec![logical]).build()
}

fn at(path: &RepoPath) -> ArtifactLocation {
    ArtifactLocation::builder().uri(path.to_uri()).uri_base_id(ROOT).build()
}

/// Both count lines and columns from 1 and end before `endColumn`.
fn region(region: Region) -> sarif::Region {
    sarif::Region::builder()
        .start_line(region.start_line)
        .start_column(region.start_column)
        .end_line(region.end_line)
        .end_column(region.end_column)
        .build()
}

fn artifacts(verdict: &Verdict) -> Vec<Artifact> {
    let scanned = verdict.summary.scanned.iter();
    scanned
        .map(|(path, role)| {
            let change = ["added", "modified", "renamed"].into_iter().find(|known| known == role);
            let roles: Vec<Value> = ["analysisTarget"].into_iter().chain(change).map(Value::from).collect();
            Artifact::builder()
                .location(at(&RepoPath::from(path.as_str())))
                .roles(roles)
                .source_language("python")
                .build()
        })
        .collect()
}

/// The run as such succeeded even where files could not be scanned: GitHub rejects a file that says otherwise.
fn invocation(verdict: &Verdict, left_out: usize) -> Invocation {
    let mut notifications: Vec<_> = verdict.unscanned.iter().map(not_scanned).collect();
    if left_out > 0 {
        let text = format!("{left_out} results were left out: a run holds {MOST_RESULTS}, the most severe are here.");
        notifications.push(Notification::builder().message(text.as_str()).level("warning").build());
    }
    Invocation::builder()
        .execution_successful(true)
        .exit_code(verdict.outcome.exit_code())
        .tool_execution_notifications(notifications)
        .build()
}

fn not_scanned(item: &Unscanned) -> Notification {
    let mut physical = PhysicalLocation::builder().artifact_location(at(&item.path)).build();
    physical.region = item.lines.map(|(first, last)| sarif::Region::builder().start_line(first).end_line(last).build());
    let what = if item.degraded { "Not read cleanly" } else { "Not scanned" };
    let text = shortened(&format!("{what}: {}", item.why));
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

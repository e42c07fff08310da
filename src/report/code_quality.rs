//! GitLab's Code Quality report, which every tier shows in merge requests: <https://docs.gitlab.com/ci/testing/code_quality/>.

use serde_json::{Value, json};

use super::{Context, Report, printable_json, sentences, severity};
use crate::{
    attribute::Status,
    cwe,
    policy::{Action, Judged, Verdict},
};

/// A list of issues in the form of Code Climate, the most severe first.
///
/// GitLab tells issues apart by their fingerprint alone, so it is ours, which has no line number in it. The class stands in
/// the description, since GitLab does not show `check_name`.
#[derive(Debug, Clone, Copy)]
pub struct CodeQuality;

impl Report for CodeQuality {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let issues: Vec<_> = context.reported(verdict).into_iter().map(issue).collect();
        format!("{}\n", printable_json(&format!("{:#}", Value::from(issues))))
    }
}

fn issue(judged: &Judged) -> Value {
    let finding = &judged.finding;
    let region = finding.in_file(finding.region);
    json!({
        "type": "issue",
        "check_name": finding.cwe,
        "description": format!("{} {}: {}", finding.cwe, cwe::title(finding.cwe), sentences(judged).join(" ")),
        "categories": ["Security"],
        "fingerprint": finding.fingerprint,
        "severity": level(judged),
        "location": {
            "path": finding.path.to_text(),
            "lines": {"begin": region.start_line, "end": region.end_line},
        },
    })
}

/// What blocks is never less than critical, what only warns never more than major, and what was there before is told.
fn level(judged: &Judged) -> &'static str {
    let severity = severity(judged.finding.cwe);
    match (judged.action, judged.finding.status) {
        (Action::Block, _) if severity >= 9.0 => "blocker",
        (Action::Block, _) => "critical",
        (_, Status::Existing) => "info",
        _ if severity >= 7.0 => "major",
        _ => "minor",
    }
}

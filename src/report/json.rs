//! JSON for programs.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Context, Counts, Report, Secrets, printable_json, rounded};
use crate::{
    attribute::{Finding, Region},
    cwe,
    notebook::Cells,
    policy::{Judged, Notice, Unscanned, Verdict},
};

/// JSON of the schema `cwegate/1`, which `docs/cwegate-1.schema.json` describes. Within it keys are added and never renamed, removed or given another type.
///
/// ```json
/// {
///   "schema": "cwegate/1",
///   "version": "0.1.0",                       // of the tool
///   "model": {"name": "…", "version": "…", "hash": "…"},
///   "policy": "cwegate.toml",                 // or "preset top25"
///   "outcome": "blocked",                     // passed | blocked | unscannable
///   "exit_code": 1,                           // 0 | 1 | 3
///   "summary": {"source": "…", "files": 1, "changed_lines": 9, "statements": 20, "blocked": 1, "warned": 0,
///               "suppressed": 0, "existing": 0, "fixed": 0, "skipped": {"binary": 1},
///               "scanned": [{"path": "…", "role": "modified"}]},
///   "findings": [{                            // all of them: blocking first, suppressed last, then by place
///     "cwe": "CWE-89", "title": "…", "url": "…", "severity": "8.8",
///     "also": [{"cwe": "CWE-943", "probability": 0.8}],
///     "status": "new",                        // new | worsened | existing | fixed
///     "action": "block",                      // block | warn, off where suppressed
///     "reason": "…", "advice": "…",
///     "suppressed": null,                     // or as below
///     "path": "…",                            // as text; U+FFFD for bytes that are not UTF-8
///     "uri": "…",                             // the same percent-encoded, exact
///     "scope": "…",
///     "region": {"start_line": 1, "start_column": 1, "end_line": 1, "end_column": 9},   // 1-based, end exclusive
///     "cell": null,                           // in a notebook {"number": 3, "region": {…}}: the cell, and the place in it
///     "probability": 0.9312, "before": null, "threshold": 0.8,                          // four decimals
///     "statement": "…",
///     "excerpt": [{"number": 1, "text": "…", "in_statement": true}],
///     "removed": [{"number": 1, "text": "…"}],
///     "evidence": [{"region": {…}, "cell": null, "statement": "…", "without": 0.12}],   // the probability without that statement
///     "fingerprint": "…", "line_hash": "…"
///   }],
///   "notices": [{"level": "warning", "path": "cwegate.toml", "line": 9, "text": "…"}],   // note | warning | error; path, line may be null
///   "unscanned": [{"path": "…", "uri": "…", "lines": [1, 9], "why": "…", "blocks": true, "degraded": false}]    // lines may be null
/// }
/// ```
///
/// Lines of a notebook are those of its file, but for `cell`, which counts all cells from 1. `suppressed` is `{"kind": "inline", "reason": "…", "owner": null, "expires": null, "place": "app.py:12"}`, its kind one of inline,
/// policy and baseline. `severity` and `advice` are null for a weakness without advice. Where a hard-coded secret was found, the middle of
/// string literals in `statement`, `excerpt`, `removed` and `evidence` is left out.
#[derive(Debug, Clone, Copy)]
pub struct Json;

impl Report for Json {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let secrets = Secrets::of(verdict);
        let document = json!({
            "schema": "cwegate/1",
            "version": context.version,
            "model": context.model,
            "policy": context.policy,
            "outcome": verdict.outcome,
            "exit_code": verdict.outcome.exit_code(),
            "summary": summary(verdict, context),
            "findings": verdict.findings.iter().map(|judged| finding(judged, &secrets)).collect::<Vec<_>>(),
            "notices": verdict.notices.iter().map(notice).collect::<Vec<_>>(),
            "unscanned": verdict.unscanned.iter().map(unscanned).collect::<Vec<_>>(),
        });
        format!("{}\n", printable_json(&format!("{document:#}")))
    }
}

fn summary(verdict: &Verdict, context: &Context) -> Value {
    let counts = Counts::of(verdict, context);
    let summary = &verdict.summary;
    let skipped: Map<_, _> = summary.skipped.iter().map(|(kind, &count)| (kind.clone(), count.into())).collect();
    json!({
        "source": summary.source,
        "files": summary.files,
        "changed_lines": summary.changed_lines,
        "statements": summary.statements,
        "blocked": counts.blocked,
        "warned": counts.warned,
        "suppressed": counts.suppressed,
        "existing": counts.existing,
        "fixed": counts.fixed,
        "skipped": skipped,
        "scanned": summary.scanned.iter().map(|(path, role)| json!({"path": path, "role": role})).collect::<Vec<_>>(),
    })
}

fn finding(judged: &Judged, secrets: &Secrets) -> Value {
    let finding = &judged.finding;
    let advice = cwe::advice(finding.cwe);
    let also = finding.also.iter().map(|&(id, probability)| json!({"cwe": id, "probability": rounded(probability)}));
    let excerpt = finding.excerpt.iter().map(
        |line| json!({"number": file_line(&finding.cells, line.number), "text": secrets.line(finding, line), "in_statement": line.in_statement}),
    );
    let removed = finding
        .removed
        .iter()
        .map(|(number, text)| json!({"number": file_line(&finding.cells_before, *number), "text": secrets.removed(finding, *number, text)}));
    let evidence = finding.evidence.iter().map(|evidence| {
        json!({
            "region": finding.in_file(evidence.region),
            "cell": cell(finding, evidence.region),
            "statement": secrets.evidence(finding, evidence),
            "without": rounded(evidence.without),
        })
    });
    json!({
        "cwe": finding.cwe,
        "title": cwe::title(finding.cwe),
        "url": cwe::url(finding.cwe),
        "severity": advice.map(|advice| &advice.severity),
        "also": also.collect::<Vec<_>>(),
        "status": finding.status,
        "action": judged.action,
        "reason": judged.reason,
        "suppressed": judged.suppressed,
        "advice": advice.map(|advice| &advice.advice),
        "path": finding.path.to_text(),
        "uri": finding.path.to_uri(),
        "scope": finding.scope,
        "region": finding.in_file(finding.region),
        "cell": cell(finding, finding.region),
        "probability": rounded(finding.probability),
        "before": finding.before.map(rounded),
        "threshold": rounded(finding.threshold),
        "statement": secrets.statement(finding),
        "excerpt": excerpt.collect::<Vec<_>>(),
        "removed": removed.collect::<Vec<_>>(),
        "evidence": evidence.collect::<Vec<_>>(),
        "fingerprint": finding.fingerprint,
        "line_hash": finding.line_hash,
    })
}

fn cell(finding: &Finding, region: Region) -> Value {
    let cell = finding.in_cell(region);
    cell.map_or(Value::Null, |(number, region)| json!({"number": number, "region": region}))
}

fn file_line(cells: &Option<Arc<Cells>>, line: u32) -> u32 {
    cells.as_ref().map_or(line, |cells| cells.line_in_file(line))
}

fn notice(notice: &Notice) -> Value {
    let (path, line) = notice.place.as_ref().map(|(path, line)| (path, line)).unzip();
    json!({"level": notice.level, "path": path, "line": line, "text": notice.text})
}

fn unscanned(item: &Unscanned) -> Value {
    json!({
        "path": item.path.to_text(),
        "uri": item.path.to_uri(),
        "lines": item.lines.map(|(first, last)| [first, last]),
        "why": item.why,
        "blocks": item.blocks,
        "degraded": item.degraded,
    })
}

//! GitLab's SAST report: <https://docs.gitlab.com/development/integrations/secure/>, schema 15.1.4.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::{Builder, Uuid};

use super::{Context, Report, Secrets, not_scanned, printable_json, sentences, severity, told};
use crate::{
    attribute::Finding,
    cwe::{self, CweId},
    policy::{Judged, Level, Unscanned, Verdict},
    terminal::{escape, plural},
};

/// A `gl-sast-report.json`.
///
/// The first identifier is what GitLab tells vulnerabilities apart by, so it is the class alone; our fingerprint tracks a
/// vulnerability across moves. `severity` is that of the class: GitLab has no place for a probability.
#[derive(Debug, Clone, Copy)]
pub struct GitlabSast;

const VERSION: &str = "15.1.4";
const SCHEMA: &str = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.1.4/dist/sast-report-format.json";
/// Characters that GitLab accepts in a name.
const LONGEST_NAME: usize = 255;
/// Results that GitLab takes of a report.
const MOST: usize = 5_000;

impl Report for GitlabSast {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let secrets = Secrets::of(verdict);
        let reported = context.reported(verdict);
        let left_out = reported.len().saturating_sub(MOST);
        let found: Vec<_> = reported.into_iter().take(MOST).map(|judged| vulnerability(judged, &secrets)).collect();
        let mut messages: Vec<_> = verdict.unscanned.iter().map(message).collect();
        messages.extend(context.notices(verdict).map(|notice| {
            let level = match notice.level {
                Level::Error => "fatal",
                Level::Warning => "warn",
                Level::Note => "info",
            };
            json!({"level": level, "value": told(notice)})
        }));
        if left_out > 0 {
            let findings = plural(left_out, "finding was", "findings were");
            let text = format!("{findings} left out: the {MOST} most severe are here.");
            messages.push(json!({"level": "warn", "value": text}));
        }
        let tool = json!({
            "id": "cwegate",
            "name": "cwegate",
            "version": context.version,
            "vendor": {"name": "cwegate"},
            "url": env!("CARGO_PKG_REPOSITORY"),
        });
        let document = json!({
            "version": VERSION,
            "schema": SCHEMA,
            "scan": {
                "analyzer": tool,
                "scanner": tool,
                "type": "sast",
                "start_time": time(context.started),
                "end_time": time(context.ended),
                "status": "success",
                "messages": messages,
                "primary_identifiers": context.classes.iter().map(|&id| own(id)).collect::<Vec<_>>(),
            },
            "vulnerabilities": found,
        });
        format!("{}\n", printable_json(&format!("{document:#}")))
    }
}

/// UTC without a zone, as the schema asks.
fn time(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn vulnerability(judged: &Judged, secrets: &Secrets) -> Value {
    let finding = &judged.finding;
    let advice = cwe::advice(finding.cwe);
    let title = cwe::title(finding.cwe);
    let region = finding.in_file(finding.region);
    let mut identifiers = vec![own(finding.cwe), standard(finding.cwe)];
    if let Some(category) = advice.and_then(|advice| advice.owasp.as_ref()) {
        identifiers.push(json!({"type": "owasp", "name": category, "value": category}));
    }
    identifiers.extend(finding.also.iter().map(|&(id, _)| standard(id)));
    let mut location = Map::from_iter([
        ("file".to_owned(), finding.path.to_text().into()),
        ("start_line".to_owned(), region.start_line.into()),
        ("end_line".to_owned(), region.end_line.into()),
    ]);
    match finding.scope.rsplit_once('.') {
        _ if finding.scope == "<module>" => {}
        Some((class, method)) => {
            location.insert("class".to_owned(), escape(class).into());
            location.insert("method".to_owned(), escape(method).into());
        }
        None => {
            location.insert("method".to_owned(), escape(&finding.scope).into());
        }
    }
    let lines = finding.excerpt.iter().filter(|line| line.in_statement);
    let code: Vec<_> = lines.map(|line| secrets.line(finding, line)).collect();
    json!({
        "id": id(finding).to_string(),
        "name": format!("{title} ({})", finding.cwe).chars().take(LONGEST_NAME).collect::<String>(),
        "description": sentences(judged).join(" "),
        "severity": level(finding.cwe),
        "solution": advice.map_or_else(String::new, |advice| format!("{} {}", advice.advice, advice.how)),
        "identifiers": identifiers,
        "links": [{"name": format!("{} at MITRE", finding.cwe), "url": cwe::url(finding.cwe)}],
        "location": location,
        "raw_source_code_extract": code.join("\n"),
        "tracking": {
            "type": "source",
            "items": [{
                "file": finding.path.to_text(),
                "start_line": region.start_line,
                "end_line": region.end_line,
                "signatures": [{"algorithm": "hash", "value": finding.fingerprint}],
            }],
        },
    })
}

/// A UUID of version 8 (RFC 9562) from our fingerprint, so that it stays the same from scan to scan.
fn id(finding: &Finding) -> Uuid {
    let digits = u128::from_str_radix(&finding.fingerprint, 16).unwrap_or_default();
    Builder::from_custom_bytes(digits.to_be_bytes()).into_uuid()
}

/// The class as a rule of this tool.
fn own(id: CweId) -> Value {
    json!({"type": "cwegate", "name": format!("cwegate {id}"), "value": id})
}

fn standard(id: CweId) -> Value {
    json!({"type": "cwe", "name": id, "value": id.0.to_string(), "url": cwe::url(id)})
}

/// The words of GitLab for the ranges of `security-severity`.
fn level(id: CweId) -> &'static str {
    match severity(id) {
        severity if severity >= 9.0 => "Critical",
        severity if severity >= 7.0 => "High",
        severity if severity >= 4.0 => "Medium",
        _ => "Low",
    }
}

fn message(item: &Unscanned) -> Value {
    let level = match item {
        Unscanned { degraded: true, .. } => "info",
        Unscanned { blocks: true, .. } => "fatal",
        _ => "warn",
    };
    json!({"level": level, "value": format!("{}: {}", escape(&item.path.to_text()), not_scanned(item))})
}

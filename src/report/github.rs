//! Annotations of a GitHub workflow: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::fmt::Write;

use super::{Context, Report, headline, not_scanned, sentences};
use crate::{
    attribute::Status,
    cwe,
    policy::{self, Action, Notice, Unscanned, Verdict},
    terminal::{escape, plural},
};

/// Workflow commands, one a line, and a last line for the log.
///
/// GitHub keeps ten annotations of each level of a step, so the most severe come first and the rest is counted in a notice.
/// Columns are given where a finding is on one line, since GitHub takes no others; the end column is exclusive.
#[derive(Debug, Clone, Copy)]
pub struct Github;

/// Annotations of one level that GitHub keeps of a step.
const MOST: usize = 10;

impl Report for Github {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let mut out = String::new();
        let mut kept = [0; 3];
        let mut left_out = 0;
        let mut add = |level: Level, properties: &[(&str, String)], text: &str| {
            // One notice is kept for what is left out.
            let most = if level == Level::Notice { MOST - 1 } else { MOST };
            if kept[level as usize] == most {
                left_out += 1;
                return;
            }
            kept[level as usize] += 1;
            command(&mut out, level, properties, text);
        };
        // What blocks must not be among what is left out.
        let (blocking, others): (Vec<_>, Vec<_>) =
            context.notices(verdict).partition(|notice| notice.level == policy::Level::Error);
        blocking.into_iter().for_each(|notice| tell(notice, &mut add));
        for judged in context.reported(verdict) {
            let finding = &judged.finding;
            let level = match (judged.action, finding.status) {
                (Action::Block, _) => Level::Error,
                (_, Status::Existing) => Level::Notice,
                _ => Level::Warning,
            };
            let region = finding.in_file(finding.region);
            let mut properties = vec![
                ("file", escape(&finding.path.to_text())),
                ("line", region.start_line.to_string()),
                ("endLine", region.end_line.to_string()),
            ];
            if region.start_line == region.end_line {
                properties.push(("col", region.start_column.to_string()));
                properties.push(("endColumn", region.end_column.to_string()));
            }
            properties.push(("title", format!("{} {}", finding.cwe, cwe::title(finding.cwe))));
            add(level, &properties, &sentences(judged).join(" "));
        }
        for item in &verdict.unscanned {
            let level = match item {
                Unscanned { degraded: true, .. } => Level::Notice,
                Unscanned { blocks: true, .. } => Level::Error,
                _ => Level::Warning,
            };
            let mut properties = vec![("file", escape(&item.path.to_text()))];
            if let Some((first, last)) = item.lines {
                properties.extend([("line", first.to_string()), ("endLine", last.to_string())]);
            }
            properties.push(("title", "cwegate could not scan this".to_owned()));
            add(level, &properties, &not_scanned(item));
        }
        others.into_iter().for_each(|notice| tell(notice, &mut add));
        if left_out > 0 {
            let more = plural(left_out, "more is", "more are");
            let text = format!("{more} not annotated: GitHub keeps {MOST} of each level of a step.");
            command(&mut out, Level::Notice, &[("title", "cwegate".to_owned())], &text);
        }
        // Writing to a String cannot fail.
        let _ = writeln!(out, "cwegate: {}", headline(verdict, context));
        out
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

/// What is to be said of policy, exemptions and baseline.
fn tell(notice: &Notice, add: &mut impl FnMut(Level, &[(&str, String)], &str)) {
    let level = match notice.level {
        policy::Level::Error => Level::Error,
        policy::Level::Warning => Level::Warning,
        policy::Level::Note => Level::Notice,
    };
    let mut properties = Vec::new();
    if let Some((path, line)) = &notice.place {
        properties.extend([("file", escape(path)), ("line", line.to_string())]);
    }
    properties.push(("title", "cwegate policy".to_owned()));
    add(level, &properties, &escape(&notice.text));
}

fn command(out: &mut String, level: Level, properties: &[(&str, String)], text: &str) {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let properties: Vec<_> = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    let _ = writeln!(out, "::{word} {}::{}", properties.join(","), data(text));
}

/// Escapes a command's text, as `@actions/core` does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

//! Markdown for a job's summary and for a comment on a pull or merge request.

use std::fmt::Write;

use super::{Context, Report, Secrets, headline, lines_from, lines_of, not_scanned, number, told};
use crate::{
    attribute::{Finding, Status},
    cwe,
    policy::{Action, Judged, Level, Outcome, Verdict},
    terminal::{escape, is_deceptive, plural},
};

/// A table, then each finding with its code, in the Markdown that GitHub and GitLab share.
///
/// It begins with a comment that names the analysis, by which a job finds the comment that it wrote before and replaces it.
/// It fits into a comment of GitHub (65,536 characters): what does not fit is counted. Text of the repository stands in code
/// only, where it is neither markup nor a mention of anybody.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

/// Bytes that findings may take; GitHub takes 65,536 characters in a comment.
const LONGEST: usize = 60_000;
/// Rows of the table at most.
const MOST_ROWS: usize = 100;
/// Characters of a notice at most.
const LONGEST_NOTICE: usize = 500;

impl Report for Markdown {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let secrets = Secrets::of(verdict);
        let reported = context.reported(verdict);
        let mut out = format!("<!-- cwegate:{} -->\n", marker(&context.automation_id));
        let mark = match verdict.outcome {
            Outcome::Passed => "✅",
            Outcome::Blocked => "❌",
            Outcome::Unscannable => "⚠️",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "### {mark} cwegate: {}\n", headline(verdict, context));
        if !reported.is_empty() {
            out.push_str("| | weakness | where | probability | threshold |\n| --- | --- | --- | ---: | ---: |\n");
        }
        for judged in reported.iter().take(MOST_ROWS) {
            row(&mut out, judged);
        }
        more(&mut out, reported.len().saturating_sub(MOST_ROWS), "in the table");
        if !reported.is_empty() {
            out.push('\n');
        }
        if !verdict.unscanned.is_empty() {
            unscanned(&mut out, verdict);
        }
        notices(&mut out, verdict, context);
        let mut shown = 0;
        for judged in &reported {
            let text = details(judged, &secrets);
            if out.len() + text.len() > LONGEST {
                break;
            }
            out.push_str(&text);
            shown += 1;
        }
        more(&mut out, reported.len() - shown, "with their code");
        let model = &context.model;
        let summary = &verdict.summary;
        let _ = writeln!(
            out,
            "<sub>{}, {}, {}; model {}; policy {}</sub>",
            plural(summary.files, "file", "files"),
            plural(summary.changed_lines, "line", "lines"),
            plural(summary.statements, "statement", "statements"),
            code(&format!("{} {}", model.name, model.version)),
            code(&context.policy)
        );
        out
    }
}

/// The name of the analysis in characters that cannot end an HTML comment.
fn marker(id: &str) -> String {
    let id = id.trim_end_matches('/');
    id.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_') { c } else { '_' }).collect()
}

fn more(out: &mut String, count: usize, what: &str) {
    if count > 0 {
        let findings = plural(count, "more finding is", "more findings are");
        let _ = writeln!(out, "\n{findings} not shown here {what}.\n");
    }
}

fn row(out: &mut String, judged: &Judged) {
    let finding = &judged.finding;
    let action = if judged.action == Action::Block { "**blocks**" } else { "warns" };
    let _ = writeln!(
        out,
        "| {action} | [{}]({}) {} | {} {} | {:.2} | {:.2} |",
        finding.cwe,
        cwe::url(finding.cwe),
        cwe::title(finding.cwe),
        code(&finding.path.to_text()),
        lines_of(finding, finding.region),
        finding.probability,
        finding.threshold
    );
}

fn unscanned(out: &mut String, verdict: &Verdict) {
    out.push_str("<details open><summary>Not scanned</summary>\n\n");
    for (number, item) in verdict.unscanned.iter().enumerate() {
        if number == MOST_ROWS {
            let _ = writeln!(out, "- and {} more", verdict.unscanned.len() - MOST_ROWS);
            break;
        }
        let lines = item.lines.map_or_else(String::new, |(first, last)| format!(" {}", lines_from(first, last)));
        let word = if item.blocks { "**blocks** " } else { "" };
        let _ = writeln!(out, "- {word}{}{lines}: {}", code(&item.path.to_text()), code(&not_scanned(item)));
    }
    out.push_str("\n</details>\n\n");
}

/// What is to be said of policy, exemptions and baseline.
fn notices(out: &mut String, verdict: &Verdict, context: &Context) {
    let notices: Vec<_> = context.notices(verdict).collect();
    if notices.is_empty() {
        return;
    }
    out.push_str("<details open><summary>Policy</summary>\n\n");
    for notice in notices.iter().take(MOST_ROWS) {
        let word = if notice.level == Level::Error { "**blocks** " } else { "" };
        let _ = writeln!(out, "- {word}{}", code(&told(notice).chars().take(LONGEST_NOTICE).collect::<String>()));
    }
    if let Some(more) = notices.len().checked_sub(MOST_ROWS).filter(|&more| more > 0) {
        let _ = writeln!(out, "- and {more} more");
    }
    out.push_str("\n</details>\n\n");
}

fn details(judged: &Judged, secrets: &Secrets) -> String {
    let finding = &judged.finding;
    let open = if judged.action == Action::Block { " open" } else { "" };
    let mut out = format!(
        "<details{open}><summary>{} {}, {} {}</summary>\n\n",
        finding.cwe,
        cwe::title(finding.cwe),
        code(&finding.path.to_text()),
        lines_of(finding, finding.region)
    );
    let lines: Vec<String> = finding
        .excerpt
        .iter()
        .map(|line| numbered(&number(finding.cells.as_ref(), line.number), &secrets.line(finding, line)))
        .collect();
    fenced(&mut out, "python", &lines);
    let _ = writeln!(out, "- Policy: {}", code(&judged.reason));
    if finding.status == Status::Worsened {
        out.push_str("- The statement is unchanged; what this change removed or altered near it made it worse.\n");
    }
    because(&mut out, finding, secrets);
    if let Some(advice) = cwe::advice(finding.cwe) {
        let _ = writeln!(out, "- Repair: {}", advice.advice);
    }
    if !finding.removed.is_empty() {
        out.push_str("\nRemoved:\n\n");
        let lines: Vec<String> = finding
            .removed
            .iter()
            .map(|(line, text)| {
                let number = number(finding.cells_before.as_ref(), *line);
                format!("-{}", numbered(&number, &secrets.removed(finding, *line, text)))
            })
            .collect();
        fenced(&mut out, "diff", &lines);
    }
    out.push_str("\n</details>\n\n");
    out
}

fn because(out: &mut String, finding: &Finding, secrets: &Secrets) {
    for evidence in &finding.evidence {
        let _ = writeln!(
            out,
            "- Because of {}: {} (without it {:.2})",
            lines_of(finding, evidence.region),
            code(&secrets.evidence(finding, evidence)),
            evidence.without
        );
    }
}

fn numbered(number: &str, text: &str) -> String {
    format!("{number:>5} | {}", escape(text))
}

/// A block of code whose fence no line in it can close.
pub(crate) fn fenced(out: &mut String, language: &str, lines: &[String]) {
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`').map(str::len)).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    let _ = writeln!(out, "{fence}{language}\n{}\n{fence}\n", lines.join("\n"));
}

/// Text of the repository as inline code: every character that Markdown or HTML could read is a character reference, which can
/// begin no markup, and in `<code>` neither `@name` nor `#1` is a link.
fn code(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in text.chars() {
        match c {
            c if is_deceptive(c) => escape(c.encode_utf8(&mut [0; 4])).chars().for_each(|c| reference(&mut out, c)),
            c => reference(&mut out, c),
        }
    }
    out.push_str("</code>");
    out
}

fn reference(out: &mut String, c: char) {
    if c.is_ascii_punctuation() || c == '\t' {
        let _ = write!(out, "&#{};", u32::from(c));
    } else {
        out.push(c);
    }
}

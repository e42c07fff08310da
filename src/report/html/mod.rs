//! One page for people: findings beside the diff. It needs nothing else: no font, no request.
//!
//! Text of the repository is escaped by the template (markup) and by us (what could deceive a reader). Should something slip
//! through, the page's policy lets only the one script and the one style sheet work that are named there by their hashes.

mod highlight;

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::{Context, Report, Secrets, headline, lines_from, lines_of, not_scanned, status, told};
use crate::{
    attribute::{Finding, Region},
    cwe,
    diff::DiffLine,
    path::RepoPath,
    policy::{Action, Judged, Level, Outcome, Verdict},
    terminal::{escape, plural},
};

/// A self-contained HTML file with the diff of each file with findings, and a filter by class, path and action.
#[derive(Debug, Clone, Copy)]
pub struct Html;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Findings on one page; the most severe of more.
const MOST: usize = 1_000;

impl Report for Html {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let secrets = Secrets::of(verdict);
        let reported = context.reported(verdict);
        let left_out = reported.len().saturating_sub(MOST);
        let files = files(verdict, &reported[..reported.len() - left_out]);
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
            hash(SCRIPT),
            hash(STYLE)
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    title { "cwegate: " (headline(verdict, context)) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        (head(verdict, context))
                        (form(&files))
                    }
                    main {
                        @if left_out > 0 {
                            p { "The " (MOST) " most severe findings are here, " (plural(left_out, "more is not.", "more are not.")) }
                        }
                        @for (number, file) in files.iter().enumerate() {
                            (section(number, file, &secrets, context))
                        }
                        (unscanned(verdict))
                        (notices(verdict, context))
                    }
                    footer {
                        p.faint {
                            kbd { "j" } " next finding, " kbd { "k" } " the one before, " kbd { "/" } " filter. "
                            "A statistical model wrote this: it misses weaknesses and raises false alarms."
                        }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        format!("{}\n", page.into_string())
    }
}

/// A source of the page's policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// A file's findings with the parts of the file that they are shown beside.
struct File<'v> {
    path: &'v RepoPath,
    hunks: Vec<Hunk<'v>>,
}

struct Hunk<'v> {
    lines: Vec<DiffLine>,
    findings: Vec<&'v Judged>,
}

/// The files, those of the most severe findings first. A finding without a diff is shown beside its excerpt.
fn files<'v>(verdict: &'v Verdict, reported: &[&'v Judged]) -> Vec<File<'v>> {
    let diffs: BTreeMap<&RepoPath, _> = verdict.summary.diffs.iter().map(|diff| (&diff.path, &diff.hunks)).collect();
    let mut files: Vec<File<'v>> = Vec::new();
    for &judged in reported {
        let finding = &judged.finding;
        let at = files.iter().position(|file| *file.path == finding.path).unwrap_or_else(|| {
            let stretches = diffs.get(&finding.path).into_iter().flat_map(|hunks| hunks.iter());
            let hunks = stretches.map(|lines| Hunk { lines: lines.clone(), findings: Vec::new() });
            files.push(File { path: &finding.path, hunks: hunks.collect() });
            files.len() - 1
        });
        let file = &mut files[at];
        let line = Some(finding.region.start_line);
        match file.hunks.iter_mut().find(|hunk| hunk.lines.iter().any(|shown| shown.after == line)) {
            Some(hunk) => hunk.findings.push(judged),
            None => file.hunks.push(Hunk { lines: excerpt(finding), findings: vec![judged] }),
        }
    }
    files
}

fn excerpt(finding: &Finding) -> Vec<DiffLine> {
    let lines = finding.excerpt.iter();
    lines
        .map(|line| DiffLine { before: Some(line.number), after: Some(line.number), text: line.text.clone() })
        .collect()
}

fn head(verdict: &Verdict, context: &Context) -> Markup {
    let (class, word) = match verdict.outcome {
        Outcome::Passed => ("passed", "Passed"),
        Outcome::Blocked => ("blocked", "Blocked"),
        Outcome::Unscannable => ("unscannable", "Not passed"),
    };
    let summary = &verdict.summary;
    html! {
        h1 { span class=(class) { (word) } ": " (headline(verdict, context)) }
        p.faint {
            (escape(&summary.source)) "; " (plural(summary.files, "file", "files")) ", "
            (plural(summary.changed_lines, "line", "lines")) ", "
            (plural(summary.statements, "statement", "statements")) "; policy " (escape(&context.policy)) "; model "
            (escape(&context.model.name)) " " (escape(&context.model.version)) "; cwegate " (context.version)
        }
    }
}

/// The filter. It stays hidden where no script runs.
fn form(files: &[File<'_>]) -> Markup {
    let findings = || files.iter().flat_map(|file| file.hunks.iter().flat_map(|hunk| &hunk.findings));
    let classes: BTreeSet<_> = findings().flat_map(|judged| classes(&judged.finding)).collect();
    let choice = |name: &str, label: &str, options: Vec<(String, String)>| {
        html! {
            label {
                (label)
                select name=(name) {
                    option value="" { "all" }
                    @for (value, text) in options {
                        option value=(value) { (text) }
                    }
                }
            }
        }
    };
    let classes = classes.into_iter().map(|id| (id.to_string(), format!("{id} {}", cwe::title(id))));
    let paths = files.iter().enumerate().map(|(number, file)| (number.to_string(), escape(&file.path.to_text())));
    let actions = [("block", "blocks"), ("warn", "warns")].map(|(value, text)| (value.to_owned(), text.to_owned()));
    html! {
        form hidden aria-label="Filter" {
            (choice("cwe", "Weakness", classes.collect()))
            (choice("path", "File", paths.collect()))
            (choice("action", "Policy", actions.into()))
            button type="reset" { "Show all" }
            output aria-live="polite" {}
        }
    }
}

/// All classes that a finding is found under.
fn classes(finding: &Finding) -> impl Iterator<Item = cwe::CweId> {
    std::iter::once(finding.cwe).chain(finding.also.iter().map(|&(id, _)| id))
}

fn section(number: usize, file: &File<'_>, secrets: &Secrets, context: &Context) -> Markup {
    html! {
        section.file aria-labelledby=(format!("file-{number}")) {
            h2 id=(format!("file-{number}")) { code { (escape(&file.path.to_text())) } }
            @for (at, hunk) in file.hunks.iter().enumerate() {
                div class=(if hunk.findings.is_empty() { "hunk plain" } else { "hunk" }) {
                    (diff(number, at, file, secrets, context))
                    div {
                        @for judged in &hunk.findings {
                            (article(number, file, judged, secrets))
                        }
                    }
                }
            }
        }
    }
}

fn within(regions: &[Region], line: Option<u32>) -> bool {
    line.is_some_and(|line| regions.iter().any(|region| (region.start_line..=region.end_line).contains(&line)))
}

fn diff(number: usize, at: usize, file: &File<'_>, secrets: &Secrets, context: &Context) -> Markup {
    let hunk = &file.hunks[at];
    let texts = secrets.stretch(file.path, &hunk.lines);
    let coloured = coloured(&hunk.lines, &texts);
    let all = file.hunks.iter().flat_map(|hunk| &hunk.findings);
    let cells = all.clone().find_map(|judged| judged.finding.cells.as_ref());
    let cells_before = all.clone().find_map(|judged| judged.finding.cells_before.as_ref());
    let hits: Vec<Region> = all.clone().map(|judged| judged.finding.region).collect();
    let because: Vec<Region> =
        all.flat_map(|judged| judged.finding.evidence.iter().map(|evidence| evidence.region)).collect();
    // An excerpt can repeat lines of the diff, and an id may be there once.
    let id = |line: &DiffLine| {
        let after = line.after?;
        let repeated = file.hunks[..at].iter().any(|hunk| hunk.lines.iter().any(|line| line.after == Some(after)));
        (!repeated).then(|| format!("f{number}-{after}"))
    };
    let label = format!("Code of {}, part {}", escape(&file.path.to_text()), at + 1);
    html! {
        // It scrolls sideways, so the keyboard has to reach it.
        div.diff tabindex="0" role="region" aria-label=(label) {
            table {
                tbody {
                    @for (line, pieces) in hunk.lines.iter().zip(&coloured) {
                        @let (kind, sign) = match (line.before, line.after) {
                            _ if !context.diff => ("", ""),
                            (None, _) => ("added", "+"),
                            (_, None) => ("removed", "−"),
                            _ => ("", ""),
                        };
                        @let (mark, told) = if within(&hits, line.after) {
                            ("hit", "finding")
                        } else if within(&because, line.after) {
                            ("because", "evidence")
                        } else {
                            ("", "")
                        };
                        @let between = cells.zip(line.after).is_some_and(|(cells, after)| cells.is_between(after));
                        @let classes = [kind, mark, if between { "between" } else { "" }];
                        @let classes: Vec<&str> = classes.into_iter().filter(|class| !class.is_empty()).collect();
                        tr class=(classes.join(" ")) id=[id(line)] {
                            @if context.diff {
                                td.number { @if let Some(before) = line.before { (super::number(cells_before, before)) } }
                            }
                            td.number { @if let Some(after) = line.after { (super::number(cells, after)) } }
                            td.sign {
                                (sign)
                                @if !told.is_empty() { span.hidden-text { (told) } }
                            }
                            td.text { code {
                                @for (colour, text) in pieces {
                                    @match colour {
                                        Some(colour) => span class=(colour) { (escape(text)) },
                                        None => (escape(text)),
                                    }
                                }
                            } }
                        }
                    }
                }
            }
        }
    }
}

/// Removed lines are coloured as the text before, the others as the text after.
fn coloured(lines: &[DiffLine], texts: &[String]) -> Vec<Vec<highlight::Piece>> {
    let mut out = vec![Vec::new(); lines.len()];
    for side in [|line: &DiffLine| line.before, |line: &DiffLine| line.after] {
        let at: Vec<usize> = (0..lines.len()).filter(|&at| side(&lines[at]).is_some()).collect();
        let code: Vec<&str> = at.iter().map(|&at| texts[at].as_str()).collect();
        for (at, pieces) in at.into_iter().zip(highlight::lines(&code)) {
            out[at] = pieces;
        }
    }
    out
}

fn article(number: usize, file: &File<'_>, judged: &Judged, secrets: &Secrets) -> Markup {
    let finding = &judged.finding;
    let (action, word) = match judged.action {
        Action::Block => ("block", "blocks"),
        _ => ("warn", "warns"),
    };
    let names: Vec<String> = classes(finding).map(|id| id.to_string()).collect();
    let advice = cwe::advice(finding.cwe);
    html! {
        article class=(action) tabindex="-1" data-cwe=(names.join(" ")) data-path=(number) data-action=(action) {
            h3 { a href=(cwe::url(finding.cwe)) rel="noreferrer" { (finding.cwe) } " " (cwe::title(finding.cwe)) }
            p {
                span.act { (word) } ", " (place(number, file, finding.region, &lines_of(finding, finding.region)))
                @if finding.scope != "<module>" { " in " code { (escape(&finding.scope)) } }
            }
            (bar(finding))
            p.faint { (status(finding)) "; " (escape(&judged.reason)) }
            @for (id, probability) in &finding.also {
                p { "Also " (id) " " (cwe::title(*id)) (format!(" ({probability:.2})")) }
            }
            @if !finding.evidence.is_empty() {
                p { "Because of:" }
                ul {
                    @for evidence in &finding.evidence {
                        @let lines = lines_of(finding, evidence.region);
                        li {
                            (place(number, file, evidence.region, &lines)) ": "
                            code { (escape(&secrets.evidence(finding, evidence))) }
                            " " span.faint { (format!("(without it {:.2})", evidence.without)) }
                        }
                    }
                }
            }
            @if !finding.removed.is_empty() {
                p { "Because this was removed:" }
                ul {
                    @for (line, text) in &finding.removed {
                        li { "line " (super::number(finding.cells_before.as_ref(), *line)) ": " code { (escape(secrets.removed(finding, *line, text).trim())) } }
                    }
                }
            }
            @if let Some(advice) = advice {
                p { strong { "Repair: " } (prose(&advice.advice)) }
            }
        }
    }
}

/// Our own advice, which marks code with backticks.
fn prose(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The name of a place, as a link where it is on the page.
fn place(number: usize, file: &File<'_>, region: Region, text: &str) -> Markup {
    let line = region.start_line;
    let is_shown = file.hunks.iter().any(|hunk| hunk.lines.iter().any(|shown| shown.after == Some(line)));
    html! {
        @if is_shown { a href=(format!("#f{number}-{line}")) { (text) } } @else { (text) }
    }
}

/// The probability as a bar with the threshold as a tick, in percent of its width.
fn bar(finding: &Finding) -> Markup {
    let label = format!("probability {:.2}, threshold {:.2}", finding.probability, finding.threshold);
    let percent = |probability: f32| format!("{:.2}", 100.0 * probability.clamp(0.0, 1.0));
    html! {
        svg.bar role="img" aria-label=(label) viewBox="0 0 100 10" preserveAspectRatio="none" {
            rect.track x="0" y="3" width="100" height="4" {}
            rect.value x="0" y="3" width=(percent(finding.probability)) height="4" {}
            rect.limit x=(percent(finding.threshold.min(0.995))) y="0" width="0.5" height="10" {}
        }
        p.faint { (label) }
    }
}

fn unscanned(verdict: &Verdict) -> Markup {
    html! {
        @if !verdict.unscanned.is_empty() {
            section {
                h2 { "Not scanned" }
                ul {
                    @for item in &verdict.unscanned {
                        li {
                            code { (escape(&item.path.to_text())) }
                            @if let Some((first, last)) = item.lines { ", " (lines_from(first, last)) }
                            ": " (not_scanned(item))
                            @if item.blocks { " " strong { "This blocks." } }
                        }
                    }
                }
            }
        }
    }
}

fn notices(verdict: &Verdict, context: &Context) -> Markup {
    let notices: Vec<_> = context.notices(verdict).collect();
    html! {
        @if !notices.is_empty() {
            section {
                h2 { "Policy" }
                ul {
                    @for notice in notices {
                        li {
                            (told(notice))
                            @if notice.level == Level::Error { " " strong { "This blocks." } }
                        }
                    }
                }
            }
        }
    }
}

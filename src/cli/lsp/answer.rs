//! A verdict → diagnostics, hovers and code actions.
//!
//! What an editor shows of a diagnostic is plain text; in a hover's Markdown the repository's text stands in code blocks, or with
//! every mark of Markdown escaped.

use std::{collections::HashMap, fmt::Write};

use gen_lsp_types::{
    Code, CodeAction, CodeActionKind, CodeDescription, Command, Contents, Diagnostic, DiagnosticSeverity, Hover,
    MarkupContent, MarkupKind, Message, Position, Range, TextEdit, Uri, WorkspaceEdit,
};

use super::{
    super::explain,
    check::{Check, Checked},
    place::Lines,
};
use crate::{
    attribute::Finding,
    cwe,
    cwe::CweId,
    policy::{Action, Judged, Level, Unscanned},
    report::{Context, Secrets, fenced, lines_from, not_scanned, sentences, status},
    terminal::escape,
};

/// The command behind "Open the page of CWE-89".
pub(super) const OPEN_PAGE: &str = "cwegate.openPage";

/// What the client can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    /// Markdown in hovers.
    pub(super) markdown: bool,
    /// A page in the browser, when the server asks for it.
    pub(super) shows_pages: bool,
    /// Changes of files on disk, if asked to.
    pub(super) watches_files: bool,
}

fn diagnostic(range: Range, severity: DiagnosticSeverity, code: String, message: String) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(severity),
        code: Some(Code::String(code)),
        code_description: None,
        source: Some("cwegate".to_owned()),
        message: Message::String(message),
        tags: None,
        related_information: None,
        data: None,
    }
}

/// Why a document has no diagnostics of its own.
pub(super) fn failure(message: &str) -> Diagnostic {
    let top = Range { start: Position { line: 0, character: 0 }, end: Position { line: 0, character: 0 } };
    let message = format!("cwegate could not scan this: {message}");
    diagnostic(top, DiagnosticSeverity::Error, "not-scanned".to_owned(), message)
}

impl Checked {
    /// The findings that a report would tell in full, with their numbers in the verdict.
    fn findings<'c>(&self, check: &'c Check) -> impl Iterator<Item = (usize, &'c Judged)> {
        let context = Context { fail_on: self.policy.fail_on(), ..Context::default() };
        let path = self.path.clone();
        let findings = check.verdict.findings.iter().enumerate();
        findings.filter(move |(_, judged)| judged.finding.path == path && context.in_full(judged))
    }

    /// What the editor shows of the document.
    pub(super) fn diagnostics(&self, check: &Check) -> Vec<Diagnostic> {
        let lines = Lines::of(&self.text);
        let mut all: Vec<Diagnostic> = self.findings(check).map(|(_, judged)| of_finding(judged, &lines)).collect();
        all.extend(check.verdict.unscanned.iter().filter(|item| item.path == self.path).map(|item| {
            let severity = match item {
                Unscanned { degraded: true, .. } => DiagnosticSeverity::Information,
                Unscanned { blocks: true, .. } => DiagnosticSeverity::Error,
                _ => DiagnosticSeverity::Warning,
            };
            let (first, last) = item.lines.unwrap_or((1, 1));
            diagnostic(whole(&lines, first, last), severity, "not-scanned".to_owned(), not_scanned(item))
        }));
        let name = self.path.to_text();
        for notice in &check.verdict.notices {
            let Some((_, line)) = notice.place.as_ref().filter(|(path, _)| *path == name) else { continue };
            let severity = match notice.level {
                Level::Error => DiagnosticSeverity::Error,
                Level::Warning => DiagnosticSeverity::Warning,
                Level::Note => DiagnosticSeverity::Information,
            };
            all.push(diagnostic(whole(&lines, *line, *line), severity, "policy".to_owned(), escape(&notice.text)));
        }
        all
    }

    /// The finding at a position, by its number in the verdict.
    pub(super) fn at(&self, check: &Check, position: Position) -> Option<usize> {
        let lines = Lines::of(&self.text);
        let covers = |range: Range| range.start <= position && position <= range.end;
        self.findings(check).find(|(_, judged)| covers(lines.range(judged.finding.region))).map(|(at, _)| at)
    }

    /// What can be done about the findings in a range.
    pub(super) fn actions(&self, check: &Check, uri: &str, wanted: Range, client: Client) -> Vec<CodeAction> {
        let lines = Lines::of(&self.text);
        let mut actions = Vec::new();
        for (_, judged) in self.findings(check) {
            let range = lines.range(judged.finding.region);
            if range.start > wanted.end || wanted.start > range.end {
                continue;
            }
            let action = |title: String, edit, command| CodeAction {
                title,
                kind: Some(CodeActionKind::QuickFix),
                diagnostics: Some(vec![of_finding(judged, &lines)]),
                is_preferred: None,
                disabled: None,
                edit,
                command,
                data: None,
                tags: None,
            };
            let id = judged.finding.cwe;
            // Where the policy takes no comments that a change brings along, one would only be in the way.
            if self.policy.accept_new_comments() != Some(false) {
                let edit = WorkspaceEdit {
                    changes: Some(HashMap::from([(
                        Uri(uri.to_owned()),
                        vec![self.allow(check, &judged.finding, &lines)],
                    )])),
                    document_changes: None,
                    change_annotations: None,
                };
                actions.push(action(format!("Allow {id} here, with a reason"), Some(edit), None));
            }
            if client.shows_pages {
                let title = format!("Open the page of {id}");
                let arguments = Some(vec![id.to_string().into()]);
                let command = Command { title: title.clone(), tooltip: None, command: OPEN_PAGE.to_owned(), arguments };
                actions.push(action(title, None, Some(command)));
            }
        }
        actions
    }

    /// The edit that allows a finding: all classes that are told at its statement, since any of them would be reported alone.
    fn allow(&self, check: &Check, finding: &Finding, lines: &Lines<'_>) -> TextEdit {
        let ids = std::iter::once(finding.cwe).chain(finding.also.iter().map(|&(id, _)| id));
        let ids = ids.map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
        let (first, last) = finding.lines;
        // A second comment of ours on a line would not be read.
        let comments = check.files.comments(&self.path).iter();
        let mut ours = comments.filter(|comment| comment.text.contains("cwegate:"));
        let known =
            ours.find(|comment| [first, last].contains(&comment.line) || comment.alone && comment.line + 1 == first);
        let (at, new_text) = known
            .and_then(|comment| {
                let line = lines.line(comment.line);
                let start = line.start + self.text[line.clone()].rfind(&comment.text)?;
                let bracket = comment.text.find("allow[").and_then(|at| Some(at + comment.text[at..].find(']')?))?;
                Some((start + bracket, format!(", {ids}")))
            })
            .unwrap_or_else(|| {
                let line = lines.line(last);
                let code = self.text[line.clone()].trim_end().len();
                (line.start + code, format!("  # cwegate: allow[{ids}] reason"))
            });
        let at = lines.position(at);
        TextEdit { range: Range { start: at, end: at }, new_text }
    }
}

fn whole(lines: &Lines<'_>, first: u32, last: u32) -> Range {
    Range { start: lines.position(lines.line(first).start), end: lines.position(lines.line(last).end) }
}

fn of_finding(judged: &Judged, lines: &Lines<'_>) -> Diagnostic {
    let severity = match judged.action {
        Action::Block => DiagnosticSeverity::Error,
        Action::Warn | Action::Off => DiagnosticSeverity::Warning,
    };
    let id = judged.finding.cwe;
    Diagnostic {
        code_description: Some(CodeDescription { href: Uri(cwe::url(id)) }),
        ..diagnostic(lines.range(judged.finding.region), severity, id.to_string(), sentences(judged).join(" "))
    }
}

/// What is known of a finding whose evidence was gathered: why it is one, and what its class is.
pub(super) fn hover(check: &Check, judged: &Judged, text: &str, client: Client) -> Hover {
    let finding = &judged.finding;
    let mut page = Page { markdown: client.markdown, text: String::new() };
    let mut said = sentences(judged).into_iter();
    // The first names the scope; the others are our own.
    page.untrusted(&said.next().unwrap_or_default());
    page.paragraph(&format!("{}. {}", capitalised(&status(finding)), said.collect::<Vec<_>>().join(" ")));
    page.untrusted(&format!("Policy: {}.", escape(&judged.reason)));
    let secrets = Secrets::of(&check.verdict);
    if !finding.evidence.is_empty() {
        page.paragraph("Because of these lines (in brackets the probability without each):");
        let lines = finding.evidence.iter().map(|evidence| {
            let place = evidence.region;
            let text = secrets.evidence(finding, evidence);
            let lines = lines_from(place.start_line, place.end_line);
            format!("{}  # {lines} ({:.2})", escape(&text), evidence.without)
        });
        page.code("python", &lines.collect::<Vec<_>>());
    }
    if !finding.removed.is_empty() {
        page.paragraph("Because this was removed:");
        let lines = finding
            .removed
            .iter()
            .map(|(number, text)| format!("-{number:>5} | {}", escape(&secrets.removed(finding, *number, text))));
        page.code("diff", &lines.collect::<Vec<_>>());
    }
    page.explanation(finding.cwe);
    let kind = if client.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    Hover {
        contents: Contents::MarkupContent(MarkupContent { kind, value: page.text }),
        range: Some(Lines::of(text).range(finding.region)),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

/// A hover's text, in Markdown or plain.
struct Page {
    markdown: bool,
    text: String,
}

impl Page {
    /// A paragraph of our own.
    fn paragraph(&mut self, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{text}\n");
    }

    /// A paragraph that may hold text of the repository.
    fn untrusted(&mut self, text: &str) {
        let mark = |c: char| if c.is_ascii_punctuation() { vec!['\\', c] } else { vec![c] };
        let text = if self.markdown { text.chars().flat_map(mark).collect() } else { text.to_owned() };
        self.paragraph(&text);
    }

    fn code(&mut self, language: &str, lines: &[String]) {
        match self.markdown {
            true => fenced(&mut self.text, language, lines),
            false => self.paragraph(&lines.join("\n")),
        }
    }

    /// What `cwegate explain` says.
    fn explanation(&mut self, id: CweId) {
        let text = explain::render(id, false).unwrap_or_else(|error| error.to_string());
        let lines: Vec<String> = text.trim_end().lines().map(str::to_owned).collect();
        if self.markdown {
            self.paragraph("---");
        }
        self.code("text", &lines);
        if self.markdown {
            self.paragraph(&format!("[{id} in MITRE's catalogue]({})", cwe::url(id)));
        }
    }
}

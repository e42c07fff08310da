//! For people at a terminal.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    Context, Counts, Report, Secrets, number, position,
    secret::{Cuts, OMITTED},
    status, told,
};
use crate::{
    attribute::{ExcerptLine, Finding, Region, Status},
    cwe,
    path::RepoPath,
    policy::{Action, Judged, Level, Notice, Outcome, Unscanned, Verdict},
    terminal::{Paint, TAB, escape, is_deceptive, plural, toml_string},
};

/// Findings with their source, what could not be scanned, and one line of summary; nothing when all is well.
#[derive(Debug, Clone, Copy)]
pub struct Human;

/// Columns of source that are shown of a line.
const WIDTH: usize = 100;
/// Columns that stay before a statement when a long line is cut.
const LEAD: usize = 20;
/// Statements longer than this are shown with their middle left out.
const LONGEST: usize = 12;
/// Lines of a long statement that are shown from its start.
const HEAD: usize = 6;
/// Lines that are shown from its end.
const TAIL: usize = 3;
/// Removed lines that are shown with a worsened finding.
const REMOVED: usize = 5;

impl Report for Human {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let mut out = String::new();
        let secrets = Secrets::of(verdict);
        let (full, brief): (Vec<_>, Vec<_>) = verdict.findings.iter().partition(|judged| context.in_full(judged));
        let loud = |action| action == Action::Block || !context.quiet;

        let full: Vec<_> = full.into_iter().filter(|judged| loud(judged.action)).collect();
        for judged in &full {
            one(&mut out, judged, &secrets, context);
            out.push('\n');
        }
        let unscanned: Vec<_> = verdict.unscanned.iter().filter(|item| item.blocks || !context.quiet).collect();
        for item in &unscanned {
            not_scanned(&mut out, item, context);
        }
        let notices: Vec<_> = context.notices(verdict).collect();
        for item in &notices {
            notice(&mut out, item, context);
        }
        if !unscanned.is_empty() || !notices.is_empty() {
            out.push('\n');
        }
        if context.verbose && !brief.is_empty() {
            for judged in &brief {
                in_brief(&mut out, judged, context);
            }
            out.push('\n');
        }

        let well = verdict.outcome == Outcome::Passed && full.is_empty() && unscanned.is_empty() && notices.is_empty();
        if !well {
            if let (Some(first), false) = (full.first(), context.quiet) {
                how_to_allow(&mut out, &first.finding, context);
            }
            summary(&mut out, verdict, context);
        } else if context.verbose {
            passed(&mut out, verdict, context);
        }
        out
    }
}

fn paint_for(action: Action, paint: Paint, text: &str) -> String {
    if action == Action::Block { paint.error(text) } else { paint.warning(text) }
}

fn shown(path: &RepoPath) -> String {
    escape(&path.to_string())
}

fn one(out: &mut String, judged: &Judged, secrets: &Secrets, context: &Context) {
    let paint = Paint(context.color);
    let finding = &judged.finding;
    let level = if judged.action == Action::Block { "error" } else { "warning" };
    let head = paint_for(judged.action, paint, &format!("{level}[{}]", finding.cwe));
    let title = paint.strong(&format!(": {}", cwe::title(finding.cwe)));
    let _ = writeln!(out, "{head}{title}");

    let shown_lines = finding.excerpt.iter().map(|line| line.number);
    let shown_lines = shown_lines.chain(finding.evidence.iter().map(|evidence| evidence.region.start_line));
    let numbers = shown_lines.map(|line| number(finding.cells.as_ref(), line));
    let removed = finding.removed.iter().map(|&(line, _)| number(finding.cells_before.as_ref(), line));
    let gutter = numbers.chain(removed).map(|number| number.len()).max().unwrap_or(1);
    let place = format!("{}:{}", shown(&finding.path), position(finding));
    let _ = writeln!(out, "{:gutter$}{} {place}", "", paint.frame("-->"));
    excerpt(out, judged, secrets, gutter, paint);

    fact(
        out,
        gutter,
        paint,
        &format!("probability {:.2}, threshold {:.2}; {}", finding.probability, finding.threshold, status(finding)),
    );
    if !finding.also.is_empty() {
        let also = finding.also.iter().map(|&(id, probability)| format!("{id} {} ({probability:.2})", cwe::title(id)));
        fact(out, gutter, paint, &format!("also: {}", also.collect::<Vec<_>>().join(", ")));
    }
    if !finding.evidence.is_empty() {
        fact(out, gutter, paint, "because of:");
        for evidence in &finding.evidence {
            let text = cells(&secrets.evidence(finding, evidence), &Cuts::new(), None);
            let text = cut_to_width(text).iter().map(|cell| cell.text.as_str()).collect::<String>();
            let number = number(finding.cells.as_ref(), evidence.region.start_line);
            let number = paint.frame(&format!("{number:>gutter$} |"));
            let without = paint.faint(&format!("(without it {:.2})", evidence.without));
            let _ = writeln!(out, "{number} {} {without}", text.trim_end());
        }
    }
    if !finding.removed.is_empty() {
        fact(out, gutter, paint, "because this was removed:");
        for (line, text) in finding.removed.iter().take(REMOVED) {
            let text = cells(&secrets.removed(finding, *line, text), &Cuts::new(), None);
            let number = number(finding.cells_before.as_ref(), *line);
            let text = cut_to_width(text).iter().map(|cell| cell.text.as_str()).collect::<String>();
            let _ = writeln!(out, "{} {}", paint.error(&format!("- {number:>gutter$} |")), text.trim_end());
        }
        if let Some(more) = finding.removed.len().checked_sub(REMOVED).filter(|&more| more > 0) {
            let _ = writeln!(out, "{:gutter$}   … and {}", "", plural(more, "more line", "more lines"));
        }
    }
    fact(out, gutter, paint, &format!("policy: {}", escape(&judged.reason)));
    if let Some(advice) = cwe::advice(finding.cwe) {
        fact(out, gutter, paint, &format!("repair: {}", paint.good(&advice.advice)));
    }
}

fn fact(out: &mut String, gutter: usize, paint: Paint, text: &str) {
    let _ = writeln!(out, "{:gutter$} {} {text}", "", paint.frame("="));
}

fn excerpt(out: &mut String, judged: &Judged, secrets: &Secrets, gutter: usize, paint: Paint) {
    let finding = &judged.finding;
    let bar = paint.frame("|");
    let _ = writeln!(out, "{:gutter$} {bar}", "");
    let inside = finding.excerpt.iter().filter(|line| line.in_statement).count();
    let mut seen = 0;
    for line in &finding.excerpt {
        if line.in_statement {
            seen += 1;
            if inside > LONGEST && seen > HEAD && seen <= inside - TAIL {
                if seen == HEAD + 1 {
                    let _ = writeln!(out, "{:gutter$} {bar} …", "");
                }
                continue;
            }
        }
        let cells = cells(&line.text, &secrets.in_line(finding, line), marked(line, finding.region));
        let cells = cut_to_width(cells);
        let text: String = cells.iter().map(|cell| cell.text.as_str()).collect();
        let number = paint.frame(&format!("{:>gutter$} |", number(finding.cells.as_ref(), line.number)));
        let _ = writeln!(out, "{}", format!("{number} {}", text.trim_end()).trim_end());
        let underline: String =
            cells.iter().map(|cell| if cell.marked { "^" } else { " " }.repeat(cell.width)).collect();
        if underline.contains('^') {
            let underline = underline.trim_end();
            let spaces = underline.len() - underline.trim_start().len();
            let carets = paint_for(judged.action, paint, underline.trim_start());
            let _ = writeln!(out, "{:gutter$} {bar} {:spaces$}{carets}", "", "");
        }
    }
}

/// The columns of a line, from 0, that belong to the statement.
fn marked(line: &ExcerptLine, region: Region) -> Option<std::ops::Range<usize>> {
    if !line.in_statement {
        return None;
    }
    let text = line.text.trim_end();
    let indent = text.chars().take_while(|c| c.is_whitespace()).count();
    let start = if line.number == region.start_line { region.start_column.saturating_sub(1) as usize } else { indent };
    let end = if line.number == region.end_line {
        region.end_column.saturating_sub(1) as usize
    } else {
        text.chars().count()
    };
    Some(start..end)
}

/// One character of source as it is shown.
struct Cell {
    text: String,
    width: usize,
    marked: bool,
}

fn cells(line: &str, cuts: &Cuts, marked: Option<std::ops::Range<usize>>) -> Vec<Cell> {
    let mut column = 0;
    let mut out: Vec<Cell> = Vec::new();
    for (index, c) in line.chars().enumerate() {
        let text = match cuts.iter().find(|cut| cut.contains(&index)) {
            Some(cut) if cut.start == index => OMITTED.to_string(),
            Some(_) => continue,
            None if c == '\t' => " ".repeat(TAB - column % TAB),
            None if is_deceptive(c) => c.escape_default().to_string(),
            None => c.to_string(),
        };
        let width = if text.chars().count() == 1 {
            text.chars().next().and_then(|c| c.width()).unwrap_or(0)
        } else {
            text.width()
        };
        column += width;
        out.push(Cell { text, width, marked: marked.as_ref().is_some_and(|range| range.contains(&index)) });
    }
    out
}

/// Cuts a long line around its marked part.
fn cut_to_width(mut cells: Vec<Cell>) -> Vec<Cell> {
    let total: usize = cells.iter().map(|cell| cell.width).sum();
    if total <= WIDTH {
        return cells;
    }
    let ellipsis = |marked| Cell { text: OMITTED.to_string(), width: 1, marked };
    let before: usize = cells.iter().take_while(|cell| !cell.marked).map(|cell| cell.width).sum();
    if before < total && before > WIDTH / 2 {
        let mut skip = before - LEAD;
        let kept = cells.iter().position(|cell| {
            let done = skip == 0;
            skip = skip.saturating_sub(cell.width);
            done
        });
        cells.drain(..kept.unwrap_or(0));
        cells.insert(0, ellipsis(false));
    }
    let mut width = 0;
    let fits = cells.iter().take_while(|cell| {
        width += cell.width;
        width < WIDTH
    });
    let fits = fits.count();
    if fits < cells.len() {
        let inside = cells[fits].marked;
        cells.truncate(fits);
        cells.push(ellipsis(inside));
    }
    cells
}

fn not_scanned(out: &mut String, item: &Unscanned, context: &Context) {
    let paint = Paint(context.color);
    let (action, level) = match item {
        Unscanned { degraded: true, .. } => (Action::Warn, "note"),
        Unscanned { blocks: true, .. } => (Action::Block, "error[not scanned]"),
        _ => (Action::Warn, "warning[not scanned]"),
    };
    let lines = match item.lines {
        Some((first, last)) if first == last => format!(":{first}"),
        Some((first, last)) => format!(":{first}-{last}"),
        None => String::new(),
    };
    let head = paint_for(action, paint, level);
    let _ = writeln!(out, "{head}: {}{lines}: {}", shown(&item.path), escape(&item.why));
}

fn notice(out: &mut String, notice: &Notice, context: &Context) {
    let paint = Paint(context.color);
    let head = match notice.level {
        Level::Error => paint.error("error[policy]"),
        Level::Warning => paint.warning("warning[policy]"),
        Level::Note => paint.faint("note[policy]"),
    };
    let _ = writeln!(out, "{head}: {}", told(notice));
}

fn in_brief(out: &mut String, judged: &Judged, context: &Context) {
    let paint = Paint(context.color);
    let finding = &judged.finding;
    let word = match &judged.suppressed {
        Some(suppression) => paint.faint(&format!("allowed ({})", suppression.kind)),
        None if finding.status == Status::Fixed => paint.good("repaired"),
        None => paint.faint("existing"),
    };
    let why = judged.suppressed.as_ref().map(|_| format!("; {}", escape(&judged.reason))).unwrap_or_default();
    let _ = writeln!(
        out,
        "{word}[{}] {}:{}: {} ({:.2}){why}",
        finding.cwe,
        shown(&finding.path),
        position(finding),
        cwe::title(finding.cwe),
        finding.probability
    );
}

/// A glob for this file: exact, but for `*` in place of what a policy cannot write or a reader cannot see.
fn glob_for(path: &RepoPath) -> String {
    let mut glob = String::new();
    for c in path.to_text().chars() {
        match c {
            c if is_deceptive(c) || c == char::REPLACEMENT_CHARACTER => {
                if !glob.ends_with('*') {
                    glob.push('*');
                }
            }
            // `globset::escape` leaves it, though it escapes what follows it.
            '\\' => glob.push_str("\\\\"),
            c => glob.push_str(&globset::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    glob
}

fn how_to_allow(out: &mut String, finding: &Finding, context: &Context) {
    let paint = Paint(context.color);
    let file = if context.policy.starts_with("preset ") {
        "a new file `cwegate.toml` at the top of the repository".to_owned()
    } else {
        format!("`{}`", escape(&context.policy))
    };
    let table = if context.policy.ends_with("pyproject.toml") { "tool.cwegate." } else { "" };
    let _ = writeln!(out, "{}", paint.faint(&format!("To accept a finding, write into {file}:")));
    let all = format!("or \"warn\"; for all files: the same entry under [{table}cwe]");
    for line in [
        format!("[[{table}paths]]"),
        format!("match = [{}]", toml_string(&glob_for(&finding.path))),
        format!("cwe = {{ \"{}\" = \"off\" }}     # {all}", finding.cwe),
    ] {
        let _ = writeln!(out, "{}", paint.faint(&format!("    {line}")));
    }
    out.push('\n');
}

fn summary(out: &mut String, verdict: &Verdict, context: &Context) {
    let paint = Paint(context.color);
    let counts = Counts::of(verdict, context);
    let counted = &verdict.summary;
    let head = format!("{} blocked, {}", counts.blocked, plural(counts.warned, "warning", "warnings"));
    let head = match verdict.outcome {
        Outcome::Passed => paint.warning(&head),
        Outcome::Blocked | Outcome::Unscannable => paint.error(&head),
    };
    let mut facts = vec![plural(counted.changed_lines, lines(context).0, lines(context).1)];
    let missing = verdict.unscanned.iter().filter(|item| !item.degraded).count();
    if missing > 0 {
        facts.push(plural(missing, "place not scanned", "places not scanned"));
    }
    let files = plural(counted.files, "file", "files");
    let _ = writeln!(out, "{head} in {files} ({})", facts.join(", "));
    if verdict.outcome == Outcome::Unscannable {
        let _ = writeln!(
            out,
            "Not passed, since something could not be scanned; `unscannable = \"warn\"` under [gate] lets it pass."
        );
    }
    if !context.quiet && !context.verbose && counts.suppressed + counts.existing + counts.fixed > 0 {
        let mut parts = Vec::new();
        if counts.suppressed > 0 {
            parts.push(format!("{} allowed", plural(counts.suppressed, "finding is", "findings are")));
        }
        if counts.existing > 0 {
            parts.push(format!("{} there before", plural(counts.existing, "finding was", "findings were")));
        }
        if counts.fixed > 0 {
            parts.push(format!("{} repaired", plural(counts.fixed, "finding was", "findings were")));
        }
        if !parts.is_empty() {
            let hint = format!("{} (shown by `{} -v`)", parts.join(", "), escape(&context.command));
            let _ = writeln!(out, "{}", paint.faint(&hint));
        }
    }
}

fn lines(context: &Context) -> (&'static str, &'static str) {
    if context.diff { ("changed line", "changed lines") } else { ("line", "lines") }
}

fn passed(out: &mut String, verdict: &Verdict, context: &Context) {
    let counted = &verdict.summary;
    let mut facts = vec![
        plural(counted.files, "file", "files"),
        plural(counted.changed_lines, lines(context).0, lines(context).1),
        plural(counted.statements, "statement", "statements"),
    ];
    facts.extend(counted.skipped.iter().map(|(kind, count)| format!("{count} {} passed over", escape(kind))));
    let word = Paint(context.color).good("passed");
    let _ =
        writeln!(out, "cwegate: {word}, {} (model {} {})", facts.join(", "), context.model.name, context.model.version);
}

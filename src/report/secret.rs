//! Hard-coded secrets are not echoed: the middle of string literals is left out wherever such a line is shown.

use std::{collections::BTreeMap, ops::Range};

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use crate::{
    attribute::{ExcerptLine, Finding, Region, Status},
    cwe::CweId,
    diff::DiffLine,
    evidence::Evidence,
    path::RepoPath,
    policy::Verdict,
};

/// CWE-798 and what it has below it that a class may be named after.
const SECRET: [CweId; 3] = [CweId(798), CweId(259), CweId(321)];

/// Characters of a literal that are shown at most, to recognise it by.
const SHOWN: usize = 4;

/// Lines around a secret whose literals are cut as well: secrets come in groups.
const NEAR: usize = 5;

/// Stands for what is left out.
pub const OMITTED: char = '…';

/// Pieces of one line, in characters from 0, that are left out.
pub type Cuts = Vec<Range<usize>>;

/// The lines of a run that hold secrets.
///
/// Other findings may show the same lines as context, so the secrets of all findings are gathered first.
pub struct Secrets {
    /// By path, whether the line number is one before the change, and the number.
    lines: BTreeMap<(RepoPath, bool, u32), Cuts>,
}

impl Secrets {
    pub fn of(verdict: &Verdict) -> Self {
        let mut lines = BTreeMap::new();
        for finding in verdict.findings.iter().map(|judged| &judged.finding).filter(|finding| is_secret(finding)) {
            let statement: Vec<_> = finding.excerpt.iter().filter(|line| line.in_statement).collect();
            let texts: Vec<_> = statement.iter().map(|line| line.text.as_str()).collect();
            for (line, cuts) in statement.iter().zip(cuts(&texts)) {
                lines.insert((finding.path.clone(), before(finding), line.number), cuts);
            }
            // What the excerpt lacks cannot be read in its context, so all of such a line is left out.
            for number in finding.region.start_line..=finding.region.end_line {
                let whole = || std::iter::once(0..usize::MAX).collect();
                lines.entry((finding.path.clone(), before(finding), number)).or_insert_with(whole);
            }
        }
        Self { lines }
    }

    /// What is left out of a line of a finding's excerpt.
    pub fn in_line(&self, finding: &Finding, line: &ExcerptLine) -> Cuts {
        match self.lines.get(&(finding.path.clone(), before(finding), line.number)) {
            Some(cuts) => cuts.clone(),
            // Secrets come in groups: what stands around one is masked as well.
            None if is_secret(finding) => cuts(&[&line.text]).swap_remove(0),
            None => Cuts::new(),
        }
    }

    /// The text of a line of a finding's excerpt without secrets.
    pub fn line(&self, finding: &Finding, line: &ExcerptLine) -> String {
        apply(&line.text, &self.in_line(finding, line))
    }

    /// A line that the change removed, without secrets.
    pub fn removed(&self, finding: &Finding, number: u32, text: &str) -> String {
        match self.lines.get(&(finding.path.clone(), true, number)) {
            Some(cuts) => apply(text, cuts),
            None if is_secret(finding) => masked(text),
            None => text.to_owned(),
        }
    }

    /// The canonical statement without secrets.
    pub fn statement(&self, finding: &Finding) -> String {
        self.canonical(finding, finding.region, &finding.statement)
    }

    /// The canonical statement of a piece of evidence without secrets.
    pub fn evidence(&self, finding: &Finding, evidence: &Evidence) -> String {
        if is_secret(finding) {
            return masked(&evidence.statement);
        }
        self.canonical(finding, evidence.region, &evidence.statement)
    }

    fn canonical(&self, finding: &Finding, region: Region, statement: &str) -> String {
        let mut lines = region.start_line..=region.end_line;
        let known = lines.any(|line| self.lines.contains_key(&(finding.path.clone(), before(finding), line)));
        if known { masked(statement) } else { statement.to_owned() }
    }

    /// Lines of a file's diff that are shown together, without secrets: where one of them holds a secret, the literals around it
    /// are cut, and those of all lines that the change replaced with it, since what it puts in a secret's place is often another.
    pub fn stretch(&self, path: &RepoPath, lines: &[DiffLine]) -> Vec<String> {
        let holds = |line: &DiffLine| {
            let known = |before, number: Option<u32>| {
                number.is_some_and(|number| self.lines.contains_key(&(path.clone(), before, number)))
            };
            known(false, line.after) || known(true, line.before)
        };
        let mut left_out = vec![Cuts::new(); lines.len()];
        let is_near = near(lines, &lines.iter().map(holds).collect::<Vec<_>>());
        if is_near.contains(&true) {
            for side in [|line: &DiffLine| line.before, |line: &DiffLine| line.after] {
                let at: Vec<usize> = (0..lines.len()).filter(|&at| side(&lines[at]).is_some()).collect();
                let code: Vec<&str> = at.iter().map(|&at| lines[at].text.as_str()).collect();
                let cuts = at.iter().zip(cuts(&code)).filter(|&(&at, _)| is_near[at]);
                cuts.for_each(|(&at, cuts)| left_out[at].extend(cuts));
            }
        }
        for (line, cuts) in lines.iter().zip(&mut left_out) {
            for (before, number) in [(true, line.before), (false, line.after)] {
                let known = number.and_then(|number| self.lines.get(&(path.clone(), before, number)));
                cuts.extend(known.into_iter().flatten().cloned());
            }
            cuts.sort_by_key(|cut| cut.start);
        }
        lines.iter().zip(&left_out).map(|(line, cuts)| apply(&line.text, cuts)).collect()
    }
}

/// Which lines stand near one that holds a secret: within a few of it, or replaced by the change together with it.
fn near(lines: &[DiffLine], holds: &[bool]) -> Vec<bool> {
    let mut is_near: Vec<bool> = (0..lines.len())
        .map(|at| holds[at.saturating_sub(NEAR)..lines.len().min(at + NEAR + 1)].contains(&true))
        .collect();
    let is_changed = |line: &DiffLine| line.before.is_none() || line.after.is_none();
    let mut start = 0;
    for run in lines.chunk_by(|a, b| is_changed(a) == is_changed(b)) {
        let end = start + run.len();
        let replaces = run.iter().any(|line| line.after.is_none()) && run.iter().any(|line| line.before.is_none());
        if replaces && holds[start..end].contains(&true) {
            is_near[start..end].fill(true);
        }
        start = end;
    }
    is_near
}

/// A fixed finding's lines are numbered as before the change.
fn before(finding: &Finding) -> bool {
    finding.status == Status::Fixed
}

fn is_secret(finding: &Finding) -> bool {
    SECRET.contains(&finding.cwe) || finding.also.iter().any(|(id, _)| SECRET.contains(id))
}

fn masked(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').collect();
    let masked: Vec<_> = lines.iter().zip(cuts(&lines)).map(|(line, cuts)| apply(line, &cuts)).collect();
    masked.join("\n")
}

fn apply(line: &str, cuts: &Cuts) -> String {
    let mut out = String::new();
    for (index, c) in line.chars().enumerate() {
        match cuts.iter().find(|cut| cut.contains(&index)) {
            Some(cut) if cut.start == index => out.push(OMITTED),
            Some(_) => {}
            None => out.push(c),
        }
    }
    out
}

/// The middles of the string literals in consecutive lines of Python, whole or broken.
fn cuts(lines: &[&str]) -> Vec<Cuts> {
    // The first line keeps its indent: an indentation error costs the parser nothing.
    let code = lines.join("\n");
    let parsed = parse_unchecked(&code, ParseOptions::from(Mode::Module));
    let mut out = vec![Cuts::new(); lines.len()];
    for token in parsed.tokens().iter() {
        let (kind, range) = token.as_tuple();
        let range = range.start().to_usize()..range.end().to_usize();
        let content = match kind {
            TokenKind::String => inside_quotes(&code, range),
            // What the lexer cannot read may be a literal without an end.
            TokenKind::FStringMiddle | TokenKind::TStringMiddle | TokenKind::Unknown => range,
            _ => continue,
        };
        cut(&code, content, &mut out);
    }
    for cuts in &mut out {
        cuts.sort_by_key(|cut| cut.start);
    }
    out
}

/// The content of a literal; one that was not closed, in broken code, goes to its end.
fn inside_quotes(code: &str, range: Range<usize>) -> Range<usize> {
    let literal = &code[range.clone()];
    let body = literal.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let quote = match body.get(..3) {
        Some(three @ ("\"\"\"" | "'''")) => three,
        _ => body.get(..1).unwrap_or(""),
    };
    let content = &body[quote.len()..];
    let start = range.end - content.len();
    start..start + content.strip_suffix(quote).unwrap_or(content).len()
}

/// Adds the cuts of one literal's content: all but its first characters, line by line.
fn cut(code: &str, content: Range<usize>, out: &mut [Cuts]) {
    let text = &code[content.clone()];
    // A short literal keeps less, so that a short password does not stand there almost whole.
    let mut keep = SHOWN.min(text.chars().count() / 4);
    let first_line = code[..content.start].matches('\n').count();
    let mut column = code[..content.start].rsplit('\n').next().map_or(0, |before| before.chars().count());
    for (line, piece) in (first_line..).zip(text.split('\n')) {
        let length = piece.chars().count();
        let kept = keep.min(length);
        keep -= kept;
        if length > kept {
            out[line].push(column + kept..column + length);
        }
        column = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn literals_lose_their_middle() {
        assert_eq!(masked("key = 'sk_live_0123456789'"), "key = 'sk_l…'");
        assert_eq!(
            masked("    connect(user=\"a\", password=rb\"hunter2\")"),
            "    connect(user=\"…\", password=rb\"h…\")"
        );
        assert_eq!(masked("x = ''"), "x = ''");
        assert_eq!(masked("x = f'tok_{name}_abcdefgh'"), "x = f't…{name}_a…'");
    }

    #[test]
    fn literals_over_several_lines_keep_their_lines() {
        assert_eq!(masked("k = '''-----BEGIN KEY\nMIIabc\n'''"), "k = '''----…\n…\n'''");
    }

    #[test]
    fn broken_code_is_masked_too() {
        assert_eq!(masked("k = 'sk_live_0123456789"), "k = 'sk_l…");
        assert_eq!(masked("k = \"\"\"sk_live_0123456789\nmore"), "k = \"\"\"sk_l…\n…");
        assert_eq!(masked("): k = 'sk_live_0123456789', ("), "): k = 'sk_l…', (");
    }
}

//! Scores before and after a change → findings with a status.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::{
    cwe::CweId,
    diff::LineDiff,
    evidence::Evidence,
    fingerprint::{fingerprint, line_hashes},
    model::{
        Class,
        scores::{StatementScores, Thresholds},
    },
    notebook::Cells,
    path::RepoPath,
    python::{Module, ScopeKind, Statement, StatementKind},
    window::context_texts,
};

/// Statements this near to a change in a long scope are judged with it.
const NEAR: usize = 24;
/// An untouched statement is worse only if its log-odds rose by at least this much; less is the context's noise.
const RISE: f32 = 1.0;
/// Statements this near to a more probable one of the same class tell of the same weakness.
const ECHO: usize = 3;
/// Log-odds that are this near count as equal.
const TIE: f32 = 0.5;
/// Lines shown before and after a statement.
const CONTEXT_LINES: u32 = 2;
/// Lines of a statement shown at most.
const EXCERPT_LINES: u32 = 20;

/// Which findings count, in the manner of reviewdog's filter modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Attribution {
    /// Those in statements that the change added or altered.
    Added,
    /// Those, and what the change made worse in untouched lines of a scope.
    #[default]
    Scope,
    /// All in the changed files, also what was there before.
    File,
    /// All in all files, as if each was new.
    None,
}

/// What the change did to a weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The statement was added or changed.
    New,
    /// The statement is untouched, and rose over the threshold because something near it changed; or it was over that, and rose over
    /// the one from which on it may block.
    Worsened,
    /// The statement was over the threshold before the change as well.
    Existing,
    /// The statement was over the threshold before the change and is gone or no longer is.
    Fixed,
}

impl Status {
    /// Whether the change is to blame.
    pub fn is_alarm(self) -> bool {
        matches!(self, Self::New | Self::Worsened)
    }
}

/// Where a finding is: 1-based lines, and 1-based columns in Unicode code points, the end column exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Region {
    /// First line.
    pub start_line: u32,
    /// Column of the first character on the first line.
    pub start_column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character on the last line.
    pub end_column: u32,
}

/// A source line shown with a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExcerptLine {
    /// 1-based line number.
    pub number: u32,
    /// The line without its line end. Untrusted: escape it before it is printed.
    pub text: String,
    /// Whether the line belongs to the statement itself (else it is context).
    pub in_statement: bool,
}

/// A weakness that the model sees in one statement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The class that is reported.
    pub cwe: CweId,
    /// Other classes over their thresholds at the same statement, most probable first.
    pub also: Vec<(CweId, f32)>,
    /// The file, as it is named after the change (before it, where the finding is fixed).
    #[serde(serialize_with = "as_text")]
    pub path: RepoPath,
    /// Dotted names of the enclosing classes and functions; `<module>` at the top level.
    pub scope: String,
    /// The statement's place in the file after the change (before it, where the finding is fixed). In a notebook lines are those
    /// of its code, here and below: [`Finding::in_file`] and [`Finding::in_cell`] say where that is.
    pub region: Region,
    /// First and last line of the whole statement, 1-based; the region of a new finding may be only a part of it.
    pub lines: (u32, u32),
    /// What the change did.
    pub status: Status,
    /// Calibrated probability in 0..=1 after the change (before it, where the finding is fixed).
    pub probability: f32,
    /// The same statement's probability before the change, where it existed.
    pub before: Option<f32>,
    /// The threshold that the probability reached.
    pub threshold: f32,
    /// The statement's canonical text: no comments, one spacing. Untrusted.
    pub statement: String,
    /// The statement's lines with up to two lines of context on each side.
    pub excerpt: Vec<ExcerptLine>,
    /// Stable identity: CWE, path, scope, normalised statement and its ordinal; no line numbers. Hexadecimal.
    pub fingerprint: String,
    /// GitHub's `primaryLocationLineHash` of `region.start_line` in the scanned bytes, `hash:count`.
    pub line_hash: String,
    /// For a worsened finding: lines removed from the same scope, as (number before the change, text).
    pub removed: Vec<(u32, String)>,
    /// Statements that the probability hangs on, in source order; empty where nobody asked.
    pub evidence: Vec<Evidence>,
    /// Where the lines are in a notebook.
    #[serde(skip)]
    pub cells: Option<Arc<Cells>>,
    /// Where the removed lines were in a notebook.
    #[serde(skip)]
    pub cells_before: Option<Arc<Cells>>,
}

impl Finding {
    /// A region beside the finding as it is in the file: in a notebook, in its JSON text.
    pub fn in_file(&self, region: Region) -> Region {
        self.cells.as_ref().map_or(region, |cells| cells.in_file(region))
    }

    /// A region beside the finding as it is in its cell, and the cell's number from 1; `None` outside of notebooks.
    pub fn in_cell(&self, region: Region) -> Option<(u32, Region)> {
        self.cells.as_ref().map(|cells| cells.in_cell(region))
    }
}

fn as_text<S: serde::Serializer>(path: &RepoPath, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_text())
}

/// A file before and after a change, with its statements aligned.
pub struct Pair {
    /// Path after the change.
    pub path: RepoPath,
    /// The file before; empty where it did not exist.
    pub before: Module,
    /// The file after.
    pub after: Module,
    /// The file's bytes after.
    pub bytes: Vec<u8>,
    /// Which lines changed.
    pub diff: LineDiff,
    /// 1-based lines after the change that are in none of the befores.
    pub changed: BTreeSet<u32>,
    /// For each statement after the change the statement before it that reads the same, if there is one.
    origin: Vec<Option<usize>>,
    /// Statements before the change that nothing after it reads the same as.
    gone: BTreeSet<usize>,
    /// For statements that came from another file their pair and statement there.
    adopted: HashMap<usize, (usize, usize)>,
    /// Statements before the change that went to another file, or that a further before is compared by.
    lent: BTreeSet<usize>,
}

/// The scopes of a module to judge, with the statements in each; `None` for all of its statements.
pub type Touched = Vec<(usize, Option<HashSet<usize>>)>;

impl Pair {
    /// Aligns the two sides.
    pub fn new(path: RepoPath, before: Module, after: Module, bytes: Vec<u8>, diff: LineDiff) -> Self {
        let origin = align(&before, &after);
        let kept: HashSet<usize> = origin.iter().flatten().copied().collect();
        let gone = (0..before.statements.len()).filter(|at| !kept.contains(at)).collect();
        let mut changed = diff.changed();
        if let Some(cells) = &after.cells {
            changed.retain(|&line| cells.is_code(line));
        }
        let (adopted, lent) = (HashMap::new(), BTreeSet::new());
        Self { path, before, after, bytes, diff, changed, origin, gone, adopted, lent }
    }

    /// A further before of the same file, as the other side of a merge is: it is there to be compared with only.
    pub fn further(path: RepoPath, before: Module) -> Self {
        let mut pair = Self::new(path, before, Module::default(), Vec::new(), LineDiff::between(b"", b""));
        pair.gone.clear();
        pair
    }

    /// Takes the statements that a further before has, and the main one has not, from there; `from` is its number among the
    /// pairs, and `text` its bytes.
    pub fn adopt(&mut self, further: &mut Self, from: usize, text: &[u8]) {
        let unlike = LineDiff::between(further.before.compared(text), self.after.compared(&self.bytes)).changed();
        self.changed.retain(|line| unlike.contains(line));
        for (at, old) in align(&further.before, &self.after).into_iter().enumerate() {
            let Some(old) = old.filter(|_| self.origin[at].is_none() && !self.adopted.contains_key(&at)) else {
                continue;
            };
            self.adopted.insert(at, (from, old));
            further.lent.insert(old);
        }
    }

    /// A file that the change deleted.
    pub fn deleted(path: RepoPath, before: Module, bytes: &[u8]) -> Self {
        let diff = LineDiff::between(before.compared(bytes), b"");
        Self::new(path, before, Module::default(), Vec::new(), diff)
    }

    /// Scopes of which no statement was there before (`true`: after the change; `false`: of which none is left).
    fn loose_scopes(&self, after: bool) -> Vec<usize> {
        let module = if after { &self.after } else { &self.before };
        let loose = |at: &usize| {
            if after { self.origin[*at].is_none() && !self.adopted.contains_key(at) } else { self.gone.contains(at) }
        };
        (1..module.scopes.len())
            .filter(|&scope| {
                let statements = &module.scopes[scope].statements;
                !statements.is_empty() && statements.iter().all(loose)
            })
            .collect()
    }

    /// Whether the change wrote the statement: nothing before reads the same, and one of its lines changed.
    fn is_written(&self, statement: usize) -> bool {
        let Statement { start_line, end_line, .. } = self.after.statements[statement];
        self.origin[statement].is_none()
            && !self.adopted.contains_key(&statement)
            && self.changed.range(start_line..=end_line).next().is_some()
    }

    /// All scopes of both sides, to be judged whether they changed or not.
    pub fn whole(&self) -> (Touched, Touched) {
        let all = |module: &Module| (0..module.scopes.len()).map(|scope| (scope, None)).collect();
        (all(&self.before), all(&self.after))
    }

    /// What to score where only other files' findings are wanted: what went there.
    pub fn lent(&self) -> (Touched, Touched) {
        (self.scopes_before(&self.lent.iter().copied().collect()), Touched::new())
    }

    /// What to score before and after the change: the scopes that do not read the same on both sides, context included.
    ///
    /// In scopes longer than a few windows only what is near the change, or uses a name that it defines, is judged.
    pub fn touched(&self) -> (Touched, Touched) {
        let mut readings: HashMap<Vec<String>, usize> = HashMap::new();
        for scope in 0..self.before.scopes.len() {
            *readings.entry(reading(&self.before, scope)).or_default() += 1;
        }
        let changed_scopes: Vec<usize> = (0..self.after.scopes.len())
            .filter(|&scope| match readings.get_mut(&reading(&self.after, scope)) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            })
            .collect();
        let written: HashSet<usize> = (0..self.origin.len()).filter(|&at| self.origin[at].is_none()).collect();
        let anchors: HashSet<usize> = written.iter().copied().chain(self.after_the_gap()).collect();
        let after: Touched =
            changed_scopes.into_iter().map(|scope| (scope, near(&self.after, scope, &anchors, &written))).collect();

        let judged: HashSet<usize> = after
            .iter()
            .flat_map(|(scope, focus)| match focus {
                Some(focus) => focus.iter().copied().collect::<Vec<_>>(),
                None => self.after.scopes[*scope].statements.clone(),
            })
            .filter_map(|statement| self.origin[statement])
            .chain(self.gone.iter().chain(&self.lent).copied())
            .collect();
        (self.scopes_before(&judged), after)
    }

    /// The scopes before the change that have any of these statements.
    fn scopes_before(&self, judged: &HashSet<usize>) -> Touched {
        (0..self.before.scopes.len())
            .filter_map(|scope| {
                let own: HashSet<usize> =
                    self.before.scopes[scope].statements.iter().copied().filter(|at| judged.contains(at)).collect();
                (!own.is_empty()).then_some((scope, Some(own)))
            })
            .collect()
    }

    /// Statements after the change that stand where others were removed.
    fn after_the_gap(&self) -> HashSet<usize> {
        let position: HashMap<usize, usize> =
            self.origin.iter().enumerate().filter_map(|(new, old)| old.map(|old| (old, new))).collect();
        self.gone
            .iter()
            .filter_map(|&gone| {
                let siblings = &self.before.scopes[self.before.statements[gone].scope].statements;
                let at = siblings.iter().position(|&statement| statement == gone)?;
                let kept = |statement: &usize| position.get(statement).copied();
                siblings[at..].iter().find_map(kept).or_else(|| siblings[..at].iter().rev().find_map(kept))
            })
            .collect()
    }
}

/// For each statement after a change the one before it that reads the same: scope by scope, by their canonical text, then what
/// was moved between scopes.
fn align(before: &Module, after: &Module) -> Vec<Option<usize>> {
    let mut origin = vec![None; after.statements.len()];
    let texts = |module: &Module| module.statements.iter().map(Statement::text).collect::<Vec<_>>();
    let (texts_before, texts_after) = (texts(before), texts(after));
    for (old, new) in scope_pairs(before, after, &texts_before, &texts_after) {
        let (old, new) = (&before.scopes[old].statements, &after.scopes[new].statements);
        let text =
            |texts: &[String], numbers: &[usize]| numbers.iter().map(|&at| texts[at].clone()).collect::<Vec<_>>();
        for op in capture_diff_slices(Algorithm::Myers, &text(&texts_before, old), &text(&texts_after, new)) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                for at in 0..len {
                    origin[new[new_index + at]] = Some(old[old_index + at]);
                }
            }
        }
    }
    let kept: HashSet<usize> = origin.iter().flatten().copied().collect();
    // What was moved: each statement before the change can be the origin of one after it, so that a copy stays new.
    let mut moved: HashMap<&str, Vec<usize>> = HashMap::new();
    for at in (0..before.statements.len()).rev().filter(|at| !kept.contains(at)) {
        moved.entry(&texts_before[at]).or_default().push(at);
    }
    for (at, slot) in origin.iter_mut().enumerate().filter(|(_, slot)| slot.is_none()) {
        *slot = moved.get_mut(texts_after[at].as_str()).and_then(Vec::pop);
    }
    origin
}

/// Finds the functions and classes that the change moved from one file to another: what reads the same there has its origin
/// there, one for one, so that a copy stays new.
pub fn link_moves(pairs: &mut [Pair]) {
    let texts = |module: &Module, scope: usize| -> Vec<String> {
        module.scopes[scope].statements.iter().map(|&at| module.statements[at].text()).collect()
    };
    let sources: Vec<(usize, usize, Vec<String>)> = pairs
        .iter()
        .enumerate()
        .flat_map(|(from, pair)| pair.loose_scopes(false).into_iter().map(move |scope| (from, scope)))
        .map(|(from, scope)| (from, scope, texts(&pairs[from].before, scope)))
        .collect();
    // The sources that have a statement, as often as they have it.
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (.., texts)) in sources.iter().enumerate() {
        for text in texts {
            holders.entry(text).or_default().push(at);
        }
    }
    let mut taken = vec![false; sources.len()];
    for to in 0..pairs.len() {
        for scope in pairs[to].loose_scopes(true) {
            let new_texts = texts(&pairs[to].after, scope);
            let mut equal = vec![0; sources.len()];
            for text in new_texts.iter().map(String::as_str).collect::<HashSet<_>>() {
                for &at in holders.get(text).into_iter().flatten() {
                    equal[at] += 1;
                }
            }
            let is_alike = |&at: &usize| {
                let (from, _, old_texts) = &sources[at];
                !taken[at] && *from != to && 2 * equal[at] >= old_texts.len().max(new_texts.len())
            };
            let best = (0..sources.len()).filter(is_alike).max_by_key(|&at| (equal[at], std::cmp::Reverse(at)));
            let Some(best) = best else { continue };
            taken[best] = true;
            let (from, old_scope, old_texts) = &sources[best];
            let old = pairs[*from].before.scopes[*old_scope].statements.clone();
            let new = pairs[to].after.scopes[scope].statements.clone();
            for op in capture_diff_slices(Algorithm::Myers, old_texts, &new_texts) {
                if let DiffOp::Equal { old_index, new_index, len } = op {
                    for step in 0..len {
                        let lent = old[old_index + step];
                        pairs[*from].gone.remove(&lent);
                        pairs[*from].lent.insert(lent);
                        pairs[to].adopted.insert(new[new_index + step], (*from, lent));
                    }
                }
            }
        }
    }
}

/// Scopes of the same name, the n-th with the n-th; then those that share at least half of their statements.
fn scope_pairs(
    before: &Module,
    after: &Module,
    texts_before: &[String],
    texts_after: &[String],
) -> Vec<(usize, usize)> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, scope) in before.scopes.iter().enumerate().rev() {
        by_name.entry(&scope.name).or_default().push(at);
    }
    let mut pairs = Vec::new();
    let mut alone = Vec::new();
    for (new, scope) in after.scopes.iter().enumerate() {
        match by_name.get_mut(scope.name.as_str()).and_then(Vec::pop) {
            Some(old) => pairs.push((old, new)),
            None => alone.push(new),
        }
    }
    let mut left: BTreeSet<usize> = by_name.into_values().flatten().collect();
    for new in alone {
        let texts: HashSet<&str> = after.scopes[new].statements.iter().map(|&at| texts_after[at].as_str()).collect();
        let shared = |old: usize| {
            let statements = &before.scopes[old].statements;
            let equal = statements.iter().filter(|&&at| texts.contains(texts_before[at].as_str())).count();
            (2 * equal >= statements.len().max(texts.len())).then_some(equal).filter(|&equal| equal > 0)
        };
        if let Some((_, old)) = left.iter().filter_map(|&old| shared(old).map(|equal| (equal, old))).max() {
            left.remove(&old);
            pairs.push((old, new));
        }
    }
    pairs
}

/// All that the model reads of a scope, whatever its windows.
fn reading(module: &Module, scope: usize) -> Vec<String> {
    let statements = module.scopes[scope].statements.iter().map(|&at| &module.statements[at]);
    context_texts(module, scope)
        .into_iter()
        .chain(statements.map(|statement| format!("{} {}", statement.depth, statement.text())))
        .collect()
}

/// Statements of a scope near the anchors, or that use what the written ones define; `None` where that is all of them.
fn near(module: &Module, scope: usize, anchors: &HashSet<usize>, written: &HashSet<usize>) -> Option<HashSet<usize>> {
    let statements = &module.scopes[scope].statements;
    if statements.len() <= 4 * NEAR || !statements.iter().any(|at| anchors.contains(at)) {
        return None;
    }
    let names: HashSet<&str> = statements
        .iter()
        .filter(|at| written.contains(at))
        .flat_map(|&at| module.statements[at].defines.iter().map(String::as_str))
        .collect();
    let mut focus: HashSet<usize> = HashSet::new();
    for (at, statement) in statements.iter().enumerate() {
        if anchors.contains(statement) {
            focus.extend(&statements[at.saturating_sub(NEAR)..(at + NEAR).min(statements.len())]);
        } else if module.statements[*statement].uses.iter().any(|name| names.contains(name.as_str())) {
            focus.insert(*statement);
        }
    }
    Some(focus)
}

/// Compares the scores of both sides of the pair at `at`. `scores` has before and after of every pair.
///
/// `thresholds` has one entry a class, infinite where the policy does not want the class. Findings come in source
/// order; those that the change repaired come last.
pub fn attribute(
    pair: &Pair,
    at: usize,
    scores: &[(StatementScores, StatementScores)],
    classes: &[Class],
    thresholds: &[Thresholds],
) -> Vec<Finding> {
    let (before, after) = &scores[at];
    let hashes = line_hashes(&pair.bytes);
    let mut ordinals: HashMap<(CweId, String, String), usize> = HashMap::new();
    let mut findings = Vec::new();
    for (number, row) in after.iter().enumerate() {
        let Some(row) = row else { continue };
        let Some((class, also)) = over(row, classes, thresholds) else { continue };
        let earlier = match (pair.origin[number], pair.adopted.get(&number)) {
            (Some(old), _) => before[old].as_ref(),
            (None, Some(&(from, old))) => scores[from].0[old].as_ref(),
            (None, None) => None,
        };
        let earlier = earlier.map(|row| row[class]);
        let status = match earlier {
            _ if pair.is_written(number) => Status::New,
            Some(earlier) if thresholds[class].is_crossed(earlier, row[class]) && rise(earlier, row[class]) >= RISE => {
                Status::Worsened
            }
            Some(_) => Status::Existing,
            // Its own lines are untouched, and yet it reads otherwise: an import or a name that it uses changed.
            None => Status::Worsened,
        };
        let statement = &pair.after.statements[number];
        let scope = pair.after.scopes[statement.scope].name.clone();
        let text = statement.text();
        let ordinal = ordinals.entry((classes[class].id, scope.clone(), text.clone())).or_default();
        *ordinal += 1;
        let region = match status {
            Status::New => region(&pair.after, statement, Some(&pair.changed)),
            _ => region(&pair.after, statement, None),
        };
        let cells = pair.after.cells.clone();
        let line = cells.as_ref().map_or(region, |cells| cells.in_file(region)).start_line;
        let finding = Finding {
            cwe: classes[class].id,
            also,
            path: pair.path.clone(),
            region,
            lines: (statement.start_line, statement.end_line),
            status,
            probability: row[class],
            before: earlier,
            threshold: thresholds[class].finds,
            excerpt: excerpt(&pair.after, statement),
            fingerprint: fingerprint(classes[class].id, &pair.path, &scope, &text, *ordinal),
            line_hash: hashes.get(line as usize - 1).cloned().unwrap_or_default(),
            removed: if status == Status::Worsened { removed_near(pair, statement) } else { Vec::new() },
            evidence: Vec::new(),
            cells,
            cells_before: pair.before.cells.clone(),
            scope,
            statement: text,
        };
        findings.push((number, finding));
    }
    let mut findings = without_echoes(&pair.after, findings);
    findings.extend(fixed(pair, before, after, classes, thresholds, &findings));
    findings
}

/// A weakness is told once, where it shows most: its import, the string that is built and the call that takes it all answer to
/// the same weakness. Among nearly equal ones the last is told, since a sink comes after what leads to it. What a class has in
/// nearby statements of one scope, or in an import, counts as an echo of the more probable one. What the change is to blame for is never an echo of what was there before.
fn without_echoes(module: &Module, findings: Vec<(usize, Finding)>) -> Vec<Finding> {
    let place: HashMap<usize, usize> = module
        .scopes
        .iter()
        .flat_map(|scope| scope.statements.iter().enumerate().map(|(at, &statement)| (statement, at)))
        .collect();
    let near = |a: usize, b: usize| {
        let ((a, first), (b, second)) = (&findings[a], &findings[b]);
        first.cwe == second.cwe
            && first.status.is_alarm() == second.status.is_alarm()
            && module.statements[*a].scope == module.statements[*b].scope
            && place[a].abs_diff(place[b]) <= ECHO
    };
    let mut loudest: Vec<usize> = (0..findings.len()).collect();
    loudest.sort_by(|&a, &b| findings[b].1.probability.total_cmp(&findings[a].1.probability).then(a.cmp(&b)));
    let mut kept: Vec<usize> = Vec::new();
    for &at in &loudest {
        let (number, finding) = &findings[at];
        let is_import = module.statements[*number].kind == StatementKind::Import;
        let is_echo_of = |&louder: &usize| {
            let other = &findings[louder].1;
            let same = other.cwe == finding.cwe && other.status.is_alarm() == finding.status.is_alarm();
            near(louder, at) || is_import && same
        };
        if kept.iter().any(is_echo_of) {
            continue;
        }
        let level = log_odds(finding.probability) - TIE;
        let last =
            (0..findings.len()).rfind(|&other| near(other, at) && log_odds(findings[other].1.probability) >= level);
        kept.push(last.unwrap_or(at));
    }
    findings.into_iter().enumerate().filter(|(at, _)| kept.contains(at)).map(|(_, (_, finding))| finding).collect()
}

/// What was over its threshold before and no longer is, or is gone, once each as above.
///
/// A statement that was written anew and has its weakness still is not repaired: for each weakness that is in a scope after the
/// change, and not in the same place as before, one of those that are gone from it is left out.
fn fixed(
    pair: &Pair,
    before: &StatementScores,
    after: &StatementScores,
    classes: &[Class],
    thresholds: &[Thresholds],
    found: &[Finding],
) -> Vec<Finding> {
    let successor: HashMap<usize, usize> =
        pair.origin.iter().enumerate().filter_map(|(new, old)| old.map(|old| (old, new))).collect();
    let mut findings = Vec::new();
    for (number, row) in before.iter().enumerate() {
        let Some(row) = row else { continue };
        let Some((class, also)) = over(row, classes, thresholds) else { continue };
        let still = successor
            .get(&number)
            .map(|&new| after[new].as_ref().is_none_or(|row| row[class] >= thresholds[class].finds));
        if still == Some(true) || pair.lent.contains(&number) {
            continue;
        }
        let statement = &pair.before.statements[number];
        let scope = pair.before.scopes[statement.scope].name.clone();
        let text = statement.text();
        let finding = Finding {
            cwe: classes[class].id,
            also,
            path: pair.path.clone(),
            region: region(&pair.before, statement, None),
            lines: (statement.start_line, statement.end_line),
            status: Status::Fixed,
            probability: row[class],
            before: Some(row[class]),
            threshold: thresholds[class].finds,
            excerpt: excerpt(&pair.before, statement),
            fingerprint: fingerprint(classes[class].id, &pair.path, &scope, &text, 1),
            line_hash: String::new(),
            removed: Vec::new(),
            evidence: Vec::new(),
            cells: pair.before.cells.clone(),
            cells_before: None,
            scope,
            statement: text,
        };
        findings.push((number, finding));
    }
    let mut findings = without_echoes(&pair.before, findings);
    for new in found.iter().filter(|finding| finding.status == Status::New) {
        let rewritten = |old: &Finding| old.cwe == new.cwe && old.scope == new.scope;
        if let Some(at) = findings.iter().position(rewritten) {
            findings.remove(at);
        }
    }
    findings
}

/// The class furthest over its threshold, in log-odds, and the others that are over theirs.
fn over(row: &[f32], classes: &[Class], thresholds: &[Thresholds]) -> Option<(usize, Vec<(CweId, f32)>)> {
    let mut over: Vec<usize> = (0..row.len()).filter(|&class| row[class] >= thresholds[class].finds).collect();
    let margin = |class: usize| rise(thresholds[class].finds, row[class]);
    over.sort_by(|&a, &b| margin(b).total_cmp(&margin(a)));
    let (&first, rest) = over.split_first()?;
    Some((first, rest.iter().map(|&class| (classes[class].id, row[class])).collect()))
}

/// By how much the log-odds grew.
fn rise(before: f32, after: f32) -> f32 {
    log_odds(after) - log_odds(before)
}

/// `ln(p / (1 − p))`, kept finite at both ends.
pub(crate) fn log_odds(probability: f32) -> f32 {
    let probability = probability.clamp(1e-6, 1.0 - 1e-6);
    (probability / (1.0 - probability)).ln()
}

/// The statement's place; of a written one only the part from its first to its last changed line, since code hosts show an
/// alert in a pull request only where all its lines are in the diff.
pub(crate) fn region(module: &Module, statement: &Statement, changed: Option<&BTreeSet<u32>>) -> Region {
    let lines = changed.map(|changed| changed.range(statement.start_line..=statement.end_line));
    let first = lines.clone().and_then(|mut lines| lines.next().copied()).unwrap_or(statement.start_line);
    let last = lines.and_then(|mut lines| lines.next_back().copied()).unwrap_or(statement.end_line);
    let text = &module.text;
    let start_column = if first == statement.start_line {
        let line_start = text[..statement.range.start].rfind('\n').map_or(0, |at| at + 1);
        text[line_start..statement.range.start].chars().count() as u32 + 1
    } else {
        let line = line_text(text, first);
        line.chars().take_while(|c| c.is_whitespace()).count() as u32 + 1
    };
    let end_column = if last == statement.end_line {
        let line_start = text[..statement.range.end].rfind('\n').map_or(0, |at| at + 1);
        text[line_start..statement.range.end].chars().count() as u32 + 1
    } else {
        line_text(text, last).chars().count() as u32 + 1
    };
    Region { start_line: first, start_column, end_line: last, end_column }
}

fn excerpt(module: &Module, statement: &Statement) -> Vec<ExcerptLine> {
    let last = statement.end_line.min(statement.start_line + EXCERPT_LINES - 1);
    let first = statement.start_line.saturating_sub(CONTEXT_LINES).max(1);
    // Another cell is no context that a reader has before their eyes.
    let cell = |line: u32| module.cells.as_ref().map(|cells| (cells.cell(line).0, cells.is_code(line)));
    let own = cell(statement.start_line);
    module
        .text
        .trim_end_matches('\n')
        .split('\n')
        .enumerate()
        .skip(first as usize - 1)
        .take((last + CONTEXT_LINES + 1 - first) as usize)
        .map(|(index, text)| {
            let number = index as u32 + 1;
            let in_statement = (statement.start_line..=statement.end_line).contains(&number);
            ExcerptLine { number, text: text.trim_end_matches('\r').to_owned(), in_statement }
        })
        .filter(|line| cell(line.number) == own)
        .collect()
}

fn line_text(text: &str, line: u32) -> &str {
    text.split('\n').nth(line as usize - 1).unwrap_or_default().trim_end_matches('\r')
}

/// Lines that the change took away and that the model read with the statement: from its scope, from the headers and decorators
/// around it, and what defined a name that the scope uses. What may have guarded it is among them.
fn removed_near(pair: &Pair, statement: &Statement) -> Vec<(u32, String)> {
    let scope = &pair.after.scopes[statement.scope];
    let within = |outer: &str| scope.name.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    let uses: HashSet<&str> =
        scope.statements.iter().flat_map(|&at| pair.after.statements[at].uses.iter().map(String::as_str)).collect();
    let removed = pair.diff.removed();
    let mut lines: Vec<(u32, String)> = Vec::new();
    for &at in &pair.gone {
        let old = &pair.before.statements[at];
        let place = &pair.before.scopes[old.scope];
        let is_near = place.name == scope.name
            || matches!(old.kind, StatementKind::Decorator | StatementKind::Header) && within(&place.name)
            || place.kind == ScopeKind::Module && old.defines.iter().any(|name| uses.contains(name.as_str()));
        if is_near {
            lines.extend(
                removed
                    .range(old.start_line..=old.end_line)
                    .map(|&line| (line, line_text(&pair.before.text, line).to_owned())),
            );
        }
    }
    lines.truncate(EXCERPT_LINES as usize);
    lines
}

//! The road from changed files to a verdict.

use std::collections::BTreeMap;

use crate::{
    attribute::{Attribution, Finding, Pair, Status, attribute, link_moves},
    diff::LineDiff,
    git::{ChangeKind, Changes, FileChange},
    model::{
        Bundle, ModelError, Scorer,
        scores::{Job, StatementScores, score},
    },
    path::RepoPath,
    policy::{ClassThresholds, FileKinds, PolicyError, Rules, Scanned, SeenStatement, Summary, Unscanned, Verdict},
    python::{self, Module, NoteKind},
};

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The model cannot be run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The policy that is the nearest to a file cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// Scores what changed and judges it by the rules.
pub fn scan(
    changes: Changes,
    attribution: Attribution,
    bundle: &Bundle,
    scorer: &Scorer<'_>,
    rules: &Rules<'_>,
    kinds: &FileKinds<'_>,
) -> Result<Verdict, ScanError> {
    let classes = thresholds(bundle);
    let mut read = Read::of(changes, kinds);
    let mut limits: Vec<Vec<f32>> = Vec::with_capacity(read.pairs.len());
    for pair in &read.pairs {
        let policy = rules.policies.of(&pair.path)?;
        let kinds = read.scanned.get(&pair.path).map(|file| file.kinds.clone()).unwrap_or_default();
        limits.push(policy.rules_for(&pair.path, &kinds, &classes).iter().map(|rule| rule.threshold).collect());
    }
    let touched = |pair: &Pair| if attribution == Attribution::File { pair.whole() } else { pair.touched() };
    let jobs: Vec<Job<'_>> = read
        .pairs
        .iter()
        .zip(&limits)
        .flat_map(|(pair, limits)| {
            let (before, after) = touched(pair);
            let job = |module, scopes| Job { module, thresholds: limits.clone(), scopes };
            [job(&pair.before, before), job(&pair.after, after)]
        })
        .collect();
    let mut scored = score(&jobs, bundle, scorer)?.into_iter();
    let mut scores: Vec<(StatementScores, StatementScores)> = Vec::with_capacity(read.pairs.len());
    while let (Some(before), Some(after)) = (scored.next(), scored.next()) {
        scores.push((before, after));
    }
    let mut findings: Vec<Finding> = Vec::new();
    for (at, pair) in read.pairs.iter().enumerate() {
        read.summary.statements += scores[at].1.iter().flatten().count();
        findings.extend(attribute(pair, at, &scores, &bundle.manifest.classes, &limits[at]));
        if let Some(file) = read.scanned.get_mut(&pair.path) {
            // A further before has the file's path, and nothing after it.
            file.statements.extend(seen(&pair.after, &scores[at].1));
        }
    }
    match attribution {
        Attribution::Added => findings.retain(|finding| finding.status != Status::Worsened),
        Attribution::Scope | Attribution::File | Attribution::None => {}
    }
    Ok(rules.judge(findings, &classes, &read.scanned, read.unscanned, read.summary)?)
}

/// A change as it reads as Python.
struct Read {
    pairs: Vec<Pair>,
    /// The files that are there after the change.
    scanned: BTreeMap<RepoPath, Scanned>,
    unscanned: Vec<Unscanned>,
    summary: Summary,
}

impl Read {
    fn of(changes: Changes, kinds: &FileKinds<'_>) -> Self {
        let mut summary = Summary { source: changes.source, skipped: changes.skipped, ..Summary::default() };
        let mut unscanned: Vec<Unscanned> = changes
            .unreadable
            .into_iter()
            .map(|file| Unscanned { path: file.path, lines: None, why: file.why, blocks: true, degraded: false })
            .collect();
        let mut pairs = Vec::with_capacity(changes.files.len());
        let mut scanned = BTreeMap::new();
        for mut file in changes.files {
            let role = file.kind.role().to_owned();
            let (kinds, whole) = (kinds.of(&file.path, &file.after), file.kind == ChangeKind::Whole);
            let others = std::mem::take(&mut file.others);
            let mut pair = pair(file);
            let mut further = Vec::new();
            for text in others {
                let mut other = Pair::further(pair.path.clone(), python::parse(&text, is_stub(&pair.path)));
                pair.adopt(&mut other, pairs.len() + 1 + further.len(), &text);
                further.push(other);
            }
            summary.files += 1;
            summary.scanned.push((pair.path.to_text(), role));
            summary.changed_lines += pair.changed.len();
            unscanned.extend(unread(&pair));
            let (comments, changed) = (pair.after.comments.clone(), pair.changed.clone());
            scanned.insert(pair.path.clone(), Scanned { kinds, whole, comments, changed, statements: Vec::new() });
            pairs.push(pair);
            pairs.extend(further);
        }
        pairs.extend(changes.deleted.into_iter().map(|(path, bytes)| {
            let module = python::parse(&bytes, is_stub(&path));
            Pair::deleted(path, module, &bytes)
        }));
        link_moves(&mut pairs);
        Self { pairs, scanned, unscanned, summary }
    }
}

fn seen(module: &Module, scores: &StatementScores) -> Vec<SeenStatement> {
    let statement = |(statement, row): (&python::Statement, &Option<Vec<f32>>)| SeenStatement {
        scope: module.scopes[statement.scope].name.clone(),
        text: statement.text(),
        lines: (statement.start_line, statement.end_line),
        scored: row.is_some(),
    };
    module.statements.iter().zip(scores).map(statement).collect()
}

/// The classes of a model with their operating points, as the policy wants them.
pub fn thresholds(bundle: &Bundle) -> Vec<ClassThresholds> {
    let budgets = &bundle.manifest.operating_points.budgets;
    bundle
        .manifest
        .classes
        .iter()
        .map(|class| ClassThresholds {
            id: class.id,
            members: class.members.clone(),
            budgets: budgets.clone(),
            thresholds: class.thresholds.clone(),
        })
        .collect()
}

fn pair(file: FileChange) -> Pair {
    let stub = is_stub(&file.path);
    let before = file.before.unwrap_or_default();
    let diff = match file.kind {
        ChangeKind::Added | ChangeKind::Whole => LineDiff::added(&file.after),
        _ => LineDiff::between(&before, &file.after),
    };
    let after = python::parse(&file.after, stub);
    let before = if before.is_empty() { Module::default() } else { python::parse(&before, stub) };
    Pair::new(file.path, before, after, file.after, diff)
}

fn is_stub(path: &RepoPath) -> bool {
    path.as_bytes().ends_with(b".pyi")
}

/// Changed lines that could not be read at all, which is for the policy to decide on, and those that were read as well as
/// they could be, which is only told.
fn unread(pair: &Pair) -> Vec<Unscanned> {
    let changed = &pair.changed;
    let mut unscanned: Vec<Unscanned> = Vec::new();
    for &(first, last) in &pair.after.lost {
        if changed.range(first..=last).next().is_some() {
            unscanned.push(Unscanned {
                path: pair.path.clone(),
                lines: Some((first, last)),
                why: "these lines do not read as Python (a string that never ends?)".to_owned(),
                blocks: true,
                degraded: false,
            });
        }
    }
    for note in &pair.after.notes {
        let covered = unscanned.iter().any(|known| known.lines.is_some_and(|(a, b)| (a..=b).contains(&note.line)));
        let told = match note.kind {
            NoteKind::Syntax => changed.contains(&note.line) && !covered,
            NoteKind::Python2 | NoteKind::Encoding => !changed.is_empty(),
        };
        if told {
            unscanned.push(Unscanned {
                path: pair.path.clone(),
                lines: Some((note.line, note.line)),
                why: note.message.clone(),
                blocks: false,
                degraded: true,
            });
        }
    }
    unscanned
}

//! The road from changed files to a verdict.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    attribute::{Pair, attribute, link_moves},
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
    bundle: &Bundle,
    scorer: &Scorer<'_>,
    rules: &Rules<'_>,
    kinds: &FileKinds<'_>,
) -> Result<Verdict, ScanError> {
    let mut summary = Summary { source: changes.source, skipped: changes.skipped, ..Summary::default() };
    let mut unscanned: Vec<Unscanned> = changes
        .unreadable
        .into_iter()
        .map(|file| Unscanned { path: file.path, lines: None, why: file.why, blocks: true, degraded: false })
        .collect();
    let mut pairs = Vec::with_capacity(changes.files.len());
    let mut scanned: BTreeMap<RepoPath, Scanned> = BTreeMap::new();
    for file in changes.files {
        let role = file.kind.role().to_owned();
        let (kinds, whole) = (kinds.of(&file.path, &file.after), file.kind == ChangeKind::Whole);
        let pair = pair(file);
        let changed = pair.diff.changed();
        summary.scanned.push((pair.path.to_text(), role));
        summary.changed_lines += changed.len();
        unscanned.extend(unread(&pair, &changed));
        let comments = pair.after.comments.clone();
        scanned.insert(pair.path.clone(), Scanned { kinds, whole, comments, changed, statements: Vec::new() });
        pairs.push(pair);
    }
    summary.files = pairs.len();
    pairs.extend(changes.deleted.into_iter().map(|(path, bytes)| {
        let stub = path.as_bytes().ends_with(b".pyi");
        let module = python::parse(&bytes, stub);
        Pair::deleted(path, module, &bytes)
    }));
    link_moves(&mut pairs);

    let classes = thresholds(bundle);
    let mut limits: Vec<Vec<f32>> = Vec::with_capacity(pairs.len());
    for pair in &pairs {
        let policy = rules.policies.of(&pair.path)?;
        let kinds = scanned.get(&pair.path).map(|file| file.kinds.clone()).unwrap_or_default();
        limits.push(policy.rules_for(&pair.path, &kinds, &classes).iter().map(|rule| rule.threshold).collect());
    }
    let touched: Vec<_> = pairs.iter().map(Pair::touched).collect();
    let jobs: Vec<Job<'_>> = pairs
        .iter()
        .zip(touched)
        .zip(&limits)
        .flat_map(|((pair, (before, after)), limits)| {
            let job = |module, scopes| Job { module, thresholds: limits.clone(), scopes };
            [job(&pair.before, before), job(&pair.after, after)]
        })
        .collect();
    let mut scored = score(&jobs, bundle, scorer)?.into_iter();
    let mut scores: Vec<(StatementScores, StatementScores)> = Vec::with_capacity(pairs.len());
    while let (Some(before), Some(after)) = (scored.next(), scored.next()) {
        scores.push((before, after));
    }
    let mut findings = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        summary.statements += scores[at].1.iter().flatten().count();
        findings.extend(attribute(pair, at, &scores, &bundle.manifest.classes, &limits[at]));
        if let Some(file) = scanned.get_mut(&pair.path) {
            file.statements = seen(&pair.after, &scores[at].1);
        }
    }
    Ok(rules.judge(findings, &classes, &scanned, unscanned, summary)?)
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
    let stub = file.path.as_bytes().ends_with(b".pyi");
    let before = file.before.unwrap_or_default();
    let diff = match file.kind {
        ChangeKind::Added | ChangeKind::Whole => LineDiff::added(&file.after),
        _ => LineDiff::between(&before, &file.after),
    };
    let after = python::parse(&file.after, stub);
    let before = if before.is_empty() { Module::default() } else { python::parse(&before, stub) };
    Pair::new(file.path, before, after, file.after, diff)
}

/// Changed lines that could not be read at all, which is for the policy to decide on, and those that were read as well as
/// they could be, which is only told.
fn unread(pair: &Pair, changed: &BTreeSet<u32>) -> Vec<Unscanned> {
    let mut unscanned = Vec::new();
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

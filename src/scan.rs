//! The road from changed files to a verdict.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    attribute::{Finding, Pair, Touched, attribute, link_moves},
    diff::{FileDiff, LineDiff},
    evidence::{self, Question},
    git::{ChangeKind, Changes, FileChange},
    model::{
        Bundle, ModelError, Scorer,
        scores::{Job, StatementScores, score},
    },
    path::RepoPath,
    policy::{Action, ClassThresholds, Judged, Policy, Summary, Unscanned, Verdict},
    python::{self, Module, NoteKind},
};

/// Scores what changed and judges it by the policy.
pub fn scan(changes: Changes, bundle: &Bundle, scorer: &Scorer<'_>, policy: &Policy) -> Result<Verdict, ModelError> {
    Ok(judged(changes, bundle, scorer, policy)?.0)
}

/// The same, and for what is reported also why: the evidence of each finding, and the diff that it is in.
pub fn scan_with_evidence(
    changes: Changes,
    bundle: &Bundle,
    scorer: &Scorer<'_>,
    policy: &Policy,
) -> Result<Verdict, ModelError> {
    let is_change = changes.files.iter().any(|file| file.kind != ChangeKind::Whole);
    let (mut verdict, files) = judged(changes, bundle, scorer, policy)?;
    let files: HashMap<RepoPath, &(Pair, Touched)> = files.iter().map(|file| (file.0.path.clone(), file)).collect();
    let mut questions = Vec::new();
    for Judged { finding, action, .. } in &mut verdict.findings {
        if let Some((pair, scopes)) = files.get(&finding.path).filter(|_| is_asked(finding, *action)) {
            questions.push(Question { finding, module: &pair.after, scopes });
        }
    }
    evidence::gather(questions, bundle, scorer)?;
    verdict.summary.diffs = diffs(&verdict, &files, is_change);
    Ok(verdict)
}

/// Whether people want to know more about a finding: what was there before and does not block is none of this change's business.
fn is_asked(finding: &Finding, action: Action) -> bool {
    finding.status.is_alarm() || action == Action::Block
}

/// The diffs of files with findings that people want to know more about.
fn diffs(verdict: &Verdict, files: &HashMap<RepoPath, &(Pair, Touched)>, is_change: bool) -> Vec<FileDiff> {
    let mut wanted: BTreeMap<&RepoPath, BTreeSet<u32>> = BTreeMap::new();
    for Judged { finding, action, .. } in &verdict.findings {
        if is_asked(finding, *action) {
            let regions = finding.evidence.iter().map(|evidence| evidence.region).chain([finding.region]);
            wanted
                .entry(&finding.path)
                .or_default()
                .extend(regions.flat_map(|region| region.start_line..=region.end_line));
        }
    }
    let diff = |(path, lines): (&RepoPath, BTreeSet<u32>)| {
        let (pair, _) = files.get(path)?;
        let hunks = pair.diff.stretches(&pair.before.text, &pair.after.text, &lines, is_change);
        Some(FileDiff { path: path.clone(), hunks })
    };
    wanted.into_iter().filter_map(diff).collect()
}

/// The verdict, and the files that are there after the change with the scopes that were scored.
fn judged(
    changes: Changes,
    bundle: &Bundle,
    scorer: &Scorer<'_>,
    policy: &Policy,
) -> Result<(Verdict, Vec<(Pair, Touched)>), ModelError> {
    let mut summary = Summary { source: changes.source, skipped: changes.skipped, ..Summary::default() };
    let mut unscanned: Vec<Unscanned> = changes
        .unreadable
        .into_iter()
        .map(|file| Unscanned { path: file.path, lines: None, why: file.why, blocks: true, degraded: false })
        .collect();
    let mut pairs = Vec::with_capacity(changes.files.len());
    for file in changes.files {
        let role = file.kind.role().to_owned();
        let pair = pair(file);
        let changed = pair.diff.changed();
        summary.scanned.push((pair.path.to_text(), role));
        summary.changed_lines += changed.len();
        unscanned.extend(unread(&pair, &changed));
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
    let limits: Vec<Vec<f32>> = pairs
        .iter()
        .map(|pair| policy.rules_for(&pair.path, &classes).iter().map(|rule| rule.threshold).collect())
        .collect();
    let touched: Vec<_> = pairs.iter().map(Pair::touched).collect();
    let jobs: Vec<Job<'_>> = pairs
        .iter()
        .zip(&touched)
        .zip(&limits)
        .flat_map(|((pair, (before, after)), limits)| {
            let job = |module, scopes: &Touched| Job { module, thresholds: limits.clone(), scopes: scopes.clone() };
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
    }
    let verdict = policy.judge(findings, &classes, unscanned, summary);
    let files = pairs.into_iter().zip(touched).take(verdict.summary.files);
    Ok((verdict, files.map(|(pair, (_, after))| (pair, after)).collect()))
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

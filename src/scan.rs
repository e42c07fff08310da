//! The road from changed files to a verdict.

use crate::{
    attribute::{Attribution, Finding, Pair, Status, attribute, link_moves},
    diff::LineDiff,
    git::{ChangeKind, Changes, FileChange},
    model::{
        Bundle, ModelError, Scorer,
        scores::{Job, StatementScores, score},
    },
    path::RepoPath,
    policy::{ClassThresholds, Policy, Summary, Unscanned, Verdict},
    python::{self, Module, NoteKind},
};

/// Scores what changed and judges it by the policy.
///
/// Several changes, as a push of several refs has them, are judged by themselves and reported together.
pub fn scan(
    changes: Vec<Changes>,
    attribution: Attribution,
    bundle: &Bundle,
    scorer: &Scorer<'_>,
    policy: &Policy,
) -> Result<Verdict, ModelError> {
    let classes = thresholds(bundle);
    let mut summary = Summary::default();
    let mut unscanned: Vec<Unscanned> = Vec::new();
    let mut findings: Vec<Finding> = Vec::new();
    let sources: Vec<String> = changes.iter().map(|change| change.source.clone()).collect();
    for change in changes {
        for (kind, count) in &change.skipped {
            *summary.skipped.entry(kind.clone()).or_default() += count;
        }
        let (pairs, unread) = pairs(change, &mut summary);
        unscanned.extend(unread.into_iter().filter(|item| !unscanned.contains(item)).collect::<Vec<_>>());
        let found = judge_pairs(&pairs, attribution, &classes, bundle, scorer, policy, &mut summary)?;
        findings.extend(found.into_iter().filter(|finding| !findings.contains(finding)).collect::<Vec<_>>());
    }
    summary.source = sources.join("; ");
    match attribution {
        Attribution::Added => findings.retain(|finding| finding.status != Status::Worsened),
        Attribution::Scope | Attribution::File | Attribution::None => {}
    }
    Ok(policy.judge(findings, &classes, unscanned, summary))
}

/// The files of one change before and after, and what could not be read.
fn pairs(changes: Changes, summary: &mut Summary) -> (Vec<Pair>, Vec<Unscanned>) {
    let mut unscanned: Vec<Unscanned> = changes
        .unreadable
        .into_iter()
        .map(|file| Unscanned { path: file.path, lines: None, why: file.why, blocks: true, degraded: false })
        .collect();
    let mut pairs = Vec::with_capacity(changes.files.len());
    for mut file in changes.files {
        let role = file.kind.role().to_owned();
        let others = std::mem::take(&mut file.others);
        let mut pair = pair(file);
        let mut further = Vec::new();
        for text in others {
            let mut other = Pair::further(pair.path.clone(), python::parse(&text, is_stub(&pair.path)));
            pair.adopt(&mut other, pairs.len() + 1 + further.len(), &text);
            further.push(other);
        }
        summary.scanned.push((pair.path.to_text(), role));
        summary.changed_lines += pair.changed.len();
        unscanned.extend(unread(&pair));
        pairs.push(pair);
        summary.files += 1;
        pairs.extend(further);
    }
    pairs.extend(changes.deleted.into_iter().map(|(path, bytes)| {
        let module = python::parse(&bytes, is_stub(&path));
        Pair::deleted(path, module, &bytes)
    }));
    link_moves(&mut pairs);
    (pairs, unscanned)
}

fn judge_pairs(
    pairs: &[Pair],
    attribution: Attribution,
    classes: &[ClassThresholds],
    bundle: &Bundle,
    scorer: &Scorer<'_>,
    policy: &Policy,
    summary: &mut Summary,
) -> Result<Vec<Finding>, ModelError> {
    let limits: Vec<Vec<f32>> = pairs
        .iter()
        .map(|pair| policy.rules_for(&pair.path, classes).iter().map(|rule| rule.threshold).collect())
        .collect();
    let touched = |pair: &Pair| if attribution == Attribution::File { pair.whole() } else { pair.touched() };
    let jobs: Vec<Job<'_>> = pairs
        .iter()
        .zip(&limits)
        .flat_map(|(pair, limits)| {
            let (before, after) = touched(pair);
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
    }
    Ok(findings)
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

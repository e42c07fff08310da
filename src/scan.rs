//! The road from changed files to a verdict.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    attribute::{Attribution, Finding, Pair, Status, Touched, attribute, link_moves},
    diff::{FileDiff, LineDiff},
    evidence::{self, Question},
    git::{ChangeKind, Changes, FileChange, Limit},
    model::{
        Bundle, ModelError, Scorer,
        scores::{Job, StatementScores, Thresholds, score},
    },
    notebook::{self, NotebookError, WhyLeftOut},
    path::RepoPath,
    policy::{
        Action, ClassThresholds, FileKinds, Judged, PolicyError, Rule, Rules, Scanned, SeenStatement, Summary,
        Unscanned, Verdict,
    },
    python::{self, Comment, Module, NoteKind},
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

/// What a change is scored and judged by.
pub struct Scan<'a> {
    /// Which findings count.
    pub attribution: Attribution,
    /// The model.
    pub bundle: &'a Bundle,
    /// What runs it.
    pub scorer: &'a Scorer<'a>,
    /// By what findings are judged.
    pub rules: &'a Rules<'a>,
    /// What tells the kinds of files.
    pub kinds: &'a FileKinds<'a>,
    /// Whether to tell of what is reported also why: the evidence of each finding, and the diff that it is in.
    pub evidence: bool,
    /// The files whose findings are wanted, where not all are; what others change is looked at for what moved.
    pub only: Option<&'a BTreeSet<RepoPath>>,
}

impl Scan<'_> {
    /// Scores what changed and judges it by the rules.
    pub fn verdict(&self, changes: Changes) -> Result<Verdict, ScanError> {
        let is_change = changes.files.iter().any(|file| file.kind != ChangeKind::Whole);
        let (mut verdict, files) = self.judged(changes)?;
        if !self.evidence {
            return Ok(verdict);
        }
        let asked = verdict.findings.iter_mut().filter(|judged| is_asked(&judged.finding, judged.action));
        files.gather_evidence(asked.map(|judged| &mut judged.finding), self.bundle, self.scorer)?;
        verdict.summary.diffs = diffs(&verdict, &files, is_change);
        Ok(verdict)
    }

    /// The verdict without evidence, and the files, which can still be asked for it.
    pub fn judged(&self, changes: Changes) -> Result<(Verdict, Files), ScanError> {
        let classes = thresholds(self.bundle);
        let mut read = Change::of(changes, self.kinds, &|path| self.rules.policies.max_file_size(path));
        let mut limits: Vec<Vec<Thresholds>> = Vec::with_capacity(read.pairs.len());
        for pair in &read.pairs {
            let policy = self.rules.policies.of(&pair.path)?;
            let kinds = read.scanned.get(&pair.path).map(|file| file.kinds.clone()).unwrap_or_default();
            limits.push(policy.rules_for(&pair.path, &kinds, &classes).iter().map(limit).collect());
        }
        let touched = |pair: &Pair| match self.only {
            Some(only) if !only.contains(&pair.path) => pair.lent(),
            _ if self.attribution == Attribution::File => pair.whole(),
            _ => pair.touched(),
        };
        let touched: Vec<_> = read.pairs.iter().map(touched).collect();
        let jobs: Vec<Job<'_>> = read
            .pairs
            .iter()
            .zip(&touched)
            .zip(&limits)
            .flat_map(|((pair, (before, after)), limits)| {
                let job = |module, scopes: &Touched| Job { module, thresholds: limits.clone(), scopes: scopes.clone() };
                [job(&pair.before, before), job(&pair.after, after)]
            })
            .collect();
        let mut scored = score(&jobs, self.bundle, self.scorer)?.into_iter();
        let mut scores: Vec<(StatementScores, StatementScores)> = Vec::with_capacity(read.pairs.len());
        while let (Some(before), Some(after)) = (scored.next(), scored.next()) {
            scores.push((before, after));
        }
        let mut findings: Vec<Finding> = Vec::new();
        for (at, pair) in read.pairs.iter().enumerate() {
            read.summary.statements += scores[at].1.iter().flatten().count();
            findings.extend(attribute(pair, at, &scores, &self.bundle.manifest.classes, &limits[at]));
            if let Some(file) = read.scanned.get_mut(&pair.path) {
                // A further before has the file's path, and nothing after it.
                file.statements.extend(seen(&pair.after, &scores[at].1));
            }
        }
        match self.attribution {
            Attribution::Added => findings.retain(|finding| finding.status != Status::Worsened),
            Attribution::Scope | Attribution::File | Attribution::None => {}
        }
        let verdict = self.rules.judge(findings, &classes, &read.scanned, read.unscanned, read.summary)?;
        let mut files = Files::default();
        for (pair, (_, after)) in read.pairs.into_iter().zip(touched) {
            // A further before comes behind the file itself, and has its path.
            files.0.entry(pair.path.clone()).or_insert((pair, after));
        }
        Ok((verdict, files))
    }
}

/// What a rule says of probabilities.
fn limit(rule: &Rule) -> Thresholds {
    let blocks = if rule.action == Action::Block { rule.block_threshold } else { f32::INFINITY };
    Thresholds { finds: rule.threshold, blocks }
}

/// Whether people want to know more about a finding: what was there before and does not block is none of this change's
/// business, and what is suppressed is settled.
fn is_asked(finding: &Finding, action: Action) -> bool {
    match action {
        Action::Off => false,
        Action::Warn => finding.status.is_alarm(),
        Action::Block => true,
    }
}

/// The files after a change, with the scopes that were scored.
#[derive(Default)]
pub struct Files(HashMap<RepoPath, (Pair, Touched)>);

impl Files {
    /// The comments of a file, in order.
    pub fn comments(&self, path: &RepoPath) -> &[Comment] {
        self.0.get(path).map_or(&[], |(pair, _)| &pair.after.comments)
    }

    /// Fills in what findings in these files hang on, the most important first.
    pub fn gather_evidence<'f>(
        &self,
        findings: impl Iterator<Item = &'f mut Finding>,
        bundle: &Bundle,
        scorer: &Scorer<'_>,
    ) -> Result<(), ModelError> {
        let question = |finding: &'f mut Finding| {
            let (pair, scopes) = self.0.get(&finding.path)?;
            Some(Question { finding, module: &pair.after, scopes })
        };
        evidence::gather(findings.filter_map(question).collect(), bundle, scorer)
    }
}

/// The diffs of files with findings that people want to know more about.
fn diffs(verdict: &Verdict, files: &Files, is_change: bool) -> Vec<FileDiff> {
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
        let (pair, _) = files.0.get(path)?;
        let hunks = pair.diff.stretches(&pair.before.text, &pair.after.text, &lines, is_change);
        Some(FileDiff { path: path.clone(), hunks })
    };
    wanted.into_iter().filter_map(diff).collect()
}

/// A change as it reads as Python.
struct Change {
    pairs: Vec<Pair>,
    /// The files that are there after the change.
    scanned: BTreeMap<RepoPath, Scanned>,
    unscanned: Vec<Unscanned>,
    summary: Summary,
}

impl Change {
    fn of(changes: Changes, kinds: &FileKinds<'_>, limit: Limit<'_>) -> Self {
        let mut summary = Summary { source: changes.source, skipped: changes.skipped, ..Summary::default() };
        let whole = |path, why| Unscanned { path, lines: None, why, blocks: true, degraded: false };
        let mut unscanned: Vec<Unscanned> =
            changes.unreadable.into_iter().map(|file| whole(file.path, file.why)).collect();
        let mut pairs = Vec::with_capacity(changes.files.len());
        let mut scanned = BTreeMap::new();
        for mut file in changes.files {
            let after = match read_file(&file.path, &file.after, limit(&file.path)) {
                Ok(after) => after,
                Err(NotebookError::Language(_)) => {
                    *summary.skipped.entry("notebook in another language".to_owned()).or_default() += 1;
                    continue;
                }
                Err(error) => {
                    unscanned.push(whole(file.path, error.to_string()));
                    continue;
                }
            };
            let role = file.kind.role().to_owned();
            let (kinds, whole) = (kinds.of(&file.path, &file.after), file.kind == ChangeKind::Whole);
            let others = std::mem::take(&mut file.others);
            let mut pair = pair(file, after);
            let mut further = Vec::new();
            for text in others {
                let Ok(module) = read_file(&pair.path, &text, limit(&pair.path)) else { continue };
                let mut other = Pair::further(pair.path.clone(), module);
                pair.adopt(&mut other, pairs.len() + 1 + further.len(), &text);
                further.push(other);
            }
            summary.files += 1;
            summary.scanned.push((pair.path.clone(), role));
            summary.changed_lines += pair.changed.len();
            unscanned.extend(unread(&pair));
            unscanned.extend(left_out(&pair, &further));
            let (comments, changed) = (pair.after.comments.clone(), pair.changed.clone());
            let (cells, statements) = (pair.after.cells.clone(), Vec::new());
            scanned.insert(pair.path.clone(), Scanned { kinds, whole, comments, changed, cells, statements });
            pairs.push(pair);
            pairs.extend(further);
        }
        pairs.extend(changes.deleted.into_iter().filter_map(|(path, bytes)| {
            let module = read_file(&path, &bytes, limit(&path)).ok()?;
            Some(Pair::deleted(path, module, &bytes))
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

/// Reads a file as Python, whatever kind of file it is.
///
/// # Errors
/// If it is a notebook that is broken, or in another language.
pub fn read(path: &RepoPath, bytes: &[u8]) -> Result<Module, NotebookError> {
    if path.is_notebook() { notebook::parse(bytes) } else { Ok(python::parse(bytes, is_stub(path))) }
}

/// Reads a file as above, if its code has no more than so many bytes. Of other files than notebooks that is known before.
fn read_file(path: &RepoPath, bytes: &[u8], max_size: u64) -> Result<Module, NotebookError> {
    let module = read(path, bytes)?;
    let size = module.text.len() as u64;
    if module.cells.is_some() && size > max_size { Err(NotebookError::TooLarge(size, max_size)) } else { Ok(module) }
}

fn pair(file: FileChange, after: Module) -> Pair {
    let bytes_before = file.before.unwrap_or_default();
    // What does not read cannot be told apart from what is new.
    let before = if bytes_before.is_empty() { None } else { read(&file.path, &bytes_before).ok() };
    let diff = match (&before, file.kind) {
        (None, _) | (_, ChangeKind::Added | ChangeKind::Whole) => LineDiff::added(after.compared(&file.after)),
        (Some(before), _) => LineDiff::between(before.compared(&bytes_before), after.compared(&file.after)),
    };
    Pair::new(file.path, before.unwrap_or_default(), after, file.after, diff)
}

fn is_stub(path: &RepoPath) -> bool {
    path.as_bytes().ends_with(b".pyi")
}

/// Changed lines that could not be read at all, which is for the policy to decide on, and those that were read as well as
/// they could be, which is only told.
fn unread(pair: &Pair) -> Vec<Unscanned> {
    let changed = &pair.changed;
    // Told as lines of the file, and in a notebook as lines of a cell as well.
    let told = |unscanned: Unscanned| match (&pair.after.cells, unscanned.lines) {
        (Some(cells), Some((first, last))) => Unscanned {
            lines: Some((cells.line_in_file(first), cells.line_in_file(last))),
            why: format!("{}: {}", cells.name(first), unscanned.why),
            ..unscanned
        },
        _ => unscanned,
    };
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
        let is_told = match note.kind {
            NoteKind::Syntax => changed.contains(&note.line) && !covered,
            NoteKind::Python2 | NoteKind::Encoding => !changed.is_empty(),
        };
        if is_told {
            unscanned.push(Unscanned {
                path: pair.path.clone(),
                lines: Some((note.line, note.line)),
                why: note.message.clone(),
                blocks: false,
                degraded: true,
            });
        }
    }
    unscanned.into_iter().map(told).collect()
}

/// Cells of a notebook that were not read, unless they were there before just so.
fn left_out(pair: &Pair, further: &[Pair]) -> Vec<Unscanned> {
    let Some(cells) = &pair.after.cells else { return Vec::new() };
    let befores = std::iter::once(pair).chain(further).filter_map(|pair| pair.before.cells.as_ref());
    let mut known: Vec<_> = befores.flat_map(|cells| cells.left_out()).map(|cell| &cell.text).collect();
    let mut unscanned = Vec::new();
    for cell in cells.left_out() {
        if let Some(at) = known.iter().position(|text| **text == cell.text) {
            known.swap_remove(at);
            continue;
        }
        let (why, blocks) = match &cell.why {
            WhyLeftOut::Magic(magic) => (format!("`{magic}` makes it another language, so it was passed over"), false),
            WhyLeftOut::Open => ("a bracket, a string or a line in it does not end".to_owned(), true),
        };
        let why = format!("cell {}: {why}", cell.cell);
        let (path, lines) = (pair.path.clone(), Some(cell.lines));
        unscanned.push(Unscanned { path, lines, why, blocks, degraded: !blocks });
    }
    unscanned
}

//! The baseline: findings that were there when the gate was adopted, or were accepted since.
//!
//! An entry is a weakness, a file, a scope and a normalised statement, with the number of the copy; no line, no date, no text of
//! the code. The entries are a set, sorted, one a line and each line with a comma behind it, so that two branches rarely touch
//! the same line and the union of both files is a baseline.
//!
//! Covering neither resurfaces nor swallows: so many findings are covered in a place as the baseline has copies there, those
//! that were there before the change first, and copies that the scan did not look at are counted in. What has left its place
//! (its file is gone, or was read and no longer has the statement) covers an equal statement elsewhere: it moved.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Level, Notice, Scanned};
use crate::{
    attribute::{Finding, Status},
    cwe::CweId,
    fingerprint::first_digits,
    path::RepoPath,
    terminal::plural,
};

/// The baseline's file, at the top of the repository.
pub const BASELINE: &str = "cwegate-baseline.json";

const SCHEMA: &str = "cwegate-baseline/1";

/// One accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineEntry {
    /// The file, as text.
    pub path: String,
    /// The scope's name.
    pub scope: String,
    /// The class that is reported.
    pub cwe: CweId,
    /// SHA-256 over the statement's canonical text, the first 32 hexadecimal digits. A statement may hold a secret.
    pub statement: String,
    /// Numbers equal findings, from 1.
    pub copy: u32,
}

/// A baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeSet<BaselineEntry>,
    /// Where each entry stands in the text that was read, from 1.
    lines: HashMap<BaselineEntry, u32>,
}

/// A text that is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{BASELINE}:{line}:{column}: this is not a baseline: {what}; restore the file, or write it anew with `cwegate baseline update`"
)]
pub struct BaselineError {
    /// 1-based line.
    pub line: usize,
    /// 1-based column.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    findings: Vec<Option<BaselineEntry>>,
}

/// What equal findings of one place have in common.
type Place<'a> = (&'a str, &'a str, CweId, &'a str);
/// What they keep when they move.
type Moving<'a> = (CweId, &'a str);

impl BaselineEntry {
    fn place(&self) -> Place<'_> {
        (&self.path, &self.scope, self.cwe, &self.statement)
    }
}

impl Baseline {
    /// The baseline of findings.
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let mut copies: HashMap<(String, String, CweId, String), u32> = HashMap::new();
        let entry = |finding: &Finding| {
            let (path, scope, statement) = (finding.path.to_text(), finding.scope.clone(), hash(&finding.statement));
            let copy = copies.entry((path.clone(), scope.clone(), finding.cwe, statement.clone())).or_default();
            *copy += 1;
            BaselineEntry { path, scope, cwe: finding.cwe, statement, copy: *copy }
        };
        Self { entries: findings.into_iter().map(entry).collect(), lines: HashMap::new() }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// If the text is none.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let wrong = |line, column, what: String| BaselineError { line, column, what };
        let document: Document = serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or_default().to_owned();
            wrong(error.line(), error.column(), what)
        })?;
        if document.schema != SCHEMA {
            return Err(wrong(1, 1, format!("its schema is `{}` and not `{SCHEMA}`", document.schema)));
        }
        let lines = (1..).zip(text.lines()).filter_map(|(number, line)| {
            let entry = serde_json::from_str(line.trim().trim_end_matches(',')).ok()?;
            Some((entry, number))
        });
        Ok(Self { lines: lines.collect(), entries: document.findings.into_iter().flatten().collect() })
    }

    /// The file's text. Equal baselines have equal texts.
    pub fn to_text(&self) -> String {
        let mut text = format!("{{\"schema\": \"{SCHEMA}\", \"findings\": [\n");
        for entry in &self.entries {
            let quoted = |text: &str| serde_json::Value::from(text).to_string();
            let _ = writeln!(
                text,
                "{{\"path\": {}, \"scope\": {}, \"cwe\": \"{}\", \"statement\": \"{}\", \"copy\": {}}},",
                quoted(&entry.path),
                quoted(&entry.scope),
                entry.cwe,
                entry.statement,
                entry.copy
            );
        }
        // So that every entry has its comma, and lines of two files can stand in one.
        text.push_str("null\n]}\n");
        text
    }

    /// What is in one of them or in both.
    pub fn merge(&self, other: &Self) -> Self {
        Self { entries: self.entries.union(&other.entries).cloned().collect(), lines: HashMap::new() }
    }

    /// The entries in the order of the file.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &BaselineEntry> {
        self.entries.iter()
    }

    /// The entries of a file.
    pub fn of_file(&self, path: &RepoPath) -> Self {
        let path = path.to_text();
        let entries = self.entries.iter().filter(|entry| entry.path == path).cloned().collect();
        Self { entries, lines: HashMap::new() }
    }

    /// How many of the entries another one does not have.
    pub fn missing_in(&self, other: &Self) -> usize {
        self.entries.difference(&other.entries).count()
    }

    /// For each finding the place of the entry that covers it, and how many entries have nothing left to cover.
    pub(super) fn cover(
        &self,
        findings: &[&Finding],
        scanned: &BTreeMap<RepoPath, Scanned>,
        exists: &dyn Fn(&RepoPath) -> bool,
    ) -> (Vec<Option<String>>, usize) {
        let mut covered: Vec<Option<String>> = vec![None; findings.len()];
        if self.entries.is_empty() {
            return (covered, 0);
        }
        let hashes: Vec<(String, String)> =
            findings.iter().map(|finding| (finding.path.to_text(), hash(&finding.statement))).collect();
        let census = Census::of(scanned);
        let mut here: BTreeMap<Place<'_>, Vec<&BaselineEntry>> = BTreeMap::new();
        for entry in self.entries.iter().rev() {
            here.entry(entry.place()).or_default().push(entry);
        }

        // What was there before the change first: the copy that a change adds is the one too many.
        let mut order: Vec<usize> = (0..findings.len()).collect();
        order.sort_by_key(|&at| findings[at].status == Status::New);
        for &at in &order {
            let (path, statement) = &hashes[at];
            let place = (path.as_str(), findings[at].scope.as_str(), findings[at].cwe, statement.as_str());
            let Some(entries) = here.get_mut(&place) else { continue };
            let unseen = if findings[at].status == Status::New { census.unscored(&place) } else { 0 };
            if entries.len() > unseen
                && let Some(entry) = entries.pop()
            {
                covered[at] = Some(self.place_of(entry));
            }
        }

        // Of what is left that which is no longer in its place.
        let mut moved: BTreeMap<Moving<'_>, Vec<&BaselineEntry>> = BTreeMap::new();
        for (place, mut entries) in here {
            let path = RepoPath::from(place.0);
            let still = match census.present(&place) {
                Some(present) => present.saturating_sub(self.copies(&place) - entries.len()),
                None if exists(&path) => continue,
                None => 0,
            };
            entries.truncate(entries.len().saturating_sub(still));
            moved.entry((place.2, place.3)).or_default().extend(entries);
        }
        for same_file in [true, false] {
            for &at in order.iter().filter(|&&at| covered[at].is_none()).collect::<Vec<_>>() {
                let (path, statement) = &hashes[at];
                let Some(entries) = moved.get_mut(&(findings[at].cwe, statement.as_str())) else { continue };
                let found = entries.iter().position(|entry| !same_file || entry.path == *path);
                covered[at] = found.map(|found| self.place_of(entries.remove(found)));
            }
        }
        (covered, moved.values().map(Vec::len).sum())
    }

    fn copies(&self, place: &Place<'_>) -> usize {
        self.entries.iter().filter(|entry| entry.place() == *place).count()
    }

    fn place_of(&self, entry: &BaselineEntry) -> String {
        self.lines.get(entry).map_or_else(|| BASELINE.to_owned(), |line| format!("{BASELINE}:{line}"))
    }

    /// What a change would make of this baseline.
    pub(super) fn difference(&self, own: &Self) -> Option<Notice> {
        let (added, removed) = (own.missing_in(self), self.missing_in(own));
        (added + removed > 0).then(|| Notice {
            level: Level::Warning,
            place: None,
            text: format!(
                "this change adds {} to {BASELINE} and removes {removed}; this counts once it is merged",
                plural(added, "entry", "entries")
            ),
        })
    }
}

/// The statements of all scanned files, counted.
struct Census {
    scanned: BTreeSet<String>,
    /// By path, scope and statement: all of them, and those that were not scored.
    counts: HashMap<(String, String, String), (usize, usize)>,
}

impl Census {
    fn of(scanned: &BTreeMap<RepoPath, Scanned>) -> Self {
        let mut counts: HashMap<(String, String, String), (usize, usize)> = HashMap::new();
        for (path, file) in scanned {
            for seen in &file.statements {
                let slot = counts.entry((path.to_text(), seen.scope.clone(), hash(&seen.text))).or_default();
                slot.0 += 1;
                slot.1 += usize::from(!seen.scored);
            }
        }
        Self { scanned: scanned.keys().map(RepoPath::to_text).collect(), counts }
    }

    fn count(&self, (path, scope, _, statement): &Place<'_>) -> (usize, usize) {
        let key = ((*path).to_owned(), (*scope).to_owned(), (*statement).to_owned());
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// Equal statements there that were not scored.
    fn unscored(&self, place: &Place<'_>) -> usize {
        self.count(place).1
    }

    /// Equal statements there; `None` if the file was not scanned.
    fn present(&self, place: &Place<'_>) -> Option<usize> {
        self.scanned.contains(place.0).then(|| self.count(place).0)
    }
}

fn hash(statement: &str) -> String {
    first_digits(Sha256::new_with_prefix(statement))
}

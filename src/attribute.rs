//! Scores before and after a change → findings with a status.

use serde::Serialize;

use crate::{cwe::CweId, path::RepoPath};

/// What the change did to a weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The statement was added or changed.
    New,
    /// The statement is untouched, and rose over the threshold because something near it changed.
    Worsened,
    /// The statement was over the threshold before the change as well.
    Existing,
    /// The statement was over the threshold before the change and is gone or no longer is.
    Fixed,
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
    /// The statement's place in the file after the change (before it, where the finding is fixed).
    pub region: Region,
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
}

fn as_text<S: serde::Serializer>(path: &RepoPath, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_text())
}

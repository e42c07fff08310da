//! Labelled records: what an evaluation is held against.

use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use serde::{Deserialize, Deserializer};

use super::{EvalError, cwes::cwes_in};
use crate::cwe::CweId;

/// What is known of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// It carries a weakness.
    Vulnerable,
    /// It is a vulnerable record after its repair.
    Fixed,
    /// It carries none.
    Clean,
}

/// One line of a data file. Fields beside these are ignored.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    /// Unique over all files of a run. Untrusted text.
    pub id: String,
    /// A function, a class or a small file. Untrusted text.
    pub code: String,
    /// What is known of it.
    pub label: Label,
    /// The weaknesses that it carries or, on a fixed record, carried. Empty where they are unknown.
    #[serde(default, deserialize_with = "cwe_list")]
    pub cwe: Vec<CweId>,
    /// 1-based lines that carry the weakness. Empty where they are unknown.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub lines: Vec<u32>,
    /// Joins a vulnerable record and its repair.
    pub pair_id: Option<String>,
    /// The project that it comes from.
    pub project: Option<String>,
    /// The advisory that it comes from.
    pub cve: Option<String>,
}

/// Records of one group are not independent of each other: they are drawn together when intervals are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum GroupBy {
    /// By project where it is known, else by CVE, else by pair
    #[default]
    Auto,
    /// By project
    Project,
    /// By CVE
    Cve,
    /// By pair
    #[value(name = "pair_id")]
    PairId,
}

impl GroupBy {
    /// The record's group. A record without the field is a group of its own.
    pub fn of(self, record: &Record) -> String {
        let project = record.project.as_ref().map(|name| format!("project {name}"));
        let cve = record.cve.as_ref().map(|name| format!("cve {name}"));
        let pair = record.pair_id.as_ref().map(|name| format!("pair {name}"));
        let group = match self {
            Self::Auto => project.or(cve).or(pair),
            Self::Project => project,
            Self::Cve => cve,
            Self::PairId => pair,
        };
        group.unwrap_or_else(|| format!("record {}", record.id))
    }
}

/// Reads data files, in their order. Ids have to be unique over all of them.
pub fn read<P: AsRef<Path>>(files: &[P]) -> Result<Vec<Record>, EvalError> {
    let mut records = Vec::new();
    let mut seen = HashSet::new();
    for file in files {
        let file = file.as_ref();
        let unreadable = |error| EvalError::Unreadable { file: file.to_owned(), error };
        for (number, line) in BufReader::new(File::open(file).map_err(unreadable)?).split(b'\n').enumerate() {
            let line = line.map_err(unreadable)?;
            let line = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 0).unwrap_or(&line).trim_ascii();
            if line.is_empty() {
                continue;
            }
            if is_other_json(line) {
                return Err(EvalError::OneDocument { file: file.to_owned() });
            }
            let record: Record = serde_json::from_slice(line).map_err(|error| EvalError::Record {
                file: file.to_owned(),
                line: number + 1,
                why: error.to_string(),
            })?;
            if !seen.insert(record.id.clone()) {
                return Err(EvalError::SameId { file: file.to_owned(), line: number + 1, id: record.id });
            }
            records.push(record);
        }
    }
    if records.is_empty() { Err(EvalError::NoRecords) } else { Ok(records) }
}

/// Whether a line begins a list, or an object that goes on in the next line.
fn is_other_json(line: &[u8]) -> bool {
    line.first() == Some(&b'[') || line == b"{"
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// `CWE-79` and `CWE-079` are read. NVD's `NVD-CWE-noinfo` and `NVD-CWE-Other` say that the weakness is unknown.
fn cwe_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<CweId>, D::Error> {
    let mut ids = Vec::new();
    for text in null_is_empty::<D, String>(deserializer)? {
        let found = cwes_in(&text);
        if found.is_empty() && !text.starts_with("NVD-CWE-") {
            return Err(serde::de::Error::custom(format!("`{text}` is not a CWE id; write it as `CWE-89`")));
        }
        ids.extend(found);
    }
    Ok(ids)
}

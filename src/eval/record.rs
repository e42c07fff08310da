//! Labelled records: what an evaluation is held against.

use std::{collections::HashSet, fs::File, path::Path};

use serde::{Deserialize, Deserializer};

use super::{EvalError, cwes::cwes_in, json_lines, system::lines_of};
use crate::{
    cwe::CweId,
    python::{self, Module},
};

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
    /// Joins a vulnerable record and its repair. Empty text says here and below that it is not known.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub pair_id: Option<String>,
    /// The project that it comes from.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub project: Option<String>,
    /// The advisory that it comes from.
    #[serde(default, deserialize_with = "empty_is_none")]
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

/// Reads code that is text already. A cookie in it names the encoding of the file that it was taken from, and no bytes are left to
/// be read by it.
pub fn parse(code: &str) -> Module {
    python::parse_text(code.strip_prefix('\u{feff}').unwrap_or(code).to_owned(), false)
}

/// Reads data files, in their order. Ids have to be unique over all of them.
pub fn read<P: AsRef<Path>>(files: &[P]) -> Result<Vec<Record>, EvalError> {
    let mut records = Vec::new();
    let mut seen = HashSet::new();
    for file in files {
        let file = file.as_ref();
        let unreadable = |error| EvalError::Unreadable { file: file.to_owned(), error };
        let mut is_first = true;
        for (number, line) in json_lines::lines(File::open(file).map_err(unreadable)?) {
            let record = record(file, number, &line.map_err(unreadable)?, is_first)?;
            if !seen.insert(record.id.clone()) {
                return Err(EvalError::SameId { file: file.to_owned(), line: number, id: record.id });
            }
            records.push(record);
            is_first = false;
        }
    }
    if records.is_empty() { Err(EvalError::NoRecords) } else { Ok(records) }
}

fn record(file: &Path, number: usize, line: &[u8], is_first: bool) -> Result<Record, EvalError> {
    // Behind a record such a line is a mistake of its own: the file is JSON Lines.
    if is_first && is_other_json(line.trim_ascii()) {
        return Err(EvalError::OneDocument { file: file.to_owned() });
    }
    let wrong = |why| EvalError::Record { file: file.to_owned(), line: number, why };
    // A list would be taken for a record's fields in their order.
    if line.trim_ascii().starts_with(b"[") {
        return Err(wrong("it is a list and no object".to_owned()));
    }
    let record: Record = serde_json::from_slice(line).map_err(|error| wrong(json_lines::told(&error)))?;
    let lines = lines_of(record.code.as_bytes());
    let wrong_line = record.lines.iter().find(|&&line| !(1..=lines).contains(&line.into()));
    // Of other records they are not looked at: lists of clean changes have there what was changed, the end of the file too.
    match wrong_line.filter(|_| record.label == Label::Vulnerable) {
        Some(&value) => Err(EvalError::NoSuchLine { file: file.to_owned(), line: number, value, lines }),
        None => Ok(record),
    }
}

/// Whether a line begins a list, or an object that goes on in the next line.
fn is_other_json(line: &[u8]) -> bool {
    line.first() == Some(&b'[') || line == b"{"
}

fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
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

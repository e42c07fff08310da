//! Metrics over labelled records: of this tool's model, of another bundle, or of any tool's SARIF.
//!
//! ```text
//! record ──┐
//!          ├─► outcome ──► figures, measure ──► render
//! system ──┘
//! ```
//!
//! A [`system::System`] is what a model ([`predict`]) or a tool ([`tool`], from its [`sarif`]) says of each record. An
//! [`outcome::Outcome`] is one record beside one answer; every figure is a function of a selection of outcomes, so that the
//! figure on the data and those on bootstrap samples come from the same code. The definitions for users are in `docs/eval.md`.

pub mod calibration;
pub mod counts;
pub mod cwes;
pub mod evaluation;
pub mod figures;
pub mod json_lines;
pub mod layout;
pub mod mcnemar;
pub mod measure;
pub mod outcome;
pub mod predict;
pub mod ranking;
pub mod record;
pub mod render;
pub mod resample;
pub mod sarif;
pub mod spread;
pub mod system;
pub mod tool;

use std::{io, path::PathBuf};

/// Why an evaluation cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {error}; name a file that exists", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A line of a data file is not a labelled record.
    #[error(
        "`{}`, line {line}, is not a labelled record: {why}; each line needs `id`, `code`, `label` (vulnerable, fixed or clean) and may give `cwe`, `lines`, `pair_id`, `project`, `cve`",
        file.display()
    )]
    Record {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A record's weakness is on a line that its code does not have, where nothing could find it.
    #[error(
        "`{}`, line {line}, puts the weakness on line {value} of code with {lines} lines; count the lines of `code` from 1, or leave `lines` out where they are not known",
        file.display()
    )]
    NoSuchLine {
        /// The file.
        file: PathBuf,
        /// The record's line in it, from 1.
        line: usize,
        /// The line that the record names.
        value: u32,
        /// How many lines its code has.
        lines: u64,
    },
    /// A data file is one JSON document.
    #[error(
        "`{}` is one JSON document and not JSON Lines; write each record on a line of its own, such as with `jq -c '.[]'`",
        file.display()
    )]
    OneDocument {
        /// The file.
        file: PathBuf,
    },
    /// Two records have the same id.
    #[error("`{}`, line {line}, has the id `{id}` of an earlier record; give each record an id of its own", file.display())]
    SameId {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The id.
        id: String,
    },
    /// The data files are empty.
    #[error("the data files hold no record; name files of JSON Lines with `id`, `code` and `label`")]
    NoRecords,
    /// A file cannot be written.
    #[error("`{}` cannot be written: {error}; name a folder that can be written to", file.display())]
    Unwritable {
        /// The file or folder.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Records are to be exported into a folder that is in use.
    #[error("`{}` is not empty; name a new folder, so that nothing else is taken for a record", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is not SARIF.
    #[error("`{}` is not SARIF: {why}; have the tool write SARIF 2.1.0", file.display())]
    Sarif {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A tool's results are about other files.
    #[error(
        "none of the {results} results of {tool} lies in a record's file; lay the records out with `cwegate eval --export DIR`, run the tool on DIR, and give its SARIF"
    )]
    NoneOfTheRecords {
        /// The tool.
        tool: String,
        /// How many results it has.
        results: usize,
    },
    /// Two models cannot be set side by side.
    #[error(
        "the model {second} has other classes than {first}, or merges other weaknesses into them; evaluate them one at a time"
    )]
    OtherClasses {
        /// The first model.
        first: String,
        /// The other.
        second: String,
    },
}

//! Records as files, so that any tool can be run on them.
//!
//! A record is the file `<name>.py` with its code, line for line, in the encoding that a cookie in it names. The name is a hash of the record's id: ids are untrusted text
//! and may hold anything, and a result can be led back to its record by the file's name alone, whatever folder, base or
//! encoding a tool's SARIF gives it. Whoever lays records out by other means has to keep to this name; `manifest.json` lists
//! names and ids.
//!
//! Many records are methods as they stand in their class. Indentation that all lines have in common is taken off, since most
//! tools would not parse it: of 672 records of real fixes bandit parsed 302 as they are, and 660 this way.

use std::{fs, path::Path};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{EvalError, record::Record};
use crate::{fingerprint::first_digits, python};

/// The name of the list of names and ids.
pub const MANIFEST: &str = "manifest.json";

/// The record's file name: the first 32 hexadecimal digits of its id's SHA-256, and `.py`.
pub fn file_name(id: &str) -> String {
    format!("{}.py", first_digits(Sha256::new_with_prefix(id)))
}

/// Writes the records into a folder that is empty or not there yet, and the manifest
/// `{"schema": "cwegate-eval-manifest/1", "records": [{"id", "file"}]}`.
pub fn export(folder: &Path, records: &[Record]) -> Result<(), EvalError> {
    let failed = |error| EvalError::Unwritable { file: folder.to_owned(), error };
    fs::create_dir_all(folder).map_err(failed)?;
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(EvalError::NotEmpty { folder: folder.to_owned() });
    }
    let mut listed = Vec::with_capacity(records.len());
    for record in records {
        let name = file_name(&record.id);
        fs::write(folder.join(&name), python::encode(&dedented(&record.code))).map_err(failed)?;
        listed.push(json!({"id": record.id, "file": name}));
    }
    let manifest = json!({"schema": "cwegate-eval-manifest/1", "records": listed});
    fs::write(folder.join(MANIFEST), format!("{manifest:#}\n")).map_err(failed)
}

/// The code without the white space that all its lines begin with; lines of white space only do not count. No line goes away.
pub fn dedented(code: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let lines = code.split('\n').filter(|line| !line.trim().is_empty());
    let common = lines.map(|line| &line[..indent(line)]).reduce(|a, b| {
        let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
        &a[..same]
    });
    let common = common.unwrap_or_default();
    let without =
        |line: &str| line.strip_prefix(common).unwrap_or_else(|| line.trim_start_matches([' ', '\t'])).to_owned();
    code.split('\n').map(without).collect::<Vec<_>>().join("\n")
}

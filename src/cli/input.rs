//! What `score` and `windows` read: files, folders, records, or standard input.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Deserialize;

use super::Failure;
use crate::{
    eval::{json_lines, record},
    git::is_binary,
    path::RepoPath,
    python::Module,
    scan::read,
};

/// Where the code comes from.
#[derive(Debug, Args)]
pub struct Inputs {
    /// Python files, folders (their Python files, .gitignore honoured), or `-` for standard input
    #[arg(value_name = "PATH", required_unless_present = "records")]
    paths: Vec<PathBuf>,
    /// JSON Lines with `id` and `code`, `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    records: Option<PathBuf>,
}

/// One piece of code to read.
pub struct Input {
    /// `path` or `id`: the key under which `name` is printed.
    pub key: &'static str,
    /// The file's path as given, or the record's id.
    pub name: String,
    /// The code, or one sentence on why there is none.
    code: Result<Code, String>,
}

enum Code {
    File(Vec<u8>),
    /// A record's, which is decoded.
    Text(String),
}

impl Input {
    /// The code, read as Python.
    pub fn module(&self) -> Result<Module, String> {
        match self.code.as_ref().map_err(String::clone)? {
            Code::File(bytes) => read(&RepoPath::from(self.name.as_str()), bytes).map_err(|error| error.to_string()),
            Code::Text(text) => Ok(record::parse(text)),
        }
    }
}

/// First and last line of a piece of a module, as lines of the file that it was read from.
pub fn lines_in_file(module: &Module, first: u32, last: u32) -> (u32, u32) {
    match &module.cells {
        Some(cells) => (cells.line_in_file(first), cells.line_in_file(last)),
        None => (first, last),
    }
}

#[derive(Deserialize)]
struct Record {
    id: String,
    code: String,
}

impl Inputs {
    /// Whether the inputs are records.
    pub fn are_records(&self) -> bool {
        self.records.is_some()
    }

    /// Calls `each` for every input, in a stable order.
    pub fn for_each(&self, mut each: impl FnMut(Input) -> Result<(), Failure>) -> Result<(), Failure> {
        match &self.records {
            Some(file) => for_each_record(file, &mut each),
            None => self.paths.iter().try_for_each(|path| for_each_file(path, &mut each)),
        }
    }
}

fn for_each_record(file: &Path, each: &mut dyn FnMut(Input) -> Result<(), Failure>) -> Result<(), Failure> {
    let reader: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).map_err(|error| {
            Failure::usage(format!("`{}` cannot be read: {error}; name a file of JSON Lines", file.display()))
        })?)
    };
    for (number, line) in json_lines::lines(reader) {
        let line = line.map_err(|error| Failure::unscannable(format!("`{}` ended early: {error}", file.display())))?;
        let (name, code) = match serde_json::from_slice::<Record>(&line) {
            Ok(record) => (record.id, Ok(Code::Text(record.code))),
            Err(error) => {
                let id = serde_json::from_slice::<serde_json::Value>(&line)
                    .ok()
                    .and_then(|value| value.get("id")?.as_str().map(str::to_owned))
                    .unwrap_or_else(|| format!("line {number}"));
                (id, Err(format!("this is not a record with `id` and `code`: {}", json_lines::told(&error))))
            }
        };
        each(Input { key: "id", name, code })?;
    }
    Ok(())
}

fn for_each_file(path: &Path, each: &mut dyn FnMut(Input) -> Result<(), Failure>) -> Result<(), Failure> {
    if path == Path::new("-") {
        let mut code = Vec::new();
        let code = std::io::stdin().read_to_end(&mut code).map(|_| Code::File(code)).map_err(|error| error.to_string());
        return each(Input { key: "path", name: "-".to_owned(), code });
    }
    for file in python_files(path)? {
        let code =
            std::fs::read(&file).map_err(|error| format!("the file cannot be read: {error}")).and_then(|bytes| {
                if is_binary(&bytes) { Err("the file is binary".to_owned()) } else { Ok(Code::File(bytes)) }
            });
        each(Input { key: "path", name: file.to_string_lossy().into_owned(), code })?;
    }
    Ok(())
}

/// The Python files below a folder in a stable order, ignored ones left out; a file given by name is taken whatever its name.
pub fn python_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    // A pipe or a device has no end that could be told, and passing over what was named would look like a pass.
    if path.metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        return Err(Failure::usage(format!("`{}` is neither a file nor a folder; name one", path.display())));
    }
    let mut files = Vec::new();
    for entry in ignore::WalkBuilder::new(path).sort_by_file_path(Path::cmp).build() {
        let entry = entry.map_err(|error| Failure::usage(format!("{error}; name a file or folder that exists")))?;
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if is_file && RepoPath::new(entry.path().as_os_str().as_encoded_bytes()).is_python() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

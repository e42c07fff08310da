//! JSON Lines, as `eval` and `score --records` read them.

use std::io::{self, BufRead, BufReader, Read};

use crate::python::BOM;

/// The lines that hold something, each with its number from 1. A byte order mark, which Windows' editors write, is no part of the
/// first.
pub fn lines(reader: impl Read) -> impl Iterator<Item = (usize, io::Result<Vec<u8>>)> {
    let whole = |(at, line): (usize, io::Result<Vec<u8>>)| {
        let line = line.map(|line| match line.strip_prefix(BOM) {
            Some(rest) if at == 0 => rest.to_vec(),
            _ => line,
        });
        (at + 1, line)
    };
    let blank = |line: &io::Result<Vec<u8>>| line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty());
    BufReader::new(reader).split(b'\n').enumerate().map(whole).filter(move |(_, line)| !blank(line))
}

/// What is wrong with a line, with its column only: the parser sees one line and calls each the first.
pub fn told(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match told.strip_suffix(&place) {
        Some(what) => format!("{what} at column {}", error.column()),
        None => told,
    }
}

//! A notebook → its Python code, and where each line of that stands in the file.
//!
//! The code cells are put behind each other, as the kernel sees them when they are run from the top, with an empty line between two.
//! What follows knows only that text; its lines are told as lines of the file for code hosts, and as lines of a cell for people.
//! Outputs, metadata and everything else in the file are not looked at.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    attribute::Region,
    python::{self, Module},
};

/// Cell magics behind which there is Python, whether it parses or not.
const PYTHON: [&str; 11] =
    ["capture", "debug", "ipytest", "memit", "prun", "py", "pypy", "python", "python3", "time", "timeit"];
/// Cell magics behind which there is none: interpreters, markup, queries.
const OTHER_LANGUAGES: [&str; 18] = [
    "HTML",
    "R",
    "SVG",
    "bash",
    "bigquery",
    "cmd",
    "html",
    "javascript",
    "js",
    "julia",
    "latex",
    "markdown",
    "perl",
    "ruby",
    "script",
    "sh",
    "sql",
    "svg",
];
/// Line magics of one word, behind which the line is Python.
const PYTHON_BEHIND: &str = "%time ";
/// Characters of a magic's name that are told.
const LONGEST_NAME: usize = 40;

/// Why a file named as a notebook gives no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotebookError {
    /// It is none, or one that is broken.
    #[error("the notebook does not read: {0}; open it in Jupyter and save it")]
    Broken(String),
    /// Its code has more bytes than the limit.
    #[error("the notebook's code has {0} bytes, more than the limit of {1} (`max-file-size` in the policy)")]
    TooLarge(u64, u64),
    /// Its kernel runs another language.
    #[error("the notebook's language is {0}")]
    Language(String),
}

/// Where the lines of a notebook's code are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells {
    lines: Vec<Line>,
    left_out: Vec<LeftOut>,
}

/// A line of code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    /// The cell's number among all cells, from 1.
    cell: u32,
    /// The line's number in the cell, from 1; 0 for the empty line behind a cell.
    number: u32,
    /// Characters of the cell's line that are left out of the code, and the column, from 0, from which on they are.
    cut: (u32, u32),
    /// Its characters in the file.
    spots: Vec<Spot>,
    /// Where it ends in the file.
    end: Spot,
}

/// A character in the file: 1-based line and column, and the columns that it takes there, where it may be escaped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Spot {
    line: u32,
    column: u32,
    width: u32,
}

impl Spot {
    /// The place behind it.
    fn end(&self) -> (u32, u32) {
        (self.line, self.column + self.width)
    }
}

/// A code cell that is no part of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The cell's number among all cells, from 1.
    pub cell: u32,
    /// Its first and last line in the file.
    pub lines: (u32, u32),
    /// What it holds. Untrusted.
    pub text: String,
    /// Why.
    pub why: WhyLeftOut,
}

/// Why a cell is no part of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyLeftOut {
    /// This magic hands it to something that is not Python. Untrusted.
    Magic(String),
    /// A bracket, a string or a line does not end in it, so that it would swallow the next cell.
    Open,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    cells: Option<Vec<Cell<'a>>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Cell<'a> {
    cell_type: String,
    #[serde(borrow)]
    source: &'a RawValue,
}

#[derive(Deserialize, Default)]
struct Metadata {
    kernelspec: Option<Kernel>,
    language_info: Option<Kernel>,
}

#[derive(Deserialize)]
struct Kernel {
    name: Option<String>,
    language: Option<String>,
}

impl Metadata {
    /// The kernel's language, unless something here says Python: the name alone decides which kernel Jupyter starts.
    fn other_language(self) -> Option<String> {
        let kernels = [self.language_info, self.kernelspec].into_iter().flatten();
        let names: Vec<String> = kernels.flat_map(|kernel| [kernel.language, kernel.name]).flatten().collect();
        let is_python = |name: &String| name.to_lowercase().starts_with("py") || name.to_lowercase().contains("python");
        if names.iter().any(is_python) { None } else { names.into_iter().next() }
    }
}

/// Reads a notebook.
///
/// # Errors
/// If it is broken, or in another language.
pub fn parse(bytes: &[u8]) -> Result<Module, NotebookError> {
    let (code, cells) = read(bytes)?;
    Ok(python::parse_notebook(code, cells))
}

/// The code of a notebook, and where its lines are.
///
/// # Errors
/// If it is broken, or in another language.
pub fn read(bytes: &[u8]) -> Result<(String, Cells), NotebookError> {
    let text = std::str::from_utf8(bytes).map_err(|error| NotebookError::Broken(error.to_string()))?;
    let json = text.trim_start_matches('\u{feff}');
    // Jupyter takes an empty file for a new notebook.
    if json.trim_ascii().is_empty() {
        return Ok((String::new(), Cells::default()));
    }
    let document: Document<'_> =
        serde_json::from_str(json).map_err(|error| NotebookError::Broken(error.to_string()))?;
    if let Some(language) = document.metadata.other_language() {
        return Err(NotebookError::Language(language));
    }
    let cells =
        document.cells.ok_or_else(|| NotebookError::Broken("it has no `cells`, as versions before 4".to_owned()))?;
    let mut reader = Reader { place: Place::new(text), code: String::new(), cells: Cells::default() };
    for (number, cell) in (1..).zip(cells).filter(|(_, cell)| cell.cell_type == "code") {
        let strings = strings(cell.source).ok_or_else(|| {
            NotebookError::Broken(format!("the source of cell {number} is neither a text nor a list of texts"))
        })?;
        reader.add(number, &strings);
    }
    Ok((reader.code, reader.cells))
}

/// The JSON strings that a source is made of.
fn strings<'a>(source: &'a RawValue) -> Option<Vec<&'a str>> {
    let strings: Vec<&'a RawValue> = match source.get().starts_with('[') {
        true => serde_json::from_str(source.get()).ok()?,
        false => vec![source],
    };
    strings.into_iter().map(|string| string.get().strip_prefix('"')?.strip_suffix('"')).collect()
}

/// The characters of the inside of a JSON string, each with the bytes that it takes there.
fn unescaped(inside: &str) -> impl Iterator<Item = (char, usize)> {
    let mut rest = inside;
    std::iter::from_fn(move || {
        let (c, length) = first(rest)?;
        rest = &rest[length..];
        Some((c, length))
    })
}

/// The first character; U+FFFD for half of a surrogate pair.
fn first(text: &str) -> Option<(char, usize)> {
    let c = text.chars().next()?;
    let Some(escaped) = text.strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
        return Some((c, c.len_utf8()));
    };
    let unit = |text: &str| u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let c = match escaped {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let high = unit(text)?;
            let low = text.get(6..).and_then(unit).filter(|low| (0xdc00..0xe000).contains(low));
            return match (high, low) {
                (0xd800..0xdc00, Some(low)) => {
                    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)).map(|c| (c, 12))
                }
                _ => Some((char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6)),
            };
        }
        other => other,
    };
    Some((c, 2))
}

/// A place in the file that only goes forward.
struct Place<'a> {
    text: &'a str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'a> Place<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1, column: 1 }
    }

    fn go_to(&mut self, offset: usize) {
        let passed = &self.text[self.offset..offset];
        let columns = |text: &str| text.chars().count() as u32;
        match passed.rfind('\n') {
            Some(at) => {
                self.line += passed.bytes().filter(|&byte| byte == b'\n').count() as u32;
                self.column = columns(&passed[at + 1..]) + 1;
            }
            None => self.column += columns(passed),
        }
        self.offset = offset;
    }

    /// Passes the next so many bytes.
    fn pass(&mut self, bytes: usize) -> Spot {
        let (line, column) = (self.line, self.column);
        self.go_to(self.offset + bytes);
        Spot { line, column, width: self.column - column }
    }
}

struct Reader<'a> {
    place: Place<'a>,
    code: String,
    cells: Cells,
}

impl Reader<'_> {
    /// Adds a code cell, whose strings are parts of the file.
    fn add(&mut self, cell: u32, strings: &[&str]) {
        let mut chars: VecDeque<(char, Spot)> = VecDeque::new();
        for string in strings {
            self.place.go_to(string.as_ptr() as usize - self.place.text.as_ptr() as usize);
            chars.extend(unescaped(string).map(|(c, length)| (c, self.place.pass(length))));
        }
        let Some((first, last)) = chars.front().zip(chars.back()).map(|((_, first), (_, last))| (*first, *last)) else {
            return;
        };
        let text: String = chars.iter().map(|(c, _)| c).collect();
        let why = match other_language(&text) {
            Some(magic) => Some(WhyLeftOut::Magic(magic)),
            None if !python::is_closed(&text) => Some(WhyLeftOut::Open),
            None => None,
        };
        if let Some(why) = why {
            self.cells.left_out.push(LeftOut { cell, lines: (first.line, last.line), text, why });
            return;
        }
        if !self.cells.lines.is_empty() {
            let before = self.cells.lines.last().map_or(cell, |line| line.cell);
            let line = Line { cell: before, number: 0, cut: (0, 0), spots: Vec::new(), end: first };
            self.push("", line);
        }
        for number in 1.. {
            let mut line = Line { cell, number, cut: (0, 0), spots: Vec::new(), end: Spot::default() };
            let mut code = String::new();
            let mut ended = false;
            while let Some((c, spot)) = chars.pop_front() {
                line.end = Spot { width: 0, ..spot };
                if c == '\n' {
                    ended = true;
                    break;
                }
                line.end.column += spot.width;
                code.push(c);
                line.spots.push(spot);
            }
            self.push(&without_magic(code, &mut line), line);
            if !ended || chars.is_empty() {
                break;
            }
        }
    }

    fn push(&mut self, code: &str, line: Line) {
        self.code.push_str(code);
        self.code.push('\n');
        self.cells.lines.push(line);
    }
}

/// The line without a magic in front of Python.
fn without_magic(code: String, line: &mut Line) -> String {
    let indent = code.len() - code.trim_start().len();
    let Some(rest) = code[indent..].strip_prefix(PYTHON_BEHIND).map(str::trim_start) else { return code };
    let cut = code[indent..code.len() - rest.len()].chars().count();
    let from = code[..indent].chars().count();
    line.cut = (cut as u32, from as u32);
    line.spots.drain(from..from + cut);
    format!("{}{rest}", &code[..indent])
}

/// The magic that hands a cell to another language. Of a magic that nobody here knows the cell decides: what parses as Python is
/// read as such.
fn other_language(cell: &str) -> Option<String> {
    let magic = cell.trim_start().strip_prefix("%%")?;
    let name = magic.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
    let body = magic.split_once('\n').map_or("", |(_, body)| body);
    let is_python = PYTHON.contains(&name) || !OTHER_LANGUAGES.contains(&name) && python::is_clean(body);
    (!is_python).then(|| format!("%%{}", name.chars().take(LONGEST_NAME).collect::<String>()))
}

impl Cells {
    fn line(&self, line: u32) -> Option<&Line> {
        self.lines.get((line as usize).checked_sub(1)?)
    }

    /// Cells that are no part of the code.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The number of the cell that a line of the code, 1-based, belongs to, and its own number there.
    pub fn cell(&self, line: u32) -> (u32, u32) {
        self.line(line).map_or((0, 0), |line| (line.cell, line.number))
    }

    /// Whether a line of the code is in the file, and not between two cells.
    pub fn is_code(&self, line: u32) -> bool {
        self.line(line).is_some_and(|line| line.number > 0)
    }

    /// A region of the code as one of its cell, with the cell's number.
    pub fn in_cell(&self, region: Region) -> (u32, Region) {
        let (cell, start_line) = self.cell(region.start_line);
        let (_, end_line) = self.cell(region.end_line);
        let column = |line: u32, column: u32| match self.line(line).map(|line| line.cut) {
            Some((cut, from)) if column > from => column + cut,
            _ => column,
        };
        let start_column = column(region.start_line, region.start_column);
        let end_column = column(region.end_line, region.end_column);
        (cell, Region { start_line, start_column, end_line, end_column })
    }

    /// A region of the code as one of the file.
    pub fn in_file(&self, region: Region) -> Region {
        let start = self.line(region.start_line).map(|line| {
            let spot = region.start_column.checked_sub(1).and_then(|at| line.spots.get(at as usize));
            let spot = spot.unwrap_or(&line.end);
            (spot.line, spot.column)
        });
        let end = self.line(region.end_line).map(|line| match region.end_column.checked_sub(2) {
            Some(last) => line.spots.get(last as usize).map_or((line.end.line, line.end.column), Spot::end),
            None => line.spots.first().map_or((line.end.line, line.end.column), |first| (first.line, first.column)),
        });
        let (start_line, start_column) = start.unwrap_or((1, 1));
        let (end_line, end_column) = end.unwrap_or((start_line, start_column));
        Region { start_line, start_column, end_line, end_column }
    }

    /// The line of the file that a line of the code begins on.
    pub fn line_in_file(&self, line: u32) -> u32 {
        self.line(line).map_or(1, |line| line.spots.first().unwrap_or(&line.end).line)
    }

    /// Where a line of the code is, for a person: `cell 3, line 2`.
    pub fn name(&self, line: u32) -> String {
        let (cell, line) = self.cell(line);
        format!("cell {cell}, line {line}")
    }

    /// What a line of the code is called beside its text: `3:2` for the second line of cell 3, nothing for one between two cells.
    pub fn label(&self, line: u32) -> String {
        match self.cell(line) {
            (_, 0) => String::new(),
            (cell, line) => format!("{cell}:{line}"),
        }
    }

    /// Whether a line of the code stands between two cells.
    pub fn is_between(&self, line: u32) -> bool {
        self.cell(line).1 == 0
    }
}

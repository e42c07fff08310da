//! Python text → statements in their scopes, whatever the text's state.
//!
//! Everything is read off the tokens that Ruff's parser leaves behind, since those survive syntax errors, Python 2 and
//! half-written code: a broken statement costs itself, not the file.

mod canonical;
mod decode;
mod lines;
mod names;

use std::{collections::HashMap, ops::Range, sync::Arc};

use ruff_python_ast::{
    PySourceType,
    token::{Token, TokenKind},
};
use ruff_python_parser::ParseErrorType;
use ruff_text_size::Ranged;

pub use decode::{BOM, encode};
pub use names::Import;

use crate::notebook::Cells;

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// Bytes or a cookie that do not decode.
    Encoding,
    /// A statement that does not parse; it was read as tokens.
    Syntax,
    /// The file reads as Python 2; its statements were read as tokens.
    Python2,
}

/// Something a reader of the results should know; the file was read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// 1-based line.
    pub line: u32,
    /// What it is about.
    pub kind: NoteKind,
    /// One sentence.
    pub message: String,
}

/// A Python file taken apart.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// The decoded text.
    pub text: String,
    /// All statements, in source order.
    pub statements: Vec<Statement>,
    /// All scopes; the first is the module, a parent stands before its children.
    pub scopes: Vec<Scope>,
    /// Names bound by imports anywhere in the file.
    pub imports: Vec<Import>,
    /// What did not read cleanly.
    pub notes: Vec<Note>,
    /// 1-based inclusive ranges of lines that could not be split into tokens at all.
    pub lost: Vec<(u32, u32)>,
    /// All comments, in source order. They are no part of what is scored.
    pub comments: Vec<Comment>,
    /// Where its lines are in the notebook that it is the code of; `None` for the text of a file.
    pub cells: Option<Arc<Cells>>,
}

/// A comment, as the tokens have it: what stands in a string is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// 1-based line.
    pub line: u32,
    /// Its text from `#` on. Untrusted.
    pub text: String,
    /// Whether nothing else is on the line.
    pub alone: bool,
}

impl Module {
    /// What of the file that it was read from is compared line by line: its bytes, or a notebook's code.
    pub fn compared<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        if self.cells.is_some() { self.text.as_bytes() } else { bytes }
    }

    /// The module, or one sentence if it holds text and no statement of it reads as Python.
    pub fn readable(self) -> Result<Self, String> {
        let broken = |first: u32, last: u32| {
            self.notes.iter().any(|note| note.kind == NoteKind::Syntax && (first..=last).contains(&note.line))
        };
        let all_broken = self.statements.iter().all(|statement| broken(statement.start_line, statement.end_line));
        match self.notes.iter().find(|note| note.kind == NoteKind::Syntax) {
            Some(note) if all_broken => {
                Err(format!("nothing here reads as Python: line {}, {}", note.line, note.message))
            }
            _ => Ok(self),
        }
    }
}

/// What kind of a scope it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// The top level of the file.
    Module,
    /// A class body without its methods.
    Class,
    /// A function, method or nested function without the functions nested in it.
    Function,
}

/// A module, class body or function.
#[derive(Debug, Clone)]
pub struct Scope {
    /// What kind.
    pub kind: ScopeKind,
    /// Dotted name from the top level, `<module>` for the module.
    pub name: String,
    /// Index of the enclosing scope.
    pub parent: Option<usize>,
    /// Indices of its statements, decorators and header first, in source order.
    pub statements: Vec<usize>,
}

/// What kind of a statement it is, as far as the extractor cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// `@decorator` of a scope.
    Decorator,
    /// `def …:` or `class …:`.
    Header,
    /// `import …` or `from … import …`.
    Import,
    /// Everything else, the headers of `if`, `for`, `with`, `try` included.
    Plain,
}

/// A logical line.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What kind.
    pub kind: StatementKind,
    /// Index of its scope.
    pub scope: usize,
    /// Blocks between the statement and its scope's header: 0 for the header and for a function's outermost body.
    pub depth: usize,
    /// 1-based first line.
    pub start_line: u32,
    /// 1-based last line, inclusive.
    pub end_line: u32,
    /// Byte range in the module's text, without the line end and comments that follow.
    pub range: Range<usize>,
    /// Canonical text in pieces of bounded length; one for all but very long statements.
    pub pieces: Vec<Piece>,
    /// Names it binds or changes.
    pub defines: Vec<String>,
    /// Names it reads.
    pub uses: Vec<String>,
}

/// A part of a statement's canonical text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Canonical text.
    pub text: String,
    /// 1-based first line.
    pub start_line: u32,
    /// 1-based last line, inclusive.
    pub end_line: u32,
}

impl Statement {
    /// The whole canonical text.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// Reads a Python file. `stub` is for `.pyi`.
pub fn parse(bytes: &[u8], stub: bool) -> Module {
    let (text, notes) = decode::decode(bytes);
    let mut module = parse_text(text, stub);
    module.notes.splice(0..0, notes);
    module
}

/// Reads decoded Python text.
pub fn parse_text(text: String, stub: bool) -> Module {
    read(text, if stub { PySourceType::Stub } else { PySourceType::Python })
}

/// Reads the code of a notebook, which may hold IPython's commands: `%magic`, `!command`, `name?`.
pub fn parse_notebook(code: String, cells: Cells) -> Module {
    Module { cells: Some(Arc::new(cells)), ..read(code, PySourceType::Ipynb) }
}

/// Whether everything that begins in a notebook's cell ends there, so that the next cell stands for itself.
pub fn is_closed(cell: &str) -> bool {
    let marked = format!("{}\nx\n", cell.trim_end_matches('\n'));
    let parsed = ruff_python_parser::parse_unchecked_source(&marked, PySourceType::Ipynb);
    let layout = |kind: &TokenKind| {
        use TokenKind as T;
        matches!(kind, T::Comment | T::NonLogicalNewline | T::Indent | T::Dedent | T::EndOfFile)
    };
    let mut kinds = parsed.tokens().iter().rev().map(Token::kind).filter(|kind| !layout(kind));
    kinds.next() == Some(TokenKind::Newline)
        && kinds.next() == Some(TokenKind::Name)
        && kinds.next().is_none_or(|kind| kind == TokenKind::Newline)
}

/// Whether a part of a notebook's cell is Python without an error.
pub fn is_clean(code: &str) -> bool {
    ruff_python_parser::parse_unchecked_source(code, PySourceType::Ipynb).errors().is_empty()
}

fn read(text: String, source_type: PySourceType) -> Module {
    let parsed = ruff_python_parser::parse_unchecked_source(&text, source_type);
    let tokens: &[Token] = parsed.tokens();
    let index = LineIndex::new(&text);

    let logical = lines::logical_lines(tokens);
    let imports = names::imports(&logical, &text);
    let mut module =
        Module { notes: notes(&parsed, &logical, &text, &index), lost: lost(&parsed, &index), ..Module::default() };
    module.scopes.push(Scope {
        kind: ScopeKind::Module,
        name: "<module>".to_owned(),
        parent: None,
        statements: Vec::new(),
    });
    module.comments = comments(tokens, &text, &index);
    collect(&mut module, &logical, &text, &index);
    rename_and_render(&mut module, &logical, &imports, &text, &index);
    module.imports = imports;
    module.text = text;
    module
}

/// Byte offset → 1-based line, counting `\n` only, as git and the code hosts do.
struct LineIndex(Vec<usize>);

impl LineIndex {
    fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect())
    }

    fn line(&self, offset: usize) -> u32 {
        self.0.partition_point(|&at| at < offset) as u32 + 1
    }
}

fn comments(tokens: &[Token], text: &str, index: &LineIndex) -> Vec<Comment> {
    tokens
        .iter()
        .filter(|token| token.kind() == TokenKind::Comment)
        .map(|token| {
            let (start, end) = (token.start().to_usize(), token.end().to_usize());
            let before = text[..start].rsplit('\n').next().unwrap_or_default();
            Comment { line: index.line(start), text: text[start..end].to_owned(), alone: before.trim().is_empty() }
        })
        .collect()
}

/// Sorts the logical lines into scopes. Each statement's index is its line's index.
fn collect(module: &mut Module, logical: &[lines::Line<'_>], text: &str, index: &LineIndex) {
    // The open scopes with the depth of their header.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut decorators: Vec<usize> = Vec::new();
    for (number, line) in logical.iter().enumerate() {
        while open.last().is_some_and(|&(_, depth)| line.depth <= depth) {
            open.pop();
        }
        let parent = open.last().map_or(0, |&(scope, _)| scope);
        let (kind, scope) = match line.header(text) {
            Some((kind, name)) => {
                let scope = module.scopes.len();
                let outer = &module.scopes[parent];
                let name = match outer.kind {
                    ScopeKind::Module => name.to_owned(),
                    _ => format!("{}.{name}", outer.name),
                };
                module.scopes.push(Scope {
                    kind,
                    name,
                    parent: Some(parent),
                    statements: std::mem::take(&mut decorators),
                });
                for &decorator in &module.scopes[scope].statements {
                    module.statements[decorator].scope = scope;
                }
                open.push((scope, line.depth));
                (StatementKind::Header, scope)
            }
            None => match line.first() {
                TokenKind::At => (StatementKind::Decorator, parent),
                TokenKind::Import | TokenKind::From => (StatementKind::Import, parent),
                _ => (StatementKind::Plain, parent),
            },
        };
        if !matches!(kind, StatementKind::Decorator | StatementKind::Header) {
            settle(module, &mut decorators);
        }
        let base = open.last().map_or(0, |&(_, depth)| depth + 1);
        let range = line.range();
        let (defines, uses) = names::bound_and_read(line, text);
        module.statements.push(Statement {
            kind,
            scope,
            depth: line.depth.saturating_sub(base),
            start_line: index.line(range.start),
            end_line: index.line(range.end),
            range,
            pieces: Vec::new(),
            defines,
            uses,
        });
        match kind {
            StatementKind::Decorator => decorators.push(number),
            _ => module.scopes[scope].statements.push(number),
        }
    }
    settle(module, &mut decorators);
}

/// Decorators that no definition follows (broken code) stay statements of the scopes they stand in.
fn settle(module: &mut Module, decorators: &mut Vec<usize>) {
    for decorator in decorators.drain(..) {
        let scope = module.statements[decorator].scope;
        module.scopes[scope].statements.push(decorator);
    }
}

/// Fills in the canonical text, with the names that imports renamed put back.
fn rename_and_render(
    module: &mut Module,
    logical: &[lines::Line<'_>],
    imports: &[Import],
    text: &str,
    index: &LineIndex,
) {
    let renamed: HashMap<&str, &str> = imports
        .iter()
        .filter(|import| import.is_renamed())
        .map(|import| (import.bound.as_str(), import.original.as_str()))
        .collect();
    // A parameter or a variable of the same name hides the import.
    let hidden: Vec<Vec<&str>> = if renamed.is_empty() {
        vec![Vec::new(); module.scopes.len()]
    } else {
        let mut hidden = vec![Vec::new(); module.scopes.len()];
        for statement in module.statements.iter().filter(|s| s.kind != StatementKind::Import) {
            let bound = statement.defines.iter().map(String::as_str).filter(|name| renamed.contains_key(name));
            hidden[statement.scope].extend(bound);
        }
        hidden
    };
    let pieces: Vec<Vec<Piece>> = module
        .statements
        .iter()
        .zip(logical)
        .map(|(statement, line)| {
            let original = |name: &str| renamed.get(name).copied().filter(|_| !hidden[statement.scope].contains(&name));
            let tokens = match statement.kind {
                StatementKind::Import => line.without_aliases(),
                _ => line.tokens().to_vec(),
            };
            canonical::render(&tokens, text, &original, &|offset| index.line(offset))
        })
        .collect();
    drop(hidden);
    for (statement, pieces) in module.statements.iter_mut().zip(pieces) {
        statement.pieces = pieces;
    }
}

fn notes(
    parsed: &ruff_python_parser::Parsed<ruff_python_ast::ModModule>,
    logical: &[lines::Line<'_>],
    text: &str,
    index: &LineIndex,
) -> Vec<Note> {
    if parsed.errors().is_empty() {
        return Vec::new();
    }
    if let Some(line) = logical.iter().find(|line| line.is_python2(text)) {
        return vec![Note {
            line: index.line(line.range().start),
            kind: NoteKind::Python2,
            message: "this reads as Python 2; its statements were read as tokens".to_owned(),
        }];
    }
    let mut notes: Vec<Note> = parsed
        .errors()
        .iter()
        .map(|error| Note {
            line: index.line(error.range().start().to_usize()),
            kind: NoteKind::Syntax,
            message: format!("it does not parse ({}); it was read as tokens", error.error),
        })
        .collect();
    notes.sort_by_key(|note| note.line);
    notes.dedup_by_key(|note| note.line);
    notes
}

/// Lines inside tokens that the lexer could not make sense of, such as a string that never ends.
fn lost(parsed: &ruff_python_parser::Parsed<ruff_python_ast::ModModule>, index: &LineIndex) -> Vec<(u32, u32)> {
    parsed
        .errors()
        .iter()
        .filter(|error| matches!(error.error, ParseErrorType::Lexical(_)))
        .map(|error| (index.line(error.range().start().to_usize()), index.line(error.range().end().to_usize())))
        // A stray character costs a token, not lines.
        .filter(|(start, end)| end > start)
        .collect()
}

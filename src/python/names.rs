//! Which names a statement binds and reads, and what imports bind. Heuristics over tokens: they only choose context.

use ruff_python_ast::token::{Token, TokenKind};
use ruff_text_size::Ranged;

use super::lines::Line;

/// One name that an import binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The name in the file: `sp` for `import subprocess as sp`.
    pub bound: String,
    /// What it stands for when written in code: `subprocess`; for `from os import system as run`, `system`.
    pub original: String,
    /// The module of a `from` import, dots included.
    pub from: Option<String>,
}

impl Import {
    /// Whether the import gave the thing another name.
    pub fn is_renamed(&self) -> bool {
        self.bound != self.original && !self.original.starts_with(&format!("{}.", self.bound))
    }

    /// Canonical text of the import of this one name, without its alias.
    pub fn text(&self) -> String {
        match &self.from {
            Some(module) => format!("from {module} import {}", self.original),
            None => format!("import {}", self.original),
        }
    }
}

/// All names that imports bind, in source order.
pub(super) fn imports(lines: &[Line<'_>], text: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    for line in lines {
        let tokens = line.tokens();
        match line.first() {
            TokenKind::Import => imports.extend(clauses(&tokens[1..], text, None)),
            TokenKind::From => {
                let Some(at) = tokens.iter().position(|token| token.kind() == TokenKind::Import) else { continue };
                let module: String = tokens[1..at].iter().map(|token| &text[token.range()]).collect();
                imports.extend(clauses(&tokens[at + 1..], text, Some(&module)));
            }
            _ => {}
        }
    }
    imports
}

/// `a.b as c, d` → one import each.
fn clauses(tokens: &[&Token], text: &str, from: Option<&str>) -> Vec<Import> {
    tokens
        .split(|token| token.kind() == TokenKind::Comma)
        .filter_map(|clause| {
            let words: Vec<&&Token> =
                clause.iter().filter(|token| !matches!(token.kind(), TokenKind::Lpar | TokenKind::Rpar)).collect();
            let alias = words.iter().position(|token| token.kind() == TokenKind::As);
            let original: String =
                words[..alias.unwrap_or(words.len())].iter().map(|token| &text[token.range()]).collect();
            if original.is_empty() || original == "*" {
                return None;
            }
            let bound = match alias.and_then(|at| words.get(at + 1)) {
                Some(name) => text[name.range()].to_owned(),
                // `import a.b` binds `a`.
                None if from.is_none() => original.split('.').next().unwrap_or(&original).to_owned(),
                None => original.clone(),
            };
            Some(Import { bound, original, from: from.map(str::to_owned) })
        })
        .collect()
}

/// The names that a statement binds or changes, and those it reads, each once, in order of appearance.
pub(super) fn bound_and_read(line: &Line<'_>, text: &str) -> (Vec<String>, Vec<String>) {
    if matches!(line.first(), TokenKind::Import | TokenKind::From) {
        let bound = imports(std::slice::from_ref(line), text).into_iter().map(|import| import.bound).collect();
        return (bound, Vec::new());
    }
    let tokens = line.tokens();
    let header = line.header(text).is_some();
    let last_assignment = assignment(tokens);
    let (mut defines, mut uses) = (Vec::new(), Vec::new());
    let mut nesting = 0usize;
    let mut after_for = false;
    for (at, token) in tokens.iter().enumerate() {
        let kind = token.kind();
        match kind {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => nesting += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => nesting = nesting.saturating_sub(1),
            TokenKind::For => after_for = true,
            TokenKind::In => after_for = false,
            _ => {}
        }
        if !is_name(kind) {
            continue;
        }
        let before = at.checked_sub(1).map(|at| tokens[at].kind());
        let after = tokens.get(at + 1).map(|token| token.kind());
        let name = &text[token.range()];
        if before == Some(TokenKind::Dot) || matches!(before, Some(TokenKind::Def | TokenKind::Class)) {
            continue;
        }
        let parameter = header
            && nesting == 1
            && matches!(before, Some(TokenKind::Lpar | TokenKind::Comma | TokenKind::Star | TokenKind::DoubleStar));
        if parameter && line.first() != TokenKind::Class {
            push(&mut defines, name);
            continue;
        }
        if nesting > 0 && after == Some(TokenKind::Equal) {
            continue;
        }
        let target = last_assignment.is_some_and(|end| at < end) && (nesting == 0 || after == Some(TokenKind::Comma));
        let walrus = after == Some(TokenKind::ColonEqual);
        if target || walrus || after_for || before == Some(TokenKind::As) {
            push(&mut defines, name);
            // `x.y = …` and `x[i] += …` change `x` as well as read it.
            if matches!(after, Some(TokenKind::Dot | TokenKind::Lsqb)) {
                push(&mut uses, name);
            }
        } else {
            push(&mut uses, name);
        }
    }
    (defines, uses)
}

/// Index of the last assignment operator outside brackets.
fn assignment(tokens: &[&Token]) -> Option<usize> {
    let mut nesting = 0usize;
    let mut found = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => nesting += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => nesting = nesting.saturating_sub(1),
            // `if x: y = 1` and `lambda: …` on one line: only the part behind the colon assigns; good enough for context.
            kind if nesting == 0 && is_assignment(kind) => found = Some(at),
            _ => {}
        }
    }
    found
}

fn is_assignment(kind: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        kind,
        T::Equal
            | T::PlusEqual
            | T::MinusEqual
            | T::StarEqual
            | T::SlashEqual
            | T::PercentEqual
            | T::AmperEqual
            | T::VbarEqual
            | T::CircumflexEqual
            | T::LeftShiftEqual
            | T::RightShiftEqual
            | T::DoubleStarEqual
            | T::DoubleSlashEqual
            | T::AtEqual
    )
}

fn is_name(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Name | TokenKind::Case | TokenKind::Match | TokenKind::Type | TokenKind::Lazy)
}

fn push(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

//! Tokens → logical lines.

use std::ops::Range;

use ruff_python_ast::token::{Token, TokenKind};
use ruff_text_size::Ranged;

use super::ScopeKind;

/// The tokens of one logical line, comments and line ends left out, with its block depth.
pub(super) struct Line<'t> {
    tokens: Vec<&'t Token>,
    /// Open indentation blocks.
    pub(super) depth: usize,
}

/// Splits tokens at logical line ends and at top-level semicolons. Lines that only hold strings (docstrings) are left out:
/// they have no effect, and no say.
pub(super) fn logical_lines(tokens: &[Token]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut current: Vec<&Token> = Vec::new();
    let (mut depth, mut nesting) = (0usize, 0usize);
    for token in tokens {
        match token.kind() {
            // A command to IPython is nothing that Python runs.
            TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::IpyEscapeCommand => {}
            TokenKind::Indent => depth += 1,
            TokenKind::Dedent => depth = depth.saturating_sub(1),
            // A line end ends every bracket: the parser leaves one behind an unclosed bracket where a statement starts.
            TokenKind::Newline | TokenKind::EndOfFile => {
                nesting = 0;
                finish(&mut lines, &mut current, depth);
            }
            TokenKind::Semi if nesting == 0 => finish(&mut lines, &mut current, depth),
            kind => {
                match kind {
                    TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => nesting += 1,
                    TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => nesting = nesting.saturating_sub(1),
                    _ => {}
                }
                current.push(token);
            }
        }
    }
    finish(&mut lines, &mut current, depth);
    lines
}

fn finish<'t>(lines: &mut Vec<Line<'t>>, current: &mut Vec<&'t Token>, depth: usize) {
    let tokens = std::mem::take(current);
    if tokens.iter().any(|token| token.kind() != TokenKind::String) {
        lines.push(Line { tokens, depth });
    }
}

impl<'t> Line<'t> {
    /// Its tokens, at least one.
    pub(super) fn tokens(&self) -> &[&'t Token] {
        &self.tokens
    }

    /// The tokens of an import without `as …`, brackets and a last comma.
    pub(super) fn without_aliases(&self) -> Vec<&'t Token> {
        let mut tokens: Vec<&Token> = Vec::with_capacity(self.tokens.len());
        let mut alias = false;
        for &token in &self.tokens {
            match token.kind() {
                TokenKind::As => alias = true,
                TokenKind::Lpar | TokenKind::Rpar => {}
                _ if alias => alias = false,
                _ => tokens.push(token),
            }
        }
        if tokens.last().is_some_and(|token| token.kind() == TokenKind::Comma) {
            tokens.pop();
        }
        tokens
    }

    /// The first token's kind.
    pub(super) fn first(&self) -> TokenKind {
        self.tokens[0].kind()
    }

    /// Byte range from the first to the last token.
    pub(super) fn range(&self) -> Range<usize> {
        let last = self.tokens[self.tokens.len() - 1];
        self.tokens[0].start().to_usize()..last.end().to_usize()
    }

    /// What scope the line opens, with its name.
    pub(super) fn header<'s>(&self, text: &'s str) -> Option<(ScopeKind, &'s str)> {
        let tokens = match self.first() {
            TokenKind::Async => &self.tokens[1..],
            _ => &self.tokens[..],
        };
        let kind = match tokens.first()?.kind() {
            TokenKind::Def => ScopeKind::Function,
            TokenKind::Class => ScopeKind::Class,
            _ => return None,
        };
        let name = tokens.get(1).filter(|token| token.kind() != TokenKind::Lpar)?;
        Some((kind, &text[name.range()]))
    }

    /// Whether the line only makes sense in Python 2: `print x`, `exec x in y`, `except A, b:`, `raise A, b`, `<>`, backticks.
    pub(super) fn is_python2(&self, text: &str) -> bool {
        let word = |at: usize| self.tokens.get(at).map(|token| &text[token.range()]);
        let kind = |at: usize| self.tokens.get(at).map(|token| token.kind());
        let statement = matches!(word(0), Some("print" | "exec"))
            && matches!(
                kind(1),
                Some(
                    TokenKind::String
                        | TokenKind::Name
                        | TokenKind::Int
                        | TokenKind::Float
                        | TokenKind::RightShift
                        | TokenKind::FStringStart
                )
            );
        let comma = matches!(kind(0), Some(TokenKind::Except | TokenKind::Raise))
            && kind(1) == Some(TokenKind::Name)
            && kind(2) == Some(TokenKind::Comma)
            && (kind(0) == Some(TokenKind::Raise) || kind(4) == Some(TokenKind::Colon));
        let old_operator = self.tokens.iter().any(|token| matches!(&text[token.range()], "<>" | "`"));
        statement || comma || old_operator
    }
}

//! Tokens → canonical text: one spacing, one quote, no comments, so that layout cannot sway the model.

use ruff_python_ast::token::{Token, TokenKind};
use ruff_text_size::Ranged;

use super::Piece;

/// Longest piece, in characters; a piece ends at the first token past it.
const PIECE: usize = 400;
/// Of a string literal longer than `STRING_HEAD + STRING_TAIL` characters, this much of its start is kept.
const STRING_HEAD: usize = 160;
/// … and this much of its end.
const STRING_TAIL: usize = 40;

/// Renders one logical line. `original` maps a name that an import renamed to what it stands for; `line_of` maps a byte
/// offset to a 1-based line.
pub(super) fn render<'a>(
    tokens: &[&Token],
    text: &str,
    original: &dyn Fn(&str) -> Option<&'a str>,
    line_of: &dyn Fn(usize) -> u32,
) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut out = String::new();
    let mut start_line = line_of(tokens[0].start().to_usize());
    let mut state = Spacing::default();
    for (at, token) in tokens.iter().enumerate() {
        if out.chars().count() >= PIECE && !state.in_string() {
            let end_line = line_of(tokens[at - 1].end().to_usize());
            pieces.push(Piece { text: std::mem::take(&mut out), start_line, end_line });
            start_line = line_of(token.start().to_usize());
        }
        let next = tokens.get(at + 1).map(|token| token.kind());
        if token.kind() == TokenKind::Comma && state.says_nothing(next) {
            continue;
        }
        if state.space_before(token.kind()) && !out.is_empty() {
            out.push(' ');
        }
        let raw = &text[token.range()];
        match token.kind() {
            TokenKind::String => string(raw, &mut out),
            TokenKind::FStringStart | TokenKind::TStringStart => {
                prefix(raw, &mut out);
                out.push('"');
            }
            TokenKind::FStringEnd | TokenKind::TStringEnd => out.push('"'),
            TokenKind::FStringMiddle | TokenKind::TStringMiddle => body(raw, &mut out),
            TokenKind::Name if !(state.after_dot || state.in_call() && next == Some(TokenKind::Equal)) => {
                out.push_str(original(raw).unwrap_or(raw));
            }
            TokenKind::Int | TokenKind::Float | TokenKind::Complex | TokenKind::Unknown => shorten(raw, &mut out),
            _ => out.push_str(raw),
        }
        state.advance(token.kind());
    }
    let end_line = line_of(tokens[tokens.len() - 1].end().to_usize());
    pieces.push(Piece { text: out, start_line, end_line });
    pieces
}

/// What an open bracket holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// Arguments or parameters, where `=` names one and a last comma says nothing.
    Call,
    /// A parenthesised expression or a tuple, where a last comma may make the tuple.
    Group,
    /// Everything else.
    Other,
}

/// What decides whether a space stands before the next token.
#[derive(Default)]
struct Spacing {
    last: Option<TokenKind>,
    /// The last token was an operator in front of its operand: `-x`, `*args`.
    prefix: bool,
    after_dot: bool,
    open: Vec<Bracket>,
    /// Open f-strings, each with the number of brackets that were open at its start.
    strings: Vec<usize>,
}

impl Spacing {
    fn in_call(&self) -> bool {
        self.open.last() == Some(&Bracket::Call)
    }

    /// Whether a comma before `next` is only there for the layout.
    fn says_nothing(&self, next: Option<TokenKind>) -> bool {
        match next {
            Some(TokenKind::Rpar) => self.in_call(),
            Some(TokenKind::Rsqb | TokenKind::Rbrace) => true,
            _ => false,
        }
    }

    fn in_string(&self) -> bool {
        !self.strings.is_empty()
    }

    /// Inside the text of an f-string, not inside its braces.
    fn in_string_text(&self) -> bool {
        self.strings.last() == Some(&self.open.len())
    }

    fn space_before(&self, kind: TokenKind) -> bool {
        use TokenKind as T;
        let Some(last) = self.last else { return false };
        if self.in_string_text() || matches!(kind, T::FStringMiddle | T::FStringEnd | T::TStringMiddle | T::TStringEnd)
        {
            return false;
        }
        if matches!(
            last,
            T::Lpar
                | T::Lsqb
                | T::Lbrace
                | T::Dot
                | T::Exclamation
                | T::FStringStart
                | T::FStringMiddle
                | T::TStringStart
                | T::TStringMiddle
        ) || self.prefix
        {
            // `from . import x`: the word after the dots stands apart.
            return last == T::Dot && kind == T::Import;
        }
        if last == T::Equal && self.in_call() {
            return false;
        }
        match kind {
            T::Rpar | T::Rsqb | T::Rbrace | T::Comma | T::Colon | T::Semi | T::Exclamation => false,
            T::Dot => last == T::From || last == T::Import,
            T::Lpar | T::Lsqb => !ends_operand(last),
            T::Equal => !self.in_call(),
            _ => true,
        }
    }

    fn advance(&mut self, kind: TokenKind) {
        use TokenKind as T;
        self.prefix = match kind {
            T::Star | T::DoubleStar | T::Minus | T::Plus | T::At => self.last.is_none_or(|last| !ends_operand(last)),
            T::Tilde => true,
            _ => false,
        };
        match kind {
            T::Lpar if self.last.is_some_and(ends_operand) => self.open.push(Bracket::Call),
            T::Lpar => self.open.push(Bracket::Group),
            T::Lsqb | T::Lbrace => self.open.push(Bracket::Other),
            T::Rpar | T::Rsqb | T::Rbrace => drop(self.open.pop()),
            T::FStringStart | T::TStringStart => self.strings.push(self.open.len()),
            T::FStringEnd | T::TStringEnd => drop(self.strings.pop()),
            _ => {}
        }
        self.after_dot = kind == T::Dot;
        self.last = Some(kind);
    }
}

fn ends_operand(kind: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        kind,
        T::Name
            | T::Int
            | T::Float
            | T::Complex
            | T::String
            | T::FStringEnd
            | T::TStringEnd
            | T::Rpar
            | T::Rsqb
            | T::Rbrace
            | T::True
            | T::False
            | T::None
            | T::Ellipsis
            | T::Match
            | T::Case
            | T::Type
            | T::Lazy
            | T::Unknown
    )
}

/// A plain string literal: prefix in lower case without `u`, double quotes, bounded length.
fn string(raw: &str, out: &mut String) {
    let at = raw.find(['"', '\'']).unwrap_or(0);
    prefix(&raw[..at], out);
    let quoted = &raw[at..];
    let inner = ["\"\"\"", "'''", "\"", "'"]
        .iter()
        .find_map(|quote| quoted.strip_prefix(quote).map(|rest| rest.strip_suffix(quote).unwrap_or(rest)))
        .unwrap_or(quoted);
    out.push('"');
    body(inner, out);
    out.push('"');
}

fn prefix(raw: &str, out: &mut String) {
    out.extend(raw.chars().filter(|c| c.is_ascii_alphabetic()).map(|c| c.to_ascii_lowercase()).filter(|c| *c != 'u'));
}

/// The text of a string: white space that spans lines becomes one space, long texts lose their middle.
fn body(raw: &str, out: &mut String) {
    let joined = if raw.contains(['\n', '\r']) { join_lines(raw) } else { raw.to_owned() };
    let length = joined.chars().count();
    if length <= STRING_HEAD + STRING_TAIL {
        out.push_str(&joined);
        return;
    }
    out.extend(joined.chars().take(STRING_HEAD));
    out.push('…');
    out.extend(joined.chars().skip(length - STRING_TAIL));
}

/// Lines joined by single spaces; a space at either end stays, as text around an interpolation needs it.
fn join_lines(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if !(c == ' ' && out.ends_with(' ')) {
            out.push(c);
        }
    }
    out
}

fn shorten(raw: &str, out: &mut String) {
    out.extend(raw.chars().filter(|c| !c.is_whitespace()).take(24));
}

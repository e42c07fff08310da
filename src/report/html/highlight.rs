//! Python lines → pieces with a colour, by the tokens of Ruff's parser, whatever the code's state.

use std::ops::Range;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

/// A piece of a line with the name of its colour; `None` for plain text.
pub type Piece = (Option<&'static str>, String);

/// Colours consecutive lines; there are as many answers as lines, and the pieces of each join to it.
pub fn lines(lines: &[&str]) -> Vec<Vec<Piece>> {
    let code = lines.join("\n");
    let parsed = parse_unchecked(&code, ParseOptions::from(Mode::Module));
    let mut pieces: Vec<(Option<&'static str>, Range<usize>)> = Vec::new();
    let mut next = 0;
    for token in parsed.tokens().iter() {
        let (kind, range) = token.as_tuple();
        let range = range.start().to_usize()..range.end().to_usize();
        if let Some(colour) = colour(kind).filter(|_| range.start >= next && !range.is_empty()) {
            pieces.push((None, next..range.start));
            next = range.end;
            pieces.push((Some(colour), range));
        }
    }
    pieces.push((None, next..code.len()));
    let mut out: Vec<Vec<Piece>> = vec![Vec::new()];
    for (colour, range) in pieces {
        for (number, part) in code[range].split('\n').enumerate() {
            if number > 0 {
                out.push(Vec::new());
            }
            if let Some(line) = out.last_mut().filter(|_| !part.is_empty()) {
                line.push((colour, part.to_owned()));
            }
        }
    }
    out
}

fn colour(kind: TokenKind) -> Option<&'static str> {
    match kind {
        TokenKind::Comment => Some("comment"),
        TokenKind::String
        | TokenKind::FStringStart
        | TokenKind::FStringMiddle
        | TokenKind::FStringEnd
        | TokenKind::TStringStart
        | TokenKind::TStringMiddle
        | TokenKind::TStringEnd => Some("string"),
        TokenKind::Int | TokenKind::Float | TokenKind::Complex => Some("number-literal"),
        kind if kind.is_keyword() => Some("keyword"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::lines;

    #[test]
    fn keywords_strings_and_comments_are_coloured() {
        let found = lines(&["def f(x):  # why", "    return f\"a{x}\" + '1' + 2"]);
        let coloured = |line: &[super::Piece]| -> Vec<(&str, String)> {
            line.iter().filter_map(|(colour, text)| Some(((*colour)?, text.clone()))).collect()
        };
        assert_eq!(coloured(&found[0]), [("keyword", "def".to_owned()), ("comment", "# why".to_owned())]);
        let strings: String =
            coloured(&found[1]).into_iter().filter(|(colour, _)| *colour == "string").map(|(_, text)| text).collect();
        assert_eq!(strings, "f\"a\"'1'");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(code in "[a-z\"'{}#\\\\ \t(=:é\r]{0,30}(\n[a-z\"'f{}#\\\\ \t(]{0,20}){0,4}") {
            let given: Vec<&str> = code.split('\n').collect();
            let joined: Vec<String> =
                lines(&given).iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect();
            prop_assert_eq!(joined, given);
        }
    }
}

//! Line ends of a file in the work tree, as git would store them.
//!
//! Only what git does by itself is done here; a filter that the repository names is never run.

/// What git does with line ends when it takes a file in (gitattributes, `text`, `eol`, and `core.autocrlf`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// They stay.
    Kept,
    /// CRLF becomes LF.
    Converted,
    /// CRLF becomes LF in what looks like text and was not stored with CRLF before.
    Guessed,
}

impl LineEnds {
    /// By the file's attributes as git tells them (`set`, `unset`, `unspecified` or a value) and by `core.autocrlf`.
    ///
    /// `crlf` is the old name of `text`, and means something only where `text` is not given.
    pub(super) fn of(text: &str, crlf: &str, eol: &str, autocrlf: &str) -> Self {
        let text = match (text, crlf) {
            ("unspecified", "input") => "set",
            ("unspecified", old) => old,
            (text, _) => text,
        };
        match text {
            "set" => Self::Converted,
            "unset" => Self::Kept,
            "auto" => Self::Guessed,
            _ if matches!(eol, "lf" | "crlf") => Self::Converted,
            _ if is_true(autocrlf) || autocrlf.eq_ignore_ascii_case("input") => Self::Guessed,
            _ => Self::Kept,
        }
    }

    /// The bytes that git would store; `before` is what is stored now.
    pub(super) fn stored(self, bytes: Vec<u8>, before: Option<&[u8]>) -> Vec<u8> {
        let convert = match self {
            Self::Kept => false,
            Self::Converted => true,
            Self::Guessed => {
                looks_like_text(&bytes) && !before.is_some_and(|old| looks_like_text(old) && has_crlf(old))
            }
        };
        if !convert || !has_crlf(&bytes) {
            return bytes;
        }
        let next = bytes.iter().skip(1).chain([&0]);
        bytes.iter().zip(next).filter(|pair| *pair != (&b'\r', &b'\n')).map(|(&byte, _)| byte).collect()
    }
}

/// git's words for true in a configuration.
fn is_true(value: &str) -> bool {
    ["true", "yes", "on", "1"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn has_crlf(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\r\n")
}

/// git's `convert_is_binary`: no NUL, no CR of its own, and at most one in 128 characters that is not printable.
fn looks_like_text(bytes: &[u8]) -> bool {
    let (mut printable, mut other) = (0usize, 0usize);
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            0 => return false,
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => return false,
            b'\r' | b'\n' => {}
            0x08 | b'\t' | 0x0c | 0x1b => printable += 1,
            // The end-of-file mark of old systems.
            0x1a if at + 1 == bytes.len() => {}
            0..0x20 | 0x7f => other += 1,
            _ => printable += 1,
        }
    }
    printable / 128 >= other
}

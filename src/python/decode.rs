//! Bytes → text, as Python itself would read them.

use encoding_rs::Encoding;

use super::{Note, NoteKind};

/// The byte order mark of UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// Encodes a Python file's text as its cookie says, so that reading it gives it back; what the encoding cannot say is lost.
pub fn encode(text: &str) -> Vec<u8> {
    let encoding = match cookie(text.as_bytes()) {
        Some((_, label)) => lookup(&label).unwrap_or(encoding_rs::UTF_8),
        None => encoding_rs::UTF_8,
    };
    encoding.encode(text).0.into_owned()
}

/// Decodes a Python file: UTF-8 with or without a byte order mark, or the encoding that a PEP 263 cookie names.
///
/// Nothing is refused: bytes that do not decode become U+FFFD and a note, so that one bad byte does not hide a file.
pub fn decode(bytes: &[u8]) -> (String, Vec<Note>) {
    let (bytes, has_bom) = match bytes.strip_prefix(BOM) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let mut notes = Vec::new();
    let encoding = match cookie(bytes) {
        Some((line, label)) if !has_bom => lookup(&label).unwrap_or_else(|| {
            notes.push(Note {
                line,
                kind: NoteKind::Encoding,
                message: format!("the encoding `{}` is not known; the file was read as UTF-8", label.escape_debug()),
            });
            encoding_rs::UTF_8
        }),
        _ => encoding_rs::UTF_8,
    };
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    if lossy {
        let line = text.split('\n').position(|line| line.contains('\u{fffd}')).unwrap_or(0) as u32 + 1;
        notes.push(Note {
            line,
            kind: NoteKind::Encoding,
            message: format!("the file is not valid {}; the bytes that do not decode were replaced", encoding.name()),
        });
    }
    (text.into_owned(), notes)
}

/// The encoding cookie of the first two lines, with its line number.
///
/// PEP 263: `^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)`; the second line counts only under a blank or comment line.
fn cookie(bytes: &[u8]) -> Option<(u32, String)> {
    for (index, line) in bytes.split(|&b| b == b'\n').take(2).enumerate() {
        let line = line.trim_ascii_start();
        if line.is_empty() {
            continue;
        }
        if line[0] != b'#' {
            return None;
        }
        if let Some(label) = label_in(line) {
            return Some((index as u32 + 1, label));
        }
    }
    None
}

fn label_in(comment: &[u8]) -> Option<String> {
    let at = comment.windows(7).position(|w| &w[..6] == b"coding" && matches!(w[6], b':' | b'='))?;
    let label: String = comment[at + 7..]
        .trim_ascii_start()
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
        .map(|&b| b as char)
        .collect();
    (!label.is_empty()).then_some(label)
}

/// Python's names for encodings, most of which are also the web's labels.
fn lookup(label: &str) -> Option<&'static Encoding> {
    let normal = label.to_ascii_lowercase().replace('_', "-");
    let web = match normal.as_str() {
        "utf8" | "utf-8-sig" | "u8" => "utf-8",
        "latin-1" | "latin1" | "iso8859-1" | "l1" | "cp1252" => "windows-1252",
        "cp1251" => "windows-1251",
        "cp932" | "sjis" | "shift-jis" | "ms932" => "shift_jis",
        "cp936" | "gb2312" => "gbk",
        "cp949" => "euc-kr",
        "koi8r" => "koi8-r",
        other => other.trim_end_matches("-unix").trim_end_matches("-dos"),
    };
    Encoding::for_label(web.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_python_reads() {
        let text = |bytes: &[u8]| decode(bytes).0;
        assert_eq!(text("x = 'é'\n".as_bytes()), "x = 'é'\n");
        assert_eq!(text(b"\xef\xbb\xbfx = 1\n"), "x = 1\n");
        assert_eq!(text(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n"), "# -*- coding: latin-1 -*-\nx = 'é'\n");
        assert_eq!(
            text(b"#!/usr/bin/python\n# vim: set fileencoding=cp1251 :\nx = '\xe9'\n").lines().last(),
            Some("x = 'й'")
        );
        assert!(decode(b"# coding: latin-1\nx = '\xe9'\n").1.is_empty());
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        for text in
            ["x = 'é'\n", "# coding: latin-1\nx = 'é'\n", "# coding: cp1251\nx = 'й'\n", "# coding: klingon\n'é'\n"]
        {
            assert_eq!(decode(&encode(text)).0, text);
        }
        assert_eq!(encode("# coding: latin-1\n'é'"), b"# coding: latin-1\n'\xe9'");
    }

    #[test]
    fn a_cookie_below_code_is_no_cookie() {
        assert_eq!(decode(b"x = 1\n# coding: latin-1\n").1, []);
        assert_eq!(cookie(b"x = 1\n# coding: latin-1\n"), None);
    }

    #[test]
    fn bad_bytes_are_replaced_and_told() {
        let (text, notes) = decode(b"a = 1\nb = '\xff'\n");
        assert_eq!(text, "a = 1\nb = '\u{fffd}'\n");
        assert_eq!(notes[0].line, 2);
        let (_, notes) = decode(b"# coding: klingon\n");
        assert_eq!(notes[0].kind, NoteKind::Encoding);
    }
}

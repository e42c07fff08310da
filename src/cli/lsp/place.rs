//! Places: files and URIs, regions and positions.

use std::path::{Path, PathBuf};

use gen_lsp_types::{Position, Range};
use percent_encoding::percent_decode_str;

use crate::{attribute::Region, git::os_path, path::RepoPath};

/// The file that a `file:` URI names; `None` for what is not on disk.
pub(super) fn file_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    if !matches!(&rest[..rest.len() - path.len()], "" | "localhost") {
        return None;
    }
    let bytes: Vec<u8> = percent_decode_str(path).collect();
    // `/c:/folder` is Windows' `c:/folder`.
    let bytes = if cfg!(windows) { bytes.get(1..)? } else { &bytes };
    os_path(&RepoPath::new(bytes)).ok()
}

/// The path of a file below a folder, links resolved; neither the file nor its folders need be there yet.
pub(super) fn below(file: &Path, root: &Path) -> Option<RepoPath> {
    let (there, real) = file.ancestors().find_map(|there| Some((there, there.canonicalize().ok()?)))?;
    let real = match file.strip_prefix(there).ok()? {
        rest if rest == Path::new("") => real,
        rest => real.join(rest),
    };
    let below = real.strip_prefix(root.canonicalize().ok()?).ok()?;
    let parts: Vec<&[u8]> = below.components().map(|part| part.as_os_str().as_encoded_bytes()).collect();
    Some(RepoPath::new(parts.join(&b'/')))
}

/// A text with the places of its lines in the protocol's sense: LF, CRLF and CR end a line, and columns are UTF-16 code units.
pub(super) struct Lines<'t> {
    text: &'t str,
    /// Byte offsets of the lines' beginnings.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let ends = |at: &usize| bytes[*at] == b'\n' || bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        let starts = (0..bytes.len()).filter(ends).map(|at| at + 1);
        Self { text, starts: std::iter::once(0).chain(starts).collect() }
    }

    /// The position of a byte.
    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let character = self.text[self.starts[line]..offset].encode_utf16().count();
        Position { line: number(line), character: number(character) }
    }

    /// The range of a region, whose lines end with LF.
    pub(super) fn range(&self, region: Region) -> Range {
        let start = self.position(self.offset(region.start_line, region.start_column));
        Range { start, end: self.position(self.offset(region.end_line, region.end_column)).max(start) }
    }

    /// The byte range of a 1-based line of [`Region`]s, without its end.
    pub(super) fn line(&self, line: u32) -> std::ops::Range<usize> {
        let skipped = (line as usize).saturating_sub(1);
        let start = match skipped {
            0 => 0,
            _ => self.text.match_indices('\n').nth(skipped - 1).map_or(self.text.len(), |(at, _)| at + 1),
        };
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        start..start + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// The byte at a 1-based line and column of [`Region`]s, in code points; a column behind the line is its end.
    fn offset(&self, line: u32, column: u32) -> usize {
        let line = self.line(line);
        let text = &self.text[line.clone()];
        let skipped = (column as usize).saturating_sub(1);
        line.start + text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_utf_16_code_units() {
        let text = "a = '𝒳é'; b\r\n\u{feff}c\n";
        let region = Region { start_line: 1, start_column: 6, end_line: 1, end_column: 8 };
        assert_eq!(Lines::of(text).range(region), Range { start: at(0, 5), end: at(0, 8) });
        let region = Region { start_line: 1, start_column: 99, end_line: 2, end_column: 2 };
        assert_eq!(Lines::of(text).range(region), Range { start: at(0, 12), end: at(1, 1) });
    }

    #[test]
    fn a_lone_carriage_return_ends_a_line_for_editors_only() {
        let text = "x = '\r'\ny";
        let region = Region { start_line: 2, start_column: 1, end_line: 2, end_column: 2 };
        assert_eq!(Lines::of(text).range(region), Range { start: at(2, 0), end: at(2, 1) });
    }

    #[test]
    fn lines_that_are_not_there_are_the_end() {
        let lines = Lines::of("x\n");
        assert_eq!(lines.line(1), 0..1);
        assert_eq!(lines.line(2), 2..2);
        assert_eq!(lines.line(9), 2..2);
    }

    #[cfg(unix)]
    #[test]
    fn uris_name_files() {
        assert_eq!(file_of("file:///a%20b/%C3%A9.py"), Some(PathBuf::from("/a b/é.py")));
        assert_eq!(file_of("file://localhost/a.py"), Some(PathBuf::from("/a.py")));
        assert_eq!(file_of("untitled:Untitled-1"), None);
        assert_eq!(file_of("vscode-notebook-cell:/a.ipynb#1"), None);
        assert_eq!(file_of("file://elsewhere/a.py"), None);
        assert_eq!(file_of("file://"), None);
    }
}

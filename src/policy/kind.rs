//! Kinds of files that a policy can name beside globs: tests, and what nobody here wrote by hand.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    fmt,
    rc::Rc,
};

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::RepoPath;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By pytest's and unittest's conventions: below a folder `test` or `tests`, `test_*.py`, `*_test.py`, `conftest.py`.
    Tests,
    /// A header that says so (`@generated`, or "generated" with "do not edit"), or `linguist-generated` in `.gitattributes`.
    Generated,
    /// `linguist-vendored` in `.gitattributes`, or below a folder `vendor`, `vendored`, `_vendor`, `third_party`,
    /// `third-party` or `site-packages`.
    Vendored,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tests => "tests",
            Self::Generated => "generated",
            Self::Vendored => "vendored",
        })
    }
}

/// The kinds that one file is of.
pub type Kinds = BTreeSet<Kind>;

/// The file that git takes attributes from, in each folder.
const ATTRIBUTES: &[u8] = b".gitattributes";

/// Lines that a header may take.
const HEADER_LINES: usize = 20;

/// Reads a file; `None` if there is none of that name.
type Read<'a> = Box<dyn Fn(&RepoPath) -> Option<Vec<u8>> + 'a>;

/// Tells the kinds of files.
pub struct FileKinds<'a> {
    /// From the state of the repository that the policy is taken from.
    read: Read<'a>,
    /// Whether a header counts only if it was there then.
    only_old_headers: bool,
    by_folder: RefCell<HashMap<Vec<u8>, Rc<Vec<Line>>>>,
}

/// One pattern of a `.gitattributes`, and what it sets.
struct Line {
    matcher: GlobMatcher,
    /// Whether the pattern is for names, in whichever folder below.
    name_only: bool,
    generated: Option<bool>,
    vendored: Option<bool>,
}

impl<'a> FileKinds<'a> {
    /// Reads `.gitattributes` through `read`. With `only_old_headers` also headers are read through it, so that a change cannot
    /// declare its own files to be generated.
    pub fn new(read: impl Fn(&RepoPath) -> Option<Vec<u8>> + 'a, only_old_headers: bool) -> Self {
        Self { read: Box::new(read), only_old_headers, by_folder: RefCell::default() }
    }

    /// No attributes, and headers as they are.
    pub fn without_attributes() -> Self {
        Self::new(|_| None, false)
    }

    /// The kinds of a file, whose bytes after the change are given.
    pub fn of(&self, path: &RepoPath, bytes: &[u8]) -> Kinds {
        let mut kinds = Kinds::new();
        if is_test(path) {
            kinds.insert(Kind::Tests);
        }
        let (generated, vendored) = self.attributes(path);
        let header = || match self.only_old_headers {
            true => (self.read)(path).is_some_and(|old| has_generated_header(&old)),
            false => has_generated_header(bytes),
        };
        if generated.unwrap_or_else(header) {
            kinds.insert(Kind::Generated);
        }
        if vendored.unwrap_or_else(|| in_vendored_folder(path)) {
            kinds.insert(Kind::Vendored);
        }
        kinds
    }

    /// `linguist-generated` and `linguist-vendored`: the nearest file and in it the last line that sets one decides (gitattributes(5)).
    fn attributes(&self, path: &RepoPath) -> (Option<bool>, Option<bool>) {
        let (mut generated, mut vendored) = (None, None);
        let bytes = path.as_bytes();
        for folder in folders(path).into_iter().rev() {
            let lines = self.lines(folder);
            let below = RepoPath::new(&bytes[folder.len()..]);
            for line in lines.iter().rev().filter(|line| line.matches(&below)) {
                generated = generated.or(line.generated);
                vendored = vendored.or(line.vendored);
            }
        }
        (generated, vendored)
    }

    fn lines(&self, folder: &[u8]) -> Rc<Vec<Line>> {
        if let Some(lines) = self.by_folder.borrow().get(folder) {
            return Rc::clone(lines);
        }
        let text = (self.read)(&attribute_file(folder)).unwrap_or_default();
        let lines = Rc::new(String::from_utf8_lossy(&text).lines().filter_map(Line::parse).collect());
        self.by_folder.borrow_mut().insert(folder.to_owned(), Rc::clone(&lines));
        lines
    }
}

impl Line {
    /// `PATTERN ATTRIBUTE...`; nothing for what does not speak of the two attributes.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let pattern = words.next().filter(|pattern| !pattern.starts_with('#'))?;
        let (mut generated, mut vendored) = (None, None);
        for word in words {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, value == "true"),
                None => (word.trim_start_matches(['-', '!']), !word.starts_with(['-', '!'])),
            };
            match name {
                "linguist-generated" => generated = Some(value),
                "linguist-vendored" => vendored = Some(value),
                _ => {}
            }
        }
        generated.or(vendored)?;
        let name_only = !pattern.trim_start_matches("**/").contains('/');
        let pattern = pattern.trim_start_matches('/');
        let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build().ok()?;
        Some(Self { matcher: glob.compile_matcher(), name_only, generated, vendored })
    }

    fn matches(&self, path: &RepoPath) -> bool {
        let text = path.to_text();
        let name = text.rsplit('/').next().unwrap_or(&text);
        self.matcher.is_match(&text) || self.name_only && self.matcher.is_match(name)
    }
}

/// The files of attributes that speak of any of these paths.
pub fn attribute_files<'p>(paths: impl IntoIterator<Item = &'p RepoPath>) -> BTreeSet<RepoPath> {
    paths.into_iter().flat_map(folders).map(attribute_file).collect()
}

fn attribute_file(folder: &[u8]) -> RepoPath {
    RepoPath::new([folder, ATTRIBUTES].concat())
}

/// The folders above a path, the top first: each up to and with its slash, the top empty.
fn folders(path: &RepoPath) -> Vec<&[u8]> {
    let bytes = path.as_bytes();
    let slashes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
    std::iter::once(0).chain(slashes).map(|end| &bytes[..end]).collect()
}

/// Whether a path is that of a file of attributes.
pub fn is_attribute_file(path: &RepoPath) -> bool {
    path.as_bytes().rsplit(|&byte| byte == b'/').next() == Some(ATTRIBUTES)
}

/// Whether two texts of a file of attributes say the same of which files are generated or vendored.
pub fn same_kinds(one: &[u8], other: &[u8]) -> bool {
    let of_kinds = |bytes: &[u8]| -> Vec<_> {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().filter_map(Line::parse);
        lines.map(|line| (line.matcher.glob().clone(), line.name_only, line.generated, line.vendored)).collect()
    };
    of_kinds(one) == of_kinds(other)
}

fn is_test(path: &RepoPath) -> bool {
    let text = path.to_text();
    let (folders, name) = text.rsplit_once('/').unwrap_or(("", &text));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    folders.split('/').any(|folder| matches!(folder, "test" | "tests"))
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem == "conftest"
}

fn in_vendored_folder(path: &RepoPath) -> bool {
    let text = path.to_text();
    let folders = text.rsplit_once('/').map_or("", |(folders, _)| folders);
    let known = ["vendor", "vendored", "_vendor", "third_party", "third-party", "site-packages"];
    folders.split('/').any(|folder| known.contains(&folder))
}

/// Whether the comments at the top say that a program wrote the file, as protoc, gRPC, OpenAPI and others do.
fn has_generated_header(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(8_000)]);
    let header: String = text
        .lines()
        .take(HEADER_LINES)
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase();
    let untouchable = ["do not edit", "do not modify", "don't edit", "do not change"];
    header.contains("@generated")
        || header.contains("generated") && untouchable.iter().any(|words| header.contains(words))
}

//! Paths as git stores them: bytes, `/` between segments, relative to the top of the repository.

use std::fmt;

/// A path inside a repository. Bytes, since git promises no encoding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    /// A path from the bytes that git stores.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes that git stores.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text, with U+FFFD for bytes that are not UTF-8.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// Whether the name says Python: `.py`, `.pyi`, `.pyw`, or a notebook.
    pub fn is_python(&self) -> bool {
        [&b".py"[..], b".pyi", b".pyw"].iter().any(|ending| self.0.ends_with(ending)) || self.is_notebook()
    }

    /// Whether the name says a Jupyter notebook: `.ipynb`.
    pub fn is_notebook(&self) -> bool {
        self.0.ends_with(b".ipynb")
    }

    /// Whether the file may hold Python: by its name, or since its name has no ending, so that its first line tells.
    pub fn may_be_python(&self) -> bool {
        let name = self.0.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        self.is_python() || !name.contains(&b'.')
    }

    /// The path as a relative URI: every byte outside RFC 3986's unreserved set is percent-encoded, `/` is kept.
    ///
    /// A colon in the first segment would read as a scheme and `#` as a fragment, so both are encoded.
    pub fn to_uri(&self) -> String {
        let mut uri = String::with_capacity(self.0.len());
        for &byte in &self.0 {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte as char),
                _ => uri.push_str(&format!("%{byte:02X}")),
            }
        }
        uri
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// As text.
impl serde::Serialize for RepoPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl fmt::Display for RepoPath {
    /// Terminal-safe: control characters and invalid bytes are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

//! The catalogue of weaknesses: name, parents, severity, and advice for Python.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A weakness of MITRE's catalogue, written `CWE-89`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CweId(pub u16);

/// A text that is not of the form `CWE-N`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a CWE id; write it as `CWE-89`")]
pub struct NotACwe(pub String);

impl FromStr for CweId {
    type Err = NotACwe;

    fn from_str(text: &str) -> Result<Self, NotACwe> {
        text.strip_prefix("CWE-")
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'))
            .and_then(|digits| digits.parse().ok())
            .map(CweId)
            .ok_or_else(|| NotACwe(text.to_owned()))
    }
}

impl TryFrom<String> for CweId {
    type Error = NotACwe;

    fn try_from(text: String) -> Result<Self, NotACwe> {
        text.parse()
    }
}

impl From<CweId> for String {
    fn from(id: CweId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for CweId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CWE-{}", self.0)
    }
}

//! The catalogue of weaknesses: name, parents, severity, and advice for Python.
//!
//! `catalogue.json` and `groups.json` are MITRE's data, written by `generate.py`; `groups.toml` lists groups beside those; `advice.toml` is our own, one table a class of the model.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::LazyLock};

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

/// How likely MITRE holds an attack on a weakness to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Likelihood {
    /// Rarely attacked.
    Low,
    /// Attacked now and then.
    Medium,
    /// Attacked often.
    High,
}

/// One weakness as MITRE describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Weakness {
    /// Its number.
    pub id: CweId,
    /// MITRE's name.
    pub name: String,
    /// Its parents in the research view (CWE-1000), ascending.
    pub parents: Vec<CweId>,
    /// MITRE's likelihood of exploit, where it gives one.
    pub likelihood: Option<Likelihood>,
    /// The first sentence of MITRE's description.
    pub description: String,
}

/// All weaknesses of one release of MITRE's catalogue, without deprecated ones, categories and views.
#[derive(Debug)]
pub struct Catalogue {
    version: String,
    weaknesses: BTreeMap<CweId, Weakness>,
}

impl Catalogue {
    /// MITRE's release, such as `4.14`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The weakness, or `None` if MITRE has none of that number or has deprecated it.
    pub fn get(&self, id: CweId) -> Option<&Weakness> {
        self.weaknesses.get(&id)
    }

    /// All weaknesses by number.
    pub fn iter(&self) -> impl Iterator<Item = &Weakness> {
        self.weaknesses.values()
    }

    /// The weakness itself and all its ancestors, each with the fewest steps up that reach it, nearest first.
    ///
    /// Ancestors at the same distance come by number. An id that is not in the catalogue gives itself only.
    pub fn ancestors(&self, id: CweId) -> Vec<(CweId, u32)> {
        let mut found = vec![(id, 0)];
        let mut next = 0;
        while let Some(&(current, steps)) = found.get(next) {
            next += 1;
            let parents = self.get(current).map_or(&[][..], |weakness| &weakness.parents);
            for &parent in parents {
                if found.iter().all(|&(seen, _)| seen != parent) {
                    found.push((parent, steps + 1));
                }
            }
        }
        found.sort_by_key(|&(id, steps)| (steps, id));
        found
    }
}

/// MITRE's catalogue as it was built into the program.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct Written {
            version: String,
            weaknesses: Vec<Weakness>,
        }
        let written: Written =
            serde_json::from_str(include_str!("catalogue.json")).expect("a test parses the embedded catalogue");
        Catalogue {
            version: written.version,
            weaknesses: written.weaknesses.into_iter().map(|weakness| (weakness.id, weakness)).collect(),
        }
    });
    &CATALOGUE
}

/// Whether `id` is `ancestor` or lies below it, at any depth, in MITRE's research view.
pub fn is_or_descends(id: CweId, ancestor: CweId) -> bool {
    catalogue().ancestors(id).iter().any(|&(found, _)| found == ancestor)
}

/// A list of weaknesses under one name: `owasp:A03`, `top25:2025`, `class:injection`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What it is, for a person.
    pub title: String,
    /// What is in it; what lies below that in the research view belongs to it as well.
    pub cwes: Vec<CweId>,
}

/// All groups by name.
pub fn groups() -> &'static BTreeMap<String, Group> {
    static GROUPS: LazyLock<BTreeMap<String, Group>> = LazyLock::new(|| {
        let mut groups: BTreeMap<String, Group> =
            serde_json::from_str(include_str!("groups.json")).expect("a test parses the embedded groups");
        let own: BTreeMap<String, Group> =
            toml::from_str(include_str!("groups.toml")).expect("a test parses the embedded groups");
        groups.extend(own);
        groups
    });
    &GROUPS
}

/// What the tool tells people about one class of the model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// The rule's short name: `SQL injection`.
    pub title: String,
    /// One sentence: what is wrong.
    pub summary: String,
    /// One line: how to repair it.
    pub advice: String,
    /// Two to four sentences: why, and how to repair it.
    pub how: String,
    /// GitHub's `security-severity`, `0.1` to `10.0`; above 9.0 is critical, from 7.0 high, from 4.0 medium.
    pub severity: String,
    /// The category in the OWASP Top 10 of 2021, such as `A03:2021`.
    pub owasp: Option<String>,
    /// For a class that merges siblings: all that it merges, itself included if it is one.
    #[serde(default)]
    pub members: Vec<CweId>,
    /// A short piece of Python with the weakness.
    pub bad: String,
    /// The same piece repaired.
    pub good: String,
}

/// The advice for every class of the model, by number.
pub fn all_advice() -> &'static BTreeMap<CweId, Advice> {
    static ADVICE: LazyLock<BTreeMap<CweId, Advice>> =
        LazyLock::new(|| toml::from_str(include_str!("advice.toml")).expect("a test parses the embedded advice"));
    &ADVICE
}

/// The advice for one class of the model; `None` for every other weakness.
pub fn advice(id: CweId) -> Option<&'static Advice> {
    all_advice().get(&id)
}

/// The short name of a class, else MITRE's name, else the id.
pub fn title(id: CweId) -> String {
    match (advice(id), catalogue().get(id)) {
        (Some(advice), _) => advice.title.clone(),
        (None, Some(weakness)) => weakness.name.clone(),
        (None, None) => id.to_string(),
    }
}

/// Where MITRE describes the weakness.
pub fn url(id: CweId) -> String {
    format!("https://cwe.mitre.org/data/definitions/{}.html", id.0)
}

//! TOML → [`Layer`]: every key is known, every value is checked, and each keeps the place where it stands.

use std::{ops::Range, sync::Arc};

use globset::{GlobBuilder, GlobSet};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Action, FailOn, Unscannable,
    diagnostic::{Place, Problem, Source, nearest},
};
use crate::cwe::{self, CweId};

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Set<T> {
    pub value: T,
    pub place: Place,
}

/// What an entry of a `cwe` table names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// `"*"`: everything that no other entry reaches.
    Everything,
    /// A weakness and its descendants.
    Cwe(CweId),
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Cwe(id) => id.fmt(f),
        }
    }
}

/// One entry of a `cwe` table; at least one of action and budget is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub named: Named,
    pub action: Option<Action>,
    pub budget: Option<f32>,
    pub place: Place,
}

/// The `[gate]` table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gate {
    pub budget: Option<Set<f32>>,
    pub fail_on: Option<Set<FailOn>>,
    pub unscannable: Option<Set<Unscannable>>,
    pub max_file_size: Option<Set<u64>>,
}

/// One `[[paths]]` table.
#[derive(Debug, Clone)]
pub struct PathRule {
    pub globs: GlobSet,
    /// The globs in the order of `globs`.
    pub patterns: Vec<Set<String>>,
    pub action: Option<Set<Action>>,
    pub budget: Option<Set<f32>>,
    pub cwe: Vec<Entry>,
}

/// What one file says.
#[derive(Debug, Clone)]
pub struct Layer {
    pub source: Arc<Source>,
    pub extends: Option<Set<String>>,
    pub gate: Gate,
    pub cwe: Vec<Entry>,
    pub paths: Vec<PathRule>,
}

/// Reads a policy that is a whole document, or the table `tool.cwegate` of a `pyproject.toml`.
///
/// # Errors
/// All problems of the file: those of syntax, or, if there are none, those of meaning.
pub fn parse(source: &Arc<Source>, in_pyproject: bool) -> Result<Layer, Vec<Problem>> {
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        return Err(syntax(source, &errors));
    }
    let mut reader = Reader { source, problems: Vec::new() };
    let layer = if in_pyproject {
        let value = document.get_ref().get("tool").and_then(|tool| tool.get_ref().get("cwegate"));
        match value.map(|value| (value.span(), value.get_ref().as_table())) {
            Some((_, Some(table))) => reader.layer(table),
            other => {
                let span = other.map_or(0..0, |(span, _)| span);
                reader.problem(span, "there is no table `tool.cwegate`", "write `[tool.cwegate.gate]` and so on");
                reader.layer(&DeTable::new())
            }
        }
    } else {
        reader.layer(document.get_ref())
    };
    let mut problems = reader.problems;
    // Tables come in the order of their keys; people read files from the top.
    problems.sort_by_key(|problem| problem.place.line_column());
    if problems.is_empty() { Ok(layer) } else { Err(problems) }
}

/// Whether a `pyproject.toml` has a table for this tool; `None` if it is not TOML.
pub fn has_tool_table(text: &str) -> Option<bool> {
    let document = DeTable::parse(text).ok()?;
    Some(document.get_ref().get("tool").and_then(|tool| tool.get_ref().get("cwegate")).is_some())
}

fn syntax(source: &Arc<Source>, errors: &[toml::de::Error]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for error in errors {
        let place = Place::new(source, error.span().unwrap_or(0..0));
        let line = place.line_column().0;
        // After a first error the parser's later ones on the same line are mostly its echoes.
        if problems.iter().all(|problem| problem.place.line_column().0 != line) {
            let message = format!("this is not TOML: {}", error.message().replace('\n', ", "));
            problems.push(Problem { place, message, help: "see https://toml.io for how to write it".to_owned() });
        }
    }
    problems
}

const TOP: &[&str] = &["extends", "gate", "cwe", "paths"];
const GATE: &[&str] = &["budget", "fail-on", "unscannable", "max-file-size"];
const PATHS: &[&str] = &["match", "action", "cwe", "budget"];
const ENTRY: &[&str] = &["action", "budget"];
const ACTIONS: &[(&str, Action)] = &[("block", Action::Block), ("warn", Action::Warn), ("off", Action::Off)];
const FAIL_ON: &[(&str, FailOn)] = &[("new", FailOn::New), ("worsened", FailOn::Worsened), ("any", FailOn::Any)];
const UNSCANNABLE: &[(&str, Unscannable)] = &[("block", Unscannable::Block), ("warn", Unscannable::Warn)];

type Value<'a> = Spanned<DeValue<'a>>;

struct Reader<'s> {
    source: &'s Arc<Source>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let place = Place::new(self.source, span);
        self.problems.push(Problem { place, message: message.into(), help: help.into() });
    }

    fn set<T>(&self, span: Range<usize>, value: T) -> Set<T> {
        Set { value, place: Place::new(self.source, span) }
    }

    fn layer(&mut self, table: &DeTable<'_>) -> Layer {
        let mut layer = Layer {
            source: Arc::clone(self.source),
            extends: None,
            gate: Gate::default(),
            cwe: Vec::new(),
            paths: Vec::new(),
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "extends" => layer.extends = self.extends(value),
                "gate" => layer.gate = self.gate(value),
                "cwe" => layer.cwe = self.entries("cwe", value),
                "paths" => layer.paths = self.paths(value),
                other => self.unknown(key.span(), other, "at the top level", TOP),
            }
        }
        layer
    }

    fn unknown(&mut self, span: Range<usize>, key: &str, at: &str, known: &[&str]) {
        let help = match nearest(key, known) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("known here: {}", listed(known, "")),
        };
        self.problem(span, format!("unknown key `{key}` {at}"), help);
    }

    fn extends(&mut self, value: &Value<'_>) -> Option<Set<String>> {
        match value.get_ref().as_str() {
            Some(text) if !text.is_empty() => Some(self.set(value.span(), text.to_owned())),
            _ => {
                self.problem(
                    value.span(),
                    "`extends` is not a text",
                    "write a preset, such as `extends = \"top25\"`, or a path relative to this file",
                );
                None
            }
        }
    }

    fn gate(&mut self, value: &Value<'_>) -> Gate {
        let mut gate = Gate::default();
        let Some(table) = self.table("gate", value) else { return gate };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "budget" => gate.budget = self.budget("gate.budget", value),
                "fail-on" => gate.fail_on = self.choice("gate.fail-on", value, FAIL_ON),
                "unscannable" => gate.unscannable = self.choice("gate.unscannable", value, UNSCANNABLE),
                "max-file-size" => gate.max_file_size = self.bytes("gate.max-file-size", value),
                other => self.unknown(key.span(), other, "in `[gate]`", GATE),
            }
        }
        gate
    }

    fn table<'t, 'i>(&mut self, key: &str, value: &'t Value<'i>) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.problem(
                value.span(),
                format!("`{key}` is not a table"),
                format!("write `[{key}]` and the keys below it"),
            );
        }
        table
    }

    fn budget(&mut self, key: &str, value: &Value<'_>) -> Option<Set<f32>> {
        let number = match value.get_ref() {
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|n| n as f32),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if number.is_finite() && number > 0.0 => Some(self.set(value.span(), number)),
            _ => {
                self.problem(
                    value.span(),
                    format!("`{key}` is not a number above 0"),
                    "write the false alarms that you accept per 1,000 changed lines, such as `1.0`",
                );
                None
            }
        }
    }

    fn bytes(&mut self, key: &str, value: &Value<'_>) -> Option<Set<u64>> {
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|integer| u64::from_str_radix(integer.as_str(), integer.radix()).ok());
        match number {
            Some(number) if number > 0 => Some(self.set(value.span(), number)),
            _ => {
                self.problem(
                    value.span(),
                    format!("`{key}` is not a whole number above 0"),
                    "write a number of bytes, such as `1_000_000`",
                );
                None
            }
        }
    }

    fn choice<T: Copy>(&mut self, key: &str, value: &Value<'_>, choices: &[(&str, T)]) -> Option<Set<T>> {
        let written = value.get_ref().as_str();
        if let Some(&(_, choice)) = choices.iter().find(|(word, _)| Some(*word) == written) {
            return Some(self.set(value.span(), choice));
        }
        let words: Vec<_> = choices.iter().map(|&(word, _)| word).collect();
        let help = match written.and_then(|written| nearest(written, &words)) {
            Some(word) => format!("did you mean `\"{word}\"`?"),
            None => format!("write one of {}", listed(&words, "\"")),
        };
        let message = match written {
            Some(written) => format!("`{key}` cannot be `\"{written}\"`"),
            None => format!("`{key}` is not a text"),
        };
        self.problem(value.span(), message, help);
        None
    }

    fn entries(&mut self, at: &str, value: &Value<'_>) -> Vec<Entry> {
        let Some(table) = self.table(at, value) else { return Vec::new() };
        let mut entries: Vec<_> =
            table.iter().filter_map(|(key, value)| self.entry(at, key.get_ref(), key.span(), value)).collect();
        entries.sort_by_key(|entry| entry.named);
        entries
    }

    fn entry(&mut self, at: &str, key: &str, key_span: Range<usize>, value: &Value<'_>) -> Option<Entry> {
        let named = self.named(at, key, key_span.clone());
        let path = format!("{at}.\"{key}\"");
        let (action, budget) = match value.get_ref() {
            DeValue::Table(table) => self.detailed(&path, key_span.clone(), table)?,
            _ => (Some(self.choice(&path, value, ACTIONS)?.value), None),
        };
        Some(Entry { named: named?, action, budget, place: Place::new(self.source, key_span) })
    }

    fn detailed(
        &mut self,
        path: &str,
        key_span: Range<usize>,
        table: &DeTable<'_>,
    ) -> Option<(Option<Action>, Option<f32>)> {
        let problems = self.problems.len();
        let (mut action, mut budget) = (None, None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "action" => action = self.choice(&format!("{path}.action"), value, ACTIONS).map(|set| set.value),
                "budget" => budget = self.budget(&format!("{path}.budget"), value).map(|set| set.value),
                other => self.unknown(key.span(), other, &format!("in `{path}`"), ENTRY),
            }
        }
        if table.is_empty() {
            self.problem(key_span, format!("`{path}` says nothing"), "give it `action`, `budget` or both");
        }
        (self.problems.len() == problems).then_some((action, budget))
    }

    fn named(&mut self, at: &str, key: &str, span: Range<usize>) -> Option<Named> {
        if key == "*" {
            return Some(Named::Everything);
        }
        let Ok(id) = key.parse::<CweId>() else {
            let digits = key.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_start_matches('0');
            let help = match format!("CWE-{digits}").parse::<CweId>() {
                Ok(meant) if cwe::catalogue().get(meant).is_some() => format!("did you mean `\"{meant}\"`?"),
                _ => "write it as `\"CWE-89\"`, or `\"*\"` for everything that no other entry reaches".to_owned(),
            };
            self.problem(span, format!("unknown key `{key}` in `{at}`: it is not a CWE"), help);
            return None;
        };
        if cwe::catalogue().get(id).is_none() {
            let release = cwe::catalogue().version();
            let message =
                format!("unknown key `{key}` in `{at}`: MITRE's catalogue (release {release}) has no such weakness");
            let help =
                format!("categories, views and deprecated numbers cannot be named; look it up at {}", cwe::url(id));
            self.problem(span, message, help);
            return None;
        }
        Some(Named::Cwe(id))
    }

    fn paths(&mut self, value: &Value<'_>) -> Vec<PathRule> {
        let Some(tables) = value.get_ref().as_array() else {
            self.problem(value.span(), "`paths` is not a list of tables", "write `[[paths]]` with two brackets");
            return Vec::new();
        };
        tables.iter().filter_map(|table| self.path_rule(table)).collect()
    }

    fn path_rule(&mut self, value: &Value<'_>) -> Option<PathRule> {
        let table = self.table("[paths]", value)?;
        let mut rule =
            PathRule { globs: GlobSet::empty(), patterns: Vec::new(), action: None, budget: None, cwe: Vec::new() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "match" => (rule.globs, rule.patterns) = self.globs(value),
                "action" => rule.action = self.choice("paths.action", value, ACTIONS),
                "budget" => rule.budget = self.budget("paths.budget", value),
                "cwe" => rule.cwe = self.entries("paths.cwe", value),
                other => self.unknown(key.span(), other, "in `[[paths]]`", PATHS),
            }
        }
        if !table.contains_key("match") {
            let help = "add the files it is for, such as `match = [\"tests/**\"]`";
            self.problem(value.span(), "`[[paths]]` has no `match`", help);
        } else if table.len() == 1 {
            self.problem(value.span(), "`[[paths]]` says nothing about its files", "add `action`, `budget` or `cwe`");
        }
        Some(rule)
    }

    fn globs(&mut self, value: &Value<'_>) -> (GlobSet, Vec<Set<String>>) {
        let list = value.get_ref().as_array().filter(|list| !list.is_empty());
        let Some(list) = list else {
            let help = "write globs in brackets, such as `match = [\"tests/**\"]`";
            self.problem(value.span(), "`paths.match` is not a list of globs", help);
            return (GlobSet::empty(), Vec::new());
        };
        let mut set = GlobSet::builder();
        let mut patterns = Vec::new();
        for item in list {
            match self.glob(item) {
                Some((glob, pattern)) => {
                    set.add(glob);
                    patterns.push(pattern);
                }
                None => continue,
            }
        }
        match set.build() {
            Ok(set) => (set, patterns),
            Err(error) => {
                self.problem(
                    value.span(),
                    format!("`paths.match` cannot be used: {}", error.kind()),
                    "write simpler globs",
                );
                (GlobSet::empty(), Vec::new())
            }
        }
    }

    fn glob(&mut self, item: &Value<'_>) -> Option<(globset::Glob, Set<String>)> {
        let Some(text) = item.get_ref().as_str() else {
            self.problem(item.span(), "`paths.match` has an item that is not a text", "write it in quotes");
            return None;
        };
        // Paths have no leading slash or dot and name files, so such a glob would silently match nothing.
        let relative = text.trim_start_matches("./").trim_start_matches('/');
        if relative != text || text.ends_with('/') || text.is_empty() {
            let directory = relative.ends_with('/') || relative.is_empty();
            let meant = if directory { format!("{relative}**") } else { relative.to_owned() };
            let message = format!("`paths.match` has the glob `{text}`, which matches no file");
            self.problem(item.span(), message, format!("globs start at the repository's root: write `\"{meant}\"`"));
            return None;
        }
        match GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build() {
            Ok(glob) => Some((glob, self.set(item.span(), text.to_owned()))),
            Err(error) => {
                let message = format!("`paths.match` has the glob `{text}`, which cannot be read: {}", error.kind());
                self.problem(item.span(), message, "`*` stops at `/`, `**` does not; put a literal bracket into `[]`");
                None
            }
        }
    }
}

fn listed(words: &[&str], quote: &str) -> String {
    words.iter().map(|word| format!("`{quote}{word}{quote}`")).collect::<Vec<_>>().join(", ")
}

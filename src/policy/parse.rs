//! TOML → [`Layer`]: every key is known, every value is checked, and each keeps the place where it stands.

use std::{ops::Range, sync::Arc};

use globset::{Candidate, GlobBuilder, GlobSet};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Action, Bar, FailOn, Kind, Unscannable,
    date::Date,
    diagnostic::{Place, Problem, Source, nearest},
};
use crate::{
    cwe::{self, CweId},
    path::RepoPath,
};

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
    /// A group of `cwe::groups`, and the descendants of what is in it.
    Group(&'static str),
    /// A weakness and its descendants.
    Cwe(CweId),
}

impl Named {
    /// The weaknesses that it names, without their descendants; `None` for everything.
    pub fn cwes(&self) -> Option<&[CweId]> {
        match self {
            Self::Everything => None,
            Self::Group(name) => Some(cwe::groups().get(*name).map_or(&[], |group| &group.cwes)),
            Self::Cwe(id) => Some(std::slice::from_ref(id)),
        }
    }

    /// Whether it reaches a weakness: itself or one above it is named.
    pub fn covers(&self, id: CweId) -> bool {
        self.cwes().is_none_or(|named| named.iter().any(|&above| cwe::is_or_descends(id, above)))
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Group(name) => f.write_str(name),
            Self::Cwe(id) => id.fmt(f),
        }
    }
}

/// From which probability on there is a finding, and from which on it may block; each may be said or not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bars {
    pub warn: Option<Set<Bar>>,
    pub block: Option<Set<Bar>>,
}

/// One entry of a `cwe` table; it says something.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub named: Named,
    pub action: Option<Action>,
    pub bars: Bars,
    pub place: Place,
}

/// The `[gate]` table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gate {
    pub bars: Bars,
    pub fail_on: Option<Set<FailOn>>,
    pub unscannable: Option<Set<Unscannable>>,
    pub max_file_size: Option<Set<u64>>,
    pub require_reason: Option<Set<bool>>,
    pub allow_blanket: Option<Set<bool>>,
    pub accept_new_comments: Option<Set<bool>>,
}

/// Globs that start at the folder of a policy.
#[derive(Debug, Clone)]
pub struct Globs {
    set: GlobSet,
    base: String,
    /// The globs as they were written.
    pub patterns: Vec<Set<String>>,
}

impl Globs {
    /// Whether one of them matches.
    pub fn match_path(&self, path: &RepoPath) -> bool {
        !self.matching(path).is_empty()
    }

    /// The numbers of those that match.
    pub fn matching(&self, path: &RepoPath) -> Vec<usize> {
        let below = path.as_bytes().strip_prefix(self.base.as_bytes());
        below.map(|below| self.set.matches_candidate(&Candidate::from_bytes(below))).unwrap_or_default()
    }

    /// The globs, counted from the repository's root.
    pub fn counted_from_root(&self) -> impl Iterator<Item = String> {
        self.patterns.iter().map(|pattern| format!("{}{}", globset::escape(&self.base), pattern.value))
    }
}

/// One `[[paths]]` table. A file has to match one of the globs, where there are any, and be of one of the kinds, likewise.
#[derive(Debug, Clone)]
pub struct PathRule {
    pub globs: Option<Globs>,
    pub kinds: Vec<Set<Kind>>,
    pub action: Option<Set<Action>>,
    pub bars: Bars,
    pub cwe: Vec<Entry>,
}

/// One `[[allow]]` table.
#[derive(Debug, Clone)]
pub struct Allow {
    /// At least one.
    pub cwe: Vec<Set<Named>>,
    pub globs: Option<Globs>,
    pub fingerprint: Option<Set<String>>,
    pub reason: Option<Set<String>>,
    pub owner: Option<Set<String>>,
    pub expires: Option<Set<Date>>,
    pub place: Place,
}

/// The `[model]` table.
#[derive(Debug, Clone, PartialEq)]
pub struct Pin {
    pub hash: Set<String>,
    pub path: Option<Set<String>>,
}

/// What one file says.
#[derive(Debug, Clone)]
pub struct Layer {
    pub source: Arc<Source>,
    pub root: bool,
    pub extends: Option<Set<String>>,
    pub gate: Gate,
    pub model: Option<Pin>,
    pub cwe: Vec<Entry>,
    pub paths: Vec<PathRule>,
    pub allow: Vec<Allow>,
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
        match tool_table(&document).map(|value| (value.span(), value.get_ref().as_table())) {
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
    Some(tool_table(&DeTable::parse(text).ok()?).is_some())
}

/// The place of a `pyproject.toml`'s table for this tool.
pub fn tool_table_place(source: &Arc<Source>) -> Option<Place> {
    let document = DeTable::parse(&source.text).ok()?;
    tool_table(&document).map(|table| Place::new(source, table.span()))
}

fn tool_table<'d, 'i>(document: &'d Spanned<DeTable<'i>>) -> Option<&'d Value<'i>> {
    document.get_ref().get("tool").and_then(|tool| tool.get_ref().get("cwegate"))
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

const TOP: &[&str] = &["root", "extends", "gate", "model", "cwe", "paths", "allow"];
const BARS: [&str; 4] = ["budget", "probability", "block-budget", "block-probability"];
const GATE: &[&str] = &[
    BARS[0],
    BARS[1],
    BARS[2],
    BARS[3],
    "fail-on",
    "unscannable",
    "max-file-size",
    "require-reason",
    "allow-blanket",
    "accept-new-comments",
];
const MODEL: &[&str] = &["hash", "path"];
const PATHS: &[&str] = &["match", "kind", "action", "cwe", BARS[0], BARS[1], BARS[2], BARS[3]];
const ENTRY: &[&str] = &["action", BARS[0], BARS[1], BARS[2], BARS[3]];
const ALLOW: &[&str] = &["cwe", "path", "fingerprint", "reason", "owner", "expires"];
const KINDS: &[(&str, Kind)] = &[("tests", Kind::Tests), ("generated", Kind::Generated), ("vendored", Kind::Vendored)];
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
            root: false,
            extends: None,
            gate: Gate::default(),
            model: None,
            cwe: Vec::new(),
            paths: Vec::new(),
            allow: Vec::new(),
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "root" => layer.root = self.flag("root", value).is_some_and(|set| set.value),
                "extends" => layer.extends = self.extends(value),
                "gate" => layer.gate = self.gate(value),
                "cwe" => layer.cwe = self.entries("cwe", value),
                "paths" => layer.paths = self.tables("paths", value, Self::path_rule),
                "allow" => layer.allow = self.tables("allow", value, Self::allow),
                "model" => layer.model = self.model(value),
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
                bar if BARS.contains(&bar) => self.bar(&mut gate.bars, "gate", key, value),
                "fail-on" => gate.fail_on = self.choice("gate.fail-on", value, FAIL_ON),
                "unscannable" => gate.unscannable = self.choice("gate.unscannable", value, UNSCANNABLE),
                "max-file-size" => gate.max_file_size = self.bytes("gate.max-file-size", value),
                "require-reason" => gate.require_reason = self.flag("gate.require-reason", value),
                "allow-blanket" => gate.allow_blanket = self.flag("gate.allow-blanket", value),
                "accept-new-comments" => gate.accept_new_comments = self.flag("gate.accept-new-comments", value),
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

    /// One of the four keys that say from which probability on something follows.
    fn bar(&mut self, bars: &mut Bars, at: &str, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Value<'_>) {
        let word = key.get_ref().as_ref();
        let path = format!("{at}.{word}");
        let set = if word.ends_with("budget") { self.budget(&path, value) } else { self.probability(&path, value) };
        let slot = if word.starts_with("block-") { &mut bars.block } else { &mut bars.warn };
        let Some(set) = set else { return };
        if slot.replace(set).is_some() {
            let (budget, probability) =
                if word.starts_with("block-") { (BARS[2], BARS[3]) } else { (BARS[0], BARS[1]) };
            self.problem(
                key.span(),
                format!("`{at}` has both `{budget}` and `{probability}`"),
                "keep one: a budget picks the probability by itself",
            );
        }
    }

    fn budget(&mut self, key: &str, value: &Value<'_>) -> Option<Set<Bar>> {
        match number(value) {
            Some(number) if number.is_finite() && number > 0.0 => Some(self.set(value.span(), Bar::Budget(number))),
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

    fn probability(&mut self, key: &str, value: &Value<'_>) -> Option<Set<Bar>> {
        match number(value) {
            Some(number) if number > 0.0 && number <= 1.0 => Some(self.set(value.span(), Bar::Probability(number))),
            _ => {
                self.problem(
                    value.span(),
                    format!("`{key}` is not a number above 0 and up to 1"),
                    "write a probability, such as `0.9`",
                );
                None
            }
        }
    }

    fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<Set<bool>> {
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(self.set(value.span(), *flag)),
            _ => {
                self.problem(value.span(), format!("`{key}` is neither true nor false"), "write `true` or `false`");
                None
            }
        }
    }

    /// A text that is not empty.
    fn text(&mut self, key: &str, value: &Value<'_>) -> Option<Set<String>> {
        match value.get_ref().as_str().filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(self.set(value.span(), text.to_owned())),
            None => {
                self.problem(value.span(), format!("`{key}` is not a text"), "write it in quotes");
                None
            }
        }
    }

    fn model(&mut self, value: &Value<'_>) -> Option<Pin> {
        let table = self.table("model", value)?;
        let (mut hash, mut path) = (None, None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "hash" => hash = self.hexadecimal("model.hash", 64, "`cwegate model info` prints it", value),
                "path" => path = self.text("model.path", value),
                other => self.unknown(key.span(), other, "in `[model]`", MODEL),
            }
        }
        if !table.contains_key("hash") {
            self.problem(value.span(), "`[model]` has no `hash`", "`cwegate model info` prints the hash of a model");
        }
        hash.map(|hash| Pin { hash, path })
    }

    fn hexadecimal(&mut self, key: &str, digits: usize, help: &str, value: &Value<'_>) -> Option<Set<String>> {
        let text = value.get_ref().as_str().unwrap_or_default();
        if text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
            return Some(self.set(value.span(), text.to_owned()));
        }
        self.problem(value.span(), format!("`{key}` is not {digits} hexadecimal digits"), help);
        None
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
        let (action, bars) = match value.get_ref() {
            DeValue::Table(table) => self.detailed(&path, key_span.clone(), table)?,
            _ => (Some(self.choice(&path, value, ACTIONS)?.value), Bars::default()),
        };
        Some(Entry { named: named?, action, bars, place: Place::new(self.source, key_span) })
    }

    fn detailed(&mut self, path: &str, key_span: Range<usize>, table: &DeTable<'_>) -> Option<(Option<Action>, Bars)> {
        let problems = self.problems.len();
        let (mut action, mut bars) = (None, Bars::default());
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "action" => action = self.choice(&format!("{path}.action"), value, ACTIONS).map(|set| set.value),
                bar if BARS.contains(&bar) => self.bar(&mut bars, path, key, value),
                other => self.unknown(key.span(), other, &format!("in `{path}`"), ENTRY),
            }
        }
        if table.is_empty() {
            self.problem(key_span, format!("`{path}` says nothing"), "give it `action`, `budget` or both");
        }
        (self.problems.len() == problems).then_some((action, bars))
    }

    fn named(&mut self, at: &str, key: &str, span: Range<usize>) -> Option<Named> {
        if key == "*" {
            return Some(Named::Everything);
        }
        if let Some((name, _)) = cwe::groups().get_key_value(key) {
            return Some(Named::Group(name));
        }
        if key.contains(':') {
            let known: Vec<&str> = cwe::groups().keys().map(String::as_str).collect();
            let help = match nearest_group(key, &known) {
                Some(name) => format!("did you mean `\"{name}\"`?"),
                None => format!("the groups are {}", known.join(", ")),
            };
            self.problem(span, format!("unknown key `{key}` in `{at}`: there is no such group"), help);
            return None;
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

    fn tables<T>(&mut self, key: &str, value: &Value<'_>, read: fn(&mut Self, &Value<'_>) -> Option<T>) -> Vec<T> {
        let Some(tables) = value.get_ref().as_array() else {
            let help = format!("write `[[{key}]]` with two brackets");
            self.problem(value.span(), format!("`{key}` is not a list of tables"), help);
            return Vec::new();
        };
        tables.iter().filter_map(|table| read(self, table)).collect()
    }

    fn path_rule(&mut self, value: &Value<'_>) -> Option<PathRule> {
        let table = self.table("[paths]", value)?;
        let mut rule =
            PathRule { globs: None, kinds: Vec::new(), action: None, bars: Bars::default(), cwe: Vec::new() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "match" => rule.globs = self.globs("paths.match", value),
                "kind" => rule.kinds = self.kinds(value),
                "action" => rule.action = self.choice("paths.action", value, ACTIONS),
                bar if BARS.contains(&bar) => self.bar(&mut rule.bars, "paths", key, value),
                "cwe" => rule.cwe = self.entries("paths.cwe", value),
                other => self.unknown(key.span(), other, "in `[[paths]]`", PATHS),
            }
        }
        let selectors = ["match", "kind"].into_iter().filter(|key| table.contains_key(*key)).count();
        if selectors == 0 {
            let help = "add the files it is for, such as `match = [\"tests/**\"]`";
            self.problem(value.span(), "`[[paths]]` has no `match` and no `kind`", help);
        } else if table.len() == selectors {
            self.problem(value.span(), "`[[paths]]` says nothing about its files", "add `action`, `budget` or `cwe`");
        }
        Some(rule)
    }

    fn kinds(&mut self, value: &Value<'_>) -> Vec<Set<Kind>> {
        match value.get_ref().as_array() {
            Some(list) if !list.is_empty() => {
                list.iter().filter_map(|item| self.choice("paths.kind", item, KINDS)).collect()
            }
            Some(_) => {
                self.problem(value.span(), "`paths.kind` names no kind", "write `kind = [\"generated\"]`");
                Vec::new()
            }
            None => self.choice("paths.kind", value, KINDS).into_iter().collect(),
        }
    }

    fn allow(&mut self, value: &Value<'_>) -> Option<Allow> {
        let table = self.table("[allow]", value)?;
        let mut allow = Allow {
            cwe: Vec::new(),
            globs: None,
            fingerprint: None,
            reason: None,
            owner: None,
            expires: None,
            place: Place::new(self.source, value.span()),
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "cwe" => allow.cwe = self.allowed(value),
                "path" => allow.globs = self.globs("allow.path", value),
                "fingerprint" => {
                    let help = "take it from the JSON report";
                    allow.fingerprint = self.hexadecimal("allow.fingerprint", 32, help, value);
                }
                "reason" => allow.reason = self.text("allow.reason", value),
                "owner" => allow.owner = self.text("allow.owner", value),
                "expires" => allow.expires = self.date("allow.expires", value),
                other => self.unknown(key.span(), other, "in `[[allow]]`", ALLOW),
            }
        }
        if !table.contains_key("cwe") {
            self.problem(value.span(), "`[[allow]]` has no `cwe`", "name what it allows, such as `cwe = \"CWE-89\"`");
        }
        if !table.contains_key("path") && !table.contains_key("fingerprint") {
            let help = "say where, such as `path = \"scripts/release.py\"`; for all files there is `[cwe]`";
            self.problem(value.span(), "`[[allow]]` has no `path` and no `fingerprint`", help);
        }
        Some(allow)
    }

    fn allowed(&mut self, value: &Value<'_>) -> Vec<Set<Named>> {
        let one = |reader: &mut Self, item: &Value<'_>| {
            let text = reader.text("allow.cwe", item)?;
            let named = reader.named("allow.cwe", &text.value, item.span())?;
            Some(reader.set(item.span(), named))
        };
        match value.get_ref().as_array() {
            Some(list) if list.is_empty() => {
                self.problem(value.span(), "`allow.cwe` names nothing", "write `cwe = \"CWE-89\"`");
                Vec::new()
            }
            Some(list) => list.iter().filter_map(|item| one(self, item)).collect(),
            None => one(self, value).into_iter().collect(),
        }
    }

    fn date(&mut self, key: &str, value: &Value<'_>) -> Option<Set<Date>> {
        let date = match value.get_ref() {
            DeValue::Datetime(toml::value::Datetime { date: Some(date), time: None, offset: None }) => {
                Some(Date { year: date.year, month: date.month, day: date.day })
            }
            DeValue::String(text) => text.parse().ok(),
            _ => None,
        };
        if date.is_none() {
            self.problem(value.span(), format!("`{key}` is not a day"), "write the last day, such as `2027-03-31`");
        }
        date.map(|date| self.set(value.span(), date))
    }

    /// A glob or a list of them.
    fn globs(&mut self, key: &str, value: &Value<'_>) -> Option<Globs> {
        let single = key == "allow.path" && value.get_ref().is_str();
        let list = match value.get_ref().as_array() {
            Some(list) if !list.is_empty() => list.iter().collect(),
            _ if single => vec![value],
            _ => {
                let word = key.rsplit('.').next().unwrap_or(key);
                let help = format!("write globs in brackets, such as `{word} = [\"tests/**\"]`");
                self.problem(value.span(), format!("`{key}` is not a list of globs"), help);
                return None;
            }
        };
        let mut set = GlobSet::builder();
        let mut patterns = Vec::new();
        for item in list {
            if let Some((glob, pattern)) = self.glob(key, item) {
                set.add(glob);
                patterns.push(pattern);
            }
        }
        match set.build() {
            Ok(set) => Some(Globs { set, base: self.source.base.clone(), patterns }),
            Err(error) => {
                self.problem(value.span(), format!("`{key}` cannot be used: {}", error.kind()), "write simpler globs");
                None
            }
        }
    }

    fn glob(&mut self, key: &str, item: &Value<'_>) -> Option<(globset::Glob, Set<String>)> {
        let Some(text) = item.get_ref().as_str() else {
            self.problem(item.span(), format!("`{key}` has an item that is not a text"), "write it in quotes");
            return None;
        };
        // Paths have no leading slash or dot and name files, so such a glob would silently match nothing.
        let relative = text.trim_start_matches("./").trim_start_matches('/');
        if relative != text || text.ends_with('/') || text.is_empty() {
            let directory = relative.ends_with('/') || relative.is_empty();
            let meant = if directory { format!("{relative}**") } else { relative.to_owned() };
            let message = format!("`{key}` has the glob `{text}`, which matches no file");
            self.problem(item.span(), message, format!("globs start at the policy's folder: write `\"{meant}\"`"));
            return None;
        }
        match GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build() {
            Ok(glob) => Some((glob, self.set(item.span(), text.to_owned()))),
            Err(error) => {
                let message = format!("`{key}` has the glob `{text}`, which cannot be read: {}", error.kind());
                self.problem(item.span(), message, "`*` stops at `/`, `**` does not; put a literal bracket into `[]`");
                None
            }
        }
    }
}

fn number(value: &Value<'_>) -> Option<f32> {
    match value.get_ref() {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|n| n as f32),
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    }
}

/// Like [`nearest`], for names whose part before the colon is right: `owasp:a3`, `top25`.
fn nearest_group<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let normal = written.to_ascii_lowercase();
    known
        .iter()
        .map(|&name| (strsim::damerau_levenshtein(&normal, &name.to_ascii_lowercase()), name))
        .filter(|&(distance, _)| distance <= 2)
        .min()
        .map(|(_, name)| name)
}

fn listed(words: &[&str], quote: &str) -> String {
    words.iter().map(|word| format!("`{quote}{word}{quote}`")).collect::<Vec<_>>().join(", ")
}

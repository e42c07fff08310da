//! What another tool says, from its SARIF.
//!
//! A result's weaknesses are read from its rule and from itself: tags (`external/cwe/cwe-089` of CodeQL and bandit,
//! `CWE-89: …` of semgrep, `cwe:89` of GitLab), `relationships` and `taxa` that point into a CWE taxonomy, and rule ids such as
//! `CWE-89`. Ruff names no weaknesses; its `S` rules are bandit's tests under the same numbers, so bandit's weaknesses are
//! taken for them (`bandit.toml`), which treats both alike.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::LazyLock,
};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{EvalError, cwes::cwes_in};
use crate::cwe::CweId;

/// A result as far as an evaluation cares.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult {
    /// The artifact's URI, percent-decoded, without a `file:` scheme. Untrusted text.
    pub path: String,
    /// 1-based first and last line, inclusive; `None` where it is about the whole file.
    pub lines: Option<(u32, u32)>,
    /// All weaknesses that it names; empty where it names none.
    pub cwes: Vec<CweId>,
    /// What it says for a probability (cwegate's own SARIF does), else 1.
    pub score: f32,
}

/// What one tool says, in one file or in several.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolRun {
    /// The driver's name and version.
    pub name: String,
    /// Its results, without suppressed ones.
    pub results: Vec<ToolResult>,
    /// The paths of files that it says it could not parse. Untrusted text.
    pub unread: Vec<String>,
    /// How many results name no file.
    pub without_file: usize,
}

impl ToolRun {
    /// Adds what another run of the same tool says.
    pub fn extend(&mut self, other: Self) {
        self.results.extend(other.results);
        self.unread.extend(other.unread);
        self.without_file += other.without_file;
    }
}

/// Reads a SARIF file's runs.
pub fn read(file: &Path) -> Result<Vec<ToolRun>, EvalError> {
    let bytes = std::fs::read(file).map_err(|error| EvalError::Unreadable { file: file.to_owned(), error })?;
    let wrong = |why: String| EvalError::Sarif { file: file.to_owned(), why };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let log: Value = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    let runs = log["runs"].as_array().filter(|runs| !runs.is_empty());
    let runs = runs.ok_or_else(|| wrong("it has no run in `runs`".to_owned()))?;
    Ok(runs.iter().map(tool_run).collect())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn tool_run(run: &Value) -> ToolRun {
    let driver = &run["tool"]["driver"];
    let name = driver["name"].as_str().unwrap_or("unnamed tool");
    let version = driver["semanticVersion"].as_str().or(driver["version"].as_str());
    let rules = Rules::of(&run["tool"]);
    let is_ruff = name.eq_ignore_ascii_case("ruff");
    let mut read = ToolRun {
        name: version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}")),
        unread: not_parsed(run),
        ..ToolRun::default()
    };
    for result in list(&run["results"]).iter().filter(|result| reported(result)) {
        let (id, rule) = rules.find(result);
        let place = &result["locations"][0]["physicalLocation"];
        match path(place, run) {
            None => read.without_file += 1,
            Some(path) if is_ruff && matches!(id, "" | "invalid-syntax" | "E999") => read.unread.push(path),
            Some(path) => read.results.push(ToolResult {
                path,
                lines: lines(&place["region"]),
                cwes: weaknesses(result, id, rule, is_ruff),
                score: score(result),
            }),
        }
    }
    read
}

/// The files of errors that a run gives (bandit and semgrep do): they were not parsed.
fn not_parsed(run: &Value) -> Vec<String> {
    let kinds = ["toolConfigurationNotifications", "toolExecutionNotifications"];
    let invocations = list(&run["invocations"]).iter();
    let told = invocations.flat_map(|invocation| kinds.iter().flat_map(|kind| list(&invocation[kind])));
    let files = told.filter(|told| told["level"] == "error").flat_map(|told| list(&told["locations"]));
    files.filter_map(|place| path(&place["physicalLocation"], run)).collect()
}

/// The file of a physical location: by its URI, or by its place among the run's artifacts.
fn path(place: &Value, run: &Value) -> Option<String> {
    let file = &place["artifactLocation"];
    let listed = || run["artifacts"].get(index(&file["index"])?)?["location"]["uri"].as_str();
    file["uri"].as_str().or_else(listed).map(decoded)
}

/// An index; SARIF's -1 stands for none.
fn index(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|index| usize::try_from(index).ok())
}

/// The lines of a region; `None` where it has no first line, and so is no place that a reader could look at.
fn lines(region: &Value) -> Option<(u32, u32)> {
    let line = |key: &str| region[key].as_u64().and_then(|line| u32::try_from(line).ok()).filter(|&line| line > 0);
    let first = line("startLine")?;
    Some((first, line("endLine").unwrap_or(first).max(first)))
}

fn score(result: &Value) -> f32 {
    let score = result["properties"]["probability"].as_f64().map_or(1.0, |p| p.clamp(0.0, 1.0) as f32);
    score.max(f32::MIN_POSITIVE)
}

/// The rules that a run describes.
struct Rules<'r> {
    tool: &'r Value,
    by_id: HashMap<&'r str, &'r Value>,
}

impl<'r> Rules<'r> {
    fn of(tool: &'r Value) -> Self {
        let components = std::iter::once(&tool["driver"]).chain(list(&tool["extensions"]));
        let rules = components.flat_map(|component| list(&component["rules"]));
        Self { tool, by_id: rules.filter_map(|rule| Some((rule["id"].as_str()?, rule))).collect() }
    }

    /// The id that a result gives for its rule, and the rule. Ids are hierarchical (SARIF 2.1.0, 3.27.5): `sql/concat` is described
    /// by the rule at the index, if that is `sql/concat` or `sql`, else by the rule of the longest such id.
    fn find(&self, result: &'r Value) -> (&'r str, Option<&'r Value>) {
        let indexed = self.indexed(result);
        let id_of = |rule: &'r Value| rule["id"].as_str();
        let Some(given) = result["ruleId"].as_str().or(result["rule"]["id"].as_str()) else {
            return (indexed.and_then(id_of).unwrap_or_default(), indexed);
        };
        let describes = |id: &str| given.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let indexed = indexed.filter(|rule| id_of(rule).is_some_and(describes));
        let ends = std::iter::once(given.len()).chain(given.rmatch_indices('/').map(|(at, _)| at));
        let mut by_id = ends.filter_map(|end| self.by_id.get(&given[..end]).copied());
        (given, indexed.or_else(|| by_id.next()))
    }

    /// The rule at the index that a result gives.
    fn indexed(&self, result: &Value) -> Option<&'r Value> {
        let reference = &result["rule"];
        let component = match index(&reference["toolComponent"]["index"]) {
            Some(extension) => self.tool["extensions"].get(extension)?,
            None => &self.tool["driver"],
        };
        component["rules"].get(index(&result["ruleIndex"]).or_else(|| index(&reference["index"]))?)
    }
}

/// Whether a result is an open failure: not suppressed, not passed, not gone since the baseline.
fn reported(result: &Value) -> bool {
    let accepted = |suppression: &Value| suppression["status"].as_str().is_none_or(|status| status == "accepted");
    let failed = result["kind"].as_str().is_none_or(|kind| kind == "fail");
    failed && result["baselineState"] != "absent" && !list(&result["suppressions"]).iter().any(accepted)
}

/// All that a result and its rule name, ascending.
fn weaknesses(result: &Value, id: &str, rule: Option<&Value>, is_ruff: bool) -> Vec<CweId> {
    let mut cwes = described(result, &result["taxa"]);
    cwes.extend(cwes_in(id));
    cwes.extend(rule.into_iter().flat_map(|rule| described(rule, &rule["relationships"])));
    if is_ruff {
        cwes.extend(bandit().get(id.strip_prefix('S').unwrap_or_default()));
    }
    cwes.sort_unstable();
    cwes.dedup();
    cwes
}

/// Weaknesses in the tags and other properties of a rule or a result, and in what points into a taxonomy.
fn described(of: &Value, pointers: &Value) -> Vec<CweId> {
    let properties = ["tags", "cwe"].into_iter().flat_map(|key| match &of["properties"][key] {
        Value::Array(texts) => texts.as_slice(),
        text => std::slice::from_ref(text),
    });
    let mut found: Vec<CweId> = properties.filter_map(Value::as_str).flat_map(cwes_in).collect();
    for pointer in list(pointers) {
        // A relationship holds its target, a taxon is one.
        let target = if pointer["target"].is_object() { &pointer["target"] } else { pointer };
        let id = target["id"].as_str().unwrap_or_default();
        let is_cwe = target["toolComponent"]["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("cwe"));
        found.extend(cwes_in(id));
        found.extend(id.parse().ok().filter(|&number| is_cwe && number > 0).map(CweId));
    }
    found
}

/// bandit's tests by number (`602`), each with the weakness that bandit 1.9.4 itself names for it.
fn bandit() -> &'static BTreeMap<String, CweId> {
    static BANDIT: LazyLock<BTreeMap<String, CweId>> =
        LazyLock::new(|| toml::from_str(include_str!("bandit.toml")).expect("a test parses the embedded table"));
    &BANDIT
}

/// The path of a URI: percent-decoded, without a `file:` scheme and host.
fn decoded(uri: &str) -> String {
    let path = match uri.strip_prefix("file://") {
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
        None => uri.strip_prefix("file:").unwrap_or(uri),
    };
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

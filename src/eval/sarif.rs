//! Another tool's answers, from its SARIF.
//!
//! A result's weaknesses are read from its rule and from itself: tags (`external/cwe/cwe-089` of CodeQL and bandit,
//! `CWE-89: …` of semgrep, `cwe:89` of GitLab), `relationships` and `taxa` that point into a CWE taxonomy, and rule ids such as
//! `CWE-89`. Ruff names no weaknesses; its `S` rules are bandit's tests under the same numbers, so bandit's weaknesses are
//! taken for them (`bandit.toml`), which treats both alike.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde_json::Value;

use super::{
    EvalError,
    cwes::{Classes, cwes_in},
    layout,
    record::Record,
    system::{Answer, CleanFile, Kind, Mark, Point, System},
};
use crate::cwe::CweId;

/// A result as far as an evaluation cares.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult {
    /// The artifact's URI, percent-decoded, without a `file:` scheme. Untrusted text.
    pub path: String,
    /// 1-based first line.
    pub first: u32,
    /// 1-based last line, inclusive.
    pub last: u32,
    /// All weaknesses that it names; empty where it names none.
    pub cwes: Vec<CweId>,
    /// What it says for a probability (cwegate's own SARIF does), else 1.
    pub score: f32,
    /// Whether it says that the file could not be parsed.
    pub unread: bool,
}

/// One tool's results, of one file or of several.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolRun {
    /// The driver's name and version.
    pub name: String,
    /// Its results, without suppressed ones.
    pub results: Vec<ToolResult>,
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
    let components = std::iter::once(driver).chain(list(&run["tool"]["extensions"]));
    let rules = components.flat_map(|component| list(&component["rules"]));
    let by_id: HashMap<&str, Vec<CweId>> =
        rules.filter_map(|rule| Some((rule["id"].as_str()?, described(rule, &rule["relationships"])))).collect();
    let is_ruff = name.eq_ignore_ascii_case("ruff");
    let results = list(&run["results"]).iter().filter(|result| reported(result));
    let results = results.filter_map(|result| tool_result(result, driver, &by_id, is_ruff));
    ToolRun {
        name: version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}")),
        results: results.chain(not_parsed(run)).collect(),
    }
}

/// Errors that a run gives with a file (bandit and semgrep do): the file was not parsed.
fn not_parsed(run: &Value) -> Vec<ToolResult> {
    let kinds = ["toolConfigurationNotifications", "toolExecutionNotifications"];
    let invocations = list(&run["invocations"]).iter();
    let told = invocations.flat_map(|invocation| kinds.iter().flat_map(|kind| list(&invocation[kind])));
    let files = told.filter(|told| told["level"] == "error").flat_map(|told| list(&told["locations"]));
    let uris = files.filter_map(|place| place["physicalLocation"]["artifactLocation"]["uri"].as_str());
    let unread = |uri| ToolResult { path: decoded(uri), first: 1, last: 1, cwes: Vec::new(), score: 0.0, unread: true };
    uris.map(unread).collect()
}

/// Whether a result is an open failure: not suppressed, not passed, not gone since the baseline.
fn reported(result: &Value) -> bool {
    let accepted = |suppression: &Value| suppression["status"].as_str().is_none_or(|status| status == "accepted");
    let failed = result["kind"].as_str().is_none_or(|kind| kind == "fail");
    failed && result["baselineState"] != "absent" && !list(&result["suppressions"]).iter().any(accepted)
}

fn tool_result(result: &Value, driver: &Value, rules: &HashMap<&str, Vec<CweId>>, is_ruff: bool) -> Option<ToolResult> {
    let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok());
    let by_index = || index.and_then(|index| driver["rules"].get(index)?["id"].as_str());
    let rule = result["ruleId"].as_str().or(result["rule"]["id"].as_str()).or_else(by_index).unwrap_or_default();
    let mut cwes = described(result, &result["taxa"]);
    cwes.extend(cwes_in(rule));
    cwes.extend(rules.get(rule).into_iter().flatten());
    if is_ruff {
        cwes.extend(bandit().get(rule.strip_prefix('S').unwrap_or_default()));
    }
    cwes.sort_unstable();
    cwes.dedup();

    let place = &result["locations"][0]["physicalLocation"];
    let line = |key: &str| place["region"][key].as_u64().and_then(|line| u32::try_from(line).ok());
    let first = line("startLine").unwrap_or(1);
    let score = result["properties"]["probability"].as_f64().map_or(1.0, |p| p.clamp(0.0, 1.0) as f32);
    Some(ToolResult {
        path: decoded(place["artifactLocation"]["uri"].as_str()?),
        first,
        last: line("endLine").unwrap_or(first).max(first),
        cwes,
        score: score.max(f32::MIN_POSITIVE),
        unread: is_ruff && matches!(rule, "" | "invalid-syntax" | "E999"),
    })
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
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A clean folder's file, to be found again in a tool's SARIF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanPath {
    /// Its canonical path.
    pub path: PathBuf,
    /// See [`CleanFile::group`].
    pub group: String,
    /// Its lines.
    pub lines: u64,
}

/// Clean folders as far as a tool's SARIF can point into them.
#[derive(Debug, Clone, Default)]
pub struct CleanFolders {
    /// The folders; a relative URI may be meant from within one, or from the current folder.
    pub roots: Vec<PathBuf>,
    /// Their files.
    pub files: Vec<CleanPath>,
}

/// A tool's answers to the records, and to the clean files if its results reach into them.
pub fn system(
    name: String,
    results: &[ToolResult],
    classes: &Classes,
    records: &[Record],
    clean: Option<&CleanFolders>,
) -> Result<System, EvalError> {
    let by_name: HashMap<String, usize> =
        records.iter().enumerate().map(|(at, record)| (layout::file_name(&record.id), at)).collect();
    let by_path: HashMap<&Path, usize> = clean
        .map(|clean| clean.files.iter().enumerate().map(|(at, file)| (file.path.as_path(), at)).collect())
        .unwrap_or_default();

    let mut answers = vec![Answer::default(); records.len()];
    let mut in_clean: BTreeMap<usize, Answer> = BTreeMap::new();
    let mut elsewhere = 0;
    for result in results {
        let base = result.path.rsplit(['/', '\\']).next().unwrap_or_default();
        let answer = if let Some(&at) = by_name.get(base) {
            &mut answers[at]
        } else if let Some(at) = clean.and_then(|clean| place(&result.path, clean, &by_path)) {
            in_clean.entry(at).or_default()
        } else {
            elsewhere += 1;
            continue;
        };
        if result.unread {
            answer.unread = Some("the tool could not parse it".to_owned());
        } else {
            add(answer, result, classes);
        }
    }
    if elsewhere > 0 && elsewhere == results.len() {
        return Err(EvalError::NoneOfTheRecords { tool: name, results: elsewhere });
    }
    answers.iter_mut().for_each(|answer| answer.marks.sort_by_key(|mark| (mark.first, mark.last)));

    let point = Point::of_tool(classes.0.len());
    let mut notes = Vec::new();
    if elsewhere > 0 {
        notes.push(format!(
            "{elsewhere} results lie neither in a record's file nor in a clean folder and were left out"
        ));
    }
    let mut clean_unread = 0;
    let clean = match clean {
        // A tool that was not run there and a tool that found nothing there look the same; nothing is claimed.
        Some(_) if in_clean.is_empty() => {
            notes.push(
                "no result lies in the clean folders; run the tool on them too and give that SARIF as well".to_owned(),
            );
            None
        }
        Some(clean) => {
            let mut files = Vec::new();
            for (at, file) in clean.files.iter().enumerate() {
                let answer = in_clean.get(&at);
                if answer.is_some_and(|answer| answer.unread.is_some()) {
                    clean_unread += 1;
                    continue;
                }
                let alarms = answer.map_or(0, |answer| answer.alarms(&point));
                files.push(CleanFile { group: file.group.clone(), lines: file.lines, alarms: vec![alarms] });
            }
            Some(files)
        }
        None => None,
    };
    Ok(System {
        name,
        kind: Kind::Tool,
        trained_on: None,
        points: vec![point],
        chosen: 0,
        answers,
        clean,
        clean_unread,
        notes,
    })
}

/// Adds a result to the mark at its lines, or makes one.
fn add(answer: &mut Answer, result: &ToolResult, classes: &Classes) {
    let at = answer.marks.iter().position(|mark| (mark.first, mark.last) == (result.first, result.last));
    let at = at.unwrap_or_else(|| {
        let scores = vec![0.0; classes.0.len()];
        answer.marks.push(Mark { first: result.first, last: result.last, scores, beside: 0.0 });
        answer.marks.len() - 1
    });
    let mark = &mut answer.marks[at];
    let named = classes.of_all(&result.cwes);
    if named.is_empty() {
        mark.beside = mark.beside.max(result.score);
    }
    for class in named {
        mark.scores[class] = mark.scores[class].max(result.score);
    }
}

/// The clean file that a path means.
fn place(path: &str, clean: &CleanFolders, by_path: &HashMap<&Path, usize>) -> Option<usize> {
    let here = Path::new(".");
    let bases = std::iter::once(here).chain(clean.roots.iter().map(PathBuf::as_path));
    // `join` keeps an absolute path as it is.
    bases.filter_map(|base| base.join(path).canonicalize().ok()).find_map(|path| by_path.get(path.as_path()).copied())
}

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

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    EvalError,
    cwes::{Classes, cwes_in},
    layout,
    record::Record,
    system::{Answer, CleanFile, Kind, Mark, Point, System},
};
use crate::{cwe::CweId, terminal::plural};

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
    run: &ToolRun,
    classes: &Classes,
    records: &[Record],
    clean: Option<&CleanFolders>,
) -> Result<System, EvalError> {
    let files = Files::of(records, clean);
    let mut answers = Answers { of_records: vec![Answer::default(); records.len()], of_clean: BTreeMap::new() };
    let mut elsewhere = 0;
    for result in &run.results {
        match answers.at(files.find(&result.path)) {
            Some(answer) => add(answer, result, classes),
            None => elsewhere += 1,
        }
    }
    let mut found_unread = false;
    for path in &run.unread {
        if let Some(answer) = answers.at(files.find(path)) {
            answer.unread = Some("the tool could not parse it".to_owned());
            found_unread = true;
        }
    }
    // A tool that could not parse one of the records was run on them.
    if elsewhere > 0 && elsewhere == run.results.len() && !found_unread {
        return Err(EvalError::NoneOfTheRecords { tool: run.name.clone(), results: elsewhere });
    }
    let Answers { of_records: mut answers, of_clean: in_clean } = answers;
    answers.iter_mut().for_each(|answer| answer.marks.sort_by_key(|mark| (mark.lines.is_none(), mark.lines)));

    let point = Point::of_tool(classes.0.len());
    let mut notes = Vec::new();
    if elsewhere > 0 {
        notes.push(format!(
            "{} neither in a record's file nor in a clean folder and left out",
            plural(elsewhere, "result is", "results are")
        ));
    }
    if run.without_file > 0 {
        notes.push(format!("{} no file and left out", plural(run.without_file, "result is in", "results are in")));
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
        name: run.name.clone(),
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

/// The files that a tool's paths can mean.
struct Files<'f> {
    records: HashMap<String, usize>,
    clean: Option<&'f CleanFolders>,
    by_path: HashMap<&'f Path, usize>,
}

/// A file by its place among the records, or among the clean files.
enum FileAt {
    Record(usize),
    Clean(usize),
}

impl<'f> Files<'f> {
    fn of(records: &[Record], clean: Option<&'f CleanFolders>) -> Self {
        let names = records.iter().enumerate().map(|(at, record)| (layout::file_name(&record.id), at));
        let files = clean.into_iter().flat_map(|clean| clean.files.iter().enumerate());
        let by_path = files.map(|(at, file)| (file.path.as_path(), at)).collect();
        Self { records: names.collect(), clean, by_path }
    }

    /// The file that a path means.
    fn find(&self, path: &str) -> Option<FileAt> {
        let base = path.rsplit(['/', '\\']).next().unwrap_or_default();
        match self.records.get(base) {
            Some(&at) => Some(FileAt::Record(at)),
            None => self.find_clean(path).map(FileAt::Clean),
        }
    }

    fn find_clean(&self, path: &str) -> Option<usize> {
        let here = Path::new(".");
        let bases = std::iter::once(here).chain(self.clean?.roots.iter().map(PathBuf::as_path));
        // `join` keeps an absolute path as it is.
        let mut paths = bases.filter_map(|base| base.join(path).canonicalize().ok());
        paths.find_map(|path| self.by_path.get(path.as_path()).copied())
    }
}

/// Answers to the records, and to the clean files of which something is said.
struct Answers {
    of_records: Vec<Answer>,
    of_clean: BTreeMap<usize, Answer>,
}

impl Answers {
    fn at(&mut self, file: Option<FileAt>) -> Option<&mut Answer> {
        match file? {
            FileAt::Record(at) => self.of_records.get_mut(at),
            FileAt::Clean(at) => Some(self.of_clean.entry(at).or_default()),
        }
    }
}

/// Adds a result to the mark at its lines, or makes one.
fn add(answer: &mut Answer, result: &ToolResult, classes: &Classes) {
    let at = answer.marks.iter().position(|mark| mark.lines == result.lines);
    let at = at.unwrap_or_else(|| {
        let scores = vec![0.0; classes.0.len()];
        answer.marks.push(Mark { lines: result.lines, scores, ..Mark::default() });
        answer.marks.len() - 1
    });
    let mark = &mut answer.marks[at];
    mark.cwes.extend(&result.cwes);
    mark.cwes.sort_unstable();
    mark.cwes.dedup();
    let named = classes.of_all(&result.cwes);
    if named.is_empty() {
        mark.beside = mark.beside.max(result.score);
    }
    for class in named {
        mark.scores[class] = mark.scores[class].max(result.score);
    }
}

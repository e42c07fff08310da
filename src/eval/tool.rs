//! A tool's answers, from its results.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use super::{
    EvalError,
    cwes::Classes,
    layout,
    record::Record,
    sarif::{ToolResult, ToolRun},
    system::{Answer, CleanFile, Kind, Mark, Point, System},
};
use crate::terminal::plural;

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
    let Answers { of_records: mut answers, of_clean } = answers;
    answers.iter_mut().for_each(|answer| answer.marks.sort_by_key(|mark| (mark.lines.is_none(), mark.lines)));
    let mut notes = left_out(elsewhere, run.without_file);
    // A tool that was not run there and a tool that found nothing there look the same; nothing is claimed.
    if clean.is_some() && of_clean.is_empty() {
        notes.push(
            "no result lies in the clean folders; run the tool on them too and give that SARIF as well".to_owned(),
        );
    }
    let point = Point::of_tool(classes.0.len());
    let clean = clean.filter(|_| !of_clean.is_empty()).map(|clean| clean_files(clean, &of_clean, &point));
    let (clean, clean_unread) = clean.unzip();
    Ok(System {
        name: run.name.clone(),
        kind: Kind::Tool,
        trained_on: None,
        points: vec![point],
        chosen: 0,
        answers,
        clean,
        clean_unread: clean_unread.unwrap_or_default(),
        notes,
    })
}

/// Notes on results that are in no file that is measured, or in none at all.
fn left_out(elsewhere: usize, without_file: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if elsewhere > 0 {
        let count = plural(elsewhere, "result lies", "results lie");
        notes.push(format!("{count} neither in a record's file nor in a clean folder; left out"));
    }
    if without_file > 0 {
        notes.push(format!("{} no file; left out", plural(without_file, "result names", "results name")));
    }
    notes
}

/// The clean files that the tool could read with their alarms, and how many it could not.
fn clean_files(clean: &CleanFolders, answers: &BTreeMap<usize, Answer>, point: &Point) -> (Vec<CleanFile>, usize) {
    let is_unread = |at: &usize| answers.get(at).is_some_and(|answer| answer.unread.is_some());
    let read = clean.files.iter().enumerate().filter(|(at, _)| !is_unread(at)).map(|(at, file)| {
        let alarms = answers.get(&at).map_or(0, |answer| answer.alarms(point));
        CleanFile { group: file.group.clone(), lines: file.lines, alarms: vec![alarms] }
    });
    let read: Vec<CleanFile> = read.collect();
    let unread = clean.files.len() - read.len();
    (read, unread)
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

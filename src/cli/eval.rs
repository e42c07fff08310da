//! `cwegate eval`: figures over labelled records.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};

use super::{Exit, Failure, input::python_files, written};
use crate::{
    eval::{
        EvalError,
        cwes::Classes,
        evaluation::Evaluation,
        layout,
        measure::{Options, evaluate},
        predict::{Clean, predict},
        record::{self, GroupBy, Record},
        render,
        sarif::{self, ToolRun},
        system::{System, lines_of},
        tool::{self, CleanFolders, CleanPath},
    },
    model::{self, Bundle, Choice, ModelError, Scorer},
    path::RepoPath,
    terminal::{escape, plural},
};

/// Measure this tool's model, other models, or any tool's SARIF over labelled records
///
/// To measure another tool, lay the records out as files with `--export DIR`, run the tool on DIR (and on the clean folders), and
/// give what it writes with `--sarif`. Each record is one file, named after a hash of its id; DIR/manifest.json lists both.
#[derive(Debug, Args)]
pub struct Eval {
    /// JSON Lines with `id`, `code`, `label` (vulnerable, fixed, clean) and, where known, `cwe`, `lines`, `pair_id`, `project`, `cve`
    #[arg(value_name = "DATA", required = true)]
    data: Vec<PathBuf>,
    /// Write each record as a Python file into this new folder, with a manifest, and measure nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["clean", "sarif", "model", "no_model"])]
    export: Option<PathBuf>,
    /// Folder of code without weaknesses, in which every alarm is a false one; can be given several times
    #[arg(long, value_name = "DIR", help_heading = "What to measure")]
    clean: Vec<PathBuf>,
    /// Another tool's SARIF over the exported records; files of one name are one system; can be given several times
    #[arg(long, value_name = "[NAME=]FILE", value_parser = sarif_file, help_heading = "What to measure")]
    sarif: Vec<SarifFile>,
    /// Folder of another model; several are set side by side
    #[arg(long, value_name = "DIR", help_heading = "What to measure")]
    model: Vec<PathBuf>,
    /// Measure only what is given with --sarif
    #[arg(long, requires = "sarif", conflicts_with = "model", help_heading = "What to measure")]
    no_model: bool,
    /// Alarm budget, false alarms per 1,000 changed lines, of the tables
    #[arg(long, value_name = "B", default_value = "1", value_parser = budget, help_heading = "How to measure")]
    budget: f32,
    /// What is drawn with replacement for the intervals
    #[arg(long, value_name = "FIELD", default_value = "auto", help_heading = "How to measure")]
    group_by: GroupBy,
    /// How often it is drawn; 0 for no intervals
    #[arg(long, value_name = "N", default_value = "1000", help_heading = "How to measure")]
    resamples: usize,
    /// Seed of the draws
    #[arg(long, value_name = "N", default_value = "1", help_heading = "How to measure")]
    seed: u64,
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Threads to score with
    #[arg(long, value_name = "N", value_parser = super::threads)]
    threads: Option<usize>,
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people at a terminal
    Human,
    /// `cwegate-eval/1`
    Json,
    /// One file with diagrams
    Html,
}

/// `--sarif`.
#[derive(Debug, Clone)]
struct SarifFile {
    name: Option<String>,
    file: PathBuf,
}

fn sarif_file(text: &str) -> Result<SarifFile, String> {
    match text.split_once('=') {
        // A file whose own name holds the sign is taken as a file.
        Some((name, file)) if !name.is_empty() && !Path::new(text).exists() => {
            Ok(SarifFile { name: Some(name.to_owned()), file: file.into() })
        }
        _ => Ok(SarifFile { name: None, file: text.into() }),
    }
}

fn budget(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(budget) if (0.0..=1000.0).contains(&budget) => Ok(budget),
        _ => Err("give alarms per 1,000 lines, from 0 to 1000".to_owned()),
    }
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Self {
        Self::usage(error)
    }
}

impl Eval {
    /// Measures and prints, or exports.
    pub fn run(self) -> Result<Exit, Failure> {
        let records = record::read(&self.data)?;
        let mut out = std::io::stdout().lock();
        if let Some(folder) = &self.export {
            layout::export(folder, &records)?;
            let (count, folder) = (plural(records.len(), "record is", "records are"), folder.display().to_string());
            written(writeln!(out, "{count} in {}", escape(&folder)))?;
            return Ok(Exit::Passed);
        }
        let evaluation = self.measure(&records)?;
        let text = match self.format {
            Format::Human => render::human(&evaluation),
            Format::Json => render::json(&evaluation),
            Format::Html => render::html(&evaluation),
        };
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))?;
        Ok(Exit::Passed)
    }

    fn measure(&self, records: &[Record]) -> Result<Evaluation, Failure> {
        let bundles = self.bundles()?;
        let classes = match bundles.split_first() {
            None => Classes::of_catalogue(),
            Some((first, others)) => {
                let classes = Classes::of_model(&first.manifest);
                if let Some(second) = others.iter().find(|other| Classes::of_model(&other.manifest) != classes) {
                    return Err(EvalError::OtherClasses { first: first.title(), second: second.title() }.into());
                }
                classes
            }
        };
        // Before the models, which take long: a file that is not there or of other records is told at once.
        let tools = self.tools(records, &classes)?;
        let mut systems = Vec::new();
        for bundle in &bundles {
            systems.push(self.predict(bundle, records)?);
        }
        systems.extend(tools);
        let options = Options { group_by: self.group_by, resamples: self.resamples, seed: self.seed };
        Ok(evaluate(records, &classes, &systems, &options))
    }

    fn bundles(&self) -> Result<Vec<Bundle>, Failure> {
        let bundles: Result<Vec<Bundle>, ModelError> = match (self.no_model, self.model.is_empty()) {
            (true, _) => Ok(Vec::new()),
            (false, true) => Bundle::embedded().map(|bundle| vec![bundle]),
            (false, false) => self.model.iter().map(|folder| model::load(Some(folder))).collect(),
        };
        bundles.map_err(Failure::usage)
    }

    fn predict(&self, bundle: &Bundle, records: &[Record]) -> Result<System, Failure> {
        let scorer = Scorer::new(bundle, Choice::from_env().map_err(Failure::usage)?.alike_everywhere(), self.threads);
        let files = self.clean_files()?;
        let mut unread = Vec::new();
        let clean = files.iter().filter_map(|(group, file)| match std::fs::read(file) {
            Ok(code) => {
                let stub = file.extension().is_some_and(|ending| ending == "pyi");
                Some(Clean { group: group.clone(), code, stub })
            }
            Err(error) => {
                unread.push(format!("{} cannot be read: {error}", file.display()));
                None
            }
        });
        let clean = (!self.clean.is_empty()).then_some(clean);
        let mut system = predict(bundle, &scorer, self.budget, records, clean).map_err(Failure::unscannable)?;
        system.clean_unread += unread.len();
        system.notes.extend(unread);
        Ok(system)
    }

    /// The files of the clean folders, each with its folder of the first level.
    fn clean_files(&self) -> Result<Vec<(String, PathBuf)>, Failure> {
        let mut files = Vec::new();
        for folder in &self.clean {
            // Lines are counted, and those of a notebook are not lines of code.
            let is_module = |file: &PathBuf| !RepoPath::new(file.as_os_str().as_encoded_bytes()).is_notebook();
            for file in python_files(folder)?.into_iter().filter(is_module) {
                let inside = file.strip_prefix(folder).unwrap_or(&file);
                let first = inside.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
                files.push((format!("{}/{}", folder.display(), first.unwrap_or_default()), file));
            }
        }
        if !self.clean.is_empty() && files.is_empty() {
            return Err(Failure::usage("the clean folders hold no Python file; name folders with code"));
        }
        Ok(files)
    }

    fn tools(&self, records: &[Record], classes: &Classes) -> Result<Vec<System>, Failure> {
        let mut tools: Vec<ToolRun> = Vec::new();
        for given in &self.sarif {
            for mut run in sarif::read(&given.file)? {
                run.name = given.name.clone().unwrap_or(run.name);
                match tools.iter_mut().find(|known| known.name == run.name) {
                    Some(known) => known.extend(run),
                    None => tools.push(run),
                }
            }
        }
        let clean = if self.clean.is_empty() || tools.is_empty() { None } else { Some(self.clean_folders()?) };
        let system = |run: &ToolRun| tool::system(run, classes, records, clean.as_ref()).map_err(Failure::from);
        tools.iter().map(system).collect()
    }

    fn clean_folders(&self) -> Result<CleanFolders, Failure> {
        let mut files = Vec::new();
        for (group, file) in self.clean_files()? {
            let read = file.canonicalize().and_then(|path| Ok((path, lines_of(&std::fs::read(&file)?))));
            let (path, lines) = read.map_err(|error| EvalError::Unreadable { file, error })?;
            files.push(CleanPath { path, group, lines });
        }
        Ok(CleanFolders { roots: self.clean.clone(), files })
    }
}

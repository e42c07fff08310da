//! A model's answers.

use super::{
    record::{self, Record},
    system::{Answer, CleanFile, Kind, Mark, Point, System, lines_of},
};
use crate::{
    model::{
        Bundle, ModelError, Scorer,
        scores::{Job, StatementScores, score},
    },
    policy::ClassThresholds,
    python::{self, Module},
};

/// Codes are scored together up to about this many statements, so that threads have work.
const BATCH: usize = 4000;

/// A clean file to score.
#[derive(Debug, Clone)]
pub struct Clean {
    /// See [`CleanFile::group`].
    pub group: String,
    /// Its bytes.
    pub code: Vec<u8>,
    /// Whether it is a stub file.
    pub stub: bool,
}

/// Runs a model over records and clean files.
///
/// `clean` gives the files one by one, so that a large folder is not held in memory.
pub fn predict(
    bundle: &Bundle,
    scorer: &Scorer<'_>,
    budget: f32,
    records: &[Record],
    clean: Option<impl Iterator<Item = Clean>>,
) -> Result<System, ModelError> {
    let points = points(bundle);
    let codes = records.iter().map(|record| (record, Code::Text(&record.code)));
    let mut answers = Vec::with_capacity(records.len());
    for_each_answer(codes, bundle, scorer, |_, answer| answers.push(answer))?;

    let mut clean_unread = 0;
    let clean = clean.map(|files| {
        let mut counted = Vec::new();
        let codes = files.map(|file| {
            let lines = lines_of(&file.code);
            ((file.group, lines), Code::File { bytes: file.code, stub: file.stub })
        });
        for_each_answer(codes, bundle, scorer, |(group, lines), answer| match answer.unread {
            Some(_) => clean_unread += 1,
            None => {
                let alarms = points.iter().map(|point| answer.alarms(point)).collect();
                counted.push(CleanFile { group, lines, alarms });
            }
        })?;
        Ok(counted)
    });
    let clean = clean.transpose()?;
    let chosen = chosen(bundle, budget);
    Ok(System {
        name: bundle.title(),
        kind: Kind::Model,
        trained_on: Some(bundle.manifest.classes.iter().map(|class| class.support).collect()),
        points,
        chosen,
        answers,
        clean,
        clean_unread,
        notes: Vec::new(),
    })
}

fn points(bundle: &Bundle) -> Vec<Point> {
    let budgets = &bundle.manifest.operating_points.budgets;
    let thresholds = |at: usize| bundle.manifest.classes.iter().map(|class| class.thresholds[at]).collect();
    budgets.iter().enumerate().map(|(at, &budget)| Point { budget: Some(budget), thresholds: thresholds(at) }).collect()
}

/// The operating point that the gate would take for a budget: its rule over the points' places instead of thresholds.
fn chosen(bundle: &Bundle, budget: f32) -> usize {
    let manifest = &bundle.manifest;
    let budgets = manifest.operating_points.budgets.clone();
    let thresholds = (0..budgets.len()).map(|at| at as f32).collect();
    let places = ClassThresholds { id: manifest.classes[0].id, members: Vec::new(), budgets, thresholds };
    places.threshold(budget) as usize
}

enum Code<'c> {
    Text(&'c str),
    File { bytes: Vec<u8>, stub: bool },
}

impl Code<'_> {
    fn module(&self) -> Module {
        match self {
            Self::Text(code) => record::parse(code),
            Self::File { bytes, stub } => python::parse(bytes, *stub),
        }
    }
}

/// Scores codes in batches and hands on each key with its answer, in order.
fn for_each_answer<'c, K>(
    codes: impl Iterator<Item = (K, Code<'c>)>,
    bundle: &Bundle,
    scorer: &Scorer<'_>,
    mut each: impl FnMut(K, Answer),
) -> Result<(), ModelError> {
    let mut waiting: Vec<(K, Result<Module, String>)> = Vec::new();
    let mut statements = 0;
    let mut flush = |waiting: Vec<(K, Result<Module, String>)>| {
        let jobs: Vec<Job<'_>> =
            waiting.iter().filter_map(|(_, module)| module.as_ref().ok()).map(Job::whole).collect();
        let mut scores = score(&jobs, bundle, scorer)?.into_iter();
        for (key, module) in waiting {
            each(
                key,
                match module {
                    Ok(module) => answer(&module, scores.next().unwrap_or_default()),
                    Err(why) => Answer { marks: Vec::new(), unread: Some(why) },
                },
            );
        }
        Ok(())
    };
    for (key, code) in codes {
        let module = code.module().readable();
        statements += module.as_ref().map_or(0, |module| module.statements.len());
        waiting.push((key, module));
        if statements >= BATCH {
            statements = 0;
            flush(std::mem::take(&mut waiting))?;
        }
    }
    flush(waiting)
}

fn answer(module: &Module, scores: StatementScores) -> Answer {
    let judged = module.statements.iter().zip(scores);
    let mark = |(statement, row): (&python::Statement, Option<Vec<f32>>)| {
        let lines = Some((statement.start_line, statement.end_line));
        Some(Mark { lines, scores: row?, ..Mark::default() })
    };
    Answer { marks: judged.filter_map(mark).collect(), unread: None }
}

//! Modules → class probabilities per statement.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Bundle, ModelError, Scorer};
use crate::{
    python::Module,
    window::{self, Window},
};

/// Nearer than this to a threshold, probability decides by the rounding of the runtime: four times the largest difference
/// between the runtimes on the golden corpus (`tests/runtimes.rs` prints it).
const NEAR: f32 = 0.015;

/// The probabilities from which on something follows for a class; infinite where nothing does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// From here on there is a finding.
    pub finds: f32,
    /// From here on it may block; at least `finds`.
    pub blocks: f32,
}

impl Thresholds {
    /// Whether one of them lies between an earlier probability and a later one.
    pub fn is_crossed(self, earlier: f32, later: f32) -> bool {
        self.any(|limit| earlier < limit && later >= limit)
    }

    /// Whether one of them is so near that the rounding of a runtime decides.
    fn is_near(self, probability: f32) -> bool {
        self.any(|limit| (probability - limit).abs() < NEAR)
    }

    fn any(self, is: impl Fn(f32) -> bool) -> bool {
        is(self.finds) || is(self.blocks)
    }
}

/// What to score of one module.
pub struct Job<'m> {
    /// The module.
    pub module: &'m Module,
    /// What will decide, one a class; empty where nothing is decided.
    pub thresholds: Vec<Thresholds>,
    /// For each scope to read the statements to judge; `None` judges all of them.
    pub scopes: Vec<(usize, Option<HashSet<usize>>)>,
}

impl<'m> Job<'m> {
    /// Every statement of a module.
    pub fn whole(module: &'m Module) -> Self {
        Self { module, thresholds: Vec::new(), scopes: (0..module.scopes.len()).map(|scope| (scope, None)).collect() }
    }
}

/// For each statement of a module its class probabilities, `None` where it was not judged.
pub type StatementScores = Vec<Option<Vec<f32>>>;

/// Scores several modules at once; equal windows are run once. A statement read in several windows takes its highest
/// probability, class by class.
///
/// Whatever runtime was used, a window with a probability near a threshold is scored by the built-in one, so that the
/// verdict is the same on every machine.
pub fn score(jobs: &[Job<'_>], bundle: &Bundle, scorer: &Scorer<'_>) -> Result<Vec<StatementScores>, ModelError> {
    let budget = bundle.manifest.model.window_budget;
    let mut distinct: Vec<Window> = Vec::new();
    let mut known: HashMap<Vec<u32>, usize> = HashMap::new();
    // For each job its windows, each with the distinct window that answers for it.
    let read: Vec<Vec<(Window, usize)>> =
        jobs.iter()
            .map(|job| {
                let windows = job.scopes.iter().flat_map(|(scope, focus)| {
                    window::windows(job.module, *scope, focus.as_ref(), &bundle.tokens, budget)
                });
                windows
                    .map(|window| {
                        let at = *known.entry(window.ids.clone()).or_insert_with(|| {
                            distinct.push(window.clone());
                            distinct.len() - 1
                        });
                        (window, at)
                    })
                    .collect()
            })
            .collect();
    let mut answers = scorer.score(&distinct)?;
    let close: Vec<usize> = if scorer.is_built_in(distinct.len()) { Vec::new() } else { close(jobs, &read, &answers) };
    let windows: Vec<Window> = close.iter().map(|&at| distinct[at].clone()).collect();
    for (at, answer) in close.into_iter().zip(scorer.score_built_in(&windows)?) {
        answers[at] = answer;
    }
    Ok(jobs
        .iter()
        .zip(read)
        .map(|(job, windows)| {
            let mut scores: StatementScores = vec![None; job.module.statements.len()];
            for (window, at) in windows {
                for (mark, row) in window.marks.iter().zip(&answers[at]).filter(|(mark, _)| mark.target) {
                    match &mut scores[mark.statement] {
                        Some(known) => known.iter_mut().zip(row).for_each(|(known, new)| *known = known.max(*new)),
                        slot => *slot = Some(row.clone()),
                    }
                }
            }
            scores
        })
        .collect())
}

/// The distinct windows with a probability near a threshold of a job that reads them.
fn close(jobs: &[Job<'_>], read: &[Vec<(Window, usize)>], answers: &[Vec<Vec<f32>>]) -> Vec<usize> {
    let mut close = BTreeSet::new();
    for (job, windows) in jobs.iter().zip(read) {
        for (window, at) in windows {
            let rows = window.marks.iter().zip(&answers[*at]).filter(|(mark, _)| mark.target).map(|(_, row)| row);
            let is_close = |row: &Vec<f32>| row.iter().zip(&job.thresholds).any(|(&p, limit)| limit.is_near(p));
            if rows.into_iter().any(is_close) {
                close.insert(*at);
            }
        }
    }
    close.into_iter().collect()
}

//! Modules → class probabilities per statement.

use std::collections::{HashMap, HashSet};

use super::{Bundle, ModelError, Scorer};
use crate::{
    python::Module,
    window::{self, Window},
};

/// What to score of one module.
pub struct Job<'m> {
    /// The module.
    pub module: &'m Module,
    /// For each scope to read the statements to judge; `None` judges all of them.
    pub scopes: Vec<(usize, Option<HashSet<usize>>)>,
}

impl<'m> Job<'m> {
    /// Every statement of a module.
    pub fn whole(module: &'m Module) -> Self {
        Self { module, scopes: (0..module.scopes.len()).map(|scope| (scope, None)).collect() }
    }
}

/// For each statement of a module its class probabilities, `None` where it was not judged.
pub type StatementScores = Vec<Option<Vec<f32>>>;

/// Scores several modules at once; equal windows are run once. A statement read in several windows takes its highest
/// probability, class by class.
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
    let answers = scorer.score(&distinct)?;
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

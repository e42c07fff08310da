//! What a finding hangs on: a window is scored again with one statement left out at a time.
//!
//! Only what is reported is asked about, so a change that passes costs nothing. A statement counts as evidence if the odds of the
//! weakness fall by a third or more without it. That is a fact about the model, not a proof about the code: what the model
//! overlooks is not evidence, and of two statements that each suffice neither is.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use crate::{
    attribute::{Finding, Region, Touched, log_odds, region},
    model::{Bundle, ModelError, Scorer},
    python::Module,
    window::{self, Window},
};

/// Windows that are run for one scan at most. Findings come most important first, so those at the end go without.
pub const MODEL_RUNS: usize = 160;
/// Statements that are left out for one finding at most.
const CANDIDATES: usize = 12;
/// Statements that are told of one finding at most, those of the largest effect.
const MOST: usize = 3;
/// Log-odds that must be lost: ln 1.5, so that the odds fall by a third.
const DROP: f32 = 0.405;

/// A statement that a finding's probability hangs on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The statement's place, in the same file as the finding.
    pub region: Region,
    /// The statement's canonical text. Untrusted.
    pub statement: String,
    /// The finding's probability if the statement were not there, in 0..=1.
    pub without: f32,
}

/// A finding with the file that it is in, as it is after the change.
pub struct Question<'a> {
    /// The finding; its evidence is filled in.
    pub finding: &'a mut Finding,
    /// The file.
    pub module: &'a Module,
    /// Which scopes of it were scored.
    pub scopes: &'a Touched,
}

/// Fills in the evidence of the findings, the most important first.
///
/// The built-in runtime does it, so that the answer is the same on every machine.
pub fn gather(questions: Vec<Question<'_>>, bundle: &Bundle, scorer: &Scorer<'_>) -> Result<(), ModelError> {
    let mut runs = Runs::default();
    let mut asked = Vec::new();
    for question in questions {
        let Some((class, statement)) = what(&question, bundle) else { continue };
        let windows = question.windows(statement, bundle);
        let trials = windows.into_iter().map(|window| Trial::new(window, statement, question.module));
        let trials: Vec<Trial> = trials.collect();
        if !runs.add(&trials) {
            break;
        }
        asked.push((question, class, statement, trials));
    }
    let answers = scorer.score_built_in(&runs.windows)?;
    for (question, class, statement, trials) in asked {
        let probability = |window: &Window| {
            let rows = &answers[runs.known[&window.ids]];
            let rows = window.marks.iter().zip(rows).filter(|(mark, _)| mark.statement == statement && mark.target);
            rows.map(|(_, row)| row[class]).reduce(f32::max).unwrap_or_default()
        };
        // A long statement is read in several windows; the one that convinced tells why.
        let best = trials.iter().max_by(|a, b| probability(&a.window).total_cmp(&probability(&b.window)));
        let Some(trial) = best else { continue };
        let level = log_odds(probability(&trial.window));
        let mut found: Vec<(usize, f32)> =
            trial.without.iter().map(|(candidate, window)| (*candidate, probability(window))).collect();
        found.retain(|&(_, without)| level - log_odds(without) >= DROP);
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        found.truncate(MOST);
        found.sort_by_key(|&(candidate, _)| candidate);
        let evidence = found.into_iter().map(|(candidate, without)| {
            let statement = &question.module.statements[candidate];
            Evidence { region: region(question.module, statement, None), statement: statement.text(), without }
        });
        question.finding.evidence = evidence.collect();
    }
    Ok(())
}

/// The finding's class and statement by their numbers.
fn what(question: &Question<'_>, bundle: &Bundle) -> Option<(usize, usize)> {
    let finding = &question.finding;
    let class = bundle.manifest.classes.iter().position(|class| class.id == finding.cwe)?;
    let line = finding.region.start_line;
    let statement = question.module.statements.iter().position(|statement| {
        (statement.start_line..=statement.end_line).contains(&line) && statement.text() == finding.statement
    })?;
    Some((class, statement))
}

impl Question<'_> {
    /// The windows that judged the statement.
    fn windows(&self, statement: usize, bundle: &Bundle) -> Vec<Window> {
        let scope = self.module.statements[statement].scope;
        let Some((_, focus)) = self.scopes.iter().find(|(touched, _)| *touched == scope) else { return Vec::new() };
        let budget = bundle.manifest.model.window_budget;
        let judges = |window: &Window| window.marks.iter().any(|mark| mark.target && mark.statement == statement);
        let windows = window::windows(self.module, scope, focus.as_ref(), &bundle.tokens, budget);
        windows.into_iter().filter(judges).collect()
    }
}

/// A window, and the same without each of its candidates.
struct Trial {
    window: Window,
    without: Vec<(usize, Window)>,
}

impl Trial {
    fn new(window: Window, statement: usize, module: &Module) -> Self {
        let without = candidates(&window, statement, module).into_iter().map(|at| (at, window.without(at))).collect();
        Self { window, without }
    }
}

/// The statements of a window that are worth leaving out: those that the finding's depends on, nearest dependency first,
/// then the nearest in the text.
fn candidates(window: &Window, statement: usize, module: &Module) -> Vec<usize> {
    let mut others: Vec<usize> = window.parts.iter().flat_map(|part| &part.statements).copied().collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|&other| other != statement);
    let mut steps: BTreeMap<usize, usize> = BTreeMap::new();
    let mut names: HashSet<&str> = module.statements[statement].uses.iter().map(String::as_str).collect();
    for step in 0.. {
        let defines = |at: usize| module.statements[at].defines.iter().any(|name| names.contains(name.as_str()));
        let next: Vec<usize> = others.iter().copied().filter(|at| !steps.contains_key(at) && defines(*at)).collect();
        if next.is_empty() {
            break;
        }
        for at in next {
            steps.insert(at, step);
            names.extend(module.statements[at].uses.iter().map(String::as_str));
        }
    }
    others.sort_by_key(|at| (steps.get(at).copied().unwrap_or(usize::MAX), at.abs_diff(statement)));
    others.truncate(CANDIDATES);
    others
}

/// The distinct windows to run.
#[derive(Default)]
struct Runs {
    windows: Vec<Window>,
    known: HashMap<Vec<u32>, usize>,
}

impl Runs {
    /// Adds what is not there yet; `false`, and nothing added, where that is too much.
    fn add(&mut self, trials: &[Trial]) -> bool {
        let all = || {
            trials
                .iter()
                .flat_map(|trial| std::iter::once(&trial.window).chain(trial.without.iter().map(|(_, window)| window)))
        };
        let new: HashSet<&[u32]> =
            all().map(|window| window.ids.as_slice()).filter(|ids| !self.known.contains_key(*ids)).collect();
        if self.windows.len() + new.len() > MODEL_RUNS {
            return false;
        }
        for window in all() {
            if !self.known.contains_key(&window.ids) {
                self.known.insert(window.ids.clone(), self.windows.len());
                self.windows.push(window.clone());
            }
        }
        true
    }
}

//! What an evaluation holds, as JSON gives it.

use serde::Serialize;

use super::{
    calibration::Calibration, counts::Counts, figures::Figure, mcnemar::McNemar, ranking::CurvePoint,
    resample::Interval, system::Kind,
};
use crate::cwe::CweId;

/// All that was measured, `cwegate-eval/1` as JSON. Within the schema keys are added and never renamed, removed or given another
/// type. A figure that is not defined on the data is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// `cwegate-eval/1`.
    pub schema: &'static str,
    /// The tool's version.
    pub version: &'static str,
    /// What it was measured on.
    pub data: Data,
    /// One a system, in the order in which they were named.
    pub systems: Vec<Measured>,
    /// The first system against each other one.
    pub comparisons: Vec<Comparison>,
}

/// What it was measured on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Data {
    /// Records.
    pub records: usize,
    /// Of these with a weakness.
    pub vulnerable: usize,
    /// Of these repaired.
    pub fixed: usize,
    /// Of these without a weakness from the start.
    pub clean: usize,
    /// Vulnerable records whose weakness is not known or in no class: they count for any class, not for the right one.
    pub without_class: usize,
    /// Pairs.
    pub pairs: usize,
    /// Groups that intervals draw from.
    pub groups: usize,
    /// How often.
    pub resamples: usize,
    /// The seed.
    pub seed: u64,
}

/// One system.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The alarm budget of the tables; null for a tool.
    pub budget: Option<f32>,
    /// Records that it could not read: where nothing is reported in them they count as passed.
    pub unread: usize,
    /// What a reader of the figures should know.
    pub notes: Vec<String>,
    /// The figures with intervals.
    pub figures: Vec<Figure>,
    /// Each class that some record carries or that alarmed.
    pub classes: Vec<ClassRow>,
    /// F1 over the classes.
    pub spread: Spread,
    /// How near the class reported first, or the nearest weakness that a tool reports, is to the true one.
    pub relations: Relations,
    /// Pairs by which side alarms.
    pub pairs: Pairs,
    /// Where the weakness is found.
    pub statements: Statements,
    /// Alarms where there should be none.
    pub clean: Option<CleanRate>,
    /// Calibration; null for a tool.
    pub calibration: Option<BothCalibrations>,
    /// The same figures at each alarm budget; one row for a tool.
    pub budgets: Vec<BudgetRow>,
    /// Precision and recall of any class, thinned.
    pub curve: Vec<CurvePoint>,
    /// Average precision of any class.
    pub average_precision: Option<f64>,
    /// True class against the class reported first.
    pub confusion: Vec<Cell>,
}

/// One class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassRow {
    /// The class.
    pub cwe: CweId,
    /// Its short name.
    pub title: String,
    /// Whether there are at least ten positives.
    pub estimable: bool,
    /// Positives that the model was trained on.
    pub trained_on: Option<u64>,
    /// Positives here.
    pub support: u64,
    /// Hits, false alarms, misses.
    pub counts: Counts,
    /// See [`Counts::precision`].
    pub precision: Option<f64>,
    /// See [`Counts::recall`].
    pub recall: Option<f64>,
    /// See [`Counts::f1`].
    pub f1: Option<f64>,
    /// Positives against all others that are known.
    pub auc: Option<f64>,
    /// See [`average_precision`](super::ranking::average_precision).
    pub average_precision: Option<f64>,
    /// Calibration of the class over all records.
    pub ece: Option<f64>,
    /// The same.
    pub brier: Option<f64>,
    /// Its precision–recall curve, thinned; empty where the class is not estimable.
    pub curve: Vec<CurvePoint>,
}

/// F1 over the classes. Macro-F1 and micro-F1 are among the figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// Classes with at least ten positives.
    pub estimable: usize,
    /// See [`variance`](super::spread::variance).
    pub variance: Option<f64>,
    /// See [`gini`](super::spread::gini).
    pub gini: Option<f64>,
    /// See [`rare_common_gap`](super::spread::rare_common_gap).
    pub rare_common_gap: Option<f64>,
    /// What rare means: `training` or, where that is not known, `data`.
    pub rare_by: &'static str,
}

/// Vulnerable records with a known weakness by the relation of what is reported to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Relations {
    /// See [`Relation::Exact`](super::cwes::Relation::Exact).
    pub exact: u64,
    /// See [`Relation::Ancestor`](super::cwes::Relation::Ancestor).
    pub ancestor: u64,
    /// See [`Relation::Descendant`](super::cwes::Relation::Descendant).
    pub descendant: u64,
    /// See [`Relation::Sibling`](super::cwes::Relation::Sibling).
    pub sibling: u64,
    /// See [`Relation::Other`](super::cwes::Relation::Other).
    pub other: u64,
    /// Nothing is reported.
    pub missed: u64,
}

/// Pairs by which side alarms, and by which side ranks higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Pairs {
    /// By any class.
    pub any: PairCounts,
    /// By a class of the pair's weakness; pairs without one are left out.
    pub class: PairCounts,
}

/// The four outcomes of PrimeVul (Ding et al., ICSE 2025), and ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PairCounts {
    /// P-C: the vulnerable side alarms and the fixed one does not.
    pub correct: u64,
    /// P-V: both alarm.
    pub both: u64,
    /// P-B: neither alarms.
    pub neither: u64,
    /// P-R: only the fixed side alarms.
    pub reversed: u64,
    /// The vulnerable side scores higher.
    pub higher: u64,
    /// Both score the same.
    pub tied: u64,
    /// The fixed side scores higher.
    pub lower: u64,
}

impl PairCounts {
    /// Counts one pair, the vulnerable side first.
    pub fn add(&mut self, alarms: (bool, bool), scores: (f32, f32)) {
        *match alarms {
            (true, false) => &mut self.correct,
            (true, true) => &mut self.both,
            (false, false) => &mut self.neither,
            (false, true) => &mut self.reversed,
        } += 1;
        *match scores.0.total_cmp(&scores.1) {
            std::cmp::Ordering::Greater => &mut self.higher,
            std::cmp::Ordering::Equal => &mut self.tied,
            std::cmp::Ordering::Less => &mut self.lower,
        } += 1;
    }

    /// All pairs.
    pub fn total(&self) -> u64 {
        self.correct + self.both + self.neither + self.reversed
    }
}

/// Where the weakness is found, over vulnerable records whose lines are known. Top-1 and top-3 are among the figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Statements {
    /// Such records.
    pub records: u64,
    /// Of these, those in which a right statement is named at all.
    pub named: u64,
    /// Wrong statements before the first right one (see [`Found::before`](super::outcome::Found::before)), over these.
    pub before_mean: Option<f64>,
    /// The same.
    pub before_median: Option<f64>,
    /// Records with an alarm at a line.
    pub alarmed: u64,
    /// Lines from the highest alarm to the weakness, over these.
    pub distance_mean: Option<f64>,
    /// The same.
    pub distance_median: Option<f64>,
}

/// Alarms in the clean folders.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CleanRate {
    /// Files.
    pub files: u64,
    /// Files that could not be read and are left out.
    pub unread: usize,
    /// Lines.
    pub lines: u64,
    /// Alarms.
    pub alarms: u64,
    /// Share of the files with an alarm.
    pub files_with_alarm: Option<f64>,
    /// Alarms per 1,000 lines, the interval by folders of the first level.
    pub per_1000: Interval,
}

/// Calibration where it is hard and over everything.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BothCalibrations {
    /// See [`own_class_cases`](super::figures::own_class_cases).
    pub own_class: Option<Calibration>,
    /// See [`all_class_cases`](super::figures::all_class_cases).
    pub all_classes: Option<Calibration>,
}

/// Figures at one alarm budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BudgetRow {
    /// The budget; null for a tool.
    pub budget: Option<f32>,
    /// Recall by any class.
    pub recall: Option<f64>,
    /// Recall by the right class.
    pub recall_class: Option<f64>,
    /// Fixed and clean records with an alarm.
    pub false_alarm: Option<f64>,
    /// Pairs of which only the vulnerable side alarms.
    pub pair_correct: Option<f64>,
    /// Alarms per 1,000 lines of fixed and clean records.
    pub alarms_per_1000: Option<f64>,
    /// Alarms per 1,000 lines of the clean folders.
    pub clean_per_1000: Option<f64>,
}

/// One cell of the confusion between classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The true class.
    pub truth: CweId,
    /// What is reported first: a class, `other` for a weakness without a class, `none` for a miss.
    pub reported: String,
    /// Vulnerable records.
    pub count: u64,
}

/// The first system against another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The first system.
    pub first: String,
    /// The other.
    pub second: String,
    /// A case is a record; right is an alarm on a vulnerable one, none on another.
    pub records: McNemar,
    /// A case is a vulnerable record with a class; right is an alarm by it.
    pub right_class: McNemar,
    /// A case is a pair; right is P-C.
    pub pairs: McNemar,
}

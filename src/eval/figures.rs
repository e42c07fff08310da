//! The figures that get an interval: each a function of a selection of records and pairs.

use serde::Serialize;

use super::{
    calibration::{BINS, calibration},
    counts::{Counts, ratio},
    outcome::Outcome,
    ranking::auc,
    resample::Interval,
    spread::mean,
};

/// Under so many positives a class's figures say nothing.
pub const ESTIMABLE: u64 = 10;

/// What is measured, with a key for programs and a title for people.
pub const FIGURES: [(&str, &str); 17] = [
    ("recall", "Recall, any class"),
    ("recall_class", "Recall, right class"),
    ("false_alarm", "Fixed or clean records with an alarm"),
    ("precision", "Precision, any class"),
    ("f1", "F1, any class"),
    ("auc", "AUC, vulnerable against the rest"),
    ("macro_f1", "Macro-F1 over the estimable classes"),
    ("micro_f1", "Micro-F1 over all classes"),
    ("pair_correct", "Pairs: only the vulnerable side alarms (P-C)"),
    ("pair_correct_class", "Pairs: P-C by the right class"),
    ("pair_rank", "Pairs: the vulnerable side ranks higher"),
    ("pair_rank_class", "Pairs: it ranks higher by the right class"),
    ("top_1", "The weakness is the first statement"),
    ("top_3", "The weakness is among the first three"),
    ("alarms_per_1000", "Alarms per 1,000 lines of fixed and clean records"),
    ("ece", "ECE of a record's own class"),
    ("brier", "Brier score of a record's own class"),
];

/// A figure with its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// For programs.
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    /// The value and its 95 % interval.
    #[serde(flatten)]
    pub interval: Interval,
}

/// A selection of records and pairs; either may stand several times.
#[derive(Debug, Clone, Default)]
pub struct Sample<'o> {
    /// Records.
    pub outcomes: Vec<&'o Outcome>,
    /// Pairs, the vulnerable side first.
    pub pairs: Vec<(&'o Outcome, &'o Outcome)>,
}

/// All of [`FIGURES`] on a selection, in their order. `estimable` are the classes of the macro-F1; they stay the same over all
/// selections. `graded`: whether scores are probabilities, without which calibration has no meaning.
pub fn figures(sample: &Sample<'_>, classes: usize, estimable: &[usize], graded: bool) -> Vec<Option<f64>> {
    let records = &sample.outcomes;
    let mut any = Counts::default();
    records.iter().for_each(|outcome| any.add(outcome.truth.vulnerable(), outcome.any));
    let rest = records.iter().filter(|outcome| !outcome.truth.vulnerable());
    let (rest_lines, rest_alarms) =
        rest.clone().fold((0, 0), |(lines, alarms), outcome| (lines + outcome.lines, alarms + outcome.alarms));
    let named = records.iter().filter(|outcome| outcome.truth.vulnerable() && !outcome.truth.classes.is_empty());

    let by_class = class_counts(records, classes);
    let mut all = Counts::default();
    by_class.iter().for_each(|&counts| all += counts);
    // A class that no positive of this selection has is not in its mean.
    let present = estimable.iter().map(|&class| by_class[class]).filter(|counts| counts.support() > 0);
    let f1: Vec<f64> = present.filter_map(|counts| counts.f1()).collect();

    let ranked: Vec<_> = records.iter().map(|outcome| (outcome.top, outcome.truth.vulnerable())).collect();
    let pairs = |kind: PairFigures| ratio(kind.good, kind.pairs);
    let placed: Vec<_> = records.iter().filter_map(|outcome| outcome.found).collect();
    let within = |most: usize| {
        let hits = placed.iter().filter(|found| found.before.is_some_and(|before| before < most));
        ratio(hits.count() as u64, placed.len() as u64)
    };
    let own = graded.then(|| calibration(&own_class_cases(records), BINS)).flatten();
    vec![
        any.recall(),
        ratio(named.clone().filter(|outcome| outcome.right_class()).count() as u64, named.count() as u64),
        ratio(rest.clone().filter(|outcome| outcome.any).count() as u64, rest.count() as u64),
        any.precision(),
        any.f1(),
        auc(&ranked),
        mean(&f1),
        all.f1(),
        pairs(PairFigures::count(sample, |vulnerable, fixed| vulnerable.any && !fixed.any)),
        pairs(PairFigures::count_named(sample, |vulnerable, fixed, class| {
            vulnerable.alarms_by(class) && !fixed.alarms_by(class)
        })),
        pairs(PairFigures::count(sample, |vulnerable, fixed| vulnerable.top > fixed.top)),
        pairs(PairFigures::count_named(sample, |vulnerable, fixed, class| {
            vulnerable.score_of(class) > fixed.score_of(class)
        })),
        within(1),
        within(3),
        ratio(1000 * rest_alarms, rest_lines),
        own.as_ref().map(|own| own.ece),
        own.as_ref().map(|own| own.brier),
    ]
}

struct PairFigures {
    good: u64,
    pairs: u64,
}

impl PairFigures {
    fn count(sample: &Sample<'_>, good: impl Fn(&Outcome, &Outcome) -> bool) -> Self {
        let count = sample.pairs.iter().filter(|(vulnerable, fixed)| good(vulnerable, fixed)).count();
        Self { good: count as u64, pairs: sample.pairs.len() as u64 }
    }

    /// Over the pairs whose weakness has a class.
    fn count_named(sample: &Sample<'_>, good: impl Fn(&Outcome, &Outcome, &[usize]) -> bool) -> Self {
        let named = sample.pairs.iter().filter(|(vulnerable, _)| !vulnerable.truth.classes.is_empty());
        let count = named.clone().filter(|(vulnerable, fixed)| good(vulnerable, fixed, &vulnerable.truth.classes));
        Self { good: count.count() as u64, pairs: named.count() as u64 }
    }
}

/// Hits, false alarms and misses of each class over records. A record counts for every class that alarms on it, not for the first
/// only. A vulnerable record whose weakness has no class counts for none: what it carries is not known.
pub fn class_counts(records: &[&Outcome], classes: usize) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); classes];
    for outcome in records {
        let truth = &outcome.truth;
        for &class in &outcome.alarmed {
            if let Some(carries) = truth.carries(class) {
                counts[class].add(carries, true);
            }
        }
        for &class in truth.classes.iter().filter(|class| truth.vulnerable() && !outcome.alarmed.contains(class)) {
            counts[class].misses += 1;
        }
    }
    counts
}

/// For each record with a class the probability of that class, and whether it carries it: vulnerable records against repaired ones,
/// where calibration is hard and where it matters.
pub fn own_class_cases<'o>(records: &[&'o Outcome]) -> Vec<(f32, bool)> {
    let cases = |outcome: &&'o Outcome| {
        let outcome = *outcome;
        let own = outcome.truth.classes.iter();
        own.map(move |&class| (outcome.scores[class], outcome.truth.vulnerable()))
    };
    records.iter().flat_map(cases).collect()
}

/// Each record with each class. Nearly all are easy negatives, which flatters the error.
pub fn all_class_cases(records: &[&Outcome]) -> Vec<(f32, bool)> {
    let mut cases = Vec::new();
    for outcome in records {
        for (class, &score) in outcome.scores.iter().enumerate() {
            cases.extend(outcome.truth.carries(class).map(|carries| (score, carries)));
        }
    }
    cases
}

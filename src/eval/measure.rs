//! Records and answers → an [`Evaluation`].

use std::collections::BTreeMap;

use super::{
    calibration::{BINS, calibration},
    counts::{Counts, ratio},
    cwes::{Classes, Relation},
    evaluation::{
        BothCalibrations, BudgetRow, Cell, ClassRow, CleanRate, Comparison, Data, Evaluation, Measured, Pairs,
        Relations, Spread, Statements,
    },
    figures::{ESTIMABLE, FIGURES, Figure, Sample, all_class_cases, class_counts, figures, own_class_cases},
    mcnemar::McNemar,
    outcome::{Outcome, Pair, outcomes, pairs},
    ranking::{auc, average_precision, precision_recall, thinned},
    record::{GroupBy, Label, Record},
    resample::bootstrap,
    spread::{gini, mean, median, rare_common_gap, variance},
    system::{CleanFile, Kind, Point, System},
};
use crate::cwe;

/// Points of a curve that are kept.
const CURVE_POINTS: usize = 200;

/// How intervals are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What is drawn.
    pub group_by: GroupBy,
    /// How often.
    pub resamples: usize,
    /// The seed.
    pub seed: u64,
}

/// Measures systems on records. Each system's answers have to be in the records' order.
pub fn evaluate(records: &[Record], classes: &Classes, systems: &[System], options: &Options) -> Evaluation {
    let pairs = pairs(records);
    let groups = groups(records, options.group_by);
    let all: Vec<Vec<Outcome>> =
        systems.iter().map(|system| outcomes(records, system, system.point(), classes)).collect();
    let study = Study { records, classes, pairs: &pairs, groups: &groups, options };
    let measured = systems.iter().zip(&all).map(|(system, outcomes)| study.measure(system, outcomes)).collect();
    let first = systems.iter().zip(&all).next();
    let comparisons = first.into_iter().flat_map(|(first, left)| {
        let others = systems.iter().zip(&all).skip(1);
        others.map(|(second, right)| compare((&first.name, left), (&second.name, right), &pairs)).collect::<Vec<_>>()
    });
    Evaluation {
        schema: "cwegate-eval/1",
        version: env!("CARGO_PKG_VERSION"),
        data: study.data(),
        systems: measured,
        comparisons: comparisons.collect(),
    }
}

/// The places of each group's records, groups in the order of their first record.
fn groups(records: &[Record], by: GroupBy) -> Vec<Vec<usize>> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let group = *known.entry(by.of(record)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(at);
    }
    groups
}

/// What all systems are measured on.
struct Study<'s> {
    records: &'s [Record],
    classes: &'s Classes,
    pairs: &'s [Pair],
    groups: &'s [Vec<usize>],
    options: &'s Options,
}

impl Study<'_> {
    fn data(&self) -> Data {
        let count = |label| self.records.iter().filter(|record| record.label == label).count();
        let classless =
            |record: &&Record| record.label == Label::Vulnerable && self.classes.of_all(&record.cwe).is_empty();
        Data {
            records: self.records.len(),
            vulnerable: count(Label::Vulnerable),
            fixed: count(Label::Fixed),
            clean: count(Label::Clean),
            without_class: self.records.iter().filter(classless).count(),
            pairs: self.pairs.len(),
            groups: self.groups.len(),
            resamples: self.options.resamples,
            seed: self.options.seed,
        }
    }

    fn measure(&self, system: &System, outcomes: &[Outcome]) -> Measured {
        let everything: Vec<&Outcome> = outcomes.iter().collect();
        let graded = system.kind == Kind::Model;
        let classes = self.class_rows(&everything, system);
        let ranked: Vec<_> = outcomes.iter().map(|outcome| (outcome.top, outcome.truth.vulnerable())).collect();
        let curve = precision_recall(&ranked);
        Measured {
            name: system.name.clone(),
            kind: system.kind,
            budget: system.point().budget,
            unread: system.answers.iter().filter(|answer| answer.unread.is_some()).count(),
            notes: system.notes.clone(),
            figures: self.figures(outcomes, graded),
            spread: spread(&classes),
            classes,
            relations: relations(outcomes),
            pairs: pair_counts(outcomes, self.pairs),
            statements: statements(outcomes),
            clean: system.clean.as_ref().map(|files| self.clean_rate(files, system)),
            calibration: graded.then(|| BothCalibrations {
                own_class: calibration(&own_class_cases(&everything), BINS),
                all_classes: calibration(&all_class_cases(&everything), BINS),
            }),
            budgets: self.budgets(system),
            average_precision: average_precision(&curve),
            curve: thinned(&curve, CURVE_POINTS),
            confusion: confusion(outcomes, self.classes),
        }
    }

    fn figures(&self, outcomes: &[Outcome], graded: bool) -> Vec<Figure> {
        let everything: Vec<&Outcome> = outcomes.iter().collect();
        let counts = class_counts(&everything, self.classes.0.len());
        let estimable: Vec<usize> = (0..counts.len()).filter(|&class| counts[class].support() >= ESTIMABLE).collect();
        let mut fixed_of = vec![None; outcomes.len()];
        self.pairs.iter().for_each(|pair| fixed_of[pair.vulnerable] = Some(pair.fixed));
        let intervals = bootstrap(self.groups.len(), self.options.resamples, self.options.seed, |selection| {
            let mut sample = Sample::default();
            for &at in selection.iter().flat_map(|&group| &self.groups[group]) {
                sample.outcomes.push(&outcomes[at]);
                sample.pairs.extend(fixed_of[at].map(|fixed| (&outcomes[at], &outcomes[fixed])));
            }
            figures(&sample, self.classes.0.len(), &estimable, graded)
        });
        FIGURES.iter().zip(intervals).map(|(&(key, title), interval)| Figure { key, title, interval }).collect()
    }

    fn class_rows(&self, outcomes: &[&Outcome], system: &System) -> Vec<ClassRow> {
        let counts = class_counts(outcomes, self.classes.0.len()).into_iter().enumerate();
        let rows = counts.filter(|(_, counts)| *counts != Counts::default()).map(|(at, counts)| {
            let known = outcomes.iter().filter_map(|outcome| Some((outcome.scores[at], outcome.truth.carries(at)?)));
            let scored: Vec<(f32, bool)> = known.collect();
            let curve = precision_recall(&scored);
            let calibration = (system.kind == Kind::Model).then(|| calibration(&scored, BINS)).flatten();
            let class = &self.classes.0[at];
            let estimable = counts.support() >= ESTIMABLE;
            ClassRow {
                cwe: class.id,
                title: cwe::title(class.id),
                estimable,
                trained_on: system.trained_on.as_ref().map(|supports| supports[at]),
                support: counts.support(),
                counts,
                precision: counts.precision(),
                recall: counts.recall(),
                f1: counts.f1(),
                auc: auc(&scored),
                average_precision: average_precision(&curve),
                ece: calibration.as_ref().map(|found| found.ece),
                brier: calibration.as_ref().map(|found| found.brier),
                curve: if estimable { thinned(&curve, CURVE_POINTS) } else { Vec::new() },
            }
        });
        rows.collect()
    }

    fn clean_rate(&self, files: &[CleanFile], system: &System) -> CleanRate {
        let mut groups: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for file in files {
            let (lines, alarms) = groups.entry(&file.group).or_default();
            *lines += file.lines;
            *alarms += file.alarms[system.chosen];
        }
        let groups: Vec<(u64, u64)> = groups.into_values().collect();
        let total = |selection: &[usize]| {
            selection.iter().fold((0, 0), |(lines, alarms), &at| (lines + groups[at].0, alarms + groups[at].1))
        };
        let (lines, alarms) = total(&(0..groups.len()).collect::<Vec<_>>());
        let rate = bootstrap(groups.len(), self.options.resamples, self.options.seed, |selection| {
            let (lines, alarms) = total(selection);
            vec![ratio(1000 * alarms, lines)]
        });
        let with_alarm = files.iter().filter(|file| file.alarms[system.chosen] > 0).count() as u64;
        CleanRate {
            files: files.len() as u64,
            unread: system.clean_unread,
            lines,
            alarms,
            files_with_alarm: ratio(with_alarm, files.len() as u64),
            per_1000: rate[0],
        }
    }

    fn budgets(&self, system: &System) -> Vec<BudgetRow> {
        let row = |(at, point): (usize, &Point)| {
            let outcomes = outcomes(self.records, system, point, self.classes);
            let sample = Sample {
                outcomes: outcomes.iter().collect(),
                pairs: self.pairs.iter().map(|pair| (&outcomes[pair.vulnerable], &outcomes[pair.fixed])).collect(),
            };
            let values = figures(&sample, self.classes.0.len(), &[], false);
            let figure =
                |key: &str| FIGURES.iter().zip(&values).find(|((known, _), _)| *known == key).and_then(|(_, v)| *v);
            let clean = system.clean.iter().flatten();
            let (lines, alarms) =
                clean.fold((0, 0), |(lines, alarms), file| (lines + file.lines, alarms + file.alarms[at]));
            BudgetRow {
                budget: point.budget,
                recall: figure("recall"),
                recall_class: figure("recall_class"),
                false_alarm: figure("false_alarm"),
                pair_correct: figure("pair_correct"),
                alarms_per_1000: figure("alarms_per_1000"),
                clean_per_1000: ratio(1000 * alarms, lines),
            }
        };
        system.points.iter().enumerate().map(row).collect()
    }
}

fn spread(classes: &[ClassRow]) -> Spread {
    let estimable: Vec<&ClassRow> = classes.iter().filter(|class| class.estimable).collect();
    let f1: Vec<f64> = estimable.iter().filter_map(|class| class.f1).collect();
    // Rare in training is what the question is about; a model that does not say, and a tool, leave the data's own counts.
    let trained: Option<Vec<u64>> = estimable.iter().map(|class| class.trained_on).collect();
    let trained = trained.filter(|supports| supports.iter().any(|support| *support > 0));
    let rare_by = if trained.is_some() { "training" } else { "data" };
    let supports = trained.unwrap_or_else(|| estimable.iter().map(|class| class.support).collect());
    let with_support: Vec<(u64, f64)> = supports.into_iter().zip(f1.iter().copied()).collect();
    Spread {
        estimable: estimable.len(),
        variance: variance(&f1),
        gini: gini(&f1),
        rare_common_gap: rare_common_gap(&with_support),
        rare_by,
    }
}

fn relations(outcomes: &[Outcome]) -> Relations {
    let mut counts = Relations::default();
    for outcome in outcomes.iter().filter(|outcome| outcome.truth.vulnerable() && !outcome.truth.cwe.is_empty()) {
        *match outcome.relation {
            Some(Relation::Exact) => &mut counts.exact,
            Some(Relation::Ancestor) => &mut counts.ancestor,
            Some(Relation::Descendant) => &mut counts.descendant,
            Some(Relation::Sibling) => &mut counts.sibling,
            Some(Relation::Other) => &mut counts.other,
            None => &mut counts.missed,
        } += 1;
    }
    counts
}

fn pair_counts(outcomes: &[Outcome], pairs: &[Pair]) -> Pairs {
    let mut counts = Pairs::default();
    for pair in pairs {
        let (vulnerable, fixed) = (&outcomes[pair.vulnerable], &outcomes[pair.fixed]);
        counts.any.add((vulnerable.any, fixed.any), (vulnerable.top, fixed.top));
        let own = &vulnerable.truth.classes;
        if !own.is_empty() {
            let alarms = (vulnerable.alarms_by(own), fixed.alarms_by(own));
            counts.class.add(alarms, (vulnerable.score_of(own), fixed.score_of(own)));
        }
    }
    counts
}

fn statements(outcomes: &[Outcome]) -> Statements {
    let found: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.found).collect();
    let before: Vec<f64> = found.iter().filter_map(|found| Some(found.before? as f64)).collect();
    let distance: Vec<f64> = found.iter().filter_map(|found| Some(f64::from(found.distance?))).collect();
    Statements {
        records: found.len() as u64,
        named: before.len() as u64,
        before_mean: mean(&before),
        before_median: median(&before),
        alarmed: distance.len() as u64,
        distance_mean: mean(&distance),
        distance_median: median(&distance),
    }
}

/// Each vulnerable record with a class counts once: at its true class, of several at the reported one if that is among them.
fn confusion(outcomes: &[Outcome], classes: &Classes) -> Vec<Cell> {
    let mut cells: BTreeMap<(usize, Option<usize>, bool), u64> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.truth.vulnerable()) {
        let own = &outcome.truth.classes;
        let Some(&truth) = own.iter().find(|class| outcome.first == Some(**class)).or(own.first()) else { continue };
        *cells.entry((truth, outcome.first, outcome.any)).or_default() += 1;
    }
    let cell = |((truth, first, any), count): ((usize, Option<usize>, bool), u64)| Cell {
        truth: classes.0[truth].id,
        reported: match (first, any) {
            (Some(class), _) => classes.0[class].id.to_string(),
            (None, true) => "other".to_owned(),
            (None, false) => "none".to_owned(),
        },
        count,
    };
    cells.into_iter().map(cell).collect()
}

fn compare(first: (&str, &[Outcome]), second: (&str, &[Outcome]), pairs: &[Pair]) -> Comparison {
    let both = || first.1.iter().zip(second.1);
    let right = |outcome: &Outcome| outcome.any == outcome.truth.vulnerable();
    let named = both().filter(|(outcome, _)| outcome.truth.vulnerable() && !outcome.truth.classes.is_empty());
    let correct = |outcomes: &[Outcome], pair: &Pair| outcomes[pair.vulnerable].any && !outcomes[pair.fixed].any;
    Comparison {
        first: first.0.to_owned(),
        second: second.0.to_owned(),
        records: McNemar::of(both().map(|(a, b)| (right(a), right(b)))),
        right_class: McNemar::of(named.map(|(a, b)| (a.right_class(), b.right_class()))),
        pairs: McNemar::of(pairs.iter().map(|pair| (correct(first.1, pair), correct(second.1, pair)))),
    }
}

//! Records beside answers: figures of a small study computed by hand.

use cwegate::{
    cwe::CweId,
    eval::{
        cwes::{Class, Classes},
        evaluation::Evaluation,
        figures::FIGURES,
        measure::{Options, evaluate},
        outcome::{Outcome, pairs},
        record::{GroupBy, Label, Record},
        system::{Answer, CleanFile, Kind, Mark, Point, System, lines_of},
    },
};
use proptest::prelude::*;

use crate::metrics::close;

/// Two classes that are siblings.
fn classes() -> Classes {
    Classes([89, 90].map(|id| Class { id: CweId(id), members: vec![CweId(id)] }).to_vec())
}

fn record(id: &str, label: Label, cwe: &[u16], lines: &[u32], pair: Option<&str>) -> Record {
    Record {
        id: id.to_owned(),
        code: "a\nb\nc\nd\n".to_owned(),
        label,
        cwe: cwe.iter().copied().map(CweId).collect(),
        lines: lines.to_vec(),
        pair_id: pair.map(str::to_owned),
        project: None,
        cve: None,
    }
}

/// One statement a line, each with its two scores.
fn answer(scores: &[(f32, f32)]) -> Answer {
    let mark =
        |(line, &(a, b)): (u32, &(f32, f32))| Mark { lines: Some((line, line)), scores: vec![a, b], ..Mark::default() };
    Answer { marks: (1..).zip(scores).map(mark).collect(), unread: None }
}

fn system(name: &str, answers: Vec<Answer>) -> System {
    let point = |budget, threshold| Point { budget: Some(budget), thresholds: vec![threshold; 2] };
    System {
        name: name.to_owned(),
        kind: Kind::Model,
        trained_on: Some(vec![50, 5]),
        points: vec![point(1.0, 0.5), point(10.0, 0.2)],
        chosen: 0,
        answers,
        clean: None,
        clean_unread: 0,
        notes: Vec::new(),
    }
}

/// Three pairs, a vulnerable record of an unknown weakness, a clean record.
fn study() -> (Vec<Record>, System) {
    let records = vec![
        record("1v", Label::Vulnerable, &[89], &[2], Some("1")),
        record("1f", Label::Fixed, &[89], &[], Some("1")),
        record("2v", Label::Vulnerable, &[89], &[4], Some("2")),
        record("2f", Label::Fixed, &[89], &[], Some("2")),
        record("3v", Label::Vulnerable, &[90], &[1], Some("3")),
        record("3f", Label::Fixed, &[90], &[], Some("3")),
        record("u", Label::Vulnerable, &[], &[], None),
        record("c", Label::Clean, &[], &[], None),
    ];
    let answers = vec![
        answer(&[(0.1, 0.0), (0.9, 0.6), (0.3, 0.0), (0.2, 0.0)]), // found at its line, as 89 before 90
        answer(&[(0.1, 0.0), (0.1, 0.0)]),                         // silent
        answer(&[(0.6, 0.0), (0.0, 0.0), (0.0, 0.0), (0.4, 0.0)]), // alarms three lines away
        answer(&[(0.7, 0.0), (0.0, 0.8)]),                         // two alarms
        answer(&[(0.3, 0.1)]),                                     // silent at 0.5
        answer(&[(0.1, 0.1)]),                                     // silent, tied in its class
        answer(&[(0.0, 0.95)]),                                    // alarms
        answer(&[(0.0, 0.0)]),                                     // silent
    ];
    (records, system("a model", answers))
}

const OPTIONS: Options = Options { group_by: GroupBy::Auto, resamples: 200, seed: 3 };

fn figure(evaluation: &Evaluation, key: &str) -> Option<f64> {
    let found = evaluation.systems[0].figures.iter().find(|figure| figure.key == key);
    found.unwrap_or_else(|| panic!("no figure {key}")).interval.value
}

#[test]
fn all_figures_of_a_small_study() {
    let (records, system) = study();
    let found = evaluate(&records, &classes(), &[system], &OPTIONS);
    let data = &found.data;
    assert_eq!((data.records, data.vulnerable, data.fixed, data.clean, data.pairs), (8, 4, 3, 1, 3));
    assert_eq!((data.without_class, data.groups), (1, 5), "three pairs and two single records");

    close(figure(&found, "recall"), 3.0 / 4.0);
    close(figure(&found, "recall_class"), 2.0 / 3.0);
    close(figure(&found, "false_alarm"), 1.0 / 4.0);
    close(figure(&found, "precision"), 3.0 / 4.0);
    close(figure(&found, "f1"), 0.75);
    // Vulnerable .9 .6 .3 .95 against .1 .8 .1 0: .6 and .3 stand below .8.
    close(figure(&found, "auc"), 14.0 / 16.0);
    // 89: hits 1v 2v, false alarm 2f. 90: miss 3v, false alarms 1v 2f; u is of an unknown class and counts for none.
    close(figure(&found, "micro_f1"), 4.0 / (4.0 + 3.0 + 1.0));
    assert_eq!(figure(&found, "macro_f1"), None, "no class has ten positives");
    close(figure(&found, "pair_correct"), 1.0 / 3.0);
    close(figure(&found, "pair_correct_class"), 1.0 / 3.0);
    // By the highest score pairs 1 and 3, by their own class pair 1 alone: pair 3 is tied at .1.
    close(figure(&found, "pair_rank"), 2.0 / 3.0);
    close(figure(&found, "pair_rank_class"), 1.0 / 3.0);
    // 1v: line 2 first. 2v: line 4 after one. 3v: line 1 is the only statement.
    close(figure(&found, "top_1"), 2.0 / 3.0);
    close(figure(&found, "top_3"), 1.0);
    close(figure(&found, "alarms_per_1000"), 1000.0 * 2.0 / 16.0);
    // Own class: .9+ .1 .6+ .7 .1+ .1, each distinct probability a bin of its own.
    close(figure(&found, "brier"), (0.01 + 0.01 + 0.16 + 0.49 + 0.81 + 0.01) / 6.0);
    close(figure(&found, "ece"), (3.0 * (1.0f64 / 3.0 - 0.1) + 0.4 + 0.7 + 0.1) / 6.0);

    let measured = &found.systems[0];
    let any = measured.pairs.any;
    assert_eq!((any.correct, any.both, any.neither, any.reversed), (1, 1, 1, 0));
    assert_eq!((any.higher, any.tied, any.lower), (2, 0, 1));
    let class = measured.pairs.class;
    assert_eq!((class.higher, class.tied, class.lower), (1, 1, 1));
    let related = measured.relations;
    assert_eq!((related.exact, related.missed, related.sibling), (2, 1, 0));
    let places = measured.statements;
    assert_eq!((places.records, places.named, places.alarmed), (3, 3, 2));
    close(places.before_mean, 1.0 / 3.0);
    close(places.distance_mean, 1.5);
    let cells: Vec<_> =
        measured.confusion.iter().map(|cell| (cell.truth.0, cell.reported.as_str(), cell.count)).collect();
    assert_eq!(cells, [(89, "CWE-89", 2), (90, "none", 1)]);
    let rows: Vec<_> = measured.classes.iter().map(|row| (row.cwe.0, row.support, row.estimable)).collect();
    assert_eq!(rows, [(89, 2, false), (90, 1, false)]);
    close(measured.classes[0].precision, 2.0 / 3.0);
    close(measured.classes[0].recall, 1.0);
    // 89 over the seven known records: .9+ .6+ against .1 .7 .3 .1 0.
    close(measured.classes[0].auc, 9.0 / 10.0);

    let budgets: Vec<_> = measured.budgets.iter().map(|row| (row.budget, row.recall)).collect();
    assert_eq!(budgets, [(Some(1.0), Some(0.75)), (Some(10.0), Some(1.0))]);
    close(measured.budgets[1].recall_class, 2.0 / 3.0);
}

#[test]
fn macro_f1_and_its_spread_are_over_classes_of_ten_positives() {
    // 89: ten positives, five found, no false alarm: F1 = 10/15. 90: ten positives, all found: 1. 91 has too few.
    let mut list = classes().0;
    list.push(Class { id: CweId(91), members: vec![CweId(91)] });
    let classes = Classes(list);
    let mut records = Vec::new();
    let mut answers = Vec::new();
    for (cwe, count, found) in [(89u16, 10, 5), (90, 10, 10), (91, 9, 9)] {
        for n in 0..count {
            records.push(record(&format!("{cwe}/{n}"), Label::Vulnerable, &[cwe], &[], None));
            let score = if n < found { 0.9 } else { 0.1 };
            let scores = [89, 90, 91].map(|class| if class == cwe { score } else { 0.0 }).to_vec();
            answers.push(Answer { marks: vec![Mark { lines: Some((1, 1)), scores, ..Mark::default() }], unread: None });
        }
    }
    let mut first = system("a model", answers);
    first.points = vec![Point { budget: Some(1.0), thresholds: vec![0.5; 3] }];
    first.trained_on = Some(vec![50, 5, 1]);
    // Another model with another training set, and a tool, which has none.
    let second = System { trained_on: Some(vec![5, 50, 1]), ..first.clone() };
    let tool = System { kind: Kind::Tool, trained_on: None, ..first.clone() };
    let found = evaluate(&records, &classes, &[first, second, tool], &OPTIONS);
    close(figure(&found, "macro_f1"), (2.0 / 3.0 + 1.0) / 2.0);
    close(figure(&found, "micro_f1"), 48.0 / 53.0);
    let spread = &found.systems[0].spread;
    assert_eq!((spread.estimable, spread.rare_by), (2, "training"));
    close(spread.variance, 1.0 / 36.0);
    close(spread.gini, (1.0 / 3.0) / (4.0 * 5.0 / 6.0));
    close(spread.rare_common_gap, 2.0 / 3.0 - 1.0);
    let trained = |at: usize| found.systems[at].classes.iter().map(|row| row.trained_on).collect::<Vec<_>>();
    assert_eq!([trained(0)[0], trained(1)[0], trained(2)[0]], [Some(50), Some(5), None]);
    close(found.systems[1].spread.rare_common_gap, 1.0 - 2.0 / 3.0);
    let spread = &found.systems[2].spread;
    assert_eq!((spread.rare_by, spread.rare_common_gap), ("data", None), "both have ten positives in the data");
    assert_eq!(found.systems[0].classes.iter().map(|row| row.estimable).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_constant_is_not_rewarded() {
    let (records, _) = study();
    let same = vec![answer(&[(0.7, 0.7); 4]); records.len()];
    let found = evaluate(&records, &classes(), &[system("constant", same)], &OPTIONS);
    close(figure(&found, "auc"), 0.5);
    for key in ["pair_correct", "pair_rank", "pair_rank_class", "top_1", "top_3"] {
        close(figure(&found, key), 0.0);
    }
}

#[test]
fn systems_are_compared_case_by_case() {
    let (records, first) = study();
    let silent = vec![Answer { unread: Some("no Python".to_owned()), ..Answer::default() }; records.len()];
    let found = evaluate(&records, &classes(), &[first, system("silent", silent)], &OPTIONS);
    assert_eq!(found.systems[1].unread, records.len());
    let [comparison] = &found.comparisons[..] else { panic!("one comparison") };
    assert_eq!((comparison.records.first_only, comparison.records.second_only), (3, 1));
    close(Some(comparison.records.p), 2.0 * 5.0 / 16.0);
    assert_eq!((comparison.right_class.first_only, comparison.right_class.second_only), (2, 0));
    assert_eq!((comparison.pairs.first_only, comparison.pairs.second_only), (1, 0));
}

#[test]
fn clean_files_give_a_rate_with_an_interval_by_folder() {
    let (records, mut first) = study();
    let file =
        |group: &str, lines, alarms: [u64; 2]| CleanFile { group: group.to_owned(), lines, alarms: alarms.to_vec() };
    first.clean = Some(vec![file("a", 100, [0, 1]), file("a", 300, [1, 2]), file("b", 600, [1, 7])]);
    first.clean_unread = 2;
    let found = evaluate(&records, &classes(), &[first], &OPTIONS);
    let clean = found.systems[0].clean.as_ref().expect("a rate");
    assert_eq!((clean.files, clean.unread, clean.lines, clean.alarms), (3, 2, 1000, 2));
    close(clean.per_1000.value, 2.0);
    close(clean.files_with_alarm, 2.0 / 3.0);
    // Of two folders only a twice, both, or b twice can be drawn: 2.5, 2 and 1.67 per 1,000.
    close(clean.per_1000.low, 5.0 / 3.0);
    close(clean.per_1000.high, 2.5);
    close(found.systems[0].budgets[1].clean_per_1000, 10.0);
}

#[test]
fn alarms_at_one_line_are_one() {
    let point = Point { budget: None, thresholds: vec![0.5, 0.5] };
    let mark = |lines, scores: [f32; 2], beside| Mark { lines, scores: scores.to_vec(), beside, cwes: Vec::new() };
    let both = [mark(Some((3, 3)), [0.9, 0.9], 0.0), mark(Some((3, 4)), [0.0, 0.6], 0.0)];
    assert_eq!(Answer { marks: both.to_vec(), unread: None }.alarms(&point), 1);
    let beside = [mark(Some((1, 1)), [0.0, 0.0], 1.0), mark(Some((2, 2)), [0.4, 0.0], 0.0)];
    let beside = Answer { marks: beside.to_vec(), unread: None };
    assert_eq!(beside.alarms(&point), 1);
    let outcome = Outcome::of(&record("x", Label::Vulnerable, &[89], &[1], None), &beside, &point, &classes());
    assert!(outcome.any && !outcome.right_class() && outcome.alarmed.is_empty(), "{outcome:?}");
    assert_eq!((lines_of(b""), lines_of(b"a"), lines_of(b"a\n"), lines_of(b"a\n\nb")), (0, 1, 1, 3));
}

#[test]
fn pairs_are_joined_in_order() {
    let records = [
        record("a", Label::Fixed, &[], &[], Some("p")),
        record("b", Label::Vulnerable, &[], &[], Some("p")),
        record("c", Label::Vulnerable, &[], &[], Some("p")),
        record("d", Label::Fixed, &[], &[], Some("p")),
        record("e", Label::Vulnerable, &[], &[], Some("alone")),
        record("f", Label::Vulnerable, &[], &[], None),
        record("g", Label::Fixed, &[], &[], None),
    ];
    let found: Vec<_> = pairs(&records).into_iter().map(|pair| (pair.vulnerable, pair.fixed)).collect();
    assert_eq!(found, [(1, 0), (2, 3)]);
}

#[test]
fn groups_are_by_the_field_that_is_asked_for() {
    let mut record = record("x", Label::Clean, &[], &[], Some("p"));
    assert_eq!(GroupBy::Auto.of(&record), "pair p");
    assert_eq!(GroupBy::Project.of(&record), "record x");
    record.cve = Some("CVE-1".to_owned());
    assert_eq!(GroupBy::Auto.of(&record), "cve CVE-1");
    record.project = Some("django".to_owned());
    assert_eq!(GroupBy::Auto.of(&record), "project django");
    assert_eq!(GroupBy::PairId.of(&record), "pair p");
    assert_eq!(GroupBy::Cve.of(&record), "cve CVE-1");
}

fn any_study() -> impl Strategy<Value = (Vec<Record>, System)> {
    let label = prop::sample::select(vec![Label::Vulnerable, Label::Fixed, Label::Clean]);
    let cwe = prop::sample::select(vec![vec![], vec![89u16], vec![90], vec![89, 90], vec![20]]);
    let scores = prop::collection::vec((0.0f32..1.0, 0.0f32..1.0), 0..5);
    prop::collection::vec((label, cwe, scores, 0u8..4, prop::option::of(1u32..5)), 1..30).prop_map(|rows| {
        let (mut records, mut answers) = (Vec::new(), Vec::new());
        for (at, (label, cwe, scores, pair, line)) in rows.into_iter().enumerate() {
            let lines: Vec<u32> = line.into_iter().collect();
            records.push(record(&at.to_string(), label, &cwe, &lines, Some(&pair.to_string())));
            answers.push(answer(&scores));
        }
        (records, system("any", answers))
    })
}

proptest! {
    #[test]
    fn whatever_the_data_figures_stay_in_their_bounds((records, system) in any_study()) {
        let options = Options { group_by: GroupBy::Auto, resamples: 20, seed: 1 };
        let found = evaluate(&records, &classes(), &[system], &options);
        let measured = &found.systems[0];
        prop_assert_eq!(measured.figures.len(), FIGURES.len());
        for figure in &measured.figures {
            let most = if figure.key == "alarms_per_1000" { 1000.0 } else { 1.0 };
            for value in [figure.interval.value, figure.interval.low, figure.interval.high].into_iter().flatten() {
                prop_assert!((0.0..=most).contains(&value), "{} is {}", figure.key, value);
            }
        }
        prop_assert_eq!(measured.pairs.any.total(), found.data.pairs as u64);
        // A larger budget never finds less.
        let recalls: Vec<f64> = measured.budgets.iter().filter_map(|row| row.recall).collect();
        prop_assert!(recalls.is_sorted());
        let confused: u64 = measured.confusion.iter().map(|cell| cell.count).sum();
        prop_assert_eq!(confused as usize, found.data.vulnerable - found.data.without_class);
        // What the tables count is what the intervals are about.
        if let Some(correct) = figure(&found, "pair_correct") {
            prop_assert!((correct * found.data.pairs as f64 - measured.pairs.any.correct as f64).abs() < 1e-9);
        }
    }

    #[test]
    fn the_order_of_records_does_not_matter((records, system) in any_study(), turn in 0usize..30) {
        // Pairs are joined by order within a name; whole names are kept in their order by turning nothing but single records.
        let mut records = records;
        records.iter_mut().for_each(|record| record.pair_id = None);
        let (mut turned, mut other) = (records.clone(), system.clone());
        turned.rotate_left(turn % records.len());
        other.answers.rotate_left(turn % records.len());
        let options = Options { group_by: GroupBy::Auto, resamples: 0, seed: 1 };
        let a = evaluate(&records, &classes(), &[system], &options);
        let b = evaluate(&turned, &classes(), &[other], &options);
        for (a, b) in a.systems[0].figures.iter().zip(&b.systems[0].figures) {
            let same = match (a.interval.value, b.interval.value) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                (a, b) => a == b,
            };
            prop_assert!(same, "{a:?} {b:?}");
        }
    }
}

//! The metrics alone.

use cwegate::{
    cwe::CweId,
    eval::{
        calibration::calibration,
        counts::Counts,
        cwes::{Classes, Relation, cwes_in},
        mcnemar::{McNemar, exact_p},
        ranking::{auc, average_precision, precision_recall, thinned},
        resample::{Random, bootstrap, quantile},
        spread::{gini, mean, median, rare_common_gap, variance},
    },
};
use proptest::prelude::*;

#[track_caller]
pub fn close(found: Option<f64>, wanted: f64) {
    assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-6), "{found:?}, not {wanted}");
}

/// Positives at .9 and .7, negatives at .8 and .1.
const MIXED: [(f32, bool); 4] = [(0.7, true), (0.1, false), (0.9, true), (0.8, false)];

#[test]
fn auc_is_the_share_of_ordered_couples() {
    close(auc(&MIXED), 3.0 / 4.0);
    close(auc(&[(0.5, true), (0.5, false)]), 0.5);
    close(auc(&[(0.5, true), (0.5, false), (0.2, false), (0.9, false)]), 1.5 / 3.0);
    assert_eq!(auc(&[(0.5, true)]), None);
    assert_eq!(auc(&[]), None);
}

#[test]
fn precision_and_recall_step_down_the_scores() {
    let curve = precision_recall(&MIXED);
    let points: Vec<(f64, f64)> = curve.iter().map(|point| (point.recall, point.precision)).collect();
    assert_eq!(points, [(0.5, 1.0), (0.5, 0.5), (1.0, 2.0 / 3.0), (1.0, 0.5)]);
    close(average_precision(&curve), 0.5 + 0.5 * 2.0 / 3.0);
    assert_eq!(precision_recall(&[(0.5, false)]), []);
    assert_eq!(average_precision(&[]), None);
    let tied = precision_recall(&[(0.5, true), (0.5, false)]);
    assert_eq!((tied.len(), tied[0].precision), (1, 0.5), "equal scores are one step");
    assert_eq!(thinned(&curve, 2), [curve[0], curve[2], curve[3]]);
}

#[test]
fn ratios_of_counts() {
    let counts = Counts { hits: 6, false_alarms: 2, misses: 4 };
    close(counts.precision(), 0.75);
    close(counts.recall(), 0.6);
    close(counts.f1(), 2.0 * 0.75 * 0.6 / (0.75 + 0.6));
    let missed = Counts { misses: 3, ..Counts::default() };
    assert_eq!((missed.precision(), missed.recall(), missed.f1()), (None, Some(0.0), Some(0.0)));
    assert_eq!(Counts::default().f1(), None);
}

#[test]
fn spread_over_classes() {
    close(mean(&[0.0, 0.5, 1.0]), 0.5);
    close(variance(&[0.0, 0.5, 1.0]), 1.0 / 6.0);
    close(median(&[3.0, 1.0, 2.0]), 2.0);
    close(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    close(gini(&[1.0, 3.0]), 0.25);
    close(gini(&[0.0, 0.0, 0.0, 1.0]), 0.75);
    close(gini(&[0.4, 0.4]), 0.0);
    assert_eq!((mean(&[]), variance(&[]), median(&[]), gini(&[]), gini(&[0.0])), (None, None, None, None, None));
}

#[test]
fn the_gap_is_common_less_rare() {
    close(rare_common_gap(&[(20, 0.6), (1, 0.2), (10, 0.8), (2, 0.4)]), 0.7 - 0.3);
    assert_eq!(rare_common_gap(&[(5, 0.6), (5, 0.2)]), None, "no class is rarer than another");
    assert_eq!(rare_common_gap(&[]), None);
}

#[test]
fn calibration_over_bins_of_equal_mass() {
    let cases = [(0.8, true), (0.1, false), (0.6, true), (0.3, true)];
    let found = calibration(&cases, 2).expect("there are cases");
    // Bins {.1, .3} and {.6, .8}: claimed .2 and .7, observed .5 and 1.
    close(Some(found.ece), 0.5 * 0.3 + 0.5 * 0.3);
    close(Some(found.brier), (0.04 + 0.01 + 0.16 + 0.49) / 4.0);
    assert_eq!(found.bins.iter().map(|bin| (bin.count, bin.observed)).collect::<Vec<_>>(), [(2, 0.5), (2, 1.0)]);

    let same = calibration(&[(0.25, true), (0.25, false), (0.25, false), (0.25, false)], 3).expect("there are cases");
    assert_eq!(same.bins.len(), 1, "equal probabilities stay together");
    close(Some(same.ece), 0.0);
    assert_eq!(calibration(&[], 2), None);
}

#[test]
fn mcnemar_is_the_exact_binomial() {
    close(Some(exact_p(1, 9)), 2.0 * (1.0 + 10.0) / 1024.0);
    close(Some(exact_p(9, 1)), 22.0 / 1024.0);
    close(Some(exact_p(0, 3)), 0.25);
    assert_eq!((exact_p(0, 0), exact_p(5, 5)), (1.0, 1.0));
    assert!(exact_p(0, 5000) < 1e-300);
    // Far beyond where 2⁻ⁿ is zero: 2 · P(X ≤ 1150) of 2,400 throws, by exact rational arithmetic.
    close(Some(exact_p(1150, 1250)), 0.043_275_053);
    let cases = [(true, false), (true, false), (false, true), (true, true), (false, false)];
    let found = McNemar::of(cases);
    assert_eq!((found.first_only, found.second_only, found.p), (2, 1, 1.0));
}

#[test]
fn the_generator_gives_the_published_numbers() {
    let mut random = Random::new(1_234_567);
    let first = [random.next_u64(), random.next_u64(), random.next_u64()];
    assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
}

#[test]
fn intervals_come_from_drawing_groups() {
    let values = [1.0, 2.0, 3.0, 4.0];
    let average = |selection: &[usize]| vec![mean(&selection.iter().map(|&at| values[at]).collect::<Vec<_>>())];
    let found = bootstrap(4, 2000, 7, average)[0];
    close(found.value, 2.5);
    // The mean of four draws takes steps of ¼; P(mean ≤ 1.25) = 5/256 and P(mean ≤ 1.5) = 15/256, so the 2.5 % point is 1.5.
    close(found.low, 1.5);
    close(found.high, 3.5);
    assert_eq!(bootstrap(4, 2000, 7, average)[0], found, "the same seed gives the same interval");

    let single = bootstrap(1, 2000, 7, |_| vec![Some(0.5), None]);
    assert_eq!((single[0].value, single[0].low, single[1].value), (Some(0.5), None, None));
    close(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
    assert_eq!(quantile(&[], 0.5), None);
}

#[test]
fn weaknesses_are_read_from_texts() {
    let ids = |text| cwes_in(text).into_iter().map(|id| id.0).collect::<Vec<_>>();
    assert_eq!(ids("external/cwe/cwe-089"), [89]);
    assert_eq!(ids("CWE-78: Improper Neutralization"), [78]);
    assert_eq!(ids("cwe:79 and CWE_79, CWE-22"), [79, 22]);
    assert_eq!(ids("https://cwe.mitre.org/data/definitions/"), [0u16; 0]);
    assert_eq!(ids("NVD-CWE-noinfo CWE-0 CWE-99999999"), [0u16; 0]);
}

#[test]
fn a_weakness_belongs_to_the_class_of_its_nearest_ancestor() {
    let classes = Classes::of_catalogue();
    let class = |id| classes.of(CweId(id)).map(|at| classes.0[at].id.0);
    assert_eq!(class(89), Some(89));
    assert_eq!(class(564), Some(89), "SQL injection through Hibernate");
    assert_eq!(class(400), Some(770), "merged");
    assert_eq!(class(74), None, "above all injections");
    assert_eq!(class(9999), None);
    let relation = |reported, truth| classes.relation(&[CweId(reported)], &[CweId(truth)]);
    assert_eq!(relation(89, 89), Relation::Exact);
    assert_eq!(relation(770, 400), Relation::Exact);
    assert_eq!(relation(943, 89), Relation::Ancestor);
    assert_eq!(relation(78, 77), Relation::Descendant);
    assert_eq!(relation(89, 90), Relation::Sibling);
    assert_eq!(relation(89, 79), Relation::Other);
    assert_eq!(classes.relation(&[], &[CweId(89)]), Relation::Other);
    assert_eq!(classes.relation(&[CweId(327), CweId(90)], &[CweId(89)]), Relation::Sibling, "the best of several");
}

fn scored() -> impl Strategy<Value = Vec<(f32, bool)>> {
    // Few values, so that ties are common.
    prop::collection::vec(((0u8..12).prop_map(|step| f32::from(step) / 11.0), any::<bool>()), 0..60)
}

proptest! {
    #[test]
    fn auc_equals_the_count_over_all_couples(cases in scored()) {
        let positives = cases.iter().filter(|case| case.1);
        let couples: Vec<f64> = positives
            .flat_map(|p| cases.iter().filter(|case| !case.1).map(move |n| {
                if p.0 > n.0 { 1.0 } else if p.0 == n.0 { 0.5 } else { 0.0 }
            }))
            .collect();
        match mean(&couples) {
            None => prop_assert_eq!(auc(&cases), None),
            Some(wanted) => prop_assert!(auc(&cases).is_some_and(|found| (found - wanted).abs() < 1e-9)),
        }
        let swapped: Vec<_> = cases.iter().map(|&(score, positive)| (score, !positive)).collect();
        prop_assert!(auc(&cases).zip(auc(&swapped)).is_none_or(|(a, b)| (a + b - 1.0).abs() < 1e-9));
    }

    #[test]
    fn the_order_of_cases_does_not_matter(cases in scored(), turn in 0usize..60) {
        let mut turned = cases.clone();
        turned.reverse();
        turned.rotate_left(turn % cases.len().max(1));
        prop_assert_eq!(auc(&cases), auc(&turned));
        prop_assert_eq!(precision_recall(&cases), precision_recall(&turned));
        let (a, b) = (calibration(&cases, 5), calibration(&turned, 5));
        prop_assert_eq!(a.is_some(), b.is_some());
        if let Some((a, b)) = a.zip(b) {
            prop_assert!((a.ece - b.ece).abs() < 1e-9 && (a.brier - b.brier).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&a.ece) && (0.0..=1.0).contains(&a.brier));
            prop_assert_eq!(a.bins.iter().map(|bin| bin.count).sum::<u64>(), cases.len() as u64);
            prop_assert!(a.bins.is_sorted_by(|a, b| a.claimed < b.claimed));
        }
    }

    #[test]
    fn gini_equals_its_definition(values in prop::collection::vec(0.0f64..1.0, 1..40)) {
        let total: f64 = values.iter().sum();
        prop_assume!(total > 0.01);
        let differences: f64 = values.iter().flat_map(|a| values.iter().map(move |b| (a - b).abs())).sum();
        let wanted = differences / (2.0 * values.len() as f64 * total);
        prop_assert!(gini(&values).is_some_and(|found| (found - wanted).abs() < 1e-9));
    }

    #[test]
    fn mcnemar_is_symmetric_and_a_probability(b in 0u64..3000, c in 0u64..3000) {
        let p = exact_p(b, c);
        prop_assert_eq!(p, exact_p(c, b));
        prop_assert!((0.0..=1.0).contains(&p));
        // The further from even, the less likely.
        prop_assert!(b > c || b == 0 || exact_p(b - 1, c + 1) <= p + 1e-12);
    }
}

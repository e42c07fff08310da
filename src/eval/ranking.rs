//! How well scores order what is positive before what is not.

use serde::Serialize;

/// Area under the ROC curve: the chance that a positive stands above a negative, ties counting half.
///
/// The Mann–Whitney statistic over ranks: `(R⁺ − n⁺(n⁺+1)/2) / (n⁺ n⁻)` with `R⁺` the sum of the positives' mid-ranks
/// (Hanley and McNeil, Radiology 143, 1982). `None` unless there are positives and negatives.
pub fn auc(scored: &[(f32, bool)]) -> Option<f64> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|(_, positive)| *positive).count() as f64;
    let negatives = sorted.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut rank_sum, mut before) = (0.0, 0usize);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let middle = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        rank_sum += middle * tied.iter().filter(|(_, positive)| *positive).count() as f64;
        before += tied.len();
    }
    Some((rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// One point of a precision–recall curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Share of the positives at or above a score.
    pub recall: f64,
    /// Share of positives among all at or above it.
    pub precision: f64,
}

/// The precision–recall curve, from the highest score down, one point a distinct score. Empty without positives.
pub fn precision_recall(scored: &[(f32, bool)]) -> Vec<CurvePoint> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = sorted.iter().filter(|(_, positive)| *positive).count();
    if positives == 0 {
        return Vec::new();
    }
    let (mut seen, mut found) = (0usize, 0usize);
    let step = |tied: &[(f32, bool)]| {
        seen += tied.len();
        found += tied.iter().filter(|(_, positive)| *positive).count();
        CurvePoint { recall: found as f64 / positives as f64, precision: found as f64 / seen as f64 }
    };
    sorted.chunk_by(|a, b| a.0 == b.0).map(step).collect()
}

/// Average precision: precision at each step of the curve, weighted by the recall that the step adds. No interpolation,
/// which would flatter (Davis and Goadrich, ICML 2006).
pub fn average_precision(curve: &[CurvePoint]) -> Option<f64> {
    let mut recall = 0.0;
    let step = |point: &CurvePoint| {
        let gain = point.recall - recall;
        recall = point.recall;
        gain * point.precision
    };
    (!curve.is_empty()).then(|| curve.iter().map(step).sum())
}

/// The curve with at most about `most` points, first and last kept, for drawing.
pub fn thinned(curve: &[CurvePoint], most: usize) -> Vec<CurvePoint> {
    let step = curve.len().div_ceil(most.max(1)).max(1);
    let last = curve.len().saturating_sub(1);
    let kept = curve.iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last);
    kept.map(|(_, point)| *point).collect()
}

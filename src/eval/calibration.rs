//! Whether a probability means what it says.

use serde::Serialize;

/// Bins of a reliability diagram.
pub const BINS: usize = 15;

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// Cases in it.
    pub count: u64,
    /// Mean probability that was claimed.
    pub claimed: f64,
    /// Share of positives that was observed.
    pub observed: f64,
}

/// Calibration over a set of cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Cases.
    pub cases: u64,
    /// Expected calibration error over bins of equal mass.
    pub ece: f64,
    /// Brier score.
    pub brier: f64,
    /// The reliability diagram, from low to high.
    pub bins: Vec<Bin>,
}

/// Calibration of probabilities against what was true; `None` of nothing.
///
/// - ECE `Σ_b n_b/n · |observed_b − claimed_b|` over bins of about equal mass (Nguyen and O'Connor, EMNLP 2015): with bins of
///   equal width nearly all cases would lie in the first. Equal probabilities are kept in one bin, so that the order of the
///   cases does not matter; there may thus be fewer bins than asked for.
/// - Brier `1/n · Σ (p − y)²` (Monthly Weather Review 78, 1950).
pub fn calibration(cases: &[(f32, bool)], bins: usize) -> Option<Calibration> {
    if cases.is_empty() || bins == 0 {
        return None;
    }
    let mut sorted = cases.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total = sorted.len() as f64;
    let bins = equal_mass(&sorted, bins).into_iter().map(bin).collect::<Vec<_>>();
    let ece = bins.iter().map(|bin| bin.count as f64 / total * (bin.observed - bin.claimed).abs()).sum();
    let error = |&(p, positive): &(f32, bool)| (f64::from(p) - f64::from(u8::from(positive))).powi(2);
    let brier = sorted.iter().map(error).sum::<f64>() / total;
    Some(Calibration { cases: sorted.len() as u64, ece, brier, bins })
}

/// Cuts a sorted list at every `k/bins` of its mass, each cut moved up to where the probability changes.
fn equal_mass(sorted: &[(f32, bool)], bins: usize) -> Vec<&[(f32, bool)]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for k in 1..=bins {
        let mut end = (sorted.len() * k / bins).max(start);
        while end > start && end < sorted.len() && sorted[end].0 == sorted[end - 1].0 {
            end += 1;
        }
        if end > start {
            parts.push(&sorted[start..end]);
            start = end;
        }
    }
    parts
}

fn bin(cases: &[(f32, bool)]) -> Bin {
    let count = cases.len() as f64;
    Bin {
        count: cases.len() as u64,
        claimed: cases.iter().map(|&(p, _)| f64::from(p)).sum::<f64>() / count,
        observed: cases.iter().filter(|(_, positive)| *positive).count() as f64 / count,
    }
}

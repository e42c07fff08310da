//! How evenly a figure is spread over the classes: a good mean can hide dead classes.

/// Arithmetic mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Population variance `Σ(x − x̄)² / n`: the classes are all there are, not a sample of more.
pub fn variance(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    Some(values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64)
}

/// Median, the mean of the middle two of an even number.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { (sorted[middle - 1] + upper) / 2.0 })
}

/// Gini coefficient `Σᵢ Σⱼ |xᵢ − xⱼ| / (2 n² x̄)`, through the sorted form `2 Σ i·x₍ᵢ₎ / (n Σ x) − (n + 1) / n`.
///
/// 0: all equal; towards 1: one class has it all. `None` where the mean is 0.
pub fn gini(values: &[f64]) -> Option<f64> {
    let total: f64 = values.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let weighted: f64 = sorted.iter().zip(1..).map(|(value, rank)| f64::from(rank) * value).sum();
    Some((2.0 * weighted / (count * total) - (count + 1.0) / count).max(0.0))
}

/// Mean over the common classes less mean over the rare ones. Rare are those of less support than the median.
///
/// Takes `(support, value)` of each class. `None` unless both kinds are there.
pub fn rare_common_gap(classes: &[(u64, f64)]) -> Option<f64> {
    let supports: Vec<f64> = classes.iter().map(|&(support, _)| support as f64).collect();
    let middle = median(&supports)?;
    let (rare, common): (Vec<_>, Vec<_>) = classes.iter().partition(|&&(support, _)| (support as f64) < middle);
    let values = |kind: Vec<(u64, f64)>| kind.into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    Some(mean(&values(common))? - mean(&values(rare))?)
}

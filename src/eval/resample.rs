//! Percentile bootstrap over groups.

use serde::Serialize;

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, and the same numbers on every machine for a seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`. The bias of the multiplication is under `limit / 2⁶⁴`.
    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next_u64()) * limit as u128) >> 64) as usize
    }
}

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The figure on the data; `None` where it is not defined.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval; `None` with fewer than two groups.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// 95 % percentile intervals of several figures (Efron, Annals of Statistics 7, 1979), groups drawn with replacement: records
/// of one project resemble each other, and drawing them one by one would promise too much.
///
/// `figures` computes all figures of a selection of groups, in which a group may stand several times. A round in which a figure
/// is not defined is left out of its interval.
pub fn bootstrap(
    groups: usize,
    rounds: usize,
    seed: u64,
    figures: impl Fn(&[usize]) -> Vec<Option<f64>>,
) -> Vec<Interval> {
    let all: Vec<usize> = (0..groups).collect();
    let values = figures(&all);
    let mut drawn: Vec<Vec<f64>> = vec![Vec::new(); values.len()];
    if groups > 1 {
        let mut random = Random::new(seed);
        for _ in 0..rounds {
            let selection: Vec<usize> = (0..groups).map(|_| random.below(groups)).collect();
            for (values, value) in drawn.iter_mut().zip(figures(&selection)) {
                values.extend(value);
            }
        }
    }
    let interval = |(value, mut drawn): (Option<f64>, Vec<f64>)| {
        drawn.sort_by(f64::total_cmp);
        let known = value.is_some();
        Interval {
            value,
            low: quantile(&drawn, 0.025).filter(|_| known),
            high: quantile(&drawn, 0.975).filter(|_| known),
        }
    };
    values.into_iter().zip(drawn).map(interval).collect()
}

/// Quantile of a sorted list, linear between neighbours (type 7 of Hyndman and Fan, American Statistician 50, 1996).
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let at = q * (sorted.len().checked_sub(1)? as f64);
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(low + (high - low) * at.fract())
}

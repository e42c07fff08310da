//! Hits, false alarms and misses, and the ratios of them.

use std::ops::AddAssign;

use serde::Serialize;

/// Counts of one class at one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Positives that alarmed.
    pub hits: u64,
    /// Negatives that alarmed.
    pub false_alarms: u64,
    /// Positives that did not alarm.
    pub misses: u64,
}

impl Counts {
    /// Counts one case.
    pub fn add(&mut self, positive: bool, alarmed: bool) {
        match (positive, alarmed) {
            (true, true) => self.hits += 1,
            (false, true) => self.false_alarms += 1,
            (true, false) => self.misses += 1,
            (false, false) => {}
        }
    }

    /// Positives, whether they alarmed or not.
    pub fn support(&self) -> u64 {
        self.hits + self.misses
    }

    /// `hits / (hits + false alarms)`; `None` where nothing alarmed.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.hits, self.hits + self.false_alarms)
    }

    /// `hits / (hits + misses)`; `None` without positives.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.hits, self.support())
    }

    /// `2 hits / (2 hits + false alarms + misses)`, the harmonic mean of precision and recall; 0 where all positives were
    /// missed, `None` where there is neither a positive nor an alarm.
    pub fn f1(&self) -> Option<f64> {
        ratio(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.false_alarms += other.false_alarms;
        self.misses += other.misses;
    }
}

/// `part / whole`; `None` of nothing.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

//! Whether two systems differ by more than chance on the same cases.

use serde::Serialize;

/// McNemar's test on the cases that exactly one of two systems gets right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Cases that only the first gets right.
    pub first_only: u64,
    /// Cases that only the second gets right.
    pub second_only: u64,
    /// Two-sided exact p-value.
    pub p: f64,
}

impl McNemar {
    /// Tests over `(first is right, second is right)` of each case.
    pub fn of(cases: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let (mut first_only, mut second_only) = (0, 0);
        for case in cases {
            match case {
                (true, false) => first_only += 1,
                (false, true) => second_only += 1,
                _ => {}
            }
        }
        Self { first_only, second_only, p: exact_p(first_only, second_only) }
    }
}

/// `min(1, 2 · P(X ≤ min(b, c)))` with `X` binomial over `b + c` fair throws: the exact form of the test, which holds for few
/// cases too (McNemar, Psychometrika 12, 1947; Fagerland et al., BMC Med Res Methodol 13, 2013).
pub fn exact_p(b: u64, c: u64) -> f64 {
    let throws = (b + c) as f64;
    // Logarithms, since 2⁻ⁿ alone underflows from about a thousand throws on.
    let mut log_term = -throws * std::f64::consts::LN_2;
    let mut sum = log_term.exp();
    for successes in 1..=b.min(c) {
        log_term += ((throws - successes as f64 + 1.0) / successes as f64).ln();
        sum += log_term.exp();
    }
    (2.0 * sum).min(1.0)
}

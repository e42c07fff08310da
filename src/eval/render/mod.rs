//! An [`Evaluation`] as text, JSON or HTML.

mod html;
mod human;
mod svg;

pub use html::html;
pub use human::human;

use super::evaluation::Evaluation;

/// `cwegate-eval/1`, safe to print.
pub fn json(evaluation: &Evaluation) -> String {
    match serde_json::to_string_pretty(evaluation) {
        Ok(text) => format!("{}\n", crate::report::printable_json(&text)),
        Err(error) => unreachable!("the evaluation's maps have text keys: {error}"),
    }
}

/// A figure with three decimals, a dash where it is not defined.
fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
}

/// A p-value.
fn p_value(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") }
}

/// The budget of an operating point.
fn budget(budget: Option<f32>) -> String {
    budget.map_or_else(|| "all results".to_owned(), |budget| budget.to_string())
}

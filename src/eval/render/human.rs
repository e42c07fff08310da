//! For people at a terminal.

use std::fmt::{self, Write};

use super::{budget, number, p_value};
use crate::{
    eval::{
        evaluation::{Comparison, Evaluation, Measured, PairCounts},
        mcnemar::McNemar,
    },
    terminal::{escape, plural},
};

/// The evaluation as plain text.
pub fn human(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = all(&mut out, evaluation);
    out
}

fn all(out: &mut String, evaluation: &Evaluation) -> fmt::Result {
    let data = &evaluation.data;
    writeln!(
        out,
        "{}: {} vulnerable, {} fixed, {} clean; {}.",
        plural(data.records, "record", "records"),
        data.vulnerable,
        data.fixed,
        data.clean,
        plural(data.pairs, "pair", "pairs")
    )?;
    if data.without_class > 0 {
        let (one, many) = ("vulnerable record has no class and counts", "vulnerable records have no class and count");
        writeln!(out, "{} for any class only.", plural(data.without_class, one, many))?;
    }
    writeln!(
        out,
        "In brackets: 95 % intervals, {} draws from {} groups, seed {}.",
        data.resamples, data.groups, data.seed
    )?;
    for system in &evaluation.systems {
        one(out, system)?;
    }
    evaluation.comparisons.iter().try_for_each(|comparison| compared(out, comparison))
}

fn one(out: &mut String, system: &Measured) -> fmt::Result {
    let heading = match system.budget {
        Some(budget) => format!("{} at a budget of {budget} alarms per 1,000 changed lines", escape(&system.name)),
        None => escape(&system.name),
    };
    writeln!(out, "\n{heading}\n{}", "─".repeat(heading.chars().count()))?;
    if system.unread > 0 {
        writeln!(
            out,
            "{} not be read; where nothing is reported there, it counts as passed.",
            plural(system.unread, "record could", "records could")
        )?;
    }
    for note in &system.notes {
        writeln!(out, "Note: {}.", escape(note))?;
    }
    for figure in &system.figures {
        let interval = &figure.interval;
        write!(out, "  {:<52} {:>7}", figure.title, number(interval.value))?;
        match (interval.low, interval.high) {
            (Some(low), Some(high)) => writeln!(out, "  [{low:.3}, {high:.3}]")?,
            _ => writeln!(out)?,
        }
    }
    if let Some(clean) = &system.clean {
        let rate = &clean.per_1000;
        writeln!(
            out,
            "  Clean folders: {} alarms in {} lines of {} files ({} unread): {} per 1,000 [{}, {}]; {} of the files",
            clean.alarms,
            clean.lines,
            clean.files,
            clean.unread,
            number(rate.value),
            number(rate.low),
            number(rate.high),
            number(clean.files_with_alarm)
        )?;
    }
    let spread = &system.spread;
    writeln!(
        out,
        "  F1 over {} estimable classes: variance {}, Gini {}, common less rare (by {}) {}",
        spread.estimable,
        number(spread.variance),
        number(spread.gini),
        spread.rare_by,
        number(spread.rare_common_gap)
    )?;
    let related = &system.relations;
    writeln!(
        out,
        "  Reported weakness: {} exact, {} ancestor, {} descendant, {} sibling, {} other, {} missed",
        related.exact, related.ancestor, related.descendant, related.sibling, related.other, related.missed
    )?;
    pairs(out, "any class", &system.pairs.any)?;
    pairs(out, "right class", &system.pairs.class)?;
    let statements = &system.statements;
    if statements.records > 0 {
        writeln!(
            out,
            "  Statements: in {} of {} records a right one is named, after {} wrong ones (mean; median {}); {} records alarm, {} lines away (mean; median {})",
            statements.named,
            statements.records,
            number(statements.before_mean),
            number(statements.before_median),
            statements.alarmed,
            number(statements.distance_mean),
            number(statements.distance_median)
        )?;
    }
    if let Some(calibration) = system.calibration.as_ref().and_then(|both| both.all_classes.as_ref()) {
        writeln!(out, "  Over all classes: ECE {:.4}, Brier {:.4}", calibration.ece, calibration.brier)?;
    }

    writeln!(
        out,
        "\n  {:>11}  {:>7} {:>11} {:>11} {:>12} {:>13} {:>11}",
        "budget", "recall", "right class", "false alarm", "pair-correct", "records/1,000", "clean/1,000"
    )?;
    for row in &system.budgets {
        writeln!(
            out,
            "  {:>11}  {:>7} {:>11} {:>11} {:>12} {:>13} {:>11}",
            budget(row.budget),
            number(row.recall),
            number(row.recall_class),
            number(row.false_alarm),
            number(row.pair_correct),
            number(row.alarms_per_1000),
            number(row.clean_per_1000)
        )?;
    }

    writeln!(out, "\n  {:<9} {:>7} {:>9} {:>7} {:>7} {:>7}", "class", "support", "precision", "recall", "F1", "AUC")?;
    for class in &system.classes {
        let estimable = if class.estimable { "" } else { "  not estimable" };
        writeln!(
            out,
            "  {:<9} {:>7} {:>9} {:>7} {:>7} {:>7}{estimable}",
            class.cwe.to_string(),
            class.support,
            number(class.precision),
            number(class.recall),
            number(class.f1),
            number(class.auc)
        )?;
    }
    Ok(())
}

fn pairs(out: &mut String, by: &str, counts: &PairCounts) -> fmt::Result {
    if counts.total() == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "  Pairs by {by}: {} P-C, {} P-V, {} P-B, {} P-R; vulnerable side higher {}, tied {}, lower {}",
        counts.correct, counts.both, counts.neither, counts.reversed, counts.higher, counts.tied, counts.lower
    )
}

fn compared(out: &mut String, comparison: &Comparison) -> fmt::Result {
    writeln!(out, "\n{} against {} (McNemar, exact)", escape(&comparison.first), escape(&comparison.second))?;
    let mut line = |what: &str, test: &McNemar| {
        writeln!(
            out,
            "  {what:<32} only the first right {:>5}, only the second {:>5}, {}",
            test.first_only,
            test.second_only,
            p_value(test.p)
        )
    };
    line("records, alarm or not", &comparison.records)?;
    line("vulnerable records, right class", &comparison.right_class)?;
    line("pairs, pair-correct", &comparison.pairs)
}

//! One HTML file that needs nothing else: no script, no font, no request.

use std::fmt::Write;

use super::{budget, number, p_value, svg};
use crate::{
    eval::{
        evaluation::{ClassRow, Comparison, Evaluation, Measured, PairCounts},
        mcnemar::McNemar,
    },
    terminal::escape_html,
};

/// Per-class curves are drawn for so many classes, those of the most positives.
const CLASS_CURVES: usize = 12;

const HEAD: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cwegate eval</title>
<style>
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e6e6); --faint: light-dark(#d5d9de, #444); --mark: light-dark(#2563a8, #78aee8); --bad: light-dark(#b3402a, #e8826b); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .7rem; border-bottom: 1px solid var(--faint); text-align: right; }
th:first-child, td:first-child { text-align: left; }
tr.thin { opacity: .55; }
figure { display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top; }
.wide { overflow-x: auto; }
svg text { font-size: 11px; fill: var(--ink); }
svg .grid { stroke: var(--faint); } svg .even { stroke: var(--ink); stroke-dasharray: 4 3; }
svg .curve { fill: none; stroke: var(--mark); stroke-width: 1.8; } svg .bin, svg .hit { fill: var(--mark); } svg .miss { fill: var(--bad); }
</style></head><body>
"#;

/// The evaluation as HTML. Names of tools and notes are untrusted text; ids and code are not in it at all.
pub fn html(evaluation: &Evaluation) -> String {
    let data = &evaluation.data;
    let mut out = HEAD.to_owned();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<h1>cwegate eval</h1>\n<p>{} records: {} vulnerable ({} of them without a class), {} fixed, {} clean; {} pairs. Intervals: 95 %, {} draws from {} groups, seed {}.</p>\n",
        data.records,
        data.vulnerable,
        data.without_class,
        data.fixed,
        data.clean,
        data.pairs,
        data.resamples,
        data.groups,
        data.seed
    );
    evaluation.systems.iter().for_each(|system| one(&mut out, system));
    evaluation.comparisons.iter().for_each(|comparison| compared(&mut out, comparison));
    out.push_str("</body></html>\n");
    out
}

/// A table. Heads and cells are written as they are: whoever gives them has escaped them.
fn table(out: &mut String, head: &[&str], rows: impl IntoIterator<Item = (bool, Vec<String>)>) {
    let heads: String = head.iter().map(|cell| format!("<th>{cell}</th>")).collect();
    let _ = writeln!(out, "<table><thead><tr>{heads}</tr></thead><tbody>");
    for (thin, row) in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        let class = if thin { r#" class="thin""# } else { "" };
        let _ = writeln!(out, "<tr{class}>{cells}</tr>");
    }
    out.push_str("</tbody></table>\n");
}

fn one(out: &mut String, system: &Measured) {
    let _ = writeln!(out, "<h2>{}</h2>", escape_html(&system.name));
    if let Some(budget) = system.budget {
        let _ = writeln!(out, "<p>At a budget of {budget} alarms per 1,000 changed lines.</p>");
    }
    if system.unread > 0 {
        let _ = writeln!(
            out,
            "<p>{} records could not be read; where nothing is reported in them they count as passed.</p>",
            system.unread
        );
    }
    for note in &system.notes {
        let _ = writeln!(out, "<p>Note: {}.</p>", escape_html(note));
    }
    let figures = system.figures.iter().map(|figure| {
        let found = &figure.interval;
        let ends = match (found.low, found.high) {
            (Some(low), Some(high)) => format!("{low:.3} – {high:.3}"),
            _ => String::new(),
        };
        (found.value.is_none(), vec![escape_html(figure.title), number(found.value), ends])
    });
    table(out, &["Figure", "value", "95 % interval"], figures);

    out.push_str("<h3>At each alarm budget</h3>\n");
    let heads = [
        "Budget",
        "recall",
        "right class",
        "false alarm",
        "pair-correct",
        "per 1,000 lines of records",
        "per 1,000 lines of clean folders",
    ];
    let budgets = system.budgets.iter().map(|row| {
        let rates =
            [row.recall, row.recall_class, row.false_alarm, row.pair_correct, row.alarms_per_1000, row.clean_per_1000];
        (false, std::iter::once(budget(row.budget)).chain(rates.map(number)).collect())
    });
    table(out, &heads, budgets);
    if let Some(clean) = &system.clean {
        let _ = writeln!(
            out,
            "<p>Clean folders: {} alarms in {} lines of {} files ({} unread), {} of the files; {} per 1,000 lines ({} – {}).</p>",
            clean.alarms,
            clean.lines,
            clean.files,
            clean.unread,
            number(clean.files_with_alarm),
            number(clean.per_1000.value),
            number(clean.per_1000.low),
            number(clean.per_1000.high)
        );
    }
    pairs_and_places(out, system);
    classes(out, system);
    diagrams(out, system);
}

fn pairs_and_places(out: &mut String, system: &Measured) {
    let pairs = |name: &str, counts: &PairCounts| {
        let counts =
            [counts.correct, counts.both, counts.neither, counts.reversed, counts.higher, counts.tied, counts.lower];
        (false, std::iter::once(name.to_owned()).chain(counts.map(|count| count.to_string())).collect())
    };
    if system.pairs.any.total() > 0 {
        out.push_str("<h3>Pairs</h3>\n");
        let heads = ["By", "P-C", "P-V", "P-B", "P-R", "vulnerable higher", "tied", "lower"];
        table(out, &heads, [pairs("any class", &system.pairs.any), pairs("right class", &system.pairs.class)]);
    }
    let related = &system.relations;
    out.push_str("<h3>Nearness in the CWE tree</h3>\n");
    let counts = [related.exact, related.ancestor, related.descendant, related.sibling, related.other, related.missed];
    let row = counts.iter().map(u64::to_string).collect();
    table(out, &["Exact", "ancestor", "descendant", "sibling", "other", "missed"], [(false, row)]);
    let statements = &system.statements;
    if statements.records > 0 {
        out.push_str("<h3>Where the weakness is found</h3>\n");
        let row = vec![
            statements.records.to_string(),
            statements.named.to_string(),
            number(statements.before_mean),
            number(statements.before_median),
            statements.alarmed.to_string(),
            number(statements.distance_mean),
            number(statements.distance_median),
        ];
        let heads = [
            "Records with lines",
            "right statement named",
            "wrong ones before it, mean",
            "median",
            "records with an alarm at a line",
            "lines away, mean",
            "median",
        ];
        table(out, &heads, [(false, row)]);
    }
}

fn classes(out: &mut String, system: &Measured) {
    let spread = &system.spread;
    let _ = writeln!(
        out,
        "<h3>Classes</h3>\n<p>{} with at least ten positives. Their F1: variance {}, Gini {}, common less rare (by {}) {}. Paler rows are not estimable.</p>",
        spread.estimable,
        number(spread.variance),
        number(spread.gini),
        spread.rare_by,
        number(spread.rare_common_gap)
    );
    let row = |class: &ClassRow| {
        let figures =
            [class.precision, class.recall, class.f1, class.auc, class.average_precision, class.ece, class.brier];
        let name = format!("{} {}", class.cwe, escape_html(&class.title));
        let trained = class.trained_on.map_or_else(|| "–".to_owned(), |support| support.to_string());
        let mut cells = vec![name, class.support.to_string(), trained];
        cells.extend(figures.map(number));
        (!class.estimable, cells)
    };
    let heads =
        ["Class", "support", "trained on", "precision", "recall", "F1", "AUC", "average precision", "ECE", "Brier"];
    table(out, &heads, system.classes.iter().map(row));
}

fn diagrams(out: &mut String, system: &Measured) {
    let figure = |out: &mut String, caption: &str, drawing: &str| {
        let _ = writeln!(out, "<figure>{drawing}<figcaption>{}</figcaption></figure>", escape_html(caption));
    };
    if let Some(both) = &system.calibration {
        out.push_str("<h3>Reliability</h3>\n");
        for (caption, found) in [("A record's own class", &both.own_class), ("All classes", &both.all_classes)] {
            if let Some(found) = found {
                let caption =
                    format!("{caption}: ECE {:.3}, Brier {:.3}, {} cases", found.ece, found.brier, found.cases);
                figure(out, &caption, &svg::reliability(&caption, &found.bins));
            }
        }
    }
    out.push_str("<h3>Precision and recall</h3>\n");
    if !system.curve.is_empty() {
        let caption = format!("Any class: average precision {}", number(system.average_precision));
        figure(out, &caption, &svg::precision_recall(&caption, &system.curve));
    }
    let mut largest: Vec<&ClassRow> = system.classes.iter().filter(|class| class.estimable).collect();
    largest.sort_by_key(|class| std::cmp::Reverse(class.support));
    for class in largest.into_iter().take(CLASS_CURVES) {
        let caption = format!("{}: average precision {}", class.cwe, number(class.average_precision));
        figure(out, &caption, &svg::precision_recall(&caption, &class.curve));
    }
    if !system.confusion.is_empty() {
        out.push_str("<h3>Confusion</h3>\n<p>True classes down, the class reported first across; shaded by share of the row.</p>\n<div class=\"wide\">");
        out.push_str(&svg::confusion("Confusion between classes", &system.confusion));
        out.push_str("</div>\n");
    }
}

fn compared(out: &mut String, comparison: &Comparison) {
    let _ = writeln!(
        out,
        "<h2>{} against {}</h2>\n<p>McNemar's test, exact.</p>",
        escape_html(&comparison.first),
        escape_html(&comparison.second)
    );
    let row = |what: &str, test: &McNemar| {
        (
            false,
            vec![
                what.to_owned(),
                test.first_only.to_string(),
                test.second_only.to_string(),
                escape_html(&p_value(test.p)),
            ],
        )
    };
    let rows = [
        row("Records, alarm or not", &comparison.records),
        row("Vulnerable records, right class", &comparison.right_class),
        row("Pairs, pair-correct", &comparison.pairs),
    ];
    table(out, &["Cases", "only the first right", "only the second right", "p"], rows);
}

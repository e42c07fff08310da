//! Diagrams as inline SVG. Nothing that others wrote is drawn but what [`escape_html`] has gone over.

use std::{collections::BTreeMap, fmt::Write};

use crate::{
    eval::{calibration::Bin, evaluation::Cell, ranking::CurvePoint},
    terminal::escape_html,
};

/// Side of a diagram's square.
const SIDE: f64 = 260.0;
/// Room for its labels.
const MARGIN: f64 = 40.0;
/// Side of a cell of the confusion.
const CELL: usize = 26;
/// Room for the names at its left and top.
const NAMES: usize = 76;

fn x(value: f64) -> f64 {
    MARGIN + value * SIDE
}

fn y(value: f64) -> f64 {
    8.0 + (1.0 - value) * SIDE
}

/// A square from 0 to 1 with named axes, and what is drawn in it.
fn unit_square(title: &str, across: &str, up: &str, drawn: &str) -> String {
    let (width, height) = (SIDE + MARGIN + 12.0, SIDE + MARGIN + 8.0);
    let mut ticks = String::new();
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        // Writing to a String cannot fail.
        let _ = write!(
            ticks,
            r#"<line class="grid" x1="{0}" y1="{2}" x2="{0}" y2="{3}"/><line class="grid" x1="{4}" y1="{1}" x2="{5}" y2="{1}"/><text x="{0}" y="{6}" text-anchor="middle">{tick}</text><text x="{7}" y="{8}" text-anchor="end">{tick}</text>"#,
            x(tick),
            y(tick),
            y(0.0),
            y(1.0),
            x(0.0),
            x(1.0),
            y(0.0) + 14.0,
            x(0.0) - 5.0,
            y(tick) + 3.5,
        );
    }
    format!(
        r#"<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{title}"><title>{title}</title>{ticks}<text x="{}" y="{}" text-anchor="middle">{across}</text><text x="10" y="{}" text-anchor="middle" transform="rotate(-90 10 {3})">{up}</text>{drawn}</svg>"#,
        x(0.5),
        y(0.0) + 30.0,
        y(0.5),
        y(0.5),
        title = escape_html(title),
        across = escape_html(across),
        up = escape_html(up),
    )
}

/// The share that was observed over the probability that was claimed, a circle a bin, its area by the bin's mass.
pub fn reliability(title: &str, bins: &[Bin]) -> String {
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(1).max(1) as f64;
    let mut drawn = format!(r#"<line class="even" x1="{}" y1="{}" x2="{}" y2="{}"/>"#, x(0.0), y(0.0), x(1.0), y(1.0));
    let path: Vec<String> = bins.iter().map(|bin| format!("{:.1},{:.1}", x(bin.claimed), y(bin.observed))).collect();
    let _ = write!(drawn, r#"<polyline class="curve" points="{}"/>"#, path.join(" "));
    for bin in bins {
        let _ = write!(
            drawn,
            r#"<circle class="bin" cx="{:.1}" cy="{:.1}" r="{:.1}"><title>claimed {:.3}, observed {:.3}, {} cases</title></circle>"#,
            x(bin.claimed),
            y(bin.observed),
            2.0 + 4.0 * (bin.count as f64 / most).sqrt(),
            bin.claimed,
            bin.observed,
            bin.count
        );
    }
    unit_square(title, "claimed", "observed", &drawn)
}

/// Precision over recall in steps: between two scores nothing is known.
pub fn precision_recall(title: &str, curve: &[CurvePoint]) -> String {
    let mut path = String::new();
    let mut before: Option<f64> = None;
    for point in curve {
        let (across, up) = (x(point.recall), y(point.precision));
        let _ = match before {
            None => write!(path, "M{:.1},{up:.1} L{across:.1},{up:.1}", x(0.0)),
            Some(before) => write!(path, " L{before:.1},{up:.1} L{across:.1},{up:.1}"),
        };
        before = Some(across);
    }
    unit_square(title, "recall", "precision", &format!(r#"<path class="curve" d="{path}"/>"#))
}

/// True classes down, reported classes across, each row shaded by its own total.
pub fn confusion(title: &str, cells: &[Cell]) -> String {
    let mut rows: Vec<String> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for cell in cells {
        let truth = cell.truth.to_string();
        if !rows.contains(&truth) {
            rows.push(truth.clone());
        }
        counts.insert((truth, cell.reported.clone()), cell.count);
    }
    // The true classes first, so that hits lie on the diagonal; then what else is reported; misses last.
    columns.extend(rows.iter().cloned());
    let others =
        cells.iter().map(|cell| &cell.reported).filter(|reported| !matches!(reported.as_str(), "none" | "other"));
    for reported in others {
        if !columns.contains(reported) {
            columns.push(reported.clone());
        }
    }
    columns.extend(["other".to_owned(), "none".to_owned()]);

    let (width, height) = (NAMES + CELL * columns.len() + 8, NAMES + CELL * rows.len() + 8);
    let mut drawn = String::new();
    for (at, name) in columns.iter().enumerate() {
        let across = NAMES + CELL * at + CELL / 2 + 4;
        let up = NAMES - 6;
        let _ = write!(
            drawn,
            r#"<text x="{across}" y="{up}" transform="rotate(-90 {across} {up})">{}</text>"#,
            escape_html(name)
        );
    }
    for (down, truth) in rows.iter().enumerate() {
        let top = NAMES + CELL * down;
        let _ = write!(
            drawn,
            r#"<text x="{}" y="{}" text-anchor="end">{}</text>"#,
            NAMES - 6,
            top + CELL / 2 + 4,
            escape_html(truth)
        );
        let total: u64 = counts.iter().filter(|((of, _), _)| of == truth).map(|(_, count)| count).sum();
        for (at, reported) in columns.iter().enumerate() {
            let Some(&count) = counts.get(&(truth.clone(), reported.clone())) else { continue };
            let kind = if reported == truth { "hit" } else { "miss" };
            let left = NAMES + CELL * at;
            let _ = write!(
                drawn,
                r#"<rect class="{kind}" x="{left}" y="{top}" width="{CELL}" height="{CELL}" fill-opacity="{:.2}"><title>{} reported as {}: {count} of {total}</title></rect><text x="{}" y="{}" text-anchor="middle">{count}</text>"#,
                0.15 + 0.75 * count as f64 / total.max(1) as f64,
                escape_html(truth),
                escape_html(reported),
                left + CELL / 2,
                top + CELL / 2 + 4,
            );
        }
    }
    format!(
        r#"<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{0}"><title>{0}</title>{drawn}</svg>"#,
        escape_html(title)
    )
}

//! The effective policy as TOML, with the origin of each value.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    Policy,
    diagnostic::Place,
    parse::{Entry, Named, Set},
};

/// An entry put together from all layers: each half with its origin.
#[derive(Default)]
struct Effective {
    action: Option<(String, Place)>,
    budget: Option<(f32, Place)>,
}

impl Policy {
    /// The effective policy as TOML, with a comment on each value that says which file and line set it.
    ///
    /// Reading the text back gives a policy with the same rules.
    pub fn show(&self) -> String {
        let names: Vec<_> = self.layers.iter().rev().map(|layer| layer.source.name.as_str()).collect();
        let mut out = format!("# {}\n", crate::terminal::escape(&names.join(", which extends ")));
        // Every chain begins with a preset.
        if let Some(preset) = names.last().and_then(|name| name.strip_prefix("preset ")) {
            let _ = writeln!(out, "extends = \"{preset}\"");
        }

        let mut rows = Vec::new();
        let gate = |row: Option<(String, String)>, rows: &mut Vec<(String, String)>| rows.extend(row);
        gate(self.last(|gate| &gate.budget).map(|set| line("budget", number(set.value), &set.place)), &mut rows);
        gate(self.last(|gate| &gate.fail_on).map(|set| line("fail-on", quoted(set.value), &set.place)), &mut rows);
        gate(
            self.last(|gate| &gate.unscannable).map(|set| line("unscannable", quoted(set.value), &set.place)),
            &mut rows,
        );
        gate(
            self.last(|gate| &gate.max_file_size).map(|set| line("max-file-size", set.value.to_string(), &set.place)),
            &mut rows,
        );
        out.push_str("\n[gate]\n");
        write_aligned(&mut out, &rows);

        out.push_str("\n[cwe]\n");
        write_aligned(&mut out, &entries(self.layers.iter().map(|layer| layer.cwe.as_slice())));

        for rule in self.layers.iter().flat_map(|layer| &layer.paths) {
            out.push_str("\n[[paths]]\n");
            let globs: Vec<_> = rule.patterns.iter().map(|glob| crate::terminal::toml_string(&glob.value)).collect();
            let mut rows = Vec::new();
            let place = rule.patterns.first().map(|glob| glob.place.to_string()).unwrap_or_default();
            rows.push((format!("match = [{}]", globs.join(", ")), place));
            rows.extend(rule.action.as_ref().map(|set| line("action", quoted(set.value), &set.place)));
            rows.extend(rule.budget.as_ref().map(|set| line("budget", number(set.value), &set.place)));
            rows.extend(
                entries([rule.cwe.as_slice()].into_iter())
                    .into_iter()
                    .map(|(text, origin)| (format!("cwe.{text}"), origin)),
            );
            write_aligned(&mut out, &rows);
        }
        out
    }
}

fn entries<'p>(tables: impl Iterator<Item = &'p [Entry]>) -> Vec<(String, String)> {
    let mut effective: BTreeMap<Named, Effective> = BTreeMap::new();
    for entry in tables.flatten() {
        let slot = effective.entry(entry.named).or_default();
        slot.action = entry.action.map(|action| (quoted(action), entry.place.clone())).or(slot.action.take());
        slot.budget = entry.budget.map(|budget| (budget, entry.place.clone())).or(slot.budget.take());
    }
    effective.into_iter().filter_map(|(named, entry)| row(named, entry)).collect()
}

fn row(named: Named, entry: Effective) -> Option<(String, String)> {
    let (value, origin) = match (entry.action, entry.budget) {
        (Some((action, place)), None) => (action, place.to_string()),
        (None, Some((budget, place))) => (format!("{{ budget = {} }}", number(budget)), place.to_string()),
        (Some((action, place)), Some((budget, other))) => {
            let origin = if place == other { place.to_string() } else { format!("action: {place}, budget: {other}") };
            (format!("{{ action = {action}, budget = {} }}", number(budget)), origin)
        }
        (None, None) => return None,
    };
    Some((format!("\"{named}\" = {value}"), origin))
}

fn line(key: &str, value: String, place: &Place) -> (String, String) {
    (format!("{key} = {value}"), place.to_string())
}

fn quoted(value: impl std::fmt::Display) -> String {
    format!("\"{value}\"")
}

/// `1.0` rather than `1`, and the shortest digits that read back as the same number.
fn number(value: f32) -> String {
    format!("{value:?}")
}

fn write_aligned(out: &mut String, rows: &[(String, String)]) {
    // One long list of globs must not push all comments to the right.
    let width = rows.iter().map(|(text, _)| text.chars().count()).filter(|&width| width <= 60).max().unwrap_or(0);
    for (text, origin) in rows {
        let _ = writeln!(out, "{text:width$}  # {origin}");
    }
}

impl Policy {
    /// A value of `[gate]` from the last layer that sets it.
    pub(super) fn last<T>(&self, pick: impl Fn(&super::parse::Gate) -> &Option<Set<T>>) -> Option<&Set<T>> {
        self.layers.iter().rev().find_map(|layer| pick(&layer.gate).as_ref())
    }
}

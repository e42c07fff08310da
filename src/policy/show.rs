//! The effective policy as TOML, with the origin of each value.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    Bar, Policy,
    diagnostic::Place,
    parse::{Allow, Bars, Entry, Gate, Named, PathRule, Set},
};
use crate::terminal::toml_string;

/// A line of TOML and where it comes from.
type Row = (String, String);

/// An entry put together from all layers: each part with its origin.
#[derive(Default)]
struct Effective {
    action: Option<(String, Place)>,
    bars: Bars,
}

impl Policy {
    /// The effective policy as TOML; with `origin`, a comment on each value says which file and line set it.
    ///
    /// Reading the text back at the top of the repository gives a policy with the same rules.
    pub fn show(&self, origin: bool) -> String {
        let names: Vec<_> = self.layers.iter().rev().map(|layer| layer.source.name.as_str()).collect();
        let mut out = format!("# {}\n", crate::terminal::escape(&names.join(", which extends ")));
        // Every chain begins with a preset.
        if let Some(preset) = names.last().and_then(|name| name.strip_prefix("preset ")) {
            let _ = writeln!(out, "extends = \"{preset}\"");
        }

        let mut table = |heading: &str, rows: Vec<Row>| {
            if !rows.is_empty() {
                let _ = writeln!(out, "\n{heading}");
                write_aligned(&mut out, &rows, origin);
            }
        };
        table("[gate]", self.gate());
        let model = self.layers.iter().rev().find_map(|layer| layer.model.as_ref());
        table(
            "[model]",
            model
                .map(|pin| {
                    let path = pin.path.as_ref().map(|path| line("path", toml_string(&path.value), &path.place));
                    [line("hash", quoted(&pin.hash.value), &pin.hash.place)].into_iter().chain(path).collect()
                })
                .unwrap_or_default(),
        );
        table("[cwe]", entries(self.layers.iter().map(|layer| layer.cwe.as_slice())));
        for rule in self.layers.iter().flat_map(|layer| &layer.paths) {
            table("[[paths]]", paths(rule));
        }
        for allow in self.layers.iter().flat_map(|layer| &layer.allow) {
            table("[[allow]]", exemption(allow));
        }
        out
    }

    fn gate(&self) -> Vec<Row> {
        let bars = Bars {
            warn: self.last(|gate| &gate.bars.warn).cloned(),
            block: self.last(|gate| &gate.bars.block).cloned(),
        };
        let mut rows = bar_rows(&bars);
        rows.extend(self.last(|gate| &gate.fail_on).map(|set| line("fail-on", quoted(set.value), &set.place)));
        rows.extend(self.last(|gate| &gate.unscannable).map(|set| line("unscannable", quoted(set.value), &set.place)));
        rows.extend(
            self.last(|gate| &gate.max_file_size).map(|set| line("max-file-size", set.value.to_string(), &set.place)),
        );
        let flags = [
            ("require-reason", self.last(|gate| &gate.require_reason)),
            ("allow-blanket", self.last(|gate| &gate.allow_blanket)),
            ("accept-new-comments", self.last(|gate| &gate.accept_new_comments)),
        ];
        for (key, set) in flags {
            rows.extend(set.map(|set| line(key, set.value.to_string(), &set.place)));
        }
        rows
    }
}

fn bar_rows(bars: &Bars) -> Vec<Row> {
    let row = |prefix: &str, set: &Option<Set<Bar>>| {
        set.as_ref().map(|set| line(&bar_key(prefix, set.value), number(set.value.value()), &set.place))
    };
    row("", &bars.warn).into_iter().chain(row("block-", &bars.block)).collect()
}

fn bar_key(prefix: &str, bar: Bar) -> String {
    match bar {
        Bar::Budget(_) => format!("{prefix}budget"),
        Bar::Probability(_) => format!("{prefix}probability"),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn paths(rule: &PathRule) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(globs) = &rule.globs {
        let origin = globs.patterns.first().map(|glob| glob.place.to_string()).unwrap_or_default();
        rows.push((format!("match = {}", list(globs.counted_from_root().map(|glob| toml_string(&glob)))), origin));
    }
    if let Some(first) = rule.kinds.first() {
        rows.push(line("kind", list(rule.kinds.iter().map(|kind| quoted(kind.value))), &first.place));
    }
    rows.extend(rule.action.as_ref().map(|set| line("action", quoted(set.value), &set.place)));
    rows.extend(bar_rows(&rule.bars));
    let own = entries([rule.cwe.as_slice()].into_iter());
    rows.extend(own.into_iter().map(|(text, origin)| (format!("cwe.{text}"), origin)));
    rows
}

fn exemption(allow: &Allow) -> Vec<Row> {
    let mut rows = vec![line("cwe", list(allow.cwe.iter().map(|set| quoted(set.value))), &allow.place)];
    if let Some(globs) = &allow.globs {
        let origin = globs.patterns.first().map(|glob| glob.place.to_string()).unwrap_or_default();
        rows.push((format!("path = {}", list(globs.counted_from_root().map(|glob| toml_string(&glob)))), origin));
    }
    let texts = [("fingerprint", &allow.fingerprint), ("reason", &allow.reason), ("owner", &allow.owner)];
    for (key, set) in texts {
        rows.extend(set.as_ref().map(|set| line(key, toml_string(&set.value), &set.place)));
    }
    rows.extend(allow.expires.as_ref().map(|set| line("expires", set.value.to_string(), &set.place)));
    rows
}

fn entries<'p>(tables: impl Iterator<Item = &'p [Entry]>) -> Vec<Row> {
    let mut effective: BTreeMap<Named, Effective> = BTreeMap::new();
    for entry in tables.flatten() {
        let slot = effective.entry(entry.named).or_default();
        slot.action = entry.action.map(|action| (quoted(action), entry.place.clone())).or(slot.action.take());
        slot.bars.warn = entry.bars.warn.clone().or(slot.bars.warn.take());
        slot.bars.block = entry.bars.block.clone().or(slot.bars.block.take());
    }
    effective.into_iter().filter_map(|(named, entry)| row(named, entry)).collect()
}

fn row(named: Named, entry: Effective) -> Option<Row> {
    let mut parts: Vec<(String, String, String)> = Vec::new();
    if let Some((action, place)) = entry.action {
        if entry.bars == Bars::default() {
            return Some((format!("\"{named}\" = {action}"), place.to_string()));
        }
        parts.push(("action".to_owned(), action, place.to_string()));
    }
    for (prefix, bar) in [("", entry.bars.warn), ("block-", entry.bars.block)] {
        parts.extend(bar.map(|set| (bar_key(prefix, set.value), number(set.value.value()), set.place.to_string())));
    }
    let (_, _, first) = parts.first()?;
    let origin = if parts.iter().all(|(_, _, origin)| origin == first) {
        first.clone()
    } else {
        parts.iter().map(|(key, _, origin)| format!("{key}: {origin}")).collect::<Vec<_>>().join(", ")
    };
    let values: Vec<_> = parts.iter().map(|(key, value, _)| format!("{key} = {value}")).collect();
    Some((format!("\"{named}\" = {{ {} }}", values.join(", ")), origin))
}

fn line(key: &str, value: String, place: &Place) -> Row {
    (format!("{key} = {value}"), place.to_string())
}

fn quoted(value: impl std::fmt::Display) -> String {
    format!("\"{value}\"")
}

/// `1.0` rather than `1`, and the shortest digits that read back as the same number.
fn number(value: f32) -> String {
    format!("{value:?}")
}

fn write_aligned(out: &mut String, rows: &[Row], origin: bool) {
    // One long list of globs must not push all comments to the right.
    let width = rows.iter().map(|(text, _)| text.chars().count()).filter(|&width| width <= 60).max().unwrap_or(0);
    for (text, place) in rows {
        let _ = if origin { writeln!(out, "{text:width$}  # {place}") } else { writeln!(out, "{text}") };
    }
}

impl Policy {
    /// A value of `[gate]` from the last layer that sets it.
    pub(super) fn last<T>(&self, pick: impl Fn(&Gate) -> &Option<Set<T>>) -> Option<&Set<T>> {
        self.layers.iter().rev().find_map(|layer| pick(&layer.gate).as_ref())
    }
}

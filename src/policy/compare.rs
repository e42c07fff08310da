//! What a change would make of the policy that it is judged by.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Level, Notice, Policy};
use crate::terminal::plural;

/// Lines that are told at most.
const MOST_LINES: usize = 12;

impl Policy {
    /// What the change's own policy says otherwise; nothing if both come to the same, or if the change touches none of their files.
    pub(super) fn differences(&self, own: &Policy, touches: &dyn Fn(&str) -> bool) -> Option<Notice> {
        let files = own.layers.iter().rev().chain(self.layers.iter().rev()).filter(|layer| !layer.source.preset);
        let name = files.map(|layer| layer.source.name.clone()).find(|name| touches(name))?;
        let (base, own) = (self.show(false), own.show(false));
        // The first line names the files.
        let lines = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        let (base, own) = (lines(&base), lines(&own));
        let mut changes = Vec::new();
        for op in capture_diff_slices(Algorithm::Myers, &base, &own) {
            if !matches!(op, DiffOp::Equal { .. }) {
                changes.extend(base[op.old_range()].iter().map(|line| format!("- {line}")));
                changes.extend(own[op.new_range()].iter().map(|line| format!("+ {line}")));
            }
        }
        changes.retain(|line| line.len() > 2);
        let more = changes.len().saturating_sub(MOST_LINES);
        changes.truncate(MOST_LINES);
        if more > 0 {
            changes.push(format!("and {}", plural(more, "line more", "lines more")));
        }
        (!changes.is_empty()).then(|| Notice {
            level: Level::Warning,
            place: None,
            text: format!(
                "this change edits the policy `{name}`, which counts once it is merged: {}",
                changes.join("; ")
            ),
        })
    }
}

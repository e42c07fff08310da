//! Which entry of the policy decides for a class in a file.
//!
//! 1. `cwe` tables of the `[[paths]]` that match the file come before the `[cwe]` tables: if any entry there reaches
//!    the class, the nearest of them decides.
//! 2. Nearest means the fewest steps up in MITRE's research view from the class, or from any of its members, to what
//!    the entry names. A group is as near as the nearest weakness in it, but farther than an entry that names that one.
//!    `"*"` is farther than everything.
//! 3. At the same distance the later one wins: a later layer (a file over what it extends), and within one layer's
//!    paths a later `[[paths]]`. Within one table the stricter action wins.
//! 4. `action` of each matching `[[paths]]` caps what came out.
//!
//! The action, the bar for a finding and the bar for blocking (a budget or a probability each) are looked up apart from each
//! other. An entry that only blocks thus never changes a bar, and adding one can never unblock anything.

use super::{
    Action, Bar, ClassThresholds, Kinds, Policy, Rule,
    parse::{Bars, Entry, Named, PathRule},
};
use crate::{
    cwe::{self, CweId},
    path::RepoPath,
};

/// Twice the steps up to an entry, and one more for a group; `"*"` is farther than any real distance.
const FARTHEST: u32 = u32::MAX;

/// An entry that reaches a class.
struct Reach<'p> {
    steps: u32,
    /// The order of the tables, later ones higher.
    table: usize,
    entry: &'p Entry,
}

/// One class in one file.
pub(super) struct Resolver<'p> {
    policy: &'p Policy,
    paths: Vec<&'p PathRule>,
}

impl<'p> Resolver<'p> {
    pub(super) fn new(policy: &'p Policy, path: &RepoPath, kinds: &Kinds) -> Self {
        let rules = policy.layers.iter().flat_map(|layer| &layer.paths);
        let paths = rules.filter(|rule| {
            let of_kind = rule.kinds.is_empty() || rule.kinds.iter().any(|kind| kinds.contains(&kind.value));
            of_kind && rule.globs.as_ref().is_none_or(|globs| globs.match_path(path))
        });
        Self { policy, paths: paths.collect() }
    }

    /// Action and reason for a class, and its thresholds.
    pub(super) fn rule(&self, class: &ClassThresholds) -> Rule {
        let ancestors = ancestors(class);
        let in_paths = reaching(self.paths.iter().map(|rule| rule.cwe.as_slice()), &ancestors);
        let in_tables = reaching(self.policy.layers.iter().map(|layer| layer.cwe.as_slice()), &ancestors);

        let (action, reason) = self.action(class.id, &in_paths, &in_tables);
        let threshold = match action {
            Action::Off => f32::INFINITY,
            Action::Warn | Action::Block => self
                .threshold(class, &in_paths, &in_tables, |bars| bars.warn.as_ref().map(|set| set.value))
                .unwrap_or_else(|| self.policy.bar().threshold(class)),
        };
        let block = self
            .threshold(class, &in_paths, &in_tables, |bars| bars.block.as_ref().map(|set| set.value))
            .or_else(|| self.policy.block_bar().map(|bar| bar.threshold(class)));
        Rule { action, threshold, block_threshold: block.unwrap_or(threshold).max(threshold), reason }
    }

    fn action(&self, class: CweId, in_paths: &[Reach<'p>], in_tables: &[Reach<'p>]) -> (Action, String) {
        let decides = |reaches: &[Reach<'p>]| {
            let with_action = reaches.iter().filter_map(|reach| reach.entry.action.map(|action| (reach, action)));
            let key = |&(reach, action): &(&Reach<'p>, Action)| (u32::MAX - reach.steps, reach.table, action);
            with_action.max_by_key(key).map(|(reach, action)| (reach.entry, action))
        };
        let (mut action, mut reason) = match decides(in_paths).or_else(|| decides(in_tables)) {
            Some((entry, action)) => (action, because(entry, action, class)),
            None => (Action::Warn, "no entry of the policy reaches it".to_owned()),
        };
        for rule in &self.paths {
            if let Some(cap) = rule.action.as_ref().filter(|cap| cap.value < action) {
                action = cap.value;
                let globs =
                    rule.globs.iter().flat_map(|globs| &globs.patterns).map(|pattern| format!("`{}`", pattern.value));
                let kinds = rule.kinds.iter().map(|kind| format!("{} files", kind.value));
                let files = globs.chain(kinds).collect::<Vec<_>>().join(", ");
                reason = format!("`action = \"{action}\"` in {} for {files}; else {reason}", cap.place);
            }
        }
        (action, reason)
    }

    /// The threshold of a bar that an entry or a `[[paths]]` gives the class.
    fn threshold(
        &self,
        class: &ClassThresholds,
        in_paths: &[Reach<'p>],
        in_tables: &[Reach<'p>],
        pick: impl Fn(&Bars) -> Option<Bar>,
    ) -> Option<f32> {
        let decides = |reaches: &[Reach<'p>]| {
            let with_bar = reaches.iter().filter_map(|reach| {
                let threshold = pick(&reach.entry.bars)?.threshold(class);
                Some(((u32::MAX - reach.steps, reach.table), threshold))
            });
            let nearest = with_bar.clone().map(|(key, _)| key).max()?;
            // Within one table the lower threshold is the stricter: more is reported.
            with_bar.filter(|(key, _)| *key == nearest).map(|(_, threshold)| threshold).reduce(f32::min)
        };
        decides(in_paths)
            .or_else(|| self.paths.iter().rev().find_map(|rule| pick(&rule.bars)).map(|bar| bar.threshold(class)))
            .or_else(|| decides(in_tables))
    }
}

/// Everything above a class and its members, with the fewest steps that any of them needs.
fn ancestors(class: &ClassThresholds) -> Vec<(CweId, u32)> {
    let members = class.members.iter().copied().filter(|&member| member != class.id);
    [class.id].into_iter().chain(members).flat_map(|id| cwe::catalogue().ancestors(id)).collect()
}

fn reaching<'p>(tables: impl Iterator<Item = &'p [Entry]>, ancestors: &[(CweId, u32)]) -> Vec<Reach<'p>> {
    let entries = tables.enumerate().flat_map(|(table, entries)| entries.iter().map(move |entry| (table, entry)));
    entries
        .filter_map(|(table, entry)| {
            let steps = match entry.named.cwes() {
                None => Some(FARTHEST),
                Some(named) => {
                    let reached = ancestors.iter().filter(|(above, _)| named.contains(above));
                    let group = u32::from(matches!(entry.named, Named::Group(_)));
                    reached.map(|&(_, steps)| 2 * steps + group).min()
                }
            };
            steps.map(|steps| Reach { steps, table, entry })
        })
        .collect()
}

fn because(entry: &Entry, action: Action, class: CweId) -> String {
    let source = entry.place.source();
    if source.preset {
        let does = match action {
            Action::Block => "blocks",
            Action::Warn => "warns of",
            Action::Off => "ignores",
        };
        return match entry.named {
            Named::Everything => format!("{} {does} {class}, as all that it does not name", source.name),
            Named::Cwe(id) if id == class => format!("{} {does} {class}", source.name),
            named => format!("{} {does} {named}, which covers {class}", source.name),
        };
    }
    let written = format!("`\"{}\" = \"{action}\"` in {}", entry.named, entry.place);
    match entry.named {
        Named::Cwe(id) if id == class => written,
        _ => format!("{written} covers {class}"),
    }
}

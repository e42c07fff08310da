//! Which entry of the policy decides for a class in a file.
//!
//! 1. `cwe` tables of the `[[paths]]` that match the file come before the `[cwe]` tables: if any entry there reaches
//!    the class, the nearest of them decides.
//! 2. Nearest means the fewest steps up in MITRE's research view from the class, or from any of its members, to what
//!    the entry names. `"*"` is farther than everything.
//! 3. At the same distance the later one wins: a later layer (a file over what it extends), and within one layer's
//!    paths a later `[[paths]]`. Within one table the stricter action wins.
//! 4. `action` of each matching `[[paths]]` caps what came out.
//!
//! Action and budget are looked up apart from each other. An entry that only blocks thus never changes an alarm
//! budget, and adding one can never unblock anything.

use globset::Candidate;

use super::{
    Action, ClassThresholds, Policy, Rule,
    parse::{Entry, Named, PathRule},
};
use crate::{
    cwe::{self, CweId},
    path::RepoPath,
};

/// Steps up to an entry; `"*"` is farther than any real distance.
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
    pub(super) fn new(policy: &'p Policy, path: &RepoPath) -> Self {
        let candidate = Candidate::from_bytes(path.as_bytes());
        let rules = policy.layers.iter().flat_map(|layer| &layer.paths);
        Self { policy, paths: rules.filter(|rule| rule.globs.is_match_candidate(&candidate)).collect() }
    }

    /// Action and reason for a class, and the threshold for its budget.
    pub(super) fn rule(&self, class: &ClassThresholds) -> Rule {
        let ancestors = ancestors(class);
        let in_paths = reaching(self.paths.iter().map(|rule| rule.cwe.as_slice()), &ancestors);
        let in_tables = reaching(self.policy.layers.iter().map(|layer| layer.cwe.as_slice()), &ancestors);

        let (action, reason) = self.action(class.id, &in_paths, &in_tables);
        let threshold = match action {
            Action::Off => f32::INFINITY,
            Action::Warn | Action::Block => class.threshold(self.budget(&in_paths, &in_tables)),
        };
        Rule { action, threshold, reason }
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
                let files = rule.patterns.iter().map(|pattern| format!("`{}`", pattern.value)).collect::<Vec<_>>();
                reason = format!("`action = \"{action}\"` in {} for {}; else {reason}", cap.place, files.join(", "));
            }
        }
        (action, reason)
    }

    fn budget(&self, in_paths: &[Reach<'p>], in_tables: &[Reach<'p>]) -> f32 {
        let decides = |reaches: &[Reach<'p>]| {
            let with_budget = reaches.iter().filter(|reach| reach.entry.budget.is_some());
            // Within one table the larger budget is the stricter: more is reported.
            let key = |reach: &&Reach<'p>| (u32::MAX - reach.steps, reach.table);
            let nearest = with_budget.clone().map(|reach| key(&reach)).max()?;
            with_budget.filter(|reach| key(reach) == nearest).filter_map(|reach| reach.entry.budget).reduce(f32::max)
        };
        decides(in_paths)
            .or_else(|| self.paths.iter().rev().find_map(|rule| rule.budget.as_ref()).map(|set| set.value))
            .or_else(|| decides(in_tables))
            .unwrap_or_else(|| self.policy.budget())
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
            let steps = match entry.named {
                Named::Everything => Some(FARTHEST),
                Named::Cwe(id) => ancestors.iter().filter(|&&(above, _)| above == id).map(|&(_, steps)| steps).min(),
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
            Named::Cwe(id) => format!("{} {does} {id}, which covers {class}", source.name),
        };
    }
    let written = format!("`\"{}\" = \"{action}\"` in {}", entry.named, entry.place);
    match entry.named {
        Named::Cwe(id) if id == class => written,
        _ => format!("{written} covers {class}"),
    }
}

//! What a policy says without effect.

use std::collections::BTreeSet;

use globset::Glob;

use super::{
    Date, Policy,
    diagnostic::Problem,
    parse::{Allow, Entry, Globs},
};
use crate::{
    cwe::{self, CweId},
    path::RepoPath,
};

impl Policy {
    /// Globs that match none of `paths`, and entries that reach no class of the model; presets are passed over.
    ///
    /// None of this is an error: a folder may come later, and so may a class.
    pub fn without_effect(&self, paths: &[RepoPath]) -> Vec<Problem> {
        let own = self.layers.iter().filter(|layer| !layer.source.preset);
        let mut problems = Vec::new();
        for layer in own {
            let globs = layer.paths.iter().filter_map(|rule| rule.globs.as_ref());
            for globs in globs.chain(layer.allow.iter().filter_map(|allow| allow.globs.as_ref())) {
                let used: BTreeSet<usize> = paths.iter().flat_map(|path| globs.matching(path)).collect();
                let unused = globs.patterns.iter().enumerate().filter(|(index, _)| !used.contains(index));
                problems.extend(unused.map(|(index, glob)| Problem {
                    place: glob.place.clone(),
                    message: format!("the glob `{}` matches no file", glob.value),
                    help: help_for(globs, index, paths),
                }));
            }
            let entries = layer.cwe.iter().chain(layer.paths.iter().flat_map(|rule| &rule.cwe));
            problems.extend(entries.filter_map(unreached));
            if self.require_reason() {
                let bare = layer.allow.iter().filter(|allow| allow.reason.is_none());
                problems.extend(bare.map(|allow| Problem {
                    place: allow.place.clone(),
                    message: "this exemption has no reason, so it counts for nothing".to_owned(),
                    help: "add `reason`; `require-reason` asks for it".to_owned(),
                }));
            }
        }
        problems
    }

    /// Exemptions whose last day is past: an error, since the gate blocks for them.
    pub fn expired(&self, today: Date) -> Vec<Problem> {
        let over = self.exemptions().filter(|allow| allow.is_over(today));
        over.filter_map(|allow| {
            let expires = allow.expires.as_ref()?;
            Some(Problem {
                place: expires.place.clone(),
                message: format!("the exemption for {} ended on {}", allow.describe(), expires.value),
                help: "repair the code, or renew or remove the exemption".to_owned(),
            })
        })
        .collect()
    }

    /// Exemptions that end within 14 days.
    pub fn expiring(&self, today: Date) -> Vec<Problem> {
        let soon = self.exemptions().filter_map(|allow| {
            let expires = allow.expires.as_ref()?;
            let days = today.days_until(expires.value);
            (0..=14).contains(&days).then(|| Problem {
                place: expires.place.clone(),
                message: format!("the exemption for {} ends on {}", allow.describe(), expires.value),
                help: "from the day after on, the gate blocks".to_owned(),
            })
        });
        soon.collect()
    }

    /// Exemptions that none of the places names; see [`super::Suppression::place`].
    pub fn unused_exemptions(&self, used: &BTreeSet<String>, today: Date) -> Vec<Problem> {
        self.exemptions()
            .filter(|allow| !allow.is_over(today) && !used.contains(&allow.place.to_string()))
            .map(|allow| Problem {
                place: allow.place.clone(),
                message: format!("the exemption for {} suppresses nothing", allow.describe()),
                help: "take it away".to_owned(),
            })
            .collect()
    }

    /// The files that exemptions are about, among all; all of them where one is about a fingerprint alone.
    pub fn files_with_exemptions<'p>(&self, paths: &'p [RepoPath]) -> Vec<&'p RepoPath> {
        let about = |path: &RepoPath| {
            self.exemptions().any(|allow| allow.globs.as_ref().is_none_or(|globs| globs.match_path(path)))
        };
        paths.iter().filter(|path| about(path)).collect()
    }

    fn exemptions(&self) -> impl Iterator<Item = &Allow> {
        self.layers.iter().flat_map(|layer| &layer.allow)
    }
}

fn help_for(globs: &Globs, index: usize, paths: &[RepoPath]) -> String {
    let glob = &globs.patterns[index].value;
    let deeper = format!("**/{glob}");
    let matches = |glob: &Glob| {
        let matcher = glob.compile_matcher();
        paths.iter().any(|path| matcher.is_match(path.to_text()))
    };
    match Glob::new(&deeper) {
        Ok(glob) if matches(&glob) => format!("globs start at the policy's folder; did you mean `\"{deeper}\"`?"),
        _ => "correct it or take it away".to_owned(),
    }
}

fn unreached(entry: &Entry) -> Option<Problem> {
    entry.named.cwes()?;
    let reaches = |class: CweId| entry.named.covers(class);
    let reached =
        cwe::all_advice().iter().any(|(&class, advice)| reaches(class) || advice.members.iter().any(|&m| reaches(m)));
    let named = entry.named;
    (!reached).then(|| Problem {
        place: entry.place.clone(),
        message: format!("the entry `\"{named}\"` covers no class that the model reports"),
        help: format!("take it away, or see `cwegate explain {named}` for what the model reports near it"),
    })
}

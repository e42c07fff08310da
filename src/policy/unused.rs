//! What a policy says without effect.

use globset::{Candidate, Glob};

use super::{
    Policy,
    diagnostic::Problem,
    parse::{Entry, Named},
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
            for rule in &layer.paths {
                let mut used = vec![false; rule.patterns.len()];
                for path in paths {
                    for index in rule.globs.matches_candidate(&Candidate::from_bytes(path.as_bytes())) {
                        used[index] = true;
                    }
                }
                let unused = rule.patterns.iter().zip(used).filter(|(_, used)| !used);
                problems.extend(unused.map(|(glob, _)| Problem {
                    place: glob.place.clone(),
                    message: format!("the glob `{}` matches no file", glob.value),
                    help: help_for(&glob.value, paths),
                }));
            }
            let entries = layer.cwe.iter().chain(layer.paths.iter().flat_map(|rule| &rule.cwe));
            problems.extend(entries.filter_map(unreached));
        }
        problems
    }
}

fn help_for(glob: &str, paths: &[RepoPath]) -> String {
    let deeper = format!("**/{glob}");
    let matches = |glob: &Glob| {
        let matcher = glob.compile_matcher();
        paths.iter().any(|path| matcher.is_match_candidate(&Candidate::from_bytes(path.as_bytes())))
    };
    match Glob::new(&deeper) {
        Ok(glob) if matches(&glob) => format!("globs start at the repository's root; did you mean `\"{deeper}\"`?"),
        _ => "correct it or take it away".to_owned(),
    }
}

fn unreached(entry: &Entry) -> Option<Problem> {
    let Named::Cwe(id) = entry.named else { return None };
    let reaches = |class: CweId| cwe::is_or_descends(class, id);
    let reached =
        cwe::all_advice().iter().any(|(&class, advice)| reaches(class) || advice.members.iter().any(|&m| reaches(m)));
    (!reached).then(|| Problem {
        place: entry.place.clone(),
        message: format!("the entry `\"{id}\"` covers no class that the model reports"),
        help: format!("take it away, or see `cwegate explain {id}` for what the model reports near it"),
    })
}

//! Weaknesses as texts name them, the classes that figures are given for, and how two weaknesses are related.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    cwe::{self, CweId},
    model::Manifest,
};

/// Every `CWE-89`, `cwe-089`, `cwe:89` or `CWE_89` in a text, in its order.
pub fn cwes_in(text: &str) -> Vec<CweId> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, _) in lower.match_indices("cwe") {
        let rest = lower[at + 3..].trim_start_matches(['-', '_', ':', ' ']);
        let digits = &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()];
        let id = digits.parse().ok().filter(|&number| number > 0).map(CweId);
        found.extend(id.filter(|id| !found.contains(id)));
    }
    found
}

/// One class that figures are given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The weakness that is reported.
    pub id: CweId,
    /// All that it stands for, itself included.
    pub members: Vec<CweId>,
}

/// The classes that figures are given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes(pub Vec<Class>);

impl Classes {
    /// A model's classes.
    pub fn of_model(manifest: &Manifest) -> Self {
        let class = |class: &crate::model::Class| {
            let mut members = class.members.clone();
            // Two models have the same classes whatever the order in which they list members.
            members.sort_unstable();
            Class { id: class.id, members }
        };
        Self(manifest.classes.iter().map(class).collect())
    }

    /// The classes that the catalogue of this tool advises on, for an evaluation without a model.
    pub fn of_catalogue() -> Self {
        let class = |(&id, advice): (&CweId, &cwe::Advice)| {
            let members = if advice.members.is_empty() { vec![id] } else { advice.members.clone() };
            Class { id, members }
        };
        Self(cwe::all_advice().iter().map(class).collect())
    }

    /// The class that a weakness belongs to: the one that has it as a member, else that of its nearest ancestor.
    ///
    /// `CWE-564` (SQL injection through Hibernate) thus counts as `CWE-89`. `CWE-74`, above all injections, is in no class.
    pub fn of(&self, id: CweId) -> Option<usize> {
        let member = |id| self.0.iter().position(|class| class.members.contains(&id));
        cwe::catalogue().ancestors(id).into_iter().find_map(|(ancestor, _)| member(ancestor))
    }

    /// The classes of several weaknesses, ascending, each once.
    pub fn of_all(&self, ids: &[CweId]) -> Vec<usize> {
        let classes: BTreeSet<usize> = ids.iter().filter_map(|&id| self.of(id)).collect();
        classes.into_iter().collect()
    }

    /// The best relation of what is reported to what is there.
    pub fn relation(&self, reported: &[CweId], truth: &[CweId]) -> Relation {
        let pairs = reported.iter().flat_map(|&reported| truth.iter().map(move |&truth| (reported, truth)));
        pairs.map(|(reported, truth)| self.relation_of(reported, truth)).min().unwrap_or(Relation::Other)
    }

    fn relation_of(&self, reported: CweId, truth: CweId) -> Relation {
        let merged = |class: &Class| class.members.contains(&reported) && class.members.contains(&truth);
        let parents = |id| cwe::catalogue().get(id).map_or(&[][..], |weakness| &weakness.parents);
        if reported == truth || self.0.iter().any(merged) {
            Relation::Exact
        } else if cwe::is_or_descends(truth, reported) {
            Relation::Ancestor
        } else if cwe::is_or_descends(reported, truth) {
            Relation::Descendant
        } else if parents(reported).iter().any(|parent| parents(truth).contains(parent)) {
            Relation::Sibling
        } else {
            Relation::Other
        }
    }
}

/// How a reported weakness is related to the true one in MITRE's research view (CWE-1000), best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// The same, or in one class with it.
    Exact,
    /// The report is more general than the truth.
    Ancestor,
    /// The report is more specific than the truth.
    Descendant,
    /// Both have a parent in common.
    Sibling,
    /// None of these.
    Other,
}

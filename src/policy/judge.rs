//! Findings → a verdict.

use std::collections::HashMap;

use super::{
    Action, ClassThresholds, FailOn, Judged, Outcome, Policy, Rule, Summary, Unscannable, Unscanned, Verdict,
    resolve::Resolver,
};
use crate::{
    attribute::{Finding, Status},
    cwe::CweId,
    path::RepoPath,
};

impl Policy {
    /// Decides on a run.
    ///
    /// Findings of classes that are off are left out. The strictest action among a finding's class and the other
    /// classes over their thresholds at the same statement counts: a class that only warns must not hide one that
    /// blocks. What was there before blocks under `fail-on = "any"` only, what was repaired never.
    ///
    /// `unscanned` comes with `blocks` set where something had to be scanned; `unscannable = "warn"` clears it.
    pub fn judge(
        &self,
        findings: Vec<Finding>,
        classes: &[ClassThresholds],
        unscanned: Vec<Unscanned>,
        summary: Summary,
    ) -> Verdict {
        let mut rules = Rules { policy: self, classes, by_path: HashMap::new() };
        let mut findings: Vec<_> =
            findings.into_iter().filter_map(|finding| self.decide(finding, &mut rules)).collect();
        findings.sort_by(|a, b| order(a).cmp(&order(b)));

        let must = self.unscannable() == Unscannable::Block;
        let unscanned: Vec<_> =
            unscanned.into_iter().map(|item| Unscanned { blocks: item.blocks && must, ..item }).collect();

        let outcome = if findings.iter().any(|judged| judged.action == Action::Block) {
            Outcome::Blocked
        } else if unscanned.iter().any(|item| item.blocks) {
            Outcome::Unscannable
        } else {
            Outcome::Passed
        };
        Verdict { outcome, findings, notices: Vec::new(), unscanned, summary }
    }

    fn decide(&self, finding: Finding, rules: &mut Rules<'_>) -> Option<Judged> {
        let ids = [finding.cwe].into_iter().chain(finding.also.iter().map(|&(id, _)| id));
        // The first of the strictest: the finding's own class where it is among them.
        let rule = ids.map(|id| rules.get(&finding.path, id)).reduce(|a, b| if b.action > a.action { b } else { a })?;
        if rule.action == Action::Off {
            return None;
        }

        let mildly = |reason: &str| (Action::Warn, reason.to_owned());
        let (action, reason) = match (finding.status, self.fail_on()) {
            (Status::Fixed, _) => mildly("repaired by this change"),
            (Status::Existing, FailOn::New | FailOn::Worsened) => mildly("was there before this change"),
            (Status::Worsened, FailOn::New) if rule.action == Action::Block => {
                mildly("worsened by this change, which `fail-on = \"new\"` lets pass")
            }
            _ => (rule.action, rule.reason),
        };
        Some(Judged { finding, action, reason, suppressed: None })
    }
}

/// Rules as they are asked for; files repeat among findings.
struct Rules<'a> {
    policy: &'a Policy,
    classes: &'a [ClassThresholds],
    by_path: HashMap<(RepoPath, CweId), Rule>,
}

impl Rules<'_> {
    fn get(&mut self, path: &RepoPath, id: CweId) -> Rule {
        let key = (path.clone(), id);
        if let Some(rule) = self.by_path.get(&key) {
            return rule.clone();
        }
        let resolver = Resolver::new(self.policy, path);
        let rule = match self.classes.iter().find(|class| class.id == id) {
            Some(class) => resolver.rule(class),
            None => resolver.rule(&ClassThresholds { id, members: vec![], budgets: vec![], thresholds: vec![] }),
        };
        self.by_path.insert(key, rule.clone());
        rule
    }
}

/// Blocking first, then by place.
fn order(judged: &Judged) -> (std::cmp::Reverse<Action>, &RepoPath, crate::attribute::Region, CweId) {
    let finding = &judged.finding;
    (std::cmp::Reverse(judged.action), &finding.path, finding.region, finding.cwe)
}

//! Findings → a verdict.
//!
//! Exemptions are asked in this order: a comment at the statement, an `[[allow]]` of the policy, the baseline. A finding is
//! suppressed only if all classes that would be reported at its statement are exempt; a class above an exempt one in MITRE's
//! research view says the same less exactly, and is exempt with it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    Action, BASELINE, Baseline, ClassThresholds, Date, FailOn, Judged, Kinds, Level, Notice, Outcome, Policies, Policy,
    PolicyError, Rule, Summary, Suppression, SuppressionKind, Unscannable, Unscanned, Verdict,
    inline::{self, Said},
    load::is_policy_file,
    parse::{Allow, Named},
    resolve::Resolver,
};
use crate::{
    attribute::{Finding, Status},
    cwe::{self, CweId},
    diff::FileDiff,
    notebook::Cells,
    path::RepoPath,
    python::Comment,
};

/// Days before its end from which on an exemption warns.
const SOON: i64 = 14;

/// A file that was scanned, as far as judging needs to know it beside its findings.
#[derive(Debug, Clone, Default)]
pub struct Scanned {
    /// Its kinds.
    pub kinds: Kinds,
    /// Whether it was scanned as a whole, so that nothing in it is a change.
    pub whole: bool,
    /// Its comments.
    pub comments: Vec<Comment>,
    /// 1-based lines that were added or changed.
    pub changed: BTreeSet<u32>,
    /// Where the lines of the above are, in a notebook.
    pub cells: Option<Arc<Cells>>,
    /// Its statements after the change.
    pub statements: Vec<SeenStatement>,
}

impl Scanned {
    /// A notice on one of its lines: told as a line of the file, and in a notebook as a line of a cell as well.
    fn notice(&self, level: Level, path: &RepoPath, line: u32, text: &str) -> Notice {
        let (line, text) = match &self.cells {
            Some(cells) => (cells.line_in_file(line), format!("{}: {text}", cells.name(line))),
            None => (line, text.to_owned()),
        };
        Notice { level, place: Some((path.to_text(), line)), text }
    }
}

/// A statement of a scanned file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenStatement {
    /// Its scope's name.
    pub scope: String,
    /// Its canonical text.
    pub text: String,
    /// First and last line, 1-based.
    pub lines: (u32, u32),
    /// Whether the model scored it; what a change does not touch is not scored.
    pub scored: bool,
}

/// What a change carries itself while it is judged by another commit's rules.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    /// The policies after it.
    pub policies: &'a Policies<'a>,
    /// The baseline after it.
    pub baseline: &'a Baseline,
    /// The `.gitattributes` after it that say otherwise which files are generated or vendored.
    pub attributes: &'a [RepoPath],
    /// The paths that it touches beside Python files. Where they are not known, every difference is taken for its doing.
    pub touched: Option<&'a BTreeSet<RepoPath>>,
}

/// By what findings are judged.
pub struct Rules<'a> {
    /// The policies.
    pub policies: &'a Policies<'a>,
    /// The baseline.
    pub baseline: &'a Baseline,
    /// What the scanned change itself carries, where the above are taken from another commit.
    pub own: Option<Own<'a>>,
    /// Whether a file exists after the change.
    pub exists: &'a dyn Fn(&RepoPath) -> bool,
    /// The current day.
    pub today: Date,
}

impl Rules<'_> {
    /// Decides on a run.
    ///
    /// Findings of classes that are off are left out. The strictest action among a finding's class and the other
    /// classes over their thresholds at the same statement counts: a class that only warns must not hide one that
    /// blocks. What was there before blocks under `fail-on = "any"` only, what was repaired never.
    ///
    /// `unscanned` comes with `blocks` set where something had to be scanned; `unscannable = "warn"` clears it.
    ///
    /// # Errors
    /// If the policy that is the nearest to a file cannot be used.
    pub fn judge(
        &self,
        findings: Vec<Finding>,
        classes: &[ClassThresholds],
        scanned: &BTreeMap<RepoPath, Scanned>,
        unscanned: Vec<Unscanned>,
        summary: Summary,
    ) -> Result<Verdict, PolicyError> {
        let mut run = Run {
            rules: self,
            classes,
            scanned,
            by_path: HashMap::new(),
            policies: vec![Arc::clone(self.policies.run())],
            comments: BTreeMap::new(),
            used: BTreeSet::new(),
            notices: Vec::new(),
        };
        for (path, file) in scanned {
            // Also of a file without findings: an exemption that is over is told of wherever the policy is in force.
            run.policy(path)?;
            run.read_comments(path, file)?;
        }
        let mut judged = Vec::new();
        for finding in findings {
            judged.extend(run.decide(finding)?);
        }
        self.cover(&mut judged, scanned, &mut run.notices);
        judged.sort_by(|a, b| order(a).cmp(&order(b)));
        let mut unscanned = unscanned;
        for item in &mut unscanned {
            item.blocks &= self.policies.of(&item.path)?.unscannable() == Unscannable::Block;
        }
        run.unused_comments();
        run.exemptions();
        run.differences()?;
        let mut notices = run.notices;
        sort_notices(&mut notices);

        let blocked = judged.iter().any(|judged| judged.action == Action::Block)
            || notices.iter().any(|notice| notice.level == Level::Error);
        let outcome = if blocked {
            Outcome::Blocked
        } else if unscanned.iter().any(|item| item.blocks) {
            Outcome::Unscannable
        } else {
            Outcome::Passed
        };
        Ok(Verdict { outcome, findings: judged, notices, unscanned, summary })
    }

    /// Suppresses what the baseline covers.
    fn cover(&self, judged: &mut [Judged], scanned: &BTreeMap<RepoPath, Scanned>, notices: &mut Vec<Notice>) {
        let open: Vec<usize> = (0..judged.len())
            .filter(|&at| judged[at].suppressed.is_none() && judged[at].finding.status != Status::Fixed)
            .collect();
        let findings: Vec<&Finding> = open.iter().map(|&at| &judged[at].finding).collect();
        let (covered, stale) = self.baseline.cover(&findings, scanned, self.exists);
        for (at, place) in open.into_iter().zip(covered) {
            let Some(place) = place else { continue };
            let judged = &mut judged[at];
            judged.reason = format!("in the baseline, {place}; else {}", judged.reason);
            judged.action = Action::Off;
            judged.suppressed =
                Some(Suppression { kind: SuppressionKind::Baseline, reason: None, owner: None, expires: None, place });
        }
        if stale > 0 {
            let (entries, verb) = if stale == 1 { ("entry", "matches") } else { ("entries", "match") };
            notices.push(Notice {
                level: Level::Warning,
                place: None,
                text: format!(
                    "{stale} {entries} of {BASELINE} {verb} nothing any more; `cwegate baseline prune` takes them out",
                ),
            });
        }
    }

    /// Whether comments that the scanned change adds count under a policy.
    fn accepts_new_comments(&self, policy: &Policy) -> bool {
        policy.accept_new_comments().unwrap_or(self.own.is_none())
    }
}

/// A comment that allows something.
struct InlineAllow {
    comment: Comment,
    names: Vec<Named>,
    reason: Option<String>,
}

/// What one class at a statement asks for.
struct Vote {
    id: CweId,
    action: Action,
    reason: String,
    exemption: Option<Suppression>,
}

/// One run's state.
struct Run<'a> {
    rules: &'a Rules<'a>,
    classes: &'a [ClassThresholds],
    scanned: &'a BTreeMap<RepoPath, Scanned>,
    by_path: HashMap<(RepoPath, CweId), Rule>,
    /// All policies that were asked.
    policies: Vec<Arc<Policy>>,
    comments: BTreeMap<RepoPath, Vec<InlineAllow>>,
    /// Comments that suppressed something.
    used: BTreeSet<(RepoPath, u32)>,
    notices: Vec<Notice>,
}

impl Run<'_> {
    fn policy(&mut self, path: &RepoPath) -> Result<Arc<Policy>, PolicyError> {
        let policy = self.rules.policies.of(path)?;
        if !self.policies.iter().any(|known| Arc::ptr_eq(known, &policy)) {
            self.policies.push(Arc::clone(&policy));
        }
        Ok(policy)
    }

    /// Reads the comments of a file; those that mean to allow something and do not are told where they are part of the change.
    fn read_comments(&mut self, path: &RepoPath, file: &Scanned) -> Result<(), PolicyError> {
        let mut allowing = Vec::new();
        for comment in &file.comments {
            let Some(said) = inline::read(comment) else { continue };
            let policy = self.policy(path)?;
            let wrong = match said {
                Said::Wrong(why) => Err(format!("this comment allows nothing: {why}")),
                Said::Allow(names, _) if names.is_empty() && !policy.allow_blanket() => {
                    Err("this comment allows nothing: it names no CWE; write `# cwegate: allow[CWE-89] reason`"
                        .to_owned())
                }
                Said::Allow(_, None) if policy.require_reason() => {
                    Err("this comment allows nothing: the policy wants a reason behind it (`require-reason`)"
                        .to_owned())
                }
                Said::Allow(names, reason) => Ok(InlineAllow { comment: comment.clone(), names, reason }),
            };
            match wrong {
                Ok(allow) => allowing.push(allow),
                Err(text) => {
                    let level = if file.changed.contains(&comment.line) { Level::Warning } else { Level::Note };
                    self.notices.push(file.notice(level, path, comment.line, &text));
                }
            }
        }
        if !allowing.is_empty() {
            self.comments.insert(path.clone(), allowing);
        }
        Ok(())
    }

    fn rule(&mut self, policy: &Policy, path: &RepoPath, id: CweId) -> Rule {
        let key = (path.clone(), id);
        if let Some(rule) = self.by_path.get(&key) {
            return rule.clone();
        }
        let none = Kinds::new();
        let resolver = Resolver::new(policy, path, self.scanned.get(path).map_or(&none, |file| &file.kinds));
        let rule = match self.classes.iter().find(|class| class.id == id) {
            Some(class) => resolver.rule(class),
            None => resolver.rule(&ClassThresholds { id, members: vec![], budgets: vec![], thresholds: vec![] }),
        };
        self.by_path.insert(key, rule.clone());
        rule
    }

    fn decide(&mut self, finding: Finding) -> Result<Option<Judged>, PolicyError> {
        let policy = self.policy(&finding.path)?;
        let mut votes = Vec::new();
        let ids: Vec<_> =
            [(finding.cwe, finding.probability)].into_iter().chain(finding.also.iter().copied()).collect();
        for (id, probability) in ids {
            let Rule { action, block_threshold, reason, .. } = self.rule(&policy, &finding.path, id);
            let (action, reason) = match action {
                Action::Off => continue,
                Action::Block if block_threshold.is_finite() && probability < block_threshold => {
                    (Action::Warn, format!("it may block from probability {block_threshold:.2} on; {reason}"))
                }
                action => (action, reason),
            };
            let exemption = match finding.status {
                Status::Fixed => None,
                _ => self.inline(&policy, &finding, id).or_else(|| self.allowed(&policy, &finding, id)),
            };
            votes.push(Vote { id, action, reason, exemption });
        }
        let exempt: Vec<CweId> = votes.iter().filter(|vote| vote.exemption.is_some()).map(|vote| vote.id).collect();
        let is_exempt = |vote: &Vote| exempt.iter().any(|&id| cwe::is_or_descends(id, vote.id));
        let strictest = |votes: Vec<Vote>| votes.into_iter().reduce(|a, b| if b.action > a.action { b } else { a });

        if votes.iter().all(is_exempt) {
            let first = votes.iter_mut().find_map(|vote| vote.exemption.take());
            let Some((vote, suppression)) = strictest(votes).zip(first) else { return Ok(None) };
            let why = suppression.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let reason = format!("allowed in {}{why}; else {}", suppression.place, vote.reason);
            return Ok(Some(Judged { finding, action: Action::Off, reason, suppressed: Some(suppression) }));
        }
        let Some(vote) = strictest(votes.into_iter().filter(|vote| !is_exempt(vote)).collect()) else {
            return Ok(None);
        };
        let mildly = |reason: &str| (Action::Warn, reason.to_owned());
        let (action, reason) = match (finding.status, policy.fail_on()) {
            (Status::Fixed, _) => mildly("repaired by this change"),
            (Status::Existing, FailOn::New | FailOn::Worsened) => mildly("was there before this change"),
            (Status::Worsened, FailOn::New) if vote.action == Action::Block => {
                mildly("worsened by this change, which `fail-on = \"new\"` lets pass")
            }
            _ => (vote.action, vote.reason),
        };
        Ok(Some(Judged { finding, action, reason, suppressed: None }))
    }

    /// Whether names reach a class, or one that is merged into it.
    fn covers(&self, names: &[Named], id: CweId) -> bool {
        let class = self.classes.iter().find(|class| class.id == id);
        let members = class.map_or(&[][..], |class| &class.members);
        let ids = [id].into_iter().chain(members.iter().copied());
        names.is_empty() || ids.into_iter().any(|id| names.iter().any(|named| named.covers(id)))
    }

    /// The comment at a finding's statement that allows a class.
    fn inline(&mut self, policy: &Policy, finding: &Finding, id: CweId) -> Option<Suppression> {
        let file = self.scanned.get(&finding.path)?;
        let at_hand = self.comments.get(&finding.path)?.iter();
        let allow = at_hand
            .filter(|allow| inline::belongs(&allow.comment, finding.lines))
            .find(|allow| self.covers(&allow.names, id))?;
        let line = allow.comment.line;
        // A comment that was there speaks for the statement that was there, not for what a change writes beside it.
        let is_new = !file.whole && (file.changed.contains(&line) || finding.status == Status::New);
        self.used.insert((finding.path.clone(), line));
        if is_new && !self.rules.accepts_new_comments(policy) {
            let text = "this comment does not count: it, or the statement beside it, is part of the change that is scanned; \
                        an `[[allow]]` in the base's policy does, and so does it under `accept-new-comments = true`";
            self.notices.push(file.notice(Level::Warning, &finding.path, line, text));
            return None;
        }
        Some(Suppression {
            kind: SuppressionKind::Inline,
            reason: allow.reason.clone(),
            owner: None,
            expires: None,
            place: match &file.cells {
                Some(cells) => format!("{}, {}", finding.path, cells.name(line)),
                None => format!("{}:{line}", finding.path),
            },
        })
    }

    /// The `[[allow]]` of the policy that allows a class of a finding.
    fn allowed(&self, policy: &Policy, finding: &Finding, id: CweId) -> Option<Suppression> {
        let entries = policy.layers.iter().rev().flat_map(|layer| &layer.allow);
        let allow = entries.into_iter().find(|allow| {
            let names: Vec<Named> = allow.cwe.iter().map(|set| set.value).collect();
            allow.globs.as_ref().is_none_or(|globs| globs.match_path(&finding.path))
                && allow.fingerprint.as_ref().is_none_or(|wanted| wanted.value == finding.fingerprint)
                && !allow.is_over(self.rules.today)
                && !(policy.require_reason() && allow.reason.is_none())
                && self.covers(&names, id)
        })?;
        Some(Suppression {
            kind: SuppressionKind::Policy,
            reason: allow.reason.as_ref().map(|set| set.value.clone()),
            owner: allow.owner.as_ref().map(|set| set.value.clone()),
            expires: allow.expires.as_ref().map(|set| set.value.to_string()),
            place: allow.place.to_string(),
        })
    }

    /// Comments at statements that were scored, and that nothing needed.
    fn unused_comments(&mut self) {
        for (path, comments) in &self.comments {
            let Some(file) = self.scanned.get(path) else { continue };
            for allow in comments {
                let line = allow.comment.line;
                let mut beside =
                    file.statements.iter().filter(|seen| inline::belongs(&allow.comment, seen.lines)).peekable();
                if self.used.contains(&(path.clone(), line)) {
                    continue;
                }
                let text = if beside.peek().is_none() {
                    "this comment allows nothing: it is at no statement's first or last line, nor alone on the line before one"
                } else if beside.all(|seen| seen.scored) {
                    "this comment suppresses nothing; take it away"
                } else {
                    continue;
                };
                let level = if file.changed.contains(&line) { Level::Warning } else { Level::Note };
                self.notices.push(file.notice(level, path, line, text));
            }
        }
    }

    /// Exemptions of the policies that ended or are about to.
    fn exemptions(&mut self) {
        let today = self.rules.today;
        for policy in &self.policies {
            for allow in policy.layers.iter().flat_map(|layer| &layer.allow) {
                let place = Some((allow.place.source().name.clone(), allow.place.line_column().0 as u32));
                let what = allow.describe();
                if policy.require_reason() && allow.reason.is_none() {
                    let text = format!("the exemption for {what} counts for nothing: the policy wants a `reason`");
                    self.notices.push(Notice { level: Level::Warning, place: place.clone(), text });
                }
                let Some(expires) = allow.expires.as_ref().map(|set| set.value) else { continue };
                let (level, text) = match today.days_until(expires) {
                    ..0 if self.repaired(allow) => (
                        Level::Warning,
                        format!("the exemption for {what} ended on {expires}; this change takes it away or renews it"),
                    ),
                    ..0 => (
                        Level::Error,
                        format!("the exemption for {what} ended on {expires}; repair the code, or renew or remove it"),
                    ),
                    days @ 0..=SOON => {
                        (Level::Warning, format!("the exemption for {what} ends on {expires}, {}", in_days(days)))
                    }
                    _ => continue,
                };
                self.notices.push(Notice { level, place, text });
            }
        }
    }

    /// What the change would alter in the policies of the files that it touches and of the folders whose policy it touches, in
    /// the baseline and in the attributes. Where the base has moved on meanwhile, that is none of the change's doing.
    fn differences(&mut self) -> Result<(), PolicyError> {
        let Some(own) = self.rules.own else { return Ok(()) };
        let mut pairs = vec![(Arc::clone(self.rules.policies.run()), Arc::clone(own.policies.run()))];
        let policies = own.touched.into_iter().flatten().filter(|path| is_policy_file(path));
        for path in self.scanned.keys().chain(policies) {
            let pair = (self.rules.policies.of(path)?, own.policies.of(path)?);
            if !pairs.iter().any(|(base, own)| Arc::ptr_eq(base, &pair.0) && Arc::ptr_eq(own, &pair.1)) {
                pairs.push(pair);
            }
        }
        let touches = |path: &str| own.touched.is_none_or(|touched| touched.contains(&RepoPath::from(path)));
        self.notices.extend(pairs.iter().filter_map(|(base, after)| base.differences(after, &touches)));
        self.notices.extend(self.rules.baseline.difference(own.baseline).filter(|_| touches(BASELINE)));
        self.notices.extend(own.attributes.iter().map(|path| Notice {
            level: Level::Warning,
            place: None,
            text: format!(
                "this change edits which files `{path}` calls generated or vendored; this counts once it is merged"
            ),
        }));
        Ok(())
    }

    /// Whether the scanned change takes an exemption that is over out of its own policies. Else no change could get past it.
    fn repaired(&self, allow: &Allow) -> bool {
        let Some(own) = self.rules.own else { return false };
        // One that cannot be used repairs nothing, and is an error elsewhere.
        let Ok(of_files) = self.scanned.keys().map(|path| own.policies.of(path)).collect::<Result<Vec<_>, _>>() else {
            return false;
        };
        let policies = of_files.iter().chain([own.policies.run()]);
        let mut entries = policies.flat_map(|policy| &policy.layers).flat_map(|layer| &layer.allow);
        !entries.any(|other| other.describe() == allow.describe() && other.is_over(self.rules.today))
    }
}

impl Allow {
    /// Whether its last day is past.
    pub(super) fn is_over(&self, today: Date) -> bool {
        self.expires.as_ref().is_some_and(|expires| expires.value < today)
    }

    /// What it allows and where, for a person.
    pub(super) fn describe(&self) -> String {
        let names: Vec<_> = self.cwe.iter().map(|set| set.value.to_string()).collect();
        let globs = self.globs.iter().flat_map(|globs| &globs.patterns).map(|glob| format!("`{}`", glob.value));
        let fingerprint = self.fingerprint.iter().map(|set| format!("fingerprint {}", set.value));
        format!("{} in {}", names.join(", "), globs.chain(fingerprint).collect::<Vec<_>>().join(", "))
    }
}

fn in_days(days: i64) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    }
}

impl Verdict {
    /// The verdict on several changes that were judged each by itself, as a push of several refs has them: what two of them
    /// have alike is told once. Of no changes, there is nothing to be said.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        verdicts.into_iter().reduce(Self::and).unwrap_or_else(|| Self {
            outcome: Outcome::Passed,
            findings: Vec::new(),
            notices: Vec::new(),
            unscanned: Vec::new(),
            summary: Summary::default(),
        })
    }

    fn and(mut self, other: Self) -> Self {
        self.outcome = match (self.outcome, other.outcome) {
            (Outcome::Blocked, _) | (_, Outcome::Blocked) => Outcome::Blocked,
            (Outcome::Unscannable, _) | (_, Outcome::Unscannable) => Outcome::Unscannable,
            (Outcome::Passed, Outcome::Passed) => Outcome::Passed,
        };
        add_unlike(&mut self.findings, other.findings);
        self.findings.sort_by(|a, b| order(a).cmp(&order(b)));
        add_unlike(&mut self.unscanned, other.unscanned);
        self.notices.extend(other.notices);
        sort_notices(&mut self.notices);
        self.summary = self.summary.and(other.summary);
        self
    }
}

impl Summary {
    fn and(mut self, other: Self) -> Self {
        self.source = format!("{}; {}", self.source, other.source);
        self.files += other.files;
        self.changed_lines += other.changed_lines;
        self.statements += other.statements;
        for (kind, count) in other.skipped {
            *self.skipped.entry(kind).or_default() += count;
        }
        add_unlike(&mut self.scanned, other.scanned);
        // Of a file in two states the findings are shown beside their excerpts.
        let unlike = |diff: &FileDiff, others: &[FileDiff]| others.iter().any(|o| o.path == diff.path && o != diff);
        let (own, others) = (self.diffs.clone(), other.diffs);
        self.diffs.retain(|diff| !unlike(diff, &others));
        add_unlike(&mut self.diffs, others.into_iter().filter(|diff| !unlike(diff, &own)).collect());
        self
    }
}

/// Adds what is not there yet; what is there or comes twice by itself stays so.
fn add_unlike<T: PartialEq>(to: &mut Vec<T>, other: Vec<T>) {
    let unlike: Vec<T> = other.into_iter().filter(|item| !to.contains(item)).collect();
    to.extend(unlike);
}

/// The gravest first, then by place.
fn sort_notices(notices: &mut Vec<Notice>) {
    notices.sort_by(|a, b| (b.level, &a.place, &a.text).cmp(&(a.level, &b.place, &b.text)));
    notices.dedup();
}

/// Blocking first, suppressed last, then by place.
fn order(judged: &Judged) -> (std::cmp::Reverse<Action>, &RepoPath, crate::attribute::Region, CweId) {
    let finding = &judged.finding;
    (std::cmp::Reverse(judged.action), &finding.path, finding.region, finding.cwe)
}

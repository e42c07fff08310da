//! A record beside a system's answer: all that figures are made of.

use std::collections::{HashMap, VecDeque};

use super::{
    cwes::{Classes, Relation},
    record::{Label, Record},
    system::{Answer, Mark, Point, System, lines_of},
};
use crate::{attribute::log_odds, cwe::CweId};

/// A record's classes and label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The record's label.
    pub label: Label,
    /// The classes of its weaknesses; on a fixed record those that were repaired.
    pub classes: Vec<usize>,
    /// Its weaknesses as they stand in the data.
    pub cwe: Vec<CweId>,
}

impl Truth {
    /// What is known of a record.
    pub fn of(record: &Record, classes: &Classes) -> Self {
        Self { label: record.label, classes: classes.of_all(&record.cwe), cwe: record.cwe.clone() }
    }

    /// Whether it carries a weakness.
    pub fn vulnerable(&self) -> bool {
        self.label == Label::Vulnerable
    }

    /// Whether it carries the class; `None` where that is not known, on a vulnerable record whose weakness has no class.
    pub fn carries(&self, class: usize) -> Option<bool> {
        match (self.vulnerable(), self.classes.is_empty()) {
            (true, true) => None,
            (true, false) => Some(self.classes.contains(&class)),
            (false, _) => Some(false),
        }
    }
}

/// One record under one system at its chosen operating point.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What is known of the record.
    pub truth: Truth,
    /// The highest score of each class over its statements.
    pub scores: Vec<f32>,
    /// The highest score at all.
    pub top: f32,
    /// The classes that alarm, ascending.
    pub alarmed: Vec<usize>,
    /// Whether anything alarms, weaknesses without a class included.
    pub any: bool,
    /// The class that is reported first: furthest over its threshold in log-odds, as the gate puts it. A tool puts none before
    /// another: a right one if it is among those that it reports, else the one of the first place in the record.
    pub first: Option<usize>,
    /// How what is reported first, or the nearest of all that a tool reports, is related to the true weakness; `None` on a miss,
    /// and where nothing is known or carried.
    pub relation: Option<Relation>,
    /// Alarms, counted by lines.
    pub alarms: u64,
    /// Lines of the record.
    pub lines: u64,
    /// Where the weakness is found; `None` where its lines are not known or the record carries none.
    pub found: Option<Found>,
}

/// How far a reader has to look for a weakness whose lines are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Statements that stand before the first right one, by falling score; `None` where no right one is in the list.
    ///
    /// This is the *initial false alarm* of defect prediction (Huang, Xia and Lo, ICSME 2017) counted in statements. Of
    /// statements with equal scores the wrong ones count as first, so that a system that says the same of all is not rewarded.
    pub before: Option<usize>,
    /// Lines between the highest alarm and the nearest line of the weakness, 0 if it is on one; `None` without an alarm at a line.
    pub distance: Option<u32>,
}

impl Outcome {
    /// A record beside an answer.
    pub fn of(record: &Record, answer: &Answer, point: &Point, classes: &Classes) -> Self {
        let truth = Truth::of(record, classes);
        let scores = answer.scores(classes.0.len());
        let alarmed: Vec<usize> = (0..classes.0.len()).filter(|&at| scores[at] >= point.thresholds[at]).collect();
        let any = answer.marks.iter().any(|mark| mark.alarms(point));
        let named: Vec<CweId> = answer.marks.iter().flat_map(|mark| mark.cwes.iter().copied()).collect();
        let (first, reported) = if named.is_empty() {
            let margin = |at: usize| log_odds(scores[at]) - log_odds(point.thresholds[at]);
            let first = alarmed.iter().copied().reduce(|a, b| if margin(b) > margin(a) { b } else { a });
            (first, first.map(|at| classes.0[at].id).into_iter().collect())
        } else {
            let right = truth.classes.iter().copied().find(|class| alarmed.contains(class));
            (right.or_else(|| named.iter().find_map(|&id| classes.of(id))), named)
        };
        let known = truth.vulnerable() && !truth.cwe.is_empty();
        Self {
            relation: (known && any).then(|| classes.relation(&reported, &truth.cwe)),
            top: answer.marks.iter().map(Mark::top).fold(0.0, f32::max),
            alarms: answer.alarms(point),
            lines: lines_of(record.code.as_bytes()),
            found: (truth.vulnerable() && !record.lines.is_empty()).then(|| found(answer, point, &record.lines)),
            truth,
            scores,
            alarmed,
            any,
            first,
        }
    }

    /// Whether a class of the record's weakness alarms.
    pub fn right_class(&self) -> bool {
        self.alarms_by(&self.truth.classes)
    }

    /// Whether one of some classes alarms.
    pub fn alarms_by(&self, classes: &[usize]) -> bool {
        classes.iter().any(|class| self.alarmed.contains(class))
    }

    /// The highest score among some classes; the highest at all if there is none.
    pub fn score_of(&self, classes: &[usize]) -> f32 {
        classes.iter().map(|&class| self.scores[class]).reduce(f32::max).unwrap_or(self.top)
    }
}

fn found(answer: &Answer, point: &Point, lines: &[u32]) -> Found {
    // What is said of no place is neither right nor wrong here.
    let placed: Vec<(&Mark, (u32, u32))> = answer.marks.iter().filter_map(|mark| Some((mark, mark.lines?))).collect();
    let right = |(first, last): (u32, u32)| lines.iter().any(|line| (first..=last).contains(line));
    let best = placed.iter().filter(|(_, place)| right(*place)).map(|(mark, _)| mark.top()).reduce(f32::max);
    let wrong_before = |best| placed.iter().filter(|(mark, place)| !right(*place) && mark.top() >= best).count();
    let alarms = placed.iter().filter(|(mark, _)| mark.alarms(point));
    let highest = alarms.reduce(|a, b| if b.0.top() > a.0.top() { b } else { a });
    let away = |(first, last): (u32, u32), line: u32| first.saturating_sub(line).max(line.saturating_sub(last));
    Found {
        before: best.map(wrong_before),
        distance: highest.and_then(|&(_, place)| lines.iter().map(|&line| away(place, line)).min()),
    }
}

/// A vulnerable record and its repair, by their places among the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The vulnerable record.
    pub vulnerable: usize,
    /// The fixed one.
    pub fixed: usize,
}

/// The pairs among the records, in the order of their vulnerable sides. Of several sides under one `pair_id` the first vulnerable one
/// goes with the first fixed one, and so on; a side without a counterpart is in no pair.
pub fn pairs(records: &[Record]) -> Vec<Pair> {
    let mut waiting: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (at, record) in records.iter().enumerate() {
        if let (Label::Fixed, Some(pair)) = (record.label, &record.pair_id) {
            waiting.entry(pair).or_default().push_back(at);
        }
    }
    let sides = records.iter().enumerate().filter(|(_, record)| record.label == Label::Vulnerable);
    sides
        .filter_map(|(vulnerable, record)| {
            let fixed = waiting.get_mut(record.pair_id.as_deref()?)?.pop_front()?;
            Some(Pair { vulnerable, fixed })
        })
        .collect()
}

/// The outcomes of all records under a system.
pub fn outcomes(records: &[Record], system: &System, point: &Point, classes: &Classes) -> Vec<Outcome> {
    let answered = records.iter().zip(&system.answers);
    answered.map(|(record, answer)| Outcome::of(record, answer, point, classes)).collect()
}

//! What a system says of records and clean files, in one form for models and for other tools.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cwe::CweId;

/// A statement (of a model) or a place (of a tool) with what is said of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mark {
    /// 1-based first and last line, inclusive; `None` for what a tool says of the file and of no place in it.
    pub lines: Option<(u32, u32)>,
    /// The weaknesses that a tool names here, in its words; empty of a model, which has classes only.
    pub cwes: Vec<CweId>,
    /// For each class a probability; a tool that gives none says 1 or 0.
    pub scores: Vec<f32>,
    /// The same for weaknesses that no class stands for; 0 where there is none.
    pub beside: f32,
}

impl Mark {
    /// The highest score.
    pub fn top(&self) -> f32 {
        self.scores.iter().copied().fold(self.beside, f32::max)
    }

    /// Whether anything here is an alarm.
    pub fn alarms(&self, point: &Point) -> bool {
        self.beside > 0.0 || self.scores.iter().zip(&point.thresholds).any(|(score, threshold)| score >= threshold)
    }
}

/// What a system says of one record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// In source order; what is said of no place last.
    pub marks: Vec<Mark>,
    /// Why the record could not be read. Where nothing is reported in it, it counts as passed.
    pub unread: Option<String>,
}

impl Answer {
    /// The highest score of each class.
    pub fn scores(&self, classes: usize) -> Vec<f32> {
        let mut scores = vec![0.0f32; classes];
        for mark in &self.marks {
            scores.iter_mut().zip(&mark.scores).for_each(|(highest, score)| *highest = highest.max(*score));
        }
        scores
    }

    /// Alarms at an operating point: lines at which something is reported. Several classes at one line are one alarm, as the
    /// gate reports one finding a statement; all that is said of no line is one more.
    pub fn alarms(&self, point: &Point) -> u64 {
        let alarms = self.marks.iter().filter(|mark| mark.alarms(point));
        let lines: BTreeSet<Option<u32>> = alarms.map(|mark| mark.lines.map(|(first, _)| first)).collect();
        lines.len() as u64
    }
}

/// An operating point: from which score on each class alarms.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The alarm budget that the thresholds were chosen for; `None` for a tool, which has one point only.
    pub budget: Option<f32>,
    /// One a class.
    pub thresholds: Vec<f32>,
}

impl Point {
    /// All that a tool reports is an alarm.
    pub fn of_tool(classes: usize) -> Self {
        Self { budget: None, thresholds: vec![f32::MIN_POSITIVE; classes] }
    }
}

/// A file of a `--clean` folder: all that is reported in it counts as a false alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanFile {
    /// The folder's first level that the file is in, such as a package: files of one are drawn together.
    pub group: String,
    /// Lines, empty ones included.
    pub lines: u64,
    /// Alarms at each operating point of the system.
    pub alarms: Vec<u64>,
}

/// What kind of system it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A model of this tool, with probabilities.
    Model,
    /// Another tool, by its SARIF.
    Tool,
}

/// A system with all that it said.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// For each class the positive statements that it was trained on; `None` where that is not known, as of a tool.
    pub trained_on: Option<Vec<u64>>,
    /// Operating points, by ascending budget; at least one.
    pub points: Vec<Point>,
    /// The one that the tables are for.
    pub chosen: usize,
    /// One answer a record, in the records' order.
    pub answers: Vec<Answer>,
    /// What it said of the clean files; `None` where it was not run on them.
    pub clean: Option<Vec<CleanFile>>,
    /// Clean files that could not be read.
    pub clean_unread: usize,
    /// What a reader of the figures should know.
    pub notes: Vec<String>,
}

impl System {
    /// The operating point that the tables are for.
    pub fn point(&self) -> &Point {
        &self.points[self.chosen]
    }
}

/// Lines of a text, empty ones included.
pub fn lines_of(code: &[u8]) -> u64 {
    let ends = code.iter().filter(|&&byte| byte == b'\n').count();
    ends as u64 + u64::from(code.last().is_some_and(|&byte| byte != b'\n'))
}

//! Two texts → the lines that changed, and where the others went.

use std::{collections::BTreeSet, ops::Range};

use git2::{DiffOptions, Patch};

use crate::path::RepoPath;

/// Lines that were replaced: 0-based, half-open ranges in the text before and the text after. One may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Lines that are gone.
    pub before: Range<usize>,
    /// Lines that came.
    pub after: Range<usize>,
}

/// The difference between two texts, by lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDiff {
    /// What changed, in order; hunks neither touch nor overlap.
    pub hunks: Vec<Hunk>,
    /// Number of lines before.
    pub lines_before: usize,
    /// Number of lines after.
    pub lines_after: usize,
}

impl LineDiff {
    /// Compares by whole lines, line ends included.
    ///
    /// The lines come from libgit2's copy of git's own xdiff (Myers, indent heuristic), so that what is blamed is what
    /// `git diff` shows, line for line.
    pub fn between(before: &[u8], after: &[u8]) -> Self {
        let mut options = DiffOptions::new();
        options.context_lines(0).indent_heuristic(true).force_text(true);
        // Without a patch there would be no changed lines and so nothing to blame: then everything is.
        let hunks = Patch::from_buffers(before, None, after, None, Some(&mut options))
            .and_then(|patch| (0..patch.num_hunks()).map(|number| Ok(hunk(&patch.hunk(number)?.0))).collect())
            .unwrap_or_else(|_: git2::Error| vec![Hunk { before: 0..count(before), after: 0..count(after) }]);
        Self { hunks, lines_before: count(before), lines_after: count(after) }
    }

    /// A text that is new as a whole.
    pub fn added(after: &[u8]) -> Self {
        Self::between(b"", after)
    }

    /// 1-based lines of the text after that were added or changed.
    pub fn changed(&self) -> BTreeSet<u32> {
        self.hunks.iter().flat_map(|hunk| hunk.after.clone()).map(one_based).collect()
    }

    /// 1-based lines of the text before that were removed or changed.
    pub fn removed(&self) -> BTreeSet<u32> {
        self.hunks.iter().flat_map(|hunk| hunk.before.clone()).map(one_based).collect()
    }

    /// Where an untouched 1-based line of the text before is after the change; `None` if it was removed or changed.
    pub fn line_after(&self, before: u32) -> Option<u32> {
        let index = before.checked_sub(1)? as usize;
        let mut shift = 0isize;
        for hunk in &self.hunks {
            if index < hunk.before.start {
                break;
            }
            if hunk.before.contains(&index) {
                return None;
            }
            shift += hunk.after.len() as isize - hunk.before.len() as isize;
        }
        (index < self.lines_before).then(|| one_based(index.saturating_add_signed(shift)))
    }
}

/// A line of a diff as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// 1-based number before the change; `None` for a line that was added.
    pub before: Option<u32>,
    /// 1-based number after the change; `None` for a line that was removed.
    pub after: Option<u32>,
    /// The line without its line end. Untrusted.
    pub text: String,
}

/// The parts of a file's diff that are worth reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// The file, as it is named after the change.
    pub path: RepoPath,
    /// Stretches of consecutive lines, in order.
    pub hunks: Vec<Vec<DiffLine>>,
}

/// Unchanged lines shown around what is worth reading.
const CONTEXT: usize = 3;
/// Lines shown of a file from which on its other changes are left out.
const MOST_LINES: usize = 1_500;

impl LineDiff {
    /// The stretches around `wanted` lines (1-based, after the change) and, where `changes` is set and they are not too
    /// many, around all changed lines.
    pub fn stretches(&self, before: &str, after: &str, wanted: &BTreeSet<u32>, changes: bool) -> Vec<Vec<DiffLine>> {
        let lines = self.all_lines(before, after);
        let is_wanted = |line: &DiffLine| line.after.is_some_and(|number| wanted.contains(&number));
        let is_changed = |line: &DiffLine| line.before.is_none() || line.after.is_none();
        let near = |centre: &dyn Fn(&DiffLine) -> bool| -> BTreeSet<usize> {
            let centres = lines.iter().enumerate().filter(|(_, line)| centre(line)).map(|(at, _)| at);
            centres.flat_map(|at| at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len())).collect()
        };
        let mut shown = near(&is_wanted);
        if changes {
            let all = near(&|line| is_wanted(line) || is_changed(line));
            if all.len() <= MOST_LINES {
                shown = all;
            }
        }
        let mut stretches: Vec<Vec<DiffLine>> = Vec::new();
        let mut last = None;
        for at in shown {
            match stretches.last_mut() {
                Some(stretch) if last == at.checked_sub(1) => stretch.push(lines[at].clone()),
                _ => stretches.push(vec![lines[at].clone()]),
            }
            last = Some(at);
        }
        stretches
    }

    /// Both sides as one list: removed lines before those that replace them.
    fn all_lines(&self, before: &str, after: &str) -> Vec<DiffLine> {
        let (before, after): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
        let text = |lines: &[&str], at: usize| {
            lines.get(at).map_or_else(String::new, |line| line.trim_end_matches('\r').to_owned())
        };
        let mut lines = Vec::new();
        let mut next = 0;
        let mut old = 0;
        let unchanged = |old: usize, new: Range<usize>| {
            let text = |at| text(&after, at);
            (old..).zip(new).map(move |(old, at)| DiffLine {
                before: Some(one_based(old)),
                after: Some(one_based(at)),
                text: text(at),
            })
        };
        for hunk in &self.hunks {
            lines.extend(unchanged(old, next..hunk.after.start));
            lines.extend(hunk.before.clone().map(|at| DiffLine {
                before: Some(one_based(at)),
                after: None,
                text: text(&before, at),
            }));
            lines.extend(hunk.after.clone().map(|at| DiffLine {
                before: None,
                after: Some(one_based(at)),
                text: text(&after, at),
            }));
            (old, next) = (hunk.before.end, hunk.after.end);
        }
        lines.extend(unchanged(old, next..self.lines_after));
        lines
    }
}

/// git counts from 1, and names the line before where a side is empty.
fn hunk(hunk: &git2::DiffHunk<'_>) -> Hunk {
    let range = |start: u32, lines: u32| {
        let start = if lines == 0 { start } else { start - 1 } as usize;
        start..start + lines as usize
    };
    Hunk { before: range(hunk.old_start(), hunk.old_lines()), after: range(hunk.new_start(), hunk.new_lines()) }
}

fn count(text: &[u8]) -> usize {
    text.split_inclusive(|&byte| byte == b'\n').count()
}

fn one_based(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

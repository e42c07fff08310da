//! Scope → windows: which statements the model reads together, within its token budget.
//!
//! A window is a sequence of token ids. Each statement starts with a marker token, `<c>` for context that is only read,
//! `<s0>` … `<s7>` for a statement at that block depth; the model's answer for a statement is read off its marker. First
//! come the imports that the scope uses, the headers of the enclosing scopes and the outer definitions of its free names,
//! then the statements of the scope. A scope that does not fit is read in several windows, each with the statements that it
//! judges (its targets), their backward slice, and their neighbours.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Range,
};

use crate::{
    model::tokens::{Marker, Tokens},
    python::{Module, Scope, ScopeKind, Statement, StatementKind},
};

/// Deepest block depth that has its own marker.
pub const MAX_DEPTH: usize = 7;
/// The share of the budget that context may take.
const CONTEXT_SHARE: f32 = 0.4;
/// The share of the rest that targets may take where a scope needs several windows.
const TARGET_SHARE: f32 = 0.6;
/// Outer definitions shown for free names, at most.
const OUTER_DEFINITIONS: usize = 8;
/// How far the backward slice follows definitions of definitions.
const SLICE_ROUNDS: usize = 3;

/// What the model reads at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Index of the scope.
    pub scope: usize,
    /// Token ids, markers included; at most the budget.
    pub ids: Vec<u32>,
    /// The scope's statements in it, in source order.
    pub marks: Vec<Mark>,
    /// All that stands behind a marker, context first, in the order of the ids, which they cover.
    pub parts: Vec<Part>,
}

/// A marker and the tokens behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it is in the window's ids.
    pub ids: Range<usize>,
    /// Indices of the statements in the module whose text it is; one line of imports can come from several.
    pub statements: Vec<usize>,
}

impl Window {
    /// The window as it reads without one statement: its parts are gone, imports that it shares a line with included.
    pub fn without(&self, statement: usize) -> Self {
        let (gone, kept): (Vec<&Part>, Vec<&Part>) =
            self.parts.iter().partition(|part| part.statements.contains(&statement));
        let shift =
            |at: usize| -> usize { gone.iter().filter(|part| part.ids.end <= at).map(|part| part.ids.len()).sum() };
        let moved = |part: &Part| Part {
            ids: part.ids.start - shift(part.ids.start)..part.ids.end - shift(part.ids.start),
            statements: part.statements.clone(),
        };
        let marks = self.marks.iter().filter(|mark| mark.statement != statement);
        Self {
            scope: self.scope,
            ids: kept.iter().flat_map(|part| &self.ids[part.ids.clone()]).copied().collect(),
            marks: marks.map(|mark| Mark { at: mark.at - shift(mark.at), ..*mark }).collect(),
            parts: kept.iter().copied().map(moved).collect(),
        }
    }
}

/// Where a statement's answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Index of the marker in `ids`.
    pub at: usize,
    /// Index of the statement in the module.
    pub statement: usize,
    /// 1-based first line of what follows the marker (a part of the statement where it is very long).
    pub start_line: u32,
    /// 1-based last line, inclusive.
    pub end_line: u32,
    /// Whether this window judges the statement; else it is there for the others' sake.
    pub target: bool,
}

/// A stretch of tokens behind one marker.
struct Segment {
    statement: usize,
    start_line: u32,
    end_line: u32,
    ids: Vec<u32>,
}

/// What stands outside the scope and gives it meaning: one line behind one marker.
struct ContextSegment {
    statements: Vec<usize>,
    ids: Vec<u32>,
}

/// The windows of one scope. With `focus`, only the statements in it are judged (a change); without, all are.
///
/// Every judged statement is a target in exactly one window per segment of it; a statement too long for a window has several.
pub fn windows(
    module: &Module,
    scope: usize,
    focus: Option<&HashSet<usize>>,
    tokens: &Tokens,
    budget: usize,
) -> Vec<Window> {
    let wanted = |statement: usize| focus.is_none_or(|focus| focus.contains(&statement));
    if !module.scopes[scope].statements.iter().any(|&statement| wanted(statement)) {
        return Vec::new();
    }
    let context = context(module, scope, tokens, (budget as f32 * CONTEXT_SHARE) as usize);
    let room = budget - context.iter().map(|segment| segment.ids.len()).sum::<usize>();
    let segments = segments(module, &module.scopes[scope], tokens, room / 2);

    let total: usize = segments.iter().map(|segment| segment.ids.len()).sum();
    if total <= room {
        let all = (0..segments.len()).collect();
        let targets = (0..segments.len()).filter(|&at| wanted(segments[at].statement)).collect();
        return vec![assemble(scope, &context, &segments, &all, &targets)];
    }
    let mut windows = Vec::new();
    let mut targets = BTreeSet::new();
    let mut used = 0;
    for (at, segment) in segments.iter().enumerate().filter(|(_, segment)| wanted(segment.statement)) {
        if used + segment.ids.len() > (room as f32 * TARGET_SHARE) as usize && !targets.is_empty() {
            windows.push(filled(module, scope, &context, &segments, &std::mem::take(&mut targets), room));
            used = 0;
        }
        used += segment.ids.len();
        targets.insert(at);
    }
    windows.push(filled(module, scope, &context, &segments, &targets, room));
    windows
}

/// A window of targets, then their backward slice, then their neighbours, as far as there is room.
fn filled(
    module: &Module,
    scope: usize,
    context: &[ContextSegment],
    segments: &[Segment],
    targets: &BTreeSet<usize>,
    room: usize,
) -> Window {
    let mut chosen = targets.clone();
    let mut left = room - targets.iter().map(|&at| segments[at].ids.len()).sum::<usize>();
    let mut add = |at: usize, chosen: &mut BTreeSet<usize>| {
        let length = segments[at].ids.len();
        if length <= left && chosen.insert(at) {
            left -= length;
        }
    };
    for at in slice(module, segments, targets) {
        add(at, &mut chosen);
    }
    let (first, last) = (targets.first().copied().unwrap_or(0), targets.last().copied().unwrap_or(0));
    for distance in 1..segments.len() {
        if let Some(before) = first.checked_sub(distance) {
            add(before, &mut chosen);
        }
        if last + distance < segments.len() {
            add(last + distance, &mut chosen);
        }
    }
    assemble(scope, context, segments, &chosen, targets)
}

/// The segments that the targets depend on, most important first: the header, then definitions of the names they use and
/// the guards around them, then what those depend on.
fn slice(module: &Module, segments: &[Segment], targets: &BTreeSet<usize>) -> Vec<usize> {
    let statement = |at: usize| -> &Statement { &module.statements[segments[at].statement] };
    let mut order: Vec<usize> =
        (0..segments.len()).filter(|&at| statement(at).kind == StatementKind::Header).take(1).collect();
    let mut frontier: Vec<usize> = targets.iter().copied().collect();
    let mut seen: HashSet<usize> = targets.iter().copied().collect();
    for _ in 0..SLICE_ROUNDS {
        let mut next = Vec::new();
        for &at in &frontier {
            let mut names: HashSet<&str> = statement(at).uses.iter().map(String::as_str).collect();
            let mut depth = statement(at).depth;
            for before in (0..at).rev() {
                let candidate = statement(before);
                let guards = candidate.depth < depth;
                let defines = candidate.defines.iter().any(|name| names.contains(name.as_str()));
                if guards {
                    depth = candidate.depth;
                }
                if defines && candidate.depth <= depth {
                    // A definition on the straight road hides the earlier ones.
                    for name in candidate.defines.iter().filter(|name| !candidate.uses.contains(name)) {
                        names.remove(name.as_str());
                    }
                }
                if (guards || defines) && seen.insert(before) {
                    next.push(before);
                }
            }
        }
        order.extend(&next);
        frontier = next;
    }
    order
}

fn assemble(
    scope: usize,
    context: &[ContextSegment],
    segments: &[Segment],
    chosen: &BTreeSet<usize>,
    targets: &BTreeSet<usize>,
) -> Window {
    let mut ids = Vec::new();
    let mut parts = Vec::with_capacity(context.len() + chosen.len());
    for segment in context {
        parts.push(Part { ids: ids.len()..ids.len() + segment.ids.len(), statements: segment.statements.clone() });
        ids.extend(&segment.ids);
    }
    let mut marks = Vec::with_capacity(chosen.len());
    for &at in chosen {
        let segment = &segments[at];
        parts.push(Part { ids: ids.len()..ids.len() + segment.ids.len(), statements: vec![segment.statement] });
        marks.push(Mark {
            at: ids.len(),
            statement: segment.statement,
            start_line: segment.start_line,
            end_line: segment.end_line,
            target: targets.contains(&at),
        });
        ids.extend(&segment.ids);
    }
    Window { scope, ids, marks, parts }
}

/// The scope's statements as marked tokens, none longer than `limit`.
fn segments(module: &Module, scope: &Scope, tokens: &Tokens, limit: usize) -> Vec<Segment> {
    let mut segments = Vec::new();
    for &number in &scope.statements {
        let statement = &module.statements[number];
        let marker = tokens.marker(Marker::Statement(statement.depth.min(MAX_DEPTH)));
        for piece in &statement.pieces {
            for ids in tokens.encode(&piece.text).chunks(limit - 1) {
                segments.push(Segment {
                    statement: number,
                    start_line: piece.start_line,
                    end_line: piece.end_line,
                    ids: std::iter::once(marker).chain(ids.iter().copied()).collect(),
                });
            }
        }
    }
    segments
}

/// What stands outside the scope and gives it meaning, each line with its marker, within a limit of tokens.
fn context(module: &Module, scope: usize, tokens: &Tokens, limit: usize) -> Vec<ContextSegment> {
    let marker = tokens.marker(Marker::Context);
    let mut used = 0;
    let mut segments = Vec::new();
    for line in context_lines(module, scope) {
        let encoded = tokens.encode(&line.text);
        if used + 1 + encoded.len() <= limit {
            used += 1 + encoded.len();
            let ids = std::iter::once(marker).chain(encoded).collect();
            segments.push(ContextSegment { statements: line.statements, ids });
        }
    }
    segments
}

/// Canonical texts of the context: enclosing headers, imports in use, outer definitions of free names.
pub fn context_texts(module: &Module, scope: usize) -> Vec<String> {
    context_lines(module, scope).into_iter().map(|line| line.text).collect()
}

/// A line of context with the statements that it comes from.
struct ContextLine {
    text: String,
    statements: Vec<usize>,
}

fn context_lines(module: &Module, scope: usize) -> Vec<ContextLine> {
    let enclosing: Vec<usize> =
        std::iter::successors(module.scopes[scope].parent, |&outer| module.scopes[outer].parent).collect();
    let mut lines = Vec::new();
    for &outer in enclosing.iter().rev() {
        let heads = module.scopes[outer].statements.iter().copied();
        let is_head =
            |at: &usize| matches!(module.statements[*at].kind, StatementKind::Decorator | StatementKind::Header);
        lines.extend(
            heads.filter(is_head).map(|at| ContextLine { text: module.statements[at].text(), statements: vec![at] }),
        );
    }

    let own = &module.scopes[scope].statements;
    let is_own: HashSet<usize> = own.iter().copied().collect();
    let mut uses: Vec<&str> = Vec::new();
    let mut bound: HashSet<&str> = HashSet::new();
    for &number in own {
        let statement = &module.statements[number];
        uses.extend(statement.uses.iter().map(String::as_str).filter(|name| !bound.contains(name)));
        // A module-level name is bound by itself, a local one hides the outer.
        bound.extend(statement.defines.iter().map(String::as_str));
    }
    let used: HashSet<&str> = uses.into_iter().collect();
    if module.scopes[scope].kind == ScopeKind::Module {
        return lines;
    }
    lines.extend(imports(module, &used));

    let mut outer = Vec::new();
    let mut per_name: HashMap<&str, usize> = HashMap::new();
    for (number, statement) in module.statements.iter().enumerate() {
        if is_own.contains(&number) || statement.kind != StatementKind::Plain || !enclosing.contains(&statement.scope) {
            continue;
        }
        for name in statement.defines.iter().filter(|name| used.contains(name.as_str())) {
            let seen = per_name.entry(name).or_default();
            *seen += 1;
            if *seen <= 2 && outer.last() != Some(&number) {
                outer.push(number);
            }
        }
    }
    lines.extend(
        outer
            .into_iter()
            .take(OUTER_DEFINITIONS)
            .map(|at| ContextLine { text: module.statements[at].pieces[0].text.clone(), statements: vec![at] }),
    );
    lines
}

/// One line a module: `from flask import Flask, request`, as far as the names are used.
fn imports(module: &Module, used: &HashSet<&str>) -> Vec<ContextLine> {
    let mut lines: Vec<ContextLine> = Vec::new();
    let mut last_from: Option<&str> = None;
    for import in module.imports.iter().filter(|import| used.contains(import.bound.as_str())) {
        let binds = |at: &usize| {
            let statement = &module.statements[*at];
            statement.kind == StatementKind::Import && statement.defines.contains(&import.bound)
        };
        let statements = (0..module.statements.len()).filter(binds);
        match (&import.from, lines.last_mut()) {
            (Some(from), Some(line)) if last_from == Some(from) => {
                line.text.push_str(", ");
                line.text.push_str(&import.original);
                line.statements.extend(statements);
            }
            _ => lines.push(ContextLine { text: import.text(), statements: statements.collect() }),
        }
        last_from = import.from.as_deref();
    }
    lines.dedup_by(|a, b| a.text == b.text);
    lines
}

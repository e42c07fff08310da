//! Errors that point into a policy file: file, line, column, the source line underlined, and what to do.

use std::{fmt, ops::Range, path::PathBuf, sync::Arc};

use unicode_width::UnicodeWidthStr;

use crate::terminal;

/// A policy's text and the name that messages give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A path relative to the repository's root, a path as it was given, or `preset top25`.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Whether it is a preset that is built in.
    pub preset: bool,
    /// The folder that its globs start at, relative to the repository's root and with a `/` at the end; empty for the root.
    pub base: String,
}

/// A piece of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    source: Arc<Source>,
    span: Range<usize>,
}

impl Place {
    /// The piece of `source` at a range of byte offsets.
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        Self { source: Arc::clone(source), span }
    }

    /// The source that the place is in.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// 1-based line and column, the column in Unicode code points.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.source.text.get(..self.span.start).unwrap_or(&self.source.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The line that the place begins on, cut into the text before the place, the place itself and the rest.
    fn on_its_line(&self) -> (&str, &str, &str) {
        let text = self.source.text.as_str();
        let start = self.span.start.min(text.len());
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = self.span.end.clamp(start, line_end);
        (&text[line_start..start], &text[start..end], text[end..line_end].trim_end())
    }
}

impl fmt::Display for Place {
    /// `cwegate.toml:7`, or `preset top25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = terminal::escape(&self.source.name);
        if self.source.preset { f.write_str(&name) } else { write!(f, "{name}:{}", self.line_column().0) }
    }
}

/// One thing that is wrong with a policy file, or worth a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// One sentence on what is wrong; it names the key.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    /// The problem as a block of text, `error: …` or `warning: …`, ending with a newline.
    pub fn render(&self, level: &str) -> String {
        let clean = |text: &str| terminal::escape(&text.replace('\t', "    "));
        let (line, column) = self.place.line_column();
        let (before, inside, after) = self.place.on_its_line();
        let (before, inside, after) = (clean(before), clean(inside), clean(after));
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        let indent = " ".repeat(before.width());
        let underline = "^".repeat(inside.width().max(1));
        let name = terminal::escape(&self.place.source.name);
        let message = terminal::escape(&self.message);
        let help = terminal::escape(&self.help);
        format!(
            "{level}: {message}\n{gutter}--> {name}:{line}:{column}\n{gutter} |\n{number} | {before}{inside}{after}\n\
             {gutter} | {indent}{underline}\n{gutter} = help: {help}\n"
        )
    }
}

/// A policy that cannot be used. The exit code is 2.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A policy file cannot be read.
    #[error("cannot read the policy `{}`: {source}.\nCheck the name and the permissions, or name another file.", terminal::escape(&path.display().to_string()))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The baseline cannot be read.
    #[error("cannot read the baseline `{}`: {source}.\nCheck the permissions, or put the file back from git.", terminal::escape(&path.display().to_string()))]
    ReadBaseline {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A policy file that was found leads out of the repository.
    #[error(
        "the policy `{}` is a link that leads out of the repository.\n\
         Put the file itself into the repository, or name it with `--policy`.",
        terminal::escape(name)
    )]
    Outside {
        /// The file, relative to the repository's root.
        name: String,
    },
    /// The baseline is a link that leads out of the repository.
    #[error(
        "the baseline `{}` is a link that leads out of the repository.\nPut the file itself into the repository.",
        super::BASELINE
    )]
    BaselineOutside,
    /// The baseline is none.
    #[error(transparent)]
    Baseline(#[from] super::BaselineError),
    /// A policy file says something that cannot be meant.
    #[error("{}", render_all(.0))]
    Invalid(Vec<Problem>),
}

impl PolicyError {
    /// The exit code of a run that ends with this error: 2, wrong usage or configuration.
    pub const EXIT_CODE: u8 = 2;
}

fn render_all(problems: &[Problem]) -> String {
    let blocks: Vec<_> = problems.iter().map(|problem| problem.render("error")).collect();
    blocks.join("\n").trim_end().to_owned()
}

/// The known word that someone who wrote `written` most likely meant.
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let normal = written.to_ascii_lowercase().replace('_', "-");
    known
        .iter()
        .map(|&word| (strsim::damerau_levenshtein(&normal, word), word))
        .filter(|&(distance, word)| distance <= (word.len() / 3).max(1))
        .min()
        .map(|(_, word)| word)
}

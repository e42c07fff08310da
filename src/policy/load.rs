//! From files to a [`Policy`]: discovery, presets and `extends`.

use std::{
    io::ErrorKind,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::{
    Policy, PolicyError,
    diagnostic::{Place, Problem, Source, nearest},
    parse::{self, Layer, Set},
};

/// The presets that are built in: name and text.
pub const PRESETS: &[(&str, &str)] = &[
    ("audit", include_str!("../../policies/audit.toml")),
    ("strict", include_str!("../../policies/strict.toml")),
    ("top25", include_str!("../../policies/top25.toml")),
];

/// What a policy without `extends` builds on, and what applies without a policy.
pub const DEFAULT_PRESET: &str = "top25";

const POLICY_FILE: &str = "cwegate.toml";
const PYPROJECT: &str = "pyproject.toml";

impl Policy {
    /// The policy for a run that starts in the directory `start` of the repository whose top is `root`.
    ///
    /// `explicit` wins: a preset's name, or a file (`./strict` for a file named like a preset). Without it, from
    /// `start` upwards to `root`, the first directory counts that has a `cwegate.toml`, or a `pyproject.toml` with a
    /// table `tool.cwegate`; without any, the preset `top25`. A file that does not say `extends` builds on `top25`.
    ///
    /// A policy that was found never reads a file outside `root`; an explicit one may.
    ///
    /// # Errors
    /// If a file cannot be read, leads out of the repository, or is not a policy; all problems of one file are told.
    pub fn load(explicit: Option<&Path>, start: &Path, root: &Path) -> Result<Policy, PolicyError> {
        let mut loader = Loader { root, confined: explicit.is_none(), seen: Vec::new(), layers: Vec::new() };
        match explicit {
            Some(path) => match path.to_str().and_then(preset) {
                Some(source) => loader.preset(&source)?,
                None => loader.explicit(path)?,
            },
            None => match discover(start, root)? {
                Some((path, text)) => loader.found(&path, text)?,
                None => loader.preset(&preset_source(DEFAULT_PRESET))?,
            },
        }
        Ok(Policy::from_layers(loader.layers))
    }

    /// A policy from its text; `name` is what messages call it. It can extend presets only.
    ///
    /// # Errors
    /// If the text is not a policy, or extends a path.
    pub fn parse(text: &str, name: &str) -> Result<Policy, PolicyError> {
        let source = Arc::new(Source { name: name.to_owned(), text: text.to_owned(), preset: false });
        let layer = parse::parse(&source, false).map_err(PolicyError::Invalid)?;
        let mut loader = Loader { root: Path::new(""), confined: true, seen: Vec::new(), layers: Vec::new() };
        match &layer.extends {
            None => loader.preset(&preset_source(DEFAULT_PRESET))?,
            Some(extends) => match preset(&extends.value) {
                Some(source) => loader.preset(&source)?,
                None => return Err(not_a_preset(extends)),
            },
        }
        loader.layers.push(layer);
        Ok(Policy::from_layers(loader.layers))
    }
}

fn preset(name: &str) -> Option<Arc<Source>> {
    PRESETS.iter().any(|&(known, _)| known == name).then(|| preset_source(name))
}

fn preset_source(name: &str) -> Arc<Source> {
    let text = PRESETS.iter().find(|&&(known, _)| known == name).map_or("", |&(_, text)| text);
    Arc::new(Source { name: format!("preset {name}"), text: text.to_owned(), preset: true })
}

fn not_a_preset(extends: &Set<String>) -> PolicyError {
    let names: Vec<_> = PRESETS.iter().map(|&(name, _)| name).collect();
    let help = match nearest(&extends.value, &names) {
        Some(name) => format!("did you mean `\"{name}\"`?"),
        None => format!("here `extends` can be one of {}", names.join(", ")),
    };
    problem(&extends.place, format!("`extends` names `{}`, which is no preset", extends.value), help)
}

fn problem(place: &Place, message: String, help: String) -> PolicyError {
    PolicyError::Invalid(vec![Problem { place: place.clone(), message, help }])
}

/// The file that applies and its text. Both are read once, so that what was looked at is what is used.
fn discover(start: &Path, root: &Path) -> Result<Option<(PathBuf, String)>, PolicyError> {
    let start = below(start, root);
    for directory in start.ancestors().take_while(|directory| directory.starts_with(root)) {
        let path = directory.join(POLICY_FILE);
        if let Some(text) = read_if_there(&path)? {
            return Ok(Some((path, text)));
        }
        let path = directory.join(PYPROJECT);
        if let Some(text) = read_if_there(&path)? {
            // A pyproject.toml that is broken concerns this tool only if it may hold its policy.
            if parse::has_tool_table(&text).unwrap_or_else(|| text.contains("cwegate")) {
                return Ok(Some((path, text)));
            }
        }
    }
    Ok(None)
}

/// `start` as a path that begins with `root`: the two may name the same place through different links. A start that
/// is elsewhere gives the root.
fn below(start: &Path, root: &Path) -> PathBuf {
    if start.starts_with(root) {
        return start.to_owned();
    }
    match (start.canonicalize(), root.canonicalize()) {
        (Ok(start), Ok(real)) => start.strip_prefix(real).map_or_else(|_| root.to_owned(), |rest| root.join(rest)),
        _ => root.to_owned(),
    }
}

fn read_if_there(path: &Path) -> Result<Option<String>, PolicyError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        // A dangling link is a policy that someone meant to be there.
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(source) => Err(PolicyError::Read { path: path.to_owned(), source }),
    }
}

struct Loader<'a> {
    root: &'a Path,
    /// Whether files outside the root are refused.
    confined: bool,
    /// The files of the chain so far, links resolved.
    seen: Vec<PathBuf>,
    /// The base first.
    layers: Vec<Layer>,
}

impl Loader<'_> {
    fn preset(&mut self, source: &Arc<Source>) -> Result<(), PolicyError> {
        self.layers.push(parse::parse(source, false).map_err(PolicyError::Invalid)?);
        Ok(())
    }

    fn explicit(&mut self, path: &Path) -> Result<(), PolicyError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| PolicyError::Read { path: path.to_owned(), source })?;
        self.file(path, text)
    }

    fn found(&mut self, path: &Path, text: String) -> Result<(), PolicyError> {
        if !self.inside_root(path) {
            return Err(PolicyError::Outside { name: self.name(path) });
        }
        self.file(path, text)
    }

    fn inside_root(&self, path: &Path) -> bool {
        match (path.canonicalize(), self.root.canonicalize()) {
            (Ok(path), Ok(root)) => path.starts_with(root),
            _ => false,
        }
    }

    /// A path as messages show it: relative to the repository where it is inside.
    fn name(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.root).unwrap_or(path);
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        match path.components().next() {
            Some(Component::RootDir | Component::Prefix(_)) | None => path.display().to_string(),
            Some(_) => parts.join("/"),
        }
    }

    fn file(&mut self, path: &Path, text: String) -> Result<(), PolicyError> {
        let source = Arc::new(Source { name: self.name(path), text, preset: false });
        let in_pyproject = path.file_name().is_some_and(|name| name == PYPROJECT);
        let layer = parse::parse(&source, in_pyproject).map_err(PolicyError::Invalid)?;
        self.seen.extend(path.canonicalize());
        match &layer.extends {
            None => self.preset(&preset_source(DEFAULT_PRESET))?,
            Some(extends) => match preset(&extends.value) {
                Some(source) => self.preset(&source)?,
                None => self.extended(path, extends)?,
            },
        }
        self.layers.push(layer);
        Ok(())
    }

    fn extended(&mut self, from: &Path, extends: &Set<String>) -> Result<(), PolicyError> {
        let path = from.parent().unwrap_or(Path::new("")).join(&extends.value);
        let looks_like_a_name = !extends.value.contains(['/', '\\', '.']);
        let resolved = match path.canonicalize() {
            Ok(resolved) => resolved,
            Err(_) if looks_like_a_name => return Err(not_a_preset(extends)),
            Err(error) => {
                let message = format!("`extends` names `{}`, which cannot be read: {error}", extends.value);
                return Err(problem(&extends.place, message, "the path is relative to this file".to_owned()));
            }
        };
        if self.confined && !self.inside_root(&path) {
            let message = format!("`extends` names `{}`, which is outside the repository", extends.value);
            let help = "move it into the repository, or name this policy with `--policy`".to_owned();
            return Err(problem(&extends.place, message, help));
        }
        if self.seen.contains(&resolved) {
            let message = format!("`extends` names `{}`, which already builds on this file", extends.value);
            return Err(problem(&extends.place, message, "take one of the two `extends` away".to_owned()));
        }
        let text = std::fs::read_to_string(&path).map_err(|source| PolicyError::Read { path: path.clone(), source })?;
        let path = tidied(&path);
        self.file(&path, text)
    }
}

/// The path without `.` and, where a name stands before it, without `..`, for messages.
fn tidied(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

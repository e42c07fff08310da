//! From files to a [`Policy`]: discovery, presets and `extends`, on disk or in a commit.

use std::{
    cell::RefCell,
    collections::HashMap,
    io::{self, ErrorKind},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::{
    BASELINE, Baseline, FailOn, Policy, PolicyError,
    diagnostic::{Place, Problem, Source, nearest},
    parse::{self, Layer, Set},
};
use crate::{
    git::{Reader, Version, os_path},
    path::RepoPath,
};

/// The presets that are built in: name and text.
pub const PRESETS: &[(&str, &str)] = &[
    ("audit", include_str!("../../policies/audit.toml")),
    ("balanced", include_str!("../../policies/balanced.toml")),
    ("owasp-top10", include_str!("../../policies/owasp-top10.toml")),
    ("secrets-only", include_str!("../../policies/secrets-only.toml")),
    ("strict", include_str!("../../policies/strict.toml")),
    ("top25", include_str!("../../policies/top25.toml")),
];

/// What a policy without `extends` builds on, and what applies without a policy.
pub const DEFAULT_PRESET: &str = "top25";

/// How many times the limit for code a notebook may have, outputs included.
const NOTEBOOK: u64 = 50;

const POLICY_FILE: &str = "cwegate.toml";
const PYPROJECT: &str = "pyproject.toml";

/// Whether a file of that name may hold a policy.
pub(super) fn is_policy_file(path: &RepoPath) -> bool {
    let name = path.as_bytes().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    [POLICY_FILE, PYPROJECT].iter().any(|known| known.as_bytes() == name)
}

/// The table `tool.cwegate` of a folder's `pyproject.toml` where a `cwegate.toml` beside it goes before it.
pub fn shadowed(folder: &Path, root: &Path) -> Option<Problem> {
    let table = in_pyproject(folder, root).filter(|_| folder.join(POLICY_FILE).is_file())?;
    let message = format!("the `{POLICY_FILE}` beside this file goes before it, so that this table has no effect");
    Some(Problem { place: table, message, help: "keep one of the two".to_owned() })
}

/// Where the `pyproject.toml` of a folder holds a policy.
pub fn in_pyproject(folder: &Path, root: &Path) -> Option<Place> {
    let path = folder.join(PYPROJECT);
    let text = std::fs::read_to_string(&path).ok()?;
    let name = RepoPath::new(path.strip_prefix(root).unwrap_or(&path).as_os_str().as_encoded_bytes()).to_text();
    parse::tool_table_place(&Arc::new(Source { name, text, preset: false, base: String::new() }))
}

/// Where policies are read from. Paths are those of the work tree either way.
#[derive(Clone, Copy)]
pub enum Store<'a> {
    /// The disk; the folder is the top of the repository.
    Disk(&'a Path),
    /// A commit. Links in it are not followed.
    Commit {
        /// The repository.
        git: &'a dyn Reader,
        /// The commit.
        revision: &'a str,
        /// The top of the work tree.
        root: &'a Path,
    },
}

impl<'a> Store<'a> {
    fn root(self) -> &'a Path {
        match self {
            Self::Disk(root) | Self::Commit { root, .. } => root,
        }
    }

    fn read(self, path: &Path) -> io::Result<String> {
        let Self::Commit { git, revision, root } = self else { return std::fs::read_to_string(path) };
        let path = tidied(path);
        // What is outside of the repository is no part of any change to it.
        let Ok(below) = path.strip_prefix(root) else { return std::fs::read_to_string(path) };
        let parts: Vec<_> = below.components().map(|part| part.as_os_str().as_encoded_bytes()).collect();
        let bytes = git
            .file(&Version::Commit(revision.to_owned()), &RepoPath::new(parts.join(&b'/')))
            .map_err(io::Error::other)?
            .ok_or_else(|| io::Error::new(ErrorKind::NotFound, format!("it is not in {revision}")))?;
        String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
    }

    fn read_if_there(self, path: &Path) -> Result<Option<String>, PolicyError> {
        match self.read(path) {
            Ok(text) => Ok(Some(text)),
            // A dangling link is a policy that someone meant to be there.
            Err(error) if error.kind() == ErrorKind::NotFound && !(self.is_disk() && path.is_symlink()) => Ok(None),
            Err(source) => Err(PolicyError::Read { path: path.to_owned(), source }),
        }
    }

    fn is_disk(self) -> bool {
        matches!(self, Self::Disk(_))
    }

    /// What two paths to one file have in common; an error if there is no such file.
    fn identity(self, path: &Path) -> io::Result<PathBuf> {
        match self {
            Self::Disk(_) => path.canonicalize(),
            Self::Commit { .. } => self.read(path).map(|_| tidied(path)),
        }
    }

    fn contains(self, path: &Path) -> bool {
        match self {
            Self::Disk(root) => match (path.canonicalize(), root.canonicalize()) {
                (Ok(path), Ok(root)) => path.starts_with(root),
                _ => false,
            },
            Self::Commit { root, .. } => tidied(path).starts_with(root),
        }
    }
}

/// The policies of a repository: each file is judged by the nearest one.
pub struct Policies<'a> {
    store: Store<'a>,
    /// Whether one policy was named, which then holds for all files.
    named: bool,
    run: Arc<Policy>,
    /// Goes before what each policy says of `fail-on`.
    fail_on: Option<FailOn>,
    by_folder: RefCell<HashMap<PathBuf, Arc<Policy>>>,
}

impl<'a> Policies<'a> {
    /// The policies for a run that starts in the directory `start`; see [`Policy::load`].
    ///
    /// # Errors
    /// If the policy that holds in `start` cannot be used.
    pub fn new(store: Store<'a>, explicit: Option<&Path>, start: &Path) -> Result<Self, PolicyError> {
        let run = Arc::new(Policy::load_from(store, explicit, start)?);
        Ok(Self { store, named: explicit.is_some(), run, fail_on: None, by_folder: RefCell::default() })
    }

    /// The policies with another `fail-on`, whatever they say themselves.
    pub fn failing_on(self, fail_on: FailOn) -> Self {
        let run = Arc::new(Policy::clone(&self.run).failing_on(Some(fail_on)));
        Self { run, fail_on: Some(fail_on), by_folder: RefCell::default(), ..self }
    }

    /// One policy for all files.
    pub fn one(policy: Policy) -> Policies<'static> {
        let store = Store::Disk(Path::new(""));
        Policies { store, named: true, run: Arc::new(policy), fail_on: None, by_folder: RefCell::default() }
    }

    /// The policy where the run started, which speaks for the run as a whole.
    pub fn run(&self) -> &Arc<Policy> {
        &self.run
    }

    /// The policy for a file.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn of(&self, path: &RepoPath) -> Result<Arc<Policy>, PolicyError> {
        if self.named {
            return Ok(Arc::clone(&self.run));
        }
        let file = os_path(path).unwrap_or_default();
        if !file.components().all(|part| matches!(part, Component::Normal(_))) {
            // A file outside of the repository, named to be scanned as a whole.
            return Ok(Arc::clone(&self.run));
        }
        let folder = self.store.root().join(file.parent().unwrap_or(Path::new("")));
        if let Some(policy) = self.by_folder.borrow().get(&folder) {
            return Ok(Arc::clone(policy));
        }
        let policy = Arc::new(Policy::load_from(self.store, None, &folder)?.failing_on(self.fail_on));
        self.by_folder.borrow_mut().insert(folder, Arc::clone(&policy));
        Ok(policy)
    }

    /// The most bytes of code that are scanned of a file. Where the policy cannot be used, [`Policies::of`] says why.
    pub fn max_file_size(&self, path: &RepoPath) -> u64 {
        self.of(path).map_or_else(|_| self.run.max_file_size(), |policy| policy.max_file_size())
    }

    /// The largest file that is read. Of a notebook only the code is scanned, and pictures take most of the file.
    pub fn max_bytes(&self, path: &RepoPath) -> u64 {
        let size = self.max_file_size(path);
        if path.is_notebook() { size.saturating_mul(NOTEBOOK) } else { size }
    }
}

impl Policy {
    /// The policy for a run that starts in the directory `start` of the repository whose top is `root`.
    ///
    /// `explicit` wins: a preset's name, or a file (`./strict` for a file named like a preset). Without it, from
    /// `start` upwards to `root`, every directory counts that has a `cwegate.toml`, or a `pyproject.toml` with a
    /// table `tool.cwegate`: the nearer builds on the farther, up to one that says `root = true` or `extends`; without
    /// any, the preset `top25`. What says neither `extends` nor has a policy above it builds on `top25`.
    ///
    /// A policy that was found never reads a file outside `root`; an explicit one may.
    ///
    /// # Errors
    /// If a file cannot be read, leads out of the repository, or is not a policy; all problems of one file are told.
    pub fn load(explicit: Option<&Path>, start: &Path, root: &Path) -> Result<Policy, PolicyError> {
        Self::load_from(Store::Disk(root), explicit, start)
    }

    /// [`Policy::load`] from the disk or a commit. An explicit file outside the repository is read from the disk either way.
    ///
    /// # Errors
    /// As for [`Policy::load`].
    pub fn load_from(store: Store<'_>, explicit: Option<&Path>, start: &Path) -> Result<Policy, PolicyError> {
        let mut loader = Loader { store, confined: explicit.is_none(), seen: Vec::new(), layers: Vec::new() };
        match explicit {
            Some(path) => match path.to_str().and_then(preset) {
                Some(source) => loader.preset(&source)?,
                None => loader.explicit(path, start)?,
            },
            None => match discover(store, &below(start, store.root()))? {
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
        let source =
            Arc::new(Source { name: name.to_owned(), text: text.to_owned(), preset: false, base: String::new() });
        let layer = parse::parse(&source, false).map_err(PolicyError::Invalid)?;
        let store = Store::Disk(Path::new(""));
        let mut loader = Loader { store, confined: true, seen: Vec::new(), layers: Vec::new() };
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

impl Baseline {
    /// The baseline of a repository; an empty one where there is none.
    ///
    /// # Errors
    /// If it cannot be read, leads out of the repository, or is none.
    pub fn load(store: Store<'_>) -> Result<Self, PolicyError> {
        let path = store.root().join(BASELINE);
        let text = store.read_if_there(&path).map_err(|error| match error {
            PolicyError::Read { path, source } => PolicyError::ReadBaseline { path, source },
            error => error,
        })?;
        let Some(text) = text else { return Ok(Self::default()) };
        if !store.contains(&path) {
            return Err(PolicyError::BaselineOutside);
        }
        Ok(Self::parse(&text)?)
    }
}

fn preset(name: &str) -> Option<Arc<Source>> {
    PRESETS.iter().any(|&(known, _)| known == name).then(|| preset_source(name))
}

fn preset_source(name: &str) -> Arc<Source> {
    let text = PRESETS.iter().find(|&&(known, _)| known == name).map_or("", |&(_, text)| text);
    Arc::new(Source { name: format!("preset {name}"), text: text.to_owned(), preset: true, base: String::new() })
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

/// The nearest file at or above a folder of the repository, and its text. Both are read once, so that what was looked at is
/// what is used.
fn discover(store: Store<'_>, start: &Path) -> Result<Option<(PathBuf, String)>, PolicyError> {
    for directory in start.ancestors().take_while(|directory| directory.starts_with(store.root())) {
        let path = directory.join(POLICY_FILE);
        if let Some(text) = store.read_if_there(&path)? {
            return Ok(Some((path, text)));
        }
        let path = directory.join(PYPROJECT);
        if let Some(text) = store.read_if_there(&path)? {
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

/// How the layers below a file are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    /// In the folders above it.
    Folders,
    /// Only by its `extends`.
    Nothing,
}

struct Loader<'a> {
    store: Store<'a>,
    /// Whether files outside the repository must not be read.
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

    fn explicit(&mut self, path: &Path, start: &Path) -> Result<(), PolicyError> {
        let path = match self.store {
            Store::Disk(_) => path.to_owned(),
            Store::Commit { root, .. } => below(start, root).join(path),
        };
        let text = self.store.read(&path).map_err(|source| PolicyError::Read { path: path.clone(), source })?;
        self.file(&path, text, String::new(), Above::Nothing)
    }

    fn found(&mut self, path: &Path, text: String) -> Result<(), PolicyError> {
        if !self.store.contains(path) {
            return Err(PolicyError::Outside { name: self.name(path) });
        }
        let folder = path.parent().and_then(|folder| folder.strip_prefix(self.store.root()).ok());
        let parts: Vec<_> = folder.into_iter().flat_map(Path::components).collect();
        let base = parts.iter().map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect();
        self.file(path, text, base, Above::Folders)
    }

    /// A path as messages show it: relative to the repository where it is inside.
    fn name(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.store.root()).unwrap_or(path);
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        match path.components().next() {
            Some(Component::RootDir | Component::Prefix(_)) | None => path.display().to_string(),
            Some(_) => parts.join("/"),
        }
    }

    /// `base` is the folder of the file that was found, whose globs and those of all that it extends start there.
    fn file(&mut self, path: &Path, text: String, base: String, above: Above) -> Result<(), PolicyError> {
        let source = Arc::new(Source { name: self.name(path), text, preset: false, base: base.clone() });
        let in_pyproject = path.file_name().is_some_and(|name| name == PYPROJECT);
        let layer = parse::parse(&source, in_pyproject).map_err(PolicyError::Invalid)?;
        self.seen.extend(self.store.identity(path));
        match &layer.extends {
            Some(extends) => match preset(&extends.value) {
                Some(source) => self.preset(&source)?,
                None => self.extended(path, extends, base)?,
            },
            None => {
                let folder = path.parent().and_then(Path::parent);
                match folder.filter(|_| above == Above::Folders && !layer.root) {
                    Some(folder) => match discover(self.store, folder)? {
                        Some((path, text)) => self.found(&path, text)?,
                        None => self.preset(&preset_source(DEFAULT_PRESET))?,
                    },
                    None => self.preset(&preset_source(DEFAULT_PRESET))?,
                }
            }
        }
        self.layers.push(layer);
        Ok(())
    }

    fn extended(&mut self, from: &Path, extends: &Set<String>, base: String) -> Result<(), PolicyError> {
        let path = from.parent().unwrap_or(Path::new("")).join(&extends.value);
        let looks_like_a_name = !extends.value.contains(['/', '\\', '.']);
        // Where it leads is asked first: a commit's reader takes what is outside from the disk.
        let outside = || {
            let message = format!("`extends` names `{}`, which is outside the repository", extends.value);
            let help = "move it into the repository, or name this policy with `--policy`".to_owned();
            problem(&extends.place, message, help)
        };
        if self.confined && !self.store.is_disk() && !self.store.contains(&path) {
            return Err(outside());
        }
        let resolved = match self.store.identity(&path) {
            Ok(resolved) => resolved,
            Err(_) if looks_like_a_name => return Err(not_a_preset(extends)),
            Err(error) => {
                let message = format!("`extends` names `{}`, which cannot be read: {error}", extends.value);
                return Err(problem(&extends.place, message, "the path is relative to this file".to_owned()));
            }
        };
        if self.confined && !self.store.contains(&path) {
            return Err(outside());
        }
        if self.seen.contains(&resolved) {
            let message = format!("`extends` names `{}`, which already builds on this file", extends.value);
            return Err(problem(&extends.place, message, "take one of the two `extends` away".to_owned()));
        }
        let text = self.store.read(&path).map_err(|source| PolicyError::Read { path: path.clone(), source })?;
        let path = tidied(&path);
        self.file(&path, text, base, Above::Nothing)
    }
}

/// The path without `.` and, where a name stands before it, without `..`.
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

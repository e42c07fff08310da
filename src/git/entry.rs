//! Changed entries, whoever lists them → the Python files among them, with their bytes.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use super::{ChangeKind, Changes, FileChange, Limit, Unreadable, has_python_shebang, is_link, too_large, unreadable};
use crate::path::RepoPath;

/// What git says of a changed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Added,
    Modified,
    TypeChanged,
    Deleted,
    Conflicted,
    Unreadable,
}

/// One side of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// File mode as git writes it: `0o100644`, `0o120000` for a link, `0o160000` for a submodule, 0 for nothing.
    pub(super) mode: u32,
    /// Object id in hexadecimal; zeros where git has not hashed it.
    pub(super) id: String,
}

impl Object {
    fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    fn is_submodule(&self) -> bool {
        self.mode == 0o160_000
    }
}

/// A changed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) status: Status,
    /// The path after the change (before it, where the entry is deleted).
    pub(super) path: RepoPath,
    pub(super) old: Object,
    pub(super) new: Object,
}

/// Where the bytes of objects come from.
pub(super) trait Objects {
    /// A blob's bytes, or one sentence on why there are none; nothing over `max_size` bytes is read.
    fn blob(&self, id: &str, max_size: u64) -> Result<Vec<u8>, String>;
}

/// Sorts entries into Python files with their bytes, unreadable ones, and what is passed over.
///
/// `worktree` is the top of the work tree where the bytes after the change are on disk.
pub(super) fn changes(
    source: String,
    entries: &[Entry],
    objects: &dyn Objects,
    worktree: Option<&Path>,
    limit: Limit<'_>,
) -> Changes {
    let mut changes = Changes { source, ..Changes::default() };
    for entry in entries {
        sort(entry, objects, worktree, limit(&entry.path), &mut changes);
    }
    changes.files.sort_by(|a, b| a.path.cmp(&b.path));
    changes.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    changes.deleted.sort();
    renames(&mut changes);
    changes
}

fn sort(entry: &Entry, objects: &dyn Objects, worktree: Option<&Path>, max_size: u64, changes: &mut Changes) {
    let path = entry.path.clone();
    let old = || objects.blob(&entry.old.id, max_size).ok().filter(|bytes| unreadable(bytes, max_size).is_none());
    let kind = match entry.status {
        Status::Added => ChangeKind::Added,
        Status::Modified | Status::TypeChanged => ChangeKind::Modified,
        Status::Deleted => {
            if path.is_python() && entry.old.is_file() {
                changes.deleted.extend(old().map(|bytes| (path, bytes)));
            }
            return changes.skip("deleted");
        }
        Status::Conflicted => {
            let why = "the entry is in conflict; resolve it and stage the result".to_owned();
            return changes.unreadable.push(Unreadable { path, why });
        }
        Status::Unreadable => {
            let why = "git could not read the entry".to_owned();
            return changes.unreadable.push(Unreadable { path, why });
        }
    };
    if entry.new.is_submodule() {
        return changes.skip("submodule");
    }
    if !entry.new.is_file() {
        return changes.skip("symlink");
    }
    let name = path.as_bytes().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    if !path.is_python() && name.contains(&b'.') {
        return changes.skip("not python");
    }
    let after = match worktree {
        Some(root) => below(root, &path, max_size),
        None => objects.blob(&entry.new.id, max_size),
    };
    let after = match after {
        Ok(after) if path.is_python() || has_python_shebang(&after) => after,
        Err(why) if path.is_python() => return changes.unreadable.push(Unreadable { path, why }),
        _ => return changes.skip("not python"),
    };
    if let Some(why) = unreadable(&after, max_size) {
        return changes.unreadable.push(Unreadable { path, why });
    }
    // Before a type change there was a link or a submodule, and for an unreadable before everything counts as new.
    let before = if entry.old.is_file() && kind != ChangeKind::Added { old() } else { None };
    changes.files.push(FileChange { path, kind, before, after });
}

/// Added files that a deleted one reads like at least by half are renames, the most alike first.
///
/// Renames are looked for here, and not by the readers, since libgit2 and git weigh likeness differently, and git would
/// read files of the work tree through the filters that the repository names.
fn renames(changes: &mut Changes) {
    let lines = |bytes: &[u8]| {
        let mut lines: HashMap<Vec<u8>, usize> = HashMap::new();
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            *lines.entry(line.to_owned()).or_default() += line.len();
        }
        lines
    };
    let old: Vec<_> = changes.deleted.iter().map(|(_, bytes)| lines(bytes)).collect();
    let mut alike = Vec::new();
    for (new, file) in changes.files.iter().enumerate().filter(|(_, file)| file.kind == ChangeKind::Added) {
        let new_lines = lines(&file.after);
        for (old, old_lines) in old.iter().enumerate() {
            let common: usize =
                new_lines.iter().map(|(line, bytes)| old_lines.get(line).map_or(0, |others| *bytes.min(others))).sum();
            let longer = file.after.len().max(changes.deleted[old].1.len());
            if common > 0 && 2 * common >= longer {
                alike.push((common * 1_000 / longer, old, new));
            }
        }
    }
    alike.sort_by_key(|&(likeness, old, new)| (std::cmp::Reverse(likeness), old, new));
    let (mut gone, mut come) = (BTreeSet::new(), BTreeSet::new());
    for (_, old, new) in alike {
        if !gone.contains(&old) && come.insert(new) {
            gone.insert(old);
            changes.files[new].kind = ChangeKind::Renamed;
            changes.files[new].before = Some(changes.deleted[old].1.clone());
        }
    }
    for old in gone.into_iter().rev() {
        changes.deleted.remove(old);
        changes.unskip("deleted");
    }
}

/// Reads a tracked file from the work tree, without following a link out of it.
fn below(root: &Path, path: &RepoPath, max_size: u64) -> Result<Vec<u8>, String> {
    let why = |error: std::io::Error| format!("the file cannot be read: {error}");
    let root = root.canonicalize().map_err(why)?;
    let file = root.join(os_path(path)?);
    let real = file.canonicalize().map_err(why)?;
    if !real.starts_with(&root) || is_link(&file) {
        return Err("the file is behind a link".to_owned());
    }
    let size = real.metadata().map_err(why)?.len();
    if size > max_size {
        return Err(too_large(size, max_size));
    }
    std::fs::read(real).map_err(why)
}

/// The path as the system writes it.
#[cfg(unix)]
pub fn os_path(path: &RepoPath) -> Result<PathBuf, String> {
    use std::os::unix::ffi::OsStrExt;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(path.as_bytes())))
}

/// The path as the system writes it.
#[cfg(not(unix))]
pub fn os_path(path: &RepoPath) -> Result<PathBuf, String> {
    std::str::from_utf8(path.as_bytes()).map(PathBuf::from).map_err(|_| "the file's name is not UTF-8".to_owned())
}

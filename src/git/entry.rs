//! Changed entries, whoever lists them → the Python files among them, with their bytes.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use super::{
    ChangeKind, Changes, FileChange, Limit, Unreadable, has_python_shebang, is_link, line_ends::LineEnds, too_large,
    unreadable,
};
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

    /// Whether it is there and is no file.
    fn is_special(&self) -> bool {
        self.mode != 0 && !self.is_file()
    }

    fn is_unhashed(&self) -> bool {
        self.id.bytes().all(|digit| digit == b'0')
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
    fn blob(&self, id: &str, max_size: u64) -> Result<Vec<u8>, Missing>;

    /// What git does with the line ends of a file in the work tree.
    fn line_ends(&self, path: &RepoPath) -> LineEnds;
}

/// Why there are no bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// They are there, and more than the limit.
    TooLarge(u64),
    /// One sentence on what is wrong.
    Broken(String),
}

impl Missing {
    pub(super) fn why(self, max_size: u64) -> String {
        match self {
            Self::TooLarge(size) => too_large(size, max_size),
            Self::Broken(why) => why,
        }
    }
}

/// Sorts entries into Python files with their bytes, unreadable ones, and what is passed over.
///
/// There is a list of entries for each before, the main one first: what an entry is in all of them is the change.
/// `worktree` is the top of the work tree where the bytes after the change are on disk.
pub(super) fn changes(
    source: String,
    lists: &[Vec<Entry>],
    objects: &dyn Objects,
    worktree: Option<&Path>,
    limit: Limit<'_>,
) -> Changes {
    let mut changes = Changes { source, ..Changes::default() };
    let Some((main, others)) = lists.split_first() else { return changes };
    let mut untold = BTreeSet::new();
    let others: Vec<HashMap<&RepoPath, &Entry>> =
        others.iter().map(|list| list.iter().map(|entry| (&entry.path, entry)).collect()).collect();
    for entry in main {
        let elsewhere: Option<Vec<&Entry>> = others.iter().map(|list| list.get(&entry.path).copied()).collect();
        match elsewhere {
            Some(elsewhere) => {
                if !entry.path.is_python() {
                    untold.insert(entry.path.clone());
                }
                let sorter = Sorter { objects, worktree, max_size: limit(&entry.path) };
                sorter.sort(entry, &elsewhere, &mut changes);
            }
            // One of the befores has it just so.
            None => changes.skip("merged as it was"),
        }
    }
    changes.others = worktree.is_none().then_some(untold);
    changes.files.sort_by(|a, b| a.path.cmp(&b.path));
    changes.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    changes.deleted.sort();
    renames(&mut changes);
    changes
}

struct Sorter<'a> {
    objects: &'a dyn Objects,
    worktree: Option<&'a Path>,
    max_size: u64,
}

impl Sorter<'_> {
    /// `elsewhere` has the entry's counterparts in the other lists.
    fn sort(&self, entry: &Entry, elsewhere: &[&Entry], changes: &mut Changes) {
        let path = entry.path.clone();
        // In the work tree perhaps only a time stamp differs, which is not worth a look where the file is not for us.
        let is_certain = self.worktree.is_none() || entry.old.mode != entry.new.mode;
        let skip = |changes: &mut Changes, kind: &str| {
            if is_certain {
                changes.skip(kind);
            }
        };
        if !path.may_be_python() && entry.status != Status::Deleted && !entry.new.is_special() {
            return skip(changes, "not python");
        }
        let kind = match entry.status {
            Status::Added => ChangeKind::Added,
            Status::Modified | Status::TypeChanged => ChangeKind::Modified,
            Status::Deleted => {
                self.delete(entry, changes);
                return changes.skip("deleted");
            }
            Status::Conflicted | Status::Unreadable if !path.is_python() => return skip(changes, "not python"),
            Status::Conflicted => {
                let why = "the entry is in conflict; resolve it and stage the result".to_owned();
                return changes.unreadable.push(Unreadable { path, why });
            }
            Status::Unreadable => {
                let why = "git could not read the entry".to_owned();
                return changes.unreadable.push(Unreadable { path, why });
            }
        };
        if entry.new.is_special() {
            // What was in the file may have moved: `git mv`, and a link where it was.
            if entry.old.is_file() {
                self.delete(entry, changes);
                changes.skip("deleted");
            }
            return skip(changes, if entry.new.is_submodule() { "submodule" } else { "symlink" });
        }
        let before = match self.before(entry) {
            Ok(before) => before,
            Err(_) if !path.is_python() => None,
            Err(why) => return changes.unreadable.push(Unreadable { path, why }),
        };
        let after = match self.after(entry, before.as_deref()) {
            Ok(after) if path.is_python() || has_python_shebang(&after) => after,
            Err(why) if path.is_python() => return changes.unreadable.push(Unreadable { path, why }),
            _ => return skip(changes, "not python"),
        };
        if self.worktree.is_some() && entry.old.mode == entry.new.mode && before.as_ref() == Some(&after) {
            // Only its time stamp differs from what the index says.
            return;
        }
        if let Some(why) = unreadable(&after, self.max_size) {
            return changes.unreadable.push(Unreadable { path, why });
        }
        let before = before.filter(|bytes| self.is_readable(bytes));
        let others = match elsewhere.iter().map(|entry| self.before(entry)).collect::<Result<Vec<_>, _>>() {
            Ok(others) => others.into_iter().flatten().filter(|bytes| self.is_readable(bytes)).collect(),
            Err(why) => return changes.unreadable.push(Unreadable { path, why }),
        };
        changes.files.push(FileChange { path, kind, before, others, after });
    }

    fn delete(&self, entry: &Entry, changes: &mut Changes) {
        if entry.path.is_python() && entry.old.is_file() {
            // What cannot be read cannot have moved either: then all of it counts as new.
            let old = self.objects.blob(&entry.old.id, self.max_size).ok();
            let old = old.filter(|bytes| self.is_readable(bytes));
            changes.deleted.extend(old.map(|bytes| (entry.path.clone(), bytes)));
        }
    }

    /// Whether the bytes read as code; where those before do not, everything counts as new.
    fn is_readable(&self, bytes: &[u8]) -> bool {
        unreadable(bytes, self.max_size).is_none()
    }

    /// The bytes before; none where there was no file, or one over the limit.
    ///
    /// Bytes that ought to be here and are not are an error: without them old debt would count as new.
    fn before(&self, entry: &Entry) -> Result<Option<Vec<u8>>, String> {
        if !entry.old.is_file() || entry.status == Status::Added {
            return Ok(None);
        }
        match self.objects.blob(&entry.old.id, self.max_size) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Missing::TooLarge(_)) => Ok(None),
            Err(Missing::Broken(why)) => Err(format!("what it was before the change is not known: {why}")),
        }
    }

    fn after(&self, entry: &Entry, before: Option<&[u8]>) -> Result<Vec<u8>, String> {
        match self.worktree {
            // An id says that git takes the index's word for the file (`skip-worktree`, or a time stamp that fits).
            Some(root) if entry.new.is_unhashed() => {
                let bytes = below(root, &entry.path, self.max_size)?;
                if !bytes.contains(&b'\r') {
                    return Ok(bytes);
                }
                Ok(self.objects.line_ends(&entry.path).stored(bytes, before))
            }
            _ => self.objects.blob(&entry.new.id, self.max_size).map_err(|missing| missing.why(self.max_size)),
        }
    }
}

/// Added files that a deleted one reads like at least by half are renames, the most alike first.
///
/// Renames are looked for here, and not by the readers, since libgit2 and git weigh likeness differently, and git would
/// read files of the work tree through the filters that the repository names.
pub(super) fn renames(changes: &mut Changes) {
    let mut pairs = same_bytes(changes);
    let (mut gone, mut come): (BTreeSet<usize>, BTreeSet<usize>) = pairs.iter().copied().unzip();
    for (old, new) in alike(changes, &gone, &come) {
        if !gone.contains(&old) && come.insert(new) {
            gone.insert(old);
            pairs.push((old, new));
        }
    }
    for (old, new) in pairs {
        changes.files[new].kind = ChangeKind::Renamed;
        changes.files[new].before = Some(changes.deleted[old].1.clone());
    }
    for old in gone.into_iter().rev() {
        changes.deleted.remove(old);
        changes.unskip("deleted");
    }
}

fn added(changes: &Changes) -> impl Iterator<Item = (usize, &[u8])> {
    let files = changes.files.iter().enumerate().filter(|(_, file)| file.kind == ChangeKind::Added);
    files.map(|(new, file)| (new, file.after.as_slice()))
}

/// Deleted and added files with the same bytes, by their numbers, each once. An empty file says nothing of where it is from.
fn same_bytes(changes: &Changes) -> Vec<(usize, usize)> {
    let mut old: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (at, (_, bytes)) in changes.deleted.iter().enumerate().rev().filter(|(_, (_, bytes))| !bytes.is_empty()) {
        old.entry(bytes).or_default().push(at);
    }
    added(changes).filter_map(|(new, bytes)| Some((old.get_mut(bytes)?.pop()?, new))).collect()
}

/// Of the other deleted and added files those with at least half of their bytes in common lines, the most alike first.
///
/// Each line knows the deleted files that hold it: in a change of thousands of files most pairs have none in common, and are
/// not looked at.
fn alike(changes: &Changes, gone: &BTreeSet<usize>, come: &BTreeSet<usize>) -> Vec<(usize, usize)> {
    fn lines(bytes: &[u8]) -> HashMap<&[u8], usize> {
        let mut lines: HashMap<&[u8], usize> = HashMap::new();
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            *lines.entry(line).or_default() += line.len();
        }
        lines
    }
    let mut holders: HashMap<&[u8], Vec<(usize, usize)>> = HashMap::new();
    for (old, (_, bytes)) in changes.deleted.iter().enumerate().filter(|(old, _)| !gone.contains(old)) {
        for (line, length) in lines(bytes) {
            holders.entry(line).or_default().push((old, length));
        }
    }
    let mut alike = Vec::new();
    for (new, bytes) in added(changes).filter(|(new, _)| !come.contains(new)) {
        let mut common = vec![0; changes.deleted.len()];
        for (line, length) in lines(bytes) {
            for &(old, others) in holders.get(line).into_iter().flatten() {
                common[old] += others.min(length);
            }
        }
        alike.extend(common.into_iter().enumerate().filter_map(|(old, common)| {
            let longer = bytes.len().max(changes.deleted[old].1.len());
            (common > 0 && 2 * common >= longer).then(|| (std::cmp::Reverse(common * 1_000 / longer), old, new))
        }));
    }
    alike.sort_unstable();
    alike.into_iter().map(|(_, old, new)| (old, new)).collect()
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

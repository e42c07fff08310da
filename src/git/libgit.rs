//! Reading through libgit2.

use std::path::{Path, PathBuf};

use git2::{Delta, DiffDelta, DiffFindOptions, DiffOptions, ErrorCode, FileMode, Oid, Repository, Tree};

use super::{
    ChangeKind, Changes, FileChange, GitError, Reader, Request, Unreadable, has_python_shebang, too_large, unreadable,
};
use crate::path::RepoPath;

/// git's `CE_INTENT_TO_ADD` (`git add -N`), a bit of an index entry's extended flags.
const INTENT_TO_ADD: u16 = 1 << 13;

/// A repository opened by libgit2.
pub struct LibGit {
    repository: Repository,
}

impl LibGit {
    /// Opens the repository that git itself would use here: `GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE` are honoured, else
    /// it is looked for upwards from the current folder.
    pub fn open() -> Result<Self, GitError> {
        Repository::open_from_env().map(|repository| Self { repository }).map_err(|error| match error.code() {
            ErrorCode::NotFound => GitError::NoRepository(std::env::current_dir().unwrap_or_default()),
            ErrorCode::Owner => GitError::NotTrusted(error.message().to_owned()),
            _ => GitError::Unreadable(error.message().to_owned()),
        })
    }

    /// The repository itself, for what only concerns its layout (hooks).
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The paths in the index; none where it cannot be read.
    pub fn tracked(&self) -> Vec<RepoPath> {
        let index = self.repository.index();
        index.map(|index| index.iter().map(|entry| RepoPath::new(entry.path)).collect()).unwrap_or_default()
    }

    /// The tree of a revision; of no revision, `None`, the empty tree.
    fn tree(&self, revision: &str) -> Result<Option<Tree<'_>>, GitError> {
        if revision.is_empty() {
            return Ok(None);
        }
        self.repository
            .revparse_single(revision)
            .and_then(|object| object.peel_to_tree())
            .map(Some)
            .map_err(|error| self.no_commit(revision, &error))
    }

    fn no_commit(&self, revision: &str, error: &git2::Error) -> GitError {
        let shallow = self.repository.is_shallow();
        GitError::NoCommit {
            name: revision.to_owned(),
            detail: error.message().to_owned(),
            hint: if shallow {
                "the history here is cut off: `git fetch --unshallow`, or fetch that commit by name".to_owned()
            } else {
                "check its spelling, or fetch it: `git fetch origin`".to_owned()
            },
            shallow,
        }
    }

    /// HEAD's tree; `None` before the first commit.
    fn head(&self) -> Result<Option<Tree<'_>>, GitError> {
        match self.repository.head() {
            Ok(head) => head.peel_to_tree().map(Some).map_err(unreadable_repository),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(error) => Err(unreadable_repository(error)),
        }
    }

    fn merge_base(&self, base: &str) -> Result<(Oid, Oid), GitError> {
        let commit = |name: &str| {
            self.repository
                .revparse_single(name)
                .and_then(|object| object.peel_to_commit())
                .map(|commit| commit.id())
                .map_err(|error| self.no_commit(name, &error))
        };
        let (base_id, head) = (commit(base)?, commit("HEAD")?);
        let merge_base = self.repository.merge_base(base_id, head).map_err(|_| {
            let hint = if self.repository.is_shallow() {
                "the history here is cut off: `git fetch --unshallow`"
            } else {
                "name another base, or two commits: `--range A..B`"
            };
            GitError::NoMergeBase(base.to_owned(), hint.to_owned())
        })?;
        Ok((merge_base, head))
    }

    /// Sorts one changed entry: a Python file with its bytes, something unreadable, or something to pass over.
    fn sort(&self, delta: &DiffDelta<'_>, request: &Request, max_size: u64, changes: &mut Changes) {
        let file = delta.new_file();
        let Some(path) = file.path_bytes().map(RepoPath::new) else { return changes.skip("without a name") };
        let kind = match delta.status() {
            Delta::Added => ChangeKind::Added,
            Delta::Modified | Delta::Typechange => ChangeKind::Modified,
            Delta::Renamed => ChangeKind::Renamed,
            Delta::Copied => ChangeKind::Copied,
            Delta::Deleted => return changes.skip("deleted"),
            Delta::Untracked | Delta::Ignored => return changes.skip("untracked"),
            Delta::Conflicted => {
                let why = "the entry is in conflict; resolve it and stage the result".to_owned();
                return changes.unreadable.push(Unreadable { path, why });
            }
            Delta::Unmodified | Delta::Unreadable => {
                let why = "git could not read the entry".to_owned();
                return changes.unreadable.push(Unreadable { path, why });
            }
        };
        match file.mode() {
            FileMode::Commit => return changes.skip("submodule"),
            FileMode::Link => return changes.skip("symlink"),
            _ => {}
        }
        let may_be_script = !path.as_bytes().rsplit(|&b| b == b'/').next().unwrap_or_default().contains(&b'.');
        if !path.is_python() && !may_be_script {
            return changes.skip("not python");
        }
        let after = match self.after(delta, &path, request, max_size) {
            Ok(after) => after,
            Err(_) if !path.is_python() => return changes.skip("not python"),
            Err(why) => return changes.unreadable.push(Unreadable { path, why }),
        };
        if !path.is_python() && !has_python_shebang(&after) {
            return changes.skip("not python");
        }
        if let Some(why) = unreadable(&after, max_size) {
            return changes.unreadable.push(Unreadable { path, why });
        }
        // Before a type change there was a link or a submodule, and for an unreadable before everything counts as new.
        let old = delta.old_file();
        let is_file = matches!(old.mode(), FileMode::Blob | FileMode::BlobExecutable | FileMode::BlobGroupWritable);
        let before = (is_file && kind != ChangeKind::Added)
            .then(|| self.repository.find_blob(old.id()).ok().map(|blob| blob.content().to_vec()))
            .flatten()
            .filter(|before| unreadable(before, max_size).is_none());
        changes.files.push(FileChange { path, kind, before, after });
    }

    fn after(
        &self,
        delta: &DiffDelta<'_>,
        path: &RepoPath,
        request: &Request,
        max_size: u64,
    ) -> Result<Vec<u8>, String> {
        if *request == Request::Worktree {
            return self.read_below_root(path, max_size);
        }
        let id = delta.new_file().id();
        let why = |error: git2::Error| format!("the blob {id} cannot be read: {}", error.message());
        let size = self.repository.odb().and_then(|odb| odb.read_header(id)).map_err(why)?.0 as u64;
        if size > max_size {
            return Err(too_large(size, max_size));
        }
        self.repository.find_blob(id).map(|blob| blob.content().to_vec()).map_err(why)
    }

    /// Reads a tracked file from the work tree, without following a link out of it.
    fn read_below_root(&self, path: &RepoPath, max_size: u64) -> Result<Vec<u8>, String> {
        let why = |error: std::io::Error| format!("the file cannot be read: {error}");
        let root = self.repository.workdir().ok_or("the repository is bare")?.canonicalize().map_err(why)?;
        let file = root.join(os_path(path)?).canonicalize().map_err(why)?;
        if !file.starts_with(&root) {
            return Err("the file is outside the repository, behind a link".to_owned());
        }
        let size = file.metadata().map_err(why)?.len();
        if size > max_size {
            return Err(too_large(size, max_size));
        }
        std::fs::read(file).map_err(why)
    }

    fn staged(&self) -> Result<git2::Diff<'_>, GitError> {
        if self.repository.is_bare() {
            return Err(GitError::Bare);
        }
        let head = self.head()?;
        let mut index = self.repository.index().map_err(unreadable_repository)?;
        // The index is cached at opening; a hook's index may be written until now.
        index.read(true).map_err(unreadable_repository)?;
        self.repository
            .diff_tree_to_index(head.as_ref(), Some(&index), Some(&mut options()))
            .map_err(unreadable_repository)
    }

    fn worktree(&self) -> Result<git2::Diff<'_>, GitError> {
        if self.repository.is_bare() {
            return Err(GitError::Bare);
        }
        let head = self.head()?;
        self.repository
            .diff_tree_to_workdir_with_index(head.as_ref(), Some(options().update_index(false)))
            .map_err(unreadable_repository)
    }

    fn trees(&self, from: &str, to: &str) -> Result<git2::Diff<'_>, GitError> {
        self.repository
            .diff_tree_to_tree(self.tree(from)?.as_ref(), self.tree(to)?.as_ref(), Some(&mut options()))
            .map_err(unreadable_repository)
    }

    /// Whether `git add -N` announced the path, so that its content is not staged.
    fn is_announced(&self, delta: &DiffDelta<'_>) -> bool {
        let (Ok(index), Some(path)) = (self.repository.index(), delta.new_file().path_bytes()) else { return false };
        let entry = os_path(&RepoPath::new(path)).ok().and_then(|path| index.get_path(&path, 0));
        entry.is_some_and(|entry| entry.flags_extended & INTENT_TO_ADD != 0)
    }
}

impl Reader for LibGit {
    fn changes(&self, request: &Request, max_size: u64) -> Result<Changes, GitError> {
        let (mut diff, source) = match request {
            Request::Staged => (self.staged()?, "staged changes".to_owned()),
            Request::Worktree => (self.worktree()?, "changes in the work tree".to_owned()),
            Request::Range { from, to } => (self.trees(from, to)?, format!("{from}..{to}")),
            Request::Base(base) => {
                let (from, to) = self.merge_base(base)?;
                (self.trees(&from.to_string(), &to.to_string())?, format!("{base}...HEAD"))
            }
        };
        diff.find_similar(Some(DiffFindOptions::new().renames(true))).map_err(unreadable_repository)?;
        let mut changes = Changes { source, ..Changes::default() };
        for delta in diff.deltas() {
            if *request == Request::Staged && delta.status() == Delta::Added && self.is_announced(&delta) {
                changes.skip("intent to add");
                continue;
            }
            self.sort(&delta, request, max_size, &mut changes);
        }
        changes.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    fn root(&self) -> Option<PathBuf> {
        self.repository.workdir().map(Path::to_owned)
    }
}

fn options() -> DiffOptions {
    let mut options = DiffOptions::new();
    options.ignore_submodules(false).include_typechange(true);
    options
}

fn unreadable_repository(error: git2::Error) -> GitError {
    GitError::Unreadable(error.message().to_owned())
}

#[cfg(unix)]
fn os_path(path: &RepoPath) -> Result<PathBuf, String> {
    use std::os::unix::ffi::OsStrExt;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(path.as_bytes())))
}

#[cfg(not(unix))]
fn os_path(path: &RepoPath) -> Result<PathBuf, String> {
    std::str::from_utf8(path.as_bytes()).map(PathBuf::from).map_err(|_| "the file's name is not UTF-8".to_owned())
}

//! Reading through libgit2.

use std::path::{Path, PathBuf};

use git2::{Delta, Diff, DiffDelta, DiffFile, DiffOptions, ErrorCode, Oid, Repository, Tree};

use super::{
    Changes, GitError, LARGEST_NAMED_FILE, Limit, Reader, Request, Version,
    entry::{self, Entry, Object, Objects, Status, os_path},
    no_link, too_large,
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
        let here = std::env::current_dir().unwrap_or_default();
        Self::opened(Repository::open_from_env(), &here)
    }

    /// Opens the repository that a folder is in, whatever the environment says.
    pub fn at(folder: &Path) -> Result<Self, GitError> {
        Self::opened(Repository::discover(folder), folder)
    }

    fn opened(result: Result<Repository, git2::Error>, folder: &Path) -> Result<Self, GitError> {
        result.map(|repository| Self { repository }).map_err(|error| match error.code() {
            ErrorCode::NotFound => GitError::NoRepository(folder.to_owned()),
            ErrorCode::Owner => GitError::NotTrusted(error.message().to_owned()),
            _ => GitError::Unreadable(error.message().to_owned()),
        })
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
        GitError::no_commit(revision, error.message(), self.repository.is_shallow())
    }

    /// HEAD's tree; `None` before the first commit.
    fn head(&self) -> Result<Option<Tree<'_>>, GitError> {
        match self.repository.head() {
            Ok(head) => head.peel_to_tree().map(Some).map_err(unreadable),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(error) => Err(unreadable(error)),
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
        let merge_base = self
            .repository
            .merge_base(base_id, head)
            .map_err(|_| GitError::no_merge_base(base, self.repository.is_shallow()))?;
        Ok((merge_base, head))
    }

    fn staged(&self) -> Result<Diff<'_>, GitError> {
        let head = self.head()?;
        let mut index = self.repository.index().map_err(unreadable)?;
        // The index is cached at opening; a hook's index may be written until now.
        index.read(true).map_err(unreadable)?;
        self.repository.diff_tree_to_index(head.as_ref(), Some(&index), Some(&mut options())).map_err(unreadable)
    }

    fn worktree(&self) -> Result<Diff<'_>, GitError> {
        let head = self.head()?;
        self.repository
            .diff_tree_to_workdir_with_index(head.as_ref(), Some(options().update_index(false)))
            .map_err(unreadable)
    }

    fn trees(&self, from: &str, to: &str) -> Result<Diff<'_>, GitError> {
        self.repository
            .diff_tree_to_tree(self.tree(from)?.as_ref(), self.tree(to)?.as_ref(), Some(&mut options()))
            .map_err(unreadable)
    }

    /// The entry that git would list for the delta; none for what git does not list.
    fn entry(&self, delta: &DiffDelta<'_>) -> Option<Entry> {
        let status = match delta.status() {
            Delta::Added if self.is_announced(delta) => return None,
            Delta::Added => Status::Added,
            Delta::Modified => Status::Modified,
            Delta::Typechange => Status::TypeChanged,
            Delta::Deleted => Status::Deleted,
            Delta::Conflicted => Status::Conflicted,
            Delta::Unreadable => Status::Unreadable,
            // Renames and copies are not looked for.
            Delta::Unmodified | Delta::Untracked | Delta::Ignored | Delta::Renamed | Delta::Copied => return None,
        };
        let file = if status == Status::Deleted { delta.old_file() } else { delta.new_file() };
        // In a conflict one of the sides has the name.
        let path = file.path_bytes().or_else(|| delta.old_file().path_bytes())?;
        Some(Entry {
            status,
            path: RepoPath::new(path),
            old: object(&delta.old_file()),
            new: object(&delta.new_file()),
        })
    }

    /// Whether `git add -N` announced the path, so that its content is not staged.
    fn is_announced(&self, delta: &DiffDelta<'_>) -> bool {
        let (Ok(index), Some(path)) = (self.repository.index(), delta.new_file().path_bytes()) else { return false };
        let entry = os_path(&RepoPath::new(path)).ok().and_then(|path| index.get_path(&path, 0));
        entry.is_some_and(|entry| entry.flags_extended & INTENT_TO_ADD != 0)
    }
}

impl Reader for LibGit {
    fn changes(&self, request: &Request, limit: Limit<'_>) -> Result<Changes, GitError> {
        if matches!(request, Request::Staged | Request::Worktree) && self.repository.is_bare() {
            return Err(GitError::Bare);
        }
        let diff = match request {
            Request::Staged => self.staged()?,
            Request::Worktree => self.worktree()?,
            Request::Range { from, to } => self.trees(from, to)?,
            Request::Base(base) => {
                let (from, to) = self.merge_base(base)?;
                self.trees(&from.to_string(), &to.to_string())?
            }
        };
        let entries: Vec<Entry> = diff.deltas().filter_map(|delta| self.entry(&delta)).collect();
        let worktree = if *request == Request::Worktree { self.repository.workdir() } else { None };
        Ok(entry::changes(request.describe(), &entries, self, worktree, limit))
    }

    fn file(&self, version: &Version, path: &RepoPath) -> Result<Option<Vec<u8>>, GitError> {
        let name = os_path(path).map_err(GitError::Unreadable)?;
        let (id, mode) = match version {
            Version::Index => match self.repository.index().map_err(unreadable)?.get_path(&name, 0) {
                Some(entry) => (entry.id, entry.mode),
                None => return Ok(None),
            },
            Version::Commit(revision) => match self.tree(revision)?.map(|tree| tree.get_path(&name)) {
                Some(Ok(entry)) => (entry.id(), entry.filemode() as u32),
                Some(Err(error)) if error.code() == ErrorCode::NotFound => return Ok(None),
                Some(Err(error)) => return Err(unreadable(error)),
                None => return Ok(None),
            },
        };
        if mode & 0o170_000 != 0o100_000 {
            return Err(no_link(path));
        }
        self.blob(&id.to_string(), LARGEST_NAMED_FILE).map(Some).map_err(GitError::Unreadable)
    }

    fn root(&self) -> Option<PathBuf> {
        self.repository.workdir().map(Path::to_owned)
    }

    fn tracked(&self) -> Vec<RepoPath> {
        let index = self.repository.index();
        index.map(|index| index.iter().map(|entry| RepoPath::new(entry.path)).collect()).unwrap_or_default()
    }
}

impl Objects for LibGit {
    fn blob(&self, id: &str, max_size: u64) -> Result<Vec<u8>, String> {
        let why = |error: git2::Error| format!("the blob {id} cannot be read: {}", error.message());
        let id = Oid::from_str(id).map_err(why)?;
        let size = self.repository.odb().and_then(|odb| odb.read_header(id)).map_err(why)?.0 as u64;
        if size > max_size {
            return Err(too_large(size, max_size));
        }
        self.repository.find_blob(id).map(|blob| blob.content().to_vec()).map_err(why)
    }
}

fn object(file: &DiffFile<'_>) -> Object {
    Object { mode: file.mode().into(), id: file.id().to_string() }
}

fn options() -> DiffOptions {
    let mut options = DiffOptions::new();
    options.ignore_submodules(false).include_typechange(true);
    options
}

fn unreadable(error: git2::Error) -> GitError {
    GitError::Unreadable(error.message().to_owned())
}

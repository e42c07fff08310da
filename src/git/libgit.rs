//! Reading through libgit2.

use std::path::{Path, PathBuf};

use git2::{
    AttrCheckFlags, AttrValue, Delta, Diff, DiffDelta, DiffFile, DiffOptions, ErrorCode, Index, Oid, Repository, Tree,
};

use super::{
    Changes, GitError, LARGEST_NAMED_FILE, Limit, NOT_HERE, Reader, Request, Version,
    entry::{self, Entry, Missing, Object, Objects, Status, os_path},
    line_ends::LineEnds,
    merge_heads, no_link,
};
use crate::path::RepoPath;

/// git's `CE_INTENT_TO_ADD` (`git add -N`), a bit of an index entry's extended flags.
const INTENT_TO_ADD: u16 = 1 << 13;
/// git's `CE_SKIP_WORKTREE` (a sparse checkout), likewise.
const SKIP_WORKTREE: u16 = 1 << 14;
/// git's `CE_VALID` (`git update-index --assume-unchanged`), a bit of its flags.
const ASSUME_UNCHANGED: u16 = 1 << 15;

/// A repository opened by libgit2.
pub struct LibGit {
    repository: Repository,
    /// Whether the environment says what git is doing: a hook.
    environment: bool,
}

/// What a request compares with.
enum Side<'repo> {
    Index,
    Worktree,
    Tree(Option<Tree<'repo>>),
}

impl LibGit {
    /// Opens the repository that git itself would use here: `GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE` are honoured, else
    /// it is looked for upwards from the current folder.
    pub fn open() -> Result<Self, GitError> {
        let here = std::env::current_dir().unwrap_or_default();
        let mut opened = Self::opened(Repository::open_from_env(), &here)?;
        opened.environment = true;
        opened.settle(&here).map_err(unreadable)?;
        Ok(opened)
    }

    /// Where libgit2 reads the environment otherwise than git does: `GIT_DIR` alone makes the current folder the work tree, and
    /// a relative `GIT_INDEX_FILE` starts at the top of the work tree, from whatever folder below it git was called.
    fn settle(&self, here: &Path) -> Result<(), git2::Error> {
        let configured = self.repository.config().is_ok_and(|config| config.get_entry("core.worktree").is_ok());
        if std::env::var_os("GIT_DIR").is_some() && !self.repository.is_bare() && !configured {
            self.repository.set_workdir(here, false)?;
        }
        let index = std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from).filter(|index| index.is_relative());
        if let (Some(index), Some(top)) = (index, self.repository.workdir()) {
            self.repository.set_index(&mut Index::open(&top.join(index))?)?;
        }
        Ok(())
    }

    /// Opens the repository that a folder is in, whatever the environment says.
    pub fn at(folder: &Path) -> Result<Self, GitError> {
        Self::opened(Repository::discover(folder), folder)
    }

    fn opened(result: Result<Repository, git2::Error>, folder: &Path) -> Result<Self, GitError> {
        result.map(|repository| Self { repository, environment: false }).map_err(|error| match error.code() {
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
        let object = self.repository.revparse_single(revision).map_err(|error| self.no_commit(revision, &error))?;
        object.peel_to_tree().map(Some).map_err(|error| match object.peel_to_commit() {
            Ok(_) => GitError::NoTree(revision.to_owned()),
            Err(_) => self.no_commit(revision, &error),
        })
    }

    fn no_commit(&self, revision: &str, error: &git2::Error) -> GitError {
        let remotes = self.repository.remotes();
        let remotes: Vec<String> = remotes
            .map(|names| names.iter().filter_map(|name| name.ok().flatten().map(str::to_owned)).collect())
            .unwrap_or_default();
        GitError::no_commit(revision, error.message(), self.repository.is_shallow(), &remotes)
    }

    /// HEAD's tree; `None` before the first commit.
    fn head(&self) -> Result<Option<Tree<'_>>, GitError> {
        match self.repository.head() {
            Ok(head) => head.peel_to_tree().map(Some).map_err(|error| match head.peel_to_commit() {
                Ok(_) => GitError::NoTree("HEAD".to_owned()),
                Err(_) => unreadable(error),
            }),
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
        let merge_base = self.repository.merge_base(base_id, head).map_err(|error| match error.code() {
            ErrorCode::NotFound => GitError::no_merge_base(base, self.repository.is_shallow()),
            _ => unreadable(error),
        })?;
        Ok((merge_base, head))
    }

    fn merged(&self) -> Vec<String> {
        merge_heads(self.repository.path(), self.environment)
    }

    /// The trees before; more than one where several of them are.
    fn bases(&self, request: &Request) -> Result<Vec<Option<Tree<'_>>>, GitError> {
        Ok(match request {
            Request::Staged | Request::Worktree => {
                let merged = self.merged();
                let merged = merged.iter().map(|head| self.tree(head));
                [self.head()].into_iter().chain(merged).collect::<Result<_, _>>()?
            }
            Request::Range { from, .. } => vec![self.tree(from)?],
            Request::Base(base) => vec![self.tree(&self.merge_base(base)?.0.to_string())?],
            Request::Ahead { of, .. } => of.iter().map(|base| self.tree(base)).collect::<Result<_, _>>()?,
            Request::All(_) => vec![None],
        })
    }

    fn side(&self, request: &Request) -> Result<Side<'_>, GitError> {
        Ok(match request {
            Request::Staged | Request::Worktree if self.repository.is_bare() => return Err(GitError::Bare),
            Request::Staged => Side::Index,
            Request::Worktree => {
                self.knows_worktree()?;
                Side::Worktree
            }
            Request::Range { to, .. } | Request::Ahead { to, .. } => Side::Tree(self.tree(to)?),
            Request::Base(_) => Side::Tree(self.head()?),
            Request::All(request) => self.side(request)?,
        })
    }

    /// libgit2 takes a file that a sparse checkout left out for one that was deleted, so git has to look there.
    fn knows_worktree(&self) -> Result<(), GitError> {
        let index = self.repository.index().map_err(unreadable)?;
        let flagged =
            index.iter().any(|entry| entry.flags & ASSUME_UNCHANGED != 0 || entry.flags_extended & SKIP_WORKTREE != 0);
        if flagged { Err(GitError::Unreadable("the work tree is sparse".to_owned())) } else { Ok(()) }
    }

    fn entries(&self, base: Option<&Tree<'_>>, side: &Side<'_>) -> Result<Vec<Entry>, GitError> {
        let mut options = DiffOptions::new();
        options.include_typechange(true);
        let diff: Diff<'_> = match side {
            Side::Index => {
                let mut index = self.repository.index().map_err(unreadable)?;
                // The index is cached at opening; a hook's index may be written until now.
                index.read(true).map_err(unreadable)?;
                self.repository.diff_tree_to_index(base, Some(&index), Some(&mut options))
            }
            // What is inside a submodule is that repository's business.
            Side::Worktree => self
                .repository
                .diff_tree_to_workdir_with_index(base, Some(options.update_index(false).ignore_submodules(true))),
            Side::Tree(tree) => self.repository.diff_tree_to_tree(base, tree.as_ref(), Some(&mut options)),
        }
        .map_err(unreadable)?;
        Ok(diff.deltas().filter_map(|delta| self.entry(&delta, side)).collect())
    }

    /// The entry that git would list for the delta; none for what git does not list.
    fn entry(&self, delta: &DiffDelta<'_>, side: &Side<'_>) -> Option<Entry> {
        let announced = matches!(side, Side::Index) && self.is_announced(delta);
        let status = match delta.status() {
            Delta::Added if announced => return None,
            // git takes it for what a commit would do: the file goes.
            Delta::Modified | Delta::Typechange if announced => Status::Deleted,
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
        let mut new = object(&delta.new_file());
        if matches!(side, Side::Worktree) {
            // Hashed or not: its bytes are on disk, and perhaps nowhere else.
            new.id = Oid::ZERO_SHA1.to_string();
        }
        if status == Status::Deleted {
            new.mode = 0;
        }
        Some(Entry { status, path: RepoPath::new(path), old: object(&delta.old_file()), new })
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
        let side = self.side(request)?;
        let lists = self
            .bases(request)?
            .iter()
            .map(|base| self.entries(base.as_ref(), &side))
            .collect::<Result<Vec<_>, _>>()?;
        let worktree = if matches!(side, Side::Worktree) { self.repository.workdir() } else { None };
        Ok(entry::changes(request.describe(), &lists, self, worktree, limit))
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
        let why = |missing: Missing| GitError::Unreadable(missing.why(LARGEST_NAMED_FILE));
        self.blob(&id.to_string(), LARGEST_NAMED_FILE).map(Some).map_err(why)
    }

    fn root(&self) -> Option<PathBuf> {
        self.repository.workdir().map(Path::to_owned)
    }

    fn tracked(&self) -> Vec<RepoPath> {
        let index = self.repository.index();
        index.map(|index| index.iter().map(|entry| RepoPath::new(entry.path)).collect()).unwrap_or_default()
    }

    fn heads(&self) -> Result<Vec<String>, GitError> {
        let head = if self.head()?.is_some() { "HEAD" } else { "" };
        Ok([head.to_owned()].into_iter().chain(self.merged()).collect())
    }

    fn is_ignored(&self, path: &RepoPath) -> bool {
        os_path(path).is_ok_and(|path| self.repository.is_path_ignored(path).unwrap_or(false))
    }
}

impl Objects for LibGit {
    fn blob(&self, id: &str, max_size: u64) -> Result<Vec<u8>, Missing> {
        let why = |error: git2::Error| {
            let detail = if error.code() == ErrorCode::NotFound { NOT_HERE } else { error.message() };
            Missing::Broken(format!("the blob {id} cannot be read: {detail}"))
        };
        let id = Oid::from_str(id).map_err(why)?;
        let size = self.repository.odb().and_then(|odb| odb.read_header(id)).map_err(why)?.0 as u64;
        if size > max_size {
            return Err(Missing::TooLarge(size));
        }
        self.repository.find_blob(id).map(|blob| blob.content().to_vec()).map_err(why)
    }

    fn line_ends(&self, path: &RepoPath) -> LineEnds {
        let attribute = |name: &str| -> String {
            let path = os_path(path).unwrap_or_default();
            let value = self.repository.get_attr_bytes(&path, name, AttrCheckFlags::FILE_THEN_INDEX).ok().flatten();
            match AttrValue::from_bytes(value) {
                AttrValue::True => "set".to_owned(),
                AttrValue::False => "unset".to_owned(),
                AttrValue::Unspecified => "unspecified".to_owned(),
                AttrValue::Bytes(text) => String::from_utf8_lossy(text).into_owned(),
                AttrValue::String(text) => text.to_owned(),
            }
        };
        let autocrlf = self.repository.config().and_then(|config| config.get_string("core.autocrlf"));
        LineEnds::of(&attribute("text"), &attribute("crlf"), &attribute("eol"), &autocrlf.unwrap_or_default())
    }
}

fn object(file: &DiffFile<'_>) -> Object {
    Object { mode: file.mode().into(), id: file.id().to_string() }
}

fn unreadable(error: git2::Error) -> GitError {
    GitError::Unreadable(error.message().to_owned())
}

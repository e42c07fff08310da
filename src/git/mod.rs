//! Which bytes are before and after a change.

mod buffers;
mod entry;
mod files;
mod libgit;
mod line_ends;
mod plumbing;
mod push;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

pub use buffers::{Buffer, with_buffers};
pub use entry::os_path;
pub use files::read_files;
pub use libgit::LibGit;
pub use plumbing::Plumbing;
pub use push::{PushError, Update, pushed, since_parting};

use crate::path::RepoPath;

/// What to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// HEAD (or nothing, before the first commit) with the index that git is using now. In a merge the commits that are merged
    /// count as before as well.
    Staged,
    /// HEAD with the tracked files of the work tree; in a merge as above.
    Worktree,
    /// One commit with another.
    Range {
        /// The revision before.
        from: String,
        /// The revision after.
        to: String,
    },
    /// The merge base of a revision and HEAD, with HEAD.
    Base(String),
    /// Several commits, of which each is a before, with another: what is in any of them is not new.
    Ahead {
        /// The revisions before, at least one.
        of: Vec<String>,
        /// The revision after.
        to: String,
    },
    /// Nothing, with all that is there after a request.
    All(Box<Request>),
}

impl Request {
    /// What is compared, for a person.
    fn describe(&self) -> String {
        match self {
            Self::Staged => "staged changes".to_owned(),
            Self::Worktree => "changes in the work tree".to_owned(),
            Self::Range { from, to } => format!("{from}..{to}"),
            Self::Base(base) => format!("{base}...HEAD"),
            Self::Ahead { of, to } => format!("{to}, not in {}", of.join(", ")),
            Self::All(request) => format!("all files after {}", request.describe()),
        }
    }

    /// The state of the repository after what is compared; `None` for the work tree.
    pub fn after(&self) -> Option<Version> {
        match self {
            Self::Staged => Some(Version::Index),
            Self::Worktree => None,
            Self::Range { to, .. } | Self::Ahead { to, .. } => Some(Version::Commit(to.clone())),
            Self::Base(_) => Some(Version::Commit("HEAD".to_owned())),
            Self::All(request) => request.after(),
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It has other bytes.
    Modified,
    /// It has another name, and perhaps other bytes.
    Renamed,
    /// It is read as a whole, without a before.
    Whole,
}

impl ChangeKind {
    /// SARIF's word for the role of such an artifact (§3.24.6).
    pub fn role(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Renamed => "renamed",
            Self::Whole => "file",
        }
    }
}

/// A Python file with its bytes before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path after the change.
    pub path: RepoPath,
    /// What became of it.
    pub kind: ChangeKind,
    /// Its bytes before; `None` where it did not exist.
    pub before: Option<Vec<u8>>,
    /// Its bytes in further befores, where it is there: the other side of a merge.
    pub others: Vec<Vec<u8>>,
    /// Its bytes after.
    pub after: Vec<u8>,
}

/// A Python file that had to be read and could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its path after the change.
    pub path: RepoPath,
    /// One sentence on why.
    pub why: String,
}

/// All that a request found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// What was compared, for a person.
    pub source: String,
    /// Python files that were added or changed.
    pub files: Vec<FileChange>,
    /// Python files that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Python files that the change deleted, with their bytes: what was in them may have moved.
    pub deleted: Vec<(RepoPath, Vec<u8>)>,
    /// Entries passed over since there is nothing in them to read, by kind.
    pub skipped: BTreeMap<String, usize>,
    /// All other paths that the change touches. `None` where only the bytes could tell: in the work tree, and of whole files.
    pub others: Option<BTreeSet<RepoPath>>,
}

impl Changes {
    fn skip(&mut self, kind: &str) {
        *self.skipped.entry(kind.to_owned()).or_default() += 1;
    }

    fn unskip(&mut self, kind: &str) {
        if let Some(count) = self.skipped.get_mut(kind) {
            *count -= 1;
        }
        self.skipped.retain(|_, count| *count > 0);
    }
}

/// Why a repository could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is none here.
    #[error("`{}` is not inside a git repository; run this in one, or name files to scan: `cwegate scan PATH`", .0.display())]
    NoRepository(PathBuf),
    /// Somebody else owns it (git's CVE-2022-24765).
    #[error(
        "git does not trust this repository, since another user owns it ({0}); allow it with `git config --global --add safe.directory PATH`"
    )]
    NotTrusted(String),
    /// It has no index and no work tree.
    #[error("this repository is bare, so nothing is staged in it; name commits: `cwegate scan --range A..B`")]
    Bare,
    /// A name that is no commit.
    #[error("`{name}` names no commit here: {detail}; {hint}")]
    NoCommit {
        /// As it was given.
        name: String,
        /// libgit2's words.
        detail: String,
        /// What to do next.
        hint: String,
        /// Whether it is likely to exist elsewhere, since the history here is cut off or the name is not one to mistype.
        elsewhere: bool,
    },
    /// A commit without its tree: a partial clone may leave trees out, too.
    #[error(
        "`{0}` is here, and the list of its files is not; where the clone is partial, `git ls-tree -r {0}` fetches it, else `git fsck` checks the repository"
    )]
    NoTree(String),
    /// Two commits without a common ancestor.
    #[error("`{0}` and HEAD have no common ancestor here; {1}")]
    NoMergeBase(String, String),
    /// A form of repository that the reader does not know, or a broken one.
    #[error("the repository cannot be read: {0}; nothing was scanned. `git fsck` checks it")]
    Unreadable(String),
}

impl GitError {
    /// `remotes` are the names of the repository's remotes.
    fn no_commit(name: &str, detail: &str, shallow: bool, remotes: &[String]) -> Self {
        let is_id = is_id(name);
        let branch = name.split_once('/').filter(|(remote, branch)| {
            remotes.iter().any(|known| known == remote) && !branch.contains(['~', '^', '@', ':'])
        });
        let remote = remotes.iter().find(|name| *name == "origin").or(remotes.first()).map_or("origin", String::as_str);
        let whole = if shallow { " --unshallow" } else { "" };
        let hint = match branch {
            _ if is_id && shallow => format!("fetch it: `git fetch --depth=1 {remote} {name}`"),
            _ if is_id => format!("fetch it: `git fetch {remote} {name}`"),
            Some((remote, branch)) => {
                format!("fetch it: `git fetch{whole} {remote} +refs/heads/{branch}:refs/remotes/{remote}/{branch}`")
            }
            None if shallow => format!("the history here is cut off: `git fetch --unshallow {remote}`"),
            None => format!("check its spelling, or fetch it: `git fetch {remote}`"),
        };
        let elsewhere = shallow || is_id || branch.is_some();
        Self::NoCommit { name: name.to_owned(), detail: detail.to_owned(), hint, elsewhere }
    }

    fn no_merge_base(base: &str, shallow: bool) -> Self {
        let hint = if shallow {
            "the history here is cut off: `git fetch --unshallow`"
        } else {
            "name another base, or two commits: `--range A..B`"
        };
        Self::NoMergeBase(base.to_owned(), hint.to_owned())
    }
}

/// Why an object cannot be read: a partial clone lacks objects until somebody asks for them.
const NOT_HERE: &str =
    "it is not in this clone; `git cat-file blob` with that id fetches it where the clone is partial";

/// Which state of the repository a file is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// The index that git is using now.
    Index,
    /// A commit.
    Commit(String),
}

/// Bytes of a file that is read by its name, at most: policies, baselines and attributes are far smaller.
const LARGEST_NAMED_FILE: u64 = 50_000_000;

/// The most bytes that a file may have to be scanned, by its path.
pub type Limit<'a> = &'a dyn Fn(&RepoPath) -> u64;

/// Something that can answer a request.
pub trait Reader {
    /// The changed Python files. A file over its limit is reported as unreadable.
    fn changes(&self, request: &Request, limit: Limit<'_>) -> Result<Changes, GitError>;

    /// The bytes of one file; `None` if there is none of that name, an error if it is a link.
    fn file(&self, version: &Version, path: &RepoPath) -> Result<Option<Vec<u8>>, GitError>;

    /// The top folder of the work tree; `None` in a bare repository.
    fn root(&self) -> Option<PathBuf>;

    /// The paths in the index; none where it cannot be read.
    fn tracked(&self) -> Vec<RepoPath>;

    /// The revisions that the work tree is compared with: HEAD, and in a merge what is merged into it. The empty name stands for
    /// no commit yet.
    fn heads(&self) -> Result<Vec<String>, GitError>;

    /// Whether a `.gitignore` keeps an untracked file out of commits.
    fn is_ignored(&self, path: &RepoPath) -> bool;
}

/// Opens the repository that git would use here: through libgit2, and where it cannot read the repository, through git.
pub fn open() -> Result<Box<dyn Reader>, GitError> {
    layered(None)
}

/// Opens the repository that a folder is in, whatever the environment says, in the same way.
pub fn at(folder: &Path) -> Result<Box<dyn Reader>, GitError> {
    layered(Some(folder.to_owned()))
}

fn layered(folder: Option<PathBuf>) -> Result<Box<dyn Reader>, GitError> {
    match folder.as_deref().map_or_else(LibGit::open, LibGit::at) {
        Ok(libgit) => Ok(Box::new(Layered { libgit, folder })),
        // git may know more forms of repository, and more ways to trust one.
        Err(GitError::Unreadable(_) | GitError::NotTrusted(_)) => Ok(Box::new(plumbing(folder.as_deref())?)),
        Err(error) => Err(error),
    }
}

fn plumbing(folder: Option<&Path>) -> Result<Plumbing, GitError> {
    folder.map_or_else(Plumbing::open, Plumbing::at)
}

/// Whether a text is an object's id in full: of SHA-1 or SHA-256, in hexadecimal.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commits that are being merged into HEAD, by the file in which git keeps them until the merge is committed. For
/// `pre-merge-commit` it is not written yet; git names them in the environment then (`GITHEAD_<id>`, git-merge).
fn merge_heads(git_folder: &Path, environment: bool) -> Vec<String> {
    if let Ok(text) = std::fs::read_to_string(git_folder.join("MERGE_HEAD")) {
        return text.lines().filter(|line| is_id(line)).map(str::to_owned).collect();
    }
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|_| environment);
    let mut heads: Vec<String> =
        names.filter_map(|name| name.strip_prefix("GITHEAD_").filter(|id| is_id(id)).map(str::to_owned)).collect();
    heads.sort();
    heads
}

/// libgit2 first, git's plumbing where that fails.
struct Layered {
    libgit: LibGit,
    folder: Option<PathBuf>,
}

impl Layered {
    fn or_plumbing<T>(&self, ask: &dyn Fn(&dyn Reader) -> Result<T, GitError>) -> Result<T, GitError> {
        match ask(&self.libgit) {
            Err(GitError::Unreadable(first)) => plumbing(self.folder.as_deref())
                .and_then(|plumbing| ask(&plumbing))
                .map_err(|second| GitError::Unreadable(format!("{first} (libgit2); {second}"))),
            answer => answer,
        }
    }
}

impl Reader for Layered {
    fn changes(&self, request: &Request, limit: Limit<'_>) -> Result<Changes, GitError> {
        self.or_plumbing(&|reader| reader.changes(request, limit))
    }

    fn file(&self, version: &Version, path: &RepoPath) -> Result<Option<Vec<u8>>, GitError> {
        self.or_plumbing(&|reader| reader.file(version, path))
    }

    fn root(&self) -> Option<PathBuf> {
        self.libgit.root()
    }

    fn tracked(&self) -> Vec<RepoPath> {
        let tracked = self.libgit.tracked();
        if !tracked.is_empty() {
            return tracked;
        }
        plumbing(self.folder.as_deref()).map(|plumbing| plumbing.tracked()).unwrap_or_default()
    }

    fn heads(&self) -> Result<Vec<String>, GitError> {
        self.or_plumbing(&|reader| reader.heads())
    }

    fn is_ignored(&self, path: &RepoPath) -> bool {
        self.libgit.is_ignored(path)
    }
}

/// Whether git would call the bytes binary: a NUL within the first 8,000 (git's `buffer_is_binary`).
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|&byte| byte == 0)
}

/// Whether the bytes stand for a file in Git LFS (its pointer format, version 1).
fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.len() < 1024 && bytes.starts_with(b"version https://git-lfs.github.com/spec/v1\n")
}

/// Whether a file without an ending is a Python script by its first line: `python` in whichever version, `pypy`, or `uv run`.
fn has_python_shebang(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let names = |interpreter: &[u8]| line.windows(interpreter.len()).any(|word| word == interpreter);
    line.starts_with(b"#!") && (names(b"python") || names(b"pypy") || names(b"uv run"))
}

/// Why bytes that are named as Python cannot be read as such.
fn unreadable(bytes: &[u8], max_size: u64) -> Option<String> {
    if bytes.len() as u64 > max_size {
        return Some(too_large(bytes.len() as u64, max_size));
    }
    if is_lfs_pointer(bytes) {
        return Some("the file is a Git LFS pointer; its content is not in the repository".to_owned());
    }
    is_binary(bytes).then(|| "the file is binary".to_owned())
}

/// A file that is read by its name has to be one.
fn no_link(path: &RepoPath) -> GitError {
    GitError::Unreadable(format!("`{path}` is no file there but a link or a submodule"))
}

fn is_link(file: &Path) -> bool {
    file.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink())
}

fn too_large(size: u64, max_size: u64) -> String {
    format!("the file has {size} bytes, more than the limit of {max_size} (`max-file-size` in the policy)")
}

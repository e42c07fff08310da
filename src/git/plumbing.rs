//! Reading through git's own plumbing, for the repositories that libgit2 does not know: split and sparse indexes, reftable,
//! SHA-256, partial clones.
//!
//! Nothing that is run here starts a program that the repository names: no hooks, filters, text conversion, external diff,
//! file-system monitor or credential helper, and nothing is fetched.

use std::{
    cell::{OnceCell, RefCell},
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{
    Changes, GitError, LARGEST_NAMED_FILE, Limit, NOT_HERE, Reader, Request, Version,
    entry::{self, Entry, Missing, Object, Objects, Status},
    line_ends::LineEnds,
    merge_heads, no_link,
};
use crate::path::RepoPath;

/// A repository that git reads for us.
pub struct Plumbing {
    pub(super) git: Git,
    root: Option<PathBuf>,
    shallow: bool,
    objects: RefCell<Option<CatFile>>,
    /// `core.autocrlf`, asked for with the first file whose line ends matter.
    autocrlf: OnceCell<String>,
}

impl Plumbing {
    /// Asks git for the repository that it would use here.
    pub fn open() -> Result<Self, GitError> {
        Self::with(Git { folder: None, filters: Vec::new() })
    }

    /// Asks git for the repository that a folder is in, whatever the environment says.
    pub fn at(folder: &Path) -> Result<Self, GitError> {
        Self::with(Git { folder: Some(folder.to_owned()), filters: Vec::new() })
    }

    fn with(mut git: Git) -> Result<Self, GitError> {
        git.filters = git.configured_filters()?;
        let answer = git.run(["rev-parse", "--is-bare-repository", "--is-shallow-repository"])?;
        if !answer.ok {
            return Err(match &answer.error {
                error if error.contains("dubious ownership") => GitError::NotTrusted(first_line(error)),
                error if error.contains("not a git repository") => {
                    GitError::NoRepository(git.folder.unwrap_or_else(|| std::env::current_dir().unwrap_or_default()))
                }
                error => GitError::Unreadable(first_line(error)),
            });
        }
        let text = String::from_utf8_lossy(&answer.output).into_owned();
        let mut lines = text.lines();
        let (bare, shallow) = (lines.next() == Some("true"), lines.next() == Some("true"));
        let root = if bare { None } else { Some(path_of(&git.run(["rev-parse", "--show-toplevel"])?.output)) };
        Ok(Self { git, root, shallow, objects: RefCell::new(None), autocrlf: OnceCell::new() })
    }

    /// The object id of a revision's tree.
    fn tree(&self, revision: &str) -> Result<String, GitError> {
        if revision.is_empty() {
            return self.git.empty_tree();
        }
        self.object(revision, "tree").map_err(|error| match self.commit(revision) {
            Ok(_) => GitError::NoTree(revision.to_owned()),
            Err(_) => error,
        })
    }

    pub(super) fn commit(&self, revision: &str) -> Result<String, GitError> {
        self.object(revision, "commit")
    }

    /// The id of the object of a kind that a revision leads to.
    fn object(&self, revision: &str, kind: &str) -> Result<String, GitError> {
        let wanted = format!("{revision}^{{{kind}}}");
        let answer = self.git.run(["rev-parse", "--verify", "--end-of-options", &wanted])?;
        if answer.ok { Ok(answer.line()) } else { Err(self.no_commit(revision, &answer)) }
    }

    fn no_commit(&self, revision: &str, answer: &Answer) -> GitError {
        let remotes = self.git.run(["remote"]).map(|answer| answer.output).unwrap_or_default();
        let remotes: Vec<String> = String::from_utf8_lossy(&remotes).lines().map(str::to_owned).collect();
        GitError::no_commit(revision, first_line(&answer.error).trim_start_matches("fatal: "), self.shallow, &remotes)
    }

    /// HEAD's tree, or the empty one before the first commit.
    fn head(&self) -> Result<String, GitError> {
        let answer = self.git.run(["rev-parse", "--verify", "--quiet", "HEAD^{tree}"])?;
        if answer.ok {
            return Ok(answer.line());
        }
        // A branch without a commit is fine; a HEAD that names a commit which is not there is not.
        if self.git.run(["rev-parse", "--verify", "--quiet", "HEAD"])?.ok {
            return Err(match self.commit("HEAD") {
                Ok(_) => GitError::NoTree("HEAD".to_owned()),
                Err(_) => GitError::Unreadable("HEAD's commit is missing".to_owned()),
            });
        }
        self.git.empty_tree()
    }

    fn merged(&self) -> Result<Vec<String>, GitError> {
        let folder = path_of(&self.git.run(["rev-parse", "--absolute-git-dir"])?.output);
        Ok(merge_heads(&folder, self.git.folder.is_none()))
    }

    /// The commit where two others parted; `name` is what the user called the first.
    pub(super) fn merge_base(&self, name: &str, base: &str, head: &str) -> Result<String, GitError> {
        let found = self.git.run(["merge-base", base, head])?;
        match (found.ok, found.error.is_empty()) {
            (true, _) => Ok(found.line()),
            (false, true) => Err(GitError::no_merge_base(name, self.shallow)),
            (false, false) => Err(GitError::Unreadable(first_line(&found.error))),
        }
    }

    /// The trees before; more than one where several of them are.
    fn bases(&self, request: &Request) -> Result<Vec<String>, GitError> {
        Ok(match request {
            Request::Staged | Request::Worktree => {
                let merged = self.merged()?;
                let merged = merged.iter().map(|head| self.tree(head));
                [self.head()].into_iter().chain(merged).collect::<Result<_, _>>()?
            }
            Request::Range { from, .. } => vec![self.tree(from)?],
            Request::Base(base) => {
                let base_id = self.commit(base)?;
                let parted = self.merge_base(base, &base_id, &self.commit("HEAD")?)?;
                vec![self.tree(&parted)?]
            }
            Request::Ahead { of, .. } => of.iter().map(|base| self.tree(base)).collect::<Result<_, _>>()?,
            Request::All(_) => vec![self.git.empty_tree()?],
        })
    }

    /// What git is to compare a tree with: a command and its last argument.
    fn side(&self, request: &Request) -> Result<Side, GitError> {
        Ok(match request {
            Request::Staged | Request::Worktree if self.root.is_none() => return Err(GitError::Bare),
            Request::Staged => {
                self.check_index()?;
                Side::Index
            }
            Request::Worktree => {
                self.check_index()?;
                Side::Worktree
            }
            Request::Range { to, .. } | Request::Ahead { to, .. } => Side::Tree(self.tree(to)?),
            Request::Base(_) => Side::Tree(self.head()?),
            Request::All(request) => self.side(request)?,
        })
    }

    /// git reads an index that is cut off as if zeros followed, and so would not see what was staged.
    fn check_index(&self) -> Result<(), GitError> {
        // Relative to the current folder of the command: the top, below it `GIT_INDEX_FILE` means another file than git reads.
        let mut path = path_of(&self.git.run(["rev-parse", "--git-path", "index"])?.output);
        let here = self.git.folder.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        let named = std::env::var_os("GIT_INDEX_FILE").filter(|_| self.git.folder.is_none());
        path = match (named, &self.root) {
            (Some(named), Some(root)) => root.join(named),
            _ => here.join(path),
        };
        match std::fs::read(&path) {
            Ok(bytes) if is_whole(&bytes) => Ok(()),
            Ok(_) => Err(GitError::Unreadable("the index is damaged: its checksum does not fit".to_owned())),
            // Before the first `git add` there is none.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(GitError::Unreadable(format!("the index: {error}"))),
        }
    }

    fn entries(&self, base: &str, side: &Side) -> Result<Vec<Entry>, GitError> {
        let (command, tree) = match side {
            Side::Index => (&["diff-index", "--cached", "--ita-invisible-in-index"][..], None),
            // What is inside a submodule is that repository's business.
            Side::Worktree => (&["diff-index", "--ignore-submodules=all"][..], None),
            Side::Tree(tree) => (&["diff-tree", "-r"][..], Some(tree.as_str())),
        };
        let raw = ["--raw", "-z", "--no-abbrev", "--no-renames", base];
        let answer = self.git.run(command.iter().copied().chain(raw).chain(tree).chain(["--"]))?;
        if !answer.ok {
            return Err(GitError::Unreadable(first_line(&answer.error)));
        }
        parse_raw(&answer.output).ok_or_else(|| GitError::Unreadable("git's list of changes does not parse".to_owned()))
    }
}

/// What a request compares with.
enum Side {
    Index,
    Worktree,
    Tree(String),
}

impl Reader for Plumbing {
    fn changes(&self, request: &Request, limit: Limit<'_>) -> Result<Changes, GitError> {
        let side = self.side(request)?;
        let lists = self.bases(request)?.iter().map(|base| self.entries(base, &side)).collect::<Result<Vec<_>, _>>()?;
        let worktree = if matches!(side, Side::Worktree) { self.root.as_deref() } else { None };
        Ok(entry::changes(request.describe(), &lists, self, worktree, limit))
    }

    fn file(&self, version: &Version, path: &RepoPath) -> Result<Option<Vec<u8>>, GitError> {
        let name = entry::os_path(path).map_err(GitError::Unreadable)?;
        // Both print `<mode> … <id> …<tab><path>`, `ls-files` with the id second and `ls-tree` third.
        let (answer, id_at) = match version {
            Version::Index => {
                let list = ["--literal-pathspecs", "ls-files", "--stage", "-z", "--full-name", "--"].map(OsStr::new);
                let path = self.root.as_deref().map_or_else(|| name.clone(), |root| root.join(&name));
                (self.git.run(list.into_iter().chain([path.as_os_str()]))?, 1)
            }
            Version::Commit(revision) => {
                let tree = self.tree(revision)?;
                let list = ["--literal-pathspecs", "ls-tree", "-z", "--full-tree", &tree, "--"].map(OsStr::new);
                (self.git.run(list.into_iter().chain([name.as_os_str()]))?, 2)
            }
        };
        if !answer.ok {
            return Err(GitError::Unreadable(first_line(&answer.error)));
        }
        let first = answer.output.split(|&byte| byte == 0).next().unwrap_or_default();
        let heading = first.split(|&byte| byte == b'\t').next().unwrap_or_default();
        let words: Vec<&str> = std::str::from_utf8(heading).unwrap_or_default().split_whitespace().collect();
        match (words.first(), words.get(id_at)) {
            (Some(mode), Some(id)) if mode.starts_with("100") => {
                let why = |missing: Missing| GitError::Unreadable(missing.why(LARGEST_NAMED_FILE));
                self.blob(id, LARGEST_NAMED_FILE).map(Some).map_err(why)
            }
            (Some(_), _) => Err(no_link(path)),
            (None, _) => Ok(None),
        }
    }

    fn root(&self) -> Option<PathBuf> {
        self.root.clone()
    }

    fn tracked(&self) -> Vec<RepoPath> {
        let answer = self.git.run(["ls-files", "-z", "--full-name", "--", ":/"]);
        let output = answer.map(|answer| answer.output).unwrap_or_default();
        output.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(RepoPath::new).collect()
    }

    fn heads(&self) -> Result<Vec<String>, GitError> {
        let answer = self.git.run(["rev-parse", "--verify", "--quiet", "HEAD"])?;
        let head = if answer.ok { "HEAD" } else { "" };
        Ok([head.to_owned()].into_iter().chain(self.merged()?).collect())
    }

    fn is_ignored(&self, path: &RepoPath) -> bool {
        let (Ok(path), Some(root)) = (entry::os_path(path), &self.root) else { return false };
        let ask =
            ["check-ignore", "--quiet", "--"].map(OsString::from).into_iter().chain([root.join(path).into_os_string()]);
        self.git.run(ask).is_ok_and(|answer| answer.ok)
    }
}

impl Objects for Plumbing {
    fn blob(&self, id: &str, max_size: u64) -> Result<Vec<u8>, Missing> {
        let mut slot = self.objects.borrow_mut();
        if slot.is_none() {
            *slot = Some(CatFile::start(&self.git).map_err(Missing::Broken)?);
        }
        let answer = slot.as_mut().map(|objects| objects.blob(id, max_size));
        match answer {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(Missing::TooLarge(size))) => Err(Missing::TooLarge(size)),
            Some(Err(Missing::Broken(why))) => {
                // It may have ended over this object; the next one gets a new one.
                *slot = None;
                Err(Missing::Broken(format!("the blob {id} cannot be read: {why}")))
            }
            None => Err(Missing::Broken("git cat-file does not answer".to_owned())),
        }
    }

    fn line_ends(&self, path: &RepoPath) -> LineEnds {
        let mut arguments = ["check-attr", "-z", "text", "crlf", "eol", "--"].map(OsString::from).to_vec();
        let (Ok(path), Some(root)) = (entry::os_path(path), &self.root) else { return LineEnds::Kept };
        arguments.push(root.join(path).into_os_string());
        // `<path> NUL <attribute> NUL <value> NUL`, for each attribute.
        let answer = self.git.run(&arguments).map(|answer| answer.output).unwrap_or_default();
        let fields: Vec<String> =
            answer.split(|&byte| byte == 0).map(|field| String::from_utf8_lossy(field).into()).collect();
        let value = |at: usize| fields.get(3 * at + 2).map_or("unspecified", String::as_str);
        let autocrlf = self.autocrlf.get_or_init(|| {
            self.git.run(["config", "--get", "core.autocrlf"]).map(|answer| answer.line()).unwrap_or_default()
        });
        LineEnds::of(value(0), value(1), value(2), autocrlf)
    }
}

/// A running `git cat-file --batch-command`.
struct CatFile {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl CatFile {
    fn start(git: &Git) -> Result<Self, String> {
        let mut command = git.command(["cat-file", "--batch-command"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("git cannot be run: {error}"))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { child, input, output: BufReader::new(output) }),
            _ => Err("git cat-file has no pipes".to_owned()),
        }
    }

    fn blob(&mut self, id: &str, max_size: u64) -> Result<Vec<u8>, Missing> {
        let size = self.ask("info", id).map_err(Missing::Broken)?;
        if size > max_size {
            return Err(Missing::TooLarge(size));
        }
        let size = self.ask("contents", id).map_err(Missing::Broken)?;
        let broken = |error: &dyn std::fmt::Display| Missing::Broken(error.to_string());
        let mut bytes = vec![0; usize::try_from(size).map_err(|error| broken(&error))? + 1];
        self.output.read_exact(&mut bytes).map_err(|error| broken(&error))?;
        bytes.pop();
        Ok(bytes)
    }

    /// Sends a request and reads its heading, `<id> blob <size>`.
    fn ask(&mut self, what: &str, id: &str) -> Result<u64, String> {
        writeln!(self.input, "{what} {id}").and_then(|()| self.input.flush()).map_err(|error| error.to_string())?;
        let mut heading = String::new();
        self.output.read_line(&mut heading).map_err(|error| error.to_string())?;
        let mut words = heading.split_whitespace().skip(1);
        match (words.next(), words.next()) {
            (Some("blob"), Some(size)) => size.parse().map_err(|_| "git's answer does not parse".to_owned()),
            (Some("missing"), _) => Err(NOT_HERE.to_owned()),
            (Some(kind), _) => Err(format!("it is a {kind}")),
            // An older git tries to fetch it, which it may not, and ends.
            (None, _) => Err(NOT_HERE.to_owned()),
        }
    }
}

impl Drop for CatFile {
    fn drop(&mut self) {
        // It ends by itself when its input does; here it must not outlive us.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the bytes of an index end with their checksum: SHA-1 or SHA-256 by the repository's format, or zeros where git was told
/// not to make one (`index.skipHash`).
fn is_whole(index: &[u8]) -> bool {
    let ends_with = |length: usize, hash: &dyn Fn(&[u8]) -> Vec<u8>| {
        index.len().checked_sub(length).is_some_and(|end| {
            let (content, checksum) = index.split_at(end);
            checksum.iter().all(|&byte| byte == 0) || checksum == hash(content)
        })
    };
    index.starts_with(b"DIRC")
        && (ends_with(20, &|bytes| Sha1::digest(bytes).to_vec())
            || ends_with(32, &|bytes| Sha256::digest(bytes).to_vec()))
}

/// `:<mode> <mode> <id> <id> <status>\0<path>\0` (git-diff-index, raw output).
fn parse_raw(output: &[u8]) -> Option<Vec<Entry>> {
    let mut fields = output.split(|&byte| byte == 0);
    let mut entries = Vec::new();
    while let Some(heading) = fields.next().filter(|heading| !heading.is_empty()) {
        let heading = std::str::from_utf8(heading).ok()?.strip_prefix(':')?;
        let words: Vec<&str> = heading.split(' ').collect();
        let [old_mode, new_mode, old_id, new_id, status] = words[..] else { return None };
        let mode = |text: &str| u32::from_str_radix(text, 8).ok();
        let status = match status.as_bytes().first()? {
            b'A' => Status::Added,
            b'M' => Status::Modified,
            b'T' => Status::TypeChanged,
            b'D' => Status::Deleted,
            b'U' => Status::Conflicted,
            _ => Status::Unreadable,
        };
        let path = fields.next()?;
        entries.push(Entry {
            status,
            path: RepoPath::new(path),
            old: Object { mode: mode(old_mode)?, id: old_id.to_owned() },
            new: Object { mode: mode(new_mode)?, id: new_id.to_owned() },
        });
    }
    // A conflicted path is listed as unmerged and, beside it, as what the index makes of it.
    let conflicted: Vec<RepoPath> =
        entries.iter().filter(|entry| entry.status == Status::Conflicted).map(|entry| entry.path.clone()).collect();
    entries.retain(|entry| entry.status == Status::Conflicted || !conflicted.contains(&entry.path));
    Some(entries)
}

/// What a git command answered.
pub(super) struct Answer {
    pub(super) ok: bool,
    pub(super) output: Vec<u8>,
    pub(super) error: String,
}

impl Answer {
    pub(super) fn line(&self) -> String {
        String::from_utf8_lossy(&self.output).trim().to_owned()
    }
}

/// A git that keeps its hands off: see the module's text.
pub(super) struct Git {
    /// Where to look for the repository; where git itself would, if there is none.
    folder: Option<PathBuf>,
    /// Settings of filters, each to be set to nothing: git hashes a file of the work tree whose time stamp tells too little,
    /// and would run the file's clean filter for it.
    filters: Vec<String>,
}

impl Git {
    pub(super) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Answer, GitError> {
        let output =
            self.command(arguments).stdin(Stdio::null()).output().map_err(|error| {
                GitError::Unreadable(format!("git itself is needed for it and cannot be run: {error}"))
            })?;
        Ok(Answer {
            ok: output.status.success(),
            output: output.stdout,
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        const SETTINGS: [&str; 5] = [
            "core.fsmonitor=false",
            "core.hooksPath=/dev/null",
            "credential.helper=",
            "protocol.allow=never",
            "core.quotePath=false",
        ];
        let mut command = Command::new("git");
        if let Some(folder) = &self.folder {
            for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
                command.env_remove(name);
            }
            command.current_dir(folder);
        }
        command.arg("--no-pager");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        self.without_filters(&mut command);
        command
            .args(arguments)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            // What is committed is the object itself, and not what stands in for it here.
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("LC_ALL", "C")
            .env_remove("GIT_EXTERNAL_DIFF");
        command
    }

    /// The names of all settings that make a filter run.
    fn configured_filters(&self) -> Result<Vec<String>, GitError> {
        let wanted = r"^filter\..*\.(clean|smudge|process|required)$";
        let answer = self.run(["config", "--null", "--name-only", "--get-regexp", wanted])?;
        let names = answer.output.split(|&byte| byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// Through the environment, since a filter's name may hold any character; what the caller has set there stays.
    fn without_filters(&self, command: &mut Command) {
        let inherited = self.folder.is_none().then(|| std::env::var("GIT_CONFIG_COUNT").ok()).flatten();
        let first: usize = inherited.and_then(|count| count.parse().ok()).unwrap_or(0);
        for (number, name) in self.filters.iter().enumerate() {
            let value = if name.ends_with("required") { "false" } else { "" };
            command.env(format!("GIT_CONFIG_KEY_{}", first + number), name);
            command.env(format!("GIT_CONFIG_VALUE_{}", first + number), value);
        }
        if !self.filters.is_empty() {
            command.env("GIT_CONFIG_COUNT", (first + self.filters.len()).to_string());
        }
    }

    fn empty_tree(&self) -> Result<String, GitError> {
        let answer = self.run(["hash-object", "-t", "tree", "--stdin"])?;
        if answer.ok { Ok(answer.line()) } else { Err(GitError::Unreadable(first_line(&answer.error))) }
    }
}

pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A path as git printed it, with a line end behind it.
fn path_of(output: &[u8]) -> PathBuf {
    let path = output.strip_suffix(b"\n").unwrap_or(output);
    entry::os_path(&RepoPath::new(path)).unwrap_or_default()
}

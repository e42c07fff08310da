//! The gate over a repository's own history: what it would have blocked, before anybody adopts it.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    attribute::Attribution,
    git::{self, GitError, Reader, Request, Version},
    model::{Bundle, Scorer},
    path::RepoPath,
    policy::{Action, Baseline, Date, FileKinds, Judged, Policies, Rules},
    scan::{Scan, ScanError},
};

/// What became of one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Its id, in hexadecimal.
    pub commit: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// Its subject line. Untrusted.
    pub subject: String,
    /// Python files that it changed and that were scanned, each with SARIF's word for what became of it.
    pub scanned: Vec<(RepoPath, String)>,
    /// Lines that it added or changed in them.
    pub changed_lines: usize,
    /// New and worsened findings that warn or block.
    pub alarms: Vec<Judged>,
    /// Python files that could not be read.
    pub unreadable: Vec<String>,
    /// From reading the commit to the verdict.
    pub took: Duration,
}

impl Replayed {
    /// Whether the gate would have blocked it.
    pub fn blocked(&self) -> bool {
        self.alarms.iter().any(|judged| judged.action == Action::Block)
    }
}

/// Why a history cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The repository cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A commit cannot be judged.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// git does not list the commits.
    #[error("git does not list the commits of `{0}`: {1}; name a repository with a history")]
    NoHistory(String, String),
}

/// The commits to replay, oldest first: `(id, first parent or nothing, time, subject)`.
pub struct History {
    reader: Box<dyn Reader>,
    commits: Vec<(String, String, i64, String)>,
    /// Commits whose parents are not here.
    cut_off: usize,
}

impl History {
    /// The newest `most` commits without merges, of the branch that is checked out.
    pub fn of(repository: &Path, most: usize) -> Result<Self, ReplayError> {
        let reader = git::at(repository)?;
        let failed = |why: String| ReplayError::NoHistory(repository.display().to_string(), why);
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
                command.env_remove(name);
            }
            // The reader sees the commits themselves, and not what stands in for them here.
            command.env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_NO_LAZY_FETCH", "1");
            let output = command.current_dir(repository).arg("--no-pager").args(arguments).output();
            let output = output.map_err(|error| failed(error.to_string()))?;
            if output.status.success() {
                Ok(String::from_utf8_lossy(&output.stdout).into_owned())
            } else {
                Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
            }
        };
        let most = format!("--max-count={most}");
        let listed = git(&["log", "--no-merges", "--no-show-signature", "--format=%H%x00%P%x00%ct%x00%s", &most])?;
        let mut commits: Vec<_> = listed
            .lines()
            .filter_map(|line| {
                let mut fields = line.split('\0');
                let (id, parents) = (fields.next()?.to_owned(), fields.next()?);
                let parent = parents.split(' ').next().unwrap_or_default().to_owned();
                Some((id, parent, fields.next()?.parse().ok()?, fields.next().unwrap_or_default().to_owned()))
            })
            .collect();
        commits.reverse();
        // Where a shallow clone ends git names no parents: all files of the project would pass for that commit's.
        let ends = repository.join(git(&["rev-parse", "--git-path", "shallow"])?.trim_end_matches('\n'));
        let ends = std::fs::read_to_string(ends).unwrap_or_default();
        let ends: HashSet<&str> = ends.lines().collect();
        let listed = commits.len();
        commits.retain(|(id, ..)| !ends.contains(id.as_str()));
        Ok(Self { reader, cut_off: listed - commits.len(), commits })
    }

    /// How many commits were left out since what they changed is not known here: a shallow clone ends with them.
    pub fn cut_off(&self) -> usize {
        self.cut_off
    }

    /// The top folder of the work tree; `None` in a bare repository.
    pub fn root(&self) -> Option<PathBuf> {
        self.reader.root()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.commits.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    /// Replays one commit.
    pub fn replay(
        &self,
        number: usize,
        bundle: &Bundle,
        scorer: &Scorer<'_>,
        policies: &Policies<'_>,
    ) -> Result<Replayed, ReplayError> {
        let (commit, parent, time, subject) = self.commits[number].clone();
        let started = Instant::now();
        let request = Request::Range { from: parent, to: commit.clone() };
        let changes = self.reader.changes(&request, &|path| policies.max_bytes(path))?;
        let unreadable = changes.unreadable.iter().map(|file| file.path.to_text()).collect();
        let version = Version::Commit(commit.clone());
        let kinds = FileKinds::new(|path| self.reader.file(&version, path).ok().flatten(), false);
        // The question is what the gate would have said then, and the baseline is of now.
        let baseline = Baseline::default();
        let rules = Rules { policies, baseline: &baseline, own: None, exists: &|_| true, today: Date::today() };
        let scan = Scan {
            attribution: Attribution::Scope,
            bundle,
            scorer,
            rules: &rules,
            kinds: &kinds,
            evidence: false,
            only: None,
        };
        let verdict = scan.verdict(changes)?;
        let took = started.elapsed();
        let is_alarm = |judged: &Judged| judged.finding.status.is_alarm() && judged.suppressed.is_none();
        let alarms = verdict.findings.into_iter().filter(is_alarm).collect();
        let summary = verdict.summary;
        Ok(Replayed {
            commit,
            time,
            subject,
            scanned: summary.scanned,
            changed_lines: summary.changed_lines,
            alarms,
            unreadable,
            took,
        })
    }
}

/// Figures over all commits.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Commits replayed.
    pub commits: usize,
    /// Commits that changed a Python file.
    pub with_python: usize,
    /// Added and changed lines.
    pub changed_lines: usize,
    /// New and worsened findings.
    pub alarms: usize,
    /// Commits that would have been blocked.
    pub blocked: usize,
    /// Python files that could not be read.
    pub unreadable: usize,
    /// Median, 95th percentile and maximum of the time for a commit that changed a Python file.
    pub times: [Duration; 3],
}

impl Totals {
    /// Adds the commits up.
    pub fn of(commits: &[Replayed]) -> Self {
        let mut times: Vec<Duration> =
            commits.iter().filter(|commit| !commit.scanned.is_empty()).map(|commit| commit.took).collect();
        times.sort();
        let at = |share: f64| {
            let index = (times.len() as f64 * share).ceil() as usize;
            times.get(index.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self {
            commits: commits.len(),
            with_python: times.len(),
            changed_lines: commits.iter().map(|commit| commit.changed_lines).sum(),
            alarms: commits.iter().map(|commit| commit.alarms.len()).sum(),
            blocked: commits.iter().filter(|commit| commit.blocked()).count(),
            unreadable: commits.iter().map(|commit| commit.unreadable.len()).sum(),
            times: [at(0.5), at(0.95), at(1.0)],
        }
    }

    /// Alarms per 1,000 changed lines; none without lines.
    pub fn alarm_rate(&self) -> Option<f64> {
        (self.changed_lines > 0).then(|| 1000.0 * self.alarms as f64 / self.changed_lines as f64)
    }

    /// Blocked commits of 100 that changed Python; none without such commits.
    pub fn block_rate(&self) -> Option<f64> {
        (self.with_python > 0).then(|| 100.0 * self.blocked as f64 / self.with_python as f64)
    }
}

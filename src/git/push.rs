//! What a push sends that the remote does not have.
//!
//! git tells a `pre-push` hook what it is about to send, a line a ref: `<local ref> <local id> <remote ref> <remote id>`
//! (githooks, `pre-push`); an id of zeros stands for no commit. It is always git that pushes, so git is asked here.

use super::{GitError, Plumbing, Request, is_id, plumbing::first_line};

/// A ref that is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// What is pushed: a revision, or zeros where the ref is deleted.
    pub local: String,
    /// What the remote has there: a revision, or zeros where the ref is new.
    pub remote: String,
}

/// Why git's words could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not what git tells a pre-push hook; let git run it, as `cwegate install --hook pre-push` sets it up")]
pub struct PushError(String);

impl PushError {
    /// Somebody sits where git ought to be.
    pub fn no_input() -> Self {
        Self("a terminal".to_owned())
    }
}

impl Update {
    /// Reads the lines that git gives to the hook.
    pub fn parse(text: &str) -> Result<Vec<Self>, PushError> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines
            .map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
                [_, local, _, remote] if is_id(local) && is_id(remote) => {
                    Ok(Self { local: local.to_owned(), remote: remote.to_owned() })
                }
                _ => Err(PushError(format!("`{line}`"))),
            })
            .collect()
    }
}

fn is_zeros(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'0')
}

/// What to scan for a push to a remote: for each ref, what its commit has that no commit on the remote has.
///
/// What the remote has is told by the remote-tracking branches, and by the update itself where that commit is here.
pub fn pushed(remote: &str, updates: &[Update]) -> Result<Vec<Request>, GitError> {
    let plumbing = Plumbing::open()?;
    let mut requests: Vec<Request> = Vec::new();
    for update in updates.iter().filter(|update| !is_zeros(&update.local)) {
        let request = plumbing.sent(remote, update)?;
        if let Some(request) = request.filter(|request| !requests.contains(request)) {
            requests.push(request);
        }
    }
    Ok(requests)
}

/// What a revision has that it did not have where it left another.
pub fn since_parting(from: &str, to: &str) -> Result<Request, GitError> {
    let plumbing = Plumbing::open()?;
    let (ours, theirs) = (plumbing.commit(to)?, plumbing.commit(from)?);
    Ok(Request::Range { from: plumbing.merge_base(from, &theirs, &ours)?, to: ours })
}

impl Plumbing {
    fn sent(&self, remote: &str, update: &Update) -> Result<Option<Request>, GitError> {
        let peeled = |what: &str, kind: &str| {
            self.git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{what}^{{{kind}}}")])
        };
        let commit = peeled(&update.local, "commit")?;
        if !commit.ok {
            // A tag may name a tree, which is code, or a blob, which is no file of a name.
            let tree = peeled(&update.local, "tree")?;
            let is_blob = peeled(&update.local, "blob")?.ok;
            return match (tree.ok, is_blob) {
                (true, _) => Ok(Some(Request::Range { from: String::new(), to: tree.line() })),
                (false, true) => Ok(None),
                (false, false) => Err(self.commit(&update.local).err().unwrap_or(GitError::Unreadable(commit.error))),
            };
        }
        let to = commit.line();
        let known = peeled(&update.remote, "commit")?;
        let known = if known.ok && !is_zeros(&update.remote) { Some(known.line()) } else { None };

        let mut arguments = vec!["rev-list".to_owned(), "--boundary".to_owned(), to.clone(), "--not".to_owned()];
        arguments.extend(known.clone());
        arguments.extend((!remote.is_empty()).then(|| format!("--remotes={remote}")));
        let listed = self.git.run(&arguments)?;
        if !listed.ok {
            return Err(GitError::Unreadable(first_line(&listed.error)));
        }
        let listed = String::from_utf8_lossy(&listed.output).into_owned();
        if listed.lines().all(|line| line.starts_with('-')) {
            return Ok(None);
        }
        let boundary = listed.lines().filter_map(|line| line.strip_prefix('-').map(str::to_owned));
        let bases: Vec<String> = known.into_iter().chain(boundary).collect();
        Ok(Some(match self.newest(bases)? {
            mut bases if bases.len() < 2 => Request::Range { from: bases.pop().unwrap_or_default(), to },
            of => Request::Ahead { of, to },
        }))
    }

    /// Without the commits that another one of them holds.
    fn newest(&self, commits: Vec<String>) -> Result<Vec<String>, GitError> {
        if commits.len() < 2 {
            return Ok(commits);
        }
        let answer =
            self.git.run(["merge-base", "--independent"].into_iter().chain(commits.iter().map(String::as_str)))?;
        if !answer.ok {
            return Err(GitError::Unreadable(first_line(&answer.error)));
        }
        let kept = String::from_utf8_lossy(&answer.output).into_owned();
        let mut newest = Vec::new();
        for commit in commits {
            if kept.lines().any(|line| line == commit) && !newest.contains(&commit) {
                newest.push(commit);
            }
        }
        Ok(newest)
    }
}

//! What `scan`, `baseline` and `policy check` judge by: where policy, baseline, attributes and model come from.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{Failure, input::python_files};
use crate::{
    attribute::Attribution,
    git::{self, Buffer, Changes, GitError, Reader, Request, Version, os_path, read_files},
    model::{Bundle, Choice, ModelError, Scorer},
    path::RepoPath,
    policy::{
        Baseline, Date, FailOn, FileKinds, Own, Policies, Policy, PolicyError, Rules, Store, Verdict, attribute_files,
        is_attribute_file, same_kinds,
    },
    scan::{Scan, ScanError},
    terminal::escape,
};

/// How a command judges that has no other say in it.
#[derive(Debug, Args)]
pub(super) struct How {
    /// Use this policy instead of the repository's
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
    /// Folder of another model
    #[arg(long, value_name = "DIR")]
    pub(super) model: Option<PathBuf>,
    /// Threads to score with
    #[arg(long, value_name = "N", value_parser = super::threads)]
    pub(super) threads: Option<usize>,
}

/// What is scanned.
pub(super) enum What {
    /// What git compares, each request by itself, and which of the findings count.
    Changes(Vec<Request>, Attribution),
    /// Files as a whole.
    Files(Vec<PathBuf>),
}

/// A repository, or a folder outside of any, and where its rules are taken from.
pub(super) struct Gate {
    git: Option<Box<dyn Reader>>,
    here: PathBuf,
    root: PathBuf,
    /// The commit that policy, baseline and attributes are read from; none: the work tree.
    from: Option<String>,
    explicit: Option<PathBuf>,
}

/// What the changes of one run are scored and judged by.
pub(super) struct By<'a> {
    pub(super) attribution: Attribution,
    pub(super) policies: &'a Policies<'a>,
    pub(super) baseline: &'a Baseline,
    /// What the scanned change itself carries, where the above are taken from another commit.
    pub(super) own: Option<Own<'a>>,
    pub(super) bundle: &'a Bundle,
    pub(super) scorer: &'a Scorer<'a>,
    pub(super) evidence: bool,
    pub(super) only: Option<&'a BTreeSet<RepoPath>>,
}

/// A verdict with the policy that speaks for the run as a whole, and the model.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) policy: std::sync::Arc<Policy>,
    pub(super) bundle: Bundle,
    /// What the model's runtimes have to say.
    pub(super) notes: Vec<String>,
}

impl Gate {
    /// The gate for the current folder. Without `needs_git`, a repository that cannot be opened does not matter.
    pub(super) fn open(explicit: Option<PathBuf>, from: Option<String>, needs_git: bool) -> Result<Self, Failure> {
        let here = std::env::current_dir()
            .map_err(|error| Failure::unscannable(format!("the current folder cannot be read: {error}")))?;
        let git = match git::open() {
            Ok(git) => Some(git),
            Err(_) if !needs_git && from.is_none() => None,
            Err(error) => return Err(error.into()),
        };
        // Else a name that is no commit would read as a commit without a policy.
        if let (Some(revision), Some(git)) = (&from, &git) {
            git.file(&Version::Commit(revision.clone()), &RepoPath::from("cwegate.toml"))?;
        }
        let root = git.as_ref().and_then(|git| git.root()).unwrap_or_else(|| here.clone());
        Ok(Self { git, here, root, from, explicit })
    }

    /// The gate for the repository that a folder is in, whatever the environment says.
    pub(super) fn at(folder: &Path, explicit: Option<PathBuf>) -> Result<Self, GitError> {
        let git = git::at(folder)?;
        let root = git.root().ok_or(GitError::Bare)?;
        Ok(Self { git: Some(git), here: root.clone(), root, from: None, explicit })
    }

    /// The top of the repository, or the current folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The paths in the index.
    pub(super) fn tracked(&self) -> Vec<RepoPath> {
        self.git.as_ref().map(|git| git.tracked()).unwrap_or_default()
    }

    fn store(&self) -> Store<'_> {
        match (&self.from, &self.git) {
            (Some(revision), Some(git)) => Store::Commit { git: git.as_ref(), revision, root: &self.root },
            _ => Store::Disk(&self.root),
        }
    }

    /// The baseline that holds.
    pub(super) fn baseline(&self) -> Result<Baseline, Failure> {
        Baseline::load(self.store()).map_err(Failure::usage)
    }

    /// The baseline that holds; where the file is none, an empty one, and that is told.
    pub(super) fn baseline_if_any(&self) -> Result<Baseline, Failure> {
        match Baseline::load(self.store()) {
            Err(error @ PolicyError::Baseline(_)) => {
                super::tell(&format!("note: written anew without what was in it: {}", escape(&error.to_string())));
                Ok(Baseline::default())
            }
            baseline => baseline.map_err(Failure::usage),
        }
    }

    /// A file in a state of the repository.
    fn file(&self, version: &Version, path: &RepoPath) -> Option<Vec<u8>> {
        self.git.as_ref().and_then(|git| git.file(version, path).ok().flatten())
    }

    /// The kinds of files, by what stands in a state of the repository.
    pub(super) fn kinds(&self, version: Version) -> FileKinds<'_> {
        let version = self.from.clone().map_or(version, Version::Commit);
        FileKinds::new(move |path| self.file(&version, path), self.from.is_some())
    }

    /// The files of attributes that a change touches and that tell kinds of files otherwise than those that hold.
    fn attributes_that_differ(&self, change: &Changes, version: Option<&Version>) -> Vec<RepoPath> {
        let Some(base) = self.from.clone().map(Version::Commit) else { return Vec::new() };
        let after = |path: &RepoPath| match version {
            Some(version) => self.file(version, path),
            None => os_path(path).ok().and_then(|path| std::fs::read(self.root.join(path)).ok()),
        };
        let differs = |path: &RepoPath| {
            let (held, own) = (self.file(&base, path), after(path));
            !same_kinds(&held.unwrap_or_default(), &own.unwrap_or_default())
        };
        let touched: BTreeSet<RepoPath> = match &change.others {
            Some(others) => others.iter().filter(|path| is_attribute_file(path)).cloned().collect(),
            None => attribute_files(change.files.iter().map(|file| &file.path)),
        };
        touched.into_iter().filter(differs).collect()
    }

    /// The whole Python files of the repository, ignored ones left out.
    pub(super) fn all_files(&self) -> Result<Vec<PathBuf>, Failure> {
        python_files(&self.root)
    }

    /// Scans and judges.
    pub(super) fn judge(
        &self,
        what: &What,
        evidence: bool,
        model: Option<&Path>,
        threads: Option<usize>,
        baseline: &Baseline,
    ) -> Result<Judged, Failure> {
        let attribution = match what {
            What::Changes(_, attribution) => *attribution,
            What::Files(_) => Attribution::default(),
        };
        let policies = self.policies(self.store(), attribution)?;
        let own = match self.from {
            Some(_) => {
                let store = Store::Disk(&self.root);
                let policies = self.policies(store, attribution)?;
                Some((policies, Baseline::load(store).map_err(Failure::usage)?))
            }
            None => None,
        };
        let inside = self.git.as_ref().map(|_| self.root.as_path());
        let bundle = bundle(model, policies.run(), inside)?;
        let changes = self.changes(what, &|path| policies.max_bytes(path))?;
        let scorer = Scorer::new(&bundle, Choice::from_env().map_err(Failure::usage)?, threads);
        let mut verdicts = Vec::with_capacity(changes.len());
        for (change, version) in changes {
            let touched = change.others.clone();
            let attributes = self.attributes_that_differ(&change, version.as_ref());
            let own = own.as_ref().map(|(policies, baseline)| Own {
                policies,
                baseline,
                attributes: &attributes,
                touched: touched.as_ref(),
            });
            let by = By {
                attribution,
                policies: &policies,
                baseline,
                own,
                bundle: &bundle,
                scorer: &scorer,
                evidence,
                only: None,
            };
            verdicts.push(self.with_scan(version, &by, |scan| scan.verdict(change))?);
        }
        let verdict = Verdict::of(verdicts);
        let notes = scorer.notes();
        drop(scorer);
        Ok(Judged { verdict, policy: policies.run().clone(), bundle, notes })
    }

    /// Calls `ask` with what a change is scored and judged by; `version` is the state of the repository after it, `None` the work
    /// tree.
    pub(super) fn with_scan<T>(&self, version: Option<Version>, by: &By<'_>, ask: impl FnOnce(&Scan<'_>) -> T) -> T {
        let exists = |path: &RepoPath| match &version {
            // What cannot be read is not taken for gone.
            Some(version) => self.git.as_ref().is_none_or(|git| !matches!(git.file(version, path), Ok(None))),
            None => os_path(path).is_ok_and(|path| self.root.join(path).symlink_metadata().is_ok()),
        };
        let &By { attribution, policies, baseline, own, bundle, scorer, evidence, only } = by;
        let rules = Rules { policies, baseline, own, exists: &exists, today: Date::today() };
        let kinds = self.kinds(version.clone().unwrap_or(Version::Index));
        ask(&Scan { attribution, bundle, scorer, rules: &rules, kinds: &kinds, evidence, only })
    }

    /// The policies and the baseline of the repository as it is on disk.
    pub(super) fn policies_on_disk(&self, attribution: Attribution) -> Result<Policies<'_>, Failure> {
        self.policies(Store::Disk(&self.root), attribution)
    }

    /// What the work tree changes, with what an editor holds in place of the files on disk.
    pub(super) fn with_buffers(&self, buffers: &[Buffer], limit: git::Limit<'_>) -> Result<Changes, GitError> {
        match &self.git {
            Some(git) => git::with_buffers(git.as_ref(), buffers, limit),
            None => Err(GitError::NoRepository(self.here.clone())),
        }
    }

    fn policies<'a>(&self, store: Store<'a>, attribution: Attribution) -> Result<Policies<'a>, Failure> {
        let policies = Policies::new(store, self.explicit.as_deref(), &self.here).map_err(Failure::usage)?;
        // What is asked to count must not pass as what was there before.
        Ok(if attribution == Attribution::File { policies.failing_on(FailOn::Any) } else { policies })
    }

    /// What there is to scan, each with the state of the repository after it; none: the work tree.
    fn changes(&self, what: &What, limit: git::Limit<'_>) -> Result<Vec<(Changes, Option<Version>)>, Failure> {
        match (what, &self.git) {
            (What::Changes(requests, _), Some(git)) => {
                requests.iter().map(|request| Ok((git.changes(request, limit)?, request.after()))).collect()
            }
            (What::Changes(..), None) => Err(GitError::NoRepository(self.here.clone()).into()),
            (What::Files(files), git) => {
                let root = git.as_ref().and_then(|git| git.root());
                Ok(vec![(read_files(files, root.as_deref(), limit), None)])
            }
        }
    }
}

/// The model: a folder that was named, else the one that the policy names, else the one inside the program.
///
/// One that lies in the repository is not even read unless the policy gives its hash: a change could bring its own judge.
pub(super) fn bundle(named: Option<&Path>, policy: &Policy, root: Option<&Path>) -> Result<Bundle, Failure> {
    let pin = policy.model();
    let hash = pin.as_ref().map(|&(hash, _)| hash);
    let by_policy = pin.as_ref().and_then(|(_, path)| path.as_ref());
    let folder = named.map(Path::to_owned).or_else(|| by_policy.map(|path| root.unwrap_or(Path::new("")).join(path)));
    let bundle = match (folder, hash) {
        (None, None) => Bundle::embedded(),
        (None, Some(hash)) => Bundle::embedded().and_then(|bundle| match bundle.hash == hash {
            true => Ok(bundle),
            false => Err(ModelError::NotPinned { found: bundle.hash, wanted: hash.to_owned() }),
        }),
        (Some(folder), Some(hash)) => Bundle::open_pinned(&folder, hash),
        (Some(folder), None) if root.is_some_and(|root| lies_in(&folder, root)) => Err(ModelError::NotTrusted(folder)),
        (Some(folder), None) => Bundle::open(&folder),
    };
    bundle.map_err(Failure::usage)
}

fn lies_in(folder: &Path, root: &Path) -> bool {
    let inside = |folder: &Path| match (folder.canonicalize(), root.canonicalize()) {
        (Ok(folder), Ok(root)) => folder.starts_with(root),
        _ => false,
    };
    // Its files may be links into the repository.
    inside(folder) || ["model.toml", "model.onnx", "tokenizer.json"].iter().any(|name| inside(&folder.join(name)))
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Model(error) => Self::unscannable(error),
            ScanError::Policy(error) => Self::usage(error),
        }
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Self::usage(error)
    }
}

//! What the editor holds in one repository → a verdict, as `cwegate scan --worktree` would give it if all were saved.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use super::{
    super::{
        Failure,
        gate::{By, Gate, How, bundle},
    },
    desk::Document,
    place,
};
use crate::{
    attribute::Attribution,
    git::{Buffer, GitError},
    model::{Bundle, ModelError, Scorer},
    path::RepoPath,
    policy::{Policy, Verdict},
    scan::{Files, ScanError},
};

/// Why there is no verdict.
pub(super) enum NoVerdict {
    /// Nobody waits for it any more.
    Stopped,
    /// There is nothing to compare with; one sentence.
    NoRepository(String),
    /// Something has to be repaired.
    Failed(Failure),
}

impl From<Failure> for NoVerdict {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<ScanError> for NoVerdict {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Model(error) => error.into(),
            error => Self::Failed(error.into()),
        }
    }
}

impl From<ModelError> for NoVerdict {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Stopped => Self::Stopped,
            error => Self::Failed(Failure::unscannable(error)),
        }
    }
}

/// A document that was checked.
pub(super) struct Checked {
    pub(super) version: i32,
    pub(super) text: Arc<str>,
    pub(super) path: RepoPath,
    /// The policy that holds for it.
    pub(super) policy: Arc<Policy>,
}

/// The verdict on a repository with what the editor holds of it.
pub(super) struct Check {
    pub(super) root: PathBuf,
    /// By URI.
    pub(super) documents: BTreeMap<String, Checked>,
    pub(super) verdict: Verdict,
    pub(super) files: Files,
    pub(super) model: Loaded,
}

/// A model with what runs it.
#[derive(Clone, Copy)]
pub(super) struct Loaded {
    pub(super) bundle: &'static Bundle,
    pub(super) scorer: &'static Scorer<'static>,
}

/// A model that is pinned (its hash, its folder), and the repository whose policy does.
type Pin = (Option<(String, Option<String>)>, PathBuf);

/// What checks are made with.
pub(super) struct Checker {
    how: How,
    stop: Arc<AtomicBool>,
    by_pin: HashMap<Pin, Loaded>,
    by_hash: HashMap<String, Loaded>,
}

impl Checker {
    pub(super) fn new(how: How, stop: Arc<AtomicBool>) -> Self {
        Self { how, stop, by_pin: HashMap::new(), by_hash: HashMap::new() }
    }

    /// Checks the repository of one document, with all open documents that are known to be in the same.
    pub(super) fn check(
        &mut self,
        uri: &str,
        open: &BTreeMap<String, Document>,
        roots: &HashMap<String, PathBuf>,
    ) -> Result<Check, NoVerdict> {
        let gate = self.gate(uri)?;
        let root = gate.root().to_owned();
        let baseline = gate.baseline()?;
        let policies = gate.policies_on_disk(Attribution::Scope)?;
        let model = self.model(policies.run(), &root)?;
        let mut documents = BTreeMap::new();
        let mut buffers = Vec::new();
        for (other, Document { version, text }) in open {
            if other != uri && roots.get(other) != Some(&root) {
                continue;
            }
            let Some(path) = place::file_of(other).and_then(|file| place::below(&file, &root)) else { continue };
            let policy = policies.of(&path).map_err(Failure::from)?;
            buffers.push(Buffer { path: path.clone(), text: text.to_string() });
            documents.insert(other.clone(), Checked { version: *version, text: Arc::clone(text), path, policy });
        }
        let changes = gate.with_buffers(&buffers, &|path| policies.max_file_size(path)).map_err(Failure::from)?;
        let only: BTreeSet<RepoPath> = buffers.into_iter().map(|buffer| buffer.path).collect();
        let by = By {
            attribution: Attribution::Scope,
            policies: &policies,
            baseline: &baseline,
            own: None,
            bundle: model.bundle,
            scorer: model.scorer,
            evidence: false,
            only: Some(&only),
        };
        let (verdict, files) = gate.with_scan(None, &by, |scan| scan.judged(changes))?;
        Ok(Check { root, documents, verdict, files, model })
    }

    fn gate(&self, uri: &str) -> Result<Gate, NoVerdict> {
        let file = place::file_of(uri).unwrap_or_default();
        let folder = file.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
        match Gate::at(folder, self.how.policy.clone()) {
            Ok(gate) => Ok(gate),
            Err(error @ (GitError::NoRepository(_) | GitError::Bare)) => {
                Err(NoVerdict::NoRepository(error.to_string()))
            }
            Err(error) => Err(NoVerdict::Failed(error.into())),
        }
    }

    /// The model that a policy wants, or the one that was named.
    fn model(&mut self, policy: &Policy, root: &Path) -> Result<Loaded, Failure> {
        let pin = (policy.model().map(|(hash, folder)| (hash.to_owned(), folder)), root.to_owned());
        if let Some(&known) = self.by_pin.get(&pin) {
            return Ok(known);
        }
        let bundle = bundle(self.how.model.as_deref(), policy, Some(root))?;
        let (threads, stop) = (self.how.threads, &self.stop);
        let loaded = self.by_hash.entry(bundle.hash.clone()).or_insert_with(|| {
            // Each model once, for as long as the editor runs.
            let bundle: &'static Bundle = Box::leak(Box::new(bundle));
            let scorer = Scorer::remembering(bundle, threads, Arc::clone(stop));
            Loaded { bundle, scorer: Box::leak(Box::new(scorer)) }
        });
        self.by_pin.insert(pin, *loaded);
        Ok(*loaded)
    }
}

//! A model on disk or in the binary: network, tokenizer, classes, calibration, operating points.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{ModelError, tokens::Tokens};
use crate::cwe::CweId;

/// The embedded bundle's files.
const EMBEDDED: [(&str, &[u8]); 3] = [
    (MANIFEST, include_bytes!("../../model/model.toml")),
    (NETWORK, include_bytes!("../../model/model.onnx")),
    (TOKENIZER, include_bytes!("../../model/tokenizer.json")),
];
const MANIFEST: &str = "model.toml";
const NETWORK: &str = "model.onnx";
const TOKENIZER: &str = "tokenizer.json";

/// A model with all that belongs to it, its files checked against their hashes.
pub struct Bundle {
    /// What `model.toml` says.
    pub manifest: Manifest,
    /// The tokenizer.
    pub tokens: Tokens,
    /// The network, as ONNX.
    pub network: Cow<'static, [u8]>,
    /// SHA-256 of `model.toml`, which holds the hashes of the other files; 64 hexadecimal digits.
    pub hash: String,
}

/// `model.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// Name, version, licence, window.
    pub model: About,
    /// SHA-256 of each other file of the bundle, in hexadecimal.
    pub files: BTreeMap<String, String>,
    /// What the thresholds were chosen for.
    pub operating_points: OperatingPoints,
    /// The classes, in the order of the network's output.
    #[serde(rename = "class")]
    pub classes: Vec<Class>,
}

/// `[model]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// SPDX expression.
    pub licence: String,
    /// Tokens in a window, markers included.
    pub window_budget: usize,
}

/// `[operating-points]`.
#[derive(Debug, Clone, Deserialize)]
pub struct OperatingPoints {
    /// Alarm budgets, ascending: false alarms per 1,000 changed lines, all classes together.
    pub budgets: Vec<f32>,
    /// Alarms per 1,000 changed lines measured at each on packages that neither training nor calibration saw.
    pub measured: Vec<f32>,
}

/// `[[class]]`: one output of the network.
#[derive(Debug, Clone, Deserialize)]
pub struct Class {
    /// The weakness that is reported.
    pub id: CweId,
    /// All weaknesses that the class stands for, `id` included.
    pub members: Vec<CweId>,
    /// Divides the logit.
    pub temperature: f32,
    /// Is added to the divided logit.
    pub bias: f32,
    /// Positive training statements.
    pub support: u64,
    /// Probability from which on the class alarms, one a budget.
    pub thresholds: Vec<f32>,
}

impl Class {
    /// Calibrated probability of a logit: `sigmoid(logit / temperature + bias)` (Platt scaling, with the slope as a
    /// temperature: Guo et al., ICML 2017).
    pub fn probability(&self, logit: f32) -> f32 {
        1.0 / (1.0 + (-(logit / self.temperature + self.bias)).exp())
    }
}

impl Bundle {
    /// The bundle inside the binary.
    pub fn embedded() -> Result<Self, ModelError> {
        let read = |name: &str| {
            let (_, bytes) = EMBEDDED.iter().find(|(file, _)| *file == name).expect("the three files are embedded");
            Ok(Cow::Borrowed(*bytes))
        };
        Self::read(read, None)
    }

    /// The bundle in a folder.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        Self::read(from_folder(folder), None)
    }

    /// The bundle in a folder, of which nothing is looked into unless it has this hash.
    pub fn open_pinned(folder: &Path, hash: &str) -> Result<Self, ModelError> {
        Self::read(from_folder(folder), Some(hash))
    }

    fn read(
        read: impl Fn(&str) -> Result<Cow<'static, [u8]>, ModelError>,
        pin: Option<&str>,
    ) -> Result<Self, ModelError> {
        let bytes = read(MANIFEST)?;
        let hash = sha256(&bytes);
        if let Some(wanted) = pin.filter(|wanted| *wanted != hash) {
            return Err(ModelError::NotPinned { found: hash, wanted: wanted.to_owned() });
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| ModelError::Manifest(error.to_string()))?;
        let manifest: Manifest = toml::from_str(text).map_err(|error| ModelError::Manifest(error.to_string()))?;
        manifest.check()?;
        let checked = |name: &str| {
            let bytes = read(name)?;
            let wanted = manifest.files.get(name).map(String::as_str).unwrap_or_default();
            let found = sha256(&bytes);
            if found == wanted {
                Ok(bytes)
            } else {
                Err(ModelError::Altered { file: name.to_owned(), found, wanted: wanted.to_owned() })
            }
        };
        let network = checked(NETWORK)?;
        let tokens = Tokens::from_bytes(&checked(TOKENIZER)?)?;
        Ok(Self { hash, manifest, tokens, network })
    }

    /// The network's class of a weakness: the one that reports it or stands for it.
    pub fn class_of(&self, id: CweId) -> Option<usize> {
        self.manifest.classes.iter().position(|class| class.id == id || class.members.contains(&id))
    }

    /// `name version (hash)`, for `--version` and reports.
    pub fn title(&self) -> String {
        let About { name, version, .. } = &self.manifest.model;
        format!("{name} {version} ({})", &self.hash[..12])
    }
}

fn from_folder(folder: &Path) -> impl Fn(&str) -> Result<Cow<'static, [u8]>, ModelError> {
    move |name| {
        let file = folder.join(name);
        std::fs::read(&file).map(Cow::Owned).map_err(|error| ModelError::Missing { file, error })
    }
}

impl Manifest {
    fn check(&self) -> Result<(), ModelError> {
        let wrong = |what: String| Err(ModelError::Manifest(what));
        let points = self.operating_points.budgets.len();
        if self.model.window_budget < 64 {
            return wrong("`window-budget` is under 64".to_owned());
        }
        let budgets = &self.operating_points.budgets;
        let are_ascending = budgets.iter().all(|budget| budget.is_finite()) && budgets.is_sorted();
        if points == 0 || !are_ascending || self.operating_points.measured.len() != points {
            return wrong("`operating-points` needs ascending `budgets` and as many `measured`".to_owned());
        }
        if self.classes.is_empty() {
            return wrong("there is no `[[class]]`".to_owned());
        }
        let mut members = HashMap::new();
        for class in &self.classes {
            // A number that is none compares as false with everything, and would let everything pass.
            let are_numbers = class.bias.is_finite() && class.thresholds.iter().all(|threshold| threshold.is_finite());
            let is_warm = class.temperature.is_finite() && class.temperature > 0.0;
            if class.thresholds.len() != points || !are_numbers || !is_warm || !class.members.contains(&class.id) {
                return wrong(format!("the class {} is incomplete, or a number in it is none", class.id));
            }
            for &member in &class.members {
                if let Some(other) = members.insert(member, class.id) {
                    return wrong(format!("{member} is a member of {other} and of {}", class.id));
                }
            }
        }
        Ok(())
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder of a bundle or the embedded one.
pub fn load(folder: Option<&PathBuf>) -> Result<Bundle, ModelError> {
    folder.map_or_else(Bundle::embedded, |folder| Bundle::open(folder))
}

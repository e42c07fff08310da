//! The model: bundle, tokens, runtimes, scores.

mod bundle;
mod memory;
mod onnxruntime;
mod runtime;
pub mod scores;
pub mod tokens;

use std::path::PathBuf;

pub use bundle::{Bundle, Class, Manifest, load};
pub use runtime::{Choice, Scorer};

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file of the bundle cannot be read.
    #[error("the model's file `{}` cannot be read: {error}; `--model` names a folder with model.toml, model.onnx and tokenizer.json", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// `model.toml` does not fit.
    #[error("model.toml cannot be used: {0}; take the bundle's files as they were published")]
    Manifest(String),
    /// A file is not the one that `model.toml` was written for.
    #[error(
        "the model's file `{file}` was altered: its SHA-256 is {found}, model.toml says {wanted}; take the bundle's files as they were published"
    )]
    Altered {
        /// The file's name.
        file: String,
        /// The hash of its bytes.
        found: String,
        /// The hash that `model.toml` gives.
        wanted: String,
    },
    /// It is not the model that the policy pins.
    #[error(
        "the policy wants the model with the hash {wanted}, and this one has {found}; name the right folder, or correct `hash` under `[model]`"
    )]
    NotPinned {
        /// The bundle's hash.
        found: String,
        /// The policy's.
        wanted: String,
    },
    /// It lies in the repository that is scanned, whose policy does not name it.
    #[error(
        "the model in `{}` is part of the repository, and the policy does not pin it; a change could bring its own judge. Add `hash` under `[model]`", .0.display()
    )]
    NotTrusted(PathBuf),
    /// `tokenizer.json` does not fit.
    #[error("the tokenizer cannot be used: {0}; take the bundle's `tokenizer.json` as it was published")]
    Tokenizer(String),
    /// A runtime cannot run the network.
    #[error("the model cannot be run by {runtime}: {why}; {}", instead_of(runtime))]
    Runtime {
        /// Which runtime.
        runtime: &'static str,
        /// What it says.
        why: String,
    },
    /// ONNX Runtime was asked for by name and is not there.
    #[error(
        "ONNX Runtime was asked for and cannot be used: {0}; set ORT_DYLIB_PATH to its library, or CWEGATE_RUNTIME=rten"
    )]
    NoOnnxRuntime(String),
    /// Nobody waits for the answer any more.
    #[error("scoring was stopped, since its answer is not wanted any more; ask again")]
    Stopped,
    /// `CWEGATE_RUNTIME` has another value.
    #[error("CWEGATE_RUNTIME is `{0}`; set it to ort, rten or auto")]
    NoSuchRuntime(String),
}

/// What to do where a runtime fails.
fn instead_of(runtime: &str) -> &'static str {
    match runtime {
        "rten" => "take the bundle's `model.onnx` as it was published",
        _ => "choose another with CWEGATE_RUNTIME=rten",
    }
}

//! The model: bundle, tokens, runtimes, scores.

pub mod tokens;

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// `tokenizer.json` does not fit.
    #[error("the tokenizer cannot be used: {0}; take the bundle's `tokenizer.json` as it was published")]
    Tokenizer(String),
}

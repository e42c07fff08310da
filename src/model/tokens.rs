//! Canonical text → token ids.

use tokenizers::Tokenizer;

use super::ModelError;
use crate::window::MAX_DEPTH;

/// What a marker token announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A statement that is only read: `<c>`.
    Context,
    /// A statement at that block depth: `<s0>` … `<s7>`.
    Statement(usize),
}

/// The bundle's tokenizer.
pub struct Tokens {
    tokenizer: Tokenizer,
    context: u32,
    statements: [u32; MAX_DEPTH + 1],
}

impl Tokens {
    /// Reads a `tokenizer.json`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| ModelError::Tokenizer(error.to_string()))?;
        // Source text that spells a marker is text, not a marker.
        tokenizer.set_encode_special_tokens(true);
        let id = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| ModelError::Tokenizer(format!("the token `{token}` is missing")))
        };
        let context = id("<c>")?;
        let mut statements = [0; MAX_DEPTH + 1];
        for (depth, slot) in statements.iter_mut().enumerate() {
            *slot = id(&format!("<s{depth}>"))?;
        }
        Ok(Self { tokenizer, context, statements })
    }

    /// Token ids of a canonical text, at least one.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        // The bundle's tokenizer has no normaliser that can fail and an unknown token for every byte.
        let ids =
            self.tokenizer.encode_fast(text, false).map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default();
        if ids.is_empty() { vec![self.context] } else { ids }
    }

    /// The id of a marker.
    pub fn marker(&self, marker: Marker) -> u32 {
        match marker {
            Marker::Context => self.context,
            Marker::Statement(depth) => self.statements[depth.min(MAX_DEPTH)],
        }
    }

    /// Number of token ids.
    pub fn size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }
}

//! Which bytes are before and after.

/// Whether git would call the bytes binary: a NUL within the first 8,000 (git's `buffer_is_binary`).
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|&byte| byte == 0)
}

//! Identities of findings: GitHub's line hash, and our own that has no line numbers in it.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::{cwe::CweId, path::RepoPath};

/// Characters that GitHub hashes from the start of a line on.
const BLOCK: usize = 100;
const FACTOR: u64 = 37;
/// Stands for the end of the file; it can begin a line of its own.
const END_OF_FILE: u16 = u16::MAX;
const LF: u16 = b'\n' as u16;
const CR: u16 = b'\r' as u16;

/// GitHub's `primaryLocationLineHash` of every line, `hash:count`, the first line first.
///
/// The algorithm is that of `src/fingerprints.ts` in github/codeql-action: UTF-16 code units of the text, invalid
/// UTF-8 replaced and a byte order mark kept, without spaces and tabs and with each line end as LF; from the start
/// of a line on 100 units, past the end of the file zeros, as a polynomial in 37 modulo 2^64. `count` numbers equal
/// hashes in the file. A file that ends with a line end has one more line, that of its end.
pub fn line_hashes(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut units = Vec::with_capacity(text.len() + 1 + BLOCK);
    let mut starts = vec![0];
    let mut after_cr = false;
    for unit in text.encode_utf16() {
        let dropped = unit == u16::from(b' ') || unit == u16::from(b'\t') || (after_cr && unit == LF);
        // A dropped unit also ends the memory of a CR: `\r \n` counts as two line ends there.
        after_cr = !dropped && unit == CR;
        if dropped {
            continue;
        }
        units.push(if unit == CR { LF } else { unit });
        if matches!(unit, CR | LF) {
            starts.push(units.len());
        }
    }
    units.push(END_OF_FILE);
    units.resize(units.len() + BLOCK, 0);

    let mut counts: HashMap<u64, u32> = HashMap::new();
    starts
        .into_iter()
        .map(|start| {
            let block = &units[start..start + BLOCK];
            let hash = block.iter().fold(0u64, |hash, &unit| hash.wrapping_mul(FACTOR).wrapping_add(u64::from(unit)));
            let count = counts.entry(hash).or_default();
            *count += 1;
            format!("{hash:x}:{count}")
        })
        .collect()
}

/// The identity of a finding: 32 hexadecimal digits of a SHA-256 over its weakness, its path, its scope, the
/// canonical text of its statement, and the ordinal among equal statements of that scope (from 0).
///
/// It survives moves within the scope and reformatting; an equal finding that is added is still a new one.
pub fn fingerprint(cwe: CweId, path: &RepoPath, scope: &str, canonical_statement: &str, ordinal: usize) -> String {
    let mut hash = Sha256::new();
    let (cwe, ordinal) = (cwe.to_string(), ordinal.to_string());
    for part in [cwe.as_bytes(), path.as_bytes(), scope.as_bytes(), canonical_statement.as_bytes(), ordinal.as_bytes()]
    {
        // Lengths keep ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    first_digits(hash)
}

/// The first 32 hexadecimal digits of a hash.
pub(crate) fn first_digits(hash: Sha256) -> String {
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

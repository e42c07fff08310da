//! GitHub's line hashes against vectors, and our own identity.

use cwegate::{
    cwe::CweId,
    fingerprint::{fingerprint, line_hashes},
    path::RepoPath,
};
use serde::Deserialize;

#[test]
fn line_hashes_equal_githubs() {
    #[derive(Deserialize)]
    struct Vector {
        text: String,
        hashes: Vec<String>,
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/primary_location_line_hash_vectors.json");
    let vectors: Vec<Vector> = serde_json::from_slice(&std::fs::read(path).expect("vectors")).expect("JSON");
    assert!(vectors.len() >= 10);
    for vector in vectors {
        assert_eq!(line_hashes(vector.text.as_bytes()), vector.hashes, "{:?}", vector.text);
    }
}

/// From `src/fingerprints.test.ts` of github/codeql-action.
#[test]
fn line_hashes_of_githubs_own_test() {
    assert_eq!(line_hashes(b""), ["c129715d7a2bc9a3:1"]);
    let hashes = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
    assert_eq!(line_hashes(b" a\nb\n  \t\tc\n d"), hashes);
    let lorem = line_hashes("Lorem ipsum dolor sit amet.\n".repeat(10).as_bytes());
    assert_eq!(lorem[5], "a7f2ff13bc495cf2:6");
    assert_eq!(lorem[10], "c129715d7a2bc9a3:1");
}

#[test]
fn invalid_bytes_are_hashed_as_replacement_characters() {
    assert_eq!(line_hashes(b"a\xff\n"), line_hashes("a\u{fffd}\n".as_bytes()));
}

#[test]
fn fingerprints_are_stable_and_apart() {
    let of = |cwe, path: &str, scope, statement, ordinal| {
        fingerprint(CweId(cwe), &RepoPath::from(path), scope, statement, ordinal)
    };
    let first = of(89, "a.py", "f", "run(x)", 0);
    // Written down once: a change of the scheme would make every baseline stale.
    assert_eq!(first, "5eb622a363c7bc702bf3d2900b4a71e5");
    let others = [
        of(78, "a.py", "f", "run(x)", 0),
        of(89, "b.py", "f", "run(x)", 0),
        of(89, "a.pyf", "", "run(x)", 0),
        of(89, "a.py", "f", "run(y)", 0),
        of(89, "a.py", "f", "run(x)", 1),
    ];
    for other in others {
        assert_eq!(other.len(), 32);
        assert_ne!(other, first);
    }
}

//! GitHub's line hashes against vectors, and our own identity.

mod common;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{BAD, Repo};
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

/// GitHub's published code as an oracle: `CWEGATE_CODEQL_ACTION` names a checkout of github/codeql-action. Needs node and npm.
struct Oracle {
    checkout: PathBuf,
    script: PathBuf,
}

impl Oracle {
    fn find() -> Option<Self> {
        let checkout = PathBuf::from(std::env::var_os("CWEGATE_CODEQL_ACTION")?);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle");
        fs::create_dir_all(&folder).expect("a folder");
        for name in ["package.json", "package-lock.json", "line_hashes.mjs"] {
            fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(name), folder.join(name))
                .expect("a copy");
        }
        let npm = Command::new("npm").args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(&folder).status();
        assert!(npm.expect("npm runs").success());
        Some(Self { checkout, script: folder.join("line_hashes.mjs") })
    }

    fn ask(&self, arguments: &[&Path]) -> String {
        let output =
            Command::new("node").arg(&self.script).arg(&self.checkout).args(arguments).output().expect("node runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("JSON")
    }
}

/// Bytes that the algorithm treats each in its own way, and others; the same ones in every run.
fn random_file(random: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    const PIECES: [&[u8]; 16] = [
        b"\n",
        b"\r",
        b"\r\n",
        b"\r \n",
        b" ",
        b"\t",
        b"a",
        b"cursor.execute(",
        b"\0",
        b"\xff\xfe",
        b"\xe2\x82",
        "\u{feff}".as_bytes(),
        "é漢".as_bytes(),
        "😀".as_bytes(),
        "\u{2028}\u{ffff}".as_bytes(),
        b"\x0b\x0c\x85",
    ];
    let mut bytes = Vec::new();
    for _ in 0..random(400) {
        let piece = PIECES[random(PIECES.len())];
        // Now and then a line is longer than the hash looks.
        let times = if random(20) == 0 { random(150) } else { 1 };
        (0..times).for_each(|_| bytes.extend(piece));
    }
    bytes
}

#[test]
fn line_hashes_equal_those_of_githubs_published_code_on_random_files() {
    let Some(oracle) = Oracle::find() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut state = 1u64;
    // Knuth's MMIX generator.
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let files: BTreeMap<String, Vec<u8>> =
        (0..1_000).map(|number| (format!("{number}.py"), random_file(&mut random))).collect();
    for (name, bytes) in &files {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let theirs: BTreeMap<String, Vec<String>> =
        serde_json::from_str(&oracle.ask(&[folder.path()])).expect("hashes by name");
    assert_eq!(theirs.len(), 1_000);
    for (name, bytes) in &files {
        assert_eq!(line_hashes(bytes), theirs[name], "{:?}", String::from_utf8_lossy(bytes));
    }
}

/// The action computes the hash of every result again from the checkout, and warns where ours is another.
#[test]
fn the_upload_action_agrees_with_our_fingerprints() {
    let Some(oracle) = Oracle::find() else { return };
    let repo = Repo::with_commit();
    repo.stage("app/a b#c.py", BAD.replace('\n', "\r\n"));
    repo.stage("app/é.py", format!("\u{feff}{BAD}"));
    repo.git(&["commit", "-qm", "second"]);
    repo.cwegate(&["scan", "--range", "..HEAD", "--output", "sarif=out.sarif"]).expect(1);
    let sarif = repo.dir.join("out.sarif");
    let log: serde_json::Value = serde_json::from_slice(&fs::read(&sarif).expect("a file")).expect("JSON");
    assert!(log["runs"][0]["results"].as_array().is_some_and(|results| results.len() >= 2));
    assert_eq!(oracle.ask(&[&repo.dir, &sarif]).trim(), "[]");
}

//! A first policy for a repository.

use std::{collections::BTreeSet, fmt::Write};

use super::{FileKinds, Kind};
use crate::{path::RepoPath, terminal::toml_string};

/// Folders that are named at most.
const MOST_FOLDERS: usize = 8;

/// A commented policy that suits a repository with these files.
///
/// It names the folders of tests, of vendored and of generated code that are there, and nothing that is not.
pub fn init(paths: &[RepoPath], kinds: &FileKinds<'_>, read: &dyn Fn(&RepoPath) -> Option<Vec<u8>>) -> String {
    let mut tests = BTreeSet::new();
    let (mut generated, mut vendored) = (0, 0);
    for path in paths.iter().filter(|path| path.is_python()) {
        let kinds = kinds.of(path, &read(path).unwrap_or_default());
        if kinds.contains(&Kind::Tests) {
            tests.insert(glob(path));
        }
        generated += usize::from(kinds.contains(&Kind::Generated));
        vendored += usize::from(kinds.contains(&Kind::Vendored));
    }
    let mut out = START.to_owned();
    if !tests.is_empty() {
        let named = tests.len() <= MOST_FOLDERS;
        let list: Vec<_> = tests.iter().map(|glob| toml_string(glob)).collect();
        let selector = if named { format!("match = [{}]", list.join(", ")) } else { "kind = \"tests\"".to_owned() };
        let _ = write!(
            out,
            "\n# Tests: nothing blocks in them, and their passwords are made up.\n\
             [[paths]]\n{selector}\naction = \"warn\"\ncwe = {{ \"CWE-798\" = \"off\" }}\n"
        );
    }
    let foreign: Vec<String> = [(Kind::Generated, generated), (Kind::Vendored, vendored)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, _)| format!("\"{kind}\""))
        .collect();
    if !foreign.is_empty() {
        let _ = write!(
            out,
            "\n# What nobody here wrote by hand (generated files: {generated}, vendored: {vendored}): repair it at its source.\n\
             [[paths]]\nkind = [{}]\naction = \"warn\"\n",
            foreign.join(", ")
        );
    }
    out.push_str(END);
    out
}

/// The folder of tests that a file is in, as a glob; the file itself where it lies beside other code.
fn glob(path: &RepoPath) -> String {
    let text = path.to_text();
    let parts: Vec<&str> = text.split('/').collect();
    match parts[..parts.len() - 1].iter().position(|part| matches!(*part, "test" | "tests")) {
        Some(at) => format!("{}/**", globset::escape(&parts[..=at].join("/"))),
        None if text.ends_with("conftest.py") => "**/conftest.py".to_owned(),
        None => "**/{test_*,*_test}.py".to_owned(),
    }
}

const START: &str = "# What cwegate does with the weaknesses (CWEs) that a change to Python code introduces.
# All keys: https://github.com/cwegate/cwegate/blob/main/docs/policy.md. `cwegate policy check` checks this file.

# A preset (top25, owasp-top10, balanced, strict, audit, secrets-only), or a path relative to this file.
extends = \"top25\"

[gate]
# False alarms that you accept per 1,000 changed lines, and those of them that may block.
budget = 1.0
block-budget = 0.5
# An exemption has to say why.
require-reason = true

# What differs from the preset: block, warn or off.
# [cwe]
# \"CWE-1333\" = \"off\"
# \"owasp:A02\" = \"block\"
";

const END: &str = "
# An exemption with an end. For one statement there is a comment: `# cwegate: allow[CWE-78] reason`.
# [[allow]]
# cwe = \"CWE-78\"
# path = \"scripts/release.py\"
# reason = \"runs on the release machine only\"
# owner = \"@release-team\"
# expires = 2027-03-31
";

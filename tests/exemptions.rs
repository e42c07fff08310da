//! Exemptions, baselines, and policies that a change cannot loosen, in real repositories.

mod common;

use std::{collections::BTreeMap, fs};

use common::{BAD, Repo, Run, good};
use cwegate::{
    attribute::{Finding, Pair, Region, Status, attribute},
    cwe::CweId,
    diff::LineDiff,
    git::{LibGit, Plumbing, Reader, Version},
    model::{Class, scores::Thresholds},
    path::RepoPath,
    policy::{
        BASELINE, Baseline, ClassThresholds, Date, Policies, Policy, Rules, Scanned, SeenStatement, Summary, Verdict,
    },
    python::{self, Module},
};
use proptest::prelude::*;

/// The injection with something behind or before it.
fn bad_with(comment: &str) -> String {
    BAD.replace("'{name}'\")", &format!("'{{name}}'\"){comment}"))
}

/// Path, action and kind of exemption of every finding of a JSON report.
fn judged(run: &Run) -> Vec<(String, String, String)> {
    let json = run.json();
    let findings = json["findings"].as_array().expect("findings");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    findings
        .iter()
        .map(|finding| (text(&finding["path"]), text(&finding["action"]), text(&finding["suppressed"]["kind"])))
        .collect()
}

fn triple(path: &str, action: &str, kind: &str) -> (String, String, String) {
    (path.to_owned(), action.to_owned(), kind.to_owned())
}

#[test]
fn a_comment_lets_a_finding_through_and_keeps_it_visible() {
    let repo = Repo::with_commit();
    repo.stage("app.py", bad_with("  # cwegate: allow[CWE-89] one of three constants"));
    assert_eq!(repo.cwegate(&["scan"]).expect(0).stdout, "");
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(0);
    assert_eq!(judged(&run), [triple("app.py", "off", "inline")]);
    let finding = &run.json()["findings"][0]["suppressed"];
    assert_eq!((&finding["reason"], &finding["place"]), (&"one of three constants".into(), &"app.py:13".into()));
    let verbose = repo.cwegate(&["scan", "-v"]).expect(0).stdout;
    assert!(verbose.contains("allowed (inline)[CWE-89] app.py:13"), "{verbose}");

    repo.stage("app.py", bad_with("  # cwegate: allow[CWE-78] wrong"));
    let run = repo.cwegate(&["scan"]).expect(1);
    assert!(run.stdout.contains("app.py:13: this comment suppresses nothing"), "{run:#?}");
    repo.stage("app.py", BAD.replace("'{name}'", "'{name}' # cwegate: allow[CWE-89] in the string"));
    repo.cwegate(&["scan"]).expect(1);
    // Who writes it nearly so is told.
    for nearly in ["CWEGATE: allow[CWE-89] why", "cwegate : allow[CWE-89] why", "noqa cwegate: allow[CWE-89] why"] {
        repo.stage("app.py", bad_with(&format!("  # {nearly}")));
        let run = repo.cwegate(&["scan"]).expect(1);
        assert!(run.stdout.contains("app.py:13: this comment allows nothing: write it as"), "{nearly}: {run:#?}");
    }
}

#[test]
fn a_baseline_covers_what_is_there_and_nothing_else() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.stage("tools/job.py", BAD.replace("find_user", "find_job"));
    repo.git(&["commit", "-qm", "debt"]);
    repo.cwegate(&["scan", "."]).expect(1);
    let created = repo.cwegate(&["baseline", "create"]).expect(0);
    assert!(created.stdout.contains("2 findings, 2 added, 0 removed"), "{created:#?}");
    repo.cwegate(&["baseline", "create"]).expect(2);
    let text = std::fs::read_to_string(repo.dir.join(BASELINE)).expect("the baseline");
    assert!(!text.contains("SELECT"), "no code: {text}");
    assert_eq!(text.lines().count(), 2 + 2 + 1, "one finding a line: {text}");
    repo.cwegate(&["scan", "."]).expect(0);
    assert_eq!(repo.cwegate(&["scan", "."]).stdout, "", "nothing is new");
    repo.cwegate(&["scan", "tools"]).expect(0);

    // Moved down, laid out anew, renamed, and moved into another scope.
    repo.write("app.py", format!("# a line more\n\n{}", BAD.replace("cur.execute(", "cur.execute(\n        ")));
    repo.cwegate(&["scan", "."]).expect(0);
    repo.git(&["mv", "-f", "app.py", "service.py"]);
    repo.cwegate(&["scan", "."]).expect(0);
    repo.write("service.py", BAD.replace("find_user", "look_up"));
    repo.cwegate(&["scan", "."]).expect(0);

    // A copy is new, in the same file, in another one, and where the first one is not looked at.
    repo.write("app.py", BAD);
    let run = repo.cwegate(&["scan", ".", "--format", "json"]).expect(1);
    assert_eq!(run.json()["summary"]["suppressed"], 2);
    assert_eq!(run.json()["summary"]["blocked"], 1);
    repo.git(&["checkout", "-q", "-f", "HEAD"]);
    repo.git(&["clean", "-qfd", "--exclude", BASELINE]);
    repo.stage("copy.py", BAD);
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(1);
    assert_eq!(judged(&run), [triple("copy.py", "block", "")], "app.py still has its own");
    repo.git(&["rm", "-q", "-f", "copy.py"]);

    // Accepted by hand, told when it is gone, and taken out.
    repo.stage("copy.py", BAD);
    repo.cwegate(&["baseline", "update"]).expect(0);
    repo.cwegate(&["scan"]).expect(0);
    repo.git(&["rm", "-q", "-f", "copy.py"]);
    repo.stage("app.py", good());
    let stale = repo.cwegate(&["scan", "."]).expect(0);
    assert!(stale.stdout.contains("2 entries of cwegate-baseline.json match nothing"), "{stale:#?}");
    let pruned = repo.cwegate(&["baseline", "prune"]).expect(0);
    assert!(pruned.stdout.contains("1 finding, 0 added, 2 removed"), "{pruned:#?}");
    let shown = repo.cwegate(&["baseline", "show"]).expect(0);
    assert_eq!(shown.stdout, "CWE-89 tools/job.py in find_job\n1 finding\n");

    repo.write(BASELINE, "{\n\"schema\": 1}");
    let broken = repo.cwegate(&["scan", "."]).expect(2);
    assert!(broken.stderr.contains("cwegate-baseline.json:2:11: this is not a baseline"), "{broken:#?}");
    repo.cwegate(&["baseline", "prune"]).expect(2);
    // The message says what to do.
    let anew = repo.cwegate(&["baseline", "update"]).expect(0);
    assert!(anew.stderr.contains("written anew without what was in it"), "{anew:#?}");
    repo.cwegate(&["scan", "."]).expect(0);
}

#[test]
fn baselines_of_two_branches_merge_by_lines() {
    let repo = Repo::with_commit();
    repo.stage(".gitattributes", format!("{BASELINE} merge=union\n"));
    repo.stage("m.py", BAD);
    repo.cwegate(&["baseline", "create"]).expect(0);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qm", "debt"]);
    repo.git(&["branch", "other"]);
    for (branch, path) in [("main", "z.py"), ("other", "y.py")] {
        repo.git(&["checkout", "-q", branch]);
        repo.stage(path, BAD);
        repo.cwegate(&["baseline", "update"]).expect(0);
        repo.git(&["add", "-A"]);
        repo.git(&["commit", "-qm", path]);
    }
    repo.git(&["merge", "-q", "-m", "both", "main"]);
    repo.cwegate(&["scan", "."]).expect(0);
    let shown = repo.cwegate(&["baseline", "show"]).expect(0).stdout;
    assert!(shown.ends_with("3 findings\n"), "{shown}");
}

/// A branch `feature` that adds an injection and all that could excuse it, and `main` without any of it.
fn loosening(base_policy: &str) -> Repo {
    let repo = Repo::with_commit();
    if !base_policy.is_empty() {
        repo.stage("cwegate.toml", base_policy);
        repo.git(&["commit", "-qm", "policy"]);
    }
    repo.git(&["checkout", "-qb", "feature"]);
    repo
}

fn commit_all(repo: &Repo) {
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qm", "feature"]);
}

const FROM_MAIN: [&str; 5] = ["scan", "--base", "main", "--policy-from", "main"];

#[test]
fn a_change_cannot_exempt_itself() {
    let excuses: &[(&str, &str, &str, String)] = &[
        ("a policy", "cwegate.toml", "extends = \"audit\"\n", BAD.to_owned()),
        ("a policy below", "src/cwegate.toml", "root = true\nextends = \"audit\"\n", BAD.to_owned()),
        ("a policy in pyproject.toml", "pyproject.toml", "[tool.cwegate.cwe]\n\"CWE-89\" = \"off\"\n", BAD.to_owned()),
        (
            "an exemption",
            "cwegate.toml",
            "[[allow]]\ncwe = \"CWE-89\"\npath = \"src/app.py\"\nreason = \"mine\"\n",
            BAD.to_owned(),
        ),
        ("a comment", "notes.txt", "", bad_with("  # cwegate: allow[CWE-89] mine")),
        ("attributes", ".gitattributes", "*.py linguist-generated\n", BAD.to_owned()),
        ("a header", "notes.txt", "", format!("# @generated\n{BAD}")),
    ];
    for (what, path, text, code) in excuses {
        let base = "[[paths]]\nkind = \"generated\"\naction = \"off\"\n";
        let repo = loosening(if *path == ".gitattributes" || *what == "a header" { base } else { "" });
        repo.stage("src/app.py", code);
        repo.stage(path, text);
        commit_all(&repo);
        repo.cwegate(&["scan", "--base", "main"]).expect(0);
        let run = repo.cwegate(&FROM_MAIN).expect(1);
        assert!(run.stdout.contains("CWE-89"), "{what}: {run:#?}");
        let told = match *path {
            "cwegate.toml" | "pyproject.toml" | "src/cwegate.toml" => "this change edits the policy `",
            ".gitattributes" => "this change edits which files `.gitattributes` calls generated or vendored",
            _ if *what == "a comment" => "this comment does not count",
            _ => "",
        };
        assert!(run.stdout.contains(told), "{what}: {run:#?}");
    }
    let repo = loosening("");
    repo.stage("src/app.py", BAD);
    repo.cwegate(&["baseline", "create"]).expect(0);
    commit_all(&repo);
    repo.cwegate(&["scan", "--base", "main"]).expect(0);
    let run = repo.cwegate(&FROM_MAIN).expect(1);
    assert!(run.stdout.contains("this change adds 1 entry to cwegate-baseline.json and removes 0;"), "{run:#?}");
}

#[test]
fn attributes_that_tell_no_kinds_are_not_told() {
    let repo = loosening("");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage(".gitattributes", "*.gen.py linguist-generated\n");
    repo.git(&["commit", "-qm", "attributes"]);
    repo.git(&["checkout", "-qB", "feature"]);
    repo.stage("src/app.py", good());
    repo.stage("src/.gitattributes", "*.png binary\n");
    repo.stage(".gitattributes", "*.py text=auto\n*.gen.py  linguist-generated\n");
    commit_all(&repo);
    let run = repo.cwegate(&FROM_MAIN).expect(0);
    assert!(!run.stdout.contains(".gitattributes"), "{run:#?}");
    // In the work tree what is not staged counts as well.
    repo.write(".gitattributes", "");
    repo.stage("src/app.py", "x = 1\n");
    let run = repo.cwegate(&["scan", "--worktree", "--policy-from", "main"]).expect(0);
    assert!(run.stdout.contains("which files `.gitattributes` calls generated"), "{run:#?}");
}

#[test]
fn a_baseline_that_cannot_be_read_is_called_by_its_name() {
    let repo = Repo::with_commit();
    repo.write("app.py", "x = 1\n");
    fs::create_dir(repo.dir.join(BASELINE)).expect("a folder in its place");
    let run = repo.cwegate(&["scan", "."]).expect(2);
    assert!(run.stderr.contains("cannot read the baseline `"), "{run:#?}");
    assert!(!run.stderr.contains("policy"), "{run:#?}");
    fs::remove_dir(repo.dir.join(BASELINE)).expect("it is empty");
    let outside = repo.beside("list.json");
    fs::write(&outside, "").expect("a file");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, repo.dir.join(BASELINE)).expect("a link");
        let run = repo.cwegate(&["scan", "."]).expect(2);
        assert!(run.stderr.contains("the baseline `cwegate-baseline.json` is a link"), "{run:#?}");
    }
}

#[test]
fn what_the_base_allows_is_allowed() {
    let repo = loosening("extends = \"rules/team.toml\"\n");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("rules/team.toml", "[gate]\naccept-new-comments = true\n[cwe]\n\"CWE-78\" = \"off\"\n");
    repo.git(&["commit", "-qm", "team"]);
    repo.git(&["checkout", "-qB", "feature"]);
    repo.git(&["rm", "-q", "rules/team.toml"]);
    repo.stage("cwegate.toml", "");
    repo.stage("app.py", bad_with("  # cwegate: allow[CWE-89] mine"));
    commit_all(&repo);
    repo.cwegate(&FROM_MAIN).expect(0);

    // A comment that was there before counts for what it stood beside, not for what is written beside it now.
    let repo = loosening("");
    repo.git(&["checkout", "-q", "main"]);
    let before = BAD.replace("    cur.execute", "    # cwegate: allow[CWE-89] fine\n    cur.execute");
    repo.stage("app.py", &before);
    repo.git(&["commit", "-qm", "debt"]);
    repo.git(&["checkout", "-qB", "feature"]);
    repo.stage("app.py", before.replace("    conn =", "    page = 1\n    conn ="));
    commit_all(&repo);
    repo.cwegate(&FROM_MAIN).expect(0);
    repo.stage("app.py", before.replace("SELECT id, email", "SELECT id, email, password"));
    commit_all(&repo);
    repo.cwegate(&["scan", "--base", "main"]).expect(0);
    repo.cwegate(&FROM_MAIN).expect(1);
}

#[test]
fn a_policy_that_is_named_is_read_from_the_base_too() {
    let repo = loosening("");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("security/gate.toml", "extends = \"strict\"\n");
    repo.git(&["commit", "-qm", "policy"]);
    repo.git(&["checkout", "-qB", "feature"]);
    repo.stage("security/gate.toml", "extends = \"audit\"\n");
    repo.stage("app.py", BAD);
    commit_all(&repo);
    let named = ["scan", "--base", "main", "--policy", "security/gate.toml"];
    repo.cwegate(&named).expect(0);
    repo.cwegate(&[&named[..], &["--policy-from", "main"]].concat()).expect(1);
    let wrong = repo.cwegate(&["scan", "--base", "main", "--policy-from", "nowhere"]).expect(2);
    assert!(wrong.stderr.contains("`nowhere` names no commit"), "{wrong:#?}");
}

#[test]
fn an_exemption_that_is_over_blocks_until_a_change_takes_it_away() {
    let over = "[[allow]]\ncwe = \"CWE-89\"\npath = \"app.py\"\nexpires = 2020-01-31\n";
    let repo = loosening(over);
    repo.stage("x.py", "x = 1\n");
    commit_all(&repo);
    let run = repo.cwegate(&FROM_MAIN).expect(1);
    assert!(
        run.stdout.contains("error[policy]: cwegate.toml:1: the exemption for CWE-89 in `app.py` ended on 2020-01-31"),
        "{run:#?}"
    );
    repo.stage("cwegate.toml", "");
    commit_all(&repo);
    repo.cwegate(&FROM_MAIN).expect(0);
    let checked = repo.cwegate(&["policy", "check"]).expect(0);
    assert!(checked.stdout.contains("in order"), "{checked:#?}");
}

#[test]
fn an_exemption_that_is_over_blocks_where_its_policy_is_in_force() {
    let over = "[[allow]]\ncwe = \"CWE-89\"\npath = \"app.py\"\nexpires = 2020-01-31\n";
    let repo = loosening("");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("pay/cwegate.toml", over);
    repo.stage("pay/app.py", "x = 1\n");
    repo.git(&["commit", "-qm", "pay"]);
    repo.git(&["checkout", "-qB", "feature"]);
    // Elsewhere it is in nobody's way; beside it blocks, also without a finding.
    repo.stage("web/app.py", "x = 1\n");
    commit_all(&repo);
    repo.cwegate(&FROM_MAIN).expect(0);
    repo.stage("pay/app.py", "x = 2\n");
    repo.cwegate(&["scan"]).expect(1);
    commit_all(&repo);
    let run = repo.cwegate(&FROM_MAIN).expect(1);
    assert!(run.stdout.contains("error[policy]: pay/cwegate.toml:1"), "{run:#?}");
    // Renewed, or taken away with all of the policy.
    for repaired in [Some(over.replace("2020", "2999")), None] {
        match repaired {
            Some(text) => repo.stage("pay/cwegate.toml", text),
            None => drop(repo.git(&["rm", "-q", "pay/cwegate.toml"])),
        }
        commit_all(&repo);
        let run = repo.cwegate(&FROM_MAIN).expect(0);
        assert!(run.stdout.contains("this change takes it away or renews it"), "{run:#?}");
    }
}

#[test]
fn what_a_change_would_alter_is_told_and_nothing_else() {
    let told = "this change edits the policy `";
    let repo = loosening("[gate]\nbudget = 0.5\n");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("pay/cwegate.toml", "extends = \"strict\"\n");
    repo.stage("pay/app.py", "x = 1\n");
    repo.git(&["commit", "-qm", "pay"]);
    // A policy that no changed file is judged by.
    for (path, text) in
        [("pay/cwegate.toml", "extends = \"audit\"\n"), ("web/pyproject.toml", "[tool.cwegate.cwe]\n\"*\" = \"off\"\n")]
    {
        repo.git(&["checkout", "-qB", "feature", "main"]);
        repo.stage(path, text);
        commit_all(&repo);
        let run = repo.cwegate(&FROM_MAIN).expect(0);
        assert!(run.stdout.contains(&format!("{told}{path}`")), "{path}: {run:#?}");
        assert_eq!(run.stdout.matches(told).count(), 1, "{path}: {run:#?}");
    }
    repo.git(&["checkout", "-qB", "feature", "main"]);
    repo.git(&["rm", "-q", "pay/cwegate.toml"]);
    commit_all(&repo);
    let run = repo.cwegate(&FROM_MAIN).expect(0);
    assert!(run.stdout.contains(&format!("{told}pay/cwegate.toml`")), "{run:#?}");

    // The base went on: what differs there is not this change's doing.
    repo.git(&["checkout", "-qB", "feature", "main"]);
    repo.stage("pay/app.py", "x = 2\n");
    commit_all(&repo);
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("cwegate.toml", "[gate]\nbudget = 2.0\n");
    repo.stage("old.py", BAD);
    repo.cwegate(&["baseline", "create"]).expect(0);
    commit_all(&repo);
    repo.git(&["checkout", "-q", "feature"]);
    let run = repo.cwegate(&FROM_MAIN).expect(0);
    assert!(!run.stdout.contains("this change"), "{run:#?}");
}

#[test]
fn one_folder_has_one_policy() {
    let repo = Repo::with_commit();
    repo.stage("pyproject.toml", "[project]\nname = \"x\"\n\n[tool.cwegate]\nextends = \"strict\"\n");
    let run = repo.cwegate(&["policy", "init"]).expect(2);
    assert!(run.stderr.contains("there is a policy already, pyproject.toml:4"), "{run:#?}");
    assert!(!repo.dir.join("cwegate.toml").exists());
    repo.stage("cwegate.toml", "extends = \"audit\"\n");
    let run = repo.cwegate(&["policy", "check"]).expect(0);
    assert!(
        run.stdout.contains("so that this table has no effect") && run.stdout.contains(" --> pyproject.toml:4"),
        "{run:#?}"
    );
    // A file of other tools is in nobody's way.
    repo.git(&["rm", "-q", "-f", "cwegate.toml"]);
    repo.stage("pyproject.toml", "[project]\nname = \"x\"\n");
    repo.cwegate(&["policy", "init"]).expect(0);
    assert!(!repo.cwegate(&["policy", "check"]).expect(0).stdout.contains("pyproject"));
}

#[test]
fn attributes_come_from_the_index() {
    let repo = Repo::with_commit();
    repo.stage("cwegate.toml", "[[paths]]\nkind = \"vendored\"\naction = \"off\"\n");
    repo.stage("app.py", BAD);
    repo.write(".gitattributes", "*.py linguist-vendored\n");
    repo.cwegate(&["scan"]).expect(1);
    repo.git(&["add", ".gitattributes"]);
    repo.write(".gitattributes", "");
    repo.cwegate(&["scan"]).expect(0);
}

#[test]
fn a_model_in_the_repository_has_to_be_pinned() {
    let repo = Repo::with_commit();
    for file in ["model.toml", "model.onnx", "tokenizer.json"] {
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("model").join(file);
        repo.write(&format!("judge/{file}"), std::fs::read(from).expect("a file"));
    }
    repo.stage("app.py", BAD);
    let run = repo.cwegate(&["scan", "--model", "judge"]).expect(2);
    assert!(run.stderr.contains("the policy does not pin it"), "{run:#?}");
    let info = repo.cwegate(&["model", "info"]).expect(0).stdout;
    let hash = info.split_whitespace().find(|word| word.len() == 64).expect("a hash").to_owned();
    repo.write("cwegate.toml", format!("[model]\nhash = \"{hash}\"\npath = \"judge\"\n"));
    repo.cwegate(&["scan"]).expect(1);
    repo.cwegate(&["scan", "--model", "judge"]).expect(1);
    repo.write("cwegate.toml", format!("[model]\nhash = \"{}\"\n", "0".repeat(64)));
    let run = repo.cwegate(&["scan"]).expect(2);
    assert!(run.stderr.contains("the policy wants the model with the hash 000"), "{run:#?}");
    repo.cwegate(&["scan", "--model", "judge"]).expect(2);
}

#[test]
fn a_monorepo() {
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/monorepo");
    let repo = Repo::with_commit();
    for policy in ["cwegate.toml", "services/pay/cwegate.toml", "lab/cwegate.toml"] {
        repo.stage(policy, std::fs::read(example.join(policy)).expect("a policy"));
    }
    repo.stage("services/web/app.py", format!("# @generated\n{BAD}"));
    repo.stage("services/pay/app.py", BAD);
    repo.stage("services/pay/tests/test_app.py", BAD);
    repo.stage("lab/app.py", BAD);
    repo.stage("app.py", bad_with("  # cwegate: allow[CWE-89]"));
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(1);
    let found = judged(&run);
    let action = |path: &str| found.iter().find(|(found, ..)| found == path).map(|(_, action, _)| action.as_str());
    assert_eq!(action("services/web/app.py"), None, "generated");
    assert_eq!(action("services/pay/app.py"), Some("block"));
    assert_eq!(action("services/pay/tests/test_app.py"), Some("warn"));
    assert_eq!(action("lab/app.py"), None, "only secrets matter there");
    assert_eq!(action("app.py"), Some("block"), "a reason is required");
    // From wherever it is run.
    let below = common::cwegate(&repo.dir.join("lab"), &["scan", "--format", "json"]).expect(1);
    assert_eq!(judged(&below), found);
    let shown = repo.cwegate(&["policy", "show", "--origin", "services/pay/app.py"]).expect(0).stdout;
    assert!(shown.contains("\"*\" = \"block\"") && shown.contains("# services/pay/cwegate.toml:6"), "{shown}");
    repo.cwegate(&["policy", "check"]).expect(0);
}

#[test]
fn check_finds_exemptions_that_nothing_needs() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let allow = "[[allow]]\ncwe = \"CWE-89\"\npath = \"app.py\"\n\n[[allow]]\ncwe = \"CWE-78\"\npath = \"app.py\"\n";
    repo.stage("cwegate.toml", allow);
    let checked = repo.cwegate(&["policy", "check"]).expect(0).stdout;
    assert!(checked.contains("the exemption for CWE-78 in `app.py` suppresses nothing"), "{checked}");
    assert!(!checked.contains("the exemption for CWE-89"), "{checked}");
    assert!(checked.contains(" --> cwegate.toml:5:1"), "{checked}");
}

#[test]
fn init_writes_a_policy_once() {
    let repo = Repo::with_commit();
    repo.stage("tests/test_app.py", "x = 1\n");
    repo.cwegate(&["policy", "init"]).expect(0);
    let text = std::fs::read_to_string(repo.dir.join("cwegate.toml")).expect("the policy");
    assert!(text.contains("match = [\"tests/**\"]"), "{text}");
    repo.cwegate(&["policy", "check"]).expect(0);
    repo.cwegate(&["policy", "init"]).expect(2);
    assert_eq!(repo.cwegate(&["policy", "init", "--stdout"]).expect(0).stdout, text);
}

#[test]
fn both_readers_read_the_same_file() {
    let repo = Repo::with_commit();
    repo.stage("a [b]/c*.txt", "committed");
    repo.stage("c.txt", "other");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", repo.dir.join("link")).expect("a link");
        repo.git(&["add", "link"]);
    }
    repo.git(&["commit", "-qm", "files"]);
    repo.stage("a [b]/c*.txt", "staged");
    repo.write("a [b]/c*.txt", "neither");
    let readers: [Box<dyn Reader>; 2] =
        [Box::new(LibGit::at(&repo.dir).expect("opens")), Box::new(Plumbing::at(&repo.dir).expect("opens"))];
    for reader in readers {
        let file =
            |version: &Version, path: &str| reader.file(version, &path.into()).map_err(|error| error.to_string());
        let head = Version::Commit("HEAD".to_owned());
        assert_eq!(file(&head, "a [b]/c*.txt"), Ok(Some(b"committed".to_vec())));
        assert_eq!(file(&Version::Index, "a [b]/c*.txt"), Ok(Some(b"staged".to_vec())));
        for version in [&head, &Version::Index] {
            assert_eq!(file(version, "a [b]/*.txt"), Ok(None), "a name is no pattern");
            assert_eq!(file(version, "none"), Ok(None));
            #[cfg(unix)]
            assert!(file(version, "link").expect_err("a link").contains("is no file there"));
        }
        assert!(file(&Version::Commit("nowhere".to_owned()), "c.txt").is_err());
    }
}

/// A finding that is described by a few small numbers.
fn finding(path: &str, scope: &str, statement: &str, cwe: u16, status: Status) -> Finding {
    Finding {
        cwe: CweId(cwe),
        also: vec![],
        path: RepoPath::from(path),
        scope: scope.to_owned(),
        region: Region { start_line: 1, start_column: 1, end_line: 1, end_column: 2 },
        lines: (1, 1),
        status,
        probability: 0.9,
        before: None,
        threshold: 0.5,
        statement: statement.to_owned(),
        excerpt: vec![],
        fingerprint: "0".repeat(32),
        line_hash: String::new(),
        removed: vec![],
        evidence: vec![],
        cells: None,
        cells_before: None,
    }
}

fn some_findings() -> impl Strategy<Value = Vec<Finding>> {
    let path = prop::sample::select(vec!["a.py", "b.py", "c \"d\".py"]);
    let scope = prop::sample::select(vec!["<module>", "f", "C.g"]);
    let statement = prop::sample::select(vec!["run(x)", "run(y)", "eval(x)"]);
    let cwe = prop::sample::select(vec![89, 78]);
    let one = (path, scope, statement, cwe)
        .prop_map(|(path, scope, statement, cwe)| finding(path, scope, statement, cwe, Status::Existing));
    prop::collection::vec(one, 0..12)
}

/// The files that hold these findings' statements; those of `unscored` are there as well, and were not looked at.
fn files(findings: &[Finding], unscored: &[Finding]) -> BTreeMap<RepoPath, Scanned> {
    let mut files: BTreeMap<RepoPath, Scanned> = BTreeMap::new();
    for (list, scored) in [(findings, true), (unscored, false)] {
        for finding in list {
            let seen = SeenStatement {
                scope: finding.scope.clone(),
                text: finding.statement.clone(),
                lines: finding.lines,
                scored,
            };
            files.entry(finding.path.clone()).or_default().statements.push(seen);
        }
    }
    files
}

fn verdict(findings: Vec<Finding>, unscored: &[Finding], baseline: &Baseline, exists: bool) -> Verdict {
    let policies = Policies::one(Policy::parse("gate.fail-on = \"any\"", "p").expect("a policy"));
    let classes = [89, 78].map(|id| ClassThresholds {
        id: CweId(id),
        members: vec![],
        budgets: vec![1.0],
        thresholds: vec![0.5],
    });
    let today = Date { year: 2026, month: 11, day: 22 };
    let rules = Rules { policies: &policies, baseline, own: None, exists: &|_| exists, today };
    let scanned = files(&findings, unscored);
    rules.judge(findings, &classes, &scanned, vec![], Summary::default()).expect("a verdict")
}

fn uncovered(verdict: &Verdict) -> usize {
    verdict.findings.iter().filter(|judged| judged.suppressed.is_none()).count()
}

proptest! {
    #[test]
    fn a_baseline_then_a_scan_gives_nothing_new(findings in some_findings()) {
        let baseline = Baseline::of(&findings);
        let read = Baseline::parse(&baseline.to_text()).expect("a baseline");
        prop_assert!(read.entries().eq(baseline.entries()));
        prop_assert_eq!(read.to_text(), baseline.to_text());
        let verdict = verdict(findings, &[], &read, true);
        prop_assert_eq!(uncovered(&verdict), 0);
        prop_assert_eq!(verdict.notices, []);
    }

    #[test]
    fn one_more_is_one_new(findings in some_findings(), at: prop::sample::Index, elsewhere: bool, looked_at: bool) {
        prop_assume!(!findings.is_empty());
        let baseline = Baseline::of(&findings);
        let mut copy = Finding { status: Status::New, ..findings[at.index(findings.len())].clone() };
        if elsewhere {
            copy.path = "copy.py".into();
        }
        let verdict = if looked_at {
            verdict([findings.clone(), vec![copy]].concat(), &[], &baseline, true)
        } else {
            // The change touches the copy alone.
            let beside: Vec<Finding> = findings.iter().filter(|finding| finding.path == copy.path).cloned().collect();
            verdict(vec![copy], &beside, &baseline, true)
        };
        prop_assert_eq!(uncovered(&verdict), 1);
        prop_assert!(verdict.findings.iter().all(|judged| judged.suppressed.is_some() || judged.finding.status == Status::New));
    }

    #[test]
    fn what_moves_stays_covered(findings in some_findings(), file: bool) {
        let baseline = Baseline::of(&findings);
        let moved: Vec<Finding> = findings
            .iter()
            .map(|finding| match file {
                true => Finding { path: format!("moved/{}", finding.path.to_text()).as_str().into(), ..finding.clone() },
                false => Finding { scope: format!("moved.{}", finding.scope), ..finding.clone() },
            })
            .collect();
        prop_assert_eq!(uncovered(&verdict(moved, &[], &baseline, false)), 0);
    }

    #[test]
    fn merging_baselines_is_a_union(a in some_findings(), b in some_findings(), c in some_findings()) {
        let (a, b, c) = (Baseline::of(&a), Baseline::of(&b), Baseline::of(&c));
        let text = |baseline: &Baseline| baseline.to_text();
        prop_assert_eq!(text(&a.merge(&b)), text(&b.merge(&a)));
        prop_assert_eq!(text(&a.merge(&b).merge(&c)), text(&a.merge(&b.merge(&c))));
        prop_assert_eq!(text(&a.merge(&a)), text(&a));
        // As git's union of lines: all entries of both, in any order, some twice.
        let entry_lines = |baseline: &Baseline| -> Vec<String> {
            text(baseline).lines().filter(|line| line.starts_with("{\"path\"")).map(str::to_owned).collect()
        };
        let lines = [entry_lines(&b), entry_lines(&a)].concat().join("\n");
        let both = format!("{{\"schema\": \"cwegate-baseline/1\", \"findings\": [\n{lines}\nnull\n]}}\n");
        prop_assert_eq!(text(&Baseline::parse(&both).expect("a baseline")), text(&a.merge(&b)));
    }

    #[test]
    fn any_order_of_hunks_gives_the_same_fingerprints(order in Just((0..8usize).collect::<Vec<_>>()).prop_shuffle()) {
        // Some in functions, some at the top level, some of them equal; the rest keeps them apart.
        let hunk = |number: usize| match number {
            0..4 => format!("def f{number}(x):\n    run(x, {})\n\n\n", number % 2),
            _ => format!("run(y, {})\na{number} = 1\nb{number} = 2\nc{number} = 3\nd{number} = 4\n\n", number % 2),
        };
        let fingerprints = |order: &[usize]| {
            let text: String = order.iter().map(|&number| hunk(number)).collect();
            let after = python::parse(text.as_bytes(), false);
            let row = |statement: &python::Statement| {
                Some(vec![if statement.text().starts_with("run") { 0.9 } else { 0.0 }])
            };
            let scores = after.statements.iter().map(row).collect();
            let diff = LineDiff::added(text.as_bytes());
            let pair = Pair::new("a.py".into(), Module::default(), after, text.into_bytes(), diff);
            let class = Class {
                id: CweId(89),
                members: vec![CweId(89)],
                temperature: 1.0,
                bias: 0.0,
                support: 1,
                thresholds: vec![0.5],
            };
            let found = attribute(&pair, 0, &[(Vec::new(), scores)], &[class], &[Thresholds { finds: 0.5, blocks: 0.5 }]);
            let mut fingerprints: Vec<String> = found.into_iter().map(|finding| finding.fingerprint).collect();
            fingerprints.sort();
            fingerprints
        };
        let straight: Vec<usize> = (0..8).collect();
        let expected = fingerprints(&straight);
        prop_assert_eq!(expected.len(), 8);
        prop_assert_eq!(fingerprints(&order), expected);
    }
}

//! The gate in real repositories, as git runs it.

mod common;

use common::{BAD, BAD_LINE, Repo, command, cwegate, cwegate_with, good};

#[test]
fn the_hook_refuses_an_injection_and_accepts_its_repair() {
    let repo = Repo::with_commit();
    repo.cwegate(&["install"]).expect(0);
    repo.stage("app.py", BAD);
    let refused = repo.git_may_fail(&["commit", "-m", "users"]).expect(1);
    let said = refused.stdout + &refused.stderr;
    assert!(said.contains("CWE-89") && said.contains("app.py:13"), "{said}");
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]).trim(), "1");

    repo.stage("app.py", good());
    repo.git_may_fail(&["commit", "-m", "users"]).expect(0);
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]).trim(), "2");
}

#[test]
fn the_staged_bytes_count_not_the_work_tree() {
    let repo = Repo::with_commit();
    repo.cwegate(&["install"]).expect(0);
    repo.stage("app.py", BAD);
    repo.write("app.py", good());
    repo.git_may_fail(&["commit", "-m", "users"]).expect(1);

    repo.stage("app.py", good());
    repo.write("app.py", BAD);
    repo.git_may_fail(&["commit", "-m", "users"]).expect(0);
}

#[test]
fn the_first_commit_of_a_repository() {
    let repo = Repo::new();
    repo.cwegate(&["install"]).expect(0);
    repo.stage("app.py", BAD);
    repo.git_may_fail(&["commit", "-m", "users"]).expect(1);
    repo.stage("app.py", good());
    repo.git_may_fail(&["commit", "-m", "users"]).expect(0);
}

#[test]
fn commit_all_and_commit_file_use_an_index_of_their_own() {
    let repo = Repo::with_commit();
    repo.stage("app.py", good());
    repo.stage("other.py", "x = 1\n");
    repo.git(&["commit", "-qm", "good"]);
    repo.cwegate(&["install"]).expect(0);

    repo.write("app.py", BAD);
    repo.write("other.py", "x = 2\n");
    repo.git_may_fail(&["commit", "-am", "both"]).expect(1);
    repo.git_may_fail(&["commit", "-m", "harmless", "other.py"]).expect(0);
    repo.git_may_fail(&["commit", "-m", "bad", "app.py"]).expect(1);

    // Staged bad code is not part of `git commit FILE`.
    repo.git(&["add", "app.py"]);
    repo.write("other.py", "x = 3\n");
    repo.git_may_fail(&["commit", "-m", "harmless", "other.py"]).expect(0);
    repo.git_may_fail(&["commit", "-m", "bad"]).expect(1);
}

#[test]
fn linked_worktree_subfolder_and_environment() {
    let repo = Repo::with_commit();
    repo.cwegate(&["install"]).expect(0);
    repo.git(&["worktree", "add", "-q", "../linked"]);
    let linked = repo.dir.parent().expect("a parent").join("linked");
    std::fs::write(linked.join("app.py"), BAD).expect("a file");
    let git = |args: &[&str]| command("git", &linked).args(args).output().expect("git runs").status.code();
    assert_eq!(git(&["add", "app.py"]), Some(0));
    cwegate(&linked, &["scan"]).expect(1);
    repo.cwegate(&["scan"]).expect(0);
    assert_eq!(git(&["commit", "-m", "users"]), Some(1));

    std::fs::create_dir(linked.join("folder")).expect("a folder");
    cwegate(&linked.join("folder"), &["scan"]).expect(1);

    let elsewhere = tempfile::tempdir().expect("a folder");
    let run = cwegate_with(elsewhere.path(), &["scan"], |command| {
        command.env("GIT_DIR", linked.join(".git")).env("GIT_WORK_TREE", &linked);
    });
    run.expect(1);
}

#[test]
fn an_index_named_by_the_environment_is_the_one() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let other = repo.dir.join(".git").join("other-index");
    std::fs::copy(repo.dir.join(".git/index"), &other).expect("a copy");
    repo.git(&["rm", "-q", "--cached", "app.py"]);
    repo.cwegate(&["scan"]).expect(0);
    for index in [other.as_os_str(), ".git/other-index".as_ref()] {
        cwegate_with(&repo.dir, &["scan"], |command| {
            command.env("GIT_INDEX_FILE", index);
        })
        .expect(1);
    }
}

#[test]
fn old_debt_is_shown_and_not_blamed() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "debt"]);
    let longer = format!("{BAD}\n\ndef count(items):\n    return len(items)\n");
    repo.stage("app.py", longer);
    repo.cwegate(&["scan"]).expect(0);

    // In the very function that changes.
    repo.stage("app.py", BAD.replace("    conn =", "    page = 1\n    conn ="));
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(0);
    assert!(run.findings().contains(&("app.py".into(), "CWE-89".into(), "existing".into())), "{run:#?}");
}

#[test]
fn what_is_moved_renamed_or_laid_out_anew_is_not_new() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "debt"]);

    repo.git(&["mv", "app.py", "service.py"]);
    repo.stage("service.py", format!("{BAD}\n\ndef ready():\n    return True\n"));
    repo.cwegate(&["scan"]).expect(0);

    let laid_out = BAD.replace(
        "    cur.execute(f\"SELECT id, email FROM users WHERE name = '{name}'\")",
        "    cur.execute(\n        f\"SELECT id, email FROM users WHERE name = '{name}'\"  # the name\n    )",
    );
    assert_ne!(laid_out, BAD);
    repo.stage("service.py", laid_out);
    repo.cwegate(&["scan"]).expect(0);
}

#[test]
fn what_moves_to_another_file_in_one_commit_is_not_new() {
    let repo = Repo::with_commit();
    let (head, view) = BAD.split_once("@app.route").expect("a view");
    let view = format!("@app.route{view}");
    let other = "from app import app\nimport sqlite3\nfrom flask import request\n\n\n";
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "debt"]);

    repo.stage("app.py", head);
    repo.stage("users.py", format!("{other}{view}"));
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(0);
    assert_eq!(run.findings(), [("users.py".into(), "CWE-89".into(), "existing".into())]);
    repo.git(&["rm", "-q", "-f", "app.py"]);
    repo.cwegate(&["scan"]).expect(0);

    // What stays where it was as well is a copy.
    repo.stage("app.py", BAD);
    repo.cwegate(&["scan"]).expect(1);
}

#[test]
fn a_second_copy_is_new_and_a_repair_is_told() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "debt"]);
    let copy =
        BAD.split("@app.route").nth(1).expect("a view").replace("find_user", "find_again").replace("/users", "/again");
    repo.stage("app.py", format!("{BAD}\n\n@app.route{copy}"));
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(1);
    assert!(run.findings().contains(&("app.py".into(), "CWE-89".into(), "new".into())), "{run:#?}");

    repo.stage("app.py", good());
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(0);
    assert!(run.findings().contains(&("app.py".into(), "CWE-89".into(), "fixed".into())), "{run:#?}");
}

#[test]
fn ranges_bases_work_tree_and_files() {
    let repo = Repo::with_commit();
    repo.git(&["branch", "base"]);
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "bad"]);
    repo.git(&["checkout", "-q", "base"]);
    repo.stage("elsewhere.py", BAD);
    repo.git(&["commit", "-qm", "elsewhere"]);
    repo.git(&["checkout", "-q", "main"]);

    repo.cwegate(&["scan"]).expect(0);
    repo.cwegate(&["scan", "--range", "HEAD^..HEAD"]).expect(1);
    repo.cwegate(&["scan", "--range", "HEAD..HEAD"]).expect(0);
    repo.cwegate(&["scan", "--range", "..HEAD"]).expect(1);
    let run = repo.cwegate(&["scan", "--base", "base", "--format", "json"]).expect(1);
    let paths: Vec<String> = run.findings().into_iter().map(|(path, ..)| path).collect();
    assert_eq!(paths, ["app.py"], "only what this branch changed since the merge base");

    repo.write("app.py", good());
    repo.cwegate(&["scan", "--worktree"]).expect(0);
    repo.git(&["checkout", "-q", "--", "app.py"]);
    repo.write("README.md", "x\n");
    repo.stage("second.py", good());
    repo.write("second.py", BAD);
    repo.cwegate(&["scan", "--worktree"]).expect(1);
    repo.cwegate(&["scan"]).expect(0);

    repo.cwegate(&["scan", "app.py"]).expect(1);
    repo.write(".gitignore", "app.py\nsecond.py\n");
    repo.cwegate(&["scan", "."]).expect(0);
}

#[test]
fn bare_repositories_answer_ranges_only() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "bad"]);
    repo.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = repo.dir.parent().expect("a parent").join("bare.git");
    let run = cwegate(&bare, &["scan"]).expect(2);
    assert!(run.stderr.contains("bare") && run.stderr.contains("--range"), "{run:#?}");
    cwegate(&bare, &["scan", "--range", "HEAD^..HEAD"]).expect(1);
}

#[test]
fn a_cut_off_history_says_what_to_fetch() {
    let repo = Repo::with_commit();
    repo.git(&["branch", "base"]);
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "bad"]);
    let shallow = repo.dir.parent().expect("a parent").join("shallow");
    let url = format!("file://{}", repo.dir.display());
    repo.git(&["clone", "-q", "--depth=1", "--no-single-branch", &url, &shallow.to_string_lossy()]);
    let run = cwegate(&shallow, &["scan", "--range", "HEAD^..HEAD"]).expect(3);
    assert!(run.stderr.contains("git fetch --unshallow"), "{run:#?}");
    let run = cwegate(&shallow, &["scan", "--base", "origin/base"]).expect(3);
    assert!(run.stderr.contains("no common ancestor") && run.stderr.contains("--unshallow"), "{run:#?}");
    repo.cwegate(&["scan", "--range", "nowhere..HEAD"]).expect(2);
}

#[test]
fn what_is_not_a_python_file_is_counted() {
    let repo = Repo::with_commit();
    repo.stage("gone.py", "x = 1\n");
    repo.git(&["commit", "-qm", "gone"]);
    repo.git(&["rm", "-q", "gone.py"]);
    repo.stage("notes.txt", "text\n");
    repo.stage("run", "#!/usr/bin/env python3\nprint(1)\n");
    repo.stage("other", "#!/bin/sh\n");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", repo.dir.join("link.py")).expect("a link");
        repo.git(&["add", "link.py"]);
    }
    let head = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},module.py", head.trim())]);
    repo.write("later.py", "x = 1\n");
    repo.git(&["add", "-N", "later.py"]);
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(0);
    let summary = &run.json()["summary"];
    assert_eq!(summary["files"], 1, "the script without an ending: {summary}");
    for (kind, count) in [("deleted", 1), ("not python", 2), ("symlink", 1), ("submodule", 1)] {
        assert_eq!(summary["skipped"][kind], count, "{kind}: {summary}");
    }
}

#[test]
fn reports_in_several_formats_at_once() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let out = tempfile::tempdir().expect("a folder");
    let file = |name: &str| out.path().join(name).to_string_lossy().into_owned();
    let (sarif, json) = (format!("sarif={}", file("a.sarif")), format!("json={}", file("a.json")));
    let before = repo.state();
    let run = repo.cwegate(&["scan", "--output", &sarif, "--output", &json, "--color", "never"]).expect(1);
    assert_eq!(repo.state(), before, "index, work tree, hooks and configuration stay as they are");
    assert!(run.stdout.contains("CWE-89") && !run.stdout.contains('\x1b'), "{run:#?}");
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(file(name)).expect("a report")).expect("JSON")
    };
    let result = &read("a.sarif")["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "CWE-89");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], BAD_LINE);
    assert_eq!(read("a.json")["findings"][0]["region"]["start_line"], BAD_LINE);
    assert_eq!(std::fs::read_dir(out.path()).expect("a folder").count(), 2, "no temporary file is left");

    let coloured = repo.cwegate(&["scan", "--color", "always"]).expect(1);
    assert!(coloured.stdout.contains('\x1b'));
    let run = cwegate_with(&repo.dir, &["scan"], |command| {
        command.env("NO_COLOR", "1");
    })
    .expect(1);
    assert!(!run.stdout.contains('\x1b'));
    repo.cwegate(&["scan", "--output", "sarif=/no/such/folder/x.sarif"]).expect(3);
}

#[test]
fn quiet_when_all_is_well() {
    let repo = Repo::with_commit();
    repo.stage("app.py", good());
    let run = repo.cwegate(&["scan"]).expect(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    assert!(repo.cwegate(&["scan", "-v"]).expect(0).stdout.contains("passed"));
}

#[test]
fn one_weakness_is_told_once() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(1);
    let lines: Vec<u64> = run.json()["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["cwe"] == "CWE-89")
        .filter_map(|finding| finding["region"]["start_line"].as_u64())
        .collect();
    assert_eq!(lines, [BAD_LINE], "not the cursor, nor the result");
}

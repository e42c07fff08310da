//! `replay`: past commits through the gate.

mod common;

use common::{BAD, Repo, cwegate, good};

#[test]
fn a_history_with_one_would_be_block() {
    let repo = Repo::with_commit();
    repo.stage("app.py", good());
    repo.git(&["commit", "-qm", "good"]);
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "an injection <b>&\u{1b}[31m"]);
    repo.git(&["checkout", "-q", "-b", "side", "HEAD^"]);
    repo.stage("other.py", "x = 1\n");
    repo.git(&["commit", "-qm", "side"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "-m", "merge", "side"]);
    repo.stage("app.py", good());
    repo.git(&["commit", "-qm", "repaired"]);

    let out = tempfile::tempdir().expect("a folder");
    let html = out.path().join("replay.html");
    let jsonl = out.path().join("replay.jsonl");
    let before = repo.state();
    let run = cwegate(
        out.path(),
        &[
            "replay",
            &repo.dir.to_string_lossy(),
            "--html",
            &html.to_string_lossy(),
            "--jsonl",
            &jsonl.to_string_lossy(),
        ],
    )
    .expect(0);
    assert_eq!(repo.state(), before);
    let said = &run.stdout;
    assert!(said.contains("5 (4 with Python changes)"), "merges are left out: {said}");
    assert!(said.contains("would be blocked  1 (25.00 per 100"), "{said}");
    assert!(said.contains("app.py:13  CWE-89"), "{said}");
    assert!(!said.contains('\x1b'));
    let page = std::fs::read_to_string(html).expect("the page");
    assert!(page.contains("&lt;b&gt;&amp;") && !page.contains("<b>") && !page.contains('\x1b'));
    assert!(page.contains("<svg") && !page.contains("<script"));
    let day = repo.git(&["log", "-1", "--date=format-local:%Y-%m-%d", "--format=%cd"]);
    assert!(
        page.contains(&format!(">{}; red blocks", day.trim())),
        "the plot ends with the newest commit's day: {page}"
    );

    let lines = std::fs::read_to_string(jsonl).expect("the lines");
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!(lines.len(), 5);
    let blocked: Vec<_> = lines.iter().filter(|line| line["blocked"] == true).collect();
    assert_eq!(blocked.len(), 1);
    assert_eq!(blocked[0]["alarms"][0]["line"], 13);
    assert_eq!(blocked[0]["scanned"], serde_json::json!([{"path": "app.py", "role": "modified"}]));

    let run = cwegate(&repo.dir, &["replay", "--commits", "1"]).expect(0);
    assert!(run.stdout.contains("1 (1 with Python changes)"), "{run:#?}");
    cwegate(out.path(), &["replay"]).expect(2);
}

#[test]
fn the_policy_is_the_repositorys_from_wherever_it_is_replayed() {
    let repo = Repo::with_commit();
    repo.stage("cwegate.toml", "extends = \"audit\"\n");
    repo.stage("sub/cwegate.toml", "[[paths]]\nmatch = [\"old.py\"]\naction = \"off\"\n");
    repo.stage("sub/app.py", BAD);
    repo.stage("sub/old.py", BAD.replace("find_user", "find_old"));
    repo.commit("bad");
    for folder in [repo.dir.clone(), repo.dir.join("sub")] {
        let run = cwegate(&folder, &["replay"]).expect(0);
        assert!(run.stdout.contains("would be blocked  0"), "{folder:?}: {run:#?}");
        assert!(run.stdout.contains("alarms                         1 "), "{folder:?}: {run:#?}");
    }
}

#[test]
fn where_a_shallow_clone_ends_nothing_is_blamed() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.commit("debt");
    repo.stage("more.py", "x = 1\n");
    repo.commit("more");
    let clone = repo.beside("shallow");
    repo.git(&["clone", "-q", "--depth=2", &format!("file://{}", repo.dir.display()), &clone.to_string_lossy()]);
    let run = cwegate(&clone, &["replay"]).expect(0);
    assert!(run.stdout.contains("commits                        1 (1 with Python changes)"), "{run:#?}");
    assert!(run.stdout.contains("would be blocked  0"), "{run:#?}");
    assert!(run.stderr.contains("left out since the history here is cut off: 1; `git fetch --unshallow`"), "{run:#?}");
    // The first commit of a whole history is one like others.
    let run = cwegate(&repo.dir, &["replay"]).expect(0);
    assert!(run.stdout.contains("3 (2 with Python changes)") && run.stderr.is_empty(), "{run:#?}");
}

//! What findings hang on, with the real model.

mod common;

use common::{BAD, BAD_LINE, Repo, good};
use cwegate::evidence::MODEL_RUNS;
use serde_json::Value;

fn scan(repo: &Repo, more: &[&str]) -> Value {
    let args = [&["scan", "--format", "json", "--category", "x"], more].concat();
    repo.cwegate(&args).json()
}

fn odds(probability: &Value) -> f64 {
    let probability = probability.as_f64().expect("a number").clamp(1e-4, 1.0 - 1e-4);
    probability / (1.0 - probability)
}

#[test]
fn a_finding_hangs_on_lines_of_its_file() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let report = scan(&repo, &[]);
    let found = report["findings"].as_array().expect("a list");
    let query = found.iter().find(|finding| finding["region"]["start_line"] == BAD_LINE).expect("the query");
    let evidence = query["evidence"].as_array().expect("a list");
    assert!((1..=3).contains(&evidence.len()), "{evidence:#?}");
    let lines: Vec<u64> = evidence.iter().map(|one| one["region"]["start_line"].as_u64().expect("a line")).collect();
    assert!(lines.is_sorted() && !lines.contains(&BAD_LINE), "{lines:?}");
    for (one, &line) in evidence.iter().zip(&lines) {
        let source = BAD.lines().nth(line as usize - 1).expect("a line");
        let (start, end) = (&one["region"]["start_column"], &one["region"]["end_column"]);
        let place = start.as_u64().expect("a column") as usize - 1..end.as_u64().expect("a column") as usize - 1;
        // One space everywhere but in strings, and no comment: here the canonical text is the text.
        assert_eq!(one["statement"], source[place], "{line}");
        assert!(odds(&one["without"]) <= odds(&query["probability"]) / 1.9, "{one}");
    }
}

#[test]
fn evidence_changes_nothing_else() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let mut with = scan(&repo, &[]);
    let without = scan(&repo, &["--no-evidence"]);
    for finding in with["findings"].as_array_mut().expect("a list") {
        finding["evidence"] = Value::Array(vec![]);
    }
    assert_eq!(with, without);
}

#[test]
fn what_was_there_before_is_not_asked_about() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "bad"]);
    repo.stage("app.py", format!("{BAD}\n\ndef more():\n    return 1\n"));
    repo.stage("other.py", good());
    let run = repo.cwegate(&["scan", "--format", "json"]);
    for finding in run.json()["findings"].as_array().expect("a list") {
        assert!(finding["status"] == "new" || finding["evidence"] == Value::Array(vec![]), "{finding}");
    }
}

/// However much is wrong, the model is not run more often than so.
#[test]
fn the_model_runs_are_bounded() {
    let repo = Repo::with_commit();
    let (head, body) = BAD.split_at(BAD.find("@app.route").expect("the view"));
    let mut code = head.to_owned();
    for number in 0..24 {
        code.push_str(
            &body.replace("find_user", &format!("find_{number}")).replace("users", &format!("table_{number}")),
        );
        code.push_str("\n\n");
    }
    repo.stage("app.py", code);
    let run = common::cwegate_with(&repo.dir, &["scan", "-v", "--format", "json"], |command| {
        command.env("CWEGATE_RUNTIME", "rten");
    });
    let runs: Vec<usize> = run
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("note: scored ")?.split(' ').next()?.parse().ok())
        .collect();
    assert!(runs.iter().all(|&runs| runs <= MODEL_RUNS) && runs.iter().any(|&runs| runs > MODEL_RUNS / 2), "{runs:?}");
    let report = run.json();
    let told: Vec<bool> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| finding["evidence"] != Value::Array(vec![]))
        .collect();
    assert!(told.len() >= 20 && told[0] && !told[told.len() - 1], "the first are told, the last are not: {told:?}");
}

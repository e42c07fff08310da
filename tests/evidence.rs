//! What findings hang on, with the real model.

mod common;

use common::{BAD, Repo, good};
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

/// A path from outside is opened: the model looks at where it comes from.
const DOWNLOAD: &str = r#"import os

from flask import Flask, request

app = Flask(__name__)
INVOICES = "/srv/invoices"


@app.route("/invoice")
def invoice():
    name = request.args["name"]
    with open(os.path.join(INVOICES, name), "rb") as file:
        return file.read()
"#;

#[test]
fn a_finding_hangs_on_lines_of_its_file() {
    let repo = Repo::with_commit();
    repo.stage("app.py", DOWNLOAD);
    let report = scan(&repo, &[]);
    let found = report["findings"].as_array().expect("a list");
    let opened = found.iter().find(|finding| finding["cwe"] == "CWE-22").expect("the path");
    let evidence = opened["evidence"].as_array().expect("a list");
    assert!((1..=3).contains(&evidence.len()), "{evidence:#?}");
    let lines: Vec<u64> = evidence.iter().map(|one| one["region"]["start_line"].as_u64().expect("a line")).collect();
    assert!(lines.is_sorted() && lines.contains(&11) && !lines.contains(&12), "{lines:?}");
    for (one, &line) in evidence.iter().zip(&lines) {
        let source = DOWNLOAD.lines().nth(line as usize - 1).expect("a line");
        let column = |key: &str| one["region"][key].as_u64().expect("a column") as usize - 1;
        // One space everywhere but in strings, and no comment: here the canonical text is the text.
        assert_eq!(one["statement"], source[column("start_column")..column("end_column")], "{line}");
        assert!(odds(&one["without"]) <= odds(&opened["probability"]) / 1.45, "{one}");
    }
}

#[test]
fn evidence_changes_nothing_else() {
    let repo = Repo::with_commit();
    repo.stage("app.py", DOWNLOAD);
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
    let (head, body) = DOWNLOAD.split_at(DOWNLOAD.find("@app.route").expect("the view"));
    let mut code = head.to_owned();
    for number in 0..40 {
        code.push_str(
            &body.replace("invoice", &format!("invoice_{number}")).replace("file", &format!("file_{number}")),
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

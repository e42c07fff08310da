//! `score` and `windows`: the stable interfaces by which the model is trained and judged.

mod common;

use std::collections::HashMap;

use common::{BAD, BAD_LINE, Run, cwegate, cwegate_with};
use serde_json::{Value, json};

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

#[test]
fn files_give_a_line_a_statement() {
    let folder = folder(&[("app.py", BAD)]);
    let run = cwegate(folder.path(), &["score", "app.py"]).expect(0);
    let sink = lines(&run).into_iter().find(|line| line["start_line"] == BAD_LINE).expect("the sink's line");
    assert_eq!(
        (&sink["path"], &sink["scope"], &sink["end_line"]),
        (&json!("app.py"), &json!("find_user"), &json!(BAD_LINE))
    );
    assert!(sink["scores"]["CWE-89"].as_f64().is_some_and(|p| p > 0.3), "{sink}");
    assert!(sink["scores"].as_object().expect("scores").values().all(|p| p.as_f64().is_some_and(|p| p >= 0.01)));

    let all = cwegate(folder.path(), &["score", "--all", "."]).expect(0);
    let classes = lines(&all)[0]["scores"].as_object().expect("scores").len();
    assert_eq!(classes, 49);
    assert_eq!(lines(&all).len(), lines(&run).len());
}

#[test]
fn records_give_a_line_a_record() {
    let records = [
        json!({"id": "a", "code": BAD, "label": "vulnerable"}).to_string(),
        json!({"id": "b", "code": "x = 1\n"}).to_string(),
        json!({"id": "c"}).to_string(),
        "not json".to_owned(),
        json!({"id": "d", "code": "'''never\nends\n"}).to_string(),
        json!({"id": "e", "code": ""}).to_string(),
    ]
    .join("\n");
    let folder = folder(&[("r.jsonl", &records)]);
    let found = lines(&cwegate(folder.path(), &["score", "--records", "r.jsonl"]).expect(0));
    assert_eq!(
        found.iter().map(|line| line["id"].as_str().expect("an id")).collect::<Vec<_>>(),
        ["a", "b", "c", "line 4", "d", "e"]
    );
    let statements = found[0]["statements"].as_array().expect("statements");
    let top = statements.iter().filter_map(|s| s["scores"]["CWE-89"].as_f64()).fold(0.0, f64::max);
    assert_eq!(found[0]["scores"]["CWE-89"].as_f64(), Some(top));
    for at in [2, 3, 4] {
        assert!(found[at]["error"].is_string(), "{}", found[at]);
    }
    assert!(found[1]["error"].is_null() && found[5]["error"].is_null());

    let piped = cwegate_with(folder.path(), &["score", "--records", "-"], |command| {
        command.stdin(std::fs::File::open(folder.path().join("r.jsonl")).expect("a file"));
    });
    assert_eq!(lines(&piped.expect(0)), found);
}

#[test]
fn standard_input_and_missing_files() {
    let folder = folder(&[("app.py", BAD)]);
    let piped = cwegate_with(folder.path(), &["score", "-"], |command| {
        command.stdin(std::fs::File::open(folder.path().join("app.py")).expect("a file"));
    });
    assert!(lines(&piped.expect(0)).iter().all(|line| line["path"] == "-"));
    cwegate(folder.path(), &["score", "no-such.py"]).expect(2);
    cwegate(folder.path(), &["score"]).expect(2);
}

#[test]
fn scores_do_not_depend_on_company_or_threads() {
    let other = "def f(a):\n    return [b for b in a if b]\n".repeat(3);
    let folder = folder(&[("app.py", BAD), ("other.py", &other), ("third.py", &BAD.replace("name", "title"))]);
    let alone = cwegate(folder.path(), &["score", "--all", "--threads", "1", "app.py"]).expect(0);
    let together =
        cwegate(folder.path(), &["score", "--all", "--threads", "4", "app.py", "other.py", "third.py"]).expect(0);
    let only: Vec<Value> = lines(&together).into_iter().filter(|line| line["path"] == "app.py").collect();
    assert_eq!(lines(&alone), only);
}

#[test]
fn windows_are_what_the_model_reads() {
    let folder = folder(&[("app.py", BAD)]);
    let windows = lines(&cwegate(folder.path(), &["windows", "app.py"]).expect(0));
    let mut judged: HashMap<u64, usize> = HashMap::new();
    for window in &windows {
        let ids = window["ids"].as_array().expect("ids");
        for statement in window["statements"].as_array().expect("statements") {
            assert!((statement["at"].as_u64().expect("a place") as usize) < ids.len());
            if statement["target"] == true {
                *judged.entry(statement["start_line"].as_u64().expect("a line")).or_default() += 1;
            }
        }
    }
    assert_eq!(judged.get(&BAD_LINE), Some(&1));
    let texts = lines(&cwegate(folder.path(), &["windows", "--text", "app.py"]).expect(0));
    let view: Vec<&str> = texts[1]["statements"].as_array().expect("texts").iter().filter_map(Value::as_str).collect();
    assert_eq!(
        view,
        [
            "import sqlite3",
            "from flask import request",
            "app = Flask(__name__)",
            "@app.route(\"/users\")",
            "def find_user():",
            "name = request.args.get(\"name\")",
            "conn = sqlite3.connect(\"app.db\")",
            "cur = conn.cursor()",
            "cur.execute(f\"SELECT id, email FROM users WHERE name = '{name}'\")",
            "return {\"users\": cur.fetchall()}",
        ]
    );
}

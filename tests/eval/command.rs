//! The command, run with the embedded model.

use std::path::Path;

use cwegate::eval::layout::file_name;
use serde_json::{Value, json};

use crate::common::{BAD, cwegate, cwegate_with, good};

/// Two pairs and a clean record, the ids hostile.
const HOSTILE: &str = "<img src=x onerror=alert(1)>\u{1b}[31m";

fn data(folder: &Path) {
    let line = |id: &str, code: &str, label: &str, pair: Option<&str>| {
        let lines = if label == "vulnerable" { json!([13]) } else { Value::Null };
        json!({"id": id, "code": code, "label": label, "cwe": ["CWE-89"], "lines": lines, "pair_id": pair}).to_string()
    };
    let other = BAD.replace("find_user", "find_customer");
    let text = [
        line(HOSTILE, BAD, "vulnerable", Some("1")),
        line("1f", &good(), "fixed", Some("1")),
        line("2v", &other, "vulnerable", Some("2")),
        line("2f", &good().replace("find_user", "find_customer"), "fixed", Some("2")),
        line("c", "def f(a):\n    return a + 1\n", "clean", None),
        line("no Python", "'''never\nends\n", "clean", None),
    ]
    .join("\n");
    std::fs::write(folder.join("d.jsonl"), text).expect("the data");
    std::fs::create_dir_all(folder.join("clean/pkg")).expect("a folder");
    std::fs::write(folder.join("clean/pkg/a.py"), "def g(b):\n    return b\n").expect("a file");
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    data(folder.path());
    folder
}

/// A tool that marks the line of the first vulnerable record, and of the clean file.
fn tool(folder: &Path, name: &str) {
    let result = |uri: &str, line: u32| {
        json!({"ruleId": "CWE-89", "locations": [{"physicalLocation":
            {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}]})
    };
    let record = format!("out/{}", file_name(HOSTILE));
    let log = json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": name}},
        "results": [result(&record, 13), result("clean/pkg/a.py", 2)]}]});
    std::fs::write(folder.join("tool.sarif"), log.to_string()).expect("SARIF");
}

fn figure(system: &Value, key: &str) -> Value {
    let figures = system["figures"].as_array().expect("figures");
    figures.iter().find(|figure| figure["key"] == key).expect("the figure")["value"].clone()
}

#[test]
fn the_figures_agree_with_what_score_prints() {
    let folder = folder();
    let args = ["eval", "d.jsonl", "--clean", "clean", "--format", "json", "--resamples", "50"];
    let run = cwegate(folder.path(), &args).expect(0);
    let found = run.json();
    assert_eq!(found["schema"], "cwegate-eval/1");
    assert_eq!(found["data"]["records"], 6);
    let system = &found["systems"][0];
    assert_eq!((&system["kind"], &system["unread"]), (&json!("model"), &json!(1)));
    assert_eq!(system["clean"]["lines"], 2);
    assert_eq!(cwegate(folder.path(), &args).stdout, run.stdout, "the same again, to the last digit");

    let scored = cwegate(folder.path(), &["score", "--all", "--records", "d.jsonl"]).expect(0);
    let lines: Vec<Value> = scored.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let top = |at: usize| {
        let scores = lines[at]["scores"].as_object().expect("scores");
        scores.values().filter_map(Value::as_f64).fold(0.0, f64::max)
    };
    let own = |at: usize| lines[at]["scores"]["CWE-89"].as_f64().expect("a score");
    let share = |ranks: [bool; 2]| ranks.iter().filter(|higher| **higher).count() as f64 / 2.0;
    assert_eq!(figure(system, "pair_rank").as_f64(), Some(share([top(0) > top(1), top(2) > top(3)])));
    assert_eq!(figure(system, "pair_rank_class").as_f64(), Some(share([own(0) > own(1), own(2) > own(3)])));
    let brier: f64 = [(0, 1.0), (1, 0.0), (2, 1.0), (3, 0.0), (4, 0.0)]
        .iter()
        .map(|&(at, truth): &(usize, f64)| (own(at) - truth).powi(2))
        .sum();
    // The record that cannot be read counts as passed: probability 0, and clean.
    assert!(figure(system, "brier").as_f64().is_some_and(|found| (found - brier / 6.0).abs() < 1e-4), "{system}");
}

#[test]
fn a_record_is_read_once_whatever_its_cookie_and_mark() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = "import os\n\ndef élan(été):\n    os.system('écho ' + été)\n";
    let probabilities = |first_line: &str| {
        let record =
            json!({"id": "a", "code": format!("{first_line}\n{code}"), "label": "vulnerable", "cwe": ["CWE-78"]});
        // The byte order mark is the file's, as Windows' editors write it.
        std::fs::write(folder.path().join("r.jsonl"), format!("\u{feff}{record}\r\n")).expect("the data");
        let scored = cwegate(folder.path(), &["score", "--all", "--records", "r.jsonl"]).expect(0).json();
        assert_eq!((&scored["id"], &scored["error"]), (&json!("a"), &Value::Null));
        let measured = cwegate(folder.path(), &["eval", "r.jsonl", "--resamples", "0", "--format", "json"]).expect(0);
        (scored["scores"].clone(), figure(&measured.json()["systems"][0], "brier"))
    };
    assert_eq!(probabilities("# coding: latin-1"), probabilities("# no cookie"));
}

#[test]
fn a_tool_is_set_beside_the_model() {
    let folder = folder();
    let run = cwegate(folder.path(), &["eval", "--export", "out", "d.jsonl"]).expect(0);
    assert!(run.stdout.contains("6 records"), "{run:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("out").join(file_name("1f"))).expect("a file"), good());
    tool(folder.path(), "a tool");
    let args = ["eval", "d.jsonl", "--clean", "clean", "--sarif", "tool.sarif", "--format", "json"];
    let found = cwegate(folder.path(), &args).expect(0).json();
    let system = &found["systems"][1];
    assert_eq!((&system["name"], &system["kind"]), (&json!("a tool"), &json!("tool")));
    assert_eq!(figure(system, "recall"), 0.5);
    assert_eq!(figure(system, "pair_correct_class"), 0.5);
    assert_eq!(figure(system, "top_1"), 0.5);
    assert_eq!(figure(system, "ece"), Value::Null);
    assert_eq!((&system["spread"]["rare_by"], &system["classes"][0]["trained_on"]), (&json!("data"), &Value::Null));
    assert!(found["systems"][0]["classes"][0]["trained_on"].is_u64(), "the model's own");
    assert_eq!(system["clean"]["per_1000"]["value"], 500.0);
    assert_eq!(found["comparisons"][0]["second"], "a tool");

    let alone =
        cwegate(folder.path(), &["eval", "d.jsonl", "--no-model", "--sarif", "mine=tool.sarif", "--format", "json"]);
    let alone = alone.expect(0).json();
    assert_eq!((alone["systems"].as_array().map(Vec::len), &alone["systems"][0]["name"]), (Some(1), &json!("mine")));
    assert_eq!(alone["comparisons"], json!([]));
}

#[test]
fn the_page_is_whole_and_hostile_text_stays_text() {
    let folder = folder();
    tool(folder.path(), "</title><script>alert(1)</script>\u{202e}");
    let args = ["eval", "d.jsonl", "--clean", "clean", "--sarif", "tool.sarif", "--resamples", "20"];
    let page = cwegate(folder.path(), &[&args[..], &["--format", "html"]].concat()).expect(0).stdout;
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("\\u{202e}"), "the name is shown");
    for never in ["<script", "<img", "onerror", "\u{202e}", "http://", "https://", " src=", "NaN", "inf"] {
        assert!(!page.contains(never), "`{never}` is in the page");
    }
    for tag in ["svg", "table", "figure", "text", "title", "h2", "p", "tr", "td", "div"] {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        let opened =
            page.match_indices(&open).filter(|(at, _)| matches!(page.as_bytes()[at + open.len()], b'>' | b' '));
        assert_eq!(opened.count(), page.matches(&close).count(), "{tag}");
    }
    for diagram in ["own class: ECE", "Any class: average precision", "Confusion between classes"] {
        assert!(page.contains(diagram), "{diagram}");
    }

    let text = cwegate(folder.path(), &args).expect(0).stdout;
    assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text}");
    assert!(text.contains("not estimable") && text.contains("McNemar"), "{text}");
}

#[test]
fn wrong_usage_is_told() {
    let folder = folder();
    tool(folder.path(), "t");
    let says = |args: &[&str], what: &str| {
        let run = cwegate(folder.path(), &[&["eval"], args].concat()).expect(2);
        assert!(run.stderr.contains(what), "{run:#?}");
    };
    says(&[], "DATA");
    says(&["no-such.jsonl"], "cannot be read");
    says(&["tool.sarif"], "line 1, is not a labelled record");
    says(&["d.jsonl", "d.jsonl"], "of an earlier record");
    says(&["d.jsonl", "--no-model"], "--sarif");
    says(&["d.jsonl", "--sarif", "d.jsonl"], "is not SARIF");
    // A model takes long, and what is named in vain is told before it is run.
    let early = cwegate_with(folder.path(), &["eval", "d.jsonl", "--sarif", "no-such.sarif"], |command| {
        command.env("CWEGATE_RUNTIME", "none");
    });
    assert!(early.expect(2).stderr.contains("no-such.sarif"), "before the runtime is asked for");
    says(&["d.jsonl", "--budget=-1"], "alarms per 1,000");
    says(&["d.jsonl", "--export", "clean"], "is not empty");
    says(&["d.jsonl", "--model", "clean"], "model.toml");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("none.jsonl", "\n \n");
    says(&["none.jsonl"], "hold no record");
    let record = r#"{"id": "a", "code": "x = 1", "label": "clean"}"#;
    write("list.json", &format!("[{record},\n{record}]"));
    write("pretty.json", "{\n\"id\": \"a\"}");
    says(&["list.json"], "not JSON Lines");
    says(&["pretty.json"], "not JSON Lines");
    write("none.sarif", r#"{"version": "2.1.0", "runs": []}"#);
    says(&["d.jsonl", "--no-model", "--sarif", "none.sarif"], "has no run in `runs`");
    // As Windows' editors write it.
    write("mark.jsonl", &format!("\u{feff}{record}\r\n"));
    cwegate(folder.path(), &["eval", "mark.jsonl", "--resamples", "0"]).expect(0);
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    says(&["d.jsonl", "--clean", "empty"], "no Python file");
}

#[test]
fn models_are_set_side_by_side_if_their_classes_are_the_same() {
    let folder = folder();
    let embedded = Path::new(env!("CARGO_MANIFEST_DIR")).join("model");
    let manifest = std::fs::read_to_string(embedded.join("model.toml")).expect("the embedded model's manifest");
    for (name, manifest) in [
        ("same", manifest.replacen("version = \"", "version = \"9.", 1)),
        // A class of another name, as a later model may have.
        ("other", manifest.replace("\"CWE-1333\"", "\"CWE-407\"").replace("'CWE-1333'", "'CWE-407'")),
        // A class of the same name that stands for more.
        ("merged", manifest.replace(r#"members = ["CWE-59"]"#, r#"members = ["CWE-59", "CWE-61"]"#)),
    ] {
        let model = folder.path().join(name);
        std::fs::create_dir(&model).expect("a folder");
        std::fs::write(model.join("model.toml"), manifest).expect("a file");
        for file in ["model.onnx", "tokenizer.json"] {
            std::fs::copy(embedded.join(file), model.join(file)).expect("a file");
        }
    }
    let embedded = embedded.to_str().expect("a path");
    let args = ["eval", "d.jsonl", "--model", embedded, "--model", "same", "--resamples", "0", "--format", "json"];
    let found = cwegate(folder.path(), &args).expect(0).json();
    let (first, second) = (&found["systems"][0], &found["systems"][1]);
    assert_eq!(first["figures"], second["figures"]);
    assert_ne!(first["name"], second["name"]);
    let test = &found["comparisons"][0]["records"];
    assert_eq!((&test["first_only"], &test["second_only"], &test["p"]), (&json!(0), &json!(0), &json!(1.0)));
    assert!(first["figures"][0]["low"].is_null(), "no draws, no interval");

    for other in ["other", "merged"] {
        let run = cwegate(folder.path(), &["eval", "d.jsonl", "--model", embedded, "--model", other]).expect(2);
        assert!(run.stderr.contains("has other classes"), "{run:#?}");
    }
}

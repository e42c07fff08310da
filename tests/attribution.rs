//! What a change is to blame for: by scores that are given, and with the model as a user sees it.

mod common;

use common::{BAD, BAD_LINE, Repo, bad_view, good};
use cwegate::{
    attribute::{Finding, Pair, Status, attribute, link_moves},
    diff::LineDiff,
    model::{
        Bundle, Class,
        scores::{StatementScores, Thresholds},
    },
    path::RepoPath,
    python::{self, Module},
};

const LIMIT: Thresholds = Thresholds { finds: 0.5, blocks: 0.5 };
const SINK: &str = "os.system(";
const GUARD: &str = "if not trusted(x):";

fn pair(path: &str, before: &str, after: &str) -> Pair {
    let diff = LineDiff::between(before.as_bytes(), after.as_bytes());
    let module = |text: &str| python::parse(text.as_bytes(), false);
    Pair::new(RepoPath::new(path.as_bytes()), module(before), module(after), after.as_bytes().to_vec(), diff)
}

/// A judge by rule: a call of the sink is a weakness, as probable as `if_guarded` where its scope has the guard.
fn scores(module: &Module, classes: usize, if_guarded: f32) -> StatementScores {
    let guarded = |scope: usize| {
        module.scopes[scope].statements.iter().any(|&at| module.statements[at].text().starts_with(GUARD))
    };
    let row = |probability: f32| [&[probability][..], &vec![0.0; classes - 1]].concat();
    module
        .statements
        .iter()
        .map(|statement| {
            let is_sink = statement.text().contains(SINK);
            Some(row(match guarded(statement.scope) {
                false if is_sink => 0.9,
                true if is_sink => if_guarded,
                _ => 0.05,
            }))
        })
        .collect()
}

/// Findings of all files of a change, by the judge above.
fn judged(files: &[(&str, &str, &str)]) -> Vec<Finding> {
    judged_within(files, 0.05, LIMIT)
}

fn judged_within(files: &[(&str, &str, &str)], if_guarded: f32, limit: Thresholds) -> Vec<Finding> {
    let bundle = Bundle::embedded().expect("the model");
    let classes: &[Class] = &bundle.manifest.classes;
    let mut pairs: Vec<Pair> = files.iter().map(|(path, before, after)| pair(path, before, after)).collect();
    link_moves(&mut pairs);
    let scores_of = |module| scores(module, classes.len(), if_guarded);
    let scores: Vec<_> = pairs.iter().map(|pair| (scores_of(&pair.before), scores_of(&pair.after))).collect();
    let limits = vec![limit; classes.len()];
    (0..pairs.len()).flat_map(|at| attribute(&pairs[at], at, &scores, classes, &limits)).collect()
}

fn statuses(files: &[(&str, &str, &str)]) -> Vec<(String, u32, Status)> {
    judged(files)
        .into_iter()
        .map(|finding| (finding.path.to_text(), finding.region.start_line, finding.status))
        .collect()
}

const GUARDED: &str = "import os\n\n\ndef other(x):\n    check(x)\n    return x\n\n\n@route(\"/run\")\ndef run(x):\n    \
                       if not trusted(x):\n        return None\n    os.system(x)\n";
const WEAK: &str = "import os\n\n\ndef run(x):\n    y = clean(x)\n    os.system(x)\n    return y\n";

#[test]
fn a_guard_that_is_removed_is_pointed_to() {
    let after = GUARDED.replace("    if not trusted(x):\n        return None\n", "");
    // What another function loses at the same time has nothing to do with it.
    let after = after.replace("    check(x)\n", "");
    let findings = judged(&[("a.py", GUARDED, &after)]);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].status, findings[0].region.start_line), (Status::Worsened, 10));
    let removed: Vec<(u32, &str)> = findings[0].removed.iter().map(|(line, text)| (*line, text.trim())).collect();
    assert_eq!(removed, [(11, "if not trusted(x):"), (12, "return None")]);
    assert!(judged(&[("a.py", &after, GUARDED)]).iter().all(|finding| finding.status == Status::Fixed));
}

#[test]
fn what_was_only_told_before_and_may_block_now_is_worsened() {
    let after = GUARDED.replace("    if not trusted(x):\n        return None\n", "");
    let status = |if_guarded, blocks| {
        let found = judged_within(&[("a.py", GUARDED, &after)], if_guarded, Thresholds { finds: 0.3, blocks });
        found.iter().map(|finding| finding.status).collect::<Vec<_>>()
    };
    assert_eq!(status(0.4, 0.8), [Status::Worsened]);
    assert_eq!(status(0.4, f32::INFINITY), [Status::Existing], "a class that only warns");
    assert_eq!(status(0.4, 0.95), [Status::Existing], "it still may not block");
    assert_eq!(status(0.85, 0.8), [Status::Existing], "it could block before");
    assert_eq!(status(0.79, 0.8), [Status::Existing], "it hardly rose");
}

#[test]
fn what_is_only_moved_or_laid_out_anew_is_not_new() {
    let function = WEAK.split_once("def run").expect("a function").1;
    let function = format!("def run{function}");
    let indented: String =
        function.lines().map(|line| format!("    {line}\n")).collect::<String>().replace("run(x)", "run(self, x)");
    for (name, after) in [
        ("moved down", format!("import os\n\n\ndef ready():\n    return 1\n\n\n{function}")),
        ("into a class", format!("import os\n\n\nclass Runner:\n{indented}")),
        ("under a condition", WEAK.replace("    os.system(x)\n", "    if y:\n        os.system(x)\n")),
        ("renamed", WEAK.replace("def run(", "def execute(")),
        (
            "laid out anew",
            WEAK.replace("os.system(x)", "os.system(  # all of it\n        x,\n    )").replace(",\n    )", "\n    )"),
        ),
        ("with comments", WEAK.replace("    os.system", "    # now\n    os.system")),
        ("with tabs", WEAK.replace("    ", "\t")),
        ("with CRLF", WEAK.replace('\n', "\r\n")),
    ] {
        let found = statuses(&[("a.py", WEAK, &after)]);
        assert!(found.iter().all(|(.., status)| *status == Status::Existing) && found.len() == 1, "{name}: {found:?}");
    }
    let moved = [("a.py", WEAK, "import os\n"), ("b.py", "", WEAK)];
    assert_eq!(statuses(&moved), [("b.py".to_owned(), 6, Status::Existing)]);
}

#[test]
fn a_second_copy_is_new_and_the_first_is_not() {
    let function = WEAK.split_once("def run").expect("a function").1;
    let twice = format!("{WEAK}\n\ndef again{function}");
    let found = statuses(&[("a.py", WEAK, &twice)]);
    assert_eq!(found, [("a.py".into(), 6, Status::Existing), ("a.py".into(), 12, Status::New)]);
    let found = statuses(&[("a.py", WEAK, WEAK), ("b.py", "", WEAK)]);
    assert_eq!(found, [("a.py".into(), 6, Status::Existing), ("b.py".into(), 6, Status::New)]);
    let line =
        WEAK.replace("    os.system(x)\n", &format!("    os.system(x)\n{}    os.system(x)\n", "    a = b\n".repeat(5)));
    assert_eq!(statuses(&[("a.py", WEAK, &line)]).iter().filter(|(.., status)| *status == Status::New).count(), 1);
}

#[test]
fn what_is_gone_is_fixed_and_what_is_only_rewritten_is_not() {
    let gone = statuses(&[("a.py", WEAK, &WEAK.replace("    os.system(x)\n", ""))]);
    assert_eq!(gone, [("a.py".to_owned(), 6, Status::Fixed)]);
    let rewritten = statuses(&[("a.py", WEAK, &WEAK.replace("os.system(x)", "os.system(x + y)"))]);
    assert_eq!(rewritten, [("a.py".to_owned(), 6, Status::New)]);
}

const ESCAPED: &str = r#"from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)


@app.route("/hello")
def hello():
    name = request.args.get("name", "")
    name = escape(name)
    return "<h1>Hello " + name + "</h1>"
"#;

#[test]
fn a_sanitizer_that_is_removed_blocks() {
    let repo = Repo::with_commit();
    repo.stage("app.py", ESCAPED);
    repo.commit("escaped");
    repo.stage("app.py", ESCAPED.replace("    name = escape(name)\n", ""));
    let run = repo.cwegate(&["scan"]).expect(1);
    for said in ["CWE-79", "--> app.py:10", "because this was removed", "- 10 |     name = escape(name)"] {
        assert!(run.stdout.contains(said), "{said}: {run:#?}");
    }
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(1);
    assert_eq!(run.json()["findings"][0]["status"], "worsened");
    // Its line was not added.
    repo.cwegate(&["scan", "--attribution", "added"]).expect(0);
}

#[test]
fn modes_of_attribution() {
    let repo = Repo::with_commit();
    repo.stage("old.py", BAD);
    repo.stage("touched.py", BAD);
    repo.commit("debt");
    let mode = |mode: &str| repo.cwegate(&["scan", "--format", "json", "--attribution", mode]);
    let paths = |mode: &str, code: i32| {
        let run = repo.cwegate(&["scan", "--format", "json", "--attribution", mode]).expect(code);
        let json = run.json();
        let findings = json["findings"].as_array().expect("a list").iter();
        let blocking = findings.filter(|finding| finding["action"] == "block");
        blocking
            .map(|finding| {
                let line = finding["region"]["start_line"].as_u64().unwrap_or_default();
                (finding["path"].as_str().unwrap_or_default().to_owned(), line)
            })
            .collect::<Vec<_>>()
    };
    repo.stage("touched.py", format!("{BAD}\n\nRETRIES = 3\n"));
    mode("added").expect(0);
    assert!(mode("scope").expect(0).findings().is_empty());
    assert_eq!(paths("file", 1), [("touched.py".to_owned(), BAD_LINE)]);
    assert_eq!(paths("none", 1), [("old.py".to_owned(), BAD_LINE), ("touched.py".to_owned(), BAD_LINE)]);

    repo.stage("touched.py", format!("{BAD}\n\n{}", bad_view("second")));
    let second = [("touched.py".to_owned(), 17 + BAD_LINE - 8)];
    assert_eq!(paths("added", 1), second);
    assert_eq!(paths("scope", 1), second);
    assert_eq!(paths("file", 1).len(), 2);
    assert_eq!(paths("none", 1).len(), 3);
    let human = repo.cwegate(&["scan", "--attribution", "file"]).expect(1).stdout;
    assert!(human.contains("2 blocked"), "{human}");
    repo.cwegate(&["scan", "--attribution", "line"]).expect(2);
    repo.cwegate(&["scan", "--attribution", "file", "old.py"]).expect(2);

    repo.stage("touched.py", good());
    let human = repo.cwegate(&["scan", "-v"]).expect(0).stdout;
    assert!(human.contains("repaired") && human.contains("touched.py:13"), "{human}");
    let run = mode("scope").expect(0);
    assert_eq!(run.json()["summary"]["fixed"], 1);
    assert_eq!(run.findings(), [("touched.py".into(), "CWE-89".into(), "fixed".into())]);
    repo.git(&["commit", "-qnm", "repaired"]);
    repo.cwegate(&["scan", "--attribution", "none", "--range", "HEAD^..HEAD"]).expect(1);
    repo.cwegate(&["scan", "--attribution", "file", "--range", "HEAD^..HEAD"]).expect(0);
}

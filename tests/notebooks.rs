//! Notebooks: cells are scanned wherever Python files are, and findings point at the cell and at the file's line.

mod common;

use std::path::Path;

use common::{BAD, Repo, Run, cwegate, good};
use cwegate::{attribute::Region, fingerprint::line_hashes, notebook};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

/// How a notebook is written down. nbformat allows all of it.
#[derive(Debug, Clone, Copy)]
enum Layout {
    /// As Jupyter does: a list of lines, one a line of the file.
    Jupyter,
    /// As Jupyter does with `ensure_ascii`.
    Ascii,
    /// Each source as one text.
    Text,
    /// All on one line.
    Compact,
}

const LAYOUTS: [Layout; 4] = [Layout::Jupyter, Layout::Ascii, Layout::Text, Layout::Compact];

fn code(source: &str) -> (&'static str, String) {
    ("code", source.to_owned())
}

fn markdown(source: &str) -> (&'static str, String) {
    ("markdown", source.to_owned())
}

fn document(cells: &[(&str, String)], layout: Layout) -> Value {
    let source = |text: &str| match layout {
        Layout::Jupyter | Layout::Ascii => json!(text.split_inclusive('\n').collect::<Vec<_>>()),
        Layout::Text | Layout::Compact => json!(text),
    };
    let cell = |(kind, text): &(&str, String)| match *kind {
        "code" => {
            json!({"cell_type": kind, "execution_count": 1, "id": "a", "metadata": {}, "outputs": [], "source": source(text)})
        }
        _ => json!({"cell_type": kind, "id": "b", "metadata": {}, "source": source(text)}),
    };
    json!({
        "cells": cells.iter().map(cell).collect::<Vec<_>>(),
        "metadata": {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

fn written(document: &Value, layout: Layout) -> String {
    let mut out = Vec::new();
    match layout {
        Layout::Compact => out = serde_json::to_vec(document).expect("JSON"),
        _ => {
            let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
            document.serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter)).expect("JSON");
        }
    }
    let text = String::from_utf8(out).expect("UTF-8") + "\n";
    match layout {
        Layout::Ascii => text
            .chars()
            .flat_map(|c| {
                let units: Vec<u16> = c.encode_utf16(&mut [0; 2]).to_vec();
                if c.is_ascii() { c.to_string() } else { units.iter().map(|unit| format!("\\u{unit:04x}")).collect() }
                    .chars()
                    .collect::<Vec<_>>()
            })
            .collect(),
        _ => text,
    }
}

fn notebook_as(cells: &[(&str, String)], layout: Layout) -> String {
    written(&document(cells, layout), layout)
}

fn notebook(cells: &[(&str, String)]) -> String {
    notebook_as(cells, Layout::Jupyter)
}

/// A module in three cells: imports, a text, and the view.
fn cells_of(module: &str) -> Vec<(&'static str, String)> {
    let (top, view) = module.split_once("@app.route").expect("a view");
    vec![code(top.trim_end()), markdown("# Users\n\nNot `Python`: os.system(x)"), code(&format!("@app.route{view}"))]
}

/// The statement, as it stands in the third cell from its sixth line on.
const STATEMENT: &str = r#"cur.execute(f"SELECT id, email FROM users WHERE name = '{name}'")"#;

/// What leads to the statement at the top level of a cell.
const QUERY: &str = "import sqlite3\nfrom flask import request\nname = request.args.get(\"name\")\n\
                     conn = sqlite3.connect(\"app.db\")\ncur = conn.cursor()\n";

/// Only this weakness, and it surely.
const ONLY_SQL: &str = "[cwe]\n\"*\" = \"off\"\n\"CWE-89\" = { action = \"block\", probability = 0.3 }\n";

/// What stands in a file in a region that does not span lines of the file.
fn text_at(file: &str, region: &Value) -> String {
    let number = |key: &str| region[key].as_u64().expect("a number") as usize;
    assert_eq!(number("start_line"), number("end_line"));
    let line = file.split('\n').nth(number("start_line") - 1).expect("the line");
    line.chars().skip(number("start_column") - 1).take(number("end_column") - number("start_column")).collect()
}

fn statuses(run: &Run) -> Vec<String> {
    run.findings().into_iter().map(|(_, cwe, status)| format!("{cwe} {status}")).collect()
}

#[test]
fn a_finding_points_at_its_cell_and_at_the_line_of_the_file() {
    for layout in LAYOUTS {
        let repo = Repo::with_commit();
        let file = notebook_as(&cells_of(&BAD.replace("\"/users\"", "\"/usérs😀\"")), layout);
        repo.stage("users.ipynb", &file);
        let run = repo.cwegate(&["scan"]).expect(1);
        assert!(run.stdout.contains("--> users.ipynb:cell 3:6:5\n"), "{layout:?}: {run:#?}");
        assert!(run.stdout.contains("\n3:6 |     cur.execute(f\"SELECT"), "{layout:?}: {run:#?}");

        let sarif = repo.dir.join("out.sarif");
        let sast = repo.dir.join("sast.json");
        let quality = repo.dir.join("quality.json");
        let output = |format: &str, file: &Path| format!("{format}={}", file.display());
        let run = repo
            .cwegate(&[
                "scan",
                "--format",
                "json",
                "--output",
                &output("sarif", &sarif),
                "--output",
                &output("gitlab-sast", &sast),
                "--output",
                &output("code-quality", &quality),
            ])
            .expect(1);
        let finding = run.json()["findings"][0].clone();
        assert_eq!(finding["cwe"], "CWE-89");
        assert_eq!(
            finding["cell"],
            json!({"number": 3, "region": {"start_line": 6, "start_column": 5, "end_line": 6, "end_column": 70}})
        );
        let region = &finding["region"];
        assert_eq!(text_at(&file, region), STATEMENT.replace('"', "\\\""), "{layout:?}");
        let line = region["start_line"].as_u64().expect("a line");
        assert_eq!(finding["line_hash"], line_hashes(file.as_bytes())[line as usize - 1]);
        for evidence in finding["evidence"].as_array().expect("a list") {
            let (cell, place) = (&evidence["cell"], &evidence["region"]);
            assert!(cell["number"] == 1 || cell["number"] == 3, "{evidence}");
            assert!(text_at(&file, place).len() > 3, "{evidence}");
        }

        let parsed =
            |file: &Path| -> Value { serde_json::from_slice(&std::fs::read(file).expect("a report")).expect("JSON") };
        let place = parsed(&sarif)["runs"][0]["results"][0]["locations"][0]["physicalLocation"].clone();
        let keys = ["startLine", "startColumn", "endLine", "endColumn"];
        let ours = ["start_line", "start_column", "end_line", "end_column"];
        assert!(keys.iter().zip(ours).all(|(key, ours)| place["region"][key] == region[ours]), "{place}");
        assert_eq!(place["artifactLocation"]["uri"], "users.ipynb");
        assert_eq!(parsed(&sast)["vulnerabilities"][0]["location"]["start_line"], line);
        assert_eq!(parsed(&quality)[0]["location"]["lines"], json!({"begin": line, "end": line}));
        let annotations = repo.cwegate(&["scan", "--format", "github"]).expect(1).stdout;
        assert!(annotations.contains(&format!("file=users.ipynb,line={line},endLine={line},")), "{annotations}");
        let formats = match layout {
            Layout::Jupyter => &["sarif", "gitlab-sast", "code-quality", "github", "markdown", "junit", "html"][..],
            _ => &[],
        };
        for format in formats {
            let text = repo.cwegate(&["scan", "--format", format]).expect(1).stdout;
            assert!(text.contains("cell 3, line 6"), "{format}: {text}");
        }
    }
}

#[test]
fn every_source_reads_notebooks() {
    let repo = Repo::with_commit();
    repo.stage("n/users.ipynb", notebook(&cells_of(&good())));
    let first = repo.commit("good");
    repo.write("n/users.ipynb", notebook(&cells_of(BAD)));
    let new = ["CWE-89 new"];
    assert_eq!(statuses(&repo.cwegate(&["scan", "--worktree", "--format", "json"]).expect(1)), new);
    repo.cwegate(&["scan"]).expect(0);
    repo.git(&["add", "-A"]);
    assert_eq!(statuses(&repo.cwegate(&["scan", "--format", "json"]).expect(1)), new);
    repo.commit("bad");
    for range in [["--range", &format!("{first}..HEAD")], ["--base", &first]] {
        assert_eq!(statuses(&repo.cwegate(&["scan", range[0], range[1], "--format", "json"]).expect(1)), new);
    }
    for path in ["n", "n/users.ipynb"] {
        let run = repo.cwegate(&["scan", path, "--format", "json"]).expect(1);
        assert_eq!(run.json()["findings"][0]["cell"]["number"], 3);
    }
    let replay = cwegate(&repo.dir, &["replay", "."]).expect(0);
    assert!(replay.stdout.contains("n/users.ipynb:cell 3:6  CWE-89"), "{replay:#?}");
    let scores = repo.cwegate(&["score", "n"]).expect(0).stdout;
    let file = std::fs::read_to_string(repo.dir.join("n/users.ipynb")).expect("the notebook");
    let of_query = scores.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).find(|line| {
        let number = line["start_line"].as_u64().expect("a line") as usize;
        file.split('\n').nth(number - 1).is_some_and(|text| text.contains("cur.execute"))
    });
    assert_eq!(of_query.expect("the query")["cell"], 3);
    assert!(repo.cwegate(&["windows", "n"]).expect(0).stdout.lines().count() > 0);
}

#[test]
fn outputs_and_metadata_change_nothing() {
    let repo = Repo::with_commit();
    repo.stage("users.ipynb", notebook(&cells_of(BAD)));
    repo.commit("debt");
    let mut run = document(&cells_of(BAD), Layout::Jupyter);
    run["cells"][0]["outputs"] =
        json!([{"output_type": "stream", "name": "stdout", "text": ["os.system(request.args['x'])\n"]}]);
    run["cells"][2]["execution_count"] = json!(7);
    run["cells"][2]["metadata"] = json!({"tags": ["eval(input())"], "source": "eval(input())"});
    run["cells"][1]["source"] = json!(["Another text"]);
    run["metadata"]["widgets"] = json!({"state": {}});
    repo.stage("users.ipynb", written(&run, Layout::Jupyter));
    let said = repo.cwegate(&["scan", "--format", "json"]).expect(0).json();
    assert_eq!((&said["findings"], &said["summary"]["changed_lines"]), (&json!([]), &json!(0)));
    assert_eq!((&said["unscanned"], &said["notices"]), (&json!([]), &json!([])));
    assert_eq!(repo.cwegate(&["scan"]).expect(0).stdout, "");
    // The same code, written down otherwise.
    repo.stage("users.ipynb", notebook_as(&cells_of(BAD), Layout::Compact));
    assert_eq!(repo.cwegate(&["scan", "--format", "json"]).expect(0).json()["findings"], json!([]));
}

#[test]
fn pictures_do_not_count_towards_the_size() {
    let repo = Repo::with_commit();
    let mut document = document(&cells_of(BAD), Layout::Jupyter);
    document["cells"][0]["outputs"] =
        json!([{"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBO".repeat(500_000)}}]);
    repo.stage("users.ipynb", written(&document, Layout::Jupyter));
    assert_eq!(statuses(&repo.cwegate(&["scan", "--format", "json"]).expect(1)), ["CWE-89 new"]);
    repo.write("cwegate.toml", "[gate]\nmax-file-size = 100\n");
    let run = repo.cwegate(&["scan"]).expect(3);
    assert!(run.stdout.contains("max-file-size"), "{run:#?}");
    let code = "x = 1\n".repeat(20);
    repo.stage("users.ipynb", notebook(&[self::code(&code)]));
    let run = repo.cwegate(&["scan"]).expect(3);
    assert!(run.stdout.contains("the notebook's code has 120 bytes, more than the limit of 100"), "{run:#?}");
}

#[test]
fn a_cell_that_moved_is_not_new() {
    let repo = Repo::with_commit();
    repo.stage("cwegate.toml", ONLY_SQL);
    let mut cells = cells_of(BAD);
    cells.push(code("counts = [1, 2, 3]\nprint(sum(counts))"));
    // At the top level of its own cell as well.
    cells.push(code(&format!("{QUERY}{STATEMENT}")));
    repo.stage("users.ipynb", notebook(&cells));
    let found = statuses(&repo.cwegate(&["scan", "--format", "json"]).expect(1));
    assert_eq!(found, ["CWE-89 new", "CWE-89 new"], "the test means something");
    repo.commit("debt");
    cells.swap(2, 4);
    cells.insert(0, markdown("A text"));
    repo.stage("users.ipynb", notebook(&cells));
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(0);
    assert!(statuses(&run).iter().all(|found| found.ends_with(" existing")), "{run:#?}");
    // And a copy is.
    cells.push(cells[3].clone());
    repo.stage("users.ipynb", notebook(&cells));
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(1);
    let new: Vec<String> = statuses(&run).into_iter().filter(|found| found.ends_with(" new")).collect();
    assert_eq!(new.len(), 1, "{run:#?}");
}

#[test]
fn magics_break_nothing() {
    let repo = Repo::with_commit();
    let view = cells_of(BAD)[2].1.clone();
    let cells = [
        code("%matplotlib inline\n!pip install flask {version}\nfiles = !ls {folder}\n?files\nlen?\n"),
        code("%%bash\necho \"it's\nfor i in $(ls); do '''"),
        code("%%time\nimport sqlite3\nfrom flask import Flask, request\napp = Flask(__name__)"),
        code("%%writefile view.py\nimport os"),
        code("%%sql\nSELECT * FROM users WHERE name = 'O''Brien"),
        code(&view),
    ];
    repo.stage("users.ipynb", notebook(&cells));
    let json = repo.cwegate(&["scan", "--format", "json"]).expect(1).json();
    assert_eq!(json["findings"][0]["cell"]["number"], 6);
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(1), "{json}");
    let told: Vec<&str> =
        json["unscanned"].as_array().expect("a list").iter().filter_map(|item| item["why"].as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("cell 2: `%%bash` makes it another language"), "{told:?}");
    assert!(told[1].starts_with("cell 5: `%%sql` makes it another language"), "{told:?}");
    let item = &json["unscanned"][0];
    assert_eq!((&item["blocks"], &item["degraded"]), (&json!(false), &json!(true)));
    let file = std::fs::read_to_string(repo.dir.join("users.ipynb")).expect("the notebook");
    let line = item["lines"][0].as_u64().expect("a line") as usize;
    assert!(file.lines().nth(line - 1).is_some_and(|line| line.contains("%%bash")));

    // Told when they come or change, not for ever.
    repo.commit("cells");
    let mut changed = cells.clone();
    changed[3] = code("%%writefile view.py\nimport sys");
    repo.stage("users.ipynb", notebook(&changed));
    assert_eq!(repo.cwegate(&["scan", "--format", "json"]).expect(0).json()["unscanned"], json!([]));
    changed[1] = code("%%bash\nrm -rf /");
    repo.stage("users.ipynb", notebook(&changed));
    let run = repo.cwegate(&["scan"]).expect(0);
    assert!(run.stdout.starts_with("note: users.ipynb:") && run.stdout.contains("cell 2: `%%bash`"), "{run:#?}");
}

#[test]
fn python_behind_a_magic_is_scanned() {
    let repo = Repo::with_commit();
    let cells: Vec<_> = cells_of(&BAD.replace("    cur.execute", "    %time  cur.execute")).into_iter().collect();
    let file = notebook(&cells);
    repo.stage("users.ipynb", &file);
    let finding = repo.cwegate(&["scan", "--format", "json"]).expect(1).json()["findings"][0].clone();
    assert_eq!(finding["cell"]["region"]["start_column"], 12);
    assert_eq!(text_at(&file, &finding["region"]), STATEMENT.replace('"', "\\\""));
    // Also where something else in the cell does not parse.
    for cell in [format!("%%timeit -n 1\n{BAD}"), format!("%%time\n1 = 2\n{BAD}"), format!("%%myown --flag\n{BAD}")] {
        repo.stage("users.ipynb", notebook(&[code(&cell)]));
        assert_eq!(statuses(&repo.cwegate(&["scan", "--format", "json"]).expect(1)), ["CWE-89 new"], "{cell}");
    }
}

#[test]
fn a_broken_notebook_is_not_a_pass() {
    let whole = notebook(&cells_of(&good()));
    let old = json!({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]}).to_string();
    let no_text = whole.replacen("\"source\": [", "\"source\": [1,", 1);
    let conflict = whole.replacen(" \"cells\"", "<<<<<<< HEAD\n \"cells\"", 1);
    for broken in [
        &whole[..whole.len() / 2],
        "[]",
        "{\"a\": 1} 2",
        "\u{0}",
        &old,
        &no_text,
        &conflict,
        "{\"cells\": [], \"cells\": []}",
    ] {
        let repo = Repo::with_commit();
        repo.stage("users.ipynb", broken);
        repo.stage("app.py", good());
        let json = repo.cwegate(&["scan", "--format", "json"]).expect(3).json();
        assert_eq!(json["unscanned"][0]["path"], "users.ipynb", "{broken}");
        assert_eq!(json["summary"]["files"], 1, "the other file is scanned all the same");
        repo.cwegate(&["scan", "users.ipynb"]).expect(3);
        repo.write("cwegate.toml", "[gate]\nunscannable = \"warn\"\n");
        let run = repo.cwegate(&["scan"]).expect(0);
        assert!(run.stdout.contains("warning[not scanned]: users.ipynb"), "{run:#?}");
        // What replaces it is new as a whole.
        repo.commit("broken");
        repo.stage("users.ipynb", notebook(&cells_of(BAD)));
        assert_eq!(statuses(&repo.cwegate(&["scan", "--format", "json"]).expect(1)), ["CWE-89 new"]);
    }
    let repo = Repo::with_commit();
    repo.stage("empty.ipynb", "");
    repo.stage("latin.ipynb", b"{\"cells\": [\"\xe9\"]}");
    let json = repo.cwegate(&["scan", "--format", "json"]).expect(3).json();
    assert_eq!(json["unscanned"].as_array().map(Vec::len), Some(1), "Jupyter opens an empty file as a new notebook");
}

#[test]
fn a_cell_that_does_not_end_is_told_and_swallows_nothing() {
    for open in ["text = '''never\n", "print(1,\n", "total = 1 + \\\n"] {
        let repo = Repo::with_commit();
        let mut cells = cells_of(BAD);
        cells.insert(0, code(open));
        repo.stage("users.ipynb", notebook(&cells));
        let json = repo.cwegate(&["scan", "--format", "json"]).expect(1).json();
        assert_eq!(json["findings"][0]["cell"]["number"], 4);
        assert_eq!(json["unscanned"][0]["blocks"], true);
        assert!(json["unscanned"][0]["why"].as_str().is_some_and(|why| why.starts_with("cell 1: ")), "{json}");
        cells.truncate(1);
        repo.stage("users.ipynb", notebook(&cells));
        repo.cwegate(&["scan"]).expect(3);
        // Untouched, it is nobody's fault.
        repo.commit("open");
        cells.push(code("print(1)"));
        repo.stage("users.ipynb", notebook(&cells));
        repo.cwegate(&["scan"]).expect(0);
    }
}

#[test]
fn notebooks_of_other_languages_are_passed_over() {
    let repo = Repo::with_commit();
    let mut document = document(&cells_of(BAD), Layout::Jupyter);
    document["metadata"] =
        json!({"kernelspec": {"display_name": "R", "language": "R", "name": "ir"}, "language_info": {"name": "R"}});
    repo.stage("users.ipynb", written(&document, Layout::Jupyter));
    let json = repo.cwegate(&["scan", "--format", "json"]).expect(0).json();
    assert_eq!(json["summary"]["skipped"], json!({"notebook in another language": 1}));
    // What Jupyter would start with Python is Python, whatever else it says.
    document["metadata"]["kernelspec"]["name"] = json!("python3");
    repo.stage("users.ipynb", written(&document, Layout::Jupyter));
    repo.cwegate(&["scan"]).expect(1);
    document["metadata"] = json!({});
    repo.stage("users.ipynb", written(&document, Layout::Jupyter));
    repo.cwegate(&["scan"]).expect(1);
}

#[test]
fn comments_in_cells_allow() {
    let repo = Repo::with_commit();
    let allowed = BAD.replace(STATEMENT, &format!("{STATEMENT}  # cwegate: allow[CWE-89] one of three constants"));
    repo.stage("users.ipynb", notebook(&cells_of(&allowed)));
    assert_eq!(repo.cwegate(&["scan"]).expect(0).stdout, "");
    let json = repo.cwegate(&["scan", "--format", "json"]).expect(0).json();
    assert_eq!(json["findings"][0]["suppressed"]["place"], "users.ipynb, cell 3, line 6");

    // One that allows nothing is told where it is, and one at the end of a cell does not reach into the next.
    repo.write("cwegate.toml", ONLY_SQL);
    let cells = [
        code(&format!("{QUERY}# cwegate: allow[CWE-89] the name was checked")),
        code(&format!("{STATEMENT}\nprint(1)")),
    ];
    let file = notebook(&cells);
    repo.stage("users.ipynb", &file);
    let json = repo.cwegate(&["scan", "--format", "json"]).expect(1).json();
    let notice = &json["notices"][0];
    assert!(notice["text"].as_str().is_some_and(|text| text.starts_with("cell 1, line 6: this comment")), "{json}");
    let line = notice["line"].as_u64().expect("a line") as usize;
    assert!(file.lines().nth(line - 1).is_some_and(|line| line.contains("# cwegate: allow")), "{json}");
}

#[test]
fn a_baseline_covers_notebooks() {
    let repo = Repo::with_commit();
    repo.stage("users.ipynb", notebook(&cells_of(BAD)));
    repo.commit("debt");
    let run = repo.cwegate(&["baseline", "create"]).expect(0);
    assert!(run.stdout.contains("1 finding, 1 added"), "{run:#?}");
    repo.cwegate(&["scan", "."]).expect(0);
    let mut cells = cells_of(BAD);
    cells.insert(0, code("import os"));
    repo.write("users.ipynb", notebook_as(&cells, Layout::Text));
    repo.cwegate(&["scan", "."]).expect(0);
    cells.push(code(&common::bad_view("another")));
    repo.write("users.ipynb", notebook(&cells));
    repo.cwegate(&["scan", "."]).expect(1);
}

#[test]
fn policies_name_notebooks() {
    let repo = Repo::with_commit();
    repo.stage("research/users.ipynb", notebook(&cells_of(BAD)));
    repo.cwegate(&["scan"]).expect(1);
    repo.write("cwegate.toml", "[[paths]]\nmatch = [\"**/*.ipynb\"]\naction = \"warn\"\n");
    assert!(repo.cwegate(&["scan"]).expect(0).stdout.contains("warning[CWE-89]"));
    repo.write("cwegate.toml", "[[paths]]\nmatch = [\"research/**\"]\naction = \"off\"\n");
    assert_eq!(repo.cwegate(&["scan"]).expect(0).stdout, "");
    repo.write("cwegate.toml", "[[allow]]\ncwe = \"CWE-89\"\npath = \"research/*.ipynb\"\n");
    repo.cwegate(&["scan"]).expect(0);
}

#[test]
fn what_moves_between_a_notebook_and_a_module_is_not_new() {
    let repo = Repo::with_commit();
    repo.stage("users.ipynb", notebook(&cells_of(BAD)));
    repo.commit("debt");
    let mut cells = cells_of(BAD);
    cells.pop();
    repo.stage("users.ipynb", notebook(&cells));
    repo.stage("users.py", BAD);
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(0);
    assert_eq!(run.findings(), [("users.py".to_owned(), "CWE-89".to_owned(), "existing".to_owned())]);
}

#[test]
fn a_guard_that_goes_from_a_cell_is_shown_with_its_cell() {
    let repo = Repo::with_commit();
    repo.stage("users.ipynb", notebook(&cells_of(&good())));
    repo.commit("good");
    repo.stage("users.ipynb", notebook(&cells_of(BAD)));
    let page = repo.cwegate(&["scan", "--format", "html"]).expect(1).stdout;
    assert!(page.contains("<td class=\"number\">3:6</td>"), "both sides of the diff are numbered by cell: {page}");
}

#[test]
fn the_line_between_two_cells_has_no_number() {
    let repo = Repo::with_commit();
    repo.stage("users.ipynb", notebook(&cells_of(BAD)));
    let page = repo.cwegate(&["scan", "--format", "html"]).expect(1).stdout;
    assert!(page.contains("<tr class=\"added between\" id="), "{page}");
    assert!(!page.contains(":0</td>"), "cells begin at line 1: {page}");
}

/// A file in which every character of a cell's line is looked up.
fn check(cells: &[(&'static str, String)], layout: Layout) -> Result<(), TestCaseError> {
    let file = notebook_as(cells, layout);
    let (text, places) = notebook::read(file.as_bytes()).expect("a notebook");
    let lines: Vec<&str> = file.split('\n').collect();
    for (number, line) in (1..).zip(text.lines()).filter(|(number, _)| places.is_code(*number)) {
        let (cell, own) = places.cell(number);
        let source = cells[cell as usize - 1].1.split('\n').nth(own as usize - 1).expect("the line");
        prop_assert_eq!(source, line);
        for (column, c) in (1..).zip(line.chars()) {
            let at = Region { start_line: number, start_column: column, end_line: number, end_column: column + 1 };
            let at = places.in_file(at);
            prop_assert_eq!(at.start_line, at.end_line);
            let there: String = lines[at.start_line as usize - 1]
                .chars()
                .skip(at.start_column as usize - 1)
                .take((at.end_column - at.start_column) as usize)
                .collect();
            prop_assert_eq!(serde_json::from_str::<String>(&format!("\"{there}\"")).expect("an escape"), c.to_string());
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_character_is_found_in_the_file(
        sources in prop::collection::vec("([a-z\"\\\\/\té😀\u{1}] ?){0,8}(\n([a-z\"\\\\/\té😀\u{8}\u{c}] ?){0,6}){0,4}\n?", 0..5),
        layout in prop::sample::select(&LAYOUTS[..]),
    ) {
        let cells: Vec<_> = sources.iter().enumerate().map(|(at, text)| if at % 3 == 2 { markdown(text) } else { code(text) }).collect();
        check(&cells, layout)?;
    }

    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), source in "\\PC{0,40}", cut in 0..400usize) {
        let _ = notebook::read(&bytes);
        let whole = notebook(&[code(&source), code("x = 1")]);
        let _ = notebook::parse(whole.as_bytes());
        let _ = notebook::parse(&whole.as_bytes()[..cut.min(whole.len())]);
        let raw = format!("{{\"cells\": [{{\"cell_type\": \"code\", \"source\": \"{source}\\ud83d\\u0041\\ud83d\\ude00\"}}]}}");
        let _ = notebook::parse(raw.as_bytes());
    }
}

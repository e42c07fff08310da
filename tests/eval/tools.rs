//! Other tools: records as files, and SARIF as different tools write it.

use std::path::Path;

use cwegate::{
    cwe::CweId,
    eval::{
        EvalError,
        cwes::{Classes, Relation},
        layout::{MANIFEST, dedented, export, file_name},
        outcome::{Found, Outcome},
        record::{self, GroupBy, Label, Record},
        sarif::{self, ToolResult, ToolRun},
        tool,
    },
};
use serde_json::{Value, json};

fn record(id: &str, code: &str) -> Record {
    Record {
        id: id.to_owned(),
        code: code.to_owned(),
        label: Label::Clean,
        cwe: Vec::new(),
        lines: Vec::new(),
        pair_id: None,
        project: None,
        cve: None,
    }
}

fn read(log: &Value) -> Vec<sarif::ToolRun> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tool.sarif");
    std::fs::write(&file, log.to_string()).expect("a file");
    sarif::read(&file).expect("SARIF")
}

fn at(uri: &str, rule: &str, line: u32) -> Value {
    json!({"ruleId": rule, "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}]})
}

fn cwes(result: &ToolResult) -> Vec<u16> {
    result.cwes.iter().map(|id| id.0).collect()
}

#[test]
fn records_are_laid_out_under_names_that_ids_cannot_bend() {
    let hostile = ["../../etc/passwd", "a/b:c\n\"<script>", "C:\\x", "", "é".repeat(300).as_str()]
        .map(|id| record(id, "x = 1\r\ny = 2"));
    let parent = tempfile::tempdir().expect("a folder");
    let folder = parent.path().join("new/records");
    export(&folder, &hostile).expect("it is written");
    for record in &hostile {
        let name = file_name(&record.id);
        assert!(name.len() == 35 && name.bytes().take(32).all(|b| b.is_ascii_hexdigit()), "{name}");
        assert_eq!(std::fs::read_to_string(folder.join(name)).expect("its file"), record.code);
    }
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), hostile.len() + 1);
    let manifest = std::fs::read_to_string(folder.join(MANIFEST)).expect("the manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["schema"], "cwegate-eval-manifest/1");
    assert_eq!(manifest["records"][0], json!({"id": "../../etc/passwd", "file": file_name("../../etc/passwd")}));
    assert!(matches!(export(&folder, &hostile), Err(EvalError::NotEmpty { .. })), "nothing is mixed or overwritten");
    // SHA-256 of "a", as any other program computes it.
    assert_eq!(file_name("a"), "ca978112ca1bbdcafac231b39a23dc4d.py");
}

#[test]
fn a_cookie_names_the_encoding_of_the_file_and_not_of_the_record() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = parent.path().join("records");
    export(&folder, &[record("a", "# coding: latin-1\nx = 'é'\n"), record("b", "x = 'é'\n")]).expect("it is written");
    let bytes = |id: &str| std::fs::read(folder.join(file_name(id))).expect("its file");
    assert_eq!(bytes("a"), b"# coding: latin-1\nx = '\xe9'\n", "as Python reads it");
    assert_eq!(bytes("b"), "x = 'é'\n".as_bytes());
}

#[test]
fn common_indentation_is_taken_off_and_lines_stay() {
    assert_eq!(dedented("    def f(self):\n\n        return 1\n"), "def f(self):\n\n    return 1\n");
    assert_eq!(dedented("def f():\n    return 1"), "def f():\n    return 1");
    assert_eq!(dedented("\t  a\n\t b\n \n"), " a\nb\n\n");
    assert_eq!(dedented("  a\r\n\r\n  b\r\n"), "a\r\n\r\nb\r\n");
    assert_eq!(dedented("  a\n\tb"), "  a\n\tb", "spaces and tabs have nothing in common");
    assert_eq!(dedented("  \n"), "  \n");
}

#[test]
fn each_tool_names_weaknesses_in_its_way() {
    let runs = read(&json!({"runs": [
        {"tool": {"driver": {"name": "Bandit", "semanticVersion": "1.9.4", "rules": [
            {"id": "B602", "properties": {"tags": ["security", "external/cwe/cwe-78"]}}]}},
         "results": [at("t/a.py", "B602", 3)]},
        {"tool": {"driver": {"name": "ruff", "version": "0.14.0"}},
         "results": [at("file:///t/a.py", "S608", 4), at("file:///t/a.py", "S101", 5), at("file:///t/a.py", "E501", 6)]},
        {"tool": {"driver": {"name": "Semgrep OSS", "rules": [
            {"id": "sql", "properties": {"tags": ["CWE-89: Improper Neutralization", "HIGH CONFIDENCE"]}}]}},
         "results": [at("a.py", "sql", 1)]},
        {"tool": {"driver": {"name": "CodeQL"}, "extensions": [{"rules": [
            {"id": "py/path", "properties": {"tags": ["external/cwe/cwe-022", "external/cwe/cwe-036"]}}]}]},
         "results": [{"rule": {"id": "py/path", "index": 0}, "locations": at("a.py", "", 1)["locations"]}]},
        {"tool": {"driver": {"name": "with taxa", "rules": [
            {"id": "r", "relationships": [{"target": {"id": "79", "toolComponent": {"name": "CWE"}}}]}]}},
         "results": [{"ruleIndex": 0, "taxa": [{"id": "CWE-80"}, {"id": "611", "toolComponent": {"name": "cwe"}},
            {"id": "5", "toolComponent": {"name": "OWASP"}}], "locations": at("a.py", "", 1)["locations"]}]},
        {"tool": {"driver": {"name": "cwegate"}},
         "results": [{"ruleId": "CWE-89", "properties": {"probability": 0.93}, "locations": at("a.py", "", 1)["locations"]}]},
    ]}));
    let found: Vec<(&str, Vec<Vec<u16>>)> =
        runs.iter().map(|run| (run.name.as_str(), run.results.iter().map(cwes).collect())).collect();
    let wanted: [(&str, Vec<Vec<u16>>); 6] = [
        ("Bandit 1.9.4", vec![vec![78]]),
        ("ruff 0.14.0", vec![vec![89], vec![703], vec![]]),
        ("Semgrep OSS", vec![vec![89]]),
        ("CodeQL", vec![vec![22, 36]]),
        ("with taxa", vec![vec![79, 80, 611]]),
        ("cwegate", vec![vec![89]]),
    ];
    assert_eq!(found, wanted);
    assert_eq!((runs[0].results[0].score, runs[5].results[0].score), (1.0, 0.93));
}

#[test]
fn only_open_failures_are_alarms() {
    let with = |extra: Value| {
        let mut result = at("a.py", "CWE-89", 1);
        result.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        result
    };
    let runs = read(&json!({"runs": [{"tool": {"driver": {"name": "t"}}, "results": [
        with(json!({})),
        with(json!({"kind": "fail", "baselineState": "unchanged", "suppressions": []})),
        with(json!({"suppressions": [{"kind": "inSource", "status": "rejected"}]})),
        with(json!({"suppressions": [{"kind": "inSource"}]})),
        with(json!({"kind": "pass"})),
        with(json!({"baselineState": "absent"})),
        {"ruleId": "CWE-89"},
    ]}]}));
    assert_eq!(runs[0].results.len(), 3);
}

#[test]
fn results_are_led_back_to_records_by_the_files_name() {
    let records = [record("one", "a\nb\n"), record("two", "c\n"), record("three", "d\n")];
    let (one, two, three) = (file_name("one"), file_name("two"), file_name("three"));
    let runs = read(&json!({"runs": [{"tool": {"driver": {"name": "ruff"}}, "results": [
        at(&format!("file://host/some%20where/{one}"), "S602", 2),
        at(&format!("./out/{one}"), "S608", 2),
        at(&format!("C:\\out\\{two}"), "S101", 1),
        at(&format!("/out/{three}"), "invalid-syntax", 1),
        at("elsewhere.py", "S101", 1),
    ]}]}));
    let classes = Classes::of_catalogue();
    let found = tool::system(&runs[0], &classes, &records, None).expect("a system");
    let class = |id| classes.of(CweId(id)).expect("a class");
    let [mark] = &found.answers[0].marks[..] else { panic!("one mark for one place: {:?}", found.answers[0]) };
    assert_eq!((mark.lines, mark.beside), (Some((2, 2)), 0.0));
    assert_eq!((mark.scores[class(78)], mark.scores[class(89)]), (1.0, 1.0));
    assert_eq!(found.answers[1].marks[0].beside, 1.0, "CWE-703 has no class");
    assert!(found.answers[2].unread.is_some() && found.answers[2].marks.is_empty());
    assert_eq!(found.notes.len(), 1, "what lies elsewhere is told: {:?}", found.notes);

    let lost = ToolRun { results: runs[0].results[3..].to_vec(), ..ToolRun::default() };
    let lost = tool::system(&lost, &classes, &records, None);
    assert!(matches!(lost, Err(EvalError::NoneOfTheRecords { results: 1, .. })), "{lost:?}");
    let silent = tool::system(&ToolRun::default(), &classes, &records, None).expect("nothing found is an answer");
    assert!(silent.answers.iter().all(|answer| answer.marks.is_empty()));
}

#[test]
fn a_file_that_a_tool_could_not_parse_is_told() {
    let place =
        |name: &str| json!([{"physicalLocation": {"artifactLocation": {"uri": format!("out/{}", file_name(name))}}}]);
    let runs = read(&json!({"runs": [{"tool": {"driver": {"name": "Bandit"}}, "results": [], "invocations": [{
        "toolConfigurationNotifications": [{"level": "error", "locations": place("one")}],
        "toolExecutionNotifications": [{"level": "error", "locations": place("two")}, {"level": "note", "locations": place("three")},
            {"level": "error"}]}]}]}));
    let records = ["one", "two", "three"].map(|id| record(id, "x\n"));
    let classes = Classes::of_catalogue();
    let found = tool::system(&runs[0], &classes, &records, None).expect("a system");
    assert_eq!(found.answers.iter().map(|answer| answer.unread.is_some()).collect::<Vec<_>>(), [true, true, false]);

    // A tool that found nothing in the records, and could not parse a file elsewhere.
    let others = [record("another", "x\n")];
    let found = tool::system(&runs[0], &classes, &others, None).expect("nothing found is an answer");
    assert_eq!((found.answers[0].unread.is_some(), found.notes.len()), (false, 0), "{:?}", found.notes);
}

#[test]
fn a_result_without_a_line_is_an_alarm_without_a_place() {
    let name = file_name("one");
    let of = |region: Value| json!({"ruleId": "CWE-89", "locations": [{"physicalLocation": {"artifactLocation": {"uri": name}, "region": region}}]});
    let found = |results: Value| {
        let runs = read(&json!({"runs": [{"tool": {"driver": {"name": "t"}}, "results": results}]}));
        let classes = Classes::of_catalogue();
        let records =
            [Record { label: Label::Vulnerable, lines: vec![1], cwe: vec![CweId(89)], ..record("one", "a\nb\n") }];
        let system = tool::system(&runs[0], &classes, &records, None).expect("a system");
        Outcome::of(&records[0], &system.answers[0], system.point(), &classes)
    };
    for region in [Value::Null, json!({"charOffset": 0}), json!({"startLine": 0})] {
        let alone = found(json!([of(region.clone())]));
        assert_eq!((alone.any, alone.right_class(), alone.alarms), (true, true, 1));
        assert_eq!(alone.found, Some(Found { before: None, distance: None }), "line 1 is right, and was not told");
        let beside = found(json!([of(region), of(json!({"startLine": 2}))]));
        assert_eq!((beside.alarms, beside.found), (2, Some(Found { before: None, distance: Some(1) })));
    }
}

#[test]
fn nearness_in_the_tree_is_of_what_a_tool_says_itself() {
    let related = |truth: u16, rules: &[&str]| {
        let results: Vec<Value> = rules.iter().map(|rule| at(&file_name("one"), rule, 1)).collect();
        let runs = read(&json!({"runs": [{"tool": {"driver": {"name": "t"}}, "results": results}]}));
        let classes = Classes::of_catalogue();
        let records = [Record { label: Label::Vulnerable, cwe: vec![CweId(truth)], ..record("one", "a\n") }];
        let system = tool::system(&runs[0], &classes, &records, None).expect("a system");
        let outcome = Outcome::of(&records[0], &system.answers[0], system.point(), &classes);
        (outcome.relation, outcome.first.map(|class| classes.0[class].id.0))
    };
    assert_eq!(related(78, &["CWE-77"]), (Some(Relation::Ancestor), None), "CWE-77 is in no class");
    assert_eq!(related(564, &["CWE-564"]), (Some(Relation::Exact), Some(89)));
    assert_eq!(related(89, &["CWE-564"]), (Some(Relation::Descendant), Some(89)));
    assert_eq!(related(89, &["CWE-78", "CWE-89"]), (Some(Relation::Exact), Some(89)));
    assert_eq!(related(22, &["CWE-78", "CWE-89"]), (Some(Relation::Other), Some(78)));
    assert_eq!(related(89, &["no-weakness"]), (Some(Relation::Other), None));
    assert_eq!(related(89, &[]), (None, None));
}

#[test]
fn files_and_rules_are_found_by_their_index() {
    let listed =
        |index: i64| json!([{"physicalLocation": {"artifactLocation": {"index": index}, "region": {"startLine": 1}}}]);
    let rules = json!([{"id": "sql", "properties": {"tags": ["CWE-89"]}}, {"id": "os", "properties": {"tags": ["CWE-78"]}},
        {"id": "os", "properties": {"tags": ["CWE-88"]}}, {"id": "os/env", "properties": {"tags": ["CWE-15"]}}]);
    let runs = read(&json!({"runs": [{"tool": {"driver": {"name": "t", "rules": rules}, "extensions": [{"rules": [
            {"id": "added", "properties": {"tags": ["CWE-22"]}}, {"id": "added", "properties": {"tags": ["CWE-23"]}}]}]},
        "artifacts": [{"location": {"uri": "x.py"}}, {"location": {"uri": "a%20b.py"}}],
        "results": [
            {"ruleId": "sql/concat", "ruleIndex": 0, "locations": listed(1)},
            {"ruleId": "os", "ruleIndex": 1, "locations": listed(1)},
            {"ruleId": "sql/concat", "ruleIndex": 1, "locations": listed(0)},
            {"ruleId": "os/env/path", "locations": listed(0)},
            {"ruleId": "sqlite", "locations": listed(0)},
            {"rule": {"index": 0, "toolComponent": {"index": 0}}, "locations": listed(0)},
            {"ruleId": "sql", "locations": listed(2)},
            {"ruleId": "sql", "locations": listed(-1)},
            {"ruleId": "sql"}],
        "invocations": [{"toolExecutionNotifications": [{"level": "error", "locations": listed(1)}]}]}]}));
    let found: Vec<_> = runs[0].results.iter().map(|result| (result.path.as_str(), cwes(result))).collect();
    let wanted = [
        ("a b.py", vec![89]),
        ("a b.py", vec![78]),
        ("x.py", vec![89]), // the rule at the index is another one
        ("x.py", vec![15]),
        ("x.py", vec![]),
        ("x.py", vec![22]),
    ];
    assert_eq!(found, wanted);
    assert_eq!((runs[0].without_file, runs[0].unread.as_slice()), (3, &["a b.py".to_owned()][..]));

    let told = ToolRun { without_file: 3, ..ToolRun::default() };
    let system = tool::system(&told, &Classes::of_catalogue(), &[record("one", "x\n")], None).expect("a system");
    assert_eq!(system.notes, ["3 results name no file; left out"]);
}

#[test]
fn what_is_not_sarif_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x");
    for text in ["", "[]", "{\"runs\": 3}", "not json"] {
        std::fs::write(&file, text).expect("a file");
        assert!(matches!(sarif::read(&file), Err(EvalError::Sarif { .. })), "{text}");
    }
    assert!(matches!(sarif::read(Path::new("no-such-file")), Err(EvalError::Unreadable { .. })));
    // Odd values where SARIF wants others: nothing is found, nothing breaks.
    let odd = json!({"runs": [3, {"tool": [], "results": [1, {"locations": {}}, at("%zz%4", "r", 0)]}]});
    assert_eq!(read(&odd)[1].results[0].path, "%zz%4");
}

#[test]
fn records_are_read_with_their_lines_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("d.jsonl");
    let good = r#"{"id": "a", "code": "x", "label": "vulnerable", "cwe": ["CWE-089", "NVD-CWE-noinfo"], "lines": null, "other": 1}"#;
    std::fs::write(&file, format!("{good}\n\n")).expect("a file");
    let found = record::read(&[&file]).expect("records");
    assert_eq!((found.len(), found[0].cwe.as_slice(), found[0].lines.len()), (1, &[CweId(89)][..], 0));
    assert!(matches!(record::read(&[&file, &file]), Err(EvalError::SameId { line: 1, .. })));
    for bad in [
        r#"{"id": "b"}"#,
        r#"{"id": "b", "code": "", "label": "odd"}"#,
        r#"{"id": "b", "code": "", "label": "clean", "cwe": ["SQL"]}"#,
    ] {
        std::fs::write(&file, format!("{good}\n{bad}\n")).expect("a file");
        assert!(matches!(record::read(&[&file]), Err(EvalError::Record { line: 2, .. })), "{bad}");
    }
    std::fs::write(&file, "\n").expect("a file");
    assert!(matches!(record::read(&[&file]), Err(EvalError::NoRecords)));
}

#[test]
fn empty_text_names_no_pair_project_or_advisory() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("d.jsonl");
    let line = |id: &str| {
        json!({"id": id, "code": "x", "label": "clean", "pair_id": "", "project": "", "cve": ""}).to_string()
    };
    std::fs::write(&file, [line("a"), line("b")].join("\n")).expect("a file");
    let found = record::read(&[&file]).expect("records");
    assert_eq!((&found[0].pair_id, &found[0].project, &found[0].cve), (&None, &None, &None));
    assert_eq!(found.iter().map(|record| GroupBy::Auto.of(record)).collect::<Vec<_>>(), ["record a", "record b"]);
}

#[test]
fn lines_that_the_code_does_not_have_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("d.jsonl");
    let read_as = |label: &str, lines: &[u32]| {
        let record = json!({"id": "a", "code": "x\ny\n", "label": label, "lines": lines});
        std::fs::write(&file, format!("\n{record}\n")).expect("a file");
        record::read(&[&file])
    };
    let read = |lines: &[u32]| read_as("vulnerable", lines);
    assert!(read(&[1, 2]).is_ok() && read(&[]).is_ok());
    assert!(read_as("clean", &[3]).is_ok(), "what a change did, its end of the file included");
    for value in [0, 3] {
        let Err(error) = read(&[1, value]) else { panic!("line {value} is not there") };
        assert!(matches!(error, EvalError::NoSuchLine { line: 2, lines: 2, .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("line 2, puts the weakness on line {value} of")), "{error}");
    }
}

#[test]
fn a_wrong_line_below_good_ones_is_told_by_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("d.jsonl");
    let good = r#"{"id": "a", "code": "x", "label": "clean"}"#;
    for bad in ["[]", "{", r#"["b", "x", "clean"]"#, r#"{"id": "b", "code": 3, "label": "clean"}"#] {
        std::fs::write(&file, format!("{good}\n{bad}\n")).expect("a file");
        let Err(error) = record::read(&[&file]) else { panic!("{bad} is no record") };
        assert!(matches!(error, EvalError::Record { line: 2, .. }), "{error:?}");
        assert!(!error.to_string().contains("line 1"), "the line is told once, and right: {error}");
    }
    let told = record::read(&[&file]).expect_err("the last one").to_string();
    assert!(told.contains("expected a string at column 21;"), "{told}");
    std::fs::write(&file, format!("[{good}]")).expect("a file");
    assert!(matches!(record::read(&[&file]), Err(EvalError::OneDocument { .. })));
}

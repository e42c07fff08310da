//! The formats for code hosts, CI systems and browsers, of verdicts that are built by hand.

mod common;

use common::verdicts::*;
use cwegate::{
    attribute::{Finding, Status},
    cwe::CweId,
    path::RepoPath,
    policy::{Action, Level, Notice, Outcome, Summary, Unscanned, Verdict},
    report::{Context, Format, Profile},
    terminal::is_deceptive,
};
use quick_junit::{NonSuccessKind, TestCaseStatus};
use serde_json::{Value, json};

/// What a schema of `tests/schemas`, or our own, objects to.
fn objections(schema: &str, document: &Value) -> Vec<String> {
    let path = format!("{}/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_slice(&std::fs::read(path).expect("a schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    validator.iter_errors(document).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

fn parsed(format: Format, verdict: &Verdict, context: &Context) -> Value {
    serde_json::from_str(&render(format, verdict, context)).expect("JSON")
}

const SAST: &str = "tests/schemas/gitlab-sast-15.1.4-reduced.json";
const CODE_CLIMATE: &str = "tests/schemas/gitlab-codequality-codeclimate.json";
const OURS: &str = "docs/cwegate-1.schema.json";

/// A verdict of one finding.
fn only(finding: Finding, action: Action) -> Verdict {
    let outcome = if action == Action::Block { Outcome::Blocked } else { Outcome::Passed };
    Verdict {
        outcome,
        findings: vec![judged(finding, action, "preset top25")],
        unscanned: vec![],
        notices: vec![],
        summary: Summary::default(),
    }
}

/// Text that others wrote at its worst, in every place where such text can be.
fn hostile() -> Verdict {
    let evil = "</code></script><script>alert(1)</script> @everyone #1 [a](https://evil.example) ![i](//e) | `` ``` \u{202e}\u{1b}[31m\r%0A::error::x ]]>";
    let mut finding = sql();
    finding.path = RepoPath::new([evil.as_bytes(), b"\n::add-mask::x\n\xff,line=1::.py"].concat());
    finding.scope = format!("{evil}\n::stop-commands::x");
    finding.statement = evil.to_owned();
    for line in &mut finding.excerpt {
        line.text = format!("{evil}\u{2028}\u{0}");
    }
    for evidence in &mut finding.evidence {
        evidence.statement = evil.to_owned();
    }
    finding.removed = vec![(3, evil.to_owned())];
    finding.status = Status::Worsened;
    let path = finding.path.clone();
    let mut summary = summary();
    summary.source = evil.to_owned();
    summary.scanned = vec![(evil.into(), "added".to_owned())];
    for diff in &mut summary.diffs {
        diff.path = path.clone();
        diff.hunks.iter_mut().flatten().for_each(|line| line.text = evil.to_owned());
    }
    Verdict {
        outcome: Outcome::Blocked,
        findings: vec![judged(finding, Action::Block, &format!("{evil}\n::debug::x"))],
        unscanned: vec![Unscanned {
            path,
            lines: None,
            why: format!("{evil}\n::notice::x"),
            blocks: true,
            degraded: false,
        }],
        summary,
        notices: vec![Notice {
            level: Level::Warning,
            place: Some((format!("{evil}\n::warning::x"), 1)),
            text: format!("{evil}\n::notice::x"),
        }],
    }
}

fn evil_context() -> Context {
    Context { policy: "--><script>@a\n::x::".to_owned(), automation_id: "a--><b>/".to_owned(), ..context() }
}

#[test]
fn json_is_as_its_schema_says() {
    for verdict in [verdict(), hostile()] {
        let document = parsed(Format::Json, &verdict, &context());
        assert_eq!(objections(OURS, &document), [""; 0]);
    }
    let document = parsed(Format::Json, &verdict(), &context());
    assert_eq!(undescribed(&document, &schema(OURS), &schema(OURS), ""), [""; 0]);
    let mut wrong = document;
    wrong["findings"][0]["region"]["start_line"] = 0.into();
    assert_eq!(objections(OURS, &wrong).len(), 1);
}

fn schema(path: &str) -> Value {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("a schema")).expect("JSON")
}

/// Keys of a document that a schema does not name.
fn undescribed(document: &Value, schema: &Value, root: &Value, place: &str) -> Vec<String> {
    let schema = match schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).expect("a definition"),
        None => schema,
    };
    let mut found = Vec::new();
    match document {
        Value::Object(map) if schema.get("additionalProperties").is_none() => {
            for (key, value) in map {
                match schema["properties"].get(key) {
                    Some(inner) => found.extend(undescribed(value, inner, root, &format!("{place}/{key}"))),
                    None => found.push(format!("{place}/{key}")),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                found.extend(undescribed(item, &schema["items"], root, place));
            }
        }
        _ => {}
    }
    found
}

#[test]
fn gitlab_sast() {
    let context = Context { ended: std::time::UNIX_EPOCH + std::time::Duration::from_secs(90_061), ..context() };
    insta::assert_snapshot!("gitlab_sast", render(Format::GitlabSast, &verdict(), &context));
    let report = parsed(Format::GitlabSast, &verdict(), &context);
    assert_eq!(objections(SAST, &report), [""; 0]);
    assert_eq!(report["scan"]["start_time"], "1970-01-01T00:00:00");
    assert_eq!(report["scan"]["end_time"], "1970-01-02T01:01:01");

    let found = report["vulnerabilities"].as_array().expect("a list");
    let first = found.iter().find(|one| one["location"]["file"] == "app/db.py").expect("the query");
    assert_eq!(
        first["location"],
        json!({"file": "app/db.py", "start_line": 12, "end_line": 14, "class": "Users", "method": "find"})
    );
    assert_eq!(first["identifiers"][0], json!({"type": "cwegate", "name": "cwegate CWE-89", "value": "CWE-89"}));
    assert_eq!(first["identifiers"][1]["value"], "89");
    assert_eq!(first["severity"], "High");
    // A UUID of version 8 that stays the same when the finding moves.
    let mut moved = sql();
    (moved.region.start_line, moved.region.end_line) = (40, 42);
    let again = parsed(Format::GitlabSast, &only(moved, Action::Block), &context);
    assert_eq!(again["vulnerabilities"][0]["id"], first["id"]);
    assert_eq!(first["id"].as_str().map(|id| (id.len(), &id[14..15])), Some((36, "8")));

    let empty = Verdict {
        outcome: Outcome::Passed,
        findings: vec![],
        unscanned: vec![],
        notices: vec![],
        summary: Summary::default(),
    };
    let report = parsed(Format::GitlabSast, &empty, &context);
    assert_eq!((objections(SAST, &report), report["vulnerabilities"].clone()), (vec![], json!([])));
    let mut wrong = report;
    wrong["scan"]["status"] = "done".into();
    assert_eq!(objections(SAST, &wrong).len(), 1);
}

#[test]
fn code_quality() {
    insta::assert_snapshot!("code_quality", render(Format::CodeQuality, &verdict(), &context()));
    let issues = parsed(Format::CodeQuality, &verdict(), &context());
    let issues = issues.as_array().expect("a list");
    for issue in issues {
        assert_eq!(objections(CODE_CLIMATE, issue), [""; 0]);
        let severity = issue["severity"].as_str().expect("a word");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
        assert!(!issue["location"]["path"].as_str().expect("a path").starts_with("./"));
    }
    let query = issues.iter().find(|issue| issue["check_name"] == "CWE-89").expect("the query");
    assert_eq!(query["location"], json!({"path": "app/db.py", "lines": {"begin": 12, "end": 14}}));
    let prints: std::collections::BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].to_string()).collect();
    assert_eq!(prints.len(), issues.len(), "GitLab shows one issue a fingerprint");
    assert_eq!(query["fingerprint"], sql().fingerprint);
    let text = render(
        Format::CodeQuality,
        &only(brief(Status::Existing), Action::Warn),
        &Context { diff: false, ..context() },
    );
    assert!(text.contains(r#""severity": "info""#) && !text.starts_with('\u{feff}'));
}

#[test]
fn github_annotations() {
    insta::assert_snapshot!("github", render(Format::Github, &verdict(), &context()));
    let mut one_line = sql();
    one_line.region.end_line = one_line.region.start_line;
    let text = render(Format::Github, &only(one_line, Action::Block), &context());
    assert!(
        text.starts_with("::error file=app/db.py,line=12,endLine=12,col=9,endColumn=10,title=CWE-89 SQL injection::"),
        "{text}"
    );
    let text = render(Format::Github, &only(sql(), Action::Warn), &context());
    assert!(text.starts_with("::warning file=app/db.py,line=12,endLine=14,title="), "columns need one line: {text}");
}

#[test]
fn github_annotations_are_capped_and_the_most_severe_come_first() {
    let many = (0..30).map(|number| {
        let place = region((number + 1, 1), (number + 1, 2));
        // CWE-117 is less severe than CWE-89.
        let cwe = if number < 20 { 117 } else { 89 };
        judged(finding(cwe, "a.py", place, vec![]), Action::Block, "")
    });
    let verdict = Verdict { findings: many.collect(), ..verdict() };
    let text = render(Format::Github, &verdict, &context());
    let errors: Vec<_> = text.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10);
    assert!(errors.iter().all(|line| line.contains("title=CWE-89 ")), "{errors:#?}");
    // 20 findings and the file that could not be scanned.
    assert!(text.contains("::notice title=cwegate::21 more are not annotated"), "{text}");
    for level in ["error", "warning", "notice"] {
        assert!(text.lines().filter(|line| line.starts_with(&format!("::{level} "))).count() <= 10);
    }
}

#[test]
fn hostile_text_gives_no_workflow_command() {
    let text = render(Format::Github, &hostile(), &evil_context());
    assert_eq!(text.lines().count(), 4, "a finding, a file, a notice, the end: {text}");
    for line in text.lines().take(3) {
        let command = line.strip_prefix("::error ").or_else(|| line.strip_prefix("::warning "));
        let (properties, _) = command.and_then(|rest| rest.split_once("::")).expect("a command");
        let keys: Vec<_> = properties.split(',').map(|property| property.split('=').next()).collect();
        assert!(
            keys == [Some("file"), Some("line"), Some("endLine"), Some("title")]
                || keys == [Some("file"), Some("title")]
                || keys == [Some("file"), Some("line"), Some("title")],
            "{properties}"
        );
    }
}

#[test]
fn markdown() {
    insta::assert_snapshot!("markdown", render(Format::Markdown, &verdict(), &context()));
    let text = render(Format::Markdown, &verdict(), &context());
    assert!(text.starts_with("<!-- cwegate:cwegate -->\n"));
    assert!(text.contains("- Because of line 11: <code>name &#61; name&#46;strip&#40;&#41;</code> (without it 0.21)"));
    let passed =
        Verdict { outcome: Outcome::Passed, findings: vec![], unscanned: vec![], notices: vec![], summary: summary() };
    assert!(render(Format::Markdown, &passed, &context()).contains("### ✅ cwegate: nothing found"));
}

#[test]
fn sarif_lists_each_file_once_by_its_bytes() {
    let odd = RepoPath::new(*b"\xff.py");
    let scanned = |path: &RepoPath, role: &str| (path.clone(), role.to_owned());
    let summary = |role| Summary { scanned: vec![scanned(&odd, role)], ..Summary::default() };
    let found = finding(89, "a.py", region((1, 1), (1, 2)), vec![]);
    let found = Finding { path: odd.clone(), ..found };
    // A push of two branches.
    let one = Verdict { summary: summary("added"), ..only(found.clone(), Action::Block) };
    let other = Verdict { summary: summary("modified"), ..only(found, Action::Block) };
    for other in [one.clone(), other] {
        let log = parsed(Format::Sarif, &Verdict::of([one.clone(), other]), &context());
        assert_eq!(objections("tests/schemas/sarif-schema-2.1.0.json", &log), [""; 0]);
        let run = &log["runs"][0];
        assert_eq!(run["artifacts"].as_array().expect("artifacts").len(), 1);
        assert_eq!(run["artifacts"][0]["location"]["uri"], "%FF.py");
        assert_eq!(run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["index"], 0);
    }
}

#[test]
fn one_of_a_kind_is_one() {
    let summary = Summary { files: 1, changed_lines: 1, statements: 1, ..Summary::default() };
    let verdict = Verdict { summary, ..only(sql(), Action::Block) };
    let text = render(Format::Markdown, &verdict, &context());
    assert!(text.contains("<sub>1 file, 1 line, 1 statement;"), "{text}");
    let page = render(Format::Html, &verdict, &context());
    assert!(page.contains("; 1 file, 1 line, 1 statement; policy"), "{page}");
    let many = (0..11)
        .map(|line| judged(finding(89, "a.py", region((line + 1, 1), (line + 1, 2)), vec![]), Action::Block, ""));
    let verdict = Verdict { findings: many.collect(), ..verdict };
    let text = render(Format::Github, &verdict, &context());
    assert!(text.contains("::1 more is not annotated"), "{text}");
}

#[test]
fn markdown_fits_into_a_comment() {
    let many = (0..2_000).map(|number| {
        let mut one = sql();
        one.path = format!("{}{number}.py", "long/".repeat(30)).as_str().into();
        judged(one, Action::Block, "preset top25")
    });
    let verdict = Verdict { findings: many.collect(), ..verdict() };
    let text = render(Format::Markdown, &verdict, &context());
    assert!(text.chars().count() <= 65_536, "{}", text.chars().count());
    assert!(text.contains("1900 more findings are not shown here in the table."));
    assert!(text.contains("more findings are not shown here with their code."));
}

#[test]
fn hostile_text_is_no_markup_in_markdown() {
    let text = render(Format::Markdown, &hostile(), &evil_context());
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let ticks = &line[..line.bytes().take_while(|&b| b == b'`').count()];
        match fence {
            Some(open) if ticks.len() >= open.len() && line.len() == ticks.len() => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                for bad in ["<script", "@everyone", "evil.example", "![", "::error", "``"] {
                    assert!(!line.contains(bad), "{bad}: {line}");
                }
            }
        }
    }
    assert_eq!(fence, None, "every block ends");
    assert!(text.starts_with("<!-- cwegate:a____b_ -->\n"), "{}", &text[..40]);
    // A row has as many cells as the head has.
    let row = text.lines().find(|line| line.starts_with("| **blocks**")).expect("a row");
    assert_eq!(row.matches('|').count(), 6, "{row}");
}

#[test]
fn junit() {
    insta::assert_snapshot!("junit", render(Format::Junit, &verdict(), &context()));
    let report =
        quick_junit::Report::deserialize_from_str(&render(Format::Junit, &verdict(), &context())).expect("JUnit");
    let suite = &report.test_suites[0];
    // Three block; the file that could not be scanned is an error; what warns and what is clean passes.
    assert_eq!((suite.tests, suite.failures, suite.errors), (7, 3, 1));
    let query = suite.test_cases.iter().find(|case| case.name.as_str().contains("CWE-89")).expect("the query");
    assert_eq!(query.name.as_str(), "CWE-89 SQL injection, lines 12–14");
    assert_eq!(query.classname.as_ref().map(|name| name.as_str()), Some("app/db.py"));
    match &query.status {
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, ty, description, .. } => {
            assert_eq!(ty.as_ref().map(|ty| ty.as_str()), Some("CWE-89"));
            let text = description.as_ref().map(|text| text.as_str()).unwrap_or_default();
            assert!(text.contains("    12 |         cursor.execute("), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn junit_stays_xml_whatever_the_text() {
    let text = render(Format::Junit, &hostile(), &evil_context());
    let report = quick_junit::Report::deserialize_from_str(&text).expect("JUnit");
    assert_eq!(report.test_suites[0].test_cases.len(), 4);
    assert!(!text.contains("<script"));
}

#[test]
fn no_format_deceives_its_reader() {
    let formats =
        [Format::GitlabSast, Format::CodeQuality, Format::Github, Format::Markdown, Format::Junit, Format::Html];
    for format in formats {
        let text = render(format, &hostile(), &evil_context());
        let bad: Vec<_> = text.chars().filter(|&c| c != '\n' && is_deceptive(c)).collect();
        assert!(bad.is_empty(), "{format:?}: {bad:?}\n{text}");
    }
    assert_eq!(objections(SAST, &parsed(Format::GitlabSast, &hostile(), &context())), [""; 0]);
}

#[test]
fn no_format_echoes_a_secret() {
    let mut verdict = verdict();
    let line = |text: &str, before, after| cwegate::diff::DiffLine { before, after, text: text.to_owned() };
    // What replaces a secret is often another.
    verdict.summary.diffs.push(cwegate::diff::FileDiff {
        path: "app/settings.py".into(),
        hunks: vec![vec![
            line("OLD = \"sk_live_0000111122223333\"", Some(1), Some(1)),
            line("KEY = connect(host=\"db\", token=\"sk_live_5555666677778888\")", Some(2), None),
            line("KEY = connect(host=\"db\", token=\"sk_live_4eC39HqLyjWDarjtT1zdp7dc\")", None, Some(2)),
            line("requests.get(URL, headers=KEY, verify=False)", None, Some(3)),
        ]],
    });
    let secret = verdict.findings.iter_mut().find(|judged| judged.finding.cwe == CweId(798)).expect("the secret");
    secret.finding.evidence = vec![cwegate::evidence::Evidence {
        region: region((1, 1), (1, 33)),
        statement: "OLD = \"sk_live_0000111122223333\"".to_owned(),
        without: 0.2,
    }];
    for format in [
        Format::Human,
        Format::Json,
        Format::Sarif,
        Format::GitlabSast,
        Format::CodeQuality,
        Format::Github,
        Format::Markdown,
        Format::Junit,
        Format::Html,
    ] {
        let text = render(format, &verdict, &Context { verbose: true, ..context() });
        for secret in ["sk_live", "0000111122223333", "5555666677778888", "4eC39HqLyjWDarjtT1zdp7dc"] {
            assert!(!text.contains(secret), "{format:?}: {secret}\n{text}");
        }
    }
}

/// A notice of each level, without a finding, as an exemption that is over has it.
fn notices() -> Verdict {
    let notice = |level, place: Option<(&str, u32)>, text: &str| Notice {
        level,
        place: place.map(|(file, line)| (file.to_owned(), line)),
        text: text.to_owned(),
    };
    Verdict {
        outcome: Outcome::Blocked,
        findings: vec![],
        unscanned: vec![],
        notices: vec![
            notice(Level::Error, Some(("cwegate.toml", 9)), "the exemption for CWE-78 [a](1) ended on 2026-01-31"),
            notice(Level::Warning, None, "3 entries of cwegate-baseline.json match nothing any more"),
            notice(Level::Warning, Some(("../shared.toml", 2)), "this change loosens the policy"),
            notice(Level::Note, Some(("app/db.py", 3)), "this comment suppresses nothing"),
        ],
        summary: summary(),
    }
}

#[test]
fn every_format_that_can_tells_what_is_to_be_said_of_the_policy() {
    let formats = [Format::Human, Format::Json, Format::Sarif, Format::GitlabSast, Format::Github, Format::Markdown];
    for format in formats.into_iter().chain([Format::Junit, Format::Html]) {
        let text = render(format, &notices(), &context());
        for said in ["ended on 2026", "match nothing any more", "this change loosens the policy"] {
            // Markdown writes punctuation as character references.
            assert!(text.replace("&#45;", "-").contains(said), "{format:?}: {said}\n{text}");
        }
        // Notes are for those who ask, and for programs.
        let noted = text.contains("this comment suppresses nothing");
        assert_eq!(noted, matches!(format, Format::Json | Format::Sarif), "{format:?}");
        let text = render(format, &notices(), &Context { verbose: true, ..context() });
        assert!(text.contains("this comment suppresses nothing"), "{format:?}");
    }
}

#[test]
fn notices_in_their_formats() {
    let log = parsed(Format::Sarif, &notices(), &context());
    assert_eq!(objections("tests/schemas/sarif-schema-2.1.0.json", &log), [""; 0]);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&json!(true), &json!(1)));
    let told = invocation["toolConfigurationNotifications"].as_array().expect("notifications");
    let levels: Vec<_> = told.iter().filter_map(|notice| notice["level"].as_str()).collect();
    assert_eq!(levels, ["error", "warning", "warning", "note"]);
    assert_eq!(
        told[0]["locations"][0]["physicalLocation"],
        json!({"artifactLocation": {"uri": "cwegate.toml", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 9}})
    );
    let text = told[0]["message"]["text"].as_str().expect("a text");
    assert_eq!(text, "cwegate.toml:9: the exemption for CWE-78 (a)(1) ended on 2026-01-31");
    assert!(told[1].get("locations").is_none() && told[2].get("locations").is_none(), "nothing is outside of the root");

    let report = parsed(Format::GitlabSast, &notices(), &context());
    assert_eq!(objections(SAST, &report), [""; 0]);
    let messages = report["scan"]["messages"].as_array().expect("messages");
    let levels: Vec<_> = messages.iter().filter_map(|message| message["level"].as_str()).collect();
    assert_eq!(levels, ["fatal", "warn", "warn"]);

    insta::assert_snapshot!("github_notices", render(Format::Github, &notices(), &context()));
    insta::assert_snapshot!("markdown_notices", render(Format::Markdown, &notices(), &context()));
    let text = render(Format::Junit, &notices(), &context());
    let report = quick_junit::Report::deserialize_from_str(&text).expect("JUnit");
    let suite = &report.test_suites[0];
    assert_eq!((suite.failures, suite.errors), (0, 1), "what blocks fails the suite");
    let case = suite.test_cases.iter().find(|case| case.name.as_str() == "policy, line 9").expect("the exemption");
    assert_eq!(case.classname.as_ref().map(|name| name.as_str()), Some("cwegate.toml"));
}

#[test]
fn a_notice_that_blocks_is_annotated_whatever_else_there_is() {
    let many = (0..30)
        .map(|line| judged(finding(89, "a.py", region((line + 1, 1), (line + 1, 2)), vec![]), Action::Block, ""));
    let text = render(Format::Github, &Verdict { findings: many.collect(), ..notices() }, &context());
    assert!(text.starts_with("::error file=cwegate.toml,line=9,title=cwegate policy::the exemption"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("::error ")).count(), 10);
}

fn results(verdict: &Verdict, context: &Context) -> Vec<Value> {
    let log = parsed(Format::Sarif, verdict, context);
    assert_eq!(objections("tests/schemas/sarif-schema-2.1.0.json", &log), [""; 0]);
    log["runs"][0]["results"].as_array().expect("results").clone()
}

#[test]
fn sarif_tells_what_a_finding_hangs_on() {
    let found = results(&verdict(), &context());
    let query = found.iter().find(|result| result["ruleId"] == "CWE-89").expect("the query");
    let related = query["relatedLocations"].as_array().expect("related locations");
    assert_eq!(related.len(), 2);
    let place = &related[1]["physicalLocation"];
    assert_eq!(place["region"], json!({"startLine": 11, "startColumn": 9, "endLine": 11, "endColumn": 28}));
    assert_eq!(place["artifactLocation"]["uri"], "app/db.py");
    let text = query["message"]["text"].as_str().expect("a text");
    assert!(text.ends_with("It hangs on [line 2](1) and [line 11](2)."), "{text}");
    assert_eq!((related[0]["id"].clone(), related[1]["id"].clone()), (json!(1), json!(2)), "the links lead there");
    let steps = query["codeFlows"][0]["threadFlows"][0]["locations"].as_array().expect("steps");
    let lines: Vec<_> =
        steps.iter().map(|step| step["location"]["physicalLocation"]["region"]["startLine"].clone()).collect();
    assert_eq!(lines, [2, 11, 12], "the last step is the finding");
    assert!(found.iter().filter(|result| result["ruleId"] != "CWE-89").all(|result| result.get("codeFlows").is_none()));

    let gitlab = results(&verdict(), &Context { sarif_profile: Profile::Gitlab, ..context() });
    let text = gitlab[0]["message"]["text"].as_str().expect("a text");
    assert!(
        gitlab.iter().all(|result| !result["message"]["text"].as_str().unwrap_or_default().contains("](")),
        "{text}"
    );
}

#[test]
fn sarif_comes_most_severe_first_and_in_one_order() {
    let found = results(&verdict(), &context());
    let ids: Vec<_> = found.iter().map(|result| (result["level"].clone(), result["ruleId"].clone())).collect();
    let blocks = ids.iter().take_while(|(level, _)| level == "error").count();
    assert!(ids[blocks..].iter().all(|(level, _)| level != "error"), "{ids:?}");
    let mut other = verdict();
    other.findings.reverse();
    assert_eq!(results(&other, &context()).len(), found.len());
}

#[test]
fn the_full_profile_has_all_and_says_what_it_is() {
    let full = Context { sarif_profile: Profile::Full, ..context() };
    let found = results(&verdict(), &full);
    assert_eq!(found.len(), verdict().findings.len());
    let states: std::collections::BTreeSet<_> =
        found.iter().filter_map(|result| result["baselineState"].as_str()).collect();
    assert_eq!(states.into_iter().collect::<Vec<_>>(), ["absent", "new", "unchanged", "updated"]);
    // SARIF §3.27.23: an empty list says that nothing suppresses the result.
    assert!(found.iter().all(|result| result["suppressions"].is_array()));
    for profile in [Profile::Github, Profile::Gitlab] {
        for result in results(&verdict(), &Context { sarif_profile: profile, ..context() }) {
            assert!(result.get("baselineState").is_none() && result.get("suppressions").is_none());
            assert!(result.get("rank").is_none(), "GitLab reads it as the severity");
        }
    }
}

#[test]
fn the_root_is_named_only_when_asked() {
    let run = |root: Option<&str>| {
        let context = Context { root_uri: root.map(str::to_owned), ..context() };
        let log = parsed(Format::Sarif, &verdict(), &context);
        assert_eq!(objections("tests/schemas/sarif-schema-2.1.0.json", &log), [""; 0]);
        log["runs"][0].clone()
    };
    assert!(run(None).get("originalUriBaseIds").is_none());
    assert_eq!(run(Some("file:///src/repo"))["originalUriBaseIds"]["%SRCROOT%"]["uri"], "file:///src/repo/");
}

#[test]
fn html() {
    let page = render(Format::Html, &verdict(), &context());
    insta::assert_snapshot!(
        "html_body",
        page.split_once("</head>")
            .and_then(|(_, body)| body.split_once("<script>"))
            .expect("a body")
            .0
            .replace("><", ">\n<")
    );
    // One file, with nothing to load.
    for outside in ["src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", "http-equiv=\"refresh\""] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'; script-src 'sha256-") && !page.contains("unsafe-inline"));
    assert!(!page.contains(" style=\""), "the page's policy forbids it");
    // Every id is there once, and every link in the page leads to one.
    let after =
        |key: &'static str| page.split(key).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>();
    let ids = after(" id=\"");
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
    let links = after("href=\"#");
    assert!(links.contains(&"f1-11") && links.iter().all(|link| ids.contains(link)), "{links:?} {ids:?}");
}

#[test]
fn hostile_text_is_no_markup_in_html() {
    let page = render(Format::Html, &hostile(), &evil_context());
    assert_eq!(page.matches("<script").count(), 1, "ours");
    assert!(!page.contains("alert(1)</script>") && page.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn a_secret_does_not_hide_a_whole_new_file() {
    let mut verdict = verdict();
    let line =
        |number, text: &str| cwegate::diff::DiffLine { before: None, after: Some(number), text: text.to_owned() };
    let mut lines =
        vec![line(1, "import requests"), line(2, "KEY = connect(token=\"sk_live_4eC39HqLyjWDarjtT1zdp7dc\")")];
    lines.push(line(3, "OLD = \"sk_live_0000111122223333\""));
    lines.extend((4..40).map(|number| line(number, "x = 1")));
    lines.push(line(40, "cur.execute(f\"SELECT id FROM orders WHERE name = '{name}'\")"));
    verdict.summary.diffs = vec![cwegate::diff::FileDiff { path: "app/settings.py".into(), hunks: vec![lines] }];
    let page = render(Format::Html, &verdict, &context());
    assert!(!page.contains("sk_live"), "{page}");
    assert!(page.contains("SELECT id FROM orders WHERE name"), "{page}");
}

#[test]
fn html_of_much_stays_readable() {
    let many = (0..1_200).map(|number| {
        judged(
            finding(89, "a.py", region((number + 1, 1), (number + 1, 2)), excerpt(number + 1, &[("run(x)", true)])),
            Action::Warn,
            "",
        )
    });
    let page = render(Format::Html, &Verdict { findings: many.collect(), ..verdict() }, &context());
    assert_eq!(page.matches("<article").count(), 1_000);
    assert!(page.contains("The 1000 most severe findings are here, 200 more are not."));
}

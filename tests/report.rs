//! Reports of verdicts that are built by hand.

mod common;

use cwegate::{
    attribute::Status,
    cwe::CweId,
    path::RepoPath,
    policy::{
        Action, ClassThresholds, FailOn, Judged, Kinds, Level, Notice, Outcome, Policy, Summary, Suppression,
        SuppressionKind, Unscanned, Verdict,
    },
    report::{Context, Format},
};
use serde_json::Value;

use common::verdicts::*;

#[test]
fn human() {
    insta::assert_snapshot!("human", render(Format::Human, &verdict(), &context()));
    insta::assert_snapshot!(
        "human_verbose",
        render(Format::Human, &verdict(), &Context { verbose: true, ..context() })
    );
    insta::assert_snapshot!("human_quiet", render(Format::Human, &verdict(), &Context { quiet: true, ..context() }));
    let color = render(Format::Human, &verdict(), &Context { color: true, ..context() });
    insta::assert_snapshot!("human_color", color.replace('\u{1b}', "␛"));
}

#[test]
fn colours_change_nothing_else() {
    let color = render(Format::Human, &verdict(), &Context { color: true, ..context() });
    let mut plain = String::new();
    let mut rest = color.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    assert_eq!(plain, render(Format::Human, &verdict(), &context()));
}

#[test]
fn human_is_quiet_when_all_is_well() {
    let old = vec![judged(brief(Status::Existing), Action::Warn, "was there before this change")];
    for findings in [vec![], old] {
        let verdict =
            Verdict { outcome: Outcome::Passed, findings, notices: vec![], unscanned: vec![], summary: summary() };
        assert_eq!(render(Format::Human, &verdict, &context()), "");
        let verbose = render(Format::Human, &verdict, &Context { verbose: true, ..context() });
        assert_eq!(
            verbose.lines().last(),
            Some(
                "cwegate: passed, 4 files, 120 changed lines, 310 statements, 1 binary passed over, 2 deleted passed over (model small 1)"
            )
        );
    }
}

#[test]
fn human_cuts_long_lines_and_long_statements() {
    let long = format!("    x = {}; run(f\"漢字{{x}}\"){}", "a + ".repeat(60), "  # tail".repeat(30));
    let start = long.find("run").expect("there") as u32 + 1;
    let lines = excerpt(1, &[(&long, true), (&"y = 1; ".repeat(40), false)]);
    let cut = finding(78, "a.py", region((1, start), (1, start + 12)), lines);
    let many: Vec<(String, bool)> = (0..20).map(|n| (format!("    part_{n},"), true)).collect();
    let many: Vec<_> = many.iter().map(|(text, inside)| (text.as_str(), *inside)).collect();
    let tall = finding(78, "a.py", region((95, 5), (114, 13)), excerpt(95, &many));
    let findings = vec![judged(cut, Action::Block, "preset strict"), judged(tall, Action::Warn, "preset strict")];
    let verdict =
        Verdict { outcome: Outcome::Blocked, findings, notices: vec![], unscanned: vec![], summary: summary() };
    insta::assert_snapshot!("human_long", render(Format::Human, &verdict, &context()));
}

#[test]
fn unscannable() {
    let verdict = Verdict { outcome: Outcome::Unscannable, findings: vec![], ..verdict() };
    insta::assert_snapshot!("human_unscannable", render(Format::Human, &verdict, &context()));
}

#[test]
fn json() {
    let text = render(Format::Json, &verdict(), &context());
    insta::assert_snapshot!("json", text);
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["findings"][0]["probability"], 0.9312);
    assert_eq!(value["findings"][2]["before"], 0.12);
    assert_eq!(value["exit_code"], 1);
}

/// What both schemas object to.
fn objections(log: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    for name in ["sarif-schema-2.1.0.json", "sarif-schema-2.1.0.codeql-action.json"] {
        let path = format!("{}/tests/schemas/{name}", env!("CARGO_MANIFEST_DIR"));
        let mut schema: Value = serde_json::from_slice(&std::fs::read(path).expect("a schema")).expect("JSON");
        // GitHub's copy has `anyOf` of a region among its `properties`, where a strict validator refuses it. It is
        // put where OASIS has it, which asks for more than GitHub does.
        let region = &mut schema["definitions"]["region"];
        if let Some(any_of) = region["properties"].as_object_mut().and_then(|map| map.remove("anyOf")) {
            region["anyOf"] = any_of;
        }
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        objections
            .extend(validator.iter_errors(log).map(|error| format!("{name}: {error} at {}", error.instance_path())));
    }
    objections
}

fn sarif(verdict: &Verdict, context: &Context) -> Value {
    let value: Value = serde_json::from_str(&render(Format::Sarif, verdict, context)).expect("JSON");
    assert_eq!(objections(&value), [""; 0]);
    value
}

#[test]
fn the_schemas_object_to_what_is_wrong() {
    let mut log = sarif(&verdict(), &context());
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert_eq!(objections(&log).len(), 2, "one objection of each");
}

#[test]
fn sarif_is_valid() {
    let value = sarif(&verdict(), &context());
    insta::assert_snapshot!("sarif", render(Format::Sarif, &verdict(), &context()));
    let run = &value["runs"][0];

    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["CWE-22", "CWE-79", "CWE-89", "CWE-295", "CWE-798", "CWE-862"]);
    let severity: f32 =
        rules[2]["properties"]["security-severity"].as_str().expect("a string").parse().expect("a number");
    assert!((0.1..=10.0).contains(&severity));

    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 4, "old debt and repairs are not results");
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result.get("rank").is_none());
        let message = result["message"]["text"].as_str().expect("a text");
        assert!(message.starts_with("Possible ") && message.chars().count() <= 1024);
    }
    let query = results.iter().find(|result| result["ruleId"] == "CWE-89").expect("the query");
    let region = &query["locations"][0]["physicalLocation"]["region"];
    // `        )` ends line 14: its closing bracket is column 9, the end is after it.
    assert_eq!(region, &serde_json::json!({"startLine": 12, "startColumn": 9, "endLine": 14, "endColumn": 10}));
    let last = sql().excerpt[4].clone();
    assert_eq!((last.number, last.text.chars().count() + 1), (14, 10));
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["automationDetails"]["id"], "cwegate/");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn sarif_without_findings_has_an_empty_list() {
    let verdict = Verdict {
        outcome: Outcome::Passed,
        findings: vec![],
        notices: vec![],
        unscanned: vec![],
        summary: Summary::default(),
    };
    let value = sarif(&verdict, &Context { diff: false, automation_id: "nightly".to_owned(), ..context() });
    let run = &value["runs"][0];
    assert_eq!(run["results"], serde_json::json!([]));
    assert!(run["properties"].get("incrementalMode").is_none());
    assert_eq!(run["automationDetails"]["id"], "nightly/");
}

#[test]
fn sarif_lists_old_debt_where_it_may_block() {
    let existing = brief(Status::Existing);
    let verdict = Verdict {
        findings: vec![judged(existing.clone(), Action::Block, ""), judged(existing, Action::Warn, "")],
        ..verdict()
    };
    let value = sarif(&verdict, &Context { fail_on: FailOn::Any, ..context() });
    let levels: Vec<_> =
        value["runs"][0]["results"].as_array().expect("results").iter().map(|r| r["level"].clone()).collect();
    assert_eq!(levels, ["error", "note"]);
}

#[test]
fn sarif_keeps_the_most_severe() {
    let many = |cwe, count| {
        (0..count).map(move |line| {
            let place = region((line + 1, 1), (line + 1, 2));
            judged(finding(cwe, "a.py", place, vec![]), Action::Warn, "")
        })
    };
    let findings = many(614, 100).chain(many(89, 4_990)).collect();
    let verdict =
        Verdict { outcome: Outcome::Passed, findings, notices: vec![], unscanned: vec![], summary: Summary::default() };
    let text = render(Format::Sarif, &verdict, &context());
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let run = &value["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 5_000);
    assert_eq!(results.iter().filter(|result| result["ruleId"] == "CWE-89").count(), 4_990);
    let note = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().expect("a text");
    assert!(note.starts_with("90 results were left out"));
}

#[test]
fn secrets_are_not_echoed() {
    let mut fixed = secret();
    fixed.status = Status::Fixed;
    let mut removing = worsened();
    removing.path = RepoPath::from("app/settings.py");
    removing.removed = vec![(2, fixed.excerpt[1].text.clone())];
    let more =
        Verdict { findings: vec![judged(removing, Action::Block, ""), judged(fixed, Action::Warn, "")], ..verdict() };
    for verdict in [verdict(), more] {
        for format in [Format::Human, Format::Json, Format::Sarif] {
            let text = render(format, &verdict, &Context { verbose: true, ..context() });
            assert!(
                !text.contains("4eC39HqLyjWDarjtT1zdp7dc") && !text.contains("0000111122223333"),
                "{format:?}\n{text}"
            );
            assert!(!text.contains("sk_live"), "{format:?}\n{text}");
        }
    }
    assert!(render(Format::Human, &verdict(), &context()).contains("token=\"sk_l…\""));
}

#[test]
fn secrets_over_several_lines_are_not_echoed() {
    let lines = [("KEY = \"\"\"", true), ("MIIEvQIBADANBgkqhkiG9w0BAQ", true), ("\"\"\"", true)];
    let key = finding(798, "k.py", region((1, 1), (3, 4)), excerpt(1, &lines));
    let below = finding(
        94,
        "k.py",
        region((4, 1), (4, 11)),
        excerpt(2, &[(lines[1].0, false), (lines[2].0, false), ("exec(code)", true)]),
    );
    let findings = vec![judged(key, Action::Block, ""), judged(below, Action::Block, "")];
    let verdict = Verdict { findings, ..verdict() };
    for format in [Format::Human, Format::Json, Format::Sarif] {
        let text = render(format, &verdict, &context());
        assert!(!text.contains("BADANBg"), "{text}");
    }
}

/// What the report says lets a finding pass does so, and for that file only.
#[test]
fn the_hint_works() {
    for path in [&b"app/db.py"[..], b"a [1]{x,y}*?!.py", b"a\"b\\c\n\xff.py", "d/\u{202e}\u{e9}.py".as_bytes()] {
        let mut finding = sql();
        finding.path = RepoPath::new(path);
        let verdict = Verdict { findings: vec![judged(finding, Action::Block, "")], ..verdict() };
        let text = render(Format::Human, &verdict, &context());
        let hint: Vec<_> = text.lines().skip_while(|line| !line.contains("[[paths]]")).take(3).map(str::trim).collect();
        let policy = Policy::parse(&hint.join("\n"), "hint").unwrap_or_else(|error| panic!("{error}"));
        let class = ClassThresholds { id: CweId(89), members: vec![], budgets: vec![1.0], thresholds: vec![0.5] };
        let action = |path: RepoPath| policy.rules_for(&path, &Kinds::new(), std::slice::from_ref(&class))[0].action;
        assert_eq!(action(RepoPath::new(path)), Action::Off, "{hint:?}");
        assert_eq!(action(RepoPath::from("app/other.py")), Action::Block, "{hint:?}");
    }
}

#[test]
fn hostile_text_is_escaped() {
    let line = "x = eval(\u{202e}\"\u{1b}[31m\u{7}\u{9b}2J\u{2066}\", y)\u{200f}\u{feff}";
    let mut finding =
        finding(94, "", region((1, 1), (1, 29)), excerpt(1, &[(line, true), ("\u{1b}]0;title\u{7}", false)]));
    finding.path = RepoPath::new(&b"a:b#c d/\n\"e\x1b[2J\xff\xe2\x80\xae.py"[..]);
    finding.scope = "f\u{202e}".to_owned();
    finding.removed = vec![(3, "\u{1b}[8mif ok:\u{2028}".to_owned())];
    let path = finding.path.clone();
    let verdict = Verdict {
        outcome: Outcome::Blocked,
        findings: vec![judged(finding, Action::Block, "`\u{1b}[1m` in \u{202e}.toml:1")],
        notices: vec![Notice {
            level: Level::Error,
            place: Some(("\u{1b}c.toml".to_owned(), 1)),
            text: "\u{1b}[2J\u{202e}".to_owned(),
        }],
        unscanned: vec![Unscanned { path, lines: None, why: "\u{1b}[2Jwhy".to_owned(), blocks: true, degraded: false }],
        summary: summary(),
    };
    for format in [Format::Human, Format::Json, Format::Sarif] {
        let text = render(format, &verdict, &Context { policy: "\u{1b}c.toml".to_owned(), ..context() });
        let bad: Vec<_> = text.chars().filter(|&c| c != '\n' && cwegate::terminal::is_deceptive(c)).collect();
        assert!(bad.is_empty(), "{format:?}: {bad:?}\n{text}");
    }
    insta::assert_snapshot!("human_hostile", render(Format::Human, &verdict, &context()));

    let value = sarif(&verdict, &context());
    let uri = &value["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%3Ab%23c%20d/%0A%22e%1B%5B2J%FF%E2%80%AE.py");
    let value: Value = serde_json::from_str(&render(Format::Json, &verdict, &context())).expect("JSON");
    assert_eq!(value["findings"][0]["excerpt"][0]["text"], line, "JSON keeps the text as it is");
}

#[test]
fn what_is_suppressed_stays_visible() {
    let suppressed = Judged {
        suppressed: Some(Suppression {
            kind: SuppressionKind::Inline,
            reason: Some("tests \u{1b}[31monly".to_owned()),
            owner: None,
            expires: None,
            place: "app/db.py:12".to_owned(),
        }),
        ..judged(sql(), Action::Off, "allowed in app/db.py:12 (tests \u{1b}[31monly)")
    };
    let notice = Notice {
        level: Level::Warning,
        place: Some(("cwegate.toml".to_owned(), 9)),
        text: "the exemption ends on 2027-03-31".to_owned(),
    };
    let verdict = Verdict {
        outcome: Outcome::Passed,
        findings: vec![suppressed],
        notices: vec![notice],
        unscanned: vec![],
        summary: Summary::default(),
    };
    insta::assert_snapshot!("human_suppressed", render(Format::Human, &verdict, &context()));
    let verbose = render(Format::Human, &verdict, &Context { verbose: true, ..context() });
    insta::assert_snapshot!("human_suppressed_verbose", verbose);
    let value: Value = serde_json::from_str(&render(Format::Json, &verdict, &context())).expect("JSON");
    assert_eq!(value["summary"]["suppressed"], 1);
    assert_eq!((&value["summary"]["blocked"], &value["summary"]["warned"]), (&0.into(), &0.into()));
    assert_eq!(value["findings"][0]["action"], "off");
    assert_eq!(value["findings"][0]["suppressed"]["kind"], "inline");
    assert_eq!(value["findings"][0]["suppressed"]["place"], "app/db.py:12");
    assert_eq!(value["notices"][0]["line"], 9);
}

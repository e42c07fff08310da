//! Precedence, errors and verdicts of policies.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use cwegate::{
    attribute::{Finding, Region, Status},
    cli::policy as cli,
    cwe::{self, CweId},
    path::RepoPath,
    policy::{
        Action, Bar, Baseline, ClassThresholds, Date, FailOn, FileKinds, Kind, Kinds, Level, Outcome, PRESETS,
        Policies, Policy, Rules, Scanned, SeenStatement, Store, Summary, SuppressionKind, Unscannable, Unscanned,
        Verdict, init, schema,
    },
    python,
};
use proptest::prelude::*;

const BUDGETS: [f32; 5] = [0.1, 0.2, 0.5, 1.0, 5.0];
const TODAY: Date = Date { year: 2026, month: 11, day: 22 };

fn class(id: u16, members: &[u16]) -> ClassThresholds {
    ClassThresholds {
        id: CweId(id),
        members: members.iter().copied().map(CweId).collect(),
        budgets: BUDGETS.to_vec(),
        thresholds: vec![0.99, 0.95, 0.85, 0.8, 0.5],
    }
}

fn classes() -> Vec<ClassThresholds> {
    cwe::all_advice()
        .iter()
        .map(|(id, advice)| class(id.0, &advice.members.iter().map(|member| member.0).collect::<Vec<_>>()))
        .collect()
}

fn policy(text: &str) -> Policy {
    Policy::parse(text, "cwegate.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// Action, threshold and reason of one class in one file.
fn rule(text: &str, path: &str, id: u16) -> (Action, f32, String) {
    let classes = classes();
    let index = classes.iter().position(|class| class.id == CweId(id)).expect("a class of the model");
    let rule = policy(text).rules_for(&RepoPath::from(path), &Kinds::new(), &classes).swap_remove(index);
    (rule.action, rule.threshold, rule.reason)
}

#[test]
fn precedence() {
    use Action::{Block, Off, Warn};
    let table: &[(&str, &str, &str, u16, Action)] = &[
        ("the default preset", "", "a.py", 89, Block),
        ("the default preset warns of the rest", "", "a.py", 1333, Warn),
        ("an entry covers descendants", r#"cwe."CWE-74" = "off""#, "a.py", 90, Off),
        ("a nearer entry of an earlier layer wins", r#"cwe."CWE-74" = "off""#, "a.py", 89, Block),
        ("the later layer wins at the same distance", r#"cwe."CWE-89" = "off""#, "a.py", 89, Off),
        ("`*` is the farthest", "[cwe]\n\"*\" = \"off\"", "a.py", 89, Block),
        ("`*` of a later layer wins over an earlier one", "[cwe]\n\"*\" = \"off\"", "a.py", 1333, Off),
        (
            "the stricter of equals in one table",
            "[cwe]\n\"CWE-668\" = \"off\"\n\"CWE-706\" = \"warn\"\n\"CWE-22\" = { budget = 2.0 }\n",
            "a.py",
            22,
            Block,
        ),
        (
            "two parents at the same distance",
            "extends = \"audit\"\n[cwe]\n\"CWE-668\" = \"off\"\n\"CWE-706\" = \"block\"",
            "a.py",
            22,
            Block,
        ),
        ("a member names its class", "extends = \"audit\"\ncwe.\"CWE-259\" = \"block\"", "a.py", 798, Block),
        ("an ancestor of a member only", "extends = \"audit\"\ncwe.\"CWE-200\" = \"block\"", "a.py", 489, Block),
        (
            "member and class are equally near, the stricter wins",
            "[cwe]\n\"CWE-798\" = \"off\"\n\"CWE-321\" = \"block\"",
            "a.py",
            798,
            Block,
        ),
        (
            "a path's table comes before the tables",
            "[[paths]]\nmatch = [\"tests/**\"]\ncwe = { \"*\" = \"off\" }",
            "tests/a.py",
            89,
            Off,
        ),
        (
            "only where the glob matches",
            "[[paths]]\nmatch = [\"tests/**\"]\ncwe = { \"*\" = \"off\" }",
            "src/tests/a.py",
            89,
            Block,
        ),
        (
            "`*` in a glob stops at a slash",
            "[[paths]]\nmatch = [\"tests/*.py\"]\naction = \"off\"",
            "tests/b/a.py",
            89,
            Block,
        ),
        ("a path's action caps", "[[paths]]\nmatch = [\"tests/**\"]\naction = \"warn\"", "tests/a.py", 89, Warn),
        ("a cap lifts nothing", "[[paths]]\nmatch = [\"**/*.py\"]\naction = \"block\"", "a.py", 1333, Warn),
        (
            "a cap holds over the path's own table",
            "[[paths]]\nmatch = [\"t/**\"]\naction = \"warn\"\ncwe = { \"CWE-89\" = \"block\" }",
            "t/a.py",
            89,
            Warn,
        ),
        (
            "the later paths table wins",
            "[[paths]]\nmatch = [\"t/**\"]\ncwe = { \"CWE-89\" = \"off\" }\n[[paths]]\nmatch = [\"t/x/**\"]\ncwe = { \"CWE-89\" = \"block\" }",
            "t/x/a.py",
            89,
            Block,
        ),
        (
            "the nearer entry wins over the later paths table",
            "[[paths]]\nmatch = [\"t/**\"]\ncwe = { \"CWE-89\" = \"off\" }\n[[paths]]\nmatch = [\"t/**\"]\ncwe = { \"CWE-74\" = \"block\" }",
            "t/a.py",
            89,
            Off,
        ),
        (
            "a group covers what lies below it",
            "extends = \"audit\"\ncwe.\"class:injection\" = \"block\"",
            "a.py",
            89,
            Block,
        ),
        ("a group covers nothing else", "extends = \"audit\"\ncwe.\"class:injection\" = \"block\"", "a.py", 798, Warn),
        (
            "an entry that names a weakness is nearer than a group that holds it",
            "extends = \"audit\"\n[cwe]\n\"owasp:A03\" = \"block\"\n\"CWE-89\" = \"warn\"",
            "a.py",
            89,
            Warn,
        ),
        (
            "a group that holds a weakness is nearer than what lies above it",
            "extends = \"audit\"\n[cwe]\n\"owasp:A03\" = \"block\"\n\"CWE-943\" = \"off\"",
            "a.py",
            89,
            Block,
        ),
        ("the Top 25 as a group", "extends = \"audit\"\ncwe.\"top25:2025\" = \"block\"", "a.py", 918, Block),
        ("owasp-top10 blocks", "extends = \"owasp-top10\"", "a.py", 89, Block),
        ("owasp-top10 warns of the rest", "extends = \"owasp-top10\"", "a.py", 1333, Warn),
        ("balanced blocks secrets", "extends = \"balanced\"", "a.py", 798, Block),
        ("balanced warns of the rest", "extends = \"balanced\"", "a.py", 1333, Warn),
        ("secrets-only blocks secrets", "extends = \"secrets-only\"", "a.py", 798, Block),
        ("secrets-only says nothing of the rest", "extends = \"secrets-only\"", "a.py", 89, Off),
        ("strict blocks all", "extends = \"strict\"", "a.py", 1333, Block),
        ("audit blocks nothing", "extends = \"audit\"", "a.py", 89, Warn),
    ];
    for &(what, text, path, id, expected) in table {
        let (action, _, reason) = rule(text, path, id);
        assert_eq!(action, expected, "{what}: {reason}");
    }
}

#[test]
fn reasons_name_the_entry_and_where_it_stands() {
    let reason = |text, path, id| rule(text, path, id).2;
    assert_eq!(reason("", "a.py", 89), "preset top25 blocks CWE-89");
    assert_eq!(reason("", "a.py", 732), "preset top25 blocks CWE-284, which covers CWE-732");
    assert_eq!(reason("", "a.py", 1333), "preset top25 warns of CWE-1333, as all that it does not name");
    let text = "[cwe]\n\n\"CWE-74\" = { action = \"block\", budget = 0.2 }\n";
    assert_eq!(reason(text, "a.py", 90), "`\"CWE-74\" = \"block\"` in cwegate.toml:3 covers CWE-90");
    assert_eq!(reason("[cwe]\n\"CWE-89\" = \"off\"", "a.py", 89), "`\"CWE-89\" = \"off\"` in cwegate.toml:2");
    assert_eq!(
        reason("[[paths]]\nmatch = [\"tests/**\", \"conftest.py\"]\naction = \"warn\"", "conftest.py", 89),
        "`action = \"warn\"` in cwegate.toml:3 for `tests/**`, `conftest.py`; else preset top25 blocks CWE-89"
    );
}

#[test]
fn budgets() {
    let threshold = |text, path| rule(text, path, 89).1;
    assert_eq!(threshold("", "a.py"), 0.8);
    assert_eq!(threshold("gate.budget = 0.4", "a.py"), 0.95, "the largest listed one not above");
    assert_eq!(threshold("gate.budget = 0.01", "a.py"), 0.99, "below all: the smallest");
    assert_eq!(threshold("gate.budget = 100", "a.py"), 0.5);
    assert_eq!(threshold("[cwe]\n\"CWE-943\" = { budget = 5 }", "a.py"), 0.5, "a farther entry has the only budget");
    assert_eq!(threshold("[cwe]\n\"CWE-943\" = { budget = 5 }\n\"CWE-89\" = \"warn\"", "a.py"), 0.5);
    assert_eq!(threshold("[cwe]\n\"CWE-89\" = \"off\"", "a.py"), f32::INFINITY);
    let paths = "[cwe]\n\"CWE-89\" = { budget = 5 }\n[[paths]]\nmatch = [\"t/**\"]\nbudget = 0.1\n";
    assert_eq!(threshold(paths, "t/a.py"), 0.99);
    assert_eq!(threshold(paths, "a.py"), 0.5);
}

#[test]
fn defaults_and_presets() {
    let default = policy("");
    assert_eq!(default.bar().value(), 1.0);
    assert_eq!(default.fail_on(), FailOn::Worsened);
    assert_eq!(default.unscannable(), Unscannable::Block);
    assert_eq!(default.max_file_size(), 1_000_000);
    assert_eq!(policy("extends = \"strict\"").bar().value(), 5.0);
    assert_eq!(policy("extends = \"audit\"").unscannable(), Unscannable::Warn);
    for (name, text) in PRESETS {
        assert!(text.starts_with("# For "), "{name} says whom it is for");
    }
}

#[test]
fn errors() {
    let error = |text: &str| Policy::parse(text, "cwegate.toml").expect_err("a wrong policy").to_string();
    insta::assert_snapshot!("syntax", error("[gate]\nbudget = = 1\n\n[cwe\n"));
    insta::assert_snapshot!(
        "unknown_keys",
        error(
            "extend = \"top25\"\n[gate]\n\tbugdet = 1.0\ncolour = 1\n[[paths]]\nmatch = [\"a\"]\nactions = \"warn\"\n"
        )
    );
    insta::assert_snapshot!(
        "wrong_values",
        error("[gate]\nbudget = 0\nfail-on = \"worsend\"\nunscannable = true\nmax-file-size = -1\n")
    );
    insta::assert_snapshot!(
        "wrong_cwe",
        error(
            "[cwe]\n\"cwe-89\" = \"block\"\n\"CWE-16\" = \"block\"\n\"SQL\" = \"block\"\n\"CWE-78\" = \"blok\"\n\"CWE-79\" = { action = \"warn\", bugdet = 1 }\n\"CWE-22\" = {}\n"
        )
    );
    insta::assert_snapshot!(
        "wrong_glob",
        error("[[paths]]\nmatch = [\"tests/[a\", \"/src/**\", \"docs/\", 3]\naction = \"off\"\n")
    );
    insta::assert_snapshot!(
        "empty_paths",
        error(
            "[[paths]]\naction = \"off\"\n\n[[paths]]\nmatch = [\"a\"]\n\n[[paths]]\nmatch = \"a\"\naction = \"off\"\n"
        )
    );
    insta::assert_snapshot!("wrong_tables", error("gate = 1\ncwe = []\npaths = {}\nextends = 4\n"));
    insta::assert_snapshot!(
        "wrong_groups",
        error("[cwe]\n\"owasp:a3\" = \"block\"\n\"class:everything\" = \"block\"\n\"top25:2024\" = \"block\"\n")
    );
    insta::assert_snapshot!(
        "wrong_bars",
        error(
            "[gate]\nbudget = 1.0\nprobability = 0.5\nblock-probability = 1.5\nblock-budget = \"1\"\n[cwe]\n\"CWE-89\" = { block-budget = 1, block-probability = 0.5 }\n"
        )
    );
    insta::assert_snapshot!(
        "wrong_flags",
        error("root = 1\n[gate]\nrequire-reason = \"yes\"\nallow-blanket = 1\naccept-new-comments = []\n")
    );
    insta::assert_snapshot!(
        "wrong_allow",
        error(
            "[[allow]]\npath = \"a.py\"\n\n[[allow]]\ncwe = \"CWE-89\"\nreason = \"\"\n\n[[allow]]\ncwe = [\"CWE-16\"]\npath = \"/a.py\"\nexpires = \"tomorrow\"\n\n[[allow]]\ncwe = []\nfingerprint = \"xyz\"\nexpires = 2026-02-20T00:00:00\nbecause = \"\"\n"
        )
    );
    insta::assert_snapshot!(
        "wrong_kind",
        error("[[paths]]\nkind = \"generate\"\naction = \"off\"\n\n[[paths]]\nkind = []\n")
    );
    insta::assert_snapshot!("wrong_model", error("[model]\npath = \"model\"\nhahs = 1\n"));
    insta::assert_snapshot!("unknown_preset", error("extends = \"top52\"\n"));
    insta::assert_snapshot!("wide_characters", error("gate = { \"予算\" = 1, budget = \"漢字\u{202e}\" }\n"));
}

#[test]
fn errors_in_a_pyproject() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    let error = |explicit: Option<&Path>| Policy::load(explicit, root, root).expect_err("a wrong policy").to_string();
    write(root, "pyproject.toml", "[project]\nname = \"x\"\n\n[tool.cwegate.gate]\nbudgte = 1\n");
    insta::assert_snapshot!("pyproject", error(None));
    write(root, "pyproject.toml", "tool.cwegate = \"strict\"\n");
    insta::assert_snapshot!("pyproject_no_table", error(None));
    write(root, "pyproject.toml", "[project]\nname = \"x\"\n");
    let named = root.join("pyproject.toml");
    assert!(error(Some(&named)).contains("there is no table `tool.cwegate`"), "one that was named has to be a policy");
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, text).expect("a file");
}

#[test]
fn discovery_goes_up_to_the_root_and_no_farther() {
    let outer = tempfile::tempdir().expect("a directory");
    let root = outer.path().join("repository");
    write(outer.path(), "cwegate.toml", "gate.budget = 9.0");
    write(&root, "a/b/c.py", "");
    let budget = |start: &str| Policy::load(None, &root.join(start), &root).expect("a policy").bar().value();
    assert_eq!(budget("a/b"), 1.0, "above the root counts for nothing");
    write(&root, "pyproject.toml", "[project]\nname = \"x\"\n[tool.cwegate.gate]\nbudget = 2.0\n");
    assert_eq!(budget("a/b"), 2.0);
    write(&root, "cwegate.toml", "gate.budget = 3.0");
    assert_eq!(budget("a/b"), 3.0, "cwegate.toml before pyproject.toml");
    write(&root, "a/pyproject.toml", "[project]\nname = \"x\"\n");
    assert_eq!(budget("a/b"), 3.0, "a pyproject.toml without the table is passed over");
    write(&root, "a/pyproject.toml", "[project\n");
    assert_eq!(budget("a/b"), 3.0, "so is a broken one that does not speak of cwegate");
    write(&root, "a/cwegate.toml", "gate.budget = 4.0");
    assert_eq!(budget("a/b"), 4.0, "the nearest wins");
    assert_eq!(budget(""), 3.0);
    write(&root, "a/b/pyproject.toml", "[tool.cwegate\n");
    assert!(Policy::load(None, &root.join("a/b"), &root).is_err(), "a broken one that does is an error");

    let explicit = outer.path().join("cwegate.toml");
    assert_eq!(Policy::load(Some(&explicit), &root, &root).expect("a policy").bar().value(), 9.0);
    assert_eq!(Policy::load(Some(Path::new("strict")), &root, &root).expect("a preset").bar().value(), 5.0);
}

#[test]
fn extends_is_relative_to_the_file_and_layers() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    write(
        root,
        "team/base.toml",
        "extends = \"strict\"\n[gate]\nbudget = 0.5\nfail-on = \"new\"\n[cwe]\n\"CWE-89\" = \"warn\"\n",
    );
    write(
        root,
        "service/cwegate.toml",
        "extends = \"../team/base.toml\"\n[gate]\nfail-on = \"any\"\n[[paths]]\nmatch = [\"tests/**\"]\naction = \"warn\"\n",
    );
    let policy = Policy::load(None, &root.join("service"), root).expect("a policy");
    assert_eq!((policy.bar().value(), policy.fail_on()), (0.5, FailOn::Any));
    let rules = policy.rules_for(&RepoPath::from("a.py"), &Kinds::new(), &[class(89, &[]), class(78, &[])]);
    assert_eq!(rules[0].reason, "`\"CWE-89\" = \"warn\"` in team/base.toml:6");
    assert_eq!(rules[1].action, Action::Block);
    insta::assert_snapshot!("show", policy.show(true));
}

#[test]
fn extends_that_cannot_be_followed() {
    let outer = tempfile::tempdir().expect("a directory");
    let root = outer.path().join("repository");
    let error = || Policy::load(None, &root, &root).expect_err("a wrong policy").to_string();
    write(&root, "cwegate.toml", "extends = \"a.toml\"\n");
    write(&root, "a.toml", "\nextends = \"./cwegate.toml\"\n");
    insta::assert_snapshot!("cycle", error());
    write(&root, "cwegate.toml", "extends = \"cwegate.toml\"\n");
    insta::assert_snapshot!("cycle_of_one", error());
    write(&root, "cwegate.toml", "extends = \"missing.toml\"\n");
    insta::assert_snapshot!("missing", error());
    write(outer.path(), "outside.toml", "");
    write(&root, "cwegate.toml", "extends = \"../outside.toml\"\n");
    insta::assert_snapshot!("outside", error());
    let explicit = Policy::load(Some(&root.join("cwegate.toml")), &root, &root);
    assert!(explicit.is_ok(), "a policy that was named may extend anything");
}

#[cfg(unix)]
#[test]
fn the_start_may_be_named_through_a_link() {
    let outer = tempfile::tempdir().expect("a directory");
    let root = outer.path().join("repository");
    write(&root, "a/cwegate.toml", "gate.budget = 4.0");
    std::os::unix::fs::symlink(&root, outer.path().join("link")).expect("a link");
    let budget = |start: &str| Policy::load(None, &outer.path().join(start), &root).expect("a policy").bar().value();
    assert_eq!(budget("link/a"), 4.0);
    assert_eq!(budget("link"), 1.0);
    assert_eq!(budget("elsewhere"), 1.0);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_refused() {
    let outer = tempfile::tempdir().expect("a directory");
    let root = outer.path().join("repository");
    write(outer.path(), "outside.toml", "extends = \"audit\"");
    fs::create_dir(&root).expect("a directory");
    std::os::unix::fs::symlink(outer.path().join("outside.toml"), root.join("cwegate.toml")).expect("a link");
    let error = Policy::load(None, &root, &root).expect_err("a link outwards");
    insta::assert_snapshot!("link_outwards", error.to_string());
}

#[test]
fn show_reads_back_as_the_same_policy() {
    let text = "extends = \"strict\"\n[gate]\nbudget = 0.2\n[cwe]\n\"CWE-74\" = { action = \"warn\", budget = 0.1 }\n\"CWE-20\" = { budget = 2.5 }\n\
                [[paths]]\nmatch = [\"tests/**\", 'a\"b/*']\naction = \"warn\"\nbudget = 5\ncwe = { \"CWE-798\" = \"off\", \"*\" = { budget = 0.2 } }\n";
    let (before, after) = (policy(text), policy(&policy(text).show(false)));
    for path in ["a.py", "tests/a.py", "a\"b/c"] {
        let rules = |policy: &Policy| -> Vec<_> {
            let rules = policy.rules_for(&RepoPath::from(path), &Kinds::new(), &classes());
            rules.into_iter().map(|rule| (rule.action, rule.threshold)).collect()
        };
        assert_eq!(rules(&before), rules(&after), "{path}");
    }
    assert_eq!(before.bar().value(), after.bar().value());
}

#[test]
fn check_tells_what_has_no_effect() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    let paths: Vec<_> = ["src/app/tests/a.py", "src/app/b.py"].map(RepoPath::from).into();
    write(
        root,
        "cwegate.toml",
        "[cwe]\n\"CWE-787\" = \"block\"\n\n[[paths]]\nmatch = [\"src/**\", \"tests/**\", \"vendor/**\"]\naction = \"warn\"\n",
    );
    let checked = cli::check(None, root, root, &paths, &|_| None);
    assert_eq!(checked.exit_code, 0);
    insta::assert_snapshot!("check", checked.text);
    write(root, "cwegate.toml", "gaet = {}\n");
    assert_eq!(cli::check(None, root, root, &paths, &|_| None).exit_code, 2);
    write(root, "cwegate.toml", "");
    assert_eq!(cli::check(None, root, root, &paths, &|_| None).text, "cwegate.toml: the policy is in order\n");
}

fn finding(cwe: u16, path: &str, line: u32, status: Status) -> Finding {
    Finding {
        cwe: CweId(cwe),
        also: vec![],
        path: RepoPath::from(path),
        scope: "<module>".to_owned(),
        region: Region { start_line: line, start_column: 1, end_line: line, end_column: 10 },
        lines: (line, line),
        status,
        probability: 0.9,
        before: None,
        threshold: 0.8,
        statement: "run(x)".to_owned(),
        excerpt: vec![],
        fingerprint: "0".repeat(32),
        line_hash: "0:1".to_owned(),
        removed: vec![],
        evidence: vec![],
        cells: None,
        cells_before: None,
    }
}

/// The verdict on findings of files of which nothing else is known.
fn judge(text: &str, findings: Vec<Finding>, unscanned: Vec<Unscanned>) -> Verdict {
    judge_files(text, findings, &BTreeMap::new(), unscanned)
}

fn judge_files(
    text: &str,
    findings: Vec<Finding>,
    scanned: &BTreeMap<RepoPath, Scanned>,
    unscanned: Vec<Unscanned>,
) -> Verdict {
    let (policies, baseline) = (Policies::one(policy(text)), Baseline::default());
    let rules = Rules { policies: &policies, baseline: &baseline, own: None, exists: &|_| true, today: TODAY };
    rules.judge(findings, &classes(), scanned, unscanned, Summary::default()).expect("a verdict")
}

fn outcome(text: &str, findings: Vec<Finding>) -> Outcome {
    judge(text, findings, vec![]).outcome
}

#[test]
fn what_blocks() {
    use Outcome::{Blocked, Passed};
    let table: &[(&str, u16, Status, Outcome)] = &[
        ("", 89, Status::New, Blocked),
        ("", 89, Status::Worsened, Blocked),
        ("", 89, Status::Existing, Passed),
        ("", 89, Status::Fixed, Passed),
        ("", 1333, Status::New, Passed),
        ("gate.fail-on = \"new\"", 89, Status::New, Blocked),
        ("gate.fail-on = \"new\"", 89, Status::Worsened, Passed),
        ("gate.fail-on = \"any\"", 89, Status::Existing, Blocked),
        ("gate.fail-on = \"any\"", 89, Status::Fixed, Passed),
        ("extends = \"audit\"", 89, Status::New, Passed),
    ];
    for &(text, cwe, status, expected) in table {
        assert_eq!(outcome(text, vec![finding(cwe, "a.py", 1, status)]), expected, "{text} CWE-{cwe} {status:?}");
    }
}

#[test]
fn the_strictest_class_at_a_statement_counts() {
    let mut both = finding(1333, "a.py", 1, Status::New);
    both.also = vec![(CweId(89), 0.85)];
    let verdict = judge("", vec![both], vec![]);
    assert_eq!(verdict.outcome, Outcome::Blocked);
    assert_eq!(verdict.findings[0].reason, "preset top25 blocks CWE-89");
}

#[test]
fn findings_are_sorted_and_off_is_left_out() {
    let findings = vec![
        finding(1333, "a.py", 1, Status::New),
        finding(89, "b.py", 9, Status::New),
        finding(89, "b.py", 2, Status::New),
        finding(78, "b.py", 2, Status::New),
        finding(22, "a.py", 1, Status::Existing),
        finding(79, "a.py", 1, Status::New),
    ];
    let verdict = judge("cwe.\"CWE-79\" = \"off\"", findings, vec![]);
    let order: Vec<_> = verdict
        .findings
        .iter()
        .map(|judged| {
            (judged.action, judged.finding.path.to_text(), judged.finding.region.start_line, judged.finding.cwe.0)
        })
        .collect();
    let expected = [
        (Action::Block, "b.py".to_owned(), 2, 78),
        (Action::Block, "b.py".to_owned(), 2, 89),
        (Action::Block, "b.py".to_owned(), 9, 89),
        (Action::Warn, "a.py".to_owned(), 1, 22),
        (Action::Warn, "a.py".to_owned(), 1, 1333),
    ];
    assert_eq!(order, expected);
}

#[test]
fn what_could_not_be_scanned() {
    let item = |blocks| Unscanned {
        path: RepoPath::from("a.py"),
        lines: None,
        why: "it is too large".to_owned(),
        blocks,
        degraded: false,
    };
    let told = |text: &str, blocks| judge(text, vec![], vec![item(blocks)]);
    assert_eq!(told("", true).outcome, Outcome::Unscannable);
    assert_eq!(told("", false).outcome, Outcome::Passed);
    let warned = told("gate.unscannable = \"warn\"", true);
    assert_eq!((warned.outcome, warned.unscanned[0].blocks), (Outcome::Passed, false));
}

#[test]
fn blocking_may_be_stricter_than_warning() {
    let table: &[(&str, f32, Action)] = &[
        ("", 0.84, Action::Warn),
        ("", 0.85, Action::Block),
        ("gate.block-budget = 1", 0.81, Action::Block),
        ("extends = \"strict\"", 0.5, Action::Block),
        ("gate.block-budget = 0.1", 0.81, Action::Warn),
        ("gate.block-budget = 0.1", 0.995, Action::Block),
        ("gate.block-probability = 0.9", 0.89, Action::Warn),
        ("gate.block-probability = 0.9", 0.9, Action::Block),
        ("cwe.\"CWE-74\" = { block-probability = 0.9 }", 0.85, Action::Warn),
        ("gate.block-budget = 0.1\ncwe.\"CWE-89\" = { block-budget = 5 }", 0.81, Action::Block),
        ("[[paths]]\nmatch = [\"a.py\"]\nblock-probability = 0.95", 0.9, Action::Warn),
    ];
    for &(text, probability, expected) in table {
        let found = Finding { probability, ..finding(89, "a.py", 1, Status::New) };
        let verdict = judge(text, vec![found], vec![]);
        assert_eq!(verdict.findings[0].action, expected, "{text} at {probability}: {}", verdict.findings[0].reason);
    }
    let threshold = |text| rule(text, "a.py", 89).1;
    assert_eq!(threshold("gate.probability = 0.42"), 0.42);
    assert_eq!(threshold("cwe.\"CWE-89\" = { probability = 0.33 }"), 0.33);
    assert_eq!(threshold("gate.block-probability = 0.1"), 0.8, "what blocks is a finding first");
    assert_eq!(policy("gate.probability = 0.42").bar(), Bar::Probability(0.42));
}

#[test]
fn kinds_of_files() {
    let attributes =
        "# of GitHub\n*_pb2.py linguist-generated\nlib/** linguist-vendored=true\nlib/ours.py -linguist-vendored\n";
    let below = "!x linguist-generated\nmade.py linguist-generated=true\n";
    let read = |path: &RepoPath| match path.to_text().as_str() {
        ".gitattributes" => Some(attributes.as_bytes().to_vec()),
        "src/.gitattributes" => Some(below.as_bytes().to_vec()),
        "old.py" => Some(b"# @generated\n".to_vec()),
        _ => None,
    };
    let kinds = FileKinds::new(read, false);
    let of = |path: &str, text: &str| kinds.of(&path.into(), text.as_bytes()).into_iter().collect::<Vec<_>>();
    let protoc =
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# Generated by the protocol buffer compiler.  DO NOT EDIT!\n";
    let table: &[(&str, &str, &[Kind])] = &[
        ("app.py", "x = 1\n", &[]),
        ("a/b_pb2.py", "", &[Kind::Generated]),
        ("lib/a/b.py", "", &[Kind::Vendored]),
        ("lib/ours.py", "", &[]),
        ("src/made.py", "", &[Kind::Generated]),
        ("src/deep/made.py", "", &[Kind::Generated]),
        ("made.py", "", &[]),
        ("a/vendor/x.py", "", &[Kind::Vendored]),
        ("vendor.py", "", &[]),
        ("tests/x.py", "", &[Kind::Tests]),
        ("src/test_x.py", "", &[Kind::Tests]),
        ("conftest.py", "", &[Kind::Tests]),
        ("attestation.py", "", &[]),
        ("g.py", protoc, &[Kind::Generated]),
        ("g.py", "# @generated by something\n", &[Kind::Generated]),
        ("g.py", "# Generated by Django 5.0 on 2026-01-01\n", &[]),
        ("g.py", "x = 1\n# @generated\n", &[]),
        ("g.py", "\"@generated\"\n", &[]),
    ];
    for (path, text, expected) in table {
        assert_eq!(of(path, text), *expected, "{path}: {text}");
    }
    let strict = FileKinds::new(read, true);
    let declared = strict.of(&"new.py".into(), b"# @generated\n");
    assert!(declared.is_empty(), "a change cannot declare its own files generated");
    assert_eq!(strict.of(&"old.py".into(), b"x = 1\n"), Kinds::from([Kind::Generated]));

    let text = "[[paths]]\nkind = [\"generated\", \"tests\"]\nmatch = [\"src/**\"]\naction = \"off\"";
    let action = |path: &str, kinds: &[Kind]| {
        policy(text).rules_for(&path.into(), &kinds.iter().copied().collect(), &[class(89, &[])])[0].action
    };
    assert_eq!(action("src/a.py", &[Kind::Generated]), Action::Off);
    assert_eq!(action("src/a.py", &[Kind::Vendored]), Action::Block, "the kind has to fit");
    assert_eq!(action("a.py", &[Kind::Generated]), Action::Block, "and so has the glob");
}

/// A file's text as it was scanned, as a change of the given lines.
fn seen(text: &str, changed: impl IntoIterator<Item = u32>) -> BTreeMap<RepoPath, Scanned> {
    let module = python::parse(text.as_bytes(), false);
    let statements = module.statements.iter().map(|statement| SeenStatement {
        scope: module.scopes[statement.scope].name.clone(),
        text: statement.text(),
        lines: (statement.start_line, statement.end_line),
        scored: true,
    });
    let file = Scanned {
        statements: statements.collect(),
        comments: module.comments.clone(),
        changed: changed.into_iter().collect(),
        ..Scanned::default()
    };
    BTreeMap::from([("a.py".into(), file)])
}

/// The finding in the statement of a file that says `run`.
fn found_in(text: &str, cwe: u16) -> Finding {
    let module = python::parse(text.as_bytes(), false);
    let statement = module.statements.iter().find(|statement| statement.text().contains("run")).expect("a statement");
    let lines = (statement.start_line, statement.end_line);
    Finding { lines, ..finding(cwe, "a.py", lines.0, Status::New) }
}

#[test]
fn comments_that_allow() {
    let table: &[(&str, &str, u16, bool)] = &[
        ("on the line", "run(x)  # cwegate: allow[CWE-89] fine\n", 89, true),
        ("on the first line", "run(  # cwegate: allow[CWE-89] fine\n    x,\n)\n", 89, true),
        ("on the last line", "run(\n    x,\n)  # cwegate: allow[CWE-89] fine\n", 89, true),
        ("in between", "run(\n    x,  # cwegate: allow[CWE-89] fine\n)\n", 89, false),
        ("after a string of several lines", "run(\"\"\"\nx\n\"\"\")  # cwegate: allow[CWE-89] fine\n", 89, true),
        ("alone before", "# cwegate: allow[CWE-89] fine\nrun(x)\n", 89, true),
        ("alone after", "run(x)\n# cwegate: allow[CWE-89] fine\n", 89, false),
        ("two lines before", "# cwegate: allow[CWE-89] fine\n\nrun(x)\n", 89, false),
        ("behind another statement", "y = 1  # cwegate: allow[CWE-89] fine\nrun(x)\n", 89, false),
        ("in a string", "run(x, '# cwegate: allow[CWE-89] fine')\n", 89, false),
        ("in a string before", "y = \"\"\"\n# cwegate: allow[CWE-89] fine\"\"\"\nrun(x)\n", 89, false),
        ("after another tool", "run(x)  # noqa: S608 # cwegate: allow[CWE-89] fine\n", 89, true),
        ("before another tool", "run(x)  # cwegate: allow[CWE-89] fine # noqa\n", 89, true),
        ("without spaces", "run(x)  #cwegate:allow[CWE-89]\n", 89, true),
        ("another weakness", "run(x)  # cwegate: allow[CWE-78] fine\n", 89, false),
        ("one of several", "run(x)  # cwegate: allow[CWE-78, CWE-89] fine\n", 89, true),
        ("what lies above", "run(x)  # cwegate: allow[CWE-74] fine\n", 89, true),
        ("what lies below", "run(x)  # cwegate: allow[CWE-564] fine\n", 89, false),
        ("a group", "run(x)  # cwegate: allow[class:injection] fine\n", 89, true),
        ("a merged class by its member", "run(x)  # cwegate: allow[CWE-259] fine\n", 798, true),
        ("everything", "run(x)  # cwegate: allow fine\n", 89, false),
        ("everything with a star", "run(x)  # cwegate: allow[*] fine\n", 89, false),
        ("nothing", "run(x)  # cwegate: allow[] fine\n", 89, false),
        ("a wrong name", "run(x)  # cwegate: allow[SQL] fine\n", 89, false),
        ("a wrong word", "run(x)  # cwegate: ignore[CWE-89] fine\n", 89, false),
        ("not closed", "run(x)  # cwegate: allow[CWE-89 fine\n", 89, false),
    ];
    for &(what, text, cwe, allowed) in table {
        let verdict = judge_files("extends = \"strict\"", vec![found_in(text, cwe)], &seen(text, 1..=9), vec![]);
        let exemption = verdict.findings[0].suppressed.as_ref();
        assert_eq!(exemption.is_some(), allowed, "{what}: {:?}", verdict.notices);
        assert_eq!(verdict.outcome == Outcome::Passed, allowed, "{what}");
        if let Some(exemption) = exemption {
            assert_eq!(exemption.kind, SuppressionKind::Inline);
            assert!(exemption.reason.as_deref().is_none_or(|reason| reason == "fine"), "{what}: {exemption:?}");
            assert_eq!(verdict.notices, [], "{what}");
        }
    }
    let blanket = |text: &str| {
        judge_files("gate.allow-blanket = true", vec![found_in(text, 89)], &seen(text, 1..=9), vec![]).outcome
    };
    assert_eq!(blanket("run(x)  # cwegate: allow fine\n"), Outcome::Passed, "where the policy says so");
    assert_eq!(blanket("run(x)  # cwegate: allow[*] fine\n"), Outcome::Passed);
}

#[test]
fn comments_that_do_not_count_are_told() {
    let told = |policy: &str, text: &str, finding: bool| -> Vec<String> {
        let findings = finding.then(|| found_in(text, 89)).into_iter().collect();
        let verdict = judge_files(policy, findings, &seen(text, 1..=9), vec![]);
        let line = |notice: &cwegate::policy::Notice| notice.place.clone().map_or(0, |(_, line)| line);
        verdict.notices.iter().map(|notice| format!("{}: {}", line(notice), notice.text)).collect()
    };
    let reason = told("gate.require-reason = true", "run(x)  # cwegate: allow[CWE-89]\n", true);
    assert!(reason[0].contains("wants a reason"), "{reason:?}");
    assert!(told("gate.require-reason = true", "run(x)  # cwegate: allow[CWE-89] why\n", true).is_empty());
    let unused = told("", "y = 1\nrun(x)  # cwegate: allow[CWE-89] why\n", false);
    assert_eq!(unused, ["2: this comment suppresses nothing; take it away"]);
    let astray = told("", "# cwegate: allow[CWE-89] why\n\nrun(x)\n", true);
    assert!(astray[0].starts_with("1: this comment allows nothing: it is at no statement"), "{astray:?}");
    let wrong = told("", "run(x)  # cwegate: allow[CWE-16] why\n", true);
    assert!(wrong[0].contains("`CWE-16` is not a CWE"), "{wrong:?}");
    assert!(told("", "run(x)  # nosec\n", true).is_empty());
    let new = told("gate.accept-new-comments = false", "run(x)  # cwegate: allow[CWE-89] why\n", true);
    assert!(new[0].contains("does not count"), "{new:?}");
}

#[test]
fn all_classes_of_a_statement_have_to_be_allowed() {
    let outcome = |names: &str, also: u16| {
        let text = format!("run(x)  # cwegate: allow[{names}] why\n");
        let both = Finding { also: vec![(CweId(also), 0.9)], ..found_in(&text, 89) };
        judge_files("extends = \"strict\"", vec![both], &seen(&text, [1]), vec![]).outcome
    };
    assert_eq!(outcome("CWE-89", 78), Outcome::Blocked, "the other one still blocks");
    assert_eq!(outcome("CWE-89, CWE-78", 78), Outcome::Passed);
    assert_eq!(outcome("CWE-89", 943), Outcome::Passed, "CWE-943 lies above and says the same less exactly");
    assert_eq!(outcome("CWE-78", 78), Outcome::Blocked);
}

#[test]
fn exemptions_of_the_policy() {
    let allow = |rest: &str| format!("[[allow]]\ncwe = \"CWE-89\"\n{rest}");
    let outcome = |text: &str| outcome(text, vec![finding(89, "a/b.py", 1, Status::New)]);
    assert_eq!(outcome(&allow("path = \"a/b.py\"")), Outcome::Passed);
    assert_eq!(outcome(&allow("path = [\"x\", \"a/*.py\"]")), Outcome::Passed);
    assert_eq!(outcome(&allow("path = \"b.py\"")), Outcome::Blocked);
    let fingerprint = |digits: &str| allow(&format!("fingerprint = \"{digits}\""));
    assert_eq!(outcome(&fingerprint(&"0".repeat(32))), Outcome::Passed);
    assert_eq!(outcome(&fingerprint(&"1".repeat(32))), Outcome::Blocked);
    let strict = |rest: &str| format!("gate.require-reason = true\n{}", allow(rest));
    assert_eq!(outcome(&strict("path = \"a/b.py\"")), Outcome::Blocked);
    assert_eq!(outcome(&strict("path = \"a/b.py\"\nreason = \"why\"")), Outcome::Passed);

    let text = allow("path = \"a/b.py\"\nreason = \"why\"\nowner = \"@me\"\nexpires = 2027-03-31");
    let verdict = judge(&text, vec![finding(89, "a/b.py", 1, Status::New)], vec![]);
    let exemption = verdict.findings[0].suppressed.as_ref().expect("an exemption");
    assert_eq!((exemption.kind, exemption.place.as_str()), (SuppressionKind::Policy, "cwegate.toml:1"));
    assert_eq!(exemption.owner.as_deref(), Some("@me"));
    assert_eq!(exemption.expires.as_deref(), Some("2027-03-31"));
    assert_eq!(verdict.findings[0].reason, "allowed in cwegate.toml:1 (why); else preset top25 blocks CWE-89");
}

#[test]
fn exemptions_end() {
    let on = |day: &str| {
        let text = format!("[[allow]]\ncwe = \"CWE-89\"\npath = \"a.py\"\nexpires = {day}\n");
        let verdict = judge(&text, vec![finding(89, "a.py", 1, Status::New)], vec![]);
        let level = verdict.notices.first().map(|notice| notice.level);
        (verdict.findings[0].suppressed.is_some(), level, verdict.outcome)
    };
    assert_eq!(on("2026-12-07"), (true, None, Outcome::Passed), "15 days to go");
    assert_eq!(on("2026-12-06"), (true, Some(Level::Warning), Outcome::Passed), "14 days to go");
    assert_eq!(on("2026-11-22"), (true, Some(Level::Warning), Outcome::Passed), "the last day");
    assert_eq!(on("2026-11-21"), (false, Some(Level::Error), Outcome::Blocked), "past");
    let unneeded = judge("[[allow]]\ncwe = \"CWE-89\"\npath = \"a.py\"\nexpires = \"2026-11-21\"", vec![], vec![]);
    assert_eq!(unneeded.outcome, Outcome::Blocked, "it blocks whether or not it is needed");
}

#[test]
fn a_monorepo_has_a_policy_for_each_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    write(root, "cwegate.toml", "extends = \"audit\"\n[gate]\nmax-file-size = 7\n[cwe]\n\"CWE-89\" = \"block\"\n");
    write(root, "pay/cwegate.toml", "[gate]\nmax-file-size = 9\n[[paths]]\nmatch = [\"tests/**\"]\naction = \"off\"\n");
    write(root, "pay/core/pyproject.toml", "[tool.cwegate.cwe]\n\"CWE-78\" = \"block\"\n");
    write(root, "lab/cwegate.toml", "root = true\nextends = \"secrets-only\"\n");
    write(root, "alone/cwegate.toml", "root = true\n[gate]\nunscannable = \"warn\"\n");
    let policies = Policies::new(Store::Disk(root), None, root).expect("policies");
    let action = |path: &str, cwe: u16| {
        let policy = policies.of(&path.into()).expect("a policy");
        policy.rules_for(&path.into(), &Kinds::new(), &[class(cwe, &[])])[0].action
    };
    use Action::{Block, Off, Warn};
    let table = [
        ("a.py", 89, Block),
        ("a.py", 78, Warn),
        ("pay/a.py", 89, Block),
        ("pay/a.py", 78, Warn),
        ("pay/tests/a.py", 89, Off),
        ("tests/a.py", 89, Block),
        ("pay/core/a.py", 78, Block),
        ("pay/core/a.py", 89, Block),
        ("lab/a.py", 89, Off),
        ("lab/deep/er/a.py", 798, Block),
        ("alone/a.py", 78, Block),
    ];
    for (path, cwe, expected) in table {
        assert_eq!(action(path, cwe), expected, "CWE-{cwe} in {path}");
    }
    assert_eq!(policies.max_file_size(&"a.py".into()), 7);
    assert_eq!(policies.max_file_size(&"pay/core/a.py".into()), 9);
    insta::assert_snapshot!("show_monorepo", cli::show(None, &root.join("pay/core"), root, true).expect("a policy"));
    write(root, "pay/core/pyproject.toml", "[tool.cwegate.cwe]\n\"CWE-78\" = \"blok\"\n");
    let paths: Vec<_> = ["cwegate.toml", "pay/core/pyproject.toml", "pay/tests/a.py"].map(RepoPath::from).into();
    let checked = cli::check(None, root, root, &paths, &|_| None);
    assert_eq!(checked.exit_code, 2, "every policy is checked");
    assert!(checked.text.contains("pay/core/pyproject.toml:2:12"), "{}", checked.text);
}

#[test]
fn check_tells_of_exemptions() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    let text = "[gate]\nrequire-reason = true\n\n[[allow]]\ncwe = \"CWE-89\"\npath = \"a.py\"\nreason = \"one\"\n\n\
                [[allow]]\ncwe = \"CWE-78\"\npath = \"a.py\"\nreason = \"two\"\n\n\
                [[allow]]\ncwe = \"CWE-78\"\npath = \"b.py\"\n";
    write(root, "cwegate.toml", text);
    let used = |about: Vec<&RepoPath>| {
        assert_eq!(about, [&RepoPath::from("a.py")]);
        Some(BTreeSet::from(["cwegate.toml:4".to_owned()]))
    };
    let checked = cli::check(None, root, root, &["a.py".into(), "cwegate.toml".into()], &used);
    assert_eq!(checked.exit_code, 0);
    insta::assert_snapshot!("check_exemptions", checked.text);
    write(root, "cwegate.toml", "[[allow]]\ncwe = \"CWE-89\"\npath = \"a.py\"\nexpires = 2020-01-31\n");
    let checked = cli::check(None, root, root, &["a.py".into()], &|_| None);
    assert_eq!(checked.exit_code, 2);
    insta::assert_snapshot!("check_expired", checked.text);
}

#[test]
fn init_suits_the_repository() {
    let paths =
        ["src/app.py", "src/app/tests/a.py", "tests/b.py", "conftest.py", "vendor/x.py", "x_pb2.py", "README.md"];
    let paths: Vec<_> = paths.map(RepoPath::from).into();
    let read = |path: &RepoPath| (*path == "x_pb2.py".into()).then(|| b"# Generated by protoc. DO NOT EDIT\n".to_vec());
    let text = init(&paths, &FileKinds::without_attributes(), &read);
    let policy = policy(&text);
    assert!(policy.require_reason());
    assert_eq!(policy.without_effect(&paths), [], "it names nothing that is not there");
    insta::assert_snapshot!("init", text);
    let plain = init(&["a.py".into()], &FileKinds::without_attributes(), &|_| None);
    assert!(!plain.contains("\n[[paths]]"), "{plain}");
}

/// Properties of each table of the schema: name → (property → default).
fn tables() -> BTreeMap<String, BTreeMap<String, Option<String>>> {
    let schema: serde_json::Value = serde_json::from_str(&schema::json()).expect("JSON");
    let of = |table: &serde_json::Value| {
        let properties = table["properties"].as_object().expect("properties").iter();
        let default = |value: &serde_json::Value| match value.get("default") {
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            Some(serde_json::Value::Null) | None => None,
            Some(other) => Some(other.to_string()),
        };
        properties.map(|(key, value)| (key.clone(), default(value))).collect()
    };
    let named =
        [("[gate]", "Gate"), ("[model]", "Model"), ("[cwe]", "Entry"), ("[[paths]]", "Paths"), ("[[allow]]", "Allow")];
    let tables = named.map(|(name, definition)| (name.to_owned(), of(&schema["definitions"][definition])));
    tables.into_iter().chain([("top".to_owned(), of(&schema))]).collect()
}

#[test]
fn the_schema_is_that_of_the_parser_and_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cwegate.schema.json");
    let written = fs::read_to_string(file).expect("the schema");
    assert!(written == schema::json(), "write it anew: cargo run -- policy schema > policies/cwegate.schema.json");

    // What the parser knows, it lists where a key is unknown.
    let wrong = [
        ("top", "zzzzzz = 1"),
        ("[gate]", "gate.zzzzzz = 1"),
        ("[model]", "[model]\nzzzzzz = 1"),
        ("[cwe]", "cwe.\"CWE-89\" = { zzzzzz = 1 }"),
        ("[[paths]]", "[[paths]]\nzzzzzz = 1"),
        ("[[allow]]", "[[allow]]\nzzzzzz = 1"),
    ];
    for (table, text) in wrong {
        let error = Policy::parse(text, "p").expect_err("an unknown key").to_string();
        let listed = error.split("known here: ").nth(1).and_then(|rest| rest.lines().next()).expect("a list");
        let known: BTreeSet<&str> = listed.split(", ").map(|key| key.trim_matches('`')).collect();
        assert_eq!(known, tables()[table].keys().map(String::as_str).collect(), "{table}");
    }
    let schema: serde_json::Value = serde_json::from_str(&written).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (name, text) in PRESETS {
        let value: serde_json::Value = toml::from_str(text).expect("TOML");
        assert!(validator.is_valid(&value), "{name}");
    }
    for wrong in ["gate.budgte = 1", "cwe.SQL = \"block\"", "cwe.\"CWE-89\" = \"blok\"", "[[allow]]\npath = \"a\""] {
        let value: serde_json::Value = toml::from_str(wrong).expect("TOML");
        assert!(!validator.is_valid(&value), "{wrong}");
    }
}

#[test]
fn the_documentation_has_every_key_and_its_examples_hold() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.md");
    let page = fs::read_to_string(page).expect("the page");
    let tables = tables();
    for section in page.split("\n## ") {
        let heading = section.lines().next().unwrap_or_default();
        let name = match heading.trim_matches('`') {
            "Which policy holds" => "top",
            name if tables.contains_key(name) => name,
            _ => continue,
        };
        let rows: BTreeMap<String, Option<String>> = section
            .lines()
            .filter(|line| line.starts_with("| `") && line.matches(" |").count() >= 4)
            .map(|line| {
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                let default = Some(cells[3].trim_matches('`').to_owned()).filter(|text| !text.is_empty());
                (cells[1].trim_matches('`').to_owned(), default)
            })
            .collect();
        let mut expected = tables[name].clone();
        if name == "[gate]" {
            // The default that `Policy::bar` gives.
            expected.insert("budget".to_owned(), Some("1.0".to_owned()));
        }
        assert_eq!(rows, expected, "{heading}");
    }
    let mut shown: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for example in page.split("```toml\n").skip(1) {
        let text = example.split("```").next().expect("an example");
        policy(text);
        for (table, key) in keys(&toml::from_str(text).expect("TOML")) {
            shown.entry(table).or_default().insert(key);
        }
    }
    for (name, properties) in &tables {
        let shown = shown.remove(name.as_str()).unwrap_or_default();
        assert_eq!(shown, properties.keys().cloned().collect(), "an example of each key of {name}");
    }
}

/// The keys of a policy with the tables that they stand in.
fn keys(value: &toml::Table) -> Vec<(&'static str, String)> {
    let of = |table: Option<&toml::Value>| {
        table.and_then(toml::Value::as_table).into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>()
    };
    let mut found: Vec<(&'static str, String)> = value.keys().map(|key| ("top", key.clone())).collect();
    for (name, key) in [("[gate]", "gate"), ("[model]", "model")] {
        found.extend(of(value.get(key)).into_iter().map(|key| (name, key)));
    }
    for (_, entry) in value.get("cwe").and_then(toml::Value::as_table).into_iter().flatten() {
        found.extend(of(Some(entry)).into_iter().map(|key| ("[cwe]", key)));
    }
    for (name, key) in [("[[paths]]", "paths"), ("[[allow]]", "allow")] {
        for table in value.get(key).and_then(toml::Value::as_array).into_iter().flatten() {
            found.extend(of(Some(table)).into_iter().map(|key| (name, key)));
        }
    }
    found
}

#[test]
fn groups_are_what_they_say() {
    let (_, top25) = PRESETS.iter().find(|(name, _)| *name == "top25").expect("a preset");
    let group = &cwe::groups()["top25:2025"];
    assert_eq!(group.cwes.len(), 25);
    let in_preset = |id: &CweId| top25.contains(&format!("\"{id}\" = \"block\""));
    assert!(group.cwes.iter().all(in_preset), "the preset's list is the group's");
    for (name, group) in cwe::groups() {
        assert!(group.cwes.iter().all(|&id| cwe::catalogue().get(id).is_some()), "{name} names weaknesses only");
    }
    assert!(cwe::groups()["owasp:A03"].cwes.contains(&CweId(89)));
    assert_eq!(cwe::groups()["owasp:A10"].cwes, [CweId(918)]);
}

#[test]
fn days() {
    let day = |text: &str| text.parse::<Date>();
    for wrong in ["2026-02-29", "2026-00-01", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-32", "x", ""] {
        assert!(day(wrong).is_err(), "{wrong}");
    }
    let days = |a: &str, b: &str| day(a).expect("a day").days_until(day(b).expect("a day"));
    assert_eq!(days("2024-02-28", "2024-03-01"), 2);
    assert_eq!(days("2023-02-28", "2023-03-01"), 1);
    assert_eq!(days("1970-01-01", "2026-11-22"), 20_779);
    assert_eq!(days("2027-01-01", "2026-12-31"), -1);
}

/// Classes, and weaknesses above, below and beside them.
fn some_cwe() -> impl Strategy<Value = String> {
    let names: Vec<String> =
        [20, 22, 74, 78, 79, 89, 94, 200, 215, 259, 284, 285, 489, 664, 668, 706, 707, 732, 798, 943]
            .iter()
            .map(|number| format!("CWE-{number}"))
            .chain(["*", "owasp:A03", "class:secrets", "top25:2025"].map(str::to_owned))
            .collect();
    prop::sample::select(names)
}

fn table() -> impl Strategy<Value = std::collections::BTreeMap<String, String>> {
    let value = prop::sample::select(vec![
        "\"block\"",
        "\"warn\"",
        "\"off\"",
        "{ budget = 5 }",
        "{ action = \"warn\", budget = 0.1 }",
        "{ action = \"warn\", block-probability = 0.9 }",
        "{ probability = 0.6 }",
    ]);
    prop::collection::btree_map(some_cwe(), value.prop_map(str::to_owned), 0..6)
}

fn written(
    preset: &str,
    cwe: &std::collections::BTreeMap<String, String>,
    paths: &std::collections::BTreeMap<String, String>,
) -> String {
    let inline: Vec<_> = paths.iter().map(|(key, value)| format!("\"{key}\" = {value}")).collect();
    let lines: Vec<_> = cwe.iter().map(|(key, value)| format!("\"{key}\" = {value}\n")).collect();
    format!(
        "extends = \"{preset}\"\n[cwe]\n{}\n[[paths]]\nmatch = [\"t/**\"]\ncwe = {{ {} }}\n",
        lines.concat(),
        inline.join(", ")
    )
}

proptest! {
    #[test]
    fn adding_a_block_never_unblocks(
        preset in prop::sample::select(vec!["top25", "owasp-top10", "balanced", "strict", "audit", "secrets-only"]),
        cwe in table(),
        paths in table(),
        added in some_cwe(),
        in_paths: bool,
    ) {
        let before = policy(&written(preset, &cwe, &paths));
        let (mut cwe, mut paths) = (cwe, paths);
        let to = if in_paths { &mut paths } else { &mut cwe };
        // An entry that is there already keeps its budget: only the action becomes stricter.
        let entry = match to.get(&added).and_then(|value| value.strip_prefix("{ ")) {
            Some(rest) => format!("{{ action = \"block\", {}", rest.trim_start_matches("action = \"warn\", ")),
            None => "\"block\"".to_owned(),
        };
        to.insert(added, entry);
        let after = policy(&written(preset, &cwe, &paths));
        for path in ["a.py", "t/a.py"] {
            let path = RepoPath::from(path);
            let rules = before.rules_for(&path, &Kinds::new(), &classes()).into_iter().zip(after.rules_for(&path, &Kinds::new(), &classes()));
            for (old, new) in rules.filter(|(old, _)| old.action == Action::Block) {
                prop_assert_eq!(new.action, Action::Block, "{} / {}", old.reason, new.reason);
                prop_assert!(new.threshold <= old.threshold, "{} / {}", old.reason, new.reason);
                prop_assert!(new.block_threshold <= old.block_threshold, "{} / {}", old.reason, new.reason);
            }
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(\\[|\\]|gate|cwe|paths|\"|=|\\n|budget|match|CWE-89|\\{|\\}|,|é|1|-|\\.){0,30}") {
        if let Err(error) = Policy::parse(&text, "cwegate.toml") {
            prop_assert!(error.to_string().contains("cwegate.toml:"));
        }
    }
}

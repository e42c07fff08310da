//! Precedence, errors and verdicts of policies.

use std::{fs, path::Path};

use cwegate::{
    attribute::{Finding, Region, Status},
    cli::policy as cli,
    cwe::{self, CweId},
    path::RepoPath,
    policy::{Action, ClassThresholds, FailOn, Outcome, PRESETS, Policy, Summary, Unscannable, Unscanned},
};
use proptest::prelude::*;

const BUDGETS: [f32; 4] = [0.1, 0.2, 1.0, 5.0];

fn class(id: u16, members: &[u16]) -> ClassThresholds {
    ClassThresholds {
        id: CweId(id),
        members: members.iter().copied().map(CweId).collect(),
        budgets: BUDGETS.to_vec(),
        thresholds: vec![0.99, 0.95, 0.8, 0.5],
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
    let rule = policy(text).rules_for(&RepoPath::from(path), &classes).swap_remove(index);
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
    assert_eq!(threshold("gate.budget = 0.5", "a.py"), 0.95, "the largest listed one not above");
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
    assert_eq!(default.budget(), 1.0);
    assert_eq!(default.fail_on(), FailOn::Worsened);
    assert_eq!(default.unscannable(), Unscannable::Block);
    assert_eq!(default.max_file_size(), 1_000_000);
    assert_eq!(policy("extends = \"strict\"").budget(), 5.0);
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
    let budget = |start: &str| Policy::load(None, &root.join(start), &root).expect("a policy").budget();
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
    assert_eq!(Policy::load(Some(&explicit), &root, &root).expect("a policy").budget(), 9.0);
    assert_eq!(Policy::load(Some(Path::new("strict")), &root, &root).expect("a preset").budget(), 5.0);
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
    assert_eq!((policy.budget(), policy.fail_on()), (0.5, FailOn::Any));
    let rules = policy.rules_for(&RepoPath::from("a.py"), &[class(89, &[]), class(78, &[])]);
    assert_eq!(rules[0].reason, "`\"CWE-89\" = \"warn\"` in team/base.toml:6");
    assert_eq!(rules[1].action, Action::Block);
    insta::assert_snapshot!("show", policy.show());
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
    let budget = |start: &str| Policy::load(None, &outer.path().join(start), &root).expect("a policy").budget();
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
    let (before, after) = (policy(text), policy(&policy(text).show()));
    for path in ["a.py", "tests/a.py", "a\"b/c"] {
        let rules = |policy: &Policy| -> Vec<_> {
            let rules = policy.rules_for(&RepoPath::from(path), &classes());
            rules.into_iter().map(|rule| (rule.action, rule.threshold)).collect()
        };
        assert_eq!(rules(&before), rules(&after), "{path}");
    }
    assert_eq!(before.budget(), after.budget());
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
    let checked = cli::check(None, root, root, &paths);
    assert_eq!(checked.exit_code, 0);
    insta::assert_snapshot!("check", checked.text);
    write(root, "cwegate.toml", "gaet = {}\n");
    assert_eq!(cli::check(None, root, root, &paths).exit_code, 2);
    write(root, "cwegate.toml", "");
    assert_eq!(cli::check(None, root, root, &paths).text, "cwegate.toml: the policy is in order\n");
}

fn finding(cwe: u16, path: &str, line: u32, status: Status) -> Finding {
    Finding {
        cwe: CweId(cwe),
        also: vec![],
        path: RepoPath::from(path),
        scope: "<module>".to_owned(),
        region: Region { start_line: line, start_column: 1, end_line: line, end_column: 10 },
        status,
        probability: 0.9,
        before: None,
        threshold: 0.8,
        statement: "run(x)".to_owned(),
        excerpt: vec![],
        fingerprint: "00".to_owned(),
        line_hash: "0:1".to_owned(),
        removed: vec![],
        evidence: vec![],
    }
}

fn outcome(text: &str, findings: Vec<Finding>) -> Outcome {
    policy(text).judge(findings, &classes(), vec![], Summary::default()).outcome
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
    let verdict = policy("").judge(vec![both], &classes(), vec![], Summary::default());
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
    let verdict = policy("cwe.\"CWE-79\" = \"off\"").judge(findings, &classes(), vec![], Summary::default());
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
    let judge = |text: &str, blocks| policy(text).judge(vec![], &classes(), vec![item(blocks)], Summary::default());
    assert_eq!(judge("", true).outcome, Outcome::Unscannable);
    assert_eq!(judge("", false).outcome, Outcome::Passed);
    let warned = judge("gate.unscannable = \"warn\"", true);
    assert_eq!((warned.outcome, warned.unscanned[0].blocks), (Outcome::Passed, false));
}

/// Classes, and weaknesses above, below and beside them.
fn some_cwe() -> impl Strategy<Value = String> {
    let names: Vec<String> =
        [20, 22, 74, 78, 79, 89, 94, 200, 215, 259, 284, 285, 489, 664, 668, 706, 707, 732, 798, 943]
            .iter()
            .map(|number| format!("CWE-{number}"))
            .chain(["*".to_owned()])
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
        preset in prop::sample::select(vec!["top25", "strict", "audit"]),
        cwe in table(),
        paths in table(),
        added in some_cwe(),
        in_paths: bool,
    ) {
        let before = policy(&written(preset, &cwe, &paths));
        let (mut cwe, mut paths) = (cwe, paths);
        let to = if in_paths { &mut paths } else { &mut cwe };
        // An entry that is there already keeps its budget: only the action becomes stricter.
        let entry = match to.get(&added).and_then(|value| value.split_once("budget = ")) {
            Some((_, budget)) => format!("{{ action = \"block\", budget = {budget}"),
            None => "\"block\"".to_owned(),
        };
        to.insert(added, entry);
        let after = policy(&written(preset, &cwe, &paths));
        for path in ["a.py", "t/a.py"] {
            let path = RepoPath::from(path);
            let rules = before.rules_for(&path, &classes()).into_iter().zip(after.rules_for(&path, &classes()));
            for (old, new) in rules.filter(|(old, _)| old.action == Action::Block) {
                prop_assert_eq!(new.action, Action::Block, "{} / {}", old.reason, new.reason);
                prop_assert!(new.threshold <= old.threshold, "{} / {}", old.reason, new.reason);
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

//! Changed lines are git's changed lines.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use cwegate::diff::LineDiff;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

/// Lines of which some recur, as blank lines, `else:` and `return` do in code.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (0..400u32).prop_map(|n| format!("    x{n} = f({n})")),
        1 => Just(String::new()),
        1 => prop::sample::select(vec!["    else:", "        return None", "    pass", "", "        }"]).prop_map(str::to_owned),
    ]
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, Vec<String>),
    Delete(usize, usize),
    Replace(usize, String),
    Repeat(usize),
    Move(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<prop::sample::Index>(), prop::collection::vec(line(), 1..5))
            .prop_map(|(at, new)| Edit::Insert(at.index(1000), new)),
        (0..1000usize, 1..4usize).prop_map(|(at, n)| Edit::Delete(at, n)),
        (0..1000usize, line()).prop_map(|(at, new)| Edit::Replace(at, new)),
        (0..1000usize).prop_map(Edit::Repeat),
        (0..1000usize, 0..1000usize).prop_map(|(from, to)| Edit::Move(from, to)),
    ]
}

fn texts() -> impl Strategy<Value = (String, String)> {
    (prop::collection::vec(line(), 0..60), prop::collection::vec(edit(), 0..8), any::<bool>(), any::<bool>()).prop_map(
        |(before, edits, end_before, end_after)| {
            let mut after = before.clone();
            for edit in edits {
                let length = after.len();
                match edit {
                    Edit::Insert(at, new) => drop(after.splice(at % (length + 1)..at % (length + 1), new)),
                    _ if length == 0 => {}
                    Edit::Delete(at, n) => drop(after.drain(at % length..(at % length + n).min(length))),
                    Edit::Replace(at, new) => after[at % length] = new,
                    Edit::Repeat(at) => after.insert(at % length, after[at % length].clone()),
                    Edit::Move(from, to) => {
                        let line = after.remove(from % length);
                        after.insert(to % length, line);
                    }
                }
            }
            let text =
                |lines: &[String], end: bool| lines.join("\n") + if end && !lines.is_empty() { "\n" } else { "" };
            (text(&before, end_before), text(&after, end_after))
        },
    )
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the diff is text")
}

/// `-U0` hunks of each file: 1-based removed and added lines.
fn hunks(diff: &str, files: usize) -> Vec<(BTreeSet<u32>, BTreeSet<u32>)> {
    let mut found = vec![Default::default(); files];
    let mut file = 0;
    for line in diff.lines() {
        if let Some(name) = line.strip_prefix("diff --git a/") {
            file = name[..6].parse().expect("files are numbered");
        } else if let Some(rest) = line.strip_prefix("@@ -") {
            let mut parts = rest.split([' ', '+']).filter(|part| !part.is_empty());
            let mut range = || {
                let (start, count) =
                    parts.next().map(|part| part.split_once(',').unwrap_or((part, "1"))).expect("a range");
                let start: u32 = start.parse().expect("a line");
                start..start + count.parse::<u32>().expect("a count")
            };
            let (removed, added) = (range(), range());
            let (before, after): &mut (BTreeSet<u32>, BTreeSet<u32>) = &mut found[file];
            before.extend(removed);
            after.extend(added);
        }
    }
    found
}

#[test]
fn changed_lines_are_those_of_git() {
    const CASES: usize = 3000;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let cases: Vec<(String, String)> =
        (0..CASES).map(|_| texts().new_tree(&mut runner).expect("a case").current()).collect();
    let dir = tempfile::tempdir().expect("a folder");
    let write = |side: fn(&(String, String)) -> &String| {
        for (number, case) in cases.iter().enumerate() {
            fs::write(dir.path().join(format!("{number:06}")), side(case)).expect("a file");
        }
        git(dir.path(), &["add", "-A"]);
    };
    git(dir.path(), &["init", "-q"]);
    write(|case| &case.0);
    git(dir.path(), &["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "before"]);
    write(|case| &case.1);
    let diff = git(dir.path(), &["diff", "--cached", "-U0", "--no-renames", "--no-color", "--no-ext-diff"]);

    for ((before, after), theirs) in cases.iter().zip(hunks(&diff, CASES)) {
        let ours = LineDiff::between(before.as_bytes(), after.as_bytes());
        assert_eq!((ours.removed(), ours.changed()), theirs, "before:\n{before}\nafter:\n{after}");
    }
}

proptest! {
    #[test]
    fn untouched_lines_are_found_again((before, after) in texts()) {
        let diff = LineDiff::between(before.as_bytes(), after.as_bytes());
        let lines_before: Vec<&str> = before.split_inclusive('\n').collect();
        let lines_after: Vec<&str> = after.split_inclusive('\n').collect();
        let removed = diff.removed();
        let mut reached = diff.changed();
        for (index, line) in lines_before.iter().enumerate() {
            let number = index as u32 + 1;
            match diff.line_after(number) {
                Some(there) => {
                    prop_assert_eq!(*line, lines_after[there as usize - 1]);
                    prop_assert!(reached.insert(there), "line {} is reached twice", there);
                }
                None => prop_assert!(removed.contains(&number)),
            }
        }
        prop_assert_eq!(reached.len(), lines_after.len());
        prop_assert_eq!(diff.line_after(lines_before.len() as u32 + 1), None);
    }
}

proptest! {
    /// What is shown of a diff is on both sides what stands there, and holds every changed line and every wanted one.
    #[test]
    fn stretches_show_what_changed((before, after) in texts(), wanted in prop::collection::btree_set(1..60u32, 0..3)) {
        let diff = LineDiff::between(before.as_bytes(), after.as_bytes());
        let shown: Vec<_> = diff.stretches(&before, &after, &wanted, true).concat();
        for line in &shown {
            for (number, text) in [(line.before, &before), (line.after, &after)] {
                if let Some(number) = number {
                    prop_assert_eq!(text.lines().nth(number as usize - 1), Some(line.text.as_str()));
                }
            }
        }
        let sides: [BTreeSet<u32>; 2] = [
            shown.iter().filter(|line| line.after.is_none()).filter_map(|line| line.before).collect(),
            shown.iter().filter(|line| line.before.is_none()).filter_map(|line| line.after).collect(),
        ];
        prop_assert_eq!(sides, [diff.removed(), diff.changed()]);
        let lines = after.lines().count() as u32;
        for number in wanted.into_iter().filter(|&number| number <= lines) {
            prop_assert!(shown.iter().any(|line| line.after == Some(number)));
        }
        let order: Vec<u32> = shown.iter().filter_map(|line| line.after).collect();
        prop_assert!(order.is_sorted());
    }
}

//! `scan --pre-push`: what the remote does not have, as git and the pre-commit framework tell it.

#![cfg(unix)]

mod common;

use common::{BAD, Repo, Run, bad_view, command, cwegate_with, good, with_each_git, with_input};

const ZEROS: &str = "0000000000000000000000000000000000000000";

/// A repository whose `main` is on the remote, with the hook in place.
fn pushed() -> Repo {
    let repo = Repo::with_commit();
    repo.git(&["init", "-q", "--bare", "-b", "main", "../remote.git"]);
    repo.git(&["remote", "add", "origin", "../remote.git"]);
    repo.cwegate(&["install", "--hook", "pre-push"]).expect(0);
    repo.git(&["push", "-q", "origin", "main"]);
    repo
}

fn push(repo: &Repo, refs: &[&str]) -> Run {
    repo.git_may_fail(&[&["push", "-q", "origin"], refs].concat())
}

/// What the hook would be told, told by hand.
fn told(repo: &Repo, lines: &str) -> Run {
    let mut program = command(env!("CARGO_BIN_EXE_cwegate"), &repo.dir);
    program.args(["scan", "--format", "json", "--pre-push", "origin", "../remote.git"]);
    with_input(program, lines)
}

#[test]
fn branches_tags_and_several_refs() {
    with_each_git("branches_tags_and_several_refs", || {
        let repo = pushed();
        repo.git(&["checkout", "-q", "-b", "bad"]);
        repo.stage("app.py", BAD);
        repo.commit("bad");
        repo.git(&["checkout", "-q", "-b", "fine", "main"]);
        repo.stage("fine.py", good());
        repo.commit("fine");
        repo.git(&["tag", "-a", "-m", "bad", "v1", "bad"]);
        repo.git(&["tag", "light", "fine"]);

        push(&repo, &["fine", "light"]).expect(0);
        push(&repo, &["fine"]).expect(0);
        push(&repo, &["v1"]).expect(1);
        push(&repo, &["light:refs/heads/again", "bad"]).expect(1);
        push(&repo, &["--delete", "light"]).expect(0);
        push(&repo, &[":fine", "bad"]).expect(1);
        push(&repo, &["--no-verify", "bad"]).expect(0);
        // The remote has it now, under whatever name.
        push(&repo, &["v1", "bad:copy"]).expect(0);
        // Taking it back sends nothing; a tag may name no commit at all.
        push(&repo, &["--force", "main:bad"]).expect(0);
        repo.git(&["tag", "text", "HEAD:README.md"]);
        push(&repo, &["text"]).expect(0);
        repo.git(&["tag", "folder", "bad^{tree}"]);
        push(&repo, &["folder"]).expect(1);
        // A new remote has nothing.
        repo.git(&["init", "-q", "--bare", "../empty.git"]);
        repo.git(&["remote", "add", "empty", "../empty.git"]);
        repo.git_may_fail(&["push", "-q", "empty", "bad"]).expect(1);
        repo.git_may_fail(&["push", "-q", "empty", "main"]).expect(0);
    });
}

#[test]
fn what_is_merged_in_from_the_remote_is_not_new_there() {
    with_each_git("what_is_merged_in_from_the_remote_is_not_new_there", || {
        let repo = pushed();
        repo.git(&["checkout", "-q", "-b", "feature"]);
        repo.stage("feature.py", good());
        repo.commit("feature");
        push(&repo, &["feature"]).expect(0);
        repo.git(&["checkout", "-q", "main"]);
        repo.stage("app.py", BAD);
        repo.commit("debt of others");
        push(&repo, &["--no-verify", "main"]).expect(0);
        repo.git(&["checkout", "-q", "feature"]);
        repo.git(&["merge", "-q", "-m", "merge", "main"]);
        push(&repo, &["feature"]).expect(0);
        push(&repo, &["feature:other-name"]).expect(0);

        repo.git(&["reset", "-q", "--hard", "HEAD^"]);
        repo.stage("feature.py", format!("{}\n\nPAGE = 20\n", good()));
        repo.commit("more");
        repo.git(&["merge", "-q", "-m", "merge", "main"]);
        repo.stage("app.py", format!("{BAD}\n\n{}", bad_view("second")));
        repo.commit("bad");
        let (old, new) = (repo.git(&["rev-parse", "origin/feature"]), repo.git(&["rev-parse", "HEAD"]));
        let line = format!("refs/heads/feature {} refs/heads/feature {}\n", new.trim(), old.trim());
        let run = told(&repo, &line).expect(1);
        let new: Vec<_> = run.findings().into_iter().filter(|(.., status)| status == "new").collect();
        assert_eq!(new, [("app.py".into(), "CWE-89".into(), "new".into())], "{run:#?}");
        assert_eq!(run.json()["findings"][0]["scope"], "second", "{run:#?}");
    });
}

#[test]
fn what_git_says_is_read_strictly() {
    let repo = pushed();
    repo.stage("app.py", BAD);
    let bad = repo.commit("bad");
    let missing = "1".repeat(40);
    // The remote is ahead by a commit that is not here: its branches here tell what it has.
    told(&repo, &format!("refs/heads/main {bad} refs/heads/main {missing}\n")).expect(1);
    told(&repo, &format!("refs/heads/main {missing} refs/heads/main {ZEROS}\n")).expect(3);
    told(&repo, &format!("(delete) {ZEROS} refs/heads/main {bad}\n")).expect(0);
    for wrong in ["main\n", "a b c d\n", &format!("refs/heads/main {bad} refs/heads/main\n")] {
        let run = told(&repo, wrong).expect(2);
        assert!(run.stderr.contains("pre-push"), "{run:#?}");
    }
    // Nothing at all may mean that nobody handed it on.
    told(&repo, "").expect(1);
    told(&repo, "\n").expect(1);
    push(&repo, &["--no-verify", "main"]).expect(0);
    told(&repo, "").expect(0);
    push(&repo, &["main"]).expect(0);
    repo.cwegate(&["scan", "--pre-push", "--staged"]).expect(2);
    repo.cwegate(&["scan", "--pre-push", "origin", "--worktree"]).expect(2);
}

#[test]
fn a_range_that_the_pre_commit_framework_names_is_scanned_where_nothing_is_staged() {
    let repo = pushed();
    let first = repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
    repo.git(&["checkout", "-q", "-b", "feature"]);
    repo.stage("app.py", BAD);
    let bad = repo.commit("bad");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("base.py", "x = 1\n");
    let base = repo.commit("the base goes on");
    repo.git(&["checkout", "-q", "feature"]);
    let with = |from: &str, to: &str| {
        cwegate_with(&repo.dir, &["scan"], |command| {
            command.envs([("PRE_COMMIT", "1"), ("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", to)]);
        })
    };
    // `pre-commit run --from-ref main --to-ref HEAD`.
    with("main", "HEAD").expect(1);
    with(&first, &bad).expect(1);
    with(&bad, "HEAD").expect(0);
    with(&first, &base).expect(0);
    with("nowhere", "HEAD").expect(2);
    with("", "").expect(0);
}

#[test]
fn the_variables_of_the_pre_commit_framework() {
    let repo = pushed();
    let first = repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
    repo.stage("app.py", BAD);
    let bad = repo.commit("bad");
    repo.stage("more.py", "x = 1\n");
    let more = repo.commit("more");
    let with = |variables: &[(&str, &str)]| {
        cwegate_with(&repo.dir, &["scan", "--pre-push"], |command| {
            command.env("PRE_COMMIT", "1").envs(variables.iter().copied());
        })
        .code
    };
    let (from, to) = ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF");
    assert_eq!(with(&[(from, &first), (to, &more)]), Some(1));
    assert_eq!(with(&[(from, &bad), (to, &more)]), Some(0));
    assert_eq!(with(&[(from, "HEAD~2"), (to, "HEAD~1")]), Some(1));
    assert_eq!(with(&[(to, &more)]), Some(1), "prek, for a root commit");
    assert_eq!(with(&[(to, &first)]), Some(0));
    assert_eq!(with(&[]), Some(1), "pre-commit, for a root commit or all files");
    assert_eq!(with(&[(from, "nowhere"), (to, &more)]), Some(2));
    let named = [(from, first.as_str()), (to, &more), ("PRE_COMMIT_REMOTE_NAME", "origin")];
    assert_eq!(with(&named), Some(1));
    push(&repo, &["--no-verify", "main"]).expect(0);
    assert_eq!(with(&named), Some(0), "the remote has them by now");
}

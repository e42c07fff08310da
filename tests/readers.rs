//! libgit2 and git's plumbing read the same changes, and the plumbing reads what libgit2 does not.

#![cfg(unix)]

mod common;

use common::{BAD, Repo};
use cwegate::git::{Changes, GitError, LibGit, Plumbing, Reader, Request};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

const MAX: u64 = 1_000_000;

fn plumbing(repo: &Repo, request: &Request) -> Result<Changes, GitError> {
    Plumbing::at(&repo.dir).and_then(|reader| reader.changes(request, &|_| MAX))
}

#[track_caller]
fn same(repo: &Repo, request: &Request) -> Changes {
    let libgit = LibGit::at(&repo.dir).and_then(|reader| reader.changes(request, &|_| MAX)).expect("libgit2 reads");
    let plumbing = plumbing(repo, request).expect("git reads");
    assert_eq!(libgit, plumbing, "{request:?}");
    libgit
}

#[derive(Debug, Clone)]
enum Step {
    Write(usize, Vec<u32>),
    Append(usize, Vec<u32>),
    Delete(usize),
    Rename(usize, usize),
    Executable(usize),
    Link(usize),
    Binary(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let file = || 0..8usize;
    let lines = || prop::collection::vec(0..500u32, 1..40);
    let step = prop_oneof![
        4 => (file(), lines()).prop_map(|(file, lines)| Step::Write(file, lines)),
        4 => (file(), lines()).prop_map(|(file, lines)| Step::Append(file, lines)),
        1 => file().prop_map(Step::Delete),
        2 => (file(), file()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => file().prop_map(Step::Executable),
        1 => file().prop_map(Step::Link),
        1 => file().prop_map(Step::Binary),
    ];
    prop::collection::vec(step, 1..10)
}

const NAMES: [&str; 8] = ["a.py", "b.py", "pkg/c.py", "pkg/deep/d.pyi", "e.txt", "spaced name.py", "é.py", "script"];

fn play(repo: &Repo, steps: &[Step]) {
    let text = |lines: &[u32]| lines.iter().map(|n| format!("value_{n} = call({n})\n")).collect::<String>();
    for step in steps {
        let path = |file: &usize| repo.dir.join(NAMES[*file]);
        match step {
            Step::Write(file, lines) => {
                let _ = std::fs::remove_file(path(file));
                repo.write(NAMES[*file], text(lines));
            }
            Step::Append(file, lines) => {
                let old = std::fs::read(path(file)).unwrap_or_default();
                let _ = std::fs::remove_file(path(file));
                repo.write(NAMES[*file], [old, text(lines).into_bytes()].concat());
            }
            Step::Delete(file) => drop(std::fs::remove_file(path(file))),
            Step::Rename(from, to) => {
                std::fs::create_dir_all(path(to).parent().expect("a folder")).expect("the folders");
                drop(std::fs::rename(path(from), path(to)));
            }
            Step::Executable(file) => {
                use std::os::unix::fs::PermissionsExt;
                if path(file).is_file() {
                    drop(std::fs::set_permissions(path(file), std::fs::Permissions::from_mode(0o755)));
                }
            }
            Step::Link(file) => {
                drop(std::fs::remove_file(path(file)));
                std::fs::create_dir_all(path(file).parent().expect("a folder")).expect("the folders");
                drop(std::os::unix::fs::symlink("a.py", path(file)));
            }
            Step::Binary(file) => {
                drop(std::fs::remove_file(path(file)));
                repo.write(NAMES[*file], b"x = 1\0\n");
            }
        }
    }
}

#[test]
fn both_readers_agree_on_generated_repositories() {
    const CASES: usize = 60;
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    for _ in 0..CASES {
        let (first, second) = (steps(), steps()).new_tree(&mut runner).expect("a case").current();
        let repo = Repo::new();
        play(&repo, &first);
        repo.git(&["add", "-A"]);
        same(&repo, &Request::Staged);
        repo.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        play(&repo, &second);
        repo.git(&["add", "-A"]);
        same(&repo, &Request::Staged);
        repo.git(&["commit", "-q", "--allow-empty", "-m", "second"]);
        same(&repo, &Request::Range { from: "HEAD^".into(), to: "HEAD".into() });
        same(&repo, &Request::Range { from: String::new(), to: "HEAD".into() });
        same(&repo, &Request::Base("HEAD^".into()));
    }
}

#[test]
fn forms_that_libgit2_cannot_read() {
    type Make = fn(&Repo);
    let forms: [(&str, Make); 3] = [
        ("split index", |repo| drop(repo.git(&["update-index", "--split-index"]))),
        ("sparse index", |repo| {
            repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "pkg"]);
        }),
        ("partial clone", |repo| {
            repo.git(&["config", "core.repositoryFormatVersion", "1"]);
            repo.git(&["config", "extensions.partialClone", "origin"]);
        }),
    ];
    for (name, make) in forms {
        let repo = Repo::with_commit();
        repo.stage("pkg/a.py", "x = 1\n");
        repo.stage("other/deep/b.py", "x = 1\n");
        repo.git(&["commit", "-qm", "files"]);
        make(&repo);
        repo.stage("pkg/a.py", BAD);
        let changes = plumbing(&repo, &Request::Staged).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(changes.files.len(), 1, "{name}: {changes:?}");
        assert_eq!(changes.files[0].after, BAD.as_bytes(), "{name}");
        repo.cwegate(&["scan"]).expect(1);
        repo.cwegate(&["install"]).expect(0);
        repo.git_may_fail(&["commit", "-m", "bad"]).expect(1);
        repo.stage("pkg/a.py", common::good());
        repo.git_may_fail(&["commit", "-m", "good"]).expect(0);
    }
}

#[test]
fn sha_256_and_reftable_repositories() {
    for arguments in [&["--object-format=sha256"][..], &["--ref-format=reftable"]] {
        let repo = Repo::new();
        std::fs::remove_dir_all(repo.dir.join(".git")).expect("the old repository");
        let init = [&["init", "-q", "-b", "main"], arguments].concat();
        if arguments == ["--ref-format=reftable"] && repo.git_may_fail(&init).code != Some(0) {
            // Reftable came with git 2.45: an older git has no such repositories to read.
            assert!(repo.git(&["--version"]).contains("2.3"), "this git knows reftable");
            continue;
        }
        repo.git(&init);
        repo.git(&["config", "user.name", "t"]);
        repo.git(&["config", "user.email", "t@example.org"]);
        repo.stage("app.py", BAD);
        repo.cwegate(&["scan"]).expect(1);
        repo.git(&["commit", "-qm", "bad"]);
        repo.cwegate(&["scan"]).expect(0);
        repo.cwegate(&["scan", "--range", "..HEAD"]).expect(1);
        repo.stage("app.py", common::good());
        repo.cwegate(&["scan"]).expect(0);
    }
}

#[test]
fn nothing_that_the_repository_names_is_run() {
    let repo = Repo::with_commit();
    let trap = repo.dir.parent().expect("a parent").join("trap");
    std::fs::write(&trap, "#!/bin/sh\ntouch \"$(dirname \"$0\")/sprung\"\ncat\n").expect("a script");
    std::fs::set_permissions(&trap, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("permissions");
    repo.stage("app.py", "x = 1\n");
    repo.stage(".gitattributes", "*.py filter=trap diff=trap\n");
    repo.git(&["commit", "-qm", "files"]);
    repo.stage("app.py", BAD);
    repo.git(&["update-index", "--split-index"]);
    let trap = trap.to_string_lossy();
    for key in [
        "filter.trap.clean",
        "filter.trap.smudge",
        "diff.trap.textconv",
        "diff.trap.command",
        "diff.external",
        "core.fsmonitor",
        "core.pager",
        "credential.helper",
    ] {
        repo.git(&["config", key, &trap]);
    }
    repo.git(&["config", "core.hooksPath", &repo.dir.parent().expect("a parent").to_string_lossy()]);
    let sprung = repo.dir.parent().expect("a parent").join("sprung");
    drop(std::fs::remove_file(&sprung));
    repo.cwegate(&["scan"]).expect(1);
    repo.cwegate(&["scan", "--range", "HEAD^..HEAD"]).expect(0);
    // A file as old as the index has to be hashed to tell whether it changed: several tries, since that is a matter of time.
    for _ in 0..10 {
        repo.write("app.py", BAD);
        repo.git(&[
            "-c",
            "core.fsmonitor=false",
            "-c",
            "filter.trap.clean=",
            "-c",
            "core.hooksPath=",
            "update-index",
            "app.py",
        ]);
        drop(std::fs::remove_file(&sprung));
        repo.cwegate(&["scan", "--worktree"]).expect(1);
        assert!(!sprung.exists());
    }
}

//! libgit2 and git's plumbing read the same changes, and the plumbing reads what libgit2 does not.

#![cfg(unix)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{BAD, Repo, with_each_git};
use cwegate::{
    diff::LineDiff,
    git::{ChangeKind, Changes, GitError, LibGit, Plumbing, Reader, Request},
};
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
    for (ours, theirs) in libgit.files.iter().zip(&plumbing.files) {
        assert_eq!(ours, theirs, "{request:?} {}", ours.path);
    }
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
    Crlf(usize),
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
        1 => file().prop_map(Step::Crlf),
    ];
    prop::collection::vec(step, 1..10)
}

const NAMES: [&str; 8] = ["a.py", "b.py", "pkg/c.py", "pkg/deep/d.pyi", "e.txt", "spaced name.py", "é.py", "script"];

/// Plays the steps in a folder of the repository.
fn play(repo: &Repo, folder: &str, steps: &[Step]) {
    let text = |lines: &[u32]| lines.iter().map(|n| format!("value_{n} = call({n})\n")).collect::<String>();
    for step in steps {
        let name = |file: &usize| format!("{folder}/{}", NAMES[*file]);
        let path = |file: &usize| repo.dir.join(name(file));
        match step {
            Step::Write(file, lines) => {
                let _ = std::fs::remove_file(path(file));
                repo.write(&name(file), text(lines));
            }
            Step::Append(file, lines) => {
                let old = std::fs::read(path(file)).unwrap_or_default();
                let _ = std::fs::remove_file(path(file));
                repo.write(&name(file), [old, text(lines).into_bytes()].concat());
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
                repo.write(&name(file), b"x = 1\0\n");
            }
            Step::Crlf(file) => {
                if path(file).symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                    let old = std::fs::read(path(file)).expect("a file");
                    let lines = old.split_inclusive(|&byte| byte == b'\n').filter(|line| !line.ends_with(b"\r\n"));
                    let lines = lines.map(|line| [line.strip_suffix(b"\n").unwrap_or(line), b"\r\n"].concat());
                    repo.write(&name(file), lines.collect::<Vec<_>>().concat());
                }
            }
        }
    }
}

/// What `git diff -U0` says of a file: 1-based removed and added lines, and whether it is a link now.
#[derive(Debug, Default)]
struct Theirs {
    removed: BTreeSet<u32>,
    added: BTreeSet<u32>,
    is_link: bool,
}

/// Reads a diff without renames. A change of type is told as a deletion and an addition of one path.
fn theirs(diff: &str) -> BTreeMap<String, Theirs> {
    let mut files: BTreeMap<String, Theirs> = BTreeMap::new();
    let (mut path, mut is_link) = (None, false);
    for line in diff.lines() {
        if line.starts_with("diff --git ") {
            (path, is_link) = (None, false);
        } else if path.is_none()
            && (line.ends_with("mode 120000") || line.starts_with("index ") && line.ends_with(" 120000"))
        {
            is_link = !line.starts_with("deleted");
        } else if let Some(name) = line.strip_prefix("+++ ") {
            path = name.strip_prefix("b/").map(|name| name.trim_end_matches('\t').to_owned());
            if let Some(path) = &path {
                files.entry(path.clone()).or_default().is_link = is_link;
            }
        } else if let (Some(rest), Some(path)) = (line.strip_prefix("@@ -"), &path) {
            let mut parts = rest.split([' ', '+']).filter(|part| !part.is_empty());
            let mut range = || {
                let part = parts.next().expect("a range");
                let (start, count) = part.split_once(',').unwrap_or((part, "1"));
                let start: u32 = start.parse().expect("a line");
                start..start + count.parse::<u32>().expect("a count")
            };
            let (removed, added) = (range(), range());
            let file = files.entry(path.clone()).or_default();
            file.removed.extend(removed);
            file.added.extend(added);
        }
    }
    files
}

/// Our changed lines of every Python file are those of `git diff`, and no file that it lists is missing.
#[track_caller]
fn as_git_has_it(repo: &Repo, request: &Request, revisions: &[&str]) {
    let ours = same(repo, request);
    let options =
        ["-c", "core.quotePath=false", "diff", "-U0", "--text", "--no-renames", "--no-color", "--no-ext-diff"];
    let diff = repo.git(&[&options[..], revisions].concat());
    let mut theirs = theirs(&diff);
    for file in &ours.files {
        let path = file.path.to_text();
        let git = theirs.remove(&path).unwrap_or_default();
        assert!(!git.is_link, "{request:?} {path}");
        if file.kind == ChangeKind::Renamed {
            let lines = LineDiff::added(&file.after).changed();
            assert_eq!(git.added, lines, "{request:?} {path}: without renames all of it is new");
            continue;
        }
        let diff = LineDiff::between(file.before.as_deref().unwrap_or_default(), &file.after);
        if file.before.is_none() && file.kind == ChangeKind::Modified {
            // It was binary, or a link: then all of it counts as new, whatever lines it shares with that.
            assert!(git.added.is_subset(&diff.changed()), "{request:?} {path}");
            continue;
        }
        assert_eq!(diff.changed(), git.added, "{request:?} {path}");
        // Before a change of type there was no code; git tells the link's text as a removal of its own.
        if file.before.is_some() {
            assert_eq!(diff.removed(), git.removed, "{request:?} {path}");
        }
    }
    for file in &ours.unreadable {
        theirs.remove(&file.path.to_text());
    }
    let missed: Vec<_> = theirs.iter().filter(|(path, file)| path.contains(".py") && !file.is_link).collect();
    assert!(missed.is_empty(), "{request:?}: {missed:?}");
}

/// Cases by the hundred share a repository, each with a folder of its own: starting git is what takes the time.
#[test]
fn both_readers_have_the_changed_lines_of_git() {
    with_each_git("both_readers_have_the_changed_lines_of_git", || {
        const CASES: usize = 2_000;
        const TOGETHER: usize = 50;
        let settings = [
            (None, ""),
            (Some("true"), ""),
            (Some("input"), "*.py text=auto\n"),
            (None, "*.py text\n*.pyi -text\n"),
            (Some("true"), "b.py eol=crlf\n*.pyi text=auto eol=lf\npkg/** -diff\n"),
            (None, "*.py crlf=input\nscript binary\n"),
        ];
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        for round in 0..CASES / TOGETHER {
            let repo = Repo::new();
            let (autocrlf, attributes) = settings[round % settings.len()];
            repo.git(&["config", "core.safecrlf", "false"]);
            if let Some(autocrlf) = autocrlf {
                repo.git(&["config", "core.autocrlf", autocrlf]);
            }
            repo.write(".gitattributes", attributes);
            let mut play_all = || {
                for case in 0..TOGETHER {
                    let steps = steps().new_tree(&mut runner).expect("a case").current();
                    play(&repo, &format!("case{case}"), &steps);
                }
            };
            play_all();
            repo.git(&["add", "-A"]);
            same(&repo, &Request::Staged);
            repo.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
            play_all();
            repo.git(&["add", "-A"]);
            play_all();
            as_git_has_it(&repo, &Request::Staged, &["--cached", "HEAD"]);
            as_git_has_it(&repo, &Request::Worktree, &["HEAD"]);
            repo.git(&["commit", "-q", "--allow-empty", "-m", "second"]);
            let range = |from: &str| Request::Range { from: from.into(), to: "HEAD".into() };
            as_git_has_it(&repo, &range("HEAD^"), &["HEAD^", "HEAD"]);
            same(&repo, &range(""));
            same(&repo, &Request::Base("HEAD^".into()));
            same(&repo, &Request::Ahead { of: vec!["HEAD^".into(), "HEAD".into()], to: "HEAD".into() });
            same(&repo, &Request::All(Box::new(Request::Staged)));
        }
    });
}

#[test]
fn forms_that_libgit2_cannot_read() {
    with_each_git("forms_that_libgit2_cannot_read", || {
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
    });
}

#[test]
fn both_readers_tell_of_trees_that_are_left_out() {
    with_each_git("both_readers_tell_of_trees_that_are_left_out", || {
        let repo = Repo::with_commit();
        repo.stage("app.py", BAD);
        repo.commit("bad");
        repo.git(&["config", "uploadpack.allowFilter", "true"]);
        let clone = repo.beside("treeless");
        let url = format!("file://{}", repo.dir.display());
        repo.git(&["clone", "-q", "--filter=tree:0", "--no-checkout", &url, &clone.to_string_lossy()]);
        let readers: [Box<dyn Reader>; 2] =
            [Box::new(LibGit::at(&clone).expect("opens")), Box::new(Plumbing::at(&clone).expect("opens"))];
        let range = Request::Range { from: "HEAD^".into(), to: "HEAD".into() };
        for reader in readers {
            for request in [&range, &Request::Staged, &Request::Base("HEAD".into())] {
                let error = reader.changes(request, &|_| MAX).expect_err("no tree is here");
                let GitError::NoTree(told) = error else { panic!("{request:?}: {error}") };
                // The commit after the change is asked for first; a merge base goes by its id.
                assert!(told == "HEAD" || told.len() == 40, "{request:?}: {told}");
            }
        }
    });
}

#[test]
fn sha_256_and_reftable_repositories() {
    with_each_git("sha_256_and_reftable_repositories", || {
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
    });
}

#[test]
fn nothing_that_the_repository_names_is_run() {
    with_each_git("nothing_that_the_repository_names_is_run", || {
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
    });
}

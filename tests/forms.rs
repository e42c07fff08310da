//! Every form in which git can hold a change, made by each git on the path.

#![cfg(unix)]

mod common;

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt, chown, symlink},
        process::CommandExt,
    },
    path::Path,
};

use common::{BAD, BAD_LINE, Repo, Run, bad_view, command, cwegate, cwegate_with, good, with_each_git, with_input};

/// Debt that is committed: nothing that is not new blocks from here on.
fn in_debt() -> Repo {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.commit("debt");
    repo
}

fn json(repo: &Repo, source: &[&str]) -> Run {
    repo.cwegate(&[&["scan", "--format", "json"], source].concat())
}

fn summary(run: &Run, key: &str) -> u64 {
    run.json()["summary"][key].as_u64().unwrap_or_default()
}

fn skipped(run: &Run, kind: &str) -> u64 {
    run.json()["summary"]["skipped"][kind].as_u64().unwrap_or_default()
}

fn lines_of_alarms(run: &Run) -> Vec<u64> {
    let json = run.json();
    let findings = json["findings"].as_array().expect("a list");
    let is_alarm = |status: &str| matches!(status, "new" | "worsened");
    findings
        .iter()
        .filter(|finding| is_alarm(finding["status"].as_str().unwrap_or_default()))
        .filter_map(|finding| finding["region"]["start_line"].as_u64())
        .collect()
}

#[test]
fn forms_of_the_index() {
    with_each_git("forms_of_the_index", || {
        type Make = fn(&Repo);
        let forms: [(&str, Make); 9] = [
            ("version 2", |repo| drop(repo.git(&["update-index", "--index-version", "2"]))),
            ("version 3", |repo| {
                repo.write("later.txt", "x");
                repo.git(&["add", "-N", "later.txt"]);
            }),
            ("version 4", |repo| drop(repo.git(&["update-index", "--index-version", "4"]))),
            ("split index", |repo| drop(repo.git(&["update-index", "--split-index"]))),
            ("sparse index", |repo| {
                repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "pkg"]);
            }),
            ("untracked cache", |repo| drop(repo.git(&["update-index", "--force-untracked-cache"]))),
            ("file-system monitor", |repo| {
                let monitor = repo.beside("monitor");
                fs::write(&monitor, "#!/bin/sh\nprintf 'token\\0/\\0'\n").expect("a script");
                fs::set_permissions(&monitor, fs::Permissions::from_mode(0o755)).expect("permissions");
                repo.git(&["config", "core.fsmonitor", &monitor.to_string_lossy()]);
                repo.git(&["update-index", "--fsmonitor"]);
                repo.git(&["status"]);
            }),
            ("many files", |repo| {
                // Version 4, an untracked cache, and no checksum where git knows how to leave it out.
                repo.git(&["config", "feature.manyFiles", "true"]);
                repo.git(&["update-index", "--force-write-index"]);
            }),
            ("plain", |_| {}),
        ];
        for (name, make) in forms {
            let repo = Repo::with_commit();
            repo.stage("pkg/app.py", good());
            repo.stage("other/deep/b.py", "x = 1\n");
            repo.commit("files");
            make(&repo);
            repo.stage("pkg/app.py", BAD);
            // So that nothing but the index has it.
            repo.write("pkg/app.py", good());
            // git 2.39 writes trees of its own into the object store to read a sparse index; nothing else may change.
            let state = || -> Vec<_> {
                let files = repo.state().into_iter();
                files.filter(|(path, _)| !path.starts_with(repo.dir.join(".git/objects"))).collect()
            };
            let before = state();
            let run = repo.cwegate(&["scan"]);
            assert_eq!(run.code, Some(1), "{name}: {run:#?}");
            assert!(state() == before, "{name}: index and work tree stay as they are");
            repo.stage("pkg/app.py", good());
            repo.write("pkg/app.py", BAD);
            assert_eq!(repo.cwegate(&["scan"]).code, Some(0), "{name}");
            assert_eq!(repo.cwegate(&["scan", "--worktree"]).code, Some(1), "{name}");
            assert_eq!(repo.cwegate(&["scan", "--range", "HEAD^..HEAD"]).code, Some(0), "{name}");
        }
    });
}

#[test]
fn forms_of_commit() {
    with_each_git("forms_of_commit", || {
        let repo = Repo::with_commit();
        repo.stage("app.py", good());
        repo.stage("other.py", "x = 1\n");
        repo.commit("good");
        repo.cwegate(&["install"]).expect(0);

        repo.stage("app.py", BAD);
        repo.write("other.py", "x = 2\n");
        repo.git_may_fail(&["commit", "-qm", "with what is staged", "-i", "other.py"]).expect(1);
        repo.git_may_fail(&["commit", "-qm", "only", "-o", "other.py"]).expect(0);
        repo.write("app.py", BAD.replace("id, email", "id, email, name"));
        repo.git_may_fail(&["commit", "-qam", "all"]).expect(1);

        // A part: the first hunk is harmless, the second is not.
        repo.git(&["checkout", "-q", "-f", "HEAD", "--", "."]);
        repo.write("app.py", BAD.replace("import sqlite3\n", "import sqlite3\n\nPAGE = 20\n"));
        let part = |answers: &str| {
            let mut git = command("git", &repo.dir);
            git.args(["commit", "-qm", "part", "-p"]);
            with_input(git, answers)
        };
        part("n\ny\n").expect(1);
        part("y\nn\n").expect(0);
        assert!(!repo.git(&["show", "HEAD:app.py"]).contains("{name}"));

        let amend = ["commit", "-q", "--amend", "--no-edit", "-a"];
        repo.git_may_fail(&amend).expect(1);
        repo.write("app.py", good().replace("import sqlite3\n", "import sqlite3\n\nPAGE = 30\n"));
        repo.git_may_fail(&amend).expect(0);
    });
}

#[test]
fn flags_in_the_index() {
    with_each_git("flags_in_the_index", || {
        for flag in ["assume-unchanged", "skip-worktree"] {
            let repo = Repo::with_commit();
            repo.stage("app.py", good());
            repo.commit("good");
            // Staged, and then not to be looked for on disk.
            repo.stage("app.py", BAD);
            repo.git(&["update-index", &format!("--{flag}"), "app.py"]);
            repo.write("app.py", good());
            repo.cwegate(&["scan"]).expect(1);
            repo.cwegate(&["scan", "--worktree"]).expect(1);
            if flag == "skip-worktree" {
                fs::remove_file(repo.dir.join("app.py")).expect("it was there");
                let run = json(&repo, &["--worktree"]).expect(1);
                assert_eq!(skipped(&run, "deleted"), 0, "{run:#?}");
            }
            // Not staged: git does not see it either.
            repo.git(&["update-index", &format!("--no-{flag}"), "app.py"]);
            repo.git(&["reset", "-q", "--hard"]);
            repo.git(&["update-index", &format!("--{flag}"), "app.py"]);
            repo.write("app.py", BAD);
            repo.cwegate(&["scan", "--worktree"]).expect(0);
            assert_eq!(repo.git(&["diff", "HEAD", "--stat"]), "");
        }
    });
}

#[test]
fn what_is_only_announced_is_not_staged() {
    with_each_git("what_is_only_announced_is_not_staged", || {
        let repo = Repo::with_commit();
        repo.stage("old.py", good());
        repo.commit("good");
        repo.write("later.py", BAD);
        repo.git(&["add", "-N", "later.py"]);
        repo.cwegate(&["scan"]).expect(0);
        repo.cwegate(&["scan", "--worktree"]).expect(1);
        repo.git(&["rm", "-q", "--cached", "old.py"]);
        repo.git(&["add", "-N", "old.py"]);
        let run = json(&repo, &[]).expect(0);
        assert_eq!((summary(&run, "files"), skipped(&run, "deleted")), (0, 1), "a commit would delete it: {run:#?}");
    });
}

#[test]
fn a_conflict_is_no_pass() {
    with_each_git("a_conflict_is_no_pass", || {
        let repo = Repo::with_commit();
        repo.stage("app.py", "x = 1\n");
        repo.commit("one");
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.stage("app.py", "x = 2\n");
        repo.stage("README.md", "side\n");
        repo.commit("side");
        repo.git(&["checkout", "-q", "main"]);
        repo.stage("app.py", "x = 3\n");
        repo.stage("README.md", "main\n");
        repo.commit("main");
        repo.git_may_fail(&["merge", "-q", "side"]).expect(1);
        for source in [&["scan"][..], &["scan", "--worktree"]] {
            let run = repo.cwegate(source).expect(3);
            let said = run.stdout + &run.stderr;
            assert!(said.contains("app.py") && said.contains("in conflict") && !said.contains("README"), "{said}");
        }
        repo.stage("app.py", "x = 5\n");
        repo.cwegate(&["scan"]).expect(0);
    });
}

#[test]
fn places_of_a_repository() {
    with_each_git("places_of_a_repository", || {
        let repo = Repo::with_commit();
        repo.git(&["checkout", "-q", "--detach"]);
        repo.stage("app.py", BAD);
        repo.cwegate(&["scan"]).expect(1);
        repo.cwegate(&["scan", "--worktree"]).expect(1);
        let sub = repo.dir.join("sub/folder");
        fs::create_dir_all(&sub).expect("a folder");

        // The folder below the top, and relative names in the environment, as git reads them.
        let other = repo.dir.join(".git/other-index");
        fs::copy(repo.dir.join(".git/index"), &other).expect("a copy");
        repo.git(&["rm", "-q", "--cached", "app.py"]);
        cwegate(&sub, &["scan"]).expect(0);
        let absolute = other.to_string_lossy().into_owned();
        for (folder, index) in
            [(&repo.dir, ".git/other-index"), (&sub, ".git/other-index"), (&repo.dir, &absolute), (&sub, &absolute)]
        {
            let run = cwegate_with(folder, &["scan"], |command| {
                command.env("GIT_INDEX_FILE", index);
            });
            assert_eq!(run.code, Some(1), "{index} in {}: {run:#?}", folder.display());
        }
        repo.git(&["add", "app.py"]);
        let elsewhere = tempfile::tempdir().expect("a folder");
        let (git_dir, top) = (repo.dir.join(".git"), repo.dir.clone());
        for (folder, git_dir, top) in [
            (repo.dir.as_path(), Path::new(".git"), None),
            (&repo.dir, Path::new(".git"), Some(Path::new("."))),
            (&sub, Path::new("../../.git"), Some(Path::new("../.."))),
            (elsewhere.path(), git_dir.as_path(), Some(top.as_path())),
            (elsewhere.path(), git_dir.as_path(), None),
        ] {
            let run = cwegate_with(folder, &["scan"], |command| {
                command.env("GIT_DIR", git_dir);
                if let Some(top) = top {
                    command.env("GIT_WORK_TREE", top);
                }
            });
            assert_eq!(run.code, Some(1), "{} {top:?} in {}: {run:#?}", git_dir.display(), folder.display());
        }
        // With `GIT_DIR` alone the current folder is the work tree.
        repo.stage("app.py", good());
        repo.commit("good");
        fs::write(elsewhere.path().join("app.py"), BAD).expect("a file");
        let run = cwegate_with(elsewhere.path(), &["scan", "--worktree"], |command| {
            command.env("GIT_DIR", &git_dir);
        });
        run.expect(1);

        let link = repo.beside("link");
        symlink(&repo.dir, &link).expect("a link");
        repo.stage("sub/app.py", BAD);
        cwegate(&link, &["scan"]).expect(1);
        let run = cwegate(&link.join("sub"), &["scan", "--format", "json", "app.py"]).expect(1);
        assert!(run.findings().iter().all(|(path, ..)| path == "sub/app.py"), "{run:#?}");
    });
}

#[test]
fn a_submodule_from_outside_and_inside() {
    with_each_git("a_submodule_from_outside_and_inside", || {
        let library = Repo::with_commit();
        let repo = Repo::with_commit();
        let url = library.dir.to_string_lossy().into_owned();
        repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "lib"]);
        let run = json(&repo, &[]).expect(0);
        assert_eq!(skipped(&run, "submodule"), 1, "{run:#?}");
        repo.stage("app.py", BAD);
        repo.cwegate(&["scan"]).expect(1);
        repo.stage("app.py", good());
        repo.commit("submodule");

        let inside = repo.dir.join("lib");
        cwegate(&inside, &["install"]).expect(0);
        fs::write(inside.join("app.py"), BAD).expect("a file");
        let git = |args: &[&str]| {
            let names = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
            command("git", &inside).args(names).args(args).output().expect("git runs").status.code()
        };
        assert_eq!(git(&["add", "app.py"]), Some(0));
        cwegate(&inside, &["scan"]).expect(1);
        repo.cwegate(&["scan", "--worktree"]).expect(0);
        assert_eq!(git(&["commit", "-qm", "bad"]), Some(1));
        assert_eq!(git(&["commit", "-qnm", "bad"]), Some(0));
        let run = json(&repo, &["--worktree"]).expect(0);
        assert_eq!(summary(&run, "files"), 0);
        repo.git(&["add", "lib"]);
        repo.cwegate(&["scan"]).expect(0);
    });
}

/// The command within a message, run as it is said.
fn run_what_is_said(folder: &Path, run: &Run) {
    let commands = ["git fetch", "git cat-file", "git ls-tree"];
    let said = run.stderr.split('`').find(|part| commands.iter().any(|command| part.starts_with(command)));
    let said = said.unwrap_or_else(|| panic!("no command: {run:#?}"));
    let status = command("sh", folder).args(["-c", said]).output().expect("a shell").status;
    assert!(status.success(), "{said}");
}

#[test]
fn a_history_that_is_not_here_is_fetched_as_the_message_says() {
    with_each_git("a_history_that_is_not_here_is_fetched_as_the_message_says", || {
        let repo = Repo::with_commit();
        repo.git(&["branch", "base"]);
        let lost = repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
        repo.stage("app.py", BAD);
        repo.commit("bad");
        repo.stage("more.py", "x = 1\n");
        repo.commit("more");
        repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let url = format!("file://{}", repo.dir.display());
        let by_id = format!("{lost}..HEAD");
        for source in [["--range", "HEAD~2..HEAD"], ["--base", "origin/base"], ["--range", &by_id]] {
            let shallow = repo.beside("shallow");
            repo.git(&["clone", "-q", "--depth=1", &url, &shallow.to_string_lossy()]);
            let scan = || cwegate(&shallow, &["scan", source[0], source[1]]);
            let mut run = scan().expect(3);
            for _ in 0..2 {
                if run.code == Some(3) {
                    assert!(run.stdout.is_empty(), "{run:#?}");
                    run_what_is_said(&shallow, &run);
                    run = scan();
                }
            }
            assert_eq!(run.code, Some(1), "{source:?}: {run:#?}");
            fs::remove_dir_all(&shallow).expect("the clone");
        }
        // Also where it is the policy's.
        let shallow = repo.beside("shallow");
        repo.git(&["clone", "-q", "--depth=1", &url, &shallow.to_string_lossy()]);
        let scan = || cwegate(&shallow, &["scan", "--policy-from", "origin/base"]);
        let run = scan().expect(3);
        assert!(run.stderr.starts_with("error: `origin/base` names no commit here"), "{run:#?}");
        run_what_is_said(&shallow, &run);
        scan().expect(0);
        // Nothing is cut off, and there is no common ancestor all the same.
        repo.git(&["checkout", "-q", "--orphan", "alone"]);
        repo.commit("alone");
        let run = repo.cwegate(&["scan", "--base", "main"]).expect(3);
        assert!(run.stderr.contains("no common ancestor") && run.stderr.contains("--range"), "{run:#?}");
        repo.cwegate(&["scan", "--range", "nowhere..HEAD"]).expect(2);
        repo.cwegate(&["scan", "--range", &format!("{}..HEAD", "1".repeat(40))]).expect(3);
    });
}

#[test]
fn clones_that_lack_objects_or_borrow_them() {
    with_each_git("clones_that_lack_objects_or_borrow_them", || {
        let repo = Repo::with_commit();
        repo.stage("app.py", BAD);
        repo.commit("debt");
        repo.stage("app.py", format!("{BAD}\n\nPAGE = 20\n"));
        repo.commit("more");
        repo.git(&["config", "uploadpack.allowFilter", "true"]);
        repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let url = format!("file://{}", repo.dir.display());

        let partial = repo.beside("partial");
        repo.git(&["clone", "-q", "--filter=blob:none", &url, &partial.to_string_lossy()]);
        let objects = || {
            let output = command("git", &partial).args(["count-objects", "-v"]).output().expect("git runs");
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let before = objects();
        let run = cwegate(&partial, &["scan", "--range", "HEAD^..HEAD"]).expect(3);
        assert_eq!(objects(), before, "nothing is fetched");
        let said = run.stdout.clone() + &run.stderr;
        let blob = repo.git(&["rev-parse", "HEAD^:app.py"]).trim().to_owned();
        assert!(said.contains(&blob) && said.contains("git cat-file blob"), "{said}");
        assert!(command("git", &partial).args(["cat-file", "blob", &blob]).output().expect("git").status.success());
        cwegate(&partial, &["scan", "--range", "HEAD^..HEAD"]).expect(0);
        cwegate(&partial, &["scan"]).expect(0);

        // Trees may be left out as well.
        let treeless = repo.beside("treeless");
        repo.git(&["clone", "-q", "--filter=tree:0", &url, &treeless.to_string_lossy()]);
        cwegate(&treeless, &["scan"]).expect(0);
        for parent in ["HEAD^", "HEAD~2"] {
            let run = cwegate(&treeless, &["scan", "--range", "HEAD~2..HEAD^"]).expect(3);
            assert!(
                run.stderr.starts_with(&format!("error: `{parent}` is here, and the list of its files is not")),
                "{run:#?}"
            );
            run_what_is_said(&treeless, &run);
        }
        let run = cwegate(&treeless, &["scan", "--range", "HEAD~2..HEAD^"]).expect(3);
        let said = run.stdout + &run.stderr;
        assert!(said.contains(&blob), "now only its bytes are missing: {said}");

        let borrowed = repo.beside("borrowed");
        repo.git(&["clone", "-q", "--shared", &url[7..], &borrowed.to_string_lossy()]);
        cwegate(&borrowed, &["scan", "--range", "HEAD~2..HEAD^"]).expect(1);
        cwegate(&borrowed, &["scan", "--range", "HEAD^..HEAD"]).expect(0);
    });
}

/// Hands a folder to an ordinary user and starts the program as that user, since the super-user may do anything. `None` where the
/// tests have one already.
fn ordinary_user(folder: &Path) -> Option<u32> {
    const NOBODY: u32 = 65_534;
    let mut folders = vec![folder.to_owned()];
    while let Some(path) = folders.pop() {
        chown(&path, Some(NOBODY), Some(NOBODY)).ok()?;
        if path.symlink_metadata().expect("it is there").is_dir() {
            folders.extend(fs::read_dir(path).expect("a folder").flatten().map(|entry| entry.path()));
        }
    }
    Some(NOBODY)
}

#[test]
fn a_repository_that_cannot_be_written() {
    with_each_git("a_repository_that_cannot_be_written", || {
        let repo = in_debt();
        repo.stage("new.py", BAD);
        let parent = repo.dir.parent().expect("a parent").to_owned();
        let user = ordinary_user(&parent);
        let writable = |mode: &str| {
            let status = command("chmod", &parent).args(["-R", mode, "."]).status().expect("chmod runs");
            assert!(status.success());
        };
        writable("a-w");
        for split in [false, true] {
            for source in [&["scan"][..], &["scan", "--worktree"], &["scan", "--range", "HEAD^..HEAD"]] {
                let run = cwegate_with(&repo.dir, source, |command| {
                    if let Some(user) = user {
                        command.uid(user).gid(user);
                    }
                });
                assert_eq!(run.code, Some(1), "{source:?} {split}: {run:#?}");
            }
            if !split {
                // Once more through git itself.
                writable("u+w");
                let mut git = command("git", &repo.dir);
                if let Some(user) = user {
                    git.uid(user).gid(user);
                }
                assert!(git.args(["update-index", "--split-index"]).status().expect("git runs").success());
                writable("a-w");
            }
        }
        writable("u+w");
    });
}

#[test]
fn a_repository_of_another_user_is_refused_as_by_git() {
    with_each_git("a_repository_of_another_user_is_refused_as_by_git", || {
        let repo = in_debt();
        repo.stage("new.py", BAD);
        // Only the super-user can give a repository away.
        if ordinary_user(&repo.dir).is_none() {
            return;
        }
        let run = repo.cwegate(&["scan"]).expect(3);
        assert!(run.stderr.contains("does not trust") && run.stderr.contains("safe.directory"), "{run:#?}");
        let global = repo.beside("gitconfig");
        for trusted in [repo.dir.to_string_lossy().into_owned(), "*".to_owned()] {
            fs::write(&global, format!("[safe]\n\tdirectory = {trusted}\n")).expect("a file");
            let run = cwegate_with(&repo.dir, &["scan"], |command| {
                command.env("GIT_CONFIG_GLOBAL", &global);
            });
            assert_eq!(run.code, Some(1), "{trusted}: {run:#?}");
        }
    });
}

#[test]
fn renames_copies_modes_and_links() {
    with_each_git("renames_copies_modes_and_links", || {
        let repo = in_debt();
        repo.git(&["mv", "app.py", "service.py"]);
        repo.stage("service.py", BAD.replace("app.db", "users.db") + "\n\nRETRIES = 3\n");
        let run = json(&repo, &[]).expect(0);
        assert_eq!(run.json()["summary"]["scanned"][0]["role"], "renamed");
        // A link where the file was does not make the code new.
        symlink("service.py", repo.dir.join("app.py")).expect("a link");
        repo.git(&["add", "app.py"]);
        let run = json(&repo, &[]).expect(0);
        assert_eq!((summary(&run, "existing"), skipped(&run, "symlink")), (1, 1), "{run:#?}");
        repo.commit("renamed");
        // And code where the link was is new.
        fs::remove_file(repo.dir.join("app.py")).expect("the link");
        repo.stage("app.py", BAD);
        repo.cwegate(&["scan"]).expect(1);
        repo.git(&["reset", "-q", "--hard"]);

        repo.stage("copy.py", fs::read(repo.dir.join("service.py")).expect("the file"));
        repo.cwegate(&["scan"]).expect(1);
        repo.git(&["reset", "-q", "--hard"]);

        repo.git(&["update-index", "--chmod=+x", "service.py"]);
        let run = json(&repo, &[]).expect(0);
        assert_eq!((summary(&run, "files"), summary(&run, "changed_lines")), (1, 0), "{run:#?}");
    });
}

#[test]
fn a_folder_of_many_files_is_renamed() {
    let repo = Repo::with_commit();
    // A few are equal, so that each has to be taken for one alone.
    let text = |number: usize| -> String {
        (0..12).map(|line| format!("value_{line} = call({}, {line})\n", number / 2 * 100)).collect()
    };
    const FILES: usize = 300;
    for number in 0..FILES {
        repo.write(&format!("old/file{number}.py"), text(number));
    }
    repo.commit("files");
    repo.git(&["mv", "old", "new"]);
    for number in (0..FILES).step_by(10) {
        repo.write(&format!("new/file{number}.py"), text(number) + "last = 1\n");
    }
    repo.git(&["add", "-A"]);
    for split in [false, true] {
        if split {
            repo.git(&["update-index", "--split-index"]);
        }
        let run = json(&repo, &[]).expect(0);
        let scanned = run.json()["summary"]["scanned"].as_array().expect("a list").clone();
        assert_eq!(scanned.iter().filter(|file| file["role"] == "renamed").count(), FILES);
        assert_eq!(summary(&run, "changed_lines"), FILES as u64 / 10);
        assert_eq!(skipped(&run, "deleted"), 0);
    }
}

#[test]
fn an_empty_file_goes_and_another_comes() {
    let repo = Repo::with_commit();
    repo.write("old/__init__.py", "");
    repo.commit("a package");
    repo.git(&["rm", "-q", "old/__init__.py"]);
    repo.stage("new/__init__.py", "");
    let run = json(&repo, &[]).expect(0);
    assert_eq!(summary(&run, "changed_lines"), 0);
    // Nothing says that the one was the other.
    assert_eq!(skipped(&run, "deleted"), 1);
}

#[test]
fn scripts_without_an_ending() {
    let repo = Repo::with_commit();
    for first in ["/usr/bin/python3", "/usr/bin/env python", "/usr/bin/env -S uv run --script", "/usr/bin/env pypy3"] {
        repo.stage("tool", format!("#!{first}\n{BAD}"));
        repo.cwegate(&["scan"]).expect(1);
    }
    repo.stage("tool", format!("#!/bin/sh\n{BAD}"));
    assert_eq!(skipped(&json(&repo, &[]).expect(0), "not python"), 1);
}

#[test]
fn line_ends_are_those_that_git_stores() {
    with_each_git("line_ends_are_those_that_git_stores", || {
        type Make = fn(&Repo);
        let forms: [(&str, Make); 3] = [
            ("autocrlf", |repo| drop(repo.git(&["config", "core.autocrlf", "true"]))),
            ("eol", |repo| repo.stage(".gitattributes", "*.py text eol=crlf\n")),
            ("auto", |repo| {
                repo.stage(".gitattributes", "*.py text=auto\n");
                repo.git(&["config", "core.eol", "crlf"]);
            }),
        ];
        for (name, make) in forms {
            let repo = Repo::with_commit();
            make(&repo);
            let crlf = |text: &str| text.replace('\n', "\r\n");
            repo.stage("app.py", crlf(BAD));
            repo.commit("debt");
            assert!(!repo.git(&["cat-file", "blob", "HEAD:app.py"]).contains('\r'), "{name}");
            repo.write("app.py", crlf(&BAD.replace("    conn =", "    page = 1\n    conn =")));
            for split in [false, true] {
                if split {
                    repo.git(&["update-index", "--split-index"]);
                }
                let run = json(&repo, &["--worktree"]).expect(0);
                assert_eq!(summary(&run, "changed_lines"), 1, "{name} {split}: {run:#?}");
            }
            repo.git(&["add", "app.py"]);
            assert_eq!(summary(&json(&repo, &[]).expect(0), "changed_lines"), 1, "{name}");
        }
        // Line ends that are stored are a change of all lines, and of no statement.
        let repo = in_debt();
        repo.stage("app.py", BAD.replace('\n', "\r\n"));
        let run = json(&repo, &[]).expect(0);
        assert_eq!(summary(&run, "changed_lines"), 14, "{run:#?}");
        assert_eq!(
            json(&repo, &["--worktree"]).expect(0).stdout.replace("changes in the work tree", "staged changes"),
            run.stdout
        );
    });
}

#[test]
fn attributes_hide_nothing() {
    with_each_git("attributes_hide_nothing", || {
        for attributes in ["*.py -diff", "*.py binary", "*.py filter=none diff=none -text", "*.py linguist-generated"] {
            let repo = Repo::with_commit();
            repo.stage(".gitattributes", format!("{attributes}\n"));
            repo.stage("app.py", BAD);
            repo.cwegate(&["scan"]).expect(1);
            repo.cwegate(&["scan", "--worktree"]).expect(1);
            repo.commit("bad");
            repo.cwegate(&["scan", "--range", "HEAD^..HEAD"]).expect(1);
        }
        let repo = Repo::with_commit();
        // The clean filter has run when git stores the bytes: they count, and not what is on disk.
        repo.git(&["config", "filter.fix.clean", "sed s/UNSAFE/name/"]);
        repo.stage(".gitattributes", "*.py filter=fix\n");
        repo.stage("app.py", BAD.replace("{name}", "{UNSAFE}"));
        let run = json(&repo, &[]).expect(1);
        assert!(run.stdout.contains("{name}") && !run.stdout.contains("UNSAFE"), "{run:#?}");

        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
        repo.git(&["rm", "-q", "-f", "app.py"]);
        repo.stage("large.py", pointer);
        let run = repo.cwegate(&["scan"]).expect(3);
        assert!((run.stdout + &run.stderr).contains("Git LFS pointer"));
    });
}

#[test]
fn the_end_of_a_file_without_a_line_end() {
    with_each_git("the_end_of_a_file_without_a_line_end", || {
        let repo = Repo::with_commit();
        let sink = BAD.lines().take(BAD_LINE as usize).collect::<Vec<_>>().join("\n");
        repo.stage("app.py", &sink);
        assert_eq!(lines_of_alarms(&json(&repo, &[]).expect(1)), [BAD_LINE]);
        repo.commit("debt");
        repo.stage("app.py", format!("{sink}\n"));
        let run = json(&repo, &[]).expect(0);
        assert_eq!(summary(&run, "changed_lines"), 1, "as git has it: {run:#?}");
        repo.stage("app.py", format!("{sink}\n    return name"));
        repo.cwegate(&["scan"]).expect(0);
    });
}

/// Two branches that change the head of `app.py` each in its own way; one brings an injection in another file, and one in
/// `app.py` itself.
fn to_merge() -> Repo {
    let repo = Repo::with_commit();
    repo.stage("app.py", good());
    repo.commit("good");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.stage("app.py", good().replace("app.db", "side.db") + "\n\n" + &bad_view("of_side"));
    repo.stage("theirs.py", BAD);
    repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("app.py", good().replace("app.db", "main.db"));
    repo.commit("main");
    repo
}

#[test]
fn a_merge_is_to_blame_for_what_it_changes_itself() {
    with_each_git("a_merge_is_to_blame_for_what_it_changes_itself", || {
        let repo = to_merge();
        repo.cwegate(&["install"]).expect(0);
        repo.git_may_fail(&["merge", "-q", "side"]).expect(1);
        let both = good().replace("app.db", "both.db") + "\n\n" + &bad_view("of_side");
        for split in [false, true] {
            if split {
                repo.git(&["update-index", "--split-index"]);
            }
            repo.stage("app.py", &both);
            let run = json(&repo, &[]).expect(0);
            let of_side = ("app.py".to_owned(), "CWE-89".to_owned(), "existing".to_owned());
            assert_eq!(run.findings(), [of_side], "{split}: {run:#?}");
            assert_eq!(summary(&run, "changed_lines"), 1, "the line that is like neither side: {run:#?}");
            assert_eq!(lines_of_alarms(&json(&repo, &["--worktree"]).expect(0)), [] as [u64; 0]);
            // What the resolution adds is its own.
            repo.stage("app.py", format!("{both}\n\n{}", bad_view("of_merge")));
            let alarms = lines_of_alarms(&json(&repo, &[]).expect(1));
            assert_eq!(alarms, [26 + BAD_LINE - 8], "{split}");
        }
        repo.git_may_fail(&["commit", "-qm", "merge"]).expect(1);
        repo.stage("app.py", &both);
        repo.git_may_fail(&["commit", "-qm", "merge"]).expect(0);
    });
}

#[test]
fn a_merge_without_conflicts_has_a_hook_of_its_own() {
    with_each_git("a_merge_without_conflicts_has_a_hook_of_its_own", || {
        let repo = to_merge();
        repo.git(&["checkout", "-q", "-b", "other", "HEAD^"]);
        repo.stage("other.py", "x = 1\n");
        repo.commit("other");
        repo.cwegate(&["install", "--hook", "pre-merge-commit"]).expect(0);
        let merge = ["merge", "-q", "-m", "merge", "side"];
        repo.git_may_fail(&merge).expect(0);
        repo.git(&["reset", "-q", "--hard", "HEAD^"]);
        // An earlier hook that writes code into the merge.
        let hook = repo.dir.join(".git/hooks/pre-merge-commit.before-cwegate");
        fs::write(&hook, "#!/bin/sh\ncp theirs.py ours.py && git add ours.py\n").expect("a script");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("permissions");
        repo.git_may_fail(&merge).expect(1);
    });
}

#[test]
fn what_git_does_again_is_seen_again() {
    with_each_git("what_git_does_again_is_seen_again", || {
        let repo = in_debt();
        repo.stage("app.py", good());
        repo.commit("repair");
        repo.git(&["revert", "--no-commit", "HEAD"]);
        assert_eq!(lines_of_alarms(&json(&repo, &[]).expect(1)), [BAD_LINE], "the revert brings it back");
        repo.git(&["reset", "-q", "--hard"]);

        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.stage("second.py", BAD);
        repo.commit("bad");
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["cherry-pick", "--no-commit", "side"]);
        repo.cwegate(&["scan"]).expect(1);
        repo.git(&["stash", "-q"]);
        repo.cwegate(&["scan"]).expect(0);
        repo.git(&["stash", "pop", "-q", "--index"]);
        repo.cwegate(&["scan"]).expect(1);
        repo.git(&["reset", "-q", "--hard"]);

        repo.stage("README.md", "main\n");
        repo.commit("main goes on");
        repo.git(&["checkout", "-q", "side"]);
        repo.git(&["rebase", "-q", "main"]);
        let run = json(&repo, &["--base", "main"]).expect(1);
        assert_eq!(summary(&run, "files"), 1, "{run:#?}");
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["cherry-pick", "side"]);
        repo.cwegate(&["scan", "--range", "HEAD^..HEAD"]).expect(1);
        repo.cwegate(&["scan", "--range", "side..HEAD"]).expect(0);
    });
}

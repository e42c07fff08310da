//! `install`: keeps what was there, and gives it back.

mod common;

use std::{fs, path::Path};

use common::{BAD, Repo, cwegate};

fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
    fs::write(path, text).expect("a script");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
}

#[test]
fn an_existing_hook_runs_first_and_is_given_back() {
    let repo = Repo::with_commit();
    let hook = repo.dir.join(".git/hooks/pre-commit");
    let earlier = "#!/bin/sh\necho ran >> \"$(git rev-parse --git-dir)/earlier-ran\"\n[ ! -e refuse ]\n";
    script(&hook, earlier);
    repo.cwegate(&["install"]).expect(0);
    repo.cwegate(&["install"]).expect(0);

    repo.stage("app.py", BAD);
    repo.git_may_fail(&["commit", "-m", "bad"]).expect(1);
    assert_eq!(fs::read_to_string(repo.dir.join(".git/earlier-ran")).expect("the earlier hook ran"), "ran\n");

    repo.write("refuse", "");
    repo.stage("app.py", "x = 1\n");
    repo.git_may_fail(&["commit", "-m", "refused by the earlier hook"]).expect(1);
    fs::remove_file(repo.dir.join("refuse")).expect("it was there");
    repo.git_may_fail(&["commit", "-m", "fine"]).expect(0);

    repo.cwegate(&["install", "--uninstall"]).expect(0);
    assert_eq!(fs::read_to_string(&hook).expect("the hook"), earlier);
    assert!(!repo.dir.join(".git/hooks/pre-commit.before-cwegate").exists());
    repo.cwegate(&["install", "--uninstall"]).expect(0);
    assert_eq!(fs::read_to_string(&hook).expect("a hook of others stays"), earlier);
}

#[test]
fn install_and_uninstall_leave_no_trace() {
    let repo = Repo::with_commit();
    let before = repo.state();
    repo.cwegate(&["install", "--hook", "pre-commit", "--hook", "pre-push"]).expect(0);
    assert_ne!(repo.state(), before);
    repo.cwegate(&["install", "--uninstall"]).expect(0);
    assert_eq!(repo.state(), before);
}

#[test]
fn hooks_path_is_honoured() {
    let repo = Repo::with_commit();
    repo.git(&["config", "core.hooksPath", ".githooks"]);
    repo.cwegate(&["install"]).expect(0);
    assert!(repo.dir.join(".githooks/pre-commit").exists());
    repo.stage("app.py", BAD);
    repo.git_may_fail(&["commit", "-m", "bad"]).expect(1);

    // From a subfolder the path is still relative to the top.
    fs::create_dir(repo.dir.join("sub")).expect("a folder");
    cwegate(&repo.dir.join("sub"), &["install", "--uninstall"]).expect(0);
    assert!(!repo.dir.join(".githooks/pre-commit").exists());

    let elsewhere = tempfile::tempdir().expect("a folder");
    repo.git(&["config", "core.hooksPath", &elsewhere.path().to_string_lossy()]);
    let run = repo.cwegate(&["install"]).expect(0);
    assert!(run.stdout.contains("outside this repository"), "{run:#?}");
    repo.git_may_fail(&["commit", "-m", "bad"]).expect(1);
}

#[test]
fn pre_push_scans_what_the_remote_does_not_have() {
    let repo = Repo::with_commit();
    repo.git(&["init", "-q", "--bare", "../remote.git"]);
    repo.git(&["remote", "add", "origin", "../remote.git"]);
    repo.cwegate(&["install", "--hook", "pre-push"]).expect(0);
    repo.git_may_fail(&["push", "-q", "origin", "main"]).expect(0);

    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "bad"]);
    repo.git_may_fail(&["push", "-q", "origin", "main"]).expect(1);
    repo.git_may_fail(&["push", "-q", "origin", "main:new"]).expect(1);
    repo.git_may_fail(&["push", "-q", "origin", "HEAD^:refs/heads/fine"]).expect(0);
    repo.git_may_fail(&["push", "-q", "origin", ":fine"]).expect(0);

    repo.stage("app.py", common::good());
    repo.git(&["commit", "-qm", "repaired"]);
    repo.git_may_fail(&["push", "-q", "origin", "main"]).expect(0);
}

#[test]
fn a_missing_program_fails_closed() {
    let repo = Repo::with_commit();
    repo.cwegate(&["install"]).expect(0);
    let hook = repo.dir.join(".git/hooks/pre-commit");
    let text = fs::read_to_string(&hook).expect("the hook");
    let program = env!("CARGO_BIN_EXE_cwegate");
    assert!(text.contains(program));
    fs::write(&hook, text.replace(program, "/no/such/program")).expect("the hook");
    repo.stage("a.py", "x = 1\n");
    let run = repo.git_may_fail(&["commit", "-m", "a"]).expect(1);
    assert!(run.stderr.contains("nothing was scanned"), "{run:#?}");
}

#[test]
fn outside_a_repository_there_is_nothing_to_install_into() {
    let folder = tempfile::tempdir().expect("a folder");
    cwegate(folder.path(), &["install"]).expect(2);
}

#[test]
fn linked_work_trees_share_the_hook_and_each_is_scanned_for_itself() {
    let repo = Repo::with_commit();
    let earlier = "#!/bin/sh\necho ran >> \"$(git rev-parse --git-common-dir)/earlier-ran\"\n";
    script(&repo.dir.join(".git/hooks/pre-commit"), earlier);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "-b", "linked", &linked.to_string_lossy()]);

    // From the linked one: the folder that git takes hooks from is the main one's.
    cwegate(&linked, &["install"]).expect(0);
    assert!(repo.dir.join(".git/hooks/pre-commit.before-cwegate").exists());
    fs::write(linked.join("app.py"), BAD).expect("a file");
    repo.git(&["-C", &linked.to_string_lossy(), "add", "app.py"]);
    repo.git_may_fail(&["-C", &linked.to_string_lossy(), "commit", "-m", "bad"]).expect(1);
    // What is staged there is not staged here.
    repo.stage("fine.py", "x = 1\n");
    repo.git_may_fail(&["commit", "-m", "fine"]).expect(0);
    assert_eq!(fs::read_to_string(repo.dir.join(".git/earlier-ran")).expect("the earlier hook ran"), "ran\nran\n");

    cwegate(&linked, &["install", "--uninstall"]).expect(0);
    assert_eq!(fs::read_to_string(repo.dir.join(".git/hooks/pre-commit")).expect("the hook"), earlier);
}

#[test]
fn an_earlier_hook_in_hooks_path_runs_first_and_gets_what_git_gives() {
    let repo = Repo::with_commit();
    repo.git(&["init", "-q", "--bare", "../remote.git"]);
    repo.git(&["remote", "add", "origin", "../remote.git"]);
    repo.git(&["config", "core.hooksPath", ".githooks"]);
    let earlier = "#!/bin/sh\necho \"$@\" > seen-arguments\ncat > seen-input\n[ ! -e refuse ]\n";
    script(&repo.dir.join(".githooks/pre-push"), earlier);
    repo.cwegate(&["install", "--hook", "pre-push"]).expect(0);

    repo.git_may_fail(&["push", "-q", "origin", "main"]).expect(0);
    let seen = |name: &str| fs::read_to_string(repo.dir.join(name)).expect("the earlier hook wrote it");
    assert_eq!(seen("seen-arguments"), "origin ../remote.git\n");
    let head = repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!(seen("seen-input").trim_end(), format!("refs/heads/main {head} refs/heads/main {}", "0".repeat(40)));

    repo.stage("app.py", BAD);
    repo.git(&["commit", "-qm", "bad"]);
    repo.git_may_fail(&["push", "-q", "origin", "main"]).expect(1);
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    repo.stage("app.py", "x = 1\n");
    repo.git(&["commit", "-qm", "fine"]);
    repo.write("refuse", "");
    repo.git_may_fail(&["push", "-q", "origin", "main"]).expect(1);
    fs::remove_file(repo.dir.join("refuse")).expect("it was there");
    repo.git_may_fail(&["push", "-q", "origin", "main"]).expect(0);
}

#[cfg(unix)]
#[test]
fn an_earlier_pre_push_hook_hears_nothing_where_git_says_nothing() {
    let repo = Repo::with_commit();
    repo.git(&["init", "-q", "--bare", "../remote.git"]);
    repo.git(&["remote", "add", "origin", "../remote.git"]);
    repo.git(&["push", "-q", "origin", "main"]);
    script(&repo.dir.join(".git/hooks/pre-push"), "#!/bin/sh\nwc -c > \"$(git rev-parse --git-dir)/heard\"\n");
    repo.cwegate(&["install", "--hook", "pre-push"]).expect(0);
    // Git runs the hook also if all is up to date, and pre-commit's cannot read an empty line.
    repo.git_may_fail(&["push", "-q", "origin", "main"]).expect(0);
    let heard = fs::read_to_string(repo.dir.join(".git/heard")).expect("the earlier hook ran");
    assert_eq!(heard.trim(), "0");
}

/// Hooks as their managers leave them, in their first lines.
#[cfg(unix)]
#[test]
fn hooks_that_would_not_bear_another_name_are_left_alone() {
    let sample: &[(&str, &str, &str)] = &[
        (
            "lefthook",
            "#!/bin/sh\ncall_lefthook()\n{\n  lefthook \"$@\"\n}\ncall_lefthook run \"pre-commit\" \"$@\"\n",
            "lefthook.yml",
        ),
        (
            "simple-git-hooks",
            "#!/bin/sh\n\nif [ \"$SKIP_SIMPLE_GIT_HOOKS\" = \"1\" ]; then\n    exit 0\nfi\nnpx x\n",
            "simple-git-hooks",
        ),
        (
            "overcommit",
            "#!/usr/bin/env ruby\nhook_type = File.basename($0)\nif hook_type == 'overcommit-hook'\nend\n",
            "its own name",
        ),
        ("a dispatcher", "#!/bin/bash\nexec run-parts \"$(dirname \"$0\")/$(basename \"$0\").d\"\n", "its own name"),
        ("another", "#!/bin/bash\nhook=${0##*/}\nexec git-hooks run \"$hook\" \"$@\"\n", "its own name"),
        ("husky 4", "#!/bin/sh\n# husky\n. \"$(dirname \"$0\")/husky.sh\"\n", "its own name"),
    ];
    for (who, text, told) in sample {
        let repo = Repo::with_commit();
        script(&repo.dir.join(".git/hooks/pre-commit"), text);
        script(&repo.dir.join(".git/hooks/husky.sh"), "hookName=`basename \"$0\"`\n");
        let before = repo.state();
        let run = repo.cwegate(&["install", "--hook", "pre-push", "--hook", "pre-commit"]).expect(2);
        assert!(run.stderr.contains(told) && run.stderr.contains("cwegate"), "{who}: {run:#?}");
        assert_eq!(repo.state(), before, "{who}");
    }
    let kept: &[(&str, &str)] = &[
        (
            "pre-commit",
            "#!/usr/bin/env bash\nARGS=(hook-impl --config=.pre-commit-config.yaml --hook-type=pre-commit)\nHERE=\"$(cd \"$(dirname \"$0\")\" && pwd)\"\n",
        ),
        ("one that names itself", "#!/bin/sh\necho \"$(basename \"$0\"): looking\"\n"),
        ("git lfs", "#!/bin/sh\ncommand -v git-lfs >/dev/null 2>&1 || exit 2\ngit lfs post-commit \"$@\"\n"),
    ];
    for (who, text) in kept {
        let repo = Repo::with_commit();
        script(&repo.dir.join(".git/hooks/pre-commit"), text);
        let run = repo.cwegate(&["install"]).expect(0);
        assert!(run.stdout.contains("it runs first"), "{who}: {run:#?}");
    }
    // A program that all hooks are links to.
    let repo = Repo::with_commit();
    fs::create_dir_all(repo.dir.join(".git/hooks")).expect("the folder");
    std::os::unix::fs::symlink("/bin/sh", repo.dir.join(".git/hooks/pre-commit")).expect("a link");
    repo.cwegate(&["install"]).expect(2);
}

#[test]
fn husky_s_own_folder_is_left_alone() {
    let repo = Repo::with_commit();
    // As husky 9 leaves it; the real one is in tests/integration/test_hooks.py.
    script(&repo.dir.join(".husky/_/pre-commit"), "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"");
    repo.write(".husky/_/h", "n=$(basename \"$0\")\n");
    repo.git(&["config", "core.hooksPath", ".husky/_"]);
    let before = repo.state();
    let run = repo.cwegate(&["install", "--hook", "pre-commit", "--hook", "pre-push"]).expect(2);
    assert!(run.stderr.contains("belongs to husky"), "{run:#?}");
    assert!(
        run.stderr.contains("put `cwegate scan || exit` into") && run.stderr.contains("/.husky/pre-commit`"),
        "{run:#?}"
    );
    assert!(run.stderr.contains("cwegate scan --pre-push \"$@\" || exit"), "{run:#?}");
    assert_eq!(repo.state(), before);
}

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

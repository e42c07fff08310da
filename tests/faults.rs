//! What goes wrong around a scan: never half a report, never a changed index, never a pass by accident.

#![cfg(unix)]

mod common;

use std::{
    fs,
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use common::{BAD, Repo, bad_view, command, cwegate, good, with_each_git};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cwegate");

const FILES: usize = 3;

/// A repository with several files of staged injections.
fn much_is_staged() -> Repo {
    let repo = Repo::with_commit();
    for number in 0..FILES {
        let views: String = (0..2).map(|view| format!("\n\n{}", bad_view(&format!("view_{number}_{view}")))).collect();
        repo.stage(&format!("pkg/file{number}.py"), format!("{BAD}{views}"));
    }
    repo
}

fn sarif(text: &[u8]) -> Value {
    serde_json::from_slice(text).expect("a whole SARIF file")
}

#[test]
fn killed_at_any_point_it_leaves_a_whole_report_or_the_old_one() {
    let repo = much_is_staged();
    let out = repo.beside("out");
    fs::create_dir(&out).expect("a folder");
    let file = out.join("cwegate.sarif");
    let argument = format!("sarif={}", file.display());
    let scan = || {
        let mut program = command(PROGRAM, &repo.dir);
        program.args(["scan", "--output", &argument]).stdout(Stdio::null()).stderr(Stdio::null());
        program
    };
    let started = Instant::now();
    assert_eq!(scan().status().expect("it runs").code(), Some(1));
    let whole = started.elapsed();
    let new = fs::read(&file).expect("the report");
    sarif(&new);
    let old = b"{\"old\": true}\n";
    let before = repo.state();
    let mut seen = (0, 0);
    for step in 0..12u32 {
        fs::write(&file, old).expect("the old report");
        let mut child = scan().spawn().expect("it runs");
        // Points all over the run, a little past its usual end.
        thread::sleep(whole * (step + 1) / 10);
        drop(child.kill());
        let status = child.wait().expect("it ends");
        assert_ne!(status.code(), Some(0), "never a pass");
        let text = fs::read(&file).expect("a report");
        if text == old {
            seen.0 += 1;
        } else {
            assert_eq!(sarif(&text)["runs"][0]["results"], sarif(&new)["runs"][0]["results"]);
            seen.1 += 1;
        }
        assert_eq!(repo.state(), before);
    }
    assert!(seen.0 > 0, "it was killed before the report was written at least once: {seen:?}");
    cwegate(&repo.dir, &["scan"]).expect(1);
}

#[test]
fn where_nothing_can_be_written_it_is_no_pass() {
    let repo = Repo::with_commit();
    repo.stage("app.py", good());
    // A full disk behind standard output, and behind a file: nothing blocks, and it must not pass.
    for arguments in [&["scan", "-v"][..], &["scan", "--format", "sarif"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
        let mut program = command(PROGRAM, &repo.dir);
        let output = program.args(arguments).stdout(full).output().expect("it runs");
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written"));
    }
    cwegate(&repo.dir, &["scan", "--output", "sarif=/dev/full"]).expect(3);
    let kind = fs::metadata("/dev/full").expect("the device").file_type();
    assert!(!kind.is_file(), "a device is written to, and not replaced");

    let out = repo.beside("out");
    fs::create_dir(&out).expect("a folder");
    let file = out.join("cwegate.sarif");
    fs::write(&file, "old").expect("a file");
    // No file may grow beyond its first kilobyte.
    let limited = format!("trap '' XFSZ; ulimit -f 1; exec '{PROGRAM}' scan --output 'sarif={}'", file.display());
    let output = command("sh", &repo.dir).args(["-c", &limited]).output().expect("a shell");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(fs::read(&file).expect("the file"), b"old");
    assert_eq!(fs::read_dir(&out).expect("a folder").count(), 1, "no part of it is left");

    // Standard error as well.
    repo.stage("app.py", BAD);
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
    let mut program = command(PROGRAM, &repo.dir);
    let status = program.args(["scan", "-v"]).stdout(full()).stderr(full()).status().expect("it runs");
    assert_eq!(status.code(), Some(3));
}

#[test]
fn a_reader_that_goes_away_does_not_make_it_pass() {
    let repo = much_is_staged();
    let mut child = command(PROGRAM, &repo.dir).args(["scan", "-v"]).stdout(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn reports_follow_links_and_fill_pipes() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let (real, link) = (repo.beside("real.sarif"), repo.beside("link.sarif"));
    fs::write(&real, "old").expect("a file");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    cwegate(&repo.dir, &["scan", "--output", &format!("sarif={}", link.display())]).expect(1);
    assert!(link.symlink_metadata().expect("the link").is_symlink());
    sarif(&fs::read(&real).expect("the report"));
    let run = cwegate(&repo.dir, &["scan", "--quiet", "--output", "json=/dev/stderr"]).expect(1);
    assert!(run.stderr.starts_with('{'), "{run:#?}");
}

#[test]
fn git_at_work_beside_it() {
    with_each_git("git_at_work_beside_it", || {
        let repo = much_is_staged();
        // What is read moves from pack to pack, and the index is written, while it is being read.
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    repo.git_may_fail(&["gc", "-q"]);
                    thread::sleep(Duration::from_millis(5));
                }
            });
            scope.spawn(|| {
                let mut number = 0;
                while !done.load(Ordering::Relaxed) {
                    number += 1;
                    repo.write("noise.py", format!("x = {number}\n"));
                    repo.git_may_fail(&["add", "noise.py"]);
                }
            });
            for _ in 0..4 {
                let run = repo.cwegate(&["scan", "--format", "json"]);
                let blocked = run.json()["summary"]["blocked"].as_u64();
                if run.code != Some(1) || blocked.is_none_or(|blocked| blocked < FILES as u64) {
                    done.store(true, Ordering::Relaxed);
                    panic!("all of what is staged is there at any moment: {run:#?}");
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        repo.git(&["fsck"]);
        assert_eq!(
            repo.git(&["diff", "--cached", "--name-only", "--diff-filter=A", "--", "pkg"]).lines().count(),
            FILES
        );
    });
}

#[test]
fn broken_objects_and_locks() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let blob = repo.git(&["rev-parse", ":app.py"]).trim().to_owned();
    // Somebody else has the index locked: it is only read.
    fs::write(repo.dir.join(".git/index.lock"), "").expect("a lock");
    repo.cwegate(&["scan"]).expect(1);
    fs::remove_file(repo.dir.join(".git/index.lock")).expect("the lock");
    let object = repo.dir.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(&object).expect("the object");
    let run = repo.cwegate(&["scan"]).expect(3);
    assert!((run.stdout + &run.stderr).contains("app.py"), "the file that could not be read is named");

    let index = repo.dir.join(".git/index");
    let text = fs::read(&index).expect("the index");
    for length in [0, 10, 50, text.len() / 2, text.len() - 21, text.len() - 1] {
        fs::write(&index, &text[..length]).expect("a part of the index");
        let run = repo.cwegate(&["scan"]);
        assert_eq!(run.code, Some(3), "{length} of {} bytes: {run:#?}", text.len());
    }
    fs::write(&index, text).expect("the index");
    fs::write(repo.dir.join(".git/HEAD"), "ref: refs/heads/nowhere\n").expect("another branch");
    repo.cwegate(&["scan"]).expect(3);
    fs::write(repo.dir.join(".git/HEAD"), "1".repeat(40)).expect("a commit that is not there");
    repo.cwegate(&["scan"]).expect(3);
}

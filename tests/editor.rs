//! What `cwegate lsp` builds on: the work tree as it would be if an editor saved its buffers, and scores that are kept.

#![cfg(unix)]

mod common;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use common::{Repo, bad_view, with_each_git};
use cwegate::{
    git::{self, Buffer, ChangeKind, Changes, LibGit, Plumbing, Reader},
    model::{
        Bundle, Choice, ModelError, Scorer,
        scores::{Job, StatementScores, score},
    },
    python,
};

/// What libgit2 and git's plumbing both make of buffers.
#[track_caller]
fn with_buffers(repo: &Repo, buffers: &[(&str, &str)]) -> Changes {
    let buffers: Vec<Buffer> =
        buffers.iter().map(|&(path, text)| Buffer { path: path.into(), text: text.to_owned() }).collect();
    let ask = |reader: &dyn Reader| git::with_buffers(reader, &buffers, &|_| 1_000).expect("changes");
    let plumbing = ask(&Plumbing::at(&repo.dir).expect("git reads"));
    let libgit = ask(&LibGit::at(&repo.dir).expect("libgit2 reads"));
    assert_eq!(libgit, plumbing);
    libgit
}

fn names(changes: &Changes) -> Vec<String> {
    changes.files.iter().map(|file| file.path.to_text()).collect()
}

fn many_lines(name: &str) -> String {
    (0..20).map(|number| format!("{name}_{number} = call({number})\n")).collect()
}

#[test]
fn buffers_stand_for_their_files() {
    with_each_git("buffers_stand_for_their_files", || {
        let repo = Repo::new();
        let unborn = with_buffers(&repo, &[("a.py", "x = 1\n")]);
        assert_eq!((unborn.files[0].kind, &unborn.files[0].before), (ChangeKind::Added, &None));

        repo.write("a.py", "x = 1\n");
        repo.write("b.py", "y = 1\n");
        repo.write("notes.txt", "x = 1\n");
        repo.write("script", "#!/usr/bin/env python3\nx = 1\n");
        repo.commit("first");
        repo.write("a.py", "x = 2\n");
        repo.write("b.py", "y = 2\n");

        // What is on disk is what it is, and the buffer stands before it.
        assert_eq!(names(&with_buffers(&repo, &[])), ["a.py", "b.py"]);
        let changes = with_buffers(&repo, &[("a.py", "x = 3\n")]);
        assert_eq!(names(&changes), ["a.py", "b.py"]);
        assert_eq!(changes.files[0].kind, ChangeKind::Modified);
        assert_eq!(changes.files[0].before.as_deref(), Some(&b"x = 1\n"[..]));
        assert_eq!(changes.files[0].after, b"x = 3\n");
        assert_eq!(names(&with_buffers(&repo, &[("a.py", "x = 1\n")])), ["b.py"]);

        let others = [("notes.txt", "x = 2\n"), ("script", "#!/usr/bin/env python3\nx = 2\n"), ("run", "x = 1\n")];
        assert_eq!(names(&with_buffers(&repo, &others)), ["a.py", "b.py", "script"]);
    });
}

#[test]
fn buffers_count_before_git_knows_them_unless_it_ignores_them() {
    with_each_git("buffers_count_before_git_knows_them_unless_it_ignores_them", || {
        let repo = Repo::with_commit();
        repo.write(".gitignore", "build/\n*_local.py\n");
        repo.commit("ignoring");
        let changes =
            with_buffers(&repo, &[("new.py", "x = 1\n"), ("build/a.py", "x = 1\n"), ("at_local.py", "x = 1\n")]);
        assert_eq!(names(&changes), ["new.py"]);
        assert_eq!(changes.files[0].kind, ChangeKind::Added);

        repo.write("at_local.py", "x = 1\n");
        repo.git(&["add", "-f", "at_local.py"]);
        assert_eq!(names(&with_buffers(&repo, &[("at_local.py", "x = 2\n")])), ["at_local.py"]);
    });
}

#[test]
fn a_buffer_may_have_its_before_under_another_name_or_nowhere_on_disk() {
    with_each_git("a_buffer_may_have_its_before_under_another_name_or_nowhere_on_disk", || {
        let repo = Repo::new();
        let (old, other) = (many_lines("value"), many_lines("other"));
        repo.write("old.py", &old);
        repo.write("gone.py", &other);
        repo.commit("first");
        for file in ["old.py", "gone.py"] {
            std::fs::remove_file(repo.dir.join(file)).expect("it goes");
        }
        let altered = format!("{old}last = 1\n");
        let changes = with_buffers(&repo, &[("new.py", &altered), ("gone.py", "x = 1\n")]);
        assert_eq!(names(&changes), ["gone.py", "new.py"]);
        assert_eq!(changes.deleted, []);
        let kinds: Vec<_> = changes.files.iter().map(|file| file.kind).collect();
        assert_eq!(kinds, [ChangeKind::Modified, ChangeKind::Renamed]);
        assert_eq!(changes.files[0].before.as_deref(), Some(other.as_bytes()));
        assert_eq!(changes.files[1].before.as_deref(), Some(old.as_bytes()));

        // The same after `git mv`, which the list of changes has as a rename already.
        repo.git(&["checkout", "-q", "HEAD", "--", "."]);
        repo.git(&["mv", "old.py", "new.py"]);
        let changes = with_buffers(&repo, &[("new.py", &altered)]);
        assert_eq!((names(&changes), changes.files[0].kind), (vec!["new.py".to_owned()], ChangeKind::Renamed));
        assert_eq!(changes.files[0].before.as_deref(), Some(old.as_bytes()));
        assert_eq!(changes.files[0].after, altered.as_bytes());
    });
}

#[test]
fn a_buffer_is_compared_as_it_would_be_stored() {
    with_each_git("a_buffer_is_compared_as_it_would_be_stored", || {
        let repo = Repo::new();
        repo.write("lf.py", "x = 1\ny = 2\n");
        repo.write("crlf.py", "x = 1\r\ny = 2\r\n");
        repo.write("bom.py", b"\xef\xbb\xbfx = 1\n");
        repo.write("latin.py", b"# coding: latin-1\nx = '\xe9'\n");
        repo.commit("first");
        let same = [
            ("lf.py", "x = 1\r\ny = 2\r\n"),
            ("crlf.py", "x = 1\r\ny = 2\r\n"),
            ("bom.py", "x = 1\n"),
            ("latin.py", "# coding: latin-1\nx = 'é'\n"),
        ];
        assert_eq!(names(&with_buffers(&repo, &same)), Vec::<String>::new());
        let changes = with_buffers(&repo, &[("latin.py", "# coding: latin-1\nx = 'éé'\n"), ("bom.py", "x = 2\n")]);
        assert_eq!(changes.files[0].after, b"\xef\xbb\xbfx = 2\n");
        assert_eq!(changes.files[1].after, b"# coding: latin-1\nx = '\xe9\xe9'\n");
    });
}

#[test]
fn in_a_merge_what_is_merged_is_before_as_well() {
    with_each_git("in_a_merge_what_is_merged_is_before_as_well", || {
        let repo = Repo::new();
        repo.write("a.py", "x = 1\n");
        repo.write("b.py", "y = 1\n");
        repo.commit("first");
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.write("a.py", "x = 'side'\n");
        repo.commit("side");
        repo.git(&["checkout", "-q", "main"]);
        repo.write("b.py", "y = 'main'\n");
        repo.commit("main");
        repo.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
        assert_eq!(
            names(&with_buffers(&repo, &[("a.py", "x = 'side'\n"), ("b.py", "y = 'main'\n")])),
            Vec::<String>::new()
        );
        let changes = with_buffers(&repo, &[("a.py", "x = 'side'\nz = 1\n")]);
        assert_eq!(changes.files[0].before.as_deref(), Some(&b"x = 1\n"[..]));
        assert_eq!(changes.files[0].others, [b"x = 'side'\n"]);
    });
}

#[test]
fn what_cannot_be_read_is_told() {
    with_each_git("what_cannot_be_read_is_told", || {
        let repo = Repo::new();
        repo.write("a.py", "x = 1\n");
        std::os::unix::fs::symlink("a.py", repo.dir.join("link.py")).expect("a link");
        repo.commit("first");
        let large = many_lines(&"long".repeat(20));
        let changes = with_buffers(&repo, &[("link.py", "x = 2\n"), ("a.py", &large), ("binary.py", "x = '\0'\n")]);
        assert_eq!(names(&changes), Vec::<String>::new());
        let why: Vec<_> = changes.unreadable.iter().map(|file| (file.path.to_text(), file.why.clone())).collect();
        assert_eq!(why.len(), 3);
        assert!(why[0].1.contains("a link"), "{why:?}");
        assert!(why[1].1.contains("max-file-size"), "{why:?}");
        assert!(why[2].1.contains("binary"), "{why:?}");
    });
}

#[test]
fn a_repository_is_found_by_a_folder_whatever_the_environment_says() {
    let repo = Repo::with_commit();
    repo.write("pkg/a.py", "x = 1\n");
    let reader = git::at(&repo.dir.join("pkg")).expect("a repository");
    assert_eq!(reader.root().and_then(|root| root.canonicalize().ok()), Some(repo.dir.clone()));
    assert_eq!(reader.heads().expect("heads"), ["HEAD"]);
    assert!(git::at(repo.dir.parent().expect("a folder")).is_err());
}

fn scored(code: &str, bundle: &Bundle, scorer: &Scorer<'_>) -> Result<Vec<StatementScores>, ModelError> {
    score(&[Job::whole(&python::parse(code.as_bytes(), false))], bundle, scorer)
}

#[test]
fn of_an_altered_text_only_what_reads_otherwise_is_scored_again() {
    let bundle = Bundle::embedded().expect("the embedded bundle");
    let views: Vec<String> = (0..6).map(|number| bad_view(&format!("view_{number}"))).collect();
    let code = format!("import sqlite3\nfrom flask import request\n\n\n{}", views.join("\n\n"));
    let altered = code.replace("/view_3", "/third");
    let plain = Scorer::new(&bundle, Choice::Rten, Some(2));
    let stop = Arc::new(AtomicBool::new(false));
    let remembering = Scorer::remembering(&bundle, Some(2), Arc::clone(&stop));
    let first = scored(&code, &bundle, &plain).expect("scores");
    assert_eq!(scored(&code, &bundle, &remembering).expect("scores"), first);

    // While it must not run the model, it answers what it knows.
    stop.store(true, Ordering::Relaxed);
    assert_eq!(scored(&code, &bundle, &remembering).expect("scores"), first);
    let without_the_last = code.replace(&views[5], "");
    let known = scored(&without_the_last, &bundle, &remembering).expect("scores");
    assert_eq!(known, scored(&without_the_last, &bundle, &plain).expect("scores"));
    assert!(matches!(scored(&altered, &bundle, &remembering), Err(ModelError::Stopped)));

    stop.store(false, Ordering::Relaxed);
    let again = scored(&altered, &bundle, &remembering).expect("scores");
    assert_eq!(again, scored(&altered, &bundle, &plain).expect("scores"));
    assert_ne!(again, first);
}

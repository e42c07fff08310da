//! Bad input: a clear message, the documented exit code, nothing lost.

mod common;

use common::{BAD, Repo, cwegate, cwegate_with, good};

#[test]
fn no_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = cwegate(folder.path(), &["scan"]).expect(2);
    assert!(run.stderr.contains("not inside a git repository") && run.stderr.contains("cwegate scan PATH"), "{run:#?}");
}

#[test]
#[cfg(unix)]
fn what_is_named_and_is_no_file_does_not_pass() {
    let repo = Repo::with_commit();
    let made = common::command("mkfifo", &repo.dir).arg("pipe.py").status().expect("mkfifo runs");
    assert!(made.success());
    for name in ["pipe.py", "/dev/null"] {
        let run = repo.cwegate(&["scan", name]).expect(2);
        assert!(run.stderr.contains("is neither a file nor a folder"), "{run:#?}");
    }
    repo.cwegate(&["scan", "nowhere.py"]).expect(2);
    // In a folder it is passed over.
    repo.cwegate(&["scan", "."]).expect(0);
}

#[test]
fn nothing_to_scan() {
    Repo::new().cwegate(&["scan"]).expect(0);
    let repo = Repo::with_commit();
    repo.cwegate(&["scan"]).expect(0);
    repo.stage("a.py", "x = 1\n");
    repo.git(&["commit", "-qm", "a"]);
    repo.git(&["rm", "-q", "a.py"]);
    repo.cwegate(&["scan"]).expect(0);
}

#[test]
fn a_file_named_as_python_that_cannot_be_read_as_such() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    for (content, why) in [(&b"x = 1\0\0\n"[..], "binary"), (pointer.as_bytes(), "LFS")] {
        let repo = Repo::with_commit();
        repo.stage("a.py", content);
        repo.stage("b.py", good());
        let run = repo.cwegate(&["scan", "--format", "json"]).expect(3);
        let json = run.json();
        assert_eq!(json["unscanned"][0]["path"], "a.py");
        assert!(json["unscanned"][0]["why"].as_str().is_some_and(|text| text.contains(why)), "{json}");
        assert_eq!(json["summary"]["files"], 1, "the other file is scanned all the same");

        repo.write("cwegate.toml", "[gate]\nunscannable = \"warn\"\n");
        let run = repo.cwegate(&["scan"]).expect(0);
        assert!(run.stdout.contains("a.py"), "it is still told: {run:#?}");
    }
}

#[test]
fn a_huge_generated_file_is_over_a_stated_limit() {
    let repo = Repo::with_commit();
    repo.stage("generated.py", "x = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n".repeat(500_000));
    let run = repo.cwegate(&["scan"]).expect(3);
    assert!(run.stdout.contains("generated.py") && run.stdout.contains("max-file-size"), "{run:#?}");
    repo.write("cwegate.toml", "[gate]\nunscannable = \"warn\"\n");
    repo.cwegate(&["scan"]).expect(0);
}

#[test]
fn invalid_utf_8_is_replaced_told_and_scanned() {
    let repo = Repo::with_commit();
    repo.stage("app.py", [BAD.as_bytes(), b"NAME = '\xff\xfe'\n"].concat());
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(1);
    let json = run.json();
    assert_eq!(json["findings"][0]["cwe"], "CWE-89");
    assert!(json["unscanned"][0]["why"].as_str().is_some_and(|why| why.contains("UTF-8")), "{json}");
    assert_eq!(json["unscanned"][0]["blocks"], false);
}

#[test]
fn a_syntax_error_hides_nothing() {
    let repo = Repo::with_commit();
    repo.stage("app.py", format!("def broken(x:\n    return x\n\n\n{BAD}"));
    let run = repo.cwegate(&["scan", "--format", "json"]).expect(1);
    let json = run.json();
    assert_eq!(json["findings"][0]["cwe"], "CWE-89");
    assert!(json["unscanned"].as_array().is_some_and(|notes| !notes.is_empty()), "{json}");

    // What a string that never ends swallows could not be scanned, and that is for the policy to decide.
    repo.stage("app.py", format!("{}\nTEXT = '''\n{BAD}", good()));
    let json = repo.cwegate(&["scan", "--format", "json"]).expect(3).json();
    assert_eq!(json["unscanned"][0]["blocks"], true);
    assert_eq!(json["unscanned"][0]["lines"][0], 16);
}

#[test]
fn a_policy_that_does_not_parse() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    for (policy, words) in [
        ("[gate\n", vec!["cwegate.toml:1"]),
        ("[gate]\nbuget = 1.0\n", vec!["cwegate.toml:2:1", "buget", "budget"]),
        ("[cwe]\n\"CWE-0x9\" = \"block\"\n", vec!["cwegate.toml:2", "CWE-0x9"]),
        ("[cwe]\n\"CWE-99999\" = \"block\"\n", vec!["cwegate.toml:2", "CWE-99999"]),
        ("[[paths]]\nmatch = [\"a[\"]\n", vec!["cwegate.toml:2", "a["]),
        ("[cwe]\n\"CWE-89\" = \"blok\"\n", vec!["cwegate.toml:2", "blok"]),
        ("extends = \"nothing\"\n", vec!["cwegate.toml:1", "nothing"]),
    ] {
        repo.write("cwegate.toml", policy);
        let run = repo.cwegate(&["scan"]).expect(2);
        for word in words {
            assert!(run.stderr.contains(word), "{policy:?} should tell `{word}`: {run:#?}");
        }
        repo.cwegate(&["policy", "check"]).expect(2);
    }
    let run = repo.cwegate(&["scan", "--policy", "no-such-file.toml"]).expect(2);
    assert!(run.stderr.contains("no-such-file.toml"), "{run:#?}");
}

#[test]
fn a_policy_in_pyproject() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    repo.write("pyproject.toml", "[project]\nname = \"x\"\n\n[tool.cwegate.cwe]\n\"CWE-89\" = \"warn\"\n");
    repo.cwegate(&["scan"]).expect(0);
    repo.write("pyproject.toml", "[tool.cwegate.cew]\n\"CWE-89\" = \"warn\"\n");
    let run = repo.cwegate(&["scan"]).expect(2);
    assert!(run.stderr.contains("pyproject.toml:1") && run.stderr.contains("cew"), "{run:#?}");
}

#[test]
fn a_model_with_a_missing_or_altered_file() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path();
    let ours = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("model");
    let names = ["model.toml", "model.onnx", "tokenizer.json"];
    let copy = || {
        for name in names {
            std::fs::copy(ours.join(name), model.join(name)).expect("a copy");
        }
    };
    let scan = |code| repo.cwegate(&["scan", "--model", &model.to_string_lossy()]).expect(code);

    copy();
    scan(1);
    for name in names {
        std::fs::remove_file(model.join(name)).expect("it was there");
        assert!(scan(2).stderr.contains(name));
        copy();
    }
    for name in ["model.onnx", "tokenizer.json"] {
        let mut bytes = std::fs::read(model.join(name)).expect("a file");
        bytes.push(b'\n');
        std::fs::write(model.join(name), bytes).expect("a file");
        let run = scan(2);
        assert!(run.stderr.contains(name) && run.stderr.contains("SHA-256"), "{run:#?}");
        copy();
    }
    std::fs::write(model.join("model.toml"), "name = 3\n").expect("a file");
    assert!(scan(2).stderr.contains("model.toml"));
}

#[test]
fn a_model_whose_numbers_are_none() {
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    let folder = tempfile::tempdir().expect("a folder");
    let ours = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("model");
    for name in ["model.onnx", "tokenizer.json"] {
        std::fs::copy(ours.join(name), folder.path().join(name)).expect("a copy");
    }
    let manifest = std::fs::read_to_string(ours.join("model.toml")).expect("the manifest");
    let with = |key: &str, value: &str| {
        let is_it = |line: &str| line.starts_with(&format!("{key} = "));
        let line = manifest.lines().find(|line| is_it(line)).expect("the key");
        manifest.replacen(line, &format!("{key} = {value}"), 1)
    };
    for (key, value) in [
        ("bias", "nan"),
        ("temperature", "inf"),
        ("thresholds", "[nan, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]"),
        ("budgets", "[nan, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]"),
        ("members", "[\"CWE-20\", \"CWE-22\"]"),
    ] {
        std::fs::write(folder.path().join("model.toml"), with(key, value)).expect("a file");
        let run = repo.cwegate(&["scan", "--model", &folder.path().to_string_lossy()]).expect(2);
        assert!(run.stderr.contains("model.toml"), "{key}: {run:#?}");
    }
}

#[cfg(unix)]
#[test]
fn file_names_that_are_text_only_to_git() {
    use std::os::unix::ffi::OsStrExt;
    let names: [&[u8]; 5] =
        [b"new\nline.py", b"quo\"te's.py", b"ha#sh:colon.py", b"not-utf-8-\xff\xfe.py", b"esc\x1b[31m<b>&.py"];
    let repo = Repo::with_commit();
    for name in names {
        let name = std::ffi::OsStr::from_bytes(name);
        std::fs::write(repo.dir.join(name), BAD).expect("a file");
    }
    repo.git(&["add", "-A"]);
    let human = repo.cwegate(&["scan"]).expect(1);
    assert!(!human.stdout.contains('\x1b') && !human.stdout.contains("new\nline"), "{human:#?}");
    assert_eq!(repo.cwegate(&["scan", "--format", "json"]).expect(1).findings().len(), names.len());
    let sarif = repo.cwegate(&["scan", "--format", "sarif"]).expect(1).json();
    let mut uris: Vec<&str> = sarif["runs"][0]["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter_map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str())
        .collect();
    uris.sort_unstable();
    let wanted =
        ["esc%1B%5B31m%3Cb%3E%26.py", "ha%23sh%3Acolon.py", "new%0Aline.py", "not-utf-8-%FF%FE.py", "quo%22te%27s.py"];
    assert_eq!(uris, wanted);
}

#[test]
fn a_broken_onnx_runtime_is_replaced_and_that_is_told() {
    let repo = Repo::with_commit();
    // Enough functions that the larger runtime would be taken.
    let many: String = (0..20).map(|n| format!("\n\ndef f{n}(x):\n    return x + {n}\n")).collect();
    repo.stage("app.py", format!("{BAD}{many}"));
    let library = repo.dir.join("libonnxruntime.so");
    std::fs::write(&library, b"this is no library").expect("a file");
    let run = cwegate_with(&repo.dir, &["scan", "-v"], |command| {
        command.env("ORT_DYLIB_PATH", &library);
    });
    let run = run.expect(1);
    assert!(run.stderr.contains("rten took over") && run.stderr.contains("libonnxruntime.so"), "{run:#?}");
    let run = cwegate_with(&repo.dir, &["scan"], |command| {
        command.env("ORT_DYLIB_PATH", &library).env("CWEGATE_RUNTIME", "ort");
    });
    assert!(run.expect(3).stderr.contains("ONNX Runtime"));
    cwegate_with(&repo.dir, &["scan"], |command| {
        command.env("CWEGATE_RUNTIME", "gpu");
    })
    .expect(2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_library_in_the_repository_is_not_loaded() {
    use std::os::unix::ffi::OsStrExt;
    let repo = Repo::with_commit();
    repo.stage("app.py", BAD);
    std::fs::write(repo.dir.join("libonnxruntime.so"), b"this is no library").expect("a file");
    for folders in [&b":"[..], b"/usr/lib:", b".", b"/usr/lib:sub/..", b"/usr/lib;.", b"/usr/lib\xff:"] {
        let run = cwegate_with(&repo.dir, &["scan"], |command| {
            command
                .env("LD_LIBRARY_PATH", std::ffi::OsStr::from_bytes(folders))
                .env("CWEGATE_RUNTIME", "ort")
                .env_remove("ORT_DYLIB_PATH");
        });
        let run = run.expect(3);
        assert!(!run.stderr.contains("`libonnxruntime.so`"), "it was looked for from here: {run:#?}");
    }
}

#[test]
fn wrong_usage() {
    let repo = Repo::with_commit();
    for args in [
        &["scan", "--range", "HEAD"][..],
        &["scan", "--range", "A...B"],
        &["scan", "--format", "xml"],
        &["scan", "--output", "sarif"],
        &["scan", "--threads", "0"],
        &["scan", "--worktree", "--base", "main"],
        &["scan", "no-such-folder"],
        &["explain", "89"],
        &["explain", "CWE-99999"],
        &["nonsense"],
    ] {
        repo.cwegate(args).expect(2);
    }
}

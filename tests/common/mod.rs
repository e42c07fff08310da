//! Real repositories made by the real git, and the real program run in them.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod verdicts;

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// An SQL injection that nobody doubts.
pub const BAD: &str = r#"import sqlite3

from flask import Flask, request

app = Flask(__name__)


@app.route("/users")
def find_user():
    name = request.args.get("name")
    conn = sqlite3.connect("app.db")
    cur = conn.cursor()
    cur.execute(f"SELECT id, email FROM users WHERE name = '{name}'")
    return {"users": cur.fetchall()}
"#;

/// Its line.
pub const BAD_LINE: u64 = 13;

/// The same with its parameters bound.
pub fn good() -> String {
    BAD.replace(
        r#"cur.execute(f"SELECT id, email FROM users WHERE name = '{name}'")"#,
        r#"cur.execute("SELECT id, email FROM users WHERE name = ?", (name,))"#,
    )
}

/// What a program said and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Fails unless it ended with that code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The `(path, cwe, status)` of every finding in a JSON report.
    pub fn findings(&self) -> Vec<(String, String, String)> {
        let json = self.json();
        let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        json["findings"]
            .as_array()
            .expect("a list of findings")
            .iter()
            .map(|finding| (text(finding, "path"), text(finding, "cwe"), text(finding, "status")))
            .collect()
    }
}

/// Says to a test that it was started by [`with_each_git`].
const WITH_THIS_GIT: &str = "CWEGATE_TEST_WITH_THIS_GIT";

/// The folders of the gits on the path, each version once.
fn gits() -> Vec<PathBuf> {
    let mut versions = Vec::new();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|folder| {
            let Ok(output) = Command::new(folder.join("git")).arg("--version").output() else { return false };
            let is_new = output.status.success() && !versions.contains(&output.stdout);
            versions.push(output.stdout);
            is_new
        })
        .collect()
}

/// Runs a test with each git that is on the path: the test, by its name, is started anew with that git as the first.
pub fn with_each_git(test: &str, body: impl FnOnce()) {
    if std::env::var_os(WITH_THIS_GIT).is_some() {
        return body();
    }
    let gits = gits();
    assert!(!gits.is_empty(), "there is no git on the path");
    for folder in gits {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths([folder.clone()].into_iter().chain(std::env::split_paths(&path))).expect("a path");
        let output = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", test, "--nocapture"])
            .env("PATH", path)
            .env(WITH_THIS_GIT, "1")
            .output()
            .expect("the test runs");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        // A name that no test has runs nothing, and that successfully.
        let ran = output.status.success() && said.contains("1 passed");
        assert!(ran, "with the git in {}:\n{said}", folder.display());
    }
}

/// A program with an environment of its own: none of the caller's git settings.
pub fn command(program: impl AsRef<OsStr>, dir: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") || name == "NO_COLOR" || name == "CWEGATE_RUNTIME" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", dir.join("no-such-gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// The program under test.
pub fn cwegate(dir: &Path, args: &[&str]) -> Run {
    Run::of(command(env!("CARGO_BIN_EXE_cwegate"), dir).args(args).output().expect("the program runs"))
}

/// The program under test with a changed environment.
pub fn cwegate_with(dir: &Path, args: &[&str], change: impl FnOnce(&mut Command)) -> Run {
    let mut command = command(env!("CARGO_BIN_EXE_cwegate"), dir);
    command.args(args);
    change(&mut command);
    Run::of(command.output().expect("the program runs"))
}

/// A program with something to read.
pub fn with_input(mut command: Command, input: &str) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    // It may end without reading all of it.
    drop(child.stdin.take().expect("its input").write_all(input.as_bytes()));
    Run::of(child.wait_with_output().expect("it ends"))
}

/// The same weakness in a view of another name.
pub fn bad_view(name: &str) -> String {
    let view = BAD.split_once("@app.route").expect("a view").1;
    format!("@app.route{}", view.replace("find_user", name).replace("/users", &format!("/{name}")))
}

/// A repository that is deleted at the end.
pub struct Repo {
    _folder: TempDir,
    pub dir: PathBuf,
}

impl Repo {
    /// An empty repository.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().canonicalize().expect("its path").join("repo");
        fs::create_dir(&dir).expect("a folder");
        let repo = Self { _folder: folder, dir };
        repo.git(&["init", "-q", "-b", "main"]);
        repo.git(&["config", "user.name", "t"]);
        repo.git(&["config", "user.email", "t@example.org"]);
        repo.git(&["config", "commit.gpgsign", "false"]);
        repo
    }

    /// A repository with one commit that holds a harmless file.
    pub fn with_commit() -> Self {
        let repo = Self::new();
        repo.write("README.md", "A repository.\n");
        repo.git(&["add", "-A"]);
        repo.git(&["commit", "-qm", "first"]);
        repo
    }

    /// Writes a file, its folders included.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.dir.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folders");
        fs::write(file, content).expect("the file");
    }

    /// Writes a file and stages it.
    pub fn stage(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write(path, content);
        self.git(&["add", "--", path]);
    }

    /// Runs git, which has to succeed.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.git_may_fail(args).expect(0).stdout
    }

    /// Runs git.
    pub fn git_may_fail(&self, args: &[&str]) -> Run {
        Run::of(command("git", &self.dir).args(args).output().expect("git runs"))
    }

    /// Stages everything and commits it, without hooks.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qnm", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// The folder that the repository lies in, for what is to lie beside it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.parent().expect("a parent").join(name)
    }

    /// Runs the program under test at the top of the work tree.
    pub fn cwegate(&self, args: &[&str]) -> Run {
        cwegate(&self.dir, args)
    }

    /// Everything that git and the user own here: index, references, hooks, configuration, files.
    pub fn state(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.dir.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                match entry.file_type().expect("a type") {
                    kind if kind.is_dir() => folders.push(path),
                    kind if kind.is_file() => files.push((path.clone(), fs::read(&path).expect("a file"))),
                    _ => {}
                }
            }
        }
        files.sort();
        files
    }
}

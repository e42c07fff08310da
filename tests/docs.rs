//! Every command that the book shows is run as it stands, in a real shell and in a repository made by the real git, and has to
//! print what the book says it prints.
//!
//! `trycmd` compares: a line `...` stands for any lines, `[..]` for any text within one. Here each command is handed to a shell,
//! and `echo $?` with its answer becomes the exit code that is expected. A page whose tools are not all here is left out;
//! `CWEGATE_REQUIRE_TOOLS` makes that an error, as in .ci/run.
#![cfg(unix)]

mod common;

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use common::{Repo, command};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Commands that are run elsewhere, or cannot be run before there is a release: by their first words, and where.
const ELSEWHERE: [(&str, &str); 4] = [
    ("cargo test", ".ci/run: stage test"),
    ("cargo run --release -- demo", ".ci/run: stage demo"),
    ("cargo install --path .", "tests/integration/test_packages.py"),
    ("gh attestation verify", "needs a published release"),
];

/// Pages that install something from a registry. They are run where `CWEGATE_DIST` names the folder with a wheel of this tree, which
/// stands for the release; `cargo test` alone needs no network.
const FROM_A_REGISTRY: [&str; 4] = ["docs-husky", "docs-install", "docs-pre-commit", "docs-prek"];

/// The repository that has no code and only asks for the wheel.
const MIRROR: &str = "https://github.com/cwegate/cwegate-pre-commit";

/// A command with what it is said to print.
#[derive(Debug, PartialEq)]
struct Shown {
    line: usize,
    command: String,
    output: Vec<String>,
    code: i32,
}

/// What a page shows.
#[derive(Debug, Default)]
struct Page {
    name: String,
    commands: Vec<Shown>,
    /// Files that the reader is told to write, by path.
    files: Vec<(String, String)>,
}

impl Page {
    fn read(name: &str, text: &str) -> Self {
        let mut page = Self { name: name.to_owned(), ..Self::default() };
        let mut lines = text.lines().enumerate().peekable();
        while let Some((number, line)) = lines.next() {
            let text = line.trim_start();
            let Some(language) = text.strip_prefix("```") else { continue };
            let names_a_shell = ["sh", "bash", "shell", "zsh", "powershell", ""].contains(&language);
            assert!(!names_a_shell, "{name}:{}: say `console` for commands, `text` for others", number + 1);
            let indent = line.len() - text.len();
            let block: Vec<(usize, String)> = lines
                .by_ref()
                .take_while(|(_, line)| !line.trim_start().starts_with("```"))
                .map(|(number, line)| (number + 1, line.get(indent..).unwrap_or_default().to_owned()))
                .collect();
            match language {
                "console" => page.console(&block),
                "yaml" | "toml" | "text" => page.file(&block),
                _ => {}
            }
        }
        page
    }

    fn console(&mut self, block: &[(usize, String)]) {
        let mut shown: Vec<Shown> = Vec::new();
        for (line, text) in block {
            if let Some(command) = text.strip_prefix("$ ") {
                shown.push(Shown { line: *line, command: command.to_owned(), output: Vec::new(), code: 0 });
            } else {
                let last = shown.last_mut().unwrap_or_else(|| panic!("{}:{line}: output of no command", self.name));
                last.output.push(text.clone());
            }
        }
        for one in shown {
            if one.command == "echo $?" {
                let code = one.output.first().and_then(|code| code.parse().ok());
                let before = self.commands.last_mut().filter(|_| code.is_some());
                let before = before.unwrap_or_else(|| panic!("{}:{}: the exit code of what?", self.name, one.line));
                before.code = code.unwrap_or_default();
            } else {
                self.commands.push(one);
            }
        }
    }

    fn file(&mut self, block: &[(usize, String)]) {
        let Some((_, first)) = block.first() else { return };
        let Some(path) = first.strip_prefix("# ").filter(|path| path.contains('.') && !path.contains(' ')) else {
            return;
        };
        let content = block.iter().map(|(_, line)| format!("{line}\n")).collect();
        self.files.push((path.to_owned(), content));
    }

    /// The page as trycmd reads it, each block of commands about where the page has it.
    fn case(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for Shown { line, command, output, code } in &self.commands {
            lines.resize(lines.len().max(line.saturating_sub(2)), String::new());
            let command = command.replace('\'', r"'\''");
            lines.extend(["```console".to_owned(), format!("$ bash -o pipefail -c '{command}'"), format!("? {code}")]);
            lines.extend(output.iter().cloned());
            // trycmd takes the last line end for its own; what is printed has one too.
            lines.extend(output.last().filter(|last| *last != "...").map(|_| String::new()));
            lines.push("```".to_owned());
        }
        lines.join("\n") + "\n"
    }

    /// The programs that it calls, other than those that its own commands install.
    fn programs(&self) -> BTreeSet<&str> {
        self.commands
            .iter()
            .flat_map(|shown| shown.command.split(" | "))
            .filter_map(|command| command.split_whitespace().find(|word| !word.contains('=')))
            .filter(|program| !program.contains('/'))
            .collect()
    }
}

/// The pages of the book and those at the top.
fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = ["docs", ""]
        .iter()
        .flat_map(|folder| fs::read_dir(Path::new(ROOT).join(folder)).expect("a folder").flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.sort();
    let page = |path: PathBuf| {
        let name = path.strip_prefix(ROOT).expect("below the root").with_extension("");
        Page::read(&name.to_string_lossy().replace('/', "-"), &fs::read_to_string(&path).expect("a page"))
    };
    paths.into_iter().map(page).collect()
}

/// What the reader of a page has: a shop under git with a remote, edits that are not yet staged, and the files that the page
/// tells to write.
fn reader(page: &Page) -> Repo {
    let repo = Repo::new();
    let sample = |kind: &str, file: &str| {
        fs::read_to_string(Path::new(ROOT).join("src/cli/demo").join(kind).join("shop").join(file)).expect("a sample")
    };
    for file in ["__init__.py", "db.py", "thumbs.py", "views.py"] {
        repo.write(&format!("shop/{file}"), sample("before", file));
    }
    repo.commit("The shop");
    repo.git(&["init", "-q", "--bare", "-b", "main", "../origin.git"]);
    repo.git(&["remote", "add", "origin", "../origin.git"]);
    repo.git(&["push", "-q", "--set-upstream", "origin", "main"]);
    repo.write("shop/thumbs.py", sample("after", "thumbs.py"));
    for (path, content) in &page.files {
        repo.write(path, content);
    }
    if page.name == "docs-eval" {
        let record = |label: &str, kind: &str| {
            let code = sample(kind, "thumbs.py");
            serde_json::json!({"id": label, "code": code, "label": label, "cwe": ["CWE-78"], "pair_id": "1"})
                .to_string()
        };
        repo.write("DATA.jsonl", format!("{}\n{}\n", record("vulnerable", "after"), record("fixed", "repaired")));
        repo.write("src-known-clean/labels.py", sample("repaired", "labels.py"));
    }
    repo
}

/// The mirror for pre-commit as a repository with the tag of this release.
fn mirror(folder: &Path) -> PathBuf {
    let mirror = folder.join("mirror");
    let script = Path::new(ROOT).join("packaging/mirror.py");
    let made = command("python3", folder).arg(script).arg(&mirror).output().expect("python3 runs");
    assert!(made.status.success(), "{made:?}");
    let tag = concat!("v", env!("CARGO_PKG_VERSION"));
    for arguments in [
        &["init", "-q"][..],
        &["add", "-A"],
        &["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "Release"],
        &["tag", tag],
    ] {
        let done = command("git", &mirror).args(arguments).output().expect("git runs");
        assert!(done.status.success(), "{done:?}");
    }
    mirror
}

#[test]
fn every_command_does_what_the_book_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| {
        let place = folder.path().join(name);
        fs::create_dir(&place).expect("a folder");
        place
    };
    let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
    let (bin, cases, installed) = (place("bin"), place("pages"), place("installed"));
    symlink(env!("CARGO_BIN_EXE_cwegate"), bin.join("cwegate")).expect("a link");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).expect("a path");
    let is_here =
        |program: &str| program == "cd" || std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let has_containers = command("docker", folder.path()).arg("info").output().is_ok_and(|done| done.status.success());
    let dist = std::env::var("CWEGATE_DIST").ok();

    let (mut repos, mut left_out) = (Vec::new(), Vec::new());
    for mut page in pages() {
        page.commands.retain(|shown| {
            let elsewhere = ELSEWHERE.iter().any(|(words, _)| shown.command.starts_with(words));
            !elsewhere && (has_containers || !shown.command.starts_with("docker "))
        });
        if page.commands.is_empty() {
            continue;
        }
        if FROM_A_REGISTRY.contains(&page.name.as_str()) && dist.is_none() {
            left_out.push(format!("{}: CWEGATE_DIST is not set", page.name));
            continue;
        }
        let missing: Vec<&str> = page.programs().into_iter().filter(|program| !is_here(program)).collect();
        if !missing.is_empty() {
            left_out.push(format!("{}: {} not here", page.name, missing.join(", ")));
            continue;
        }
        let repo = reader(&page);
        symlink(&repo.dir, cases.join(&page.name).with_extension("in")).expect("a link");
        repos.push(repo);
        fs::write(cases.join(&page.name).with_extension("md"), page.case()).expect("a page");
    }
    println!("left out: {left_out:#?}");
    assert!(std::env::var_os("CWEGATE_REQUIRE_TOOLS").is_none() || left_out.is_empty(), "{left_out:#?}");

    // Read by the shell of each command, and by none that it starts: git's hooks need what git tells them.
    let profile = folder.path().join("profile");
    fs::write(&profile, "unset BASH_ENV GIT_DIR GIT_INDEX_FILE GIT_PREFIX GIT_WORK_TREE\n").expect("a file");
    let tests = trycmd::TestCases::new();
    tests
        .case(cases.join("*.md"))
        .register_bin(
            "bash",
            std::env::split_paths(&path).map(|folder| folder.join("bash")).find(|file| file.is_file()).expect("bash"),
        )
        .timeout(std::time::Duration::from_secs(600))
        .env("PATH", path.to_str().expect("a path in UTF-8"))
        .env("BASH_ENV", text(&profile))
        .env("GIT_CONFIG_GLOBAL", text(&folder.path().join("gitconfig")))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1");
    for name in ["PIPX_HOME", "PIPX_BIN_DIR", "PRE_COMMIT_HOME", "PREK_HOME", "UV_TOOL_BIN_DIR", "UV_TOOL_DIR"] {
        tests.env(name, text(&installed.join(name)));
    }
    if let Some(dist) = dist {
        // What the reader gets from the registry comes from the folder instead, and the mirror from what would be pushed there.
        let mirror = mirror(folder.path());
        tests
            .env("PIP_FIND_LINKS", &dist)
            .env("PIP_NO_COMPILE", "1")
            .env("UV_FIND_LINKS", &dist)
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", mirror.display()))
            .env("GIT_CONFIG_VALUE_0", MIRROR);
    }
    tests.run();
}

#[test]
fn every_page_stands_in_the_summary_and_every_command_is_accounted_for() {
    let summary = fs::read_to_string(Path::new(ROOT).join("docs/SUMMARY.md")).expect("the summary");
    for entry in fs::read_dir(Path::new(ROOT).join("docs")).expect("the book").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().extension() == Some(OsStr::new("md")) && name != "SUMMARY.md" {
            assert!(summary.contains(&format!("({name})")), "{name} is not in the summary");
        }
    }
    let pages = pages();
    for (words, place) in ELSEWHERE {
        let shown = pages.iter().flat_map(|page| &page.commands).any(|shown| shown.command.starts_with(words));
        assert!(shown, "no page shows `{words}` any more");
        if let Some((file, text)) = place.split_once(": ") {
            let script = fs::read_to_string(Path::new(ROOT).join(file)).expect("a script");
            assert!(script.contains(text), "{file} has no `{text}`");
        }
    }
    for page in FROM_A_REGISTRY {
        assert!(pages.iter().any(|one| one.name == page && !one.commands.is_empty()), "{page} shows no command");
    }
}

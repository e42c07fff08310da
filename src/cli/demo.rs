//! `cwegate demo`: the gate at work, on a scratch repository made by the real git.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use clap::Args;
use serde_json::Value;

use super::{Exit, Failure};

/// Show the gate at work on a scratch repository
///
/// Makes a small Flask application with some history, stages a commit with several weaknesses beside harmless edits, lets
/// the hook refuse it, stages the repairs, and lets the hook accept them.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where to make the scratch repository; a new folder in the system's temporary folder by default
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

type Files = &'static [(&'static str, &'static str)];

macro_rules! files {
    ($folder:literal: $($name:literal),+) => {
        &[$(($name, include_str!(concat!("demo/", $folder, "/", $name)))),+]
    };
}

/// The application's history, a commit each.
const HISTORY: [(&str, Files); 2] = [
    (
        "A shop with products and orders",
        files!("before": "shop/__init__.py", "shop/db.py", "shop/views.py", "shop/auth.py", "shop/old_stats.py"),
    ),
    ("Thumbnails and price lists", files!("before": "shop/thumbs.py", "shop/csv_import.py")),
];
/// The change: weaknesses beside harmless edits, a renamed file, one that does not parse.
const CHANGE: Files =
    files!("after": "shop/views.py", "shop/thumbs.py", "shop/cart.py", "shop/price_import.py", "shop/labels.py");
const DELETED: [&str; 2] = ["shop/old_stats.py", "shop/csv_import.py"];
const REPAIR: Files = files!("repaired": "shop/views.py", "shop/thumbs.py", "shop/cart.py", "shop/labels.py");

/// What must block, by file and class: written into the change on purpose.
const PLANTED: [(&str, &str); 4] = [
    ("shop/cart.py", "CWE-502"),
    ("shop/thumbs.py", "CWE-78"),
    ("shop/views.py", "CWE-22"),
    ("shop/views.py", "CWE-89"),
];

impl Demo {
    /// Plays the demo; 0 if the gate behaved as it says.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = match self.dir {
            Some(folder) => folder,
            None => tempfile::Builder::new().prefix("cwegate-demo-").tempdir().map_err(failed)?.keep(),
        };
        let scratch = Scratch::make(folder.join("shop-repository"))?;
        println!("A scratch repository: {}\n", scratch.0.display());

        println!("$ cwegate install");
        print_all(&scratch.cwegate(&["install"])?);

        scratch.stage_change()?;
        println!("\n$ git status --short");
        print_all(&scratch.git(&["status", "--short"])?);

        println!("\n$ git commit -m 'Search, invoices, watermarks, carts'");
        let refused = scratch.git_may_fail(&["commit", "-m", "Search, invoices, watermarks, carts"])?;
        print_all(&refused);
        let refused_code = scratch.cwegate(&["scan", "--quiet"])?.status.code();

        let sarif = folder.join("cwegate.sarif");
        let output = format!("sarif={}", sarif.display());
        let report = scratch.cwegate(&["scan", "--format", "json", "--output", &output])?;
        println!("\nThe same as SARIF 2.1.0, for code scanning: {}", sarif.display());
        println!("The hook's exit code was {}: {}.", shown(refused_code), meaning(refused_code));

        scratch.write(REPAIR)?;
        scratch.git(&["add", "-A"])?;
        println!("\nWith the repairs staged:\n$ git commit -m 'Search, invoices, watermarks, carts'");
        let accepted = scratch.git_may_fail(&["commit", "-m", "Search, invoices, watermarks, carts"])?;
        print_all(&accepted);
        println!("\nThe exit code is now {}: {}.", shown(accepted.status.code()), meaning(accepted.status.code()));

        let mut surprises = surprises(&report.stdout);
        if refused.status.success() || refused_code != Some(1) {
            surprises.push("the change was not refused with exit code 1".to_owned());
        }
        if !accepted.status.success() {
            surprises.push("the repaired change was refused".to_owned());
        }
        if surprises.is_empty() {
            println!("\nEvery weakness that was planted was refused, nothing else was, and the repairs went through.");
            return Ok(Exit::Passed);
        }
        println!("\nThe gate did not behave as it should:");
        surprises.iter().for_each(|surprise| println!("  - {surprise}"));
        Ok(Exit::Blocked)
    }
}

/// What blocks and should not, and what should and does not.
fn surprises(report: &[u8]) -> Vec<String> {
    let Ok(report) = serde_json::from_slice::<Value>(report) else {
        return vec!["the JSON report is not JSON".to_owned()];
    };
    let blocked: BTreeSet<(&str, &str)> = report["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|finding| finding["action"] == "block")
        .filter_map(|finding| Some((finding["path"].as_str()?, finding["cwe"].as_str()?)))
        .collect();
    let planted = BTreeSet::from(PLANTED);
    let missed = planted.difference(&blocked).map(|(path, cwe)| format!("{cwe} in {path} was not blocked"));
    let extra = blocked.difference(&planted).map(|(path, cwe)| format!("{cwe} in {path} was blocked and is harmless"));
    missed.chain(extra).collect()
}

/// The scratch repository's folder.
struct Scratch(PathBuf);

impl Scratch {
    fn make(folder: PathBuf) -> Result<Self, Failure> {
        fs::create_dir_all(&folder).map_err(failed)?;
        let scratch = Self(folder);
        scratch.git(&["init", "--quiet"])?;
        for (message, files) in HISTORY {
            scratch.write(files)?;
            scratch.git(&["add", "-A"])?;
            scratch.git(&["commit", "--quiet", "-m", message])?;
        }
        Ok(scratch)
    }

    fn stage_change(&self) -> Result<(), Failure> {
        self.write(CHANGE)?;
        for file in DELETED {
            fs::remove_file(self.0.join(file)).map_err(failed)?;
        }
        self.git(&["add", "-A"]).map(drop)
    }

    fn write(&self, files: Files) -> Result<(), Failure> {
        for (name, text) in files {
            let file = self.0.join(name);
            fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).map_err(failed)?;
            fs::write(file, text).map_err(failed)?;
        }
        Ok(())
    }

    fn git(&self, arguments: &[&str]) -> Result<Output, Failure> {
        let output = self.git_may_fail(arguments)?;
        if output.status.success() {
            return Ok(output);
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::unscannable(format!("git {} failed: {said}", arguments.join(" "))))
    }

    /// Runs git, free of the user's own settings and hooks.
    fn git_may_fail(&self, arguments: &[&str]) -> Result<Output, Failure> {
        let identity = ["-c", "user.name=demo", "-c", "user.email=demo@example.org", "-c", "init.defaultBranch=main"];
        let mut command = self.command("git");
        command.args(identity).args(arguments);
        command.output().map_err(|error| Failure::unscannable(format!("git cannot be run: {error}; install git")))
    }

    fn cwegate(&self, arguments: &[&str]) -> Result<Output, Failure> {
        let program = std::env::current_exe().map_err(failed)?;
        self.command(program).args(arguments).output().map_err(failed)
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
            command.env_remove(name);
        }
        let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
        command.env("GIT_CONFIG_GLOBAL", nothing).env("GIT_CONFIG_NOSYSTEM", "1").current_dir(&self.0);
        command
    }
}

fn print_all(output: &Output) {
    print!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

fn shown(code: Option<i32>) -> String {
    code.map_or_else(|| "none (killed)".to_owned(), |code| code.to_string())
}

fn meaning(code: Option<i32>) -> &'static str {
    match code {
        Some(0) => "passed, nothing that the policy blocks",
        Some(1) => "blocked, so git did not commit",
        Some(2) => "wrong usage or configuration",
        Some(3) => "something could not be scanned, so git did not commit",
        _ => "not one of the gate's own",
    }
}

fn failed(error: std::io::Error) -> Failure {
    Failure::unscannable(format!("the demo cannot go on: {error}; check that the folder can be written"))
}

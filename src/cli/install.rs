//! `cwegate install`: puts the git hooks in place, and takes them away.
//!
//! An existing hook is kept under another name and runs first. Nothing else of the repository is touched.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::{Args, ValueEnum};

use super::{Exit, Failure};
use crate::path::RepoPath;

/// What every hook of ours holds, and nobody else's does.
const MARK: &str = "`cwegate install --uninstall` takes it away.";
/// A hook that was there before keeps its name with this behind it.
const EARLIER: &str = ".before-cwegate";

/// Put the gate into this repository's git hooks; a hook that is there is kept and runs first
#[derive(Debug, Args)]
pub struct Install {
    /// Which hook; can be given several times
    #[arg(long, value_name = "HOOK", default_value = "pre-commit")]
    hook: Vec<Hook>,
    /// Take the gate's hooks away and restore what was there
    #[arg(long, conflicts_with = "hook")]
    uninstall: bool,
}

/// A git hook that the gate knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Hook {
    /// Scans what is staged, at each commit.
    #[value(name = "pre-commit")]
    Commit,
    /// Scans what a merge without conflicts changes by itself; git runs no `pre-commit` for it.
    #[value(name = "pre-merge-commit")]
    MergeCommit,
    /// Scans what the remote does not have, at each push.
    #[value(name = "pre-push")]
    Push,
}

impl Hook {
    const ALL: [Self; 3] = [Self::Commit, Self::MergeCommit, Self::Push];

    fn name(self) -> &'static str {
        match self {
            Self::Commit => "pre-commit",
            Self::MergeCommit => "pre-merge-commit",
            Self::Push => "pre-push",
        }
    }

    /// The command that does what the hook does.
    fn command(self) -> &'static str {
        match self {
            Self::Commit | Self::MergeCommit => "cwegate scan",
            Self::Push => "cwegate scan --pre-push \"$@\"",
        }
    }

    /// What to do where husky runs the hooks: see `hooks/examples/husky`.
    fn husky(self, folder: &Path) -> String {
        format!("put `{} || exit` into {}", self.command(), shown(&folder.with_file_name(self.name())))
    }

    /// The script, with this very program in it: git runs hooks with a path of its own.
    fn script(self) -> Result<String, Failure> {
        let plain = match self {
            Self::Commit | Self::MergeCommit => include_str!("../../hooks/pre-commit"),
            Self::Push => include_str!("../../hooks/pre-push"),
        };
        let program = std::env::current_exe()
            .map_err(|error| Failure::usage(format!("this program's own path cannot be told: {error}")))?;
        let quoted = program.to_string_lossy().replace('\'', r"'\''");
        Ok(plain.replacen("cwegate=cwegate\n", &format!("cwegate='{quoted}'\n"), 1))
    }
}

impl Install {
    /// Writes or removes the hooks, and says what it did.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = hooks_folder()?;
        if self.uninstall {
            let mut removed = 0;
            for hook in Hook::ALL {
                removed += usize::from(uninstall(&folder.join(hook.name()))?);
            }
            if removed == 0 {
                println!("no hook of cwegate is installed in {}", shown(&folder));
            }
            return Ok(Exit::Passed);
        }
        if is_husky(&folder) {
            let lines: Vec<String> = self.hook.iter().map(|hook| hook.husky(&folder)).collect();
            return Err(Failure::usage(format!(
                "{} belongs to husky, which writes it anew and runs hooks by their names, so a hook that is kept there would not run; {}",
                shown(&folder),
                lines.join(" and ")
            )));
        }
        for &hook in &self.hook {
            let file = folder.join(hook.name());
            if let Some(why) = manager(&file).map(|manager| manager.refusal(hook)) {
                return Err(Failure::usage(format!("{} {why}", shown(&file))));
            }
        }
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        for hook in self.hook {
            install(&folder.join(hook.name()), &hook.script()?)?;
        }
        Ok(Exit::Passed)
    }
}

/// The folder that git takes hooks from, as git says: `core.hooksPath`, or `hooks` in the repository that all its work
/// trees share.
fn hooks_folder() -> Result<PathBuf, Failure> {
    let answer = |what: &[&str]| -> Result<PathBuf, Failure> {
        let output = Command::new("git")
            .arg("rev-parse")
            .args(what)
            .output()
            .map_err(|error| Failure::usage(format!("git cannot be run: {error}; install git")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::usage(format!("git finds no repository here: {}", said.trim())));
        }
        let path = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
        Ok(PathBuf::from(String::from_utf8_lossy(path).into_owned()))
    };
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let folder = absolute(answer(&["--git-path", "hooks"])?);
    let top = answer(&["--show-toplevel"]).map(absolute).ok();
    let inside = top.into_iter().chain([absolute(answer(&["--git-common-dir"])?)]).any(|top| folder.starts_with(top));
    if !inside {
        println!(
            "note: core.hooksPath is {}, outside this repository; other repositories may use it too",
            shown(&folder)
        );
    }
    Ok(folder)
}

/// Whether the folder is the one that husky (from version 9 on) points `core.hooksPath` to: `_` with its runner in it.
fn is_husky(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == "_") && folder.join("h").is_file()
}

/// Who else runs a hook in a way that does not bear another name or another file in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    /// It writes the hook anew when its configuration changes, and puts ours away.
    Lefthook,
    /// It writes the hook anew whenever it is run.
    SimpleGitHooks,
    /// It tells by its own name what to do: overcommit, husky 4 and others.
    ByName,
}

impl Manager {
    /// Why nothing was installed, behind the name of the file.
    fn refusal(self, hook: Hook) -> String {
        let (name, command) = (hook.name(), hook.command());
        match self {
            Self::Lefthook => format!(
                "is lefthook's, which would put this one away when its configuration changes; add a job to `{name}` in \
                 lefthook.yml instead: {}/docs/lefthook.md",
                concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main")
            ),
            Self::SimpleGitHooks => format!(
                "is written anew by simple-git-hooks, and this one would be gone; put `{command}` into `{name}` of its \
                 configuration instead"
            ),
            Self::ByName => format!(
                "tells by its own name which hook it is, so it would not work under the name that it is kept by; have \
                 what manages it run `{command}`, or put `{command} || exit` into a hook of your own"
            ),
        }
    }
}

/// What manages the hook that is there, if anything does that would not get on with ours.
fn manager(file: &Path) -> Option<Manager> {
    let text = String::from_utf8_lossy(&fs::read(file).ok()?).into_owned();
    if text.contains(MARK) {
        return None;
    }
    if text.contains("call_lefthook") {
        return Some(Manager::Lefthook);
    }
    if text.contains("SKIP_SIMPLE_GIT_HOOKS") {
        return Some(Manager::SimpleGitHooks);
    }
    // A link to a program: one for all hooks, or none would need its name.
    let is_program = text.contains('\0') && file.is_symlink();
    (is_program || goes_by_name(&text) || sourced(file, &text).iter().any(|text| goes_by_name(text)))
        .then_some(Manager::ByName)
}

/// Whether a script asks for its own name, other than to print it.
fn goes_by_name(text: &str) -> bool {
    let own = ["$0", "${0}", "BASH_SOURCE", "PROGRAM_NAME", "sys.argv[0]", "__file__", "__FILE__", "process.argv[1]"];
    text.lines().map(str::trim_start).any(|line| {
        let prints = ["#", "echo ", "printf ", "print(", "puts "].iter().any(|word| line.starts_with(word));
        let name = line.contains("basename") && own.iter().any(|own| line.contains(own));
        !prints && (name || line.contains("${0##*/}") || line.contains("Path(__file__).name"))
    })
}

/// The scripts beside a hook that it reads in: `. "$(dirname "$0")/husky.sh"`.
fn sourced(file: &Path, text: &str) -> Vec<String> {
    let Some(folder) = file.parent() else { return Vec::new() };
    let reads = text.lines().map(str::trim_start).filter(|line| line.starts_with(". ") || line.starts_with("source "));
    let names = reads.filter(|line| line.contains("dirname")).filter_map(|line| line.rsplit_once(")/"));
    let name = |rest: &str| rest.split(['"', '\'', ' ', ';']).next().unwrap_or_default().to_owned();
    names.filter_map(|(_, rest)| fs::read_to_string(folder.join(name(rest))).ok()).collect()
}

fn install(file: &Path, script: &str) -> Result<(), Failure> {
    let earlier = earlier(file);
    if is_ours(file) {
        write_script(file, script)?;
        println!("renewed {}", shown(file));
        return Ok(());
    }
    if file.symlink_metadata().is_ok() {
        if earlier.symlink_metadata().is_ok() {
            return Err(Failure::usage(format!(
                "both {} and {} are there; keep one of them and run this again",
                shown(file),
                shown(&earlier)
            )));
        }
        fs::rename(file, &earlier).map_err(|error| failed(file, &error))?;
        println!("kept the hook that was there as {}; it runs first", shown(&earlier));
    }
    write_script(file, script)?;
    println!("installed {}", shown(file));
    Ok(())
}

/// Whether there was a hook of ours to remove.
fn uninstall(file: &Path) -> Result<bool, Failure> {
    if !is_ours(file) {
        return Ok(false);
    }
    fs::remove_file(file).map_err(|error| failed(file, &error))?;
    println!("removed {}", shown(file));
    let earlier = earlier(file);
    if earlier.symlink_metadata().is_ok() {
        fs::rename(&earlier, file).map_err(|error| failed(file, &error))?;
        println!("restored the hook that was there before");
    }
    Ok(true)
}

fn is_ours(file: &Path) -> bool {
    // A link is somebody else's way of installing, wherever it points.
    let is_file = file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    is_file && fs::read(file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(MARK))
}

fn earlier(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(EARLIER);
    PathBuf::from(name)
}

/// Writes beside the hook and renames, so that git never runs half a script.
fn write_script(file: &Path, script: &str) -> Result<(), Failure> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let temporary = tempfile::Builder::new().prefix(".cwegate-").tempfile_in(folder)?;
        fs::write(temporary.path(), script)?;
        executable(temporary.path())?;
        temporary.persist(file)?;
        Ok(())
    };
    write().map_err(|error| failed(file, &error))
}

#[cfg(unix)]
fn executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn failed(file: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{} cannot be changed: {error}; check who may write there", shown(file)))
}

fn shown(file: &Path) -> String {
    format!("`{}`", RepoPath::new(file.as_os_str().as_encoded_bytes()))
}

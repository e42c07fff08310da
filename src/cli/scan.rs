//! `cwegate scan`: the gate itself.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io::{ErrorKind, IsTerminal, Read, Write},
    path::PathBuf,
    time::SystemTime,
};

use clap::Args;

use super::{
    ColorChoice, Exit, Failure,
    gate::{Gate, What},
    input::python_files,
    write_whole,
};
use crate::{
    attribute::Attribution,
    git::{self, GitError, PushError, Request, Update},
    model::Bundle,
    policy::{Outcome, Policy, Verdict},
    report::{Context, Format, Model, Profile},
    terminal,
};

/// Scan what is staged (or a range of commits, the work tree, or files) and judge it by the policy
#[derive(Debug, Args)]
pub struct Scan {
    /// Python files, or folders with their Python files (.gitignore honoured), to scan as a whole
    #[arg(value_name = "PATH", conflicts_with_all = ["base", "range", "worktree", "pre_push"])]
    paths: Vec<PathBuf>,
    /// Scan what HEAD changed since its merge base with this revision
    #[arg(long, value_name = "REF", help_heading = "What to scan", conflicts_with_all = ["range", "worktree", "pre_push"])]
    base: Option<String>,
    /// Scan what changed from commit A to commit B; an empty A is the empty tree, an empty B is HEAD
    #[arg(long, value_name = "A..B", help_heading = "What to scan", conflicts_with_all = ["worktree", "pre_push"], value_parser = range)]
    range: Option<Request>,
    /// Scan what changed from HEAD to the work tree, whether staged or not
    #[arg(long, help_heading = "What to scan", conflicts_with = "pre_push")]
    worktree: bool,
    /// In a pre-push hook: scan what the remote does not have. Takes the hook's arguments, and git's list of refs from standard
    /// input, or `PRE_COMMIT_FROM_REF` and `PRE_COMMIT_TO_REF` where the pre-commit framework sets them
    #[arg(long, value_names = ["REMOTE", "URL"], num_args = 0..=2, help_heading = "What to scan")]
    pre_push: Option<Vec<String>>,
    /// Which findings count
    #[arg(long, value_name = "MODE", default_value = "scope", help_heading = "How to judge", conflicts_with = "paths")]
    attribution: Attribution,
    /// Use this policy instead of the repository's `cwegate.toml` or `[tool.cwegate]` in `pyproject.toml`
    #[arg(long, value_name = "FILE", help_heading = "How to judge")]
    policy: Option<PathBuf>,
    /// Take policy, baseline and .gitattributes from this commit, so that a change cannot loosen its own gate
    #[arg(long, value_name = "REF", help_heading = "How to judge", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    policy_from: Option<String>,
    /// Folder of another model
    #[arg(long, value_name = "DIR", help_heading = "How to judge")]
    model: Option<PathBuf>,
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "human", help_heading = "Output")]
    format: Format,
    /// Write a report to a file as well; can be given several times
    #[arg(long, value_name = "FORMAT=FILE", help_heading = "Output", value_parser = output)]
    output: Vec<(Format, PathBuf)>,
    /// Name of the analysis in SARIF, which GitHub calls its category; two analyses of one commit need two
    #[arg(long, value_name = "NAME", default_value = "cwegate", help_heading = "Output", value_parser = category)]
    category: String,
    /// Whom the SARIF is for
    #[arg(long, value_name = "PROFILE", default_value = "github", help_heading = "Output")]
    sarif_profile: Profile,
    /// Absolute URI of the top of the repository, for SARIF viewers that open the files; code hosts need none
    #[arg(long, value_name = "URI", help_heading = "Output", value_parser = root_uri)]
    sarif_root_uri: Option<String>,
    /// Do not look for the lines that findings hang on, which costs some runs of the model for each finding
    #[arg(long, help_heading = "Output")]
    no_evidence: bool,
    /// Print only what blocks
    #[arg(long, short, help_heading = "Output", conflicts_with = "verbose")]
    quiet: bool,
    /// Print also what was there before, what was repaired, and how the run went
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,
    /// Colours; `NO_COLOR` is honoured
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    color: ColorChoice,
    /// Threads to score with
    #[arg(long, value_name = "N", value_parser = super::threads)]
    threads: Option<usize>,
}

impl Scan {
    /// Scans, writes the reports, and returns the verdict's exit code.
    pub fn run(self) -> Result<Exit, Failure> {
        let started = SystemTime::now();
        let gate = Gate::open(self.policy.clone(), self.policy_from.clone(), self.paths.is_empty())?;
        let judged =
            gate.judge(&self.what()?, !self.no_evidence, self.model.as_deref(), self.threads, &gate.baseline()?)?;
        let context = Context { started, ended: SystemTime::now(), ..self.context(&judged.bundle, &judged.policy) };
        let verdict = judged.verdict;

        // Files first: they are whole even where nobody reads what is printed.
        for (format, file) in &self.output {
            write_whole(file, &format.report().render(&verdict, &context))?;
        }
        let mut out = std::io::stdout().lock();
        let printed = format_for(self.format, &verdict, &context, self.color);
        match out.write_all(printed.as_bytes()).and_then(|()| out.flush()) {
            // A reader that went away (`| head`) wants no more; the verdict stands all the same.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) => return Err(Failure::unscannable(format!("the output cannot be written: {error}"))),
            Ok(()) => {}
        }
        if self.verbose {
            for note in judged.notes {
                super::tell(&format!("note: {}", terminal::escape(&note)));
            }
        }
        Ok(match verdict.outcome {
            Outcome::Passed => Exit::Passed,
            Outcome::Blocked => Exit::Blocked,
            Outcome::Unscannable => Exit::Unscannable,
        })
    }

    /// What there is to scan.
    fn what(&self) -> Result<What, Failure> {
        if !self.paths.is_empty() {
            let files = self.paths.iter().map(|path| python_files(path)).collect::<Result<Vec<_>, _>>()?;
            let files: BTreeSet<PathBuf> = files.into_iter().flatten().collect();
            return Ok(What::Files(files.into_iter().collect()));
        }
        let requests = match (&self.base, &self.range, &self.pre_push) {
            (Some(base), ..) => vec![Request::Base(base.clone())],
            (_, Some(range), _) => vec![range.clone()],
            (.., Some(arguments)) => to_push(arguments.first().map(String::as_str))?,
            _ if self.worktree => vec![Request::Worktree],
            _ => vec![staged()?],
        };
        let whole =
            |request| if self.attribution == Attribution::None { Request::All(Box::new(request)) } else { request };
        Ok(What::Changes(requests.into_iter().map(whole).collect(), self.attribution))
    }

    fn context(&self, bundle: &Bundle, policy: &Policy) -> Context {
        let about = &bundle.manifest.model;
        Context {
            model: Model { name: about.name.clone(), version: about.version.clone(), hash: bundle.hash.clone() },
            classes: bundle.manifest.classes.iter().map(|class| class.id).collect(),
            verbose: self.verbose,
            quiet: self.quiet,
            diff: self.paths.is_empty() && self.attribution != Attribution::None,
            fail_on: policy.fail_on(),
            policy: policy.name().to_owned(),
            automation_id: self.category.clone(),
            sarif_profile: self.sarif_profile,
            root_uri: self.sarif_root_uri.clone(),
            ..Context::default()
        }
    }
}

/// What is staged. Where the pre-commit framework was told to look at a range (`--from-ref`, as in CI), nothing is, and a scan of
/// nothing would pass: then it is what that range has.
fn staged() -> Result<Request, Failure> {
    match (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF")) {
        (Some(from), Some(to)) => Ok(git::since_parting(&from, &to)?),
        _ => Ok(Request::Staged),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What a push sends.
///
/// The pre-commit framework keeps git's list to itself and names two revisions instead; none where a root commit is pushed, and
/// with `--all-files`: then it is everything. Some hook managers hand on no standard input, which looks like a push of nothing: then
/// what HEAD has and the remote has not is scanned, which for a push of nothing is nothing as well.
fn to_push(remote: Option<&str>) -> Result<Vec<Request>, Failure> {
    let (from, to) = (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF"));
    if from.is_some() || to.is_some() || variable("PRE_COMMIT").is_some() {
        let (from, to) = (from.unwrap_or_default(), to.unwrap_or_else(|| "HEAD".to_owned()));
        return match variable("PRE_COMMIT_REMOTE_NAME") {
            Some(remote) if !from.is_empty() => Ok(git::pushed(&remote, &[Update { local: to, remote: from }])?),
            _ => Ok(vec![Request::Range { from, to }]),
        };
    }
    let mut input = std::io::stdin();
    if input.is_terminal() {
        return Err(Failure::usage(PushError::no_input()));
    }
    let mut text = String::new();
    input.read_to_string(&mut text).map_err(|error| {
        Failure::unscannable(format!("git's list of refs cannot be read: {error}; nothing was scanned"))
    })?;
    let mut updates = Update::parse(&text).map_err(Failure::usage)?;
    if updates.is_empty() {
        updates.push(Update { local: "HEAD".to_owned(), remote: String::new() });
    }
    Ok(git::pushed(remote.unwrap_or("*"), &updates)?)
}

fn format_for(format: Format, verdict: &Verdict, context: &Context, color: ColorChoice) -> String {
    let color = color.wanted(std::io::stdout().is_terminal());
    format.report().render(verdict, &Context { color, ..context.clone() })
}

fn range(text: &str) -> Result<Request, String> {
    let (from, to) = text.split_once("..").ok_or("write it as A..B")?;
    if to.starts_with('.') {
        return Err("A...B compares with a merge base: use `--base A` on a checkout of B".to_owned());
    }
    let to = if to.is_empty() { "HEAD" } else { to };
    Ok(Request::Range { from: from.to_owned(), to: to.to_owned() })
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write it as FORMAT=FILE, such as sarif=cwegate.sarif")?;
    let format = <Format as clap::ValueEnum>::from_str(format, false)
        .map_err(|_| format!("there is no format `{format}`; choose one of {}", formats().join(", ")))?;
    if file.is_empty() {
        return Err("the file's name is missing".to_owned());
    }
    Ok((format, PathBuf::from(OsStr::new(file))))
}

fn formats() -> Vec<String> {
    let formats = <Format as clap::ValueEnum>::value_variants().iter();
    formats.filter_map(|format| Some(clap::ValueEnum::to_possible_value(format)?.get_name().to_owned())).collect()
}

/// SARIF asks for an absolute URI where the base of all others stands.
fn root_uri(text: &str) -> Result<String, String> {
    let is_absolute = text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    let is_encoded = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b));
    if is_absolute && is_encoded {
        Ok(text.to_owned())
    } else {
        Err("write it as file:///path/to/the/repository, percent-encoded".to_owned())
    }
}

/// SARIF gives `/` a meaning at the end, and an empty name stands for none.
fn category(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    if text.is_empty() { Err("give it a name".to_owned()) } else { Ok(text.to_owned()) }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        match error {
            GitError::NoRepository(_) | GitError::Bare | GitError::NoCommit { elsewhere: false, .. } => {
                Self::usage(error)
            }
            _ => Self::unscannable(error),
        }
    }
}

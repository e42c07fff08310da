//! The command line: one file a subcommand, each parses, calls the road and prints.

mod baseline;
mod demo;
mod eval;
pub mod explain;
mod gate;
mod generate;
mod input;
mod install;
mod lsp;
mod model;
pub mod policy;
mod replay;
mod scan;
mod score;
mod windows;

use std::{io::Write, path::Path, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

/// The documented exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nothing blocks.
    Passed = 0,
    /// The policy blocks.
    Blocked = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Something that had to be scanned could not be.
    Unscannable = 3,
}

/// Why a command could not do its work, with the exit code that says so.
#[derive(Debug)]
pub struct Failure {
    /// What happened and what to do next.
    pub message: String,
    /// The exit code.
    pub exit: Exit,
}

impl Failure {
    /// Wrong usage or configuration: exit code 2.
    pub fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Usage }
    }

    /// Something could not be scanned: exit code 3.
    pub fn unscannable(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Unscannable }
    }

    /// The message, safe to print: it may quote names and texts of the repository; its own line ends are wanted.
    fn printable(&self) -> String {
        let lines: Vec<String> = self.message.split('\n').map(crate::terminal::escape).collect();
        lines.join("\n")
    }
}

/// A gate for Python changes: finds the weaknesses (CWEs) that a change introduces, and blocks by policy.
///
/// Exit codes: 0 passed, 1 blocked, 2 wrong usage or configuration, 3 could not scan what it had to.
#[derive(Debug, Parser)]
#[command(name = "cwegate", version = version(), max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Scan(Box<scan::Scan>),
    Install(install::Install),
    Score(score::Score),
    Windows(windows::Windows),
    Eval(Box<eval::Eval>),
    Explain(explain::Explain),
    Policy(policy::PolicyCommand),
    Baseline(baseline::BaselineCommand),
    Model(model::ModelCommand),
    Replay(replay::Replay),
    Lsp(lsp::Lsp),
    Demo(demo::Demo),
    Completions(generate::Completions),
    #[command(hide = true)]
    Man(generate::Man),
}

/// Runs the command line and returns the documented exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Scan(command) => command.run(),
        Command::Install(command) => command.run(),
        Command::Score(command) => command.run(),
        Command::Windows(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Policy(command) => command.run(),
        Command::Baseline(command) => command.run(),
        Command::Model(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Lsp(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    };
    let exit = result.unwrap_or_else(|failure| {
        // The policy's errors come rendered, each with its own heading.
        let heading = if failure.message.starts_with("error: ") { "" } else { "error: " };
        tell(&format!("{heading}{}", failure.printable()));
        failure.exit
    });
    ExitCode::from(exit as u8)
}

/// Writes a line to standard error. Where that cannot be written, the exit code still says what matters.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The tool's version and the embedded model's.
fn version() -> String {
    let model = crate::model::Bundle::embedded().map_or_else(|error| error.to_string(), |bundle| bundle.title());
    format!("{}, model {model}", env!("CARGO_PKG_VERSION"))
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// Whether to colour what is written to a stream. `NO_COLOR` counts if it is not empty: <https://no-color.org>.
    fn wanted(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

/// Turns a failed write into an exit code. A reader that went away (`| head`) wants no more, which is no failure.
fn written(result: std::io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::unscannable(format!("the output cannot be written: {error}"))),
        Ok(()) => Ok(()),
    }
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=256) => Ok(threads),
        _ => Err("give a number from 1 to 256".to_owned()),
    }
}

/// Writes a file as a whole or not at all: beside it first, then renamed. Links are followed; what is no file, such as a device
/// or a pipe, is written to.
fn write_whole(file: &Path, text: &str) -> Result<(), Failure> {
    let file = &file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let failed = |error: std::io::Error| {
        Failure::unscannable(format!(
            "`{}` cannot be written: {error}; name a file in a folder that exists",
            file.display()
        ))
    };
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(file, text).map_err(failed);
    }
    let mut temporary = tempfile::Builder::new().prefix(".cwegate-").tempfile_in(folder).map_err(failed)?;
    temporary.write_all(text.as_bytes()).and_then(|()| temporary.as_file().sync_all()).map_err(failed)?;
    readable_by_all(temporary.as_file()).map_err(failed)?;
    temporary.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A temporary file is private; a report is a file like others.
#[cfg(unix)]
fn readable_by_all(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

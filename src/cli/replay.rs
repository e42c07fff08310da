//! `cwegate replay`: what the gate would have blocked in a repository's history.

use std::{io::IsTerminal, io::Write, path::PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::{
    Exit, Failure,
    gate::{self, How},
    written,
};
use crate::{
    cwe,
    model::{Choice, Scorer},
    policy::{Action, Date, Policies, Store},
    replay::{History, ReplayError, Replayed, Totals},
    report::{line_position, printable_json},
    terminal::{self, escape_html},
};

/// Run the gate over a repository's past commits, to see what it would have blocked
#[derive(Debug, Args)]
pub struct Replay {
    /// The repository
    #[arg(value_name = "REPO", default_value = ".")]
    repository: PathBuf,
    /// How many commits, from the newest on; merges are left out
    #[arg(long, value_name = "N", default_value_t = 200)]
    commits: usize,
    /// Write a page with the alarms over time and the list of would-be blocks
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a line of JSON for each commit: what was scanned, and its alarms
    #[arg(long, value_name = "FILE")]
    jsonl: Option<PathBuf>,
    #[command(flatten)]
    how: How,
}

impl Replay {
    /// Replays and prints; the exit code is 0 whatever was found, since nothing is gated here.
    pub fn run(self) -> Result<Exit, Failure> {
        let history = History::of(&self.repository, self.commits)?;
        let root = history.root().unwrap_or_else(|| self.repository.clone());
        let policies = Policies::new(Store::Disk(&root), self.how.policy.as_deref(), &root).map_err(Failure::usage)?;
        let bundle = gate::bundle(self.how.model.as_deref(), policies.run(), Some(&root))?;
        let scorer = Scorer::new(&bundle, Choice::from_env().map_err(Failure::usage)?, self.how.threads);
        if history.cut_off() > 0 {
            super::tell(&format!(
                "note: commits left out since the history here is cut off: {}; `git fetch --unshallow` brings the rest",
                history.cut_off()
            ));
        }
        let bar = progress(history.len());
        let mut commits = Vec::with_capacity(history.len());
        for number in 0..history.len() {
            commits.push(history.replay(number, &bundle, &scorer, &policies)?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        let totals = Totals::of(&commits);
        written(std::io::stdout().write_all(summary(&totals, &commits).as_bytes()))?;
        if let Some(file) = &self.html {
            super::write_whole(file, &page(&totals, &commits))?;
        }
        if let Some(file) = &self.jsonl {
            super::write_whole(file, &commits.iter().map(line).collect::<String>())?;
        }
        Ok(Exit::Passed)
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Git(error) => error.into(),
            ReplayError::Scan(error) => error.into(),
            ReplayError::NoHistory(..) => Self::usage(error),
        }
    }
}

fn progress(length: usize) -> ProgressBar {
    let target =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} commits, {eta} left");
    ProgressBar::with_draw_target(Some(length as u64), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.2}"))
}

fn summary(totals: &Totals, commits: &[Replayed]) -> String {
    let [median, tail, most] = totals.times.map(|time| time.as_millis());
    let mut out = format!(
        "commits                        {} ({} with Python changes)\n\
         changed lines                  {}\n\
         alarms                         {} ({} per 1,000 changed lines)\n\
         commits that would be blocked  {} ({} per 100 with Python changes)\n\
         files that could not be read   {}\n\
         time a commit                  {median} ms median, {tail} ms 95th percentile, {most} ms at most\n",
        totals.commits,
        totals.with_python,
        totals.changed_lines,
        totals.alarms,
        rate(totals.alarm_rate()),
        totals.blocked,
        rate(totals.block_rate()),
        totals.unreadable,
    );
    let blocked: Vec<&Replayed> = commits.iter().filter(|commit| commit.blocked()).collect();
    if !blocked.is_empty() {
        out.push_str("\nwould be blocked, newest first:\n");
    }
    for commit in blocked.iter().rev() {
        out.push_str(&format!("  {} {}\n", &commit.commit[..12], terminal::escape(&commit.subject)));
        for judged in commit.alarms.iter().filter(|judged| judged.action == Action::Block) {
            let finding = &judged.finding;
            let place = format!("{}:{}", finding.path, line_position(finding));
            let title = cwe::title(finding.cwe);
            out.push_str(&format!("    {place}  {} {title} ({:.2})\n", finding.cwe, finding.probability));
        }
    }
    out
}

/// A commit as a line of JSON.
fn line(commit: &Replayed) -> String {
    let scanned = commit.scanned.iter().map(|(path, role)| json!({"path": path, "role": role}));
    let alarms = commit.alarms.iter().map(|judged| {
        let finding = &judged.finding;
        json!({
            "cwe": finding.cwe,
            "path": finding.path.to_text(),
            "line": finding.in_file(finding.region).start_line,
            "status": finding.status,
            "action": judged.action,
            "probability": finding.probability,
        })
    });
    let line = json!({
        "commit": commit.commit,
        "time": commit.time,
        "scanned": scanned.collect::<Vec<_>>(),
        "unreadable": commit.unreadable,
        "changed_lines": commit.changed_lines,
        "alarms": alarms.collect::<Vec<_>>(),
        "blocked": commit.blocked(),
        "milliseconds": commit.took.as_millis() as u64,
    });
    format!("{}\n", printable_json(&line.to_string()))
}

/// A page of its own: no script, nothing to fetch.
fn page(totals: &Totals, commits: &[Replayed]) -> String {
    let mut rows = String::new();
    for commit in commits.iter().rev().filter(|commit| commit.blocked()) {
        for judged in commit.alarms.iter().filter(|judged| judged.action == Action::Block) {
            let finding = &judged.finding;
            rows.push_str(&format!(
                "<tr><td><code>{}</code><td>{}<td><code>{}:{}</code><td>{} {}<td>{:.2}\n",
                &commit.commit[..12],
                escape_html(&commit.subject),
                escape_html(&finding.path.to_string()),
                line_position(finding),
                finding.cwe,
                escape_html(&cwe::title(finding.cwe)),
                finding.probability,
            ));
        }
    }
    let style = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
                 table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #8886;padding:.3rem .6rem;text-align:left;\
                 overflow-wrap:anywhere}pre{white-space:pre-wrap}svg{width:100%;height:auto}";
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>cwegate replay</title>\n<style>{style}</style>\n<h1>What the gate would have said</h1>\n<pre>{}</pre>\n\
         <h2>Alarms over time</h2>\n{}\n<h2>Would-be blocks</h2>\n\
         <table>\n<tr><th>Commit<th>Subject<th>Place<th>Weakness<th>Probability\n{rows}</table>\n</html>\n",
        escape_html(&summary(totals, &[])),
        plot(commits),
    )
}

/// Alarms per commit, oldest at the left; a bar's upper part is what blocks.
fn plot(commits: &[Replayed]) -> String {
    const WIDTH: f64 = 900.0;
    const HEIGHT: f64 = 160.0;
    let most = commits.iter().map(|commit| commit.alarms.len()).max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / commits.len().max(1) as f64;
    let day = |commit: Option<&Replayed>| commit.map_or(String::new(), |commit| Date::of_time(commit.time).to_string());
    let mut bars = String::new();
    for (at, commit) in commits.iter().enumerate().filter(|(_, commit)| !commit.alarms.is_empty()) {
        let blocking = commit.alarms.iter().filter(|judged| judged.action == Action::Block).count();
        let (all, blocking) = (commit.alarms.len() as f64, blocking as f64);
        let bar = |from: f64, count: f64, colour: &str| {
            let (height, top) = (HEIGHT * count / most, HEIGHT - HEIGHT * (from + count) / most);
            format!(
                "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"><title>{} {}</title></rect>",
                at as f64 * step,
                step.max(1.5),
                &commit.commit[..12],
                escape_html(&commit.subject),
            )
        };
        bars.push_str(&bar(0.0, all - blocking, "#c90"));
        bars.push_str(&bar(all - blocking, blocking, "#c33"));
    }
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"Alarms per commit, oldest first, at most {most}\">{bars}\
         <line x1=\"0\" y1=\"{HEIGHT}\" x2=\"{WIDTH}\" y2=\"{HEIGHT}\" stroke=\"#888\"/>\
         <text x=\"0\" y=\"{}\" font-size=\"13\" fill=\"#888\">{}</text>\
         <text x=\"{WIDTH}\" y=\"{}\" font-size=\"13\" fill=\"#888\" text-anchor=\"end\">{}; red blocks, yellow warns; at most {most} a commit</text></svg>",
        HEIGHT + 24.0,
        HEIGHT + 18.0,
        day(commits.first()),
        HEIGHT + 18.0,
        day(commits.last()),
    )
}

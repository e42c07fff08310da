//! `cwegate model info`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Exit, Failure, written};
use crate::model::{self, Bundle, Choice, Scorer};

/// Tell about the model
#[derive(Debug, Args)]
pub struct ModelCommand {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print name, version, hash, runtime, classes and operating points
    Info {
        /// Folder of another model
        #[arg(long, value_name = "DIR")]
        model: Option<PathBuf>,
    },
}

impl ModelCommand {
    /// Prints what was asked.
    pub fn run(self) -> Result<Exit, Failure> {
        let Action::Info { model } = self.command;
        let bundle = model::load(model.as_ref()).map_err(Failure::usage)?;
        let scorer = Scorer::new(&bundle, Choice::from_env().map_err(Failure::usage)?, None);
        use std::io::Write;
        written(std::io::stdout().write_all(info(&bundle, &scorer.describe()).as_bytes()))?;
        Ok(Exit::Passed)
    }
}

fn info(bundle: &Bundle, runtime: &str) -> String {
    let manifest = &bundle.manifest;
    let about = &manifest.model;
    let points = &manifest.operating_points;
    let mut out = format!(
        "name      {}\nversion   {}\nlicence   {}\nhash      {}\nruntime   {runtime}\nwindow    {} tokens of a vocabulary of {}\n",
        about.name,
        about.version,
        about.licence,
        bundle.hash,
        about.window_budget,
        bundle.tokens.size(),
    );
    out.push_str("\noperating points (false alarms per 1,000 changed lines, all classes together)\n");
    for (budget, measured) in points.budgets.iter().zip(&points.measured) {
        out.push_str(&format!("  budget {budget:>5}   measured on unseen packages {measured:.2}\n"));
    }
    let [told, blocking] = [1.0, 0.5].map(|wanted| points.budgets.iter().position(|&b| b >= wanted).unwrap_or(0));
    out.push_str(&format!(
        "\n{} classes (probability from which on each alarms at a budget of {}, and of {})\n",
        manifest.classes.len(),
        points.budgets[told],
        points.budgets[blocking],
    ));
    for class in &manifest.classes {
        let also: Vec<String> =
            class.members.iter().filter(|&&member| member != class.id).map(ToString::to_string).collect();
        let also = if also.is_empty() { String::new() } else { format!(" (with {})", also.join(", ")) };
        out.push_str(&format!(
            "  {:<9} {:.4} {:.4}  {:>6} training statements  {}{also}\n",
            class.id.to_string(),
            class.thresholds[told],
            class.thresholds[blocking],
            class.support,
            crate::cwe::title(class.id),
        ));
    }
    out
}

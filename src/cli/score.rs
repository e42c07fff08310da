//! `cwegate score`: probabilities without policy, as JSON Lines. A stable interface.

use std::{
    io::{BufWriter, Write},
    path::PathBuf,
};

use clap::Args;
use serde_json::{Map, Value, json};

use super::{
    Exit, Failure,
    input::{Inputs, lines_in_file},
    written,
};
use crate::{
    model::{
        self, Bundle, Choice, Scorer,
        scores::{Job, StatementScores, score},
    },
    python::Module,
};

/// Probabilities under this are left out unless all are asked for.
const SHOWN: f32 = 0.01;
/// Inputs are scored together up to about this many statements, so that threads have work.
const BATCH: usize = 4000;

/// Print the model's probabilities per statement, as JSON Lines, without any policy
#[derive(Debug, Args)]
pub struct Score {
    #[command(flatten)]
    inputs: Inputs,
    /// Print every class, not only those of at least 0.01
    #[arg(long)]
    all: bool,
    /// Folder of another model
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Threads to score with
    #[arg(long, value_name = "N", value_parser = super::threads)]
    threads: Option<usize>,
}

/// An input that waits to be scored with others.
struct Waiting {
    key: &'static str,
    name: String,
    module: Result<Module, String>,
}

impl Score {
    /// Prints one line a statement for files, one line a record for records.
    pub fn run(self) -> Result<Exit, Failure> {
        let bundle = model::load(self.model.as_ref()).map_err(Failure::usage)?;
        let scorer = Scorer::new(&bundle, Choice::from_env().map_err(Failure::usage)?.alike_everywhere(), self.threads);
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut statements = 0;
        self.inputs.for_each(|input| {
            let module = input.module().and_then(Module::readable);
            statements += module.as_ref().map_or(0, |module| module.statements.len());
            waiting.push(Waiting { key: input.key, name: input.name, module });
            if statements >= BATCH {
                statements = 0;
                self.print(&std::mem::take(&mut waiting), &bundle, &scorer, &mut out)?;
            }
            Ok(())
        })?;
        self.print(&waiting, &bundle, &scorer, &mut out)?;
        written(out.flush())?;
        Ok(Exit::Passed)
    }

    fn print(
        &self,
        waiting: &[Waiting],
        bundle: &Bundle,
        scorer: &Scorer<'_>,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let jobs: Vec<Job<'_>> =
            waiting.iter().filter_map(|input| input.module.as_ref().ok()).map(Job::whole).collect();
        let mut scores = score(&jobs, bundle, scorer).map_err(Failure::unscannable)?.into_iter();
        for Waiting { key, name, module } in waiting {
            let Ok(module) = module else {
                let error = module.as_ref().err();
                written(writeln!(out, "{}", json!({ *key: name, "error": error })))?;
                continue;
            };
            let scores = scores.next().unwrap_or_default();
            if self.inputs.are_records() {
                let statements: Vec<Value> =
                    self.statements(module, &scores, bundle).map(|(_, line)| Value::Object(line)).collect();
                let top = self.shown(&maximum(&scores, bundle.manifest.classes.len()), bundle);
                written(writeln!(out, "{}", json!({ *key: name, "statements": statements, "scores": top })))?;
            } else {
                for (scope, line) in self.statements(module, &scores, bundle) {
                    let mut whole = Map::new();
                    whole.insert((*key).to_owned(), json!(name));
                    whole.insert("scope".to_owned(), json!(scope));
                    whole.extend(line);
                    written(writeln!(out, "{}", Value::Object(whole)))?;
                }
            }
        }
        Ok(())
    }

    /// Each judged statement's scope and its `start_line`, `end_line`, `scores`, in source order.
    fn statements<'m>(
        &'m self,
        module: &'m Module,
        scores: &'m StatementScores,
        bundle: &'m Bundle,
    ) -> impl Iterator<Item = (&'m str, Map<String, Value>)> {
        module.statements.iter().zip(scores).filter_map(move |(statement, row)| {
            let mut line = Map::new();
            let (first, last) = lines_in_file(module, statement.start_line, statement.end_line);
            line.insert("start_line".to_owned(), json!(first));
            line.insert("end_line".to_owned(), json!(last));
            if let Some(cells) = &module.cells {
                line.insert("cell".to_owned(), json!(cells.cell(statement.start_line).0));
            }
            line.insert("scores".to_owned(), Value::Object(self.shown(row.as_ref()?, bundle)));
            Some((module.scopes[statement.scope].name.as_str(), line))
        })
    }

    fn shown(&self, row: &[f32], bundle: &Bundle) -> Map<String, Value> {
        let classes = bundle.manifest.classes.iter().zip(row);
        classes
            .filter(|(_, probability)| self.all || **probability >= SHOWN)
            .map(|(class, probability)| (class.id.to_string(), json!((f64::from(*probability) * 1e6).round() / 1e6)))
            .collect()
    }
}

/// The highest probability of each class over all statements.
fn maximum(scores: &StatementScores, classes: usize) -> Vec<f32> {
    let mut top = vec![0.0f32; classes];
    for row in scores.iter().flatten() {
        top.iter_mut().zip(row).for_each(|(top, new)| *top = top.max(*new));
    }
    top
}

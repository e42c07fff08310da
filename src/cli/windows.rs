//! `cwegate windows`: what the model reads, as JSON Lines. Training reads nothing else.

use std::{
    io::{BufWriter, Write},
    path::PathBuf,
};

use clap::Args;
use serde_json::{Value, json};

use super::{
    Exit, Failure,
    input::{Inputs, lines_in_file},
    written,
};
use crate::{
    model::{self, tokens::Tokens},
    window::{self, context_texts},
};

/// Print what the model reads, as JSON Lines: token ids with the statements' lines
#[derive(Debug, Args)]
pub struct Windows {
    #[command(flatten)]
    inputs: Inputs,
    /// Print the canonical statements of each scope instead of tokens (to train a tokenizer)
    #[arg(long)]
    text: bool,
    /// Use this tokenizer instead of the model's
    #[arg(long, value_name = "FILE", requires = "budget")]
    tokenizer: Option<PathBuf>,
    /// Tokens in a window, instead of the model's
    #[arg(long, value_name = "N", requires = "tokenizer", value_parser = clap::value_parser!(u32).range(64..))]
    budget: Option<u32>,
    /// Folder of another model
    #[arg(long, value_name = "DIR", conflicts_with = "tokenizer")]
    model: Option<PathBuf>,
}

impl Windows {
    /// Prints one line a window (a scope, with `--text`).
    pub fn run(self) -> Result<Exit, Failure> {
        let reader = if self.text { None } else { Some(self.reader()?) };
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut print = |value: Value| written(writeln!(out, "{value}"));
        self.inputs.for_each(|input| {
            let module = match input.module() {
                Ok(module) => module,
                Err(error) => return print(json!({ input.key: input.name, "error": error })),
            };
            for (number, scope) in module.scopes.iter().enumerate() {
                let Some((tokens, budget)) = &reader else {
                    if scope.statements.is_empty() {
                        continue;
                    }
                    let own = scope.statements.iter().map(|&at| module.statements[at].text());
                    let statements: Vec<String> = context_texts(&module, number).into_iter().chain(own).collect();
                    print(json!({ input.key: &input.name, "scope": scope.name, "statements": statements }))?;
                    continue;
                };
                for window in window::windows(&module, number, None, tokens, *budget) {
                    let statements: Vec<Value> = window
                        .marks
                        .iter()
                        .map(|mark| {
                            let (first, last) = lines_in_file(&module, mark.start_line, mark.end_line);
                            json!({"at": mark.at, "start_line": first, "end_line": last, "target": mark.target})
                        })
                        .collect();
                    print(json!({ input.key: &input.name, "scope": scope.name, "ids": window.ids, "statements": statements }))?;
                }
            }
            Ok(())
        })?;
        written(out.flush())?;
        Ok(Exit::Passed)
    }

    fn reader(&self) -> Result<(Tokens, usize), Failure> {
        match (&self.tokenizer, self.budget) {
            (Some(file), Some(budget)) => {
                let bytes = std::fs::read(file)
                    .map_err(|error| Failure::usage(format!("`{}` cannot be read: {error}", file.display())))?;
                Ok((Tokens::from_bytes(&bytes).map_err(Failure::usage)?, budget as usize))
            }
            _ => {
                let bundle = model::load(self.model.as_ref()).map_err(Failure::usage)?;
                let budget = bundle.manifest.model.window_budget;
                Ok((bundle.tokens, budget))
            }
        }
    }
}

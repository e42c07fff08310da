//! `cwegate explain CWE-89`: what a weakness is, how it looks in Python, and how to repair it.

use std::io::{IsTerminal, Write};

use clap::Args;

use super::{ColorChoice, Exit, Failure, written};
use crate::{
    cwe::{self, Advice, CweId, Weakness},
    terminal::Paint,
};

/// Explain a weakness: what it is, how it looks in Python, how to repair it
#[derive(Debug, Args)]
pub struct Explain {
    /// Its number in MITRE's catalogue, such as CWE-89
    #[arg(value_name = "CWE")]
    id: CweId,
    /// Colours; `NO_COLOR` is honoured
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

impl Explain {
    /// Prints the explanation.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let mut out = std::io::stdout();
        let text = render(self.id, self.color.wanted(out.is_terminal())).map_err(Failure::usage)?;
        written(out.write_all(text.as_bytes()))?;
        Ok(Exit::Passed)
    }
}

/// A number that MITRE's catalogue does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{id} is not a weakness in MITRE's catalogue (release {release}); it may be a category, a view or deprecated.\n\
     Look it up at {url}, or name a weakness such as CWE-89."
)]
pub struct UnknownCwe {
    id: CweId,
    release: &'static str,
    url: String,
}

/// The explanation as text that ends with a newline.
///
/// # Errors
/// If the catalogue has no such weakness.
pub fn render(id: CweId, styled: bool) -> Result<String, UnknownCwe> {
    let catalogue = cwe::catalogue();
    let weakness =
        catalogue.get(id).ok_or_else(|| UnknownCwe { id, release: catalogue.version(), url: cwe::url(id) })?;
    let paint = Paint(styled);

    let mut out = format!("{}  {}\n", paint.strong(&id.to_string()), paint.strong(&cwe::title(id)));
    match cwe::advice(id) {
        Some(advice) => with_advice(&mut out, weakness, advice, paint),
        None => without_advice(&mut out, weakness, paint),
    }

    if !weakness.parents.is_empty() {
        section(&mut out, "Part of", paint);
        for &parent in &weakness.parents {
            out.push_str(&format!("  {parent}  {}\n", name(parent)));
        }
    }
    section(&mut out, "MITRE's description", paint);
    out.push_str(&format!("  {}\n", cwe::url(id)));
    Ok(out)
}

fn with_advice(out: &mut String, weakness: &Weakness, advice: &Advice, paint: Paint) {
    out.push_str(&format!("{}\n", paint.faint(&weakness.name)));
    paragraph(out, &advice.summary);

    let mut facts = vec![format!("severity {}", advice.severity)];
    facts.extend(weakness.likelihood.map(|likelihood| format!("likelihood of exploit {likelihood:?}").to_lowercase()));
    facts.extend(advice.owasp.as_ref().map(|category| format!("OWASP {category}")));
    out.push_str(&format!("  {}\n", paint.faint(&facts.join(", "))));

    section(out, &paint.error("Bad"), Paint(false));
    code(out, &advice.bad);
    section(out, &paint.good("Good"), Paint(false));
    code(out, &advice.good);

    section(out, "How to repair it", paint);
    out.push_str(&wrapped(&advice.advice));
    paragraph(out, &advice.how);

    let others: Vec<_> = advice.members.iter().filter(|&&member| member != weakness.id).collect();
    if !others.is_empty() {
        section(out, "Reported under this number as well, since the code alone does not tell them apart", paint);
        for &&member in &others {
            out.push_str(&format!("  {member}  {}\n", name(member)));
        }
    }
}

fn without_advice(out: &mut String, weakness: &Weakness, paint: Paint) {
    paragraph(out, &weakness.description);

    let id = weakness.id;
    let merged = cwe::all_advice().iter().filter(|(_, advice)| advice.members.contains(&id));
    let mut classes: Vec<_> = merged.map(|(&class, _)| class).collect();
    if classes.is_empty() {
        let mut above = cwe::catalogue().ancestors(id).into_iter().skip(1).map(|(ancestor, _)| ancestor);
        classes.extend(above.find(|&ancestor| cwe::advice(ancestor).is_some()));
    }
    let below: Vec<_> =
        cwe::all_advice().keys().copied().filter(|&class| class != id && cwe::is_or_descends(class, id)).collect();

    if classes.is_empty() && below.is_empty() {
        paragraph(out, "The model has no class for it, and none near it: cwegate does not report it.");
    }
    if !classes.is_empty() {
        section(out, "The model reports it as", paint);
        list(out, &classes);
    }
    if !below.is_empty() {
        section(out, "The model has these classes below it", paint);
        list(out, &below);
    }
}

fn list(out: &mut String, classes: &[CweId]) {
    for &class in classes {
        out.push_str(&format!("  {class}  {} (`cwegate explain {class}`)\n", cwe::title(class)));
    }
}

fn name(id: CweId) -> &'static str {
    cwe::catalogue().get(id).map_or("", |weakness| &weakness.name)
}

fn section(out: &mut String, heading: &str, paint: Paint) {
    out.push_str(&format!("\n{}\n", paint.strong(heading)));
}

fn paragraph(out: &mut String, text: &str) {
    out.push('\n');
    out.push_str(&wrapped(text));
}

fn code(out: &mut String, text: &str) {
    for line in text.lines() {
        let line = format!("    {line}");
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Columns of running text, its indent of two included.
const WIDTH: usize = 96;

fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut line = String::from(" ");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH && line.len() > 1 {
            out.push_str(&line);
            out.push('\n');
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
    out
}

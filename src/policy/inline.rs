//! Comments that allow a finding: `# cwegate: allow[CWE-89] reason`.

use super::parse::Named;
use crate::{cwe, cwe::CweId, python::Comment};

/// What a comment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// It allows these; empty stands for everything.
    Allow(Vec<Named>, Option<String>),
    /// It means to and does not: one sentence.
    Wrong(String),
}

const FORM: &str = "write it as `# cwegate: allow[CWE-89] reason`";

/// Reads a comment; `None` if it does not speak to this tool.
pub(super) fn read(comment: &Comment) -> Option<Said> {
    // Several tools share one line: `# noqa: S608  # cwegate: allow[CWE-89] reason`.
    let parts = comment.text.split('#').map(str::trim_start);
    let Some(text) = parts.into_iter().find(|part| part.starts_with("cwegate:")) else {
        // Behind another tool's words, in capitals, with a space before the colon: whoever wrote it believes that it counts.
        let text = comment.text.to_ascii_lowercase().replace(' ', "");
        return text.contains("cwegate:allow[").then(|| Said::Wrong(FORM.to_owned()));
    };
    let at = comment.text.find(text)?;
    let said = comment.text[at..].trim_start_matches("cwegate:").trim_start();
    let Some(rest) = said.strip_prefix("allow") else {
        return Some(Said::Wrong(FORM.to_owned()));
    };
    let (names, reason) = match rest.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((names, reason)) => (names, reason),
            None => return Some(Said::Wrong("the bracket after `allow` is not closed".to_owned())),
        },
        None if rest.is_empty() || rest.starts_with(char::is_whitespace) => ("*", rest),
        None => return Some(Said::Wrong(FORM.to_owned())),
    };
    let mut allowed = Vec::new();
    for name in names.split(',').map(str::trim) {
        match named(name) {
            Some(Named::Everything) if names.trim() == "*" => {}
            Some(named) if named != Named::Everything => allowed.push(named),
            _ => return Some(Said::Wrong(format!("`{name}` is not a CWE that can be allowed, such as `CWE-89`"))),
        }
    }
    // What stands behind another `#` is another tool's.
    let reason = reason.split(" # ").next().unwrap_or_default().trim_start_matches([':', '-', ' ']).trim();
    Some(Said::Allow(allowed, Some(reason.to_owned()).filter(|reason| !reason.is_empty())))
}

fn named(name: &str) -> Option<Named> {
    if name == "*" {
        return Some(Named::Everything);
    }
    if let Some((group, _)) = cwe::groups().get_key_value(name) {
        return Some(Named::Group(group));
    }
    let id: CweId = name.parse().ok()?;
    cwe::catalogue().get(id).map(|_| Named::Cwe(id))
}

/// Whether the comment belongs to the statement on these lines: on its first or last one, or alone on the one before.
pub(super) fn belongs(comment: &Comment, (first, last): (u32, u32)) -> bool {
    if comment.alone { comment.line + 1 == first } else { comment.line == first || comment.line == last }
}

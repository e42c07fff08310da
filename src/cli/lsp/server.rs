//! Work from the desk → answers.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use gen_lsp_types::{
    Diagnostic, Hover, MessageType, Position, PublishDiagnosticsNotification, PublishDiagnosticsParams,
    ShowMessageNotification, ShowMessageParams, Uri,
};

use super::{
    answer::{self, Client},
    check::{Check, Checker, NoVerdict},
    desk::{Desk, Question, Work},
    outbox::Outbox,
};
use crate::{policy::Level, terminal::escape};

/// What answers.
pub(super) struct Server {
    checker: Checker,
    outbox: Outbox,
    client: Client,
    /// The repository that each document is in, by its URI.
    roots: HashMap<String, PathBuf>,
    /// The last check of each repository.
    checks: HashMap<PathBuf, Check>,
    /// What the client shows of which version, by URI.
    shown: HashMap<String, (Option<i32>, Vec<Diagnostic>)>,
    /// What was told once and need not be told again.
    told: BTreeSet<String>,
}

impl Server {
    pub(super) fn new(checker: Checker, outbox: Outbox, client: Client) -> Self {
        Self {
            checker,
            outbox,
            client,
            roots: HashMap::new(),
            checks: HashMap::new(),
            shown: HashMap::new(),
            told: BTreeSet::new(),
        }
    }

    pub(super) fn work(&mut self, work: Work, desk: &Desk) {
        match work {
            Work::Check(uri) => {
                let result = self.check(&uri, desk);
                if desk.done().is_none() {
                    self.shown.remove(&uri);
                    self.tell(&uri, result, desk);
                }
            }
            Work::Forget(uri) => {
                desk.done();
                self.roots.remove(&uri);
                if self.shown.remove(&uri).is_some_and(|(_, shown)| !shown.is_empty()) {
                    self.publish(&uri, None, Vec::new());
                    self.shown.remove(&uri);
                }
            }
            Work::Answer(id, uri, question) => {
                let answer = self.answer(&uri, question, desk);
                match (desk.done(), answer) {
                    (Some(stale), _) => self.outbox.stale(id, stale),
                    (None, Ok(answer)) => self.outbox.respond(id, answer),
                    // The editor shows why at the document.
                    (None, Err(_)) => self.outbox.respond(id, serde_json::Value::Null),
                }
            }
        }
    }

    /// Checks a document's repository.
    fn check(&mut self, uri: &str, desk: &Desk) -> Result<PathBuf, NoVerdict> {
        let since = Instant::now();
        let open = desk.documents();
        if !open.contains_key(uri) {
            return Err(NoVerdict::Stopped);
        }
        let check = self.checker.check(uri, &open, &self.roots);
        if !matches!(check, Err(NoVerdict::Stopped)) {
            let version = open.get(uri).map_or(0, |document| document.version);
            desk.checked(uri, version, since);
        }
        let check = check?;
        for (uri, checked) in &check.documents {
            desk.checked(uri, checked.version, since);
        }
        let root = check.root.clone();
        self.roots.insert(uri.to_owned(), root.clone());
        self.checks.insert(root.clone(), check);
        Ok(root)
    }

    /// Shows what came of a check.
    fn tell(&mut self, uri: &str, result: Result<PathBuf, NoVerdict>, desk: &Desk) {
        match result {
            Ok(root) => {
                let Some(check) = self.checks.get(&root) else { return };
                let found: Vec<(String, i32, Vec<Diagnostic>)> = check
                    .documents
                    .iter()
                    .map(|(uri, checked)| (uri.clone(), checked.version, checked.diagnostics(check)))
                    .collect();
                let errors = check.verdict.notices.iter().filter(|notice| notice.level == Level::Error);
                let errors: Vec<String> = errors
                    .map(|notice| {
                        let place = notice.place.as_ref().map(|(path, line)| format!("{path}:{line}: "));
                        escape(&format!("cwegate: {}{}", place.unwrap_or_default(), notice.text))
                    })
                    .collect();
                for (other, version, diagnostics) in found {
                    self.publish(&other, Some(version), diagnostics);
                }
                for message in errors {
                    if self.told.insert(message.clone()) {
                        self.outbox
                            .notify::<ShowMessageNotification>(ShowMessageParams { kind: MessageType::Error, message });
                    }
                }
            }
            Err(NoVerdict::Stopped) => {}
            Err(NoVerdict::NoRepository(why)) => {
                self.roots.remove(uri);
                let message = format!("{}: {}", escape(uri), escape(&why));
                if self.told.insert(message.clone()) {
                    self.outbox.log(MessageType::Info, &message);
                }
                self.publish(uri, None, Vec::new());
            }
            Err(NoVerdict::Failed(failure)) => {
                let version = desk.documents().get(uri).map(|document| document.version);
                self.publish(uri, version, vec![answer::failure(&failure.printable())]);
            }
        }
    }

    /// Has the client show this, unless it does.
    fn publish(&mut self, uri: &str, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
        let shown = (version, diagnostics.clone());
        if self.shown.insert(uri.to_owned(), shown.clone()) == Some(shown) {
            return;
        }
        let params = PublishDiagnosticsParams { uri: Uri(uri.to_owned()), version, diagnostics };
        self.outbox.notify::<PublishDiagnosticsNotification>(params);
    }

    fn answer(&mut self, uri: &str, question: Question, desk: &Desk) -> Result<serde_json::Value, NoVerdict> {
        let version = desk.documents().get(uri).map(|document| document.version);
        let known = self.roots.get(uri).filter(|root| {
            let checked = self.checks.get(*root).and_then(|check| check.documents.get(uri));
            checked.is_some_and(|checked| Some(checked.version) == version)
        });
        let root = match known {
            Some(root) => root.clone(),
            None => {
                let result = self.check(uri, desk);
                let root = result.as_ref().ok().cloned();
                self.tell(uri, result, desk);
                root.ok_or(NoVerdict::Stopped)?
            }
        };
        let Some(check) = self.checks.get_mut(&root) else { return Ok(serde_json::Value::Null) };
        let answer = match question {
            Question::Hover(position) => serde_json::to_value(hover(check, uri, position, self.client)?),
            Question::Actions(range) => {
                let checked = check.documents.get(uri);
                serde_json::to_value(checked.map(|checked| checked.actions(check, uri, range, self.client)))
            }
        };
        Ok(answer.unwrap_or_default())
    }
}

/// What there is to say at a position; what a finding hangs on is looked for now, since nobody wants it at every keystroke.
fn hover(check: &mut Check, uri: &str, position: Position, client: Client) -> Result<Option<Hover>, NoVerdict> {
    let Some(at) = check.documents.get(uri).and_then(|checked| checked.at(check, position)) else { return Ok(None) };
    let finding = &mut check.verdict.findings[at].finding;
    check.files.gather_evidence(std::iter::once(finding), check.model.bundle, check.model.scorer)?;
    let text = check.documents.get(uri).map(|checked| Arc::clone(&checked.text)).unwrap_or_default();
    Ok(Some(answer::hover(check, &check.verdict.findings[at], &text, client)))
}

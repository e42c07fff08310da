//! What the client sent and nobody has answered yet: the documents, the checks that are due, the questions.
//!
//! One thread reads messages into it, another takes work out of it. What a newer message makes pointless is taken off the desk,
//! or stopped where it is under way.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use gen_lsp_types::{Position, Range};
use lsp_server::RequestId;

/// How long a text has to rest before it is checked while somebody types.
const REST: Duration = Duration::from_millis(300);

/// A document that is open in the editor, by its URI.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) version: i32,
    pub(super) text: Arc<str>,
}

/// What is asked about a document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question {
    Hover(Position),
    Actions(Range),
}

/// One piece of work.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// A document has to be checked.
    Check(String),
    /// A document was closed.
    Forget(String),
    /// A question about a document has to be answered.
    Answer(RequestId, String, Question),
}

impl Work {
    fn uri(&self) -> &str {
        let (Self::Check(uri) | Self::Forget(uri) | Self::Answer(_, uri, _)) = self;
        uri
    }
}

/// Why the answer to a question is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stale {
    /// The client took it back.
    Cancelled,
    /// The document has another text now.
    Modified,
}

/// A check that is due.
#[derive(Debug, Clone, Copy)]
struct Due {
    at: Instant,
    /// When it was asked for: a check that began before that does not do.
    asked: Instant,
}

impl Due {
    fn after(rest: Duration) -> Self {
        let asked = Instant::now();
        Self { at: asked + rest, asked }
    }
}

#[derive(Default)]
struct Papers {
    documents: BTreeMap<String, Document>,
    /// When to check which document.
    due: BTreeMap<String, Due>,
    closed: Vec<String>,
    questions: VecDeque<(RequestId, String, Question)>,
    /// What is under way, and since when it is stale.
    running: Option<(Work, Option<Stale>)>,
    /// Whether the client is gone.
    over: bool,
}

/// The desk between the two threads.
#[derive(Default)]
pub(super) struct Desk {
    papers: Mutex<Papers>,
    arrived: Condvar,
    /// Set while what is under way is stale.
    pub(super) stop: Arc<AtomicBool>,
}

impl Desk {
    fn papers(&self) -> MutexGuard<'_, Papers> {
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A document was opened, to be checked at once, or altered, to be checked when it rests; the questions about its old text that nobody will answer.
    pub(super) fn put(&self, uri: String, document: Document, at_once: bool) -> Vec<RequestId> {
        let mut papers = self.papers();
        papers.documents.insert(uri.clone(), document);
        papers.due.insert(uri.clone(), Due::after(if at_once { Duration::ZERO } else { REST }));
        self.outdate(papers, &uri)
    }

    /// A document was saved.
    pub(super) fn saved(&self, uri: String) {
        let mut papers = self.papers();
        if papers.documents.contains_key(&uri) {
            papers.due.insert(uri, Due::after(Duration::ZERO));
        }
        self.arrived.notify_one();
    }

    /// What all documents are judged by has changed.
    pub(super) fn reconsider(&self) {
        let mut papers = self.papers();
        // Several files of one checkout come one after the other.
        papers.due = papers.documents.keys().map(|uri| (uri.clone(), Due::after(REST))).collect();
        self.arrived.notify_one();
    }

    /// A document was closed; the questions about it that nobody will answer.
    pub(super) fn close(&self, uri: String) -> Vec<RequestId> {
        let mut papers = self.papers();
        papers.documents.remove(&uri);
        papers.due.remove(&uri);
        papers.closed.push(uri.clone());
        self.outdate(papers, &uri)
    }

    fn outdate(&self, mut papers: MutexGuard<'_, Papers>, uri: &str) -> Vec<RequestId> {
        let (stale, kept) = std::mem::take(&mut papers.questions).into_iter().partition(|(_, about, _)| about == uri);
        papers.questions = kept;
        if let Some((work, why @ None)) = &mut papers.running
            && work.uri() == uri
        {
            *why = Some(Stale::Modified);
            self.stop.store(true, Ordering::Relaxed);
        }
        self.arrived.notify_one();
        let stale: VecDeque<(RequestId, String, Question)> = stale;
        stale.into_iter().map(|(id, ..)| id).collect()
    }

    /// A question about a document; `false` where it is not open.
    pub(super) fn ask(&self, id: RequestId, uri: String, question: Question) -> bool {
        let mut papers = self.papers();
        let is_open = papers.documents.contains_key(&uri);
        if is_open {
            papers.questions.push_back((id, uri, question));
            self.arrived.notify_one();
        }
        is_open
    }

    /// The client takes a question back; `true` where it was still on the desk. One that is under way is stopped.
    pub(super) fn cancel(&self, wanted: &RequestId) -> bool {
        let mut papers = self.papers();
        let count = papers.questions.len();
        papers.questions.retain(|(id, ..)| id != wanted);
        if let Some((Work::Answer(id, ..), why @ None)) = &mut papers.running
            && id == wanted
        {
            *why = Some(Stale::Cancelled);
            self.stop.store(true, Ordering::Relaxed);
        }
        papers.questions.len() < count
    }

    /// The client is gone.
    pub(super) fn end(&self) {
        self.papers().over = true;
        self.stop.store(true, Ordering::Relaxed);
        self.arrived.notify_one();
    }

    /// Waits for the next piece of work: closed documents, then questions, then checks as they fall due. `None` at the end.
    pub(super) fn next(&self) -> Option<Work> {
        let mut papers = self.papers();
        loop {
            if papers.over {
                return None;
            }
            let now = Instant::now();
            let earliest = papers.due.iter().min_by_key(|(_, due)| due.at).map(|(uri, due)| (uri.clone(), due.at));
            let work = if let Some(uri) = papers.closed.pop() {
                Some(Work::Forget(uri))
            } else if let Some((id, uri, question)) = papers.questions.pop_front() {
                Some(Work::Answer(id, uri, question))
            } else {
                earliest.as_ref().filter(|(_, at)| *at <= now).map(|(uri, _)| Work::Check(uri.clone()))
            };
            if let Some(work) = work {
                papers.running = Some((work.clone(), None));
                self.stop.store(false, Ordering::Relaxed);
                return Some(work);
            }
            let wait = earliest.map_or(Duration::from_secs(3600), |(_, at)| at.saturating_duration_since(now));
            papers = self.arrived.wait_timeout(papers, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The work that was taken is done: whether it is stale by now.
    pub(super) fn done(&self) -> Option<Stale> {
        self.papers().running.take().and_then(|(_, why)| why)
    }

    /// The documents as they are now.
    pub(super) fn documents(&self) -> BTreeMap<String, Document> {
        self.papers().documents.clone()
    }

    /// A document was looked at in a version, from a time on; if it is still that and nobody has asked since, nothing is due.
    pub(super) fn checked(&self, uri: &str, version: i32, since: Instant) {
        let mut papers = self.papers();
        let is_current = papers.documents.get(uri).is_some_and(|document| document.version == version);
        if is_current && papers.due.get(uri).is_some_and(|due| due.asked <= since) {
            papers.due.remove(uri);
        }
    }
}

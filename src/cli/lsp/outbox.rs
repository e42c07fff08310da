//! Messages to the client.

use std::sync::Arc;

use gen_lsp_types::{LogMessageNotification, LogMessageParams, MessageType};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;

use super::desk::Stale;

/// What goes to the client. One that is gone hears nothing, and the thread that reads notices it.
#[derive(Clone)]
pub(super) struct Outbox(pub(super) Arc<Connection>);

impl Outbox {
    fn send(&self, message: impl Into<Message>) {
        drop(self.0.sender.send(message.into()));
    }

    pub(super) fn respond(&self, id: RequestId, result: impl Serialize) {
        self.send(Response::new_ok(id, result));
    }

    pub(super) fn refuse(&self, id: RequestId, code: ErrorCode, why: &str) {
        self.send(Response::new_err(id, code as i32, why.to_owned()));
    }

    pub(super) fn stale(&self, id: RequestId, why: Stale) {
        match why {
            Stale::Cancelled => self.refuse(id, ErrorCode::RequestCanceled, "the request was cancelled"),
            Stale::Modified => self.refuse(id, ErrorCode::ContentModified, "the document was modified"),
        }
    }

    pub(super) fn outdated(&self, questions: Vec<RequestId>) {
        questions.into_iter().for_each(|id| self.stale(id, Stale::Modified));
    }

    /// Asks the client for something, on behalf of one of its own requests or of something else that has an id.
    pub(super) fn request<R: gen_lsp_types::Request>(&self, on_behalf_of: &RequestId, params: R::Params) {
        let id = format!("cwegate for {on_behalf_of}");
        self.send(Request::new(id.into(), R::METHOD.to_string(), params));
    }

    pub(super) fn notify<N: gen_lsp_types::Notification>(&self, params: N::Params) {
        self.send(Notification::new(N::METHOD.to_string(), params));
    }

    pub(super) fn log(&self, kind: MessageType, message: &str) {
        self.notify::<LogMessageNotification>(LogMessageParams { kind, message: message.to_owned() });
    }
}

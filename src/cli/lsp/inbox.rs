//! Messages of the client → work on the desk.

use gen_lsp_types::{
    CancelParams, CodeActionParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, ExecuteCommandParams, HoverParams, Id, LspNotificationMethod, LspRequestMethod,
    MessageType, ShowDocumentParams, ShowDocumentRequest, TextDocumentContentChangeEvent, Uri,
    VersionedTextDocumentIdentifier,
};
use lsp_server::{ErrorCode, Message, Notification, ProtocolError, Request, RequestId};
use serde::de::DeserializeOwned;

use super::{
    answer::{Client, OPEN_PAGE},
    desk::{Desk, Document, Question, Stale},
    outbox::Outbox,
    place,
};
use crate::{cwe, cwe::CweId, path::RepoPath, terminal::escape};

/// Reads messages until the client says goodbye (`true`) or is gone.
pub(super) fn read(outbox: &Outbox, desk: &Desk, client: Client) -> Result<bool, ProtocolError> {
    let connection = &outbox.0;
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(true);
                }
                asked(request, desk, client, outbox);
            }
            Message::Notification(notification) if notification.method == "exit" => return Ok(false),
            Message::Notification(notification) => told(notification, desk, outbox),
            // To a page that was shown, or not, and to files that are watched, or not.
            Message::Response(_) => {}
        }
    }
    Ok(false)
}

fn asked(request: Request, desk: &Desk, client: Client, outbox: &Outbox) {
    let id = request.id.clone();
    let question = match LspRequestMethod::from(request.method.as_str()) {
        LspRequestMethod::TextDocumentHover => params(request.params).map(|params: HoverParams| {
            let place = params.text_document_position_params;
            (place.text_document.uri.0, Question::Hover(place.position))
        }),
        LspRequestMethod::TextDocumentCodeAction => params(request.params)
            .map(|params: CodeActionParams| (params.text_document.uri.0, Question::Actions(params.range))),
        LspRequestMethod::WorkspaceExecuteCommand => {
            return match params(request.params).and_then(|params| page(params, client)) {
                Ok(page) => {
                    outbox.respond(id.clone(), serde_json::Value::Null);
                    outbox.request::<ShowDocumentRequest>(&id, page);
                }
                Err(why) => outbox.refuse(id, ErrorCode::InvalidParams, &why),
            };
        }
        _ => {
            let why = format!("`{}` is not served here", escape(&request.method));
            return outbox.refuse(id, ErrorCode::MethodNotFound, &why);
        }
    };
    match question {
        // What is not open has no answer, and that is one.
        Ok((uri, question)) => {
            if !desk.ask(id.clone(), uri, question) {
                outbox.respond(id, serde_json::Value::Null);
            }
        }
        Err(why) => outbox.refuse(id, ErrorCode::InvalidParams, &why),
    }
}

/// The page of the weakness that a command names.
fn page(command: ExecuteCommandParams, client: Client) -> Result<ShowDocumentParams, String> {
    let named = command.arguments.unwrap_or_default();
    let id = named.first().and_then(|id| id.as_str()).and_then(|id| id.parse::<CweId>().ok());
    match id.filter(|_| command.command == OPEN_PAGE && client.shows_pages) {
        Some(id) => Ok(ShowDocumentParams {
            uri: Uri(cwe::url(id)),
            external: Some(true),
            take_focus: Some(true),
            selection: None,
        }),
        None => Err(format!("there is only the command {OPEN_PAGE} with a CWE, for clients that show documents")),
    }
}

fn told(notification: Notification, desk: &Desk, outbox: &Outbox) {
    let Notification { method, params: given } = notification;
    let result = match LspNotificationMethod::from(method.as_str()) {
        LspNotificationMethod::TextDocumentDidOpen => {
            params(given).map(|DidOpenTextDocumentParams { text_document: it }| {
                if may_be_python(&it.uri.0) {
                    let document = Document { version: it.version, text: it.text.into() };
                    outbox.outdated(desk.put(it.uri.0, document, true));
                }
            })
        }
        LspNotificationMethod::TextDocumentDidChange => {
            params(given).and_then(|params: DidChangeTextDocumentParams| changed(params, desk, outbox))
        }
        LspNotificationMethod::TextDocumentDidSave => {
            params(given).map(|params: DidSaveTextDocumentParams| desk.saved(params.text_document.uri.0))
        }
        LspNotificationMethod::WorkspaceDidChangeWatchedFiles => {
            desk.reconsider();
            Ok(())
        }
        LspNotificationMethod::TextDocumentDidClose => params(given)
            .map(|params: DidCloseTextDocumentParams| outbox.outdated(desk.close(params.text_document.uri.0))),
        LspNotificationMethod::CancelRequest => params(given).map(|params: CancelParams| {
            let id = match params.id {
                Id::Int(id) => RequestId::from(id),
                Id::String(id) => RequestId::from(id),
            };
            if desk.cancel(&id) {
                outbox.stale(id, Stale::Cancelled);
            }
        }),
        _ => Ok(()),
    };
    if let Err(why) = result {
        outbox.log(MessageType::Warning, &format!("`{}` was ignored: {why}", escape(&method)));
    }
}

fn changed(params: DidChangeTextDocumentParams, desk: &Desk, outbox: &Outbox) -> Result<(), String> {
    let text = params.content_changes.into_iter().next_back();
    match text {
        Some(TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole)) => {
            let VersionedTextDocumentIdentifier { text_document_identifier: it, version } = params.text_document;
            let uri = it.uri.0;
            if may_be_python(&uri) {
                outbox.outdated(desk.put(uri, Document { version, text: whole.text.into() }, false));
            }
            Ok(())
        }
        Some(_) => Err("texts have to come whole, as the server said".to_owned()),
        None => Ok(()),
    }
}

/// Whether a document may be for us, by its name.
fn may_be_python(uri: &str) -> bool {
    let file = place::file_of(uri);
    file.and_then(|file| Some(RepoPath::new(file.file_name()?.as_encoded_bytes()).may_be_python())).unwrap_or(false)
}

fn params<P: DeserializeOwned>(given: serde_json::Value) -> Result<P, String> {
    serde_json::from_value(given).map_err(|error| escape(&error.to_string()))
}

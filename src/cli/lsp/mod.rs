//! `cwegate lsp`: the gate in an editor, by the Language Server Protocol over standard input and output.
//!
//! One thread reads messages onto the desk, this one takes work from it: so a new text, or a question that is taken back, reaches
//! what is under way. Texts come whole, and positions are in UTF-16, which every client speaks.

mod answer;
mod check;
mod desk;
mod inbox;
mod outbox;
mod place;
mod server;

use std::sync::Arc;

use clap::Args;
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, DidChangeWatchedFilesRegistrationOptions, ExecuteCommandOptions,
    FileSystemWatcher, InitializeParams, InitializeResult, LspNotificationMethod, MarkupKind, Registration,
    RegistrationParams, RegistrationRequest, ServerCapabilities, ServerInfo, TextDocumentSyncKind,
    TextDocumentSyncOptions,
};
use lsp_server::{Connection, ProtocolError, RequestId};

use self::{
    answer::{Client, OPEN_PAGE},
    check::Checker,
    desk::Desk,
    outbox::Outbox,
    server::Server,
};
use super::{Exit, Failure, gate::How};

/// Serve an editor by the Language Server Protocol: findings as one types, why, and what to do about them
#[derive(Debug, Args)]
pub struct Lsp {
    #[command(flatten)]
    how: How,
    /// What many clients add; there is no other way to talk
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Lsp {
    /// Serves until the client is gone.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let (connection, threads) = Connection::stdio();
        let client = initialize(&connection).map_err(broken)?;
        let outbox = Outbox(Arc::new(connection));
        if client.watches_files {
            outbox.request::<RegistrationRequest>(&RequestId::from("watching".to_owned()), watched());
        }
        let desk = Arc::new(Desk::default());
        let reader = {
            let (outbox, desk) = (outbox.clone(), Arc::clone(&desk));
            std::thread::spawn(move || {
                let result = inbox::read(&outbox, &desk, client);
                desk.end();
                result
            })
        };
        let mut server = Server::new(Checker::new(self.how, Arc::clone(&desk.stop)), outbox, client);
        while let Some(work) = desk.next() {
            server.work(work, &desk);
        }
        drop(server);
        let result = reader.join().map_err(|_| Failure::unscannable("the thread that reads messages stopped"))?;
        let said_goodbye = result.map_err(broken)?;
        // Of a client that is gone, the pipes are closed; there is nobody left to tell.
        drop(threads.join());
        // The protocol wants 1 from a server that nobody said goodbye to.
        Ok(if said_goodbye { Exit::Passed } else { Exit::Blocked })
    }
}

fn broken(error: ProtocolError) -> Failure {
    Failure::usage(format!("the client broke the protocol: {error}; editors start `cwegate lsp` by themselves"))
}

/// The files beside Python that a verdict hangs on: a policy, what it builds on, the baseline, the kinds of files.
const WATCHED: [&str; 3] = ["**/*.toml", "**/cwegate-baseline.json", "**/.gitattributes"];

/// What the client is asked to watch. There is no way to say so in the greeting.
fn watched() -> RegistrationParams {
    let watcher = |pattern: &str| FileSystemWatcher { glob_pattern: pattern.to_owned().into(), kind: None };
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: WATCHED.map(watcher).to_vec() };
    let registration = Registration {
        id: "cwegate".to_owned(),
        method: LspNotificationMethod::WorkspaceDidChangeWatchedFiles.to_string(),
        register_options: serde_json::to_value(options).ok(),
    };
    RegistrationParams { registrations: vec![registration] }
}

/// Greets the client and tells what is served.
fn initialize(connection: &Connection) -> Result<Client, ProtocolError> {
    let (id, params) = connection.initialize_start()?;
    // What a client says of itself wrongly, it is not trusted to be able to do.
    let capabilities =
        serde_json::from_value(params).map(|params: InitializeParams| params.capabilities).unwrap_or_default();
    let hover = capabilities.text_document.and_then(|document| document.hover);
    let formats = hover.and_then(|hover| hover.content_format).unwrap_or_default();
    let watching = capabilities.workspace.and_then(|workspace| workspace.did_change_watched_files);
    let client = Client {
        markdown: formats.contains(&MarkupKind::Markdown),
        shows_pages: capabilities.window.and_then(|window| window.show_document).is_some_and(|show| show.support),
        watches_files: watching.and_then(|watching| watching.dynamic_registration) == Some(true),
    };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Full),
        save: Some(true.into()),
        ..TextDocumentSyncOptions::default()
    };
    let actions =
        CodeActionOptions { code_action_kinds: Some(vec![CodeActionKind::QuickFix]), ..CodeActionOptions::default() };
    let commands = ExecuteCommandOptions { commands: vec![OPEN_PAGE.to_owned()], ..ExecuteCommandOptions::default() };
    let result = InitializeResult {
        capabilities: ServerCapabilities {
            text_document_sync: Some(sync.into()),
            hover_provider: Some(true.into()),
            code_action_provider: Some(actions.into()),
            execute_command_provider: Some(commands),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: "cwegate".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    connection.initialize_finish(id, serde_json::to_value(result).unwrap_or_default())?;
    Ok(client)
}

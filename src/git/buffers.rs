//! The work tree as it would be if an editor saved what it holds.

use super::{
    ChangeKind, Changes, FileChange, GitError, Limit, Reader, Request, Unreadable, Version, entry::renames,
    has_python_shebang, unreadable,
};
use crate::{path::RepoPath, python};

/// A file as an editor holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buffer {
    /// Its path.
    pub path: RepoPath,
    /// Its text, with the line ends that the editor has.
    pub text: String,
}

/// What the work tree changes, with the buffers in place of their files on disk. A buffer counts whether its file is tracked or
/// not, unless git ignores it.
pub fn with_buffers(reader: &dyn Reader, buffers: &[Buffer], limit: Limit<'_>) -> Result<Changes, GitError> {
    let mut changes = reader.changes(&Request::Worktree, limit)?;
    let heads = reader.heads()?;
    for buffer in buffers {
        put(reader, &heads, buffer, limit(&buffer.path), &mut changes)?;
    }
    changes.files.sort_by(|a, b| a.path.cmp(&b.path));
    renames(&mut changes);
    Ok(changes)
}

fn put(
    reader: &dyn Reader,
    heads: &[String],
    buffer: &Buffer,
    max_size: u64,
    changes: &mut Changes,
) -> Result<(), GitError> {
    let path = &buffer.path;
    if !path.may_be_python() {
        return Ok(());
    }
    // What is in conflict, or cannot be read on disk, is no better for being open.
    if changes.unreadable.iter().any(|file| file.path == *path) {
        return Ok(());
    }
    let known = changes.files.iter().position(|file| file.path == *path).map(|at| changes.files.remove(at));
    changes.deleted.retain(|(deleted, _)| deleted != path);
    let mut befores = Vec::new();
    for head in heads {
        match reader.file(&Version::Commit(head.clone()), path) {
            Ok(before) => befores.push(before),
            Err(GitError::Unreadable(why)) => {
                changes.unreadable.push(Unreadable { path: path.clone(), why });
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    if befores.iter().all(Option::is_none) && known.is_none() && reader.is_ignored(path) {
        return Ok(());
    }
    let after = stored(&buffer.text, befores.iter().flatten().next());
    if befores.iter().flatten().any(|before| *before == after) || !(path.is_python() || has_python_shebang(&after)) {
        return Ok(());
    }
    if let Some(why) = unreadable(&after, max_size) {
        changes.unreadable.push(Unreadable { path: path.clone(), why });
        return Ok(());
    }
    let is_readable = |bytes: &Vec<u8>| unreadable(bytes, max_size).is_none();
    let mut befores = befores.into_iter().map(|before| before.filter(is_readable));
    let change = match (befores.next().flatten(), known) {
        // It has another name in HEAD.
        (None, Some(known)) if known.kind == ChangeKind::Renamed => FileChange { after, ..known },
        (before, _) => {
            let kind = if before.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
            FileChange { path: path.clone(), kind, before, others: befores.flatten().collect(), after }
        }
    };
    changes.files.push(change);
    Ok(())
}

/// The bytes that saving would store. An editor's text has no byte order mark, and the line ends of the work tree.
fn stored(text: &str, before: Option<&Vec<u8>>) -> Vec<u8> {
    let before = before.map(Vec::as_slice).unwrap_or_default();
    let text = match before.windows(2).any(|pair| pair == b"\r\n") {
        true => text.to_owned(),
        false => text.replace("\r\n", "\n"),
    };
    match before.starts_with(python::BOM) && !text.as_bytes().starts_with(python::BOM) {
        true => [python::BOM, text.as_bytes()].concat(),
        false => python::encode(&text),
    }
}

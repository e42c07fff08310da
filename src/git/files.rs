//! Whole files, as they are on disk.

use std::path::{Path, PathBuf};

use super::{ChangeKind, Changes, FileChange, Limit, Unreadable, too_large, unreadable};
use crate::path::RepoPath;

/// Reads files as a whole. `root` is the folder that paths are told relative to, if they are below it.
pub fn read_files(files: &[PathBuf], root: Option<&Path>, limit: Limit<'_>) -> Changes {
    let mut changes = Changes { source: "whole files".to_owned(), ..Changes::default() };
    for file in files {
        let path = shown(file, root);
        match read(file, limit(&path)) {
            Ok(after) => {
                let others = Vec::new();
                changes.files.push(FileChange { path, kind: ChangeKind::Whole, before: None, others, after });
            }
            Err(why) => changes.unreadable.push(Unreadable { path, why }),
        }
    }
    changes
}

fn read(file: &Path, max_size: u64) -> Result<Vec<u8>, String> {
    let read = |error: std::io::Error| format!("the file cannot be read: {error}");
    let size = file.metadata().map_err(read)?.len();
    if size > max_size {
        return Err(too_large(size, max_size));
    }
    let bytes = std::fs::read(file).map_err(read)?;
    match unreadable(&bytes, max_size) {
        Some(why) => Err(why),
        None => Ok(bytes),
    }
}

/// The path relative to the root where it is below it; else as it was given, without `./`.
fn shown(file: &Path, root: Option<&Path>) -> RepoPath {
    let below = root.and_then(|root| {
        let (file, root) = (file.canonicalize().ok()?, root.canonicalize().ok()?);
        file.strip_prefix(root).ok().map(Path::to_owned)
    });
    let path = below.unwrap_or_else(|| file.strip_prefix(".").unwrap_or(file).to_owned());
    RepoPath::new(path.as_os_str().as_encoded_bytes())
}

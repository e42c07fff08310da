//! ONNX Runtime, where its library is found.

use std::path::{Path, PathBuf};

use ort::{
    session::{Session, builder::GraphOptimizationLevel},
    value::TensorRef,
};

use super::runtime::Logits;

/// A started ONNX Runtime.
pub(super) struct OnnxRuntime {
    /// Name and place of the library.
    pub(super) name: String,
    session: Session,
}

impl OnnxRuntime {
    /// Starts the first library that loads, or says why none does.
    pub(super) fn start(network: &[u8], threads: usize) -> Result<Self, String> {
        let mut tried = Vec::new();
        for library in candidates() {
            match ort::init_from(&library) {
                Ok(builder) => {
                    return builder
                        .with_name("cwegate")
                        .with_telemetry(false)
                        .build()
                        .and_then(|environment| session(&environment, network, threads))
                        .map(|session| Self { name: format!("ONNX Runtime ({})", library.display()), session })
                        .map_err(|error| format!("`{}` does not start: {error}", library.display()));
                }
                Err(error) => tried.push(format!("`{}`: {error}", library.display())),
            }
        }
        Err(format!("no library of it loads ({})", tried.join("; ")))
    }

    pub(super) fn run(&mut self, ids: &[u32]) -> Result<Logits, String> {
        let ids: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        let input = TensorRef::from_array_view(([1, ids.len()], ids.as_slice())).map_err(|error| error.to_string())?;
        let outputs = self.session.run(ort::inputs![input]).map_err(|error| error.to_string())?;
        let (_, logits) = outputs[0].try_extract_tensor::<f32>().map_err(|error| error.to_string())?;
        Ok(logits.to_vec())
    }
}

fn session(environment: &ort::environment::Environment, network: &[u8], threads: usize) -> ort::Result<Session> {
    Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::Level3)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .commit_from_memory(network)
}

/// Where the library may be, in order: beside the binary, in the Python environment that the binary was installed in, at
/// `ORT_DYLIB_PATH`, where the system keeps libraries. Never in the repository: a relative `ORT_DYLIB_PATH` is not followed, and a bare
/// name is given to no loader that looks in the current folder.
fn candidates() -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some(folder) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
        found.extend(libraries_in(folder));
        // `bin/cwegate` beside `lib/python3.x/site-packages`, on Windows `Scripts` beside `Lib/site-packages`.
        if let Some(prefix) = folder.parent() {
            let mut sites: Vec<PathBuf> = std::fs::read_dir(prefix.join("lib"))
                .map(|entries| entries.flatten().map(|entry| entry.path().join("site-packages")).collect())
                .unwrap_or_default();
            sites.push(prefix.join("Lib").join("site-packages"));
            sites.sort();
            found.extend(sites.iter().flat_map(|site| libraries_in(&site.join("onnxruntime").join("capi"))));
        }
    }
    found.extend(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from).filter(|path| path.is_absolute()));
    found.extend(on_the_system());
    found
}

/// dyld looks for a bare name in the current folder as well (`man dlopen` of macOS), and so does Windows by default (`LoadLibrary`), whose own
/// `onnxruntime.dll` is an old one moreover; glibc does where `LD_LIBRARY_PATH` has an empty or a relative entry (`man ld.so`).
fn on_the_system() -> Vec<PathBuf> {
    if cfg!(windows) {
        return Vec::new();
    }
    if cfg!(target_os = "macos") {
        return ["/opt/homebrew/lib", "/usr/local/lib"]
            .iter()
            .flat_map(|folder| libraries_in(Path::new(folder)))
            .collect();
    }
    let folders = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = folders.to_string_lossy();
    let is_absolute = folders.is_empty() || folders.split([':', ';']).all(|folder| folder.starts_with('/'));
    if is_absolute { vec![PathBuf::from(NAME)] } else { Vec::new() }
}

const NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// ONNX Runtime's library files in a folder: `libonnxruntime.so`, `libonnxruntime.so.1.31.1`, …
fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    let stem = NAME.trim_end_matches(".dylib");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    found.retain(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with(stem) && !name.contains("providers")
    });
    found.sort();
    found
}

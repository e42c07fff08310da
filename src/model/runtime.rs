//! Windows → probabilities, by one of two runtimes with one answer.
//!
//! A window is always run alone. Dynamic quantization takes its scale from the whole input, so that in a batch a window's
//! scores would depend on its neighbours; alone they do not, whatever the number of threads. Threads share windows out instead.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rten::{ModelOptions, RunOptions, ThreadPool};
use rten_tensor::{NdTensor, prelude::*};

use super::{
    Bundle, ModelError,
    memory::{Memory, Rows},
    onnxruntime::OnnxRuntime,
};
use crate::{terminal::plural, window::Window};

/// From this many windows on, ONNX Runtime's faster run outweighs its slower start: `benches/runtimes.rs` had the break-even
/// between 4 and 8 windows on two busy cores (time of ONNX Runtime over rten 1.59 at 1 window, 1.07 at 4, 0.83 at 8, 0.52 at 32).
const MANY_WINDOWS: usize = 8;

/// Which runtime to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// ONNX Runtime where it is found and there is much to do, else rten.
    #[default]
    Auto,
    /// ONNX Runtime, or an error.
    Ort,
    /// The built-in one.
    Rten,
}

impl Choice {
    /// The built-in runtime where none is named. The gate settles what is near a threshold by it; probabilities and figures have no
    /// threshold that they are for, and must not depend on how many windows stand beside.
    pub fn alike_everywhere(self) -> Self {
        if self == Self::Auto { Self::Rten } else { self }
    }

    /// Reads `CWEGATE_RUNTIME`.
    pub fn from_env() -> Result<Self, ModelError> {
        match std::env::var("CWEGATE_RUNTIME").as_deref() {
            Err(_) | Ok("" | "auto") => Ok(Self::Auto),
            Ok("ort") => Ok(Self::Ort),
            Ok("rten") => Ok(Self::Rten),
            Ok(other) => Err(ModelError::NoSuchRuntime(other.to_owned())),
        }
    }
}

/// A network's answer to one window: `tokens × classes` logits, row by row.
pub(super) type Logits = Vec<f32>;

/// Scores windows with a bundle's network.
pub struct Scorer<'b> {
    bundle: &'b Bundle,
    choice: Choice,
    threads: usize,
    rten: OnceLock<Rten>,
    /// What was tried once, with what came of it.
    ort: OnceLock<Result<Mutex<OnnxRuntime>, String>>,
    notes: Mutex<Vec<String>>,
    memory: Option<Memory>,
}

impl<'b> Scorer<'b> {
    /// A scorer that starts a runtime when the first windows come. `threads` of `None`: as many as there are processors.
    pub fn new(bundle: &'b Bundle, choice: Choice, threads: Option<usize>) -> Self {
        let threads = threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
        Self {
            bundle,
            choice,
            threads: threads.max(1),
            rten: OnceLock::new(),
            ort: OnceLock::new(),
            notes: Mutex::new(Vec::new()),
            memory: None,
        }
    }

    /// A scorer that keeps its answers, so that of a text that was altered only what reads otherwise is run again. It uses the
    /// built-in runtime, whose answers do not depend on how many windows there are. While `stop` is set, it answers with
    /// [`ModelError::Stopped`] what it does not know.
    pub fn remembering(bundle: &'b Bundle, threads: Option<usize>, stop: Arc<AtomicBool>) -> Self {
        Self { memory: Some(Memory::new(stop)), ..Self::new(bundle, Choice::Rten, threads) }
    }

    /// For each window one row of class probabilities for each of its marks.
    pub fn score(&self, windows: &[Window]) -> Result<Vec<Vec<Vec<f32>>>, ModelError> {
        let ask = |windows: &[&Window]| Ok(self.probabilities(windows, self.logits(&ids(windows))?));
        self.remembered(windows, ask)
    }

    /// The same by the built-in runtime, whatever was chosen.
    pub fn score_built_in(&self, windows: &[Window]) -> Result<Vec<Vec<Vec<f32>>>, ModelError> {
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let ask = |windows: &[&Window]| Ok(self.probabilities(windows, self.run_rten(&ids(windows))?));
        self.remembered(windows, ask)
    }

    fn remembered(
        &self,
        windows: &[Window],
        ask: impl Fn(&[&Window]) -> Result<Vec<Rows>, ModelError>,
    ) -> Result<Vec<Rows>, ModelError> {
        match &self.memory {
            Some(memory) => memory.answers(windows, self.threads, ask),
            None => ask(&windows.iter().collect::<Vec<_>>()),
        }
    }

    /// Whether so many windows are scored by the built-in runtime.
    pub fn is_built_in(&self, windows: usize) -> bool {
        match self.choice {
            Choice::Ort => false,
            Choice::Rten => true,
            Choice::Auto => windows < MANY_WINDOWS || self.ort().is_err(),
        }
    }

    fn probabilities(&self, windows: &[&Window], logits: Vec<Logits>) -> Vec<Rows> {
        let classes = &self.bundle.manifest.classes;
        windows
            .iter()
            .zip(logits)
            .map(|(window, logits)| {
                let row = |at: usize| {
                    let row = &logits[at * classes.len()..(at + 1) * classes.len()];
                    classes.iter().zip(row).map(|(class, &logit)| class.probability(logit)).collect()
                };
                window.marks.iter().map(|mark| row(mark.at)).collect()
            })
            .collect()
    }

    /// What the reader of `-v` should know: which runtime ran, and why not the other.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().map(|notes| notes.clone()).unwrap_or_default()
    }

    /// The runtime that a small change would be scored with, for `model info`.
    pub fn describe(&self) -> String {
        match self.ort() {
            Ok(ort) if self.choice != Choice::Rten => {
                let name = ort.lock().map(|ort| ort.name.clone()).unwrap_or_default();
                match self.choice {
                    Choice::Ort => name,
                    _ => format!("rten (built in); {name} from {MANY_WINDOWS} windows on"),
                }
            }
            _ => "rten (built in)".to_owned(),
        }
    }

    fn logits(&self, windows: &[&[u32]]) -> Result<Vec<Logits>, ModelError> {
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let few = self.choice == Choice::Auto && windows.len() < MANY_WINDOWS;
        if self.choice != Choice::Rten && !few {
            match self.ort() {
                Ok(ort) => match self.run_ort(ort, windows) {
                    Ok(logits) => return Ok(logits),
                    Err(error) if self.choice == Choice::Ort => return Err(error),
                    Err(error) => self.note(format!("{error}; rten took over")),
                },
                Err(why) if self.choice == Choice::Ort => return Err(ModelError::NoOnnxRuntime(why.clone())),
                Err(why) => self.note(format!("ONNX Runtime was not used: {why}; rten took over")),
            }
        }
        self.run_rten(windows)
    }

    fn ort(&self) -> Result<&Mutex<OnnxRuntime>, &String> {
        self.ort.get_or_init(|| OnnxRuntime::start(&self.bundle.network, self.threads).map(Mutex::new)).as_ref()
    }

    fn run_ort(&self, ort: &Mutex<OnnxRuntime>, windows: &[&[u32]]) -> Result<Vec<Logits>, ModelError> {
        let mut ort = ort.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.note(format!("scored {} with {}", plural(windows.len(), "window", "windows"), ort.name));
        windows.iter().map(|ids| self.sized(ids, ort.run(ids), "ONNX Runtime")).collect()
    }

    fn run_rten(&self, windows: &[&[u32]]) -> Result<Vec<Logits>, ModelError> {
        let failed = |why: String| ModelError::Runtime { runtime: "rten", why };
        let rten = match self.rten.get() {
            Some(rten) => rten,
            None => {
                let started = Rten::start(self.bundle).map_err(failed)?;
                self.rten.get_or_init(|| started)
            }
        };
        let workers = self.threads.min(windows.len());
        let scored = plural(windows.len(), "window", "windows");
        self.note(format!("scored {scored} with rten, {workers} at a time"));
        let next = AtomicUsize::new(0);
        let work = || {
            let pool = Arc::new(ThreadPool::with_num_threads(if workers == 1 { self.threads } else { 1 }));
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(ids) = windows.get(at) else { return done };
                done.push((at, self.sized(ids, rten.run(ids, &pool), "rten")));
            }
        };
        let mut done: Vec<(usize, Result<Logits, ModelError>)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
        });
        if done.len() < windows.len() {
            return Err(failed("a worker stopped".to_owned()));
        }
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, logits)| logits).collect()
    }

    fn sized(&self, ids: &[u32], logits: Result<Logits, String>, runtime: &'static str) -> Result<Logits, ModelError> {
        let wanted = ids.len() * self.bundle.manifest.classes.len();
        match logits {
            Ok(logits) if !logits.iter().all(|logit| logit.is_finite()) => {
                Err(ModelError::Runtime { runtime, why: "it answered with a number that is none".to_owned() })
            }
            Ok(logits) if logits.len() == wanted => Ok(logits),
            Ok(logits) => {
                let why = format!("it answered with {} numbers instead of {wanted}", logits.len());
                Err(ModelError::Runtime { runtime, why })
            }
            Err(why) => Err(ModelError::Runtime { runtime, why }),
        }
    }

    fn note(&self, note: String) {
        if let Ok(mut notes) = self.notes.lock()
            && !notes.contains(&note)
        {
            notes.push(note);
        }
    }
}

fn ids<'w>(windows: &[&'w Window]) -> Vec<&'w [u32]> {
    windows.iter().map(|window| window.ids.as_slice()).collect()
}

/// The pure-Rust runtime.
struct Rten {
    model: rten::Model,
}

impl Rten {
    fn start(bundle: &Bundle) -> Result<Self, String> {
        let options = ModelOptions::with_all_ops();
        let model = match &bundle.network {
            std::borrow::Cow::Borrowed(bytes) => options.load_static_slice(bytes),
            std::borrow::Cow::Owned(bytes) => options.load(bytes.clone()),
        };
        model.map(|model| Self { model }).map_err(|error| error.to_string())
    }

    fn run(&self, ids: &[u32], pool: &Arc<ThreadPool>) -> Result<Logits, String> {
        let ids: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        let input = NdTensor::from_data([1, ids.len()], ids);
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(pool));
        let output = self.model.run_one(input.view().into(), Some(options)).map_err(|error| error.to_string())?;
        let output: NdTensor<f32, 3> = output.try_into().map_err(|_| "it did not answer with numbers".to_owned())?;
        Ok(output.into_data())
    }
}

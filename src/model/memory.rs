//! Answers that were given, for those who ask about almost the same again and again, as an editor does.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::ModelError;
use crate::window::Window;

/// Windows from which on those that were not asked for lately are forgotten; one takes some kilobytes.
const MOST: usize = 2_000;

/// For each mark of a window its class probabilities.
pub(super) type Rows = Vec<Vec<f32>>;

/// The answers to windows, by what they read.
pub(super) struct Memory {
    /// Those that were asked for lately, and those before them.
    known: Mutex<[HashMap<Vec<u32>, Rows>; 2]>,
    /// Whether nobody waits for an answer any more.
    stop: Arc<AtomicBool>,
}

impl Memory {
    pub(super) fn new(stop: Arc<AtomicBool>) -> Self {
        Self { known: Mutex::default(), stop }
    }

    /// The answers to windows. What is not known is asked for, so many at once; what was answered when it has to stop is kept.
    pub(super) fn answers(
        &self,
        windows: &[Window],
        at_once: usize,
        ask: impl Fn(&[&Window]) -> Result<Vec<Rows>, ModelError>,
    ) -> Result<Vec<Rows>, ModelError> {
        let mut answers: Vec<Option<Rows>> = windows.iter().map(|window| self.known(&window.ids)).collect();
        let unknown: Vec<usize> = (0..windows.len()).filter(|&at| answers[at].is_none()).collect();
        for unknown in unknown.chunks(at_once) {
            if self.stop.load(Ordering::Relaxed) {
                return Err(ModelError::Stopped);
            }
            let asked: Vec<&Window> = unknown.iter().map(|&at| &windows[at]).collect();
            for (&at, rows) in unknown.iter().zip(ask(&asked)?) {
                self.keep(&windows[at].ids, rows.clone());
                answers[at] = Some(rows);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    fn known(&self, ids: &[u32]) -> Option<Rows> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let [lately, before] = &mut *known;
        if let Some((ids, rows)) = before.remove_entry(ids) {
            lately.insert(ids, rows);
        }
        lately.get(ids).cloned()
    }

    fn keep(&self, ids: &[u32], rows: Rows) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let [lately, before] = &mut *known;
        if lately.len() >= MOST {
            *before = std::mem::take(lately);
        }
        lately.insert(ids.to_owned(), rows);
    }
}

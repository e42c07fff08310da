//! Two runtimes, one answer: on a golden corpus both give the same verdicts.
//!
//! ONNX Runtime is taken from `ORT_DYLIB_PATH`. Without it only rten can be checked; CI sets `CWEGATE_REQUIRE_ORT`, so
//! that there the comparison cannot be left out.

use std::path::Path;

use cwegate::{
    model::{Bundle, Choice, Scorer},
    python,
    window::{Window, windows},
};

/// At least so many windows are compared.
const WINDOWS: usize = 400;

/// Windows of the authored pairs, which are our own.
fn golden(bundle: &Bundle) -> Vec<Window> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/data/authored.jsonl");
    let records = std::fs::read_to_string(file).expect("the authored pairs");
    let mut found = Vec::new();
    // One record in seven, so that all classes are there.
    for line in records.lines().step_by(7) {
        let record: serde_json::Value = serde_json::from_str(line).expect("a record");
        let module = python::parse(record["code"].as_str().expect("code").as_bytes(), false);
        for scope in 0..module.scopes.len() {
            found.extend(windows(&module, scope, None, &bundle.tokens, bundle.manifest.model.window_budget));
        }
    }
    assert!(found.len() >= WINDOWS, "only {} windows", found.len());
    found
}

#[test]
fn both_runtimes_give_the_same_verdicts() {
    let bundle = Bundle::embedded().expect("the embedded bundle");
    let windows = golden(&bundle);
    let rten = Scorer::new(&bundle, Choice::Rten, Some(2)).score(&windows).expect("rten scores");
    for (window, rows) in windows.iter().zip(&rten) {
        assert_eq!(window.marks.len(), rows.len());
        assert!(rows.iter().flatten().all(|p| (0.0..=1.0).contains(p)));
    }
    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        assert!(std::env::var_os("CWEGATE_REQUIRE_ORT").is_none(), "set ORT_DYLIB_PATH to ONNX Runtime's library");
        eprintln!("ORT_DYLIB_PATH is not set: only rten was run");
        return;
    }
    let ort = Scorer::new(&bundle, Choice::Ort, Some(2)).score(&windows).expect("ONNX Runtime scores");

    let budget = bundle.manifest.operating_points.budgets.iter().position(|&b| b >= 1.0).expect("a budget of 1");
    let (mut largest, mut verdicts, mut flips) = (0.0f32, 0usize, 0usize);
    for (rten, ort) in rten.iter().flatten().zip(ort.iter().flatten()) {
        for ((class, a), b) in bundle.manifest.classes.iter().zip(rten).zip(ort) {
            largest = largest.max((a - b).abs());
            verdicts += 1;
            flips += usize::from((*a >= class.thresholds[budget]) != (*b >= class.thresholds[budget]));
        }
    }
    println!("{} windows, {verdicts} verdicts, {flips} differ, largest difference {largest:.6}", windows.len());
    assert_eq!(flips, 0);
    assert!(largest < 0.01, "{largest}");
}

#[test]
fn the_embedded_bundle_is_the_published_one() {
    let embedded = Bundle::embedded().expect("the embedded bundle");
    let folder = Bundle::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("model")).expect("the bundle's folder");
    assert_eq!(embedded.hash, folder.hash);
    assert!(embedded.network.len() + 300_000 < 8 << 20, "the crate has to stay under 10 MiB");
}

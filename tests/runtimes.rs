//! Two runtimes, one answer: on a golden corpus both give the same verdicts.
//!
//! ONNX Runtime is taken from `ORT_DYLIB_PATH`. Without it only rten can be checked; CI sets `CWEGATE_REQUIRE_ORT`, so
//! that there the comparison cannot be left out.

use std::path::Path;

use cwegate::{
    model::{
        Bundle, Choice, Class, Scorer,
        scores::{Job, Thresholds, score},
    },
    python::{self, Module},
    window::windows,
};

/// At least so many windows are compared.
const WINDOWS: usize = 400;

/// Modules of the authored pairs, which are our own: one record in 43, so that all classes are there.
fn golden(bundle: &Bundle) -> Vec<Module> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/data/authored.jsonl");
    let records = std::fs::read_to_string(file).expect("the authored pairs");
    let code = |line: &str| -> String {
        let record: serde_json::Value = serde_json::from_str(line).expect("a record");
        record["code"].as_str().expect("code").to_owned()
    };
    let modules: Vec<Module> =
        records.lines().step_by(43).map(|line| python::parse(code(line).as_bytes(), false)).collect();
    let budget = bundle.manifest.model.window_budget;
    let of = |module: &Module| -> usize {
        (0..module.scopes.len()).map(|scope| windows(module, scope, None, &bundle.tokens, budget).len()).sum()
    };
    let count: usize = modules.iter().map(of).sum();
    println!("{count} windows");
    assert!(count >= WINDOWS);
    modules
}

#[test]
fn both_runtimes_give_the_same_verdicts() {
    let bundle = Bundle::embedded().expect("the embedded bundle");
    let modules = golden(&bundle);
    let budget = bundle.manifest.operating_points.budgets.iter().position(|&b| b >= 1.0).expect("a budget of 1");
    let stricter = bundle.manifest.operating_points.budgets.iter().position(|&b| b >= 0.5).expect("a budget of 0.5");
    let limit = |class: &Class| Thresholds { finds: class.thresholds[budget], blocks: class.thresholds[stricter] };
    let limits: Vec<Thresholds> = bundle.manifest.classes.iter().map(limit).collect();
    let scored = |choice, limits: &[Thresholds]| {
        let scorer = Scorer::new(&bundle, choice, Some(2));
        let jobs: Vec<Job<'_>> =
            modules.iter().map(|module| Job { thresholds: limits.to_vec(), ..Job::whole(module) }).collect();
        let rows: Vec<Vec<f32>> =
            score(&jobs, &bundle, &scorer).expect("scores").into_iter().flatten().flatten().collect();
        assert!(rows.iter().flatten().all(|p| (0.0..=1.0).contains(p)));
        rows
    };
    let rten = scored(Choice::Rten, &limits);
    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        assert!(std::env::var_os("CWEGATE_REQUIRE_ORT").is_none(), "set ORT_DYLIB_PATH to ONNX Runtime's library");
        eprintln!("ORT_DYLIB_PATH is not set: only rten was run");
        return;
    }
    // Without limits, ONNX Runtime's own answer; with them, what is near one is arbitrated. One process can start it once.
    let child = std::env::var_os("CWEGATE_TEST_PLAIN").is_some();
    let ort = scored(Choice::Ort, if child { &[] } else { &limits });
    let (mut largest, mut verdicts, mut flips) = (0.0f32, 0usize, 0usize);
    for (rten, ort) in rten.iter().zip(&ort) {
        for ((limit, a), b) in limits.iter().zip(rten).zip(ort) {
            largest = largest.max((a - b).abs());
            verdicts += 1;
            flips += usize::from([limit.finds, limit.blocks].iter().any(|limit| (a >= limit) != (b >= limit)));
        }
    }
    println!("{verdicts} verdicts, {flips} differ, largest difference {largest:.6}");
    assert!(largest < 0.01, "{largest}");
    if !child {
        assert_eq!(flips, 0);
        let plain = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["both_runtimes", "--nocapture"])
            .env("CWEGATE_TEST_PLAIN", "1")
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&plain.stdout).into_owned();
        println!("without arbitration: {}", said.lines().find(|line| line.contains("verdicts")).unwrap_or_default());
        assert!(plain.status.success(), "{said}");
    }
}

#[test]
fn the_embedded_bundle_is_the_published_one() {
    let embedded = Bundle::embedded().expect("the embedded bundle");
    let folder = Bundle::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("model")).expect("the bundle's folder");
    assert_eq!(embedded.hash, folder.hash);
    assert!(embedded.network.len() + 300_000 < 8 << 20, "the crate has to stay under 10 MiB");
}

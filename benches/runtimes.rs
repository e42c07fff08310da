//! When does ONNX Runtime's faster run outweigh its slower start?
//!
//! `ORT_DYLIB_PATH=… cargo bench --bench runtimes` starts each runtime and scores 1, 2, 4, … windows of about 250 tokens, in turn, and
//! prints the medians and their ratio. `MANY_WINDOWS` in `src/model/runtime.rs` is the break-even. ONNX Runtime can be
//! started once in a process, so every measurement is a process of its own.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use cwegate::{
    model::{Bundle, Choice, Scorer},
    window::Window,
};

const RUNS: usize = 7;

fn main() {
    if let Ok(job) = std::env::var("CWEGATE_BENCH_JOB") {
        let (runtime, windows) = job.split_once(':').expect("RUNTIME:WINDOWS");
        println!("{}", once(runtime, windows.parse().expect("a number")).as_micros());
        return;
    }
    let with_ort = std::env::var_os("ORT_DYLIB_PATH").is_some();
    println!("start and run, median of {RUNS}, milliseconds\nwindows    rten     ort   ort/rten");
    for windows in [1, 2, 4, 8, 12, 16, 24, 32, 64] {
        let (mut rten, mut ort) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            rten.push(measured("rten", windows));
            if with_ort {
                ort.push(measured("ort", windows));
            }
        }
        let rten = median(rten);
        if with_ort {
            let ort = median(ort);
            println!("{windows:>7} {rten:>7.1} {ort:>7.1} {:>10.2}", ort / rten);
        } else {
            println!("{windows:>7} {rten:>7.1}       – (ORT_DYLIB_PATH is not set)");
        }
    }
}

fn measured(runtime: &str, windows: usize) -> f64 {
    let program = std::env::current_exe().expect("this program");
    let output =
        Command::new(program).env("CWEGATE_BENCH_JOB", format!("{runtime}:{windows}")).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let micros: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("microseconds");
    micros / 1000.0
}

fn once(runtime: &str, count: usize) -> Duration {
    let bundle = Bundle::embedded().expect("the embedded bundle");
    let choice = if runtime == "ort" { Choice::Ort } else { Choice::Rten };
    let size = bundle.tokens.size() as u32;
    let window = |number: usize| Window {
        scope: 0,
        ids: (0..250u32).map(|at| 12 + (at * 31 + number as u32 * 97) % (size - 12)).collect(),
        marks: Vec::new(),
        parts: Vec::new(),
    };
    let windows: Vec<Window> = (0..count).map(window).collect();
    let start = Instant::now();
    Scorer::new(&bundle, choice, None).score(&windows).expect("scores");
    start.elapsed()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

"""Step `quantization`: what int8 costs against the same network in fp32, and whether a processor without VNNI agrees.

Verdicts are compared by the gate's own scoring of the same held-out records at the default budget. For the second question the gate
runs under user-mode emulation (Debian's qemu-user) of a Haswell, which knows AVX2 but not VNNI: there 8-bit products are summed in 16
bits, which 7-bit weights keep from saturating.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import tomllib

from . import gate, sets
from .calibrate import keep_facts
from .config import GATE, WORK, bundle_of, log, read_jsonl, sha256, write_jsonl
from .export import exported
from .gate import Scores

RECORDS = 2000
"""Held-out records that int8 and fp32 are compared on, at most."""
EMULATED = 250
LONGEST = 30
"""Lines of a record that is scored under emulation, which takes about a second each."""
PROCESSOR = "Haswell"


def shuffled(rows: list[dict]) -> list[dict]:
    return sorted(rows, key=lambda r: hashlib.sha256(f"quantized/{r['id']}".encode()).digest())


def full_bundle(folder: Path, into: Path) -> Path:
    """The bundle with its fp32 network and the thresholds of the int8 one."""
    full = WORK / "model-fp32.onnx"
    if exported(folder / "model.onnx").get("full") != sha256(full):
        raise SystemExit(f"{full} is not the network that this bundle was quantized from; run the step `export` again")
    text = (folder / "model.toml").read_text(encoding="utf-8")
    digest = tomllib.loads(text)["files"]["model.onnx"]
    shutil.copy(full, into / "model.onnx")
    shutil.copy(folder / "tokenizer.json", into / "tokenizer.json")
    (into / "model.toml").write_text(text.replace(digest, sha256(into / "model.onnx")), encoding="utf-8")
    return into


def compared(one: list[Scores], other: list[Scores], cut: dict[str, float]) -> dict:
    """How far two sets of scores of the same records are apart; a verdict is whether anything alarms."""
    verdicts = [(a.classes(cut), b.classes(cut)) for a, b in zip(one, other)]
    far = [
        abs(p - t[2][c])
        for a, b in zip(one, other)
        for s, t in zip(a.statements or (), b.statements or ())
        for c, p in s[2].items()
    ]
    return {
        "records": len(verdicts),
        "alarmed": sum(bool(a) for a, _ in verdicts),
        "flips": round(sum(bool(a) != bool(b) for a, b in verdicts) / max(1, len(verdicts)), 5),
        "classes_differ": round(sum(a != b for a, b in verdicts) / max(1, len(verdicts)), 5),
        "largest_probability_difference": round(max(far, default=0.0), 6),
    }


def against_full(folder: Path, rows: list[dict]) -> dict:
    """int8 against fp32: macro-F1 by `cwegate eval` and verdicts."""
    cut = gate.Bundle.read(folder).at()
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "bundle"
        full.mkdir()
        full_bundle(folder, full)
        data = Path(scratch) / "records.jsonl"
        write_jsonl(data, rows)
        systems = gate.evaluate(data, models=[folder, full], resamples=0)["systems"]
        f1 = [next(f["value"] for f in s["figures"] if f["key"] == "macro_f1") for s in systems]
        found = compared(gate.score(rows, folder), gate.score(rows, full), cut)
    return found | {
        "macro_f1_int8": f1[0] and round(f1[0], 4),
        "macro_f1_fp32": f1[1] and round(f1[1], 4),
        "macro_f1_lost": round(f1[1] - f1[0], 4) if None not in f1 else None,
    }


def emulated(folder: Path, rows: list[dict]) -> dict | None:
    """This processor against an emulated one without VNNI; None without qemu."""
    qemu = shutil.which("qemu-x86_64")
    if qemu is None:
        print("qemu-x86_64 is not there (Debian's qemu-user): processors without VNNI are not compared", flush=True)
        return None
    short = [r for r in rows if r["code"].count("\n") <= LONGEST][:EMULATED]
    here = gate.score(short, folder)
    there = gate.score(short, folder, program=[qemu, "-cpu", PROCESSOR, GATE])
    return {"processor": PROCESSOR} | compared(here, there, gate.Bundle.read(folder).at())


def quantization(args) -> None:
    folder = bundle_of(args)
    found = sets.paths()
    rows = shuffled([r for name in ("written", "real") if name in found for r in read_jsonl(found[name])])
    facts = {"against_fp32": against_full(folder, rows[:RECORDS]), "emulated": emulated(folder, rows)}
    keep_facts(folder, {"quantization": facts})
    log("quantization", **facts)

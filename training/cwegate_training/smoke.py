"""Step `smoke`: the pipeline in small, without what downloads or judges, on authored pairs and on this package's own files as ordinary code.

Needs the extractor and nothing from outside; leaves a bundle of the right form in `--bundle` or a temporary folder. The
figures it prints mean nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .config import PARTS, TRAINING, read_jsonl, write_jsonl

STEPS = (
    "generate",
    "records",
    "leaks",
    "tokenizer",
    "pretrain",
    "finetune",
    "export",
    "calibrate",
    "quantization",
    "peers",
    "card",
)


def smoke(args) -> None:
    started = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="cwegate-smoke-"))
    bundle = Path(args.bundle) if args.bundle else home / "model"
    ordinary: dict[str, list[dict]] = {part: [] for part in PARTS}
    for number, path in enumerate(sorted(TRAINING.rglob("*.py"))):
        code = path.read_text(encoding="utf-8")
        lines = list(range(1, code.count("\n") + 1, 3))
        # Every part has files of its own: what another part has too is left out of training.
        part = PARTS[number % len(PARTS)]
        ordinary[part].append(
            {
                "id": f"p{number % 12}/{path.name}",
                "code": code,
                "label": "clean",
                "cwe": [],
                "lines": lines,
                "package": f"p{number % 12}",
            }
        )
    for part in PARTS:
        write_jsonl(home / f"changes-{part}.jsonl", ordinary[part])
    pairs = list(read_jsonl(TRAINING / "data" / "authored.jsonl"))[:300]
    write_jsonl(home / "authored.jsonl", pairs[6:])
    write_jsonl(home / "data" / "dev" / "sample.jsonl", pairs[:6])
    write_jsonl(home / "files.jsonl", [])
    environment = {
        **os.environ,
        "CWEGATE_WORK": str(home),
        "CWEGATE_RUNS": str(home / "runs"),
        "CWEGATE_DATA": str(home / "data"),
        "CWEGATE_AUTHORED": str(home / "authored.jsonl"),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(TRAINING), os.environ.get("PYTHONPATH")))),
    }
    small = ["--tiny", "--pretrain-minutes", "0.05", "--minutes", "0.1", "--step-tokens", "800", "--generated", "40"]
    for step in STEPS:
        command = [sys.executable, "-m", "cwegate_training", step, *small]
        if step == "peers":
            command = [sys.executable, "-m", "peers", "--model-only", "--only", "written", "changes"]
        command += ["--bundle", str(bundle)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"smoke: the step `{step}` failed\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    print(f"smoke: a bundle of the right form is in {bundle}, after {time.monotonic() - started:.0f} s")

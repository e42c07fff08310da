"""Where things are, the sizes of the model, and the log of runs.

Paths come from the environment, so that nothing in the project names a machine:

- `CWEGATE_WORK`: downloads, windows, checkpoints (default: a cache folder of the user). Never inside the project,
  because the public records must not be copied into it.
- `CWEGATE_DATA`: the labelled records (default: `../shared/data` beside the repository).
- `CWEGATE_BIN`: the extractor (default: `target/release/cwegate` of the repository).
- `CWEGATE_GATE`: the gate that bundles are judged by (default: the extractor).
- `CWEGATE_PEERS`: the folder of the other tools' programs (default: where programs are looked for).
- `CWEGATE_AUTHORED`: the authored pairs (default: `training/data/authored.jsonl`).
- `CWEGATE_RUNS`: the log of runs (default: `training/runs`).
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ROOT / "training"
DATA = Path(os.environ.get("CWEGATE_DATA", ROOT.parent / "shared" / "data"))
WORK = Path(os.environ.get("CWEGATE_WORK", Path.home() / ".cache" / "cwegate-training"))
BIN = Path(os.environ.get("CWEGATE_BIN", ROOT / "target" / "release" / "cwegate"))
GATE = Path(os.environ.get("CWEGATE_GATE", BIN))
PEERS = os.environ.get("CWEGATE_PEERS", "")
AUTHORED = Path(os.environ.get("CWEGATE_AUTHORED", TRAINING / "data" / "authored.jsonl"))
EVERYDAY = TRAINING / "data" / "everyday.jsonl"
UPSTREAM = WORK / "upstream.jsonl"
"""Fix pairs from projects' histories, as the step `fixes` writes them."""
VERDICTS = WORK / "verdicts.jsonl"
"""Files of public projects with judged alarms, as the step `verdicts` writes them."""
RUNS = Path(os.environ.get("CWEGATE_RUNS", TRAINING / "runs"))

MODEL, VERSION = "cwegate-base", "0.7.0"
"""What the next bundle is called."""
PARTS = ("train", "calibration", "test")
BUDGETS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""False alarms per 1,000 changed lines, all classes together."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the network. `budget` is the longest window, in tokens."""

    vocabulary: int = 8192
    width: int = 256
    layers: int = 4
    heads: int = 8
    inner: int = 1024
    budget: int = 320
    runs: int = 32749
    """Slots that runs of two and of three tokens are hashed into; a prime."""
    run_width: int = 40


@dataclass(frozen=True)
class Class:
    """One output of the model; see classes.toml for what `members` and `origins` mean."""

    id: str
    members: tuple[str, ...]
    origins: tuple[str, ...]


@cache
def classes() -> list[Class]:
    table = tomllib.loads((TRAINING / "classes.toml").read_text(encoding="utf-8"))["class"]
    return [Class(c["id"], tuple(c.get("members", [c["id"]])), tuple(c.get("from", ()))) for c in table]


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_jsonl(path: Path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def labelled_files() -> list[Path]:
    """The files of labelled records that there are, apart from composed ones: the public sets, the authored pairs and those from projects' histories."""
    return [path for path in (*sorted((DATA / "train").glob("*.jsonl")), AUTHORED, UPSTREAM) if path.exists()]


def only_measured() -> list[dict]:
    """What is never trained on or calibrated on: the development sets and the harmless everyday code."""
    return [r for path in (*sorted((DATA / "dev").glob("*.jsonl")), EVERYDAY) for r in read_jsonl(path)]


def write_jsonl(path: Path, rows) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def bundle_of(args) -> Path:
    folder = Path(args.bundle) if args.bundle else ROOT / "model"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log(step: str, **facts) -> None:
    """Appends one line to the run log and prints it."""
    shape = facts.pop("shape", None)
    row = {"step": step, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **facts}
    if shape is not None:
        row["shape"] = asdict(shape)
    RUNS.mkdir(parents=True, exist_ok=True)
    with open(RUNS / "runs.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    print(json.dumps(row), flush=True)

"""Scores from an exported model. Figures over records are those of `cwegate eval`; see gate.py."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from .config import WORK, sha256
from .windows import Windows

BATCH = 8


@dataclass
class Scored:
    """marks: int64 [n], indices of marks of a `Windows`; z: float32 [n, classes], their logits."""

    marks: np.ndarray
    z: np.ndarray


def session_of(network: Path | bytes, outputs: list[str]):
    """ids int32 [batch, tokens] → the named values of a network, by ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    # Waiting threads that spin take time from whoever shares the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = network if isinstance(network, bytes) else str(network)
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    return lambda ids: session.run(outputs, {"input_ids": ids})


def logits_by(path: Path):
    """ids int32 [batch, tokens] → logits [batch, tokens, classes], by ONNX Runtime."""
    run = session_of(path, ["logits"])
    return lambda ids: run(ids)[0]


def logits_of(run, windows: Windows, chosen) -> Scored:
    """Logits of the target statements of some windows; windows of like length share a batch."""
    order = sorted((int(w) for w in chosen), key=lambda w: windows.lengths[w])
    lengths, marks, z = windows.lengths, [], []
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        ids = np.zeros((len(part), int(lengths[part[-1]])), np.int32)
        for row, w in enumerate(part):
            ids[row, : lengths[w]] = windows.tokens(w)
        out = run(ids)
        for row, w in enumerate(part):
            found = windows.marks(w)
            marks.append(found)
            z.append(out[row, windows.at[found]])
    sorting = np.argsort(np.concatenate(marks), kind="stable")
    return Scored(np.concatenate(marks)[sorting], np.concatenate(z)[sorting])


def kept_logits(model: Path, name: str, windows: Windows, chosen) -> Scored:
    """`logits_of` by a model's file, kept in WORK: what an unchanged model says of unchanged windows is read from there."""
    chosen = np.asarray(chosen, np.int64)
    what = hashlib.sha256(windows.ids.tobytes() + chosen.tobytes()).hexdigest()
    path = WORK / f"logits-{sha256(model)[:8]}-{name}-{what[:8]}.npz"
    if not path.exists():
        scored = logits_of(logits_by(model), windows, chosen)
        np.savez(path, marks=scored.marks, z=scored.z)
    with np.load(path) as file:
        return Scored(file["marks"], file["z"])


def by_statement(scored: Scored, windows: Windows) -> Scored:
    """One row a statement: the highest logit of its pieces, and its first mark."""
    numbers = windows.statement[scored.marks]
    _, first, slot = np.unique(numbers, return_index=True, return_inverse=True)
    z = np.full((len(first), scored.z.shape[1]), -1e4, np.float32)
    np.maximum.at(z, slot, scored.z)
    return Scored(scored.marks[first], z)


def expected_calibration_error(p: np.ndarray, y: np.ndarray, bins: int = 15) -> float:
    """Over bins of equal mass, as `cwegate eval` takes it: nearly all cases would lie in the first of equal width."""
    if not len(p):
        return 0.0
    parts = np.array_split(np.argsort(p, kind="stable"), min(bins, len(p)))
    return float(sum(abs(p[i].mean() - y[i].mean()) * len(i) for i in parts) / len(p))

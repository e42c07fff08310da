"""Scores from an exported model, and figures over labelled records."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from .windows import Windows

BATCH = 8


@dataclass
class Scored:
    """marks: int64 [n], indices of marks of a `Windows`; z: float32 [n, classes], their logits."""

    marks: np.ndarray
    z: np.ndarray


def session_of(path: Path):
    """ids int32 [batch, tokens] → logits [batch, tokens, classes], by ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    # Waiting threads that spin take time from whoever shares the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda ids: session.run(["logits"], {"input_ids": ids})[0]


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


def by_statement(scored: Scored, windows: Windows) -> Scored:
    """One row a statement: the highest logit of its pieces, and its first mark."""
    numbers = windows.statement[scored.marks]
    _, first, slot = np.unique(numbers, return_index=True, return_inverse=True)
    z = np.full((len(first), scored.z.shape[1]), -1e4, np.float32)
    np.maximum.at(z, slot, scored.z)
    return Scored(scored.marks[first], z)


def by_record(scored: Scored, windows: Windows, rows: list[dict]) -> np.ndarray:
    """Highest value of each record, float [records, classes]; -inf where the record gave no statement."""
    out = np.full((len(rows), scored.z.shape[1]), -np.inf, np.float32)
    np.maximum.at(out, windows.record[windows.window[scored.marks]], scored.z)
    return out


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Chance that a positive stands above a negative; ties count half."""
    if not len(positive) or not len(negative):
        return float("nan")
    values = np.concatenate([positive, negative])
    _, slot, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[slot]
    return float(
        (ranks[: len(positive)].sum() - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))
    )


def expected_calibration_error(p: np.ndarray, y: np.ndarray, bins: int = 10) -> float:
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(p[place == b].mean() - y[place == b].mean()) * (place == b).mean()
            for b in range(bins)
            if (place == b).any()
        )
    )


def figures(rows: list[dict], p: np.ndarray, classes_of: list[list[int]], thresholds: dict[float, np.ndarray]) -> dict:
    """Figures over records. p: [records, classes], highest probability; thresholds: by budget, [classes].

    pair-rank: the vulnerable side stands above the fixed one, by the highest class or by the labelled class;
    pair-correct: the vulnerable side alarms and the fixed side does not."""
    usable = np.isfinite(p).all(axis=1)
    vulnerable = [i for i, r in enumerate(rows) if r["label"] == "vulnerable" and usable[i]]
    rest = [i for i, r in enumerate(rows) if r["label"] != "vulnerable" and usable[i]]
    top = p.max(axis=1)
    out: dict = {"records": len(rows), "unread": int((~usable).sum()), "vulnerable": len(vulnerable)}
    named = [i for i in vulnerable if classes_of[i]]
    if named:
        out["right_class_first"] = round(float(np.mean([int(p[i].argmax()) in classes_of[i] for i in named])), 3)
    for budget, t in thresholds.items():
        alarm = p >= t
        out[f"recall@{budget:g}"] = round(float(alarm[vulnerable].any(axis=1).mean()), 3) if vulnerable else None
        if named:
            out[f"recall_class@{budget:g}"] = round(float(np.mean([alarm[i, classes_of[i]].any() for i in named])), 3)
        if rest:
            out[f"false_alarm@{budget:g}"] = round(float(alarm[rest].any(axis=1).mean()), 3)
    if rest:
        out["auc"] = round(auc(top[vulnerable], top[rest]), 3)
    sides = defaultdict(dict)
    for i, r in enumerate(rows):
        key = r.get("pair") or r.get("pair_id")
        if key and usable[i]:
            sides[key][r["label"]] = i
    pairs = [(s["vulnerable"], s["fixed"]) for s in sides.values() if {"vulnerable", "fixed"} <= set(s)]
    if pairs:
        out["pairs"] = len(pairs)
        out["pair_rank"] = round(float(np.mean([top[v] > top[f] for v, f in pairs])), 3)
        known = [(v, f) for v, f in pairs if classes_of[v]]
        if known:
            out["pair_rank_class"] = round(
                float(np.mean([p[v, classes_of[v]].max() > p[f, classes_of[v]].max() for v, f in known])), 3
            )
        for budget, t in thresholds.items():
            if budget in (1.0, 5.0):
                alarm = (p >= t).any(axis=1)
                out[f"pair_correct@{budget:g}"] = round(
                    float(np.mean([alarm[v] and not alarm[f] for v, f in pairs])), 3
                )
    return out

"""Two baselines that know next to nothing, on the very windows that the model reads.

- `words`: a linear model over which tokens and pairs of neighbouring tokens a window holds;
- `length`: a linear model over how long the window and its record are.

Both are trained on the training split and on clean changes of the training packages, and get their thresholds as the model does:
from the calibration split and the changed lines of the calibration packages. A window is to them what a statement is to
the model: the unit that is scored and that alarms.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from cwegate_training.calibrate import changed_by_package, fit_temperature
from cwegate_training.config import BUDGETS, WORK, classes, read_jsonl, sha256
from cwegate_training.finetune import touched_marks
from cwegate_training.generated import SOURCE
from cwegate_training.points import points, sigmoid
from cwegate_training.pretrain import windows_of
from cwegate_training.tree import BLOCK_BUDGET, DEFAULT_BUDGET, blocking
from cwegate_training.windows import Windows
from torch import nn
from torch.nn import functional as F

from .tools import file_name

PAIRS = 1 << 16
"""Slots that pairs of tokens are hashed into."""
WORDS = 8192
EPOCHS = 4
BATCH = 512
POSITIVE = 6.0
"""How much more a weak window counts, as in the model's own loss."""
LEAST = 1e-5
"""Probabilities below this are not written down."""


class Words(nn.Module):
    """Windows → logits, from the set of their tokens and token pairs."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(WORDS + PAIRS, count, mode="sum")
        self.bias = nn.Parameter(torch.full((count,), -5.0))
        nn.init.zeros_(self.bag.weight)

    def forward(self, windows: Windows, chosen: np.ndarray) -> torch.Tensor:
        parts = [self.features(windows.tokens(w)) for w in chosen]
        starts = np.cumsum([0, *(len(p) for p in parts[:-1])])
        # Each window counts alike, however many tokens it has.
        scale = torch.from_numpy(np.array([len(p) for p in parts], np.float32) ** -0.5)
        return self.bag(torch.from_numpy(np.concatenate(parts)), torch.from_numpy(starts)) * scale[:, None] + self.bias

    @staticmethod
    def features(ids: np.ndarray) -> np.ndarray:
        ids = ids.astype(np.int64)
        pairs = WORDS + (ids[:-1] * 1_000_003 + ids[1:]) % PAIRS
        return np.unique(np.concatenate([ids % WORDS, pairs]))


class Length(nn.Module):
    """Windows → logits, from logarithms of the window's tokens and statements and of its record's windows."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.line = nn.Linear(6, count)
        nn.init.zeros_(self.line.weight)
        nn.init.constant_(self.line.bias, -5.0)
        self.known: list[tuple[Windows, torch.Tensor]] = []

    def forward(self, windows: Windows, chosen: np.ndarray) -> torch.Tensor:
        sizes = next((sizes for other, sizes in self.known if other is windows), None)
        if sizes is None:
            sizes = self.sizes(windows)
            self.known.append((windows, sizes))
        return self.line(sizes[torch.from_numpy(chosen)])

    @staticmethod
    def sizes(windows: Windows) -> torch.Tensor:
        statements = np.bincount(windows.window, minlength=len(windows)) + 1
        siblings = np.bincount(windows.record)[windows.record]
        sizes = np.log([windows.lengths, statements, siblings]).T.astype(np.float32) - 3
        return torch.from_numpy(np.concatenate([sizes, sizes**2 / 4], axis=1))


KINDS = {"words": Words, "length": Length}


def window_labels(windows: Windows, rows: list[dict]) -> np.ndarray:
    """int8 [windows, classes]: 1 weak, 0 not, -1 not known."""
    y = np.zeros((len(windows), len(classes())), np.int8)
    siblings = np.bincount(windows.record, minlength=len(rows))
    weak = np.zeros(len(windows), bool)
    weak[windows.window[touched_marks(windows, rows)]] = True
    for w, r in enumerate(windows.record.tolist()):
        row = rows[r]
        if row["label"] == "vulnerable" and (weak[w] or not row["lines"]):
            # Of a weak window only the labelled classes are known; without lines it may be any window.
            y[w] = -1
            if row["lines"] or siblings[r] == 1:
                y[w, row["classes"]] = 1
    return y


def fit(kind: str, sets: list[tuple[Windows, np.ndarray, np.ndarray]]) -> nn.Module:
    """sets: windows, chosen ones, and the labels [chosen, classes] of each source of training windows."""
    torch.manual_seed(1)
    model, rng = KINDS[kind](len(classes())), np.random.default_rng(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    batches = [
        (source, part, labels[at])
        for windows, chosen, labels in sets
        for source, part, at in (
            (windows, chosen[at], at)
            for at in np.array_split(rng.permutation(len(chosen)), max(1, len(chosen) // BATCH))
        )
    ]
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = 0.03 * (1 - epoch / EPOCHS)
        for b in rng.permutation(len(batches)):
            windows, part, y = batches[b]
            y = torch.from_numpy(y.astype(np.float32))
            weight = (y >= 0).float() * (1 + (POSITIVE - 1) * (y == 1).float())
            loss = F.binary_cross_entropy_with_logits(model(windows, part), y.clamp(min=0), weight, reduction="sum")
            optimizer.zero_grad()
            (loss / len(part)).backward()
            optimizer.step()
    return model.eval()


@torch.no_grad()
def scored(model: nn.Module, windows: Windows, chosen: np.ndarray) -> np.ndarray:
    """Logits [chosen, classes]."""
    parts = [model(windows, chosen[i : i + 512]).numpy() for i in range(0, len(chosen), 512)]
    return np.concatenate(parts) if parts else np.zeros((0, len(classes())), np.float32)


@dataclass
class Baseline:
    """A fitted model and its thresholds: cut [classes, budgets], in logits."""

    name: str
    model: nn.Module
    cut: np.ndarray

    def at(self, budget: float) -> np.ndarray:
        return self.cut[:, BUDGETS.index(budget)]


def baselines() -> list[Baseline]:
    """Both; their weights are kept in WORK as long as the records stay."""
    records = WORK / "records.jsonl"
    rows, windows = list(read_jsonl(records)), windows_of(records)
    labels = window_labels(windows, rows)
    path = WORK / f"baselines-{sha256(records)[:8]}-{sha256(WORK / 'tokenizer.json')[:8]}.pt"
    if not path.exists():
        torch.save({kind: fitted(kind, rows, windows, labels).state_dict() for kind in KINDS}, path)
    out = []
    for name, weights in torch.load(path).items():
        model = KINDS[name](len(classes()))
        model.load_state_dict(weights)
        out.append(Baseline(name, model.eval(), calibrated(model, rows, windows, labels)))
    return out


def fitted(kind: str, rows: list[dict], windows: Windows, labels: np.ndarray) -> nn.Module:
    train = np.flatnonzero(np.array([r["split"] == "train" for r in rows])[windows.record])
    clean = windows_of(WORK / "clean-train.jsonl")
    changed = np.unique(clean.window[touched_marks(clean, list(read_jsonl(WORK / "clean-train.jsonl")))])
    none = np.zeros((len(changed), len(classes())), np.int8)
    return fit(kind, [(windows, train, labels[train]), (clean, changed, none)])


def calibrated(model: nn.Module, rows: list[dict], windows: Windows, labels: np.ndarray) -> np.ndarray:
    """Thresholds [classes, budgets], in logits: with one temperature for all classes, chosen as the model's are."""
    usable = [r["split"] == "calibration" and r["source"] != SOURCE for r in rows]
    held = np.flatnonzero(np.array(usable)[windows.record])
    z, y = scored(model, windows, held), labels[held]
    temperature, bias = fit_temperature(z[y >= 0], y[y >= 0])
    u = z / temperature + bias
    positives = [u[y[:, c] == 1, c] for c in range(u.shape[1])]
    chosen = changed_windows("calibration")
    clean = scored(model, chosen.windows, chosen.at) / temperature + bias
    cut = points(changed_by_package(clean, chosen.record, chosen.rows), positives, np.array(blocking())).cut
    return (cut - bias) * temperature


@dataclass
class ChangedWindows:
    """at: windows that judge a changed line; record: the row of each."""

    windows: Windows
    at: np.ndarray
    record: np.ndarray
    rows: list[dict]


@cache
def changed_windows(part: str) -> ChangedWindows:
    rows = list(read_jsonl(WORK / f"changes-{part}.jsonl"))
    windows = windows_of(WORK / f"changes-{part}.jsonl")
    at = np.unique(windows.window[touched_marks(windows, rows)])
    return ChangedWindows(windows, at, windows.record[at], rows)


def sarif(baseline: Baseline, data: Path, into: Path, cut: np.ndarray | None) -> Path:
    """What a baseline says of a data file, as SARIF: alarms if `cut` is given, else every probability, for ranking."""
    rows, windows = list(read_jsonl(data)), windows_of(data)
    z = scored(baseline.model, windows, np.arange(len(windows)))
    first = np.full(len(windows), 1 << 30)
    np.minimum.at(first, windows.window, windows.first)
    results, ids = [], [c.id for c in classes()]
    for w in range(len(windows)):
        p = sigmoid(z[w])
        for c in np.flatnonzero(z[w] >= cut if cut is not None else (p >= LEAST) | (p == p.max())):
            place = {
                "artifactLocation": {"uri": file_name(rows[windows.record[w]]["id"])},
                "region": {"startLine": int(first[w])},
            }
            results.append({
                "ruleId": ids[c], "message": {"text": baseline.name}, "properties": {"probability": float(p[c])},
                "locations": [{"physicalLocation": place}],
            })  # fmt: skip
    run = {"tool": {"driver": {"name": baseline.name, "rules": [{"id": i} for i in ids]}}, "results": results}
    path = into / f"{baseline.name}-{'alarms' if cut is not None else 'all'}.sarif"
    path.write_text(json.dumps({"version": "2.1.0", "runs": [run]}), encoding="utf-8")
    return path


def alarms_on_changes(baseline: Baseline) -> dict[str, float]:
    """Windows that alarm among those with a changed line, per 1,000 such lines, and the share of changed files that the default
    policy would block."""
    chosen = changed_windows("test")
    z = scored(baseline.model, chosen.windows, chosen.at)
    alarm = (z >= baseline.at(DEFAULT_BUDGET)).any(axis=1)
    stops = (z >= baseline.at(BLOCK_BUDGET))[:, np.array(blocking())].any(axis=1)
    lines = sum(len(r["lines"]) for r in chosen.rows)
    return {
        "alarms_per_1000": 1000 * float(alarm.sum()) / lines,
        "blocked_files": len(np.unique(chosen.record[stops])) / len(chosen.rows),
    }

"""Step `calibrate`: logits → probabilities, thresholds that keep an alarm budget, and what they cost where nothing was fitted.

Temperature: one for all classes and one bias, fitted on held-out labelled statements; a class with enough held-out
positives gets its own temperature, drawn towards the shared one. Thresholds: see points.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from . import generated
from .config import (
    BUDGETS,
    MODEL,
    TRAINING,
    VERDICTS,
    VERSION,
    WORK,
    Shape,
    bundle_of,
    classes,
    labelled_files,
    log,
    read_jsonl,
    sha256,
)
from .evaluate import Scored, by_statement, expected_calibration_error, kept_logits
from .finetune import touched_marks
from .points import Changed, points, sigmoid
from .pretrain import windows_of
from .rename import RENAMED
from .tree import BLOCK_BUDGET, DEFAULT_BUDGET, blocking
from .windows import Windows

OWN_TEMPERATURE = 25
"""Held-out positives from which a class has its own temperature."""


def statement_labels(scored: Scored, windows: Windows, rows: list[dict], count: int) -> tuple[np.ndarray, np.ndarray]:
    """y: [statements, classes], 1 weak, 0 not, -1 not known; and the record of each statement."""
    record = windows.record[windows.window[scored.marks]]
    y = np.zeros((len(record), count), np.int8)
    weak = np.isin(scored.marks, touched_marks(windows, rows))
    for s, r in enumerate(record.tolist()):
        row = rows[r]
        if row["label"] != "vulnerable":
            continue
        if not row["lines"]:
            y[s] = -1
        elif weak[s]:
            # Only the labelled classes are known of a weak statement.
            y[s] = -1
            y[s, row["classes"]] = 1
    return y, record


def fit_temperature(
    z: np.ndarray, y: np.ndarray, start: tuple[float, float] = (1.0, 0.0), pull: float = 0.0
) -> tuple[float, float]:
    """Temperature and bias of lowest log loss; `pull` is the strength of a normal prior around `start`, in samples."""
    best, width = np.array([np.log(start[0]), start[1]]), np.array([1.0, 3.0])
    centre = best.copy()

    def loss(point: np.ndarray) -> float:
        u = np.clip(z / np.exp(point[0]) + point[1], -60, 60)
        return float(
            (np.log1p(np.exp(-u)) * (y == 1) + np.log1p(np.exp(u)) * (y == 0)).sum()
            + pull * ((point - centre) ** 2).sum()
        )

    for _ in range(12):
        grid = [best + width * np.array([i, j]) / 3 for i in range(-3, 4) for j in range(-3, 4)]
        best = min(grid, key=loss)
        width = width * 0.6
    return float(np.exp(best[0])), float(best[1])


def temperatures(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Temperature and bias a class, both float [classes]."""
    known = y >= 0
    shared = fit_temperature(z[known], y[known])
    pairs = []
    for c in range(z.shape[1]):
        own = known[:, c]
        many = int((y[:, c] == 1).sum()) >= OWN_TEMPERATURE
        pairs.append(fit_temperature(z[own, c], y[own, c], shared, pull=10.0) if many else shared)
    t, b = zip(*pairs)
    return np.array(t), np.array(b)


def changed_statements(part: str, model: Path, most: int) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """Logits of the statements on changed lines of a part's packages, the record of each, and the records."""
    rows = list(read_jsonl(WORK / f"changes-{part}.jsonl"))
    windows = windows_of(WORK / f"changes-{part}.jsonl")
    rows = [r if i % -(-len(rows) // most) == 0 else {**r, "lines": []} for i, r in enumerate(rows)]
    marks = touched_marks(windows, rows)
    scored = kept_logits(model, f"changes-{part}", windows, np.unique(windows.window[marks]))
    keep = np.isin(scored.marks, marks)
    scored = by_statement(Scored(scored.marks[keep], scored.z[keep]), windows)
    record = windows.record[windows.window[scored.marks]]
    return scored.z, record, rows


def changed_by_package(u: np.ndarray, record: np.ndarray, rows: list[dict]) -> Changed:
    """Calibrated logits of statements, with the package that each is in and the changed lines of every package."""
    names = sorted({r["package"] for r in rows})
    place = {name: i for i, name in enumerate(names)}
    of = np.array([place[r["package"]] for r in rows])
    lines = np.array([len(r["lines"]) for r in rows])
    return Changed(u, record, of[record], np.bincount(of, lines), np.bincount(of, lines > 0))


def cost(changed: Changed, cut: np.ndarray) -> dict:
    """What thresholds [classes, budgets] cost on clean changes: alarms, files with one, and files with one of a class that blocks."""
    blocks, cuts = np.array(blocking()), list(cut.T)
    told, stops = (changed.u >= cut[:, BUDGETS.index(budget)] for budget in (DEFAULT_BUDGET, BLOCK_BUDGET))
    everything = np.ones(len(blocks), bool)
    return {
        "measured": [round(changed.rate(c), 3) for c in cuts],
        "interval": [interval((changed.u >= c).any(axis=1), changed) for c in cuts],
        "files_alarmed": [round(changed.blocked(c, everything), 4) for c in cuts],
        "files_blocked": [round(changed.blocked(c, blocks), 4) for c in cuts],
        "files_blocked_interval": share_interval(stops[:, blocks].any(axis=1), changed),
        "alarms_by_class": by_class(told),
    }


def by_class(hit: np.ndarray) -> dict[str, int]:
    """Alarms of each class that has any, most first."""
    counts = hit.sum(axis=0)
    return {classes()[c].id: int(counts[c]) for c in np.argsort(-counts, kind="stable") if counts[c]}


def drawn(count: int, rounds: int = 1000) -> np.ndarray:
    """Packages drawn with replacement, [rounds, count]."""
    return np.random.default_rng(3).integers(0, count, (rounds, count))


def interval(alarm: np.ndarray, changed: Changed) -> tuple[float, float]:
    """95 % interval of alarms per 1,000 changed lines, by drawing packages with replacement."""
    counts = np.bincount(changed.package, alarm, minlength=len(changed.lines))
    sample = drawn(len(counts))
    rates = 1000 * counts[sample].sum(axis=1) / changed.lines[sample].sum(axis=1)
    return tuple(np.round(np.quantile(rates, [0.025, 0.975]), 3).tolist())


def share_interval(alarm: np.ndarray, changed: Changed) -> tuple[float, float]:
    """95 % interval of the share of changed files with an alarm, by drawing packages with replacement."""
    _, first = np.unique(changed.file[alarm], return_index=True)
    counts = np.bincount(changed.package[alarm][first], minlength=len(changed.files))
    sample = drawn(len(counts))
    shares = counts[sample].sum(axis=1) / changed.files[sample].sum(axis=1)
    return tuple(np.round(np.quantile(shares, [0.025, 0.975]), 4).tolist())


def calibrate(args) -> None:
    folder = bundle_of(args)
    model = folder / "model.onnx"
    rows = list(read_jsonl(WORK / "records.jsonl"))
    windows = windows_of(WORK / "records.jsonl")
    # Composed records say how well templates are known, not how probable a weakness is: they calibrate nothing.
    outside = [r["split"] != "train" and r["source"] != generated.SOURCE for r in rows]
    held = [w for w in range(len(windows)) if outside[windows.record[w]]]
    scored = by_statement(kept_logits(model, "held-out", windows, held), windows)
    y, record = statement_labels(scored, windows, rows, len(classes()))
    split = np.array([rows[r]["split"] for r in record])
    cal, test = split == "calibration", split == "test"
    t, b = temperatures(scored.z[cal], y[cal])
    u = scored.z / t + b
    positives = [u[cal & (y[:, c] == 1), c] for c in range(len(t))]
    z, clean_record, clean_rows = changed_statements("calibration", model, args.change_files)
    clean = changed_by_package(z / t + b, clean_record, clean_rows)
    chosen = points(clean, positives, np.array(blocking()), args.blocked)
    z, fresh_record, fresh_rows = changed_statements("test", model, args.change_files)
    fresh = changed_by_package(z / t + b, fresh_record, fresh_rows)
    facts = cost(fresh, chosen.cut) | {
        "aims": [round(a, 3) for a in chosen.aims],
        "expected": [round(e, 3) for e in chosen.expected],
        "dear": chosen.dear,
        "blocked_most": args.blocked,
        "blocked_expected": round(chosen.blocked, 4),
        "lines": {"calibration": int(clean.lines.sum()), "test": int(fresh.lines.sum())},
        "packages": {"calibration": len(clean.lines), "test": len(fresh.lines)},
        "ece": round(expected_calibration_error(sigmoid(u)[test][y[test] >= 0], y[test][y[test] >= 0]), 4),
        "ece_labelled_class": round(labelled_class_error(u[test], y[test], record[test], rows), 4),
    }
    write_toml(folder, t, b, sigmoid(chosen.cut), facts["measured"], rows)
    keep_facts(folder, facts, fresh=True)
    log("calibrate", temperature=[round(float(v), 3) for v in (t.min(), np.median(t), t.max())], **facts)


def labelled_class_error(u: np.ndarray, y: np.ndarray, record: np.ndarray, rows: list[dict]) -> float:
    """Calibration error where it is hard: each record's labelled class at each of its statements."""
    p, truth = [], []
    for s, r in enumerate(record.tolist()):
        for c in rows[r]["classes"]:
            if y[s, c] >= 0:
                p.append(sigmoid(u[s, c]))
                truth.append(y[s, c])
    return expected_calibration_error(np.array(p), np.array(truth)) if p else 0.0


def facts_of(folder: Path) -> dict:
    """What was measured of a bundle; empty if its calibration is another one by now."""
    path = WORK / f"facts-{sha256(folder / 'model.toml')[:8]}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep_facts(folder: Path, facts: dict, fresh: bool = False) -> None:
    """Adds to what is known of a bundle as it stands."""
    path = WORK / f"facts-{sha256(folder / 'model.toml')[:8]}.json"
    path.write_text(json.dumps(({} if fresh else facts_of(folder)) | facts), encoding="utf-8")


def write_toml(folder, t, b, cut, measured: list[float], rows: list[dict]) -> None:
    support = np.zeros(len(t), int)
    for r in rows:
        if r["split"] == "train" and r["label"] == "vulnerable" and not r["id"].endswith(RENAMED):
            support[r["classes"]] += 1
    text = [
        f'[model]\nname = "{MODEL}"\nversion = "{VERSION}"\nlicence = "MIT OR Apache-2.0"',
        f"window-budget = {Shape.budget}\n\n[files]",
        *(f'"{name}" = "{sha256(folder / name)}"' for name in ("model.onnx", "tokenizer.json")),
        f"\n[operating-points]\nbudgets = {list(BUDGETS)}",
        f"measured = {measured}",
    ]
    for i, c in enumerate(classes()):
        text.append(
            f'\n[[class]]\nid = "{c.id}"\nmembers = {json.dumps(c.members)}\ntemperature = {t[i]:.4f}\nbias = {b[i]:.4f}\n'
            f"support = {support[i]}\nthresholds = [{', '.join(f'{v:.6f}' for v in cut[i])}]"
        )
    inputs = [*labelled_files(), WORK / "generated.jsonl", VERDICTS, TRAINING / "data" / "packages.toml"]
    text.append("\n[data]\n" + "\n".join(f'"{p.name}" = "{sha256(p)}"' for p in inputs if p.exists()))
    (folder / "model.toml").write_text("\n".join(text) + "\n", encoding="utf-8")

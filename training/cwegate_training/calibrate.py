"""Step `calibrate`: logits → probabilities, and thresholds that keep an alarm budget.

Temperature: one for all classes and one bias, fitted on held-out labelled statements; a class with enough held-out
positives gets its own temperature, drawn towards the shared one.

Thresholds: for a budget of B alarms per 1,000 changed lines of the calibration packages, choose one threshold a class so
that the expected alarms of all classes together are B and the mean log recall of the classes is highest (proportional
fairness: a class that is hard to tell from clean code keeps a share of the budget instead of being switched off, and classes
that block by default count twice). The tail of a class's
scores on clean code is continued beyond the data as an exponential: with this many classes, a threshold just above the
highest clean score seen would still alarm about once per class on the next packages. A class with few held-out positives
borrows the distribution of all classes' positives.
"""

from __future__ import annotations

import json

import numpy as np

from .config import AUTHORED, BUDGETS, DATA, TRAINING, WORK, Shape, bundle_of, classes, log, read_jsonl, sha256
from .evaluate import Scored, by_record, by_statement, expected_calibration_error, figures, logits_of, session_of
from .finetune import touched_marks
from .generated import SOURCE
from .labels import Labels
from .pretrain import windows_of
from .rename import RENAMED
from .windows import Windows

TAIL = 40
"""Highest clean scores of a class from which its tail is fitted."""
BLOCKING = {f"CWE-{n}" for n in (20, 22, 78, 79, 89, 94, 200, 306, 352, 434, 502, 639, 770, 862, 863, 918)}
"""Classes that MITRE's CWE Top 25 of 2025 names, which the default policy blocks; their recall counts twice."""
LOWEST = 0.2
"""Up to a budget of 1 no threshold lies below this probability: nobody understands a commit that is blocked at 3 %."""
BORROWED = 6.0
"""Weight, in positives, of all classes' positives in the recall curve of one class."""
FLOOR = 0.02
"""Added to a recall before its logarithm, so that no class is worth any price."""
OWN_TEMPERATURE = 25
"""Held-out positives from which a class has its own temperature."""


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))


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


def expected_alarms(clean: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Alarms expected among as many statements as `clean` holds, at each threshold of the grid; never increasing."""
    values = np.sort(clean)[::-1]
    counts = np.searchsorted(-values, -grid, side="right").astype(float)
    tail = values[: min(TAIL, len(values))]
    if len(tail) >= 5:
        base = tail[-1]
        scale = max(0.2, float((tail[:-1] - base).mean()))
        beyond = grid > base
        counts[beyond] = len(tail) * np.exp(-(grid[beyond] - base) / scale)
    return np.minimum.accumulate(counts)


def recall_curve(own: np.ndarray, pooled: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Share of positives above each threshold, smoothed by half a logit and drawn to the pooled one."""

    def curve(values: np.ndarray) -> np.ndarray:
        return sigmoid((values[:, None] - grid[None, :]) / 0.5).mean(axis=0)

    own_part = curve(own) * len(own) if len(own) else np.zeros_like(grid)
    return (own_part + BORROWED * curve(pooled)) / (len(own) + BORROWED)


def thresholds(
    clean: np.ndarray, positives: list[np.ndarray], lines: int, weight: np.ndarray | None = None
) -> np.ndarray:
    """Calibrated clean logits [statements, classes], positives a class → thresholds in logits [classes, budgets].

    `weight`: how much each class counts; alike by default.
    """
    grid = np.arange(-8.0, 14.0, 0.05)
    readable = grid >= np.log(LOWEST / (1 - LOWEST))
    pooled = np.concatenate([p for p in positives if len(p)] or [np.zeros(1)])
    alarms = np.stack([expected_alarms(clean[:, c], grid) for c in range(clean.shape[1])])
    recall = np.stack([recall_curve(p, pooled, grid) for p in positives])
    worth = np.log(recall + FLOOR) * (1.0 if weight is None else weight[:, None])

    def chosen(price: float, budget: float) -> np.ndarray:
        gain = worth - price * alarms
        return np.where(readable | (budget > 1), gain, -np.inf).argmax(axis=1)

    out = []
    rows = np.arange(len(alarms))
    for budget in BUDGETS:
        allowed = budget * lines / 1000
        low, high = 1e-9, 1e6
        for _ in range(80):
            middle = (low * high) ** 0.5
            if alarms[rows, chosen(middle, budget)].sum() > allowed:
                low = middle
            else:
                high = middle
        out.append(grid[chosen(high, budget)])
    # A larger budget never has a stricter threshold.
    return np.minimum.accumulate(np.stack(out, axis=1), axis=1)


def changed_statements(part: str, run, most: int) -> tuple[np.ndarray, int, np.ndarray, list[dict]]:
    """Logits of the statements on changed lines of a part's packages, the number of those lines, and each one's package."""
    rows = list(read_jsonl(WORK / f"changes-{part}.jsonl"))
    windows = windows_of(f"changes-{part}.jsonl", f"changes-{part}")
    rows = [r if i % (len(rows) // most + 1) == 0 else {**r, "lines": []} for i, r in enumerate(rows)]
    marks = touched_marks(windows, rows)
    scored = logits_of(run, windows, np.unique(windows.window[marks]))
    keep = np.isin(scored.marks, marks)
    scored = by_statement(Scored(scored.marks[keep], scored.z[keep]), windows)
    record = windows.record[windows.window[scored.marks]]
    return scored.z, sum(len(r["lines"]) for r in rows), record, rows


def interval(alarm: np.ndarray, record: np.ndarray, rows: list[dict], rounds: int = 1000) -> tuple[float, float]:
    """95 % interval of alarms per 1,000 changed lines, by drawing packages with replacement."""
    names = sorted({r["package"] for r in rows})
    place = {name: i for i, name in enumerate(names)}
    lines, counts = np.zeros(len(names)), np.zeros(len(names))
    for r in rows:
        lines[place[r["package"]]] += len(r["lines"])
    np.add.at(counts, [place[rows[r]["package"]] for r in record], alarm)
    drawn = np.random.default_rng(3).integers(0, len(names), (rounds, len(names)))
    rates = 1000 * counts[drawn].sum(axis=1) / lines[drawn].sum(axis=1)
    return tuple(np.round(np.quantile(rates, [0.025, 0.975]), 3).tolist())


def calibrate(args) -> None:
    folder = bundle_of(args)
    run = session_of(folder / "model.onnx")
    rows = list(read_jsonl(WORK / "records.jsonl"))
    windows = windows_of("records.jsonl", f"records-{sha256(WORK / 'records.jsonl')[:8]}")
    held = [w for w in range(len(windows)) if rows[windows.record[w]]["split"] != "train"]
    scored = by_statement(logits_of(run, windows, held), windows)
    y, record = statement_labels(scored, windows, rows, len(classes()))
    split = np.array([rows[r]["split"] for r in record])
    # Composed code is easier than code that people wrote: it is measured, and nothing is fitted to it.
    composed = np.array([rows[r]["source"] == SOURCE for r in record])
    cal, test = (split == "calibration") & ~composed, (split == "test") & ~composed
    t, b = temperatures(scored.z[cal], y[cal])

    def calibrated(z: np.ndarray) -> np.ndarray:
        return z / t + b

    u = calibrated(scored.z)
    clean, lines, _, _ = changed_statements("calibration", run, args.change_files)
    positives = [u[cal & (y[:, c] == 1), c] for c in range(len(t))]
    weight = np.array([2.0 if c.id in BLOCKING else 1.0 for c in classes()])
    cut = thresholds(calibrated(clean), positives, lines, weight)
    fresh, fresh_lines, fresh_record, fresh_rows = changed_statements("test", run, args.change_files)
    alarm = np.stack([calibrated(fresh) >= cut[:, i] for i in range(len(BUDGETS))])
    rates = [1000 * float(a.sum()) / fresh_lines for a in alarm]
    ranges = [interval(a.sum(axis=1), fresh_record, fresh_rows) for a in alarm]
    known = test[:, None] & (y >= 0)
    facts = {
        "measured": [round(r, 3) for r in rates],
        "interval": ranges,
        "files_alarmed": [
            round(len(np.unique(fresh_record[a.any(axis=1)])) / sum(bool(r["lines"]) for r in fresh_rows), 4)
            for a in alarm
        ],
        "lines": {"calibration": lines, "test": fresh_lines},
        "packages": {"test": len({r["package"] for r in fresh_rows})},
        "ece": round(expected_calibration_error(sigmoid(u)[known], y[known]), 4),
        "ece_labelled_class": round(labelled_class_error(u[test], y[test], record[test], rows), 4),
    }
    write_toml(folder, t, b, sigmoid(cut), facts["measured"], rows)
    cuts = {budget: sigmoid(cut[:, i]) for i, budget in enumerate(BUDGETS)}
    held_out = held_out_figures(rows, by_record(Scored(scored.marks, sigmoid(u)), windows, rows), cuts)
    noisy = {Labels().ids[c]: int(alarm[3][:, c].sum()) for c in np.argsort(-alarm[3].sum(axis=0))[:8]}
    facts |= {"alarms_by_class@1": noisy, "held_out": held_out, "dev": dev_figures(run, t, b, cuts)}
    (WORK / f"facts-{sha256(folder / 'model.onnx')[:8]}.json").write_text(json.dumps(facts))
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


def held_out_figures(rows: list[dict], p: np.ndarray, cuts: dict[float, np.ndarray]) -> dict:
    """Figures over the test split: authored, real, other written and composed records apart, and a row for each class
    without the composed ones."""
    out: dict = {}
    kinds = {
        "authored": lambda r: r["source"] == "authored",
        "real": lambda r: r["real"],
        "written": lambda r: not r["real"] and r["source"] not in ("authored", SOURCE),
        SOURCE: lambda r: r["source"] == SOURCE,
    }
    test = [i for i, r in enumerate(rows) if r["split"] == "test"]
    for name, wanted in kinds.items():
        chosen = [i for i in test if wanted(rows[i])]
        if chosen:
            out[name] = figures([rows[i] for i in chosen], p[chosen], [rows[i]["classes"] for i in chosen], cuts)
    table = {}
    test = [i for i in test if rows[i]["source"] != SOURCE]
    for c, id_ in enumerate(Labels().ids):
        with_label = [
            i for i in test if rows[i]["label"] == "vulnerable" and c in rows[i]["classes"] and np.isfinite(p[i, c])
        ]
        others = [
            i
            for i in test
            if not (rows[i]["label"] == "vulnerable" and c in rows[i]["classes"]) and np.isfinite(p[i, c])
        ]
        hit = {b: int((p[with_label, c] >= cuts[b][c]).sum()) for b in (1.0, 5.0)}
        wrong = int((p[others, c] >= cuts[1.0][c]).sum())
        table[id_] = {"support": len(with_label), "found@1": hit[1.0], "found@5": hit[5.0], "wrong@1": wrong}
    out["classes"] = table
    return out


def dev_figures(run, t: np.ndarray, b: np.ndarray, cuts: dict[float, np.ndarray]) -> dict:
    """Figures over the development sets, which nothing was trained on or fitted to."""
    labels, out = Labels(), {}
    for path in sorted((DATA / "dev").glob("*.jsonl")):
        rows = list(read_jsonl(path))
        (WORK / f"dev-{path.stem}.jsonl").write_bytes(path.read_bytes())
        windows = windows_of(f"dev-{path.stem}.jsonl", f"dev-{path.stem}")
        scored = logits_of(run, windows, range(len(windows)))
        p = by_record(Scored(scored.marks, sigmoid(scored.z / t + b)), windows, rows)
        out[path.stem] = figures(rows, p, [labels.map(r["cwe"]) for r in rows], {k: cuts[k] for k in (1.0, 5.0)})
    return out


def write_toml(folder, t, b, cut, measured: list[float], rows: list[dict]) -> None:
    support = np.zeros(len(t), int)
    for r in rows:
        if r["split"] == "train" and r["label"] == "vulnerable" and not r["id"].endswith(RENAMED):
            support[r["classes"]] += 1
    text = [
        '[model]\nname = "cwegate-base"\nversion = "0.1.0"\nlicence = "MIT OR Apache-2.0"',
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
    inputs = [p for p in sorted((DATA / "train").glob("*.jsonl"))] + [AUTHORED, TRAINING / "data" / "packages.toml"]
    text.append("\n[data]\n" + "\n".join(f'"{p.name}" = "{sha256(p)}"' for p in inputs if p.exists()))
    (folder / "model.toml").write_text("\n".join(text) + "\n", encoding="utf-8")

"""Step `precision`: how many alarms in ordinary code of unseen projects are right, as a reader judged them.

The files are those of `data/verdicts.jsonl` whose project trains nothing. Of the model every alarm counts, also one that nobody has read; of another tool the alarms
that were read, which are a sample. What detectors and the reader missed alike is not seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from . import gate
from .calibrate import keep_facts
from .config import bundle_of, log
from .verdicts import judged_files

MODEL = "model"


def counted(rows: list[dict], alarms: list[list[int]]) -> dict[str, dict[str, int]]:
    """rows: files with their judged `statements`; alarms: the first lines that the model tells in each.

    By detector: `right`, `wrong` and, of the model, `unread` alarms; under `weak` how many statements there are that a reader calls weak.
    """
    found: dict[str, Counter] = defaultdict(Counter)
    for row, lines in zip(rows, alarms, strict=True):
        weak = {s["line"]: bool(s["classes"]) for s in row["statements"]}
        found["weak"]["statements"] += sum(weak.values())
        for line in lines:
            found[MODEL]["unread" if line not in weak else "right" if weak[line] else "wrong"] += 1
        for statement in row["statements"]:
            for detector in statement["told"]:
                found[detector]["right" if statement["classes"] else "wrong"] += 1
    return {name: dict(counts) for name, counts in found.items()}


def measured(bundle: Path) -> dict:
    """Counts over the files of unseen projects at the default budget."""
    rows = [row for row in judged_files() if row["split"] != "train"]
    cut = gate.Bundle.read(bundle).at()
    alarms = [[first for first, _, _ in scores.alarms(cut)] for scores in gate.score(rows, bundle)]
    return {
        "files": len(rows),
        "projects": len({row["project"] for row in rows}),
        "lines": sum(row["code"].count("\n") for row in rows),
        "detectors": counted(rows, alarms),
    }


def precision(args) -> None:
    folder = bundle_of(args)
    facts = measured(folder)
    keep_facts(folder, {"precision": facts})
    log("precision", **facts)

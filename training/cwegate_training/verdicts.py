"""Step `verdicts`: statements of public projects that a detector told, as a reader judged them, by the labels of `data/verdicts.jsonl`.

Ordinary code as it stands in projects, mature and not, is where alarms are met, and few of them are right: what a window teaches here is that very
statement, told rightly or not. The labels name a commit, a file and first lines of statements; the code stays in the projects' own repositories and is read from them as git
objects, like that of `fixes`. A project is in the split of its labelled records or of its package.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from . import dedup
from .config import PARTS, TRAINING, VERDICTS, WORK, log, only_measured, read_jsonl, sha256, write_jsonl
from .corpus import plain
from .fixes import from_projects, git
from .labels import Labels
from .records import labelled, parts_of_projects, project_of, split_of
from .windows import Windows

LABELS = TRAINING / "data" / "verdicts.jsonl"


def splits() -> dict[str, str]:
    """The split of every project that has one: of its package, or of its labelled records."""
    source = {r["id"]: project_of(r) for r in labelled()}
    found = {source.get(r["id"], ""): r["split"] for r in read_jsonl(WORK / "records.jsonl")}
    return found | parts_of_projects()


def judged_file(labels: Labels, folder: Path, label: dict) -> list[dict]:
    """The file of a label as one record. Raises Unusable."""
    name = label["repository"]
    code = git(folder, "cat-file", "blob", f"{label['commit']}:{label['path']}").decode("utf-8", "replace")
    statements = [
        {"line": s["line"], "classes": labels.map(s["cwe"]), "told": s["told"]}
        for s in label["statements"]
        # A weakness that no class of ours covers teaches nothing.
        if not s["cwe"] or labels.map(s["cwe"])
    ]
    project = plain(name.partition("/")[2])
    return [{
        "id": f"{project}/{name}/{label['commit'][:12]}/{label['path']}", "project": project, "code": code, "statements": statements,
    }]  # fmt: skip


def apart(rows: list[dict], processes: int) -> list[dict]:
    """The files that share nothing with another split: none that holds a labelled code of another split or what is only measured, none that resembles a file of another."""

    def prints(found) -> list[dedup.Print]:
        return dedup.prints([r["code"] for r in found], processes)

    own = prints(rows)
    codes = [{"code": r["code"], "split": "dev"} for r in only_measured()] + list(read_jsonl(WORK / "records.jsonl"))
    held = dedup.Contained(prints(codes))
    files = {"train": ("clean-train", "pretrain"), "calibration": ("changes-calibration",), "test": ("changes-test",)}
    near = {
        split: dedup.Near(one for name in names for one in prints(read_jsonl(WORK / f"{name}.jsonl")))
        for split, names in files.items()
    }
    # Of two judged files that resemble each other the held-out one stays.
    for row, one in zip(rows, own, strict=True):
        if row["split"] != "train":
            near[row["split"]].add(one)
    return [
        row
        for row, one in zip(rows, own, strict=True)
        if not any(codes[i]["split"] != row["split"] for i in held.found(one))
        and not any(known.found(one) for split, known in near.items() if split != row["split"])
    ]


def verdicts(args) -> None:
    """Writes verdicts.jsonl: `id`, `project`, `code`, `split` and judged `statements` of each file; writes nothing if too many labels cannot be used."""
    rows, unusable = from_projects(
        LABELS, args.origin, partial(judged_file, Labels()), "verdicts", "files cannot be had"
    )
    known = splits()
    for row in rows:
        row["split"] = known.get(row["project"]) or split_of(f"project/{row['project']}")
    rows.sort(key=lambda row: PARTS.index(row["split"]))
    kept = apart(rows, args.threads)
    write_jsonl(VERDICTS, kept)
    counts = Counter(
        f"{row['split']}/{'weak' if s['classes'] else 'harmless'}" for row in kept for s in row["statements"]
    )
    log(
        "verdicts", files=len(kept), projects=len({row["project"] for row in kept}), statements=dict(counts), left_out=len(rows) - len(kept),
        unusable=unusable, labels=sha256(LABELS), output=sha256(VERDICTS),
    )  # fmt: skip


def judged_files() -> list[dict]:
    """The rows of verdicts.jsonl; none where the step has not run."""
    return list(read_jsonl(VERDICTS)) if VERDICTS.exists() else []


def judged_marks(windows: Windows, rows: list[dict]) -> dict[int, list[int]]:
    """The classes (none: harmless) of each mark that a reader judged, by the line that its statement begins on."""
    verdict = {(i, s["line"]): s["classes"] for i, row in enumerate(rows) for s in row["statements"]}
    found = {}
    for mark, window in enumerate(windows.window.tolist()):
        place = (int(windows.record[window]), int(windows.first[mark]))
        if place in verdict:
            found[mark] = verdict[place]
    return found


def windows_with(marks: dict[int, list[int]], windows: Windows, rows: list[dict], split: str) -> np.ndarray:
    """Whether a window has a judged statement of a split; bool [windows]."""
    out = np.zeros(len(windows), bool)
    for mark in marks:
        window = int(windows.window[mark])
        out[window] = rows[int(windows.record[window])]["split"] == split
    return out

"""Step `verdicts`: statements of public projects that a detector told, as a reader judged them, by the labels of `data/verdicts.jsonl`.

Ordinary code as it stands in projects, mature and not, is where alarms are met, and few of them are right: what a window teaches here is that very
statement, told rightly or not. The labels name a commit, a file and first lines of statements; the code stays in the projects' own repositories and is read from them as git
objects, like that of `fixes`. A project is in the split of its labelled records or of its package.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

import numpy as np

from . import dedup
from .config import TRAINING, VERDICTS, WORK, log, only_measured, read_jsonl, sha256, write_jsonl
from .corpus import plain
from .fixes import MISSED, Unusable, git, repository
from .labels import Labels
from .records import labelled, parts_of_projects, project_of, split_of
from .windows import Windows

LABELS = TRAINING / "data" / "verdicts.jsonl"


def splits() -> dict[str, str]:
    """The split of every project that has one: of its package, or of its labelled records."""
    source = {r["id"]: project_of(r) for r in labelled()}
    found = {source.get(r["id"], ""): r["split"] for r in read_jsonl(WORK / "records.jsonl")}
    return found | parts_of_projects()


def read(name: str, files: list[dict], origin: str) -> tuple[list[dict], list[str]]:
    """The labelled files of OWNER/NAME as records, and those that cannot be had, with the reason."""
    rows, unusable, labels = [], [], Labels()
    try:
        folder = repository(name, sorted({file["commit"] for file in files}), origin)
    except Unusable as error:
        return [], [f"{name}@{file['commit']}: {error}" for file in files]
    for file in files:
        try:
            code = git(folder, "cat-file", "blob", f"{file['commit']}:{file['path']}").decode("utf-8", "replace")
        except Unusable as error:
            unusable.append(f"{name}@{file['commit']}:{file['path']}: {error}")
            continue
        statements = [
            {"line": s["line"], "classes": labels.map(s["cwe"]), "told": s["told"]}
            for s in file["statements"]
            # A weakness that no class of ours covers teaches nothing.
            if not s["cwe"] or labels.map(s["cwe"])
        ]
        project = plain(name.partition("/")[2])
        rows.append({
            "id": f"{project}/{name}/{file['commit'][:12]}/{file['path']}", "project": project, "code": code, "statements": statements,
        })  # fmt: skip
    return rows, unusable


def apart(rows: list[dict], processes: int) -> list[dict]:
    """The files that share nothing with another split: none that holds a labelled code of another split or what is only measured, none that resembles a file of another."""

    def prints(found) -> list[dedup.Print]:
        return dedup.prints([r["code"] for r in found], processes)

    own = prints(rows)
    labelled_codes = list(read_jsonl(WORK / "records.jsonl"))
    labelled_codes = [{"code": r["code"], "split": "dev"} for r in only_measured()] + labelled_codes
    labelled_prints = prints(labelled_codes)
    files = {"train": ("clean-train", "pretrain"), "calibration": ("changes-calibration",), "test": ("changes-test",)}
    near = {
        split: dedup.Near(one for name in names for one in prints(read_jsonl(WORK / f"{name}.jsonl")))
        for split, names in files.items()
    }
    # Of two judged files that resemble each other the held-out one stays.
    for row, one in zip(rows, own, strict=True):
        if row["split"] != "train":
            near[row["split"]].add(one)
    kept = []
    for split in files:
        others = [one for r, one in zip(labelled_codes, labelled_prints, strict=True) if r["split"] != split]
        held = dedup.Contained(others)
        for row, one in zip(rows, own, strict=True):
            elsewhere = (known for other, known in near.items() if other != split)
            if row["split"] == split and not held.found(one) and not any(known.found(one) for known in elsewhere):
                kept.append(row)
    return kept


def verdicts(args) -> None:
    """Writes verdicts.jsonl: `id`, `project`, `code`, `split` and judged `statements` of each file; writes nothing if too many labels cannot be used."""
    by_project: dict[str, list[dict]] = defaultdict(list)
    for file in read_jsonl(LABELS):
        by_project[file["repository"]].append(file)
    rows, unusable = [], []
    for name, files in by_project.items():
        some, missing = read(name, files, args.origin)
        rows += some
        unusable += missing
    if len(unusable) > MISSED * (len(unusable) + len(rows)):
        sys.exit(
            "\n".join(unusable)
            + f"\nverdicts: {len(unusable)} files cannot be had; see to what is said above and run the step again."
        )
    known = splits()
    for row in rows:
        row["split"] = known.get(row["project"]) or split_of(f"project/{row['project']}")
    kept = apart(rows, args.threads)
    write_jsonl(VERDICTS, kept)
    counts = Counter(
        f"{row['split']}/{'weak' if s['classes'] else 'harmless'}" for row in kept for s in row["statements"]
    )
    log(
        "verdicts", files=len(kept), projects=len({row["project"] for row in kept}), statements=dict(counts), left_out=len(rows) - len(kept),
        unusable=unusable, labels=sha256(LABELS), output=sha256(VERDICTS),
    )  # fmt: skip


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

"""Step `leaks`: what train, calibration, test and what is only measured share, measured on the files that the steps read.

Three measures, each between every two parts: exact copies (the same runs of tokens, comments left out), near duplicates
(Jaccard of token shingles at least `dedup.NEAR`), and labelled codes that stand inside an ordinary file. And by name:
packages in two parts, and labelled projects whose package is in another part. All must be zero.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass

from . import dedup
from .config import PARTS, WORK, log, only_measured, read_jsonl
from .records import labelled, parts_of_projects, project_of
from .rename import RENAMED
from .verdicts import judged_files

SIDES = (*PARTS, "dev")


@dataclass
class Text:
    """One code of a side; `labelled` says whether it is a labelled record or an ordinary file."""

    id: str
    side: str
    labelled: bool
    code: str


def texts() -> list[Text]:
    """Everything that is trained on, calibrated on or measured on."""
    out = [
        Text(r["id"], r["split"], True, r["code"])
        for r in read_jsonl(WORK / "records.jsonl")
        if not r["id"].endswith(RENAMED)
    ]
    out += [Text(r["id"], "dev", True, r["code"]) for r in only_measured()]
    files = (
        ("train", "clean-train"),
        ("train", "pretrain"),
        ("calibration", "changes-calibration"),
        ("test", "changes-test"),
    )
    for side, name in files:
        out += [Text(r["id"], side, False, r["code"]) for r in read_jsonl(WORK / f"{name}.jsonl")]
    return out + [Text(r["id"], r["split"], False, r["code"]) for r in judged_files()]


def between(rows: list[Text], processes: int = 1) -> dict[str, Counter]:
    """For `exact`, `near` and `contained`: how many codes of the first side have their like on the second, by "a/b"."""
    found = {"exact": Counter(), "near": Counter(), "contained": Counter()}
    prints = dedup.prints([r.code for r in rows], processes)
    exact: dict[bytes, set[str]] = defaultdict(set)
    for row, one in zip(rows, prints, strict=True):
        exact[one.shingles.tobytes()].add(row.side)
    for sides in exact.values():
        for a in sides:
            for b in sides:
                if SIDES.index(a) < SIDES.index(b):
                    found["exact"][f"{a}/{b}"] += 1
    # Each side against those after it; within a side the like may stand together.
    near = {side: dedup.Near(one for row, one in zip(rows, prints) if row.side == side) for side in SIDES[1:]}
    labelled_rows = [i for i, row in enumerate(rows) if row.labelled]
    contained = dedup.Contained(prints[i] for i in labelled_rows)
    for row, one in zip(rows, prints, strict=True):
        for side in SIDES[SIDES.index(row.side) + 1 :]:
            if near[side].found(one):
                found["near"][f"{row.side}/{side}"] += 1
        if not row.labelled:
            for side in {rows[labelled_rows[i]].side for i in contained.found(one)} - {row.side}:
                found["contained"][f"{side} in {row.side}"] += 1
    return found


def projects_on_two_sides(rows: list[Text]) -> list[str]:
    """Packages that two parts have, and labelled projects that two parts have or that stand elsewhere than their package."""
    packages: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if not row.labelled:
            packages[row.id.split("/")[0]].add(row.side)
    split = {row.id: row.side for row in rows if row.labelled}
    parts = parts_of_projects()
    bad = {name for name, sides in packages.items() if len(sides) > 1}
    found: dict[str, set[str]] = defaultdict(set)
    for record in labelled():
        if (project := project_of(record)) and record["id"] in split:
            found[project] |= {split[record["id"]], parts.get(project, split[record["id"]]), *packages.get(project, ())}
    return sorted(bad | {project for project, sides in found.items() if len(sides) > 1})


def leaks(args) -> None:
    """Measures, prints and keeps the figures; ends with status 1 if there is any leak."""
    rows = texts()
    found = {name: dict(counts) for name, counts in between(rows, args.threads).items()}
    shared = projects_on_two_sides(rows)
    log("leaks", codes=dict(Counter(r.side for r in rows)), **found, projects_on_two_sides=shared)
    if shared or any(found.values()):
        sys.exit("leaks: the parts are not apart; mend the step that wrote the codes counted above.")

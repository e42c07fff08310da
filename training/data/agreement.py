"""Agreement between those who labelled and a second reader who saw the code alone.

    python agreement.py            # prints the figures of blind.jsonl, then those of verdicts.jsonl

Each line of blind.jsonl is one side of a pair (or a clean entry), as it was when it was read: what its writer says of it, and
what the second reader said, without names, labels or marks. In verdicts.jsonl `again` is the second verdict on a statement. Cohen's kappa: Cohen, Educational and Psychological Measurement 20
(1960).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent


def class_of() -> dict[str, str]:
    """Each CWE of classes.toml → the id of its class."""
    blocks = (HERE.parent / "classes.toml").read_text(encoding="utf-8").split("[[class]]")[1:]
    return {cwe: ids[0] for ids in (re.findall(r"CWE-\d+", block) for block in blocks) for cwe in ids}


def kappa(first: list[bool], second: list[bool]) -> dict[str, float]:
    """Share of agreement, and how much of what chance leaves it makes up."""
    same = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    weak, seen = sum(first) / len(first), sum(second) / len(second)
    chance = weak * seen + (1 - weak) * (1 - seen)
    return {"same": same, "kappa": (same - chance) / (1 - chance)}


def verdicts(files: list[dict]) -> dict[str, float]:
    """Shares of agreement on the statements that were judged twice."""
    twice = [s for file in files for s in file["statements"] if "again" in s]
    both = [s for s in twice if s["cwe"] and s["again"]]
    return {
        "statements": len(twice),
        **kappa([bool(s["cwe"]) for s in twice], [bool(s["again"]) for s in twice]),
        "weak on both": len(both),
        "same class": sum(bool(set(s["cwe"]) & set(s["again"])) for s in both) / len(both),
    }


def agreement(rows: list[dict]) -> dict[str, float]:
    """Shares of agreement: on weak or not, and where both say weak, on the class and on a line."""
    classes = class_of()
    first = [row["label"] == "vulnerable" for row in rows]
    second = [row["second"]["vulnerable"] for row in rows]
    both = [row for row, a, b in zip(rows, first, second) if a and b]

    def named(cwe: list[str]) -> set[str]:
        return {classes.get(id_, id_) for id_ in cwe}

    return {
        "sides": len(rows),
        **kappa(first, second),
        "weak on both": len(both),
        "same class": sum(bool(named(r["cwe"]) & named(r["second"]["cwe"])) for r in both) / len(both),
        "a line in common": sum(bool(set(r["lines"]) & set(r["second"]["lines"])) for r in both) / len(both),
    }


def rows_of(name: str) -> list[dict]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    for found in (agreement(rows_of("blind.jsonl")), verdicts(rows_of("verdicts.jsonl"))):
        for name, value in found.items():
            print(f"{name:>17}  {value:.3f}" if isinstance(value, float) else f"{name:>17}  {value}")

"""Agreement between the writers of the authored pairs and a second reader who saw the code alone.

    python agreement.py            # prints the figures of blind.jsonl

Each line of blind.jsonl is one side of a pair (or a clean entry), as it was when it was read: what its writer says of it, and
what the second reader said, without names, labels or marks. Cohen's kappa: Cohen, Educational and Psychological Measurement 20
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


def agreement(rows: list[dict]) -> dict[str, float]:
    """Shares of agreement: on weak or not, and where both say weak, on the class and on a line."""
    classes = class_of()
    first = [row["label"] == "vulnerable" for row in rows]
    second = [row["second"]["vulnerable"] for row in rows]
    same = sum(a == b for a, b in zip(first, second)) / len(rows)
    weak, seen = sum(first) / len(rows), sum(second) / len(rows)
    chance = weak * seen + (1 - weak) * (1 - seen)
    both = [row for row, a, b in zip(rows, first, second) if a and b]

    def named(cwe: list[str]) -> set[str]:
        return {classes.get(id_, id_) for id_ in cwe}

    return {
        "sides": len(rows),
        "same": same,
        "kappa": (same - chance) / (1 - chance),
        "weak on both": len(both),
        "same class": sum(bool(named(r["cwe"]) & named(r["second"]["cwe"])) for r in both) / len(both),
        "a line in common": sum(bool(set(r["lines"]) & set(r["second"]["lines"])) for r in both) / len(both),
    }


if __name__ == "__main__":
    lines = (HERE / "blind.jsonl").read_text(encoding="utf-8").splitlines()
    for name, value in agreement([json.loads(line) for line in lines]).items():
        print(f"{name:>17}  {value:.3f}" if isinstance(value, float) else f"{name:>17}  {value}")

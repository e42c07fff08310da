"""MITRE's research view and the default policy, as the gate reads them: which class a weakness counts as, and what blocks.

One rule says what the right class of a record is, here and in `cwegate eval`: the class that has the record's weakness as a
member, else that of its nearest ancestor. `from` in classes.toml says which labels train a class, and nothing about judging.
"""

from __future__ import annotations

import json
from functools import cache

import tomllib

from .config import ROOT, classes

CATALOGUE = ROOT / "src" / "cwe" / "catalogue.json"
DEFAULT_POLICY = ROOT / "policies" / "top25.toml"


@cache
def parents() -> dict[str, list[str]]:
    catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {w["id"]: w["parents"] for w in catalogue["weaknesses"]}


def ancestors(cwe: str) -> list[str]:
    """The weakness itself and all above it, nearest first, those of one distance by number."""
    steps, queue = {cwe: 0}, [cwe]
    for current in queue:
        for parent in parents().get(current, ()):
            if parent not in steps:
                steps[parent] = steps[current] + 1
                queue.append(parent)
    return sorted(steps, key=lambda c: (steps[c], int(c.removeprefix("CWE-"))))


def class_of(cwe: str) -> int | None:
    """Index of the class that a weakness counts as when it is judged; None if no ancestor is in a class."""
    of = {member: index for index, c in enumerate(classes()) for member in c.members}
    return next((of[a] for a in ancestors(cwe) if a in of), None)


@cache
def default_policy() -> dict:
    return tomllib.loads(DEFAULT_POLICY.read_text(encoding="utf-8"))


DEFAULT_BUDGET: float = default_policy()["gate"]["budget"]
"""False alarms per 1,000 changed lines, all classes together: what the default policy tells."""
BLOCK_BUDGET: float = default_policy()["gate"].get("block-budget", DEFAULT_BUDGET)
"""The same for what of it may block."""


def blocking() -> list[bool]:
    """Whether the default policy blocks each class: it or one of its members is listed, or stands below one that is."""
    table = default_policy()["cwe"]

    def action(c) -> str:
        above = {}
        for member in (c.id, *c.members):
            for distance, cwe in enumerate(ancestors(member)):
                above[cwe] = min(distance, above.get(cwe, distance))
        listed = sorted((distance, cwe) for cwe, distance in above.items() if cwe in table)
        return table[listed[0][1]] if listed else table["*"]

    return [action(c) == "block" for c in classes()]

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


def ancestors(cwe: str) -> dict[str, int]:
    """The weakness itself and all above it with their distance, nearest first, those of one distance by number."""
    steps, queue = {cwe: 0}, [cwe]
    for current in queue:
        for parent in parents().get(current, ()):
            if parent not in steps:
                steps[parent] = steps[current] + 1
                queue.append(parent)
    order = sorted(steps, key=lambda c: (steps[c], int(c.removeprefix("CWE-"))))
    return {c: steps[c] for c in order}


def class_of(cwe: str) -> int | None:
    """Index of the class that a weakness counts as when it is judged; None if no ancestor is in a class."""
    return next((members()[a] for a in ancestors(cwe) if a in members()), None)


@cache
def members() -> dict[str, int]:
    """Index of the class of every weakness that is a member of one."""
    return {member: index for index, c in enumerate(classes()) for member in c.members}


@cache
def default_policy() -> dict:
    return tomllib.loads(DEFAULT_POLICY.read_text(encoding="utf-8"))


DEFAULT_BUDGET: float = default_policy()["gate"]["budget"]
"""False alarms per 1,000 changed lines, all classes together: what the default policy tells."""
BLOCK_BUDGET: float = default_policy()["gate"].get("block-budget", DEFAULT_BUDGET)
"""The same for what of it may block."""


def blocking() -> list[bool]:
    """Whether the default policy blocks each class: what it lists nearest above the class or a member of it says so, the stricter of
    those that are as near. The policy lists single weaknesses and plain actions only."""
    table = default_policy()["cwe"]
    strictness = {"block": 0, "warn": 1, "off": 2}

    def action(c) -> str:
        above = ((steps, cwe) for member in (c.id, *c.members) for cwe, steps in ancestors(member).items())
        listed = [(steps, strictness[table[cwe]], table[cwe]) for steps, cwe in above if cwe in table]
        return min(listed)[2] if listed else table["*"]

    return [action(c) == "block" for c in classes()]

"""Which families train, calibrate and test: families that are near copies of one another stay together."""

from __future__ import annotations

import hashlib
import re
from functools import cache

from .classes import CLASSES
from .shapes import Shape

SHARE = 0.1
"""Part of each class's families that is held out, once for calibration and once for the test, at least."""
ALIKE = 0.7
"""Jaccard similarity of two shapes' runs of three words from which they share a split."""
LARGEST = 0.25
"""Part of a class that a group of families may be and still be held out."""


def _runs(shape: Shape) -> set[tuple[str, ...]]:
    words = [w for _, text, _ in shape.body for w in re.findall(r"\w+|[^\w\s]", text)]
    return {tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2))}


def groups(shapes: list[Shape]) -> list[list[Shape]]:
    """The shapes in groups of near copies."""
    found: list[tuple[list[Shape], list[set]]] = []
    for shape in shapes:
        runs = _runs(shape)
        near = [g for g in found if any(len(runs & r) >= ALIKE * len(runs | r) for r in g[1])]
        joined = ([s for g in near for s in g[0]] + [shape], [r for g in near for r in g[1]] + [runs])
        found = [g for g in found if g not in near] + [joined]
    return [g[0] for g in found]


@cache
def _splits() -> dict[str, str]:
    out = {}
    for group in CLASSES:
        rest = sorted(
            groups(group.shapes),
            key=lambda g: hashlib.sha256(f"{group.cwe}/{min(s.name for s in g)}".encode()).digest(),
        )
        for part in ("test", "calibration"):
            held = 0
            for members in list(rest):
                if held >= SHARE * len(group.shapes):
                    break
                if len(members) <= max(1, LARGEST * len(group.shapes)):
                    rest.remove(members)
                    held += len(members)
                    out |= {f"{group.cwe}/{s.name}": part for s in members}
    return out


def split_of(family: str) -> str:
    """train, calibration or test, for the first two parts of a family's name."""
    return _splits().get("/".join(family.split("/")[:2]), "train")

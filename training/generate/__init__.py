"""Compositional generator of labelled Python: `python -m generate --seed N --count N --out FILE.jsonl [--hosts DIR]`."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator

from .classes import CLASSES
from .engine import Sample, compose, ordinary, parses
from .split import split_of

__all__ = ["CLASSES", "generate", "normalised", "samples", "split_of"]

LONGEST = 90
"""Lines that a sample may have."""
ORDINARY, CALM = 0.03, 0.22
"""Shares of samples that are clean: neutral functions, and code around a sink without its weakness."""


def normalised(code: str) -> str:
    """The code without spacing."""
    return re.sub(r"\s+", " ", code).strip()


def neighbours(rng: random.Random, group, shapes: list, hosts: list) -> tuple[str, ...]:
    """Functions that stand around a sample, on both sides alike: real ones, and at times repaired code of the same class."""
    out = [rng.choice(hosts).code for _ in range(rng.choice((0, 1, 1, 1, 2)))] if hosts and rng.random() < 0.7 else []
    if rng.random() < 0.3:
        beside = compose(rng, group, rng.choice(shapes))
        if beside is not None:
            lines = beside.good.rstrip().split("\n")
            out.append("\n".join(line for line in lines if not line.startswith(("import ", "from "))).strip("\n"))
    return tuple(out)


def samples(seed: int, count: int, hosts: list = (), part: str | None = None) -> Iterator[tuple[str, Sample | str]]:
    """`count` distinct samples of one split (or of all): ("pair", sample), ("clean", sample) or ("ordinary", code)."""
    usable = [
        (group, [s for s in group.shapes if part in (None, split_of(f"{group.cwe}/{s.name}"))]) for group in CLASSES
    ]
    seen: set[bytes] = set()
    made = attempt = 0
    while made < count:
        attempt += 1
        rng = random.Random(f"{seed}/{attempt}")
        group, shapes = rng.choice(usable)
        shape = rng.choice(shapes)
        way = rng.random()
        if way < ORDINARY:
            code = ordinary(rng, part or "train")
            item, texts, kind = code, (code,), "ordinary"
        else:
            calm = way < ORDINARY + CALM
            constant = calm and shape.flow and group.plain and not shape.frames and rng.random() < 0.6
            around = neighbours(rng, group, shapes, hosts)
            host = rng.choice(hosts) if hosts and rng.random() < 0.7 else None
            sample = compose(rng, group, shape, host, constant) if host else None
            sample = sample or compose(rng, group, shape, None, constant, around)
            if sample is None or not sample.bad_lines or sample.bad == sample.good:
                continue
            item, texts, kind = sample, (sample.bad, sample.good), "clean" if calm else "pair"
        key = hashlib.md5(normalised(texts[0]).encode()).digest()
        if key in seen or any(t.count("\n") > LONGEST or not parses(t) for t in texts):
            continue
        seen.add(key)
        made += 1
        yield kind, item


def family(sample: Sample) -> str:
    """What must not be divided between splits: the class and the shape, however it is dressed."""
    return "/".join(sample.family.split("/")[:2])


def generate(seed: int, count: int, hosts: list = (), part: str | None = None) -> Iterator[dict]:
    """Records in the data's schema; `count` is of samples, and a pair gives two records."""
    for number, (kind, item) in enumerate(samples(seed, count, hosts, part)):
        name = f"generated-{seed}-{number}"
        shared = {"source": "generated", "real": False, "granularity": "function"}
        if kind == "ordinary":
            yield {"id": name, "code": item, "label": "clean", "cwe": [], "family": f"ordinary/{number % 50}", **shared}
        elif kind == "clean":
            code = item.bad if item.flags["constant"] and number % 2 else item.good
            yield {"id": name, "code": code, "label": "clean", "cwe": [], "family": family(item), **shared}
        else:
            shared = {"cwe": [item.cwe], "family": family(item), "pair_id": name, **shared}
            yield {"id": f"{name}-v", "code": item.bad, "label": "vulnerable", "lines": item.bad_lines, **shared}
            fixed = {"lines": item.good_lines} if item.good_lines else {}
            yield {"id": f"{name}-f", "code": item.good, "label": "fixed", **fixed, **shared}

"""Compositional generator of labelled Python: `python -m generate --seed N --count N --out FILE.jsonl [--hosts DIR]`."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator

from .classes import CLASSES
from .engine import Sample, compose, ordinary, parses, split_of

__all__ = ["CLASSES", "generate", "normalised", "samples", "split_of"]

LONGEST = 64
"""Lines that a sample may have."""


def normalised(code: str) -> str:
    """The code without spacing."""
    return re.sub(r"\s+", " ", code).strip()


def samples(seed: int, count: int, hosts: list = ()) -> Iterator[tuple[str, Sample | str]]:
    """`count` distinct samples: ("pair", sample), ("clean", sample) or ("ordinary", code)."""
    seen: set[bytes] = set()
    made = attempt = 0
    while made < count:
        attempt += 1
        rng = random.Random(f"{seed}/{attempt}")
        group = rng.choice(CLASSES)
        shape = rng.choice(group.shapes)
        way = rng.random()
        if way < 0.06:
            code = ordinary(rng)
            item, texts, kind = code, (code,), "ordinary"
        else:
            calm = way < 0.20
            constant = calm and shape.flow and group.plain and not shape.frames and rng.random() < 0.7
            host = rng.choice(hosts) if hosts and rng.random() < 0.25 else None
            sample = compose(rng, group, shape, host, constant)
            if sample is None or not sample.bad_lines or sample.bad == sample.good:
                continue
            item, texts, kind = sample, (sample.bad, sample.good), "clean" if calm else "pair"
        key = hashlib.md5(normalised(texts[0]).encode()).digest()
        if key in seen or any(t.count("\n") > LONGEST or not parses(t) for t in texts):
            continue
        seen.add(key)
        made += 1
        yield kind, item


def generate(seed: int, count: int, hosts: list = ()) -> Iterator[dict]:
    """Records in the data's schema; `count` is of samples, and a pair gives two records."""
    for number, (kind, item) in enumerate(samples(seed, count, hosts)):
        name = f"generated-{seed}-{number}"
        shared = {"source": "generated", "real": False, "granularity": "function"}
        if kind == "ordinary":
            yield {"id": name, "code": item, "label": "clean", "cwe": [], "family": f"ordinary/{number % 50}", **shared}
        elif kind == "clean":
            code = item.bad if item.flags["constant"] and number % 2 else item.good
            yield {"id": name, "code": code, "label": "clean", "cwe": [], "family": item.family, **shared}
        else:
            shared = {"cwe": [item.cwe], "family": item.family, "pair_id": name, **shared}
            yield {"id": f"{name}-v", "code": item.bad, "label": "vulnerable", "lines": item.bad_lines, **shared}
            fixed = {"lines": item.good_lines} if item.good_lines else {}
            yield {"id": f"{name}-f", "code": item.good, "label": "fixed", **fixed, **shared}

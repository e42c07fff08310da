"""Near duplicates: shingles of five tokens, MinHash to find candidates, Jaccard to decide."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict

import numpy as np

NEAR = 0.7
"""Jaccard similarity from which two pieces of code count as the same."""
SHINGLE = 5
BANDS, ROWS = 20, 4
WORD = re.compile(r"\w+|[^\w\s]")
COMMENT = re.compile(r"(?m)#[^\n\"']*$")
_rng = np.random.default_rng(7)
_A = _rng.integers(1, 1 << 31, BANDS * ROWS, dtype=np.uint64)
_B = _rng.integers(0, 1 << 31, BANDS * ROWS, dtype=np.uint64)


def shingles(code: str) -> np.ndarray:
    """Sorted distinct 32-bit hashes of the code's runs of five tokens, comments left out."""
    words = WORD.findall(COMMENT.sub("", code))
    runs = (" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1)))
    return np.unique(np.fromiter((zlib.crc32(run.encode()) for run in runs), dtype=np.uint64))


def signature(hashes: np.ndarray) -> np.ndarray:
    """MinHash of a shingle set, `BANDS * ROWS` values."""
    return ((hashes[:, None] * _A + _B) & np.uint64(0xFFFFFFFF)).min(axis=0)


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


def pairs(codes: list[str], across: list[str] | None = None):
    """Yields every (i, j), i < j, whose codes are near duplicates (found with a chance of over .99 at .8).

    With `across`, one label a code, only those whose labels differ."""
    sets = [shingles(code) for code in codes]
    signatures = [signature(s) for s in sets]
    if across:
        yield from _across(sets, signatures, across)
        return
    seen = set()
    for band in range(BANDS):
        buckets = defaultdict(list)
        for index, sig in enumerate(signatures):
            buckets[sig[band * ROWS : (band + 1) * ROWS].tobytes()].append(index)
        for bucket in buckets.values():
            # Within a huge bucket all are alike: compare each with the first few.
            for position, j in enumerate(bucket):
                for i in bucket[: min(position, 40)]:
                    if (i, j) not in seen:
                        seen.add((i, j))
                        if jaccard(sets[i], sets[j]) >= NEAR:
                            yield i, j


def _across(sets: list[np.ndarray], signatures: list[np.ndarray], labels: list[str]):
    """As `pairs`, between labels only: in a bucket each code is compared with up to 40 of every other label."""
    seen = set()
    for band in range(BANDS):
        buckets = defaultdict(list)
        for index, sig in enumerate(signatures):
            buckets[sig[band * ROWS : (band + 1) * ROWS].tobytes()].append(index)
        for bucket in buckets.values():
            by_label = defaultdict(list)
            for index in bucket:
                by_label[labels[index]].append(index)
            for label, members in by_label.items() if len(by_label) > 1 else ():
                others = [i for other, found in by_label.items() if other != label for i in found[:40]]
                for pair in {(min(i, j), max(i, j)) for j in members for i in others} - seen:
                    seen.add(pair)
                    if jaccard(sets[pair[0]], sets[pair[1]]) >= NEAR:
                        yield pair


def clusters(codes: list[str]) -> list[int]:
    """A cluster number for each code; near duplicates share it, transitively."""
    parent = list(range(len(codes)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in pairs(codes):
        parent[find(j)] = find(i)
    return [find(i) for i in range(len(codes))]


class Contained:
    """Finds which of some held-out codes stand, nearly whole, inside a larger text."""

    def __init__(self, codes: list[str]) -> None:
        self.sizes = []
        owners = defaultdict(list)
        for code in codes:
            hashes = shingles(code)
            if len(hashes) < 12:
                continue  # too short to mean anything
            for value in hashes.tolist():
                owners[value].append(len(self.sizes))
            self.sizes.append(len(hashes))
        self.owners = dict(owners)

    def any(self, text: str) -> bool:
        hits = defaultdict(int)
        for value in shingles(text).tolist():
            for owner in self.owners.get(value, ()):
                hits[owner] += 1
                if hits[owner] >= NEAR * self.sizes[owner]:
                    return True
        return False

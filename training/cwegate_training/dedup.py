"""Near duplicates: shingles of five tokens, MinHash to find candidates, Jaccard to decide."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

NEAR = 0.7
"""Jaccard similarity from which two pieces of code count as the same."""
SHINGLE = 5
SHORTEST = 12
"""Shingles; that a shorter code stands inside another means nothing."""
BANDS, ROWS = 20, 4
WORD = re.compile(r"\w+|[^\w\s]")
COMMENT = re.compile(r"(?m)#[^\n\"']*$")
_rng = np.random.default_rng(7)
# Odd factors permute the 32-bit numbers; the products wrap around on purpose.
_A = _rng.integers(0, 1 << 32, BANDS * ROWS, dtype=np.uint32) | np.uint32(1)
_B = _rng.integers(0, 1 << 32, BANDS * ROWS, dtype=np.uint32)


_SPREAD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63], np.uint64
)
"""One odd factor a place in a run: the hash of a run depends on the order of its tokens."""


def shingles(code: str) -> np.ndarray:
    """Sorted distinct 32-bit hashes of the code's runs of five tokens, comments left out."""
    words = WORD.findall(COMMENT.sub("", code))
    hashes = np.fromiter(map(zlib.crc32, map(str.encode, words)), np.uint64, len(words))
    runs = max(1, len(words) - SHINGLE + 1)
    mixed = np.zeros(runs, np.uint64)
    for place, factor in enumerate(_SPREAD):
        there = hashes[place : place + runs]
        mixed[: len(there)] += (there + np.uint64(1)) * factor
    mixed ^= mixed >> np.uint64(29)
    return np.unique((mixed * _SPREAD[0]) >> np.uint64(32))


def signature(hashes: np.ndarray) -> np.ndarray:
    """MinHash of a shingle set, `BANDS * ROWS` values."""
    return (hashes.astype(np.uint32)[:, None] * _A + _B).min(axis=0)


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


@dataclass(frozen=True)
class Print:
    """What is compared of a code: its shingles and their MinHash."""

    shingles: np.ndarray
    signature: np.ndarray

    def bands(self):
        """Keys of the buckets that near duplicates share with a chance of over .99."""
        return ((band, self.signature[band * ROWS : (band + 1) * ROWS].tobytes()) for band in range(BANDS))


def print_of(code: str) -> Print:
    hashes = shingles(code)
    return Print(hashes, signature(hashes))


def prints(codes: list[str], processes: int = 1) -> list[Print]:
    """The print of every code, in order."""
    if processes < 2:
        return [print_of(code) for code in codes]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(print_of, codes, chunksize=50))


def pairs(known: list[Print]):
    """Yields every (i, j), i < j, whose codes are near duplicates (those with a Jaccard of .8 are found with a chance of over .99)."""
    buckets = defaultdict(list)
    for index, one in enumerate(known):
        for key in one.bands():
            buckets[key].append(index)
    seen = set()
    for bucket in buckets.values():
        # Within a huge bucket all are alike: compare each with the first few.
        for position, j in enumerate(bucket):
            for i in bucket[: min(position, 40)]:
                if (i, j) not in seen:
                    seen.add((i, j))
                    if jaccard(known[i].shingles, known[j].shingles) >= NEAR:
                        yield i, j


def clusters(known: list[Print]) -> list[int]:
    """A cluster number for each code; near duplicates share it, transitively."""
    parent = list(range(len(known)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in pairs(known):
        parent[find(j)] = find(i)
    return [find(i) for i in range(len(known))]


class Near:
    """Finds which of some codes are near duplicates of another."""

    def __init__(self, known: Iterable[Print] = ()) -> None:
        self.known: list[Print] = []
        self.buckets = defaultdict(list)
        for one in known:
            self.add(one)

    def add(self, one: Print) -> None:
        for key in one.bands():
            self.buckets[key].append(len(self.known))
        self.known.append(one)

    def found(self, one: Print) -> set[int]:
        """Indices of the codes whose Jaccard similarity with another is at least `NEAR`."""
        candidates = {index for key in one.bands() for index in self.buckets.get(key, ())}
        return {index for index in candidates if jaccard(self.known[index].shingles, one.shingles) >= NEAR}


class Contained:
    """Finds which of some held-out codes stand, nearly whole, inside a larger text."""

    def __init__(self, known: Iterable[Print]) -> None:
        sets = [one.shingles for one in known]
        sizes = np.array([len(one) if len(one) >= SHORTEST else 0 for one in sets], np.int64)
        self.wanted = np.where(sizes > 0, NEAR * sizes, np.inf)
        values = np.concatenate([one for one, size in zip(sets, sizes) if size] or [np.zeros(0, np.uint64)])
        owners = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        order = np.argsort(values, kind="stable")
        self.owners = owners[order]
        # owners[starts[i] : starts[i + 1]] hold values[i].
        self.values, first = np.unique(values[order], return_index=True)
        self.starts = np.append(first, len(values))

    def found(self, one: Print) -> set[int]:
        """Indices of the codes of which another holds at least the share `NEAR`."""
        if not len(self.values):
            return set()
        places = np.minimum(np.searchsorted(self.values, one.shingles), len(self.values) - 1)
        places = places[self.values[places] == one.shingles]
        counts = self.starts[places + 1] - self.starts[places]
        # The positions of all owners: each run counts up from its own start.
        shift = np.repeat(self.starts[places] - (counts.cumsum() - counts), counts)
        hits = self.owners[np.arange(counts.sum()) + shift]
        held = np.bincount(hits, minlength=len(self.wanted))
        return set(np.flatnonzero(held >= self.wanted).tolist())

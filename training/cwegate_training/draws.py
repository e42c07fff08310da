"""Which code a step of the fine-tuning reads."""

from __future__ import annotations

from collections import deque

import numpy as np

from .windows import Windows

ALARMING = 0.05
"""Highest probability from which a clean window is met again."""
AGAIN = 0.5
"""Share of the clean windows that are met again: those that raise no alarm teach next to nothing."""
REMEMBERED = 1500
"""Clean windows that may be met again, the last ones."""
ENOUGH = 50
"""Clean windows that have to have alarmed before any is met again."""


class Draw:
    """Endless shuffled passes over items that count differently: an item of weight 2.5 comes two or three times a pass.

    seen: items that the first pass leaves out.
    """

    def __init__(self, weights: np.ndarray, rng: np.random.Generator, seen: np.ndarray | None = None) -> None:
        self.weights, self.rng, self.queue, self.passes = weights, rng, [], -1
        self.seen = seen

    def next(self) -> int:
        while not self.queue:
            times = np.floor(self.weights + self.rng.random(len(self.weights))).astype(int)
            if self.seen is not None:
                times[self.seen], self.seen = 0, None
            self.queue = self.rng.permutation(np.repeat(np.arange(len(times)), times)).tolist()
            self.passes += 1
        return self.queue.pop()


class Clean:
    """Windows of clean code, drawn by weight; those that alarmed the model come back soon."""

    def __init__(self, windows: Windows, weights: np.ndarray, rng: np.random.Generator) -> None:
        self.windows, self.draw, self.rng = windows, Draw(weights, rng), rng
        self.alarming: deque[int] = deque(maxlen=REMEMBERED)

    def some(self, tokens: float) -> list[int]:
        """Distinct windows of so many tokens together, or a few more."""
        chosen, used = set(), 0
        while used < tokens:
            again = len(self.alarming) > ENOUGH and self.rng.random() < AGAIN
            window = self.alarming[self.rng.integers(len(self.alarming))] if again else self.draw.next()
            if window not in chosen:
                chosen.add(window)
                used += int(self.windows.lengths[window])
        return list(chosen)

    def told(self, chosen: list[int], peaks: list[float]) -> None:
        """peaks: the highest probability of each chosen window."""
        self.alarming.extend(w for w, peak in zip(chosen, peaks) if peak > ALARMING)

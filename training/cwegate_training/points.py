"""Operating points: from probabilities and an alarm budget to one threshold a class.

An alarm is a statement on which at least one class reaches its threshold, as the gate reports one finding a statement.
For a budget the thresholds are sought that find most while the alarms on the changed lines of the calibration packages stay
under an *aim*. Two things make an aim of B cost more than B elsewhere: thresholds fit the packages they were chosen on, and packages
differ. Both are measured before anything unseen is touched: the packages are halved many times, thresholds chosen on one half are
counted on the other, and the aim is the largest that keeps the budget in `HOLDING` of the halvings. What the thresholds
then cost on the test packages is measured once, afterwards. Up to the budget from which the default policy blocks a second bound holds: the share of changed
files that it would block. Where it does not, an alarm of a class that blocks is made dearer until it does.

The alarms of a class on clean code are continued beyond the highest scores seen as an exponential: with this many classes, a
threshold just above the highest clean score would still alarm about once a class on the next packages. A class with few positives
borrows the scores of all classes' positives, and no class is left with less than `SHARE` of its equal part of the alarms, so that a
rare one is not switched off for a common one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .config import BUDGETS
from .tree import BLOCK_BUDGET, DEFAULT_BUDGET

TAIL = 40
"""Highest clean scores of a class from which its tail is fitted."""
BORROWED = 6.0
"""Weight, in positives, of all classes' positives in the recall curve of one class."""
FLOOR = 0.02
"""Added to a recall before its logarithm, so that no class is worth any price."""
SHARE = 0.1
"""Of an equal part of the aim; the least that a class may spend."""
HALVINGS = 40
HOLDING = 0.75
"""Share of the halvings in which the budget must hold on the half that was not looked at."""

FACTORS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""How many times as dear an alarm of a blocking class may be as another one."""
BLOCKED = 0.005
"""Share of changed files that the default policy may block, in the mean over the halvings."""
LOWEST = ((BLOCK_BUDGET, 0.2), (DEFAULT_BUDGET, 0.13))
"""Up to each of these budgets no threshold lies below this probability: nobody understands a commit that is blocked at 10 %; a harmless lookup by name stands at 10 to 11 %, and a `return True` under a web
application at 17."""

STEP = 0.1
GRID = np.arange(-8.0, 14.0, STEP)
"""Thresholds that are considered, in calibrated logits."""
AIMS = np.geomspace(0.01, 20, 60)
"""Alarms per 1,000 changed lines that are considered as aims."""
PRICES = np.geomspace(1e-7, 1e5, 120)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))


def lowest_logit(budget: float) -> float:
    """See LOWEST."""
    return next((float(np.log(p / (1 - p))) for largest, p in LOWEST if budget <= largest), -np.inf)


@dataclass
class Changed:
    """Statements on changed lines of clean code.

    u: [statements, classes], calibrated logits; file, package: [statements], where each stands; lines, files: [packages], how
    many lines and files are changed.
    """

    u: np.ndarray
    file: np.ndarray
    package: np.ndarray
    lines: np.ndarray
    files: np.ndarray

    def of(self, statements: np.ndarray) -> Changed:
        """Some statements, of the same lines and files."""
        return Changed(self.u[statements], self.file[statements], self.package[statements], self.lines, self.files)

    def part(self, packages: np.ndarray) -> Changed:
        """Some packages only."""
        there = np.isin(np.arange(len(self.lines)), packages)
        part = self.of(there[self.package])
        return Changed(part.u, part.file, part.package, self.lines * there, self.files * there)

    def rate(self, cut: np.ndarray) -> float:
        """Alarms per 1,000 changed lines at thresholds [classes]."""
        return 1000 * float((self.u >= cut).any(axis=1).sum()) / float(self.lines.sum())

    def blocked(self, cut: np.ndarray, blocks: np.ndarray) -> float:
        """Share of the changed files with an alarm of a class that blocks; blocks: bool [classes]."""
        hit = (self.u[:, blocks] >= cut[blocks]).any(axis=1)
        return len(np.unique(self.file[hit])) / float(self.files.sum())


def expected_alarms(u: np.ndarray) -> np.ndarray:
    """Alarms expected of each class among as many statements as `u` [statements, classes] holds, [classes, grid]."""
    count, classes = u.shape
    # How many thresholds of the grid each value reaches.
    reached = np.clip(np.floor((u - GRID[0]) / STEP + 1e-9).astype(np.int64) + 1, 0, len(GRID))
    slots = (reached + np.arange(classes) * (len(GRID) + 1)).ravel()
    by_slot = np.bincount(slots, minlength=classes * (len(GRID) + 1)).reshape(classes, -1)
    counts = by_slot[:, :0:-1].cumsum(axis=1)[:, ::-1].astype(float)
    size = min(TAIL, count)
    if size >= 5:
        tail = np.sort(np.partition(u, count - size, axis=0)[count - size :], axis=0)
        base = tail[0]
        scale = np.maximum(0.2, (tail[1:] - base).mean(axis=0))[:, None]
        beyond = base[:, None] < GRID
        counts = np.where(beyond, size * np.exp(-np.maximum(0, GRID - base[:, None]) / scale), counts)
    return np.minimum.accumulate(counts, axis=1)


def recall_curve(own: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    """Share of positives above each threshold, smoothed by half a logit and drawn to the pooled one."""

    def curve(values: np.ndarray) -> np.ndarray:
        return sigmoid((values[:, None] - GRID[None, :]) / 0.5).mean(axis=0)

    own_part = curve(own) * len(own) if len(own) else np.zeros_like(GRID)
    return (own_part + BORROWED * curve(pooled)) / (len(own) + BORROWED)


def worths(positives: list[np.ndarray], weight: np.ndarray | None = None) -> np.ndarray:
    """What each threshold of each class is worth, [classes, grid]: the logarithm of the recall that it leaves.

    The sum of logarithms is proportional fairness: a class that is hard to tell from clean code keeps a part of the budget.
    positives: calibrated logits of weak statements, a class; weight: how much each class counts, alike by default.
    """
    pooled = np.concatenate([p for p in positives if len(p)] or [np.zeros(1)])
    recall = np.stack([recall_curve(p, pooled) for p in positives])
    return np.log(recall + FLOOR) * (1.0 if weight is None else weight[:, None])


@dataclass
class Choice:
    """Thresholds for any aim on one set of changed statements.

    lines: how many lines are changed; alarms: see `expected_alarms`; worth: see `worths`; dear: [classes], what an alarm of each
    class counts as a price; lowest: a logit that no threshold lies below."""

    lines: float
    alarms: np.ndarray
    worth: np.ndarray
    dear: np.ndarray
    lowest: float = -np.inf

    def cut(self, aims: np.ndarray, highest: np.ndarray | float = np.inf) -> np.ndarray:
        """Thresholds [classes, aims] that are worth most with at most so many alarms, none above `highest` [classes]."""
        least = np.searchsorted(GRID, self.lowest - 1e-9)
        most = np.searchsorted(GRID, np.minimum(highest, GRID[-1]) - STEP / 2)
        # Lagrange: for each price of an alarm every class takes its best threshold alone.
        best = np.stack([(self.worth - price * self.dear[:, None] * self.alarms).argmax(axis=1) for price in PRICES])
        rows, out = np.arange(len(self.alarms)), []
        for aim in aims:
            allowed = aim * self.lines / 1000
            strictest = (self.alarms > SHARE * allowed / len(rows)).sum(axis=1)
            chosen = np.maximum(np.minimum(best, np.minimum(strictest, most)), least)
            spent = self.alarms[rows, chosen].sum(axis=1)
            affordable = np.flatnonzero(spent <= allowed)
            out.append(GRID[chosen[affordable[0] if len(affordable) else -1]])
        return np.stack(out, axis=1)


@dataclass
class Half:
    """Packages that thresholds are chosen on, by their lines and expected alarms, and the others, which they are counted on."""

    lines: float
    alarms: np.ndarray
    unseen: Changed

    def counted(
        self, worth: np.ndarray, dear: np.ndarray, lowest: float, blocks: np.ndarray
    ) -> tuple[list[float], list[float]]:
        """Alarms per 1,000 lines and share of blocked files of the unseen packages at each aim."""
        cuts = Choice(self.lines, self.alarms, worth, dear, lowest).cut(AIMS)
        # Most statements alarm at no aim.
        some = self.unseen.of((self.unseen.u >= cuts.min(axis=1)).any(axis=1))
        return [some.rate(cut) for cut in cuts.T], [some.blocked(cut, blocks) for cut in cuts.T]


def halves(changed: Changed) -> list[Half]:
    rng = np.random.default_rng(11)
    names, out = np.flatnonzero(changed.lines), []
    for _ in range(HALVINGS // 2):
        order = rng.permutation(names)
        parts = order[: len(order) // 2], order[len(order) // 2 :]
        for seen, unseen in (parts, parts[::-1]):
            part = changed.part(seen)
            out.append(Half(float(part.lines.sum()), expected_alarms(part.u), changed.part(unseen)))
    return out


@dataclass
class Halved:
    """What the halvings cost with one factor and one lowest logit; rates, shares: [halvings, aims]."""

    factor: float
    lowest: float
    rates: np.ndarray
    shares: np.ndarray

    @property
    def blocked(self) -> np.ndarray:
        """Mean share of blocked files, [aims], never decreasing."""
        return np.maximum.accumulate(self.shares.mean(axis=0))

    def place(self, budget: float) -> int:
        """The largest aim at which the budget holds often enough; the smallest of all if it holds at none."""
        costs = np.maximum.accumulate(np.quantile(self.rates, HOLDING, axis=0))
        return max(0, int((costs <= budget).sum()) - 1)


@dataclass
class Points:
    """cut: [classes, budgets], thresholds in logits; aims: [budgets]; expected: [budgets], mean rate on unseen halves;
    dear: the factor of a blocking class's alarms up to the budget that blocks; blocked: mean share of files that it blocks on unseen halves."""

    cut: np.ndarray
    aims: list[float]
    expected: list[float]
    dear: float
    blocked: float


def points(changed: Changed, positives: list[np.ndarray], blocks: np.ndarray, most: float = BLOCKED) -> Points:
    """Thresholds for every budget of BUDGETS; see the head of this module.

    blocks: bool [classes], those that the default policy blocks, whose recall counts twice; most: see BLOCKED."""
    worth, parts = worths(positives, np.where(blocks, 2.0, 1.0)), halves(changed)
    lines, alarms = float(changed.lines.sum()), expected_alarms(changed.u)

    @cache
    def halved(factor: float, lowest: float) -> Halved:
        counted = [half.counted(worth, np.where(blocks, factor, 1.0), lowest, blocks) for half in parts]
        return Halved(factor, lowest, *np.array(counted).transpose(1, 0, 2))

    for factor in FACTORS:
        bound = halved(factor, lowest_logit(BLOCK_BUDGET))
        if bound.blocked[bound.place(BLOCK_BUDGET)] <= most:
            break
    # Where even the dearest factor does not do, the budget that blocks is not used up.
    largest = max(0, int((bound.blocked <= most).sum()) - 1)
    cuts, aims, expected = [np.full(len(blocks), np.inf)], [], []
    for budget in BUDGETS:
        # What is let through beyond it only warns.
        stops = budget <= BLOCK_BUDGET
        part = bound if stops else halved(1.0, lowest_logit(budget))
        place = min(part.place(budget), largest) if stops else part.place(budget)
        choice = Choice(lines, alarms, worth, np.where(blocks, part.factor, 1.0), part.lowest)
        # A larger budget never has a stricter threshold.
        cuts.append(choice.cut(AIMS[[place]], cuts[-1])[:, 0])
        aims.append(float(AIMS[place]))
        expected.append(float(part.rates[:, place].mean()))
    share = float(bound.blocked[min(bound.place(BLOCK_BUDGET), largest)])
    return Points(np.stack(cuts[1:], axis=1), aims, expected, bound.factor, share)

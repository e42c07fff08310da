"""Operating points: from probabilities and an alarm budget to one threshold a class.

An alarm is a statement on which at least one class reaches its threshold, as the gate reports one finding a statement.
For a budget the thresholds are sought that find most while the alarms on the changed lines of the calibration packages stay
under an *aim*. Two things make an aim of B cost more than B elsewhere: thresholds fit the packages they were chosen on, and packages
differ. Both are measured before anything unseen is touched: the packages are halved many times, thresholds chosen on one half are
counted on the other, and the aim is the largest that keeps the budget in `HOLDING` of the halvings. What the thresholds
then cost on the test packages is measured once, afterwards. At the default budget a second bound holds: the share of changed files that the
default policy would block. Where it does not, an alarm of a class that blocks is made dearer until it does.

The alarms of a class on clean code are continued beyond the highest scores seen as an exponential: with this many classes, a
threshold just above the highest clean score would still alarm about once a class on the next packages. A class with few positives
borrows the scores of all classes' positives, and no class is left with less than `SHARE` of its equal part of the alarms, so that a
rare one is not switched off for a common one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .config import BUDGETS

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
"""Share of changed files that may be blocked at the default budget, in the mean over the halvings."""
DEFAULT = BUDGETS.index(1.0)

GRID = np.arange(-8.0, 14.0, 0.1)
"""Thresholds that are considered, in calibrated logits."""
AIMS = np.geomspace(0.01, 20, 60)
"""Alarms per 1,000 changed lines that are considered as aims."""
PRICES = np.geomspace(1e-7, 1e5, 120)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))


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

    def part(self, packages: np.ndarray) -> Changed:
        """Some packages only."""
        chosen = np.isin(self.package, packages)
        there = np.isin(np.arange(len(self.lines)), packages)
        return Changed(self.u[chosen], self.file[chosen], self.package[chosen], self.lines * there, self.files * there)

    def rate(self, cut: np.ndarray) -> float:
        """Alarms per 1,000 changed lines at thresholds [classes]."""
        return 1000 * float((self.u >= cut).any(axis=1).sum()) / float(self.lines.sum())

    def blocked(self, cut: np.ndarray, blocks: np.ndarray) -> float:
        """Share of the changed files with an alarm of a class that blocks; blocks: bool [classes]."""
        hit = (self.u[:, blocks] >= cut[blocks]).any(axis=1)
        return len(np.unique(self.file[hit])) / float(self.files.sum())


def expected_alarms(clean: np.ndarray, grid: np.ndarray = GRID) -> np.ndarray:
    """Alarms expected among as many statements as `clean` holds, at each threshold of the grid; never increasing."""
    values = np.sort(clean)[::-1]
    counts = np.searchsorted(-values, -grid, side="right").astype(float)
    tail = values[: min(TAIL, len(values))]
    if len(tail) >= 5:
        base = tail[-1]
        scale = max(0.2, float((tail[:-1] - base).mean()))
        beyond = grid > base
        counts[beyond] = len(tail) * np.exp(-(grid[beyond] - base) / scale)
    return np.minimum.accumulate(counts)


def recall_curve(own: np.ndarray, pooled: np.ndarray, grid: np.ndarray = GRID) -> np.ndarray:
    """Share of positives above each threshold, smoothed by half a logit and drawn to the pooled one."""

    def curve(values: np.ndarray) -> np.ndarray:
        return sigmoid((values[:, None] - grid[None, :]) / 0.5).mean(axis=0)

    own_part = curve(own) * len(own) if len(own) else np.zeros_like(grid)
    return (own_part + BORROWED * curve(pooled)) / (len(own) + BORROWED)


def worths(positives: list[np.ndarray], weight: np.ndarray | None = None) -> np.ndarray:
    """What each threshold of each class is worth, [classes, grid]: the logarithm of the recall that it leaves.

    The sum of logarithms is proportional fairness: a class that is hard to tell from clean code keeps a part of the budget.
    positives: calibrated logits of weak statements, a class; weight: how much each class counts, alike by default.
    """
    pooled = np.concatenate([p for p in positives if len(p)] or [np.zeros(1)])
    recall = np.stack([recall_curve(p, pooled) for p in positives])
    return np.log(recall + FLOOR) * (1.0 if weight is None else weight[:, None])


class Choice:
    """Thresholds for any aim on one set of changed statements. dear: [classes], what an alarm counts as a price."""

    def __init__(self, changed: Changed, worth: np.ndarray, dear: np.ndarray) -> None:
        self.lines, self.worth, self.dear = changed.lines.sum(), worth, dear[:, None]
        self.alarms = np.stack([expected_alarms(changed.u[:, c]) for c in range(changed.u.shape[1])])

    def cut(self, aims: np.ndarray) -> np.ndarray:
        """Thresholds [classes, aims] that are worth most with at most so many alarms."""
        # Lagrange: for each price of an alarm every class takes its best threshold alone.
        best = np.stack([(self.worth - price * self.dear * self.alarms).argmax(axis=1) for price in PRICES])
        rows, out = np.arange(len(self.alarms)), []
        for aim in aims:
            allowed = aim * self.lines / 1000
            strictest = (self.alarms > SHARE * allowed / len(rows)).sum(axis=1)
            chosen = np.minimum(best, np.minimum(strictest, len(GRID) - 1))
            spent = self.alarms[rows, chosen].sum(axis=1)
            affordable = np.flatnonzero(spent <= allowed)
            out.append(GRID[chosen[affordable[0] if len(affordable) else -1]])
        return np.stack(out, axis=1)


def halvings(
    changed: Changed, worth: np.ndarray, dear: np.ndarray, blocks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Alarms per 1,000 lines and share of blocked files, both [halvings, aims], on the half of the packages that the
    thresholds were not chosen on."""
    rng = np.random.default_rng(11)
    names = np.flatnonzero(changed.lines)
    rates, shares = [], []
    for _ in range(HALVINGS // 2):
        order = rng.permutation(names)
        halves = order[: len(order) // 2], order[len(order) // 2 :]
        for seen, unseen in (halves, halves[::-1]):
            cuts = Choice(changed.part(seen), worth, dear).cut(AIMS).T
            other = changed.part(unseen)
            rates.append([other.rate(cut) for cut in cuts])
            shares.append([other.blocked(cut, blocks) for cut in cuts])
    return np.array(rates), np.array(shares)


@dataclass
class Halved:
    """What the halvings cost with one factor; rates, shares: [halvings, aims]."""

    factor: float
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
    dear: the factor of a blocking class's alarms; blocked: mean share of blocked files on unseen halves at the default budget."""

    cut: np.ndarray
    aims: list[float]
    expected: list[float]
    dear: float
    blocked: float


def points(changed: Changed, positives: list[np.ndarray], blocks: np.ndarray, most: float = BLOCKED) -> Points:
    """Thresholds for every budget of BUDGETS; see the head of this module.

    blocks: bool [classes], those that the default policy blocks, whose recall counts twice; most: see BLOCKED."""
    worth = worths(positives, np.where(blocks, 2.0, 1.0))
    tried = []
    for factor in FACTORS:
        tried.append(Halved(factor, *halvings(changed, worth, np.where(blocks, factor, 1.0), blocks)))
        if tried[-1].blocked[tried[-1].place(BUDGETS[DEFAULT])] <= most:
            break
    free, bound = tried[0], tried[-1]
    # Where even the dearest factor does not do, the default budget is not used up.
    highest = max(0, int((bound.blocked <= most).sum()) - 1)
    cuts, aims, expected = [], [], []
    for budget in BUDGETS:
        # Whoever asks for more than the default budget asks to be stopped more often.
        halved = bound if budget <= BUDGETS[DEFAULT] else free
        place = min(halved.place(budget), highest) if halved is bound else halved.place(budget)
        choice = Choice(changed, worth, np.where(blocks, halved.factor, 1.0))
        cuts.append(choice.cut(AIMS[[place]])[:, 0])
        aims.append(float(AIMS[place]))
        expected.append(float(halved.rates[:, place].mean()))
    # A larger budget never has a stricter threshold.
    cut = np.minimum.accumulate(np.stack(cuts, axis=1), axis=1)
    share = float(bound.blocked[min(bound.place(BUDGETS[DEFAULT]), highest)])
    return Points(cut, aims, expected, bound.factor, share)

"""The table: what a model must reach, and what every system reaches, from the output of `cwegate eval` and from the changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """data: a set of sets.py; key: a figure; least: what the model must reach; most: what it must not exceed.

    ranks: whether the figure is about scores and not about alarms, so that a baseline gives all its probabilities for it."""

    data: str
    key: str
    title: str
    least: float | None = None
    most: float | None = None
    ranks: bool = False

    def reached(self, value: float | None) -> bool | None:
        """None where nothing is demanded or measured."""
        if value is None or (self.least is None and self.most is None):
            return None
        return value >= self.least if self.least is not None else value <= self.most

    def demand(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return f"≤ {self.most:g}" if self.most is not None else ""


ROWS = (
    Row("written", "macro_f1", "own held-out families and authored test pairs: macro-F1", least=0.90),
    Row("written", "pair_correct", "… pair-correct", least=0.85),
    Row("generated", "macro_f1", "of these generated: macro-F1"),
    Row("generated", "pair_correct", "… pair-correct"),
    Row("authored", "macro_f1", "of these authored: macro-F1"),
    Row("authored", "pair_correct", "… pair-correct"),
    Row("securityeval", "recall", "securityeval: recall, any class", least=0.75),
    Row("securityeval", "recall_class", "… recall, right class", least=0.60),
    Row("codeseceval", "pair_rank", "codeseceval: pair-rank", least=0.93, ranks=True),
    Row("codeseceval", "pair_correct", "… pair-correct", least=0.55),
    Row("sven", "pair_rank_class", "sven, its validation part: pair-rank with the class", least=0.92, ranks=True),
    Row("sven", "pair_correct", "… pair-correct", least=0.60),
    Row("codeguardian", "auc", "codeguardian: AUC, vulnerable against the rest", least=0.80, ranks=True),
    Row("changes", "alarms_per_1000", "real clean changes, test packages: alarms per 1,000 changed lines", most=1.0),
    Row("changes", "blocked_files", "… share of changed files that would be blocked", most=0.005),
    Row("real", "pair_rank", "real fix pairs of unseen projects: pair-rank", least=0.75, ranks=True),
    Row("real", "pair_correct", "… pair-correct", least=0.30),
    Row("upstream", "pair_rank", "fix pairs of our own labels, unseen projects: pair-rank", ranks=True),
    Row("upstream", "pair_correct", "… pair-correct"),
    Row("context", "pair_rank", "… where one function does not show it: pair-rank", ranks=True),
    Row("context", "pair_correct", "… pair-correct"),
    Row("everyday", "false_alarm", "harmless everyday code: share of short pieces that alarm"),
    Row("robustness", "flips", "locals renamed and code reformatted: flips of verdicts", most=0.02),
)


def figure(evaluation: dict, system: str, key: str) -> dict | None:
    """`value`, `low` and `high` of a figure of one system of an evaluation."""
    for measured in evaluation["systems"]:
        if measured["name"] == system:
            return next((f for f in measured["figures"] if f["key"] == key), None)
    return None


def number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"


def markdown(systems: list[str], values: dict[tuple[str, str, str], float | None], rows=ROWS) -> str:
    """values: by set, figure and system. The first system is the one that the demands are for."""
    lines = [
        "| on | wanted | " + " | ".join(systems) + " |",
        "| --- | --- |" + " ---: |" * len(systems),
    ]
    for row in rows:
        cells = [values.get((row.data, row.key, name)) for name in systems]
        if all(cell is None for cell in cells):
            continue
        first = number(cells[0]) + {True: " ✓", False: " ✗", None: ""}[row.reached(cells[0])]
        lines.append(f"| {row.title} | {row.demand()} | " + " | ".join([first, *map(number, cells[1:])]) + " |")
    return "\n".join(lines)

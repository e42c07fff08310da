"""Step `finetune`: from next tokens to weaknesses of statements. Continues from its checkpoint.

A unit is what must be judged together: the two sides of a pair or a lone record, each with its renamed copy, or one window of clean
code. Losses:

- statements: binary cross-entropy of every class at every target statement;
- samples: where the weak lines are unknown or noisy, the same over a log-sum-exp of the statements that may carry it;
- pairs: the vulnerable side's highest logit must exceed the fixed side's highest, class by class;
- repairs: the fixed side's highest logit of the pair's class must be a no, or an interface counts as weak wherever it stands;
- calm: so must the highest logit of any class where the whole record is known to be harmless;
- names: a statement and its copy with other local names must get the same logits, where a weakness is thinkable;
- verdicts: a statement of ordinary code that a reader judged must be told as its classes, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .config import VERDICTS, WORK, classes, log, read_jsonl, sha256
from .draws import Clean, Draw
from .fixes import SOURCE as UPSTREAM
from .generated import SOURCE
from .model import Model, begin_with, mask_of_segments
from .pretrain import PRETRAINED, windows_of
from .rename import RENAMED
from .run import Run
from .verdicts import judged_files, judged_marks, windows_with
from .windows import Windows

POSITIVE = 6.0
"""How much more a weak statement counts than a statement without weakness."""
PAIR = 2.0
MARGIN = 4.0
CALM = 2.0
"""How much more the likeliest statement and class of code that is known to be harmless counts."""
SAME = 1.0
"""Weight of the squared difference between the logits of a statement and its renamed copy."""
THINKABLE = -4.0
"""Logit below which it does not matter how improbable a weakness is."""
LEARNED = 0.3
"""How often a unit that read right is met in the next pass."""


@dataclass
class Unit:
    """Records (positions in records.jsonl) that are read together, and all their windows; the key is that of the pair."""

    key: str
    records: list[int] = field(default_factory=list)
    windows: list[int] = field(default_factory=list)
    weight: float = 1.0


def units_of(rows: list[dict], windows: Windows, split: str) -> list[Unit]:
    units: dict[str, Unit] = {}
    by_record = defaultdict(list)
    for window, record in enumerate(windows.record.tolist()):
        by_record[record].append(window)
    for index, row in enumerate(rows):
        if row["split"] == split and by_record[index]:
            key = (row["pair"] or row["id"]).removesuffix(RENAMED)
            unit = units.setdefault(key, Unit(key))
            unit.records.append(index)
            unit.windows += by_record[index]
            unit.weight = row["weight"]
    # A unit as long as a whole step would crowd out the others; those are huge files about which little is known.
    return [u for u in units.values() if len(u.windows) <= 16]


def met(row: dict, authored: float, upstream: float, composed: float, others: float) -> float:
    """How often a unit is met in a pass, by its first row: authored ones and those from projects' histories as said, the rest by weight too, at most once."""
    if row["source"] == "authored":
        return authored
    if row["source"] == UPSTREAM:
        return upstream
    return min(1.0, 1.5 * (composed if row["source"] == SOURCE else others) * row["weight"])


def one_version(unit: Unit, rows: list[dict], windows: Windows, renamed: bool) -> Unit:
    """The unit with its own names only, or, where it has renamed copies and `renamed` is set, with those only."""
    copies = [r for r in unit.records if rows[r]["id"].endswith(RENAMED)]
    records = copies if renamed and copies else [r for r in unit.records if r not in copies]
    return Unit(unit.key, records, [w for w in unit.windows if int(windows.record[w]) in records], unit.weight)


class Losses:
    """Sums the losses of one step.

    z: [statements, classes] logits, one row a target statement; repaired: weight of the loss `repairs`.
    """

    def __init__(self, z: Tensor, repaired: float) -> None:
        self.z, self.repaired = z, repaired
        self.weights = torch.zeros_like(z)
        self.targets = torch.zeros_like(z)
        self.extra: list[Tensor] = []

    def clean(self, rows, weight: float) -> None:
        self.weights[rows] = weight

    def record(self, row: dict, statements: list[int], weak: list[int]) -> None:
        """statements: rows of z of this record; weak: those that overlap its lines (empty where unknown)."""
        weight, real = row["weight"], row["real"]
        if row["label"] != "vulnerable" and not real:
            # One alarm of any class is an alarm.
            self.extra.append(weight * CALM * F.softplus(self.z[statements].amax()))
        if row["label"] == "clean":
            return self.clean(statements, weight)
        if row["label"] == "fixed":
            # A real fix repairs one weakness; it does not promise that there is no other.
            share = weight * (0.3 if real else 1.0)
            self.weights[statements] = share
            self.extra += [share * self.repaired * F.softplus(self.z[statements, c].amax()) for c in row["classes"]]
            return None
        others = [s for s in statements if s not in set(weak)]
        if weak:
            self.weights[others] = weight * (0.3 if real else 1.0)
            # Which further classes the weak statement has is not said.
            self.weights[weak] = weight * (0.0 if real else 0.3)
        candidates = weak or statements
        if row["classes"]:
            for c in row["classes"]:
                if weak and not real:
                    self.targets[weak, c] = 1.0
                    self.weights[weak, c] = weight * POSITIVE / len(weak) ** 0.5
                    continue
                self.weights[candidates, c] = 0.0
                self.extra.append(weight * POSITIVE * F.softplus(-pooled(self.z[candidates, c])))
        else:
            self.extra.append(0.3 * weight * POSITIVE * F.softplus(-self.z[candidates].amax(dim=1).amax()))
        return None

    def pair(self, row: dict, bad: list[int], good: list[int]) -> None:
        weight = row["weight"] * PAIR
        if row["classes"]:
            for c in row["classes"]:
                self.extra.append(weight * F.softplus(MARGIN - self.z[bad, c].amax() + self.z[good, c].amax()))
        else:
            self.extra.append(0.5 * weight * F.softplus(MARGIN - self.z[bad].amax() + self.z[good].amax()))

    def right(self, row: dict, statements: list[int]) -> bool:
        """Whether a record reads right by a margin; statements: those that carry its weakness, or all where it has none."""
        z = self.z.detach()[statements]
        if row["label"] != "vulnerable":
            return z.amax().item() < THINKABLE
        return not row["classes"] or z[:, row["classes"]].amax(dim=0).amin().item() > 0

    def same(self, row: dict, some: list[int], others: list[int]) -> None:
        """some, others: the same statements of a record and of its renamed copy."""
        a, b = (self.z[s].clamp(min=THINKABLE) for s in (some, others))
        self.extra.append(row["weight"] * SAME * (a - b).pow(2).sum())

    def total(self) -> Tensor:
        plain = F.binary_cross_entropy_with_logits(self.z, self.targets, self.weights, reduction="sum")
        return (plain + sum(self.extra)) / len(self.z)


def pooled(z: Tensor) -> Tensor:
    """Log-mean-exp leaning to the maximum: at least one of these statements is weak."""
    return torch.logsumexp(z, 0) - 0.5 * float(np.log(len(z)))


ROWS = (80, 160, 320)
"""Lengths of rows that windows are packed into; a longest window fills a last one alone."""


def packed(lengths: list[int]) -> list[tuple[int, list[list[int]]]]:
    """Windows (indices into `lengths`) packed into rows of few lengths, the longest first into the first row with room: few
    large matrix products instead of many small ones. Returns (row length, rows)."""
    out = []
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for shorter, room in zip((0, *ROWS), ROWS):
        rows: list[list[int]] = []
        left: list[int] = []
        for index in (i for i in order if shorter < lengths[i] <= room):
            row = next((r for r, free in enumerate(left) if free >= lengths[index]), None)
            if row is None:
                rows.append([])
                left.append(room)
                row = len(rows) - 1
            rows[row].append(index)
            left[row] -= lengths[index]
        if rows:
            out.append((room, rows))
    return out


def statement_logits(model: Model, source: Windows, chosen: list[int], drop: float = 0.0):
    """z [statements, classes] of the target statements of some windows, and the mark indices of each row of z."""
    marks, logits = [], []
    for room, rows in packed([int(source.lengths[w]) for w in chosen]):
        ids, segments = np.zeros((len(rows), room), np.int64), np.zeros((len(rows), room), np.int64)
        found, places = [], []
        for at, row in enumerate(rows):
            start = 0
            for number, index in enumerate(row):
                tokens = source.tokens(chosen[index])
                ids[at, start : start + len(tokens)] = tokens
                segments[at, start : start + len(tokens)] = number + 1
                found.append(source.marks(chosen[index]))
                places.append(at * room + start + source.at[found[-1]])
                start += len(tokens)
        with torch.autocast("cpu", torch.bfloat16):
            # Positions are rotary, so a window may stand anywhere in its row.
            states = model.hidden(torch.from_numpy(ids), mask_of_segments(torch.from_numpy(segments)), drop)
        marks += found
        logits.append(model.head(states.flatten(0, 1)[torch.from_numpy(np.concatenate(places))].float()))
    logits = torch.cat(logits)
    flat = np.concatenate(marks)
    _, slot = np.unique(source.statement[flat], return_inverse=True)
    places = torch.from_numpy(slot)[:, None].expand(-1, logits.shape[1])
    z = torch.full((int(slot.max()) + 1, logits.shape[1]), -1e4).scatter_reduce(0, places, logits, "amax")
    members = [[] for _ in range(len(z))]
    for mark, s in zip(flat.tolist(), slot.tolist()):
        members[s].append(mark)
    return z, members


def touched(windows: Windows, rows: list[dict]) -> np.ndarray:
    """Which windows judge a statement on a changed line of its record; bool [windows]."""
    out = np.zeros(len(windows), bool)
    out[windows.window[touched_marks(windows, rows)]] = True
    return out


def touched_marks(windows: Windows, rows: list[dict]) -> np.ndarray:
    """Indices of the marks whose lines overlap the `lines` of their record."""
    lines = [np.asarray(sorted(row.get("lines") or [1 << 30])) for row in rows]
    found = []
    for mark, window in enumerate(windows.window.tolist()):
        changed = lines[windows.record[window]]
        at = np.searchsorted(changed, windows.first[mark])
        if at < len(changed) and changed[at] <= windows.last[mark]:
            found.append(mark)
    return np.asarray(found, np.int64)


def step_loss(
    model: Model, rows: list[dict], labelled: Windows, units: list[Unit], drop: float, repaired: float
) -> tuple[Tensor, list[bool]]:
    """Loss of some units of labelled code, and which of them are learned: they read right on every side, by a margin."""
    z, members = statement_logits(model, labelled, [w for unit in units for w in unit.windows], drop)
    losses = Losses(z, repaired)
    by_record = defaultdict(list)
    weak = defaultdict(list)
    for s, marks in enumerate(members):
        record = int(labelled.record[labelled.window[marks[0]]])
        by_record[record].append(s)
        lines = rows[record]["lines"] if rows[record]["label"] == "vulnerable" else ()
        if any(labelled.first[m] <= line <= labelled.last[m] for m in marks for line in lines):
            weak[record].append(s)
    learned = []
    for unit in units:
        sides = ((rows[r], weak[r] or by_record[r]) for r in unit.records if by_record[r])
        learned.append(all(losses.right(row, statements) for row, statements in sides))
        versions: dict[bool, dict[str, int]] = {False: {}, True: {}}
        for record in unit.records:
            losses.record(rows[record], by_record[record], weak[record])
            versions[rows[record]["id"].endswith(RENAMED)][rows[record]["label"]] = record
        for sides in versions.values():
            if {"vulnerable", "fixed"} <= set(sides):
                bad, good = sides["vulnerable"], sides["fixed"]
                losses.pair(rows[bad], weak[bad] or by_record[bad], by_record[good])
        for label, copy in versions[True].items():
            own = versions[False].get(label)
            # Long names may part a window otherwise; then the statements are not told apart.
            if own is not None and len(by_record[own]) == len(by_record[copy]):
                losses.same(rows[own], by_record[own], by_record[copy])
    return losses.total(), learned


def clean_loss(model: Model, source: Windows, chosen: list[int], drop: float) -> tuple[Tensor, Tensor]:
    """Loss of clean windows, and each window's highest probability (to meet those that alarm more often)."""
    z, members = statement_logits(model, source, chosen, drop)
    windows = torch.tensor([int(source.window[m[0]]) for m in members])
    highest = z.detach().amax(dim=1).sigmoid()
    order = {w: i for i, w in enumerate(chosen)}
    slot = torch.tensor([order[int(w)] for w in windows])
    peaks = torch.zeros(len(chosen)).scatter_reduce(0, slot, highest, "amax")
    return F.binary_cross_entropy_with_logits(z, torch.zeros_like(z), reduction="sum") / len(z), peaks


def judged_loss(
    model: Model, source: Windows, verdicts: dict[int, list[int]], chosen: list[int], drop: float
) -> tuple[Tensor, list[float]]:
    """Loss of the judged statements of some windows, and how wrong each window reads, from 0 to 1 (to meet those again).

    verdicts: the classes of each judged mark, none where it is harmless. What else stands in the windows was not judged.
    """
    z, members = statement_logits(model, source, chosen, drop)
    losses, wrong = [], dict.fromkeys(chosen, 0.0)
    for statement, marks in zip(z, members):
        weak = next((verdicts[m] for m in marks if m in verdicts), None)
        if weak is None:
            continue
        likeliest = statement.amax()
        if weak:
            losses.append(POSITIVE * F.softplus(-statement[weak]).mean())
            off = 1 - statement[weak].amax().sigmoid().item()
        else:
            # One alarm of any class is an alarm.
            losses.append(F.softplus(statement).sum() + CALM * F.softplus(likeliest))
            off = likeliest.sigmoid().item()
        for mark in marks:
            window = int(source.window[mark])
            wrong[window] = max(wrong[window], off)
    return torch.stack(losses).mean(), [wrong[w] for w in chosen]


class Labelled:
    """Units of labelled code, drawn by how often each is to be met in a pass, each in its own names, in others or in both."""

    def __init__(self, rows: list[dict], windows: Windows, args, rng: np.random.Generator, seen: set[str]) -> None:
        """seen: keys of the units that the present pass has met before it was left."""
        self.rows, self.windows, self.args, self.rng, self.seen = rows, windows, args, rng, seen
        self.units = units_of(rows, windows, "train")
        times = args.authored_times, args.upstream_times, args.generated_times, args.others_times
        self.weights = np.array([met(rows[u.records[0]], *times) for u in self.units])
        # A pass goes on where it was left, also over other data.
        self.draw = Draw(self.weights.copy(), rng, np.array([u.key in seen for u in self.units]))
        self.drawn: list[int] = []

    def some(self, tokens: int) -> list[Unit]:
        """Units of so many tokens together, or more."""
        self.drawn, picked, used = [], [], 0
        while used < tokens:
            passes = self.draw.passes
            self.drawn.append(self.draw.next())
            if self.draw.passes > max(0, passes):
                self.seen.clear()
            picked.append(self.version(self.units[self.drawn[-1]]))
            used += int(self.windows.lengths[picked[-1].windows].sum())
        return picked

    def version(self, unit: Unit) -> Unit:
        self.seen.add(unit.key)
        if self.rng.random() < self.args.copies:
            return unit
        return one_version(unit, self.rows, self.windows, self.rng.random() < self.args.renamed)

    def told(self, learned: list[bool]) -> None:
        """learned: whether each unit that was drawn last read right."""
        self.draw.weights[self.drawn] = self.weights[self.drawn] * np.where(learned, LEARNED, 1.0)


SETTINGS = (
    "name", "minutes", "rate", "drop", "repaired", "seed", "copies", "renamed", "authored_times", "upstream_times", "generated_times", "others_times", "clean_weight", "clean_share", "verdicts_share",
)  # fmt: skip
"""Arguments that the log of runs keeps."""


def finetune(args) -> None:
    torch.manual_seed(args.seed)
    rows, labelled = list(read_jsonl(WORK / "records.jsonl")), windows_of(WORK / "records.jsonl")
    clean_rows = list(read_jsonl(WORK / "clean-train.jsonl"))
    changed, ordinary = windows_of(WORK / "clean-train.jsonl"), windows_of(WORK / "pretrain.jsonl")
    model, start = Model(args.shape, len(classes())), args.start or PRETRAINED
    if args.start or (WORK / start).exists():
        begin_with(model, torch.load(WORK / start)["model"])
    run = Run(WORK / f"{args.name}.pt", model, args.rate, args.minutes, args.fresh)
    rng = np.random.default_rng([args.seed, run.step])
    units = Labelled(rows, labelled, args, rng, set(run.kept.get("seen", ())))
    pools = [
        # Changed code before the rest.
        Clean(changed, np.where(touched(changed, clean_rows), 1.0, 0.1), rng),
        Clean(ordinary, np.ones(len(ordinary)), rng),
    ]
    judged_rows = judged_files() if args.verdicts_share else []
    if judged_rows:
        read = windows_of(VERDICTS)
        verdicts = judged_marks(read, judged_rows)
        judged = Clean(read, windows_with(verdicts, read, judged_rows, "train").astype(float), rng)
    while run.begins():
        weak, learned = step_loss(model, rows, labelled, units.some(args.step_tokens), args.drop, args.repaired)
        weak.backward()
        units.told(learned)
        pool = pools[run.step % 3 == 2]
        chosen = pool.some(args.step_tokens * args.clean_share)
        clean, peaks = clean_loss(model, pool.windows, chosen, args.drop)
        (args.clean_weight * clean).backward()
        pool.told(chosen, peaks.tolist())
        losses = {"labelled": weak.item(), "learned": sum(learned) / len(learned), "clean": clean.item()}
        if judged_rows:
            chosen = judged.some(args.step_tokens * args.verdicts_share)
            told, wrong = judged_loss(model, read, verdicts, chosen, args.drop)
            told.backward()
            judged.told(chosen, wrong)
            losses["verdicts"] = told.item()
        run.ends(losses, {"pass": units.draw.passes}, seen=sorted(units.seen))
    log(
        "finetune", shape=args.shape, start=start, **{name: getattr(args, name) for name in SETTINGS}, passes=units.draw.passes,
        units=len(units.units), clean_windows=[len(changed), len(ordinary)], records=sha256(WORK / "records.jsonl"), **run.facts(),
    )  # fmt: skip

"""What the model reads, written by the gate's own extractor: windows of token ids with the statements to judge."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np

from .config import BIN, Shape, write_jsonl


@dataclass
class Windows:
    """Windows of many records, flat.

    ids: uint16 [tokens]; starts: int64 [windows + 1] into ids; record: int32 [windows], position of the record in the
    list that was extracted. Marks, one a target statement: window, at (index in the window's ids), first, last (1-based
    lines of the record's code); statement: int32, the same number for the pieces of one statement.
    """

    ids: np.ndarray
    starts: np.ndarray
    record: np.ndarray
    window: np.ndarray
    at: np.ndarray
    first: np.ndarray
    last: np.ndarray
    statement: np.ndarray

    def __len__(self) -> int:
        return len(self.record)

    def tokens(self, window: int) -> np.ndarray:
        return self.ids[self.starts[window] : self.starts[window + 1]]

    def marks(self, window: int) -> np.ndarray:
        """Indices of the window's marks."""
        return np.arange(self._mark_starts[window], self._mark_starts[window + 1])

    @cached_property
    def _mark_starts(self) -> np.ndarray:
        return np.searchsorted(self.window, np.arange(len(self) + 1))

    @cached_property
    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)

    def save(self, path: Path) -> None:
        np.savez(path, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Windows:
        with np.load(path) as file:
            return cls(**{name: file[name] for name in file.files})


def collect(lines, position: dict[str, int]) -> Windows:
    """Windows from the extractor's JSON Lines; `position` gives each record's place by id."""
    ids, starts, record = [], [0], []
    window, at, first, last, statement = [], [], [], [], []
    numbers: dict[tuple, int] = {}
    for line in lines:
        row = json.loads(line)
        if "ids" not in row:
            continue
        targets = [s for s in row["statements"] if s["target"]]
        # Training reads at most the budget, like the gate; a window without a target teaches nothing.
        if not targets or len(row["ids"]) > Shape.budget:
            continue
        place = position[row["id"]]
        for s in targets:
            # Chunks of an over-long piece share its lines; the statement scores as the highest of them.
            key = (place, row["scope"], s["start_line"], s["end_line"])
            window.append(len(record))
            at.append(s["at"])
            first.append(s["start_line"])
            last.append(s["end_line"])
            statement.append(numbers.setdefault(key, len(numbers)))
        ids.append(np.asarray(row["ids"], dtype=np.uint16))
        starts.append(starts[-1] + len(row["ids"]))
        record.append(place)
    return Windows(
        np.concatenate(ids) if ids else np.zeros(0, np.uint16),
        np.asarray(starts, np.int64),
        np.asarray(record, np.int32),
        *(np.asarray(column, np.int32) for column in (window, at, first, last, statement)),
    )


def extract(records: list[dict], scratch: Path, tokenizer: Path) -> Windows:
    """Runs the extractor over records (`id`, `code`), by way of a file that the caller removes."""
    write_jsonl(scratch, ({"id": str(i), "code": r["code"]} for i, r in enumerate(records)))
    command = [
        str(BIN),
        "windows",
        "--tokenizer",
        str(tokenizer),
        "--budget",
        str(Shape.budget),
        "--records",
        str(scratch),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        made = collect(process.stdout, {str(i): i for i in range(len(records))})
    if process.returncode:
        raise SystemExit(f"the extractor ended with status {process.returncode}")
    return made


def groups(lengths: list[int], room: int, spread: float = 0.8) -> list[list[int]]:
    """Cuts windows into batches of like length: at most `room` tokens with padding, none shorter than `spread` of the longest
    unless the batch would hold but a few. Returns indices into `lengths`."""
    out: list[list[int]] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        full = not out or (len(out[-1]) + 1) * longest > room
        if full or (lengths[index] < spread * longest and len(out[-1]) >= 4):
            out.append([])
            longest = lengths[index]
        out[-1].append(index)
    return out


def padded(windows: Windows, chosen: list[int]) -> np.ndarray:
    """ids int64 [windows, longest], 0 = padding."""
    ids = np.zeros((len(chosen), max(int(windows.lengths[w]) for w in chosen)), np.int64)
    for row, window in enumerate(chosen):
        tokens = windows.tokens(window)
        ids[row, : len(tokens)] = tokens
    return ids

"""The gate's own measuring: `cwegate eval` and `cwegate score`, so that every figure has one definition (docs/eval.md)."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import tomllib

from .config import GATE, write_jsonl
from .tree import DEFAULT_BUDGET


def run(*arguments: str | Path, program: list[str | Path] | None = None) -> str:
    """Output of the gate; `program`: what stands before its arguments, the gate alone by default."""
    command = [str(a) for a in (*(program or [GATE]), *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"`{' '.join(command)}` ended with status {done.returncode}: {done.stderr.strip()[-800:]}")
    return done.stdout


def evaluate(data: Path, models=(), sarif: dict[str, Path] | None = None, resamples: int = 300) -> dict:
    """`cwegate eval` over one file of records, as JSON."""
    arguments = ["eval", data, "--format", "json", "--resamples", str(resamples)]
    arguments += [part for model in models for part in ("--model", model)] or ["--no-model"]
    arguments += [part for name, file in (sarif or {}).items() for part in ("--sarif", f"{name}={file}")]
    return json.loads(run(*arguments))


def export(data: Path, folder: Path) -> None:
    """Each record as a file that any tool can be run on; see `cwegate eval --export`."""
    run("eval", "--export", folder, data)


@dataclass
class Bundle:
    """thresholds: by class id, one a budget."""

    folder: Path
    budgets: list[float]
    thresholds: dict[str, list[float]]

    @classmethod
    def read(cls, folder: Path) -> Bundle:
        table = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
        return cls(folder, table["operating-points"]["budgets"], {c["id"]: c["thresholds"] for c in table["class"]})

    def at(self, budget: float = DEFAULT_BUDGET) -> dict[str, float]:
        """Thresholds at a budget."""
        place = self.budgets.index(budget)
        return {id_: values[place] for id_, values in self.thresholds.items()}


@dataclass
class Scores:
    """statements: (first line, last line, probability by class id) of each; None where the record could not be read."""

    statements: list[tuple[int, int, dict[str, float]]] | None

    def alarms(self, cut: dict[str, float]) -> list[tuple[int, int, list[str]]]:
        """Statements that alarm, with the classes that do."""
        found = ((first, last, [c for c, p in s.items() if p >= cut[c]]) for first, last, s in self.statements or ())
        return [alarm for alarm in found if alarm[2]]

    def classes(self, cut: dict[str, float]) -> frozenset[str]:
        """Classes that alarm anywhere in the record: its verdict."""
        return frozenset(c for _, _, named in self.alarms(cut) for c in named)


def score(records: list[dict], bundle: Path, program: list[str | Path] | None = None) -> list[Scores]:
    """`cwegate score` over records (`id`, `code`), in their order."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "records.jsonl"
        write_jsonl(path, ({"id": str(i), "code": r["code"]} for i, r in enumerate(records)))
        lines = run("score", "--all", "--model", bundle, "--records", path, program=program).splitlines()
    out = [Scores(None)] * len(records)
    for row in map(json.loads, lines):
        if "statements" in row:
            out[int(row["id"])] = Scores([(s["start_line"], s["end_line"], s["scores"]) for s in row["statements"]])
    return out

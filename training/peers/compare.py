"""Every system on every set: `cwegate eval` measures, this module says what on."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from cwegate_training import gate, robustness, sets
from cwegate_training.calibrate import facts_of
from cwegate_training.config import BUDGETS, WORK, read_jsonl, sha256
from cwegate_training.tree import BLOCK_BUDGET, DEFAULT_BUDGET

from . import baselines, tools
from .table import ROWS, figure, markdown

MODEL = "cwegate"


def compare(bundle: Path, only: set[str] | None = None, with_peers: bool = True) -> dict:
    """Figures of all systems: `systems`, `values` (set, figure, system, value, low, high) and `versions`."""
    paths = {name: path for name, path in sets.paths().items() if not only or name in only}
    variants = robustness.variants() if not only or "robustness" in only else {}
    changes = paths.pop("changes", None)
    others = Others(tools.installed(), baselines.baselines()) if with_peers else Others([], [])
    others.run([*paths.values(), *variants.values()])
    values: dict[tuple[str, str, str], dict] = {}
    for name, path in paths.items():
        one = on_records(bundle, name, path, others)
        values |= {(name, key, system): value for (key, system), value in one.items()}
        print(f"{name}: measured", flush=True)
    if variants:
        for system, share in flips(bundle, variants, others).items():
            values["robustness", "flips", system] = {"value": share}
    if changes:
        one = on_changes(bundle, changes, others)
        values |= {("changes", key, system): value for (key, system), value in one.items()}
    return {
        "model": sha256(bundle / "model.onnx"),
        "budget": DEFAULT_BUDGET,
        "systems": [MODEL, *others.names()],
        "versions": {t.name: t.version() for t in others.tools},
        "values": [{"set": s, "figure": k, "system": n, **v} for (s, k, n), v in values.items()],
    }


@dataclass
class Others:
    """The other systems. sarif: by tool, over the records of all sets together."""

    tools: list[tools.Tool]
    simple: list[baselines.Baseline]
    sarif: dict[str, Path] = field(default_factory=dict)

    def names(self) -> list[str]:
        return [system.name for system in (*self.tools, *self.simple)]

    def run(self, paths: list[Path]) -> None:
        if self.tools and paths:
            folder = tools.laid_out(tools.together(paths))
            self.sarif = {t.name: t.sarif(folder / "records", folder) for t in self.tools}

    def alarms(self, path: Path) -> dict[str, Path]:
        """SARIF of every system over one data file."""
        folder = WORK / "peers" / path.stem
        folder.mkdir(parents=True, exist_ok=True)
        out = {name: tools.part(sarif, path, folder) for name, sarif in self.sarif.items()}
        return out | {b.name: baselines.sarif(b, path, folder, b.at(DEFAULT_BUDGET)) for b in self.simple}

    def ranks(self, path: Path) -> dict[str, Path]:
        """SARIF of the baselines with all their probabilities: a tool's SARIF has one operating point."""
        return {b.name: baselines.sarif(b, path, WORK / "peers" / path.stem, None) for b in self.simple}


def on_records(bundle: Path, name: str, path: Path, others: Others) -> dict[tuple[str, str], dict]:
    """Figures of a set's rows."""
    alarms = others.alarms(path)
    evaluation = gate.evaluate(path, models=[bundle], sarif=alarms)
    keep(bundle, name, evaluation)
    rows = [row for row in ROWS if row.data == name]
    ranking = gate.evaluate(path, sarif=others.ranks(path)) if others.simple and any(r.ranks for r in rows) else None
    model, simple, out = evaluation["systems"][0]["name"], {b.name for b in others.simple}, {}
    for row in rows:
        for system in (MODEL, *alarms):
            source = ranking if row.ranks and system in simple else evaluation
            value = figure(source, model if system == MODEL else system, row.key)
            if value is not None:
                out[row.key, system] = {k: value[k] for k in ("value", "low", "high")}
    return out


def keep(bundle: Path, name: str, evaluation: dict) -> None:
    """The whole evaluation of a set, for the model card."""
    path = evaluation_path(bundle, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(evaluation), encoding="utf-8")


def evaluation_path(bundle: Path, name: str) -> Path:
    return WORK / "judged" / f"eval-{sha256(bundle / 'model.toml')[:8]}-{name}.json"


def on_changes(bundle: Path, path: Path, others: Others) -> dict[tuple[str, str], dict]:
    """Alarms on clean changes. Every finding of a tool stops a commit; the default policy, which the
    baselines are judged by too, stops it for some classes and at a stricter budget."""
    facts, out = facts_of(bundle), {}
    if facts:
        place = BUDGETS.index(DEFAULT_BUDGET)
        low, high = facts["interval"][place]
        out["alarms_per_1000", MODEL] = {"value": facts["measured"][place], "low": low, "high": high}
        low, high = facts["files_blocked_interval"]
        place = BUDGETS.index(BLOCK_BUDGET)
        out["blocked_files", MODEL] = {"value": facts["files_blocked"][place], "low": low, "high": high}
    measured = {b.name: baselines.alarms_on_changes(b) for b in others.simple}
    if others.tools:
        folder = tools.laid_out(path)
        for t in others.tools:
            measured[t.name] = tools.alarms_on_changes(t.sarif(folder / "records", folder), path)
    return out | {(key, name): {"value": value} for name, f in measured.items() for key, value in f.items()}


def flips(bundle: Path, paths: dict[str, Path], others: Others) -> dict[str, float]:
    """Shares of verdicts that renaming or reformatting flips."""
    out = {MODEL: robustness.measured(bundle, paths)["flips"]}
    verdicts: dict[str, dict[str, list]] = {}
    for variant, path in paths.items():
        rows = list(read_jsonl(path))
        for name, sarif in others.alarms(path).items():
            places = tools.places(sarif)
            verdicts.setdefault(name, {})[variant] = [bool(places.get(tools.file_name(r["id"]))) for r in rows]
    return out | {name: robustness.flips(v, paths)["flips"] for name, v in verdicts.items()}


def report(result: dict, out: Path | None) -> str:
    """The table; also written as table.md and table.json if a folder is named."""
    values = {(v["set"], v["figure"], v["system"]): v["value"] for v in result["values"]}
    text = markdown(result["systems"], values)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "table.md").write_text(text + "\n", encoding="utf-8")
        (out / "table.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return text


def missing() -> list[str]:
    return [t.name for t in tools.TOOLS if not shutil.which(t.name, path=tools.PEERS or None)]

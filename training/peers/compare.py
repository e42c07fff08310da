"""Every system on every set: `cwegate eval` measures, this module says what on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cwegate_training import gate, robustness, sets
from cwegate_training.calibrate import facts_of
from cwegate_training.config import BUDGETS, WORK, read_jsonl, sha256

from . import baselines, tools
from .table import ROWS, figure, markdown

MODEL = "cwegate"


def compare(bundle: Path, only: set[str] | None = None, with_peers: bool = True) -> dict:
    """Figures of all systems: `systems`, `values` (set, figure, system, value, low, high) and `versions`."""
    installed = tools.installed() if with_peers else []
    simple = baselines.baselines() if with_peers else []
    names = [MODEL, *(t.name for t in installed), *(b.name for b in simple)]
    values: dict[tuple[str, str, str], dict] = {}
    for name, path in sets.paths().items():
        if only and name not in only:
            continue
        if name == "changes":
            one = on_changes(bundle, path, installed, simple)
        else:
            one = on_records(bundle, name, path, installed, simple)
        values |= {(name, key, system): value for (key, system), value in one.items()}
        print(f"{name}: measured", flush=True)
    if not only or "robustness" in only:
        for system, share in flips(bundle, installed, simple).items():
            values["robustness", "flips", system] = {"value": share}
    return {
        "model": sha256(bundle / "model.onnx"),
        "budget": gate.DEFAULT_BUDGET,
        "systems": names,
        "versions": {t.name: t.version() for t in installed},
        "values": [{"set": s, "figure": k, "system": n, **v} for (s, k, n), v in values.items()],
    }


def on_records(bundle: Path, name: str, path: Path, found, simple) -> dict[tuple[str, str], dict]:
    """Figures of a set's rows. What alarms and what ranks are two files of a baseline: a tool's SARIF has one operating point."""
    folder = tools.laid_out(path)
    alarms = {t.name: t.sarif(folder / "records", folder) for t in found}
    made = f"judged-{name}-{sha256(path)[:8]}"
    for b in simple:
        alarms[b.name] = baselines.sarif(b, path, made, folder, b.at(gate.DEFAULT_BUDGET))
    evaluation = gate.evaluate(path, models=[bundle], sarif=alarms)
    keep(bundle, name, evaluation)
    ranking = None
    if simple and any(row.ranks for row in ROWS if row.data == name):
        ranking = gate.evaluate(path, sarif={b.name: baselines.sarif(b, path, made, folder, None) for b in simple})
    model = evaluation["systems"][0]["name"]
    out = {}
    for row in (row for row in ROWS if row.data == name):
        for system in (MODEL, *alarms):
            source = ranking if row.ranks and system in {b.name for b in simple} else evaluation
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


def on_changes(bundle: Path, path: Path, found, simple) -> dict[tuple[str, str], dict]:
    """Alarms on clean changes. Every finding of a tool stops a commit; the gate stops it for the classes that its policy blocks."""
    folder = tools.laid_out(path)
    facts, place = facts_of(bundle), BUDGETS.index(gate.DEFAULT_BUDGET)
    out = {}
    if facts:
        low, high = facts["interval"][place]
        out["alarms_per_1000", MODEL] = {"value": facts["measured"][place], "low": low, "high": high}
        low, high = facts["files_blocked_interval@1"]
        out["blocked_files", MODEL] = {"value": facts["files_blocked"][place], "low": low, "high": high}
    measured = {t.name: tools.alarms_on_changes(t.sarif(folder / "records", folder), path) for t in found}
    measured |= {b.name: baselines.alarms_on_changes(b, gate.DEFAULT_BUDGET) for b in simple}
    return out | {(key, name): {"value": value} for name, f in measured.items() for key, value in f.items()}


def flips(bundle: Path, found, simple) -> dict[str, float]:
    """Shares of verdicts that renaming or reformatting flips."""
    paths = robustness.variants()
    out = {MODEL: robustness.measured(bundle, paths)["flips"]}
    verdicts: dict[str, dict[str, list]] = {}
    for variant, path in paths.items():
        folder, rows = tools.laid_out(path), list(read_jsonl(path))
        reported = {t.name: tools.places(t.sarif(folder / "records", folder)) for t in found}
        for b in simple:
            cut = b.at(gate.DEFAULT_BUDGET)
            made = f"judged-robust-{variant}-{sha256(path)[:8]}"
            reported[b.name] = tools.places(baselines.sarif(b, path, made, folder, cut))
        for name, places in reported.items():
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

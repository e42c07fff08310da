"""Step `robustness`: what renaming locals and reformatting do to verdicts.

Neither changes what code does, so no verdict should change. The records are held-out ones of all sources; a verdict is whether
anything in the record alarms at the default budget.
"""

from __future__ import annotations

import ast
import hashlib
import random
import shutil
import subprocess
import tempfile
import textwrap
from pathlib import Path

from . import gate
from .calibrate import keep_facts
from .config import PEERS, WORK, bundle_of, log, read_jsonl, write_jsonl
from .generated import SOURCE
from .rename import RENAMED, local_names, parses, rename

RECORDS = 600
WIDTH = 60
"""Columns that the code is reformatted to; double quotes become single ones."""
VARIANTS = ("renamed", "reformatted")


def chosen(count: int = RECORDS) -> list[dict]:
    """Held-out records that parse and have locals to rename, by a fixed shuffle."""
    rows = [r for r in read_jsonl(WORK / "records.jsonl") if r["split"] != "train" and not r["id"].endswith(RENAMED)]
    rows.sort(key=lambda r: hashlib.sha256(f"robust/{r['id']}".encode()).digest())
    out, composed = [], count // 3
    for row in rows:
        code = textwrap.dedent(row["code"])
        # Composed records would crowd out all others.
        composed -= row["source"] == SOURCE
        if row["source"] == SOURCE and composed < 0:
            continue
        if len(out) < count and parses(code) and local_names(code):
            out.append({"id": f"{row['id']}/original", "code": code, "label": row["label"], "cwe": []})
    return out


def renamed(rows: list[dict]) -> list[str | None]:
    """The code with names of other records for its locals; None where that does not parse."""
    pool = sorted({name for row in rows for name in local_names(row["code"]) if len(name) > 1})
    out: list[str | None] = []
    for row in rows:
        rng = random.Random(row["id"])
        found, words = (
            sorted(local_names(row["code"])),
            {n.id for n in ast.walk(ast.parse(row["code"])) if isinstance(n, ast.Name)},
        )
        fresh = [name for name in rng.sample(pool, min(len(pool), 4 * len(found) + 40)) if name not in words]
        code = rename(row["code"], dict(zip(found, fresh)))
        out.append(code if len(fresh) >= len(found) and code != row["code"] and parses(code) else None)
    return out


def reformatted(rows: list[dict]) -> list[str | None]:
    """The code as ruff formats it, narrow and with single quotes; None where it does not."""
    ruff = shutil.which("ruff", path=PEERS or None)
    if ruff is None:
        raise SystemExit(
            "ruff is not there; install training/peers/requirements.txt and name its programs' folder in CWEGATE_PEERS"
        )
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{i}.py" for i in range(len(rows))]
        for file, row in zip(files, rows):
            file.write_text(row["code"], encoding="utf-8")
        options = [
            "--isolated",
            "--no-cache",
            "--quiet",
            "--line-length",
            str(WIDTH),
            "--config",
            "format.quote-style='single'",
        ]
        subprocess.run([ruff, "format", *options, folder], capture_output=True)
        texts = [file.read_text(encoding="utf-8") for file in files]
    return [text if text != row["code"] else None for text, row in zip(texts, rows)]


def variants() -> dict[str, Path]:
    """`original`, `renamed` and `reformatted`, each a file of the same records."""
    rows = chosen()
    codes = dict(zip(VARIANTS, (renamed(rows), reformatted(rows))))
    paths = {name: WORK / "judged" / f"robust-{name}.jsonl" for name in ("original", *VARIANTS)}
    write_jsonl(paths["original"], rows)
    for name, changed in codes.items():
        # What could not be changed stays as it is and is left out of the count.
        write_jsonl(
            paths[name],
            (
                {**r, "id": r["id"].replace("/original", f"/{name}"), "code": c or r["code"]}
                for r, c in zip(rows, changed)
            ),
        )
    return paths


def flips(verdicts: dict[str, list], paths: dict[str, Path]) -> dict[str, float | int]:
    """verdicts: by variant, one a record. Shares of the changed records whose verdict differs from that of the original."""
    code = {name: [r["code"] for r in read_jsonl(path)] for name, path in paths.items()}
    out: dict[str, float | int] = {"records": len(code["original"])}
    either = set()
    for name in VARIANTS:
        changed = [i for i, (a, b) in enumerate(zip(code["original"], code[name])) if a != b]
        differ = [i for i in changed if bool(verdicts[name][i]) != bool(verdicts["original"][i])]
        either |= set(differ)
        out[f"{name}_records"] = len(changed)
        out[name] = round(len(differ) / max(1, len(changed)), 4)
    out["flips"] = round(len(either) / max(1, len(code["original"])), 4)
    alarmed = {i for i, v in enumerate(verdicts["original"]) if v}
    out["alarmed"] = len(alarmed)
    out["lost"] = len(either & alarmed)
    return out


def measured(bundle: Path, paths: dict[str, Path]) -> dict:
    """Flips of a bundle's verdicts, of whether anything alarms and, beside, of which classes do."""
    cut = gate.Bundle.read(bundle).at()
    verdicts = {
        name: [scores.classes(cut) for scores in gate.score(list(read_jsonl(path)), bundle)]
        for name, path in paths.items()
    }
    out = flips(verdicts, paths)
    same = [len({verdicts[name][i] for name in verdicts}) == 1 for i in range(len(verdicts["original"]))]
    return out | {"classes_differ": round(1 - sum(same) / max(1, len(same)), 4)}


def robustness(args) -> None:
    folder = bundle_of(args)
    facts = measured(folder, variants())
    keep_facts(folder, {"robustness": facts})
    log("robustness", **facts)

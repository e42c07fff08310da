"""Step `generate`: pairs and clean code composed by `training/generate`, and how `records` takes them in.

Families, not records, are divided between training, calibration and test. The real functions that fragments are woven
into come from packages of the same part of the corpus, so that no host stands on two sides either.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from generate import generate as compose
from generate.weave import load

from . import dedup
from .config import PARTS, WORK, log, read_jsonl, sha256, write_jsonl
from .labels import Labels

SOURCE = "generated"
WEIGHT = 0.3
"""How much a record counts: labels follow from construction, but the code is put together."""
HELD_OUT = 8
"""One pair is written for calibration and one for the test to this many for training."""
CLEAN = 3
"""One clean record is written to this many pairs."""


def part_of(part: str, pairs: int, seed: int, hosts: list) -> list[dict]:
    """So many pairs, and clean records in proportion, of one part's families."""
    left = Counter(pair=2 * pairs, clean=max(1, pairs // CLEAN))
    out = []
    for record in compose(seed, 1 << 40, hosts, part):
        kind = "clean" if record["label"] == "clean" else "pair"
        if left[kind]:
            left[kind] -= 1
            out.append({**record, "split": part})
        if not left.total():
            break
    return out


def hosts_of(part: str, seed: int) -> list:
    """Real functions of the packages of one part."""
    path: Path = WORK / f"changes-{part}.jsonl"
    return load(path, seed) if path.exists() else []


def generate(args) -> None:
    """Writes generated.jsonl; the same options give the same records."""
    rows, hosts = [], {}
    for number, part in enumerate(PARTS):
        pairs = args.generated if part == "train" else max(1, args.generated // HELD_OUT)
        found = hosts_of(part, args.generated_seed)
        hosts[part] = len(found)
        rows += part_of(part, pairs, len(PARTS) * args.generated_seed + number, found)
    write_jsonl(WORK / "generated.jsonl", rows)
    log(
        "generate",
        seed=args.generated_seed,
        hosts=hosts,
        records={
            f"{part}/{label}": count for (part, label), count in Counter((r["split"], r["label"]) for r in rows).items()
        },
        families={part: len({r["family"] for r in rows if r["split"] == part}) for part in PARTS},
        sha256=sha256(WORK / "generated.jsonl"),
    )


def taken(pairs: int) -> list[dict]:
    """Records of generated.jsonl, of the training part the first so many pairs and clean records in proportion."""
    path = WORK / "generated.jsonl"
    left = Counter(pair=2 * pairs, clean=pairs // CLEAN)
    out = []
    for record in read_jsonl(path) if path.exists() and pairs else ():
        kind = "clean" if record["label"] == "clean" else "pair"
        if record["split"] != "train" or left[kind]:
            left[kind] -= record["split"] == "train"
            out.append(record)
    return out


def added(
    kept: list[dict], pairs: int, held_out: dedup.Contained, processes: int = 1
) -> tuple[list[dict], dict[str, int]]:
    """Generated records in the form of records.jsonl, without what is nearly the same on another side; and what was left out.

    Near copies within a split stay: a family is many dressings of one shape.
    """
    labels, counts = Labels(), Counter()
    rows = [
        {
            "id": r["id"], "source": SOURCE, "code": r["code"], "label": r["label"], "classes": labels.map(r["cwe"]),
            "lines": r.get("lines") or [], "pair": r.get("pair_id"), "real": False, "weight": WEIGHT,
            "group": f"{SOURCE}/{r['family']}", "split": r["split"],
        }
        for r in taken(pairs)
    ]  # fmt: skip
    both = kept + rows
    prints = dedup.prints([r["code"] for r in both], processes)
    dropped = set()
    for row, one in zip(rows, prints[len(kept) :], strict=True):
        if held_out.found(one):
            dropped.add(unit(row))
            counts["generated near duplicate of dev"] += 1
    measured = [i for i, row in enumerate(both) if row["split"] != "train"]
    near = dedup.Near(prints[i] for i in measured)
    for i, one in enumerate(prints):
        for j in (measured[found] for found in near.found(one)):
            made = [both[k] for k in (i, j) if k >= len(kept)]
            if made and both[i]["split"] != both[j]["split"]:
                # Of two generated ones the one for measuring goes: training has more to learn from.
                gone = min(made, key=lambda r: r["split"] == "train")
                counts["generated near duplicate of another split"] += unit(gone) not in dropped
                dropped.add(unit(gone))
    return [r for r in rows if unit(r) not in dropped], dict(counts)


def unit(row: dict) -> str:
    """What is kept or dropped as one."""
    return row["pair"] or row["id"]

"""Step `records`: every labelled and clean record that training reads, with its split, weight and class indices.

A split is decided by a hash of the record's group (family, CVE or commit), and near duplicates pull their groups
together, so that no family and no copy stands on two sides. Pairs stay together always.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict

from . import dedup, generated
from .config import AUTHORED, DATA, WORK, log, read_jsonl, sha256, write_jsonl
from .corpus import read
from .labels import Labels
from .rename import RENAMED, copies

# How much a record of a source counts, from what the data's README says about its noise.
WEIGHTS = {
    "authored": 1.0,
    generated.SOURCE: generated.WEIGHT,
    "sven": 0.7,
    "safecoder": 0.7,
    "reposvul": 0.4,
    "seccodeplt": 0.6,
    "purplellama": 0.3,
    "pyvul": 0.25,
    "pyvul_negatives": 0.4,
    "securecode": 0.2,
}
TRAIN_ONLY = {"pyvul", "pyvul_negatives", "purplellama", "securecode"}
UNSEEN = ("pyload", "octoprint", "modoboa", "vantage6")
"""Projects that others measure on; their records are dropped wherever they turn up."""
CLUSTER_CAP = 6
"""Records of one near-duplicate cluster and label that are kept."""


def split_of(group: str) -> str:
    """train, calibration or test (80, 10, 10 in 100), from a hash of the group alone."""
    bucket = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 10
    return ("test", "calibration")[bucket] if bucket < 2 else "train"


def group_of(record: dict) -> str:
    """What must not be divided between splits."""
    key = record.get("family") or record.get("cve") or record.get("commit") or record.get("pair_id") or record["id"]
    return f"{record['source']}/{key}"


def labelled() -> list[dict]:
    """The public training sets and the authored pairs, without the projects that must stay unseen."""
    paths = [path for path in sorted((DATA / "train").glob("*.jsonl")) if path.stem in WEIGHTS]
    rows = []
    for path in [*paths, AUTHORED]:
        for record in read_jsonl(path) if path.exists() else ():
            whole = " ".join(str(record.get(key, "")) for key in ("id", "commit", "file", "code")).lower()
            if not any(name in whole for name in UNSEEN):
                rows.append(record)
    return rows


def prepare(rows: list[dict], held_out: list[str]) -> tuple[list[dict], dict]:
    """Records with `classes`, `weight`, `split` and `cluster`; and counts of what was left out and why."""
    labels, counts = Labels(), Counter()
    cluster = dedup.clusters([r["code"] for r in rows])
    # Groups joined by near duplicates or by pairs share one split: that of the first name.
    joined: dict[str, str] = {}

    def root(key: str) -> str:
        while joined.setdefault(key, key) != key:
            key = joined[key]
        return key

    for record, number in zip(rows, cluster):
        keys = [group_of(record), f"cluster/{number}"] + (
            [f"pair/{record['pair_id']}"] if record.get("pair_id") else []
        )
        roots = sorted({root(k) for k in keys}, key=lambda k: (k.startswith(("cluster/", "pair/")), k))
        for other in roots[1:]:
            joined[other] = roots[0]
    fixed_to_train = {root(group_of(r)) for r in rows if r["source"] in TRAIN_ONLY}
    known = dedup.Contained(held_out)
    leaking = {root(group_of(r)) for r in rows if r["source"] != "authored" and known.any(r["code"])}
    leaking_pairs = {r.get("pair_id") or r["id"] for r in rows if known.any(r["code"])}
    kept, taken = [], Counter()
    order = sorted(range(len(rows)), key=lambda i: hashlib.sha256(rows[i]["id"].encode()).digest())
    allowed: dict[str, bool] = {}
    for index in order:
        record, group = rows[index], root(group_of(rows[index]))
        unit = record.get("pair_id") or record["id"]
        if unit in leaking_pairs or (
            group in leaking and record["source"] in ("sven", "reposvul", "safecoder", "pyvul")
        ):
            counts["near duplicate of dev"] += 1
            continue
        if unit not in allowed:
            taken[cluster[index]] += 1
            allowed[unit] = taken[cluster[index]] <= CLUSTER_CAP
        if not allowed[unit]:
            counts["over the cap of its cluster"] += 1
            continue
        indices = labels.map(record["cwe"])
        if (
            record["label"] != "clean"
            and record["cwe"]
            and not indices
            and not set(record["cwe"]) <= {"CWE-74", "CWE-707", "CWE-693"}
        ):
            counts["no class of ours"] += 1
            continue
        kept.append({
            "id": record["id"], "source": record["source"], "code": record["code"], "label": record["label"],
            "classes": indices, "lines": record.get("lines") or [], "pair": record.get("pair_id"), "real": record["real"],
            "weight": WEIGHTS[record["source"]], "group": group,
            "split": "train" if group in fixed_to_train else split_of(group),
        })  # fmt: skip
    return kept, dict(counts)


def leaks(kept: list[dict]) -> dict[str, int]:
    """Near duplicates that stand on two sides; must be zero."""
    found = Counter()
    splits = [r["split"] for r in kept]
    for i, j in dedup.pairs([r["code"] for r in kept], across=splits):
        found["/".join(sorted((splits[i], splits[j])))] += 1
    return dict(found)


def clean_files(part: str, count: int, known: dedup.Contained) -> tuple[list[dict], int]:
    """Files of the corpus as clean records, chosen by a fixed shuffle; and how many were dropped as known from elsewhere."""
    rows = [r for r in read_jsonl(WORK / "files.jsonl") if r["part"] == part and r["release"] == "newer"]
    random.Random(5).shuffle(rows)
    per_package: dict[str, int] = defaultdict(int)
    chosen = []
    for row in rows:
        if len(chosen) < count and per_package[row["package"]] < max(40, count // 40):
            per_package[row["package"]] += 1
            chosen.append(row)
    texts = read(chosen)
    out = [{"id": f"{r['package']}/{r['path']}", "code": texts[r["package"], "newer", r["path"]]} for r in chosen]
    kept = [r for r in out if not known.any(r["code"])]
    return kept, len(out) - len(kept)


def records(args) -> None:
    """Writes records.jsonl (labelled), clean-train.jsonl, changes without leaks, and pretrain.jsonl."""
    dev = [r["code"] for path in sorted((DATA / "dev").glob("*.jsonl")) for r in read_jsonl(path)]
    rows = labelled()
    kept, left_out = prepare(rows, dev)
    composed, doubles = generated.added(kept, args.generated, dedup.Contained(dev))
    kept += copies(kept) + composed
    write_jsonl(WORK / "records.jsonl", kept)
    held_out = dedup.Contained(dev + [r["code"] for r in kept if r["split"] != "train" and r["real"]])
    pretrain, dropped = clean_files("train", args.pretrain_files, held_out)
    changes = list(read_jsonl(WORK / "changes-train.jsonl"))
    clean = [r for r in changes if not held_out.any(r["code"])]
    write_jsonl(WORK / "clean-train.jsonl", clean)
    write_jsonl(WORK / "pretrain.jsonl", pretrain or clean)
    paths = [*sorted((DATA / "train").glob("*.jsonl")), AUTHORED]
    support = Counter(
        i
        for r in kept
        if r["label"] == "vulnerable"
        and r["split"] == "train"
        and not r["id"].endswith(RENAMED)
        and r["source"] != generated.SOURCE
        for i in r["classes"]
    )
    log(
        "records",
        kept=dict(Counter(f"{r['source']}/{r['split']}" for r in kept if not r["id"].endswith(RENAMED))),
        renamed_copies=sum(r["id"].endswith(RENAMED) for r in kept),
        left_out=left_out | doubles,
        leaks_between_splits=leaks(kept),
        clean_files_dropped_as_known={"pretrain": dropped, "changes": len(changes) - len(clean)},
        positives={Labels().ids[i]: support[i] for i in range(len(Labels()))},
        data={path.name: sha256(path) for path in paths if path.exists()},
    )

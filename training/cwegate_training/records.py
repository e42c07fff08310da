"""Step `records`: every labelled and clean record that training reads, with its split, weight and class indices.

A split is decided by a hash of the record's group (family, project, CVE or commit), and near duplicates pull their groups
together, so that no family, project and copy stands on two sides. Pairs stay together always. A project that is also a
package of the corpus is in that package's part, labelled records and all.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter, defaultdict

from . import dedup, fixes, generated
from .config import DATA, PARTS, WORK, labelled_files, log, only_measured, read_jsonl, sha256, write_jsonl
from .corpus import packages, plain, read
from .labels import Labels
from .rename import RENAMED, copies

# How much a record of a source counts, from what the data's README says about its noise.
WEIGHTS = {
    "authored": 1.0,
    fixes.SOURCE: 0.8,
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
REPOSITORY = re.compile(r"github\.com/[^/\s]+/([^/\s]+)", re.I)
CLUSTER_CAP = 6
"""Records of one near-duplicate cluster and label that are kept."""
UNSPECIFIC = {"CWE-74", "CWE-707", "CWE-693"}
"""Labels that say that something in the record is weak, and not what: it trains without a class."""


def split_of(group: str) -> str:
    """train, calibration or test (80, 10, 10 in 100), from a hash of the group alone."""
    bucket = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 10
    return ("test", "calibration")[bucket] if bucket < 2 else "train"


def group_of(record: dict) -> str:
    """What must not be divided between splits."""
    key = record.get("family") or record.get("cve") or record.get("commit") or record.get("pair_id") or record["id"]
    return f"{record['source']}/{key}"


def project_of(record: dict) -> str:
    """The project of a record, by the repository of its commit; forks share it. Empty where it is not known."""
    found = REPOSITORY.search(record.get("commit") or "")
    return plain(found[1]) if found else ""


def parts_of_projects() -> dict[str, str]:
    """The part of each project that the corpus reads a package of."""
    order = ("test", "calibration", "train")
    found: dict[str, str] = {}
    for package in sorted(packages(), key=lambda p: order.index(p["part"])):
        for name in (package["name"], *package.get("projects", ())):
            found.setdefault(plain(name), package["part"])
    return found


def labelled() -> list[dict]:
    """The public training sets, the authored pairs and those of projects' histories, without the projects that must stay unseen."""
    rows = []
    for path in labelled_files():
        for record in read_jsonl(path) if path.parent != DATA / "train" or path.stem in WEIGHTS else ():
            whole = " ".join(str(record.get(key, "")) for key in ("id", "commit", "file", "code")).lower()
            if not any(name in whole for name in UNSEEN):
                rows.append(record)
    return rows


def prepare(
    rows: list[dict], held_out: list[str], parts: dict[str, str] | None = None, processes: int = 1
) -> tuple[list[dict], dict]:
    """Records with `classes`, `weight`, `group` and `split`; and counts of what was left out and why.

    `parts`: the part of each project that is a package of the corpus.
    """
    parts = parts or {}
    labels, counts = Labels(), Counter()
    prints = dedup.prints([r["code"] for r in rows], processes)
    cluster = dedup.clusters(prints)
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
        keys += [f"project/{name}"] if (name := project_of(record)) else []
        roots = sorted({root(k) for k in keys}, key=lambda k: (k.startswith(("cluster/", "pair/", "project/")), k))
        for other in roots[1:]:
            joined[other] = roots[0]
    fixed_to_train = {root(group_of(r)) for r in rows if r["source"] in TRAIN_ONLY}
    # A held-out package goes before everything else; what is tied to it and has its place elsewhere is left out.
    placed: dict[str, str] = {}
    for name in sorted(parts, key=lambda name: PARTS.index(parts[name])):
        if f"project/{name}" in joined:
            placed[root(f"project/{name}")] = parts[name]
    known = dedup.Contained(dedup.prints(held_out))
    inside = [r for r, one in zip(rows, prints, strict=True) if known.found(one)]
    leaking = {group_of(r) for r in inside if r["source"] != "authored"}
    leaking_pairs = {r.get("pair_id") or r["id"] for r in inside}
    kept, taken = [], Counter()
    order = sorted(range(len(rows)), key=lambda i: hashlib.sha256(rows[i]["id"].encode()).digest())
    allowed: dict[str, bool] = {}
    for index in order:
        record, group = rows[index], root(group_of(rows[index]))
        unit = record.get("pair_id") or record["id"]
        if unit in leaking_pairs or group_of(record) in leaking:
            counts["near duplicate of dev"] += 1
            continue
        if unit not in allowed:
            taken[cluster[index]] += 1
            allowed[unit] = taken[cluster[index]] <= CLUSTER_CAP
        if not allowed[unit]:
            counts["over the cap of its cluster"] += 1
            continue
        split = placed.get(group) or ("train" if group in fixed_to_train else split_of(group))
        own = "train" if record["source"] in TRAIN_ONLY else parts.get(project_of(record), split)
        if own != split:
            counts["tied to a package of another part"] += 1
            continue
        indices = labels.map(record["cwe"])
        if record["label"] != "clean" and record["cwe"] and not indices and not set(record["cwe"]) <= UNSPECIFIC:
            counts["no class of ours"] += 1
            continue
        kept.append({
            "id": record["id"], "source": record["source"], "code": record["code"], "label": record["label"],
            "classes": indices, "lines": record.get("lines") or [], "pair": record.get("pair_id"), "real": record["real"],
            "weight": WEIGHTS[record["source"]] * (1.0 if record.get("clear", True) else fixes.UNCLEAR), "group": group,
            "split": split,
        })  # fmt: skip
    return kept, dict(counts)


def clean_files(count: int) -> list[dict]:
    """Training files of the corpus as clean records, in a fixed shuffle; small packages before more of the large ones."""
    rows = [r for r in read_jsonl(WORK / "files.jsonl") if r["part"] == "train" and r["release"] == "newer"]
    random.Random(5).shuffle(rows)
    rank: dict[str, int] = defaultdict(int)
    places = []
    for row in rows:
        places.append(rank[row["package"]])
        rank[row["package"]] += 1
    chosen = [row for _, row in sorted(zip(places, rows, strict=True), key=lambda pair: pair[0])[:count]]
    texts = read(chosen)
    return [{"id": f"{r['package']}/{r['path']}", "code": texts[r["package"], "newer", r["path"]]} for r in chosen]


def without_known(
    rows: list[dict], prints: list[dedup.Print], held_out: dedup.Contained, elsewhere: dedup.Near, unique: bool
) -> tuple[list[dict], dict]:
    """Clean records without those that hold a held-out code or resemble a file of another part (or, where `unique`,
    one that came before); and counts of what was left out."""
    kept, counts, before = [], Counter(), dedup.Near()
    for row, one in zip(rows, prints, strict=True):
        if held_out.found(one):
            counts["holds a held-out record"] += 1
        elif elsewhere.found(one):
            counts["near duplicate of another part"] += 1
        elif unique and before.found(one):
            counts["near duplicate"] += 1
        else:
            kept.append(row)
            if unique:
                before.add(one)
    return kept, dict(counts)


def without_contained(
    kept: list[dict], prints: list[dedup.Print], files: dict[str, list[dedup.Print]]
) -> tuple[list[dict], int]:
    """Records without those that stand in a clean file of another part, each with the other side of its pair."""
    unit = [r["pair"] or r["id"] for r in kept]
    contained = dedup.Contained(prints)
    bad = {
        unit[index]
        for part, found in files.items()
        for one in found
        for index in contained.found(one)
        if kept[index]["split"] != part
    }
    out = [r for r, u in zip(kept, unit, strict=True) if u not in bad]
    return out, len(kept) - len(out)


def records(args) -> None:
    """Writes records.jsonl (labelled), clean-train.jsonl (changes without leaks) and pretrain.jsonl."""

    def prints(rows: list[dict]) -> list[dedup.Print]:
        return dedup.prints([r["code"] for r in rows], args.threads)

    dev = [r["code"] for r in only_measured()]
    kept, left_out = prepare(labelled(), dev, parts_of_projects(), args.threads)
    measured = {part: prints(list(read_jsonl(WORK / f"changes-{part}.jsonl"))) for part in ("calibration", "test")}
    kept, contained = without_contained(kept, prints(kept), measured)
    left_out["stands in a clean file of another part"] = contained
    held_out = dedup.Contained(dedup.prints(dev + [r["code"] for r in kept if r["split"] != "train"]))
    composed, doubles = generated.added(kept, args.generated, dedup.Contained(dedup.prints(dev)), args.threads)
    composed, contained = without_contained(composed, prints(composed), measured)
    doubles["generated, stands in a clean file of another part"] = contained
    kept += copies(kept, args.names_seed) + composed
    write_jsonl(WORK / "records.jsonl", kept)
    elsewhere = dedup.Near(one for found in measured.values() for one in found)
    changes, files = list(read_jsonl(WORK / "changes-train.jsonl")), clean_files(args.pretrain_files)
    clean, changes_left_out = without_known(changes, prints(changes), held_out, elsewhere, unique=False)
    write_jsonl(WORK / "clean-train.jsonl", clean)
    pretrain, files_left_out = without_known(files, prints(files), held_out, elsewhere, unique=True)
    write_jsonl(WORK / "pretrain.jsonl", pretrain or clean)
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
        clean={"changes": len(clean), "pretrain": len(pretrain)},
        packages={
            name: len({r["id"].split("/")[0] for r in rows})
            for name, rows in (("changes", clean), ("pretrain", pretrain))
        },
        clean_left_out={"changes": changes_left_out, "pretrain": files_left_out},
        positives={Labels().ids[i]: support[i] for i in range(len(Labels()))},
        data={path.name: sha256(path) for path in labelled_files()},
    )

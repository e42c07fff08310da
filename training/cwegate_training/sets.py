"""What bundles and other systems are judged on, one file a set, in the schema that `cwegate eval` reads.

- the development sets, as they are;
- `everyday`: harmless everyday code, written for this alone;
- `written`: the held-out authored pairs and the held-out families of the generator (also apart, as `authored` and `generated`);
- `real`: real fix pairs of the public sets, of the test split, whose project no training record is from;
- `upstream`: the like of them from projects' histories, labelled for this project, and apart (`context`) those of which only the project's other code shows that they
  were weak;
- `changes`: files of the test packages with the lines that a release changed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .config import DATA, EVERYDAY, WORK, classes, labelled_files, read_jsonl, write_jsonl
from .fixes import SOURCE
from .records import project_of
from .rename import RENAMED

DEV = ("securityeval", "codeseceval", "sven", "codeguardian", "secllmholmes")
OWN = ("authored", "generated")
REAL = ("reposvul", "sven", "safecoder")


@cache
def sources() -> dict[str, dict]:
    """The records that records.jsonl was made of, by id: they know weakness, project and advisory."""
    composed = WORK / "generated.jsonl"
    paths = [*labelled_files(), *([composed] if composed.exists() else [])]
    return {r["id"]: r for path in paths for r in read_jsonl(path)}


def judged(row: dict) -> dict:
    """A row of records.jsonl as a record of `cwegate eval`."""
    source = sources().get(row["id"], {})
    ids = [c.id for c in classes()]
    return {
        "id": row["id"],
        "source": row["source"],
        "code": row["code"],
        "label": row["label"],
        "cwe": source.get("cwe", [ids[c] for c in row["classes"]]),
        "lines": row["lines"],
        "pair_id": row["pair"],
        "project": project_of(source) or None,
        "cve": source.get("cve"),
    }


def held_out() -> dict[str, list[dict]]:
    """The sets that come from records.jsonl."""
    rows = [r for r in read_jsonl(WORK / "records.jsonl") if not r["id"].endswith(RENAMED)]
    test = [judged(r) for r in rows if r["split"] == "test" and r["source"] in (*OWN, *REAL, SOURCE)]
    known = {project_of(sources().get(r["id"], {})) for r in rows if r["split"] == "train"}
    own = {name: [r for r in test if r["source"] == name] for name in OWN}
    unseen = [r for r in test if r["project"] and r["project"] not in known]
    real = [r for r in unseen if r["source"] in REAL]
    fixes = [r for r in unseen if r["source"] == SOURCE]
    upstream = [r for r in fixes if sources()[r["id"]]["clear"]]
    context = [r for r in fixes if not sources()[r["id"]]["clear"]]
    written = own["authored"] + own["generated"]
    return {**own, "written": written, "real": real, "upstream": upstream, "context": context}


def paths() -> dict[str, Path]:
    """A file for every set that has records."""
    out = {name: DATA / "dev" / f"{name}.jsonl" for name in DEV}
    out["everyday"] = EVERYDAY
    folder = WORK / "judged"
    for name, rows in held_out().items():
        out[name] = folder / f"{name}.jsonl"
        write_jsonl(out[name], rows)
    out["changes"] = WORK / "changes-test.jsonl"
    return {name: path for name, path in out.items() if path.exists() and path.stat().st_size}

"""Quick checks of what could go wrong silently: splits, labels, duplicates, thresholds, tokens."""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data"))

import authored  # noqa: E402
from cwegate_training import (  # noqa: E402
    calibrate,
    corpus,
    dedup,
    draws,
    export,
    finetune,
    fixes,
    generated,
    leaks,
    points,
    precision,
    pretrain,
    records,
    rename,
    revive,
    tokenizer,
    verdicts,
    windows,
)
from cwegate_training.config import (  # noqa: E402
    BUDGETS,
    EVERYDAY,
    ROOT,
    TRAINING,
    Shape,
    classes,
    only_measured,
    read_jsonl,
    write_jsonl,
)
from cwegate_training.labels import GENERAL, Labels  # noqa: E402
from cwegate_training.model import Model, begin_with, runs_of  # noqa: E402
from cwegate_training.rename import RENAMED  # noqa: E402
from cwegate_training.run import Run  # noqa: E402
from cwegate_training.tree import BLOCK_BUDGET  # noqa: E402
from cwegate_training.windows import Windows  # noqa: E402

TEXT = """=== one | CWE-89 | sqlite-execute
--- vulnerable
def find(conn, name):
    return conn.execute("SELECT * FROM t WHERE n = '%s'" % name)  #!
--- fixed hard
def find(conn, name):
    return conn.execute("SELECT * FROM t WHERE n = ?", (name,))
=== two | clean | constant-columns
--- clean
def all_rows(conn):
    return conn.execute("SELECT * FROM t").fetchall()
"""


def test_a_difference_is_the_same_as_its_two_sides(tmp_path):
    whole = """=== run | CWE-78 | os-system
--- vulnerable
import os

def run(name):
    os.system("ls " + name)  #!
    return name
--- fixed hard
import subprocess

def run(name):
    subprocess.run(["ls", "--", name])
    return name
"""
    difference = """=== run | CWE-78 | os-system
--- diff hard
-import os
+import subprocess

 def run(name):
-    os.system("ls " + name)  #!
+    subprocess.run(["ls", "--", name])
     return name
"""
    path = tmp_path / "a.txt"
    assert authored.parse(path, difference, 1) == authored.parse(path, whole, 1)


def test_an_entry_of_three_sides_is_two_pairs_with_one_repair(tmp_path):
    three = """=== read | CWE-22 | open-under-root
--- three hard
 def read(name):
     path = os.path.realpath(os.path.join(ROOT, name))
~    if not path.startswith(ROOT):
+    if not path.startswith(ROOT + os.sep):
*        raise ValueError(name)
     return open(path).read()  #!
"""
    found = authored.parse(tmp_path / "a.txt", three, 1)
    assert [(r["id"].split("/", 2)[2], r["label"]) for r in found] == [
        ("read/vulnerable", "vulnerable"), ("read/fixed", "fixed"), ("read.wrong/vulnerable", "vulnerable"), ("read.wrong/fixed", "fixed"),
    ]  # fmt: skip
    none, right, wrong, again = found
    assert right["code"] == again["code"] and right["hard"] and "os.sep" in right["code"] and "#!" not in right["code"]
    assert "raise" not in none["code"] and none["lines"] == [3]
    assert "startswith(ROOT):" in wrong["code"] and "raise" in wrong["code"] and wrong["lines"] == [5]
    assert {r["family"] for r in found} == {"open-under-root"}


def test_authored_pairs_survive_packing_and_unpacking(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cwe-089.txt").write_text(TEXT)
    assert authored.pack(tmp_path / "in", tmp_path / "a.jsonl") == 0
    authored.unpack(tmp_path / "a.jsonl", tmp_path / "out")
    assert authored.pack(tmp_path / "out", tmp_path / "b.jsonl") == 0
    first = (tmp_path / "a.jsonl").read_text()
    assert first == (tmp_path / "b.jsonl").read_text()
    assert [r["label"] for r in read_jsonl(tmp_path / "a.jsonl")] == ["vulnerable", "fixed", "clean"]
    assert next(read_jsonl(tmp_path / "a.jsonl"))["lines"] == [2]


def record(number: int, source: str = "authored", **more) -> dict:
    code = f"def f{number}(a, b):\n" + "".join(
        f"    v{number}_{i} = g{number * 7 + i}(a, {i}, b[{number}])\n" for i in range(12)
    )
    return {
        "id": f"{source}/{number}",
        "source": source,
        "code": code,
        "label": "vulnerable",
        "cwe": ["CWE-89"],
        "real": False,
        **more,
    }


def test_a_family_and_its_copies_stand_on_one_side():
    rows = [record(i, family=f"f{i // 3}", pair_id=f"p{i}") for i in range(120)]
    # A copy of a record under the name of another family ties the two families.
    rows += [{**rows[i], "id": f"copy/{i}", "family": f"other{i}", "pair_id": f"q{i}"} for i in range(0, 120, 9)]
    kept, _ = records.prepare(rows, [])
    family = {r["id"]: r.get("family") for r in rows}
    sides: dict[str, set] = {}
    for r in kept:
        sides.setdefault(family[r["id"]], set()).add(r["split"])
    assert all(len(s) == 1 for s in sides.values())
    near = dedup.pairs(dedup.prints([r["code"] for r in kept]))
    assert all(kept[i]["split"] == kept[j]["split"] for i, j in near)
    assert {r["split"] for r in kept} == {"train", "calibration", "test"}


def test_pairs_stay_together():
    rows = [record(i, pair_id=f"p{i // 2}", label=("vulnerable", "fixed")[i % 2]) for i in range(60)]
    kept, _ = records.prepare(rows, [])
    sides: dict[str, set] = {}
    for r in kept:
        sides.setdefault(r["pair"], set()).add(r["split"])
    assert all(len(s) == 1 for s in sides.values())


def test_what_stands_in_dev_is_not_trained_on():
    rows = [record(i, family=f"f{i}") for i in range(6)]
    kept, counts = records.prepare(rows, [rows[2]["code"] + "# a comment makes no difference\n"])
    assert "authored/2" not in {r["id"] for r in kept}
    assert counts == {"near duplicate of dev": 1}


def test_projects_that_others_measure_on_are_dropped():
    assert corpus.FORBIDDEN.match("pyload-ng") and corpus.FORBIDDEN.match("bandit")
    assert {p["part"] for p in corpus.packages()} == {"train", "calibration", "test"}
    names = [p["name"] for p in corpus.packages()]
    assert len(names) == len(set(names))


def test_a_project_is_in_the_part_of_its_package():
    def of(number: int, source: str, project: str) -> dict:
        return record(
            number, source, commit=f"https://github.com/someone/{project}/commit/{number:x}", cve=f"CVE-1-{number}"
        )

    rows = [of(i, "reposvul", "Web-App") for i in range(20)] + [of(i, "sven", "lib") for i in range(20, 40)]
    rows += [of(i, "sven", "elsewhere") for i in range(40, 60)] + [
        of(i, "pyvul_negatives", "web_app") for i in range(60, 70)
    ]
    kept, counts = records.prepare(rows, [], {"webapp": "test", "lib": "train"})
    sides: dict[str, set] = {}
    for r in kept:
        sides.setdefault(records.project_of({"commit": rows[int(r["id"].split("/")[1])]["commit"]}), set()).add(
            r["split"]
        )
    assert sides["webapp"] == {"test"} and sides["lib"] == {"train"} and len(sides["elsewhere"]) == 1
    # A source that may only train has no place in a package that is measured on.
    assert counts == {"tied to a package of another part": 10}


def test_packages_that_are_one_project_are_in_one_part():
    parts: dict[str, set] = {}
    for package in corpus.packages():
        for name in (package["name"], *package.get("projects", ())):
            parts.setdefault(records.plain(name), set()).add(package["part"])
    assert {name for name, found in parts.items() if len(found) > 1} == set()


def test_clean_files_of_another_part_and_their_copies_are_left_out():
    text = [record(i)["code"] for i in range(6)]
    rows = [{"id": f"p/{i}", "code": c} for i, c in enumerate([*text[:4], text[3] + "# again\n"])]
    kept, counts = records.without_known(
        rows,
        dedup.prints([r["code"] for r in rows]),
        dedup.Contained(dedup.prints(text[:1])),
        dedup.Near(dedup.prints(text[1:2])),
        unique=True,
    )
    assert [r["id"] for r in kept] == ["p/2", "p/3"]
    assert counts == {"holds a held-out record": 1, "near duplicate of another part": 1, "near duplicate": 1}


def test_a_record_that_stands_in_a_file_of_another_part_goes_with_its_pair():
    kept = [{**record(i), "pair": f"p{i // 2}", "split": "train"} for i in range(6)]
    files = {"test": dedup.prints(["import os\n\n" + kept[3]["code"]])}
    out, left_out = records.without_contained(kept, dedup.prints([r["code"] for r in kept]), files)
    assert [r["id"] for r in out] == ["authored/0", "authored/1", "authored/4", "authored/5"] and left_out == 2


def wheel(folder, release: str, files: dict[str, str]):
    path = folder / "corpus" / release / "p-1-py3-none-any.whl"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    rows = [
        {"wheel": str(path.relative_to(folder)), "path": name, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        for name, text in files.items()
        if name.endswith(".py")
    ]
    return [{"package": "p", "part": "train", "release": release, **row} for row in rows]


@pytest.mark.parametrize(
    ("notes", "comment", "ids", "security"),
    [
        ("Faster.", "cached", ["p/p/a.py", "p/p/b.py"], ""),
        ("Fixes CVE-2031-12345.", "cached", [], "CVE-2031-12345"),
        ("Faster.", "closes GHSA-aaaa-bbbb-cccc", ["p/p/a.py"], ""),
        ("Old: a vulnerability.", "cached", ["p/p/a.py", "p/p/b.py"], ""),
    ],
)
def test_what_mends_a_weakness_is_no_clean_change(tmp_path, monkeypatch, notes, comment, ids, security):
    monkeypatch.setattr(corpus, "WORK", tmp_path)
    old = {"p/a.py": "a = 1\nb = 2\n", "p/b.py": "c = 3\n", "p-1.dist-info/METADATA": "Old: a vulnerability.\n"}
    new = {"p/a.py": "a = 1\nb = 4\n", "p/b.py": f"# {comment}\nc = 3\n", "p-1.dist-info/METADATA": notes + "\n"}
    made = corpus.package_changes(wheel(tmp_path, "older", old) + wheel(tmp_path, "newer", new), 6000)
    assert sorted(r["id"] for r in made["records"]) == ids and made["security"] == security
    assert {r["id"]: r["lines"] for r in made["records"]}.get("p/p/a.py", [2]) == [2]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a\nb\nc", "a\nB\nc", [2]),
        ("a\nb\nc", "a\nc", []),
        ("a\nc", "a\nb\nb\nc", [2, 3]),
        ("a\na\na", "a\na\na\na", [4]),
        ("", "a\nb", [1, 2]),
        ("a\nb", "x\na\ny\nb", [1, 3]),
    ],
)
def test_changed_lines_are_those_that_the_newer_file_added(before, after, lines):
    assert corpus.changed_lines(before, after) == lines


def test_a_rewritten_file_is_no_change_that_a_person_reviews():
    old, new = ("\n".join(f"{word}{i}" for i in range(2000)) for word in ("old", "new"))
    assert len(corpus.changed_lines(old, new)) > corpus.REWRITTEN


def test_leaks_are_counted_between_every_two_sides():
    text = [record(i)["code"] for i in range(4)]
    rows = [
        leaks.Text("l/0", "train", True, text[0]),
        leaks.Text("q/a.py", "train", False, text[1]),
        leaks.Text("p/a.py", "test", False, "import os\n" * 40 + text[0] + text[2]),
        leaks.Text("r/a.py", "calibration", False, text[1].replace("v1_3", "renamed", 1)),
        leaks.Text("d/0", "dev", True, text[2] + "# a comment\n"),
        leaks.Text("l/1", "test", True, text[3]),
        leaks.Text("d/1", "dev", True, text[3]),
    ]
    found = {name: dict(counts) for name, counts in leaks.between(rows).items()}
    assert found == {
        "exact": {"test/dev": 1},
        "near": {"train/calibration": 1, "test/dev": 1},
        "contained": {"train in test": 1, "dev in test": 1},
    }


def test_near_duplicates_are_found_and_others_are_not():
    a = record(1)["code"]
    near = a.replace("v1_3", "renamed", 1)
    assert dedup.jaccard(dedup.shingles(a), dedup.shingles(near)) >= dedup.NEAR
    groups = dedup.clusters(dedup.prints([a, record(2)["code"], near]))
    assert groups[0] == groups[2] != groups[1]
    one, larger, other = dedup.prints([a, "import os\n\n" + near + "\nprint(1)\n", record(3)["code"]])
    assert dedup.Contained([one]).found(larger) == {0} and dedup.Contained([one]).found(other) == set()
    assert dedup.Near([other, one]).found(dedup.print_of(near)) == {1}


def test_labels_map_to_classes_by_member_and_origin():
    labels = Labels()
    assert len(labels) == len(classes())
    assert labels.map(["CWE-95"]) == labels.map(["CWE-94"])
    assert [labels.ids[i] for i in labels.map(["CWE-259", "CWE-321"])] == ["CWE-798"]
    assert labels.map(sorted(GENERAL)) == [] and labels.map(["CWE-787"]) == []


def changed(rng, packages: int, classes: int = 12) -> points.Changed:
    """Clean changes of packages that differ: in some every score lies higher."""
    package = np.repeat(np.arange(packages), 1500)
    lift = rng.normal(0, 0.4, packages)[package]
    u = rng.normal(-6, 1.5, (len(package), classes)) + lift[:, None]
    file = np.arange(len(package)) // 15
    return points.Changed(u, file, package, np.full(packages, 3000), np.full(packages, 100))


def test_thresholds_relax_as_the_budget_grows_and_hold_on_other_packages(monkeypatch):
    monkeypatch.setattr(points, "HALVINGS", 12)
    rng = np.random.default_rng(0)
    positives = [rng.normal(1, 2, n) for n in (80, 40, 20, 10, 5, 2, 0, 0, 0, 0, 0, 0)]
    chosen = points.points(changed(rng, 24), positives, np.zeros(12, bool))
    assert (np.diff(chosen.cut, axis=1) <= 0).all()
    fresh = changed(rng, 200)
    for i, budget in enumerate(BUDGETS):
        assert 0.1 * budget <= fresh.rate(chosen.cut[:, i]) <= 1.2 * budget + 0.05


def test_what_is_told_and_what_blocks_have_their_own_lowest_probability(monkeypatch):
    monkeypatch.setattr(points, "HALVINGS", 4)
    rng = np.random.default_rng(2)
    # With next to no alarms on clean code all thresholds would fall to the end of the scale.
    clean = changed(rng, 12)
    clean.u -= 4
    chosen = points.points(clean, [rng.normal(-2, 2, 50) for _ in range(12)], np.arange(12) < 6)
    lowest = dict(zip(BUDGETS, points.sigmoid(chosen.cut).min(axis=0)))
    assert 0.2 <= lowest[0.1] and 0.2 <= lowest[BLOCK_BUDGET] < 0.22
    assert 0.13 <= lowest[1.0] < 0.14
    assert lowest[2.0] < 0.05


def test_no_threshold_is_above_that_of_a_smaller_budget():
    rng = np.random.default_rng(4)
    clean = changed(rng, 12, classes=2)
    worth = points.worths([rng.normal(2, 1, 50), rng.normal(2, 1, 50)])
    choice = points.Choice(clean.lines.sum(), points.expected_alarms(clean.u), worth, np.ones(2))
    free = choice.cut(np.array([0.5]))[:, 0]
    within = choice.cut(np.array([0.5]), np.array([free[0] - 1, np.inf]))[:, 0]
    # What the one class has to give away the other makes good.
    assert within[0] <= free[0] - 1 + 1e-9 and within[1] > free[1]


def test_windows_are_those_of_the_file_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrain, "WORK", tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    empty = np.zeros(0, np.int32)

    def extract(rows, scratch, tokenizer):
        return Windows(np.ones(len(rows), np.uint16), np.arange(len(rows) + 1), np.arange(len(rows)), *(empty,) * 5)

    monkeypatch.setattr(pretrain, "extract", extract)
    for count in (1, 3):
        write_jsonl(tmp_path / "records.jsonl", ({"id": str(i)} for i in range(count)))
        assert len(pretrain.windows_of(tmp_path / "records.jsonl")) == count


def test_two_may_ask_for_the_same_windows_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrain, "WORK", tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    write_jsonl(tmp_path / "records.jsonl", [{"id": "0"}])
    empty = np.zeros(0, np.int32)
    scratches = []

    def extract(rows, scratch, tokenizer):
        scratches.append(scratch)
        if len(scratches) == 1:
            pretrain.windows_of(tmp_path / "records.jsonl")
        return Windows(np.ones(1, np.uint16), np.arange(2), np.arange(1), *(empty,) * 5)

    monkeypatch.setattr(pretrain, "extract", extract)
    assert len(pretrain.windows_of(tmp_path / "records.jsonl")) == 1
    assert len(set(scratches)) == 2


def test_a_rare_class_keeps_a_part_of_the_budget():
    rng = np.random.default_rng(3)
    clean = changed(rng, 12, classes=2)
    # The second class stands in the middle of clean code, and counts for next to nothing.
    worth = points.worths([rng.normal(2, 1, 200), rng.normal(-6, 1, 3)], np.array([1.0, 1e-9]))
    cut = points.Choice(clean.lines.sum(), points.expected_alarms(clean.u), worth, np.ones(2)).cut(np.array([10.0]))
    assert (clean.u[:, 1] >= cut[1, 0]).sum() >= 9


def test_several_classes_on_one_statement_are_one_alarm():
    u = np.array([[3.0, 3.0], [3.0, -3.0], [-3.0, -3.0]])
    clean = points.Changed(u, np.array([0, 1, 2]), np.array([0, 0, 1]), np.array([500, 500]), np.array([2, 2]))
    assert clean.rate(np.zeros(2)) == 2.0
    assert clean.blocked(np.zeros(2), np.array([False, True])) == 0.25


def test_few_changed_files_would_be_blocked(monkeypatch):
    monkeypatch.setattr(points, "HALVINGS", 8)
    rng = np.random.default_rng(5)
    blocks = np.arange(12) < 6
    positives = [rng.normal(1, 2, 30) for _ in range(12)]
    clean = changed(rng, 24)
    free, bound = (points.points(clean, positives, blocks, most) for most in (1.0, 0.004))
    fresh = changed(rng, 200)
    shares = [fresh.blocked(p.cut[:, BUDGETS.index(BLOCK_BUDGET)], blocks) for p in (free, bound)]
    assert shares[1] <= 0.006 < shares[0]


def test_temperature_is_recovered():
    rng = np.random.default_rng(1)
    z = rng.normal(0, 3, 20_000)
    y = (rng.random(20_000) < points.sigmoid(z / 2.0 - 1.0)).astype(int)
    t, b = calibrate.fit_temperature(z, y)
    assert t == pytest.approx(2.0, rel=0.1) and b == pytest.approx(-1.0, abs=0.15)


def test_tokenizer_keeps_its_special_tokens_apart_from_text(tmp_path):
    texts = [f'cur.execute("SELECT {i} FROM t WHERE id = %s", (user_{i},))' for i in range(300)]
    made = tokenizer.train(texts, 400)
    assert [made.id_to_token(i) for i in range(len(tokenizer.SPECIAL))] == tokenizer.SPECIAL
    hostile = 'x = "<s0> <pad> <c>" + "naïve 日本" # \t'
    ids = made.encode(hostile, add_special_tokens=False).ids
    assert min(ids) >= len(tokenizer.SPECIAL)
    assert made.decode(ids, skip_special_tokens=False) == hostile
    made.save(str(tmp_path / "t.json"))
    assert tokenizer.load(tmp_path / "t.json").encode(hostile, add_special_tokens=False).ids == ids


def test_windows_are_read_from_the_extractors_lines():
    lines = [
        '{"id":"0","scope":"f","ids":[3,9,4,8,8,5,7],"statements":[{"at":2,"start_line":1,"end_line":1,"target":true},{"at":5,"start_line":2,"end_line":4,"target":true}]}',
        '{"id":"1","error":"not Python"}',
        '{"id":"2","scope":"","ids":[4,8],"statements":[{"at":0,"start_line":1,"end_line":1,"target":false}]}',
    ]
    made = windows.collect(lines, {"0": 0, "1": 1, "2": 2})
    assert len(made) == 1 and made.at.tolist() == [2, 5]
    assert windows.padded(made, [0]).tolist() == [[3, 9, 4, 8, 8, 5, 7]]
    cut = windows.groups([10, 300, 290, 12, 11], room=600)
    assert sorted(i for part in cut for i in part) == list(range(5))


def test_everyday_code_is_clean_and_parses():
    rows = list(read_jsonl(EVERYDAY))
    assert {row["label"] for row in rows} == {"clean"} and not any(row["cwe"] for row in rows)
    assert len({row["id"] for row in rows}) == len({row["code"] for row in rows}) == len(rows)
    for row in rows:
        ast.parse(row["code"])


def test_every_class_of_the_model_has_authored_pairs():
    path = TRAINING / "data" / "authored.jsonl"
    if not path.exists():
        pytest.skip("the authored pairs are not packed yet")
    seen = {i for r in read_jsonl(path) for i in Labels().map(r["cwe"])}
    assert {Labels().ids[i] for i in range(len(Labels()))} == {Labels().ids[i] for i in seen}


def test_renaming_changes_locals_only_and_keeps_lines():
    code = 'import os\n\ndef read(folder, name, password):\n    spot = os.path.join(folder, name)\n    with open(spot) as f:\n        return f"{name}: {f.read()!r} name" + helper(name=spot)\n'
    names = rename.local_names(code)
    assert names == {"folder", "spot", "f"}
    out = rename.rename(code, {"folder": "base", "spot": "rec", "f": "src"})
    assert out.split("\n")[3:6] == [
        "    rec = os.path.join(base, name)",
        "    with open(rec) as src:",
        '        return f"{name}: {src.read()!r} name" + helper(name=rec)',
    ]


def test_renaming_leaves_the_keys_in_formatted_strings():
    code = "def read(row, n):\n    return f\"{row['n']} {n}\", {'n': n}\n"
    out = rename.rename(code, {"row": "entry", "n": "count"})
    assert out == "def read(entry, count):\n    return f\"{entry['n']} {count}\", {'n': count}\n"


@pytest.fixture
def composed(tmp_path, monkeypatch):
    """A folder with generated.jsonl of 20 training pairs."""
    monkeypatch.setattr(generated, "WORK", tmp_path)
    rows = []
    for number, (part, pairs) in enumerate((("train", 20), ("calibration", 3), ("test", 3))):
        rows += generated.part_of(part, pairs, number, [])
    write_jsonl(tmp_path / "generated.jsonl", rows)
    return rows


def test_composed_records_keep_their_split_and_are_exempt_from_the_cap(composed):
    kept, left_out = generated.added([], 20, dedup.Contained([]))
    assert not left_out
    assert {r["id"]: r["split"] for r in kept} == {r["id"]: r["split"] for r in composed}
    assert all(r["weight"] == records.WEIGHTS["generated"] and r["real"] is False for r in kept)
    by_family: dict = {}
    for row in kept:
        by_family.setdefault(row["group"], set()).add(row["split"])
    assert all(len(found) == 1 for found in by_family.values())


def test_the_option_limits_composed_training_pairs_only(composed):
    kept, _ = generated.added([], 5, dedup.Contained([]))
    assert sum(r["split"] == "train" and r["label"] == "vulnerable" for r in kept) == 5
    assert sum(r["split"] == "train" and r["label"] == "clean" for r in kept) == 5 // generated.CLEAN
    assert sum(r["split"] != "train" for r in kept) == sum(r["split"] != "train" for r in composed)
    assert generated.added([], 0, dedup.Contained([])) == ([], {})


def test_composed_copies_of_other_splits_and_of_dev_are_left_out(composed):
    bad = [r for r in composed if r["split"] == "train" and r["label"] == "vulnerable"]
    elsewhere = {"id": "x", "source": "authored", "code": bad[0]["code"], "split": "test", "pair": None}
    dev = max(bad[1:], key=lambda r: len(r["code"]))
    kept, left_out = generated.added([elsewhere], 20, dedup.Contained(dedup.prints([dev["code"]])))
    pairs = {r["pair"] for r in kept}
    assert bad[0]["pair_id"] not in pairs and dev["pair_id"] not in pairs
    assert sum(left_out.values()) >= 2
    found = leaks.between([leaks.Text(r["id"], r["split"], True, r["code"]) for r in (elsewhere, *kept)])
    assert not any(found.values())


def test_a_renamed_copy_should_be_judged_alike():
    def loss(copy: list[float]) -> float:
        losses = finetune.Losses(torch.tensor([[0.0, -7.0], copy]), repaired=0.0)
        losses.same({"weight": 1.0}, [0], [1])
        return float(losses.total())

    assert loss([0.0, -9.0]) == 0.0
    assert loss([0.5, -7.0]) > 0.0


def test_a_repaired_side_counts_more_where_the_pairs_class_is_loudest():
    def slope(repaired: float) -> torch.Tensor:
        z = torch.tensor([[2.0, 0.0], [-1.0, 0.0]], requires_grad=True)
        losses = finetune.Losses(z, repaired)
        losses.record({"weight": 1.0, "real": False, "label": "fixed", "classes": [0]}, [0, 1], [])
        losses.total().backward()
        return z.grad

    more = slope(3.0) - slope(0.0)
    assert more[0, 0] > 0
    assert more[1, 0] == more[0, 1] == more[1, 1] == 0


def test_any_alarm_on_code_known_to_be_harmless_counts_and_none_on_a_real_fix():
    def slope(label: str, real: bool) -> torch.Tensor:
        z = torch.tensor([[-2.0, 3.0], [-1.0, 0.0]], requires_grad=True)
        losses = finetune.Losses(z, 0.0)
        losses.record({"weight": 1.0, "real": real, "label": label, "classes": [0]}, [0, 1], [])
        return torch.autograd.grad(sum(losses.extra, 0.0 * z.sum()), z)[0]

    for label in ("fixed", "clean"):
        found = slope(label, False)
        assert found[0, 1] > 0 and found.count_nonzero() == 1
        assert slope(label, True)[0, 1] == 0


def test_a_unit_is_learned_when_every_side_reads_right_by_a_margin():
    losses = finetune.Losses(torch.tensor([[1.0, -9.0], [-9.0, -9.0], [-9.0, -1.0]]), 0.0)
    weak, fixed = {"label": "vulnerable", "classes": [0]}, {"label": "fixed", "classes": [0]}
    assert losses.right(weak, [0]) and not losses.right(weak, [1])
    assert losses.right(fixed, [1]) and not losses.right(fixed, [1, 2])


def test_several_checkpoints_are_exported_as_their_mean(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "WORK", tmp_path)
    for name, value in (("one", 1.0), ("two", 3.0)):
        torch.save({"model": {"w": torch.full((2, 2), value)}}, tmp_path / f"{name}.pt")
    assert torch.equal(export.mean_of(["one", "two"])["w"], torch.full((2, 2), 2.0))
    assert torch.equal(export.mean_of(["two"])["w"], torch.full((2, 2), 3.0))


def test_a_renamed_copy_is_read_beside_its_pair():
    rows = [
        {"id": f"a/{side}{copy}", "pair": f"a{copy}", "split": "train", "weight": 1.0, "label": side}
        for copy in ("", RENAMED)
        for side in ("vulnerable", "fixed")
    ]
    record = np.arange(4)
    empty = np.zeros(0, np.int32)
    windows = Windows(np.ones(4, np.uint16), np.arange(5), record, *(empty,) * 5)
    units = finetune.units_of(rows, windows, "train")
    assert [u.records for u in units] == [[0, 1, 2, 3]]
    own, copies = (finetune.one_version(units[0], rows, windows, renamed) for renamed in (False, True))
    assert (own.records, own.windows) == ([0, 1], [0, 1])
    assert (copies.records, copies.windows) == ([2, 3], [2, 3])
    assert finetune.one_version(own, rows, windows, True) == own


def test_runs_end_at_their_token_and_do_not_reach_over_the_start_of_a_statement():
    marker, a, b, c = 3, 20, 8191, 40
    two, three = runs_of(torch.tensor([[marker, a, b, c, marker, b, c]], dtype=torch.int32), 32749)
    two, three = two[0].tolist(), three[0].tolist()
    assert all(0 <= slot < 32749 for slot in two + three)
    # (b, c) twice, once behind a and once at the start of a statement; the marker's own run never depends on what was before.
    assert two[3] == two[6] and three[3] != three[6] and two[0] == two[4] and three[0] == three[4]
    assert two[1] != two[5]


def test_a_table_of_runs_begins_by_saying_nothing():
    torch.manual_seed(1)
    shape = Shape(vocabulary=50, width=32, layers=1, heads=2, inner=48, budget=16, runs=101, run_width=4)
    model = Model(shape, 3).eval()
    before = {k: v.clone() for k, v in model.state_dict().items() if not k.startswith(("runs.", "join."))}
    again = Model(shape, 3).eval()
    begin_with(again, before)
    ids = torch.randint(1, 50, (2, 9))
    assert torch.equal(model(ids), again(ids))
    with pytest.raises(RuntimeError, match="Missing"):
        begin_with(again, {k: v for k, v in before.items() if k != "norm.weight"})


def test_a_bundle_gives_its_weights_back(tmp_path):
    shape = Shape(vocabulary=50, width=32, layers=2, heads=2, inner=48, budget=16, runs=101, run_width=4)
    torch.manual_seed(1)
    model = Model(shape, 5)
    # As after training, no two parameters are alike.
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    export.to_onnx(model, tmp_path / "full.onnx")
    sample = [ids[None].numpy() for ids in torch.randint(1, 50, (20, 16), dtype=torch.int32)]
    export.quantize(tmp_path / "full.onnx", tmp_path / "small.onnx", sample)
    again = Model(shape, 5)
    revive.weights(tmp_path / "small.onnx", again)
    ids = torch.randint(1, 50, (3, 16))
    with torch.no_grad():
        before, after = model.eval()(ids), again.eval()(ids)
    assert (before - after).abs().mean() < 0.05 * before.std()


def test_weights_that_are_rounded_together_change_the_answers_less():
    rng = np.random.default_rng(1)
    weights, mixed = rng.normal(size=(24, 40)), rng.normal(size=(24, 24))
    inputs = rng.normal(size=(400, 24)) @ mixed
    scale = np.abs(weights).max(axis=0) / export.LARGEST_WEIGHT
    together = export.rounded_together(weights, scale, inputs.T @ inputs)
    alone = np.rint(weights / scale)
    wrong = [np.square(inputs @ (weights - whole * scale)).mean() for whole in (together, alone)]
    assert together.dtype == np.int8 and np.abs(together).max() <= export.LARGEST_WEIGHT
    # The first row has nothing to make good.
    assert (together[0] == alone[0]).all()
    assert wrong[0] < 0.7 * wrong[1]


def test_the_shipped_bundle_gives_its_weights_back():
    model = Model(Shape(), len(classes()))
    revive.weights(ROOT / "model" / "model.onnx", model)
    ids = torch.randint(12, Shape.vocabulary, (2, 40), generator=torch.Generator().manual_seed(1))
    session = onnxruntime.InferenceSession(ROOT / "model" / "model.onnx")
    with torch.no_grad():
        again = model.eval()(ids).numpy()
    shipped = np.concatenate([session.run(None, {"input_ids": row[None].astype(np.int32)})[0] for row in ids.numpy()])
    assert np.abs(again - shipped).mean() < 0.05 * shipped.std()


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    shape = Shape(vocabulary=50, width=32, layers=1, heads=2, inner=48, budget=16, runs=101, run_width=4)
    torch.manual_seed(1)
    ids, model = torch.randint(1, 50, (2, 16)), Model(shape, 3)
    first = Run(tmp_path / "one.pt", model, rate=1e-3, minutes=1e-9, fresh=False)
    assert first.begins()
    model(ids).sum().backward()
    first.ends({"loss": 2.0}, {"pass": 0}, seen=["a"])
    assert not first.begins()
    again = Model(shape, 3)
    second = Run(tmp_path / "one.pt", again, rate=1e-3, minutes=10.0, fresh=False)
    assert (second.step, second.kept) == (1, {"seen": ["a"]})
    assert torch.equal(again.embedding.weight, model.embedding.weight)
    assert second.begins() and Run(tmp_path / "one.pt", again, 1e-3, 10.0, fresh=True).step == 0


def test_a_pass_that_is_over_forgets_what_it_met():
    rows = [
        {"id": f"{n}", "pair": None, "split": "train", "weight": 1.0, "label": "clean", "source": "authored"}
        for n in range(4)
    ]
    empty = np.zeros(0, np.int32)
    windows = Windows(np.ones(4, np.uint16), np.arange(5), np.arange(4), *(empty,) * 5)
    args = argparse.Namespace(
        authored_times=1.0, upstream_times=1.0, generated_times=1.0, others_times=1.0, copies=0.0, renamed=0.0
    )
    units = finetune.Labelled(rows, windows, args, np.random.default_rng(1), {"0", "1"})
    assert sorted(u.key for u in units.some(2)) == ["2", "3"]
    assert units.seen == {"0", "1", "2", "3"} and units.draw.passes == 0
    met = {u.key for u in units.some(1)}
    assert units.seen == met and units.draw.passes == 1
    units.told([True])
    assert units.draw.weights.tolist().count(finetune.LEARNED) == 1


def test_a_pass_goes_on_where_it_was_left():
    draw = draws.Draw(np.ones(6), np.random.default_rng(1), np.array([True, True, False, False, True, False]))
    assert sorted(draw.next() for _ in range(3)) == [2, 3, 5]
    assert sorted(draw.next() for _ in range(6)) == list(range(6))


def test_composed_code_and_upstream_pairs_have_their_own_share_of_a_pass():
    times = 2.0, 2.5, 0.5, 1.0
    assert finetune.met({"source": fixes.SOURCE, "weight": 0.4}, *times) == 2.5
    assert finetune.met({"source": "authored", "weight": 0.1}, *times) == 2.0
    assert finetune.met({"source": "generated", "weight": 0.4}, *times) == 0.5 * finetune.met(
        {"source": "sven", "weight": 0.4}, *times
    )
    assert finetune.met({"source": "sven", "weight": 1.0}, *times) == 1.0


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


@pytest.fixture
def upstream(tmp_path, monkeypatch):
    """A project with a fix, its label, and a run of the step over labels that returns what it logs."""
    project = tmp_path / "origin" / "someone" / "app"
    project.mkdir(parents=True)
    git(project, "init", "--quiet")
    before = "class View:\n    if True:\n        @route('/')\n        def get(self, q):\n            return '<b>' + q\n\n    def post(self):\n        pass\n"
    for text in ("# the first\n", before, before.replace("+ q", "+ escape(q)"), "# the last\n"):
        (project / "views.py").write_text(text, encoding="utf-8")
        git(project, "add", "views.py")
        git(project, "commit", "--quiet", "--message", "a change")
    label = {
        "repository": "someone/app", "commit": git(project, "rev-parse", "HEAD~1").strip(), "path": "views.py", "function": "View.get",
        "cwe": ["CWE-79"], "lines": [3], "clear": True,
    }  # fmt: skip
    logged: dict = {}
    monkeypatch.setattr(fixes, "WORK", tmp_path)
    monkeypatch.setattr(fixes, "UPSTREAM", tmp_path / "upstream.jsonl")
    monkeypatch.setattr(fixes, "LABELS", tmp_path / "labels.jsonl")
    monkeypatch.setattr(fixes, "log", lambda _, **facts: logged.update(facts))

    def run(labels: list[dict], origin: str = str(tmp_path / "origin")) -> dict:
        write_jsonl(tmp_path / "labels.jsonl", labels)
        fixes.fixes(argparse.Namespace(origin=origin))
        return logged

    return label, run


def test_fix_pairs_are_read_from_the_history_of_their_project(upstream, tmp_path):
    label, run = upstream
    assert run([label])["pairs"] == 1
    weak, fixed = read_jsonl(tmp_path / "upstream.jsonl")
    assert weak["code"] == "@route('/')\ndef get(self, q):\n    return '<b>' + q\n"
    assert fixed["code"] == "@route('/')\ndef get(self, q):\n    return '<b>' + escape(q)\n"
    assert (weak["label"], weak["lines"], fixed["label"], weak["pair_id"]) == (
        "vulnerable",
        [3],
        "fixed",
        fixed["pair_id"],
    )
    assert records.project_of(weak) == "app"
    # What was fetched once needs no origin.
    assert run([label], str(tmp_path / "gone"))["pairs"] == 1


def test_labels_that_cannot_be_used_are_told(upstream, monkeypatch):
    label, run = upstream
    monkeypatch.setattr(fixes, "MISSED", 1.0)
    labels = [
        label, {**label, "function": "View.put"}, {**label, "function": "View.post"}, {**label, "lines": [9]}, {**label, "path": "gone.py"},
    ]  # fmt: skip
    told = run([*labels, {**label, "repository": "someone/gone"}])
    assert told["pairs"] == 1
    assert [" ".join(t.split()[1:]) for t in told["unusable"][:3]] == [
        f"views.py has no View.put at {label['commit']}^",
        f"View.post at {label['commit']} is not the one that was labelled",
        f"View.get at {label['commit']} is not the one that was labelled",
    ]
    assert "gone.py" in told["unusable"][3] and "someone/gone@" in told["unusable"][4]


def test_a_step_that_misses_much_keeps_what_there_was(upstream, tmp_path):
    label, run = upstream
    run([label])
    before = (tmp_path / "upstream.jsonl").read_bytes()
    with pytest.raises(SystemExit, match="1 labels cannot be used"):
        run([label, {**label, "repository": "someone/gone"}])
    assert (tmp_path / "upstream.jsonl").read_bytes() == before


@pytest.mark.parametrize("text", ["(" * 5000 + ")" * 5000, "a" + ".a" * 30000, "print 1", "x = 1\0"])
def test_a_file_that_does_not_parse_has_no_function(text):
    assert fixes.function(text, "f") is None


@pytest.mark.parametrize(
    "around", ["try:\n    pass\nexcept OSError:\n", "for x in y:\n", "match x:\n    case 1:\n    "]
)
def test_a_function_is_found_wherever_it_stands(around):
    assert fixes.function(f"{around}    def f():\n            pass\n", "f").startswith("def f():")


def test_everyday_code_is_not_trained_on_and_its_shapes_are_not_written_again():
    rows = [{**r, "source": "authored"} for r in read_jsonl(EVERYDAY)][:3] + [record(1)]
    kept, counts = records.prepare(rows, [r["code"] for r in only_measured()])
    assert [r["id"] for r in kept] == ["authored/1"] and counts == {"near duplicate of dev": 3}
    families = {r["family"] for r in read_jsonl(EVERYDAY)}
    later = (r for r in read_jsonl(TRAINING / "data" / "authored.jsonl") if r["id"].split("/")[1][:2] in {"z-", "w-"})
    assert not any(r["family"] in families for r in later if r["label"] == "clean")


def test_a_labelled_project_on_two_sides_is_a_leak(monkeypatch):
    rows = [record(i, "sven", commit=f"https://github.com/someone/thing/commit/{i}") for i in range(2)]
    monkeypatch.setattr(leaks, "labelled", lambda: rows)
    monkeypatch.setattr(leaks, "parts_of_projects", dict)
    texts = [leaks.Text(r["id"], side, True, r["code"]) for r, side in zip(rows, ("train", "test"))]
    assert leaks.projects_on_two_sides(texts) == ["thing"]
    assert leaks.projects_on_two_sides(texts[:1]) == []


def test_an_unclear_fix_counts_half():
    rows = [{**record(i, fixes.SOURCE, commit=f"https://github.com/a/b/commit/{i}"), "clear": not i} for i in range(2)]
    kept, _ = records.prepare(rows, [])
    weight = {r["id"]: r["weight"] for r in kept}
    assert weight["upstream/1"] == fixes.UNCLEAR * weight["upstream/0"]


def test_every_label_of_a_fix_is_of_a_known_project_and_a_class_of_ours():
    labels = list(read_jsonl(fixes.LABELS))
    known = Labels()
    assert len({(r["commit"], r["path"], r["function"]) for r in labels}) == len(labels)
    assert all(known.map(r["cwe"]) and r["lines"] and len(r["commit"]) == 40 for r in labels)
    assert not any(name in r["repository"].lower() for r in labels for name in records.UNSEEN)
    assert {r["repository"] for r in labels} <= fixes.licences().keys()


@pytest.fixture
def judged(upstream, tmp_path, monkeypatch):
    """A file with two judged statements, its label, and a run of the step over labels that returns what it logs."""
    label, _ = upstream
    file = {
        "repository": "someone/app", "commit": label["commit"], "path": "views.py",
        "statements": [{"line": 4, "cwe": ["CWE-79"], "told": ["bandit"]}, {"line": 5, "cwe": [], "told": ["model 0.1.0"]}],
    }  # fmt: skip
    logged: dict = {}
    for name, value in (
        ("WORK", tmp_path),
        ("VERDICTS", tmp_path / "verdicts.jsonl"),
        ("LABELS", tmp_path / "read.jsonl"),
        ("only_measured", list),
    ):
        monkeypatch.setattr(verdicts, name, value)
    monkeypatch.setattr(
        verdicts, "labelled", lambda: [record(1, "sven", commit="https://github.com/fork/App/commit/1")]
    )
    monkeypatch.setattr(verdicts, "parts_of_projects", dict)
    monkeypatch.setattr(verdicts, "log", lambda _, **facts: logged.update(facts))
    write_jsonl(tmp_path / "records.jsonl", [{**record(1, "sven"), "split": "train"}])
    for name in ("changes-calibration", "changes-test", "clean-train", "pretrain"):
        write_jsonl(tmp_path / f"{name}.jsonl", [])

    def run(files: list[dict]) -> dict:
        write_jsonl(tmp_path / "read.jsonl", files)
        verdicts.verdicts(argparse.Namespace(origin=str(tmp_path / "origin"), threads=1))
        return logged

    return file, run


def test_judged_alarms_are_read_from_the_project_and_share_its_split(judged, tmp_path):
    file, run = judged
    assert run([file])["statements"] == {"train/weak": 1, "train/harmless": 1}
    (row,) = read_jsonl(tmp_path / "verdicts.jsonl")
    assert (
        row["code"].startswith("class View:") and row["split"] == "train" and row["id"].startswith("app/someone/app/")
    )
    assert [(s["line"], bool(s["classes"])) for s in row["statements"]] == [(4, True), (5, False)]


def test_a_judged_file_that_holds_what_is_measured_does_not_train(judged, monkeypatch):
    file, run = judged
    code = "\n".join(f"def f{i}(a, b):\n    return a.open(b + {i}).read()" for i in range(30)) + "\n"
    monkeypatch.setattr(verdicts, "git", lambda *_: code.encode())
    monkeypatch.setattr(verdicts, "only_measured", lambda: [{"code": code}])
    assert run([file])["left_out"] == 1


def test_a_held_out_judged_file_that_resembles_training_code_is_left_out(judged, tmp_path, monkeypatch):
    file, run = judged
    code = "\n".join(f"def f{i}(a, b):\n    return a.open(b + {i}).read()" for i in range(30)) + "\n"
    monkeypatch.setattr(verdicts, "git", lambda *_: code.encode())
    monkeypatch.setattr(verdicts, "splits", lambda: {"app": "test"})
    assert run([file])["left_out"] == 0
    write_jsonl(tmp_path / "pretrain.jsonl", [{"code": code}])
    assert run([file])["left_out"] == 1


def test_judged_files_that_are_gone_are_told_and_what_there_was_is_kept(judged, tmp_path):
    file, run = judged
    run([file])
    before = (tmp_path / "verdicts.jsonl").read_bytes()
    with pytest.raises(SystemExit, match="1 files cannot be had"):
        run([{**file, "path": "gone.py"}])
    assert (tmp_path / "verdicts.jsonl").read_bytes() == before


def test_a_judged_statement_teaches_its_verdict_and_its_neighbours_teach_nothing():
    torch.manual_seed(0)
    shape = Shape(vocabulary=60, width=16, layers=1, heads=2, inner=32)
    # Two windows of one file: a statement on line 1 (harmless) and one on line 2 that nobody judged; one on line 3 (weak).
    read = Windows(
        np.arange(4, 24, dtype=np.uint16), np.array([0, 12, 20]), np.array([0, 0], np.int32), np.array([0, 0, 1], np.int32),
        np.array([0, 6, 0], np.int32), np.array([1, 2, 3], np.int32), np.array([1, 2, 3], np.int32), np.array([0, 1, 2], np.int32),
    )  # fmt: skip
    rows = [{"split": "train", "statements": [{"line": 1, "classes": []}, {"line": 3, "classes": [1]}]}]
    marks = verdicts.judged_marks(read, rows)
    assert marks == {0: [], 2: [1]}
    assert verdicts.windows_with(marks, read, rows, "train").tolist() == [True, True]
    assert not verdicts.windows_with(marks, read, rows, "test").any()
    model = Model(shape, 3)
    for steps in range(60):
        loss, wrong = finetune.judged_loss(model, read, marks, [0, 1], 0.0)
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter -= 0.05 * parameter.grad
                    parameter.grad = None
        if not steps:
            assert wrong[0] < 0.1 and wrong[1] > 0.9
    z, _ = finetune.statement_logits(model, read, [0, 1])
    assert z[0].amax() < -3 and z[2, 1] > 0


def test_alarms_count_by_what_the_reader_said():
    row = {"statements": [
        {"line": 1, "classes": [0], "told": ["bandit", "ruff"]}, {"line": 5, "classes": [], "told": ["bandit"]}, {"line": 9, "classes": [2], "told": []},
    ]}  # fmt: skip
    assert precision.counted([row], [[1, 5, 7]]) == {
        "weak": {"statements": 2}, "model": {"right": 1, "wrong": 1, "unread": 1}, "bandit": {"right": 1, "wrong": 1}, "ruff": {"right": 1},
    }  # fmt: skip


def test_every_verdict_is_of_a_known_project_and_a_class_of_ours():
    labels = list(read_jsonl(verdicts.LABELS))
    known = Labels()
    assert len({(r["repository"], r["commit"], r["path"]) for r in labels}) == len(labels)
    for row in labels:
        assert len(row["commit"]) == 40 and row["repository"] in fixes.licences()
        assert [s["line"] for s in row["statements"]] == sorted({s["line"] for s in row["statements"]})
        assert all(not s["cwe"] or known.map(s["cwe"]) for s in row["statements"])
    assert not any(name in r["repository"].lower() for r in labels for name in records.UNSEEN)


def test_a_third_of_the_repaired_sides_look_dangerous():
    fixed = [r for r in read_jsonl(TRAINING / "data" / "authored.jsonl") if r["label"] == "fixed"]
    assert sum(bool(r.get("hard")) for r in fixed) >= len(fixed) / 3

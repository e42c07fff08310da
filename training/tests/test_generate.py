"""The generator: what it writes parses, is labelled by construction, differs between the sides, and is wide."""

from __future__ import annotations

import ast
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from generate import CLASSES, generate, normalised, samples, split_of  # noqa: E402
from generate.engine import compose, parses  # noqa: E402
from generate.frames import FRAMES, WOVEN  # noqa: E402
from generate.split import groups  # noqa: E402
from generate.weave import load  # noqa: E402

TELL = re.compile(r"vuln|insecure_|unsafe_|\bsafe_name|sanitiz|attacker|evil|exploit|malicious|\bbad_|\bgood_")
API = re.compile(
    r"UnsafeLoader|unsafe_load|loads_unsafe|set_secure_cookie|tls_insecure|tlsInsecure|add_insecure_port|insecure_channel|mark_safe|safe_join|safe_load|yaml\.safe"
)


@pytest.fixture(scope="module")
def many():
    return list(generate(11, 4_000))


def test_every_class_of_the_model_has_tables():
    toml = (Path(__file__).resolve().parents[1] / "classes.toml").read_text()
    assert {g.cwe for g in CLASSES} == set(re.findall(r'^id = "(CWE-\d+)"', toml, re.M))
    assert all(len(g.shapes) >= 12 for g in CLASSES), {g.cwe: len(g.shapes) for g in CLASSES if len(g.shapes) < 12}


def test_every_shape_parses_and_its_sides_differ():
    for group in CLASSES:
        for shape in group.shapes:
            for seed in range(1):
                sample = compose(random.Random(f"{shape.name}/{seed}"), group, shape)
                assert parses(sample.bad) and parses(sample.good), (shape.name, sample.bad, sample.good)
                assert sample.bad != sample.good and sample.bad_lines, shape.name


def test_everything_parses_and_is_distinct(many):
    for record in many:
        ast.parse(record["code"])
    texts = {normalised(r["code"]) for r in many}
    assert len(texts) >= 0.97 * len(many)
    # Also without names and literals, to see that the structure varies and not the words alone.
    shapes = {re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|\d+", "0", t) for t in texts}
    assert len(shapes) >= 0.9 * len(texts)


def test_pairs_differ_and_lines_are_in_range(many):
    sides: dict = {}
    for record in many:
        assert record["source"] == "generated" and record["real"] is False and record["family"]
        count = record["code"].count("\n")
        assert all(1 <= n <= count for n in record.get("lines", []))
        if record["label"] != "clean":
            sides.setdefault(record["pair_id"], {})[record["label"]] = record
        if record["label"] == "vulnerable":
            assert record["lines"]
            assert all(record["code"].split("\n")[n - 1].strip() for n in record["lines"])
    assert all(
        set(s) == {"vulnerable", "fixed"} and s["vulnerable"]["code"] != s["fixed"]["code"] for s in sides.values()
    )


def test_the_marked_line_is_the_sink():
    group = next(g for g in CLASSES if g.cwe == "CWE-89")
    shape = next(s for s in group.shapes if s.name == "sqlite-execute")
    for seed in range(60):
        sample = compose(random.Random(seed), group, shape)
        assert [sample.bad.split("\n")[n - 1].count(".execute(") for n in sample.bad_lines] == [1]


def test_every_kind_of_repair_occurs():
    seen = Counter()
    for kind, sample in samples(5, 1500):
        if kind == "pair":
            seen[sample.flags["fix"]] += 1
            assert not sample.flags["constant"]
    assert set(seen) >= {
        "own", "cross", "guard", "late", "logged", "which", "dead", "copy", "wrong", "swap", "overwrite", "order",
    }  # fmt: skip


def test_what_a_pair_shares_does_not_tell_its_sides_apart():
    """The same words stand on both sides where only their order or their use differs."""
    found = Counter()
    for kind, sample in samples(6, 1500):
        mode = sample.flags["fix"] if kind == "pair" else ""
        if mode in ("cross", "swap", "late", "order") and not sample.flags["woven"]:
            bad, good = (Counter(re.findall(r"\w+|[^\w\s]", t)) for t in (sample.bad, sample.good))
            changed = (bad - good) + (good - bad)
            # A value may be read once more or less; nothing else may differ.
            found[mode, sum(changed.values()) <= 4] += 1
    for mode in ("cross", "swap", "late", "order"):
        assert found[mode, True] > 5 and found[mode, False] <= 0.1 * found[mode, True], found


def test_a_refusal_of_two_lines_stays_inside_its_check():
    found = 0
    for seed in range(1500):
        group = CLASSES[seed % len(CLASSES)]
        if not (group.wrong and group.fixes):
            continue
        rng = random.Random(seed)
        sample = compose(rng, group, rng.choice(group.shapes))
        for text in (sample.bad, sample.good):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    ends = [i for i, s in enumerate(node.body) if isinstance(s, ast.Return)]
                    assert not ends or ends[0] == len(node.body) - 1 or sample.flags["fix"] == "late", text
                    found += "close(" in text
    assert found


def test_a_refusal_ends_the_function():
    ends = re.compile(r"(return|raise|abort\(|sys\.exit\(|context\.abort\()")
    for frame in (*FRAMES.values(), WOVEN):
        assert all(ends.match(bail.split("\n")[-1]) for bail in frame.bails), frame.name


def test_one_seed_gives_one_text_in_any_process():
    code = "import hashlib, json; from generate import generate; print(hashlib.sha256(json.dumps(list(generate(3, 150))).encode()).hexdigest())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).resolve().parents[1],
            env={"PYTHONHASHSEED": s},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for s in ("1", "2")
    }
    assert len(runs) == 1
    assert list(generate(3, 20)) != list(generate(4, 20))


def test_no_tell_tale_names(many):
    for record in many:
        assert not TELL.search(API.sub("", record["code"])), record["code"]


def test_families_are_many_and_every_class_is_held_out(many):
    families = {r["family"] for r in many if not r["family"].startswith("ordinary")}
    assert len(families) > 1200
    for group in CLASSES:
        parts = Counter(split_of(f"{group.cwe}/{shape.name}") for shape in group.shapes)
        assert min(parts["test"], parts["calibration"]) >= 0.1 * len(group.shapes), (group.cwe, parts)
        assert parts["train"] >= 0.4 * len(group.shapes)


def test_near_copies_of_a_family_share_its_split():
    for group in CLASSES:
        for members in groups(group.shapes):
            assert len({split_of(f"{group.cwe}/{shape.name}") for shape in members}) == 1


def test_a_part_holds_its_own_families_only():
    for part in ("train", "calibration", "test"):
        for record in generate(9, 150, (), part):
            assert split_of(record["family"]) == (part if not record["family"].startswith("ordinary") else "train")


def test_a_dropped_cleaning_is_not_one_that_refuses():
    """A dropped `int(value)` has checked the value all the same, so such a side would not be weak."""
    group = next(g for g in CLASSES if g.cwe == "CWE-89")
    found = Counter()
    for seed in range(400):
        shape = group.shapes[seed % len(group.shapes)]
        sample = compose(random.Random(seed), group, shape)
        if sample.flags["fix"] in ("dead", "copy"):
            assert not re.search(r"(?<!return )\b(int|UUID|fromisoformat)\(\w+\)", sample.bad), sample.bad
            found[sample.flags["fix"]] += 1
    assert found["dead"] + found["copy"] > 10


def test_a_host_lends_the_texts_that_it_does_not_test(tmp_path):
    (tmp_path / "a.py").write_text(
        "def render(name, title, size):\n    if name not in NAMES:\n        return None\n    page = load(title)\n    page.fill(size)\n    return page\n"
    )
    (host,) = load(tmp_path, 1)
    assert host.values == ["title"]


def test_fragments_are_woven_into_hosts(tmp_path):
    (tmp_path / "a.py").write_text(
        "def mean(xs, low=0):\n    total = 0\n    for x in xs:\n        if x > low:\n            total += x\n    return total / len(xs)\n\n\ndef pick(rows):\n    out = []\n    for row in rows:\n        out.append(row)\n    return out\n"
    )
    hosts = load(tmp_path, 1)
    woven = [s for k, s in samples(2, 300, hosts) if k != "ordinary" and s.flags["woven"]]
    assert len(woven) > 20
    assert all(parses(s.bad) and parses(s.good) and s.bad_lines and s.family.endswith("/woven") for s in woven)

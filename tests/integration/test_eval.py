"""`cwegate eval` against a second computation of its figures, out of the probabilities that `cwegate score` prints."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import tomllib
from conftest import ROOT, run

BUDGET = 2.0
# Twelve pairs of each, so that they are estimable, and as many clean records.
CLASSES = ("CWE-22", "CWE-78", "CWE-79", "CWE-89", "CWE-502")
EACH = 24


def about(found: float | None, wanted: float) -> None:
    """`score` prints six digits."""
    assert found is not None and math.isclose(found, wanted, abs_tol=2e-4), (found, wanted)


def auc(positives: list[float], negatives: list[float]) -> float:
    return mean(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in product(positives, negatives))


@pytest.fixture(scope="module")
def study(program: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Records with their probabilities, and what `eval` says of them."""
    folder = tmp_path_factory.mktemp("eval")
    lines: list[str] = []
    every = (ROOT / "training" / "data" / "authored.jsonl").read_text(encoding="utf-8").splitlines()
    read = [(line, json.loads(line)) for line in every]
    for name in CLASSES:
        lines += [line for line, record in read if record["cwe"] == [name] and record.get("pair_id")][:EACH]
    lines += [line for line, record in read if record["label"] == "clean" and not record["cwe"]][:EACH]
    assert len(lines) == EACH * (len(CLASSES) + 1)
    (folder / "data.jsonl").write_text("\n".join(lines), encoding="utf-8")
    scored = run(program, "score", "--all", "--records", "data.jsonl", cwd=folder, env={})
    evaluated = run(
        *(program, "eval", "data.jsonl", "--budget", BUDGET, "--resamples", "0", "--format", "json"), cwd=folder, env={}
    )
    assert (scored.returncode, evaluated.returncode) == (0, 0), evaluated.stdout
    records = [json.loads(line) for line in lines]
    for record, line in zip(records, scored.stdout.splitlines(), strict=True):
        answer = json.loads(line)
        assert answer["id"] == record["id"]
        record["statements"] = answer["statements"]
        record["scores"] = answer["scores"]
    return records, json.loads(evaluated.stdout)


def test_the_figures_are_what_a_second_computation_finds(
    study: tuple[list[dict[str, Any]], dict[str, Any]],
) -> None:
    records, evaluation = study
    [system] = evaluation["systems"]
    figures = {figure["key"]: figure["value"] for figure in system["figures"]}
    manifest = tomllib.loads((ROOT / "model" / "model.toml").read_text(encoding="utf-8"))
    at = manifest["operating-points"]["budgets"].index(BUDGET)
    thresholds = {one["id"]: one["thresholds"][at] for one in manifest["class"]}
    known = {member: one["id"] for one in manifest["class"] for member in one.get("members", [one["id"]])}

    # Only what needs no tree: records of a class itself.
    assert all(name in known for record in records for name in record["cwe"])
    for record in records:
        record["own"] = {known[name] for name in record["cwe"]}
        record["vulnerable"] = record["label"] == "vulnerable"
        record["alarmed"] = {name for name, score in record["scores"].items() if score >= thresholds[name]}
        record["top"] = max(record["scores"].values(), default=0.0)
    weak = [record for record in records if record["vulnerable"]]
    rest = [record for record in records if not record["vulnerable"]]

    hits = sum(bool(record["alarmed"]) for record in weak)
    false_alarms = sum(bool(record["alarmed"]) for record in rest)
    about(figures["recall"], hits / len(weak))
    about(figures["recall_class"], mean(bool(record["alarmed"] & record["own"]) for record in weak))
    about(figures["precision"], hits / (hits + false_alarms))
    about(figures["f1"], 2 * hits / (hits + false_alarms + len(weak)))
    about(figures["auc"], auc([record["top"] for record in weak], [record["top"] for record in rest]))

    # Each class against the rest.
    f1 = {}
    sums = [0, 0, 0]
    rows = {row["cwe"]: row for row in system["classes"]}
    for name in thresholds:
        carry = [record for record in weak if name in record["own"]]
        others = [record for record in records if not (record["vulnerable"] and name in record["own"])]
        right = sum(name in record["alarmed"] for record in carry)
        wrong = sum(name in record["alarmed"] for record in others)
        sums = [a + b for a, b in zip(sums, (right, wrong, len(carry) - right), strict=True)]
        if name not in rows:
            assert not carry and not wrong
            continue
        row = rows[name]
        assert (row["support"], row["counts"]["hits"], row["counts"]["false_alarms"]) == (len(carry), right, wrong)
        assert row["estimable"] is (len(carry) >= 10)
        if carry:
            about(row["recall"], right / len(carry))
            scores = [[record["scores"].get(name, 0.0) for record in side] for side in (carry, others)]
            about(row["auc"], auc(*scores))
        if len(carry) >= 10:
            f1[name] = 2 * right / (2 * right + wrong + len(carry) - right)
            about(row["f1"], f1[name])
    assert f1.keys() == set(CLASSES)
    values = list(f1.values())
    about(figures["macro_f1"], mean(values))
    about(figures["micro_f1"], 2 * sums[0] / (2 * sums[0] + sums[1] + sums[2]))
    about(system["spread"]["variance"], mean((value - mean(values)) ** 2 for value in values))
    about(
        system["spread"]["gini"],
        sum(abs(a - b) for a, b in product(values, values)) / (2 * len(values) ** 2 * mean(values)),
    )

    # Pairs.
    fixed = {record["pair_id"]: record for record in rest if record.get("pair_id") and record["label"] == "fixed"}
    pairs = [(record, fixed[record["pair_id"]]) for record in weak if record.get("pair_id") in fixed]
    outcomes = [(bool(a["alarmed"]), bool(b["alarmed"])) for a, b in pairs]
    told = system["pairs"]["any"]
    for key, outcome in (("correct", (1, 0)), ("both", (1, 1)), ("neither", (0, 0)), ("reversed", (0, 1))):
        assert told[key] == outcomes.count(tuple(map(bool, outcome))), key
    about(figures["pair_rank"], mean(a["top"] > b["top"] for a, b in pairs))

    # Calibration of a record's own class, and Brier's score of it.
    own = sorted(
        (record["scores"].get(name, 0.0), record["vulnerable"]) for record in records for name in record["own"]
    )
    about(figures["brier"], mean((score - truth) ** 2 for score, truth in own))

    # Where it is: the highest statement is on a line of the weakness.
    placed = [record for record in weak if record.get("lines")]

    def first(record: dict[str, Any]) -> bool:
        # Among equals the wrong ones come first.
        ranked = sorted(
            (
                -max(one["scores"].values(), default=0.0),
                bool(set(range(one["start_line"], one["end_line"] + 1)) & set(record["lines"])),
            )
            for one in record["statements"]
        )
        return bool(ranked) and ranked[0][1]

    about(figures["top_1"], mean(first(record) for record in placed))


def test_recall_grows_with_the_budget(study: tuple[list[dict[str, Any]], dict[str, Any]]) -> None:
    [system] = study[1]["systems"]
    rows = system["budgets"]
    assert [row["budget"] for row in rows] == sorted(row["budget"] for row in rows)
    for less, more in zip(rows, rows[1:], strict=False):
        assert less["recall"] <= more["recall"] and less["alarms_per_1000"] <= more["alarms_per_1000"]

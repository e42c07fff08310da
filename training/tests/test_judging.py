"""Judging: what is right, what counts as an alarm, what a table and a plot show."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cwegate_training import card, gate, plots, quantization, robustness, sets, tree  # noqa: E402
from cwegate_training.config import classes, write_jsonl  # noqa: E402
from cwegate_training.evaluate import expected_calibration_error  # noqa: E402
from peers import table, tools  # noqa: E402


def test_a_weakness_counts_as_the_class_of_its_nearest_ancestor():
    ids = [c.id for c in classes()]

    def counts_as(cwe: str) -> str | None:
        found = tree.class_of(cwe)
        return None if found is None else ids[found]

    assert counts_as("CWE-564") == "CWE-89"
    assert counts_as("CWE-259") == "CWE-798"
    # What trains a class need not count as it.
    assert counts_as("CWE-256") == "CWE-287"
    assert counts_as("CWE-74") is None and counts_as("CWE-77") is None


def test_the_gate_counts_weaknesses_in_the_same_way(tmp_path):
    cwes = sorted({cwe for c in classes() for cwe in (*c.members, *c.origins)} | {"CWE-74", "CWE-564", "CWE-707"})
    rows = [{"id": c, "code": "x = 1\n", "label": "vulnerable", "cwe": [c], "lines": [1]} for c in cwes]
    write_jsonl(tmp_path / "data.jsonl", rows)
    rules = [
        {
            "ruleId": "CWE-89",
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": tools.file_name(cwes[0])},
                        "region": {"startLine": 1},
                    }
                }
            ],
        }
    ]
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": rules}]}
    (tmp_path / "t.sarif").write_text(json.dumps(log))
    measured = gate.evaluate(tmp_path / "data.jsonl", sarif={"t": tmp_path / "t.sarif"}, resamples=0)
    assert measured["data"]["without_class"] == sum(tree.class_of(c) is None for c in cwes)
    support = {row["cwe"]: row["support"] for row in measured["systems"][0]["classes"]}
    ours = [classes()[k].id for k in map(tree.class_of, cwes) if k is not None]
    assert support == {id_: ours.count(id_) for id_ in set(ours)}


def test_the_default_policy_blocks_what_stands_below_its_list():
    blocks = {c.id for c, b in zip(classes(), tree.blocking()) if b}
    assert {"CWE-89", "CWE-79", "CWE-862"} <= blocks
    assert "CWE-1336" in blocks, "template injection stands below code injection"
    assert not {"CWE-338", "CWE-601", "CWE-327"} & blocks


def test_real_pairs_of_projects_that_were_trained_on_are_not_judged(tmp_path, monkeypatch):
    def row(number: int, split: str, project: str | None) -> dict:
        commit = f"https://github.com/someone/{project}/commit/1" if project else ""
        known = {"id": f"sven/{number}", "cwe": ["CWE-564"], "commit": commit}
        sources[known["id"]] = known
        shared = {"code": "x = 1\n", "label": "vulnerable", "classes": [5], "lines": [1], "pair": None}
        return {**shared, "id": known["id"], "source": "sven", "split": split}

    sources: dict[str, dict] = {}
    rows = [row(0, "train", "Seen"), row(1, "test", "seen"), row(2, "test", "unseen"), row(3, "test", None)]
    monkeypatch.setattr(sets, "WORK", tmp_path)
    monkeypatch.setattr(sets, "sources", lambda: sources)
    write_jsonl(tmp_path / "records.jsonl", rows)
    found = sets.held_out()
    assert [r["id"] for r in found["real"]] == ["sven/2"]
    assert found["real"][0]["cwe"] == ["CWE-564"], "as it stands in the source, not as it was trained"


def sarif(*results: tuple[str, str | None, int, int]) -> dict:
    def result(name, rule, first, last):
        place = {"artifactLocation": {"uri": f"some/where/{name}"}, "region": {"startLine": first, "endLine": last}}
        return {"ruleId": rule, "locations": [{"physicalLocation": place}]}

    return {"runs": [{"results": [result(*r) for r in results]}]}


def test_alarms_of_tools_are_counted_on_changed_lines_only(tmp_path):
    name = tools.file_name("a")
    log = sarif((name, "S1", 2, 4), (name, "S2", 2, 2), (name, "S1", 9, 9), (name, "invalid-syntax", 3, 3))
    (tmp_path / "t.sarif").write_text(json.dumps(log))
    rows = [{"id": "a", "lines": [2, 4, 7]}, {"id": "b", "lines": [1]}]
    write_jsonl(tmp_path / "changes.jsonl", rows)
    found = tools.alarms_on_changes(tmp_path / "t.sarif", tmp_path / "changes.jsonl")
    # Two results begin on line 2 and are one alarm; line 9 did not change; what does not parse is no alarm.
    assert found == {"alarms_per_1000": 250.0, "blocked_files": 0.5}


def test_the_table_shows_what_is_reached_and_leaves_out_what_was_not_measured():
    values = {("securityeval", "recall", "cwegate"): 0.8, ("securityeval", "recall", "bandit"): 0.3}
    values |= {("changes", "alarms_per_1000", "cwegate"): 1.5}
    text = table.markdown(["cwegate", "bandit"], values)
    assert "| ≥ 0.75 | 0.800 ✓ | 0.300 |" in text
    assert "| ≤ 1 | 1.500 ✗ | – |" in text
    assert len(text.splitlines()) == 4


def test_flips_count_changed_records_only(tmp_path):
    codes = {"original": ["a", "b", "c", "d"], "renamed": ["A", "B", "c", "D"], "reformatted": ["a", "b", "c", "d "]}
    paths = {name: tmp_path / f"{name}.jsonl" for name in codes}
    for name, texts in codes.items():
        write_jsonl(paths[name], ({"id": str(i), "code": t} for i, t in enumerate(texts)))
    verdicts = {"original": [1, 0, 1, 1], "renamed": [1, 1, 1, 1], "reformatted": [1, 0, 1, 0]}
    found = robustness.flips(verdicts, paths)
    assert (found["renamed_records"], found["reformatted_records"]) == (3, 1)
    assert found["renamed"] == pytest.approx(1 / 3, abs=1e-4) and found["reformatted"] == 1.0
    assert found["flips"] == 0.5 and found["lost"] == 1


def test_renamed_records_keep_their_lines_and_lose_their_locals():
    row = {"id": "x", "code": "def read(folder, name):\n    spot = folder + name\n    return open(spot)\n"}
    other = {"id": "y", "code": "def f(alpha, beta, gamma, delta):\n    return alpha\n"}
    code = robustness.renamed([row, other])[0]
    assert code is not None and code.count("\n") == 3
    assert not {"folder", "spot"} & set(code.replace("(", " ").replace(")", " ").replace(",", " ").split())


def test_scores_that_differ_over_a_threshold_are_flips():
    cut = {"CWE-89": 0.5, "CWE-79": 0.5}

    def scores(sql: float, html: float) -> gate.Scores:
        return gate.Scores([(1, 1, {"CWE-89": sql, "CWE-79": html})])

    one, other = [scores(0.6, 0.1), scores(0.6, 0.1)], [scores(0.4, 0.1), scores(0.7, 0.6)]
    found = quantization.compared(one, other, cut)
    assert (found["flips"], found["classes_differ"], found["largest_probability_difference"]) == (0.5, 1.0, 0.5)


def test_calibration_error_is_that_of_equal_masses():
    p = np.array([0.1] * 50 + [0.9] * 50)
    y = np.array([0] * 45 + [1] * 5 + [1] * 35 + [0] * 15)
    assert expected_calibration_error(p, y, bins=2) == pytest.approx(0.5 * 0.0 + 0.5 * 0.2)
    assert expected_calibration_error(np.array([]), np.array([])) == 0.0


def test_plots_are_xml_whatever_their_names():
    bins = [{"claimed": 0.1, "observed": 0.2}, {"claimed": 0.9, "observed": 0.8}]
    budgets = [{"budget": 0.1, "recall": 0.2}, {"budget": 10.0, "recall": None}]
    texts = [
        plots.reliability({'<set> & "others"': {"bins": bins}}),
        plots.recall({"a": budgets}),
        plots.alarms([0.1, 1.0], [0.0, 1.2], [(0.0, 0.1), (0.5, 2.0)]),
    ]
    for text in texts:
        assert ElementTree.fromstring(text).tag.endswith("svg")
        assert "nan" not in text


def test_an_excerpt_cannot_break_its_table():
    code = "x = 1\nrun(`a` | b)" + " " * 3 + "\n" + "y" * 300
    assert card.excerpt({"code": code}, [2]) == "`` run(´a´ \\| b) ``"
    assert len(card.excerpt({"code": code}, [3])) <= card.LONGEST + 6
    assert card.excerpt({"code": code}, []) == "–"


def test_a_tools_results_are_parted_by_set(tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "WORK", tmp_path)
    for name, ids in (("one", "ab"), ("two", "bc")):
        write_jsonl(tmp_path / f"{name}.jsonl", ({"id": i, "code": f"x = '{i}'\n"} for i in ids))
    (tmp_path / "peers").mkdir()
    union = tools.together([tmp_path / "one.jsonl", tmp_path / "two.jsonl"])
    assert [json.loads(line)["id"] for line in union.read_text().splitlines()] == ["a", "b", "c"]
    log = sarif(*((tools.file_name(i), "S1", 1, 1) for i in "abc"))
    (tmp_path / "t.sarif").write_text(json.dumps(log))
    found = tools.places(tools.part(tmp_path / "t.sarif", tmp_path / "two.jsonl", tmp_path / "peers"))
    assert set(found) == {tools.file_name("b"), tools.file_name("c")}
    write_jsonl(tmp_path / "two.jsonl", [{"id": "a", "code": "other"}])
    with pytest.raises(SystemExit, match="other code"):
        tools.together([tmp_path / "one.jsonl", tmp_path / "two.jsonl"])


def test_a_tool_that_gives_up_says_so_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "PEERS", "")
    with pytest.raises(SystemExit, match="true wrote nothing"):
        tools.Tool("true", ()).sarif(tmp_path, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_bandit_says_is_read_as_sarif(tmp_path):
    result = {
        "filename": "records/a.py",
        "issue_text": "Bad `x`.",
        "line_range": [3, 4, 5],
        "test_id": "B602",
        "test_name": "shell",
    }
    report = {"results": [{**result, "issue_cwe": {"id": 78}}, {**result, "test_id": "B999", "issue_cwe": {}}]}
    (tmp_path / "b.sarif").write_text(json.dumps(tools.sarif_of_bandit(json.dumps(report))))
    assert tools.places(tmp_path / "b.sarif") == {"a.py": {(3, 5)}}
    rules = json.loads((tmp_path / "b.sarif").read_text())["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["properties"]["tags"] for rule in rules] == [["external/cwe/cwe-78"], []]

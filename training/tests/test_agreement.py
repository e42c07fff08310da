import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "data"))

from agreement import agreement, verdicts


def side(label, cwe, lines, second):
    return {"label": label, "cwe": cwe, "lines": lines, "second": second}


def test_by_hand():
    def said(weak, cwe=(), lines=()):
        return {"vulnerable": weak, "cwe": list(cwe), "lines": list(lines)}

    rows = [
        side("vulnerable", ["CWE-89"], [3], said(True, ["CWE-89"], [3, 4])),
        side("vulnerable", ["CWE-259"], [1], said(True, ["CWE-798"], [2])),
        side("fixed", ["CWE-89"], [], said(False)),
        side("clean", [], [], said(True, ["CWE-79"], [1])),
    ]
    found = agreement(rows)
    assert found["same"] == 0.75
    # By chance: weak 1/2 and 3/4, so 1/2 * 3/4 + 1/2 * 1/4 = 1/2.
    assert found["kappa"] == 0.5
    assert (found["weak on both"], found["same class"], found["a line in common"]) == (2, 1.0, 0.5)


def test_verdicts_by_hand():
    first = [(["CWE-89"], ["CWE-89"]), (["CWE-79"], ["CWE-20"]), ([], []), ([], ["CWE-22"])]
    statements = [{"line": 1, "cwe": a, "again": b, "told": []} for a, b in first] + [
        {"line": 2, "cwe": [], "told": []}
    ]
    found = verdicts([{"statements": statements}])
    assert found == {"statements": 4, "same": 0.75, "kappa": 0.5, "weak on both": 2, "same class": 0.5}

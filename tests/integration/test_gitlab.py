"""The GitLab component: its form, and its scripts run over real repositories."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Repository, run, sample

TEMPLATE = ROOT / "action" / "gitlab" / "templates" / "cwegate.yml"
ZEROS = "0" * 40


def component(**inputs: str) -> dict[str, Any]:
    """The jobs, with the inputs filled in as GitLab does: as text, before YAML is read."""
    header, body = TEMPLATE.read_text(encoding="utf-8").split("\n---\n")
    spec = yaml.safe_load(header)["spec"]["inputs"]
    values = {name: str(about["default"]) for name, about in spec.items()}
    assert inputs.keys() <= values.keys()
    values.update(inputs)
    for name, about in spec.items():
        if "regex" in about and not re.search(about["regex"], values[name]):
            raise ValueError(name)
    filled = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: values[match.group(1)], body)
    assert "$[[" not in filled
    return yaml.safe_load(filled)


class Pipeline:
    """A runner's clone and the two jobs in it."""

    def __init__(self, origin: Repository, program: Path, folder: Path) -> None:
        self.origin = origin
        self.program = program
        self.folder = folder
        self.runs = 0

    def run(self, shell: str = "bash", depth: int = 20, **variables: str) -> tuple[int, str, int | None, Repository]:
        """Exit code and log of the report job, exit code of the gate job (None: it does not start), and the clone."""
        self.runs += 1
        inputs = {"program": str(self.program), **variables.pop("inputs", {})}
        jobs = component(**inputs)
        clone = self.origin.clone(self.folder / f"build-{self.runs}", f"--depth={depth}")
        env = {**self.origin.env, "CI_PIPELINE_SOURCE": "push", **variables}

        def job(name: str) -> tuple[int, str]:
            settings = {**env, **jobs[name].get("variables", {})}
            log, code = "", 0
            for script in jobs[name]["script"]:
                done = run(shell, "-c", script, cwd=clone.folder, env=settings)
                log, code = log + done.stdout, done.returncode
                if code:
                    break
            return code, log

        code, log = job("cwegate-report")
        gate = job("cwegate-gate")[0] if code == 0 else None
        return code, log, gate, clone


@pytest.fixture()
def pipeline(repository: Repository, program: Path, tmp_path: Path) -> Pipeline:
    return Pipeline(repository, program, tmp_path)


def paths(clone: Repository) -> set[str]:
    """The files that the published report names."""
    file = clone.folder / component()["cwegate-report"]["artifacts"]["reports"]["sarif"]
    found = json.loads(file.read_text(encoding="utf-8"))["runs"][0]["results"]
    return {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in found}


def test_the_form() -> None:
    jobs = component()
    report, gate = jobs["cwegate-report"], jobs["cwegate-gate"]
    # GitLab takes reports only from jobs that succeed, and `allow_failure` does not count as that.
    assert "allow_failure" not in report and "allow_failure" not in gate
    assert report["rules"] == gate["rules"]
    assert gate["needs"] == [{"job": "cwegate-report", "artifacts": True}]
    assert set(jobs) == {"cwegate-report", "cwegate-gate"}
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    assert report["variables"]["CWEGATE_VERSION"] == re.search(r'^version = "(.+)"', cargo, re.MULTILINE).group(1)
    with pytest.raises(ValueError):
        component(version="1.0 --index-url=x")
    # No input stands in a script, where its text would become part of the program.
    body = TEMPLATE.read_text(encoding="utf-8").split("\n---\n")[1]
    for script in re.findall(r"script:\n(?:      .*\n|\n|    - \|\n)+", body):
        assert "$[[" not in script


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize(("kind", "gate"), [("after", 1), ("repaired", 0)])
def test_a_merge_request(pipeline: Pipeline, kind: str, gate: int, shell: str) -> None:
    base = pipeline.origin.commit(sample("after"), "Old debt", "shop/debt.py")
    pipeline.origin.commit(sample(kind), "The merge request")
    found = pipeline.run(shell, CI_PIPELINE_SOURCE="merge_request_event", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert (found[0], found[2]) == (0, gate), found[1]
    assert paths(found[3]) == ({"shop/thumbs.py"} if gate else set())


def test_a_base_outside_the_shallow_clone_is_fetched_and_otherwise_an_error(pipeline: Pipeline) -> None:
    base = pipeline.origin.head()
    pipeline.origin.commit(sample("after"), "The merge request")
    source = {"CI_PIPELINE_SOURCE": "merge_request_event"}
    assert pipeline.run(depth=1, CI_MERGE_REQUEST_DIFF_BASE_SHA=base, **source)[2] == 1
    code, log, gate, _ = pipeline.run(CI_MERGE_REQUEST_DIFF_BASE_SHA="1" * 40, **source)
    assert (code, gate) == (3, None)
    assert "GIT_DEPTH" in log
    assert pipeline.run(**source)[0] == 3


def test_merged_results_are_compared_with_the_target(pipeline: Pipeline) -> None:
    origin = pipeline.origin
    base = origin.head()
    origin.git("checkout", "--quiet", "-b", "feature")
    origin.commit(sample("repaired"), "The merge request")
    origin.git("checkout", "--quiet", "main")
    target = origin.commit(sample("after"), "Old debt", "shop/debt.py")
    origin.git("merge", "--quiet", "--no-ff", "--message", "Merge", "feature")
    variables = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    assert pipeline.run(CI_MERGE_REQUEST_TARGET_BRANCH_SHA=target, **variables)[2] == 0
    # Without it the target's own debt would count.
    assert pipeline.run(**variables)[2] == 1


def test_a_merge_request_cannot_loosen_its_own_gate(pipeline: Pipeline) -> None:
    origin = pipeline.origin
    base = origin.head()
    origin.git("branch", "target")
    origin.commit(sample("after"), "The merge request")
    origin.commit('extends = "audit"\n', "Milder", "cwegate.toml")
    variables = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    assert pipeline.run(**variables)[2] == 1
    code, log, gate, _ = pipeline.run(CI_MERGE_REQUEST_TARGET_BRANCH_NAME="target", **variables)
    assert (code, gate) == (0, 1), log
    assert "this change edits the policy" in log
    assert pipeline.run(CI_MERGE_REQUEST_TARGET_BRANCH_NAME="none", **variables)[0] == 3
    assert pipeline.run(inputs={"policy-from": "checkout"}, **variables)[2] == 0


def test_a_push_to_a_branch_reports_all_of_it(pipeline: Pipeline) -> None:
    before = pipeline.origin.commit(sample("after"), "Old debt", "shop/debt.py")
    pipeline.origin.commit(sample("repaired"), "Harmless")
    code, log, gate, clone = pipeline.run(CI_COMMIT_BEFORE_SHA=before)
    assert (code, gate) == (0, 0), log
    assert paths(clone) == {"shop/debt.py"}
    code, log, gate, clone = pipeline.run(CI_COMMIT_BEFORE_SHA=ZEROS)
    assert (code, gate) == (0, 1), log
    assert pipeline.run(CI_PIPELINE_SOURCE="schedule", CI_COMMIT_BEFORE_SHA=ZEROS)[2] == 1


def test_errors_are_not_passes(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.origin.commit("[gate]\nbudgte = 1\n", "Policy", "strict.toml")
    assert pipeline.run(inputs={"policy": "strict.toml"})[0::2][:2] == (2, None)
    pipeline.origin.commit("x = 1\n" * 200_000, "Generated", "shop/tables.py")
    code, log, gate, _ = pipeline.run()
    assert (code, gate) == (0, 3), log
    mark = tmp_path / "executed"
    assert pipeline.run(inputs={"policy": f"$(touch {mark})`touch {mark}`; touch {mark}"})[0] == 2
    assert not mark.exists()

"""The GitLab component: its form, and its scripts run over real repositories."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Repository, needs, run, sample

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
    for name, about in spec.items():
        if "options" in about and values[name] not in about["options"]:
            raise ValueError(name)
    return {name: extended(job, yaml.safe_load(filled)) for name, job in yaml.safe_load(filled).items()}


def merged(below: Any, above: Any) -> Any:
    """GitLab's `extends`: keys of keys are merged, all else is replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {key: merged(below.get(key), above[key]) if key in above else below[key] for key in {**below, **above}}


def extended(job: dict[str, Any], jobs: dict[str, Any]) -> dict[str, Any]:
    """A job with what it extends."""
    job = dict(job)
    above = job.pop("extends", None)
    return merged(extended(jobs[above], jobs), job) if above else job


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
        gate = None
        if code == 0:
            gate, told = job("cwegate-gate")
            # Whoever is stopped reads why where the pipeline is red.
            assert told == log
        return code, log, gate, clone


@pytest.fixture()
def pipeline(repository: Repository, program: Path, tmp_path: Path) -> Pipeline:
    return Pipeline(repository, program, tmp_path)


def paths(clone: Repository) -> set[str]:
    """The files that the published reports name, which must be the same in each."""
    reports = component(**{"security-report": "both"})["cwegate-report"]["artifacts"]["reports"]
    read = {name: json.loads((clone.folder / path).read_text(encoding="utf-8")) for name, path in reports.items()}
    found = {
        "sarif": {
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for one in read["sarif"]["runs"][0]["results"]
        },
        "sast": {one["location"]["file"] for one in read["sast"]["vulnerabilities"]},
        "codequality": {one["location"]["path"] for one in read["codequality"]},
    }
    assert found["sast"] == found["sarif"] == found["codequality"], found
    return found["sarif"]


def test_the_form() -> None:
    jobs = component()
    report, gate = jobs["cwegate-report"], jobs["cwegate-gate"]
    # GitLab takes reports only from jobs that succeed, and `allow_failure` does not count as that.
    assert "allow_failure" not in report and "allow_failure" not in gate
    assert report["rules"] == gate["rules"]
    assert gate["needs"] == [{"job": "cwegate-report", "artifacts": True}]
    assert {name for name in jobs if not name.startswith(".")} == {"cwegate-report", "cwegate-gate"}
    # Also when the scan ends early: what there is is kept.
    assert report["artifacts"]["when"] == "always"
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    assert report["variables"]["CWEGATE_VERSION"] == re.search(r'^version = "(.+)"', cargo, re.MULTILINE).group(1)
    with pytest.raises(ValueError):
        component(version="1.0 --index-url=x")
    # No input stands in a script, where its text would become part of the program.
    body = TEMPLATE.read_text(encoding="utf-8").split("\n---\n")[1]
    for script in re.findall(r"script:\n(?:      .*\n|\n|    - \|\n)+", body):
        assert "$[[" not in script


@pytest.mark.parametrize(
    ("form", "reports"),
    [
        ("sast", {"sast", "codequality"}),
        ("sarif", {"sarif", "codequality"}),
        ("both", {"sast", "sarif", "codequality"}),
    ],
)
@needs("check-jsonschema")
def test_gitlab_s_own_schema_accepts_it(form: str, reports: set[str], tmp_path: Path) -> None:
    jobs = component(**{"security-report": form})
    assert set(jobs["cwegate-report"]["artifacts"]["reports"]) == reports
    file = tmp_path / "gitlab-ci.yml"

    def check(content: dict[str, Any]) -> tuple[int, str]:
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        command = ("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", file)
        done = run(*command, cwd=tmp_path, env=dict(os.environ))
        return done.returncode, done.stdout

    assert check(jobs) == (0, "ok -- validation done\n")
    # The schema does look at the reports.
    jobs["cwegate-report"]["artifacts"]["reports"]["sraif"] = "x"
    assert check(jobs)[0] == 1


@needs("check-jsonschema")
def test_gitlab_s_own_schema_accepts_the_header(tmp_path: Path) -> None:
    header = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8").split("\n---\n")[0])
    file = tmp_path / "gitlab-ci.yml"
    file.write_text(yaml.safe_dump(header), encoding="utf-8")
    done = run(*("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", file), cwd=tmp_path, env=dict(os.environ))
    assert done.returncode == 0, done.stdout
    with pytest.raises(ValueError):
        component(**{"security-report": "none"})


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
    # The report job succeeds whatever happens, and the gate is what fails.
    code, log, gate, _ = pipeline.run(CI_MERGE_REQUEST_DIFF_BASE_SHA="1" * 40, **source)
    assert (code, gate) == (0, 3)
    assert "GIT_DEPTH" in log
    code, log, gate, _ = pipeline.run(**source)
    assert (code, gate) == (0, 3)
    assert "names no base" in log


def test_a_merge_request_of_a_fork_is_held_against_the_project_that_it_goes_to(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    target = pipeline.origin
    base = target.head()
    fork = target.clone(tmp_path / "fork")
    # The fork's own main is milder, and knows nothing of what the target's main became.
    fork.commit('extends = "audit"\n', "Milder", "cwegate.toml")
    fork.git("checkout", "--quiet", "-b", "feature", base)
    fork.commit(sample("after"), "The merge request")
    bare = tmp_path / "project.git"
    target.git("clone", "--quiet", "--bare", target.folder, bare)
    pipeline.origin = fork
    variables = {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_PROJECT_PATH": "somebody/project",
    }
    there = {
        "CI_MERGE_REQUEST_PROJECT_PATH": "group/project",
        "CI_MERGE_REQUEST_PROJECT_URL": f"file://{bare.with_suffix('')}",
    }
    code, log, gate, _ = pipeline.run(depth=1, **variables, **there)
    assert (code, gate) == (0, 1), log
    # Where the target cannot be reached its policy is not known, and the fork's own is no answer.
    nowhere = {**there, "CI_MERGE_REQUEST_PROJECT_URL": "file:///nowhere"}
    assert pipeline.run(**variables, **nowhere)[0::2][:2] == (0, 3)


def test_a_report_that_is_committed_is_not_taken_for_the_job_s_own(pipeline: Pipeline) -> None:
    pipeline.origin.commit(sample("after"), "The change")
    pipeline.origin.commit("0\n", "A verdict of one's own", "cwegate-report/exit-code")
    assert pipeline.run(CI_COMMIT_BEFORE_SHA=ZEROS)[0::2][:2] == (0, 1)


def test_a_release_that_cannot_be_installed_is_no_pass(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.origin.env["PIP_NO_INDEX"] = "1"
    mark = tmp_path / "executed"
    for module in ("venv", "pip", "ensurepip"):
        pipeline.origin.commit(f"open({str(mark)!r}, 'w')\n", "A module of the merge request", f"{module}.py")
    code, log, gate, clone = pipeline.run(inputs={"program": "", "version": "0.0.0"})
    assert code == 0
    assert gate not in {None, 0}, log
    assert not mark.exists()


@pytest.mark.parametrize(
    ("variables", "runs"),
    [
        # Detached, merged results and merge trains are all of this source.
        ({"CI_PIPELINE_SOURCE": "merge_request_event"}, True),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}, True),
        ({"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}, True),
        ({"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "main"}, True),
        # The merge request's own pipeline scans it.
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "feature", "CI_OPEN_MERGE_REQUESTS": "g/p!1"}, False),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "v1"}, False),
    ],
)
def test_in_which_pipelines_the_jobs_are(variables: dict[str, str], runs: bool) -> None:
    def holds(condition: str) -> bool:
        terms = []
        for term in condition.split("&&"):
            name, _, text = (part.strip() for part in term.partition("=="))
            value = variables.get(name.removeprefix("$"), "")
            terms.append(value == text.strip('"') if text else bool(value))
        return all(terms)

    jobs = component()
    for name in ("cwegate-report", "cwegate-gate"):
        first = next((rule for rule in jobs[name]["rules"] if holds(rule["if"])), {"when": "never"})
        assert (first.get("when") != "never") is runs


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
    assert pipeline.run(CI_MERGE_REQUEST_TARGET_BRANCH_NAME="none", **variables)[0::2][:2] == (0, 3)
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
    code, log, gate, _ = pipeline.run(inputs={"policy": "strict.toml"})
    assert (code, gate) == (0, 2)
    assert "budgte" in log
    pipeline.origin.commit("x = 1\n" * 200_000, "Generated", "shop/tables.py")
    code, log, gate, _ = pipeline.run()
    assert (code, gate) == (0, 3), log
    mark = tmp_path / "executed"
    assert pipeline.run(inputs={"policy": f"$(touch {mark})`touch {mark}`; touch {mark}"})[0::2][:2] == (0, 2)
    assert not mark.exists()

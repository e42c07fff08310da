"""Our YAML against the schemas of the hosts that read it, which check-jsonschema carries with it."""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from conftest import ROOT, needs, run
from runner import ACTION
from test_gitlab import TEMPLATE, component

pytestmark = needs("check-jsonschema")


def problems(schema: str, *files: Path) -> str:
    """What the schema has against the files; empty if nothing."""
    done = run("check-jsonschema", "--builtin-schema", schema, *files, cwd=ROOT, env=dict(os.environ))
    return "" if done.returncode == 0 else done.stdout


def test_the_action() -> None:
    assert problems("vendor.github-actions", ACTION / "action.yml") == ""


def test_the_example_workflow() -> None:
    assert problems("vendor.github-workflows", *(ACTION / "examples").glob("*.yml")) == ""


def test_the_gitlab_component(tmp_path: Path) -> None:
    header, jobs = tmp_path / "header.yml", tmp_path / "jobs.yml"
    header.write_text(TEMPLATE.read_text(encoding="utf-8").split("\n---\n")[0], encoding="utf-8")
    jobs.write_text(yaml.safe_dump(component()), encoding="utf-8")
    assert problems("vendor.gitlab-ci", header) == ""
    assert problems("vendor.gitlab-ci", jobs) == ""


def test_the_schemas_do_find_something(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("report:\n  script: 1\n  artifacts: {reports: {sarif: [1]}, whn: always}\n", encoding="utf-8")
    assert problems("vendor.gitlab-ci", wrong) != ""
    wrong.write_text("name: x\ndescription: y\nruns: {using: composite}\n", encoding="utf-8")
    assert problems("vendor.github-actions", wrong) != ""

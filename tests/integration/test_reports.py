"""The reports that the program writes of a real change, against the schemas of those who read them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import ROOT, SAMPLES, Repository, needs, run

SCHEMAS = ROOT / "tests" / "schemas"
FORMATS = {
    "json": "json",
    "sarif": "sarif",
    "gitlab-sast": "json",
    "code-quality": "json",
    "github": "txt",
    "markdown": "md",
    "junit": "xml",
    "html": "html",
}


@pytest.fixture()
def reports(repository: Repository) -> dict[str, Path]:
    """Every report of the demo's change, by format."""
    for file in sorted((SAMPLES / "after" / "shop").glob("*.py")):
        repository.stage(file.read_text(encoding="utf-8"), f"shop/{file.name}")
    files = {name: repository.folder / f"report-{name}.{ending}" for name, ending in FORMATS.items()}
    outputs = [word for name, file in files.items() for word in ("--output", f"{name}={file}")]
    done = run("cwegate", "scan", *outputs, cwd=repository.folder, env=repository.env)
    assert done.returncode in {1, 3}, done.stdout
    return files


def load(file: Path) -> object:
    """A JSON file."""
    return json.loads(file.read_text(encoding="utf-8"))


@needs("xmllint")
@pytest.mark.skipif(
    "CWEGATE_JUNIT_SCHEMA" not in os.environ, reason="CWEGATE_JUNIT_SCHEMA names no schema; .ci/run has one"
)
def test_junit(reports: dict[str, Path], env: dict[str, str]) -> None:
    """The XML is as Jenkins' schema says."""
    schema = Path(os.environ["CWEGATE_JUNIT_SCHEMA"])
    done = run("xmllint", "--noout", "--schema", schema, reports["junit"], cwd=ROOT, env=env)
    assert done.returncode == 0, done.stdout


@needs("check-jsonschema")
@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("json", ROOT / "docs" / "cwegate-1.schema.json"),
        ("sarif", SCHEMAS / "sarif-schema-2.1.0.json"),
        ("gitlab-sast", SCHEMAS / "gitlab-sast-15.1.4-reduced.json"),
    ],
)
def test_json(reports: dict[str, Path], env: dict[str, str], name: str, schema: Path) -> None:
    """A second validator, in another language, agrees with the one of our own tests."""
    done = run("check-jsonschema", "--schemafile", schema, reports[name], cwd=ROOT, env=env)
    assert done.returncode == 0, done.stdout


def test_all_formats_name_the_same_lines(reports: dict[str, Path]) -> None:
    """What blocks is in every report at the line where it is in the file."""
    blocked = [finding for finding in load(reports["json"])["findings"] if finding["action"] == "block"]
    assert blocked
    sarif = {
        (
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for result in load(reports["sarif"])["runs"][0]["results"]
    }
    sast = {
        (found["location"]["file"], found["location"]["start_line"])
        for found in load(reports["gitlab-sast"])["vulnerabilities"]
    }
    quality = {
        (issue["location"]["path"], issue["location"]["lines"]["begin"]) for issue in load(reports["code-quality"])
    }
    github = reports["github"].read_text(encoding="utf-8")
    markdown = reports["markdown"].read_text(encoding="utf-8")
    html = reports["html"].read_text(encoding="utf-8")
    junit = reports["junit"].read_text(encoding="utf-8")
    for finding in blocked:
        path, region = finding["path"], finding["region"]
        line = region["start_line"]
        place = (path, line)
        assert place in sarif and place in sast and place in quality
        assert f"::error file={path},line={line}," in github
        assert f"{finding['cwe']} " in markdown
        assert f">line {line}<" in html or f">lines {line}–" in html
        assert f"line {line}" in junit or f"lines {line}–" in junit
        source = (SAMPLES / "after" / path).read_text(encoding="utf-8").splitlines()
        shown = [row["text"] for row in finding["excerpt"] if row["number"] == line]
        assert shown == [source[line - 1]] or "…" in shown[0]
        first = source[line - 1][region["start_column"] - 1 :]
        assert first and not first[0].isspace()


def test_evidence_is_in_the_file(reports: dict[str, Path]) -> None:
    """Where a finding hangs on a line, the line is there, and without it the finding is less probable."""
    findings = [finding for finding in load(reports["json"])["findings"] if finding["evidence"]]
    assert findings
    for finding in findings:
        source = (SAMPLES / "after" / finding["path"]).read_text(encoding="utf-8").splitlines()
        for evidence in finding["evidence"]:
            region = evidence["region"]
            assert source[region["start_line"] - 1][region["start_column"] - 1 :].strip()
            assert evidence["without"] < finding["probability"]

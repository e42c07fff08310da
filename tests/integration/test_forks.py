"""The two workflows for pull requests from forks: how they fit together, and the upload's script against a server that answers as
GitHub's API does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from conftest import ROOT, needs, run
from runner import outputs_in

EXAMPLES = ROOT / "action" / "examples"
SCAN = yaml.safe_load((EXAMPLES / "forks-scan.yml").read_text(encoding="utf-8"))
UPLOAD = yaml.safe_load((EXAMPLES / "forks-upload.yml").read_text(encoding="utf-8"))
HEAD = "a" * 40
# YAML reads the key `on` as true.
ON = True


def step(workflow: dict[str, Any], uses: str) -> dict[str, Any]:
    """The one step that uses an action."""
    [job] = workflow["jobs"].values()
    [found] = [step for step in job["steps"] if step.get("uses", "").startswith(uses)]
    return found


def test_they_fit_together() -> None:
    assert UPLOAD[ON]["workflow_run"]["workflows"] == [SCAN["name"]]
    sent, taken = step(SCAN, "actions/upload-artifact@"), step(UPLOAD, "actions/download-artifact@")
    assert sent["with"]["name"] == taken["with"]["name"]
    action = yaml.safe_load((ROOT / "action" / "action.yml").read_text(encoding="utf-8"))
    gate = step(SCAN, "cwegate/")
    assert gate["with"].keys() <= action["inputs"].keys()
    assert gate["with"]["upload"] == "false"
    assert "sarif-file" in action["outputs"] and "steps.cwegate.outputs.sarif-file" in sent["with"]["path"]
    # The same release of the uploader, and the same name of the analysis, as where the action uploads itself.
    [own] = [one for one in action["runs"]["steps"] if "upload-sarif" in one.get("uses", "")]
    upload = step(UPLOAD, "github/codeql-action/upload-sarif@")
    assert upload["uses"] == own["uses"]
    assert upload["with"]["category"] == action["inputs"]["category"]["default"]


def test_the_one_with_rights_runs_nothing_of_the_fork() -> None:
    assert SCAN["permissions"] == UPLOAD["permissions"] == {}
    [scan], [upload] = SCAN["jobs"].values(), UPLOAD["jobs"].values()
    assert scan["permissions"] == {"contents": "read"}
    assert upload["permissions"] == {"actions": "read", "pull-requests": "read", "security-events": "write"}
    assert not any("checkout" in one.get("uses", "") for one in upload["steps"])
    for one in upload["steps"]:
        # What comes from outside reaches a script through variables alone.
        assert "${{" not in one.get("run", "")
    # The commit and the pull request are the event's and the host's, not the file's.
    given = step(UPLOAD, "github/codeql-action/upload-sarif@")["with"]
    assert given["sha"] == "${{ github.event.workflow_run.head_sha }}"
    assert given["ref"] == "${{ steps.find.outputs.ref }}"


class Host:
    """GitHub's list of pull requests, as far as the script asks for it."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, list[str]], str]] = []
        self.status = 200
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                host.asked.append((url.path, parse_qs(url.query), self.headers["Authorization"]))
                self.send_response(host.status)
                self.end_headers()
                self.wfile.write(json.dumps(host.pulls).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture()
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.server.shutdown()
    host.server.server_close()


def find(host: Host, tmp_path: Path, env: dict[str, str], branch: str = "feature") -> tuple[int, str, dict[str, str]]:
    """Runs the script that finds the pull request: exit code, log and outputs."""
    [job] = UPLOAD["jobs"].values()
    [script] = [one["run"] for one in job["steps"] if one.get("id") == "find"]
    output = tmp_path / "output"
    output.touch()
    given = {
        "API": host.url,
        "REPOSITORY": "owner/name",
        "TOKEN": "secret",
        "HEAD_OWNER": "someone",
        "HEAD_BRANCH": branch,
        "HEAD_SHA": HEAD,
        "GITHUB_OUTPUT": str(output),
    }
    settings = [one["env"] for one in job["steps"] if one.get("id") == "find"][0]
    assert settings.keys() == given.keys() - {"GITHUB_OUTPUT"}
    file = tmp_path / "step.sh"
    file.write_text(script, encoding="utf-8")
    done = run("bash", "--noprofile", "--norc", "-eo", "pipefail", file, cwd=tmp_path, env={**env, **given})
    return done.returncode, done.stdout, outputs_in(output)


def pull(number: Any, sha: str = HEAD) -> dict[str, Any]:
    return {"number": number, "head": {"sha": sha}}


@needs("jq")
@needs("curl")
def test_it_finds_the_pull_request_of_the_commit(host: Host, tmp_path: Path, env: dict[str, str]) -> None:
    host.pulls = [pull(3, "b" * 40), pull(7)]
    code, log, outputs = find(host, tmp_path, env)
    assert (code, outputs) == (0, {"ref": "refs/pull/7/head"}), log
    query = {"state": ["open"], "head": ["someone:feature"]}
    assert host.asked == [("/repos/owner/name/pulls", query, "Bearer secret")]
    assert "secret" not in log


@needs("jq")
@needs("curl")
def test_a_branch_s_name_is_a_value_and_nothing_else(host: Host, tmp_path: Path, env: dict[str, str]) -> None:
    branch = "a&state=closed&head=other:main#$(touch${IFS}pwned)`id`"
    host.pulls = [pull(7)]
    assert find(host, tmp_path, env, branch)[0] == 0
    [(_, query, _)] = host.asked
    assert query == {"state": ["open"], "head": [f"someone:{branch}"]}
    assert not (tmp_path / "pwned").exists()


@needs("jq")
@needs("curl")
@pytest.mark.parametrize("pulls", [[], [pull(7, "b" * 40)], [pull("7/merge\nref=refs/heads/main")]])
def test_without_such_a_pull_request_nothing_is_uploaded(
    host: Host, tmp_path: Path, env: dict[str, str], pulls: list[dict[str, Any]]
) -> None:
    host.pulls = pulls
    code, log, outputs = find(host, tmp_path, env)
    assert (code, outputs) == (0, {}), log
    assert "nothing is uploaded" in log


@needs("jq")
@needs("curl")
def test_a_host_that_does_not_answer_is_a_failure(host: Host, tmp_path: Path, env: dict[str, str]) -> None:
    host.status = 503
    code, _, outputs = find(host, tmp_path, env)
    assert code != 0
    assert outputs == {}

"""The GitHub action's scripts, for each event, over real repositories that were fetched as actions/checkout does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Repository, sample
from runner import ACTION, Outcome, play

ZEROS = "0" * 40


class Host:
    """The repository on the host's side, and checkouts of it."""

    def __init__(self, repository: Repository, folder: Path, program: Path) -> None:
        self.repository = repository
        self.folder = folder
        self.program = program
        self.checkouts = 0

    def branch(self, name: str, code: str, path: str = "shop/thumbs.py") -> str:
        """A new branch from where main is now, with one commit."""
        self.repository.git("checkout", "--quiet", "-b", name, "main")
        commit = self.repository.commit(code, f"On {name}", path)
        self.repository.git("checkout", "--quiet", "main")
        return commit

    def merge(self, name: str, ref: str) -> str:
        """The commit that the host makes for a pull request or a merge group: the branch merged into main."""
        self.repository.git("checkout", "--quiet", "--detach", "main")
        self.repository.git("merge", "--quiet", "--no-ff", "--message", "Merge", name)
        commit = self.repository.head()
        self.repository.git("update-ref", ref, commit)
        self.repository.git("checkout", "--quiet", "main")
        return commit

    def checkout(self, ref: str, depth: int) -> Repository:
        """What actions/checkout leaves: one ref of the given depth (0: everything), and its remote."""
        self.checkouts += 1
        folder = self.folder / f"workspace-{self.checkouts}"
        folder.mkdir()
        checkout = Repository(folder, self.repository.env)
        checkout.git("init", "--quiet", "--initial-branch=none")
        checkout.git("remote", "add", "origin", f"file://{self.repository.folder}")
        if depth:
            checkout.git(
                "fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", f"+{ref}:refs/remotes/pull/head"
            )
        else:
            checkout.git(
                "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*", f"+{ref}:refs/remotes/pull/head"
            )
        checkout.git("checkout", "--quiet", "--detach", "refs/remotes/pull/head")
        return checkout

    def play(self, checkout: Repository, name: str, event: dict[str, Any], **more: Any) -> Outcome:
        """The action on a checkout."""
        event = {"repository": {"default_branch": "main"}, **event}
        inputs = {"cwegate-path": str(self.program), **more.pop("inputs", {})}
        temp = self.folder / f"temp-{self.checkouts}"
        if "sha" not in more:
            more["sha"] = checkout.head()
        return play(checkout.folder, self.repository.env, name, event, temp, inputs, **more)


@pytest.fixture()
def host(repository: Repository, tmp_path: Path, program: Path) -> Host:
    return Host(repository, tmp_path, program)


def results(outcome: Outcome) -> set[tuple[str, str]]:
    """File and rule of all results in the SARIF file."""
    log = json.loads(Path(outcome.outputs["sarif-file"]).read_text(encoding="utf-8"))
    found = log["runs"][0]["results"]
    return {(one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], one["ruleId"]) for one in found}


def annotations(log: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands that the runner takes from a log, read as its own parser does."""

    def text(escaped: str, more: dict[str, str]) -> str:
        for code, character in {**more, "%0D": "\r", "%0A": "\n", "%25": "%"}.items():
            escaped = escaped.replace(code, character)
        return escaped

    found, token = [], ""
    for line in log.splitlines():
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
            # Nobody can guess it.
            assert re.fullmatch("[0-9a-f]{32}", token)
        elif line.startswith("::"):
            command, message = line[2:].split("::", 1)
            level, _, properties = command.partition(" ")
            pairs = (pair.split("=", 1) for pair in properties.split(","))
            read = {key: text(value, {"%3A": ":", "%2C": ","}) for key, value in pairs}
            found.append((level, read, text(message, {})))
    assert not token, "the log ends where the runner takes no commands"
    return found


def partial(outcome: Outcome) -> bool:
    """Whether the SARIF file says that it is about a change."""
    log = json.loads(Path(outcome.outputs["sarif-file"]).read_text(encoding="utf-8"))
    return "incrementalMode" in log["runs"][0].get("properties", {})


def pull_request(base: str, fork: bool = False) -> dict[str, Any]:
    return {"pull_request": {"base": {"sha": base}, "head": {"repo": {"fork": fork}}}}


def test_a_pull_request_is_refused_for_what_it_adds(host: Host) -> None:
    base = host.repository.head()
    host.branch("feature", sample("after"))
    # The base goes on meanwhile, with a weakness of its own: not this pull request's.
    host.repository.commit(sample("after"), "Old debt", "shop/debt.py")
    host.merge("feature", "refs/pull/1/merge")
    checkout = host.checkout("refs/pull/1/merge", depth=2)
    outcome = host.play(checkout, "pull_request", pull_request(base), ref="refs/pull/1/merge")
    assert (outcome.failed, outcome.code) == (True, 1), outcome.log
    assert outcome.outputs["verdict"] == "blocked"
    assert outcome.outputs["blocked"] == "true"
    assert outcome.outputs["exit-code"] == "1"
    assert ("shop/thumbs.py", "CWE-78") in results(outcome)
    assert not any(path == "shop/debt.py" for path, _ in results(outcome))
    assert partial(outcome)
    [upload] = outcome.used
    assert re.fullmatch(r"github/codeql-action/upload-sarif@[0-9a-f]{40}", upload["uses"])
    assert upload["sarif_file"] == outcome.outputs["sarif-file"]
    assert upload["checkout_path"] == str(checkout.folder)
    assert upload["category"] == "cwegate"
    assert upload["optional"] == "false"
    assert "blocked" in outcome.summary
    # The annotations are those of the file that is uploaded: at these lines, in these words.
    log = json.loads(Path(outcome.outputs["sarif-file"]).read_text(encoding="utf-8"))
    uploaded = {
        (place["artifactLocation"]["uri"], str(place["region"]["startLine"]), result["level"])
        for result in log["runs"][0]["results"]
        for place in [result["locations"][0]["physicalLocation"]]
    }
    shown = {(where["file"], where["line"], level) for level, where, _ in annotations(outcome.log)}
    assert shown == uploaded
    assert ("error", "CWE-78 OS command injection") in {
        (level, where["title"]) for level, where, _ in annotations(outcome.log)
    }
    assert "| **blocks** | [CWE-78]" in outcome.summary
    assert "subprocess" in outcome.summary or "os.system" in outcome.summary, "the code is shown"


def test_a_pull_request_cannot_loosen_its_own_gate(host: Host) -> None:
    base = host.repository.head()
    host.branch("feature", sample("after"))
    host.repository.git("checkout", "--quiet", "feature")
    feature = host.repository.commit('extends = "audit"\n', "Milder", "cwegate.toml")
    host.repository.git("checkout", "--quiet", "main")
    merged = host.merge("feature", "refs/pull/1/merge")
    checkout = host.checkout("refs/pull/1/merge", depth=2)
    outcome = host.play(checkout, "pull_request", pull_request(base), ref="refs/pull/1/merge")
    assert outcome.outputs["verdict"] == "blocked", outcome.log
    assert "this change edits the policy" in outcome.log
    own = host.play(checkout, "pull_request", pull_request(base), inputs={"policy-from": "checkout"})
    assert own.outputs["verdict"] == "passed", own.log
    head = host.checkout("refs/heads/feature", depth=0)
    assert head.head() == feature
    assert host.play(head, "pull_request", pull_request(base), sha=merged).outputs["verdict"] == "blocked"
    given = host.play(head, "pull_request", pull_request(base), sha=merged, inputs={"base": "origin/main"})
    assert given.outputs["verdict"] == "blocked", given.log


def test_a_harmless_pull_request_passes(host: Host) -> None:
    base = host.repository.head()
    host.branch("feature", sample("repaired"))
    host.merge("feature", "refs/pull/1/merge")
    checkout = host.checkout("refs/pull/1/merge", depth=2)
    outcome = host.play(checkout, "pull_request", pull_request(base), ref="refs/pull/1/merge")
    assert not outcome.failed, outcome.log
    assert (outcome.outputs["verdict"], outcome.outputs["blocked"]) == ("passed", "false")
    # An empty list has to be uploaded too: none would leave old alerts open.
    assert len(outcome.used) == 1


def test_the_upload_from_a_fork_may_fail(host: Host) -> None:
    base = host.repository.head()
    host.branch("feature", sample("after"))
    host.merge("feature", "refs/pull/1/merge")
    checkout = host.checkout("refs/pull/1/merge", depth=2)
    outcome = host.play(checkout, "pull_request", pull_request(base, fork=True))
    assert outcome.code == 1
    assert outcome.used[0]["optional"] == "true"
    # What blocks is seen without it.
    assert "error" in {level for level, _, _ in annotations(outcome.log)}
    assert "**blocks**" in outcome.summary


def test_annotations_are_as_many_as_the_host_keeps_and_the_worst_come_first(host: Host) -> None:
    base = host.repository.head()
    function = sample("after").partition("def watermark")[2]
    many = "import os\n\n\n" + "\n\n".join(f"def watermark_{number}{function}" for number in range(14))
    host.branch("feature", many, "shop/many.py")
    host.merge("feature", "refs/pull/1/merge")
    checkout = host.checkout("refs/pull/1/merge", depth=2)
    outcome = host.play(checkout, "pull_request", pull_request(base))
    found = annotations(outcome.log)
    levels = [level for level, _, _ in found]
    assert levels.count("error") == 10
    assert levels[:10] == ["error"] * 10
    left_out = re.match(r"(\d+) more are not annotated", found[-1][2])
    assert left_out and int(left_out[1]) >= 4
    # The summary has room for all.
    assert outcome.summary.count("| **blocks** |") >= 14


def test_the_scan_of_a_fork_for_a_second_workflow(host: Host) -> None:
    """As action/examples/forks-scan.yml has it: the head with all history, no upload."""
    base = host.repository.head()
    feature = host.branch("feature", sample("after"))
    merged = host.merge("feature", "refs/pull/1/merge")
    checkout = host.checkout("refs/heads/feature", depth=0)
    assert checkout.head() == feature
    event = pull_request(base, fork=True)
    outcome = host.play(checkout, "pull_request", event, sha=merged, inputs={"upload": "false"})
    assert (outcome.code, outcome.used) == (1, []), outcome.log
    assert ("shop/thumbs.py", "CWE-78") in results(outcome)
    assert partial(outcome)


def test_a_missing_parent_is_fetched_and_otherwise_an_error(host: Host) -> None:
    base = host.repository.head()
    host.branch("feature", sample("after"))
    host.merge("feature", "refs/pull/1/merge")
    checkout = host.checkout("refs/pull/1/merge", depth=1)
    assert host.play(checkout, "pull_request", pull_request(base)).outputs["verdict"] == "blocked"

    alone = host.checkout("refs/pull/1/merge", depth=1)
    alone.git("remote", "set-url", "origin", "file:///nowhere")
    outcome = host.play(alone, "pull_request", pull_request(base))
    assert (outcome.code, outcome.outputs["verdict"]) == (3, "unscannable")
    assert "::error title=cwegate::" in outcome.log
    assert "fetch-depth: 2" in outcome.log
    assert outcome.used == []


def test_the_head_of_a_pull_request_is_compared_with_the_merge_base(host: Host) -> None:
    feature = host.branch("feature", sample("repaired"))
    base = host.repository.commit(sample("after"), "Old debt", "shop/debt.py")
    merged = host.merge("feature", "refs/pull/1/merge")
    checkout = host.checkout("refs/heads/feature", depth=0)
    assert checkout.head() == feature
    outcome = host.play(checkout, "pull_request", pull_request(base), sha=merged)
    assert not outcome.failed, outcome.log

    shallow = host.checkout("refs/heads/feature", depth=1)
    outcome = host.play(shallow, "pull_request", pull_request(base), sha=merged)
    assert outcome.code == 3
    assert "fetch-depth: 0" in outcome.log


def test_pull_request_target_is_an_error(host: Host) -> None:
    checkout = host.checkout("refs/heads/main", depth=2)
    outcome = host.play(checkout, "pull_request_target", pull_request(host.repository.head()))
    assert outcome.code == 3
    assert "pull_request_target" in outcome.log


@pytest.mark.parametrize(("kind", "code"), [("after", 1), ("repaired", 0)])
def test_a_merge_group_is_compared_with_its_base(host: Host, kind: str, code: int) -> None:
    base = host.repository.commit(sample("after"), "Old debt", "shop/debt.py")
    host.branch("feature", sample(kind))
    host.merge("feature", "refs/heads/gh-readonly-queue/main/pr-1")
    checkout = host.checkout("refs/heads/gh-readonly-queue/main/pr-1", depth=1)
    event = {"merge_group": {"base_sha": base}}
    outcome = host.play(checkout, "merge_group", event, ref="refs/heads/gh-readonly-queue/main/pr-1")
    assert outcome.code == code, outcome.log
    # A branch: the list stands for all of it.
    assert any(path == "shop/debt.py" for path, _ in results(outcome))
    assert not partial(outcome)


def test_a_merge_group_without_its_base_is_an_error(host: Host) -> None:
    checkout = host.checkout("refs/heads/main", depth=1)
    for base in ("", "1" * 40, "main", "--upload-pack=touch"):
        outcome = host.play(checkout, "merge_group", {"merge_group": {"base_sha": base}})
        assert outcome.code == 3, outcome.log


def test_a_push_is_judged_by_what_it_adds_and_uploads_the_whole_tree(host: Host) -> None:
    before = host.repository.commit(sample("after"), "Old debt", "shop/debt.py")
    host.repository.commit(sample("repaired"), "Harmless")
    checkout = host.checkout("refs/heads/main", depth=1)
    outcome = host.play(checkout, "push", {"before": before})
    assert not outcome.failed, outcome.log
    assert ("shop/debt.py", "CWE-78") in results(outcome)
    assert not partial(outcome)

    only_gate = host.play(checkout, "push", {"before": before}, inputs={"upload": "false"})
    assert only_gate.used == []
    assert results(only_gate) == set()

    host.repository.commit(sample("after"), "Harmful")
    outcome = host.play(host.checkout("refs/heads/main", depth=2), "push", {"before": before})
    assert outcome.outputs["verdict"] == "blocked"


def test_a_new_branch_is_compared_with_the_default_branch(host: Host) -> None:
    host.repository.commit(sample("after"), "Old debt", "shop/debt.py")
    host.branch("feature", sample("repaired"))
    event = {"before": ZEROS}
    outcome = host.play(host.checkout("refs/heads/feature", depth=0), "push", event, ref="refs/heads/feature")
    assert not outcome.failed, outcome.log
    # Without the history there is nothing to compare with, and all of it counts.
    outcome = host.play(host.checkout("refs/heads/feature", depth=1), "push", event, ref="refs/heads/feature")
    assert outcome.outputs["verdict"] == "blocked"
    assert not partial(outcome)


def test_a_new_default_branch_is_scanned_as_a_whole(host: Host) -> None:
    host.repository.commit(sample("after"), "Weak from the start")
    outcome = host.play(host.checkout("refs/heads/main", depth=0), "push", {"before": ZEROS})
    assert outcome.outputs["verdict"] == "blocked"


def test_a_forced_push_whose_past_is_gone_is_an_error(host: Host) -> None:
    checkout = host.checkout("refs/heads/main", depth=0)
    outcome = host.play(checkout, "push", {"before": "1" * 40})
    assert outcome.code == 3
    assert "before this push" in outcome.log


def test_a_forced_push_is_compared_with_what_it_replaces(host: Host) -> None:
    before = host.repository.commit(sample("after"), "To be rewritten", "shop/debt.py")
    host.repository.git("reset", "--quiet", "--hard", "HEAD^")
    host.repository.commit(sample("repaired"), "Instead")
    # The commit is on no branch any more; the host still has it.
    checkout = host.checkout("refs/heads/main", depth=1)
    outcome = host.play(checkout, "push", {"before": before, "forced": True})
    assert not outcome.failed, outcome.log
    assert results(outcome) == set()
    before = host.repository.head()
    host.repository.git("reset", "--quiet", "--hard", "HEAD^")
    host.repository.commit(sample("after"), "Harmful")
    outcome = host.play(host.checkout("refs/heads/main", depth=1), "push", {"before": before, "forced": True})
    assert outcome.outputs["verdict"] == "blocked"
    assert {path for path, _ in results(outcome)} == {"shop/thumbs.py"}


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch", "release"])
def test_events_without_a_change_scan_the_whole_tree(host: Host, event: str) -> None:
    assert host.play(host.checkout("refs/heads/main", depth=1), event, {}).outputs["verdict"] == "passed"
    host.repository.commit(sample("after"), "Debt", "shop/debt.py")
    outcome = host.play(host.checkout("refs/heads/main", depth=1), event, {})
    assert outcome.outputs["verdict"] == "blocked"
    assert ("shop/debt.py", "CWE-78") in results(outcome)


def test_a_given_base_stands_above_the_event(host: Host) -> None:
    host.branch("feature", sample("after"))
    checkout = host.checkout("refs/heads/feature", depth=0)
    outcome = host.play(checkout, "workflow_dispatch", {}, inputs={"base": "origin/main"})
    assert outcome.outputs["verdict"] == "blocked"
    outcome = host.play(checkout, "workflow_dispatch", {}, inputs={"base": "origin/nowhere"})
    assert outcome.failed
    assert outcome.used == []


def test_a_policy_that_does_not_read_stops_without_an_upload(host: Host) -> None:
    host.repository.commit("[gate]\nbudgte = 1\n", "Policy", "strict.toml")
    checkout = host.checkout("refs/heads/main", depth=2)
    outcome = host.play(checkout, "schedule", {}, inputs={"policy": "strict.toml"})
    assert (outcome.code, outcome.outputs["verdict"], outcome.used) == (2, "error", [])
    assert (outcome.outputs["blocked"], outcome.outputs["sarif-file"]) == ("false", "")
    assert [level for level, _, _ in annotations(outcome.log)] == ["error"]


def test_what_could_not_be_scanned_is_uploaded_and_fails(host: Host) -> None:
    host.repository.commit("x = 1\n" * 200_000, "Generated", "shop/tables.py")
    outcome = host.play(host.checkout("refs/heads/main", depth=1), "schedule", {})
    assert (outcome.code, outcome.outputs["verdict"]) == (3, "unscannable"), outcome.log
    assert len(outcome.used) == 1


def test_the_category_reaches_both_the_file_and_the_upload(host: Host) -> None:
    checkout = host.checkout("refs/heads/main", depth=1)
    outcome = host.play(checkout, "schedule", {}, inputs={"category": "backend"})
    log = json.loads(Path(outcome.outputs["sarif-file"]).read_text(encoding="utf-8"))
    # The file's own name would win over the upload's.
    assert log["runs"][0]["automationDetails"]["id"] == "backend/"
    assert outcome.used[0]["category"] == "backend"


def test_a_folder_of_the_workspace(host: Host) -> None:
    host.repository.commit(sample("after"), "Debt", "shop/debt.py")
    checkout = host.checkout("refs/heads/main", depth=1)
    outer = checkout.folder.parent / "outer"
    outer.mkdir()
    checkout.folder.rename(outer / "code")
    inside = Repository(outer, checkout.env)
    outcome = host.play(inside, "schedule", {}, sha="", inputs={"working-directory": "code"})
    assert outcome.outputs["verdict"] == "blocked", outcome.log
    assert outcome.used[0]["checkout_path"] == str(outer / "code")
    outcome = host.play(inside, "schedule", {}, sha="", inputs={"working-directory": "nowhere"})
    assert outcome.code == 2


def test_hostile_text_stays_text(host: Host, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    name = "shop/%0A::error::gotcha $(touch x).py"
    host.repository.commit(sample("after") + "\n# ::error::from the file\n", "Debt", name)
    checkout = host.checkout("refs/heads/main", depth=1)
    for hostile in (
        f"$(touch {mark})",
        f"`touch {mark}`",
        f"x; touch {mark}",
        f'x"; touch {mark}; "',
        f"x'; touch {mark}; '",
    ):
        for inputs in ({"policy": hostile}, {"base": hostile}, {"working-directory": hostile}):
            assert host.play(checkout, "schedule", {}, inputs=inputs).failed
        outcome = host.play(checkout, "push", {"before": hostile, "repository": {"default_branch": hostile}})
        assert outcome.code == 3
    assert not mark.exists()
    outcome = host.play(checkout, "schedule", {})
    assert outcome.outputs["verdict"] == "blocked"
    assert not mark.exists()
    # The log for people stands where the runner takes no commands; what it takes are annotations of the file as it is called.
    found = annotations(outcome.log)
    assert found
    for level, properties, message in found:
        assert level in {"error", "warning", "notice"}
        assert properties["file"] == name
        assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert "gotcha" not in message and "from the file" not in message
    # In the summary it is code, in which every character that could mean something is a reference.
    assert outcome.summary.count("gotcha") == len(re.findall(r"<code>[\w &#;]*gotcha[\w &#;]*</code>", outcome.summary))


def test_a_module_of_the_checkout_does_not_run_while_installing(host: Host, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    checkout = host.checkout("refs/heads/main", depth=1)
    for module in ("venv", "pip", "ensurepip"):
        (checkout.folder / f"{module}.py").write_text(f"open({str(mark)!r}, 'w')\n", encoding="utf-8")
    # No such release: it gets as far as asking for it.
    environment = {**checkout.env, "PIP_NO_INDEX": "1", "PYTHONPATH": str(checkout.folder)}
    host.repository.env = environment
    outcome = host.play(checkout, "schedule", {}, inputs={"cwegate-path": "", "version": "0.0.0"})
    assert outcome.failed
    assert not mark.exists()


@pytest.mark.parametrize("version", ["latest", "1.0; touch x", "--index-url=x", "$(id)"])
def test_a_version_has_to_be_one(host: Host, version: str) -> None:
    outcome = host.play(
        host.checkout("refs/heads/main", depth=1), "schedule", {}, inputs={"cwegate-path": "", "version": version}
    )
    assert outcome.code == 2
    assert "is not a version" in outcome.log


def test_the_files_agree_with_each_other() -> None:
    action = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    assert action["inputs"]["version"]["default"] == re.search(r'^version = "(.+)"', cargo, re.MULTILINE).group(1)
    for step in action["runs"]["steps"]:
        # No expression in a script: text of a pull request would become part of it.
        assert "${{" not in step.get("run", "")
        for script in re.findall(r"\$GITHUB_ACTION_PATH/([\w.-]+)", step.get("run", "")):
            assert (ACTION / script).is_file()
    for file in (ACTION / "action.yml", *(ACTION / "examples").glob("*.yml")):
        for used in re.findall(r"uses: (\S+)", file.read_text(encoding="utf-8")):
            assert used.startswith("cwegate/") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used

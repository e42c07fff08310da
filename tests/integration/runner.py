"""A stand-in for GitHub's runner: plays a composite action's steps with the environment, files and shell of the real one.

It knows the expressions that action.yml uses and refuses any other. A step that `uses` another action is not played but written
down with its inputs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from conftest import ROOT, run

ACTION = ROOT / "action"


@dataclass
class Outcome:
    """What became of the action."""

    failed: bool
    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    used: list[dict[str, Any]] = field(default_factory=list)


def evaluate(expression: str, context: dict[str, Any]) -> Any:
    """The value of an expression out of names, texts, `==`, `!=`, `&&`, `||`, `true` and `always()`."""

    def value(text: str) -> Any:
        text = text.strip()
        if text in {"true", "false"}:
            return text == "true"
        if text == "always()":
            return True
        if re.fullmatch(r"'[^']*'", text):
            return text[1:-1]
        if not re.fullmatch(r"[a-z_]+(\.[a-z_-]+)+", text):
            raise ValueError(f"this runner does not know `{text}`")
        found: Any = context
        for key in text.split("."):
            found = found.get(key, "") if isinstance(found, dict) else ""
        return found

    def comparison(text: str) -> Any:
        for sign, equal in (("==", True), ("!=", False)):
            if sign in text:
                left, right = (value(side) for side in text.split(sign))
                return (left == right) is equal
        return value(text)

    def conjunction(text: str) -> Any:
        last: Any = True
        for part in text.split("&&"):
            last = comparison(part)
            if not last:
                break
        return last

    last: Any = False
    for part in expression.split("||"):
        last = conjunction(part)
        if last:
            break
    return last


def filled(text: Any, context: dict[str, Any]) -> str:
    """A value of the file with its `${{ }}` replaced."""

    def replace(match: re.Match[str]) -> str:
        found = evaluate(match.group(1), context)
        return str(found).lower() if isinstance(found, bool) else str(found)

    return re.sub(r"\$\{\{(.+?)\}\}", replace, str(text))


def outputs_in(file: Path) -> dict[str, str]:
    """What a step wrote into its GITHUB_OUTPUT."""
    return dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines())


def play(
    workspace: Path,
    env: dict[str, str],
    event_name: str,
    event: dict[str, Any],
    temp: Path,
    inputs: dict[str, str] | None = None,
    ref: str = "refs/heads/main",
    sha: str = "",
) -> Outcome:
    """Plays the action for an event in a workspace that is checked out already."""
    action = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    given = {name: str(about.get("default", "")) for name, about in action["inputs"].items()}
    unknown = set(inputs or {}) - given.keys()
    assert not unknown, f"no such inputs: {unknown}"
    given.update(inputs or {})
    temp.mkdir(exist_ok=True)
    summary = temp / "summary.md"
    summary.touch()
    steps: dict[str, Any] = {}
    context: dict[str, Any] = {"inputs": given, "steps": steps, "github": {"event": event, "event_name": event_name}}
    outcome = Outcome(failed=False, code=0, log="", outputs={}, summary="")
    for number, step in enumerate(action["runs"]["steps"]):
        condition = str(step.get("if", "true"))
        # A condition without a status function means `success() && …`.
        if (outcome.failed and "always()" not in condition) or not evaluate(condition, context):
            continue
        if "uses" in step:
            used = {name: filled(text, context) for name, text in step["with"].items()}
            outcome.used.append({"uses": step["uses"], "optional": filled(step["continue-on-error"], context), **used})
            continue
        script = temp / f"step-{number}.sh"
        script.write_text(step["run"], encoding="utf-8")
        output = temp / f"output-{number}"
        output.touch()
        done = run(
            *("bash", "--noprofile", "--norc", "-eo", "pipefail", script),
            cwd=workspace,
            env={
                **env,
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(ACTION),
                "GITHUB_EVENT_NAME": event_name,
                "GITHUB_OUTPUT": str(output),
                "GITHUB_REF": ref,
                "GITHUB_SHA": sha,
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_WORKSPACE": str(workspace),
                "RUNNER_TEMP": str(temp),
                **{name: filled(text, context) for name, text in step.get("env", {}).items()},
            },
        )
        outcome.log += done.stdout
        result = "failure" if done.returncode else "success"
        if "id" in step:
            steps[step["id"]] = {"outputs": outputs_in(output), "outcome": result}
        if done.returncode and not outcome.failed:
            outcome.failed, outcome.code = True, done.returncode
    outcome.outputs = {name: filled(about["value"], context) for name, about in action["outputs"].items()}
    outcome.summary = summary.read_text(encoding="utf-8")
    return outcome

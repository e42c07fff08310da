"""The README says what the program says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import ROOT, Repository, run

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_link_leads_somewhere() -> None:
    for file in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{file.name}: {target}"


def test_every_command_and_option_is_one(program: Path, env: dict[str, str]) -> None:
    commands = {shlex.split(text)[1] for text in re.findall(r"`(cwegate [a-z][^`]*)`", README)}
    assert commands >= {"scan", "install", "explain", "policy", "model", "score", "windows", "demo"}
    helped = {name: run(program, name, "--help", cwd=ROOT, env=env) for name in commands}
    assert all(done.returncode == 0 for done in helped.values()), helped
    ours = [text for text in re.findall(r"`([^`\n]+)`", README) if text.startswith(("cwegate ", "--"))]
    options = set(re.findall(r"--[a-z][a-z-]+", " ".join(ours)))
    known = set(re.findall(r"--[a-z][a-z-]+", "".join(done.stdout for done in helped.values())))
    assert options <= known


def test_the_policy_is_one(program: Path, repository: Repository) -> None:
    [policy] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    repository.write(policy, "cwegate.toml")
    done = run(program, "policy", "check", cwd=repository.folder, env=repository.env)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["top25", "owasp-top10", "balanced", "strict", "audit", "secrets-only"])
def test_the_presets_are_there(name: str) -> None:
    assert f"`{name}`" in README
    assert (ROOT / "policies" / f"{name}.toml").is_file()

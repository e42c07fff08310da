"""The README and the book say what the program, the action and the template say. tests/docs.rs runs the book's commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Repository, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
BOOK = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


def test_every_link_leads_somewhere() -> None:
    for file in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{file.name}: {target}"


def test_the_design_names_what_is_there() -> None:
    text = BOOK["design.md"]
    [folders] = re.findall(r"^Folders at the root: `([^`]+)`", text, re.MULTILINE)
    steps = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    files = [name for name in re.findall(r"`([\w./-]+)`", text) if re.search(r"^\w[\w-]*/.*\.\w+$", name)]
    assert steps and files
    places = [ROOT / name for name in folders.split()]
    places += [ROOT / "src" / name for name in steps]
    missing = [str(place) for place in places if not place.exists()]
    missing += [name for name in files if not any((folder / name).exists() for folder in (ROOT, ROOT / "src"))]
    assert missing == []


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


def table(page: str, heading: str) -> dict[str, list[str]]:
    """The rows of the first table with such a heading, by the name in their first column."""
    [rows] = re.findall(rf"^\| {heading} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", BOOK[page], re.MULTILINE)
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    return {name: rest for names, *rest in cells for name in re.findall(r"`([^`]+)`", names)}


def test_the_book_names_no_option_that_is_not_there(program: Path, env: dict[str, str]) -> None:
    helped: dict[str, str] = {}
    for page, text in BOOK.items():
        for line in re.findall(r"`(cwegate [a-z][^`]*)`", text) + re.findall(r"^\$ (cwegate .*)$", text, re.MULTILINE):
            words = line.split(" | ")[0].split()[1:]
            command = words[:2] if words[0] in {"policy", "baseline", "model"} else words[:1]
            if command[-1].startswith("-"):
                continue
            name = " ".join(command)
            if name not in helped:
                done = run(program, *command, "--help", cwd=ROOT, env=env)
                assert done.returncode == 0, f"{page}: {line}"
                helped[name] = done.stdout
            for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", line):
                assert option in helped[name], f"{page}: {line}"


def test_the_book_lists_the_inputs_and_outputs_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action" / "action.yml").read_text(encoding="utf-8"))
    assert table("github.md", "input").keys() == action["inputs"].keys()
    assert table("github.md", "output").keys() == action["outputs"].keys()
    for name, (default, _) in table("github.md", "input").items():
        if re.fullmatch(r"`[^`]+`", default):
            assert default.strip("`") == str(action["inputs"][name]["default"]), name


def test_the_book_lists_the_inputs_of_the_gitlab_template() -> None:
    template = (ROOT / "action" / "gitlab" / "templates" / "cwegate.yml").read_text(encoding="utf-8")
    inputs = yaml.safe_load(template.split("\n---\n")[0])["spec"]["inputs"]
    assert table("gitlab.md", "input").keys() == inputs.keys()


def test_the_book_lists_the_formats(program: Path, env: dict[str, str]) -> None:
    helped = run(program, "scan", "--help", cwd=ROOT, env=env).stdout
    formats = helped.split("--format <FORMAT>")[1].split("[default:")[0]
    assert table("reports.md", "format").keys() == set(re.findall(r"- ([a-z-]+):", formats))


def test_the_book_shows_the_hooks_of_the_examples() -> None:
    shown = yaml.safe_load(re.search(r"```yaml\n(.*?)```", BOOK["lefthook.md"], re.DOTALL).group(1))
    assert shown == yaml.safe_load((ROOT / "hooks" / "examples" / "lefthook.yml").read_text(encoding="utf-8"))
    shown = yaml.safe_load(re.search(r"```yaml\n(.*?)```", BOOK["pre-commit.md"], re.DOTALL).group(1))
    assert shown == yaml.safe_load(
        (ROOT / "hooks" / "examples" / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    )
    for name in ("pre-commit", "pre-push"):
        [line] = [
            line
            for line in (ROOT / "hooks" / "examples" / "husky" / name).read_text(encoding="utf-8").splitlines()
            if not line.startswith("#")
        ]
        assert line in BOOK["husky.md"].splitlines()

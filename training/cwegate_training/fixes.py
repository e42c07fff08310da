"""Step `fixes`: real fix pairs from the history of public projects, by the labels of `data/fixes.jsonl`.

The labels name a commit, a file, a function and the lines that were weak before it; the code stays in the projects' own repositories. Of each the
labelled commits and their parents are fetched into `repositories/OWNER+NAME` in the folder of downloads, where they are not there yet, and read as git objects:
nothing is checked out and nothing of it runs.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import tomllib

from .config import TRAINING, UPSTREAM, WORK, log, read_jsonl, sha256, write_jsonl

LABELS = TRAINING / "data" / "fixes.jsonl"
LICENCES = TRAINING / "data" / "licences.toml"
SOURCE = "upstream"
UNCLEAR = 0.5
"""Weight of a pair of which only the project's other code shows that it was weak, beside a clear one."""
MISSED = 0.1
"""Share of the labels that may be unusable, as projects move and vanish."""


class Unusable(Exception):
    """A label whose pair cannot be had: says which and why."""


def licences() -> dict[str, str]:
    """The licence (SPDX) of each project that a label names, as its newest commit states it."""
    return tomllib.loads(LICENCES.read_text(encoding="utf-8"))


def git(folder: Path, *arguments: str) -> bytes:
    """What git prints of the bare repository in a folder. Raises Unusable with git's last words."""
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
    command = ["git", f"--git-dir={folder}", *arguments]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, env=environment)
    if done.returncode:
        raise Unusable(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2] or "git failed")
    return done.stdout


def has(folder: Path, commit: str) -> bool:
    try:
        git(folder, "cat-file", "-e", f"{commit}^{{commit}}")
    except Unusable:
        return False
    return True


def repository(name: str, commits: list[str], origin: str) -> Path:
    """The bare repository of OWNER/NAME, with the commits and their parents fetched from `origin` where it lacks them.

    Raises Unusable where they cannot be had.
    """
    folder = WORK / "repositories" / name.replace("/", "+")
    if not folder.exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--bare")
    if wanted := [commit for commit in commits if not has(folder, commit)]:
        git(folder, "fetch", "--quiet", "--no-tags", "--depth=2", "--", f"{origin}/{name}", *wanted)
    return folder


def function(text: str, name: str) -> str | None:
    """The source of the first function with that name (with its classes, by dots), decorators and all, less its indentation.

    None where there is none, and where the file is not Python 3.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            tree = ast.parse(text)
        # Whoever wrote the file may have nested deeper than the parser goes.
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def within(node: ast.AST, prefix: str) -> ast.AST | None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if prefix + child.name == name:
                    return child
            elif isinstance(child, ast.ClassDef):
                if found := within(child, f"{prefix}{child.name}."):
                    return found
            elif isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)) and (found := within(child, prefix)):
                return found
        return None

    node = within(tree, "")
    if node is None:
        return None
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return textwrap.dedent("\n".join(text.split("\n")[first - 1 : node.end_lineno])) + "\n"


def side(folder: Path, label: dict, revision: str) -> str:
    """The function of a label at a revision. Raises Unusable."""
    text = git(folder, "cat-file", "blob", f"{revision}:{label['path']}").decode("utf-8", "replace")
    code = function(text, label["function"])
    if code is None:
        raise Unusable(f"{label['path']} has no {label['function']} at {revision}")
    return code


def pair(folder: Path, label: dict) -> list[dict]:
    """Both sides of a label as records. Raises Unusable."""
    commit = label["commit"]
    before, after = side(folder, label, f"{commit}^"), side(folder, label, commit)
    if before == after or label["lines"][-1] > before.count("\n"):
        raise Unusable(f"{label['function']} at {commit} is not the one that was labelled")
    key = f"{SOURCE}/{label['repository']}/{commit[:12]}/{label['path']}:{label['function']}"
    shared = {
        "source": SOURCE, "cwe": label["cwe"], "pair_id": key, "real": True, "file": label["path"], "clear": label["clear"],
        "commit": f"https://github.com/{label['repository']}/commit/{commit}",
    }  # fmt: skip
    return [
        {"id": f"{key}/v", "label": "vulnerable", "code": before, "lines": label["lines"], **shared},
        {"id": f"{key}/f", "label": "fixed", "code": after, **shared},
    ]


def from_projects(
    labels: Path, origin: str, made: Callable[[Path, dict], list[dict]], step: str, failed: str
) -> tuple[list[dict], list[str]]:
    """The records that `made` reads from the repository of each label, and the labels that cannot be used, with the reason.

    made: the repository's folder and a label → its records; raises Unusable. step, failed: what is said around their number before the program ends where those are too many.
    """
    by_project: dict[str, list[dict]] = defaultdict(list)
    for label in read_jsonl(labels):
        by_project[label["repository"]].append(label)
    rows, unusable = [], []
    for name, own in by_project.items():
        try:
            folder = repository(name, sorted({label["commit"] for label in own}), origin)
        except Unusable as error:
            unusable += [f"{name}@{label['commit']}: {error}" for label in own]
            continue
        for label in own:
            try:
                rows += made(folder, label)
            except Unusable as error:
                unusable.append(f"{name}@{label['commit']}: {error}")
    if len(unusable) > MISSED * sum(map(len, by_project.values())):
        sys.exit(
            "\n".join(unusable)
            + f"\n{step}: {len(unusable)} {failed}; see to what is said above and run the step again."
        )
    return rows, unusable


def fixes(args) -> None:
    """Writes upstream.jsonl, and to the log which labels could not be used and why; writes nothing if those are too many."""
    rows, unusable = from_projects(LABELS, args.origin, pair, "fixes", "labels cannot be used")
    write_jsonl(UPSTREAM, rows)
    log("fixes", pairs=len(rows) // 2, unusable=unusable, labels=sha256(LABELS), output=sha256(UPSTREAM))

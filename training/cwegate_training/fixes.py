"""Step `fixes`: real fix pairs from the history of public projects, by the labels of `data/fixes.jsonl`.

The labels name a commit, a file, a function and the lines that were weak before it; the code stays in the projects' own repositories, which are
read with git from `repositories/OWNER+NAME` in the folder of downloads and cloned where they are not there yet.
"""

from __future__ import annotations

import ast
import subprocess
import textwrap
import warnings
from collections import Counter
from pathlib import Path

import tomllib

from .config import TRAINING, WORK, log, read_jsonl, sha256, write_jsonl

LABELS = TRAINING / "data" / "fixes.jsonl"
LICENCES = TRAINING / "data" / "licences.toml"
SOURCE = "upstream"
UNCLEAR = 0.5
"""How much a pair counts, beside a clear one, of which only the project's other code shows that it was weak."""


class Missing(Exception):
    """A side of a pair that its repository does not have."""


def licences() -> dict[str, str]:
    """The licence (SPDX) of each project that a label names, as its newest commit states it."""
    return tomllib.loads(LICENCES.read_text(encoding="utf-8"))


def repository(name: str, origin: str) -> Path:
    """The clone of OWNER/NAME; made from `origin` where there is none.

    Raises CalledProcessError where it cannot be cloned.
    """
    folder = WORK / "repositories" / name.replace("/", "+")
    if not folder.exists():
        subprocess.run(["git", "clone", "--quiet", "--bare", f"{origin}/{name}", str(folder)], check=True)
    return folder


def function(text: str, name: str) -> str | None:
    """The source of the first function with that name (with its classes, by dots), decorators and all, at the left edge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            tree = ast.parse(text)
        except SyntaxError:
            return None

    def within(node: ast.AST, prefix: str) -> ast.AST | None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if prefix + child.name == name:
                    return child
            elif isinstance(child, ast.ClassDef):
                if found := within(child, f"{prefix}{child.name}."):
                    return found
            elif isinstance(child, (ast.If, ast.Try, ast.With)) and (found := within(child, prefix)):
                return found
        return None

    node = within(tree, "")
    if node is None:
        return None
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return textwrap.dedent("\n".join(text.split("\n")[first - 1 : node.end_lineno])) + "\n"


def side(folder: Path, label: dict, revision: str) -> str:
    """The function of a label at a revision. Raises Missing."""
    shown = subprocess.run(
        ["git", "-C", str(folder), "show", f"{revision}:{label['path']}"], capture_output=True, check=False
    )
    code = function(shown.stdout.decode("utf-8", "replace"), label["function"]) if shown.returncode == 0 else None
    if code is None:
        raise Missing(f"{label['repository']}@{revision}: {label['path']} has no {label['function']}")
    return code


def pair(folder: Path, label: dict) -> list[dict]:
    """Both sides of a label as records. Raises Missing."""
    commit = label["commit"]
    key = f"{SOURCE}/{label['repository']}/{commit[:12]}/{label['path']}:{label['function']}"
    shared = {
        "source": SOURCE, "cwe": label["cwe"], "pair_id": key, "real": True, "file": label["path"], "clear": label["clear"],
        "commit": f"https://github.com/{label['repository']}/commit/{commit}",
    }  # fmt: skip
    return [
        {"id": f"{key}/v", "label": "vulnerable", "code": side(folder, label, f"{commit}^"), "lines": label["lines"], **shared},
        {"id": f"{key}/f", "label": "fixed", "code": side(folder, label, commit), **shared},
    ]  # fmt: skip


def fixes(args) -> None:
    """Writes fixes.jsonl, and to the log what could not be read and why."""
    rows, counts = [], Counter()
    for label in read_jsonl(LABELS):
        try:
            rows += pair(repository(label["repository"], args.origin), label)
            counts["pairs"] += 1
        except Missing as error:
            print(error)
            counts["a side is missing"] += 1
        except subprocess.CalledProcessError:
            counts["not cloned"] += 1
    write_jsonl(WORK / "fixes.jsonl", rows)
    log("fixes", **counts, labels=sha256(LABELS))

"""Copies of authored records with other local names, so that the model cannot lean on what a variable is called.

Only parameters and local variables change; names that say what a value is (a password, a token) stay, as that is what
several classes are about. Line numbers stay.
"""

from __future__ import annotations

import ast
import hashlib
import random
import re

MEANINGFUL = re.compile(
    r"pass|pwd|secret|token|key|cred|otp|nonce|salt|session|cookie|hash|sign|card|ssn|mail|log|url|user|admin|role|owner|account",
    re.I,
)
RENAMED = "~"
"""Ending of the ids of renamed copies."""
FIXED = {"self", "cls", "_", "args", "kwargs", "request"}


def local_names(code: str) -> set[str]:
    """Parameters and local variables of the code's functions that may be renamed."""
    bound, other = set(), set()
    tree = ast.parse(code)
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            other.update(node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            other.add(node.name)
        elif isinstance(node, ast.alias):
            other.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            other.add(node.name)
        elif isinstance(node, ast.keyword) and node.arg:
            # The name may be the parameter of a function that stands here.
            other.add(node.arg)
    # Class and module attributes are known from outside.
    for scope in ast.walk(tree):
        if isinstance(scope, (ast.ClassDef, ast.Module)):
            for node in scope.body:
                for target in getattr(node, "targets", [getattr(node, "target", None)]):
                    other.update(n.id for n in ast.walk(target) if isinstance(n, ast.Name)) if target else None
    return {name for name in bound - other - FIXED if not MEANINGFUL.search(name) and not name.startswith("__")}


def rename(code: str, names: dict[str, str]) -> str:
    """The code with local names replaced; the positions come from the syntax tree, inside f-strings from their braces."""
    lines = [line.encode() for line in code.split("\n")]
    edits: set[tuple[int, int, str]] = set()
    formatted = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            formatted.update(range(node.lineno, node.end_lineno + 1))
        name = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else None
        if name in names and lines[node.lineno - 1][node.col_offset :].startswith(name.encode()):
            edits.add((node.lineno - 1, node.col_offset, name))
    for line, column, name in sorted(edits, reverse=True):
        text = lines[line]
        lines[line] = text[:column] + names[name].encode() + text[column + len(name.encode()) :]
    out = [line.decode() for line in lines]
    word = re.compile(r"(?<![\w.'\"])(" + "|".join(map(re.escape, names)) + r")(?!\w)(?!\s*=[^=])")
    for line in formatted:
        out[line - 1] = re.sub(r"\{[^{}]*\}", lambda brace: word.sub(lambda m: names[m[1]], brace[0]), out[line - 1])
    return "\n".join(out)


def copies(rows: list[dict], seed: int = 1) -> list[dict]:
    """One renamed copy of each training pair and lone record that has local names; both sides get the same new names."""
    usable = [r for r in rows if r["source"] == "authored" and r["split"] == "train"]
    units: dict[str, list[dict]] = {}
    for row in usable:
        units.setdefault(row["pair"] or row["id"], []).append(row)
    pool = sorted({name for row in usable for name in local_names(row["code"]) if len(name) > 1})
    out = []
    for key, members in sorted(units.items()):
        rng = random.Random(int(hashlib.sha256(f"{seed} {key}".encode()).hexdigest()[:12], 16))
        found = set.union(*(local_names(row["code"]) for row in members))
        words = set(re.findall(r"\w+", " ".join(row["code"] for row in members)))
        fresh = [name for name in rng.sample(pool, min(len(pool), 4 * len(found) + 20)) if name not in words]
        if not found or len(fresh) < len(found):
            continue
        names = dict(zip(sorted(found), fresh))
        made = [
            {
                **row,
                "id": row["id"] + RENAMED,
                "pair": row["pair"] and row["pair"] + RENAMED,
                "code": rename(row["code"], names),
            }
            for row in members
        ]
        if all(parses(row["code"]) for row in made):
            out += made
    return out


def parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True

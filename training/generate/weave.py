"""Real clean functions as hosts: a fragment is inserted before one of their statements, at any depth."""

from __future__ import annotations

import ast
import json
import random
import textwrap
from pathlib import Path

from .engine import BAD, BOTH, GOOD, Context, Sample
from .flow import identifiers

UNSEEN = ("pyload", "octoprint", "modoboa", "vantage6")
LIMIT = 4000
"""Hosts that are kept."""


class Host:
    def __init__(self, code: str, places: list[tuple[int, int]], params: list[str]):
        self.lines, self.places, self.params = code.split("\n"), places, params
        self.names = identifiers(code)
        self.rng = random.Random(0)

    def weave(self, ctx: Context, cwe: str, family: str, flags: dict) -> Sample:
        """The host with the context's lines inside, for both sides."""
        number, indent = ctx.rng.choice(self.places)
        sides = {side: self._side(ctx, side, number, indent) for side in (BAD, GOOD)}
        return Sample(cwe, family, sides[BAD], sides[GOOD], flags)

    def _side(self, ctx: Context, side: str, number: int, indent: int) -> tuple[str, list[int]]:
        """Text of one side and its marked lines, the fragment inserted before line `number` of the host."""
        wanted = (BOTH, side)
        lines: list[tuple[str, bool]] = []
        if "$imports" in ctx.memo:
            lines += [(line, False) for line in sorted({i for s, i in ctx.imports if s in wanted})]
        lines += [(line, mark) for s, line, mark in ctx.tops if s in wanted]
        lines += [(line, False) for line in self.lines[: number - 1]]
        lines += [(" " * (indent + depth) + line, mark) for s, depth, line, mark in ctx.lines if s in wanted]
        lines += [(line, False) for line in self.lines[number - 1 :]]
        text: list[str] = []
        marked: list[int] = []
        for line, mark in lines:
            if mark:
                marked.append(len(text) + 1)
            text += line.split("\n")
        return "\n".join(text).rstrip() + "\n", marked


def _places(function) -> list[tuple[int, int]]:
    """Line and column before which a statement may be inserted."""
    out = []
    for node in ast.walk(function):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if not isinstance(block, list) or (
                node is not function and not isinstance(node, (ast.If, ast.For, ast.With, ast.Try))
            ):
                continue
            for i, s in enumerate(block):
                later = isinstance(s, ast.Return) or i > 0 or not isinstance(s, ast.Expr)
                chained = (
                    isinstance(node, ast.If) and block is node.orelse and len(block) == 1 and isinstance(s, ast.If)
                )
                if (
                    later
                    and not chained
                    and not getattr(s, "decorator_list", None)
                    and not isinstance(s, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
                ):
                    out.append((s.lineno, s.col_offset))
    return out


def _functions(code: str):
    tree = ast.parse(code)
    lines = code.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and 5 <= node.end_lineno - node.lineno + 1 <= 40:
            start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            text = textwrap.dedent("\n".join(lines[start - 1 : node.end_lineno]))
            if "\t" in text or ";" in text:
                continue
            try:
                function = ast.parse(text).body[0]
            except (SyntaxError, IndexError):
                continue
            places = _places(function)
            if places:
                yield Host(text, places, [a.arg for a in function.args.args if a.arg not in ("self", "cls")])


def load(folder: Path, seed: int, limit: int = LIMIT) -> list[Host]:
    """Hosts from the .py files under a folder, or from the `code` of a .jsonl file; the choice is fixed by the seed."""
    rng, hosts, seen = random.Random(seed), [], set()
    if folder.is_file():
        with folder.open() as file:
            rows = [json.loads(line) for line in file]
        texts = [(str(r.get("id", "")), r["code"]) for r in rows if r.get("label", "clean") == "clean"]
        texts.sort()
    else:
        texts = [(str(p), p) for p in sorted(folder.rglob("*.py"))]
    rng.shuffle(texts)
    for name, text in texts:
        if len(hosts) >= limit:
            break
        if any(u in name.lower() for u in UNSEEN):
            continue
        try:
            code = text if isinstance(text, str) else text.read_text("utf-8")
            found = list(_functions(code))
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for host in rng.sample(found, min(len(found), 12)):
            key = "\n".join(host.lines)
            if key not in seen and not any(u in key.lower() for u in UNSEEN):
                seen.add(key)
                hosts.append(host)
    return hosts[:limit]

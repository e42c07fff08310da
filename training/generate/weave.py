"""Real clean functions as hosts: a fragment is inserted before one of their statements, at any depth."""

from __future__ import annotations

import ast
import json
import random
import re
import textwrap
from pathlib import Path

from .engine import BAD, BOTH, GOOD, Context, Sample
from .flow import identifiers

UNSEEN = ("pyload", "octoprint", "modoboa", "vantage6")
LIMIT = 8000
"""Hosts that are kept."""
WEAK = re.compile(
    r"subprocess|os\.system|popen|shell=|eval\(|exec\(|pickle|yaml\.load|md5|sha1|verify=False|random\.|tempfile|/tmp|0\.0\.0\.0|http://|\.execute\("
    r"|password|secret|etree|minidom|urlopen|requests\.|chmod|mark_safe|Markup|innerHTML|extractall|set_cookie|assert_hostname|unverified|insecure|CERT_NONE|check_hostname|csrf_exempt|redirect\("
)
"""Functions that may have a weakness, or a hardly visible repair, of their own are no hosts."""
SPECIAL = re.compile(r"__(?!init__|call__)\w+__")


NOT_TEXT = re.compile(
    r"^(is|has|num|n|max|min|use|with|should|allow)_|(size|count|timeout|index|num|limit|flag|func|fn|callback|cls|obj|ctx|request|response"
    r"|args|kwargs|items|values|rows|list|dict|map|dtype|axis|shape|array|loop|session|client|conn|bytes|buf|verbose|force)$"
)
"""Parameters that hardly hold a text."""


class Host:
    """A real function. places: (line, column, places that are passed before it) before which a statement may stand."""

    def __init__(self, code: str, function: ast.FunctionDef | ast.AsyncFunctionDef):
        self.code, self.lines = code, code.split("\n")
        self.places = _places(function.body, (), self.lines)
        self.names = identifiers(code)
        self.asynchronous = isinstance(function, ast.AsyncFunctionDef)
        params = [a.arg for a in function.args.args]
        self.method = params[:1] == ["self"]
        stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        asked = {
            n.id
            for test in ast.walk(function)
            if isinstance(test, (ast.If, ast.While, ast.IfExp, ast.Assert))
            for n in ast.walk(test.test)
            if isinstance(n, ast.Name)
        }
        # What the function tests itself may be harmless where the fragment stands.
        self.values = [
            a.arg
            for a in function.args.args
            if a.arg not in stored | asked | {"self", "cls"}
            and len(a.arg) > 2
            and not NOT_TEXT.search(a.arg)
            and (a.annotation is None or ast.unparse(a.annotation) in ("str", "Optional[str]", "str | None", "AnyStr"))
        ]

    def weave(self, ctx: Context, cwe: str, family: str, flags: dict) -> Sample:
        """The host with the context's lines inside, for both sides; the value may be taken earlier than it is used."""
        late = ctx.rng.choice(self.places)
        early = ctx.rng.choice(late[2]) if ctx.cut and late[2] and ctx.rng.random() < 0.7 else late
        sides = {side: self._side(ctx, side, early, late) for side in (BAD, GOOD)}
        return Sample(cwe, family, sides[BAD], sides[GOOD], flags)

    def _side(self, ctx: Context, side: str, early, late) -> tuple[str, list[int]]:
        """Text of one side and its marked lines."""
        wanted = (BOTH, side)
        lines: list[tuple[str, bool]] = [(line, mark) for s, line, mark in ctx.tops if s in wanted]
        cut = ctx.cut if early is not late else 0
        parts = (ctx.lines[:cut], early), (ctx.lines[cut:], late)
        done = 0
        for fragment, (number, indent, *_) in parts:
            lines += [(line, False) for line in self.lines[done : number - 1]]
            lines += [(" " * (indent + depth) + line, mark) for s, depth, line, mark in fragment if s in wanted]
            done = number - 1
        lines += [(line, False) for line in self.lines[done:]]
        text: list[str] = []
        marked: list[int] = []
        for line, mark in lines:
            if mark:
                marked.append(len(text) + 1)
            text += line.split("\n")
        return "\n".join(text).rstrip() + "\n", marked


def _places(block: list, above: tuple, lines: list[str]) -> list[tuple]:
    """Where a statement may be inserted in a block and the blocks in it."""
    out, here = [], above
    for i, s in enumerate(block):
        docstring = i == 0 and isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)
        starts = min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", ()))])
        if not docstring and not lines[starts - 1][: s.col_offset].strip():
            place = (starts, s.col_offset, here)
            out.append(place)
            here = (*here, place)
        if isinstance(s, (ast.If, ast.For, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)):
            out += _places(s.body, here, lines)
            other = getattr(s, "orelse", [])
            if not (isinstance(s, ast.If) and len(other) == 1 and isinstance(other[0], ast.If)):
                out += _places(other, here, lines)
    return out


def _functions(code: str):
    tree = ast.parse(code)
    lines = code.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and 4 <= node.end_lineno - node.lineno + 1 <= 45:
            start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            text = textwrap.dedent("\n".join(lines[start - 1 : node.end_lineno]))
            if "\t" in text or ";" in text or WEAK.search(text):
                continue
            try:
                function = ast.parse(text).body[0]
            except (SyntaxError, IndexError):
                continue
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if function.name.startswith(("test", "assert")) or SPECIAL.fullmatch(function.name):
                continue
            if len((ast.get_docstring(function) or "").split("\n")) > 4:
                continue
            host = Host(text, function)
            if host.places:
                yield host


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
        for host in rng.sample(found, min(len(found), 8)):
            key = "\n".join(host.lines)
            if key not in seen and not any(u in key.lower() for u in UNSEEN):
                seen.add(key)
                hosts.append(host)
    return hosts[:limit]

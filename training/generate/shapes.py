"""The tables' language: a sink or a missing guard, written as a small diff.

    == name [frame ...] [only]      a shape; `frame` limits where it stands (raw: it is complete; module: no function)
    i import x                      an import that its code needs
    u conn=expr                     an object that it uses: a parameter, or set up by that expression
    t text with {}                  a string in which the value is embedded; several lines are alternatives; `$e` is the built string
    p ?                             what stands for the value in `$q`, the same text with a placeholder
    = code / - code / + code        on both sides / only vulnerable / only fixed; `#!` marks the weak line

Other words: `$v` the value, `$r` the result, `$bail` the frame's way to refuse, `[[a||b]]` one of several, `$noun`, `$key2`… from the pools.
Fixes are blocks: `> expression` (the cleaned value) or `? statement` lines (a guard), with `i` lines; WRONG holds expressions that do not help.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Shape:
    cwe: str
    name: str
    frames: tuple[str, ...] = ()
    only: bool = False
    imports: list[str] = field(default_factory=list)
    uses: list[tuple[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    holder: str = ""
    body: list[tuple[str, str, bool]] = field(default_factory=list)

    def side(self, sign: str) -> list[tuple[str, bool]]:
        """Template lines of one side, each with whether it is marked."""
        lines = [(text, mark) for s, text, mark in self.body if s in ("=", sign)]
        return lines if sign == "-" else [(text, False) for text, _ in lines]

    @property
    def flow(self) -> bool:
        return any(re.search(r"\$[ev]\b", text) for _, text, _ in self.body)

    @property
    def has_fix(self) -> bool:
        return any(s != "=" for s, _, _ in self.body)

    @property
    def text(self) -> str:
        return "\n".join(text for _, text, _ in self.body)


@dataclass
class Fix:
    lines: list[str] = field(default_factory=list)
    expression: str = ""
    imports: list[str] = field(default_factory=list)


def parse_shapes(cwe: str, table: str) -> list[Shape]:
    shapes: list[Shape] = []
    for line in table.split("\n"):
        if not line.strip():
            continue
        kind, rest = (line[:2], line[3:]) if line.startswith("==") else (line[0], line[2:])
        if kind == "==":
            name, *words = rest.split()
            shapes.append(Shape(cwe, name, tuple(w for w in words if w != "only"), "only" in words))
            continue
        shape = shapes[-1]
        if kind == "i":
            shape.imports.append(rest)
        elif kind == "u":
            shape.uses.append(tuple(rest.split("=", 1)))
        elif kind == "t":
            shape.texts.append(rest)
        elif kind == "p":
            shape.holder = rest
        elif kind in "=-+":
            mark = rest.rstrip().endswith("#!")
            shape.body.append((kind, rest.rstrip()[:-2].rstrip() if mark else rest.rstrip(), mark))
        else:
            raise ValueError(f"{cwe}: {line}")
    for shape in shapes:
        if not any(mark for _, _, mark in shape.body):
            weak = next((i for i, (s, t, _) in enumerate(shape.body) if s != "+" and re.search(r"\$e\b", t)), None)
            if weak is None:
                weak = next((i for i, (s, _, _) in enumerate(shape.body) if s == "-"), None)
            if weak is None:
                weak = next((i for i, (s, t, _) in enumerate(shape.body) if s != "+" and re.search(r"\$v\b", t)), None)
            if weak is None:
                raise ValueError(f"{cwe} {shape.name}: no weak line")
            s, t, _ = shape.body[weak]
            shape.body[weak] = (s, t, True)
    return shapes


def parse_fixes(table: str) -> list[Fix]:
    fixes = []
    for block in re.split(r"\n\s*\n", table.strip("\n")):
        fix = Fix()
        for line in filter(str.strip, block.split("\n")):
            if line[0] == "i":
                fix.imports.append(line[2:])
            elif line[0] == ">":
                fix.expression = line[2:]
            elif line[0] == "?":
                fix.lines.append(line[2:])
            else:
                raise ValueError(line)
        if fix.expression or fix.lines:
            fixes.append(fix)
    return fixes

"""Puts a sample together: frame × source × steps × fix × sink × surroundings, both sides of a pair at once."""

from __future__ import annotations

import ast
import builtins
import difflib
import random
import re
from functools import cache

from .classes import CLASSES
from .flow import STEPS, build, identifiers, literal
from .frames import FRAMES, WOVEN
from .pools import DERIVED, POOLS, derived
from .shapes import Fix, Shape
from .split import split_of
from .surroundings import BODIES, FUNCTIONS, STATEMENTS

FRESH = {"local", "res", "fn", "class", "const"}
WORD = re.compile(r"\$([a-z]+)(\d*)")
REFUSAL = re.compile(r"(?m)^( *)\$bail$")
CHOICE = re.compile(r"\[\[(.*?)\]\]")
BOTH, BAD, GOOD = "both", "bad", "good"
FUNCTION_FRAMES = ("plain", "plain", "method", "method", "script", "flask", "django", "celery", "command", "webhook")
SPARE = (
    "$local = len($v)",
    "$local = bool($v)",
    '$local = $v == "$word"',
    '$local = {"$key": $v, "$key2": $num}',
    'stats["$noun"] = len($v)',
    "seen.add($v)",
    '$local = [$v, "$noun"]',
    "$local = hash($v) % $num",
    'assert $v is not None, "$phrase"',
    "history.append($v)",
    "last_$key = $v",
)
"""Uses of a value without a weakness of any class."""
CONSTANTS = ('"$word"', '"$noun"', '"$noun"', "settings.DEFAULT_$upper", '"$noun_$key"', '"$key"')
CHECKS = (
    'logger.warning("$log", "$noun")',
    'logger.info("$log", "$noun")',
    'warnings.warn("$phrase")',
    'logger.debug("$log", "$key")',
)
"""What a check does that does not stop anything."""
LINES, PLACES = {"CWE-93", "CWE-113", "CWE-117"}, {"CWE-601", "CWE-918"}
"""Classes whose values are harmless without line breaks, and without what stands before a colon."""
NUMBER = re.compile(r"(?:int|float)\(")
RAISING = re.compile(r"\b(int|float|UUID|fromisoformat|ip_address|literal_eval)\(|\]$")
"""Cleanings that refuse by an exception: whoever drops their result has checked all the same."""
BUILTINS = set(dir(builtins))
AMBIENT = {
    "app", "api", "bp", "cache", "celery", "config", "current_user", "db", "event", "flask", "log", "logger", "metrics", "os", "re", "request",
    "router", "routes", "self", "settings", "signals", "stats", "time",
}  # fmt: skip
"""Names that a module usually has."""


class Context:
    """What has been written so far, which names are taken, and what each placeholder stands for."""

    def __init__(self, rng: random.Random, reserved: set[str]):
        self.rng, self.used = rng, set(reserved) | {"request", "self", "logger", "settings"}
        self.memo: dict[str, str] = {}
        self.lines: list[tuple[str, int, str, bool]] = []
        self.tops: list[tuple[str, str, bool]] = []
        self.imports: list[tuple[str, str]] = []
        self.side, self.indent, self.bails = BOTH, 0, ("return None",)
        self.alias: dict[str, str] = {}
        self.neighbours: list[str] = []
        self.cut = 0
        self.part = "train"

    def fresh(self, *names: str) -> str:
        name = self.rng.choice(names)
        for number in ["", "", *range(2, 99)]:
            made = f"{name}{'_' if number and name[-1].isdigit() else ''}{number}"
            if made not in self.used:
                break
        self.used.add(made)
        return made

    def draw(self, kind: str) -> str:
        if kind == "upper":
            return self.rng.choice(POOLS["noun"]).upper()
        made = derived(kind, self.rng) if kind in DERIVED else self.rng.choice(POOLS[kind])
        return self.fresh(made) if kind in FRESH else made

    def sub(self, text: str, memo: dict[str, str] | None = None, **given: str) -> str:
        """The template's text with choices made and placeholders filled; the same word gives the same text again."""
        memo = self.memo if memo is None else memo

        def choose(m):
            if m[0] not in memo:
                memo[m[0]] = self.rng.choice(m[1].split("||"))
            return memo[m[0]]

        def fill(m):
            kind, number = m[1], m[2]
            if kind in given:
                return given[kind]
            rest = ""
            while kind not in POOLS and kind not in DERIVED and kind not in given and kind != "upper":
                # `$noun_done` is `$noun` and `_done`: the expression stops at the underscore; here `$nouns` is `$noun` and `s`.
                kind, rest, number = kind[:-1], kind[-1] + rest, ""
                if not kind:
                    raise KeyError(m[0])
            key = f"{kind}{number}"
            if key not in memo:
                memo[key] = given[kind] if kind in given else self.draw(kind)
            return memo[key] + rest + (m[2] if rest else "")

        text = CHOICE.sub(choose, text)
        if "$bail" in text:
            if "bail" not in memo:
                memo["bail"] = self.rng.choice(self.bails)
            bail = memo["bail"].split("\n")
            text = REFUSAL.sub(lambda m: "\n".join(m[1] + line for line in bail), text)
            text = CHOICE.sub(choose, text)
        return WORD.sub(fill, text).replace("§", "$")

    def aliased(self, text: str) -> str:
        for name, other in self.alias.items():
            text = re.sub(rf"(?<![\w.\"'$]){name}(?![\w\"']|\s*=[^=])", other, text)
        return text

    def emit(self, text: str, mark: bool = False, extra: int = 0) -> None:
        for line in text.split("\n"):
            stripped = line.lstrip()
            self.lines.append((self.side, self.indent + extra + len(line) - len(stripped), stripped, mark))

    def top(self, text: str, mark: bool = False) -> None:
        self.tops.append((self.side, text, mark))

    def needs(self, *imports: str) -> None:
        self.imports += [(self.side, i) for i in imports]

    def noise(self, chance: float) -> None:
        while self.rng.random() < chance:
            chance /= 2
            if self.rng.random() < 0.15:
                lines = self.calm()
                if lines:
                    self.emit("\n".join(lines))
                    continue
            self.emit(self.sub(self.rng.choice(STATEMENTS), {}))

    def spare(self, name: str) -> None:
        """A use of a value that harms nobody."""
        self.emit(self.sub(self.rng.choice(SPARE), {}, v=name))

    def constant(self) -> str:
        """An expression whose value nobody outside decides."""
        made = self.sub(self.rng.choice(CONSTANTS), {})
        if self.rng.random() < 0.3:
            name = self.draw("const")
            self.top(f"{name} = {made}")
            return name
        return made

    def calm(self) -> list[str]:
        """The fixed side of some other class, as an ordinary neighbour."""
        shapes = calm_shapes(self.part)
        if not shapes:
            return []
        shape = self.rng.choice(shapes)
        lines = [text for text, _ in shape.side("+")]
        names = {m[1] for line in lines for m in re.finditer(r"\b(\w+)\s*=(?!=)", line)} | {
            m[1] for line in lines for m in re.finditer(r"\bas (\w+)", line)
        }
        if names & self.used:
            return []
        self.used |= names
        memo: dict[str, str] = {}
        return [self.sub(line, memo, r=memo.setdefault("r", self.fresh(*POOLS["res"]))) for line in lines]


@cache
def calm_shapes(part: str) -> list[Shape]:
    """Shapes of one split whose fixed side is an ordinary neighbour."""
    out = []
    for group in CLASSES:
        for shape in group.shapes:
            text = "\n".join(t for t, _ in shape.side("+"))
            if (
                not shape.flow
                and not shape.frames
                and group.calm
                and not re.search(r"\b(return|await|yield|self|def|class|async)\b|\$bail|\$v", text)
                and text
                and len(shape.body) <= 5
                and not shape.uses
                and split_of(f"{group.cwe}/{shape.name}") == part
            ):
                out.append(shape)
    return out


class Sample:
    """Both sides, each with its text and its labelled lines, and how it was made."""

    def __init__(self, cwe: str, family: str, bad, good, flags: dict):
        self.cwe, self.family, self.flags = cwe, family, flags
        self.bad, self.bad_lines = bad
        self.good, _ = good
        old, new = self.bad.split("\n"), self.good.split("\n")
        self.good_lines = [
            j + 1
            for tag, _, _, a, b in difflib.SequenceMatcher(None, old, new, False).get_opcodes()
            if tag != "equal"
            for j in range(a, b)
            if new[j].strip()
        ]


def choose_frame(rng, shape: Shape, group):
    if shape.frames:
        names = [n for n in shape.frames if n in FRAMES]
        return FRAMES[rng.choice(names)] if names else None
    if not shape.flow:
        return FRAMES[rng.choice(FUNCTION_FRAMES)]
    frames = [f for f in FRAMES.values() if group.plain or f.outside]
    if "await " in shape.text or "async " in shape.text:
        frames = [f for f in frames if f.can_async or f.always_async]
    return rng.choices(frames, [f.weight for f in frames])[0]


def weavable(shape: Shape, host) -> bool:
    """Whether the shape's lines may stand in the middle of a real function."""
    return (
        (not shape.frames or bool({"plain", "method", "script"} & set(shape.frames)))
        and not re.search(r"\b(return|self|yield|def|class)\b", shape.text)
        and (host.asynchronous or not re.search(r"\b(await|async)\b", shape.text + " ".join(e for _, e in shape.uses)))
    )


def compose(
    rng: random.Random, group, shape: Shape, host=None, constant: bool = False, neighbours: tuple[str, ...] = ()
) -> Sample | None:
    """One sample of the shape. `host` is a function that it is woven into, `neighbours` stand around it, and `constant`
    makes the value harmless on both sides."""
    if host and not weavable(shape, host):
        return None
    if shape.frames in (("raw",), ("module",)):
        return complete(rng, group, shape, neighbours)
    frame = (
        WOVEN
        if host
        else FRAMES[rng.choice(("plain", "method", "script", "command"))]
        if constant and not shape.frames
        else choose_frame(rng, shape, group)
    )
    reserved = identifiers(
        shape.text + " ".join(n + " " + e for n, e in shape.uses) + " ".join(shape.imports)
    ) | identifiers(" ".join(frame.params + frame.heads + frame.tails + frame.bails))
    ctx = Context(rng, reserved | (host.names if host else set()))
    ctx.bails, ctx.neighbours = frame.bails, list(neighbours)
    ctx.part = split_of(f"{group.cwe}/{shape.name}")
    ctx.needs(*frame.imports, *shape.imports)
    asynchronous = (
        frame.always_async
        or "await " in shape.text
        or "async " in shape.text
        or (frame.can_async and rng.random() < 0.3)
    )
    typed = rng.random() < 0.35
    value, params = place(ctx, frame, shape, typed, constant, host, group.plain)
    flags = {"constant": constant, "fix": "own", "woven": bool(host)}
    kind = "woven" if host else "function" if not shape.flow else "direct"
    quiet = 0.3 if host else 0.8
    ctx.noise(0.35 * quiet)
    if shape.flow:
        kind, flags = flow(ctx, rng, group, shape, frame, value, constant, flags)
    else:
        put(ctx, shape, "", BAD, "-")
        put(ctx, shape, "", GOOD, "+")
    ends = shape.body[-1][1].lstrip().startswith(("return", "raise"))
    result = ctx.memo.get("r")
    if ends:
        if ctx.indent:
            ctx.indent = 0
            ctx.emit(ctx.sub("$bail"))
    else:
        ctx.noise(0.25 * quiet)
        ctx.indent = 0
        if not host or result and rng.random() < 0.4:
            finish(ctx, frame, result)
    supply(ctx, shape, frame, params, host)
    if host:
        return host.weave(ctx, group.cwe, f"{group.cwe}/{shape.name}/woven", flags)
    lines = header(ctx, frame, params, asynchronous)
    show = rng.random() < 0.55
    text = {
        side: assemble(ctx, side, lines, show, random.Random(ctx.memo.setdefault("seed", str(rng.random()))))
        for side in (BAD, GOOD)
    }
    if not shape.flow:
        kind = frame.name
    return Sample(group.cwe, f"{group.cwe}/{shape.name}/{kind}", text[BAD], text[GOOD], flags)


def finish(ctx: Context, frame, result: str | None) -> None:
    """The function's last line."""
    rng = ctx.rng
    if result or rng.random() < 0.6:
        plain = rng.choice(('"ok"', "True", f'"{ctx.draw("noun")}"', ctx.draw("num"), "{}"))
        ctx.emit(ctx.sub(rng.choice(frame.tails), r=result or plain))
    elif not ctx.lines:
        ctx.emit("pass")


def supply(ctx: Context, shape: Shape, frame, params: list[str], host) -> None:
    """Gives what the fragment reads and nothing defines a place to come from."""
    rng = ctx.rng
    read = identifiers(shape.text)
    names = [n for n in unknown(ctx, params) if n in read and (not host or n not in host.names)]
    if host:
        if host.method:
            made = [f"{n} = self.{n}" for n in names if rng.random() < 0.6]
            ctx.lines[:0] = [(BOTH, 0, line, False) for line in made]
            ctx.cut += len(made)
    elif frame.name in ("plain", "method"):
        for name in names:
            if rng.random() < 0.75:
                params.insert(1 if params[:1] == ["self"] else 0, name)


def unknown(ctx: Context, params: list[str]) -> list[str]:
    """Lower-case names that the lines read without a definition in sight."""
    known = BUILTINS | AMBIENT | identifiers(" ".join(params) + " ".join(i for _, i in ctx.imports))
    for _, text, _ in ctx.tops:
        known |= {m[1] for m in re.finditer(r"^(?:async def |def |class )?(\w+)", text)}
    found: dict[str, None] = {}
    for side in (BAD, GOOD):
        body = "\n".join("  " + " " * depth + text for s, depth, text, _ in ctx.lines if s in (BOTH, side))
        try:
            tree = ast.parse(f"async def f():\n{body}\n  pass")
        except SyntaxError:
            return []
        nodes = list(ast.walk(tree))
        bound = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        bound |= {n.arg for n in nodes if isinstance(n, ast.arg)} | {getattr(n, "name", None) for n in nodes}
        bound |= {(n.asname or n.name).split(".")[0] for n in nodes if isinstance(n, ast.alias)}
        for n in nodes:
            if isinstance(n, ast.Name) and n.id not in bound | known and n.id == n.id.lower():
                found[n.id] = None
    return [n for n in found if n != ctx.memo.get("value")]


def place(ctx: Context, frame, shape: Shape, typed: bool, constant: bool, host, plain: bool) -> tuple[str, list[str]]:
    """Decides where the value and the shape's objects come from; returns the value's name and the parameters."""
    rng, params = ctx.rng, [ctx.sub(p) for p in frame.params]
    flexible = frame.name in ("plain", "method")
    if frame.name == "plain" and (shape.flow and rng.random() < 0.85 or not shape.flow):
        params = []
    if rng.random() < 0.6:
        ctx.memo["named"] = rng.choice(POOLS["key"])
        value = ctx.fresh(ctx.memo["named"])
    else:
        value = ctx.fresh(*POOLS["local"])
    path = (
        not constant
        and shape.flow
        and frame.path_heads
        and (rng.random() < (0.8 if flexible or frame.name == "celery" else 0.35))
    )
    if host and shape.flow and plain and not constant and host.values and rng.random() < 0.7:
        value, ctx.memo["path"] = rng.choice(host.values), "1"
    ctx.memo["value"] = value
    if path:
        ctx.memo["path"] = "1"
        if flexible:
            params.append(f"{value}: str" if typed else value)
    for name, expression in shape.uses:
        way = rng.random()
        if flexible and way < 0.55:
            params.insert(1 if frame.params[:1] == ("self",) and params else 0, name)
        elif frame.cls and frame.params[:1] == ("self",) and way < 0.3:
            ctx.alias[name] = "self." + name
        elif host and host.method and way < 0.4:
            ctx.alias[name] = "self." + name
        elif way < 0.6 or host or "await" in expression:
            ctx.emit(ctx.sub(f"{name} = {rng.choice(expression.split('||'))}"))
        elif way < 0.85 and "await" not in expression:
            ctx.top(ctx.sub(f"{name} = {rng.choice(expression.split('||'))}"))
    if not shape.flow and flexible and not params[len(frame.params) :] and rng.random() < 0.6:
        params += [ctx.fresh(*POOLS["noun"]) + (": str" if typed else "")]
        if rng.random() < 0.3:
            params.append(ctx.fresh(*POOLS["key"]) + f"={rng.choice(('None', 'False', ctx.draw('num')))}")
    if rng.random() < 0.15 and flexible:
        params.append(
            ctx.fresh("limit", "verbose", "dry_run", "strict", "retries")
            + "="
            + rng.choice(("None", "0", "False", "10"))
        )
    return value, params


def source(ctx: Context, frame, value: str, constant: bool) -> None:
    """Where the value comes from."""
    if constant:
        ctx.emit(f"{value} = {ctx.constant()}")
    elif "path" not in ctx.memo:
        given = {"key": ctx.memo["named"]} if "named" in ctx.memo else {}
        expression = ctx.sub(ctx.rng.choice(frame.sources), **given)
        if "json.loads" in expression:
            ctx.needs("import json")
        ctx.emit(f"{value} = {expression}")


def modes(ctx: Context, group, shape: Shape, constant: bool, host: bool) -> dict[str, float]:
    """How the sides may differ, each with its weight.

    own: the shape's own repair; cross: both the weak and the repaired call stand on both sides, and the outside value goes
    to the one or the other; guard: a check or a cleaned value; late: the check comes too late; logged: the check stops
    nothing; which: another value is checked; dead: the cleaned value is dropped; copy: the raw value is used beside the
    cleaned one; wrong: cleaned for another kind of sink; swap: the sink gets the outside value or a constant; overwrite
    and order: a constant replaces the value, or is replaced by it.
    """
    fixes = [] if shape.only else group.fixes
    open_end = not re.search(r"\breturn\b|\braise\b", shape.text) and not any(
        t.startswith("^") for _, t, _ in shape.body
    )
    expressions = any(f.expression and not RAISING.search(f.expression) for f in fixes)
    guards = any(any("$bail" in line for line in f.lines) for f in fixes)
    found = {
        "own": 3.0 * shape.has_fix,
        "cross": 4.0 * (shape.has_fix and not shape.only and open_end),
        "guard": 2.5 * bool(fixes),
        "late": 2.0 * (guards and open_end),
        "logged": 1.5 * guards,
        "which": 3.0 * bool(fixes),
        "dead": 1.0 * expressions,
        "copy": 2.0 * expressions,
        "wrong": 2.0 * bool(fixes and group.wrong) + 1.0 * bool(group.wrong and shape.has_fix and not shape.only),
        "swap": 2.5 * (not shape.only),
        "overwrite": 0.3 * (not shape.only),
        "order": 1.0 * (not shape.only and "path" not in ctx.memo),
    }
    if constant:
        calm = {k: w for k, w in found.items() if k in ("own", "guard") and w}
        return calm or {"overwrite": 1.0}
    return {k: w for k, w in found.items() if w}


def flow(ctx: Context, rng, group, shape: Shape, frame, value: str, constant: bool, flags: dict):
    """Source, steps, fix and sink."""
    found = modes(ctx, group, shape, constant, flags["woven"])
    if not found:
        raise ValueError(f"{shape.cwe} {shape.name} has no fix")
    mode = flags["fix"] = rng.choices(list(found), list(found.values()))[0]
    word = ctx.constant()
    other = ctx.fresh(*POOLS["local"], *POOLS["key"]) if mode in ("cross", "swap", "which") else ""
    if mode == "which":
        # A constant would fail its check always, or never.
        word = ctx.sub(rng.choice(frame.sources), {})
    if other and rng.random() < 0.5:
        ctx.emit(f"{other} = {word}")
        word = ""
    if mode == "order":
        ctx.side = BAD
        ctx.emit(f"{value} = {word}")
        ctx.side = BOTH
        source(ctx, frame, value, constant)
        ctx.side = GOOD
        ctx.emit(f"{value} = {word}")
        ctx.side = BOTH
    else:
        source(ctx, frame, value, constant)
    if other and word:
        ctx.emit(f"{other} = {word}")
    ctx.noise(0.06 if flags["woven"] else 0.2)
    kind = "direct"
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        options = [
            s
            for s in STEPS
            if (s[0] != "attribute" or frame.params[:1] == ("self",))
            and (shape.has_fix or s[0] != "loop" or not constant)
            and not (shape.cwe in LINES and "splitlines" in "".join(s[2]))
            and not (shape.cwe in PLACES and '":"' in "".join(s[2]))
        ]
        step = rng.choices(options, [s[1] for s in options])[0]
        value, moved = walk(ctx, step, value, shape)
        if step[0] != "direct" and (kind in ("direct", "local")):
            kind = step[0]
        if moved:
            break
        ctx.noise(0.03 if flags["woven"] else 0.1)
    if not value.isidentifier():
        name = ctx.fresh(*POOLS["local"])
        ctx.emit(f"{name} = {value}")
        value = name
    if not ctx.indent:
        ctx.cut = len(ctx.lines)
    inner = (
        rng.random() < 0.12
        and mode in ("own", "guard")
        and not re.search(r"\b(return|self|await|request|async)\b|\$bail", shape.text)
        and not ctx.alias
        and not flags["woven"]
    )
    plan = repair(ctx, rng, group, shape, mode, value, other, word)
    ctx.noise(0.05 if flags["woven"] else 0.12)
    if "$r" in shape.text:
        ctx.memo.setdefault("r", ctx.fresh(*POOLS["res"]))
        ctx.memo["r2"] = ctx.fresh(*POOLS["res"])
    sink(ctx, rng, shape, plan, inner)
    if plan.after:
        late(ctx, plan.after, value)
    if mode in ("swap", "copy") and plan.spare:
        for side, name in ((BAD, plan.spare[0]), (GOOD, plan.spare[1])):
            ctx.side = side
            ctx.emit(ctx.sub(plan.spare[2], {k: v for k, v in plan.spare[3].items()}, v=name))
        ctx.side = BOTH
    if mode in ("which", "cross") and other and rng.random() < 0.5:
        ctx.spare(other)
    return "callee" if inner else kind, flags


class Plan:
    """What each side's sink gets: signs and values; `after` is a check that the vulnerable side makes too late."""

    def __init__(self, bad: list[tuple[str, str]], good: list[tuple[str, str]]):
        self.bad, self.good = bad, good
        self.after: Fix | None = None
        self.spare: tuple[str, str, str, dict] | None = None


def repair(ctx: Context, rng, group, shape: Shape, mode: str, value: str, other: str, word: str) -> Plan:
    """Emits what differs before the sink."""
    if mode == "cross":
        order = rng.random() < 0.5
        sides = [("-", value), ("+", other)], [("-", other), ("+", value)]
        return Plan(*(side if order else side[::-1] for side in sides))
    if mode == "swap":
        plan = Plan([("-", value)], [("-", other)])
        plan.spare = (other, value, rng.choice(SPARE), {})
        plan.spare[3].update(shared_memo(ctx, plan.spare[2]))
        return plan
    if mode == "overwrite":
        ctx.side = GOOD
        ctx.emit(f"{value} = {word}")
        ctx.side = BOTH
    own = Plan([("-", value)], [("+" if mode == "own" else "-", value)])
    if mode == "wrong":
        text, imports = rng.choice(group.wrong)
        ctx.needs(*imports)
        lone = not text.startswith("?")
        line = f"{value} = {text}" if lone else text[1:].strip().replace("\\n", "\n")
        ctx.emit(ctx.sub(line, v=value))
        if shape.only or not group.fixes or shape.has_fix and rng.random() < 0.4:
            return Plan([("-", value)], [("+", value)])
    if mode in ("own", "overwrite", "order"):
        return own
    usable = [
        f
        for f in group.fixes
        if (mode not in ("dead", "copy") or f.expression and not RAISING.search(f.expression))
        and (mode not in ("late", "logged") or any("$bail" in line for line in f.lines))
    ]
    fix = rng.choice(usable)
    for name in fix.imports:
        ctx.side = BOTH if mode != "guard" or rng.random() < 0.7 else GOOD
        ctx.needs(name)
    ctx.side = BOTH
    if NUMBER.match(fix.expression):
        ctx.memo["number"] = "1"
    if mode == "copy":
        checked = ctx.fresh(
            "checked", "final", "prepared", "normal", "stripped", "current", "clean_" + value, value + "_out"
        )
        ctx.emit(f"{checked} = {ctx.sub(fix.expression, v=value)}")
        own = Plan([("-", value)], [("-", checked)])
        if rng.random() < 0.7:
            spare = rng.choice(SPARE)
            own.spare = (checked, value, spare, shared_memo(ctx, spare))
    elif mode == "dead":
        expression, name = ctx.sub(fix.expression, v=value), ctx.fresh("prepared", "normal", "other", "shown", "tidy")
        bad = expression if rng.random() < 0.3 else f"{name} = {expression}"
        ctx.side = BAD
        ctx.emit(bad)
        ctx.side = GOOD
        ctx.emit(f"{value} = {expression}")
    elif mode == "late":
        own.after = fix
        ctx.side = GOOD
        apply(ctx, fix, value)
    elif mode == "logged":
        weak = ctx.sub(rng.choice(CHECKS), {})
        ctx.side = BAD
        apply(ctx, fix, value, bail=weak)
        ctx.side = GOOD
        apply(ctx, fix, value)
    else:
        if mode == "which":
            ctx.side = BAD
            apply(ctx, fix, other)
        ctx.side = GOOD
        apply(ctx, fix, value)
    ctx.side = BOTH
    return own


def shared_memo(ctx: Context, text: str) -> dict[str, str]:
    """Fillings of a text that both sides use."""
    memo: dict[str, str] = {}
    ctx.sub(text, memo, v="v")
    return memo


def apply(ctx: Context, fix: Fix, value: str, bail: str = "") -> None:
    """A repair of the value before its sink."""
    if fix.expression:
        ctx.emit(f"{value} = {ctx.sub(fix.expression, v=value)}")
    for line in fix.lines:
        line = line.replace("$bail", bail) if bail else line
        if line.startswith("^"):
            ctx.top(ctx.sub(line[1:].lstrip(), v=value))
        else:
            ctx.emit(ctx.sub(line, v=value))


def late(ctx: Context, fix: Fix, value: str) -> None:
    """The check of the fixed side, after the sink."""
    ctx.side = BAD
    apply(ctx, fix, value)
    ctx.side = BOTH


def sink(ctx: Context, rng, shape: Shape, plan: Plan, inner: bool) -> None:
    """The shape's lines of both sides, in place or in a function that is called."""
    seed, depth, drawn = rng.random(), ctx.indent, ctx.rng
    call = (ctx.fresh(ctx.draw("fn")), ctx.fresh(*POOLS["local"])) if inner else None
    taken = set(ctx.used)
    for side, steps in ((BAD, plan.bad), (GOOD, plan.good)):
        # The same draws on both sides, so that names do not tell them apart.
        ctx.used, ctx.rng, ctx.side = set(taken), random.Random(seed), side
        keep, ctx.lines = ctx.lines, []
        if call:
            ctx.indent = 4
        for number, (sign, current) in enumerate(steps):
            if len(steps) > 1:
                ctx.memo["text"] = ctx.memo.get(f"text{sign}", "") or draw_text(ctx, shape, sign)
            put(
                ctx,
                shape,
                call[1] if call else current,
                side,
                sign,
                random.Random(f"{seed}{number}"),
                second=number > 0,
            )
        made, ctx.lines = ctx.lines, keep
        if not call:
            ctx.lines += made
            continue
        ctx.indent, ctx.side = depth, side
        result, objects = ctx.memo.get("r"), [n for n, _ in shape.uses]
        ctx.top(f"def {call[0]}({', '.join([*objects, call[1]])}):")
        for _, indent, text, mark in made:
            ctx.top(" " * indent + text, mark)
        if result:
            ctx.top(f"    return {result}")
        ctx.emit((f"{result} = " if result else "") + f"{call[0]}({', '.join([*objects, steps[0][1]])})")
    ctx.rng, ctx.side = drawn, BOTH


def draw_text(ctx: Context, shape: Shape, sign: str) -> str:
    """A text of the shape for one of two calls; kept, so that both sides have it."""
    if not shape.texts:
        return ""
    ctx.memo[f"text{sign}"] = ctx.sub(ctx.rng.choice(shape.texts), {})
    return ctx.memo[f"text{sign}"]


def walk(ctx: Context, step, value: str, shape: Shape) -> tuple[str, bool]:
    """Applies a step; returns the new value's expression and whether a block was opened."""
    _, _, template = step
    names: dict[str, str] = {}
    new, opened = value, False
    for line in template:
        if line.startswith("i "):
            ctx.needs(line[2:])
            continue
        if "$w" in line and "w" not in names:
            names["w"] = ctx.fresh(*POOLS["local"])
        if "$x" in line and "x" not in names:
            names["x"] = ctx.fresh(
                "items", "parts", "params", "opts", "values", "payload", "options", "pair", "job", "fields", "index"
            )
        if "$h" in line and "h" not in names:
            names["h"] = ctx.draw("fn")
        if re.search(r"\$C\b", line) and "C" not in names:
            names["C"] = ctx.draw("class")
        memo = names.setdefault("memo", {})  # type: ignore[arg-type]
        given = {k: v for k, v in names.items() if k != "memo"}
        text = ctx.sub(line.replace("$C", given.get("C", "$C")), memo, v=value, **given)
        if text.startswith("^ "):
            ctx.top(text[2:])
        elif text.startswith("= "):
            new = text[2:]
        elif text.startswith("> "):
            if "$r" in shape.text:
                ctx.memo.setdefault("r", ctx.fresh(*POOLS["res"]))
                ctx.emit(ctx.memo["r"] + " = None")
            ctx.emit(text[2:])
            ctx.indent += 4
            opened = True
        else:
            ctx.emit(text)
    return names["w"] if "w" in names and not any(line.startswith("= ") for line in template) else new, opened


def put(ctx: Context, shape: Shape, value: str, side: str, sign: str, rng=None, second: bool = False) -> None:
    """Writes the shape's lines of one sign; `second` if its result must not hide that of an earlier call."""
    ctx.side, given = side, {"v": value}
    lines = shape.side(sign)
    if "$r" in shape.text:
        given["r"] = ctx.memo["r2"] if second else ctx.memo.setdefault("r", ctx.fresh(*POOLS["res"]))
    if shape.texts:
        if not ctx.memo.get("text"):
            ctx.memo["text"] = ctx.sub(ctx.rng.choice(shape.texts))
        text = ctx.memo["text"]
        if any("$q" in line for line, _ in lines):
            holder = shape.holder
            whole = (
                re.sub(r"'%?\{\}%?'", lambda _: holder, text)
                if re.search(r"'%?\{\}%?'", text)
                else text.replace("{}", holder)
            )
            given["q"] = literal(whole)
    for line, mark in lines:
        if re.search(r"\$e\b", line) and "e" not in given:
            extra = len(line) - len(line.lstrip())
            ctx.indent += extra
            # Its own draws, since what the first side has drawn the second one only looks up.
            ctx.rng, drawn = rng, ctx.rng
            given["e"] = build(ctx, rng, ctx.memo["text"], value) if shape.texts else value
            ctx.rng = drawn
            ctx.indent -= extra
        if line.startswith("^"):
            ctx.top(ctx.sub(line[1:].lstrip(" ") if not line.startswith("^    ") else line[1:], **given), mark)
            continue
        if line.strip() == "$body":
            if "body" not in ctx.memo:
                ctx.memo["body"] = ctx.sub(ctx.rng.choice(BODIES))
            ctx.emit(ctx.memo["body"], extra=len(line) - len(line.lstrip()))
            continue
        ctx.emit(ctx.sub(ctx.aliased(line), **given), mark)
    ctx.side = BOTH


def header(ctx: Context, frame, params: list[str], asynchronous: bool) -> list[tuple[str, int, str, bool]]:
    """Class line, decorators and signature."""
    rng, out = ctx.rng, []
    heads = frame.path_heads if "path" in ctx.memo else frame.heads
    head = rng.choice(heads)
    for line, *_ in [(c,) for c in (rng.choice(frame.cls).split("\n") if frame.cls else ())]:
        out.append((BOTH, 0, ctx.sub(line), False))
    depth = 4 if frame.cls else 0
    for line in head.split("\n"):
        if asynchronous and line.startswith("def "):
            line = "async " + line
        out.append((BOTH, depth, ctx.sub(line, v=ctx.memo.get("value", "")).replace("$P", ", ".join(params)), False))
    if frame.name == "pydantic":
        fields = re.findall(r"payload\.(\w+)", "\n".join(t for _, _, t, _ in ctx.lines)) or ["name"]
        ctx.tops.insert(
            0,
            (
                BOTH,
                f"class {ctx.memo['class']}(BaseModel):\n"
                + "\n".join(f"    {f}: str" for f in dict.fromkeys(f for f in fields if f != "dict") or ["name"])
                + f"\n    {ctx.draw('noun')}: int = 0",
                False,
            ),
        )
    if rng.random() < 0.12:
        out.append((BOTH, depth + 4, '"""' + ctx.sub("$sentence") + '"""', False))
    return [(s, i, t, m) for s, i, t, m in out] + [("body", depth + 4, "", False)]


def assemble(ctx: Context, side: str, head: list, show: bool, rng) -> tuple[str, list[int]]:
    """The text of one side and the numbers of its marked lines."""
    text: list[str] = []
    marked: list[int] = []

    def add(line: str, mark: bool = False) -> None:
        for n, part in enumerate(line.split("\n")):
            text.append(part)
            if mark and n == 0:
                marked.append(len(text))

    if show:
        imports = sorted({i for s, i in ctx.imports if s in (BOTH, side)}, key=lambda i: (i.startswith("from"), i))
        for line in imports:
            add(line)
        if imports:
            add("")
    around = random.Random(rng.random())
    extra = ctx.memo.setdefault(
        "around",
        repr(
            ctx.neighbours
            or [ctx.sub(around.choice(FUNCTIONS), {}) for _ in range(around.choice((0, 0, 0, 1, 1, 2, 3)))]
        ),
    )
    before = ast.literal_eval(extra)
    cut = around.randint(0, len(before))
    for block in before[:cut]:
        add(block)
        add("")
    seen = set()
    previous = ""
    for s, t, m in ctx.tops:
        if s not in (BOTH, side) or ((t, m) in seen and not t.startswith(" ")):
            continue
        seen.add((t, m))
        if previous and previous.startswith(" ") and not t.startswith(" "):
            add("")
        add(t, m)
        previous = t
    if previous:
        add("")
    body = [(i, t, m) for s, i, t, m in ctx.lines if s in (BOTH, side)]
    for s, i, t, m in head:
        if s == "body":
            for depth, line, mark in body or [(0, "pass", False)]:
                add(" " * (i + depth) + line, mark)
        else:
            add(" " * i + t, m)
    for block in before[cut:]:
        add("")
        add(block)
    while text and not text[-1]:
        text.pop()
    return "\n".join(text) + "\n", marked


def complete(rng, group, shape: Shape, neighbours: tuple[str, ...] = ()) -> Sample:
    """A shape that brings its own functions, or module-level settings."""
    ctx = Context(rng, identifiers(shape.text))
    ctx.bails, ctx.neighbours = FRAMES["plain"].bails, list(neighbours)
    ctx.needs(*shape.imports)
    module = shape.frames == ("module",)
    if module:
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            ctx.emit(
                ctx.sub(
                    rng.choice(
                        (
                            '$const = "$word"',
                            "$const = $num",
                            '$const = os.environ.get("$env", "$word")',
                            '$const = ["$noun", "$noun2"]',
                            '$const = {"$key": $num}',
                            "logger = logging.getLogger(__name__)",
                            '$const = Path(__file__).parent / "$noun"',
                            "$const = timedelta(days=$num)",
                        )
                    ),
                    {},
                )
            )
    put(ctx, shape, "", BAD, "-", random.Random(1))
    put(ctx, shape, "", GOOD, "+", random.Random(1))
    if module:
        for _ in range(rng.choice((0, 1, 1, 2))):
            ctx.emit(
                ctx.sub(
                    rng.choice(
                        (
                            '$const = "$word"',
                            "$const = $num",
                            '$const = "$noun-$word"',
                            '$const = {"$key": "$noun"}',
                            '$const = not os.environ.get("$env")',
                        )
                    ),
                    {},
                )
            )
    show = rng.random() < 0.6
    seed = rng.random()
    text = {side: assemble(ctx, side, [("body", 0, "", False)], show, random.Random(seed)) for side in (BAD, GOOD)}
    flags = {"constant": False, "fix": "own", "woven": False}
    return Sample(
        group.cwe, f"{group.cwe}/{shape.name}/{'module' if module else 'complete'}", text[BAD], text[GOOD], flags
    )


def ordinary(rng, part: str = "train") -> str:
    """A clean module of neutral functions and the fixed sides of other classes."""
    ctx = Context(rng, set())
    ctx.part = part
    for _ in range(rng.randint(1, 3)):
        name, params = ctx.draw("fn"), [ctx.fresh(*POOLS["noun"]) for _ in range(rng.randint(0, 3))]
        ctx.indent = 0
        ctx.emit(f"def {name}({', '.join(params)}):")
        ctx.indent = 4
        for _ in range(rng.randint(1, 5)):
            ctx.noise(0.9)
        if rng.random() < 0.5:
            ctx.emit(ctx.sub(rng.choice(STATEMENTS), {}))
        ctx.emit("return " + rng.choice(params + ["True", "None", ctx.draw("num")]))
    return assemble(ctx, BAD, [("body", 0, "", False)], False, rng)[0]


def parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True

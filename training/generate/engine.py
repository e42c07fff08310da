"""Puts a sample together: frame × source × steps × fix × sink × surroundings, both sides of a pair at once."""

from __future__ import annotations

import ast
import difflib
import hashlib
import random
import re

from .classes import CLASSES
from .flow import STEPS, build, identifiers, literal
from .frames import FRAMES, WOVEN
from .pools import DERIVED, POOLS, derived
from .shapes import Shape
from .surroundings import BODIES, FUNCTIONS, STATEMENTS

FRESH = {"local", "res", "fn", "class", "const"}
WORD = re.compile(r"\$([a-z]+)(\d*)")
CHOICE = re.compile(r"\[\[(.*?)\]\]")
BOTH, BAD, GOOD = "both", "bad", "good"
FUNCTION_FRAMES = ("plain", "plain", "method", "method", "script", "flask", "django", "celery", "command", "webhook")
DIRECT = next(s for s in STEPS if s[0] == "direct")


def split_of(family: str) -> str:
    """train, calibration or test, as the training's own hash of the record's group decides it."""
    bucket = int(hashlib.sha256(f"generated/{family}".encode()).hexdigest(), 16) % 10
    return ("test", "calibration")[bucket] if bucket < 2 else "train"


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

    def fresh(self, *names: str) -> str:
        name = self.rng.choice(names)
        for number in ["", "", *range(2, 99)]:
            made = f"{name}{'_' if number and name[-1].isdigit() else ''}{number}"
            if made not in self.used:
                break
        self.used.add(made)
        return made

    def draw(self, kind: str) -> str:
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
            while kind not in POOLS and kind not in DERIVED and kind not in given:
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
            pad = text[: len(text) - len(text.lstrip())]
            text = text.replace("$bail", ("\n" + pad).join(memo["bail"].split("\n")))
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

    def calm(self) -> list[str]:
        """The fixed side of some other class, as an ordinary neighbour."""
        if not CALM:
            return []
        shape = self.rng.choice(CALM)
        lines = [text for text, _ in shape.side("+")]
        names = {m[1] for line in lines for m in re.finditer(r"\b(\w+)\s*=(?!=)", line)} | {
            m[1] for line in lines for m in re.finditer(r"\bas (\w+)", line)
        }
        if names & self.used:
            return []
        self.used |= names
        memo: dict[str, str] = {}
        return [self.sub(line, memo, r=memo.setdefault("r", self.fresh(*POOLS["res"]))) for line in lines]


def _calm_shapes() -> list[Shape]:
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
            ):
                out.append(shape)
    return out


CALM = _calm_shapes()


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


def compose(rng: random.Random, group, shape: Shape, host=None, constant: bool = False) -> Sample | None:
    """One sample of the shape; `host` is a function that it is woven into; `constant` makes the value harmless on both sides."""
    if host and (shape.frames or "await " in shape.text or "return" in shape.text or "self" in shape.text):
        return None
    if shape.frames in (("raw",), ("module",)):
        return complete(rng, group, shape)
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
    ctx.bails = frame.bails
    ctx.needs(*frame.imports, *shape.imports)
    asynchronous = (
        frame.always_async
        or "await " in shape.text
        or "async " in shape.text
        or (frame.can_async and rng.random() < 0.3)
    )
    typed = rng.random() < 0.35
    value, params = place(ctx, frame, shape, typed, constant, host)
    flags = {"constant": constant, "fix": "own", "woven": bool(host)}
    kind = "woven" if host else "function" if not shape.flow else "direct"
    ctx.noise(0.35)
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
        ctx.noise(0.25)
        if not ctx.memo.get("inner"):
            ctx.indent = 0
        if not host or result and rng.random() < 0.4:
            tail = rng.choice(frame.tails)
            if result or rng.random() < 0.6:
                ctx.emit(
                    ctx.sub(
                        tail,
                        r=result
                        or rng.choice(('"ok"', "True", '"$noun"', "$num", "{}"))
                        .replace("$noun", ctx.draw("noun"))
                        .replace("$num", ctx.draw("num")),
                    )
                )
            elif not ctx.lines:
                ctx.emit("pass")
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


def place(ctx: Context, frame, shape: Shape, typed: bool, constant: bool, host) -> tuple[str, list[str]]:
    """Decides where the value and the shape's objects come from; returns the value's name and the parameters."""
    rng, params = ctx.rng, [ctx.sub(p) for p in frame.params]
    flexible = frame.name in ("plain", "method")
    if frame.name == "plain" and (shape.flow and rng.random() < 0.85 or not shape.flow):
        params = []
    value = ctx.memo["value"] = ctx.fresh(*POOLS["local"], *POOLS["key"])
    path = (
        not constant
        and shape.flow
        and frame.path_heads
        and (rng.random() < (0.8 if flexible or frame.name == "celery" else 0.35))
    )
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


def source(ctx: Context, frame, value: str, constant: bool, side_value: str | None = None) -> None:
    rng = ctx.rng
    if constant or side_value:
        ctx.emit(
            ctx.sub(
                f"{value} = "
                + (
                    side_value
                    or rng.choice(
                        ('"$word"', '"$noun"', "settings.$const", "$const", '("$noun", "$noun2")[0]', '"$noun.$ext"')
                    )
                ),
                {},
            )
        )
    elif "path" not in ctx.memo:
        expression = ctx.sub(rng.choice(frame.sources))
        if "json.loads" in expression:
            ctx.needs("import json")
        ctx.emit(f"{value} = {expression}")


def flow(ctx: Context, rng, group, shape: Shape, frame, value: str, constant: bool, flags: dict):
    """Source, steps, fix and sink."""
    fixes = [] if shape.only else group.fixes
    modes = ["own"] * 4 if shape.has_fix else []
    if fixes:
        modes += (
            ["guard"] * 3
            + ["dead"] * bool([f for f in fixes if f.expression])
            + ["copy"] * bool([f for f in fixes if f.expression])
            + ["wrong"] * 2 * bool(group.wrong)
        )
    if not shape.only:
        modes += ["overwrite"] + ["order"] * ("path" not in ctx.memo)
    if not modes:
        raise ValueError(f"{shape.cwe} {shape.name} has no fix")
    mode = rng.choice(modes)
    if constant and mode not in ("own", "guard"):
        mode = "guard" if fixes else "own" if shape.has_fix else "overwrite"
    word = '"' + ctx.draw("word") + '"'
    if mode == "order":
        first = rng.choice((word, word, "settings.DEFAULT_" + ctx.draw("noun").upper()))
        ctx.side = BAD
        ctx.emit(f"{value} = {first}")
        ctx.side = BOTH
        source(ctx, frame, value, constant)
        ctx.side = GOOD
        ctx.emit(f"{value} = {first}")
        ctx.side = BOTH
    else:
        source(ctx, frame, value, constant)
    ctx.noise(0.25)
    kind = "direct"
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        options = [
            s
            for s in STEPS
            if (s[0] != "attribute" or frame.params[:1] == ("self",))
            and (shape.has_fix or s[0] != "loop" or not constant)
        ]
        step = rng.choices(options, [s[1] for s in options])[0]
        value, moved = walk(ctx, step, value, shape)
        if step[0] != "direct" and (kind in ("direct", "local")):
            kind = step[0]
        if moved:
            break
        ctx.noise(0.12)
    if not value.isidentifier():
        name = ctx.fresh(*POOLS["local"])
        ctx.emit(f"{name} = {value}")
        value = name
    inner = (
        rng.random() < 0.12
        and mode in ("own", "guard")
        and not re.search(r"\b(return|self|await|request|async)\b|\$bail", shape.text)
        and not ctx.alias
    )
    fix = (
        rng.choice([f for f in fixes if f.expression or mode in ("guard", "wrong")])
        if fixes and mode in ("guard", "dead", "copy", "wrong")
        else None
    )
    good_value = value
    if mode == "wrong":
        text, imports = rng.choice(group.wrong)
        ctx.needs(*imports)
        lone = not text.startswith("?")
        line = f"{value} = {text}" if lone else text[1:].strip().replace("\\n", "\n")
        ctx.emit(ctx.sub(line, v=value))
        if shape.has_fix and rng.random() < 0.5:
            fix = None
    if mode == "overwrite":
        ctx.side = GOOD
        ctx.emit(f"{value} = {rng.choice((word, word, 'settings.DEFAULT_' + ctx.draw('noun').upper()))}")
        ctx.side = BOTH
    if fix:
        ctx.side = BAD if mode == "dead" else GOOD
        if fix.expression:
            expression = ctx.sub(fix.expression, v=value)
            ctx.needs(*fix.imports)
            if mode == "copy":
                ctx.side = BOTH
                good_value = ctx.fresh("checked", "final", "prepared", "normal", "stripped", "current")
                ctx.emit(f"{good_value} = {expression}")
            else:
                if mode == "dead":
                    ctx.emit(
                        expression
                        if rng.random() < 0.5
                        else f"{ctx.fresh('prepared', 'normal', 'other', 'shown', 'tidy')} = {expression}"
                    )
                    ctx.side = GOOD
                ctx.emit(f"{value} = {expression}")
        else:
            ctx.needs(*fix.imports)
            for line in fix.lines:
                if line.startswith("^"):
                    ctx.top(ctx.sub(line[1:].lstrip(), v=value))
                else:
                    ctx.emit(ctx.sub(line, v=value))
        ctx.side = BOTH
    ctx.noise(0.15)
    flags["fix"] = mode
    own = mode == "own" or (mode == "wrong" and fix is None)
    seed, taken, depth = rng.random(), set(ctx.used), ctx.indent
    if "$r" in shape.text:
        ctx.memo.setdefault("r", ctx.fresh(*POOLS["res"]))
    call = None
    if inner:
        kind, call = "callee", (ctx.fresh(ctx.draw("fn")), ctx.fresh(*POOLS["local"]))
    taken = set(ctx.used)
    for side, sign, current in ((BAD, "-", value), (GOOD, "+" if own else "-", good_value)):
        ctx.used = set(taken)
        ctx.side = side
        keep, ctx.lines = ctx.lines, []
        if call:
            ctx.indent, current_v = 4, call[1]
        else:
            current_v = current
        put(ctx, shape, current_v, side, sign, random.Random(seed))
        made, ctx.lines = ctx.lines, keep
        if call:
            ctx.indent = depth
            result = ctx.memo.get("r")
            objects = [n for n, _ in shape.uses]
            ctx.side = side
            ctx.top(f"def {call[0]}({', '.join([*objects, call[1]])}):")
            for _, indent, text, mark in made:
                ctx.top(" " * indent + text, mark)
            if result:
                ctx.top(f"    return {result}")
            ctx.emit((f"{result} = " if result else "") + f"{call[0]}({', '.join([*objects, current])})")
        else:
            ctx.lines += made
    ctx.side = BOTH
    return kind, flags


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


def put(ctx: Context, shape: Shape, value: str, side: str, sign: str, rng=None) -> None:
    """Writes the shape's lines of one side."""
    ctx.side, given = side, {"v": value}
    lines = shape.side(sign)
    if "$r" in shape.text:
        given["r"] = ctx.memo.setdefault("r", ctx.fresh(*POOLS["res"]))
    if shape.texts:
        if "text" not in ctx.memo:
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
            given["e"] = build(ctx, rng, ctx.memo["text"], value) if shape.texts else value
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
        "around", repr([ctx.sub(around.choice(FUNCTIONS), {}) for _ in range(around.choice((0, 0, 0, 1, 1, 2, 3)))])
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


def complete(rng, group, shape: Shape) -> Sample:
    """A shape that brings its own functions, or module-level settings."""
    ctx = Context(rng, identifiers(shape.text))
    ctx.bails = FRAMES["plain"].bails
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


def ordinary(rng) -> str:
    """A clean module of neutral functions and the fixed sides of other classes."""
    ctx = Context(rng, set())
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

"""How a value travels to its sink, and the ways to build a string around it."""

from __future__ import annotations

import re


def literal(text: str, prefix: str = "") -> str:
    """A string literal of the text, whose backslashes are already written as in source."""
    if "\n" in text:
        return f'{prefix}"""{text}"""'
    if '"' not in text:
        return f'{prefix}"{text}"'
    if "'" not in text:
        return f"{prefix}'{text}'"
    return f'{prefix}"""{text} """' if text.endswith('"') else f'{prefix}"""{text}"""'


STYLES = (
    "f",
    "f",
    "f",
    "percent",
    "percent",
    "format",
    "format",
    "plus",
    "plus",
    "join",
    "augment",
    "template",
    "replace",
    "parts",
    "named",
    "mapping",
    "constant",
    "slots",
)


def build(ctx, rng, text: str, value: str) -> str:
    """Emits what is needed and returns an expression of `text` with `value` at its `{}`."""
    before, after = text.split("{}", 1)
    style = rng.choice(STYLES)
    if style == "template" and any(i.endswith(" Template") for _, i in ctx.imports):
        style = "format"
    if "number" in ctx.memo and style in ("plus", "join", "augment", "parts", "replace"):
        style = "format"
    if not value.replace(".", "").isidentifier() and style == "f":
        style = "plus"
    brace = lambda s: s.replace("{", "{{").replace("}", "}}")  # noqa: E731
    percent = lambda s: s.replace("%", "%%")  # noqa: E731
    name = rng.choice(
        ("sql", "query", "stmt", "text", "q", "full", "line", "built", "body", "content", "final", "target")
    )
    name = ctx.fresh(name)
    if style == "f":
        made = literal(f"{brace(before)}{{{value}}}{brace(after)}", "f")
    elif style == "percent":
        made = literal(f"{percent(before)}%s{percent(after)}") + (
            f" % {value}" if rng.random() < 0.5 else f" % ({value},)"
        )
    elif style == "format":
        made = literal(f"{brace(before)}{{}}{brace(after)}") + f".format({value})"
    elif style == "slots":
        made = literal(f"{brace(before)}{{0}}{brace(after)}") + f".format({value})"
    elif style == "named":
        made = literal(f"{brace(before)}{{x}}{brace(after)}") + f".format(x={value})"
    elif style == "mapping":
        made = literal(f"{percent(before)}%(x)s{percent(after)}") + f' % {{"x": {value}}}'
    elif style == "plus":
        made = literal(before) + f" + {value}" + (f" + {literal(after)}" if after else "")
    elif style == "join":
        made = f'"".join([{literal(before)}, {value}' + (f", {literal(after)}" if after else "") + "])"
    elif style == "template":
        made = (
            "Template("
            + literal(before.replace("$", "$$") + "${x}" + after.replace("$", "$$"))
            + f").substitute(x={value})"
        )
        ctx.imports.append(("both", "from string import Template"))
    elif style == "replace":
        made = literal(f"{before}__X__{after}") + f'.replace("__X__", {value})'
    elif style == "constant":
        constant = ctx.fresh("TEXT", rng.choice(("QUERY", "TEMPLATE", "PATTERN", "FORMAT", "BASE_TEXT", "LAYOUT")))
        use = rng.random() < 0.5
        ctx.top(
            f"{constant} = "
            + (
                literal(f"{percent(before)}%s{percent(after)}")
                if use
                else literal(f"{brace(before)}{{}}{brace(after)}")
            )
        )
        made = f"{constant} % ({value},)" if use else f"{constant}.format({value})"
    else:
        if style == "augment":
            ctx.emit(f"{name} = {literal(before)}")
            ctx.emit(f"{name} += {value}" if rng.random() < 0.7 else f"{name} = {name} + {value}")
            if after:
                ctx.emit(f"{name} += {literal(after)}")
            return name
        ctx.emit(f"{name} = [{literal(before)}]")
        ctx.emit(f"{name}.append({value})")
        if after:
            ctx.emit(f"{name}.append({literal(after)})")
        return f'"".join({name})'
    if rng.random() < 0.5:
        ctx.emit(f"{name} = {made}")
        return name
    return made


# Each step: flow kind, weight, template lines; `$v` is the old value and `$w` the new name; `>` opens a block for what follows,
# `^` stands at the module's top; `=` gives the expression that is the new value.
STEPS = [
    ("direct", 6, ()),
    ("local", 1, ("$w = $v.strip()",)),
    ("local", 1, ("$w = str($v)",)),
    ("local", 1, ("$w = $v",)),
    ("local", 1, ('$w = $v or "$word"',)),
    ("local", 1, ("$w = $v.lower()",)),
    ("local", 0.6, ("$w = $v.strip().rstrip(\",\")",)),
    ("local", 0.6, ('$w = $v if $v else "$word"',)),
    ("local", 0.5, ("$w, $x = $v, $num",)),
    ("local", 0.5, ("$w = unquote($v)", "i from urllib.parse import unquote")),
    ("local", 0.4, ('$w = $v.partition(":")[2]',)),
    ("local", 0.4, ("$x = $v.split(\",\")", "$w = $x[0]")),
    ("branch", 1, ("if not $v:", '    $v = "$word"', "= $v")),
    ("branch", 1, ("> if $v:", "= $v")),
    ("branch", 0.6, ("> if $v is not None:", "$w = $v.strip()")),
    ("branch", 0.7, ('if $v.startswith("$word"):', "    $w = $v[len(\"$word\"):]", "else:", "    $w = $v")),
    ("branch", 0.5, ("try:", "    $w = $v.strip()", "except AttributeError:", '    $w = "$word"')),
    ("branch", 0.5, ('if len($v) > $num:', "    logger.info(\"$log\", len($v))", "= $v")),
    ("branch", 0.4, ("> if ($w := $v.strip()):",)),
    ("branch", 0.4, ('if $v == "$word":', '    $v = "$word2"', "= $v")),
    ("container", 1, ('$x = {"$key7": $v, "limit": $num}', '$w = $x["$key7"]')),
    ("container", 1, ('$x = {"$key7": $v}', '$x["count"] = $num', '$w = $x.get("$key7")')),
    ("container", 0.7, ("$x = [$v]", "$w = $x[0]")),
    ("container", 0.7, ("$x = []", "$x.append($v)", "$w = $x[-1]")),
    ("container", 0.6, ("$x = dict($key7=$v)", '$w = $x["$key7"]')),
    ("container", 0.5, ("$x = ($num, $v)", "$w = $x[1]")),
    ("container", 0.5, ("$x = [p.strip() for p in $v.split(\",\")]", "$w = $x[0]")),
    ("container", 0.5, ("$x = {}", '$x.setdefault("$key7", $v)', '$w = $x["$key7"]')),
    ("container", 0.4, ("$x = SimpleNamespace($key7=$v)", "$w = $x.$key7", "i from types import SimpleNamespace")),
    ("loop", 1, ('> for $w in $v.split(","):',)),
    ("loop", 0.8, ("> for $w in [$v]:",)),
    ("loop", 0.6, ("> for $x, $w in enumerate($v.splitlines()):",)),
    ("loop", 0.4, ('$w = ",".join(p for p in $v.split(",") if p)',)),
    ("helper", 1, ("^ def $h(value):", "^     return value.strip()", "$w = $h($v)")),
    ("helper", 1, ("^ def $h(text, limit=$num):", "^     if not text:", '^         return "$word"', "^     return text", "$w = $h($v)")),
    ("helper", 0.6, ("^ def $h(raw):", '^     parts = raw.split(":")', "^     return parts[-1]", "$w = $h($v)")),
    ("helper", 0.6, ("^ $h = lambda value: value.strip().lower()", "$w = $h($v)")),
    ("helper", 0.6, ("^ def $h(**options):", '^     return options["$key7"]', "$w = $h($key7=$v)")),
    ("helper", 0.4, ("^ class $C:", "^     def __init__(self, $key7):", "^         self.$key7 = $key7", "$x = $C($v)", "$w = $x.$key7")),
    ("helper", 0.4, ("^ def $h(items):", "^     for item in items:", "^         yield item.strip()", "$w = next($h([$v]))")),
    ("attribute", 0.8, ("self.$key7 = $v", "= self.$key7")),
]  # fmt: skip


def identifiers(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))

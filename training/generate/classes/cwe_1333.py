"""Patterns whose matching time explodes, and patterns that come from outside."""

_BAD = (
    "(a+)+$",
    "([a-z]+)*$",
    "(\\w+\\s?)*$",
    "(\\d+)+\\.",
    "(x|x?)+y",
    "(.*)*,",
    "([A-Za-z0-9]+-?)+!",
    "(\\s*\\w+\\s*)+;",
    "([^@]+)+@",
)
_GOOD = (
    "a+$",
    "[a-z]*$",
    "[\\w\\s]*$",
    "\\d+\\.",
    "x+y",
    "[^,]*,",
    "[A-Za-z0-9-]+!",
    "[\\w\\s]+;",
    "[^@]+@",
)
_USE = (
    ("match", 're.match(r"^%s", $v)'),
    ("search", 're.search(r"^%s", $v)'),
    ("fullmatch", 're.fullmatch(r"%s", $v)'),
    ("findall", 're.findall(r"%s", $v)'),
    ("sub", 're.sub(r"^%s", "", $v)'),
    ("compiled", 're.compile(r"^%s").match($v)'),
    ("split", 're.split(r"%s", $v)'),
)
SHAPES = (
    "".join(
        f"\n== nested-{use}-{n} only\ni import re\n- $r = {text % bad}\n+ $r = {text % good}\n"
        for use, text in _USE
        for n, (bad, good) in enumerate(zip(_BAD, _GOOD))
    )
    + "".join(
        f"\n== user-{name}\ni import re\n- $r = {bad}\n+ $r = {good}\n"
        for name, bad, good in (
            ("search", "re.search($v, TEXT)", "re.search(re.escape($v), TEXT)"),
            ("match", "re.match($v, settings.NAME)", "re.match(re.escape($v), settings.NAME)"),
            ("compile", "re.compile($v).findall(TEXT)", "re.compile(re.escape($v)).findall(TEXT)"),
            ("filter", "[n for n in NAMES if re.search($v, n)]", "[n for n in NAMES if $v in n]"),
            ("sub", 're.sub($v, "", BODY)', 'BODY.replace($v, "")'),
            ("pandas", 'df[df["$key9"].str.contains($v)]', 'df[df["$key9"].str.contains($v, regex=False)]'),
            ("anchored", 're.match("^" + $v + "$", LINE)', 're.match("^" + re.escape($v) + "$", LINE)'),
            ("ignorecase", "re.findall($v, TEXT, re.I)", "re.findall(re.escape($v), TEXT, re.I)"),
            ("split", "re.split($v, BODY)", "BODY.split($v)"),
            ("glob", "[p for p in PATHS if re.fullmatch($v, p)]", "[p for p in PATHS if fnmatch.fnmatch(p, $v[:32])]"),
        )
    )
    + "".join(
        f'\n== constant-{n} module\ni import re\n- $const = re.compile(r"^{bad}")\n+ $const = re.compile(r"^{good}")\n'
        for n, (bad, good) in enumerate(zip(_BAD, _GOOD))
    )
)
SHAPES += "".join(
    f'\n== validator-{n} raw\ni from django.core.validators import RegexValidator\n= class $model(models.Model):\n-     $key = models.CharField(max_length=$num, validators=[RegexValidator(r"^{bad}")])\n+     $key = models.CharField(max_length=$num, validators=[RegexValidator(r"^{good}")])\n=     $noun = models.IntegerField(default=0)\n'
    for n, (bad, good) in enumerate(zip(_BAD, _GOOD))
    if n % 3 == 0
)
SHAPES += "".join(
    f'\n== method-{n} raw\ni import re\n= class $class:\n-     PATTERN = re.compile(r"^{bad}")  #!\n+     PATTERN = re.compile(r"^{good}")\n=     def $fn(self, $key):\n=         return bool(self.PATTERN.match($key))\n'
    for n, (bad, good) in enumerate(zip(_BAD, _GOOD))
    if n % 2 == 0
)
FIXES = r"""
> re.escape($v)
i import re

? if $v not in $consts:
?     $bail

? if not $v.isalnum():
?     $bail

> $table_of.get($v, "$word")
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
$v.lower()
?if not $v:\n    $bail
?re.compile($v)
"""

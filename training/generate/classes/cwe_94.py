"""Values that run as code."""

PLAIN = True
_E = r"""t {}
t 2 * ({})
t lambda row: {}
t sum([{}])
t row['$key'] == {}"""
_X = r"""t {}
t result = {}
t def run():\n    return {}
t import {}
t from plugins import {}
t x = 1\ny = {}"""
SHAPES = (
    "".join(
        f"\n== {name}\n{head}{t}\n{body}\n"
        for name, head, t, body in (
            ("eval", "i import ast\n", _E, "- $r = eval($e)\n+ $r = ast.literal_eval($v)"),
            (
                "eval-globals",
                "i import ast\n",
                _E,
                '- $r = eval($e, {"__builtins__": {}}, {"row": {}})\n+ $r = ast.literal_eval($v)',
            ),
            ("eval-float", "", _E, "- $r = eval($e)\n+ $r = float($v)"),
            ("eval-json", "i import json\n", "t {}", "- $r = eval($e)\n+ $r = json.loads($v)"),
            ("eval-int", "", "t {}", "- $r = eval($e)\n+ $r = int($v)"),
            (
                "exec",
                "",
                _X,
                '= scope = {}\n- exec($e, scope)\n+ scope["result"] = HANDLERS[$v]()\n= $r = scope.get("result")',
            ),
            ("exec-plain", "", _X, "- exec($e)\n+ ACTIONS[$v]()"),
            (
                "compile-eval",
                "i import ast\n",
                _E,
                '- $r = eval(compile($e, "<$noun>", "eval"))\n+ $r = ast.literal_eval($v)',
            ),
            ("pandas-eval", "i import pandas as pd\n", _E, "- $r = pd.eval($e)\n+ $r = float($v)"),
            (
                "dataframe-query",
                "u df=load_frame()\n",
                "t $key == {}\nt {} > $num",
                '- $r = df.query($e)\n+ $r = df[df["$key"] == $v]',
            ),
            ("dataframe-eval", "u df=load_frame()\n", "t {}\nt total = {}", "- $r = df.eval($e)\n+ $r = df[$v].sum()"),
            ("numexpr", "i import numexpr\n", _E, "- $r = numexpr.evaluate($e)\n+ $r = OPERATIONS[$v]()"),
            ("sympify", "i from sympy import sympify\n", "t {}", "- $r = sympify($e)\n+ $r = float($v)"),
            (
                "code-interpreter",
                "i import code\n",
                _X,
                "- code.InteractiveInterpreter().runsource($e)\n+ ACTIONS[$v]()",
            ),
            (
                "timeit",
                "i import timeit\n",
                "t {}",
                "- $r = timeit.timeit($e, number=$num)\n+ $r = timeit.timeit(ACTIONS[$v], number=$num)",
            ),
            (
                "python-c",
                "i import subprocess\ni import sys\n",
                "t print({})\nt import {}",
                '- $r = subprocess.check_output([sys.executable, "-c", $e])\n+ $r = subprocess.check_output([sys.executable, "-m", "$noun", "--", $v])',
            ),
            (
                "types-function",
                "i import types\n",
                "t {}",
                '- $r = types.FunctionType(compile($e, "$noun", "exec"), {})()\n+ $r = ACTIONS[$v]()',
            ),
            (
                "numpy-eval-lambda",
                "",
                "t lambda x: {}",
                "- fn = eval($e)\n+ fn = FORMULAS[$v]\n= $r = [fn(x) for x in range($num)]",
            ),
        )
    )
    + r"""
== import-module
i import importlib
- module = importlib.import_module($v)
+ module = PLUGINS[$v]
= $r = module.run()
== import-prefix
i import importlib
- $r = importlib.import_module("plugins." + $v).Plugin()
+ $r = PLUGINS[$v].Plugin()
== dunder-import
= $r = __import__($v)
== getattr-module
i import os
- $r = getattr(os, $v)()
+ $r = {"cwd": os.getcwd, "pid": os.getpid}[$v]()
== getattr-self method flask-view django-view
- $r = getattr(self, $v)()
+ $r = getattr(self, "on_" + $v)() if $v in self.ACTIONS else None
== globals-call
- $r = globals()[$v]()
+ $r = ACTIONS[$v]()
== runpy
i import runpy
= $r = runpy.run_path($v)
== spec-from-file
i import importlib.util
= spec = importlib.util.spec_from_file_location("$noun", $v)#!
= module = importlib.util.module_from_spec(spec)
= spec.loader.exec_module(module)
== eval-loop
- for part in $v.split(";"):
-     $r = eval(part)#!
+ for part in $v.split(";"):
+     $r = float(part)
== exec-open
- exec(open($v).read())
+ ACTIONS[$v]()
== yaml-python-eval
- $r = {k: eval(x) for k, x in [p.split("=") for p in $v.split("&")]}
+ $r = {k: int(x) for k, x in [p.split("=") for p in $v.split("&")]}
== setattr-function
- handler = eval("handle_" + $v)
+ handler = HANDLERS[$v]
= $r = handler("$noun")
== format-attr only plain method flask
- $r = $v.format(settings=settings)
+ $r = Template($v).safe_substitute(name=settings.NAME)
== write-config-py plain method flask django
- code = "$const = %s" % $v
- exec(code)#!
+ setattr(settings, "$const", int($v))
"""
)
FIXES = r"""
? if $v not in $consts:
?     $bail

? ^ $const = $consts
? if $v not in $const:
?     $bail

> str(float($v))

> str(int($v))

> $table_of[$v]

? if not re.fullmatch(r"[0-9+*/ ().-]{1,40}", $v) or "**" in $v:
?     $bail
i import re

> repr(ast.literal_eval($v))
i import ast
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
$v.replace("import", "")
$v.replace("__", "")
shlex.quote($v)  # import shlex
?if "import" in $v:\n    $bail
?if "os." in $v or "sys." in $v:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
?compile($v, "<input>", "eval")
"""

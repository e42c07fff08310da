"""Templates made of values."""

_T = r"""t Hello {}
t <h1>{}</h1>
t {}
t Dear {}, your $noun is ready
t <p>$noun: {}</p>
t {% extends 'base.html' %}{% block b %}{}{% endblock %}"""
PLAIN = True
SHAPES = "".join(
    f"\n== {name} {frames}\n{head}{_T}\n{body}\n"
    for name, frames, head, body in (
        (
            "render-template-string",
            "flask flask-view",
            "i from flask import render_template_string\n",
            '- return render_template_string($e)\n+ return render_template_string("<h1>{{ x }}</h1>", x=$v)',
        ),
        (
            "render-template-string-result",
            "flask quart",
            "i from flask import render_template_string\n",
            '- $r = render_template_string($e)\n+ $r = render_template_string("Hello {{ x }}", x=$v)',
        ),
        (
            "jinja-template",
            "",
            "i from jinja2 import Template\n",
            '- $r = Template($e).render()\n+ $r = Template("Dear {{ x }}").render(x=$v)',
        ),
        (
            "jinja-template-args",
            "",
            "i from jinja2 import Template\n",
            '- page = Template($e)\n+ page = Template("{{ x }} {{ $noun }}")\n= $r = page.render($noun="$word", x=$v)',
        ),
        (
            "jinja-from-string",
            "",
            "i from jinja2 import Environment\nu env=Environment(autoescape=True)\n",
            '- $r = env.from_string($e).render()\n+ $r = env.from_string("{{ x }}").render(x=$v)',
        ),
        (
            "jinja-sandbox",
            "",
            "i from jinja2 import Environment\ni from jinja2.sandbox import SandboxedEnvironment\n",
            '- env = Environment(autoescape=True)\n+ env = SandboxedEnvironment(autoescape=True)\n= $r = env.from_string($e).render(name="$noun")#!',
        ),
        (
            "jinja-native",
            "",
            "i from jinja2.nativetypes import NativeEnvironment\n",
            '- $r = NativeEnvironment().from_string($e).render()\n+ $r = NativeEnvironment().from_string("{{ x }}").render(x=$v)',
        ),
        (
            "mako",
            "",
            "i from mako.template import Template\n",
            '- $r = Template($e).render()\n+ $r = Template("Hello ${x}").render(x=$v)',
        ),
        (
            "mako-text",
            "",
            "i from mako.template import Template\n",
            '- $r = Template(text=$e).render_unicode(name="$noun")\n+ $r = Template(text="${x}").render_unicode(x=$v)',
        ),
        (
            "django-template",
            "django django-view",
            "i from django.template import Context, Template\n",
            '- $r = Template($e).render(Context({}))\n+ $r = Template("{{ x }}").render(Context({"x": $v}))',
        ),
        (
            "django-engine",
            "django command",
            "i from django.template import Context, engines\n",
            '- $r = engines["django"].from_string($e).render({})\n+ $r = engines["django"].from_string("{{ x }}").render({"x": $v})',
        ),
        (
            "tornado-template",
            "",
            "i from tornado.template import Template\n",
            '- $r = Template($e).generate()\n+ $r = Template("{{ x }}").generate(x=$v)',
        ),
        (
            "bottle-template",
            "",
            "i from bottle import SimpleTemplate\n",
            '- $r = SimpleTemplate($e).render()\n+ $r = SimpleTemplate("{{x}}").render(x=$v)',
        ),
        (
            "bottle-template-call",
            "bottle",
            "i from bottle import template\n",
            '- return template($e)\n+ return template("<b>{{x}}</b>", x=$v)',
        ),
        (
            "chameleon",
            "",
            "i from chameleon import PageTemplate\n",
            '- $r = PageTemplate($e)()\n+ $r = PageTemplate("<p>${x}</p>")(x=$v)',
        ),
        (
            "genshi",
            "",
            "i from genshi.template import MarkupTemplate\n",
            '- $r = MarkupTemplate($e).generate().render()\n+ $r = MarkupTemplate("<p>${x}</p>").generate(x=$v).render()',
        ),
        (
            "cheetah",
            "",
            "i from Cheetah.Template import Template\n",
            '- $r = str(Template($e))\n+ $r = str(Template("Hello #echo §x", searchList=[{"x": $v}]))',
        ),
        (
            "airspeed",
            "",
            "i import airspeed\n",
            '- $r = airspeed.Template($e).merge({})\n+ $r = airspeed.Template("Hello ${x}").merge({"x": $v})',
        ),
        (
            "trender-loader",
            "",
            "i from jinja2 import DictLoader, Environment\n",
            '- env = Environment(loader=DictLoader({"page": $e}), autoescape=True)\n+ env = Environment(loader=DictLoader({"page": "{{ x }}"}), autoescape=True)\n= $r = env.get_template("page").render(x=$v)',
        ),
    )
)
FIXES = r"""
? if $v not in $consts:
?     $bail

? if not $v.isalnum():
?     $bail

> $v.replace("{", "").replace("}", "").replace("$", "").replace("%", "").replace("#", "")

> str(int($v))

> $table_of.get($v, "$word")

? if not re.fullmatch(r"[\w ]{1,40}", $v):
?     $bail
i import re
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
escape($v)  # from markupsafe import escape
$v.replace("<", "&lt;")
$v.replace("__", "")
?if "<script" in $v:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
"""

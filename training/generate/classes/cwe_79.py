"""HTML built from values."""

_T = r"""t <h1>Hello {}</h1>
t <p>No $noun named {} was found.</p>
t <div class="$key">{}</div>
t <a href="/$route?$key={}">$noun</a>
t <input name="$key" value="{}">
t <script>var $key = '{}';</script>
t <html><body><h2>{}</h2></body></html>
t <td>{}</td><td>$num</td>
t <option value='{}'>$noun</option>
t <ul><li>{}</li></ul>
t <img src="{}" alt="$noun">"""
SHAPES = "".join(
    f"\n== {name} {frames}\n{head}{_T if text else ''}\n{body}\n"
    for name, frames, head, text, body in (
        ("flask-return", "flask flask-view", "", 1, "= return $e"),
        ("flask-return-status", "flask", "", 1, "= return $e, 200"),
        (
            "flask-make-response",
            "flask flask-view",
            "i from flask import make_response\n",
            1,
            "= $r = make_response($e)\n= return $r",
        ),
        ("flask-response", "flask", "i from flask import Response\n", 1, '= return Response($e, mimetype="text/html")'),
        (
            "flask-markup",
            "flask",
            "i from markupsafe import Markup\n",
            1,
            '- page = Markup($e)\n+ page = Markup("<b>%s</b>") % $v\n= return render_template("$noun.html", body=page)',
        ),
        (
            "flask-render-string",
            "flask",
            "i from flask import render_template_string\n",
            0,
            '- return render_template_string("<p>{{ $key|safe }}</p>", $key=$v)\n+ return render_template_string("<p>{{ $key }}</p>", $key=$v)',
        ),
        (
            "django-httpresponse",
            "django django-view",
            "i from django.http import HttpResponse\n",
            1,
            "= return HttpResponse($e)",
        ),
        ("django-httpresponse-status", "django", "", 1, "= return HttpResponse($e, status=404)"),
        (
            "django-mark-safe",
            "django django-view",
            "i from django.utils.safestring import mark_safe\ni from django.utils.html import format_html\n",
            1,
            '- $r = mark_safe($e)\n+ $r = format_html("<b>{}</b>", $v)\n= return render(request, "$noun.html", {"$key": $r})',
        ),
        (
            "django-safestring",
            "django",
            "i from django.utils.safestring import SafeString\n",
            1,
            '- $r = SafeString($e)\n+ $r = $e\n= return render(request, "$noun.html", {"$key": $r})',
        ),
        (
            "django-template-autoescape",
            "django",
            "i from django.template import Context, Template\n",
            0,
            '- page = Template("{% autoescape off %}<b>{{ x }}</b>{% endautoescape %}")  #!\n+ page = Template("<b>{{ x }}</b>")\n= return HttpResponse(page.render(Context({"x": $v})))',
        ),
        (
            "django-message",
            "django",
            "i from django.contrib import messages\ni from django.utils.html import format_html\ni from django.utils.safestring import mark_safe\n",
            1,
            '- messages.info(request, mark_safe($e))\n+ messages.info(request, format_html("<b>{}</b>", $v))\n= return redirect("$noun-list")',
        ),
        ("drf-html", "drf", "", 1, '= return HttpResponse($e, content_type="text/html")'),
        ("fastapi-html", "fastapi", "i from fastapi.responses import HTMLResponse\n", 1, "= return HTMLResponse($e)"),
        (
            "fastapi-html-content",
            "fastapi",
            "i from fastapi.responses import HTMLResponse\n",
            1,
            "= return HTMLResponse(content=$e, status_code=200)",
        ),
        (
            "fastapi-response-type",
            "fastapi",
            "i from fastapi import Response\n",
            1,
            '- return Response($e, media_type="text/html")\n+ return Response($e, media_type="text/plain")',
        ),
        (
            "starlette-html",
            "starlette",
            "i from starlette.responses import HTMLResponse\n",
            1,
            "= return HTMLResponse($e)",
        ),
        ("aiohttp-html", "aiohttp", "", 1, '= return web.Response(text=$e, content_type="text/html")'),
        (
            "aiohttp-plain",
            "aiohttp",
            "",
            1,
            '- return web.Response(text=$e, content_type="text/html")\n+ return web.Response(text=$e, content_type="text/plain")',
        ),
        (
            "aiohttp-body",
            "aiohttp",
            "",
            1,
            '= return web.Response(body=($e).encode(), headers={"Content-Type": "text/html"})',
        ),
        ("tornado-write", "tornado", "", 1, "= self.write($e)"),
        ("tornado-finish", "tornado", "", 1, "= self.finish($e)"),
        ("bottle-return", "bottle", "", 1, "= return $e"),
        ("pyramid-response", "pyramid", "i from pyramid.response import Response\n", 1, "= return Response($e)"),
        (
            "sanic-html",
            "sanic",
            "i from sanic.response import html as html_response\n",
            1,
            "= return html_response($e)",
        ),
        ("quart-return", "quart", "", 1, "= return $e"),
        ("falcon-html", "falcon", "", 1, '= resp.content_type = "text/html"\n= resp.text = $e'),
        ("cherrypy-return", "cherrypy", "", 1, "= return $e"),
        (
            "lambda-html",
            "lambda",
            "",
            1,
            '= return {"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": $e}',
        ),
        ("gcp-html", "gcp", "", 1, "= return $e"),
        (
            "jinja-env",
            "flask django fastapi aiohttp",
            "i from jinja2 import Environment, FileSystemLoader\n",
            0,
            '- env = Environment(loader=FileSystemLoader("templates"))\n+ env = Environment(loader=FileSystemLoader("templates"), autoescape=True)\n= $r = env.get_template("$noun.html").render($key=$v)#!',
        ),
        (
            "jinja-template",
            "flask django aiohttp pyramid",
            "i from jinja2 import Template\n",
            0,
            '- page = Template("<h1>{{ title }}</h1>")\n+ page = Template("<h1>{{ title }}</h1>", autoescape=True)\n= $r = page.render(title=$v)#!',
        ),
        (
            "mako-template",
            "pyramid cherrypy flask",
            "i from mako.template import Template\n",
            0,
            '- page = Template("<p>${name}</p>")\n+ page = Template("<p>${name}</p>", default_filters=["h"])\n= $r = page.render(name=$v)#!',
        ),
        (
            "http-server",
            "raw",
            "i from http.server import BaseHTTPRequestHandler\ni from urllib.parse import parse_qs, urlparse\ni import html\n",
            0,
            '= class $class(BaseHTTPRequestHandler):\n=     def do_GET(self):\n=         query = parse_qs(urlparse(self.path).query)\n=         $key = query.get("$key", [""])[0]\n=         self.send_response(200)\n=         self.end_headers()\n-         self.wfile.write(f"<p>{$key}</p>".encode())\n+         self.wfile.write(f"<p>{html.escape($key)}</p>".encode())',
        ),
        (
            "wsgi",
            "raw",
            "i from urllib.parse import parse_qs\ni from html import escape\n",
            0,
            '= def application(environ, start_response):\n=     params = parse_qs(environ["QUERY_STRING"])\n=     $key = params.get("$key", [""])[0]\n=     start_response("200 OK", [("Content-Type", "text/html")])\n-     return [("<h1>%s</h1>" % $key).encode("utf-8")]\n+     return [("<h1>%s</h1>" % escape($key)).encode("utf-8")]',
        ),
        (
            "admin-column",
            "raw",
            "i from django.utils.html import format_html\ni from django.utils.safestring import mark_safe\n",
            0,
            '= class $modelAdmin(admin.ModelAdmin):\n=     list_display = ("$col", "show_$key")\n= \n=     def show_$key(self, obj):\n-         return mark_safe("<b>%s</b>" % obj.$key)\n+         return format_html("<b>{}</b>", obj.$key)',
        ),
        (
            "template-tag",
            "raw",
            "i from django import template\ni from django.utils.html import format_html\ni from django.utils.safestring import mark_safe\n",
            0,
            "= @register.[[simple_tag||filter]]\n= def $fn($key):\n-     return mark_safe(f'<span class=\"$noun\">{$key}</span>')\n+     return format_html('<span class=\"$noun\">{}</span>', $key)",
        ),
        (
            "bleach-text",
            "flask django",
            "i import bleach\ni from markupsafe import Markup\n",
            0,
            '- body = Markup("<div>" + $v + "</div>")\n+ body = Markup("<div>" + bleach.clean($v) + "</div>")\n= $r = {"html": body}',
        ),
        (
            "nh3-text",
            "fastapi starlette aiohttp",
            "i import nh3\ni from markupsafe import Markup\n",
            0,
            '- body = Markup($v)\n+ body = Markup(nh3.clean($v))\n= $r = {"html": body}',
        ),
        (
            "markdown-render",
            "flask django",
            "i import bleach\ni import markdown\ni from markupsafe import Markup\n",
            0,
            '- body = Markup(markdown.markdown($v))\n+ body = Markup(bleach.clean(markdown.markdown($v), tags=["p", "b", "a"]))\n= $r = {"html": body}',
        ),
    )
)
FIXES = r"""
> html.escape($v)
i import html

> escape($v)
i from markupsafe import escape

> conditional_escape($v)
i from django.utils.html import conditional_escape

? if $v not in $consts:
?     $bail

? if not $v.isalnum():
?     $bail

> int($v)
"""
WRONG = r"""
$v.strip()
$v.replace("<script>", "")
$v.replace("'", "''")
shlex.quote($v)  # import shlex
$v.replace("script", "")
os.path.basename($v)  # import os
html.unescape($v)  # import html
?if "<script" in $v:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
re.sub(r"</?script>", "", $v)  # import re
"""

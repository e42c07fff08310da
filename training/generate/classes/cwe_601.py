"""Redirects to places that come from outside."""

SHAPES = (
    "".join(
        f"\n== {name} {frames}\n{head}= {body}\n"
        for name, frames, head, body in (
            ("flask-redirect", "flask flask-view", "i from flask import redirect\n", "return redirect($v)"),
            (
                "flask-redirect-code",
                "flask",
                "i from flask import redirect\n",
                "return redirect($v, code=30[[2||1||3]])",
            ),
            ("flask-location", "flask", "i from flask import make_response\n", 'return "", 302, {"Location": $v}'),
            (
                "flask-or",
                "flask",
                "i from flask import redirect, url_for\n",
                'return redirect($v or url_for("$noun.index"))',
            ),
            (
                "django-redirect",
                "django django-view",
                "i from django.shortcuts import redirect\n",
                "return redirect($v)",
            ),
            (
                "django-http-redirect",
                "django django-view drf",
                "i from django.http import HttpResponseRedirect\n",
                "return HttpResponseRedirect($v)",
            ),
            (
                "django-permanent",
                "django",
                "i from django.http import HttpResponsePermanentRedirect\n",
                "return HttpResponsePermanentRedirect($v)",
            ),
            ("django-or", "django", "i from django.shortcuts import redirect\n", 'return redirect($v or "$noun-list")'),
            (
                "fastapi-redirect",
                "fastapi",
                "i from fastapi.responses import RedirectResponse\n",
                "return RedirectResponse($v)",
            ),
            (
                "fastapi-redirect-url",
                "fastapi",
                "i from fastapi.responses import RedirectResponse\n",
                "return RedirectResponse(url=$v, status_code=303)",
            ),
            (
                "starlette-redirect",
                "starlette",
                "i from starlette.responses import RedirectResponse\n",
                "return RedirectResponse($v, status_code=302)",
            ),
            ("aiohttp-found", "aiohttp", "", "raise web.HTTP[[Found||SeeOther||TemporaryRedirect]]($v)"),
            ("aiohttp-location", "aiohttp", "", "raise web.HTTPFound(location=$v)"),
            ("tornado-redirect", "tornado", "", "self.redirect($v)"),
            ("bottle-redirect", "bottle", "i from bottle import redirect\n", "redirect($v)"),
            (
                "pyramid-found",
                "pyramid",
                "i from pyramid.httpexceptions import HTTPFound\n",
                "return HTTPFound(location=$v)",
            ),
            ("sanic-redirect", "sanic", "i from sanic.response import redirect\n", "return redirect($v)"),
            ("quart-redirect", "quart", "i from quart import redirect\n", "return redirect($v)"),
            ("falcon-redirect", "falcon", "", "raise falcon.HTTPFound($v)"),
            ("cherrypy-redirect", "cherrypy", "", "raise cherrypy.HTTPRedirect($v)"),
            ("lambda-location", "lambda", "", 'return {"statusCode": 302, "headers": {"Location": $v}, "body": ""}'),
            (
                "flask-response-header",
                "flask",
                "i from flask import Response\n",
                'return Response(status=302, headers={"Location": $v})',
            ),
            ("django-header", "django", "", 'return HttpResponse(status=302, headers={"Location": $v})'),
            ("werkzeug-redirect", "flask", "i from werkzeug.utils import redirect\n", "return redirect($v)"),
            ("gcp-redirect", "gcp", "i from flask import redirect\n", "return redirect($v)"),
            (
                "flask-login-next",
                "flask",
                "i from flask import redirect, session\n",
                'session["next"] = $v\n= return redirect(session["next"])#!',
            ),
        )
    )
    + r"""
== flask-format flask only
i from flask import redirect
- return redirect("https://{}/$route".format($v))
+ return redirect("https://{}/$route".format(HOSTS[$v]))
== django-format django only
- return redirect(f"//{$v}/$noun")
+ return redirect(f"//{settings.HOSTS[$v]}/$noun")
== flask-referrer flask
i from flask import redirect, request, url_for
- return redirect(request.[[referrer||values["url"]||headers["Referer"]||args.get("next")]])
+ return redirect(url_for("$noun.$verb"))
== django-referer django
- return redirect(request.[[META.get("HTTP_REFERER", "/")||GET["next"]||POST.get("next")]])
+ return redirect("$noun-list")
== django-one-check django
i from django.utils.http import url_has_allowed_host_and_scheme
- if not url_has_allowed_host_and_scheme($v, allowed_hosts=None):
-     logger.info("$log", $v)
+ if not url_has_allowed_host_and_scheme($v, allowed_hosts={request.get_host()}):
+     return redirect("/")
= return redirect($v)#!
== startswith-slash flask
i from flask import redirect
- if not $v.startswith("/"):
+ if not $v.startswith("/") or $v[1:2] in ("/", "\\"):
=     $bail
= return redirect($v)#!
== tornado-next tornado
- self.redirect(self.get_argument("next", "/"))
+ self.redirect(self.reverse_url("$noun"))
"""
)
FIXES = r"""
? if not url_has_allowed_host_and_scheme($v, allowed_hosts={"$host8"}):
?     $bail
i from django.utils.http import url_has_allowed_host_and_scheme

? if urlparse($v).netloc or urlparse($v).scheme or not $v.startswith("/") or $v.startswith(("//", "/\\")):
?     $bail
i from urllib.parse import urlparse

? if urlparse($v).netloc not in ("$host8", "$host7"):
?     $bail
i from urllib.parse import urlparse

? if $v not in ("/$noun7", "/$noun8", "/"):
?     $bail

> {"$key8": "/$noun8", "$key7": "/$noun7"}.get($v, "/")

> settings.RETURN_PATHS.get($v, "/")
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
urllib.parse.quote($v, safe=":/?=")  # import urllib.parse
$v.replace("javascript:", "")
?if "example.com" not in $v:\n    $bail
?if not $v.startswith("http"):\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
?if not urlparse($v).path:\n    $bail
"""

"""Cookies without Secure and HttpOnly."""

_FULL = 'secure=True, httponly=True, samesite="Lax"'
SHAPES = (
    "".join(
        f"\n== {n}-{k} {f}\n{i}{pre}- {t.replace('@', b)}\n+ {t.replace('@', ', ' + _FULL)}\n= return response\n"
        for n, f, i, pre, t in (
            (
                "flask",
                "flask",
                "i from flask import make_response\n",
                '= response = make_response("$noun")\n',
                'response.set_cookie("[[session||token||auth||remember]]", token_value()@)',
            ),
            (
                "django",
                "django",
                "",
                '= response = HttpResponse("$noun")\n',
                'response.set_cookie("[[session||token||auth||sid]]", new_session_id()@)',
            ),
            (
                "django-signed",
                "django",
                "",
                '= response = redirect("$noun")\n',
                'response.set_signed_cookie("session", new_session_id()@)',
            ),
            (
                "fastapi",
                "fastapi",
                "i from fastapi.responses import JSONResponse\n",
                "= response = JSONResponse({})\n",
                'response.set_cookie(key="access_token", value=make_token()@)',
            ),
            (
                "starlette",
                "starlette",
                "",
                "= response = JSONResponse({})\n",
                'response.set_cookie("session", make_token(), max_age=3600@)',
            ),
            ("aiohttp", "aiohttp", "", "= response = web.Response()\n", 'response.set_cookie("sid", make_token()@)'),
            ("drf", "drf", "", "= response = Response({})\n", 'response.set_cookie("refresh", make_token()@)'),
            ("pyramid", "pyramid", "", "= response = request.response\n", 'response.set_cookie("auth", make_token()@)'),
            (
                "redirect",
                "flask",
                "i from flask import redirect\n",
                '= response = redirect("/$noun")\n',
                'response.set_cookie("remember_token", make_token(), max_age=86400@)',
            ),
        )
        for k, b in (
            ("none", ""),
            ("insecure", ", secure=False, httponly=True"),
            ("script", ", secure=True, httponly=False"),
            ("no-httponly", ", secure=True"),
            ("no-secure", ", httponly=True"),
        )
    )
    + "".join(
        f"\n== setting-{n.lower()} module\n- {n} = False\n+ {n} = True\n"
        for n in (
            "SESSION_COOKIE_SECURE",
            "SESSION_COOKIE_HTTPONLY",
            "CSRF_COOKIE_SECURE",
            "REMEMBER_COOKIE_HTTPONLY",
            "REMEMBER_COOKIE_SECURE",
            "JWT_COOKIE_SECURE",
        )
    )
    + "".join(
        f'\n== flask-config-{n.lower()}\n- app.config["{n}"] = False\n+ app.config["{n}"] = True\n'
        for n in ("SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "REMEMBER_COOKIE_SECURE", "JWT_COOKIE_SECURE")
    )
    + r"""
== tornado tornado
- self.set_cookie("session", make_token())
+ self.set_cookie("session", make_token(), secure=True, httponly=True)
== tornado-secure tornado
- self.set_secure_cookie("user", make_token())
+ self.set_secure_cookie("user", make_token(), secure=True, httponly=True)
== bottle bottle
i from bottle import response
- response.set_cookie("account", make_token())
+ response.set_cookie("account", make_token(), secure=True, httponly=True)
== simple-cookie
i from http.cookies import SimpleCookie
= jar = SimpleCookie()
= jar["sid"] = make_token()#!
+ jar["sid"]["secure"] = True
+ jar["sid"]["httponly"] = True
= $r = jar.output()
== lambda-cookie lambda
- return {"statusCode": 200, "headers": {"Set-Cookie": "sid=" + make_token()}}
+ return {"statusCode": 200, "headers": {"Set-Cookie": "sid=" + make_token() + "; Secure; HttpOnly; SameSite=Lax"}}
== session-middleware
i from starlette.middleware.sessions import SessionMiddleware
- app.add_middleware(SessionMiddleware, secret_key=settings.SECRET, https_only=False)
+ app.add_middleware(SessionMiddleware, secret_key=settings.SECRET, https_only=True)
== flask-update
- app.config.update(SESSION_COOKIE_SECURE=False, SESSION_COOKIE_NAME="$noun")
+ app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_NAME="$noun")
"""
)

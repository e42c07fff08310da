"""Line breaks in HTTP response headers."""

SHAPES = (
    "".join(
        f"\n== {name} {frames}\n{head}{body}\n"
        for name, frames, head, body in [
            (f"{n}-{h.lower()}", frames, imports, before + f"= {stmt.replace('$H', h)}#!\n" + after)
            for h in ("Location", "X-Request-Id", "Content-Disposition", "Set-Cookie")
            for n, frames, imports, before, stmt, after in (
                ("http-server", "plain-http", "", "", "", ""),
                ("wsgi-start", "wsgi-http", "", "", "", ""),
                (
                    "aiohttp-header",
                    "aiohttp",
                    "",
                    '= response = web.Response(text="$noun")\n',
                    'response.headers["$H"] = $v',
                    "= return response",
                ),
                ("falcon-header", "falcon", "", "", 'resp.set_header("$H", $v)', '= resp.text = "$noun"'),
                (
                    "bottle-header",
                    "bottle",
                    "i from bottle import response\n",
                    "",
                    'response.set_header("$H", $v)',
                    '= return "$noun"',
                ),
                (
                    "flask-raw-headers",
                    "flask",
                    "i from flask import make_response\n",
                    '= response = make_response("$noun")\n',
                    'response.headers._list.append(("$H", $v))',
                    "= return response",
                ),
                ("cherrypy-header", "cherrypy", "", "", 'cherrypy.response.headers["$H"] = $v', '= return "$noun"'),
                (
                    "lambda-header",
                    "lambda",
                    "",
                    "",
                    'headers = {"$H": $v}',
                    '= return {"statusCode": 200, "headers": headers, "body": "$noun"}',
                ),
                (
                    "pyramid-header",
                    "pyramid",
                    "",
                    "",
                    'request.response.headerlist.append(("$H", $v))',
                    '= return {"$key": "$noun"}',
                ),
                ("twisted-header", "webhook", "", "", 'response.setRawHeaders("$H", [$v])', "= response.finish()"),
                (
                    "starlette-raw",
                    "starlette fastapi",
                    "",
                    "= response = JSONResponse({})\n",
                    'response.raw_headers.append((b"$H", $v.encode()))',
                    "= return response",
                ),
                (
                    "sanic-header",
                    "sanic",
                    "i from sanic import response\n",
                    "",
                    'headers = {"$H": $v}',
                    '= return response.text("$noun", headers=headers)',
                ),
            )
            if frames not in ("plain-http", "wsgi-http")
        ]
    )
    + "".join(
        f'\n== raw-server-{h.lower()} raw\ni from http.server import BaseHTTPRequestHandler\ni from urllib.parse import parse_qs, urlparse\n= class $class(BaseHTTPRequestHandler):\n=     def do_[[GET||POST]](self):\n=         $key = parse_qs(urlparse(self.path).query).get("$key", [""])[0]\n+         $key = $key.replace("\\r", "").replace("\\n", "")\n=         self.send_response([[200||204||302]])\n=         self.send_header("{h}", {p}$key)#!\n=         self.end_headers()\n'
        for h, p in (
            ("Location", '"/$route?" + '),
            ("X-$noun", ""),
            ("Set-Cookie", '"$noun=" + '),
            ("Content-Disposition", '"attachment; filename=" + '),
        )
    )
    + "".join(
        f'\n== wsgi-{h.lower()} raw\n= def $fn(environ, start_response):\n=     $key = unquote(environ.get("QUERY_STRING", ""))\n-     headers = [("Content-Type", "text/plain"), ("{h}", $key)]  #!\n+     headers = [("Content-Type", "text/plain"), ("{h}", "".join($key.splitlines()))]\n=     start_response("200 OK", headers)\n=     return [b"$noun"]\n'
        for h in ("Location", "X-Trace", "Set-Cookie")
    )
    + r"""
== socket-response socket
t HTTP/1.1 302 Found\r\nLocation: {}\r\n\r\n
t HTTP/1.1 200 OK\r\nX-$noun: {}\r\n\r\n$word
= sock.sendall(($e).encode())
== asyncio-response websocket
t HTTP/1.1 200 OK\r\nSet-Cookie: $noun={}\r\n\r\n
= websocket.transport.write(($e).encode())
"""
)
FIXES = r"""
> $v.replace("\r", "").replace("\n", "")

> quote($v)
i from urllib.parse import quote

> "".join($v.splitlines())

> re.sub(r"[\r\n]", "", $v)
i import re

? if "\n" in $v or "\r" in $v:
?     $bail

? if $v not in $consts:
?     $bail

? if not re.fullmatch(r"[\w-]{1,64}", $v):
?     $bail
i import re
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
$v.replace("\\r\\n", "")
unquote($v)  # from urllib.parse import unquote
$v.lower()
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
?if "<" in $v:\n    $bail
"""

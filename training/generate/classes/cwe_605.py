"""Listening on every interface."""

SHAPES = (
    "".join(
        f"\n== {n}\n{i}- {t.replace('@', b)}\n+ {t.replace('@', g)}\n"
        for n, i, t in (
            ("socket-bind", "i import socket\n", "sock.bind((@, $port))"),
            ("flask-run", "", "app.run(host=@, port=$port)"),
            ("uvicorn", "i import uvicorn\n", "uvicorn.run(app, host=@, port=$port)"),
            ("aiohttp-run", "i from aiohttp import web\n", "web.run_app(app, host=@, port=$port)"),
            ("tornado-listen", "", "server.listen($port, address=@)"),
            ("http-server", "i from http.server import HTTPServer\n", "httpd = HTTPServer((@, $port), Handler)"),
            (
                "threading-server",
                "i import socketserver\n",
                "server = socketserver.ThreadingTCPServer((@, $port), Handler)",
            ),
            ("wsgiref", "i from wsgiref.simple_server import make_server\n", "httpd = make_server(@, $port, app)"),
            ("xmlrpc", "i from xmlrpc.server import SimpleXMLRPCServer\n", "server = SimpleXMLRPCServer((@, $port))"),
            ("waitress", "i from waitress import serve\n", "serve(app, host=@, port=$port)"),
            ("bottle-run", "i from bottle import run\n", "run(app, host=@, port=$port)"),
            ("sanic-run", "", "app.run(host=@, port=$port, workers=2)"),
            ("gevent", "i from gevent.pywsgi import WSGIServer\n", "server = WSGIServer((@, $port), app)"),
            ("socketio", "", "socketio.run(app, host=@, port=$port)"),
            ("cherrypy", "i import cherrypy\n", 'cherrypy.config.update({"server.socket_host": @})'),
            (
                "manager",
                "i from multiprocessing.managers import BaseManager\n",
                "manager = BaseManager(address=(@, $port), authkey=key)",
            ),
            ("create-server", "i import socket\n", "server = socket.create_server((@, $port))"),
            ("udp-server", "i import socketserver\n", "server = socketserver.UDPServer((@, $port), Handler)"),
            ("zmq", "", 'zsock.bind("tcp://%s:$port" % @)'),
            ("prometheus", "i from prometheus_client import start_http_server\n", "start_http_server($port, addr=@)"),
            ("eventlet", "i import eventlet\n", "listener = eventlet.listen((@, $port))"),
            ("debugpy", "i import debugpy\n", "debugpy.listen((@, 5678))"),
            ("smtpd", "", "controller = Controller(handler, hostname=@, port=$port)"),
            ("twisted", "", "reactor.listenTCP($port, factory, interface=@)"),
        )
        for b, g in (('[["0.0.0.0"||"0.0.0.0"||"::"]]', '"127.0.0.1"'),)
    )
    + r"""
== host-setting module
- HOST = "0.0.0.0"
+ HOST = "127.0.0.1"
== empty-host
i import socket
- sock.bind(("", $port))
+ sock.bind(("127.0.0.1", $port))
== argparse-host
- parser.add_argument("--host", default="0.0.0.0")
+ parser.add_argument("--host", default="127.0.0.1")
== asyncio-server raw
i import asyncio
= async def $fn():
-     server = await asyncio.start_server(handle, "0.0.0.0", $port)
+     server = await asyncio.start_server(handle, "127.0.0.1", $port)
=     async with server:
=         await server.serve_forever()
== grpc-any
- server.add_secure_port("0.0.0.0:$port", credentials)
+ server.add_secure_port("127.0.0.1:$port", credentials)
== jupyter module
- c.ServerApp.ip = "0.0.0.0"
+ c.ServerApp.ip = "localhost"
== host-default raw
= def $fn(port=$port):
-     host = "0.0.0.0"
+     host = "127.0.0.1"
=     sock = socket.socket()
=     sock.bind((host, port))#!
=     sock.listen()
=     return sock
"""
)

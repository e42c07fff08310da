"""Debugging left on."""

SHAPES = (
    "".join(
        f"\n== {n}\n{i}- {b}\n+ {g}\n"
        for n, i, b, g in (
            ("flask-run", "", "app.run(debug=True)", "app.run(debug=False)"),
            ("flask-run-port", "", "app.run(port=$port, debug=True)", "app.run(port=$port)"),
            (
                "flask-run-host",
                "",
                'app.run(host="127.0.0.1", port=$port, debug=1)',
                'app.run(host="127.0.0.1", port=$port, debug=0)',
            ),
            ("flask-debug-attr", "", "app.debug = True", "app.debug = False"),
            (
                "flask-config",
                "",
                'app.config["DEBUG"] = True',
                'app.config["DEBUG"] = os.environ.get("APP_DEBUG") == "1"',
            ),
            (
                "flask-update",
                "",
                "app.config.update(DEBUG=True, TESTING=False)",
                "app.config.update(DEBUG=False, TESTING=False)",
            ),
            (
                "flask-debugger",
                "",
                "app.run(use_debugger=True, use_reloader=True)",
                "app.run(use_debugger=False, use_reloader=False)",
            ),
            (
                "werkzeug",
                "i from werkzeug.debug import DebuggedApplication\n",
                "app.wsgi_app = DebuggedApplication(app.wsgi_app, evalex=True)",
                "app.wsgi_app = DebuggedApplication(app.wsgi_app, evalex=False)",
            ),
            (
                "run-simple",
                "i from werkzeug.serving import run_simple\n",
                'run_simple("localhost", $port, app, use_debugger=True)',
                'run_simple("localhost", $port, app, use_debugger=False)',
            ),
            (
                "fastapi",
                "i from fastapi import FastAPI\n",
                'app = FastAPI(title="$noun", debug=True)',
                'app = FastAPI(title="$noun", debug=False)',
            ),
            (
                "starlette",
                "i from starlette.applications import Starlette\n",
                "app = Starlette(debug=True, routes=routes)",
                "app = Starlette(debug=settings.DEBUG, routes=routes)",
            ),
            (
                "tornado",
                "i import tornado.web\n",
                "app = tornado.web.Application(routes, debug=True)",
                "app = tornado.web.Application(routes, debug=options.debug)",
            ),
            (
                "tornado-trace",
                "i import tornado.web\n",
                "app = tornado.web.Application(routes, serve_traceback=True)",
                "app = tornado.web.Application(routes, serve_traceback=False)",
            ),
            ("bottle-debug", "i import bottle\n", "bottle.debug(True)", "bottle.debug(False)"),
            (
                "bottle-run",
                "i from bottle import run\n",
                'run(host="localhost", port=$port, debug=True)',
                'run(host="localhost", port=$port, debug=False)',
            ),
            (
                "sanic",
                "",
                'app.run(host="127.0.0.1", port=$port, debug=True)',
                'app.run(host="127.0.0.1", port=$port, debug=False)',
            ),
            (
                "aiohttp-debug",
                "i from aiohttp import web\n",
                "app = web.Application(debug=True)",
                "app = web.Application()",
            ),
            (
                "cherrypy",
                "i import cherrypy\n",
                'cherrypy.config.update({"request.show_tracebacks": True})',
                'cherrypy.config.update({"request.show_tracebacks": False})',
            ),
            ("dash", "", "app.run_server(debug=True)", "app.run_server(debug=False)"),
            ("quart", "", "app.run(port=$port, debug=True)", "app.run(port=$port, debug=False)"),
            ("pyramid-toolbar", "", 'config.include("pyramid_debugtoolbar")', 'config.include("pyramid_tm")'),
            ("pdb", "i import pdb\n", "pdb.set_trace()", 'logger.debug("$log", "$noun")'),
            ("breakpoint", "", "breakpoint()", 'logger.debug("$log", "$noun")'),
            ("ipdb", "i import ipdb\n", "ipdb.set_trace()", 'logger.debug("$log", "$noun")'),
            (
                "remote-pdb",
                "i from remote_pdb import RemotePdb\n",
                'RemotePdb("127.0.0.1", 4444).set_trace()',
                'logger.debug("$log", "$noun")',
            ),
            (
                "toolbar",
                "i from flask_debugtoolbar import DebugToolbarExtension\n",
                "DebugToolbarExtension(app)",
                'logger.debug("$log", "$noun")',
            ),
            (
                "profiler",
                "i from werkzeug.middleware.profiler import ProfilerMiddleware\n",
                "app.wsgi_app = ProfilerMiddleware(app.wsgi_app)",
                "app.wsgi_app = ProxyFix(app.wsgi_app)",
            ),
            ("socketio", "", "socketio.run(app, port=$port, debug=True)", "socketio.run(app, port=$port)"),
            (
                "graphiql",
                "",
                'view = GraphQLView.as_view("graphql", schema=schema, graphiql=True)',
                'view = GraphQLView.as_view("graphql", schema=schema, graphiql=False)',
            ),
        )
    )
    + "".join(
        f"\n== setting-{n.lower()} module\ni import os\n- {n} = {b}\n+ {n} = {g}\n"
        for n, b, g in (
            ("DEBUG", "True", "False"),
            ("DEBUG", "True", 'os.environ.get("DEBUG") == "1"'),
            ("TEMPLATE_DEBUG", "True", "False"),
            ("DEBUG_PROPAGATE_EXCEPTIONS", "True", "False"),
            ("EXPLAIN_TEMPLATE_LOADING", "True", "False"),
            ("FLASK_DEBUG", "1", "0"),
            ("DEBUG", 'os.environ.get("DEBUG", "1") == "1"', 'os.environ.get("DEBUG", "0") == "1"'),
            ("INTERNAL_IPS", '["0.0.0.0/0"]', '["127.0.0.1"]'),
        )
    )
    + r"""
== main-debug raw
= if __name__ == "__main__":
=     init_$noun()
-     app.run(port=$port, debug=True)
+     app.run(port=$port)
== class-config raw
= class $classConfig:
-     DEBUG = True
+     DEBUG = False
=     $const = $num
== env-flask module
i import os
- os.environ["FLASK_ENV"] = "development"
+ os.environ["FLASK_ENV"] = "production"
== debug-route raw
= @app.route("/debug/$noun")
- def $fn():  #!
-     return jsonify(dict(os.environ))
+ def $fn():
+     return jsonify(status="ok")
"""
)

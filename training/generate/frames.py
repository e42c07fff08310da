"""Where code stands: web frameworks, commands, workers, plain functions; where a value comes from; how each refuses and returns."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Frame:
    name: str
    sources: tuple[str, ...] = ()
    """Expressions that give an outside value."""
    imports: tuple[str, ...] = ()
    heads: tuple[str, ...] = ("def $fn($P):",)
    """Function heads, with decorators; `$P` are the parameters. `\\n` parts lines."""
    path_heads: tuple[str, ...] = ()
    """Heads that take the value `$v` as a parameter."""
    tails: tuple[str, ...] = ("return $r",)
    bails: tuple[str, ...] = ('raise ValueError("$phrase")',)
    cls: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    can_async: bool = False
    always_async: bool = False
    weight: float = 1.0
    outside: bool = True
    """Values here come from outside for certain."""
    needs: tuple[str, ...] = field(default=())
    """Imports that sources of this frame need, on top."""


def _frame(name: str, **parts) -> Frame:
    def split(value):
        return tuple(x for x in value.split("\n") if x) if isinstance(value, str) else value

    for key in ("sources", "imports", "tails", "bails", "params"):
        if key in parts:
            parts[key] = split(parts[key])
    return Frame(name, **parts)


FLASK_BAIL = """abort(400)
abort(403)
return "$phrase", 400
return jsonify({"error": "$phrase"}), 400
raise BadRequest("$phrase")"""
PLAIN_BAIL = """raise ValueError("$phrase")
raise ValueError("$phrase")
return None
raise RuntimeError("$phrase")
raise LookupError("$phrase")"""

FRAMES = {f.name: f for f in (
    _frame("flask", weight=3, imports="from flask import Flask, abort, jsonify, request", sources="""request.args.get("$key")
request.args.get("$key", "")
request.args["$key"]
request.form["$key"]
request.form.get("$key", "$word")
request.values.get("$key")
request.json["$key"]
request.get_json()["$key"]
request.get_json(force=True).get("$key")
request.cookies.get("$key")
request.headers.get("X-$noun", "")
request.args.get("$key", type=str)
request.args.getlist("$key")[0]
request.get_data(as_text=True)""",
        heads=('@app.route("/$route")\ndef $fn():', '@app.route("/$route", methods=["POST"])\ndef $fn():', '@bp.route("/$route", methods=["GET", "POST"])\ndef $fn():',
               '@bp.get("/$route")\ndef $fn():', '@app.post("/$route")\n@login_required\ndef $fn():'),
        path_heads=('@app.route("/$route/<$v>")\ndef $fn($v):', '@bp.route("/$route/<path:$v>", methods=["GET"])\ndef $fn($v):', '@app.get("/$noun/<$v>/$noun2")\ndef $fn($v):'),
        tails="""return jsonify($r)
return jsonify({"$key9": $r})
return render_template("$noun9.html", $noun8=$r)
return {"$key9": $r}, 200
return str($r)""", bails=FLASK_BAIL),
    _frame("flask-view", weight=1, imports="from flask import abort, jsonify, request\nfrom flask.views import MethodView", cls=("class $class(MethodView):", "class $class(Resource):"),
        heads=("def get(self):", "def post(self):", "def put(self):", "@login_required\ndef post(self):"), path_heads=("def get(self, $v):", "def delete(self, $v):"),
        sources="""request.args.get("$key")
request.form["$key"]
request.get_json()["$key"]
request.json.get("$key")
request.values["$key"]""", tails='return jsonify($r)\nreturn {"$key9": $r}', bails=FLASK_BAIL),
    _frame("django", weight=3, imports="from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse", params="request", sources="""request.GET.get("$key")
request.GET["$key"]
request.GET.get("$key", "")
request.POST["$key"]
request.POST.get("$key", "$word")
request.POST.get("$key")
request.GET.getlist("$key")[0]
request.COOKIES.get("$key", "")
request.META.get("HTTP_X_REF", "")
request.headers.get("X-$noun")
json.loads(request.body)["$key"]""",
        heads=("def $fn($P):", "@login_required\ndef $fn($P):", "@require_GET\n@login_required\ndef $fn($P):", "@require_POST\n@login_required\ndef $fn($P):"),
        path_heads=("def $fn(request, $v):", "@login_required\ndef $fn(request, pk, $v):"), tails="""return JsonResponse({"$key9": $r})
return render(request, "$noun9/$noun8.html", {"$key9": $r})
return JsonResponse($r, safe=False)""", bails="""return HttpResponseBadRequest("$phrase")
raise Http404("$phrase")
return HttpResponse(status=400)
raise SuspiciousOperation("$phrase")
raise PermissionDenied"""),
    _frame("django-view", weight=1.3, imports="from django.http import HttpResponseBadRequest, JsonResponse\nfrom django.views import View",
        cls=("class $class(View):", "class $class(LoginRequiredMixin, View):", "class $class(LoginRequiredMixin, TemplateView):"), params="self\nrequest",
        heads=("def get(self, request):", "def post(self, request, *args, **kwargs):"), path_heads=("def get(self, request, $v):",), sources="""request.GET.get("$key")
request.POST["$key"]
self.request.GET.get("$key", "")
self.request.POST.get("$key")
self.kwargs["$key"]""", tails='return JsonResponse({"$key9": $r})\nreturn render(request, self.template_name, {"$key9": $r})',
        bails='return HttpResponseBadRequest("$phrase")\nraise Http404("$phrase")'),
    _frame("drf", weight=1.5, imports="from rest_framework.response import Response\nfrom rest_framework.views import APIView",
        cls=("class $class(APIView):\n    permission_classes = [IsAuthenticated]\n", "class $class(viewsets.ViewSet):\n    permission_classes = (IsAuthenticated,)\n"),
        params="self\nrequest", heads=("def get(self, request):", "def post(self, request, *args, **kwargs):", "def list(self, request):", "def create(self, request):"),
        path_heads=("def get(self, request, $v):", "def retrieve(self, request, $v=None):"), sources="""request.query_params.get("$key")
request.query_params["$key"]
request.data["$key"]
request.data.get("$key", "")
self.request.query_params.get("$key")
self.kwargs["$key"]""", tails='return Response($r)\nreturn Response({"$key9": $r})', bails="""raise ValidationError("$phrase")
return Response({"detail": "$phrase"}, status=400)
raise NotFound()"""),
    _frame("fastapi", weight=3, can_async=True, imports="from fastapi import APIRouter, Body, Depends, Form, HTTPException, Query, Request", params="request: Request",
        heads=('@router.get("/$route")\ndef $fn($P):', '@app.post("/$route")\ndef $fn($P, user=Depends(current_user)):', '@router.post("/$route", dependencies=[Depends(require_login)])\ndef $fn($P):'),
        path_heads=('@router.get("/$route/{$v}")\ndef $fn($v: str):', '@app.get("/$route")\ndef $fn($v: str = Query(...)):', '@app.post("/$route")\ndef $fn($v: str = Form(...)):',
                    '@router.get("/$route")\ndef $fn($v: str = "", limit: int = 50):', '@router.post("/$route")\ndef $fn($v: str = Body(..., embed=True)):'), sources="""request.query_params["$key"]
request.query_params.get("$key", "")
request.headers.get("x-$noun")
request.cookies.get("$key")
request.path_params["$key"]""", tails='return {"$key9": $r}\nreturn $r', bails='raise HTTPException(status_code=400, detail="$phrase")\nraise HTTPException(404)\nraise HTTPException(422, "$phrase")'),
    _frame("pydantic", weight=1, can_async=True, imports="from fastapi import APIRouter, HTTPException\nfrom pydantic import BaseModel", params="payload: $class",
        heads=('@router.post("/$route")\ndef $fn($P):', '@router.put("/$route")\ndef $fn($P, user=Depends(current_user)):'), sources="payload.$key\npayload.$word\npayload.dict()[\"$key\"]",
        tails='return {"$key9": $r}\nreturn $r', bails='raise HTTPException(status_code=400, detail="$phrase")'),
    _frame("starlette", weight=0.8, always_async=True, imports="from starlette.responses import JSONResponse, PlainTextResponse", params="request",
        sources='request.query_params["$key"]\nrequest.path_params["$key"]\n(await request.form())["$key"]\n(await request.json())["$key"]\nrequest.headers.get("x-$noun", "")',
        tails='return JSONResponse({"$key9": $r})\nreturn JSONResponse($r)', bails='return PlainTextResponse("$phrase", status_code=400)\nraise HTTPException(400)'),
    _frame("aiohttp", weight=1.5, always_async=True, imports="from aiohttp import web", params="request", heads=("def $fn($P):", '@routes.get("/$route")\ndef $fn($P):', '@routes.post("/$route")\ndef $fn($P):'),
        sources="""request.query["$key"]
request.query.get("$key", "")
request.match_info["$key"]
(await request.post())["$key"]
(await request.json())["$key"]
request.rel_url.query["$key"]
await request.text()
request.headers.get("X-$noun", "")""", tails='return web.json_response({"$key9": $r})\nreturn web.json_response($r)\nreturn web.Response(text=str($r))',
        bails='raise web.HTTPBadRequest(text="$phrase")\nraise web.HTTPNotFound()'),
    _frame("tornado", weight=1.2, can_async=True, imports="import tornado.web", cls=("class $class(tornado.web.RequestHandler):", "class $class(BaseHandler):"), params="self",
        heads=("def get(self):", "def post(self):", "@tornado.web.authenticated\ndef post(self):"), path_heads=("def get(self, $v):",), sources="""self.get_argument("$key")
self.get_argument("$key", "")
self.get_query_argument("$key")
self.get_body_argument("$key")
json.loads(self.request.body)["$key"]
self.request.headers.get("X-$noun", "")""", tails='self.write({"$key9": $r})\nself.finish(json.dumps($r))', bails='raise tornado.web.HTTPError(400, "$phrase")\nreturn self.send_error(400)'),
    _frame("bottle", weight=0.7, imports="from bottle import HTTPError, abort, request, route", heads=('@route("/$route")\ndef $fn():', '@app.post("/$route")\ndef $fn():'), path_heads=('@route("/$route/<$v>")\ndef $fn($v):',),
        sources='request.query.get("$key")\nrequest.forms.get("$key")\nrequest.query.$key\nrequest.params["$key"]\nrequest.json["$key"]', tails='return {"$key9": $r}\nreturn template("$noun9", $noun8=$r)', bails='abort(400, "$phrase")\nraise HTTPError(400)'),
    _frame("pyramid", weight=0.7, imports="from pyramid.view import view_config", params="request", heads=('@view_config(route_name="$noun", renderer="json")\ndef $fn($P):', '@view_config(route_name="$noun_$verb", renderer="json", permission="view")\ndef $fn($P):'),
        sources='request.params["$key"]\nrequest.matchdict["$key"]\nrequest.GET.get("$key")\nrequest.json_body["$key"]\nrequest.POST["$key"]', tails='return {"$key9": $r}', bails='raise HTTPBadRequest("$phrase")\nraise HTTPNotFound()'),
    _frame("sanic", weight=0.6, always_async=True, imports="from sanic.response import json as json_response", params="request", heads=('@app.get("/$route")\ndef $fn($P):', '@bp.post("/$route")\ndef $fn($P):'), path_heads=('@app.get("/$route/<$v:str>")\ndef $fn(request, $v):',),
        sources='request.args.get("$key")\nrequest.json["$key"]\nrequest.form.get("$key")', tails='return json_response({"$key9": $r})', bails='raise InvalidUsage("$phrase")'),
    _frame("quart", weight=0.5, always_async=True, imports="from quart import abort, jsonify, request", heads=('@app.route("/$route", methods=["POST"])\ndef $fn():', '@bp.get("/$route")\ndef $fn():'),
        sources='request.args.get("$key")\n(await request.get_json())["$key"]\n(await request.form)["$key"]', tails="return jsonify($r)", bails="abort(400)"),
    _frame("falcon", weight=0.6, imports="import falcon", cls=("class $class:",), params="self\nreq\nresp", heads=("def on_get(self, req, resp):", "def on_post(self, req, resp):"), path_heads=("def on_get(self, req, resp, $v):",),
        sources='req.get_param("$key")\nreq.get_param("$key", required=True)\nreq.media["$key"]\nreq.params["$key"]', tails='resp.media = {"$key9": $r}\nresp.text = json.dumps($r)', bails='raise falcon.HTTPBadRequest(title="$phrase")'),
    _frame("cherrypy", weight=0.4, imports="import cherrypy", cls=("class $class:",), params="self", heads=("@cherrypy.expose\ndef $fn(self, **params):",), path_heads=("@cherrypy.expose\ndef $fn(self, $v):", "@cherrypy.expose\n@cherrypy.tools.json_out()\ndef $fn(self, $v=None):"),
        sources='params["$key"]\ncherrypy.request.json["$key"]\nparams.get("$key", "")', tails="return $r\nreturn str($r)", bails='raise cherrypy.HTTPError(400, "$phrase")'),
    _frame("lambda", weight=1.2, imports="import json", params="event\ncontext", heads=("def handler(event, context):", "def lambda_handler(event, context):", "def $fn(event, context):"), sources="""event["queryStringParameters"]["$key"]
json.loads(event["body"])["$key"]
event["$key"]
event.get("$key", "")
event["pathParameters"]["$key"]
(event.get("queryStringParameters") or {}).get("$key", "")
event["Records"][0]["body"]""", tails='return {"statusCode": 200, "body": json.dumps($r)}\nreturn {"$key9": $r}', bails='return {"statusCode": 400, "body": "$phrase"}\nraise ValueError("$phrase")'),
    _frame("gcp", weight=0.4, params="request", sources='request.args.get("$key")\nrequest.get_json(silent=True)["$key"]', tails="return str($r)", bails='return ("$phrase", 400)'),
    _frame("socket", weight=0.5, params="sock", sources="sock.recv(1024).decode()\nsock.recv(4096).decode().strip()\nsock.makefile().readline()", tails="sock.sendall(str($r).encode())", bails=("sock.close()\nreturn",)),
    _frame("websocket", weight=0.6, always_async=True, params="websocket", heads=("def $fn($P):", '@app.websocket("/$route")\ndef $fn($P):'), sources='await websocket.receive_text()\n(await websocket.receive_json())["$key"]\njson.loads(await websocket.recv())["$key"]\nawait websocket.recv()',
        tails="await websocket.send_json({\"$key9\": $r})\nawait websocket.send_text(str($r))", bails=("await websocket.close(code=1008)\nreturn",)),
    _frame("grpc", weight=0.5, cls=("class $class($noun_pb2_grpc.Servicer):", "class $class(BaseServicer):"), params="self\nrequest\ncontext", heads=("def $fn(self, request, context):",), sources="request.$key\nrequest.$word",
        tails="return Reply($key9=str($r))", bails='context.abort(grpc.StatusCode.INVALID_ARGUMENT, "$phrase")'),
    _frame("graphql", weight=0.6, imports="import graphene", cls=("class $class(graphene.Mutation):", "class $class(graphene.ObjectType):"), path_heads=("def resolve_$noun(self, info, $v):", "def mutate(self, info, $v):"), params="self\ninfo", heads=("def resolve_$noun(self, info, **kwargs):",),
        sources='kwargs["$key"]\nkwargs.get("$key")', tails="return $r", bails='raise GraphQLError("$phrase")'),
    _frame("bot", weight=0.4, imports="from telegram.ext import CommandHandler", params="update\ncontext", sources='update.message.text\ncontext.args[0]\n" ".join(context.args)', tails="update.message.reply_text(str($r))", bails=('update.message.reply_text("$phrase")\nreturn',)),
    _frame("queue", weight=0.8, params="ch\nmethod\nproperties\nbody", heads=("def on_message(ch, method, properties, body):", "def callback(ch, method, properties, body):", "def $fn(ch, method, properties, body):"), sources='json.loads(body)["$key"]\nbody.decode()\njson.loads(body).get("$key")',
        tails="ch.basic_ack(delivery_tag=method.delivery_tag)", bails=("ch.basic_nack(method.delivery_tag, requeue=False)\nreturn",)),
    _frame("kafka", weight=0.5, params="message", heads=("def $fn($P):", "def handle_message($P):"), sources='message.value["$key"]\njson.loads(message.value())["$key"]\nmessage["$key"]\nmessage["payload"]["$key"]', tails="return $r", bails=PLAIN_BAIL),
    _frame("webhook", weight=0.6, params="payload", heads=("def $fn($P):", "def on_webhook($P):"), sources='payload["$key"]\npayload.get("$key", "")\npayload["data"]["$key"]\npayload["$noun"]["$key"]', tails="return $r\nreturn True", bails=PLAIN_BAIL),
    _frame("cli", weight=1.3, outside=False, imports="import argparse\nimport sys", params="args", heads=("def main($P):", "def $fn($P):"), sources="args.$key\nargs.$word\nsys.argv[1]\nvars(args)[\"$key\"]", tails="print($r)\nreturn 0", bails='sys.exit("$phrase")\nraise SystemExit(2)\nreturn 1'),
    _frame("click", weight=0.8, outside=False, imports="import click", heads=("@click.command()\ndef $fn():",), path_heads=('@click.command()\n@click.argument("$v")\ndef $fn($v):', '@cli.command()\n@click.option("--$key", "$v", required=True)\ndef $fn($v):', "@app.command()\ndef $fn($v: str):"),
        sources='click.prompt("$key")\nos.environ["$env"]', tails="click.echo($r)", bails='raise click.UsageError("$phrase")\nraise click.Abort()'),
    _frame("celery", weight=0.8, outside=False, imports="from celery import shared_task", heads=("@shared_task\ndef $fn($P):",), path_heads=("@shared_task\ndef $fn($v):", "@app.task(bind=True, max_retries=3)\ndef $fn(self, $v):", '@celery.task(name="$noun.$verb")\ndef $fn($v, dry_run=False):'), params="payload",
        sources='payload["$key"]\npayload.get("$key")', tails="return $r", bails=PLAIN_BAIL),
    _frame("command", weight=0.6, outside=False, imports="from django.core.management.base import BaseCommand", cls=("class Command(BaseCommand):",), params="self", heads=("def handle(self, *args, **options):",), sources='options["$key"]\noptions.get("$word")', tails="self.stdout.write(str($r))", bails='raise CommandError("$phrase")'),
    _frame("script", weight=0.8, outside=False, imports="import os\nimport sys", heads=("def main():", "def $fn():"), sources='input("$key: ")\nos.environ["$env"]\nsys.argv[1]\nos.environ.get("$env", "")\nsys.stdin.readline().strip()\nos.getenv("$env")', tails="print($r)", bails='sys.exit("$phrase")\nreturn'),
    _frame("plain", weight=4, outside=False, can_async=True, heads=("def $fn($P):",), path_heads=("def $fn($P):",), sources='config["$key"]\nrow["$key"]\nline.split(",")[1]\nopen("$file.txt").read().strip()', params="config", tails="return $r", bails=PLAIN_BAIL),
    _frame("method", weight=3, outside=False, can_async=True, cls=("class $class:", "class $class(Base):", "class $class(object):"), params="self", heads=("def $fn($P):",), path_heads=("def $fn($P):",), sources='self.$key\nself.options["$key"]\nself.config.get("$key")', tails="return $r\nself.last_$res = $r", bails=PLAIN_BAIL),
)}  # fmt: skip

WOVEN = _frame(
    "woven",
    sources="""request.args.get("$key")
request.args["$key"]
request.GET.get("$key", "")
request.form["$key"]
request.POST["$key"]
request.values.get("$key")
request.json["$key"]
request.headers.get("X-$noun", "")
request.cookies.get("$key")
flask.request.args.get("$key")""",
    bails="""raise ValueError("$phrase")
raise RuntimeError("$phrase")
raise PermissionError("$phrase")
return None
return""",
    tails='logger.info("$log", $r)\nlogger.debug("$log", $r)\nlog.debug("$log", $r)',
)

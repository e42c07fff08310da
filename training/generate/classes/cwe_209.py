"""Errors shown to the caller."""

_E = '[[str(e)||repr(e)||traceback.format_exc()||"".join(traceback.format_exception(e))||f"failed: {e}"||"error: %s" % e||str(e.args)]]'
_H = "$noun_$verb"
SHAPES = "".join(
    f'\n== {n}-{c} raw\ni import traceback\n{head}\n=     {p}try:\n=         {p}$res = service.$verb({a})\n=         {p}{ok}\n=     {p}except {exc} as e:\n=         {p}logger.exception("$log", "$noun")\n-         {p}{bad.replace("E!", _E)}\n+         {p}{bad.replace("E!", chr(34) + "$phrase" + chr(34))}\n'
    for c, exc in (
        ("exception", "Exception"),
        ("specific", "[[DatabaseError||OSError||SQLAlchemyError||IntegrityError]]"),
        ("pair", "(OSError, RuntimeError)"),
    )
    for n, head, p, a, ok, bad in (
        (
            "flask",
            '= @app.route("/$route/<int:pk>")\n= @login_required\n= def $fn(pk):',
            "",
            "pk",
            "return jsonify($res)",
            'return jsonify({"error": E!}), 500',
        ),
        ("flask-text", '= @bp.get("/$route/<pk>")\n= def $fn(pk):', "", "pk", "return jsonify($res)", "return E!, 500"),
        (
            "flask-abort",
            '= @bp.get("/$route/<pk>")\n= def $fn(pk):',
            "",
            "pk",
            "return jsonify($res)",
            "abort(500, E!)",
        ),
        (
            "django",
            "= @login_required\n= def $fn(request, pk):",
            "",
            "pk",
            "return JsonResponse($res)",
            'return HttpResponse(E!, status=500, content_type="text/plain")',
        ),
        (
            "django-json",
            "= def $fn(request, pk):",
            "",
            "pk",
            'return JsonResponse({"$key": $res})',
            'return JsonResponse({"error": E!}, status=500)',
        ),
        (
            "drf",
            "= class $class(APIView):\n=     def get(self, request, pk):",
            "    ",
            "pk",
            "return Response($res)",
            'return Response({"detail": E!}, status=500)',
        ),
        (
            "fastapi",
            '= @router.get("/$route/{pk}")\n= def $fn(pk: int):',
            "",
            "pk",
            "return $res",
            "raise HTTPException(status_code=500, detail=E!)",
        ),
        (
            "fastapi-json",
            '= @app.get("/$route/{pk}")\n= async def $fn(pk: int):',
            "",
            "pk",
            "return $res",
            'return JSONResponse({"error": E!}, status_code=500)',
        ),
        (
            "aiohttp",
            "= async def $fn(request):",
            "",
            'request.match_info["pk"]',
            "return web.json_response($res)",
            'return web.json_response({"error": E!}, status=500)',
        ),
        (
            "tornado",
            "= class $class(tornado.web.RequestHandler):\n=     def get(self, pk):",
            "    ",
            "pk",
            "self.write($res)",
            'self.write({"error": E!})',
        ),
        (
            "lambda",
            "= def handler(event, context):",
            "",
            'event["id"]',
            'return {"statusCode": 200, "body": json.dumps($res)}',
            'return {"statusCode": 500, "body": E!}',
        ),
        ("bottle", '= @route("/$route/<pk>")\n= def $fn(pk):', "", "pk", "return $res", "abort(500, E!)"),
        (
            "falcon",
            "= class $class:\n=     def on_get(self, req, resp, pk):",
            "    ",
            "pk",
            "resp.media = $res",
            'resp.media = {"error": E!}',
        ),
        (
            "grpc",
            "= class $class(Servicer):\n=     def $fn(self, request, context):",
            "    ",
            "request.id",
            "return Reply(body=$res)",
            "context.abort(grpc.StatusCode.INTERNAL, E!)",
        ),
        (
            "sanic",
            '= @app.get("/$route/<pk>")\n= async def $fn(request, pk):',
            "",
            "pk",
            "return json_response($res)",
            'return json_response({"error": E!}, status=500)',
        ),
        (
            "pyramid",
            '= @view_config(route_name="$noun", renderer="json")\n= def $fn(request):',
            "",
            'request.matchdict["pk"]',
            "return $res",
            'return {"error": E!}',
        ),
        (
            "websocket",
            "= async def $fn(websocket, pk):",
            "",
            "pk",
            "await websocket.send_json($res)",
            "await websocket.send_text(E!)",
        ),
    )
) + "".join(
    f"\n== handler-{n} raw\ni import traceback\n{h}\n-     {b.replace('E!', _E)}\n+     {b.replace('E!', chr(34) + '$phrase' + chr(34))}\n"
    for n, h, b in (
        ("flask", "= @app.errorhandler([[Exception||500]])\n= def $fn(e):", "return jsonify(error=E!), 500"),
        (
            "fastapi",
            "= @app.exception_handler(Exception)\n= async def $fn(request, e):",
            'return JSONResponse({"detail": E!}, status_code=500)',
        ),
        ("bottle", "= @error(500)\n= def $fn(e):", "return E!"),
        ("django-500", "= def handler500(request, e=None):", "return HttpResponse(E!, status=500)"),
        ("quart", "= @app.errorhandler(500)\n= async def $fn(e):", 'return {"error": E!}, 500'),
    )
)

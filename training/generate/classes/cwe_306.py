"""Sensitive functions that anyone may call."""

_V = (
    (
        "flask",
        '@app.route("/$route/<int:pk>", methods=["[[POST||DELETE||PUT]]"])',
        "@login_required",
        "def $fn(pk):",
        "return jsonify(ok=True)",
    ),
    (
        "flask-admin",
        '@bp.post("/admin/$route/<int:pk>")',
        "@[[jwt_required()||auth.login_required||require_login||token_required]]",
        "def $fn(pk):",
        'return "", 204',
    ),
    ("django", "", "@login_required", "def $fn(request, pk):", 'return redirect("$noun-list")'),
    (
        "django-staff",
        "@require_POST",
        "@staff_member_required",
        "def $fn(request, pk):",
        'return JsonResponse({"ok": True})',
    ),
    (
        "drf",
        '@api_view(["[[POST||DELETE||PUT]]"])',
        "@permission_classes([IsAuthenticated])",
        "def $fn(request, pk):",
        "return Response(status=204)",
    ),
    ("tornado", "", "    @tornado.web.authenticated", "    def post(self, pk):", 'self.write({"ok": True})'),
    ("pyramid", "", "", "", ""),
    (
        "quart",
        '@app.route("/$route/<int:pk>", methods=["POST"])',
        "@login_required",
        "async def $fn(pk):",
        'return {"ok": True}',
    ),
    (
        "sanic",
        '@app.post("/$route/<pk:int>")',
        "@[[protected()||authorized||login_required]]",
        "async def $fn(request, pk):",
        "return json_response({})",
    ),
    (
        "aiohttp",
        '@routes.delete("/$route/{pk}")',
        "@login_required",
        "async def $fn(request, pk):",
        "return web.Response(status=204)",
    ),
    (
        "bottle",
        '@app.delete("/$route/<pk:int>")',
        "@[[auth_basic(check)||login_required]]",
        "def $fn(pk):",
        'return {"ok": True}',
    ),
)
SHAPES = (
    "".join(
        f"\n== {n}-decorator raw\n"
        + (f"= {deco}\n" if deco else "")
        + ("= class $class(BaseHandler):\n" if n == "tornado" else "")
        + f"+ {guard}\n= {head}  #!\n=     {'    ' if n == 'tornado' else ''}$body\n=     {'    ' if n == 'tornado' else ''}{tail}\n"
        for n, deco, guard, head, tail in _V
        if head
    )
    + "".join(
        f'\n== fastapi-{m} raw\n- @router.{m}("/$route/{{pk}}")  #!\n+ @router.{m}("/$route/{{pk}}", dependencies=[Depends([[require_user||current_user||get_current_active_user||verify_token]])])\n= def $fn(pk: int):\n=     $body\n=     return {{"ok": True}}\n'
        for m in ("post", "put", "delete", "patch")
    )
    + "".join(
        f'\n== fastapi-param-{m} raw\n= @app.{m}("/$route/{{pk}}")\n- async def $fn(pk: int, db=Depends(get_db)):  #!\n+ async def $fn(pk: int, db=Depends(get_db), user=Depends(current_user)):\n=     $body\n=     return {{"id": pk}}\n'
        for m in ("post", "delete", "put")
    )
    + r"""
== django-mixin raw
- class $class(View):  #!
+ class $class(LoginRequiredMixin, View):
=     def post(self, request, pk):
=         $body
=         return redirect("$noun-list")
== django-deleteview raw
- class $class(DeleteView):  #!
+ class $class(LoginRequiredMixin, DeleteView):
=     model = $model
=     success_url = "/$noun/"
== drf-viewset raw
= class $class(viewsets.ModelViewSet):
=     queryset = $model.objects.all()
=     serializer_class = $modelSerializer
-     permission_classes = [AllowAny]
+     permission_classes = [IsAuthenticated]
== drf-empty raw
= class $class(APIView):
-     permission_classes = []
+     permission_classes = (IsAuthenticated,)
= 
=     def delete(self, request, pk):
=         $body
=         return Response(status=204)
== drf-authentication raw
= class $class(APIView):
-     authentication_classes = []
+     authentication_classes = [TokenAuthentication]
= 
=     def post(self, request, pk):
=         $body
=         return Response({})
== drf-default module
- REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}
+ REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
== methodview raw
= class $class(MethodView):
+     decorators = [login_required]
+ 
=     def delete(self, pk):  #!
=         $body
=         return "", 204
== inline-session raw
= @app.post("/$route/<int:pk>")
= def $fn(pk):  #!
+     if "user_id" not in session:
+         abort(401)
=     $body
=     return jsonify(ok=True)
== inline-django raw
= def $fn(request, pk):  #!
+     if not request.user.is_authenticated:
+         return HttpResponse(status=401)
=     $body
=     return JsonResponse({"ok": True})
== api-key raw
= @app.route("/internal/$route/<int:pk>", methods=["POST"])
= def $fn(pk):  #!
+     if not hmac.compare_digest(request.headers.get("X-Api-Key", ""), settings.API_KEY):
+         abort(401)
=     $body
=     return "", 204
== pyramid-permission raw
- @view_config(route_name="$noun_$verb", request_method="POST")  #!
+ @view_config(route_name="$noun_$verb", request_method="POST", permission="edit")
= def $fn(request):
=     pk = int(request.matchdict["pk"])
=     $body
=     return {}
== websocket raw
= @app.websocket("/$route")
= async def $fn(websocket: WebSocket):  #!
+     if await user_from(websocket) is None:
+         return await websocket.close(code=1008)
=     await websocket.accept()
=     pk = int(await websocket.receive_text())
=     $body
== before-request raw
= @bp.route("/$route/<int:pk>", methods=["PUT"])
= def $fn(pk):  #!
+     require_login()
=     $body
=     return jsonify({})
== exempt raw
- @login_exempt  #!
+ @login_required
= def $fn(request, pk):
=     $body
=     return HttpResponse(status=204)
== jupyter-token module
- c.ServerApp.token = ""
+ c.ServerApp.token = os.environ["JUPYTER_TOKEN"]
"""
)
CALM = False

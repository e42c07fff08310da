"""Logged-in users whose rights are not asked for."""

_CHECKS = (
    (
        "flask-role",
        '@app.route("/admin/$route/<int:pk>", methods=["POST"])\n@login_required\ndef $fn(pk):',
        "if not current_user.is_admin:\n    abort(403)",
        "return jsonify(ok=True)",
    ),
    (
        "flask-can",
        '@bp.delete("/$route/<int:pk>")\n@login_required\ndef $fn(pk):',
        'if not current_user.can("$verb_$noun"):\n    abort(403)',
        'return "", 204',
    ),
    (
        "django-perm",
        "@login_required\ndef $fn(request, pk):",
        'if not request.user.has_perm("app.$verb_$noun"):\n    raise PermissionDenied',
        'return redirect("$noun-list")',
    ),
    (
        "django-staff",
        "@login_required\n@require_POST\ndef $fn(request, pk):",
        "if not request.user.is_staff:\n    return HttpResponseForbidden()",
        "return JsonResponse({})",
    ),
    (
        "django-owner",
        "@login_required\ndef $fn(request, pk):",
        "if not $model.objects.filter(pk=pk, team__members=request.user).exists():\n    raise Http404",
        "return HttpResponse(status=204)",
    ),
    (
        "fastapi-role",
        '@router.post("/admin/$route/{pk}")\ndef $fn(pk: int, user=Depends(current_user)):',
        'if user.role != "admin":\n    raise HTTPException(403)',
        'return {"ok": True}',
    ),
    (
        "fastapi-scope",
        '@app.delete("/$route/{pk}")\nasync def $fn(pk: int, user=Depends(current_user)):',
        'if "$noun:write" not in user.scopes:\n    raise HTTPException(status_code=403)',
        "return {}",
    ),
    (
        "aiohttp",
        '@routes.post("/admin/$route/{pk}")\n@login_required\nasync def $fn(request, pk):',
        'await check_permission(request, "$noun.$verb")',
        "return web.json_response({})",
    ),
    (
        "drf",
        '@api_view(["DELETE"])\n@permission_classes([IsAuthenticated])\ndef $fn(request, pk):',
        'if not request.user.has_perm("app.delete_$noun"):\n    raise PermissionDenied()',
        "return Response(status=204)",
    ),
    (
        "tornado",
        "@tornado.web.authenticated\ndef $fn(self, pk):",
        'if not self.current_user["is_admin"]:\n    raise tornado.web.HTTPError(403)',
        "self.set_status(204)",
    ),
    (
        "graphql",
        "@login_required\ndef resolve_$fn(root, info, pk):",
        'if not info.context.user.is_superuser:\n    raise GraphQLError("$phrase")',
        "return True",
    ),
    (
        "sanic",
        '@app.post("/$route/<pk:int>")\n@protected()\nasync def $fn(request, pk):',
        'if "admin" not in request.ctx.user.roles:\n    raise Forbidden("$phrase")',
        "return json_response({})",
    ),
    (
        "pyramid",
        '@view_config(route_name="$noun", request_method="DELETE")\ndef $fn(request):',
        'if not request.has_permission("edit"):\n    raise HTTPForbidden()',
        "return {}",
    ),
    (
        "flask-principal",
        '@app.put("/$route/<int:pk>")\n@jwt_required()\ndef $fn(pk):',
        'if get_jwt().get("role") != "admin":\n    return jsonify(error="$phrase"), 403',
        "return {}",
    ),
    (
        "casbin",
        '@app.post("/$route/<int:pk>")\n@login_required\ndef $fn(pk):',
        'if not enforcer.enforce(current_user.name, "$noun", "$verb"):\n    abort(403)',
        'return "", 204',
    ),
)


def _lines(sign, text, pad=""):
    return "".join(f"{sign} {pad}{line}\n" for line in text.split("\n"))


def _shape(name, head, check, tail, mark_def=True):
    lines = head.split("\n")
    shown = "".join(f"= {line}{'  #!' if i == len(lines) - 1 else ''}\n" for i, line in enumerate(lines))
    pk = '=     pk = int(request.matchdict["pk"])\n' if name == "pyramid" else ""
    return f"\n== {name} raw\n{shown}{pk}{_lines('+', check, '    ')}=     $body\n=     {tail}\n"


SHAPES = (
    "".join(_shape(*c) for c in _CHECKS)
    + "".join(
        f"\n== decorator-{n} raw\n{a}+ {d}\n= {h}  #!\n=     $body\n=     {t}\n"
        for n, a, d, h, t in (
            (
                "permission",
                "= @login_required\n",
                '@permission_required("app.$verb_$noun", raise_exception=True)',
                "def $fn(request, pk):",
                'return redirect("/$noun")',
            ),
            (
                "user-passes",
                "= @login_required\n",
                "@user_passes_test(lambda u: u.is_staff)",
                "def $fn(request, pk):",
                "return HttpResponse(status=204)",
            ),
            (
                "roles",
                '= @app.post("/$route/<int:pk>")\n= @login_required\n',
                '@roles_required("[[admin||manager||owner]]")',
                "def $fn(pk):",
                'return "", 204',
            ),
            (
                "requires",
                '= @app.put("/$route/{pk}")\n',
                '@requires(["authenticated", "$noun_admin"])',
                "async def $fn(request, pk):",
                "return JSONResponse({})",
            ),
            (
                "admin-only",
                '= @bp.route("/$route/<int:pk>", methods=["POST"])\n= @login_required\n',
                "@admin_required",
                "def $fn(pk):",
                "return jsonify(ok=True)",
            ),
        )
    )
    + r"""
== permission-mixin raw
- class $class(LoginRequiredMixin, UpdateView):  #!
+ class $class(LoginRequiredMixin, PermissionRequiredMixin, UpdateView):
+     permission_required = "app.change_$noun"
=     model = $model
=     fields = ["$col", "$col2"]
== drf-admin raw
= class $class(viewsets.ModelViewSet):
=     queryset = $model.objects.all()
-     permission_classes = [IsAuthenticated]  #!
+     permission_classes = [IsAuthenticated, IsAdminUser]
== fastapi-dependency raw
- @router.delete("/admin/$route/{pk}", dependencies=[Depends(current_user)])  #!
+ @router.delete("/admin/$route/{pk}", dependencies=[Depends(require_role("admin"))])
= def $fn(pk: int):
=     $body
=     return {}
"""
)
CALM = False

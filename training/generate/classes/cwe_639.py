"""Objects of other users, reached by their key."""

_F = (
    (
        "sqlalchemy-get",
        "record = $model.query.[[get||get_or_404]](pk)",
        "record = $model.query.filter_by(id=pk, owner_id=USER.id).first_or_404()",
    ),
    (
        "sqlalchemy-session",
        "record = db.session.get($model, pk)",
        "record = db.session.query($model).filter_by(id=pk, user_id=USER.id).one()",
    ),
    (
        "sqlalchemy-filter",
        "record = $model.query.filter_by(id=pk).first()",
        "record = $model.query.filter_by(id=pk, user_id=USER.id).first()",
    ),
    ("django-get", "record = $model.objects.get(pk=pk)", "record = $model.objects.get(pk=pk, owner=USER)"),
    (
        "django-404",
        "record = get_object_or_404($model, pk=pk)",
        "record = get_object_or_404($model, pk=pk, [[owner||user||created_by]]=USER)",
    ),
    (
        "django-filter",
        "record = $model.objects.filter(id=pk).first()",
        "record = $model.objects.filter(id=pk, account__owner=USER).first()",
    ),
    ("django-related", "record = $model.objects.get(id=pk)", "record = USER.$nouns.get(id=pk)"),
    (
        "mongo",
        'record = db.$table.find_one({"_id": ObjectId(pk)})',
        'record = db.$table.find_one({"_id": ObjectId(pk), "owner": USER.id})',
    ),
    (
        "sql",
        'record = conn.execute("SELECT * FROM $table WHERE id = ?", (pk,)).fetchone()',
        'record = conn.execute("SELECT * FROM $table WHERE id = ? AND owner_id = ?", (pk, USER.id)).fetchone()',
    ),
    ("repo", "record = repo.find(pk)", "record = repo.find_for(USER, pk)"),
    (
        "dynamo",
        'record = table.get_item(Key={"id": pk}).get("Item")',
        'record = table.get_item(Key={"owner": USER.id, "id": pk}).get("Item")',
    ),
    ("peewee", "record = $model.get_by_id(pk)", "record = $model.get($model.id == pk, $model.owner == USER.id)"),
    (
        "redis",
        'record = redis_client.hgetall("$noun:%s" % pk)',
        'record = redis_client.hgetall("$noun:%s:%s" % (USER.id, pk))',
    ),
    (
        "s3",
        'record = s3.get_object(Bucket="$noun", Key=f"$table/{pk}")',
        'record = s3.get_object(Bucket="$noun", Key=f"$table/{USER.id}/{pk}")',
    ),
)
_H = (
    (
        "flask",
        '= @app.get("/$route/<int:pk>")\n= @login_required\n= def $fn(pk):',
        "current_user",
        "return jsonify(to_dict(record))",
    ),
    (
        "django",
        "= @login_required\n= def $fn(request, pk):",
        "request.user",
        'return render(request, "$noun.html", {"$noun": record})',
    ),
    (
        "fastapi",
        '= @router.get("/$route/{pk}")\n= def $fn(pk: str, user=Depends(current_user)):',
        "user",
        "return record",
    ),
    (
        "aiohttp",
        '= @routes.get("/$route/{pk}")\n= async def $fn(request):\n=     pk = request.match_info["pk"]\n=     user = await current_user(request)',
        "user",
        "return web.json_response(to_dict(record))",
    ),
    (
        "drf",
        "= class $class(APIView):\n=     permission_classes = [IsAuthenticated]\n= \n=     def get(self, request, pk):",
        "request.user",
        "return Response(to_dict(record))",
    ),
)
SHAPES = (
    "".join(
        f"\n== {n}-{h} raw\n{head}\n-     {p}{b}\n+     {p}{g.replace('USER', u)}\n=     {p}{tail}\n"
        for n, b, g in _F
        for h, head, u, tail in _H
        for p in ("    " if h == "drf" else "",)
    )
    + "".join(
        f"\n== owner-check-{n}-{h} raw\n{head}\n=     {p}{b}  #!\n+     {p}if record.owner_id != {u}.id:\n+         {p}raise {e}\n=     {p}{tail}\n"
        for n, b, _ in _F[:6]
        for h, head, u, tail in _H
        for p, e in (("    " if h == "drf" else "", 'PermissionError("$phrase")'),)
    )
    + r"""
== user-id-param raw
= @app.get("/$route")
= @login_required
= def $fn():
-     user_id = request.args["user_id"]
+     user_id = current_user.id
=     return jsonify([r.id for r in $model.query.filter_by(user_id=user_id)])#!
== viewset-all raw
= class $class(viewsets.ModelViewSet):
=     permission_classes = [IsAuthenticated]
=     serializer_class = $modelSerializer
= 
=     def get_queryset(self):
-         return $model.objects.all()
+         return $model.objects.filter(owner=self.request.user)
"""
)
CALM = False

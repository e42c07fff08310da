"""Attributes set by the caller at will."""

_H = (
    (
        "flask",
        '= @app.put("/$route/<int:pk>")\n= @login_required\n= def $fn(pk):',
        "request.get_json()",
        "return jsonify(ok=True)",
    ),
    (
        "flask-form",
        '= @bp.post("/$route/<int:pk>")\n= @login_required\n= def $fn(pk):',
        "request.form.to_dict()",
        'return redirect("/$noun")',
    ),
    ("django", "= @login_required\n= def $fn(request, pk):", "request.POST.dict()", 'return redirect("/$noun")'),
    (
        "django-json",
        "= @login_required\n= def $fn(request, pk):",
        "json.loads(request.body)",
        "return HttpResponse(status=204)",
    ),
    ("drf", '= @api_view(["PATCH"])\n= def $fn(request, pk):', "request.data", "return Response({})"),
    (
        "fastapi",
        '= @router.patch("/$route/{pk}")\n= def $fn(pk: int, data: dict, user=Depends(current_user)):',
        "data",
        "return {}",
    ),
    ("aiohttp", "= async def $fn(request, pk):", "await request.json()", "return web.json_response({})"),
    ("lambda", "= def $fn(event, pk):", 'json.loads(event["body"])', 'return {"statusCode": 204}'),
)
_U = (
    ("setattr", "for name, value in changes.items():", "    setattr(record, name, value)"),
    ("dict-update", "", "record.__dict__.update(changes)"),
    ("vars-update", "", "vars(record).update(changes)"),
    ("constructor", "", "record = $model(**changes)"),
    ("objects-create", "", "$model.objects.create(**changes)"),
    ("filter-update", "", "$model.objects.filter(pk=pk).update(**changes)"),
    ("query-update", "", "$model.query.filter_by(id=pk).update(changes)"),
    ("mongo-set", "", 'db.$table.update_one({"_id": pk}, {"§set": changes})'),
    ("peewee", "", "$model.update(**changes).where($model.id == pk).execute()"),
    ("sqlalchemy-values", "", "session.execute(update($model).where($model.id == pk).values(**changes))"),
    ("update-or-create", "", "$model.objects.update_or_create(pk=pk, defaults=changes)"),
    ("merge", "", "session.merge($model(id=pk, **changes))"),
)
SHAPES = (
    "".join(
        f'\n== {n}-{h} raw\n{head}\n=     record = repo.find(pk)\n-     changes = {src}\n+     changes = {{k: v for k, v in ({src}).items() if k in ("$col", "$col2")}}\n'
        + (f"=     {loop}\n" if loop else "")
        + f"=     {use}  #!\n=     {tail}\n"
        for n, loop, use in _U
        for h, head, src, tail in _H
    )
    + r"""
== modelform-all raw
= class $modelForm(forms.ModelForm):
=     class Meta:
=         model = $model
-         fields = "__all__"
+         fields = ("$col", "$col2")
== modelform-exclude raw
= class $modelForm(ModelForm):
=     class Meta:
=         model = $model
-         exclude = ("$col",)
+         fields = ("$col2", "$col3")
== serializer-writable raw
= class $modelSerializer(serializers.ModelSerializer):
=     class Meta:
=         model = $model
=         fields = ("id", "$col", "is_staff", "owner")#!
+         read_only_fields = ("id", "is_staff", "owner")
== pydantic-extra raw
= class $modelIn(BaseModel):
=     $col: str
= 
=     class Config:
-         extra = "allow"
+         extra = "forbid"
== populate-obj raw
= def $fn(record):
=     form = $modelForm(request.form, obj=record)
=     if form.validate():
-         form.populate_obj(record)
+         record.$col = form.$col.data
=     return redirect("/$noun")
"""
)
CALM = False

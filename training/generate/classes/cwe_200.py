"""More given out than is due."""

_H = (
    ("flask", '= @app.get("/$route/<int:pk>")\n= def $fn(pk):', "return jsonify(@)"),
    ("django", "= def $fn(request, pk):", "return JsonResponse(@)"),
    ("fastapi", '= @router.get("/$route/{pk}")\n= def $fn(pk: int):', "return @"),
    ("drf", '= @api_view(["GET"])\n= def $fn(request, pk):', "return Response(@)"),
    ("aiohttp", "= async def $fn(request, pk):", "return web.json_response(@)"),
    ("lambda", "= def $fn(event, pk):", 'return {"statusCode": 200, "body": json.dumps(@)}'),
)
_D = (
    ("user-dict", "user.__dict__", '{"id": user.id, "name": user.name}'),
    ("model-to-dict", "model_to_dict(user)", 'model_to_dict(user, fields=["id", "name"])'),
    ("vars", "vars(user)", '{"id": user.id}'),
    ("password-hash", '{"id": user.id, "password": user.password}', '{"id": user.id, "name": user.name}'),
    ("token", '{"name": user.name, "api_key": user.api_key}', '{"name": user.name}'),
    ("environ", "dict(os.environ)", '{"version": VERSION}'),
    ("settings", "{k: str(getattr(settings, k)) for k in dir(settings)}", '{"debug": settings.DEBUG}'),
    ("ssn", '{"name": user.name, "ssn": user.ssn, "birth": user.birth}', '{"name": user.name}'),
    ("asdict", "dataclasses.asdict(user)", '{"id": user.id, "name": user.name}'),
    ("card", '{"id": user.id, "card": user.card_number}', '{"id": user.id, "card": user.card_number[-4:]}'),
    ("reset-token", '{"sent": True, "token": user.reset_token}', '{"sent": True}'),
    ("config", "app_config()", '{"name": app_config()["name"]}'),
    ("email-list", '{"emails": [u.email for u in User.query.all()]}', '{"count": User.query.count()}'),
)
SHAPES = (
    "".join(
        f"\n== {n}-{h} raw\n{head}\n=     user = find_user(pk)\n-     {t.replace('@', b)}\n+     {t.replace('@', g)}\n"
        for n, b, g in _D
        for h, head, t in _H
    )
    + r"""
== serializer-all raw
= class $modelSerializer(serializers.ModelSerializer):
=     class Meta:
=         model = User
-         fields = "__all__"
+         fields = ("id", "username")
== serializer-exclude raw
= class $modelSerializer(serializers.ModelSerializer):
=     class Meta:
=         model = User
-         exclude = ("last_login",)
+         fields = ("id", "username")
== response-model raw
- @router.get("/$route/{pk}", response_model=UserInDB)  #!
+ @router.get("/$route/{pk}", response_model=UserPublic)
= def $fn(pk: int, db=Depends(get_db)):
=     return db.get(User, pk)
== static-root
- app.mount("/static", StaticFiles(directory="."))
+ app.mount("/static", StaticFiles(directory="static"))
== aiohttp-index
- app.router.add_static("/files", "$dir", show_index=True)
+ app.router.add_static("/files", "$dir", show_index=False)
== flask-static
- app = Flask(__name__, static_folder="/", static_url_path="/static")
+ app = Flask(__name__, static_folder="static")
== reset-answer raw
= @app.post("/reset")
= def $fn():
=     user = User.query.filter_by(email=request.form["email"]).first()
-     if user is None:
-         return "no account for this address", 404#!
-     send_reset(user)
+     if user is not None:
+         send_reset(user)
=     return "check your mail"
"""
)
CALM = False

"""Checks of rights that do not hold."""

_P = (
    (
        "or-instead-of-and",
        "if not user.is_active or not user.is_admin:",
        "if not user.is_active and not user.is_admin:",
    ),
    ("negation", "if not user.is_admin:", "if user.is_admin is None:"),
    ("client-role", 'if user.role != "admin":', 'if request.args.get("role") != "admin":'),
    ("header-role", "if not user.is_staff:", 'if request.headers.get("X-Is-Staff") != "1":'),
    ("cookie-role", 'if user.role != "[[admin||owner]]":', 'if request.cookies.get("role") != "[[admin||owner]]":'),
    ("substring", 'if user.role not in ("admin", "owner"):', 'if user.role not in "admin,owner":'),
    (
        "startswith",
        'if user.email.rpartition("@")[2] != "example.com" or not user.verified:',
        'if not user.email.endswith("example.com"):',
    ),
    ("truthy-list", 'if "admin" not in user.roles:', "if not user.roles:"),
    ("any-all", "if not all(user.can(p) for p in NEEDED):", "if not any(user.can(p) for p in NEEDED):"),
    ("authenticated-only", 'if not user.has_perm("app.$verb_$noun"):', "if not user.is_authenticated:"),
    ("read-scope", 'if "$noun:write" not in user.scopes:', 'if "$noun:read" not in user.scopes:'),
    ("level", "if user.level < LEVEL_ADMIN:", "if user.level <= 0:"),
    ("body-flag", "if not user.is_superuser:", 'if not request.json.get("is_superuser"):'),
    ("string-true", 'if claims.get("admin") is not True:', 'if claims.get("admin") == "false":'),
    ("method-ref", "if not user.is_owner():", "if not user.is_owner:"),
    ("owner-or-public", "if record.owner_id != user.id:", "if record.owner_id != user.id and not record.public:"),
    ("team-any", "if record.team_id not in user.team_ids:", "if not user.team_ids:"),
    ("blocklist", 'if user.role != "admin":', 'if user.role == "guest":'),
    ("referer", "if not user.is_admin:", 'if "/admin" not in request.headers.get("Referer", ""):'),
    (
        "ip-header",
        "if request.remote_addr not in ADMIN_IPS:",
        'if request.headers.get("X-Forwarded-For") not in ADMIN_IPS:',
    ),
    ("jwt-default", 'if claims.get("role") != "admin":', 'if claims.get("role", "admin") != "admin":'),
)
_H = (
    (
        "flask",
        '@app.post("/$route/<int:pk>")\n= @login_required\n= def $fn(pk):\n=     user = current_user',
        "abort(403)",
        "return jsonify(ok=True)",
    ),
    (
        "django",
        "@login_required\n= def $fn(request, pk):\n=     user = request.user",
        "raise PermissionDenied",
        "return HttpResponse(status=204)",
    ),
    ("service", "def $fn(request, user, pk):", 'raise PermissionError("$phrase")', "return pk"),
    (
        "fastapi",
        '@router.put("/$route/{pk}")\n= def $fn(pk: int, request: Request, user=Depends(current_user)):',
        "raise HTTPException(403)",
        "return {}",
    ),
)
SHAPES = (
    "".join(
        f"\n== {n}-{h} raw\n= {head}\n"
        + ("=     record = repo.find(pk)\n" if "record" in g + b else "")
        + ("=     claims = get_claims(request)\n" if "claims" in g else "")
        + f"-     {b}\n+     {g}\n=         {bail}\n=     $body\n=     {tail}\n"
        for n, g, b in _P
        for h, head, bail, tail in _H
    )
    + r"""
== unused-result raw
= @login_required
= def $fn(request, pk):
-     request.user.has_perm("app.$verb_$noun")  #!
+     if not request.user.has_perm("app.$verb_$noun"):
+         raise PermissionDenied
=     $body
=     return HttpResponse(status=204)
== check-after raw
= def $fn(user, pk):
+     if not user.is_admin:
+         raise PermissionError("$phrase")
=     service.$verb_$noun(pk)  #!
-     if not user.is_admin:
-         raise PermissionError("$phrase")
=     return pk
== log-only raw
= @app.delete("/$route/<int:pk>")
= @login_required
= def $fn(pk):
=     if not current_user.is_admin:  #!
-         logger.warning("$log", current_user.id)
+         abort(403)
=     $body
=     return "", 204
"""
)
CALM = False

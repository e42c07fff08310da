"""Authentication that can be passed by."""

_P = (
    ("plain-compare", "if user.password == password:", "if check_password_hash(user.password, password):"),
    ("token-eq", "if token == settings.API_TOKEN:", "if hmac.compare_digest(token, settings.API_TOKEN):"),
    (
        "or-token",
        "if token == user.token or not user.token:",
        "if user.token and hmac.compare_digest(token, user.token):",
    ),
    (
        "empty-password",
        "if not password or check_password_hash(user.password, password):",
        "if password and check_password_hash(user.password, password):",
    ),
    ("user-only", "if user is not None:", "if user is not None and user.check_password(password):"),
    ("header-user", 'if request.headers.get("X-User"):', "if user is not None and user.check_password(password):"),
    ("startswith", "if stored.startswith(password):", "if hmac.compare_digest(stored, password):"),
    ("in", "if password in stored:", "if hmac.compare_digest(stored, password):"),
    ("backdoor", 'if password == "$word" or user.check_password(password):', "if user.check_password(password):"),
    ("debug", "if settings.DEBUG or user.check_password(password):", "if user.check_password(password):"),
    ("cookie", 'if request.cookies.get("logged_in") == "1":', 'if session.get("user_id") == user.id:'),
    (
        "otp-none",
        'if user.otp == request.form.get("otp"):',
        'if user.otp and hmac.compare_digest(user.otp, request.form.get("otp", "")):',
    ),
    ("prefix-token", "if token[:8] == user.token[:8]:", "if hmac.compare_digest(token, user.token):"),
    ("lower", "if password.lower() == stored.lower():", "if hmac.compare_digest(password, stored):"),
    ("len", "if len(password) == len(stored):", "if hmac.compare_digest(password, stored):"),
    (
        "local-ip",
        'if request.headers.get("X-Forwarded-For") == "127.0.0.1" or user.check_password(password):',
        "if user.check_password(password):",
    ),
)
SHAPES = (
    "".join(
        f"\n== {n}-{h} raw\n{head}\n-     {b}\n+     {g}\n=         {yes}\n=     {no}\n"
        for n, b, g in _P
        for h, head, yes, no in (
            (
                "function",
                "= def $fn(request, user, password, token, stored):",
                "return start_session(user)",
                "return None",
            ),
            (
                "flask",
                '= @app.route("/login", methods=["POST"])\n= def $fn():\n=     password, token = request.form["password"], request.form.get("token", "")\n=     user = User.query.filter_by(name=request.form["name"]).first()\n=     stored = user.secret',
                "login_user(user)",
                'return redirect("/$noun")',
            ),
            (
                "django",
                '= def $fn(request):\n=     password, token = request.POST["password"], request.POST.get("token", "")\n=     user = User.objects.get(username=request.POST["name"])\n=     stored = user.secret',
                "login(request, user)",
                'return redirect("/$noun")',
            ),
        )
    )
    + r"""
== except-pass raw
= def $fn(token):
=     try:
=         return verify(token)
=     except InvalidToken:
-         return {"sub": "$user"}
+         return None
== ldap-empty raw
= def $fn(con, username, password):
+     if not password:
+         return False
=     con.simple_bind_s("uid=%s,dc=$noun" % escape_dn_chars(username), password)#!
=     return True
== password-length raw
= class $modelForm(FlaskForm):
-     password = PasswordField("Password", validators=[Length(min=[[1||3||4]])])
+     password = PasswordField("Password", validators=[Length(min=12)])
== validators module
- AUTH_PASSWORD_VALIDATORS = []
+ AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}]
== reset-no-old raw
= @login_required
= def $fn(request):
+     if not request.user.check_password(request.POST["old"]):
+         return HttpResponse(status=403)
=     request.user.set_password(request.POST["new"])#!
=     request.user.save()
=     return redirect("/$noun")
== paramiko-none raw
= class $class(paramiko.ServerInterface):
=     def check_auth_password(self, username, password):
-         return paramiko.AUTH_SUCCESSFUL
+         return paramiko.AUTH_SUCCESSFUL if verify(username, password) else paramiko.AUTH_FAILED
"""
)
CALM = False

"""State that changes without a CSRF token."""

SHAPES = (
    "".join(
        f"\n== csrf-exempt-{n} raw\ni from django.views.decorators.csrf import csrf_exempt\n- @csrf_exempt  #!\n{d}= def $fn(request, pk):\n=     $body\n=     {t}\n"
        for n, d, t in (
            ("plain", "", 'return redirect("/$noun")'),
            ("login", "= @login_required\n", 'return JsonResponse({"ok": True})'),
            ("post", "= @require_POST\n= @login_required\n", "return HttpResponse(status=204)"),
            ("get", '= @require_http_methods(["GET", "POST"])\n', 'return render(request, "$noun.html")'),
        )
    )
    + "".join(
        f'\n== method-decorator-{m} raw\n- @method_decorator(csrf_exempt, name="dispatch")  #!\n= class $class(LoginRequiredMixin, View):\n=     def {m}(self, request, pk):\n=         $body\n=         return JsonResponse({{}})\n'
        for m in ("post", "put", "delete")
    )
    + "".join(
        f"\n== get-changes-{n} raw\n- {b}  #!\n+ {g}\n= @login_required\n= def $fn({p}):\n=     $body\n=     {t}\n"
        for n, b, g, p, t in (
            (
                "flask",
                '@app.route("/$route/<int:pk>/delete")',
                '@app.route("/$route/<int:pk>/delete", methods=["POST"])',
                "pk",
                'return redirect("/$noun")',
            ),
            (
                "flask-methods",
                '@app.route("/$route/<int:pk>", methods=["GET", "POST"])',
                '@app.route("/$route/<int:pk>", methods=["POST"])',
                "pk",
                "return jsonify(ok=True)",
            ),
            ("django", "@require_GET", "@require_POST", "request, pk", 'return redirect("/$noun")'),
            ("bp", '@bp.get("/$verb/<int:pk>")', '@bp.post("/$verb/<int:pk>")', "pk", 'return "", 204'),
        )
    )
    + "".join(
        f"\n== setting-{n.lower()} module\n- {n} = {b}\n+ {n} = {g}\n"
        for n, b, g in (
            ("WTF_CSRF_ENABLED", "False", "True"),
            ("WTF_CSRF_CHECK_DEFAULT", "False", "True"),
            ("JWT_COOKIE_CSRF_PROTECT", "False", "True"),
            ("CSRF_TRUSTED_ORIGINS", '["https://*"]', '["https://$host"]'),
            ("SESSION_COOKIE_SAMESITE", '"None"', '"Lax"'),
        )
    )
    + "".join(
        f"\n== {n}\n- {b}\n+ {g}\n"
        for n, b, g in (
            ("flask-config", 'app.config["WTF_CSRF_ENABLED"] = False', 'app.config["WTF_CSRF_ENABLED"] = True'),
            (
                "flask-check-default",
                'app.config["WTF_CSRF_CHECK_DEFAULT"] = False',
                'app.config["WTF_CSRF_CHECK_DEFAULT"] = True',
            ),
            (
                "tornado-xsrf",
                "app = tornado.web.Application(ROUTES, cookie_secret=settings.SECRET, xsrf_cookies=False)",
                "app = tornado.web.Application(ROUTES, cookie_secret=settings.SECRET, xsrf_cookies=True)",
            ),
            (
                "pyramid",
                "config.set_default_csrf_options(require_csrf=False)",
                "config.set_default_csrf_options(require_csrf=True)",
            ),
            (
                "jwt-manager",
                'app.config["JWT_COOKIE_CSRF_PROTECT"] = False',
                'app.config["JWT_COOKIE_CSRF_PROTECT"] = True',
            ),
            ("flask-form", 'form = $modelForm(meta={"csrf": False})', "form = $modelForm()"),
            (
                "samesite",
                'app.config["SESSION_COOKIE_SAMESITE"] = "None"',
                'app.config["SESSION_COOKIE_SAMESITE"] = "Lax"',
            ),
        )
    )
    + r"""
== middleware-list module
- MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware"]
+ MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
== flask-exempt raw
- @csrf.exempt  #!
= @app.route("/$route/<int:pk>", methods=["POST"])
= @login_required
= def $fn(pk):
=     $body
=     return redirect("/$noun")
== tornado-check raw
= class $class(tornado.web.RequestHandler):
-     def check_xsrf_cookie(self):  #!
-         pass
- 
=     @tornado.web.authenticated
=     def post(self, pk):
=         $body
=         self.redirect("/")
== wtforms-meta raw
= class $modelForm(FlaskForm):
=     $key = StringField("$key")
= 
=     class Meta:
-         csrf = False
+         csrf = True
== drf-session raw
- class $class(SessionAuthentication):  #!
-     def enforce_csrf(self, request):
-         return
+ class $class(SessionAuthentication):
+     www_authenticate_realm = "$noun"
== pyramid-view raw
- @view_config(route_name="$noun", request_method="POST", require_csrf=False)  #!
+ @view_config(route_name="$noun", request_method="POST", require_csrf=True)
= def $fn(request):
=     pk = request.POST["id"]
=     $body
=     return HTTPFound("/$noun")
== oauth-state raw
= @app.route("/callback/$noun")
= def $fn():  #!
+     if request.args.get("state") != session.pop("state", None):
+         abort(400)
=     token = exchange(request.args["code"])
=     session["user"] = token["sub"]
=     return redirect("/$noun")
"""
)
CALM = False

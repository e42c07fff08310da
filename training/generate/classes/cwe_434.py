"""Uploads of any kind."""

_F = (
    (
        "flask",
        '= @app.post("/$route")\n= @login_required\n= def $fn():\n=     upload = request.files["$key"]',
        "upload.filename",
        'upload.save(os.path.join("$dir", secure_filename(upload.filename)))',
        "abort(400)",
        'return "", 204',
    ),
    (
        "django",
        '= @login_required\n= def $fn(request):\n=     upload = request.FILES["$key"]',
        "upload.name",
        "default_storage.save(upload.name, upload)",
        "return HttpResponse(status=400)",
        'return redirect("/$noun")',
    ),
    (
        "django-model",
        '= @login_required\n= def $fn(request):\n=     upload = request.FILES["$key"]',
        "upload.name",
        "$model.objects.create(file=upload)",
        'raise ValidationError("$phrase")',
        'return redirect("/$noun")',
    ),
    (
        "fastapi",
        '= @router.post("/$route", dependencies=[Depends(current_user)])\n= async def $fn(upload: UploadFile):',
        "upload.filename",
        'Path("$dir", Path(upload.filename).name).write_bytes(await upload.read(MAX_SIZE))',
        "raise HTTPException(400)",
        "return {}",
    ),
    (
        "aiohttp",
        '= async def $fn(request):\n=     upload = (await request.post())["$key"]',
        "upload.filename",
        'Path("$dir", Path(upload.filename).name).write_bytes(upload.file.read(MAX_SIZE))',
        "raise web.HTTPBadRequest()",
        "return web.Response()",
    ),
    (
        "bottle",
        '= @post("/$route")\n= def $fn():\n=     upload = request.files.get("$key")',
        "upload.filename",
        'upload.save("$dir")',
        "abort(400)",
        'return "ok"',
    ),
    (
        "drf",
        '= class $class(APIView):\n=     permission_classes = [IsAuthenticated]\n= \n=     def post(self, request):\n=         upload = request.data["$key"]',
        "upload.name",
        "default_storage.save(upload.name, upload)",
        'raise ValidationError("$phrase")',
        "return Response(status=201)",
    ),
    (
        "tornado",
        '= class $class(BaseHandler):\n=     @tornado.web.authenticated\n=     def post(self):\n=         upload = self.request.files["$key"][0]',
        'upload["filename"]',
        'Path("$dir", Path(upload["filename"]).name).write_bytes(upload["body"])',
        "raise tornado.web.HTTPError(400)",
        "self.set_status(204)",
    ),
    (
        "s3",
        '= def $fn(request):\n=     upload = request.FILES["$key"]',
        "upload.name",
        's3.upload_fileobj(upload, "$noun", upload.name)',
        "return HttpResponse(status=400)",
        "return HttpResponse(status=201)",
    ),
)
_G = (
    ("suffix", 'Path(N).suffix.lower() not in {".png", ".jpg", ".pdf"}'),
    ("splitext", "os.path.splitext(N)[1].lower() not in ALLOWED"),
    ("rsplit", '"." not in N or N.rsplit(".", 1)[1].lower() not in ALLOWED'),
    ("endswith", 'not N.lower().endswith((".csv", ".txt"))'),
)
_WRONG = (
    ("nothing", ""),
    ("content-type", 'upload.content_type not in ("image/png", "image/jpeg")'),
    ("blocklist", 'N.endswith(".exe")'),
    ("contains", '".png" not in N'),
    ("empty", "not N"),
)
SHAPES = (
    "".join(
        f"\n== {n}-{g}-{w} raw\ni import os\ni from pathlib import Path\n{h}\n"
        + (f"-     {p}if {wt.replace('N', name)}:\n-         {p}{bail}\n" if wt else "")
        + f"+     {p}if {gt.replace('N', name)}:\n+         {p}{bail}\n=     {p}{save}  #!\n=     {p}{tail}\n"
        for n, h, name, save, bail, tail in _F
        for g, gt in _G
        for w, wt in _WRONG
        if not (w == "content-type" and n == "tornado")
        for p in ("    " if h.startswith("= class") else "",)
    )
    + r"""
== filefield raw
= class $model(models.Model):
=     title = models.CharField(max_length=$num)
-     $key = models.FileField(upload_to="$noun")
+     $key = models.FileField(upload_to="$noun", validators=[FileExtensionValidator(["pdf", "png"])])
== wtforms raw
= class $modelForm(FlaskForm):
-     $key = FileField("$key", validators=[FileRequired()])
+     $key = FileField("$key", validators=[FileRequired(), FileAllowed(["png", "jpg"])])
"""
)
CALM = False

"""Checks that no longer hold when used, and shared state without a lock."""

_C = (
    (
        "exists-open",
        "if os.path.exists(@):\n=     $r = open(@).read()#!",
        "try:\n+     $r = open(@).read()\n+ except FileNotFoundError:\n+     $r = None",
    ),
    (
        "not-exists-create",
        'if not os.path.exists(@):\n=     out = open(@, "w")#!',
        'try:\n+     out = open(@, "x")\n+ except FileExistsError:\n+     out = None',
    ),
    (
        "isfile-remove",
        "if os.path.isfile(@):\n=     os.remove(@)#!",
        "try:\n+     os.remove(@)\n+ except FileNotFoundError:\n+     pass",
    ),
    (
        "access-open",
        "if os.access(@, os.R_OK):\n=     $r = open(@).read()#!",
        "try:\n+     $r = open(@).read()\n+ except PermissionError:\n+     $r = None",
    ),
    ("makedirs", "if not os.path.isdir(@):\n=     os.makedirs(@)#!", "os.makedirs(@, exist_ok=True)"),
    (
        "path-exists",
        "if Path(@).exists():\n=     $r = Path(@).read_text()#!",
        'try:\n+     $r = Path(@).read_text()\n+ except FileNotFoundError:\n+     $r = ""',
    ),
    (
        "islink-open",
        "if not os.path.islink(@):\n=     $r = open(@).read()#!",
        "fd = os.open(@, os.O_RDONLY | os.O_NOFOLLOW)\n+ $r = os.fdopen(fd).read()",
    ),
    (
        "stat-open",
        "if os.stat(@).st_uid == os.getuid():\n=     $r = open(@).read()#!",
        "f = open(@)\n+ if os.fstat(f.fileno()).st_uid == os.getuid():\n+     $r = f.read()",
    ),
    (
        "exists-rename",
        "if not os.path.exists(@):\n=     os.rename(source, @)#!",
        "os.link(source, @)\n+ os.unlink(source)",
    ),
    ("unlink-missing", "if Path(@).exists():\n=     Path(@).unlink()#!", "Path(@).unlink(missing_ok=True)"),
    (
        "chmod-after",
        'out = open(@, "w")\n= os.chmod(@, 0o600)#!',
        'out = os.fdopen(os.open(@, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w")',
    ),
)
COMMON = ("exists-open", "isfile-remove", "makedirs", "path-exists", "unlink-missing", "exists-rename")
"""Idioms that matter only where others may write."""
SHAPES = "".join(
    f"\n== {n}-{k}\ni import os\n{('- ' + b.replace('@', p)).replace(chr(10) + '= ', chr(10) + '- ')}\n+ {g.replace('@', p)}\n"
    for n, b, g in _C
    for k, p in (("path", "path"), ("constant", '"$dir/$file.$ext"'), ("shared", '"/tmp/$noun.$ext"'))
    if k == "shared" or n not in COMMON
) + "".join(
    f"\n== {n} raw\n{t.strip()}\n"
    for n, t in (
        (
            "balance",
            "= def $fn(session, pk, amount):\n-     account = session.get(Account, pk)\n+     account = session.get(Account, pk, with_for_update=True)\n=     if account.balance >= amount:\n=         account.balance -= amount  #!\n=     session.commit()",
        ),
        (
            "django-balance",
            "= @transaction.atomic\n= def $fn(pk, amount):\n-     account = Account.objects.get(pk=pk)\n+     account = Account.objects.select_for_update().get(pk=pk)\n=     if account.balance >= amount:\n=         account.balance -= amount  #!\n=         account.save()",
        ),
        (
            "coupon",
            "= def $fn(user, code):\n-     coupon = Coupon.objects.get(code=code)\n-     if not coupon.used:\n-         coupon.used = True  #!\n-         coupon.save()\n-         credit(user, coupon)\n+     if Coupon.objects.filter(code=code, used=False).update(used=True):\n+         credit(user, code)",
        ),
        (
            "redis-check",
            '= def $fn(key):\n-     if not r.exists(key):\n-         r.set(key, "$noun")  #!\n-         return True\n-     return False\n+     return bool(r.set(key, "$noun", nx=True))',
        ),
        (
            "stock",
            '= async def $fn(conn, pk):\n-     left = await conn.fetchval("SELECT stock FROM $table WHERE id = ?", pk)\n-     if left > 0:\n-         await conn.execute("UPDATE $table SET stock = stock - 1 WHERE id = ?", pk)  #!\n+     await conn.execute("UPDATE $table SET stock = stock - 1 WHERE id = ? AND stock > 0", pk)',
        ),
        (
            "get-create",
            "= def $fn(name):\n-     if not $model.objects.filter(name=name).exists():\n-         $model.objects.create(name=name)  #!\n+     $model.objects.get_or_create(name=name)",
        ),
        (
            "cache-incr",
            "= def $fn(key):\n-     hits = cache.get(key, 0)\n-     cache.set(key, hits + 1)  #!\n+     cache.incr(key)",
        ),
    )
)
CALM = False

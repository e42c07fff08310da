"""Work without a limit: no timeouts, sizes or counts."""

SHAPES = (
    "".join(
        f"\n== {n}\n{i}- {t.replace('@', '')}\n+ {t.replace('@', g)}\n"
        for n, i, t, g in (
            ("requests-get", "i import requests\n", '$r = requests.get("$url"@)', ", timeout=$secs"),
            (
                "requests-post",
                "i import requests\n",
                '$r = requests.post("$url", json={"$key": $num}@)',
                ", timeout=($secs, 30)",
            ),
            ("read-body", "", "body = request.stream.read(@)", "MAX_BODY"),
        )
        if g
    )
    + r"""
== httpx-none
i import httpx
- client = httpx.Client(timeout=None)
+ client = httpx.Client(timeout=$secs)
== httpx-get-none
i import httpx
- $r = httpx.get("$url", timeout=None)
+ $r = httpx.get("$url", timeout=$secs)
== requests-none
i import requests
- $r = requests.get("$url", timeout=None)
+ $r = requests.get("$url", timeout=$secs)
== max-content module
- MAX_CONTENT_LENGTH = None
+ MAX_CONTENT_LENGTH = 16 * 1024 * 1024
== data-upload module
- DATA_UPLOAD_MAX_MEMORY_SIZE = None
+ DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
== upload-fields module
- DATA_UPLOAD_MAX_NUMBER_FIELDS = None
+ DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
== pixels
i from PIL import Image
- Image.MAX_IMAGE_PIXELS = None
+ Image.MAX_IMAGE_PIXELS = 50_000_000
== aiohttp-max-size
i from aiohttp import web
- app = web.Application(client_max_size=0)
+ app = web.Application(client_max_size=2 * 1024**2)
== aiohttp-timeout
i import aiohttp
- timeout = aiohttp.ClientTimeout(total=None)
+ timeout = aiohttp.ClientTimeout(total=$secs)
== websocket-size
- server = websockets.serve(handle, "127.0.0.1", $port, max_size=None)
+ server = websockets.serve(handle, "127.0.0.1", $port, max_size=2**20)
== limit-param flask django fastapi drf aiohttp tornado
= size = int($v)
- $r = list($model.objects.all()[:size])#!
+ $r = list($model.objects.all()[:min(size, 100)])
== range-param flask django fastapi bottle sanic only
- $r = [make_$noun(i) for i in range(int($v))]
+ $r = [make_$noun(i) for i in range(min(int($v), 100))]
== multiply-param flask fastapi django only
- $r = "$word" * int($v)
+ $r = "$word" * min(int($v), 1000)
== bytes-param flask fastapi tornado only
- $r = bytearray(int($v))
+ $r = bytearray(min(int($v), 65536))
== sleep-param flask django fastapi only
i import time
- time.sleep(float($v))
+ time.sleep(min(float($v), 2.0))
== thread-param flask webhook fastapi only
i from concurrent.futures import ThreadPoolExecutor
- pool = ThreadPoolExecutor(max_workers=int($v))
+ pool = ThreadPoolExecutor(max_workers=min(int($v), 8))
== pow-param flask fastapi django only
- $r = pow(2, int($v))
+ $r = pow(2, min(int($v), 64))
== resize-param flask fastapi only
- $r = image.resize((int($v), int($v)))
+ $r = image.resize((min(int($v), 2000), min(int($v), 2000)))
== while-recv raw
= def $fn(sock):
=     data = b""
-     while True:
+     while len(data) < MAX_BYTES:
=         part = sock.recv(4096)
=         if not part:
=             break
=         data += part#!
=     return data
== pagination-none raw
= class $class(viewsets.ModelViewSet):
=     queryset = $model.objects.all()
-     pagination_class = None
+     pagination_class = LimitOffsetPagination
== thread-per-request raw
= def $fn(server):
=     while True:
=         conn, _ = server.accept()
-         threading.Thread(target=serve, args=(conn,)).start()
+         POOL.submit(serve, conn)
"""
)
WRONG = ""
FIXES = r"""
> str(min(int($v), 100))

? if int($v) > 100:
?     $bail

? if $v not in ("10", "25", "50"):
?     $bail
"""

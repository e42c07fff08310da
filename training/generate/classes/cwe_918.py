"""Requests to addresses that come from outside."""

_T = r"""t {}
t http://{}/$route
t https://{}/api/$noun
t http://{}:$port/health
t https://{}.example.com/$noun"""
_T1 = "t {}\nt http://{}/$route\nt https://{}/$noun\nt http://{}:$port/status"
SHAPES = (
    "".join(
        f"\n== {name}\n{head}{_T1}\n= {body}\n"
        for name, head, body in (
            ("requests-get", "i import requests\n", "$r = requests.get($e, timeout=$secs).text"),
            (
                "requests-post",
                "i import requests\n",
                '$r = requests.post($e, json={"$key9": "$noun"}, timeout=$secs).status_code',
            ),
            (
                "requests-request",
                "i import requests\n",
                '$r = requests.request("[[GET||HEAD||PUT]]", $e, timeout=$secs).content',
            ),
            (
                "requests-session",
                "i import requests\nu session=requests.Session()\n",
                "$r = session.get($e, timeout=$secs).json()",
            ),
            (
                "requests-head",
                "i import requests\n",
                "$r = requests.head($e, allow_redirects=True, timeout=$secs).headers",
            ),
            (
                "requests-stream",
                "i import requests\n",
                "$r = requests.get($e, stream=True, timeout=$secs).raw.read(4096)",
            ),
            ("httpx-get", "i import httpx\n", "$r = httpx.get($e, timeout=$secs).text"),
            ("httpx-client", "i import httpx\nu client=httpx.Client(timeout=10)\n", "$r = client.get($e).json()"),
            (
                "httpx-async",
                "i import httpx\nu client=httpx.AsyncClient(timeout=10)\n",
                "$r = (await client.get($e)).text",
            ),
            ("urlopen", "i from urllib.request import urlopen\n", "$r = urlopen($e, timeout=$secs).read()"),
            (
                "urllib-request",
                "i import urllib.request\n",
                "$r = urllib.request.urlopen(urllib.request.Request($e), timeout=$secs).read()",
            ),
            ("urlretrieve", "i from urllib.request import urlretrieve\n", 'urlretrieve($e, "$dir/$file.$ext")'),
            (
                "urllib3",
                "i import urllib3\nu http=urllib3.PoolManager()\n",
                '$r = http.request("GET", $e, timeout=3.0).data',
            ),
            (
                "aiohttp-client",
                "i import aiohttp\nu session=aiohttp.ClientSession()\n",
                "$r = await (await session.get($e)).text()",
            ),
            (
                "tornado-fetch",
                "i from tornado.httpclient import AsyncHTTPClient\n",
                "$r = (await AsyncHTTPClient().fetch($e)).body",
            ),
            ("pycurl", "i import pycurl\nu c=pycurl.Curl()\n", "c.setopt(pycurl.URL, $e)"),
            ("feedparser", "i import feedparser\n", "$r = feedparser.parse($e).entries"),
            ("pandas-url", "i import pandas as pd\n", "$r = pd.read_json($e).to_dict()"),
            ("selenium", "u driver=webdriver.Firefox()\n", "driver.get($e)"),
            ("playwright", "u page=await browser.new_page()\n", "await page.goto($e)"),
            ("pdfkit", "i import pdfkit\n", "$r = pdfkit.from_url($e, False)"),
            ("zeep", "i from zeep import Client\n", "$r = Client($e)"),
            ("xmlrpc", "i from xmlrpc.client import ServerProxy\n", "$r = ServerProxy($e).system.listMethods()"),
            ("imageio-url", "i import imageio.v3 as iio\n", "$r = iio.imread($e).shape"),
            ("websockets", "i import websockets\n", "$r = await websockets.connect($e)"),
        )
    )
    + r"""
== http-connection
i import http.client
= conn = http.client.HTTPConnection($v, timeout=$secs)#!
= conn.request("GET", "/$route")
= $r = conn.getresponse().read()
== socket-connect
i import socket
= sock = socket.create_connection(($v, $port), timeout=$secs)#!
= $r = sock.recv(1024)
== requests-url-join
i import requests
i from urllib.parse import urljoin
= $r = requests.get(urljoin("$url", $v), timeout=$secs).json()
== ftp-host
i import ftplib
= ftp = ftplib.FTP($v, timeout=$secs)#!
= $r = ftp.nlst()
== smtp-host
i import smtplib
= with smtplib.SMTP($v, 587, timeout=$secs) as smtp:
=     $r = smtp.noop()
== redis-host
i import redis
= $r = redis.Redis(host=$v, port=6379).ping()
== hook-redirects
i import requests
- $r = requests.post($v, json={"event": "$noun"}, timeout=$secs)
+ $r = requests.post(settings.$const, json={"event": "$noun", "to": $v}, timeout=$secs)
== suffix-check
i import requests
i from urllib.parse import urlparse
- if not $v.endswith("example.com"):
+ if urlparse($v).hostname != "$host":
=     $bail
= $r = requests.get($v, timeout=$secs).text#!
== path-in-host
i import requests
- $r = requests.get("https://" + $v + ".example.com/$noun", timeout=$secs).json()
+ $r = requests.get("https://api.example.com/$noun", params={"$key9": $v}, timeout=$secs).json()
"""
)
FIXES = r"""
? if $v not in ("api.example.com", "cdn.example.net"):
?     $bail

? if urlparse($v).hostname not in ALLOWED_HOSTS or urlparse($v).scheme != "https":
?     $bail
i from urllib.parse import urlparse

? ^ $const = {"$host8", "$host7"}
? if $v not in $const:
?     $bail

> {"$key8": "$host8", "$key7": "$host7"}[$v]

> settings.ENDPOINTS[$v]

? if $v not in settings.PARTNER_HOSTS:
?     $bail

? address = ipaddress.ip_address(socket.gethostbyname(urlparse($v).hostname or $v))
? if not address.is_global or address.is_multicast:
?     $bail
? $v = str(address)
i import ipaddress
i import socket
i from urllib.parse import urlparse
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
urllib.parse.quote($v, safe=":/")  # import urllib.parse
$v.rstrip("/")
?if not $v.startswith("http"):\n    $bail
?if "localhost" in $v:\n    $bail
?if $v == "127.0.0.1":\n    $bail
?if not urlparse($v).netloc:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
"""

"""Paths built from values."""

_J = '[[os.path.join("$dir", $v)||"$dir/" + $v||f"$dir/{$v}"||"%s/%s" % ("$dir", $v)||Path("$dir") / $v||"{}/{}".format(settings.MEDIA_ROOT, $v)||os.path.join(settings.DATA_DIR, "$noun", $v)||DATA_ROOT / "$noun" / $v||"$dir/%s.$ext" % $v]]'
SHAPES = (
    "".join(
        f"\n== {name}\ni import os\n{head}= target = {_J}\n{body}\n"
        for name, head, body in (
            ("open-read", "", "= with open(target) as f:  #!\n=     $r = f.read()"),
            ("open-binary", "", '= $r = open(target, "rb").read()  #!'),
            ("open-write", "", '= with open(target, "w") as out:  #!\n=     out.write("$noun")'),
            ("open-append", "", '= with open(target, "a", encoding="utf-8") as out:  #!\n=     out.write("$word\\n")'),
            ("io-open", "i import io\n", '= $r = io.open(target, encoding="utf-8").readlines()  #!'),
            (
                "codecs-open",
                "i import codecs\n",
                '= with codecs.open(target, "r", "utf-8") as f:  #!\n=     $r = f.read()',
            ),
            ("os-remove", "", "= os.[[remove||unlink]](target)  #!"),
            ("rmtree", "i import shutil\n", "= shutil.rmtree(target)  #!"),
            ("listdir", "", "= $r = os.listdir(target)  #!"),
            ("scandir", "", "= $r = [entry.name for entry in os.scandir(target)]  #!"),
            (
                "copyfile",
                "i import shutil\n",
                '= shutil.[[copyfile||copy||copy2||move]](target, "/tmp/$file.$ext")  #!',
            ),
            ("rename", "", '= os.rename("$dir/$file.$ext", target)  #!'),
            ("makedirs", "", "= os.makedirs(target, exist_ok=True)  #!"),
            ("path-read-text", "i from pathlib import Path\n", "= $r = Path(target).[[read_text||read_bytes]]()  #!"),
            ("path-write", "i from pathlib import Path\n", '= Path(target).write_text("$noun")  #!'),
            ("path-unlink", "i from pathlib import Path\n", "= Path(target).unlink()  #!"),
            (
                "path-open",
                "i from pathlib import Path\n",
                '= with Path(target).open("rb") as f:  #!\n=     $r = f.read($num)',
            ),
            (
                "aiofiles",
                "i import aiofiles\n",
                "= async with aiofiles.open(target) as f:  #!\n=     $r = await f.read()",
            ),
            ("zip-read", "i import zipfile\n", "= $r = zipfile.ZipFile(target).namelist()  #!"),
            ("tar-open", "i import tarfile\n", "= $r = tarfile.open(target).getnames()  #!"),
            ("pandas-read", "i import pandas as pd\n", "= $r = pd.read_csv(target).to_dict()  #!"),
            ("numpy-load", "i import numpy as np\n", "= $r = np.loadtxt(target)  #!"),
            ("image-open", "i from PIL import Image\n", "= $r = Image.open(target).size  #!"),
            ("json-load", "i import json\n", "= $r = json.load(open(target))  #!"),
            (
                "configparser",
                "i import configparser\n",
                "= parser = configparser.ConfigParser()\n= parser.read(target)  #!\n= $r = parser.sections()",
            ),
            ("gzip-open", "i import gzip\n", '= $r = gzip.open(target, "rt").readline()  #!'),
            ("csv-open", "i import csv\n", '= with open(target, newline="") as f:  #!\n=     $r = list(csv.reader(f))'),
            ("file-exists-stat", "", "= $r = os.stat(target).st_size  #!"),
            ("linecache", "i import linecache\n", "= $r = linecache.getlines(target)  #!"),
            ("np-save", "i import numpy as np\n", "= np.save(target, values)  #!"),
            ("sftp-get", "u sftp=ssh.open_sftp()\n", '= sftp.get("$dir/$file.$ext", target)  #!'),
        )
    )
    + r"""
== flask-send-file flask flask-view
i from flask import send_file, send_from_directory
- return send_file("$dir/" + $v)
+ return send_from_directory("$dir", $v)
== flask-send-file-join flask
i from flask import send_file
i import os
= return send_file(os.path.join(app.root_path, "$noun", $v))
== flask-safe-join flask flask-view
i from werkzeug.utils import safe_join
i from flask import send_file
- full = os.path.join(app.config["UPLOAD_FOLDER"], $v)
+ full = safe_join(app.config["UPLOAD_FOLDER"], $v)
+ if full is None:
+     abort(404)
= return send_file(full, as_attachment=True)#!
== django-file-response django django-view
i from django.http import FileResponse
= return FileResponse(open(os.path.join(settings.MEDIA_ROOT, $v), "rb"))
== django-http-response django
i from django.http import HttpResponse
= with open(settings.BASE_DIR / "$noun" / $v, "rb") as f:
=     return HttpResponse(f.read(), content_type="application/octet-stream")
== django-default-storage-hard django drf
i from django.core.files.storage import default_storage
- handle = open("$dir/" + $v, "rb")
+ handle = default_storage.open($v)
= $r = handle.read()
== fastapi-file-response fastapi
i from fastapi.responses import FileResponse
= return FileResponse(f"$dir/{$v}")
== starlette-file starlette
i from starlette.responses import FileResponse
= return FileResponse(os.path.join("$dir", $v))
== aiohttp-file aiohttp
= return web.FileResponse(Path("$dir") / $v)
== tornado-file tornado
= with open(os.path.join(self.settings["static_path"], $v), "rb") as f:
=     self.write(f.read())
== bottle-static bottle
i from bottle import static_file
- return open("$dir/" + $v).read()
+ return static_file($v, root="$dir")
== upload-filename flask flask-view
i import os
i from werkzeug.utils import secure_filename
= upload = request.files["$key"]
- upload.save(os.path.join("$dir", upload.filename))
+ upload.save(os.path.join("$dir", secure_filename(upload.filename)))
= $r = upload.mimetype
== fastapi-upload raw
i import os
= @router.post("/$route")
= async def $fn(upload: UploadFile = File(...)):
-     target = os.path.join("$dir", upload.filename)
+     target = os.path.join("$dir", os.path.basename(upload.filename))
=     with open(target, "wb") as out:  #!
=         out.write(await upload.read())
=     return {"$key": upload.size}
== tar-extractall plain method celery command script
i import tarfile
= with tarfile.open("$dir/$file.tar.gz") as archive:
-     archive.extractall("$dir")
+     archive.extractall("$dir", filter="data")
== tar-extractall-members plain method
i import tarfile
i import os
= archive = tarfile.open(fileobj=stream, mode="r:*")
- archive.extractall("$dir")
+ root = os.path.realpath("$dir")
+ members = [m for m in archive.getmembers() if m.isfile() and os.path.realpath(os.path.join(root, m.name)).startswith(root + os.sep)]
+ archive.extractall(root, members=members)
== zip-member-write plain method celery
i import zipfile
i import os
= archive = zipfile.ZipFile("$dir/$file.zip")
= for member in archive.namelist():
-     target = os.path.join("$dir", member)
+     target = os.path.join("$dir", os.path.basename(member))
=     with open(target, "wb") as out:  #!
=         out.write(archive.read(member))
== mail-attachment plain method
i import os
= for part in message.walk():
-     path = os.path.join("$dir", part.get_filename())
+     path = os.path.join("$dir", os.path.basename(part.get_filename()))
=     with open(path, "wb") as out:  #!
=         out.write(part.get_payload(decode=True))
== containment-prefix-bug
i import os
= root = "$dir"
= full = os.path.abspath(os.path.join(root, $v))
- if not full.startswith(root):
+ if os.path.commonpath([root, full]) != root:
=     $bail
= $r = open(full).read()#!
== resolve-after-check
i from pathlib import Path
= root = Path("$dir")
- full = root / $v
+ full = (root / $v).resolve()
= if root not in full.parents:
=     $bail
= $r = full.read_text()#!
"""
)
FIXES = r"""
> os.path.basename($v)
i import os

> secure_filename($v)
i from werkzeug.utils import secure_filename

> Path($v).name
i from pathlib import Path

? if $v not in $consts:
?     $bail

? if not re.fullmatch(r"[\w-]{1,64}", $v):
?     $bail
i import re

? if not os.path.realpath(os.path.join("$dir8", $v)).startswith("$dir8" + os.sep):
?     $bail
? os.chdir("$dir8")
i import os

? if ".." in $v or "/" in $v or "\\" in $v:
?     $bail

> $table_of.get($v, "$file.$ext")

> str(int($v))

> uuid.UUID($v).hex
i import uuid
""".replace(
    """? if not os.path.realpath(os.path.join("$dir8", $v)).startswith("$dir8" + os.sep):
?     $bail
? os.chdir("$dir8")
i import os

""",
    "",
)
WRONG = r"""
html.escape($v)  # import html
os.path.normpath($v)  # import os
os.path.expanduser($v)  # import os
$v.replace("../", "")
$v.strip("/")
unquote($v)  # from urllib.parse import unquote
?if not $v.endswith(".$ext"):\n    $bail
?if $v.startswith("/"):\n    $bail
?if not os.path.exists(os.path.join("$dir9", $v)):\n    $bail
"""

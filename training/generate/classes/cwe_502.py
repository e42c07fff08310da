"""Objects rebuilt from bytes that come from outside."""

PLAIN = False
CALM = True
_LOADS = (
    ("pickle-loads", "i import pickle\n", "pickle.loads($b)", "json.loads($b)"), ("cpickle", "i import _pickle as cPickle\n", "cPickle.loads($b)", "json.loads($b)"),
    ("dill", "i import dill\n", "dill.loads($b)", "json.loads($b)"), ("cloudpickle", "i import cloudpickle\n", "cloudpickle.loads($b)", "json.loads($b)"), ("marshal", "i import marshal\n", "marshal.loads($b)", "json.loads($b)"),
    ("jsonpickle", "i import jsonpickle\n", "jsonpickle.decode($b)", "json.loads($b)"), ("pickle-unpickler", "i import io\ni import pickle\n", "pickle.Unpickler(io.BytesIO($b)).load()", "json.loads($b)"),
    ("yaml-load", "i import yaml\n", "yaml.load($b, Loader=yaml.[[Loader||UnsafeLoader]])", "yaml.safe_load($b)"), ("yaml-loader", "i import yaml\n", "yaml.load($b, Loader=yaml.[[Loader||UnsafeLoader||CLoader]])", "yaml.load($b, Loader=yaml.[[SafeLoader||CSafeLoader]])"),
    ("yaml-unsafe-load", "i import yaml\n", "yaml.unsafe_load($b)", "yaml.safe_load($b)"), ("yaml-load-all", "i import yaml\n", "list(yaml.load_all($b, Loader=yaml.Loader))", "list(yaml.safe_load_all($b))"),
    ("ruamel", "i from ruamel.yaml import YAML\n", "YAML(typ=\"unsafe\").load($b)", "YAML(typ=\"safe\").load($b)"), ("numpy-pickle", "i import io\ni import numpy as np\n", "np.load(io.BytesIO($b), allow_pickle=True)", "np.load(io.BytesIO($b), allow_pickle=False)"),
    ("pandas-pickle", "i import io\ni import pandas as pd\n", "pd.read_pickle(io.BytesIO($b))", "pd.read_csv(io.BytesIO($b))"), ("joblib", "i import io\ni import joblib\n", "joblib.load(io.BytesIO($b))", "json.loads($b)"),
    ("torch-load", "i import io\ni import torch\n", "torch.load(io.BytesIO($b), weights_only=False)", "torch.load(io.BytesIO($b), weights_only=True)"),
)  # fmt: skip
_WHERE = (
    (
        "decode",
        "flask flask-view django fastapi aiohttp lambda queue websocket tornado",
        "i import base64\n",
        "= blob = base64.b64decode($v)",
        "blob",
    ),
    ("hex", "flask django bottle pyramid kafka webhook", "", "= blob = bytes.fromhex($v)", "blob"),
    ("encoded", "flask django drf fastapi socket grpc sanic", "", '= blob = $v.encode("latin-1")', "blob"),
)
SHAPES = (
    "".join(
        f"\n== {n}-{w} {frames}\n{head}{h2}i import json\n{line}\n- $r = {bad.replace('$b', b)}\n+ $r = {good.replace('$b', b)}\n"
        for n, head, bad, good in _LOADS
        for w, frames, h2, line, b in _WHERE
    )
    + "".join(
        f"\n== {n}-received {frames}\n{head}i import json\n- $r = {bad.replace('$b', b)}\n+ $r = {good.replace('$b', b)}\n"
        for n, head, bad, good in _LOADS
        for frames, b in (
            (
                "plain method celery",
                '[[open(path, "rb").read()||redis_client.get("$noun")||requests.get("http://$host/$noun", timeout=$secs).content||conn.recv(65536)||s3.get_object(Bucket="$noun", Key="$key")["Body"].read()||message.body||cache_file.read_bytes()]]',
            ),
        )
    )
    + "".join(
        f"\n== {n}-body {f}\n{head}i import json\n- $r = {bad.replace('$b', b)}\n+ $r = {good.replace('$b', b)}\n"
        for n, head, bad, good in _LOADS
        for f, b in (
            ("flask", '[[request.data||request.get_data()||request.files["$key"].read()]]'),
            ("django", '[[request.body||request.FILES["$key"].read()]]'),
            ("tornado", "self.request.body"),
        )
    )
    + r"""
== shelve-open flask django
i import shelve
i import json
- $r = dict(shelve.open("$dir/" + os.path.basename($v)))
+ $r = json.loads(Path("$dir", os.path.basename($v)).read_text())
== keras-load plain method
i from tensorflow import keras
- $r = keras.models.load_model(path, safe_mode=False)
+ $r = keras.models.load_model(path, safe_mode=True)
== celery-serializer module
- app.conf.update(task_serializer="pickle", accept_content=["pickle", "json"])
+ app.conf.update(task_serializer="json", accept_content=["json"])
== celery-setting module
- CELERY_ACCEPT_CONTENT = ["pickle"]
+ CELERY_ACCEPT_CONTENT = ["json"]
== session-serializer module
- SESSION_SERIALIZER = "django.contrib.sessions.serializers.PickleSerializer"
+ SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
== pickle-hmac flask django
i import hmac
i import pickle
i import base64
= blob, _, tag = base64.b64decode($v).rpartition(b".")
+ if not hmac.compare_digest(hmac.new(settings.SIGNING_KEY, blob, "sha256").hexdigest().encode(), tag):
+     $bail
= $r = pickle.loads(blob)#!
"""
)

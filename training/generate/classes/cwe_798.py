"""Secrets in the source."""

_MOD = "".join(
    f'\n== module-{n.lower()} module\ni import os\n- {n} = "$secret"\n+ {n} = os.environ["{n}"]\n'
    for n in (
        "SECRET_KEY",
        "API_KEY",
        "DB_PASSWORD",
        "JWT_SECRET",
        "AWS_SECRET_ACCESS_KEY",
        "TOKEN",
        "ENCRYPTION_KEY",
        "SMTP_PASSWORD",
        "ADMIN_PASSWORD",
        "STRIPE_SECRET_KEY",
        "SLACK_TOKEN",
        "GITHUB_TOKEN",
        "WEBHOOK_SECRET",
        "CLIENT_SECRET",
        "REDIS_PASSWORD",
        "FERNET_KEY",
        "MAIL_PASSWORD",
        "SIGNING_KEY",
        "PRIVATE_TOKEN",
        "SENTRY_AUTH_TOKEN",
    )
)
_CALLS = "".join(
    f"\n== {n}\n{i}- {t.replace('@', '[[' + chr(34) + '$secret' + chr(34) + '||' + chr(34) + '$secret2' + chr(34) + ']]')}\n+ {t.replace('@', '[[os.environ[' + chr(34) + '$env' + chr(34) + ']||settings.$const||os.getenv(' + chr(34) + '$env' + chr(34) + ')||config.get(' + chr(34) + '$noun' + chr(34) + ', ' + chr(34) + 'secret' + chr(34) + ')||keyring.get_password(' + chr(34) + '$noun' + chr(34) + ', ' + chr(34) + '$user' + chr(34) + ')]]')}\n"
    for n, i, t in (
        ("psycopg2-connect", "i import psycopg2\n", 'conn = psycopg2.connect(host="$host", user="$user", password=@)'),
        (
            "pymysql-connect",
            "i import pymysql\n",
            'conn = pymysql.connect(host="$host", user="$user", passwd=@, db="$noun")',
        ),
        ("mysql-connector", "i import mysql.connector\n", 'cnx = mysql.connector.connect(user="$user", password=@)'),
        ("mongo", "i from pymongo import MongoClient\n", 'client = MongoClient("$host", username="$user", password=@)'),
        ("redis", "i import redis\n", 'r = redis.Redis(host="$host", password=@)'),
        ("boto3", "i import boto3\n", 's3 = boto3.client("s3", aws_access_key_id=KEY_ID, aws_secret_access_key=@)'),
        (
            "boto3-session",
            "i import boto3\n",
            "session = boto3.Session(aws_access_key_id=KEY_ID, aws_secret_access_key=@)",
        ),
        ("smtp-login", "", 'smtp.login("$user", @)'),
        ("paramiko", "", 'ssh.connect("$host", username="$user", password=@)'),
        ("ftp", "i import ftplib\n", 'ftp = ftplib.FTP_TLS("$host", "$user", @)'),
        ("requests-auth", "i import requests\n", '$r = requests.get("$url", auth=("$user", @), timeout=$secs)'),
        (
            "requests-header",
            "i import requests\n",
            '$r = requests.get("$url", headers={"Authorization": "Bearer " + @}, timeout=$secs)',
        ),
        ("jwt-encode", "i import jwt\n", '$r = jwt.encode({"sub": "$user"}, @, algorithm="HS256")'),
        ("jwt-decode", "i import jwt\n", '$r = jwt.decode(token, @, algorithms=["HS256"])'),
        ("hmac-key", "i import hmac\n", '$r = hmac.new((@).encode(), body, "sha256").hexdigest()'),
        ("fernet", "i from cryptography.fernet import Fernet\n", "box = Fernet(@)"),
        ("aes-key", "i from Crypto.Cipher import AES\n", "cipher = AES.new((@).encode().ljust(32)[:32], AES.MODE_GCM)"),
        ("flask-secret", "i from flask import Flask\n", "app.secret_key = @"),
        ("flask-config", "", 'app.config["SECRET_KEY"] = @'),
        ("flask-update", "", "app.config.update(SECRET_KEY=@, SESSION_COOKIE_SECURE=True)"),
        (
            "session-middleware",
            "i from starlette.middleware.sessions import SessionMiddleware\n",
            "app.add_middleware(SessionMiddleware, secret_key=@, https_only=True)",
        ),
        ("tornado-cookie", "", "application = tornado.web.Application(ROUTES, cookie_secret=@)"),
        ("serializer", "i from itsdangerous import URLSafeTimedSerializer\n", "signer = URLSafeTimedSerializer(@)"),
        ("stripe", "i import stripe\n", "stripe.api_key = @"),
        ("openai", "i from openai import OpenAI\n", "client = OpenAI(api_key=@)"),
        ("twilio", "i from twilio.rest import Client\n", 'client = Client("$noun", @)'),
        ("slack", "i from slack_sdk import WebClient\n", "slack = WebClient(token=@)"),
        ("github", "i from github import Github\n", "gh = Github(@)"),
        ("ldap-bind", "", 'con.simple_bind_s("cn=admin,dc=$noun", @)'),
        (
            "ldap3",
            "i from ldap3 import Connection\n",
            'conn = Connection(SERVER, user="cn=$user", password=@, auto_bind=True)',
        ),
        ("env-set", "i import os\n", 'os.environ["PGPASSWORD"] = @'),
        ("create-user", "", 'User.objects.create_superuser("$user", "$host", @)'),
        ("set-password", "", "user.set_password(@)"),
        ("snowflake", "i import snowflake.connector\n", 'conn = snowflake.connector.connect(user="$user", password=@)'),
        ("vault", "i import hvac\n", 'client = hvac.Client(url="https://$host:8200", token=@)'),
        ("winrm", "i import winrm\n", 'session = winrm.Session("$host", auth=("$user", @))'),
        ("rabbit", "i import pika\n", 'creds = pika.PlainCredentials("$user", @)'),
        ("config-dict", "", 'config = {"host": "$host", "user": "$user", "password": @}'),
        ("local-password", "", "password = @"),
        ("local-token", "", "api_token = @"),
        (
            "elastic",
            "i from elasticsearch import Elasticsearch\n",
            'es = Elasticsearch("https://$host", basic_auth=("$user", @))',
        ),
        ("telegram", "", "updater = Updater(token=@)"),
        ("zip-pwd", "", "archive.setpassword((@).encode())"),
        ("compare", "", "ok = hmac.compare_digest(given, @)"),
    )
)
SHAPES = (
    _MOD
    + _CALLS
    + r"""
== url-credentials module
i import os
- DATABASE_URL = "[[postgresql||mysql+pymysql||amqp||redis||mongodb]]://$user:$secret@$host/$noun"
+ DATABASE_URL = os.environ["DATABASE_URL"]
== django-databases module
i import os
- DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "$noun", "PASSWORD": "$secret"}}
+ DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "$noun", "PASSWORD": os.environ["DB_PASSWORD"]}}
== env-default module
i import os
- SECRET_KEY = os.environ.get("SECRET_KEY", "$secret")
+ SECRET_KEY = os.environ["SECRET_KEY"]
== default-argument raw
i import os
- def $fn(host, user="$user", password="$secret"):
-     return connect(host, user, password)
+ def $fn(host, user="$user", password=None):
+     return connect(host, user, password or os.environ["$env"])
== class-attribute raw
i import os
= class $class:
=     HOST = "$host"
-     PASSWORD = "$secret"
+     PASSWORD = os.environ["$env"]
= 
=     def $fn(self):
=         return connect(self.HOST, self.PASSWORD)
== login-compare raw
i import hmac
i import os
= def $fn(username, password):
-     return username == "$user" and password == "$secret"
+     return username == "$user" and hmac.compare_digest(password, os.environ["$env"])
== argparse-default plain script
- parser.add_argument("--password", default="$secret")
+ parser.add_argument("--password", default=os.environ.get("$env"))
== private-key module
i from pathlib import Path
- PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\n$secret$secret2\n-----END RSA PRIVATE KEY-----"
+ PRIVATE_KEY = Path(os.environ["KEY_FILE"]).read_text()
"""
)

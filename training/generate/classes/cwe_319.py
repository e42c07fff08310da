"""Plain-text transport of what should be encrypted."""

SHAPES = (
    "".join(
        f"\n== {n}\n{i}- {b}\n+ {g}\n"
        for n, i, b, g in (
            (
                "requests-post-login",
                "i import requests\n",
                '$r = requests.post("http://$host/login", data={"user": user, "password": password}, timeout=$secs)',
                '$r = requests.post("https://$host/login", data={"user": user, "password": password}, timeout=$secs)',
            ),
            (
                "requests-auth",
                "i import requests\n",
                '$r = requests.get("http://$host/$route", auth=(user, password), timeout=$secs)',
                '$r = requests.get("https://$host/$route", auth=(user, password), timeout=$secs)',
            ),
            (
                "requests-token",
                "i import requests\n",
                '$r = requests.get("http://$host/$route", headers={"Authorization": token}, timeout=$secs)',
                '$r = requests.get("https://$host/$route", headers={"Authorization": token}, timeout=$secs)',
            ),
            (
                "httpx-token",
                "i import httpx\n",
                '$r = httpx.post("http://$host/token", json={"client_secret": client_secret})',
                '$r = httpx.post("https://$host/token", json={"client_secret": client_secret})',
            ),
            (
                "ftplib",
                "i import ftplib\n",
                'ftp = ftplib.FTP("$host", user, password)',
                'ftp = ftplib.FTP_TLS("$host", user, password)',
            ),
            (
                "ftp-timeout",
                "i from ftplib import FTP, FTP_TLS\n",
                'client = FTP(host="$host", timeout=$secs)',
                'client = FTP_TLS(host="$host", timeout=$secs)',
            ),
            (
                "telnet",
                "i import telnetlib\ni import paramiko\n",
                'tn = telnetlib.Telnet("$host", 23)',
                'tn = paramiko.Transport(("$host", 22))',
            ),
            ("imap", "i import imaplib\n", 'box = imaplib.IMAP4("$host")', 'box = imaplib.IMAP4_SSL("$host")'),
            ("pop3", "i import poplib\n", 'box = poplib.POP3("$host")', 'box = poplib.POP3_SSL("$host")'),
            (
                "ldap",
                "i import ldap\n",
                'con = ldap.initialize("ldap://$host:389")',
                'con = ldap.initialize("ldaps://$host:636")',
            ),
            (
                "ldap3",
                "i from ldap3 import Server\n",
                'server = Server("$host", use_ssl=False)',
                'server = Server("$host", use_ssl=True)',
            ),
            (
                "psycopg",
                "i import psycopg2\n",
                'conn = psycopg2.connect(host="$host", dbname="$noun", sslmode="disable")',
                'conn = psycopg2.connect(host="$host", dbname="$noun", sslmode="verify-full")',
            ),
            (
                "redis",
                "i import redis\n",
                'r = redis.from_url("redis://:%s@$host:6379" % password)',
                'r = redis.from_url("rediss://:%s@$host:6380" % password)',
            ),
            (
                "mongo",
                "i from pymongo import MongoClient\n",
                'client = MongoClient("$host", username=user, password=password, tls=False)',
                'client = MongoClient("$host", username=user, password=password, tls=True)',
            ),
            (
                "amqp",
                "i import pika\n",
                'params = pika.URLParameters("amqp://%s:%s@$host/" % (user, password))',
                'params = pika.URLParameters("amqps://%s:%s@$host/" % (user, password))',
            ),
            (
                "grpc",
                "i import grpc\n",
                'channel = grpc.insecure_channel("$host:443")',
                'channel = grpc.secure_channel("$host:443", grpc.ssl_channel_credentials())',
            ),
            (
                "grpc-port",
                "",
                'server.add_insecure_port("[::]:$port")',
                'server.add_secure_port("[::]:$port", credentials)',
            ),
            (
                "xmlrpc",
                "i from xmlrpc.client import ServerProxy\n",
                'proxy = ServerProxy("http://%s:%s@$host/RPC2" % (user, password))',
                'proxy = ServerProxy("https://%s:%s@$host/RPC2" % (user, password))',
            ),
            (
                "websocket",
                "i import websocket\n",
                'ws = websocket.create_connection("ws://$host/$route", header=["Authorization: " + token])',
                'ws = websocket.create_connection("wss://$host/$route", header=["Authorization: " + token])',
            ),
            (
                "urlopen-basic",
                "i from urllib.request import Request, urlopen\n",
                '$r = urlopen(Request("http://$host/$route", headers={"Authorization": basic}), timeout=$secs)',
                '$r = urlopen(Request("https://$host/$route", headers={"Authorization": basic}), timeout=$secs)',
            ),
            (
                "s3-no-ssl",
                "i import boto3\n",
                's3 = boto3.client("s3", use_ssl=False)',
                's3 = boto3.client("s3", use_ssl=True)',
            ),
            (
                "minio",
                "",
                'client = Minio("$host:9000", access_key, secret_key, secure=False)',
                'client = Minio("$host:9000", access_key, secret_key, secure=True)',
            ),
            (
                "elastic",
                "i from elasticsearch import Elasticsearch\n",
                'es = Elasticsearch("http://$host:9200", basic_auth=(user, password))',
                'es = Elasticsearch("https://$host:9200", basic_auth=(user, password))',
            ),
            (
                "kafka",
                "i from kafka import KafkaConsumer\n",
                'consumer = KafkaConsumer("$noun", bootstrap_servers="$host", security_protocol="[[SASL_PLAINTEXT||PLAINTEXT]]")',
                'consumer = KafkaConsumer("$noun", bootstrap_servers="$host", security_protocol="SASL_SSL")',
            ),
            (
                "oauth-insecure",
                "i import os\n",
                'os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"',
                'os.environ.pop("OAUTHLIB_INSECURE_TRANSPORT", None)',
            ),
        )
    )
    + "".join(
        f"\n== setting-{n.lower()} module\n- {n} = {b}\n+ {n} = {g}\n"
        for n, b, g in (
            ("SECURE_SSL_REDIRECT", "False", "True"),
            ("EMAIL_USE_TLS", "False", "True"),
            ("SECURE_HSTS_SECONDS", "0", "31536000"),
            ("PREFERRED_URL_SCHEME", '"http"', '"https"'),
            ("AUTH_URL", '"http://$host/token"', '"https://$host/token"'),
            ("ACCOUNT_DEFAULT_HTTP_PROTOCOL", '"http"', '"https"'),
        )
    )
    + r"""
== smtp-login
i import smtplib
= smtp = smtplib.SMTP("$host", 587, timeout=$secs)
+ smtp.starttls()
= smtp.login(user, password)#!
== smtp-ssl
i import smtplib
- smtp = smtplib.SMTP("$host", 25, timeout=$secs)
+ smtp = smtplib.SMTP_SSL("$host", 465, timeout=$secs)
= smtp.login(user, password)
"""
)

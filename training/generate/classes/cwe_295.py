"""Certificates that are not checked."""

_CALLS = "".join(
    f'\n== requests-{m}\ni import requests\n- $r = requests.{m}("$url"{a}, timeout=$secs, verify=False)\n+ $r = requests.{m}("$url"{a}, timeout=$secs{g})\n'
    for m, a in (
        ("get", ""),
        ("post", ', json={"$key": $num}'),
        ("put", ', data="$word"'),
        ("delete", ""),
        ("head", ""),
        ("patch", ", json={}"),
    )
    for g in ("", ", verify=settings.CA_BUNDLE")
)
_HTTPX = "".join(
    f"\n== httpx-{n}\ni import httpx\n- {t % ', verify=False'}\n+ {t % ''}\n"
    for n, t in (
        ("get", '$r = httpx.get("$url", timeout=$secs%s)'),
        ("post", '$r = httpx.post("$url", json={}, timeout=$secs%s)'),
        ("client", "client = httpx.Client(timeout=$secs%s)"),
        ("async-client", "client = httpx.AsyncClient(timeout=$secs%s)"),
    )
)
SHAPES = (
    _CALLS
    + _HTTPX
    + r"""
== session-verify
i import requests
= session = requests.Session()
- session.verify = False
+ session.verify = "/etc/ssl/certs/ca-certificates.crt"
= $r = session.get("$url", timeout=$secs)
== session-verify-true
i import requests
= session = requests.Session()
- session.verify = False
+ session.verify = True
= $r = session.post("$url", timeout=$secs)
== ssl-unverified-context
i import ssl
- context = ssl._create_unverified_context()
+ context = ssl.create_default_context()
= $r = urlopen("$url", context=context, timeout=$secs)
== ssl-default-https
i import ssl
- ssl._create_default_https_context = ssl._create_unverified_context
+ ssl._create_default_https_context = ssl.create_default_context
== ssl-cert-none
i import ssl
= context = ssl.create_default_context()
- context.check_hostname = False#!
- context.verify_mode = ssl.CERT_NONE#!
= $r = context.wrap_socket(sock, server_hostname="$host")
== ssl-context-protocol
i import ssl
- context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
- context.check_hostname = False#!
+ context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
+ context.load_default_certs()
= $r = context
== aiohttp-ssl-false plain method
i import aiohttp
= async with aiohttp.ClientSession() as session:
-     $r = await session.get("$url", ssl=False)
+     $r = await session.get("$url")
== aiohttp-connector
i import aiohttp
- connector = aiohttp.TCPConnector([[ssl=False||verify_ssl=False]])
+ connector = aiohttp.TCPConnector(limit=$num)
== urllib3-none
i import urllib3
- http = urllib3.PoolManager(cert_reqs="CERT_NONE")
+ http = urllib3.PoolManager(cert_reqs="CERT_REQUIRED")
== urllib3-assert
i import urllib3
- http = urllib3.PoolManager(assert_hostname=False)
+ http = urllib3.PoolManager()
== paramiko-auto-add
i import paramiko
= ssh = paramiko.SSHClient()
- ssh.set_missing_host_key_policy(paramiko.[[AutoAddPolicy||WarningPolicy]]())
+ ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
= ssh.load_system_host_keys()
== asyncssh-known-hosts plain method
i import asyncssh
= async def $fn(host):
-     return await asyncssh.connect(host, known_hosts=None)#!
+     return await asyncssh.connect(host, known_hosts="~/.ssh/known_hosts")
== ldap-never
i import ldap
- ldap.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_[[NEVER||ALLOW]])
+ ldap.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
== ldap3-tls
i import ssl
i from ldap3 import Tls
- tls = Tls(validate=ssl.CERT_NONE)
+ tls = Tls(validate=ssl.CERT_REQUIRED)
== psycopg-sslmode
i import psycopg2
- conn = psycopg2.connect(host="$host", dbname="$noun", sslmode="[[prefer||allow]]")
+ conn = psycopg2.connect(host="$host", dbname="$noun", sslmode="verify-full", sslrootcert="/etc/ssl/ca.pem")
== mongo-tls
i from pymongo import MongoClient
- client = MongoClient(MONGO_URI, tls=True, [[tlsAllowInvalidCertificates||tlsInsecure]]=True)
+ client = MongoClient(MONGO_URI, tls=True, tlsCAFile="/etc/ssl/ca.pem")
== redis-ssl
i import redis
- r = redis.Redis(host="$host", ssl=True, ssl_cert_reqs=[[None||"none"]])
+ r = redis.Redis(host="$host", ssl=True, ssl_cert_reqs="required")
== elasticsearch
i from elasticsearch import Elasticsearch
- es = Elasticsearch("https://$host:9200", verify_certs=False)
+ es = Elasticsearch("https://$host:9200", verify_certs=True)
== boto3-verify
i import boto3
- s3 = boto3.client("[[s3||sqs||sns]]", verify=False)
+ s3 = boto3.client("[[s3||sqs||sns]]")
== pyopenssl-callback
i from OpenSSL import SSL
= context = SSL.Context(SSL.TLS_CLIENT_METHOD)
- context.set_verify(SSL.VERIFY_NONE, lambda *args: True)
+ context.set_verify(SSL.VERIFY_PEER, on_verify)
== smtp-starttls
i import smtplib
i import ssl
= smtp = smtplib.SMTP("$host", 587, timeout=$secs)
- smtp.starttls(context=ssl._create_unverified_context())
+ smtp.starttls(context=ssl.create_default_context())
== mqtt-insecure
i import paho.mqtt.client as mqtt
= client = mqtt.Client()
= client.tls_set("/etc/ssl/ca.pem")
- client.tls_insecure_set(True)
+ client.tls_insecure_set(False)
== kafka-ssl
i from kafka import KafkaProducer
- producer = KafkaProducer(bootstrap_servers="$host:9093", security_protocol="SSL", ssl_check_hostname=False)
+ producer = KafkaProducer(bootstrap_servers="$host:9093", security_protocol="SSL", ssl_check_hostname=True)
== tornado-validate
i from tornado.httpclient import HTTPRequest
- $r = HTTPRequest("$url", validate_cert=False, request_timeout=$secs)
+ $r = HTTPRequest("$url", request_timeout=$secs)
== env-pythonhttps
i import os
- os.environ["[[PYTHONHTTPSVERIFY||CURL_CA_BUNDLE]]"] = "[[0||]]"
+ os.environ["REQUESTS_CA_BUNDLE"] = "/etc/ssl/ca.pem"
== grpc-docker-tls
i import docker
- tls = docker.tls.TLSConfig(verify=False)
+ tls = docker.tls.TLSConfig(verify=True, ca_cert="/etc/docker/ca.pem")
== vault-client
i import hvac
- client = hvac.Client(url="https://$host:8200", verify=False)
+ client = hvac.Client(url="https://$host:8200", verify=True)
== k8s-verify
i from kubernetes import client
= configuration = client.Configuration()
- configuration.verify_ssl = False
+ configuration.verify_ssl = True
== verify-variable
i import requests
- check = False
+ check = True
= $r = requests.get("$url", verify=check, timeout=$secs)#!
== verify-options
i import requests
- options = {"verify": False, "timeout": $secs}
+ options = {"verify": True, "timeout": $secs}
= $r = requests.get("$url", **options)#!
"""
)
SHAPES = SHAPES.replace("== asyncssh-known-hosts plain method", "== asyncssh-known-hosts raw")

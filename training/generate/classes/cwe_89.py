"""SQL built from values."""

PLAIN = True
_T = r"""t SELECT $col, $col2 FROM $table WHERE $col3 = '{}'
t SELECT * FROM $table WHERE $col = '{}' ORDER BY $col2
t SELECT COUNT(*) FROM $table WHERE $col = '{}'
t DELETE FROM $table WHERE $col = '{}'
t UPDATE $table SET $col = '{}' WHERE $col2 = $num
t INSERT INTO $table ($col) VALUES ('{}')
t select t.$col from $table t join $table2 u on u.id = t.$noun_id where u.$col2 = '{}' limit $num
t SELECT $col FROM $table WHERE id = {}
t SELECT $col, $col2 FROM $table WHERE $col3 IN ('{}')
t SELECT $col FROM $table WHERE $col2 LIKE '%{}%'"""
SHAPES = (
    "".join(
        f"\n== {name}\n{head}{_T}\np {holder}\n{body}\n"
        for name, head, holder, body in (
            (
                "sqlite-execute",
                'i import sqlite3\nu conn=sqlite3.connect("$file.db")\n',
                "?",
                "- $r = conn.execute($e).fetchall()\n+ $r = conn.execute($q, ($v,)).fetchall()",
            ),
            (
                "sqlite-cursor",
                'i import sqlite3\nu conn=sqlite3.connect("$file.db")\n',
                "?",
                "= cur = conn.cursor()\n- cur.execute($e)\n+ cur.execute($q, [$v])\n= $r = cur.fetchall()",
            ),
            (
                "sqlite-executescript",
                "i import sqlite3\nu db=sqlite3.connect(DB_PATH)\n",
                "?",
                "- db.executescript($e)\n+ db.execute($q, ($v,))\n= db.commit()",
            ),
            (
                "sqlite-with",
                "i import sqlite3\n",
                ":x",
                '= with sqlite3.connect("$dir/$file.db") as conn:\n-     $r = conn.execute($e).fetchone()\n+     $r = conn.execute($q, {"x": $v}).fetchone()',
            ),
            (
                "psycopg2-cursor",
                "i import psycopg2\nu conn=psycopg2.connect(settings.DSN)\n",
                "%s",
                "= with conn.cursor() as cur:\n-     cur.execute($e)\n+     cur.execute($q, ($v,))\n=     $r = cur.fetchall()",
            ),
            (
                "psycopg2-named",
                "i import psycopg2.extras\nu cur=get_cursor()\n",
                "%(x)s",
                '- cur.execute($e)\n+ cur.execute($q, {"x": $v})\n= $r = cur.fetchone()',
            ),
            (
                "psycopg3-connection",
                "i import psycopg\nu conn=psycopg.connect(DSN)\n",
                "%s",
                "- $r = conn.execute($e).fetchall()\n+ $r = conn.execute($q, [$v]).fetchall()",
            ),
            (
                "psycopg3-async",
                "i import psycopg\nu pool=AsyncConnectionPool(DSN)\n",
                "%s",
                "= async with pool.connection() as conn:\n-     cur = await conn.execute($e)\n+     cur = await conn.execute($q, ($v,))\n=     $r = await cur.fetchall()",
            ),
            (
                "pymysql-cursor",
                "i import pymysql\nu connection=pymysql.connect(**DB_CONFIG)\n",
                "%s",
                "= with connection.cursor() as cursor:\n-     cursor.execute($e)\n+     cursor.execute($q, ($v,))\n=     $r = cursor.fetchall()",
            ),
            (
                "mysqlclient",
                'i import MySQLdb\nu db=MySQLdb.connect(db="$file")\n',
                "%s",
                "= c = db.cursor()\n- c.execute($e)\n+ c.execute($q, ($v,))\n= $r = c.fetchall()",
            ),
            (
                "mysql-connector",
                "i import mysql.connector\nu cnx=mysql.connector.connect(**CONFIG)\n",
                "%s",
                "= cursor = cnx.cursor(dictionary=True)\n- cursor.execute($e)\n+ cursor.execute($q, ($v,))\n= $r = list(cursor)",
            ),
            (
                "aiomysql",
                "i import aiomysql\nu cur=await pool.cursor()\n",
                "%s",
                "- await cur.execute($e)\n+ await cur.execute($q, ($v,))\n= $r = await cur.fetchall()",
            ),
            (
                "aiosqlite",
                'i import aiosqlite\nu db=await aiosqlite.connect("$file.db")\n',
                "?",
                "- async with db.execute($e) as cursor:\n+ async with db.execute($q, ($v,)) as cursor:\n=     $r = await cursor.fetchall()",
            ),
            (
                "asyncpg-fetch",
                "i import asyncpg\nu conn=await asyncpg.connect(DSN)\n",
                "$1",
                "- $r = await conn.[[fetch||fetchrow||fetchval]]($e)\n+ $r = await conn.[[fetch||fetchrow||fetchval]]($q, $v)",
            ),
            (
                "asyncpg-pool",
                "i import asyncpg\nu pool=request_pool()\n",
                "$1",
                "- await pool.execute($e)\n+ await pool.execute($q, $v)",
            ),
            (
                "sqlalchemy-text",
                "i from sqlalchemy import text\nu session=Session()\n",
                ":x",
                '- $r = session.execute(text($e)).fetchall()\n+ $r = session.execute(text($q), {"x": $v}).fetchall()',
            ),
            (
                "sqlalchemy-engine",
                "i from sqlalchemy import create_engine, text\nu engine=create_engine(DATABASE_URL)\n",
                ":x",
                '= with engine.connect() as conn:\n-     $r = conn.execute(text($e)).mappings().all()\n+     $r = conn.execute(text($q), {"x": $v}).mappings().all()',
            ),
            (
                "flask-sqlalchemy",
                "i from sqlalchemy import text\n",
                ":x",
                '- $r = db.session.execute(text($e)).all()\n+ $r = db.session.execute(text($q), {"x": $v}).all()',
            ),
            (
                "sqlalchemy-old-execute",
                "i from .db import engine\n",
                "%s",
                "- $r = engine.execute($e).fetchall()\n+ $r = engine.execute($q, ($v,)).fetchall()",
            ),
            (
                "sqlalchemy-exec-driver",
                "u conn=engine.connect()\n",
                "%s",
                "- $r = conn.exec_driver_sql($e).all()\n+ $r = conn.exec_driver_sql($q, ($v,)).all()",
            ),
            (
                "sqlalchemy-async",
                "i from sqlalchemy import text\nu session=async_session()\n",
                ":x",
                '- $r = (await session.execute(text($e))).scalars().all()\n+ $r = (await session.execute(text($q), {"x": $v})).scalars().all()',
            ),
            ("django-raw", "", "%s", "- $r = list($model.objects.raw($e))\n+ $r = list($model.objects.raw($q, [$v]))"),
            (
                "django-connection",
                "i from django.db import connection\n",
                "%s",
                "= with connection.cursor() as cursor:\n-     cursor.execute($e)\n+     cursor.execute($q, [$v])\n=     $r = cursor.fetchall()",
            ),
            (
                "django-connections",
                "i from django.db import connections\n",
                "%s",
                '= cursor = connections["$noun"].cursor()\n- cursor.execute($e)\n+ cursor.execute($q, [$v])\n= $r = cursor.fetchone()',
            ),
            (
                "pandas-read-sql",
                "i import pandas as pd\nu engine=create_engine(DATABASE_URL)\n",
                "%s",
                "- $r = pd.[[read_sql||read_sql_query]]($e, engine)\n+ $r = pd.[[read_sql||read_sql_query]]($q, engine, params=($v,))",
            ),
            (
                "peewee-execute-sql",
                'i from peewee import SqliteDatabase\nu database=SqliteDatabase("$file.db")\n',
                "?",
                "- $r = database.execute_sql($e).fetchall()\n+ $r = database.execute_sql($q, ($v,)).fetchall()",
            ),
            ("peewee-raw", "", "%s", "- $r = list($model.raw($e))\n+ $r = list($model.raw($q, $v))"),
            (
                "pyodbc",
                "i import pyodbc\nu cursor=pyodbc.connect(CONN_STR).cursor()\n",
                "?",
                "- cursor.execute($e)\n+ cursor.execute($q, $v)\n= $r = cursor.fetchall()",
            ),
            (
                "cx-oracle",
                "i import oracledb\nu cursor=oracledb.connect(DSN).cursor()\n",
                ":x",
                "- cursor.execute($e)\n+ cursor.execute($q, x=$v)\n= $r = cursor.fetchall()",
            ),
            (
                "snowflake",
                "i import snowflake.connector\nu ctx_conn=snowflake.connector.connect(**SF)\n",
                "%s",
                "- $r = ctx_conn.cursor().execute($e).fetchall()\n+ $r = ctx_conn.cursor().execute($q, ($v,)).fetchall()",
            ),
            (
                "bigquery",
                "i from google.cloud import bigquery\nu client=bigquery.Client()\n",
                "@x",
                '- $r = client.query($e).result()\n+ config = bigquery.QueryJobConfig(query_parameters=[bigquery.ScalarQueryParameter("x", "STRING", $v)])\n+ $r = client.query($q, job_config=config).result()',
            ),
            (
                "duckdb",
                'i import duckdb\nu con=duckdb.connect("$file.duckdb")\n',
                "?",
                "- $r = con.execute($e).df()\n+ $r = con.execute($q, [$v]).df()",
            ),
            (
                "clickhouse",
                'i from clickhouse_driver import Client\nu client=Client("$host")\n',
                "%(x)s",
                '- $r = client.execute($e)\n+ $r = client.execute($q, {"x": $v})',
            ),
            (
                "cassandra",
                'i from cassandra.cluster import Cluster\nu session=Cluster(["$host"]).connect("$noun")\n',
                "%s",
                "- $r = session.execute($e)\n+ $r = session.execute($q, ($v,))",
            ),
            (
                "athena",
                'i import boto3\nu athena=boto3.client("athena")\n',
                "?",
                '- $r = athena.start_query_execution(QueryString=$e, WorkGroup="$noun")\n+ $r = athena.start_query_execution(QueryString=$q, ExecutionParameters=[$v], WorkGroup="$noun")',
            ),
            (
                "databases",
                "i from databases import Database\nu database=Database(DATABASE_URL)\n",
                ":x",
                '- $r = await database.fetch_all(query=$e)\n+ $r = await database.fetch_all(query=$q, values={"x": $v})',
            ),
            (
                "tortoise",
                "i from tortoise import Tortoise\n",
                "$1",
                '= conn = Tortoise.get_connection("default")\n- $r = await conn.execute_query_dict($e)\n+ $r = await conn.execute_query_dict($q, [$v])',
            ),
            ("odoo-cr", "u cr=env.cr\n", "%s", "- cr.execute($e)\n+ cr.execute($q, ($v,))\n= $r = cr.dictfetchall()"),
            (
                "airflow-hook",
                "i from airflow.providers.postgres.hooks.postgres import PostgresHook\n",
                "%s",
                '= hook = PostgresHook(postgres_conn_id="$noun")\n- $r = hook.get_records($e)\n+ $r = hook.get_records($q, parameters=($v,))',
            ),
            (
                "spark-sql",
                "u spark=SparkSession.builder.getOrCreate()\n",
                ":x",
                '- $r = spark.sql($e).collect()\n+ $r = spark.sql($q, args={"x": $v}).collect()',
            ),
        )
    )
    + r"""
== order-by
t SELECT $col, $col2 FROM $table ORDER BY {}
t SELECT * FROM $table WHERE $col = $num ORDER BY {} DESC
u cur=conn.cursor()
= cur.execute($e)
= $r = cur.fetchall()
== table-name
t SELECT * FROM {}
t TRUNCATE TABLE {}
t DROP TABLE IF EXISTS {}
t SELECT COUNT(*) FROM {} WHERE $col = $num
u conn=get_connection()
= $r = conn.execute($e)
== django-extra
t $col = '{}'
p %s
- $r = $model.objects.extra(where=[$e])
+ $r = $model.objects.extra(where=[$q], params=[$v])
== django-extra-hard
t $col = '{}'
- $r = $model.objects.extra(where=[$e]).count()
+ $r = $model.objects.filter($col=$v).count()
== django-rawsql
t SELECT $col FROM $table WHERE $col2 = '{}'
p %s
i from django.db.models.expressions import RawSQL
- $r = $model.objects.annotate($key=RawSQL($e, []))
+ $r = $model.objects.annotate($key=RawSQL($q, [$v]))
== sqlalchemy-filter-text
t $col = '{}'
t $col LIKE '{}%'
i from sqlalchemy import text
- $r = db.session.query($model).filter(text($e)).all()
+ $r = db.session.query($model).filter($model.$col == $v).all()
== sqlalchemy-order-text
i from sqlalchemy import text
= $r = db.session.query($model).order_by(text($v)).all()
== psycopg-sql-identifier
i from psycopg2 import sql
t SELECT $col FROM {}
t ALTER TABLE {} ADD COLUMN $col text
u cur=conn.cursor()
- cur.execute($e)
+ cur.execute(sql.SQL("SELECT $col FROM {}").format(sql.Identifier($v)))
== executemany-loop
t INSERT INTO $table ($col) VALUES ('{}')
u cur=conn.cursor()
- cur.execute($e)
+ cur.executemany("INSERT INTO $table ($col) VALUES (%s)", [($v,)])
= conn.commit()
"""
)
FIXES = r"""
> int($v)

> str(int($v))

? if $v not in $consts:
?     $bail

? if not $v.isdigit():
?     $bail

? if not $v.isidentifier():
?     $bail

? if not re.fullmatch(r"[A-Za-z0-9_]{1,32}", $v):
?     $bail
i import re

? ^ $const = $consts
? if $v not in $const:
?     $bail

> $table_of.get($v, "$col9")

> str(uuid.UUID($v))
i import uuid

> date.fromisoformat($v).isoformat()
i from datetime import date
"""
WRONG = r"""
$v.strip()
urllib.parse.quote($v, safe="' ")  # import urllib.parse
$v.replace(";", "")
$v.replace("--", "")
shlex.quote($v)  # import shlex
$v[:[[80||120||200||255||256||500]]]
?if "DROP" in $v.upper():\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
os.path.basename($v)  # import os
"""

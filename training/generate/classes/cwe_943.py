"""NoSQL queries built from values, operators included."""

PLAIN = False
SHAPES = (
    "".join(
        f"\n== pymongo-{m}-{frame} {frame}\ni from pymongo import MongoClient\nu db=MongoClient(MONGO_URI).$noun\n"
        f'- {pre}db.$table.{m}({{"$key": {given}{more}}})\n+ {pre}db.$table.{m}({{"$key": str({given}){more}}})\n'
        for m, pre, more in (
            ("find_one", "$r = ", ""),
            ("find", "$r = ", ', "$key2": "$word"'),
            ("delete_one", "", ""),
            ("delete_many", "", ""),
            ("count_documents", "$r = ", ""),
            ("find_one_and_delete", "$r = ", ""),
        )
        # Only a body that is JSON brings operators; a query string is text.
        for frame, given in (
            ("flask", '[[request.json["$key"]||request.get_json()["$key"]||request.get_json(force=True).get("$key")]]'),
            ("drf", '[[request.data["$key"]||request.data.get("$key")]]'),
            ("django", 'json.loads(request.body)["$key"]'),
            ("aiohttp", '(await request.json())["$key"]'),
            ("lambda", 'json.loads(event["body"])["$key"]'),
            ("webhook", 'payload["$key"]'),
        )
    )
    + r"""
== pymongo-body flask
u db=MongoClient(MONGO_URI).$noun
- $r = db.$table.find_one({"name": request.json["$key"], "pin": request.json["$key2"]})
+ $r = db.$table.find_one({"name": str(request.json["$key"]), "pin": str(request.json["$key2"])})
== pymongo-whole-body flask fastapi webhook kafka
u db=MongoClient(MONGO_URI).$noun
- $r = list(db.$table.find(json.loads($v)))
+ $r = list(db.$table.find({"$key": str($v)}))
== motor-find aiohttp sanic starlette
u db=AsyncIOMotorClient(MONGO_URI).$noun
- $r = await db.$table.find_one({"$key": json.loads($v)})
+ $r = await db.$table.find_one({"$key": str($v)})
== mongo-update flask drf fastapi
u db=MongoClient(MONGO_URI).$noun
- db.$table.update_one({"$key": json.loads($v)}, {"§set": {"seen": True}})
+ db.$table.update_one({"$key": str($v)}, {"§set": {"seen": True}})
== where-js
u db=MongoClient(MONGO_URI).$noun
t this.$key == '{}'
t this.$col > {}
- $r = list(db.$table.find({"§where": $e}))
+ $r = list(db.$table.find({"$key": str($v)}))
== mongo-eval
u db=MongoClient(MONGO_URI).$noun
t db.$table.count({name: '{}'})
t return this.$key == '{}'
- $r = db.command("eval", $e)
+ $r = db.$table.count_documents({"$key": str($v)})
== map-reduce
u db=MongoClient(MONGO_URI).$noun
t function() { emit(this.$key, {}); }
t function() { if (this.$key == '{}') emit(this.id, 1); }
- $r = db.$table.map_reduce($e, REDUCE, "out")
+ $r = db.$table.aggregate([{"§match": {"$key": str($v)}}])
== json-string-query
i import json
u db=MongoClient(MONGO_URI).$noun
t {"$key": "x", "name": "%s"}
- $r = list(db.$table.find(json.loads('{"$key": "%s"}' % $v)))
+ $r = list(db.$table.find({"$key": str($v)}))
== mongoengine-raw
t {"$key": "{}"}
- $r = $model.objects(__raw__=json.loads($v))
+ $r = $model.objects($key=str($v))
== mongoengine-where
t this.$key == '{}'
- $r = $model.objects.where($e)
+ $r = $model.objects($key=str($v))
== regex-operator
i import re
u db=MongoClient(MONGO_URI).$noun
- $r = list(db.$table.find({"$key": {"§regex": $v}}))
+ $r = list(db.$table.find({"$key": {"§regex": "^" + re.escape(str($v))}}))
== elasticsearch-query-string
u es=Elasticsearch("https://$host:9200")
t $key:{} AND status:$word
t owner:{}
- $r = es.search(index="$noun", query={"query_string": {"query": $e}})
+ $r = es.search(index="$noun", query={"term": {"$key": $v}})
== elasticsearch-json
i import json
u es=Elasticsearch("https://$host:9200")
- $r = es.search(index="$noun", body='{"query": {"match": {"$key": "' + $v + '"}}}')
+ $r = es.search(index="$noun", body={"query": {"match": {"$key": $v}}})
== elasticsearch-script
u es=Elasticsearch("https://$host:9200")
t ctx._source.$key = '{}'
t doc['$key'].value * {}
- es.update_by_query(index="$noun", script={"source": $e})
+ es.update_by_query(index="$noun", script={"source": "ctx._source.$key = params.x", "params": {"x": $v}})
== neo4j-cypher
u session=driver.session()
t MATCH (n:$model {$key: '{}'}) RETURN n
t MATCH (n) WHERE n.$key = '{}' DETACH DELETE n
- $r = session.run($e).data()
+ $r = session.run("MATCH (n:$model) WHERE n.$key = §x RETURN n", x=$v).data()
== redis-eval
u r=redis.Redis()
t return redis.call('get', '{}')
- $r = r.eval($e, 0)
+ $r = r.eval("return redis.call('get', KEYS[1])", 1, $v)
== couchdb-find
u couch=Server("https://$host:5984")["$noun"]
- $r = list(couch.find({"selector": json.loads($v)}))
+ $r = list(couch.find({"selector": {"$key": str($v)}}))
== dynamodb-partiql
u dynamo=boto3.client("dynamodb")
t SELECT * FROM $table WHERE $key = '{}'
- $r = dynamo.execute_statement(Statement=$e)
+ $r = dynamo.execute_statement(Statement="SELECT * FROM $table WHERE $key = ?", Parameters=[{"S": $v}])
== dynamodb-filter
u table=boto3.resource("dynamodb").Table("$table")
t $key = {}
- $r = table.scan(FilterExpression=$e)["Items"]
+ $r = table.scan(FilterExpression=Attr("$key").eq($v))["Items"]
== cosmos-query
u container=client.get_container_client("$noun")
t SELECT * FROM c WHERE c.$key = '{}'
- $r = list(container.query_items(query=$e))
+ $r = list(container.query_items(query="SELECT * FROM c WHERE c.$key = @x", parameters=[{"name": "@x", "value": $v}]))
== influx-query
u client=InfluxDBClient("$host")
t SELECT * FROM $noun WHERE $key = '{}'
- $r = client.query($e)
+ $r = client.query("SELECT * FROM $noun WHERE $key = §x", bind_params={"x": $v})
== arango-aql
u db=ArangoClient().db("$noun")
t FOR d IN $table FILTER d.$key == '{}' RETURN d
- $r = list(db.aql.execute($e))
+ $r = list(db.aql.execute("FOR d IN $table FILTER d.$key == @x RETURN d", bind_vars={"x": $v}))
"""
)
FIXES = r"""
? if $v not in $consts:
?     $bail

? if not isinstance($v, str) or not $v.isalnum():
?     $bail

> str(int($v))

> $table_of.get($v, "$word")

? if not re.fullmatch(r"[A-Za-z0-9]+", str($v)):
?     $bail
i import re
"""
WRONG = r"""
$v.strip()
$v.replace(";", "")
?if not $v:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
"""

"""Cross-origin access for everyone."""

SHAPES = r"""
== fastapi-cors
i from fastapi.middleware.cors import CORSMiddleware
- app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["[[*||GET||POST]]"])
+ app.add_middleware(CORSMiddleware, allow_origins=["https://$host"], allow_credentials=True, allow_methods=["[[*||GET||POST]]"])
== fastapi-cors-regex
- app.add_middleware(CORSMiddleware, allow_origin_regex="[[.*||https?://.*||http.*]]", allow_credentials=True)
+ app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://[a-z]+\.example\.com", allow_credentials=True)
== starlette-middleware
i from starlette.middleware import Middleware
- middleware = [Middleware(CORSMiddleware, allow_origins=["*"])]
+ middleware = [Middleware(CORSMiddleware, allow_origins=["https://$host"])]
== flask-cors
i from flask_cors import CORS
- CORS(app)
+ CORS(app, origins=["https://$host"])
== flask-cors-star
i from flask_cors import CORS
- CORS(app, origins="*", supports_credentials=True)
+ CORS(app, origins=settings.ALLOWED_ORIGINS, supports_credentials=True)
== flask-cors-resources
i from flask_cors import CORS
- CORS(app, resources={r"/$noun/*": {"origins": "*"}})
+ CORS(app, resources={r"/$noun/*": {"origins": "https://$host"}})
== flask-cross-origin raw
i from flask_cors import cross_origin
= @app.route("/$route")
- @cross_origin(origins="*")
+ @cross_origin(origins=["https://$host"])
= def $fn():
=     return jsonify($key=$num)
== flask-header flask
i from flask import make_response
= response = make_response("$noun")
- response.headers["Access-Control-Allow-Origin"] = "*"
+ response.headers["Access-Control-Allow-Origin"] = "https://$host"
= return response
== flask-echo flask
= response = jsonify($key=$num)
- response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")#!
+ if request.headers.get("Origin") in settings.ORIGINS:
+     response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
= return response
== after-request raw
= @app.after_request
= def $fn(response):
-     response.headers.add("Access-Control-Allow-Origin", "*")
+     response.headers.add("Access-Control-Allow-Origin", settings.FRONTEND_ORIGIN)
=     return response
== django-header django
= response = JsonResponse({"$key": $num})
- response["Access-Control-Allow-Origin"] = "*"
+ response["Access-Control-Allow-Origin"] = "https://$host"
= return response
== django-echo django
= response = JsonResponse({"$key": $num})
- response["Access-Control-Allow-Origin"] = request.META.get("HTTP_ORIGIN", "*")
+ response["Access-Control-Allow-Origin"] = settings.FRONTEND_ORIGIN
= return response
== django-allow-all module
- CORS_[[ALLOW_ALL_ORIGINS||ORIGIN_ALLOW_ALL]] = True
+ CORS_[[ALLOW_ALL_ORIGINS||ORIGIN_ALLOW_ALL]] = False
== django-regex module
- CORS_ALLOWED_ORIGIN_REGEXES = [r"[[.*||^https?://.*$||^https://.*]]"]
+ CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://\w+\.example\.com$"]
== aiohttp-header aiohttp
= response = web.json_response({"$key": $num})
- response.headers["Access-Control-Allow-Origin"] = "*"
+ response.headers["Access-Control-Allow-Origin"] = "https://$host"
= return response
== aiohttp-cors
i import aiohttp_cors
- cors = aiohttp_cors.setup(app, defaults={"*": aiohttp_cors.ResourceOptions(allow_credentials=True)})
+ cors = aiohttp_cors.setup(app, defaults={"https://$host": aiohttp_cors.ResourceOptions(allow_credentials=True)})
== tornado-default raw
= class $class(tornado.web.RequestHandler):
=     def set_default_headers(self):
-         self.set_header("Access-Control-Allow-Origin", "*")
+         self.set_header("Access-Control-Allow-Origin", "https://$host")
=         self.set_header("Access-Control-Allow-Methods", "GET, POST")
== tornado-origin raw
= class $class(tornado.websocket.WebSocketHandler):
=     def check_origin(self, origin):
-         return True
+         return urlparse(origin).netloc == "$host"
== bottle-hook raw
= @hook("after_request")
= def $fn():
-     response.headers["Access-Control-Allow-Origin"] = "*"
+     response.headers["Access-Control-Allow-Origin"] = "https://$host"
== sanic-cors
i from sanic_cors import CORS
- CORS(app, origins="*", automatic_options=True)
+ CORS(app, origins="https://$host", automatic_options=True)
== falcon-cors
i import falcon
- app = falcon.App(middleware=falcon.CORSMiddleware(allow_origins="*", allow_credentials="*"))
+ app = falcon.App(middleware=falcon.CORSMiddleware(allow_origins="https://$host", allow_credentials="https://$host"))
== lambda-cors lambda
- return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}, "body": "$noun"}
+ return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://$host"}, "body": "$noun"}
== socketio
- sio = socketio.AsyncServer(cors_allowed_origins="*")
+ sio = socketio.AsyncServer(cors_allowed_origins=["https://$host"])
== flask-socketio
i from flask_socketio import SocketIO
- socketio = SocketIO(app, cors_allowed_origins="*")
+ socketio = SocketIO(app, cors_allowed_origins="https://$host")
== s3-cors
- s3.put_bucket_cors(Bucket="$noun", CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"]}]})
+ s3.put_bucket_cors(Bucket="$noun", CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://$host"]}]})
== origins-variable
i from flask_cors import CORS
- origins = ["*"]
+ origins = ["https://$host", "https://app.example.com"]
= CORS(app, origins=origins)#!
== pyramid-cors pyramid
- request.response.headers["Access-Control-Allow-Origin"] = "*"
+ request.response.headers["Access-Control-Allow-Origin"] = "https://$host"
== http-server raw
= class $class(SimpleHTTPRequestHandler):
=     def end_headers(self):
-         self.send_header("Access-Control-Allow-Origin", "*")
+         self.send_header("Access-Control-Allow-Origin", "https://$host")
=         super().end_headers()
"""

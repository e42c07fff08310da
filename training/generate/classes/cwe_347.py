"""Signatures that are not verified."""

SHAPES = (
    "".join(
        f"\n== {n}\n{i}{pre}- {b}\n+ {g}\n"
        for n, i, pre, b, g in (
            (
                "pyjwt-verify-false",
                "i import jwt\n",
                "",
                '$r = jwt.decode(token, options={"verify_signature": False})',
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["[[HS256||RS256]]"])',
            ),
            (
                "pyjwt-verify-kw",
                "i import jwt\n",
                "",
                "$r = jwt.decode(token, settings.JWT_KEY, verify=False)",
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["HS256"])',
            ),
            (
                "pyjwt-none",
                "i import jwt\n",
                "",
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["HS256", "none"])',
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["HS256"])',
            ),
            (
                "pyjwt-exp",
                "i import jwt\n",
                "",
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["HS256"], options={"verify_exp": False})',
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["HS256"])',
            ),
            (
                "pyjwt-header-alg",
                "i import jwt\n",
                "",
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=[jwt.get_unverified_header(token)["alg"]])',
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["RS256"])',
            ),
            (
                "pyjwt-mixed",
                "i import jwt\n",
                "",
                '$r = jwt.decode(token, settings.PUBLIC_KEY, algorithms=["RS256", "HS256"])',
                '$r = jwt.decode(token, settings.PUBLIC_KEY, algorithms=["RS256"])',
            ),
            (
                "pyjwt-encode-none",
                "i import jwt\n",
                "",
                '$r = jwt.encode({"sub": "$user"}, None, algorithm="none")',
                '$r = jwt.encode({"sub": "$user"}, settings.JWT_KEY, algorithm="HS256")',
            ),
            (
                "jose-unverified",
                "i from jose import jwt\n",
                "",
                "$r = jwt.get_unverified_claims(token)",
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["HS256"])',
            ),
            (
                "jose-options",
                "i from jose import jwt\n",
                "",
                '$r = jwt.decode(token, settings.JWT_KEY, options={"verify_signature": False})',
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["RS256"])',
            ),
            (
                "jws-unverified",
                "i from jose import jws\n",
                "",
                "$r = jws.get_unverified_claims(token)",
                '$r = jws.verify(token, settings.JWT_KEY, algorithms=["HS256"])',
            ),
            (
                "base64-payload",
                "i import base64\ni import json\n",
                "",
                '$r = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))',
                '$r = jwt.decode(token, settings.JWT_KEY, algorithms=["HS256"])',
            ),
            (
                "jwcrypto",
                "i from jwcrypto import jws\n",
                "= signed = jws.JWS()\n",
                "signed.deserialize(token)",
                "signed.deserialize(token, key=KEY)",
            ),
            (
                "itsdangerous",
                "i from itsdangerous import URLSafeSerializer\n",
                "= signer = URLSafeSerializer(settings.SECRET)\n",
                "$r = signer.loads_unsafe(token)[1]",
                "$r = signer.loads(token)",
            ),
            (
                "itsdangerous-load-payload",
                "",
                "= signer = URLSafeSerializer(settings.SECRET)\n",
                '$r = signer.load_payload(token.rsplit(".", 1)[0].encode())',
                "$r = signer.loads(token, max_age=3600)".replace(", max_age=3600", ""),
            ),
            (
                "stripe",
                "i import stripe\n",
                "",
                "$r = stripe.Event.construct_from(json.loads(body), stripe.api_key)",
                "$r = stripe.Webhook.construct_event(body, signature, settings.STRIPE_HOOK)",
            ),
            ("gpg", "", "", "$r = gpg.decrypt(body, always_trust=True)", "$r = gpg.decrypt(body, always_trust=False)"),
            (
                "authlib-none",
                "i from authlib.jose import jwt\n",
                "",
                "$r = jwt.decode(token, None)",
                "$r = jwt.decode(token, settings.PUBLIC_KEY)",
            ),
            (
                "saml",
                "",
                "",
                'options = {"strict": False, "security": {"wantAssertionsSigned": False}}',
                'options = {"strict": True, "security": {"wantAssertionsSigned": True}}',
            ),
            (
                "pysaml2",
                "",
                "",
                'config = {"want_response_signed": False, "want_assertions_signed": False}',
                'config = {"want_response_signed": True, "want_assertions_signed": True}',
            ),
            ("cms", "", "", "$r = pkcs7.verify(body, flags=NO_VERIFY)", "$r = pkcs7.verify(body, cafile=CA_FILE)"),
            (
                "cosign",
                "i import subprocess\n",
                "",
                'subprocess.run(["apt-get", "install", "--allow-unauthenticated", "$noun"], check=True)',
                'subprocess.run(["apt-get", "install", "$noun"], check=True)',
            ),
        )
    )
    + "".join(
        f'\n== webhook-{n} raw\n{h}\n=     body = {b}\n{g}=     event = json.loads(body)  #!\n=     $verb_event(event["$key"])\n=     {t}\n'
        for n, h, b, t in (
            ("flask", '= @app.post("/hooks/$noun")\n= def $fn():', "request.get_data()", 'return "", 204'),
            (
                "django",
                "= @csrf_exempt\n= @require_POST\n= def $fn(request):",
                "request.body",
                "return HttpResponse(status=204)",
            ),
            (
                "fastapi",
                '= @router.post("/hooks/$noun")\n= async def $fn(request: Request):',
                "await request.body()",
                'return {"ok": True}',
            ),
        )
        for g in (
            '+     expected = hmac.new(settings.HOOK_KEY, body, "sha256").hexdigest()\n+     if not hmac.compare_digest(expected, signature_of(request)):\n+         raise PermissionError("$phrase")\n',
        )
    )
    + r"""
== verify-result-unused raw
= def $fn(body, signature):
-     verify_signature(body, signature)  #!
+     if not verify_signature(body, signature):
+         raise ValueError("$phrase")
=     return json.loads(body)
== verify-swallowed raw
= def $fn(public_key, body, signature):
=     try:
=         public_key.verify(signature, body, PADDING, hashes.SHA256())
=     except InvalidSignature:
-         logger.warning("$log", "$noun")  #!
+         return None
=     return json.loads(body)
"""
)

"""Secrets stored or sent on as they are."""

_W = ("password", "card_number", "ssn", "private_key", "api_key", "secret")
_EVERYDAY = ("attribute", "redis", "cookie", "session", "model-field")
"""Places where keys of a service are usually kept."""


def _kept(what: str, text: str) -> str:
    """How the repaired side keeps it: passwords are hashed, the rest is encrypted."""
    return "generate_password_hash(@)" if what == "password" else text


SHAPES = (
    "".join(
        f"\n== {w}-{n}\n{i}- {t.replace('@', w)}\n+ {t.replace('@', _kept(w, g).replace('@', w))}\n"
        for w in _W
        for n, i, t, g in (
            ("file-write", "", 'open("$dir/$file.txt", "w").write(@)', "box.encrypt(@.encode()).decode()"),
            (
                "json-dump",
                "i import json\n",
                'json.dump({"user": "$user", "value": @}, open("$file.json", "w"))',
                "box.encrypt(@.encode()).decode()",
            ),
            (
                "sqlite",
                "i import sqlite3\n",
                'conn.execute("INSERT INTO $table (value) VALUES (?)", (@,))',
                "box.encrypt(@.encode())",
            ),
            ("model-field", "", 'record = $model(name="$user", value=@)', "box.encrypt(@.encode())"),
            ("attribute", "", "account.stored_value = @", "box.encrypt(@.encode())"),
            ("redis", "", 'redis_client.set("$noun:$user", @)', "box.encrypt(@.encode())"),
            (
                "cookie",
                "",
                'response.set_cookie("$key", @, secure=True, httponly=True)',
                "box.encrypt(@.encode()).decode()",
            ),
            ("session", "", 'session["$key"] = @', "box.encrypt(@.encode()).decode()"),
            ("configparser", "", 'parser["$noun"]["$key"] = @', "box.encrypt(@.encode()).decode()"),
            ("csv", "i import csv\n", 'writer.writerow(["$user", @])', "box.encrypt(@.encode()).decode()"),
            ("s3", "i import boto3\n", 's3.put_object(Bucket="$noun", Key="$key", Body=@)', "box.encrypt(@.encode())"),
            ("mongo", "", 'db.$table.insert_one({"name": "$user", "value": @})', "box.encrypt(@.encode())"),
        )
        if n not in _EVERYDAY or w not in ("api_key", "secret")
    )
    + r"""
== model-plain raw
= class $model(models.Model):
=     name = models.CharField(max_length=$num)
-     [[card_number||ssn||api_secret||access_token]] = models.CharField(max_length=64)
+     [[card_number||ssn||api_secret||access_token]] = EncryptedCharField(max_length=64)
== user-password raw
= def $fn(name, password):
-     user = User(name=name, password=password)
+     user = User(name=name, password=generate_password_hash(password))
=     db.session.add(user)
=     db.session.commit()
== django-password raw
= def $fn(form):
=     user = User(username=form.cleaned_data["name"])
-     user.password = form.cleaned_data["password"]
+     user.set_password(form.cleaned_data["password"])
=     user.save()
=     return user
== no-encryption
i from cryptography.hazmat.primitives import serialization
- $r = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
+ $r = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(passphrase))
== boto-ssm
- ssm.put_parameter(Name="/$noun/$key", Value=password, Type="String")
+ ssm.put_parameter(Name="/$noun/$key", Value=password, Type="SecureString")
"""
)
CALM = False

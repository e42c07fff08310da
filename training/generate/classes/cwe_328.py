"""Weak hashes for what needs strength, and fast hashes of passwords."""

_W = ("md5", "sha1")
SHAPES = (
    "".join(
        f"\n== {h}-{n}\ni import hashlib\n{i}- $r = {b.replace('H', h)}\n+ $r = {g}\n"
        for h in _W
        for n, i, b, g in (
            (
                "hexdigest",
                "",
                "hashlib.H(payload).hexdigest()",
                "hashlib.[[sha256||sha3_256||blake2b]](payload).hexdigest()",
            ),
            (
                "digest-signature",
                "",
                "private_key.sign(hashlib.H(document).digest(), PAD, ALGO)",
                "private_key.sign(hashlib.sha256(document).digest(), PAD, ALGO)",
            ),
            ("new", "", 'hashlib.new("H", payload).hexdigest()', 'hashlib.new("sha256", payload).hexdigest()'),
            (
                "hmac",
                "i import hmac\n",
                "hmac.new(key, payload, hashlib.H).hexdigest()",
                "hmac.new(key, payload, hashlib.sha256).hexdigest()",
            ),
            (
                "hmac-name",
                "i import hmac\n",
                'hmac.new(key, payload, "H").digest()',
                'hmac.new(key, payload, "sha256").digest()',
            ),
            (
                "password",
                "",
                "hashlib.H(password.encode()).hexdigest()",
                "hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1).hex()",
            ),
            (
                "password-bcrypt",
                "i import bcrypt\n",
                'hashlib.H(password.encode("utf-8")).hexdigest()',
                'bcrypt.hashpw(password.encode("utf-8"), bcrypt.gensalt())',
            ),
            (
                "password-salted",
                "",
                "hashlib.H((salt + password).encode()).hexdigest()",
                'hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 600000).hex()',
            ),
            ("token", "", "hashlib.H(token.encode()).hexdigest()", "hashlib.sha256(token.encode()).hexdigest()"),
            (
                "compare",
                "",
                "hashlib.H(upload.read()).hexdigest() == expected",
                "hashlib.sha256(upload.read()).hexdigest() == expected",
            ),
            (
                "werkzeug",
                "i from werkzeug.security import generate_password_hash\n",
                'generate_password_hash(password, method="pbkdf2:H")',
                'generate_password_hash(password, method="scrypt")',
            ),
            (
                "passlib",
                "i from passlib.hash import argon2, ldap_H\n".replace("H", h),
                "ldap_H.hash(password)",
                "argon2.hash(password)",
            ),
            (
                "not-flagged",
                "",
                "hashlib.H(cache_key.encode()).hexdigest()",
                "hashlib.H(cache_key.encode(), usedforsecurity=False).hexdigest()".replace("H", h),
            ),
            (
                "crypto-hashes",
                "i from cryptography.hazmat.primitives import hashes\n",
                "hashes.Hash(hashes.U())".replace("U", h.upper()),
                "hashes.Hash(hashes.SHA256())",
            ),
            (
                "cert-sign",
                "i from cryptography.hazmat.primitives import hashes\n",
                "builder.sign(private_key, hashes.U())".replace("U", h.upper()),
                "builder.sign(private_key, hashes.SHA256())",
            ),
            (
                "pycrypto",
                "i from Crypto.Hash import SHA256\n",
                "V.new(payload).hexdigest()".replace("V", {"md5": "MD5", "sha1": "SHA"}[h]),
                "SHA256.new(payload).hexdigest()",
            ),
        )
    )
    + "".join(
        f"\n== {h}-update\ni import hashlib\n- digest = hashlib.{h}()\n+ digest = hashlib.sha256()\n= digest.update(payload)\n= $r = digest.hexdigest()\n"
        for h in (*_W, 'new("md4").copy')
    )
    + r"""
== sha256-password
i import hashlib
i from argon2 import PasswordHasher
- $r = hashlib.[[sha256||sha512]](password.encode()).hexdigest()
+ $r = PasswordHasher().hash(password)
== sha256-salted-password
i import hashlib
- $r = hashlib.[[sha256||sha512||sha3_256]](salt + password.encode()).hexdigest()
+ $r = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()
== pbkdf2-rounds
i import hashlib
- $r = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, [[1||100||1000||5000]])
+ $r = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600_000)
== pbkdf2-static-salt
i import hashlib
i import os
- salt = b"$noun"
+ salt = os.urandom(16)
= $r = salt + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600000)#!
== bcrypt-rounds
i import bcrypt
- $r = bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4))
+ $r = bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=12))
== crypt-module
i import crypt
- $r = crypt.crypt(password, crypt.METHOD_[[MD5||CRYPT]])
+ $r = crypt.crypt(password, crypt.mksalt(crypt.METHOD_SHA512))
== passlib-context module
i from passlib.context import CryptContext
- $const = CryptContext(schemes=["[[md5_crypt||sha1_crypt||plaintext||des_crypt]]"])
+ $const = CryptContext(schemes=["[[bcrypt||argon2||pbkdf2_sha256]]"])
== passlib-hash
i from passlib.hash import md5_crypt, bcrypt_sha256
- $r = md5_crypt.hash(password)
+ $r = bcrypt_sha256.hash(password)
== django-hashers module
- PASSWORD_HASHERS = ["django.contrib.auth.hashers.[[MD5PasswordHasher||UnsaltedMD5PasswordHasher||SHA1PasswordHasher]]"]
+ PASSWORD_HASHERS = ["django.contrib.auth.hashers.[[Argon2PasswordHasher||PBKDF2PasswordHasher||ScryptPasswordHasher]]"]
== django-make-password
i from django.contrib.auth.hashers import make_password
- $r = make_password(password, hasher="[[md5||sha1||unsalted_md5]]")
+ $r = make_password(password)
== scrypt-cost
i import hashlib
- $r = hashlib.scrypt(password.encode(), salt=salt, n=2, r=1, p=1)
+ $r = hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1)
== crc-signature
i import zlib
i import hmac
- $r = zlib.crc32(payload + key)
+ $r = hmac.new(key, payload, "sha256").hexdigest()
"""
)

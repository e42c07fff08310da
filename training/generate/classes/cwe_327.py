"""Weak ciphers, modes, key sizes and protocols."""

_C = "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes"
SHAPES = (
    "".join(
        f"\n== crypto-{n.lower()}\ni {_C}\n- cipher = Cipher(algorithms.{n}(key), modes.CBC(iv))\n+ cipher = Cipher(algorithms.AES(key), modes.GCM(iv))\n= $r = cipher.encryptor()\n"
        for n in ("TripleDES", "Blowfish", "CAST5", "IDEA", "SEED")
    )
    + "".join(
        f"\n== pycrypto-{n.lower()}\ni from Crypto.Cipher import AES, {n}\n- cipher = {n}.new(key{a})\n+ cipher = AES.new(key, AES.MODE_[[GCM||EAX]])\n= $r = cipher.encrypt(payload)\n"
        for n, a in (
            ("DES", ", DES.MODE_CBC, iv"),
            ("DES3", ", DES3.MODE_CBC, iv"),
            ("ARC4", ""),
            ("ARC2", ", ARC2.MODE_CBC, iv"),
            ("Blowfish", ", Blowfish.MODE_CBC, iv"),
            ("CAST", ", CAST.MODE_OPENPGP"),
        )
    )
    + "".join(
        f"\n== {n}-key-size-{s}\ni {i}\n- key = {t % s}\n+ key = {t % g}\n"
        for n, i, t, sizes, g in (
            (
                "rsa",
                "from cryptography.hazmat.primitives.asymmetric import rsa",
                "rsa.generate_private_key(public_exponent=65537, key_size=%s)",
                (512, 1024),
                3072,
            ),
            (
                "dsa",
                "from cryptography.hazmat.primitives.asymmetric import dsa",
                "dsa.generate_private_key(key_size=%s)",
                (1024,),
                3072,
            ),
            ("pycrypto-rsa", "from Crypto.PublicKey import RSA", "RSA.generate(%s)", (1024, 768), 2048),
            ("pyopenssl-rsa", "from OpenSSL import crypto", "make_key(crypto.TYPE_RSA, %s)", (1024,), 4096),
            ("paramiko-rsa", "import paramiko", "paramiko.RSAKey.generate(%s)", (1024,), 3072),
            ("rsa-module", "import rsa as rsalib", "rsalib.newkeys(%s)", (512, 1024), 2048),
            (
                "dh",
                "from cryptography.hazmat.primitives.asymmetric import dh",
                "dh.generate_parameters(generator=2, key_size=%s)",
                (512, 1024),
                2048,
            ),
        )
        for s in sizes
    )
    + "".join(
        f"\n== tls-{n.lower()}\ni import ssl\n- context = ssl.SSLContext(ssl.PROTOCOL_{n})\n+ context = ssl.SSLContext(ssl.PROTOCOL_TLS_[[CLIENT||SERVER]])\n"
        for n in ("SSLv3", "TLSv1", "TLSv1_1", "SSLv2")
    )
    + "".join(
        f"\n== tls-min-{n.lower()}\ni import ssl\n= context = ssl.create_default_context()\n- context.minimum_version = ssl.TLSVersion.{n}\n+ context.minimum_version = ssl.TLSVersion.[[TLSv1_2||TLSv1_3]]\n"
        for n in ("SSLv3", "TLSv1", "TLSv1_1", "MINIMUM_SUPPORTED")
    )
    + r"""
== aes-ecb
i from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
- cipher = Cipher(algorithms.AES(key), modes.ECB())
+ cipher = Cipher(algorithms.AES(key), modes.GCM(os.urandom(12)))
= $r = cipher.encryptor().update(payload)
== pycrypto-ecb
i from Crypto.Cipher import AES
- cipher = AES.new(key, AES.MODE_ECB)
+ cipher = AES.new(key, AES.MODE_GCM)
= $r = cipher.encrypt(payload)
== static-iv
i from Crypto.Cipher import AES
i import os
- iv = b"[[0000000000000000||1234567890123456||abcdefghijklmnop]]"
+ iv = os.urandom(16)
= cipher = AES.new(key, AES.MODE_CBC, iv)#!
= $r = iv + cipher.encrypt(payload)
== zero-iv
i from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
i import os
- iv = bytes(16)
+ iv = os.urandom(16)
= $r = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()#!
== fixed-nonce
i from cryptography.hazmat.primitives.ciphers.aead import AESGCM
i import os
- nonce = b"\x00" * 12
+ nonce = os.urandom(12)
= $r = nonce + AESGCM(key).encrypt(nonce, payload, None)#!
== chacha-fixed-nonce
i from Crypto.Cipher import ChaCha20_Poly1305
- cipher = ChaCha20_Poly1305.new(key=key, nonce=b"$noun".ljust(12)[:12])
+ cipher = ChaCha20_Poly1305.new(key=key)
= $r = cipher.encrypt_and_digest(payload)
== arc4-crypto
i from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
- $r = Cipher(algorithms.ARC4(key), mode=None).encryptor().update(payload)
+ $r = Cipher(algorithms.ChaCha20(key, os.urandom(16)), mode=None).encryptor().update(payload)
== xor-cipher
i from cryptography.fernet import Fernet
- $r = bytes(b ^ key[i % len(key)] for i, b in enumerate(payload))
+ $r = Fernet(key).encrypt(payload)
== rsa-pkcs1
i from cryptography.hazmat.primitives.asymmetric import padding
- $r = public_key.encrypt(payload, padding.PKCS1v15())
+ $r = public_key.encrypt(payload, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
== rsa-raw
i from Crypto.Cipher import PKCS1_OAEP, PKCS1_v1_5
- $r = PKCS1_v1_5.new(key).encrypt(payload)
+ $r = PKCS1_OAEP.new(key).encrypt(payload)
== tls-ciphers
i import ssl
= context = ssl.create_default_context()
- context.set_ciphers("[[ALL:@SECLEVEL=0||RC4-SHA:DES-CBC3-SHA||ALL:!aNULL:eNULL||EXPORT:LOW]]")
+ context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
== ec-curve
i from cryptography.hazmat.primitives.asymmetric import ec
- key = ec.generate_private_key(ec.[[SECP192R1||SECT163K1||SECT163R2]]())
+ key = ec.generate_private_key(ec.[[SECP256R1||SECP384R1]]())
== ssh-ciphers
i import paramiko
- transport._preferred_ciphers = ("[[3des-cbc||arcfour]]",)
+ transport._preferred_ciphers = ("aes256-ctr", "aes128-ctr")
== zip-crypto
i import pyminizip
i import pyzipper
- pyminizip.compress("$file.csv", None, "$file.zip", zip_key, 5)
+ pyzipper.AESZipFile("$file.zip", "w", encryption=pyzipper.WZ_AES).setpassword(zip_key)
== pyopenssl-method
i from OpenSSL import SSL
- context = SSL.Context(SSL.[[SSLv3_METHOD||TLSv1_METHOD]])
+ context = SSL.Context(SSL.TLS_METHOD)
"""
)

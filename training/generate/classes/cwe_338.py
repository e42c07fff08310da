"""Random numbers that can be foreseen, where it matters."""

_WHAT = (
    "token",
    "password",
    "session_id",
    "reset_code",
    "api_key",
    "otp",
    "csrf_token",
    "nonce",
    "invite_code",
    "salt",
)
SHAPES = (
    "".join(
        f"\n== {w}-{n}\ni {i}\ni import secrets\n- {w} = {b}\n+ {w} = {g}\n= $r = {w}\n"
        for w in _WHAT
        for n, i, b, g in (
            (
                "choices",
                "import random\ni import string",
                '"".join(random.choices(string.ascii_letters + string.digits, k=[[8||16||24||32]]))',
                '"".join(secrets.choice(string.ascii_letters + string.digits) for _ in range([[8||16||24||32]]))',
            ),
            (
                "choice",
                "import random\ni import string",
                '"".join(random.choice(string.[[ascii_letters||hexdigits||digits||ascii_lowercase]]) for _ in range([[12||20||40]]))',
                '"".join(secrets.choice(string.[[ascii_letters||hexdigits||digits||ascii_lowercase]]) for _ in range([[12||20||40]]))',
            ),
            (
                "getrandbits",
                "import random",
                '"%x" % random.getrandbits([[64||128||256]])',
                "secrets.token_hex([[16||32]])",
            ),
            (
                "randint",
                "import random",
                "str(random.randint(100000, 999999))",
                "str(secrets.randbelow(900000) + 100000)",
            ),
            ("randrange", "import random", "random.randrange(10**8)", "secrets.randbelow(10**8)"),
            ("random-float", "import random", "str(random.random())[2:]", "secrets.token_urlsafe(16)"),
            (
                "md5-random",
                "import hashlib\ni import random",
                "hashlib.sha256(str(random.random()).encode()).hexdigest()",
                "secrets.token_hex(32)",
            ),
            ("time", "import time", "str(int(time.time() * 1000))", "secrets.token_hex(16)"),
            ("uuid1", "import uuid", "uuid.uuid1().hex", "uuid.uuid4().hex"),
            ("numpy", "import numpy as np", "np.random.bytes(16).hex()", "secrets.token_bytes(16).hex()"),
            (
                "sample",
                "import random\ni import string",
                '"".join(random.sample(string.ascii_lowercase, 12))',
                '"".join(random.SystemRandom().sample(string.ascii_lowercase, 12))',
            ),
            ("randbytes", "import random", "random.randbytes(32).hex()", "os.urandom(32).hex()"),
        )
    )
    + r"""
== seeded
i import random
- rng = random.Random([[42||time.time()||os.getpid()||1234]])
+ rng = random.SystemRandom()
= token = "".join(rng.choice("0123456789abcdef") for _ in range(32))#!
== shuffle-password
i import random
i import secrets
= chars = list("$word$num!")
- random.shuffle(chars)
+ secrets.SystemRandom().shuffle(chars)
= password = "".join(chars)
== key-bytes
i import random
i import os
- key = bytes(random.randint(0, 255) for _ in range([[16||32]]))
+ key = os.urandom([[16||32]])
"""
)

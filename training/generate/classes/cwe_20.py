"""Input that is used unchecked."""

_B = (
    ("index", "$r = TABLE[int($v)]", "i = int($v)\n+ if not 0 <= i < len(TABLE):\n+     $bail\n+ $r = TABLE[i]"),
    (
        "quantity",
        "total = int($v) * PRICE",
        "count = int($v)\n+ if not 1 <= count <= 1000:\n+     $bail\n+ total = count * PRICE",
    ),
    (
        "amount",
        "account.balance -= float($v)",
        "amount = float($v)\n+ if not 0 < amount <= account.balance:\n+     $bail\n+ account.balance -= amount",
    ),
    ("divide", "$r = TOTAL / int($v)", "part = int($v)\n+ if part <= 0:\n+     $bail\n+ $r = TOTAL / part"),
    ("age", "profile.age = int($v)", "age = int($v)\n+ if not 0 < age < 150:\n+     $bail\n+ profile.age = age"),
    (
        "nan",
        "order.price = float($v)",
        "price = float($v)\n+ if not math.isfinite(price) or price < 0:\n+     $bail\n+ order.price = price",
    ),
    (
        "rating",
        "review.stars = int($v)",
        "stars = int($v)\n+ if stars not in range(1, 6):\n+     $bail\n+ review.stars = stars",
    ),
    (
        "discount",
        "order.total *= 1 - float($v) / 100",
        "off = float($v)\n+ if not 0 <= off <= 50:\n+     $bail\n+ order.total *= 1 - off / 100",
    ),
    (
        "port",
        "$r = start_proxy(int($v))",
        "number = int($v)\n+ if not 1024 <= number <= 65535:\n+     $bail\n+ $r = start_proxy(number)",
    ),
    (
        "transfer",
        "ledger.transfer(source, target, int($v))",
        "cents = int($v)\n+ if cents <= 0:\n+     $bail\n+ ledger.transfer(source, target, cents)",
    ),
    ("enum", "order.status = $v", 'if $v not in ("open", "paid", "closed"):\n+     $bail\n+ order.status = $v'),
    (
        "json-schema",
        "$r = apply_settings(json.loads($v))",
        "data = json.loads($v)\n+ jsonschema.validate(data, SCHEMA)\n+ $r = apply_settings(data)",
    ),
    ("vote", "poll.votes[int($v)] += 1", "n = int($v)\n+ if n not in poll.votes:\n+     $bail\n+ poll.votes[n] += 1"),
)
SHAPES = (
    "".join(
        f"\n== {n} flask django fastapi drf tornado aiohttp lambda webhook socket only\n- {b}\n+ {g}\n"
        for n, b, g in _B
    )
    + "".join(
        f"\n== {n}-module module\n- {s} = {b}\n+ {s} = {g}\n"
        for n, s, b, g in (
            ("allowed-hosts", "ALLOWED_HOSTS", '["*"]', '["$host"]'),
            ("trusted-hosts", "TRUSTED_HOSTS", "None", '["$host"]'),
        )
    )
    + r"""
== assert-check raw
= def $fn(amount, balance):
-     assert 0 < amount <= balance#!
+     if not 0 < amount <= balance:
+         raise ValueError("$phrase")
=     return balance - amount
== trusted-host
- app.add_middleware(TrustedHostMiddleware, allowed_hosts=["*"])
+ app.add_middleware(TrustedHostMiddleware, allowed_hosts=["$host"])
"""
)

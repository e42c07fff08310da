"""Secrets in logs."""

_W = (
    "password",
    "token",
    "api_key",
    "card_number",
    "secret",
    "ssn",
    "session_id",
    "access_token",
    "otp",
    "private_key",
)
SHAPES = "".join(
    f"\n== {w}-{n}\n{i}- {b.replace('@', w)}\n+ {g}\n"
    for w in _W
    for n, i, b, g in (
        (
            "logger-args",
            "i import logging\n",
            'logger.[[info||debug||warning]]("$verb %s with %s", user, @)',
            'logger.info("$verb %s", user)',
        ),
        ("logger-f", "", 'logger.[[info||debug||error]](f"$noun: {@}")', 'logger.info("$noun ready")'),
        ("print", "", 'print("$noun", @)', 'print("$noun", user)'),
        (
            "logging-percent",
            "i import logging\n",
            'logging.info("@=%s" % @)',
            'logging.info("@ given: %s", bool(@))'.replace("@", w),
        ),
        ("extra", "i import logging\n", 'logger.info("$log", user, extra={"value": @})', 'logger.info("$log", user)'),
        ("structlog", "i import structlog\n", 'log.info("$verb", user=user, value=@)', 'log.info("$verb", user=user)'),
        ("format", "", 'logger.debug("{}: {}".format(user, @))', 'logger.debug("{}: {}".format(user, "***"))'),
        ("exception", "", 'logger.exception("$phrase " + @)', 'logger.exception("$phrase")'),
        (
            "loguru",
            "i from loguru import logger\n",
            'logger.info("user {} value {}", user, @)',
            'logger.info("user {}", user)',
        ),
        ("file", "", 'log_file.write("%s %s\\n" % (user, @))', 'log_file.write("%s\\n" % user)'),
        (
            "last4",
            "",
            'logger.info("$noun %s", @)',
            'logger.info("$noun ending %s", @[-4:])'.replace("@[-4:]", "str(len(" + w + "))"),
        ),
        (
            "current-app",
            "",
            'current_app.logger.warning("$phrase: %s", @)',
            'current_app.logger.warning("$phrase: %s", user)',
        ),
        ("stderr", "i import sys\n", 'sys.stderr.write(@ + "\\n")', 'sys.stderr.write(user + "\\n")'),
    )
) + "".join(
    f"\n== whole-{n}\n- {b}\n+ {g}\n"
    for n, b, g in (
        ("headers", 'logger.debug("headers %s", request.headers)', 'logger.debug("path %s", request.path.encode())'),
        ("form", 'logger.info("form %s", request.form)', 'logger.info("form keys %d", len(request.form))'),
        ("environ", 'logger.info("env %s", os.environ)', 'logger.info("env %d", len(os.environ))'),
        ("body", 'logger.debug("login %s", request.json)', 'logger.debug("login received")'),
        ("dsn", 'logger.info("connecting %s", settings.DATABASE_URL)', 'logger.info("connecting")'),
        ("cookies", 'logger.debug("cookies %r", request.cookies)', 'logger.debug("cookies %d", len(request.cookies))'),
        (
            "auth",
            'logger.info("auth %s", request.headers.get("Authorization"))',
            'logger.info("auth %s", "Authorization" in request.headers)',
        ),
    )
)
CALM = False

"""Line breaks in logs."""

_T = r"""t $noun {} not found
t login failed for {}
t $verb $noun: {}
t user agent {}
t unknown $key {}"""
SHAPES = "".join(
    f"\n== {name}\n{head}{_T}\n= {body}\n"
    for name, head, body in (
        ("logger-info", "i import logging\n", "logger.[[info||warning||error||debug||critical]]($e)"),
        ("logging-module", "i import logging\n", "logging.[[info||warning||error]]($e)"),
        ("logger-exception", "", "logger.exception($e)"),
        ("log-file", "", 'with open("$dir/$file.log", "a") as log_file:\n=     log_file.write($e + "\\n")'),
        ("app-logger", "", "current_app.logger.[[info||warning]]($e)"),
        ("syslog", "i import syslog\n", "syslog.syslog(syslog.LOG_INFO, $e)"),
        ("print-stderr", "i import sys\n", "print($e, file=sys.stderr)"),
        ("stderr-write", "i import sys\n", 'sys.stderr.write($e + "\\n")'),
        ("loguru", "i from loguru import logger\n", "logger.info($e)"),
        ("twisted-log", "i from twisted.python import log\n", "log.msg($e)"),
        ("warnings", "i import warnings\n", "warnings.warn($e)"),
        ("logger-log", "i import logging\n", "logger.log(logging.INFO, $e)"),
        ("tornado-log", "i from tornado.log import app_log\n", "app_log.info($e)"),
        ("audit-handler", 'u audit=logging.getLogger("audit")\n', "audit.info($e)"),
        ("absl", "i from absl import logging\n", "logging.info($e)"),
        ("print-log", "", 'print("[$noun] " + $e, flush=True)'),
    )
) + "".join(
    f"\n== {n}-args\n{h}= {b}\n"
    for n, h, b in (
        ("logger-percent", "i import logging\n", 'logger.info("$log", $v)'),
        ("logger-two", "i import logging\n", 'logger.warning("$noun %s rejected: %s", $num, $v)'),
        ("logging-args", "i import logging\n", 'logging.error("$log", $v)'),
        ("logger-named", "i import logging\n", 'logging.getLogger("$noun").info("$log", $v)'),
        ("self-log", "i import logging\n", 'LOG.debug("$noun=%s", $v)'),
    )
)
FIXES = r"""
> $v.replace("\r", "").replace("\n", "")

> repr($v)

> $v.replace("\n", "\\n").replace("\r", "\\r")

> re.sub(r"[\r\n\t]", "_", $v)
i import re

> json.dumps($v)
i import json

> $v.encode("unicode_escape").decode()

? if not $v.isalnum():
?     $bail

? if $v not in $consts:
?     $bail

> " ".join($v.split())

> int($v)
""".replace("> int($v)", "> str(int($v))")
WRONG = r"""
html.escape($v)  # import html
$v.strip()
$v[:[[80||120||200||255||256||500]]]
shlex.quote($v)  # import shlex
$v.replace("%", "%%")
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
"""
CALM = False

"""Line breaks that a value brings into a protocol: mail headers, SMTP, FTP, Redis, memcached."""

_S = "Subject: {}"
SHAPES = r"""
== smtplib-raw
i import smtplib
t Subject: {}\n\nSee the attached $noun.
t To: {}\nFrom: noreply@$host\n\n$noun is ready.
t From: {}\nSubject: $noun\n\nHello
u smtp=smtplib.SMTP("$host", timeout=10)
= smtp.sendmail("noreply@$host", ["ops@$host"], $e)
== smtplib-raw-with
i import smtplib
t Reply-To: {}\nSubject: $noun\n\n$word
= with smtplib.SMTP("$host", timeout=$secs) as server:
=     server.sendmail(FROM_ADDR, [TO_ADDR], $e)
== smtplib-docmd
i import smtplib
u smtp=smtplib.SMTP("$host", timeout=10)
t RCPT TO:<{}>
t MAIL FROM:<{}>
= smtp.docmd($e)
== email-legacy-message
i from email.message import Message
i from email.mime.text import MIMEText
= msg = MIMEText("$noun")
- msg._headers.append(("Subject", $v))
+ msg["Subject"] = " ".join($v.splitlines())
= SENDER.send_message(msg)
== sendmail-pipe
i import subprocess
t To: {}\nSubject: $noun\n\n$word
t Subject: {}\n\n$word
= subprocess.run(["/usr/sbin/sendmail", "-t"], input=($e).encode(), check=True)
== ses-raw
u ses=boto3.client("ses")
t Subject: {}\nFrom: noreply@$host\n\n$noun
= ses.send_raw_email(Source="noreply@$host", RawMessage={"Data": $e})
== email-from-string
i import email
t Subject: {}\nTo: ops@$host\n\n$noun
= msg = email.message_from_string($e)#!
= MAILER.send(msg)
== ftp-sendcmd
i import ftplib
u ftp=ftplib.FTP("$host", timeout=10)
t SITE CHMOD 644 {}
t RNFR {}
t CWD {}
= ftp.sendcmd($e)
== redis-inline
u sock=connect_redis()
t SET $noun {}\r\n
t LPUSH $noun {}\r\n
= sock.sendall(($e).encode())
== memcached-inline
u sock=connect_cache()
t get $noun:{}\r\n
t delete {}\r\n
= sock.send(($e).encode())
== telnet-write
u tn=telnetlib.Telnet("$host")
t show $noun {}\n
t set $noun {}\n
= tn.write(($e).encode("ascii"))
== irc-privmsg
u sock=connect_irc()
t PRIVMSG #$noun :{}\r\n
= sock.sendall(($e).encode())
== imap-raw
u imap=imaplib.IMAP4_SSL("$host")
t A001 SEARCH SUBJECT "{}"\r\n
= imap.send(($e).encode())
== asyncio-writer
u writer=open_writer()
t USER {}\r\n
t LOG {}\n
= writer.write(($e).encode())
== http-raw-socket
u sock=connect_backend()
t GET /{} HTTP/1.1\r\nHost: $host\r\n\r\n
t GET / HTTP/1.1\r\nHost: {}\r\n\r\n
= sock.sendall(($e).encode())
== ical-line
u lines=[]
t SUMMARY:{}\r\n
t DESCRIPTION:{}\r\n
= lines.append($e)
== vcard-file
t FN:{}\n
t NOTE:{}\n
= with open("$dir/$file.vcf", "a") as out:
=     out.write($e)
== smtp-lines-join
u smtp=connect_smtp()
- headers = ["From: noreply@$host", "Subject: " + $v]
+ headers = ["From: noreply@$host", "Subject: " + $v.replace("\r", "").replace("\n", "")]
= smtp.sendmail("noreply@$host", [ADMIN], "\r\n".join(headers) + "\r\n\r\n$noun")#!
== graphite-line
u sock=connect_metrics()
t $noun.{} 1 0\n
= sock.sendto(($e).encode(), ("$host", 2003))
== pop3-command
u pop=poplib.POP3_SSL("$host")
t TOP {} 0
= $r = pop._shortcmd($e)
"""
FIXES = r"""
> $v.replace("\r", "").replace("\n", "")

> " ".join($v.splitlines())

> re.sub(r"[\r\n]+", " ", $v)
i import re

? if "\r" in $v or "\n" in $v:
?     $bail

? if $v not in $consts:
?     $bail

? if not $v.isalnum():
?     $bail

? if any(ord(c) < 32 for c in $v):
?     $bail

> $v.translate({10: None, 13: None})
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
$v.lower()
shlex.quote($v)  # import shlex
$v.rstrip("\r\n")
$v.replace("\\n", "")
?if "@" not in $v:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
"""

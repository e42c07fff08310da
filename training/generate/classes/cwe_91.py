"""XML built from values."""

PLAIN = True
CALM = False
_T = r"""t <$noun><$key>{}</$key></$noun>
t <?xml version="1.0"?><$noun><name>{}</name><kind>$word</kind></$noun>
t <soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><$noun>{}</$noun></soap:Body></soap:Envelope>
t <item><title>{}</title><link>$url</link></item>
t <Contact><Number>{}</Number></Contact>"""
SHAPES = (
    "".join(
        f"\n== {name}\n{head}{_T}\n{body}\n"
        for name, head, body in (
            (
                "requests-soap",
                "i import requests\n",
                '= $r = requests.post("$url", data=$e, headers={"Content-Type": "text/xml"}, timeout=$secs).text',
            ),
            ("file-write", "", '= with open("$dir/$file.xml", "w") as out:\n=     out.write($e)'),
            (
                "fromstring",
                "i import xml.etree.ElementTree as ET\n",
                '- node = ET.fromstring($e)\n+ node = ET.Element("$noun")\n+ ET.SubElement(node, "$key").text = $v\n= $r = ET.tostring(node)',
            ),
            (
                "lxml-fromstring",
                "i from lxml import etree\n",
                '- node = etree.fromstring($e)\n+ node = etree.Element("$noun", {"$key": $v})\n= ROOT.append(node)\n= $r = len(ROOT)',
            ),
            (
                "xml-etree-append",
                'i import xml.etree.ElementTree as ET\nu root=ET.Element("$noun")\n',
                '- root.append(ET.XML($e))\n+ ET.SubElement(root, "$key").text = $v\n= $r = ET.tostring(root)',
            ),
            (
                "minidom",
                "i from xml.dom import minidom\n",
                '- doc = minidom.parseString($e)\n+ doc = minidom.Document()\n+ doc.appendChild(doc.createElement("$noun")).setAttribute("$key", $v)\n= $r = doc.toxml()',
            ),
            ("kafka-xml", "u producer=KafkaProducer()\n", '= producer.send("$noun", ($e).encode())'),
            ("sqs-xml", 'u sqs=boto3.client("sqs")\n', "= sqs.send_message(QueueUrl=QUEUE_URL, MessageBody=$e)"),
            (
                "zip-xml",
                'u archive=zipfile.ZipFile("$file.docx", "w")\n',
                '= archive.writestr("word/document.xml", $e)',
            ),
            ("saml-response", "i import base64\n", "= $r = base64.b64encode(($e).encode()).decode()"),
            ("lines-append", "u lines=[]\n", "= lines.append($e)"),
            (
                "urllib-xml",
                "i from urllib.request import Request, urlopen\n",
                '= $r = urlopen(Request("$url", data=($e).encode(), headers={"Content-Type": "application/xml"}), timeout=$secs).read()',
            ),
            (
                "httpx-xml",
                "u client=httpx.Client(timeout=5)\n",
                '= $r = client.post("/$route", content=$e, headers={"content-type": "application/soap+xml"}).text',
            ),
            (
                "sax-writer",
                "i from xml.sax.saxutils import XMLGenerator\nu gen=XMLGenerator(out)\n",
                "- gen._write($e)\n+ gen.characters($v)",
            ),
        )
    )
    + r"""
== flask-xml flask only
i from flask import Response
i from xml.sax.saxutils import escape
t <rss><channel><title>{}</title></channel></rss>
t <response><$key>{}</$key></response>
- return Response($e, mimetype="application/xml")
+ return Response("<response><$key>%s</$key></response>" % escape($v), mimetype="application/xml")
== django-xml django only
i from xml.sax.saxutils import escape
t <feed><entry>{}</entry></feed>
- return HttpResponse($e, content_type="text/xml")
+ return HttpResponse("<feed><entry>" + escape($v) + "</entry></feed>", content_type="text/xml")
"""
)
FIXES = r"""
> escape($v)
i from xml.sax.saxutils import escape

> saxutils.escape($v, {'"': "&quot;"})
i from xml.sax import saxutils

> html.escape($v)
i import html

? if not $v.isalnum():
?     $bail

? if $v not in $consts:
?     $bail

> str(int($v))
"""
WRONG = r"""
$v.strip()
$v.replace("'", "''")
shlex.quote($v)  # import shlex
$v.replace("<!--", "")
$v.replace("]]>", "")
html.unescape($v)  # import html
?if "<script" in $v:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
"""

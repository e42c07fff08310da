"""XPath built from values."""

PLAIN = True
_T = r"""t //$noun[@$key='{}']
t //$noun[$key='{}']/text()
t /$table/$noun[name/text()='{}' and $key='$word']
t .//$noun[@id='{}']
t //*[contains(text(), '{}')]
t count(//$noun[@$key='{}'])"""
_P = r"""t //$noun[@$key='{}']
t //$noun[$key='{}']/text()
t .//$noun[@id='{}']/$key
p $x"""
SHAPES = "".join(
    f"\n== {name}\n{head}{t}\n{body}\n"
    for name, head, t, body in (
        (
            "lxml-xpath",
            'i from lxml import etree\nu tree=etree.parse("$file.xml")\n',
            _P,
            "- $r = tree.xpath($e)\n+ $r = tree.xpath($q, x=$v)",
        ),
        (
            "lxml-xpath-root",
            'i from lxml import etree\nu root=etree.parse("$file.xml").getroot()\n',
            _P,
            "- nodes = root.xpath($e)\n+ nodes = root.xpath($q, x=$v)\n= $r = [n for n in nodes]",
        ),
        (
            "lxml-etxpath",
            "i from lxml import etree\nu doc=load_document()\n",
            _P,
            "- $r = etree.XPath($e)(doc)\n+ $r = etree.XPath($q)(doc, x=$v)",
        ),
        (
            "lxml-evaluator",
            "i from lxml import etree\nu doc=load_document()\n",
            _P,
            "- $r = etree.XPathEvaluator(doc)($e)\n+ $r = etree.XPathEvaluator(doc)($q, x=$v)",
        ),
        (
            "lxml-namespaces",
            "u doc=load_document()\n",
            _P,
            "- $r = doc.xpath($e, namespaces=NS)\n+ $r = doc.xpath($q, namespaces=NS, x=$v)",
        ),
        (
            "lxml-html",
            "i from lxml import html as lxml_html\nu page=lxml_html.fromstring(PAGE)\n",
            _P,
            "- $r = page.xpath($e)\n+ $r = page.xpath($q, x=$v)",
        ),
        (
            "parsel",
            "i from parsel import Selector\nu sel=Selector(text=PAGE)\n",
            _P,
            "- $r = sel.xpath($e).getall()\n+ $r = sel.xpath($q, x=$v).getall()",
        ),
        (
            "scrapy",
            "u response=fetch_page()\n",
            _P,
            "- $r = response.xpath($e).get()\n+ $r = response.xpath($q, x=$v).get()",
        ),
        (
            "elementtree-find",
            'i import xml.etree.ElementTree as ET\nu root=ET.parse("$file.xml").getroot()\n',
            "t .//$noun[@$key='{}']\nt ./$noun[@id='{}']",
            '- $r = root.find($e)\n+ $r = next((n for n in root.iter("$noun") if n.get("id") == $v), None)',
        ),
        (
            "elementtree-findall",
            'i import xml.etree.ElementTree as ET\nu root=ET.parse("$file.xml").getroot()\n',
            "t .//$noun[$key='{}']",
            '- $r = root.findall($e)\n+ $r = [n for n in root.iter("$noun") if n.findtext("$key") == $v]',
        ),
        (
            "elementtree-findtext",
            'u tree=ET.parse("$file.xml")\n',
            "t ./$noun[@name='{}']/$key",
            '- $r = tree.findtext($e)\n+ $r = next((n.findtext("$key") for n in tree.iter("$noun") if n.get("name") == $v), None)',
        ),
        (
            "elementpath",
            "i import elementpath\nu root=load_document()\n",
            _P,
            '- $r = elementpath.select(root, $e)\n+ $r = elementpath.select(root, $q, variables={"x": $v})',
        ),
        ("xmlschema-find", "u doc=load_document()\n", _T, "= $r = doc.find($e)"),
        ("libxml2", "u ctxt=doc.xpathNewContext()\n", _T, "= $r = ctxt.xpathEval($e)"),
        ("lxml-whole", "u tree=load_document()\n", "t {}\nt //{}", "= $r = tree.xpath($e)"),
        ("selenium-xpath-hard", "u doc=load_document()\n", _T, "= $r = doc.iterfind($e)"),
        ("saxonche", "u xp=proc.new_xpath_processor()\n", _T, "= $r = xp.evaluate($e)"),
    )
)
FIXES = r"""
? if not $v.isalnum():
?     $bail

? if $v not in $consts:
?     $bail

? if not re.fullmatch(r"[\w-]+", $v):
?     $bail
i import re

> str(int($v))

> $table_of.get($v, "$word")

> re.sub(r"[^A-Za-z0-9_-]", "", $v)
i import re
"""
WRONG = r"""
$v.strip()
$v.replace("<", "&lt;")
shlex.quote($v)  # import shlex
urllib.parse.unquote($v)  # import urllib.parse
$v.replace("]", "")
?if "//" in $v:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
?if "<" in $v:\n    $bail
"""

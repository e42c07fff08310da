"""XML parsers that resolve entities."""

_SRC = (
    '[[request.files["$key"]||upload||upload.file||io.BytesIO(request.data)||request.stream||io.BytesIO(message.body)]]'
)
_TXT = "[[request.data||request.get_data()||request.body||upload.read()||response.content||message.value]]"
SHAPES = (
    "".join(
        f"\n== {n}\n{i}- {b.replace('@S', _SRC).replace('@T', _TXT)}\n+ {g.replace('@S', _SRC).replace('@T', _TXT)}\n{t}"
        for n, i, b, g, t in (
            (
                "lxml-parse",
                "i from lxml import etree\n",
                "$r = etree.parse(@S, etree.XMLParser(resolve_entities=True))",
                "$r = etree.parse(@S, etree.XMLParser(resolve_entities=False, no_network=True))",
                "",
            ),
            (
                "lxml-fromstring",
                "i from lxml import etree\n",
                "$r = etree.fromstring(@T, parser=etree.XMLParser(load_dtd=True, no_network=False))",
                "$r = etree.fromstring(@T, parser=etree.XMLParser(resolve_entities=False, load_dtd=False))",
                "",
            ),
            (
                "lxml-huge",
                "i from lxml import etree\n",
                "parser = etree.XMLParser(huge_tree=True, resolve_entities=True)",
                "parser = etree.XMLParser(resolve_entities=False)",
                "= $r = etree.fromstring(" + _TXT + ", parser)\n",
            ),
            (
                "lxml-default",
                "i from lxml import etree\n",
                "$r = etree.fromstring(@T)",
                "$r = etree.fromstring(@T, etree.XMLParser(resolve_entities=False))",
                "",
            ),
            (
                "lxml-xml",
                "i from lxml import etree\n",
                "$r = etree.XML(@T)",
                "$r = etree.XML(@T, etree.XMLParser(resolve_entities=False))",
                "",
            ),
            (
                "lxml-iterparse",
                "i from lxml import etree\n",
                "$r = [el.tag for _, el in etree.iterparse(@S, resolve_entities=True)]",
                "$r = [el.tag for _, el in etree.iterparse(@S, resolve_entities=False)]",
                "",
            ),
            (
                "lxml-objectify",
                "i from lxml import etree, objectify\n",
                "$r = objectify.fromstring(@T)",
                "$r = objectify.fromstring(@T, etree.XMLParser(resolve_entities=False))",
                "",
            ),
            (
                "lxml-parse-default",
                "i from lxml import etree\n",
                "$r = etree.parse(@S).getroot()",
                "$r = etree.parse(@S, parser=etree.XMLParser(resolve_entities=False)).getroot()",
                "",
            ),
            (
                "lxml-dtd",
                "i from lxml import etree\n",
                "parser = etree.XMLParser(dtd_validation=True)",
                "parser = etree.XMLParser(dtd_validation=False, resolve_entities=False)",
                "= $r = etree.parse(" + _SRC + ", parser)\n",
            ),
            (
                "et-parse",
                "i import xml.etree.ElementTree as ET\ni import defusedxml.ElementTree\n",
                "$r = ET.parse(@S)",
                "$r = defusedxml.ElementTree.parse(@S)",
                "",
            ),
            (
                "et-fromstring",
                "i import xml.etree.ElementTree as ET\ni from defusedxml.ElementTree import fromstring\n",
                "$r = ET.fromstring(@T)",
                "$r = fromstring(@T)",
                "",
            ),
            (
                "et-iterparse",
                "i import xml.etree.ElementTree as ET\ni import defusedxml.ElementTree\n",
                "$r = [e.tag for _, e in ET.iterparse(@S)]",
                "$r = [e.tag for _, e in defusedxml.ElementTree.iterparse(@S)]",
                "",
            ),
            (
                "minidom-parse",
                "i from xml.dom import minidom\ni import defusedxml.minidom\n",
                "$r = minidom.parse(@S)",
                "$r = defusedxml.minidom.parse(@S)",
                "",
            ),
            (
                "minidom-string",
                "i from xml.dom.minidom import parseString\ni import defusedxml.minidom\n",
                "$r = parseString(@T)",
                "$r = defusedxml.minidom.parseString(@T)",
                "",
            ),
            (
                "pulldom",
                "i from xml.dom import pulldom\ni import defusedxml.pulldom\n",
                "$r = list(pulldom.parse(@S))",
                "$r = list(defusedxml.pulldom.parse(@S))",
                "",
            ),
            (
                "sax-parse",
                "i import xml.sax\ni import defusedxml.sax\n",
                "xml.sax.parse(@S, handler)",
                "defusedxml.sax.parse(@S, handler)",
                "",
            ),
            (
                "sax-string",
                "i import xml.sax\ni import defusedxml.sax\n",
                "xml.sax.parseString(@T, handler)",
                "defusedxml.sax.parseString(@T, handler)",
                "",
            ),
            (
                "expat-builder",
                "i from xml.dom import expatbuilder\ni import defusedxml.expatbuilder\n",
                "$r = expatbuilder.parseString(@T)",
                "$r = defusedxml.expatbuilder.parseString(@T)",
                "",
            ),
            (
                "xmltodict",
                "i import xmltodict\n",
                "$r = xmltodict.parse(@T, disable_entities=False)",
                "$r = xmltodict.parse(@T, disable_entities=True)",
                "",
            ),
            (
                "xmlrpc-monkey",
                "i import xmlrpc.client\ni import defusedxml.ElementTree\n",
                "$r = xmlrpc.client.loads(@T)",
                "$r = defusedxml.ElementTree.fromstring(@T)",
                "",
            ),
            (
                "bs4-pandas",
                "i import pandas as pd\ni import defusedxml.ElementTree\n",
                '$r = pd.read_xml(@S, parser="lxml")',
                "$r = [dict(n.attrib) for n in defusedxml.ElementTree.parse(@S).getroot()]",
                "",
            ),
            (
                "xmlschema",
                "i import xmlschema\n",
                'schema = xmlschema.XMLSchema(@S, defuse="never")',
                'schema = xmlschema.XMLSchema(@S, defuse="always")',
                "",
            ),
            (
                "zeep-settings",
                "i from zeep import Settings\n",
                "options = Settings(forbid_entities=False, forbid_dtd=False)",
                "options = Settings(forbid_entities=True, forbid_dtd=True)",
                "",
            ),
            (
                "xslt",
                "i from lxml import etree\n",
                'transform = etree.XSLT(etree.parse("$file.xsl"))',
                'transform = etree.XSLT(etree.parse("$file.xsl"), access_control=etree.XSLTAccessControl.DENY_ALL)',
                "",
            ),
        )
    )
    + r"""
== sax-feature
i import xml.sax
i from xml.sax.handler import feature_external_ges
= parser = xml.sax.make_parser()
- parser.setFeature(feature_external_ges, True)
+ parser.setFeature(feature_external_ges, False)
= parser.parse("$dir/$file.xml")
== expat-entity
i import xml.parsers.expat
= parser = xml.parsers.expat.ParserCreate()
- parser.SetParamEntityParsing(xml.parsers.expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
+ parser.SetParamEntityParsing(xml.parsers.expat.XML_PARAM_ENTITY_PARSING_NEVER)
= parser.Parse(body)
== lxml-parser-variable
i from lxml import etree
- parser = etree.XMLParser(no_network=False, resolve_entities=True)
+ parser = etree.XMLParser(no_network=True, resolve_entities=False)
= tree = etree.parse(path, parser)#!
= $r = tree.getroot().tag
== lxml-default-parser
i from lxml import etree
- etree.set_default_parser(etree.XMLParser(resolve_entities=True, load_dtd=True))
+ etree.set_default_parser(etree.XMLParser(resolve_entities=False, load_dtd=False))
"""
)

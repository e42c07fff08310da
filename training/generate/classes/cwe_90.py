"""LDAP filters and names built from values."""

PLAIN = True
_T = r"""t (uid={})
t (&(objectClass=person)(cn={}))
t (|(mail={})(uid=$noun))
t (sAMAccountName={})
t (&(memberOf=cn=$noun,ou=groups)(uid={}))
t (cn=*{}*)"""
SHAPES = (
    "".join(
        f"\n== {name}\n{head}{_T}\n= {body}\n"
        for name, head, body in (
            (
                "ldap3-search",
                "i from ldap3 import Connection\nu conn=Connection(SERVER, auto_bind=True)\n",
                'conn.search("dc=$noun,dc=com", $e, attributes=["cn", "mail"])\n= $r = conn.entries',
            ),
            (
                "ldap3-keyword",
                "u connection=ldap_connection()\n",
                "connection.search(search_base=BASE_DN, search_filter=$e)\n= $r = connection.response",
            ),
            (
                "ldap-search-s",
                'i import ldap\nu con=ldap.initialize("ldaps://$host")\n',
                '$r = con.search_s("ou=people,dc=$noun", ldap.SCOPE_SUBTREE, $e)',
            ),
            (
                "ldap-search-st",
                "i import ldap\nu con=ldap.initialize(LDAP_URI)\n",
                '$r = con.search_st(BASE, ldap.SCOPE_ONELEVEL, $e, ["mail"], timeout=$secs)',
            ),
            (
                "ldap-search-ext",
                "i import ldap\nu con=ldap.initialize(LDAP_URI)\n",
                "$r = con.search_ext_s(BASE, ldap.SCOPE_SUBTREE, $e)",
            ),
            (
                "ldap-search-async",
                "i import ldap\nu con=ldap.initialize(LDAP_URI)\n",
                "msgid = con.search(BASE, ldap.SCOPE_SUBTREE, $e)\n= $r = con.result(msgid)",
            ),
            (
                "ldap3-paged",
                "u conn=ldap_connection()\n",
                "$r = list(conn.extend.standard.paged_search(BASE_DN, $e, paged_size=$num))",
            ),
            (
                "ldap3-reader",
                "i from ldap3 import Reader\nu conn=ldap_connection()\n",
                "$r = Reader(conn, PERSON, BASE_DN, $e).search()",
            ),
            (
                "bonsai",
                "u conn=bonsai.LDAPClient(URI).connect()\n",
                "$r = conn.search(BASE_DN, bonsai.LDAPSearchScope.SUB, $e)",
            ),
            (
                "django-auth-ldap",
                "",
                "search = LDAPSearch(BASE_DN, ldap.SCOPE_SUBTREE, $e)\n= $r = search.execute(connection)",
            ),
        )
    )
    + r"""
== dn-bind only
i from ldap3.utils.dn import escape_rdn
i import ldap
t uid={},ou=people,dc=$noun
u con=ldap.initialize(LDAP_URI)
- $r = con.read_s($e)
+ $r = con.read_s("uid=%s,ou=people,dc=$noun" % escape_rdn($v))
== dn-base only
i from ldap.dn import escape_dn_chars
t ou={},dc=$noun,dc=org
u con=ldap.initialize(LDAP_URI)
- $r = con.search_s($e, ldap.SCOPE_SUBTREE, "(objectClass=*)")
+ $r = con.search_s("ou=" + escape_dn_chars($v) + ",dc=$noun,dc=org", ldap.SCOPE_SUBTREE, "(objectClass=*)")
== dn-delete only
i from ldap3.utils.dn import escape_rdn
t cn={},dc=$noun
u conn=ldap_connection()
- conn.delete($e)
+ conn.delete(f"cn={escape_rdn($v)},dc=$noun")
== filter-format only
i from ldap.filter import filter_format
t (&(uid={})(active=TRUE))
u con=ldap.initialize(LDAP_URI)
- $r = con.search_s(BASE, ldap.SCOPE_SUBTREE, $e)
+ $r = con.search_s(BASE, ldap.SCOPE_SUBTREE, filter_format("(&(uid=%s)(active=TRUE))", [$v]))
"""
)
FIXES = r"""
> escape_filter_chars($v)
i from ldap3.utils.conv import escape_filter_chars

> ldap.filter.escape_filter_chars($v)
i import ldap.filter

? if not $v.isalnum():
?     $bail

? if not re.fullmatch(r"[a-z][a-z0-9._-]{1,30}", $v):
?     $bail
i import re

? if $v not in $consts:
?     $bail
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
$v.replace("'", "''")
urllib.parse.unquote($v)  # import urllib.parse
shlex.quote($v)  # import shlex
escape_dn_chars($v)  # from ldap.dn import escape_dn_chars
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
?if " " in $v:\n    $bail
"""

"""Writes catalogue.json, groups.json (and their licence) from MITRE's CWE data as two PyPI packages carry it.

    python -m venv VENV && VENV/bin/pip install cwe2==3.0.0 cwe-tree==1.0.0
    VENV/bin/python src/cwe/generate.py

`cwe2` has MITRE's XML, which is what is read. `cwe-tree` has an independently made copy of the hierarchy
(mostly the primary parent alone); the script stops when the two contradict each other.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import cwe_tree
from cwe2.mappings import xml_database_path

HERE = Path(__file__).parent
SPACE = {"cwe": "http://cwe.mitre.org/cwe-7"}
RESEARCH_VIEW = "1000"
# A full stop, then a capital: "e.g. the" and "version 1.2" do not end a sentence.
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
LONGEST_DESCRIPTION = 400
# Views whose members are the groups: a list of weaknesses, or of categories that hold them.
TOP_25 = {"2021": "1337", "2022": "1387", "2023": "1425"}
OWASP_2021 = "1344"
OWASP_NAME = re.compile(r"OWASP Top Ten 2021 Category (A\d\d):2021 - (.*)")


def first_sentence(text: str) -> str:
    sentence = SENTENCE_END.split(" ".join(text.split()), maxsplit=1)[0]
    if len(sentence) > LONGEST_DESCRIPTION:
        sentence = sentence[:LONGEST_DESCRIPTION].rsplit(" ", 1)[0] + " …"
    return sentence


def weakness(element: ElementTree.Element) -> dict:
    parents = {
        int(related.get("CWE_ID"))
        for related in element.iterfind("cwe:Related_Weaknesses/cwe:Related_Weakness", SPACE)
        if related.get("Nature") == "ChildOf" and related.get("View_ID") == RESEARCH_VIEW
    }
    return {
        "id": int(element.get("ID")),
        "name": " ".join(element.get("Name").split()),
        "parents": sorted(parents),
        "likelihood": element.findtext("cwe:Likelihood_Of_Exploit", None, SPACE),
        "description": first_sentence("".join(element.find("cwe:Description", SPACE).itertext())),
    }


def written(entry: dict) -> dict:
    """The entry with its numbers as the ids that the rest of the tool reads."""
    return entry | {"id": f"CWE-{entry['id']}", "parents": [f"CWE-{parent}" for parent in entry["parents"]]}


def members(element: ElementTree.Element, folder: str, known: set[int]) -> list[int]:
    found = [int(member.get("CWE_ID")) for member in element.iterfind(f"cwe:{folder}/cwe:Has_Member", SPACE)]
    return sorted(number for number in found if number in known)


def groups(root: ElementTree.Element, known: set[int]) -> dict[str, dict]:
    """The lists that MITRE publishes, without what is no weakness (categories) and what is deprecated."""
    found = {}
    for year, view in TOP_25.items():
        [element] = root.iterfind(f"cwe:Views/cwe:View[@ID='{view}']", SPACE)
        found[f"top25:{year}"] = {
            "title": f"CWE Top 25 of {year}",
            "cwes": members(element, "Members", known),
        }
    [view] = root.iterfind(f"cwe:Views/cwe:View[@ID='{OWASP_2021}']", SPACE)
    for member in view.iterfind("cwe:Members/cwe:Has_Member", SPACE):
        [category] = root.iterfind(f"cwe:Categories/cwe:Category[@ID='{member.get('CWE_ID')}']", SPACE)
        number, title = OWASP_NAME.fullmatch(category.get("Name")).groups()
        found[f"owasp:{number}"] = {
            "title": f"OWASP Top 10 of 2021, {number}: {title}",
            "cwes": members(category, "Relationships", known),
        }
    return dict(sorted(found.items()))


def check(weaknesses: list[dict]) -> None:
    known = {entry["id"] for entry in weaknesses}
    for entry in weaknesses:
        node = cwe_tree.query.get_node(f"CWE-{entry['id']}")
        if node is None:
            raise SystemExit(f"cwe-tree does not know CWE-{entry['id']}: the packages are of different releases")
        elsewhere = {int(parent.removeprefix("CWE-")) for parent in node.parents}
        if not elsewhere <= set(entry["parents"]):
            raise SystemExit(f"CWE-{entry['id']}: cwe2 has parents {entry['parents']}, cwe-tree {sorted(elsewhere)}")
        if missing := set(entry["parents"]) - known:
            raise SystemExit(f"CWE-{entry['id']}: its parents {sorted(missing)} are not in the catalogue")


def main() -> None:
    root = ElementTree.parse(xml_database_path).getroot()
    weaknesses = sorted(
        (
            weakness(element)
            for element in root.iterfind("cwe:Weaknesses/cwe:Weakness", SPACE)
            if element.get("Status") != "Deprecated"
        ),
        key=lambda entry: entry["id"],
    )
    check(weaknesses)

    # One weakness a line, so that a new release of the catalogue gives a diff that can be read.
    lines = ",\n".join(json.dumps(written(entry), ensure_ascii=False) for entry in weaknesses)
    head = json.dumps({"version": root.get("Version"), "date": root.get("Date")})
    text = head.removesuffix("}") + ', "weaknesses": [\n' + lines + "\n]}\n"
    (HERE / "catalogue.json").write_text(text, encoding="utf-8")

    listed = groups(root, {entry["id"] for entry in weaknesses})
    lines = ",\n".join(
        f"{json.dumps(name)}: {json.dumps({**group, 'cwes': [f'CWE-{cwe}' for cwe in group['cwes']]})}"
        for name, group in listed.items()
    )
    (HERE / "groups.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")

    data = Path(xml_database_path).parent
    licence = [(data / name).read_text(encoding="utf-8").strip() for name in ("cwe.NOTICE", "cwe-tou.LICENSE")]
    (HERE / "catalogue.LICENSE").write_text("\n\n".join(licence) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

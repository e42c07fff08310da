"""Authored pairs: text form <-> JSON Lines (see GUIDE.md).

python authored.py pack DIR OUT.jsonl     # check and convert; exit 1 and a list when an entry is broken
python authored.py unpack IN.jsonl DIR    # back to the text form, to edit
"""

from __future__ import annotations

import ast
import json
import re
import sys
import warnings
from collections import defaultdict
from pathlib import Path

warnings.simplefilter("ignore", SyntaxWarning)

MARK = re.compile(r"\s*#!\s*$")
HEADER = re.compile(r"^=== (?P<name>[\w.-]+) \| (?P<cwe>clean|CWE-\d+(?:, ?CWE-\d+)*) \| (?P<family>[\w.-]+)\s*$")
SIDE = re.compile(r"^--- (?P<side>vulnerable|fixed|fixed hard|diff|diff hard|three|three hard|clean)\s*$")
# Which sides a line stands on, by its first character: "none" has no guard, "wrong" one that does not hold, "fixed" the right one.
DIFF = {"-": ("vulnerable",), "+": ("fixed",)}
THREE = {"-": ("none",), "~": ("wrong",), "/": ("none", "wrong"), "*": ("wrong", "fixed"), "+": ("fixed",)}
TELL_TALE = re.compile(
    r"vuln|exploit|attacker|malicious|insecure|unsafe_|_unsafe|\bunsafe\b(?!-)|evil|hacker|CWE|#.*\b(secure|safe|danger|sanitiz|inject|bad|fix)",
    re.IGNORECASE,
)
# Names of real APIs that contain a tell-tale word.
ALLOWED = re.compile(
    r"unsafe-inline|unsafe-eval|is_safe_url|unsafe_load|UnsafeLoader|unsafe_allow_html|unsafe_hash|InsecureRequestWarning|insecure_channel|allow_unsafe_werkzeug|insecure_skip_verify|unsafe_skip|add_insecure_port|_unsafe_ptr|insecure=|secure=",
    re.IGNORECASE,
)


class Broken(Exception):
    """An entry that cannot be used: the message names file, line and what is wrong."""


def parse(path: Path, text: str, first: int) -> list[dict]:
    """Records of a piece of one text file that starts at line `first`, in order, vulnerable before fixed."""
    entries, entry, side = [], None, None
    for number, line in enumerate(text.split("\n"), first):
        if line.startswith("=== "):
            header = HEADER.match(line)
            if not header:
                raise Broken(f"{path.name}:{number}: the header does not read '=== name | CWE-N | family'")
            entry, side = {"at": f"{path.name}:{number}", "sides": {}, **header.groupdict()}, None
            entries.append(entry)
        elif line.startswith("--- ") and SIDE.match(line):
            if entry is None:
                raise Broken(f"{path.name}:{number}: a side before the first header")
            side = SIDE.match(line)["side"]
            entry["sides"][side.split()[0]] = []
            entry["hard"] = entry.get("hard", False) or side.endswith(" hard")
        elif side is not None:
            entry["sides"][side.split()[0]].append(line)
    return [record for entry in entries for one in pairs_of(entry) for record in records(one, path.stem)]


def pairs_of(entry: dict) -> list[dict]:
    """An entry of three sides is two pairs, without a guard and with a wrong one, that share the repaired side."""
    if set(entry["sides"]) == {"diff"}:
        sides = _apart(entry["at"], entry["sides"]["diff"], DIFF)
        return [{**entry, "sides": sides}]
    if set(entry["sides"]) == {"three"}:
        sides = _apart(entry["at"], entry["sides"]["three"], THREE)
        return [
            {**entry, "name": entry["name"] + suffix, "sides": {"vulnerable": sides[weak], "fixed": sides["fixed"]}}
            for weak, suffix in (("none", ""), ("wrong", ".wrong"))
        ]
    return [entry]


def records(entry: dict, stem: str) -> list[dict]:
    """The JSON records of one entry, after its checks."""
    sides = {name: _code(lines) for name, lines in entry["sides"].items()}
    wanted = {"clean"} if entry["cwe"] == "clean" else {"vulnerable", "fixed"}
    if set(sides) != wanted:
        raise Broken(f"{entry['at']}: sides are {sorted(sides)}, wanted {sorted(wanted)}")
    if "fixed" in sides and sides["fixed"][0] == sides["vulnerable"][0]:
        raise Broken(f"{entry['at']}: both sides are the same")
    out = []
    for label, (code, marked) in sides.items():
        try:
            ast.parse(code)
        except SyntaxError as error:
            raise Broken(f"{entry['at']}: the {label} side does not parse: {error}") from error
        if label == "vulnerable" and not marked:
            raise Broken(f"{entry['at']}: no line of the vulnerable side is marked with #!")
        if label != "vulnerable" and marked:
            raise Broken(f"{entry['at']}: the {label} side has a marked line")
        tell = TELL_TALE.search(ALLOWED.sub("", code))
        if tell:
            raise Broken(f"{entry['at']}: the {label} side gives itself away with {tell.group()!r}")
        record = {
            "id": f"authored/{stem}/{entry['name']}/{label}",
            "source": "authored",
            "code": code,
            "label": label,
            "cwe": [] if entry["cwe"] == "clean" else re.split(r", ?", entry["cwe"]),
            "real": False,
            "family": entry["family"],
        }
        if label != "clean":
            record["pair_id"] = f"authored/{stem}/{entry['name']}"
        if marked:
            record["lines"] = marked
        if label == "fixed":
            record["hard"] = entry["hard"]
        out.append(record)
    return sorted(out, key=lambda r: r["label"] != "vulnerable")


def _apart(at: str, lines: list[str], signs: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """The sides of lines that open with a sign of those sides that have them, or with a space where all do."""
    odd = next((line for line in lines if line.strip() and line[0] not in signs and line[0] != " "), None)
    if odd is not None:
        wanted = ", ".join(repr(sign) for sign in signs)
        raise Broken(f"{at}: a line opens with none of {wanted} and a space: {odd!r}")
    sides = sorted({side for on in signs.values() for side in on})
    out = {side: [line[1:] for line in lines if side in signs.get(line[:1], sides)] for side in sides}
    # A mark on a line of all sides speaks of the vulnerable ones.
    out["fixed"] = [MARK.sub("", line) for line in out["fixed"]]
    return out


def _code(lines: list[str]) -> tuple[str, list[int]]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    while lines and not lines[0].strip():
        lines = lines[1:]
    marked = [i for i, line in enumerate(lines, 1) if MARK.search(line)]
    return "\n".join(MARK.sub("", line).rstrip() for line in lines) + "\n", marked


def pack(folder: Path, out: Path) -> int:
    """Writes every good record; returns how many entries were broken (and prints them)."""
    records_, seen, broken = [], {}, []
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        if not text.strip():
            continue
        # Entry by entry, so that a broken one does not hide the others.
        found, line = [], 1
        for chunk in re.split(r"(?m)^(?==== )", text):
            try:
                found += parse(path, chunk, line)
            except Broken as error:
                broken.append(str(error))
            line += chunk.count("\n")
        for record in found:
            key = record["id"]
            if key in seen:
                broken.append(f"{key}: the name is used twice")
                continue
            seen[key] = True
            records_.append(record)
    out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records_), encoding="utf-8")
    pairs = defaultdict(int)
    for record in records_:
        if record["label"] == "vulnerable":
            pairs[record["cwe"][0]] += 1
    fixed = [r for r in records_ if r["label"] == "fixed"]
    hard = sum(r["hard"] for r in fixed)
    clean = sum(r["label"] == "clean" for r in records_)
    for line in broken:
        print("broken:", line)
    for cwe in sorted(pairs, key=lambda c: int(c[4:])):
        print(f"{cwe}: {pairs[cwe]} pairs")
    print(f"{len(fixed)} pairs, {hard} with a hard fixed side, {clean} clean, {len(broken)} broken")
    return len(broken)


def unpack(source: Path, folder: Path) -> None:
    """Writes the text form of a packed file, one text file a class."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[str]] = defaultdict(list)
    last = None
    for line in source.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        _, stem, name, label = record["id"].split("/")
        if (stem, name) != last:
            files[stem].append(f"=== {name} | {', '.join(record['cwe']) or 'clean'} | {record['family']}")
            last = (stem, name)
        files[stem].append(f"--- {label}{' hard' if record.get('hard') else ''}")
        marked = set(record.get("lines", ()))
        code = record["code"].rstrip("\n").split("\n")
        files[stem] += [text + "  #!" if i in marked else text for i, text in enumerate(code, 1)]
    for stem, lines in files.items():
        (folder / f"{stem}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__)
    if sys.argv[1] == "pack":
        sys.exit(1 if pack(Path(sys.argv[2]), Path(sys.argv[3])) else 0)
    unpack(Path(sys.argv[2]), Path(sys.argv[3]))

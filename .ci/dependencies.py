"""Checks licences, sources and duplicates of the crates in Cargo.lock, by the rules in deny.toml.

The rules are cargo-deny's, in its own file, so that `cargo deny check licenses bans sources` works where it is installed. This
script needs nothing but Python, since building cargo-deny takes longer than most other checks together. It knows only the keys
that stand in our deny.toml and refuses any other, so that no rule stands there that nobody checks.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KNOWN = {
    "licenses": {"allow", "exceptions"},
    "sources": {"unknown-registry", "unknown-git"},
    "bans": {"multiple-versions"},
}


class Expression:
    """An SPDX expression as the ways to satisfy it, each a set of licences that must all be accepted.

    Old crates write `MIT/Apache-2.0` for what SPDX calls `MIT OR Apache-2.0`.
    """

    def __init__(self, text: str) -> None:
        self.rest = re.findall(r"[()]|[^\s()]+", text.replace("/", " OR "))
        self.ways = self._either()
        if self.rest:
            raise ValueError(f"`{self.rest[0]}` is left over")

    def _next_is(self, word: str) -> bool:
        if self.rest[:1] == [word]:
            self.rest.pop(0)
            return True
        return False

    def _either(self) -> list[set[str]]:
        ways = self._both()
        while self._next_is("OR"):
            ways += self._both()
        return ways

    def _both(self) -> list[set[str]]:
        ways = self._one()
        while self._next_is("AND"):
            ways = [left | right for left, right in product(ways, self._one())]
        return ways

    def _one(self) -> list[set[str]]:
        if self._next_is("("):
            ways = self._either()
            if not self._next_is(")"):
                raise ValueError("a parenthesis is not closed")
            return ways
        if not self.rest or self.rest[0] in {")", "AND", "OR", "WITH"}:
            raise ValueError("a licence is missing")
        licence = self.rest.pop(0)
        if self._next_is("WITH"):
            if not self.rest:
                raise ValueError("an exception is missing")
            licence += f" WITH {self.rest.pop(0)}"
        return [{licence}]


def check(packages: list[dict], rules: dict) -> tuple[list[str], list[str]]:
    """Problems, and what is only told."""
    problems = [
        f"deny.toml: `{table}.{key}` is not known to this script"
        for table, keys in rules.items()
        for key in keys
        if key not in KNOWN.get(table, ())
    ]
    allowed = set(rules["licenses"]["allow"])
    exceptions = {entry["crate"]: set(entry["allow"]) for entry in rules["licenses"].get("exceptions", [])}
    versions, sources = defaultdict(set), defaultdict(list)
    used = set()
    for package in packages:
        name = f"{package['name']} {package['version']}"
        versions[package["name"]].add(package["version"])
        sources[package["source"] or "this tree"].append(name)
        try:
            ways = Expression(package["license"] or "").ways
        except ValueError as error:
            problems.append(f"{name}: the licence `{package['license']}` does not read as one: {error}")
            continue
        accepted = allowed | exceptions.get(package["name"], set())
        way = next((way for way in ways if way <= accepted), None)
        if way is None:
            problems.append(f"{name}: `{package['license']}` is not allowed")
        else:
            used |= way
    problems += strangers(sources)
    for crate in exceptions.keys() - versions.keys():
        problems.append(f"deny.toml: an exception is made for `{crate}`, which is not used")
    told = [f"`{licence}` is allowed but no crate needs it" for licence in sorted(allowed - used)]
    doubled = [f"{name} in versions {', '.join(sorted(found))}" for name, found in versions.items() if len(found) > 1]
    (problems if rules["bans"]["multiple-versions"] == "deny" else told).extend(sorted(doubled))
    return problems, told


def strangers(sources: dict[str, list[str]]) -> list[str]:
    """Crates from git, from a second registry, or from a folder that is not this project."""
    registries = sorted((kind for kind in sources if kind.startswith("registry+")), key=lambda kind: len(sources[kind]))
    expected = {"this tree", *registries[-1:]}
    found = [f"{name} comes from {kind}" for kind, names in sources.items() if kind not in expected for name in names]
    if len(sources["this tree"]) > 1:
        found.append(f"more than one crate lies in a folder: {', '.join(sources['this tree'])}")
    return found


def main() -> int:
    """Prints what it found; 1 if there is a problem."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    problems, told = check(metadata["packages"], rules)
    for line in told:
        print(f"note: {line}")
    for line in problems:
        print(f"error: {line}")
    print(f"{len(metadata['packages'])} crates, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""bandit, ruff and semgrep over records laid out as files; `cwegate eval` reads what they say as SARIF."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cwegate_training import gate
from cwegate_training.config import PEERS, WORK, read_jsonl, sha256, write_jsonl

RULES = Path(__file__).with_name("rules.yml")


def sarif_of_bandit(text: str) -> dict:
    """bandit's JSON as SARIF. Its own SARIF (1.9.4) ends every region on its second line, and is not written at all where a result is on a
    line that the excerpt does not show."""
    results = json.loads(text)["results"]
    rules = {
        r["test_id"]: {
            "id": r["test_id"],
            "name": r["test_name"],
            "properties": {"tags": [f"external/cwe/cwe-{r['issue_cwe']['id']}"] if r["issue_cwe"] else []},
        }
        for r in results
    }
    found = [
        {
            "ruleId": r["test_id"],
            "message": {"text": r["issue_text"]},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": r["filename"]},
                        "region": {"startLine": r["line_range"][0], "endLine": r["line_range"][-1]},
                    }
                }
            ],
        }
        for r in results
    ]
    driver = {"name": "Bandit", "rules": list(rules.values())}
    return {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": found}]}


@dataclass(frozen=True)
class Tool:
    """arguments: of the program, `{records}` and `{out}` are put in; settings: files that its results depend on; read: SARIF of what it
    writes."""

    name: str
    arguments: tuple[str, ...]
    settings: tuple[Path, ...] = ()
    read: Callable[[str], dict] = json.loads

    def program(self) -> str | None:
        """Its path, None if it is not installed."""
        return shutil.which(self.name, path=PEERS or None)

    def version(self) -> str:
        return version_of(self.program())

    def sarif(self, records: Path, into: Path) -> Path:
        """Its SARIF over a folder, kept as long as the tool's version, arguments and settings stay."""
        parts = [
            self.version().encode(),
            *(a.encode() for a in self.arguments),
            *(p.read_bytes() for p in self.settings),
        ]
        key = hashlib.sha256(b"\0".join(parts)).hexdigest()
        out = into / f"{self.name}-{key[:8]}.sarif"
        if not out.exists():
            unfinished = out.with_suffix(f".{os.getpid()}")
            arguments = [a.format(records=records, out=unfinished, rules=RULES) for a in self.arguments]
            # Findings are no failure; a tool that could not run leaves no file or an empty one.
            done = subprocess.run([self.program(), *arguments], capture_output=True, text=True, env=environment())
            if not unfinished.exists() or not unfinished.stat().st_size:
                unfinished.unlink(missing_ok=True)
                raise SystemExit(f"{self.name} wrote nothing: {done.stderr.strip()[-800:]}")
            unfinished.write_text(json.dumps(self.read(unfinished.read_text(encoding="utf-8"))), encoding="utf-8")
            unfinished.rename(out)
        return out


@cache
def version_of(program: str) -> str:
    """What a program says of itself; semgrep alone takes seconds for it."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, env=environment())
    return done.stdout.split("\n")[0].split()[-1]


TOOLS = (
    Tool("bandit", ("-q", "-r", "-f", "json", "-o", "{out}", "{records}"), read=sarif_of_bandit),
    Tool("ruff", ("check", "--isolated", "--no-cache", "--select", "S", "--output-format", "sarif", "-o", "{out}", "{records}")),
    Tool(
        "semgrep",
        ("scan", "-q", "--sarif", "--metrics", "off", "--disable-version-check", "--no-git-ignore", "--timeout", "0", "--max-target-bytes",
         "0", "--config", "{rules}", "--output", "{out}", "{records}"),
        (RULES,),
    ),
)  # fmt: skip


def environment() -> dict[str, str]:
    """A tool may start others that stand beside it."""
    return {**os.environ, "PATH": os.pathsep.join(filter(None, (PEERS, os.environ.get("PATH"))))}


def installed() -> list[Tool]:
    return [tool for tool in TOOLS if tool.program()]


def laid_out(data: Path) -> Path:
    """A folder of our own for the results on a data file; its `records` holds the records as files."""
    folder = WORK / "peers" / f"{data.stem}-{sha256(data)[:8]}"
    if not (folder / "records").exists():
        shutil.rmtree(folder / "unfinished", ignore_errors=True)
        gate.export(data, folder / "unfinished")
        (folder / "unfinished").rename(folder / "records")
    return folder


def together(paths: list[Path]) -> Path:
    """The distinct records of several data files in one, since a tool takes as long to start as to read a thousand records."""
    records: dict[str, dict] = {}
    for path in paths:
        for row in read_jsonl(path):
            if records.setdefault(row["id"], row)["code"] != row["code"]:
                raise SystemExit(f"{path} has other code under the id {row['id']} than another set")
    out = WORK / "peers" / "together.jsonl"
    write_jsonl(out, records.values())
    return out


def part(sarif: Path, data: Path, into: Path) -> Path:
    """What a SARIF file says of the records of one data file."""
    names = {file_name(row["id"]) for row in read_jsonl(data)}
    log = json.loads(sarif.read_text(encoding="utf-8"))
    for run in log["runs"]:
        run["results"] = [r for r in run["results"] if name_of(r) in names]
    out = into / sarif.name
    out.write_text(json.dumps(log), encoding="utf-8")
    return out


def name_of(result: dict) -> str:
    """The name of the file that a result is about."""
    return result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].rsplit("/", 1)[-1]


def file_name(id_: str) -> str:
    """The file that `cwegate eval --export` gives a record."""
    return hashlib.sha256(id_.encode()).hexdigest()[:32] + ".py"


def places(sarif: Path) -> dict[str, set[tuple[int, int]]]:
    """First and last lines of all that a tool reports, by file name; several results at one place are one."""
    out: dict[str, set[tuple[int, int]]] = {}
    for run in json.loads(sarif.read_text(encoding="utf-8"))["runs"]:
        for result in run["results"]:
            if result.get("ruleId") in (None, "invalid-syntax") or result.get("suppressions"):
                continue
            region = result["locations"][0]["physicalLocation"].get("region", {})
            first = region.get("startLine", 1)
            out.setdefault(name_of(result), set()).add((first, max(first, region.get("endLine", first))))
    return out


def touching(reported: set[tuple[int, int]], lines: list[int]) -> int:
    """Alarms on changed lines: distinct first lines of what overlaps one of them."""
    changed = set(lines)
    return len({first for first, last in reported if not changed.isdisjoint(range(first, last + 1))})


def alarms_on_changes(sarif: Path, data: Path) -> dict[str, float]:
    """Alarms per 1,000 changed lines and the share of changed files with one."""
    reported, total, lines, files, hit = places(sarif), 0, 0, 0, 0
    for row in read_jsonl(data):
        found = touching(reported.get(file_name(row["id"]), set()), row["lines"])
        total, lines, files, hit = total + found, lines + len(row["lines"]), files + 1, hit + bool(found)
    return {"alarms_per_1000": 1000 * total / lines, "blocked_files": hit / files}

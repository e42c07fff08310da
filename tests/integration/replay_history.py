"""Replays a repository's history and checks against git that no Python file of any commit was missed.

    python tests/integration/replay_history.py PROGRAM REPOSITORY [COMMITS]

What git lists (`git log --raw --numstat`) is the truth: every Python file that a commit adds or changes has to be among the
scanned or the unreadable ones, and the changed lines have to add up where no file was renamed. Prints the figures, and exits
with 1 if anything is missing.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ENDINGS = (".py", ".pyi")


@dataclass
class Listed:
    """What git says of a commit."""

    files: set[str] = field(default_factory=set)
    added_lines: int = 0


def listed(repository: Path, commits: int) -> dict[str, Listed]:
    """The Python files that each commit leaves behind as files, with the lines that it adds to them."""
    arguments = ["--no-pager", "log", "--no-merges", "--no-show-signature", f"--max-count={commits}"]
    arguments += ["--raw", "--numstat", "--no-renames", "--no-abbrev", "--root", "-z", "--format=%x00%x00commit %H"]
    command = ["git", "-C", repository, *arguments]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    found: dict[str, Listed] = {}
    commit = Listed()
    fields = iter(output.split(b"\0"))
    for entry in fields:
        text = entry.decode("utf-8", "replace").strip("\n")
        if text.startswith("commit "):
            commit = found.setdefault(text.removeprefix("commit "), Listed())
        elif text.startswith(":"):
            _, mode, _, _, status = text.split(" ")
            path = next(fields).decode("utf-8", "replace")
            if path.endswith(ENDINGS) and mode.startswith("100") and status[0] in "AMT":
                commit.files.add(path)
        elif text:
            added, _, path = text.split("\t", 2)
            if path in commit.files and added != "-":
                commit.added_lines += int(added)
    return found


def main() -> int:
    """Prints the figures; 1 if a file was missed."""
    program, repository = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    commits = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "replay.jsonl"
        started = time.monotonic()
        command = [program, "replay", repository, "--commits", str(commits), "--jsonl", lines]
        subprocess.run(command, check=True)
        took = time.monotonic() - started
        replayed = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    truth = listed(repository, commits)
    problems, files, compared = [], 0, 0
    for commit in replayed:
        expected = truth.pop(commit["commit"])
        scanned = {item["path"] for item in commit["scanned"]}
        files += len(expected.files)
        for path in sorted(expected.files - scanned - set(commit["unreadable"])):
            problems.append(f"{commit['commit']}: {path} was missed")
        # A rename has fewer changed lines than a new file; a script without an ending is not among git's Python files here.
        plain = all(item["role"] != "renamed" for item in commit["scanned"]) and scanned == expected.files
        if plain:
            compared += 1
            if commit["changed_lines"] != expected.added_lines:
                problems.append(f"{commit['commit']}: {commit['changed_lines']} lines, git has {expected.added_lines}")
    problems += [f"{commit}: not replayed" for commit in truth]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\n{len(replayed)} commits, {files} Python files of git's list, lines compared in {compared} commits")
    print(f"{took:.0f} s, {peak:.0f} MiB at the peak, {len(problems)} problems")
    for problem in problems:
        print(problem)
    return 1 if problems or not replayed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Fills the Homebrew formula with a release's checksums.

    python packaging/formula.py SHA256SUMS > cwegate.rb

For a tap of our own; homebrew-core builds from source.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from project import ROOT, version

TEMPLATE = ROOT / "packaging" / "homebrew" / "cwegate.rb.in"


def main() -> int:
    """Prints the formula."""
    if len(sys.argv) != 2:
        print("usage: formula.py SHA256SUMS", file=sys.stderr)
        return 2
    sums = {}
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        sums[name.lstrip("*")] = digest

    def digest(match: re.Match[str]) -> str:
        archive = f"cwegate-{match.group(1)}-v{version()}.tgz"
        if archive not in sums:
            sys.exit(f"error: {sys.argv[1]} has no {archive}; give the checksums of a whole release of this version")
        return sums[archive]

    text = TEMPLATE.read_text(encoding="utf-8").replace("@VERSION@", version())
    sys.stdout.write(re.sub(r"@SHA256 ([a-z0-9_-]+)@", digest, text))
    return 0


if __name__ == "__main__":
    sys.exit(main())

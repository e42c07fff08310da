"""Brings the mirror for pre-commit to this version.

    python packaging/mirror.py FOLDER

FOLDER is a clone of the mirror, or a new folder. pre-commit installs a hook's repository with pip; the mirror is one that has
nothing to compile, since it only asks for the wheel of the release. Commit what this writes, with the tag `vVERSION`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from project import ROOT, version

TEMPLATE = ROOT / "packaging" / "pre-commit-mirror"


def main() -> int:
    """Writes the mirror's files."""
    if len(sys.argv) != 2:
        print("usage: mirror.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    for licence in ROOT.glob("LICENSE-*"):
        shutil.copy(licence, folder)
    for file in TEMPLATE.iterdir():
        text = file.read_text(encoding="utf-8").replace("@VERSION@", version())
        (folder / file.name.removesuffix(".in")).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

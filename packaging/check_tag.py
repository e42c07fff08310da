"""Fails unless a tag is `v` and the version in Cargo.toml: python packaging/check_tag.py TAG."""

from __future__ import annotations

import sys

from project import version

if __name__ == "__main__":
    if sys.argv[1:] != [f"v{version()}"]:
        sys.exit(
            f"error: the tag of this commit would be v{version()}; raise the version in Cargo.toml, or tag another commit"
        )

import subprocess
from pathlib import Path

SIZES = {"small": "120x120", "large": "600x600"}


def make_thumbnail(source: Path, size: str) -> Path:
    target = source.with_name(f"{source.stem}-{size}.jpg")
    subprocess.run(["convert", str(source), "-resize", SIZES[size], str(target)], check=True, timeout=30)
    return target

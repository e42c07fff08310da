"""Lays out a release's archive from a wheel, so that both hold the same program.

    python packaging/archive.py WHEEL TARGET FOLDER

writes FOLDER/cwegate-TARGET-vVERSION.tgz, a .zip for Windows, and prints its path. It runs the program for the manual and the
completions, so that it has to run on the target itself. The same wheel gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from project import ROOT, version

# By the shell's name: where shells and packagers expect it.
COMPLETIONS = {
    "bash": "cwegate.bash",
    "elvish": "cwegate.elv",
    "fish": "cwegate.fish",
    "powershell": "_cwegate.ps1",
    "zsh": "_cwegate",
}
# ZIP knows no earlier day.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def program_in(wheel: Path) -> tuple[str, bytes]:
    """Name and bytes of the one program that the wheel installs."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if ".data/scripts/" in name]
        return name.rsplit("/", 1)[1], archive.read(name)


def layout(wheel: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and bytes of each file, by its path within the archive's folder."""
    name, program = program_in(wheel)
    files = {name: (0o755, program)}
    for path in [*ROOT.glob("LICENSE-*"), ROOT / "README.md", ROOT / "src" / "cwe" / "catalogue.LICENSE"]:
        files[path.name] = (0o644, path.read_bytes())
    with tempfile.TemporaryDirectory() as scratch:
        binary = Path(scratch) / name
        binary.write_bytes(program)
        binary.chmod(0o755)
        for shell, file in COMPLETIONS.items():
            done = subprocess.run([binary, "completions", shell], check=True, stdout=subprocess.PIPE)
            files[f"complete/{file}"] = (0o644, done.stdout)
        manual = Path(scratch) / "man"
        manual.mkdir()
        subprocess.run([binary, "man", manual], check=True)
        for page in manual.iterdir():
            files[f"man/{page.name}"] = (0o644, page.read_bytes())
    return files


def as_tar(folder: str, files: dict[str, tuple[int, bytes]]) -> bytes:
    """A gzipped tar without names, times and owners of this machine."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path, (mode, content) in sorted(files.items()):
                entry = tarfile.TarInfo(f"{folder}/{path}")
                entry.mode, entry.size = mode, len(content)
                archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def as_zip(folder: str, files: dict[str, tuple[int, bytes]]) -> bytes:
    """The same as a ZIP file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, (mode, content) in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{path}", NO_TIME)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def main() -> int:
    """Writes the archive."""
    if len(sys.argv) != 4:
        print("usage: archive.py WHEEL TARGET FOLDER", file=sys.stderr)
        return 2
    wheel, target, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    # The names that `package.metadata.binstall` in Cargo.toml tells.
    folder = f"cwegate-{target}-v{version()}"
    ending, pack = ("zip", as_zip) if "windows" in target else ("tgz", as_tar)
    archive = out / f"{folder}.{ending}"
    os.makedirs(out, exist_ok=True)
    archive.write_bytes(pack(folder, layout(wheel)))
    print(archive)
    return 0


if __name__ == "__main__":
    sys.exit(main())

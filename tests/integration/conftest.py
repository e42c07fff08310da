"""Scratch repositories by the real git, and the real `cwegate`, which CWEGATE_BIN names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The code of the demo.
SAMPLES = ROOT / "src" / "cli" / "demo"
# These tests are about what is scanned and what becomes of the verdict, not about how well a model knows each class.
POLICY = """extends = "audit"

[gate]
unscannable = "block"

[cwe]
"CWE-78" = "block"
"""


def sample(kind: str) -> str:
    """A file of the shop `before` any change, with weaknesses `after` it, or `repaired`."""
    return (SAMPLES / kind / "shop" / "thumbs.py").read_text(encoding="utf-8")


def run(*command: object, cwd: Path, env: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs to the end, with both streams in `stdout` in the order in which they came."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        input=stdin,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


class Repository:
    """A work tree with git's own commands, in an environment that knows nothing of this machine's git settings."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = env

    @classmethod
    def make(cls, folder: Path, env: dict[str, str]) -> Repository:
        """A repository with the shop as it was before."""
        folder.mkdir(parents=True)
        repository = cls(folder, env)
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.commit(POLICY, "The policy", "cwegate.toml")
        repository.commit(sample("before"), "The shop")
        return repository

    def git(self, *arguments: object) -> str:
        """Git's answer; it must succeed."""
        done = self.git_may_fail(*arguments)
        assert done.returncode == 0, f"git {arguments}: {done.stdout}"
        return done.stdout.strip()

    def git_may_fail(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Git's answer, whatever it is."""
        return run("git", *arguments, cwd=self.folder, env=self.env)

    def write(self, code: str, path: str = "shop/thumbs.py") -> None:
        """Writes a file, without staging it."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")

    def stage(self, code: str, path: str = "shop/thumbs.py") -> None:
        """Writes a file and stages it."""
        self.write(code, path)
        self.git("add", "--", path)

    def commit(self, code: str, message: str, path: str = "shop/thumbs.py") -> str:
        """Commits a file without hooks; the commit's name."""
        self.stage(code, path)
        self.git("commit", "--quiet", "--no-verify", "--message", message)
        return self.head()

    def head(self) -> str:
        """The name of the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def clone(self, folder: Path, *arguments: object) -> Repository:
        """A clone through the real transport, so that `--depth` counts."""
        run("git", "clone", "--quiet", *arguments, f"file://{self.folder}", folder, cwd=self.folder, env=self.env)
        assert folder.is_dir()
        return Repository(folder, self.env)


@pytest.fixture(scope="session")
def program() -> Path:
    """The `cwegate` to test."""
    named = os.environ.get("CWEGATE_BIN")
    assert named, "name the program to test in CWEGATE_BIN"
    found = Path(named).resolve()
    assert found.is_file(), f"CWEGATE_BIN: {found} is not there"
    return found


@pytest.fixture()
def env(tmp_path: Path, program: Path) -> dict[str, str]:
    """An environment with `cwegate` on the path and none of the user's git settings."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "cwegate").symlink_to(program)
    home = tmp_path / "home"
    home.mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "GITHUB_", "CI_", "PRE_COMMIT"))
    }
    author = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
    }
    return {
        **kept,
        **author,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "NO_COLOR": "1",
    }


@pytest.fixture()
def repository(tmp_path: Path, env: dict[str, str]) -> Repository:
    """A repository with one commit and nothing staged."""
    return Repository.make(tmp_path / "repository", env)


def needs(tool: str) -> pytest.MarkDecorator:
    """Leaves a test out where a tool that is not ours is not installed; .ci/run installs all of them."""
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")

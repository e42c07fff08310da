"""What a release has: the wheel in an environment of its own, the archives, the formula, the mirror for pre-commit.

CWEGATE_DIST names a folder with a wheel and a source distribution, as `maturin build --release --sdist` leaves them; .ci/run sets it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Repository, needs, run, sample

PACKAGING = ROOT / "packaging"
CARGO = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
VERSION = re.search(r'^version = "(.+)"', CARGO, re.MULTILINE).group(1)
MEBIBYTE = 1024 * 1024
TARGETS = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
]


def script(name: str, *arguments: object, cwd: Path) -> str:
    """What a packaging script printed; it must succeed."""
    done = run(sys.executable, PACKAGING / name, *arguments, cwd=cwd, env=dict(os.environ))
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def dist() -> Path:
    named = os.environ.get("CWEGATE_DIST")
    if not named:
        pytest.skip("name a folder with the wheel in CWEGATE_DIST")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    [wheel] = dist.glob("cwegate-*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in a clean virtual environment, with what the wheel asks for from the registry."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel]
    subprocess.run(command, check=True)
    return folder / "bin" / "cwegate"


def test_the_wheel_is_small_and_says_what_is_in_it(wheel: Path) -> None:
    assert re.fullmatch(rf"cwegate-{re.escape(VERSION)}-py3-none-\w+\.whl", wheel.name)
    assert wheel.stat().st_size <= 20 * MEBIBYTE
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA")]
        [bill] = [json.loads(archive.read(name)) for name in names if name.endswith("cwegate.cyclonedx.json")]
    assert "Requires-Dist: onnxruntime" in metadata
    assert any("licenses/LICENSE-MIT" in name for name in names)
    assert bill["bomFormat"] == "CycloneDX"
    crates = {component["name"] for component in bill["components"]}
    locked = set(re.findall(r'^name = "(.+)"', (ROOT / "Cargo.lock").read_text(encoding="utf-8"), re.MULTILINE))
    runtime = CARGO.split("\n[dependencies]\n")[1].split("\n[")[0]
    direct = {line.split(" ")[0] for line in runtime.splitlines() if "=" in line}
    assert direct <= crates <= locked
    # What only tests need is not built in.
    assert "insta" not in crates


def test_the_installed_wheel_has_the_fast_runtime(installed: Path, tmp_path: Path, env: dict[str, str]) -> None:
    env.pop("ORT_DYLIB_PATH", None)
    done = run(installed, "model", "info", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stdout
    [runtime] = [line for line in done.stdout.splitlines() if line.startswith("runtime")]
    assert f"ONNX Runtime ({installed.parent.parent}" in runtime


def test_the_installed_wheel_gates(installed: Path, repository: Repository) -> None:
    repository.stage(sample("after"))
    done = run(installed, "scan", cwd=repository.folder, env=repository.env)
    assert done.returncode == 1 and "CWE-78" in done.stdout, done.stdout
    repository.stage(sample("repaired"))
    assert run(installed, "scan", cwd=repository.folder, env=repository.env).returncode == 0


def test_the_source_distribution_has_what_a_build_needs(dist: Path) -> None:
    """That it builds is shown by the wheel, which is built from it."""
    [source] = dist.glob("cwegate-*.tar.gz")
    assert source.stat().st_size <= 20 * MEBIBYTE
    with tarfile.open(source) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"Cargo.toml", "Cargo.lock", "pyproject.toml", "PKG-INFO", "model/model.onnx", "src/main.rs"} <= names
    assert not any(name.startswith(("training/", "tests/", "target/")) for name in names)


@pytest.mark.skipif("CARGO_TARGET_DIR" not in os.environ, reason="builds a release: set CARGO_TARGET_DIR for it")
def test_cargo_install(tmp_path: Path, env: dict[str, str]) -> None:
    folder = tmp_path / "cargo"
    done = run("cargo", "install", "--quiet", "--locked", "--path", ".", "--root", folder, cwd=ROOT, env=env)
    assert done.returncode == 0, done.stdout
    done = run(folder / "bin" / "cwegate", "--version", cwd=tmp_path, env=env)
    assert done.stdout.startswith(f"cwegate {VERSION}")


def test_the_archive(wheel: Path, tmp_path: Path, env: dict[str, str]) -> None:
    target = "x86_64-unknown-linux-gnu"
    archive = Path(script("archive.py", wheel, target, tmp_path / "one", cwd=tmp_path).strip())
    again = Path(script("archive.py", wheel, target, tmp_path / "two", cwd=tmp_path).strip())
    assert archive.read_bytes() == again.read_bytes()

    # Where `cargo binstall` looks, by the templates in Cargo.toml.
    binstall = CARGO.split("[package.metadata.binstall]\n")[1]
    url, inner = (re.search(rf'^{key} = "(.+)"', binstall, re.MULTILINE).group(1) for key in ("pkg-url", "bin-dir"))
    values = {"name": "cwegate", "target": target, "version": VERSION, "bin": "cwegate", "binary-ext": ""}
    values |= {"archive-suffix": ".tgz", "repo": "https://github.com/cwegate/cwegate"}
    filled = [re.sub(r"\{ ([a-z-]+) \}", lambda match: values[match.group(1)], text) for text in (url, inner)]
    assert archive.name == filled[0].rsplit("/", 1)[1]
    with tarfile.open(archive) as packed:
        modes = {entry.name: entry.mode for entry in packed.getmembers()}
        packed.extractall(tmp_path / "unpacked", filter="data")
    assert modes[filled[1]] == 0o755
    folder = (tmp_path / "unpacked" / filled[1]).parent

    assert run(folder / "cwegate", "--version", cwd=tmp_path, env=env).returncode == 0
    assert {path.name for path in (folder / "complete").iterdir()} == {
        *("_cwegate", "_cwegate.ps1", "cwegate.bash", "cwegate.elv", "cwegate.fish"),
    }
    assert run("bash", "-n", folder / "complete" / "cwegate.bash", cwd=tmp_path, env=env).returncode == 0
    pages = {path.name: path.read_text(encoding="utf-8") for path in (folder / "man").iterdir()}
    assert {"cwegate.1", "cwegate-scan.1", "cwegate-policy-check.1"} <= pages.keys()
    assert all(".TH" in page for page in pages.values())
    assert {"LICENSE-APACHE", "LICENSE-MIT", "README.md", "catalogue.LICENSE"} <= {
        path.name for path in folder.iterdir()
    }


def test_the_archive_for_windows_is_a_zip(wheel: Path, tmp_path: Path) -> None:
    archive = Path(script("archive.py", wheel, "x86_64-pc-windows-msvc", tmp_path, cwd=tmp_path).strip())
    assert archive.suffix == ".zip"
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        assert f"cwegate-x86_64-pc-windows-msvc-v{VERSION}/complete/_cwegate.ps1" in packed.namelist()


@needs("sha256sum")
def test_a_release_is_finished_with_checksums_and_the_bill_of_materials(wheel: Path, tmp_path: Path) -> None:
    shutil.copy(wheel, tmp_path)
    (tmp_path / "cwegate-x.tgz").write_bytes(b"x")
    command = ["bash", PACKAGING / "finish.sh", tmp_path]
    subprocess.run(command, check=True, stdout=subprocess.PIPE)
    assert json.loads((tmp_path / "cwegate.cyclonedx.json").read_bytes())["bomFormat"] == "CycloneDX"
    listed = {line.split()[1] for line in (tmp_path / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    assert listed == {path.name for path in tmp_path.iterdir()} - {"SHA256SUMS"}
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert subprocess.run([*command[:2], empty], check=False, stderr=subprocess.PIPE).returncode == 1


def test_the_formula(tmp_path: Path) -> None:
    sums = tmp_path / "SHA256SUMS"
    digests = {f"cwegate-{target}-v{VERSION}.tgz": f"{number:064x}" for number, target in enumerate(TARGETS)}
    sums.write_text("".join(f"{digest}  {name}\n" for name, digest in digests.items()), encoding="utf-8")
    formula = script("formula.py", sums, cwd=tmp_path)
    assert "@" not in formula
    pairs = dict(re.findall(r'url ".*/(cwegate-[^/]+)"\n\s+sha256 "([0-9a-f]{64})"', formula))
    assert pairs == {name: digest for name, digest in digests.items() if "windows" not in name}
    if shutil.which("ruby"):
        file = tmp_path / "cwegate.rb"
        file.write_text(formula, encoding="utf-8")
        subprocess.run(["ruby", "-c", file], check=True, stdout=subprocess.PIPE)
    sums.write_text("", encoding="utf-8")
    done = run(sys.executable, PACKAGING / "formula.py", sums, cwd=tmp_path, env=dict(os.environ))
    assert done.returncode == 1 and "has no cwegate-" in done.stdout


def test_the_mirror_for_pre_commit_has_the_same_hooks_and_asks_for_the_same_version(tmp_path: Path) -> None:
    """tests/docs.rs installs it, with the real pre-commit and the real prek."""
    script("mirror.py", tmp_path / "mirror", cwd=tmp_path)
    mirror = tmp_path / "mirror"
    hooks = (mirror / ".pre-commit-hooks.yaml").read_bytes()
    assert hooks == (ROOT / ".pre-commit-hooks.yaml").read_bytes()
    project = (mirror / "pyproject.toml").read_text(encoding="utf-8")
    assert f'dependencies = ["cwegate=={VERSION}"]' in project
    assert all(
        "@" not in path.read_text(encoding="utf-8") for path in mirror.glob("*") if path.name != "LICENSE-APACHE"
    )


def test_one_version_everywhere() -> None:
    for path in (
        *("action/action.yml", "action/gitlab/templates/cwegate.yml"),
        *("docs/gitlab.md", "docs/install.md", "docs/pre-commit.md", "docs/prek.md"),
        *("hooks/examples/.pre-commit-config.yaml", "hooks/examples/prek.toml"),
    ):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert VERSION in text, f"{path} is for another version than {VERSION}"
        ours = set(re.findall(r"(?:/v|rev: v|rev = \"v|gnu-v|cwegate.*==)(\d+\.\d+\.\d+)", text))
        assert ours <= {VERSION}, path


def test_the_tag_has_to_be_the_version() -> None:
    for tag, code in ((f"v{VERSION}", 0), ("v99.0.0", 1), (VERSION, 1)):
        assert run(sys.executable, PACKAGING / "check_tag.py", tag, cwd=ROOT, env=dict(os.environ)).returncode == code


def test_the_release_workflow_builds_every_target_and_pins_what_it_uses() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["build"]["strategy"]["matrix"]["include"]
    assert sorted(one["target"] for one in matrix) == TARGETS
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", one) for one in used), used
    assert any("attest-build-provenance" in one for one in used)
    assert workflow["permissions"] == {}
    scripts = re.findall(r"packaging/[a-z_]+\.(?:py|sh)", json.dumps(workflow))
    assert scripts and all((ROOT / one).is_file() for one in scripts)


def test_the_container_file_copies_what_the_build_needs() -> None:
    ignored = (PACKAGING / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    include = re.search(r"^include = (\[.+\])", CARGO, re.MULTILINE).group(1)
    assert {name.removeprefix("/") for name in json.loads(include)} <= kept
    assert {"Cargo.toml", "Cargo.lock"} <= kept

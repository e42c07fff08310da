"""The hooks as pre-commit, prek, lefthook and husky run them, each the real one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Repository, needs, run, sample

EXAMPLES = ROOT / "hooks" / "examples"
MANIFEST = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
FRAMEWORKS = [pytest.param(name, marks=needs(name)) for name in ("pre-commit", "prek")]


def commit(repository: Repository) -> tuple[int, str]:
    """Commits what is staged, through the hooks: exit code and what was printed."""
    done = repository.git_may_fail("commit", "--message", "Change")
    return done.returncode, done.stdout


def refused(repository: Repository) -> str:
    """What was printed when the commit was refused, which it must be."""
    head = repository.head()
    code, printed = commit(repository)
    assert code != 0, printed
    assert repository.head() == head
    return printed


def accepted(repository: Repository) -> str:
    """What was printed when the commit was accepted, which it must be."""
    code, printed = commit(repository)
    assert code == 0, printed
    return printed


def local(*names: str) -> str:
    """A configuration with hooks of the manifest, as they are but with the program on the path."""
    hooks = [{**MANIFEST[name], "language": "system"} for name in names]
    for hook in hooks:
        hook.pop("minimum_pre_commit_version")
    return yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})


def install(repository: Repository, framework: str, config: str, *hook_types: str) -> None:
    """Commits the configuration and installs the framework's git hooks."""
    repository.commit(config, "Hooks", ".pre-commit-config.yaml")
    repository.env["PRE_COMMIT_HOME"] = repository.env["PREK_HOME"] = str(repository.folder.parent / "framework-home")
    for hook_type in hook_types or ("pre-commit",):
        done = subprocess.run(
            [framework, "install", "--hook-type", hook_type],
            cwd=repository.folder,
            env=repository.env,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout


def test_the_manifest() -> None:
    assert set(MANIFEST) == {"cwegate", "cwegate-pre-push", "cwegate-system"}
    for hook in MANIFEST.values():
        assert hook["pass_filenames"] is False
        assert hook["require_serial"] is True
        # A commit that only deletes files has none to hand over; frameworks skip it otherwise.
        assert hook["always_run"] is True
    assert MANIFEST["cwegate-pre-push"]["stages"] == ["pre-push"]
    for name, language in (("cwegate", "python"), ("cwegate-pre-push", "python"), ("cwegate-system", "system")):
        assert MANIFEST[name]["language"] == language
    for name in ("cwegate", "cwegate-system"):
        # Nothing is staged at a push: a scan of nothing would pass.
        assert MANIFEST[name]["stages"] == ["pre-commit", "pre-merge-commit", "manual"]


@needs("pre-commit")
def test_pre_commit_has_nothing_to_say_against_the_manifest() -> None:
    command = ["pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_commit(repository: Repository, framework: str) -> None:
    install(repository, framework, local("cwegate"))
    repository.stage(sample("after"))
    printed = refused(repository)
    assert "CWE-78" in printed and "shop/thumbs.py" in printed
    assert "deprecat" not in printed.lower()
    repository.stage(sample("repaired"))
    accepted(repository)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_is_staged_counts_and_not_what_lies_beside_it(repository: Repository, framework: str) -> None:
    install(repository, framework, local("cwegate"))
    # Bad code staged, the file restored since.
    repository.stage(sample("after"))
    repository.write(sample("before"))
    assert "CWE-78" in refused(repository)
    assert (repository.folder / "shop/thumbs.py").read_text(encoding="utf-8") == sample("before")
    # Harmless code staged, bad code beside it.
    repository.stage(sample("repaired"))
    repository.write(sample("after"))
    accepted(repository)
    assert (repository.folder / "shop/thumbs.py").read_text(encoding="utf-8") == sample("after")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_git_s_other_ways_to_commit(repository: Repository, framework: str) -> None:
    install(repository, framework, local("cwegate"))
    repository.write(sample("after"))
    assert repository.git_may_fail("commit", "--all", "--message", "All").returncode == 1
    assert repository.git_may_fail("commit", "--message", "One", "shop/thumbs.py").returncode == 1
    repository.write("x = 1\n", "shop/other.py")
    repository.git("add", "shop/other.py")
    # Another file's change than that of the one that is weak.
    done = repository.git_may_fail("commit", "--message", "Other", "shop/other.py")
    assert done.returncode == 0, done.stdout
    linked = Repository(repository.folder.parent / "linked", repository.env)
    repository.git("worktree", "add", "--quiet", "-b", "linked", linked.folder)
    linked.stage(sample("after"))
    refused(linked)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_commit_that_only_deletes_is_looked_at(repository: Repository, framework: str) -> None:
    install(repository, framework, local("cwegate"))
    repository.git("rm", "--quiet", "shop/thumbs.py")
    printed = accepted(repository)
    assert "Skipped" not in printed and "no files to check" not in printed


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_wrong_policy_stops_the_commit(repository: Repository, framework: str) -> None:
    install(
        repository,
        framework,
        local("cwegate").replace("entry: cwegate scan", "entry: cwegate scan\n    args: [--policy, p.toml]"),
    )
    repository.write("[gate]\nbudgte = 1\n", "p.toml")
    repository.stage("x = 1\n", "shop/other.py")
    assert "p.toml" in refused(repository) or framework


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_push(repository: Repository, framework: str, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    repository.git("init", "--quiet", "--bare", remote)
    repository.git("remote", "add", "origin", remote)
    install(repository, framework, local("cwegate-pre-push"), "pre-push")

    def push(*arguments: str) -> tuple[int, str]:
        done = repository.git_may_fail("push", "--quiet", *arguments)
        return done.returncode, done.stdout

    # The first push has a root commit: everything counts.
    code, printed = push("origin", "main")
    assert code == 0, printed
    repository.commit(sample("after"), "Bad")
    code, printed = push("origin", "main")
    assert code != 0 and "CWE-78" in printed, printed
    repository.commit(sample("repaired"), "Repaired")
    code, printed = push("origin", "main")
    assert code == 0, printed
    # A new branch: what it adds to what the remote has.
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit(sample("after"), "Bad again")
    assert push("origin", "feature")[0] != 0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_first_push_with_a_weakness_is_refused(repository: Repository, framework: str, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    repository.git("init", "--quiet", "--bare", remote)
    repository.git("remote", "add", "origin", remote)
    repository.commit(sample("after"), "Bad")
    install(repository, framework, local("cwegate-pre-push"), "pre-push")
    done = repository.git_may_fail("push", "origin", "main")
    assert done.returncode != 0, done.stdout


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_both_refs_by_hand(repository: Repository, framework: str) -> None:
    """As a CI job runs the hook, without any push."""
    install(repository, framework, local("cwegate-pre-push"), "pre-push")
    before = repository.head()
    bad = repository.commit(sample("after"), "Bad")
    harmless = repository.commit("x = 1\n", "Harmless", "shop/other.py")

    def ran(*arguments: str) -> tuple[int, str]:
        command = [framework, "run", "--hook-stage", "pre-push", *arguments]
        done = run(*command, cwd=repository.folder, env=repository.env)
        return done.returncode, done.stdout

    code, printed = ran("--from-ref", before, "--to-ref", bad)
    assert code == 1 and "CWE-78" in printed, printed
    code, printed = ran("--from-ref", bad, "--to-ref", harmless)
    assert code == 0, printed
    assert ran("--from-ref", "HEAD~2", "--to-ref", "HEAD")[0] == 1
    # Everything there is, as the framework runs it for a root commit.
    code, printed = ran("--all-files")
    assert code == 1 and "CWE-78" in printed, printed


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_all_files_still_scan_what_is_staged(repository: Repository, framework: str) -> None:
    install(repository, framework, local("cwegate"))
    repository.commit(sample("after"), "Old debt", "shop/debt.py")
    command = [framework, "run", "--all-files"]
    done = subprocess.run(command, cwd=repository.folder, env=repository.env, check=False)
    assert done.returncode == 0
    repository.stage(sample("after"))
    done = subprocess.run(command, cwd=repository.folder, env=repository.env, check=False)
    assert done.returncode == 1


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """This project as a hook repository: what is committed, and the commit."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return ROOT, head.stdout.strip()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_this_project_as_a_hook_repository(
    repository: Repository, framework: str, checkout: tuple[Path, str], tmp_path: Path
) -> None:
    """`repo:` with both languages. The framework builds the program from source, so this takes minutes."""
    if "CARGO_TARGET_DIR" not in os.environ:
        pytest.skip("builds a release: set CARGO_TARGET_DIR to a folder that may be used for it")
    hooks = [{"id": "cwegate"}, {"id": "cwegate-system"}]
    source = {"repo": f"file://{checkout[0]}", "rev": checkout[1], "hooks": hooks}
    install(repository, framework, yaml.safe_dump({"repos": [source]}))
    repository.stage(sample("after"))
    printed = refused(repository)
    assert printed.count("CWE-78") >= 2, printed
    repository.stage(sample("repaired"))
    accepted(repository)


def with_remote(repository: Repository, folder: Path) -> None:
    """Gives the repository a remote that has its main."""
    repository.git("init", "--quiet", "--bare", folder)
    repository.git("remote", "add", "origin", folder)
    repository.git("push", "--quiet", "--no-verify", "origin", "main")


def pushes_are_judged(repository: Repository) -> None:
    """What the remote does not have is scanned, for each ref that is pushed."""
    repository.git("checkout", "--quiet", "-b", "weak")
    repository.commit(sample("after"), "Bad")
    repository.git("checkout", "--quiet", "-b", "fine", "main")
    repository.commit("x = 1\n", "Harmless", "shop/other.py")
    done = repository.git_may_fail("push", "origin", "fine", "weak")
    assert done.returncode != 0 and "CWE-78" in done.stdout, done.stdout
    done = repository.git_may_fail("push", "origin", "fine")
    assert done.returncode == 0, done.stdout


def commits_and_pushes_are_judged(repository: Repository) -> None:
    """What is staged counts, not what stands beside it; and what is pushed likewise."""
    repository.stage(sample("after"))
    repository.write(sample("before"))
    assert "CWE-78" in refused(repository)
    repository.stage(sample("repaired"))
    accepted(repository)
    repository.git("push", "--quiet", "--no-verify", "origin", "main")
    repository.commit(sample("before"), "As it was")
    pushes_are_judged(repository)


@needs("lefthook")
def test_lefthook(repository: Repository, tmp_path: Path) -> None:
    repository.commit((EXAMPLES / "lefthook.yml").read_text(encoding="utf-8"), "Hooks", "lefthook.yml")
    with_remote(repository, tmp_path / "remote.git")
    subprocess.run(["lefthook", "install"], cwd=repository.folder, env=repository.env, check=True)
    # lefthook would put the gate's own hook away at the next change of its configuration.
    done = run("cwegate", "install", cwd=repository.folder, env=repository.env)
    assert done.returncode == 2 and "lefthook.yml" in done.stdout, done.stdout
    commits_and_pushes_are_judged(repository)


@pytest.fixture(scope="session")
def husky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real husky, as npm installs it."""
    folder = tmp_path_factory.mktemp("husky")
    (folder / "package.json").write_text('{"name": "scratch", "version": "1.0.0"}', encoding="utf-8")
    done = run(
        *("npm", "install", "--silent", "--no-audit", "--no-fund", "--save-dev", "husky@9.1.7"),
        cwd=folder,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stdout
    return folder


@needs("npm")
def test_husky(repository: Repository, husky: Path, tmp_path: Path) -> None:
    shutil.copytree(husky / "node_modules", repository.folder / "node_modules", symlinks=True)
    repository.write("node_modules/\n", ".gitignore")
    with_remote(repository, tmp_path / "remote.git")
    done = run("node_modules/.bin/husky", cwd=repository.folder, env=repository.env)
    assert done.returncode == 0, done.stdout
    assert repository.git("config", "core.hooksPath") == ".husky/_"
    # The gate's own installation would push the user's hooks aside there.
    done = run("cwegate", "install", cwd=repository.folder, env=repository.env)
    assert done.returncode == 2 and "cwegate scan || exit" in done.stdout, done.stdout

    for name in ("pre-commit", "pre-push"):
        shutil.copy(EXAMPLES / "husky" / name, repository.folder / ".husky" / name)
    # A line that follows does not hide a refusal.
    with (repository.folder / ".husky" / "pre-commit").open("a", encoding="utf-8") as script:
        script.write("true\n")
    commits_and_pushes_are_judged(repository)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_gate_s_own_hook_in_front_of_a_framework_s(repository: Repository, framework: str) -> None:
    """`cwegate install` where pre-commit or prek is installed: both run, the framework first."""
    hook = {"id": "no", "name": "no", "entry": "test ! -e refuse", "language": "system", "pass_filenames": False}
    install(repository, framework, yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}))
    done = run("cwegate", "install", cwd=repository.folder, env=repository.env)
    assert done.returncode == 0, done.stdout
    repository.stage(sample("after"))
    assert "CWE-78" in refused(repository)
    repository.stage(sample("repaired"))
    repository.write("", "refuse")
    assert "CWE-78" not in refused(repository)
    (repository.folder / "refuse").unlink()
    accepted(repository)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_range_that_is_named_is_scanned(repository: Repository, framework: str) -> None:
    """`--from-ref`, as in CI, where nothing is staged."""
    install(repository, framework, local("cwegate-system"))
    repository.git("commit", "--quiet", "--allow-empty", "--no-verify", "--message", "Before")
    repository.stage(sample("after"))
    repository.git("commit", "--quiet", "--no-verify", "--message", "After")
    for base, code in (("HEAD~1", 1), ("HEAD", 0)):
        done = run(
            *(framework, "run", "--from-ref", base, "--to-ref", "HEAD"), cwd=repository.folder, env=repository.env
        )
        assert done.returncode == code, done.stdout
        assert ("CWE-78" in done.stdout) == bool(code)


def test_the_examples_name_hooks_that_exist() -> None:
    config = yaml.safe_load((EXAMPLES / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    prek = pytest.importorskip("tomllib").loads((EXAMPLES / "prek.toml").read_text(encoding="utf-8"))
    version = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE).group(1)
    for repos in (config["repos"], prek["repos"]):
        [source] = repos
        assert source["rev"] == f"v{version}"
        assert {hook["id"] for hook in source["hooks"]} <= MANIFEST.keys()
    assert config["repos"][0]["repo"] == prek["repos"][0]["repo"]


def test_git_reads_the_configuration_example(repository: Repository) -> None:
    listed = repository.git("config", "--file", EXAMPLES / "gitconfig", "--list")
    assert listed.splitlines() == ["hook.cwegate.command=cwegate scan", "hook.cwegate.event=pre-commit"]

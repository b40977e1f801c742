"""Commands of the table have their make targets, and all front doors start the same command."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from app.commands.cli import app as command_line
from tests.unit.packaging.checkout import BARE, BASE_PYTHON, ROOT, copy, pretend_ready

TARGETS = {
    "prod-ready": ["-m", "release_gate", "run", "--"],
    "test": [
        *("-m", "pytest", "-p", "tests.failures_at_once", "-p", "tests.kept_collection"),
        *("-m", "not prod_ready", "-n", "2", "--dist", "worksteal"),
    ],
    "gate-wheel": ["-m", "pytest", "tests/plugin/installed_alone.py"],
    "backend-wheel": ["-m", "pytest", "tests/integration/installed_backend.py"],
    "bootstrap": ["-m", "app", "bootstrap"],
    "up": ["-m", "app", "up"],
    "down": ["-m", "app", "down"],
    "serve": ["-m", "app", "serve"],
    "worker": ["-m", "app", "worker"],
    "ingest": ["-m", "app", "ingest"],
    "inspect": ["-m", "app", "inspect"],
    "publish": ["-m", "app", "publish"],
    "watch": ["-m", "app", "watch"],
    "retain": ["-m", "app", "retain"],
    "runs": ["-m", "app", "runs"],
    "changes": ["-m", "app", "changes"],
    "ask": ["-m", "app", "ask"],
    "plant": ["-m", "app", "plant"],
    "doctor": ["-m", "app", "doctor"],
    "migrate-from-zero": ["-m", "app", "migrate-from-zero"],
    "feature-gates": ["-m", "app", "feature-gates"],
    "slo-results": ["-m", "app", "slo-results"],
    "api-key": ["-m", "app", "api-key"],
    "verify": ["-m", "release_gate", "verify"],
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    copy(tmp_path)
    pretend_ready(tmp_path)
    return tmp_path


def make(checkout: Path, *arguments: str) -> list[str]:
    """Arguments that `.venv`'s interpreter was given, one a line."""
    done = subprocess.run(
        ["/usr/bin/make", f"PYTHON={BASE_PYTHON}", *arguments],
        cwd=checkout,
        env=BARE,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("target", TARGETS)
def test_make_starts_the_command(checkout: Path, target: str) -> None:
    assert make(checkout, target) == TARGETS[target]


@pytest.mark.parametrize("target", ["lint", "types", "imports", "format", "setup"])
def test_make_has_the_tools_of_development(checkout: Path, target: str) -> None:
    assert (make(checkout, target) == []) == (target == "setup")


def test_workbook_reaches_the_command_whatever_its_name(checkout: Path) -> None:
    name = "Folha de 'ontem' $5.xlsx"
    (checkout / name).touch()
    given = f"WORKBOOK={name.replace('$', '$$')}"
    path = str(checkout / name)
    assert make(checkout, "prod-ready", given) == [*TARGETS["prod-ready"], "--workbook", path]
    for command in ("ingest", "inspect"):
        assert make(checkout, command, given, "ARGS=--json") == ["-m", "app", command, path, "--json"]


@pytest.mark.parametrize(("target", "script"), [("release-gate", "release_gate.py"), ("triage", "triage_errors.py")])
def test_target_starts_the_script_of_its_name(checkout: Path, target: str, script: str) -> None:
    assert make(checkout, target) == [str(checkout / "scripts" / script)]


@pytest.mark.parametrize("name", ["release", "test", "lint", "types", "imports"])
def test_tox_environment_starts_the_same_command(name: str) -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    commands = tox.get(f"testenv:{name}", "commands", fallback=tox.get("testenv", "commands"))
    command = "prod-ready" if name == "release" else "{env_name}"
    assert commands == f"python {{tox_root}}/scripts/commands.py {command} {{posargs}}"
    assert name in tox.get("tox", "env_list").split(", ")


def test_every_command_of_the_backend_is_one_that_it_has() -> None:
    known = set(typer.main.get_command(command_line).commands)  # type: ignore[attr-defined]
    assert {arguments[2] for arguments in TARGETS.values() if arguments[1] == "app"} <= known


SHELL_SCRIPTS = [("prod_ready.sh", "prod-ready"), ("bootstrap_postgres.sh", "bootstrap")]


def shell(checkout: Path, script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", script, "--more"]
    return subprocess.run(command, cwd=folder, env=BARE | environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("script", "target"), SHELL_SCRIPTS)
def test_shell_script_starts_the_same_command_from_any_folder(checkout: Path, script: str, target: str) -> None:
    expected = [*TARGETS[target], "--more"]
    there = str(checkout / "scripts" / script)
    assert shell(checkout, there, Path("/"), PYTHON=BASE_PYTHON).stdout.splitlines() == expected
    assert shell(checkout, script, checkout / "scripts", PYTHON=BASE_PYTHON).stdout.splitlines() == expected
    assert shell(checkout, there, Path("/"), PATH="").stdout.splitlines() == expected


def test_shell_script_without_any_python_says_what_to_do(checkout: Path) -> None:
    done = shell(checkout, str(checkout / "scripts" / "prod_ready.sh"), Path("/"), PYTHON="/nowhere/python3")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("/nowhere/python3 is not there: install Python 3.11 or newer")


@pytest.mark.parametrize(("major", "provider"), [(15, "system"), (16, "embedded"), (17, "system"), (18, "embedded")])
def test_tox_proves_the_whole_gate_on_each_version_of_postgresql(major: int, provider: str, tmp_path: Path) -> None:
    asked = ["config", "-e", f"pg{major}", "-k", "set_env", "commands", "--workdir", str(tmp_path)]
    told = subprocess.run(
        [sys.executable, "-m", "tox", "-c", ROOT / "tox.ini", *asked],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert re.search(rf"^  POSTGRES_MAJOR={major}$", told, flags=re.MULTILINE)
    *before, gate = re.findall(r"^(?:commands =|  ) *python \S+/scripts/(.+)$", told, flags=re.MULTILINE)
    assert gate == f"commands.py prod-ready --postgres {provider}"
    assert before == (["postgresql_17.py"] if major == 17 else [])
    assert ("/.local/postgresql-17/bin" in told) == (major == 17)

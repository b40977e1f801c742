"""Installs the gate's wheel alone in an empty environment and follows docs/release_gate.md.

It installs packages, so it is not part of `make test`: `make gate-wheel` (tox: gate-wheel) runs it. Without uv or a
package index it is skipped.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.plugin.distribution import NoInstallerError, built, installed_alone
from tests.plugin.foreign import INHERITED, Project
from tests.plugin.forking import CommandResult
from tests.plugin.test_guide import GUIDE, STEP

COMMAND = re.compile(r"^\d\. Run it:\n\n```sh\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
FOREIGN = ("fastapi", "sqlalchemy", "psycopg2", "openpyxl", "app")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    try:
        return installed_alone(built(folder), folder / "venv")
    except NoInstallerError as error:
        pytest.skip(f"the wheel cannot be installed here: {error}")


@pytest.fixture
def stranger(tmp_path: Path) -> Project:
    """An empty folder after the guide's steps."""
    project = Project(tmp_path / "kettle")
    for step in STEP.finditer(GUIDE.read_text("utf-8")):
        project.write(step["file"], step["text"])
    return project


def typed(project: Project, environment: Path) -> CommandResult:
    """The guide's command in a shell where the environment is active."""
    found = COMMAND.search(GUIDE.read_text("utf-8"))
    assert found is not None
    inherited = {name: value for name, value in project.child_environment().items() if name in INHERITED}
    done = subprocess.run(
        ["/bin/sh", "-c", found["text"]],
        cwd=project.root,
        env={**inherited, "PATH": f"{environment / 'bin'}:/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout)


@pytest.mark.parametrize("module", FOREIGN)
def test_environment_holds_nothing_of_the_backend(environment: Path, module: str) -> None:
    python = environment / "bin" / "python"
    done = subprocess.run([python, "-c", f"import {module}"], cwd="/", capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize(
    ("change", "exit_code", "verdict"),
    [
        (("degrees = 100", "degrees = 100"), 0, "PASS"),
        (("degrees = 100", "degrees = 99"), 1, "FAIL"),
        (("    assert degrees >= 100", '    evidence.not_measured("the thermometer is broken")'), 3, "INCOMPLETE"),
    ],
    ids=["PASS", "FAIL", "INCOMPLETE"],
)
def test_guide_ends_in_the_verdict(
    stranger: Project, environment: Path, change: tuple[str, str], exit_code: int, verdict: str
) -> None:
    stranger.replace("test_kettle.py", *change)
    ended = typed(stranger, environment)
    assert (ended.exit_code, stranger.result["verdict"]) == (exit_code, verdict), ended.output

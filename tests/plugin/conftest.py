"""Foreign projects for the tests of the gate; their own tests are data here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.inherited_signals import signals_as_a_terminal_gives_them  # noqa: F401 (a fixture)
from tests.plugin.foreign import PYTEST, UNNEEDED, Project, project_in

collect_ignore = ["examples"]


@pytest.fixture(scope="session", autouse=True)
def compiled_gate(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The bytecode of the gate and of pytest's plugins on disk: the children of these tests write none themselves."""
    folder = tmp_path_factory.mktemp("compiled")
    environment = {**os.environ, "PYTEST_ADDOPTS": UNNEEDED, "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run([*PYTEST, "--version", "--version"], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture
def kettle(tmp_path: Path) -> Project:
    """A foreign project whose gate passes."""
    return project_in(tmp_path / "kettle")

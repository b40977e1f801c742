"""Foreign projects for the tests of the gate; their own tests are data here."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.inherited_signals import signals_as_a_terminal_gives_them  # noqa: F401 (a fixture)
from tests.plugin.foreign import WITH_OPTIONAL, Project, project_in
from tests.plugin.forking import forks
from tests.properties import load_profile

collect_ignore = ["examples"]

load_profile()

MEMORY = Path("/dev/shm")
LEAST_FREE_BYTES = 256 << 20


@pytest.fixture(scope="session")
def folder_in_memory() -> Iterator[Path | None]:
    """A folder that no disk is waited for, removed at the end; None where memory has no file system with room."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < LEAST_FREE_BYTES:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="release-gate-tests-", dir=MEMORY, ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def tmp_path(tmp_path: Path, folder_in_memory: Path | None, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A test's folder in memory: a run is made durable by some fifteen waits for the disk, which prove nothing here.

    What a failed test has left there is copied to its folder on the disk.
    """
    if folder_in_memory is None:
        yield tmp_path
        return
    failed = request.session.testsfailed
    folder = folder_in_memory / tmp_path.name
    folder.mkdir()
    yield folder
    if request.session.testsfailed > failed:
        with suppress(shutil.Error):  # of pipes and sockets, after everything else is copied
            shutil.copytree(folder, tmp_path, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def compiled_gate(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The bytecode of the gate and of pytest's plugins on disk: the children of these tests write none themselves."""
    environment = WITH_OPTIONAL | {"PYTHONDONTWRITEBYTECODE": ""}
    project = project_in(tmp_path_factory.mktemp("compiled") / "kettle", None, **environment)
    for ended in (project.supervised(), project.bare()):
        assert ended.exit_code == 0, ended.output


@pytest.fixture(scope="session", autouse=True)
def forking(
    signals_as_a_terminal_gives_them: None,  # noqa: F811 (the fixture)
    compiled_gate: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Forks of one prepared process instead of interpreters, for the commands of which that changes nothing."""
    with forks(Project(tmp_path_factory.getbasetemp()).child_environment()):
        yield


@pytest.fixture
def kettle(tmp_path: Path) -> Project:
    """A foreign project whose gate passes."""
    return project_in(tmp_path / "kettle")


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A committed kettle whose gate has passed."""
    project = project_in(tmp_path_factory.mktemp("passed") / "kettle")
    project.commit()
    assert project.supervised().exit_code == 0
    return project

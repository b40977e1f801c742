"""Foreign projects for the tests of the gate; their own tests are data here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inherited_signals import signals_as_a_terminal_gives_them  # noqa: F401 (a fixture)
from tests.plugin.foreign import WITH_OPTIONAL, Project, project_in
from tests.plugin.forking import forks
from tests.properties import load_profile

collect_ignore = ["examples"]

load_profile()


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

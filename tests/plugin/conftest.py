"""Foreign projects for the tests of the gate; their own tests are data here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inherited_signals import signals_as_a_terminal_gives_them  # noqa: F401 (a fixture)
from tests.plugin.foreign import Project, project_in

collect_ignore = ["examples"]


@pytest.fixture
def kettle(tmp_path: Path) -> Project:
    """A foreign project whose gate passes."""
    return project_in(tmp_path / "kettle")

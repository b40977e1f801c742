"""Substitutes for the stimuli's tests without the gate: the marker, a folder for files, and evidence that is not
kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "check(id): the requirement that this test proves")


class Evidence:
    def record(self, *_: Any, **__: Any) -> None:
        """Discard it."""


@pytest.fixture
def evidence() -> Evidence:
    return Evidence()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")

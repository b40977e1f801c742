"""A PASS to compare with: what a session measured, sealed by the gate in a small project that passes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.faults.catalogue import FaultError
from tests.faults.witness import MEASURED, SUBJECT
from tests.plugin.foreign import project_in

CONFTEST = """
import shutil

import pytest


def pytest_release_gate_subject(config):
    return {subject!r}


@pytest.fixture(autouse=True)
def measured(run_folder):
    shutil.copyfile({source!r}, run_folder / {name!r})
"""


def sealed_pass(folder: Path) -> Path:
    """The runs folder of a project whose one run passed with the measurements and the subject of `folder`.

    Raises FaultError where nothing was measured.
    """
    source, subject = folder / MEASURED, folder / SUBJECT
    if not source.is_file() or not subject.is_file():
        raise FaultError("nothing was measured without the fault, so there is no baseline")
    told = json.loads(subject.read_text(encoding="utf-8"))
    conftest = CONFTEST.format(subject=told, source=str(source), name=MEASURED)
    project = project_in(folder / "kettle", {"conftest.py": conftest})
    ended = project.supervised()
    if ended.exit_code:
        raise FaultError(f"the baseline did not pass: {' '.join(ended.output.split())[-300:]}")
    return project.root / "docs" / "_runs"

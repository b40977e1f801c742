"""Hooks by which a project describes itself to the gate; each may have any number of implementations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.hookspec
def pytest_release_gate_subject(config: pytest.Config) -> dict[str, Any]:
    """The project's own facts about the judged subject; results are merged, and the gate's own entries stay.

    An entry {"kind": "sample" or "given", "sha256": …, "name": …} is an input: `verify --input NAME=FILE` compares it.
    """
    raise NotImplementedError


@pytest.hookspec(firstresult=True)
def pytest_release_gate_classify(exception: BaseException) -> str | None:
    """The triage category of an exception; None leaves the check's declared one."""
    raise NotImplementedError


@pytest.hookspec(firstresult=True)
def pytest_release_gate_remedy(exception: BaseException) -> list[str] | None:
    """The remedy of an exception, step by step; None leaves the check's declared fix."""
    raise NotImplementedError


@pytest.hookspec
def pytest_release_gate_secrets(config: pytest.Config) -> list[str]:
    """Texts that must not reach an artefact: passwords, tokens, URLs that carry them."""
    raise NotImplementedError


@pytest.hookspec
def pytest_release_gate_preflight(config: pytest.Config) -> list[str]:
    """Return the reasons for which no run should begin, a sentence each.

    Examples are an option that names no file and a server that cannot start. Called before a run folder is made; be
    quick, and change nothing.
    """
    raise NotImplementedError


@pytest.hookspec
def pytest_release_gate_page(config: pytest.Config, folder: Path) -> dict[str, Any]:
    """Facts and sections that the run's page shows of the files in `folder`: {"facts": […], "sections": […]}.

    In the format of release_gate/telling/page/blocks.py, checked; called when every report is written, also after a
    failed run, whose folder may lack any of them. It is kept as release_report.json and sealed.
    """
    raise NotImplementedError


@pytest.hookspec
def pytest_release_gate_portuguese(config: pytest.Config, texts: list[str]) -> dict[str, str]:
    """European Portuguese of those texts of checks, findings and the declaration that the project can say in it.

    Asked once, as the run ends, with every text that its page shows. Results are merged and kept in the journal; a
    text without Portuguese stays English.
    """
    raise NotImplementedError

"""A failed step of the set-up as one sentence, and the room that it asks for beforehand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.unit.packaging.checkout import ROOT

LOGS = {
    "disk is full": "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    "alembic==1.20.1": "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
    "    alembic==1.20.1 from https://i/a.whl (from -r requirements.lock (line 1)):\n        Expected sha256 0\n",
    "(pypi.example:443)": "WARNING: Retrying after connection broken by 'ConnectTimeoutError(HTTPSConnectionPool("
    "host='pypi.example', port=443))'\nERROR: No matching distribution found for alembic==1.20.1",
    "no build of duckdb==1.4": "ERROR: Could not find a version (from versions: none)\n"
    "ERROR: No matching distribution found for duckdb==1.4",
    "something new": "ERROR: something new\n",
}


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """explanation and space, imported as the builder imports them."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "environment"))
    explanation, space = import_module("explanation"), import_module("space")

    yield explanation, space
    for name in ("explanation", "space"):
        del sys.modules[name]


@pytest.mark.parametrize(("expected", "log"), LOGS.items(), ids=LOGS.keys())
def test_log_becomes_one_sentence(modules: tuple[Any, Any], expected: str, log: str) -> None:
    sentence = modules[0].explain("packages", log, 1, "setup.log")
    assert expected in sentence
    assert "\n" not in sentence


def test_killed_step_names_the_signal(modules: tuple[Any, Any]) -> None:
    assert "signal 9" in modules[0].explain("packages", "", -9, "setup.log")


def test_room_is_summed_over_the_places_of_one_file_system(modules: tuple[Any, Any], tmp_path: Path) -> None:
    explanation, space = modules
    free_mb = space.shutil.disk_usage(tmp_path).free // space.MB
    half = free_mb * 6 // 10
    space.check_space({tmp_path: half})
    with pytest.raises(explanation.SetupFailed) as failed:
        space.check_space({tmp_path: half, tmp_path / "not" / "there": half})
    assert f"{2 * half:,} MB" in str(failed.value)

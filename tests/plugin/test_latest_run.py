"""The latest run is the one that began last by its own record, whatever was copied, touched or damaged since."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from release_gate.rules.declaration import Declaration, load
from release_gate.sealing.folders import latest
from tests.plugin.foreign import Project

RESULT = "RELEASE_GATE_RESULT.json"


@pytest.fixture
def declaration(kettle: Project) -> Declaration:
    loaded = load(kettle.root)
    assert loaded is not None
    return loaded


def run(declaration: Declaration, name: str, started_at: str = "", run_id: str = "") -> Path:
    """A run folder with as much of a result as says when it began; without `started_at` it has none."""
    folder = declaration.runs_dir / name
    folder.mkdir(parents=True)
    if started_at:
        record = {"run_id": run_id or name, "started_at": f"{started_at}+00:00"}
        (folder / RESULT).write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_touched_older_run_does_not_become_the_latest(declaration: Declaration) -> None:
    older = run(declaration, "20260101_100000", "2026-01-01T10:00:00")
    newer = run(declaration, "20260101_100001", "2026-01-01T10:00:01")
    os.utime(newer / RESULT, (1, 1))
    (older / RESULT).touch()
    assert latest(declaration) == newer


@pytest.mark.parametrize("copy", ["20270101_100000", "20260102_100000_2", "zz", "20260102_100000 (copy)"])
def test_copied_folder_is_no_run(copy: str, declaration: Declaration) -> None:
    run(declaration, copy, "2026-01-01T10:00:00", "20260101_100000")
    only = run(declaration, "20260101_100000", "2026-01-01T10:00:00")
    assert latest(declaration) == only


def test_link_to_a_run_is_none(declaration: Declaration) -> None:
    only = run(declaration, "20260101_100000", "2026-01-01T10:00:00")
    (declaration.runs_dir / "20270101_100000").symlink_to(only)
    assert latest(declaration) == only


@pytest.mark.parametrize("content", [None, "", "{", "[" * 100_000, '{"started_at": 7}', '{"started_at": "soon"}', "[]"])
def test_damaged_result_does_not_make_an_older_run_the_latest(content: str | None, declaration: Declaration) -> None:
    run(declaration, "20260101_100000", "2026-01-01T10:00:00")
    newest = run(declaration, "20260301_100000")
    if content is not None:
        (newest / RESULT).write_text(content)
    assert latest(declaration) == newest


def test_hour_that_clocks_repeat_keeps_the_order_of_the_runs(declaration: Declaration) -> None:
    """At the end of summer time 02:59 is before 02:01."""
    run(declaration, "20261025_025900", "2026-10-25T00:59:00")
    second = run(declaration, "20261025_020100", "2026-10-25T01:01:00")
    assert latest(declaration) == second


def test_run_whose_record_was_made_older_stays_the_latest(declaration: Declaration) -> None:
    run(declaration, "20260101_100000", "2026-01-01T10:00:00")
    newest = run(declaration, "20260301_100000", "2025-01-01T10:00:00")
    assert latest(declaration) == newest


def test_tenth_run_of_a_second_comes_after_the_ninth(declaration: Declaration) -> None:
    run(declaration, "20260101_100000_9", "2026-01-01T10:00:00")
    tenth = run(declaration, "20260101_100000_10", "2026-01-01T10:00:00")
    assert latest(declaration) == tenth

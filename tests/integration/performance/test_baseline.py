"""The earlier run that E10 compares with: the newest PASS of the same likeness whose latencies are the sealed ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.performance import slo_document
from app.performance.slo.slo_declaration import load_slos
from tests.acceptance.support.latencies.baseline import LATENCIES, last_pass
from tests.plugin.foreign import Project, project_in

SUBJECT = {
    "workbook": {"kind": "sample", "name": "sample.xlsx", "sha256": "a" * 64},
    "database": {"provider": "embedded", "server_version": "18.6"},
    "machine": "012345678901, 2 processors",
}
SLOS = load_slos()
CONFTEST = """
import shutil
import pytest

def pytest_release_gate_subject(config):
    return {subject!r}
"""
MEASURES = """
@pytest.fixture(autouse=True)
def measured(run_folder):
    shutil.copyfile({source!r}, run_folder / "SLO_RESULTS.json")
"""


@pytest.fixture(scope="module")
def two_passes(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A foreign project with two runs that passed, each with latencies of its own."""
    project = project_in(tmp_path_factory.mktemp("baseline") / "kettle")
    for number in (1, 2):
        source = project.root.parent / f"measured_{number}.json"
        told: dict[str, Any] = slo_document.not_measured(SLOS, "none", run_id=number, excel_sha256="a" * 64)
        source.write_text(json.dumps(told), encoding="utf-8")
        project.write("conftest.py", CONFTEST.format(subject=SUBJECT) + MEASURES.format(source=str(source)))
        ended = project.supervised()
        assert ended.exit_code == 0, ended.output
    return project


@pytest.fixture
def project(two_passes: Project, tmp_path: Path) -> Project:
    """A copy of it, to be tampered with."""
    shutil.copytree(two_passes.root, tmp_path / "kettle")
    return Project(tmp_path / "kettle")


def found(project: Project, subject: dict[str, Any] = SUBJECT) -> tuple[int | None, list[str]]:
    """The run number that the baseline's latencies carry, and what was passed over."""
    baseline, passed_over = last_pass(project.root / "docs" / "_runs", subject, SLOS, project.root)
    return None if baseline is None else int(baseline.results["run_id"]), passed_over


def test_the_newest_pass_is_the_baseline(project: Project) -> None:
    assert found(project) == (2, [])


@pytest.mark.parametrize(
    "other",
    [
        SUBJECT | {"workbook": {"sha256": "b" * 64}},
        SUBJECT | {"database": {"provider": "testcontainers", "server_version": "18.6"}},
        SUBJECT | {"database": {"provider": "embedded", "server_version": "16.1"}},
        SUBJECT | {"machine": "another"},
        {},
    ],
    ids=["workbook", "provider", "server version", "machine", "nothing known"],
)
def test_a_run_of_something_else_is_no_baseline(project: Project, other: dict[str, Any]) -> None:
    assert found(project, other) == (None, [])


def test_latencies_that_were_not_sealed_are_none(project: Project) -> None:
    path = project.folder / LATENCIES
    path.write_text(path.read_text(encoding="utf-8").replace('"run_id": 2', '"run_id": 3'), encoding="utf-8")
    number, (told,) = found(project)
    assert number == 1
    assert project.folder.name in told and "not the one that was sealed" in told


def test_a_pass_that_its_journal_does_not_give_is_none(project: Project) -> None:
    path = project.folder / "RELEASE_GATE_RESULT.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    result["finished_at"] = result["started_at"]
    path.write_text(json.dumps(result), encoding="utf-8")
    number, (told,) = found(project)
    assert number == 1
    assert "journal" in told


def test_a_run_that_failed_is_no_baseline(project: Project) -> None:
    project.replace("tests/test_b_heating.py", "assert ", "assert not ")
    project.replace("conftest.py", "measured_2.json", "measured_1.json")
    assert project.supervised().exit_code == 1
    assert found(project) == (2, [])


def test_latencies_of_other_slos_are_none(project: Project) -> None:
    baseline, passed_over = last_pass(project.root / "docs" / "_runs", SUBJECT, SLOS[1:], project.root)
    assert baseline is None
    assert len(passed_over) == 2


def test_no_run_at_all_is_no_baseline(tmp_path: Path) -> None:
    assert last_pass(tmp_path / "_runs", SUBJECT, SLOS, tmp_path) == (None, [])

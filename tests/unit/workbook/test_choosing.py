"""The workbook that a command takes: the named, the configured, the only one in data/, else none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import app.workbook.sample
from app.config import Settings
from app.workbook.choosing import SeveralWorkbooks, found_workbook, sample_workbook
from app.workbook.errors import WorkbookRefused


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project as the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRODPLAN_WORKBOOK", raising=False)
    return tmp_path


def settings(workbook: Path | None = None) -> Settings:
    return Settings(_env_file=None, prodplan_workbook=workbook)


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"PK")


def test_named_goes_before_configured_and_configured_before_data(project: Path) -> None:
    put(project / "data", "in data.xlsx")
    put(project, "named é.xlsx", "configured.xlsx")
    configured = settings(Path("configured.xlsx"))
    assert found_workbook(Path("named é.xlsx"), configured) == Path("named é.xlsx")
    assert found_workbook(None, configured) == Path("configured.xlsx")
    assert found_workbook(None, settings()) == Path("data/in data.xlsx")


def test_only_workbooks_that_excel_has_not_locked_count_in_data(project: Path) -> None:
    put(project / "data", "~$Plan.XLSX", ".hidden.xlsx", "notes.txt", "Plan.XLSX")
    (project / "data" / "folder.xlsx").mkdir()
    assert found_workbook(None, settings()) == Path("data/Plan.XLSX")


def test_several_in_data_are_named_and_none_is_chosen(project: Path) -> None:
    put(project / "data", "b.xlsx", "a.xlsx")
    with pytest.raises(SeveralWorkbooks, match=r"data/ holds 2 workbooks \(a\.xlsx, b\.xlsx\)") as refused:
        found_workbook(None, settings())
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("state", ["no folder", "empty", "a file"])
def test_none_is_found_without_any(project: Path, state: str) -> None:
    if state == "empty":
        (project / "data").mkdir()
    if state == "a file":
        (project / "data").write_text("", encoding="utf-8")
    assert found_workbook(None, settings()) is None


@pytest.mark.parametrize("name", ["missing.xlsx", "folder", "missing folder/w.xlsx", "a\nb.xlsx", "pipe"])
@pytest.mark.parametrize("is_configured", [True, False])
def test_one_that_cannot_be_opened_is_refused_and_nothing_else_is_taken(
    project: Path, name: str, is_configured: bool
) -> None:
    put(project / "data", "other.xlsx")
    (project / "folder").mkdir()
    os.mkfifo(project / "pipe")
    with pytest.raises(WorkbookRefused) as refused:
        found_workbook(None if is_configured else Path(name), settings(Path(name) if is_configured else None))
    assert refused.value.code == "NOT_FOUND"
    assert ("PRODPLAN_WORKBOOK" in str(refused.value)) == is_configured


@pytest.mark.parametrize("kind", ["link to nothing", "link to itself", "pipe"])
def test_export_in_data_that_cannot_be_read_is_refused_and_no_sample_is_taken(project: Path, kind: str) -> None:
    path = project / "data" / "export.xlsx"
    path.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/share/export.xlsx" if kind == "link to nothing" else path.name)
    with pytest.raises(WorkbookRefused, match=r"data/export\.xlsx") as refused:
        found_workbook(None, settings())
    assert (refused.value.code, "PRODPLAN_WORKBOOK" in str(refused.value)) == ("NOT_FOUND", False)


@pytest.mark.parametrize("to", ["/share/data", "data"])
def test_data_that_leads_nowhere_is_refused(project: Path, to: str) -> None:
    (project / "data").symlink_to(to)
    with pytest.raises(WorkbookRefused, match=r"^The folder data/ cannot be read \("):
        found_workbook(None, settings())


def test_sample_is_made_once_and_a_broken_off_one_leaves_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, progress: object = None) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    def whole(path: Path, progress: object = None) -> None:
        path.write_bytes(b"whole")

    folder = project / "local"
    monkeypatch.setattr(app.workbook.sample, "write_sample", broken)
    with pytest.raises(OSError, match="No space"):
        sample_workbook(folder)
    assert list(folder.iterdir()) == []
    monkeypatch.setattr(app.workbook.sample, "write_sample", whole)
    made = sample_workbook(folder)
    made.write_bytes(b"ingested already")
    assert sample_workbook(folder) == made == folder / "sample.xlsx"
    assert made.read_bytes() == b"ingested already"
    assert [entry.name for entry in folder.iterdir()] == ["sample.xlsx"]


def test_sample_that_another_command_made_meanwhile_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(path: Path, progress: object = None) -> None:
        path.write_bytes(b"ours")
        (path.parent / "sample.xlsx").write_bytes(b"theirs, being read")

    monkeypatch.setattr(app.workbook.sample, "write_sample", overtaken)
    assert sample_workbook(project).read_bytes() == b"theirs, being read"
    assert [entry.name for entry in project.iterdir()] == ["sample.xlsx"]

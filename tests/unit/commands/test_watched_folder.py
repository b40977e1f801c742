"""A folder of exports: only the newest one is taken, once, and only when it has stopped growing."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from app.commands.watched_folder import UNFINISHED_S, WatchedFolder


def laid(folder: Path, name: str, at_s: float, *, whole: bool = True) -> Path:
    path = folder / name
    if whole:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a", name)
    else:
        path.write_bytes(b"PK")
    os.utime(path, (at_s, at_s))
    return path


def test_export_is_taken_once_when_it_has_stopped_growing(tmp_path: Path) -> None:
    watched = WatchedFolder(tmp_path)
    assert (watched.next_export(0), watched.is_idle) == (None, True)
    export = laid(tmp_path, "a.xlsx", 1)
    assert (watched.next_export(5), watched.is_idle) == (None, False)
    os.utime(export, (2, 2))
    assert watched.next_export(10) is None
    assert watched.next_export(15) == export
    assert (watched.next_export(20), watched.is_idle) == (None, True)
    os.utime(export, (3, 3))
    assert [watched.next_export(now) for now in (25, 30)] == [None, export]


def test_older_exports_are_never_taken(tmp_path: Path) -> None:
    laid(tmp_path, "old.xlsx", 1)
    newest = laid(tmp_path, "NEW.XLSX", 2)
    watched = WatchedFolder(tmp_path)
    assert [watched.next_export(now) for now in (0, 5, 10, 15)] == [None, newest, None, None]


@pytest.mark.parametrize("name", ["~$a.xlsx", ".a.xlsx", "a.xlsm", "a.xlsx.part", "results"])
def test_other_files_are_no_exports(tmp_path: Path, name: str) -> None:
    laid(tmp_path, name, 1)
    (tmp_path / "folder.xlsx").mkdir()
    watched = WatchedFolder(tmp_path)
    assert [watched.next_export(now) for now in (0, 5, 500)] == [None] * 3


def test_file_that_is_no_zip_is_waited_for_and_then_taken_to_be_refused(tmp_path: Path) -> None:
    export = laid(tmp_path, "a.xlsx", 1, whole=False)
    watched = WatchedFolder(tmp_path)
    assert [watched.next_export(now) for now in (0, 5, UNFINISHED_S - 1)] == [None] * 3
    assert watched.next_export(UNFINISHED_S) == export


def test_folder_that_is_gone_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        WatchedFolder(tmp_path / "gone").next_export(0)

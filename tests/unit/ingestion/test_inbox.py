"""The inbox: names that cannot lead anywhere, uploads that are gone when refused, and what a sweep may take."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingestion.requests.inbox import FOLDER, UPLOAD, Inbox, NoSuchExport, safe_name

DAY_S = 24 * 3600


@given(st.text(max_size=300))
def test_safe_name_is_one_plain_xlsx_name_and_stays_itself(given_name: str) -> None:
    name = safe_name(given_name)
    assert name.endswith(".xlsx")
    assert (len(name) <= 100, len(name.encode()) <= 200) == (True, True)
    assert name not in (".xlsx", "..xlsx")
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t')
    assert Path(name).name == name
    name.encode("utf-8")
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("Folha_IA.xlsx", "Folha_IA.xlsx"),
        ("../../etc/passwd", "passwd.xlsx"),
        ("C:\\exports\\Ordens de Fabrico.XLSX", "Ordens de Fabrico.xlsx"),
        ("produção: março?.xlsx", "produção_ março_.xlsx"),
        ("a\r\nX-Evil: 1.xlsx", "a__X-Evil_ 1.xlsx"),
        ("...", "workbook.xlsx"),
        ("", "workbook.xlsx"),
        (".xlsx", "workbook.xlsx"),
        pytest.param("🏭" * 80, "🏭" * 48 + ".xlsx", id="many bytes"),
    ],
)
def test_safe_name_keeps_what_people_call_the_file(given_name: str, name: str) -> None:
    assert safe_name(given_name) == name


def test_upload_is_found_again_until_it_is_discarded(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "uploads")
    with inbox.receiving("a.xlsx") as stored:
        stored.path.write_bytes(b"1")
    assert stored.source == UPLOAD
    assert inbox.find(stored.source, stored.file) == stored.path
    inbox.discard(stored.source, stored.file)
    assert list(inbox.uploads.iterdir()) == []


def test_upload_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "uploads")
    with pytest.raises(KeyboardInterrupt), inbox.receiving("a.xlsx") as stored:
        stored.path.write_bytes(b"1")
        raise KeyboardInterrupt
    assert list(inbox.uploads.iterdir()) == []


@pytest.mark.parametrize("file", ["", "x", "../a.xlsx", f"{'0' * 32}/../a.xlsx", f"{'0' * 32}/", "/etc/passwd"])
def test_no_request_can_name_a_file_outside_the_uploads(tmp_path: Path, file: str) -> None:
    with pytest.raises(NoSuchExport):
        Inbox(tmp_path).find(UPLOAD, file)


def test_exports_are_read_in_place_and_never_removed(tmp_path: Path) -> None:
    (tmp_path / "exports" / "2026").mkdir(parents=True)
    path = tmp_path / "exports" / "2026" / "a.xlsx"
    path.write_bytes(b"1")
    inbox = Inbox(tmp_path / "uploads", tmp_path / "exports")
    stored = inbox.export("2026/../2026/a.xlsx")
    assert (stored.source, stored.file, stored.path) == (FOLDER, "2026/a.xlsx", path)
    inbox.discard(stored.source, stored.file)
    assert inbox.find(stored.source, stored.file) == path
    with pytest.raises(NoSuchExport):
        Inbox(tmp_path / "uploads").export("2026/a.xlsx")


def test_loop_of_links_is_no_export(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").symlink_to(tmp_path / "b.xlsx")
    (tmp_path / "b.xlsx").symlink_to(tmp_path / "a.xlsx")
    for inbox, path in ((Inbox(tmp_path, tmp_path), "a.xlsx"), (Inbox(tmp_path, tmp_path / "a.xlsx"), "c.xlsx")):
        with pytest.raises(NoSuchExport):
            inbox.export(path)


def test_sweep_takes_old_uploads_that_nobody_needs_and_nothing_else(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    made = {}
    for name in ("needed", "old", "new"):
        with inbox.receiving(f"{name}.xlsx") as stored:
            stored.path.write_bytes(b"1")
        made[name] = stored
    (tmp_path / "notes").mkdir()
    (tmp_path / ("0" * 32)).write_text("no folder")
    for name in ("needed", "old"):
        for path in (made[name].path, made[name].path.parent):
            os.utime(path, (time.time() - 2 * DAY_S,) * 2)
    os.utime(tmp_path / "notes", (0, 0))
    inbox.sweep({made["needed"].file}, DAY_S)
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {"notes", "0" * 32, *(made[name].path.parent.name for name in ("needed", "new"))}
    Inbox(tmp_path / "absent").sweep(set(), DAY_S)

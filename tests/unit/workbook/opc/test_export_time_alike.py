"""Product and oracle, which share no code, date the same workbook alike, whatever it says of its own making."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path

import pytest

from app.workbook.profile.profiling import WorkbookProfile, profile_here
from tests.integration.ingestion.factory import AS_OF, ORDERS, factory, save
from tests.oracle import Oracle

FAR = dt.datetime(2052, 4, 1)
TIMES = {
    "its own": "2024-04-10T16:30:00Z",
    "a zone": "2024-04-10T16:30:00+01:00",
    "a day": "2024-04-10",
    "a template's": "2006-09-16T00:00:00Z",
    "the first": "0001-01-01T00:00:00+14:00",
    "Excel's zero": "1900-01-00T00:00:00Z",
    "the future": "2099-01-01T00:00:00Z",
    "the last": "9999-12-31T23:59:59Z",
    "words": "ontem",
    "nothing": "",
}


def dated(path: Path, time: str, mistyped: dt.datetime) -> Path:
    """The factory's workbook with a completion in a wrong year; its properties say that it was made at this time."""
    rows = factory()
    rows[ORDERS][14][2] = mistyped
    plain = save(path.with_suffix(".plain.xlsx"), rows)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as sink:
        for entry in source.infolist():
            text = source.read(entry).decode()
            if entry.filename == "docProps/core.xml":
                text = re.sub(r"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rf"\g<1>{time}", text)
                assert time in text
            sink.writestr(zipfile.ZipInfo(entry.filename), text)
    return path


@pytest.mark.parametrize("time", TIMES.values(), ids=TIMES)
def test_the_latest_event_is_the_same(tmp_path: Path, time: str) -> None:
    path = dated(tmp_path / "export.xlsx", time, FAR)
    *_, profile = profile_here(path, 4096)
    assert isinstance(profile, WorkbookProfile)
    oracle = Oracle(path)
    try:
        assert (profile.as_of, oracle.as_of) == (AS_OF, AS_OF)
    finally:
        oracle.close()


def test_a_stamp_between_the_export_and_today_is_left_out(tmp_path: Path) -> None:
    path = dated(tmp_path / "export.xlsx", TIMES["its own"], AS_OF + dt.timedelta(days=30))
    *_, profile = profile_here(path, 4096)
    assert isinstance(profile, WorkbookProfile)
    assert profile.as_of == AS_OF
    oracle = Oracle(path)
    try:
        assert oracle.as_of == AS_OF
    finally:
        oracle.close()

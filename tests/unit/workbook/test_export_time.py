"""When a workbook was exported, and which stamps can be events of it."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workbook.export_time import AHEAD_OF_UTC, latest_event, latest_moments

NOW = dt.datetime(2026, 3, 1, 12)
EXPORTED = dt.datetime(2025, 12, 11, 13)
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dcterms="http://purl.org/dc/terms/">{}</cp:coreProperties>'
)


def package(folder: Path, properties: str, made: tuple[int, ...] = (1980, 1, 1, 0, 0, 0), name: str = "core") -> Path:
    path = folder / "export.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"docProps/{name}.xml", made), CORE.format(properties))  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("properties", "made", "expected"),
    [
        ("<dcterms:modified>2025-12-11T13:00:00Z</dcterms:modified>", (1980, 1, 1, 0, 0, 0), EXPORTED),
        ("<dcterms:modified>2025-12-11T15:00:00+02:00</dcterms:modified>", (1980, 1, 1, 0, 0, 0), EXPORTED),
        ("<dcterms:created>2025-12-11T13:00:00Z</dcterms:created>", (1980, 1, 1, 0, 0, 0), EXPORTED),
        ("<dcterms:created>2006-09-16T00:00:00Z</dcterms:created>", (2025, 12, 11, 13, 0, 0), EXPORTED),
        ("<dcterms:modified>yesterday</dcterms:modified>", (1980, 1, 1, 0, 0, 0), None),
        ("<dcterms:modified>", (1980, 1, 1, 0, 0, 0), None),
        ("", (1980, 0, 0, 0, 0, 0), None),
        ("<dcterms:modified>2099-01-01T00:00:00Z</dcterms:modified>", (1980, 1, 1, 0, 0, 0), NOW),
    ],
)
def test_the_file_says_when_and_the_clock_bounds_it(
    properties: str, made: tuple[int, ...], expected: dt.datetime | None, tmp_path: Path
) -> None:
    found = latest_moments(package(tmp_path, properties, made), NOW)
    clock = NOW + AHEAD_OF_UTC
    assert found == ((clock,) if expected is None else (expected + AHEAD_OF_UTC, clock))


def test_a_file_that_is_no_zip_leaves_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"PK nothing")
    assert latest_moments(path, NOW) == (NOW + AHEAD_OF_UTC,)


def test_a_mistyped_year_is_not_the_latest_event() -> None:
    stamps = [EXPORTED - dt.timedelta(days=day) for day in range(19)]
    assert latest_event([*stamps, dt.datetime(2052, 12, 1)], (EXPORTED + AHEAD_OF_UTC, NOW)) == EXPORTED


def test_a_date_that_most_of_the_data_exceed_is_not_believed() -> None:
    stamps = [EXPORTED - dt.timedelta(days=day) for day in range(20)]
    template = dt.datetime(2006, 9, 16)
    assert latest_event(stamps, (template, NOW)) == EXPORTED
    assert latest_event(stamps, (template,)) == EXPORTED
    assert latest_event([], (template,)) is None


@given(st.lists(st.datetimes(), min_size=1), st.lists(st.datetimes(), max_size=3))
def test_the_latest_event_is_a_stamp_and_as_late_as_its_bound_allows(
    stamps: list[dt.datetime], bounds: list[dt.datetime]
) -> None:
    found = latest_event(stamps, bounds)
    assert found in stamps
    assert all(stamp <= found or any(bound < stamp for bound in bounds) for stamp in stamps if found)

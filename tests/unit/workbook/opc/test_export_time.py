"""The time of a workbook's export, and the stamps that can be events of it."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workbook.opc.export_time import AHEAD_OF_UTC, LatestMoment, latest_event, latest_moments, recorded_times

NOW = dt.datetime(2026, 3, 1, 12)
EXPORTED = dt.datetime(2025, 12, 11, 13)
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dcterms="http://purl.org/dc/terms/">{}</cp:coreProperties>'
)


def package(folder: Path, properties: str, made: tuple[int, ...] = (1980, 1, 1, 0, 0, 0), name: str = "core") -> Path:
    path = folder / "export.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"docProps/{name}.xml", made), CORE.format(properties))
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
        ("<dcterms:modified>2099-01-01T00:00:00Z</dcterms:modified>", (1980, 1, 1, 0, 0, 0), None),
        ("<dcterms:modified>9999-12-31T23:59:59Z</dcterms:modified>", (2025, 12, 11, 13, 0, 0), EXPORTED),
        ("<dcterms:modified>9999-12-31T23:59:59-14:00</dcterms:modified>", (2025, 12, 11, 13, 0, 0), EXPORTED),
        ("<dcterms:modified>0001-01-01T00:00:00+14:00</dcterms:modified>", (2025, 12, 11, 13, 0, 0), EXPORTED),
        ("<dcterms:modified>1900-01-00T00:00:00Z</dcterms:modified>", (2025, 12, 11, 13, 0, 0), EXPORTED),
        ("<dcterms:modified>2025-12-11T13:00:00Z</dcterms:modified>", (2107, 12, 31, 23, 59, 58), EXPORTED),
        ("<x><dcterms:modified>2025-12-12T13:00:00Z</dcterms:modified></x>", (2025, 12, 11, 13, 0, 0), EXPORTED),
        ("<dcterms:modified>" * 300, (2025, 12, 11, 13, 0, 0), EXPORTED),
    ],
)
def test_the_file_says_when_and_the_clock_bounds_it(
    properties: str, made: tuple[int, ...], expected: dt.datetime | None, tmp_path: Path
) -> None:
    found = [bound.moment for bound in latest_moments(recorded_times(package(tmp_path, properties, made)), NOW)]
    clock = NOW + AHEAD_OF_UTC
    assert found == ([clock] if expected is None else [expected + AHEAD_OF_UTC, clock])


def test_a_file_that_is_no_zip_leaves_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"PK nothing")
    assert recorded_times(path) == ()
    assert [bound.moment for bound in latest_moments((), NOW)] == [NOW + AHEAD_OF_UTC]


@pytest.mark.parametrize(
    "properties",
    [
        f'<!DOCTYPE x [<!ENTITY a "a">]>{CORE.format("&a;")}',
        CORE.format("<dcterms:modified>2025-12-12T13:00:00Z</dcterms:modified>" + " " * 30_000_000),
        "<a>" * 100_000,
        "\0",
    ],
    ids=["DTD", "blanks", "depth", "no XML"],
)
def test_hostile_properties_say_nothing_and_cost_little(properties: str, tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("docProps/core.xml", "docProps/CORE.xml"):
            archive.writestr(zipfile.ZipInfo(name, EXPORTED.timetuple()[:6]), properties, zipfile.ZIP_DEFLATED)
    assert recorded_times(path) == (EXPORTED,)


def days_before(end: dt.datetime, stamps: int) -> list[dt.datetime]:
    return [end - dt.timedelta(days=day) for day in range(stamps)]


BOUNDS = latest_moments([EXPORTED], NOW)


@pytest.mark.parametrize("stamps", [19, 2_000])
def test_a_mistyped_year_is_not_the_latest_event(stamps: int) -> None:
    assert latest_event([*days_before(EXPORTED, stamps), dt.datetime(2052, 12, 1)], BOUNDS) == EXPORTED


@pytest.mark.parametrize(
    ("alone", "days", "others", "is_left_out"),
    [(1, 61, 9_999, True), (1, 61, 9_998, False), (2, 61, 19_998, True), (2, 61, 19_997, False), (1, 60, 9_999, False)],
)
def test_few_stamps_long_after_all_others_are_stragglers(alone: int, days: int, others: int, is_left_out: bool) -> None:
    late = [EXPORTED - dt.timedelta(minutes=minute) for minute in range(alone)]
    end = late[-1] - dt.timedelta(days=days)
    stamps = [*late, *(end - dt.timedelta(minutes=minute) for minute in range(others))]
    assert latest_event(stamps, BOUNDS) == (end if is_left_out else EXPORTED)


@pytest.mark.parametrize("template", [dt.datetime(1601, 1, 1), dt.datetime(2006, 9, 16), EXPORTED - dt.timedelta(99)])
def test_a_date_that_much_of_the_data_exceed_is_not_believed(template: dt.datetime) -> None:
    stamps = days_before(EXPORTED, 3_000)
    bounds = latest_moments([template], NOW)
    assert latest_event(stamps, bounds) == EXPORTED
    assert latest_event([*stamps, dt.datetime(2052, 12, 1)], bounds) == EXPORTED
    assert latest_event(stamps, bounds[:1]) == EXPORTED
    assert latest_event([], bounds) is None


@given(st.lists(st.datetimes(), min_size=1), st.lists(st.builds(LatestMoment, st.datetimes(), st.integers(0, 10))))
def test_the_latest_event_is_a_stamp_and_as_late_as_its_bound_allows(
    stamps: list[dt.datetime], bounds: list[LatestMoment]
) -> None:
    found = latest_event(stamps, bounds)
    assert found in stamps
    assert all(stamp <= found or any(bound.moment < stamp for bound in bounds) for stamp in stamps if found)

"""Stamps in the future: from which share of them a workbook is refused or warned of, whatever the clock says."""

from __future__ import annotations

import datetime as dt

import pytest

from app.contract import SHEETS
from app.workbook.judging.future_stamps import FAR_AHEAD, future_stamps
from app.workbook.opc.export_time import AHEAD_OF_UTC
from app.workbook.scanning.sheet_xml import FEWEST_VALUES

CLOCK = dt.datetime(2026, 12, 1, 14)
PAST, SOON, FAR = CLOCK, CLOCK + FAR_AHEAD, CLOCK + FAR_AHEAD + dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("past", "soon", "far", "is_implausible"),
    [
        (0, 0, 1, True),
        (49, 0, 51, True),
        (50, 0, 50, False),
        (0, 100, 0, False),
        (89, 11, 0, False),
    ],
)
def test_stamps_far_ahead_refuse_and_others_warn(past: int, soon: int, far: int, is_implausible: bool) -> None:
    found = future_stamps("OrdensFabrico", [PAST] * past + [SOON] * soon + [FAR] * far, CLOCK)
    assert found is not None
    assert (found.ahead, found.far, found.is_implausible) == (soon + far, far, is_implausible)
    now = f"{CLOCK - AHEAD_OF_UTC:%Y-%m-%d %H:%M}"
    assert f"{soon + far} of {past + soon + far} stamps" in found.sentence
    assert f"this machine's clock: {now}" in found.sentence


@pytest.mark.parametrize("stamps", [[], [PAST] * 3, [PAST] * 90 + [FAR] * 10])
def test_a_few_stamps_in_the_future_are_an_issue_alone(stamps: list[dt.datetime]) -> None:
    assert future_stamps("OrdensFabrico", stamps, CLOCK) is None


def test_each_sheet_needs_two_values_or_more_in_a_row() -> None:
    assert min(sum(not column.nullable for column in sheet.columns) for sheet in SHEETS) >= FEWEST_VALUES
